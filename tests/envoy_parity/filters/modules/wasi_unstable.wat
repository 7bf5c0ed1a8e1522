;; The old WASI namespace has the same functions.
(module
  (import "wasi_unstable" "fd_write" (func $w (param i32 i32 i32 i32) (result i32)))
  (import "wasi_unstable" "proc_exit" (func (param i32)))
  (memory (export "memory") 1)
  (func (export "proxy_on_memory_allocate") (param i32) (result i32) i32.const 4096)
  (func (export "proxy_abi_version_0_2_1"))
  (data (i32.const 16) "hello")
  (data (i32.const 64) "\10\00\00\00\05\00\00\00")
  (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32) (drop (call $w (i32.const 1) (i32.const 64) (i32.const 1) (i32.const 80))) i32.const 0)
)
