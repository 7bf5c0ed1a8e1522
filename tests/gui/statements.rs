//! The acceptance statements about keyboard, screen reader and languages, on the whole window.

use std::collections::BTreeSet;

use egui::{Event, Key, Modifiers, Rect, Shape, accesskit, accesskit::Role, epaint::ClippedShape};
use egui_kittest::kittest::{NodeT, Queryable};
use filterlab::gui::{
    commands::{COMMANDS, Command, shortcut_text},
    dialogs::Picked,
    model::{CenterTab, LeftTab, Overlay, PathFor, Region},
    shell::Start,
    theme::tokens,
};
use filterlab::samples;

use crate::filters::{Filter, bytes, filter};
use crate::window::{FRAME, Window};

const CTRL: Modifiers = Modifiers { ctrl: true, command: true, ..Modifiers::NONE };
const TABS: [Command; 4] =
    [Command::ShowRequest, Command::ShowResponse, Command::ShowConfig, Command::ShowEnvironment];

fn scenario(window: &Window) -> filterlab::scenario::Scenario {
    (*window.model().document.as_ref().expect("something is open").scenario).clone()
}

/// The run that is shown now.
fn run_number(window: &Window) -> u64 {
    window.model().runs.current.as_ref().expect("there is a result").number
}

/// Every node that can have the keyboard: its id, and what it is.
fn focusable(window: &Window) -> Vec<(accesskit::NodeId, String)> {
    let nodes = window.harness.root().children_recursive();
    nodes
        .map(|node| node.accesskit_node())
        .filter(|node| {
            node.role() != Role::Window
                && !node.is_disabled()
                && node.data().supports_action(accesskit::Action::Focus)
        })
        .map(|node| (node.locate().0, format!("{:?} {:?} {:?}", node.role(), node.label(), node.value())))
        .collect()
}

/// Presses Tab until the keyboard is back where it began, and returns what had it.
fn tab_through(window: &mut Window) -> BTreeSet<accesskit::NodeId> {
    let mut seen = BTreeSet::new();
    for _ in 0..400 {
        window.press(Key::Tab);
        // Past the last control nothing has the keyboard for a frame.
        let Some((id, name)) = window.focused_node() else { continue };
        assert_ring(window, &name);
        if !seen.insert(id) {
            return seen;
        }
    }
    panic!("Tab does not come round");
}

/// A ring of two points in the focus colour lies around what has the keyboard.
fn assert_ring(window: &Window, name: &str) {
    let nodes = window.harness.root().children_recursive();
    let bounds = nodes
        .map(|node| node.accesskit_node())
        .find(|node| node.is_focused())
        .and_then(|node| node.raw_bounds())
        .expect("what has the keyboard has a place");
    let around = Rect::from_min_max(
        egui::pos2(bounds.x0 as f32, bounds.y0 as f32),
        egui::pos2(bounds.x1 as f32, bounds.y1 as f32),
    );
    let rings = rings(&window.harness.output().shapes);
    // In the visible part of what it is drawn on, and where the control is.
    let there = rings.iter().any(|(ring, clip)| {
        let shown = ring.intersect(*clip);
        shown.is_positive() && shown.expand(8.0).intersects(around)
    });
    assert!(there, "no ring is to be seen around {name} at {around:?}: {rings:?}");
}

fn rings(shapes: &[ClippedShape]) -> Vec<(Rect, Rect)> {
    fn of(shape: &Shape, clip: Rect, found: &mut Vec<(Rect, Rect)>) {
        match shape {
            Shape::Vec(shapes) => shapes.iter().for_each(|shape| of(shape, clip, found)),
            Shape::Rect(rect)
                if rect.stroke.width == tokens::RING && rect.stroke.color == tokens::DARK.focus =>
            {
                found.push((rect.rect, clip));
            }
            _ => {}
        }
    }
    let mut found = Vec::new();
    for shape in shapes {
        of(&shape.shape, shape.clip_rect, &mut found);
    }
    found
}

#[test]
fn statement_01_from_the_empty_screen_to_the_first_change_in_two_keys() {
    let mut window = Window::new(Start::Empty);
    assert!(window.focused().starts_with("Add and remove headers"), "{}", window.focused());
    window.press(Key::Enter);
    assert!(window.model().document.is_some(), "Enter opens the sample");
    assert!(run_number(&window) > 0, "and runs it");
    window.press(Key::F7);
    assert_eq!(window.model().view.change, Some(0));
}

#[test]
fn statement_01_a_digit_or_a_typed_path_open_as_well() {
    let mut window = Window::new(Start::Empty);
    window.press(Key::Num2);
    assert_eq!(scenario(&window).name, "用户资料脱敏");

    // Without file dialogs: Ctrl+O asks for a path.
    let mut window = Window::new(Start::Empty);
    window.press_with(CTRL, Key::O);
    assert_eq!(window.focused(), "Path of a .wasm filter or a scenario");
    window.types(concat!(env!("CARGO_MANIFEST_DIR"), "/sample_filters/mask_pii/mask_pii.scenario.json"));
    window.press(Key::Enter);
    assert_eq!(window.model().overlay, Overlay::None);
    assert_eq!(scenario(&window).name, "用户资料脱敏");
    assert!(run_number(&window) > 0);
}

#[test]
fn statement_02_f6_goes_round_the_regions_and_back() {
    let mut window = Window::new(Start::Sample);
    let mut met = Vec::new();
    for _ in 0..Region::ALL.len() {
        window.press(Key::F6);
        met.push(window.model().region);
        if window.model().region == Region::Left {
            assert_eq!(window.focused(), "Request");
            assert_ring(&window, "Request");
        }
    }
    let all: Vec<Region> = Region::ALL.to_vec();
    let begin = all.iter().position(|region| *region == met[0]).expect("is one of them");
    let expected: Vec<Region> = (0..all.len()).map(|step| all[(begin + step) % all.len()]).collect();
    assert_eq!(met, expected);
    window.press_with(Modifiers::SHIFT, Key::F6);
    assert_eq!(window.model().region, met[met.len() - 2]);

    window.does(Command::FoldLeftPanel);
    while window.model().region != Region::Left {
        window.press(Key::F6);
    }
    assert_eq!(window.focused(), "Show the left panel", "the rail can be entered, too");
    window.press(Key::Enter);
    assert!(!window.model().layout.left_folded);
    assert_eq!(window.focused(), "Request", "and the keyboard stays in the region");
}

#[test]
fn statement_02_tab_reaches_every_control_with_a_ring_around_it() {
    let mut window = Window::new(Start::Empty);
    window.shell().model.settings.recent = vec![filterlab::gui::settings::Recent {
        path: concat!(env!("CARGO_MANIFEST_DIR"), "/sample_filters/mask_pii/filter.wasm").into(),
        opened: 0,
        outcome: Some("finished".into()),
    }];
    window.settle();
    assert_all_reached(&mut window, "the empty screen");

    let mut window = Window::sample("mask_pii");
    for tab in TABS {
        window.does(tab.clone());
        assert_all_reached(&mut window, &format!("{tab:?}"));
    }
}

/// Every way to look at a run, by the command that shows it.
pub const VIEWS: [Command; 10] = [
    Command::SideBySide,
    Command::Unified,
    Command::Raw,
    Command::ShowTimeline,
    Command::ShowStream,
    Command::ShowHostCalls,
    Command::ShowState,
    Command::ShowPreflight,
    Command::ShowGuide,
    Command::ShowFindings,
];

/// Windows with an error card: one in place of the result, one above it.
fn with_error_cards() -> [(Filter, &'static str); 2] {
    let trap = r#"(func (export "proxy_on_response_headers") (param i32 i32 i32) (result i32) unreachable)"#;
    [(bytes("note.wasm", b"hello"), "a refusal"), (filter("trap.wasm", trap), "a trap")]
}

#[test]
fn statement_02_tab_reaches_every_control_of_every_view_of_a_run() {
    let mut window = Window::sample("mask_pii");
    window.does(Command::FoldLeftPanel);
    for view in VIEWS {
        window.does(view.clone());
        assert_all_reached(&mut window, &format!("{view:?}"));
    }
    for (file, place) in with_error_cards() {
        let mut window = Window::new(Start::Path(file.path.clone()));
        window.does(Command::FoldLeftPanel);
        assert_all_reached(&mut window, place);
        let copy = if place == "a trap" { "Copy report" } else { "Copy details" };
        window.focus(copy);
        assert_ring(&window, copy);
    }
}

#[test]
fn statement_02_f6_enters_the_centre_whatever_it_shows() {
    let mut window = Window::sample("mask_pii");
    let entries = [
        (Command::SideBySide, "Changes, "),
        (Command::Unified, "Changes, "),
        (Command::Raw, "Raw, "),
        (Command::ShowTimeline, "Timeline, "),
        (Command::ShowHostCalls, "Host calls, "),
        (Command::ShowState, "State, "),
    ];
    for (view, list) in entries {
        window.does(view.clone());
        window.press(Key::F6);
        while window.model().region != Region::Center {
            window.press(Key::F6);
        }
        assert!(
            window.focused().starts_with(list),
            "{view:?}: F6 gives the keyboard to {:?}",
            window.focused()
        );
        assert_ring(&window, list);
    }
    for (file, place) in with_error_cards() {
        let mut window = Window::new(Start::Path(file.path.clone()));
        window.press(Key::F6);
        while window.model().region != Region::Center {
            window.press(Key::F6);
        }
        assert!(!window.focused().is_empty(), "{place}: nothing in the centre has the keyboard");
    }
}

fn assert_all_reached(window: &mut Window, place: &str) {
    let seen = tab_through(window);
    for (id, what) in focusable(window) {
        assert!(seen.contains(&id), "{place}: Tab does not reach {what}");
    }
    assert!(seen.len() > 3, "{place}: {} controls are too few to be all", seen.len());
}

#[test]
fn statement_02_overlays_keep_the_keyboard_and_give_it_back() {
    let overlays = [Command::Palette, Command::ShortcutSheet, Command::ShowSamples, Command::OpenTypedPath];
    for overlay in overlays {
        let mut window = Window::new(Start::Sample);
        window.focus("URL");
        window.does(overlay.clone());
        assert!(!window.focused().is_empty(), "{overlay:?} begins with the keyboard");
        let first = window.focused();
        assert_ne!(first, "URL");
        let mut names = BTreeSet::new();
        for _ in 0..12 {
            window.press(Key::Tab);
            names.insert(window.focused());
        }
        assert!(!names.contains("URL") && !names.contains("Request"), "{overlay:?} lets go: {names:?}");
        window.press(Key::Escape);
        assert_eq!(window.model().overlay, Overlay::None, "{overlay:?}");
        assert_eq!(window.focused(), "URL", "after {overlay:?}");
    }
}

#[test]
fn statement_03_every_command_can_be_run_from_the_palette_and_shows_its_key() {
    for spec in COMMANDS {
        if spec.command == Command::Palette {
            continue;
        }
        let mut window = Window::new(Start::Sample);
        let name = window.model().text().command(&spec.command).into_owned();
        window.press_with(CTRL, Key::K);
        window.types(&format!(">{name}"));
        let rows: Vec<String> = window
            .harness
            .get_all_by_role(Role::ListBoxOption)
            .filter_map(|node| node.accesskit_node().label())
            .filter(|label| label.contains(", row 1 of") && label.starts_with(&name))
            .collect();
        let row = rows.first().unwrap_or_else(|| panic!("{name} is not found"));
        assert!(row.starts_with(&name), "{name} is not the first: {row}");
        let reason = filterlab_reason(row, &name);
        if reason.is_none()
            && let Some(keys) = spec.keys.first()
        {
            let key = shortcut_text(keys, egui::os::OperatingSystem::Nix);
            assert!(row.contains(&key), "{row} does not show {key}");
        }
        let recent = window.model().settings.recent_commands.clone();
        window.press(Key::Enter);
        match reason {
            Some(_) => {
                assert_eq!(window.model().settings.recent_commands, recent, "{name} cannot be run now")
            }
            None => {
                let last = window.model().settings.recent_commands.first().cloned();
                let is_kept = !matches!(spec.command, Command::ShortcutSheet);
                assert!(!is_kept || last.as_deref() == Some(spec.name), "{name} was not run: {last:?}");
            }
        }
    }
}

/// What a row says about why its command cannot be run.
fn filterlab_reason<'a>(row: &'a str, name: &str) -> Option<&'a str> {
    row.strip_prefix(name).and_then(|rest| rest.strip_prefix(": "))
}

#[test]
fn statement_03_the_palette_finds_things_in_both_languages_and_wraps() {
    let mut window = Window::sample("mask_pii");
    window.press_with(CTRL, Key::K);
    window.types("隐藏敏感值");
    assert!(window.has_part("Mask secrets"), "a Chinese name is found in the English window");
    window.press(Key::Enter);
    assert!(!window.model().settings.mask_secrets);

    window.press_with(CTRL, Key::K);
    assert!(
        window.has_part("Mask secrets, off, authorization, cookie, set-cookie, H, row 1 of"),
        "it is a recent one now"
    );
    window.press(Key::ArrowUp);
    let Overlay::Palette { selected, .. } = window.model().overlay else { panic!("it is open") };
    assert!(selected > 50, "↑ from the first row goes to the last: {selected}");
    window.press(Key::ArrowDown);
    assert!(matches!(window.model().overlay, Overlay::Palette { selected: 0, .. }));

    window.types("x-mask");
    assert!(window.has_part("Go to x-mask-policy, request header, added by #"));
    window.replaces("#remove");
    assert!(window.has_part("remove_header_map_value, accept-encoding · in on_"), "what it was called with");
    window.press(Key::Enter);
    assert!(window.model().view.event.is_some(), "Enter goes to the event");
}

#[test]
fn statement_06_every_field_is_left_without_the_mouse() {
    let fields: [(Command, &[&str]); 4] = [
        (Command::ShowRequest, &["URL", "Method"]),
        (Command::ShowResponse, &["Status", "Delay of the upstream's reply", "Response body"]),
        (Command::ShowConfig, &["Plugin configuration", "VM configuration", "Name", "Root id", "VM id"]),
        (Command::ShowEnvironment, &["The run starts at", "Random seed", "Memory of one VM in MiB"]),
    ];
    for (tab, names) in fields {
        for name in names {
            let mut window = Window::sample("mask_pii");
            window.does(tab.clone());
            window.focus(name);
            assert!(window.harness.ctx.text_edit_focused(), "{name} is a field");
            window.press(Key::Escape);
            assert!(!window.harness.ctx.text_edit_focused(), "Esc leaves {name}");
            assert!(window.model().document.is_some());

            window.focus(name);
            let before = scenario(&window);
            window.press(Key::Tab);
            assert_ne!(window.focused(), *name, "Tab leaves it");
            assert_eq!(scenario(&window), before, "and writes nothing into it");
        }
    }
}

#[test]
fn statement_06_a_cell_of_the_headers_is_left_with_escape_and_tab() {
    let mut window = Window::sample("mask_pii");
    window.does(Command::ShowRequest);
    for key in [Key::Escape, Key::Tab] {
        window.focus("Value of accept");
        window.press(Key::Enter);
        assert!(window.harness.ctx.text_edit_focused(), "Enter makes the cell a field");
        window.press(key);
        assert!(!window.harness.ctx.text_edit_focused(), "{key:?} leaves it");
    }
}

#[test]
fn statement_08_edits_are_undone_and_redone_also_from_another_tab() {
    let mut window = Window::sample("mask_pii");
    let before = scenario(&window);
    window.does(Command::ShowRequest);
    window.focus("URL");
    window.replaces("https://api.example.com/a");
    window.types("b");
    window.types("c");
    assert_eq!(scenario(&window).request.url, "https://api.example.com/abc");
    window.press(Key::Escape);
    window.focus("Send accept");
    window.press(Key::Space);
    assert!(!scenario(&window).request.headers[1].on);
    window.does(Command::ShowResponse);
    window.focus("Status");
    window.replaces("503");
    assert_eq!(scenario(&window).reply.status, 503);
    let edited = scenario(&window);

    window.does(Command::ShowEnvironment);
    window.press_with(CTRL, Key::Z);
    assert_eq!(scenario(&window).reply.status, 200);
    window.press_with(CTRL, Key::Z);
    assert!(scenario(&window).request.headers[1].on);
    window.press_with(CTRL, Key::Z);
    assert_eq!(scenario(&window), before, "the letters of one field are one step");
    for _ in 0..3 {
        window.press_with(Modifiers { shift: true, ..CTRL }, Key::Z);
    }
    assert_eq!(scenario(&window), edited);
}

#[test]
fn statement_09_a_letter_makes_one_run_in_the_background_150_ms_later() {
    let mut window = Window::sample("mask_pii");
    window.does(Command::ShowRequest);
    let first = run_number(&window);
    window.focus("URL");
    for letter in ["a", "b", "c"] {
        window.harness.event(Event::Text(letter.into()));
        window.harness.step();
    }
    let edited = window.model().edited.expect("letters were typed");
    assert_eq!(window.model().runs.due, Some(edited + 0.15), "no more than 150 ms of quiet");
    while window.model().now + f64::from(FRAME) < edited + 0.15 {
        window.harness.step();
        assert!(window.model().runs.pending.is_none());
    }
    window.harness.step();
    window.harness.step();
    // The frame that is due only hands the run over: the worker makes it, and what is to be seen of it.
    assert!(window.model().runs.pending.is_some() || run_number(&window) == first + 1);
    window.settle();
    assert_eq!(run_number(&window), first + 1, "one run for all letters");
    let run = window.model().runs.current.clone().expect("there is a result");
    assert!(run.scenario.request.url.ends_with("abc"));
}

#[test]
fn statement_10_the_old_result_stays_until_the_new_one_is_there() {
    let mut window = Window::sample("mask_pii");
    window.does(Command::ShowRequest);
    let first = run_number(&window);
    window.focus("URL");
    for letter in ["x", "y"] {
        window.harness.event(Event::Text(letter.into()));
        window.harness.step();
        let edited = window.model().edited.expect("a letter was typed");
        // 150 ms of quiet; every letter begins the wait anew.
        while window.model().now < edited + 0.1 {
            assert!(window.model().runs.pending.is_none(), "it waits until nothing was typed for a while");
            assert_eq!(run_number(&window), first);
            window.harness.step();
        }
    }
    while window.model().runs.pending.is_none() && run_number(&window) == first {
        window.harness.step();
    }
    assert!(window.model().runs.current.is_some(), "never nothing");
    window.settle();
    assert_eq!(run_number(&window), first + 1, "one run for both letters");
    let url = scenario(&window).request.url;
    assert_eq!(window.model().runs.current.as_ref().expect("is there").scenario.request.url, url);
}

#[test]
fn without_live_an_edit_waits_for_the_key() {
    let mut window = Window::sample("mask_pii");
    window.does(Command::ShowRequest);
    window.does(Command::ToggleLive);
    let first = run_number(&window);
    window.focus("URL");
    window.types("x");
    window.wait(1.0);
    assert_eq!(run_number(&window), first);
    window.press_with(CTRL, Key::Enter);
    assert_eq!(run_number(&window), first + 1);
}

#[test]
fn statement_16_a_bad_url_is_said_at_its_field_in_both_languages() {
    let mut window = Window::sample("mask_pii");
    window.does(Command::ShowRequest);
    window.focus("URL");
    window.replaces("ftp://example.com/");
    window.wait(0.3);
    assert!(window.model().runs.problem.is_some());
    let words = "A proxy does not serve the scheme ftp. Use http:// or https://.";
    assert!(window.has(words) && window.has(&format!("URL: {words}")));
    window.does(Command::SimplifiedChinese);
    assert!(window.has("代理不处理 ftp 协议。请使用 http:// 或 https://。"));
    window.does(Command::English);
    window.replaces("https://example.com/");
    assert!(!window.has(words), "it goes as soon as the URL is right");
}

#[test]
fn statement_19_the_language_changes_while_the_window_is_open() {
    let mut window = Window::sample("mask_pii");
    window.does(Command::ShowResponse);
    assert!(window.has("Response") && window.has("Add a response header"));
    window.press_with(CTRL, Key::K);
    window.types("language");
    window.press(Key::ArrowDown);
    window.press(Key::Enter);
    window.does(Command::SimplifiedChinese);
    assert!(window.has("响应") && window.has("添加响应头"));
    assert!(!window.has("Add a response header"));
}

#[test]
fn statement_20_no_control_is_without_a_name() {
    for language in [Command::English, Command::SimplifiedChinese] {
        let mut window = Window::new(Start::Empty);
        window.does(language.clone());
        assert_named(&window, "the empty screen");
        let mut window = Window::sample("mask_pii");
        window.does(language);
        for tab in TABS {
            window.does(tab.clone());
            assert_named(&window, &format!("{tab:?}"));
        }
        window.does(Command::FoldLeftPanel);
        assert_named(&window, "the rail");
        for view in VIEWS {
            window.does(view.clone());
            assert_named(&window, &format!("{view:?}"));
        }
        for overlay in
            [Command::Palette, Command::ShortcutSheet, Command::ShowSamples, Command::OpenTypedPath]
        {
            window.does(overlay.clone());
            assert_named(&window, &format!("{overlay:?}"));
            window.press(Key::Escape);
        }
        window.does(Command::OpenPath("/nowhere/filter.wasm".into()));
        assert_named(&window, "a notice");
    }
    for (file, place) in with_error_cards() {
        assert_named(&Window::new(Start::Path(file.path.clone())), place);
    }
}

pub fn assert_named(window: &Window, place: &str) {
    let nodes = window.harness.root().children_recursive();
    for node in nodes.map(|node| node.accesskit_node()) {
        if node.role() == Role::Window || !node.data().supports_action(accesskit::Action::Focus) {
            continue;
        }
        let name = node.label().unwrap_or_default();
        assert!(!name.trim().is_empty(), "{place}: {:?} at {:?} has no name", node.role(), node.raw_bounds());
    }
}

#[test]
fn statement_21_a_drop_says_what_it_will_do_and_does_it() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let filter = folder.path().join("mine.wasm");
    let module = concat!(env!("CARGO_MANIFEST_DIR"), "/sample_filters/add_headers/filter.wasm");
    std::fs::copy(module, &filter).expect("a filter can be copied");
    let text = folder.path().join("notes.txt");
    std::fs::write(&text, "hello").expect("a file can be written");

    let mut window = Window::new(Start::Empty);
    window.hover_file(&filter);
    assert!(window.has("Open the filter mine.wasm"), "the empty screen says it in its drop zone");
    window.hover_file(&text);
    assert!(window.has("notes.txt is neither a filter nor a scenario"));
    window.harness.input_mut().hovered_files.clear();
    window.does(Command::OpenSample("mask_pii".into()));
    window.hover_file(&filter);
    assert!(window.has("Open the filter mine.wasm"), "so does an open document");
    window.drop_file(&filter);
    assert!(!window.has("Open the filter mine.wasm"));
    let document = window.model().document.as_ref().expect("it is open");
    assert_eq!(document.module_name(), "mine.wasm");
    assert!(run_number(&window) > 0);

    window.does(Command::CloseFilter);
    assert!(window.has_part("Open mine.wasm in"), "and it is in the recent list");
    assert_eq!(window.model().settings.recent[0].outcome.as_deref(), Some("finished"));
    std::fs::remove_file(&filter).expect("it can be removed");
    // Elsewhere; then one comes back to the window.
    window.harness.event(egui::Event::WindowFocused(true));
    window.settle();
    assert!(window.has_part("no longer there"));
    window.focus("Remove mine.wasm from the list");
    window.press(Key::Enter);
    assert!(window.model().settings.recent.is_empty());
}

#[test]
fn a_path_is_typed_where_there_are_no_dialogs_and_a_wrong_one_says_so() {
    let mut window = Window::sample("mask_pii");
    window.dialogs.answers.lock().expect("no test panics with it").push_back(Picked::Cancelled);
    window.press_with(CTRL, Key::O);
    assert_eq!(window.model().overlay, Overlay::None, "Cancel is no reason to ask again");
    window.press_with(CTRL, Key::O);
    assert!(matches!(window.model().overlay, Overlay::TypedPath { purpose: PathFor::Open, .. }));
    window.press(Key::Enter);
    assert!(window.has("Type a path first"));
    window.types("/nowhere/at/all.wasm");
    assert!(!window.has("Type a path first"));
    window.press(Key::Enter);
    assert!(window.has("There is no file at this path"));
    window.press(Key::Escape);

    let folder = tempfile::tempdir().expect("a folder can be made");
    let path = folder.path().join("saved");
    window.press_with(CTRL, Key::S);
    window.replaces(&path.display().to_string());
    window.press(Key::Enter);
    assert!(path.with_extension("scenario.json").exists());
    assert!(window.has("saved as saved.scenario.json"), "a notice says so");
}

#[test]
fn a_body_comes_from_a_file_and_a_big_one_is_shown_not_edited() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let path = folder.path().join("big.txt");
    std::fs::write(&path, "a line of text\n".repeat(20_000)).expect("a file can be written");
    let mut window = Window::sample("mask_pii");
    window.does(Command::ShowResponse);
    window.dialogs.answers.lock().expect("no test panics with it").push_back(Picked::File(path));
    window.does(Command::BodyFromFile(filterlab::gui::model::Side::Reply));
    assert_eq!(scenario(&window).reply.body.len(), 300_000);
    assert!(window.has_part("too big to edit here"));
    assert!(window.has("Replace from file…"));
    window.press_with(CTRL, Key::Z);
    assert!(window.has("Response body"), "undo brings the editor back");
    assert_eq!(scenario(&window).reply.body.len(), 346);
}

#[test]
fn an_error_notice_stays_until_it_is_closed_and_others_go() {
    let mut window = Window::sample("mask_pii");
    window.does(Command::OpenPath("/nowhere/filter.wasm".into()));
    window.wait(6.0);
    assert!(window.has("filter.wasm was not found. Check the path"));
    let notice = window.harness.get_by_label("filter.wasm was not found. Check the path").rect();
    assert!(notice.bottom() < 800.0 - tokens::NORMAL.status_bar, "it covers the status bar: {notice:?}");
    window.harness.get_by_label("Close this notice").click();
    window.settle();
    assert!(!window.has("filter.wasm was not found. Check the path"));
}

#[test]
fn a_sample_is_opened_by_its_name_where_a_path_is_expected() {
    let mut window = Window::new(Start::Path("sample:access_check/forbidden".into()));
    let (_, asked) = samples::named("access_check/forbidden").expect("it is bundled");
    assert_eq!(scenario(&window), *asked);
    assert!(window.has_part("403"), "it was run");
    window.does(Command::OpenPath("sample:acess_check".into()));
    assert!(window.has("There is no sample acess_check. Choose one under Samples"));
    assert_eq!(scenario(&window), *asked, "what was open stays");
}

#[test]
fn headers_are_added_kept_back_and_taken_away_with_the_keyboard() {
    let mut window = Window::sample("mask_pii");
    window.does(Command::ShowRequest);
    window.focus("Add a request header");
    window.press(Key::Enter);
    let line = scenario(&window).request.headers.last().cloned().expect("one was added");
    assert!(!line.on, "a line without a name is not sent");
    window.types("x-new");
    window.press(Key::Enter);
    window.types("1");
    window.wait(0.3);
    let line = scenario(&window).request.headers.last().cloned().expect("it is there");
    assert!(line.on && line.name == "x-new" && line.value.text() == Some("1"), "{line:?}");
    window.press(Key::Escape);
    window.press(Key::Delete);
    assert_eq!(scenario(&window).request.headers.len(), 5);

    window.focus("Add a request header");
    window.press(Key::Enter);
    window.press(Key::Escape);
    assert_eq!(scenario(&window).request.headers.len(), 5, "a line that was never filled in goes again");
    assert!(!window.focused().is_empty(), "and the keyboard is not lost");
}

#[test]
fn headers_trailers_and_variables_are_added_with_the_pointer() {
    let mut window = Window::sized([1280.0, 1200.0], Start::Sample);
    window.does(Command::ShowRequest);
    window.clicks("Add a request header");
    window.types("x-new");
    window.wait(0.3);
    assert_eq!(scenario(&window).request.headers.last().map(|line| line.name.as_str()), Some("x-new"));
    window.press(Key::Escape);
    window.clicks("Unfold Trailers");
    window.clicks("Add a request trailer");
    window.types("x-sum");
    window.wait(0.3);
    assert_eq!(scenario(&window).request.trailers.last().map(|line| line.name.as_str()), Some("x-sum"));
    window.press(Key::Escape);
    window.does(Command::ShowConfig);
    window.clicks("Add a variable");
    window.types("REGION");
    window.wait(0.3);
    assert!(scenario(&window).chain[0].env.contains_key("REGION"));
}

#[test]
fn enter_goes_on_from_the_change_that_f7_reached() {
    let mut window = Window::new(Start::Empty);
    window.press(Key::Num2);
    for _ in 0..3 {
        window.press(Key::F7);
    }
    assert_eq!(window.model().view.change, Some(2));
    window.press(Key::Enter);
    assert_eq!(window.model().view.center, CenterTab::Timeline);
    window.press_with(Modifiers::ALT, Key::ArrowLeft);
    assert_eq!(window.model().view.center, CenterTab::Changes);
    window.does(Command::ShowRequest);
    window.focus("URL");
    window.press(Key::F7);
    assert_eq!(window.focused(), "URL", "who is typing goes on typing");
}

#[test]
fn a_method_is_typed_or_chosen() {
    let mut window = Window::sample("mask_pii");
    window.does(Command::ShowRequest);
    window.focus("Method");
    window.replaces("PURGE");
    assert_eq!(scenario(&window).request.method, "PURGE");
    window.focus("Choose: Method");
    window.press(Key::Enter);
    assert_eq!(window.focused(), "GET", "the list is open");
    window.press(Key::ArrowDown);
    window.press(Key::Enter);
    assert_eq!(scenario(&window).request.method, "POST");
    assert_eq!(window.focused(), "Choose: Method");
    window.press(Key::Enter);
    window.press(Key::Escape);
    assert_eq!(window.focused(), "Choose: Method", "Esc closes the list and gives the keyboard back");
}

#[test]
fn chunks_and_kind_of_the_body_are_chosen() {
    let mut window = Window::sample("mask_pii");
    window.does(Command::ShowResponse);
    let node = window.harness.get_by_label("How the body is cut into chunks");
    assert_eq!(node.value().as_deref(), Some("2 chunks"));
    window.focus("How the body is cut into chunks");
    window.press(Key::Enter);
    window.press(Key::ArrowDown);
    window.press(Key::ArrowDown);
    window.press(Key::Enter);
    assert_eq!(scenario(&window).reply.chunks, filterlab::scenario::Chunks::Every(87));
    window.focus("Kind of body");
    window.press(Key::Enter);
    window.press(Key::ArrowUp);
    window.press(Key::ArrowUp);
    window.press(Key::Enter);
    assert!(scenario(&window).reply.body.is_empty(), "no body");
    window.press_with(CTRL, Key::Z);
    assert_eq!(scenario(&window).reply.body.len(), 346);
}

#[test]
fn variables_are_edited_without_losing_one_to_another_of_its_name() {
    let mut window = Window::sample("mask_pii");
    window.does(Command::ShowConfig);
    for (name, value) in [("A", "1"), ("AB", "2")] {
        window.focus("Add a variable");
        window.press(Key::Enter);
        for letter in name.chars() {
            window.types(&letter.to_string());
        }
        window.press(Key::Enter);
        window.types(value);
        window.press(Key::Escape);
    }
    let pairs = |window: &Window| scenario(window).chain[0].env_pairs();
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    assert_eq!(pairs(&window), [pair("A", "1"), pair("AB", "2")], "typing AB passed through a second A");
    assert_eq!(window.model().view.left, LeftTab::Config);
}

#[test]
fn a_narrow_window_opens_its_left_panel_when_asked() {
    let mut window = Window::sized([700.0, 500.0], Start::Sample);
    assert!(!window.has("URL") && window.has("Show the left panel"));
    window.press_with(CTRL, Key::Num1);
    assert!(window.has("URL"));
    window.press_with(CTRL, Key::B);
    assert!(!window.has("URL"));
}
