//! A scenario as a bootstrap that runs: a listener on port 18000 with the chain, and listeners on the loopback address that
//! answer for the upstream and for what filters call.

use serde_json::{Map, Value, json};

use super::plugin::{self, Modules, Plugin};
use super::write_upstream::Servers;
use super::{HTTP_WASM, WASM_FILTER};
use crate::convert::rest::{rest_of_scenario, unknown};
use crate::convert::{Error, Export, Exported, Files, LeftOut, Place, Reason, Why, curl, document};
use crate::http::{Protocol, Target};
use crate::scenario::{Body, EnvoyVersion, ListenerDirection, Locality, Metadata, Peer, Request, Scenario};

/// Where tutorials of Proxy-Wasm listen.
const PORT: u16 = 18_000;
const ADMIN_PORT: u16 = 18_001;
/// Longest command in a comment, in bytes.
const LONGEST_LINE: usize = 4_000;
const NETWORK_WASM: &str = "type.googleapis.com/envoy.extensions.filters.network.wasm.v3.Wasm";
pub(super) const MANAGER: &str =
    "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager";
const ROUTER: &str = "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router";
const TCP_PROXY: &str = "type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy";

/// Writes a bootstrap.
pub(in crate::convert) fn write(export: &Export<'_>) -> Result<Exported, Error> {
    let scenario = export.scenario;
    if scenario.chain.is_empty() {
        return Err(Error::new(Reason::NoFilter));
    }
    let mut left = without_counterpart(scenario);
    let mut servers = Servers::new(PORT + 2);
    let filters = match &scenario.connection {
        None => http(export, &mut servers, &mut left),
        Some(_) => tcp(export, &mut servers, &mut left),
    };
    let mut listener = listener(scenario, filters);
    let mut listeners = vec![listener.take()];
    let (more, clusters) = servers.into_parts();
    listeners.extend(more);
    let bootstrap = json!({
        "node": node(scenario),
        "admin": {"address": address("127.0.0.1", ADMIN_PORT)},
        "static_resources": {"listeners": listeners, "clusters": clusters},
    });
    let text = format!("{}{}", heading(scenario), document::write(&[bootstrap])?);
    Ok(Exported { files: Files::One(text.into()), left_out: left })
}

/// How to use the file.
fn heading(scenario: &Scenario) -> String {
    let level = scenario.log_level.name();
    let try_it = match scenario.connection {
        None => curl_line(scenario),
        Some(_) => format!("nc localhost {PORT}"),
    };
    format!(
        "# Start it in the folder in which its modules are:\n\
         #   envoy -c THIS_FILE --concurrency 1 --component-log-level wasm:{level}\n\
         # and send it a request:\n\
         #   {try_it}\n"
    )
}

/// The scenario's request, sent to the listener. Its scheme is the listener's, which has no certificate.
fn curl_line(scenario: &Scenario) -> String {
    let mut request = scenario.request.clone();
    if let Ok(target) = Target::parse(&request.url) {
        request.url = format!("http://{}{}", target.authority, target.path);
    }
    let http2 = match scenario.proxy.downstream {
        Protocol::Http1 => "",
        Protocol::Http2 => " --http2-prior-knowledge",
    };
    let to_listener = format!("-v{http2} --connect-to ::localhost:{PORT}");
    let line = |request: &Request| {
        let line = format!("{} {to_listener}", curl::command(request, curl::Style::Line));
        Some(line).filter(|line| line.len() <= LONGEST_LINE && !line.contains('\n'))
    };
    let without_body = || {
        let request = Request { body: Body::default(), ..request.clone() };
        line(&request).map(|line| format!("{line} --data-binary @BODY"))
    };
    line(&request).or_else(without_body).unwrap_or_else(|| format!("curl -v http://localhost:{PORT}/"))
}

pub(super) fn address(ip: &str, port: u16) -> Value {
    json!({"socket_address": {"address": ip, "port_value": port}})
}

fn node(scenario: &Scenario) -> Value {
    let node = &scenario.proxy.node;
    let mut written = Map::new();
    written.insert("id".into(), node.id.as_str().into());
    written.insert("cluster".into(), node.cluster.as_str().into());
    if !node.metadata.is_empty() {
        written.insert("metadata".into(), node.metadata.clone().into());
    }
    put_locality(&mut written, &node.locality);
    written.into()
}

pub(super) fn put_locality(object: &mut Map<String, Value>, locality: &Locality) {
    if !locality.is_default() {
        let fields =
            [("region", &locality.region), ("zone", &locality.zone), ("sub_zone", &locality.sub_zone)];
        let given = fields.into_iter().filter(|(_, text)| !text.is_empty());
        let given: Map<String, Value> =
            given.map(|(name, text)| (name.into(), text.as_str().into())).collect();
        object.insert("locality".into(), given.into());
    }
}

pub(super) fn put_metadata(object: &mut Map<String, Value>, metadata: &Metadata) {
    if !metadata.is_empty() {
        object.insert("metadata".into(), json!({"filter_metadata": metadata.0}));
    }
}

fn listener(scenario: &Scenario, filters: Vec<Value>) -> Value {
    let facts = &scenario.proxy.listener;
    let mut chain = Map::new();
    if !facts.filter_chain_name.is_empty() {
        chain.insert("name".into(), facts.filter_chain_name.as_str().into());
    }
    chain.insert("filters".into(), filters.into());
    let mut listener = Map::new();
    listener.insert("name".into(), "main".into());
    listener.insert("address".into(), address("0.0.0.0", PORT));
    match facts.direction {
        ListenerDirection::Unspecified => {}
        ListenerDirection::Inbound => put(&mut listener, "traffic_direction", "INBOUND"),
        ListenerDirection::Outbound => put(&mut listener, "traffic_direction", "OUTBOUND"),
    }
    put_metadata(&mut listener, &facts.metadata);
    // Its default is the same, and yet it can be seen in the file.
    put(
        &mut listener,
        "per_connection_buffer_limit_bytes",
        scenario.proxy.buffer_limit.min(u64::from(u32::MAX)),
    );
    put(&mut listener, "filter_chains", vec![Value::from(chain)]);
    listener.into()
}

pub(super) fn put(object: &mut Map<String, Value>, name: &str, value: impl Into<Value>) {
    object.insert(name.into(), value.into());
}

/// The wasm filters of the chain, as `typed_config`.
fn wasm(export: &Export<'_>, kind: &str, left: &mut Vec<LeftOut>) -> Vec<Map<String, Value>> {
    let mut filters = Vec::new();
    for (index, (filter, module)) in export.scenario.chain.iter().zip(export.modules).enumerate() {
        let place = format!("chain[{index}]");
        left.extend(unknown(filter, &place));
        let message = plugin::wasm(Plugin { filter, module, modules: Modules::Inline, place: &place }, left);
        let config = json!({"@type": kind, "config": message["config"]});
        let mut written = Map::new();
        let number = if index == 0 { String::new() } else { format!(".{}", index + 1) };
        put(&mut written, "name", format!("{WASM_FILTER}{number}"));
        if filter.off {
            put(&mut written, "disabled", true);
        }
        put(&mut written, "typed_config", config);
        filters.push(written);
    }
    filters
}

fn http(export: &Export<'_>, servers: &mut Servers, left: &mut Vec<LeftOut>) -> Vec<Value> {
    let scenario = export.scenario;
    let mut filters: Vec<Value> = wasm(export, HTTP_WASM, left).into_iter().map(Value::from).collect();
    let mut router = Map::new();
    put(&mut router, "@type", ROUTER);
    if !scenario.proxy.adds_headers {
        put(&mut router, "suppress_envoy_headers", true);
    }
    filters.push(json!({"name": "envoy.filters.http.router", "typed_config": router}));
    servers.upstream(scenario, left);
    servers.callouts(scenario, left);
    let proxy = &scenario.proxy;
    let mut route = Map::new();
    put(&mut route, "name", proxy.route.name.as_str());
    put(&mut route, "match", json!({"prefix": "/"}));
    put_metadata(&mut route, &proxy.route.metadata);
    put(&mut route, "route", json!({"cluster": proxy.cluster_name, "timeout": "0s"}));
    let mut host = Map::new();
    put(&mut host, "name", proxy.virtual_host.name.as_str());
    put(&mut host, "domains", vec!["*"]);
    put_metadata(&mut host, &proxy.virtual_host.metadata);
    put(&mut host, "routes", vec![Value::from(route)]);
    let mut manager = Map::new();
    put(&mut manager, "@type", MANAGER);
    put(&mut manager, "stat_prefix", "main");
    put(
        &mut manager,
        "codec_type",
        match proxy.downstream {
            Protocol::Http1 => "HTTP1",
            // Clients without TLS begin with HTTP/1.1 unless they are told otherwise.
            Protocol::Http2 => "AUTO",
        },
    );
    put(&mut manager, "http_protocol_options", json!({"enable_trailers": true}));
    if !proxy.adds_headers {
        put(&mut manager, "generate_request_id", false);
        put(&mut manager, "server_header_transformation", "PASS_THROUGH");
        put(&mut manager, "use_remote_address", false);
        put(&mut manager, "skip_xff_append", true);
    }
    put(&mut manager, "stream_idle_timeout", "0s");
    put(&mut manager, "route_config", json!({"name": "routes", "virtual_hosts": [host]}));
    put(&mut manager, "http_filters", filters);
    vec![json!({"name": "envoy.filters.network.http_connection_manager", "typed_config": manager})]
}

fn tcp(export: &Export<'_>, servers: &mut Servers, left: &mut Vec<LeftOut>) -> Vec<Value> {
    let scenario = export.scenario;
    let mut filters: Vec<Value> = Vec::new();
    for (index, mut filter) in wasm(export, NETWORK_WASM, left).into_iter().enumerate() {
        put(&mut filter, "name", format!("envoy.filters.network.wasm.{}", index + 1));
        // Only HTTP filters can be switched off.
        match filter.remove("disabled") {
            None => filters.push(filter.into()),
            Some(_) => left.push(no_counterpart(format!("chain[{index}]"))),
        }
    }
    servers.tcp(scenario);
    servers.callouts(scenario, left);
    let proxy = json!({"@type": TCP_PROXY, "stat_prefix": "main", "cluster": scenario.proxy.cluster_name});
    filters.push(json!({"name": "envoy.filters.network.tcp_proxy", "typed_config": proxy}));
    filters
}

pub(super) fn no_counterpart(field: impl Into<String>) -> LeftOut {
    LeftOut { place: Place::Field(field.into()), why: Why::NoCounterpart }
}

/// The fields of a scenario that no configuration of Envoy can hold, where they say anything.
pub(in crate::convert) fn without_counterpart(scenario: &Scenario) -> Vec<LeftOut> {
    let proxy = &scenario.proxy;
    let addresses = crate::scenario::Addresses::default();
    let said = [
        ("proxy.envoy_version", proxy.envoy_version != EnvoyVersion::default()),
        (
            "proxy.addresses",
            proxy.addresses.client != addresses.client
                || proxy.addresses.upstream_local != addresses.upstream_local,
        ),
        ("proxy.connection_id", proxy.connection_id != 1),
    ];
    let about_traffic = match &scenario.connection {
        None => ("request", scenario.request != Request::default()),
        Some(connection) => {
            let is_answer = |(index, step): (usize, &crate::scenario::ConnectionStep)| {
                index == 0 && step.from == Peer::Upstream && step.close && step.after_ms == 0
            };
            let holds_more = connection.steps.iter().enumerate().any(|step| !is_answer(step));
            ("connection.steps", holds_more)
        }
    };
    let listed = |said: &[(&str, bool)]| {
        let said = said.iter().filter(|(_, said)| *said);
        said.map(|(field, _)| no_counterpart(*field)).collect::<Vec<_>>()
    };
    let carried = ["chain", "request", "reply", "connection", "callouts", "proxy"];
    [listed(&[about_traffic]), rest_of_scenario(scenario, &carried), listed(&said)].concat()
}
