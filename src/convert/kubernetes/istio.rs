//! `WasmPlugin` and `TrafficExtension` of Istio, and the `WasmPlugin` of Higress: what their control planes make of them (Istio
//! 1.30), and in which order.

use serde_json::{Map, Value};

use super::json::{self, Kept};
use super::targets::Targets;
use super::{Resource, higress};
use crate::convert::envoy::{Reader, remote_module};
use crate::convert::fields::{At, Object};
use crate::convert::{Error, Expected, Format, LeftOut, Reason, Why};
use crate::scenario::{Body, FailurePolicy, Filter, ListenerDirection};

/// Fields that filters do not see: they say for whom a plugin is, and how its image is fetched.
const HARMLESS: &[&str] = &["imagePullPolicy", "imagePullSecret", "verificationKey"];

/// Plugins of one phase stand together, in this order; then comes the router.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Phase {
    Authentication,
    Authorization,
    Statistics,
    Unspecified,
}

#[derive(Clone, Debug)]
pub(super) struct Plugin {
    pub filter: Filter,
    pub name: String,
    pub phase: Phase,
    priority: Option<i64>,
    age: (String, String),
    pub targets: Targets,
    pub direction: ListenerDirection,
    pub is_network: bool,
}

/// All plugins, in the order in which their proxies have them.
pub(super) fn plugins(
    resources: &[Resource<'_>],
    reader: Reader<'_>,
    left: &mut Vec<LeftOut>,
) -> Result<Vec<Plugin>, Error> {
    let mut plugins = Vec::new();
    for resource in resources {
        let plugin = match resource.format {
            Format::WasmPlugin | Format::TrafficExtension => plugin(resource, reader, left)?,
            Format::Higress => Some(higress_plugin(resource, reader, left)?),
            _ => None,
        };
        plugins.extend(plugin);
    }
    // Those of the root namespace stand before others of the same priority.
    plugins.sort_by(|a, b| {
        let priority = b.priority.unwrap_or(i64::MIN).cmp(&a.priority.unwrap_or(i64::MIN));
        let roots = b.targets.are_of_root().cmp(&a.targets.are_of_root());
        a.phase.cmp(&b.phase).then(priority).then(roots).then_with(|| a.age.cmp(&b.age))
    });
    Ok(plugins)
}

fn plugin(
    resource: &Resource<'_>,
    reader: Reader<'_>,
    left: &mut Vec<LeftOut>,
) -> Result<Option<Plugin>, Error> {
    let spec = resource.spec.object()?;
    let targets = Targets::of(resource, &spec);
    // In a `TrafficExtension` the module has an object of its own.
    let is_extension = resource.format == Format::TrafficExtension;
    let wasm = match (is_extension, spec.get("wasm")) {
        (false, _) => None,
        (true, Some(wasm)) => Some(wasm.object()?),
        (true, None) => {
            let name = if spec.get("lua").is_some() { "envoy.filters.http.lua" } else { &resource.name };
            left.push(resource.spec.left(Why::OtherFilter { name: name.to_owned() }));
            return Ok(None);
        }
    };
    let module = wasm.as_ref().unwrap_or(&spec);
    let mut filter = Filter { name: resource.full_name(), ..Filter::default() };
    if let Some(config) = module.get("pluginConfig") {
        filter.plugin_config = plugin_config(config.object()?.map);
    }
    common(module, &mut filter, reader, left)?;
    let is_network = module.text("type")? == "NETWORK";
    let plugin = Plugin {
        filter,
        name: resource.name.clone(),
        phase: phase(&spec)?,
        priority: priority(&spec)?,
        age: resource.age('\0'),
        targets,
        direction: direction(&spec, left)?,
        is_network,
    };
    spec.rest(HARMLESS, Why::Unknown, left);
    if let Some(wasm) = &wasm {
        wasm.rest(HARMLESS, Why::Unknown, left);
    }
    Ok(Some(plugin))
}

/// The `WasmPlugin` of Higress becomes one of Istio.
fn higress_plugin(
    resource: &Resource<'_>,
    reader: Reader<'_>,
    left: &mut Vec<LeftOut>,
) -> Result<Plugin, Error> {
    let spec = resource.spec.object()?;
    let mut filter = Filter { name: resource.full_name(), ..Filter::default() };
    match higress::config(&spec, left)? {
        Some(config) => filter.plugin_config = plugin_config(&config),
        None => filter.off = true,
    }
    common(&spec, &mut filter, reader, left)?;
    let plugin = Plugin {
        filter,
        name: resource.name.clone(),
        phase: phase(&spec)?,
        priority: priority(&spec)?,
        age: resource.age('\0'),
        targets: Targets::of(resource, &spec),
        direction: ListenerDirection::Unspecified,
        is_network: false,
    };
    spec.rest(HARMLESS, Why::Unknown, left);
    Ok(plugin)
}

/// What a plugin gets of its configuration: JSON in a `StringValue`; of an empty one nothing.
pub(super) fn plugin_config(fields: &Map<String, Value>) -> Body {
    if fields.is_empty() { Body::default() } else { json::object(fields, Kept::Doubles).into() }
}

/// Module, root, environment and what happens after a failure.
fn common(
    module: &Object<'_>,
    filter: &mut Filter,
    reader: Reader<'_>,
    left: &mut Vec<LeftOut>,
) -> Result<(), Error> {
    filter.root_id = module.text("pluginName")?;
    filter.failure_policy = Some(match module.text("failStrategy")?.as_str() {
        "" | "FAIL_CLOSE" => FailurePolicy::FailClosed,
        "FAIL_OPEN" => FailurePolicy::FailOpen,
        "FAIL_RELOAD" => FailurePolicy::FailReload,
        _ => {
            let reason = Reason::Expected(Expected::FailStrategy);
            return Err(module.error("failStrategy", reason));
        }
    });
    if let Some(vm) = module.object("vmConfig")? {
        for at in vm.list("env")? {
            let variable = at.object()?;
            let (name, value) = (variable.text("name")?, variable.text("value")?);
            match variable.text("valueFrom")?.as_str() {
                "" | "INLINE" => drop(filter.env.insert(name, value.into())),
                _ => left.push(at.left(Why::FromEnvironment)),
            }
            variable.rest(&[], Why::Unknown, left);
        }
        vm.rest(&[], Why::Unknown, left);
    }
    let missing = || module.error("url", Reason::Missing("url".into()));
    let url = module.get("url").ok_or_else(missing)?;
    address(&url, module.get("sha256"), filter, reader, left)
}

/// Where a module is: in a file of the proxy, on a server, or in a registry, which is meant where no scheme is given.
fn address(
    url: &At<'_>,
    sha256: Option<At<'_>>,
    filter: &mut Filter,
    reader: Reader<'_>,
    left: &mut Vec<LeftOut>,
) -> Result<(), Error> {
    let text = url.text()?;
    let hash = sha256.as_ref().map(|at| at.text()).transpose()?.unwrap_or_default();
    if let Some(path) = text.strip_prefix("file://") {
        reader.file(url, path.to_owned(), filter, left);
        filter.sha256 = hash.to_ascii_lowercase();
        return Ok(());
    }
    if text.starts_with("http://") || text.starts_with("https://") {
        remote_module(filter, &text, &hash);
    } else {
        // This hash is one of the image, not of the module in it.
        left.extend(sha256.filter(|_| !hash.is_empty()).map(|at| at.left(Why::NoCounterpart)));
        remote_module(filter, &text, "");
    }
    let whole = if text.contains("://") { text } else { format!("oci://{text}") };
    left.push(url.left(Why::Remote { url: whole }));
    Ok(())
}

fn phase(spec: &Object<'_>) -> Result<Phase, Error> {
    let Some(at) = spec.get("phase") else { return Ok(Phase::Unspecified) };
    match at.text()?.as_str() {
        "" | "UNSPECIFIED" | "UNSPECIFIED_PHASE" => Ok(Phase::Unspecified),
        "AUTHN" => Ok(Phase::Authentication),
        "AUTHZ" => Ok(Phase::Authorization),
        "STATS" => Ok(Phase::Statistics),
        _ => Err(at.error(Reason::Expected(Expected::Phase))),
    }
}

pub(super) fn priority(spec: &Object<'_>) -> Result<Option<i64>, Error> {
    let Some(at) = spec.get("priority") else { return Ok(None) };
    let number = match at.value {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    };
    number.map(Some).ok_or_else(|| at.error(Reason::Expected(Expected::Whole)))
}

/// The side of the proxy on which a plugin is, where `match` names only one.
fn direction(spec: &Object<'_>, left: &mut Vec<LeftOut>) -> Result<ListenerDirection, Error> {
    let Some(at) = spec.get("match") else { return Ok(ListenerDirection::Unspecified) };
    let mut found = Vec::new();
    for item in at.list()? {
        let item = item.object()?;
        found.push(match item.text("mode")?.as_str() {
            "CLIENT" => ListenerDirection::Outbound,
            "SERVER" => ListenerDirection::Inbound,
            _ => ListenerDirection::Unspecified,
        });
        left.extend(item.get("ports").map(|ports| ports.left(Why::NoCounterpart)));
        item.rest(&[], Why::Unknown, left);
    }
    match found.as_slice() {
        [one] if *one != ListenerDirection::Unspecified => Ok(*one),
        _ => {
            left.push(at.left(Why::NoCounterpart));
            Ok(ListenerDirection::Unspecified)
        }
    }
}
