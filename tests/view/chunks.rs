//! Bodies in the pieces that arrived and left, from traces made by hand.

use bytes::Bytes;
use filterlab::abi::{Callback, HostCall, Status};
use filterlab::http::{HeaderMap, MapKind, Message};
use filterlab::scenario::Scenario;
use filterlab::trace::{
    Change, ChangeOp, Direction, Exchange, Leftovers, Outcome, Part, Recorder, Returned, Sent, Step,
    StreamAction, Trace,
};
use filterlab::view::Language;
use filterlab::view::changes::{BodyMode, Changes, Delivery, Section};
use filterlab::view::sentences::{bodies, changes as words};

fn headers() -> HeaderMap {
    HeaderMap::from_pairs(MapKind::RequestHeaders, [(":method", "POST"), ("content-type", "text/plain")])
}

fn sent(body: &'static [u8], complete: bool) -> Sent {
    Sent { headers: headers(), body: Bytes::from_static(body), trailers: None, complete, reset: false }
}

fn begun() -> Recorder {
    let mut recorder = Recorder::default();
    recorder.step(Step::RequestHeaders { exchange: 0 });
    recorder
}

fn arrives(recorder: &mut Recorder, at_ms: u64, bytes: u32, end: bool) {
    recorder.now = at_ms * 1_000_000;
    recorder.step(Step::RequestBody { bytes, end_of_stream: end });
}

fn heard(recorder: &mut Recorder, filter: u16, action: u32, inside: impl FnOnce(&mut Recorder)) {
    let id = recorder.begin_callback(Callback::RequestBody, filter, &[2, 0, 0]);
    inside(recorder);
    recorder.end_callback(id, Ok(Some(action)), 10);
}

fn leaves(recorder: &mut Recorder, bytes: u32, end: bool) {
    recorder.stream(StreamAction::BodySent { direction: Direction::Request, bytes, end_of_stream: end });
}

/// `set_buffer_bytes` of the whole buffer.
fn replaces(recorder: &mut Recorder, before: &'static [u8], after: &'static [u8]) {
    let id = recorder.begin_call(HostCall::SetBufferBytes, &[0, 0, 9, 0, 5]).expect("calls are recorded");
    recorder.change(|event| Change {
        event,
        exchange: Some(0),
        part: Part::RequestBody,
        op: ChangeOp::Replace,
        name: Bytes::new(),
        before: Some(Bytes::from_static(before)),
        after: Some(Bytes::from_static(after)),
        offset: 0,
    });
    recorder.end_call(id, Returned::Number(Status::Ok.number()), 1);
}

fn changes(recorder: Recorder, body: &'static [u8], exchange: Exchange) -> (Trace, Changes) {
    let mut request = Message::new(headers());
    request.body = Bytes::from_static(body);
    let exchange = Exchange { request: Some(request), ..exchange };
    let leftovers = Leftovers { exchanges: vec![exchange], ..Leftovers::default() };
    let trace = recorder.finish(leftovers, Outcome::Finished { status: 200 });
    let changes = Changes::with_bodies(&trace, &Scenario::default(), 0, BodyMode::Chunks);
    (trace, changes)
}

fn said(section: &Section) -> Vec<String> {
    let lines = (0..bodies::count(section)).filter_map(|line| bodies::line(Language::English, section, line));
    lines.map(|(_, words)| words.with_backticks()).collect()
}

fn bodies_of(changes: &Changes) -> Vec<&Section> {
    changes.sections.iter().filter(|section| section.part == Part::RequestBody).collect()
}

#[test]
fn a_held_piece_leaves_with_the_next_one() {
    let mut recorder = begun();
    arrives(&mut recorder, 5, 4, false);
    heard(&mut recorder, 0, 1, |_| {});
    arrives(&mut recorder, 9, 4, true);
    heard(&mut recorder, 0, 0, |recorder| replaces(recorder, b"one\ntwo\n", b"one\n2\n"));
    leaves(&mut recorder, 6, true);
    let upstream = Some(sent(b"one\n2\n", true));
    let (_, changes) = changes(recorder, b"one\ntwo\n", Exchange { upstream, ..Exchange::default() });
    let sections = bodies_of(&changes);
    assert_eq!(sections.len(), 1);
    assert_eq!(
        said(sections[0]),
        [
            "chunk 1 arrived at 5 ms: 4 B · `on_request_body` held it",
            "chunk 2 arrived at 9 ms: 4 B, the last · `on_request_body` passed it on",
            "sent at 9 ms: 6 B, the end",
        ]
    );
    assert_eq!(words::summary(Language::English, sections[0]), "1 changed · 8 → 6 B");
    assert_eq!(changes.items().len(), 1);
    assert_eq!(changes.writers(0).len(), 1);
}

#[test]
fn pieces_that_pass_are_told_one_by_one_with_what_was_made_of_each() {
    let mut recorder = begun();
    for (at, after) in [(1, b"ONE\n"), (2, b"TWO\n")] {
        arrives(&mut recorder, at, 4, at == 2);
        let before: &'static [u8] = if at == 1 { b"one\n" } else { b"two\n" };
        heard(&mut recorder, 0, 0, |_| {});
        heard(&mut recorder, 1, 0, |recorder| replaces(recorder, before, after));
        leaves(&mut recorder, 4, at == 2);
    }
    let upstream = Some(sent(b"ONE\nTWO\n", true));
    let (_, changes) = changes(recorder, b"one\ntwo\n", Exchange { upstream, ..Exchange::default() });
    let sections = bodies_of(&changes);
    assert_eq!(sections.len(), 2);
    for (section, (before, after)) in sections.iter().zip([("one", "ONE"), ("two", "TWO")]) {
        let row = section.body().and_then(|body| body.row(0)).expect("there is a row");
        assert_eq!(
            (row.before.map(|cell| cell.text), row.after.map(|cell| cell.text)),
            (Some(before.into()), Some(after.into()))
        );
        assert_eq!(section.writers.len(), 1, "only its own");
    }
    assert!(
        said(sections[0])[0].ends_with(
            "`on_request_body` of filter 1 passed it on, `on_request_body` of filter 2 passed it on"
        )
    );
    let batch = sections[1].batch.as_ref().expect("it is of chunks");
    assert_eq!(bodies::chunks(Language::English, batch), "chunk 2 of 2");
    assert_eq!(bodies::chunks(Language::SimplifiedChinese, batch), "第 2 块，共 2 块");
}

#[test]
fn what_is_held_for_ever_says_so() {
    let mut recorder = begun();
    arrives(&mut recorder, 0, 4, false);
    heard(&mut recorder, 0, 0, |_| {});
    leaves(&mut recorder, 4, false);
    arrives(&mut recorder, 3, 4, true);
    heard(&mut recorder, 0, 1, |recorder| replaces(recorder, b"two\n", b"2\n"));
    let upstream = Some(sent(b"one\n", false));
    let (_, changes) = changes(recorder, b"one\ntwo\n", Exchange { upstream, ..Exchange::default() });
    let sections = bodies_of(&changes);
    assert_eq!(sections.len(), 2);
    assert_eq!(said(sections[1])[1], "nothing of it was sent");
    assert_eq!(sections[1].delivery, Delivery::Held);
    let row = sections[1].body().and_then(|body| body.row(0)).expect("there is a row");
    assert_eq!(row.after.map(|cell| cell.text), Some("2".into()), "as the filter left it");
}

#[test]
fn a_body_that_is_sent_again_is_told_again() {
    let mut recorder = begun();
    arrives(&mut recorder, 0, 4, true);
    heard(&mut recorder, 0, 0, |_| {});
    leaves(&mut recorder, 4, true);
    recorder.now = 40_000_000;
    recorder.stream(StreamAction::Retried { attempt: 2, most: 3, wait: 0 });
    leaves(&mut recorder, 4, true);
    let exchange = Exchange {
        upstream: Some(sent(b"one\n", true)),
        retried: vec![sent(b"one\n", true)],
        ..Exchange::default()
    };
    let (_, changes) = changes(recorder, b"one\n", exchange);
    let sections = bodies_of(&changes);
    assert_eq!(sections.len(), 2);
    assert_eq!(said(sections[1]), ["sent again at 40 ms, attempt 2: 4 B, the end"]);
    assert!(changes.items().is_empty(), "nobody changed anything");
}

#[test]
fn very_many_pieces_become_a_bounded_number_of_sections() {
    let mut recorder = begun();
    for piece in 0..3_000 {
        arrives(&mut recorder, 0, 1, piece == 2_999);
        heard(&mut recorder, 0, 0, |_| {});
        leaves(&mut recorder, 1, piece == 2_999);
    }
    let upstream = Some(sent(&[b'a'; 3_000], true));
    let (_, changes) = changes(recorder, &[b'a'; 3_000], Exchange { upstream, ..Exchange::default() });
    let sections = bodies_of(&changes);
    assert_eq!(sections.len(), 1_000);
    let last = sections[999].batch.as_ref().expect("it is of chunks");
    assert_eq!(bodies::chunks(Language::English, last), "chunks 1,000 to 3,000 of 3,000");
    assert_eq!(sections[999].body().map(|body| body.sizes()), Some((2_001, 2_001)));
}
