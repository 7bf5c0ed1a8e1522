//! A path to type, where the system shows no file dialog.

use egui::{Frame, Id, Margin, Ui};

use super::modal;
use crate::convert::Format;
use crate::gui::{
    commands::Command,
    model::{Model, Overlay, PathFor},
    panels::empty::just_opened,
    theme::{self, Tone, space},
    widgets::{Button, TextField, galley, label, prose},
};

const WIDTH: f32 = 560.0;

pub fn show(
    ui: &Ui,
    model: &Model,
    path: &str,
    purpose: PathFor,
    problem: Option<&str>,
    out: &mut Vec<Command>,
) {
    let text = model.text();
    let texts = text.overlays;
    let (title, name, verb) = match purpose {
        PathFor::Open => (texts.path_title(), texts.path_label(), texts.path_open()),
        PathFor::Export(Format::Oci) => {
            (text.convert.path_title(), text.convert.path_folder(), texts.path_save())
        }
        PathFor::Export(_) => (text.convert.path_title(), texts.path_export_label(), texts.path_save()),
        PathFor::Share(_) => (texts.path_share_title(), texts.path_share_label(), texts.path_save()),
        PathFor::Save => (texts.path_save_title(), texts.path_save_label(), texts.path_save()),
        PathFor::AddFilter | PathFor::ReplaceModule(_) => {
            (texts.path_module_title(), texts.path_module_label(), texts.path_use())
        }
        PathFor::TakeModuleOut(_) => (texts.path_save_title(), texts.path_module_label(), texts.path_save()),
        PathFor::Body(_) => (texts.path_body_title(), texts.path_body_label(), texts.path_use()),
    };
    let id = Id::unique("typed path");
    let field = id.with("field");
    let fresh = just_opened(ui, id.with("open"));
    modal(ui, id, title, WIDTH, out, |ui, _, out| {
        let theme = theme::of(ui.ctx());
        Frame::new().inner_margin(Margin::same(space::L as i8)).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = space::S;
            let words = galley(ui.painter(), title, theme.title(), theme.colors.text);
            let (rect, _) = ui.allocate_exact_size(words.size(), egui::Sense::hover());
            ui.painter().galley(rect.min, words, theme.colors.text);
            // What is not there yet cannot be dropped.
            let writes = matches!(
                purpose,
                PathFor::Export(_) | PathFor::Share(_) | PathFor::Save | PathFor::TakeModuleOut(_)
            );
            let why = if writes { texts.path_why_to_write() } else { texts.path_why() };
            prose(ui, why, Tone::Muted);
            ui.add_space(space::XS);
            label(ui, name, Tone::Text);
            // Before the field sees it: Enter uses the path and must not only leave the field.
            let typing = ui.memory(|memory| memory.has_focus(field));
            let enter =
                typing && ui.input_mut(|input| input.consume_key(egui::Modifiers::NONE, egui::Key::Enter));
            let mut typed = path.to_owned();
            let edit = TextField::new(&mut typed, name).id(field).hint(texts.path_hint()).error(problem);
            if edit.show(ui).changed() {
                out.push(Command::SetOverlay(Overlay::TypedPath { path: typed, purpose, problem: None }));
            }
            if let Some(problem) = problem {
                prose(ui, problem, Tone::Error);
            }
            ui.add_space(space::XS);
            ui.horizontal(|ui| {
                ui.spacing_mut().item_spacing.x = space::S;
                if Button::new(verb).main().key("Enter").show(ui).clicked() || enter {
                    out.push(Command::UseTypedPath);
                }
                if Button::new(text.frame.cancel()).key("Esc").show(ui).clicked() {
                    out.push(Command::Dismiss);
                }
            });
        });
        if fresh {
            ui.memory_mut(|memory| memory.request_focus(field));
        }
    });
}
