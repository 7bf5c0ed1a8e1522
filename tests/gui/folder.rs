//! A folder of scenarios at the left.

use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable;
use filterlab::folder::{Change, Mark};
use filterlab::gui::{
    commands::Command,
    model::{CenterTab, LeftTab, LowerTab, Overlay, Region},
    shell::Start,
};

use crate::support::picture;
use crate::watching::{Folder, changes, expect, module};
use crate::window::Window;

/// Frames until the folder is listed and everything in it was run.
pub fn settle(window: &mut Window) {
    loop {
        window.shell().model.folder.wait_for_list();
        window.settle();
        if window.model().folder.running.is_none() {
            break;
        }
        window.shell().model.folder.wait_for_round();
        window.settle();
    }
}

/// Three scenarios, of which one fails.
pub fn three() -> Folder {
    let folder = Folder::new();
    folder.scenario("auth/令牌有效", |scenario| scenario.expect = vec![expect(r#"{"is": 200}"#)]);
    folder.scenario("auth/令牌过期", |scenario| {
        scenario.expect = vec![expect(r#"{"is": 401}"#), expect(r#"{"that": "outcome", "is": "finished"}"#)];
    });
    folder.scenario("masking/plain", |_| {});
    folder
}

fn open(folder: &Folder) -> Window {
    let mut window = Window::new(Start::Path(folder.root().to_owned()));
    settle(&mut window);
    window
}

#[test]
fn a_folder_is_listed_run_and_marked() {
    let folder = three();
    let mut window = open(&folder);
    assert!(window.has_part("令牌有效, passes, 1 of 1"));
    assert!(window.has_part("令牌过期, fails, 1 of 2"));
    assert!(window.has_part("plain, passes, 200"));
    assert!(window.has("2 pass") && window.has("1 fails"));
    assert!(window.has_part("Hide auth, 1 of 2") || window.has_part("auth, 1 of 2"));
    assert_eq!(window.model().view.left, LeftTab::Scenarios);
    assert!(window.model().document.is_some(), "one of them is shown");
    picture(&mut window.harness, "folder-en-dark");
}

#[test]
fn why_a_file_of_the_list_is_no_scenario_is_said_with_line_and_column() {
    let folder = three();
    std::fs::write(folder.path("masking/plain.scenario.json"), "{\n  \"name\": }")
        .expect("it can be written");
    let mut window = open(&folder);
    window.shell().model.folder.selected = Some(folder.path("masking/plain.scenario.json"));
    window.settle();
    assert!(window.has("expected value") && window.has("line 2, column 11"));
}

#[test]
fn the_keyboard_goes_through_the_list_and_opens_what_it_stands_on() {
    let folder = three();
    let mut window = open(&folder);
    window.press_with(Modifiers::COMMAND, Key::E);
    window.press(Key::ArrowDown);
    let second = folder.path("auth/令牌过期.scenario.json");
    assert_eq!(window.model().folder.selected.as_deref(), Some(second.as_path()));
    assert!(window.has_part("status = 401"), "what it expects stands below");
    window.press(Key::Enter);
    assert_eq!(window.scenario().name, "令牌过期");
    assert_eq!(window.model().tab_count(), 1, "it takes the place of the one before");
    window.press(Key::ArrowDown);
    window.press(Key::Enter);
    assert_eq!(window.scenario().name, "plain");
    assert_eq!(window.model().view.left, LeftTab::Scenarios, "the list stays");
}

#[test]
fn what_was_edited_keeps_its_tab() {
    let folder = three();
    let mut window = open(&folder);
    let mut scenario = window.scenario();
    scenario.request.url = "https://example.com/edited".into();
    window.does(Command::Edit(Box::new(scenario), false));
    window.press_with(Modifiers::COMMAND, Key::E);
    window.press(Key::End);
    window.press(Key::Enter);
    assert_eq!(window.model().tab_count(), 2);
}

#[test]
fn the_filter_hides_what_does_not_match() {
    let folder = three();
    let mut window = open(&folder);
    window.focus("Filter of the scenarios");
    window.types("令牌");
    window.settle();
    assert!(window.has_part("令牌过期") && !window.has_part("plain, passes"));
}

#[test]
fn a_rebuild_runs_the_whole_folder_and_tells_what_it_changed() {
    let folder = three();
    let mut window = open(&folder);
    let round = window.model().folder.rounds.now.number;
    changes(&mut window, || folder.rebuild(module("access_check")));
    settle(&mut window);
    let rounds = &window.model().folder.rounds;
    assert_eq!(rounds.now.number, round + 1, "one round for one rebuild");
    let standing = rounds.standing(&folder.path("auth/令牌有效.scenario.json")).expect("it was run twice");
    assert_eq!(standing.change, Change::Broken);
    assert_eq!((rounds.tally().broken, rounds.tally().fixed), (2, 0));
    assert!(window.has("B breaks 2 scenarios and answers differently in 1 scenario."));
    changes(&mut window, || folder.rebuild(module("add_headers")));
    settle(&mut window);
    assert_eq!(window.model().folder.rounds.tally().fixed, 2);
}

#[test]
fn a_build_that_cannot_be_loaded_is_neither_run_nor_compared_with() {
    let folder = three();
    let mut window = open(&folder);
    let cut = |bytes: &'static [u8]| &bytes[..bytes.len() / 2];
    changes(&mut window, || folder.rebuild(cut(module("mask_pii"))));
    settle(&mut window);
    assert_eq!(
        window.model().folder.rounds.now.count(Mark::Fails),
        1,
        "as before: it was run with the last good one"
    );
    let said = "The build of filter.wasm on disk cannot be loaded";
    assert!(window.has_part(said) && window.has_part("The last good one was run"));

    changes(&mut window, || folder.rebuild(module("mask_pii")));
    settle(&mut window);
    assert!(!window.has_part(said), "it is mended");
    let bytes = |window: &mut Window| {
        let rounds = &window.model().folder.rounds;
        let of = |round: &filterlab::folder::Round| round.build().expect("it was run").bytes.clone();
        (of(rounds.before.as_ref().expect("there are two builds")), of(&rounds.now))
    };
    let good = |id: &str| bytes::Bytes::from_static(module(id));
    assert_eq!(bytes(&mut window), (good("add_headers"), good("mask_pii")));

    changes(&mut window, || folder.rebuild(cut(module("access_check"))));
    settle(&mut window);
    assert!(window.has_part(said));
    assert_eq!(bytes(&mut window), (good("add_headers"), good("mask_pii")), "two good ones stay compared");
    window.does(Command::RunFolder);
    settle(&mut window);
    assert_eq!(
        window.model().folder.rounds.now.build().map(|build| build.bytes.clone()),
        Some(good("mask_pii"))
    );
}

#[test]
fn a_new_file_appears_in_the_list_and_an_edited_one_is_run() {
    let folder = three();
    let mut window = open(&folder);
    changes(&mut window, || {
        folder.scenario("masking/another", |_| {});
    });
    settle(&mut window);
    assert!(window.has_part("another, not run") || window.has_part("another, passes"));
    let path = folder.path("masking/plain.scenario.json");
    changes(&mut window, || {
        folder.scenario("masking/plain", |scenario| scenario.expect = vec![expect(r#"{"is": 500}"#)]);
    });
    settle(&mut window);
    assert_eq!(window.model().folder.rounds.now.get(&path).map(|checked| checked.mark), Some(Mark::Fails));
}

/// Frames until a file was made, moved or deleted, and the folder listed again.
fn files(window: &mut Window) {
    window.shell().model.folder.wait_for_files();
    window.settle();
    settle(window);
}

#[test]
fn scenarios_are_duplicated_renamed_deleted_and_brought_back() {
    let folder = three();
    let mut window = open(&folder);
    window.press_with(Modifiers::COMMAND, Key::E);
    window.press(Key::End);
    window.clicks("Duplicate");
    files(&mut window);
    let copy = folder.path("masking/plain 2.scenario.json");
    assert!(copy.exists());
    assert_eq!(window.scenario().name, "plain 2", "it is shown");

    window.press(Key::F2);
    window.replaces("改名");
    window.press(Key::Enter);
    files(&mut window);
    let renamed = folder.path("masking/改名.scenario.json");
    assert!(renamed.exists() && !copy.exists());
    assert!(window.has_part("改名, "), "the list says so");
    assert!(window.scenario().name == "改名" && window.has("Saved"), "and what is open");
    window.press_with(Modifiers::COMMAND, Key::S);
    let saved = filterlab::scenario::Scenario::load(&renamed).expect("it is one");
    assert_eq!(saved.name, "改名", "saving it does not undo that");

    window.press(Key::Delete);
    files(&mut window);
    assert!(!renamed.exists());
    let trash = folder.path("masking/.filterlab-trash");
    assert!(window.has_part(&format!("改名 was deleted. Its file is kept in {}", trash.display())));
    let until = window.model().notices.last().and_then(|notice| notice.until);
    assert!(until.is_some_and(|until| until > window.model().now + 50.0), "long enough to be noticed");
    window.clicks("Undo");
    files(&mut window);
    assert!(renamed.exists(), "nothing is lost");
}

#[test]
fn escape_keeps_the_name() {
    let folder = three();
    let mut window = open(&folder);
    window.press_with(Modifiers::COMMAND, Key::E);
    window.press(Key::End);
    window.press(Key::F2);
    window.replaces("other");
    window.press(Key::Escape);
    assert!(window.model().folder.renaming.is_none());
    assert!(folder.path("masking/plain.scenario.json").exists());
}

#[test]
fn a_new_scenario_is_a_copy_of_what_is_shown_in_a_file_of_its_own() {
    let folder = three();
    let mut window = open(&folder);
    window.does(Command::NewScenario);
    files(&mut window);
    assert_eq!(window.scenario().name, "New scenario");
    assert_eq!(window.trace().outcome.kind(), "finished", "its filter is found from there");
    assert!(folder.path("auth/New scenario.scenario.json").exists());
}

#[test]
fn a_folder_can_be_dropped_and_an_empty_one_says_what_to_do() {
    let folder = Folder::new();
    let mut window = Window::sample("add_headers");
    window.hover_file(folder.root());
    assert!(window.has_part("Open the scenarios in"));
    window.drop_file(folder.root());
    settle(&mut window);
    assert!(window.has_part("No scenarios in this folder"));
    assert_eq!(
        window.model().document.as_ref().map(|open| open.module_name()).as_deref(),
        Some("add_headers.wasm")
    );
}

#[test]
fn a_broken_file_costs_only_itself() {
    let folder = three();
    for (name, text) in [("000.scenario.json", "{"), ("001.scenario.json", r#"{"request": {"method": 7}}"#)] {
        std::fs::write(folder.path(name), text).expect("it can be written");
    }
    let mut window = open(&folder);
    assert_eq!(window.model().overlay, Overlay::None, "nobody asked for it");
    assert!(window.has_part("000, fails, cannot be read") && window.has_part("001, fails, cannot be read"));
    assert!(window.has_part("令牌有效, passes, 1 of 1"), "the others are listed, and run");
    picture(&mut window.harness, "folder-nothing-open-en-dark");

    window.press_with(Modifiers::COMMAND, Key::E);
    window.press(Key::ArrowDown);
    window.press(Key::Enter);
    assert_eq!(window.scenario().name, "令牌有效");
    window.does(Command::CloseFilter);
    assert!(window.model().document.is_none());
    assert!(window.has_part("令牌有效, passes, 1 of 1"), "the list stays when nothing is open");
}

#[test]
fn what_can_be_read_but_not_run_says_so() {
    let folder = three();
    folder.scenario("masking/bare", |scenario| scenario.chain.clear());
    let window = open(&folder);
    assert!(window.has_part("bare, fails, cannot be run"));
}

#[test]
fn a_new_scenario_is_scrolled_to() {
    let folder = Folder::new();
    for place in 0..60 {
        folder.scenario(&format!("case {place}"), |_| {});
    }
    let mut window = open(&folder);
    assert!(window.has_part("case 2, ") && !window.has_part("case 59, "));
    window.does(Command::NewScenario);
    files(&mut window);
    assert!(window.has_part("New scenario, "), "it stands at the end");
}

#[test]
fn a_folder_without_scenarios_is_shown_where_nothing_else_is_open() {
    let folder = Folder::new();
    let mut window = open(&folder);
    assert!(window.has_part("No scenarios in this folder"));
    window.does(Command::ShowScenarios);
    assert_eq!(window.model().region, Region::Left);
    let regions = (0..4).map(|_| {
        window.press(Key::F6);
        window.model().region
    });
    assert_eq!(regions.collect::<Vec<_>>(), [Region::Center, Region::Status, Region::Top, Region::Left]);
}

#[test]
fn the_comparison_of_a_rebuild_shows_what_differs() {
    let folder = three();
    let mut window = open(&folder);
    changes(&mut window, || folder.rebuild(module("mask_pii")));
    settle(&mut window);
    window.does(Command::CompareRuns);
    window.shell().model.comparing.wait();
    window.settle();
    assert_eq!(window.model().view.center, CenterTab::Compare);
    assert!(window.has("Compare two builds"));
    assert!(window.has_part("output"), "a scenario that differs");
    assert!(window.has_part("instructions: A"));
    for (name, command) in [("dark", Command::ThemeDark), ("light", Command::ThemeLight)] {
        window.does(command);
        picture(&mut window.harness, &format!("compare-folder-en-{name}"));
    }
    window.does(Command::SimplifiedChinese);
    window.shell().model.comparing.wait();
    window.settle();
    picture(&mut window.harness, "compare-folder-zh-light");
    window.press(Key::Escape);
    assert_eq!(window.model().view.center, CenterTab::Changes);
}

#[test]
fn the_foot_of_the_window_sums_up_the_folder_while_its_builds_are_compared() {
    let folder = three();
    let mut window = open(&folder);
    assert!(!window.has("1 of 3 fails"), "else it tells of the run that is shown");
    changes(&mut window, || folder.rebuild(module("access_check")));
    settle(&mut window);
    window.does(Command::CompareRuns);
    window.shell().model.comparing.wait();
    window.settle();
    assert!(window.has("3 of 3 fail"));
    assert!(window.has_part("2 passed with the build before · run in "));
    window.press(Key::Escape);
    assert!(!window.has("3 of 3 fail"));
}

#[test]
fn the_sentence_of_a_comparison_is_copied_as_it_stands_there() {
    let folder = three();
    let mut window = open(&folder);
    window.does(Command::CopyComparison);
    changes(&mut window, || folder.rebuild(module("mask_pii")));
    settle(&mut window);
    window.does(Command::CompareRuns);
    window.shell().model.comparing.wait();
    window.settle();
    window.harness.get_by_label("Copy the comparison's sentence").click();
    window.harness.step();
    let copied = (0..4).find_map(|_| {
        let found =
            window.harness.output().platform_output.commands.iter().find_map(|command| match command {
                egui::OutputCommand::CopyText(text) => Some(text.clone()),
                _ => None,
            });
        if found.is_none() {
            window.harness.step();
        }
        found
    });
    let copied = copied.expect("something was copied");
    assert!(copied.starts_with("B ") && window.has(&copied), "{copied}");
}

#[test]
fn the_scenario_that_is_open_gets_an_expectation_from_the_list_of_them() {
    let folder = three();
    let mut window = open(&folder);
    window.press_with(Modifiers::COMMAND, Key::E);
    window.press(Key::Home);
    window.press(Key::Enter);
    settle(&mut window);
    window.focus("Add an expectation");
    window.press(Key::Enter);
    window.clicks("how it ended");
    let expected = window.scenario().expect;
    assert_eq!(expected.last().map(|one| one.that), Some(filterlab::scenario::Subject::Outcome));
    assert_eq!(window.model().view.lower, LowerTab::Expectations, "where it is edited");
    window.focus("Scenarios of the folder, 5 rows");
    window.press(Key::End);
    assert!(window.has_part("Add an expectation: open the scenario first"), "another one is only looked at");
}

#[test]
fn what_the_keys_of_the_list_do_stands_in_the_palette_and_on_the_sheet() {
    let folder = three();
    let mut window = open(&folder);
    window.shell().model.folder.selected = Some(folder.path("masking/plain.scenario.json"));
    window.does(Command::ShowRequest);
    window.does(Command::RenameScenario);
    assert_eq!(window.model().view.left, LeftTab::Scenarios, "the name is typed in its row");
    window.replaces("other");
    window.press(Key::Enter);
    files(&mut window);
    assert!(folder.path("masking/other.scenario.json").exists());
    window.does(Command::ShortcutSheet);
    for line in ["Edit a cell, rename a scenario: F2", "Switch a row on or off, run a scenario: Space"] {
        assert!(window.has(line), "{line}");
    }
}

#[test]
fn drawn_small_and_in_chinese() {
    let folder = three();
    let mut window = Window::sized([900.0, 600.0], Start::Path(folder.root().to_owned()));
    settle(&mut window);
    window.does(Command::SimplifiedChinese);
    window.does(Command::ShowScenarios);
    picture(&mut window.harness, "folder-zh-dark-900");
}
