//! What was open, edited and looked at is there in the next window.

use std::fs;
use std::path::{Path, PathBuf};

use egui::{Key, Modifiers};
use filterlab::gui::{
    commands::Command,
    model::{CenterTab, LeftTab, LowerTab, Overlay, Writes},
    shell::Start,
};
use filterlab::scenario::Scenario;

use crate::filters::Filter;
use crate::tabs::copies;
use crate::window::Window;

const CTRL: Modifiers = Modifiers { ctrl: true, command: true, ..Modifiers::NONE };

struct Home {
    folder: tempfile::TempDir,
    /// Modules, of which two are named by scenario files.
    _modules: Vec<Filter>,
    files: Vec<PathBuf>,
}

impl Home {
    /// A home with the module `a.wasm` and the scenarios `b` and `c` in files.
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let modules = copies(&["a.wasm"]);
        let mut files = vec![modules[0].path.clone()];
        for name in ["b", "c"] {
            let path = folder.path().join(format!("{name}.scenario.json"));
            let module = modules[0].path.display();
            let text = format!(
                "{{\"version\": 1, \"name\": \"{name}\", \"chain\": [{{\"filter\": \"{module}\"}}]}}"
            );
            fs::write(&path, text).expect("it can be written");
            files.push(path);
        }
        Self { folder, _modules: modules, files }
    }

    fn window(&self, start: Start) -> Window {
        Window::at_home(self.folder.path(), start)
    }

    /// What the disk has now, in another place: as after a loss of power.
    fn as_on_the_disk(&self) -> tempfile::TempDir {
        let copy = tempfile::tempdir().expect("a folder can be made");
        copy_all(self.folder.path(), copy.path());
        copy
    }
}

fn copy_all(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).expect("it is there") {
        let entry = entry.expect("it can be read");
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            fs::create_dir(&target).expect("it can be made");
            copy_all(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), &target).expect("it can be copied");
        }
    }
}

fn edit_url(window: &mut Window, url: &str) {
    let mut scenario = window.scenario();
    scenario.request.url = url.into();
    window.does(Command::Edit(Box::new(scenario), false));
    window.wait(1.1);
}

fn titles(window: &Window) -> Vec<String> {
    window.model().documents().map(|document| document.title()).collect()
}

#[test]
fn statement_22_everything_is_as_it_was_when_the_window_is_opened_again() {
    let home = Home::new();
    let mut window = home.window(Start::Empty);
    for file in &home.files {
        window.does(Command::OpenPath(file.clone()));
    }
    edit_url(&mut window, "https://c.example/1");
    edit_url(&mut window, "https://c.example/2");
    window.does(Command::ShowTab(1));
    edit_url(&mut window, "https://b.example/1");
    edit_url(&mut window, "https://b.example/2");
    window.does(Command::Undo);
    window.does(Command::ShowResponse);
    window.does(Command::FoldLeftPanel);
    window.does(Command::ShowTimeline);
    window.does(Command::ShowFindings);
    window.does(Command::FilterTimeline("fn:proxy".into()));
    for _ in 0..3 {
        window.does(Command::NextEvent);
    }
    let event = window.model().view.event;
    assert!(event.is_some());
    let before: Vec<Scenario> =
        window.model().documents().map(|document| (*document.scenario).clone()).collect();
    drop(window);

    let mut window = home.window(Start::Sample);
    assert_eq!(titles(&window), ["a.wasm", "b", "c"], "and no sample instead");
    let after: Vec<Scenario> =
        window.model().documents().map(|document| (*document.scenario).clone()).collect();
    assert_eq!(after, before);
    let changed: Vec<bool> = window.model().documents().map(|document| document.is_changed()).collect();
    assert_eq!(changed, [false, true, true], "what is in no file is not taken for saved");
    assert_eq!(window.model().tabs.place(), 1);
    let view = &window.model().view;
    assert_eq!(
        (view.center, view.left, view.lower),
        (CenterTab::Timeline, LeftTab::Response, LowerTab::Findings)
    );
    assert_eq!((view.event, view.timeline_filter.as_str()), (event, "fn:proxy"));
    assert!(window.model().layout.left_folded);
    assert_eq!(window.ran().request.url, "https://b.example/1", "it has run");

    window.press_with(CTRL, Key::Y);
    assert_eq!(window.scenario().request.url, "https://b.example/2", "the way forward is there");
    window.press_with(CTRL, Key::Z);
    window.press_with(CTRL, Key::Z);
    assert_eq!(window.scenario().request.url, "https://example.com/", "and the way back");
    assert!(!window.model().document.as_ref().expect("it is open").is_changed(), "to what the file has");
    window.does(Command::ShowTab(2));
    window.press_with(CTRL, Key::Z);
    assert_eq!(window.scenario().request.url, "https://c.example/1");
}

#[test]
fn statement_22_a_window_that_is_killed_loses_at_most_half_a_second_also_under_a_storm_of_edits() {
    let home = Home::new();
    let mut window = home.window(Start::Path(home.files[1].clone()));
    window.does(Command::ToggleLive);
    window.wait(1.0);
    let ctx = window.harness.ctx.clone();
    let began = window.model().now;
    let mut last = 0;
    while window.model().now < began + 1.7 {
        last += 1;
        let mut scenario = window.scenario();
        scenario.request.url = format!("https://example.com/{last}");
        window.shell().apply(Command::Edit(Box::new(scenario), false), &ctx);
        window.harness.step();
    }
    let edits_in_half_a_second = (0.5 / crate::window::FRAME).ceil() as u32 + 1;
    // The thread is waited for, the clock of the window stands still.
    while window.shell().model.keeping.wait() {
        window.harness.step();
    }
    let disk = home.as_on_the_disk();
    drop(window);
    let window = Window::at_home(disk.path(), Start::Empty);
    let kept = window.model().tabs.closed().last().expect("it is there, behind the empty screen");
    let found: u32 =
        kept.document.scenario.request.url.rsplit('/').next().and_then(|n| n.parse().ok()).expect("a number");
    assert!(found + edits_in_half_a_second >= last, "{found} of {last}");
}

#[test]
fn statement_22_a_broken_settings_file_costs_only_the_settings_and_a_broken_scenario_only_itself() {
    let home = Home::new();
    let mut window = home.window(Start::Empty);
    for file in &home.files {
        window.does(Command::OpenPath(file.clone()));
    }
    edit_url(&mut window, "https://kept.example/");
    window.does(Command::ThemeLight);
    let broken = window.model().documents().nth(1).expect("three are open").id;
    drop(window);

    fs::write(home.folder.path().join("settings.json"), "{ \"theme\": ").expect("it can be written");
    let sessions = home.folder.path().join("sessions");
    let folder =
        fs::read_dir(&sessions).expect("it is there").next().expect("one").expect("it can be read").path();
    fs::write(folder.join(format!("{broken}.json")), "{ \"version\"").expect("it can be written");

    let window = home.window(Start::Sample);
    assert_eq!(titles(&window), ["a.wasm", "c"]);
    assert_eq!(window.scenario().request.url, "https://kept.example/");
    for part in ["Settings could not be read", "settings.json.broken", &format!("{broken}.json.broken")] {
        assert!(window.has_part(part), "a notice says {part}");
    }
    assert!(home.folder.path().join("settings.json.broken").exists());
    assert!(folder.join(format!("{broken}.json.broken")).exists());
}

#[test]
fn an_empty_window_is_empty_and_what_was_open_can_be_opened_again() {
    let home = Home::new();
    let mut window = home.window(Start::Path(home.files[1].clone()));
    edit_url(&mut window, "https://kept.example/");
    drop(window);
    let mut window = home.window(Start::Empty);
    assert!(window.model().document.is_none());
    window.press_with(Modifiers { shift: true, ..CTRL }, Key::T);
    assert_eq!(window.scenario().request.url, "https://kept.example/");
    window.does(Command::CloseFilter);
    drop(window);
    let mut window = home.window(Start::Empty);
    window.does(Command::ReopenClosed);
    assert_eq!(window.scenario().request.url, "https://kept.example/", "also one that was closed");
}

#[test]
fn a_file_named_at_the_start_is_opened_beside_what_was_open_or_gone_to() {
    let home = Home::new();
    drop(home.window(Start::Path(home.files[1].clone())));
    let window = home.window(Start::Path(home.files[2].clone()));
    assert_eq!(titles(&window), ["b", "c"]);
    drop(window);
    let window = home.window(Start::Path(home.files[1].clone()));
    assert_eq!((titles(&window), window.model().tabs.place()), (vec!["b".to_owned(), "c".into()], 0));
}

#[test]
fn two_windows_at_once_keep_to_themselves() {
    let home = Home::new();
    let mut first = home.window(Start::Path(home.files[1].clone()));
    edit_url(&mut first, "https://first.example/");
    let mut second = home.window(Start::Path(home.files[2].clone()));
    assert_eq!(titles(&second), ["c"]);
    edit_url(&mut second, "https://second.example/");
    drop(first);
    drop(second);
    let window = home.window(Start::Sample);
    let mut urls: Vec<_> =
        window.model().documents().map(|document| document.scenario.request.url.clone()).collect();
    urls.sort();
    assert_eq!(urls, ["https://first.example/", "https://second.example/"]);
}

/// A window in which `b` was edited and closed, and then its file written by somebody else.
fn changed_meanwhile(home: &Home, edited: bool) -> Window {
    let mut window = home.window(Start::Path(home.files[1].clone()));
    window.wait(1.0);
    if edited {
        edit_url(&mut window, "https://mine.example/");
    }
    drop(window);
    let text = fs::read_to_string(&home.files[1]).expect("it is there");
    let theirs = text.replace("\"chain\"", "\"seed\": 7, \"chain\"");
    fs::write(&home.files[1], theirs).expect("it can be written");
    home.window(Start::Sample)
}

#[test]
fn an_edit_in_the_window_and_one_in_the_file_are_both_there_until_the_user_decides() {
    for takes_theirs in [true, false] {
        let home = Home::new();
        let mut window = changed_meanwhile(&home, true);
        assert_eq!(window.scenario().request.url, "https://mine.example/");
        assert!(window.has_part("was changed by another program. Your edits are kept"));
        window.press_with(CTRL, Key::S);
        assert!(matches!(window.model().overlay, Overlay::InTheWay { writes: Writes::OwnFile, .. }));
        assert_eq!(Scenario::load(&home.files[1]).expect("it is one").seed, 7, "nothing was written");
        if takes_theirs {
            crate::support::picture(&mut window.harness, "in-the-way");
            window.clicks("Take their version");
            assert_eq!((window.scenario().seed, window.model().overlay.clone()), (7, Overlay::None));
            assert!(window.has("Saved"));
            window.press_with(CTRL, Key::Z);
            assert_eq!(window.scenario().request.url, "https://mine.example/");
        } else {
            window.clicks("Overwrite");
            let file = Scenario::load(&home.files[1]).expect("it is one");
            assert_eq!((file.seed, file.request.url.as_str()), (0, "https://mine.example/"));
            assert!(window.has("Saved"));
        }
    }
}

#[test]
fn a_file_that_changed_meanwhile_is_read_again_where_there_is_nothing_to_lose() {
    let home = Home::new();
    let mut window = changed_meanwhile(&home, false);
    assert_eq!(window.scenario().seed, 7);
    assert!(window.has_part("was changed by another program and read again"));
    window.press_with(CTRL, Key::Z);
    assert_eq!(window.scenario().seed, 0, "the version before is one step back");
}

#[test]
fn a_file_that_is_gone_leaves_the_scenario_unsaved_and_is_written_anew() {
    let home = Home::new();
    drop(home.window(Start::Path(home.files[1].clone())));
    fs::remove_file(&home.files[1]).expect("it was there");
    let mut window = home.window(Start::Sample);
    assert_eq!(titles(&window), ["b"]);
    assert!(window.has("Not saved") && window.has_part("b.scenario.json is no longer there"));
    window.press_with(CTRL, Key::S);
    assert!(window.has("Saved") && home.files[1].exists());
}

#[test]
fn a_typed_path_overwrites_nothing_in_silence() {
    let home = Home::new();
    let mut window = home.window(Start::Path(home.files[1].clone()));
    let before = fs::read(&home.files[2]).expect("it is there");
    window.does(Command::SaveAs);
    window.replaces(&home.files[2].display().to_string());
    window.press(Key::Enter);
    assert!(window.has("c.scenario.json is there already"));
    assert_eq!(fs::read(&home.files[2]).expect("it is there"), before);
    window.press(Key::Escape);
    assert_eq!(window.model().overlay, Overlay::None);
}

#[test]
fn a_scenario_goes_on_being_edited_while_it_is_saved() {
    let home = Home::new();
    let mut window = home.window(Start::Path(home.files[1].clone()));
    let ctx = window.harness.ctx.clone();
    window.shell().apply(Command::Save, &ctx);
    let id = window.model().document.as_ref().expect("it is open").id;
    assert!(window.model().saving.is_saving(id), "no frame waits for it");
    let mut scenario = window.scenario();
    scenario.request.url = "https://later.example/".into();
    window.shell().apply(Command::Edit(Box::new(scenario), false), &ctx);
    window.shell().apply(Command::CloseFilter, &ctx);
    window.settle();
    window.does(Command::ReopenClosed);
    assert!(window.has("Not saved") && window.scenario().request.url == "https://later.example/");
    assert_eq!(Scenario::load(&home.files[1]).expect("it is one").request.url, "https://example.com/");
}

#[test]
fn statement_21_several_files_dropped_together_say_so_and_open_in_tabs_and_are_in_recent_next_time() {
    let home = Home::new();
    let paths: Vec<&Path> = home.files.iter().map(PathBuf::as_path).collect();
    let mut window = home.window(Start::Empty);
    window.hover_files(&paths);
    assert!(window.has("Open 3 files, each in a tab of its own"));
    window.drop_files(&paths);
    assert_eq!(titles(&window), ["a.wasm", "b", "c"]);
    window.hover_file(paths[0]);
    assert!(window.has("Open the filter a.wasm"));
    window.drop_file(paths[0]);
    assert_eq!((window.model().tab_count(), window.model().tabs.place()), (3, 0), "it was open already");
    let many: Vec<&Path> = std::iter::repeat_n(paths[1], 21).collect();
    window.hover_files(&many);
    assert!(window.has("Open the first 20 of 21 files, each in a tab of its own"));
    window.hover_files(&[]);
    drop(window);

    fs::remove_file(paths[2]).expect("it was there");
    let window = home.window(Start::Empty);
    let recent: Vec<_> = window.model().settings.recent.iter().map(|recent| recent.path.clone()).collect();
    assert_eq!(recent, [home.files[0].clone(), home.files[2].clone(), home.files[1].clone()]);
    assert!(
        window.has_part("c.scenario.json") && window.has_part("no longer there"),
        "one that is gone stays"
    );
}

#[test]
fn statement_21_a_dropped_folder_is_in_recent_next_time_and_its_list_is_there_again() {
    let home = Home::new();
    let scenarios = tempfile::tempdir().expect("a folder can be made");
    fs::copy(&home.files[1], scenarios.path().join("b.scenario.json")).expect("it can be copied");
    let mut window = home.window(Start::Empty);
    window.hover_file(scenarios.path());
    let name = scenarios.path().file_name().expect("it has one").to_string_lossy().into_owned();
    assert!(window.has_part(&name), "it is said before");
    window.drop_file(scenarios.path());
    window.wait(1.0);
    let root = |window: &Window| window.model().folder.listing.as_ref().map(|listing| listing.root.clone());
    assert_eq!(root(&window).as_deref(), Some(scenarios.path()));
    drop(window);
    let window = home.window(Start::Empty);
    let recent = &window.model().settings.recent;
    assert!(recent.iter().any(|recent| recent.path == scenarios.path()), "{recent:?}");
    assert!(window.model().document.is_none(), "nothing of it is opened by itself");
    assert_eq!(root(&window).as_deref(), Some(scenarios.path()));
}
