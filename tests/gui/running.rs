//! While a run is under way, and what is said when there can be none.

use egui::{Key, Modifiers};
use filterlab::gui::{
    commands::Command,
    model::{CenterTab, Region},
    shell::Start,
    theme::tokens,
};
use filterlab::scenario::HeaderLine;
use filterlab::trace::{LimitKind, Outcome};

use crate::filters::{Filter, bytes, filter};
use crate::looks::{fills, spins};
use crate::window::{FRAME, Window};

const CTRL: Modifiers = Modifiers { ctrl: true, command: true, ..Modifiers::NONE };

/// A module whose allocator and ABI version are its own affair.
fn bare(name: &str, body: &str) -> Filter {
    bytes(name, &wat::parse_str(body).expect("the test's own module is valid"))
}

#[test]
fn statement_16_a_missing_abi_version_and_a_missing_allocator_have_their_cards() {
    let get = r#"(import "env" "proxy_get_buffer_bytes"
        (func (param i32 i32 i32 i32 i32) (result i32)))"#;
    let cases = [
        (
            bare("no_abi.wasm", r#"(module (memory (export "memory") 1))"#),
            "This module is not a Proxy-Wasm filter",
            "proxy_abi_version_0_2_1",
        ),
        (
            bare(
                "no_allocator.wasm",
                &format!(
                    r#"(module {get} (memory (export "memory") 1) (func (export "proxy_abi_version_0_2_1")))"#
                ),
            ),
            "Envoy would refuse this filter: it has no allocator",
            "proxy_on_memory_allocate",
        ),
    ];
    for (file, title, export) in cases {
        let mut window = Window::new(Start::Path(file.path.clone()));
        for label in [title, "What", "What to do", "Envoy says", "Choose another file…", "Copy details"] {
            assert!(window.has(label), "{title}: {label}");
        }
        assert!(window.has_part(export), "{title}: the export is named");
        assert!(window.has("Not loaded"), "{title}: the status bar says so, too");
        window.does(Command::SimplifiedChinese);
        assert!(window.has("怎么办") && !window.has("What to do"));
    }
}

/// Writes ten log lines for each header of a request: the line's number, three digits.
const TALKS: &str = r#"
    (import "env" "proxy_log" (func $log (param i32 i32 i32) (result i32)))
    (func (export "proxy_on_request_headers") (param $id i32) (param $count i32) (param i32) (result i32)
      (local $n i32)
      (loop $l
        (i32.store8 (i32.const 16) (i32.add (i32.const 48) (i32.div_u (local.get $n) (i32.const 100))))
        (i32.store8 (i32.const 17)
          (i32.add (i32.const 48) (i32.rem_u (i32.div_u (local.get $n) (i32.const 10)) (i32.const 10))))
        (i32.store8 (i32.const 18) (i32.add (i32.const 48) (i32.rem_u (local.get $n) (i32.const 10))))
        (drop (call $log (i32.const 2) (i32.const 16) (i32.const 3)))
        (br_if $l (i32.lt_u (local.tee $n (i32.add (local.get $n) (i32.const 1)))
          (i32.mul (local.get $count) (i32.const 10)))))
      (i32.const 0))"#;

/// Sends one header more, and so makes ten more log lines. Gives how many there are.
fn talks_more(window: &mut Window) -> usize {
    let mut more = window.scenario();
    more.request.headers.push(HeaderLine::new("x-more", "1"));
    window.does(Command::Edit(Box::new(more), false));
    window.wait(0.3);
    window.model().runs.current.as_ref().expect("there is a result").logs.len()
}

/// Whether the log line of that number, counted from 1, is in view.
fn sees_line(window: &Window, number: usize, of: usize) -> bool {
    window.has(&format!("Info, {:03}, row {number} of {of}", number - 1))
}

#[test]
fn pattern_08_the_logs_stay_at_their_end_only_if_they_were_there() {
    let file = filter("talks.wasm", TALKS);
    let mut window = Window::new(Start::Path(file.path.clone()));
    let count = talks_more(&mut window);
    assert!((60..200).contains(&count), "{count}");
    assert!(sees_line(&window, count, count), "the last line is in view");
    let count = talks_more(&mut window);
    assert!(sees_line(&window, count, count), "new lines are followed");
    assert!(!sees_line(&window, 1, count));

    to_the_logs(&mut window);
    window.press(Key::Home);
    assert!(sees_line(&window, 1, count));
    let count = talks_more(&mut window);
    assert!(sees_line(&window, 1, count), "who reads at the head stays there");
    assert!(!sees_line(&window, count, count));
}

fn to_the_logs(window: &mut Window) {
    while window.model().region != Region::Logs {
        window.press(Key::F6);
    }
}

#[test]
fn a_message_of_several_lines_is_one_row_that_shows_them_all_under_the_pointer() {
    let writes = r#"
        (import "env" "proxy_log" (func $log (param i32 i32 i32) (result i32)))
        (data (i32.const 16) "panicked at src/lib.rs:7\0anote: set RUST_BACKTRACE\0a")
        (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
          (drop (call $log (i32.const 4) (i32.const 16) (i32.const 49)))
          (i32.const 0))"#;
    let file = filter("writes.wasm", writes);
    let mut window = Window::new(Start::Path(file.path.clone()));
    window.does(Command::ShowLogs);
    assert!(window.has("Error, panicked at src/lib.rs:7, note: set RUST_BACKTRACE, row 1 of 1"));
    assert_eq!(
        crate::looks::painted(&window, "panicked at src/lib.rs:7"),
        1,
        "no escape stands for the end of a line"
    );
    let whole = "panicked at src/lib.rs:7\nnote: set RUST_BACKTRACE";
    assert!(!window.has(whole));
    use egui_kittest::kittest::Queryable;
    let row = window.harness.get_by_label_contains("Error, panicked").rect().center();
    window.harness.event(egui::Event::PointerMoved(row));
    window.wait(1.0);
    assert!(window.has(whole));
    crate::support::picture(&mut window.harness, "logs-lines");
}

#[test]
fn levels_have_the_names_of_the_abi_in_every_language() {
    let mut window = Window::sample("mask_pii");
    window.does(Command::SimplifiedChinese);
    for level in ["Trace", "Debug", "Info", "Warn", "Error", "Critical"] {
        assert!(window.has(&format!("显示 {level} 级别")), "{level}");
        assert_eq!(crate::looks::painted(&window, level), 1, "{level}");
    }
}

#[test]
fn pattern_08_digits_switch_levels_while_the_logs_have_the_keyboard() {
    let mut window = Window::sample("mask_pii");
    assert!(window.has("5 of 5"));
    window.press(Key::Num2);
    assert_eq!(window.model().view.levels, [true; 6], "elsewhere a digit does nothing");

    to_the_logs(&mut window);
    let keys = [Key::Num1, Key::Num2, Key::Num3, Key::Num4, Key::Num5, Key::Num6];
    for (level, key) in keys.into_iter().enumerate() {
        window.press(key);
        assert!(!window.model().view.levels[level], "{key:?} hides level {level}");
        window.press(key);
        assert_eq!(window.model().view.levels, [true; 6], "{key:?} shows it again");
    }
    window.press(Key::Num2);
    assert!(window.has("3 of 5"), "two of the lines are debug");

    window.press_with(CTRL, Key::F);
    assert_eq!(window.focused(), "Filter log lines");
    window.harness.key_press(Key::Num3);
    window.types("3");
    window.settle();
    assert_eq!(window.model().view.log_filter, "3", "in its filter a digit is a digit");
    assert!(window.model().view.levels[2]);
}

#[test]
fn pattern_08_a_log_line_leads_to_its_event() {
    let mut window = Window::sample("mask_pii");
    let line = {
        use egui_kittest::kittest::{NodeT, Queryable};
        let row = window.harness.get_by_label_contains(", row 4 of 5");
        row.click();
        row.accesskit_node().label().unwrap_or_default()
    };
    window.settle();
    let chosen = window.model().view.event.expect("a click chooses the line's event");
    let (call, _) = window.trace().call_of(chosen).expect("it is a host call");
    assert_eq!(call.short_name(), "log", "{line}");
    assert_eq!(window.model().view.center, CenterTab::Changes, "and stays where one is");

    window.press(Key::ArrowUp);
    let above = window.model().view.event.expect("the line above");
    assert!(above.index() < chosen.index());
    window.press(Key::Enter);
    assert_eq!(window.model().view.center, CenterTab::Timeline, "Enter goes there");
    assert_eq!(window.model().view.event, Some(above));
    let place = format!("Event {} of {}", above.index() + 1, window.trace().events().len());
    assert!(window.has(&place), "{place}");
    window.press_with(Modifiers::ALT, Key::ArrowLeft);
    assert_eq!(window.model().view.center, CenterTab::Changes);
}

/// Goes round for ever as soon as a request has many headers.
const LOOP_WITH_MANY: &str = r#"
    (import "env" "proxy_add_header_map_value"
      (func $add (param i32 i32 i32 i32 i32) (result i32)))
    (data (i32.const 16) "x-seen")
    (func (export "proxy_on_request_headers") (param $id i32) (param $count i32) (param i32) (result i32)
      (drop (call $add (i32.const 0) (i32.const 16) (i32.const 6) (i32.const 16) (i32.const 6)))
      (if (i32.gt_u (local.get $count) (i32.const 30)) (then (loop $l (br $l))))
      (i32.const 0))"#;

/// A window with a result, in which a run that never ends by itself was just asked for.
fn busy() -> (Filter, Window) {
    let file = filter("busy.wasm", LOOP_WITH_MANY);
    let mut window = Window::new(Start::Path(file.path.clone()));
    assert_eq!(window.trace().outcome.kind(), "finished");
    let mut endless = window.scenario();
    endless.limits.request_ms = 3_600_000;
    endless.request.headers.extend((0..40).map(|n| HeaderLine::new(format!("x-{n}"), "1")));
    let ctx = window.harness.ctx.clone();
    window.shell().apply(Command::Edit(Box::new(endless), false), &ctx);
    while window.model().runs.pending.is_none() {
        window.harness.step();
    }
    (file, window)
}

/// Frames until the run under way has ended; how many.
fn frames_to_the_end(window: &mut Window) -> usize {
    let mut frames = 0;
    while window.model().runs.pending.is_some() {
        window.harness.step();
        frames += 1;
    }
    frames
}

#[test]
fn statement_07_ctrl_period_stops_a_loop_even_from_a_field_and_frames_go_on() {
    let (_file, mut window) = busy();
    // A frame that waited for the run would wait for an hour.
    let begin = window.model().now;
    for _ in 0..20 {
        window.harness.step();
    }
    assert!(window.model().now - begin > 19.0 * f64::from(FRAME), "the clock of the window goes on");

    // It is not only drawn, it is used.
    let ctx = window.harness.ctx.clone();
    for command in [Command::ShowTimeline, Command::ShowRequest] {
        window.shell().apply(command, &ctx);
        window.harness.step();
    }
    assert_eq!(window.model().view.center, CenterTab::Timeline);
    assert!(window.has_part("on_request_headers, Continue"), "the last result can still be looked at");
    window.shell().apply(Command::ToggleLive, &ctx);
    window.focus("URL");
    window.types("x");
    assert!(window.scenario().request.url.ends_with('x'), "and the next scenario written");

    window.harness.key_press(Key::Escape);
    window.harness.step();
    window.harness.step();
    assert!(!window.harness.ctx.text_edit_focused());
    assert!(window.model().runs.pending.is_some_and(|run| !run.stopping), "Esc in a field only leaves it");

    window.focus("URL");
    window.harness.key_press_modifiers(CTRL, Key::Period);
    window.harness.step();
    assert!(window.model().runs.pending.is_none_or(|run| run.stopping), "Ctrl+. stops from a field");
    frames_to_the_end(&mut window);
    let outcome = &window.trace().outcome;
    assert!(matches!(outcome, Outcome::Limit { limit: LimitKind::Stopped, .. }), "{outcome:?}");
    window.settle();
    assert!(window.has("Stopped") && window.has_part("you stopped the run in on_request_headers"), "where");
}

#[test]
fn pattern_01_the_old_result_is_dimmed_and_a_spinner_turns_only_after_a_while() {
    let (_file, mut window) = busy();
    let since = window.model().runs.pending.expect("it runs").since;
    let fresh = tokens::DARK.added.row;
    let stale = fresh.gamma_multiply(tokens::STALE_OPACITY);
    let shown = window.run_number();
    while window.model().now - since <= 0.2 {
        window.harness.step();
        if window.model().now - since <= 0.2 {
            assert!(fills(&window).contains(&fresh), "for {} s nothing moves", window.model().now - since);
            assert!(!spins(&window));
        }
    }
    assert!(fills(&window).contains(&stale) && !fills(&window).contains(&fresh), "the old rows are dimmed");
    assert!(spins(&window));
    assert_eq!(window.run_number(), shown, "it is still the old result");

    window.harness.key_press_modifiers(CTRL, Key::Period);
    frames_to_the_end(&mut window);
    window.settle();
    assert!(fills(&window).iter().all(|fill| *fill != stale) && !spins(&window), "the new one is not");
}
