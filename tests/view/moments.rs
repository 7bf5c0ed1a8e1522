//! What a run that is made to be looked at tells of its moments.

use filterlab::abi::{Callback, HostCall};
use filterlab::host::{Compiler, Engine, Module, StopHandle};
use filterlab::run::{Plan, execute};
use filterlab::scenario::{Body, Scenario};
use filterlab::trace::{Area, EventId, EventKind, Part, Trace};
use filterlab::view::moment::{self, Answers, Can, WhyNot};
use serde_json::{Value, json};

/// A filter that runs a script: its plugin configuration.
const PROBE: &[u8] = include_bytes!("../envoy_parity/filters/probe/probe.wasm");

fn run(scripts: &[&str], mut scenario: Value) -> Trace {
    scenario["chain"] = scripts.iter().map(|_| json!({ "filter": "probe.wasm" })).collect();
    let mut scenario = Scenario::from_json(&scenario.to_string()).expect("the scenario parses");
    for (place, (filter, script)) in scenario.chain.iter_mut().zip(scripts).enumerate() {
        // The probe keeps its script in the VM.
        filter.vm_id = place.to_string();
        filter.plugin_config = Body::from(format!("conf quiet\n{script}"));
    }
    let engine = Engine::new(Compiler::default()).expect("an engine can be made");
    let module = Module::compile(&engine, PROBE).expect("the probe loads");
    let mut plan = Plan::new(&scenario, vec![module; scripts.len()]).expect("the scenario is complete");
    plan.trace.moments = true;
    execute(&plan, &StopHandle::default())
}

/// The host call of this kind that came as the `nth`, from 0.
fn call(trace: &Trace, wanted: HostCall, nth: usize) -> EventId {
    let calls = trace.numbered().filter(|(id, _)| trace.call_of(*id).is_some_and(|(call, _)| call == wanted));
    calls.map(|(id, _)| id).nth(nth).expect("the script makes the call")
}

fn callback(trace: &Trace, wanted: Callback, nth: usize) -> EventId {
    let is_it =
        |kind: &EventKind| matches!(kind, EventKind::Callback { callback, .. } if *callback == wanted);
    let found = trace.numbered().filter(|(_, event)| is_it(&event.kind)).map(|(id, _)| id).nth(nth);
    found.expect("the filter is called")
}

fn values(trace: &Trace, part: Part, event: EventId, name: &str) -> Vec<String> {
    let map = moment::headers(trace, 0, part, event).expect("the map is there");
    let of_name = map.entries().iter().filter(|entry| entry.name == name.as_bytes());
    of_name.map(|entry| String::from_utf8_lossy(&entry.value).into_owned()).collect()
}

fn body(trace: &Trace, part: Part, event: EventId) -> String {
    String::from_utf8_lossy(&moment::body(trace, 0, part, event)).into_owned()
}

fn can(trace: &Trace, event: EventId, area: Area) -> Option<Can> {
    let access = moment::access(trace, event).expect("a filter runs");
    access.within.iter().find(|within| within.area == area).map(|within| within.can)
}

fn why(trace: &Trace, event: EventId, area: Area) -> (WhyNot, Answers) {
    let access = moment::access(trace, event).expect("a filter runs");
    let found = access.beyond.iter().find(|beyond| beyond.area == area).expect("it is out of reach");
    (found.why, found.answers)
}

#[test]
fn headers_are_shown_as_each_call_left_them() {
    let script = "reqh add 0 \"a\" \"1\"\nreqh add 0 \"a\" \"2\"\nreqh rep 0 \"a\" \"3\"\nreqh rem 0 \"a\"";
    let trace = run(&[script], json!({}));
    let at = |call_kind, nth| values(&trace, Part::RequestHeaders, call(&trace, call_kind, nth), "a");
    assert!(
        values(&trace, Part::RequestHeaders, callback(&trace, Callback::RequestHeaders, 0), "a").is_empty()
    );
    assert_eq!(at(HostCall::AddHeaderMapValue, 0), ["1"]);
    assert_eq!(at(HostCall::AddHeaderMapValue, 1), ["1", "2"]);
    assert_eq!(at(HostCall::ReplaceHeaderMapValue, 0), ["3"]);
    assert!(at(HostCall::RemoveHeaderMapValue, 0).is_empty());
}

#[test]
fn a_body_that_is_held_grows_and_is_shown_as_each_write_left_it() {
    let script = "resb.1 setbuf 1 0 2 \"AB\"\nresb.1 ret 1\nresb.2 setbuf 1 0 0 \"<\"\nresb.2 ret 0";
    let reply = json!({ "body": "abcdef", "chunks": [3, 3] });
    let trace = run(&[script], json!({ "reply": reply }));
    let at = |event| body(&trace, Part::ResponseBody, event);
    assert_eq!(at(callback(&trace, Callback::ResponseBody, 0)), "abc");
    assert_eq!(at(call(&trace, HostCall::SetBufferBytes, 0)), "ABc");
    assert_eq!(at(callback(&trace, Callback::ResponseBody, 1)), "ABcdef");
    let last = call(&trace, HostCall::SetBufferBytes, 1);
    assert_eq!(at(last), "<ABcdef");
    assert_eq!(moment::body_size(&trace, 0, Part::ResponseBody, last), 7);
}

#[test]
fn the_second_filter_finds_what_the_first_one_left() {
    let scripts = ["reqb setbuf 0 0 1 \"X\"\nreqh add 0 \"by\" \"first\"", "reqh ret 0"];
    let trace = run(&scripts, json!({ "request": { "method": "POST", "body": "abc" } }));
    let second = callback(&trace, Callback::RequestBody, 1);
    assert_eq!(body(&trace, Part::RequestBody, second), "Xbc");
    let second = callback(&trace, Callback::RequestHeaders, 1);
    assert_eq!(values(&trace, Part::RequestHeaders, second, "by"), ["first"]);
}

#[test]
fn what_is_out_of_reach_says_why_and_what_a_read_gets() {
    let script = "reqb get 0 \":path\"\nresh get 2 \":status\"\nlog get 0 \":path\"";
    let trace = run(&[script], json!({ "request": { "method": "POST", "body": "abc" } }));
    let headers = callback(&trace, Callback::RequestHeaders, 0);
    assert_eq!(can(&trace, headers, Area::RequestHeaders), Some(Can::ReadAndWrite));
    assert_eq!(why(&trace, headers, Area::RequestBody), (WhyNot::NotYet, Answers::Empty));
    assert_eq!(why(&trace, headers, Area::ResponseHeaders), (WhyNot::NotYet, Answers::BadArgument));
    assert_eq!(
        why(&trace, headers, Area::CalloutHeaders),
        (WhyNot::OnlyIn(Callback::HttpCallResponse), Answers::BadArgument)
    );
    assert_eq!(
        why(&trace, headers, Area::PluginConfiguration),
        (WhyNot::OnlyIn(Callback::Configure), Answers::NotFound)
    );
    // The most frequent surprise: the headers are gone when the body comes.
    let data = callback(&trace, Callback::RequestBody, 0);
    assert_eq!(why(&trace, data, Area::RequestHeaders), (WhyNot::LetGo, Answers::BadArgument));
    assert_eq!(can(&trace, data, Area::RequestBody), Some(Can::ReadAndWrite));
    assert_eq!(can(&trace, data, Area::RequestTrailers), Some(Can::Create));
    let log = callback(&trace, Callback::Log, 0);
    assert_eq!(can(&trace, log, Area::RequestHeaders), Some(Can::Read));
    let configure = callback(&trace, Callback::Configure, 0);
    assert_eq!(can(&trace, configure, Area::PluginConfiguration), Some(Can::Read));
    assert_eq!(why(&trace, configure, Area::RequestHeaders), (WhyNot::RootContext, Answers::BadArgument));
}

#[test]
fn a_timer_reaches_a_stream_only_after_it_chose_its_context() {
    let script = "conf tick 5\nreqh ret 1\ntick.1 get 0 \":path\"\ntick.1 eff 2\ntick.1 get 0 \":path\"\ntick.1 cont 0\ntick.1 get 0 \":path\"";
    let trace = run(&[script], json!({}));
    let read = |nth| call(&trace, HostCall::GetHeaderMapValue, nth);
    assert_eq!(why(&trace, read(0), Area::RequestHeaders), (WhyNot::RootContext, Answers::BadArgument));
    assert_eq!(can(&trace, read(1), Area::RequestHeaders), Some(Can::ReadAndWrite));
    assert_eq!(why(&trace, read(2), Area::RequestHeaders), (WhyNot::LetGo, Answers::BadArgument));
    assert_eq!(moment::exchange_of(&trace, read(1)), Some(0));
}

#[test]
fn a_run_that_nobody_looks_at_notes_nothing() {
    let mut scenario = Scenario::from_json(r#"{"chain": [{"filter": "probe.wasm"}]}"#).expect("it parses");
    scenario.chain[0].plugin_config = Body::from("conf quiet");
    let engine = Engine::new(Compiler::default()).expect("an engine can be made");
    let module = Module::compile(&engine, PROBE).expect("the probe loads");
    let plan = Plan::new(&scenario, vec![module]).expect("the scenario is complete");
    let trace = execute(&plan, &StopHandle::default());
    assert_eq!(trace.moments, filterlab::trace::Moments::default());
    let event = callback(&trace, Callback::RequestHeaders, 0);
    assert_eq!(moment::access(&trace, event), None);
}
