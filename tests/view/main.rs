//! What the views say about real runs of the sample filters, and about odd traces made by hand.

mod changes;
mod chunks;
mod moments;
mod odd;
mod runs;
mod state;
mod stories;
mod streams;
mod support;
