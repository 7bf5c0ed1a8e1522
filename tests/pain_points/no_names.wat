;; Traps in an inner function; a module without names, as a build leaves it that strips them.
(module
  (memory (export "memory") 1)
  (func (export "proxy_abi_version_0_2_1"))
  (func (export "malloc") (param i32) (result i32) i32.const 1024)
  (func unreachable)
  (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
    call 2
    i32.const 0))
