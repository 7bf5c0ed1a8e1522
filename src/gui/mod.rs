//! The window. The only module that names egui.
//!
//! `theme` holds the look, `text` every visible string in both languages, `commands` the one table that menu, palette, keys
//! and tooltips come from, `widgets` the controls painted from the tokens. `model` is all state, `panels` read it and
//! return commands, `apply` is the only writer, `shell` puts a frame together and `app` gives it a window.

pub mod app;
pub mod apply;
mod clock;
pub mod commands;
pub mod comparing;
pub mod converting;
mod copying;
pub mod dialogs;
mod document;
pub mod editing;
mod expecting;
pub mod folder;
pub mod history;
pub mod keeping;
pub mod looking;
pub mod model;
pub mod panels;
mod pictures;
pub mod presenting;
pub mod reading;
mod resize;
pub mod runs;
pub mod saving;
pub mod settings;
pub mod sharing;
pub mod shell;
mod tabs;
pub mod text;
pub mod theme;
mod threads;
pub mod watching;
pub mod widgets;
