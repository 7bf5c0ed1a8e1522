//! The parts of the window. Each reads the model and pushes commands; none changes anything.

pub mod center;
pub mod empty;
pub mod host_calls;
pub mod left;
pub mod logs;
pub mod notices;
pub mod overlays;
pub mod status_bar;
pub mod timeline;
pub mod top_bar;

/// A run that takes longer than this shows a spinner, in seconds.
pub const SPINNER_AFTER: f64 = 0.2;
