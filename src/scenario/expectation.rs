//! What a run is expected to show.
//!
//! `expect` of a scenario is a list; each entry names a [`Subject`], which values of it are meant, and what must hold of
//! them:
//!
//! ```json
//! "expect": [
//!   {"that": "downstream.status", "is": 200},
//!   {"that": "upstream.header", "name": "authorization", "exists": false},
//!   {"that": "downstream.body", "json": "$..phone", "matches": "^1\\d{10}$", "not": true},
//!   {"that": "log", "level": "warn", "contains": "token expired", "request": 2},
//!   {"that": "callout", "upstream": "auth", "count": 1}
//! ]
//! ```
//!
//! A subject has any number of values: a header that was sent twice has two, a run writes many log lines. An expectation
//! is met when **at least one** of them passes every test of the entry (`is`, `contains` and so on); with `not` it is met when
//! **none** does. `exists` and `count` speak of how many values there are.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::abi::LogLevel;

/// One thing that must hold of a run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Expectation {
    /// What is looked at.
    pub that: Subject,
    /// Which request of the run, from 1. 0: what belongs to no request, such as the log lines of the start. None: of what every
    /// request has for itself (status, messages) each must show it; all else is looked for in the whole run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request: Option<u32>,
    /// Of headers, trailers, metrics, shared data, properties and host calls: which one. Without regard to case for headers.
    /// Empty for headers and trailers: all of them, each name once as a line `name: value`, several values joined by `, `.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// Of bodies: the values at this JSONPath (RFC 9535) are meant, not the whole text.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub json: String,
    /// Of log lines: only those at or above this level.
    #[serde(with = "level", skip_serializing_if = "Option::is_none")]
    pub level: Option<LogLevel>,
    /// Of log lines, host calls, actions and local replies: only those within this callback, such as
    /// `proxy_on_request_headers`, or within one of several: `proxy_on_done|proxy_on_log`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub callback: String,
    /// Of callouts: only those to this upstream.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub upstream: String,
    /// Of log lines, host calls, actions and local replies: only those of the filter at this place in the chain, from 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filter: Option<u16>,

    /// Equal to this. Text is compared byte by byte, a number by its value, any JSON with what `json` finds. Without `json`,
    /// `{"base64": "…"}` stands for bytes that are no text.
    #[serde(deserialize_with = "some", skip_serializing_if = "Option::is_none")]
    pub is: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contains: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub starts_with: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ends_with: Option<String>,
    /// A regular expression in RE2's syntax finds something in it. `^…$` for the whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub matches: Option<String>,
    /// As a number not less than this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at_least: Option<f64>,
    /// As a number not more than this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at_most: Option<f64>,
    /// Whether there is a value at all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exists: Option<bool>,
    /// How many values pass the other tests.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count: Option<u64>,
    /// No value may pass.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub not: bool,
    /// Kept in the file, and not looked at.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub off: bool,
    #[serde(flatten)]
    pub unknown: Map<String, Value>,
}

macro_rules! subjects {
    ($($variant:ident = $name:literal, $doc:literal;)*) => {
        /// What an expectation looks at.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Subject {
            $(#[doc = $doc] #[serde(rename = $name)] $variant,)*
        }

        impl Subject {
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// As in files.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }
        }
    };
}

subjects! {
    Outcome = "outcome", "How a request ended: the words of `outcome.kind` in `docs/json.md`.";
    Status = "downstream.status", "The HTTP status that the client got.";
    Details = "details", "Envoy's `response.code_details`.";
    UpstreamHeader = "upstream.header", "A header of the request as it left the last filter, `:path` and the like too.";
    UpstreamBody = "upstream.body", "The body of the request as the upstream got it.";
    UpstreamTrailer = "upstream.trailer", "A trailer of the request as the upstream got it.";
    DownstreamHeader = "downstream.header", "A header of the reply as the client got it.";
    DownstreamBody = "downstream.body", "The body of the reply as the client got it.";
    DownstreamTrailer = "downstream.trailer", "A trailer of the reply as the client got it.";
    LocalReply = "local_reply", "The status with which a filter answered by itself.";
    LocalReplyDetails = "local_reply.details", "The details that a filter gave with its own answer, as it wrote them.";
    GrpcStatus = "local_reply.grpc_status", "The gRPC status with which a filter answered by itself.";
    Log = "log", "The text of a log line.";
    Metric = "metric", "The value of a metric at the end of the run; of a histogram how many values were recorded.";
    Callout = "callout", "A callout: its method and path with a space between them.";
    CalloutHeader = "callout.header", "A header of a callout's request.";
    CalloutBody = "callout.body", "The body of a callout's request.";
    CalloutEnd = "callout.end", "What became of a callout: the words of `callouts[].end` in `docs/json.md`.";
    SharedData = "shared_data", "A value of the shared data at the end of the run.";
    Property = "property", "A value that a filter gave a property, the last one.";
    HostCall = "host_call", "A host call: the name of its status.";
    Action = "action", "What a callback answered: `Continue`, `StopIteration`, `StopIterationAndBuffer` and so on, or `true` and `false`.";
    Finding = "finding", "The kind of a finding.";
}

impl Default for Subject {
    /// What most people look at first.
    fn default() -> Self {
        Self::Status
    }
}

/// `null` is a value to be compared with, not the lack of one.
fn some<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

/// An optional log level by name.
mod level {
    use serde::{Deserialize, Deserializer, Serializer};

    use crate::abi::LogLevel;

    pub fn serialize<S: Serializer>(level: &Option<LogLevel>, serializer: S) -> Result<S::Ok, S::Error> {
        match level {
            Some(level) => super::super::level::serialize(level, serializer),
            None => serializer.serialize_none(),
        }
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<LogLevel>, D::Error> {
        #[derive(Deserialize)]
        struct Named(#[serde(with = "super::super::level")] LogLevel);
        Ok(Option::<Named>::deserialize(deserializer)?.map(|Named(level)| level))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expectation_is_written_as_it_was_read() {
        let text = r#"{"that":"log","request":2,"level":"warn","contains":"expired","not":true,"later":1}"#;
        let expectation: Expectation = serde_json::from_str(text).expect("it is an expectation");
        assert_eq!((expectation.that, expectation.level), (Subject::Log, Some(LogLevel::Warn)));
        assert_eq!(serde_json::to_string(&expectation).expect("it is JSON"), text);
    }

    #[test]
    fn null_is_a_value_to_compare_with() {
        let expectation: Expectation =
            serde_json::from_str(r#"{"that":"downstream.body","json":"$.a","is":null}"#)
                .expect("it is an expectation");
        assert_eq!(expectation.is, Some(Value::Null));
    }

    #[test]
    fn an_unknown_subject_is_refused_with_those_that_there_are() {
        let error =
            serde_json::from_str::<Expectation>(r#"{"that":"reply"}"#).expect_err("there is no such subject");
        assert!(error.to_string().contains("`downstream.status`"), "{error}");
    }
}
