//! The list of findings and their cards.

use std::path::{Path, PathBuf};

use egui::Key;
use egui_kittest::kittest::Queryable;
use filterlab::gui::{
    commands::Command,
    model::{CenterTab, LowerTab},
    shell::Start,
};
use filterlab::trace::Finding;
use filterlab::view::findings::Card;
use filterlab::view::guide::Page;
use filterlab::view::{Language, guide};

use crate::support::picture;
use crate::window::Window;

/// What the list of findings is called when all are of one kind and folded.
const LIST: &str = "Findings, 1 rows";

/// A scenario of the list of pain points.
fn scenario(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/pain_points/{name}.scenario.json"))
}

fn opened(name: &str) -> Window {
    let mut window = Window::new(Start::Path(scenario(name)));
    window.does(Command::ShowFindings);
    window
}

/// A filter that asks for a header too late, `count` times each request, in a scenario with so many requests.
fn late_reader(count: usize, requests: usize) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let probe = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/envoy_parity/filters/probe/probe.wasm");
    let script = ["quiet\n", &"reqb get 0 \"x-user\"\n".repeat(count)].concat();
    let text = serde_json::json!({
        "chain": [{"filter": probe, "plugin_config": script.replace("quiet\n", "conf quiet\n")}],
        "request": {"method": "POST", "body": "hello"},
        "repeat": requests,
    });
    let file = folder.path().join("late.scenario.json");
    std::fs::write(&file, text.to_string()).expect("the file can be written");
    (folder, file)
}

#[test]
fn a_finding_says_what_why_where_and_what_to_do_with_its_severity_in_a_word() {
    let window = opened("p01_headers_paused_for_body");
    for words in [
        "Error",
        "never_resumed",
        "The request stayed paused forever",
        "Show the event",
        "Copy as Markdown",
        "Guide: Waiting for the body before the headers are sent",
    ] {
        assert!(window.has(words), "{words}");
    }
    assert!(window.has_part("A pause in the headers callback also stops the body callback"));
    assert!(window.has_part("Set allow_on_headers_stop_iteration"));
    assert!(window.has_part("15,000 ms"), "when");
    assert!(window.has_part("Error: The request stayed paused forever, at event"), "the row of the list");
}

#[test]
fn the_card_leads_to_the_event_and_to_the_guide_and_back() {
    let mut window = opened("p10_read_too_late");
    let event = window.model().runs.current.as_ref().expect("a run").findings[0].0;
    window.clicks("Show the event");
    assert_eq!((window.model().view.center, window.model().view.event), (CenterTab::Timeline, Some(event)));
    window.does(Command::ShowChanges);
    window.clicks("Guide: Too late");
    let place = window.model().view.guide;
    assert_eq!((window.model().view.center, place.page), (CenterTab::Guide, Page::Headers));
    assert_eq!(place.title(Language::English), "Too late");
    assert!(window.has("Too late"));
    window.press(Key::Escape);
    assert_eq!(window.model().view.center, CenterTab::Changes);
}

#[test]
fn a_setting_that_a_finding_asks_for_is_tried_and_taken_back() {
    let mut window = opened("p01_headers_paused_for_body");
    assert_eq!(window.trace().outcome.kind(), "paused");
    window.clicks("Try with allow_on_headers_stop_iteration");
    assert!(window.scenario().chain[0].allow_on_headers_stop_iteration);
    assert_eq!(window.trace().outcome.kind(), "finished");
    assert!(window.has("allow_on_headers_stop_iteration was set in the scenario"));
    assert_eq!(window.trace().findings().count(), 0);
    window.clicks("Undo");
    assert!(!window.scenario().chain[0].allow_on_headers_stop_iteration);
    assert_eq!(window.trace().outcome.kind(), "paused");
}

#[test]
fn the_most_serious_findings_come_first() {
    let window = opened("p04_callout_of_a_tick");
    let groups = &window.model().runs.current.as_ref().expect("a run").finding_groups;
    let ids: Vec<_> = groups.groups().iter().map(|group| group.occurrences[0].finding.name()).collect();
    assert_eq!(ids, ["no_stream", "never_resumed", "ticks_in_each_worker"]);
}

#[test]
fn findings_that_say_the_same_are_one_row_and_each_is_reached_with_the_keyboard() {
    let (_folder, file) = late_reader(3, 4);
    let mut window = Window::new(Start::Path(file));
    window.does(Command::ShowFindings);
    let events: Vec<_> = window.trace().findings().map(|(event, _)| event).collect();
    assert_eq!(events.len(), 12);
    assert!(window.has_part(
        "Warning: A request header was read after the headers had been sent, 12 times, first at event"
    ));
    assert!(window.has("1 of 12"));
    window.focus(LIST);
    window.press(Key::ArrowRight);
    // Rows of one group are told apart by the call, and by when it was.
    assert!(window.has_part("#8 get_header_map_value · on_request_body · 0 ms"));
    for event in &events[1..] {
        window.press(Key::ArrowDown);
        assert_eq!(window.model().view.event, Some(*event));
    }
    assert!(window.has("12 of 12"));
    assert!(window.has_part("#21 get_header_map_value · on_request_body · request 4 · 0 ms"));
    window.press(Key::ArrowLeft);
    assert_eq!(window.model().view.event, Some(events[0]), "the folded group stands for its first");
    window.clicks("Next time");
    assert_eq!(window.model().view.event, Some(events[1]));
    window.focus(LIST);
    window.press(Key::Enter);
    assert_eq!(window.model().view.center, CenterTab::Timeline);
}

#[test]
fn the_list_marks_the_finding_whose_card_is_shown_from_the_start() {
    let mut window = opened("p04_callout_of_a_tick");
    assert_eq!(window.model().view.event, None, "nobody has chosen one");
    window.focus("Findings, 3 rows");
    let marked = window.focused();
    assert!(marked.starts_with("Error: The filter tried to answer"), "{marked}");
    assert!(window.has("no_stream"), "the card of the same");
    window.press(Key::ArrowDown);
    assert!(window.focused().starts_with("Error: The request stayed paused"), "{}", window.focused());
    assert!(window.has("never_resumed"));
}

#[test]
fn a_narrow_panel_shows_the_list_above_the_card_with_whole_titles() {
    let mut window = Window::sized([900.0, 600.0], Start::Path(scenario("p04_callout_of_a_tick")));
    window.does(Command::ShowFindings);
    let list = window.harness.get_by_label_contains("Findings, 3 rows").rect();
    let card = window.harness.get_by_label("no_stream").rect();
    assert!(list.bottom() <= card.top() && list.width() > 500.0, "{list:?} {card:?}");
    assert!(list.height() >= 72.0, "all three rows are seen");
    let button = window.harness.get_by_label("Show the event").rect();
    assert!(button.bottom() < 574.0, "it is not below the fold: {button:?}");
}

/// What a frame lays out does not grow with what was found.
#[test]
fn thousands_of_findings_cost_a_frame_no_more_than_a_few() {
    let rows = |count, requests| {
        let (_folder, file) = late_reader(count, requests);
        let mut window = Window::new(Start::Path(file));
        window.does(Command::ShowFindings);
        window.does(Command::FoldFindings(0));
        let found = window.trace().findings().count();
        let seen = window.harness.query_all_by_label_contains("A request header was read after").count();
        (found, seen)
    };
    let (few, seen) = rows(30, 1);
    let (many, seen_of_many) = rows(100, 60);
    assert_eq!((few, many), (30, 6_000));
    assert!(seen_of_many <= seen, "{seen_of_many} rows are laid out of {many}, {seen} of {few}");
}

#[test]
fn a_card_is_copied_as_markdown() {
    let mut window = opened("p11_dotted_path");
    let run = window.model().runs.current.clone().expect("a run");
    let (event, finding) = run.findings[0];
    assert_eq!(finding, Finding::DottedProperty { meant: "request.path" });
    let expected =
        Card::new(Language::English, &run.trace, &run.scenario, event, finding).markdown(Language::English);
    assert!(expected.starts_with("**Warning: A property path was given with dots** (`dotted_property`)\n"));
    assert!(
        expected.contains("`#9 get_property` in `on_request_headers` · `probe` · at event"),
        "{expected}"
    );
    window.focus("Copy as Markdown");
    // In one frame, so that what it puts out is that frame's.
    window.harness.input_mut().events.push(egui::Event::Key {
        key: Key::Enter,
        physical_key: None,
        pressed: true,
        repeat: false,
        modifiers: egui::Modifiers::NONE,
    });
    window.harness.step();
    let commands = &window.harness.output().platform_output.commands;
    let copied: Vec<String> = commands
        .iter()
        .filter_map(|command| match command {
            egui::OutputCommand::CopyText(text) => Some(text.clone()),
            _ => None,
        })
        .collect();
    assert_eq!(copied, [expected]);
}

/// Every scenario of the list of pain points: the window opens it, and each of its findings has a card that leads to the guide.
#[test]
fn each_pain_point_is_answered_by_a_card_in_both_languages() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pain_points");
    let mut cards = 0;
    for entry in std::fs::read_dir(folder).expect("the folder is there") {
        let path = entry.expect("it can be read").path();
        if !path.to_string_lossy().ends_with(".scenario.json") {
            continue;
        }
        let mut window = Window::sized([1280.0, 1000.0], Start::Path(path.clone()));
        window.does(Command::ShowFindings);
        assert_eq!(window.model().view.lower, LowerTab::Findings);
        let run = window.model().runs.current.clone().expect("it was run");
        for (language, command) in
            [(Language::English, Command::English), (Language::SimplifiedChinese, Command::SimplifiedChinese)]
        {
            window.does(command);
            for group in run.finding_groups.groups() {
                let first = group.first().expect("no group is empty");
                window.does(Command::SelectEvent(first.event));
                let card = Card::new(language, &run.trace, &run.scenario, first.event, first.finding);
                let link = window.model().text().findings.guide(&card.guide_title);
                assert!(window.has(card.text.title.as_str()), "{}: {}", path.display(), card.text.title);
                assert!(window.has(&link), "{}: {link}", path.display());
                assert_ne!(guide::of_finding(first.finding).section, 0, "{}", card.text.id);
                cards += 1;
            }
        }
    }
    assert!(cards > 50, "{cards}");
}

#[test]
fn lines_below_the_log_level_are_counted_and_explained() {
    let mut window = Window::new(Start::Path(scenario("p15_hidden_lines")));
    window.does(Command::ShowLogs);
    assert!(window.has("12 below warn, not written"));
    assert!(window.has_part("Change “Log level” under Env"));
}

#[test]
fn findings_can_be_drawn() {
    for (name, size) in [("1280", [1280.0, 800.0]), ("900", [900.0, 600.0]), ("1920", [1920.0, 1080.0])] {
        let mut window = Window::sized(size, Start::Path(scenario("p04_callout_of_a_tick")));
        window.does(Command::ShowFindings);
        picture(&mut window.harness, &format!("findings-en-dark-{name}"));
        window.does(Command::ThemeLight);
        window.does(Command::SimplifiedChinese);
        picture(&mut window.harness, &format!("findings-zh-light-{name}"));
    }
    let (_folder, file) = late_reader(3, 4);
    let mut window = Window::new(Start::Path(file));
    window.does(Command::ShowFindings);
    window.does(Command::FoldFindings(0));
    picture(&mut window.harness, "findings-groups");
    let mut window = opened("p01_headers_paused_for_body");
    picture(&mut window.harness, "findings-try");
}

#[test]
fn a_run_that_did_not_end_well_is_not_called_unsuspicious() {
    let mut window = opened("p07_trap");
    assert!(!window.has("Nothing suspicious was found in this run"));
    assert!(window.has("No further findings"));
    assert!(window.has_part("The run ended with: Trapped: in on_request_headers"));
    window.does(Command::SimplifiedChinese);
    assert!(window.has("没有其他发现"));
    let window = opened("p01_allow_stop_iteration");
    assert!(window.has("Nothing suspicious was found in this run"));
}
