//! The document: everything a run needs, as one versioned JSON file.
//!
//! Reading keeps unknown fields and writes them back, so that a file from a newer Filterlab survives an older one.
//! Errors name line and column.

mod body;
mod callouts;
mod connection;
mod expectation;
mod facts;
mod file;
mod header;
mod limits;
mod place;
mod property;
mod time;

pub use body::{Body, Chunks};
pub use callouts::{Callout, CalloutAnswer, CalloutFailure};
pub use connection::{Connection, ConnectionFailure, ConnectionStep, Peer, StepProblem};
pub use expectation::{Expectation, Subject};
pub use facts::{
    Addresses, EnvoyVersion, Listener, ListenerDirection, Locality, Metadata, Node, RouteFacts, VirtualHost,
};
pub use file::{FileError, MAX_FILE, Source, VERSION};
pub(crate) use header::is_token_character;
pub use header::{HeaderLine, HeaderProblem};
pub use limits::Limits;
pub use property::{Properties, Property, PropertyError, PropertyValue, attribute};
pub use time::{ClockError, WallTime};

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::http::Protocol;

/// A whole scenario. `Scenario::default()` sends `GET https://example.com/` through no filter.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Scenario {
    pub version: u32,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// Filters in the order in which a request passes them.
    pub chain: Vec<Filter>,
    pub request: Request,
    pub reply: Reply,
    /// A TCP connection to be made instead of the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connection: Option<Connection>,
    /// How often the request is sent, against the same VMs.
    #[serde(skip_serializing_if = "is_one")]
    pub repeat: u32,
    /// Requests that follow, against the same VMs.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub then: Vec<Then>,
    /// Milliseconds on the virtual clock for which the proxy goes on after each answer: timers tick, queues are served.
    #[serde(skip_serializing_if = "is_zero")]
    pub settle_ms: u64,
    /// What other upstreams answer when a filter calls them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub callouts: Vec<Callout>,
    /// Addresses by name, for filters that use Envoy's own `envoy_resolve_dns`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub names: BTreeMap<String, Vec<String>>,
    /// Lines below this level are not shown; also what `proxy_get_log_level` answers.
    #[serde(with = "level")]
    pub log_level: crate::abi::LogLevel,
    /// Seed of `random_get` and of everything else that is random in a real proxy.
    pub seed: u64,
    /// Wall clock at the beginning of the run.
    pub clock: WallTime,
    #[serde(skip_serializing_if = "Proxy::is_default")]
    pub proxy: Proxy,
    /// Values that stand for properties whatever the proxy would answer, by path.
    #[serde(skip_serializing_if = "Properties::is_empty")]
    pub properties: Properties,
    pub limits: Limits,
    /// What the run is expected to show.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub expect: Vec<Expectation>,
    #[serde(flatten)]
    pub unknown: Map<String, Value>,
}

impl Scenario {
    /// Place in the chain of a filter of a run, which passes by those that are off.
    pub fn place_in_chain(&self, filter: u16) -> Option<usize> {
        let mut run = self.chain.iter().enumerate().filter(|(_, filter)| !filter.off);
        run.nth(filter.into()).map(|(place, _)| place)
    }
}

impl Default for Scenario {
    fn default() -> Self {
        Self {
            version: VERSION,
            name: String::new(),
            chain: Vec::new(),
            request: Request::default(),
            reply: Reply::default(),
            connection: None,
            repeat: 1,
            then: Vec::new(),
            settle_ms: 0,
            callouts: Vec::new(),
            names: BTreeMap::new(),
            log_level: crate::abi::LogLevel::Trace,
            seed: 0,
            clock: WallTime::default(),
            proxy: Proxy::default(),
            properties: Properties::default(),
            limits: Limits::default(),
            expect: Vec::new(),
            unknown: Map::new(),
        }
    }
}

/// One filter of the chain with its configuration, as in Envoy's `PluginConfig` and `VmConfig`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Filter {
    /// Path of the `.wasm`, relative to the scenario file. Where `module` is given, only a name for people.
    #[serde(rename = "filter")]
    pub path: String,
    /// The module itself, so that the file is complete without others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub module: Option<Body>,
    /// SHA-256 of the module in hexadecimal; empty: any module will do. Another one is not run.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub sha256: String,
    /// Kept in the chain, and passed by.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub off: bool,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub root_id: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub vm_id: String,
    #[serde(skip_serializing_if = "Body::is_empty")]
    pub plugin_config: Body,
    #[serde(skip_serializing_if = "Body::is_empty")]
    pub vm_config: Body,
    /// Environment variables of the VM, in order.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub env: Map<String, Value>,
    /// Unset, it is [`FailurePolicy::FailClosed`]; yet for Envoy that is another plugin than one that says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure_policy: Option<FailurePolicy>,
    /// The deprecated `fail_open: true`: a request during which the filter traps passes unharmed.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub fail_open: bool,
    /// Least time between two loads of a filter with `fail_reload`, in milliseconds on the virtual clock. Envoy waits up
    /// to half as long again, at random; a run always waits the least.
    #[serde(skip_serializing_if = "is_default_backoff")]
    pub reload_backoff_ms: u64,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub allow_on_headers_stop_iteration: bool,
    /// Names that the filter may import and export; empty: all.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub capabilities: Vec<String>,
    #[serde(flatten)]
    pub unknown: Map<String, Value>,
}

impl Default for Filter {
    fn default() -> Self {
        Self {
            path: String::new(),
            module: None,
            sha256: String::new(),
            off: false,
            name: String::new(),
            root_id: String::new(),
            vm_id: String::new(),
            plugin_config: Body::default(),
            vm_config: Body::default(),
            env: Map::new(),
            failure_policy: None,
            fail_open: false,
            reload_backoff_ms: RELOAD_BACKOFF_MS,
            allow_on_headers_stop_iteration: false,
            capabilities: Vec::new(),
            unknown: Map::new(),
        }
    }
}

/// Envoy's own back-off.
const RELOAD_BACKOFF_MS: u64 = 1_000;

fn is_default_backoff(backoff: &u64) -> bool {
    *backoff == RELOAD_BACKOFF_MS
}

impl Filter {
    /// A name for the module where it has no file of its own.
    pub fn module_name(&self) -> String {
        let file = self.path.rsplit(['/', '\\']).next().unwrap_or_default();
        [file, &self.name, "filter.wasm"]
            .into_iter()
            .find(|name| !name.is_empty())
            .unwrap_or_default()
            .to_owned()
    }

    /// The environment variables as the guest gets them; values that are not text appear as their JSON.
    pub fn env_pairs(&self) -> Vec<(String, String)> {
        self.env.iter().map(|(key, value)| (key.clone(), env_text(value))).collect()
    }
}

/// What an environment variable of that value holds: a string as it is, anything else as JSON.
pub fn env_text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// What happens to requests once the filter's VM has failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailurePolicy {
    #[default]
    FailClosed,
    FailOpen,
    FailReload,
}

/// The request as the client sends it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Request {
    /// Any token (RFC 9110, section 9.1).
    pub method: String,
    pub url: String,
    pub headers: Vec<HeaderLine>,
    /// Entries of an HTTP/2 METADATA frame, sent after the headers where there is a body. Filters are told their number.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub metadata: Vec<HeaderLine>,
    #[serde(skip_serializing_if = "Body::is_empty")]
    pub body: Body,
    #[serde(skip_serializing_if = "Chunks::is_whole")]
    pub chunks: Chunks,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub trailers: Vec<HeaderLine>,
    #[serde(flatten)]
    pub unknown: Map<String, Value>,
}

impl Default for Request {
    fn default() -> Self {
        Self {
            method: "GET".into(),
            url: "https://example.com/".into(),
            headers: Vec::new(),
            metadata: Vec::new(),
            body: Body::default(),
            chunks: Chunks::Whole,
            trailers: Vec::new(),
            unknown: Map::new(),
        }
    }
}

/// What the upstream answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Reply {
    pub status: u16,
    /// Milliseconds on the virtual clock between the end of the request and the reply.
    #[serde(skip_serializing_if = "is_zero")]
    pub delay_ms: u64,
    pub headers: Vec<HeaderLine>,
    /// Entries of an HTTP/2 METADATA frame, sent after the headers where there is a body.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub metadata: Vec<HeaderLine>,
    #[serde(skip_serializing_if = "Body::is_empty")]
    pub body: Body,
    #[serde(skip_serializing_if = "Chunks::is_whole")]
    pub chunks: Chunks,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub trailers: Vec<HeaderLine>,
    /// The upstream answers when it has the request's headers, not its end.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub at_once: bool,
    /// Milliseconds between two parts of the reply.
    #[serde(skip_serializing_if = "is_zero")]
    pub gap_ms: u64,
    /// The upstream resets the stream instead of answering.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub reset: bool,
    /// The upstream resets the stream after so many pieces of the body; 0: after the headers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reset_after: Option<u32>,
    /// There is no reply, and this is why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fails: Option<CalloutFailure>,
    /// What the upstream answers when a filter has it asked again (`x-envoy-retry-on`): the second time, the third, and
    /// so on; the last one serves all that follow. None: the same. Their own `again` has no effect.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub again: Vec<Reply>,
    #[serde(flatten)]
    pub unknown: Map<String, Value>,
}

impl Default for Reply {
    fn default() -> Self {
        Self {
            status: 200,
            delay_ms: 0,
            headers: Vec::new(),
            metadata: Vec::new(),
            body: Body::default(),
            chunks: Chunks::Whole,
            trailers: Vec::new(),
            at_once: false,
            gap_ms: 0,
            reset_after: None,
            fails: None,
            again: Vec::new(),
            reset: false,
            unknown: Map::new(),
        }
    }
}

/// A request that follows the scenario's own one. What it does not say is as before.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Then {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request: Option<Request>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reply: Option<Reply>,
    /// Milliseconds on the virtual clock between the end of the exchange before and this request.
    #[serde(skip_serializing_if = "is_zero")]
    pub wait_ms: u64,
    /// How often it is sent; `wait_ms` passes before each.
    #[serde(skip_serializing_if = "is_one")]
    pub repeat: u32,
    #[serde(flatten)]
    pub unknown: Map<String, Value>,
}

impl Default for Then {
    fn default() -> Self {
        Self { request: None, reply: None, wait_ms: 0, repeat: 1, unknown: Map::new() }
    }
}

/// The proxy around the filters. The defaults are a plain Envoy that adds as little as it can.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Proxy {
    #[serde(with = "protocol")]
    pub downstream: Protocol,
    #[serde(with = "protocol")]
    pub upstream: Protocol,
    /// Most bytes that a paused body may hold on HTTP/1 connections (`per_connection_buffer_limit_bytes`).
    pub buffer_limit: u64,
    /// The proxy adds `x-request-id` to requests, `x-envoy-upstream-service-time` and `server` to responses.
    pub adds_headers: bool,
    /// The Envoy that is simulated: up to 1.32 the old top-level properties such as `cluster_name` are there.
    #[serde(skip_serializing_if = "facts::is_default")]
    pub envoy_version: EnvoyVersion,
    #[serde(skip_serializing_if = "facts::is_default")]
    pub node: Node,
    /// Name of the cluster that the route chooses.
    #[serde(skip_serializing_if = "is_upstream")]
    pub cluster_name: String,
    #[serde(skip_serializing_if = "Metadata::is_empty")]
    pub cluster_metadata: Metadata,
    #[serde(skip_serializing_if = "facts::is_default")]
    pub route: RouteFacts,
    #[serde(skip_serializing_if = "facts::is_default")]
    pub virtual_host: VirtualHost,
    #[serde(skip_serializing_if = "facts::is_default")]
    pub listener: Listener,
    #[serde(skip_serializing_if = "facts::is_default")]
    pub addresses: Addresses,
    /// Metadata of the upstream host; absent: it has none, and the property has no bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub upstream_host_metadata: Option<Metadata>,
    #[serde(skip_serializing_if = "Locality::is_default")]
    pub upstream_locality: Locality,
    /// Number of the client's connection.
    #[serde(skip_serializing_if = "is_first")]
    pub connection_id: u64,
    #[serde(flatten)]
    pub unknown: Map<String, Value>,
}

impl Proxy {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

impl Default for Proxy {
    fn default() -> Self {
        Self {
            downstream: Protocol::Http2,
            upstream: Protocol::Http2,
            buffer_limit: 1 << 20,
            adds_headers: false,
            envoy_version: EnvoyVersion::default(),
            node: Node::default(),
            cluster_name: UPSTREAM.into(),
            cluster_metadata: Metadata::default(),
            route: RouteFacts::default(),
            virtual_host: VirtualHost::default(),
            listener: Listener::default(),
            addresses: Addresses::default(),
            upstream_host_metadata: None,
            upstream_locality: Locality::default(),
            connection_id: 1,
            unknown: Map::new(),
        }
    }
}

/// The cluster's name by itself.
const UPSTREAM: &str = "upstream";

fn is_upstream(name: &str) -> bool {
    name == UPSTREAM
}

fn is_first(number: &u64) -> bool {
    *number == 1
}

fn is_one(number: &u32) -> bool {
    *number == 1
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// Log levels by name.
mod level {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    use crate::abi::LogLevel;

    pub fn serialize<S: Serializer>(level: &LogLevel, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(level.name())
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<LogLevel, D::Error> {
        let name = String::deserialize(deserializer)?;
        LogLevel::from_name(&name).ok_or_else(|| {
            D::Error::custom(format!(
                "`{name}` is not a log level; use trace, debug, info, warn, error or critical"
            ))
        })
    }
}

/// Protocols by name.
mod protocol {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    use crate::http::Protocol;

    pub fn serialize<S: Serializer>(protocol: &Protocol, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(match protocol {
            Protocol::Http1 => "http1",
            Protocol::Http2 => "http2",
        })
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Protocol, D::Error> {
        match String::deserialize(deserializer)?.as_str() {
            "http1" => Ok(Protocol::Http1),
            "http2" => Ok(Protocol::Http2),
            other => Err(D::Error::custom(format!("`{other}` is not a protocol; use http1 or http2"))),
        }
    }
}
