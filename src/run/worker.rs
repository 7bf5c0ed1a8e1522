//! Runs scenarios on a thread of its own, the newest one first.
//!
//! The front end submits jobs and is woken when a report is there; it never waits. A newer job stops the one under
//! way. Compiled modules are kept, so that a run after an edit costs no compilation.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use super::{Build, ModuleSource, Problem, RunOptions, Runner};
use crate::host::{LoadError, Module, ModuleFacts, StopHandle};
use crate::scenario::Scenario;
use crate::trace::Trace;

/// One run to be made.
#[derive(Clone, Debug)]
pub struct Job {
    /// Chosen by the front end; reports carry it.
    pub number: u64,
    pub scenario: Arc<Scenario>,
    /// One for each filter of the chain.
    pub modules: Vec<ModuleSource>,
    /// Forget compiled modules and read the files again.
    pub reload: bool,
    /// Run a filter whose file cannot be loaded any more from what it was before, and say so.
    pub keeps_good: bool,
    pub options: RunOptions,
}

impl Job {
    /// Leaves out the filters that are off; without any, the scenario stays the same allocation.
    pub fn leave_out_what_is_off(&mut self) {
        if self.scenario.chain.iter().any(|filter| filter.off) {
            ModuleSource::leave_out_what_is_off(Arc::make_mut(&mut self.scenario), &mut self.modules);
        }
    }
}

/// A run that was made.
#[derive(Clone, Debug)]
pub struct Loaded {
    pub job: Job,
    /// What each filter was run from, as far as it could be loaded.
    pub builds: Vec<Build>,
    /// A filter whose file cannot be loaded any more, and why: it was run as it was known ([`Job::keeps_good`]).
    pub broken: Option<(u16, LoadError)>,
    /// The modules of the chain as far as they could be loaded.
    pub modules: Vec<Arc<Module>>,
    /// What the file says of itself that could not be, if it is a module at all.
    pub refused: Option<ModuleFacts>,
    /// The trace, or why the scenario cannot be run as it stands.
    pub result: Result<Arc<Trace>, Problem>,
    /// Time for reading and compiling, and for the run.
    pub load_time: Duration,
    pub run_time: Duration,
}

/// What the thread is asked for.
enum Task<T> {
    Run(Job, StopHandle),
    /// To make a report of what is there already.
    Look(Box<dyn FnOnce() -> T + Send>),
}

/// A handle on the thread. `T` is what the front end makes of a run; it is made on the thread, too.
#[derive(Debug)]
pub struct Worker<T> {
    tasks: Sender<Task<T>>,
    reports: Receiver<T>,
    /// Stops the job that was submitted last, whether it has begun or not.
    newest: Mutex<StopHandle>,
}

impl<T> Task<T> {
    /// Which of two tasks is worth doing. Only the newest job matters; a reload asked for by an older one still counts.
    fn followed_by(self, newer: Self) -> Self {
        match (self, newer) {
            (Self::Run(job, _), Self::Run(newer, stop)) => {
                Self::Run(Job { reload: newer.reload || job.reload, ..newer }, stop)
            }
            (run @ Self::Run(..), Self::Look(_)) => run,
            (Self::Look(_), newer) => newer,
        }
    }
}

impl<T: Send + 'static> Worker<T> {
    /// Starts the thread. `digest` makes of a run what the front end wants; `wake` tells it that something is there.
    pub fn start(
        digest: impl Fn(Loaded) -> T + Send + 'static,
        wake: impl Fn() + Send + 'static,
    ) -> std::io::Result<Self> {
        let (tasks, task_receiver) = channel::<Task<T>>();
        let (report_sender, reports) = channel();
        // Guests get a megabyte of stack; the host calls on top of it, in a debug build, a few hundred kilobytes.
        let thread = thread::Builder::new().name("filterlab-run".into()).stack_size(16 << 20);
        thread.spawn(move || {
            let mut runner = Runner::default();
            while let Ok(mut task) = task_receiver.recv() {
                while let Ok(newer) = task_receiver.try_recv() {
                    task = task.followed_by(newer);
                }
                let report = match task {
                    Task::Run(job, stop) => digest(runner.run(job, &stop)),
                    Task::Look(look) => look(),
                };
                if report_sender.send(report).is_err() {
                    break;
                }
                wake();
            }
        })?;
        Ok(Self { tasks, reports, newest: Mutex::default() })
    }

    /// Asks for a run; one under way is stopped first.
    pub fn submit(&self, job: Job) {
        let mut newest = self.newest.lock().unwrap_or_else(PoisonError::into_inner);
        newest.stop();
        *newest = StopHandle::default();
        // The thread ends only with this handle, so there is always somebody to receive.
        let _ = self.tasks.send(Task::Run(job, newest.clone()));
    }

    /// Has the thread make a report of what is there already. A run that is waiting, before or after it, comes in its
    /// place.
    pub fn look(&self, look: impl FnOnce() -> T + Send + 'static) {
        let _ = self.tasks.send(Task::Look(Box::new(look)));
    }

    /// Stops the run that was asked for last, also before it begins; its report says so.
    pub fn stop(&self) {
        self.newest.lock().unwrap_or_else(PoisonError::into_inner).stop();
    }

    /// Waits for the next report; `None`: the thread is gone. For tests, which must not depend on time.
    pub fn wait(&self) -> Option<T> {
        self.reports.recv().ok()
    }

    /// The next report, if one is there.
    pub fn poll(&self) -> Option<T> {
        self.reports.try_recv().ok()
    }
}
