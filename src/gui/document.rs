//! The scenario that is open, where it came from, and the steps back.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;

use super::saving::{Job, Overwrite, Written};
use crate::run::ModuleSource;
use crate::samples::{self, Sample};
use crate::scenario::{Body, FileError, Filter, HeaderLine, Scenario, Source};
pub use crate::session::DocumentId;
use crate::session::{self, Kept, KeptModule, Saved};

/// Most edits that can be undone, and most bytes that they may hold beside what they share with each other.
const MAX_UNDO: usize = 500;
const MAX_UNDO_BYTES: usize = 128 << 20;

/// Where a document came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A bundled sample, by its id.
    Sample(&'static str),
    /// A module opened by itself, or a file to share: neither is ever written to.
    Module(PathBuf),
    /// A scenario file.
    File(PathBuf),
    /// A file of another tool, to whose folder paths are relative; empty for what was pasted. It is never written.
    Imported(PathBuf),
}

/// An open scenario with its modules.
#[derive(Debug)]
pub struct Document {
    pub id: DocumentId,
    pub scenario: Arc<Scenario>,
    pub origin: Origin,
    /// One for each filter of the chain.
    pub modules: Vec<ModuleSource>,
    /// The scenario as it was read or last saved; `None`: no file has it.
    saved: Option<Arc<Scenario>>,
    /// SHA-256 of the file when it was read or written last, in hexadecimal; empty: unknown.
    file_hash: String,
    /// Whether the scenario is another one than the saved one. Not found out anew in every frame.
    differs: bool,
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
            id: DocumentId::fresh(),
            saved: Some(scenario.clone()),
            file_hash: String::new(),
            differs: false,
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
        let path = &std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
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
        let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        let (scenario, file_hash) = Scenario::load_with_hash(&path)?;
        let source = Source { file: Some(path.clone()) };
        let modules = ModuleSource::all(&scenario, &source);
        Ok(Self { file_hash, ..Self::new(scenario, Origin::File(path), modules) })
    }

    /// What was made of a file of another tool.
    pub fn imported(scenario: Scenario, from: &Path) -> Self {
        let modules = ModuleSource::all(&scenario, &Source { file: Some(from.to_owned()) });
        // No file has it in this form.
        Self { saved: None, differs: true, ..Self::new(scenario, Origin::Imported(from.to_owned()), modules) }
    }

    /// Place in the chain of a filter of a run; `None`: the document is no more than that one module.
    pub fn place_in_chain(&self, filter: u16) -> Option<usize> {
        let is_more = !matches!(self.origin, Origin::Module(_));
        self.scenario.place_in_chain(filter).filter(|_| is_more)
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
            self.forget_far_steps();
        }
        self.redo.clear();
        self.note_difference();
    }

    /// Its file has another name by now, and so has the scenario in it. Edits beside the name stay, and are not saved.
    pub fn file_renamed(&mut self, from: &Path, to: &Path, on_disk: Option<&Self>) {
        if self.save_path() != Some(from) {
            return;
        }
        self.origin = Origin::File(to.to_owned());
        let Some(on_disk) = on_disk else { return };
        let renamed =
            |scenario: &Scenario| Scenario { name: on_disk.scenario.name.clone(), ..scenario.clone() };
        // Where the file says something else besides, the next save finds that out.
        if self.saved.as_ref().is_some_and(|saved| renamed(saved) == *on_disk.scenario) {
            self.saved = Some(on_disk.scenario.clone());
            self.file_hash.clone_from(&on_disk.file_hash);
        }
        self.edit(renamed(&self.scenario), false);
        self.note_difference();
    }

    /// Whether its file says something else by now than when it was read or written last.
    pub fn differs_on_disk(&self, on_disk: &Self) -> bool {
        self.saved.as_ref() != Some(&on_disk.scenario)
    }

    /// Steps back; `false`: there is nothing to undo.
    pub fn undo(&mut self) -> bool {
        let Some(before) = self.undo.pop() else { return false };
        let after = self.exchange(before);
        self.redo.push(after);
        self.note_difference();
        true
    }

    /// Steps forward again.
    pub fn redo(&mut self) -> bool {
        let Some(after) = self.redo.pop() else { return false };
        let before = self.exchange(after);
        self.undo.push(before);
        self.note_difference();
        true
    }

    /// Keeps as many steps back as there is room for, the last one in any case.
    fn forget_far_steps(&mut self) {
        let mut held = 0;
        let mut newer = &self.scenario;
        let mut kept = 0;
        for step in self.undo.iter().rev().take(MAX_UNDO) {
            held += own_bytes(&step.scenario, newer);
            if held > MAX_UNDO_BYTES && kept > 0 {
                break;
            }
            newer = &step.scenario;
            kept += 1;
        }
        self.undo.drain(..self.undo.len() - kept);
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
            Origin::File(path) | Origin::Module(path) | Origin::Imported(path) => Some(path.clone()),
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
        self.differs || self.save_failure.is_some()
    }

    fn note_difference(&mut self) {
        let is_it = |saved: &Arc<Scenario>| Arc::ptr_eq(saved, &self.scenario) || *saved == self.scenario;
        self.differs = !self.saved.as_ref().is_some_and(is_it);
    }

    /// Why it could not be saved when that was tried last.
    pub fn save_failure(&self) -> Option<&str> {
        self.save_failure.as_deref()
    }

    /// The file that it was opened from.
    pub fn file_path(&self) -> Option<&Path> {
        match &self.origin {
            Origin::Module(path) | Origin::File(path) => Some(path),
            Origin::Sample(_) | Origin::Imported(_) => None,
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
            Origin::Sample(_) | Origin::Module(_) | Origin::Imported(_) => None,
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

    /// What is to be written to `path` so that the scenario is there.
    pub fn save_job(&self, path: &Path, overwrite: Overwrite) -> Job {
        let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        let overwrite = match overwrite {
            Overwrite::OwnFile if self.save_path() == Some(&path) && !self.file_hash.is_empty() => {
                Overwrite::Hash(self.file_hash.clone())
            }
            other => other,
        };
        let (scenario, modules) = (self.scenario.clone(), self.modules.clone());
        Job { document: self.id, scenario, modules, path, overwrite }
    }

    /// It was written. Edits that were made meanwhile stay, and are not saved.
    pub fn was_saved(&mut self, written: Written) {
        let Written { sent, scenario, modules, path, hash } = written;
        if Arc::ptr_eq(&self.scenario, &sent) {
            self.scenario = scenario.clone();
            self.modules = modules;
        }
        self.saved = Some(scenario);
        self.origin = Origin::File(path);
        self.file_hash = hash;
        self.save_failure = None;
        self.note_difference();
    }

    /// It could not be written.
    pub fn was_not_saved(&mut self, reason: String) {
        self.save_failure = Some(reason);
    }

    /// Takes what was read from its file, as an edit that can be undone.
    pub fn take_on_disk(&mut self, on_disk: Self) {
        self.take(Version { scenario: on_disk.scenario, modules: on_disk.modules }, on_disk.file_hash);
    }

    /// Takes what its file has now, as an edit that can be undone.
    pub fn take_file(&mut self, scenario: Arc<Scenario>, hash: String) {
        let modules = ModuleSource::all(&scenario, &Source { file: self.save_path().map(Path::to_owned) });
        self.take(Version { scenario, modules }, hash);
    }

    fn take(&mut self, on_disk: Version, hash: String) {
        if self.save_path().is_none() {
            return;
        }
        self.saved = Some(on_disk.scenario.clone());
        let before = self.exchange(on_disk);
        self.undo.push(before);
        self.redo.clear();
        self.file_hash = hash;
        self.save_failure = None;
        self.note_difference();
    }

    /// As the session keeps it.
    pub fn keep(&self, view: serde_json::Value) -> Kept {
        let saved = match &self.saved {
            Some(_) if !self.differs => Saved::Present,
            Some(saved) => Saved::Other(saved.clone()),
            None => Saved::Nowhere,
        };
        Kept {
            version: session::VERSION,
            large: Default::default(),
            id: self.id,
            origin: match &self.origin {
                Origin::Sample(id) => session::Origin::Sample((*id).to_owned()),
                Origin::Module(path) => session::Origin::Module(path.clone()),
                Origin::File(path) => session::Origin::File(path.clone()),
                Origin::Imported(path) => session::Origin::Imported(path.clone()),
            },
            present: keep_version(&self.scenario, &self.modules),
            saved,
            sha256: self.file_hash.clone(),
            undo: self.undo.iter().map(Version::keep).collect(),
            redo: self.redo.iter().map(Version::keep).collect(),
            view,
        }
    }

    /// As it was kept; `None`: it is a sample that this Filterlab does not have.
    pub fn restore(kept: &Kept) -> Option<Self> {
        let origin = match &kept.origin {
            session::Origin::Sample(id) => Origin::Sample(samples::find(id)?.id),
            session::Origin::Module(path) => Origin::Module(path.clone()),
            session::Origin::File(path) => Origin::File(path.clone()),
            session::Origin::Imported(path) => Origin::Imported(path.clone()),
        };
        let Version { scenario, modules } = Version::restore(&kept.present);
        let mut document = Self {
            id: kept.id,
            scenario,
            modules,
            origin,
            saved: match &kept.saved {
                Saved::Present => Some(kept.present.scenario.clone()),
                Saved::Other(saved) => Some(saved.clone()),
                Saved::Nowhere => None,
            },
            file_hash: kept.sha256.clone(),
            differs: false,
            save_failure: None,
            undo: kept.undo.iter().map(Version::restore).collect(),
            redo: kept.redo.iter().map(Version::restore).collect(),
        };
        document.note_difference();
        Some(document)
    }

    /// Its file is gone, or is no scenario any more: nobody else has this one. What is in its place by the next save is not
    /// overwritten in silence.
    pub fn lost_file(&mut self) {
        self.saved = None;
        self.note_difference();
    }

    /// Its file says again what it says itself; `false`: it does not.
    pub fn found_file(&mut self, on_disk: &Self) -> bool {
        let is_same = *on_disk.scenario == *self.scenario;
        if is_same {
            self.saved = Some(self.scenario.clone());
            self.file_hash.clone_from(&on_disk.file_hash);
            self.note_difference();
        }
        is_same
    }

    /// Saves and waits.
    #[cfg(test)]
    pub fn save(&mut self, path: &Path) -> Result<(), super::saving::Failure> {
        let written = super::saving::write(self.save_job(path, Overwrite::Anything))?;
        self.was_saved(written);
        Ok(())
    }
}

/// Bytes of bodies and modules that a scenario does not share with another. What else it holds is small, and counted alike.
fn own_bytes(scenario: &Scenario, other: &Scenario) -> usize {
    const REST: usize = 4 << 10;
    let large = |scenario: &Scenario| -> Vec<Bytes> {
        let modules = scenario.chain.iter().filter_map(|filter| filter.module.as_ref());
        let then = scenario.then.iter().filter_map(|then| then.request.as_ref()).map(|request| &request.body);
        let bodies = [&scenario.request.body, &scenario.reply.body].into_iter().chain(modules).chain(then);
        bodies.map(|body| body.0.clone()).collect()
    };
    let others = large(other);
    let is_shared = |bytes: &Bytes| others.iter().any(|other| std::ptr::eq(&**other, &**bytes));
    REST + large(scenario).iter().filter(|bytes| !is_shared(bytes)).map(Bytes::len).sum::<usize>()
}

impl Version {
    fn keep(&self) -> session::Version {
        keep_version(&self.scenario, &self.modules)
    }

    fn restore(kept: &session::Version) -> Self {
        Self { scenario: kept.scenario.clone(), modules: restore_modules(kept) }
    }
}

fn keep_version(scenario: &Arc<Scenario>, modules: &[ModuleSource]) -> session::Version {
    let filters = scenario.chain.iter();
    let modules = modules.iter().zip(filters).map(|(module, filter)| keep_module(module, filter)).collect();
    session::Version { scenario: scenario.clone(), modules }
}

fn keep_module(module: &ModuleSource, filter: &Filter) -> KeptModule {
    match module {
        ModuleSource::File(path) => KeptModule::File(path.clone()),
        ModuleSource::Pinned { path, sha256 } => {
            KeptModule::Pinned { path: path.clone(), sha256: sha256.clone() }
        }
        ModuleSource::Embedded { name, bytes } => {
            // The bytes of samples are part of the program: the same place is the same sample.
            let sample = samples::all().iter().find(|sample| std::ptr::eq(sample.module, &**bytes));
            match (sample, &filter.module) {
                (Some(sample), _) => KeptModule::Sample(sample.id.to_owned()),
                (None, Some(own)) if own.0 == *bytes => KeptModule::InScenario,
                _ => KeptModule::Bytes { name: name.clone().into_owned(), bytes: Body(bytes.clone()) },
            }
        }
    }
}

fn restore_modules(version: &session::Version) -> Vec<ModuleSource> {
    let filters = version.scenario.chain.iter();
    let restored = version.modules.iter().zip(filters).map(|(module, filter)| match module {
        KeptModule::File(path) => ModuleSource::File(path.clone()),
        KeptModule::Pinned { path, sha256 } => {
            ModuleSource::Pinned { path: path.clone(), sha256: sha256.clone() }
        }
        KeptModule::Sample(id) => match samples::find(id) {
            Some(sample) => sample.module_source(),
            None => ModuleSource::of(filter, &Source::default()),
        },
        KeptModule::InScenario => ModuleSource::of(filter, &Source::default()),
        KeptModule::Bytes { name, bytes } => {
            ModuleSource::Embedded { name: name.clone().into(), bytes: bytes.0.clone() }
        }
    });
    restored.collect()
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

    #[test]
    fn steps_back_hold_no_more_than_there_is_room_for_and_share_what_was_not_edited() {
        let mut document = document();
        let large = |fill: u8| Scenario { reply: reply(vec![fill; 50 << 20]), ..Scenario::default() };
        document.edit(large(0), false);
        for number in 0..100 {
            let mut scenario = (*document.scenario).clone();
            scenario.name = number.to_string();
            document.edit(scenario, false);
        }
        assert_eq!(document.undo.len(), 101, "the body is there once");
        for fill in 1..6 {
            document.edit(large(fill), false);
        }
        assert_eq!(document.undo.len(), 2, "two of them have room");
        document.edit(Scenario { reply: reply(vec![9; 200 << 20]), ..Scenario::default() }, false);
        document.edit(named("small"), false);
        assert_eq!(document.undo.len(), 1, "one step back there is always");
    }

    fn reply(body: Vec<u8>) -> crate::scenario::Reply {
        crate::scenario::Reply { body: body.into(), ..Default::default() }
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
