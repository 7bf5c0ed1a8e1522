//! How a run ended.

use super::{ClosedBy, Direction, EventId};
use crate::abi::Callback;

/// A cap that protects the user's machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LimitKind {
    /// Guest time for one request.
    RequestTime,
    /// Guest time for starting.
    StartTime,
    /// Events in the trace.
    Events,
    /// Bytes held by the trace.
    TraceBytes,
    /// Bytes of log text.
    LogBytes,
    /// Linear memory of one VM: the guest failed after it could not get more.
    Memory,
    /// Time on the virtual clock that the client waits for a reply.
    ClientTime,
    /// The user stopped the run.
    Stopped,
}

/// One function on the guest's stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// Index of the function in the module.
    pub function: u32,
    /// Demangled name from the name section.
    pub name: Option<String>,
    /// Offset in the module's file, in bytes.
    pub offset: u64,
    /// Source file, line and column from DWARF.
    pub source: Option<(String, u32, u32)>,
}

/// The guest's stack when it failed, innermost function first.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Backtrace {
    pub frames: Vec<Frame>,
}

/// A guest that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trap {
    /// Place of the filter in the chain, from 0.
    pub filter: u16,
    /// The export in which it happened.
    pub callback: Callback,
    /// The message in V8's words, such as `Uncaught RuntimeError: unreachable`.
    pub message: String,
    pub backtrace: Backtrace,
    /// What the guest printed as its last words, such as a Rust panic.
    pub last_words: Option<String>,
    /// Code given to `proc_exit` just before.
    pub exit_code: Option<u32>,
    /// The filter's last host calls before it, in order; the last one may be the one in which it happened.
    pub last_calls: Vec<EventId>,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The client got the upstream's reply.
    Finished {
        status: u32,
    },
    /// A filter answered, or the proxy did (`filter: None`).
    LocalReply {
        filter: Option<u16>,
        status: u32,
        details: String,
    },
    /// The stream was reset by a filter or by the proxy; the client got no whole answer.
    Reset {
        by_filter: bool,
    },
    /// A TCP connection came to its end.
    Closed {
        by: ClosedBy,
    },
    /// A filter stopped a direction and nobody resumed it until the client left.
    Paused {
        direction: Direction,
        filter: u16,
        callback: Callback,
    },
    Trapped(Trap),
    Limit {
        limit: LimitKind,
        filter: Option<u16>,
        callback: Option<Callback>,
        allowed: u64,
    },
    /// The filter could not be loaded or started.
    Refused {
        filter: u16,
        reason: crate::host::LoadError,
    },
}

/// What Envoy says of a reply that it makes in the place of a filter that has failed.
pub const FAILED_FILTER: &str = "wasm_fail_stream";

impl Outcome {
    /// The filter that failed and so ended it, by its place in the chain.
    pub fn failed_filter(&self) -> Option<u16> {
        match self {
            Self::Trapped(trap) => Some(trap.filter),
            Self::Limit { limit: LimitKind::Memory | LimitKind::RequestTime, filter, .. } => *filter,
            _ => None,
        }
    }

    /// The proxy answered, because a filter had failed before.
    pub fn is_for_failed_filter(&self) -> bool {
        matches!(self, Self::LocalReply { filter: None, details, .. } if details == FAILED_FILTER)
    }

    /// As in `--json`.
    pub fn kind(&self) -> &'static str {
        match self {
            // A stream that was closed on purpose is done, too; the reason says how.
            Self::Finished { .. } | Self::Reset { .. } | Self::Closed { .. } => "finished",
            Self::LocalReply { .. } => "local_reply",
            Self::Paused { .. } => "paused",
            Self::Trapped(_) => "trapped",
            Self::Limit { .. } => "limit",
            Self::Refused { .. } => "refused",
        }
    }
}
