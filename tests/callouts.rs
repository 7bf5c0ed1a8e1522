//! Callouts and several requests, from a scenario file to the trace.

use filterlab::host::{Compiler, Engine, Module, StopHandle};
use filterlab::run::{Plan, execute};
use filterlab::scenario::{Body, Scenario};
use filterlab::trace::{CalloutEnd, Channel, Finding, Outcome, Trace};
use serde_json::{Value, json};

/// A filter that runs a script: its plugin configuration.
const PROBE: &[u8] = include_bytes!("envoy_parity/filters/probe/probe.wasm");

const CALL: &str = r#"call "auth" [":method" "GET" ":path" "/check" ":authority" "a"] """#;

/// Runs the probe with this script in a scenario that says the rest.
fn run(script: &str, mut scenario: Value) -> Trace {
    scenario["chain"] = json!([{ "filter": "probe.wasm" }]);
    let mut scenario = Scenario::from_json(&scenario.to_string()).expect("the scenario parses");
    scenario.chain[0].plugin_config = Body::from(script);
    let engine = Engine::new(Compiler::default()).expect("an engine can be made");
    let module = Module::compile(&engine, PROBE).expect("the probe loads");
    let plan = Plan::new(&scenario, vec![module]).expect("the scenario is complete");
    execute(&plan, &StopHandle::default())
}

/// What the filter logged of these events, such as `E call ctx=1 4 2 0 0`.
fn lines(trace: &Trace, starts: &[&str]) -> Vec<String> {
    let own = trace.logs().filter(|line| line.channel != Channel::Host);
    let text = own.map(|line| String::from_utf8_lossy(line.message).into_owned());
    text.filter(|line| starts.iter().any(|start| line.starts_with(start))).collect()
}

fn findings(trace: &Trace) -> Vec<Finding> {
    trace.findings().map(|(_, finding)| finding).collect()
}

fn ends(trace: &Trace) -> Vec<CalloutEnd> {
    trace.callouts.iter().map(|callout| callout.end).collect()
}

fn statuses(trace: &Trace) -> Vec<&str> {
    let sent = trace.exchanges.iter().map(|exchange| exchange.downstream.as_ref());
    sent.map(|sent| sent.and_then(|sent| sent.headers.text(":status")).unwrap_or_default()).collect()
}

#[test]
fn a_mock_answers_by_attempt_and_the_last_answer_stays() {
    let script = format!("reqh {CALL} [] 1000\nreqh ret 1\ncall get 6 \":status\"\ncall eff 2\ncall cont 0");
    let trace = run(
        &format!("{script}\nreqh {CALL} [] 1000\nreqh {CALL} [] 1000"),
        json!({ "callouts": [{ "upstream": "auth", "answers": [{ "status": 503 }, { "status": 200 }] }] }),
    );
    let answered = |status| CalloutEnd::Answered { status };
    assert_eq!(ends(&trace), [answered(503), answered(200), answered(200)]);
    assert_eq!(trace.callouts.iter().map(|callout| callout.token).collect::<Vec<_>>(), [4, 8, 12]);
    // The host stores 0 before it knows the token; what counts is what the filter finds.
    let stored = trace.callouts.iter().map(|callout| {
        let call = filterlab::view::call::decode(&trace, callout.event).expect("it is a host call");
        call.stored("token").cloned()
    });
    let tokens = [4, 8, 12].map(|token| Some(filterlab::view::call::DecodedValue::Uint(token)));
    assert_eq!(stored.collect::<Vec<_>>(), tokens);
    assert_eq!(trace.outcome, Outcome::Finished { status: 200 });
}

#[test]
fn the_first_mock_that_fits_method_path_and_headers_answers() {
    let mocks = json!([
        { "upstream": "auth", "method": "POST", "answers": [{ "status": 201 }] },
        { "upstream": "auth", "path": "/other*", "answers": [{ "status": 202 }] },
        { "upstream": "auth", "headers": [["x-key", "*"]], "answers": [{ "status": 203 }] },
        { "upstream": "au*", "path": "/ch*k", "answers": [{ "status": 204 }] },
    ]);
    let trace = run(&format!("reqh {CALL} [] 0"), json!({ "callouts": mocks }));
    assert_eq!(ends(&trace), [CalloutEnd::Answered { status: 204 }]);
}

#[test]
fn each_way_to_fail_ends_the_call_as_in_envoy() {
    let script =
        format!("reqh {CALL} [] 100\nreqh ret 1\ncall pairs 6\ncall status\ncall eff 2\ncall cont 0");
    let failing = |answer: Value| {
        let trace = run(&script, json!({ "callouts": [{ "upstream": "auth", "answers": [answer] }] }));
        (ends(&trace), lines(&trace, &["E call"]), lines(&trace, &["R call  status"]))
    };
    let called = |rest: &str| vec![format!("E call ctx=1 4 {rest}")];
    let status = |code: u32, text: &str| vec![format!("R call  status -> rc=0 code={code} msg=\"{text}\"")];

    let silence = failing(json!({ "fails": "silence" }));
    assert_eq!(silence, (vec![CalloutEnd::TimedOut], called("3 24 0"), status(0, "")));
    let late = failing(json!({ "delay_ms": 200 }));
    assert_eq!(late.0, [CalloutEnd::TimedOut]);
    let reset = failing(json!({ "fails": "reset" }));
    assert_eq!(reset, (vec![CalloutEnd::Reset], called("3 85 0"), status(0, "")));
    let nobody = failing(json!({ "fails": "connection_failure" }));
    assert_eq!(nobody, (vec![CalloutEnd::ConnectionFailed], called("3 98 0"), status(0, "")));
    let cut = failing(json!({ "body": "abc", "reset_after": 1 }));
    assert_eq!(cut, (vec![CalloutEnd::Reset], called("0 0 0"), status(11, "reset")));
    let slow = failing(json!({ "body": "abc", "gap_ms": 200 }));
    assert_eq!(slow, (vec![CalloutEnd::TimedOut], called("0 0 0"), status(11, "reset")));
}

#[test]
fn a_call_to_an_upstream_without_endpoints_fails_at_once_and_still_takes_a_token() {
    let mocks = json!([
        { "upstream": "auth", "answers": [{ "fails": "no_endpoint" }] },
        { "upstream": "svc", "answers": [{ "fails": "no_endpoint" }] },
    ]);
    let script = format!("reqh {CALL} [] 100\nreqh grpc \"svc\" \"s\" \"m\" [] \"x\" 100");
    let trace = run(&script, json!({ "callouts": mocks }));
    let answers = lines(&trace, &["R reqh"]);
    assert!(answers[0].ends_with("rc=10 val=0"), "{}", answers[0]);
    assert!(answers[1].ends_with("rc=10 val=2863311530"), "the slot is left alone: {}", answers[1]);
    assert_eq!(lines(&trace, &["E call", "E grpcclose"]), ["E grpcclose ctx=1 5 14"]);
    assert_eq!(ends(&trace), [CalloutEnd::NoEndpoint; 2]);
}

#[test]
fn a_call_that_no_mock_fits_stays_unanswered_and_the_outcome_says_so() {
    let mocks = json!([{ "upstream": "auth", "method": "POST" }]);
    let trace = run(&format!("reqh {CALL} [] 0"), json!({ "callouts": mocks }));
    assert_eq!(ends(&trace), [CalloutEnd::Unanswered]);
    assert_eq!(findings(&trace), [Finding::UnmatchedCallout]);
    let said = filterlab::view::sentences::outcome::text(
        filterlab::view::Language::English,
        &trace,
        &Scenario::default(),
    );
    assert_eq!(said.sentence.as_str(), "200 to the client; a callout was not answered");
}

#[test]
fn the_answer_to_a_call_made_in_the_log_callback_comes_after_the_stream() {
    let trace = run(
        &format!("log {CALL} [] 5000\ncall get 6 \":status\""),
        json!({ "callouts": [{ "upstream": "auth", "answers": [{ "delay_ms": 1000 }] }] }),
    );
    assert_eq!(lines(&trace, &["E del", "E call"])[..2], ["E del ctx=2", "E call ctx=1 4 2 0 0"]);
    assert_eq!(trace.outcome, Outcome::Finished { status: 200 });
}

#[test]
fn a_grpc_call_gets_one_message_or_one_close() {
    let script = "reqh grpc \"svc\" \"pkg.S\" \"M\" [] \"ask\" 1000\ngrpcrecv buf 5 0 99\ngrpcclose status";
    let answered = |answer: Value| {
        let mocks = json!([{ "upstream": "svc", "path": "/pkg.S/M", "answers": [answer] }]);
        let trace = run(script, json!({ "callouts": mocks }));
        lines(&trace, &["E grpc", "R grpc"])
    };
    let message = answered(json!({ "messages": ["hello"] }));
    assert_eq!(message, ["E grpcrecv ctx=1 5 5", "R grpcrecv  buf 5 0 99 -> rc=0 len=5 \"hello\""]);
    let refused = answered(json!({ "grpc_status": 7, "grpc_message": "no way" }));
    assert_eq!(refused[0], "E grpcclose ctx=1 5 7");
    let late = answered(json!({ "messages": ["hello"], "delay_ms": 2000 }));
    assert_eq!(late[0], "E grpcclose ctx=1 5 14");
}

#[test]
fn requests_follow_one_another_against_the_same_vm() {
    let script = "conf def 0 \"seen\"\nreqh inc 4 1\nreqh mget 4";
    let trace =
        run(script, json!({ "repeat": 2, "then": [{ "wait_ms": 1000, "reply": { "status": 404 } }] }));
    let counted: Vec<String> = lines(&trace, &["R reqh  mget"]);
    assert!(
        counted.iter().zip(1..).all(|(line, count)| line.ends_with(&format!("v={count}"))),
        "{counted:?}"
    );
    assert_eq!(statuses(&trace), ["200", "200", "404"]);
    assert_eq!(trace.metrics[0].value, 3);
    let contexts = lines(&trace, &["E ctx"]);
    assert_eq!(contexts, ["E ctx ctx=1 0", "E ctx ctx=2 1", "E ctx ctx=3 1", "E ctx ctx=4 1"]);
}

#[test]
fn the_first_request_that_goes_wrong_tells_how_the_run_ended() {
    let trace = run("reqh.1 ret 1", json!({ "then": [{}] }));
    // Every context counts for itself: both requests pause.
    assert!(matches!(trace.outcome, Outcome::Paused { .. }));
    assert_eq!(trace.exchanges.len(), 2);
}

#[test]
fn timers_go_on_while_the_run_settles() {
    let quiet = run("conf tick 100", json!({}));
    assert_eq!(lines(&quiet, &["E tick"]).len(), 0);
    let settled = run("conf tick 100", json!({ "settle_ms": 350 }));
    assert_eq!(lines(&settled, &["E tick"]).len(), 3);
}

#[test]
fn runs_with_callouts_are_equal_every_time() {
    let scenario = || json!({ "repeat": 3, "callouts": [{ "upstream": "auth", "answers": [{}, { "fails": "reset" }] }] });
    let script = format!("reqh {CALL} [] 100\nreqh ret 1\ncall status");
    assert!(run(&script, scenario()) == run(&script, scenario()));
}

#[test]
fn an_answer_of_more_than_32_mib_fails_as_one_that_was_reset() {
    let script = format!("reqh {CALL} [] 0\ncall status");
    let answer = |size: usize| {
        let mocks = json!([{ "upstream": "auth", "answers": [{ "body": "x".repeat(size) }] }]);
        let trace = run(&script, json!({ "callouts": mocks }));
        (ends(&trace), lines(&trace, &["E call"]))
    };
    let most = 32 << 20;
    assert_eq!(answer(most + 1), (vec![CalloutEnd::TooLarge], vec!["E call ctx=1 4 0 0 0".to_owned()]));
}

#[test]
fn an_empty_grpc_service_is_a_bad_argument_and_is_reported() {
    let trace = run("reqh grpc \"\" \"s\" \"m\" [] \"x\" 0", json!({}));
    assert!(lines(&trace, &["R reqh"])[0].contains("rc=2"));
    assert_eq!(findings(&trace), [Finding::EmptyGrpcService]);
}

#[test]
fn the_last_number_of_a_connection_has_no_successor() {
    let script = "reqh prop \"connection_id\"";
    let trace = run(script, json!({ "repeat": 2, "proxy": { "connection_id": u64::MAX } }));
    let seen = lines(&trace, &["R reqh"]);
    assert_eq!(seen.len(), 2);
    assert_eq!(seen[0], seen[1]);
}

#[test]
fn a_request_that_was_denied_and_continued_is_found() {
    let script = |then: &str| {
        format!("reqh {CALL} [] 1000\nreqh ret 1\ncall eff 2\ncall local 403 \"no\" \"denied\" [] -1{then}")
    };
    let mocks =
        json!({ "callouts": [{ "upstream": "auth", "answers": [{ "status": 401, "delay_ms": 30 }] }] });
    let leaking = run(&script("\ncall cont 0"), mocks.clone());
    assert_eq!(statuses(&leaking), ["403"]);
    assert_eq!(findings(&leaking), [Finding::AnsweredAndContinued]);
    let denying = run(&script(""), mocks);
    assert_eq!(statuses(&denying), ["403"]);
    assert_eq!(findings(&denying), []);
}
