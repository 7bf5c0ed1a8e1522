;; Grows its memory and tells how far it comes: 1 GiB in all.
(module
  (import "env" "proxy_log" (func $log (param i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "proxy_on_memory_allocate") (param i32) (result i32) i32.const 4096)
  (func (export "proxy_abi_version_0_2_1"))
  (data (i32.const 16) "status  ")
  (func $num (param i32) (i32.store8 (i32.const 23) (i32.add (i32.const 48) (local.get 0))) (drop (call $log (i32.const 2) (i32.const 16) (i32.const 8))))
  (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32) (call $num (i32.eq (memory.grow (i32.const 16383)) (i32.const -1))) (call $num (i32.eq (memory.grow (i32.const 1)) (i32.const -1))) i32.const 0)
)
