//! What is typed arrives where the keyboard is.

use egui::{Key, Modifiers};
use filterlab::gui::{commands::Command, dialogs::Picked, shell::Start};

use crate::filters::filter;
use crate::window::Window;

const CTRL: Modifiers = Modifiers { ctrl: true, command: true, ..Modifiers::NONE };

/// What a keyboard sends for a letter: its key, and what it writes.
fn letter(window: &mut Window, key: Key, text: &str) {
    for event in [
        egui::Event::Key {
            key,
            physical_key: None,
            pressed: true,
            repeat: false,
            modifiers: Modifiers::NONE,
        },
        egui::Event::Text(text.to_owned()),
    ] {
        window.harness.event(event);
    }
    // One frame each, as fast fingers do it.
    window.harness.step();
}

fn value_of(window: &Window, name: &str) -> Option<String> {
    let scenario = window.scenario();
    let line = scenario.request.headers.iter().find(|line| line.name == name);
    line.and_then(|line| line.value.text().map(str::to_owned))
}

#[test]
fn letters_in_a_cell_that_tab_came_to_are_its_value() {
    let mut window = Window::sample("mask_pii");
    window.does(Command::ShowRequest);
    window.focus("Add a request header");
    window.press(Key::Enter);
    window.types("x-a");
    window.press(Key::Tab);
    assert_eq!(window.focused(), "Value of x-a");
    let looks = format!("{:?}", window.model().settings);
    for (key, text) in [(Key::Num1, "1"), (Key::Num0, "0"), (Key::B, "b"), (Key::U, "u")] {
        letter(&mut window, key, text);
    }
    window.settle();
    assert_eq!(value_of(&window, "x-a").as_deref(), Some("10bu"));
    assert_eq!(format!("{:?}", window.model().settings), looks, "no letter was a command");
    window.press(Key::Escape);
    assert_eq!(window.focused(), "Value of x-a", "the cell keeps the keyboard");
}

#[test]
fn letters_replace_what_a_cell_has_and_enter_and_f2_edit_it() {
    let mut window = Window::sample("mask_pii");
    window.does(Command::ShowRequest);
    let before = value_of(&window, "accept").expect("the sample has it");
    window.focus("Value of accept");
    letter(&mut window, Key::X, "x");
    letter(&mut window, Key::Y, "y");
    window.settle();
    assert_eq!(value_of(&window, "accept").as_deref(), Some("xy"));
    window.press_with(CTRL, Key::Z);
    assert_eq!(value_of(&window, "accept"), Some(before.clone()), "one step back");
    window.press(Key::Escape);
    for key in [Key::Enter, Key::F2] {
        window.focus("Value of accept");
        window.press(key);
        assert!(window.harness.ctx.text_edit_focused(), "{key:?} makes the cell a field");
        window.press(Key::End);
        window.types("!");
        window.press(Key::Escape);
    }
    assert_eq!(value_of(&window, "accept"), Some(format!("{before}!!")));
}

#[test]
fn after_undo_and_redo_the_caret_stands_behind_what_came_back() {
    let mut window = Window::sample("mask_pii");
    window.does(Command::ShowRequest);
    window.focus("URL");
    window.replaces("https://api.example.com/a");
    window.wait(2.0);
    window.types("/b/c");
    window.press_with(CTRL, Key::Z);
    assert_eq!(window.scenario().request.url, "https://api.example.com/a");
    window.press_with(Modifiers { shift: true, ..CTRL }, Key::Z);
    window.types("/d");
    assert_eq!(window.scenario().request.url, "https://api.example.com/a/b/c/d");
}

#[test]
fn a_scenario_that_cannot_be_written_is_not_saved_until_it_is() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let gone = folder.path().join("gone");
    std::fs::create_dir(&gone).expect("a folder can be made");
    let file = gone.join("mine.scenario.json");
    let mut window = Window::sample("mask_pii");
    window.dialogs.answers.lock().expect("no test panics with it").push_back(Picked::File(file.clone()));
    window.does(Command::SaveAs);
    assert!(window.has("Saved"));
    std::fs::remove_dir_all(&gone).expect("it can be removed");
    window.does(Command::Save);
    assert!(!window.has("Saved"), "the file is gone");
    assert!(window.has_part("Not saved: cannot write "), "and the status bar says why");
    std::fs::create_dir(&gone).expect("a folder can be made");
    window.does(Command::Save);
    assert!(window.has("Saved") && !window.has_part("Not saved"));
    assert!(file.exists());
}

#[test]
fn a_module_that_is_not_there_is_told_by_its_plugins_name_and_without_a_scenario() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let file = folder.path().join("named.scenario.json");
    let text = serde_json::json!({ "chain": [{ "filter": "gone.wasm", "name": "auth" }] });
    std::fs::write(&file, text.to_string()).expect("the file can be written");
    let window = Window::new(Start::Path(file));
    assert!(window.has_part("Plugin auth failed to load"));
    let bare = filter("bare.wasm", "");
    let mut window = Window::new(Start::Path(bare.path.clone()));
    std::fs::remove_file(&bare.path).expect("it can be removed");
    window.does(Command::ReloadModule);
    assert!(window.has_part("Check that the file is there."));
}
