//! The page about a module.

use egui::Key;
use filterlab::gui::{commands::Command, model::CenterTab, shell::Start};
use filterlab::view::Language;

use crate::filters::filter;
use crate::window::Window;

#[test]
fn the_modules_name_opens_its_page_and_esc_goes_back() {
    let mut window = Window::sample("mask_pii");
    window.does(Command::ShowHostCalls);
    window.clicks("mask_pii.wasm: what it is and where it runs");
    assert_eq!(window.model().view.center, CenterTab::Preflight);
    for words in [
        "mask_pii.wasm is ready to run",
        "ABI: 0.2.1",
        "Envoy 1.39, 1.40: Runs, all 34 host calls do real work",
        "set_buffer_bytes: change a body",
        "on_configure: plugin configuration",
    ] {
        assert!(window.has(words), "{words}");
    }
    window.press(Key::Escape);
    assert_eq!(window.model().view.center, CenterTab::HostCalls);
}

#[test]
fn a_host_shows_the_imports_behind_its_verdict() {
    // Tall enough to have all rows in the accessibility tree, which has what is seen.
    let mut window = Window::sized([1280.0, 1600.0], Start::Empty);
    window.does(Command::OpenSample("mask_pii".into()));
    window.does(Command::ShowPreflight);
    assert!(window.has("log: write a log line"));
    window.clicks("ngx_wasm_module Kong: Partly, 9 trap");
    assert!(window.has("grpc_call: make a gRPC call"));
    assert!(!window.has("log: write a log line"), "this one it has");
    window.clicks("Show all imports");
    assert!(window.has("log: write a log line"));
    assert!(!window.has("random_get: random bytes"), "functions of WASI are folded");
    window.clicks("Unfold 5 WASI functions");
    assert!(window.has("random_get: random bytes"));
}

#[test]
fn a_module_that_is_refused_has_a_page_a_button_away() {
    let body = r#"(import "env" "proxy_dictionary_get" (func (param i32) (result i32)))"#;
    let refused = filter("kv.wasm", body);
    let mut window = Window::new(Start::Path(refused.path.clone()));
    window.clicks("See all imports");
    assert!(window.has("Envoy refuses kv.wasm"));
    assert!(window.has("env.proxy_dictionary_get: Envoy has no such function"));
    window.press(Key::Escape);
    assert!(window.has("Envoy would refuse this filter: one import does not exist"), "the card is back");
}

#[test]
fn each_module_of_a_chain_has_a_page() {
    let first = filter("first.wasm", "");
    let second = first.path.with_file_name("second.wasm");
    std::fs::copy(&first.path, &second).expect("the file can be written");
    let scenario = first.path.with_file_name("two.scenario.json");
    let text = r#"{"chain":[{"filter":"first.wasm"},{"filter":"second.wasm"}]}"#;
    std::fs::write(&scenario, text).expect("the file can be written");
    let mut window = Window::new(Start::Path(scenario));
    window.does(Command::ShowPreflight);
    assert!(window.has("first.wasm is ready to run"));
    window.does(Command::ShowPreflightOf(1));
    assert!(window.has("second.wasm is ready to run"));
    assert!(window.has_part("No callback for HTTP"));
}

#[test]
fn the_page_is_there_in_both_languages_and_in_a_narrow_window() {
    let mut window = Window::sized([700.0, 450.0], Start::Empty);
    window.does(Command::OpenSample("add_headers".into()));
    window.does(Command::ShowPreflight);
    assert!(window.has("add_headers.wasm is ready to run"));
    window.does(Command::SimplifiedChinese);
    assert!(window.has("add_headers.wasm 可以运行"));
    assert_eq!(window.model().text().language, Language::SimplifiedChinese);
}
