//! Filters that make the host keep, copy or repeat without end: each is stopped at a named limit, or not needed to be.

use std::sync::Arc;

use filterlab::abi::Callback;
use filterlab::host::{Compiler, Engine, Module, StopHandle};
use filterlab::run::{Plan, execute};
use filterlab::scenario::{Filter, Scenario};
use filterlab::trace::{EventKind, Finding, LimitKind, Outcome, Trace};

/// Imports that several of the filters use.
const SET_DATA: &str =
    r#"(import "env" "proxy_set_shared_data" (func $set (param i32 i32 i32 i32 i32) (result i32)))"#;
const ADD: &str =
    r#"(import "env" "proxy_add_header_map_value" (func $add (param i32 i32 i32 i32 i32) (result i32)))"#;
const LOG: &str = r#"(import "env" "proxy_log" (func $log (param i32 i32 i32) (result i32)))"#;
const WRITE: &str =
    r#"(import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))"#;
const REPLY: &str = r#"(import "env" "proxy_send_local_response"
    (func $reply (param i32 i32 i32 i32 i32 i32 i32 i32) (result i32)))"#;
const CONTINUE: &str = r#"(import "env" "proxy_continue_stream" (func $continue (param i32) (result i32)))
    (import "env" "proxy_set_effective_context" (func $effective (param i32) (result i32)))"#;

/// A filter with 32 pages of memory; `body` is what `proxy_on_request_headers` does before it answers Continue.
fn filter(imports: &str, body: &str) -> Arc<Module> {
    module(&format!(
        r#"{imports} (memory (export "memory") 32)
           (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32) (local $n i32)
             {body} (i32.const 0))"#
    ))
}

fn module(body: &str) -> Arc<Module> {
    let text = format!(
        r#"(module {body}
          (func (export "proxy_abi_version_0_2_1"))
          (func (export "malloc") (param i32) (result i32) (i32.const 1024)))"#
    );
    let bytes = wat::parse_str(text).expect("the test's own module is valid");
    let engine = Engine::new(Compiler::default()).expect("an engine can be made");
    Module::compile(&engine, &bytes).expect("the module loads")
}

/// Runs with a trace of at most a megabyte, a tenth of it logs.
fn run(module: Arc<Module>) -> Trace {
    run_chain(vec![module], Scenario::default())
}

fn run_chain(modules: Vec<Arc<Module>>, mut scenario: Scenario) -> Trace {
    scenario.chain = modules.iter().map(|_| Filter::default()).collect();
    let mut plan = Plan::new(&scenario, modules).expect("the scenario is complete");
    (plan.trace.bytes, plan.trace.log_bytes) = (1 << 20, 100 << 10);
    execute(&plan, &StopHandle::default())
}

fn limit(trace: &Trace) -> LimitKind {
    match trace.outcome {
        Outcome::Limit { limit, .. } => limit,
        ref other => panic!("no limit was reached: {other:?}"),
    }
}

fn log_bytes(trace: &Trace) -> usize {
    trace.logs().map(|line| line.message.len()).sum()
}

/// `body` again and again.
fn repeated(body: &str) -> String {
    format!("(loop $again {body} (br $again))")
}

#[test]
fn vectors_that_name_more_bytes_than_there_are_end_at_the_limit_of_logs() {
    // 16,384 vectors of a megabyte each, all the same megabyte: 16 GiB.
    let fill = r#"(loop $fill
        (i32.store (i32.add (i32.const 1048576) (i32.shl (local.get $n) (i32.const 3))) (i32.const 0))
        (i32.store offset=4 (i32.add (i32.const 1048576) (i32.shl (local.get $n) (i32.const 3))) (i32.const 1048576))
        (br_if $fill (i32.lt_u (local.tee $n (i32.add (local.get $n) (i32.const 1))) (i32.const 16384))))
        (drop (call $write (i32.const 1) (i32.const 1048576) (i32.const 16384) (i32.const 8)))"#;
    let trace = run(filter(WRITE, fill));
    assert_eq!(limit(&trace), LimitKind::LogBytes);
    assert!(log_bytes(&trace) <= 100 << 10);
}

#[test]
fn a_line_longer_than_the_limit_of_logs_is_kept_up_to_it() {
    let trace = run(filter(LOG, "(drop (call $log (i32.const 2) (i32.const 0) (i32.const 2000000)))"));
    assert_eq!(limit(&trace), LimitKind::LogBytes);
    assert_eq!(log_bytes(&trace), 100 << 10);
}

#[test]
fn shared_data_headers_and_replies_without_end_end_at_the_limit_of_the_trace() {
    let set = "(drop (call $set (i32.const 8) (i32.const 4) (i32.const 64) (i32.const 60000) (i32.const 0)))";
    let add =
        "(drop (call $add (i32.const 0) (i32.const 65535) (i32.const 1) (i32.const 64) (i32.const 500)))";
    let reply =
        "(drop (call $reply (i32.const 403) (i32.const 0) (i32.const 0) (i32.const 64) (i32.const 60000)
        (i32.const 0) (i32.const 0) (i32.const -1)))";
    for (import, body) in [(SET_DATA, set), (ADD, add), (REPLY, reply)] {
        let trace = run(filter(import, &repeated(body)));
        assert_eq!(limit(&trace), LimitKind::TraceBytes, "{import}");
        let kept: usize = trace
            .changes()
            .iter()
            .flat_map(|change| [&change.before, &change.after])
            .flatten()
            .map(|value| value.len())
            .sum();
        assert!(kept < 2 << 20, "{kept} bytes of changes");
    }
}

#[test]
fn a_value_larger_than_the_trace_may_be_is_not_even_copied() {
    let body =
        "(drop (call $set (i32.const 8) (i32.const 4) (i32.const 0) (i32.const 2000000) (i32.const 0)))";
    let trace = run(filter(SET_DATA, body));
    assert_eq!(limit(&trace), LimitKind::TraceBytes);
    assert!(trace.changes().is_empty());
}

#[test]
fn two_filters_in_one_vm_cannot_resume_each_other_without_end() {
    // The first resumes and pauses in its trailers; the second resumes the first from inside. Both are one plugin with
    // context 1; the first filter's stream context is 2.
    let body = r#"(memory (export "memory") 1)
        (func (export "proxy_on_request_trailers") (param $context i32) (param i32) (result i32)
          (drop (call $effective (i32.const 2)))
          (drop (call $continue (i32.const 0)))
          (i32.const 1))"#;
    let module = module(&format!("{CONTINUE} {body}"));
    let mut scenario = Scenario::default();
    scenario.request.method = "POST".into();
    scenario.request.body = "hello".into();
    scenario.request.trailers = vec![filterlab::scenario::HeaderLine::new("t", "1")];
    let trace = run_chain(vec![module.clone(), module], scenario);
    let called = |event: &filterlab::trace::Event| {
        matches!(event.kind, EventKind::Callback { callback: Callback::RequestTrailers, .. })
    };
    let calls = trace.callbacks().filter(|(_, event)| called(event)).count();
    assert!(calls <= 4, "{calls} calls");
    assert!(trace.findings().any(|(_, finding)| matches!(finding, Finding::ContinueWithoutPause { .. })));
}

#[test]
fn a_timeout_header_at_the_end_of_time_never_fires() {
    let body = r#"(data (i32.const 8) "x-envoy-upstream-rq-timeout-ms18446744073709551615")"#;
    let add = "(drop (call $add (i32.const 0) (i32.const 8) (i32.const 30) (i32.const 38) (i32.const 20)))";
    let mut scenario = Scenario::default();
    scenario.reply.delay_ms = 5_000;
    let module = module(&format!(
        r#"{ADD} (memory (export "memory") 1) {body}
           (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32) {add} (i32.const 0))"#
    ));
    let trace = run_chain(vec![module], scenario);
    assert_eq!(trace.outcome, Outcome::Finished { status: 200 });
}

#[test]
fn an_upstream_that_was_given_up_does_not_answer_any_more() {
    // A tick answers 403 before the upstream does; the filter holds that answer for good.
    let module = module(&format!(
        r#"{REPLY} {CONTINUE}
           (import "env" "proxy_set_tick_period_milliseconds" (func $tick (param i32) (result i32)))
           (memory (export "memory") 1)
           (global $seen (mut i32) (i32.const 0))
           (func (export "proxy_on_configure") (param i32 i32) (result i32)
             (drop (call $tick (i32.const 10))) (i32.const 1))
           (func (export "proxy_on_tick") (param i32)
             (if (i32.eq (global.get $seen) (i32.const 0)) (then
               (global.set $seen (i32.const 1))
               (drop (call $effective (i32.const 2)))
               (drop (call $reply (i32.const 403) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)
                 (i32.const 0) (i32.const 0) (i32.const -1))))))
           (func (export "proxy_on_response_headers") (param i32 i32 i32) (result i32) (i32.const 1))"#
    ));
    let mut scenario = Scenario::default();
    scenario.reply.delay_ms = 100;
    let trace = run_chain(vec![module], scenario);
    let headers = |event: &filterlab::trace::Event| {
        matches!(event.kind, EventKind::Callback { callback: Callback::ResponseHeaders, .. })
    };
    assert_eq!(trace.callbacks().filter(|(_, event)| headers(event)).count(), 1, "for the local reply alone");
    assert!(matches!(trace.outcome, Outcome::Paused { .. }), "{:?}", trace.outcome);
}
