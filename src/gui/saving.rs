//! Saving, on a thread of its own: the window goes on while a large scenario is written.
//!
//! Nothing is overwritten that the user does not know of: a file that somebody else wrote to since it was read stays as it is
//! until the user says what is to become of it.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, JoinHandle};

use crate::files;
use crate::run::{ModuleSource, hash};
use crate::samples;
use crate::scenario::{Body, FileError, MAX_FILE, Scenario, Source};
use crate::session::DocumentId;

/// What may be in the place of a file that is to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Overwrite {
    /// Whatever: the user was asked.
    Anything,
    Nothing,
    /// The document's own file as it was when it was read or written last.
    OwnFile,
    /// A file of this SHA-256.
    Hash(String),
}

/// A scenario to be written.
#[derive(Clone, Debug)]
pub struct Job {
    pub document: DocumentId,
    pub scenario: Arc<Scenario>,
    /// One for each filter of the chain.
    pub modules: Vec<ModuleSource>,
    /// Absolute.
    pub path: PathBuf,
    pub overwrite: Overwrite,
}

/// What was written.
#[derive(Clone, Debug)]
pub struct Written {
    /// The scenario that was to be written.
    pub sent: Arc<Scenario>,
    /// The same as the file has it, with filters named relative to it.
    pub scenario: Arc<Scenario>,
    pub modules: Vec<ModuleSource>,
    pub path: PathBuf,
    /// SHA-256 of the file.
    pub hash: String,
}

/// Why nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    #[error(transparent)]
    File(#[from] FileError),
    #[error("{0} was changed by another program since it was read")]
    Changed(PathBuf),
    #[error("{0} is there already")]
    Exists(PathBuf),
    #[error("{0} is read-only")]
    ReadOnly(PathBuf),
}

/// What became of a job.
#[derive(Debug)]
pub struct Report {
    pub document: DocumentId,
    pub result: Result<Written, Failure>,
}

/// The thread, from the first save on. Dropping it waits until all is written.
#[derive(Debug, Default)]
pub struct Saving {
    thread: Option<Thread>,
    /// Documents that are being written.
    under_way: Vec<DocumentId>,
    waited: Vec<Report>,
}

#[derive(Debug)]
struct Thread {
    jobs: Option<Sender<Job>>,
    reports: Receiver<Report>,
    thread: Option<JoinHandle<()>>,
}

impl Saving {
    /// Hands a job over. `wake` is called from the thread when one is done; only that of the first job is taken.
    pub fn start(&mut self, job: Job, wake: impl Fn() + Send + 'static) -> io::Result<()> {
        if self.thread.is_none() {
            self.thread = Some(Thread::start(wake)?);
        }
        self.under_way.push(job.document);
        if let Some(jobs) = self.thread.as_ref().and_then(|thread| thread.jobs.as_ref()) {
            // The thread lives as long as the sender.
            let _ = jobs.send(job);
        }
        Ok(())
    }

    pub fn is_saving(&self, document: DocumentId) -> bool {
        self.under_way.contains(&document)
    }

    /// What became of a job, once.
    pub fn poll(&mut self) -> Option<Report> {
        let report = match self.waited.pop() {
            Some(waited) => waited,
            None => self.thread.as_ref()?.reports.try_recv().ok()?,
        };
        if let Some(place) = self.under_way.iter().position(|id| *id == report.document) {
            self.under_way.remove(place);
        }
        Some(report)
    }

    /// Blocks until the next job is done; [`Saving::poll`] gives it. For tests, which must not depend on time. `false`:
    /// nothing is written.
    #[doc(hidden)]
    pub fn wait(&mut self) -> bool {
        if self.waited.is_empty() && !self.under_way.is_empty() {
            self.waited.extend(self.thread.as_ref().and_then(|thread| thread.reports.recv().ok()));
        }
        !self.waited.is_empty()
    }
}

impl Thread {
    fn start(wake: impl Fn() + Send + 'static) -> io::Result<Self> {
        let (jobs, received) = channel::<Job>();
        let (sender, reports) = channel();
        let work = move || {
            while let Ok(job) = received.recv() {
                let document = job.document;
                // The window may be gone by now; then nobody wants to know.
                let _ = sender.send(Report { document, result: write(job) });
                wake();
            }
        };
        let thread = thread::Builder::new().name("filterlab-save".into()).spawn(work)?;
        Ok(Self { jobs: Some(jobs), reports, thread: Some(thread) })
    }
}

impl Drop for Thread {
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Writes a scenario with its filters named relative to it.
///
/// A bundled filter has no file: it is written beside the scenario, or into it where a file of that name is another one.
pub fn write(job: Job) -> Result<Written, Failure> {
    check(&job.path, &job.overwrite)?;
    let folder = job.path.parent().unwrap_or(Path::new(""));
    let mut scenario = (*job.scenario).clone();
    let mut modules = Vec::new();
    for (filter, module) in scenario.chain.iter_mut().zip(&job.modules) {
        // What is in the scenario itself stays there, and a sample is part of every Filterlab.
        if filter.module.is_some() || samples::at(&filter.path).is_some() {
            modules.push(module.clone());
            continue;
        }
        let file = match module {
            ModuleSource::File(file) | ModuleSource::Pinned { path: file, .. } => file.clone(),
            ModuleSource::Embedded { name, bytes } => {
                let file = folder.join(&**name);
                if !put_beside(&file, bytes)
                    .map_err(|reason| FileError::Write { path: file.clone(), reason })?
                {
                    filter.module = Some(Body(bytes.clone()));
                    modules.push(module.clone());
                    continue;
                }
                file
            }
        };
        filter.path = files::relative(&file, folder);
        modules.push(ModuleSource::of(filter, &Source { file: Some(job.path.clone()) }));
    }
    let json = scenario.to_json();
    files::write_whole(&job.path, json.as_bytes())
        .map_err(|reason| FileError::Write { path: job.path.clone(), reason })?;
    let hash = hash(json.as_bytes());
    Ok(Written { sent: job.scenario, scenario: scenario.into(), modules, path: job.path, hash })
}

fn check(path: &Path, overwrite: &Overwrite) -> Result<(), Failure> {
    // A new file in its place would be written where the folder allows it: against the will of whoever protected it.
    if std::fs::metadata(path).is_ok_and(|known| known.permissions().readonly()) {
        return Err(Failure::ReadOnly(path.to_owned()));
    }
    match overwrite {
        Overwrite::Anything | Overwrite::OwnFile => Ok(()),
        Overwrite::Nothing if path.exists() => Err(Failure::Exists(path.to_owned())),
        Overwrite::Nothing => Ok(()),
        Overwrite::Hash(known) => match files::read_at_most(path, MAX_FILE) {
            Ok(bytes) if hash(&bytes) != *known => Err(Failure::Changed(path.to_owned())),
            // One that is gone is written anew; what else is wrong with it, writing finds out.
            _ => Ok(()),
        },
    }
}

/// Writes a module to a file unless another one is there; `false`: another one is.
fn put_beside(file: &Path, bytes: &[u8]) -> io::Result<bool> {
    match std::fs::metadata(file) {
        Ok(known) if known.len() != bytes.len() as u64 => Ok(false),
        Ok(_) => Ok(std::fs::read(file)? == bytes),
        Err(_) => files::write_whole(file, bytes).map(|()| true),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gui::document::Document;

    fn sample() -> Document {
        Document::sample(samples::find(samples::DEFAULT).expect("it is bundled"))
    }

    #[test]
    fn a_file_that_somebody_else_wrote_to_is_not_overwritten() {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let path = folder.path().join("x.scenario.json");
        let mut document = sample();
        document.save(&path).expect("it is saved");
        std::fs::write(&path, "theirs").expect("it can be written");
        let refused = write(document.save_job(&path, Overwrite::OwnFile));
        assert!(matches!(refused, Err(Failure::Changed(of)) if of == path));
        assert_eq!(std::fs::read_to_string(&path).expect("it is there"), "theirs");
        let refused = write(document.save_job(&path, Overwrite::Nothing));
        assert!(matches!(refused, Err(Failure::Exists(_))));
        write(document.save_job(&path, Overwrite::Anything)).expect("the user said so");
        std::fs::remove_file(&path).expect("it is there");
        write(document.save_job(&path, Overwrite::OwnFile)).expect("one that is gone is written anew");
    }

    #[test]
    fn a_read_only_file_stays_as_it_is() {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let path = folder.path().join("x.scenario.json");
        let mut document = sample();
        document.save(&path).expect("it is saved");
        let before = std::fs::read(&path).expect("it is there");
        let mut permissions = std::fs::metadata(&path).expect("it is there").permissions();
        permissions.set_readonly(true);
        std::fs::set_permissions(&path, permissions).expect("it is ours");
        document.edit(Scenario { name: "mine".into(), ..(*document.scenario).clone() }, false);
        for overwrite in [Overwrite::OwnFile, Overwrite::Anything] {
            let refused = write(document.save_job(&path, overwrite)).expect_err("it is protected");
            assert!(refused.to_string().ends_with("x.scenario.json is read-only"), "{refused}");
        }
        assert_eq!(std::fs::read(&path).expect("it is there"), before);
    }

    #[test]
    fn a_bundled_module_does_not_take_the_place_of_another_file() {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let mut document = sample();
        let beside = folder.path().join(document.module_name());
        std::fs::write(&beside, "of the user").expect("it can be written");
        let path = folder.path().join("x.scenario.json");
        document.save(&path).expect("it is saved");
        assert_eq!(std::fs::read_to_string(&beside).expect("it is there"), "of the user");
        let again = Document::file(&path).expect("it opens");
        assert_eq!(
            again.modules[0].read().expect("it is in the scenario"),
            document.modules[0].read().expect("it is there")
        );
    }

    #[test]
    fn edits_made_while_it_is_written_stay_and_are_not_saved() {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let mut document = sample();
        let job = document.save_job(&folder.path().join("x.scenario.json"), Overwrite::OwnFile);
        let mut later = (*document.scenario).clone();
        later.name = "later".into();
        document.edit(later, false);
        document.was_saved(write(job).expect("it is written"));
        assert!(document.is_changed());
        assert_eq!(document.scenario.name, "later");
        assert!(document.undo() && document.can_redo());
    }

    #[test]
    fn jobs_are_done_in_turn_and_waited_for_at_the_end() {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let path = |number: u32| folder.path().join(format!("{number}.scenario.json"));
        let document = sample();
        let mut saving = Saving::default();
        for number in 0..20 {
            saving
                .start(document.save_job(&path(number), Overwrite::Nothing), || {})
                .expect("a thread can be started");
        }
        assert!(saving.is_saving(document.id));
        drop(saving);
        assert!((0..20).all(|number| path(number).exists()));
    }
}
