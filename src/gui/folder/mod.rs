//! The folder of scenarios at the left: its list, what became of running it, and what is chosen in it.
//!
//! Listing, running and everything else that touches the disk happens on threads; what they report is taken in at the
//! beginning of a frame.

mod rows;

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

pub use self::rows::{Row, Rows, tallies};
use super::document::{Document, DocumentId};
use crate::folder::{Checked, Deleted, Entry, Listing, Rounds, check, list};
use crate::run::{Background, Work};

/// What a thread has to say.
#[derive(Debug)]
pub(super) enum Report {
    Listed(u64, io::Result<Listing>),
    Checked(u64, PathBuf, Box<Checked>),
    /// All of a round was run, or it was stopped.
    Ended(u64, Duration),
    Filed(Filed, io::Result<()>),
}

/// What was done with a file.
#[derive(Debug)]
pub(super) enum Filed {
    Made(PathBuf),
    /// `on_disk`: what the file says now, if it is a scenario.
    Renamed {
        from: PathBuf,
        to: PathBuf,
        on_disk: Option<Box<Document>>,
    },
    Deleted(Deleted),
    Restored(PathBuf),
    /// It could not be done to this one.
    Failed(PathBuf),
}

/// A round under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Running {
    round: u64,
    pub done: usize,
    pub of: usize,
}

/// What wakes the window.
#[derive(Clone)]
struct Wake(Arc<dyn Fn() + Send + Sync>);

impl Wake {
    fn wake(&self) {
        (self.0)();
    }
}

impl std::fmt::Debug for Wake {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        f.debug_struct("Wake").finish_non_exhaustive()
    }
}

/// The folder that is open, if one is.
#[derive(Debug)]
pub struct Folder {
    runner: Background<Report>,
    /// Reports of threads that list or move files.
    reports: (Sender<Report>, Receiver<Report>),
    wake: Wake,
    pub listing: Option<Arc<Listing>>,
    /// How much is being done to files.
    filing: usize,
    /// Counted up with each list that is asked for, and the one that is shown.
    asked: u64,
    shown: u64,
    /// The list that is awaited is that of another folder.
    pub(super) is_new: bool,
    pub rounds: Rounds,
    /// Counted up whenever a result is another one.
    pub version: u64,
    pub running: Option<Running>,
    /// How long the last whole round took.
    pub took: Option<Duration>,
    pub filter: String,
    pub selected: Option<PathBuf>,
    /// Subfolders whose scenarios are hidden.
    pub folded: BTreeSet<String>,
    /// A scenario that gets another name, and the name so far.
    pub renaming: Option<(PathBuf, String)>,
    /// The list is to be scrolled to what is chosen.
    pub reveal: bool,
    /// Why the folder could not be read.
    pub failure: Option<String>,
    /// The scenario that is being opened from the list, and the one that was: it gives way to the next.
    pub(super) opening: Option<PathBuf>,
    /// It is only the first of a folder that was opened, and nobody asked for it.
    pub(super) opens_by_itself: bool,
    pub(super) preview: Option<DocumentId>,
}

impl Folder {
    /// Starts the thread that runs folders; `wake` is called when there is something to take in.
    pub fn new(wake: impl Fn() + Send + Sync + 'static) -> io::Result<Self> {
        let wake = Wake(Arc::new(wake));
        let of_runner = wake.clone();
        Ok(Self {
            runner: Background::start("filterlab-folder", move || of_runner.wake())?,
            reports: channel(),
            wake,
            listing: None,
            filing: 0,
            asked: 0,
            shown: 0,
            is_new: false,
            rounds: Rounds::default(),
            version: 0,
            running: None,
            took: None,
            filter: String::new(),
            selected: None,
            folded: BTreeSet::new(),
            renaming: None,
            reveal: false,
            failure: None,
            opening: None,
            opens_by_itself: false,
            preview: None,
        })
    }

    pub fn is_open(&self) -> bool {
        self.listing.is_some()
    }

    /// The number of the list that is shown.
    pub fn list_number(&self) -> u64 {
        self.shown
    }

    /// The entry of a file.
    pub fn entry(&self, path: &Path) -> Option<&Entry> {
        self.listing.as_ref()?.entries.iter().find(|entry| entry.path == path)
    }

    /// Does something on a thread of its own and takes in what it says.
    fn spawn(&self, work: impl FnOnce() -> Report + Send + 'static) {
        let (sender, wake) = (self.reports.0.clone(), self.wake.clone());
        let run = move || {
            // The window may be gone by now.
            let _ = sender.send(work());
            wake.wake();
        };
        let thread = std::thread::Builder::new().name("filterlab-files".into()).spawn(run);
        // Without a thread nothing comes of it, as if the disk never answered.
        drop(thread);
    }

    /// Reads a folder, for the first time or again.
    pub(super) fn list(&mut self, root: &Path) {
        self.asked += 1;
        self.is_new |= self.listing.as_ref().is_none_or(|listing| listing.root != root);
        let (number, root) = (self.asked, root.to_owned());
        self.spawn(move || Report::Listed(number, list(&root)));
    }

    /// Does something to a file, on a thread.
    pub(super) fn file(&mut self, path: &Path, work: impl FnOnce() -> io::Result<Filed> + Send + 'static) {
        let path = path.to_owned();
        self.filing += 1;
        self.spawn(move || match work() {
            Ok(filed) => Report::Filed(filed, Ok(())),
            Err(error) => Report::Filed(Filed::Failed(path), Err(error)),
        });
    }

    /// Runs these scenarios in order. `rebuilt`: with other modules than before; then all are run, and compared.
    pub(super) fn run(&mut self, paths: Vec<PathBuf>, rebuilt: bool) {
        let round = self.rounds.begin(rebuilt);
        self.version += 1;
        self.running = Some(Running { round, done: 0, of: paths.len() });
        self.runner.submit(move |work: &mut Work<'_, Report>| {
            let began = Instant::now();
            for path in paths {
                let Some(checked) = check(work.runner, &path, work.stop) else { break };
                work.report(Report::Checked(round, path, Box::new(checked)));
            }
            work.report(Report::Ended(round, began.elapsed()));
        });
    }

    /// Stops what runs.
    pub(super) fn stop(&self) {
        self.runner.stop();
    }

    /// The next thing to take in.
    pub(super) fn poll(&self) -> Option<Report> {
        self.reports.1.try_recv().ok().or_else(|| self.runner.poll())
    }

    /// Something was done to a file, or could not be.
    pub(super) fn take_filed(&mut self) {
        self.filing = self.filing.saturating_sub(1);
    }

    /// Takes in a list; `false`: a newer one is awaited.
    pub(super) fn take_list(&mut self, number: u64, listing: Listing) -> bool {
        if number != self.asked {
            return false;
        }
        if self.is_new {
            self.runner.stop();
            self.running = None;
            (self.rounds, self.took) = (Rounds::default(), None);
            (self.filter, self.folded) = (String::new(), BTreeSet::new());
            self.selected = None;
        }
        let listed: BTreeSet<&PathBuf> = listing.entries.iter().map(|entry| &entry.path).collect();
        self.rounds.now.keep_only(|path| listed.contains(&path.to_owned()));
        if let Some(before) = &mut self.rounds.before {
            before.keep_only(|path| listed.contains(&path.to_owned()));
        }
        if self.selected.as_ref().is_some_and(|path| !listed.contains(path)) {
            self.selected = None;
        }
        // It was just made, or moved.
        self.reveal |= self.selected.as_ref().is_some_and(|path| self.entry(path).is_none());
        self.shown = number;
        self.version += 1;
        self.failure = None;
        self.listing = Some(Arc::new(listing));
        true
    }

    /// Takes in a result; `false`: it belongs to a round that is over.
    pub(super) fn take_checked(&mut self, round: u64, path: PathBuf, checked: Checked) -> bool {
        let Some(running) = self.running.as_mut().filter(|running| running.round == round) else {
            return false;
        };
        running.done += 1;
        self.version += 1;
        self.rounds.now.put(path, checked);
        true
    }

    /// Takes in the end of a round; `true`: nothing else runs.
    pub(super) fn take_end(&mut self, round: u64, took: Duration) -> bool {
        if self.running.is_none_or(|running| running.round != round) {
            return false;
        }
        let is_whole = self.running.is_some_and(|running| running.done == running.of && running.of > 1);
        if is_whole {
            self.took = Some(took);
        }
        self.running = None;
        true
    }

    pub(super) fn close(&mut self) {
        self.runner.stop();
        self.listing = None;
        self.shown += 1;
        self.asked = self.shown;
        (self.running, self.selected, self.failure) = (None, None, None);
        self.rounds = Rounds::default();
        self.preview = None;
    }

    /// Blocks until something is there to be taken in. For tests, which must not depend on time.
    #[doc(hidden)]
    pub fn wait_for_list(&mut self) {
        while self.shown != self.asked && self.failure.is_none() {
            let Ok(report) = self.reports.1.recv() else { return };
            // Taken in by the next frame, in its turn.
            let is_list = matches!(report, Report::Listed(..));
            let _ = self.reports.0.send(report);
            if is_list {
                return;
            }
        }
    }

    /// Blocks until something was done to a file. For tests.
    #[doc(hidden)]
    pub fn wait_for_files(&mut self) {
        while self.filing > 0
            && let Ok(report) = self.reports.1.recv()
        {
            let is_it = matches!(report, Report::Filed(..));
            let _ = self.reports.0.send(report);
            if is_it {
                return;
            }
        }
    }

    /// Blocks until a round is over; the reports are taken in by the next frame. For tests.
    #[doc(hidden)]
    pub fn wait_for_round(&mut self) {
        while self.running.is_some() {
            let Some(report) = self.runner.wait() else { return };
            let is_end = matches!(&report, Report::Ended(round, _)
                if self.running.is_some_and(|running| running.round == *round));
            let _ = self.reports.0.send(report);
            if is_end {
                return;
            }
        }
    }
}
