//! Files that are rebuilt or edited in other programs while they are open.

use std::path::{Path, PathBuf};

use filterlab::gui::{commands::Command, shell::Start};
use filterlab::samples;
use filterlab::scenario::{Expectation, Scenario};

use crate::window::Window;

/// The module of a bundled sample.
pub fn module(id: &str) -> &'static [u8] {
    samples::find(id).expect("it is bundled").module
}

/// A folder with one filter and scenarios that use it.
pub struct Folder {
    folder: tempfile::TempDir,
}

impl Folder {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder can be made");
        std::fs::write(folder.path().join("filter.wasm"), module("add_headers")).expect("it can be written");
        Self { folder }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn root(&self) -> &Path {
        self.folder.path()
    }

    /// A scenario of that file name, after `edit`.
    pub fn scenario(&self, name: &str, edit: impl FnOnce(&mut Scenario)) -> PathBuf {
        let mut scenario = samples::find("add_headers").expect("it is bundled").scenario.clone();
        let up = "../".repeat(name.matches('/').count());
        scenario.chain[0].path = format!("{up}filter.wasm");
        scenario.name = name.rsplit('/').next().unwrap_or(name).to_owned();
        scenario.expect.clear();
        edit(&mut scenario);
        let path = self.path(&format!("{name}.scenario.json"));
        std::fs::create_dir_all(path.parent().expect("it has one")).expect("folders can be made");
        scenario.save(&path).expect("it can be written");
        path
    }

    /// As most linkers do it: the new module takes the place of the old one at once. Written in place, on a busy machine it
    /// may look whole before it is; `watch` has tests of that with a clock of their own.
    pub fn rebuild(&self, bytes: &[u8]) {
        let beside = self.path("filter.wasm.new");
        std::fs::write(&beside, bytes).expect("it can be written");
        std::fs::rename(&beside, self.path("filter.wasm")).expect("it can be renamed");
    }
}

pub fn expect(json: &str) -> Expectation {
    serde_json::from_str(json).expect("it is an expectation")
}

/// Does something to files that are watched, and comes back when the window has seen it.
pub fn changes(window: &mut Window, change: impl FnOnce()) {
    window.settle();
    window.shell().model.watching.wait_until_watched();
    change();
    window.shell().model.watching.wait();
    window.settle();
}

#[test]
fn statement_23_a_rebuilt_filter_runs_again_without_touching_the_window() {
    let folder = Folder::new();
    let mut window = Window::new(Start::Path(folder.path("filter.wasm")));
    let (run, before) = (window.run_number(), window.trace().exchanges.clone());
    changes(&mut window, || folder.rebuild(module("mask_pii")));
    assert_eq!(window.run_number(), run + 1, "one run for one rebuild");
    assert_ne!(window.trace().exchanges, before, "it is that of the new build");
    assert!(window.has_part("reloaded "), "the bar says so");
    changes(&mut window, || folder.rebuild(module("add_headers")));
    assert_eq!(window.run_number(), run + 2);
    assert_eq!(window.trace().exchanges, before);
}

#[test]
fn a_broken_build_leaves_the_last_good_run_and_says_so() {
    let folder = Folder::new();
    let mut window = Window::new(Start::Path(folder.path("filter.wasm")));
    let before = window.trace().exchanges.clone();
    changes(&mut window, || folder.rebuild(b"\0asm\x01\0\0\0 half of a module"));
    assert_eq!(window.trace().exchanges, before, "what was there is still there");
    assert!(window.has_part("The build of filter.wasm on disk cannot be loaded"));
    assert!(window.has_part("broken on disk"), "the bar says so, too");
    let mut scenario = window.scenario();
    scenario.request.url = "https://example.com/edited".into();
    window.does(Command::Edit(Box::new(scenario), false));
    window.wait(0.3);
    assert_eq!(window.trace().outcome.kind(), "finished", "edits go on with the last good build");
    window.clicks("Show why");
    assert_eq!(window.trace().outcome.kind(), "refused", "the card says what is wrong");
    changes(&mut window, || folder.rebuild(module("add_headers")));
    assert_eq!(window.trace().outcome.kind(), "finished");
    assert!(!window.has_part("broken on disk"));
}

#[test]
fn while_live_is_off_a_rebuild_only_says_so() {
    let folder = Folder::new();
    let mut window = Window::new(Start::Path(folder.path("filter.wasm")));
    window.does(Command::ToggleLive);
    let run = window.run_number();
    changes(&mut window, || folder.rebuild(module("mask_pii")));
    assert_eq!(window.run_number(), run);
    assert!(window.has("filter.wasm was rebuilt"));
    let command = Command::Run;
    window.does(command);
    assert_eq!(window.run_number(), run + 1);
}

#[test]
fn a_filter_that_is_deleted_stays_to_be_run() {
    let folder = Folder::new();
    let mut window = Window::new(Start::Path(folder.path("filter.wasm")));
    let run = window.run_number();
    let path = folder.path("filter.wasm");
    changes(&mut window, || std::fs::remove_file(path).expect("it was there"));
    assert!(window.has_part("filter.wasm is gone from the disk"));
    assert_eq!(window.run_number(), run);
    changes(&mut window, || folder.rebuild(module("mask_pii")));
    assert_eq!(window.run_number(), run + 1, "when it is back it runs");
}

#[test]
fn a_filter_of_another_tab_runs_again_when_that_is_in_front() {
    let folder = Folder::new();
    let other = Folder::new();
    let mut window = Window::new(Start::Path(folder.path("filter.wasm")));
    let before = window.trace().exchanges.clone();
    window.does(Command::OpenPath(other.path("filter.wasm")));
    let run = window.run_number();
    changes(&mut window, || folder.rebuild(module("mask_pii")));
    assert_eq!(window.run_number(), run, "it is not in front");
    window.does(Command::ShowTab(0));
    assert_ne!(window.trace().exchanges, before);
}

#[test]
fn a_scenario_that_another_program_wrote_is_read_again() {
    let folder = Folder::new();
    let path = folder.scenario("x", |_| {});
    let mut window = Window::new(Start::Path(path.clone()));
    changes(&mut window, || {
        folder.scenario("x", |scenario| scenario.request.url = "https://example.com/new".into());
    });
    assert_eq!(window.scenario().request.url, "https://example.com/new");
    assert_eq!(window.ran().request.url, "https://example.com/new", "and run");
    window.does(Command::Undo);
    assert_ne!(window.scenario().request.url, "https://example.com/new", "what it was can be brought back");
}

#[test]
fn edits_are_not_lost_to_another_program() {
    let folder = Folder::new();
    let path = folder.scenario("x", |_| {});
    let mut window = Window::new(Start::Path(path));
    let mut scenario = window.scenario();
    scenario.request.url = "https://example.com/mine".into();
    window.does(Command::Edit(Box::new(scenario), false));
    changes(&mut window, || {
        folder.scenario("x", |scenario| scenario.request.url = "https://example.com/theirs".into());
    });
    assert_eq!(window.scenario().request.url, "https://example.com/mine");
    window.clicks("Take the file's");
    assert_eq!(window.scenario().request.url, "https://example.com/theirs");
    window.does(Command::Undo);
    assert_eq!(window.scenario().request.url, "https://example.com/mine");
}

#[test]
fn saving_is_no_change_by_another_program() {
    let folder = Folder::new();
    let path = folder.scenario("x", |_| {});
    let mut window = Window::new(Start::Path(path));
    let mut scenario = window.scenario();
    scenario.name = "renamed".into();
    window.does(Command::Edit(Box::new(scenario), false));
    window.wait(0.3);
    let run = window.run_number();
    window.shell().model.watching.wait_until_watched();
    window.does(Command::Save);
    window.shell().model.watching.wait();
    window.settle();
    assert_eq!(window.run_number(), run);
    assert!(!window.has_part("was read again"));
}

#[test]
fn a_scenario_whose_file_is_gone_or_broken_is_not_saved_and_says_so() {
    let folder = Folder::new();
    let path = folder.scenario("x", |_| {});
    let mut window = Window::new(Start::Path(path.clone()));
    assert!(window.has("Saved"));
    let text = std::fs::read(&path).expect("it is there");
    changes(&mut window, || std::fs::remove_file(&path).expect("it is there"));
    assert!(window.has("Not saved") && window.has_part("x.scenario.json is no longer there"));
    changes(&mut window, || std::fs::write(&path, &text).expect("it can be written"));
    assert!(window.has("Saved"), "it is back");

    changes(&mut window, || std::fs::write(&path, "{ \"version\": ").expect("it can be written"));
    assert!(window.has("Not saved") && window.has_part("on disk is no scenario any more"));
    window.does(Command::Save);
    assert!(window.has_part("was changed by another program"), "theirs is not overwritten in silence");
    window.clicks("Overwrite");
    assert!(window.has("Saved") && Scenario::load(&path).is_ok());
}

#[test]
fn a_scenario_behind_whose_file_is_gone_is_not_saved_either() {
    let folder = Folder::new();
    let (behind, front) = (folder.scenario("x", |_| {}), folder.scenario("y", |_| {}));
    let mut window = Window::new(Start::Path(behind.clone()));
    window.does(Command::OpenPath(front));
    changes(&mut window, || std::fs::remove_file(&behind).expect("it is there"));
    assert!(window.has("Saved") && window.has_part("x.scenario.json is no longer there"));
    window.does(Command::ShowTab(0));
    assert!(window.has("Not saved"));
    window.does(Command::Save);
    assert!(window.has("Saved") && behind.exists());
    assert!(!window.has_part("no longer there"), "that is over");
}
