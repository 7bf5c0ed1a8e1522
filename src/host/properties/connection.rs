//! Properties on a TCP connection, where there is no request: some answer all the same, as in Envoy.

use bytes::Bytes;

use super::{Value, int, port};
use crate::host::{ConnectionFacts, World};

/// What Envoy says when nobody listens (recorded case 22-028).
const REFUSED: &str = "delayed connect error: Connection refused";

/// The property with this first name, as asked on a connection.
pub(super) fn look_up(facts: &ConnectionFacts, world: &World, first: &[u8], rest: &[&[u8]]) -> Option<Value> {
    let name = match rest {
        [] => return whole(facts, world, first),
        [name] => *name,
        // A map without any entries has none with this name either.
        _ => return None,
    };
    let proxy = &world.facts;
    let (received, sent) = (facts.connection.client.received, facts.connection.client.sent);
    let started = facts.connection.upstream_started;
    let once_started = |value: Value| started.then_some(value);
    let refused = facts.connection.upstream_refused;
    let endpoint = |address: &str| match name {
        b"address" => Some(address.into()),
        b"port" => port(address),
        _ => None,
    };
    match (first, name) {
        (b"request", b"time") => Some(int(world.started.0.saturating_add(facts.started))),
        (b"request", b"size" | b"total_size") => Some(int(received)),
        (b"response", b"size" | b"total_size") => Some(int(sent)),
        (b"request" | b"response", b"headers_bytes") => Some(Value::Int(0)),
        (b"response", b"flags") => Some(Value::Int(facts.connection.flags)),
        (b"request" | b"response", b"headers") | (b"response", b"trailers") => Some(Value::Map(Vec::new())),
        (b"source", _) => endpoint(&proxy.client_address),
        (b"destination", _) => endpoint(&proxy.proxy_address),
        (b"connection", b"id") => Some(id(facts, world)),
        (b"connection", b"mtls") => Some(Value::Bool(false)),
        (b"connection", b"requested_server_name") => Some("".into()),
        // The endpoint was chosen before it refused.
        (b"upstream", b"address" | b"port") if started || refused => endpoint(&proxy.upstream_address),
        (b"upstream", b"local_address") => once_started(proxy.upstream_local_address.as_str().into()),
        (b"upstream", b"request_attempt_count") => Some(Value::Uint(u64::from(started))),
        (b"upstream", b"num_endpoints") => once_started(Value::Uint(1)),
        (b"upstream", b"cx_pool_ready_duration") => once_started(Value::Int(0)),
        (b"upstream", b"transport_failure_reason") if refused => Some(REFUSED.into()),
        (b"upstream", b"transport_failure_reason") => Some("".into()),
        (b"upstream", b"locality") => once_started(Value::Bytes(Bytes::new())),
        (b"xds", b"cluster_name") => once_started(proxy.cluster_name.as_str().into()),
        (b"xds", b"cluster_metadata") => once_started(Value::Bytes(Bytes::new())),
        (b"xds", b"filter_chain_name") => Some("".into()),
        (b"xds", b"listener_direction") => Some(Value::Int(0)),
        (b"xds", b"listener_metadata") => Some(Value::Bytes(Bytes::new())),
        (b"xds", b"upstream_host_metadata" | b"upstream_host_locality_metadata") => {
            once_started(Value::Object)
        }
        (b"metadata", b"filter_metadata") => Some(Value::Map(Vec::new())),
        (b"filter_state", key) => facts.filter_state.get(key).cloned().map(Value::Bytes),
        _ => None,
    }
}

/// Each connection of a client has the next number.
fn id(facts: &ConnectionFacts, world: &World) -> Value {
    Value::Uint(world.facts.first_connection.saturating_add(facts.number as u64))
}

/// A property without a second name.
fn whole(facts: &ConnectionFacts, world: &World, name: &[u8]) -> Option<Value> {
    match name {
        b"request" | b"response" | b"source" | b"destination" | b"connection" | b"upstream"
        | b"filter_state" => Some(Value::Object),
        b"upstream_filter_state" => facts.connection.upstream_started.then_some(Value::Object),
        b"connection_id" => Some(id(facts, world)),
        b"metadata" => Some(Value::Bytes(Bytes::new())),
        _ => {
            let key = [b"wasm.".as_slice(), name].concat();
            facts.filter_state.get(key.as_slice()).cloned().map(Value::Bytes)
        }
    }
}
