//! Files of other tools, read and written on threads of their own: those that were opened, what was pasted, and exports.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::document::{Document, DocumentId};
use super::threads::Threads;
use crate::convert::{self, Error, Export, Format, Imported, LeftOut, Opened, Place, Why};
use crate::run::ModuleSource;
use crate::scenario::Scenario;
use crate::view::Language;

/// Most tabs that one file opens.
const MOST_TABS: usize = 20;
/// Most files are read by then; the window waits that long, since showing something else in between would only flash.
const SHORT: Duration = Duration::from_millis(20);

/// What is to be done.
#[derive(Debug)]
pub enum Job {
    Open(PathBuf),
    Paste(String),
    Export(Box<Exporting>),
}

/// A scenario on its way into a file.
#[derive(Debug)]
pub struct Exporting {
    pub document: DocumentId,
    pub format: Format,
    pub path: PathBuf,
    /// The user said that what is at the path may be replaced.
    pub replaces: bool,
    pub scenario: Arc<Scenario>,
    /// One for each filter of the chain.
    pub modules: Vec<ModuleSource>,
    pub language: Language,
}

/// What came of it.
#[derive(Debug)]
pub enum Done {
    /// With the file; none for what was pasted.
    Read(Option<PathBuf>, Result<Box<Read>, Error>),
    Written {
        format: Format,
        path: PathBuf,
        result: Result<Vec<LeftOut>, Error>,
    },
    /// There is something at the path already, and nobody said that it may be replaced. Nothing was written.
    InTheWay {
        document: DocumentId,
        format: Format,
        path: PathBuf,
    },
}

/// A file that was read.
#[derive(Debug)]
pub struct Read {
    pub format: Format,
    /// Where it lies; none for what was pasted.
    pub path: Option<PathBuf>,
    pub is_folder: bool,
    /// Of a format without filters: its requests and what was answered.
    pub traffic: Option<Scenario>,
    /// One for each scenario, to be opened as they are.
    pub documents: Vec<Document>,
    pub left_out: Vec<LeftOut>,
}

/// What is under way.
#[derive(Debug)]
pub struct Converting(Threads<Done>);

impl Default for Converting {
    fn default() -> Self {
        Self(Threads::new("filterlab-convert"))
    }
}

impl Converting {
    /// Starts a job; `wake` is called from the thread when it is done.
    pub fn start(&mut self, job: Job, wake: impl Fn() + Send + 'static) {
        self.0.start(move || job.done(), wake);
        self.0.wait_at_most(Some(SHORT));
    }

    pub fn is_under_way(&self) -> bool {
        self.0.is_under_way()
    }

    /// What is done, once.
    pub fn poll(&mut self) -> Option<Done> {
        self.0.poll()
    }

    #[doc(hidden)]
    pub fn wait(&mut self) -> bool {
        self.0.wait()
    }
}

impl Job {
    fn done(self) -> Done {
        match self {
            Self::Open(path) => {
                let opened = convert::open(&path, None);
                Done::Read(Some(path.clone()), opened.map(|opened| read(opened, Some(path))))
            }
            Self::Paste(text) => {
                let imported = convert::open_bytes(text.as_bytes(), None);
                let opened =
                    imported.map(|imported| Opened { imported, folder: PathBuf::new(), recorded: None });
                Done::Read(None, opened.map(|opened| read(opened, None)))
            }
            Self::Export(export) => {
                let (format, document) = (export.format, export.document);
                match export.write() {
                    Ok(Some(left_out)) => Done::Written { format, path: export.path, result: Ok(left_out) },
                    Ok(None) => Done::InTheWay { document, format, path: export.path },
                    Err(error) => Done::Written { format, path: export.path, result: Err(error) },
                }
            }
        }
    }
}

fn read(opened: Opened, path: Option<PathBuf>) -> Box<Read> {
    let Imported { format, mut scenarios, mut left_out } = opened.imported;
    let is_folder = path.as_ref().is_some_and(|path| path.is_dir());
    let mut made =
        Read { format, path, is_folder, traffic: None, documents: Vec::new(), left_out: Vec::new() };
    if format.is_traffic() && !scenarios.is_empty() {
        made.traffic = Some(scenarios.swap_remove(0));
    } else {
        for (place, other) in scenarios.iter().enumerate().skip(MOST_TABS) {
            let name = if other.name.is_empty() { format!("#{}", place + 1) } else { other.name.clone() };
            left_out.push(LeftOut::new(Place::Field(name), Why::TooMany { limit: MOST_TABS }));
        }
        // Paths in it are relative to its folder.
        let from = made.path.clone().unwrap_or_else(|| opened.folder.join("pasted"));
        let from = if is_folder { from.join("layout") } else { from };
        let documents = scenarios.into_iter().take(MOST_TABS);
        made.documents = documents.map(|scenario| Document::imported(scenario, &from)).collect();
    }
    made.left_out = left_out;
    Box::new(made)
}

impl Exporting {
    /// `None`: something is in the way.
    fn write(&self) -> Result<Option<Vec<LeftOut>>, Error> {
        let folder = self.path.parent().unwrap_or(Path::new(""));
        let mut scenario = (*self.scenario).clone();
        ModuleSource::name_from(&mut scenario, &self.modules, folder);
        let export = Export {
            scenario: &scenario,
            modules: &self.modules,
            trace: None,
            // Without credentials it would be another request.
            with_secrets: true,
            language: self.language,
        };
        let exported = convert::write(self.format, &export)?;
        if !self.replaces && exported.files.would_replace(&self.path) {
            return Ok(None);
        }
        exported.files.write(&self.path)?;
        Ok(Some(exported.left_out))
    }
}
