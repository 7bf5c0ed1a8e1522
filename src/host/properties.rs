//! Values of properties (`host-spec`, sections 4.2 to 4.5).

mod connection;

use std::collections::HashMap;

use bytes::Bytes;

use super::StreamFacts;
use super::vm::VmState;
use crate::abi::{MapType, Status, pairs};
use crate::http::HeaderMap;

/// What a proxy knows besides the streams: names, addresses and metadata.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProxyFacts {
    pub node_id: String,
    pub node_cluster: String,
    /// Metadata of the node: text or whole numbers by key.
    pub node_metadata: Vec<(String, NodeValue)>,
    pub cluster_name: String,
    pub virtual_host_name: String,
    /// `filter_metadata` of the route: namespace, key, text.
    pub route_metadata: Vec<(String, String, String)>,
    pub client_address: String,
    pub proxy_address: String,
    pub upstream_address: String,
    pub upstream_local_address: String,
    /// Number of the first client connection.
    pub first_connection: u64,
}

/// A value in the node's metadata.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NodeValue {
    Text(String),
    Number(i32),
}

impl Default for ProxyFacts {
    fn default() -> Self {
        Self {
            node_id: "filterlab".into(),
            node_cluster: "filterlab".into(),
            node_metadata: Vec::new(),
            cluster_name: "upstream".into(),
            virtual_host_name: "default".into(),
            route_metadata: Vec::new(),
            client_address: "127.0.0.1:50000".into(),
            proxy_address: "127.0.0.1:10000".into(),
            upstream_address: "127.0.0.1:8080".into(),
            upstream_local_address: "127.0.0.1:40000".into(),
            first_connection: 1,
        }
    }
}

/// A property before it is put into bytes.
enum Value {
    Bytes(Bytes),
    Int(i64),
    Uint(u64),
    Double(f64),
    Bool(bool),
    /// Names and values, each already in bytes.
    Map(Vec<(Bytes, Bytes)>),
    /// It exists, but has no bytes.
    Object,
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Bytes(Bytes::copy_from_slice(text.as_bytes()))
    }
}

impl From<Vec<u8>> for Value {
    fn from(message: Vec<u8>) -> Self {
        Self::Bytes(message.into())
    }
}

impl Value {
    fn encode(self) -> Result<Bytes, Status> {
        let bytes = match self {
            Self::Bytes(bytes) => return Ok(bytes),
            Self::Int(number) => number.to_le_bytes().to_vec(),
            Self::Uint(number) => number.to_le_bytes().to_vec(),
            Self::Double(number) => number.to_le_bytes().to_vec(),
            Self::Bool(truth) => vec![u8::from(truth)],
            Self::Map(entries) => {
                pairs::encode(entries.iter().map(|(name, value)| (name.as_ref(), value.as_ref())))
            }
            Self::Object => return Err(Status::SerializationFailure),
        };
        Ok(bytes.into())
    }
}

impl VmState {
    /// The bytes of the property at `path`, segments joined by NUL.
    pub fn property(&mut self, path: &[u8]) -> Result<Bytes, Status> {
        let path = path.strip_suffix(b"\0").unwrap_or(path);
        if path.is_empty() {
            return Err(Status::SerializationFailure);
        }
        let segments: Vec<&[u8]> = path.split(|byte| *byte == 0).collect();
        self.look_up(&segments).ok_or(Status::NotFound)?.encode()
    }

    fn look_up(&mut self, path: &[&[u8]]) -> Option<Value> {
        let (first, rest) = path.split_first()?;
        match *first {
            b"plugin_name" | b"plugin_root_id" | b"plugin_vm_id" if !rest.is_empty() => return None,
            b"plugin_name" => return self.acting_root().map(|root| root.name.as_str().into()),
            b"plugin_root_id" => return self.acting_root().map(|root| root.root_id.as_str().into()),
            b"plugin_vm_id" => return Some(Value::Bytes(self.vm_id.clone())),
            b"xds" if rest.is_empty() => return Some(Value::Object),
            b"xds" if rest[0] == b"node" => return node(&self.world.facts, &rest[1..]),
            _ => {}
        }
        if let Some((connection, _)) = self.acting_connection() {
            let facts = self.world.connections.get(connection)?;
            return connection::look_up(facts, &self.world, first, rest);
        }
        let (stream, filter) = self.acting_stream()?;
        let facts = self.world.stream(stream)?;
        let view = StreamView {
            facts,
            filter,
            proxy: &self.world.facts,
            now: self.world.now(),
            started: self.world.started.0,
        };
        match *first {
            b"request" => view.request(rest),
            b"response" => view.response(rest),
            b"source" => view.endpoint(rest, &view.proxy.client_address),
            b"destination" => view.endpoint(rest, &view.proxy.proxy_address),
            b"connection" => view.connection(rest),
            b"connection_id" if rest.is_empty() => Some(view.connection_id()),
            b"upstream" => view.upstream(rest),
            b"xds" => view.xds(rest),
            b"metadata" => match rest {
                [] => Some(Value::Bytes(Bytes::new())),
                [name] if *name == b"filter_metadata" => Some(Value::Map(Vec::new())),
                _ => None,
            },
            b"filter_state" => match rest {
                [] => Some(Value::Object),
                [key] => facts.filter_state.get(*key).cloned().map(Value::Bytes),
                _ => None,
            },
            name if rest.is_empty() => {
                let key = [b"wasm.".as_slice(), name].concat();
                facts.filter_state.get(key.as_slice()).cloned().map(Value::Bytes)
            }
            _ => None,
        }
    }
}

/// A stream as the properties of one filter show it.
struct StreamView<'a> {
    facts: &'a StreamFacts,
    filter: usize,
    proxy: &'a ProxyFacts,
    now: u64,
    started: u64,
}

impl StreamView<'_> {
    fn map(&self, map: MapType) -> Option<&HeaderMap> {
        self.facts.stream.map(self.filter, map).map()
    }

    fn is_finished(&self) -> bool {
        self.facts.ended.is_some()
    }

    fn request(&self, path: &[&[u8]]) -> Option<Value> {
        let Some((name, rest)) = path.split_first() else { return Some(Value::Object) };
        let held = self.map(MapType::RequestHeaders);
        let header = |name: &str| {
            let value = held?.get(name)?;
            Some(Value::Bytes(value.clone()))
        };
        if *name == b"headers" {
            return headers(held, rest);
        }
        if !rest.is_empty() {
            return None;
        }
        let received = self.facts.stream.request.received;
        let headers_bytes = held.map_or(0, HeaderMap::byte_size) as u64;
        match *name {
            b"path" => header(":path"),
            b"url_path" => held.map(|map| Value::Bytes(split_path(map).0)),
            b"query" => held.map(|map| Value::Bytes(split_path(map).1)),
            b"host" => header(":authority"),
            b"scheme" => header(":scheme"),
            b"method" => header(":method"),
            b"referer" => header("referer"),
            b"useragent" => header("user-agent"),
            b"id" => header("x-request-id"),
            b"headers_bytes" => Some(int(headers_bytes)),
            b"time" => Some(int(self.started + self.facts.started)),
            b"protocol" => Some(self.facts.stream.protocol.name().into()),
            b"size" => match held.and_then(|map| map.text("content-length")) {
                Some(length) => length.parse().ok().map(Value::Int),
                None => Some(int(received)),
            },
            b"total_size" => Some(int(received + headers_bytes)),
            b"duration" => self.is_finished().then(|| int(self.now - self.facts.started)),
            _ => None,
        }
    }

    fn response(&self, path: &[&[u8]]) -> Option<Value> {
        let Some((name, rest)) = path.split_first() else { return Some(Value::Object) };
        let held = self.map(MapType::ResponseHeaders);
        let trailers = self.map(MapType::ResponseTrailers);
        match *name {
            b"headers" => return headers(held, rest),
            b"trailers" => return headers(trailers, rest),
            _ if !rest.is_empty() => return None,
            _ => {}
        }
        let all = self.facts.stream.response.headers.as_ref();
        let status = || all?.text(":status")?.parse::<i64>().ok();
        let headers_bytes = held.map_or(0, HeaderMap::byte_size) as u64;
        let trailers_bytes = trailers.map_or(0, HeaderMap::byte_size) as u64;
        let sent = self.facts.stream.response.sent;
        match *name {
            b"code" => status().map(Value::Int),
            b"code_details" => {
                let details = self.facts.stream.details.as_deref();
                details.or(all.map(|_| "via_upstream")).map(Value::from)
            }
            b"flags" => Some(Value::Int(self.facts.stream.flags)),
            b"grpc_status" => {
                let given =
                    self.facts.stream.response.trailers.as_ref().and_then(|map| map.text("grpc-status"));
                let given = given.or_else(|| all?.text("grpc-status")).and_then(|text| text.parse().ok());
                given.or_else(|| status().map(grpc_status_of)).map(Value::Int)
            }
            b"headers_bytes" => Some(int(headers_bytes)),
            b"size" => Some(int(sent)),
            b"total_size" => Some(int(sent + headers_bytes + trailers_bytes)),
            b"backend_latency" => {
                let ended = self.facts.reply_ended?;
                Some(int(ended.saturating_sub(self.facts.forwarded?)))
            }
            _ => None,
        }
    }

    fn endpoint(&self, path: &[&[u8]], address: &str) -> Option<Value> {
        match path {
            [] => Some(Value::Object),
            [name] if *name == b"address" => Some(address.into()),
            [name] if *name == b"port" => port(address),
            _ => None,
        }
    }

    fn connection_id(&self) -> Value {
        Value::Uint(self.proxy.first_connection + u64::from(self.facts.exchange))
    }

    fn connection(&self, path: &[&[u8]]) -> Option<Value> {
        match path {
            [] => Some(Value::Object),
            [name] if *name == b"id" => Some(self.connection_id()),
            [name] if *name == b"mtls" => Some(Value::Bool(false)),
            [name] if *name == b"requested_server_name" => Some("".into()),
            _ => None,
        }
    }

    fn upstream(&self, path: &[&[u8]]) -> Option<Value> {
        let Some((name, rest)) = path.split_first() else { return Some(Value::Object) };
        if !rest.is_empty() {
            return None;
        }
        let started = self.facts.stream.upstream_started;
        let connected = |value: Value| started.then_some(value);
        match *name {
            b"request_attempt_count" => Some(Value::Uint(u64::from(started))),
            b"num_endpoints" => Some(Value::Uint(1)),
            b"address" => connected(self.proxy.upstream_address.as_str().into()),
            b"port" => started.then(|| port(&self.proxy.upstream_address)).flatten(),
            b"local_address" => connected(self.proxy.upstream_local_address.as_str().into()),
            b"transport_failure_reason" => connected("".into()),
            b"cx_pool_ready_duration" => connected(Value::Int(0)),
            b"locality" => connected(Value::Bytes(Bytes::new())),
            _ => None,
        }
    }

    fn xds(&self, path: &[&[u8]]) -> Option<Value> {
        let (name, rest) = path.split_first()?;
        if !rest.is_empty() {
            return match *name {
                b"route_metadata" => self.route_metadata(rest),
                _ => None,
            };
        }
        let started = self.facts.stream.upstream_started;
        match *name {
            b"cluster_name" => Some(self.proxy.cluster_name.as_str().into()),
            b"route_name" => Some(self.route_name().as_str().into()),
            b"virtual_host_name" => Some(self.proxy.virtual_host_name.as_str().into()),
            b"filter_chain_name" => Some("".into()),
            b"listener_direction" => Some(Value::Int(0)),
            b"route_metadata" => Some(self.route_metadata_message().into()),
            b"cluster_metadata" | b"virtual_host_metadata" | b"listener_metadata" => {
                Some(Value::Bytes(Bytes::new()))
            }
            b"upstream_host_metadata" | b"upstream_host_locality_metadata" => {
                started.then_some(Value::Object)
            }
            _ => None,
        }
    }

    fn route_name(&self) -> String {
        let stream = &self.facts.stream;
        stream.route_found.as_ref().map(|route| route.name.clone()).unwrap_or_default()
    }

    fn route_metadata(&self, path: &[&[u8]]) -> Option<Value> {
        let (_, path) = path.split_first().filter(|(name, _)| **name == b"filter_metadata")?;
        let all = &self.proxy.route_metadata;
        let bytes = |text: &str| Bytes::copy_from_slice(text.as_bytes());
        let fields = |wanted: &[u8]| {
            let found = all.iter().filter(move |(namespace, ..)| namespace.as_bytes() == wanted);
            found.map(|(_, key, value)| (bytes(key), bytes(value))).collect::<Vec<_>>()
        };
        match path {
            [] => {
                let mut spaces: Vec<(Bytes, Bytes)> = Vec::new();
                for (namespace, ..) in all {
                    if !spaces.iter().any(|(known, _)| known == namespace.as_bytes()) {
                        let fields = Value::Map(fields(namespace.as_bytes())).encode().ok()?;
                        spaces.push((bytes(namespace), fields));
                    }
                }
                Some(Value::Map(spaces))
            }
            [namespace] => Some(fields(namespace)).filter(|fields| !fields.is_empty()).map(Value::Map),
            [namespace, key] => {
                let field = fields(namespace).into_iter().find(|(found, _)| found == key);
                field.map(|(_, value)| Value::Bytes(value))
            }
            _ => None,
        }
    }

    fn route_metadata_message(&self) -> Vec<u8> {
        let mut message = Vec::new();
        for (namespace, key, value) in &self.proxy.route_metadata {
            let structure = proto_struct(&[(key.clone(), NodeValue::Text(value.clone()))]);
            let entry = [field(1, namespace.as_bytes()), field(2, &structure)].concat();
            message.extend(field(1, &entry));
        }
        message
    }
}

/// `request.headers` and its likes: a map with the values of one name joined, or one such value.
fn headers(map: Option<&HeaderMap>, path: &[&[u8]]) -> Option<Value> {
    let joined = |map: &HeaderMap, name: &[u8]| -> Option<Bytes> {
        let values: Vec<&[u8]> = map.get_all(name).map(Bytes::as_ref).collect();
        (!values.is_empty()).then(|| values.join(b",".as_slice()).into())
    };
    match path {
        [] => {
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
            Some(Value::Map(entries.collect()))
        }
        [name] => joined(map?, name).map(Value::Bytes),
        _ => None,
    }
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

fn int(number: u64) -> Value {
    Value::Int(i64::try_from(number).unwrap_or(i64::MAX))
}

fn port(address: &str) -> Option<Value> {
    address.rsplit_once(':')?.1.parse().ok().map(Value::Int)
}

/// Envoy's mapping from an HTTP status to a gRPC status, for replies that have none.
fn grpc_status_of(http: i64) -> i64 {
    match http {
        400 => 13,
        401 => 16,
        403 => 7,
        404 => 12,
        429 | 502..=504 => 14,
        _ => 2,
    }
}

fn node(facts: &ProxyFacts, path: &[&[u8]]) -> Option<Value> {
    match path {
        [] => Some(node_message(facts).into()),
        [name] if *name == b"id" => Some(facts.node_id.as_str().into()),
        [name] if *name == b"cluster" => Some(facts.node_cluster.as_str().into()),
        [name] if *name == b"metadata" => {
            let entries = facts.node_metadata.iter().map(|(key, value)| {
                let bytes = match value {
                    NodeValue::Text(text) => Bytes::copy_from_slice(text.as_bytes()),
                    NodeValue::Number(number) => Bytes::copy_from_slice(&f64::from(*number).to_le_bytes()),
                };
                (Bytes::copy_from_slice(key.as_bytes()), bytes)
            });
            Some(Value::Map(entries.collect()))
        }
        [name, key] if *name == b"metadata" => {
            let (_, value) = facts.node_metadata.iter().find(|(found, _)| found.as_bytes() == *key)?;
            Some(match value {
                NodeValue::Text(text) => text.as_str().into(),
                NodeValue::Number(number) => Value::Double(f64::from(*number)),
            })
        }
        _ => None,
    }
}

/// `envoy.config.core.v3.Node` with what the facts have of it.
fn node_message(facts: &ProxyFacts) -> Vec<u8> {
    let mut message = field(1, facts.node_id.as_bytes());
    message.extend(field(2, facts.node_cluster.as_bytes()));
    if !facts.node_metadata.is_empty() {
        message.extend(field(3, &proto_struct(&facts.node_metadata)));
    }
    message
}

/// `google.protobuf.Struct`.
fn proto_struct(entries: &[(String, NodeValue)]) -> Vec<u8> {
    let mut message = Vec::new();
    for (key, value) in entries {
        let value = match value {
            NodeValue::Text(text) => field(3, text.as_bytes()),
            NodeValue::Number(number) => {
                let mut bytes = vec![2 << 3 | 1];
                bytes.extend(f64::from(*number).to_le_bytes());
                bytes
            }
        };
        message.extend(field(1, &[field(1, key.as_bytes()), field(2, &value)].concat()));
    }
    message
}

/// A length-delimited protobuf field.
fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
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
