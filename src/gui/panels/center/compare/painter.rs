//! Paints the lines of a comparison and says them.

use std::ops::Range;

use egui::{Align2, Rect, Vec2};

use super::super::painter::{gutter, header_text, kind, provenance};
use super::lines::{Line, Lines};
use crate::gui::comparing::Compared;
use crate::gui::model::Model;
use crate::gui::text::Text;
use crate::gui::theme::{Icon, space};
use crate::gui::widgets::{
    DiffKind, DiffRow, DiffSide, Gutter, Provenance, Row, elided, galley, paint_halves, text_at,
};
use crate::trace::EventId;
use crate::view::changes::{By, HeaderCell, HeaderRow, Moved, callback_name};
use crate::view::compare::{Rows, Section};
use crate::view::diff::{BodyDiff, BodyRow, LineCell};
use crate::view::sentences::compare as words;

pub(super) struct Painter<'a> {
    pub model: &'a Model,
    pub compared: &'a Compared,
    pub lines: &'a Lines,
    pub text: Text,
}

impl Painter<'_> {
    fn section(&self, section: usize) -> Option<&Section> {
        self.compared.comparison.sections.get(section)
    }

    pub fn paint(&self, row: &Row<'_>) {
        let rect = row.rect.shrink2(Vec2::new(row.theme.sizes.side, 0.0));
        match self.lines.line(row.index) {
            Line::Gap => {}
            Line::Head(section) => self.paint_head(row, rect, section),
            Line::Fold { section, count, .. } => self.paint_fold(row, rect, section, count),
            Line::Row { section, row: place } => {
                let pointer = row.pointer;
                let current = row.selected;
                self.with_row(section, place, |diff| {
                    paint_halves(row.painter, row.theme, rect, &DiffRow { current, pointer, ..diff });
                });
                return;
            }
        }
        if row.selected {
            let stroke = row.theme.hairline();
            row.painter.rect_stroke(rect, row.theme.radius(), stroke, egui::StrokeKind::Inside);
        }
    }

    fn paint_head(&self, row: &Row<'_>, rect: Rect, number: usize) {
        let Some(section) = self.section(number) else { return };
        let theme = row.theme;
        let middle = rect.center().y;
        let language = self.text.language;
        let title =
            galley(row.painter, words::topic(language, section.topic), theme.section(), theme.colors.text);
        let title = text_at(row.painter, egui::pos2(rect.left(), middle), Align2::LEFT_CENTER, title);
        let left = title.right() + space::S;
        let summary = words::summary(language, section);
        let summary = elided(row.painter, &summary, theme.small(), theme.colors.muted, rect.right() - left);
        text_at(row.painter, egui::pos2(left, middle), Align2::LEFT_CENTER, summary);
    }

    fn paint_fold(&self, row: &Row<'_>, rect: Rect, section: usize, count: usize) {
        let theme = row.theme;
        let has_numbers =
            self.section(section).is_some_and(|section| matches!(section.rows, Rows::Body { .. }));
        let left = rect.left() + if has_numbers { 46.0 } else { 20.0 };
        let middle = rect.center().y;
        Icon::Dots.paint(row.painter, egui::pos2(left + 6.0, middle), 12.0, theme.colors.muted);
        let color = if row.hovered { theme.colors.text } else { theme.colors.muted };
        let words = galley(row.painter, self.text.compare.unchanged_rows(count), theme.small(), color);
        text_at(row.painter, egui::pos2(left + 18.0, middle), Align2::LEFT_CENTER, words);
    }

    /// A line in words, for screen readers.
    pub fn spoken(&self, index: usize) -> String {
        match self.lines.line(index) {
            Line::Gap => String::new(),
            Line::Head(number) => self.section(number).map_or_else(String::new, |section| {
                let language = self.text.language;
                format!("{}, {}", words::topic(language, section.topic), words::summary(language, section))
            }),
            Line::Fold { count, .. } => self.text.compare.unchanged_rows(count),
            Line::Row { section, row } => {
                let spoken = self.with_row(section, row, |diff| diff.spoken(self.text.widgets));
                let spoken = spoken.unwrap_or_default();
                match self.compared.comparison.item_at(section, row) {
                    Some(item) => {
                        let count = self.compared.comparison.items().len();
                        format!("{}: {spoken}", self.text.changes.position(item + 1, count))
                    }
                    None => spoken,
                }
            }
        }
    }

    fn with_row<R>(&self, number: usize, place: usize, then: impl FnOnce(DiffRow<'_>) -> R) -> Option<R> {
        let section = self.section(number)?;
        match &section.rows {
            Rows::Headers { rows, .. } => Some(self.with_header(rows.get(place)?, then)),
            Rows::Body { diff, .. } => {
                Some(self.with_line(&diff.row(place)?, diff.name(place), gutter(diff), then))
            }
            Rows::Lines { diff, .. } => self.with_event(section, diff, place, then),
        }
    }

    fn with_header<R>(&self, row: &HeaderRow, then: impl FnOnce(DiffRow<'_>) -> R) -> R {
        let masks = self.model.hides_secrets();
        let side = |cell: &HeaderCell| header_text(cell, masks);
        let (before, after) = (row.before.as_ref().map(side), row.after.as_ref().map(side));
        fn shown((text, words): &(String, Vec<Range<usize>>)) -> DiffSide<'_> {
            DiffSide { line: None, text, words, note: None }
        }
        let (short, full) = provenance(&row.writers, By::Nobody, self.text);
        let badge = row.moved.as_ref().map(|moved| match moved {
            Moved::First => self.text.changes.moved_first().to_owned(),
            Moved::After(name) => self.text.changes.moved_after(name),
        });
        then(DiffRow {
            kind: kind(row.kind),
            before: before.as_ref().map(shown),
            after: after.as_ref().map(shown),
            provenance: (!full.is_empty()).then_some(Provenance { short: &short, full: &full }),
            badge: badge.as_deref(),
            ..EMPTY
        })
    }

    fn with_line<R>(
        &self,
        row: &BodyRow,
        name: Option<String>,
        gutter: Gutter,
        then: impl FnOnce(DiffRow<'_>) -> R,
    ) -> R {
        fn side(cell: &LineCell, numbers: bool) -> DiffSide<'_> {
            DiffSide {
                line: numbers.then_some(cell.number),
                text: &cell.text,
                words: &cell.marks,
                note: None,
            }
        }
        let numbers = gutter != Gutter::None;
        let kind = kind(row.kind);
        let name = name.filter(|_| kind != DiffKind::Same);
        then(DiffRow {
            kind,
            before: row.before.as_ref().map(|cell| side(cell, numbers)),
            after: row.after.as_ref().map(|cell| side(cell, numbers)),
            provenance: name.as_deref().map(|name| Provenance { short: name, full: name }),
            gutter,
            ..EMPTY
        })
    }

    /// A line that is about an event, with the callback in which it happened.
    fn with_event<R>(
        &self,
        section: &Section,
        diff: &BodyDiff,
        place: usize,
        then: impl FnOnce(DiffRow<'_>) -> R,
    ) -> Option<R> {
        let row = diff.row(place)?;
        let [a, b] = section.events(place);
        let traces = &self.compared.traces;
        let name = |side: usize, event: Option<EventId>| callback_name(&traces[side], event?);
        let callback = name(1, b).or_else(|| name(0, a)).map(str::to_owned);
        Some(self.with_line(&row, callback, Gutter::None, then))
    }
}

/// A row with nothing in it.
const EMPTY: DiffRow<'static> = DiffRow {
    kind: DiffKind::Same,
    before: None,
    after: None,
    provenance: None,
    badge: None,
    hidden: None,
    current: false,
    gutter: Gutter::None,
    pointer: None,
};
