//! A bootstrap as scenarios: one for each HTTP connection manager with wasm filters, and for each chain of network filters
//! with such.

use std::collections::HashMap;
use std::net::SocketAddr;

use serde_json::Value;

use super::any::Typed;
use super::plugin::Reader;
use super::upstream;
use crate::convert::document::{self, Numbers};
use crate::convert::fields::{At, Object};
use crate::convert::{Error, Format, Imported, Input, LeftOut, Reason, Why};
use crate::http::Protocol;
use crate::scenario::{Connection, Filter, Listener, ListenerDirection, Locality, Metadata, Node, Scenario};

/// Fields that make no difference to what filters see.
const HARMLESS: &[&str] = &[
    "admin",
    "stats_sinks",
    "stats_config",
    "stats_flush_interval",
    "stats_flush_on_admin",
    "watchdog",
    "watchdogs",
    "tracing",
    "layered_runtime",
    "overload_manager",
    "hds_config",
    "flags_path",
    "header_prefix",
    "enable_dispatcher_stats",
    "default_socket_interface",
    "use_tcp_for_dns_lookups",
    "bootstrap_extensions",
    "fatal_actions",
];
const HARMLESS_IN_LISTENER: &[&str] = &[
    "stat_prefix",
    "access_log",
    "enable_reuse_port",
    "reuse_port",
    "drain_type",
    "bind_to_port",
    "tcp_backlog_size",
    "tcp_fast_open_queue_length",
    "socket_options",
    "connection_balance_config",
    "listener_filters_timeout",
    "freebind",
    "continue_on_listener_filters_timeout",
    "transparent",
    "ignore_global_conn_limit",
    "max_connections_to_accept_per_socket_event",
];
const HARMLESS_IN_MANAGER: &[&str] = &[
    "stat_prefix",
    "access_log",
    "access_log_options",
    "tracing",
    "drain_timeout",
    "http_protocol_options",
    "http2_protocol_options",
    "common_http_protocol_options",
    "delayed_close_timeout",
    "request_headers_timeout",
    "stream_idle_timeout",
    "use_remote_address",
    "skip_xff_append",
    "xff_num_trusted_hops",
    "max_request_headers_kb",
    "add_user_agent",
    "always_set_request_id_in_response",
    "request_id_extension",
];

/// Reads a bootstrap.
pub(in crate::convert) fn read(input: &Input<'_>) -> Result<Imported, Error> {
    let documents = document::read(input, numbers(input.name))?;
    let mut bootstrap = Bootstrap {
        reader: Reader { input },
        extensions: Extensions::default(),
        left: Vec::new(),
        scenarios: Vec::new(),
    };
    let roots: Vec<At<'_>> = documents
        .iter()
        .enumerate()
        .map(|(index, value)| {
            At::root(value, if documents.len() > 1 { format!("documents[{index}]") } else { String::new() })
        })
        .collect();
    for root in &roots {
        for resource in root.object()?.list("resources")? {
            bootstrap.extensions.add(&resource)?;
        }
    }
    for root in &roots {
        bootstrap.document(root)?;
    }
    if bootstrap.scenarios.is_empty() {
        return Err(Error::new(Reason::NoWasm));
    }
    Ok(Imported { format: Format::Envoy, scenarios: bootstrap.scenarios, left_out: bootstrap.left })
}

/// Envoy goes by the name of the file: JSON it reads as it is.
fn numbers(name: &str) -> Numbers {
    if name.to_ascii_lowercase().ends_with(".json") { Numbers::All } else { Numbers::Small }
}

/// Configurations of extensions by the names under which they are discovered (`TypedExtensionConfig`).
#[derive(Debug, Default)]
pub(in crate::convert) struct Extensions<'a>(HashMap<String, At<'a>>);

impl<'a> Extensions<'a> {
    /// Notes `{name, typed_config}`; the last one of a name counts.
    pub fn add(&mut self, resource: &At<'a>) -> Result<(), Error> {
        let name = resource.object()?.text("name")?;
        self.0.insert(name, resource.clone());
        Ok(())
    }

    /// The configuration of an HTTP filter: what stands in it, or what is discovered under its name. `None`: it is
    /// not in the file, which is noted.
    pub fn typed(&self, filter: &At<'a>, left: &mut Vec<LeftOut>) -> Result<Option<Typed<'a>>, Error> {
        let mut current = filter.clone();
        let mut seen: Vec<String> = Vec::new();
        loop {
            let object = current.object()?;
            if let Some(typed) = Typed::of_extension(&object)? {
                return Ok(Some(typed));
            }
            let Some(discovery) = object.get("config_discovery") else { return Ok(None) };
            let name = object.text("name")?;
            if seen.contains(&name) {
                return Err(current.error(Reason::Cycle));
            }
            let default = discovery.object()?.get("default_config");
            match (self.0.get(&name), default) {
                (Some(found), _) => current = found.clone(),
                (None, Some(default)) => return Typed::read(&default).map(Some),
                (None, None) => {
                    left.push(discovery.left(Why::Remote { url: name }));
                    return Ok(None);
                }
            }
            seen.push(name);
        }
    }
}

struct Bootstrap<'a> {
    reader: Reader<'a>,
    extensions: Extensions<'a>,
    left: Vec<LeftOut>,
    scenarios: Vec<Scenario>,
}

/// What the listener and the bootstrap say of all requests.
struct Surroundings<'a> {
    node: Node,
    listener: Listener,
    name: String,
    address: Option<SocketAddr>,
    buffer_limit: Option<u64>,
    is_encrypted: bool,
    resources: upstream::Resources<'a>,
}

impl<'a> Bootstrap<'a> {
    fn document(&mut self, root: &At<'a>) -> Result<(), Error> {
        let bootstrap = root.object()?;
        bootstrap.get("resources");
        let node = bootstrap.object("node")?.map(|node| self.node(&node)).transpose()?.unwrap_or_default();
        if let Some(resources) = bootstrap.object("static_resources")? {
            let listeners = resources.list("listeners")?;
            let found = upstream::Resources::new(&listeners, &resources.list("clusters")?)?;
            for listener in &listeners {
                self.listener(listener, &node, &found)?;
            }
            resources.rest(&["secrets"], Why::NoCounterpart, &mut self.left);
        }
        bootstrap.rest(HARMLESS, Why::NoCounterpart, &mut self.left);
        Ok(())
    }

    fn node(&mut self, node: &Object<'_>) -> Result<Node, Error> {
        let read = Node {
            id: node.text("id")?,
            cluster: node.text("cluster")?,
            metadata: node.object("metadata")?.map(|metadata| metadata.map.clone()).unwrap_or_default(),
            locality: locality(node)?,
            ..Node::default()
        };
        node.rest(&["user_agent_name", "user_agent_version"], Why::NoCounterpart, &mut self.left);
        Ok(read)
    }

    fn listener(
        &mut self,
        at: &At<'a>,
        node: &Node,
        resources: &upstream::Resources<'a>,
    ) -> Result<(), Error> {
        let listener = at.object()?;
        let name = listener.text("name")?;
        let address =
            listener.object("address")?.and_then(|address| upstream::socket_address(&address).ok().flatten());
        let metadata = metadata(&listener)?;
        let direction = match listener.text("traffic_direction")?.as_str() {
            "INBOUND" => ListenerDirection::Inbound,
            "OUTBOUND" => ListenerDirection::Outbound,
            _ => ListenerDirection::Unspecified,
        };
        let buffer_limit =
            listener.get("per_connection_buffer_limit_bytes").map(|at| at.whole()).transpose()?;
        let mut chains = listener.list("filter_chains")?;
        chains.extend(listener.get("default_filter_chain"));
        let before = self.scenarios.len();
        let several = chains.len() > 1;
        for (index, chain) in chains.iter().enumerate() {
            let fields = chain.object()?;
            let chain_name = fields.text("name")?;
            let surroundings = Surroundings {
                node: node.clone(),
                listener: Listener {
                    direction,
                    metadata: metadata.clone(),
                    filter_chain_name: chain_name.clone(),
                    ..Listener::default()
                },
                name: match (several, chain_name.is_empty()) {
                    (false, _) => name.clone(),
                    (true, false) => format!("{name} {chain_name}"),
                    (true, true) => format!("{name} {}", index + 1),
                },
                address,
                buffer_limit,
                is_encrypted: fields.get("transport_socket").or_else(|| fields.get("tls_context")).is_some(),
                resources: resources.clone(),
            };
            let found = self.chain(&fields, &surroundings)?;
            if found {
                fields.rest(
                    &["filter_chain_match", "transport_socket_connect_timeout"],
                    Why::NoCounterpart,
                    &mut self.left,
                );
            }
        }
        if self.scenarios.len() > before {
            listener.rest(HARMLESS_IN_LISTENER, Why::NoCounterpart, &mut self.left);
        }
        Ok(())
    }

    /// One filter chain of a listener; whether there was a wasm filter in it.
    fn chain(&mut self, chain: &Object<'a>, surroundings: &Surroundings<'a>) -> Result<bool, Error> {
        let mut network: Vec<Filter> = Vec::new();
        let mut others: Vec<LeftOut> = Vec::new();
        let before = self.scenarios.len();
        for at in chain.list("filters")? {
            let filter = at.object()?;
            let Some(typed) = self.extensions.typed(&at, &mut others)? else {
                others.push(other(&at, &filter.text("name")?));
                continue;
            };
            if typed.is_network_wasm() {
                network.push(self.reader.filter(&typed.object()?, &mut self.left)?);
            } else if typed.is_http_manager() {
                self.manager(&typed, surroundings)?;
            } else if !typed.is_tcp_proxy() {
                others.push(other(&at, &filter.text("name")?));
            } else if !network.is_empty() {
                let proxy = typed.object()?;
                let cluster = proxy.text("cluster")?;
                let scenario = self.tcp(std::mem::take(&mut network), &cluster, surroundings)?;
                self.scenarios.push(scenario);
                proxy.rest(
                    &["stat_prefix", "access_log", "idle_timeout", "max_connect_attempts"],
                    Why::NoCounterpart,
                    &mut self.left,
                );
            }
        }
        if !network.is_empty() {
            let scenario = self.tcp(network, "", surroundings)?;
            self.scenarios.push(scenario);
        }
        let found = self.scenarios.len() > before;
        if found {
            self.left.append(&mut others);
        }
        Ok(found)
    }

    fn tcp(
        &mut self,
        chain: Vec<Filter>,
        cluster: &str,
        surroundings: &Surroundings<'a>,
    ) -> Result<Scenario, Error> {
        let mut scenario = surroundings.scenario(chain);
        scenario.connection = Some(Connection::default());
        surroundings.resources.tcp(cluster, &mut scenario, &mut self.left)?;
        Ok(scenario)
    }

    /// An HTTP connection manager, if it has a wasm filter.
    fn manager(&mut self, typed: &Typed<'a>, surroundings: &Surroundings<'a>) -> Result<(), Error> {
        let manager = typed.object()?;
        let mut chain = Vec::new();
        let mut left = Vec::new();
        let mut is_plain = true;
        for at in manager.list("http_filters")? {
            let filter = at.object()?;
            let name = filter.text("name")?;
            let Some(typed) = self.extensions.typed(&at, &mut left)? else {
                if !name.ends_with("router") && filter.get("config_discovery").is_none() {
                    left.push(other(&at, &name));
                }
                continue;
            };
            if typed.is_http_wasm() {
                let mut read = self.reader.filter(&typed.object()?, &mut left)?;
                read.off = filter.truth("disabled")?;
                filter.rest(
                    &["is_optional", "typed_config", "config", "config_discovery"],
                    Why::Unknown,
                    &mut left,
                );
                chain.push(read);
            } else if typed.is_router() {
                let router = typed.object()?;
                is_plain = router.truth("suppress_envoy_headers")?;
                router.rest(
                    &["start_child_span", "dynamic_stats", "upstream_log", "upstream_log_options"],
                    Why::NoCounterpart,
                    &mut left,
                );
            } else {
                left.push(other(&at, &name));
            }
        }
        if chain.is_empty() {
            return Ok(());
        }
        let mut scenario = surroundings.scenario(chain);
        scenario.proxy.downstream = match manager.text("codec_type")?.to_ascii_uppercase().as_str() {
            "HTTP1" => Protocol::Http1,
            "HTTP2" => Protocol::Http2,
            "HTTP3" => {
                left.extend(manager.get("codec_type").map(|at| at.left(Why::NoCounterpart)));
                Protocol::Http2
            }
            // Clients agree on HTTP/2 with TLS only.
            _ if surroundings.is_encrypted => Protocol::Http2,
            _ => Protocol::Http1,
        };
        let makes_ids = manager.get("generate_request_id").map_or(Ok(true), |at| at.truth())?;
        let keeps_server = manager.text("server_header_transformation")? == "PASS_THROUGH";
        scenario.proxy.adds_headers = makes_ids || !keeps_server || !is_plain;
        if scenario.proxy.adds_headers && keeps_server {
            left.extend(manager.get("server_header_transformation").map(|at| at.left(Why::NoCounterpart)));
        }
        surroundings.resources.routes(&manager, surroundings.url(), &mut scenario, &mut left)?;
        manager.rest(HARMLESS_IN_MANAGER, Why::NoCounterpart, &mut left);
        self.left.append(&mut left);
        self.scenarios.push(scenario);
        Ok(())
    }
}

impl Surroundings<'_> {
    fn scenario(&self, chain: Vec<Filter>) -> Scenario {
        let mut scenario = Scenario { name: self.name.clone(), chain, ..Scenario::default() };
        let proxy = &mut scenario.proxy;
        (proxy.node, proxy.listener) = (self.node.clone(), self.listener.clone());
        if let Some(address) = self.address.filter(|address| address.port() != 0) {
            proxy.addresses.proxy = address;
        }
        proxy.buffer_limit = self.buffer_limit.unwrap_or(proxy.buffer_limit);
        // Without a protocol of its own, a cluster is asked over HTTP/1.
        proxy.upstream = Protocol::Http1;
        scenario
    }

    /// Where a client on the same machine finds the listener.
    fn url(&self) -> String {
        let scheme = if self.is_encrypted { "https" } else { "http" };
        match self.address.filter(|address| address.port() != 0) {
            Some(address) => format!("{scheme}://localhost:{}", address.port()),
            None => format!("{scheme}://localhost"),
        }
    }
}

fn other(at: &At<'_>, name: &str) -> LeftOut {
    at.left(Why::OtherFilter { name: name.to_owned() })
}

/// `metadata.filter_metadata` of an object.
pub(super) fn metadata(object: &Object<'_>) -> Result<Metadata, Error> {
    let Some(metadata) = object.object("metadata")? else { return Ok(Metadata::default()) };
    let Some(namespaces) = metadata.object("filter_metadata")? else { return Ok(Metadata::default()) };
    for (_, fields) in namespaces.all() {
        fields.object()?;
    }
    Ok(Metadata(namespaces.map.iter().filter(|(_, fields)| fields.is_object()).map(pair).collect()))
}

fn pair((name, value): (&String, &Value)) -> (String, Value) {
    (name.clone(), value.clone())
}

/// `locality` of an object.
pub(super) fn locality(object: &Object<'_>) -> Result<Locality, Error> {
    let Some(locality) = object.object("locality")? else { return Ok(Locality::default()) };
    Ok(Locality {
        region: locality.text("region")?,
        zone: locality.text("zone")?,
        sub_zone: locality.text("sub_zone")?,
        ..Locality::default()
    })
}
