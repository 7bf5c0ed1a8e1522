//! The templates, to choose from.

use egui::{Align2, Frame, Id, Margin, Rect, Ui, UiBuilder, Vec2};

use super::modal;
use crate::gui::{
    commands::Command,
    model::{Model, Overlay},
    panels::empty::just_opened,
    theme::{self, Tone, space},
    widgets::{Row, VirtualList, elided, galley, prose, text_at},
};
use crate::templates;
use crate::view::Language;

const WIDTH: f32 = 640.0;
const ROW: f32 = 30.0;

pub fn show(ui: &Ui, model: &Model, marked: usize, out: &mut Vec<Command>) {
    let text = model.text();
    let id = Id::unique("templates");
    let list_id = id.with("list");
    let fresh = just_opened(ui, id.with("open"));
    let all = templates::all();
    modal(ui, id, text.templates.title(), WIDTH, out, |ui, height, out| {
        let theme = theme::of(ui.ctx());
        Frame::new().inner_margin(Margin::same(space::L as i8)).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = space::S;
            let words = galley(ui.painter(), text.templates.title(), theme.title(), theme.colors.text);
            let (rect, _) = ui.allocate_exact_size(words.size(), egui::Sense::hover());
            ui.painter().galley(rect.min, words, theme.colors.text);
            prose(ui, text.templates.hint(), Tone::Muted);
            let room = (all.len() as f32 * ROW).min(height - 120.0).max(ROW);
            let (rect, _) =
                ui.allocate_exact_size(Vec2::new(ui.available_width(), room), egui::Sense::hover());
            let mut child = ui.new_child(UiBuilder::new().max_rect(rect));
            let output = VirtualList::new(list_id, text.templates.title(), all.len())
                .row_height(ROW)
                .selected(Some(marked.min(all.len().saturating_sub(1))))
                .show(&mut child, |row| spoken(text.language, row), |row| paint(text.language, row));
            if let Some(row) = output.selected {
                out.push(Command::SetOverlay(Overlay::Templates(row)));
            }
            if let Some(row) = output.activated.or(output.clicked.map(|(row, _)| row)) {
                out.push(Command::UseTemplate(row));
            }
        });
        if fresh {
            ui.memory_mut(|memory| memory.request_focus(list_id));
        }
    });
}

fn spoken(language: Language, row: usize) -> String {
    let Some(template) = templates::all().get(row) else { return String::new() };
    format!("{}: {}", template.name(language), template.note(language))
}

fn paint(language: Language, row: &Row<'_>) {
    let Some(template) = templates::all().get(row.index) else { return };
    let (theme, painter, middle) = (row.theme, row.painter, row.rect.center().y);
    let inner: Rect = row.rect.shrink2(Vec2::new(space::S, 0.0));
    let name = elided(painter, template.name(language), theme.body(), theme.colors.text, inner.width() * 0.5);
    let left = text_at(painter, egui::pos2(inner.left(), middle), Align2::LEFT_CENTER, name).right();
    let room = (inner.right() - left - space::M).max(0.0);
    let note = elided(painter, template.note(language), theme.small(), theme.colors.muted, room);
    text_at(painter, egui::pos2(inner.right(), middle), Align2::RIGHT_CENTER, note);
}
