//! The window. The only module that names egui.
//!
//! `theme` holds the look, `text` every visible string in both languages, `commands` the one table that menu, palette, keys
//! and tooltips come from, `widgets` the controls painted from the tokens. Nothing here knows how a filter is run.

pub mod commands;
pub mod text;
pub mod theme;
pub mod widgets;
