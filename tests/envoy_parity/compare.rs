//! The rule of comparison of the recordings.

use std::fmt;

use filterlab::http::{HeaderMap, Protocol};
use filterlab::run::Plan;
use filterlab::scenario::Body;
use filterlab::stream::wire;
use filterlab::trace::{Exchange as Exchanged, Finding, LimitKind, Outcome, Sent, Trace};
use filterlab::view::sentences::{Severity, finding::severity};

use crate::case::{Call, Case, Compare, Exchange, Line, Message, Request};
use crate::observe::{Observed, Stage};
use crate::{calls, connection, mask, metrics};

/// One difference.
#[derive(Debug)]
pub struct Difference {
    /// Which part of the run: `load`, `start`, `request 0`, `shutdown`, `end`.
    pub place: String,
    pub field: String,
    pub expected: String,
    pub got: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let Self { place, field, expected, got } = self;
        write!(f, "{place}, {field}: expected {}, got {}", shorten(expected), shorten(got))
    }
}

/// Texts of a difference are cut to this many characters.
const SHOWN: usize = 160;
/// How the details begin of an answer to a request that Envoy's codec towards the upstream refused.
const REFUSED: &str = "filter_removed_required_request_headers";

fn shorten(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((at, _)) => format!("{:?}…", &text[..at]),
        None => format!("{text:?}"),
    }
}

/// Collects differences of one part of a run.
pub struct Differences {
    place: String,
    pub found: Vec<Difference>,
}

impl Differences {
    pub fn at(place: impl Into<String>) -> Self {
        Self { place: place.into(), found: Vec::new() }
    }

    pub fn check<T: PartialEq + fmt::Debug>(&mut self, field: impl Into<String>, expected: &T, got: &T) {
        if expected != got {
            self.add(field, format!("{expected:?}"), format!("{got:?}"));
        }
    }

    pub fn add(&mut self, field: impl Into<String>, expected: impl Into<String>, got: impl Into<String>) {
        let (place, field) = (self.place.clone(), field.into());
        self.found.push(Difference { place, field, expected: expected.into(), got: got.into() });
    }
}

/// What Envoy said when it refused the case, in the words that count.
pub fn refusal(case: &Case) -> String {
    let first = |level: &str| case.errors.iter().find(|line| line.level == level);
    let line = first("error").or(first("critical"));
    mask::failure(line.map_or("nothing", |line| &line.msg))
}

/// Compares a load that failed before there was a plan.
pub fn compare_refusal(case: &Case, says: &str) -> Vec<Difference> {
    let mut load = Differences::at("load");
    match case.ready {
        true => load.add("ready", "true", format!("refused: {says}")),
        false => load.check("error", &refusal(case), &mask::failure(says)),
    }
    load.found
}

/// Compares a whole run with its recording.
pub fn compare(case: &Case, plan: &Plan, trace: &Trace) -> Vec<Difference> {
    let refused = match &trace.outcome {
        Outcome::Refused { filter, .. } => plan.chain.get(usize::from(*filter)),
        _ => None,
    };
    if let Some(says) = trace.envoy_refuses(refused.map_or("", |setup| &setup.config.name)) {
        return compare_refusal(case, &says);
    }
    let mut load = Differences::at("load");
    if !case.ready {
        load.add("error", refusal(case), "the filter was started");
        return load.found;
    }
    let mut observed = Observed::new(trace, &plan.chain, plan.log_level);
    let mut all = Vec::new();
    let mut end = Differences::at("end");
    // A client that gave up over nothing that a filter held.
    let is_awaited = |exchange: &Exchange| error_class(exchange.result.client.error.as_deref()) == "timeout";
    let may_wait = case.cases.iter().any(is_awaited);
    if let Outcome::Limit { limit, .. } = &trace.outcome
        && !(*limit == LimitKind::ClientTime && may_wait)
    {
        end.add("outcome", "a finished run", format!("stopped at a limit: {limit:?}"));
    }
    if observed.exchanges.len() != case.cases.len() {
        end.check("number of requests", &case.cases.len(), &observed.exchanges.len());
        return end.found;
    }
    if case.compare.finding.is_some() {
        return compare_finding(case, trace, &observed);
    }
    let mut ticks = Ticks::default();
    ticks.record(case);
    let mut start = Differences::at("start");
    if let Some(expected) = &case.startup_once {
        let got = ticks.take(&case.compare, std::mem::take(&mut observed.startup.lines));
        let expected = ticks.without(expected.clone());
        compare_lines(&mut start, &case.compare, &expected, &got);
    }
    if let Some(expected) = &case.startup_calls {
        calls::compare(&mut start, &case.compare, expected, &observed.startup.calls);
    }
    all.extend(start.found);
    for (number, (exchange, stage)) in case.cases.iter().zip(&mut observed.exchanges).enumerate() {
        let mut request = Differences::at(format!("request {number}"));
        let got = ticks.take(&case.compare, std::mem::take(&mut stage.lines));
        let expected = ticks.without(worker_lines(exchange));
        compare_lines(&mut request, &case.compare, &expected, &got);
        if let Some(planned) = plan.connections.get(number) {
            connection::compare(&mut request, exchange, planned, number, trace);
        } else if let Some(exchanged) = trace.exchanges.get(number) {
            compare_upstream(&mut request, case, plan, exchange, exchanged);
            compare_client(&mut request, case, plan, exchange, exchanged, stage);
        }
        compare_callouts(&mut request, case, exchange, trace, stage);
        if let Some(expected) = &exchange.result.calls {
            calls::compare(&mut request, &case.compare, expected, &stage.calls);
        }
        all.extend(request.found);
    }
    let mut shutdown = Differences::at("shutdown");
    let got = ticks.take(&case.compare, std::mem::take(&mut observed.shutdown.lines));
    if case.compare.shutdown.is_none() {
        let mut expected = ticks.without(case.shutdown_logs.clone());
        expected.truncate(expected.len() / 2);
        compare_lines(&mut shutdown, &case.compare, &expected, &got);
    }
    all.extend(shutdown.found);
    ticks.compare(&mut end);
    if let Some(expected) = &case.metrics {
        metrics::compare(&mut end, expected, trace);
    }
    all.extend(end.found);
    all
}

/// Where Envoy crashed or broke the stream only three things count: every request ends, the mistake is reported, and
/// what came before it is right.
fn compare_finding(case: &Case, trace: &Trace, observed: &Observed) -> Vec<Difference> {
    let mut all = Vec::new();
    let mut is_reported = false;
    for (number, (exchange, stage)) in case.cases.iter().zip(&observed.exchanges).enumerate() {
        let mut request = Differences::at(format!("request {number}"));
        is_reported |= stage
            .findings
            .iter()
            .any(|found| severity(*found) > Severity::Note || matches!(found, Finding::NotKnownHere { .. }));
        let exchanged = trace.exchanges.get(number);
        let answered = exchanged.and_then(|all| all.downstream.as_ref()).is_some_and(|sent| sent.complete);
        if stage.client_left || !answered && !stage.was_reset {
            request.add("end", "an answer or a reset", "the client waits");
        }
        let expected = worker_lines(exchange);
        let count = stage.lines_before_finding.unwrap_or(0).min(expected.len());
        compare_lines(&mut request, &case.compare, &expected[..count], &stage.lines[..count]);
        all.extend(request.found);
    }
    if !is_reported {
        let mut end = Differences::at("end");
        end.add("finding", case.compare.finding.as_deref().unwrap_or_default(), "none");
        all.extend(end.found);
    }
    all
}

/// The lines of a request that the worker's VM wrote.
fn worker_lines(exchange: &Exchange) -> Vec<Line> {
    let result = &exchange.result;
    let lines = result.logs.iter().enumerate();
    lines.filter(|(index, _)| !result.other_vm.contains(index)).map(|(_, line)| line.clone()).collect()
}

/// Blocks of tick lines, which came in two VMs and at times of their own.
#[derive(Default)]
struct Ticks {
    apart: bool,
    recorded: Vec<Vec<Line>>,
    own: Vec<Vec<Line>>,
}

impl Ticks {
    fn record(&mut self, case: &Case) {
        self.apart = case.compare.ticks.is_some();
        let requests = case.cases.iter().map(|exchange| &exchange.result.logs);
        for lines in requests.chain([&case.startup_logs, &case.shutdown_logs]) {
            let blocks = mask::split_ticks(lines.clone()).1;
            self.recorded.extend(blocks.into_iter().map(|block| masked(&case.compare, block)));
        }
    }

    /// The host's lines without its tick blocks, which are kept to be looked at later.
    fn take(&mut self, compare: &Compare, lines: Vec<Line>) -> Vec<Line> {
        if !self.apart {
            return lines;
        }
        let (rest, blocks) = mask::split_ticks(lines);
        self.own.extend(blocks.into_iter().map(|block| masked(compare, block)));
        rest
    }

    fn without(&self, lines: Vec<Line>) -> Vec<Line> {
        if self.apart { mask::split_ticks(lines).0 } else { lines }
    }

    fn compare(&self, end: &mut Differences) {
        if !self.apart {
            return;
        }
        let text =
            |block: &[Line]| block.iter().map(|line| line.msg.as_str()).collect::<Vec<_>>().join(" / ");
        let same = |a: &[Line], b: &[Line]| {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.level == b.level && a.msg == b.msg)
        };
        for block in &self.own {
            if !self.recorded.iter().any(|recorded| same(recorded, block)) {
                end.add("tick", "one of the recorded ticks", text(block));
            }
        }
        if self.own.is_empty() && !self.recorded.is_empty() {
            end.add("ticks", text(&self.recorded[0]), "none");
        }
    }
}

fn masked(compare: &Compare, lines: Vec<Line>) -> Vec<Line> {
    let masked = lines.into_iter().map(|line| Line { msg: mask::line(compare, &line.msg), ..line });
    masked.collect()
}

fn compare_lines(out: &mut Differences, compare: &Compare, expected: &[Line], got: &[Line]) {
    let prepare = |lines: &[Line]| {
        let lines = masked(compare, lines.to_vec());
        if compare.masks("equal-deadlines") { mask::order_deadlines(lines) } else { lines }
    };
    let (expected, got) = (prepare(expected), prepare(got));
    let shown = |line: Option<&Line>| match line {
        Some(Line { level, msg, filter }) => {
            match filter.filter(|_| expected.iter().any(|l| l.filter.is_some())) {
                Some(filter) => format!("{level} (filter {filter}) {msg}"),
                None => format!("{level} {msg}"),
            }
        }
        None => "no further line".to_owned(),
    };
    for index in 0..expected.len().max(got.len()) {
        let (want, have) = (expected.get(index), got.get(index));
        let is_same = match (want, have) {
            (Some(want), Some(have)) => {
                want.level == have.level
                    && want.msg == have.msg
                    && (want.filter.is_none() || want.filter == have.filter)
            }
            _ => false,
        };
        if !is_same {
            out.add(format!("logs[{index}]"), shown(want), shown(have));
            return;
        }
    }
}

type Pairs = Vec<(String, String)>;

/// Header entries as the recordings spell them: one character for each byte.
fn pairs(map: &HeaderMap) -> Pairs {
    let text = |bytes: &[u8]| bytes.iter().map(|byte| char::from(*byte)).collect::<String>();
    map.entries().iter().map(|entry| (text(&entry.name), text(&entry.value))).collect()
}

/// Takes away what Envoy itself added; on the host's side one entry for each that is recorded.
fn without_added(mut headers: Pairs, added: &Pairs, by_value: bool) -> Pairs {
    for (name, value) in added {
        let place = headers.iter().position(|(n, v)| n == name && (!by_value || v == value));
        if let Some(place) = place {
            headers.remove(place);
        }
    }
    headers
}

fn compare_headers(out: &mut Differences, field: &str, case: &Case, expected: &Message, got: Pairs) {
    let mut want = match case.settings.clean {
        true => expected.headers.clone(),
        false => without_added(expected.headers.clone(), &expected.added_by_envoy, true),
    };
    let mut have = without_added(got, &expected.added_by_envoy, false);
    for headers in [&mut want, &mut have] {
        for (name, value) in headers {
            let is_masked = match name.as_str() {
                "date" => case.compare.masks("date"),
                "x-request-id" => case.compare.masks("random"),
                "x-envoy-upstream-service-time" => case.compare.masks("service-time"),
                _ => false,
            };
            if is_masked {
                "#".clone_into(value);
            }
        }
    }
    out.check(field, &want, &have);
}

fn compare_upstream(
    out: &mut Differences,
    case: &Case,
    plan: &Plan,
    exchange: &Exchange,
    exchanged: &Exchanged,
) {
    let expected = &exchange.result.upstream;
    let got: Vec<&Sent> = exchanged.retried.iter().chain(&exchanged.upstream).collect();
    if expected.len() != got.len() {
        out.add("upstream", format!("{} requests", expected.len()), format!("{} requests", got.len()));
        return;
    }
    for (index, (want, have)) in expected.iter().zip(got).enumerate() {
        let field = |name: &str| format!("upstream[{index}].{name}");
        let headers = match plan.upstream {
            Protocol::Http2 => pairs(&have.headers),
            Protocol::Http1 => {
                out.check(field("request_line"), &want.request_line, &request_line(&have.headers));
                http1_headers(&have.headers)
            }
        };
        compare_headers(out, &field("headers"), case, want, headers);
        // The mock that speaks HTTP/1 takes a body with a length as a whole, or not at all.
        let has_length = want.headers.iter().any(|(name, _)| name == "content-length");
        let is_part = plan.upstream == Protocol::Http1 && has_length && !want.complete.unwrap_or(false);
        if !is_part {
            compare_body(out, &field("body"), &want.body, &have.body);
        }
        compare_trailers(out, &field("trailers"), want, have);
        out.check(field("complete"), &want.complete.unwrap_or(false), &have.complete);
        if plan.upstream == Protocol::Http2 {
            // HTTP/1 has no resets; the mock does not note how a connection ended.
            out.check(field("reset"), &want.reset.unwrap_or(false), &have.reset);
        }
    }
}

fn request_line(headers: &HeaderMap) -> Option<String> {
    let pairs = pairs(headers);
    let text = |wanted| pairs.iter().find(|(name, _)| name == wanted).map_or("", |(_, value)| value);
    Some(format!("{} {} HTTP/1.1", text(":method"), text(":path")))
}

/// Request headers as HTTP/1 sends them.
fn http1_headers(headers: &HeaderMap) -> Pairs {
    let line = |(name, value): (String, String)| match name.as_str() {
        ":authority" => Some(("host".to_owned(), value)),
        name if name.starts_with(':') => None,
        _ => Some((name, value)),
    };
    pairs(headers).into_iter().filter_map(line).collect()
}

pub fn compare_body(out: &mut Differences, field: &str, expected: &Body, got: &[u8]) {
    if expected.0 != got {
        let shown = |bytes: &[u8]| format!("{} bytes {}", bytes.len(), String::from_utf8_lossy(bytes));
        out.add(field, shown(&expected.0), shown(got));
    }
}

fn compare_trailers(out: &mut Differences, field: &str, expected: &Message, got: &Sent) {
    out.check(field, &expected.trailers, &got.trailers.as_ref().map(pairs));
}

fn compare_client(
    out: &mut Differences,
    case: &Case,
    plan: &Plan,
    exchange: &Exchange,
    exchanged: &Exchanged,
    stage: &Stage,
) {
    let expected = &exchange.result.client;
    let got = exchanged.downstream.as_ref();
    let status = got.and_then(|sent| wire::status(&sent.headers));
    // A status below 200 is no answer to a client: it waits for one, and what comes next breaks the protocol. The run has a
    // finding.
    if expected.status.is_none()
        && stage.findings.iter().any(|found| matches!(found, Finding::InvalidStatus { .. }))
    {
        return;
    }
    out.check("client.status", &expected.status, &status);
    let mut headers = got.map(|sent| pairs(&sent.headers)).unwrap_or_default();
    if plan.downstream == Protocol::Http2 {
        join_cookies(&mut headers);
    }
    compare_headers(out, "client.headers", case, expected, headers);
    compare_body(out, "client.body", &expected.body, got.map(|sent| sent.body.as_ref()).unwrap_or_default());
    if plan.downstream == Protocol::Http2 {
        let trailers = got.and_then(|sent| sent.trailers.as_ref()).map(pairs);
        out.check("client.trailers", &expected.trailers, &trailers);
    }
    let is_whole = got.is_some_and(|sent| sent.complete);
    let details = exchanged.details.as_deref().filter(|_| stage.was_reset);
    // What is left of a request that Envoy's own codec refused is the client's mistake to Envoy.
    let is_refused = exchanged.details.as_deref().is_some_and(|details| details.starts_with(REFUSED));
    let has_more = has_more_than_headers(&exchange.request) && !stage.request_ended;
    let error = match (stage.was_reset, plan.downstream) {
        (false, Protocol::Http2) if is_refused && has_more => "reset 1",
        _ if stage.client_left => "timeout",
        _ if details == Some("http2.remote_reset") => "reset 1",
        // Envoy closes the connection a second later; some clients do not wait for that.
        _ if details == Some("http2.violation.of.messaging.rule") => {
            if exchange.client_timeout.is_some_and(|seconds| seconds < 1.0) { "timeout" } else { "closed" }
        }
        (true, Protocol::Http2) => "reset 2",
        (true, Protocol::Http1) => "closed",
        // The stream is over, and yet the client waits for the bytes that content-length promised.
        (false, Protocol::Http1) if !is_whole => "timeout",
        (false, _) => "none",
    };
    out.check("client.error", &error_class(expected.error.as_deref()).as_str(), &error);
}

fn has_more_than_headers(request: &Request) -> bool {
    request.body.is_some() || request.trailers.is_some()
}

/// The client of the recordings joins the cookies that it receives, and puts them last (case 12-001).
fn join_cookies(headers: &mut Pairs) {
    let cookies = headers.extract_if(.., |(name, _)| name == "cookie");
    let values: Vec<String> = cookies.map(|(_, value)| value).collect();
    if !values.is_empty() {
        headers.push(("cookie".into(), values.join("; ")));
    }
}

/// The class of a client's error; `reset 0` after an answer only says that the rest of the request was not wanted.
fn error_class(error: Option<&str>) -> String {
    let Some(error) = error else { return "none".into() };
    let starts = |texts: &[&str]| texts.iter().any(|text| error.starts_with(text));
    if error == "reset 0" {
        "none".into()
    } else if starts(&["timeout: ", "TimeoutError"]) {
        "timeout".into()
    } else if starts(&["connection closed", "connection: ", "IncompleteRead"]) {
        "closed".into()
    } else {
        error.into()
    }
}

/// Requests that the clusters of callouts got; those that went nowhere reached no mock.
fn compare_callouts(out: &mut Differences, case: &Case, exchange: &Exchange, trace: &Trace, stage: &Stage) {
    let at_least_once = case.compare.callouts.is_some();
    let made = stage.callouts.iter().map(|place| &trace.callouts[*place]);
    let made: Vec<_> = made.filter(|callout| callout.reached).collect();
    let recorded = exchange.result.callouts.iter().flatten();
    for (cluster, expected) in recorded {
        let got: Vec<&Sent> =
            made.iter().filter(|c| c.upstream == *cluster).map(|callout| &callout.request).collect();
        let place = format!("callouts.{cluster}");
        if at_least_once {
            let is_one_of = |have: &Sent| expected.iter().any(|want| is_same_request(case, want, have));
            let is_made = |want: &Message| got.iter().any(|have| is_same_request(case, want, have));
            if !got.iter().all(|have| is_one_of(have)) || !expected.iter().all(is_made) {
                out.add(place, format!("{expected:?}"), format!("{got:?}"));
            }
        } else if expected.len() != got.len() {
            out.add(place, format!("{} requests", expected.len()), format!("{} requests", got.len()));
        } else {
            for (index, (want, have)) in expected.iter().zip(got).enumerate() {
                compare_callout(out, &format!("{place}[{index}]"), case, want, have);
            }
        }
    }
}

fn compare_callout(out: &mut Differences, place: &str, case: &Case, want: &Message, have: &Sent) {
    compare_headers(out, &format!("{place}.headers"), case, want, pairs(&have.headers));
    compare_body(out, &format!("{place}.body"), &want.body, &have.body);
    compare_trailers(out, &format!("{place}.trailers"), want, have);
    out.check(format!("{place}.complete"), &want.complete.unwrap_or(false), &have.complete);
    out.check(format!("{place}.reset"), &want.reset.unwrap_or(false), &have.reset);
}

fn is_same_request(case: &Case, want: &Message, have: &Sent) -> bool {
    let mut differences = Differences::at("");
    compare_callout(&mut differences, "", case, want, have);
    differences.found.is_empty()
}

/// A call as it is shown in a difference.
pub fn shown_call(call: &Call) -> String {
    format!("{}({:?}) = {:?} log {:?}", call.name(), call.args, call.ret, call.log)
}
