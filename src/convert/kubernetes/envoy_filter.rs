//! `EnvoyFilter` of Istio: patches that insert wasm filters, directly or discovered as an `EXTENSION_CONFIG`.

use super::Resource;
use super::targets::{Targets, groups};
use crate::convert::envoy::{Extensions, Reader};
use crate::convert::fields::{At, Object};
use crate::convert::{Error, Format, LeftOut, Reason, Why};
use crate::scenario::{Connection, Filter, ListenerDirection, Scenario};

/// The last filter of every chain.
const ROUTER: &str = "envoy.filters.http.router";
const CONTEXTS: [&str; 3] = ["SIDECAR_INBOUND", "SIDECAR_OUTBOUND", "GATEWAY"];

struct EnvoyFilter<'a> {
    name: String,
    priority: i64,
    created: String,
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

/// A filter of the chain that patches make.
struct Item {
    name: String,
    /// Order of the class that it was added to; the router's is the highest.
    rank: u8,
    filter: Option<Filter>,
}

/// A chain for each set of workloads, and each context that patches name.
pub(super) fn read(
    resources: &[Resource<'_>],
    reader: Reader<'_>,
    left: &mut Vec<LeftOut>,
) -> Result<Vec<Scenario>, Error> {
    let mut found = Vec::new();
    for resource in resources.iter().filter(|resource| resource.format == Format::EnvoyFilter) {
        found.push(envoy_filter(resource, left)?);
    }
    // Lower numbers are applied first; Istio then goes by age.
    found.sort_by(|a, b| a.priority.cmp(&b.priority).then_with(|| a.created.cmp(&b.created)));
    let mut extensions = Extensions::default();
    for patch in found.iter().flat_map(|filter| &filter.patches) {
        if patch.apply_to == "EXTENSION_CONFIG"
            && let Some(value) = &patch.value
        {
            extensions.add(value)?;
        }
    }
    let mut scenarios: Vec<Scenario> = Vec::new();
    let mut noted = Vec::new();
    for group in groups(&found, |filter| &filter.targets) {
        let names: Vec<&str> = group.iter().map(|filter| filter.name.as_str()).collect();
        let patches: Vec<&Patch<'_>> = group.iter().flat_map(|filter| &filter.patches).collect();
        let named =
            CONTEXTS.into_iter().filter(|context| patches.iter().any(|patch| patch.context == *context));
        let mut contexts: Vec<&str> = named.collect();
        if contexts.is_empty() {
            contexts.push("");
        }
        let several = contexts.len() > 1;
        for context in contexts {
            let concerns = |patch: &&&Patch<'_>| patch.context.is_empty() || patch.context == context;
            let patches: Vec<&Patch<'_>> = patches.iter().filter(concerns).copied().collect();
            let mut name = names.join(", ");
            if several {
                name = format!("{name} {context}");
            }
            let chains = [
                http(&patches, &extensions, reader, &mut noted)?,
                network(&patches, &extensions, reader, &mut noted)?,
            ];
            for (chain, is_network) in chains.into_iter().zip([false, true]) {
                if chain.is_empty() {
                    continue;
                }
                let mut scenario = Scenario { name: name.clone(), chain, ..Scenario::default() };
                scenario.connection = is_network.then(Connection::default);
                scenario.proxy.listener.direction = match context {
                    "SIDECAR_INBOUND" => ListenerDirection::Inbound,
                    // Gateways, too, configure their listeners so.
                    "SIDECAR_OUTBOUND" | "GATEWAY" => ListenerDirection::Outbound,
                    _ => ListenerDirection::Unspecified,
                };
                scenarios.push(scenario);
            }
        }
    }
    // A patch that concerns several chains is noted once.
    for entry in noted {
        if !left.contains(&entry) {
            left.push(entry);
        }
    }
    Ok(scenarios)
}

fn envoy_filter<'a>(resource: &Resource<'a>, left: &mut Vec<LeftOut>) -> Result<EnvoyFilter<'a>, Error> {
    let spec = resource.spec.object()?;
    let priority = spec.get("priority").and_then(|at| at.value.as_i64()).unwrap_or_default();
    let targets = Targets::of(resource, &spec);
    let mut patches = Vec::new();
    for at in spec.list("configPatches")? {
        patches.push(patch(&at, left)?);
    }
    spec.rest(&[], Why::Unknown, left);
    Ok(EnvoyFilter {
        name: resource.name.clone(),
        priority,
        created: resource.created.clone(),
        targets,
        patches,
    })
}

fn patch<'a>(at: &At<'a>, left: &mut Vec<LeftOut>) -> Result<Patch<'a>, Error> {
    let fields = at.object()?;
    let found = fields.object("match")?;
    let mut anchor = None;
    let mut context = String::new();
    if let Some(found) = &found {
        context = found.text("context")?;
        if let Some(listener) = found.object("listener")? {
            anchor = anchor_of(&listener)?;
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
fn anchor_of<'a>(listener: &Object<'a>) -> Result<Option<At<'a>>, Error> {
    let Some(chain) = listener.object("filterChain")? else { return Ok(None) };
    let Some(filter) = chain.object("filter")? else { return Ok(None) };
    let name = filter.get("name");
    let below = filter.object("subFilter")?.and_then(|below| below.get("name"));
    Ok(below.or(name))
}

/// The wasm filters of the HTTP filter chain.
fn http<'a>(
    patches: &[&Patch<'a>],
    extensions: &Extensions<'a>,
    reader: Reader<'_>,
    left: &mut Vec<LeftOut>,
) -> Result<Vec<Filter>, Error> {
    let mut items = vec![Item { name: ROUTER.into(), rank: u8::MAX, filter: None }];
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

/// The wasm filters before a TCP proxy.
fn network<'a>(
    patches: &[&Patch<'a>],
    extensions: &Extensions<'a>,
    reader: Reader<'_>,
    left: &mut Vec<LeftOut>,
) -> Result<Vec<Filter>, Error> {
    let mut chain = Vec::new();
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
