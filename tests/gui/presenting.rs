//! Presentation mode: what an audience sees of it.

use egui::{Event, Key, Modifiers, Shape};
use egui_kittest::kittest::{NodeT, Queryable};
use filterlab::gui::{
    commands::Command,
    model::{CenterTab, Overlay, Region},
};
use filterlab::scenario::HeaderLine;

use crate::window::{FRAME, Window};

const CTRL: Modifiers = Modifiers { ctrl: true, command: true, ..Modifiers::NONE };

/// A screen of 1920 × 1080 pixels at 150 %.
fn presenting(sample: &str) -> Window {
    let mut window = Window::sized([1920.0, 1080.0], filterlab::gui::shell::Start::Empty);
    window.does(Command::OpenSample(sample.into()));
    let mut scenario = window.scenario();
    let secret = |name| HeaderLine::new(name, "s3cret-value");
    scenario.request.headers.extend([secret("authorization"), secret("cookie"), secret("x-api-key")]);
    scenario.reply.headers.push(HeaderLine::new("set-cookie", "sid=s3cret-value; HttpOnly"));
    window.does(Command::Edit(Box::new(scenario), false));
    window.does(Command::Run);
    window.shell().model.settings.only_changes = false;
    window.press(Key::F11);
    window
}

/// The texts that are painted, with their smallest type in pixels.
fn texts(window: &Window) -> Vec<(String, f32)> {
    fn of(shape: &Shape, scale: f32, found: &mut Vec<(String, f32)>) {
        match shape {
            Shape::Vec(shapes) => shapes.iter().for_each(|shape| of(shape, scale, found)),
            Shape::Text(text) => {
                let sizes = text.galley.job.sections.iter().map(|section| section.format.font_id.size);
                let smallest = sizes.fold(f32::INFINITY, f32::min) * scale;
                found.push((text.galley.text().to_owned(), smallest));
            }
            _ => {}
        }
    }
    let scale = window.harness.ctx.pixels_per_point();
    let mut found = Vec::new();
    for shape in &window.harness.output().shapes {
        of(&shape.shape, scale, &mut found);
    }
    found
}

/// Everything a screen reader would say.
fn spoken(window: &Window) -> Vec<String> {
    let nodes = window.harness.root().children_recursive().map(|node| node.accesskit_node());
    nodes.flat_map(|node| [node.label(), node.value()]).flatten().collect()
}

fn assert_readable(window: &Window, place: &str) {
    let texts = texts(window);
    assert!(texts.len() > 4, "{place}: {} texts are not all", texts.len());
    for (text, size) in &texts {
        assert!(*size >= 20.0, "{place}: {text:?} is {size} pixels high");
    }
}

fn assert_hidden(window: &Window, place: &str) {
    let painted = texts(window).into_iter().map(|(text, _)| text);
    for text in painted.chain(spoken(window)) {
        assert!(!text.contains("s3cret"), "{place} tells a secret: {text}");
    }
}

#[test]
fn statement_25_f11_shows_every_line_for_the_back_of_a_room_without_secrets() {
    for language in [Command::English, Command::SimplifiedChinese] {
        for sample in ["mask_pii", "access_check", "add_headers"] {
            let mut window = presenting(sample);
            window.does(language.clone());
            assert_eq!(window.harness.ctx.pixels_per_point(), 1.5);
            assert_eq!(window.harness.ctx.content_rect().size(), egui::vec2(1280.0, 720.0));
            let views = [
                Command::SideBySide,
                Command::Unified,
                Command::Raw,
                Command::ShowTimeline,
                Command::ShowHostCalls,
                Command::ShowState,
            ];
            for view in views {
                window.does(Command::ShowChanges);
                window.does(view.clone());
                let place = format!("{sample}, {view:?}, {language:?}");
                assert_readable(&window, &place);
                assert_hidden(&window, &place);
                if view == Command::SideBySide {
                    let chip = if language == Command::English { "hidden" } else { "已隐藏" };
                    assert!(
                        texts(&window).iter().any(|(text, _)| text == chip),
                        "{place}: no chip says {chip}"
                    );
                }
            }
        }
    }
}

#[test]
fn statement_25_the_mask_of_the_settings_does_not_count_before_an_audience() {
    let mut window = presenting("mask_pii");
    window.press(Key::F11);
    window.does(Command::ToggleMask);
    assert!(!window.model().settings.mask_secrets, "whoever works with the filter sees them");
    window.press(Key::F11);
    for view in [Command::ShowChanges, Command::ShowTimeline] {
        window.does(view);
        assert_hidden(&window, "a presentation with the mask off");
    }
    assert!(window.has("secrets hidden"));
    window.does(Command::ShowChanges);

    window.press(Key::H);
    assert_eq!(window.model().overlay, Overlay::ShowSecrets, "it asks first");
    assert_eq!(window.focused(), "Keep them hidden");
    assert_hidden(&window, "the question");
    window.press(Key::Enter);
    assert_eq!(window.model().overlay, Overlay::None);
    assert_hidden(&window, "a hasty Enter");

    window.press(Key::H);
    window.harness.get_by_label("Show them").click();
    window.settle();
    assert!(window.has("secrets shown") && texts(&window).iter().any(|(text, _)| text.contains("s3cret")));
    window.press(Key::H);
    assert_hidden(&window, "H once more");
    window.press(Key::H);
    assert!(window.has("secrets shown"), "it asks once");
    window.press(Key::F11);
    window.press(Key::F11);
    assert_hidden(&window, "the next presentation");
}

/// The keys on the caps, the newest last.
fn caps(window: &Window) -> Vec<String> {
    let nodes = window.harness.query_all_by_label_contains("Pressed ");
    let names = nodes.filter_map(|node| node.accesskit_node().label().or(node.accesskit_node().value()));
    names.map(|name| name["Pressed ".len()..].to_owned()).collect()
}

#[test]
fn statement_25_pressed_keys_are_seen_for_two_seconds() {
    let mut window = presenting("mask_pii");
    assert!(caps(&window).is_empty());
    window.press(Key::F7);
    assert_eq!(caps(&window), ["F7"]);
    assert!(texts(&window).iter().any(|(text, _)| text == "Next change"), "and what it did");
    assert_readable(&window, "key caps");
    let pressed = window.model().now;
    window.press_with(Modifiers::SHIFT, Key::F7);
    assert_eq!(caps(&window), ["F7", "Shift+F7"], "the newest stands last");
    let shown: Vec<f32> =
        window.harness.query_all_by_label_contains("Pressed ").map(|node| node.rect().height()).collect();
    assert_eq!(shown, [36.0, 36.0]);
    while window.model().now + f64::from(FRAME) * 3.0 < pressed + 2.0 {
        assert!(!caps(&window).is_empty(), "gone after {} s", window.model().now - pressed);
        window.harness.step();
    }
    window.wait(0.5);
    assert!(caps(&window).is_empty(), "gone after two seconds");

    window.press_with(CTRL, Key::Num6);
    assert_eq!(caps(&window), ["Ctrl+6"]);
    window.press(Key::OpenCurlyBracket);
    assert_eq!(caps(&window).last().map(String::as_str), Some("{"));
    let before = caps(&window);
    window.press_with(Modifiers::SHIFT, Key::ShiftLeft);
    assert_eq!(caps(&window), before, "a modifier does nothing by itself");
    window.press_with(Modifiers::SHIFT, Key::CloseCurlyBracket);
    assert_eq!(caps(&window).last().map(String::as_str), Some("}"), "Shift is in what it writes");
    for _ in 0..5 {
        window.press(Key::ArrowDown);
    }
    assert_eq!(caps(&window), ["↓", "↓", "↓"], "no more than fit");
}

#[test]
fn what_is_typed_in_a_presentation_is_no_key() {
    let mut window = presenting("mask_pii");
    window.press_with(CTRL, Key::K);
    window.harness.event(Event::Key {
        key: Key::A,
        physical_key: None,
        pressed: true,
        repeat: false,
        modifiers: Modifiers::NONE,
    });
    window.types("a");
    assert_eq!(caps(&window), ["Ctrl+K"]);
}

#[test]
fn in_a_presentation_arrows_step_events_and_f7_changes() {
    let mut window = presenting("mask_pii");
    window.press(Key::F7);
    assert_eq!(window.model().view.change, Some(0));
    assert!(window.has_part("Change 1 of"));
    assert!(window.has("accept-encoding"), "the footer says which");
    window.press(Key::ArrowRight);
    assert_eq!(window.model().view.center, CenterTab::Timeline);
    let first = window.model().view.event.expect("an event is chosen");
    window.press(Key::ArrowRight);
    let second = window.model().view.event.expect("an event is chosen");
    assert_eq!(second.index(), first.index() + 1);
    window.press(Key::ArrowLeft);
    assert_eq!(window.model().view.event, Some(first));
    window.press_with(CTRL, Key::Num5);
    window.press_with(Modifiers::SHIFT, Key::F7);
    assert_eq!(window.model().view.center, CenterTab::Changes);
}

#[test]
fn a_presentation_leaves_everything_as_it_was() {
    let mut window = Window::sample("mask_pii");
    window.press_with(CTRL, Key::Plus);
    window.does(Command::FoldLogs);
    let zoom = window.harness.ctx.zoom_factor();
    for leave in [Key::F11, Key::Escape] {
        window.press(Key::F11);
        assert!(window.model().layout.presentation);
        assert_eq!(window.harness.ctx.zoom_factor(), 1.5);
        for hidden in ["Open…", "Request", "Logs", "Timeline", "URL", "Finished"] {
            let is_there = window.has(hidden);
            assert_eq!(is_there, hidden == "Finished", "{hidden}");
        }
        window.press_with(CTRL, Key::Plus);
        assert_eq!(window.harness.ctx.zoom_factor(), 1.6, "for a larger room");
        window.press(Key::F6);
        assert_eq!(window.model().region, Region::Center);
        window.press(leave);
        assert!(!window.model().layout.presentation, "{leave:?} leaves");
        assert_eq!(window.harness.ctx.zoom_factor(), zoom);
        assert_eq!(window.model().settings.zoom, zoom);
        assert!(window.has("Request") && window.has("Timeline") && window.model().layout.lower_folded);
    }
}

#[test]
fn another_filter_can_be_opened_in_a_presentation() {
    let mut window = presenting("mask_pii");
    window.does(Command::OpenSample("add_headers".into()));
    assert!(window.model().layout.presentation && window.has("add_headers.wasm"));
    window.does(Command::CloseFilter);
    assert!(
        window.model().layout.presentation && window.has("mask_pii.wasm"),
        "the edited one was behind it"
    );
    window.does(Command::CloseFilter);
    assert!(!window.model().layout.presentation, "there is nothing to present");
    assert_eq!(window.harness.ctx.zoom_factor(), 1.0);
}

#[test]
fn presentations_can_be_drawn() {
    use crate::support::picture;
    let mut window = presenting("mask_pii");
    picture(&mut window.harness, "presentation-start");
    window.does(Command::OnlyChanges);
    for _ in 0..7 {
        window.press(Key::F7);
    }
    window.does(Command::ThemeLight);
    window.press(Key::F7);
    picture(&mut window.harness, "presentation-changes-light");
    window.does(Command::SimplifiedChinese);
    window.press(Key::F7);
    picture(&mut window.harness, "presentation-changes-zh");
    window.does(Command::ThemeDark);
    window.press_with(CTRL, Key::Num6);
    window.press(Key::ArrowRight);
    picture(&mut window.harness, "presentation-timeline-zh");
    window.does(Command::English);
    window.press(Key::H);
    picture(&mut window.harness, "presentation-question");
    let mut window = presenting("access_check");
    picture(&mut window.harness, "presentation-access");
}
