//! The scenario that is open, where it came from, and the steps back.

use std::hash::{BuildHasher, RandomState};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use crate::run::ModuleSource;
use crate::samples::{self, Sample};
use crate::scenario::{FileError, Filter, HeaderLine, Scenario, Source};

/// Most edits that can be undone.
const MAX_UNDO: usize = 500;

/// Where a document came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A bundled sample, by its id.
    Sample(&'static str),
    /// A module opened by itself, or a file to share: neither is ever written to.
    Module(PathBuf),
    /// A scenario file.
    File(PathBuf),
}

/// Tells documents apart, also those of other windows and of earlier starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DocumentId(u64);

impl DocumentId {
    fn new() -> Self {
        // The keys are random for each process, and others for each state.
        Self(RandomState::new().hash_one(SystemTime::now()))
    }
}

/// An open scenario with its modules.
#[derive(Debug)]
pub struct Document {
    pub id: DocumentId,
    pub scenario: Arc<Scenario>,
    pub origin: Origin,
    /// One for each filter of the chain.
    pub modules: Vec<ModuleSource>,
    /// The scenario as it was read or last saved.
    saved: Arc<Scenario>,
    /// Why the last attempt to save it failed, until one succeeds.
    save_failure: Option<String>,
    undo: Vec<Version>,
    redo: Vec<Version>,
}

/// A scenario to go back to, with its modules: what a path means there may have changed since, as when it was saved.
#[derive(Clone, Debug)]
struct Version {
    scenario: Arc<Scenario>,
    modules: Vec<ModuleSource>,
}

impl Document {
    fn new(scenario: Scenario, origin: Origin, modules: Vec<ModuleSource>) -> Self {
        let scenario = Arc::new(scenario);
        Self {
            id: DocumentId::new(),
            saved: scenario.clone(),
            scenario,
            origin,
            modules,
            save_failure: None,
            undo: Vec::new(),
            redo: Vec::new(),
        }
    }

    /// A bundled sample with its main scenario.
    pub fn sample(sample: &'static Sample) -> Self {
        Self::sample_with(sample, &sample.scenario)
    }

    /// A bundled sample with one of its scenarios.
    pub fn sample_with(sample: &'static Sample, scenario: &Scenario) -> Self {
        Self::new(scenario.clone(), Origin::Sample(sample.id), sample.modules(scenario))
    }

    /// A module by itself, with the request and reply of `like`, or with a request that shows something.
    pub fn module(path: &Path, like: Option<&Scenario>) -> Self {
        let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
        let mut scenario = like.cloned().unwrap_or_else(first_request);
        scenario.name = String::new();
        scenario.chain = vec![Filter { path: name, ..Filter::default() }];
        let modules = vec![ModuleSource::File(path.to_owned())];
        Self::new(scenario, Origin::Module(path.to_owned()), modules)
    }

    /// A file to share, with its modules in it.
    pub fn shared(path: &Path, scenario: Scenario) -> Self {
        let modules = ModuleSource::all(&scenario, &Source::default());
        Self::new(scenario, Origin::Module(path.to_owned()), modules)
    }

    /// A scenario file.
    pub fn file(path: &Path) -> Result<Self, FileError> {
        let scenario = Scenario::load(path)?;
        let source = Source { file: Some(path.to_owned()) };
        let modules = ModuleSource::all(&scenario, &source);
        Ok(Self::new(scenario, Origin::File(path.to_owned()), modules))
    }

    /// Replaces the scenario; the one before can be brought back. `joins`: the edit continues the last one, such as the
    /// next letter of a word, and is undone with it.
    pub fn edit(&mut self, scenario: Scenario, joins: bool) {
        if *self.scenario == scenario {
            return;
        }
        let modules = self.modules_for(&scenario);
        let before = self.exchange(Version { scenario: Arc::new(scenario), modules });
        if !joins || self.undo.is_empty() {
            self.undo.push(before);
            if self.undo.len() > MAX_UNDO {
                self.undo.remove(0);
            }
        }
        self.redo.clear();
    }

    /// Steps back; `false`: there is nothing to undo.
    pub fn undo(&mut self) -> bool {
        let Some(before) = self.undo.pop() else { return false };
        let after = self.exchange(before);
        self.redo.push(after);
        true
    }

    /// Steps forward again.
    pub fn redo(&mut self) -> bool {
        let Some(after) = self.redo.pop() else { return false };
        let before = self.exchange(after);
        self.undo.push(before);
        true
    }

    fn exchange(&mut self, version: Version) -> Version {
        Version {
            scenario: std::mem::replace(&mut self.scenario, version.scenario),
            modules: std::mem::replace(&mut self.modules, version.modules),
        }
    }

    /// Where the modules of an edited scenario come from. A filter that is named as one of the present chain has the module
    /// of that one, wherever it stands now; what a new one names is looked for from the document's place.
    fn modules_for(&self, scenario: &Scenario) -> Vec<ModuleSource> {
        let known: Vec<_> = self.scenario.chain.iter().zip(&self.modules).collect();
        let module = |filter: &Filter| {
            let names_the_same = |other: &Filter| {
                filter.path == other.path && filter.sha256 == other.sha256 && filter.module == other.module
            };
            match known.iter().find(|(other, _)| names_the_same(other)) {
                Some((_, module)) => (*module).clone(),
                None => self.module_of(filter),
            }
        };
        scenario.chain.iter().map(module).collect()
    }

    /// Where a filter's module comes from.
    fn module_of(&self, filter: &Filter) -> ModuleSource {
        let file = match &self.origin {
            Origin::File(path) | Origin::Module(path) => Some(path.clone()),
            Origin::Sample(id) => {
                // The files of a sample call its module by one name.
                let sample = samples::find(id);
                let own = sample.and_then(|sample| sample.scenario.chain.first());
                let is_own = own.is_some_and(|own| own.path == filter.path) && filter.module.is_none();
                if let Some(sample) = sample.filter(|_| is_own) {
                    return sample.module_source();
                }
                None
            }
        };
        // A module by itself is named as from its own folder.
        ModuleSource::of(filter, &Source { file })
    }

    pub fn can_undo(&self) -> bool {
        !self.undo.is_empty()
    }

    pub fn can_redo(&self) -> bool {
        !self.redo.is_empty()
    }

    /// Whether there are edits that no file has, as far as is known.
    pub fn is_changed(&self) -> bool {
        self.scenario != self.saved || self.save_failure.is_some()
    }

    /// Why it could not be saved when that was tried last.
    pub fn save_failure(&self) -> Option<&str> {
        self.save_failure.as_deref()
    }

    /// The file that it was opened from.
    pub fn file_path(&self) -> Option<&Path> {
        match &self.origin {
            Origin::Module(path) | Origin::File(path) => Some(path),
            Origin::Sample(_) => None,
        }
    }

    /// The first module's file name.
    pub fn module_name(&self) -> String {
        self.modules.first().map(ModuleSource::name).unwrap_or_default()
    }

    /// What people call it: its name, else that of its first module.
    pub fn title(&self) -> String {
        match self.scenario.name.trim() {
            "" => self.module_name(),
            name => name.to_owned(),
        }
    }

    /// The file to save to without asking.
    pub fn save_path(&self) -> Option<&Path> {
        match &self.origin {
            Origin::File(path) => Some(path),
            Origin::Sample(_) | Origin::Module(_) => None,
        }
    }

    /// A file name to offer for saving.
    pub fn suggested_name(&self) -> String {
        let name = match self.scenario.name.trim() {
            "" => self.module_name().trim_end_matches(".wasm").to_owned(),
            name => name.replace(['/', '\\', ':'], "-"),
        };
        format!("{name}.scenario.json")
    }

    /// Writes the scenario to `path`, with filters named relative to it.
    ///
    /// A bundled filter has no file: it is written beside the scenario.
    pub fn save(&mut self, path: &Path) -> Result<(), FileError> {
        let saved = self.write(path);
        self.save_failure = saved.as_ref().err().map(ToString::to_string);
        saved
    }

    fn write(&mut self, path: &Path) -> Result<(), FileError> {
        let folder = path.parent().unwrap_or(Path::new(""));
        let mut scenario = (*self.scenario).clone();
        let mut modules = Vec::new();
        for (filter, module) in scenario.chain.iter_mut().zip(&self.modules) {
            // What is in the scenario itself stays there.
            // A sample is part of every Filterlab.
            if filter.module.is_some() || samples::at(&filter.path).is_some() {
                modules.push(module.clone());
                continue;
            }
            let file = match module {
                ModuleSource::File(file) | ModuleSource::Pinned { path: file, .. } => file.clone(),
                ModuleSource::Embedded { name, bytes } => {
                    let file = folder.join(&**name);
                    crate::files::write_whole(&file, bytes)
                        .map_err(|reason| FileError::Write { path: file.clone(), reason })?;
                    file
                }
            };
            filter.path = crate::files::relative(&file, folder);
            modules.push(ModuleSource::of(filter, &Source { file: Some(path.to_owned()) }));
        }
        scenario.save(path)?;
        self.scenario = Arc::new(scenario);
        self.saved = self.scenario.clone();
        self.modules = modules;
        self.origin = Origin::File(path.to_owned());
        Ok(())
    }
}

/// A request and a reply on which most filters do something.
fn first_request() -> Scenario {
    let mut scenario = Scenario::default();
    scenario.request.url = "https://api.example.com/v1/users/42?verbose=1".into();
    scenario.request.headers = vec![
        HeaderLine::new("user-agent", "curl/8.5.0"),
        HeaderLine::new("accept", "application/json"),
        HeaderLine::new("authorization", "Bearer example-token"),
    ];
    scenario.reply.headers =
        vec![HeaderLine::new("content-type", "application/json"), HeaderLine::new("content-length", "27")];
    scenario.reply.body = "{\"id\":42,\"name\":\"example\"}\n".into();
    scenario
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: &str) -> Scenario {
        Scenario { name: name.into(), ..Scenario::default() }
    }

    fn document() -> Document {
        Document::new(named("a"), Origin::Module("f.wasm".into()), Vec::new())
    }

    #[test]
    fn edits_are_undone_and_redone_in_order() {
        let mut document = document();
        document.edit(named("b"), false);
        document.edit(named("c"), false);
        assert!(document.undo() && document.scenario.name == "b");
        assert!(document.undo() && document.scenario.name == "a");
        assert!(!document.undo());
        assert!(document.redo() && document.scenario.name == "b");
        document.edit(named("d"), false);
        assert!(!document.redo(), "a new edit ends the way forward");
    }

    #[test]
    fn the_letters_of_a_word_are_one_step() {
        let mut document = document();
        document.edit(named("b"), false);
        document.edit(named("bc"), true);
        assert!(document.undo() && document.scenario.name == "a");
    }

    fn chain(paths: &[&str]) -> Scenario {
        let chain = paths.iter().map(|path| Filter { path: (*path).into(), ..Filter::default() }).collect();
        Scenario { chain, ..Scenario::default() }
    }

    fn files(document: &Document) -> Vec<PathBuf> {
        document.modules.iter().filter_map(|module| module.file().map(Path::to_owned)).collect()
    }

    #[test]
    fn modules_follow_the_chain_through_edits_and_back() {
        let origin = Origin::File("/a/x.scenario.json".into());
        let modules =
            ModuleSource::all(&chain(&["f.wasm"]), &Source { file: Some("/a/x.scenario.json".into()) });
        let mut document = Document::new(chain(&["f.wasm"]), origin, modules);
        document.edit(chain(&["/b/g.wasm", "f.wasm"]), false);
        assert_eq!(files(&document), [Path::new("/b/g.wasm"), Path::new("/a/f.wasm")]);
        document.edit(chain(&["f.wasm", "/b/g.wasm"]), false);
        document.edit(chain(&["f.wasm", "f.wasm"]), false);
        assert_eq!(files(&document), [Path::new("/a/f.wasm"), Path::new("/a/f.wasm")]);
        assert!(document.undo());
        assert_eq!(files(&document), [Path::new("/a/f.wasm"), Path::new("/b/g.wasm")]);
        assert!(document.undo() && document.undo());
        assert_eq!(files(&document), [Path::new("/a/f.wasm")]);
        assert!(document.redo());
        assert_eq!(files(&document), [Path::new("/b/g.wasm"), Path::new("/a/f.wasm")]);
    }

    #[test]
    fn a_sample_can_be_put_into_any_chain_and_keeps_its_name_when_saved() {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let sample = crate::samples::find(crate::samples::DEFAULT).expect("is there");
        let mut document = Document::sample(sample);
        let mut scenario = (*document.scenario).clone();
        scenario.chain.push(Filter { path: "sample:add_headers".into(), ..Filter::default() });
        document.edit(scenario, false);
        let names: Vec<String> = document.modules.iter().map(ModuleSource::name).collect();
        assert_eq!(names, ["mask_pii.wasm", "add_headers.wasm"]);
        let path = folder.path().join("two.scenario.json");
        document.save(&path).expect("saves");
        assert!(!folder.path().join("add_headers.wasm").exists(), "every Filterlab has it");
        let again = Document::file(&path).expect("opens");
        assert_eq!(again.modules[1].read(), document.modules[1].read());
        assert_eq!(again.scenario.chain[1].path, "sample:add_headers");
    }

    #[test]
    fn a_step_back_over_a_save_finds_the_modules_as_they_were_named() {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let sample = crate::samples::find(crate::samples::DEFAULT).expect("is there");
        let mut document = Document::sample(sample);
        document.edit(Scenario { name: "mine".into(), ..(*document.scenario).clone() }, false);
        document.save(&folder.path().join("mine.scenario.json")).expect("saves");
        assert!(document.undo());
        assert_eq!(document.scenario.chain[0].path, sample.scenario.chain[0].path);
        assert_eq!(document.modules, [sample.module_source()]);
    }

    #[test]
    fn a_filter_beside_a_module_that_was_opened_by_itself_is_found_there() {
        let mut document = Document::module(Path::new("/m/f.wasm"), None);
        let mut scenario = (*document.scenario).clone();
        scenario.chain.push(Filter { path: "g.wasm".into(), ..Filter::default() });
        document.edit(scenario, false);
        assert_eq!(files(&document), [Path::new("/m/f.wasm"), Path::new("/m/g.wasm")]);
    }

    #[test]
    fn the_first_request_declares_its_length_truly() {
        let scenario = first_request();
        assert_eq!(
            scenario.reply.headers[1].value.text(),
            Some(scenario.reply.body.len().to_string().as_str())
        );
    }

    #[test]
    fn a_saved_sample_opens_again_from_its_folder() {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let sample = crate::samples::find(crate::samples::DEFAULT).expect("is there");
        let mut document = Document::sample(sample);
        let path = folder.path().join("mine.scenario.json");
        document.save(&path).expect("saves");
        assert!(!document.is_changed());
        let again = Document::file(&path).expect("opens");
        assert_eq!(again.scenario.request, document.scenario.request);
        let ModuleSource::File(module) = &again.modules[0] else { panic!("it is a file now") };
        assert!(module.exists());
    }
}
