//! One entry of a trace.

use std::num::NonZeroU32;
use std::ops::Range;

use super::{ClosedBy, Direction, LimitKind};
use crate::abi::{Callback, HostCall, LogLevel};

/// Place of an event in its trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventId(NonZeroU32);

impl EventId {
    pub fn from_index(index: usize) -> Self {
        let number = u32::try_from(index).unwrap_or(u32::MAX - 1) + 1;
        Self(NonZeroU32::new(number).unwrap_or(NonZeroU32::MIN))
    }

    /// Place in [`super::Trace::events`], from 0.
    pub fn index(self) -> usize {
        self.0.get() as usize - 1
    }
}

/// A stretch of one of the trace's arenas.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Span {
    pub start: u32,
    pub len: u32,
}

impl Span {
    pub fn range(self) -> Range<usize> {
        self.start as usize..self.start as usize + self.len as usize
    }
}

/// Bytes that a host call read from or wrote to guest memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Payload {
    /// Which parameter of the call they belong to: its place in the ABI's table.
    pub param: u8,
    /// Length of the whole value in bytes; `bytes` may be cut at [`super::TraceLimits::payload`].
    pub full_len: u32,
    pub(super) owner: EventId,
    pub(super) bytes: Span,
}

/// What became of a host call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Returned {
    /// It never returned to the guest: the guest was stopped inside it.
    Never,
    /// It has no result.
    Nothing,
    /// Its result: a status of the ABI, or an errno for WASI.
    Number(u32),
}

/// Where a log line came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channel {
    /// `proxy_log`
    Log,
    /// File descriptor 1, shown as info.
    Stdout,
    /// File descriptor 2, shown as error.
    Stderr,
    /// The host itself, such as a trap report.
    Host,
}

/// What happened to a stream because of the filters, by Envoy's rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StreamAction {
    /// A filter stopped this direction in this callback.
    Paused {
        direction: Direction,
        filter: u16,
        callback: Callback,
    },
    /// A filter let it go on.
    Resumed {
        direction: Direction,
        filter: u16,
    },
    /// Headers left the last filter of this direction, or are sent again.
    HeadersSent {
        direction: Direction,
        end_of_stream: bool,
    },
    /// Bytes left the last filter of this direction.
    BodySent {
        direction: Direction,
        bytes: u32,
        end_of_stream: bool,
    },
    TrailersSent {
        direction: Direction,
    },
    /// A filter answered the client itself. Replies by the host have `filter: None`.
    LocalReply {
        filter: Option<u16>,
        status: u32,
    },
    /// The stream was reset; `true` when a filter asked for it.
    Reset {
        by_filter: bool,
    },
    /// The upstream's answer, or that there is none, stays hidden from the filters: it will be asked again.
    Retried {
        /// Number of the request to come, from 2.
        attempt: u32,
        /// How many there may be in all.
        most: u32,
        /// Time until then in nanoseconds.
        wait: u64,
    },
    /// The route was chosen anew after a change of the request headers.
    RouteChosen,
    /// All filters let a TCP connection pass, and the proxy connected to the upstream.
    UpstreamConnected,
    /// Bytes of a TCP connection, or their end, left the last filter of this direction.
    DataSent {
        direction: Direction,
        bytes: u32,
        end_of_stream: bool,
    },
    ConnectionClosed {
        by: ClosedBy,
    },
}

/// What the scenario did, as opposed to the filters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// A filter's VM begins to start.
    Start {
        filter: u16,
    },
    /// The client sent the head of request `exchange`.
    RequestHeaders {
        exchange: u16,
    },
    RequestBody {
        bytes: u32,
        end_of_stream: bool,
    },
    RequestTrailers,
    /// The upstream answered.
    ResponseHeaders {
        status: u32,
    },
    ResponseBody {
        bytes: u32,
        end_of_stream: bool,
    },
    ResponseTrailers,
    UpstreamReset,
    /// The client opened a TCP connection.
    Connect,
    /// An end of the connection sent bytes: the client (towards the upstream) or the upstream (towards the client).
    PeerSends {
        direction: Direction,
        bytes: u32,
        /// They were its last.
        end_of_stream: bool,
    },
    /// It sends nothing more.
    PeerEnds {
        direction: Direction,
    },
    /// It closed its socket.
    PeerCloses {
        direction: Direction,
    },
    /// It aborted the connection.
    PeerResets {
        direction: Direction,
    },
    /// The client did not wait any longer.
    ClientLeft,
    Tick,
    QueueReady,
    CalloutAnswered {
        token: u32,
    },
    /// The proxy shuts the plugins down.
    Shutdown,
}

/// A mistake that Envoy would punish or let pass in silence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finding {
    /// `continue_stream` where nothing was paused: Envoy sends the message twice or crashes. Ignored here.
    ContinueWithoutPause { direction: Direction },
    /// `continue_stream` and a pause from one callback: the resume ran first.
    ContinueThenPause { direction: Direction },
    /// A local reply from `on_log` or `on_done`: Envoy crashes. Ignored here.
    LocalReplyAfterEnd,
    /// `close_stream` from `on_log`, `on_done` or `on_delete`: Envoy crashes. Ignored here.
    CloseAfterEnd,
    /// The declared content-length is not the number of body bytes that were sent.
    StaleContentLength { direction: Direction, declared: u64, sent: u64 },
    /// A status code that no HTTP client understands.
    InvalidStatus { status: u32 },
    /// A gauge went below zero and wrapped.
    GaugeWrapped,
    /// An empty gRPC service aborts Envoy.
    EmptyGrpcService,
    /// `proxy_exit` in a callback returns to the guest in Envoy.
    ExitInCallback { code: u32 },
    /// `transfer-encoding` added to a request hangs HTTP/1 upstreams.
    TransferEncodingAdded,
    /// The filter trapped while the proxy shut down, after all streams were over.
    TrapAtShutdown,
    /// The guest asked for more memory than it may have, and got none.
    MemoryRefused { limit: u64 },
    /// A name that the scenario has no addresses for.
    UnknownName,
    /// A callout to an upstream for which the scenario has no mock.
    UnknownUpstream,
    /// A callout to an upstream that has mocks, none of which fits the request.
    UnmatchedCallout,
    /// A callout whose headers ask for retries, which Envoy would make.
    CalloutNotRetried,
    /// Bytes for the body of a message that has none.
    BodyForBodiless { direction: Direction },
    /// A header was written when the headers had gone on already.
    HeaderWrittenTooLate { direction: Direction },
    /// The guest's stack was used up: how deep it may go differs between engines.
    StackDepth,
    /// One callback answered the client and reset the stream: the answer is lost.
    ClosedAndAnswered,
    /// A stream was reset, and its response was let go on: by `continue_stream` in the same callback, or because
    /// `on_response_trailers` returned Continue. Envoy passes it on all the same, or crashes. Here the reset counts.
    ClosedAndContinued,
    /// One callback sent two local replies.
    AnsweredTwice,
    /// A body callback of a request added trailers and stopped: they went on, and the piece that was held is lost.
    TrailersWithoutBody,
    /// A request that was answered was let go on, and reached the upstream all the same.
    AnsweredAndContinued,
    /// A filter held a part of a body after it had let others pass, and the request may be made again: Envoy sends
    /// those that had passed a second time.
    BodySentTwice,
    /// A host call with addresses from a module without memory: Envoy crashes. Answered InvalidMemoryAccess here.
    NoMemory,
    /// A gRPC stream to an upstream without endpoints: Envoy calls the filter back inside the host call.
    NestedGrpcFailure,
    /// The stream stayed paused until the client left. `unseen_body`: it was paused in its headers, and so the filter
    /// was never shown the body that had come.
    NeverResumed { direction: Direction, unseen_body: bool },
    /// A filter kept bytes of a TCP connection, or the connection itself, until it was over.
    NeverPassedOn { direction: Direction },
    /// A local reply on a TCP connection, which has no replies. Ignored, as in Envoy.
    LocalReplyOnConnection,
    /// A property was read under a name that Envoy does not have any more; `now` is its path, with dots.
    RemovedProperty { name: &'static str, now: &'static str },
    /// The answer depends on something that Envoy has and Filterlab has not.
    NotKnownHere { what: Unknown },
    /// Headers were asked for when they had gone on already.
    HeaderReadTooLate { direction: Direction },
    /// The segments of a property's path were joined by dots in place of NUL; `meant` is its path, with dots.
    DottedProperty { meant: &'static str },
    /// A property was read under a name that Envoy never had, and that is close to this one.
    MisspeltProperty { meant: &'static str },
    /// A property that Envoy has was read where or when it is not there.
    PropertyNotHere { name: &'static str, why: NotHere },
    /// A body was changed into something that its content-encoding does not say.
    StaleContentEncoding { direction: Direction },
    /// A filter read a body that is compressed.
    CompressedBody { direction: Direction },
    /// A filter read bytes of a body again together with new ones: what is held stays in the buffer.
    BodyReadAgain { direction: Direction },
    /// A response body was read or written after its last piece had been stopped without being buffered for the filter:
    /// Envoy follows a pointer to a piece that may be gone, and may crash. Here the body is empty.
    PieceIsGone,
    /// A write into the middle of a body, which Envoy refuses.
    PartOfBody { direction: Direction },
    /// A callout without a header that Envoy asks for: it is refused.
    IncompleteCallout { missing: &'static str },
    /// A stream was to be answered, resumed or closed where there is none: in a root context. Nothing happened.
    NoStream,
    /// A timer, of which Envoy has one in each of its VMs.
    TicksInEachWorker,
    /// Shared data was written by somebody else since the filter read it.
    CasMismatch,
    /// A request went past a filter that had failed, as its policy says.
    PassedBy,
    /// A filter exports no callback that brings it parts of requests, or of a connection if `connection`; `meant` is the
    /// one that an export with another name was to be.
    NoCallback { filter: u16, connection: bool, meant: Option<&'static str> },
    /// A filter held more of a body than the proxy keeps, in bytes: it answered in the place of the message.
    HeldTooMuch { filter: u16, direction: Direction, limit: u64 },
}

/// Why a property cannot be read now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotHere {
    /// What it tells has not happened yet.
    NotYet,
    /// The filter does not hold the headers that it comes from.
    NotHeld,
    /// There is no request: the filter acts for a root context.
    NoRequest,
}

impl NotHere {
    /// As in `--json`.
    pub fn name(self) -> &'static str {
        match self {
            Self::NotYet => "not_yet",
            Self::NotHeld => "not_held",
            Self::NoRequest => "no_request",
        }
    }
}

/// What only a real Envoy knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unknown {
    /// The fields of a message or of FlatBuffers.
    Schema,
    /// A message type in an expression.
    MessageType,
    /// The curve P-224.
    Curve,
}

impl Unknown {
    /// As in `--json`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Schema => "schema",
            Self::MessageType => "message_type",
            Self::Curve => "curve",
        }
    }
}

impl Finding {
    /// One of each kind, with values that stand for others: what lists all kinds is tested against these.
    #[doc(hidden)]
    pub fn one_of_each() -> Vec<Self> {
        let direction = Direction::Request;
        vec![
            Self::ContinueWithoutPause { direction },
            Self::ContinueThenPause { direction },
            Self::LocalReplyAfterEnd,
            Self::CloseAfterEnd,
            Self::StaleContentLength { direction, declared: 5, sent: 7 },
            Self::InvalidStatus { status: 99 },
            Self::GaugeWrapped,
            Self::EmptyGrpcService,
            Self::ExitInCallback { code: 1 },
            Self::TransferEncodingAdded,
            Self::TrapAtShutdown,
            Self::MemoryRefused { limit: 4 << 20 },
            Self::UnknownName,
            Self::UnknownUpstream,
            Self::UnmatchedCallout,
            Self::CalloutNotRetried,
            Self::BodyForBodiless { direction },
            Self::HeaderWrittenTooLate { direction },
            Self::StackDepth,
            Self::ClosedAndAnswered,
            Self::ClosedAndContinued,
            Self::AnsweredTwice,
            Self::TrailersWithoutBody,
            Self::AnsweredAndContinued,
            Self::BodySentTwice,
            Self::NoMemory,
            Self::NestedGrpcFailure,
            Self::NeverResumed { direction, unseen_body: false },
            Self::NeverPassedOn { direction },
            Self::LocalReplyOnConnection,
            Self::RemovedProperty { name: "cluster_name", now: "xds.cluster_name" },
            Self::NotKnownHere { what: Unknown::Schema },
            Self::HeaderReadTooLate { direction },
            Self::DottedProperty { meant: "request.path" },
            Self::MisspeltProperty { meant: "request.useragent" },
            Self::PropertyNotHere { name: "response.code", why: NotHere::NotYet },
            Self::StaleContentEncoding { direction },
            Self::CompressedBody { direction },
            Self::BodyReadAgain { direction },
            Self::PieceIsGone,
            Self::PartOfBody { direction },
            Self::IncompleteCallout { missing: ":path" },
            Self::NoStream,
            Self::TicksInEachWorker,
            Self::CasMismatch,
            Self::PassedBy,
            Self::NoCallback { filter: 0, connection: false, meant: Some("proxy_on_request_headers") },
            Self::HeldTooMuch { filter: 0, direction, limit: 1 << 20 },
        ]
    }

    /// The direction that it is about, if it is about one.
    pub fn direction(self) -> Option<Direction> {
        match self {
            Self::ContinueWithoutPause { direction }
            | Self::ContinueThenPause { direction }
            | Self::StaleContentLength { direction, .. }
            | Self::BodyForBodiless { direction }
            | Self::HeaderWrittenTooLate { direction }
            | Self::NeverResumed { direction, .. }
            | Self::NeverPassedOn { direction }
            | Self::HeaderReadTooLate { direction }
            | Self::StaleContentEncoding { direction }
            | Self::CompressedBody { direction }
            | Self::BodyReadAgain { direction }
            | Self::PartOfBody { direction }
            | Self::HeldTooMuch { direction, .. } => Some(direction),
            _ => None,
        }
    }

    /// The filter that it is about, by its place in the chain, if no callback around it says so.
    pub fn filter(self) -> Option<u16> {
        match self {
            Self::NoCallback { filter, .. } | Self::HeldTooMuch { filter, .. } => Some(filter),
            _ => None,
        }
    }

    /// Whether two findings say the same of different places: the same kind in the same direction, whatever the numbers.
    pub fn is_like(self, other: Self) -> bool {
        let named = |finding| match finding {
            Self::RemovedProperty { name, .. }
            | Self::DottedProperty { meant: name }
            | Self::MisspeltProperty { meant: name }
            | Self::PropertyNotHere { name, .. }
            | Self::IncompleteCallout { missing: name } => Some(name),
            Self::NoCallback { meant, .. } => meant,
            _ => None,
        };
        self.name() == other.name() && self.direction() == other.direction() && named(self) == named(other)
    }

    /// As in `--json`.
    pub fn name(self) -> &'static str {
        match self {
            Self::ContinueWithoutPause { .. } => "continue_without_pause",
            Self::ContinueThenPause { .. } => "continue_then_pause",
            Self::LocalReplyAfterEnd => "local_reply_after_end",
            Self::CloseAfterEnd => "close_after_end",
            Self::StaleContentLength { .. } => "stale_content_length",
            Self::InvalidStatus { .. } => "invalid_status",
            Self::GaugeWrapped => "gauge_wrapped",
            Self::EmptyGrpcService => "empty_grpc_service",
            Self::ExitInCallback { .. } => "exit_in_callback",
            Self::TransferEncodingAdded => "transfer_encoding_added",
            Self::TrapAtShutdown => "trap_at_shutdown",
            Self::MemoryRefused { .. } => "memory_refused",
            Self::UnknownUpstream => "unknown_upstream",
            Self::ClosedAndAnswered => "closed_and_answered",
            Self::ClosedAndContinued => "closed_and_continued",
            Self::AnsweredAndContinued => "answered_and_continued",
            Self::AnsweredTwice => "answered_twice",
            Self::TrailersWithoutBody => "trailers_without_body",
            Self::BodySentTwice => "body_sent_twice",
            Self::NoMemory => "no_memory",
            Self::UnknownName => "unknown_name",
            Self::StackDepth => "stack_depth",
            Self::CalloutNotRetried => "callout_not_retried",
            Self::UnmatchedCallout => "unmatched_callout",
            Self::BodyForBodiless { .. } => "body_for_bodiless",
            Self::HeaderWrittenTooLate { .. } => "header_written_too_late",
            Self::NestedGrpcFailure => "nested_grpc_failure",
            Self::NeverResumed { .. } => "never_resumed",
            Self::NeverPassedOn { .. } => "never_passed_on",
            Self::LocalReplyOnConnection => "local_reply_on_connection",
            Self::RemovedProperty { .. } => "removed_property",
            Self::NotKnownHere { .. } => "not_known_here",
            Self::HeaderReadTooLate { .. } => "header_read_too_late",
            Self::DottedProperty { .. } => "dotted_property",
            Self::MisspeltProperty { .. } => "misspelt_property",
            Self::PropertyNotHere { .. } => "property_not_here",
            Self::StaleContentEncoding { .. } => "stale_content_encoding",
            Self::CompressedBody { .. } => "compressed_body",
            Self::BodyReadAgain { .. } => "body_read_again",
            Self::PieceIsGone => "piece_is_gone",
            Self::PartOfBody { .. } => "part_of_body",
            Self::IncompleteCallout { .. } => "incomplete_callout",
            Self::NoStream => "no_stream",
            Self::TicksInEachWorker => "ticks_in_each_worker",
            Self::CasMismatch => "cas_mismatch",
            Self::PassedBy => "passed_by",
            Self::NoCallback { .. } => "no_callback",
            Self::HeldTooMuch { .. } => "held_too_much",
        }
    }
}

/// The kinds of events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventKind {
    Callback {
        callback: Callback,
        /// Place of the filter in the chain, from 0.
        filter: u16,
        args: Span,
        /// Raw result; `None`: there is none, or the guest did not return.
        result: Option<u32>,
        /// The guest did not return: it trapped or was stopped.
        failed: bool,
    },
    Call {
        call: HostCall,
        /// Counted from 1 over the whole run.
        number: u32,
        args: Span,
        payloads: Span,
        returned: Returned,
    },
    Log {
        level: LogLevel,
        channel: Channel,
        filter: u16,
        context: u32,
        message: Span,
    },
    Stream(StreamAction),
    Step(Step),
    Finding(Finding),
    /// A cap was reached; what came after is not in the trace.
    Limit(LimitKind),
}

/// One entry of a trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event {
    /// Nanoseconds on the virtual clock since the run began.
    pub at: u64,
    /// The callback or host call inside which this happened.
    pub parent: Option<EventId>,
    pub kind: EventKind,
}
