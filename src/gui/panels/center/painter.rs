//! Paints the lines of the changes view and says them.

use std::cell::RefCell;
use std::ops::Range;

use egui::{Align2, Rect, Vec2};

use super::previews::Textures;
use super::rows::{Line, Lines};
use crate::gui::model::Model;
use crate::gui::runs::RunView;
use crate::gui::text::Text;
use crate::gui::theme::{Icon, space};
use crate::gui::widgets::{
    DiffKind, DiffRow, DiffSide, Gutter, Provenance, Row, elided, galley, paint_halves, paint_unified,
    text_at,
};
use crate::view::changes::{By, HeaderCell, HeaderRow, Moved, Section, Writer};
use crate::view::diff::{BodyDiff, BodyRow, Layout, LineCell, RowKind};
use crate::view::sentences::{self, Severity};
use crate::view::units;

pub(super) struct RowPainter<'a> {
    pub model: &'a Model,
    pub run: &'a RunView,
    pub text: Text,
    pub lines: &'a Lines,
    pub textures: &'a Textures,
    /// Where the heads of bodies were painted, with their sections: they have a switch.
    pub heads: RefCell<Vec<(usize, Rect)>>,
    /// The whole words of the note under the pointer, if they do not fit.
    pub hint: RefCell<Option<String>>,
}

/// What the switch in the head of a body takes up, in points.
pub(super) const SWITCH: Vec2 = Vec2::new(190.0, 18.0);

impl RowPainter<'_> {
    fn section(&self, section: usize) -> Option<&Section> {
        self.run.changes.sections.get(section)
    }

    /// Whether this is the first section of a body, which has the switch.
    fn has_switch(&self, number: usize) -> bool {
        let part = |number: usize| self.section(number).map(|section| section.part);
        self.section(number).is_some_and(|section| section.body().is_some())
            && (number == 0 || part(number - 1) != part(number))
    }

    /// Paints a line; gives the place of its link, if it has one.
    pub fn paint(&self, row: &Row<'_>) -> Option<Rect> {
        let rect = row.rect.shrink2(Vec2::new(row.theme.sizes.side, 0.0));
        match self.lines.line(row.index) {
            Line::Gap => {}
            Line::Head(section) => self.paint_head(row, rect, section),
            Line::Note(section, note) => self.paint_note(row, rect, section, note),
            Line::Picture(section, slice) => {
                if let Some(sides) = self.run.pictures.in_section(section) {
                    self.textures.paint(row, rect, self.text, (section, sides), slice);
                }
            }
            Line::Fold { section, count, .. } => self.paint_fold(row, rect, section, count),
            Line::Row { section, row: place, before } => {
                return self.paint_row(row, rect, section, place, before);
            }
        }
        None
    }

    fn paint_head(&self, row: &Row<'_>, rect: Rect, number: usize) {
        let Some(section) = self.section(number) else { return };
        let theme = row.theme;
        let is_folded = self.model.view.folded_sections.contains(&number);
        let chevron = if is_folded { Icon::ChevronRight } else { Icon::ChevronDown };
        let middle = rect.center().y;
        chevron.paint(row.painter, egui::pos2(rect.left() + 5.0, middle), 12.0, theme.colors.muted);
        let title = galley(row.painter, self.title(section), theme.section(), theme.colors.text);
        let left = rect.left() + 16.0;
        let title = text_at(row.painter, egui::pos2(left, middle), Align2::LEFT_CENTER, title);
        let mut right = rect.right();
        if self.has_switch(number) {
            self.heads.borrow_mut().push((number, rect));
            right -= SWITCH.x + space::S;
        }
        let after = rect.left() + (rect.width() + 8.0) / 2.0 + space::S;
        let has_after = !self.lines.shape.unified && title.right() + 120.0 < after;
        let ends = if has_after { after - space::S } else { right };
        let summary_left = title.right() + space::S;
        let summary = self.summary(section);
        let summary = elided(row.painter, summary, theme.small(), theme.colors.muted, ends - summary_left);
        let summary = text_at(row.painter, egui::pos2(summary_left, middle), Align2::LEFT_CENTER, summary);
        let mut taken = summary.right();
        if has_after {
            let words = sentences::changes::after(self.text.language, section);
            let words = galley(row.painter, words, theme.small(), theme.colors.muted);
            if after + words.size().x < right {
                taken = text_at(row.painter, egui::pos2(after, middle), Align2::LEFT_CENTER, words).right();
            }
        }
        if let Some(words) = section.body().and_then(|body| self.ignored(body)) {
            let words = galley(row.painter, words, theme.small(), theme.colors.muted);
            if taken + words.size().x + 2.0 * space::M < right {
                text_at(row.painter, egui::pos2(right, middle), Align2::RIGHT_CENTER, words);
            }
        }
        self.frame(row, rect);
    }

    /// What does not count as a difference.
    fn ignored(&self, body: &BodyDiff) -> Option<&'static str> {
        match body.layout() {
            Layout::Json => Some(self.text.changes.formatting_ignored()),
            Layout::Form => Some(self.text.bodies.escapes_ignored()),
            Layout::Text | Layout::Hex | Layout::Multipart => None,
        }
    }

    /// A hairline around the line that the arrow keys stand on.
    fn frame(&self, row: &Row<'_>, rect: Rect) {
        if row.selected && self.model.view.row.is_some() {
            let theme = row.theme;
            row.painter.rect_stroke(rect, theme.radius(), theme.hairline(), egui::StrokeKind::Inside);
        }
    }

    fn title(&self, section: &Section) -> String {
        let language = self.text.language;
        let part = sentences::changes::part(language, section.part);
        match &section.batch {
            Some(batch) => format!("{part} · {}", sentences::bodies::chunks(language, batch)),
            None => part.to_owned(),
        }
    }

    fn summary(&self, section: &Section) -> String {
        sentences::changes::summary(self.text.language, section)
    }

    fn paint_note(&self, row: &Row<'_>, rect: Rect, section: usize, note: usize) {
        let found = self
            .section(section)
            .and_then(|section| sentences::bodies::line(self.text.language, section, note));
        let Some((severity, words)) = found else { return };
        let theme = row.theme;
        let (icon, color) = match severity {
            Severity::Warning | Severity::Error => (Icon::Warning, theme.colors.warn),
            Severity::Ok | Severity::Note => (Icon::Info, theme.colors.muted),
        };
        let (left, middle) = (rect.left() + NOTE_INDENT, rect.center().y);
        icon.paint(row.painter, egui::pos2(left + 6.0, middle), 12.0, color);
        let color = if severity == Severity::Note { theme.colors.muted } else { theme.colors.text };
        let left = left + 18.0;
        let text = words.as_str();
        let words = elided(row.painter, text, theme.small(), color, rect.right() - left);
        if row.hovered && words.elided {
            *self.hint.borrow_mut() = Some(text.to_owned());
        }
        text_at(row.painter, egui::pos2(left, middle), Align2::LEFT_CENTER, words);
        self.frame(row, rect);
    }

    fn paint_fold(&self, row: &Row<'_>, rect: Rect, section: usize, count: usize) {
        let theme = row.theme;
        let is_body = self.section(section).is_some_and(|section| section.body().is_some());
        let left = rect.left() + if is_body { 46.0 } else { 20.0 };
        let middle = rect.center().y;
        Icon::Dots.paint(row.painter, egui::pos2(left + 6.0, middle), 12.0, theme.colors.muted);
        let words = fold_words(self.text, is_body, count);
        let color = if row.hovered { theme.colors.text } else { theme.colors.muted };
        let words = galley(row.painter, words, theme.small(), color);
        text_at(row.painter, egui::pos2(left + 18.0, middle), Align2::LEFT_CENTER, words);
        self.frame(row, rect);
    }

    fn paint_row(
        &self,
        row: &Row<'_>,
        rect: Rect,
        section: usize,
        place: usize,
        before: Option<bool>,
    ) -> Option<Rect> {
        let item = self.run.changes.item_at(section, place);
        let current = item.is_some() && item == self.model.view.change;
        let hit = self.with_row(section, place, |diff| {
            let diff = DiffRow { current, pointer: row.pointer, ..diff };
            let hit = match (self.lines.shape.unified, before) {
                (false, _) => paint_halves(row.painter, row.theme, rect, &diff),
                (true, Some(before)) => paint_unified(row.painter, row.theme, rect, &diff, before),
                (true, None) => paint_unified(row.painter, row.theme, rect, &diff, diff.after.is_none()),
            };
            hit.provenance
        });
        if item.is_none() {
            self.frame(row, rect);
        }
        hit.flatten()
    }

    /// A line in words, for screen readers.
    pub fn spoken(&self, index: usize) -> String {
        match self.lines.line(index) {
            Line::Gap => String::new(),
            Line::Head(number) => self.section(number).map_or_else(String::new, |section| {
                format!("{}, {}", self.title(section), self.summary(section))
            }),
            Line::Note(section, note) => {
                let section = self.section(section);
                let line =
                    section.and_then(|section| sentences::bodies::line(self.text.language, section, note));
                line.map_or_else(String::new, |(_, words)| words.to_string())
            }
            Line::Picture(..) => self.text.bodies.picture().to_owned(),
            Line::Fold { section, count, .. } => {
                let is_body = self.section(section).is_some_and(|section| section.body().is_some());
                fold_words(self.text, is_body, count)
            }
            Line::Row { section, row, .. } => {
                let spoken =
                    self.with_row(section, row, |diff| diff.spoken(self.text.widgets)).unwrap_or_default();
                match self.run.changes.item_at(section, row) {
                    Some(item) => {
                        let count = self.run.changes.items().len();
                        format!("{}: {spoken}", self.text.changes.position(item + 1, count))
                    }
                    None => spoken,
                }
            }
        }
    }

    /// Makes the data of a row and hands it to `then`.
    fn with_row<R>(&self, number: usize, place: usize, then: impl FnOnce(DiffRow<'_>) -> R) -> Option<R> {
        let section = self.section(number)?;
        match section.body() {
            None => {
                let row = section.header_rows().get(place)?;
                Some(self.with_header(row, then))
            }
            Some(body) => {
                let mut row = body.row(place)?;
                // A piece that stands alone because others were held is no difference.
                if section.batch.is_some() && section.writers.is_empty() {
                    row.kind = RowKind::Same;
                }
                let name = body.name(place).filter(|_| row.kind != RowKind::Same);
                Some(self.with_line(&row, name.as_deref(), gutter(body), then))
            }
        }
    }

    fn with_header<R>(&self, row: &HeaderRow, then: impl FnOnce(DiffRow<'_>) -> R) -> R {
        let masks = self.model.hides_secrets();
        let is_secret = row.after.as_ref().or(row.before.as_ref()).is_some_and(|cell| cell.is_secret);
        let hidden = is_secret && masks && self.model.layout.presentation;
        let side = |cell: &HeaderCell| {
            let (text, words) = header_text(cell, masks);
            (text, words, self.note(cell.is_cut, cell.is_lossy, cell.full_len))
        };
        let (before, after) = (row.before.as_ref().map(side), row.after.as_ref().map(side));
        fn shown((text, words, note): &(String, Vec<Range<usize>>, Option<String>)) -> DiffSide<'_> {
            DiffSide { line: None, text, words, note: note.as_deref() }
        }
        let (short, full) = provenance(&row.writers, row.by, self.text);
        let badge = row.moved.as_ref().map(|moved| match moved {
            Moved::First => self.text.changes.moved_first().to_owned(),
            Moved::After(name) => self.text.changes.moved_after(name),
        });
        then(DiffRow {
            // What the proxy itself adds is shown, but not as a change.
            kind: if row.by == By::Host { DiffKind::Same } else { kind(row.kind) },
            before: before.as_ref().map(shown),
            after: after.as_ref().map(shown),
            provenance: (!full.is_empty()).then_some(Provenance { short: &short, full: &full }),
            badge: badge.as_deref(),
            hidden: hidden.then(|| self.text.overlays.hidden()),
            current: false,
            gutter: Gutter::None,
            pointer: None,
        })
    }

    fn with_line<R>(
        &self,
        row: &BodyRow,
        name: Option<&str>,
        gutter: Gutter,
        then: impl FnOnce(DiffRow<'_>) -> R,
    ) -> R {
        let note = |cell: &LineCell| self.note(cell.is_cut, false, cell.full_len);
        let notes = [row.before.as_ref().and_then(note), row.after.as_ref().and_then(note)];
        fn side<'a>(cell: &'a LineCell, note: &'a Option<String>) -> DiffSide<'a> {
            DiffSide { line: Some(cell.number), text: &cell.text, words: &cell.marks, note: note.as_deref() }
        }
        then(DiffRow {
            kind: kind(row.kind),
            before: row.before.as_ref().map(|cell| side(cell, &notes[0])),
            after: row.after.as_ref().map(|cell| side(cell, &notes[1])),
            provenance: name.map(|name| Provenance { short: name, full: name }),
            badge: None,
            hidden: None,
            current: false,
            gutter,
            pointer: None,
        })
    }

    /// What the text of a side does not show.
    fn note(&self, is_cut: bool, is_lossy: bool, full_len: usize) -> Option<String> {
        match (is_cut, is_lossy) {
            (true, _) => Some(self.text.bodies.cut(&units::bytes(full_len as u64))),
            (false, true) => Some(self.text.bodies.not_utf8().to_owned()),
            (false, false) => None,
        }
    }
}

/// From the edge to the words beneath a head.
const NOTE_INDENT: f32 = 16.0;

/// The column in front of a body's rows, as wide as its last line needs.
pub(super) fn gutter(body: &BodyDiff) -> Gutter {
    let digits = |number: usize, base: u32| {
        let digits = number.max(1).ilog(base as usize) + 1;
        u8::try_from(digits).unwrap_or(u8::MAX)
    };
    let (before, after) = body.line_counts();
    match body.layout() {
        Layout::Hex => Gutter::Offsets(digits(before.max(after) * 16, 16).max(4)),
        _ => Gutter::Lines(digits(before.max(after), 10)),
    }
}

/// `name: value` with the marks moved behind the name; masked values have none.
pub(super) fn header_text(cell: &HeaderCell, masks: bool) -> (String, Vec<Range<usize>>) {
    let offset = cell.name.len() + 2;
    if masks && cell.is_secret {
        return (format!("{}: {}", cell.name, cell.masked()), Vec::new());
    }
    let marks = cell.marks.iter().map(|mark| mark.start + offset..mark.end + offset).collect();
    (format!("{}: {}", cell.name, cell.value), marks)
}

/// `#12`, and `#12 replace_header_map_value`.
pub(super) fn provenance(writers: &[Writer], by: By, text: Text) -> (String, String) {
    match (writers, by) {
        ([], By::Host) => (text.changes.by_envoy().to_owned(), text.changes.by_envoy().to_owned()),
        ([], _) => Default::default(),
        ([one], _) => (format!("#{}", one.number), format!("#{} {}", one.number, one.call.short_name())),
        (several, _) => {
            let numbers: Vec<String> = several.iter().map(|writer| format!("#{}", writer.number)).collect();
            (numbers.join(", "), numbers.join(", "))
        }
    }
}

pub(super) fn kind(kind: RowKind) -> DiffKind {
    match kind {
        RowKind::Same | RowKind::Moved => DiffKind::Same,
        RowKind::Removed => DiffKind::Removed,
        RowKind::Added => DiffKind::Added,
        RowKind::Changed => DiffKind::Changed,
    }
}

fn fold_words(text: Text, is_body: bool, count: usize) -> String {
    if is_body { text.changes.unchanged_lines(count) } else { text.changes.unchanged(count) }
}
