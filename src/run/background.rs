//! A thread that makes runs nobody waits for: of a whole folder, or for a comparison.
//!
//! It does one task after the other, in the order in which they were asked for; each may report as often as it likes, and is
//! told when it is no longer wanted.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Mutex, PoisonError};
use std::thread;

use super::Runner;
use crate::host::StopHandle;

/// What a task works with.
pub struct Work<'a, T> {
    /// It keeps modules compiled from task to task.
    pub runner: &'a mut Runner,
    /// To be looked at between two runs, and to be given to each.
    pub stop: &'a StopHandle,
    report: &'a dyn Fn(T),
}

impl<T> Work<'_, T> {
    /// Hands something over and wakes who waits for it.
    pub fn report(&self, report: T) {
        (self.report)(report);
    }
}

type Task<T> = Box<dyn FnOnce(&mut Work<'_, T>) + Send>;

/// A handle on the thread.
pub struct Background<T> {
    tasks: Sender<(Task<T>, StopHandle)>,
    reports: Receiver<T>,
    /// Stops the task that was asked for last, whether it has begun or not.
    newest: Mutex<StopHandle>,
}

impl<T> std::fmt::Debug for Background<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        f.debug_struct("Background").finish_non_exhaustive()
    }
}

impl<T: Send + 'static> Background<T> {
    /// Starts the thread; `wake` is called from it when a report is there.
    pub fn start(name: &str, wake: impl Fn() + Send + 'static) -> std::io::Result<Self> {
        let (tasks, receiver) = channel::<(Task<T>, StopHandle)>();
        let (sender, reports) = channel();
        // As much stack as the thread of the window's own runs.
        let thread = thread::Builder::new().name(name.into()).stack_size(16 << 20);
        thread.spawn(move || {
            let mut runner = Runner::default();
            let report = |report: T| {
                // Who is gone wants no reports.
                let _ = sender.send(report);
                wake();
            };
            while let Ok((task, stop)) = receiver.recv() {
                task(&mut Work { runner: &mut runner, stop: &stop, report: &report });
            }
        })?;
        Ok(Self { tasks, reports, newest: Mutex::default() })
    }

    /// Asks for something; what was asked for before is stopped.
    pub fn submit(&self, task: impl FnOnce(&mut Work<'_, T>) + Send + 'static) {
        let mut newest = self.newest.lock().unwrap_or_else(PoisonError::into_inner);
        newest.stop();
        *newest = StopHandle::default();
        // The thread ends only with this handle, so there is always somebody to receive.
        let _ = self.tasks.send((Box::new(task), newest.clone()));
    }

    /// Stops what was asked for last.
    pub fn stop(&self) {
        self.newest.lock().unwrap_or_else(PoisonError::into_inner).stop();
    }

    /// The next report, if one is there.
    pub fn poll(&self) -> Option<T> {
        self.reports.try_recv().ok()
    }

    /// Waits for the next report; `None`: the thread is gone. For tests, which must not depend on time.
    #[doc(hidden)]
    pub fn wait(&self) -> Option<T> {
        self.reports.recv().ok()
    }
}

impl<T> Drop for Background<T> {
    fn drop(&mut self) {
        self.newest.lock().unwrap_or_else(PoisonError::into_inner).stop();
    }
}
