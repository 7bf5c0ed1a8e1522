//! What opening a file does to what was open before.

use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable;
use filterlab::gui::{commands::Command, dialogs::Picked, model::Side};
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
