//! Files to share, made and written on a thread of their own, and the runs in such files set beside the ones made of them
//! here.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::document::{Document, DocumentId};
use super::runs::RunView;
use super::threads::Threads;
use crate::convert::bundle::{Difference, Recorded};
use crate::convert::{self, Export, Files, Format, LeftOut, Reason};
use crate::host::ModuleFacts;
use crate::run::{ModuleSource, hash};
use crate::scenario::Scenario;
use crate::view::{Language, masking};

/// What is saved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Share {
    /// A `.filterlab` file that runs the same, with everything that the run needs.
    File,
    /// The same with credentials masked, and with the run of that.
    MaskedFile,
    /// A page for a browser.
    Report,
}

impl Share {
    pub fn format(self) -> Format {
        match self {
            Self::File | Self::MaskedFile => Format::Bundle,
            Self::Report => Format::Report,
        }
    }

    /// The file that somebody meant who left the end of its name out.
    pub fn with_extension(self, path: PathBuf) -> PathBuf {
        let end = self.format().extension();
        let has_end = |path: &Path| {
            path.file_name().is_some_and(|name| name.to_string_lossy().to_ascii_lowercase().ends_with(end))
        };
        if has_end(&path) {
            return path;
        }
        let mut name = path.into_os_string();
        name.push(end);
        name.into()
    }
}

/// What came of it.
#[derive(Debug)]
pub enum Outcome {
    Saved(Saved),
    NotSaved {
        path: PathBuf,
        error: Box<convert::Error>,
    },
    /// There is a file already, and nobody said that it may be replaced. Nothing was written.
    InTheWay {
        document: DocumentId,
        what: Share,
        path: PathBuf,
    },
    /// The run in a shared file is another one than was made of it here.
    OtherRun(Difference),
}

/// A file that was written.
#[derive(Debug)]
pub struct Saved {
    pub what: Share,
    pub path: PathBuf,
    /// In bytes.
    pub size: u64,
    /// There are credentials in it, or would have been.
    pub has_secrets: bool,
    pub left_out: Vec<LeftOut>,
}

/// A recorded run that waits for the first run of its scenario.
#[derive(Debug)]
struct Watched {
    recorded: Recorded,
    run: u64,
}

/// What is under way.
#[derive(Debug)]
pub struct Sharing {
    threads: Threads<Option<Outcome>>,
    watched: Option<Watched>,
}

impl Default for Sharing {
    fn default() -> Self {
        Self { threads: Threads::new("filterlab-share").with_stack(STACK), watched: None }
    }
}

/// Stack of a thread on which guests may run.
const STACK: usize = 16 << 20;

impl Sharing {
    /// Makes and writes a file.
    pub fn save(&mut self, job: Job, wake: impl Fn() + Send + 'static) {
        self.threads.start(move || Some(job.save()), wake);
    }

    /// Sets run number `run` beside what the file of its scenario recorded, when it is there.
    pub fn watch(&mut self, recorded: Recorded, run: u64) {
        self.watched = Some(Watched { recorded, run });
    }

    /// A run has arrived.
    pub fn arrived(&mut self, run: &Arc<RunView>, wake: impl Fn() + Send + 'static) {
        let Some(watched) = self.watched.take_if(|watched| watched.run <= run.number) else { return };
        if watched.run == run.number {
            let run = run.clone();
            let work = move || watched.recorded.difference(&run.trace, &run.scenario).map(Outcome::OtherRun);
            self.threads.start(work, wake);
        }
    }

    /// What came of it, each once.
    pub fn poll(&mut self) -> Vec<Outcome> {
        std::iter::from_fn(|| self.threads.poll()).flatten().collect()
    }

    #[doc(hidden)]
    pub fn wait(&mut self) -> bool {
        self.threads.wait()
    }
}

/// A file to be made.
pub struct Job {
    document: DocumentId,
    what: Share,
    path: PathBuf,
    replaces: bool,
    scenario: Arc<Scenario>,
    modules: Vec<ModuleSource>,
    run: Option<Arc<RunView>>,
    /// A report shows credentials.
    shows_secrets: bool,
    language: Language,
}

impl Job {
    /// `run` is the one that is shown; where it is not that of the scenario as it is now, another one is made.
    pub fn new(
        what: Share,
        path: &Path,
        document: &Document,
        run: Option<Arc<RunView>>,
        shows_secrets: bool,
        language: Language,
    ) -> Self {
        let (scenario, modules) = (document.scenario.clone(), document.modules.clone());
        let (document, path) = (document.id, path.to_owned());
        Self { document, what, path, replaces: false, scenario, modules, run, shows_secrets, language }
    }

    /// The user said that a file of that name may be replaced.
    pub fn replacing(self, replaces: bool) -> Self {
        Self { replaces, ..self }
    }

    fn save(self) -> Outcome {
        if !self.replaces && self.path.is_file() {
            return Outcome::InTheWay { document: self.document, what: self.what, path: self.path };
        }
        let run = self.run.as_ref().filter(|run| self.is_run_of_it(run));
        let export = Export {
            scenario: &self.scenario,
            modules: &self.modules,
            trace: run.map(|run| &*run.trace),
            with_secrets: match self.what {
                Share::File => true,
                Share::MaskedFile => false,
                Share::Report => self.shows_secrets,
            },
            language: self.language,
        };
        let written = convert::write(self.what.format(), &export).and_then(|made| {
            let size = match &made.files {
                Files::One(bytes) => bytes.len() as u64,
                Files::Folder(_) => 0,
            };
            made.files.write(&self.path).map(|()| (size, made.left_out))
        });
        match written {
            Ok((size, left_out)) => Outcome::Saved(Saved {
                what: self.what,
                has_secrets: self.has_secrets(),
                path: self.path,
                size,
                left_out,
            }),
            Err(error) => Outcome::NotSaved { path: self.path, error: Box::new(error) },
        }
    }

    /// Whether a run is one of the scenario as it is now, with the modules as they are now.
    fn is_run_of_it(&self, run: &RunView) -> bool {
        let (mut scenario, mut modules) = ((*self.scenario).clone(), self.modules.clone());
        ModuleSource::leave_out_what_is_off(&mut scenario, &mut modules);
        let is_module = |(module, facts): (&ModuleSource, &ModuleFacts)| {
            module.read().is_ok_and(|bytes| {
                let sha256: String = facts.sha256.iter().map(|byte| format!("{byte:02x}")).collect();
                hash(&bytes) == sha256
            })
        };
        scenario == *run.scenario
            && modules.len() == run.modules.len()
            && modules.iter().zip(run.modules.iter()).all(is_module)
    }

    fn has_secrets(&self) -> bool {
        let mut masked = (*self.scenario).clone();
        masking::mask(&mut masked);
        masked != *self.scenario
    }
}

/// A shared file that was opened.
#[derive(Debug)]
pub struct Shared {
    pub document: Document,
    pub recorded: Option<Recorded>,
    pub left_out: Vec<LeftOut>,
}

impl Shared {
    /// Reads a file; nothing of it is unpacked to the disk.
    pub fn read(path: &Path) -> Result<Self, convert::Error> {
        let opened = convert::open(path, Some(Format::Bundle))?;
        let scenario = opened.imported.scenarios.into_iter().next();
        let scenario = scenario.ok_or_else(|| convert::Error::new(Reason::NoRequest))?;
        Ok(Self {
            document: Document::shared(path, scenario),
            recorded: opened.recorded,
            left_out: opened.imported.left_out,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_get_the_end_that_they_lack() {
        let named = |what: Share, name: &str| what.with_extension(name.into());
        assert_eq!(named(Share::File, "/a/x"), Path::new("/a/x.filterlab"));
        assert_eq!(named(Share::File, "/a/x.FILTERLAB"), Path::new("/a/x.FILTERLAB"));
        assert_eq!(named(Share::Report, "/a/v1.2"), Path::new("/a/v1.2.html"));
    }
}
