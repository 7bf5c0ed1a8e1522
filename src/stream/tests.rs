//! The rules, one statement a test. A scripted fake stands for filters, upstream and client, and notes all it sees.

use std::collections::{BTreeMap, VecDeque};

use super::*;
use crate::abi::{BufferType, MapType};
use crate::http::MapKind;

/// What a filter does inside a callback.
#[derive(Clone, Debug)]
enum Act {
    Resume(Direction),
    Reply(u32, &'static str),
    Close,
    SetBody(&'static str),
    AddTrailer,
    /// Looks for trailers in the way that makes none.
    ReadTrailers,
    Set(&'static str, &'static str),
    Remove(&'static str),
}

/// What it answers, in the words of the kind of callback.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Say {
    Continue,
    /// Headers and trailers: StopIteration.
    Stop,
    /// Headers: StopAllIterationAndBuffer. Data: StopIterationAndBuffer.
    Buffer,
    /// Headers: StopAllIterationAndWatermark. Data: StopIterationAndWatermark.
    Watermark,
    /// Data: StopIterationNoBuffer.
    NoBuffer,
}

struct Fake {
    stream: Stream,
    /// By callback, such as `0>headers` for filter 0 on the request path and `0<data` on the response path.
    script: BTreeMap<&'static str, VecDeque<(Vec<Act>, Say)>>,
    seen: Vec<String>,
}

impl Fake {
    fn new(filters: usize) -> Self {
        let stream = Stream::new(filters, Protocol::Http2, 10, Routes::default());
        Self { stream, script: BTreeMap::new(), seen: Vec::new() }
    }

    /// Scripts the next call of a callback that has no script yet. Without one it continues.
    fn on(&mut self, callback: &'static str, acts: &[Act], say: Say) -> &mut Self {
        self.script.entry(callback).or_default().push_back((acts.to_vec(), say));
        self
    }

    fn request(&mut self, end: bool) -> &mut Self {
        let pairs = [(":method", "GET"), (":path", "/"), (":authority", "a"), ("x-forwarded-proto", "http")];
        receive_headers(self, Direction::Request, HeaderMap::from_pairs(MapKind::RequestHeaders, pairs), end);
        self
    }

    fn response(&mut self, end: bool) -> &mut Self {
        let headers = HeaderMap::from_pairs(MapKind::ResponseHeaders, [(":status", "200")]);
        receive_headers(self, Direction::Response, headers, end);
        self
    }

    fn data(&mut self, direction: Direction, text: &str, end: bool) -> &mut Self {
        receive_data(self, direction, text.as_bytes(), end);
        self
    }

    fn trailers(&mut self, direction: Direction) -> &mut Self {
        let kind = match direction {
            Direction::Request => MapKind::RequestTrailers,
            Direction::Response => MapKind::ResponseTrailers,
        };
        receive_trailers(self, direction, HeaderMap::from_pairs(kind, [("t", "1")]));
        self
    }

    /// Forgets what was seen so far.
    fn quiet(&mut self) -> &mut Self {
        self.seen.clear();
        self
    }

    #[track_caller]
    fn saw(&mut self, expected: &[&str]) -> &mut Self {
        assert_eq!(self.seen, expected);
        self.seen.clear();
        self
    }

    fn run(&mut self, filter: usize, direction: Direction, part: &str, shown: &str) -> Say {
        let arrow = arrow(direction);
        let name = format!("{filter}{arrow}{part}");
        self.seen.push(format!("{name}{shown}"));
        let scripted = self.script.get_mut(name.as_str()).and_then(VecDeque::pop_front);
        let (acts, say) = scripted.unwrap_or((Vec::new(), Say::Continue));
        for act in &acts {
            self.change(filter, direction, act);
        }
        let replies = acts.iter().any(|act| matches!(act, Act::Reply(..)));
        let side = self.stream.slots[filter].side_mut(direction);
        side.announce(say != Say::Continue || replies);
        for act in acts {
            match act {
                Act::Resume(direction) => {
                    self.stream.let_request_go(filter);
                    resume(self, direction, filter);
                }
                Act::Reply(status, body) => {
                    let local = LocalReply { from: Some(filter), ..LocalReply::from_host(status, "test") };
                    reply(self, local.with_body(body));
                }
                Act::Close => reset(self, End::Reset { by_filter: true }),
                _ => {}
            }
        }
        if replies { Say::Watermark } else { say }
    }

    /// What takes effect at once, inside the callback.
    fn change(&mut self, filter: usize, direction: Direction, act: &Act) {
        let (headers, trailers, body) = match direction {
            Direction::Request => {
                (MapType::RequestHeaders, MapType::RequestTrailers, BufferType::RequestBody)
            }
            Direction::Response => {
                (MapType::ResponseHeaders, MapType::ResponseTrailers, BufferType::ResponseBody)
            }
        };
        let stream = &mut self.stream;
        let done = match act {
            Act::SetBody(text) => stream.body_mut(filter, body).map(|body| *body = text.as_bytes().to_vec()),
            Act::AddTrailer => stream.map_mut(filter, trailers).map(|map| map.add(b"made", b"1")),
            Act::Set(name, value) => {
                stream.map_mut(filter, headers).map(|map| map.replace(name.as_bytes(), value.as_bytes()))
            }
            Act::Remove(name) => stream.map_mut(filter, headers).map(|map| map.remove(name)),
            Act::ReadTrailers => {
                let found = stream.map(filter, trailers).map().is_some();
                self.seen.push(format!("{filter} finds trailers: {found}"));
                return;
            }
            _ => return,
        };
        if done.is_none() {
            self.seen.push(format!("{filter} is refused"));
        }
    }

    fn out(&mut self, whom: &str, part: Passed) {
        let end = |end: bool| if end { " end" } else { "" };
        self.seen.push(match part {
            Passed::Headers { headers, end_of_stream } => {
                let status = headers.text(":status").map(|status| format!(" {status}")).unwrap_or_default();
                format!("{whom} headers{status}{}", end(end_of_stream))
            }
            Passed::Data { bytes, end_of_stream } => {
                format!("{whom} data {}{}", String::from_utf8_lossy(&bytes), end(end_of_stream))
            }
            Passed::Trailers(trailers) => format!("{whom} trailers {}", trailers.len()),
        });
    }
}

impl Surroundings for Fake {
    fn stream(&mut self) -> &mut Stream {
        &mut self.stream
    }

    fn on_headers(&mut self, filter: usize, direction: Direction, end: bool) -> HeadersStatus {
        match self.run(filter, direction, "headers", if end { " end" } else { "" }) {
            Say::Continue => HeadersStatus::Continue,
            Say::Stop => HeadersStatus::StopIteration,
            Say::Buffer => HeadersStatus::StopAllIterationAndBuffer,
            Say::Watermark | Say::NoBuffer => HeadersStatus::StopAllIterationAndWatermark,
        }
    }

    fn on_data(&mut self, filter: usize, direction: Direction, end: bool) -> DataStatus {
        let buffer = match direction {
            Direction::Request => BufferType::RequestBody,
            Direction::Response => BufferType::ResponseBody,
        };
        let body = String::from_utf8_lossy(self.stream.body(filter, buffer)).into_owned();
        match self.run(filter, direction, "data", &format!(" {body}{}", if end { " end" } else { "" })) {
            Say::Continue => DataStatus::Continue,
            Say::Buffer => DataStatus::StopIterationAndBuffer,
            Say::Watermark => DataStatus::StopIterationAndWatermark,
            Say::Stop | Say::NoBuffer => DataStatus::StopIterationNoBuffer,
        }
    }

    fn on_trailers(&mut self, filter: usize, direction: Direction) -> TrailersStatus {
        match self.run(filter, direction, "trailers", "") {
            Say::Continue => TrailersStatus::Continue,
            _ => TrailersStatus::StopIteration,
        }
    }

    fn on_metadata(&mut self, filter: usize, direction: Direction, entries: u32) {
        self.run(filter, direction, &format!("metadata {entries}"), "");
    }

    fn to_upstream(&mut self, part: Passed) {
        self.out("upstream", part);
    }

    fn to_client(&mut self, part: Passed) {
        self.out("client", part);
    }

    fn reset_upstream(&mut self) {
        self.seen.push("upstream reset".into());
    }

    fn end(&mut self, how: End) {
        self.seen.push(match how {
            End::Complete => "over".into(),
            other => format!("over: {other:?}"),
        });
    }

    fn answer_in_vain(&mut self, reply: LocalReply) {
        self.seen.push(format!("in vain: {}", reply.status));
    }

    fn record(&mut self, _: StreamAction) {}

    fn report(&mut self, finding: Finding) {
        let name = format!("{finding:?}");
        self.seen.push(format!("finding: {}", name.split(' ').next().unwrap_or_default()));
    }
}

fn arrow(direction: Direction) -> char {
    match direction {
        Direction::Request => '>',
        Direction::Response => '<',
    }
}

use Act::*;
use Direction::{Request, Response};
use Say::{Buffer, Continue, NoBuffer, Stop, Watermark};

#[test]
fn a_request_passes_the_chain_in_order_and_its_reply_backwards() {
    let mut fake = Fake::new(2);
    fake.request(true).saw(&["0>headers end", "1>headers end", "upstream headers end"]);
    fake.response(false).saw(&["1<headers", "0<headers", "client headers 200"]);
    fake.data(Response, "ok", true).saw(&["1<data ok end", "0<data ok end", "client data ok end", "over"]);
}

#[test]
fn with_trailers_no_piece_of_the_body_is_the_last() {
    let mut fake = Fake::new(1);
    fake.request(false).quiet().data(Request, "a", false).saw(&["0>data a", "upstream data a"]);
    fake.trailers(Request).saw(&["0>trailers", "upstream trailers 1"]);
}

#[test]
fn a_pause_in_headers_holds_all_and_a_resume_shows_the_held_body_once() {
    for say in [Buffer, Watermark] {
        let mut fake = Fake::new(1);
        fake.on("0>headers", &[], say).request(false).saw(&["0>headers"]);
        fake.data(Request, "ab", false).data(Request, "cd", false).saw(&[]);
        resume(&mut fake, Request, 0);
        fake.saw(&["upstream headers", "0>data abcd", "upstream data abcd"]);
        fake.data(Request, "ef", true).saw(&["0>data ef end", "upstream data ef end"]);
    }
}

#[test]
fn a_resumed_message_whose_end_came_meanwhile_ends_with_its_held_body() {
    let mut fake = Fake::new(1);
    fake.on("0>headers", &[], Watermark).request(false).data(Request, "ab", true).saw(&["0>headers"]);
    resume(&mut fake, Request, 0);
    fake.saw(&["upstream headers", "0>data ab end", "upstream data ab end"]);
}

#[test]
fn a_filter_that_pauses_hides_the_body_from_later_ones() {
    let mut fake = Fake::new(2);
    fake.on("0>data", &[], Buffer).request(false).quiet();
    fake.data(Request, "ab", false).saw(&["0>data ab"]);
    fake.data(Request, "cd", true).saw(&["0>data abcd end", "1>data abcd end", "upstream data abcd end"]);
}

#[test]
fn held_headers_leave_with_the_first_body_that_continues() {
    let mut fake = Fake::new(1);
    fake.on("0>headers", &[], Stop).on("0>data", &[], Buffer);
    fake.request(false).data(Request, "ab", false).saw(&["0>headers", "0>data ab"]);
    fake.data(Request, "cd", true).saw(&["0>data abcd end", "upstream headers", "upstream data abcd end"]);
}

#[test]
fn a_buffering_filter_sees_all_so_far_and_what_it_writes_stays() {
    let mut fake = Fake::new(1);
    fake.on("0>data", &[SetBody("X")], Buffer).on("0>data", &[], Buffer).request(false).quiet();
    fake.data(Request, "ab", false).data(Request, "cd", false).data(Request, "ef", true);
    fake.saw(&["0>data ab", "0>data Xcd", "0>data Xcdef end", "upstream data Xcdef end"]);
}

#[test]
fn a_watermark_keeps_bytes_that_the_filter_does_not_see_again() {
    let mut fake = Fake::new(1);
    fake.on("0>data", &[], Watermark).on("0>data", &[], Watermark).request(false).quiet();
    fake.data(Request, "ab", false).data(Request, "cd", false).data(Request, "ef", true);
    fake.saw(&["0>data ab", "0>data cd", "0>data ef end", "upstream data abcdef end"]);
}

#[test]
fn a_stop_without_buffer_loses_the_piece_but_not_the_end() {
    let mut fake = Fake::new(1);
    fake.on("0>data", &[], NoBuffer).request(false).quiet();
    fake.data(Request, "ab", false).data(Request, "cd", true);
    fake.saw(&["0>data ab", "0>data cd end", "upstream data cd end"]);
    let mut fake = Fake::new(1);
    fake.on("0>data", &[], NoBuffer).request(false).quiet().data(Request, "ab", true);
    resume(&mut fake, Request, 0);
    fake.saw(&["0>data ab end", "upstream data  end"]);
}

#[test]
fn after_a_resume_from_a_body_callback_the_next_piece_comes_alone() {
    let mut fake = Fake::new(1);
    fake.on("0>data", &[], Buffer).request(false).quiet().data(Request, "ab", false);
    resume(&mut fake, Request, 0);
    fake.data(Request, "cd", true);
    fake.saw(&["0>data ab", "upstream data ab", "0>data cd end", "upstream data cd end"]);
}

#[test]
fn stopped_trailers_hold_the_end_and_the_held_body_can_still_be_written() {
    let mut fake = Fake::new(1);
    fake.on("0>data", &[], Buffer).on("0>trailers", &[SetBody("new")], Stop).request(false).quiet();
    fake.data(Request, "ab", false).trailers(Request).saw(&["0>data ab", "0>trailers"]);
    resume(&mut fake, Request, 0);
    fake.saw(&["upstream data new", "upstream trailers 1"]);
}

#[test]
fn a_resume_and_a_pause_at_once_let_headers_go_and_hold_the_body() {
    let mut fake = Fake::new(1);
    fake.on("0>headers", &[Resume(Request)], Watermark).request(false);
    fake.saw(&["0>headers", "finding: ContinueThenPause", "upstream headers"]);
    fake.data(Request, "ab", true).saw(&[]);
    let mut fake = Fake::new(1);
    fake.on("0>headers", &[Resume(Request)], Watermark).request(true);
    fake.saw(&["0>headers end", "finding: ContinueThenPause", "upstream headers end"]);
    assert_eq!(fake.stream.paused_by(Request), None, "the whole message has left");
}

#[test]
fn a_resume_of_what_is_not_paused_is_reported_and_changes_nothing() {
    let mut fake = Fake::new(1);
    fake.on("0>headers", &[Resume(Request)], Continue).request(false);
    fake.saw(&["0>headers", "finding: ContinueWithoutPause", "upstream headers"]);
    fake.on("0>data", &[Resume(Request)], Continue).data(Request, "ab", true);
    fake.saw(&["0>data ab end", "finding: ContinueWithoutPause", "upstream data ab end"]);
    fake.on("0<headers", &[Resume(Response)], Continue).response(true);
    fake.saw(&["0<headers end", "finding: ContinueWithoutPause", "client headers 200 end", "over"]);
}

#[test]
fn a_resume_of_a_reply_that_has_not_come_is_reported() {
    let mut fake = Fake::new(1);
    fake.on("0>headers", &[Resume(Response)], Continue).request(true);
    fake.saw(&["0>headers end", "finding: ContinueWithoutPause", "upstream headers end"]);
}

#[test]
fn a_filter_that_resumed_has_let_the_request_go() {
    let mut fake = Fake::new(1);
    fake.on("0>headers", &[Resume(Request)], Watermark).request(false).quiet();
    assert!(fake.stream.map_mut(0, MapType::RequestHeaders).is_none());
}

#[test]
fn a_local_reply_passes_the_response_filters_and_the_request_stops() {
    let mut fake = Fake::new(2);
    fake.on("0>headers", &[Reply(403, "no")], Continue).request(false);
    let path = ["1<headers", "0<headers", "client headers 403", "1<data no end", "0<data no end"];
    fake.saw(&[&["0>headers"], path.as_slice(), &["client data no end", "over"]].concat());
    fake.data(Request, "late", true).saw(&[]);
}

#[test]
fn a_local_reply_from_the_request_body_gives_the_upstream_up() {
    let mut fake = Fake::new(1);
    fake.on("0>data", &[Reply(403, "")], Continue).request(false).quiet().data(Request, "ab", true);
    fake.saw(&["0>data ab end", "upstream reset", "0<headers end", "client headers 403 end", "over"]);
}

#[test]
fn the_first_of_two_local_replies_wins_and_a_resume_after_it_does_nothing() {
    let mut fake = Fake::new(1);
    fake.on("0>headers", &[Reply(403, ""), Reply(404, ""), Resume(Request)], Stop).request(true);
    assert_eq!(fake.seen.last().map(String::as_str), Some("over"));
    assert!(fake.seen.iter().any(|line| line == "client headers 403 end"));
    assert!(!fake.seen.iter().any(|line| line.starts_with("upstream headers")));
}

#[test]
fn a_local_reply_from_response_headers_goes_straight_to_the_client() {
    let mut fake = Fake::new(2);
    fake.on("1<headers", &[Reply(500, "no")], Continue).request(true).quiet().response(false);
    fake.saw(&["1<headers", "upstream reset", "client headers 500", "client data no end", "over"]);
}

#[test]
fn a_local_reply_after_the_headers_were_sent_resets() {
    let mut fake = Fake::new(1);
    fake.on("0<data", &[Reply(500, "no")], Continue).request(true).response(false).quiet();
    fake.data(Response, "ok", true);
    fake.saw(&["0<data ok end", "over: Reset { by_filter: true }"]);
}

#[test]
fn a_local_reply_while_the_response_headers_are_held_is_sent() {
    let mut fake = Fake::new(1);
    fake.on("0<headers", &[], Stop).on("0<data", &[Reply(500, "")], Continue);
    fake.request(true).response(false).quiet().data(Response, "ok", true);
    fake.saw(&["0<data ok end", "client headers 500 end", "over"]);
}

#[test]
fn a_reply_to_the_own_reply_replaces_it_and_the_end_is_told_last() {
    let mut fake = Fake::new(1);
    fake.on("0>headers", &[Reply(403, "first")], Continue).on("0<headers", &[Reply(404, "second")], Continue);
    fake.request(true);
    let sent = ["client headers 404", "client data second end", "0<data first end", "over"];
    fake.saw(&[&["0>headers end", "0<headers"], sent.as_slice()].concat());
}

#[test]
fn a_local_reply_whose_headers_are_paused_is_held() {
    let mut fake = Fake::new(1);
    fake.on("0>headers", &[Reply(403, "no")], Continue).on("0<headers", &[], Watermark).request(true);
    fake.saw(&["0>headers end", "0<headers"]);
    resume(&mut fake, Response, 0);
    fake.saw(&["client headers 403", "0<data no end", "client data no end", "over"]);
}

#[test]
fn a_closed_stream_is_reset_and_nothing_more_is_delivered() {
    let mut fake = Fake::new(2);
    fake.on("0>data", &[Close], Continue).request(false).quiet().data(Request, "ab", false);
    fake.saw(&["0>data ab", "upstream reset", "over: Reset { by_filter: true }"]);
    fake.data(Request, "cd", true).response(true).saw(&[]);
}

#[test]
fn trailers_come_into_being_in_the_last_body_callback_only() {
    let mut fake = Fake::new(2);
    fake.on("0>data", &[AddTrailer], Continue).on("0>data", &[ReadTrailers, AddTrailer], Continue);
    fake.request(false).quiet().data(Request, "ab", false);
    fake.saw(&["0>data ab", "0 is refused", "1>data ab", "upstream data ab"]);
    fake.data(Request, "cd", true);
    let last = ["1>data cd", "upstream data cd", "1>trailers", "upstream trailers 1"];
    fake.saw(&[&["0>data cd end", "0 finds trailers: false"], last.as_slice()].concat());
}

#[test]
fn trailers_of_a_body_callback_that_stops_leave_the_body_behind() {
    let mut fake = Fake::new(1);
    fake.on("0>data", &[AddTrailer], Buffer).request(false).quiet().data(Request, "ab", true);
    fake.saw(&["0>data ab end", "finding: TrailersWithoutBody", "upstream trailers 1"]);
}

#[test]
fn a_request_held_beyond_the_limit_is_answered_413() {
    let mut fake = Fake::new(1);
    fake.on("0>headers", &[], Buffer).request(false).quiet();
    fake.data(Request, "0123456789", false).saw(&[]);
    fake.data(Request, "x", false);
    let sent =
        ["client headers 413", "0<data Payload Too Large end", "client data Payload Too Large end", "over"];
    fake.saw(&[&["finding: HeldTooMuch", "0<headers"], sent.as_slice()].concat());
}

#[test]
fn a_filter_sees_the_piece_that_makes_its_request_too_large() {
    let mut fake = Fake::new(1);
    fake.on("0>data", &[], Buffer).on("0>data", &[], Buffer).request(false).data(Request, "01234567", false);
    fake.quiet().data(Request, "89abcdef", false);
    let seen = ["finding: HeldTooMuch", "0>data 0123456789abcdef", "upstream reset", "0<headers"];
    assert_eq!(fake.seen[..4], seen);
}

#[test]
fn a_watermark_never_fails_at_the_limit() {
    let mut fake = Fake::new(1);
    fake.on("0>headers", &[], Watermark).request(false).quiet();
    fake.data(Request, "0123456789", false).data(Request, "0123456789", true).saw(&[]);
    resume(&mut fake, Request, 0);
    assert_eq!(fake.seen.len(), 3, "headers, own callback, data: {:?}", fake.seen);
}

#[test]
fn a_response_held_beyond_the_limit_is_answered_500_without_callbacks() {
    let mut fake = Fake::new(1);
    fake.on("0<headers", &[], Buffer).request(true).response(false).quiet();
    fake.data(Response, "0123456789x", false);
    let sent = ["client headers 500", "client data Internal Server Error end", "over"];
    fake.saw(&[&["finding: HeldTooMuch", "upstream reset"], sent.as_slice()].concat());
}

#[test]
fn a_response_held_beyond_the_limit_is_reset_once_its_headers_were_sent() {
    let mut fake = Fake::new(1);
    fake.on("0<data", &[], Buffer).request(true).response(false).quiet();
    fake.data(Response, "0123456789x", false);
    let finding = "finding: HeldTooMuch";
    fake.saw(&["0<data 0123456789x", finding, "upstream reset", "over: Reset { by_filter: false }"]);
}

#[test]
fn changed_request_headers_choose_the_route_again() {
    let mut fake = Fake::new(1);
    let direct = Route { name: "d".into(), prefix: "/d".into(), direct: Some((222, "hi".into())) };
    let other = Route { name: "default".into(), prefix: "/".into(), direct: None };
    fake.stream.routes = Routes::new([direct, other]);
    fake.on("0>headers", &[Set(":path", "/d")], Continue).request(true);
    let sent = ["client headers 222", "0<data hi end", "client data hi end", "over"];
    fake.saw(&[&["0>headers end", "0<headers"], sent.as_slice()].concat());
}

#[test]
fn without_path_or_scheme_of_the_client_there_is_no_route() {
    for name in [":path", "x-forwarded-proto"] {
        let mut fake = Fake::new(1);
        fake.on("0>headers", &[Remove(name)], Continue).request(true);
        fake.saw(&["0>headers end", "0<headers end", "client headers 404 end", "over"]);
    }
}

#[test]
fn a_request_that_no_upstream_would_take_is_answered_503() {
    for act in [Remove(":method"), Set("bad name", "x"), Set("x-nl", "a\nb")] {
        let mut fake = Fake::new(1);
        fake.stream.has_connection = true;
        fake.on("0>headers", &[act], Continue).request(true);
        assert_eq!(fake.seen[..3], ["0>headers end", "0<headers", "client headers 503"]);
    }
}

#[test]
fn such_a_request_waits_for_a_connection_to_be_answered() {
    let mut fake = Fake::new(1);
    fake.on("0>headers", &[Remove(":method")], Continue).request(false).data(Request, "ab", true);
    fake.saw(&["0>headers", "0>data ab end"]);
    refuse_waiting(&mut fake);
    assert_eq!(fake.seen[..2], ["0<headers", "client headers 503"]);
}

#[test]
fn a_response_without_status_becomes_502_without_callbacks() {
    let mut fake = Fake::new(1);
    fake.on("0<headers", &[Remove(":status")], Continue).request(true).quiet().response(false);
    assert_eq!(fake.seen[..2], ["0<headers", "upstream reset"]);
    assert!(fake.seen.iter().any(|line| line == "client headers 502"));
    assert_eq!(fake.seen.iter().filter(|line| line.starts_with("0<")).count(), 1);
}

#[test]
fn an_answer_before_the_request_ended_resets_the_upstream() {
    let mut fake = Fake::new(1);
    fake.request(false).quiet().response(true);
    fake.saw(&["0<headers end", "client headers 200 end", "upstream reset", "over"]);
}

#[test]
fn metadata_waits_where_the_headers_wait_and_goes_on_with_them() {
    let mut fake = Fake::new(2);
    fake.on("0>headers", &[], Watermark).request(false);
    receive_metadata(&mut fake, Direction::Request, 2);
    fake.saw(&["0>headers"]);
    fake.quiet();
    resume(&mut fake, Direction::Request, 0);
    fake.saw(&["1>headers", "upstream headers", "0>metadata 2", "1>metadata 2"]);
}

/// A request whose filter asks for so many retries.
fn retried(most: &'static str) -> Fake {
    let mut fake = Fake::new(1);
    let acts = [Set("x-envoy-retry-on", "reset"), Set("x-envoy-max-retries", most)];
    fake.on("0>headers", &acts, Continue);
    fake
}

#[test]
fn the_upstream_is_asked_again_after_longer_and_longer_times() {
    let mut fake = retried("6");
    fake.request(true).quiet();
    let mut waits = Vec::new();
    while let Some(wait) = retry(&mut fake, Attempt::Broken) {
        waits.push(wait / 100_000);
        ask_again(&mut fake);
        fake.saw(&["upstream headers end"]);
    }
    assert_eq!(waits, [125, 250, 500, 1_000, 1_250, 1_250]);
    assert_eq!(fake.stream.attempts, 7);
    assert_eq!(fake.stream.flags, flags::UPSTREAM_RETRY_LIMIT_EXCEEDED);
}

#[test]
fn what_comes_while_nobody_is_asked_is_sent_with_the_next_attempt() {
    let mut fake = retried("1");
    fake.request(false).data(Direction::Request, "ab", false).quiet();
    assert!(retry(&mut fake, Attempt::Broken).is_some());
    fake.data(Direction::Request, "cd", true).saw(&["0>data cd end"]);
    ask_again(&mut fake);
    fake.saw(&["upstream headers", "upstream data abcd end"]);
}

/// Seen in a real Envoy, which waits a random time and so cannot be recorded.
#[test]
fn a_request_that_grows_too_long_while_nobody_is_asked_is_answered() {
    let mut fake = retried("1");
    fake.request(false).data(Direction::Request, "0123456789", false).quiet();
    assert!(retry(&mut fake, Attempt::Broken).is_some());
    fake.data(Direction::Request, "+", true);
    assert!(fake.seen.iter().any(|line| line == "client headers 507"), "{:?}", fake.seen);
    assert!(!fake.seen.iter().any(|line| line.starts_with("upstream")), "{:?}", fake.seen);
    assert_eq!(fake.stream.details.as_deref(), Some("request_payload_exceeded_retry_buffer_limit"));
    ask_again(&mut fake);
    assert!(!fake.seen.iter().any(|line| line.starts_with("upstream")), "{:?}", fake.seen);
}

#[test]
fn a_stream_that_is_given_up_while_nobody_is_asked_resets_no_upstream() {
    let mut fake = retried("1");
    fake.request(true).quiet();
    assert!(retry(&mut fake, Attempt::NotConnected).is_some());
    reset(&mut fake, End::ClientLeft);
    fake.saw(&["over: ClientLeft"]);
}
