//! Mocks for callouts: what other upstreams answer when a filter calls them.

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Body, Chunks, HeaderLine, is_zero};
use crate::host::{AnswerKind, Mock, Pattern, Reply};

/// Answers of one upstream to the requests that fit. Of several mocks that fit, the first one answers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Callout {
    /// Name of the cluster as the filter gives it; `*` stands for any characters.
    pub upstream: String,
    /// Only requests with this method.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// Only requests to this path; `*` stands for any characters. For gRPC: `/package.Service/Method`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Only requests with all of these headers; `*` in a value stands for any characters.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<HeaderLine>,
    /// The answer to the first request, to the second, and so on; the last one serves all that follow. None: 200.
    pub answers: Vec<CalloutAnswer>,
    #[serde(flatten)]
    pub unknown: Map<String, Value>,
}

/// One answer, of HTTP or of gRPC.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct CalloutAnswer {
    pub status: u16,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<HeaderLine>,
    #[serde(skip_serializing_if = "Body::is_empty")]
    pub body: Body,
    #[serde(skip_serializing_if = "Chunks::is_whole")]
    pub chunks: Chunks,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub trailers: Vec<HeaderLine>,
    /// Messages of a gRPC answer.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub messages: Vec<Body>,
    /// Status of a gRPC answer, 0 to 16; 0 where `messages` are given and this is not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grpc_status: Option<u32>,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub grpc_message: String,
    /// A gRPC stream is answered as soon as it is opened, not when the filter has closed its side.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub at_once: bool,
    /// Milliseconds on the virtual clock from the end of the request to the answer's headers.
    #[serde(skip_serializing_if = "is_zero")]
    pub delay_ms: u64,
    /// Milliseconds between two parts of the answer.
    #[serde(skip_serializing_if = "is_zero")]
    pub gap_ms: u64,
    /// The upstream resets the stream after so many pieces of the body; 0: after the headers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reset_after: Option<u32>,
    /// There is no answer, and this is why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fails: Option<CalloutFailure>,
    #[serde(flatten)]
    pub unknown: Map<String, Value>,
}

impl Default for CalloutAnswer {
    fn default() -> Self {
        Self {
            status: 200,
            headers: Vec::new(),
            body: Body::default(),
            chunks: Chunks::Whole,
            trailers: Vec::new(),
            messages: Vec::new(),
            grpc_status: None,
            grpc_message: String::new(),
            at_once: false,
            delay_ms: 0,
            gap_ms: 0,
            reset_after: None,
            fails: None,
            unknown: Map::new(),
        }
    }
}

/// Why a callout gets no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CalloutFailure {
    /// The upstream says nothing: only the filter's time-out ends the call.
    Silence,
    /// The upstream resets the stream before its headers.
    Reset,
    /// Nobody listens at the upstream's address.
    ConnectionFailure,
    /// The cluster has no endpoint: the host call fails at once.
    NoEndpoint,
}

impl Callout {
    /// The mock as the host uses it.
    pub fn mock(&self) -> Mock {
        let lines = self.headers.iter().filter(|line| line.on);
        let headers = lines.map(|line| {
            let value = String::from_utf8_lossy(&line.value.0).into_owned();
            (line.name.clone(), Pattern(value))
        });
        let mut answers: Vec<_> = self.answers.iter().map(CalloutAnswer::answer).collect();
        if answers.is_empty() {
            answers.push(CalloutAnswer::default().answer());
        }
        Mock {
            method: self.method.clone(),
            path: self.path.clone().map(Pattern),
            headers: headers.collect(),
            ..Mock::of(&self.upstream, answers)
        }
    }
}

impl CalloutAnswer {
    fn is_grpc(&self) -> bool {
        !self.messages.is_empty() || self.grpc_status.is_some()
    }

    fn answer(&self) -> crate::host::Answer {
        let kind = match self.fails {
            None => AnswerKind::Reply(Box::new(self.reply())),
            Some(CalloutFailure::Silence) => AnswerKind::Silence,
            Some(CalloutFailure::Reset) => AnswerKind::Reset,
            Some(CalloutFailure::ConnectionFailure) => AnswerKind::ConnectionFailure,
            Some(CalloutFailure::NoEndpoint) => AnswerKind::NoEndpoint,
        };
        crate::host::Answer { delay: self.delay_ms.saturating_mul(1_000_000), kind }
    }

    fn reply(&self) -> Reply {
        let mut reply = Reply {
            status: self.status,
            headers: pairs(&self.headers),
            body: self.chunks.split(&self.body.0),
            trailers: pairs(&self.trailers),
            gap: self.gap_ms.saturating_mul(1_000_000),
            reset_after: self.reset_after.map(|pieces| usize::try_from(pieces).unwrap_or(usize::MAX)),
            at_once: self.at_once,
        };
        if self.is_grpc() {
            let has = |lines: &[(Bytes, Bytes)], name: &str| {
                lines.iter().any(|(found, _)| found.eq_ignore_ascii_case(name.as_bytes()))
            };
            if !has(&reply.headers, "content-type") {
                reply.headers.insert(0, line("content-type", "application/grpc"));
            }
            reply.body.extend(self.messages.iter().map(|message| Reply::message(&message.0)));
            if !has(&reply.trailers, "grpc-status") {
                reply.trailers.push(line("grpc-status", &self.grpc_status.unwrap_or_default().to_string()));
            }
            if !self.grpc_message.is_empty() {
                let message = crate::stream::percent_encode(self.grpc_message.as_bytes());
                reply.trailers.push(line("grpc-message", &message));
            }
        }
        reply
    }
}

fn line(name: &'static str, value: &str) -> (Bytes, Bytes) {
    (Bytes::from_static(name.as_bytes()), Bytes::copy_from_slice(value.as_bytes()))
}

fn pairs(lines: &[HeaderLine]) -> Vec<(Bytes, Bytes)> {
    let on = lines.iter().filter_map(HeaderLine::pair);
    on.map(|(name, value)| (Bytes::copy_from_slice(name), value.clone())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(json: &str) -> Reply {
        let callout: Callout = serde_json::from_str(json).expect("it is a mock");
        match callout.mock().answers.swap_remove(0).kind {
            AnswerKind::Reply(reply) => *reply,
            other => panic!("{other:?} is no reply"),
        }
    }

    #[test]
    fn a_mock_without_answers_answers_200() {
        let reply = reply(r#"{"upstream": "auth"}"#);
        assert_eq!((reply.status, reply.body.len()), (200, 0));
    }

    #[test]
    fn messages_make_a_grpc_answer() {
        let text = r#"{"upstream": "svc", "answers": [{"messages": ["hi"], "grpc_message": "a b%"}]}"#;
        let reply = reply(text);
        assert_eq!(reply.headers, [line("content-type", "application/grpc")]);
        assert_eq!(reply.body, [Bytes::from_static(b"\0\0\0\0\x02hi")]);
        assert_eq!(reply.trailers, [line("grpc-status", "0"), line("grpc-message", "a b%25")]);
    }

    #[test]
    fn unknown_fields_of_mocks_are_kept() {
        let text = r#"{"upstream":"a","answers":[{"status":201,"later":1}],"note":"x"}"#;
        let callout: Callout = serde_json::from_str(text).expect("it is a mock");
        assert_eq!(serde_json::to_string(&callout).expect("it is JSON"), text);
    }
}
