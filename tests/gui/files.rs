//! What opening a file does to what was open before.

use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable;
use filterlab::gui::{
    commands::Command,
    dialogs::Picked,
    looking::FileKind,
    model::Side,
    settings::{Settings, SettingsFile},
    shell::Start,
};
use filterlab::scenario::Scenario;

use crate::filters::bytes;
use crate::window::Window;

/// The sample with an edit that no file has, and that edit.
fn edited_sample() -> (Window, Scenario) {
    let mut window = Window::sample("mask_pii");
    let mut edited = (*window.model().document.as_ref().expect("it is open").scenario).clone();
    edited.request.url = "https://api.example.com/edited".into();
    window.does(Command::Edit(Box::new(edited.clone()), false));
    (window, edited)
}

#[test]
fn opening_a_wrong_file_loses_no_edit_and_no_step_back() {
    let (mut window, edited) = edited_sample();
    let wrong = bytes("notes.txt", b"no filter");
    let worse = bytes("worse.wasm", b"no filter either");
    window.drop_file(&wrong.path);
    assert!(window.has("This is not a WebAssembly file"), "the card says so");
    window.drop_file(&worse.path);
    assert_eq!(window.model().tab_count(), 2, "what cannot be run gives its place");
    let buttons: Vec<_> = window.harness.query_all_by_label("Close tab").collect();
    buttons[0].click();
    drop(buttons);
    window.settle();
    assert_eq!(window.scenario(), edited);
    window.does(Command::Undo);
    assert_ne!(window.scenario(), edited, "the steps back are there, too");
}

#[test]
fn what_was_edited_stays_open_and_is_brought_back_after_closing() {
    let (mut window, edited) = edited_sample();
    window.does(Command::OpenSample("add_headers".into()));
    assert_eq!(window.model().tab_count(), 2);
    window.does(Command::CloseFilter);
    assert_eq!(window.scenario(), edited, "it is in front again");
    window.does(Command::CloseFilter);
    assert!(window.model().document.is_none());
    window.harness.get_by_label("Bring it back").click();
    window.settle();
    assert_eq!(window.scenario(), edited);
    window.does(Command::CloseFilter);
    window.press_with(Modifiers::COMMAND | Modifiers::SHIFT, Key::T);
    assert_eq!(window.scenario(), edited);
}

#[test]
fn frames_do_not_look_at_the_disk() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let path = folder.path().join("a.wasm");
    std::fs::write(&path, b"\0asm\x01\0\0\0").expect("it can be written");
    let mut settings = Settings::default();
    settings.remember(&folder.path().join("gone.wasm"), 1);
    settings.remember(&path, 2);
    let settings_path = folder.path().join("settings.json");
    SettingsFile::at(settings_path.clone()).write(&settings);
    let mut window = Window::kept_at(&settings_path, Start::Empty);
    window.does(Command::English);
    let gone = |window: &Window| window.harness.query_all_by_label_contains("no longer there").count();
    assert_eq!(gone(&window), 1, "one was gone when the list was made");
    let looks = window.model().looking.looks();
    std::fs::remove_file(&path).expect("it was there");
    for _ in 0..30 {
        window.harness.step();
    }
    window.settle();
    assert_eq!((window.model().looking.looks(), gone(&window)), (looks, 1), "nobody looked");
    window.harness.event(egui::Event::WindowFocused(true));
    window.settle();
    assert_eq!((window.model().looking.looks(), gone(&window)), (looks + 1, 2), "once, on coming back");

    // However long something hovers.
    let hovering = bytes("hovering.wasm", b"\0asm\x01\0\0\0");
    for _ in 0..30 {
        window.hover_file(&hovering.path);
    }
    assert_eq!(window.model().hovered_kind(), Some(FileKind::Filter));
    assert_eq!(window.model().looking.looks(), looks + 2);
}

#[test]
fn a_body_that_is_too_large_says_how_large_it_may_be() {
    let huge = bytes("huge.bin", b"");
    std::fs::File::options()
        .write(true)
        .open(&huge.path)
        .and_then(|file| file.set_len(4 << 30))
        .expect("holes");
    let mut window = Window::sample("mask_pii");
    let before = window.scenario();
    window.dialogs.answers.lock().expect("no test panics with it").push_back(Picked::File(huge.path.clone()));
    window.does(Command::BodyFromFile(Side::Reply));
    assert!(window.has_part("huge.bin is too large: a body may have at most 64 MB"));
    assert_eq!(window.scenario(), before);
}
