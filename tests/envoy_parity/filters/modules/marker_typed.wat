;; The ABI marker has parameters and a result; only its name counts.
(module
  (memory (export "memory") 1)
  (func (export "proxy_on_memory_allocate") (param i32) (result i32) i32.const 4096)
  (func (export "proxy_abi_version_0_2_1") (param i32) (result i64) unreachable)
)
