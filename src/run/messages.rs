//! What client and upstream send in a run, and when.

use bytes::Bytes;

use super::driver::{Driver, ScriptStep};
use super::{Break, PlannedExchange, PlannedRequest, ReceivedRequest};
use crate::host::{Outgoing, StreamId};
use crate::http::{HeaderMap, MapKind, Protocol};
use crate::stream::UpstreamFailure;
use crate::stream::wire::{self, Framing, Refusal, RequestHead};
use crate::trace::{Direction, Step};

impl Driver<'_> {
    /// The head of a request as the first filter sees it, and why it does not get there, if so.
    pub(super) fn received(&mut self, request: &PlannedRequest) -> (HeaderMap, Option<Refusal>) {
        let plan = self.plan;
        let received = request.received.get_or_init(|| receive(request, plan.downstream));
        let mut headers = received.headers.clone();
        if plan.adds_headers && headers.get("x-request-id").is_none() {
            let world = self.proxy.world_mut();
            let id = wire::request_id(world.next_random(), world.next_random());
            headers.add(b"x-request-id", id.as_bytes());
        }
        (headers, received.refusal)
    }

    pub(super) fn send_request(&mut self, stream: StreamId, exchange: &PlannedExchange, headers: HeaderMap) {
        let plan = self.plan;
        let request = &exchange.request;
        let end = has_no_body(plan.downstream, &request.body, &request.trailers);
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
        let make = |bytes, end| ScriptStep::RequestData { bytes, end };
        let last = self.plan_body(stream, now, gap, plan.downstream, &request.body, &request.trailers, make);
        if !request.trailers.is_empty() {
            self.plan_step(last + gap, stream, ScriptStep::RequestTrailers);
        }
        self.proxy.receive_headers(stream, Direction::Request, headers, false);
        if plan.downstream == Protocol::Http2 {
            for entries in &request.metadata {
                self.proxy.receive_metadata(stream, Direction::Request, *entries);
            }
        }
        self.after_step(stream);
    }

    /// Plans the pieces of a body, cut as the codec cuts them, and gives the time of the last one.
    #[expect(
        clippy::too_many_arguments,
        reason = "one call for each direction; a struct would only rename them"
    )]
    fn plan_body(
        &mut self,
        stream: StreamId,
        begin: u64,
        gap: u64,
        protocol: Protocol,
        pieces: &[Bytes],
        trailers: &[(Bytes, Bytes)],
        make: impl Fn(Bytes, bool) -> ScriptStep,
    ) -> u64 {
        let mut at = begin;
        let marks_last = protocol == Protocol::Http2 && trailers.is_empty();
        let is_chunked = protocol == Protocol::Http1 && (pieces.len() > 1 || !trailers.is_empty());
        for (index, piece) in pieces.iter().enumerate() {
            at += gap;
            let is_last_piece = index + 1 == pieces.len();
            let frames = wire::frames(piece, protocol, self.plan.read_limit, is_chunked);
            for (frame_index, frame) in frames.iter().enumerate() {
                let end = marks_last && is_last_piece && frame_index + 1 == frames.len();
                self.plan_step(at, stream, make(frame.clone(), end));
            }
        }
        if protocol == Protocol::Http1 && trailers.is_empty() && !pieces.is_empty() {
            self.plan_step(at, stream, make(Bytes::new(), true));
        }
        at
    }

    /// Plans the upstream's reply once it has the whole request.
    pub(super) fn answer_if_asked(&mut self, stream: StreamId) {
        let now = self.now();
        let facts = &mut self.proxy.world_mut().streams[stream as usize];
        let is_unreachable = facts.stream.upstream_failure == Some(UpstreamFailure::ConnectionFailure);
        if is_unreachable && facts.upstream.is_some() && !facts.reply_planned && facts.ended.is_none() {
            facts.reply_planned = true;
            return self.plan_step(now, stream, ScriptStep::UpstreamUnreachable);
        }
        let answers_at_once = self.plan.exchanges[usize::from(facts.exchange)].reply.at_once;
        let is_short = |out: &Outgoing| wire::declared_length(&out.headers) > Some(out.body.len());
        let is_asked = facts.upstream.as_ref().is_some_and(|upstream| {
            // An HTTP/1 upstream waits for as many bytes as it was promised.
            let waits = self.plan.upstream == Protocol::Http1 && is_short(upstream);
            (upstream.complete || answers_at_once) && !upstream.reset && !waits
        });
        if !is_asked || facts.reply_planned || facts.ended.is_some() {
            return;
        }
        let timeout = facts.stream.upstream_timeout;
        facts.reply_planned = true;
        if let Some(timeout) = timeout {
            self.plan_step(now.saturating_add(timeout), stream, ScriptStep::UpstreamTimeout);
        }
        let reply = &self.exchange_of(stream).reply;
        let step = match reply.breaks {
            Some(Break::BeforeHeaders) => ScriptStep::UpstreamReset,
            Some(Break::Never) => return,
            Some(Break::AfterPieces(_)) | None => ScriptStep::ReplyHeaders,
        };
        self.plan_step(now.saturating_add(reply.delay), stream, step);
    }

    pub(super) fn send_reply_headers(&mut self, stream: StreamId) {
        let plan = self.plan;
        let exchange = self.exchange_of(stream);
        let reply = &exchange.reply;
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
            let took = reply.delay / 1_000_000;
            headers.add(b"x-envoy-upstream-service-time", took.to_string().as_bytes());
        }
        let cut = match reply.breaks {
            Some(Break::AfterPieces(pieces)) => Some(pieces.min(reply.body.len())),
            _ => None,
        };
        let end = cut.is_none() && has_no_body(plan.upstream, &reply.body, &reply.trailers);
        let now = self.now();
        let world = self.proxy.world_mut();
        world.trace.step(Step::ResponseHeaders { status: u32::from(reply.status) });
        let facts = &mut world.streams[stream as usize];
        facts.reply_ended = end.then_some(now);
        facts.note_received(Direction::Response, &headers);
        if let Some(received) = &mut facts.reply {
            received.message.body = body.clone();
            received.message.trailers = (!reply.trailers.is_empty())
                .then(|| wire::received_trailers(MapKind::ResponseTrailers, &reply.trailers));
        }
        if end {
            return self.proxy.receive_headers(stream, Direction::Response, headers, true);
        }
        let together = plan.upstream == Protocol::Http1 && !is_chunked;
        let gap = if together { 0 } else { reply.gap };
        let pieces = &reply.body[..cut.unwrap_or(reply.body.len())];
        let make = |bytes, end: bool| ScriptStep::ReplyData { bytes, end: end && cut.is_none() };
        let last = self.plan_body(stream, now, gap, plan.upstream, pieces, &reply.trailers, make);
        if cut.is_some() {
            self.plan_step(last + gap, stream, ScriptStep::UpstreamReset);
        } else if !reply.trailers.is_empty() {
            self.plan_step(last + gap, stream, ScriptStep::ReplyTrailers);
        }
        self.proxy.receive_headers(stream, Direction::Response, headers, false);
        if plan.upstream == Protocol::Http2 {
            for entries in &reply.metadata {
                self.proxy.receive_metadata(stream, Direction::Response, *entries);
            }
        }
    }
}

/// What Envoy's codec makes of a request.
fn receive(request: &PlannedRequest, protocol: Protocol) -> ReceivedRequest {
    let head = RequestHead {
        method: &request.method,
        scheme: &request.target.scheme,
        authority: &request.target.authority,
        path: &request.target.path,
        headers: &request.headers,
    };
    let length = request.body.first().filter(|_| !is_chunked(request)).map(Bytes::len);
    let headers = wire::received_request(&head, protocol, length);
    let refusal = wire::refusal(&head, &headers, protocol);
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
