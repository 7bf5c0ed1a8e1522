//! A compiled module, and the checks it has to pass first.

use std::borrow::Cow;
use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;

use wasmparser::{Validator, WasmFeatures};
use wasmtime::{InstancePre, Linker, ModuleExport};

use super::calls;
use super::engine::Engine;
use super::error::{LoadError, MAX_PAGES, Signature};
use super::facts::{MAX_TABLE, ModuleFacts};
use super::vm::VmState;
use crate::abi::{AbiVersion, Callback, HostCall, Import, ValueType};
use crate::files::read_at_most;

/// Largest file that is read, in bytes.
const MAX_FILE: u64 = 512 << 20;

/// A module that is ready to be instantiated any number of times.
pub struct Module {
    facts: ModuleFacts,
    abi: AbiVersion,
    engine: Engine,
    compiled: wasmtime::Module,
    /// Its functions that the host calls, looked up once and for all, in the order of the ABI's table.
    callbacks: Vec<(Callback, ModuleExport)>,
    pub(super) link: Link,
}

/// How instances are made.
pub(super) enum Link {
    /// All imports are host calls: linked once and for all.
    Ready(InstancePre<VmState>),
    /// The module imports memory or a table, which are made anew for each instance.
    PerInstance(Linker<VmState>),
}

impl std::fmt::Debug for Module {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        f.debug_struct("Module").field("size", &self.facts.size).field("abi", &self.abi).finish()
    }
}

impl Module {
    /// Reads and compiles a file.
    pub fn load(engine: &Engine, path: &Path) -> Result<Arc<Self>, LoadError> {
        Self::compile(engine, &Self::read(path)?)
    }

    /// Reads a file within the limits.
    pub fn read(path: &Path) -> Result<Vec<u8>, LoadError> {
        let shown = path.display().to_string();
        let unreadable = |reason: std::io::Error| LoadError::Unreadable {
            path: shown.clone(),
            reason: reason.to_string(),
        };
        let size = std::fs::metadata(path).map_err(unreadable)?.len();
        if size > MAX_FILE {
            return Err(LoadError::TooLarge { path: shown, size, limit: MAX_FILE });
        }
        read_at_most(path, MAX_FILE).map_err(|reason| match reason.kind() {
            // It has no length of its own, or grew meanwhile.
            ErrorKind::FileTooLarge => {
                LoadError::TooLarge { path: shown.clone(), size: MAX_FILE + 1, limit: MAX_FILE }
            }
            _ => unreadable(reason),
        })
    }

    /// Checks and compiles a module. The checks are Envoy's, in Envoy's order.
    pub fn compile(engine: &Engine, bytes: &[u8]) -> Result<Arc<Self>, LoadError> {
        let facts = ModuleFacts::read(bytes)?;
        let abi = abi(&facts)?;
        // V8 looks at the code before anybody looks at the imports (recorded case 27-106), but what only this engine
        // refuses comes after them.
        let translated = translate(engine, &facts, bytes);
        if let Err(invalid @ LoadError::Invalid { .. }) = translated {
            return Err(invalid);
        }
        if let Some(problem) = import_problems(&facts, abi).next() {
            return Err(problem);
        }
        let (engine, compiled) = translated?;
        let engine = &engine;
        let linker = calls::linker(engine, &facts, abi)?;
        let imports_storage = facts.imports.iter().any(|import| import.kind != "function");
        let link = if imports_storage {
            Link::PerInstance(linker)
        } else {
            let ready = linker.instantiate_pre(&compiled);
            Link::Ready(ready.map_err(|error| LoadError::Compile { reason: format!("{error:#}") })?)
        };
        let known = Callback::all().filter(|callback| callback.exists_in(abi));
        let callbacks = known
            .filter_map(|callback| Some((callback, compiled.get_export_index(callback.name())?)))
            .collect();
        Ok(Arc::new(Self { facts, abi, engine: engine.clone(), compiled, callbacks, link }))
    }

    pub fn facts(&self) -> &ModuleFacts {
        &self.facts
    }

    /// The ABI version that the module was made for.
    pub fn abi(&self) -> AbiVersion {
        self.abi
    }

    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    pub(super) fn callbacks(&self) -> &[(Callback, ModuleExport)] {
        &self.callbacks
    }

    pub(super) fn compiled(&self) -> &wasmtime::Module {
        &self.compiled
    }
}

/// Compiles the code, with Cranelift where Winch does not know an instruction.
fn translate(
    engine: &Engine,
    facts: &ModuleFacts,
    bytes: &[u8],
) -> Result<(Engine, wasmtime::Module), LoadError> {
    if let Some(offset) = facts.huge_table {
        let reason = format!("a table has more than {MAX_TABLE} elements");
        return Err(LoadError::Invalid { offset, reason });
    }
    let bytes = &*unshared(bytes, &facts.shared_memories);
    let error = match wasmtime::Module::new(engine.wasmtime(), bytes) {
        Ok(compiled) => return Ok((engine.clone(), compiled)),
        Err(error) => error,
    };
    // The compiler's error has no place; the validator's has.
    if let Err(invalid) = Validator::new_with_features(V8_FEATURES).validate_all(bytes) {
        return Err(match is_own_limit(&invalid) {
            true => LoadError::Compile { reason: invalid.message().to_owned() },
            false => LoadError::invalid(&invalid),
        });
    }
    // Of two compilers Cranelift knows more: what it lacks is the reason.
    let second = match engine.fallback() {
        Some(other) => wasmtime::Module::new(other.wasmtime(), bytes).map(|compiled| (other, compiled)),
        None => Err(error),
    };
    second.map_err(|error| LoadError::Compile { reason: error.root_cause().to_string() })
}

/// The features of V8 in Envoy 1.40. It still has the first proposal for exceptions, which the engine has not.
const V8_FEATURES: WasmFeatures = WasmFeatures::WASM3.union(WasmFeatures::LEGACY_EXCEPTIONS);

/// Whether only the engine's validator refuses it: V8 takes more than 100 tables and memories (recorded case
/// 27-154).
fn is_own_limit(invalid: &wasmparser::BinaryReaderError) -> bool {
    ["tables count", "memories count"].iter().any(|part| invalid.message().starts_with(part))
}

/// The module with memories that are not shared. A VM has one thread, so a guest sees a difference only where it waits:
/// for a notice that nobody can give, until its time is over, in Envoy (recorded case 27-144), and for nothing here, as
/// that is a trap. A memory that is shared in truth could neither be bounded nor a wait in it be interrupted.
fn unshared<'a>(bytes: &'a [u8], shared_memories: &[usize]) -> Cow<'a, [u8]> {
    const SHARED: u8 = 2;
    let mut bytes = Cow::Borrowed(bytes);
    for offset in shared_memories {
        bytes.to_mut()[*offset] &= !SHARED;
    }
    bytes
}

fn value_name(ty: ValueType) -> &'static str {
    match ty {
        ValueType::I32 => "i32",
        ValueType::I64 => "i64",
    }
}

/// The type that the host gives this call.
pub(super) fn host_signature(call: HostCall) -> Signature {
    Signature {
        params: call.value_types().map(value_name).collect(),
        results: call.spec().result.map(value_name).into_iter().collect(),
    }
}

/// Everything for which Envoy refuses the file, in the order in which it looks. Only the first is logged.
pub fn refusals(facts: &ModuleFacts) -> Vec<LoadError> {
    match abi(facts) {
        Err(reason) => vec![reason],
        Ok(abi) => import_problems(facts, abi).chain(export_problems(facts, abi, |_| true)).collect(),
    }
}

fn abi(facts: &ModuleFacts) -> Result<AbiVersion, LoadError> {
    // A marker that Envoy knows, and did not find, is in a second export section.
    let declared = || {
        let mut declared = facts.exports.iter().filter(|export| export.name.starts_with("proxy_abi_version"));
        declared.find(|export| export.kind != "function" || AbiVersion::from_marker(&export.name).is_none())
    };
    facts.abi.ok_or_else(|| LoadError::NoAbiVersion {
        found: declared().map(|export| export.name.clone()),
        exports_start: facts.exports_function("_start"),
    })
}

fn import_problems(facts: &ModuleFacts, abi: AbiVersion) -> impl Iterator<Item = LoadError> {
    facts.imports.iter().filter_map(move |import| {
        let (module, name) = (import.module.clone(), import.name.clone());
        match (import.kind, &import.signature) {
            ("memory", _) if import.pages > Some(MAX_PAGES) => {
                let pages = import.pages.unwrap_or_default();
                Some(LoadError::ImportedMemory { module, name, pages })
            }
            ("memory" | "table", _) => None,
            ("function", Some(want)) => match Import::look_up(&module, &name, abi) {
                Import::Known(call) => {
                    let have = host_signature(call);
                    let (want, have) = (Box::new(want.clone()), Box::new(have));
                    (want != have).then_some(LoadError::ImportType { module, name, want, have })
                }
                Import::OtherVersion(call) => {
                    Some(LoadError::ImportOfOtherVersion { module, call, version: abi })
                }
                Import::Unknown => Some(LoadError::MissingImport { module, name, kind: import.kind }),
            },
            (kind, _) => Some(LoadError::MissingImport { module, name, kind }),
        }
    })
}

/// Wrong types of the exports that the host calls, and a missing allocator. Envoy looks for them after it made an
/// instance, so after the `start` section ran. What it never looks up may have any type: callbacks that the embedding
/// does not `allow`, and functions that another one stands in for.
pub(super) fn export_problems(
    facts: &ModuleFacts,
    abi: AbiVersion,
    allows: impl Fn(&str) -> bool,
) -> impl Iterator<Item = LoadError> {
    let known = Callback::in_lookup_order().filter(move |callback| callback.exists_in(abi));
    let allocators = [Callback::Malloc, Callback::MemoryAllocate];
    let has_allocator = allocators.iter().any(|callback| facts.exports_function(callback.name()));
    let wrong_type = move |callback: Callback| {
        let export = facts.exports.iter().find(|e| e.kind == "function" && e.name == callback.name());
        let found = export?.signature.clone()?;
        let has = |other: Callback| facts.exports_function(other.name());
        let looked_up = match callback {
            Callback::Start => !has(Callback::Initialize),
            // Both are looked up, though only one is called (recorded case 27-126).
            Callback::Main | Callback::MainVoid => has(Callback::Initialize),
            Callback::MemoryAllocate => !has(Callback::Malloc),
            _ => !callback.is_restrictable() || allows(callback.name()),
        };
        let want = Signature {
            params: vec!["i32"; callback.arity(abi)],
            results: callback.result_types().iter().copied().map(value_name).collect(),
        };
        let (want, found) = (Box::new(want), Box::new(found));
        let name = callback.name().to_owned();
        (looked_up && found != want).then_some(LoadError::CallbackType { name, want, found })
    };
    known.flat_map(move |callback| {
        // A missing allocator is told where the last one is looked up (recorded case 27-120).
        let missing = callback == Callback::MemoryAllocate && !has_allocator;
        wrong_type(callback).or_else(|| missing.then_some(LoadError::NoAllocator))
    })
}
