;; 0.1.0: header callbacks with three parameters, as later versions have them.
(module
  (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32) i32.const 0)
  (memory (export "memory") 1)
  (func (export "proxy_on_memory_allocate") (param i32) (result i32) i32.const 4096)
  (func (export "proxy_abi_version_0_1_0"))
)
