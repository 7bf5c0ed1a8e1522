//! What the run was made of: expectations, scenario, modules.

use super::Page;
use super::markup::Markup;
use crate::scenario::{Expectation, Filter, Scenario, Subject};
use crate::view::diff::visible;
use crate::view::expectations::{State, Verdict};
use crate::view::preflight::Preflight;
use crate::view::sentences::{Severity, expectation, filter_name, report as words};
use crate::view::{Text, masking, secrets, units};

/// Most expectations that are listed.
const MOST_EXPECTATIONS: usize = 1_000;
/// Longest scenario that is shown, in bytes of its JSON.
const MOST_SCENARIO: usize = 256 << 10;
/// Longest value in a list of facts, in bytes.
const MOST_VALUE: usize = 300;

impl Page<'_> {
    pub(super) fn push_expectations(&self, out: &mut Markup) {
        let expected = &self.report.scenario.expect;
        if expected.is_empty() {
            return;
        }
        let name = words::section(self.language, "expectations");
        out.raw("<section id=\"expectations\">\n<h2>").text(name).raw("</h2>\n");
        super::push_table(out, "list", &words::expectation_columns(self.language), |out| {
            for (expectation, verdict) in expected.iter().zip(&self.verdicts).take(MOST_EXPECTATIONS) {
                let (severity, word) = match &verdict.state {
                    State::Met => (Severity::Ok, words::met(self.language)),
                    State::NotMet | State::Wrong(_) => (Severity::Error, words::not_met(self.language)),
                    State::Off => (Severity::Note, words::off(self.language)),
                };
                out.raw("<tr><td class=\"name\">");
                Self::push_mark(out, severity, word);
                out.raw("</td><td>");
                let notation = self.masked_notation(expectation);
                out.bytes(notation.as_bytes(), MOST_VALUE).raw("</td><td>");
                out.prose(&self.masked_verdict(expectation, verdict)).raw("</td></tr>\n");
            }
        });
        self.push_left_out(out, expected.len(), MOST_EXPECTATIONS, words::left_out_rows);
        out.raw("</section>\n");
    }

    fn masked_notation(&self, expected: &Expectation) -> String {
        if !self.report.masks {
            return expectation::notation(expected);
        }
        let mut masked = Scenario { expect: vec![expected.clone()], ..Scenario::default() };
        masking::mask(&mut masked);
        masked.expect.first().map(expectation::notation).unwrap_or_default()
    }

    /// What was found, unless that is a credential.
    fn masked_verdict(&self, expected: &Expectation, verdict: &Verdict) -> Text {
        let name = expected.name.to_ascii_lowercase();
        let is_header = matches!(
            expected.that,
            Subject::UpstreamHeader | Subject::DownstreamHeader | Subject::CalloutHeader
        );
        let may_tell = expected.name.is_empty() && is_header;
        if self.report.masks && (may_tell || secrets::is_secret(name.as_bytes())) {
            return Text::default();
        }
        expectation::verdict(self.language, expected, verdict)
    }

    pub(super) fn push_scenario(&self, out: &mut Markup) {
        let scenario = self.report.scenario;
        out.raw("<section id=\"scenario\">\n<h2>").text(words::section(self.language, "scenario"));
        out.raw("</h2>\n<dl class=\"facts\">\n");
        for (label, value) in words::scenario_facts(self.language, scenario) {
            push_fact(out, &label, &value, "");
        }
        out.raw("</dl>\n");
        let mut shown = scenario.clone();
        if self.report.masks {
            masking::mask(&mut shown);
        }
        for filter in &mut shown.chain {
            if let Some(module) = filter.module.take() {
                filter.sha256 = crate::run::hash(&module.0);
            }
        }
        let json = shown.to_json();
        out.raw("<details><summary>").text(words::whole_scenario(self.language)).raw("</summary>\n<pre>");
        let mut end = json.len().min(MOST_SCENARIO);
        while !json.is_char_boundary(end) {
            end -= 1;
        }
        for line in json[..end].split('\n') {
            out.text(&visible(line.as_bytes(), line.len()).text).raw("\n");
        }
        out.raw("</pre>\n");
        self.push_left_out(out, json.len(), MOST_SCENARIO, words::left_out_bytes);
        out.raw("</details>\n</section>\n");
    }

    pub(super) fn push_modules(&self, out: &mut Markup) {
        out.raw("<section id=\"module\">\n<h2>").text(words::section(self.language, "module")).raw("</h2>\n");
        for (place, filter) in self.report.scenario.chain.iter().enumerate() {
            self.push_module(out, place, filter);
        }
        out.raw("</section>\n");
    }

    fn push_module(&self, out: &mut Markup, place: usize, filter: &Filter) {
        let name = filter_name(self.report.scenario, u16::try_from(place).unwrap_or(u16::MAX));
        out.raw("<h3>").text(&visible(name.as_bytes(), MOST_VALUE).text).raw("</h3>\n<dl class=\"facts\">\n");
        for (label, value) in words::filter_facts(self.language, filter) {
            push_fact(out, &label, &value, "");
        }
        let Some(facts) = self.report.modules.get(place) else {
            out.raw("</dl>\n").note(words::unread(self.language));
            return;
        };
        let preflight = Preflight::new(self.language, &filter.module_name(), facts, None);
        // The whole hash follows.
        for fact in preflight.facts.iter().filter(|fact| fact.label != "SHA-256") {
            push_fact(out, fact.label, &fact.value, &fact.note);
        }
        push_fact(out, "SHA-256", &hex(&facts.sha256), "");
        out.raw("</dl>\n");
        super::push_table(out, "list", &words::host_columns(self.language), |out| {
            for host in &preflight.hosts {
                out.raw("<tr><td class=\"name\">")
                    .text(host.name)
                    .raw(" <span class=\"muted\">")
                    .text(host.note);
                out.raw("</span></td><td class=\"name\">");
                Self::push_mark(out, host.severity, host.verdict);
                out.raw("</td><td>").text(&host.reason).raw("</td></tr>\n");
            }
        });
        let imports = units::number(preflight.imports.len() + preflight.wasi.len());
        out.raw("<details><summary>").text(&words::imports(self.language, &imports)).raw("</summary>\n<p>");
        for (place, import) in preflight.imports.iter().chain(&preflight.wasi).enumerate() {
            out.raw(if place > 0 { ", " } else { "" }).bytes(import.name.as_bytes(), MOST_VALUE);
        }
        out.raw("</p>\n</details>\n");
    }
}

fn push_fact(out: &mut Markup, label: &str, value: &str, note: &str) {
    out.raw("<dt>").text(label).raw("</dt><dd>").text(&visible(value.as_bytes(), MOST_VALUE).text);
    if !note.is_empty() {
        out.raw(" <span class=\"muted\">").text(&visible(note.as_bytes(), MOST_VALUE).text).raw("</span>");
    }
    out.raw("</dd>\n");
}

/// Bytes in hexadecimal.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
