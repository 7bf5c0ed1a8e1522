//! The editors of the left panel and of expectations: with the keyboard, with the pointer, and what a run makes of it.

use std::path::PathBuf;

use egui::{Key, Modifiers, PointerButton, Pos2};
use egui_kittest::kittest::Queryable;
use filterlab::gui::{
    commands::Command,
    dialogs::Picked,
    editing::{Chosen, ModuleUse},
    model::{LowerTab, Overlay, Region},
    shell::Start,
};
use filterlab::run::{ModuleSource, hash, run_scenario};
use filterlab::scenario::{Expectation, HeaderLine, Scenario, Source, Subject};
use filterlab::view::expectations::tally;
use filterlab::{samples, templates};

use crate::filters::{Filter, filter};
use crate::statements::assert_named;
use crate::window::Window;

const CTRL: Modifiers = Modifiers { ctrl: true, command: true, ..Modifiers::NONE };

fn tall(tab: Command) -> Window {
    let mut window = Window::sized([1280.0, 1600.0], Start::Sample);
    window.does(tab);
    window
}

fn modules(window: &Window) -> Vec<String> {
    let document = window.model().document.as_ref().expect("something is open");
    document.modules.iter().map(ModuleSource::name).collect()
}

/// What is chosen in a menu behind a small button.
fn chooses(window: &mut Window, button: &str, option: &str) {
    window.focus(button);
    window.press(Key::Enter);
    window.clicks(option);
}

#[test]
fn filters_are_added_moved_copied_switched_off_and_removed_and_their_modules_follow() {
    let mut window = tall(Command::ShowConfig);
    let title = samples::find("add_headers").expect("it is there").title_en.clone();
    chooses(&mut window, "Add a filter to the chain", &format!("Sample: {title}"));
    assert_eq!(modules(&window), ["mask_pii.wasm", "add_headers.wasm"]);
    window.wait(0.4);
    assert_eq!(window.model().runs.current.as_ref().expect("it ran").modules.len(), 2);

    window.focus("Chain, 2 rows");
    window.press_with(Modifiers::ALT, Key::ArrowUp);
    assert_eq!(modules(&window), ["add_headers.wasm", "mask_pii.wasm"]);
    assert_eq!(window.model().view.editing.filter, 0, "it stays chosen");
    window.press_with(CTRL, Key::D);
    assert_eq!(modules(&window), ["add_headers.wasm", "add_headers.wasm", "mask_pii.wasm"]);
    window.press(Key::Space);
    assert!(window.scenario().chain[1].off);
    assert!(window.has_part("Filter 2 of 3, add_headers.wasm, off"), "it is said");
    window.press(Key::Delete);
    window.wait(0.5);
    assert_eq!(modules(&window), ["add_headers.wasm", "mask_pii.wasm"]);
    window.press_with(CTRL, Key::Z);
    window.press_with(CTRL, Key::Z);
    window.press_with(CTRL, Key::Z);
    assert_eq!(modules(&window), ["add_headers.wasm", "mask_pii.wasm"]);
    window.press_with(CTRL, Key::Z);
    window.press_with(CTRL, Key::Z);
    assert_eq!(modules(&window), ["mask_pii.wasm"]);
}

#[test]
fn a_row_is_dragged_to_another_place() {
    let mut window = tall(Command::ShowConfig);
    let mut scenario = window.scenario();
    scenario.chain.push(filterlab::scenario::Filter {
        path: "sample:add_headers".into(),
        ..filterlab::scenario::Filter::default()
    });
    window.does(Command::Edit(Box::new(scenario), false));
    let row = |window: &Window, part: &str| -> Pos2 {
        window.harness.query_all_by_label_contains(part).next().expect("the row is there").rect().center()
    };
    let (from, to) = (row(&window, "Filter 1 of 2"), row(&window, "Filter 2 of 2"));
    let button = |pos, pressed| egui::Event::PointerButton {
        pos,
        button: PointerButton::Primary,
        pressed,
        modifiers: Modifiers::NONE,
    };
    window.harness.event(egui::Event::PointerMoved(from));
    window.harness.step();
    window.harness.event(button(from, true));
    window.harness.step();
    for step in 1..=4 {
        let at = from + (to - from) * (step as f32 / 4.0) + egui::vec2(0.0, 8.0);
        window.harness.event(egui::Event::PointerMoved(at));
        window.harness.step();
    }
    let end = to + egui::vec2(0.0, 8.0);
    window.harness.event(button(end, false));
    window.harness.step();
    window.settle();
    assert_eq!(modules(&window), ["add_headers.wasm", "mask_pii.wasm"]);
}

#[test]
fn a_module_is_pinned_put_inside_and_taken_out() {
    let mut window = tall(Command::ShowConfig);
    let sample = samples::find(samples::DEFAULT).expect("it is there");
    window.does(Command::UseModule(0, ModuleUse::Pin));
    assert_eq!(window.scenario().chain[0].sha256, hash(sample.module));
    assert!(window.has_part("Pinned to the build"));
    window.does(Command::Undo);
    window.does(Command::UseModule(0, ModuleUse::PutInside));
    let inside = window.scenario().chain[0].module.clone().expect("it is in the scenario");
    assert_eq!(&inside.0[..], sample.module);
    assert!(window.has("The module is in the scenario"));

    let folder = tempfile::tempdir().expect("a folder can be made");
    let path = folder.path().join("out.wasm");
    window.dialogs.answers.lock().expect("no test panics with it").push_back(Picked::File(path.clone()));
    window.does(Command::TakeModuleOut(0));
    assert_eq!(std::fs::read(&path).expect("it was written"), sample.module);
    assert_eq!(window.scenario().chain[0].module, None);
    assert_eq!(modules(&window), ["out.wasm"]);
    window.does(Command::Undo);
    assert_eq!(window.scenario().chain[0].module, Some(inside));
}

#[test]
fn a_filter_that_is_dropped_on_the_chain_joins_it_and_elsewhere_it_is_opened() {
    let other = filter("other.wasm", "");
    let mut window = tall(Command::ShowConfig);
    window.harness.event(egui::Event::PointerMoved(Pos2::new(100.0, 300.0)));
    window.hover_file(&other.path);
    assert!(window.has("Add other.wasm to the chain"));
    window.drop_file(&other.path);
    assert_eq!(modules(&window), ["mask_pii.wasm", "other.wasm"]);
    assert_eq!(window.model().view.editing.filter, 1, "it is the one that is configured");
    window.harness.event(egui::Event::PointerMoved(Pos2::new(900.0, 300.0)));
    window.hover_file(&other.path);
    assert!(window.has("Open the filter other.wasm"));
    window.drop_file(&other.path);
    assert_eq!(modules(&window), ["other.wasm"]);
}

#[test]
fn requests_are_added_and_edited_one_by_one_and_what_is_not_said_is_as_before() {
    let mut window = tall(Command::ShowRequest);
    chooses(&mut window, "Add a request", "Same as the one before");
    assert_eq!(window.scenario().then.len(), 1);
    assert_eq!(window.model().view.editing.request, 1);
    assert!(window.has("The same as in request 1."));
    let url = window.scenario().request.url;
    window.focus("URL");
    window.replaces("https://example.com/second");
    window.press(Key::Escape);
    window.wait(0.4);
    let scenario = window.scenario();
    assert_eq!(scenario.request.url, url, "the first one is as it was");
    assert_eq!(
        scenario.then[0].request.as_ref().map(|own| own.url.as_str()),
        Some("https://example.com/second")
    );
    assert!(window.has("Its own."));
    assert_eq!(window.trace().exchanges.len(), 2);

    window.clicks("Show in the run");
    assert!(window.has("Request 2 of 2"));
    window.does(Command::PreviousRequest);
    window.does(Command::EditLookedAt);
    assert_eq!(window.model().view.editing.request, 0, "and back");
    window.does(Command::Choose(Chosen::Request(1)));
    window.does(Command::ShowResponse);
    window.focus("Status");
    window.replaces("404");
    window.wait(0.4);
    assert_eq!(window.scenario().then[0].reply.as_ref().map(|own| own.status), Some(404));
    assert_eq!(window.scenario().reply.status, 200);
    window.does(Command::ShowRequest);
    window.clicks("Same as the one before");
    assert_eq!(window.scenario().then[0].request, None);
}

#[test]
fn a_problem_of_a_later_request_is_shown_at_its_field() {
    let mut window = tall(Command::ShowRequest);
    let mut scenario = window.scenario();
    scenario.then = serde_json::from_str(r#"[{"request":{"url":"ftp://a/"}}]"#).expect("it is right");
    window.does(Command::Edit(Box::new(scenario), false));
    assert!(!window.has_part("is not a scheme a proxy serves") || !window.has_part("URL: "));
    window.does(Command::Choose(Chosen::Request(1)));
    assert!(window.has_part("URL: "), "the field says it");
}

#[test]
fn a_connection_is_made_of_steps() {
    let mut window = tall(Command::ShowRequest);
    chooses(&mut window, "Add a request", "A TCP connection instead");
    assert!(window.has("No steps: the client closes at once"));
    chooses(&mut window, "Add a step", "The client sends");
    chooses(&mut window, "Add a step", "The upstream sends");
    window.focus("Bytes sent");
    window.replaces("world");
    window.press(Key::Escape);
    let steps = window.scenario().connection.expect("it is one").steps;
    assert_eq!(steps[1].send.as_ref().and_then(|sent| sent.text()), Some("world"));
    window.focus("Steps of the connection, 2 rows");
    window.press_with(Modifiers::ALT, Key::ArrowUp);
    let steps = window.scenario().connection.expect("it is one").steps;
    assert_eq!(steps[0].send.as_ref().and_then(|sent| sent.text()), Some("world"));
    window.clicks("Send a request instead");
    assert_eq!(window.scenario().connection, None);
    assert!(window.has("URL"));
}

/// Calls `auth` and waits for the answer.
const CALLS: &str = r#"
  (import "env" "proxy_http_call" (func $call (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32) (result i32)))
  (data (i32.const 8) "auth")
  (data (i32.const 100) "\03\00\00\00\07\00\00\00\03\00\00\00\05\00\00\00\0a\00\00\00\0a\00\00\00\04\00\00\00:method\00GET\00:path\00/check?a=1\00:authority\00auth\00")
  (func (export "proxy_on_http_call_response") (param i32 i32 i32 i32 i32))
  (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
    (drop (call $call (i32.const 8) (i32.const 4) (i32.const 100) (i32.const 73)
      (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 1000) (i32.const 400)))
    (i32.const 0))"#;

fn scenario_file(name: &str, body: &str, more: &str) -> (Filter, PathBuf) {
    let filter = filter(name, body);
    let path = filter.path.with_extension("scenario.json");
    std::fs::write(&path, format!(r#"{{"chain":[{{"filter":"{name}"}}]{more}}}"#))
        .expect("it can be written");
    (filter, path)
}

#[test]
fn a_callout_that_nobody_answered_gets_a_mock_from_its_finding() {
    let (_filter, path) = scenario_file("calls.wasm", CALLS, "");
    let mut window = Window::new(Start::Path(path));
    window.does(Command::ShowFindings);
    window.clicks("Make a mock");
    let mock = window.scenario().callouts.into_iter().next().expect("there is one");
    assert_eq!((mock.upstream.as_str(), mock.method.as_deref()), ("auth", Some("GET")));
    assert_eq!(mock.path.as_deref(), Some("/check*"), "what a query holds differs");
    let callouts = &window.trace().callouts;
    assert_eq!(callouts[0].end.name(), "answered");
    window.does(Command::Undo);
    window.does(Command::Run);
    assert!(window.scenario().callouts.is_empty());
    window.does(Command::ShowState);
    window.does(Command::ShowStateSection(filterlab::view::state::Section::Callouts));
    window.does(Command::SelectState(0));
    window.does(Command::MakeMock);
    assert_eq!(window.scenario().callouts.len(), 1, "from the state, too");
}

#[test]
fn mocks_and_their_answers_are_edited_in_their_lists() {
    let mut window = tall(Command::ShowEnvironment);
    chooses(&mut window, "Add a mock", "HTTP upstream");
    window.focus("Name of the upstream; * stands for any characters");
    window.replaces("users.*");
    window.clicks("Add an answer");
    window.focus("Status of the answer");
    window.replaces("403");
    window.press(Key::Escape);
    let mock = window.scenario().callouts.into_iter().next().expect("there is one");
    assert_eq!(mock.upstream, "users.*");
    assert_eq!(mock.answers.iter().map(|answer| answer.status).collect::<Vec<_>>(), [200, 403]);
    window.focus("Answers in order, 2 rows");
    window.press_with(Modifiers::ALT, Key::ArrowUp);
    let statuses = |window: &Window| -> Vec<u16> {
        window.scenario().callouts[0].answers.iter().map(|answer| answer.status).collect()
    };
    assert_eq!(statuses(&window), [403, 200]);
    assert!(window.has_part("to request 1: 403") && window.has_part("from request 2 on: 200"));
    window.focus("Status of the answer");
    window.replaces("99");
    assert_eq!(statuses(&window), [403, 200], "what is wrong is not taken");
    assert!(window.has_part("A status is a number from 200 to 599"));
}

#[test]
fn a_property_is_completed_checked_and_shown_as_bytes() {
    let mut window = tall(Command::ShowEnvironment);
    window.clicks("Add a property");
    assert_eq!(window.focused(), "Path of the property");
    window.replaces("connection.i");
    assert!(window.has_part("connection.id, uint, Number of the connection."));
    window.press(Key::ArrowDown);
    window.press(Key::Enter);
    let property = window.scenario().properties.0.into_iter().next().expect("there is one");
    assert_eq!((property.text.as_str(), property.json), ("connection.id", serde_json::json!(0)));
    window.focus("Value of the property");
    window.replaces("258");
    assert!(window.has("A filter reads 8 B: 02 01 00 00 00 00 00 00"));
    assert!(window.has_part("in every callback of a stream"), "when the proxy itself would have one");
    window.replaces("-1");
    assert!(window.has_part("Write a whole number from 0"));
    assert!(window.has_part("As it was before: A filter reads 8 B: 02 01"));
    window.press(Key::Escape);
    assert_eq!(window.scenario().properties.0[0].json, serde_json::json!(258));
    assert!(window.has_part("in place of what the proxy would answer"), "the row says that it overrides");
}

/// Logs what it reads of the property `own`.
const READS: &str = r#"
  (import "env" "proxy_get_property" (func $get (param i32 i32 i32 i32) (result i32)))
  (import "env" "proxy_log" (func $log (param i32 i32 i32) (result i32)))
  (global $heap (mut i32) (i32.const 4096))
  (data (i32.const 8) "own")
  (func (export "proxy_on_memory_allocate") (param i32) (result i32)
    (global.get $heap) (global.set $heap (i32.add (global.get $heap) (local.get 0))))
  (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
    (drop (call $get (i32.const 8) (i32.const 3) (i32.const 16) (i32.const 20)))
    (drop (call $log (i32.const 2) (i32.load (i32.const 16)) (i32.load (i32.const 20))))
    (i32.const 0))"#;

#[test]
fn the_bytes_that_are_shown_are_those_that_a_filter_reads() {
    for json in [
        r#""text""#,
        "-5",
        r#"{"uint": 5}"#,
        "1.5",
        "true",
        r#"{"duration_ms": 12.5}"#,
        r#"{"timestamp": "2026-01-01T00:00:00Z"}"#,
        r#"["a", 1, {"map": {"k": "v"}}]"#,
        r#"{"map": {"a": "x", "b": [true]}}"#,
    ] {
        let (_filter, path) =
            scenario_file("reads.wasm", READS, &format!(r#","properties":{{"own":{json}}}"#));
        let scenario = Scenario::load(&path).expect("it is one");
        let trace = run_scenario(&scenario, &Source { file: Some(path) }).expect("it can be run");
        let property = scenario.properties.0.into_iter().next().expect("there is one");
        let mut lines = trace.numbered().filter_map(|(event, _)| trace.log_line(event));
        let line = lines.next().expect("it was logged");
        assert_eq!(property.value.wire().as_deref(), Some(line.message), "{json}");
    }
}

fn expected(window: &Window) -> Vec<Expectation> {
    window.scenario().expect
}

#[test]
fn what_is_chosen_in_a_run_is_expected_with_a_key() {
    let mut window = Window::sample("mask_pii");
    window.press(Key::E);
    assert!(expected(&window).is_empty(), "nothing was chosen");
    assert!(window.has_part("Expect this: choose a header, a value, a log line"), "and it says so");
    window.does(Command::SelectChange(0));
    window.press(Key::E);
    assert_eq!(expected(&window).len(), 1);
    assert!(window.has_part("Expected from now on: "));
    window.press_with(CTRL, Key::Z);
    assert!(expected(&window).is_empty(), "and taken back");

    // Every change of the request and the reply, and what stands beside them.
    let changes = window.model().runs.current.as_ref().expect("it ran").changes.items().len();
    assert!(changes > 2);
    for change in 0..changes {
        window.does(Command::SelectChange(change));
        window.does(Command::ExpectThis);
    }
    window.does(Command::ShowLogs);
    let line = window.model().runs.current.as_ref().and_then(|run| run.logs.event(0)).expect("it logs");
    window.does(Command::SelectEvent(line));
    window.shell().model.region = Region::Logs;
    window.does(Command::ExpectThis);
    assert_eq!(expected(&window).last().map(|last| last.that), Some(Subject::Log));
    window.does(Command::Run);
    let run = window.model().runs.current.as_ref().expect("it ran");
    let wrong: Vec<_> = run
        .verdicts
        .iter()
        .zip(&expected(&window))
        .filter(|(found, _)| !found.is_met())
        .map(|(_, one)| one.clone())
        .collect();
    assert!(wrong.is_empty(), "what is shown is what is: {wrong:#?}");
    let (met, all) = tally(&run.verdicts);
    assert!(window.has_part(&format!("{met} of {all} expectations met")), "the status bar says it");
}

#[test]
fn what_keeps_a_scenario_from_running_is_said_with_its_place() {
    let mut window = Window::sample("mask_pii");
    let mut scenario = window.scenario();
    scenario.request.headers.insert(1, HeaderLine::new("bad name", "1"));
    window.does(Command::Edit(Box::new(scenario), false));
    window.wait(0.5);
    assert!(window.has_part("request headers, line 2"), "the bar at the foot says where");
}

#[test]
fn an_expectation_that_is_not_met_says_what_was_found() {
    let mut window = Window::sized([1280.0, 1000.0], Start::Sample);
    window.does(Command::ShowExpectations);
    assert_eq!(window.model().view.lower, LowerTab::Expectations);
    chooses(&mut window, "Add an expectation", "status at the client");
    window.focus("is");
    window.replaces("418");
    window.press(Key::Escape);
    window.wait(0.4);
    assert_eq!(expected(&window)[0].is, Some(serde_json::json!(418)));
    assert!(window.has_part("status = 418: not met, It was"), "in the list");
    assert!(window.has_part("0 of 1 expectation met"));
    window.focus("Expectations, 1 rows");
    window.press(Key::Space);
    window.wait(0.4);
    assert!(expected(&window)[0].off);
    window.press(Key::Space);
    window.focus("is");
    window.replaces("200");
    window.wait(0.4);
    assert!(window.has_part("status = 200: met"));
    assert!(window.has_part("1 of 1 expectation met"));
}

#[test]
fn templates_are_used_from_their_list_and_taken_back() {
    let mut window = Window::new(Start::Sample);
    let before = window.scenario();
    window.does(Command::ShowTemplates);
    assert_eq!(window.model().overlay, Overlay::Templates(0));
    window.press(Key::ArrowDown);
    window.press(Key::Enter);
    assert_eq!(window.model().overlay, Overlay::None);
    let used = &templates::all()[1];
    assert_eq!(window.scenario(), used.apply(&before));
    assert!(window.has_part("Template used"));
    window.press_with(CTRL, Key::Z);
    assert_eq!(window.scenario(), before);
    for place in 0..templates::all().len() {
        window.does(Command::UseTemplate(place));
        assert!(window.model().runs.problem.is_none(), "{}", templates::all()[place].id);
        window.does(Command::Undo);
        assert_eq!(window.scenario(), before);
    }
}

/// Everything in every list.
fn full() -> Scenario {
    let mut scenario = samples::find(samples::DEFAULT).expect("it is there").scenario.clone();
    scenario.chain.push(filterlab::scenario::Filter {
        path: "sample:access_check".into(),
        name: "access".into(),
        off: true,
        sha256: "00".repeat(32),
        ..filterlab::scenario::Filter::default()
    });
    scenario.then = serde_json::from_str(
        r#"[{"wait_ms":60000,"repeat":3},{"request":{"method":"DELETE","url":"https://api.example.com/v1/orders/7?force=1"}}]"#,
    )
    .expect("they are requests");
    scenario.request.metadata = vec![HeaderLine::new("trace", "on")];
    scenario.reply = serde_json::from_str(
        r#"{"status":503,"delay_ms":20,"headers":[["content-type","application/json"]],"body":"{\"retry\":true}","chunks":4,"at_once":true,
            "gap_ms":5,"reset_after":2,"again":[{"fails":"reset","delay_ms":3},{"status":200,"body":"at last","chunks":2}]}"#,
    )
    .expect("it is a reply");
    scenario.names =
        serde_json::from_str(r#"{"auth.internal":["10.0.0.8","2001:db8::8"]}"#).expect("they are names");
    scenario.callouts = serde_json::from_str(
        r#"[{"upstream":"auth*","method":"GET","path":"/check*","answers":[{"status":200,"body":"{\"ok\":true}","delay_ms":5},{"status":403},{"fails":"silence"}]},
            {"upstream":"users","path":"/shop.Users/Find","answers":[{"messages":["alice",{"base64":"CAE="}],"grpc_status":7,"grpc_message":"no"}]}]"#,
    )
    .expect("they are mocks");
    scenario.properties = serde_json::from_str(
        r#"{"connection.mtls":true,"source.address":"10.0.0.7:41234","response.backend_latency":{"duration_ms":12.5},"my_own":{"base64":"AAE="}}"#,
    )
    .expect("they are right");
    scenario.expect = serde_json::from_str(
        r#"[{"that":"downstream.status","is":200},{"that":"upstream.header","name":"authorization","exists":false},
            {"that":"downstream.body","json":"$..phone","matches":"^1\\d{10}$","not":true},{"that":"log","level":"warn","contains":"expired"},
            {"that":"callout","upstream":"auth","count":1,"off":true}]"#,
    )
    .expect("they are expectations");
    scenario
}

#[test]
fn every_control_and_row_of_the_editors_has_a_name() {
    for language in [Command::English, Command::SimplifiedChinese] {
        let mut window = Window::sized([1280.0, 2600.0], Start::Sample);
        window.does(language);
        window.does(Command::Edit(Box::new(full()), false));
        window.does(Command::ShowExpectations);
        for tab in
            [Command::ShowRequest, Command::ShowResponse, Command::ShowConfig, Command::ShowEnvironment]
        {
            window.does(tab.clone());
            for chosen in 0..4 {
                for place in [
                    Chosen::Request(chosen),
                    Chosen::Again(chosen),
                    Chosen::Mock(chosen),
                    Chosen::Property(chosen),
                    Chosen::Expectation(chosen),
                ] {
                    window.does(Command::Choose(place));
                }
                assert_named(&window, &format!("{tab:?}"));
            }
        }
        window.does(Command::ShowTemplates);
        assert_named(&window, "templates");
    }
}

#[test]
fn the_menu_of_a_row_expects_what_it_shows() {
    let mut window = Window::sample("mask_pii");
    let row = window.harness.query_all_by_label_contains("x-mask-policy: v3").next();
    let at = row.expect("the header was added").rect().center();
    window.harness.event(egui::Event::PointerMoved(at));
    window.harness.step();
    for pressed in [true, false] {
        window.harness.event(egui::Event::PointerButton {
            pos: at,
            button: PointerButton::Secondary,
            pressed,
            modifiers: Modifiers::NONE,
        });
        window.harness.step();
    }
    window.settle();
    window.clicks("Expect this");
    let found = expected(&window).pop().expect("there is one");
    assert_eq!((found.that, found.name.as_str()), (Subject::UpstreamHeader, "x-mask-policy"));
    assert_eq!(found.is, Some(serde_json::json!("v3")));
}

#[test]
fn the_editors_are_drawn() {
    for (theme, language, name) in [
        (Command::ThemeDark, Command::English, "dark-en"),
        (Command::ThemeLight, Command::SimplifiedChinese, "light-zh"),
    ] {
        let mut window = Window::sized([1280.0, 900.0], Start::Sample);
        window.does(theme);
        window.does(language);
        window.does(Command::Edit(Box::new(full()), false));
        window.does(Command::Run);
        window.does(Command::ShowExpectations);
        for (tab, shown) in [
            (Command::ShowRequest, "request"),
            (Command::ShowResponse, "response"),
            (Command::ShowConfig, "config"),
            (Command::ShowEnvironment, "environment"),
        ] {
            window.does(tab);
            crate::support::picture(&mut window.harness, &format!("edit-{shown}-{name}"));
        }
        let mut scenario = full();
        scenario.connection = serde_json::from_str(
            r#"{"steps":[{"from":"client","send":"hello\n"},{"from":"upstream","send":"world\n","after_ms":5},{"from":"client","end":true}]}"#,
        )
        .expect("it is one");
        window.does(Command::ShowRequest);
        window.does(Command::Edit(Box::new(scenario), false));
        crate::support::picture(&mut window.harness, &format!("edit-connection-{name}"));
        window.does(Command::ShowTemplates);
        crate::support::picture(&mut window.harness, &format!("edit-templates-{name}"));
    }
    let mut window = Window::sized([900.0, 600.0], Start::Sample);
    window.does(Command::Edit(Box::new(full()), false));
    window.does(Command::ShowExpectations);
    window.does(Command::ShowEnvironment);
    crate::support::picture(&mut window.harness, "edit-small");
}
