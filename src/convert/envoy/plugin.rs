//! The plugin in Envoy's words (`envoy.extensions.wasm.v3`), from and to a filter of a chain.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::any;
use crate::convert::fields::{At, Object};
use crate::convert::{Error, Expected, Input, LeftOut, Place, Reason, Why};
use crate::run::ModuleSource;
use crate::scenario::{Body, FailurePolicy, Filter, env_text};

/// The field of a filter, unknown to scenarios, in which the address of its module is kept for exports.
pub(in crate::convert) const URL: &str = "url";

/// Reads plugins of one file.
#[derive(Clone, Copy)]
pub(in crate::convert) struct Reader<'a> {
    pub input: &'a Input<'a>,
}

impl Reader<'_> {
    /// A filter from the message `Wasm` of an HTTP or network filter: `{config: PluginConfig}`.
    pub fn filter(self, wasm: &Object<'_>, left: &mut Vec<LeftOut>) -> Result<Filter, Error> {
        let config = wasm.get("config").unwrap_or(At { value: &any::NOTHING, path: wasm.path_of("config") });
        wasm.rest(&[], Why::Unknown, left);
        self.plugin(&config, left)
    }

    fn plugin(self, at: &At<'_>, left: &mut Vec<LeftOut>) -> Result<Filter, Error> {
        let config = at.object()?;
        let mut filter = Filter {
            name: config.text("name")?,
            root_id: config.text("root_id")?,
            fail_open: config.truth("fail_open")?,
            allow_on_headers_stop_iteration: config.truth("allow_on_headers_stop_iteration")?,
            ..Filter::default()
        };
        if let Some(body) = config.get("configuration") {
            filter.plugin_config = any::configuration(&body, left)?;
        }
        filter.failure_policy =
            config.get("failure_policy").map(|at| failure_policy(&at)).transpose()?.flatten();
        if let Some(reload) = config.object("reload_config")? {
            if let Some(backoff) = reload.object("backoff")? {
                if let Some(least) = backoff.get("base_interval") {
                    filter.reload_backoff_ms = least.millis()?;
                }
                backoff.rest(&[], Why::NoCounterpart, left);
            }
            reload.rest(&[], Why::Unknown, left);
        }
        if let Some(restriction) = config.object("capability_restriction_config")? {
            let allowed = restriction.object("allowed_capabilities")?;
            filter.capabilities =
                allowed.map(|allowed| allowed.map.keys().cloned().collect()).unwrap_or_default();
            restriction.rest(&[], Why::Unknown, left);
        }
        match config.get("vm_config") {
            Some(vm) => self.vm(&vm, &mut filter, left)?,
            None => return Err(at.error(Reason::Missing("vm_config".into()))),
        }
        config.rest(&[], Why::Unknown, left);
        Ok(filter)
    }

    fn vm(self, at: &At<'_>, filter: &mut Filter, left: &mut Vec<LeftOut>) -> Result<(), Error> {
        let vm = at.object()?;
        filter.vm_id = vm.text("vm_id")?;
        if let Some(body) = vm.get("configuration") {
            filter.vm_config = any::configuration(&body, left)?;
        }
        if let Some(runtime) = vm.get("runtime").filter(|runtime| runtime.value != "envoy.wasm.runtime.v8") {
            left.push(runtime.left(Why::NoCounterpart));
        }
        if let Some(variables) = vm.object("environment_variables")? {
            for key in variables.list("host_env_keys")? {
                left.push(key.left(Why::FromEnvironment));
            }
            for (name, value) in
                variables.object("key_values")?.map(|values| values.all()).unwrap_or_default()
            {
                filter.env.insert(name.to_owned(), value.text()?.into());
            }
            variables.rest(&[], Why::Unknown, left);
        }
        match vm.object("code")? {
            Some(code) => self.code(&code, filter, left)?,
            None => return Err(at.error(Reason::Missing("code".into()))),
        }
        vm.rest(&["allow_precompiled", "nack_on_code_cache_miss"], Why::Unknown, left);
        Ok(())
    }

    /// Where the module is (`AsyncDataSource`).
    fn code(self, code: &Object<'_>, filter: &mut Filter, left: &mut Vec<LeftOut>) -> Result<(), Error> {
        if let Some(local) = code.object("local")? {
            if let Some(file) = local.get("filename") {
                self.file(&file, file.text()?, filter, left);
            } else if let Some(inline) = local.get("inline_bytes") {
                filter.module = Some(any::bytes(&inline)?.into());
            } else if let Some(inline) = local.get("inline_string") {
                filter.module = Some(inline.text()?.into());
            }
            local.rest(&["watched_directory"], Why::NoCounterpart, left);
        }
        if let Some(remote) = code.get("remote") {
            let fields = remote.object()?;
            let mut uri = String::new();
            if let Some(http) = fields.object("http_uri")? {
                uri = http.text("uri")?;
                http.rest(&["cluster", "timeout"], Why::Unknown, left);
            }
            remote_module(filter, &uri, &fields.text("sha256")?);
            fields.rest(&["retry_policy"], Why::Unknown, left);
            left.push(remote.left(Why::Remote { url: uri }));
        }
        code.rest(&[], Why::Unknown, left);
        Ok(())
    }

    /// A module in a file of the proxy.
    pub fn file(self, at: &At<'_>, path: String, filter: &mut Filter, left: &mut Vec<LeftOut>) {
        filter.path = match self.beside(&path) {
            None => path,
            Some(name) => {
                left.push(at.left(Why::FoundBeside { name: name.clone() }));
                name
            }
        };
    }

    /// The name of a file beside the input, where an absolute path, such as one of a container, leads nowhere.
    fn beside(self, path: &str) -> Option<String> {
        if !Path::new(path).has_root() || Path::new(path).exists() {
            return None;
        }
        let name = path.rsplit(['/', '\\']).next().filter(|name| !name.is_empty())?;
        self.input.folder?.join(name).is_file().then(|| name.to_owned())
    }
}

fn failure_policy(at: &At<'_>) -> Result<Option<FailurePolicy>, Error> {
    match at.value {
        Value::String(name) if name == "UNSPECIFIED" => Ok(None),
        Value::String(name) if name == "FAIL_RELOAD" => Ok(Some(FailurePolicy::FailReload)),
        Value::String(name) if name == "FAIL_CLOSED" => Ok(Some(FailurePolicy::FailClosed)),
        Value::String(name) if name == "FAIL_OPEN" => Ok(Some(FailurePolicy::FailOpen)),
        // Numbers of an enumeration are as good as its names.
        Value::Number(number) => match number.as_u64() {
            Some(0) => Ok(None),
            Some(1) => Ok(Some(FailurePolicy::FailReload)),
            Some(2) => Ok(Some(FailurePolicy::FailClosed)),
            Some(3) => Ok(Some(FailurePolicy::FailOpen)),
            _ => Err(at.error(Reason::Expected(Expected::FailurePolicy))),
        },
        _ => Err(at.error(Reason::Expected(Expected::FailurePolicy))),
    }
}

/// Notes what is known of a module on a server: its hash, by which it is found, or else the name that a copy would have.
pub(in crate::convert) fn remote_module(filter: &mut Filter, url: &str, sha256: &str) {
    if !url.is_empty() {
        filter.unknown.insert(URL.into(), url.into());
    }
    filter.sha256 = sha256.to_ascii_lowercase();
    if sha256.is_empty() {
        let path = url.split(['?', '#']).next().unwrap_or_default();
        let name = path.rsplit('/').next().unwrap_or_default();
        let name = name.split(['@', ':']).next().filter(|name| !name.is_empty()).unwrap_or("filter");
        filter.path = if name.ends_with(".wasm") { name.to_owned() } else { format!("{name}.wasm") };
    }
}

/// The address that an import has kept.
pub(in crate::convert) fn url(filter: &Filter) -> Option<&str> {
    filter.unknown.get(URL).and_then(Value::as_str)
}

/// How a module is named in what is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::convert) enum Modules {
    /// What is part of the scenario is written into the file.
    Inline,
    /// Always by a path or an address: what the Kubernetes API takes is not larger than about a megabyte.
    ByName,
}

/// A filter that is to be written.
#[derive(Clone, Copy, Debug)]
pub(in crate::convert) struct Plugin<'a> {
    pub filter: &'a Filter,
    pub module: &'a ModuleSource,
    pub modules: Modules,
    /// Of the filter in the scenario.
    pub place: &'a str,
}

/// A filter as the message `Wasm`.
pub(in crate::convert) fn wasm(plugin: Plugin<'_>, left: &mut Vec<LeftOut>) -> Value {
    let Plugin { filter, .. } = plugin;
    let mut config = Map::new();
    let mut put = |name: &str, value: Value| config.insert(name.into(), value);
    for (name, text) in [("name", &filter.name), ("root_id", &filter.root_id)] {
        if !text.is_empty() {
            put(name, text.as_str().into());
        }
    }
    if !filter.plugin_config.is_empty() {
        put("configuration", string_value(&filter.plugin_config));
    }
    if let Some(policy) = filter.failure_policy {
        put("failure_policy", policy_name(policy).into());
    }
    if filter.fail_open {
        put("fail_open", true.into());
    }
    if filter.reload_backoff_ms != Filter::default().reload_backoff_ms {
        let interval = duration(filter.reload_backoff_ms);
        put("reload_config", json!({"backoff": {"base_interval": interval}}));
    }
    if filter.allow_on_headers_stop_iteration {
        put("allow_on_headers_stop_iteration", true.into());
    }
    if !filter.capabilities.is_empty() {
        let allowed: Map<String, Value> =
            filter.capabilities.iter().map(|name| (name.clone(), json!({}))).collect();
        put("capability_restriction_config", json!({"allowed_capabilities": allowed}));
    }
    put("vm_config", vm(plugin, left));
    json!({"config": config})
}

fn vm(plugin: Plugin<'_>, left: &mut Vec<LeftOut>) -> Value {
    let Plugin { filter, .. } = plugin;
    let mut vm = Map::new();
    if !filter.vm_id.is_empty() {
        vm.insert("vm_id".into(), filter.vm_id.as_str().into());
    }
    vm.insert("runtime".into(), "envoy.wasm.runtime.v8".into());
    vm.insert("code".into(), code(plugin, left));
    if !filter.vm_config.is_empty() {
        vm.insert("configuration".into(), string_value(&filter.vm_config));
    }
    if !filter.env.is_empty() {
        let values: Map<String, Value> =
            filter.env.iter().map(|(name, value)| (name.clone(), env_text(value).into())).collect();
        vm.insert("environment_variables".into(), json!({"key_values": values}));
    }
    vm.into()
}

fn code(plugin: Plugin<'_>, left: &mut Vec<LeftOut>) -> Value {
    let Plugin { filter, module, modules, place } = plugin;
    let field = |name: &str| Place::Field(format!("{place}.{name}"));
    match (modules, module) {
        (Modules::Inline, ModuleSource::Embedded { bytes, .. }) => {
            return json!({"local": {"inline_bytes": STANDARD.encode(bytes)}});
        }
        (Modules::ByName, _) if url(filter).is_some_and(|url| url.starts_with("http")) => {
            let http = json!({"uri": url(filter), "cluster": "_", "timeout": "30s"});
            let sha256 = sha256(filter, module);
            return json!({"remote": {"http_uri": http, "sha256": sha256}});
        }
        _ => {}
    }
    if !filter.sha256.is_empty() {
        left.push(LeftOut { place: field("sha256"), why: Why::NoCounterpart });
    }
    let name = if filter.path.is_empty() { module.name() } else { filter.path.replace('\\', "/") };
    if modules == Modules::ByName {
        left.push(LeftOut { place: field("filter"), why: Why::Placeholder { url: name.clone() } });
    }
    json!({"local": {"filename": name}})
}

/// The hash of a filter's module: the one that it must have, or that of the module at hand; empty if neither is known.
pub(in crate::convert) fn sha256(filter: &Filter, module: &ModuleSource) -> String {
    match filter.sha256.as_str() {
        "" => module.read().map(|bytes| crate::run::hash(&bytes)).unwrap_or_default(),
        sha256 => sha256.to_owned(),
    }
}

/// A configuration such that a filter gets these bytes.
fn string_value(body: &Body) -> Value {
    match body.text() {
        Some(text) => json!({"@type": "type.googleapis.com/google.protobuf.StringValue", "value": text}),
        None => json!({
            "@type": "type.googleapis.com/google.protobuf.BytesValue",
            "value": STANDARD.encode(&body.0),
        }),
    }
}

pub(in crate::convert) fn policy_name(policy: FailurePolicy) -> &'static str {
    match policy {
        FailurePolicy::FailClosed => "FAIL_CLOSED",
        FailurePolicy::FailOpen => "FAIL_OPEN",
        FailurePolicy::FailReload => "FAIL_RELOAD",
    }
}

/// Milliseconds as protobuf's JSON has a duration.
pub(in crate::convert) fn duration(millis: u64) -> String {
    match millis % 1_000 {
        0 => format!("{}s", millis / 1_000),
        rest => format!("{}.{rest:03}s", millis / 1_000),
    }
}
