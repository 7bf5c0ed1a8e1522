//! What stands behind a connection manager: the route, its cluster, and what that answers where the same file says so, as
//! tutorials do with a second listener that has a direct response.

use std::net::SocketAddr;
use std::rc::Rc;

use super::any::{self, Typed};
use super::read::{locality, metadata};
use crate::convert::fields::{At, Object};
use crate::convert::{Error, LeftOut, Why};
use crate::http::Protocol;
use crate::scenario::{
    Body, Callout, CalloutAnswer, CalloutFailure, Connection, ConnectionFailure, ConnectionStep, HeaderLine,
    Metadata, Peer, Scenario,
};

/// Clusters and listeners of a bootstrap.
#[derive(Clone, Debug)]
pub(super) struct Resources<'a> {
    clusters: Rc<Vec<Cluster<'a>>>,
    /// Listeners by their addresses.
    listeners: Rc<Vec<(SocketAddr, At<'a>)>>,
}

#[derive(Debug)]
struct Cluster<'a> {
    name: String,
    at: At<'a>,
    address: Option<SocketAddr>,
    has_endpoint: bool,
}

/// Fields of a cluster that filters do not see.
const HARMLESS_IN_CLUSTER: &[&str] = &[
    "type",
    "lb_policy",
    "connect_timeout",
    "dns_lookup_family",
    "load_assignment",
    "alt_stat_name",
    "outlier_detection",
    "health_checks",
    "upstream_connection_options",
    "dns_refresh_rate",
    "respect_dns_ttl",
    "circuit_breakers",
    "per_connection_buffer_limit_bytes",
    "http_protocol_options",
    "common_lb_config",
    "cleanup_interval",
];
const HARMLESS_IN_ROUTE: &[&str] = &["match", "decorator", "tracing", "stat_prefix"];
/// On its way from a direct response to the proxy.
const FAULT: &str = "envoy.filters.http.fault";
const HEADER_MUTATION: &str = "envoy.filters.http.header_mutation";
/// Longer than any run: the upstream says nothing.
const FOREVER_MS: u64 = 3_600_000;

impl<'a> Resources<'a> {
    pub fn new(listeners: &[At<'a>], clusters: &[At<'a>]) -> Result<Self, Error> {
        let read = |at: &At<'a>| -> Result<Cluster<'a>, Error> {
            let cluster = at.object()?;
            let host = first_host(&cluster)?;
            let address = host.as_ref().map(|host| host.object("address")).transpose()?.flatten();
            let address = address.map(|address| socket_address(&address)).transpose()?.flatten();
            Ok(Cluster { name: cluster.text("name")?, at: at.clone(), address, has_endpoint: host.is_some() })
        };
        let mut by_address = Vec::new();
        for at in listeners {
            if let Some(address) = at.object()?.object("address")?
                && let Some(address) = socket_address(&address)?
            {
                by_address.push((address, at.clone()));
            }
        }
        let clusters = clusters.iter().map(read).collect::<Result<_, _>>()?;
        Ok(Self { clusters: Rc::new(clusters), listeners: Rc::new(by_address) })
    }

    fn cluster(&self, name: &str) -> Option<&Cluster<'a>> {
        self.clusters.iter().find(|cluster| cluster.name == name)
    }

    /// The routes of a manager: the first one that goes anywhere is that of the scenario.
    pub fn routes(
        &self,
        manager: &Object<'a>,
        address: String,
        scenario: &mut Scenario,
        left: &mut Vec<LeftOut>,
    ) -> Result<(), Error> {
        scenario.request.url = format!("{address}/");
        let Some(config) = manager.object("route_config")? else { return Ok(()) };
        config.text("name")?;
        let mut hosts = config.list("virtual_hosts")?.into_iter();
        config.rest(&["validate_clusters", "max_direct_response_body_size_bytes"], Why::NoCounterpart, left);
        let Some(host) = hosts.next() else { return Ok(()) };
        left.extend(hosts.map(|host| host.left(Why::NoCounterpart)));
        let host = host.object()?;
        let domains = host.list("domains")?;
        if let Some(domain) =
            domains.first().map(|at| at.text()).transpose()?.filter(|name| !name.contains('*'))
        {
            let scheme = address.split("://").next().unwrap_or("http");
            scenario.request.url = format!("{scheme}://{domain}/");
        }
        left.extend(domains.iter().skip(1).map(|domain| domain.left(Why::NoCounterpart)));
        scenario.proxy.virtual_host.name = host.text("name")?;
        scenario.proxy.virtual_host.metadata = metadata(&host)?;
        let mut routes = host.list("routes")?.into_iter();
        host.rest(&["include_request_attempt_count"], Why::NoCounterpart, left);
        let Some(route) = routes.next() else { return Ok(()) };
        left.extend(routes.map(|route| route.left(Why::NoCounterpart)));
        self.route(&route.object()?, scenario, left)?;
        self.callouts(scenario, left)
    }

    fn route(
        &self,
        route: &Object<'a>,
        scenario: &mut Scenario,
        left: &mut Vec<LeftOut>,
    ) -> Result<(), Error> {
        scenario.proxy.route.name = route.text("name")?;
        scenario.proxy.route.metadata = metadata(route)?;
        if let Some(found) = route.object("match")? {
            let path = [found.text("path")?, found.text("prefix")?, found.text("path_separated_prefix")?];
            if let Some(path) = path.iter().find(|path| path.starts_with('/')) {
                let root = scenario.request.url.trim_end_matches('/').to_owned();
                scenario.request.url = format!("{root}{path}");
            }
            found.rest(&["case_sensitive"], Why::NoCounterpart, left);
        }
        if let Some(action) = route.object("route")? {
            let name = action.text("cluster")?;
            if let Some(timeout) = action.get("timeout")
                && timeout.millis()? != 0
            {
                left.push(timeout.left(Why::NoCounterpart));
            }
            action.rest(
                &["idle_timeout", "cluster_not_found_response_code", "upgrade_configs"],
                Why::NoCounterpart,
                left,
            );
            self.upstream(&name, scenario, left)?;
        } else if let Some(direct) = route.get("direct_response") {
            let answer = self.direct(route, &direct, left)?;
            scenario.reply.status = answer.status;
            (scenario.reply.headers, scenario.reply.body) = (answer.headers, answer.body);
        }
        route.rest(HARMLESS_IN_ROUTE, Why::NoCounterpart, left);
        Ok(())
    }

    /// The cluster to which requests go, with what it answers.
    fn upstream(&self, name: &str, scenario: &mut Scenario, left: &mut Vec<LeftOut>) -> Result<(), Error> {
        if !name.is_empty() {
            scenario.proxy.cluster_name = name.to_owned();
        }
        let Some(cluster) = self.cluster(name) else { return Ok(()) };
        self.facts(cluster, scenario, left)?;
        if !cluster.has_endpoint {
            scenario.reply.fails = Some(CalloutFailure::NoEndpoint);
        }
        let mut answers = self.answers(cluster, left)?.into_iter();
        if answers.len() > 1 {
            // What it says to other requests than the first one that it knows.
            left.push(cluster.at.left(Why::NoCounterpart));
        }
        if let Some((_, answer)) = answers.next() {
            let reply = &mut scenario.reply;
            (reply.status, reply.headers, reply.body) = (answer.status, answer.headers, answer.body);
            (reply.delay_ms, reply.fails) = (answer.delay_ms, answer.fails.or(reply.fails));
        }
        Ok(())
    }

    fn facts(
        &self,
        cluster: &Cluster<'a>,
        scenario: &mut Scenario,
        left: &mut Vec<LeftOut>,
    ) -> Result<(), Error> {
        let fields = cluster.at.object()?;
        fields.text("name")?;
        let proxy = &mut scenario.proxy;
        proxy.cluster_metadata = metadata(&fields)?;
        if let Some(address) = cluster.address {
            proxy.addresses.upstream = address;
        }
        if speaks_http2(&fields)? {
            proxy.upstream = Protocol::Http2;
        }
        if let Some(assignment) = fields.object("load_assignment")?
            && let Some(group) = assignment.list("endpoints")?.first()
        {
            let group = group.object()?;
            proxy.upstream_locality = locality(&group)?;
            if let Some(host) = group.list("lb_endpoints")?.first() {
                let found = metadata(&host.object()?)?;
                proxy.upstream_host_metadata = Some(found).filter(|found| *found != Metadata::default());
            }
        }
        fields.rest(HARMLESS_IN_CLUSTER, Why::NoCounterpart, left);
        Ok(())
    }

    /// Mocks for the other clusters; those whose answers the file does not hold are noted.
    fn callouts(&self, scenario: &mut Scenario, left: &mut Vec<LeftOut>) -> Result<(), Error> {
        for cluster in self.clusters.iter().filter(|cluster| cluster.name != scenario.proxy.cluster_name) {
            if !cluster.has_endpoint {
                let answer =
                    CalloutAnswer { fails: Some(CalloutFailure::NoEndpoint), ..CalloutAnswer::default() };
                let answers = vec![answer];
                scenario.callouts.push(Callout {
                    upstream: cluster.name.clone(),
                    answers,
                    ..Callout::default()
                });
                continue;
            }
            let answers = self.answers(cluster, left)?;
            if answers.is_empty() {
                left.push(cluster.at.left(Why::NoCounterpart));
            }
            for (found, answer) in answers {
                scenario.callouts.push(Callout {
                    upstream: cluster.name.clone(),
                    answers: vec![answer],
                    ..found
                });
            }
        }
        Ok(())
    }

    /// The direct responses of the listener at a cluster's address, each with what a request must have for it.
    fn answers(
        &self,
        cluster: &Cluster<'a>,
        left: &mut Vec<LeftOut>,
    ) -> Result<Vec<(Callout, CalloutAnswer)>, Error> {
        let Some(address) = cluster.address else { return Ok(Vec::new()) };
        let same = |found: &SocketAddr| {
            found.port() == address.port() && (found.ip() == address.ip() || address.ip().is_loopback())
        };
        let Some((_, listener)) = self.listeners.iter().find(|(found, _)| same(found)) else {
            return Ok(match address.port() {
                // The port of tcpmux, on which nobody listens: it is what exports write for this.
                1 => vec![(
                    Callout::default(),
                    CalloutAnswer {
                        fails: Some(CalloutFailure::ConnectionFailure),
                        ..CalloutAnswer::default()
                    },
                )],
                _ => Vec::new(),
            });
        };
        let mut found = Vec::new();
        for chain in listener.object()?.list("filter_chains")? {
            for filter in chain.object()?.list("filters")? {
                let Some(typed) = Typed::of_extension(&filter.object()?)? else { continue };
                if !typed.is_http_manager() {
                    continue;
                }
                let manager = typed.object()?;
                let names_itself = manager.text("server_header_transformation")? != "PASS_THROUGH";
                let Some(config) = manager.object("route_config")? else { continue };
                for host in config.list("virtual_hosts")? {
                    for route in host.object()?.list("routes")? {
                        let route = route.object()?;
                        let Some(direct) = route.get("direct_response") else { continue };
                        let mut answer = self.direct(&route, &direct, left)?;
                        if names_itself {
                            answer.headers.push(HeaderLine::new("server", "envoy"));
                        }
                        found.push((request(&route)?, answer));
                    }
                }
            }
        }
        Ok(found)
    }

    /// A direct response as Envoy makes it, with what other filters of its listener make of it.
    fn direct(
        &self,
        route: &Object<'a>,
        direct: &At<'a>,
        left: &mut Vec<LeftOut>,
    ) -> Result<CalloutAnswer, Error> {
        let fields = direct.object()?;
        let mut answer = CalloutAnswer::default();
        if let Some(status) = fields.get("status") {
            answer.status = u16::try_from(status.whole()?).unwrap_or(u16::MAX);
        }
        if let Some(body) = fields.object("body")? {
            answer.body = data_source(&body, left)?;
        }
        if !answer.body.is_empty() {
            answer.headers.push(HeaderLine::new("content-length", answer.body.len().to_string()));
            answer.headers.push(HeaderLine::new("content-type", "text/plain"));
        }
        for line in route.list("response_headers_to_add")? {
            put_header(&line, &mut answer.headers, left)?;
        }
        if let Some(filters) = route.object("typed_per_filter_config")? {
            if let Some(fault) = filters.object(FAULT)?
                && let Some(delay) = fault.object("delay")?
                && let Some(fixed) = delay.get("fixed_delay")
            {
                match fixed.millis()? {
                    FOREVER_MS => answer.fails = Some(CalloutFailure::Silence),
                    millis => answer.delay_ms = millis,
                }
            }
            if let Some(mutation) = filters.object(HEADER_MUTATION)?
                && let Some(mutations) = mutation.object("mutations")?
            {
                for change in mutations.list("response_mutations")? {
                    let change = change.object()?;
                    if let Some(name) = change.get("remove") {
                        let name = name.text()?;
                        answer.headers.retain(|line| !line.name.eq_ignore_ascii_case(&name));
                    }
                    if let Some(line) = change.get("append") {
                        put_header(&line, &mut answer.headers, left)?;
                    }
                }
            }
            filters.rest(&[], Why::NoCounterpart, left);
        }
        Ok(answer)
    }

    /// A TCP upstream, and what it sends where it is a listener of the file that answers at once.
    pub fn tcp(&self, name: &str, scenario: &mut Scenario, left: &mut Vec<LeftOut>) -> Result<(), Error> {
        if !name.is_empty() {
            scenario.proxy.cluster_name = name.to_owned();
        }
        let Some(cluster) = self.cluster(name) else { return Ok(()) };
        self.facts(cluster, scenario, left)?;
        let mut connection = Connection::default();
        if !cluster.has_endpoint {
            connection.fails = Some(ConnectionFailure::NoEndpoint);
        }
        let Some(address) = cluster.address else {
            scenario.connection = Some(connection);
            return Ok(());
        };
        if let Some((_, listener)) = self.listeners.iter().find(|(found, _)| found.port() == address.port()) {
            for chain in listener.object()?.list("filter_chains")? {
                for filter in chain.object()?.list("filters")? {
                    let filter = filter.object()?;
                    let Some(typed) = Typed::of_extension(&filter)? else { continue };
                    if typed.name.contains("direct_response")
                        && let Some(response) = typed.object()?.object("response")?
                    {
                        let sent = data_source(&response, left)?;
                        connection.steps.push(ConnectionStep {
                            from: Peer::Upstream,
                            after_ms: 0,
                            send: Some(sent).filter(|sent| !sent.is_empty()),
                            end: false,
                            close: true,
                            reset: false,
                            unknown: serde_json::Map::new(),
                        });
                    }
                }
            }
        } else if address.port() == 1 {
            connection.fails = Some(ConnectionFailure::ConnectionFailure);
        }
        scenario.connection = Some(connection);
        Ok(())
    }
}

/// The first endpoint of a cluster.
fn first_host<'a>(cluster: &Object<'a>) -> Result<Option<Object<'a>>, Error> {
    if let Some(assignment) = cluster.object("load_assignment")? {
        for group in assignment.list("endpoints")? {
            if let Some(host) = group.object()?.list("lb_endpoints")?.first() {
                return host.object()?.object("endpoint");
            }
        }
    }
    Ok(None)
}

/// A `socket_address` with an IP address. All addresses of a machine stand for the loopback one.
pub(super) fn socket_address(address: &Object<'_>) -> Result<Option<SocketAddr>, Error> {
    let Some(socket) = address.object("socket_address")? else { return Ok(None) };
    let Ok(ip) = socket.text("address")?.parse::<std::net::IpAddr>() else { return Ok(None) };
    let port = socket.get("port_value").map_or(Ok(0), |port| port.whole())?;
    let Ok(port) = u16::try_from(port) else { return Ok(None) };
    let ip = match ip {
        ip if !ip.is_unspecified() => ip,
        std::net::IpAddr::V4(_) => std::net::Ipv4Addr::LOCALHOST.into(),
        std::net::IpAddr::V6(_) => std::net::Ipv6Addr::LOCALHOST.into(),
    };
    Ok(Some(SocketAddr::new(ip, port)))
}

/// Whether a cluster is asked over HTTP/2: by the option of today, or the one before.
fn speaks_http2(cluster: &Object<'_>) -> Result<bool, Error> {
    let old = cluster.get("http2_protocol_options").is_some();
    let Some(options) = cluster.object("typed_extension_protocol_options")? else { return Ok(old) };
    for (name, at) in options.all() {
        if name.ends_with("HttpProtocolOptions")
            && let Some(explicit) = Typed::read(&at)?.object()?.object("explicit_http_config")?
        {
            return Ok(explicit.get("http2_protocol_options").is_some());
        }
    }
    Ok(old)
}

/// A `DataSource` as far as it is in the file.
fn data_source(source: &Object<'_>, left: &mut Vec<LeftOut>) -> Result<Body, Error> {
    let body = match (source.get("inline_string"), source.get("inline_bytes")) {
        (Some(text), _) => text.text()?.into(),
        (None, Some(bytes)) => any::bytes(&bytes)?.into(),
        (None, None) => Body::default(),
    };
    source.rest(&[], Why::NoCounterpart, left);
    Ok(body)
}

/// A `HeaderValueOption`.
fn put_header(line: &At<'_>, headers: &mut Vec<HeaderLine>, left: &mut Vec<LeftOut>) -> Result<(), Error> {
    let option = line.object()?;
    let Some(header) = option.object("header")? else { return Ok(()) };
    let name = header.text("key")?;
    let value: Body = match header.get("raw_value") {
        Some(raw) => any::bytes(&raw)?.into(),
        None => header.text("value")?.replace("%%", "%").into(),
    };
    let is_there = headers.iter().any(|found| found.name.eq_ignore_ascii_case(&name));
    match option.text("append_action")?.as_str() {
        "ADD_IF_ABSENT" if is_there => return Ok(()),
        "OVERWRITE_IF_EXISTS" if !is_there => return Ok(()),
        "OVERWRITE_IF_EXISTS_OR_ADD" | "OVERWRITE_IF_EXISTS" => {
            headers.retain(|found| !found.name.eq_ignore_ascii_case(&name));
        }
        _ => {}
    }
    if value.text().is_some_and(|text| text.contains('%')) && header.get("raw_value").is_none() {
        left.push(line.left(Why::NoCounterpart));
    }
    headers.push(HeaderLine { on: true, name, value });
    Ok(())
}

/// What a request must have for a route.
fn request(route: &Object<'_>) -> Result<Callout, Error> {
    let mut callout = Callout::default();
    let Some(found) = route.object("match")? else { return Ok(callout) };
    if let Some(path) = found.get("path") {
        callout.path = Some(path.text()?);
    }
    if let Some(regex) = found.object("safe_regex")? {
        callout.path = Some(pattern_of(&regex.text("regex")?));
    }
    if let Some(prefix) = found.get("prefix") {
        callout.path = Some(format!("{}*", prefix.text()?)).filter(|path| path != "/*");
    }
    for header in found.list("headers")? {
        let header = header.object()?;
        let name = header.text("name")?;
        let Some(matcher) = header.object("string_match")? else { continue };
        let pattern = match (matcher.get("exact"), matcher.object("safe_regex")?) {
            (Some(exact), _) => exact.text()?,
            (None, Some(regex)) => pattern_of(&regex.text("regex")?),
            (None, None) => continue,
        };
        match name.as_str() {
            ":method" => callout.method = Some(pattern),
            ":path" => callout.path = Some(pattern),
            _ => callout.headers.push(HeaderLine::new(name, pattern)),
        }
    }
    Ok(callout)
}

/// A regular expression as exports write them, as a pattern.
fn pattern_of(regex: &str) -> String {
    let mut pattern = String::new();
    let mut characters = regex.chars().peekable();
    while let Some(c) = characters.next() {
        match c {
            '.' if characters.next_if_eq(&'*').is_some() => pattern.push('*'),
            '\\' => pattern.extend(characters.next()),
            other => pattern.push(other),
        }
    }
    pattern
}
