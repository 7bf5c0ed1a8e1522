(module
  (memory (export "memory") 2)
  (func (export "proxy_abi_version_0_2_1"))
  (func (export "malloc") (param i32) (result i32) (i32.const 1024))
  (func (export "proxy_on_http_call_response") (param i64))
  (func (export "proxy_on_queue_ready") (param i64))
  (func (export "proxy_on_grpc_close") (param i64)))
