//! No word is cut or covered in any view, in both languages, in small windows and at 150 %.

use std::collections::BTreeSet;

use egui::{Key, Rect, Shape, accesskit::Role, epaint::ClippedShape};
use egui_kittest::kittest::NodeT;
use filterlab::gui::{commands::Command, shell::Start};

use crate::filters::{Filter, LOOP, bytes, filter};
use crate::statements::VIEWS;
use crate::window::Window;

/// A text that is painted: its words, where it is, and the part of the window it may be painted in.
pub struct Painted {
    pub words: String,
    pub rect: Rect,
    clip: Rect,
    pub elided: bool,
}

/// All texts, in the order in which they are painted. What lies beneath an overlay is left out.
pub fn painted(window: &Window) -> Vec<Painted> {
    fn of(shape: &Shape, clip: Rect, scrim: egui::Color32, found: &mut Vec<Painted>) {
        match shape {
            Shape::Vec(shapes) => shapes.iter().for_each(|shape| of(shape, clip, scrim, found)),
            Shape::Rect(rect) if rect.fill == scrim => found.clear(),
            Shape::Text(text) if !text.galley.text().trim().is_empty() => found.push(Painted {
                words: text.galley.text().to_owned(),
                rect: match text.angle {
                    0.0 => text.galley.rect.translate(text.pos.to_vec2()),
                    _ => text.visual_bounding_rect(),
                },
                clip,
                elided: text.galley.elided,
            }),
            _ => {}
        }
    }
    let scrim = filterlab::gui::theme::of(&window.harness.ctx).colors.scrim;
    let mut found = Vec::new();
    for ClippedShape { clip_rect, shape, .. } in &window.harness.output().shapes {
        of(shape, *clip_rect, scrim, &mut found);
    }
    found
}

/// Places in which text scrolls sideways: fields.
fn fields(window: &Window) -> Vec<Rect> {
    let nodes = window.harness.root().children_recursive().map(|node| node.accesskit_node());
    let is_field = |role| matches!(role, Role::TextInput | Role::MultilineTextInput);
    nodes
        .filter(|node| is_field(node.role()))
        .filter_map(|node| node.raw_bounds())
        .map(|bounds| {
            let (min, max) = (
                egui::pos2(bounds.x0 as f32, bounds.y0 as f32),
                egui::pos2(bounds.x1 as f32, bounds.y1 as f32),
            );
            Rect::from_min_max(min, max).expand(2.0)
        })
        .collect()
}

/// What is cut at its sides though it does not say so, or covered by other words.
fn faults(window: &Window, place: &str) -> BTreeSet<String> {
    let mut faults = BTreeSet::new();
    let (texts, fields) = (painted(window), fields(window));
    let screen = window.harness.ctx.content_rect();
    let seen = |text: &Painted| text.rect.intersect(text.clip.intersect(screen));
    let in_field = |text: &Painted| {
        fields.iter().any(|field| field.intersects(text.rect) && field.contains_rect(seen(text)))
    };
    // Raw text of any length scrolls sideways.
    let scrolls_sideways = |text: &Painted| text.words.len() > 40 && place.contains("Raw");
    for text in &texts {
        let seen = seen(text);
        if seen.width() <= 0.5 || seen.height() <= 0.5 || in_field(text) || scrolls_sideways(text) {
            continue;
        }
        let cut = (text.rect.width() - seen.width()).max(0.0);
        if cut > 1.0 {
            faults.insert(format!("{place}: {:?} is cut by {cut:.0}", text.words));
        }
        if text.elided && text.rect.width() < 14.0 {
            faults.insert(format!("{place}: nothing but the dots is left of {:?}", text.words));
        }
    }
    for (index, text) in texts.iter().enumerate() {
        for other in &texts[index + 1..] {
            let both = seen(text).intersect(seen(other));
            // Lines of type have room above and below that they do not use.
            if both.width() > 2.0 && both.height() > 5.0 {
                faults.insert(format!("{place}: {:?} covers {:?}", other.words, text.words));
            }
        }
    }
    faults
}

const LEFT: [Command; 4] =
    [Command::ShowRequest, Command::ShowResponse, Command::ShowConfig, Command::ShowEnvironment];
const OVERLAYS: [Command; 4] =
    [Command::Palette, Command::ShortcutSheet, Command::ShowSamples, Command::OpenTypedPath];

/// A full-size window at 150 %, and the smallest one.
const WINDOWS: [([f32; 2], f32); 2] = [([1280.0, 800.0], 1.5), ([640.0, 420.0], 1.0)];

fn made(size: [f32; 2], zoom: f32, language: &Command, start: Start) -> Window {
    let mut window = Window::sized(size, start);
    window.shell().model.settings.zoom = zoom - 0.1;
    window.does(Command::ZoomIn);
    assert_eq!(window.harness.ctx.zoom_factor(), zoom);
    window.does(language.clone());
    window
}

/// Goes through everything there is to see; `see` is told where it is.
fn walk(mut see: impl FnMut(&mut Window, &str)) {
    let trap = r#"(func (export "proxy_on_response_headers") (param i32 i32 i32) (result i32) unreachable)"#;
    let missing = r#"(import "env" "proxy_nothing_of_that_name" (func))"#;
    let cards: [(Filter, &str); 4] = [
        (bytes("note.wasm", b"hello"), "a file that is no module"),
        (filter("missing.wasm", missing), "a missing import"),
        (filter("trap.wasm", trap), "a trap"),
        (filter("loop.wasm", LOOP), "a limit"),
    ];
    for language in [Command::English, Command::SimplifiedChinese] {
        for (size, zoom) in WINDOWS {
            let name = |what: &dyn std::fmt::Debug| format!("{what:?}, {language:?}, {size:?} at {zoom}");
            let mut window = made(size, zoom, &language, Start::Empty);
            see(&mut window, &name(&"the empty screen"));
            for sample in ["mask_pii", "access_check"] {
                let mut window = made(size, zoom, &language, Start::Path(format!("sample:{sample}").into()));
                for tab in LEFT {
                    window.does(tab.clone());
                    see(&mut window, &name(&(sample, &tab)));
                }
                if window.model().layout.left_open() {
                    window.does(Command::FoldLeftPanel);
                }
                for view in VIEWS {
                    window.does(Command::ShowChanges);
                    window.does(view.clone());
                    see(&mut window, &name(&(sample, &view)));
                }
                window.does(Command::ShowChanges);
                window.does(Command::SideBySide);
                window.press(Key::F7);
                see(&mut window, &name(&(sample, "a change")));
                window.does(Command::FoldStory);
                see(&mut window, &name(&(sample, "the whole story")));
                for overlay in OVERLAYS {
                    window.does(overlay.clone());
                    see(&mut window, &name(&overlay));
                    window.press(Key::Escape);
                }
                window.does(Command::OpenPath("/nowhere/legacy_auth_with_a_long_name.wasm".into()));
                see(&mut window, &name(&"a notice"));
                window.press(Key::Escape);
            }
            for (file, what) in &cards {
                let mut window = made(size, zoom, &language, Start::Path(file.path.clone()));
                if window.model().layout.left_open() {
                    window.does(Command::FoldLeftPanel);
                }
                see(&mut window, &name(what));
            }
        }
    }
}

#[test]
fn statement_19_nothing_is_cut_or_covered_at_150_percent_and_in_the_smallest_window() {
    let mut faults = BTreeSet::new();
    let mut places = 0;
    walk(|window, place| {
        places += 1;
        faults.extend(self::faults(window, place));
    });
    assert!(places > 100, "{places} places are not all");
    let list: Vec<&str> = faults.iter().map(String::as_str).collect();
    assert!(list.is_empty(), "{} faults:\n{}", list.len(), list.join("\n"));
}
