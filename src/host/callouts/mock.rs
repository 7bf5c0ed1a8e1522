//! Mocks: what an upstream of a callout answers, and to which requests.

use bytes::Bytes;

use crate::http::{HeaderMap, MapKind, Protocol};
use crate::stream::wire::{Framing, received_response};

/// Text in which `*` stands for any characters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pattern(pub String);

impl Pattern {
    pub fn matches(&self, text: &[u8]) -> bool {
        let mut parts = self.0.as_bytes().split(|byte| *byte == b'*');
        let first = parts.next().unwrap_or_default();
        let Some(mut rest) = text.strip_prefix(first) else { return false };
        let mut parts = parts.peekable();
        if parts.peek().is_none() {
            return rest.is_empty();
        }
        while let Some(part) = parts.next() {
            if parts.peek().is_none() {
                return rest.ends_with(part);
            }
            let found = (0..=rest.len().saturating_sub(part.len())).find(|at| rest[*at..].starts_with(part));
            match found {
                Some(at) => rest = &rest[at + part.len()..],
                None => return false,
            }
        }
        true
    }
}

/// An upstream's answers to the requests that fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mock {
    pub upstream: Pattern,
    pub method: Option<String>,
    pub path: Option<Pattern>,
    /// Headers that the request must have, with a value that fits.
    pub headers: Vec<(String, Pattern)>,
    /// The answer to the first request, to the second, and so on; the last one serves all that follow.
    pub answers: Vec<Answer>,
    /// How many requests it has taken.
    pub taken: usize,
}

impl Mock {
    /// A mock that answers everything that is sent to an upstream.
    pub fn of(upstream: impl Into<String>, answers: Vec<Answer>) -> Self {
        let upstream = Pattern(upstream.into());
        Self { upstream, method: None, path: None, headers: Vec::new(), answers, taken: 0 }
    }

    pub(super) fn takes(&self, upstream: &[u8], request: &HeaderMap) -> bool {
        let has = |name: &str, pattern: &Pattern| request.get_all(name).any(|value| pattern.matches(value));
        self.upstream.matches(upstream)
            && self.method.as_ref().is_none_or(|method| request.text(":method") == Some(method))
            && self.path.as_ref().is_none_or(|path| has(":path", path))
            && self.headers.iter().all(|(name, pattern)| has(name, pattern))
    }

    pub(super) fn next_answer(&mut self) -> Answer {
        let place = self.taken.min(self.answers.len().saturating_sub(1));
        self.taken += 1;
        let silence = Answer { delay: 0, kind: AnswerKind::Silence };
        self.answers.get(place).cloned().unwrap_or(silence)
    }
}

/// How an upstream reacts to one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Time from the end of the request to the first thing that comes back, in nanoseconds.
    pub delay: u64,
    pub kind: AnswerKind,
}

/// What comes back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AnswerKind {
    Reply(Box<Reply>),
    /// Nothing ever: only a time-out ends the call.
    Silence,
    /// The stream is reset before any headers.
    Reset,
    /// Nobody listens.
    ConnectionFailure,
    /// The proxy has no endpoint that it could call.
    NoEndpoint,
}

/// An answer with headers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(Bytes, Bytes)>,
    /// Pieces of the body.
    pub body: Vec<Bytes>,
    pub trailers: Vec<(Bytes, Bytes)>,
    /// Time between two parts of the answer, in nanoseconds.
    pub gap: u64,
    /// The stream is reset after so many pieces of the body; 0: after the headers.
    pub reset_after: Option<usize>,
    /// A gRPC stream is answered at once, not at its end.
    pub at_once: bool,
}

impl Reply {
    /// A message of gRPC as a piece of a body.
    pub fn message(bytes: &[u8]) -> Bytes {
        super::grpc_frame(bytes).into()
    }

    /// Headers and what Envoy adds to them: the time that they took, in nanoseconds, if it is known.
    pub(super) fn head(&self, took: Option<u64>) -> HeaderMap {
        let mut map = received_response(self.status, &self.headers, Protocol::Http2, Framing::None);
        if self.status == 204 {
            // The codec takes it away, as from an answer of the upstream.
            map.remove("content-length");
        }
        if let Some(took) = took {
            map.set_in_place(b"x-envoy-upstream-service-time", (took / 1_000_000).to_string().as_bytes());
        }
        map
    }

    pub(super) fn tail(&self) -> HeaderMap {
        HeaderMap::from_pairs(MapKind::ResponseTrailers, self.trailers.iter().map(|(n, v)| (n, v)))
    }

    /// Whether the headers are all there is.
    pub(super) fn is_headers_only(&self) -> bool {
        self.body.is_empty() && self.trailers.is_empty() && self.reset_after.is_none()
    }
}

impl Answer {
    /// An answer whose parts all come at once.
    pub fn reply(status: u16, body: impl Into<Bytes>) -> Self {
        let body: Bytes = body.into();
        let body = if body.is_empty() { Vec::new() } else { vec![body] };
        Self { delay: 0, kind: AnswerKind::Reply(Box::new(Reply { status, body, ..Reply::default() })) }
    }

    /// Whether a stream is answered only when the filter has sent its last message.
    pub(super) fn waits_for_end(&self) -> bool {
        match &self.kind {
            AnswerKind::Reply(reply) => !reply.at_once,
            AnswerKind::Reset => true,
            AnswerKind::Silence | AnswerKind::ConnectionFailure | AnswerKind::NoEndpoint => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, text: &str) -> bool {
        Pattern(pattern.into()).matches(text.as_bytes())
    }

    #[test]
    fn a_star_stands_for_any_characters() {
        assert!(matches("/a", "/a"));
        assert!(!matches("/a", "/ab"));
        assert!(matches("/a*", "/a") && matches("/a*", "/abc"));
        assert!(matches("*", "") && matches("*", "x"));
        assert!(matches("a*b*c", "a-b-b-c") && matches("a*b*c", "abc"));
        assert!(!matches("a*b*c", "a-c") && !matches("a*a", "a"));
    }

    #[test]
    fn the_last_answer_serves_all_that_follow() {
        let mut mock = Mock::of("a", vec![Answer::reply(500, ""), Answer::reply(200, "")]);
        let mut status = || match mock.next_answer().kind {
            AnswerKind::Reply(reply) => reply.status,
            other => panic!("{other:?} is no reply"),
        };
        assert_eq!([status(), status(), status()], [500, 200, 200]);
    }

    #[test]
    fn a_mock_takes_what_fits_in_every_part() {
        let request = HeaderMap::from_pairs(
            MapKind::RequestHeaders,
            [(":method", "POST"), (":path", "/v1/check"), ("x-key", "abc")],
        );
        let mut mock = Mock::of("auth", vec![]);
        assert!(mock.takes(b"auth", &request) && !mock.takes(b"other", &request));
        mock.method = Some("POST".into());
        mock.path = Some(Pattern("/v1/*".into()));
        mock.headers = vec![("X-Key".into(), Pattern("a*".into()))];
        assert!(mock.takes(b"auth", &request));
        mock.headers.push(("missing".into(), Pattern("*".into())));
        assert!(!mock.takes(b"auth", &request));
    }
}
