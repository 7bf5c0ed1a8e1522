//! What the filters did, in one sentence, and the phases of the request with their number of changes.

use egui::{Align2, Sense, Ui, Vec2, WidgetInfo};

use crate::gui::commands::Command;
use crate::gui::model::Model;
use crate::gui::runs::RunView;
use crate::gui::theme::{self, Icon, Tone, space};
use crate::gui::widgets::{self, focus_ring, galley, text_at};
use crate::view::phases;

pub fn show(ui: &mut Ui, model: &Model, run: &RunView, out: &mut Vec<Command>) {
    let theme = theme::of(ui.ctx());
    let language = model.text().language;
    let inner = ui.max_rect().shrink2(Vec2::new(theme.sizes.side, 0.0));
    ui.scope_builder(egui::UiBuilder::new().max_rect(inner), |ui| {
        ui.add_space(space::M - space::XXS);
        widgets::rich_line(ui, run.story(language), Tone::Text);
        ui.add_space(space::XXS);
        phases(ui, model, run, out);
    });
}

fn phases(ui: &mut Ui, model: &Model, run: &RunView, out: &mut Vec<Command>) {
    let theme = theme::of(ui.ctx());
    let language = model.text().language;
    let track = &run.phases;
    let names: Vec<String> = track.iter().map(|phase| phases::name(language, phase.kind)).collect();
    let icon = theme.sizes.icon - 4.0;
    let widths: Vec<f32> = track
        .iter()
        .zip(&names)
        .map(|(phase, name)| {
            let words = galley(ui.painter(), name.as_str(), theme.small(), theme.colors.text).size().x;
            let count = if phase.changes > 0 {
                let count = galley(ui.painter(), phase.changes.to_string(), theme.small(), theme.colors.text);
                count.size().x + 16.0 + space::XS
            } else {
                0.0
            };
            icon + space::XS + words + count
        })
        .collect();
    let used: f32 = widths.iter().sum();
    let gaps = track.len().saturating_sub(1).max(1) as f32;
    let gap = ((ui.available_width() - used) / gaps).max(space::M);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 0.0;
        for (index, ((phase, name), width)) in track.iter().zip(&names).zip(&widths).enumerate() {
            let (rect, response) = ui.allocate_exact_size(Vec2::new(*width, 16.0), Sense::click());
            let painter = ui.painter();
            let middle = rect.center().y;
            let dot = egui::pos2(rect.left() + icon / 2.0, middle);
            let (mark, color) = if phase.changes > 0 {
                (Icon::Dot, theme.colors.accent)
            } else {
                (Icon::Ring, theme.colors.muted)
            };
            mark.paint(painter, dot, icon, color);
            let tone = if phase.changes > 0 { theme.colors.text } else { theme.colors.muted };
            let words = galley(painter, name.as_str(), theme.small(), tone);
            let words = text_at(
                painter,
                egui::pos2(rect.left() + icon + space::XS, middle),
                Align2::LEFT_CENTER,
                words,
            );
            if phase.changes > 0 {
                let pencil = egui::pos2(words.right() + space::XS + 6.0, middle);
                Icon::Pencil.paint(painter, pencil, 11.0, theme.colors.accent);
                let count = galley(painter, phase.changes.to_string(), theme.small(), theme.colors.accent);
                text_at(painter, egui::pos2(pencil.x + 9.0, middle), Align2::LEFT_CENTER, count);
            }
            if index + 1 < track.len() {
                let from = rect.right() + space::S;
                let to = rect.right() + gap - space::S;
                if to > from {
                    ui.painter().hline(from..=to, middle, theme.hairline());
                }
                ui.add_space(gap);
            }
            if response.has_focus() {
                focus_ring(ui.painter(), &theme, rect, 2);
            }
            let texts = model.text().changes;
            let spoken = if phase.changes > 0 {
                texts.phase_changed(name, phase.changes)
            } else {
                texts.phase_unchanged(name)
            };
            response.widget_info(|| WidgetInfo::labeled(egui::Role::Button, true, &spoken));
            if response.clicked()
                && let Some(change) = phase.section.and_then(|section| first_change(run, section))
            {
                out.push(Command::RevealChange(change));
            }
        }
    });
}

/// The first change of a section.
fn first_change(run: &RunView, section: usize) -> Option<usize> {
    run.changes.items().iter().position(|item| usize::from(item.section) == section)
}
