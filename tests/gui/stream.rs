//! The picture of a stream: where it is, who holds it, who could let it go on.

use std::path::Path;

use egui::Key;
use filterlab::gui::commands::Command;
use filterlab::gui::model::CenterTab;
use filterlab::gui::shell::Start;

use crate::support::picture;
use crate::timeline::{asking, scripted};
use crate::window::Window;

/// Pauses in the headers to wait for the body, which Envoy then does not deliver.
fn waiting_for_the_body() -> crate::timeline::Scripted {
    scripted(
        "reqh ret 1\nreqb add 0 \"x-body-sha256\" \"1\"",
        r#""request": {"method": "POST", "url": "https://orders.example.com/v1/orders", "headers": [["content-type", "application/json"]],
            "body": "{\"order\":8812,\"items\":[1,2,3]}", "chunks": [16, 14]},
           "reply": {"status": 201},"#,
    )
}

fn opened(scripted: &crate::timeline::Scripted, size: [f32; 2]) -> Window {
    let mut window = Window::sized(size, Start::Path(scripted.file.clone()));
    window.does(Command::ShowStream);
    window
}

#[test]
fn the_stream_can_be_drawn() {
    let (stuck, asked) = (waiting_for_the_body(), asking());
    for (name, size) in [("1280", [1280.0, 800.0]), ("900", [900.0, 600.0])] {
        let mut window = opened(&stuck, size);
        picture(&mut window.harness, &format!("stream-stuck-dark-{name}"));
        window.does(Command::ThemeLight);
        window.does(Command::SimplifiedChinese);
        picture(&mut window.harness, &format!("stream-stuck-zh-light-{name}"));
        let mut window = opened(&asked, size);
        picture(&mut window.harness, &format!("stream-done-dark-{name}"));
        for _ in 0..25 {
            window.press(Key::CloseBracket);
        }
        picture(&mut window.harness, &format!("stream-waiting-dark-{name}"));
    }
}

#[test]
fn chains_traps_and_local_replies_can_be_drawn() {
    for name in ["p16_reply_in_the_chain", "p07_trap", "p06_reply_then_continue"] {
        let file =
            Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/pain_points/{name}.scenario.json"));
        let mut window = Window::sized([1280.0, 800.0], Start::Path(file));
        window.does(Command::ShowStream);
        picture(&mut window.harness, &format!("stream-{name}"));
    }
}

#[test]
fn a_request_that_nobody_resumes_says_who_could_have_and_why_not() {
    let stuck = waiting_for_the_body();
    let window = opened(&stuck, [1280.0, 800.0]);
    assert!(window.has("The request stayed paused forever"));
    assert!(window.has("on_request_body, cannot: not called while the headers are paused"));
    assert!(window.has("on_http_call_response, cannot: no call was made"));
    assert!(window.has("on_tick, cannot: no period is set"));
    assert!(window.has("on_queue_ready, cannot: no queue is registered"));
    assert!(window.has_part("probe.wasm, Request: Paused at 0 ms"));
    assert!(window.has_part("Upstream, Request: Not contacted, waits for headers"));
    assert!(window.has("body: 30 B 2 chunks"));
}

#[test]
fn what_would_help_is_tried_with_a_button_and_taken_back() {
    let stuck = waiting_for_the_body();
    let mut window = opened(&stuck, [1280.0, 800.0]);
    window.clicks("Try with allow_on_headers_stop_iteration");
    window.wait(0.2);
    assert!(window.scenario().chain[0].allow_on_headers_stop_iteration);
    assert!(!window.has("The request stayed paused forever"), "the body resumes it");
    assert!(window.has("allow_on_headers_stop_iteration was set in the scenario"));
    window.clicks("Undo");
    window.wait(0.2);
    assert!(!window.scenario().chain[0].allow_on_headers_stop_iteration);
    assert!(window.has("The request stayed paused forever"));
}

#[test]
fn a_request_that_waits_says_who_will_resume_it_and_when() {
    let asked = asking();
    let mut window = opened(&asked, [1280.0, 800.0]);
    let pause = window.trace().numbered().find(|(_, event)| {
        matches!(
            event.kind,
            filterlab::trace::EventKind::Stream(filterlab::trace::StreamAction::Paused { .. })
        )
    });
    let (event, _) = pause.expect("it pauses");
    window.does(Command::RevealEvent(event));
    assert!(window.has("on_http_call_response, could: token 4 is answered at 42 ms"));
    assert!(!window.has("The request stayed paused forever"));
    // Enter on a row leads to the event.
    window.clicks("on_http_call_response, could: token 4 is answered at 42 ms");
    assert_eq!(window.model().view.center, CenterTab::Timeline);
    let shown = window.model().view.event.expect("an event is chosen");
    assert!(shown > event);
    window.does(Command::Back);
    assert_eq!(window.model().view.center, CenterTab::Stream);
}

#[test]
fn the_messages_are_shown_as_they_were_at_the_event() {
    let asked = asking();
    let mut window = opened(&asked, [1280.0, 800.0]);
    assert!(window.has_part("x-user-id: u-1024"), "at the end it is there");
    let first = window.trace().begin_of(0).expect("a request was sent");
    window.does(Command::RevealEvent(first));
    assert!(!window.has_part("x-user-id: u-1024"), "at the beginning it is not");
    assert!(window.has_part("authorization: Bearer ••••"));
}

#[test]
fn brackets_move_the_moment_and_the_view_stays() {
    let asked = asking();
    let mut window = opened(&asked, [1280.0, 800.0]);
    window.press(Key::CloseBracket);
    window.press(Key::CloseBracket);
    assert_eq!(window.model().view.center, CenterTab::Stream);
    assert!(window.has_part("Event 2 of "));
    assert!(window.has("No request has begun at this event"));
}

#[test]
fn a_tcp_connection_has_no_such_picture_and_says_where_to_look() {
    let connection = scripted(
        "",
        r#""connection": {"steps": [{"from": "client", "send": "hello"}, {"from": "client", "close": true}]},"#,
    );
    let window = opened(&connection, [1280.0, 800.0]);
    assert!(window.has("This run opened a TCP connection and sent no request"));
}
