//! The state of the filters in the window: what it was after any event, who wrote it, and whether memory leaks.

use std::path::PathBuf;

use egui::Key;
use filterlab::gui::{commands::Command, model::CenterTab, shell::Start};
use filterlab::view::state::Section;
use serde_json::{Value, json};

use crate::filters::{Filter, bytes, filter};
use crate::support::picture;
use crate::window::Window;

const PROBE: &[u8] = include_bytes!("../envoy_parity/filters/probe/probe.wasm");

/// What a gateway with a counter, a cache, a queue, a timer and a call to another service does.
const SCRIPT: &str = "conf shset \"hits\" \"0\" 0
conf qreg \"jobs\"
conf def 0 \"requests_total\"
conf def 2 \"body_bytes\"
conf tick 10
reqh shset \"hits\" \"14\" 1
reqh shset \"last/path\" \"/v1/users\" 0
reqh inc 4 1
reqh prop \"request\\0path\"
reqh prop \"request\\0headers\\0authorization\"
reqh prop \"response\\0code\"
reqh prop \"cluster_name\"
reqh call \"auth-service\" [\":method\" \"GET\" \":path\" \"/check\" \":authority\" \"auth\"] \"\" [] 1000
reqh ret 1
call eff 2
call cont 0
resh rec 6 346
resh prop \"response\\0code\"
resh qenq 1 \"audit\"
resh shset \"hits\" \"15\" 0
log shset \"hits\" \"16\" 0";

fn scenario(filter: &Filter, more: Value) -> PathBuf {
    let path = filter.path.with_file_name("s.scenario.json");
    let name = filter.path.file_name().expect("it has one").to_string_lossy().into_owned();
    let mut scenario = json!({ "chain": [{ "filter": name, "plugin_config": SCRIPT }] });
    let fields = scenario.as_object_mut().expect("it is a map");
    fields.extend(more.as_object().expect("it is a map").clone());
    std::fs::write(&path, scenario.to_string()).expect("the file can be written");
    path
}

fn gateway(size: [f32; 2]) -> (Filter, Window) {
    let filter = bytes("gateway.wasm", PROBE);
    let mocks = json!([{ "upstream": "auth-service", "answers": [{ "status": 200, "delay_ms": 42 }] }]);
    let headers = json!({ "url": "http://a/v1/users", "headers": [["authorization", "Bearer abc"]] });
    let path =
        scenario(&filter, json!({ "callouts": mocks, "request": headers, "reply": { "delay_ms": 30 } }));
    let mut window = Window::sized(size, Start::Path(path));
    window.does(Command::ShowState);
    (filter, window)
}

/// Takes so many bytes of memory with each request, until a request.
fn takes(bytes: u32, until: u32) -> Filter {
    let body = format!(
        r#"(import "env" "proxy_define_metric" (func $define (param i32 i32 i32 i32) (result i32)))
        (import "env" "proxy_increment_metric" (func $add (param i32 i64) (result i32)))
        (data (i32.const 8) "seen")
        (global $used (mut i32) (i32.const 65536)) (global $turn (mut i32) (i32.const 0))
        (func (export "proxy_on_configure") (param i32 i32) (result i32)
          (drop (call $define (i32.const 0) (i32.const 8) (i32.const 4) (i32.const 64))) (i32.const 1))
        (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
          (drop (call $add (i32.load (i32.const 64)) (i64.const 3)))
          (if (i32.lt_u (global.get $turn) (i32.const {until}))
            (then
              (global.set $turn (i32.add (global.get $turn) (i32.const 1)))
              (global.set $used (i32.add (global.get $used) (i32.const {bytes})))
              (if (i32.gt_u (global.get $used) (i32.mul (memory.size) (i32.const 65536)))
                (then (drop (memory.grow (i32.const 1)))))))
          (i32.const 0))"#
    );
    filter("takes.wasm", &body)
}

#[test]
fn the_state_can_be_drawn() {
    let (_filter, mut window) = gateway([1280.0, 800.0]);
    for section in Section::ALL {
        window.does(Command::ShowStateSection(section));
        window.does(Command::SelectState(0));
        picture(&mut window.harness, &format!("state-{section:?}-dark"));
    }
    window.does(Command::ThemeLight);
    window.does(Command::SimplifiedChinese);
    for section in Section::ALL {
        window.does(Command::ShowStateSection(section));
        window.does(Command::SelectState(0));
        picture(&mut window.harness, &format!("state-{section:?}-zh-light"));
    }
    let (_filter, mut window) = gateway([900.0, 600.0]);
    window.does(Command::ShowStateSection(Section::SharedData));
    window.does(Command::SelectState(0));
    picture(&mut window.harness, "state-small");
    let leaks = takes(4096, u32::MAX);
    let mut window = Window::new(Start::Path(leaks.path.clone()));
    window.does(Command::ShowStateSection(Section::Memory));
    picture(&mut window.harness, "state-memory-one-request");
    window.does(Command::SoakThousand);
    picture(&mut window.harness, "state-soak-dark");
    window.does(Command::ThemeLight);
    window.does(Command::SimplifiedChinese);
    picture(&mut window.harness, "state-soak-zh-light");
    window.does(Command::English);
    window.does(Command::ShowStateSection(Section::Metrics));
    window.does(Command::SelectState(0));
    picture(&mut window.harness, "state-soak-metrics-light");
    let mut window = Window::sized([900.0, 600.0], Start::Path(takes(65536, 20).path.clone()));
    window.does(Command::SoakHundred);
    picture(&mut window.harness, "state-soak-small");
}

fn rows(window: &Window) -> usize {
    let run = window.model().runs.current.as_ref().expect("there is a result");
    let section = window.model().view.state_section.expect("one is chosen");
    run.state.len(section, window.model().view.event)
}

#[test]
fn the_list_with_something_of_the_filters_own_comes_first() {
    let (_filter, window) = gateway([1280.0, 800.0]);
    assert!(window.has_part("State, Shared data, 2 rows"));
    assert!(
        window
            .has_part("key hits, value 16, cas 5, last written by #57 set_shared_data · on_log, row 1 of 2")
    );
    let mut masks = Window::sample("mask_pii");
    masks.does(Command::ShowState);
    assert!(masks.has_part("State, Metrics, 1 row"), "it keeps no shared data");
}

#[test]
fn brackets_step_through_the_run_and_the_state_is_as_it_was_after_each_event() {
    let (_filter, mut window) = gateway([1280.0, 800.0]);
    window.does(Command::ShowStateSection(Section::SharedData));
    assert!(window.has("State at the end of the run"));
    window.press(Key::F6);
    window.does(Command::NextEvent);
    assert_eq!(window.model().view.center, CenterTab::State, "it stays here");
    let events = window.trace().events().len();
    assert!(window.has(&format!("State after event 1 of {events}")));
    assert_eq!(rows(&window), 0);
    assert!(window.has("Not there yet at this event"));
    let first = window.model().runs.current.as_ref().expect("there is one").state.shared[0].versions[0].0;
    window.does(Command::SelectEvent(first));
    assert!(window.has_part("key hits, value 0, cas 1, last written by #6 set_shared_data · on_configure"));
    assert_eq!(rows(&window), 1, "the other key is not there yet");
    window.press(Key::CloseBracket);
    assert!(window.has(&format!("State after event {} of {events}", first.index() + 2)));
    window.clicks("Show the end");
    assert!(window.has("State at the end of the run"));
    assert!(window.has_part("key hits, value 16,"));
}

#[test]
fn enter_goes_to_the_event_that_wrote_a_value_and_back() {
    let (_filter, mut window) = gateway([1280.0, 800.0]);
    window.does(Command::ShowStateSection(Section::SharedData));
    while !window.focused().starts_with("State, Shared data") {
        window.press(Key::F6);
    }
    window.press(Key::ArrowDown);
    window.press(Key::Enter);
    let event = window.model().view.event.expect("an event is chosen");
    assert_eq!(window.trace().call_of(event).map(|(_, number)| number), Some(57));
    assert_eq!(window.model().view.center, CenterTab::Timeline);
    window.does(Command::Back);
    assert_eq!(window.model().view.center, CenterTab::State);
}

#[test]
fn all_writers_of_a_value_are_listed_in_order_and_lead_to_their_events() {
    let (_filter, mut window) = gateway([1280.0, 800.0]);
    window.does(Command::ShowStateSection(Section::SharedData));
    window.does(Command::SelectState(0));
    let history = [
        "0, #6 set_shared_data",
        "14, #19 set_shared_data",
        "15, #54 set_shared_data",
        "16, #57 set_shared_data",
    ];
    for (place, words) in history.iter().enumerate() {
        assert!(window.has_part(words), "{words}");
        assert!(window.has_part(&format!("row {} of 4", place + 1)));
    }
    while !window.focused().starts_with("History of hits") {
        window.press(Key::Tab);
    }
    window.press(Key::ArrowDown);
    window.press(Key::ArrowDown);
    window.press(Key::Enter);
    let event = window.model().view.event.expect("an event is chosen");
    assert_eq!(window.trace().call_of(event).map(|(_, number)| number), Some(19));
    window.does(Command::ShowState);
    assert!(!window.has_part("15, #54 set_shared_data"), "it is not written yet");
    assert!(window.has_part("14, #19 set_shared_data"));
}

#[test]
fn a_history_says_when_each_version_came_to_be_and_calls_no_read_a_write() {
    let (_filter, mut window) = gateway([1280.0, 800.0]);
    window.does(Command::FoldLeftPanel);
    window.does(Command::ShowStateSection(Section::Timers));
    window.does(Command::SelectState(0));
    for tick in 1..=3 {
        let event = window.model().runs.current.as_ref().expect("a run").state.timers[0].versions[tick].0;
        let row = format!("event {}, {}0 ms, tick {tick}, on_tick", event.index() + 1, tick);
        assert!(window.has_part(&row), "{row}");
    }
    window.does(Command::ShowStateSection(Section::Contexts));
    window.does(Command::SelectState(0));
    assert!(window.has_part("event ") && window.has_part(", active, on_"));
    for section in Section::ALL {
        window.does(Command::ShowStateSection(section));
        window.does(Command::SelectState(0));
        assert!(!window.has("written by"), "{section:?}: the bar has no list of writers");
    }
}

#[test]
fn a_narrow_window_offers_all_soaks_in_a_list_in_the_middle_of_its_row() {
    use egui_kittest::kittest::Queryable;
    let mut window = Window::sized([900.0, 600.0], Start::Path(takes(4096, u32::MAX).path.clone()));
    window.does(Command::ShowStateSection(Section::Memory));
    let list = window.harness.get_by_label("Lists of the state").rect();
    let head = window.harness.get_by_label("State").rect();
    assert!((list.center().y - (head.bottom() + 17.0)).abs() < 1.0, "{list:?} below {head:?}");
    window.clicks("Soak");
    for times in ["100 requests", "1,000 requests", "10,000 requests"] {
        assert!(window.has(times), "{times}");
    }
    window.clicks("10,000 requests");
    assert!(window.has("Soak of 10,000 requests"));
}

#[test]
fn one_request_makes_no_curve_and_the_verdict_stands_once() {
    let leaks = takes(4096, u32::MAX);
    let mut window = Window::new(Start::Path(leaks.path.clone()));
    window.does(Command::ShowStateSection(Section::Memory));
    assert!(window.has("A curve needs more than one request"));
    assert!(!window.has_part("Memory of takes.wasm over"), "two points look like a leak");
    use egui_kittest::kittest::Queryable;
    assert_eq!(window.harness.query_all_by_label_contains("too few to detect a leak").count(), 1);
    window.does(Command::SoakHundred);
    assert!(!window.has("A curve needs more than one request"));
    assert!(window.has_part("Memory of takes.wasm over 100 requests"));
    assert_eq!(crate::looks::painted(&window, "requests"), 1, "the axis says what it counts");
}

#[test]
fn an_empty_list_says_what_would_put_something_there() {
    let mut window = Window::sample("add_headers");
    for language in [Command::English, Command::SimplifiedChinese] {
        window.does(language.clone());
        window.does(Command::ShowStateSection(Section::Queues));
        assert!(window.has_part("proxy_enqueue_shared_queue"));
        window.does(Command::ShowStateSection(Section::Timers));
        assert!(window.has_part("proxy_set_tick_period_milliseconds"));
    }
    // The keyboard comes to the lists all the same.
    window.does(Command::English);
    while !window.focused().starts_with("Contexts") {
        window.press(Key::F6);
    }
}

#[test]
fn secrets_among_properties_stay_hidden_until_they_are_shown() {
    let (_filter, mut window) = gateway([1280.0, 800.0]);
    window.does(Command::FoldLeftPanel);
    window.does(Command::ShowStateSection(Section::Properties));
    assert!(window.has_part("path request.headers.authorization, value Bearer ••••••••"));
    window.does(Command::ToggleMask);
    assert!(window.has_part("path request.headers.authorization, value Bearer abc"));
}

#[test]
fn a_soak_tells_a_leak_and_takes_no_place_of_the_run() {
    let leaks = takes(4096, u32::MAX);
    let mut window = Window::new(Start::Path(leaks.path.clone()));
    let (before, number) = (window.scenario(), window.run_number());
    window.does(Command::ShowStateSection(Section::Memory));
    assert!(window.has_part("verdict Unknown, ") && window.has("1 request is too few to detect a leak"));
    window.clicks("100 requests");
    assert!(window.has("Soak of 100 requests"));
    assert!(window.has_part("It grows by 4"), "4 KiB for each request");
    assert!(
        window.has_part("Memory of takes.wasm over 100 requests: from 64 KiB to"),
        "the curve has a name"
    );
    assert_eq!(window.scenario(), before, "the document is what it was");
    assert_eq!(window.run_number(), number, "and so is the run");
    assert_eq!(window.trace().exchanges.len(), 1);
    window.clicks("Back to the run");
    assert!(window.has("The run's 1 request"));
}

#[test]
fn a_filter_that_stops_growing_is_steady_after_a_soak() {
    let stops = takes(65536, 20);
    let mut window = Window::new(Start::Path(stops.path.clone()));
    window.does(Command::SoakThousand);
    assert_eq!(window.model().view.center, CenterTab::State, "its figures are shown");
    assert!(window.has_part("verdict Steady, ") && window.has("No growth in the last 980 requests"));
    window.does(Command::SimplifiedChinese);
    assert!(window.has_part("最近 980 个请求中没有增长"));
}

#[test]
fn a_metric_has_a_curve_over_the_requests_of_a_soak() {
    let counts = takes(1, 1);
    let mut window = Window::new(Start::Path(counts.path.clone()));
    window.does(Command::ShowStateSection(Section::Metrics));
    window.does(Command::SelectState(0));
    assert!(window.has("A curve needs more than one request"));
    window.does(Command::SoakTenThousand);
    assert_eq!(window.model().view.state_section, Some(Section::Metrics), "the list stays");
    assert!(window.has("seen over 10,000 requests: from 3 to 30,000"));
    let soak = window.model().runs.soak.as_ref().expect("it is there");
    assert_eq!(soak.trace.metric_samples.len(), 10_000);
}

#[test]
fn an_edit_after_a_soak_says_that_the_figures_are_older() {
    let leaks = takes(4096, u32::MAX);
    let mut window = Window::new(Start::Path(leaks.path.clone()));
    window.does(Command::SoakHundred);
    assert!(!window.has("from before the last edit of the scenario"));
    let mut scenario = window.scenario();
    scenario.request.method = "PUT".into();
    window.does(Command::Edit(Box::new(scenario), false));
    assert!(window.has("from before the last edit of the scenario"));
    window.does(Command::OpenSample("add_headers".into()));
    assert!(window.model().runs.soak.is_none(), "another document has none");
}

#[test]
fn a_soak_whose_requests_fail_says_so() {
    let traps = filter(
        "traps.wasm",
        r#"(global $turn (mut i32) (i32.const 0))
        (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
          (global.set $turn (i32.add (global.get $turn) (i32.const 1)))
          (if (i32.eq (global.get $turn) (i32.const 3)) (then unreachable)) (i32.const 0))"#,
    );
    let mut window = Window::new(Start::Path(traps.path.clone()));
    window.does(Command::SoakHundred);
    assert!(
        window.has_part("98 requests did not end well · request 3: Trapped: "),
        "the others are answered 503"
    );
    assert!(window.has_part("It failed in request 3: no verdict on leaks"));
}

#[test]
fn a_soak_that_never_ends_is_stopped_with_a_key() {
    let endless = filter(
        "endless.wasm",
        r#"(global $turn (mut i32) (i32.const 0))
        (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
          (global.set $turn (i32.add (global.get $turn) (i32.const 1)))
          (if (i32.gt_u (global.get $turn) (i32.const 5)) (then (loop $l (br $l))))
          (i32.const 0))"#,
    );
    let path = endless.path.with_file_name("e.scenario.json");
    let text = json!({ "chain": [{ "filter": "endless.wasm" }], "limits": { "request_ms": 600_000 } });
    std::fs::write(&path, text.to_string()).expect("the file can be written");
    let mut window = Window::new(Start::Path(path));
    let ctx = window.harness.ctx.clone();
    window.shell().apply(Command::SoakHundred, &ctx);
    window.harness.step();
    assert!(window.has("Sending requests to the same VMs…"));
    window.press(Key::Escape);
    assert!(window.has("Soak stopped after 6 of 100 requests"));
}

#[test]
fn instructions_are_counted_when_they_are_wanted_and_the_setting_is_kept() {
    let mut window = Window::sample("mask_pii");
    assert!(!window.has_part(" instructions"), "the status bar says nothing of them");
    window.does(Command::CountInstructions);
    assert!(window.trace().counts_instructions());
    assert!(window.has_part(" instructions · "));
    assert!(window.model().settings.count_instructions);
    window.does(Command::CountInstructions);
    assert!(!window.trace().counts_instructions());
}
