//! The question what is to become of a file that is not to be overwritten in silence.

use std::path::Path;

use egui::{Frame, Id, Margin, Ui};

use super::modal;
use crate::gui::{
    commands::Command,
    model::Model,
    panels::empty::just_opened,
    theme::{Tone, space},
    widgets::{Button, prose, title},
};

const WIDTH: f32 = 620.0;

/// `is_own`: it is the scenario's own file, which somebody else wrote to; else one that is there already.
pub fn show(ui: &Ui, model: &Model, path: &Path, is_own: bool, out: &mut Vec<Command>) {
    let texts = model.text().saving;
    let id = Id::unique("in the way");
    let fresh = just_opened(ui, id.with("open"));
    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
    let head = if is_own { texts.changed_title(&name) } else { texts.exists_title(&name) };
    let why = if is_own { texts.changed_why() } else { texts.exists_why() };
    modal(ui, id, &head, WIDTH, out, |ui, _, out| {
        Frame::new().inner_margin(Margin::same(space::L as i8)).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = space::S;
            title(ui, &head);
            prose(ui, why, Tone::Muted);
            prose(ui, &path.display().to_string(), Tone::Muted);
            ui.add_space(space::XS);
            ui.horizontal_wrapped(|ui| {
                ui.spacing_mut().item_spacing.x = space::S;
                // Enter pressed in haste overwrites nothing.
                let keep = Button::new(texts.leave_it()).main().key("Esc").show(ui);
                if fresh {
                    keep.request_focus();
                }
                if keep.clicked() {
                    out.push(Command::Dismiss);
                }
                if is_own && Button::new(texts.take_theirs()).show(ui).clicked() {
                    out.push(Command::Dismiss);
                    out.push(Command::TakeFile);
                }
                if Button::new(model.text().command(&Command::SaveAs)).show(ui).clicked() {
                    out.push(Command::Dismiss);
                    out.push(Command::SaveAs);
                }
                if Button::new(texts.overwrite()).show(ui).clicked() {
                    out.push(Command::Overwrite);
                }
            });
        });
    });
}
