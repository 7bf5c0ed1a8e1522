//! Filterlab: a playground for Proxy-Wasm HTTP filters.

pub mod abi;
pub mod cli;
pub mod convert;
mod files;
pub mod folder;
#[cfg(feature = "gui")]
pub mod gui;
pub mod host;
pub mod http;
pub mod run;
pub mod samples;
pub mod scenario;
pub mod session;
pub mod stream;
pub mod templates;
pub mod trace;
pub mod view;
pub mod watch;
