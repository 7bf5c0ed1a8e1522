//! What is said about two runs, or two builds, side by side.

use super::{Text, pick, say};
use crate::trace::Part;
use crate::view::compare::cost::{Cost, Kind, Verdict};
use crate::view::compare::{Comparison, Differs, Rows, Section, Topic};
use crate::view::diff::{BodyDiff, Layout, RowKind};
use crate::view::{Language, units};

/// Most differences that are told in a row of a list.
const TOLD: usize = 3;
/// Longest value that is told there, in characters.
const SHORT: usize = 24;

/// The heading of a section.
pub fn topic(language: Language, topic: Topic) -> &'static str {
    let (english, chinese) = match topic {
        Topic::Outcome => ("Ending", "结局"),
        Topic::Part(Part::RequestHeaders) => ("Request headers to the upstream", "发往上游的请求头"),
        Topic::Part(Part::RequestBody) => ("Request body to the upstream", "发往上游的请求体"),
        Topic::Part(Part::RequestTrailers) => ("Request trailers to the upstream", "发往上游的请求尾部"),
        Topic::Part(Part::ResponseHeaders) => ("Response headers to the client", "发往客户端的响应头"),
        Topic::Part(Part::ResponseBody) => ("Response body to the client", "发往客户端的响应体"),
        Topic::Part(Part::ResponseTrailers) => ("Response trailers to the client", "发往客户端的响应尾部"),
        Topic::Part(Part::DownstreamData) => ("Data to the upstream", "发往上游的数据"),
        Topic::Part(Part::UpstreamData) => ("Data to the client", "发往客户端的数据"),
        Topic::Part(part) => return super::changes::part(language, part),
        Topic::Metrics => ("Metrics", "指标"),
        Topic::Calls => ("Host calls", "宿主调用"),
        Topic::Callbacks => ("Callbacks", "回调"),
        Topic::Logs => ("Log lines", "日志"),
        Topic::Findings => ("Findings", "发现"),
    };
    pick(language, english, chinese)
}

/// A topic in the middle of a sentence.
fn named(language: Language, of: Topic) -> String {
    let name = match of {
        Topic::Part(part) => super::changes::part(language, part),
        other => topic(language, other),
    };
    match language {
        Language::English => name.to_lowercase(),
        Language::SimplifiedChinese => name.to_owned(),
    }
}

/// What differs in a section: `17 → 19, 1 changed, 2 added`.
pub fn summary(language: Language, section: &Section) -> String {
    if !section.differs() {
        let (count, _) = section.sizes();
        let count = units::number(count);
        return match section.rows {
            Rows::Lines { .. } => say!(language, "{count}, the same", "{count}，相同"),
            _ => same(language).to_owned(),
        };
    }
    let counts = super::changes::counts(language, section.counts);
    match &section.rows {
        Rows::Lines { .. } => {
            let (a, b) = section.sizes();
            let (a, b) = (units::number(a), units::number(b));
            let sizes = if a == b { a } else { format!("{a} → {b}") };
            say!(language, "{sizes}, {counts}", "{sizes}，{counts}")
        }
        Rows::Body { diff, .. } => {
            let (a, b) = diff.sizes();
            format!("{counts} · {}", units::size_change(a, b))
        }
        Rows::Headers { .. } => counts,
    }
}

pub fn same(language: Language) -> &'static str {
    pick(language, "the same", "相同")
}

/// Of a callback: it trapped, or was stopped.
pub fn did_not_return(language: Language) -> &'static str {
    pick(language, "did not return", "没有返回")
}

/// The sentence above two runs.
pub fn sentence(language: Language, comparison: &Comparison, costs: &[Cost]) -> Text {
    let differing = comparison.sections.iter().filter(|section| section.differs());
    let (seen, hidden): (Vec<_>, Vec<_>) = differing.partition(|section| is_output(section.topic));
    let names = |sections: &[&Section]| {
        let names: Vec<String> = sections.iter().map(|section| named(language, section.topic)).collect();
        super::list(language, &names)
    };
    let what = match (seen.is_empty(), hidden.is_empty()) {
        (true, true) => pick(language, "B does the same as A", "B 与 A 的行为相同").to_owned(),
        (false, _) => {
            let names = names(&seen);
            say!(language, "B differs from A in {names}", "B 与 A 的不同之处：{names}")
        }
        (true, false) => {
            let names = names(&hidden);
            say!(
                language,
                "upstream and client get the same from both; only {names} differ",
                "上游和客户端收到的内容相同，只有{names}不同"
            )
        }
    };
    // Who ended elsewhere did something else for its instructions.
    let ended_alike = comparison.section(Topic::Outcome).is_none_or(|section| !section.differs());
    let costs = if ended_alike { costs } else { &[] };
    let instructions = costs.iter().find(|cost| cost.kind == Kind::Instructions);
    let costs = match instructions.map(|cost| cost.verdict) {
        None => String::new(),
        Some(Verdict::Same) => {
            pick(language, ", with as many instructions per request", "，每个请求的指令数相同").to_owned()
        }
        Some(Verdict::Less(percent)) => {
            say!(
                language,
                ", and needs {percent} % fewer instructions per request",
                "，每个请求少用 {percent}% 的指令"
            )
        }
        Some(Verdict::More(percent)) => {
            say!(
                language,
                ", and needs {percent} % more instructions per request",
                "，每个请求多用 {percent}% 的指令"
            )
        }
    };
    let what = capitalized(&what);
    Text::from(say!(language, "{what}{costs}.", "{what}{costs}。"))
}

fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// Somebody outside the filters sees it.
fn is_output(topic: Topic) -> bool {
    matches!(topic, Topic::Outcome | Topic::Part(_))
}

/// What differs, in a few words: `x-masked-by: 0.4.1 → 0.5.0; response body, 2 values; hits 5 → 7`.
pub fn what_differs(language: Language, comparison: &Comparison) -> String {
    let mut told: Vec<String> = Vec::new();
    for section in comparison.sections.iter().filter(|section| section.differs()) {
        match &section.rows {
            Rows::Headers { rows, .. } => {
                let differing = rows.iter().filter(|row| row.kind != RowKind::Same);
                told.extend(differing.map(|row| header(language, row)));
            }
            Rows::Body { diff, .. } => told.push(body(language, section, diff)),
            Rows::Lines { diff, .. } if matches!(section.topic, Topic::Outcome | Topic::Metrics) => {
                let rows = diff.changed_runs().flat_map(|(rows, _)| rows);
                told.extend(rows.take(TOLD + 1).filter_map(|row| line(diff, row)));
            }
            Rows::Lines { .. } => {
                let (a, b) = section.sizes();
                let (name, a, b) = (named(language, section.topic), units::number(a), units::number(b));
                told.push(if a == b { name } else { format!("{name} {a} → {b}") });
            }
        }
        if told.len() > TOLD {
            break;
        }
    }
    let more = told.len() > TOLD;
    told.truncate(TOLD);
    let joined = told.join(pick(language, "; ", "；"));
    if more { format!("{joined} …") } else { joined }
}

fn header(language: Language, row: &crate::view::changes::HeaderRow) -> String {
    let cells = [row.before.as_ref(), row.after.as_ref()];
    let name = cells.into_iter().flatten().next().map(|cell| cell.name.clone()).unwrap_or_default();
    let [before, after] = cells.map(|cell| cell.map(|cell| shortened(&cell.masked())));
    match (row.kind, before, after) {
        (RowKind::Added, _, _) => say!(language, "{name} is there now", "现在有 {name}"),
        (RowKind::Removed, _, _) => say!(language, "{name} is no longer there", "不再有 {name}"),
        (RowKind::Moved, _, _) => say!(language, "{name} stands elsewhere", "{name} 的位置不同"),
        (_, Some(before), Some(after)) => format!("{name}: {before} → {after}"),
        _ => name,
    }
}

fn body(language: Language, section: &Section, diff: &BodyDiff) -> String {
    let name = named(language, section.topic);
    let places = section.counts.total();
    let count = units::number(places);
    match (diff.layout(), places) {
        (Layout::Hex, _) => name,
        (Layout::Json | Layout::Form, 1) => say!(language, "{name}, 1 value", "{name}，1 个值"),
        (Layout::Json | Layout::Form, _) => say!(language, "{name}, {count} values", "{name}，{count} 个值"),
        (_, 1) => say!(language, "{name}, 1 place", "{name}，1 处"),
        (_, _) => say!(language, "{name}, {count} places", "{name}，{count} 处"),
    }
}

/// A line that differs: `hits = 5 → hits = 7`, with what is the same in front told once.
fn line(diff: &BodyDiff, row: usize) -> Option<String> {
    let row = diff.row(row)?;
    Some(match (row.before, row.after) {
        (Some(before), Some(after)) => match (before.text.split_once(" = "), after.text.split_once(" = ")) {
            (Some((name, old)), Some((other, new))) if name == other => format!("{name} {old} → {new}"),
            _ => format!("{} → {}", shortened(&before.text), shortened(&after.text)),
        },
        (Some(before), None) => format!("− {}", shortened(&before.text)),
        (None, Some(after)) => format!("+ {}", shortened(&after.text)),
        (None, None) => return None,
    })
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(SHORT) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// What differs where the traces are not there any more.
pub fn differs(language: Language, differs: Differs) -> String {
    let words = [
        (differs.outcome, pick(language, "ending", "结局")),
        (differs.request, pick(language, "request to the upstream", "发往上游的请求")),
        (differs.reply, pick(language, "response to the client", "发往客户端的响应")),
        (differs.metrics, pick(language, "metrics", "指标")),
        (differs.calls, pick(language, "host calls", "宿主调用")),
        (differs.logs, pick(language, "log lines", "日志")),
        (differs.findings, pick(language, "findings", "发现")),
    ];
    let names: Vec<&str> = words.iter().filter(|(holds, _)| *holds).map(|(_, word)| *word).collect();
    names.join(pick(language, ", ", "、"))
}

/// What a figure is called.
pub fn cost_name(language: Language, kind: Kind) -> &'static str {
    let (english, chinese) = match kind {
        Kind::Instructions => ("instructions", "指令"),
        Kind::Time => ("time in the filter", "过滤器用时"),
        Kind::HostCalls => ("host calls", "宿主调用"),
        Kind::Memory => ("guest memory", "VM 内存"),
    };
    pick(language, english, chinese)
}

/// A figure with its unit.
pub fn cost_value(kind: Kind, value: u64) -> String {
    match kind {
        Kind::Instructions | Kind::HostCalls => units::number(value),
        Kind::Time => units::nanos(value),
        Kind::Memory => units::memory(value),
    }
}

/// How B's figure is to A's: `19 % fewer`, `2 more`, `same`.
pub fn cost_verdict(language: Language, cost: &Cost) -> String {
    // Small numbers are told by how many they differ.
    if cost.kind == Kind::HostCalls && cost.a != cost.b {
        let count = units::number(cost.a.abs_diff(cost.b));
        return match cost.b > cost.a {
            true => say!(language, "{count} more", "多 {count} 次"),
            false => say!(language, "{count} fewer", "少 {count} 次"),
        };
    }
    match (cost.verdict, cost.kind) {
        (Verdict::Same, _) => pick(language, "same", "相同").to_owned(),
        (Verdict::Less(percent), Kind::Instructions) => say!(language, "{percent} % fewer", "少 {percent}%"),
        (Verdict::Less(percent), _) => say!(language, "{percent} % less", "少 {percent}%"),
        (Verdict::More(percent), _) => say!(language, "{percent} % more", "多 {percent}%"),
    }
}

/// How many scenarios of a folder did what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub fixed: usize,
    pub broken: usize,
    /// Others whose output is another one.
    pub output: usize,
    pub all: usize,
}

/// The sentence above two builds with which a whole folder was run.
pub fn folder_sentence(language: Language, tally: Tally) -> Text {
    let Tally { fixed, broken, output, all } = tally;
    let mut parts = Vec::new();
    let scenarios = |count: usize| units::count(count, "scenario", "scenarios");
    if fixed > 0 {
        let (en, zh) = (scenarios(fixed), units::number(fixed));
        parts.push(say!(language, "fixes {en}", "使 {zh} 个场景通过"));
    }
    if broken > 0 {
        let (en, zh) = (scenarios(broken), units::number(broken));
        parts.push(say!(language, "breaks {en}", "使 {zh} 个场景失败"));
    }
    if output > 0 {
        let (en, zh) = (scenarios(output), units::number(output));
        parts.push(say!(language, "answers differently in {en}", "在 {zh} 个场景中输出不同"));
    }
    let sentence = match parts.is_empty() {
        true => {
            let (en, zh) = (scenarios(all), units::number(all));
            say!(language, "B does the same as A in {en}.", "在 {zh} 个场景中，B 与 A 的输出相同。")
        }
        false => {
            let parts = match language {
                Language::English => super::list(language, &parts),
                Language::SimplifiedChinese => parts.join("，"),
            };
            say!(language, "B {parts}.", "B {parts}。")
        }
    };
    Text::from(sentence)
}
