//! The window. The only module that names egui.

pub mod theme;
