//! Host calls: all of them are there, none is harmed by what a guest passes, and the ones that are not simulated say so.

use filterlab::abi::{AbiVersion, HostCall, Namespace, ValueType};
use filterlab::trace::{EventKind, Finding, Outcome, Returned, Trace};
use filterlab::view::Language;

use super::{compile, run, said, wat};

/// A module of this version that imports every host call there is, WASI under this name, and makes each one with all
/// its arguments set to `argument`.
fn caller_of_all(version: AbiVersion, wasi: &str, argument: i32) -> Vec<u8> {
    let name = |ty: ValueType| match ty {
        ValueType::I32 => "i32",
        ValueType::I64 => "i64",
    };
    let (mut imports, mut calls) = (String::new(), String::new());
    for (index, call) in HostCall::all().filter(|call| call.exists_in(version)).enumerate() {
        let module = match call.spec().namespace {
            Namespace::Env => "env",
            Namespace::Wasi => wasi,
        };
        let types: Vec<&str> = call.value_types().map(name).collect();
        let result = call.spec().result.map(|ty| format!("(result {})", name(ty))).unwrap_or_default();
        imports += &format!(
            "(import \"{module}\" \"{}\" (func $f{index} (param {}) {result}))\n",
            call.name(),
            types.join(" ")
        );
        let args: String = types.iter().map(|ty| format!("({ty}.const {argument}) ")).collect();
        let call = format!("(call $f{index} {args})");
        calls += &if result.is_empty() { call } else { format!("(drop {call})") };
    }
    let params = if version == AbiVersion::V0_1_0 { "i32 i32" } else { "i32 i32 i32" };
    let text = format!(
        r#"(module
          {imports}
          (memory (export "memory") 1)
          (func (export "{}"))
          (func (export "malloc") (param i32) (result i32) (i32.const 1024))
          (func (export "proxy_on_request_headers") (param {params}) (result i32) {calls} (i32.const 0)))"#,
        version.marker()
    );
    wat::parse_str(text).expect("the test's own module is valid")
}

#[test]
fn every_host_call_of_every_version_links_and_bears_any_arguments() {
    for version in AbiVersion::ALL {
        for wasi in Namespace::Wasi.modules() {
            for argument in [0, 1, 64, 65_536, -1, i32::MAX] {
                let place = format!("{version:?} {wasi} {argument}");
                let module = caller_of_all(version, wasi, argument);
                let loaded = compile(&module).expect("the module loads");
                assert_eq!(loaded.abi(), version, "{place}");
                let trace = run(&module);
                let expected = HostCall::all().filter(|call| call.exists_in(version)).count();
                assert_eq!(trace.call_count(), expected, "{place}: {:?}", trace.outcome);
                assert!(!matches!(trace.outcome, Outcome::Trapped(_)), "{place}: {:?}", trace.outcome);
            }
        }
    }
}

/// What the calls of this kind answered, in order.
fn answers(trace: &Trace, wanted: HostCall) -> Vec<Returned> {
    let answer = |kind| match kind {
        EventKind::Call { call, returned, .. } if call == wanted => Some(returned),
        _ => None,
    };
    trace.events().iter().filter_map(|event| answer(event.kind)).collect()
}

/// A filter that makes this one call when a request comes; its memory begins with some names.
fn calls_out(call: HostCall, args: &str) -> Vec<u8> {
    let params = "i32 ".repeat(call.value_types().count());
    wat(&format!(
        r#"(import "env" "{}" (func $call (param {params}) (result i32)))
           (data (i32.const 0) "nobodycompressnothing")
           (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
             (drop (call $call {}))
             (i32.const 0))"#,
        call.name(),
        args.split_whitespace().map(|arg| format!("(i32.const {arg}) ")).collect::<String>(),
    ))
}

#[test]
fn a_callout_to_an_upstream_without_a_mock_is_refused_as_by_envoy_and_says_so() {
    let cases = [
        // Upstream, headers, body, trailers, timeout, token.
        (HostCall::HttpCall, "0 6  0 0  0 0  0 0  1000  64", 2),
        // Service, name, method, metadata, message, timeout, token.
        (HostCall::GrpcCall, "0 6  0 6  0 6  0 0  0 0  1000  64", 4),
        // Service, name, method, metadata, token.
        (HostCall::GrpcStream, "0 6  0 6  0 6  0 0  64", 4),
    ];
    for (call, args, status) in cases {
        let trace = run(&calls_out(call, args));
        assert_eq!(trace.outcome, Outcome::Finished { status: 200 }, "{}", call.name());
        assert_eq!(answers(&trace, call), [Returned::Number(status)], "{}", call.name());
        let findings: Vec<Finding> = trace.findings().map(|(_, finding)| finding).collect();
        assert_eq!(findings, [Finding::UnknownUpstream]);
    }
}

#[test]
fn a_foreign_function_that_envoy_does_not_have_either_is_not_found_and_that_is_all() {
    let call = HostCall::CallForeignFunction;
    let trace = run(&calls_out(call, "14 7  0 6  64 68"));
    assert_eq!(answers(&trace, call), [Returned::Number(1)]);
    assert_eq!(trace.findings().count(), 0);
    assert_eq!(said(Language::English, &trace), "200 to the client");
}

#[test]
fn wild_pointers_answer_a_status_and_harm_nothing() {
    let module = wat(r#"(import "env" "proxy_log" (func $log (param i32 i32 i32) (result i32)))
           (import "env" "proxy_get_header_map_value" (func $get (param i32 i32 i32 i32 i32) (result i32)))
           (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
             (if (i32.ne (call $log (i32.const 2) (i32.const -1) (i32.const -1)) (i32.const 6)) (then unreachable))
             (if (i32.ne (call $log (i32.const 2) (i32.const 65535) (i32.const 2)) (i32.const 6)) (then unreachable))
             (if (i32.ne (call $get (i32.const 0) (i32.const -9) (i32.const 99) (i32.const 0) (i32.const 4))
                         (i32.const 6)) (then unreachable))
             (i32.const 0))"#);
    assert_eq!(run(&module).outcome, Outcome::Finished { status: 200 });
}
