//! A whole HTTP message, and the protocol that carried it.

use bytes::Bytes;

use super::HeaderMap;

/// The protocol on one side of the proxy. It decides how a body is cut into callbacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum Protocol {
    Http1,
    #[default]
    Http2,
}

impl Protocol {
    /// As in the property `request.protocol`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Http1 => "HTTP/1.1",
            Self::Http2 => "HTTP/2",
        }
    }
}

/// Headers, body and trailers as one side received or sent them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    pub headers: HeaderMap,
    pub body: Bytes,
    /// `None`: the message has no trailers.
    pub trailers: Option<HeaderMap>,
}

impl Message {
    pub fn new(headers: HeaderMap) -> Self {
        Self { headers, body: Bytes::new(), trailers: None }
    }
}
