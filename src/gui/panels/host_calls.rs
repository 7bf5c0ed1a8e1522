//! .

use egui::{Id, Ui};

use crate::gui::{commands::Command, model::Model};

pub fn filter_id() -> Id {
    Id::unique("host_calls filter")
}

pub fn show(_ui: &mut Ui, _model: &Model, _out: &mut Vec<Command>) {}
