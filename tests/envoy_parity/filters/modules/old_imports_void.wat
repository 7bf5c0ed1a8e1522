;; ABI 0.1.0 by the letter: proxy_continue_request without a result.
(module
  (import "env" "proxy_continue_request" (func))
  (memory (export "memory") 1)
  (func (export "proxy_on_memory_allocate") (param i32) (result i32) i32.const 4096)
  (func (export "proxy_abi_version_0_1_0"))
)
