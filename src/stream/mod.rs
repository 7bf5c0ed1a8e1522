//! Envoy's HTTP filter-chain rules as a state machine without wasm: phases, pauses, buffering, local replies, and what
//! a filter can reach when.
//!
//! The rules are those of Envoy 1.40 (`host-spec`, sections 2.13 and 5), seen in recorded runs of a real one. The
//! functions here drive one [`Stream`] through a [`Surroundings`], which runs the filters and stands at both ends:
//!
//! ```text
//!  client ──> receive_* ──> filter 0 ──> filter 1 ──> router ──> Surroundings::to_upstream
//!  client <── Surroundings::to_client <── filter 0 <── filter 1 <── receive_* <── upstream
//! ```
//!
//! A filter that stops a direction holds what arrives; [`resume`] lets it go on. Recursion mirrors Envoy's own: a
//! resume inside a callback runs the rest of the chain before the callback's answer is acted upon.

mod access;
mod mark;
mod reply;
mod retry;
mod router;
mod rules;
mod side;
pub mod tcp;
#[cfg(test)]
mod tests;
pub mod wire;

pub use access::MapAccess;
pub use reply::{LocalReply, grpc_status_of, percent_encode, reply};
pub use retry::{Attempt, Retries, ask_again, retry};
pub use router::{RESPONSE_TIMEOUT, Route, Routes, Timeouts, refusal, refuse_waiting, set_scheme};
pub use rules::{receive_data, receive_headers, receive_metadata, receive_trailers, reset, resume};
pub use side::{FilterSide, Iteration, Side, View};

use std::sync::Arc;

use crate::abi::{DataStatus, HeadersStatus, TrailersStatus};
use crate::http::{HeaderMap, Protocol};
use crate::trace::{Direction, Finding, StreamAction};

/// Who runs the filters of a stream, and what lies behind its two ends.
pub trait Surroundings {
    /// The stream that is driven. It must be the same one throughout.
    fn stream(&mut self) -> &mut Stream;

    /// Runs a headers callback and everything that the guest scheduled in it, and gives its answer.
    fn on_headers(&mut self, filter: usize, direction: Direction, end_of_stream: bool) -> HeadersStatus;
    /// The same for a piece of the body.
    fn on_data(&mut self, filter: usize, direction: Direction, end_of_stream: bool) -> DataStatus;
    /// The same for trailers.
    fn on_trailers(&mut self, filter: usize, direction: Direction) -> TrailersStatus;

    /// Tells a filter of HTTP/2 METADATA with so many entries; nobody asks what it answers.
    fn on_metadata(&mut self, filter: usize, direction: Direction, entries: u32);

    /// Takes what left the last filter of the request path.
    fn to_upstream(&mut self, part: Passed);
    /// Takes what left the last filter of the response path.
    fn to_client(&mut self, part: Passed);
    /// Tells that the upstream request is given up.
    fn reset_upstream(&mut self);
    /// Tells that the stream is over, so that its filters can log and be deleted. Called once. Callbacks of the
    /// stream may be on the stack.
    fn end(&mut self, how: End);
    /// Takes a reply to a request that the same callback has reset.
    fn answer_in_vain(&mut self, reply: LocalReply);

    fn record(&mut self, action: StreamAction);
    fn report(&mut self, finding: Finding);
}

/// Why a request gets to no upstream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UpstreamFailure {
    /// The cluster has no endpoint.
    NoEndpoint,
    /// Nobody listens at the endpoint.
    ConnectionFailure,
}

/// Bits of `response.flags` (Envoy's `CoreResponseFlag`).
pub mod flags {
    pub const NO_HEALTHY_UPSTREAM: i64 = 0x2;
    pub const UPSTREAM_TIMEOUT: i64 = 0x4;
    pub const UPSTREAM_RESET: i64 = 0x10;
    pub const UPSTREAM_CONNECTION_FAILURE: i64 = 0x20;
    pub const UPSTREAM_CLOSED: i64 = 0x40;
    pub const NO_ROUTE: i64 = 0x100;
    pub const UPSTREAM_RETRY_LIMIT_EXCEEDED: i64 = 0x8000;
    pub const CLIENT_LEFT: i64 = 0x4000;
    pub const PROTOCOL_ERROR: i64 = 0x4_0000;
    pub const UPSTREAM_PROTOCOL_ERROR: i64 = 0x80_0000;
}

/// A part of a message on its way out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Passed {
    Headers { headers: HeaderMap, end_of_stream: bool },
    Data { bytes: Vec<u8>, end_of_stream: bool },
    Trailers(HeaderMap),
}

/// How a stream ended for the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The answer was sent to its end.
    Complete,
    /// The stream was reset by the proxy; `true` when a filter asked for it.
    Reset { by_filter: bool },
    /// The client left.
    ClientLeft,
}

/// One filter's place on a stream.
#[derive(Clone, Debug, Default)]
pub struct Slot {
    pub request: FilterSide,
    pub response: FilterSide,
    /// The callback for headers or a body under way, or the last one of either direction, had the end-of-stream mark.
    pub end_of_stream: bool,
}

impl Slot {
    pub fn side(&self, direction: Direction) -> &FilterSide {
        match direction {
            Direction::Request => &self.request,
            Direction::Response => &self.response,
        }
    }

    pub fn side_mut(&mut self, direction: Direction) -> &mut FilterSide {
        match direction {
            Direction::Request => &mut self.request,
            Direction::Response => &mut self.response,
        }
    }
}

/// A request and its response on their way through the filters.
#[derive(Clone, Debug)]
pub struct Stream {
    pub request: Side,
    pub response: Side,
    /// One slot for each filter, in the order of the chain.
    pub slots: Vec<Slot>,
    /// Protocol of the client's connection.
    pub protocol: Protocol,
    /// Most bytes that a direction may hold in buffer mode.
    pub buffer_limit: usize,
    /// The client's HTTP/1 connection ends with the answer.
    pub closes: bool,
    pub routes: Routes,
    /// The route found for the present request headers; `None` after they changed.
    pub route: Option<Arc<Route>>,
    /// The route found last, which properties show until another one is looked for.
    pub route_found: Option<Arc<Route>>,
    /// `response.code` of Envoy: that of the answer as it came or was made, until its headers are sent.
    pub code: Option<u32>,
    /// `response.flags` of Envoy.
    pub flags: i64,
    /// How often the upstream was asked.
    pub attempts: u32,
    /// Why no upstream could be asked.
    pub upstream_failure: Option<UpstreamFailure>,
    /// The filter that reads the finished messages (`on_log`).
    pub logging: Option<usize>,
    /// Who made the response, and its `response.code_details`.
    pub details: Option<String>,
    /// The response was made by a filter or the host. The filter, if it was one.
    pub local_reply: Option<Option<usize>>,
    /// There is a connection to the upstream already: what goes there need not wait for one.
    pub has_connection: bool,
    /// The answer to a request that the codec towards the upstream will refuse as soon as there is a connection.
    pub refused_upstream: Option<LocalReply>,
    /// The request has reached the upstream.
    pub upstream_started: bool,
    /// Nothing is to be had from the upstream any more: it reset its stream, or was given up.
    pub upstream_over: bool,
    /// How long the upstream may take to answer.
    pub timeouts: Timeouts,
    /// Envoy's own additions are made.
    pub adds_headers: bool,
    /// Whether and when the upstream is asked again.
    retries: Option<Retries>,
    /// It gave an answer that was retried.
    gave_retried_answer: bool,
    prepared: Option<LocalReply>,
    over: Option<End>,
    /// How it ended, until the surroundings were told.
    ending: Option<End>,
    /// The surroundings were told of the end.
    was_told: bool,
    /// What the client sent is being read by an HTTP/2 codec, which writes only afterwards.
    dispatching: bool,
    /// The last filter of the response path has been given the end of the answer.
    answer_ends: bool,
    /// The answer began while the codec could not write.
    began_unwritten: bool,
    /// How often the rules are on the stack.
    entered: u32,
    is_head: bool,
    is_grpc: bool,
}

impl Stream {
    pub fn new(filters: usize, protocol: Protocol, buffer_limit: usize, routes: Routes) -> Self {
        Self {
            request: Side::default(),
            response: Side::default(),
            slots: vec![Slot::default(); filters],
            protocol,
            buffer_limit,
            closes: false,
            routes,
            route: None,
            route_found: None,
            code: None,
            flags: 0,
            attempts: 0,
            upstream_failure: None,
            logging: None,
            details: None,
            local_reply: None,
            has_connection: false,
            refused_upstream: None,
            upstream_started: false,
            upstream_over: false,
            timeouts: Timeouts::default(),
            adds_headers: false,
            retries: None,
            gave_retried_answer: false,
            prepared: None,
            over: None,
            ending: None,
            was_told: false,
            dispatching: false,
            began_unwritten: false,
            answer_ends: false,
            entered: 0,
            is_head: false,
            is_grpc: false,
        }
    }

    pub fn side(&self, direction: Direction) -> &Side {
        match direction {
            Direction::Request => &self.request,
            Direction::Response => &self.response,
        }
    }

    pub fn side_mut(&mut self, direction: Direction) -> &mut Side {
        match direction {
            Direction::Request => &mut self.request,
            Direction::Response => &mut self.response,
        }
    }

    /// Notes the headers of the request, and what they say of its answer.
    pub fn take_request(&mut self, headers: HeaderMap) {
        self.is_head = headers.text(":method") == Some("HEAD");
        let kind = headers.text("content-type").and_then(|kind| kind.strip_prefix("application/grpc"));
        self.is_grpc = kind.is_some_and(|rest| rest.is_empty() || rest.starts_with('+'));
        self.request.headers = Some(headers);
    }

    /// How the stream ended, once it has.
    pub fn ended(&self) -> Option<End> {
        self.over
    }

    fn note_answer_end(&mut self, direction: Direction, filter: usize, end: bool) {
        self.answer_ends |= end && direction == Direction::Response && filter == 0;
    }

    /// Whether nothing of the answer is on its way to the client yet.
    pub fn is_unwritten(&self) -> bool {
        self.dispatching && self.began_unwritten
    }

    /// Whether the client's request counts as gRPC (`content-type: application/grpc…`).
    pub fn is_grpc(&self) -> bool {
        self.is_grpc
    }

    /// The filter that holds this direction, if one does. The first one in the direction's order.
    pub fn paused_by(&self, direction: Direction) -> Option<usize> {
        self.order(direction)
            .find(|filter| self.slots[*filter].side(direction).iteration != Iteration::Running)
    }

    /// Whether a body has come that the filter which stopped this direction in its headers was never shown.
    pub fn has_unseen_body(&self, direction: Direction) -> bool {
        let stopped = self.paused_by(direction).map(|filter| self.slots[filter].side(direction));
        let in_headers = stopped.is_some_and(|own| own.iteration.stops_all() && !own.headers_continued);
        in_headers && self.side(direction).received > 0
    }

    /// The filters in the order in which this direction passes them.
    fn order(&self, direction: Direction) -> impl Iterator<Item = usize> + use<> {
        let count = self.slots.len();
        (0..count).map(move |index| match direction {
            Direction::Request => index,
            Direction::Response => count - 1 - index,
        })
    }

    fn is_in_callback(&self, direction: Direction) -> bool {
        self.side(direction).callbacks_running > 0
    }
}
