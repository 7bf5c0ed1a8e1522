;; Reads its root id when its root context is made.
(module
  (import "env" "proxy_log" (func $log (param i32 i32 i32) (result i32)))
  (import "env" "proxy_get_property" (func $prop (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "malloc") (param i32) (result i32) i32.const 4096)
  (func (export "proxy_abi_version_0_2_1"))
  (data (i32.const 16) "status  ")
  (data (i32.const 32) "plugin_root_id")
  (func $num (param i32) (i32.store8 (i32.const 23) (i32.add (i32.const 48) (local.get 0))) (drop (call $log (i32.const 2) (i32.const 16) (i32.const 8))))
  (func (export "proxy_on_context_create") (param i32 i32) (call $num (call $prop (i32.const 32) (i32.const 14) (i32.const 64) (i32.const 68))) (drop (call $log (i32.const 2) (i32.load (i32.const 64)) (i32.load (i32.const 68)))))
)
