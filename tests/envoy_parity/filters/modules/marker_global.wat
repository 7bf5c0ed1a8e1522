;; The ABI marker is a global, no function: not accepted.
(module
  (memory (export "memory") 1)
  (func (export "proxy_on_memory_allocate") (param i32) (result i32) i32.const 4096)
  (global (export "proxy_abi_version_0_2_1") i32 (i32.const 0))
)
