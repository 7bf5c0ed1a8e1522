//! What the views say about real runs of the sample filters.

mod changes;
mod runs;
mod support;
