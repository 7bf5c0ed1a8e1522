//! The bootstrap of Envoy, in YAML or JSON.

mod any;
mod plugin;
mod read;
mod upstream;
mod write;
mod write_upstream;

pub(super) use plugin::{Modules, Plugin, Reader, URL, policy_name, remote_module, sha256, url, wasm};
pub(super) use read::{Extensions, read};
pub(super) use write::{without_counterpart, write};

/// The name of the filter that runs modules.
pub(super) const WASM_FILTER: &str = "envoy.filters.http.wasm";
pub(super) const HTTP_WASM: &str = "type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm";
