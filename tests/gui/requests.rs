//! A run of several requests in the window: one of them is looked at, and the others are a key away.

use std::path::PathBuf;

use egui::{Key, Modifiers};
use filterlab::gui::{commands::Command, model::CenterTab, shell::Start};
use filterlab::view::Language;

use crate::filters::{Filter, filter};
use crate::window::Window;

/// Numbers the requests, and traps at the second one.
const COUNTS: &str = r#"
  (import "env" "proxy_add_header_map_value" (func $add (param i32 i32 i32 i32 i32) (result i32)))
  (global $count (mut i32) (i32.const 48))
  (data (i32.const 8) "x-turn")
  (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
    (global.set $count (i32.add (global.get $count) (i32.const 1)))
    (i32.store8 (i32.const 16) (global.get $count))
    (drop (call $add (i32.const 0) (i32.const 8) (i32.const 6) (i32.const 16) (i32.const 1)))
    (if (i32.eq (global.get $count) (i32.const 50)) (then unreachable))
    (i32.const 0))"#;

fn scenario(more: &str) -> (Filter, PathBuf) {
    let filter = filter("counts.wasm", COUNTS);
    let path = filter.path.with_file_name("counts.scenario.json");
    let text = format!(r#"{{"chain":[{{"filter":"counts.wasm","failure_policy":"fail_reload"}}]{more}}}"#);
    std::fs::write(&path, text).expect("the file can be written");
    (filter, path)
}

/// Request 1 passes, request 2 traps, request 3 comes to a new VM.
fn three() -> (Filter, Window) {
    let more = r#","request":{"url":"http://a/one"},"then":[{"request":{"url":"http://a/two"}},
        {"wait_ms":2000,"request":{"url":"http://a/three"}}]"#;
    let (filter, path) = scenario(more);
    (filter, Window::new(Start::Path(path)))
}

fn looked_at(window: &Window) -> (usize, String) {
    let run = window.model().runs.current.as_ref().expect("there is a result");
    (run.exchange, String::from_utf8_lossy(&run.raw().0).into_owned())
}

/// What the filters did with the request that is looked at.
fn story(window: &Window) -> String {
    let run = window.model().runs.current.as_ref().expect("there is a result");
    run.story(Language::English).as_str().to_owned()
}

#[test]
fn each_request_has_changes_and_an_end_of_its_own() {
    let (_filter, mut window) = three();
    let kinds: Vec<_> = (0..3).map(|number| window.trace().outcome_of(number).kind()).collect();
    assert_eq!(kinds, ["finished", "trapped", "finished"]);
    assert!(window.has("Request 2 of 3"), "what went wrong comes first");
    assert!(story(&window).contains("trapped in on_request_headers"), "{}", story(&window));
    assert!(looked_at(&window).1.contains("(nothing)"), "it never reached the upstream");
    assert!(window.has("The filter trapped in on_request_headers"), "its card is there");

    window.clicks("Previous request");
    assert!(window.has("Request 1 of 3"));
    assert!(looked_at(&window).1.contains(":path: /one"));
    assert_eq!(story(&window), "Added x-turn on the request.");
    assert!(!window.has("The filter trapped in on_request_headers"), "it is no concern of this one");
    assert!(window.has_part("in request 2 of 3"), "the status line still says it");
    window.does(Command::NextRequest);

    window.press_with(Modifiers::ALT, Key::ArrowDown);
    assert!(window.has("Request 3 of 3"));
    assert_eq!(looked_at(&window).0, 2);
    assert!(looked_at(&window).1.contains("x-turn: 1"), "the VM is a new one");
    window.press_with(Modifiers::ALT, Key::ArrowDown);
    assert_eq!(looked_at(&window).0, 2, "the last one is followed by none");
    assert!(window.has_part("This is the last request"));

    window.does(Command::PreviousRequest);
    window.does(Command::PreviousRequest);
    assert_eq!(looked_at(&window).0, 0);
}

#[test]
fn an_edit_keeps_the_request_that_is_looked_at_and_another_document_does_not() {
    let (_filter, mut window) = three();
    window.does(Command::NextRequest);
    window.does(Command::Run);
    assert_eq!(looked_at(&window).0, 2);
    let mut scenario = window.scenario();
    scenario.then.pop();
    window.does(Command::Edit(Box::new(scenario), false));
    window.does(Command::Run);
    assert_eq!(looked_at(&window).0, 1, "the last one of those that are left");
    window.does(Command::OpenSample("add_headers".into()));
    assert_eq!(looked_at(&window).0, 0);
    assert!(!window.has_part("Request 1 of"), "a single request needs no picker");
}

#[test]
fn a_host_call_of_another_request_leads_to_its_change_and_back() {
    let (_filter, mut window) = three();
    let last = window.trace().changes().last().expect("the third request was changed").event;
    window.does(Command::ShowHostCalls);
    window.does(Command::FollowEvent(last));
    assert_eq!(looked_at(&window).0, 2);
    assert_eq!(window.model().view.center, CenterTab::Changes);
    assert_eq!(window.model().view.change, Some(0));
    window.does(Command::Back);
    assert_eq!((looked_at(&window).0, window.model().view.center), (1, CenterTab::HostCalls));
}

#[test]
fn the_timeline_goes_to_the_beginning_of_the_request() {
    let (_filter, mut window) = three();
    window.does(Command::ShowTimeline);
    window.does(Command::NextRequest);
    let event = window.model().view.event.expect("its first event is chosen");
    assert_eq!(Some(event), window.trace().begin_of(2));
}

#[test]
fn hundreds_of_presses_end_at_the_request_that_was_meant() {
    let (_filter, path) = scenario(r#","repeat":400"#);
    let mut window = Window::new(Start::Path(path));
    let ctx = window.harness.ctx.clone();
    for _ in 0..350 {
        window.shell().apply(Command::NextRequest, &ctx);
    }
    window.settle();
    assert_eq!(looked_at(&window).0, 351);
    assert!(window.has("Request 352 of 400"));
}

#[test]
fn it_says_the_same_in_chinese() {
    let (_filter, mut window) = three();
    window.does(Command::SimplifiedChinese);
    assert!(window.has("第 2 个请求，共 3 个"));
    assert!(window.has_part("3 个请求"), "the status line counts them");
}
