//! TCP filters: what a real Envoy 1.40 did with the same modules and the same steps (`host-spec`, section 7).

use std::sync::Arc;

use filterlab::abi::{Callback, HostCall};
use filterlab::host::{Compiler, Engine, Module, StopHandle};
use filterlab::run::{Place, Plan, PlannedConnection, execute, problems};
use filterlab::scenario::{FailurePolicy, Filter, Limits, Scenario};
use filterlab::trace::{
    CalloutEnd, ClosedBy, Connection, Direction, EventKind, Finding, Outcome, PeerEnd, Returned, Trace,
};

const STOP: &str = "(i32.const 1)";
const GO: &str = "(i32.const 0)";
/// What stops what is smaller than eight bytes.
const STOP_BELOW_8: &str = "(i32.lt_u (local.get 1) (i32.const 8))";

const IMPORTS: &str = r#"
    (import "env" "proxy_continue_stream" (func $resume (param i32) (result i32)))
    (import "env" "proxy_close_stream" (func $close (param i32) (result i32)))
    (import "env" "proxy_set_buffer_bytes" (func $set (param i32 i32 i32 i32 i32) (result i32)))
    (import "env" "proxy_get_buffer_bytes" (func $get (param i32 i32 i32 i32 i32) (result i32)))
    (import "env" "proxy_get_buffer_status" (func $size (param i32 i32 i32) (result i32)))
    (import "env" "proxy_set_property" (func $own (param i32 i32 i32 i32) (result i32)))
    (import "env" "proxy_get_property" (func $property (param i32 i32 i32 i32) (result i32)))
    (import "env" "proxy_send_local_response"
      (func $local (param i32 i32 i32 i32 i32 i32 i32 i32) (result i32)))
    (import "env" "proxy_add_header_map_value" (func $add (param i32 i32 i32 i32 i32) (result i32)))
    (import "env" "proxy_get_header_map_value" (func $header (param i32 i32 i32 i32 i32) (result i32)))
    (import "env" "proxy_get_header_map_pairs" (func $headers (param i32 i32 i32) (result i32)))
    (import "env" "proxy_set_tick_period_milliseconds" (func $tick (param i32) (result i32)))
    (import "env" "proxy_set_effective_context" (func $act_as (param i32) (result i32)))
    (import "env" "proxy_http_call"
      (func $http (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32) (result i32)))
    (memory (export "memory") 1)
    (global $heap (mut i32) (i32.const 4096))
    (func (export "proxy_abi_version_0_2_1"))
    (func (export "malloc") (param i32) (result i32)
      (i32.const 4096))"#;

/// A module with these callbacks: `new` and `down` and the like, each with what it does; its answer comes last.
fn filter(callbacks: &[(&str, &str)]) -> Arc<Module> {
    filter_with("", callbacks)
}

fn filter_with(rest: &str, callbacks: &[(&str, &str)]) -> Arc<Module> {
    let mut text = format!("(module {IMPORTS} {rest}");
    for (name, body) in callbacks {
        let (export, params, result) = match *name {
            "create" => ("context_create", 2, ""),
            "new" => ("new_connection", 1, "(result i32)"),
            "down" => ("downstream_data", 3, "(result i32)"),
            "up" => ("upstream_data", 3, "(result i32)"),
            "down_close" => ("downstream_connection_close", 2, ""),
            "up_close" => ("upstream_connection_close", 2, ""),
            "configure" => ("configure", 2, "(result i32)"),
            "tick" => ("tick", 1, ""),
            "done" => ("done", 1, "(result i32)"),
            "log" => ("log", 1, ""),
            "delete" => ("delete", 1, ""),
            other => panic!("{other} is no callback"),
        };
        let params = "i32 ".repeat(params);
        text += &format!(r#"(func (export "proxy_on_{export}") (param {params}) {result} {body})"#);
    }
    text += ")";
    let bytes = wat::parse_str(&text).unwrap_or_else(|error| panic!("{text}: {error}"));
    let engine = Engine::new(Compiler::default()).expect("an engine can be made");
    Module::compile(&engine, &bytes).expect("the module loads")
}

/// All callbacks, each going on.
const ALL: &[(&str, &str)] = &[
    ("create", ""),
    ("new", GO),
    ("down", GO),
    ("up", GO),
    ("down_close", ""),
    ("up_close", ""),
    ("done", "(i32.const 1)"),
    ("log", ""),
    ("delete", ""),
];

/// All callbacks, some of them doing something else.
fn with(own: &[(&'static str, &str)]) -> Arc<Module> {
    let others = ALL.iter().filter(|(name, _)| own.iter().all(|(other, _)| other != name));
    filter(&others.chain(own).copied().collect::<Vec<_>>())
}

fn scenario(steps: &str) -> Scenario {
    let text = format!(r#"{{"chain":[{{"filter":"f"}}],"connection":{{"steps":[{steps}]}}}}"#);
    Scenario::from_json(&text).expect("the test's own scenario parses")
}

fn run_with(modules: &[Arc<Module>], mut scenario: Scenario) -> Trace {
    let first = scenario.chain[0].clone();
    let filter =
        |index: usize| Filter { root_id: format!("{index}"), vm_id: format!("{index}"), ..first.clone() };
    scenario.chain = (0..modules.len()).map(filter).collect();
    let plan = Plan::new(&scenario, modules.to_vec()).expect("the scenario is complete");
    execute(&plan, &StopHandle::default())
}

fn run(modules: &[Arc<Module>], steps: &str) -> Trace {
    run_with(modules, scenario(steps))
}

/// The callbacks on the connection as Envoy's log shows them: `0 down 5 0`; the number is the filter's.
fn called(trace: &Trace) -> Vec<String> {
    let short = |callback| match callback {
        Callback::ContextCreate => "create",
        Callback::NewConnection => "new",
        Callback::DownstreamData => "down",
        Callback::UpstreamData => "up",
        Callback::DownstreamConnectionClose => "down_close",
        Callback::UpstreamConnectionClose => "up_close",
        Callback::Done => "done",
        Callback::Log => "log",
        Callback::Delete => "delete",
        other => other.short_name(),
    };
    let shown = |(id, event): (_, &filterlab::trace::Event)| {
        let EventKind::Callback { callback, filter, .. } = event.kind else { return None };
        let args = trace.args(id);
        // The root context is 1.
        if args.first() == Some(&1) {
            return None;
        }
        let args: String = match callback {
            Callback::ContextCreate => String::new(),
            _ => args[1..].iter().map(|arg| format!(" {arg}")).collect(),
        };
        Some(format!("{filter} {}{args}", short(callback)))
    };
    trace.callbacks().filter_map(shown).collect()
}

fn connection(trace: &Trace) -> &Connection {
    trace.connection().expect("there was a connection")
}

fn upstream_got(trace: &Trace) -> &[u8] {
    connection(trace).upstream.as_ref().map(|peer| &peer.received[..]).unwrap_or_default()
}

fn client_got(trace: &Trace) -> &[u8] {
    &connection(trace).client.received
}

fn answers(trace: &Trace, wanted: HostCall) -> Vec<u32> {
    let answer = |kind| match kind {
        EventKind::Call { call, returned: Returned::Number(number), .. } if call == wanted => Some(number),
        _ => None,
    };
    trace.events().iter().filter_map(|event| answer(event.kind)).collect()
}

fn findings(trace: &Trace) -> Vec<Finding> {
    trace.findings().map(|(_, finding)| finding).collect()
}

const END: [&str; 4] = ["0 down_close 1", "0 done", "0 log", "0 delete"];

fn lines(first: &[&str], last: &[&str]) -> Vec<String> {
    first.iter().chain(last).map(|line| (*line).to_owned()).collect()
}

#[test]
fn a_plain_connection_passes_both_ways_and_ends_when_both_ends_have() {
    let trace = run(
        &[with(&[])],
        r#"{"from":"client","send":"hello"},{"from":"upstream","send":"world"},{"from":"client","end":true},
           {"from":"upstream","send":"more"},{"from":"upstream","end":true}"#,
    );
    let first = ["0 create", "0 new", "0 down 5 0", "0 up 5 0", "0 down 0 1", "0 up 4 0", "0 up 0 1"];
    assert_eq!(called(&trace), lines(&first, &[&["0 up_close 0"], &END[..]].concat()));
    assert_eq!((upstream_got(&trace), client_got(&trace)), (&b"hello"[..], &b"worldmore"[..]));
    assert_eq!(trace.outcome, Outcome::Closed { by: ClosedBy::BothEnds });
    assert_eq!(trace.outcome.kind(), "finished");
    assert_eq!(connection(&trace).client.end, PeerEnd::Closed);
    assert!(trace.exchanges.is_empty());
    assert_eq!(findings(&trace), []);
}

#[test]
fn the_close_type_tells_whose_event_came_last() {
    // The upstream ends first: the client's end is the last event, so the close is remote.
    let trace = run(
        &[with(&[])],
        r#"{"from":"client","send":"hello"},{"from":"upstream","end":true},{"from":"client","end":true}"#,
    );
    let first =
        ["0 create", "0 new", "0 down 5 0", "0 up 0 1", "0 up_close 0", "0 down 0 1", "0 down_close 2"];
    assert_eq!(called(&trace), lines(&first, &END[1..]));
    let trace = run(&[with(&[])], r#"{"from":"client","send":"hello"},{"from":"client","reset":true}"#);
    assert_eq!(called(&trace), lines(&["0 create", "0 new", "0 down 5 0", "0 down_close 2"], &END[1..]));
    assert_eq!(trace.outcome, Outcome::Closed { by: ClosedBy::Client });
    assert_eq!(connection(&trace).upstream.as_ref().map(|peer| peer.end), Some(PeerEnd::Reset));
    // An upstream that aborts is not told of; the connection is closed by the proxy.
    let trace = run(&[with(&[])], r#"{"from":"upstream","send":"x"},{"from":"upstream","reset":true}"#);
    assert_eq!(called(&trace), lines(&["0 create", "0 new", "0 up 1 0"], &END));
    assert_eq!(connection(&trace).client.end, PeerEnd::Reset);
}

#[test]
fn bytes_that_come_with_the_end_are_one_callback() {
    let trace = run(
        &[with(&[])],
        r#"{"from":"client","send":"hello","end":true},{"from":"upstream","send":"bye","end":true}"#,
    );
    let first = ["0 create", "0 new", "0 down 5 1", "0 up 3 1", "0 up_close 0"];
    assert_eq!(called(&trace), lines(&first, &END));
}

#[test]
fn a_peer_that_has_gone_swallows_one_piece_and_breaks_at_the_next() {
    let trace = run(
        &[with(&[])],
        r#"{"from":"client","send":"hello"},{"from":"client","close":true},{"from":"upstream","send":"one"},
           {"from":"upstream","send":"two"},{"from":"upstream","send":"three"}"#,
    );
    let first = ["0 create", "0 new", "0 down 5 0", "0 down 0 1", "0 up 3 0", "0 up 3 0", "0 down_close 2"];
    assert_eq!(called(&trace), lines(&first, &END[1..]));
    assert_eq!(client_got(&trace), b"");
    let trace = run(
        &[with(&[])],
        r#"{"from":"upstream","close":true},{"from":"client","send":"more"},{"from":"client","send":"again"}"#,
    );
    let first = ["0 create", "0 new", "0 up 0 1", "0 up_close 0", "0 down 4 0", "0 down 5 0"];
    assert_eq!(called(&trace), lines(&first, &END));
    // A client that has ended meanwhile is noticed before the upstream that has gone.
    let trace = run(
        &[filter(&[
            (
                "down",
                "(drop (call $set (i32.const 2) (i32.const 0) (i32.const 0) (i32.const 8) (i32.const 1)))
            (i32.const 0)",
            ),
            ("down_close", ""),
        ])],
        r#"{"from":"upstream","close":true},{"from":"client","send":"edaeec"},{"from":"client","close":true}"#,
    );
    assert_eq!(called(&trace), ["0 down 6 0", "0 down 0 1", "0 down_close 2"]);
    // After the end of what it sends an abort is noticed only by sending.
    let trace = run(
        &[with(&[])],
        r#"{"from":"client","end":true},{"from":"client","reset":true},{"from":"upstream","send":"more"}"#,
    );
    let first = ["0 create", "0 new", "0 down 0 1", "0 up 4 0", "0 down_close 2"];
    assert_eq!(called(&trace), lines(&first, &END[1..]));
}

#[test]
fn a_script_that_leaves_the_connection_open_is_ended_by_the_client_and_then_the_upstream() {
    let trace = run(&[with(&[])], r#"{"from":"client","send":"hello"}"#);
    let first = ["0 create", "0 new", "0 down 5 0", "0 down 0 1", "0 up 0 1", "0 up_close 0"];
    assert_eq!(called(&trace), lines(&first, &END));
    assert_eq!(trace.outcome, Outcome::Closed { by: ClosedBy::BothEnds });
    let trace = run(&[with(&[])], "");
    let first = ["0 create", "0 new", "0 down 0 1", "0 up 0 1", "0 up_close 0"];
    assert_eq!(called(&trace), lines(&first, &END));
}

#[test]
fn what_is_stopped_stays_and_the_next_call_reports_all_of_it() {
    let stop = with(&[("down", STOP_BELOW_8)]);
    let steps = r#"{"from":"client","send":"hello"},{"from":"client","send":"abc"},{"from":"client","send":"de"},
        {"from":"client","end":true}"#;
    let trace = run(&[stop], steps);
    let downs: Vec<String> = called(&trace).into_iter().filter(|line| line.starts_with("0 down ")).collect();
    assert_eq!(downs, ["0 down 5 0", "0 down 8 0", "0 down 2 0", "0 down 2 1"]);
    assert_eq!(upstream_got(&trace), b"helloabc");
    assert_eq!(
        trace.outcome,
        Outcome::Paused { direction: Direction::Request, filter: 0, callback: Callback::DownstreamData }
    );
    assert_eq!(findings(&trace), [Finding::NeverPassedOn { direction: Direction::Request }]);
    // The same towards the client, which no call can resume.
    let stop = with(&[("up", &format!("(drop (call $resume (i32.const 3))) {STOP_BELOW_8}"))]);
    let steps = r#"{"from":"upstream","send":"hello"},{"from":"upstream","send":"abc"},
        {"from":"upstream","send":"de"},{"from":"upstream","end":true},{"from":"client","end":true}"#;
    let trace = run(&[stop], steps);
    let first = ["0 create", "0 new", "0 up 5 0", "0 up 8 0", "0 up 2 0", "0 up 2 1", "0 up_close 0"];
    assert_eq!(called(&trace), lines(&first, &[&["0 down 0 1"], &END[..]].concat()));
    assert_eq!(client_got(&trace), b"helloabc");
    assert_eq!(answers(&trace, HostCall::ContinueStream), [12, 12, 12, 12]);
    assert!(matches!(trace.outcome, Outcome::Paused { direction: Direction::Response, .. }));
}

#[test]
fn a_held_end_does_not_keep_the_connection_open() {
    let trace = run(
        &[with(&[("down", "(local.get 2)")])],
        r#"{"from":"client","send":"hello"},{"from":"client","end":true},{"from":"upstream","send":"x"},
           {"from":"upstream","end":true}"#,
    );
    let first = ["0 create", "0 new", "0 down 5 0", "0 down 0 1", "0 up 1 0", "0 up 0 1", "0 up_close 0"];
    assert_eq!(called(&trace), lines(&first, &END));
}

/// Stops until the timer has fired after 500 ms, and then lets context 2 go on.
fn resumes_by_timer(stopped: &'static str) -> Arc<Module> {
    with(&[
        ("configure", "(drop (call $tick (i32.const 500))) (i32.const 1)"),
        ("tick", "(drop (call $act_as (i32.const 2))) (drop (call $resume (i32.const 2)))"),
        (stopped, STOP),
    ])
}

#[test]
fn a_new_connection_that_is_stopped_reads_nothing_and_has_no_upstream_until_it_is_resumed() {
    let trace = run(
        &[resumes_by_timer("new")],
        r#"{"from":"client","send":"hello"},{"from":"client","send":"abc","after_ms":100},
           {"from":"upstream","send":"x","after_ms":900},{"from":"client","end":true}"#,
    );
    let called = called(&trace);
    let place = called.iter().position(|line| line == "0 down 8 0").expect("both pieces come at once");
    assert_eq!(called[..place], ["0 create", "0 new"]);
    assert_eq!((upstream_got(&trace), client_got(&trace)), (&b"helloabc"[..], &b"x"[..]));
    // Nobody resumes it: Envoy does not even notice that the client has gone, and closes it when it goes down itself.
    let trace =
        run(&[with(&[("new", STOP)])], r#"{"from":"client","send":"hello"},{"from":"client","reset":true}"#);
    assert_eq!(self::called(&trace), lines(&["0 create", "0 new"], &END));
    let paused =
        Outcome::Paused { direction: Direction::Request, filter: 0, callback: Callback::NewConnection };
    assert_eq!(trace.outcome, paused);
    assert_eq!(connection(&trace).upstream, None);
    assert_eq!(connection(&trace).closed_by, Some(ClosedBy::Shutdown));
    // A client that went while it was stopped is noticed after what it sent.
    let trace =
        run(&[resumes_by_timer("new")], r#"{"from":"client","send":"hello"},{"from":"client","reset":true}"#);
    assert_eq!(
        self::called(&trace),
        lines(&["0 create", "0 new", "0 down 5 0", "0 down_close 2"], &END[1..])
    );
}

#[test]
fn a_timer_lets_held_bytes_go_on() {
    let steps =
        r#"{"from":"client","send":"hello"},{"from":"client","send":"abc"},{"from":"client","end":true}"#;
    let trace = run(&[resumes_by_timer("down")], steps);
    let first = ["0 create", "0 new", "0 down 5 0", "0 down 8 0", "0 down 8 1", "0 up 0 1", "0 up_close 0"];
    let seen: Vec<String> = called(&trace).into_iter().filter(|line| !line.ends_with("tick")).collect();
    assert_eq!(seen, lines(&first, &END));
    assert_eq!(upstream_got(&trace), b"helloabc");
    assert_eq!(findings(&trace), [Finding::TicksInEachWorker]);
}

#[test]
fn a_resume_inside_the_callback_sends_on_before_the_answer_counts() {
    let resume = format!("(drop (call $resume (i32.const 2))) {STOP}");
    for name in ["down", "new"] {
        let trace = run(
            &[with(&[(name, &resume)])],
            r#"{"from":"client","send":"hello"},{"from":"client","send":"abc"}"#,
        );
        let downs: Vec<String> =
            called(&trace).into_iter().filter(|line| line.starts_with("0 down ")).collect();
        assert_eq!(downs, ["0 down 5 0", "0 down 3 0", "0 down 0 1"], "{name}");
        assert_eq!(upstream_got(&trace), b"helloabc");
        assert_eq!(findings(&trace), []);
    }
    // Also the callback of the other direction can resume.
    let trace = run(
        &[with(&[("down", STOP), ("up", "(drop (call $resume (i32.const 2))) (i32.const 0)")])],
        r#"{"from":"client","send":"hello"},{"from":"upstream","send":"x"}"#,
    );
    assert_eq!(upstream_got(&trace), b"hello");
}

#[test]
fn data_passes_two_filters_in_order_and_back_in_reverse() {
    let steps = r#"{"from":"client","send":"hello"},{"from":"upstream","send":"world"},{"from":"client","end":true},
        {"from":"upstream","end":true}"#;
    let mark = |letter: char| {
        let code = u32::from(letter);
        let put = |buffer: u32| {
            format!(
                "(i32.store8 (i32.const 8) (i32.const {code}))
                 (drop (call $set (i32.const {buffer}) (i32.const 0) (i32.const 0) (i32.const 8) (i32.const 1)))
                 (i32.const 0)"
            )
        };
        with(&[("down", &put(2)), ("up", &put(3))])
    };
    let trace = run(&[mark('0'), mark('1')], steps);
    let expected = [
        "0 create",
        "0 new",
        "1 create",
        "1 new",
        "0 down 5 0",
        "1 down 6 0",
        "1 up 5 0",
        "0 up 6 0",
        "0 down 0 1",
        "1 down 1 1",
        "1 up 0 1",
        "1 up_close 0",
        "0 up 1 1",
        "0 up_close 0",
        "0 down_close 1",
        "0 done",
        "0 log",
        "0 delete",
        "1 down_close 1",
        "1 done",
        "1 log",
        "1 delete",
    ];
    assert_eq!(called(&trace), expected);
    assert_eq!((upstream_got(&trace), client_got(&trace)), (&b"10hello10"[..], &b"01world01"[..]));
}

#[test]
fn bytes_that_the_second_filter_holds_pass_the_first_one_again() {
    let grow = "(drop (call $set (i32.const 2) (i32.const 0) (i32.const 0) (i32.const 8) (i32.const 1))) ";
    let first = with(&[("down", &format!("{grow} {GO}"))]);
    let second = with(&[("down", &format!("{grow} {STOP}"))]);
    let trace = run(&[first, second], r#"{"from":"client","send":"hello"},{"from":"client","send":"more"}"#);
    let downs: Vec<String> = called(&trace).into_iter().filter(|line| line.contains(" down ")).collect();
    assert_eq!(downs[..4], ["0 down 5 0", "1 down 6 0", "0 down 11 0", "1 down 12 0"]);
}

#[test]
fn a_filter_behind_one_that_stopped_the_new_connection_is_made_when_it_goes_on() {
    let trace = run(&[resumes_by_timer("new"), with(&[])], r#"{"from":"client","send":"hello"}"#);
    let first = ["0 create", "0 new", "1 create", "1 new", "0 down 5 0", "1 down 5 0"];
    let seen: Vec<String> = called(&trace).into_iter().filter(|line| !line.ends_with("tick")).collect();
    assert_eq!(seen[..6], first);
    // One that was never made hears nothing of the end.
    let trace = run(&[with(&[("new", STOP)]), with(&[])], "");
    assert_eq!(called(&trace), lines(&["0 create", "0 new"], &END));
}

#[test]
fn buffers_can_be_changed_at_their_head_and_end_only() {
    // AA before, then B for AAh, then nothing in the midst, then Z behind.
    let changes = |buffer: u32| {
        let set = |start: u32, length: u32, at: u32, size: u32| {
            format!(
                "(drop (call $set (i32.const {buffer}) (i32.const {start}) (i32.const {length}) (i32.const {at})
                  (i32.const {size})))"
            )
        };
        let other = 5 - buffer;
        format!(
            "(if (i32.eq (local.get 1) (i32.const 5)) (then {} {} {} {}
               (drop (call $set (i32.const {other}) (i32.const 0) (i32.const 0) (i32.const 8) (i32.const 1)))))
             (if (local.get 2) (then {})) (i32.const 0)",
            set(0, 0, 8, 2),
            set(0, 3, 10, 1),
            set(2, 1, 11, 1),
            set(100, 0, 12, 1),
            set(0, 0, 13, 3),
        )
    };
    let data = r#"(data (i32.const 8) "AABCZfin")"#;
    let module = filter_with(data, &[("down", &changes(2)), ("up", &changes(3))]);
    let trace = run(
        &[module],
        r#"{"from":"client","send":"hello"},{"from":"upstream","send":"hello"},{"from":"client","end":true},
           {"from":"upstream","end":true}"#,
    );
    assert_eq!((upstream_got(&trace), client_got(&trace)), (&b"BelloZfin"[..], &b"BelloZfin"[..]));
    assert_eq!(answers(&trace, HostCall::SetBufferBytes), [0, 0, 2, 0, 2, 0, 0, 2, 0, 2, 0, 0]);
}

#[test]
fn held_bytes_stay_readable_until_the_context_is_deleted() {
    let size = |buffer: u32| format!("(drop (call $size (i32.const {buffer}) (i32.const 0) (i32.const 4)))");
    let sizes = format!("{} {}", size(2), size(3));
    let module = with(&[
        ("down", STOP),
        ("up", STOP),
        ("up_close", &sizes),
        ("down_close", &sizes),
        ("done", &format!("{sizes} (i32.const 1)")),
        ("log", &sizes),
        ("delete", &sizes),
    ]);
    let trace = run(
        &[module],
        r#"{"from":"client","send":"hello"},{"from":"upstream","send":"more","end":true},{"from":"client","reset":true}"#,
    );
    let size = |(id, _): (_, &filterlab::trace::Event)| {
        let (_, bytes) = trace.payload(id, 1)?;
        Some(u32::from_le_bytes(bytes.try_into().expect("a size has four bytes")))
    };
    let sizes: Vec<u32> = trace.numbered().filter_map(size).collect();
    assert_eq!(sizes[..10], [5, 4, 5, 4, 5, 4, 5, 4, 5, 4]);
}

#[test]
fn a_filter_that_closes_ends_both_sides_and_drops_what_is_passing() {
    for kind in [2, 3] {
        let close = format!("(drop (call $close (i32.const {kind}))) (i32.const 0)");
        let steps = r#"{"from":"client","send":"hello"},{"from":"upstream","send":"world"},{"from":"client","send":"x"}"#;
        let trace = run(&[with(&[("new", &close)])], steps);
        assert_eq!(called(&trace), lines(&["0 create", "0 new"], &END));
        assert_eq!(connection(&trace).upstream, None);
        let trace = run(&[with(&[("down", &close)]), with(&[])], steps);
        assert_eq!(called(&trace)[4..9], ["0 down 5 0", "0 down_close 1", "0 done", "0 log", "0 delete"]);
        assert_eq!(upstream_got(&trace), b"");
        assert_eq!(trace.outcome, Outcome::Closed { by: ClosedBy::Filter(0) });
        assert_eq!(findings(&trace), [], "it meant to drop it");
        let trace = run(&[with(&[("up", &close)])], steps);
        assert_eq!(called(&trace), lines(&["0 create", "0 new", "0 down 5 0", "0 up 5 0"], &END));
        assert_eq!((upstream_got(&trace), client_got(&trace)), (&b"hello"[..], &b""[..]));
    }
    // With the last bytes from the upstream it hears of their end after it was deleted.
    let close = "(drop (call $close (i32.const 2))) (i32.const 0)";
    let trace = run(&[with(&[("up", close)])], r#"{"from":"upstream","send":"world","end":true}"#);
    let first = ["0 create", "0 new", "0 up 5 1"];
    assert_eq!(called(&trace), lines(&first, &[&END[..], &["0 up_close 0"]].concat()));
    // What was let go on before is sent before the close.
    let both = "(drop (call $resume (i32.const 2))) (drop (call $close (i32.const 2))) (i32.const 1)";
    let trace = run(&[with(&[("down", both)])], r#"{"from":"client","send":"hello"}"#);
    assert_eq!(upstream_got(&trace), b"hello");
    let both = "(drop (call $close (i32.const 2))) (drop (call $resume (i32.const 2))) (i32.const 1)";
    let trace = run(&[with(&[("down", both)])], r#"{"from":"client","send":"hello"}"#);
    assert_eq!(upstream_got(&trace), b"");
    // The halves of an HTTP stream mean nothing here, and after the close nothing does.
    let trace = run(
        &[with(&[
            ("down", "(drop (call $close (i32.const 0))) (drop (call $close (i32.const 1))) (i32.const 0)"),
            ("down_close", "(drop (call $close (i32.const 2))) (drop (call $resume (i32.const 2)))"),
        ])],
        r#"{"from":"client","send":"hello"},{"from":"client","reset":true}"#,
    );
    assert_eq!(upstream_got(&trace), b"hello");
    assert_eq!(called(&trace).iter().filter(|line| line.contains("down_close")).count(), 1);
}

#[test]
fn a_trap_closes_both_sides_without_further_callbacks_of_that_filter() {
    let steps =
        r#"{"from":"client","send":"hello"},{"from":"upstream","send":"world"},{"from":"client","send":"x"}"#;
    let seen = ["0 create", "0 new", "0 down 5 0", "0 up 5 0"];
    for (index, name) in ["create", "new", "down", "up"].into_iter().enumerate() {
        let to_upstream: &[u8] = if name == "up" { b"hello" } else { b"" };
        // The root context is made without harm.
        let body = if name == "create" { "(if (local.get 1) (then unreachable))" } else { "unreachable" };
        let trace = run(&[with(&[(name, body)])], steps);
        assert_eq!(called(&trace), seen[..=index], "{name}");
        assert_eq!((upstream_got(&trace), client_got(&trace)), (to_upstream, &b""[..]), "{name}");
        assert!(matches!(trace.outcome, Outcome::Trapped(_)), "{name}");
        assert_eq!(connection(&trace).closed_by, Some(ClosedBy::Failure(0)), "{name}");
    }
    // The others hear of the end.
    let trace = run(&[with(&[("up", "unreachable")]), with(&[])], steps);
    assert_eq!(called(&trace)[8..], ["1 down_close 1", "1 done", "1 log", "1 delete"]);
    // A trap at the end harms nobody else; one between two pieces is noticed at the next.
    let reset = r#"{"from":"client","send":"hello"},{"from":"upstream","reset":true}"#;
    for name in ["down_close", "done", "log", "delete"] {
        let trace = run(&[with(&[(name, "unreachable")]), with(&[])], reset);
        let others: Vec<String> = called(&trace).into_iter().filter(|line| line.starts_with('1')).collect();
        assert_eq!(others[3..], ["1 down_close 1", "1 done", "1 log", "1 delete"], "{name}");
    }
    let trace = run(
        &[with(&[("up_close", "unreachable")])],
        r#"{"from":"client","send":"hello"},{"from":"upstream","end":true},{"from":"client","send":"x"}"#,
    );
    assert_eq!(called(&trace), ["0 create", "0 new", "0 down 5 0", "0 up 0 1", "0 up_close 0"]);
    assert_eq!(upstream_got(&trace), b"hello");
}

#[test]
fn only_the_old_fail_open_lets_the_connection_live_on_after_a_trap() {
    let steps = r#"{"from":"client","send":"hello"},{"from":"upstream","send":"world"}"#;
    let policies = [FailurePolicy::FailClosed, FailurePolicy::FailOpen, FailurePolicy::FailReload];
    for failure_policy in policies.map(Some) {
        let mut scenario = scenario(steps);
        scenario.chain[0].failure_policy = failure_policy;
        let trace = run_with(&[with(&[("down", "unreachable")])], scenario);
        assert_eq!(client_got(&trace), b"", "{failure_policy:?}");
    }
    let mut scenario = scenario(steps);
    scenario.chain[0].fail_open = true;
    let trace = run_with(&[with(&[("down", "unreachable")])], scenario);
    assert_eq!((upstream_got(&trace), client_got(&trace)), (&b"hello"[..], &b"world"[..]));
}

/// Makes a further connection with the same steps for each pause, in milliseconds.
fn run_again(modules: &[Arc<Module>], scenario: &Scenario, pauses: &[u64]) -> Trace {
    let mut plan = Plan::new(scenario, modules.to_vec()).expect("the scenario is complete");
    let first = plan.connections[0].clone();
    let further = |pause: &u64| PlannedConnection { pause_before: pause * 1_000_000, ..first.clone() };
    plan.connections.extend(pauses.iter().map(further));
    execute(&plan, &StopHandle::default())
}

#[test]
fn after_a_trap_the_next_connection_is_treated_by_the_failure_policy() {
    let steps = r#"{"from":"client","send":"hello"},{"from":"upstream","send":"world"}"#;
    let traps = [with(&[("down", "unreachable")])];
    let got = |trace: &Trace| -> Vec<Option<Vec<u8>>> {
        let upstreams = trace.connections.iter().map(|connection| connection.upstream.as_ref());
        upstreams.map(|upstream| upstream.map(|peer| peer.received.to_vec())).collect()
    };
    let policies = [
        (FailurePolicy::FailClosed, [None, None], 3),
        (FailurePolicy::FailOpen, [Some(b"hello".to_vec()), Some(b"hello".to_vec())], 3),
        // It is loaded anew when it has backed off for long enough, and fails once more.
        (FailurePolicy::FailReload, [None, Some(Vec::new())], 6),
    ];
    for (policy, later, callbacks) in policies {
        let failure_policy = Some(policy);
        let mut scenario = scenario(steps);
        scenario.chain[0].failure_policy = failure_policy;
        let trace = run_again(&traps, &scenario, &[10, 5_000]);
        let got = got(&trace);
        // The upstream was connected before the filter failed.
        assert_eq!(got[0], Some(Vec::new()), "{failure_policy:?}");
        assert_eq!(got[1..], later, "{failure_policy:?}");
        assert!(matches!(trace.outcome, Outcome::Trapped(_)), "{failure_policy:?}");
        assert_eq!(called(&trace).len(), callbacks, "{failure_policy:?}");
    }
}

#[test]
fn each_connection_has_its_own_context_number_and_changes() {
    let set = "(drop (call $set (i32.const 2) (i32.const 0) (i32.const 0) (i32.const 8) (i32.const 1)))";
    let ask = "(drop (call $property (i32.const 1024) (i32.const 13) (i32.const 0) (i32.const 4)))";
    let data = r#"(data (i32.const 8) ">") (data (i32.const 1024) "connection\00id")"#;
    let module = filter_with(data, &[("down", &format!("{set} {ask} {GO}"))]);
    let trace = run_again(&[module], &scenario(r#"{"from":"client","send":"hello","end":true}"#), &[0, 0]);
    let received: Vec<_> =
        trace.connections.iter().map(|one| one.upstream.as_ref().map(|peer| &peer.received[..])).collect();
    assert_eq!(received, [Some(&b">hello"[..]); 3]);
    let ids = [1_u64, 2, 3].map(|id| Ok(id.to_le_bytes().to_vec()));
    assert_eq!(property(&trace, "connection.id"), ids);
    let changed: Vec<_> = trace.changes().iter().map(|change| change.exchange).collect();
    assert_eq!(changed, [Some(0), Some(1), Some(2)]);
}

#[test]
fn without_an_upstream_the_client_sees_the_connection_closed() {
    for (fails, flags, reason, address) in [
        ("no_endpoint", 0x2_u64, "", Err(1)),
        ("connection_failure", 0x8020, "delayed connect error: Connection refused", Ok("127.0.0.1:8080")),
    ] {
        let mut scenario = scenario(r#"{"from":"client","send":"hello"}"#);
        let failure = serde_json::from_value(serde_json::Value::from(fails)).expect("it is one");
        scenario.connection.as_mut().expect("it has one").fails = Some(failure);
        let ask = |at: u32, length: u32| {
            format!(
                "(drop (call $property (i32.const {at}) (i32.const {length}) (i32.const 0) (i32.const 4)))"
            )
        };
        let asks = [ask(1024, 14), ask(1100, 33), ask(1200, 16)].concat();
        let data = r#"(data (i32.const 1024) "response\00flags")
            (data (i32.const 1100) "upstream\00transport_failure_reason")
            (data (i32.const 1200) "upstream\00address")"#;
        let module = filter_with(
            data,
            &[("new", GO), ("down", GO), ("up_close", ""), ("down_close", ""), ("log", &asks)],
        );
        let trace = run_with(&[module], scenario);
        assert_eq!(called(&trace), ["0 new", "0 down_close 1", "0 log"], "{fails}");
        assert_eq!(trace.outcome, Outcome::Closed { by: ClosedBy::NoUpstream }, "{fails}");
        assert_eq!((&connection(&trace).upstream, client_got(&trace)), (&None, &b""[..]), "{fails}");
        assert_eq!(connection(&trace).client.end, PeerEnd::Closed, "{fails}");
        assert_eq!(property(&trace, "response.flags"), [Ok(flags.to_le_bytes().to_vec())], "{fails}");
        let reasons = property(&trace, "upstream.transport_failure_reason");
        assert_eq!(reasons, [Ok(reason.as_bytes().to_vec())], "{fails}");
        let address = address.map(|address| address.as_bytes().to_vec());
        assert_eq!(property(&trace, "upstream.address"), [address], "{fails}");
    }
}

#[test]
fn a_callout_under_way_is_awaited_after_the_connection() {
    let call = r#"(drop (call $http (i32.const 8) (i32.const 3) (i32.const 1024) (i32.const 61) (i32.const 0)
        (i32.const 0) (i32.const 1000) (i32.const 4) (i32.const 1000) (i32.const 0))) (i32.const 0)"#;
    // Three pairs: their sizes, then each name and value with a NUL behind it.
    let pairs = r#"(data (i32.const 8) "svc")
        (data (i32.const 1024) "\03\00\00\00\07\00\00\00\03\00\00\00\05\00\00\00\01\00\00\00\0a\00\00\00\01\00\00\00"
            ":method\00GET\00:path\00/\00:authority\00a\00")"#;
    let mut scenario = scenario(r#"{"from":"client","send":"hello"}"#);
    scenario.callouts = serde_json::from_str(r#"[{"upstream":"svc","answers":[{"delay_ms":200}]}]"#)
        .expect("the mock parses");
    let module = filter_with(pairs, &[("down", call), ("delete", "")]);
    let trace = run_with(&[module], scenario);
    assert_eq!(answers(&trace, HostCall::HttpCall)[0], 0);
    assert!(
        trace.callouts.iter().all(|callout| callout.end == CalloutEnd::Answered { status: 200 }),
        "{:?}",
        trace.callouts
    );
    assert_eq!(trace.outcome, Outcome::Closed { by: ClosedBy::BothEnds });
}

#[test]
fn a_local_reply_does_nothing_and_is_told_of() {
    let reply = "(drop (call $local (i32.const 403) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)
        (i32.const 0) (i32.const 0) (i32.const -1))) (i32.const 0)";
    let trace = run(
        &[with(&[("down", reply)])],
        r#"{"from":"client","send":"hello"},{"from":"upstream","send":"one"}"#,
    );
    assert_eq!((upstream_got(&trace), client_got(&trace)), (&b"hello"[..], &b"one"[..]));
    assert_eq!(answers(&trace, HostCall::SendLocalResponse), [0, 0]);
    assert_eq!(findings(&trace), [Finding::LocalReplyOnConnection, Finding::LocalReplyOnConnection]);
}

#[test]
fn http_calls_find_nothing_on_a_connection() {
    let all = |map: u32| {
        format!(
            "(drop (call $add (i32.const {map}) (i32.const 8) (i32.const 1) (i32.const 8) (i32.const 1)))
             (drop (call $header (i32.const {map}) (i32.const 8) (i32.const 1) (i32.const 0) (i32.const 4)))
             (drop (call $headers (i32.const {map}) (i32.const 0) (i32.const 4)))"
        )
    };
    let body = format!(
        "{} {} (drop (call $set (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 8) (i32.const 1)))
         (drop (call $resume (i32.const 0))) (drop (call $resume (i32.const 1)))",
        all(0),
        all(2)
    );
    let module = with(&[("new", &format!("{body} {GO}")), ("log", &body)]);
    let trace = run(&[module], r#"{"from":"client","send":"hello"}"#);
    assert_eq!(answers(&trace, HostCall::AddHeaderMapValue), [2, 2, 2, 2]);
    assert_eq!(answers(&trace, HostCall::GetHeaderMapValue), [2, 2, 2, 2]);
    assert_eq!(answers(&trace, HostCall::GetHeaderMapPairs), [0, 0, 0, 0]);
    assert_eq!(answers(&trace, HostCall::SetBufferBytes), [2, 2]);
    assert_eq!(answers(&trace, HostCall::ContinueStream), [0, 0, 0, 0]);
    assert_eq!(upstream_got(&trace), b"hello");
}

#[test]
fn a_module_without_network_callbacks_lets_everything_pass() {
    let http = filter(&[("create", ""), ("done", "(i32.const 1)"), ("log", "")]);
    let trace = run(&[http], r#"{"from":"client","send":"hello"},{"from":"upstream","send":"world"}"#);
    assert_eq!(called(&trace), ["0 create", "0 done", "0 log"]);
    assert_eq!((upstream_got(&trace), client_got(&trace)), (&b"hello"[..], &b"world"[..]));
    // A network filter in an HTTP chain sees nothing of the request.
    let mut http = scenario("");
    http.connection = None;
    let trace = run_with(&[with(&[])], http);
    assert_eq!(trace.outcome, Outcome::Finished { status: 200 });
    assert_eq!(called(&trace), ["0 create", "0 log", "0 done", "0 delete"]);
}

/// Paths of properties with what they answer: a status, or the value's bytes.
fn property(trace: &Trace, path: &str) -> Vec<Result<Vec<u8>, u32>> {
    let found = |(id, event): (_, &filterlab::trace::Event)| match event.kind {
        EventKind::Call { call: HostCall::GetProperty, returned: Returned::Number(status), .. } => {
            let asked = trace.payload(id, 0).map(|(_, bytes)| bytes.to_vec())?;
            let value = trace.payload(id, 1).map(|(_, bytes)| bytes.to_vec()).unwrap_or_default();
            (asked == path.replace('.', "\0").as_bytes()).then_some(if status == 0 {
                Ok(value)
            } else {
                Err(status)
            })
        }
        _ => None,
    };
    trace.numbered().filter_map(found).collect()
}

#[test]
fn properties_answer_as_on_a_connection_of_envoys() {
    let number = |number: u64| Ok(number.to_le_bytes().to_vec());
    let text = |text: &str| Ok(text.as_bytes().to_vec());
    let empty_map = || Ok(vec![0; 4]);
    // Asked in the callback of the new connection, and after bytes came.
    let cases = [
        ("request", Err(3), Err(3)),
        ("request.path", Err(1), Err(1)),
        ("request.protocol", Err(1), Err(1)),
        ("request.duration", Err(1), Err(1)),
        ("request.headers", empty_map(), empty_map()),
        ("request.headers_bytes", number(0), number(0)),
        ("request.size", number(0), number(5)),
        ("request.total_size", number(0), number(5)),
        ("response.code", Err(1), Err(1)),
        ("response.flags", number(0), number(0)),
        ("response.size", number(0), number(0)),
        ("source.address", text("127.0.0.1:50000"), text("127.0.0.1:50000")),
        ("destination.port", number(10_000), number(10_000)),
        ("connection", Err(3), Err(3)),
        ("connection.id", number(1), number(1)),
        ("connection_id", number(1), number(1)),
        ("connection.mtls", Ok(vec![0]), Ok(vec![0])),
        ("connection.requested_server_name", text(""), text("")),
        ("connection.tls_version", Err(1), Err(1)),
        ("upstream", Err(3), Err(3)),
        ("upstream.address", Err(1), text("127.0.0.1:8080")),
        ("upstream.port", Err(1), number(8080)),
        ("upstream.request_attempt_count", number(0), number(1)),
        ("upstream.num_endpoints", Err(1), number(1)),
        ("upstream.transport_failure_reason", text(""), text("")),
        ("upstream_filter_state", Err(1), Err(3)),
        ("metadata", text(""), text("")),
        ("metadata.filter_metadata", empty_map(), empty_map()),
        ("filter_state", Err(3), Err(3)),
        ("xds.cluster_name", Err(1), text("upstream")),
        ("xds.route_name", Err(1), Err(1)),
        ("xds.filter_chain_name", text(""), text("")),
        ("xds.listener_direction", number(0), number(0)),
        ("xds.upstream_host_metadata", Err(1), Err(3)),
        ("plugin_root_id", text("0"), text("0")),
    ];
    let (mut data, mut asks, mut at) = (String::new(), String::new(), 1024);
    for (path, ..) in &cases {
        let path = path.replace('.', "\\00");
        data += &format!("(data (i32.const {at}) \"{path}\")");
        let length = path.replace("\\00", "0").len();
        asks += &format!(
            "(drop (call $property (i32.const {at}) (i32.const {length}) (i32.const 0) (i32.const 4)))"
        );
        at += length;
    }
    let asks = format!("{asks} {GO}");
    let trace = run(
        &[filter_with(&data, &[("new", &asks), ("down", &asks)])],
        r#"{"from":"client","send":"hello","end":true}"#,
    );
    for (path, new, down) in cases {
        assert_eq!(property(&trace, path), [new, down], "{path}");
    }
}

#[test]
fn objects_lie_on_the_connection_for_all_filters_until_its_end() {
    let names = r#"(data (i32.const 8) "kA")"#;
    let set = "(drop (call $own (i32.const 8) (i32.const 1) (i32.const 9) (i32.const 1)))";
    let get = "(drop (call $property (i32.const 8) (i32.const 1) (i32.const 0) (i32.const 4)))";
    let first =
        filter_with(names, &[("new", &format!("{get} {set} {GO}")), ("delete", &format!("{set} {get}"))]);
    let second = filter_with(names, &[("new", &format!("{get} {GO}"))]);
    let trace = run(&[first, second], "");
    assert_eq!(property(&trace, "k")[..3], [Err(1), Ok(b"A".to_vec()), Ok(b"A".to_vec())]);
    assert_eq!(answers(&trace, HostCall::SetProperty), [0, 0, 1], "the plugin itself has none");
}

#[test]
fn what_is_held_is_counted_again_with_each_read() {
    let path = r#"(data (i32.const 8) "request\00size")"#;
    let ask =
        format!("(drop (call $property (i32.const 8) (i32.const 12) (i32.const 0) (i32.const 4))) {STOP}");
    let trace = run(
        &[filter_with(path, &[("down", &ask)])],
        r#"{"from":"client","send":"hello"},{"from":"client","send":"abc"},{"from":"client","end":true}"#,
    );
    let sizes = [5_u64, 13, 21].map(|size| Ok(size.to_le_bytes().to_vec()));
    assert_eq!(property(&trace, "request.size")[..3], sizes);
}

#[test]
fn reading_stops_while_more_is_held_than_the_limit() {
    let long = "x".repeat(100_000);
    let mut held =
        scenario(&format!(r#"{{"from":"client","send":"{long}"}},{{"from":"client","end":true}}"#));
    held.proxy.buffer_limit = 10_000;
    let trace = run_with(&[with(&[("down", STOP)])], held.clone());
    let downs = |trace: &Trace| -> Vec<String> {
        called(trace).into_iter().filter(|line| line.starts_with("0 down ")).collect()
    };
    assert_eq!(downs(&trace), ["0 down 16384 0"], "nor is the end read");
    let trace = run_with(&[with(&[])], held);
    assert_eq!(downs(&trace)[..2], ["0 down 16384 0", "0 down 16384 0"]);
    assert_eq!(downs(&trace)[6..], ["0 down 1696 0", "0 down 0 1"]);
    assert_eq!(upstream_got(&trace).len(), 100_000);
    // The default is a mebibyte; what goes to the client has a limit of its own.
    let long = "x".repeat(1_500_000);
    let trace = run(&[with(&[("down", STOP)])], &format!(r#"{{"from":"client","send":"{long}"}}"#));
    assert_eq!(downs(&trace), ["0 down 1048576 0", "0 down 1064960 0"]);
    // Taken out by a timer, the rest is looked at with what still waited.
    let shrink = with(&[
        ("configure", "(drop (call $tick (i32.const 500))) (i32.const 1)"),
        (
            "tick",
            "(drop (call $act_as (i32.const 2)))
          (drop (call $set (i32.const 2) (i32.const 0) (i32.const 2000000) (i32.const 8) (i32.const 3)))",
        ),
        ("down", STOP),
    ]);
    let long = "x".repeat(30_000);
    let mut held = scenario(&format!(r#"{{"from":"client","send":"{long}"}}"#));
    held.proxy.buffer_limit = 10_000;
    let trace = run_with(&[shrink], held);
    assert_eq!(downs(&trace)[..2], ["0 down 16384 0", "0 down 13619 0"]);
}

#[test]
fn a_problem_names_the_step() {
    let bad = scenario(r#"{"from":"client","send":"a"},{"from":"client"}"#);
    let found = problems(&bad);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].place, Place::ConnectionStep(1));
    assert_eq!(Plan::new(&bad, vec![with(&[])]).expect_err("it cannot be done"), found[0]);
    // A request that cannot be sent is no problem where none is.
    let mut other = scenario("");
    other.request.url = "nonsense".into();
    assert_eq!(problems(&other), []);
}

#[test]
fn the_client_is_as_patient_as_the_limit_says() {
    let mut patient = scenario(r#"{"from":"client","send":"hello"}"#);
    patient.limits = Limits { client_ms: 400, ..Limits::default() };
    let trace = run_with(&[resumes_by_timer("down")], patient.clone());
    assert!(matches!(trace.outcome, Outcome::Paused { .. }), "{:?}", trace.outcome);
    patient.limits.client_ms = 600;
    let trace = run_with(&[resumes_by_timer("down")], patient);
    assert_eq!(upstream_got(&trace), b"hello");
}

#[test]
fn timers_go_on_after_the_connection_for_as_long_as_the_scenario_says() {
    let ticks = |settle_ms| {
        let quiet = scenario(r#"{"from":"client","end":true}"#);
        let trace = run_with(&[resumes_by_timer("down")], Scenario { settle_ms, ..quiet });
        let is_tick = |event: &filterlab::trace::Event| {
            matches!(event.kind, EventKind::Callback { callback: Callback::Tick, .. })
        };
        trace.callbacks().filter(|(_, event)| is_tick(event)).count()
    };
    // The first one, after 500 ms, lets the end go on that is held until then.
    assert_eq!((ticks(0), ticks(1200)), (1, 3));
}

#[test]
fn equal_runs_are_equal() {
    let steps = r#"{"from":"client","send":"hello"},{"from":"upstream","send":"world","after_ms":5}"#;
    let module = resumes_by_timer("down");
    let modules = [module];
    assert_eq!(run(&modules, steps), run(&modules, steps));
}
