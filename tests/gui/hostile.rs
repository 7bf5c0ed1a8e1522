//! Bad and enormous input: shown, cut with a note, searched, and never more laid out than is seen.

use egui::{Key, Shape};
use egui_kittest::kittest::NodeT;
use filterlab::gui::{commands::Command, shell::Start};
use filterlab::scenario::Chunks;
use filterlab::trace::{LimitKind, Outcome};

use crate::bodies::{replacing, window};
use crate::filters::filter;
use crate::support::picture;
use crate::window::Window;

/// Letters of all texts that the last frame laid out and painted.
pub fn letters(window: &Window) -> usize {
    fn of(shape: &Shape) -> usize {
        match shape {
            Shape::Vec(shapes) => shapes.iter().map(of).sum(),
            Shape::Text(text) => text.galley.text().len(),
            _ => 0,
        }
    }
    window.harness.output().shapes.iter().map(|shape| of(&shape.shape)).sum()
}

/// Rows of all lists that exist in the accessibility tree.
pub fn rows(window: &Window) -> usize {
    let all = window.harness.root().children_recursive();
    let is_row =
        |node: &egui_kittest::Node<'_>| node.accesskit_node().role() == egui::accesskit::Role::ListBoxOption;
    all.filter(is_row).count()
}

/// Far more than a window shows, far less than the input.
const MOST_LETTERS: usize = 60_000;

fn copied(window: &Window) -> Option<String> {
    window.harness.output().platform_output.commands.iter().find_map(|command| match command {
        egui::OutputCommand::CopyText(text) => Some(text.clone()),
        _ => None,
    })
}

#[test]
fn a_header_value_of_a_megabyte_is_cut_with_a_note_and_copied_whole() {
    let huge = filter(
        "huge.wasm",
        r#"(import "env" "proxy_add_header_map_value" (func $add (param i32 i32 i32 i32 i32) (result i32)))
           (data (i32.const 64) "x-huge")
           (func (export "proxy_on_response_headers") (param i32 i32 i32) (result i32)
             (drop (memory.grow (i32.const 20)))
             (memory.fill (i32.const 65536) (i32.const 97) (i32.const 1000000))
             (drop (call $add (i32.const 2) (i32.const 64) (i32.const 6) (i32.const 65536) (i32.const 1000000)))
             (i32.const 0))"#,
    );
    let mut window = Window::new(Start::Path(huge.path.clone()));
    assert!(window.has_part("cut, 1.0 MB in total"), "the note says how long it is");
    assert!(letters(&window) < MOST_LETTERS, "{} letters are laid out", letters(&window));
    window.press(Key::F7);
    window.harness.event(egui::Event::Copy);
    window.harness.step();
    assert_eq!(copied(&window).map(|text| text.len()), Some(1_000_000), "the whole value");
    picture(&mut window.harness, "hostile-header");
    window.does(Command::Raw);
    assert!(letters(&window) < 2 * MOST_LETTERS, "{} letters are laid out", letters(&window));
}

#[test]
fn ten_thousand_headers_are_listed_and_walked_through() {
    let many = filter(
        "many.wasm",
        r#"(import "env" "proxy_add_header_map_value" (func $add (param i32 i32 i32 i32 i32) (result i32)))
           (data (i32.const 64) "x-0000")
           (func $digit (param $at i32) (param $value i32)
             (i32.store8 (local.get $at) (i32.add (i32.const 48) (i32.rem_u (local.get $value) (i32.const 10)))))
           (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32) (local i32)
             (loop $l
               (call $digit (i32.const 66) (i32.div_u (local.get 3) (i32.const 1000)))
               (call $digit (i32.const 67) (i32.div_u (local.get 3) (i32.const 100)))
               (call $digit (i32.const 68) (i32.div_u (local.get 3) (i32.const 10)))
               (call $digit (i32.const 69) (local.get 3))
               (drop (call $add (i32.const 0) (i32.const 64) (i32.const 6) (i32.const 64) (i32.const 6)))
               (br_if $l (i32.lt_u (local.tee 3 (i32.add (local.get 3) (i32.const 1))) (i32.const 10000))))
             (i32.const 0))"#,
    );
    let mut window = Window::new(Start::Path(many.path.clone()));
    // Without optimisation the host takes longer than a filter is allowed to.
    let mut patient = window.scenario();
    patient.limits.request_ms = 600_000;
    window.does(Command::Edit(Box::new(patient), false));
    window.does(Command::Run);
    assert!(window.has_part("Request headers, 10,000 added"), "{:?}", window.trace().outcome);
    window.press(Key::F7);
    window.harness.key_press_modifiers(egui::Modifiers::SHIFT, Key::F7);
    window.settle();
    assert!(window.has("Change 10,000 of 10,000") && window.has_part("added: x-9999: x-9999"));
    assert!(rows(&window) < 100, "{} rows of 10,000 exist", rows(&window));
    for view in [Command::Unified, Command::Raw] {
        window.does(view);
        assert!(rows(&window) < 100 && letters(&window) < MOST_LETTERS);
    }
}

#[test]
fn what_turns_lines_around_or_hides_is_shown_as_escapes_in_every_view() {
    let body = "user\u{202e}nimda\u{2066}\u{200b} bell\u{7} \u{1b}[31mred\r\nnext\n";
    let filter = replacing(body.as_bytes(), "");
    let mut window = window(&filter, &[("content-type", "text/plain")], b"user\n".to_vec(), Chunks::Whole);
    let shown = "user\\u{202e}nimda\\u{2066}\\u{200b} bell\\x07 \\x1b[31mred\\r";
    assert!(window.has_part(shown));
    picture(&mut window.harness, "hostile-bidi");
    for view in [Command::Unified, Command::Raw] {
        window.does(view);
        assert!(window.has_part("user\\u{202e}nimda"));
        // The harness panics on characters without a glyph, and none of these has one.
        let mut found = false;
        for shape in &window.harness.output().shapes {
            if let Shape::Text(text) = &shape.shape {
                found |= text.galley.text().contains(['\u{202e}', '\u{2066}', '\u{7}']);
            }
        }
        assert!(!found, "none of them is painted");
    }
}

#[test]
fn a_line_of_a_megabyte_is_cut_with_a_note() {
    let line = "word ".repeat(200_000);
    let changed = format!("{line}end");
    // The filter's own memory is one page: the long line comes from the upstream and is cut by the filter.
    let filter = replacing(b"short", "");
    let mut window = window(&filter, &[("content-type", "text/plain")], changed.into_bytes(), Chunks::Whole);
    assert!(window.has_part("cut, 1.0 MB in total"));
    assert!(letters(&window) < MOST_LETTERS, "{} letters are laid out", letters(&window));
    window.does(Command::BodiesAsBytes);
    assert!(rows(&window) < 100 && letters(&window) < MOST_LETTERS);
    window.does(Command::BodiesInChunks);
    assert!(rows(&window) < 100 && letters(&window) < MOST_LETTERS);
}

/// Writes as many log lines as it is let.
const LOGGER: &str = r#"(import "env" "proxy_log" (func $log (param i32 i32 i32) (result i32)))
    (data (i32.const 64) "line \e2\80\ae with a text that is some letters long")
    (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32) (local i32)
      (loop $l
        (drop (call $log (i32.const 2) (i32.const 64) (i32.const 48)))
        (br_if $l (i32.lt_u (local.tee 3 (i32.add (local.get 3) (i32.const 1))) (i32.const 1000000))))
      (i32.const 0))"#;

#[test]
fn of_a_million_log_lines_as_many_as_fit_are_listed_and_the_rest_is_said_to_be_missing() {
    let logger = filter("logger.wasm", LOGGER);
    let mut window = Window::new(Start::Path(logger.path.clone()));
    let outcome = &window.trace().outcome;
    assert!(matches!(outcome, Outcome::Limit { limit: LimitKind::Events, .. }), "{outcome:?}");
    let lines = window.model().runs.current.as_ref().map_or(0, |run| run.logs.len());
    assert!(lines > 90_000, "{lines} lines were kept");
    assert!(window.has_part("and more was written"), "the list says that it is not whole");
    assert!(rows(&window) < 100 && letters(&window) < MOST_LETTERS);
    picture(&mut window.harness, "hostile-logs");
    let ctx = window.harness.ctx.clone();
    window.shell().apply(Command::FilterLogs("LETTERS".into()), &ctx);
    window.harness.step();
    let of = filterlab::gui::text::number(lines);
    assert!(!window.has(&format!("{of} of {of}")), "the first frame has not come to the end");
    window.settle();
    window.wait(2.0);
    assert!(window.has(&format!("{of} of {of}")), "all are found in the end");
    window.does(Command::FilterLogs("nowhere".into()));
    window.wait(2.0);
    assert!(window.has(&format!("0 of {of}")));
}
