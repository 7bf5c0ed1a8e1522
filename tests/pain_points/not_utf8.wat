;; Takes the header x-user for UTF-8 text, and gives up as Rust's SDK does where it is none: it prints the panic and traps.
(module
  (import "env" "proxy_get_header_map_value" (func $get (param i32 i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "proxy_abi_version_0_2_1"))
  (func (export "malloc") (param i32) (result i32) i32.const 1024)
  (data (i32.const 16) "x-user")
  (data (i32.const 64) "thread '<unnamed>' panicked at src/lib.rs:24:9:\ncalled `Result::unwrap()` on an `Err` value: FromUtf8Error { bytes: [255], error: Utf8Error { valid_up_to: 0, error_len: Some(1) } }\n")
  (data (i32.const 32) "\40\00\00\00\b5\00\00\00")
  (func $rust_panic
    (drop (call $write (i32.const 2) (i32.const 32) (i32.const 1) (i32.const 48)))
    unreachable)
  (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
    (drop (call $get (i32.const 0) (i32.const 16) (i32.const 6) (i32.const 8) (i32.const 12)))
    ;; A byte above 127 that begins nothing: no UTF-8.
    (if (i32.ge_u (i32.load8_u (i32.load (i32.const 8))) (i32.const 248)) (then call $rust_panic))
    i32.const 0))
