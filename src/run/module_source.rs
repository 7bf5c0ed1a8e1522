//! Where the bytes of a filter come from.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use sha2::{Digest, Sha256};

use crate::host::{Engine, LoadError, Module, ModuleFacts};
use crate::samples;
use crate::scenario::{Filter, Scenario, Source};

/// Where the bytes of a filter come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ModuleSource {
    File(PathBuf),
    /// A file that must have these contents: SHA-256, in hexadecimal.
    Pinned {
        path: PathBuf,
        sha256: String,
    },
    /// A filter that is part of this program or of a scenario.
    Embedded {
        name: Cow<'static, str>,
        bytes: Bytes,
    },
}

/// Most files in a folder that are looked at for a module of which only the hash is known.
const MOST_CANDIDATES: usize = 200;

impl ModuleSource {
    /// Where a filter of a scenario comes from: the scenario itself, a sample (`sample:<id>`), a file relative to the
    /// scenario, or, where there is only a hash, a module of that hash in its folder or among the samples.
    pub fn of(filter: &Filter, source: &Source) -> Self {
        let path = || source.resolve(&filter.path);
        if let Some(module) = &filter.module {
            return Self::Embedded { name: filter.module_name().into(), bytes: module.0.clone() };
        }
        let any_will_do = filter.sha256.is_empty();
        match samples::at(&filter.path) {
            Some(sample) if any_will_do || is_hash_of(&filter.sha256, sample.module) => {
                sample.module_source()
            }
            _ if any_will_do => Self::File(path()),
            _ if !filter.path.is_empty() => Self::Pinned { path: path(), sha256: filter.sha256.clone() },
            _ => Self::with_hash(&filter.sha256, source),
        }
    }

    /// One for each filter of the scenario's chain.
    pub fn all(scenario: &Scenario, source: &Source) -> Vec<Self> {
        scenario.chain.iter().map(|filter| Self::of(filter, source)).collect()
    }

    fn with_hash(sha256: &str, source: &Source) -> Self {
        let sample = samples::all().iter().find(|sample| is_hash_of(sha256, sample.module));
        if let Some(sample) = sample {
            return sample.module_source();
        }
        let folder = source.resolve("");
        // One that nobody has yet is looked for again when it is read.
        let path = find(&folder, sha256).unwrap_or_else(|| folder.join(format!("{sha256}.wasm")));
        Self::Pinned { path, sha256: sha256.to_owned() }
    }

    /// Leaves out the filters of a chain that are off, as a run does.
    pub fn leave_out_what_is_off(scenario: &mut Scenario, modules: &mut Vec<Self>) {
        let mut place = 0;
        modules.retain(|_| {
            place += 1;
            scenario.chain.get(place - 1).is_none_or(|filter| !filter.off)
        });
        for expectation in &mut scenario.expect {
            let Some(filter) = &mut expectation.filter else { continue };
            let before = scenario.chain.iter().take(usize::from(*filter));
            let passed_by = before.filter(|filter| filter.off).count();
            expectation.off |= scenario.chain.get(usize::from(*filter)).is_some_and(|filter| filter.off);
            *filter -= u16::try_from(passed_by).unwrap_or_default();
        }
        scenario.chain.retain(|filter| !filter.off);
    }

    /// Names the filters' files as seen from a folder, by where their modules come from. What is in the scenario stays there.
    pub fn name_from(scenario: &mut Scenario, modules: &[Self], folder: &Path) {
        for (filter, module) in scenario.chain.iter_mut().zip(modules) {
            if let Some(file) = module.file().filter(|_| filter.module.is_none()) {
                filter.path = crate::files::relative(file, folder);
            }
        }
    }

    /// The file's name as shown.
    pub fn name(&self) -> String {
        match self {
            Self::File(path) | Self::Pinned { path, .. } => {
                path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
            }
            Self::Embedded { name, .. } => name.clone().into_owned(),
        }
    }

    /// The file that it is read from.
    pub fn file(&self) -> Option<&Path> {
        match self {
            Self::File(path) | Self::Pinned { path, .. } => Some(path),
            Self::Embedded { .. } => None,
        }
    }

    /// The module's bytes.
    pub fn read(&self) -> Result<Bytes, LoadError> {
        match self {
            Self::File(path) => Module::read(path).map(Bytes::from),
            Self::Pinned { path, sha256 }
                if path.file_stem().is_some_and(|name| name == sha256.as_str()) && !path.exists() =>
            {
                let found = find(path.parent().unwrap_or(path), sha256);
                let found = found.ok_or_else(|| LoadError::NotFound { sha256: sha256.clone() })?;
                Self::Pinned { path: found, sha256: sha256.clone() }.read()
            }
            Self::Pinned { path, sha256 } => {
                let bytes = Module::read(path)?;
                let found = hash(&bytes);
                if found.eq_ignore_ascii_case(sha256) {
                    return Ok(bytes.into());
                }
                Err(LoadError::OtherModule { expected: sha256.clone(), found })
            }
            Self::Embedded { bytes, .. } => Ok(bytes.clone()),
        }
    }

    /// Reads and compiles it.
    pub fn load(&self, engine: &Engine) -> Result<std::sync::Arc<Module>, LoadError> {
        Module::compile(engine, &self.read()?)
    }

    /// What the file says of itself; `None`: it cannot be read, or is no module.
    pub fn facts(&self) -> Option<ModuleFacts> {
        ModuleFacts::read(&self.read().ok()?).ok()
    }
}

/// SHA-256 in hexadecimal, as Envoy's `code.remote.sha256` has it.
pub fn hash(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn is_hash_of(sha256: &str, bytes: &[u8]) -> bool {
    hash(bytes).eq_ignore_ascii_case(sha256)
}

/// The module with these contents in a folder.
fn find(folder: &Path, sha256: &str) -> Option<PathBuf> {
    let mut modules = modules_in(folder).into_iter();
    modules.find(|path| Module::read(path).is_ok_and(|bytes| is_hash_of(sha256, &bytes)))
}

/// The modules in a folder by their names, in the order of these.
fn modules_in(folder: &Path) -> Vec<PathBuf> {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let is_module = |path: &PathBuf| path.extension().is_some_and(|kind| kind.eq_ignore_ascii_case("wasm"));
    let mut found: Vec<PathBuf> = paths.filter(is_module).collect();
    found.sort();
    found.truncate(MOST_CANDIDATES);
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Body;

    const MODULE: &[u8] = b"\0asm\x01\0\0\0";

    fn folder() -> (tempfile::TempDir, Source) {
        let folder = tempfile::tempdir().expect("a folder can be made");
        std::fs::write(folder.path().join("a.wasm"), b"another").expect("it can be written");
        std::fs::write(folder.path().join("b.wasm"), MODULE).expect("it can be written");
        let source = Source { file: Some(folder.path().join("x.scenario.json")) };
        (folder, source)
    }

    #[test]
    fn a_module_in_the_scenario_needs_no_file() {
        let filter = Filter { module: Some(Body::from(MODULE.to_vec())), ..Filter::default() };
        let module = ModuleSource::of(&filter, &Source::default());
        assert_eq!(module.read().expect("it is there"), MODULE);
        assert_eq!(module.file(), None);
    }

    #[test]
    fn a_hash_finds_its_module_in_the_folder_of_the_scenario() {
        let (folder, source) = folder();
        let filter = Filter { sha256: hash(MODULE), ..Filter::default() };
        let module = ModuleSource::of(&filter, &source);
        assert_eq!(module.file(), Some(folder.path().join("b.wasm").as_path()));
        assert_eq!(module.read().expect("it is there"), MODULE);
    }

    #[test]
    fn a_sample_is_named_like_a_path() {
        let sample = &samples::all()[0];
        let named = |sha256: String| {
            let filter = Filter { path: samples::path_of(sample), sha256, ..Filter::default() };
            ModuleSource::of(&filter, &Source::default())
        };
        assert_eq!(named(String::new()), sample.module_source());
        assert_eq!(named(hash(sample.module)), sample.module_source());
        assert!(named(hash(MODULE)).read().is_err(), "it was another build");
    }

    #[test]
    fn a_hash_finds_a_sample() {
        let sample = &samples::all()[0];
        let filter = Filter { sha256: hash(sample.module).to_uppercase(), ..Filter::default() };
        let module = ModuleSource::of(&filter, &Source::default());
        assert_eq!(module.read().expect("it is there"), sample.module);
    }

    #[test]
    fn a_hash_that_nobody_has_is_named_until_somebody_has_it() {
        let (folder, source) = folder();
        let filter = Filter { sha256: hash(b"new"), ..Filter::default() };
        let module = ModuleSource::of(&filter, &source);
        assert_eq!(module.read(), Err(LoadError::NotFound { sha256: hash(b"new") }));
        std::fs::write(folder.path().join("fetched.wasm"), b"new").expect("it can be written");
        assert_eq!(module.read().expect("it is there now"), b"new"[..]);
    }

    #[test]
    fn a_file_with_other_contents_than_its_hash_is_refused_with_both() {
        let (_folder, source) = folder();
        let filter = Filter { path: "a.wasm".into(), sha256: hash(MODULE), ..Filter::default() };
        let error = ModuleSource::of(&filter, &source).read().expect_err("it is another module");
        assert_eq!(error, LoadError::OtherModule { expected: hash(MODULE), found: hash(b"another") });
    }
}
