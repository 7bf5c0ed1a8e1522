//! Files to share, and what is told when one is opened.

use egui_kittest::kittest::Queryable;
use filterlab::cli;
use filterlab::convert::{self, Format};
use filterlab::gui::commands::Command;
use filterlab::gui::dialogs::Picked;
use filterlab::gui::model::Overlay;
use filterlab::gui::shell::Start;
use filterlab::run::run_modules;
use filterlab::scenario::HeaderLine;

use crate::window::Window;

/// Has the next dialog answer with this file.
fn answer(window: &Window, path: &std::path::Path) {
    let mut answers = window.dialogs.answers.lock().expect("no test panics with it");
    answers.push_back(Picked::File(path.to_owned()));
}

#[test]
fn statement_24_one_file_holds_all_that_a_teammate_needs() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let file = folder.path().join("mine");
    let mut window = Window::sample("mask_pii");
    let mut edited = window.scenario();
    edited.request.url = "https://api.example.com/v1/users/7/profile".into();
    window.does(Command::Edit(Box::new(edited.clone()), false));
    window.does(Command::Run);
    answer(&window, &file);
    window.does(Command::ShareFile);
    let file = file.with_extension("filterlab");
    assert!(window.has_part("Saved as mine.filterlab"), "with the end that its name lacked");
    let shown = cli::as_recorded_json(window.trace(), window.ran());

    // Elsewhere: a window that knows nothing of the first, and no file but this one.
    let elsewhere = tempfile::tempdir().expect("a folder can be made");
    let copy = elsewhere.path().join("from a friend.filterlab");
    std::fs::rename(&file, &copy).expect("it can be moved");
    let mut other = Window::new(Start::Empty);
    other.drop_file(&copy);
    let opened = other.scenario();
    assert_eq!((&opened.request, &opened.reply), (&edited.request, &edited.reply));
    assert_eq!(cli::as_recorded_json(other.trace(), other.ran()), shown, "byte for byte");
    assert!(!other.has_part("not the run that was shared"));
    assert_eq!(std::fs::read_dir(elsewhere.path()).expect("it is there").count(), 1, "nothing is unpacked");

    // The command line runs it, too.
    let options = cli::RunOptions { json: true, ..cli::RunOptions::of(copy.clone().into()) };
    let printed = cli::run(&options).expect("it runs");
    assert_eq!(String::from_utf8(printed.out).expect("it is text"), shown);
    assert_eq!(printed.err, "");
    other.does(Command::CloseFilter);
    assert!(other.has_part("from a friend.filterlab"), "it is in the recent list");
}

#[test]
fn a_file_with_credentials_says_so_and_offers_one_without() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let file = folder.path().join("x.filterlab");
    let mut window = Window::sample("add_headers");
    let mut edited = window.scenario();
    edited.request.headers.push(HeaderLine::new("authorization", "Bearer s3cr3t"));
    window.does(Command::Edit(Box::new(edited), false));
    answer(&window, &file);
    window.does(Command::ShareFile);
    let has_secret = |file: &std::path::Path| {
        let opened = convert::open(file, Some(Format::Bundle)).expect("it opens");
        let recorded = opened.recorded.expect("it holds a run");
        opened.imported.scenarios[0].to_json().contains("s3cr3t") || recorded.json.contains("s3cr3t")
    };
    assert!(has_secret(&file));
    assert!(window.has_part("holds the request's credentials"));
    window.harness.get_by_label("Save without them").click();
    window.settle();
    assert!(!has_secret(&file));
    assert!(window.has_part("are masked"));
    assert!(window.scenario().to_json().contains("s3cr3t"), "what is open stays as it is");
}

#[test]
fn a_report_is_saved_in_the_language_of_the_window_and_masked_as_it_is() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let file = folder.path().join("report.html");
    let mut window = Window::sample("mask_pii");
    let mut edited = window.scenario();
    edited.request.headers.push(HeaderLine::new("authorization", "Bearer s3cr3t"));
    window.does(Command::Edit(Box::new(edited), false));
    let save = |window: &mut Window| {
        answer(window, &file);
        window.does(Command::SaveReport);
        std::fs::read_to_string(&file).expect("it was written")
    };
    let html = save(&mut window);
    assert!(html.contains("<html lang=\"en\">") && !html.contains("s3cr3t"));
    assert!(window.has_part("Credentials are masked in it"));
    window.drop_file(&file);
    assert!(
        window.has_part("which Filterlab only writes")
            && window.has_part("Choose the file from which it was made")
    );
    assert_eq!(window.model().tab_count(), 1, "a report is no filter that was downloaded wrongly");
    window.does(Command::Dismiss);
    window.does(Command::SimplifiedChinese);
    window.does(Command::ToggleMask);
    let html = save(&mut window);
    assert!(html.contains("<html lang=\"zh-CN\">") && html.contains("s3cr3t"));
    assert!(window.has_part("其中显示了凭据"));
}

#[test]
fn the_list_of_exports_offers_what_is_for_people_too() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let mut window = Window::sample("mask_pii");
    for (name, file) in [("Save a report…", "run.html"), ("Save a file to share…", "run.filterlab")] {
        let path = folder.path().join(file);
        answer(&window, &path);
        window.does(Command::Export);
        window.focus(name);
        window.press(egui::Key::Enter);
        assert!(path.exists(), "{name}");
        assert_eq!(window.model().overlay, Overlay::None, "the list is put away");
    }
}

#[test]
fn another_run_than_was_shared_is_told_with_its_place() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let file = folder.path().join("x.filterlab");
    let sample = filterlab::samples::find("mask_pii").expect("it is there");
    let scenario = sample.scenario.clone();
    let modules = sample.modules(&scenario);
    // The run in it is that of another request.
    let mut other = scenario.clone();
    other.reply.status = 201;
    let trace = run_modules(&other, &modules).expect("it runs");
    let export = convert::Export {
        scenario: &scenario,
        modules: &modules,
        trace: Some(&trace),
        with_secrets: true,
        language: Default::default(),
    };
    let made = convert::write(Format::Bundle, &export).expect("it can be written");
    made.files.write(&file).expect("it can be written");
    let mut window = Window::new(Start::Empty);
    window.does(Command::OpenPath(file.clone()));
    assert!(window.has_part("This is not the run that was shared"));
    assert!(window.has_part("downstream.status") && window.has_part("201"), "with place and values");
    // Told once: the next run is no longer the one in the file.
    while !window.model().notices.is_empty() {
        window.does(Command::CloseNotice(0));
    }
    window.does(Command::Run);
    assert!(!window.has_part("This is not the run that was shared"));
    let printed = cli::run(&cli::RunOptions::of(file.into())).expect("it runs");
    assert!(printed.err.contains("the run in the file differs"), "{}", printed.err);
}

#[test]
fn a_hostile_file_gets_a_card_and_changes_nothing() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let file = folder.path().join("evil.filterlab");
    std::fs::write(&file, b"PK\x03\x04 and nothing else").expect("it can be written");
    let mut window = Window::sample("mask_pii");
    let before = window.scenario();
    window.drop_file(&file);
    assert!(window.has("This shared file cannot be opened"));
    window.press(egui::Key::Escape);
    assert_eq!(window.scenario(), before);
}

#[test]
fn a_module_that_is_gone_is_told_and_no_file_is_written() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let module = folder.path().join("mine.wasm");
    let sample = filterlab::samples::find("add_headers").expect("it is there");
    std::fs::write(&module, sample.module).expect("it can be written");
    let mut window = Window::new(Start::Path(module.clone()));
    std::fs::remove_file(&module).expect("it can be removed");
    let file = folder.path().join("x.filterlab");
    answer(&window, &file);
    window.does(Command::ShareFile);
    assert!(window.has_part("x.filterlab was not saved"));
    assert!(!file.exists());
}
