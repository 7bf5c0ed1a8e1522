//! What a proxy knows besides the streams: names, addresses, metadata, and what a scenario says instead.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde_json::{Map as JsonMap, Value as Json};

use super::proto;
use crate::scenario::{Locality, Properties, PropertyValue, Proxy};

/// Values that a scenario sets for properties, by path.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FixedProperties(BTreeMap<Vec<Bytes>, PropertyValue>);

impl From<&Properties> for FixedProperties {
    fn from(properties: &Properties) -> Self {
        let all = properties.0.iter().map(|property| (property.path.clone(), property.value.clone()));
        Self(all.collect())
    }
}

impl FixedProperties {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The value that is set for the longest beginning of `path`, and how many segments that is.
    pub(super) fn find(&self, path: &[&[u8]]) -> Option<(usize, &PropertyValue)> {
        if self.is_empty() {
            return None;
        }
        (1..=path.len().min(MAX_SEGMENTS)).rev().find_map(|length| {
            let key: Vec<Bytes> = path[..length].iter().map(|part| Bytes::copy_from_slice(part)).collect();
            self.0.get(&key).map(|value| (length, value))
        })
    }

    /// The texts that are set right below a map, by name.
    pub(super) fn texts_in(&self, map: [&str; 2]) -> impl Iterator<Item = (&Bytes, &Bytes)> {
        self.0.iter().filter_map(move |(path, value)| match (path.as_slice(), value) {
            ([first, second, name], PropertyValue::String(text) | PropertyValue::Bytes(text)) => {
                (*first == map[0] && *second == map[1]).then_some((name, text))
            }
            _ => None,
        })
    }
}

/// Most segments of a path that are compared with those of a scenario.
const MAX_SEGMENTS: usize = 32;

/// What a proxy knows besides the streams: names, addresses and metadata.
#[derive(Clone, Debug, PartialEq)]
pub struct ProxyFacts {
    pub node_id: String,
    pub node_cluster: String,
    /// Metadata of the node: any JSON.
    pub node_metadata: JsonMap<String, Json>,
    /// Region, zone and sub-zone of the node.
    pub node_locality: [String; 3],
    pub cluster_name: String,
    pub virtual_host_name: String,
    /// `filter_metadata` of the route and others: an object by namespace.
    pub route_metadata: JsonMap<String, Json>,
    pub cluster_metadata: JsonMap<String, Json>,
    pub virtual_host_metadata: JsonMap<String, Json>,
    pub listener_metadata: JsonMap<String, Json>,
    /// `None`: the host has none at all.
    pub upstream_host_metadata: Option<JsonMap<String, Json>>,
    /// 0 unspecified, 1 inbound, 2 outbound.
    pub listener_direction: i64,
    pub filter_chain_name: String,
    pub client_address: String,
    pub proxy_address: String,
    pub upstream_address: String,
    pub upstream_local_address: String,
    /// Region, zone and sub-zone of the upstream host.
    pub upstream_locality: [String; 3],
    /// Number of the first client connection.
    pub first_connection: u64,
    /// The minor version of Envoy 1 that is simulated.
    pub envoy_minor: u32,
    /// What a scenario says instead.
    pub fixed: FixedProperties,
}

impl Default for ProxyFacts {
    fn default() -> Self {
        Self::new(&Proxy::default(), &Properties::default())
    }
}

impl ProxyFacts {
    /// What a scenario says of its proxy.
    pub fn new(proxy: &Proxy, properties: &Properties) -> Self {
        let locality =
            |locality: &Locality| [locality.region.clone(), locality.zone.clone(), locality.sub_zone.clone()];
        Self {
            node_id: proxy.node.id.clone(),
            node_cluster: proxy.node.cluster.clone(),
            node_metadata: proxy.node.metadata.clone(),
            node_locality: locality(&proxy.node.locality),
            cluster_name: proxy.cluster_name.clone(),
            virtual_host_name: proxy.virtual_host.name.clone(),
            route_metadata: proxy.route.metadata.0.clone(),
            cluster_metadata: proxy.cluster_metadata.0.clone(),
            virtual_host_metadata: proxy.virtual_host.metadata.0.clone(),
            listener_metadata: proxy.listener.metadata.0.clone(),
            upstream_host_metadata: proxy.upstream_host_metadata.as_ref().map(|metadata| metadata.0.clone()),
            listener_direction: proxy.listener.direction as i64,
            filter_chain_name: proxy.listener.filter_chain_name.clone(),
            client_address: proxy.addresses.client.to_string(),
            proxy_address: proxy.addresses.proxy.to_string(),
            upstream_address: proxy.addresses.upstream.to_string(),
            upstream_local_address: proxy.addresses.upstream_local.to_string(),
            upstream_locality: locality(&proxy.upstream_locality),
            first_connection: proxy.connection_id,
            envoy_minor: proxy.envoy_version.minor,
            fixed: properties.into(),
        }
    }

    /// `envoy.config.core.v3.Node`. Envoy's list of its own extensions is left out.
    pub(super) fn node(&self) -> Vec<u8> {
        let mut node = proto::bytes_if_any(1, self.node_id.as_bytes());
        node.extend(proto::bytes_if_any(2, self.node_cluster.as_bytes()));
        if !self.node_metadata.is_empty() {
            node.extend(proto::bytes(3, &proto::json_struct(&self.node_metadata)));
        }
        node.extend(proto::bytes_if_any(4, &locality(&self.node_locality)));
        node.extend(proto::bytes(6, b"envoy"));
        let version = [proto::varint(1, 1), proto::varint(2, self.envoy_minor.into())].concat();
        let build = [proto::bytes(1, &version), proto::bytes(2, &proto::json_struct(&self.build()))].concat();
        node.extend(proto::bytes(8, &build));
        node
    }

    /// What an official build says of itself.
    fn build(&self) -> JsonMap<String, Json> {
        let mut build = JsonMap::from_iter([
            ("build.type".into(), "RELEASE".into()),
            ("revision.status".into(), "Clean".into()),
            ("ssl.version".into(), "BoringSSL".into()),
        ]);
        if self.envoy_minor == 40 {
            build.insert("revision.sha".into(), "9e5580933739775e8bce696a57a2e1bc99368f23".into());
        }
        build
    }
}

/// `envoy.config.core.v3.Locality`
pub(super) fn locality(parts: &[String; 3]) -> Vec<u8> {
    let [region, zone, sub_zone] = parts;
    [
        proto::bytes_if_any(1, region.as_bytes()),
        proto::bytes_if_any(2, zone.as_bytes()),
        proto::bytes_if_any(3, sub_zone.as_bytes()),
    ]
    .concat()
}

/// `envoy.config.core.v3.Metadata` with these objects by namespace.
pub(super) fn metadata(namespaces: &JsonMap<String, Json>) -> Vec<u8> {
    let mut metadata = Vec::new();
    for (namespace, fields) in namespaces {
        let fields = fields.as_object().map(proto::json_struct).unwrap_or_default();
        let entry = [proto::bytes(1, namespace.as_bytes()), proto::bytes(2, &fields)].concat();
        metadata.extend(proto::bytes(1, &entry));
    }
    metadata
}
