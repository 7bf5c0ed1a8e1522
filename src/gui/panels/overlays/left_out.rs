//! What an import or an export could not carry over, with the place of each.

use std::sync::Arc;

use egui::{Align2, Frame, Id, Margin, Pos2, Ui, Vec2};

use super::modal;
use crate::gui::{
    commands::Command,
    model::{Model, Overlay},
    panels::empty::just_opened,
    theme::{self, Tone, space},
    widgets::{Button, VirtualList, galley, prose, text_at, title},
};
use crate::view::Text;

const WIDTH: f32 = 720.0;

pub fn show(
    ui: &Ui,
    model: &Model,
    lines: &Arc<[Text]>,
    (widest, selected): (usize, usize),
    out: &mut Vec<Command>,
) {
    let texts = model.text().convert;
    let id = Id::unique("left out");
    let fresh = just_opened(ui, id.with("open"));
    modal(ui, id, texts.left_out_title(), WIDTH, out, |ui, height, out| {
        Frame::new().inner_margin(Margin::same(space::L as i8)).show(ui, |ui| {
            let theme = theme::of(ui.ctx());
            ui.spacing_mut().item_spacing.y = space::S;
            title(ui, texts.left_out_title());
            prose(ui, texts.left_out_hint(), Tone::Muted);
            let rows = lines.len() as f32 * theme.sizes.row;
            let size = Vec2::new(ui.available_width(), rows.min(height - 150.0));
            let area = egui::Rect::from_min_size(ui.cursor().min, size);
            ui.scope_builder(egui::UiBuilder::new().max_rect(area), |ui| {
                let list = id.with("list");
                let shown = VirtualList::new(list, texts.left_out_title(), lines.len())
                    .selected(Some(selected))
                    .content_width(widest as f32 * theme.sizes.row * 0.4)
                    .show(
                        ui,
                        |row| lines[row].as_str().to_owned(),
                        |row| {
                            let text = lines[row.index].as_str().to_owned();
                            let galley = galley(row.painter, text, row.theme.body(), row.theme.colors.text);
                            let left = Pos2::new(row.rect.left() + space::S, row.rect.center().y);
                            text_at(row.painter, left, Align2::LEFT_CENTER, galley);
                        },
                    );
                if let Some(row) = shown.selected {
                    out.push(Command::SetOverlay(Overlay::LeftOut {
                        lines: lines.clone(),
                        widest,
                        selected: row,
                    }));
                }
                if fresh {
                    ui.memory_mut(|memory| memory.request_focus(list));
                }
            });
            ui.add_space(space::XS);
            ui.horizontal(|ui| {
                ui.spacing_mut().item_spacing.x = space::S;
                if Button::new(texts.copy_all()).show(ui).clicked() {
                    let all: Vec<&str> = lines.iter().map(Text::as_str).collect();
                    ui.ctx().copy_text(all.join("\n"));
                }
                if Button::new(model.text().frame.close()).key("Esc").show(ui).clicked() {
                    out.push(Command::Dismiss);
                }
            });
        });
    });
}
