//! Bodies of 10 MB and traces of 100,000 events: what a frame does does not depend on them. Figures stand in `benches/`.

use std::sync::Arc;

use egui::Key;
use filterlab::gui::{commands::Command, shell::Start, text::number};
use filterlab::scenario::Chunks;
use filterlab::view::changes::BodyMode;

use crate::bodies::{replacing, window as with_reply};
use crate::filters::filter;
use crate::hostile::{letters, rows};
use crate::window::Window;

/// Letters and rows that a full window of 1280 x 800 shows, with room to spare.
const SEEN_LETTERS: usize = 40_000;
const SEEN_ROWS: usize = 100;

/// 10 MB of text.
fn body() -> Vec<u8> {
    (0..260_000).flat_map(|line| format!("line {line:08} of a long body with text\n").into_bytes()).collect()
}

/// Replaces the first bytes of a reply's body that passes in one piece.
fn changing() -> crate::filters::Filter {
    filter(
        "change.wasm",
        r#"(import "env" "proxy_set_buffer_bytes" (func $set (param i32 i32 i32 i32 i32) (result i32)))
           (data (i32.const 64) "CHANGED")
           (func (export "proxy_on_response_body") (param i32 i32 i32) (result i32)
             (drop (call $set (i32.const 1) (i32.const 0) (i32.const 7) (i32.const 64) (i32.const 7)))
             (i32.const 0))"#,
    )
}

fn run(window: &Window) -> Arc<filterlab::trace::Trace> {
    window.model().runs.current.as_ref().expect("there is a result").trace.clone()
}

#[test]
fn statement_13_a_body_of_10_mb_costs_a_frame_no_more_than_the_rows_that_are_seen() {
    let filter = changing();
    let mut window = with_reply(&filter, &[("content-type", "text/plain")], body(), Chunks::Whole);
    window.shell().model.settings.only_changes = false;
    window.settle();
    let shown = window.model().runs.current.clone().expect("there is a result");
    let index = shown.changes.sections.iter().position(|section| section.body().is_some());
    let diff = |shown: &filterlab::view::changes::Changes| {
        index.and_then(|index| shown.sections[index].body().map(std::ptr::from_ref))
    };
    let section = &shown.changes.sections[index.expect("there is a body")];
    let body = section.body().expect("it is one");
    assert!(body.len() >= 260_000 && body.sizes().0 >= 10_000_000);
    // Beyond the body itself: an index of its lines, not its lines. Statement 13 allows 60 MB for all.
    assert!(body.overhead() < 1 << 20, "{} bytes", body.overhead());

    let before = diff(&shown.changes);
    window.press(Key::F7);
    assert!(window.has_part("changed: line 00000000"));
    for key in [Key::PageDown, Key::PageDown, Key::End, Key::PageUp, Key::Home] {
        window.harness.key_press(key);
        window.harness.step();
        assert!(rows(&window) < SEEN_ROWS, "{} rows exist after {key:?}", rows(&window));
        assert!(letters(&window) < SEEN_LETTERS, "{} letters after {key:?}", letters(&window));
        let now = window.model().runs.current.clone().expect("there is a result");
        assert!(Arc::ptr_eq(&now, &shown) && diff(&now.changes) == before, "nothing is made anew");
    }
    window.press(Key::End);
    assert!(window.has_part("line 00259999"), "the end is reached");
}

#[test]
fn statement_13_the_window_goes_on_while_a_body_of_10_mb_is_compared() {
    let filter = changing();
    let mut window =
        with_reply(&filter, &[("content-type", "text/plain")], b"small\n".to_vec(), Chunks::Whole);
    let mut scenario = window.scenario();
    scenario.reply.body = body().into();
    let number = window.run_number();
    let ctx = window.harness.ctx.clone();
    window.shell().apply(Command::Edit(Box::new(scenario), false), &ctx);
    window.shell().apply(Command::Run, &ctx);
    // Nothing here waits for the worker: frames come and go with the old result in them.
    window.harness.step();
    assert!(window.model().runs.pending.is_some() || window.run_number() > number);
    assert!(window.model().runs.current.is_some(), "the old result stays");
    window.settle();
    assert!(window.run_number() > number);
    // Another way to show it is made by the worker as well.
    let ctx = window.harness.ctx.clone();
    window.shell().apply(Command::BodiesAsBytes, &ctx);
    let shown = window.model().runs.current.as_ref().map(|run| run.bodies);
    assert_eq!(shown, Some(BodyMode::Whole), "what is shown stays until the worker is done");
    window.settle();
    assert_eq!(window.model().runs.current.as_ref().map(|run| run.bodies), Some(BodyMode::Bytes));
    assert!(rows(&window) < SEEN_ROWS && letters(&window) < SEEN_LETTERS);
}

#[test]
fn statement_13_a_large_picture_or_one_line_of_10_mb_is_no_exception() {
    let long = vec![b'x'; 10_000_000];
    let filter = replacing(b"short", "");
    let mut window = with_reply(&filter, &[("content-type", "text/plain")], long, Chunks::Every(1_000_000));
    for command in [Command::BodiesInChunks, Command::BodiesWhole, Command::Unified, Command::SideBySide] {
        window.does(command.clone());
        assert!(rows(&window) < SEEN_ROWS && letters(&window) < SEEN_LETTERS, "{command:?}");
    }
}

/// 100,000 events: 49,990 calls, each of which writes a log line.
fn busy() -> crate::filters::Filter {
    filter(
        "busy.wasm",
        r#"(import "env" "proxy_log" (func $log (param i32 i32 i32) (result i32)))
           (import "env" "proxy_get_log_level" (func $level (param i32) (result i32)))
           (data (i32.const 64) "one line of the log")
           (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32) (local i32)
             (loop $l
               (drop (call $log (i32.const 2) (i32.const 64) (i32.const 19)))
               (br_if $l (i32.lt_u (local.tee 3 (i32.add (local.get 3) (i32.const 1))) (i32.const 49990))))
             (drop (call $level (i32.const 128)))
             (i32.const 0))"#,
    )
}

#[test]
fn statement_14_a_hundred_thousand_events_are_listed_filtered_and_scrolled_by_what_is_seen() {
    let busy = busy();
    let mut window = Window::new(Start::Path(busy.path.clone()));
    let trace = run(&window);
    assert!(trace.events().len() >= 99_980, "{} events", trace.events().len());
    for view in [Command::ShowTimeline, Command::ShowHostCalls] {
        window.does(view.clone());
        window.does(Command::NextEvent);
        for key in [Key::PageDown, Key::PageDown, Key::End, Key::PageUp, Key::Home] {
            window.harness.key_press(key);
            window.harness.step();
            assert!(rows(&window) < SEEN_ROWS, "{view:?}: {} rows after {key:?}", rows(&window));
            assert!(letters(&window) < SEEN_LETTERS, "{view:?}: {} letters", letters(&window));
        }
        assert!(Arc::ptr_eq(&trace, &run(&window)), "nothing is made anew");
    }
}

#[test]
fn statement_14_a_letter_in_a_filter_looks_at_no_more_than_a_slice_of_the_events() {
    let busy = busy();
    let mut window = Window::new(Start::Path(busy.path.clone()));
    let calls = window.trace().call_count();
    let all = format!("{} of {}", number(calls - 1), number(calls));
    window.does(Command::ShowHostCalls);
    let ctx = window.harness.ctx.clone();
    window.shell().apply(Command::FilterCalls("proxy_log".into()), &ctx);
    window.harness.step();
    assert!(!window.has(&all), "one frame does not go through all of them");
    window.settle();
    window.wait(1.0);
    assert!(window.has("1 of 49,991") || window.has_part(" of 49,991"));
    window.does(Command::FilterCalls("get_log_level".into()));
    window.wait(1.0);
    assert!(window.has("1 of 49,991"), "the last call is found");

    // The log the same: it is filtered by level and by text.
    let ctx = window.harness.ctx.clone();
    window.shell().apply(Command::FilterLogs("LINE OF".into()), &ctx);
    window.harness.step();
    assert!(!window.has("49,990 of 49,990"));
    window.settle();
    window.wait(1.0);
    assert!(window.has("49,990 of 49,990"));
    assert!(rows(&window) < SEEN_ROWS);
}
