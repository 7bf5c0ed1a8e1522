//! A run as text, for people: how it ended, what became of request and reply, and every callback with its calls.

use std::fmt::Write;

use similar::{ChangeTag, TextDiff};

use super::input::Input;
use super::text;
use crate::http::{Header, HeaderMap, Message};
use crate::scenario::Scenario;
use crate::trace::{Connection, Direction, EventId, Exchange, PeerEnd, Sent, Trace};
use crate::view::call::{self, Blob, CallGroup};
use crate::view::call_line::{self, bytes, hex};
use crate::view::state::{Memory, Verdict, VmMemory};
use crate::view::summary::Summary;
use crate::view::{Language, expectations, sentences, units};

/// Most lines of a body or of a diff of bodies.
const MAX_BODY_LINES: usize = 60;

/// The report. Without `timings` it is equal for equal runs.
pub fn print(trace: &Trace, input: &Input, timings: bool) -> String {
    let mut report = Report { out: String::new(), trace, scenario: &input.scenario, timings };
    report.line(&text::outcome(trace, &input.scenario));
    if let Some(instructions) = Summary::new(trace, 0).instructions {
        report.line(&format!("{} WebAssembly instructions in all callbacks.", units::number(instructions)));
    }
    report.expectations();
    report.exchanges();
    if let Some(connection) = trace.connection() {
        report.connection(connection);
    }
    report.callouts();
    report.callbacks();
    report.logs(input);
    report.metrics();
    report.memory();
    report.findings();
    report.out
}

struct Report<'a> {
    out: String,
    trace: &'a Trace,
    scenario: &'a Scenario,
    timings: bool,
}

impl Report<'_> {
    fn line(&mut self, line: &str) {
        self.out.push_str(line.trim_end());
        self.out.push('\n');
    }

    fn head(&mut self, title: &str) {
        self.out.push('\n');
        self.line(title);
    }

    /// Every request with its reply; one that went as the one before it is only counted.
    fn exchanges(&mut self) {
        let trace = self.trace;
        let mut same = 0;
        for (number, exchange) in trace.exchanges.iter().enumerate() {
            if number > 0 && trace.exchanges[number - 1] == *exchange {
                same += 1;
            } else {
                self.repeated(number, std::mem::take(&mut same));
                if trace.exchanges.len() > 1 {
                    let ended = text::request_outcome(trace, self.scenario, number);
                    self.head(&format!("Request {} of {}. {ended}", number + 1, trace.exchanges.len()));
                }
                self.request(exchange);
                self.reply(exchange);
            }
        }
        self.repeated(trace.exchanges.len(), same);
    }

    /// That the `count` requests before request `next` were like the one shown last.
    fn repeated(&mut self, next: usize, count: usize) {
        match count {
            0 => {}
            1 => self.head(&format!("Request {next}: the same again")),
            _ => self.head(&format!("Requests {} to {next}: the same again", next + 1 - count)),
        }
    }

    fn callouts(&mut self) {
        if self.trace.callouts.is_empty() {
            return;
        }
        self.head("Callouts");
        for callout in &self.trace.callouts {
            let text = |name| callout.request.headers.text(name).unwrap_or_default().escape_debug_controls();
            let (method, path) = (text(":method"), text(":path"));
            let upstream = callout.upstream.escape_debug_controls();
            let number = self.trace.call_of(callout.event).map_or(0, |(_, number)| number);
            let end = text::callout_end(callout);
            self.line(&format!("  #{number} {upstream}  {method} {path}  token {}  {end}", callout.token));
        }
    }

    fn request(&mut self, exchange: &Exchange) {
        let Some(before) = &exchange.request else { return };
        match &exchange.upstream {
            Some(sent) => {
                let times = match exchange.retried.len() {
                    0 => String::new(),
                    before => format!(" the last of {} times", before + 1),
                };
                self.head(&format!("Request, as the upstream got it{times}{}", ending(sent)));
                self.messages(before, sent);
            }
            None => {
                self.head("Request; it never reached the upstream");
                self.message(before);
            }
        }
    }

    fn reply(&mut self, exchange: &Exchange) {
        match (&exchange.reply, &exchange.downstream) {
            (Some(before), Some(sent)) => {
                let local = if before.local { " (made by the proxy or a filter)" } else { "" };
                self.head(&format!("Reply{local}, as the client got it{}", ending(sent)));
                self.messages(&before.message, sent);
            }
            (None, Some(sent)) => {
                self.head(&format!("Reply, as the client got it{}", ending(sent)));
                let message = Message {
                    headers: sent.headers.clone(),
                    body: sent.body.clone(),
                    trailers: sent.trailers.clone(),
                };
                self.message(&message);
            }
            (Some(before), None) => {
                self.head("Reply; it never reached the client");
                self.message(&before.message);
            }
            (None, None) => self.head("Reply: none"),
        }
    }

    /// What went each way over a TCP connection.
    fn connection(&mut self, connection: &Connection) {
        for (direction, from, to) in
            [(Direction::Request, "client", "upstream"), (Direction::Response, "upstream", "client")]
        {
            let (sent, received, _) = connection.passed(direction);
            let peer = match direction {
                Direction::Request => connection.upstream.as_ref(),
                Direction::Response => Some(&connection.client),
            };
            let Some(peer) = peer else {
                self.head(&format!("From the {from}; the {to} was never connected"));
                self.body(sent, sent);
                continue;
            };
            let end = match peer.end {
                PeerEnd::Open => "still open",
                PeerEnd::Half => "ended, still connected",
                PeerEnd::Closed => "closed",
                PeerEnd::Reset => "aborted",
            };
            self.head(&format!("From the {from}, as the {to} got it ({end})"));
            self.body(sent, received);
        }
    }

    /// A message that nobody changed.
    fn message(&mut self, message: &Message) {
        self.headers(message.headers.entries(), message.headers.entries());
        self.body(&message.body, &message.body);
        if let Some(trailers) = &message.trailers {
            self.trailers(Some(trailers), Some(trailers));
        }
    }

    fn messages(&mut self, before: &Message, after: &Sent) {
        self.headers(before.headers.entries(), after.headers.entries());
        self.body(&before.body, &after.body);
        self.trailers(before.trailers.as_ref(), after.trailers.as_ref());
    }

    fn trailers(&mut self, before: Option<&HeaderMap>, after: Option<&HeaderMap>) {
        if before.is_none() && after.is_none() {
            return;
        }
        self.line("    trailers");
        let entries = |map: Option<&HeaderMap>| map.map(|map| map.entries().to_vec()).unwrap_or_default();
        self.headers(&entries(before), &entries(after));
    }

    fn headers(&mut self, before: &[Header], after: &[Header]) {
        for row in diff_headers(before, after) {
            let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).escape_debug_controls();
            let name = text(row.name);
            match (row.before, row.after) {
                (Some(old), Some(new)) if old == new => self.line(&format!("    {name}: {}", text(new))),
                (Some(old), Some(new)) => {
                    self.line(&format!("  ~ {name}: {}", text(old)));
                    self.line(&format!(
                        "    {:>width$} {}",
                        "→",
                        text(new),
                        width = name.chars().count() + 1
                    ));
                }
                (Some(old), None) => self.line(&format!("  - {name}: {}", text(old))),
                (None, Some(new)) => self.line(&format!("  + {name}: {}", text(new))),
                (None, None) => {}
            }
        }
    }

    fn body(&mut self, before: &[u8], after: &[u8]) {
        let name = if self.trace.connection().is_some() { "data" } else { "body" };
        let (old_length, new_length) = (bytes(before.len() as u64), bytes(after.len() as u64));
        match (before.is_empty(), after.is_empty(), before == after) {
            (true, true, _) if self.trace.connection().is_some() => return self.line("    nothing"),
            (true, true, _) => return self.line("    no body"),
            (_, _, true) => self.line(&format!("    {name}, {new_length}")),
            _ => self.line(&format!("  ~ {name}, {old_length} → {new_length}")),
        }
        let lines = match (std::str::from_utf8(before), std::str::from_utf8(after)) {
            (Ok(old), Ok(new)) => diff_lines(old, new),
            _ if before == after => vec![format!("    {}", in_hex(after))],
            _ => vec![format!("  - {}", in_hex(before)), format!("  + {}", in_hex(after))],
        };
        for line in lines.iter().take(MAX_BODY_LINES) {
            self.line(line);
        }
        if let Some(more) = lines.len().checked_sub(MAX_BODY_LINES).filter(|more| *more > 0) {
            self.line(&format!("    … {more} more lines"));
        }
    }

    fn callbacks(&mut self) {
        let groups = call::by_callback(self.trace);
        if groups.is_empty() {
            return;
        }
        self.head("Callbacks and host calls");
        let width = 2 + digits(self.trace.call_count());
        for group in &groups {
            self.callback(group);
            for id in &group.calls {
                self.call(*id, width);
            }
        }
    }

    fn callback(&mut self, group: &CallGroup) {
        let Some(view) = group.callback.and_then(|id| call::decode_callback(self.trace, id)) else {
            return self.line("  start section");
        };
        let answer = match (view.failed, view.answer, view.result) {
            (true, _, _) => "did not return".to_owned(),
            (_, Some(answer), _) => answer.to_owned(),
            (_, None, Some(number)) => number.to_string(),
            (_, None, None) => String::new(),
        };
        let name = view.callback.short_name();
        let mut parts = vec![call_line::callback_summary(&view)];
        if view.callback != crate::abi::Callback::ContextCreate && view.context != 0 {
            parts.insert(0, format!("context {}", view.context));
        }
        if !answer.is_empty() {
            parts.push(format!("→ {answer}"));
        }
        parts.retain(|part| !part.is_empty());
        if let Some(instructions) = self.trace.instructions(view.event) {
            let unit = if instructions == 1 { "instruction" } else { "instructions" };
            parts.push(format!("{} {unit}", units::number(instructions)));
        }
        let time = self.time(view.event);
        self.line(&format!("  {name:<24} {}{time}", parts.join("  ")));
    }

    fn call(&mut self, id: EventId, width: usize) {
        let Some(view) = call::decode(self.trace, id) else { return };
        let number = format!("#{}", view.number);
        let status = if view.is_ok() { String::new() } else { format!("{}  ", view.status) };
        let summary = call_line::summary(Language::English, self.trace, &view);
        let time = self.time(id);
        let name = view.call.short_name();
        self.line(&format!("  {number:>width$} {name:<26} {status}{summary}{time}"));
    }

    fn time(&self, id: EventId) -> String {
        match self.timings {
            true => format!("  ({:.1} µs)", self.trace.duration(id).as_secs_f64() * 1e6),
            false => String::new(),
        }
    }

    fn logs(&mut self, input: &Input) {
        let floor = input.scenario.log_level;
        let trace = self.trace;
        let total = trace.logs().count();
        let lines: Vec<_> = trace.logs().filter(|line| line.level >= floor).collect();
        if total == 0 {
            return;
        }
        match total - lines.len() {
            0 => self.head("Logs"),
            hidden => self.head(&format!("Logs from {} up, {hidden} below it", floor.name())),
        }
        for line in lines {
            let message = String::from_utf8_lossy(line.message);
            let mut rows = message.lines();
            let first = rows.next().unwrap_or_default().escape_debug_controls();
            self.line(&format!("  {:<8} {first}", line.level.name()));
            for row in rows {
                self.line(&format!("  {:<8} {}", "", row.escape_debug_controls()));
            }
        }
    }

    fn metrics(&mut self) {
        let metrics = &self.trace.metrics;
        if metrics.is_empty() {
            return;
        }
        self.head("Metrics");
        let width = metrics.iter().map(|metric| metric.name.chars().count()).max().unwrap_or_default();
        for metric in metrics {
            let name = metric.name.escape_debug_controls();
            self.line(&format!("  {name:<width$}  {:<9} {}", metric.kind.name(), metric.value));
        }
    }

    /// Whether the VMs leak, where there were requests enough to tell.
    fn memory(&mut self) {
        let memory = Memory::new(self.trace);
        let is_told = |vm: &&VmMemory| !matches!(vm.verdict, Verdict::TooFew { .. });
        let vms: Vec<&VmMemory> = memory.vms.iter().filter(is_told).collect();
        if vms.is_empty() {
            return;
        }
        self.head("Memory");
        for vm in vms {
            let verdict = sentences::state::verdict(Language::English, vm.verdict, vm.end());
            let name = sentences::filter_name(self.scenario, vm.filter).escape_debug_controls();
            let (start, end) = (units::memory(vm.start), units::memory(vm.end()));
            let sentence = verdict.sentence.as_str();
            self.line(&format!("  {name}  {start} → {end}  {}: {sentence}", verdict.word));
        }
    }

    /// What the scenario expects, and whether the run shows it.
    fn expectations(&mut self) {
        let verdicts = expectations::check(self.trace, self.scenario);
        let (met, of) = expectations::tally(&verdicts);
        if of == 0 {
            return;
        }
        self.head(&format!("Expectations  {met} of {of} met"));
        for (expectation, verdict) in self.scenario.expect.iter().zip(&verdicts) {
            let mark = match (verdict.is_met(), verdict.is_failed()) {
                (true, _) => "✓",
                (_, true) => "✗",
                _ => continue,
            };
            let line = sentences::expectation::notation(expectation);
            let why = sentences::expectation::verdict(Language::English, expectation, verdict);
            let line = format!("  {mark} {line}  {}", why.as_str());
            self.line(&line.escape_debug_controls());
        }
    }

    fn findings(&mut self) {
        let findings: Vec<_> = self.trace.findings().collect();
        if findings.is_empty() {
            return;
        }
        self.head("Findings");
        for (_, finding) in findings {
            self.line(&format!("  ! {}", text::finding(finding)));
        }
    }
}

fn ending(sent: &Sent) -> &'static str {
    match (sent.complete, sent.reset) {
        (_, true) => ", until it was reset",
        (false, false) => ", so far as it came",
        (true, false) => "",
    }
}

fn digits(number: usize) -> usize {
    number.to_string().len()
}

fn in_hex(value: &[u8]) -> String {
    hex(&Blob { bytes: bytes::Bytes::copy_from_slice(&value[..value.len().min(64)]), full_len: value.len() })
}

/// Text with control characters as escapes, so that nothing a filter says can steer the terminal.
trait EscapeControls {
    fn escape_debug_controls(&self) -> String;
}

impl EscapeControls for str {
    fn escape_debug_controls(&self) -> String {
        let mut shown = String::with_capacity(self.len());
        for c in self.chars() {
            match c {
                '\t' => shown.push(c),
                c if c.is_control() => shown.extend(c.escape_default()),
                c => shown.push(c),
            }
        }
        shown
    }
}

/// A header before and after.
struct Row<'a> {
    name: &'a [u8],
    before: Option<&'a [u8]>,
    after: Option<&'a [u8]>,
}

/// Compares maps name by name; the order is that of `before`, with new names at the end.
///
/// A header that only moved is unchanged here: its place has no meaning to the receiver.
fn diff_headers<'a>(before: &'a [Header], after: &'a [Header]) -> Vec<Row<'a>> {
    let mut names: Vec<&[u8]> = Vec::new();
    for header in before.iter().chain(after) {
        if !names.contains(&header.name.as_ref()) {
            names.push(&header.name);
        }
    }
    let values = |headers: &'a [Header], name: &[u8]| -> Vec<&'a [u8]> {
        headers.iter().filter(|header| header.name == name).map(|header| header.value.as_ref()).collect()
    };
    let mut rows = Vec::new();
    for name in names {
        let (old, mut new) = (values(before, name), values(after, name));
        // Values that stayed are taken out first; what is left over is paired in order.
        let mut pairs = Vec::new();
        for value in old {
            match new.iter().position(|other| *other == value) {
                Some(place) => pairs.push((Some(value), Some(new.remove(place)))),
                None => pairs.push((Some(value), None)),
            }
        }
        let mut left = new.into_iter();
        for (_, after) in pairs.iter_mut().filter(|(_, after)| after.is_none()) {
            *after = left.next();
        }
        pairs.extend(left.map(|value| (None, Some(value))));
        rows.extend(pairs.into_iter().map(|(before, after)| Row { name, before, after }));
    }
    rows
}

fn diff_lines(old: &str, new: &str) -> Vec<String> {
    let diff = TextDiff::from_lines(old, new);
    let row = |change: similar::Change<&str>| {
        let sign = match change.tag() {
            ChangeTag::Delete => '-',
            ChangeTag::Insert => '+',
            ChangeTag::Equal => ' ',
        };
        let mut line = String::new();
        // Writing to a string cannot fail.
        let _ = write!(
            line,
            "  {sign} {}",
            change.value().trim_end_matches(['\r', '\n']).escape_debug_controls()
        );
        line
    };
    diff.iter_all_changes().map(row).collect()
}
