//! Files that are there already, and dialogs that ask about them.

use std::path::{Path, PathBuf};

use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable;
use filterlab::convert::{self, Format};
use filterlab::gui::commands::Command;
use filterlab::gui::dialogs::Picked;
use filterlab::gui::model::{Overlay, Writes};
use filterlab::gui::sharing::Share;
use filterlab::scenario::Body;

use crate::window::Window;

const CTRL: Modifiers = Modifiers { ctrl: true, command: true, ..Modifiers::NONE };
const PRECIOUS: &str = "PRECIOUS";

fn precious(folder: &Path, name: &str) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, PRECIOUS).expect("it can be written");
    path
}

fn text(path: &Path) -> String {
    String::from_utf8_lossy(&std::fs::read(path).expect("it is there")).into_owned()
}

/// Asks for a path, and types one.
fn types_path(window: &mut Window, command: Command, path: &Path) {
    window.does(command);
    assert!(matches!(window.model().overlay, Overlay::TypedPath { .. }), "it asks for a path");
    window.replaces(&path.display().to_string());
    window.press(Key::Enter);
}

#[test]
fn what_is_exported_or_shared_to_a_typed_path_asks_before_it_replaces_a_file() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let cases = [
        (Command::ExportAs(Format::Curl), "p.curl", Writes::Export(Format::Curl)),
        (Command::ShareFile, "s.filterlab", Writes::Share(Share::File)),
        (Command::ShareMaskedFile, "m.filterlab", Writes::Share(Share::MaskedFile)),
        (Command::SaveReport, "r.html", Writes::Share(Share::Report)),
        (Command::TakeModuleOut(0), "mine.wasm", Writes::Module(0)),
    ];
    for (command, name, writes) in cases {
        let path = precious(folder.path(), name);
        let mut window = Window::sample("mask_pii");
        let mut scenario = window.scenario();
        let sample = filterlab::samples::find("mask_pii").expect("it is there");
        scenario.chain[0].module = Some(Body(sample.module.into()));
        window.does(Command::Edit(Box::new(scenario), false));
        types_path(&mut window, command.clone(), &path);
        assert!(window.has(&format!("{name} is there already")), "{name}");
        assert_eq!(window.model().overlay, Overlay::InTheWay { path: path.clone(), writes });
        // Enter pressed in haste leaves it as it is.
        window.press(Key::Enter);
        assert_eq!((text(&path).as_str(), &window.model().overlay), (PRECIOUS, &Overlay::None), "{name}");

        types_path(&mut window, command, &path);
        window.harness.get_by_label("Choose another file…").click();
        window.settle();
        assert!(matches!(window.model().overlay, Overlay::TypedPath { .. }), "{name}: it asks again");
        window.replaces(&path.display().to_string());
        window.press(Key::Enter);
        window.harness.get_by_label("Overwrite").click();
        window.settle();
        assert_ne!(text(&path), PRECIOUS, "{name}: the user said so");
        assert_eq!(window.model().overlay, Overlay::None);
    }
}

#[test]
fn a_name_that_was_completed_is_asked_about_and_a_dialog_has_asked_about_its_own() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let path = precious(folder.path(), "p.curl");
    let mut window = Window::sample("mask_pii");
    for (picked, is_asked) in [("p", true), ("p.curl", false)] {
        let picked = Picked::File(folder.path().join(picked));
        window.dialogs.answers.lock().expect("no test panics with it").push_back(picked);
        window.does(Command::ExportAs(Format::Curl));
        assert_eq!(matches!(window.model().overlay, Overlay::InTheWay { .. }), is_asked);
        assert_eq!(text(&path) == PRECIOUS, is_asked);
        window.press(Key::Escape);
    }
    convert::open(&path, None).expect("it is a command now");
}

#[test]
fn an_image_layout_is_exported_over_another_one_only_if_the_user_says_so() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let layout = folder.path().join("layout.oci");
    let index = layout.join("index.json");
    let mut window = Window::sample("mask_pii");
    types_path(&mut window, Command::ExportAs(Format::Oci), &layout);
    assert!(index.exists(), "there was nothing");
    std::fs::write(&index, PRECIOUS).expect("it can be written");
    types_path(&mut window, Command::ExportAs(Format::Oci), &layout);
    assert!(window.has("layout.oci is there already"));
    assert_eq!(text(&index), PRECIOUS);
}

#[test]
fn nothing_happens_behind_a_question_about_a_file() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let path = folder.path().join("x.scenario.json");
    let mut window = Window::sample("mask_pii");
    types_path(&mut window, Command::SaveAs, &path);
    let mut scenario = window.scenario();
    scenario.request.url = "https://mine.example/".into();
    window.does(Command::Edit(Box::new(scenario), false));
    std::fs::write(&path, PRECIOUS).expect("it can be written");
    window.press_with(CTRL, Key::S);
    let asked = Overlay::InTheWay { path: path.clone(), writes: Writes::OwnFile };
    assert_eq!(window.model().overlay, asked);
    let before = window.scenario();
    std::fs::remove_file(&path).expect("it is there");
    for key in [Key::Z, Key::Y, Key::S, Key::W, Key::Tab] {
        window.press_with(CTRL, key);
    }
    window.drop_file(&precious(folder.path(), "other.wasm"));
    assert_eq!((window.scenario(), &window.model().overlay), (before, &asked));
    assert!(!path.exists() && window.has("Not saved") && window.model().tab_count() == 1);
}
