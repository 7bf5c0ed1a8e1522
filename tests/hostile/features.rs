//! Filters with what V8 takes beyond the first WebAssembly: exceptions, garbage collection, shared memories. They run, and
//! the limits hold for them, too.

use filterlab::scenario::{Limits, Scenario};
use filterlab::trace::{LimitKind, Outcome, Trace};

use super::{quick, run, run_with, wat};

/// Runs a filter with these declarations whose `proxy_on_request_headers` does this before it continues.
fn run_body(scenario: Scenario, declared: &str, body: &str) -> Trace {
    run_with(
        &wat(&format!(
            r#"{declared} (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
               {body} (i32.const 0))"#
        )),
        scenario,
    )
}

fn endless(body: &str) -> String {
    format!("(loop $again {body} (br $again))")
}

fn limit(trace: &Trace) -> LimitKind {
    match trace.outcome {
        Outcome::Limit { limit, .. } => limit,
        ref other => panic!("no limit was reached: {other:?}"),
    }
}

/// Room for a few megabytes, and time enough to fill it.
fn small() -> Scenario {
    let limits = Limits { memory_mib: 4, request_ms: 20_000, ..Limits::default() };
    Scenario { limits, ..super::scenario() }
}

const TAG: &str = "(tag $e (param i32))";
const CATCH: &str = "(drop (block $caught (result i32)
    (try_table (catch $e $caught) (throw $e (i32.const 7))) (i32.const 0)))";
const LIST: &str = "(rec (type $node (struct (field (ref null $node)))))
    (global $list (mut (ref null $node)) (ref.null $node))";
const BYTES: &str = "(type $bytes (array (mut i8)))";

#[test]
fn an_exception_is_caught() {
    let trace = run_body(super::scenario(), TAG, CATCH);
    assert!(matches!(trace.outcome, Outcome::Finished { status: 200 }), "{:?}", trace.outcome);
}

#[test]
fn an_exception_that_nobody_catches_is_a_trap() {
    let Outcome::Trapped(trap) = run_body(super::scenario(), TAG, "(throw $e (i32.const 7))").outcome else {
        panic!("it is not caught");
    };
    assert_eq!(trap.message, "Uncaught #<Exception>");
    assert!(!trap.backtrace.frames.is_empty());
}

#[test]
fn an_exception_in_the_start_section_refuses_the_filter_with_its_place() {
    let outcome = run(&wat("(tag $e) (func $t (throw $e)) (start $t)")).outcome;
    let Outcome::Refused { reason, .. } = outcome else { panic!("{outcome:?}") };
    assert_eq!(reason.envoy_says(""), "Failed to create new Wasm instance");
    assert_eq!(reason.trap().map(|trap| trap.message.as_str()), Some("Uncaught #<Exception>"));
}

#[test]
fn exceptions_without_end_are_stopped_at_the_time_limit() {
    let trace = run_body(quick(), TAG, &endless(CATCH));
    assert_eq!(limit(&trace), LimitKind::RequestTime);
}

#[test]
fn garbage_without_end_is_stopped_at_the_time_limit() {
    let garbage = endless("(drop (struct.new $node (ref.null $node)))");
    assert_eq!(limit(&run_body(quick(), LIST, &garbage)), LimitKind::RequestTime);
}

#[test]
fn objects_that_are_kept_count_as_memory() {
    let keep = endless("(global.set $list (struct.new $node (global.get $list)))");
    assert_eq!(limit(&run_body(small(), LIST, &keep)), LimitKind::Memory);
}

#[test]
fn an_array_that_is_larger_than_memory_is_refused() {
    let array = "(drop (array.new_default $bytes (i32.const 0x7fffffff)))";
    let outcome = run_body(small(), BYTES, array).outcome;
    assert!(
        matches!(outcome, Outcome::Limit { limit: LimitKind::Memory, .. } | Outcome::Trapped(_)),
        "{outcome:?}"
    );
}

#[test]
fn a_shared_memory_grows_up_to_the_limit() {
    let trace = run_body(
        small(),
        "(memory $shared 1 16384 shared)",
        "(if (i32.ne (memory.grow $shared (i32.const 1024)) (i32.const -1)) (then unreachable))",
    );
    assert!(matches!(trace.outcome, Outcome::Finished { status: 200 }), "{:?}", trace.outcome);
}

#[test]
fn to_wait_in_a_shared_memory_is_a_trap_and_no_endless_run() {
    let trace = run_body(
        super::scenario(),
        "(memory $shared 1 1 shared)",
        "(drop (memory.atomic.wait32 $shared (i32.const 0) (i32.const 0) (i64.const -1)))",
    );
    let Outcome::Trapped(trap) = trace.outcome else { panic!("{:?}", trace.outcome) };
    assert_eq!(trap.message, "Uncaught RuntimeError: Atomics.wait cannot be called in this context");
}

#[test]
fn a_table_of_references_is_bounded() {
    let trace = run(&wat(
        r#"(table $t 1 externref) (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
           (if (i32.ne (table.grow $t (ref.null extern) (i32.const 10000000)) (i32.const -1)) (then unreachable))
           (i32.const 0))"#,
    ));
    assert!(matches!(trace.outcome, Outcome::Finished { status: 200 }), "{:?}", trace.outcome);
}

#[test]
fn exceptions_of_the_first_proposal_are_refused_by_name_and_not_as_invalid() {
    // `(try (do (throw $e)) (catch $e))`, for which the tests' own text format has no words.
    let module = include_bytes!("../envoy_parity/filters/modules/exception_caught.wasm");
    let error = super::load_error(module);
    assert!(matches!(error, filterlab::host::LoadError::Compile { .. }), "{error:?}");
    assert_eq!(error.envoy_says(""), "");
}
