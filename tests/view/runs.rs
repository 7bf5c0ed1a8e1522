//! Stories, tracks, timelines, logs and status lines of real runs.

use std::borrow::Cow;

use filterlab::abi::LogLevel;
use filterlab::trace::Outcome;
use filterlab::view::host_calls::{HostCalls, Query};
use filterlab::view::logs::{self, Levels, Logs};
use filterlab::view::phases::{self, PhaseState};
use filterlab::view::sentences::{self, Severity};
use filterlab::view::summary::{Summary, status_line};
use filterlab::view::timeline::{Answer, RowRole, Timeline};
use filterlab::view::{Language, phases::PhaseKind};

use crate::support::{Run, run, run_edited};

const EN: Language = Language::English;
const ZH: Language = Language::SimplifiedChinese;

fn track(run: &Run, language: Language) -> Vec<String> {
    phases::phases(&run.trace, &run.changes, 0)
        .iter()
        .map(|phase| format!("{} {}", phases::name(language, phase.kind), phase.changes))
        .collect()
}

#[test]
fn the_track_counts_the_changes_of_each_phase() {
    let masked = run("mask_pii/mask_pii");
    let stops = [
        "start 0",
        "request headers 2",
        "upstream 200 · 12 ms 0",
        "response headers 3",
        "response body 5",
        "log, done 0",
    ];
    assert_eq!(track(&masked, EN), stops);
    assert_eq!(track(&masked, ZH)[2], "上游 200 · 12 ms 0");
    let answered = run("access_check/forbidden");
    assert_eq!(track(&answered, EN)[2], "local reply 403 0");
    let all_passed =
        phases::phases(&masked.trace, &masked.changes, 0).iter().all(|p| p.state == PhaseState::Passed);
    assert!(all_passed);
}

#[test]
fn a_run_that_could_not_start_stops_at_the_start() {
    let run = run("add_headers/bad_config");
    let states: Vec<(PhaseKind, PhaseState)> =
        phases::phases(&run.trace, &run.changes, 0).iter().map(|phase| (phase.kind, phase.state)).collect();
    assert_eq!(states, [(PhaseKind::Start, PhaseState::Failed), (PhaseKind::Done, PhaseState::NotReached)]);
    let Outcome::Refused { reason, .. } = &run.trace.outcome else { panic!("the configuration is refused") };
    let card = sentences::load_error::card(EN, reason, "filter.wasm");
    assert_eq!(card.title.to_string(), "The filter refused its configuration");
    assert_eq!(card.envoy_says, "Wasm VM failed Failed to configure base Wasm plugin");
}

fn status(run: &Run, language: Language) -> (Severity, String) {
    let summary = Summary {
        guest_nanos: 280_000,
        host_nanos: 0,
        ..Summary::new(&run.trace, run.changes.items().len())
    };
    let line = status_line(language, &run.trace, &run.scenario, &summary, 14);
    let parts: Vec<String> = line.parts.iter().map(ToString::to_string).collect();
    (line.severity, format!("{} {}", line.word, parts.join(" · ")))
}

#[test]
fn the_status_line_says_how_it_ended_first() {
    let run_masked = run("mask_pii/mask_pii");
    assert_eq!(
        status(&run_masked, EN),
        (
            Severity::Ok,
            "Finished 200 to the client · run 14 · 0.28 ms in the filter, 12 ms on the virtual clock · 14 callbacks · \
             18 host calls · 10 changes"
                .into()
        )
    );
    assert_eq!(
        status(&run_masked, ZH).1,
        "已完成 客户端收到 200 · 第 14 次运行 · 过滤器用时 0.28 ms，虚拟时钟 12 ms · 14 个回调 · 18 次宿主调用 · 10 处改动"
    );
    let (severity, line) = status(&run("access_check/forbidden"), EN);
    assert!(line.starts_with("Answered 403 by access_check; the upstream was not asked · run 14"), "{line}");
    assert_eq!(severity, Severity::Ok);
    let (severity, line) = status(&run("add_headers/bad_config"), EN);
    assert!(line.starts_with("Not loaded add_headers: The filter refused its configuration"), "{line}");
    assert_eq!(severity, Severity::Error);
}

#[test]
fn measured_time_is_that_of_the_callbacks() {
    let run = run("mask_pii/mask_pii");
    let summary = Summary::new(&run.trace, 0);
    assert!(summary.guest_nanos > 0 && summary.host_nanos > 0);
    assert!(summary.host_nanos <= summary.guest_nanos);
    assert_eq!(summary.own_nanos(), summary.guest_nanos - summary.host_nanos);
    let timeline = Timeline::new(&run.trace);
    let top: u64 = timeline.rows().iter().filter(|row| row.depth == 0).map(|row| row.length).sum();
    assert_eq!(top, summary.guest_nanos);
}

#[test]
fn the_timeline_lists_callbacks_with_their_answers_and_changes() {
    let run = run("mask_pii/mask_pii");
    let timeline = Timeline::new(&run.trace);
    let callbacks: Vec<String> = timeline
        .rows()
        .iter()
        .enumerate()
        .filter(|(_, row)| row.depth == 0 && row.role == RowRole::Callback)
        .map(|(index, row)| {
            let (name, text) = filterlab::view::timeline::describe(
                &run.trace,
                row,
                timeline.totals(index),
                Language::English,
            );
            let totals = timeline.totals(index);
            let answer = Answer::of(&run.trace, &run.scenario, row.event).word();
            format!("{name} {answer} · {text} · {} calls, {} changes", totals.calls, totals.changes)
        })
        .collect();
    assert_eq!(
        callbacks,
        [
            "on_context_create  · stream 2 of plugin 1 · 0 calls, 0 changes",
            "on_request_headers Continue · 10 headers, end of stream · 3 calls, 2 changes",
            "on_response_headers Continue · 5 headers · 5 calls, 3 changes",
            "on_response_body Pause · 173 B · 1 calls, 0 changes",
            "on_response_body Continue · 346 B, end of stream · 6 calls, 2 changes",
        ]
    );
}

#[test]
fn log_lines_lead_to_the_call_that_wrote_them() {
    let run = run("mask_pii/mask_pii");
    let lines = Logs::new(&run.trace);
    let shown = lines.filter(&run.trace, Levels::from(LogLevel::Info), "data.phone");
    assert_eq!((shown.events.len(), shown.of, lines.count(LogLevel::Debug)), (1, 5, 2));
    assert_eq!(logs::call_of(&run.trace, shown.events[0]).map(|(_, number)| number), Some(17));
}

#[test]
fn host_calls_are_filtered_by_what_they_did() {
    let run = run("mask_pii/mask_pii");
    let calls = HostCalls::new(&run.trace);
    let count = |text: &str| {
        let query = Query::parse(text);
        calls.rows.iter().filter(|row| query.matches(row, |_| Cow::Borrowed(""))).count()
    };
    assert_eq!(
        (count(""), count("kind:write"), count("status:!ok"), count("status:notfound")),
        (18, 8, 1, 1)
    );
    assert_eq!((count("in:on_response_body fn:set"), count("-kind:log -kind:write")), (1, 5));
    let in_callbacks = calls.rows.iter().all(|row| row.callback.is_some());
    assert!(in_callbacks);
}

#[test]
fn a_filter_that_is_not_there_is_refused_with_a_card() {
    let run = run_edited("mask_pii/mask_pii", |scenario| scenario.chain[0].path = "missing.wasm".into());
    let (severity, line) = status(&run, EN);
    assert_eq!(severity, Severity::Error);
    assert!(line.starts_with("Not loaded mask_pii: The filter cannot be read · run 14"), "{line}");
    assert!(run.changes.sections.is_empty());
}
