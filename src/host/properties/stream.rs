//! The attributes of a stream (`host-spec`, sections 4.4 and 4.5).

use std::collections::HashMap;
use std::net::IpAddr;

use bytes::Bytes;

use super::value::Value;
use super::{ProxyFacts, facts, proto};
use crate::abi::MapType;
use crate::host::StreamFacts;
use crate::http::HeaderMap;
use crate::stream::{flags, grpc_status_of, wire};

/// A group of attributes, or a map that is read only as far as somebody asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Object {
    Request,
    Response,
    Source,
    Destination,
    Connection,
    Upstream,
    Xds,
    FilterState,
    UpstreamFilterState,
    /// One of the maps of headers.
    Headers(MapType),
    /// An address in the filter state.
    Address(IpAddr, u16),
}

impl Object {
    /// The group with this top-level name.
    pub fn by_name(name: &[u8]) -> Option<Self> {
        Some(match name {
            b"request" => Self::Request,
            b"response" => Self::Response,
            b"source" => Self::Source,
            b"destination" => Self::Destination,
            b"connection" => Self::Connection,
            b"upstream" => Self::Upstream,
            b"xds" => Self::Xds,
            b"filter_state" => Self::FilterState,
            b"upstream_filter_state" => Self::UpstreamFilterState,
            _ => return None,
        })
    }
}

impl Object {
    /// Name of a group whose members are those of the table of attributes.
    pub fn group(&self) -> Option<&'static str> {
        Some(match self {
            Self::Request => "request",
            Self::Response => "response",
            Self::Source => "source",
            Self::Destination => "destination",
            Self::Connection => "connection",
            Self::Upstream => "upstream",
            Self::Xds => "xds",
            Self::FilterState | Self::UpstreamFilterState | Self::Headers(_) | Self::Address(..) => {
                return None;
            }
        })
    }
}

/// A stream as the properties of one filter show it.
pub struct StreamView<'a> {
    pub facts: &'a StreamFacts,
    pub filter: usize,
    pub proxy: &'a ProxyFacts,
    pub now: u64,
    pub started: u64,
    /// There was a connection to the upstream before.
    pub has_connection: bool,
}

impl StreamView<'_> {
    /// A map of headers that the filter holds right now.
    pub fn map(&self, map: MapType) -> Option<&HeaderMap> {
        self.facts.stream.shown_map(self.filter, map)
    }

    fn is_finished(&self) -> bool {
        self.facts.ended.is_some()
    }

    /// The route leads to an upstream.
    fn is_routed(&self) -> bool {
        self.facts.stream.route_found.as_ref().is_some_and(|route| route.direct.is_none())
    }

    /// An upstream host is known.
    pub fn is_connected(&self) -> bool {
        self.facts.stream.upstream_started
    }

    fn is_refused(&self) -> bool {
        self.facts.stream.flags & flags::UPSTREAM_CONNECTION_FAILURE != 0
    }

    /// There is a connection to the upstream host.
    pub fn is_ready(&self) -> bool {
        self.is_connected() && !self.is_refused() && (self.has_connection || self.facts.answered)
    }

    /// The value under a name in a group or map.
    pub fn get(&self, object: &Object, name: &[u8]) -> Option<Value> {
        match object {
            Object::Request => self.request(name),
            Object::Response => self.response(name),
            Object::Source => {
                endpoint(name, self.facts.source.as_deref().unwrap_or(&self.proxy.client_address))
            }
            Object::Destination => endpoint(name, &self.proxy.proxy_address),
            Object::Connection => self.connection(name),
            Object::Upstream => self.upstream(name),
            Object::Xds => self.xds(name),
            Object::FilterState => self.facts.filter_state.value(name, false),
            // Nothing stores objects for the upstream connection yet.
            Object::UpstreamFilterState => None,
            Object::Headers(map) => joined(self.map(*map)?, name).map(Value::String),
            Object::Address(ip, port) => address(name, *ip, *port),
        }
    }

    fn request(&self, name: &[u8]) -> Option<Value> {
        let held = self.map(MapType::RequestHeaders);
        let header = |name: &str| {
            let value = held?.get(name)?;
            Some(Value::String(value.clone()))
        };
        let is_space = |c: char| c.is_ascii_whitespace() || c == '\x0b';
        let received = self.facts.stream.request.received;
        let headers_bytes = held.map_or(0, HeaderMap::byte_size) as u64;
        match name {
            b"headers" => Some(Value::Object(Object::Headers(MapType::RequestHeaders))),
            b"path" => header(":path"),
            b"url_path" => held.map(|map| Value::String(split_path(map).0)),
            b"query" => held.map(|map| Value::String(split_path(map).1)),
            b"host" => header(":authority"),
            b"scheme" => header(":scheme"),
            b"method" => header(":method"),
            b"referer" => header("referer"),
            b"useragent" => header("user-agent"),
            b"id" => header("x-request-id"),
            b"headers_bytes" => Some(int(headers_bytes)),
            b"time" => Some(Value::Timestamp((self.started + self.facts.started).into())),
            b"protocol" => Some(self.facts.stream.protocol.name().into()),
            b"size" => match held.and_then(|map| map.text("content-length")) {
                // Envoy takes white space around it.
                Some(length) => length.trim_matches(is_space).parse().ok().map(Value::Int),
                None => Some(int(received)),
            },
            b"total_size" => Some(int(received + headers_bytes)),
            b"duration" => {
                self.is_finished().then(|| Value::Duration((self.now - self.facts.started).into()))
            }
            _ => None,
        }
    }

    fn response(&self, name: &[u8]) -> Option<Value> {
        let held = self.map(MapType::ResponseHeaders);
        let trailers = self.map(MapType::ResponseTrailers);
        let code = self.facts.stream.code;
        let headers_bytes = held.map_or(0, HeaderMap::byte_size) as u64;
        let trailers_bytes = trailers.map_or(0, HeaderMap::byte_size) as u64;
        let sent = self.facts.stream.response.sent;
        match name {
            b"headers" => Some(Value::Object(Object::Headers(MapType::ResponseHeaders))),
            b"trailers" => Some(Value::Object(Object::Headers(MapType::ResponseTrailers))),
            b"code" => code.map(|code| Value::Int(code.into())),
            b"code_details" => {
                let details = self.facts.stream.details.as_deref();
                details.or(self.facts.stream.was_answered().then_some("via_upstream")).map(Value::from)
            }
            b"flags" => Some(Value::Int(self.facts.stream.flags)),
            b"grpc_status" => {
                let given =
                    self.facts.stream.response.trailers.as_ref().and_then(|map| map.text("grpc-status"));
                // What is no number reads as -1 (recorded case 28-007).
                let given =
                    given.or_else(|| held?.text("grpc-status")).map(|text| text.parse().unwrap_or(-1));
                let by_status = || Some(grpc_status_of(code?).into());
                given.or_else(by_status).map(Value::Int)
            }
            b"headers_bytes" => Some(int(headers_bytes)),
            b"size" => Some(int(sent)),
            b"total_size" => Some(int(sent + headers_bytes + trailers_bytes)),
            b"backend_latency" => {
                let ended = self.facts.reply_ended?;
                Some(Value::Duration(ended.saturating_sub(self.facts.forwarded?).into()))
            }
            _ => None,
        }
    }

    /// Number of the client's connection.
    pub fn connection_id(&self) -> Value {
        Value::Uint(self.proxy.first_connection.saturating_add(self.facts.exchange.into()))
    }

    fn connection(&self, name: &[u8]) -> Option<Value> {
        match name {
            b"id" => Some(self.connection_id()),
            b"mtls" => Some(Value::Bool(false)),
            b"requested_server_name" => Some("".into()),
            _ => None,
        }
    }

    fn upstream(&self, name: &[u8]) -> Option<Value> {
        let (started, is_refused) = (self.is_connected(), self.is_refused());
        let connected = |value: Value| started.then_some(value);
        match name {
            b"request_attempt_count" => Some(Value::Uint(self.facts.stream.attempts.into())),
            b"num_endpoints" => self.is_routed().then_some(Value::Uint(1)),
            b"address" => connected(self.proxy.upstream_address.as_str().into()),
            b"port" => started.then(|| port(&self.proxy.upstream_address)).flatten(),
            b"local_address" => self.is_ready().then(|| self.proxy.upstream_local_address.as_str().into()),
            b"transport_failure_reason" => {
                connected(if is_refused { wire::REFUSED.into() } else { "".into() })
            }
            b"cx_pool_ready_duration" => (self.is_ready() || is_refused).then_some(Value::Duration(0)),
            b"locality" => {
                let locality = facts::locality(&self.proxy.upstream_locality);
                connected(Value::Message(&proto::LOCALITY, locality.into()))
            }
            _ => None,
        }
    }

    fn xds(&self, name: &[u8]) -> Option<Value> {
        let proxy = self.proxy;
        let route = self.facts.stream.route_found.as_ref();
        let metadata =
            |namespaces| Some(Value::Message(&proto::METADATA, facts::metadata(namespaces).into()));
        match name {
            b"cluster_name" => self.is_routed().then(|| proxy.cluster_name.as_str().into()),
            b"route_name" => route.map(|route| route.name.as_str().into()),
            b"virtual_host_name" => {
                self.facts.stream.request.headers.as_ref().map(|_| proxy.virtual_host_name.as_str().into())
            }
            b"filter_chain_name" => Some(proxy.filter_chain_name.as_str().into()),
            b"listener_direction" => Some(Value::Int(proxy.listener_direction)),
            b"route_metadata" => match route?.direct {
                None => metadata(&proxy.route_metadata),
                Some(_) => metadata(&serde_json::Map::new()),
            },
            b"cluster_metadata" if !self.is_routed() => None,
            b"cluster_metadata" => metadata(&proxy.cluster_metadata),
            b"virtual_host_metadata" => metadata(&proxy.virtual_host_metadata),
            b"listener_metadata" => metadata(&proxy.listener_metadata),
            b"upstream_host_metadata" => match &proxy.upstream_host_metadata {
                _ if !self.is_connected() => None,
                Some(namespaces) => metadata(namespaces),
                None => Some(Value::Null),
            },
            b"upstream_host_locality_metadata" => self.is_connected().then_some(Value::Null),
            _ => None,
        }
    }
}

/// A part of an address in the filter state.
pub fn address(name: &[u8], ip: IpAddr, port: u16) -> Option<Value> {
    match name {
        b"ip" => Some(ip.to_string().into()),
        b"port" => Some(Value::Int(port.into())),
        _ => None,
    }
}

pub fn endpoint(name: &[u8], address: &str) -> Option<Value> {
    match name {
        b"address" => Some(address.into()),
        b"port" => port(address),
        _ => None,
    }
}

/// Where a request comes from by its `x-forwarded-for`, in which each proxy on the way put the address it saw at the
/// end: as an address with port 0. `None`: the last entry is no plain address.
pub fn forwarded_for(headers: &HeaderMap) -> Option<String> {
    let last = headers.get_all("x-forwarded-for").last()?;
    let last = last.rsplit(|byte| *byte == b',').next()?;
    let address: IpAddr = std::str::from_utf8(last).ok()?.trim().parse().ok()?;
    Some(std::net::SocketAddr::new(address, 0).to_string())
}

/// All values of one name.
fn joined(map: &HeaderMap, name: &[u8]) -> Option<Bytes> {
    let mut values = map.get_all(name);
    let first = values.next()?;
    let rest: Vec<&[u8]> = values.map(Bytes::as_ref).collect();
    match rest.as_slice() {
        [] => Some(first.clone()),
        rest => Some([&[first.as_ref()], rest].concat().join(b",".as_slice()).into()),
    }
}

/// A map of headers with the values of one name joined.
pub fn joined_headers(map: Option<&HeaderMap>) -> Vec<(Bytes, Bytes)> {
    // By name in one pass: a guest may have added tens of thousands of them.
    let mut names: Vec<&Bytes> = Vec::new();
    let mut values: HashMap<&Bytes, Vec<&[u8]>> = HashMap::new();
    for entry in map.iter().flat_map(|map| map.entries()) {
        let found = values.entry(&entry.name).or_insert_with(|| {
            names.push(&entry.name);
            Vec::new()
        });
        found.push(&entry.value);
    }
    let entries = names.into_iter().map(|name| {
        let value = values.remove(name).unwrap_or_default().join(b",".as_slice());
        (name.clone(), Bytes::from(value))
    });
    entries.collect()
}

/// Path and query of `:path`; the fragment belongs to neither.
fn split_path(map: &HeaderMap) -> (Bytes, Bytes) {
    let Some(path) = map.get(":path") else { return Default::default() };
    match path.iter().position(|byte| *byte == b'?') {
        Some(at) => {
            let query = path.slice(at + 1..);
            let end = query.iter().position(|byte| *byte == b'#').unwrap_or(query.len());
            (path.slice(..at), query.slice(..end))
        }
        None => (path.clone(), Bytes::new()),
    }
}

pub fn int(number: u64) -> Value {
    Value::Int(i64::try_from(number).unwrap_or(i64::MAX))
}

pub fn port(address: &str) -> Option<Value> {
    address.rsplit_once(':')?.1.parse().ok().map(Value::Int)
}
