//! The attributes of a TCP connection, where there is no request: some answer all the same, as in Envoy.

use bytes::Bytes;

use super::stream::{Object, address, endpoint, int, port};
use super::value::Value;
use super::{ProxyFacts, facts, proto};
use crate::abi::MapType;
use crate::host::ConnectionFacts;
use crate::stream::wire;

/// A connection as its properties show it.
pub struct ConnectionView<'a> {
    pub facts: &'a ConnectionFacts,
    pub proxy: &'a ProxyFacts,
    pub started: u64,
}

impl ConnectionView<'_> {
    /// There is an upstream.
    pub fn is_connected(&self) -> bool {
        self.facts.connection.upstream_started
    }

    /// The value under a name in a group or map.
    pub fn get(&self, object: &Object, name: &[u8]) -> Option<Value> {
        match object {
            Object::Request => self.request(name),
            Object::Response => self.response(name),
            Object::Source => endpoint(name, &self.proxy.client_address),
            Object::Destination => endpoint(name, &self.proxy.proxy_address),
            Object::Connection => match name {
                b"id" => Some(self.connection_id()),
                b"mtls" => Some(Value::Bool(false)),
                b"requested_server_name" => Some("".into()),
                _ => None,
            },
            Object::Upstream => self.upstream(name),
            Object::Xds => self.xds(name),
            Object::FilterState => self.facts.filter_state.value(name, false),
            // The maps are there, and empty.
            Object::UpstreamFilterState | Object::Headers(_) => None,
            Object::Address(ip, port) => address(name, *ip, *port),
        }
    }

    /// Each connection of a client has the next number.
    pub fn connection_id(&self) -> Value {
        Value::Uint(self.proxy.first_connection.saturating_add(self.facts.number as u64))
    }

    fn request(&self, name: &[u8]) -> Option<Value> {
        match name {
            b"time" => Some(Value::Timestamp(self.started.saturating_add(self.facts.started).into())),
            b"size" | b"total_size" => Some(int(self.facts.connection.client.received)),
            b"headers_bytes" => Some(Value::Int(0)),
            b"headers" => Some(Value::Object(Object::Headers(MapType::RequestHeaders))),
            _ => None,
        }
    }

    fn response(&self, name: &[u8]) -> Option<Value> {
        match name {
            b"size" | b"total_size" => Some(int(self.facts.connection.client.sent)),
            b"headers_bytes" => Some(Value::Int(0)),
            b"flags" => Some(Value::Int(self.facts.connection.flags)),
            b"headers" => Some(Value::Object(Object::Headers(MapType::ResponseHeaders))),
            b"trailers" => Some(Value::Object(Object::Headers(MapType::ResponseTrailers))),
            _ => None,
        }
    }

    fn upstream(&self, name: &[u8]) -> Option<Value> {
        let connected = |value: Value| self.is_connected().then_some(value);
        let refused = self.facts.connection.upstream_refused;
        // The endpoint was chosen before it refused (recorded case 22-028).
        let is_chosen = self.is_connected() || refused;
        match name {
            b"address" => is_chosen.then(|| self.proxy.upstream_address.as_str().into()),
            b"port" => is_chosen.then(|| port(&self.proxy.upstream_address)).flatten(),
            b"local_address" => connected(self.proxy.upstream_local_address.as_str().into()),
            b"request_attempt_count" => Some(Value::Uint(u64::from(self.is_connected()))),
            b"num_endpoints" => connected(Value::Uint(1)),
            b"cx_pool_ready_duration" => connected(Value::Duration(0)),
            b"transport_failure_reason" => Some(if refused { wire::REFUSED.into() } else { "".into() }),
            b"locality" => {
                let locality = facts::locality(&self.proxy.upstream_locality);
                connected(Value::Message(&proto::LOCALITY, locality.into()))
            }
            _ => None,
        }
    }

    fn xds(&self, name: &[u8]) -> Option<Value> {
        let proxy = self.proxy;
        let metadata = |namespaces| Value::Message(&proto::METADATA, facts::metadata(namespaces).into());
        let connected = |value: Value| self.is_connected().then_some(value);
        match name {
            b"cluster_name" => connected(proxy.cluster_name.as_str().into()),
            b"cluster_metadata" => connected(metadata(&proxy.cluster_metadata)),
            b"filter_chain_name" => Some(proxy.filter_chain_name.as_str().into()),
            b"listener_direction" => Some(Value::Int(proxy.listener_direction)),
            b"listener_metadata" => Some(metadata(&proxy.listener_metadata)),
            b"upstream_host_metadata" => {
                connected(proxy.upstream_host_metadata.as_ref().map_or(Value::Null, metadata))
            }
            b"upstream_host_locality_metadata" => connected(Value::Null),
            _ => None,
        }
    }

    /// A top-level name that is no group.
    pub fn named(&self, name: &[u8], whole: bool) -> Option<Value> {
        match name {
            b"connection_id" => Some(self.connection_id()),
            b"metadata" => Some(Value::Message(&proto::METADATA, Bytes::new())),
            b"upstream_filter_state" if !self.is_connected() => None,
            _ => match Object::by_name(name) {
                Some(object) => Some(Value::Object(object)),
                None => self.facts.filter_state.value(&[b"wasm.", name].concat(), whole),
            },
        }
    }
}
