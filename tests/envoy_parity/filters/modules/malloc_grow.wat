;; malloc grows the memory and returns a block in the new page.
(module
  (import "env" "proxy_log" (func $log (param i32 i32 i32) (result i32)))
  (import "env" "proxy_get_header_map_value" (func $get (param i32 i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "proxy_abi_version_0_2_1"))
  (data (i32.const 16) "status  ")
  (data (i32.const 32) ":path")
  (data (i32.const 48) "in malloc")
  (func $num (param i32) (i32.store8 (i32.const 23) (i32.add (i32.const 48) (local.get 0))) (drop (call $log (i32.const 2) (i32.const 16) (i32.const 8))))
  (func (export "malloc") (param i32) (result i32) (i32.mul (memory.grow (i32.const 1)) (i32.const 65536)))
  (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32) (call $num (call $get (i32.const 0) (i32.const 32) (i32.const 5) (i32.const 64) (i32.const 68))) i32.const 0)
)
