//! Files that are watched: says when one was rewritten, as soon as it is whole.
//!
//! A thread looks at the files when the system says that something happened around them, and from time to time without
//! being told, since some systems and most network mounts tell nothing. Only what a file looks like counts
//! ([`settle`]); events are no more than a reason to look. It makes no difference how a build writes: in place, in pieces,
//! beside and renamed over, deleted and made again, behind a link.

mod places;
mod settle;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use notify::event::{AccessKind, AccessMode};
use notify::{EventKind, RecursiveMode};

use settle::{Seen, Settling, Stamp};

/// How often files are looked at where the system tells of changes, in case that it forgets one.
const SELDOM: Duration = Duration::from_secs(1);
/// How often where it does not.
const OFTEN: Duration = Duration::from_millis(200);

/// What happened to a watched file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// As it was asked for.
    pub path: PathBuf,
    pub what: What,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// It is another one than before, and whole. Of a folder: something came, went or got another name.
    Rewritten,
    /// It is not there any more, or empty, and has been for a while.
    Gone,
}

/// A handle on the thread, which ends with it.
#[derive(Debug)]
pub struct Watcher {
    asks: Sender<Ask>,
    changes: Receiver<Change>,
}

enum Ask {
    /// To watch these, and no others; and to say when that is so.
    Files(Vec<PathBuf>, Option<Sender<()>>),
    /// Something happened to these; nothing: to anything.
    Hint(Vec<PathBuf>),
    End,
}

impl Watcher {
    /// Starts the thread; `wake` is called from it when a change is there.
    pub fn start(wake: impl Fn() + Send + 'static) -> io::Result<Self> {
        Self::start_with(Some(system), wake)
    }

    /// One that hears nothing from the system, as on a network mount. For tests.
    #[doc(hidden)]
    pub fn deaf(wake: impl Fn() + Send + 'static) -> io::Result<Self> {
        Self::start_with(None, wake)
    }

    fn start_with(listen: Option<Listen>, wake: impl Fn() + Send + 'static) -> io::Result<Self> {
        let (asks, receiver) = channel();
        let (sender, changes) = channel();
        let hints = asks.clone();
        thread::Builder::new().name("filterlab-watch".into()).spawn(move || {
            let system = listen.and_then(|listen| listen(hints));
            Watching::new(system).run(&receiver, &sender, wake);
        })?;
        Ok(Self { asks, changes })
    }

    /// Watches these files and folders, and no others. What is watched already keeps its state. They need not be there.
    pub fn watch(&self, files: Vec<PathBuf>) {
        // The thread is there as long as this handle.
        let _ = self.asks.send(Ask::Files(files, None));
    }

    /// The same, and comes back when they are watched. For tests, which change them then.
    #[doc(hidden)]
    pub fn watch_now(&self, files: Vec<PathBuf>) {
        let (sender, done) = channel();
        let _ = self.asks.send(Ask::Files(files, Some(sender)));
        let _ = done.recv();
    }

    /// The next change, if there is one.
    pub fn poll(&self) -> Option<Change> {
        self.changes.try_recv().ok()
    }

    /// Waits for the next change, for as long as it takes; `None`: the thread is gone. For tests, which must not depend on
    /// time.
    #[doc(hidden)]
    pub fn wait(&self) -> Option<Change> {
        self.changes.recv().ok()
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        // The system's events have a sender of their own, so that the thread would wait for ever.
        let _ = self.asks.send(Ask::End);
    }
}

type System = Box<dyn notify::Watcher>;
type Listen = fn(Sender<Ask>) -> Option<System>;

/// The system's own way of telling; `None`: it has none.
fn system(hints: Sender<Ask>) -> Option<System> {
    let hear = move |event: notify::Result<notify::Event>| {
        let hint = match event {
            Ok(event) if is_silent(event.kind) => return,
            Ok(event) if !event.need_rescan() => event.paths,
            // Events were lost.
            _ => Vec::new(),
        };
        let _ = hints.send(Ask::Hint(hint));
    };
    notify::recommended_watcher(hear).ok().map(|watcher| Box::new(watcher) as System)
}

/// Reading changes nothing.
fn is_silent(kind: EventKind) -> bool {
    matches!(kind, EventKind::Access(kind) if kind != AccessKind::Close(AccessMode::Write))
}

/// One watched file.
struct File {
    settling: Settling,
    /// The names by which the system may tell of it.
    names: BTreeSet<PathBuf>,
    /// When it has to be looked at again because it is changing.
    due: Option<Duration>,
    /// The system told of the change under way.
    was_told: bool,
}

/// What the thread knows.
struct Watching {
    began: Instant,
    system: Option<System>,
    files: BTreeMap<PathBuf, File>,
    /// Watched files by the names that the system uses.
    by_name: HashMap<PathBuf, Vec<PathBuf>>,
    /// Folders that the system watches, with what they looked like then: a folder that was made anew is another one.
    folders: BTreeMap<PathBuf, Option<settle::FolderId>>,
    /// The system failed to tell of a change, or to watch a folder.
    is_deaf: bool,
    next_round: Duration,
}

impl Watching {
    fn new(system: Option<System>) -> Self {
        Self {
            began: Instant::now(),
            is_deaf: system.is_none(),
            system,
            files: BTreeMap::new(),
            by_name: HashMap::new(),
            folders: BTreeMap::new(),
            next_round: Duration::ZERO,
        }
    }

    fn run(&mut self, asks: &Receiver<Ask>, changes: &Sender<Change>, wake: impl Fn()) {
        loop {
            let mut look_at = BTreeSet::new();
            let due = self.files.values().filter_map(|file| file.due).min();
            let next = due.map_or(self.next_round, |due| due.min(self.next_round));
            let mut asked = match self.files.is_empty() {
                // Nothing to do until somebody asks.
                true => asks.recv().map_err(|_| RecvTimeoutError::Disconnected),
                false => asks.recv_timeout(next.saturating_sub(self.began.elapsed())),
            };
            while let Ok(ask) = asked {
                if matches!(ask, Ask::End) {
                    return;
                }
                self.take(ask, &mut look_at);
                asked = asks.try_recv().map_err(|_| RecvTimeoutError::Timeout);
            }
            if asked.is_err_and(|end| end == RecvTimeoutError::Disconnected) {
                return;
            }
            let now = self.began.elapsed();
            look_at.extend(self.due(now));
            if now >= self.next_round {
                look_at.extend(self.files.keys().cloned());
                self.listen();
                self.next_round = now + if self.is_deaf { OFTEN } else { SELDOM };
            }
            let mut found = false;
            for path in look_at {
                let Some(what) = self.look(&path) else { continue };
                found = true;
                if changes.send(Change { path, what }).is_err() {
                    return;
                }
            }
            if found {
                // A link may lead elsewhere now, and a folder be another one.
                self.name_all();
                self.listen();
                wake();
            }
        }
    }

    fn due(&self, now: Duration) -> Vec<PathBuf> {
        let is_due = |file: &File| file.due.is_some_and(|due| due <= now);
        self.files.iter().filter(|(_, file)| is_due(file)).map(|(path, _)| path.clone()).collect()
    }

    fn take(&mut self, ask: Ask, look_at: &mut BTreeSet<PathBuf>) {
        match ask {
            Ask::Files(files, done) => {
                self.watch(files);
                // Nobody may wait for it any more.
                let _ = done.map(|done| done.send(()));
                // What changed before the system began to watch.
                look_at.extend(self.files.keys().cloned());
            }
            Ask::End => {}
            Ask::Hint(paths) if paths.is_empty() => look_at.extend(self.files.keys().cloned()),
            Ask::Hint(paths) => {
                for path in &paths {
                    // A folder has changed when something in it has.
                    let names = [Some(path.as_path()), path.parent()].into_iter().flatten();
                    for file in names.filter_map(|name| self.by_name.get(name)).flatten() {
                        if let Some(file) = self.files.get_mut(file) {
                            file.was_told = true;
                        }
                        look_at.insert(file.clone());
                    }
                }
            }
        }
    }

    fn watch(&mut self, files: Vec<PathBuf>) {
        let wanted: BTreeSet<PathBuf> = files.into_iter().collect();
        self.files.retain(|path, _| wanted.contains(path));
        for path in wanted {
            self.files.entry(path).or_insert_with_key(|path| File {
                settling: Settling::new(Stamp::of(path)),
                names: BTreeSet::new(),
                due: None,
                was_told: false,
            });
        }
        self.name_all();
        self.listen();
    }

    fn name_all(&mut self) {
        self.by_name.clear();
        for (path, file) in &mut self.files {
            file.names = places::names(path);
            for name in &file.names {
                self.by_name.entry(name.clone()).or_default().push(path.clone());
            }
        }
    }

    /// Has the system watch the folders of all files, anew where a folder is another one than before.
    fn listen(&mut self) {
        let Some(system) = &mut self.system else { return };
        let names = self.files.values().flat_map(|file| &file.names);
        let wanted = places::folders(names);
        let is_over = |folder: &PathBuf, id: &mut Option<settle::FolderId>| {
            !wanted.contains(folder) || *id != settle::folder_id(folder)
        };
        for (folder, _) in self.folders.extract_if(.., is_over) {
            // It may be gone, and the watch with it.
            let _ = system.unwatch(&folder);
        }
        for folder in wanted {
            if self.folders.contains_key(&folder) {
                continue;
            }
            let made = settle::folder_id(&folder);
            match system.watch(&folder, RecursiveMode::NonRecursive) {
                Ok(()) => {
                    self.folders.insert(folder, made);
                }
                // There are limits on how many can be watched.
                Err(_) => self.is_deaf = true,
            }
        }
    }

    /// What became of a file, if that is to be said.
    fn look(&mut self, path: &Path) -> Option<What> {
        let now = self.began.elapsed();
        let file = self.files.get_mut(path)?;
        let seen = file.settling.look(Stamp::of(path), now);
        file.due = match seen {
            Seen::Changing(until) => Some(until),
            _ => None,
        };
        let what = match seen {
            Seen::Same => {
                file.was_told = false;
                return None;
            }
            Seen::Changing(_) => return None,
            Seen::Rewritten => What::Rewritten,
            Seen::Gone => What::Gone,
        };
        // A change that was only found by looking: here nobody tells.
        self.is_deaf |= !std::mem::take(&mut file.was_told);
        Some(what)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    struct Scene {
        folder: tempfile::TempDir,
        watcher: Watcher,
        /// One for each time that the window would be woken.
        woken: Receiver<()>,
    }

    impl Scene {
        fn with(start: impl Fn(Sender<()>) -> io::Result<Watcher>) -> Self {
            let folder = tempfile::tempdir().expect("a folder can be made");
            let (wake, woken) = channel();
            Self { folder, watcher: start(wake).expect("a thread can be made"), woken }
        }

        fn new() -> Self {
            Self::with(|wake| {
                Watcher::start(move || {
                    let _ = wake.send(());
                })
            })
        }

        fn path(&self, name: &str) -> PathBuf {
            self.folder.path().join(name)
        }

        fn write(&self, name: &str, bytes: &[u8]) -> PathBuf {
            fs::write(self.path(name), bytes).expect("it can be written");
            self.path(name)
        }

        /// Watches a file, and another one that says that nothing more came of it.
        fn watch(&self, path: &Path) {
            self.watcher.watch_now(vec![path.to_owned(), self.path("mark")]);
        }

        fn next(&self) -> Change {
            self.watcher.wait().expect("the thread is there")
        }

        /// The next change is that of this file, and there is none that was not asked for before another one.
        fn assert_one_rebuild(&self, path: &Path) {
            assert_eq!(self.next(), Change { path: path.to_owned(), what: What::Rewritten });
            let after = self.write("mark", b"y");
            assert_eq!(self.next().path, after, "one report for one rebuild");
        }
    }

    #[test]
    fn a_file_that_is_written_in_place_is_reported_once() {
        let scene = Scene::new();
        let path = scene.write("f.wasm", b"one");
        scene.watch(&path);
        scene.write("f.wasm", b"two");
        scene.assert_one_rebuild(&path);
    }

    #[test]
    fn a_file_that_is_renamed_over_is_reported_once() {
        let scene = Scene::new();
        let path = scene.write("f.wasm", b"one");
        scene.watch(&path);
        let beside = scene.write("f.wasm.tmp", b"two");
        fs::rename(beside, &path).expect("it can be renamed");
        scene.assert_one_rebuild(&path);
    }

    #[test]
    fn a_file_that_is_deleted_and_made_again_is_reported_once() {
        let scene = Scene::new();
        let path = scene.write("f.wasm", b"one");
        scene.watch(&path);
        fs::remove_file(&path).expect("it was there");
        scene.write("f.wasm", b"one");
        scene.assert_one_rebuild(&path);
    }

    #[test]
    fn a_file_in_a_folder_that_is_made_anew_is_reported() {
        let scene = Scene::new();
        fs::create_dir(scene.path("target")).expect("it can be made");
        let path = scene.write("target/f.wasm", b"one");
        scene.watch(&path);
        fs::remove_dir_all(scene.path("target")).expect("it was there");
        assert_eq!(scene.next(), Change { path: path.clone(), what: What::Gone });
        fs::create_dir(scene.path("target")).expect("it can be made");
        scene.write("target/f.wasm", b"two");
        scene.assert_one_rebuild(&path);
    }

    #[cfg(unix)]
    #[test]
    fn a_file_behind_a_link_is_reported_when_it_or_the_link_changes() {
        let scene = Scene::new();
        fs::create_dir(scene.path("a")).expect("it can be made");
        let (target, other) = (scene.write("a/f.wasm", b"one"), scene.write("a/g.wasm", b"another"));
        let link = scene.path("link.wasm");
        std::os::unix::fs::symlink(&target, &link).expect("links can be made");
        scene.watch(&link);
        fs::write(&target, "two").expect("it can be written");
        scene.assert_one_rebuild(&link);
        let beside = scene.path("link.tmp");
        std::os::unix::fs::symlink(&other, &beside).expect("links can be made");
        fs::rename(beside, &link).expect("it can be renamed");
        scene.assert_one_rebuild(&link);
    }

    #[test]
    fn where_the_system_tells_nothing_files_are_looked_at() {
        let scene = Scene::with(|_| Watcher::deaf(|| {}));
        let path = scene.write("f.wasm", b"one");
        scene.watch(&path);
        scene.write("f.wasm", b"other");
        scene.assert_one_rebuild(&path);
    }

    #[test]
    fn the_window_is_woken_for_changes_only() {
        let scene = Scene::new();
        let path = scene.write("f.wasm", b"one");
        scene.watch(&path);
        fs::read(&path).expect("it can be read");
        scene.write("unwatched", b"x");
        scene.write("f.wasm", b"two");
        scene.assert_one_rebuild(&path);
        scene.woken.recv().expect("it was woken for the rebuild");
        scene.woken.recv().expect("and for the mark");
        assert!(scene.woken.try_recv().is_err(), "and for nothing else");
    }

    #[test]
    fn a_folder_has_changed_when_something_came_into_it() {
        let scene = Scene::new();
        let inside = scene.path("scenarios");
        fs::create_dir(&inside).expect("it can be made");
        scene.watch(&inside);
        fs::write(inside.join("new.scenario.json"), "{}").expect("it can be written");
        assert_eq!(scene.next(), Change { path: inside.clone(), what: What::Rewritten });
    }
}
