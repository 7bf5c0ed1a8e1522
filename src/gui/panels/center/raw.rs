//! The messages as HTTP text: what the upstream got, and what the client got.

use egui::{Id, Ui};

use crate::gui::model::Region;
use crate::gui::panels::enter;
use crate::gui::runs::RunView;
use crate::gui::text;
use crate::gui::widgets::TextViewer;

pub fn show(ui: &mut Ui, run: &RunView) {
    let name = text::of(ui.ctx()).changes.raw();
    let shown = TextViewer::new(Id::unique("raw messages"), name, &run.raw.0, &run.raw.1).show(ui);
    enter(&shown.response, Region::Center);
}
