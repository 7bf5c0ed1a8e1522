//! The figures of a run, for a status bar or the head of a report.

use super::sentences::finding;
use super::sentences::{Severity, filter_name, outcome, pick, say};
use super::{Language, Text, units};
use crate::abi::Callback;
use crate::scenario::Scenario;
use crate::trace::{EventId, EventKind, Outcome, Trace};

/// Figures of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Callbacks that the filters were given, the allocator left out.
    pub callbacks: usize,
    pub host_calls: usize,
    /// Host calls that answered with another status than Ok.
    pub failed_calls: usize,
    /// Changes to the messages of one request that are still to be seen in the result, if they were counted.
    pub changes: usize,
    pub findings: usize,
    pub log_lines: usize,
    /// Measured time of all callbacks, host calls included, in nanoseconds.
    pub guest_nanos: u64,
    /// Measured time of the host calls in it, in nanoseconds.
    pub host_nanos: u64,
    /// Instructions of all callbacks, if they were counted ([`Trace::instructions`]).
    pub instructions: Option<u64>,
    /// How far the virtual clock went, in nanoseconds.
    pub virtual_nanos: u64,
    pub events: usize,
    /// The first event that shows what went wrong, for "show in timeline".
    pub culprit: Option<EventId>,
}

impl Summary {
    /// `changes` is the number of changes that the views show ([`super::changes::Changes::items`]).
    pub fn new(trace: &Trace, changes: usize) -> Self {
        let mut summary = Self { changes, events: trace.events().len(), ..Self::default() };
        let mut inside: Vec<bool> = Vec::with_capacity(trace.events().len());
        for (id, event) in trace.numbered() {
            let nanos = u64::try_from(trace.duration(id).as_nanos()).unwrap_or(u64::MAX);
            let in_call =
                event.parent.is_some_and(|parent| inside.get(parent.index()).copied().unwrap_or_default());
            inside.push(in_call || matches!(event.kind, EventKind::Call { .. }));
            summary.virtual_nanos = summary.virtual_nanos.max(event.at);
            match event.kind {
                EventKind::Callback { callback, failed, .. } => {
                    if !matches!(callback, Callback::Malloc | Callback::MemoryAllocate) {
                        summary.callbacks += 1;
                    }
                    if !in_call {
                        summary.guest_nanos += nanos;
                        // The allocator's are among those of the callback around it.
                        if let Some(count) = trace.instructions(id) {
                            *summary.instructions.get_or_insert(0) += count;
                        }
                    }
                    if failed && summary.culprit.is_none() {
                        summary.culprit = Some(id);
                    }
                }
                EventKind::Call { returned, .. } => {
                    summary.host_calls += 1;
                    let is_ok = matches!(
                        returned,
                        crate::trace::Returned::Nothing | crate::trace::Returned::Number(0)
                    );
                    summary.failed_calls += usize::from(!is_ok);
                    if !in_call {
                        summary.host_nanos += nanos;
                    }
                }
                EventKind::Log { .. } => summary.log_lines += 1,
                EventKind::Finding(_) => {
                    summary.findings += 1;
                }
                _ => {}
            }
        }
        if summary.culprit.is_none() {
            // The first of the most serious ones.
            let worst =
                trace.findings().min_by_key(|(_, found)| std::cmp::Reverse(finding::severity(*found)));
            summary.culprit = worst.map(|(id, _)| id);
        }
        summary
    }

    /// Time that the filters themselves used, in nanoseconds.
    pub fn own_nanos(&self) -> u64 {
        self.guest_nanos.saturating_sub(self.host_nanos)
    }
}

/// The status line of a run: mark, word and sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusLine {
    pub severity: Severity,
    pub word: &'static str,
    /// Parts to be joined by ` · `, the most important first.
    pub parts: Vec<Text>,
    /// How many of the last ones stay where there is no room for all: what leads on to other views.
    pub keep: usize,
}

/// Parts joined by ` · `, without as many from the middle as it takes to fit; the first and the last `keep` stay.
pub fn fitting(parts: &[String], keep: usize, fits: impl Fn(&str) -> bool) -> String {
    let mut parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    loop {
        let line = parts.join(" · ");
        if parts.len() <= keep + 1 || fits(&line) {
            return line;
        }
        parts.remove(parts.len() - keep - 1);
    }
}

/// The status line of run number `run` (as the caller counts).
pub fn status_line(
    language: Language,
    trace: &Trace,
    scenario: &Scenario,
    summary: &Summary,
    run: usize,
) -> StatusLine {
    let outcome = outcome::text(language, trace, scenario);
    let Summary { callbacks, host_calls, changes, findings, .. } = *summary;
    let run = units::number(run);
    let guest = units::nanos(summary.guest_nanos);
    let waited = units::nanos(summary.virtual_nanos);
    let mut keep = 0;
    let mut parts = vec![outcome.sentence, Text::from(say!(language, "run {run}", "第 {run} 次运行"))];
    if !matches!(trace.outcome, Outcome::Refused { .. }) || callbacks > 0 {
        let callbacks_en = units::count(callbacks, "callback", "callbacks");
        let calls_en = units::count(host_calls, "host call", "host calls");
        let changes_en = units::count(changes, "change", "changes");
        parts.push(Text::from(match summary.virtual_nanos {
            0 => say!(language, "{guest} in the filter", "过滤器用时 {guest}"),
            _ => say!(
                language,
                "{guest} in the filter, {waited} on the virtual clock",
                "过滤器用时 {guest}，虚拟时钟 {waited}"
            ),
        }));
        if let Some(instructions) = summary.instructions {
            let instructions = units::number(instructions);
            parts.push(Text::from(say!(language, "{instructions} instructions", "{instructions} 条指令")));
        }
        parts.push(Text::from(say!(language, "{callbacks_en}", "{callbacks} 个回调")));
        parts.push(Text::from(say!(language, "{calls_en}", "{host_calls} 次宿主调用")));
        match trace.exchanges.len() {
            // Each has changes of its own.
            requests if requests > 1 => {
                let requests = units::number(requests);
                parts.push(Text::from(say!(language, "{requests} requests", "{requests} 个请求")));
            }
            _ => parts.push(Text::from(say!(language, "{changes_en}", "{changes} 处改动"))),
        }
        keep += 1;
    }
    if findings > 0 {
        keep += 1;
        let findings_en = units::count(findings, "finding", "findings");
        parts.push(Text::from(say!(language, "{findings_en}", "{findings} 个发现")));
    }
    StatusLine { severity: outcome.severity, word: outcome.word, parts, keep }
}

/// Names of the filters of the chain, in order.
pub fn chain(language: Language, scenario: &Scenario) -> String {
    let count = u16::try_from(scenario.chain.len()).unwrap_or(u16::MAX);
    let names: Vec<String> = (0..count).map(|filter| filter_name(scenario, filter)).collect();
    names.join(pick(language, " → ", " → "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_leads_on_stays_where_there_is_no_room_for_all() {
        let parts = ["200 to the client", "run 1", "0.2 ms", "14 callbacks", "2 changes", "1 finding"];
        let parts = parts.map(String::from);
        let within = |most: usize| fitting(&parts, 2, |line| line.len() <= most);
        assert_eq!(within(200), "200 to the client · run 1 · 0.2 ms · 14 callbacks · 2 changes · 1 finding");
        assert_eq!(within(60), "200 to the client · run 1 · 2 changes · 1 finding");
        assert_eq!(within(1), "200 to the client · 2 changes · 1 finding", "these are elided");
    }
}
