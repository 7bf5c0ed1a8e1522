//! The card of a trap: whose code failed, what production would do, what came before.

use egui::{Key, OutputCommand};
use egui_kittest::kittest::Queryable;
use filterlab::gui::{commands::Command, shell::Start};
use filterlab::scenario::FailurePolicy;

use crate::filters::{Filter, filter};
use crate::window::Window;

/// A filter that reads a header and fails deep inside its language's runtime, called by its SDK.
fn trapping() -> Filter {
    filter(
        "mask.wasm",
        r#"(import "env" "proxy_get_header_map_value" (func $get (param i32 i32 i32 i32 i32) (result i32)))
          (data (i32.const 0) "authorization")
          (func $core::panicking::panic_fmt (result i32) unreachable)
          (func $core::str::slice_error_fail (result i32) (call $core::panicking::panic_fmt))
          (func $mask::keep_edges (result i32) (call $core::str::slice_error_fail))
          (func $mask::on_request (result i32)
            (drop (call $get (i32.const 0) (i32.const 0) (i32.const 13) (i32.const 64) (i32.const 68)))
            (call $mask::keep_edges))
          (func $proxy_wasm::dispatcher::on_http_request_headers (result i32) (call $mask::on_request))
          (func $proxy_on_request_headers (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
            (call $proxy_wasm::dispatcher::on_http_request_headers))"#,
    )
}

fn shown() -> (Window, Filter) {
    let file = trapping();
    let window = Window::sized([1280.0, 1200.0], Start::Path(file.path.clone()));
    (window, file)
}

#[test]
fn frames_that_are_not_the_filters_own_are_one_row_each() {
    let (mut window, _file) = shown();
    assert!(window.has_part("2 mask::keep_edges") && window.has_part("3 mask::on_request"));
    assert!(window.has("Unfold 2 frames of the runtime") && window.has("Unfold 2 frames of the SDK"));
    assert!(!window.has_part("0 core::panicking::panic_fmt"));
    window.focus("Unfold 2 frames of the runtime");
    window.press(Key::Enter);
    assert!(window.has_part("0 core::panicking::panic_fmt"), "the keyboard unfolds them");
    assert!(!window.has_part("4 proxy_wasm::dispatcher"), "and only them");
    window.focus("only my code");
    window.press(Key::Space);
    assert!(window.has_part("0 core::panicking") && window.has_part("4 proxy_wasm::dispatcher"));
    window.press(Key::Space);
    assert!(!window.has_part("0 core::panicking") && !window.has_part("4 proxy_wasm::dispatcher"));
}

#[test]
fn the_policies_of_production_are_told_and_the_scenarios_own_stands_out() {
    let (mut window, _file) = shown();
    let own = "the policy of this scenario";
    assert!(window.has(&format!(
        "FAIL_CLOSED, the client gets 503 without a body, 503 until the filter is loaded again, {own}"
    )));
    assert!(window.has("FAIL_OPEN, the client gets 503 without a body, pass without this filter"));
    let mut scenario = window.scenario();
    scenario.chain[0].failure_policy = Some(FailurePolicy::FailReload);
    window.does(Command::Edit(Box::new(scenario), false));
    window.does(Command::Run);
    assert!(window.has_part(&format!("503 until then, {own}")));
    window.does(Command::SimplifiedChinese);
    assert!(window.has_part("本场景的策略") && window.has("在生产环境中会怎样"));
}

#[test]
fn the_last_host_calls_lead_to_their_events_without_telling_secrets() {
    let (mut window, _file) = shown();
    let call = r#"#1 get_header_map_value authorization → “Bearer ••••••••”, Ok"#;
    assert!(window.has(call));
    window.focus(call);
    window.press(Key::Enter);
    assert!(window.model().view.event.is_some());
}

#[test]
fn the_report_has_stack_policies_and_calls() {
    let (mut window, _file) = shown();
    window.harness.get_by_label("Copy report").click();
    let mut report = String::new();
    for _ in 0..4 {
        window.harness.step();
        for command in &window.harness.output().platform_output.commands {
            if let OutputCommand::CopyText(text) = command {
                report.clone_from(text);
            }
        }
    }
    for part in [
        "The filter trapped in on_request_headers",
        "mask.wasm",
        "core::panicking::panic_fmt",
        "mask::keep_edges",
        "* FAIL_CLOSED: the client gets 503 without a body; 503 until the filter is loaded again",
        "  FAIL_OPEN: ",
        r#"#1 get_header_map_value authorization → “Bearer ••••••••” → Ok"#,
        "Function: proxy_on_request_headers failed",
    ] {
        assert!(report.contains(part), "{part} is not in the report: {report}");
    }
    assert!(!report.contains("example-token"));
}

#[test]
fn the_first_button_has_the_keyboard_when_the_card_appears() {
    let (mut window, _file) = shown();
    assert_eq!(window.focused(), "Show in timeline");
    window.press(Key::Enter);
    assert_eq!(window.model().view.center, filterlab::gui::model::CenterTab::Timeline);
    let tabs = window.harness.query_all_by_label_contains("Host calls").count();
    assert!(tabs > 0, "the tabs stay");
}

#[test]
fn a_card_is_read_from_its_top_and_scrolls_to_what_tab_reaches() {
    let file = trapping();
    let mut window = Window::sized([900.0, 600.0], Start::Path(file.path.clone()));
    let top = |window: &Window| {
        window.harness.get_by_label("The filter trapped in on_request_headers").rect().top()
    };
    assert_eq!(window.focused(), "Show in timeline");
    let shown = top(&window);
    assert!(shown > 80.0, "the title is at {shown}");
    window.press(Key::Tab);
    assert_eq!(window.focused(), "Copy report");
    assert!(top(&window) < shown, "the button came into view");
}

#[test]
fn traps_can_be_drawn() {
    use crate::support::picture;
    let file = trapping();
    for (name, size) in [("large", [1280.0, 900.0]), ("small", [900.0, 600.0])] {
        let mut window = Window::sized(size, Start::Path(file.path.clone()));
        picture(&mut window.harness, &format!("trap-en-dark-{name}"));
        window.does(Command::SimplifiedChinese);
        window.does(Command::ThemeLight);
        picture(&mut window.harness, &format!("trap-zh-light-{name}"));
    }
}
