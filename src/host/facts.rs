//! What a module's file says about itself, before anything runs.

use sha2::{Digest, Sha256};
use wasmparser::{ExternalKind, FuncType, HeapType, KnownCustom, Parser, Payload, TypeRef, ValType};

use super::bytecode;
use super::error::{LoadError, Signature};
use crate::abi::AbiVersion;

/// One import of a module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportFact {
    pub module: String,
    pub name: String,
    /// `function`, `memory`, `table`, `global` or `tag`.
    pub kind: &'static str,
    /// For functions.
    pub signature: Option<Signature>,
    /// For memories: size at the start, in pages of 64 KiB.
    pub pages: Option<u64>,
}

/// One export of a module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportFact {
    pub name: String,
    pub kind: &'static str,
    /// For functions.
    pub signature: Option<Signature>,
}

/// One section of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SectionFact {
    /// Number of the section; 0 is a custom one.
    pub id: u8,
    /// Name of a custom section; empty for the others.
    pub name: String,
    /// Length of its content in bytes.
    pub size: usize,
}

/// What the file says about itself, whether a host would take it or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModuleFacts {
    /// Length of the file in bytes.
    pub size: usize,
    /// SHA-256 of the file.
    pub sha256: [u8; 32],
    /// The ABI version that an export declares; `None` if it is none that Envoy knows.
    pub abi: Option<AbiVersion>,
    pub imports: Vec<ImportFact>,
    pub exports: Vec<ExportFact>,
    /// In file order.
    pub sections: Vec<SectionFact>,
    /// Language and tools, from the `producers` section: such as `Rust`, `rustc 1.95.0`.
    pub producers: Vec<String>,
    /// Functions of its own, without the imported ones.
    pub functions: usize,
    /// Whether functions have names for traps, in the `name` section.
    pub has_names: bool,
    /// The SDK that it was made with, as far as names of functions tell, or the paths in its panics: these have a version.
    pub sdk: Option<String>,
    /// Sizes of its own memories at the start, in pages of 64 KiB.
    pub memory_pages: Vec<u64>,
    /// Where the types of its own shared memories lie in the file, each with its flags first.
    pub(super) shared_memories: Vec<usize>,
    /// Whether it imports a shared memory.
    pub(super) imports_shared_memory: bool,
    /// Where a table lies that is larger than V8 allows.
    pub(super) huge_table: Option<usize>,
}

impl ModuleFacts {
    /// Reads the sections of a file, in Envoy's order: what Envoy looks at itself comes before what V8 refuses.
    ///
    /// # Errors
    /// `Empty`, `NotWasm`, `Component`, `HeaderCut`, `Corrupt`, `Invalid`, and `NoAbiVersion` if it is invalid, too: then
    /// nothing can be told of it.
    pub fn read(bytes: &[u8]) -> Result<Self, LoadError> {
        let abi = bytecode::abi_version(bytes);
        check_header(bytes, abi.is_err())?;
        let abi = abi?;
        if abi.is_some() {
            bytecode::check(bytes)?;
        }
        let mut found = Found::default();
        for payload in Parser::new(0).parse_all(bytes) {
            let read = payload.and_then(|payload| found.read(payload));
            read.map_err(|error| match abi {
                Some(_) => LoadError::invalid(&error),
                None => LoadError::NoAbiVersion { found: None, exports_start: false },
            })?;
        }
        Ok(Self {
            size: bytes.len(),
            sha256: Sha256::digest(bytes).into(),
            abi,
            functions: found.functions.len()
                - found.imports.iter().filter(|import| import.kind == "function").count(),
            imports: found.imports,
            exports: found.exports,
            sections: found.sections,
            producers: found.producers,
            has_names: found.has_names,
            sdk: found.sdk,
            memory_pages: found.memory_pages,
            shared_memories: found.shared_memories,
            imports_shared_memory: found.imports_shared_memory,
            huge_table: found.huge_table,
        })
    }

    /// Whether it exports a function of this name.
    pub fn exports_function(&self, name: &str) -> bool {
        self.exports.iter().any(|export| export.kind == "function" && export.name == name)
    }

    /// Names of the custom sections, in file order.
    pub fn custom_sections(&self) -> impl Iterator<Item = &str> {
        self.sections.iter().filter(|section| section.id == 0).map(|section| section.name.as_str())
    }

    /// The source language, as far as the file tells.
    pub fn language(&self) -> Option<&'static str> {
        let has = |text: &str| self.producers.iter().any(|producer| producer.contains(text));
        let exports = |name: &str| self.exports.iter().any(|export| export.name == name);
        if has("TinyGo") || exports("tinygo_getCurrentStackPointer") || exports("tinygo_unwind") {
            Some("TinyGo")
        } else if has("Rust") || has("rustc") {
            Some("Rust")
        } else if has("Go cmd/compile") || self.custom_sections().any(|name| name == "go:buildid") {
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

/// What the file is instead of a module. `corrupt`: whether Envoy cannot walk its sections.
fn check_header(bytes: &[u8], corrupt: bool) -> Result<(), LoadError> {
    if bytes.is_empty() {
        return Err(LoadError::Empty);
    }
    if !bytes.starts_with(b"\0asm") {
        let first: Vec<String> = bytes.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
        return Err(LoadError::NotWasm { found: first.join(" "), corrupt });
    }
    if bytes.len() < bytecode::HEADER {
        return Err(LoadError::HeaderCut { size: bytes.len() });
    }
    // The version field of a component has a layer in its upper half.
    if bytes.get(4..8).is_some_and(|version| version[2..] == [1, 0]) {
        return Err(LoadError::Component { corrupt });
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
    sections: Vec<SectionFact>,
    producers: Vec<String>,
    has_names: bool,
    sdk: Option<String>,
    memory_pages: Vec<u64>,
    shared_memories: Vec<usize>,
    imports_shared_memory: bool,
    huge_table: Option<usize>,
}

/// Most elements of a table; V8's own limit (recorded cases 27-151 and 27-152).
pub(super) const MAX_TABLE: u64 = 10_000_000;

impl Found {
    fn read(&mut self, payload: Payload) -> wasmparser::Result<()> {
        if let Some((id, range)) = payload.as_section() {
            self.sections.push(SectionFact { id, name: String::new(), size: range.len() });
        }
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
                let offset = section.range().start;
                for import in section.into_imports() {
                    let import = import?;
                    let (mut signature, mut pages) = (None, None);
                    let kind = match import.ty {
                        TypeRef::Func(ty) | TypeRef::FuncExact(ty) => {
                            self.functions.push(ty);
                            signature = self.signature(ty);
                            "function"
                        }
                        TypeRef::Memory(memory) => {
                            pages = Some(memory.initial);
                            self.imports_shared_memory |= memory.shared;
                            "memory"
                        }
                        TypeRef::Table(table) => {
                            self.look_at_table(&table, offset);
                            "table"
                        }
                        TypeRef::Global(_) => "global",
                        TypeRef::Tag(_) => "tag",
                    };
                    let (module, name) = (import.module.to_owned(), import.name.to_owned());
                    self.imports.push(ImportFact { module, name, kind, signature, pages });
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
            Payload::MemorySection(section) => {
                for memory in section.into_iter_with_offsets() {
                    let (offset, memory) = memory?;
                    self.memory_pages.push(memory.initial);
                    if memory.shared {
                        self.shared_memories.push(offset);
                    }
                }
            }
            Payload::TableSection(section) => {
                for table in section.into_iter_with_offsets() {
                    let (offset, table) = table?;
                    self.look_at_table(&table.ty, offset);
                }
            }
            Payload::DataSection(section) => {
                for data in section {
                    if let Some(sdk) = sdk_in(data?.data) {
                        self.sdk = Some(sdk);
                    }
                }
            }
            Payload::CustomSection(section) => {
                if let Some(last) = self.sections.last_mut() {
                    last.name = section.name().to_owned();
                }
                match section.as_known() {
                    KnownCustom::Producers(fields) => self.producers.extend(producers(fields)),
                    KnownCustom::Name(parts) => self.read_names(parts),
                    _ => {}
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn look_at_table(&mut self, table: &wasmparser::TableType, offset: usize) {
        if table.initial > MAX_TABLE {
            self.huge_table.get_or_insert(offset);
        }
    }

    /// Names of functions; a malformed section tells nothing, and harms nothing.
    fn read_names(&mut self, parts: wasmparser::NameSectionReader) {
        for part in parts.into_iter().flatten() {
            let wasmparser::Name::Function(names) = part else { continue };
            for naming in names.into_iter().flatten() {
                self.has_names = true;
                if self.sdk.is_none() {
                    self.sdk = sdk_of(naming.name).map(str::to_owned);
                }
            }
        }
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

/// The SDK whose function this is. Linkers write names in their own way, Go's with `_` for all that is no letter.
fn sdk_of(function: &str) -> Option<&'static str> {
    const SDKS: [(&str, &str); 6] = [
        ("proxy_wasm_go_sdk", "proxy-wasm-go-sdk"),
        ("proxy_wasm::", "proxy-wasm-rust-sdk"),
        // Mangled: ten letters.
        ("10proxy_wasm", "proxy-wasm-rust-sdk"),
        ("RootContext::", "proxy-wasm-cpp-sdk"),
        ("proxy_runtime", "proxy-runtime"),
        ("proxy_wasm_sdk_as", "proxy-wasm-sdk-as"),
    ];
    let name = function.replace(['-', '/'], "_");
    SDKS.into_iter().find(|(part, _)| name.contains(part)).map(|(_, sdk)| sdk)
}

/// The Rust SDK with its version, if a path of its crate is among the data: `…/proxy-wasm-0.2.5/src/dispatcher.rs`.
fn sdk_in(data: &[u8]) -> Option<String> {
    const CRATE: &[u8] = b"/proxy-wasm-";
    let at = data.windows(CRATE.len()).position(|window| window == CRATE)?;
    let version = &data[at + CRATE.len()..];
    let end = version.iter().position(|byte| !byte.is_ascii_digit() && *byte != b'.')?;
    let version = std::str::from_utf8(&version[..end]).ok().filter(|version| version.contains('.'))?;
    Some(format!("proxy-wasm-rust-sdk {version}"))
}

fn type_name(ty: ValType) -> &'static str {
    match ty {
        ValType::I32 => "i32",
        ValType::I64 => "i64",
        ValType::F32 => "f32",
        ValType::F64 => "f64",
        ValType::V128 => "v128",
        // Recorded case 27-153.
        ValType::Ref(ty) if ty.heap_type() == HeapType::FUNC => "funcref",
        ValType::Ref(_) => "externref",
    }
}
