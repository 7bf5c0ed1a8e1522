//! A scenario is written in the window, with the keyboard and with an input method.

use egui::{Event, ImeEvent, Key, Modifiers};
use filterlab::gui::{commands::Command, model::Region, shell::Start};
use filterlab::scenario::HeaderLine;
use filterlab::trace::Outcome;

use crate::filters::filter;
use crate::window::Window;

const CTRL: Modifiers = Modifiers { ctrl: true, command: true, ..Modifiers::NONE };

/// What upstream and client got in the run that is shown, as HTTP text.
fn messages(window: &Window) -> String {
    let run = window.model().runs.current.as_ref().expect("there is a result");
    String::from_utf8_lossy(&run.raw().0).into_owned()
}

fn messages_to(window: &Window) -> (String, String) {
    let text = messages(window);
    let (upstream, client) = text.split_once("<- client").expect("both sides are there");
    (upstream.to_owned(), client.to_owned())
}

/// Adds a header or trailer and lets the run follow.
fn adds(window: &mut Window, button: &str, name: &str, value: &str) {
    window.focus(button);
    window.press(Key::Enter);
    window.types(name);
    window.press(Key::Enter);
    window.types(value);
    window.wait(0.3);
    window.press(Key::Escape);
}

/// Only the rows that are seen exist.
fn to_the_end_of_the_changes(window: &mut Window) {
    while window.model().region != Region::Center {
        window.press(Key::F6);
    }
    window.press(Key::End);
}

fn line(name: &str, value: &str) -> HeaderLine {
    HeaderLine::new(name, value)
}

#[test]
fn a_request_body_is_typed_and_reaches_the_upstream() {
    let mut window = Window::sample("add_headers");
    window.does(Command::ShowRequest);
    window.focus("Kind of body");
    window.press(Key::Enter);
    window.press(Key::ArrowDown);
    window.press(Key::ArrowDown);
    window.press(Key::Enter);
    window.focus("Request body");
    window.types("{\"name\":");
    assert!(window.has_part("Not JSON at line 1"), "a half-written body says where it ends");
    window.types("\"张三\"}");
    window.wait(0.3);
    assert_eq!(window.scenario().request.body.text(), Some("{\"name\":\"张三\"}"));
    assert!(window.has("valid JSON"));
    assert!(messages_to(&window).0.contains("{\"name\":\"张三\"}"));
    window.does(Command::OnlyChanges);
    assert!(window.has_part("Request body, nothing changed"), "the filter let it through");
}

#[test]
fn a_plugin_configuration_is_typed_and_the_filter_obeys() {
    let mut window = Window::sample("add_headers");
    window.press_with(CTRL, Key::Num3);
    window.focus("Plugin configuration");
    let typed = r#"{"request": {"set": [["x-env", "typed"]]}}"#;
    window.replaces(typed);
    window.wait(0.3);
    assert_eq!(window.scenario().chain[0].plugin_config.text(), Some(typed));
    assert!(window.has_part("x-env: typed"));
    assert!(messages_to(&window).0.contains("x-debug: 1"), "it is no longer removed");

    window.replaces(r#"{"respones": {}}"#);
    window.wait(0.3);
    assert!(matches!(window.trace().outcome, Outcome::Refused { .. }), "a misspelt key is refused");
    assert!(window.has("What to do"));
}

#[test]
fn a_vm_configuration_is_typed_and_the_filter_is_told_its_length() {
    let strict = filter(
        "strict.wasm",
        r#"(func (export "proxy_on_vm_start") (param $root i32) (param $size i32) (result i32)
             (i32.ne (local.get $size) (i32.const 5)))"#,
    );
    let mut window = Window::new(Start::Path(strict.path.clone()));
    assert_eq!(window.trace().outcome.kind(), "finished");
    window.does(Command::ShowConfig);
    window.focus("VM configuration");
    window.types("short");
    window.wait(0.3);
    assert_eq!(window.scenario().chain[0].vm_config.text(), Some("short"));
    assert!(matches!(window.trace().outcome, Outcome::Refused { .. }));
    window.types("er");
    window.wait(0.3);
    assert_eq!(window.trace().outcome.kind(), "finished", "another letter makes it right again");
}

#[test]
fn a_root_id_is_typed_and_run_with() {
    let mut window = Window::sample("add_headers");
    window.does(Command::ShowConfig);
    window.focus("Root id");
    window.replaces("根-1");
    window.wait(0.3);
    assert_eq!(window.scenario().chain[0].root_id, "根-1");
    assert_eq!(window.ran().chain[0].root_id, "根-1");
    window.press_with(CTRL, Key::Z);
    assert_ne!(window.scenario().chain[0].root_id, "根-1");
}

#[test]
fn a_response_header_is_typed_and_the_client_gets_it() {
    let mut window = Window::sample("add_headers");
    window.does(Command::ShowResponse);
    adds(&mut window, "Add a response header", "x-typed", "一");
    assert_eq!(window.scenario().reply.headers.last(), Some(&line("x-typed", "一")));
    let (upstream, client) = messages_to(&window);
    assert!(client.contains("x-typed: 一") && !upstream.contains("x-typed"));
    adds(&mut window, "Add a response header", "x-powered-by", "typing");
    assert!(!messages_to(&window).1.contains("typing"), "the filter removes this one");
    to_the_end_of_the_changes(&mut window);
    assert!(window.has_part("removed: x-powered-by: typing"), "and the window shows that");
}

#[test]
fn trailers_of_request_and_response_are_typed_and_arrive() {
    let mut window = Window::sample("add_headers");
    window.does(Command::ShowRequest);
    window.focus("Unfold Trailers");
    window.press(Key::Enter);
    adds(&mut window, "Add a request trailer", "x-sum", "9a3c");
    assert_eq!(window.scenario().request.trailers, [line("x-sum", "9a3c")]);
    assert!(messages_to(&window).0.contains("x-sum: 9a3c"));

    window.does(Command::ShowResponse);
    window.focus("Unfold Trailers");
    window.press(Key::Enter);
    adds(&mut window, "Add a response trailer", "x-cost", "3");
    assert_eq!(window.scenario().reply.trailers, [line("x-cost", "3")]);
    assert!(messages_to(&window).1.contains("x-cost: 3"));
    window.does(Command::OnlyChanges);
    to_the_end_of_the_changes(&mut window);
    for row in ["Response trailers, nothing changed", "x-cost: 3"] {
        assert!(window.has_part(row), "among the changes: {row}");
    }
}

/// What an input method sends for 张三.
fn composes(window: &mut Window) {
    for letters in ["z", "zhang", "zhang san"] {
        let active = Some(0..letters.len());
        let preedit = ImeEvent::Preedit { text: letters.into(), active_range_chars: active };
        window.harness.event(Event::Ime(preedit));
        window.harness.run();
    }
    window.harness.event(Event::Ime(ImeEvent::Commit("张三".into())));
    window.harness.run();
}

#[test]
fn statement_18_chinese_is_typed_with_an_input_method_into_a_header_and_a_body() {
    let mut window = Window::sample("add_headers");
    window.does(Command::ShowRequest);
    let before = window.scenario();
    window.focus("Value of x-env");
    window.press(Key::Enter);
    window.press_with(CTRL, Key::A);
    composes(&mut window);
    window.types("!");
    assert_eq!(window.scenario().request.headers[2], line("x-env", "张三!"));
    window.press(Key::Escape);
    window.press_with(CTRL, Key::Z);
    assert_eq!(window.scenario(), before, "one step back, whatever was composed on the way");

    window.does(Command::ShowResponse);
    window.focus("Response body");
    window.press_with(CTRL, Key::A);
    composes(&mut window);
    composes(&mut window);
    assert_eq!(window.scenario().reply.body.text(), Some("张三张三"));
    window.wait(0.3);
    assert!(messages_to(&window).1.contains("\n\n张三张三"), "nothing of the letters is left");
}

#[test]
fn a_problem_is_said_at_its_field_and_the_last_result_stays() {
    let mut window = Window::sample("mask_pii");
    window.does(Command::ShowRequest);
    let shown = window.run_number();
    window.focus("URL");
    window.press_with(CTRL, Key::A);
    window.press(Key::Backspace);
    window.wait(0.3);
    let words = "The URL is empty. Write it as https://host/path.";
    assert_eq!(window.scenario().request.url, "");
    assert!(window.has(words) && window.has(&format!("URL: {words}")));
    assert!(window.has("Not run"), "the status bar says that this is not run");
    assert!(window.has_part("138****5678") && window.run_number() == shown);
    window.types("https://api.example.com/");
    window.wait(0.3);
    assert!(!window.has(words) && !window.has("Not run"));
    let shown = window.run_number();

    let mut edited = window.scenario();
    edited.request.headers[1].value = "a\nb".into();
    window.does(Command::Edit(Box::new(edited), false));
    window.wait(0.3);
    let words = "Byte 2 of the value of accept is 0x0A; values hold no line breaks and no NUL. Remove it.";
    assert!(window.has(words) && window.has_part(&format!("Value of accept: {words}")));
    assert!(window.has("Not run") && window.has_part("138****5678"));
    assert_eq!(window.run_number(), shown);
    window.focus(&format!("Value of accept: {words}"));
    window.press(Key::Enter);
    window.replaces("text/html");
    window.wait(0.3);
    assert!(!window.has("Not run") && window.run_number() > shown, "typed over, it runs again");
}
