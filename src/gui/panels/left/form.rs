//! Rows of a form: a label, a control, and beneath it what is wrong.

use std::{fmt::Display, str::FromStr};

use egui::{Align2, Id, Pos2, Rect, Sense, Ui, UiBuilder, Vec2};

use super::{Edits, Tabs};
use crate::gui::{
    text::{self, Text},
    theme::{self, Icon, Tone, space},
    widgets::{
        Dropdown, IconButton, ParsedField, SectionHead, TextField, elided, parse_duration, prose, text_at,
    },
};

/// Width of the labels.
const LABEL: f32 = 92.0;
/// Width of fields and lists that hold more than a number.
pub const WIDE: f32 = 196.0;

/// A labelled row. `control` returns what is wrong with its value.
pub fn row(ui: &mut Ui, label: &str, control: impl FnOnce(&mut Ui) -> Option<String>) {
    let theme = theme::of(ui.ctx());
    let wrong = ui
        .horizontal(|ui| {
            let (rect, _) = ui.allocate_exact_size(Vec2::new(LABEL, theme.sizes.control), Sense::hover());
            let words = elided(ui.painter(), label, theme.small(), theme.colors.muted, LABEL);
            text_at(ui.painter(), rect.left_center(), Align2::LEFT_CENTER, words);
            control(ui)
        })
        .inner;
    if let Some(wrong) = wrong {
        ui.horizontal(|ui| {
            ui.add_space(LABEL + space::S);
            prose(ui, &wrong, Tone::Error);
        });
    }
}

/// A row for one line of text.
pub fn text_row(ui: &mut Ui, edits: &mut Edits, id: Id, label: &str, value: &mut String) {
    row(ui, label, |ui| {
        edits.typed(TextField::new(value, label).id(id).show(ui).changed());
        None
    });
}

/// A value that is written as text: what it is called, what to say when it cannot be read, the unit after it.
pub struct Value<'a, T> {
    pub id: Id,
    pub label: &'a str,
    pub name: &'a str,
    pub wrong: &'a str,
    pub unit: &'a str,
    pub width: f32,
    pub parse: fn(&str) -> Option<T>,
    pub format: fn(&T) -> String,
}

/// A row for such a value.
pub fn value_row<T>(ui: &mut Ui, edits: &mut Edits, value: &mut T, field: Value<'_, T>) {
    let Value { id, label, name, wrong, unit, width, parse, format } = field;
    row(ui, label, |ui| {
        let field = ParsedField::new(id, value, name, wrong, parse, format).width(width);
        let (response, unreadable) = field.show_checked(ui);
        edits.typed(response.changed());
        if !unit.is_empty() {
            crate::gui::widgets::label(ui, unit, Tone::Muted);
        }
        unreadable.then(|| wrong.to_owned())
    });
}

/// A row for a whole number that may be left out.
pub fn optional_row<T: FromStr + Display + Copy>(
    ui: &mut Ui,
    edits: &mut Edits,
    text: Text,
    id: Id,
    (label, name): (&str, &str),
    value: &mut Option<T>,
) {
    let parse = |text: &str| match text.trim() {
        "" => Some(None),
        number => number.parse().ok().map(Some),
    };
    let format = |value: &Option<T>| value.map_or_else(String::new, |value| value.to_string());
    let wrong = text.message.invalid_optional();
    value_row(ui, edits, value, Value { id, label, name, wrong, unit: "", width: 104.0, parse, format });
}

/// The head of a section that can be folded. Returns whether it is open; until somebody folds it, it is as it `starts`.
pub fn fold(ui: &mut Ui, id: Id, title: &str, summary: &str, starts: bool) -> bool {
    let mut open = ui.data(|data| data.get_temp(id.with("open"))).unwrap_or(starts);
    if SectionHead::new(title).summary(summary).foldable(&mut open).show(ui).changed() {
        ui.data_mut(|data| data.insert_temp(id.with("open"), open));
    }
    open
}

/// Keeps such a section open, whatever becomes of what is in it.
pub fn unfold(ui: &Ui, id: Id) {
    ui.data_mut(|data| data.insert_temp(id.with("open"), true));
}

/// A row for one of several.
pub fn choice_row(
    ui: &mut Ui,
    edits: &mut Edits,
    (label, name): (&str, &str),
    options: &[&str],
    selected: usize,
    choose: impl FnOnce(usize),
) {
    row(ui, label, |ui| {
        if let Some(chosen) = Dropdown::new(name, options, selected).field(WIDE).code().show(ui) {
            choose(chosen);
            edits.made(true);
        }
        None
    });
}

/// Where a small button at the end of a head goes.
pub fn at_end(ui: &Ui, head: Rect) -> Rect {
    let side = theme::of(ui.ctx()).sizes.control;
    Rect::from_center_size(Pos2::new(head.right() - side / 2.0, head.center().y), Vec2::splat(side))
}

/// The head of a section with a button at its end that adds something. Returns whether it was pressed.
pub fn head_with_add(ui: &mut Ui, title: &str, summary: &str, add: &str) -> bool {
    let rect = SectionHead::new(title).summary(summary).show(ui).rect;
    let place = at_end(ui, rect);
    IconButton::new(Icon::Plus, add).show(&mut ui.new_child(UiBuilder::new().max_rect(place))).clicked()
}

/// Milliseconds in words, such as `12 ms`.
pub fn format_ms(ms: &u64) -> String {
    text::duration(std::time::Duration::from_millis(*ms))
}

/// A time in whole milliseconds. Less than that is no time here, and half-typed `1.5` of `1.5 s` must not become one.
pub fn parse_ms(text: &str) -> Option<u64> {
    let time = parse_duration(text)?;
    let ms = u64::try_from(time.as_millis()).ok()?;
    (std::time::Duration::from_millis(ms) == time).then_some(ms)
}

/// A whole number above zero, with or without thousands apart.
pub fn parse_count(text: &str) -> Option<u64> {
    text.trim().replace(',', "").parse().ok().filter(|count| *count > 0)
}

pub fn format_count(count: &u64) -> String {
    text::number(count)
}

impl Tabs<'_> {
    /// A line of what is wrong at a place, if anything is.
    pub fn explain(&self, ui: &mut Ui, problem: Option<&str>) {
        if let Some(problem) = problem {
            prose(ui, problem, Tone::Error);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_milliseconds_are_read() {
        assert_eq!(parse_ms("12 ms"), Some(12));
        assert_eq!(parse_ms("1.5 s"), Some(1500));
        assert_eq!(parse_ms("0"), Some(0));
        assert_eq!(parse_ms("1.5"), None);
        assert_eq!(parse_ms("20 µs"), None);
    }

    #[test]
    fn what_is_written_is_read_again() {
        for value in [1, 12, 1_500, 15_000, 3_600_000] {
            assert_eq!(parse_ms(&format_ms(&value)), Some(value));
            assert_eq!(parse_count(&format_count(&value)), Some(value));
        }
    }
}
