//! Before and after, side by side or in one column, with who wrote each difference.

use std::ops::Range;
use std::sync::Arc;

use egui::{Id, Rect, Ui, Vec2};

use super::rows::{Line, Lines, Shape};
use super::{footer, story};
use crate::gui::commands::Command;
use crate::gui::model::{DiffMode, Model};
use crate::gui::runs::RunView;
use crate::gui::text::{self, Text};
use crate::gui::theme::{self, Icon, Theme, space, tokens};
use crate::gui::widgets::{
    self, DiffKind, DiffRow, DiffSide, ListOutput, Provenance, Row, VirtualList, galley, paint_halves,
    paint_unified, text_at, text_right,
};
use crate::trace::Part;
use crate::view::changes::{By, HeaderCell, HeaderRow, Moved, Section, Writer};
use crate::view::diff::{BodyRow, LineCell, RowKind};

pub fn list_id() -> Id {
    Id::unique("changes")
}

pub fn show(ui: &mut Ui, model: &Model, run: &Arc<RunView>, out: &mut Vec<Command>) {
    let theme = theme::of(ui.ctx());
    let text = model.text();
    let all = ui.max_rect();
    let story = Rect::from_min_size(
        egui::pos2(all.left(), ui.cursor().top()),
        Vec2::new(all.width(), story::height(ui, model, run)),
    );
    ui.scope_builder(egui::UiBuilder::new().max_rect(story), |ui| story::show(ui, model, run, out));
    // A presentation has one of its own.
    let has_footer = !run.changes.items().is_empty() && !model.view.presentation;
    let bottom = all.bottom() - if has_footer { tokens::height::FOOTER } else { 0.0 };
    let list = Rect::from_min_max(story.left_bottom(), egui::pos2(all.right(), bottom));
    if run.changes.sections.is_empty() {
        let mut ui = ui.new_child(egui::UiBuilder::new().max_rect(list));
        widgets::empty_state(&mut ui, text.changes.no_changes(), text.changes.no_changes_hint());
        return;
    }
    let lines = lines(ui, model, run);
    let mut list_ui = ui.new_child(egui::UiBuilder::new().max_rect(list).id_salt("changes list"));
    rows(&mut list_ui, model, run, &lines, &theme, text, out);
    if has_footer {
        let footer = Rect::from_min_max(egui::pos2(all.left(), bottom), all.max);
        let mut ui = ui.new_child(egui::UiBuilder::new().max_rect(footer).id_salt("changes footer"));
        footer::show(&mut ui, model, run, out);
    }
}

/// The lines, made anew only when what decides them changed.
fn lines(ui: &Ui, model: &Model, run: &RunView) -> Arc<Lines> {
    let shape = Shape {
        run: (run.number, run.exchange),
        only_changes: model.settings.only_changes,
        unified: model.view.diff == DiffMode::Unified,
        unfolded: model.view.unfolded.clone(),
        folded_sections: model.view.folded_sections.clone(),
    };
    let id = Id::unique("changes lines");
    let known: Option<Arc<Lines>> = ui.data(|data| data.get_temp(id));
    if let Some(known) = known.filter(|known| known.shape == shape) {
        return known;
    }
    let made = Arc::new(Lines::new(&run.changes, shape));
    ui.data_mut(|data| data.insert_temp(id, made.clone()));
    made
}

fn rows(
    ui: &mut Ui,
    model: &Model,
    run: &Arc<RunView>,
    lines: &Lines,
    theme: &Theme,
    text: Text,
    out: &mut Vec<Command>,
) {
    let changes = &run.changes;
    let current = model.view.change.and_then(|change| changes.items().get(change));
    let line_of_change = current.and_then(|item| lines.line_of(usize::from(item.section), item.row as usize));
    // A change that is folded away is unfolded before it can be shown.
    if model.view.reveal
        && line_of_change.is_none()
        && let Some(item) = current
    {
        let section = usize::from(item.section);
        if model.view.folded_sections.contains(&section) {
            out.push(Command::FoldSection(section));
        }
    }
    let selected = model.view.row.or(line_of_change);
    let scroll_to = if model.view.reveal { line_of_change } else { None };
    let painter = RowPainter { model, run, text, lines };
    let mut provenance: Option<Rect> = None;
    let clicked_at = ui.input(|input| input.pointer.interact_pos());
    let output: ListOutput = VirtualList::new(list_id(), text.tabs.changes(), lines.len())
        .row_height(theme.sizes.dense_row)
        .selected(selected)
        .scroll_to(scroll_to)
        .plain()
        .ringed(line_of_change)
        .show(
            ui,
            |index| painter.spoken(index),
            |row| {
                let hit = painter.paint(row);
                if hit.is_some_and(|hit| clicked_at.is_some_and(|at| hit.contains(at))) {
                    provenance = hit;
                }
            },
        );
    super::super::enter(&output.response, crate::gui::model::Region::Center);
    let change_at = |index: usize| match lines.line(index) {
        Line::Row { section, row, .. } => changes.item_at(section, row),
        _ => None,
    };
    if let Some(index) = output.selected {
        out.push(Command::SelectRow(index, change_at(index)));
    }
    let open = |index: usize, out: &mut Vec<Command>| match lines.line(index) {
        Line::Fold { section, row, .. } => out.push(Command::Unfold(section, row)),
        Line::Head(section) => out.push(Command::FoldSection(section)),
        Line::Row { .. } => out.extend(change_at(index).map(Command::FollowChange)),
        Line::Gap => {}
    };
    if let Some(index) = output.activated {
        open(index, out);
    }
    if let Some((index, _)) = output.clicked {
        match lines.line(index) {
            Line::Fold { .. } | Line::Head(_) => open(index, out),
            Line::Row { .. } if provenance.is_some() => open(index, out),
            Line::Row { .. } | Line::Gap => {}
        }
    }
    if let Some(index) = selected.filter(|_| output.unfold || output.fold) {
        match lines.line(index) {
            Line::Fold { .. } if output.unfold => open(index, out),
            Line::Head(section) if output.fold != model.view.folded_sections.contains(&section) => {
                open(index, out)
            }
            _ => {}
        }
    }
}

/// Paints lines and says them.
struct RowPainter<'a> {
    model: &'a Model,
    run: &'a RunView,
    text: Text,
    lines: &'a Lines,
}

impl RowPainter<'_> {
    fn section(&self, section: usize) -> Option<&Section> {
        self.run.changes.sections.get(section)
    }

    fn paint(&self, row: &Row<'_>) -> Option<Rect> {
        let rect = row.rect.shrink2(Vec2::new(row.theme.sizes.side, 0.0));
        match self.lines.line(row.index) {
            Line::Gap => None,
            Line::Head(section) => {
                self.paint_head(row, rect, section);
                None
            }
            Line::Fold { section, count, .. } => {
                self.paint_fold(row, rect, section, count);
                None
            }
            Line::Row { section, row: place, before } => self.paint_row(row, rect, section, place, before),
        }
    }

    fn paint_head(&self, row: &Row<'_>, rect: Rect, number: usize) {
        let Some(section) = self.section(number) else { return };
        let theme = row.theme;
        let is_folded = self.model.view.folded_sections.contains(&number);
        let chevron = if is_folded { Icon::ChevronRight } else { Icon::ChevronDown };
        let middle = rect.center().y;
        chevron.paint(row.painter, egui::pos2(rect.left() + 5.0, middle), 12.0, theme.colors.muted);
        let title =
            galley(row.painter, part_name(self.text, section.part), theme.section(), theme.colors.text);
        let left = rect.left() + 16.0;
        let title = text_at(row.painter, egui::pos2(left, middle), egui::Align2::LEFT_CENTER, title);
        let summary = self.summary(section);
        let room = rect.right() - title.right() - 2.0 * space::S;
        let summary = widgets::elided(row.painter, summary, theme.small(), theme.colors.muted, room);
        let summary = text_at(
            row.painter,
            egui::pos2(title.right() + space::S, middle),
            egui::Align2::LEFT_CENTER,
            summary,
        );
        let half = (rect.width() + 8.0) / 2.0;
        let after =
            galley(row.painter, direction(self.text, section.part), theme.small(), theme.colors.muted);
        let at = egui::pos2(rect.left() + half + space::S, middle);
        if !self.lines.shape.unified && summary.right() + space::S < at.x {
            text_at(row.painter, at, egui::Align2::LEFT_CENTER, after);
        }
        if section.body().is_some_and(is_pretty) {
            let at = egui::pos2(rect.right(), middle);
            text_right(
                row.painter,
                at.x,
                at.y,
                self.text.changes.formatting_ignored(),
                theme.small(),
                theme.colors.muted,
            );
        }
        if row.selected && self.model.view.row.is_some() {
            row.painter.rect_stroke(rect, theme.radius(), theme.hairline(), egui::StrokeKind::Inside);
        }
    }

    fn summary(&self, section: &Section) -> String {
        let texts = self.text.changes;
        let counts = section.counts;
        let mut parts = Vec::new();
        let mut add = |count: usize, words: fn(crate::gui::text::ChangesText, usize) -> String| {
            if count > 0 {
                parts.push(words(texts, count));
            }
        };
        add(counts.removed, crate::gui::text::ChangesText::removed);
        add(counts.changed, crate::gui::text::ChangesText::changed);
        add(counts.added, crate::gui::text::ChangesText::added);
        add(counts.moved, crate::gui::text::ChangesText::moved);
        let mut words = if parts.is_empty() { texts.nothing_changed().to_owned() } else { parts.join(", ") };
        if let Some(body) = section.body() {
            let (before, after) = body.sizes();
            let size = if before == after {
                text::bytes(after as u64)
            } else {
                texts.size_change(&text::bytes(before as u64), &text::bytes(after as u64))
            };
            words = format!("{words} · {size}");
        }
        words
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
        text_at(row.painter, egui::pos2(left + 18.0, middle), egui::Align2::LEFT_CENTER, words);
        if row.selected && self.model.view.row.is_some() {
            row.painter.rect_stroke(rect, theme.radius(), theme.hairline(), egui::StrokeKind::Inside);
        }
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
        self.with_row(section, place, |diff| {
            let diff = DiffRow { current, pointer: row.pointer, ..diff };
            let hit = match (self.lines.shape.unified, before) {
                (false, _) => paint_halves(row.painter, row.theme, rect, &diff),
                (true, Some(before)) => paint_unified(row.painter, row.theme, rect, &diff, before),
                (true, None) => paint_unified(row.painter, row.theme, rect, &diff, diff.after.is_none()),
            };
            hit.provenance
        })
        .flatten()
    }

    fn spoken(&self, index: usize) -> String {
        match self.lines.line(index) {
            Line::Gap => String::new(),
            Line::Head(number) => self.section(number).map_or_else(String::new, |section| {
                format!("{}, {}", part_name(self.text, section.part), self.summary(section))
            }),
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
                let row = body.row(place)?;
                let path = body.path(place).filter(|_| row.kind != RowKind::Same);
                Some(with_line(&row, path.as_deref(), then))
            }
        }
    }

    fn with_header<R>(&self, row: &HeaderRow, then: impl FnOnce(DiffRow<'_>) -> R) -> R {
        let masks = self.model.hides_secrets();
        let before = row.before.as_ref().map(|cell| header_text(cell, masks));
        let after = row.after.as_ref().map(|cell| header_text(cell, masks));
        let is_secret = row.after.as_ref().or(row.before.as_ref()).is_some_and(|cell| cell.is_secret);
        let hidden = is_secret && masks && self.model.view.presentation;
        let (short, full) = provenance(&row.writers, row.by, self.text);
        let badge = row.moved.as_ref().map(|moved| match moved {
            Moved::First => self.text.changes.moved_first().to_owned(),
            Moved::After(name) => self.text.changes.moved_after(name),
        });
        then(DiffRow {
            // What the proxy itself adds is shown, but not as a change.
            kind: if row.by == By::Host { DiffKind::Same } else { kind(row.kind) },
            before: before.as_ref().map(|(text, words)| DiffSide { line: None, text, words }),
            after: after.as_ref().map(|(text, words)| DiffSide { line: None, text, words }),
            provenance: (!full.is_empty()).then_some(Provenance { short: &short, full: &full }),
            badge: badge.as_deref(),
            hidden: hidden.then(|| self.text.overlays.hidden()),
            current: false,
            numbered: false,
            pointer: None,
        })
    }
}

fn with_line<R>(row: &BodyRow, path: Option<&str>, then: impl FnOnce(DiffRow<'_>) -> R) -> R {
    fn side(cell: &LineCell) -> DiffSide<'_> {
        DiffSide { line: Some(cell.number), text: &cell.text, words: &cell.marks }
    }
    then(DiffRow {
        kind: kind(row.kind),
        before: row.before.as_ref().map(side),
        after: row.after.as_ref().map(side),
        provenance: path.map(|path| Provenance { short: path, full: path }),
        badge: None,
        hidden: None,
        current: false,
        numbered: true,
        pointer: None,
    })
}

/// `name: value` with the marks moved behind the name; masked values have none.
fn header_text(cell: &HeaderCell, masks: bool) -> (String, Vec<Range<usize>>) {
    let offset = cell.name.len() + 2;
    if masks && cell.is_secret {
        return (format!("{}: {}", cell.name, cell.masked()), Vec::new());
    }
    let marks = cell.marks.iter().map(|mark| mark.start + offset..mark.end + offset).collect();
    (format!("{}: {}", cell.name, cell.value), marks)
}

/// `#12`, and `#12 replace_header_map_value`.
fn provenance(writers: &[Writer], by: By, text: Text) -> (String, String) {
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

fn kind(kind: RowKind) -> DiffKind {
    match kind {
        RowKind::Same | RowKind::Moved => DiffKind::Same,
        RowKind::Removed => DiffKind::Removed,
        RowKind::Added => DiffKind::Added,
        RowKind::Changed => DiffKind::Changed,
    }
}

fn is_pretty(body: &crate::view::diff::BodyDiff) -> bool {
    body.layout() == crate::view::diff::Layout::Json
}

fn fold_words(text: Text, is_body: bool, count: usize) -> String {
    if is_body { text.changes.unchanged_lines(count) } else { text.changes.unchanged(count) }
}

pub fn part_name(text: Text, part: Part) -> &'static str {
    match part {
        Part::RequestHeaders => text.message.request_headers(),
        Part::RequestBody => text.message.request_body(),
        Part::RequestTrailers => text.message.request_trailers(),
        Part::ResponseHeaders => text.message.response_headers(),
        Part::ResponseBody => text.message.response_body(),
        Part::ResponseTrailers => text.message.response_trailers(),
        Part::DownstreamData => text.changes.downstream_data(),
        Part::UpstreamData => text.changes.upstream_data(),
        Part::Property | Part::SharedData | Part::Queue | Part::Metric => text.tabs.state(),
    }
}

fn direction(text: Text, part: Part) -> &'static str {
    match part.is_towards_upstream() {
        true => text.changes.after_to_upstream(),
        false => text.changes.after_to_client(),
    }
}
