//! The samples, to choose from while something else is open.

use egui::{Frame, Id, Margin, ScrollArea, Ui};

use super::modal;
use crate::gui::{
    commands::Command,
    model::Model,
    panels::empty,
    theme::space,
    widgets::{SectionHead, reveal_focus},
};

const WIDTH: f32 = 920.0;

pub fn show(ui: &Ui, model: &Model, out: &mut Vec<Command>) {
    let text = model.text();
    let id = Id::unique("samples");
    let first = id.with("card");
    let fresh = empty::just_opened(ui, id.with("open"));
    modal(ui, id, text.overlays.samples_title(), WIDTH, out, |ui, height, out| {
        Frame::new().inner_margin(Margin::same(space::L as i8)).show(ui, |ui| {
            let texts = text.empty;
            SectionHead::new(text.overlays.samples_title()).summary(texts.samples_hint()).show(ui);
            ui.add_space(space::S);
            let list = ScrollArea::vertical().max_height(height - 80.0);
            // Room for the focus ring of the outermost cards, which the area would cut off.
            list.show(ui, |ui| {
                Frame::new().inner_margin(Margin::same(space::XS as i8)).show(ui, |ui| {
                    empty::cards(ui, text, first, out);
                });
                reveal_focus(ui, "samples");
            });
        });
        if fresh {
            ui.memory_mut(|memory| memory.request_focus(first));
        }
    });
}
