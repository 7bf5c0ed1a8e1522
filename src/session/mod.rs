//! What a window has open, kept so that the next one finds it: also after a crash, or when the power went.
//!
//! Each window has a **folder** of its own below one root, and holds a lock on it as long as it lives; the system lets go of
//! the lock when a process ends in whatever way. A window that starts takes a folder that nobody holds, and what other
//! windows left behind comes along; two windows at once never write to the same files.
//!
//! In the folder lies one file for each document and an index that says which are open and in what order. Each is written
//! beside its place, flushed, and renamed; so it is whole at any time. Large bodies lie beside them and are written once. A file that cannot be read is put aside under another
//! name and costs only itself. Files that this program did not write (of a newer one) stay where they are.
//!
//! One thread does all of it. It is handed states of the window and writes what is new in the last of them.

mod folder;
mod kept;
mod large;
mod thread;

pub use folder::{Problem, Restored, root_of_user};
pub use kept::{DocumentId, FileNow, Index, Kept, KeptModule, Origin, Saved, VERSION, Version};
pub use thread::{News, Session, State};
