//! The limits on memory, trace, log and patience: each ends a run with an outcome that names it.

use filterlab::abi::Callback;
use filterlab::trace::{Finding, LimitKind, Outcome};
use filterlab::view::{Language, sentences};

use super::{run, run_with, scenario, wat};

#[test]
fn memory_grows_to_the_limit_and_no_further() {
    let module = wat(r#"(func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
             (loop $l (br_if $l (i32.ne (memory.grow (i32.const 16)) (i32.const -1))))
             (if (i32.gt_u (memory.size) (i32.const 64)) (then unreachable))
             (i32.const 0))"#);
    let mut small = scenario();
    small.limits.memory_mib = 4;
    let survivor = run_with(&module, small.clone());
    assert_eq!(survivor.outcome, Outcome::Finished { status: 200 });
    assert!(survivor.findings().any(|(_, found)| found == Finding::MemoryRefused { limit: 4 << 20 }));
    let mut larger = scenario();
    larger.limits.memory_mib = 8;
    let failed = run_with(&module, larger.clone());
    let Outcome::Limit { limit: LimitKind::Memory, allowed, callback, .. } = failed.outcome else {
        panic!("{:?}", failed.outcome);
    };
    assert_eq!((allowed, callback), (8 << 20, Some(Callback::RequestHeaders)));
    let english = sentences::outcome::text(Language::English, &failed, &larger);
    assert!(english.sentence.as_str().contains("more memory than 8 MiB"), "{english:?}");
    let exchange = failed.exchanges.first().and_then(|exchange| exchange.downstream.as_ref());
    let status = exchange.and_then(|sent| sent.headers.text(":status"));
    assert_eq!(status, Some("503"), "the stream ends as Envoy ends it");

    let too_large_from_the_start = wat::parse_str(
        r#"(module (memory (export "memory") 100) (func (export "proxy_abi_version_0_2_1"))
          (func (export "malloc") (param i32) (result i32) (i32.const 1024)))"#,
    );
    let outcome = run_with(&too_large_from_the_start.expect("it is valid"), small).outcome;
    assert!(matches!(outcome, Outcome::Limit { limit: LimitKind::Memory, .. }), "{outcome:?}");
}

#[test]
fn many_memories_and_large_tables_count_as_well() {
    let memories = "(memory 30) ".repeat(4);
    let module = wat::parse_str(format!(
        r#"(module (memory (export "memory") 1) {memories} (func (export "proxy_abi_version_0_2_1"))
          (func (export "malloc") (param i32) (result i32) (i32.const 1024)))"#
    ));
    let mut small = scenario();
    small.limits.memory_mib = 4;
    let outcome = run_with(&module.expect("it is valid"), small).outcome;
    assert!(matches!(outcome, Outcome::Limit { limit: LimitKind::Memory, .. }), "{outcome:?}");
    let table = wat(r#"(table $t 1 funcref)
         (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
           (if (i32.ne (table.grow $t (ref.null func) (i32.const 0x7fffffff)) (i32.const -1)) (then unreachable))
           (i32.const 0))"#);
    assert_eq!(run(&table).outcome, Outcome::Finished { status: 200 });
}

#[test]
fn a_reply_later_than_the_client_waits_is_a_limit() {
    let mut late = scenario();
    (late.reply.delay_ms, late.limits.client_ms) = (2_000, 1_000);
    let outcome = run_with(&wat(""), late).outcome;
    assert!(
        matches!(outcome, Outcome::Limit { limit: LimitKind::ClientTime, allowed: 1_000, .. }),
        "{outcome:?}"
    );
}

#[test]
fn a_filter_that_calls_without_end_fills_the_trace_and_no_more() {
    let module = wat(r#"(import "env" "proxy_log" (func $log (param i32 i32 i32) (result i32)))
           (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
             (loop $l (drop (call $log (i32.const 2) (i32.const 0) (i32.const 8))) (br $l)) unreachable)"#);
    let mut scenario = scenario();
    scenario.limits.events = 1000;
    let trace = run_with(&module, scenario.clone());
    assert!(matches!(trace.outcome, Outcome::Limit { limit: LimitKind::Events, allowed: 1000, .. }));
    assert!(trace.events().len() < 1010);
    scenario.limits.events = 1_000_000;
    scenario.limits.log_kib = 1;
    let outcome = run_with(&module, scenario).outcome;
    assert!(matches!(outcome, Outcome::Limit { limit: LimitKind::LogBytes, .. }), "{outcome:?}");
}

#[test]
fn a_modules_own_maximum_is_no_limit_of_ours() {
    let module = wat::parse_str(
        r#"(module (memory (export "memory") 1 4) (func (export "proxy_abi_version_0_2_1"))
          (func (export "malloc") (param i32) (result i32) (i32.const 1024))
          (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
            (if (i32.ne (memory.grow (i32.const 16)) (i32.const -1)) (then unreachable))
            (i32.const 0)))"#,
    );
    let trace = run(&module.expect("it is valid"));
    assert_eq!(trace.outcome, Outcome::Finished { status: 200 });
    assert_eq!(trace.findings().count(), 0);
}

#[test]
fn limits_as_large_as_numbers_go_overflow_nothing() {
    let module = wat(r#"(import "env" "proxy_log" (func $log (param i32 i32 i32) (result i32)))
           (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
             (drop (call $log (i32.const 2) (i32.const 0) (i32.const 8))) (i32.const 0))"#);
    let mut boundless = scenario();
    let most = u64::MAX;
    let limits = &mut boundless.limits;
    (limits.request_ms, limits.start_ms, limits.memory_mib) = (most, most, most);
    (limits.events, limits.log_kib, limits.client_ms) = (most, most, most);
    assert_eq!(run_with(&module, boundless).outcome, Outcome::Finished { status: 200 });
}
