//! What lies over the window: palette, shortcut sheet, samples, a path to type, why a file could not be opened, and what a drop
//! would do.
//!
//! Each but the last keeps the keyboard to itself while it is open; whoever had it before gets it back.

mod drop;
mod export;
mod file_error;
mod fuzzy;
mod in_the_way;
mod left_out;
mod palette;
mod palette_items;
mod path;
mod pinyin;
mod samples;
mod secrets;
mod sheet;
mod templates;

use egui::{Align2, Frame, Id, Modal, Ui, Vec2, accesskit::Role};

pub use drop::{DropWords, drop_words};

use crate::gui::{
    commands::Command,
    model::{Model, Overlay},
    theme::{self, tokens},
};

/// Distance of an overlay from the window's top.
const TOP: f32 = 96.0;
/// Least distance from the window's other sides.
const MARGIN: f32 = 16.0;

pub fn show(ui: &mut Ui, model: &Model, out: &mut Vec<Command>) {
    match &model.overlay {
        Overlay::None => {}
        Overlay::Palette { query, selected } => palette::show(ui, model, query, *selected, out),
        Overlay::ShortcutSheet { query } => sheet::show(ui, model, query, out),
        Overlay::TypedPath { path, purpose, problem } => {
            path::show(ui, model, path, *purpose, problem.as_deref(), out);
        }
        Overlay::Samples => samples::show(ui, model, out),
        Overlay::Export => export::show(ui, model, out),
        Overlay::LeftOut { lines, widest, selected } => {
            left_out::show(ui, model, lines, (*widest, *selected), out);
        }
        Overlay::Templates(marked) => templates::show(ui, model, *marked, out),
        Overlay::ShowSecrets => secrets::show(ui, model, out),
        Overlay::InTheWay { path, writes } => in_the_way::show(ui, model, path, *writes, out),
        Overlay::FileError(card) => file_error::show(ui, model, card, Some(&Command::OpenDialog), out),
        Overlay::NotDone(card, next) => file_error::show(ui, model, card, next.as_deref(), out),
    }
    drop::show(ui, model);
}

/// A box over the scrim. `contents` gets the height that the window has for it. A click beside it closes it.
fn modal(
    ui: &Ui,
    id: Id,
    name: &str,
    width: f32,
    out: &mut Vec<Command>,
    contents: impl FnOnce(&mut Ui, f32, &mut Vec<Command>),
) {
    let theme = theme::of(ui.ctx());
    let window = ui.ctx().content_rect();
    let top = TOP.min(window.height() * 0.12).round();
    let width = width.min(window.width() - 2.0 * MARGIN);
    let height = window.height() - top - MARGIN;
    let area = Modal::default_area(id)
        .anchor(Align2::CENTER_TOP, Vec2::new(0.0, top))
        .role(Role::Dialog)
        .accessible_name(name)
        .fade_in(false);
    let frame = Frame::new().fill(theme.colors.panel).stroke(theme.edge()).corner_radius(theme.card_radius());
    let shown =
        Modal::new(id).area(area).backdrop_color(theme.colors.scrim).frame(frame).show(ui.ctx(), |ui| {
            ui.set_width(width - 2.0 * tokens::LINE);
            ui.set_max_height(height);
            ui.spacing_mut().item_spacing = Vec2::ZERO;
            contents(ui, height, out);
        });
    if shown.backdrop_response.clicked() {
        out.push(Command::Dismiss);
    }
}
