//! A run as Markdown, for a chat or a pull request: the story, tables of what changed, logs, findings.
//!
//! Bounded: long lists end with how many more there are. Everything that comes from a message or a filter stands in code
//! that it cannot leave, whatever backticks, pipes or line breaks it holds.

use super::changes::{By, Changes, HeaderCell, HeaderRow, Moved, Section};
use super::diff::{BodyDiff, RowKind, visible};
use super::sentences::changes as words;
use super::sentences::{callout, filter_name, finding, outcome, pick, say};
use super::{Language, Text, logs, story, units};
use crate::scenario::Scenario;
use crate::trace::{EventId, EventKind, Trace};

/// Most lines of a body, log lines, callouts and findings that are listed.
const MOST_LINES: usize = 200;
const MOST_LOGS: usize = 50;
const MOST_CALLOUTS: usize = 20;
const MOST_FINDINGS: usize = 20;
/// Longest value in a table and longest log line, in bytes.
const MOST_VALUE: usize = 300;
/// Unchanged lines that stay beside a change.
const CONTEXT: usize = 2;

/// One exchange of a run, counted from 0, with the changes that were made to it.
pub struct Report<'a> {
    pub trace: &'a Trace,
    pub scenario: &'a Scenario,
    pub changes: &'a Changes,
    pub exchange: usize,
    /// Credentials are hidden.
    pub masks: bool,
}

/// The report as Markdown (GitHub's dialect), with a final newline.
pub fn report(language: Language, report: &Report<'_>) -> String {
    let Report { trace, scenario, changes, exchange, .. } = *report;
    let mut out = String::new();
    push_head(&mut out, language, report);
    let told = story::story(language, trace, changes, exchange);
    out += &format!("{}\n", prose(&told));
    for section in changes.sections.iter().filter(|section| section.counts.total() > 0 || is_edited(section))
    {
        let title = words::part(language, section.part);
        let summary = words::summary(language, section);
        out += &say!(language, "\n### {title}: {summary}\n\n", "\n### {title}：{summary}\n\n");
        match section.body() {
            None => push_headers(&mut out, language, section, report.masks),
            Some(body) => push_body(&mut out, language, section, body),
        }
    }
    push_callouts(&mut out, language, trace);
    push_logs(&mut out, language, trace);
    push_findings(&mut out, language, trace, scenario);
    out
}

/// A body that a filter wrote although its lines are the same.
fn is_edited(section: &Section) -> bool {
    section.body().is_some_and(|body| !section.writers.is_empty() && !body.is_same())
}

/// Filters, scenario and outcome in one line.
fn push_head(out: &mut String, language: Language, report: &Report<'_>) {
    let Report { trace, scenario, exchange, .. } = *report;
    let count = u16::try_from(scenario.chain.len()).unwrap_or(u16::MAX);
    let chain: Vec<String> = (0..count).map(|filter| code_span(&filter_name(scenario, filter))).collect();
    *out += &chain.join(" → ");
    if !scenario.name.trim().is_empty() {
        *out += &format!(" · {}", escaped(scenario.name.trim()));
    }
    let several = trace.exchanges.len() > 1;
    let ended = match several {
        true => outcome::of_request(language, trace, scenario, exchange),
        false => outcome::text(language, trace, scenario),
    };
    let (word, sentence) = (ended.word, prose(&ended.sentence));
    *out += &match language {
        Language::English => format!(" · **{word}**: {sentence}"),
        Language::SimplifiedChinese => format!(" · **{word}**：{sentence}"),
    };
    if several {
        let (number, of) = (units::number(exchange + 1), units::number(trace.exchanges.len()));
        *out += &say!(language, " (request {number} of {of})", "（第 {number} 个请求，共 {of} 个）");
    }
    *out += "\n\n";
}

/// Before, after and who wrote it, one row for each header that a filter changed.
fn push_headers(out: &mut String, language: Language, section: &Section, masks: bool) {
    let [before, after, by] = [("Before", "之前"), ("After", "之后"), ("Written by", "写入者")]
        .map(|(en, zh)| pick(language, en, zh));
    *out += &format!("| | {before} | {after} | {by} |\n|---|---|---|---|\n");
    let changed = |row: &&HeaderRow| row.kind != RowKind::Same && row.by != By::Host;
    let cell = |cell: &Option<HeaderCell>| {
        cell.as_ref().map_or(String::new(), |cell| {
            let value = if masks { cell.masked() } else { cell.value.clone() };
            table_code(&format!("{}: {value}", cell.name))
        })
    };
    let all = section.header_rows().iter().filter(changed);
    for row in all.clone().take(MOST_LINES) {
        let writers: Vec<String> = row
            .writers
            .iter()
            .map(|writer| code_span(&format!("#{} {}", writer.number, writer.call.short_name())))
            .collect();
        let sign = match row.kind {
            RowKind::Added => "+",
            RowKind::Removed => "−",
            RowKind::Changed => "~",
            RowKind::Moved | RowKind::Same => "⇅",
        };
        let moved = match &row.moved {
            None => String::new(),
            Some(Moved::First) => pick(language, " now first", " 移到最前").to_owned(),
            Some(Moved::After(name)) => {
                let name = table_code(name);
                say!(language, " now after {name}", " 移到 {name} 之后")
            }
        };
        *out += &format!(
            "| {sign} | {} | {}{moved} | {} |\n",
            cell(&row.before),
            cell(&row.after),
            writers.join(", ")
        );
    }
    push_more(out, language, all.count(), MOST_LINES);
}

/// The lines of a body that differ, as a `diff`.
fn push_body(out: &mut String, language: Language, section: &Section, body: &BodyDiff) {
    let mut lines = Vec::new();
    let mut shown_until = 0;
    let mut left_out = 0;
    for (rows, kind) in body.changed_runs() {
        if lines.len() >= MOST_LINES {
            left_out += rows.len();
            continue;
        }
        let begin = rows.start.saturating_sub(CONTEXT).max(shown_until);
        if begin > shown_until {
            lines.push("@@".to_owned());
        }
        lines.extend((begin..rows.start).filter_map(|row| line(body, row, false, ' ')));
        let room = MOST_LINES - lines.len().min(MOST_LINES);
        let (taken, rest) = (rows.clone().take(room), rows.len().saturating_sub(room));
        left_out += rest;
        if kind != RowKind::Added {
            lines.extend(taken.clone().filter_map(|row| line(body, row, true, '-')));
        }
        if kind != RowKind::Removed {
            lines.extend(taken.filter_map(|row| line(body, row, false, '+')));
        }
        let end = (rows.end + CONTEXT).min(body.len());
        // What follows may be the next change.
        let same =
            (rows.end..end).take_while(|row| body.place(*row).is_some_and(|at| at.kind == RowKind::Same));
        let until = same.last().map_or(rows.end, |last| last + 1);
        lines.extend((rows.end..until).filter_map(|row| line(body, row, false, ' ')));
        shown_until = until;
    }
    if lines.is_empty() {
        *out += pick(language, "The same values, written differently.\n", "值相同，只是写法不同。\n");
    } else {
        let text = lines.join("\n");
        let fence = fence(&text);
        *out += &format!("{fence}diff\n{text}\n{fence}\n");
    }
    push_more(out, language, left_out, 0);
    if !section.writers.is_empty() {
        let writers: Vec<String> = section
            .writers
            .iter()
            .take(MOST_CALLOUTS)
            .map(|writer| code_span(&format!("#{} {}", writer.number, writer.call.short_name())))
            .collect();
        let writers = writers.join(", ");
        *out += &say!(language, "\nWritten by {writers}.\n", "\n写入者：{writers}。\n");
    }
}

fn line(body: &BodyDiff, row: usize, before: bool, sign: char) -> Option<String> {
    let row = body.row(row)?;
    let cell = if before { row.before } else { row.after.or(row.before) }?;
    Some(format!("{sign} {}", cell.text))
}

fn push_callouts(out: &mut String, language: Language, trace: &Trace) {
    if trace.callouts.is_empty() {
        return;
    }
    let [title, upstream, request, end] =
        [("Callouts", "外部调用"), ("Upstream", "上游"), ("Request", "请求"), ("Result", "结果")]
            .map(|(en, zh)| pick(language, en, zh));
    *out += &format!("\n### {title}\n\n| {upstream} | {request} | {end} |\n|---|---|---|\n");
    for found in trace.callouts.iter().take(MOST_CALLOUTS) {
        let of = |name: &[u8]| found.request.headers.get(name).map(|value| &value[..]).unwrap_or_default();
        let line = [of(b":method"), of(b":path")].join(&b' ');
        let line = visible(&line, MOST_VALUE).text;
        let ended = escaped(&callout::end(language, found));
        *out += &format!("| {} | {} | {ended} |\n", table_code(&found.upstream), table_code(line.trim()));
    }
    push_more(out, language, trace.callouts.len(), MOST_CALLOUTS);
}

fn push_logs(out: &mut String, language: Language, trace: &Trace) {
    let count = trace.logs().count();
    if count == 0 {
        return;
    }
    let title = pick(language, "Logs", "日志");
    let lines: Vec<String> = trace
        .logs()
        .take(MOST_LOGS)
        .map(|line| {
            let call = logs::call_of(trace, line.event).map(|(_, number)| format!("  #{number}"));
            let message = visible(line.message, MOST_VALUE);
            let dots = if message.is_cut { "…" } else { "" };
            let at = units::nanos(line.at);
            let level = line.level.name();
            format!("{at:>7} {level:<8} {}{dots}{}", message.text, call.unwrap_or_default())
        })
        .collect();
    let text = lines.join("\n");
    let fence = fence(&text);
    *out += &format!("\n### {title}\n\n{fence}text\n{text}\n{fence}\n");
    push_more(out, language, count, MOST_LOGS);
}

fn push_findings(out: &mut String, language: Language, trace: &Trace, scenario: &Scenario) {
    let count = trace.findings().count();
    if count == 0 {
        return;
    }
    let title = pick(language, "Findings", "发现");
    *out += &format!("\n### {title}\n\n");
    for (event, found) in trace.findings().take(MOST_FINDINGS) {
        let words = finding::text(language, found);
        let place = place_of(language, trace, scenario, event);
        *out += &format!(
            "- **{}** ({}){place}: {} {}\n",
            prose(&words.title),
            code_span(words.id),
            prose(&words.why),
            prose(&words.what_to_do)
        );
    }
    push_more(out, language, count, MOST_FINDINGS);
}

/// In which callback of which filter an event lies.
fn place_of(language: Language, trace: &Trace, scenario: &Scenario, event: EventId) -> String {
    let mut at = Some(event);
    // Each step goes to an earlier event.
    while let Some(id) = at {
        let Some(found) = trace.event(id) else { break };
        if let EventKind::Callback { callback, filter, .. } = found.kind {
            let callback = code_span(callback.short_name());
            return match scenario.chain.len() {
                1 => say!(language, ", {callback}", "，{callback}"),
                _ => {
                    let filter = code_span(&filter_name(scenario, filter));
                    say!(language, ", {callback} of {filter}", "，{filter} 的 {callback}")
                }
            };
        }
        at = found.parent;
    }
    String::new()
}

/// Says how many of `count` are left out after `shown`.
fn push_more(out: &mut String, language: Language, count: usize, shown: usize) {
    let more = count.saturating_sub(shown);
    if more > 0 {
        let more = units::number(more);
        *out += &say!(language, "\n… and {more} more.\n", "\n……另有 {more} 条。\n");
    }
}

/// A sentence with its code as code.
fn prose(text: &Text) -> String {
    text.pieces().map(|(piece, is_code)| if is_code { code_span(piece) } else { escaped(piece) }).collect()
}

/// Words as they are: without what Markdown would read as markup.
fn escaped(words: &str) -> String {
    let mut out = String::with_capacity(words.len());
    for c in words.chars() {
        if matches!(c, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '#' | '~') {
            out.push('\\');
        }
        out.push(if c.is_control() { ' ' } else { c });
    }
    out
}

/// Longest run of backticks in a text.
fn backticks(text: &str) -> usize {
    let mut longest = 0;
    let mut run = 0;
    for c in text.chars() {
        run = if c == '`' { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    longest
}

/// A fence that the text cannot close (CommonMark 0.31, section 4.5).
fn fence(text: &str) -> String {
    "`".repeat((backticks(text) + 1).max(3))
}

/// Code within a line, whatever backticks it holds (CommonMark 0.31, section 6.1).
pub fn code_span(text: &str) -> String {
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.trim().is_empty() {
        return text;
    }
    let ticks = "`".repeat(backticks(&text) + usize::from(!text.is_empty()));
    let pad = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    format!("{ticks}{pad}{text}{pad}{ticks}")
}

/// Code in a cell: a pipe would end the cell even there. Long values are cut.
fn table_code(text: &str) -> String {
    let shown = visible(text.as_bytes(), MOST_VALUE);
    let dots = if shown.is_cut { "…" } else { "" };
    code_span(&format!("{}{dots}", shown.text)).replace('|', "\\|")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_holds_any_backticks_and_pipes() {
        assert_eq!(code_span("a"), "`a`");
        assert_eq!(code_span("a`b"), "``a`b``");
        assert_eq!(code_span("`a``"), "``` `a`` ```");
        assert_eq!(code_span("a\nb"), "`a b`");
        assert_eq!(table_code("a|b"), "`a\\|b`");
        assert_eq!(fence("x\n````\n"), "`````");
        assert_eq!(escaped("a*b_c|<d>"), "a\\*b\\_c\\|\\<d\\>");
    }
}
