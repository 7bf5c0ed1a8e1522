//! TCP filters that do harm: each ends in a named outcome, within its bounds.

use filterlab::scenario::{Limits, Scenario};
use filterlab::trace::{ClosedBy, LimitKind, Outcome, Trace};
use filterlab::view::changes::Changes;
use filterlab::view::phases;
use filterlab::view::summary::{Summary, status_line};
use filterlab::view::timeline::{self, Timeline};
use filterlab::view::{Language, story};

use super::{quick, run_with, wat};

const STEPS: &str = r#"{"from":"client","send":"hello"},{"from":"upstream","send":"world"},
    {"from":"client","end":true},{"from":"upstream","end":true}"#;

fn scenario(steps: &str) -> Scenario {
    let text = format!(r#"{{"chain":[{{"filter":"f"}}],"connection":{{"steps":[{steps}]}}}}"#);
    Scenario::from_json(&text).expect("the test's own scenario parses")
}

/// A run, read by every view in every language.
fn run(module: &[u8], scenario: Scenario) -> Trace {
    let trace = run_with(module, scenario.clone());
    read(&trace, &scenario);
    trace
}

fn read(trace: &Trace, scenario: &Scenario) {
    let changes = Changes::new(trace, scenario, 0);
    let summary = Summary::new(trace, changes.items().len());
    let rows = Timeline::new(trace);
    for language in Language::ALL {
        assert!(!story::story(language, trace, &changes, 0).to_string().is_empty());
        assert!(!status_line(language, trace, scenario, &summary, 1).parts.is_empty());
        for (index, row) in rows.rows().iter().enumerate() {
            let (name, words) = timeline::describe(trace, row, rows.totals(index), language);
            assert!(!(name.is_empty() && words.to_string().is_empty()));
        }
        for phase in phases::phases(trace, &changes, 0) {
            assert!(!phases::name(language, phase.kind).is_empty());
        }
    }
}

const CALLBACKS: [(&str, &str); 9] = [
    ("context_create", "(param i32 i32)"),
    ("new_connection", "(param i32) (result i32)"),
    ("downstream_data", "(param i32 i32 i32) (result i32)"),
    ("upstream_data", "(param i32 i32 i32) (result i32)"),
    ("downstream_connection_close", "(param i32 i32)"),
    ("upstream_connection_close", "(param i32 i32)"),
    ("done", "(param i32) (result i32)"),
    ("log", "(param i32)"),
    ("delete", "(param i32)"),
];

#[test]
fn a_trap_in_any_callback_ends_in_an_outcome_that_names_it() {
    for (name, ty) in CALLBACKS {
        // The root context, of number 1, comes through.
        let module = wat(&format!(
            r#"(func (export "proxy_on_{name}") {ty} (if (i32.ne (local.get 0) (i32.const 1)) (then unreachable))
               {})"#,
            if ty.contains("result") { "(i32.const 1)" } else { "" }
        ));
        let trace = run(&module, scenario(STEPS));
        let Outcome::Trapped(trap) = &trace.outcome else { panic!("{name}: {:?}", trace.outcome) };
        assert_eq!(trap.callback.short_name(), format!("on_{name}"));
        assert!(trace.connection().is_some_and(|connection| connection.closed_by.is_some()), "{name}");
    }
}

#[test]
fn an_endless_loop_in_any_callback_ends_at_the_limit() {
    for (name, ty) in CALLBACKS {
        let module = wat(&format!(
            r#"(func (export "proxy_on_{name}") {ty}
               (if (i32.ne (local.get 0) (i32.const 1)) (then (loop $again (br $again))))
               {})"#,
            if ty.contains("result") { "(i32.const 1)" } else { "" }
        ));
        let scenario = Scenario { limits: quick().limits, ..scenario(STEPS) };
        let trace = run(&module, scenario);
        let is_limit = matches!(trace.outcome, Outcome::Limit { limit: LimitKind::RequestTime, .. });
        assert!(is_limit, "{name}: {:?}", trace.outcome);
    }
}

#[test]
fn a_filter_that_stops_everything_for_ever_is_paused() {
    let module =
        wat(r#"(func (export "proxy_on_downstream_data") (param i32 i32 i32) (result i32) (i32.const -1))
           (func (export "proxy_on_upstream_data") (param i32 i32 i32) (result i32) (i32.const 77))"#);
    let many = r#"{"from":"client","send":"hello"},{"from":"upstream","send":"world"},"#.repeat(2_000);
    let trace = run(&module, scenario(many.trim_end_matches(',')));
    assert!(matches!(trace.outcome, Outcome::Paused { .. }), "{:?}", trace.outcome);
    assert_eq!(trace.connection().expect("there was one").client.received, "");
}

#[test]
fn endless_growth_ends_at_a_limit() {
    // Each read makes the held bytes a page longer, and the next one shows all of them again.
    let module = wat(
        r#"(import "env" "proxy_set_buffer_bytes" (func $set (param i32 i32 i32 i32 i32) (result i32)))
           (func (export "proxy_on_downstream_data") (param i32 i32 i32) (result i32)
             (loop $again
               (br_if $again (i32.eqz
                 (call $set (i32.const 2) (i32.const 0x7fffffff) (i32.const 0) (i32.const 0) (i32.const 65536)))))
             (i32.const 0))"#,
    );
    let limits = Limits { events: 5_000, ..Limits::default() };
    let trace = run(&module, Scenario { limits, ..scenario(STEPS) });
    assert!(matches!(trace.outcome, Outcome::Limit { .. }), "{:?}", trace.outcome);
}

#[test]
fn buffers_bear_any_place_and_length() {
    let extremes = ["0", "1", "4", "5", "6", "0x7fffffff", "0x80000000", "-1"];
    for buffer in ["2", "3"] {
        let mut calls = String::new();
        for start in extremes {
            for length in extremes {
                calls += &format!(
                    "(drop (call $set (i32.const {buffer}) (i32.const {start}) (i32.const {length}) (i32.const 8)
                       (i32.const 2)))
                     (drop (call $get (i32.const {buffer}) (i32.const {start}) (i32.const {length}) (i32.const 64)
                       (i32.const 68)))
                     (drop (call $set (i32.const {buffer}) (i32.const {start}) (i32.const {length}) (i32.const -1)
                       (i32.const -1)))"
                );
            }
        }
        let callback = if buffer == "2" { "downstream" } else { "upstream" };
        let module = wat(&format!(
            r#"(import "env" "proxy_set_buffer_bytes" (func $set (param i32 i32 i32 i32 i32) (result i32)))
               (import "env" "proxy_get_buffer_bytes" (func $get (param i32 i32 i32 i32 i32) (result i32)))
               (func (export "proxy_on_{callback}_data") (param i32 i32 i32) (result i32) {calls} (i32.const 0))"#
        ));
        let trace = run(&module, scenario(STEPS));
        assert_eq!(trace.outcome, Outcome::Closed { by: ClosedBy::BothEnds });
    }
}

#[test]
fn resumes_and_closes_without_number_come_to_an_end() {
    let every = |body: &str| {
        let function = |(name, ty): (&str, &str)| {
            let answer = if ty.contains("result") { "(i32.const 1)" } else { "" };
            format!(r#"(func (export "proxy_on_{name}") {ty} {body} {answer})"#)
        };
        let functions: String = CALLBACKS.into_iter().map(function).collect();
        wat(&format!(
            r#"(import "env" "proxy_continue_stream" (func $resume (param i32) (result i32)))
               (import "env" "proxy_close_stream" (func $close (param i32) (result i32)))
               (import "env" "proxy_set_effective_context" (func $act_as (param i32) (result i32)))
               {functions}"#
        ))
    };
    let times = |call: &str| format!("(drop {call})").repeat(200);
    let resumes = every(&times("(call $resume (i32.const 2))"));
    let others =
        every(&format!("(drop (call $act_as (i32.const 2))) {}", times("(call $resume (i32.const 2))")));
    let closes = every(&times("(call $close (i32.const 3))"));
    for module in [resumes, others, closes] {
        for chain in [1, 3] {
            let mut scenario = scenario(STEPS);
            let filter = scenario.chain[0].clone();
            scenario.chain = (0..chain)
                .map(|index| filterlab::scenario::Filter { root_id: format!("{index}"), ..filter.clone() })
                .collect();
            let compiled = super::compile(&module).expect("the module loads");
            let plan = filterlab::run::Plan::new(&scenario, vec![compiled; chain]).expect("it is complete");
            let trace = filterlab::run::execute(&plan, &filterlab::host::StopHandle::default());
            read(&trace, &scenario);
            assert!(!matches!(trace.outcome, Outcome::Limit { .. }), "{:?}", trace.outcome);
        }
    }
}
