use egui::Ui;
use crate::gui::{commands::Command, model::Model};
pub fn show(_ui: &mut Ui, _model: &Model, _out: &mut Vec<Command>) {}
