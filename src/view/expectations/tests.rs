//! Expectations of a sample run, each judged as the documentation says.

use super::*;
use crate::run::run_modules;
use crate::samples;

/// The sample that masks personal data, with these expectations, run with its own scenario.
fn verdicts_of(change: impl Fn(&mut Scenario), expect: &str) -> Vec<Verdict> {
    let sample = samples::find(samples::DEFAULT).expect("it is bundled");
    let mut scenario = sample.scenario.clone();
    change(&mut scenario);
    scenario.expect = serde_json::from_str(expect).expect("they are expectations");
    let trace = run_modules(&scenario, &sample.modules(&scenario)).expect("it can be run");
    check(&trace, &scenario)
}

fn verdict_of(expect: &str) -> Verdict {
    verdicts_of(|_| {}, &format!("[{expect}]")).remove(0)
}

#[track_caller]
fn is_met(expect: &str) {
    let verdict = verdict_of(expect);
    assert!(verdict.is_met(), "{expect}: {verdict:?}");
}

#[track_caller]
fn is_not_met(expect: &str) {
    let verdict = verdict_of(expect);
    assert_eq!(verdict.state, State::NotMet, "{expect}: {verdict:?}");
}

#[test]
fn headers_and_status_are_compared_with_what_was_sent() {
    is_met(r#"{"that": "downstream.status", "is": 200}"#);
    is_met(r#"{"that": "downstream.status", "is": "200"}"#);
    is_met(r#"{"that": "downstream.status", "at_least": 200, "at_most": 299}"#);
    is_not_met(r#"{"that": "downstream.status", "is": 500}"#);
    is_met(r#"{"that": "upstream.header", "name": "X-Mask-Policy", "is": "v3"}"#);
    is_met(r#"{"that": "upstream.header", "name": "accept-encoding", "exists": false}"#);
    is_met(r#"{"that": "upstream.header", "name": ":method", "is": "GET"}"#);
    is_met(r#"{"that": "outcome", "is": "finished"}"#);
    is_not_met(r#"{"that": "local_reply"}"#);
}

#[test]
fn what_was_found_stands_beside_a_verdict() {
    let verdict = verdict_of(r#"{"that": "downstream.status", "is": 404}"#);
    assert_eq!(verdict.found, [Found { value: "200".into(), event: None }]);
}

#[test]
fn a_json_path_looks_into_a_body() {
    is_met(r#"{"that": "downstream.body", "json": "$..phone", "contains": "****"}"#);
    is_met(r#"{"that": "downstream.body", "json": "$..phone", "matches": "^[0-9]+$", "not": true}"#);
    is_met(r#"{"that": "downstream.body", "json": "$..nothing", "exists": false}"#);
    let body = verdict_of(r#"{"that": "downstream.body", "json": "$..phone"}"#);
    assert!(body.is_met() && body.count > 1, "{body:?}");
}

#[test]
fn a_denied_expectation_is_met_when_no_value_passes() {
    is_met(r#"{"that": "log", "contains": "no such words", "not": true}"#);
    is_not_met(r#"{"that": "action", "is": "Continue", "not": true}"#);
}

#[test]
fn values_that_pass_are_counted() {
    let all = verdict_of(r#"{"that": "host_call", "name": "get_buffer_bytes"}"#).count;
    assert!(all > 0);
    is_met(&format!(r#"{{"that": "host_call", "name": "proxy_get_buffer_bytes", "count": {all}}}"#));
    is_not_met(&format!(r#"{{"that": "host_call", "name": "get_buffer_bytes", "count": {}}}"#, all + 1));
}

#[test]
fn what_happens_in_a_callback_can_be_meant_alone() {
    is_met(r#"{"that": "action", "callback": "proxy_on_request_headers", "is": "Continue", "count": 1}"#);
    is_met(r#"{"that": "action", "callback": "on_response_body", "is": "StopIterationAndBuffer"}"#);
    is_met(r#"{"that": "action", "callback": "on_tick", "exists": false}"#);
}

#[test]
fn a_header_can_be_any_line_and_a_callback_one_of_several() {
    is_met(r#"{"that": "upstream.header", "is": "x-mask-policy: v3"}"#);
    is_met(r#"{"that": "action", "callback": "on_tick|proxy_on_request_headers", "is": "Continue"}"#);
    is_met(r#"{"that": "action", "callback": "proxy_on_configure", "is": "true", "request": 0}"#);
    is_met(r#"{"that": "action", "callback": "proxy_on_request_headers", "request": 0, "exists": false}"#);
}

#[test]
fn without_a_number_every_request_must_show_it() {
    let twice = |scenario: &mut Scenario| {
        scenario.then = vec![crate::scenario::Then::default()];
        let mut other = scenario.reply.clone();
        other.status = 404;
        scenario.then[0].reply = Some(other);
    };
    let verdicts = verdicts_of(
        twice,
        r#"[{"is": 200}, {"is": 200, "request": 1}, {"is": 404, "request": 2}, {"is": 200, "request": 3}]"#,
    );
    assert_eq!((&verdicts[0].state, verdicts[0].request), (&State::NotMet, Some(1)));
    assert!(verdicts[1].is_met() && verdicts[2].is_met());
    assert_eq!(verdicts[3].state, State::Wrong(Wrong::NoRequest { request: 3, requests: 2 }));
    assert_eq!(tally(&verdicts), (2, 4));
}

#[test]
fn what_cannot_be_tried_says_why() {
    let state = |expect: &str| verdict_of(expect).state;
    assert_eq!(state(r#"{"matches": "(?=x)"}"#), State::Wrong(Wrong::Pattern));
    assert_eq!(state(r#"{"that": "metric"}"#), State::Wrong(Wrong::NoName));
    assert_eq!(state(r#"{"that": "log", "json": "$"}"#), State::Wrong(Wrong::JsonOfNoBody));
    let path = state(r#"{"that": "downstream.body", "json": "$..["}"#);
    assert!(matches!(path, State::Wrong(Wrong::JsonPath { .. })), "{path:?}");
    assert_eq!(state(r#"{"is": 5, "off": true}"#), State::Off);
}

#[test]
fn only_numbers_are_compared_as_numbers_and_whole_ones_exactly() {
    let reply = |scenario: &mut Scenario| {
        scenario.reply.headers = vec![crate::scenario::HeaderLine::new("x-load", "inf")];
        scenario.reply.body = r#"{"a": -9007199254740993}"#.into();
    };
    let verdicts = verdicts_of(
        reply,
        r#"[{"that": "downstream.header", "name": "x-load", "at_least": 1},
            {"that": "downstream.body", "json": "$.a", "is": -9007199254740992},
            {"that": "downstream.body", "json": "$.a", "is": -9007199254740993}]"#,
    );
    let met: Vec<bool> = verdicts.iter().map(Verdict::is_met).collect();
    assert_eq!(met, [false, false, true]);
}

#[test]
fn what_happened_in_each_of_several_requests_is_found_in_that_one() {
    let thrice = |scenario: &mut Scenario| scenario.repeat = 3;
    let action = r#""that": "action", "callback": "proxy_on_request_headers""#;
    let expect = format!(
        r#"[{{{action}, "count": 3}}, {{{action}, "request": 1, "count": 1}}, {{{action}, "request": 3, "count": 1}},
            {{{action}, "request": 0, "count": 0}}, {{"that": "local_reply", "exists": false}}]"#
    );
    let verdicts = verdicts_of(thrice, &expect);
    assert!(verdicts.iter().all(Verdict::is_met), "{verdicts:?}");
}

#[test]
fn bytes_numbers_and_json_are_compared_each_in_its_way() {
    let reply = |scenario: &mut Scenario| {
        scenario.reply.headers.clear();
        scenario.reply.body = r#"{"a": 1.0, "b": [true, null]}"#.into();
    };
    let verdicts = verdicts_of(
        reply,
        r#"[{"that": "downstream.body", "json": "$.a", "is": 1},
            {"that": "downstream.body", "is": {"b": [true, null], "a": 1}},
            {"that": "downstream.body", "json": "$.b[1]", "is": null},
            {"that": "downstream.body", "is": {"base64": "eyJhIjogMS4wLCAiYiI6IFt0cnVlLCBudWxsXX0="}},
            {"that": "downstream.body", "json": "$.b", "is": [true]}]"#,
    );
    let met: Vec<bool> = verdicts.iter().map(Verdict::is_met).collect();
    assert_eq!(met, [true, true, true, true, false]);
}
