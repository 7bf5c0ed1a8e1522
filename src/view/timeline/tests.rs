//! Rows, groups, folding and places of a small run made by hand.

use super::*;
use crate::abi::LogLevel;
use crate::trace::{Direction, Finding, Leftovers, Outcome, Recorder, StreamAction};

fn finish(recorder: Recorder) -> Trace {
    recorder.finish(Leftovers::default(), Outcome::Finished { status: 200 })
}

fn callback(recorder: &mut Recorder, callback: Callback, args: &[u32], inside: impl FnOnce(&mut Recorder)) {
    let id = recorder.begin_callback(callback, 0, args);
    inside(recorder);
    recorder.end_callback(id, Ok(Some(0)), 100);
}

fn call(recorder: &mut Recorder, call: HostCall, nanos: u64, inside: impl FnOnce(&mut Recorder)) {
    let id = recorder.begin_call(call, &[]).expect("calls are recorded");
    inside(recorder);
    recorder.end_call(id, crate::trace::Returned::Number(0), nanos);
}

/// A run with everything that a timeline can hold.
fn trace() -> Trace {
    let mut recorder = Recorder::default();
    recorder.step(Step::Start { filter: 0 });
    callback(&mut recorder, Callback::ContextCreate, &[1, 0], |_| {});
    callback(&mut recorder, Callback::VmStart, &[1, 0], |_| {});
    recorder.step(Step::RequestHeaders { exchange: 0 });
    callback(&mut recorder, Callback::RequestHeaders, &[2, 7, 1], |recorder| {
        call(recorder, HostCall::GetHeaderMapValue, 20, |recorder| {
            callback(recorder, Callback::Malloc, &[5], |_| {});
        });
        call(recorder, HostCall::Log, 10, |recorder| {
            recorder.log(LogLevel::Info, Channel::Log, 0, 2, b"hello");
        });
    });
    recorder.stream(StreamAction::HeadersSent { direction: Direction::Request, end_of_stream: true });
    recorder.finding(Finding::GaugeWrapped);
    callback(&mut recorder, Callback::Log, &[2], |_| {});
    callback(&mut recorder, Callback::Done, &[2], |_| {});
    callback(&mut recorder, Callback::Delete, &[2], |_| {});
    finish(recorder)
}

fn listed(trace: &Trace, options: Options) -> Vec<String> {
    let timeline = Timeline::with(trace, options);
    let rows = timeline.rows().iter().enumerate();
    rows.map(|(index, row)| {
        let (name, text) = describe(trace, row, timeline.totals(index), Language::English);
        let line = format!("{name} {text}");
        format!("{}{}", "  ".repeat(row.depth.into()), line.trim())
    })
    .collect()
}

#[test]
fn calls_are_listed_inside_their_callbacks_and_start_and_end_are_grouped() {
    assert_eq!(
        listed(&trace(), Options::default()),
        [
            "Start 2 callbacks, 0 host calls",
            "  filter 1 starts",
            "  on_context_create plugin 1",
            "  on_vm_start 0 B of configuration",
            "the client sends the request",
            "on_request_headers 7 headers, end of stream",
            "  get_header_map_value",
            "  log",
            "Headers to the upstream end of stream",
            "A gauge went below zero",
            "End 3 callbacks, 0 host calls",
            "  on_log",
            "  on_done",
            "  on_delete",
        ]
    );
}

#[test]
fn the_allocator_and_log_lines_are_listed_on_request() {
    let rows = listed(&trace(), Options { allocator: true, log_lines: true });
    assert_eq!(
        rows[5..10],
        [
            "on_request_headers 7 headers, end of stream",
            "  get_header_map_value",
            "    malloc 5 B",
            "  log",
            "    info hello",
        ]
    );
}

#[test]
fn every_row_knows_what_contains_it_and_how_much_it_contains() {
    let timeline = Timeline::with(&trace(), Options { allocator: true, log_lines: true });
    for (index, row) in timeline.rows().iter().enumerate() {
        let inside = index + 1..index + 1 + row.inside as usize;
        for (other, inner) in timeline.rows().iter().enumerate() {
            let mut up = inner.parent;
            let mut is_within = false;
            while let Some(parent) = up {
                is_within |= parent as usize == index;
                up = timeline.rows()[parent as usize].parent;
            }
            assert_eq!(is_within, inside.contains(&other), "row {other} in row {index}");
        }
    }
}

#[test]
fn folded_rows_hide_what_they_contain() {
    let timeline = Timeline::new(&trace());
    let all = timeline.rows().len();
    assert_eq!(timeline.visible(|_| false).len(), all);
    assert_eq!(timeline.visible(|row| row == 0), [0, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13]);
    assert_eq!(timeline.visible(|_| true), [0, 4, 5, 8, 9, 10]);
}

#[test]
fn the_row_of_an_event_without_one_is_that_of_its_parent() {
    let trace = trace();
    let timeline = Timeline::new(&trace);
    for (index, row) in timeline.rows().iter().enumerate().filter(|(_, row)| row.depth == 0) {
        if !row.role.is_group() {
            assert_eq!(timeline.row_of(&trace, row.event), Some(index));
        }
    }
    let log = trace.logs().next().expect("one line").event;
    assert_eq!(timeline.row_of(&trace, log), Some(7));
}

#[test]
fn lengths_are_spread_over_one_axis() {
    let timeline = Timeline::new(&trace());
    let place = |index: usize| {
        let row = timeline.rows()[index];
        (row.begin, row.length)
    };
    // The group has two callbacks of 100 ns; the request callback has 70 ns of its own around calls of 20 and 10.
    assert_eq!((place(0), place(2), place(3)), ((0, 200), (0, 100), (100, 100)));
    assert_eq!((place(5), place(6), place(7)), ((200, 100), (223, 20), (266, 10)));
    assert_eq!(timeline.totals(5).host_nanos, 30);
    assert_eq!((place(10), place(13)), ((300, 300), (500, 100)));
}

#[test]
fn answers_are_named_as_envoy_takes_them() {
    let mut recorder = Recorder::default();
    let mut ids = Vec::new();
    let given = [
        (Callback::RequestHeaders, Ok(Some(0))),
        (Callback::RequestHeaders, Ok(Some(1))),
        (Callback::RequestBody, Ok(Some(1))),
        (Callback::ResponseTrailers, Ok(Some(7))),
        (Callback::Configure, Ok(Some(0))),
        (Callback::Log, Ok(None)),
        (Callback::Tick, Err(())),
    ];
    for (callback, result) in given {
        let id = recorder.begin_callback(callback, 0, &[]);
        recorder.end_callback(id, result, 0);
        ids.push(id);
    }
    let trace = finish(recorder);
    let mut scenario = Scenario::default();
    let answers =
        |scenario: &Scenario| ids.iter().map(|id| Answer::of(&trace, scenario, *id)).collect::<Vec<_>>();
    assert_eq!(
        answers(&scenario),
        [
            Answer::Continue,
            Answer::Pause("StopAllIterationAndWatermark"),
            Answer::Pause("StopIterationAndBuffer"),
            Answer::Pause("StopIteration"),
            Answer::False,
            Answer::Nothing,
            Answer::Failed,
        ]
    );
    scenario
        .chain
        .push(crate::scenario::Filter { allow_on_headers_stop_iteration: true, ..Default::default() });
    assert_eq!(answers(&scenario)[1], Answer::Pause("StopIteration"));
}

#[test]
fn a_run_that_fails_while_it_starts_has_a_failed_group() {
    let mut recorder = Recorder::default();
    recorder.step(Step::Start { filter: 0 });
    let id = recorder.begin_callback(Callback::VmStart, 0, &[1, 0]);
    recorder.end_callback(id, Err(()), 5);
    let timeline = Timeline::new(&finish(recorder));
    assert!(timeline.rows()[0].has_failed && timeline.rows()[2].has_failed);
}

#[test]
fn an_empty_trace_has_no_rows() {
    assert!(Timeline::new(&finish(Recorder::default())).rows().is_empty());
}
