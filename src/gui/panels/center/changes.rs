//! Before and after, side by side or in one column, with who wrote each difference.

use std::cell::RefCell;
use std::sync::Arc;

use egui::{Id, Rect, Ui, Vec2};

use super::painter::{RowPainter, SWITCH};
use super::previews::Textures;
use super::rows::{Line, Lines, Shape};
use super::{error_card, footer, story};
use crate::gui::commands::Command;
use crate::gui::model::{DiffMode, Model};
use crate::gui::panels::cached;
use crate::gui::runs::RunView;
use crate::gui::text::Text;
use crate::gui::theme::{self, Theme, tokens};
use crate::gui::widgets::{self, ListOutput, Row, Segmented, VirtualList};
use crate::trace::EventId;
use crate::view::changes::BodyMode;
use crate::view::sentences;

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
    let has_footer = !run.changes.items().is_empty() && !model.layout.presentation;
    let bottom = all.bottom() - if has_footer { tokens::height::FOOTER } else { 0.0 };
    let mut list = Rect::from_min_max(story.left_bottom(), egui::pos2(all.right(), bottom));
    if error_card::applies(run) {
        list = error_card::show_within(ui, list, model, run, out);
        if run.changes.items().is_empty() {
            return;
        }
    }
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

fn shape(model: &Model, run: &RunView) -> Shape {
    Shape {
        run: (run.number, run.exchange, run.bodies),
        only_changes: model.settings.only_changes,
        unified: model.view.diff == DiffMode::Unified,
        unfolded: model.view.unfolded.clone(),
        folded_sections: model.view.folded_sections.clone(),
    }
}

/// The section that the keyboard stands in, and the row, if it stands on one: the chosen line, or else the change that F7
/// reached.
pub fn selected_row(model: &Model, run: &RunView) -> Option<(usize, Option<usize>)> {
    let Some(index) = model.view.row else {
        let item = run.changes.items().get(model.view.change?)?;
        return Some((usize::from(item.section), Some(item.row as usize)));
    };
    match Lines::new(&run.changes, shape(model, run)).line(index) {
        Line::Row { section, row, .. } => Some((section, Some(row))),
        Line::Head(section)
        | Line::Note(section, _)
        | Line::Picture(section, _)
        | Line::Fold { section, .. } => Some((section, None)),
        Line::Gap => None,
    }
}

/// The lines, made anew only when what decides them changed.
fn lines(ui: &Ui, model: &Model, run: &RunView) -> Arc<Lines> {
    let shape = shape(model, run);
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
    let textures = cached(ui, "picture textures", (run.number, run.exchange), |_| {
        Textures::new(ui.ctx(), &run.pictures)
    });
    let (heads, hint) = (RefCell::default(), RefCell::default());
    let painter = RowPainter { model, run, text, lines, textures: &textures, heads, hint };
    let view = ui.max_rect();
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
    let region = crate::gui::model::Region::Center;
    super::super::enter(&output.response, region);
    let others = [Command::CopyValue, Command::CopyPart];
    super::super::row_menu(&output.response, model, region, &others, out);
    // The head stays in sight while its section is scrolled.
    if let Some(head) = lines.head_above(output.visible.start) {
        stuck_head(ui, view, &painter, head, theme, out);
    }
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
        Line::Note(section, note) => out.extend(callback(run, section, note).map(Command::FollowEvent)),
        Line::Gap | Line::Picture(..) => {}
    };
    if let Some(index) = output.activated {
        open(index, out);
    }
    if let Some((index, _)) = output.clicked {
        match lines.line(index) {
            Line::Fold { .. } | Line::Head(_) => open(index, out),
            Line::Row { .. } if provenance.is_some() => open(index, out),
            Line::Row { .. } | Line::Gap | Line::Note(..) | Line::Picture(..) => {}
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
    if let Some(words) = painter.hint.take() {
        widgets::tooltip(&output.response, &words, None);
    }
    for (section, head) in painter.heads.take() {
        switch(ui, run, text, section, head.intersect(view), out);
    }
}

/// Paints the head of a section over the top of the list; a click folds the section, as on the head itself.
fn stuck_head(
    ui: &Ui,
    view: Rect,
    painter: &RowPainter<'_>,
    index: usize,
    theme: &Theme,
    out: &mut Vec<Command>,
) {
    let rect = Rect::from_min_size(view.min, Vec2::new(view.width(), theme.sizes.dense_row));
    let response = ui.interact(rect, Id::unique("stuck head"), egui::Sense::CLICK);
    ui.painter().rect_filled(rect, 0.0, theme.colors.bg);
    ui.painter().hline(rect.x_range(), rect.bottom(), theme.hairline());
    let hovered = response.hovered();
    let over = ui.painter();
    painter.paint(&Row { index, rect, selected: false, hovered, pointer: None, painter: over, theme });
    if let (true, Line::Head(section)) = (response.clicked(), painter.lines.line(index)) {
        out.push(Command::FoldSection(section));
    }
}

/// The callback that a note on a piece of a body tells of.
fn callback(run: &RunView, section: usize, note: usize) -> Option<EventId> {
    let section = run.changes.sections.get(section)?;
    section.batch.as_ref()?.callback(note.checked_sub(section.notes.len())?)
}

/// The ways to show bodies with their commands, in the order of the switch.
const WAYS: [(BodyMode, Command); 3] = [
    (BodyMode::Whole, Command::BodiesWhole),
    (BodyMode::Chunks, Command::BodiesInChunks),
    (BodyMode::Bytes, Command::BodiesAsBytes),
];

/// The switch in the head of a body.
fn switch(ui: &mut Ui, run: &RunView, text: Text, section: usize, head: Rect, out: &mut Vec<Command>) {
    let Some(section) = run.changes.sections.get(section) else { return };
    // A head that is half out of view has none, so that none is painted over what lies around.
    if head.height() < SWITCH.y {
        return;
    }
    let part = sentences::changes::part(text.language, section.part);
    let name = text.bodies.switch_name(part);
    let options = [text.bodies.whole(), text.bodies.chunks(), text.bodies.bytes()];
    let selected = WAYS.iter().position(|(mode, _)| *mode == run.bodies).unwrap_or_default();
    let layout = egui::Layout::right_to_left(egui::Align::Center);
    let place = egui::UiBuilder::new().max_rect(head).layout(layout).id_salt(("body switch", section.part));
    let mut ui = ui.new_child(place);
    if let Some(chosen) = Segmented::new(&name, &options, selected).height(SWITCH.y).show(&mut ui) {
        out.push(WAYS[chosen.min(2)].1.clone());
    }
}
