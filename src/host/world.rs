//! What all guests of a run share.

use std::collections::HashMap;
use std::ops::Range;

use bytes::Bytes;

use super::callouts::{Callouts, Names};
use super::metrics::Metrics;
use super::recent::Recent;
use super::schedule::Schedule;
use super::shared::{Queues, SharedData};
use super::{FilterState, ProxyFacts, StopHandle};
use crate::abi::{Callback, LogLevel};
use crate::http::{HeaderMap, Message, Protocol};
use crate::scenario::WallTime;
use crate::stream::{End, Stream, tcp};
use crate::trace::{
    Change, ChangeOp, ClosedBy, Direction, EventId, LimitKind, Part, PeerEnd, Received, Recorder, Sent,
};

/// Number of a stream within a run, from 0.
pub type StreamId = u32;

/// Streams, shared state, clock and trace of a run.
#[derive(Debug, Default)]
pub struct World {
    /// When a request went to the upstream for the first time. From then on there is a connection.
    pub first_forwarded: Option<u64>,
    /// How the proxy speaks to the upstream.
    pub upstream: Protocol,
    pub trace: Recorder,
    pub schedule: Schedule,
    pub streams: Vec<StreamFacts>,
    pub connections: Vec<ConnectionFacts>,
    pub shared_data: SharedData,
    pub queues: Queues,
    pub metrics: Metrics,
    pub callouts: Callouts,
    pub names: Names,
    pub facts: ProxyFacts,
    pub log_level: Option<LogLevel>,
    /// The proxy adds headers of its own, as Envoy does by default.
    pub adds_headers: bool,
    /// Wall clock when the run began.
    pub started: WallTime,
    /// The second for which a date was written last, and the date.
    pub date: (u64, String),
    /// State of the generator behind everything that is random in a real proxy.
    pub random: u64,
    /// How often guests read the clock.
    pub clock_readings: u64,
    pub recent: Recent,
    pub stop: StopHandle,
    /// Guest time left before the limit of this kind, in nanoseconds.
    pub budget: Budget,
    /// The filter, and its callback, that failed after it could not get more memory.
    pub out_of_memory: Option<(u16, Callback)>,
}

/// Guest time that may still be used.
#[derive(Clone, Copy, Debug)]
pub struct Budget {
    pub nanos: u64,
    pub limit: LimitKind,
}

impl Default for Budget {
    fn default() -> Self {
        Self { nanos: u64::MAX, limit: LimitKind::StartTime }
    }
}

/// A message on its way out, so far as it left the last filter.
#[derive(Debug)]
pub struct Outgoing {
    pub headers: HeaderMap,
    pub body: Vec<u8>,
    pub trailers: Option<HeaderMap>,
    pub complete: bool,
    pub reset: bool,
    /// The headers were the end of the message.
    pub headers_only: bool,
}

impl Outgoing {
    /// Begins with headers; `complete` when nothing follows.
    pub fn new(headers: HeaderMap, complete: bool) -> Self {
        let body = Vec::new();
        Self { headers, body, trailers: None, complete, reset: false, headers_only: complete }
    }
}

impl From<Outgoing> for Sent {
    fn from(out: Outgoing) -> Self {
        let Outgoing { headers, body, trailers, complete, reset, headers_only: _ } = out;
        Self { headers, body: body.into(), trailers, complete, reset }
    }
}

/// A stream with what only the host knows about it.
#[derive(Debug)]
pub struct StreamFacts {
    pub stream: Stream,
    /// Number of the request in the run.
    pub exchange: u16,
    /// When the head of the request arrived, in nanoseconds since the run began.
    pub started: u64,
    /// When the stream ended.
    pub ended: Option<(u64, End)>,
    /// When the upstream had the whole request for the first time.
    pub asked: Option<u64>,
    /// When the upstream got the request's headers.
    pub forwarded: Option<u64>,
    /// The upstream has begun to answer.
    pub answered: bool,
    /// The upstream has the whole request: its answer is on the way.
    pub reply_planned: bool,
    /// An HTTP/1 client has all of its answer and is about to leave.
    pub client_is_done: bool,
    /// When the upstream's reply ended.
    pub reply_ended: Option<u64>,
    /// Where the request says that it comes from, with a port; `None`: from the client's own address.
    pub source: Option<String>,
    /// The request as the first filter saw it.
    pub request: Option<Message>,
    /// The reply as the first response filter saw it.
    pub reply: Option<Received>,
    pub upstream: Option<Outgoing>,
    /// The requests that the upstream got before.
    pub retried: Vec<Outgoing>,
    pub downstream: Option<Outgoing>,
    /// Objects that filters set.
    pub filter_state: FilterState,
    /// What each filter, by its place in the chain, has read of a body.
    pub body_reads: HashMap<(usize, Direction), BodyReads>,
    /// What the guests know of this stream, by place in the chain.
    pub contexts: Vec<super::proxy::FilterContext>,
}

/// What a filter has read of a body, counted from the body's beginning.
#[derive(Debug, Default)]
pub struct BodyReads {
    /// Bytes that had come when it read, and where it stopped.
    last: Option<(u64, u64)>,
    /// It changed the body, so that places in its buffer are no places of the body any more.
    is_changed: bool,
    was_told: bool,
    /// It has read something that is compressed.
    pub saw_compressed: bool,
}

impl BodyReads {
    /// Notes a read from a buffer of `size` bytes, when `received` had come. Whether it is the first one that brought
    /// new bytes and known ones together.
    pub fn read(&mut self, received: u64, size: u64, range: Range<usize>) -> bool {
        let before = received.saturating_sub(size);
        let (start, end) = (before + range.start as u64, before + range.end as u64);
        let last = self.last.replace((received, end));
        let is_again = last.is_some_and(|(had, stopped)| had < received && start < stopped && stopped < end);
        let is_told = is_again && !self.is_changed && !self.was_told;
        self.was_told |= is_told;
        is_told
    }

    /// The filter changed the body.
    pub fn changed(&mut self) {
        self.is_changed = true;
    }
}

/// A TCP connection with what only the host knows about it.
#[derive(Debug)]
pub struct ConnectionFacts {
    pub connection: tcp::Connection,
    /// Number of the connection in the run.
    pub number: usize,
    /// When the client connected, in nanoseconds since the run began.
    pub started: u64,
    /// Who ended it, once it is over.
    pub closed_by: Option<ClosedBy>,
    /// The direction that was held when it ended, the filter, and the callback in which it stopped it.
    pub held: Option<(Direction, usize, Callback)>,
    pub client: PeerFacts,
    pub upstream: PeerFacts,
    /// Objects that filters set, by their full name (`wasm.…`).
    pub filter_state: FilterState,
    /// What the guests know of this connection, by place in the chain.
    pub contexts: Vec<super::proxy::FilterContext>,
}

/// One end of a TCP connection.
#[derive(Debug, Default)]
pub struct PeerFacts {
    pub sent: Vec<u8>,
    pub received: Vec<u8>,
    pub end: PeerEnd,
}

impl ConnectionFacts {
    /// The end that sends bytes of this direction.
    pub fn peer_mut(&mut self, direction: Direction) -> &mut PeerFacts {
        match direction {
            Direction::Request => &mut self.client,
            Direction::Response => &mut self.upstream,
        }
    }
}

impl World {
    /// Nanoseconds since the run began.
    pub fn now(&self) -> u64 {
        self.trace.now
    }

    /// Whether an earlier request has had a connection to the upstream made.
    pub fn has_connection(&self) -> bool {
        self.first_forwarded.is_some_and(|first| first < self.now())
    }

    /// A request to the upstream broke off: an HTTP/1 connection ends with it, and the next request needs another one.
    pub fn lose_connection(&mut self) {
        if self.upstream == Protocol::Http1 {
            self.first_forwarded = None;
        }
    }

    /// The time that a guest reads, in nanoseconds since the run began.
    ///
    /// Each reading is a microsecond later than the one before: a guest that waits for time to pass, as Go's runtime
    /// does, would otherwise wait for ever inside one callback.
    pub fn read_clock(&mut self) -> u64 {
        self.clock_readings += 1;
        self.now().saturating_add(self.clock_readings * 1_000)
    }

    /// The wall clock.
    pub fn wall(&self) -> WallTime {
        WallTime(self.started.0.saturating_add(self.now()))
    }

    /// The wall clock as HTTP writes dates. It is written once a second, as in Envoy: a request takes less.
    pub fn date(&mut self) -> &str {
        let wall = self.wall();
        let second = wall.0 / 1_000_000_000;
        if self.date.1.is_empty() || self.date.0 != second {
            self.date = (second, wall.http_date());
        }
        &self.date.1
    }

    pub fn stream(&self, id: StreamId) -> Option<&StreamFacts> {
        self.streams.get(id as usize)
    }

    /// The next random number: SplitMix64, small and the same everywhere.
    pub fn next_random(&mut self) -> u64 {
        self.random = self.random.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.random;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// Notes a change of shared state by the host call under way.
    pub fn note(
        &mut self,
        exchange: Option<u16>,
        part: Part,
        op: ChangeOp,
        name: Bytes,
        before: Option<Bytes>,
        after: Option<Bytes>,
    ) {
        self.trace.change(|event: EventId| Change {
            event,
            exchange,
            part,
            op,
            name,
            before,
            after,
            offset: 0,
        });
    }
}
