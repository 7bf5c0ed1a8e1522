//! What a frame of the window costs: egui's pass and tessellation, painting apart.
//!
//! - `frame/sample`: the bundled sample with its result. At most 4 ms.
//! - `frame/body_10_mb`, `frame/events_200_000`: a body of 10 MB, a trace of 200,000 events, each scrolled a page per
//!   frame. At most 33 ms.
//! - `frame/palette_200_000`: the palette over such a trace.
//! - `body/10_mb_first_paint`: from Run to the first frame with the result of a body of 10 MB. At most 300 ms.
//! - `memory`, printed before the figures: what the window takes up more with a body of 10 MB in it than with a small
//!   one, where the system tells. At most 60 MB above the body.
//! - `filter/events_200_000`: a letter typed into the filter of 200,000 host calls, until the frame is ready; `…_no_match`:
//!   the words of every call have to be made. At most 33 ms.

mod support;

use std::path::PathBuf;

use criterion::{Criterion, criterion_group, criterion_main};
use egui::{Event, Key, Modifiers};
use filterlab::gui::commands::Command;
use filterlab::gui::model::Overlay;
use filterlab::gui::shell::Start;
use support::Window;

/// A window with a result in it.
fn open(start: Start) -> Window {
    let mut window = Window::open(start);
    for _ in 0..3 {
        window.frame(Vec::new());
    }
    assert!(window.shell.model.runs.current.is_some(), "there is a result to show");
    window
}

impl Window {
    /// Runs the scenario again and paints what came out.
    fn run_and_paint(&mut self) -> usize {
        self.apply(Command::Run);
        self.settle();
        self.frame(Vec::new())
    }

    fn press(&mut self, key: Key) -> usize {
        let event =
            Event::Key { key, physical_key: None, pressed: true, repeat: false, modifiers: Modifiers::NONE };
        self.frame(vec![event])
    }
}

/// A window with a body of 10 MB, and what it takes up more than one with a small body.
fn memory() -> Window {
    let folder = large_body();
    let small = open(Start::Path(small_body()));
    let before = resident();
    drop(small);
    let mut window = open(Start::Path(folder));
    let body = window.shell.model.document.as_ref().map_or(0, |open| open.scenario.reply.body.len());
    for _ in 0..3 {
        window.frame(Vec::new());
    }
    if let (Some(before), Some(after)) = (before, resident()) {
        let more = after.saturating_sub(before) as f64 / 1e6;
        let size = body as f64 / 1e6;
        println!(
            "memory: {more:.0} MB more for a body of {size:.1} MB, {:.0} MB above its size",
            more - size
        );
    }
    window
}

/// Bytes of memory that this process takes up, where the system tells.
fn resident() -> Option<usize> {
    let pages = std::fs::read_to_string("/proc/self/statm").ok()?;
    Some(pages.split(' ').nth(1)?.parse::<usize>().ok()? * 4096)
}

/// A filter that makes 199,000 host calls in one callback, written as a module file.
fn busy_filter() -> PathBuf {
    let text = r#"(module
      (import "env" "proxy_get_current_time_nanoseconds" (func $time (param i32) (result i32)))
      (memory (export "memory") 1)
      (func (export "proxy_abi_version_0_2_1"))
      (func (export "malloc") (param i32) (result i32) (i32.const 1024))
      (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32) (local i32)
        (loop $l
          (drop (call $time (i32.const 64)))
          (br_if $l (i32.lt_u (local.tee 3 (i32.add (local.get 3) (i32.const 1))) (i32.const 199000))))
        (i32.const 0)))"#;
    file("busy.wasm", &wat::parse_str(text).expect("the module is valid"))
}

/// A filter that turns the first byte of a held reply body around, and a scenario with a body of 10 MB.
fn large_body() -> PathBuf {
    let body: String =
        (0..260_000).map(|line| format!("line {line:08} of a long body with text\n")).collect();
    body_scenario("large", &body)
}

fn small_body() -> PathBuf {
    body_scenario("small", "line 1\nline 2\n")
}

fn body_scenario(name: &str, body: &str) -> PathBuf {
    let text = r#"(module
      (import "env" "proxy_set_buffer_bytes" (func $set (param i32 i32 i32 i32 i32) (result i32)))
      (memory (export "memory") 1)
      (data (i32.const 64) "CHANGED")
      (func (export "proxy_abi_version_0_2_1"))
      (func (export "malloc") (param i32) (result i32) (i32.const 1024))
      (func (export "proxy_on_response_body") (param i32 i32 i32) (result i32)
        (drop (call $set (i32.const 1) (i32.const 0) (i32.const 7) (i32.const 64) (i32.const 7)))
        (i32.const 0)))"#;
    file("large.wasm", &wat::parse_str(text).expect("the module is valid"));
    let scenario = serde_json::json!({
        "version": 1,
        "chain": [{ "filter": "large.wasm" }],
        "reply": { "headers": [["content-type", "text/plain"]], "body": body },
    });
    file(&format!("{name}.scenario.json"), scenario.to_string().as_bytes())
}

fn file(name: &str, bytes: &[u8]) -> PathBuf {
    let folder = std::env::temp_dir().join("filterlab-bench");
    std::fs::create_dir_all(&folder).expect("the folder can be made");
    let path = folder.join(name);
    std::fs::write(&path, bytes).expect("the file can be written");
    path
}

fn frames(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("frame");
    group.sample_size(30);
    let mut window = open(Start::Sample);
    group.bench_function("sample", |bencher| bencher.iter(|| window.frame(Vec::new())));

    // What an edit costs after its 150 ms of quiet, with a module of 220 KB that is compiled: the run, its views, two frames.
    group.bench_function("edit_of_sample", |bencher| bencher.iter(|| window.run_and_paint()));

    let mut window = memory();
    window.apply(Command::OnlyChanges);
    window.apply(Command::RevealChange(0));
    window.frame(Vec::new());
    group.bench_function("body_10_mb", |bencher| bencher.iter(|| window.press(Key::PageDown)));

    let mut window = open(Start::Path(busy_filter()));
    window.apply(Command::ShowTimeline);
    window.apply(Command::NextEvent);
    window.frame(Vec::new());
    group.bench_function("events_200_000", |bencher| bencher.iter(|| window.press(Key::PageDown)));
    window.apply(Command::SetOverlay(Overlay::Palette { query: "header".into(), selected: 0 }));
    group.bench_function("palette_200_000", |bencher| bencher.iter(|| window.frame(Vec::new())));
    window.apply(Command::Dismiss);
    group.finish();

    let mut group = criterion.benchmark_group("body");
    group.sample_size(10);
    let mut body = open(Start::Path(large_body()));
    group.bench_function("10_mb_first_paint", |bencher| bencher.iter(|| body.run_and_paint()));
    group.finish();

    let mut group = criterion.benchmark_group("filter");
    group.sample_size(10);
    window.apply(Command::ShowHostCalls);
    // The first letter is in every name; the last ones are nowhere, so the words of every call are made.
    let mut letters = ["t", "ti", "zz", "zzz", "-time"].iter().cycle();
    group.bench_function("events_200_000", |bencher| {
        bencher.iter(|| {
            let text = letters.next().copied().unwrap_or_default().to_owned();
            window.apply(Command::FilterCalls(text));
            window.frame(Vec::new())
        });
    });
    let mut letters = ["zz", "zzz"].iter().cycle();
    group.bench_function("events_200_000_no_match", |bencher| {
        bencher.iter(|| {
            let text = letters.next().copied().unwrap_or_default().to_owned();
            window.apply(Command::FilterCalls(text));
            window.frame(Vec::new())
        });
    });
    group.finish();
}

criterion_group!(benches, frames);
criterion_main!(benches);
