//! The interface, without a GPU or a display: its parts through the accessibility tree, and pictures of them.
//!
//! Pictures are written to `target/gui-pictures/` when `FILTERLAB_PICTURES` is set; nothing is compared with a stored one.

mod components;
mod composing;
mod connections;
mod files;
mod filters;
mod findings;
mod guide;
mod keeping;
mod looks;
mod palette;
mod panels;
mod pictures;
mod preflight;
mod requests;
mod results;
mod running;
mod soft_renderer;
mod statements;
mod support;
mod widgets;
mod window;
