//! What happened in two runs, as lines of text: of each event what it was about, without when and how long.

use std::sync::Arc;

use bytes::Bytes;

use super::{Manner, Rows, Section, Side, Topic};
use crate::trace::{EventId, EventKind, Trace};
use crate::view::call::{decode, decode_callback};
use crate::view::call_line;
use crate::view::diff::{BodyDiff, Layout, Lines, visible};
use crate::view::findings::Findings;
use crate::view::secrets::mask_call;
use crate::view::sentences::{compare as words, finding, outcome, pick};

/// Most lines of one side; what comes after them is not compared.
const MOST_LINES: usize = 200_000;
/// Longest line, in bytes of what it shows.
const LONGEST: usize = 2_000;

/// Lines of one side under construction.
#[derive(Default)]
struct List {
    text: String,
    events: Vec<EventId>,
    count: usize,
}

impl List {
    /// `false`: there are as many as there may be.
    fn push(&mut self, line: &str, event: Option<EventId>) -> bool {
        if self.count == MOST_LINES {
            return false;
        }
        self.count += 1;
        // A line feed in a value is not the end of the line.
        self.text += &visible(line.as_bytes(), LONGEST).text;
        self.text.push('\n');
        self.events.extend(event);
        true
    }
}

fn section(topic: Topic, sides: [List; 2]) -> Section {
    let [a, b] = sides;
    let [before, after] = [a.text, b.text].map(Bytes::from);
    let lines = |bytes: &Bytes| Lines::new(bytes.clone(), Layout::Text);
    let diff = BodyDiff::of_lines(lines(&before), lines(&after), [before, after]);
    Section::new(topic, Rows::Lines { diff: Arc::new(diff), events: [a.events, b.events] })
}

/// A line for each event of which there is something to say.
fn of_events(
    topic: Topic,
    a: &Trace,
    b: &Trace,
    line: impl Fn(&Trace, EventId, EventKind) -> Option<String>,
) -> Section {
    section(
        topic,
        [a, b].map(|trace| {
            let mut side = List::default();
            for (id, event) in trace.numbered() {
                if let Some(line) = line(trace, id, event.kind)
                    && !side.push(&line, Some(id))
                {
                    break;
                }
            }
            side
        }),
    )
}

/// Host calls with their arguments and results, and with their status where that is not Ok.
pub(super) fn calls(manner: Manner, a: &Trace, b: &Trace) -> Section {
    of_events(Topic::Calls, a, b, |trace, id, kind| {
        let EventKind::Call { call, .. } = kind else { return None };
        let mut view = decode(trace, id)?;
        if manner.masks {
            mask_call(&mut view);
        }
        let about = call_line::summary(manner.language, trace, &view);
        let status = if view.is_ok() { String::new() } else { format!(" = {}", view.status) };
        Some(format!("{} {about}{status}", call.short_name()))
    })
}

/// Callbacks with the filter's place where there are several, and what they returned.
pub(super) fn callbacks(manner: Manner, a: &Trace, b: &Trace) -> Section {
    of_events(Topic::Callbacks, a, b, |trace, id, kind| {
        let EventKind::Callback { callback, filter, .. } = kind else { return None };
        let view = decode_callback(trace, id)?;
        let of = if filter > 0 { format!(" ({})", filter + 1) } else { String::new() };
        let answer = match (view.failed, view.answer) {
            (true, _) => format!(" → {}", words::did_not_return(manner.language)),
            (false, Some(answer)) => format!(" → {answer}"),
            (false, None) => String::new(),
        };
        Some(format!("{}{of}{answer}", callback.short_name()))
    })
}

/// Log lines with their level.
pub(super) fn logs(a: &Trace, b: &Trace) -> Section {
    of_events(Topic::Logs, a, b, |trace, id, kind| {
        let EventKind::Log { level, .. } = kind else { return None };
        let line = trace.log_line(id)?;
        Some(format!("{} {}", level.name(), String::from_utf8_lossy(line.message)))
    })
}

/// Kinds of findings, and how often each was found.
pub(super) fn findings(manner: Manner, a: &Trace, b: &Trace) -> Section {
    section(
        Topic::Findings,
        [a, b].map(|trace| {
            let mut side = List::default();
            for group in Findings::new(trace).groups() {
                let Some(first) = group.first() else { continue };
                let title = finding::title(manner.language, first.finding);
                let times = if group.len() > 1 { format!(" × {}", group.len()) } else { String::new() };
                let line = format!("{title}{times}");
                side.push(&line, Some(first.event));
            }
            side
        }),
    )
}

/// Metrics at the end, by name.
pub(super) fn metrics(a: &Trace, b: &Trace) -> Section {
    section(
        Topic::Metrics,
        [a, b].map(|trace| {
            let mut side = List::default();
            let mut metrics: Vec<_> = trace.metrics.iter().collect();
            metrics.sort_by(|a, b| a.name.cmp(&b.name));
            for metric in metrics {
                side.push(&format!("{} = {}", metric.name, metric.value), None);
            }
            side
        }),
    )
}

/// How each request ended, or the run where it had none.
pub(super) fn outcomes(manner: Manner, a: Side<'_>, b: Side<'_>) -> Section {
    section(
        Topic::Outcome,
        [a, b].map(|of| {
            let mut side = List::default();
            let count = of.trace.exchanges.len();
            for exchange in 0..count.max(1) {
                let text = match count {
                    0 | 1 => outcome::text(manner.language, of.trace, of.scenario),
                    _ => outcome::of_request(manner.language, of.trace, of.scenario, exchange),
                };
                let number = if count > 1 { format!("{} ", exchange + 1) } else { String::new() };
                let sentence = text.sentence.as_str();
                let colon = pick(manner.language, ": ", "：");
                let is_more = side.push(&format!("{number}{}{colon}{sentence}", text.word), None);
                if !is_more {
                    break;
                }
            }
            side
        }),
    )
}
