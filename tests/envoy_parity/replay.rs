//! Turns a recorded case into a plan for the host.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use filterlab::abi::LogLevel;
use filterlab::host::{
    Answer, AnswerKind, Engine, FilterSetup, LoadError, Mock, Module, Names, ProxyFacts, Reply,
};
use filterlab::http::{Protocol, Target};
use filterlab::run::{Break, Plan, PlannedExchange, PlannedReply, PlannedRequest};
use filterlab::scenario::{Body, FailurePolicy, Filter, WallTime};
use filterlab::stream::{Route, Routes, UpstreamFailure};
use filterlab::trace::TraceLimits;
use serde_json::Value;

use crate::case::{Answers, Case, Exchange, Request, Response, is_number_in_a_file, protobuf_struct};
use crate::connection;

/// Time between the end of the start and the first request, in nanoseconds.
const BEFORE_FIRST: u64 = 30_000_000;
/// Time for which the log is followed after an answer.
const SETTLE: f64 = 0.06;
/// The longest time for which the log is followed, unless the case says more.
pub const SETTLE_MOST: f64 = 0.5;
/// Time after which a client without a time-out of its own gives up, in seconds.
pub const CLIENT_TIMEOUT: f64 = 2.5;
/// Time between two pieces of a message, in seconds.
pub const GAP: f64 = 0.02;
/// What an HTTP/2 stream may hold: its window.
const HTTP2_BUFFER: usize = 16 << 20;
pub const DEFAULT_BUFFER: usize = 1 << 20;

/// Compiled filters by path; each is compiled once for all cases.
pub struct Filters {
    folder: PathBuf,
    engine: Engine,
    modules: BTreeMap<String, Result<Arc<Module>, LoadError>>,
}

impl Filters {
    pub fn new(folder: PathBuf, engine: Engine) -> Self {
        Self { folder, engine, modules: BTreeMap::new() }
    }

    pub fn get(&mut self, path: &str) -> Result<Arc<Module>, LoadError> {
        if let Some(known) = self.modules.get(path) {
            return known.clone();
        }
        let module = Module::load(&self.engine, &self.folder.join(path));
        self.modules.insert(path.to_owned(), module.clone());
        module
    }
}

/// Why there is no plan.
pub enum NoPlan {
    /// A filter does not load; the case may expect that.
    Refused(LoadError),
    /// The case says something that this harness cannot set up.
    Unreadable(String),
}

impl From<String> for NoPlan {
    fn from(reason: String) -> Self {
        Self::Unreadable(reason)
    }
}

/// The plan that replays the case.
pub fn plan(case: &Case, filters: &mut Filters) -> Result<Plan, NoPlan> {
    let settings = &case.settings;
    let mut chain = Vec::new();
    for config in configs(case)? {
        let module = filters.get(&config.path).map_err(NoPlan::Refused)?;
        chain.push(FilterSetup { module, config });
    }
    let downstream = protocol(settings.down.as_deref())?;
    let level = match settings.trace {
        true => "trace",
        false => settings.log_level.as_deref().unwrap_or("info"),
    };
    let mut exchanges = Vec::new();
    let mut connections = Vec::new();
    for (number, exchange) in case.cases.iter().enumerate() {
        let before = if number == 0 { BEFORE_FIRST } else { 0 };
        if let Some(connection) = &exchange.connection {
            connections.push(connection::plan(case, exchange, connection, before));
            continue;
        }
        let mocks = mocks(case, exchange.callouts.as_ref())?;
        let planned = plan_exchange(exchange, before)?;
        let mut reply =
            PlannedReply { unreachable: unreachable(case), ..PlannedReply::clone(&planned.reply) };
        if protocol(settings.up.as_deref())? == Protocol::Http1 {
            // The mock waits only between chunks; the trailers follow the last one at once.
            reply.trailers_gap = 0;
            if reply.body.len() < 2 {
                reply.gap = 0;
            }
        }
        // The same for the client.
        let trailers_gap = if downstream == Protocol::Http1 { 0 } else { planned.gap };
        exchanges.push(PlannedExchange {
            reply: Arc::new(reply),
            mocks: Some(mocks),
            trailers_gap,
            ..planned
        });
    }
    if !connections.is_empty() && !exchanges.is_empty() {
        return Err(NoPlan::Unreadable("connections and requests in one case".into()));
    }
    Ok(Plan {
        chain,
        exchanges,
        connections,
        mocks: mocks(case, None)?,
        names: Names::default(),
        awaits_callouts: false,
        downstream,
        upstream: protocol(settings.up.as_deref())?,
        buffer_limit: match downstream {
            Protocol::Http1 => settings.buffer_limit.unwrap_or(DEFAULT_BUFFER),
            Protocol::Http2 => HTTP2_BUFFER,
        },
        exact_lengths: true,
        read_limit: settings.buffer_limit.unwrap_or(DEFAULT_BUFFER),
        adds_headers: !settings.clean,
        routes: Routes::new([
            Route { name: "direct".into(), prefix: "/direct/".into(), direct: Some((222, "direct".into())) },
            Route { name: "r0".into(), prefix: "/".into(), direct: None },
        ]),
        facts: facts(case)?,
        log_level: LogLevel::from_name(level).ok_or_else(|| format!("unknown log level {level}"))?,
        clock: WallTime::default(),
        seed: 1,
        request_time: 5_000_000_000,
        start_time: 10_000_000_000,
        memory_bytes: 1 << 30,
        trace: TraceLimits::default(),
    })
}

/// Why the upstream answers nothing.
pub fn unreachable(case: &Case) -> Option<UpstreamFailure> {
    let is_in = |clusters: &[String]| clusters.iter().any(|cluster| cluster == "upstream");
    if is_in(&case.settings.clusters_refusing) {
        Some(UpstreamFailure::ConnectionFailure)
    } else if is_in(&case.settings.clusters_without_endpoints) {
        Some(UpstreamFailure::NoEndpoint)
    } else {
        None
    }
}

/// The filters of the chain. What a further filter does not set has its default, except for how header callbacks
/// are taken, which it has from the first.
fn configs(case: &Case) -> Result<Vec<Filter>, String> {
    let first = &case.settings;
    let filter = Filter {
        path: first.filter.clone(),
        name: first.plugin_name.clone(),
        root_id: first.root_id.clone(),
        vm_id: first.vm_id.clone(),
        plugin_config: plugin_config(&case.config, first.config_type.as_deref())?,
        vm_config: first.vm_config.clone(),
        env: environment(case, first.env.as_ref(), first.host_env.as_ref()),
        failure_policy: failure_policy(first.failure_policy.as_deref())?,
        fail_open: first.fail_open.unwrap_or(false),
        allow_on_headers_stop_iteration: first.allow_stop_iteration.unwrap_or(false),
        capabilities: first.capabilities.clone().unwrap_or_default(),
        ..Filter::default()
    };
    let further = first.chain.iter().map(|further| {
        Ok(Filter {
            path: further.filter.clone(),
            name: further.plugin_name.clone(),
            root_id: further.root_id.clone(),
            vm_id: further.vm_id.clone(),
            plugin_config: plugin_config(&further.config, further.config_type.as_deref())?,
            vm_config: further.vm_config.clone(),
            env: environment(case, further.env.as_ref(), further.host_env.as_ref()),
            failure_policy: failure_policy(further.failure_policy.as_deref())?,
            fail_open: further.fail_open.unwrap_or(false),
            allow_on_headers_stop_iteration: (further.allow_stop_iteration)
                .or(first.allow_stop_iteration)
                .unwrap_or(false),
            capabilities: further.capabilities.clone().unwrap_or_default(),
            ..Filter::default()
        })
    });
    std::iter::once(Ok(filter)).chain(further).collect()
}

fn plugin_config(config: &Body, kind: Option<&str>) -> Result<Body, String> {
    match kind {
        None | Some("string") => Ok(config.clone()),
        Some("struct") => Ok(Body::from(protobuf_struct(&config.0)?)),
        Some(other) => Err(format!("unknown config_type {other}")),
    }
}

/// Variables that are given, and those taken over from the process.
fn environment(
    case: &Case,
    given: Option<&BTreeMap<String, String>>,
    taken: Option<&Vec<String>>,
) -> serde_json::Map<String, Value> {
    let environ = case.settings.environ.iter().flatten();
    let taken = environ.filter(|(name, _)| taken.into_iter().flatten().any(|wanted| wanted == *name));
    let all = given.into_iter().flatten().chain(taken);
    all.map(|(name, value)| (name.clone(), Value::String(value.clone()))).collect()
}

fn failure_policy(name: Option<&str>) -> Result<Option<FailurePolicy>, String> {
    match name {
        None | Some("UNSPECIFIED") => Ok(None),
        Some("FAIL_CLOSED") => Ok(Some(FailurePolicy::FailClosed)),
        Some("FAIL_OPEN") => Ok(Some(FailurePolicy::FailOpen)),
        Some("FAIL_RELOAD") => Ok(Some(FailurePolicy::FailReload)),
        Some(other) => Err(format!("unknown failure_policy {other}")),
    }
}

/// The proxy around the filters of all cases.
fn facts(case: &Case) -> Result<ProxyFacts, String> {
    let route_metadata = case
        .settings
        .route_metadata
        .iter()
        .flatten()
        .map(|(namespace, fields)| {
            let fields = fields.iter().map(|(key, value)| (key.clone(), as_in_a_file(value)));
            (namespace.clone(), serde_json::Value::Object(fields.collect()))
        })
        .collect();
    Ok(ProxyFacts {
        node_id: "oracle-node".into(),
        node_cluster: "oracle-cluster".into(),
        node_metadata: serde_json::Map::from_iter([("k".into(), "v".into()), ("n".into(), 7.into())]),
        cluster_name: "upstream".into(),
        virtual_host_name: "vh0".into(),
        route_metadata,
        // As long as the addresses in the recordings, whose lengths are compared.
        upstream_address: "127.0.0.1:18080".into(),
        ..ProxyFacts::default()
    })
}

/// A value as Envoy's reader of configurations takes it.
fn as_in_a_file(value: &Value) -> Value {
    match value {
        Value::Number(number) if !is_number_in_a_file(number) => Value::String(number.to_string()),
        Value::Array(items) => Value::Array(items.iter().map(as_in_a_file).collect()),
        Value::Object(fields) => {
            Value::Object(fields.iter().map(|(key, value)| (key.clone(), as_in_a_file(value))).collect())
        }
        other => other.clone(),
    }
}

fn protocol(name: Option<&str>) -> Result<Protocol, String> {
    match name {
        None | Some("h2") => Ok(Protocol::Http2),
        Some("h1") => Ok(Protocol::Http1),
        Some(other) => Err(format!("unknown protocol {other}")),
    }
}

fn plan_exchange(exchange: &Exchange, before: u64) -> Result<PlannedExchange, String> {
    let request = &exchange.request;
    let responses = exchange.response.as_ref().map_or(&[] as &[_], Answers::all);
    let mut replies = responses.iter().map(plan_reply);
    let first = replies.next().unwrap_or_else(|| plan_reply(&Response::default()))?;
    let again = replies.collect::<Result<_, _>>()?;
    let pause = seconds(exchange.pause_before.unwrap_or_default());
    Ok(PlannedExchange {
        request: Arc::new(plan_request(request)?),
        reply: Arc::new(PlannedReply { again, ..first }),
        pause_before: pause + before,
        client_timeout: seconds(exchange.client_timeout.unwrap_or(CLIENT_TIMEOUT)),
        settle: seconds(exchange.observe.unwrap_or(SETTLE).max(SETTLE)),
        settle_most: seconds(exchange.observe.unwrap_or_default().max(SETTLE_MOST)),
        gap: seconds(request.gap.unwrap_or(GAP)),
        trailers_gap: 0,
        mocks: None,
    })
}

fn plan_request(request: &Request) -> Result<PlannedRequest, String> {
    // Bytes that are text as UTF-8 come as Latin-1, too.
    let decoded = |text: &str| {
        let bytes: Option<Vec<u8>> = text.chars().map(|c| u8::try_from(c).ok()).collect();
        bytes.and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_else(|| text.to_owned())
    };
    let text = |given: &Option<String>, default: &str| decoded(given.as_deref().unwrap_or(default));
    Ok(PlannedRequest {
        method: text(&request.method, "GET"),
        target: Target {
            scheme: text(&request.scheme, "http"),
            authority: text(&request.authority, "example.com"),
            path: text(&request.path, "/"),
        },
        is_secure: false,
        headers: latin1_pairs(request.headers.as_deref())?,
        metadata: metadata(request.metadata.as_deref()),
        body: request.body.as_ref().map(|body| body.bytes()).unwrap_or_default(),
        trailers: latin1_pairs(request.trailers.as_deref())?,
        received: OnceLock::new(),
    })
}

fn plan_reply(response: &Response) -> Result<PlannedReply, String> {
    Ok(PlannedReply {
        status: response.status.unwrap_or(200),
        delay: seconds(response.delay.unwrap_or_default()),
        headers: latin1_pairs(response.headers.as_deref())?,
        metadata: metadata(response.metadata.as_deref()),
        body: response.body.as_ref().map(|body| body.bytes()).unwrap_or_default(),
        trailers: latin1_pairs(response.trailers.as_deref())?,
        at_once: response.immediately,
        gap: seconds(response.gap.unwrap_or(GAP)),
        trailers_gap: seconds(response.gap.unwrap_or(GAP)),
        breaks: match reset_after(response)? {
            _ if response.reset => Some(Break::BeforeHeaders),
            Some(pieces) => Some(Break::AfterPieces(pieces)),
            None => None,
        },
        unreachable: None,
        again: Vec::new(),
        received: OnceLock::new(),
    })
}

/// What the clusters of callouts answer. One without an answer of its own gives 200 and nothing else.
fn mocks(case: &Case, answers: Option<&BTreeMap<String, Answers>>) -> Result<Vec<Mock>, String> {
    let settings = &case.settings;
    let mut mocks = Vec::new();
    for cluster in &settings.callouts {
        let given = answers.and_then(|answers| answers.get(cluster));
        let answers = match given {
            Some(given) => given.all().iter().map(answer).collect::<Result<_, _>>()?,
            None => vec![Answer::reply(200, "")],
        };
        mocks.push(Mock::of(cluster, answers));
    }
    let fixed = |kind: AnswerKind| vec![Answer { delay: 0, kind }];
    mocks.extend(
        settings
            .clusters_refusing
            .iter()
            .map(|cluster| Mock::of(cluster, fixed(AnswerKind::ConnectionFailure))),
    );
    let without = &settings.clusters_without_endpoints;
    mocks.extend(without.iter().map(|cluster| Mock::of(cluster, fixed(AnswerKind::NoEndpoint))));
    Ok(mocks)
}

fn answer(response: &Response) -> Result<Answer, String> {
    let PlannedReply { status, delay, headers, mut body, trailers, gap, .. } = plan_reply(response)?;
    if response.reset {
        return Ok(Answer { delay, kind: AnswerKind::Reset });
    }
    body.extend(response.messages.iter().flatten().map(|message| Reply::message(&message.0)));
    let reset_after = reset_after(response)?;
    let reply = Reply { status, headers, body, trailers, gap, reset_after, at_once: response.immediately };
    Ok(Answer { delay, kind: AnswerKind::Reply(Box::new(reply)) })
}

/// One METADATA frame with so many entries.
fn metadata(pairs: Option<&[(String, String)]>) -> Vec<u32> {
    pairs.map(|pairs| u32::try_from(pairs.len()).unwrap_or(u32::MAX)).into_iter().collect()
}

/// After how many pieces of the body the stream is reset.
fn reset_after(response: &Response) -> Result<Option<usize>, String> {
    match &response.reset_after {
        None => Ok(None),
        Some(Value::String(text)) if text == "headers" => Ok(Some(0)),
        Some(value) => {
            let pieces = value.as_u64().and_then(|pieces| usize::try_from(pieces).ok());
            pieces.map(Some).ok_or_else(|| format!("unknown reset_after {value}"))
        }
    }
}

/// Nanoseconds; what is no sensible time counts as none.
pub fn seconds(seconds: f64) -> u64 {
    (seconds.clamp(0.0, 3600.0) * 1e9).round() as u64
}

fn latin1_pairs(pairs: Option<&[(String, String)]>) -> Result<Vec<(Bytes, Bytes)>, String> {
    pairs.unwrap_or_default().iter().map(|(name, value)| Ok((latin1(name)?, latin1(value)?))).collect()
}

/// Header strings in a case stand for bytes, one character each.
pub fn latin1(text: &str) -> Result<Bytes, String> {
    let byte = |c: char| u8::try_from(u32::from(c)).map_err(|_| format!("{c:?} is not one byte"));
    text.chars().map(byte).collect::<Result<Vec<u8>, _>>().map(Bytes::from)
}
