//! The timeline: scale, folding, steps through the events, and what is told of each.

use std::path::{Path, PathBuf};

use egui::{Key, Modifiers};
use egui_kittest::kittest::{NodeT, Queryable};
use filterlab::abi::Callback;
use filterlab::gui::commands::Command;
use filterlab::gui::model::CenterTab;
use filterlab::gui::shell::Start;
use filterlab::gui::text;
use filterlab::trace::EventKind;
use filterlab::view::Language;
use filterlab::view::timeline::{self, RowRole, Totals};

use crate::clipping::{self, painted};
use crate::support::picture;
use crate::window::Window;

const PROBE: &[u8] = include_bytes!("../envoy_parity/filters/probe/probe.wasm");

/// A scenario file beside the probe, with a script for it.
pub struct Scripted {
    pub file: PathBuf,
    _folder: tempfile::TempDir,
}

/// `rest` is what the scenario says besides its chain: members of a JSON object, with a comma at the end.
pub fn scripted(script: &str, rest: &str) -> Scripted {
    let folder = tempfile::tempdir().expect("a folder can be made");
    std::fs::write(folder.path().join("probe.wasm"), PROBE).expect("the probe can be written");
    let script = serde_json::to_string(&format!("conf quiet\n{script}")).expect("a text is JSON");
    let text = format!(r#"{{{rest} "chain": [{{"filter": "probe.wasm", "plugin_config": {script}}}]}}"#);
    let file = folder.path().join("scripted.scenario.json");
    std::fs::write(&file, text).expect("the scenario can be written");
    Scripted { file, _folder: folder }
}

/// Asks a service, lets the request go on when it answers, and changes the response.
pub fn asking() -> Scripted {
    scripted(
        r#"reqh get 0 "authorization"
reqh prop "source\0address"
reqh call "auth-service" [":method" "POST" ":path" "/check" ":authority" "auth.internal" "authorization" "Bearer abc"] "{\"path\":\"/v1\"}" [] 500
reqh log 1 "asking auth-service"
reqh ret 1
call eff 2
call get 6 ":status"
call buf 4 0 1000
call rem 0 "authorization"
call add 0 "x-user-id" "u-1024"
call cont 0
resh shget "quota:u-1024"
resh shset "quota:u-1024" "1" 0"#,
        r#""request": {"url": "https://orders.example.com/v1/orders/8812", "headers": [["authorization", "Bearer secret"]]},
           "reply": {"status": 200, "headers": [["content-type", "application/json"]], "body": "{\"ok\":true}", "delay_ms": 12},
           "callouts": [{"upstream": "auth-service", "answers": [{"status": 200, "delay_ms": 42, "body": "{\"user\":\"u-1024\"}"}]}],"#,
    )
}

fn opened(scripted: &Scripted, size: [f32; 2]) -> Window {
    let mut window = Window::sized(size, Start::Path(scripted.file.clone()));
    window.does(Command::ShowTimeline);
    window
}

#[test]
fn the_timeline_can_be_drawn() {
    let scripted = asking();
    for (name, size) in [("1280", [1280.0, 800.0]), ("1920", [1920.0, 1080.0]), ("900", [900.0, 600.0])] {
        let mut window = opened(&scripted, size);
        for _ in 0..24 {
            window.press(Key::CloseBracket);
        }
        picture(&mut window.harness, &format!("timeline-dark-{name}"));
        window.does(Command::ThemeLight);
        window.does(Command::SimplifiedChinese);
        window.does(Command::TimelineSteps);
        picture(&mut window.harness, &format!("timeline-zh-light-steps-{name}"));
    }
}

#[test]
fn brackets_step_through_the_events_and_the_details_follow() {
    let mut window = opened(&asking(), [1280.0, 800.0]);
    let call = window.trace().numbered().find(|(_, event)| matches!(event.kind, EventKind::Call { .. }));
    let (first, _) = call.expect("the script makes calls");
    window.does(Command::RevealEvent(first));
    let count = window.trace().events().len();
    assert!(window.has(&format!("Event {} of {count}", first.index() + 1)));
    window.press(Key::CloseBracket);
    assert!(window.has(&format!("Event {} of {count}", first.index() + 2)));
    window.press(Key::OpenBracket);
    assert!(window.has(&format!("Event {} of {count}", first.index() + 1)));
    assert_eq!(window.model().view.center, CenterTab::Timeline);
}

#[test]
fn what_a_filter_can_reach_and_why_not_stands_beside_each_event() {
    let mut window = opened(&asking(), [1280.0, 800.0]);
    let wanted = window.trace().numbered().find(|(id, _)| {
        window.trace().call_of(*id).is_some_and(|(call, _)| call == filterlab::abi::HostCall::HttpCall)
    });
    let (event, _) = wanted.expect("the script asks");
    window.does(Command::RevealEvent(event));
    assert!(window.has_part("upstream: auth-service"));
    assert!(window.has_part("timeout: 500 ms"));
    assert!(window.has("request headers: 6 · read and write"));
    assert!(window.has("request body: the message has none · Ok with 0 bytes"));
    assert!(window.has("response headers: not here yet · BadArgument"));
    assert!(window.has("plugin configuration: only in on_configure · NotFound"));
    assert!(window.has_part("answered: after 42 ms"));
    // Secrets stay hidden here, too, until somebody asks for them.
    assert!(!window.has_part("Bearer abc"));
    window.does(Command::ToggleMask);
    assert!(window.has_part("Bearer abc"));
}

#[test]
fn the_beginning_of_the_virtual_clock_has_its_unit() {
    let mut window = opened(&asking(), [1280.0, 800.0]);
    let event = window.callback(Callback::RequestHeaders);
    window.does(Command::RevealEvent(event));
    assert!(window.has_part(" · at 0 ms"));
    window.does(Command::SimplifiedChinese);
    assert!(window.has_part(" · 时刻 0 ms"));
    window.does(Command::ShowStream);
    assert!(window.has_part(" · 虚拟时钟 0 ms"));
}

#[test]
fn statement_11_each_callback_has_its_answer_duration_host_calls_and_changes() {
    let mut window = opened(&asking(), [1280.0, 800.0]);
    let callbacks: Vec<_> = window.trace().callbacks().map(|(id, _)| id).collect();
    assert!(callbacks.len() > 8);
    for event in callbacks {
        window.does(Command::RevealEvent(event));
        let time = text::duration(window.trace().duration(event));
        assert!(window.has_part(&format!("{time} · at ")), "{event:?} took {time}");
    }
    // Folded, a row has it all; unfolded, its host calls stand beneath it.
    window.does(Command::CollapseAll);
    assert!(window.has_part("on_request_headers, Pause, 6 headers, end of stream · 4 host calls, 0 changes"));
    assert!(window.has_part("on_http_call_response, token 4, 2 headers, 17 B · 6 host calls, 2 changes"));
    assert!(window.has_part("on_response_headers, Continue, 2 headers · 2 host calls, 1 change"));
    let answered = Callback::HttpCallResponse;
    let event = window.callback(answered);
    window.does(Command::RevealEvent(event));
    assert!(window.has("made: 6 host calls, 2 changes"));
    for change in ["authorization: − Bearer ", "x-user-id: + u-1024"] {
        assert!(window.has_part(change), "{change}");
    }
}

#[test]
fn instructions_stand_beside_each_callback_when_they_are_counted() {
    let scripted = asking();
    let mut window = opened(&scripted, [1280.0, 800.0]);
    assert!(!window.has_part(" instructions, "));
    window.does(Command::CountInstructions);
    let event = window.callback(Callback::RequestHeaders);
    let count = text::number(window.trace().instructions(event).expect("they were counted"));
    assert!(window.has_part(&format!("end of stream, {count} instructions, ")));
    window.does(Command::RevealEvent(event));
    assert!(window.has(&format!("instructions: {count}")));
    picture(&mut window.harness, "timeline-instructions");
}

#[test]
fn all_callbacks_are_folded_and_unfolded_with_one_button() {
    let mut window = opened(&asking(), [1280.0, 800.0]);
    assert!(window.has_part("get_header_map_value"));
    window.clicks("Collapse all");
    assert!(!window.has_part("get_header_map_value, "));
    window.clicks("Expand all");
    assert!(window.has_part("get_header_map_value"));
}

#[test]
fn a_bracket_enters_a_folded_callback_without_unfolding_it() {
    let mut window = opened(&asking(), [1280.0, 800.0]);
    window.does(Command::CollapseAll);
    let folded = window.model().view.folded.clone();
    for _ in 0..12 {
        window.press(Key::CloseBracket);
    }
    assert_eq!(window.model().view.folded, folded);
    assert!(window.has_part("Event 12 of "));
}

#[test]
fn the_lane_is_zoomed_with_the_keyboard_and_shown_whole_again() {
    let mut window = opened(&asking(), [1280.0, 800.0]);
    window.press(Key::Plus);
    window.press(Key::Plus);
    let (from, to) = window.model().view.timeline_span;
    assert!((to - from - 0.25).abs() < 1e-4, "{from} to {to}");
    window.press(Key::Minus);
    window.press(Key::Num0);
    assert_eq!(window.model().view.timeline_span, (0.0, 1.0));
    window.press(Key::T);
    assert!(window.model().view.timeline_steps);
}

#[test]
fn the_overview_is_a_slider_over_the_events() {
    let mut window = opened(&asking(), [1280.0, 800.0]);
    let count = window.trace().events().len();
    window.focus(&format!("Overview of all events, {count} events"));
    window.press(Key::ArrowRight);
    window.press(Key::ArrowRight);
    assert_eq!(window.model().view.event.map(|event| event.index()), Some(1));
    assert!(window.has(&format!("Overview of all events, Event 2 of {count}")));
}

#[test]
fn the_overview_fills_its_strip_with_blocks_on_whole_pixels_and_marks_what_is_shown() {
    for size in [[1280.0, 800.0], [1920.0, 1080.0]] {
        let mut window = opened(&asking(), size);
        let count = window.trace().events().len();
        let strip = window.harness.get_by_label(&format!("Overview of all events, {count} events")).rect();
        let blocks = |window: &Window, strip: egui::Rect| {
            let rects = window.harness.output().shapes.iter().filter_map(|shape| match &shape.shape {
                egui::Shape::Rect(rect) if strip.shrink(1.0).contains_rect(rect.rect) => Some(rect.rect),
                _ => None,
            });
            // The box around the rows that are seen is as high as the strip.
            rects.filter(|rect| rect.height() <= 10.0).collect::<Vec<_>>()
        };
        let blocks = blocks(&window, strip);
        assert_eq!(blocks.len(), count);
        let last = blocks.last().expect("there are events").right();
        assert!(strip.right() - last < 10.0, "{last} of {strip}");
        for place in blocks.iter().flat_map(|block| [block.left(), block.right(), block.top()]) {
            assert_eq!(place, place.round());
        }
        window.does(Command::ShowStream);
        assert!(window.model().view.event.is_none(), "none was chosen");
        let shown = window.harness.get_all_by_role(egui::accesskit::Role::Slider);
        let names: Vec<_> = shown.filter_map(|node| node.accesskit_node().label()).collect();
        assert!(names.iter().any(|name| name.starts_with("Overview of all events, Event ")), "{names:?}");
    }
}

#[test]
fn no_word_of_the_axis_crosses_a_line() {
    for size in [[1280.0, 800.0], [1920.0, 1080.0], [900.0, 600.0]] {
        let mut window = opened(&asking(), size);
        for _ in 0..4 {
            let lines: Vec<_> = window.harness.output().shapes.iter().filter_map(vertical).collect();
            let axis: Vec<_> = painted(&window).into_iter().filter(|text| is_axis(&text.words)).collect();
            let words: Vec<_> = axis.iter().map(|text| text.words.as_str()).collect();
            if window.model().view.timeline_span == (0.0, 1.0) {
                assert!(words.contains(&"+42") && words.contains(&"+12"), "{size:?}: {words:?}");
            }
            for text in &axis {
                let crosses = |(place, rows): &(f32, egui::Rangef)| {
                    rows.contains(text.rect.center().y) && text.rect.x_range().shrink(0.5).contains(*place)
                };
                assert!(!lines.iter().any(crosses), "{size:?}: {:?} at {}", text.words, text.rect);
            }
            window.press(Key::Plus);
        }
    }
}

#[test]
fn names_of_host_calls_and_callbacks_are_shown_whole_where_there_is_room() {
    for size in [[1280.0, 800.0], [1920.0, 1080.0]] {
        let mut window = Window::sized(size, Start::Sample);
        for presenting in [false, true] {
            if presenting {
                window.does(Command::Present);
            }
            for view in [Command::ShowTimeline, Command::ShowHostCalls] {
                window.does(view.clone());
                let texts = painted(&window);
                let names = texts.iter().filter(|text| text.words.ends_with("_header_map_value"));
                let mut count = 0;
                for name in names {
                    count += 1;
                    assert!(!name.elided, "{view:?} at {size:?}: {}", name.words);
                    let beside = |text: &&clipping::Painted| {
                        (text.rect.center().y - name.rect.center().y).abs() < 4.0
                            && text.rect.left() > name.rect.left()
                    };
                    let next = texts.iter().filter(beside).map(|text| text.rect.left()).fold(9e9, f32::min);
                    assert!(next - name.rect.right() >= 8.0, "{view:?} at {size:?}: {}", name.words);
                }
                assert!(count > 0, "{view:?} at {size:?}");
            }
        }
    }
}

#[test]
fn in_a_small_window_the_details_stand_below_and_without_a_lane_nothing_speaks_of_one() {
    let mut window = opened(&asking(), [900.0, 600.0]);
    let event = window.callback(Callback::RequestHeaders);
    window.does(Command::RevealEvent(event));
    let place = |window: &Window, words: &str| painted(window).into_iter().find(|text| text.words == words);
    let position = format!("Event {} of {}", event.index() + 1, window.trace().events().len());
    let shown = place(&window, &position).expect("the place among the events is told");
    assert!(!shown.elided);
    let below = place(&window, "Accessible here").expect("the details are there");
    let head = place(&window, "Callbacks and host calls").expect("the rows are there");
    assert!(below.rect.top() > head.rect.bottom() + 60.0, "below the rows");
    for words in ["Steps", "filter", "host"] {
        assert!(place(&window, words).is_some(), "{words}");
    }
    let window = opened(&asking(), [600.0, 600.0]);
    for words in ["Steps", "filter", "host"] {
        assert!(place(&window, words).is_none(), "{words}");
    }
}

#[test]
fn start_and_end_of_a_run_lead_to_their_callbacks() {
    let mut window = opened(&asking(), [1280.0, 800.0]);
    for (name, least) in [("Start", 4), ("End", 3)] {
        let run = window.model().runs.current.clone().expect("it has run");
        let groups = 0..run.timeline.rows().len();
        let role = if name == "Start" { RowRole::StartGroup } else { RowRole::EndGroup };
        let group = groups.into_iter().find(|row| run.timeline.rows()[*row].role == role);
        let group = group.expect("runs have both");
        let first = run.timeline.rows()[group].event;
        window.does(Command::SelectEvent(first));
        assert!(window.has(name), "{name} stands above them");
        let callbacks: Vec<_> = run.timeline.callbacks_in(group).copied().collect();
        assert!(callbacks.len() >= least);
        for row in callbacks {
            window.does(Command::SelectEvent(first));
            let name = timeline::describe(&run.trace, &row, Totals::default(), Language::English).0;
            let time = text::duration(run.trace.duration(row.event));
            let line = format!("{time}: {name}");
            assert!(window.has(&line), "{line}");
            if row.event != first {
                let node = window.harness.get_all_by_label(&line).next().expect("it is there");
                node.click();
                window.settle();
            }
            assert!(window.has_part(&format!("{time} · at ")), "the details of {name}");
        }
    }
}

/// Place and reach of a line from above to below.
fn vertical(shape: &egui::epaint::ClippedShape) -> Option<(f32, egui::Rangef)> {
    let egui::Shape::LineSegment { points: [from, to], .. } = shape.shape else { return None };
    (from.x == to.x).then(|| (from.x, egui::Rangef::new(from.y.min(to.y), from.y.max(to.y))))
}

/// `+42`, or `54 ms` at the head of the lane, where no measured time stands.
fn is_axis(words: &str) -> bool {
    words.starts_with('+') || ["0 ms", "42 ms", "54 ms"].contains(&words)
}

#[test]
fn the_details_are_hidden_and_shown_with_a_key() {
    let mut window = opened(&asking(), [1280.0, 800.0]);
    assert!(window.has("No event is chosen"));
    window.press(Key::D);
    assert!(!window.has("No event is chosen"));
    window.press_with(Modifiers::NONE, Key::D);
    assert!(window.has("No event is chosen"));
}

#[test]
fn in_a_chain_every_row_says_whose_it_is() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pain_points/p16_order.scenario.json");
    let mut window = Window::sized([1280.0, 800.0], Start::Path(file));
    window.does(Command::ShowTimeline);
    assert!(window.has_part("on_request_headers, Continue, first · 6 headers"));
    assert!(window.has_part("on_request_headers, Continue, second · 7 headers"));
    let event = window.callback(Callback::RequestHeaders);
    window.does(Command::RevealEvent(event));
    assert!(window.has("filter: first"));
    picture(&mut window.harness, "timeline-chain");
    window.does(Command::ShowHostCalls);
    assert!(window.has_part("second · on_request_headers"));
    picture(&mut window.harness, "host-calls-chain");
    assert!(window.has_part("Info, first, "), "lines of the log, too");
}
