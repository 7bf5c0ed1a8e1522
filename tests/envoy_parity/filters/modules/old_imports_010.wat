;; The four host functions that only ABI 0.1.0 has.
(module
  (import "env" "proxy_get_configuration" (func (param i32 i32) (result i32)))
  (import "env" "proxy_continue_request" (func (result i32)))
  (import "env" "proxy_continue_response" (func (result i32)))
  (import "env" "proxy_clear_route_cache" (func (result i32)))
  (memory (export "memory") 1)
  (func (export "proxy_on_memory_allocate") (param i32) (result i32) i32.const 4096)
  (func (export "proxy_abi_version_0_1_0"))
)
