//! `EnvoyFilter` of Istio: patches that insert wasm filters, directly or discovered as an `EXTENSION_CONFIG`, into chains that
//! already have the plugins for the same workloads: Istio applies patches last.

use super::Resource;
use super::istio::{Phase, Plugin, priority};
use super::targets::{Targets, groups};
use crate::convert::envoy::{Extensions, Reader};
use crate::convert::fields::{At, Object};
use crate::convert::{Error, Format, LeftOut, Place, Reason, Why};
use crate::scenario::{Connection, Filter, ListenerDirection, Scenario};

/// The last filter of every chain.
const ROUTER: &str = "envoy.filters.http.router";
const CONTEXTS: [&str; 3] = ["SIDECAR_INBOUND", "SIDECAR_OUTBOUND", "GATEWAY"];

struct EnvoyFilter<'a> {
    name: String,
    priority: i64,
    age: (String, String),
    targets: Targets,
    patches: Vec<Patch<'a>>,
}

#[derive(Clone)]
struct Patch<'a> {
    apply_to: String,
    /// Empty: all.
    context: String,
    /// The filter beside which it goes, or that it concerns.
    anchor: Option<At<'a>>,
    operation: String,
    class: String,
    value: Option<At<'a>>,
    at: At<'a>,
}

impl Patch<'_> {
    /// Whether it has a part in chains of this kind. A configuration belongs to the filter that it is for.
    fn is_for(&self, is_network: bool) -> bool {
        match self.apply_to.as_str() {
            "NETWORK_FILTER" => is_network,
            "HTTP_FILTER" | "EXTENSION_CONFIG" => !is_network,
            _ => false,
        }
    }
}

/// A filter of the chain that patches make.
struct Item {
    name: String,
    /// Order of the class that it was added to; the router's is the highest.
    rank: u8,
    filter: Option<Filter>,
}

impl Item {
    fn of_plugin(plugin: &Plugin) -> Self {
        let rank = match plugin.phase {
            Phase::Authentication => 0,
            Phase::Authorization => 1,
            Phase::Statistics => 2,
            Phase::Unspecified => 3,
        };
        // So Istio calls the filter of a plugin.
        let name = format!("extensions.istio.io/wasmplugin/{}", plugin.filter.name);
        Self { name, rank, filter: Some(plugin.filter.clone()) }
    }
}

/// What a chain is made of.
enum Part<'p, 'a> {
    Plugin(&'p Plugin),
    Patches(&'p EnvoyFilter<'a>),
}

impl Part<'_, '_> {
    fn targets(&self) -> &Targets {
        match self {
            Self::Plugin(plugin) => &plugin.targets,
            Self::Patches(filter) => &filter.targets,
        }
    }

    fn name(&self) -> &str {
        match self {
            Self::Plugin(plugin) => &plugin.name,
            Self::Patches(filter) => &filter.name,
        }
    }
}

/// Whether there are plugins and patches, which people expect in one chain.
fn has_both(parts: &[&Part<'_, '_>]) -> bool {
    parts.iter().any(|part| matches!(part, Part::Plugin(_)))
        && parts.iter().any(|part| matches!(part, Part::Patches(_)))
}

fn names(parts: &[&Part<'_, '_>]) -> String {
    parts.iter().map(|part| part.name()).collect::<Vec<_>>().join(", ")
}

/// A chain for each set of workloads, and each context that patches name.
pub(super) fn read(
    resources: &[Resource<'_>],
    plugins: &[Plugin],
    reader: Reader<'_>,
    left: &mut Vec<LeftOut>,
) -> Result<Vec<Scenario>, Error> {
    let mut found = Vec::new();
    for resource in resources.iter().filter(|resource| resource.format == Format::EnvoyFilter) {
        found.push(envoy_filter(resource, left)?);
    }
    // Lower numbers are applied first.
    found.sort_by(|a, b| a.priority.cmp(&b.priority).then_with(|| a.age.cmp(&b.age)));
    let mut extensions = Extensions::default();
    for patch in found.iter().flat_map(|filter| &filter.patches) {
        if patch.apply_to == "EXTENSION_CONFIG"
            && let Some(value) = &patch.value
        {
            extensions.add(value)?;
        }
    }
    let mut chains = Chains { extensions, reader, noted: Vec::new(), scenarios: Vec::new() };
    for is_network in [false, true] {
        let plugins = plugins.iter().filter(|plugin| plugin.is_network == is_network).map(Part::Plugin);
        let concerns =
            |filter: &&EnvoyFilter<'_>| filter.patches.iter().any(|patch| patch.is_for(is_network));
        let parts: Vec<Part<'_, '_>> =
            plugins.chain(found.iter().filter(concerns).map(Part::Patches)).collect();
        let is_mixed = has_both(&parts.iter().collect::<Vec<_>>());
        for group in groups(&parts, Part::targets) {
            chains.group(&group, is_network)?;
            if is_mixed && !has_both(&group) {
                let place = Place::Field(names(&group));
                chains.noted.push(LeftOut::new(place, Why::OtherWorkloads));
            }
        }
    }
    // A patch that concerns several chains is noted once.
    for entry in chains.noted {
        if !left.contains(&entry) {
            left.push(entry);
        }
    }
    Ok(chains.scenarios)
}

/// The chains that were made so far.
struct Chains<'a> {
    extensions: Extensions<'a>,
    reader: Reader<'a>,
    noted: Vec<LeftOut>,
    scenarios: Vec<Scenario>,
}

impl<'a> Chains<'a> {
    /// The chains of the same workloads, one for each context that a patch or a plugin asks for.
    fn group(&mut self, group: &[&Part<'_, 'a>], is_network: bool) -> Result<(), Error> {
        let (mut plugins, mut patches) = (Vec::new(), Vec::new());
        for part in group {
            match part {
                Part::Plugin(plugin) => plugins.push(*plugin),
                Part::Patches(filter) => {
                    patches.extend(filter.patches.iter().filter(|patch| patch.is_for(is_network)));
                }
            }
        }
        let contexts = contexts(&plugins, &patches);
        let several = contexts.len() > 1;
        for context in contexts {
            let patches: Vec<&Patch<'a>> = patches
                .iter()
                .copied()
                .filter(|patch| patch.context.is_empty() || patch.context == context)
                .collect();
            let plugins: Vec<&Plugin> =
                plugins.iter().copied().filter(|plugin| is_in(plugin, context)).collect();
            let items = plugins.iter().map(|plugin| Item::of_plugin(plugin)).collect();
            let make = if is_network { network } else { http };
            let chain = make(items, &patches, &self.extensions, self.reader, &mut self.noted)?;
            if chain.is_empty() {
                continue;
            }
            let mut name = names(group);
            if several {
                name = format!("{name} {context}");
            }
            let mut scenario = Scenario { name, chain, ..Scenario::default() };
            scenario.connection = is_network.then(Connection::default);
            scenario.proxy.listener.direction = direction(&plugins, context);
            self.scenarios.push(scenario);
        }
        Ok(())
    }
}

/// The contexts that patches name, and those of plugins that are in none of them; one that is empty where none is named.
fn contexts(plugins: &[&Plugin], patches: &[&Patch<'_>]) -> Vec<&'static str> {
    let is_named = |context: &&str| patches.iter().any(|patch| patch.context == *context);
    let named: Vec<&str> = CONTEXTS.into_iter().filter(is_named).collect();
    if named.is_empty() {
        return vec![""];
    }
    let has_place = |plugin: &Plugin| named.iter().any(|context| is_in(plugin, context));
    let homeless = plugins.iter().filter(|plugin| !has_place(plugin));
    let of_plugins: Vec<&str> =
        homeless.filter_map(|plugin| CONTEXTS.into_iter().find(|context| is_in(plugin, context))).collect();
    CONTEXTS.into_iter().filter(|context| named.contains(context) || of_plugins.contains(context)).collect()
}

/// Whether a plugin is in the chain of a context; where none is named, all are.
fn is_in(plugin: &Plugin, context: &str) -> bool {
    let side = side(context);
    [side, plugin.direction].contains(&ListenerDirection::Unspecified) || plugin.direction == side
}

fn side(context: &str) -> ListenerDirection {
    match context {
        "SIDECAR_INBOUND" => ListenerDirection::Inbound,
        // Gateways, too, configure their listeners so.
        "SIDECAR_OUTBOUND" | "GATEWAY" => ListenerDirection::Outbound,
        _ => ListenerDirection::Unspecified,
    }
}

/// The side of the proxy that a context is about, or on which all plugins are.
fn direction(plugins: &[&Plugin], context: &str) -> ListenerDirection {
    match (side(context), plugins) {
        (ListenerDirection::Unspecified, [first, others @ ..])
            if others.iter().all(|plugin| plugin.direction == first.direction) =>
        {
            first.direction
        }
        (side, _) => side,
    }
}

fn envoy_filter<'a>(resource: &Resource<'a>, left: &mut Vec<LeftOut>) -> Result<EnvoyFilter<'a>, Error> {
    let spec = resource.spec.object()?;
    let priority = priority(&spec)?.unwrap_or_default();
    let targets = Targets::of(resource, &spec);
    let mut patches = Vec::new();
    for at in spec.list("configPatches")? {
        patches.push(patch(&at, left)?);
    }
    spec.rest(&[], Why::Unknown, left);
    Ok(EnvoyFilter { name: resource.name.clone(), priority, age: resource.age('.'), targets, patches })
}

fn patch<'a>(at: &At<'a>, left: &mut Vec<LeftOut>) -> Result<Patch<'a>, Error> {
    let fields = at.object()?;
    let found = fields.object("match")?;
    let mut anchor = None;
    let mut context = String::new();
    if let Some(found) = &found {
        context = found.text("context")?;
        if let Some(listener) = found.object("listener")? {
            anchor = anchor_of(&listener, left)?;
            listener.rest(&["name", "portNumber", "listenerFilter"], Why::Unknown, left);
        }
        found.rest(&["proxy", "cluster", "routeConfiguration"], Why::Unknown, left);
    }
    let patch = fields.object("patch")?;
    let text = |name: &str| patch.as_ref().map_or(Ok(String::new()), |patch| patch.text(name));
    let read = Patch {
        apply_to: fields.text("applyTo")?,
        context: if context == "ANY" { String::new() } else { context },
        anchor,
        operation: text("operation")?,
        class: text("filterClass")?,
        value: patch.as_ref().and_then(|patch| patch.get("value")),
        at: at.clone(),
    };
    if let Some(patch) = &patch {
        patch.rest(&[], Why::Unknown, left);
    }
    fields.rest(&[], Why::Unknown, left);
    if !matches!(read.apply_to.as_str(), "HTTP_FILTER" | "NETWORK_FILTER" | "EXTENSION_CONFIG") {
        left.push(at.left(Why::NoCounterpart));
    }
    Ok(read)
}

/// The name of the filter that a patch of an HTTP filter is about, or else of the network filter.
fn anchor_of<'a>(listener: &Object<'a>, left: &mut Vec<LeftOut>) -> Result<Option<At<'a>>, Error> {
    let Some(chain) = listener.object("filterChain")? else { return Ok(None) };
    let filter = chain.object("filter")?;
    // For which connections a chain is.
    let harmless = ["name", "sni", "transportProtocol", "applicationProtocols", "destinationPort"];
    chain.rest(&harmless, Why::Unknown, left);
    let Some(filter) = filter else { return Ok(None) };
    let name = filter.get("name");
    let mut found = None;
    if let Some(below) = filter.object("subFilter")? {
        found = below.get("name");
        below.rest(&[], Why::Unknown, left);
    }
    filter.rest(&[], Why::Unknown, left);
    Ok(found.or(name))
}

/// The wasm filters of the HTTP filter chain, which begins with `items`.
fn http<'a>(
    mut items: Vec<Item>,
    patches: &[&Patch<'a>],
    extensions: &Extensions<'a>,
    reader: Reader<'_>,
    left: &mut Vec<LeftOut>,
) -> Result<Vec<Filter>, Error> {
    items.push(Item { name: ROUTER.into(), rank: u8::MAX, filter: None });
    for patch in patches.iter().filter(|patch| patch.apply_to == "HTTP_FILTER") {
        let anchor = anchor(patch, &items, left)?;
        match patch.operation.as_str() {
            "REMOVE" => match anchor {
                Some(place) if place + 1 < items.len() => drop(items.remove(place)),
                _ => left.push(patch.at.left(Why::NoCounterpart)),
            },
            "REPLACE" => match (anchor, item(patch, extensions, reader, left)?) {
                (Some(place), Some(item)) if place + 1 < items.len() => items[place] = item,
                _ => left.push(patch.at.left(Why::NoCounterpart)),
            },
            "INSERT_BEFORE" | "INSERT_AFTER" | "INSERT_FIRST" | "ADD" => {
                if let Some(item) = item(patch, extensions, reader, left)? {
                    items.insert(place(patch, anchor, &items), item);
                }
            }
            _ => left.push(patch.at.left(Why::NoCounterpart)),
        }
    }
    Ok(items.into_iter().filter_map(|item| item.filter).collect())
}

/// The place of the filter that a patch names. One that is none of these, and not the manager itself, is noted: Istio
/// has it in its own chain.
fn anchor(patch: &Patch<'_>, items: &[Item], left: &mut Vec<LeftOut>) -> Result<Option<usize>, Error> {
    let Some(at) = &patch.anchor else { return Ok(None) };
    let name = at.text()?;
    if name.ends_with("http_connection_manager") {
        return Ok(None);
    }
    // Names of before 1.7 had fewer parts.
    let is_it = |item: &Item| item.name == name || (item.name == ROUTER && name == "envoy.router");
    let place = items.iter().position(is_it);
    if place.is_none() {
        left.push(at.left(Why::OtherFilter { name }));
    }
    Ok(place)
}

/// Where an inserted filter goes.
fn place(patch: &Patch<'_>, anchor: Option<usize>, items: &[Item]) -> usize {
    let before_router = items.len().saturating_sub(1);
    match patch.operation.as_str() {
        "INSERT_FIRST" => 0,
        // Without a filter beside which it goes it is the first; with one that is not here, it stands before the router.
        "INSERT_BEFORE" => match (anchor, &patch.anchor) {
            (Some(place), _) => place,
            (None, Some(at)) if !names_manager(at) => before_router,
            _ => 0,
        },
        "INSERT_AFTER" => anchor.map_or(before_router, |place| (place + 1).min(before_router)),
        _ => {
            let rank = rank(&patch.class);
            items.iter().position(|item| item.rank > rank).unwrap_or(before_router)
        }
    }
}

fn names_manager(at: &At<'_>) -> bool {
    at.value.as_str().is_some_and(|name| name.ends_with("http_connection_manager"))
}

fn rank(class: &str) -> u8 {
    match class {
        "AUTHN" => 0,
        "AUTHZ" => 1,
        "STATS" => 2,
        _ => 3,
    }
}

/// The filter that a patch brings; `None`: its configuration is not in the file.
fn item<'a>(
    patch: &Patch<'a>,
    extensions: &Extensions<'a>,
    reader: Reader<'_>,
    left: &mut Vec<LeftOut>,
) -> Result<Option<Item>, Error> {
    let at = patch.value.as_ref().ok_or_else(|| patch.at.error(Reason::Missing("patch.value".into())))?;
    let name = at.object()?.text("name")?;
    let rank = rank(&patch.class);
    let Some(typed) = extensions.typed(at, left)? else {
        if at.object()?.get("config_discovery").is_none() {
            left.push(at.left(Why::OtherFilter { name }));
        }
        return Ok(None);
    };
    let filter = match typed.is_http_wasm() || typed.is_network_wasm() {
        true => Some(reader.filter(&typed.object()?, left)?),
        false => {
            left.push(at.left(Why::OtherFilter { name: name.clone() }));
            None
        }
    };
    Ok(Some(Item { name, rank, filter }))
}

/// The wasm filters before a TCP proxy, which begin with `items`.
fn network<'a>(
    items: Vec<Item>,
    patches: &[&Patch<'a>],
    extensions: &Extensions<'a>,
    reader: Reader<'_>,
    left: &mut Vec<LeftOut>,
) -> Result<Vec<Filter>, Error> {
    let mut chain: Vec<Filter> = items.into_iter().filter_map(|item| item.filter).collect();
    for patch in patches.iter().filter(|patch| patch.apply_to == "NETWORK_FILTER") {
        match patch.operation.as_str() {
            "INSERT_BEFORE" | "INSERT_AFTER" | "INSERT_FIRST" | "ADD" => {
                let Some(item) = item(patch, extensions, reader, left)? else { continue };
                let place = if patch.operation == "INSERT_FIRST" { 0 } else { chain.len() };
                if let Some(filter) = item.filter {
                    chain.insert(place, filter);
                }
            }
            _ => left.push(patch.at.left(Why::NoCounterpart)),
        }
    }
    Ok(chain)
}
