//! The folder of a window: found, locked, read and written.

use std::collections::HashMap;
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use serde::Deserialize;
use serde_json::Value;

use super::kept::{DocumentId, FileNow, Index, Kept, Origin, Saved, VERSION};
use super::large::{self, Large};
use super::thread::State;
use crate::files;
use crate::run::hash;
use crate::scenario::{MAX_FILE, Scenario};

/// Largest file of a session that is read, in bytes: a document and its saved version, and the steps beside them.
const MAX_KEPT: u64 = 3 * MAX_FILE;
const INDEX: &str = "index.json";
const LOCK: &str = "lock";
/// How often a new folder is made when others lock it first.
const MOST_TRIES: usize = 8;

/// Where the user's sessions lie; `None`: this system has no place for them.
pub fn root_of_user() -> Option<PathBuf> {
    let folders = directories::ProjectDirs::from("", "", "filterlab")?;
    Some(folders.state_dir().unwrap_or_else(|| folders.data_local_dir()).join("sessions"))
}

/// Something of an earlier session that is not there again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// A document cannot be read; its file has this name now.
    Broken { kept: PathBuf },
    /// The index cannot be read and has this name now: the order of the tabs is lost.
    BrokenIndex { kept: PathBuf },
    /// A document of a newer Filterlab stays in its file.
    Newer { path: PathBuf },
}

/// What was open.
#[derive(Debug, Default)]
pub struct Restored {
    /// In the order of the tabs.
    pub open: Vec<(Kept, FileNow)>,
    pub closed: Vec<(Kept, FileNow)>,
    pub front: Option<DocumentId>,
    /// How the window was divided, in its own words.
    pub window: Value,
    pub problems: Vec<Problem>,
}

/// A lock that is held. To close its file is not enough to let go of it: a program that is being started by another thread has
/// the file open, too, for a moment.
#[derive(Debug)]
struct Lock(File);

impl Drop for Lock {
    fn drop(&mut self) {
        let _ = self.0.unlock();
    }
}

/// A folder that this process holds the lock of.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    lock: Lock,
    /// What its files say, as far as this process knows.
    documents: HashMap<DocumentId, Arc<Kept>>,
    /// The large bodies that the file of each document names.
    large_of: HashMap<DocumentId, Vec<String>>,
    large: Large,
    index: Option<Index>,
    /// Folders of windows that are gone, whose documents came along. They go when ours has them.
    adopted: Vec<Folder>,
}

impl Folder {
    /// Takes a folder below `root` that no window has, with what all such folders hold; else makes a new one.
    pub fn open(root: &Path) -> io::Result<(Self, Restored)> {
        make_private(root)?;
        let mut free: Vec<Self> = fs::read_dir(root)?
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|path| path.is_dir())
            .filter_map(|path| Self::take(path).ok())
            .collect();
        // The one that was used last is the one that the user remembers.
        free.sort_by_key(Self::written);
        let mut own = match free.pop() {
            Some(folder) => folder,
            None => Self::make(root)?,
        };
        let mut restored = own.restore();
        for other in free.iter_mut().rev() {
            restored.add(other.restore());
        }
        own.adopted = free;
        Ok((own, restored))
    }

    /// A new folder. Another window that starts in the same moment may be faster to lock it; then another one is made.
    fn make(root: &Path) -> io::Result<Self> {
        let mut last = io::ErrorKind::WouldBlock.into();
        for _ in 0..MOST_TRIES {
            let path = root.join(DocumentId::fresh().to_string());
            make_private(&path)?;
            match Self::take(path) {
                Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::NotFound) => {
                    last = error;
                }
                taken => return taken,
            }
        }
        Err(last)
    }

    /// Locks the folder. An error: somebody has it, or locks are not to be had there; then it is nobody's to take.
    fn take(path: PathBuf) -> io::Result<Self> {
        let lock = File::options().create(true).write(true).truncate(false).open(path.join(LOCK))?;
        lock.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => io::ErrorKind::WouldBlock.into(),
            TryLockError::Error(error) => error,
        })?;
        let lock = Lock(lock);
        if !is_at(&lock.0, &path.join(LOCK)) {
            // A window gave the folder up between both steps.
            return Err(io::ErrorKind::NotFound.into());
        }
        Ok(Self {
            path,
            lock,
            documents: HashMap::new(),
            large_of: HashMap::new(),
            large: Large::default(),
            index: None,
            adopted: Vec::new(),
        })
    }

    fn written(&self) -> Option<SystemTime> {
        fs::metadata(self.path.join(INDEX)).and_then(|meta| meta.modified()).ok()
    }

    fn file_of(&self, id: DocumentId) -> PathBuf {
        self.path.join(format!("{id}.json"))
    }

    /// Reads everything that is in it.
    fn restore(&mut self) -> Restored {
        let mut restored = Restored::default();
        let index = self.read_index(&mut restored.problems);
        let mut ids: Vec<DocumentId> = Vec::new();
        let (mut bodies, mut has_others) = (Vec::new(), false);
        for path in
            fs::read_dir(&self.path).into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path()))
        {
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            if name.ends_with(".tmp") {
                // Half written when its process ended; nobody else writes here.
                let _ = fs::remove_file(&path);
            } else if let Some(id) = name.strip_suffix(".json").and_then(DocumentId::parse) {
                ids.push(id);
            } else if large::is_large(&name) {
                bodies.push(name);
            } else {
                has_others |= name != INDEX && name != LOCK;
            }
        }
        // In the order of the index; what it does not know was made while it was not written any more, or cannot be read.
        let place = |id: &DocumentId| {
            let listed = index.open.iter().chain(&index.closed).position(|known| known == id);
            (listed.unwrap_or(usize::MAX), *id)
        };
        ids.sort_by_key(place);
        for id in ids {
            match self.read(id) {
                Ok(kept) => {
                    let file = file_now(&kept);
                    let list = match index.closed.contains(&id) && !index.open.contains(&id) {
                        true => &mut restored.closed,
                        false => &mut restored.open,
                    };
                    list.push((kept.clone(), file));
                    self.documents.insert(id, Arc::new(kept));
                }
                Err(problem) => restored.problems.extend(problem),
            }
        }
        if !has_others && restored.problems.is_empty() {
            // What could not be read may still need its bodies; else those that nobody has go with the next state.
            self.large.take_up(bodies.into_iter());
        }
        restored.front = index.front;
        restored.window = index.window.clone();
        self.index = Some(index);
        restored
    }

    fn read_index(&self, problems: &mut Vec<Problem>) -> Index {
        let path = self.path.join(INDEX);
        let Ok(bytes) = files::read_at_most(&path, MAX_KEPT) else { return Index::default() };
        serde_json::from_slice(&bytes).unwrap_or_else(|_| {
            problems.extend(files::put_aside(&path).ok().map(|kept| Problem::BrokenIndex { kept }));
            Index::default()
        })
    }

    /// Reads a document. What cannot be read is put aside, or left alone if a newer Filterlab wrote it; no problem: it is
    /// just not there.
    fn read(&mut self, id: DocumentId) -> Result<Kept, Option<Problem>> {
        let path = self.file_of(id);
        let read = files::read_at_most(&path, MAX_KEPT);
        if read.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::NotFound) {
            return Err(None);
        }
        let bytes = read.unwrap_or_default();
        let broken = || files::put_aside(&path).ok().map(|kept| Problem::Broken { kept });
        #[derive(Deserialize)]
        struct Version {
            version: u32,
        }
        let Ok(Version { version }) = serde_json::from_slice(&bytes) else { return Err(broken()) };
        if version > VERSION {
            return Err(Some(Problem::Newer { path }));
        }
        let mut kept: Kept = serde_json::from_slice(&bytes).map_err(|_| broken())?;
        let large = kept.large.values().cloned().collect();
        if kept.id != id || self.large.read(&self.path, &mut kept).is_err() {
            return Err(broken());
        }
        self.large_of.insert(id, large);
        Ok(kept)
    }

    /// Writes what is new in a state of the window, then takes away what is in it no more. The first error is given; what can
    /// be written all the same is.
    pub fn keep(&mut self, state: &State) -> io::Result<()> {
        let mut result = Ok(());
        for kept in &state.documents {
            if self.documents.get(&kept.id).is_some_and(|known| Arc::ptr_eq(known, kept)) {
                continue;
            }
            if let Err(error) = self.write(kept) {
                result = result.and(Err(error));
            }
        }
        if self.index.as_ref() != Some(&state.index) || !self.adopted.is_empty() {
            let json = serde_json::to_vec(&state.index)?;
            files::write_whole(&self.path.join(INDEX), &json)?;
            self.index = Some(state.index.clone());
        }
        result?;
        let is_there = |id: &DocumentId| state.documents.iter().any(|kept| kept.id == *id);
        let gone: Vec<_> = self.documents.keys().copied().filter(|id| !is_there(id)).collect();
        for id in gone {
            // If it stays it comes back as a tab; that loses nothing.
            let _ = fs::remove_file(self.file_of(id));
            self.documents.remove(&id);
            self.large_of.remove(&id);
        }
        self.large.keep_only(&self.path, self.large_of.values().flatten());
        self.adopted.drain(..).for_each(Self::give_up);
        Ok(())
    }

    fn write(&mut self, kept: &Arc<Kept>) -> io::Result<()> {
        let without = self.large.write(&self.path, kept)?;
        files::write_whole(&self.file_of(kept.id), &without.to_json()?)?;
        self.documents.insert(kept.id, kept.clone());
        self.large_of.insert(kept.id, without.large.into_values().collect());
        Ok(())
    }

    /// Takes away a folder whose documents are in another one now. What could not be read stays in it.
    fn give_up(mut self) {
        self.large.keep_only(&self.path, std::iter::empty());
        for id in self.documents.keys() {
            let _ = fs::remove_file(self.file_of(*id));
        }
        let _ = fs::remove_file(self.path.join(INDEX));
        // Where a file can be removed that is open the lock is held to the end, so that nobody takes what is on its way out.
        let lock = cfg!(unix).then_some(self.lock);
        let is_empty = fs::read_dir(&self.path)
            .is_ok_and(|mut entries| entries.all(|entry| entry.is_ok_and(|entry| entry.file_name() == LOCK)));
        if is_empty {
            let _ = fs::remove_file(self.path.join(LOCK));
            let _ = fs::remove_dir(&self.path);
        }
        drop(lock);
    }
}

impl Restored {
    /// What another window left comes after; how the window stood is that of the first.
    fn add(&mut self, other: Self) {
        let has = |list: &[(Kept, FileNow)], id| list.iter().any(|(kept, _)| kept.id == id);
        for (kept, file) in other.open {
            if !has(&self.open, kept.id) {
                self.open.push((kept, file));
            }
        }
        let closed = other.closed.into_iter().filter(|(kept, _)| !has(&self.closed, kept.id));
        let mut closed: Vec<_> = closed.collect();
        closed.append(&mut self.closed);
        self.closed = closed;
        self.front = self.front.or(other.front);
        self.problems.extend(other.problems);
    }
}

/// Looks whether somebody else wrote to a document's file since it was read or written last.
fn file_now(kept: &Kept) -> FileNow {
    let Origin::File(path) = &kept.origin else { return FileNow::Same };
    let bytes = match files::read_at_most(path, MAX_FILE) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return FileNow::Gone,
        Err(_) => return FileNow::Changed(None),
    };
    let now = hash(&bytes);
    if kept.sha256.is_empty() || now == kept.sha256 {
        return FileNow::Same;
    }
    let scenario = String::from_utf8(bytes).ok().and_then(|text| Scenario::from_json(&text).ok());
    let has_it = |saved: &Scenario| scenario.as_ref() == Some(saved);
    // Written anew with the same contents, by a formatter or by another window.
    let is_same = match &kept.saved {
        Saved::Present => has_it(&kept.present.scenario),
        Saved::Other(saved) => has_it(saved),
        Saved::Nowhere => false,
    };
    if is_same { FileNow::Same } else { FileNow::Changed(scenario.map(|scenario| (scenario.into(), now))) }
}

/// Whether an open file is the one of this name, and not one that was removed since.
fn is_at(file: &File, path: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let place = |meta: fs::Metadata| (meta.dev(), meta.ino());
        let (open, named) = (file.metadata().map(place), fs::metadata(path).map(place));
        open.is_ok_and(|open| named.is_ok_and(|named| named == open))
    }
    #[cfg(not(unix))]
    {
        let _ = file;
        path.exists()
    }
}

/// Makes a folder that only its owner may look into: scenarios have credentials in them.
fn make_private(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}
