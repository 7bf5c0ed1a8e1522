//! Pictures of the whole window, to hold beside `mocks/` by eye.

use egui::{Key, Modifiers};
use filterlab::gui::{
    commands::Command,
    model::{Overlay, PathFor},
    settings::Recent,
    shell::Start,
};

use crate::filters::{bytes, filter};
use crate::support::picture;
use crate::window::Window;

const SIZES: [(&str, [f32; 2]); 2] = [("1280", [1280.0, 800.0]), ("1920", [1920.0, 1080.0])];

fn recent(window: &mut Window) {
    let entry = |path: &str, outcome: Option<&str>| Recent {
        path: path.into(),
        opened: 0,
        outcome: outcome.map(str::to_owned),
    };
    let here = concat!(env!("CARGO_MANIFEST_DIR"), "/sample_filters/mask_pii/filter.wasm");
    let scenario = concat!(env!("CARGO_MANIFEST_DIR"), "/sample_filters/mask_pii/mask_pii.scenario.json");
    window.shell().model.settings.recent = vec![
        entry(here, Some("finished")),
        entry(scenario, Some("trapped")),
        entry("/nowhere/order-gateway/legacy_auth.wasm", None),
    ];
}

#[test]
fn the_empty_screen_can_be_drawn() {
    for (name, size) in SIZES {
        let mut window = Window::sized(size, Start::Empty);
        recent(&mut window);
        window.settle();
        picture(&mut window.harness, &format!("empty-en-dark-{name}"));
        window.does(Command::SimplifiedChinese);
        picture(&mut window.harness, &format!("empty-zh-dark-{name}"));
        window.does(Command::ThemeLight);
        picture(&mut window.harness, &format!("empty-zh-light-{name}"));
        window.does(Command::English);
        picture(&mut window.harness, &format!("empty-en-light-{name}"));
    }
    let mut window = Window::sized([700.0, 460.0], Start::Empty);
    window.hover_file(concat!(env!("CARGO_MANIFEST_DIR"), "/sample_filters/mask_pii/filter.wasm").as_ref());
    picture(&mut window.harness, "empty-small-hover");
}

#[test]
fn the_left_panel_can_be_drawn() {
    for (name, size) in SIZES {
        let mut window = Window::sized(size, Start::Sample);
        let tabs =
            [Command::ShowRequest, Command::ShowResponse, Command::ShowConfig, Command::ShowEnvironment];
        for (tab, command) in tabs.into_iter().enumerate() {
            window.does(command);
            picture(&mut window.harness, &format!("left-{}-en-dark-{name}", tab + 1));
        }
        window.does(Command::SimplifiedChinese);
        window.does(Command::ThemeLight);
        window.does(Command::ShowResponse);
        picture(&mut window.harness, &format!("left-2-zh-light-{name}"));
        window.does(Command::ShowEnvironment);
        picture(&mut window.harness, &format!("left-4-zh-light-{name}"));
        window.does(Command::FoldLeftPanel);
        picture(&mut window.harness, &format!("left-rail-zh-light-{name}"));
    }
}

#[test]
fn problems_in_the_left_panel_can_be_drawn() {
    let mut window = Window::new(Start::Sample);
    let mut scenario = (*window.model().document.as_ref().expect("is open").scenario).clone();
    scenario.request.url = "ftp://api.example.com/v1".into();
    scenario.request.headers[1].name = "acc ept".into();
    scenario.request.headers.push(filterlab::scenario::HeaderLine::new("authorization", "Bearer s3cret"));
    scenario.request.body = "{\n  \"a\": 1,\n  oops\n}".into();
    scenario.reply.body = "{}".into();
    window.does(Command::Edit(Box::new(scenario), false));
    window.focus("Value of accept-language");
    picture(&mut window.harness, "left-problems");
    window.does(Command::ShowResponse);
    picture(&mut window.harness, "left-length");
}

#[test]
fn what_lies_over_the_window_can_be_drawn() {
    for (name, size) in SIZES {
        let mut window = Window::sized(size, Start::Sample);
        recent(&mut window);
        window.does(Command::OnlyChanges);
        window.press_with(Modifiers::COMMAND, Key::K);
        picture(&mut window.harness, &format!("palette-{name}"));
        window.types("mask");
        picture(&mut window.harness, &format!("palette-mask-{name}"));
        window.replaces("改动");
        picture(&mut window.harness, &format!("palette-chinese-{name}"));
        window.replaces("#get");
        picture(&mut window.harness, &format!("palette-events-{name}"));
        window.press(Key::Escape);
        window.press(Key::F1);
        picture(&mut window.harness, &format!("sheet-{name}"));
        window.press(Key::Escape);
        window.does(Command::ShowSamples);
        picture(&mut window.harness, &format!("samples-{name}"));
        window.press(Key::Escape);
        let path = Overlay::TypedPath { path: "/nowhere".into(), purpose: PathFor::Open, problem: None };
        window.does(Command::SetOverlay(path));
        window.does(Command::UseTypedPath);
        picture(&mut window.harness, &format!("path-{name}"));
        window.press(Key::Escape);
        window.does(Command::OpenPath("/nowhere/legacy_auth.wasm".into()));
        window.does(Command::SimplifiedChinese);
        window.hover_file("/work/filter.txt".as_ref());
        picture(&mut window.harness, &format!("drop-unknown-{name}"));
        window
            .hover_file(concat!(env!("CARGO_MANIFEST_DIR"), "/sample_filters/mask_pii/filter.wasm").as_ref());
        picture(&mut window.harness, &format!("drop-{name}"));
        window.harness.input_mut().hovered_files.clear();
        window.does(Command::ThemeLight);
        window.press(Key::F1);
        picture(&mut window.harness, &format!("sheet-zh-light-{name}"));
        window.press(Key::Escape);
        window.does(Command::ThemeHighContrast);
        window.press_with(Modifiers::COMMAND, Key::K);
        picture(&mut window.harness, &format!("palette-zh-contrast-{name}"));
    }
}

#[test]
fn a_narrow_window_can_be_drawn() {
    let mut window = Window::sized([640.0, 420.0], Start::Sample);
    picture(&mut window.harness, "narrow");
    window.does(Command::ShowRequest);
    picture(&mut window.harness, "narrow-drawer");
    window.press_with(Modifiers::COMMAND, Key::K);
    picture(&mut window.harness, "narrow-palette");
}

#[test]
fn what_a_run_left_can_be_drawn_in_light() {
    let trap = r#"(func (export "proxy_on_response_headers") (param i32 i32 i32) (result i32) unreachable)"#;
    let trap = filter("trap.wasm", trap);
    let refused = bytes("note.wasm", b"hello");
    for language in [Command::English, Command::SimplifiedChinese] {
        let name = if language == Command::English { "en" } else { "zh" };
        let mut window = Window::new(Start::Sample);
        window.does(language.clone());
        window.does(Command::ThemeLight);
        for (view, command) in [("timeline", Command::ShowTimeline), ("host-calls", Command::ShowHostCalls)] {
            window.does(command);
            picture(&mut window.harness, &format!("{view}-{name}-light"));
        }
        for (card, file) in [("trap", &trap), ("refused", &refused)] {
            window.does(Command::OpenPath(file.path.clone()));
            let what = if name == "en" { "What to do" } else { "怎么办" };
            assert!(window.has(what), "the card of {card} is there");
            picture(&mut window.harness, &format!("card-{card}-{name}-light"));
        }
    }
}
