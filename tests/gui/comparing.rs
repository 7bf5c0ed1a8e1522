//! Two runs side by side.

use egui::Key;
use filterlab::gui::{
    apply::CompareCommand, commands::Command, comparing::Subject, model::CenterTab, shell::Start,
};

use crate::support::picture;
use crate::window::Window;

/// Frames until the comparison and its figures are there.
fn settle(window: &mut Window) {
    window.settle();
    window.shell().model.comparing.wait();
    window.settle();
}

fn edits(window: &mut Window, url: &str) {
    let mut scenario = window.scenario();
    scenario.request.url = url.into();
    scenario.request.headers.push(filterlab::scenario::HeaderLine::new("x-run", url));
    window.does(Command::Edit(Box::new(scenario), false));
    window.wait(0.3);
}

fn compared() -> Window {
    let mut window = Window::sample("mask_pii");
    edits(&mut window, "https://api.example.com/v2/other?x=1");
    window.does(Command::CompareRuns);
    settle(&mut window);
    window
}

#[test]
fn the_last_run_is_compared_with_the_one_before() {
    let mut window = compared();
    assert_eq!(window.model().comparing.subject, Some(Subject::Runs { a: 1, b: 2 }));
    assert!(window.has_part("B differs from A in request headers"), "one sentence first");
    assert!(window.has_part("host calls: A"), "and what it costs");
    picture(&mut window.harness, "compare-runs-en-dark");
}

#[test]
fn f7_goes_through_the_differences_and_says_where_it_is() {
    let mut window = compared();
    window.press(Key::F7);
    let first = window.model().comparing.row;
    assert!(first.is_some());
    window.press(Key::F7);
    assert!(
        window.model().comparing.row > first,
        "{first:?} {:?} {:?}",
        window.model().comparing.row,
        window.model().comparing.result.as_ref().map(|r| r.comparison.items().to_vec())
    );
    let count = window.model().comparing.result.as_ref().expect("it was made").comparison.items().len();
    for _ in 0..count {
        window.press(Key::F7);
    }
    assert!(window.model().comparing.row.is_some(), "after the last comes the first");
    assert!(window.has_part(&format!("Change 1 of {count}")) || window.has_part(&format!("of {count}: ")));
}

#[test]
fn any_run_can_be_pinned_and_compared_with_any_other() {
    let mut window = Window::sample("add_headers");
    window.does(Command::PinRun);
    for place in 0..25 {
        edits(&mut window, &format!("https://example.com/{place}"));
    }
    assert!(window.model().runs.history.get(1).is_some(), "the pinned one is kept");
    assert!(window.model().runs.history.get(2).is_none(), "others are not kept for ever");
    window.does(Command::CompareRuns);
    settle(&mut window);
    assert_eq!(window.model().comparing.subject, Some(Subject::Runs { a: 1, b: 26 }));
    window.does(Command::Compare(CompareCommand::ChooseA(25)));
    settle(&mut window);
    assert_eq!(window.model().comparing.subject, Some(Subject::Runs { a: 25, b: 26 }));
    window.does(Command::Compare(CompareCommand::Swap));
    settle(&mut window);
    assert_eq!(window.model().comparing.subject, Some(Subject::Runs { a: 26, b: 25 }));
}

#[test]
fn with_one_run_there_is_nothing_to_compare() {
    let mut window = Window::new(Start::Sample);
    window.press_with(egui::Modifiers::COMMAND | egui::Modifiers::SHIFT, Key::D);
    assert_ne!(window.model().view.center, CenterTab::Compare);
}

#[test]
fn secrets_are_hidden_as_everywhere() {
    let mut window = Window::sample("add_headers");
    let with = |window: &mut Window, token: &str| {
        let mut scenario = window.scenario();
        scenario.request.headers = vec![filterlab::scenario::HeaderLine::new("authorization", token)];
        window.does(Command::Edit(Box::new(scenario), false));
        window.wait(0.3);
    };
    with(&mut window, "Bearer one-secret");
    with(&mut window, "Bearer two-secret");
    window.does(Command::CompareRuns);
    settle(&mut window);
    assert!(!window.has_part("-secret"));
    window.does(Command::ToggleMask);
    settle(&mut window);
    assert!(window.has_part("two-secret"));
}
