//! The form of what an upstream answers: all of a reply, what it says to retries, and the addresses of names.

use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable;
use filterlab::gui::{commands::Command, shell::Start};
use filterlab::scenario::{CalloutFailure, Scenario};

use crate::window::Window;

const CTRL: Modifiers = Modifiers { ctrl: true, command: true, ..Modifiers::NONE };

fn tall(tab: Command) -> Window {
    let mut window = Window::sized([1280.0, 1600.0], Start::Sample);
    window.does(tab);
    window
}

fn chooses(window: &mut Window, list: &str, option: &str) {
    window.focus(list);
    window.press(Key::Enter);
    window.clicks(option);
}

fn edited(window: &mut Window, change: impl FnOnce(&mut Scenario)) {
    let mut scenario = window.scenario();
    change(&mut scenario);
    window.does(Command::Edit(Box::new(scenario), false));
}

#[test]
fn why_there_is_no_reply_is_chosen_and_undone() {
    let mut window = tall(Command::ShowResponse);
    chooses(&mut window, "What the upstream does", "nobody listens");
    assert_eq!(window.scenario().reply.fails, Some(CalloutFailure::ConnectionFailure));
    assert!(!window.has("Status") && !window.has("Response body"), "there is no answer");
    window.wait(0.4);
    let reply = window.trace().exchanges[0].downstream.as_ref().and_then(|sent| sent.headers.get(":status"));
    assert_eq!(reply.map(|status| &status[..]), Some(&b"503"[..]), "as Envoy answers then");
    window.press_with(CTRL, Key::Z);
    assert_eq!(window.scenario().reply.fails, None);
    assert!(window.has("Status"));
    window.press_with(CTRL, Key::Y);
    assert_eq!(window.scenario().reply.fails, Some(CalloutFailure::ConnectionFailure));
}

#[test]
fn the_older_way_to_write_a_reset_is_shown_as_one_and_given_up_when_another_is_chosen() {
    let mut window = tall(Command::ShowResponse);
    edited(&mut window, |scenario| scenario.reply.reset = true);
    assert!(!window.has("Status"), "it resets the stream");
    assert!(window.scenario().reply.reset, "looking at it changes nothing");
    chooses(&mut window, "What the upstream does", "answers");
    assert_eq!((window.scenario().reply.reset, window.scenario().reply.fails), (false, None));
}

#[test]
fn the_parts_of_a_reply_get_their_times_and_their_end() {
    let mut window = tall(Command::ShowResponse);
    window.clicks("Unfold Timing");
    window.clicks("Answer before the request has ended");
    window.focus("Time between two parts of the answer");
    window.replaces("5 ms");
    window.focus("Pieces after which the upstream resets the stream; empty: never");
    window.replaces("two");
    assert!(window.has_part("Write a whole number, or nothing"));
    assert_eq!(window.scenario().reply.reset_after, None, "what is wrong is not taken");
    window.replaces("1");
    let reply = window.scenario().reply;
    assert_eq!((reply.at_once, reply.gap_ms, reply.reset_after), (true, 5, Some(1)));
    window.harness.key_press_modifiers(Modifiers::COMMAND, Key::A);
    window.press(Key::Backspace);
    assert_eq!(window.scenario().reply.reset_after, None);
    window.press(Key::Escape);
    for _ in 0..3 {
        window.press_with(CTRL, Key::Z);
    }
    let reply = window.scenario().reply;
    assert_eq!((reply.at_once, reply.gap_ms, reply.reset_after), (false, 0, None));
    assert!(window.has("Fold Timing"), "it stays open");
}

#[test]
fn replies_to_retries_are_a_list_with_the_form_of_every_answer() {
    let mut window = tall(Command::ShowResponse);
    edited(&mut window, |scenario| {
        scenario.reply.status = 503;
        scenario.request.headers.push(filterlab::scenario::HeaderLine::new("x-later", "1"));
    });
    window.clicks("Add an answer");
    assert!(window.has_part("each retry: 200"));
    window.clicks("Add an answer");
    window.focus("Status of the answer");
    window.replaces("404");
    window.press(Key::Escape);
    window.focus("Body of the answer");
    window.types("at last");
    window.press(Key::Escape);
    let again = window.scenario().reply.again;
    assert_eq!(again.iter().map(|reply| reply.status).collect::<Vec<_>>(), [200, 404]);
    assert_eq!(again[1].body.text(), Some("at last"));
    window.focus("When asked again, 2 rows");
    window.settle();
    assert!(window.has_part("from retry 2 on: 404, 7 B"));
    window.press_with(Modifiers::ALT, Key::ArrowUp);
    assert_eq!(window.scenario().reply.again[0].status, 404);
    edited(&mut window, |scenario| scenario.reply.again[1].status = 99);
    assert!(window.has_part("99 is not a status"), "its row says what is wrong");
    window.does(Command::SimplifiedChinese);
    assert!(window.has_part("第 1 次重试: 404, 7 B"));
}

#[test]
fn metadata_is_edited_and_said_to_be_nothing_on_http1() {
    let mut window = tall(Command::ShowRequest);
    window.clicks("Unfold Metadata");
    window.clicks("Add a metadata entry");
    window.types("trace");
    window.press(Key::Enter);
    window.types("on");
    window.press(Key::Escape);
    let line = window.scenario().request.metadata.into_iter().next().expect("there is one");
    assert_eq!((line.on, line.name.as_str(), line.value.text()), (true, "trace", Some("on")));
    assert!(window.has("Filters are told only how many entries there are."));
    edited(&mut window, |scenario| scenario.proxy.downstream = filterlab::http::Protocol::Http1);
    assert!(window.has("HTTP/1.1 has no metadata: nothing of it is sent."));
}

#[test]
fn names_get_their_addresses_in_the_environment() {
    let mut window = tall(Command::ShowEnvironment);
    window.clicks("Add a name that resolves");
    window.types("auth.internal");
    window.press(Key::Enter);
    window.types("10.0.0.8, 2001:db8::8");
    window.press(Key::Escape);
    let names = window.scenario().names;
    assert_eq!(names["auth.internal"], ["10.0.0.8", "2001:db8::8"]);
    window.clicks("Add a name that resolves");
    window.types("auth.internal");
    assert!(window.has_part("auth.internal is here twice"));
    window.press(Key::Escape);
    assert_eq!(window.scenario().names, names, "what is wrong is not taken");
    window.press_with(CTRL, Key::Z);
    window.press_with(CTRL, Key::Z);
    assert!(window.scenario().names.is_empty());
}

#[test]
fn answers_to_callouts_are_cut_into_pieces_too() {
    let mut window = tall(Command::ShowEnvironment);
    edited(&mut window, |scenario| {
        let mocks = r#"[{"upstream":"auth","answers":[{"body":"0123456789"}]}]"#;
        scenario.callouts = serde_json::from_str(mocks).expect("they are mocks");
    });
    chooses(&mut window, "How the body is cut into chunks", "2 chunks");
    let answer = window.scenario().callouts[0].answers[0].clone();
    assert_eq!(answer.chunks.split(&answer.body.0).len(), 2);
}

#[test]
fn the_body_stays_as_tall_as_it_is_while_the_tab_is_scrolled() {
    let mut window = Window::sized([1280.0, 700.0], Start::Sample);
    window.does(Command::ShowResponse);
    let rect = |window: &Window| window.harness.get_by_label("Response body").rect();
    let before = rect(&window);
    let place = window.harness.get_by_label("Status").rect().center();
    for _ in 0..20 {
        window.scrolls(place, -60.0);
    }
    let after = rect(&window);
    assert_eq!(after.height(), before.height());
    assert!(before.top() - after.top() < before.height(), "{before:?} {after:?}");
}
