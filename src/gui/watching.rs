//! The files behind what is open, watched by a thread: modules of all tabs, the scenario in front, and a folder.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::run::ModuleSource;
use crate::watch::{Change, Watcher};

use super::clock;
use super::document::{Document, DocumentId, Origin};

/// What is watched, and what came of it.
#[derive(Default)]
pub struct Watching {
    /// Wakes the window; taken when the thread is started, which is when there is something to watch.
    wake: Option<Box<dyn Fn() + Send>>,
    /// `None`: there is no thread for it; files are read again when they are asked for.
    watcher: Option<Watcher>,
    watched: Vec<PathBuf>,
    of_folder: Vec<PathBuf>,
    /// The folder's list as it was when its files were watched.
    folder: u64,
    /// Changes that were waited for and not yet taken in.
    waited: Vec<Change>,
    /// Files that cannot be loaded as they are by now, with what the window says of each.
    broken: Vec<(PathBuf, String)>,
    /// The scenario of which a module was read again, and when.
    reloaded: Option<(DocumentId, String)>,
}

impl Watching {
    /// `wake` is called from a thread when something changed.
    pub fn new(wake: impl Fn() + Send + 'static) -> Self {
        Self { wake: Some(Box::new(wake)), ..Self::default() }
    }

    /// Watches the files of these documents, and those that `of_folder` gives for the folder's list of that number.
    pub fn watch<'a>(
        &mut self,
        documents: impl Iterator<Item = &'a Document>,
        folder: u64,
        of_folder: impl FnOnce() -> Vec<PathBuf>,
    ) {
        let wanted: Vec<PathBuf> = documents.flat_map(files_of).map(Path::to_owned).collect();
        if (&wanted, folder) == (&self.watched, self.folder) {
            return;
        }
        (self.watched, self.folder) = (wanted, folder);
        self.of_folder = of_folder();
        if self.all().next().is_some()
            && let Some(wake) = self.wake.take()
        {
            self.watcher = Watcher::start(wake).ok();
        }
        if let Some(watcher) = &self.watcher {
            watcher.watch(self.all().cloned().collect());
        }
    }

    fn all(&self) -> impl Iterator<Item = &PathBuf> {
        self.watched.iter().chain(&self.of_folder)
    }

    /// Comes back when everything is watched. For tests, which change files then.
    #[doc(hidden)]
    pub fn wait_until_watched(&self) {
        if let Some(watcher) = &self.watcher {
            watcher.watch_now(self.all().cloned().collect());
        }
    }

    /// The next change, if there is one.
    pub fn poll(&mut self) -> Option<Change> {
        match self.waited.is_empty() {
            false => Some(self.waited.remove(0)),
            true => self.watcher.as_ref()?.poll(),
        }
    }

    /// Blocks until a file has changed; the next [`Watching::poll`] gives it. For tests, which must not depend on time.
    #[doc(hidden)]
    pub fn wait(&mut self) {
        self.waited.extend(self.watcher.as_ref().and_then(Watcher::wait));
    }

    /// A file cannot be loaded, and the window says so in these words. Gives what it said of it before.
    pub fn note_broken(&mut self, file: &Path, words: &str) -> Option<String> {
        let before = self.note_mended(file);
        self.broken.push((file.to_owned(), words.to_owned()));
        before
    }

    /// A file can be loaded. Gives what the window said of it until then.
    pub fn note_mended(&mut self, file: &Path) -> Option<String> {
        let place = self.broken.iter().position(|(broken, _)| broken == file)?;
        Some(self.broken.swap_remove(place).1)
    }

    pub fn has_broken(&self) -> bool {
        !self.broken.is_empty()
    }

    /// A module of this scenario was read again, now.
    pub fn note_reload(&mut self, document: &Document) {
        self.reloaded = Some((document.id, clock::of_day(SystemTime::now())));
    }

    /// When a module of this scenario was read again, as a time of day.
    pub fn reloaded(&self, document: &Document) -> Option<&str> {
        let (of, when) = self.reloaded.as_ref()?;
        (*of == document.id).then_some(when)
    }
}

impl std::fmt::Debug for Watching {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        f.debug_struct("Watching").field("watched", &self.watched).finish_non_exhaustive()
    }
}

/// The files of a document: its modules, and its own.
fn files_of(document: &Document) -> impl Iterator<Item = &Path> {
    let own = match &document.origin {
        Origin::File(path) => Some(path.as_path()),
        Origin::Sample(_) | Origin::Module(_) | Origin::Imported(_) => None,
    };
    document.modules.iter().filter_map(ModuleSource::file).chain(own)
}
