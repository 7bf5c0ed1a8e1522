//! Requests to the upstream that Envoy's router makes again, because a filter asked for that (`x-envoy-retry-on`,
//! `x-envoy-retry-grpc-on`). No filter sees anything of an answer that is retried.

use super::router::{no_endpoint, sent_headers};
use super::{LocalReply, Passed, Stream, Surroundings, UpstreamFailure, flags, reply};
use crate::http::HeaderMap;
use crate::trace::{Direction, Finding, StreamAction};

/// A reason to ask again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Condition {
    ServerError,
    GatewayError,
    Conflict,
    StatusCodes,
    HeaderNames,
    RateLimited,
    Reset,
    ResetBeforeRequest,
    ConnectFailure,
    /// Upstreams of a scenario refuse no streams.
    RefusedStream,
    Grpc(u32),
}

/// Names in `x-envoy-retry-on`; upper and lower case differ (recorded case 29-308).
const CONDITIONS: [(&str, Condition); 10] = [
    ("5xx", Condition::ServerError),
    ("gateway-error", Condition::GatewayError),
    ("retriable-4xx", Condition::Conflict),
    ("retriable-status-codes", Condition::StatusCodes),
    ("retriable-headers", Condition::HeaderNames),
    ("envoy-ratelimited", Condition::RateLimited),
    ("reset", Condition::Reset),
    ("reset-before-request", Condition::ResetBeforeRequest),
    ("connect-failure", Condition::ConnectFailure),
    ("refused-stream", Condition::RefusedStream),
];

/// Names in `x-envoy-retry-grpc-on`.
const GRPC_CONDITIONS: [(&str, Condition); 5] = [
    ("cancelled", Condition::Grpc(1)),
    ("deadline-exceeded", Condition::Grpc(4)),
    ("resource-exhausted", Condition::Grpc(8)),
    ("internal", Condition::Grpc(13)),
    ("unavailable", Condition::Grpc(14)),
];

/// Longest wait before the first retry, and before any, in nanoseconds. Envoy takes a random part of a time that
/// begins with the first and doubles up to the second.
const FIRST_BACKOFF: u64 = 25_000_000;
const LONGEST_BACKOFF: u64 = 250_000_000;

/// What became of a request to the upstream.
#[derive(Clone, Copy, Debug)]
pub enum Attempt<'a> {
    /// The head of an answer came; `ends`: it is all of it.
    Answered { headers: &'a HeaderMap, ends: bool },
    /// The upstream, or the codec towards it, broke off before that.
    Broken,
    /// It took too long.
    TimedOut,
    /// There was no connection.
    NotConnected,
}

/// When a request is made again.
#[derive(Clone, Debug)]
pub struct Retries {
    conditions: Vec<Condition>,
    status_codes: Vec<u32>,
    header_names: Vec<String>,
    /// How often it may be made in all.
    most: u32,
    /// The last attempt is over, and the next one has not begun.
    is_waiting: bool,
    /// Bytes of the kept body that went to the upstream.
    passed: usize,
}

impl Retries {
    /// What the request headers ask for; `None`: no retries.
    pub(super) fn new(headers: &HeaderMap) -> Option<Self> {
        let mut conditions = named(headers, "x-envoy-retry-on", &CONDITIONS);
        conditions.extend(named(headers, "x-envoy-retry-grpc-on", &GRPC_CONDITIONS));
        if conditions.is_empty() {
            return None;
        }
        // As in Envoy a number beyond 32 bits loses what is too much (recorded case 29-310).
        let retries = headers.text("x-envoy-max-retries").and_then(|text| text.trim().parse::<u64>().ok());
        let retries = retries.map_or(1, |retries| retries as u32);
        let codes = list(headers, "x-envoy-retriable-status-codes");
        let names = list(headers, "x-envoy-retriable-header-names");
        Some(Self {
            conditions,
            status_codes: codes.filter_map(|code| code.parse().ok()).collect(),
            header_names: names.map(str::to_ascii_lowercase).collect(),
            most: retries.saturating_add(1),
            is_waiting: false,
            passed: 0,
        })
    }

    fn has(&self, condition: Condition) -> bool {
        self.conditions.contains(&condition)
    }

    /// Whether this is a reason to ask again, as long as that may be done.
    fn covers(&self, attempt: Attempt) -> bool {
        use Condition::*;
        let has = |condition| self.has(condition);
        match attempt {
            Attempt::Answered { headers, .. } => self.covers_answer(headers),
            // What breaks off would become a 503 (recorded cases 29-301 and 29-302).
            _ if has(Reset) || has(ServerError) || has(GatewayError) => true,
            Attempt::Broken | Attempt::TimedOut => false,
            Attempt::NotConnected => has(ConnectFailure) || has(ResetBeforeRequest),
        }
    }

    fn covers_answer(&self, headers: &HeaderMap) -> bool {
        let number = |name| headers.text(name).and_then(|text| text.trim().parse::<u32>().ok());
        let status = number(":status").unwrap_or_default();
        let grpc_status = number("grpc-status");
        // Another Envoy said this; then nothing else counts (recorded case 29-301).
        if headers.get("x-envoy-ratelimited").is_some() {
            return self.has(Condition::RateLimited);
        }
        self.conditions.iter().any(|condition| match condition {
            Condition::ServerError => (500..600).contains(&status),
            Condition::GatewayError => (502..=504).contains(&status),
            Condition::Conflict => status == 409,
            Condition::StatusCodes => self.status_codes.contains(&status),
            Condition::HeaderNames => self.header_names.iter().any(|name| headers.get(name).is_some()),
            Condition::Grpc(wanted) => grpc_status == Some(*wanted),
            _ => false,
        })
    }
}

/// The conditions that a header names; it may name others, too.
fn named(headers: &HeaderMap, name: &str, known: &[(&str, Condition)]) -> Vec<Condition> {
    let found = list(headers, name).filter_map(|word| known.iter().find(|(name, _)| *name == word));
    found.map(|(_, condition)| *condition).collect()
}

fn list<'a>(headers: &'a HeaderMap, name: &str) -> impl Iterator<Item = &'a str> {
    let words = headers.text(name).unwrap_or_default().split(',');
    words.map(str::trim).filter(|word| !word.is_empty())
}

impl Stream {
    /// Whether the upstream was asked more than once.
    pub fn is_retried(&self) -> bool {
        self.attempts > 1
    }

    /// Whether the response is one of the upstream as far as Envoy's `response.code_details` goes: also where an answer
    /// was retried, and none has come since (recorded cases 29-331 and 29-332).
    pub fn was_answered(&self) -> bool {
        self.response.headers.is_some() || self.gave_retried_answer
    }

    /// Whether nobody is asked just now, but will be again.
    pub(super) fn waits_for_retry(&self) -> bool {
        self.retries.as_ref().is_some_and(|retries| retries.is_waiting)
    }
}

/// Decides what becomes of a failed attempt. `Some`: it is made again after this time, and the stream goes on as if
/// nothing had been answered; otherwise the failure is passed on.
pub fn retry(host: &mut impl Surroundings, attempt: Attempt) -> Option<u64> {
    let stream = host.stream();
    let attempts = stream.attempts;
    let request_ended = stream.request.end_sent;
    if stream.response.headers.is_some() || stream.upstream_over {
        return None;
    }
    let retries = stream.retries.as_mut().filter(|retries| retries.covers(attempt))?;
    let most = retries.most;
    if attempts >= most {
        stream.flags |= flags::UPSTREAM_RETRY_LIMIT_EXCEEDED;
        return None;
    }
    retries.is_waiting = true;
    match attempt {
        Attempt::Answered { ends, .. } => {
            stream.gave_retried_answer = true;
            if !(ends && request_ended) {
                host.reset_upstream();
            }
        }
        Attempt::TimedOut => host.reset_upstream(),
        Attempt::Broken | Attempt::NotConnected => {}
    }
    let longest = FIRST_BACKOFF.saturating_mul(1 << attempts.saturating_sub(1).min(4)).min(LONGEST_BACKOFF);
    let wait = longest / 2;
    host.record(StreamAction::Retried { attempt: attempts + 1, most, wait });
    Some(wait)
}

/// Makes a request again, with what there is of it so far.
pub fn ask_again(host: &mut impl Surroundings) {
    let stream = host.stream();
    let Some(retries) = &mut stream.retries else { return };
    if !std::mem::replace(&mut retries.is_waiting, false) {
        return;
    }
    stream.attempts += 1;
    if stream.upstream_failure == Some(UpstreamFailure::NoEndpoint) {
        let local = no_endpoint(&mut stream.flags);
        return reply(host, local);
    }
    let Some(headers) = &stream.request.headers else { return };
    let (headers, _) = sent_headers(headers, stream.adds_headers);
    let body = stream.request.held.clone();
    if let Some(retries) = &mut stream.retries {
        retries.passed = body.as_ref().map_or(0, Vec::len);
    }
    let end = stream.request.end_sent;
    let trailers = stream.request.trailers.clone().filter(|_| end);
    let direction = Direction::Request;
    let end_of_stream = end && body.is_none() && trailers.is_none();
    host.record(StreamAction::HeadersSent { direction, end_of_stream });
    host.to_upstream(Passed::Headers { headers, end_of_stream });
    if let Some(bytes) = body {
        let end_of_stream = end && trailers.is_none();
        let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        host.record(StreamAction::BodySent { direction, bytes: length, end_of_stream });
        host.to_upstream(Passed::Data { bytes, end_of_stream });
    }
    if let Some(trailers) = trailers {
        host.record(StreamAction::TrailersSent { direction });
        host.to_upstream(Passed::Trailers(trailers));
    }
}

/// Keeps a piece of the body that leaves the last filter, for the next attempt. `false`: it goes no further.
///
/// Envoy keeps it where filters hold theirs. So a filter that holds a piece after others passed finds them in front of
/// it, and when it lets them go the upstream gets those twice (recorded case 29-313).
pub(super) fn keep(host: &mut impl Surroundings, bytes: &[u8], was_held: bool) -> bool {
    let stream = host.stream();
    let limit = stream.buffer_limit;
    let Some(retries) = &mut stream.retries else { return true };
    let kept = stream.request.held.get_or_insert_default();
    if kept.len() + bytes.len() > limit {
        // It is too long to be made again (recorded case 29-316).
        let is_lost = retries.is_waiting;
        stream.retries = None;
        if is_lost {
            stream.upstream_over = true;
            let local = LocalReply::from_host(507, "request_payload_exceeded_retry_buffer_limit");
            reply(host, local.with_body("exceeded request buffer limit while retrying upstream"));
        }
        return !is_lost;
    }
    kept.extend(bytes);
    let was_passed = std::mem::replace(&mut retries.passed, kept.len());
    let is_doubled = was_held && was_passed > 0 && !retries.is_waiting;
    stream.request.held_streaming = true;
    if is_doubled {
        host.report(Finding::BodySentTwice);
    }
    true
}
