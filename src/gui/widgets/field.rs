//! Single-line fields: text, and values that are written as text (numbers, durations).

use std::time::Duration;

use egui::text::{CCursor, CCursorRange};
use egui::{Align2, Frame, Id, Margin, Pos2, Response, Sense, StrokeKind, TextEdit, Ui, UiBuilder, Vec2};

use super::{
    drafts,
    paint::{focus_ring, galley, text_at},
    tooltip::tooltip,
};
use crate::gui::{
    text,
    theme::{self, Icon, space, tokens},
};

/// A field for one line.
#[must_use = "a field is seen only after `show`"]
pub struct TextField<'a> {
    text: &'a mut String,
    name: &'a str,
    hint: &'a str,
    width: Option<f32>,
    id: Option<Id>,
    icon: Option<Icon>,
    key: Option<&'a str>,
    error: Option<&'a str>,
    interface_font: bool,
    trailing: f32,
    flat: bool,
}

impl<'a> TextField<'a> {
    /// `name` is what a screen reader says; a visible label stands beside the field.
    pub fn new(text: &'a mut String, name: &'a str) -> Self {
        Self {
            text,
            name,
            hint: "",
            width: None,
            id: None,
            icon: None,
            key: None,
            error: None,
            interface_font: false,
            trailing: 0.0,
            flat: false,
        }
    }

    /// Shown while the field is empty.
    pub fn hint(mut self, hint: &'a str) -> Self {
        self.hint = hint;
        self
    }

    /// In points; without it the field takes what is left of the row.
    pub fn width(mut self, width: f32) -> Self {
        self.width = Some(width);
        self
    }

    /// A fixed id, for fields that a command gives the keyboard to.
    pub fn id(mut self, id: Id) -> Self {
        self.id = Some(id);
        self
    }

    /// An icon before the text: a magnifier for filters.
    pub fn icon(mut self, icon: Icon) -> Self {
        self.icon = Some(icon);
        self
    }

    /// The key that leads here, shown at the end while the field is empty and has no keyboard.
    pub fn key(mut self, key: &'a str) -> Self {
        self.key = Some(key);
        self
    }

    /// What is wrong with the text: a red border, a mark, and the reason in the tooltip and the spoken name.
    pub fn error(mut self, error: Option<&'a str>) -> Self {
        self.error = error;
        self
    }

    /// For prose (filters, names) instead of code.
    pub fn interface_font(mut self) -> Self {
        self.interface_font = true;
        self
    }

    /// Room for a control at the end of the field, in points.
    pub(super) fn trailing(mut self, width: f32) -> Self {
        self.trailing = width;
        self
    }

    /// Body type, no border and no ring: for the one line that an overlay begins with.
    pub fn flat(mut self) -> Self {
        self.flat = true;
        self
    }

    pub fn show(self, ui: &mut Ui) -> Response {
        let theme = theme::of(ui.ctx());
        let colors = theme.colors;
        let width = self.width.unwrap_or_else(|| ui.available_width());
        let (rect, frame) = ui.allocate_exact_size(Vec2::new(width, theme.sizes.control), Sense::hover());
        let id = self.id.unwrap_or_else(|| frame.id.with("text"));
        let focused = ui.memory(|memory| memory.has_focus(id));
        let border =
            if self.error.is_some() { egui::Stroke::new(tokens::LINE, colors.error) } else { theme.edge() };
        if !self.flat {
            ui.painter().rect(rect, theme.radius(), colors.sunk, border, StrokeKind::Inside);
        }

        let middle = rect.center().y;
        let mut inner = rect.shrink2(Vec2::new(if self.flat { 0.0 } else { space::S }, 0.0));
        inner.max.x -= self.trailing;
        if let Some(icon) = self.icon {
            let center = Pos2::new(inner.left() + theme.sizes.icon / 2.0, middle);
            icon.paint(ui.painter(), center, theme.sizes.icon - 2.0, colors.muted);
            inner.min.x += theme.sizes.icon + space::XS;
        }
        if self.error.is_some() {
            let center = Pos2::new(inner.right() - theme.sizes.icon / 2.0, middle);
            Icon::Warning.paint(ui.painter(), center, theme.sizes.icon, colors.error);
            inner.max.x -= theme.sizes.icon + space::XS;
        }
        if let Some(key) = self.key.filter(|_| !focused && self.text.is_empty()) {
            let key_galley = galley(ui.painter(), key, theme.small(), colors.muted);
            let key_rect =
                text_at(ui.painter(), Pos2::new(inner.right(), middle), Align2::RIGHT_CENTER, key_galley);
            inner.max.x = key_rect.left() - space::XS;
        }

        let font = match (self.flat, self.interface_font) {
            (true, _) => theme.body(),
            (false, true) => theme.small(),
            (false, false) => theme.code(),
        };
        // A hint is a word to the user, in the face of the interface: in that of the value it looks like one.
        let hint_font = if self.flat { theme.body() } else { theme.small() };
        // Kept only while somebody types here: what changed since was changed by an undo, a menu or the like.
        let shown_id = id.with("shown");
        if let Some(before) =
            ui.data(|data| data.get_temp::<String>(shown_id)).filter(|before| before != self.text)
        {
            put_caret(ui, id, end_of_change(&before, self.text));
        }
        let edit = TextEdit::singleline(self.text)
            .id(id)
            .font(font)
            .text_color(colors.text)
            .hint_text(egui::RichText::new(self.hint).font(hint_font).color(colors.muted))
            .frame(Frame::NONE)
            .margin(Margin::ZERO)
            .align(Align2::LEFT_CENTER)
            .min_size(inner.size())
            .desired_width(inner.width());
        let response = ui.new_child(UiBuilder::new().max_rect(inner)).add(edit);
        let has_focus = response.has_focus();
        ui.data_mut(|data| {
            if has_focus {
                data.insert_temp(shown_id, self.text.clone());
            } else {
                data.remove::<String>(shown_id);
            }
        });
        if response.has_focus() && !self.flat {
            focus_ring(ui.painter(), &theme, rect, tokens::RADIUS);
        }
        match self.error {
            Some(error) => {
                tooltip(&response, error, None);
                response.accessible_name(text::of(ui.ctx()).widgets.wrong_value(self.name, error))
            }
            None => response.accessible_name(self.name),
        }
    }
}

/// Behind how many characters of `after` the part ends that is not as it was.
fn end_of_change(before: &str, after: &str) -> usize {
    let same = |pair: &(char, char)| pair.0 == pair.1;
    let (old, new) = (before.chars().count(), after.chars().count());
    let start = before.chars().zip(after.chars()).take_while(same).count();
    let end = before.chars().rev().zip(after.chars().rev()).take_while(same).count();
    new - end.min(new - start).min(old - start)
}

/// Puts the caret of a text field behind so many characters.
pub(super) fn put_caret(ui: &Ui, id: Id, place: usize) {
    let mut state = TextEdit::load_state(ui.ctx(), id).unwrap_or_default();
    state.cursor.set_char_range(Some(CCursorRange::one(CCursor::new(place))));
    state.store(ui.ctx(), id);
}

/// What is being typed, and the value it was made from: when the value changes from outside, the draft is dropped.
#[derive(Clone)]
struct Draft {
    text: String,
    from: String,
}

/// A field for a value with a written form. While the text cannot be read, the value stays and the field says why.
#[must_use = "a field is seen only after `show`"]
pub struct ParsedField<'a, T> {
    value: &'a mut T,
    name: &'a str,
    wrong: &'a str,
    parse: fn(&str) -> Option<T>,
    format: fn(&T) -> String,
    width: f32,
    id: Id,
}

impl<'a, T> ParsedField<'a, T> {
    /// `wrong` is the sentence for text that cannot be read. `id` must be unique: the draft is kept under it.
    pub fn new(
        id: Id,
        value: &'a mut T,
        name: &'a str,
        wrong: &'a str,
        parse: fn(&str) -> Option<T>,
        format: fn(&T) -> String,
    ) -> Self {
        Self { value, name, wrong, parse, format, width: 88.0, id }
    }

    pub fn width(mut self, width: f32) -> Self {
        self.width = width;
        self
    }

    /// The response is `changed` when the value did.
    pub fn show(self, ui: &mut Ui) -> Response {
        self.show_checked(ui).0
    }

    /// The same, and whether the text cannot be read, for a form that says so beneath the field.
    pub fn show_checked(self, ui: &mut Ui) -> (Response, bool) {
        let written = (self.format)(self.value);
        let draft_id = drafts::draft_id(ui, self.id);
        let draft = ui.data(|data| data.get_temp::<Draft>(draft_id)).filter(|draft| draft.from == written);
        let mut text = draft.map_or_else(|| written.clone(), |draft| draft.text);
        let error = (self.parse)(&text).is_none().then_some(self.wrong);
        let response =
            TextField::new(&mut text, self.name).id(self.id).width(self.width).error(error).show(ui);

        let mut changed = false;
        let parsed = (self.parse)(&text);
        let readable = parsed.is_some();
        if let Some(value) = parsed.filter(|_| response.changed()) {
            *self.value = value;
            changed = true;
        }
        if !readable {
            drafts::note_untaken(ui, self.name);
        }
        if response.has_focus() || !readable {
            let from = (self.format)(self.value);
            ui.data_mut(|data| data.insert_temp(draft_id, Draft { text, from }));
        } else {
            ui.data_mut(|data| data.remove::<Draft>(draft_id));
        }
        let mut response = response;
        response.flags.set(egui::response::Flags::CHANGED, changed);
        (response, !readable)
    }
}

impl<'a> ParsedField<'a, Duration> {
    /// A field for a length of time, such as `12 ms`.
    pub fn duration(id: Id, value: &'a mut Duration, name: &'a str, wrong: &'a str) -> Self {
        Self::new(id, value, name, wrong, parse_duration, |value| text::duration(*value))
    }
}

/// Reads `12 ms`, `1.5s`, `300 us`, `20µs`, `2 min`; a bare number counts milliseconds.
#[must_use]
pub fn parse_duration(text: &str) -> Option<Duration> {
    let text = text.trim();
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let number: f64 = number.parse().ok()?;
    let seconds = match unit.trim() {
        "" | "ms" => 1e-3,
        "s" => 1.0,
        "us" | "µs" | "μs" => 1e-6,
        "ns" => 1e-9,
        "min" | "m" => 60.0,
        "h" => 3600.0,
        _ => return None,
    };
    // Through nanoseconds: 12 × 0.001 s would come out as 11.999999 ms.
    let nanos = (number * seconds * 1e9).round();
    (nanos <= u64::MAX as f64).then(|| Duration::from_nanos(nanos as u64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_caret_goes_where_a_change_from_outside_ends() {
        assert_eq!(end_of_change("http://a/", "http://a/orders"), 15, "what is there again");
        assert_eq!(end_of_change("http://a/orders", "http://a/"), 9, "what is gone");
        assert_eq!(end_of_change("http://a/x", "http://b.c/x"), 10, "the middle");
        assert_eq!(end_of_change("aa", "aaa"), 3);
        assert_eq!(end_of_change("äö", "äüö"), 2, "characters, not bytes");
        assert_eq!(end_of_change("", ""), 0);
    }

    #[test]
    fn durations_are_read_as_people_write_them() {
        assert_eq!(parse_duration("12 ms"), Some(Duration::from_millis(12)));
        assert_eq!(parse_duration("12"), Some(Duration::from_millis(12)));
        assert_eq!(parse_duration(" 1.5s "), Some(Duration::from_millis(1500)));
        assert_eq!(parse_duration("20µs"), Some(Duration::from_micros(20)));
        assert_eq!(parse_duration("2 min"), Some(Duration::from_secs(120)));
        assert_eq!(parse_duration("0"), Some(Duration::ZERO));
        for wrong in ["", "ms", "1.2.3 s", "5 parsecs", "-1 ms", "1e3"] {
            assert_eq!(parse_duration(wrong), None, "{wrong:?}");
        }
        assert_eq!(parse_duration("999999999999999 h"), None, "too long for the clock");
    }

    #[test]
    fn what_is_written_is_read_again() {
        for value in
            [Duration::ZERO, Duration::from_micros(3), Duration::from_millis(42), Duration::from_secs(90)]
        {
            assert_eq!(parse_duration(&text::duration(value)), Some(value));
        }
    }
}
