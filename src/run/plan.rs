//! A scenario made ready to run: every text checked and split, every default filled in.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;

use super::connection::{self, PlannedConnection};
use crate::abi::LogLevel;
use crate::host::{FilterSetup, Mock, Module, Names, ProxyFacts};
use crate::http::{HeaderMap, Protocol, Target, TargetError};
use crate::scenario::{
    CalloutFailure, HeaderLine, HeaderProblem, Reply, Request, Scenario, StepProblem, WallTime,
};
use crate::stream::wire::Refusal;
use crate::stream::{Route, Routes, UpstreamFailure};
use crate::trace::TraceLimits;

/// Where in a scenario a problem is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    Chain,
    Method,
    Url,
    /// Line of the grid, from 0.
    RequestHeader(usize),
    RequestTrailer(usize),
    ReplyStatus,
    ReplyHeader(usize),
    ReplyTrailer(usize),
    /// A reply to a request that is made again, from 0.
    ReplyAgain(usize),
    /// Step of the connection, from 0.
    ConnectionStep(usize),
    /// How often requests are sent.
    Repeat,
    /// An answer of a callout's mock: the mock and the answer, from 0.
    CalloutAnswer(usize, usize),
}

/// Why a scenario cannot be run as it stands.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct Problem {
    /// 0: the scenario's own request; from 1 on the requests that follow it (`then`).
    pub exchange: usize,
    pub place: Place,
    pub reason: Reason,
}

/// What is wrong at the place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    #[error("the scenario has no filter; add one to its chain")]
    NoFilter,
    #[error("the method is empty; type one such as GET")]
    NoMethod,
    #[error("character {position} of the method ({found:?}) is not allowed; use letters and digits")]
    Method { position: usize, found: char },
    #[error(transparent)]
    Url(#[from] TargetError),
    #[error("line {line}: {problem}")]
    Header { line: usize, problem: HeaderProblem },
    #[error("{status} is not a status an upstream can answer with; use 200 to 599")]
    Status { status: u16 },
    #[error(transparent)]
    Step(StepProblem),
    #[error("{count} requests are too many for one run; send at most {MAX_REQUESTS}")]
    TooManyRequests { count: u64 },
    #[error("{status} is not a gRPC status; use 0 to 16")]
    GrpcStatus { status: u32 },
}

/// Most requests of one run.
pub const MAX_REQUESTS: u64 = 10_000;

impl Problem {
    /// A problem of the scenario's own request, or of the scenario as a whole.
    pub(super) fn at(place: Place, reason: Reason) -> Self {
        Self { exchange: 0, place, reason }
    }
}

/// One request of a run and how the world reacts to it. Times are nanoseconds on the virtual clock.
#[derive(Clone, Debug)]
pub struct PlannedExchange {
    /// Shared by all times that it is sent.
    pub request: Arc<PlannedRequest>,
    pub reply: Arc<PlannedReply>,
    /// Time between the end of the previous exchange, or of the start, and this one.
    pub pause_before: u64,
    /// Time that the client waits for the whole answer.
    pub client_timeout: u64,
    /// Time for which timers go on after the answer.
    pub settle: u64,
    /// Each log line makes it last as long again, up to this much in all.
    pub settle_most: u64,
    /// Time before each piece of the request's body.
    pub gap: u64,
    /// Time between the body and the trailers.
    pub trailers_gap: u64,
    /// Mocks that stand in for all others from this request on.
    pub mocks: Option<Vec<Mock>>,
}

/// A request as it goes over the wire.
#[derive(Clone, Debug)]
pub struct PlannedRequest {
    pub method: String,
    pub target: Target,
    /// The client's connection is encrypted.
    pub is_secure: bool,
    pub headers: Vec<(Bytes, Bytes)>,
    /// HTTP/2 METADATA, sent after the headers: the number of entries of each frame.
    pub metadata: Vec<u32>,
    /// Pieces of the body; none for a request without a body.
    pub body: Vec<Bytes>,
    pub trailers: Vec<(Bytes, Bytes)>,
    /// What the proxy receives of it, worked out when it is sent first.
    pub received: OnceLock<ReceivedRequest>,
}

/// A request as the first filter finds it; or why it does not get there, if so, and what was made of it until then.
#[derive(Clone, Debug)]
pub struct ReceivedRequest {
    pub headers: HeaderMap,
    pub refusal: Option<Refusal>,
    /// The whole body.
    pub body: Bytes,
}

/// A reply as the upstream sends it.
#[derive(Clone, Debug)]
pub struct PlannedReply {
    pub status: u16,
    pub delay: u64,
    pub headers: Vec<(Bytes, Bytes)>,
    /// HTTP/2 METADATA, sent after the headers: the number of entries of each frame.
    pub metadata: Vec<u32>,
    pub body: Vec<Bytes>,
    pub trailers: Vec<(Bytes, Bytes)>,
    /// The upstream answers when it has the request's headers, not its end.
    pub at_once: bool,
    /// Time before each piece of the body.
    pub gap: u64,
    /// Time between the body and the trailers.
    pub trailers_gap: u64,
    /// Where it breaks off.
    pub breaks: Option<Break>,
    /// Why it cannot even be asked for.
    pub unreachable: Option<UpstreamFailure>,
    /// What it answers when it is asked again: the second time, the third, and so on; the last one serves all that
    /// follow. None: the same.
    pub again: Vec<PlannedReply>,
    /// What the proxy receives of it, worked out when it is sent first: headers, and the whole body.
    pub received: OnceLock<(HeaderMap, Bytes)>,
}

impl PlannedReply {
    /// The reply to an attempt, from 0.
    pub fn of_attempt(&self, attempt: u32) -> &Self {
        let Some(later) = (attempt as usize).checked_sub(1) else { return self };
        self.again.get(later).or(self.again.last()).unwrap_or(self)
    }
}

/// Where a reply breaks off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Break {
    /// The upstream resets the stream instead of answering.
    BeforeHeaders,
    /// It resets the stream after so many pieces of the body; 0: after the headers.
    AfterPieces(usize),
    /// It says nothing at all.
    Never,
}

/// Everything that a run depends on.
#[derive(Clone, Debug)]
pub struct Plan {
    pub chain: Vec<FilterSetup>,
    pub exchanges: Vec<PlannedExchange>,
    /// TCP connections, which then come in place of the exchanges: one after the other.
    pub connections: Vec<PlannedConnection>,
    /// What answers callouts, in the order in which it is asked.
    pub mocks: Vec<Mock>,
    /// What names resolve to.
    pub names: Names,
    pub downstream: Protocol,
    pub upstream: Protocol,
    /// The run goes on until callouts under way are answered.
    pub awaits_callouts: bool,
    /// Most bytes that a paused body may hold.
    pub buffer_limit: usize,
    /// A body of another length than its head says is what it is for Envoy's codecs: a broken message; and so is a name in
    /// upper case from an HTTP/2 upstream. Otherwise neither is looked at, as in a scenario that somebody edits.
    pub exact_lengths: bool,
    /// The configured limit of the connections, by which bodies are cut into pieces.
    pub read_limit: usize,
    /// Envoy's own additions: request id, service time, server.
    pub adds_headers: bool,
    pub routes: Routes,
    pub facts: ProxyFacts,
    pub log_level: LogLevel,
    pub clock: WallTime,
    pub seed: u64,
    /// Limits on guest time in nanoseconds.
    pub request_time: u64,
    pub start_time: u64,
    pub memory_bytes: usize,
    pub trace: TraceLimits,
}

/// What an HTTP/2 stream may hold, in bytes: its flow-control window in Envoy (recorded case 02-032).
const HTTP2_BUFFER: usize = 16 << 20;

impl Plan {
    /// Checks a scenario. `modules` are those of its chain, in order.
    pub fn new(scenario: &Scenario, modules: Vec<Arc<Module>>) -> Result<Self, Problem> {
        if modules.is_empty() {
            return Err(Problem::at(Place::Chain, Reason::NoFilter));
        }
        let chain = modules
            .into_iter()
            .zip(&scenario.chain)
            .map(|(module, config)| FilterSetup { module, config: config.clone() })
            .collect();
        let limits = &scenario.limits;
        let connection = connection::plan(scenario)?;
        let exchanges = match connection {
            Some(_) => Vec::new(),
            None => plan_exchanges(scenario)?,
        };
        let proxy = &scenario.proxy;
        let small = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
        Ok(Self {
            chain,
            exchanges,
            connections: connection.into_iter().collect(),
            mocks: plan_mocks(scenario)?,
            names: Names(scenario.names.clone()),
            awaits_callouts: true,
            downstream: proxy.downstream,
            upstream: proxy.upstream,
            buffer_limit: match proxy.downstream {
                Protocol::Http1 => small(proxy.buffer_limit),
                Protocol::Http2 => HTTP2_BUFFER,
            },
            exact_lengths: false,
            read_limit: small(proxy.buffer_limit),
            adds_headers: proxy.adds_headers,
            routes: Routes::new([Route { name: proxy.route.name.clone(), prefix: "/".into(), direct: None }]),
            facts: ProxyFacts::new(proxy, &scenario.properties),
            log_level: scenario.log_level,
            clock: scenario.clock,
            seed: scenario.seed,
            request_time: limits.request_ms.saturating_mul(1_000_000),
            start_time: limits.start_ms.saturating_mul(1_000_000),
            memory_bytes: small(limits.memory_mib.saturating_mul(1 << 20)),
            trace: TraceLimits {
                events: small(limits.events),
                log_bytes: small(limits.log_kib.saturating_mul(1 << 10)),
                ..TraceLimits::default()
            },
        })
    }
}

/// Everything in a scenario's own request and reply that keeps it from running, in the order of the places; for forms
/// that show each problem at its field.
pub fn problems(scenario: &Scenario) -> Vec<Problem> {
    if let Some(connection) = &scenario.connection {
        return connection::problems(connection);
    }
    exchange_problems(0, &scenario.request, &scenario.reply)
}

/// The same for one of its requests, from 0, in messages that may be said by a request before it; and what is wrong with how
/// often requests are sent and with the answers of mocks.
pub fn problems_of(scenario: &Scenario, exchange: usize, request: &Request, reply: &Reply) -> Vec<Problem> {
    let mut problems = match &scenario.connection {
        Some(connection) => connection::problems(connection),
        None => {
            let mut problems = exchange_problems(exchange, request, reply);
            problems.extend(check_count(scenario));
            problems
        }
    };
    problems.extend(mock_problems(scenario));
    problems
}

fn exchange_problems(exchange: usize, request: &Request, reply: &Reply) -> Vec<Problem> {
    let in_lines = |lines: &[HeaderLine], place: fn(usize) -> Place| {
        let checked = lines.iter().enumerate();
        checked.filter_map(|(index, line)| check_line(index, line, place)).collect::<Vec<_>>()
    };
    let url = Target::parse(&request.url).err();
    let mut problems: Vec<Problem> = check_method(&request.method).into_iter().collect();
    problems.extend(url.map(|error| Problem::at(Place::Url, error.into())));
    problems.extend(in_lines(&request.headers, Place::RequestHeader));
    problems.extend(in_lines(&request.trailers, Place::RequestTrailer));
    problems.extend(check_status(reply.status).map(|reason| Problem::at(Place::ReplyStatus, reason)));
    problems.extend(in_lines(&reply.headers, Place::ReplyHeader));
    problems.extend(in_lines(&reply.trailers, Place::ReplyTrailer));
    problems.extend(reply.again.iter().enumerate().filter_map(|(index, again)| {
        let lines = [&again.headers, &again.trailers];
        let reason = check_status(again.status).or_else(|| lines.into_iter().find_map(bad_line));
        reason.map(|reason| Problem::at(Place::ReplyAgain(index), reason))
    }));
    problems.iter_mut().for_each(|problem| problem.exchange = exchange);
    problems
}

fn check_method(method: &str) -> Option<Problem> {
    let at = |reason| Some(Problem::at(Place::Method, reason));
    let method = method.trim();
    if method.is_empty() {
        return at(Reason::NoMethod);
    }
    let bad = method.chars().enumerate().find(|(_, c)| !crate::scenario::is_token_character(*c));
    bad.and_then(|(index, found)| at(Reason::Method { position: index + 1, found }))
}

fn check_status(status: u16) -> Option<Reason> {
    (!(200..=599).contains(&status)).then_some(Reason::Status { status })
}

fn check_line(index: usize, line: &HeaderLine, place: impl Fn(usize) -> Place) -> Option<Problem> {
    let reason = Reason::Header { line: index + 1, problem: line.problem()? };
    Some(Problem::at(place(index), reason))
}

/// What is wrong with the first line that is.
fn bad_line<'a>(lines: impl IntoIterator<Item = &'a HeaderLine>) -> Option<Reason> {
    let mut lines = lines.into_iter().enumerate();
    lines.find_map(|(index, line)| Some(Reason::Header { line: index + 1, problem: line.problem()? }))
}

fn check_count(scenario: &Scenario) -> Option<Problem> {
    let repeats = scenario.then.iter().map(|then| u64::from(then.repeat));
    let count = repeats.fold(u64::from(scenario.repeat), u64::saturating_add);
    (count > MAX_REQUESTS).then(|| Problem::at(Place::Repeat, Reason::TooManyRequests { count }))
}

/// All requests of a run: the scenario's own one, and those that follow. What a later one does not say is as before.
fn plan_exchanges(scenario: &Scenario) -> Result<Vec<PlannedExchange>, Problem> {
    if let Some(problem) = check_count(scenario) {
        return Err(problem);
    }
    let millis = |ms: u64| ms.saturating_mul(1_000_000);
    let plan = |exchange: usize, request: &Request, reply: &Reply, wait_ms: u64| match exchange_problems(
        exchange, request, reply,
    )
    .into_iter()
    .next()
    {
        Some(problem) => Err(problem),
        None => Ok(PlannedExchange {
            request: Arc::new(plan_request(exchange, request)?),
            reply: Arc::new(plan_reply(reply)),
            pause_before: millis(wait_ms),
            client_timeout: millis(scenario.limits.client_ms),
            settle: millis(scenario.settle_ms),
            settle_most: millis(scenario.settle_ms),
            gap: 0,
            trailers_gap: 0,
            mocks: None,
        }),
    };
    let (mut request, mut reply) = (&scenario.request, &scenario.reply);
    let first = plan(0, request, reply, 0)?;
    let mut exchanges = vec![first; scenario.repeat as usize];
    for (index, then) in scenario.then.iter().enumerate() {
        request = then.request.as_ref().unwrap_or(request);
        reply = then.reply.as_ref().unwrap_or(reply);
        let planned = plan(index + 1, request, reply, then.wait_ms)?;
        exchanges.extend(std::iter::repeat_n(planned, then.repeat as usize));
    }
    Ok(exchanges)
}

/// Mocks for callouts, checked.
fn plan_mocks(scenario: &Scenario) -> Result<Vec<Mock>, Problem> {
    match mock_problems(scenario).next() {
        Some(problem) => Err(problem),
        None => Ok(scenario.callouts.iter().map(crate::scenario::Callout::mock).collect()),
    }
}

/// Answers of mocks that no upstream could give.
fn mock_problems(scenario: &Scenario) -> impl Iterator<Item = Problem> {
    let answers = scenario.callouts.iter().enumerate().flat_map(|(mock, callout)| {
        callout.answers.iter().enumerate().map(move |(place, answer)| (mock, place, answer))
    });
    answers.filter_map(|(mock, place, answer)| {
        let lines = [&answer.headers, &answer.trailers];
        let bad_line = bad_line(lines.into_iter().flatten());
        let bad_status = answer.grpc_status.filter(|status| *status > 16);
        let bad_status = bad_status.map(|status| Reason::GrpcStatus { status });
        let reason = check_status(answer.status).or(bad_status).or(bad_line)?;
        Some(Problem::at(Place::CalloutAnswer(mock, place), reason))
    })
}

fn plan_request(exchange: usize, request: &Request) -> Result<PlannedRequest, Problem> {
    let at = |place, reason| Problem { exchange, place, reason };
    let mut target = Target::parse(&request.url).map_err(|error| at(Place::Url, error.into()))?;
    let mut headers = lines(&request.headers);
    // A client that is told another `host`, such as curl, connects to the URL's and asks for this one.
    headers.retain(|(name, value)| {
        let is_host = name.eq_ignore_ascii_case(b"host");
        if is_host {
            target.authority = String::from_utf8_lossy(value).into_owned();
        }
        !is_host
    });
    Ok(PlannedRequest {
        method: request.method.trim().to_owned(),
        is_secure: target.scheme == "https",
        target,
        headers,
        metadata: metadata(&request.metadata),
        body: request.chunks.split(&request.body.0),
        trailers: lines(&request.trailers),
        received: OnceLock::new(),
    })
}

fn plan_reply(reply: &Reply) -> PlannedReply {
    PlannedReply {
        status: reply.status,
        delay: reply.delay_ms.saturating_mul(1_000_000),
        headers: lines(&reply.headers),
        metadata: metadata(&reply.metadata),
        body: reply.chunks.split(&reply.body.0),
        trailers: lines(&reply.trailers),
        at_once: reply.at_once,
        gap: reply.gap_ms.saturating_mul(1_000_000),
        trailers_gap: reply.gap_ms.saturating_mul(1_000_000),
        breaks: match (reply.fails, reply.reset_after) {
            (Some(CalloutFailure::Silence), _) => Some(Break::Never),
            (Some(CalloutFailure::Reset), _) => Some(Break::BeforeHeaders),
            _ if reply.reset => Some(Break::BeforeHeaders),
            (_, Some(pieces)) => Some(Break::AfterPieces(usize::try_from(pieces).unwrap_or(usize::MAX))),
            (_, None) => None,
        },
        unreachable: match reply.fails {
            Some(CalloutFailure::ConnectionFailure) => Some(UpstreamFailure::ConnectionFailure),
            Some(CalloutFailure::NoEndpoint) => Some(UpstreamFailure::NoEndpoint),
            Some(CalloutFailure::Reset | CalloutFailure::Silence) | None => None,
        },
        again: reply.again.iter().map(plan_reply).collect(),
        received: OnceLock::new(),
    }
}

/// The frames that these lines make: one, or none.
fn metadata(lines: &[HeaderLine]) -> Vec<u32> {
    let entries = lines.iter().filter(|line| line.on).count();
    u32::try_from(entries).ok().filter(|entries| *entries > 0).into_iter().collect()
}

/// The lines that are on.
fn lines(lines: &[HeaderLine]) -> Vec<(Bytes, Bytes)> {
    let on = lines.iter().filter_map(HeaderLine::pair);
    on.map(|(name, value)| (Bytes::copy_from_slice(name), value.clone())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Then;

    #[test]
    fn a_host_header_takes_the_place_of_the_urls_host() {
        let mut scenario = Scenario::default();
        scenario.request.url = "https://example.com/a".into();
        scenario.request.headers = vec![HeaderLine::new("Host", "other.com"), HeaderLine::new("x", "1")];
        let request = plan_request(0, &scenario.request).expect("it is complete");
        assert_eq!(request.target.authority, "other.com");
        assert_eq!(request.headers.len(), 1);
    }

    #[test]
    fn every_place_with_a_problem_is_named_in_order() {
        let mut scenario = Scenario::default();
        assert_eq!(problems(&scenario), []);
        scenario.request.method = "GE T".into();
        scenario.request.url = "ftp://example.com/".into();
        scenario.request.headers = vec![HeaderLine::new("x", "1"), HeaderLine::new("a b", "1")];
        scenario.reply.status = 99;
        scenario.reply.trailers = vec![HeaderLine::new("", "1")];
        let places: Vec<Place> = problems(&scenario).into_iter().map(|problem| problem.place).collect();
        assert_eq!(
            places,
            [Place::Method, Place::Url, Place::RequestHeader(1), Place::ReplyStatus, Place::ReplyTrailer(0)]
        );
        assert_eq!(plan_exchanges(&scenario).expect_err("has problems").place, Place::Method);
    }

    #[test]
    fn later_requests_are_as_before_where_they_say_nothing() {
        let text = r#"{"chain": [{"filter": "a.wasm"}], "repeat": 2, "request": {"url": "http://a/1"},
            "then": [{"wait_ms": 5}, {"request": {"url": "http://a/2"}, "repeat": 2}, {"reply": {"status": 404}}]}"#;
        let scenario = Scenario::from_json(text).expect("it parses");
        let planned = plan_exchanges(&scenario).expect("it can be run");
        let seen: Vec<_> = planned
            .iter()
            .map(|e| (e.request.target.path.as_str(), e.reply.status, e.pause_before / 1_000_000))
            .collect();
        assert_eq!(
            seen,
            [("/1", 200, 0), ("/1", 200, 0), ("/1", 200, 5), ("/2", 200, 0), ("/2", 200, 0), ("/2", 404, 0)]
        );
    }

    #[test]
    fn a_problem_of_a_later_request_names_it() {
        let mut scenario = Scenario::default();
        let bad = Request { url: "ftp://x/".into(), ..Request::default() };
        scenario.then = vec![Then::default(), Then { request: Some(bad), ..Then::default() }];
        let problem = plan_exchanges(&scenario).expect_err("ftp is no HTTP");
        assert_eq!((problem.exchange, problem.place), (2, Place::Url));
        scenario.then[1] = Then { repeat: u32::MAX, ..Then::default() };
        let problem = plan_exchanges(&scenario).expect_err("too many");
        assert_eq!(problem.place, Place::Repeat);
    }

    #[test]
    fn a_mock_that_cannot_answer_so_is_refused_at_its_place() {
        let text = r#"{"chain": [{"filter": "a.wasm"}], "callouts": [{"upstream": "a"},
            {"upstream": "b", "answers": [{}, {"grpc_status": 17}]}]}"#;
        let scenario = Scenario::from_json(text).expect("it parses");
        let problem = plan_mocks(&scenario).expect_err("there is no gRPC status 17");
        assert_eq!(problem.place, Place::CalloutAnswer(1, 1));
    }
}
