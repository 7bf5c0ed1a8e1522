(module
  (import "env" "memory" (memory 20000))
  (import "env" "nope" (func))
  (func (export "proxy_abi_version_0_2_1"))
  (func (export "malloc") (param i32) (result i32) (i32.const 1024)))
