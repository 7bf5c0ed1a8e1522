//! The formats in which what is open can be written, to choose from.

use egui::{Frame, Id, Margin, ScrollArea, Ui};

use super::modal;
use crate::gui::{
    apply::EXPORTS,
    commands::Command,
    model::{Model, Overlay},
    panels::empty::just_opened,
    theme::{Tone, space},
    widgets::{Button, command_button, prose, reveal_focus, title},
};
use crate::view::sentences::convert;

const WIDTH: f32 = 460.0;

pub fn show(ui: &Ui, model: &Model, out: &mut Vec<Command>) {
    let text = model.text();
    let id = Id::unique("export");
    let fresh = just_opened(ui, id.with("open"));
    modal(ui, id, text.convert.export_title(), WIDTH, out, |ui, height, out| {
        Frame::new().inner_margin(Margin::same(space::L as i8)).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = space::S;
            title(ui, text.convert.export_title());
            prose(ui, text.convert.export_hint(), Tone::Muted);
            ui.add_space(space::XS);
            ScrollArea::vertical().max_height(height - 178.0).show(ui, |ui| {
                // Room for the focus ring, which the area would cut off.
                Frame::new().inner_margin(Margin::same(space::XS as i8)).show(ui, |ui| {
                    for (place, format) in EXPORTS.into_iter().enumerate() {
                        let name = convert::format(text.language, format);
                        let button = Button::new(format!("{name}  {}", format.extension())).show(ui);
                        if fresh && place == 0 {
                            button.request_focus();
                        }
                        if button.clicked() {
                            out.push(Command::ExportAs(format));
                        }
                    }
                });
                reveal_focus(ui, "export");
            });
            // For people, not for another tool.
            ui.add_space(space::XS);
            ui.horizontal(|ui| {
                ui.spacing_mut().item_spacing.x = space::S;
                ui.add_space(space::XS);
                for command in [Command::ShareFile, Command::SaveReport] {
                    if let Some(command) = command_button(ui, &command, false, None) {
                        out.extend([Command::SetOverlay(Overlay::None), command]);
                    }
                }
            });
        });
    });
}
