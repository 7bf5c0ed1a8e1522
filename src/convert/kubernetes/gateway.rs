//! `EnvoyExtensionPolicy` of Envoy Gateway: a chain for each policy.

use super::Resource;
use super::json::{self, Kept};
use crate::convert::envoy::remote_module;
use crate::convert::fields::{At, Object};
use crate::convert::{Error, Format, LeftOut, Reason, Why};
use crate::scenario::{Filter, Scenario};

/// Other extensions of a policy, with the filters that they become.
const OTHERS: [(&str, &str); 3] = [
    ("extProc", "envoy.filters.http.ext_proc"),
    ("lua", "envoy.filters.http.lua"),
    ("dynamicModule", "envoy.filters.http.dynamic_modules"),
];

pub(super) fn read(resources: &[Resource<'_>], left: &mut Vec<LeftOut>) -> Result<Vec<Scenario>, Error> {
    let mut scenarios = Vec::new();
    for resource in resources.iter().filter(|resource| resource.format == Format::Policy) {
        let spec = resource.spec.object()?;
        for (field, filter) in OTHERS {
            let found = spec.get(field);
            left.extend(found.map(|at| at.left(Why::OtherFilter { name: filter.to_owned() })));
        }
        let mut chain = Vec::new();
        for (index, at) in spec.list("wasm")?.iter().enumerate() {
            chain.push(filter(resource, index, at, left)?);
        }
        spec.rest(&["targetRef", "targetRefs", "targetSelectors"], Why::Unknown, left);
        if !chain.is_empty() {
            scenarios.push(Scenario { name: resource.name.clone(), chain, ..Scenario::default() });
        }
    }
    Ok(scenarios)
}

fn filter(
    resource: &Resource<'_>,
    index: usize,
    at: &At<'_>,
    left: &mut Vec<LeftOut>,
) -> Result<Filter, Error> {
    let wasm = at.object()?;
    // Each has a VM of its own.
    let vm_id = format!("envoyextensionpolicy/{}/{}/wasm/{index}", resource.namespace, resource.name);
    let name = wasm.text("name")?;
    let mut filter = Filter {
        name: if name.is_empty() { vm_id.clone() } else { name },
        root_id: wasm.text("rootID")?,
        vm_id,
        fail_open: wasm.truth("failOpen")?,
        ..Filter::default()
    };
    if let Some(config) = wasm.get("config") {
        filter.plugin_config = json::text(config.value, Kept::Whole).into();
    }
    if let Some(env) = wasm.object("env")? {
        left.extend(env.list("hostKeys")?.iter().map(|key| key.left(Why::FromEnvironment)));
        env.rest(&[], Why::Unknown, left);
    }
    let code = wasm.get("code").ok_or_else(|| at.error(Reason::Missing("code".into())))?;
    module(&code, &code.object()?, &mut filter, left)?;
    wasm.rest(&[], Why::Unknown, left);
    Ok(filter)
}

fn module(at: &At<'_>, code: &Object<'_>, filter: &mut Filter, left: &mut Vec<LeftOut>) -> Result<(), Error> {
    code.text("type")?;
    let (url, sha256) = if let Some(http) = code.object("http")? {
        let found = (http.text("url")?, http.text("sha256")?);
        http.rest(&["tls"], Why::Unknown, left);
        found
    } else if let Some(image) = code.object("image")? {
        // This hash is one of the image, not of the module in it.
        left.extend(image.get("sha256").map(|at| at.left(Why::NoCounterpart)));
        let url = image.text("url")?;
        image.rest(&["pullSecretRef", "tls"], Why::Unknown, left);
        (if url.contains("://") { url } else { format!("oci://{url}") }, String::new())
    } else {
        return Err(at.error(Reason::Missing("http or image".into())));
    };
    remote_module(filter, &url, &sha256);
    left.push(at.left(Why::Remote { url }));
    code.rest(&["pullPolicy"], Why::Unknown, left);
    Ok(())
}
