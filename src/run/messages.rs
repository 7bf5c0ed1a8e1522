//! What client and upstream send in a run, and when.

use bytes::Bytes;

use super::driver::{Driver, ScriptStep};
use super::{Break, PlannedExchange, PlannedRequest, ReceivedRequest};
use crate::host::StreamId;
use crate::http::{HeaderMap, MapKind, Protocol};
use crate::stream::wire::{self, Framing, Reached, Refusal, RequestHead};
use crate::stream::{Attempt, UpstreamFailure};
use crate::trace::{Direction, Step};

impl Driver<'_> {
    /// The head of a request as the first filter sees it; or why it does not get there, if so, and the head as it is
    /// then.
    pub(super) fn received(&mut self, request: &PlannedRequest) -> (HeaderMap, Option<Refusal>) {
        let plan = self.plan;
        let received = request.received.get_or_init(|| receive(request, plan.downstream, plan.exact_lengths));
        let mut headers = received.headers.clone();
        // An empty one is as good as none (recorded case 29-206).
        let is_admitted =
            matches!(received.refusal, None | Some(Refusal::Reply { reached: Reached::Filters, .. }));
        if plan.adds_headers && is_admitted && headers.get("x-request-id").is_none_or(|id| id.is_empty()) {
            let world = self.proxy.world_mut();
            let id = wire::request_id(world.next_random(), world.next_random());
            headers.set_in_place(b"x-request-id", id.as_bytes());
        }
        (headers, received.refusal)
    }

    pub(super) fn send_request(&mut self, stream: StreamId, exchange: &PlannedExchange, headers: HeaderMap) {
        let plan = self.plan;
        let request = &exchange.request;
        let length = plan.exact_lengths.then(|| wire::expected_length(&request.headers, false)).flatten();
        // An HTTP/1 client that promises bytes and sends none keeps the proxy waiting.
        let is_promised = plan.downstream == Protocol::Http1 && length.is_some_and(|length| length > 0);
        let end = has_no_body(plan.downstream, &request.body, &request.trailers) && !is_promised;
        let end = end && !(plan.downstream == Protocol::Http1 && request.method == "CONNECT");
        let now = self.now();
        let world = self.proxy.world_mut();
        world.streams[stream as usize].note_received(Direction::Request, &headers);
        if let Some(message) = &mut world.streams[stream as usize].request {
            message.body = request.received.get().map(|received| received.body.clone()).unwrap_or_default();
            message.trailers = (!request.trailers.is_empty())
                .then(|| wire::received_trailers(MapKind::RequestTrailers, &request.trailers));
        }
        if end {
            self.proxy.receive_headers(stream, Direction::Request, headers, true);
            return self.after_step(stream);
        }
        let together = plan.downstream == Protocol::Http1 && !is_chunked(request);
        let gap = if together { 0 } else { exchange.gap };
        let flow = Flow {
            protocol: plan.downstream,
            begin: now,
            gap,
            pieces: &request.body,
            has_trailers: !request.trailers.is_empty(),
            is_cut: false,
            length,
        };
        let planned = self.plan_body(stream, flow, |bytes, end| ScriptStep::RequestData { bytes, end });
        match planned {
            Flown::To(last) if !request.trailers.is_empty() => {
                self.plan_part(last + exchange.trailers_gap, stream, ScriptStep::RequestTrailers);
            }
            Flown::To(_) => {}
            Flown::Broken { at, in_trailers, .. } => {
                let details = if in_trailers { wire::MALFORMED_REQUEST } else { wire::WRONG_LENGTH };
                self.plan_step(at, stream, ScriptStep::RequestMalformed { details });
            }
        }
        self.proxy.receive_headers(stream, Direction::Request, headers, false);
        if plan.downstream == Protocol::Http2 {
            for entries in &request.metadata {
                self.proxy.receive_metadata(stream, Direction::Request, *entries);
            }
        }
        self.after_step(stream);
    }

    /// Plans the pieces of a body, cut as the codec cuts them.
    fn plan_body(&mut self, stream: StreamId, flow: Flow, make: impl Fn(Bytes, bool) -> ScriptStep) -> Flown {
        let Flow { protocol, begin, gap, pieces, has_trailers, is_cut, length } = flow;
        let mut at = begin;
        let marks_last = protocol == Protocol::Http2 && !has_trailers;
        let is_chunked = protocol == Protocol::Http1 && (pieces.len() > 1 || has_trailers);
        let length = length.filter(|_| !is_chunked);
        let mut sent = 0u64;
        for (index, piece) in pieces.iter().enumerate() {
            at += gap;
            let is_last_piece = index + 1 == pieces.len();
            let piece = match length {
                // HTTP/1 has only the length to tell where a body ends; what is beyond is another message.
                Some(length) if protocol == Protocol::Http1 => {
                    &piece.slice(..piece.len().min(usize::try_from(length).unwrap_or(usize::MAX)))
                }
                _ => piece,
            };
            let frames = wire::frames(piece, protocol, self.plan.read_limit, is_chunked);
            for (frame_index, frame) in frames.iter().enumerate() {
                let end = marks_last && is_last_piece && frame_index + 1 == frames.len();
                sent += frame.len() as u64;
                if protocol == Protocol::Http2
                    && length.is_some_and(|length| sent > length || end && !is_cut && sent < length)
                {
                    return Flown::Broken { at, in_trailers: false, is_end: end };
                }
                self.plan_part(at, stream, make(frame.clone(), end));
            }
        }
        let is_short = length.is_some_and(|length| sent < length);
        if has_trailers && is_short && !is_cut && protocol == Protocol::Http2 {
            return Flown::Broken { at: at + gap, in_trailers: true, is_end: true };
        }
        if protocol == Protocol::Http1 && !has_trailers && !pieces.is_empty() && !is_short {
            self.plan_part(at, stream, make(Bytes::new(), true));
        }
        Flown::To(at)
    }

    /// Plans the upstream's reply once it has the whole request.
    pub(super) fn answer_if_asked(&mut self, stream: StreamId) {
        let now = self.now();
        let facts = &mut self.proxy.world_mut().streams[stream as usize];
        let is_unreachable = facts.stream.upstream_failure == Some(UpstreamFailure::ConnectionFailure);
        let goes_there = facts.upstream.is_some() || facts.stream.refused_upstream.is_some();
        if is_unreachable && goes_there && !facts.reply_planned && facts.ended.is_none() {
            facts.reply_planned = true;
            return self.plan_step(now, stream, ScriptStep::UpstreamUnreachable);
        }
        if facts.stream.refused_upstream.is_some() && !facts.reply_planned && facts.ended.is_none() {
            facts.reply_planned = true;
            return self.plan_step(now, stream, ScriptStep::UpstreamRefuses);
        }
        let attempts = facts.stream.attempts.saturating_sub(1);
        let exchange = &self.plan.exchanges[usize::from(facts.exchange)];
        let answers_at_once = exchange.reply.of_attempt(attempts).at_once;
        let is_asked = facts.upstream.as_ref().is_some_and(|upstream| {
            // An HTTP/1 upstream waits for as many bytes as it was promised, and for no more (recorded case 29-238).
            let is_complete = match (self.plan.upstream, wire::declared_length(&upstream.headers)) {
                (Protocol::Http1, Some(declared)) => upstream.body.len() >= declared,
                _ => upstream.complete || answers_at_once,
            };
            is_complete && !upstream.reset
        });
        if !is_asked || facts.reply_planned || facts.ended.is_some() {
            return;
        }
        let timeouts = facts.stream.timeouts;
        facts.reply_planned = true;
        // The whole time counts from the first attempt on (recorded case 29-318).
        let whole = timeouts.whole.filter(|_| facts.asked.is_none());
        facts.asked.get_or_insert(now);
        let attempt = facts.stream.attempts;
        let limits =
            [(whole, ScriptStep::UpstreamTimeout), (timeouts.one_try, ScriptStep::TryTimeout { attempt })];
        for (limit, step) in limits {
            if let Some(limit) = limit {
                self.plan_step(now.saturating_add(limit), stream, step);
            }
        }
        let reply = self.reply_of(stream);
        let step = match reply.breaks {
            Some(Break::BeforeHeaders) => ScriptStep::UpstreamReset,
            Some(Break::Never) => return,
            Some(Break::AfterPieces(_)) | None => ScriptStep::ReplyHeaders,
        };
        self.plan_step(now.saturating_add(reply.delay), stream, step);
    }

    pub(super) fn send_reply_headers(&mut self, stream: StreamId) {
        let plan = self.plan;
        let reply = self.reply_of(stream);
        let is_chunked = reply.body.len() > 1 || !reply.trailers.is_empty();
        let framing = match (is_chunked, reply.body.first()) {
            (true, _) => Framing::Chunked,
            (false, _) if matches!(reply.status, 204 | 304) => Framing::None,
            (false, body) => Framing::Length(body.map_or(0, Bytes::len)),
        };
        let (headers, body) = reply.received.get_or_init(|| {
            let headers = wire::received_response(reply.status, &reply.headers, plan.upstream, framing);
            (headers, reply.body.concat().into())
        });
        let mut headers = headers.clone();
        if plan.adds_headers {
            let asked = self.proxy.world().stream(stream).and_then(|facts| facts.asked);
            let took = asked.map_or(0, |asked| self.now().saturating_sub(asked)) / 1_000_000;
            headers.set_in_place(b"x-envoy-upstream-service-time", took.to_string().as_bytes());
        }
        let cut = match reply.breaks {
            Some(Break::AfterPieces(pieces)) => Some(pieces.min(reply.body.len())),
            _ => None,
        };
        let asked = self.proxy.world().streams[stream as usize].upstream.as_ref();
        let is_head = asked.is_some_and(|out| out.headers.text(":method") == Some("HEAD"));
        // An HTTP/1 codec reads no body after HEAD, whatever comes (recorded case 29-231).
        let is_over = plan.upstream == Protocol::Http1 && is_head;
        let end = cut.is_none() && (is_over || has_no_body(plan.upstream, &reply.body, &reply.trailers));
        let now = self.now();
        let world = self.proxy.world_mut();
        world.trace.step(Step::ResponseHeaders { status: u32::from(reply.status) });
        let is_bodiless = is_head || matches!(reply.status, 204 | 304);
        let exact = plan.exact_lengths;
        let is_good = wire::is_good_response(reply.status, &reply.headers, end, is_head, exact);
        if plan.upstream == Protocol::Http2 && !is_good {
            return self.break_reply(stream, true);
        }
        if plan.upstream == Protocol::Http2 && reply.status == 204 {
            headers.remove("content-length");
        }
        if plan.upstream == Protocol::Http1 && plan.downstream == Protocol::Http1 {
            // Between two such connections it goes no further than this (recorded case 29-054).
            headers.remove("keep-alive");
        }
        if self.retries(stream, Attempt::Answered { headers: &headers, ends: end }) {
            return;
        }
        let facts = &mut self.proxy.world_mut().streams[stream as usize];
        facts.reply_ended = end.then_some(now);
        facts.note_received(Direction::Response, &headers);
        if let Some(received) = &mut facts.reply {
            received.message.body = if is_over { Bytes::new() } else { body.clone() };
            received.message.trailers = (!reply.trailers.is_empty() && !is_over)
                .then(|| wire::received_trailers(MapKind::ResponseTrailers, &reply.trailers));
        }
        if end {
            return self.proxy.receive_headers(stream, Direction::Response, headers, true);
        }
        let together = plan.upstream == Protocol::Http1 && !is_chunked;
        let gap = if together { 0 } else { reply.gap };
        let pieces = &reply.body[..cut.unwrap_or(reply.body.len())];
        let make = |bytes, end: bool| ScriptStep::ReplyData { bytes, end: end && cut.is_none() };
        let flow = Flow {
            protocol: plan.upstream,
            begin: now,
            gap,
            pieces,
            has_trailers: !reply.trailers.is_empty(),
            is_cut: cut.is_some(),
            // An HTTP/1 upstream's answer ends where the scenario says so.
            length: wire::expected_length(&reply.headers, is_bodiless)
                .filter(|_| plan.upstream == Protocol::Http2 && exact),
        };
        match self.plan_body(stream, flow, make) {
            Flown::Broken { at, is_end, .. } => {
                self.plan_step(at, stream, ScriptStep::ReplyMalformed { is_end });
            }
            Flown::To(last) if cut.is_some() => self.plan_step(last + gap, stream, ScriptStep::UpstreamReset),
            Flown::To(last) if !reply.trailers.is_empty() => {
                self.plan_part(last + reply.trailers_gap, stream, ScriptStep::ReplyTrailers);
            }
            Flown::To(_) => {}
        }
        self.proxy.receive_headers(stream, Direction::Response, headers, false);
        if plan.upstream == Protocol::Http2 {
            for entries in &reply.metadata {
                self.proxy.receive_metadata(stream, Direction::Response, *entries);
            }
        }
    }
}

/// A body on its way to the proxy.
struct Flow<'a> {
    protocol: Protocol,
    begin: u64,
    gap: u64,
    pieces: &'a [Bytes],
    has_trailers: bool,
    /// It breaks off after these pieces.
    is_cut: bool,
    /// How many bytes it must have, if anything says so.
    length: Option<u64>,
}

/// How far it comes.
enum Flown {
    /// To its end, at this time.
    To(u64),
    /// To where it is not as long as it must be: the codec takes no more.
    /// `is_end`: there it would have been over.
    Broken { at: u64, in_trailers: bool, is_end: bool },
}

/// What Envoy's codec makes of a request.
fn receive(request: &PlannedRequest, protocol: Protocol, exact_lengths: bool) -> ReceivedRequest {
    let head = RequestHead {
        method: &request.method,
        scheme: &request.target.scheme,
        authority: &request.target.authority,
        path: &request.target.path,
        headers: &request.headers,
    };
    let length = request.body.first().filter(|_| !is_chunked(request)).map(Bytes::len);
    let decoded = wire::decoded_request(&head, protocol, length);
    let ends = exact_lengths && has_no_body(protocol, &request.body, &request.trailers);
    let sends_chunks = exact_lengths && is_chunked(request);
    let refusal = wire::refusal(&head, &decoded, protocol, ends, sends_chunks);
    let headers = match refusal {
        Some(Refusal::Reply { reached: Reached::Manager, .. }) => decoded,
        _ => wire::admitted_request(decoded, protocol, request.is_secure),
    };
    ReceivedRequest { headers, refusal, body: request.body.concat().into() }
}

/// Whether an HTTP/1 client sends the body of this request in chunks.
fn is_chunked(request: &PlannedRequest) -> bool {
    request.body.len() > 1 || !request.trailers.is_empty()
}

/// Whether a message ends with its headers. HTTP/1 says so by a length of 0, too.
fn has_no_body(protocol: Protocol, body: &[Bytes], trailers: &[(Bytes, Bytes)]) -> bool {
    let is_empty = match (protocol, body) {
        (Protocol::Http1, [whole]) => whole.is_empty(),
        (_, pieces) => pieces.is_empty(),
    };
    is_empty && trailers.is_empty()
}
