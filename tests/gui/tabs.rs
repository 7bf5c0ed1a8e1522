//! Several scenarios open at once: each in a tab with all that belongs to it.

use egui::{Key, Modifiers, PointerButton, Pos2};
use egui_kittest::kittest::Queryable;
use filterlab::gui::{
    commands::Command,
    model::{CenterTab, LeftTab},
    shell::Start,
};

use crate::filters::{Filter, bytes};
use crate::watching::Folder;
use crate::window::Window;

const CTRL: Modifiers = Modifiers { ctrl: true, command: true, ..Modifiers::NONE };
const CTRL_SHIFT: Modifiers = Modifiers { shift: true, ..CTRL };

/// Copies of a bundled filter under these names.
pub fn copies(names: &[&str]) -> Vec<Filter> {
    let (sample, _) = filterlab::samples::named("add_headers").expect("it is bundled");
    names.iter().map(|name| bytes(name, sample.module)).collect()
}

/// A window with a tab for each of these files; the last one is in front.
pub fn with(files: &[Filter]) -> Window {
    let mut window = Window::new(Start::Empty);
    for file in files {
        window.does(Command::OpenPath(file.path.clone()));
    }
    window
}

/// The names on the tabs, in their order.
fn row(window: &Window) -> Vec<String> {
    window.model().documents().map(|document| document.title()).collect()
}

fn front(window: &Window) -> String {
    window.model().document.as_ref().map(|document| document.title()).unwrap_or_default()
}

fn edit_url(window: &mut Window, url: &str) {
    let mut scenario = window.scenario();
    scenario.request.url = url.into();
    window.does(Command::Edit(Box::new(scenario), false));
    window.wait(1.1);
}

#[test]
fn each_file_opens_in_a_tab_of_its_own_and_the_row_is_there_for_two() {
    let files = copies(&["a.wasm", "b.wasm", "c.wasm"]);
    let mut window = with(&files[..1]);
    assert!(!window.has("Close a.wasm"), "one scenario needs no row");
    window.drop_file(&files[1].path);
    window.does(Command::OpenPath(files[2].path.clone()));
    assert_eq!(row(&window), ["a.wasm", "b.wasm", "c.wasm"]);
    for name in ["a.wasm", "b.wasm", "c.wasm"] {
        assert!(window.has(&format!("Close {name}")), "{name}");
    }
    assert_eq!(front(&window), "c.wasm");
    crate::support::picture(&mut window.harness, "tabs");
}

#[test]
fn a_file_that_is_open_is_gone_to_and_not_opened_twice() {
    let files = copies(&["a.wasm", "b.wasm"]);
    let mut window = with(&files);
    edit_url(&mut window, "https://b.example/");
    window.does(Command::OpenPath(files[0].path.clone()));
    assert_eq!((front(&window).as_str(), window.model().tab_count()), ("a.wasm", 2));
    window.does(Command::OpenPath(files[1].path.clone()));
    assert_eq!((front(&window).as_str(), window.model().tab_count()), ("b.wasm", 2));
    assert_eq!(window.scenario().request.url, "https://b.example/", "with its edits");
}

#[test]
fn a_sample_that_nobody_edited_gives_its_place() {
    let files = copies(&["a.wasm"]);
    let mut window = Window::sample("mask_pii");
    window.does(Command::OpenSample("add_headers".into()));
    assert_eq!(window.model().tab_count(), 1);
    edit_url(&mut window, "https://kept.example/");
    window.does(Command::OpenPath(files[0].path.clone()));
    assert_eq!(window.model().tab_count(), 2, "an edited one stays");
}

#[test]
fn statement_08_each_tab_undoes_its_own_edits_also_after_others_were_in_front() {
    let files = copies(&["a.wasm", "b.wasm"]);
    let mut window = with(&files);
    let first = window.scenario();
    edit_url(&mut window, "https://b.example/1");
    edit_url(&mut window, "https://b.example/2");
    window.press_with(CTRL, Key::Tab);
    assert_eq!(front(&window), "a.wasm");
    edit_url(&mut window, "https://a.example/1");
    window.press_with(CTRL_SHIFT, Key::Tab);
    assert_eq!(front(&window), "b.wasm");

    window.press_with(CTRL, Key::Z);
    assert_eq!(window.scenario().request.url, "https://b.example/1");
    window.press_with(CTRL, Key::Tab);
    window.press_with(CTRL, Key::Z);
    assert_eq!(window.scenario().request.url, first.request.url, "a.wasm has one step back");
    window.press_with(CTRL, Key::Z);
    assert_eq!(window.scenario().request.url, first.request.url, "and no more");
    window.press_with(CTRL_SHIFT, Key::Z);
    assert_eq!(window.scenario().request.url, "https://a.example/1");

    window.press_with(CTRL, Key::Tab);
    window.press_with(CTRL, Key::Z);
    assert_eq!(window.scenario(), first);
    for url in ["https://b.example/1", "https://b.example/2"] {
        window.press_with(CTRL_SHIFT, Key::Z);
        assert_eq!(window.scenario().request.url, url);
    }
}

#[test]
fn letters_typed_before_and_after_a_change_of_tabs_are_two_steps() {
    let files = copies(&["a.wasm", "b.wasm"]);
    let mut window = with(&files);
    let before = window.scenario().request.url;
    window.focus("URL");
    window.replaces("https://b.example/x");
    window.press_with(CTRL, Key::Tab);
    window.press_with(CTRL, Key::Tab);
    window.focus("URL");
    window.types("y");
    window.press_with(CTRL, Key::Z);
    assert_eq!(window.scenario().request.url, "https://b.example/x");
    window.press_with(CTRL, Key::Z);
    assert_eq!(window.scenario().request.url, before);
}

#[test]
fn what_was_looked_at_is_there_again_and_nothing_runs_for_it() {
    let files = copies(&["a.wasm", "b.wasm"]);
    let mut window = with(&files);
    window.does(Command::ShowTimeline);
    window.does(Command::ShowResponse);
    window.does(Command::NextEvent);
    window.does(Command::NextEvent);
    let (run, event) = (window.run_number(), window.model().view.event);
    window.does(Command::NextTab);
    assert_eq!(
        (window.model().view.center, window.model().view.left),
        (CenterTab::Changes, LeftTab::Request)
    );
    assert_ne!(window.run_number(), run);
    window.does(Command::NextTab);
    assert_eq!(
        (window.model().view.center, window.model().view.left),
        (CenterTab::Timeline, LeftTab::Response)
    );
    assert_eq!((window.run_number(), window.model().view.event), (run, event));
}

#[test]
fn an_edit_that_had_not_run_yet_runs_when_its_tab_is_in_front_again() {
    let files = copies(&["a.wasm", "b.wasm"]);
    let mut window = with(&files);
    let mut scenario = window.scenario();
    scenario.request.url = "https://late.example/".into();
    let ctx = window.harness.ctx.clone();
    window.shell().apply(Command::Edit(Box::new(scenario), false), &ctx);
    window.shell().apply(Command::NextTab, &ctx);
    window.wait(1.0);
    assert_ne!(window.ran().request.url, "https://late.example/");
    window.does(Command::NextTab);
    assert_eq!(window.ran().request.url, "https://late.example/");
}

#[test]
fn tabs_are_closed_by_key_cross_and_middle_button_and_opened_again_in_turn() {
    let files = copies(&["a.wasm", "b.wasm", "c.wasm", "d.wasm"]);
    let mut window = with(&files);
    window.does(Command::ShowTab(1));
    window.press_with(CTRL, Key::W);
    assert_eq!(row(&window), ["a.wasm", "c.wasm", "d.wasm"]);
    assert_eq!(front(&window), "d.wasm", "the one that was in front before");
    window.clicks("Close a.wasm");
    assert_eq!((row(&window).join(" "), front(&window)), ("c.wasm d.wasm".into(), "d.wasm".into()));
    let middle = window.harness.get_by_label("c.wasm").rect().center();
    click(&mut window, middle, PointerButton::Middle);
    assert_eq!(row(&window), ["d.wasm"]);
    for name in ["c.wasm", "a.wasm", "b.wasm"] {
        window.press_with(CTRL_SHIFT, Key::T);
        assert_eq!(front(&window), name);
    }
    assert_eq!(window.model().tab_count(), 4);
}

fn click(window: &mut Window, pos: Pos2, button: PointerButton) {
    window.harness.event(egui::Event::PointerMoved(pos));
    window.harness.step();
    for pressed in [true, false] {
        window.harness.event(egui::Event::PointerButton { pos, button, pressed, modifiers: Modifiers::NONE });
        window.harness.step();
    }
    window.settle();
}

#[test]
fn tabs_are_moved_by_dragging_and_by_key() {
    let files = copies(&["a.wasm", "b.wasm", "c.wasm"]);
    let mut window = with(&files);
    let place = |window: &Window, name: &str| window.harness.get_by_label(name).rect().center();
    let (from, to) = (place(&window, "a.wasm"), place(&window, "c.wasm"));
    window.harness.event(egui::Event::PointerMoved(from));
    window.harness.step();
    let button = |pos, pressed| egui::Event::PointerButton {
        pos,
        button: PointerButton::Primary,
        pressed,
        modifiers: Modifiers::NONE,
    };
    window.harness.event(button(from, true));
    window.harness.step();
    for step in 1..=20 {
        let pos = from + (to - from) * (step as f32 / 20.0);
        window.harness.event(egui::Event::PointerMoved(pos));
        window.harness.step();
    }
    window.harness.event(button(to, false));
    window.settle();
    assert_eq!(row(&window), ["b.wasm", "c.wasm", "a.wasm"]);
    assert_eq!(front(&window), "c.wasm", "it stays in front");

    window.press_with(CTRL_SHIFT, Key::PageUp);
    assert_eq!(row(&window), ["c.wasm", "b.wasm", "a.wasm"]);
    window.press_with(CTRL_SHIFT, Key::PageUp);
    assert_eq!(row(&window), ["c.wasm", "b.wasm", "a.wasm"], "it is the first already");
    for _ in 0..2 {
        window.press_with(CTRL_SHIFT, Key::PageDown);
    }
    assert_eq!(row(&window), ["b.wasm", "a.wasm", "c.wasm"]);
}

#[test]
fn each_tab_is_scrolled_to_where_it_was_left() {
    let files = copies(&["a.wasm", "b.wasm"]);
    let mut window = Window::sized([1280.0, 420.0], Start::Empty);
    for file in &files {
        window.does(Command::OpenPath(file.path.clone()));
    }
    window.does(Command::FoldLogs);
    window.does(Command::ShowTimeline);
    let names = |window: &Window| {
        let rows = window.harness.query_all_by_label_contains(", row ");
        rows.map(|row| row.rect().top() as i32).collect::<Vec<_>>()
    };
    let top = names(&window);
    window.scrolls(Pos2::new(800.0, 200.0), -60.0);
    let scrolled = names(&window);
    assert_ne!(scrolled, top);
    window.does(Command::NextTab);
    window.does(Command::ShowTimeline);
    assert_eq!(names(&window), top, "the other one was not scrolled");
    window.does(Command::NextTab);
    assert_eq!(names(&window), scrolled);
}

#[test]
fn a_tab_says_that_it_is_not_saved() {
    let files = copies(&["a.wasm", "b.wasm"]);
    let mut window = with(&files);
    assert!(window.has("b.wasm") && !window.has("b.wasm, not saved"));
    edit_url(&mut window, "https://b.example/");
    assert!(window.has("b.wasm, not saved"));
}

#[test]
fn what_cannot_be_read_in_a_field_belongs_to_its_scenario() {
    let folder = Folder::new();
    let [first, second, third] = ["a", "b", "c"].map(|name| folder.scenario(name, |_| {}));
    let mut window = Window::new(Start::Path(first));
    window.does(Command::OpenPath(second));
    assert_eq!(window.model().tab_count(), 2);
    let wrong = "Write a time such as 2026-01-01T00:00:00Z";
    window.does(Command::ShowEnvironment);
    window.focus("The run starts at");
    window.replaces("garbage");
    window.press(Key::Tab);
    assert!(window.has_part(wrong));

    window.does(Command::NextTab);
    window.does(Command::ShowEnvironment);
    assert_eq!(window.scenario().name, "a");
    assert!(!window.has_part(wrong), "another scenario has its own");
    window.does(Command::OpenPath(third));
    window.does(Command::ShowEnvironment);
    assert!(!window.has_part(wrong), "so has one that is opened");

    window.does(Command::ShowTab(2));
    assert_eq!(window.scenario().name, "b");
    window.does(Command::ShowEnvironment);
    assert!(window.has_part(wrong), "it waits where it was typed");
    window.does(Command::ShowRequest);
    window.does(Command::Save);
    assert!(window.has("What stands in The run starts at cannot be read, so the file keeps what was there"));
}
