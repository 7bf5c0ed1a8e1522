//! What a proxy knows of itself, its configuration and its peers, as filters see it in properties.

use std::net::SocketAddr;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

/// The proxy's own description (`xds.node`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Node {
    pub id: String,
    pub cluster: String,
    /// Any JSON; numbers are doubles for filters.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub metadata: Map<String, Value>,
    #[serde(skip_serializing_if = "Locality::is_default")]
    pub locality: Locality,
    #[serde(flatten)]
    pub unknown: Map<String, Value>,
}

impl Default for Node {
    fn default() -> Self {
        Self {
            id: "filterlab".into(),
            cluster: "filterlab".into(),
            metadata: Map::new(),
            locality: Locality::default(),
            unknown: Map::new(),
        }
    }
}

/// A place.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Locality {
    #[serde(skip_serializing_if = "String::is_empty")]
    pub region: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub zone: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub sub_zone: String,
    #[serde(flatten)]
    pub unknown: Map<String, Value>,
}

impl Locality {
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// Metadata that the configuration attaches to something: an object of fields by namespace (`filter_metadata`).
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Metadata(pub Map<String, Value>);

impl Metadata {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<'de> Deserialize<'de> for Metadata {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let namespaces = Map::<String, Value>::deserialize(deserializer)?;
        match namespaces.iter().find(|(_, fields)| !fields.is_object()) {
            Some((namespace, _)) => Err(D::Error::custom(format!(
                "metadata of `{namespace}` is not an object; write {{\"{namespace}\": {{\"key\": \"value\"}}}}"
            ))),
            None => Ok(Self(namespaces)),
        }
    }
}

macro_rules! named {
    ($(#[$meta:meta])* $name:ident $default:literal) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[serde(default)]
        pub struct $name {
            pub name: String,
            #[serde(skip_serializing_if = "Metadata::is_empty")]
            pub metadata: Metadata,
            #[serde(flatten)]
            pub unknown: Map<String, Value>,
        }

        impl Default for $name {
            fn default() -> Self {
                Self { name: $default.into(), metadata: Metadata::default(), unknown: Map::new() }
            }
        }
    };
}

named! {
    /// The route that serves every request.
    RouteFacts "default"
}

named! {
    /// The virtual host of the route.
    VirtualHost "default"
}

/// The listener that took the connection.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Listener {
    pub direction: ListenerDirection,
    #[serde(skip_serializing_if = "Metadata::is_empty")]
    pub metadata: Metadata,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub filter_chain_name: String,
    #[serde(flatten)]
    pub unknown: Map<String, Value>,
}

/// Where a listener's connections come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ListenerDirection {
    #[default]
    Unspecified,
    Inbound,
    Outbound,
}

/// Addresses with ports, as `10.0.0.7:41234` or `[::1]:443`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Addresses {
    /// Where the client is (`source.address`).
    pub client: SocketAddr,
    /// What the client connected to (`destination.address`).
    pub proxy: SocketAddr,
    /// The upstream host (`upstream.address`).
    pub upstream: SocketAddr,
    /// The proxy's end of the connection to it (`upstream.local_address`).
    pub upstream_local: SocketAddr,
    #[serde(flatten)]
    pub unknown: Map<String, Value>,
}

impl Default for Addresses {
    fn default() -> Self {
        let local = |port| SocketAddr::from(([127, 0, 0, 1], port));
        Self {
            client: local(50000),
            proxy: local(10000),
            upstream: local(8080),
            upstream_local: local(40000),
            unknown: Map::new(),
        }
    }
}

/// Whether a value is what it is by itself.
pub(super) fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// A version of Envoy that is simulated. In a file: `"1.40"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct EnvoyVersion {
    /// The part after `1.`.
    pub minor: u32,
}

impl EnvoyVersion {
    pub const OLDEST: Self = Self { minor: 32 };
    pub const NEWEST: Self = Self { minor: 40 };

    pub fn parse(text: &str) -> Option<Self> {
        let minor = text.strip_prefix("1.")?.parse().ok()?;
        Some(Self { minor }).filter(|version| (Self::OLDEST..=Self::NEWEST).contains(version))
    }
}

impl Default for EnvoyVersion {
    fn default() -> Self {
        Self::NEWEST
    }
}

impl std::fmt::Display for EnvoyVersion {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        write!(f, "1.{}", self.minor)
    }
}

impl Serialize for EnvoyVersion {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for EnvoyVersion {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| {
            let (oldest, newest) = (Self::OLDEST, Self::NEWEST);
            D::Error::custom(format!(
                "`{text}` is not an Envoy that can be simulated; use \"{oldest}\" to \"{newest}\""
            ))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_some_versions_can_be_simulated() {
        for text in ["1.32", "1.33", "1.40"] {
            assert_eq!(EnvoyVersion::parse(text).map(|version| version.to_string()).as_deref(), Some(text));
        }
        for text in ["1.31", "1.41", "2.0", "1.40.0", "", "1."] {
            let json = serde_json::to_string(text).expect("serializes");
            let error = serde_json::from_str::<EnvoyVersion>(&json).expect_err(text);
            assert!(error.to_string().contains(r#"use "1.32" to "1.40""#), "{error}");
        }
    }

    #[test]
    fn metadata_is_by_namespace() {
        let error = serde_json::from_str::<Metadata>(r#"{"a":1}"#).expect_err("1 is no object");
        assert!(error.to_string().contains(r#"{"a": {"key": "value"}}"#), "{error}");
    }
}
