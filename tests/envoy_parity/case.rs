//! A recorded case as its file spells it (the format is that of the recordings: `CASES.md` beside them).

use std::collections::BTreeMap;

use bytes::Bytes;
use filterlab::scenario::Body;
use serde::Deserialize;
use serde_json::{Map, Value};

#[derive(Debug, Deserialize)]
pub struct Case {
    #[serde(default)]
    pub config: Body,
    pub settings: Settings,
    #[serde(default)]
    pub compare: Compare,
    #[serde(default = "yes")]
    pub ready: bool,
    pub startup_once: Option<Vec<Line>>,
    #[serde(default)]
    pub cases: Vec<Exchange>,
    #[serde(default)]
    pub startup_logs: Vec<Line>,
    #[serde(default)]
    pub shutdown_logs: Vec<Line>,
    #[serde(default)]
    pub errors: Vec<Line>,
    pub metrics: Option<BTreeMap<String, Value>>,
    pub startup_calls: Option<Vec<Call>>,
}

#[derive(Debug, Deserialize)]
pub struct Settings {
    pub filter: String,
    #[serde(default)]
    pub vm_config: Body,
    #[serde(default)]
    pub root_id: String,
    #[serde(default)]
    pub plugin_name: String,
    #[serde(default)]
    pub vm_id: String,
    pub config_type: Option<String>,
    pub env: Option<BTreeMap<String, String>>,
    pub host_env: Option<Vec<String>>,
    pub environ: Option<BTreeMap<String, String>>,
    pub capabilities: Option<Vec<String>>,
    pub fail_open: Option<bool>,
    pub failure_policy: Option<String>,
    pub allow_stop_iteration: Option<bool>,
    pub buffer_limit: Option<usize>,
    pub up: Option<String>,
    pub down: Option<String>,
    #[serde(default = "yes")]
    pub clean: bool,
    pub route_metadata: Option<BTreeMap<String, BTreeMap<String, Value>>>,
    pub log_level: Option<String>,
    #[serde(default)]
    pub trace: bool,
    #[serde(default)]
    pub chain: Vec<Further>,
    /// Clusters beside the upstream.
    #[serde(default)]
    pub callouts: Vec<String>,
    /// Clusters whose port nobody listens to.
    #[serde(default)]
    pub clusters_refusing: Vec<String>,
    #[serde(default)]
    pub clusters_without_endpoints: Vec<String>,
}

/// A further filter of the chain.
#[derive(Debug, Deserialize)]
pub struct Further {
    pub filter: String,
    #[serde(default)]
    pub config: Body,
    #[serde(default)]
    pub vm_config: Body,
    #[serde(default)]
    pub root_id: String,
    #[serde(default)]
    pub plugin_name: String,
    #[serde(default)]
    pub vm_id: String,
    pub config_type: Option<String>,
    pub env: Option<BTreeMap<String, String>>,
    pub host_env: Option<Vec<String>>,
    pub capabilities: Option<Vec<String>>,
    pub fail_open: Option<bool>,
    pub failure_policy: Option<String>,
    pub allow_stop_iteration: Option<bool>,
}

/// What a replaying host is not held to.
#[derive(Debug, Default, Deserialize)]
pub struct Compare {
    pub skip: Option<String>,
    pub finding: Option<String>,
    pub callouts: Option<String>,
    pub ticks: Option<String>,
    pub shutdown: Option<String>,
    #[serde(default)]
    pub mask: Vec<String>,
}

impl Compare {
    pub fn masks(&self, name: &str) -> bool {
        self.mask.iter().any(|mask| mask == name)
    }
}

#[derive(Debug, Deserialize)]
pub struct Exchange {
    #[serde(default)]
    pub request: Request,
    pub response: Option<Answers>,
    /// A TCP connection, in place of request and response.
    pub connection: Option<Connection>,
    pub callouts: Option<BTreeMap<String, Answers>>,
    pub result: Outcome,
    pub pause_before: Option<f64>,
    pub client_timeout: Option<f64>,
    pub observe: Option<f64>,
}

type Pairs = Vec<(String, String)>;

#[derive(Debug, Default, Deserialize)]
pub struct Request {
    pub method: Option<String>,
    pub path: Option<String>,
    pub scheme: Option<String>,
    pub authority: Option<String>,
    pub headers: Option<Pairs>,
    pub body: Option<Pieces>,
    pub trailers: Option<Pairs>,
    pub gap: Option<f64>,
    /// HTTP/2 METADATA.
    pub metadata: Option<Pairs>,
}

/// An answer, or one for each attempt.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum Answers {
    ByAttempt(Vec<Response>),
    Always(Box<Response>),
}

impl Answers {
    pub fn all(&self) -> &[Response] {
        match self {
            Self::ByAttempt(all) => all,
            Self::Always(one) => std::slice::from_ref(one),
        }
    }
}

#[derive(Clone, Debug, Default, Deserialize)]
pub struct Response {
    pub status: Option<u16>,
    pub headers: Option<Pairs>,
    pub body: Option<Pieces>,
    pub trailers: Option<Pairs>,
    pub delay: Option<f64>,
    /// HTTP/2 METADATA.
    pub metadata: Option<Pairs>,
    #[serde(default)]
    pub reset: bool,
    /// `"headers"`, or after how many pieces of the body the stream is reset.
    pub reset_after: Option<Value>,
    /// Seconds between two parts.
    pub gap: Option<f64>,
    /// Messages of gRPC, each a piece of the body with its length in front.
    pub messages: Option<Vec<Body>>,
    /// Answered when the request's headers came.
    #[serde(default)]
    pub immediately: bool,
}

/// A body, whole or in pieces.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum Pieces {
    Several(Vec<Body>),
    Whole(Body),
}

impl Pieces {
    pub fn bytes(&self) -> Vec<Bytes> {
        match self {
            Self::Several(pieces) => pieces.iter().map(|piece| piece.0.clone()).collect(),
            Self::Whole(body) => vec![body.0.clone()],
        }
    }
}

#[derive(Debug, Deserialize)]
pub struct Connection {
    pub steps: Vec<Step>,
}

/// What an end of a TCP connection does.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    pub from: Peer,
    /// Seconds since the step before.
    pub after: Option<f64>,
    pub send: Option<Body>,
    #[serde(default)]
    pub end: bool,
    #[serde(default)]
    pub close: bool,
    #[serde(default)]
    pub reset: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Peer {
    Client,
    Upstream,
}

#[derive(Debug, Deserialize)]
pub struct Outcome {
    /// Requests that the upstream got; of a TCP connection what its upstream got, if it had one.
    #[serde(default, deserialize_with = "requests")]
    pub upstream: Vec<Message>,
    pub client: Message,
    pub callouts: Option<BTreeMap<String, Vec<Message>>>,
    #[serde(default)]
    pub logs: Vec<Line>,
    #[serde(default)]
    pub other_vm: Vec<usize>,
    pub calls: Option<Vec<Call>>,
}

/// A message as the upstream or the client got it.
#[derive(Debug, Default, Deserialize)]
pub struct Message {
    pub status: Option<u32>,
    #[serde(default)]
    pub headers: Pairs,
    #[serde(default)]
    pub body: Body,
    pub trailers: Option<Pairs>,
    pub complete: Option<bool>,
    pub reset: Option<bool>,
    pub request_line: Option<String>,
    pub error: Option<String>,
    #[serde(default)]
    pub added_by_envoy: Pairs,
    /// How an end of a TCP connection saw it end.
    pub end: Option<String>,
}

/// A list of messages; one alone, or null, where they are the end of a TCP connection.
fn requests<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<Message>, D::Error> {
    let value = match Value::deserialize(deserializer)? {
        Value::Null => return Ok(Vec::new()),
        value @ Value::Object(_) => Value::Array(vec![value]),
        value => value,
    };
    serde_json::from_value(value).map_err(serde::de::Error::custom)
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Line {
    pub level: String,
    pub msg: String,
    pub filter: Option<u16>,
}

/// A callback, or a host call.
#[derive(Clone, Debug, Deserialize)]
pub struct Call {
    pub callback: Option<String>,
    #[serde(rename = "fn")]
    pub function: Option<String>,
    #[serde(default)]
    pub args: Vec<u64>,
    pub ret: Option<u64>,
    #[serde(default)]
    pub log: Vec<String>,
    #[serde(default)]
    pub host: Vec<Call>,
    pub filter: Option<u16>,
}

impl Call {
    pub fn name(&self) -> &str {
        self.callback.as_deref().or(self.function.as_deref()).unwrap_or_default()
    }
}

fn yes() -> bool {
    true
}

/// A Struct of a configuration as the bytes that a filter gets: protobuf, not JSON.
pub fn protobuf_struct(json: &[u8]) -> Result<Vec<u8>, String> {
    let value: Map<String, Value> =
        serde_json::from_slice(json).map_err(|error| format!("config is no JSON object: {error}"))?;
    Ok(structure(&value))
}

fn structure(fields: &Map<String, Value>) -> Vec<u8> {
    let entries = fields.iter().map(|(key, value)| {
        let entry = [delimited(1, key.as_bytes()), delimited(2, &message(value))].concat();
        delimited(1, &entry)
    });
    entries.collect::<Vec<_>>().concat()
}

/// Envoy's reader of configurations takes only whole numbers of 32 bits for numbers; others stay the text they are.
pub fn is_number_in_a_file(number: &serde_json::Number) -> bool {
    number.as_i64().is_some_and(|number| i32::try_from(number).is_ok())
}

fn message(value: &Value) -> Vec<u8> {
    match value {
        Value::Null => vec![1 << 3, 0],
        Value::Number(number) if is_number_in_a_file(number) => {
            let value = number.as_f64().unwrap_or_default();
            [&[2 << 3 | 1], value.to_le_bytes().as_slice()].concat()
        }
        Value::Number(number) => delimited(3, number.to_string().as_bytes()),
        Value::String(text) => delimited(3, text.as_bytes()),
        Value::Bool(truth) => vec![4 << 3, u8::from(*truth)],
        Value::Object(fields) => delimited(5, &structure(fields)),
        Value::Array(items) => {
            let items: Vec<_> = items.iter().map(|item| delimited(1, &message(item))).collect();
            delimited(6, &items.concat())
        }
    }
}

fn delimited(number: u8, bytes: &[u8]) -> Vec<u8> {
    let mut field = vec![number << 3 | 2];
    let mut length = bytes.len();
    while length >= 0x80 {
        field.push((length & 0x7f) as u8 | 0x80);
        length >>= 7;
    }
    field.push(length as u8);
    field.extend(bytes);
    field
}
