//! Listeners on the loopback address that stand for the upstream and for what filters call, with their clusters.
//!
//! A direct response always has a content type, so its headers are put right by `header_mutation`; delays are those of the
//! `fault` filter. Both are set for each route.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::write::{MANAGER, address, no_counterpart, put, put_locality, put_metadata};
use crate::convert::LeftOut;
use crate::http::Protocol;
use crate::scenario::{
    Body, Callout, CalloutAnswer, CalloutFailure, ConnectionFailure, HeaderLine, Peer, Reply, Scenario,
};

const OPTIONS: &str = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions";
const HTTP_FILTERS: &str = "type.googleapis.com/envoy.extensions.filters.http.";
/// Nobody listens on the port of tcpmux.
const CLOSED_PORT: u16 = 1;
/// Longer than any client waits.
const FOREVER: &str = "3600s";

/// The listeners and clusters made so far.
pub(super) struct Servers {
    next_port: u16,
    listeners: Vec<Value>,
    clusters: Vec<Value>,
}

/// Where a cluster leads.
#[derive(Clone, Copy)]
enum Leads {
    To(u16),
    /// Nobody listens at its address.
    Astray,
    Nowhere,
}

impl Servers {
    pub fn new(first_port: u16) -> Self {
        Self { next_port: first_port, listeners: Vec::new(), clusters: Vec::new() }
    }

    /// Listeners, then clusters.
    pub fn into_parts(self) -> (Vec<Value>, Vec<Value>) {
        (self.listeners, self.clusters)
    }

    /// The upstream to which requests are routed.
    pub fn upstream(&mut self, scenario: &Scenario, left: &mut Vec<LeftOut>) {
        let reply = &scenario.reply;
        let leads = match reply.fails {
            Some(CalloutFailure::ConnectionFailure) => Leads::Astray,
            Some(CalloutFailure::NoEndpoint) => Leads::Nowhere,
            _ => Leads::To(self.listener("upstream", vec![route_of_reply(reply)])),
        };
        let wrong = wrong_length(&reply.headers, &reply.body);
        left.extend(wrong.map(|line| no_counterpart(format!("reply.headers[{line}]"))));
        left.extend(unsaid_of_reply(reply).into_iter().map(|field| no_counterpart(format!("reply.{field}"))));
        let cluster = upstream_cluster(scenario, leads, scenario.proxy.upstream);
        self.clusters.push(cluster);
    }

    /// A TCP upstream: what it sends first, it sends at once, and closes.
    pub fn tcp(&mut self, scenario: &Scenario) {
        let Some(connection) = &scenario.connection else { return };
        let leads = match connection.fails {
            Some(ConnectionFailure::ConnectionFailure) => Leads::Astray,
            Some(ConnectionFailure::NoEndpoint) => Leads::Nowhere,
            None => {
                let own = connection.steps.iter().filter(|step| step.from == Peer::Upstream);
                let sent: Vec<u8> =
                    own.filter_map(|step| step.send.as_ref()).flat_map(|sent| sent.0.to_vec()).collect();
                let response = json!({
                    "@type": "type.googleapis.com/envoy.extensions.filters.network.direct_response.v3.Config",
                    "response": data_source(&sent.into()),
                });
                let filter =
                    json!({"name": "envoy.filters.network.direct_response", "typed_config": response});
                Leads::To(self.listen("upstream", filter))
            }
        };
        // A TCP cluster has no protocol of its own: HTTP/1 is the default that says nothing.
        self.clusters.push(upstream_cluster(scenario, leads, Protocol::Http1));
    }

    /// Mocks of callouts: a cluster for each name, with a listener that has a route for each mock.
    pub fn callouts(&mut self, scenario: &Scenario, left: &mut Vec<LeftOut>) {
        let mut names: Vec<&str> = Vec::new();
        for (index, mock) in scenario.callouts.iter().enumerate() {
            // A name with `*` is none that a cluster could have; the upstream of the requests is there already.
            if mock.upstream.contains('*')
                || mock.upstream == scenario.proxy.cluster_name
                || mock.upstream.is_empty()
            {
                left.push(no_counterpart(format!("callouts[{index}]")));
            } else if !names.contains(&mock.upstream.as_str()) {
                names.push(&mock.upstream);
            }
        }
        for name in names {
            let mocks = scenario.callouts.iter().enumerate().filter(|(_, mock)| mock.upstream == name);
            let mut routes = Vec::new();
            let mut leads = None;
            for (index, mock) in mocks {
                let mut unsaid =
                    |field: String| left.push(no_counterpart(format!("callouts[{index}].answers{field}")));
                if mock.answers.len() > 1 {
                    unsaid("[1]".into());
                }
                let none = CalloutAnswer::default();
                let answer = mock.answers.first().unwrap_or(&none);
                let wrong = wrong_length(&answer.headers, &answer.body);
                wrong.into_iter().for_each(|line| unsaid(format!("[0].headers[{line}]")));
                unsaid_of_answer(answer).into_iter().for_each(|field| unsaid(format!("[0].{field}")));
                match answer.fails {
                    Some(CalloutFailure::ConnectionFailure) => leads = leads.or(Some(Leads::Astray)),
                    Some(CalloutFailure::NoEndpoint) => leads = leads.or(Some(Leads::Nowhere)),
                    _ => routes.push(route_of_mock(mock, answer)),
                }
            }
            if !routes.is_empty() {
                routes.push(unanswered());
                leads = Some(Leads::To(self.listener(name, routes)));
            }
            let cluster = cluster(name, leads.unwrap_or(Leads::Nowhere), Protocol::Http2);
            self.clusters.push(cluster.into());
        }
    }

    /// A listener with these routes, and its port.
    fn listener(&mut self, name: &str, routes: Vec<Value>) -> u16 {
        // Envoy's own bound is 4096 bytes.
        let longest = routes.iter().map(|route| route.to_string().len()).max().unwrap_or_default();
        let filters = [
            ("fault", "fault.v3.HTTPFault"),
            ("header_mutation", "header_mutation.v3.HeaderMutation"),
            ("router", "router.v3.Router"),
        ];
        let filters = filters.map(|(name, kind)| {
            json!({
                "name": format!("envoy.filters.http.{name}"),
                "typed_config": {"@type": format!("{HTTP_FILTERS}{kind}")},
            })
        });
        let host = json!({"name": name, "domains": ["*"], "routes": routes});
        let manager = json!({
            "@type": MANAGER,
            "stat_prefix": name,
            "codec_type": "AUTO",
            "server_header_transformation": "PASS_THROUGH",
            "generate_request_id": false,
            "stream_idle_timeout": "0s",
            "route_config": {
                "name": name,
                "max_direct_response_body_size_bytes": longest.max(4_096),
                "virtual_hosts": [host],
            },
            "http_filters": filters,
        });
        self.listen(
            name,
            json!({
                "name": "envoy.filters.network.http_connection_manager",
                "typed_config": manager,
            }),
        )
    }

    fn listen(&mut self, name: &str, filter: Value) -> u16 {
        let port = self.next_port;
        self.next_port = self.next_port.saturating_add(1);
        self.listeners.push(json!({
            "name": name,
            "address": address("127.0.0.1", port),
            "filter_chains": [{"filters": [filter]}],
        }));
        port
    }
}

fn upstream_cluster(scenario: &Scenario, leads: Leads, protocol: Protocol) -> Value {
    let proxy = &scenario.proxy;
    let mut cluster = cluster(&proxy.cluster_name, leads, protocol);
    put_metadata(&mut cluster, &proxy.cluster_metadata);
    if let Some(group) = cluster["load_assignment"]["endpoints"].get_mut(0).and_then(Value::as_object_mut) {
        put_locality(group, &proxy.upstream_locality);
        let host = group["lb_endpoints"].get_mut(0).and_then(Value::as_object_mut);
        if let (Some(host), Some(metadata)) = (host, &proxy.upstream_host_metadata) {
            put_metadata(host, metadata);
        }
    }
    cluster.into()
}

fn cluster(name: &str, leads: Leads, protocol: Protocol) -> Map<String, Value> {
    let host = |port| json!([{"lb_endpoints": [{"endpoint": {"address": address("127.0.0.1", port)}}]}]);
    let endpoints = match leads {
        Leads::To(port) => host(port),
        Leads::Astray => host(CLOSED_PORT),
        Leads::Nowhere => json!([]),
    };
    let mut cluster = Map::new();
    put(&mut cluster, "name", name);
    put(&mut cluster, "type", "STATIC");
    put(&mut cluster, "connect_timeout", "1s");
    if protocol == Protocol::Http2 {
        let options = json!({
            "@type": format!("type.googleapis.com/{OPTIONS}"),
            "explicit_http_config": {"http2_protocol_options": {}},
        });
        put(&mut cluster, "typed_extension_protocol_options", json!({OPTIONS: options}));
    }
    put(&mut cluster, "load_assignment", json!({"cluster_name": name, "endpoints": endpoints}));
    cluster
}

fn route_of_reply(reply: &Reply) -> Value {
    let delay = match reply.fails {
        Some(CalloutFailure::Silence) => Some(FOREVER.to_owned()),
        _ => delay(reply.delay_ms),
    };
    response(json!({"prefix": "/"}), reply.status, &reply.headers, &reply.body, delay)
}

fn route_of_mock(mock: &Callout, answer: &CalloutAnswer) -> Value {
    let delay = match answer.fails {
        Some(CalloutFailure::Silence) => Some(FOREVER.to_owned()),
        _ => delay(answer.delay_ms),
    };
    let mut headers = answer.headers.clone();
    if answer.grpc_status.is_some() {
        // An answer without messages is one head with the status in it.
        let names = ["content-type", "grpc-status", "grpc-message"];
        let values = [
            "application/grpc".into(),
            answer.grpc_status.unwrap_or_default().to_string(),
            answer.grpc_message.clone(),
        ];
        let more = names.into_iter().zip(values).filter(|(_, value)| !value.is_empty());
        let more: Vec<_> = more.map(|(name, value)| HeaderLine::new(name, value)).collect();
        for line in more {
            if !headers.iter().any(|found| found.name.eq_ignore_ascii_case(&line.name)) {
                headers.push(line);
            }
        }
    }
    response(matcher(mock), answer.status, &headers, &answer.body, delay)
}

/// What no mock takes is not answered.
fn unanswered() -> Value {
    response(json!({"prefix": "/"}), 503, &[], &Body::default(), Some(FOREVER.to_owned()))
}

fn delay(millis: u64) -> Option<String> {
    (millis > 0).then(|| super::plugin::duration(millis))
}

/// What a request must have to be answered by a mock.
fn matcher(mock: &Callout) -> Value {
    let mut found = Map::new();
    match mock.path.as_deref() {
        None => put(&mut found, "prefix", "/"),
        // Without a query Envoy would compare less than the mock does.
        Some(path) => {
            put(&mut found, "prefix", "/");
            put(&mut found, "headers", vec![header_matcher(":path", path)]);
        }
    }
    let mut headers: Vec<Value> = found.get("headers").and_then(Value::as_array).cloned().unwrap_or_default();
    if let Some(method) = &mock.method {
        headers.push(json!({"name": ":method", "string_match": {"exact": method}}));
    }
    for line in mock.headers.iter().filter(|line| line.on) {
        headers.push(header_matcher(&line.name, line.value.text().unwrap_or_default()));
    }
    if !headers.is_empty() {
        put(&mut found, "headers", headers);
    }
    found.into()
}

fn header_matcher(name: &str, pattern: &str) -> Value {
    match pattern.contains('*') {
        false => json!({"name": name, "string_match": {"exact": pattern}}),
        true => json!({"name": name, "string_match": {"safe_regex": {"regex": regex_of(pattern)}}}),
    }
}

/// A pattern as a regular expression that has to fit the whole text.
fn regex_of(pattern: &str) -> String {
    let mut regex = String::new();
    for c in pattern.chars() {
        match c {
            '*' => regex.push_str(".*"),
            c if c.is_ascii_punctuation() && !matches!(c, '/' | '_' | '-') => {
                let _ = write!(regex, "\\{c}");
            }
            c => regex.push(c),
        }
    }
    regex
}

/// A route that answers by itself.
///
/// Envoy gives it a length and a type; what is not wanted is taken away. HTTP/1 has the length back on its way, as from any
/// upstream.
fn response(
    matcher: Value,
    status: u16,
    headers: &[HeaderLine],
    body: &Body,
    delay: Option<String>,
) -> Value {
    let mut direct = Map::new();
    put(&mut direct, "status", status);
    if !body.is_empty() {
        put(&mut direct, "body", data_source(body));
    }
    let mut changes = Vec::new();
    if !body.is_empty() {
        changes.push(json!({"remove": "content-type"}));
        if !headers.iter().any(|line| line.on && is_length(line)) {
            changes.push(json!({"remove": "content-length"}));
        }
    }
    // To these Envoy adds the address of the request itself.
    if status == 201 || (300..400).contains(&status) {
        changes.push(json!({"remove": "location"}));
    }
    for line in headers.iter().filter(|line| line.on) {
        if is_length(line) && !body.is_empty() {
            continue;
        }
        let value = match line.value.text() {
            Some(text) => json!({"key": line.name, "value": text.replace('%', "%%")}),
            None => json!({"key": line.name, "raw_value": STANDARD.encode(&line.value.0)}),
        };
        changes.push(json!({"append": {
            "header": value,
            "append_action": "APPEND_IF_EXISTS_OR_ADD",
            "keep_empty_value": true,
        }}));
    }
    let mut filters = Map::new();
    if let Some(delay) = delay {
        put(
            &mut filters,
            "envoy.filters.http.fault",
            json!({
                "@type": format!("{HTTP_FILTERS}fault.v3.HTTPFault"),
                "delay": {"fixed_delay": delay, "percentage": {"numerator": 100}},
            }),
        );
    }
    if !changes.is_empty() {
        put(
            &mut filters,
            "envoy.filters.http.header_mutation",
            json!({
                "@type": format!("{HTTP_FILTERS}header_mutation.v3.HeaderMutationPerRoute"),
                "mutations": {"response_mutations": changes},
            }),
        );
    }
    let mut route = Map::new();
    put(&mut route, "match", matcher);
    put(&mut route, "direct_response", direct);
    if !filters.is_empty() {
        put(&mut route, "typed_per_filter_config", filters);
    }
    route.into()
}

fn is_length(line: &HeaderLine) -> bool {
    line.name.eq_ignore_ascii_case("content-length")
}

/// The line with a length that is not that of the body: the answer has the right one.
fn wrong_length(headers: &[HeaderLine], body: &Body) -> Option<usize> {
    let is_wrong =
        |line: &HeaderLine| line.on && is_length(line) && line.value.text() != Some(&body.len().to_string());
    headers.iter().position(is_wrong).filter(|_| !body.is_empty())
}

fn data_source(body: &Body) -> Value {
    match body.text() {
        Some(text) => json!({"inline_string": text}),
        None => json!({"inline_bytes": STANDARD.encode(&body.0)}),
    }
}

/// The fields of a reply that a direct response cannot say.
fn unsaid_of_reply(reply: &Reply) -> Vec<&'static str> {
    let said = [
        ("metadata", !reply.metadata.is_empty()),
        ("chunks", !reply.chunks.is_whole()),
        ("trailers", !reply.trailers.is_empty()),
        ("at_once", reply.at_once),
        ("gap_ms", reply.gap_ms != 0),
        ("reset", reply.reset),
        ("reset_after", reply.reset_after.is_some()),
        ("fails", reply.fails == Some(CalloutFailure::Reset)),
        ("again", !reply.again.is_empty()),
        ("unknown fields", !reply.unknown.is_empty()),
    ];
    said.into_iter().filter(|(_, said)| *said).map(|(field, _)| field).collect()
}

fn unsaid_of_answer(answer: &CalloutAnswer) -> Vec<&'static str> {
    let said = [
        ("chunks", !answer.chunks.is_whole()),
        ("trailers", !answer.trailers.is_empty()),
        ("messages", !answer.messages.is_empty()),
        ("at_once", answer.at_once),
        ("gap_ms", answer.gap_ms != 0),
        ("reset_after", answer.reset_after.is_some()),
        ("fails", answer.fails == Some(CalloutFailure::Reset)),
    ];
    said.into_iter().filter(|(_, said)| *said).map(|(field, _)| field).collect()
}
