//! Differences between two texts, found with a bounded amount of work and kept small.
//!
//! [`Lines`] cuts bytes into lines without copying them; [`align`] finds which lines of two sides belong together;
//! [`BodyDiff`] joins both to rows whose text is made on demand; [`marks`] finds the words that differ in two lines.
//! [`form`] and [`multipart`] know how the fields and parts of forms are told apart.

mod align;
mod body;
pub mod form;
mod headers;
mod lines;
pub mod multipart;
mod order;
mod pairs;
mod visible;
mod words;

pub use align::{Budget, RowKind, Run, align};
pub use body::{BodyDiff, BodyRow, Detail, LineCell, RowPlace, is_binary};
pub use headers::{HeaderPair, Neighbour, align_headers};
pub use lines::{Layout, Lines};
pub use visible::{Visible, visible};
pub use words::{Marks, marks};

/// Longest part of one line that is shown, in bytes.
pub const SHOWN: usize = 4096;
