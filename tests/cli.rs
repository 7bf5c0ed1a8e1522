//! The command line, as people and scripts meet it: the real program, its output, its exit codes.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use filterlab::abi::Status;
use filterlab::trace::{ChangeOp, ClosedBy, Finding, Part, PeerEnd};
use serde_json::{Value, json};
use tempfile::TempDir;

/// What the program printed.
struct Run {
    code: i32,
    out: String,
    err: String,
}

impl Run {
    #[track_caller]
    fn json(&self, code: i32) -> Value {
        assert_eq!(self.code, code, "{}{}", self.out, self.err);
        assert_eq!(self.err, "");
        serde_json::from_str(&self.out).expect("standard output is JSON")
    }

    /// An error in the input: exit code 2, nothing on standard output, a short text with all of `parts`.
    #[track_caller]
    fn is_refused(&self, parts: &[&str]) {
        assert_eq!((self.code, self.out.as_str()), (2, ""), "{}", self.err);
        for part in parts {
            assert!(self.err.contains(part), "{part} is not in: {}", self.err);
        }
        assert!(self.err.starts_with("filterlab: ") && self.err.lines().count() <= 2, "{}", self.err);
    }
}

fn filterlab<A: AsRef<OsStr>>(args: impl IntoIterator<Item = A>) -> Run {
    let mut command = Command::new(env!("CARGO_BIN_EXE_filterlab"));
    // Without a display, so that no test opens a window.
    for variable in ["DISPLAY", "WAYLAND_DISPLAY", "WAYLAND_SOCKET"] {
        command.env_remove(variable);
    }
    let Output { status, stdout, stderr } = command.args(args).output().expect("the program starts");
    Run {
        code: status.code().expect("it was not killed"),
        out: String::from_utf8(stdout).expect("standard output is UTF-8"),
        err: String::from_utf8(stderr).expect("standard error is UTF-8"),
    }
}

fn run<A: AsRef<OsStr>>(args: impl IntoIterator<Item = A>) -> Run {
    let args = args.into_iter().map(|arg| arg.as_ref().to_owned());
    filterlab(std::iter::once("run".into()).chain(args))
}

fn sample(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("sample_filters").join(path)
}

fn scenario(name: &str) -> String {
    sample(&format!("{name}.scenario.json")).to_str().expect("the path is UTF-8").to_owned()
}

/// A folder with a filter from text in it.
struct Scratch(TempDir);

impl Scratch {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a scratch folder"))
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> String {
        let path = self.0.path().join(name);
        fs::write(&path, bytes).expect("written");
        path.to_str().expect("the path is UTF-8").to_owned()
    }

    fn wat(&self, body: &str) -> String {
        let text = format!(
            r#"(module
              {body}
              (memory (export "memory") 8)
              (global $free (mut i32) (i32.const 65536))
              (func (export "proxy_abi_version_0_2_1"))
              (func (export "malloc") (param $size i32) (result i32)
                (global.get $free)
                (global.set $free (i32.add (global.get $free) (local.get $size)))))"#
        );
        self.write("probe.wasm", wat::parse_str(text).expect("the test's own module is valid"))
    }
}

const ON_REQUEST: &str = r#"(func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)"#;

/// Shows what it is configured with: each value is the result of a host call.
const CONFIGURED: &str = r#"
  (import "env" "proxy_get_buffer_bytes" (func $buffer (param i32 i32 i32 i32 i32) (result i32)))
  (import "env" "proxy_get_property" (func $property (param i32 i32 i32 i32) (result i32)))
  (import "env" "proxy_log" (func $log (param i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "environ_sizes_get" (func $sizes (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "environ_get" (func $environ (param i32 i32) (result i32)))
  (data (i32.const 0) "plugin_root_id")
  (func (export "proxy_on_vm_start") (param i32 i32) (result i32)
    (drop (call $buffer (i32.const 6) (i32.const 0) (i32.const -1) (i32.const 64) (i32.const 68)))
    (i32.const 1))
  (func (export "proxy_on_configure") (param i32 i32) (result i32)
    (drop (call $buffer (i32.const 7) (i32.const 0) (i32.const -1) (i32.const 64) (i32.const 68)))
    (drop (call $property (i32.const 0) (i32.const 14) (i32.const 64) (i32.const 68)))
    (drop (call $sizes (i32.const 72) (i32.const 76)))
    (drop (call $environ (i32.const 128) (i32.const 256)))
    (drop (call $log (i32.const 2) (i32.const 256) (i32.load (i32.const 76))))
    (i32.const 1))"#;

/// Makes as many findings as one request allows, and values that are not text.
const MISTAKES: &str = r#"
  (import "env" "proxy_continue_stream" (func $continue (param i32) (result i32)))
  (import "env" "proxy_http_call"
    (func $call (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32) (result i32)))
  (import "env" "proxy_add_header_map_value" (func $add (param i32 i32 i32 i32 i32) (result i32)))
  (import "env" "proxy_replace_header_map_value" (func $replace (param i32 i32 i32 i32 i32) (result i32)))
  (import "env" "proxy_set_property" (func $set (param i32 i32 i32 i32) (result i32)))
  (import "env" "proxy_get_property" (func $get (param i32 i32 i32 i32) (result i32)))
  (import "env" "proxy_get_buffer_bytes" (func $buffer (param i32 i32 i32 i32 i32) (result i32)))
  (import "env" "proxy_get_shared_data" (func $shared (param i32 i32 i32 i32 i32) (result i32)))
  (import "env" "proxy_set_shared_data" (func $share (param i32 i32 i32 i32 i32) (result i32)))
  (import "env" "proxy_log" (func $log (param i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (data (i32.const 0) "x-raw\ff\00request\00size:status1000content-length7")
  (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
    (call $exit (i32.const 3))
    (drop (call $call (i32.const 0) (i32.const 5) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)
                      (i32.const 0) (i32.const 0) (i32.const 10) (i32.const 96)))
    (drop (call $add (i32.const 0) (i32.const 0) (i32.const 5) (i32.const 5) (i32.const 1)))
    (drop (call $get (i32.const 7) (i32.const 12) (i32.const 64) (i32.const 68)))
    (drop (call $get (i32.const 7) (i32.const 3) (i32.const 64) (i32.const 68)))
    (drop (call $get (i32.const 7) (i32.const 99999999) (i32.const 64) (i32.const 68)))
    (drop (call $set (i32.const 0) (i32.const 1) (i32.const 5) (i32.const 1)))
    (drop (call $shared (i32.const 0) (i32.const 1) (i32.const 64) (i32.const 68) (i32.const 72)))
    (drop (call $share (i32.const 0) (i32.const 1) (i32.const 5) (i32.const 1) (i32.const 0)))
    (drop (call $shared (i32.const 0) (i32.const 1) (i32.const 64) (i32.const 68) (i32.const 72)))
    (drop (call $log (i32.const 4) (i32.const 5) (i32.const 1)))
    (drop (call $log (i32.const 99) (i32.const 0) (i32.const 1)))
    (drop (call $read (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 64)))
    (drop (call $continue (i32.const 0)))
    (i32.const 0))
  (func (export "proxy_on_response_headers") (param i32 i32 i32) (result i32)
    (drop (call $replace (i32.const 2) (i32.const 19) (i32.const 7) (i32.const 26) (i32.const 4)))
    (drop (call $replace (i32.const 2) (i32.const 30) (i32.const 14) (i32.const 44) (i32.const 1)))
    (i32.const 0))
  (func (export "proxy_on_response_body") (param i32 i32 i32) (result i32)
    (drop (call $buffer (i32.const 1) (i32.const 0) (i32.const -1) (i32.const 64) (i32.const 68)))
    (i32.eqz (local.get 2)))"#;

/// Reads a property that is no more, and makes an expression that only Envoy understands.
const OLD_AND_UNKNOWN: &str = r#"
  (import "env" "proxy_get_property" (func $get (param i32 i32 i32 i32) (result i32)))
  (import "env" "proxy_call_foreign_function" (func $foreign (param i32 i32 i32 i32 i32 i32) (result i32)))
  (data (i32.const 0) "cluster_nameexpr_creategoogle.protobuf.Struct{a:1}")
  (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
    (drop (call $get (i32.const 0) (i32.const 12) (i32.const 64) (i32.const 68)))
    (drop (call $foreign (i32.const 12) (i32.const 11) (i32.const 23) (i32.const 27) (i32.const 64) (i32.const 68)))
    (i32.const 0))"#;

/// All calls of a run, as `(name, args, status, result)`.
fn calls(run: &Value) -> Vec<(String, Value, String, Value)> {
    let callbacks = run["callbacks"].as_array().expect("a list").iter();
    let calls = callbacks.flat_map(|callback| callback["calls"].as_array().expect("a list"));
    let text = |value: &Value| value.as_str().expect("a string").to_owned();
    calls
        .map(|call| {
            (text(&call["name"]), call["args"].clone(), text(&call["status"]), call["result"].clone())
        })
        .collect()
}

fn call(name: &str, args: Value, status: &str, result: Value) -> (String, Value, String, Value) {
    (name.into(), args, status.into(), result)
}

/// Raw arguments and results of the callbacks of one name.
fn callbacks(run: &Value, name: &str) -> Vec<Value> {
    let callbacks = run["callbacks"].as_array().expect("a list").iter();
    let found = callbacks.filter(|callback| callback["name"] == name);
    found.map(|callback| json!([callback["args"], callback["result"]])).collect()
}

fn messages(run: &Value) -> Vec<String> {
    let logs = run["logs"].as_array().expect("a list").iter();
    logs.map(|log| {
        format!("{} {}", log["level"].as_str().expect("a level"), log["message"].as_str().expect("text"))
    })
    .collect()
}

/// Headers of one side without those that the proxy adds by itself.
fn headers(side: &Value) -> Vec<(String, String)> {
    let pairs: Vec<(String, String)> =
        serde_json::from_value(side["headers"].clone()).expect("pairs of text");
    pairs.into_iter().filter(|(name, _)| name != "date" && name != "x-forwarded-proto").collect()
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| (String::from(*name), String::from(*value))).collect()
}

// The three samples, with what a real Envoy 1.40 did.

#[test]
fn add_headers_does_what_it_does_in_envoy() {
    let run = run([scenario("add_headers/add_headers").as_str(), "--json"]).json(0);
    assert_eq!(run["outcome"]["kind"], "finished");
    let upstream = pairs(&[
        (":method", "GET"),
        (":path", "/v1/users/42?verbose=1"),
        (":scheme", "https"),
        (":authority", "api.example.com"),
        ("user-agent", "curl/8.5.0"),
        ("accept", "application/json"),
        ("x-env", "prod"),
        ("x-gateway", "filterlab"),
    ]);
    assert_eq!(headers(&run["upstream"]), upstream);
    let downstream = pairs(&[
        ("content-type", "application/json; charset=utf-8"),
        ("content-length", "25"),
        ("set-cookie", "sid=8f3a2c; HttpOnly"),
        ("cache-control", "no-store"),
        ("x-content-type-options", "nosniff"),
        ("set-cookie", "lane=blue; Path=/"),
    ]);
    assert_eq!(headers(&run["downstream"]), downstream);
    assert_eq!(run["downstream"]["status"], 200);
    assert_eq!(run["downstream"]["body"], r#"{"id":42,"name":"张伟"}"#);
    assert_eq!(
        messages(&run),
        [
            "info 3 request and 5 response header changes",
            "debug request: 1 removed, 1 set, 1 added",
            "debug response: 2 removed, 1 set, 2 added",
        ]
    );
    let changes = run["changes"].as_array().expect("a list");
    let removed = json!({
        "part": "request_headers", "op": "remove", "name": "x-debug", "before": "1", "after": null,
        "event": changes[0]["event"], "request": 0,
    });
    assert_eq!(changes[0], removed);
    let cause = calls(&run)[changes[0]["event"].as_u64().expect("a number") as usize - 1].clone();
    assert_eq!(
        cause,
        call(
            "proxy_remove_header_map_value",
            json!({"map": "request headers", "name": "x-debug"}),
            "Ok",
            Value::Null
        )
    );
}

#[test]
fn a_refused_configuration_ends_with_exit_code_1() {
    let run = run([scenario("add_headers/bad_config").as_str(), "--json"]).json(1);
    assert_eq!(run["outcome"]["kind"], "refused");
    assert_eq!((&run["upstream"], &run["downstream"]), (&Value::Null, &Value::Null));
    let expected = "error configuration refused: unknown field `respones`, expected `request` or `response` \
                    at line 1 column 47";
    assert!(messages(&run).iter().any(|line| line == expected), "{:?}", messages(&run));
}

const MASKED: &str = r#"{"code":0,"message":"成功","data":{"name":"张*","phone":"138****5678","id_card":"110101********1234","address":"北京市朝阳区*****","level":"金卡会员","orders":[{"id":"DD20251103001","amount":128.5,"phone":"139****2233"}]}}"#;

#[test]
fn mask_pii_does_what_it_does_in_envoy() {
    let run = run([scenario("mask_pii/mask_pii").as_str(), "--json"]).json(0);
    let downstream = pairs(&[
        ("content-type", "application/json; charset=utf-8"),
        ("set-cookie", "sid=5f2d9a41; HttpOnly; Secure"),
        ("cache-control", "private, no-store"),
        ("x-masked-by", "mask_pii/0.4.1"),
    ]);
    let mut found = headers(&run["downstream"]);
    let mut expected = downstream;
    found.sort();
    expected.sort();
    assert_eq!(found, expected);
    assert_eq!(run["downstream"]["body"], MASKED);
    assert_eq!(run["metrics"], json!([{"name": "masked_fields_total", "kind": "counter", "value": 5}]));
    assert_eq!(callbacks(&run, "proxy_on_response_body"), [json!([[2, 173, 0], 1]), json!([[2, 346, 1], 0])]);
    assert_eq!(run["findings"], json!([]));
}

#[test]
fn the_other_scenarios_of_mask_pii_do_what_they_do_in_envoy() {
    let not_json = run([scenario("mask_pii/not_json").as_str(), "--json"]).json(0);
    assert_eq!(
        callbacks(&not_json, "proxy_on_response_body"),
        [json!([[2, 40, 0], 0]), json!([[2, 72, 1], 0])]
    );
    assert!(not_json["downstream"]["body"].as_str().expect("text").contains("13812345678"));

    let broken = run([scenario("mask_pii/broken_json").as_str(), "--json"]).json(0);
    assert!(broken["downstream"]["body"].as_str().expect("text").contains("13812345678"));
    assert!(messages(&broken).iter().any(|line| line.starts_with("warn ")), "{:?}", messages(&broken));

    let trailers = run([scenario("mask_pii/trailers").as_str(), "--json"]).json(0);
    assert_eq!(
        callbacks(&trailers, "proxy_on_response_body"),
        [json!([[2, 173, 0], 1]), json!([[2, 273, 0], 1]), json!([[2, 346, 0], 1])]
    );
    assert_eq!(trailers["downstream"]["body"], MASKED);
    assert_eq!(trailers["downstream"]["trailers"], json!([["x-checksum", "9a3c"]]));
}

#[test]
fn access_check_does_what_it_does_in_envoy() {
    let allowed = run([scenario("access_check/access_check").as_str(), "--json"]).json(0);
    let upstream = headers(&allowed["upstream"]);
    for expected in pairs(&[("x-user", "bob"), ("x-role", "viewer")]) {
        assert!(upstream.contains(&expected), "{upstream:?}");
    }
    assert!(upstream.iter().all(|(name, _)| name != "authorization"), "{upstream:?}");
    assert_eq!(allowed["downstream"]["status"], 200);

    for (name, status, length) in [("no_token", 401, 72), ("bad_token", 401, 67), ("forbidden", 403, 66)] {
        let refused = run([scenario(&format!("access_check/{name}")).as_str(), "--json"]).json(0);
        assert_eq!(refused["outcome"]["kind"], "local_reply", "{name}");
        assert_eq!(refused["upstream"], Value::Null, "{name}");
        assert_eq!(refused["downstream"]["status"], status, "{name}");
        assert_eq!(refused["downstream"]["body"].as_str().expect("text").len(), length, "{name}");
    }
    let no_token = run([scenario("access_check/no_token").as_str(), "--json"]).json(0);
    assert_eq!(
        no_token["downstream"]["body"],
        r#"{"code":"UNAUTHENTICATED","message":"请先登录：缺少访问令牌"}"#
    );
    let challenge = ("www-authenticate".to_owned(), "Bearer realm=\"orders\"".to_owned());
    assert!(headers(&no_token["downstream"]).contains(&challenge));

    let public = run([scenario("access_check/public").as_str(), "--json"]).json(0);
    assert_eq!((&public["downstream"]["status"], &public["downstream"]["body"]), (&json!(200), &json!("ok")));
}

#[test]
fn embedded_samples_run_as_their_files_do() {
    for name in ["add_headers", "mask_pii/trailers", "access_check/no_token"] {
        let file = match name.split_once('/') {
            Some(_) => scenario(name),
            None => scenario(&format!("{name}/{name}")),
        };
        let mut embedded = run([format!("sample:{name}").as_str(), "--json"]).json(0);
        let mut read = run([file.as_str(), "--json"]).json(0);
        // The sentence has the name of the filter's file, which is mask_pii.wasm for the embedded one.
        embedded["outcome"]["reason"].take();
        read["outcome"]["reason"].take();
        assert!(embedded == read, "{name}");
    }
    run(["sample:none"]).is_refused(&["no sample none", "sample:mask_pii", "sample:access_check/public"]);
    run(["sample:mask_pii/none"]).is_refused(&["no sample mask_pii/none"]);
}

// Options.

#[test]
fn a_filter_runs_with_the_request_and_reply_that_the_options_give() {
    let filter = sample("add_headers/filter.wasm");
    let args = [
        "--method",
        "POST",
        "--url",
        "http://a.test/b?c=d",
        "--header",
        "x-a: 1",
        "-H",
        "x-a: 2",
        "--body",
        "你好吗",
        "--chunk",
        "4",
        "--trailer",
        "x-t: up",
        "--status",
        "404",
        "--response-header",
        "x-b: 3",
        "--response-body",
        "abcdef",
        "--response-chunk",
        "1,2",
        "--response-trailer",
        "x-t: down",
        "--json",
    ];
    let args = std::iter::once(filter.as_os_str()).chain(args.iter().map(OsStr::new));
    let run = run(args).json(0);
    let upstream = headers(&run["upstream"]);
    let begin =
        pairs(&[(":method", "POST"), (":path", "/b?c=d"), (":scheme", "http"), (":authority", "a.test")]);
    assert_eq!(upstream[..4], begin);
    let given: Vec<_> = upstream.iter().filter(|(name, _)| name == "x-a").cloned().collect();
    assert_eq!(given, pairs(&[("x-a", "1"), ("x-a", "2")]));
    assert_eq!(
        (&run["upstream"]["body"], &run["upstream"]["trailers"]),
        (&json!("你好吗"), &json!([["x-t", "up"]]))
    );
    let downstream = &run["downstream"];
    assert_eq!((&downstream["status"], &downstream["body"]), (&json!(404), &json!("abcdef")));
    assert!(headers(downstream).contains(&("x-b".into(), "3".into())));
    assert_eq!(downstream["trailers"], json!([["x-t", "down"]]));
}

#[test]
fn bodies_arrive_in_the_pieces_that_the_options_ask_for() {
    let scratch = Scratch::new();
    let filter = scratch.wat(
        r#"(func (export "proxy_on_request_body") (param i32 i32 i32) (result i32) (i32.const 0))
           (func (export "proxy_on_response_body") (param i32 i32 i32) (result i32) (i32.const 0))"#,
    );
    let args = [
        "--method",
        "POST",
        "--body",
        "abcde",
        "--chunk",
        "2",
        "--response-body",
        "abcdef",
        "--response-chunk",
        "1,2",
        "--json",
    ];
    let run = run(std::iter::once(filter.as_str()).chain(args)).json(0);
    let sizes = |name: &str| -> Vec<Value> {
        callbacks(&run, name).iter().map(|callback| callback[0][1].clone()).collect()
    };
    assert_eq!(sizes("proxy_on_request_body"), [2, 2, 1]);
    assert_eq!(sizes("proxy_on_response_body"), [1, 2, 3]);
}

#[test]
fn a_filter_gets_the_configuration_that_the_options_give() {
    let scratch = Scratch::new();
    let filter = scratch.wat(CONFIGURED);
    let config = scratch.write("config.json", "{\"from\": \"a file\"}");
    let args = [
        "--config",
        &format!("@{config}"),
        "--vm-config",
        "@@vm",
        "--root-id",
        "root",
        "--env",
        "A=1",
        "--env",
        "B=x=y",
        "--json",
    ];
    let run = run(std::iter::once(filter.as_str()).chain(args)).json(0);
    let whole = |buffer: &str| json!({"buffer": buffer, "start": 0, "max_size": u32::MAX});
    let expected = [
        call("proxy_get_buffer_bytes", whole("VM configuration"), "Ok", json!("@vm")),
        call("proxy_get_buffer_bytes", whole("plugin configuration"), "Ok", json!("{\"from\": \"a file\"}")),
        call("proxy_get_property", json!({"path": "plugin_root_id"}), "Ok", json!("root")),
        call("environ_sizes_get", json!({}), "Ok", json!({"count": 2, "size": 10})),
        call("environ_get", json!({"array": 128, "buffer": 256}), "Ok", Value::Null),
        call("proxy_log", json!({"level": "info", "message": "A=1\0B=x=y\0"}), "Ok", Value::Null),
    ];
    assert_eq!(calls(&run), expected);
}

#[test]
fn options_override_what_the_scenario_says_and_leave_the_rest() {
    let file = scenario("mask_pii/mask_pii");
    let args = [
        "--header",
        "ACCEPT: text/html",
        "--header",
        "x-new: 1",
        "--response-body",
        "plain",
        "--response-header",
        "content-type: text/plain",
        "--url",
        "http://other.test/",
        "--json",
    ];
    let run = run(std::iter::once(file.as_str()).chain(args)).json(0);
    let upstream = pairs(&[
        (":method", "GET"),
        (":path", "/"),
        (":scheme", "http"),
        (":authority", "other.test"),
        ("user-agent", "okhttp/4.12.0"),
        ("accept", "text/html"),
        ("accept-language", "zh-CN,zh;q=0.9"),
        ("x-request-id", "b7c1f7d0-52a4-4a53-9c4e-1f3f5f1f8e10"),
        ("x-new", "1"),
        ("x-mask-policy", "v3"),
    ]);
    assert_eq!(headers(&run["upstream"]), upstream);
    let downstream = headers(&run["downstream"]);
    assert!(downstream.contains(&("content-type".into(), "text/plain".into())), "{downstream:?}");
    assert!(
        downstream.contains(&("content-length".into(), "5".into())),
        "a corrected length: {downstream:?}"
    );
    assert_eq!(run["downstream"]["body"], "plain");
    assert_eq!(run["findings"], json!([]));
}

#[test]
fn options_about_one_filter_refuse_a_longer_chain() {
    let scratch = Scratch::new();
    scratch.wat("");
    let file = scratch
        .write("two.scenario.json", r#"{"chain": [{"filter": "probe.wasm"}, {"filter": "probe.wasm"}]}"#);
    assert_eq!(run([file.as_str(), "--json"]).json(0)["outcome"]["kind"], "finished");
    for option in ["--config", "--vm-config", "--root-id"] {
        run([file.as_str(), option, "x"]).is_refused(&[option, "2 in its chain", "scenario file"]);
    }
    run([file.as_str(), "--env", "A=1"]).is_refused(&["--env", "2 in its chain"]);
}

#[test]
fn a_bad_option_is_named_with_its_place_and_form() {
    let filter = "sample:add_headers";
    run([filter, "--header", "no colon"]).is_refused(&["--header", "no colon", "name: value"]);
    run([filter, "--header", "a b: 1"]).is_refused(&["--header", "character 2", "use letters"]);
    run([filter, "--trailer", ": 1"]).is_refused(&["--trailer", "needs a name"]);
    run([filter, "--response-header", ":status: 1"]).is_refused(&["--response-header"]);
    run([filter, "--chunk", "many"]).is_refused(&["--chunk", "many", "number of bytes"]);
    run([filter, "--response-chunk", "0"]).is_refused(&["--response-chunk", "at least 1 byte"]);
    run([filter, "--chunk", "1,x"]).is_refused(&["--chunk", "16,100"]);
    run([filter, "--status", "99"]).is_refused(&["--status", "200 to 599"]);
    run([filter, "--status", "ok"]).is_refused(&["--status", "200 to 599"]);
    run([filter, "--url", "ftp://x/"]).is_refused(&["--url", "ftp", "http://"]);
    run([filter, "--url", ""]).is_refused(&["--url", "empty"]);
    run([filter, "--header", "x: a\nb"]).is_refused(&["--header", "byte 2", "line break"]);
    run([filter, "--method", "GE T"]).is_refused(&["--method", "character 3"]);
    run([filter, "--env", "A"]).is_refused(&["--env", "NAME=value"]);
    run([filter, "--env", "=1"]).is_refused(&["--env", "name is missing"]);
    run([filter, "--headers", "a: 1"]).is_refused(&["--headers"]);
    run([filter, "--body", "@no/such/file"]).is_refused(&["--body: cannot read no/such/file", "after @"]);
    run(Vec::<&str>::new()).is_refused(&["FILTER|SCENARIO"]);
}

#[test]
fn files_of_four_gigabytes_are_refused_without_being_read() {
    let scratch = Scratch::new();
    let file = scratch.write("huge.bin", "");
    let huge = std::fs::File::options().write(true).open(&file).expect("it was just written");
    huge.set_len(4 << 30).expect("holes cost nothing");
    run(["sample:add_headers", "--body", &format!("@{file}")]).is_refused(&[
        "--body: cannot read",
        "huge.bin",
        "more than 256 MiB",
    ]);
    let scenario = scratch.write("huge.scenario.json", "");
    let huge = std::fs::File::options().write(true).open(&scenario).expect("it was just written");
    huge.set_len(4 << 30).expect("holes cost nothing");
    run([scenario.as_str()]).is_refused(&["huge.scenario.json", "too large"]);
}

#[test]
fn a_bad_scenario_is_refused_with_line_and_column() {
    let scratch = Scratch::new();
    let file = scratch.write(
        "bad.scenario.json",
        "{\n  \"chain\": [{\"filter\": \"a\"}],\n  \"request\": {\"method\": 5}\n}",
    );
    run([file.as_str()])
        .is_refused(&["bad.scenario.json:3:25: request.method: invalid type", "Correct that place"]);
    run([file.as_str(), "--json"]).is_refused(&["bad.scenario.json:3:25:"]);

    let file = scratch.write("empty.scenario.json", "{}");
    run([file.as_str()]).is_refused(&["empty.scenario.json", "chain: the scenario has no filter"]);

    run(["no/such.scenario.json"]).is_refused(&["cannot read no/such.scenario.json", "sample:mask_pii"]);
    let curl = scratch.write("x.curl", "curl https://example.com");
    run([curl.as_str()]).is_refused(&[
        "neither a filter nor a scenario, but this: curl command",
        "filterlab convert",
        "x.curl",
    ]);
    let folder = scratch.write("y.curl", "").replace("y.curl", "");
    run([folder.as_str()]).is_refused(&["is a folder", "Give one of its files"]);
    run(["no/such.wasm"]).is_refused(&["FILTER: cannot read no/such.wasm", "Check the path"]);

    let file = scratch.write("lost.scenario.json", r#"{"chain": [{"filter": "lost.wasm"}]}"#);
    run([file.as_str()]).is_refused(&["lost.scenario.json: chain[0].filter: cannot read", "lost.wasm"]);
    let chain = r#"{"chain": [{"filter": "off.wasm", "off": true}, {"sha256": "77d1"}]}"#;
    let file = scratch.write("hash.scenario.json", chain);
    run([file.as_str()]).is_refused(&[
        "hash.scenario.json: chain[1].filter: there is no module",
        "77d1",
        "into the folder",
    ]);

    scratch.wat("");
    let file = scratch.write(
        "header.scenario.json",
        r#"{"chain": [{"filter": "probe.wasm"}], "request": {"headers": [["a", "1"], ["b c", "2"]]}}"#,
    );
    run([file.as_str()]).is_refused(&["header.scenario.json: request.headers[1]: line 2", "`b c`"]);
    let file = scratch.write(
        "url.scenario.json",
        r#"{"chain": [{"filter": "probe.wasm"}], "request": {"url": "ftp://a"}}"#,
    );
    run([file.as_str()]).is_refused(&["url.scenario.json: request.url", "override"]);
    assert_eq!(run([file.as_str(), "--url", "http://a/"]).code, 0);
}

// Outcomes.

#[test]
fn every_kind_of_outcome_has_its_exit_code() {
    let scratch = Scratch::new();
    let outcome = |filter: &str, code: i32| {
        let run = run([filter, "--json"]).json(code);
        (
            run["outcome"]["kind"].as_str().expect("text").to_owned(),
            run["outcome"]["reason"].as_str().expect("text").to_owned(),
        )
    };
    let trap = scratch.wat(&format!("{ON_REQUEST} unreachable)"));
    let (kind, reason) = outcome(&trap, 1);
    assert_eq!(kind, "trapped");
    assert!(reason.contains("on_request_headers") && reason.contains("unreachable"), "{reason}");

    let pause = scratch.wat(&format!("{ON_REQUEST} (i32.const 1))"));
    let (kind, reason) = outcome(&pause, 1);
    assert_eq!(kind, "paused");
    assert!(reason.contains("probe.wasm held the request in on_request_headers"), "{reason}");

    let damaged = scratch.write("damaged.wasm", "hello");
    let (kind, reason) = outcome(&damaged, 1);
    assert_eq!(kind, "refused");
    assert!(reason.contains("not a WebAssembly file"), "{reason}");

    let limited = scratch
        .write("limited.scenario.json", r#"{"chain": [{"filter": "probe.wasm"}], "limits": {"events": 3}}"#);
    let (kind, reason) = outcome(&limited, 1);
    assert_eq!(kind, "limit");
    assert!(reason.contains("3 events") && reason.contains("limits.events"), "{reason}");

    // A filter's answer is what it is there for; the proxy's own is not.
    let pain_point =
        |name: &str| format!("{}/tests/pain_points/{name}.scenario.json", env!("CARGO_MANIFEST_DIR"));
    assert_eq!(outcome(&pain_point("p02_over_the_limit"), 1).0, "local_reply");
    assert_eq!(outcome("sample:access_check/forbidden", 0).0, "local_reply");
    assert_eq!(outcome("sample:access_check", 0).0, "finished");
}

// JSON.

#[test]
fn bytes_that_are_not_text_are_base64() {
    let scratch = Scratch::new();
    let body = scratch.write("body.bin", [0xff, 0x00, 0xfe]);
    let filter = scratch.wat(MISTAKES);
    let run = run([filter.as_str(), "--response-body", &format!("@{body}"), "--json"]).json(0);
    assert_eq!(run["downstream"]["body"], json!({"base64": "/wD+"}));
    let raw = json!({"base64": "/w=="});
    let upstream = run["upstream"]["headers"].as_array().expect("a list");
    assert!(upstream.contains(&json!(["x-raw", raw])), "{upstream:?}");
    assert!(run["logs"].as_array().expect("a list").iter().any(|log| log["message"] == raw));
    let added = json!({"map": "request headers", "name": "x-raw", "value": raw});
    assert!(calls(&run).contains(&call("proxy_add_header_map_value", added, "Ok", Value::Null)));
}

#[test]
fn calls_are_decoded_also_when_they_fail() {
    let scratch = Scratch::new();
    let filter = scratch.wat(MISTAKES);
    let body = scratch.write("long.txt", "好".repeat(30_000));
    let run =
        run([filter.as_str(), "--body", "abc", "--response-body", &format!("@{body}"), "--json"]).json(0);
    let calls = calls(&run);
    let raw = json!({"base64": "/w=="});
    for expected in [
        call("proxy_continue_stream", json!({"stream": "request"}), "Ok", Value::Null),
        call("proc_exit", json!({"code": 3}), "Ok", Value::Null),
        call("proxy_get_property", json!({"path": "request.size"}), "Ok", json!(0)),
        call("proxy_get_property", json!({"path": "req"}), "NotFound", Value::Null),
        call("proxy_get_property", json!({"path": null}), "InvalidMemoryAccess", Value::Null),
        call("proxy_get_shared_data", json!({"key": "x"}), "NotFound", Value::Null),
        call("proxy_get_shared_data", json!({"key": "x"}), "Ok", json!({"value": raw, "cas": 1})),
        call("proxy_log", json!({"level": 99, "message": null}), "BadArgument", Value::Null),
        call("fd_read", json!({"fd": 0, "iovs": 0, "iovs_len": 0}), "ENOSYS", Value::Null),
    ] {
        assert!(calls.contains(&expected), "{expected:?} is not among {calls:#?}");
    }
    let (.., result) =
        calls.iter().rfind(|call| call.0 == "proxy_get_buffer_bytes").expect("the body was read");
    // The trace keeps 65536 bytes; the character that they end in is left out.
    assert!(*result == json!({"text": "好".repeat(21_845), "full_length": 90_000}));
    assert_eq!(run["downstream"]["body"].as_str().expect("text").len(), 90_000);
}

#[test]
fn only_lines_at_the_log_level_are_printed() {
    let scratch = Scratch::new();
    let filter = sample("add_headers/filter.wasm");
    let file = scratch
        .write("info.scenario.json", json!({"log_level": "info", "chain": [{"filter": filter}]}).to_string());
    let printed = run([file.as_str(), "--json"]).json(0);
    assert_eq!(messages(&printed), ["info no configuration: every request passes unchanged"]);
    let text = run([file.as_str()]).out;
    assert!(text.contains("Logs from info up, 2 below it"), "{text}");
}

#[test]
fn two_runs_print_the_same_bytes_and_no_times() {
    for args in [&["sample:mask_pii", "--json"][..], &["sample:access_check/no_token"]] {
        let (first, second) = (run(args), run(args));
        assert_eq!((first.code, &first.out), (second.code, &second.out));
        assert!(!first.out.contains("duration") && !first.out.contains("µs"), "{}", first.out);
    }
    let timed = run(["sample:mask_pii", "--json", "--timings"]).json(0);
    let first = &timed["callbacks"][0];
    assert!(first["duration_ns"].as_u64().is_some_and(|nanos| nanos > 0), "{first}");
    assert!(run(["sample:mask_pii", "--timings"]).out.contains("µs)"));
}

/// Takes a page of memory with each of so many requests.
fn leaking_scenario(scratch: &Scratch, requests: u32) -> String {
    let takes = r#"(func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
          (drop (memory.grow (i32.const 1))) (i32.const 0))"#;
    let filter = scratch.wat(takes);
    let scenario = json!({"chain": [{"filter": filter}], "repeat": requests});
    scratch.write("leaks.scenario.json", scenario.to_string())
}

#[test]
fn a_leak_is_told_where_there_are_requests_enough() {
    let scratch = Scratch::new();
    let leaks = run([leaking_scenario(&scratch, 20).as_str()]).out;
    assert!(leaks.contains("\nMemory\n"), "{leaks}");
    assert!(leaks.contains("512 KiB → 1.8 MiB  Leaks: It grows by 64 KiB per request"), "{leaks}");
    let few = run([leaking_scenario(&scratch, 9).as_str()]).out;
    assert!(!few.contains("\nMemory\n"), "{few}");
    let printed = run([leaking_scenario(&scratch, 20).as_str(), "--json"]).json(0);
    let memory = &printed["memory"][0];
    assert_eq!((&memory["verdict"], &memory["per_request"]), (&json!("grows"), &json!(65536)));
    assert_eq!(memory["growth"][1], json!({"request": 0, "bytes": 589_824}));
}

#[test]
fn instructions_are_printed_when_they_are_counted() {
    let args = ["sample:mask_pii", "--json", "--count-instructions"];
    let (first, second) = (run(args), run(args));
    assert_eq!(first.out, second.out, "they are the same each time");
    let printed = first.json(0);
    let of = |name: &str| {
        let callbacks = printed["callbacks"].as_array().expect("there are callbacks");
        let found = callbacks.iter().find(|callback| callback["name"] == name).expect("it was called");
        found["instructions"].as_u64().expect("they were counted")
    };
    assert!(of("proxy_on_configure") > 10 * of("proxy_on_vm_start"), "{printed}");
    let text = run(["sample:mask_pii", "--count-instructions"]).out;
    assert!(text.contains(" WebAssembly instructions in all callbacks."), "{text}");
    assert!(text.contains(" instructions\n"), "{text}");
    for args in [&["sample:mask_pii", "--json"][..], &["sample:mask_pii"]] {
        assert!(!run(args).out.contains("instructions"), "they were not asked for");
    }
}

/// Paths of all fields; what `docs/json.md` calls opaque is not entered.
fn field_paths(value: &Value, path: &str, found: &mut BTreeSet<String>) {
    // The messages of a request are like those at the top, which are the first request's.
    const OPAQUE: [&str; 5] = [
        "expectations[].expect",
        "callbacks[].calls[].args",
        "callbacks[].calls[].result",
        "requests[].upstream",
        "requests[].downstream",
    ];
    match value {
        _ if OPAQUE.contains(&path) => {}
        Value::Object(fields) if !fields.contains_key("base64") => {
            for (name, field) in fields {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                found.insert(path.clone());
                field_paths(field, &path, found);
            }
        }
        Value::Array(items) => {
            for item in items.iter().filter(|item| item.is_object()) {
                field_paths(item, &format!("{path}[]"), found);
            }
        }
        _ => {}
    }
}

fn documentation() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/json.md");
    fs::read_to_string(path).expect("docs/json.md is readable")
}

#[test]
fn every_field_is_documented_and_every_documented_field_exists() {
    let scratch = Scratch::new();
    let filter = scratch.wat(MISTAKES);
    let mistakes = run([
        filter.as_str(),
        "--response-header",
        "content-length: 2",
        "--response-body",
        "ab",
        "--json",
        "--timings",
        "--count-instructions",
    ]);
    let leak = run([leaking_scenario(&scratch, 20).as_str(), "--json"]);
    let old = run([scratch.wat(OLD_AND_UNKNOWN).as_str(), "--json"]);
    let findings = old.json(0)["findings"].clone();
    assert_eq!(
        (&findings[0]["kind"], &findings[0]["now"]),
        (&"removed_property".into(), &"xds.cluster_name".into())
    );
    assert_eq!(
        (&findings[1]["kind"], &findings[1]["what"]),
        (&"not_known_here".into(), &"message_type".into())
    );
    let mut found = BTreeSet::new();
    let probe = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/envoy_parity/filters/probe/probe.wasm");
    let script = r#"reqh call "a" [":method" "GET" ":path" "/" ":authority" "a"] "" [] 0"#;
    let asks =
        json!({"chain": [{"filter": probe, "plugin_config": script}], "callouts": [{"upstream": "a"}]});
    let callout = run([scratch.write("asks.scenario.json", asks.to_string()).as_str(), "--json"]);
    let script = r#"reqh prop "request.path"
reqh prop "response\x00code"
reqh call "a" [":method" "GET" ":authority" "a"] "" [] 0
reqh ret 1"#;
    let hints = json!({"chain": [{"filter": probe, "plugin_config": script}], "callouts": [{"upstream": "a"}],
        "expect": [{"that": "outcome", "is": "finished"}],
        "request": {"method": "POST", "body": "waits"}});
    let hinted = run([scratch.write("hints.scenario.json", hints.to_string()).as_str(), "--json"]);
    field_paths(&hinted.json(1), "", &mut found);
    let connection = run([connection_scenario(&Scratch::new(), "", "[]").as_str(), "--json"]);
    let samples = [run(["sample:mask_pii/trailers", "--json"]), run(["sample:mask_pii", "--json"])];
    for run in [mistakes, leak, old, callout, connection].into_iter().chain(samples) {
        field_paths(&run.json(0), "", &mut found);
    }
    let traps = json!({"chain": [{"filter": probe, "plugin_config": "reqh trap"}]});
    let trapped = run([scratch.write("traps.scenario.json", traps.to_string()).as_str(), "--json"]);
    field_paths(&trapped.json(1), "", &mut found);
    let over = json!({"chain": [{"filter": probe, "plugin_config": "reqb ret 1"}],
        "request": {"method": "POST", "body": "too long"}, "proxy": {"downstream": "http1", "buffer_limit": 4}});
    let over = run([scratch.write("over.scenario.json", over.to_string()).as_str(), "--json"]).json(1);
    let held = &over["findings"][0];
    assert_eq!(
        (&held["kind"], &held["filter"], &held["limit"]),
        (&json!("held_too_much"), &json!(0), &json!(4))
    );
    field_paths(&over, "", &mut found);
    let documentation = documentation();
    let rows = documentation.lines().filter_map(|line| line.strip_prefix("| `")?.split_once('`'));
    let documented: BTreeSet<String> = rows.map(|(path, _)| path.to_owned()).collect();
    assert_eq!(found, documented);
}

#[test]
fn a_scenario_that_expects_something_decides_the_exit_code() {
    let scratch = Scratch::new();
    let probe = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/envoy_parity/filters/probe/probe.wasm");
    let expects = |expect: Value| {
        let scenario = json!({"chain": [{"filter": probe, "plugin_config": "reqh trap"}], "expect": expect});
        scratch.write("expects.scenario.json", scenario.to_string())
    };
    let met = expects(json!([{"that": "outcome", "is": "trapped"}, {"is": 503}, {"is": 7, "off": true}]));
    let text = run([met.as_str()]);
    assert_eq!(text.code, 0, "{}", text.out);
    assert!(text.out.contains("Expectations  2 of 2 met\n  ✓ outcome = trapped\n"), "{}", text.out);
    let not = expects(json!([{"that": "outcome", "is": "trapped"}, {"is": 200}]));
    let text = run([not.as_str()]);
    assert_eq!(text.code, 1, "{}", text.out);
    assert!(text.out.contains("  ✗ status = 200  It was 503.\n"), "{}", text.out);
    let printed = run([not.as_str(), "--json"]).json(1);
    let verdict = &printed["expectations"][1];
    assert_eq!((&verdict["verdict"], &verdict["request"]), (&json!("not_met"), &json!(0)));
}

#[test]
fn the_schema_of_scenarios_is_printed() {
    let schema = filterlab(["schema"]).json(0);
    assert_eq!(schema["properties"]["expect"]["type"], "array");
}

#[test]
fn every_name_is_documented() {
    let documentation = documentation();
    let findings = Finding::one_of_each();
    let parts = [
        Part::RequestHeaders,
        Part::RequestBody,
        Part::RequestTrailers,
        Part::ResponseHeaders,
        Part::ResponseBody,
        Part::ResponseTrailers,
        Part::DownstreamData,
        Part::UpstreamData,
        Part::Property,
        Part::SharedData,
        Part::Queue,
        Part::Metric,
    ];
    let closers = [
        ClosedBy::Client,
        ClosedBy::Upstream,
        ClosedBy::NoUpstream,
        ClosedBy::BothEnds,
        ClosedBy::Filter(0),
        ClosedBy::Failure(0),
        ClosedBy::Shutdown,
    ];
    let names = findings
        .iter()
        .map(|finding| finding.name())
        .chain(parts.iter().map(|part| part.name()))
        .chain([ChangeOp::Add, ChangeOp::Replace, ChangeOp::Remove].iter().map(|op| op.name()))
        .chain(Status::ALL.iter().map(|status| status.name()))
        .chain([PeerEnd::Open, PeerEnd::Half, PeerEnd::Closed, PeerEnd::Reset].map(PeerEnd::name))
        .chain(closers.map(ClosedBy::name));
    for name in names {
        assert!(documentation.contains(&format!("`{name}`")), "{name}");
    }
}

#[test]
fn findings_name_the_host_call_that_shows_them() {
    let scratch = Scratch::new();
    let filter = scratch.wat(MISTAKES);
    let run =
        run([filter.as_str(), "--response-header", "content-length: 2", "--response-body", "ab", "--json"])
            .json(0);
    let findings = run["findings"].as_array().expect("a list").iter();
    let shown: Vec<Value> = findings
        .map(|finding| {
            let mut finding = finding.clone();
            let message = finding.as_object_mut().and_then(|fields| fields.shift_remove("message"));
            assert!(message.is_some_and(|message| message.as_str().is_some_and(|text| text.ends_with('.'))));
            finding
        })
        .collect();
    let stale = json!({"kind": "stale_content_length", "severity": "error", "event": null, "direction": "response", "declared": 7, "sent": 2});
    let unknown = json!({"kind": "unknown_upstream", "severity": "warning", "event": 2});
    let exit = json!({"kind": "exit_in_callback", "severity": "warning", "event": 1, "code": 3});
    let status = json!({"kind": "invalid_status", "severity": "error", "event": null, "status": 1000});
    for expected in [stale, unknown, exit, status] {
        assert!(shown.contains(&expected), "{expected} is not among {shown:#?}");
    }
    assert!(shown.iter().any(|finding| finding["kind"] == "continue_without_pause"), "{shown:#?}");
}

// TCP connections.

/// A scenario file beside a TCP filter with this body.
fn connection_scenario(scratch: &Scratch, body: &str, steps: &str) -> String {
    scratch.wat(body);
    let text = format!(r#"{{"chain":[{{"filter":"probe.wasm"}}],"connection":{{"steps":{steps}}}}}"#);
    scratch.write("tcp.scenario.json", text)
}

/// Puts `>` before what the client sends, and stops what the upstream sends.
const NETWORK: &str = r#"
  (import "env" "proxy_set_buffer_bytes" (func $set (param i32 i32 i32 i32 i32) (result i32)))
  (data (i32.const 8) ">")
  (func (export "proxy_on_downstream_data") (param i32 i32 i32) (result i32)
    (drop (call $set (i32.const 2) (i32.const 0) (i32.const 0) (i32.const 8) (i32.const 1)))
    (i32.const 0))
  (func (export "proxy_on_upstream_data") (param i32 i32 i32) (result i32)
    (i32.eqz (local.get 2)))"#;

#[test]
fn a_connection_is_run_from_its_scenario_file() {
    let scratch = Scratch::new();
    let steps = r#"[{"from":"client","send":"hello"},{"from":"upstream","send":"wor","after_ms":20},
        {"from":"upstream","send":"ld","end":true},{"from":"client","end":true}]"#;
    let file = connection_scenario(&scratch, NETWORK, steps);
    let json = run([file.as_str(), "--json"]).json(0);
    assert_eq!(json["outcome"]["kind"], "finished");
    assert_eq!(json["outcome"]["reason"], "Finished: the connection ended when both ends had.");
    let end = |sent: &str, received: &str| json!({"sent": sent, "received": received, "end": "closed"});
    let client = end("hello", "world");
    let upstream = end("world", ">hello>");
    assert_eq!(json["connection"], json!({"closed_by": "both_ends", "client": client, "upstream": upstream}));
    assert_eq!((&json["upstream"], &json["downstream"]), (&Value::Null, &Value::Null));
    assert_eq!(json["changes"][0]["part"], "downstream_data");
    let text = run([file.as_str()]);
    assert_eq!((text.code, text.err.as_str()), (0, ""));
    let mut rest = text.out.as_str();
    for part in [
        "Finished: the connection ended when both ends had.\n",
        "From the client, as the upstream got it (closed)\n  ~ data, 5 B → 7 B\n  - hello\n  + >hello>\n",
        "From the upstream, as the client got it (closed)\n    data, 5 B\n    world\n",
        "on_downstream_data       context 2  5 B  → Continue\n",
        "set_buffer_bytes           client's data: insert 1 B at the start\n",
        "on_upstream_data         context 2  3 B  → StopIteration\n",
        "on_upstream_data         context 2  5 B, end of stream  → Continue\n",
    ] {
        let place = rest.find(part).unwrap_or_else(|| panic!("{part} is not in {rest}"));
        rest = &rest[place + part.len()..];
    }
}

#[test]
fn a_connection_that_a_filter_holds_to_the_end_is_told_of() {
    let scratch = Scratch::new();
    let steps = r#"[{"from":"upstream","send":"world"},{"from":"client","end":true}]"#;
    let holds = NETWORK.replace("(i32.eqz (local.get 2))", "(i32.const 1)");
    let file = connection_scenario(&scratch, &holds, steps);
    let json = run([file.as_str(), "--json"]).json(1);
    assert_eq!(json["outcome"]["kind"], "paused");
    let finding = &json["findings"][0];
    assert_eq!((&finding["kind"], &finding["direction"]), (&json!("never_passed_on"), &json!("response")));
    let refuses = r#"(func (export "proxy_on_new_connection") (param i32) (result i32) (i32.const 1))"#;
    let file = connection_scenario(&scratch, refuses, r#"[{"from":"client","send":"a"}]"#);
    let text = run([file.as_str()]);
    assert_eq!(text.code, 1);
    let outcome = "Paused: probe.wasm held the client's side of the connection in on_new_connection and nobody resumed it.";
    for part in [outcome, "From the client; the upstream was never connected\n    data, 1 B\n    a\n"] {
        assert!(text.out.contains(part), "{part} is not in {}", text.out);
    }
}

#[test]
fn a_connection_without_an_upstream_says_so() {
    let scratch = Scratch::new();
    let file =
        connection_scenario(&scratch, NETWORK, r#"[{"from":"client","send":"a"}],"fails":"no_endpoint""#);
    let json = run([file.as_str(), "--json"]).json(0);
    assert_eq!(json["outcome"]["reason"], "Closed: the proxy could not connect to the upstream.");
    assert_eq!(
        (&json["connection"]["closed_by"], &json["connection"]["upstream"]),
        (&json!("no_upstream"), &Value::Null)
    );
    let file = connection_scenario(&scratch, NETWORK, r#"[],"fails":"lost""#);
    run([file.as_str()]).is_refused(&["tcp.scenario.json:1:", "unknown variant `lost`"]);
}

#[test]
fn a_step_that_cannot_be_done_is_named_with_its_place() {
    let scratch = Scratch::new();
    let file =
        connection_scenario(&scratch, "", r#"[{"from":"client","end":true},{"from":"client","send":"a"}]"#);
    run([file.as_str()]).is_refused(&["connection.steps[1]", "step 1 was the last"]);
    let file = connection_scenario(&scratch, "", r#"[{"from":"server","send":"a"}]"#);
    run([file.as_str()]).is_refused(&["tcp.scenario.json:1:", "unknown variant `server`"]);
}

// Text.

#[test]
fn the_text_shows_the_run_from_the_outcome_to_the_metrics() {
    let run = run(["sample:mask_pii"]);
    assert_eq!((run.code, run.err.as_str()), (0, ""));
    let mut rest = run.out.as_str();
    for part in [
        "Finished: 200 to the client.\n",
        "Request, as the upstream got it\n    :method: GET\n",
        "  - accept-encoding: gzip, br\n",
        "  + x-mask-policy: v3\n    no body\n",
        "Reply, as the client got it\n    :status: 200\n",
        "  - content-length: 346\n",
        "  ~ cache-control: public, max-age=60\n                 → private, no-store\n",
        "  ~ body, 346 B → 235 B\n  - {\n",
        "  + {\"code\":0",
        "Callbacks and host calls\n",
        "on_request_headers",
        "10 headers, end of stream  → Continue\n",
        "#4 remove_header_map_value",
        "NotFound  content-encoding\n",
        "Logs\n",
        "  warn     rule \"data.bank_card\" matched nothing\n",
        "Metrics\n  masked_fields_total  counter   5\n",
    ] {
        let Some(at) = rest.find(part) else { panic!("{part:?} is missing or too early in:\n{}", run.out) };
        rest = &rest[at + part.len()..];
    }
}

#[test]
fn the_text_names_findings_and_lets_no_filter_steer_the_terminal() {
    let scratch = Scratch::new();
    let filter = scratch.wat(&format!(
        r#"(import "env" "proxy_log" (func $log (param i32 i32 i32) (result i32)))
           (data (i32.const 0) "red \1b[31m")
           {ON_REQUEST} (drop (call $log (i32.const 2) (i32.const 0) (i32.const 9))) (i32.const 1))"#
    ));
    let run = run([filter.as_str()]);
    assert_eq!(run.code, 1);
    assert!(run.out.starts_with("Paused: probe.wasm held the request"), "{}", run.out);
    assert!(run.out.contains("Request; it never reached the upstream"), "{}", run.out);
    assert!(run.out.contains("  ! The request stayed paused forever."), "{}", run.out);
    assert!(run.out.contains("red \\u{1b}[31m") && !run.out.contains('\u{1b}'), "{}", run.out);
}

// Only there does a window of a build that has one depend on the environment alone.
#[cfg(any(not(feature = "gui"), target_os = "linux"))]
#[test]
fn without_a_window_the_run_is_printed_and_one_line_says_why() {
    let bare = filterlab(Vec::<&str>::new());
    assert_eq!((bare.code, bare.err.lines().count()), (0, 1), "{}", bare.err);
    assert!(bare.err.contains("no window") && bare.err.contains("sample:mask_pii"), "{}", bare.err);
    assert_eq!(bare.out, run(["sample:mask_pii"]).out);

    let path = scenario("access_check/no_token");
    let given = filterlab([path.as_str()]);
    assert_eq!((given.code, given.out), (0, run([path.as_str()]).out));

    let empty = filterlab(["--empty"]);
    assert_eq!((empty.code, empty.out.as_str(), empty.err.lines().count()), (1, "", 1), "{}", empty.err);
}

#[test]
fn help_and_version_go_to_standard_output() {
    let version = filterlab(["--version"]);
    assert_eq!((version.code, version.out), (0, format!("filterlab {}\n", env!("CARGO_PKG_VERSION"))));
    let help = run(["--help"]);
    assert_eq!(help.code, 0);
    for option in [
        "--method",
        "--url",
        "--header",
        "--body",
        "--chunk",
        "--trailer",
        "--status",
        "--response-header",
        "--response-body",
        "--response-chunk",
        "--response-trailer",
        "--config",
        "--vm-config",
        "--root-id",
        "--env",
        "--json",
        "--timings",
        "--count-instructions",
        "Exit code",
    ] {
        assert!(help.out.contains(option), "{option} is not in:\n{}", help.out);
    }
}

#[test]
fn a_refused_module_and_a_trap_say_what_to_do_next() {
    let scratch = Scratch::new();
    let file = scratch.write("notes.wasm", "no filter");
    let run = run([file.as_str()]);
    assert_eq!(run.code, 1);
    for part in ["Not loaded: notes.wasm", "It begins with 6e 6f 20 66"] {
        assert!(run.out.contains(part), "{part}: {}", run.out);
    }
    let unreachable =
        "(func (export \"proxy_on_request_headers\") (param i32 i32 i32) (result i32) unreachable)";
    let file = scratch.wat(unreachable);
    let run = self::run([file.as_str()]);
    let message = "Uncaught RuntimeError: unreachable";
    assert_eq!(run.out.lines().next().unwrap_or_default().matches(message).count(), 1, "{}", run.out);
}

#[test]
fn a_trap_while_the_proxy_shuts_down_is_a_finding_and_no_outcome() {
    let scratch = Scratch::new();
    let done = r#"(func (export "proxy_on_done") (param i32) (result i32)
        (if (i32.eq (local.get 0) (i32.const 1)) (then unreachable)) (i32.const 1))"#;
    let file = scratch.wat(done);
    let run = run([file.as_str(), "--json"]);
    let value = run.json(0);
    assert_eq!(value["outcome"]["kind"], "finished");
    assert_eq!(value["findings"][0]["kind"], "trap_at_shutdown");
}

#[cfg(target_os = "linux")]
#[test]
fn a_result_that_cannot_be_written_is_an_error() {
    let full = std::fs::File::options().write(true).open("/dev/full").expect("Linux has it");
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_filterlab"));
    let output = command.args(["run", "sample:add_headers"]).stdout(full).output().expect("it runs");
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("could not be written"));
}
