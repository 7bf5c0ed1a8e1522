;; Imports that are no part of the ABI.
(module
  (import "env" "pthread_equal" (func $e (param i32 i32) (result i32)))
  (import "env" "emscripten_notify_memory_growth" (func (param i32)))
  (import "env" "envoy_resolve_dns" (func (param i32 i32 i32) (result i32)))
  (import "env" "proxy_log" (func $log (param i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "proxy_on_memory_allocate") (param i32) (result i32) i32.const 4096)
  (func (export "proxy_abi_version_0_2_1"))
  (data (i32.const 16) "status  ")
  (func $num (param i32) (i32.store8 (i32.const 23) (i32.add (i32.const 48) (local.get 0))) (drop (call $log (i32.const 2) (i32.const 16) (i32.const 8))))
  (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32) (call $num (call $e (i32.const 3) (i32.const 3))) (call $num (call $e (i32.const 3) (i32.const 4))) i32.const 0)
)
