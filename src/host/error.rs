//! Why a module cannot be used, each with what Envoy would say.

use std::fmt;

use crate::abi::{AbiVersion, HostCall};
use crate::trace::Trap;

/// A wasm function type, written as V8 writes it: `i32 i32 -> i32`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    pub params: Vec<&'static str>,
    pub results: Vec<&'static str>,
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let list = |types: &[&'static str]| match types {
            [] => "void".to_owned(),
            types => types.join(" "),
        };
        write!(f, "{} -> {}", list(&self.params), list(&self.results))
    }
}

/// Why a file is not a filter that can run. Texts are complete sentences that name the place;
/// what to do next is added where they are shown.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LoadError {
    #[error("cannot read {path}: {reason}")]
    Unreadable { path: String, reason: String },
    #[error("{path} is {size} bytes; a filter may have at most {limit}")]
    TooLarge { path: String, size: u64, limit: u64 },
    /// SHA-256 in hexadecimal.
    #[error("this is another module than the scenario names: its SHA-256 is {found}, not {expected}")]
    OtherModule { expected: String, found: String },
    /// The scenario names the module by its hash alone, and nobody has one of that hash.
    #[error("there is no module with the SHA-256 {sha256} beside the scenario or among the samples")]
    NotFound { sha256: String },
    #[error("the file is empty")]
    Empty,
    /// `corrupt`: whether it is so long that Envoy finds no header in it.
    #[error("this is not a WebAssembly file: it begins with {found}, a module with 00 61 73 6d")]
    NotWasm { found: String, corrupt: bool },
    /// `corrupt`: whether Envoy, which takes it for a module, cannot walk its sections.
    #[error("this is a WebAssembly component; Proxy-Wasm hosts take core modules only")]
    Component { corrupt: bool },
    #[error("the module is cut off: it has {size} bytes, and its header alone has 8")]
    HeaderCut { size: usize },
    /// Envoy itself cannot walk its sections, its exports or its names of functions.
    #[error("the module is cut off or damaged at byte {offset}: {reason}")]
    Corrupt { offset: usize, reason: String },
    /// V8 refuses what is in its sections.
    #[error("the module is not valid, at byte {offset}: {reason}")]
    Invalid { offset: usize, reason: String },
    #[error("the module exports no ABI version that Envoy knows{}", found.as_ref().map(|found| format!(" (it exports {found})")).unwrap_or_default())]
    NoAbiVersion { found: Option<String>, exports_start: bool },
    #[error("the host has no function {module}.{name}, which the module imports")]
    MissingImport { module: String, name: String, kind: &'static str },
    #[error("{module}.{} exists in other ABI versions, but not in {}", call.name(), version.number())]
    ImportOfOtherVersion { module: String, call: HostCall, version: AbiVersion },
    #[error("the module imports {module}.{name} as {want}, but the host has {have}")]
    ImportType { module: String, name: String, want: Box<Signature>, have: Box<Signature> },
    #[error("the module imports {module}.{name} with {pages} pages; Envoy gives at most {MAX_PAGES}")]
    ImportedMemory { module: String, name: String, pages: u64 },
    #[error("{name} must be {want}, but the module exports {found}")]
    CallbackType { name: String, want: Box<Signature>, found: Box<Signature> },
    #[error(
        "the module exports neither malloc nor proxy_on_memory_allocate, so the host cannot hand it any data"
    )]
    NoAllocator,
    /// Envoy might take it; this engine does not.
    #[error("the module cannot be compiled: {reason}")]
    Compile { reason: String },
    #[error("the module cannot be instantiated: {reason}")]
    Instantiate { reason: String, trap: Option<Box<Trap>> },
    #[error("{} failed: {}", .0.callback.name(), .0.message)]
    StartTrapped(Trap),
    #[error("proxy_on_vm_start answered false: the filter refuses its VM configuration")]
    VmStartRefused,
    #[error("proxy_on_configure answered false: the filter refuses its configuration")]
    ConfigureRefused,
}

/// Most memory in Envoy's V8, in pages of 64 KiB.
pub(super) const MAX_PAGES: u64 = 16384;

impl LoadError {
    pub(super) fn invalid(error: &wasmparser::BinaryReaderError) -> Self {
        Self::Invalid { offset: error.offset(), reason: error.message().to_owned() }
    }

    /// The first line that Envoy 1.40 logs at level error about this, or at critical if there is no such line. Empty if
    /// it says nothing. `plugin`: the name that the configuration gives the plugin, which may be empty.
    pub fn envoy_says(&self, plugin: &str) -> String {
        match self {
            Self::Empty | Self::Unreadable { .. } | Self::OtherModule { .. } | Self::NotFound { .. } => {
                format!("Plugin {plugin} failed to load")
            }
            Self::TooLarge { .. }
            | Self::NotWasm { corrupt: true, .. }
            | Self::Component { corrupt: true }
            | Self::Corrupt { .. } => "Wasm VM failed Failed to parse corrupted Wasm module".into(),
            Self::NotWasm { corrupt: false, .. }
            | Self::Component { corrupt: false }
            | Self::HeaderCut { .. }
            | Self::NoAbiVersion { .. } => "Wasm VM failed Missing or unknown Proxy-Wasm ABI version".into(),
            Self::Invalid { .. } => "Wasm VM failed Failed to load Wasm bytecode".into(),
            Self::ImportedMemory { .. } => "Wasm VM failed Failed to initialize Wasm code".into(),
            Self::MissingImport { module, name, .. } => {
                format!("Failed to load Wasm module due to a missing import: {module}.{name}")
            }
            Self::ImportOfOtherVersion { module, call, .. } => {
                format!("Failed to load Wasm module due to a missing import: {module}.{}", call.name())
            }
            Self::ImportType { module, name, want, have } => format!(
                "Failed to load Wasm module due to an import type mismatch: {module}.{name}, want: {want}, \
                 but host exports: {have}"
            ),
            Self::CallbackType { name, want, found } => {
                format!("Bad function signature for: {name}, want: {want}, but the module exports: {found}")
            }
            Self::NoAllocator => "Wasm VM failed Wasm module is missing malloc function.".into(),
            Self::Compile { .. } => String::new(),
            Self::Instantiate { .. } => "Failed to create new Wasm instance".into(),
            Self::StartTrapped(trap) => trap.envoy_log(),
            Self::VmStartRefused => "Wasm VM failed Failed to start base Wasm".into(),
            Self::ConfigureRefused => "Wasm VM failed Failed to configure base Wasm plugin".into(),
        }
    }

    /// The trap behind this error, if there is one.
    pub fn trap(&self) -> Option<&Trap> {
        match self {
            Self::StartTrapped(trap) => Some(trap),
            Self::Instantiate { trap, .. } => trap.as_deref(),
            _ => None,
        }
    }
}
