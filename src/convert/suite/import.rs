//! From tests to scenarios, one for each.
//!
//! What the tester does is in `plugins/test/dynamic_test.cc` and `framework.cc`. Where a run through Envoy's filter chain
//! cannot be the same, the scenario is as close as it can be, and the difference is told.

use serde_json::Value;

use super::schema::{
    At, Env, Expectation as Expected, Header, Immediate, Input, Invocation, Matcher, Plan, Suite, Test, What,
};
use super::tree::wrong;
use crate::abi::LogLevel;
use crate::convert::{self, Error, LeftOut, MAX_FILE, Place, Why};
use crate::http::Target;
use crate::scenario::{
    Body, Chunks, Expectation, Filter, HeaderLine, Property, Reply, Request, Scenario, Subject, WallTime,
};

/// The tester's clock stands here unless `time_secs` says something else: one millisecond.
pub(super) const CLOCK: WallTime = WallTime(1_000_000);

/// What the tester takes for `UNDEFINED`.
pub(super) const LOG_LEVEL: LogLevel = LogLevel::Info;

/// The callbacks of the tester's steps. Several are written with bars between them, as in [`Expectation::callback`].
pub(super) const PLUGIN_INIT: &str =
    "_initialize|_start|proxy_on_context_create|proxy_on_vm_start|proxy_on_configure";
pub(super) const STREAM_INIT: &str = "proxy_on_context_create";
pub(super) const STREAM_DESTROY: &str = "proxy_on_done|proxy_on_log|proxy_on_delete";
pub(super) const REQUEST_HEADERS: &str = "proxy_on_request_headers";
pub(super) const REQUEST_BODY: &str = "proxy_on_request_body";
pub(super) const RESPONSE_HEADERS: &str = "proxy_on_response_headers";
pub(super) const RESPONSE_BODY: &str = "proxy_on_response_body";

/// The scenarios, and what could not be carried over.
pub(super) fn import(
    suite: &Suite,
    input: &convert::Input<'_>,
) -> Result<(Vec<Scenario>, Vec<LeftOut>), Error> {
    let mut importer = Importer { input, left_out: Vec::new(), ends: Vec::new(), steps: Vec::new() };
    let common = importer.environment(&suite.env);
    let scenarios = suite.tests.iter().map(|test| importer.scenario(&common, test));
    let scenarios = scenarios.collect::<Result<Vec<_>, _>>()?;
    let Importer { mut left_out, ends, steps, .. } = importer;
    left_out.extend(grouped(ends, Why::EmptyPiece));
    left_out.extend(grouped(steps, Why::OtherSteps));
    Ok((scenarios, left_out))
}

/// What holds for many places, said once.
fn grouped(places: Vec<Place>, why: Why) -> Option<LeftOut> {
    let more = places.len().checked_sub(1)?;
    let first = places.into_iter().next()?;
    let place = match more {
        0 => first,
        more => Place::Fields { first: first.to_string(), more },
    };
    Some(LeftOut { place, why })
}

struct Importer<'a> {
    input: &'a convert::Input<'a>,
    left_out: Vec<LeftOut>,
    /// Messages without a body, which the tester does not end.
    ends: Vec<Place>,
    /// Tests that stop before the end, or begin in the middle.
    steps: Vec<Place>,
}

/// The first line and headers of a message.
#[derive(Default)]
struct Head {
    method: Option<String>,
    scheme: Option<String>,
    authority: Option<String>,
    path: Option<String>,
    status: Option<u16>,
    lines: Vec<HeaderLine>,
}

impl Importer<'_> {
    fn leave_out(&mut self, place: &Place, why: Why) {
        self.left_out.push(LeftOut { place: place.clone(), why });
    }

    /// A file that the suite names.
    fn file(&mut self, path: &str, place: &Place) -> Option<Vec<u8>> {
        let found = self.input.beside(path, MAX_FILE);
        if found.is_none() {
            self.leave_out(place, Why::OtherFile { path: path.to_owned() });
        }
        found
    }

    /// What all tests share.
    fn environment(&mut self, env: &Env) -> Scenario {
        for other in &env.others {
            self.leave_out(&other.place, Why::NoCounterpart);
        }
        let mut filter = Filter { path: env.wasm_path.clone(), ..Filter::default() };
        if let Some(At { value, place }) = &env.config_path {
            filter.plugin_config = self.file(value, place).unwrap_or_default().into();
        }
        // The module is mostly named on the tester's command line.
        let has_filter = !filter.path.is_empty() || !filter.plugin_config.is_empty();
        Scenario {
            chain: if has_filter { vec![filter] } else { Vec::new() },
            log_level: env.log_level.unwrap_or(LOG_LEVEL),
            clock: env.time_secs.map_or(CLOCK, |seconds| WallTime(seconds.saturating_mul(1_000_000_000))),
            ..Scenario::default()
        }
    }

    fn scenario(&mut self, common: &Scenario, test: &Test) -> Result<Scenario, Error> {
        let mut scenario = Scenario { name: test.name.clone(), ..common.clone() };
        if let Some(place) = &test.benchmark {
            self.leave_out(place, Why::NoCounterpart);
        }
        for property in &test.properties {
            let name = property.path.replace('\\', "\\\\");
            let value = match std::str::from_utf8(&property.value) {
                Ok(text) => serde_json::json!({ "string": text }),
                Err(_) => base64(&property.value),
            };
            match Property::parse(&name, value) {
                Ok(property) => scenario.properties.0.push(property),
                Err(_) => self.leave_out(&property.place, Why::NoCounterpart),
            }
        }
        let has_request = test.request_headers.is_some() || !test.request_body.is_empty();
        let has_response = test.response_headers.is_some() || !test.response_body.is_empty();
        if !has_request || !has_response {
            self.steps.push(test.place.clone());
        }
        scenario.request = self.request(test, has_request)?;
        scenario.reply = self.reply(test, has_response)?;
        self.expectations(test, &mut scenario);
        Ok(scenario)
    }

    fn request(&mut self, test: &Test, is_there: bool) -> Result<Request, Error> {
        let place = test.request_headers.as_ref().map_or(&test.place, |found| &found.place);
        let head = self.head(test.request_headers.as_ref(), true)?;
        let scheme = head.scheme.as_deref().unwrap_or("https");
        let authority = head.authority.as_deref().unwrap_or("example.com");
        let mut url = format!("{scheme}://{authority}{}", head.path.as_deref().unwrap_or("/"));
        if Target::parse(&url).is_err() || head.path.is_some_and(|path| !path.starts_with('/')) {
            self.leave_out(place, Why::NoCounterpart);
            url = Request::default().url;
        }
        let (body, chunks) = self.bodies(&test.request_body, test.plan, is_there.then_some(place))?;
        Ok(Request {
            method: head.method.unwrap_or_else(|| "GET".to_owned()),
            url,
            headers: head.lines,
            body,
            chunks,
            ..Request::default()
        })
    }

    fn reply(&mut self, test: &Test, is_there: bool) -> Result<Reply, Error> {
        let place = test.response_headers.as_ref().map_or(&test.place, |found| &found.place);
        let head = self.head(test.response_headers.as_ref(), false)?;
        let (body, chunks) = self.bodies(&test.response_body, test.plan, is_there.then_some(place))?;
        Ok(Reply {
            status: head.status.unwrap_or(200),
            headers: head.lines,
            body,
            chunks,
            ..Reply::default()
        })
    }

    /// The headers of a step: from a file, from text, or from the list, whichever comes first.
    fn head(&mut self, invocation: Option<&Invocation>, is_request: bool) -> Result<Head, Error> {
        let Some(invocation) = invocation else { return Ok(Head::default()) };
        let Input { headers, content, file } = &invocation.input;
        if let Some(At { value, place }) = file {
            return match self.file(value, place) {
                Some(text) => raw_head(&text, place, is_request),
                None => Ok(Head::default()),
            };
        }
        if let Some(At { value, place }) = content.as_ref().filter(|content| !content.value.is_empty()) {
            return raw_head(value, place, is_request);
        }
        let mut head = Head::default();
        for header in headers {
            if !head.take(header, is_request) {
                self.leave_out(&header.place, Why::NoCounterpart);
            }
        }
        Ok(head)
    }

    /// The body that several invocations make, and how it is cut. `step`: the message is there, and where.
    fn bodies(
        &mut self,
        invocations: &[Invocation],
        plan: Plan,
        step: Option<&Place>,
    ) -> Result<(Body, Chunks), Error> {
        if invocations.is_empty() {
            // The tester says of headers that more follows, and then nothing does. An empty piece is as near as one gets.
            let chunks = step.map_or(Chunks::Whole, |_| Chunks::Sizes(vec![0]));
            self.ends.extend(step.cloned());
            return Ok((Body::default(), chunks));
        }
        let pieces: Vec<Vec<u8>> =
            invocations.iter().map(|invocation| self.content(&invocation.input)).collect();
        if let ([_, second, ..], true) = (invocations, plan != Plan::None) {
            let what = "a test with num_chunks or chunk_size has one body of each direction".to_owned();
            return Err(wrong(second.place.clone(), what));
        }
        if let [_, second, ..] = invocations {
            self.leave_out(&second.place, Why::SeveralEnds);
        }
        let sizes: Vec<u64> = pieces.iter().map(|piece| piece.len() as u64).collect();
        let body = pieces.concat();
        let chunks = match (plan, sizes.as_slice()) {
            (Plan::None, [0]) => Chunks::Sizes(vec![0]),
            (Plan::None, [_]) => Chunks::Whole,
            (Plan::None, sizes) => Chunks::Sizes(sizes.to_vec()),
            (Plan::Size(size), _) => Chunks::Every(size),
            (Plan::Count(count), _) => by_count(count, body.len() as u64),
        };
        Ok((body.into(), chunks))
    }

    fn content(&mut self, input: &Input) -> Vec<u8> {
        match (&input.file, &input.content) {
            (Some(At { value, place }), _) => self.file(value, place).unwrap_or_default(),
            (None, Some(content)) => content.value.clone(),
            (None, None) => Vec::new(),
        }
    }
}

/// So many pieces of the same length, rounded down, and in the last one what is left.
pub(super) fn by_count(count: u64, length: u64) -> Chunks {
    let before = usize::try_from(count.saturating_sub(1)).unwrap_or(usize::MAX);
    match before {
        0 => Chunks::Whole,
        before => Chunks::Sizes(vec![length / count; before]),
    }
}

impl Head {
    /// Takes a header over; `false`: it cannot be said.
    fn take(&mut self, header: &Header, is_request: bool) -> bool {
        let text = || String::from_utf8(header.value.clone()).ok();
        let slot = match header.key.to_ascii_lowercase().as_str() {
            ":method" if is_request => &mut self.method,
            ":scheme" if is_request => &mut self.scheme,
            ":authority" if is_request => &mut self.authority,
            ":path" if is_request => &mut self.path,
            ":status" if !is_request => {
                self.status =
                    text().and_then(|text| text.parse().ok()).filter(|status| (200..=599).contains(status));
                return self.status.is_some();
            }
            name if name.starts_with(':') => return false,
            _ => {
                self.lines.push(HeaderLine::new(header.key.clone(), header.value.clone()));
                return true;
            }
        };
        *slot = text();
        slot.is_some()
    }
}

/// Reads HTTP/1 text without its body, as the tester does: the blank line at its end may be missing.
fn raw_head(text: &[u8], place: &Place, is_request: bool) -> Result<Head, Error> {
    const MOST_HEADERS: usize = 256;
    let text = [text, b"\r\n\r\n"].concat();
    let mut lines = [httparse::EMPTY_HEADER; MOST_HEADERS];
    let error = |found: httparse::Error| wrong(place.clone(), format!("this is no HTTP/1 message: {found}"));
    let mut head = Head::default();
    let found = if is_request {
        let mut request = httparse::Request::new(&mut lines);
        request.parse(&text).map_err(error)?;
        head.method = request.method.map(str::to_owned);
        let target = request.path.unwrap_or("/");
        match target.contains("://").then(|| Target::parse(target).ok()).flatten() {
            // The authority of an absolute target goes before the header `host`.
            Some(target) => {
                (head.scheme, head.authority) = (Some(target.scheme), Some(target.authority));
                head.path = Some(target.path);
            }
            None => head.path = Some(target.to_owned()),
        }
        request.headers.to_vec()
    } else {
        let mut response = httparse::Response::new(&mut lines);
        response.parse(&text).map_err(error)?;
        head.status = response.code.filter(|status| (200..=599).contains(status));
        response.headers.to_vec()
    };
    for header in found {
        if is_request && header.name.eq_ignore_ascii_case("host") {
            head.authority.get_or_insert_with(|| String::from_utf8_lossy(header.value).into_owned());
        } else {
            head.lines.push(HeaderLine::new(header.name, header.value.to_vec()));
        }
    }
    Ok(head)
}

/// What a step is about.
#[derive(Clone, Copy)]
struct Step {
    callback: &'static str,
    header: Subject,
    body: Subject,
}

const REQUEST: (Subject, Subject) = (Subject::UpstreamHeader, Subject::UpstreamBody);
const RESPONSE: (Subject, Subject) = (Subject::DownstreamHeader, Subject::DownstreamBody);

impl Step {
    fn of(callback: &'static str, (header, body): (Subject, Subject)) -> Self {
        Self { callback, header, body }
    }
}

impl Importer<'_> {
    fn expectations(&mut self, test: &Test, scenario: &mut Scenario) {
        let level = Some(scenario.log_level).filter(|level| *level != LogLevel::Trace);
        let expect = &mut scenario.expect;
        for (found, request, callback) in [
            (&test.plugin_init, 0, PLUGIN_INIT),
            (&test.stream_init, 1, STREAM_INIT),
            (&test.stream_destroy, 1, STREAM_DESTROY),
        ] {
            let Some(found) = found else { continue };
            self.logs(&found.log, callback, Some(request), level, expect);
        }
        for (found, callback, subjects) in [
            (&test.request_headers, REQUEST_HEADERS, REQUEST),
            (&test.response_headers, RESPONSE_HEADERS, RESPONSE),
        ] {
            let Some(Invocation { result, .. }) = found else { continue };
            self.headers_step(result, Step::of(callback, subjects), expect);
            self.logs(&result.log, callback, None, level, expect);
        }
        for (found, callback, subjects) in
            [(&test.request_body, REQUEST_BODY, REQUEST), (&test.response_body, RESPONSE_BODY, RESPONSE)]
        {
            self.body_steps(found, Step::of(callback, subjects), expect);
            for Invocation { result, .. } in found {
                self.logs(&result.log, callback, None, level, expect);
            }
        }
    }

    fn logs(
        &mut self,
        matchers: &[Matcher],
        callback: &str,
        request: Option<u32>,
        level: Option<LogLevel>,
        expect: &mut Vec<Expectation>,
    ) {
        for matcher in matchers {
            let expectation = Expectation {
                that: Subject::Log,
                callback: callback.to_owned(),
                request,
                level,
                ..Expectation::default()
            };
            expect.extend(self.matched(matcher, expectation, false));
        }
    }

    fn headers_step(&mut self, result: &Expected, step: Step, expect: &mut Vec<Expectation>) {
        let callback = || step.callback.to_owned();
        // A local reply takes the place of the step's headers and body.
        let (header, body) = match result.immediate {
            Some(_) => RESPONSE,
            None => (step.header, step.body),
        };
        for found in &result.has_header {
            expect.push(has_header(header, found));
        }
        for found in &result.no_header {
            let name = found.key.clone();
            expect.push(Expectation { that: header, name, exists: Some(false), ..Expectation::default() });
        }
        for matcher in &result.headers {
            expect.extend(self.matched(
                matcher,
                Expectation { that: header, ..Expectation::default() },
                true,
            ));
        }
        for matcher in &result.body {
            match result.immediate {
                Some(_) => expect.extend(self.body(matcher, body)),
                None => self.leave_out(&matcher.place, Why::NeverPasses),
            }
        }
        // The tester demands that a filter goes on, unless it answers.
        let answer = |not| Expectation {
            that: Subject::Action,
            callback: callback(),
            starts_with: Some("Continue".into()),
            not,
            ..Expectation::default()
        };
        let reply = |that| Expectation { that, callback: callback(), ..Expectation::default() };
        let Some(Immediate { http_status, grpc_status, details, .. }) = &result.immediate else {
            expect.push(answer(false));
            expect.push(Expectation { exists: Some(false), ..reply(Subject::LocalReply) });
            return;
        };
        expect.push(answer(true));
        expect.push(match http_status {
            Some(status) => Expectation { is: Some((*status).into()), ..reply(Subject::LocalReply) },
            None => Expectation { exists: Some(true), ..reply(Subject::LocalReply) },
        });
        if let Some(status) = grpc_status {
            expect.push(Expectation { is: Some((*status).into()), ..reply(Subject::GrpcStatus) });
        }
        if let Some(details) = details {
            expect
                .push(Expectation { is: Some(details.clone().into()), ..reply(Subject::LocalReplyDetails) });
        }
    }

    fn body_steps(&mut self, invocations: &[Invocation], step: Step, expect: &mut Vec<Expectation>) {
        for Invocation { result, .. } in invocations {
            let places = result.has_header.iter().map(|header| &header.place);
            let places =
                places.chain(result.headers.iter().filter(|found| !found.invert).map(|found| &found.place));
            let places = places.chain(result.immediate.iter().map(|found| &found.place));
            places.for_each(|place| {
                self.left_out.push(LeftOut { place: place.clone(), why: Why::NeverPasses })
            });
        }
        match invocations {
            [] => {}
            [one] => {
                for matcher in &one.result.body {
                    expect.extend(self.body(matcher, step.body));
                }
            }
            several => match exact(several) {
                Some(whole) => expect.push(is_body(step.body, &whole, false)),
                None => {
                    let matchers = several.iter().flat_map(|invocation| &invocation.result.body);
                    matchers.for_each(|matcher| {
                        self.left_out.push(LeftOut { place: matcher.place.clone(), why: Why::OnePiece });
                    });
                }
            },
        }
    }

    fn body(&mut self, matcher: &Matcher, that: Subject) -> Option<Expectation> {
        match self.bytes(matcher) {
            Ok(Some(bytes)) => Some(is_body(that, &bytes, matcher.invert)),
            Ok(None) => self.matched(matcher, Expectation { that, ..Expectation::default() }, false),
            Err(()) => None,
        }
    }

    /// What a matcher compares with; `Ok(None)`: a pattern.
    fn bytes(&mut self, matcher: &Matcher) -> Result<Option<Vec<u8>>, ()> {
        match &matcher.what {
            What::Exact(bytes) => Ok(Some(bytes.clone())),
            What::File(path) => self.file(path, &matcher.place).map(Some).ok_or(()),
            What::Regex(_) => Ok(None),
        }
    }

    /// An expectation with the tests of a matcher. `is_line`: it is about `name: value`, where names are in lower case.
    fn matched(&mut self, matcher: &Matcher, expectation: Expectation, is_line: bool) -> Option<Expectation> {
        let bytes = self.bytes(matcher).ok()?;
        let mut expectation = Expectation { not: matcher.invert, ..expectation };
        match (bytes, &matcher.what) {
            (Some(bytes), _) => {
                let bytes = if is_line { lower_name(&bytes) } else { bytes };
                expectation.is = Some(value(&bytes));
            }
            (None, What::Regex(pattern)) => {
                let pattern = match is_line {
                    true => String::from_utf8(lower_name(pattern.as_bytes())).unwrap_or_default(),
                    false => pattern.clone(),
                };
                expectation.matches = Some(whole(&pattern));
            }
            (None, _) => return None,
        }
        Some(expectation)
    }
}

/// The joined bodies of several steps, if each says exactly what it is.
fn exact(invocations: &[Invocation]) -> Option<Vec<u8>> {
    let parts = invocations.iter().map(|invocation| match invocation.result.body.as_slice() {
        [Matcher { invert: false, what: What::Exact(bytes), .. }] => Some(bytes.as_slice()),
        _ => None,
    });
    parts.collect::<Option<Vec<_>>>().map(|parts| parts.concat())
}

/// A body has no value where it is empty.
fn is_body(that: Subject, bytes: &[u8], not: bool) -> Expectation {
    match bytes.is_empty() {
        true => Expectation { that, exists: Some(not), ..Expectation::default() },
        false => Expectation { that, is: Some(value(bytes)), not, ..Expectation::default() },
    }
}

/// The tester joins several values of one name, and so does a line.
fn has_header(that: Subject, header: &Header) -> Expectation {
    let joined = header.value.windows(2).any(|two| two == b", ");
    match joined {
        false => Expectation {
            that,
            name: header.key.clone(),
            is: Some(value(&header.value)),
            ..Expectation::default()
        },
        true => {
            let line = [header.key.to_ascii_lowercase().as_bytes(), b": ", &header.value].concat();
            Expectation { that, is: Some(value(&line)), ..Expectation::default() }
        }
    }
}

/// A pattern that has to fit the whole text, as RE2's full match does.
pub(super) fn whole(pattern: &str) -> String {
    format!("\\A(?:{pattern})\\z")
}

/// The pattern inside, if it has to fit the whole text.
pub(super) fn inside(pattern: &str) -> Option<&str> {
    pattern.strip_prefix("\\A(?:")?.strip_suffix(")\\z")
}

/// Bytes as an expectation compares with them.
fn value(bytes: &[u8]) -> Value {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.into(),
        Err(_) => base64(bytes),
    }
}

fn base64(bytes: &[u8]) -> Value {
    serde_json::to_value(Body::from(bytes.to_vec())).unwrap_or_default()
}

/// `Name: value` with the name in lower case; what has no plain name in front stays.
fn lower_name(line: &[u8]) -> Vec<u8> {
    let mut line = line.to_vec();
    let end = line.iter().position(|byte| *byte == b':').unwrap_or_default();
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    if line[..end].iter().all(is_name) {
        line[..end].make_ascii_lowercase();
    }
    line
}
