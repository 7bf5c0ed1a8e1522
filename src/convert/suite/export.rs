//! From a scenario to a suite with one test.

use std::fmt::Write as _;

use serde_json::Value;

use super::import::{
    CLOCK, LOG_LEVEL, PLUGIN_INIT, REQUEST_BODY, REQUEST_HEADERS, RESPONSE_BODY, RESPONSE_HEADERS,
    STREAM_DESTROY, STREAM_INIT, by_count, inside,
};
use super::textproto::quoted;
use crate::abi::LogLevel;
use crate::convert::rest::{rest, rest_of_scenario};
use crate::convert::{LeftOut, Place, Why};
use crate::http::Target;
use crate::scenario::{
    Body, Chunks, Expectation, Filter, HeaderLine, PropertyValue, Reply, Request, Scenario, Subject,
};

/// The text, and what could not be said in it.
pub(super) fn export(scenario: &Scenario) -> (String, Vec<LeftOut>) {
    let mut writer = Writer { out: String::new(), depth: 0, left_out: Vec::new() };
    writer.out += "# A test for the Wasm plugin tester of Google's service extensions.\n";
    writer.environment(scenario);
    writer.test(scenario);
    (writer.out, writer.left_out)
}

/// The steps of a test, each with what is expected of it.
#[derive(Default)]
struct Steps {
    plugin_init: Results,
    stream_init: Results,
    request_headers: Results,
    request_body: Results,
    response_headers: Results,
    response_body: Results,
    stream_destroy: Results,
}

/// Fields of an expectation, as lines of text.
#[derive(Default)]
struct Results {
    lines: Vec<String>,
    immediate: Vec<String>,
    is_immediate: bool,
}

impl Results {
    fn is_empty(&self) -> bool {
        self.lines.is_empty() && !self.is_immediate
    }
}

struct Writer {
    out: String,
    depth: usize,
    left_out: Vec<LeftOut>,
}

impl Writer {
    fn line(&mut self, text: &str) {
        let indent = self.depth * 2;
        // Writing to a string does not fail.
        let _ = writeln!(self.out, "{:indent$}{text}", "");
    }

    fn message(&mut self, name: &str, inside: impl FnOnce(&mut Self)) {
        self.line(&format!("{name} {{"));
        self.depth += 1;
        inside(self);
        self.depth -= 1;
        self.line("}");
    }

    fn leave_out(&mut self, field: impl Into<String>, why: Why) {
        self.left_out.push(LeftOut { place: Place::Field(field.into()), why });
    }

    fn leave_out_if(&mut self, is_there: bool, field: &str) {
        if is_there {
            self.leave_out(field, Why::NoCounterpart);
        }
    }

    fn environment(&mut self, scenario: &Scenario) {
        let level = scenario.log_level;
        let time = scenario.clock.0;
        let filter = scenario.chain.iter().find(|filter| !filter.off);
        let path = filter.filter(|filter| filter.module.is_none()).map(|filter| filter.path.clone());
        let path = path.filter(|path| !path.is_empty());
        let seconds = (time != CLOCK.0).then_some(time / 1_000_000_000);
        if path.is_some() || level != LOG_LEVEL || seconds.is_some() {
            self.message("env", |writer| {
                if let Some(path) = path {
                    writer.line(&format!("wasm_path: {}", quoted(path.as_bytes())));
                }
                if level != LOG_LEVEL {
                    writer.line(&format!("log_level: {}", level.name().to_ascii_uppercase()));
                }
                if let Some(seconds) = seconds {
                    writer.line(&format!("time_secs: {seconds}"));
                }
            });
        }
        self.leave_out_if(seconds.is_some() && !time.is_multiple_of(1_000_000_000), "clock");
        let mut running = scenario.chain.iter().enumerate().filter(|(_, filter)| !filter.off);
        if let Some((place, filter)) = running.next() {
            self.filter(place, filter);
        }
        for (place, _) in running {
            self.leave_out(format!("chain[{place}]"), Why::NoCounterpart);
        }
    }

    fn filter(&mut self, place: usize, filter: &Filter) {
        if filter.module.is_some() {
            self.leave_out(format!("chain[{place}].module"), Why::OwnFile { field: "wasm_path" });
        }
        if !filter.plugin_config.is_empty() {
            self.leave_out(format!("chain[{place}].plugin_config"), Why::OwnFile { field: "config_path" });
        }
        let bare = Filter { module: None, ..filter.clone() };
        self.left_out.extend(rest(&bare, &format!("chain[{place}]"), &["filter", "plugin_config"]));
    }

    fn test(&mut self, scenario: &Scenario) {
        let steps = self.steps(scenario);
        self.leave_out_rest(scenario);
        self.message("test", |writer| writer.fields(scenario, &steps));
    }

    fn fields(&mut self, scenario: &Scenario, steps: &Steps) {
        let Scenario { request, reply, .. } = scenario;
        self.line(&format!("name: {}", quoted(scenario.name.as_bytes())));
        self.plan(request, reply);
        for property in &scenario.properties.0 {
            let path: Vec<&[u8]> = property.path.iter().map(|segment| &segment[..]).collect();
            let (path, value) = (path.join(&b'.'), wire(&property.value));
            match value {
                Some(value) => {
                    self.line(&format!("properties {{ path: {} value: {} }}", quoted(&path), quoted(&value)))
                }
                None => self.leave_out(format!("properties.{}", property.text), Why::NoCounterpart),
            }
        }
        for (name, step) in [("plugin_init", &steps.plugin_init), ("stream_init", &steps.stream_init)] {
            if !step.is_empty() {
                self.message(name, |writer| writer.results(step));
            }
        }
        self.step("request_headers", &steps.request_headers, |writer| writer.request_head(request));
        self.body("request_body", &request.body, &steps.request_body);
        // Where nothing is said of a reply, a test has no step for it.
        if *reply != Reply::default() || !steps.response_headers.is_empty() || !steps.response_body.is_empty()
        {
            self.step("response_headers", &steps.response_headers, |writer| {
                writer.header(":status", &Body::from(reply.status.to_string()));
                writer.lines("reply", &reply.headers);
            });
        }
        self.body("response_body", &reply.body, &steps.response_body);
        if !steps.stream_destroy.is_empty() {
            self.message("stream_destroy", |writer| writer.results(&steps.stream_destroy));
        }
    }

    fn step(&mut self, name: &str, results: &Results, input: impl FnOnce(&mut Self)) {
        self.message(name, |writer| {
            writer.message("input", input);
            if !results.is_empty() {
                writer.message("result", |writer| writer.results(results));
            }
        });
    }

    fn body(&mut self, name: &str, body: &Body, results: &Results) {
        if !body.is_empty() || !results.is_empty() {
            self.step(name, results, |writer| writer.line(&format!("content: {}", quoted(&body.0))));
        }
    }

    fn results(&mut self, results: &Results) {
        for line in &results.lines {
            self.line(line);
        }
        if results.is_immediate {
            self.line(&format!("immediate {{ {} }}", results.immediate.join(" ")));
        }
    }

    fn request_head(&mut self, request: &Request) {
        self.header(":method", &Body::from(request.method.trim()));
        if let Ok(target) = Target::parse(&request.url) {
            self.header(":scheme", &Body::from(target.scheme));
            self.header(":authority", &Body::from(target.authority));
            self.header(":path", &Body::from(target.path));
        } else {
            self.leave_out("request.url", Why::NoCounterpart);
        }
        self.lines("request", &request.headers);
    }

    fn lines(&mut self, part: &str, lines: &[HeaderLine]) {
        for (place, line) in lines.iter().enumerate() {
            match line.on {
                true => self.header(&line.name, &line.value),
                false => self.leave_out(format!("{part}.headers[{place}]"), Why::NoCounterpart),
            }
        }
    }

    fn header(&mut self, name: &str, value: &Body) {
        self.line(&format!("header {{ key: {} value: {} }}", quoted(name.as_bytes()), quoted(&value.0)));
    }

    /// One plan holds for both directions.
    fn plan(&mut self, request: &Request, reply: &Reply) {
        let of = |chunks: &Chunks, body: &Body| match (chunks, body.is_empty()) {
            (Chunks::Whole | Chunks::Every(0), _) | (_, true) => Some(String::new()),
            (Chunks::Every(size), _) => Some(format!("chunk_size: {size}")),
            (Chunks::Sizes(sizes), _) => {
                let count = sizes.len() as u64 + 1;
                (by_count(count, body.len() as u64) == *chunks).then(|| format!("num_chunks: {count}"))
            }
        };
        let sides = [
            ("request.chunks", of(&request.chunks, &request.body), request.body.is_empty()),
            ("reply.chunks", of(&reply.chunks, &reply.body), reply.body.is_empty()),
        ];
        let mut plan: Option<String> = None;
        for (field, found, is_empty) in sides {
            match (found, &plan) {
                (None, _) => self.leave_out(field, Why::NoCounterpart),
                (Some(_), _) if is_empty => {}
                (Some(found), None) => plan = Some(found),
                (Some(found), Some(plan)) if found == *plan => {}
                (Some(_), Some(_)) => self.leave_out(field, Why::NoCounterpart),
            }
        }
        if let Some(plan) = plan.filter(|plan| !plan.is_empty()) {
            self.line(&plan);
        }
    }

    fn leave_out_rest(&mut self, scenario: &Scenario) {
        let Scenario { request, reply, .. } = scenario;
        let lost = [
            rest(request, "request", &["method", "url", "headers", "body", "chunks"]),
            rest(reply, "reply", &["status", "headers", "body", "chunks"]),
            rest_of_scenario(
                scenario,
                &["chain", "request", "reply", "log_level", "clock", "properties", "expect"],
            ),
        ];
        self.left_out.extend(lost.into_iter().flatten());
    }

    fn steps(&mut self, scenario: &Scenario) -> Steps {
        let mut steps = Steps::default();
        // What the tester looks at before everything else: whether the filter answers by itself, and where.
        for expectation in scenario.expect.iter().filter(|expectation| !expectation.off) {
            if let Some(results) = steps.immediate_of(expectation) {
                results.is_immediate = true;
            }
        }
        for (place, expectation) in scenario.expect.iter().enumerate() {
            if expectation.off || !steps.take(expectation, scenario.log_level) {
                self.leave_out(format!("expect[{place}]"), Why::NoCounterpart);
            }
        }
        steps
    }
}

impl Steps {
    /// The step in which a filter is expected to answer by itself.
    fn immediate_of(&mut self, expectation: &Expectation) -> Option<&mut Results> {
        let answers = matches!(
            expectation.that,
            Subject::LocalReply | Subject::GrpcStatus | Subject::LocalReplyDetails
        );
        let is_wanted = answers && !expectation.not && expectation.exists != Some(false);
        match expectation.callback.as_str() {
            _ if !is_wanted => None,
            REQUEST_HEADERS => Some(&mut self.request_headers),
            RESPONSE_HEADERS => Some(&mut self.response_headers),
            _ => None,
        }
    }

    /// Says an expectation in the terms of the tester; `false`: it cannot be said.
    fn take(&mut self, expectation: &Expectation, level: LogLevel) -> bool {
        let Expectation { request, filter, upstream, json, count, at_least, at_most, .. } = expectation;
        let is_plain = filter.is_none_or(|filter| filter == 0)
            && upstream.is_empty()
            && json.is_empty()
            && count.is_none()
            && at_least.is_none()
            && at_most.is_none();
        let is_of_request = request.is_none_or(|request| request == 1);
        match expectation.that {
            _ if !is_plain => false,
            Subject::Log => self.log(expectation, level),
            _ if !is_of_request => false,
            Subject::UpstreamHeader => header(&mut self.request_headers, expectation),
            Subject::UpstreamBody => body(&mut self.request_body, expectation),
            Subject::DownstreamHeader => header(self.reply_headers(), expectation),
            Subject::DownstreamBody => body(self.reply_body(), expectation),
            Subject::Status => {
                let line = Expectation { name: ":status".into(), ..expectation.clone() };
                header(self.reply_headers(), &line)
            }
            Subject::LocalReply | Subject::GrpcStatus | Subject::LocalReplyDetails => {
                self.answer(expectation)
            }
            Subject::Action => self.action(expectation),
            _ => false,
        }
    }

    /// A filter that answers by itself ends the test with this step.
    fn reply_headers(&mut self) -> &mut Results {
        if self.request_headers.is_immediate { &mut self.request_headers } else { &mut self.response_headers }
    }

    fn reply_body(&mut self) -> &mut Results {
        match (self.request_headers.is_immediate, self.response_headers.is_immediate) {
            (true, _) => &mut self.request_headers,
            (_, true) => &mut self.response_headers,
            _ => &mut self.response_body,
        }
    }

    fn log(&mut self, expectation: &Expectation, level: LogLevel) -> bool {
        // Lines below the suite's level are not there for the tester.
        let same_level = expectation.level.unwrap_or(LogLevel::Trace) == level;
        let results = match (expectation.callback.as_str(), expectation.request) {
            (PLUGIN_INIT, Some(0)) => &mut self.plugin_init,
            (_, Some(0)) => return false,
            (STREAM_INIT, Some(1)) => &mut self.stream_init,
            (STREAM_DESTROY, Some(1)) => &mut self.stream_destroy,
            (REQUEST_HEADERS, _) => &mut self.request_headers,
            (REQUEST_BODY, _) => &mut self.request_body,
            (RESPONSE_HEADERS, _) => &mut self.response_headers,
            (RESPONSE_BODY, _) => &mut self.response_body,
            _ => return false,
        };
        let matcher = matcher(expectation).filter(|_| same_level);
        results.lines.extend(matcher.iter().map(|matcher| format!("log {{ {matcher} }}")));
        matcher.is_some()
    }

    fn answer(&mut self, expectation: &Expectation) -> bool {
        if is_only(expectation, |plain| plain.exists = Some(false)) {
            // What the tester demands by itself.
            return matches!(expectation.callback.as_str(), REQUEST_HEADERS | RESPONSE_HEADERS);
        }
        let that = expectation.that;
        let is = expectation.is.clone();
        let Some(results) = self.immediate_of(expectation) else { return false };
        let field = match (that, &is) {
            (Subject::LocalReply, None) => return is_only(expectation, |plain| plain.exists = Some(true)),
            (Subject::LocalReply, Some(Value::Number(status))) => format!("http_status: {status}"),
            (Subject::GrpcStatus, Some(Value::Number(status))) => format!("grpc_status: {status}"),
            (Subject::LocalReplyDetails, Some(Value::String(details))) => {
                format!("details: {}", quoted(details.as_bytes()))
            }
            _ => return false,
        };
        if !is_only(expectation, |plain| plain.is = is.clone()) {
            return false;
        }
        results.immediate.push(field);
        true
    }

    /// The tester demands that a filter goes on where it does not answer.
    fn action(&mut self, expectation: &Expectation) -> bool {
        let immediate = match expectation.callback.as_str() {
            REQUEST_HEADERS => self.request_headers.is_immediate,
            RESPONSE_HEADERS => self.response_headers.is_immediate,
            _ => return false,
        };
        is_only(expectation, |plain| (plain.starts_with, plain.not) = (Some("Continue".into()), immediate))
    }
}

/// A property as a filter reads it (Envoy: `extensions/common/wasm/context.cc`, `serializeValue`); `None`: it is a list.
fn wire(value: &PropertyValue) -> Option<Vec<u8>> {
    Some(match value {
        PropertyValue::Null => Vec::new(),
        PropertyValue::Bool(truth) => vec![u8::from(*truth)],
        PropertyValue::Int(number) | PropertyValue::Duration(number) | PropertyValue::Timestamp(number) => {
            number.to_le_bytes().to_vec()
        }
        PropertyValue::Uint(number) => number.to_le_bytes().to_vec(),
        PropertyValue::Double(number) => number.to_le_bytes().to_vec(),
        PropertyValue::String(bytes) | PropertyValue::Bytes(bytes) => bytes.to_vec(),
        PropertyValue::List(_) | PropertyValue::Map(_) => return None,
    })
}

/// Whether an expectation has these tests and no others.
fn is_only(expectation: &Expectation, set: impl FnOnce(&mut Expectation)) -> bool {
    let Expectation { that, request, name, level, callback, filter, .. } = expectation.clone();
    let mut plain = Expectation { that, request, name, level, callback, filter, ..Expectation::default() };
    set(&mut plain);
    plain == *expectation
}

fn header(results: &mut Results, expectation: &Expectation) -> bool {
    let key = quoted(expectation.name.as_bytes());
    if !expectation.name.is_empty() && is_only(expectation, |plain| plain.exists = Some(false)) {
        results.lines.push(format!("no_header {{ key: {key} }}"));
        return true;
    }
    if !expectation.name.is_empty() && is_only(expectation, |plain| plain.exists = Some(true)) {
        let pattern = format!("{}: [\\s\\S]*", regex::escape(&expectation.name.to_ascii_lowercase()));
        results.lines.push(format!("headers {{ regex: {} }}", quoted(pattern.as_bytes())));
        return true;
    }
    if !expectation.callback.is_empty() {
        return false;
    }
    let is = expectation.is.clone();
    match (expectation.name.is_empty(), text_of(is.as_ref())) {
        (false, Some(value)) if is_only(expectation, |plain| plain.is = is.clone()) => {
            results.lines.push(format!("has_header {{ key: {key} value: {} }}", quoted(&value)));
            true
        }
        (true, _) => {
            let matcher = matcher(expectation);
            results.lines.extend(matcher.iter().map(|matcher| format!("headers {{ {matcher} }}")));
            matcher.is_some()
        }
        (false, _) => {
            // The tests are about the value; the tester's are about the line.
            let prefix = format!("{}: ", regex::escape(&expectation.name.to_ascii_lowercase()));
            let Some(pattern) = pattern(expectation) else { return false };
            let invert = if expectation.not { " invert: true" } else { "" };
            let pattern = quoted(format!("{prefix}{pattern}").as_bytes());
            results.lines.push(format!("headers {{ regex: {pattern}{invert} }}"));
            true
        }
    }
}

fn body(results: &mut Results, expectation: &Expectation) -> bool {
    for (exists, invert) in [(false, ""), (true, " invert: true")] {
        if is_only(expectation, |plain| plain.exists = Some(exists)) {
            results.lines.push(format!("body {{ exact: \"\"{invert} }}"));
            return true;
        }
    }
    let matcher = matcher(expectation);
    results.lines.extend(matcher.iter().map(|matcher| format!("body {{ {matcher} }}")));
    matcher.is_some()
}

/// The fields of a matcher for the one test that an expectation has.
fn matcher(expectation: &Expectation) -> Option<String> {
    let invert = if expectation.not { " invert: true" } else { "" };
    let is = expectation.is.clone();
    if let Some(bytes) = text_of(is.as_ref())
        && is_only(expectation, |plain| (plain.is, plain.not) = (is.clone(), expectation.not))
    {
        return Some(format!("exact: {}{invert}", quoted(&bytes)));
    }
    let pattern = pattern(expectation)?;
    Some(format!("regex: {}{invert}", quoted(pattern.as_bytes())))
}

/// A pattern for the whole text that is the one test of an expectation.
fn pattern(expectation: &Expectation) -> Option<String> {
    let Expectation { is, contains, starts_with, ends_with, matches, exists, .. } = expectation;
    const ANY: &str = "[\\s\\S]*";
    let escaped = |text: &Option<String>| text.as_deref().map(regex::escape);
    let found = [
        text_of(is.as_ref()).and_then(|bytes| String::from_utf8(bytes).ok()).map(|text| regex::escape(&text)),
        escaped(contains).map(|text| format!("{ANY}{text}{ANY}")),
        escaped(starts_with).map(|text| format!("{text}{ANY}")),
        escaped(ends_with).map(|text| format!("{ANY}{text}")),
        matches.as_deref().map(|pattern| match inside(pattern) {
            Some(inside) => inside.to_owned(),
            None => format!("{ANY}(?:{pattern}){ANY}"),
        }),
    ];
    let mut found = found.into_iter().flatten();
    let one = found.next()?;
    (found.next().is_none() && exists.is_none()).then_some(one)
}

/// The bytes that an expectation compares with: text, a number, or bytes in base64.
fn text_of(value: Option<&Value>) -> Option<Vec<u8>> {
    match value? {
        Value::String(text) => Some(text.clone().into_bytes()),
        Value::Number(number) => Some(number.to_string().into_bytes()),
        Value::Object(_) => serde_json::from_value::<Body>(value?.clone()).ok().map(|body| body.0.to_vec()),
        _ => None,
    }
}
