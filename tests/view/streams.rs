//! The picture of a stream in words, at moments of runs that authors ask about. The scenarios are those of the pain points.

use std::path::Path;

use filterlab::host::{Compiler, Engine, Module, StopHandle};
use filterlab::run::{Plan, execute};
use filterlab::scenario::Scenario;
use filterlab::trace::{EventId, EventKind, StreamAction, Trace};
use filterlab::view::Language;
use filterlab::view::stream::{Lane, StreamView, stream};

struct Run {
    scenario: Scenario,
    trace: Trace,
}

fn run(name: &str, edit: impl FnOnce(&mut Scenario)) -> Run {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pain_points");
    let mut scenario =
        Scenario::load(&folder.join(format!("{name}.scenario.json"))).expect("the scenario loads");
    edit(&mut scenario);
    let engine = Engine::new(Compiler::default()).expect("an engine can be made");
    let load = |path: &str| {
        let bytes = std::fs::read(folder.join(path)).expect("the filter is there");
        Module::compile(&engine, &bytes).expect("it loads")
    };
    let modules = scenario.chain.iter().map(|filter| load(&filter.path)).collect();
    let mut plan = Plan::new(&scenario, modules).expect("the scenario is complete");
    plan.trace.moments = true;
    let trace = execute(&plan, &StopHandle::default());
    Run { scenario, trace }
}

impl Run {
    fn at(&self, exchange: u16, event: EventId) -> StreamView {
        stream(Language::English, &self.trace, &self.scenario, exchange, event).expect("it had begun")
    }

    /// The last event of a request.
    fn end_of(&self, exchange: u16) -> StreamView {
        let next = self.trace.begin_of(usize::from(exchange) + 1);
        let end = next.map_or(self.trace.events().len(), EventId::index);
        self.at(exchange, EventId::from_index(end - 1))
    }

    fn after(&self, wanted: impl Fn(StreamAction) -> bool) -> StreamView {
        let is_it = |kind: &EventKind| matches!(kind, EventKind::Stream(action) if wanted(*action));
        let found = self.trace.numbered().filter(|(_, event)| is_it(&event.kind)).last();
        self.at(0, found.expect("it happened").0)
    }
}

/// `Client: All sent, no body | -> 6 headers | …`
fn told(view: &StreamView, lane: &Lane) -> Vec<String> {
    let stop = |place: usize| {
        let stop = &lane.stops[place];
        let words = [view.nodes[place].title.as_str(), ": ", &stop.title, ", ", &stop.detail].concat();
        words.trim_end_matches(", ").to_owned()
    };
    let mut lines = vec![stop(0)];
    for (place, arrow) in lane.arrows.iter().enumerate() {
        lines.push(format!("{} {}", if arrow.went { "=" } else { "-" }, arrow.label).trim().to_owned());
        lines.push(stop(place + 1));
    }
    lines
}

#[test]
fn each_arrow_counts_the_headers_that_went_along_it() {
    let run = run("p16_order", |_| {});
    let view = run.end_of(0);
    let request = told(&view, &view.request);
    let arrows: Vec<&str> = request.iter().filter(|line| line.starts_with('=')).map(String::as_str).collect();
    assert_eq!(arrows, ["= 6 headers", "= 7 headers", "= 8 headers"], "each filter adds one");
    let response = told(&view, &view.response);
    let arrows: Vec<&str> =
        response.iter().filter(|line| line.starts_with('=')).map(String::as_str).collect();
    assert_eq!(arrows, ["= 3 headers", "= 2 headers", "= 1 header"], "from the upstream, which stands last");
}

#[test]
fn a_request_that_was_answered_and_let_go_on_is_not_said_to_have_arrived() {
    let run = run("p06_reply_then_continue", |_| {});
    let view = run.end_of(0);
    assert!(run.trace.exchanges[0].upstream.is_none(), "as all other views say");
    assert_eq!(
        told(&view, &view.request),
        [
            "Client: All sent, no body",
            "= 6 headers",
            "probe: Answered 403, itself, without the upstream",
            "- nothing sent",
            "Upstream: Not contacted, over before the connection was made"
        ]
    );
}

#[test]
fn a_filter_whose_vm_failed_before_is_not_said_to_continue() {
    let run = run("p07_trap", |_| {});
    let view = run.end_of(1);
    assert!(
        told(&view, &view.request).contains(&"probe: Not called, it had failed".to_owned()),
        "{:?}",
        told(&view, &view.request)
    );
}

#[test]
fn a_filter_without_the_callback_is_not_said_to_continue() {
    let run = run("p15_wrong_export", |_| {});
    let view = run.end_of(0);
    let request = told(&view, &view.request);
    assert!(
        request.iter().any(|line| line.ends_with("Not called, exports no callback for it")),
        "{request:?}"
    );
    assert!(request.contains(&"Upstream: Has all of it".to_owned()), "the request passed all the same");
}

#[test]
fn a_callout_that_was_refused_is_why_nobody_resumes() {
    let run = run("p04_unknown_upstream", |_| {});
    let view = run.after(|action| matches!(action, StreamAction::Paused { .. }));
    let [hold] = &view.holds[..] else { panic!("{:?}", view.holds) };
    assert!(hold.is_stuck());
    let ways: Vec<String> =
        hold.ways.iter().map(|way| format!("{}: {}", way.callback.short_name(), way.why)).collect();
    assert!(
        ways.iter().any(|way| {
            way.starts_with("on_http_call_response: call #")
                && way.ends_with("was refused with BadArgument: no response will come")
        }),
        "{ways:?}"
    );
}

#[test]
fn a_local_reply_in_the_chain_passes_the_filters_before_it_only() {
    let run = run("p16_reply_in_the_chain", |_| {});
    let view = run.end_of(0);
    let request = told(&view, &view.request);
    assert!(request.contains(&"Upstream: Not contacted, answered before it".to_owned()), "{request:?}");
    let response = told(&view, &view.response);
    assert!(response.contains(&"Upstream: No reply, answered before it".to_owned()), "{response:?}");
    assert!(response.contains(&"third: Not called, no request came to it".to_owned()), "{response:?}");
}

#[test]
fn what_a_pause_holds_is_counted_and_the_limit_said() {
    let run = run("p02_accumulated_body", |_| {});
    let view = run.after(|action| matches!(action, StreamAction::Paused { .. }));
    let [hold] = &view.holds[..] else { panic!("{:?}", view.holds) };
    assert!(hold.held.bytes > 0 && hold.held.pieces > 0, "{:?}", hold.held);
    assert_eq!(hold.held.at_limit.as_str(), "beyond the limit: Envoy answers 413");
    assert!(!hold.is_stuck(), "more of the body comes");
}
