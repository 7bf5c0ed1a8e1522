//! What is painted between panels and tabs, and what a frame costs: nothing is laid out twice.

use egui::{Key, Modifiers, Rect, Shape, epaint::ClippedShape, pos2};
use egui_kittest::kittest::Queryable;
use filterlab::gui::{commands::Command, shell::Start, theme::tokens};

use crate::timeline::asking;
use crate::window::Window;

const SIZES: [[f32; 2]; 3] = [[900.0, 600.0], [1280.0, 800.0], [1920.0, 1080.0]];

fn each_shape(window: &Window, mut see: impl FnMut(Rect, &Shape)) {
    fn inside(clip: Rect, shape: &Shape, see: &mut dyn FnMut(Rect, &Shape)) {
        match shape {
            Shape::Vec(shapes) => shapes.iter().for_each(|shape| inside(clip, shape, see)),
            shape => see(clip, shape),
        }
    }
    for ClippedShape { clip_rect, shape, .. } in &window.harness.output().shapes {
        inside(*clip_rect, shape, &mut see);
    }
}

/// What is seen of level lines of a colour.
fn level_lines(window: &Window, color: egui::Color32) -> Vec<Rect> {
    let mut lines = Vec::new();
    each_shape(window, |clip, shape| {
        if let Shape::LineSegment { points: [from, to], stroke } = shape
            && from.y == to.y
            && stroke.color == color
        {
            let half = stroke.width / 2.0;
            let line = Rect::from_min_max(pos2(from.x, from.y - half), pos2(to.x, to.y + half));
            lines.push(line.intersect(clip));
        }
    });
    lines.retain(|line| line.is_positive());
    lines
}

#[test]
fn a_line_that_can_be_seen_divides_the_centre_from_the_logs_and_these_from_the_status_bar() {
    for size in SIZES {
        let mut window = Window::sized(size, Start::Sample);
        for command in [Command::ShowLogs, Command::ShowFindings, Command::FoldLogs] {
            window.does(command);
            let lines = level_lines(&window, tokens::DARK.line);
            let is_line = |top: f32, least: f32| {
                lines.iter().any(|line| {
                    (line.top() - top).abs() < 0.1 && line.height() == 1.0 && line.width() > least
                })
            };
            let [width, height] = size;
            let status = height - 26.0;
            assert!(is_line(status, width - 1.0), "{size:?}: the status bar at {status}");
            // The head of the logs is 33 points high and has a line of its own below, unless it is all that is left of them.
            let is_head = |top: f32| match window.model().layout.lower_folded {
                true => top == status - 33.0,
                false => top < status - 33.0 && is_line(top + 32.0, width - 400.0),
            };
            let found = lines.iter().any(|line| is_line(line.top(), width - 400.0) && is_head(line.top()));
            assert!(found, "{size:?}: the logs, {lines:?}");
        }
    }
}

#[test]
fn the_line_of_the_selected_tab_is_seen_whole_also_beside_other_controls() {
    for size in SIZES {
        let mut window = Window::sized(size, Start::Sample);
        for (command, name) in [(Command::ShowLogs, "Logs"), (Command::ShowFindings, "Findings")] {
            window.does(command);
            let tab = window
                .harness
                .query_all_by_label_contains(name)
                .map(|node| node.rect())
                .find(|rect| (rect.height() - 33.0).abs() < 0.1)
                .expect("the tab is there");
            let lines = level_lines(&window, tokens::DARK.accent);
            let line = lines.iter().find(|line| (line.bottom() - tab.bottom()).abs() < 0.1);
            let line = line.unwrap_or_else(|| panic!("{size:?} {name}: a line at {}", tab.bottom()));
            assert_eq!(line.height(), tokens::RING);
            assert!(line.left() >= tab.left() - 0.1 && line.right() <= tab.right() + 0.1);
        }
    }
}

#[test]
fn key_caps_touch_no_word_while_ctrl_is_held() {
    for size in SIZES {
        let mut window = Window::sized(size, Start::Sample);
        for language in [Command::English, Command::SimplifiedChinese] {
            window.does(language);
            window.harness.event(egui::Event::ModifiersChanged(Modifiers::COMMAND | Modifiers::CTRL));
            window.harness.run();
            let (mut caps, mut words) = (Vec::new(), Vec::new());
            each_shape(&window, |clip, shape| match shape {
                Shape::Rect(rect) if rect.rect.size() == egui::vec2(13.0, 16.0) => {
                    assert!(clip.expand(0.1).contains_rect(rect.rect), "{size:?}: {:?} is cut", rect.rect);
                    caps.push(rect.rect);
                }
                Shape::Text(text) => words.push((text.visual_bounding_rect(), text.galley.text().to_owned())),
                _ => {}
            });
            assert!(caps.len() >= 4, "{size:?}: {} caps", caps.len());
            for cap in &caps {
                for (rect, word) in words.iter().filter(|(rect, _)| !cap.contains_rect(*rect)) {
                    assert!(
                        !cap.expand(1.5).intersects(*rect),
                        "{size:?}: the cap {cap:?} and {word} {rect:?}"
                    );
                }
            }
            window.harness.event(egui::Event::ModifiersChanged(Modifiers::NONE));
            window.harness.run();
        }
    }
}

#[test]
fn a_step_through_the_events_lays_nothing_out_twice() {
    let scripted = asking();
    for size in SIZES {
        for (name, view) in [
            ("state", Command::ShowState),
            ("timeline", Command::ShowTimeline),
            ("stream", Command::ShowStream),
        ] {
            let mut window = Window::sized(size, Start::Path(scripted.file.clone()));
            window.does(view);
            window.does(Command::SelectState(0));
            window.press(Key::CloseBracket);
            for step in 0..20 {
                window.harness.key_press(Key::CloseBracket);
                for _ in 0..3 {
                    window.harness.step();
                    let passes = window.harness.output().platform_output.num_completed_passes;
                    assert_eq!(passes, 1, "{name} at {size:?}, step {step}");
                }
            }
            assert!(window.model().view.event.is_some_and(|event| event.index() >= 20), "{name}: it steps");
        }
    }
}
