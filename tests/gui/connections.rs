//! A scenario with a TCP connection in the window: what it says, and that every view bears it.

use std::path::PathBuf;

use egui::Key;
use filterlab::gui::{
    commands::Command,
    model::{CenterTab, DiffMode},
    shell::Start,
};
use filterlab::trace::{ClosedBy, Outcome};

use crate::filters::{Filter, filter};
use crate::window::Window;

/// Puts `>` before what the client sends, keeps a property, and writes a line.
const NETWORK: &str = r#"
  (import "env" "proxy_set_buffer_bytes" (func $set (param i32 i32 i32 i32 i32) (result i32)))
  (import "env" "proxy_set_property" (func $own (param i32 i32 i32 i32) (result i32)))
  (import "env" "proxy_log" (func $log (param i32 i32 i32) (result i32)))
  (data (i32.const 8) ">")
  (func (export "proxy_on_new_connection") (param i32) (result i32)
    (drop (call $own (i32.const 8) (i32.const 1) (i32.const 8) (i32.const 1)))
    (drop (call $log (i32.const 2) (i32.const 8) (i32.const 1)))
    (i32.const 0))
  (func (export "proxy_on_downstream_data") (param i32 i32 i32) (result i32)
    (drop (call $set (i32.const 2) (i32.const 0) (i32.const 0) (i32.const 8) (i32.const 1)))
    (i32.const 0))"#;

const STEPS: &str = r#"{"from":"client","send":"hello"},{"from":"upstream","send":"world","after_ms":20},
    {"from":"client","end":true},{"from":"upstream","close":true}"#;

fn scenario(body: &str, steps: &str) -> (Filter, PathBuf) {
    let filter = filter("tcp.wasm", body);
    let path = filter.path.with_file_name("tcp.scenario.json");
    let text = format!(r#"{{"chain":[{{"filter":"tcp.wasm"}}],"connection":{{"steps":[{steps}]}}}}"#);
    std::fs::write(&path, text).expect("the file can be written");
    (filter, path)
}

fn every_view(window: &mut Window) {
    for diff in [Command::Unified, Command::Raw, Command::SideBySide, Command::OnlyChanges] {
        window.does(Command::ShowChanges);
        window.does(diff);
    }
    for tab in [Command::ShowTimeline, Command::ShowHostCalls, Command::ShowState, Command::ShowChanges] {
        window.does(tab);
        window.press(Key::F7);
        window.press(Key::F6);
    }
    for tab in [Command::ShowResponse, Command::ShowConfig, Command::ShowEnvironment, Command::ShowRequest] {
        window.does(tab);
    }
}

#[test]
fn a_connection_without_an_upstream_is_told_in_every_view() {
    for (fails, words) in [
        ("connection_failure", "Nobody listens at the upstream's address."),
        ("no_endpoint", "The upstream's cluster has no endpoint."),
    ] {
        let steps = format!(r#"{STEPS}],"fails":"{fails}","unused":["#);
        let (_filter, path) = scenario(NETWORK, &steps);
        let mut window = Window::new(Start::Path(path));
        assert_eq!(window.trace().outcome, Outcome::Closed { by: ClosedBy::NoUpstream });
        for words in [words, "the proxy could not connect to the upstream"] {
            assert!(window.has_part(words), "{words}");
        }
        every_view(&mut window);
    }
}

#[test]
fn the_window_shows_what_went_each_way_and_how_it_ended() {
    let (_filter, path) = scenario(NETWORK, STEPS);
    let mut window = Window::new(Start::Path(path));
    assert_eq!(window.trace().outcome, Outcome::Closed { by: ClosedBy::BothEnds });
    for words in [
        "the connection ended when both ends had",
        "Data from the client",
        "Data from the upstream",
        "Rewrote what the client sent",
        ">hello>",
        "A TCP connection",
        "instead of sending a request",
        "1. the client sends 5 B: hello",
        "2. after 20 ms, the upstream sends 5 B: world",
        "4. the upstream closes its socket",
    ] {
        assert!(window.has_part(words), "{words}");
    }
    window.press(Key::F7);
    assert!(window.has_part("Change 1 of"), "the data is a change to walk to");
    window.does(Command::ShowTimeline);
    for words in [
        "the client opens a TCP connection",
        "Upstream connected",
        "Data to the upstream",
        "Connection closed",
    ] {
        assert!(window.has_part(words), "{words}");
    }
    assert_eq!(window.model().view.center, CenterTab::Timeline);
    every_view(&mut window);
    assert_eq!(window.model().view.diff, DiffMode::SideBySide);
    assert_eq!(
        window.model().runs.current.as_ref().map(|run| run.raw().0.starts_with(b"-> upstream\n>hello>")),
        Some(true)
    );
}

#[test]
fn it_says_the_same_in_chinese() {
    let (_filter, path) = scenario(NETWORK, STEPS);
    let mut window = Window::new(Start::Path(path));
    window.does(Command::SimplifiedChinese);
    for words in [
        "连接两端都结束后，连接关闭",
        "TCP 连接",
        "来自客户端的数据",
        "改写了客户端发送的数据",
        "20 ms 后，上游发送 5 B",
    ] {
        assert!(window.has_part(words), "{words}");
    }
    every_view(&mut window);
}

#[test]
fn connections_that_hang_or_fail_or_have_no_steps_are_shown_too() {
    let holds = r#"(func (export "proxy_on_new_connection") (param i32) (result i32) (i32.const 1))"#;
    let traps = r#"(func (export "proxy_on_downstream_data") (param i32 i32 i32) (result i32) unreachable)"#;
    for (body, steps, words) in [
        (holds, STEPS, "held the client's side of the connection in on_new_connection"),
        (traps, STEPS, "on_downstream_data"),
        ("", "", "Passed everything on as it came"),
    ] {
        let (_filter, path) = scenario(body, steps);
        let mut window = Window::new(Start::Path(path));
        assert!(window.has_part(words), "{words}");
        every_view(&mut window);
    }
}

#[test]
fn a_step_that_cannot_be_done_is_explained_at_its_place() {
    let (_filter, path) = scenario("", r#"{"from":"client","end":true},{"from":"client","send":"a"}"#);
    let window = Window::new(Start::Path(path));
    assert!(window.has_part("This end has sent its last in step 1."));
}
