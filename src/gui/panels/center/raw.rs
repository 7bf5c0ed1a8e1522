//! The messages as HTTP text: what the upstream got, and what the client got.

use egui::{Id, Ui};

use crate::gui::model::{Model, Region};
use crate::gui::panels::enter;
use crate::gui::runs::RunView;
use crate::gui::text;
use crate::gui::widgets::TextViewer;
use crate::view::secrets;

pub fn show(ui: &mut Ui, model: &Model, run: &RunView) {
    let name = text::of(ui.ctx()).changes.raw();
    let hides: Option<fn(&str, &str) -> _> =
        if model.hides_secrets() { Some(secrets::mask_row) } else { None };
    let (messages, lines) = run.raw();
    let viewer = TextViewer::new(Id::unique("raw messages"), name, messages, lines).hiding(hides);
    let shown = viewer.show(ui);
    enter(&shown.response, Region::Center);
}
