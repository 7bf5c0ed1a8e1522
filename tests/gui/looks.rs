//! Zoom, motion, themes, and signs beside the colours.

use egui::{Color32, Key, Modifiers, Shape};
use filterlab::gui::{
    commands::Command,
    shell::Start,
    theme::{self, Palette, tokens},
};

use crate::window::Window;

const CTRL: Modifiers = Modifiers { ctrl: true, command: true, ..Modifiers::NONE };

fn each_shape(window: &Window, mut see: impl FnMut(&Shape)) {
    fn inside(shape: &Shape, see: &mut dyn FnMut(&Shape)) {
        match shape {
            Shape::Vec(shapes) => shapes.iter().for_each(|shape| inside(shape, see)),
            shape => see(shape),
        }
    }
    for shape in &window.harness.output().shapes {
        inside(&shape.shape, &mut see);
    }
}

/// The colours of all filled rectangles.
pub fn fills(window: &Window) -> Vec<Color32> {
    let mut fills = Vec::new();
    each_shape(window, |shape| {
        if let Shape::Rect(rect) = shape {
            fills.push(rect.fill);
        }
    });
    fills
}

/// Whether an open arc in the accent colour is drawn.
pub fn spins(window: &Window) -> bool {
    let accent = egui::epaint::ColorMode::Solid(tokens::DARK.accent);
    let mut found = false;
    each_shape(window, |shape| {
        if let Shape::Path(path) = shape {
            found |= !path.closed && path.points.len() > 8 && path.stroke.color == accent;
        }
    });
    found
}

/// How often exactly these words are painted.
pub fn painted(window: &Window, words: &str) -> usize {
    let mut count = 0;
    each_shape(window, |shape| {
        if let Shape::Text(text) = shape {
            count += usize::from(text.galley.text() == words);
        }
    });
    count
}

#[test]
fn pattern_16_zoom_goes_in_tenths_and_back_to_a_hundred_percent() {
    let mut window = Window::new(Start::Sample);
    let is = |window: &Window, zoom: f32| {
        assert_eq!(window.model().settings.zoom, zoom);
        assert_eq!(window.harness.ctx.zoom_factor(), zoom, "what is remembered is what is seen");
        assert!(window.has(&format!("Zoom {} %", (zoom * 100.0).round())));
    };
    is(&window, 1.0);
    window.press_with(CTRL, Key::Plus);
    is(&window, 1.1);
    window.press_with(CTRL, Key::Equals);
    is(&window, 1.2);
    for _ in 0..4 {
        window.press_with(CTRL, Key::Minus);
    }
    is(&window, 0.8);
    window.press_with(CTRL, Key::Num0);
    is(&window, 1.0);
    for (near, command, end) in [(0.6, Command::ZoomOut, 0.5), (2.9, Command::ZoomIn, 3.0)] {
        window.shell().model.settings.zoom = near;
        for _ in 0..3 {
            window.does(command.clone());
        }
        is(&window, end);
    }
}

#[test]
fn pattern_16_reduced_motion_takes_no_time() {
    let mut window = Window::new(Start::Sample);
    let animation = |window: &Window| window.harness.ctx.global_style().animation_time;
    assert!(window.model().settings.reduced_motion);
    assert_eq!(animation(&window), 0.0);
    window.does(Command::ToggleReducedMotion);
    assert_eq!(animation(&window), tokens::ANIMATION_SECONDS);
    assert!(animation(&window) > 0.0);
    window.does(Command::ToggleReducedMotion);
    assert_eq!(animation(&window), 0.0);
}

#[test]
fn pattern_16_a_theme_changes_everything_at_once() {
    let mut window = Window::new(Start::Sample);
    let themes: [(Command, &Palette, bool); 3] = [
        (Command::ThemeLight, &tokens::LIGHT, false),
        (Command::ThemeHighContrast, &tokens::HIGH_CONTRAST, true),
        (Command::ThemeDark, &tokens::DARK, true),
    ];
    for (command, palette, is_dark) in themes {
        window.does(command.clone());
        let visuals = window.harness.ctx.global_style().visuals.clone();
        assert_eq!(visuals.dark_mode, is_dark, "{command:?}");
        assert_eq!(visuals.selection.stroke.color.a(), 255);
        assert_eq!(theme::of(&window.harness.ctx).colors.bg, palette.bg, "{command:?}");
        let fills = fills(&window);
        for color in [palette.bg, palette.panel, palette.added.row, palette.removed.row] {
            assert!(fills.contains(&color), "{command:?}: nothing is painted in {color:?}");
        }
    }
}

#[test]
fn statement_17_changes_have_their_signs_in_both_views() {
    let mut window = Window::sample("add_headers");
    for view in [Command::SideBySide, Command::Unified] {
        window.does(view.clone());
        for (sign, word) in [("+", "added: "), ("−", "removed: "), ("~", "changed")] {
            assert!(painted(&window, sign) > 0, "{view:?}: no {sign} is painted");
            assert!(window.has_part(word), "{view:?}: {word} is not said");
        }
    }
    window.does(Command::ShowTimeline);
    assert_eq!(painted(&window, "−") + painted(&window, "~"), 0, "they belong to the changes");
}
