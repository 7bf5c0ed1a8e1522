//! What the palette finds, and what the shortcut sheet lists.

use egui::{Key, Modifiers};
use filterlab::gui::{
    commands::{COMMANDS, Command, shortcut_text},
    model::{CenterTab, Overlay},
    settings::Recent,
    shell::Start,
};

use crate::window::Window;

const CTRL: Modifiers = Modifiers { ctrl: true, command: true, ..Modifiers::NONE };

fn asks(window: &mut Window, query: &str) {
    window.press_with(CTRL, Key::K);
    window.types(query);
}

#[test]
fn pattern_03_the_sheet_lists_every_command_that_has_a_key_in_both_languages() {
    let mut window = Window::new(Start::Sample);
    for language in [Command::English, Command::SimplifiedChinese] {
        window.does(language);
        window.press(Key::F1);
        let text = window.model().text();
        for spec in COMMANDS.iter().filter(|spec| !spec.keys.is_empty()) {
            let os = egui::os::OperatingSystem::Nix;
            let keys: Vec<String> = spec.keys.iter().map(|keys| shortcut_text(keys, os)).collect();
            let line = format!("{}: {}", text.command(&spec.command), keys.join(", "));
            assert!(window.has(&line), "the sheet has no line {line}");
        }
        window.types("F7");
        assert!(window.has_part(": F7") && window.has_part(": Shift+F7"), "a key is found, too");
        assert!(!window.has_part(": Ctrl+K"));
        window.press(Key::Escape);
    }
}

#[test]
fn pattern_02_the_palette_opens_samples_by_either_name() {
    for query in ["access", "脱敏"] {
        let mut window = Window::new(Start::Empty);
        asks(&mut window, query);
        window.press(Key::Enter);
        assert_eq!(window.model().overlay, Overlay::None, "{query}");
        let sample = if query == "access" { "access_check.wasm" } else { "mask_pii.wasm" };
        assert_eq!(window.model().document.as_ref().expect("it is open").module_name(), sample);
        assert!(window.run_number() > 0);
    }
}

#[test]
fn pattern_02_the_palette_opens_recent_files_and_says_which_are_gone() {
    let here = concat!(env!("CARGO_MANIFEST_DIR"), "/sample_filters/add_headers/add_headers.scenario.json");
    let recent = |path: &str| Recent { path: path.into(), opened: 0, outcome: None };
    let mut window = Window::new(Start::Empty);
    window.shell().model.settings.recent = vec![recent("/nowhere/legacy_auth.wasm"), recent(here)];
    asks(&mut window, "legacy_auth");
    assert!(window.has_part("the file is no longer there"));
    window.press(Key::Enter);
    assert!(window.model().document.is_none(), "it cannot be opened");
    window.press(Key::Escape);

    asks(&mut window, "add_headers.scenario");
    window.press(Key::Enter);
    let document = window.model().document.as_ref().expect("it is open");
    assert_eq!(document.save_path(), Some(here.as_ref()));
    assert_eq!(window.trace().outcome.kind(), "finished");
}

#[test]
fn pattern_02_the_palette_goes_to_callbacks_in_the_timeline() {
    let mut window = Window::sample("mask_pii");
    asks(&mut window, "response_body");
    assert!(window.has_part("Go to on_response_body, callback"));
    window.press(Key::Enter);
    assert_eq!(window.model().view.center, CenterTab::Timeline);
    let chosen = window.model().view.event.expect("an event is chosen");
    let (_, name) = window
        .trace()
        .callbacks()
        .filter_map(|(id, event)| match event.kind {
            filterlab::trace::EventKind::Callback { callback, .. } => Some((id, callback.short_name())),
            _ => None,
        })
        .find(|(id, _)| *id == chosen)
        .expect("it is a callback");
    assert_eq!(name, "on_response_body");
}

/// How the palette says a command stands.
fn says(window: &mut Window, query: &str, row: &str) {
    asks(window, query);
    assert!(window.has_part(row), "{row}");
    window.press(Key::Escape);
}

#[test]
fn switches_say_whether_they_are_on() {
    let mut window = Window::sample("mask_pii");
    for (command, name) in [
        (Command::ToggleLive, "Live"),
        (Command::OnlyChanges, "Only changes"),
        (Command::ToggleMask, "Mask secrets"),
        (Command::CountInstructions, "Count instructions"),
        (Command::GroupCalls, "Group host calls by name"),
        (Command::FoldLogs, "Fold the logs"),
    ] {
        let states = |window: &mut Window| {
            asks(window, &format!(">{name}"));
            let found = ["on", "off"].map(|word| window.has_part(&format!("{name}, {word}, ")));
            window.press(Key::Escape);
            found
        };
        let before = states(&mut window);
        assert!(before[0] != before[1], "{name} is one of the two");
        window.does(command);
        assert_eq!(states(&mut window), [before[1], before[0]], "{name} is the other now");
    }
    window.does(Command::SimplifiedChinese);
    says(&mut window, ">隐藏敏感值", "隐藏敏感值, 已");
    asks(&mut window, ">Save scenario as");
    assert!(!window.has_part("Save scenario as…, o"), "what is no switch says nothing");
}

#[test]
fn chinese_names_are_found_by_their_sound() {
    let mut window = Window::sample("mask_pii");
    says(&mut window, "gaidong", "Show changes, ");
    says(&mut window, "tuomin", "Mask a JSON body, ");
    window.does(Command::SimplifiedChinese);
    for query in ["zkgd", "zhikangaidong", "zhikan"] {
        asks(&mut window, query);
        assert!(window.has_part("只看改动, 已"), "{query}");
        window.press(Key::Escape);
    }
    says(&mut window, "xsrz", "显示日志, ");
}

#[test]
fn calls_of_one_name_are_told_apart_by_what_they_were_called_with() {
    let scripted = crate::timeline::asking();
    let mut window = Window::new(Start::Path(scripted.file.clone()));
    asks(&mut window, "#get_header");
    use egui_kittest::kittest::Queryable;
    let rows: Vec<String> = window
        .harness
        .query_all_by_label_contains("get_header_map_value, ")
        .filter_map(|node| egui_kittest::kittest::NodeT::accesskit_node(&node).label())
        .collect();
    assert_eq!(rows.len(), 2, "{rows:?}");
    assert!(
        rows[0].contains("get_header_map_value, authorization") && rows[1].contains(":status"),
        "{rows:?}"
    );
    assert!(window.has("Events"));
}

#[test]
fn the_whole_sheet_is_seen_where_a_window_has_room_for_it() {
    use egui_kittest::kittest::Queryable;
    for size in [[1440.0, 900.0], [1920.0, 1080.0]] {
        let mut window = Window::sized(size, Start::Sample);
        for language in [Command::English, Command::SimplifiedChinese] {
            window.does(language);
            window.press(Key::F1);
            let text = window.model().text();
            for spec in COMMANDS.iter().filter(|spec| !spec.keys.is_empty()) {
                let name = format!("{}: ", text.command(&spec.command));
                let rect = window.harness.query_all_by_label_contains(&name).last().expect("its line").rect();
                assert!(rect.bottom() < size[1] - 20.0, "{size:?} {name} {rect:?}");
            }
            let last =
                window.harness.get_by_label(&format!("{}: 1 … 6", text.overlays.sheet_digits())).rect();
            assert!(last.bottom() < size[1] - 20.0 && last.height() >= 20.0, "{size:?} {last:?}");
            window.press(Key::Escape);
        }
    }
}
