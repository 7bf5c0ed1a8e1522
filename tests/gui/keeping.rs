//! What outlives a window, and what outlives a file.

use egui::{Key, Modifiers};
use filterlab::gui::{
    commands::Command,
    shell::Start,
    text::Language,
    theme::{self, ThemeChoice},
};
use filterlab::trace::Outcome;

use crate::filters::{bytes, copy_of};
use crate::window::Window;

const CTRL: Modifiers = Modifiers { ctrl: true, command: true, ..Modifiers::NONE };

#[test]
fn statement_21_what_was_opened_and_chosen_is_there_in_the_next_window() {
    let mine = copy_of("add_headers");
    let folder = tempfile::tempdir().expect("a folder can be made");
    let settings = folder.path().join("filterlab").join("settings.json");

    let mut window = Window::kept_at(&settings, Start::Empty);
    for command in [
        Command::SimplifiedChinese,
        Command::ThemeLight,
        Command::ToggleReducedMotion,
        Command::ToggleLive,
        Command::ZoomIn,
        Command::OpenPath(mine.path.clone()),
    ] {
        window.does(command);
    }
    let chosen = window.model().settings.clone();
    drop(window);

    let mut window = Window::kept_at(&settings, Start::Empty);
    assert_eq!(window.model().settings, chosen, "everything is read back");
    let kept = &window.model().settings;
    assert_eq!(kept.recent[0].path, mine.path);
    assert_eq!(kept.recent[0].outcome.as_deref(), Some("finished"), "also how its last run ended");
    assert_eq!(kept.language, Some(Language::SimplifiedChinese));
    assert_eq!((kept.theme, kept.reduced_motion, kept.live), (ThemeChoice::Light, true, false));
    assert!(window.has_part("打开") && window.has_part("mine.wasm"), "the empty screen offers it in Chinese");
    assert_eq!(theme::appearance(&window.harness.ctx).choice, ThemeChoice::Light, "and is drawn light");
    assert_eq!(window.harness.ctx.zoom_factor(), 1.1);

    window.does(Command::OpenRecent(0));
    assert_eq!(window.scenario().chain[0].path, "mine.wasm");
}

#[test]
fn the_last_of_many_choices_is_the_one_that_is_kept() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let settings = folder.path().join("settings.json");
    let mut window = Window::kept_at(&settings, Start::Empty);
    let ctx = window.harness.ctx.clone();
    for _ in 0..50 {
        window.shell().apply(Command::ZoomIn, &ctx);
        window.shell().apply(Command::ZoomOut, &ctx);
    }
    window.shell().apply(Command::ThemeHighContrast, &ctx);
    drop(window);
    let window = Window::kept_at(&settings, Start::Empty);
    assert_eq!(window.model().settings.theme, ThemeChoice::HighContrast);
}

#[test]
fn a_broken_settings_file_costs_only_the_settings_and_the_window_says_so() {
    let file = bytes("settings.json", b"{ \"theme\": ");
    let window = Window::kept_at(&file.path, Start::Sample);
    assert_eq!(window.trace().outcome.kind(), "finished");
    assert_eq!(window.model().notices.len(), 1);
    let words = window.model().notices[0].text.clone();
    assert!(window.has(&words), "{words}");
}

#[test]
fn a_module_that_vanishes_leaves_the_document_and_comes_back_with_it() {
    let mine = copy_of("add_headers");
    let mut window = Window::new(Start::Path(mine.path.clone()));
    window.does(Command::ShowRequest);
    window.focus("URL");
    window.replaces("https://api.example.com/kept");
    window.settle();
    window.wait(0.3);
    window.press(Key::Escape);
    let edited = window.scenario();
    let shown = window.run_number();

    let away = mine.path.with_extension("away");
    std::fs::rename(&mine.path, &away).expect("it can be moved");
    window.press_with(CTRL, Key::R);
    assert!(matches!(window.trace().outcome, Outcome::Refused { .. }));
    for label in ["What", "What to do", "Choose another file…", "Reload module"] {
        assert!(window.has(label), "the card has {label}");
    }
    assert!(window.has_part("mine.wasm"));
    assert_eq!(window.scenario(), edited, "the document is kept");
    assert!(window.model().document.as_ref().is_some_and(|open| open.can_undo()), "with its steps back");

    std::fs::rename(&away, &mine.path).expect("it can be moved back");
    window.press_with(CTRL, Key::R);
    assert_eq!(window.trace().outcome.kind(), "finished");
    assert!(window.run_number() > shown + 1);
    assert_eq!(window.ran().request.url, "https://api.example.com/kept");
    assert!(!window.has("What to do"), "the card is gone");
}
