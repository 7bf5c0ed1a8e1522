//! Why a file could not be opened, over what is still open.

use egui::{Frame, Id, Margin, Ui};

use super::modal;
use crate::gui::{
    commands::Command,
    model::Model,
    panels::{center::error_card, empty::just_opened},
    theme::{Tone, space},
    widgets::Button,
};
use crate::view::sentences::ErrorCard;

const WIDTH: f32 = 620.0;

pub fn show(ui: &Ui, model: &Model, card: &ErrorCard, out: &mut Vec<Command>) {
    let text = model.text();
    let id = Id::unique("file error");
    let fresh = just_opened(ui, id.with("open"));
    modal(ui, id, card.title.as_str(), WIDTH, out, |ui, _, out| {
        Frame::new().inner_margin(Margin::same(space::L as i8)).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = space::XS;
            error_card::explain(ui, text, card, Tone::Error);
            ui.add_space(space::M);
            ui.horizontal(|ui| {
                ui.spacing_mut().item_spacing.x = space::S;
                let another = Button::new(text.errors.choose_another()).main().show(ui);
                if fresh {
                    another.request_focus();
                }
                if another.clicked() {
                    out.extend([Command::Dismiss, Command::OpenDialog]);
                }
                if Button::new(text.errors.copy_details()).show(ui).clicked() {
                    ui.ctx().copy_text(error_card::plain(card, ""));
                }
                if Button::new(text.frame.close()).key("Esc").show(ui).clicked() {
                    out.push(Command::Dismiss);
                }
            });
        });
    });
}
