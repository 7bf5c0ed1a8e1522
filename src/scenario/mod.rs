//! The document: everything a run needs, as one versioned JSON file.
//!
//! Reading keeps unknown fields and writes them back, so that a file from a newer Filterlab survives an older one.
//! Errors name line and column.

mod body;
mod facts;
mod file;
mod header;
mod limits;
mod property;
mod time;

pub use body::{Body, Chunks};
pub use facts::{
    Addresses, EnvoyVersion, Listener, ListenerDirection, Locality, Metadata, Node, RouteFacts, VirtualHost,
};
pub use file::{FileError, MAX_FILE, Source, VERSION};
pub(crate) use header::is_token_character;
pub use header::{HeaderLine, HeaderProblem};
pub use limits::Limits;
pub use property::{Properties, Property, PropertyError, PropertyValue};
pub use time::{ClockError, WallTime};

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
    #[serde(flatten)]
    pub unknown: Map<String, Value>,
}

impl Default for Scenario {
    fn default() -> Self {
        Self {
            version: VERSION,
            name: String::new(),
            chain: Vec::new(),
            request: Request::default(),
            reply: Reply::default(),
            log_level: crate::abi::LogLevel::Trace,
            seed: 0,
            clock: WallTime::default(),
            proxy: Proxy::default(),
            properties: Properties::default(),
            limits: Limits::default(),
            unknown: Map::new(),
        }
    }
}

/// One filter of the chain with its configuration, as in Envoy's `PluginConfig` and `VmConfig`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Filter {
    /// Path of the `.wasm`, relative to the scenario file.
    #[serde(rename = "filter")]
    pub path: String,
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
    #[serde(skip_serializing_if = "FailurePolicy::is_default")]
    pub failure_policy: FailurePolicy,
    /// The deprecated `fail_open: true`: a request during which the filter traps passes unharmed.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub fail_open: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub allow_on_headers_stop_iteration: bool,
    /// Names that the filter may import and export; empty: all.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub capabilities: Vec<String>,
    #[serde(flatten)]
    pub unknown: Map<String, Value>,
}

impl Filter {
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

impl FailurePolicy {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// The request as the client sends it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Request {
    /// Any token (RFC 9110, section 9.1).
    pub method: String,
    pub url: String,
    pub headers: Vec<HeaderLine>,
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
    #[serde(skip_serializing_if = "Body::is_empty")]
    pub body: Body,
    #[serde(skip_serializing_if = "Chunks::is_whole")]
    pub chunks: Chunks,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub trailers: Vec<HeaderLine>,
    /// The upstream resets the stream instead of answering.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub reset: bool,
    #[serde(flatten)]
    pub unknown: Map<String, Value>,
}

impl Default for Reply {
    fn default() -> Self {
        Self {
            status: 200,
            delay_ms: 0,
            headers: Vec::new(),
            body: Body::default(),
            chunks: Chunks::Whole,
            trailers: Vec::new(),
            reset: false,
            unknown: Map::new(),
        }
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
    /// Envoy adds `x-request-id`, `server`, `x-envoy-*` and `x-forwarded-for` as it does by default.
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
    #[serde(skip_serializing_if = "is_one")]
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

fn is_one(number: &u64) -> bool {
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
