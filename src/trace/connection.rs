//! A TCP connection as its two ends saw it.

use bytes::Bytes;

use super::Direction;

/// How an end of a connection saw it end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum PeerEnd {
    /// It did not.
    #[default]
    Open,
    /// No more bytes came, but the connection was still there.
    Half,
    Closed,
    /// It was aborted (TCP RST).
    Reset,
}

impl PeerEnd {
    /// As in `--json`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Half => "half",
            Self::Closed => "closed",
            Self::Reset => "reset",
        }
    }
}

/// One end of a connection.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PeerView {
    /// What it sent, so far as it came to it.
    pub sent: Bytes,
    pub received: Bytes,
    pub end: PeerEnd,
}

/// Who ended a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ClosedBy {
    /// The client aborted it, or had gone when something was sent to it.
    Client,
    /// The same of the upstream.
    Upstream,
    /// The proxy, because the upstream could not be reached.
    NoUpstream,
    /// Both ends had nothing more to send.
    BothEnds,
    /// This filter asked for it.
    Filter(u16),
    /// The proxy, because this filter had failed.
    Failure(u16),
    /// The proxy went down while the connection was open.
    Shutdown,
}

impl ClosedBy {
    /// As in `--json`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Upstream => "upstream",
            Self::NoUpstream => "no_upstream",
            Self::BothEnds => "both_ends",
            Self::Filter(_) => "filter",
            Self::Failure(_) => "failure",
            Self::Shutdown => "shutdown",
        }
    }
}

/// A connection of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Connection {
    pub client: PeerView,
    /// `None`: the proxy never connected to it.
    pub upstream: Option<PeerView>,
    pub closed_by: Option<ClosedBy>,
}

impl Connection {
    /// The bytes of a direction before and after the filters, and whether the receiver saw their end.
    pub fn passed(&self, direction: Direction) -> (&Bytes, &[u8], bool) {
        static NOTHING: Bytes = Bytes::new();
        let upstream = self.upstream.as_ref();
        let (from, to) = match direction {
            Direction::Request => (Some(&self.client), upstream),
            Direction::Response => (upstream, Some(&self.client)),
        };
        let received = to.map(|peer| &peer.received[..]).unwrap_or_default();
        (from.map_or(&NOTHING, |peer| &peer.sent), received, to.is_some_and(|peer| peer.end != PeerEnd::Open))
    }
}
