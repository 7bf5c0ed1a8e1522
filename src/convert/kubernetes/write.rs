//! Chains as objects of Kubernetes.
//!
//! They say which filters run, and nothing of requests. The address of a module is the one that an import has kept;
//! without one it is a stand-in, which is noted, since the module has to be brought there first.

use serde_json::{Map, Value, json};

use super::higress;
use super::istio::plugin_config;
use super::json::{Kept, text as json_text};
use crate::convert::envoy::{
    HTTP_WASM, Modules, Plugin, policy_name, sha256, url, wasm, without_counterpart,
};
use crate::convert::rest::unknown;
use crate::convert::{Error, Export, Exported, Files, Format, LeftOut, Place, Reason, Why, document};
use crate::run::ModuleSource;
use crate::scenario::{FailurePolicy, Filter, ListenerDirection, Proxy, Reply, Scenario, env_text};

const MANAGER_FILTER: &str = "envoy.filters.network.http_connection_manager";
const ROUTER_FILTER: &str = "envoy.filters.http.router";

/// Writes the filters of a scenario in one of the formats of this module.
pub(in crate::convert) fn write(format: Format, export: &Export<'_>) -> Result<Exported, Error> {
    let mut writer = Writer { export, left: without_counterpart(export.scenario) };
    writer.left.extend(surroundings(export.scenario));
    let documents = match format {
        Format::EnvoyFilter => writer.envoy_filter(),
        Format::Policy => writer.policy(),
        other => writer.plugins(other),
    };
    if documents.is_empty() {
        return Err(Error::new(Reason::NoFilter));
    }
    Ok(Exported { files: Files::One(document::write(&documents)?.into()), left_out: writer.left })
}

/// What only a whole proxy could say.
fn surroundings(scenario: &Scenario) -> Vec<LeftOut> {
    let mut proxy = scenario.proxy.clone();
    proxy.listener.direction = ListenerDirection::Unspecified;
    let said = [
        ("reply", scenario.connection.is_none() && scenario.reply != Reply::default()),
        ("callouts", !scenario.callouts.is_empty()),
        ("proxy", proxy != Proxy::default()),
    ];
    let said = said.into_iter().filter(|(_, said)| *said);
    said.map(|(field, _)| left_out(field, Why::NoCounterpart)).collect()
}

fn left_out(field: impl Into<String>, why: Why) -> LeftOut {
    LeftOut { place: Place::Field(field.into()), why }
}

struct Writer<'a> {
    export: &'a Export<'a>,
    left: Vec<LeftOut>,
}

/// A filter with its place.
struct Entry<'a> {
    place: String,
    filter: &'a Filter,
    module: &'a ModuleSource,
}

impl<'a> Writer<'a> {
    /// The filters that are on. Kubernetes has no way to keep one that is off.
    fn entries(&mut self) -> Vec<Entry<'a>> {
        let pairs = self.export.scenario.chain.iter().zip(self.export.modules).enumerate();
        let mut entries = Vec::new();
        for (index, (filter, module)) in pairs {
            let place = format!("chain[{index}]");
            match filter.off {
                true => self.left.push(left_out(place, Why::NoCounterpart)),
                false => {
                    self.left.extend(unknown(filter, &place));
                    entries.push(Entry { place, filter, module });
                }
            }
        }
        entries
    }

    fn leave(&mut self, entry: &Entry<'_>, field: &str, why: Why) {
        self.left.push(left_out(format!("{}.{field}", entry.place), why));
    }

    /// Notes fields of a filter that the format has nothing for.
    fn unsaid(&mut self, entry: &Entry<'_>, fields: &[&'static str]) {
        let filter = entry.filter;
        let said = [
            ("vm_id", !filter.vm_id.is_empty()),
            ("vm_config", !filter.vm_config.is_empty()),
            ("env", !filter.env.is_empty()),
            (
                "failure_policy",
                matches!(filter.failure_policy, Some(FailurePolicy::FailOpen | FailurePolicy::FailReload)),
            ),
            ("fail_open", filter.fail_open),
            ("reload_backoff_ms", filter.reload_backoff_ms != Filter::default().reload_backoff_ms),
            ("allow_on_headers_stop_iteration", filter.allow_on_headers_stop_iteration),
            ("capabilities", !filter.capabilities.is_empty()),
        ];
        for (field, _) in said.into_iter().filter(|(field, said)| *said && fields.contains(field)) {
            self.leave(entry, field, Why::NoCounterpart);
        }
    }

    /// Where the module of a filter is; where nobody knows, a stand-in.
    fn address(&mut self, entry: &Entry<'_>) -> String {
        if let Some(url) = url(entry.filter) {
            return url.to_owned();
        }
        let stem = entry.module.name();
        let stem = slug(stem.strip_suffix(".wasm").unwrap_or(&stem));
        let url = format!("oci://registry.example.com/filters/{stem}:latest");
        self.leave(entry, "filter", Why::Placeholder { url: url.clone() });
        url
    }

    /// The configuration as a JSON object, which is all that these formats have.
    fn config(&mut self, entry: &Entry<'_>) -> Option<Map<String, Value>> {
        let body = &entry.filter.plugin_config;
        if body.is_empty() {
            return None;
        }
        let Some(config) = body.text().and_then(|text| serde_json::from_str::<Map<String, Value>>(text).ok())
        else {
            self.leave(entry, "plugin_config", Why::NoCounterpart);
            return None;
        };
        if plugin_config(&config) != *body {
            self.leave(entry, "plugin_config", Why::OtherText);
        }
        Some(config)
    }

    /// `metadata` of an object for one filter. Istio names a plugin after it, namespace and all.
    fn metadata(&mut self, entry: &Entry<'_>) -> Value {
        let name = &entry.filter.name;
        match name.split_once('.') {
            Some((namespace, name)) if slug(namespace) == namespace && slug(name) == name => {
                json!({"name": name, "namespace": namespace})
            }
            _ => {
                if !name.is_empty() {
                    self.leave(entry, "name", Why::NoCounterpart);
                }
                let stem = entry.module.name();
                let stem = stem.strip_suffix(".wasm").unwrap_or(&stem);
                json!({"name": slug(if name.is_empty() { stem } else { name })})
            }
        }
    }

    /// An object for each filter, with priorities that keep their order.
    fn plugins(&mut self, format: Format) -> Vec<Value> {
        let entries = self.entries();
        let count = entries.len();
        let mut documents = Vec::new();
        for (index, entry) in entries.iter().enumerate() {
            self.unsaid(
                entry,
                &[
                    "vm_id",
                    "vm_config",
                    "fail_open",
                    "reload_backoff_ms",
                    "allow_on_headers_stop_iteration",
                    "capabilities",
                ],
            );
            let metadata = self.metadata(entry);
            let mut module = Map::new();
            module.insert("url".into(), self.address(entry).into());
            self.hash(entry, &mut module);
            if !entry.filter.root_id.is_empty() {
                module.insert("pluginName".into(), entry.filter.root_id.as_str().into());
            }
            if let Some(policy) = entry.filter.failure_policy {
                let name = policy_name(policy).replace("CLOSED", "CLOSE");
                module.insert("failStrategy".into(), name.into());
            }
            if !entry.filter.env.is_empty() {
                let env = entry.filter.env.iter();
                let env = env.map(|(name, value)| json!({"name": name, "value": env_text(value)}));
                module.insert("vmConfig".into(), json!({"env": env.collect::<Vec<_>>()}));
            }
            let mut spec = Map::new();
            if count > 1 {
                spec.insert("priority".into(), (10 * (count - index)).into());
            }
            if format != Format::Higress {
                self.side(&mut spec);
            }
            if self.export.scenario.connection.is_some() {
                module.insert("type".into(), "NETWORK".into());
            }
            let config = self.config(entry);
            match format {
                Format::Higress => self.higress(entry, config, &mut module),
                _ => module.extend(config.map(|config| ("pluginConfig".into(), config.into()))),
            }
            match format {
                Format::TrafficExtension => drop(spec.insert("wasm".into(), module.into())),
                _ => spec.extend(module),
            }
            let (group, kind) = match format {
                Format::Higress => ("extensions.higress.io/v1alpha1", "WasmPlugin"),
                Format::TrafficExtension => ("extensions.istio.io/v1alpha1", "TrafficExtension"),
                _ => ("extensions.istio.io/v1alpha1", "WasmPlugin"),
            };
            documents.push(json!({"apiVersion": group, "kind": kind, "metadata": metadata, "spec": spec}));
        }
        documents
    }

    /// On which side of the proxy the filters are.
    fn side(&self, spec: &mut Map<String, Value>) {
        let mode = match self.export.scenario.proxy.listener.direction {
            ListenerDirection::Unspecified => return,
            ListenerDirection::Inbound => "SERVER",
            ListenerDirection::Outbound => "CLIENT",
        };
        spec.insert("match".into(), json!([{"mode": mode}]));
    }

    /// The hash that a module must have, where its address is one of a file and not of an image.
    fn hash(&mut self, entry: &Entry<'_>, module: &mut Map<String, Value>) {
        let is_file = url(entry.filter).is_some_and(|url| url.starts_with("http"));
        match sha256(entry.filter, entry.module) {
            hash if is_file && !hash.is_empty() => drop(module.insert("sha256".into(), hash.into())),
            _ if !entry.filter.sha256.is_empty() => self.leave(entry, "sha256", Why::NoCounterpart),
            _ => {}
        }
    }

    fn higress(
        &mut self,
        entry: &Entry<'_>,
        config: Option<Map<String, Value>>,
        spec: &mut Map<String, Value>,
    ) {
        let Some(config) = config else { return };
        match higress::split(&config) {
            Some((default, rules)) => {
                spec.insert("defaultConfig".into(), default.into());
                if !rules.is_empty() {
                    spec.insert("matchRules".into(), rules.into());
                }
            }
            None => {
                spec.insert("defaultConfig".into(), config.into());
                self.leave(entry, "plugin_config", Why::OtherText);
            }
        }
    }

    /// Filters that are discovered, in the chain before the router, and their configurations.
    fn envoy_filter(&mut self) -> Vec<Value> {
        let entries = self.entries();
        if entries.is_empty() {
            return Vec::new();
        }
        let scenario = self.export.scenario;
        let is_network = scenario.connection.is_some();
        let context = match scenario.proxy.listener.direction {
            ListenerDirection::Unspecified => "ANY",
            ListenerDirection::Inbound => "SIDECAR_INBOUND",
            ListenerDirection::Outbound => "SIDECAR_OUTBOUND",
        };
        let object = slug(if scenario.name.is_empty() { "wasm-filters" } else { &scenario.name });
        let mut patches = Vec::new();
        for (index, entry) in entries.iter().enumerate() {
            let Entry { filter, module, place } = entry;
            let message = wasm(Plugin { filter, module, modules: Modules::ByName, place }, &mut self.left);
            // Istio hands configurations out by their names, which all objects of a workload share.
            let own = if filter.name.is_empty() { &object } else { &filter.name };
            let name = match index {
                0 => own.to_owned(),
                _ => format!("{own}-{}", index + 1),
            };
            if is_network {
                patches.push(network_patch(context, &name, message));
            } else {
                patches.extend(http_patches(context, &name, message));
            }
        }
        vec![json!({
            "apiVersion": "networking.istio.io/v1alpha3",
            "kind": "EnvoyFilter",
            "metadata": {"name": object},
            "spec": {"configPatches": patches},
        })]
    }

    fn policy(&mut self) -> Vec<Value> {
        let entries = self.entries();
        if entries.is_empty() {
            return Vec::new();
        }
        let mut wasm = Vec::new();
        for entry in &entries {
            self.unsaid(
                entry,
                &[
                    "vm_id",
                    "vm_config",
                    "env",
                    "failure_policy",
                    "reload_backoff_ms",
                    "allow_on_headers_stop_iteration",
                    "capabilities",
                ],
            );
            let mut written = Map::new();
            if !entry.filter.name.is_empty() {
                written.insert("name".into(), entry.filter.name.as_str().into());
            }
            if !entry.filter.root_id.is_empty() {
                written.insert("rootID".into(), entry.filter.root_id.as_str().into());
            }
            let address = self.address(entry);
            let code = if address.starts_with("http") {
                let mut http = Map::new();
                http.insert("url".into(), address.into());
                self.hash(entry, &mut http);
                json!({"type": "HTTP", "http": http})
            } else {
                let mut image = Map::new();
                image.insert("url".into(), address.trim_start_matches("oci://").into());
                self.hash(entry, &mut image);
                json!({"type": "Image", "image": image})
            };
            written.insert("code".into(), code);
            self.raw_config(entry, &mut written);
            if entry.filter.fail_open {
                written.insert("failOpen".into(), true.into());
            }
            wasm.push(Value::from(written));
        }
        if self.export.scenario.connection.is_some() {
            self.left.push(left_out("connection", Why::NoCounterpart));
        }
        let name = slug(if self.export.scenario.name.is_empty() {
            "wasm-filters"
        } else {
            &self.export.scenario.name
        });
        // The policy has to name a gateway or a route; this is the one of Envoy Gateway's own quick start.
        let target = json!([{"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": "eg"}]);
        vec![json!({
            "apiVersion": "gateway.envoyproxy.io/v1alpha1",
            "kind": "EnvoyExtensionPolicy",
            "metadata": {"name": name},
            "spec": {"targetRefs": target, "wasm": wasm},
        })]
    }

    /// Any JSON, which filters get as Kubernetes writes it.
    fn raw_config(&mut self, entry: &Entry<'_>, written: &mut Map<String, Value>) {
        let body = &entry.filter.plugin_config;
        if body.is_empty() {
            return;
        }
        match body.text().and_then(|text| serde_json::from_str::<Value>(text).ok()) {
            None => self.leave(entry, "plugin_config", Why::NoCounterpart),
            Some(config) => {
                if body.text() != Some(json_text(&config, Kept::Whole).as_str()) {
                    self.leave(entry, "plugin_config", Why::OtherText);
                }
                written.insert("config".into(), config);
            }
        }
    }
}

/// One patch puts the filter in its place, the other says what it is. `TypedStruct` spares Istio to know the message.
fn http_patches(context: &str, name: &str, message: Value) -> [Value; 2] {
    let insert = json!({
        "applyTo": "HTTP_FILTER",
        "match": {
            "context": context,
            "listener": {"filterChain": {"filter": {
                "name": MANAGER_FILTER,
                "subFilter": {"name": ROUTER_FILTER},
            }}},
        },
        "patch": {
            "operation": "INSERT_BEFORE",
            "value": {
                "name": name,
                "config_discovery": {
                    "config_source": {"ads": {}, "initial_fetch_timeout": "0s"},
                    "type_urls": [HTTP_WASM],
                },
            },
        },
    });
    let define = json!({
        "applyTo": "EXTENSION_CONFIG",
        "match": {"context": context},
        "patch": {
            "operation": "ADD",
            "value": {
                "name": name,
                "typed_config": {
                    "@type": "type.googleapis.com/udpa.type.v1.TypedStruct",
                    "type_url": HTTP_WASM,
                    "value": message,
                },
            },
        },
    });
    [insert, define]
}

fn network_patch(context: &str, name: &str, message: Value) -> Value {
    json!({
        "applyTo": "NETWORK_FILTER",
        "match": {
            "context": context,
            "listener": {"filterChain": {"filter": {"name": "envoy.filters.network.tcp_proxy"}}},
        },
        "patch": {
            "operation": "INSERT_BEFORE",
            "value": {
                "name": name,
                "typed_config": {
                    "@type": "type.googleapis.com/udpa.type.v1.TypedStruct",
                    "type_url": "type.googleapis.com/envoy.extensions.filters.network.wasm.v3.Wasm",
                    "value": message,
                },
            },
        },
    })
}

/// A name that Kubernetes takes (RFC 1123): lower case letters, digits and `-`, at most 63.
fn slug(text: &str) -> String {
    let mut slug = String::new();
    for c in text.chars().flat_map(char::to_lowercase) {
        match c {
            'a'..='z' | '0'..='9' => slug.push(c),
            _ if !slug.is_empty() && !slug.ends_with('-') => slug.push('-'),
            _ => {}
        }
        if slug.len() == 63 {
            break;
        }
    }
    let slug = slug.trim_end_matches('-');
    if slug.is_empty() { "wasm-filter".to_owned() } else { slug.to_owned() }
}
