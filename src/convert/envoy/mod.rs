//! The bootstrap of Envoy, in YAML or JSON.

mod any;
mod plugin;
mod read;
mod upstream;
mod write;
mod write_upstream;

pub(super) use plugin::{Modules, Reader, policy_name, remote_module, sha256, url, wasm};
pub(super) use read::{Extensions, read};
pub(super) use write::{without_counterpart, write};

/// The name of the filter that runs modules.
pub(super) const WASM_FILTER: &str = "envoy.filters.http.wasm";
pub(super) const HTTP_WASM: &str = "type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm";

/// What numbers in a `Struct` are. Envoy reads YAML into one first: only whole numbers of 32 bits are numbers then, all
/// others the text that they are (recorded case 07-068). JSON it reads as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Numbers {
    Small,
    All,
}

impl Numbers {
    /// Envoy goes by the name of the file.
    pub fn in_file(name: &str) -> Self {
        if name.to_ascii_lowercase().ends_with(".json") { Self::All } else { Self::Small }
    }
}
