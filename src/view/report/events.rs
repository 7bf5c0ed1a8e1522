//! What happened, in lists: the timeline, callouts, host calls, log lines, findings.

use super::markup::Markup;
use super::{Page, class, mark, push_table};
use crate::trace::EventId;
use crate::view::findings::{self, Card};
use crate::view::sentences::{Severity, callout, report as words};
use crate::view::timeline::{self, Answer, Axis, Row, RowRole};
use crate::view::{call, call_line, host_calls, logs, secrets, units};

/// Most rows of each list.
const MOST_ROWS: usize = 1_500;
pub(super) const MOST_CALLS: usize = 2_000;
const MOST_LOGS: usize = 2_000;
const MOST_CALLOUTS: usize = 500;
const MOST_OCCURRENCES: usize = 20;
/// Most lines of a log message, and its longest value in bytes.
const MOST_LINES: usize = 40;
const MOST_MESSAGE: usize = 4 << 10;
const MOST_VALUE: usize = 300;

/// Width of the picture in which bars stand, in its own units.
const WIDTH: f64 = 1_000.0;
/// Largest part of it that waits on the virtual clock take, and the width of one if there are few.
const MOST_WAITING: f64 = 0.3 * WIDTH;
const WAIT: f64 = 24.0;

/// Where bars stand.
struct Scale<'a> {
    axis: &'a Axis,
    wait: f64,
}

impl<'a> Scale<'a> {
    fn new(axis: &'a Axis) -> Self {
        let count = axis.waits().len().max(1) as f64;
        Self { axis, wait: WAIT.min(MOST_WAITING / count) }
    }

    /// Where measured time `nanos` stands at an event.
    fn at(&self, nanos: u64, event: EventId) -> f64 {
        let measured = WIDTH - self.wait * self.axis.waits().len() as f64;
        let share = nanos as f64 / self.axis.total().max(1) as f64;
        measured * share + self.wait * self.axis.waits_before(event) as f64
    }
}

impl Page<'_> {
    pub(super) fn push_timeline(&self, out: &mut Markup) {
        let name = words::section(self.language, "timeline");
        out.raw("<section id=\"timeline\">\n<h2>").text(name).raw("<small>");
        out.text(words::not_to_scale(self.language)).raw("</small></h2>\n");
        let axis = Axis::new(self.report.trace, &self.timeline);
        let scale = Scale::new(&axis);
        let is_shown = |row: &&Row| !matches!(row.role, RowRole::Call | RowRole::Log);
        let heads = words::timeline_columns(self.language);
        push_table(out, "list timeline", &heads, |out| {
            let rows = self.timeline.rows().iter().enumerate();
            for (place, row) in rows.filter(|(_, row)| is_shown(row)).take(MOST_ROWS) {
                self.push_event(out, place, row, &scale);
            }
        });
        let count = self.timeline.rows().iter().filter(is_shown).count();
        self.push_left_out(out, count, MOST_ROWS, words::left_out_rows);
        out.raw("</section>\n");
    }

    fn push_event(&self, out: &mut Markup, place: usize, row: &Row, scale: &Scale<'_>) {
        let trace = self.report.trace;
        let totals = self.timeline.totals(place);
        let (title, more) = timeline::describe(trace, row, totals, self.language);
        let is_measured = row.role == RowRole::Callback || row.role.is_group();
        let line = if is_measured { "" } else { " class=\"step\"" };
        let indent = if row.depth > 0 { "indent" } else { "" };
        out.put(format_args!("<tr{line}><td class=\"{indent}\">"));
        match row.role {
            RowRole::Callback => out.code(&title),
            _ if is_measured => out.raw("<span class=\"strong\">").text(&title).raw("</span>"),
            _ => out.text(&title),
        };
        if !more.is_empty() {
            out.raw(if title.is_empty() { "" } else { " " })
                .raw("<span class=\"muted\">")
                .prose(&more)
                .raw("</span>");
        }
        out.raw("</td><td class=\"name\">");
        self.push_answer(out, row);
        out.raw("</td><td class=\"bar\">");
        if is_measured {
            push_bar(out, row, totals.host_nanos, scale);
        }
        out.raw("</td><td class=\"figure\">");
        let at = trace.event(row.event).map_or(0, |event| event.at);
        out.text(&if is_measured { units::nanos(row.length) } else { units::nanos(at) });
        out.raw("</td></tr>\n");
    }

    fn push_answer(&self, out: &mut Markup, row: &Row) {
        let answer = match row.role {
            RowRole::Callback => Answer::of(self.report.trace, self.report.scenario, row.event),
            _ => Answer::Nothing,
        };
        let (class, word) = match answer {
            _ if row.has_failed => ("error", words::failed(self.language)),
            Answer::Continue => ("ok", answer.word()),
            Answer::Pause(_) => ("warn", answer.word()),
            _ => ("muted", answer.word()),
        };
        if !word.is_empty() {
            out.put(format_args!("<span class=\"strong {class}\">")).text(word).raw("</span>");
        }
    }

    pub(super) fn push_callouts(&self, out: &mut Markup) {
        let trace = self.report.trace;
        if trace.callouts.is_empty() {
            return;
        }
        out.raw("<section id=\"callouts\">\n<h2>")
            .text(words::section(self.language, "callouts"))
            .raw("</h2>\n");
        push_table(out, "list", &words::callout_columns(self.language), |out| {
            for found in trace.callouts.iter().take(MOST_CALLOUTS) {
                let of =
                    |name: &[u8]| found.request.headers.get(name).map(|value| &value[..]).unwrap_or_default();
                let line = [of(b":method"), of(b":path")].join(&b' ');
                out.raw("<tr><td>").bytes(found.upstream.as_bytes(), MOST_VALUE).raw("</td><td>");
                out.bytes(line.trim_ascii(), MOST_VALUE)
                    .raw("</td><td>")
                    .text(&callout::end(self.language, found));
                out.raw("</td><td>");
                if let Some((call, number)) = trace.call_of(found.event) {
                    self.push_call_link(out, number, &format!(" {}", call.short_name()));
                }
                out.raw("</td></tr>\n");
            }
        });
        self.push_left_out(out, trace.callouts.len(), MOST_CALLOUTS, words::left_out_rows);
        out.raw("</section>\n");
    }

    pub(super) fn push_calls(&self, out: &mut Markup) {
        out.raw("<section id=\"calls\">\n<h2>").text(words::section(self.language, "calls")).raw("</h2>\n");
        if self.calls.rows.is_empty() {
            out.note(words::no_calls(self.language));
        } else {
            push_table(out, "list", &words::call_columns(self.language), |out| {
                self.calls.rows.iter().take(MOST_CALLS).for_each(|row| self.push_call(out, row));
            });
        }
        self.push_left_out(out, self.calls.rows.len(), MOST_CALLS, words::left_out_rows);
        out.raw("</section>\n");
    }

    fn push_call(&self, out: &mut Markup, row: &host_calls::CallRow) {
        let trace = self.report.trace;
        let number = row.number;
        out.put(format_args!(
            "<tr id=\"call-{number}\"><td class=\"figure\">#{number}</td><td class=\"name\">"
        ));
        out.code(row.call.short_name()).raw("</td><td>");
        let said = call::decode(trace, row.event).map(|mut call| {
            if self.report.masks {
                secrets::mask_call(&mut call);
            }
            call_line::summary(self.language, trace, &call)
        });
        out.bytes(said.unwrap_or_default().as_bytes(), MOST_MESSAGE).raw("</td><td class=\"name ");
        out.raw(if row.is_ok() { "muted" } else { "warn" })
            .raw("\">")
            .text(&row.status())
            .raw("</td><td class=\"name\">");
        if let Some((callback, _)) = row.callback {
            out.code(callback.short_name());
        }
        let bytes = host_calls::bytes_of(trace, row.event);
        out.raw("</td><td class=\"figure\">").text(&units::bytes(bytes)).raw("</td><td class=\"figure\">");
        out.text(&units::duration(trace.duration(row.event))).raw("</td></tr>\n");
    }

    pub(super) fn push_logs(&self, out: &mut Markup) {
        let (trace, floor) = (self.report.trace, self.report.scenario.log_level);
        out.raw("<section id=\"logs\">\n<h2>").text(words::section(self.language, "logs")).raw("</h2>\n");
        let count = trace.logs().filter(|line| line.level >= floor).count();
        if count == 0 {
            out.note(words::no_logs(self.language));
        } else {
            push_table(out, "list", &words::log_columns(self.language), |out| {
                for line in trace.logs().filter(|line| line.level >= floor).take(MOST_LOGS) {
                    use crate::abi::LogLevel::{Critical, Error, Warn};
                    let class = match line.level {
                        Warn => "warn",
                        Error | Critical => "error",
                        _ => "muted",
                    };
                    out.raw("<tr><td class=\"figure\">").text(&units::nanos(line.at));
                    out.put(format_args!("</td><td class=\"name {class}\">"))
                        .text(line.level.name())
                        .raw("</td><td>");
                    let shown = logs::all_lines(line.message, MOST_LINES, MOST_MESSAGE);
                    for (place, line) in shown.split('\n').enumerate() {
                        out.raw(if place > 0 { "<br>" } else { "" }).code(line);
                    }
                    out.raw("</td><td class=\"figure\">");
                    if let Some((_, number)) = logs::call_of(trace, line.event) {
                        self.push_call_link(out, number, "");
                    }
                    out.raw("</td></tr>\n");
                }
            });
        }
        self.push_left_out(out, count, MOST_LOGS, words::left_out_rows);
        out.raw("</section>\n");
    }

    pub(super) fn push_findings(&self, out: &mut Markup) {
        out.raw("<section id=\"findings\">\n<h2>")
            .text(words::section(self.language, "findings"))
            .raw("</h2>\n");
        if self.findings.is_empty() {
            out.note(words::no_findings(self.language));
        }
        for group in self.findings.groups() {
            let Some(first) = group.first() else { continue };
            let card =
                Card::new(self.language, self.report.trace, self.report.scenario, first.event, first.finding);
            out.put(format_args!("<article class=\"finding {}\"><h3>", class(group.severity)));
            out.put(format_args!("<span class=\"word {}\">", class(group.severity)));
            out.text(mark(group.severity)).text(" ").text(card.word).raw("</span>").prose(&card.text.title);
            out.raw(" <small>").code(card.text.id).raw("</small></h3>\n<p class=\"note\">");
            if !card.place.is_empty() {
                out.prose(&card.place).raw(" · ");
            }
            out.text(&findings::times(self.language, group))
                .raw("</p>\n<p>")
                .prose(&card.text.why)
                .raw("</p>\n<p><b>");
            out.text(words::what_to_do(self.language))
                .raw("</b> ")
                .prose(&card.text.what_to_do)
                .raw("</p>\n");
            if group.len() > 1 {
                self.push_occurrences(out, group);
            }
            out.raw("</article>\n");
        }
        out.raw("</section>\n");
    }

    /// Where a finding was found, if more than once.
    fn push_occurrences(&self, out: &mut Markup, group: &findings::Group) {
        out.raw("<details><summary>").text(words::everywhere(self.language)).raw("</summary>\n<ul>\n");
        for found in group.occurrences.iter().take(MOST_OCCURRENCES) {
            let place = findings::brief_place(self.language, self.report.trace, *found);
            let time = findings::brief_time(self.language, self.report.trace, *found);
            out.raw("<li>").code(&place).raw(" · ").text(&time).raw("</li>\n");
        }
        out.raw("</ul>\n");
        self.push_left_out(out, group.len(), MOST_OCCURRENCES, words::left_out_rows);
        out.raw("</details>\n");
    }

    /// A severity for something that is met or not.
    pub(super) fn push_mark(out: &mut Markup, severity: Severity, word: &str) {
        out.put(format_args!("<span class=\"word {}\">", class(severity)));
        out.text(mark(severity)).text(" ").text(word).raw("</span>");
    }
}

/// The bar of a callback: the filter's own time, and behind it that of the host.
fn push_bar(out: &mut Markup, row: &Row, host: u64, scale: &Scale<'_>) {
    let (begin, end) = (scale.at(row.begin, row.event), scale.at(row.begin + row.length, row.event));
    let width = (end - begin).clamp(3.0, WIDTH);
    let begin = begin.clamp(0.0, WIDTH - width);
    let host = width * (host.min(row.length) as f64 / row.length.max(1) as f64);
    out.raw("<svg class=\"lane\" viewBox=\"0 0 1000 10\" preserveAspectRatio=\"none\" aria-hidden=\"true\">");
    out.put(format_args!("<rect class=\"own\" x=\"{begin:.1}\" width=\"{width:.1}\" height=\"10\"/>"));
    if host > 0.0 {
        let at = begin + width - host;
        out.put(format_args!("<rect class=\"host\" x=\"{at:.1}\" width=\"{host:.1}\" height=\"10\"/>"));
    }
    out.raw("</svg>");
}
