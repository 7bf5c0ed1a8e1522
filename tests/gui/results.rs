//! What the window shows of runs: changes and their causes, errors, stopping, Chinese text.

use egui::accesskit::Live;
use egui::{Key, Modifiers};
use egui_kittest::kittest::{NodeT, Queryable};
use filterlab::abi::LogLevel;
use filterlab::gui::{
    commands::Command,
    model::{CenterTab, DiffMode, Region},
    shell::Start,
};
use filterlab::trace::{LimitKind, Outcome, Part};

use crate::clipping::painted;
use crate::filters::{Filter, LOOP, bytes, filter};
use crate::timeline::scripted;
use crate::window::Window;

const CTRL: Modifiers = Modifiers { ctrl: true, command: true, ..Modifiers::NONE };

fn open(filter: &Filter) -> Window {
    Window::new(Start::Path(filter.path.clone()))
}

fn outcome(window: &Window) -> &Outcome {
    &window.model().runs.current.as_ref().expect("there is a result").trace.outcome
}

#[test]
fn the_sample_shows_before_and_after_with_the_calls_that_wrote_them() {
    let window = Window::sample("mask_pii");
    for words in [
        "Request headers, 1 removed, 1 added",
        "accept-encoding: gzip, br",
        "x-mask-policy: v3",
        "add_header_map_value",
        "138****5678",
    ] {
        assert!(window.has_part(words), "{words}");
    }
    assert!(window.has_part("200 to the client"), "the status bar says how it ended");
}

#[test]
fn statement_04_f7_walks_through_all_changes_and_wraps_with_its_place_said() {
    let mut window = Window::sample("mask_pii");
    let count = window.model().runs.current.as_ref().map_or(0, |run| run.changes.items().len());
    assert_eq!(count, 10);
    let mut parts = std::collections::BTreeSet::new();
    for place in 0..count {
        window.press(Key::F7);
        let words = format!("Change {} of {count}", place + 1);
        let said = window.harness.get_by_label(&words);
        assert_eq!(said.accesskit_node().data().live(), Some(Live::Polite), "it is spoken when it changes");
        let run = window.model().runs.current.clone().expect("there is a result");
        let section = usize::from(run.changes.items()[place].section);
        parts.insert(run.changes.sections[section].part);
    }
    let both = [Part::RequestHeaders, Part::ResponseHeaders, Part::ResponseBody];
    assert!(both.iter().all(|part| parts.contains(part)), "across headers and body: {parts:?}");
    window.press(Key::F7);
    assert!(window.has("Change 1 of 10"), "the last change is followed by the first");
    window.harness.key_press_modifiers(Modifiers::SHIFT, Key::F7);
    window.settle();
    assert!(window.has("Change 10 of 10"));
}

#[test]
fn statement_05_enter_goes_from_a_header_to_its_host_call_and_alt_left_back() {
    let mut window = Window::sample("mask_pii");
    window.press(Key::F7);
    window.press(Key::Enter);
    assert_eq!(window.model().view.center, CenterTab::Timeline);
    let event = window.model().view.event.expect("an event is chosen");
    let call = window.trace().call_of(event);
    assert_eq!(call.map(|(call, _)| call.name()), Some("proxy_remove_header_map_value"));
    assert!(window.focused().contains("remove_header_map_value"), "{}", window.focused());
    window.press_with(Modifiers::ALT, Key::ArrowLeft);
    assert_eq!((window.model().view.center, window.model().view.change), (CenterTab::Changes, Some(0)));
    window.press_with(Modifiers::ALT, Key::ArrowRight);
    assert_eq!((window.model().view.center, window.model().view.event), (CenterTab::Timeline, Some(event)));
    window.press(Key::Enter);
    assert_eq!((window.model().view.center, window.model().view.change), (CenterTab::Changes, Some(0)));
}

#[test]
fn statement_05_of_several_writes_each_can_be_reached_in_order() {
    let scripted =
        scripted("reqh add 0 \"x-a\" \"1\"\nreqh rep 0 \"x-a\" \"2\"\nreqh rep 0 \"x-a\" \"3\"", "");
    let mut window = Window::new(Start::Path(scripted.file.clone()));
    window.press(Key::F7);
    let run = window.model().runs.current.clone().expect("there is a result");
    let writers = run.changes.writers(0).to_vec();
    assert_eq!(writers.len(), 3);
    for writer in writers {
        window.does(Command::ShowChanges);
        window.clicks(&format!("#{}", writer.number));
        assert_eq!(window.model().view.center, CenterTab::Timeline);
        assert_eq!(window.model().view.event, Some(writer.event));
    }
}

#[test]
fn statement_05_shared_data_leads_to_its_host_call_and_back_as_headers_do() {
    let scripted = scripted("reqh shset \"quota\" \"1\" 0\nresh shset \"quota\" \"2\" 0", "");
    let mut window = Window::new(Start::Path(scripted.file.clone()));
    window.does(Command::ShowState);
    window.clicks_row("quota");
    window.press(Key::Enter);
    assert_eq!(window.model().view.center, CenterTab::Timeline);
    let event = window.model().view.event.expect("an event is chosen");
    assert_eq!(window.trace().call_of(event).map(|(call, _)| call.name()), Some("proxy_set_shared_data"));
    window.press_with(CTRL, Key::Num5);
    window.press_with(CTRL, Key::Num6);
    window.press(Key::Enter);
    assert_eq!((window.model().view.center, window.model().view.state_row), (CenterTab::State, Some(0)));
    window.press_with(Modifiers::ALT, Key::ArrowLeft);
    assert_eq!(window.model().view.center, CenterTab::Timeline);
}

#[test]
fn timeline_and_host_calls_show_arguments_status_and_are_filtered() {
    let mut window = Window::sample("mask_pii");
    window.press_with(CTRL, Key::Num6);
    assert!(window.has_part("on_request_headers, Continue, 10 headers, end of stream"));
    assert!(window.has_part("remove_header_map_value, accept-encoding"));
    window.press_with(CTRL, Key::Num8);
    assert!(window.has_part("#8 get_header_map_value content-encoding, NotFound, on_response_headers"));
    window.does(Command::FilterCalls("status:!ok".into()));
    assert!(window.has("1 of 18"));
    assert!(!window.has_part("remove_header_map_value"));
}

#[test]
fn statement_15_logs_are_filtered_by_level_and_text_and_lead_to_their_host_calls() {
    let mut window = Window::sample("mask_pii");
    assert!(window.has("5 of 5"));
    window.does(Command::ToggleLogLevel(1));
    assert!(window.has("3 of 5"), "two of the lines are debug");
    window.does(Command::FilterLogs("脱敏".into()));
    assert!(window.has("2 of 5"));
    window.does(Command::FilterLogs(String::new()));
    let lines: Vec<_> = window.trace().logs().filter(|line| line.level != LogLevel::Debug).collect();
    let lines: Vec<_> = lines.iter().map(|line| line.event).collect();
    for (row, line) in lines.into_iter().enumerate() {
        window.clicks_row(&format!("row {} of 3", row + 1));
        window.press(Key::Enter);
        assert_eq!(window.model().view.center, CenterTab::Timeline);
        let call = window.model().view.event.expect("an event is chosen");
        assert_eq!(window.trace().event(line).and_then(|event| event.parent), Some(call));
        assert_eq!(window.trace().call_of(call).map(|(call, _)| call.name()), Some("proxy_log"));
    }
}

#[test]
fn unified_and_raw_show_the_same_messages() {
    let mut window = Window::sample("mask_pii");
    window.press(Key::U);
    assert_eq!(window.model().view.diff, DiffMode::Unified);
    assert!(window.has_part("138****5678"));
    window.does(Command::Raw);
    assert!(window.has_part("x-masked-by: mask_pii"));
}

#[test]
fn statement_07_a_filter_that_loops_for_ever_is_stopped_and_the_window_goes_on() {
    let looping = filter("loop.wasm", LOOP);
    let mut window = Window::new(Start::Empty);
    // Opened without waiting for the run, which would never end by itself.
    let ctx = window.harness.ctx.clone();
    window.shell().apply(Command::OpenPath(looping.path.clone()), &ctx);
    let mut endless = (*window.model().document.as_ref().expect("it is open").scenario).clone();
    endless.limits.request_ms = 3_600_000;
    window.shell().apply(Command::Edit(Box::new(endless), false), &ctx);
    window.shell().apply(Command::Run, &ctx);
    for _ in 0..20 {
        window.harness.step();
    }
    assert!(window.model().runs.pending.is_some(), "frames go on while the filter loops");
    window.harness.key_press(Key::Escape);
    window.harness.step();
    window.settle();
    assert!(
        matches!(outcome(&window), Outcome::Limit { limit: LimitKind::Stopped, .. }),
        "{:?}",
        outcome(&window)
    );
    assert!(window.has_part("on_request_headers"), "it says where");
    assert!(window.model().runs.pending.is_none());
}

#[test]
fn statement_16_errors_have_a_card_with_cause_place_and_next_step() {
    let missing = r#"(import "env" "proxy_nothing" (func))"#;
    let trap = r#"(func (export "proxy_on_response_headers") (param i32 i32 i32) (result i32) unreachable)"#;
    let cases = [
        (bytes("note.wasm", b"hello"), "note.wasm"),
        (bytes("cut.wasm", b"\0asm\x01\0\0\0\x01\x7f"), "cut.wasm"),
        (filter("missing.wasm", missing), "env.proxy_nothing"),
        (filter("trap.wasm", trap), "on_response_headers"),
    ];
    for (filter, place) in cases {
        let window = open(&filter);
        for label in ["What", "Where", "What to do"] {
            assert!(window.has(label), "{place}: {label}");
        }
        assert!(window.has_part(place), "{place} is named");
        assert!(window.has("Copy details") || window.has("Copy report"), "{place}: the card has its buttons");
    }
}

#[test]
fn statement_16_a_time_limit_says_its_name_and_leads_to_the_limits() {
    let looping = filter("loop.wasm", LOOP);
    let scenario = serde_json::json!({
        "version": 1, "chain": [{ "filter": "loop.wasm" }], "limits": { "request_ms": 50 },
    });
    let path = looping.path.with_file_name("loop.scenario.json");
    std::fs::write(&path, scenario.to_string()).expect("the file can be written");
    let window = Window::new(Start::Path(path));
    assert!(matches!(outcome(&window), Outcome::Limit { limit: LimitKind::RequestTime, allowed: 50, .. }));
    assert!(window.has_part("50 ms"));
    assert!(window.has_part("Raise the limit"));
}

#[test]
fn statement_16_a_bad_scenario_has_a_card_with_its_place_and_loses_nothing() {
    let broken = bytes("broken.scenario.json", b"{\n  \"chain\": [\n");
    let mut window = Window::sample("add_headers");
    window.does(Command::OpenPath(broken.path.clone()));
    assert!(window.has("This is not a scenario"));
    assert!(window.has_part("line 3, column"), "the place is said");
    assert!(window.has_part("Correct the file at this place"), "and what to do");
    window.press(Key::Escape);
    assert!(!window.has("This is not a scenario"));
    assert_eq!(
        window.model().document.as_ref().map(|open| open.module_name()).as_deref(),
        Some("add_headers.wasm")
    );
    window.does(Command::SimplifiedChinese);
    window.does(Command::OpenPath(broken.path.clone()));
    assert!(window.has("这不是场景文件"));
}

#[test]
fn the_next_write_is_found_without_looking_at_what_lies_between() {
    let mut window = Window::sample("mask_pii");
    let writes = |window: &Window| {
        let run = window.model().runs.current.clone().expect("it has run");
        let mut events: Vec<_> = run.trace.changes().iter().map(|change| change.event).collect();
        events.dedup();
        events
    };
    let all = writes(&window);
    let mut seen = Vec::new();
    for _ in 0..all.len() {
        window.does(Command::NextWrite);
        seen.extend(window.model().view.event);
    }
    assert_eq!(seen, all);
    window.does(Command::NextWrite);
    assert_eq!(window.model().view.event, all.last().copied(), "there is none after the last");
    for expected in all.iter().rev().skip(1) {
        window.does(Command::PreviousWrite);
        assert_eq!(window.model().view.event, Some(*expected));
    }
}

#[test]
fn statement_18_chinese_in_interface_headers_bodies_and_logs_is_drawn() {
    // The harness panics when a character has no glyph, so every frame of this is the proof.
    let mut window = Window::sample("mask_pii");
    window.does(Command::SimplifiedChinese);
    assert!(window.has_part("请求头"));
    assert!(window.has_part("脱敏"), "log lines");
    let mut edited = (*window.model().document.as_ref().expect("it is open").scenario).clone();
    edited.request.headers.push(filterlab::scenario::HeaderLine::new("x-user", "张三（已验证）"));
    window.does(Command::Edit(Box::new(edited), false));
    window.does(Command::Run);
    window.does(Command::OnlyChanges);
    assert!(window.has_part("x-user: 张三（已验证）"));
}

#[test]
fn a_frame_lays_out_only_the_rows_that_are_seen() {
    let busy = filter(
        "busy.wasm",
        r#"(import "env" "proxy_get_current_time_nanoseconds" (func $time (param i32) (result i32)))
           (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32) (local i32)
             (loop $l (drop (call $time (i32.const 64)))
               (br_if $l (i32.lt_u (local.tee 3 (i32.add (local.get 3) (i32.const 1))) (i32.const 20000))))
             (i32.const 0))"#,
    );
    let mut window = open(&busy);
    window.press_with(CTRL, Key::Num8);
    assert!(window.has_part("row 1 of 20,000"));
    let rows = window.harness.query_rows();
    assert!(rows > 5 && rows < 60, "{rows} rows of 20,000 exist");
}

/// Rows of lists in the accessibility tree.
trait Rows {
    fn query_rows(&self) -> usize;
}

impl<S> Rows for egui_kittest::Harness<'_, S> {
    fn query_rows(&self) -> usize {
        use egui_kittest::kittest::NodeT;
        let all = self.root().children_recursive();
        all.filter(|node| node.accesskit_node().label().is_some_and(|label| label.contains("current_time")))
            .count()
    }
}

#[test]
fn host_calls_are_grouped_by_name_and_narrowed_by_a_box() {
    let mut window = Window::sample("mask_pii");
    window.does(Command::ShowHostCalls);
    window.focus("Only writes");
    window.press(Key::Space);
    assert_eq!(window.model().view.calls_filter, "kind:write");
    window.focus("Only writes");
    window.press(Key::Space);
    assert_eq!(window.model().view.calls_filter, "");
    window.focus("Group by name");
    window.press(Key::Space);
    assert!(window.has_part("proxy_get_header_map_value, 2 calls, 1 not Ok"));
    while window.model().region != Region::Center || window.focused() == "Group by name" {
        window.press(Key::F6);
    }
    let groups = window.model().runs.current.clone().expect("it has run");
    let groups = groups.host_calls.groups(&groups.trace, 0..18);
    let wanted = groups.iter().position(|group| group.call == filterlab::abi::HostCall::GetHeaderMapValue);
    while window.model().view.calls_group != wanted {
        window.press(Key::ArrowDown);
    }
    window.press(Key::Enter);
    assert!(window.has_part("#7 get_header_map_value") && window.has_part("#8 get_header_map_value"));
    assert!(!window.has_part("add_header_map_value"), "only those of the name");
}

#[test]
fn a_filter_counts_host_calls_while_it_is_used_and_its_key_stands_where_it_leads() {
    let keys = |window: &Window| {
        let words = painted(window).into_iter().filter(|text| text.words == "Ctrl+F");
        words.map(|text| text.rect.top() < 300.0).collect::<Vec<_>>()
    };
    let mut window = Window::sample("mask_pii");
    type Filter = fn(String) -> Command;
    let set: [(Command, Filter); 2] =
        [(Command::ShowTimeline, Command::FilterTimeline), (Command::ShowHostCalls, Command::FilterCalls)];
    for (view, filter) in set {
        window.does(view);
        let bar = painted(&window).into_iter().filter(|text| text.rect.top() < 110.0);
        assert!(bar.into_iter().all(|text| !text.words.contains(" of ")), "no filter is used");
        assert_eq!(keys(&window), [true], "the field in the centre has the key");
        window.does(filter("status:!ok".into()));
        assert!(window.has("1 of 18"), "host calls are counted");
        window.does(filter(String::new()));
    }
    while window.model().region != Region::Logs {
        window.press(Key::F6);
    }
    assert_eq!(keys(&window), [false], "the logs' field has it now");
}

#[test]
fn a_long_list_is_filtered_in_slices_and_to_its_end() {
    let busy = filter(
        "busy.wasm",
        r#"(import "env" "proxy_get_current_time_nanoseconds" (func $time (param i32) (result i32)))
           (import "env" "proxy_get_log_level" (func $level (param i32) (result i32)))
           (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32) (local i32)
             (loop $l
               (drop (call $time (i32.const 64)))
               (br_if $l (i32.lt_u (local.tee 3 (i32.add (local.get 3) (i32.const 1))) (i32.const 25000))))
             (drop (call $level (i32.const 64)))
             (i32.const 0))"#,
    );
    let mut window = open(&busy);
    window.does(Command::ShowHostCalls);
    let ctx = window.harness.ctx.clone();
    window.shell().apply(Command::FilterCalls("log_level".into()), &ctx);
    window.harness.step();
    assert!(!window.has_part("#25,001"), "the first frame has not come to the end");
    window.settle();
    assert!(window.has_part("#25001 get_log_level"), "the last call is found");
}

#[test]
fn the_first_button_of_a_card_has_the_keyboard() {
    let mut window = open(&bytes("notes.wasm", b"no filter"));
    assert_eq!(window.focused(), "Choose another file…");
    window.does(Command::OpenSample("add_headers".into()));
    let mut scenario = window.scenario();
    scenario.chain[0].plugin_config = "{bad".into();
    window.does(Command::Edit(Box::new(scenario), false));
    window.does(Command::Run);
    window.harness.get_by_label("Show the configuration").click();
    window.settle();
    assert_eq!(window.model().view.left, filterlab::gui::model::LeftTab::Config);
}

#[test]
fn where_there_is_no_room_for_a_chip_each_the_levels_are_a_list() {
    let mut window = Window::sized([700.0, 450.0], Start::Sample);
    assert!(window.has("Levels shown"));
    window.clicks("Levels shown");
    window.clicks("Warn and above");
    assert_eq!(window.model().view.levels, [false, false, false, true, true, true]);
}

#[test]
fn the_head_of_a_section_stays_in_sight_while_its_rows_are_scrolled() {
    let mut window = Window::sized([640.0, 420.0], Start::Path("sample:mask_pii".into()));
    for _ in 0..9 {
        window.press(Key::F7);
    }
    assert!(!window.has_part("Response body, 5 changed"), "the row of the head is out of sight");
    let paints = |shapes: &[egui::epaint::ClippedShape], words: &str| {
        shapes.iter().any(|shape| match &shape.shape {
            egui::Shape::Text(text) => text.galley.text() == words,
            _ => false,
        })
    };
    assert!(paints(&window.harness.output().shapes, "Response body"));
}

#[test]
fn a_log_line_ends_before_the_number_of_its_call_however_many_digits_that_has() {
    let chatty = filter(
        "chatty.wasm",
        r#"(import "env" "proxy_log" (func $log (param i32 i32 i32) (result i32)))
        (global $turn (mut i32) (i32.const 0))
        (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
          (memory.fill (i32.const 2048) (i32.const 120) (i32.const 400))
          (loop $l
            (drop (call $log (i32.const 2) (i32.const 2048) (i32.const 400)))
            (global.set $turn (i32.add (global.get $turn) (i32.const 1)))
            (br_if $l (i32.lt_u (global.get $turn) (i32.const 10100))))
          (i32.const 0))"#,
    );
    let mut window = Window::new(Start::Path(chatty.path.clone()));
    window.does(Command::ShowLogs);
    window.does(Command::SelectEvent(window.trace().logs().last().expect("it logged").event));
    let (mut numbers, mut lines) = (Vec::new(), Vec::new());
    for shape in &window.harness.output().shapes {
        let egui::Shape::Text(text) = &shape.shape else { continue };
        let rect = text.galley.rect.translate(text.pos.to_vec2());
        match text.galley.text() {
            number if number.starts_with("#10") && number.len() == 6 => numbers.push(rect),
            line if line.starts_with("xxx") => lines.push(rect),
            _ => {}
        }
    }
    let beside =
        |number: &egui::Rect| lines.iter().find(|line| line.y_range().contains(number.center().y)).copied();
    let pairs: Vec<_> = numbers.iter().filter_map(|number| Some((*number, beside(number)?))).collect();
    assert!(!pairs.is_empty(), "five digits are seen: {numbers:?}");
    for (number, line) in pairs {
        assert!(line.right() < number.left(), "{line:?} runs under {number:?}");
    }
}
