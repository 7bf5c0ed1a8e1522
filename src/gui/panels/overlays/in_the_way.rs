//! The question what is to become of a file that is not to be overwritten in silence.

use std::borrow::Cow;
use std::path::Path;

use egui::{Frame, Id, Margin, Ui};

use super::modal;
use crate::gui::{
    commands::Command,
    model::{Model, Writes},
    panels::empty::just_opened,
    sharing::Share,
    theme::{Tone, space},
    widgets::{Button, prose, title},
};

const WIDTH: f32 = 620.0;

/// `writes`: what was to be written to it.
pub fn show(ui: &Ui, model: &Model, path: &Path, writes: Writes, out: &mut Vec<Command>) {
    let texts = model.text().saving;
    let id = Id::unique("in the way");
    let is_own = writes == Writes::OwnFile;
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
                let (words, elsewhere) = match writes {
                    Writes::OwnFile | Writes::Scenario => {
                        (model.text().command(&Command::SaveAs), Command::SaveAs)
                    }
                    Writes::Export(format) => (another(model), Command::ExportAs(format)),
                    Writes::Share(Share::File) => (another(model), Command::ShareFile),
                    Writes::Share(Share::MaskedFile) => (another(model), Command::ShareMaskedFile),
                    Writes::Share(Share::Report) => (another(model), Command::SaveReport),
                    Writes::Module(place) => (another(model), Command::TakeModuleOut(place)),
                };
                if Button::new(words).show(ui).clicked() {
                    out.push(Command::Dismiss);
                    out.push(elsewhere);
                }
                if Button::new(texts.overwrite()).show(ui).clicked() {
                    out.push(Command::Overwrite);
                }
            });
        });
    });
}

fn another(model: &Model) -> Cow<'static, str> {
    model.text().errors.choose_another().into()
}
