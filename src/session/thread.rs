//! The thread that reads and writes a session.

use std::path::PathBuf;
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::folder::{Folder, Restored};
use super::kept::{Index, Kept};

/// After writing, the thread rests this many times as long, and so leaves the disk to others. With half a second until a state
/// is handed over, a body of 64 MB that takes 0.2 s to be written is still there within a second.
const REST: u32 = 1;

/// All that a window has open at one moment.
#[derive(Clone, Debug)]
pub struct State {
    pub index: Index,
    /// Open and closed ones. What was not edited since the last state is the same allocation as there.
    pub documents: Vec<Arc<Kept>>,
}

/// What the thread has to say.
#[derive(Debug)]
pub enum News {
    /// What was open; the first news of a session.
    Restored(Box<Restored>),
    /// The state of that number, and so every earlier one, is on the disk.
    Kept { number: u64 },
    /// The state of that number could not be written.
    Failed { number: u64, reason: String },
}

/// The newest state that is still to be written, with its number.
#[derive(Debug, Default)]
struct Waiting {
    state: Option<(u64, State)>,
    /// There will be no more.
    is_last: bool,
}

/// Where the window puts a state and the thread takes it. A newer one takes the place of one that still waits.
#[derive(Debug, Default)]
struct Slot {
    waiting: Mutex<Waiting>,
    changed: Condvar,
}

impl Slot {
    fn change(&self, change: impl FnOnce(&mut Waiting)) {
        change(&mut self.lock());
        self.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for a state, and not less than until `rest`; `None`: there will be none.
    fn take(&self, rest: Instant) -> Option<(u64, State)> {
        let mut waiting = self.lock();
        loop {
            let left = rest.saturating_duration_since(Instant::now());
            let is_time = waiting.is_last || left.is_zero();
            if is_time && (waiting.is_last || waiting.state.is_some()) {
                return waiting.state.take();
            }
            waiting = match is_time {
                true => self.changed.wait(waiting).unwrap_or_else(PoisonError::into_inner),
                false => self.changed.wait_timeout(waiting, left).unwrap_or_else(PoisonError::into_inner).0,
            };
        }
    }
}

/// The session of this window. Dropping it waits until the last state is written.
#[derive(Debug)]
pub struct Session {
    slot: Arc<Slot>,
    news: Receiver<News>,
    thread: Option<JoinHandle<()>>,
    handed_over: u64,
    /// The number of the last state that is on the disk, or could not be written.
    answered: u64,
}

impl Session {
    /// Begins a session below `root`. `wake` is called from the thread when there is news.
    pub fn start(root: PathBuf, wake: impl Fn() + Send + 'static) -> std::io::Result<Self> {
        let slot = Arc::new(Slot::default());
        let taken = slot.clone();
        let (sender, news) = channel();
        let work = move || {
            let say = |news| {
                // The window may be gone by now; what it handed over is written all the same.
                let _ = sender.send(news);
                wake();
            };
            match Folder::open(&root) {
                Ok((folder, restored)) => {
                    say(News::Restored(restored.into()));
                    write(folder, &taken, &say);
                }
                Err(error) => {
                    say(News::Restored(Box::default()));
                    while let Some((number, _)) = taken.take(Instant::now()) {
                        say(News::Failed { number, reason: error.to_string() });
                    }
                }
            }
        };
        let thread = thread::Builder::new().name("filterlab-session".into()).spawn(work)?;
        Ok(Self { slot, news, thread: Some(thread), handed_over: 0, answered: 0 })
    }

    /// Hands over what is open now, and gives its number. Never waits.
    pub fn keep(&mut self, state: State) -> u64 {
        self.handed_over += 1;
        let number = self.handed_over;
        self.slot.change(|waiting| waiting.state = Some((number, state)));
        self.handed_over
    }

    /// What the thread has to say, if it has.
    pub fn poll(&mut self) -> Option<News> {
        let news = self.news.try_recv().ok();
        self.note(news)
    }

    /// The same, but waits for it at most so long.
    pub fn wait_at_most(&mut self, time: Duration) -> Option<News> {
        let news = self.news.recv_timeout(time).ok();
        self.note(news)
    }

    /// Waits for the next news; `None`: there will be none.
    pub fn wait(&mut self) -> Option<News> {
        let news = self.news.recv().ok();
        self.note(news)
    }

    /// Whether a state was handed over of which it is not yet known what became.
    pub fn is_writing(&self) -> bool {
        self.handed_over > self.answered
    }

    fn note(&mut self, news: Option<News>) -> Option<News> {
        if let Some(News::Kept { number } | News::Failed { number, .. }) = &news {
            self.answered = *number;
        }
        news
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.slot.change(|waiting| waiting.is_last = true);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Writes states until there will be no more.
fn write(mut folder: Folder, slot: &Slot, say: &impl Fn(News)) {
    let mut rest = Instant::now();
    while let Some((number, state)) = slot.take(rest) {
        let began = Instant::now();
        say(match folder.keep(&state) {
            Ok(()) => News::Kept { number },
            Err(error) => News::Failed { number, reason: error.to_string() },
        });
        rest = Instant::now() + REST * began.elapsed();
    }
}
