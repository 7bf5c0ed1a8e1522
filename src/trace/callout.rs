//! Calls that filters made to other upstreams.

use super::{EventId, Sent};

/// What was called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CalloutKind {
    Http,
    /// A gRPC call with one message each way.
    GrpcCall,
    GrpcStream,
}

impl CalloutKind {
    /// As in `--json`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::GrpcCall => "grpc_call",
            Self::GrpcStream => "grpc_stream",
        }
    }
}

/// What became of a callout.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CalloutEnd {
    /// No answer came before the run ended.
    Unanswered,
    /// The upstream answered with this status: of HTTP, or of gRPC.
    Answered { status: u32 },
    /// The upstream answered with something that is no gRPC, which the proxy cut short: this status stands for it.
    Malformed { status: u32 },
    /// The filter's time-out passed.
    TimedOut,
    /// The upstream reset the stream, before its answer or in the midst of it.
    Reset,
    /// The upstream's connection could not be made.
    ConnectionFailed,
    /// The proxy had no endpoint to call: the host call failed at once.
    NoEndpoint,
    /// A header that Envoy's codec refuses kept the request from leaving; Envoy answered it.
    Unsendable,
    /// The answer was larger than Envoy buffers.
    TooLarge,
    /// The filter gave the call up.
    Cancelled,
    /// The plugin or its VM was gone when the answer came.
    Dropped,
}

impl CalloutEnd {
    /// As in `--json`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Unanswered => "unanswered",
            Self::Answered { .. } => "answered",
            Self::Malformed { .. } => "malformed",
            Self::TimedOut => "timed_out",
            Self::Reset => "reset",
            Self::ConnectionFailed => "connection_failed",
            Self::NoEndpoint => "no_endpoint",
            Self::Unsendable => "unsendable",
            Self::TooLarge => "too_large",
            Self::Cancelled => "cancelled",
            Self::Dropped => "dropped",
        }
    }
}

/// One callout of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Callout {
    /// The host call that made it.
    pub event: EventId,
    pub kind: CalloutKind,
    /// The upstream's name, as Envoy's cluster.
    pub upstream: String,
    /// Number by which the filter knows it.
    pub token: u32,
    /// The request as the upstream got it.
    pub request: Sent,
    pub end: CalloutEnd,
    /// When it ended, in nanoseconds on the virtual clock.
    pub ended_at: Option<u64>,
    /// The upstream got the request.
    pub reached: bool,
    /// The scenario has mocks for this upstream, and none fits this request.
    pub unmatched: bool,
}
