//! Traces made by hand: what sample filters never do.

use bytes::Bytes;
use filterlab::abi::{Callback, HostCall, Status};
use filterlab::http::{HeaderMap, MapKind, Message};
use filterlab::scenario::{Filter, HeaderLine, Scenario};
use filterlab::trace::{
    Change, ChangeOp, Direction, Exchange, Leftovers, Outcome, Part, Received, Recorder, Returned, Sent,
    Step, StreamAction, Trace,
};
use filterlab::view::changes::{By, Changes, Delivery, Label, Moved, Origin};
use filterlab::view::diff::RowKind;
use filterlab::view::phases::{PhaseState, phases};
use filterlab::view::sentences::outcome;
use filterlab::view::story::story;
use filterlab::view::{Language, timeline::Timeline};

/// A request with a body, a scenario for it, and a recorder in the middle of it.
struct Bench {
    recorder: Recorder,
    scenario: Scenario,
    request: Message,
}

fn bench() -> Bench {
    let headers = [(":method", "POST"), (":path", "/"), ("x-a", "1"), ("x-b", "2"), ("x-c", "3")];
    let request = Message {
        headers: HeaderMap::from_pairs(MapKind::RequestHeaders, headers),
        body: Bytes::from_static(b"one\ntwo\nthree\n"),
        trailers: None,
    };
    let mut scenario = Scenario::default();
    scenario.chain.push(Filter { path: "filters/odd.wasm".into(), ..Filter::default() });
    scenario.request.headers = ["x-a", "x-b", "x-c"].map(|name| HeaderLine::new(name, "")).to_vec();
    let mut recorder = Recorder::default();
    recorder.step(Step::RequestHeaders { exchange: 0 });
    Bench { recorder, scenario, request }
}

impl Bench {
    fn inside(&mut self, callback: Callback, args: &[u32], write: impl FnOnce(&mut Recorder)) {
        let id = self.recorder.begin_callback(callback, 0, args);
        write(&mut self.recorder);
        self.recorder.end_callback(id, Ok(Some(0)), 10);
    }

    fn finish(self, exchange: Exchange, outcome: Outcome) -> (Trace, Changes, Scenario) {
        let trace =
            self.recorder.finish(Leftovers { exchanges: vec![exchange], ..Leftovers::default() }, outcome);
        let changes = Changes::new(&trace, &self.scenario, 0);
        (trace, changes, self.scenario)
    }
}

fn call(
    recorder: &mut Recorder,
    call: HostCall,
    map: u64,
    name: &str,
    change: Option<(Option<&str>, Option<&str>)>,
) {
    let id = recorder.begin_call(call, &[map]).expect("calls are recorded");
    recorder.payload(1, name.as_bytes());
    if let Some((before, after)) = change {
        let op = match (before, after) {
            (None, _) => ChangeOp::Add,
            (_, None) => ChangeOp::Remove,
            _ => ChangeOp::Replace,
        };
        let bytes = |text: &str| Bytes::copy_from_slice(text.as_bytes());
        recorder.change(|event| Change {
            event,
            exchange: Some(0),
            part: Part::RequestHeaders,
            op,
            name: bytes(name),
            before: before.map(bytes),
            after: after.map(bytes),
            offset: 0,
        });
    }
    recorder.end_call(id, Returned::Number(Status::Ok.number()), 1);
}

fn sent(headers: &[(&str, &str)], body: &'static [u8]) -> Sent {
    Sent {
        headers: HeaderMap::from_pairs(MapKind::RequestHeaders, headers.iter().copied()),
        body: Bytes::from_static(body),
        trailers: None,
        complete: true,
        reset: false,
    }
}

fn kinds(changes: &Changes, part: Part) -> Vec<(RowKind, String, By)> {
    let (_, section) = changes.section(part).expect("the part exists");
    section
        .header_rows()
        .iter()
        .map(|row| {
            let cell = row.after.as_ref().or(row.before.as_ref()).expect("a row has a side");
            (row.kind, format!("{}={}", cell.name, cell.value), row.by)
        })
        .collect()
}

#[test]
fn a_header_replaced_by_itself_only_moved() {
    let mut bench = bench();
    bench.inside(Callback::RequestHeaders, &[2, 5, 0], |recorder| {
        call(recorder, HostCall::ReplaceHeaderMapValue, 0, "X-A", None);
    });
    let request = bench.request.clone();
    let upstream = sent(
        &[(":method", "POST"), (":path", "/"), ("x-b", "2"), ("x-c", "3"), ("x-a", "1")],
        b"one\ntwo\nthree\n",
    );
    let exchange = Exchange { request: Some(request), upstream: Some(upstream), ..Exchange::default() };
    let (trace, changes, _) = bench.finish(exchange, Outcome::Finished { status: 200 });
    let (_, section) = changes.section(Part::RequestHeaders).expect("there are headers");
    let moved: Vec<_> = section.header_rows().iter().filter(|row| row.kind == RowKind::Moved).collect();
    assert_eq!(moved.len(), 1);
    assert_eq!((&moved[0].moved, moved[0].by), (&Some(Moved::After("x-c".into())), By::Filter));
    assert_eq!((section.counts.moved, section.counts.removed, section.counts.added), (1, 0, 0));
    assert_eq!(changes.items().len(), 1);
    let told = story(Language::English, &trace, &changes, 0);
    assert_eq!(told.with_backticks(), "Moved `x-a` on the request.");
}

#[test]
fn a_paused_request_is_shown_as_the_filter_left_it() {
    let mut bench = bench();
    bench.inside(Callback::RequestHeaders, &[2, 5, 0], |recorder| {
        call(recorder, HostCall::RemoveHeaderMapValue, 0, "x-b", Some((Some("2"), None)));
        call(recorder, HostCall::AddHeaderMapValue, 0, "x-new", Some((None, Some("n"))));
        call(recorder, HostCall::AddHeaderMapValue, 0, "x-c", Some((Some("3"), Some("3, 4"))));
    });
    let paused =
        StreamAction::Paused { direction: Direction::Request, filter: 0, callback: Callback::RequestHeaders };
    bench.recorder.stream(paused);
    bench.recorder.step(Step::ClientLeft);
    let exchange = Exchange { request: Some(bench.request.clone()), ..Exchange::default() };
    let outcome =
        Outcome::Paused { direction: Direction::Request, filter: 0, callback: Callback::RequestHeaders };
    let (trace, changes, scenario) = bench.finish(exchange, outcome);
    let (_, section) = changes.section(Part::RequestHeaders).expect("there are headers");
    assert_eq!(section.delivery, Delivery::Held);
    let changed: Vec<(RowKind, String, By)> = kinds(&changes, Part::RequestHeaders)
        .into_iter()
        .filter(|(kind, ..)| *kind != RowKind::Same)
        .collect();
    assert_eq!(
        changed,
        [
            (RowKind::Removed, "x-b=2".into(), By::Filter),
            (RowKind::Added, "x-new=n".into(), By::Filter),
            (RowKind::Added, "x-c=4".into(), By::Filter),
        ]
    );
    let (_, body) = changes.section(Part::RequestBody).expect("there is a body");
    assert!(body.delivery == Delivery::Held && body.counts.total() == 0);
    let states: Vec<PhaseState> = phases(&trace, &changes, 0).iter().map(|phase| phase.state).collect();
    assert_eq!(
        states,
        [PhaseState::Passed, PhaseState::Paused, PhaseState::NotReached, PhaseState::NotReached]
    );
    let text = outcome::text(Language::English, &trace, &scenario);
    assert_eq!(
        format!("{} {}", text.word, text.sentence),
        "Paused odd.wasm held the request in on_request_headers and nobody resumed it; the client left after 15 s"
    );
    let told = story(Language::English, &trace, &changes, 0);
    assert_eq!(
        told.with_backticks(),
        "Removed `x-b` and added `x-new` and `x-c` on the request; paused the request in `on_request_headers` forever."
    );
}

#[test]
fn a_body_that_was_rewritten_but_never_left_shows_what_was_written() {
    let mut bench = bench();
    bench.inside(Callback::RequestBody, &[2, 14, 1], |recorder| {
        let id = recorder.begin_call(HostCall::SetBufferBytes, &[0, 0, 3, 0, 5]).expect("calls are recorded");
        recorder.change(|event| Change {
            event,
            exchange: Some(0),
            part: Part::RequestBody,
            op: ChangeOp::Replace,
            name: Bytes::new(),
            before: Some(Bytes::from_static(b"one")),
            after: Some(Bytes::from_static(b"eins!")),
            offset: 0,
        });
        recorder.end_call(id, Returned::Number(0), 1);
    });
    let exchange = Exchange { request: Some(bench.request.clone()), ..Exchange::default() };
    let (_, changes, _) = bench.finish(exchange, Outcome::Reset { by_filter: true });
    assert_eq!(changes.items().len(), 1);
    assert_eq!(changes.label(0), Some(Label::Lines(1..2)));
    let (_, section) = changes.section(Part::RequestBody).expect("there is a body");
    let row = section.body().and_then(|body| body.row(0)).expect("a first row");
    assert_eq!(row.after.map(|cell| cell.text), Some("eins!".into()));
    assert_eq!(changes.writers(0)[0].turn, (1, 1));
}

#[test]
fn a_reply_of_the_proxy_itself_is_nobodys_change() {
    let bench = bench();
    let headers = HeaderMap::from_pairs(MapKind::ResponseHeaders, [(":status", "503")]);
    let reply = Received { message: Message::new(headers.clone()), local: true };
    let downstream = Sent { headers, body: Bytes::new(), trailers: None, complete: true, reset: false };
    let exchange = Exchange {
        request: Some(bench.request.clone()),
        reply: Some(reply),
        downstream: Some(downstream),
        ..Exchange::default()
    };
    let outcome = Outcome::LocalReply { filter: None, status: 503, details: "wasm_fail_stream".into() };
    let (_, changes, _) = bench.finish(exchange, outcome);
    let (_, section) = changes.section(Part::ResponseHeaders).expect("there are headers");
    assert_eq!((section.origin, section.counts.total(), changes.items().len()), (Origin::Host, 0, 0));
    assert_eq!(kinds(&changes, Part::ResponseHeaders), [(RowKind::Added, ":status=503".into(), By::Host)]);
}

#[test]
fn a_reply_that_replaces_the_upstreams_is_written_by_the_call() {
    let mut bench = bench();
    bench.inside(Callback::ResponseHeaders, &[2, 3, 0], |recorder| {
        let id = recorder
            .begin_call(HostCall::SendLocalResponse, &[502, 0, 0, 0, 0, 0, 0, 0])
            .expect("calls are recorded");
        recorder.payload(
            3,
            &filterlab::abi::pairs::encode([(b"x-why".as_slice(), b"bad".as_slice())].into_iter()),
        );
        recorder.end_call(id, Returned::Number(0), 1);
    });
    bench.recorder.stream(StreamAction::LocalReply { filter: Some(0), status: 502 });
    let map = |pairs: &[(&str, &str)]| HeaderMap::from_pairs(MapKind::ResponseHeaders, pairs.iter().copied());
    let upstream = Message::new(map(&[(":status", "200"), ("server", "x")]));
    let downstream = Sent {
        headers: map(&[(":status", "502"), ("x-why", "bad"), ("date", "d")]),
        body: Bytes::new(),
        trailers: None,
        complete: true,
        reset: false,
    };
    let exchange = Exchange {
        reply: Some(Received { message: upstream, local: false }),
        downstream: Some(downstream),
        ..Exchange::default()
    };
    let (_, changes, _) =
        bench.finish(exchange, Outcome::LocalReply { filter: Some(0), status: 502, details: String::new() });
    assert_eq!(
        kinds(&changes, Part::ResponseHeaders),
        [
            (RowKind::Changed, ":status=502".into(), By::Filter),
            (RowKind::Removed, "server=x".into(), By::Filter),
            (RowKind::Added, "x-why=bad".into(), By::Filter),
            (RowKind::Added, "date=d".into(), By::Host),
        ]
    );
}

#[test]
fn long_lists_of_headers_are_counted_in_the_story() {
    let mut bench = bench();
    bench.inside(Callback::RequestHeaders, &[2, 5, 0], |recorder| {
        for number in 0..9 {
            call(recorder, HostCall::AddHeaderMapValue, 0, &format!("y-{number}"), Some((None, Some("v"))));
        }
    });
    let exchange = Exchange { request: Some(bench.request.clone()), ..Exchange::default() };
    let (trace, changes, _) = bench.finish(exchange, Outcome::Reset { by_filter: false });
    let told = |language| story(language, &trace, &changes, 0).with_backticks();
    assert_eq!(told(Language::English), "Added `y-0`, `y-1`, `y-2` and 6 more on the request.");
    assert_eq!(told(Language::SimplifiedChinese), "请求：新增 `y-0`、`y-1`、`y-2` 等 9 个。");
}

#[test]
fn many_rows_are_listed_in_little_time_and_memory() {
    let mut recorder = Recorder::default();
    recorder.step(Step::Start { filter: 0 });
    for _ in 0..1_000 {
        let id = recorder.begin_callback(Callback::Tick, 0, &[1]);
        for _ in 0..100 {
            let call = recorder.begin_call(HostCall::GetCurrentTime, &[0]).expect("calls are recorded");
            recorder.end_call(call, Returned::Number(0), 1);
        }
        recorder.end_callback(id, Ok(None), 200);
    }
    let trace = recorder.finish(Leftovers::default(), Outcome::Finished { status: 200 });
    let timeline = Timeline::new(&trace);
    assert_eq!(timeline.rows().len(), trace.events().len() + 1);
    assert_eq!(timeline.visible(|row| timeline.rows()[row].depth == 1).len(), 1_002);
    assert!(size_of_val(&timeline.rows()[0]) <= 40);
}
