//! Two runs, or two builds of a folder, side by side: who they are, what differs, and what they cost.

mod cards;
mod cost;
mod lines;
mod painter;
mod scenarios;

use std::sync::Arc;

use egui::{Id, Rect, Ui, Vec2};

pub use self::lines::{Line, Lines};
use self::painter::Painter;
use crate::gui::apply::CompareCommand;
use crate::gui::commands::Command;
use crate::gui::comparing::{Compared, Subject};
use crate::gui::model::{Model, Region};
use crate::gui::panels::enter;
use crate::gui::theme::{self, Icon, Theme, Tone, space, tokens};
use crate::gui::widgets::{self, VirtualList};
use crate::view::sentences::compare::{self as words, Tally};

pub fn list_id() -> Id {
    Id::unique("comparison")
}

/// The lines of a comparison as they are shown now.
pub fn lines(model: &Model, compared: &Compared) -> Lines {
    Lines::new(&compared.comparison, model.comparing.only_differences, &model.comparing.unfolded)
}

pub fn show(ui: &mut Ui, model: &Model, out: &mut Vec<Command>) {
    let theme = theme::of(ui.ctx());
    let all = ui.max_rect();
    let head = Rect::from_min_size(all.min, Vec2::new(all.width(), theme.sizes.tab_row));
    title(ui, model, head, &theme, out);
    let below = Rect::from_min_max(head.left_bottom(), all.max);
    let mut ui = ui.new_child(egui::UiBuilder::new().max_rect(below).id_salt("comparison body"));
    let ui = &mut ui;
    if model.comparing.subject.is_none() {
        let text = model.text().compare;
        widgets::empty_state(ui, text.too_few(), text.too_few_hint());
        return;
    }
    ui.spacing_mut().item_spacing.y = 0.0;
    let inset = egui::Margin::symmetric(theme.sizes.side as i8, space::M as i8);
    egui::Frame::new().inner_margin(inset).show(ui, |ui| cards::show(ui, model, out));
    sentence(ui, model, &theme, out);
    scenarios::show(ui, model, out);
    cost::show(ui, model);
    differences(ui, model, &theme, out);
}

/// The head of the page, with the way back.
fn title(ui: &mut Ui, model: &Model, head: Rect, theme: &Theme, out: &mut Vec<Command>) {
    let text = model.text().compare;
    widgets::hairline_below(ui, theme, head);
    let inner = head.shrink2(Vec2::new(theme.sizes.side, 0.0));
    let is_folder = matches!(model.comparing.subject, Some(Subject::Scenario(_)));
    ui.scope_builder(egui::UiBuilder::new().max_rect(inner), |ui| {
        ui.spacing_mut().item_spacing.x = space::S;
        widgets::ends(
            ui,
            "comparison head",
            out,
            |ui, _| {
                let (title, note) = match is_folder {
                    true => (text.title(), text.note()),
                    false => (text.title_runs(), text.note_runs()),
                };
                widgets::strong_label(ui, title);
                let width = ui.available_width();
                widgets::elided_label(ui, note, Tone::Muted, width);
                if model.comparing.pending {
                    let (rect, _) = ui.allocate_exact_size(Vec2::splat(14.0), egui::Sense::hover());
                    theme::icons::spinner(ui, rect.center(), 14.0, theme.colors.accent);
                }
            },
            |ui, out| {
                let back = widgets::quiet_button(ui, &format!("{}  Esc", text.back()), text.back());
                enter(&back, Region::Center);
                if back.clicked() {
                    out.push(Command::Dismiss);
                }
                let mut only = model.comparing.only_differences;
                widgets::CheckBox::new(&mut only, text.only_differences()).small().show(ui);
                if only != model.comparing.only_differences {
                    out.push(Command::Compare(CompareCommand::OnlyDifferences));
                }
            },
        );
    });
}

/// What is to be said first. `tally`: how all scenarios of the folder do.
pub fn said(model: &Model, tally: impl FnOnce() -> Tally) -> Option<String> {
    let language = model.text().language;
    let compared = model.comparing.result.as_ref()?;
    let measured = model.comparing.measured.as_ref();
    let costs = measured.map(|measured| measured.costs.as_slice()).unwrap_or_default();
    let one = words::sentence(language, &compared.comparison, costs);
    Some(match model.comparing.subject {
        Some(Subject::Scenario(_)) => {
            let all = words::folder_sentence(language, tally()).to_string();
            model.text().widgets.sentences(&all, one.as_str())
        }
        _ => one.to_string(),
    })
}

fn sentence(ui: &mut Ui, model: &Model, theme: &Theme, out: &mut Vec<Command>) {
    let text = model.text();
    let rounds = &model.folder.rounds;
    let tally =
        || *crate::gui::panels::cached(ui, "compared tally", model.folder.version, |_| rounds.tally());
    let (Some(said), Some(compared)) = (said(model, tally), &model.comparing.result) else { return };
    let inset =
        egui::Margin { left: theme.sizes.side as i8, right: theme.sizes.side as i8, top: 0, bottom: 8 };
    egui::Frame::new().inner_margin(inset).show(ui, |ui| {
        let (right, top) = (ui.max_rect().right(), ui.cursor().top());
        ui.scope(|ui| {
            ui.set_max_width(ui.available_width() - theme.sizes.control - space::S);
            widgets::prose(ui, &said, Tone::Text);
        });
        let place = Rect::from_min_size(
            egui::pos2(right - theme.sizes.control, top - space::XS),
            Vec2::splat(theme.sizes.control),
        );
        let mut corner = ui.new_child(egui::UiBuilder::new().max_rect(place));
        out.extend(widgets::command_icon_button(&mut corner, &Command::CopyComparison, Icon::Copy, None));
        if compared.made_again {
            widgets::label(ui, text.compare.made_again(), Tone::Muted);
        }
    });
}

/// Everything that differs, in one list.
fn differences(ui: &mut Ui, model: &Model, theme: &Theme, out: &mut Vec<Command>) {
    let text = model.text();
    let rect = ui.available_rect_before_wrap();
    widgets::hairline_above(ui, theme, rect);
    let Some(compared) = model.comparing.result.clone() else {
        widgets::empty_state(ui, text.compare.comparing(), "");
        return;
    };
    if model.comparing.pending {
        ui.set_opacity(tokens::STALE_OPACITY);
    }
    let shape =
        (Arc::as_ptr(&compared).addr(), model.comparing.only_differences, model.comparing.unfolded.clone());
    let lines = crate::gui::panels::cached(ui, "comparison lines", shape, |_| lines(model, &compared));
    if lines.is_empty() {
        widgets::empty_state(ui, text.compare.no_difference(), text.compare.no_difference_hint());
        return;
    }
    let painter = Painter { model, compared: &compared, lines: &lines, text };
    let selected = model.comparing.row.filter(|row| *row < lines.len());
    let output = VirtualList::new(list_id(), text.compare.list(), lines.len())
        .row_height(theme.sizes.dense_row)
        .selected(selected)
        .scroll_to(selected.filter(|_| model.comparing.reveal))
        .plain()
        .ringed(selected)
        .show(ui, |index| painter.spoken(index), |row| painter.paint(row));
    let mut send = |command: CompareCommand| out.push(Command::Compare(command));
    let unfold = |index: usize| match lines.line(index) {
        Line::Fold { section, row, .. } => Some(CompareCommand::Unfold(section, row)),
        _ => None,
    };
    if let Some(index) = output.selected {
        send(CompareCommand::SelectRow(index));
    }
    let opened = output.activated.or(output.clicked.map(|(index, _)| index));
    let opened = opened.or(selected.filter(|_| output.unfold));
    if let Some(command) = opened.and_then(unfold) {
        send(command);
    }
}

/// The letter of a side: A is orange and B is blue everywhere, as what is removed and what is added.
fn letter(painter: &egui::Painter, theme: &Theme, rect: Rect, is_b: bool) {
    let hue = if is_b { theme.colors.added } else { theme.colors.removed };
    painter.rect_filled(rect, theme.radius(), hue.row);
    let word = if is_b { "B" } else { "A" };
    let galley = widgets::galley(painter, word, theme.body_strong(), hue.mark);
    widgets::text_at(painter, rect.center(), egui::Align2::CENTER_CENTER, galley);
}

/// Fixed, broken or only another output, as mark and colour.
fn change_look(change: crate::folder::Change) -> (Icon, Tone) {
    use crate::folder::Change;
    match change {
        Change::Fixed => (Icon::Check, Tone::Ok),
        Change::Broken => (Icon::Cross, Tone::Error),
        Change::Output(_) | Change::Inside(_) | Change::Same => (Icon::Exchange, Tone::Muted),
    }
}
