//! A run as one HTML file that any browser shows: story, changes, timeline, host calls, logs, findings, and what it was
//! made of.
//!
//! The file holds everything and asks the network for nothing, which its Content Security Policy makes a rule for the
//! browser, too. It is bounded whatever the run holds: lists end with what they leave out. Everything foreign is escaped, and
//! what hides in it is made visible.

mod diffs;
mod events;
mod markup;
mod setting;
pub mod style;

use std::ops::Range;

use self::markup::Markup;
use super::changes::Changes;
use super::expectations::{self, Verdict};
use super::findings::Findings;
use super::host_calls::HostCalls;
use super::sentences::{Severity, outcome, report as words};
use super::summary::{self, Summary};
use super::timeline::Timeline;
use super::{Language, Text, story, units};
use crate::host::ModuleFacts;
use crate::scenario::Scenario;
use crate::trace::Trace;

/// Requests that are told one by one; of others only how they ended.
const MOST_REQUESTS: usize = 20;
/// Requests that are listed with how they ended.
const MOST_LISTED: usize = 1_000;
/// Size at which differences stop, in bytes of the report.
const MOST_DIFFS: usize = 16 << 20;

/// What a report is about.
#[derive(Clone, Copy, Debug)]
pub struct Report<'a> {
    pub trace: &'a Trace,
    /// The scenario of the run, without the filters that are off.
    pub scenario: &'a Scenario,
    /// Of the filters' modules in their order, as far as they could be read.
    pub modules: &'a [ModuleFacts],
    /// Credentials are hidden.
    pub masks: bool,
}

/// Everything that more than one section needs.
struct Page<'a> {
    language: Language,
    report: Report<'a>,
    /// Of the first requests, or of the TCP connection.
    changes: Vec<Changes>,
    verdicts: Vec<Verdict>,
    timeline: Timeline,
    calls: HostCalls,
    findings: Findings,
    summary: Summary,
}

/// A section: its anchor, its name, and the number beside it in the list of sections.
type Entry = (&'static str, &'static str, Option<usize>);

/// The report as HTML, with a final newline.
#[must_use]
pub fn html(language: Language, report: &Report<'_>) -> String {
    Page::new(language, *report).html()
}

impl<'a> Page<'a> {
    fn new(language: Language, report: Report<'a>) -> Self {
        let Report { trace, scenario, .. } = report;
        let exchanges = trace.exchanges.len().max(trace.connections.len());
        let changes: Vec<Changes> = (0..exchanges.min(MOST_REQUESTS))
            .map(|exchange| Changes::new(trace, scenario, exchange))
            .collect();
        let count = changes.iter().map(|changes| changes.items().len()).sum();
        Self {
            language,
            report,
            changes,
            verdicts: expectations::check(trace, scenario),
            timeline: Timeline::new(trace),
            calls: HostCalls::new(trace),
            findings: Findings::new(trace),
            summary: Summary::new(trace, count),
        }
    }

    fn html(&self) -> String {
        let sheet = style::sheet();
        let mut out = Markup::default();
        out.raw("<!DOCTYPE html>\n<html lang=\"").raw(words::html_language(self.language));
        out.raw(
            "\">\n<head>\n<meta charset=\"utf-8\">\n<meta http-equiv=\"Content-Security-Policy\" content=\"",
        );
        out.text(&style::policy(&sheet))
            .raw("\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
        out.raw("<meta name=\"referrer\" content=\"no-referrer\">\n<meta name=\"generator\" content=\"");
        out.text(concat!("Filterlab ", env!("CARGO_PKG_VERSION"))).raw("\">\n<title>");
        out.text(&self.title()).text(" · ").text(words::title(self.language)).raw("</title>\n<style>");
        out.raw(&sheet).raw("</style>\n</head>\n<body>\n<a class=\"skip\" href=\"#story\">");
        out.text(words::skip(self.language)).raw("</a>\n");
        self.push_sections(&mut out);
        out.raw("<main>\n");
        self.push_head(&mut out);
        self.push_summary(&mut out);
        self.push_story(&mut out);
        self.push_expectations(&mut out);
        self.push_changes(&mut out);
        self.push_timeline(&mut out);
        self.push_callouts(&mut out);
        self.push_calls(&mut out);
        self.push_logs(&mut out);
        self.push_findings(&mut out);
        self.push_scenario(&mut out);
        self.push_modules(&mut out);
        out.raw("</main>\n<script>").raw(style::SCRIPT).raw("</script>\n</body>\n</html>\n");
        out.finish()
    }

    /// What people call it.
    fn title(&self) -> String {
        let name = match self.report.scenario.name.trim() {
            "" => summary::chain(self.language, self.report.scenario),
            name => name.to_owned(),
        };
        super::diff::visible(name.as_bytes(), 200).text
    }

    /// Whether there are several requests to be told apart.
    fn has_several(&self) -> bool {
        self.report.trace.exchanges.len() > 1
    }

    fn entries(&self) -> Vec<Entry> {
        let Report { trace, scenario, .. } = self.report;
        let name = |section| words::section(self.language, section);
        let mut entries = vec![("story", name("story"), None)];
        if !scenario.expect.is_empty() {
            entries.push(("expectations", name("expectations"), Some(scenario.expect.len())));
        }
        entries.push(("changes", name("changes"), Some(self.summary.changes)));
        entries.push(("timeline", name("timeline"), Some(self.summary.events)));
        if !trace.callouts.is_empty() {
            entries.push(("callouts", name("callouts"), Some(trace.callouts.len())));
        }
        entries.push(("calls", name("calls"), Some(self.summary.host_calls)));
        entries.push(("logs", name("logs"), Some(self.summary.log_lines)));
        entries.push(("findings", name("findings"), Some(self.findings.len())));
        entries.push(("scenario", name("scenario"), None));
        entries.push(("module", name("module"), None));
        entries
    }

    /// The list of sections at the side.
    fn push_sections(&self, out: &mut Markup) {
        out.raw("<nav aria-label=\"").text(words::sections(self.language)).raw("\">\n<div class=\"brand\">");
        out.raw("<svg viewBox=\"0 0 18 18\" aria-hidden=\"true\"><path d=\"M2 3h14l-5.5 6.5V15L7.5 16.5v-7z\"/></svg>");
        out.text(words::title(self.language)).raw("</div>\n<ul>\n");
        for (anchor, name, count) in self.entries() {
            out.put(format_args!("<li><a href=\"#{anchor}\">")).text(name);
            if let Some(count) = count {
                out.raw("<span>").text(&units::number(count)).raw("</span>");
            }
            out.raw("</a></li>\n");
        }
        out.raw("</ul>\n<div class=\"about\">\n");
        for line in words::about(self.language, self.report.masks, self.report.scenario) {
            out.raw("<p>").text(&line).raw("</p>\n");
        }
        out.raw("</div>\n</nav>\n");
    }

    fn push_head(&self, out: &mut Markup) {
        out.raw("<header>\n<div>\n<h1>").text(&self.title()).raw("</h1>\n<p class=\"facts\">");
        out.text(&self.facts().join(" · "))
            .raw("</p>\n</div>\n<div class=\"switches\"><div role=\"group\" aria-label=\"");
        let [theme, light, dark, print] = words::switches(self.language);
        out.text(theme).raw("\"><button type=\"button\" data-theme=\"light\">").text(light);
        out.raw("</button><button type=\"button\" data-theme=\"dark\">").text(dark);
        out.raw("</button></div><button type=\"button\" id=\"print\">")
            .text(print)
            .raw("</button></div>\n</header>\n");
    }

    /// The line beneath the title: the module, its ABI and so on, or the chain.
    fn facts(&self) -> Vec<String> {
        let mut facts = vec![summary::chain(self.language, self.report.scenario)];
        if let [module] = self.report.modules {
            facts.extend(module.abi.map(|abi| format!("ABI {}", abi.number())));
            facts.extend(module.producers.first().cloned());
            facts.push(units::bytes(module.size as u64));
            let sha256 = setting::hex(&module.sha256);
            facts.push(format!("SHA-256 {}…{}", &sha256[..8], &sha256[sha256.len() - 4..]));
        }
        facts.iter().map(|fact| super::diff::visible(fact.as_bytes(), 200).text).collect()
    }

    /// The row of figures.
    fn push_summary(&self, out: &mut Markup) {
        let Report { trace, scenario, .. } = self.report;
        let ended = outcome::text(self.language, trace, scenario);
        let status = trace.exchanges.first().and_then(|exchange| exchange.downstream.as_ref());
        let client = status.map(|sent| {
            let status = sent.headers.text(":status").unwrap_or_default().to_owned();
            (status, sent.body.len())
        });
        let figures = words::figures(
            self.language,
            &words::Figures {
                outcome: (mark(ended.severity), ended.word),
                met: (!self.verdicts.is_empty()).then(|| expectations::tally(&self.verdicts)),
                client,
                requests: trace.exchanges.len(),
                summary: &self.summary,
                sides: self.sides(),
                findings: self.findings.len(),
                worst: self.findings.worst(),
            },
        );
        out.raw("<dl class=\"summary\">\n");
        for (place, (label, figure, more)) in figures.into_iter().enumerate() {
            let class = if place == 0 { class(ended.severity) } else { "" };
            out.raw("<div><dt>").text(&label).put(format_args!("</dt><dd class=\"figure {class}\">"));
            out.text(&figure).raw("</dd><dd>").text(&more).raw("</dd></div>\n");
        }
        out.raw("</dl>\n");
    }

    /// Number of changes on the way to the upstream, and on the way back.
    fn sides(&self) -> (usize, usize) {
        let items = self.changes.iter().flat_map(|changes| {
            changes.items().iter().filter_map(|item| changes.sections.get(usize::from(item.section)))
        });
        items.fold((0, 0), |(there, back), section| match section.part.is_towards_upstream() {
            true => (there + 1, back),
            false => (there, back + 1),
        })
    }

    fn push_story(&self, out: &mut Markup) {
        let Report { trace, scenario, .. } = self.report;
        out.raw("<section id=\"story\">\n<h2 class=\"hidden\">");
        out.text(words::section(self.language, "story")).raw("</h2>\n");
        let ended = outcome::text(self.language, trace, scenario);
        out.raw("<p class=\"story\">");
        if self.changes.is_empty() || self.has_several() {
            out.text(ended.word).text(words::colon(self.language)).prose(&ended.sentence);
        } else {
            out.prose(&self.story(0));
        }
        out.raw("</p>\n");
        if self.has_several() {
            self.push_requests(out);
        }
        out.raw("</section>\n");
    }

    fn story(&self, exchange: usize) -> Text {
        let Some(changes) = self.changes.get(exchange) else { return Text::default() };
        story::story(self.language, self.report.trace, changes, exchange)
    }

    /// How each of several requests ended.
    fn push_requests(&self, out: &mut Markup) {
        let Report { trace, scenario, .. } = self.report;
        let heads = words::request_columns(self.language);
        push_table(out, "list", &heads, |out| {
            for number in 0..trace.exchanges.len().min(MOST_LISTED) {
                let ended = outcome::of_request(self.language, trace, scenario, number);
                out.raw("<tr><td class=\"figure\">");
                match number < self.changes.len() {
                    true => out.put(format_args!("<a href=\"#request-{0}\">{0}</a>", number + 1)),
                    false => out.text(&units::number(number + 1)),
                };
                out.raw("</td><td>").code(&self.request_line(number));
                out.put(format_args!("</td><td class=\"name {}\">", class(ended.severity)));
                out.text(mark(ended.severity)).text(" ").text(ended.word).raw("</td><td>");
                out.prose(&ended.sentence).raw("</td><td class=\"figure\">");
                if let Some(changes) = self.changes.get(number) {
                    out.text(&units::number(changes.items().len()));
                }
                out.raw("</td></tr>\n");
            }
        });
        self.push_left_out(out, trace.exchanges.len(), MOST_LISTED, words::left_out_requests);
    }

    /// Method and path of a request.
    fn request_line(&self, exchange: usize) -> String {
        let request = self.report.trace.exchanges.get(exchange).and_then(|found| found.request.as_ref());
        let of = |name: &str| request.and_then(|request| request.headers.text(name)).unwrap_or_default();
        let line = format!("{} {}", of(":method"), of(":path"));
        super::diff::visible(line.trim().as_bytes(), 200).text
    }

    /// Says that a list ends before what there is.
    fn push_left_out(
        &self,
        out: &mut Markup,
        count: usize,
        shown: usize,
        say: impl Fn(Language, usize, usize) -> String,
    ) {
        if count > shown {
            out.note(&say(self.language, shown, count));
        }
    }
}

/// A table with heads for its columns; those whose name begins with a space hold figures.
fn push_table(out: &mut Markup, class: &str, heads: &[&str], rows: impl FnOnce(&mut Markup)) {
    out.put(format_args!("<div class=\"scroll\"><table class=\"{class}\">\n<thead><tr>"));
    for head in heads {
        out.raw(if head.starts_with(' ') {
            "<th scope=\"col\" class=\"figure\">"
        } else {
            "<th scope=\"col\">"
        });
        out.text(head.trim()).raw("</th>");
    }
    out.raw("</tr></thead>\n<tbody>\n");
    rows(out);
    out.raw("</tbody>\n</table></div>\n");
}

fn class(severity: Severity) -> &'static str {
    match severity {
        Severity::Ok => "ok",
        Severity::Note => "muted",
        Severity::Warning => "warn",
        Severity::Error => "error",
    }
}

/// A sign that says the same as the colour.
fn mark(severity: Severity) -> &'static str {
    match severity {
        Severity::Ok => "✓",
        Severity::Note => "·",
        Severity::Warning => "!",
        Severity::Error => "✗",
    }
}

/// A range of rows, as indices.
fn rows_of(range: &Range<u32>) -> Range<usize> {
    range.start as usize..range.end as usize
}
