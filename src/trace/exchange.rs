//! One request and its reply, at the four places where somebody outside the filters sees them.

use bytes::Bytes;

use super::Outcome;
use crate::http::{HeaderMap, Message};

/// Towards the upstream, or towards the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Direction {
    Request,
    Response,
}

impl Direction {
    pub fn name(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Response => "response",
        }
    }
}

/// A message as it left the last filter, so far as it did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    pub headers: HeaderMap,
    pub body: Bytes,
    pub trailers: Option<HeaderMap>,
    /// The end of the message came.
    pub complete: bool,
    /// The receiver saw a reset instead of the end.
    pub reset: bool,
}

/// A message as the proxy received it, or as the host made it for a local reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    pub message: Message,
    /// Made by a filter or the host, not by the upstream.
    pub local: bool,
}

/// One request of a run.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Exchange {
    /// As the first filter sees it.
    pub request: Option<Message>,
    /// As the upstream gets it; the last time, if it is asked more than once.
    pub upstream: Option<Sent>,
    /// As the upstream got it before, each time that its answer was not taken.
    pub retried: Vec<Sent>,
    /// As the first filter of the response path sees it.
    pub reply: Option<Received>,
    /// As the client gets it.
    pub downstream: Option<Sent>,
    /// `response.code_details` of Envoy.
    pub details: Option<String>,
    /// How this request ended; `None`: the run was over before it did.
    pub outcome: Option<Outcome>,
}
