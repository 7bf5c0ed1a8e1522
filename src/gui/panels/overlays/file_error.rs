//! Why a file could not be opened or made, over what is still open.

use std::borrow::Cow;

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

/// `next`: what its main button does.
pub fn show(ui: &Ui, model: &Model, card: &ErrorCard, next: Option<&Command>, out: &mut Vec<Command>) {
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
                if let Some(next) = next {
                    let words: Cow<'_, str> = match next {
                        Command::OpenDialog => text.errors.choose_another().into(),
                        Command::ExportAs(_) => text.errors.choose_place().into(),
                        other => text.command(other),
                    };
                    let main = Button::new(words).main().show(ui);
                    if fresh {
                        main.request_focus();
                    }
                    if main.clicked() {
                        out.extend([Command::Dismiss, next.clone()]);
                    }
                }
                if Button::new(text.errors.copy_details()).show(ui).clicked() {
                    ui.ctx().copy_text(error_card::plain(card, ""));
                }
                let close = Button::new(text.frame.close()).key("Esc").show(ui);
                if fresh && next.is_none() {
                    close.request_focus();
                }
                if close.clicked() {
                    out.push(Command::Dismiss);
                }
            });
        });
    });
}
