//! The report has the window's colours.

use filterlab::gui::theme::tokens::{DARK, LIGHT, Palette};
use filterlab::view::report::style;

#[test]
fn a_report_has_the_colours_of_the_windows_tokens() {
    for (tokens, palette) in [(style::LIGHT, &LIGHT), (style::DARK, &DARK)] {
        for (name, colour) in tokens {
            let [_, red, green, blue] = colour.to_be_bytes();
            let expected = token(palette, name);
            assert_eq!([red, green, blue], [expected.r(), expected.g(), expected.b()], "{name}");
        }
    }
}

fn token(palette: &Palette, name: &str) -> egui::Color32 {
    match name {
        "bg" => palette.bg,
        "panel" => palette.panel,
        "line" => palette.line,
        "edge" => palette.edge,
        "control" => palette.control,
        "hover" => palette.hover,
        "select" => palette.select,
        "band" => palette.band,
        "text" => palette.text,
        "muted" => palette.muted,
        "accent" => palette.accent,
        "added-mark" => palette.added.mark,
        "added-row" => palette.added.row,
        "added-word" => palette.added.word,
        "removed-mark" => palette.removed.mark,
        "removed-row" => palette.removed.row,
        "removed-word" => palette.removed.word,
        "changed-row" => palette.changed_row,
        "ok" => palette.ok,
        "warn" => palette.warn,
        "error" => palette.error,
        other => panic!("{other} is no token of the window"),
    }
}
