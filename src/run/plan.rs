//! A scenario made ready to run: every text checked and split, every default filled in.

use std::sync::Arc;

use bytes::Bytes;

use crate::abi::LogLevel;
use crate::host::{FilterSetup, Module, ProxyFacts};
use crate::http::{Protocol, Target, TargetError};
use crate::scenario::{HeaderLine, HeaderProblem, Scenario, WallTime};
use crate::stream::{Route, Routes};
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
}

/// Why a scenario cannot be run as it stands.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct Problem {
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
}

/// One request of a run and how the world reacts to it. Times are nanoseconds on the virtual clock.
#[derive(Clone, Debug)]
pub struct PlannedExchange {
    pub request: PlannedRequest,
    pub reply: PlannedReply,
    /// Time between the end of the previous exchange, or of the start, and this one.
    pub pause_before: u64,
    /// Time that the client waits for the whole answer.
    pub client_timeout: u64,
    /// Time for which timers go on after the answer.
    pub settle: u64,
    /// Time between two pieces of a message.
    pub gap: u64,
}

/// A request as it goes over the wire.
#[derive(Clone, Debug)]
pub struct PlannedRequest {
    pub method: String,
    pub target: Target,
    pub headers: Vec<(Bytes, Bytes)>,
    /// Pieces of the body; none for a request without a body.
    pub body: Vec<Bytes>,
    pub trailers: Vec<(Bytes, Bytes)>,
}

/// A reply as the upstream sends it.
#[derive(Clone, Debug)]
pub struct PlannedReply {
    pub status: u16,
    pub delay: u64,
    pub headers: Vec<(Bytes, Bytes)>,
    pub body: Vec<Bytes>,
    pub trailers: Vec<(Bytes, Bytes)>,
    /// No answer: the upstream resets the stream.
    pub reset: bool,
}

/// Everything that a run depends on.
#[derive(Clone, Debug)]
pub struct Plan {
    pub chain: Vec<FilterSetup>,
    pub exchanges: Vec<PlannedExchange>,
    pub downstream: Protocol,
    pub upstream: Protocol,
    /// Most bytes that a paused body may hold.
    pub buffer_limit: usize,
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
            return Err(Problem { place: Place::Chain, reason: Reason::NoFilter });
        }
        let chain = modules
            .into_iter()
            .zip(&scenario.chain)
            .map(|(module, config)| FilterSetup { module, config: config.clone() })
            .collect();
        let limits = &scenario.limits;
        let proxy = &scenario.proxy;
        let small = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
        Ok(Self {
            chain,
            exchanges: vec![PlannedExchange {
                request: plan_request(scenario)?,
                reply: plan_reply(scenario)?,
                pause_before: 0,
                client_timeout: limits.client_ms.saturating_mul(1_000_000),
                settle: 0,
                gap: 0,
            }],
            downstream: proxy.downstream,
            upstream: proxy.upstream,
            buffer_limit: match proxy.downstream {
                Protocol::Http1 => small(proxy.buffer_limit),
                Protocol::Http2 => HTTP2_BUFFER,
            },
            adds_headers: proxy.adds_headers,
            routes: Routes(vec![Route { name: proxy.route.name.clone(), prefix: "/".into(), direct: None }]),
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

/// Everything in a scenario's messages that keeps it from running, in the order of the places; for forms that show
/// each problem at its field. A plan of a scenario without any can fail only for want of filters.
pub fn problems(scenario: &Scenario) -> Vec<Problem> {
    let (request, reply) = (&scenario.request, &scenario.reply);
    let in_lines = |lines: &[HeaderLine], place: fn(usize) -> Place| {
        lines
            .iter()
            .enumerate()
            .filter_map(|(index, line)| check_line(index, line, place))
            .collect::<Vec<_>>()
    };
    let url = Target::parse(&request.url).err();
    let mut problems: Vec<Problem> = check_method(&request.method).into_iter().collect();
    problems.extend(url.map(|error| Problem { place: Place::Url, reason: error.into() }));
    problems.extend(in_lines(&request.headers, Place::RequestHeader));
    problems.extend(in_lines(&request.trailers, Place::RequestTrailer));
    problems.extend(check_status(reply.status));
    problems.extend(in_lines(&reply.headers, Place::ReplyHeader));
    problems.extend(in_lines(&reply.trailers, Place::ReplyTrailer));
    problems
}

fn check_method(method: &str) -> Option<Problem> {
    let at = |reason| Some(Problem { place: Place::Method, reason });
    let method = method.trim();
    if method.is_empty() {
        return at(Reason::NoMethod);
    }
    let bad = method.chars().enumerate().find(|(_, c)| !crate::scenario::is_token_character(*c));
    bad.and_then(|(index, found)| at(Reason::Method { position: index + 1, found }))
}

fn check_status(status: u16) -> Option<Problem> {
    let reason = Reason::Status { status };
    (!(200..=599).contains(&status)).then_some(Problem { place: Place::ReplyStatus, reason })
}

fn check_line(index: usize, line: &HeaderLine, place: impl Fn(usize) -> Place) -> Option<Problem> {
    let reason = Reason::Header { line: index + 1, problem: line.problem()? };
    Some(Problem { place: place(index), reason })
}

fn plan_request(scenario: &Scenario) -> Result<PlannedRequest, Problem> {
    let request = &scenario.request;
    let at = |place, reason| Problem { place, reason };
    if let Some(problem) = check_method(&request.method) {
        return Err(problem);
    }
    let mut target = Target::parse(&request.url).map_err(|error| at(Place::Url, error.into()))?;
    let mut headers = lines(&request.headers, Place::RequestHeader)?;
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
        target,
        headers,
        body: request.chunks.split(&request.body.0),
        trailers: lines(&request.trailers, Place::RequestTrailer)?,
    })
}

fn plan_reply(scenario: &Scenario) -> Result<PlannedReply, Problem> {
    let reply = &scenario.reply;
    if let Some(problem) = check_status(reply.status) {
        return Err(problem);
    }
    Ok(PlannedReply {
        status: reply.status,
        delay: reply.delay_ms.saturating_mul(1_000_000),
        headers: lines(&reply.headers, Place::ReplyHeader)?,
        body: reply.chunks.split(&reply.body.0),
        trailers: lines(&reply.trailers, Place::ReplyTrailer)?,
        reset: reply.reset,
    })
}

/// The lines that are on, checked.
fn lines(lines: &[HeaderLine], place: impl Fn(usize) -> Place) -> Result<Vec<(Bytes, Bytes)>, Problem> {
    let mut pairs = Vec::with_capacity(lines.len());
    for (index, line) in lines.iter().enumerate() {
        if let Some(problem) = check_line(index, line, &place) {
            return Err(problem);
        }
        if let Some((name, value)) = line.pair() {
            pairs.push((Bytes::copy_from_slice(name), value.clone()));
        }
    }
    Ok(pairs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_header_takes_the_place_of_the_urls_host() {
        let mut scenario = Scenario::default();
        scenario.request.url = "https://example.com/a".into();
        scenario.request.headers = vec![HeaderLine::new("Host", "other.com"), HeaderLine::new("x", "1")];
        let request = plan_request(&scenario).expect("it is complete");
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
        assert_eq!(plan_request(&scenario).expect_err("has problems").place, Place::Method);
        assert_eq!(plan_reply(&scenario).expect_err("has problems").place, Place::ReplyStatus);
    }
}
