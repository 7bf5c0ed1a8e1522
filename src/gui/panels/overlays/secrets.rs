//! The question before an audience sees secrets.

use egui::{Frame, Id, Margin, Ui};

use super::modal;
use crate::gui::{
    commands::Command,
    model::Model,
    panels::empty::just_opened,
    theme::{Tone, space},
    widgets::{Button, prose, title},
};

const WIDTH: f32 = 460.0;

pub fn show(ui: &Ui, model: &Model, out: &mut Vec<Command>) {
    let texts = model.text().overlays;
    let id = Id::unique("show secrets");
    let fresh = just_opened(ui, id.with("open"));
    modal(ui, id, texts.secrets_title(), WIDTH, out, |ui, _, out| {
        Frame::new().inner_margin(Margin::same(space::L as i8)).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = space::S;
            title(ui, texts.secrets_title());
            prose(ui, texts.secrets_why(), Tone::Muted);
            ui.add_space(space::XS);
            ui.horizontal(|ui| {
                ui.spacing_mut().item_spacing.x = space::S;
                // Enter pressed in haste shows nothing.
                let keep = Button::new(texts.secrets_keep()).main().key("Esc").show(ui);
                if fresh {
                    keep.request_focus();
                }
                if keep.clicked() {
                    out.push(Command::Dismiss);
                }
                if Button::new(texts.secrets_show()).show(ui).clicked() {
                    out.push(Command::ShowSecrets);
                }
            });
        });
    });
}
