//! Objects of Kubernetes that put wasm filters into a proxy: `WasmPlugin`, `TrafficExtension` and `EnvoyFilter` of Istio,
//! `EnvoyExtensionPolicy` of Envoy Gateway, and the `WasmPlugin` of Higress. A file may hold several of any kind.

mod envoy_filter;
mod gateway;
mod higress;
mod istio;
mod json;
mod targets;
mod write;

pub(super) use write::write;

use serde_json::Value;

use super::document::{self, Numbers};
use super::envoy::Reader;
use super::fields::At;
use super::{Error, Format, Imported, Input, LeftOut, Reason, Why};
use crate::scenario::Scenario;

/// An object with what its kind has in common with all others.
#[derive(Clone, Debug)]
struct Resource<'a> {
    format: Format,
    namespace: String,
    name: String,
    /// Empty for one that was never applied.
    created: String,
    spec: At<'a>,
}

impl Resource<'_> {
    /// The name under which Istio configures a plugin.
    fn full_name(&self) -> String {
        format!("{}.{}", self.namespace, self.name)
    }

    /// By what Istio goes where nothing else decides: the oldest first, then by name. `between` stands between the name and the
    /// namespace when names are compared. The same for all that were never applied, which stay as they are.
    fn age(&self, between: char) -> (String, String) {
        match self.created.as_str() {
            "" => Default::default(),
            created => (created.to_owned(), format!("{}{between}{}", self.name, self.namespace)),
        }
    }
}

/// Lists in lists.
const MAX_LISTS: usize = 4;

/// Reads all objects of a file that are known; the others are listed.
pub(super) fn read(input: &Input<'_>) -> Result<Imported, Error> {
    let documents = document::read(input, Numbers::All)?;
    let (mut resources, mut left) = (Vec::new(), Vec::new());
    for (index, value) in documents.iter().enumerate() {
        let path = if documents.len() > 1 { format!("documents[{index}]") } else { String::new() };
        collect(&At::root(value, path), MAX_LISTS, &mut resources, &mut left)?;
    }
    let reader = Reader { input };
    let mut scenarios: Vec<Scenario> = Vec::new();
    let plugins = istio::plugins(&resources, reader, &mut left)?;
    scenarios.extend(envoy_filter::read(&resources, &plugins, reader, &mut left)?);
    scenarios.extend(gateway::read(&resources, &mut left)?);
    match resources.first() {
        Some(first) if !scenarios.is_empty() => {
            Ok(Imported { format: first.format, scenarios, left_out: left })
        }
        _ => Err(Error::new(Reason::NoWasm)),
    }
}

fn collect<'a>(
    at: &At<'a>,
    lists: usize,
    resources: &mut Vec<Resource<'a>>,
    left: &mut Vec<LeftOut>,
) -> Result<(), Error> {
    let object = at.object()?;
    let (version, kind) = (object.text("apiVersion")?, object.text("kind")?);
    let group = version.split('/').next().unwrap_or_default();
    if kind.ends_with("List") && lists > 0 {
        for item in object.list("items")? {
            collect(&item, lists - 1, resources, left)?;
        }
        return Ok(());
    }
    let format = match (kind.as_str(), group) {
        ("WasmPlugin", "extensions.higress.io") => Format::Higress,
        ("WasmPlugin", "extensions.istio.io") => Format::WasmPlugin,
        ("TrafficExtension", "extensions.istio.io") => Format::TrafficExtension,
        ("EnvoyFilter", "networking.istio.io") => Format::EnvoyFilter,
        ("EnvoyExtensionPolicy", "gateway.envoyproxy.io") => Format::Policy,
        _ => {
            left.push(at.left(Why::NoCounterpart));
            return Ok(());
        }
    };
    let metadata = object.object("metadata")?;
    let text = |name: &str| metadata.as_ref().map_or(Ok(String::new()), |metadata| metadata.text(name));
    let namespace = text("namespace")?;
    resources.push(Resource {
        format,
        namespace: if namespace.is_empty() { "default".to_owned() } else { namespace },
        name: text("name")?,
        created: match metadata.as_ref().and_then(|metadata| metadata.map.get("creationTimestamp")) {
            Some(Value::String(time)) => time.clone(),
            _ => String::new(),
        },
        spec: object.get("spec").ok_or_else(|| at.error(Reason::Missing("spec".into())))?,
    });
    object.rest(&["status"], Why::Unknown, left);
    Ok(())
}
