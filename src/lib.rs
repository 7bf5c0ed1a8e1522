//! Filterlab: a playground for Proxy-Wasm HTTP filters.

pub mod abi;
mod files;
pub mod host;
pub mod http;
pub mod run;
pub mod scenario;
pub mod stream;
pub mod trace;
pub mod view;
