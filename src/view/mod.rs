//! What to show of a trace, in words and semantic roles, never in pixels.

pub mod call;
pub mod call_line;
