//! What lies at a path: looked at on threads, so that a slow disk does not stop the window.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use super::threads::Threads;
pub use crate::convert::FileKind;

#[derive(Debug)]
enum Seen {
    Kind(PathBuf, FileKind),
    Gone(HashSet<PathBuf>),
}

/// What was looked at for a panel: what hovers over the window, and which recent files are gone. Never asked for by a frame,
/// only when something has changed.
#[derive(Debug)]
pub struct Looking {
    threads: Threads<Seen>,
    /// How often a thread was started.
    looks: usize,
    /// The file that was asked for last: a slow look at the one before is nothing to show.
    looked_at: Option<PathBuf>,
    kind: Option<(PathBuf, FileKind)>,
    gone: HashSet<PathBuf>,
    /// A look for those that are gone is under way; the paths for the next one.
    looks_for_gone: bool,
    next: Option<Vec<PathBuf>>,
}

impl Default for Looking {
    fn default() -> Self {
        Self {
            threads: Threads::new("filterlab-look"),
            looks: 0,
            looked_at: None,
            kind: None,
            gone: HashSet::new(),
            looks_for_gone: false,
            next: None,
        }
    }
}

impl Looking {
    /// Begins to look what a file is; `wake` is called from the thread when that is known.
    pub fn look_at(&mut self, path: PathBuf, wake: impl Fn() + Send + 'static) {
        self.kind = None;
        self.looked_at = Some(path.clone());
        self.start(
            move || {
                let kind = FileKind::of(&path);
                Seen::Kind(path, kind)
            },
            wake,
        );
    }

    /// Begins to look which of these files are gone. While that is under way, only the newest list waits.
    pub fn look_for(&mut self, paths: Vec<PathBuf>, wake: impl Fn() + Send + 'static) {
        if self.looks_for_gone {
            self.next = Some(paths);
            return;
        }
        let look = move || Seen::Gone(paths.into_iter().filter(|path| !path.exists()).collect());
        self.looks_for_gone = self.start(look, wake);
    }

    /// What a file is, if it was looked at last and that is known.
    pub fn kind_of(&self, path: &Path) -> Option<FileKind> {
        self.kind.as_ref().filter(|(known, _)| known == path).map(|(_, kind)| *kind)
    }

    /// Whether a file was gone at the last look; one that was not looked at yet is taken to be there.
    pub fn is_gone(&self, path: &Path) -> bool {
        self.gone.contains(path)
    }

    /// How often it was looked at the disk. For tests.
    #[doc(hidden)]
    pub fn looks(&self) -> usize {
        self.looks
    }

    /// Takes in what is known by now.
    pub fn poll(&mut self, wake: impl Fn() + Send + 'static) {
        self.take();
        if !self.looks_for_gone
            && let Some(paths) = self.next.take()
        {
            self.look_for(paths, wake);
        }
    }

    /// Blocks until what is under way is done, and takes it in. For tests, which must not depend on time. `false`: there is
    /// nothing.
    #[doc(hidden)]
    pub fn wait(&mut self) -> bool {
        let has_some = self.threads.wait();
        self.take();
        has_some
    }

    fn take(&mut self) {
        while let Some(seen) = self.threads.poll() {
            match seen {
                Seen::Kind(path, kind) if self.looked_at.as_ref() == Some(&path) => {
                    self.kind = Some((path, kind));
                }
                Seen::Kind(..) => {}
                Seen::Gone(gone) => {
                    self.gone = gone;
                    self.looks_for_gone = false;
                }
            }
        }
    }

    fn start(
        &mut self,
        look: impl FnOnce() -> Seen + Send + 'static,
        wake: impl Fn() + Send + 'static,
    ) -> bool {
        let is_started = self.threads.start(look, wake);
        self.looks += usize::from(is_started);
        is_started
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn while_a_look_is_under_way_only_the_newest_list_waits() {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let none = folder.path().join("none");
        let mut looking = Looking::default();
        for _ in 0..100 {
            looking.look_for(vec![folder.path().to_owned(), none.clone()], || {});
        }
        while looking.wait() {
            looking.poll(|| {});
        }
        assert_eq!(looking.looks(), 2);
        assert!(looking.is_gone(&none) && !looking.is_gone(folder.path()));
    }
}
