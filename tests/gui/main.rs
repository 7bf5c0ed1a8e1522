//! The interface, without a GPU or a display: its parts through the accessibility tree, and pictures of them.
//!
//! Pictures are written to `target/gui-pictures/` when `FILTERLAB_PICTURES` is set; nothing is compared with a stored one.

mod answers;
mod bodies;
mod clipping;
mod comparing;
mod components;
mod composing;
mod connections;
mod converting;
mod copying;
mod editing;
mod files;
mod filters;
mod findings;
mod folder;
mod frames;
mod guide;
mod hostile;
mod keeping;
mod large;
mod looks;
mod palette;
mod panels;
mod pictures;
mod preflight;
mod presenting;
mod report_colours;
mod requests;
mod restoring;
mod results;
mod running;
mod sharing;
mod soft_renderer;
mod state;
mod statements;
mod stream;
mod support;
mod tabs;
mod timeline;
mod traps;
mod typing;
mod undoing;
mod watching;
mod widgets;
mod window;
