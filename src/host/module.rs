//! A compiled module, and what can be known of it before anything runs.

use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;

use sha2::{Digest, Sha256};
use wasmparser::{ExternalKind, FuncType, Parser, Payload, TypeRef, ValType};
use wasmtime::{InstancePre, Linker, ModuleExport};

use super::calls;
use super::engine::Engine;
use super::error::{LoadError, Signature};
use super::vm::VmState;
use crate::abi::{AbiVersion, Callback, HostCall, Import, ValueType};
use crate::files::read_at_most;

/// Largest file that is read, in bytes.
const MAX_FILE: u64 = 512 << 20;

/// One import of a module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportFact {
    pub module: String,
    pub name: String,
    /// `function`, `memory`, `table`, `global` or `tag`.
    pub kind: &'static str,
    /// For functions.
    pub signature: Option<Signature>,
}

/// One export of a module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportFact {
    pub name: String,
    pub kind: &'static str,
    /// For functions.
    pub signature: Option<Signature>,
}

/// What the file says about itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModuleFacts {
    /// Length of the file in bytes.
    pub size: usize,
    /// SHA-256 of the file.
    pub sha256: [u8; 32],
    pub abi: AbiVersion,
    pub imports: Vec<ImportFact>,
    pub exports: Vec<ExportFact>,
    /// Names of the custom sections, in order.
    pub custom_sections: Vec<String>,
    /// Language and tools, from the `producers` section: such as `Rust`, `rustc 1.95.0`.
    pub producers: Vec<String>,
}

impl ModuleFacts {
    /// The source language, as far as the file tells.
    pub fn language(&self) -> Option<&'static str> {
        let has = |text: &str| self.producers.iter().any(|producer| producer.contains(text));
        let exports = |name: &str| self.exports.iter().any(|export| export.name == name);
        if has("TinyGo") || exports("tinygo_getCurrentStackPointer") || exports("tinygo_unwind") {
            Some("TinyGo")
        } else if has("Rust") || has("rustc") {
            Some("Rust")
        } else if has("Go cmd/compile") || self.custom_sections.iter().any(|name| name == "go:buildid") {
            Some("Go")
        } else if self.exports.iter().any(|export| export.name.starts_with("__new") || export.name == "__pin")
        {
            Some("AssemblyScript")
        } else if has("C++") || has("C_plus_plus") {
            Some("C++")
        } else if has("clang") || has("C11") {
            Some("C")
        } else {
            None
        }
    }
}

/// A module that is ready to be instantiated any number of times.
pub struct Module {
    facts: ModuleFacts,
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
        f.debug_struct("Module").field("size", &self.facts.size).field("abi", &self.facts.abi).finish()
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
        let facts = inspect(bytes)?;
        check_imports(&facts)?;
        let (engine, compiled) = translate(engine, bytes)?;
        let engine = &engine;
        let linker = calls::linker(engine, &facts)?;
        let imports_storage = facts.imports.iter().any(|import| import.kind != "function");
        let link = if imports_storage {
            Link::PerInstance(linker)
        } else {
            let ready = linker.instantiate_pre(&compiled);
            Link::Ready(ready.map_err(|error| LoadError::Compile { reason: format!("{error:#}") })?)
        };
        let known = Callback::all().filter(|callback| callback.exists_in(facts.abi));
        let callbacks = known
            .filter_map(|callback| Some((callback, compiled.get_export_index(callback.name())?)))
            .collect();
        Ok(Arc::new(Self { facts, engine: engine.clone(), compiled, callbacks, link }))
    }

    pub fn facts(&self) -> &ModuleFacts {
        &self.facts
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
fn translate(engine: &Engine, bytes: &[u8]) -> Result<(Engine, wasmtime::Module), LoadError> {
    let error = match wasmtime::Module::new(engine.wasmtime(), bytes) {
        Ok(compiled) => return Ok((engine.clone(), compiled)),
        Err(error) => error,
    };
    // The compiler's error has no place; the validator's has.
    if let Err(invalid) = wasmparser::validate(bytes) {
        return Err(LoadError::Corrupt { offset: invalid.offset(), reason: invalid.message().to_owned() });
    }
    let second = engine.fallback().and_then(|other| {
        let compiled = wasmtime::Module::new(other.wasmtime(), bytes).ok()?;
        Some((other, compiled))
    });
    second.ok_or_else(|| LoadError::Compile { reason: format!("{error:#}") })
}

fn inspect(bytes: &[u8]) -> Result<ModuleFacts, LoadError> {
    check_header(bytes)?;
    let mut found = Found::default();
    for payload in Parser::new(0).parse_all(bytes) {
        let read = payload.and_then(|payload| found.read(payload));
        read.map_err(|error| LoadError::Corrupt {
            offset: error.offset(),
            reason: error.message().to_owned(),
        })?;
    }
    let functions = || found.exports.iter().filter(|export| export.kind == "function");
    let marker = functions().find_map(|export| AbiVersion::from_marker(&export.name));
    let abi = marker.ok_or_else(|| LoadError::NoAbiVersion {
        found: found
            .exports
            .iter()
            .map(|e| &e.name)
            .find(|name| name.starts_with("proxy_abi_version"))
            .cloned(),
        exports_start: functions().any(|export| export.name == "_start"),
    })?;
    Ok(ModuleFacts {
        size: bytes.len(),
        sha256: Sha256::digest(bytes).into(),
        abi,
        imports: found.imports,
        exports: found.exports,
        custom_sections: found.custom_sections,
        producers: found.producers,
    })
}

fn check_header(bytes: &[u8]) -> Result<(), LoadError> {
    if bytes.is_empty() {
        return Err(LoadError::Empty);
    }
    if !bytes.starts_with(b"\0asm") {
        let first: Vec<String> = bytes.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
        return Err(LoadError::NotWasm { found: first.join(" ") });
    }
    // The version field of a component has a layer in its upper half.
    if bytes.get(4..8).is_some_and(|version| version[2..] == [1, 0]) {
        return Err(LoadError::Component);
    }
    Ok(())
}

/// What the sections tell, gathered in file order.
#[derive(Default)]
struct Found {
    types: Vec<Option<FuncType>>,
    /// Type indices of all functions, imported ones first.
    functions: Vec<u32>,
    imports: Vec<ImportFact>,
    exports: Vec<ExportFact>,
    custom_sections: Vec<String>,
    producers: Vec<String>,
}

impl Found {
    fn read(&mut self, payload: Payload) -> wasmparser::Result<()> {
        match payload {
            Payload::TypeSection(section) => {
                for group in section {
                    for ty in group?.into_types() {
                        self.types.push(match ty.composite_type.inner {
                            wasmparser::CompositeInnerType::Func(func) => Some(func),
                            _ => None,
                        });
                    }
                }
            }
            Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    let import = import?;
                    let (kind, signature) = match import.ty {
                        TypeRef::Func(ty) | TypeRef::FuncExact(ty) => {
                            self.functions.push(ty);
                            ("function", self.signature(ty))
                        }
                        TypeRef::Memory(_) => ("memory", None),
                        TypeRef::Table(_) => ("table", None),
                        TypeRef::Global(_) => ("global", None),
                        TypeRef::Tag(_) => ("tag", None),
                    };
                    let (module, name) = (import.module.to_owned(), import.name.to_owned());
                    self.imports.push(ImportFact { module, name, kind, signature });
                }
            }
            Payload::FunctionSection(section) => {
                for ty in section {
                    self.functions.push(ty?);
                }
            }
            Payload::ExportSection(section) => {
                for export in section {
                    let export = export?;
                    let (kind, signature) = match export.kind {
                        ExternalKind::Func | ExternalKind::FuncExact => {
                            let ty = self.functions.get(export.index as usize).copied();
                            ("function", ty.and_then(|ty| self.signature(ty)))
                        }
                        ExternalKind::Memory => ("memory", None),
                        ExternalKind::Table => ("table", None),
                        ExternalKind::Global => ("global", None),
                        ExternalKind::Tag => ("tag", None),
                    };
                    self.exports.push(ExportFact { name: export.name.to_owned(), kind, signature });
                }
            }
            Payload::CustomSection(section) => {
                self.custom_sections.push(section.name().to_owned());
                if let wasmparser::KnownCustom::Producers(fields) = section.as_known() {
                    self.producers.extend(producers(fields));
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn signature(&self, ty: u32) -> Option<Signature> {
        let ty = self.types.get(ty as usize)?.as_ref()?;
        let names = |types: &[ValType]| types.iter().copied().map(type_name).collect();
        Some(Signature { params: names(ty.params()), results: names(ty.results()) })
    }
}

/// Values of the `producers` section; a malformed one tells nothing, and harms nothing.
fn producers(fields: wasmparser::ProducersSectionReader) -> Vec<String> {
    let mut values = Vec::new();
    for field in fields.into_iter().flatten() {
        for value in field.values.into_iter().flatten() {
            values.push(format!("{} {}", value.name, value.version).trim().to_owned());
        }
    }
    values
}

fn type_name(ty: ValType) -> &'static str {
    match ty {
        ValType::I32 => "i32",
        ValType::I64 => "i64",
        ValType::F32 => "f32",
        ValType::F64 => "f64",
        ValType::V128 => "v128",
        ValType::Ref(_) => "ref",
    }
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

fn check_imports(facts: &ModuleFacts) -> Result<(), LoadError> {
    for import in &facts.imports {
        let (module, name) = (import.module.clone(), import.name.clone());
        match (import.kind, &import.signature) {
            ("memory" | "table", _) => {}
            ("function", Some(want)) => match Import::look_up(&module, &name, facts.abi) {
                Import::Known(call) => {
                    let have = host_signature(call);
                    if *want != have {
                        let (want, have) = (Box::new(want.clone()), Box::new(have));
                        return Err(LoadError::ImportType { module, name, want, have });
                    }
                }
                Import::OtherVersion(call) => {
                    return Err(LoadError::ImportOfOtherVersion { module, call, version: facts.abi });
                }
                Import::Unknown => {
                    return Err(LoadError::MissingImport { module, name, kind: import.kind });
                }
            },
            (kind, _) => return Err(LoadError::MissingImport { module, name, kind }),
        }
    }
    Ok(())
}

/// Checks the types of the exports that the host calls, and that there is an allocator. Envoy does this after it
/// made an instance, so after the `start` section ran. What it never looks up may have any type: callbacks that the
/// embedding does not `allow`, and functions that another one stands in for.
pub(super) fn check_exports(facts: &ModuleFacts, allows: impl Fn(&str) -> bool) -> Result<(), LoadError> {
    let is_function = |name: &str| facts.exports.iter().any(|e| e.kind == "function" && e.name == name);
    for callback in Callback::all().filter(|callback| callback.exists_in(facts.abi)) {
        let export = facts.exports.iter().find(|e| e.kind == "function" && e.name == callback.name());
        let Some(found) = export.and_then(|export| export.signature.clone()) else { continue };
        let has = |other: Callback| is_function(other.name());
        let looked_up = match callback {
            Callback::Start => !has(Callback::Initialize),
            Callback::Main => has(Callback::Initialize),
            Callback::MainVoid => has(Callback::Initialize) && !has(Callback::Main),
            Callback::MemoryAllocate => !has(Callback::Malloc),
            _ => !callback.is_restrictable() || allows(callback.name()),
        };
        if !looked_up {
            continue;
        }
        let want = Signature {
            params: vec!["i32"; callback.arity(facts.abi)],
            results: callback.result_types().iter().copied().map(value_name).collect(),
        };
        if found != want {
            let (want, found) = (Box::new(want), Box::new(found));
            return Err(LoadError::CallbackType { name: callback.name().to_owned(), want, found });
        }
    }
    let has_allocator = [Callback::Malloc, Callback::MemoryAllocate].iter().any(|c| is_function(c.name()));
    if has_allocator { Ok(()) } else { Err(LoadError::NoAllocator) }
}
