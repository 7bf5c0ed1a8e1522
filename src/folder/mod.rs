//! A folder of scenarios: what is in it, what its files are called, and what became of running them.
//!
//! Nothing here knows of a window, and nothing reads a disk behind anybody's back: listing and running are functions that a
//! thread calls.

mod check;
mod files;
mod rounds;
mod tree;

pub use check::{Checked, Mark, Trouble, check};
pub use files::{Deleted, create, delete, duplicate, rename, restore};
pub use rounds::{Change, MOST_HELD, Round, Rounds, Standing};
pub use tree::{Entry, Listing, MOST_FILES, SUFFIX, list};
