//! What to show of a run: pure functions from a [`crate::trace::Trace`] and a [`crate::scenario::Scenario`] to words
//! and semantic roles.
//!
//! The window, the command line and the reports all print these models; none of them knows pixels, colours or
//! widgets. A model is computed once, when a run, a language or a filter text changes. What may be large (bodies,
//! event lists) is kept as compact indices; the text of a row is made when somebody looks at it.
//!
//! Sentences exist in all languages of [`Language`]; names of callbacks, host calls and headers are never translated.

pub mod body;
pub mod call;
pub mod call_line;
pub mod changes;
pub mod compare;
pub mod detail;
pub mod diff;
pub mod expectations;
pub mod expecting;
pub mod findings;
pub mod guide;
pub mod host_calls;
mod language;
pub mod logs;
pub mod markdown;
pub mod masking;
pub mod mocks;
pub mod moment;
pub mod phases;
pub mod preflight;
pub mod report;
pub mod request;
pub mod secrets;
pub mod sentences;
pub mod state;
pub mod story;
pub mod stream;
pub mod summary;
mod text;
pub mod timeline;
pub mod units;

pub use language::Language;
pub use text::{Text, code};
