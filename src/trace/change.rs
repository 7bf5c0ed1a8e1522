//! Differences that events made to messages and shared state.

use bytes::Bytes;

use super::{Direction, EventId};

/// What was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    RequestHeaders,
    RequestBody,
    RequestTrailers,
    ResponseHeaders,
    ResponseBody,
    ResponseTrailers,
    /// What the client sends over a TCP connection.
    DownstreamData,
    /// What the upstream sends over it.
    UpstreamData,
    Property,
    SharedData,
    Queue,
    Metric,
}

impl Part {
    /// The direction whose message or data it belongs to; none for shared state.
    pub fn direction(self) -> Option<Direction> {
        match self {
            Self::RequestHeaders | Self::RequestBody | Self::RequestTrailers | Self::DownstreamData => {
                Some(Direction::Request)
            }
            Self::ResponseHeaders | Self::ResponseBody | Self::ResponseTrailers | Self::UpstreamData => {
                Some(Direction::Response)
            }
            Self::Property | Self::SharedData | Self::Queue | Self::Metric => None,
        }
    }

    /// What goes to the upstream.
    pub fn is_towards_upstream(self) -> bool {
        use Part::{DownstreamData, RequestBody, RequestHeaders, RequestTrailers};
        matches!(self, RequestHeaders | RequestBody | RequestTrailers | DownstreamData)
    }

    /// As in `--json`.
    pub fn name(self) -> &'static str {
        match self {
            Self::RequestHeaders => "request_headers",
            Self::RequestBody => "request_body",
            Self::RequestTrailers => "request_trailers",
            Self::ResponseHeaders => "response_headers",
            Self::ResponseBody => "response_body",
            Self::ResponseTrailers => "response_trailers",
            Self::DownstreamData => "downstream_data",
            Self::UpstreamData => "upstream_data",
            Self::Property => "property",
            Self::SharedData => "shared_data",
            Self::Queue => "queue",
            Self::Metric => "metric",
        }
    }
}

/// How it was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ChangeOp {
    Add,
    Replace,
    Remove,
}

impl ChangeOp {
    /// As in `--json`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Add => "add",
            Self::Replace => "replace",
            Self::Remove => "remove",
        }
    }
}

/// One difference made by one event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The host call that made it.
    pub event: EventId,
    /// Which request of the run; `None` for shared state outside a stream.
    pub exchange: Option<u16>,
    pub part: Part,
    pub op: ChangeOp,
    /// Header, property, metric, key or queue name; empty for bodies.
    pub name: Bytes,
    /// Values before, several joined with `, `; for bodies the bytes taken out.
    pub before: Option<Bytes>,
    /// The value after; for bodies the bytes put in.
    pub after: Option<Bytes>,
    /// For bodies: at which byte of the buffer as the filter saw it.
    pub offset: u64,
}

impl Change {
    /// Something was added to the value of a field that stands once only, such as `accept`: it grew without the `, ` that
    /// stands between the values of several fields.
    pub fn joins_values(&self) -> bool {
        let (Some(before), Some(after)) = (&self.before, &self.after) else { return false };
        after
            .strip_prefix(&before[..])
            .is_some_and(|added| added.starts_with(b",") && !added.starts_with(b", "))
    }

    /// Makes this change to a body once more. `false`: it does not fit, and nothing was done.
    pub fn splice(&self, body: &mut Vec<u8>) -> bool {
        let taken = self.before.as_deref().unwrap_or_default();
        let start = usize::try_from(self.offset).unwrap_or(usize::MAX).min(body.len());
        if !body[start..].starts_with(taken) {
            return false;
        }
        body.splice(start..start + taken.len(), self.after.iter().flatten().copied());
        true
    }
}
