//! Runs scenarios on a thread of its own, the newest one first.
//!
//! The front end submits jobs and is woken when a report is there; it never waits. A newer job stops the one under
//! way. Compiled modules are kept, so that a run after an edit costs no compilation.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use bytes::Bytes;

use super::{ModuleSource, Problem, RunOptions, execute};
use crate::host::{Engine, LoadError, Module, ModuleFacts, StopHandle};
use crate::scenario::Scenario;
use crate::trace::{LimitKind, Outcome, Trace};

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
    pub options: RunOptions,
}

/// A run that was made.
#[derive(Clone, Debug)]
pub struct Loaded {
    pub job: Job,
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
            let mut modules = Modules::default();
            while let Ok(mut task) = task_receiver.recv() {
                while let Ok(newer) = task_receiver.try_recv() {
                    task = task.followed_by(newer);
                }
                let report = match task {
                    Task::Run(job, stop) => digest(modules.run(job, &stop)),
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

/// Compiled modules: those that count instructions are others than those that do not.
#[derive(Default)]
struct Modules {
    plain: Compiled,
    counting: Compiled,
}

/// A module with what its file looked like when it was read.
struct FileModule {
    modified: Option<SystemTime>,
    length: u64,
    /// What it had to be, if anything.
    source: ModuleSource,
    module: Arc<Module>,
}

/// Compiled modules of one engine by where they came from.
#[derive(Default)]
struct Compiled {
    engine: Option<Engine>,
    files: HashMap<PathBuf, FileModule>,
    /// By place in memory and length: the bytes are shared, and kept as long as the module is.
    embedded: HashMap<(usize, usize), (Bytes, Arc<Module>)>,
}

impl Modules {
    fn run(&mut self, mut job: Job, stop: &StopHandle) -> Loaded {
        let began = Instant::now();
        if job.scenario.chain.iter().any(|filter| filter.off) {
            ModuleSource::leave_out_what_is_off(Arc::make_mut(&mut job.scenario), &mut job.modules);
        }
        if job.reload {
            self.plain.files.clear();
            self.counting.files.clear();
        }
        let known = if job.options.count_instructions { &mut self.counting } else { &mut self.plain };
        let mut modules = Vec::new();
        let mut ended = None;
        let mut refused = None;
        for (place, source) in job.modules.iter().enumerate() {
            // The compiler cannot be stopped, but what comes after it can.
            if stop.is_stopped() {
                let limit = LimitKind::Stopped;
                ended = Some(Outcome::Limit { limit, filter: None, callback: None, allowed: 0 });
                break;
            }
            match known.load(source, job.options) {
                Ok(module) => modules.push(module),
                Err(reason) => {
                    let filter = u16::try_from(place).unwrap_or(u16::MAX);
                    refused = source.facts();
                    ended = Some(Outcome::Refused { filter, reason });
                    break;
                }
            }
        }
        let load_time = began.elapsed();
        let began = Instant::now();
        let result = match ended {
            Some(outcome) => Ok(Arc::new(Trace::empty(outcome))),
            None => job.options.plan(&job.scenario, modules.clone()).map(|mut plan| {
                // Somebody is going to look at it; of a soak there are figures only.
                plan.trace.moments = plan.trace.history;
                Arc::new(execute(&plan, stop))
            }),
        };
        Loaded { job, modules, refused, result, load_time, run_time: began.elapsed() }
    }
}

impl Compiled {
    fn load(&mut self, source: &ModuleSource, options: RunOptions) -> Result<Arc<Module>, LoadError> {
        let engine = match &self.engine {
            Some(engine) => engine.clone(),
            None => self.engine.insert(options.engine()?).clone(),
        };
        match source {
            ModuleSource::Embedded { bytes, .. } => {
                let place = (bytes.as_ptr().addr(), bytes.len());
                if let Some((_, module)) = self.embedded.get(&place) {
                    return Ok(module.clone());
                }
                let module = Module::compile(&engine, bytes)?;
                self.embedded.insert(place, (bytes.clone(), module.clone()));
                Ok(module)
            }
            ModuleSource::File(path) | ModuleSource::Pinned { path, .. } => {
                self.load_file(&engine, source, path)
            }
        }
    }

    fn load_file(
        &mut self,
        engine: &Engine,
        source: &ModuleSource,
        path: &Path,
    ) -> Result<Arc<Module>, LoadError> {
        let stamp = std::fs::metadata(path).ok().map(|meta| (meta.modified().ok(), meta.len()));
        // A build that is under way takes the file away for a while: edits go on with the module that is known. A reload
        // has forgotten it, and says that the file is gone.
        if let Some(known) = self.files.get(path).filter(|known| known.source == *source)
            && stamp.is_none_or(|(modified, length)| (modified, length) == (known.modified, known.length))
        {
            return Ok(known.module.clone());
        }
        let module = source.load(engine)?;
        if let Some((modified, length)) = stamp {
            let (source, module) = (source.clone(), module.clone());
            self.files.insert(path.to_owned(), FileModule { modified, length, source, module });
        }
        Ok(module)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;

    fn job(path: &Path, reload: bool) -> Job {
        let sample = samples::find("add_headers").expect("it is bundled");
        let scenario = Arc::new(sample.scenario.clone());
        let modules = vec![ModuleSource::File(path.to_owned())];
        Job { number: 1, scenario, modules, reload, options: RunOptions::default() }
    }

    fn outcome(loaded: Loaded) -> Outcome {
        loaded.result.expect("the scenario can be run").outcome.clone()
    }

    #[test]
    fn a_module_whose_file_vanished_is_kept_until_it_is_to_be_read_again() {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let path = folder.path().join("filter.wasm");
        let bytes = samples::find("add_headers").expect("it is bundled").module;
        std::fs::write(&path, bytes).expect("the file can be written");
        let mut modules = Modules::default();
        let stop = StopHandle::default();
        assert_eq!(outcome(modules.run(job(&path, false), &stop)).kind(), "finished");
        std::fs::remove_file(&path).expect("it was there");
        assert_eq!(outcome(modules.run(job(&path, false), &stop)).kind(), "finished");
        let gone = outcome(modules.run(job(&path, true), &stop));
        assert!(matches!(gone, Outcome::Refused { reason: LoadError::Unreadable { .. }, .. }), "{gone:?}");
        std::fs::write(&path, bytes).expect("the file can be written");
        assert_eq!(outcome(modules.run(job(&path, false), &stop)).kind(), "finished");
    }

    #[test]
    fn statement_09_a_module_is_compiled_once_for_all_runs_of_the_same_file() {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let path = folder.path().join("filter.wasm");
        let bytes = samples::find("add_headers").expect("it is bundled").module;
        std::fs::write(&path, bytes).expect("the file can be written");
        let mut modules = Modules::default();
        let first = modules.run(job(&path, false), &StopHandle::default());
        let second = modules.run(job(&path, false), &StopHandle::default());
        assert!(Arc::ptr_eq(&first.modules[0], &second.modules[0]));
    }

    #[test]
    fn a_job_that_was_stopped_before_its_turn_compiles_nothing() {
        let stop = StopHandle::default();
        stop.stop();
        let loaded = Modules::default().run(job(Path::new("/nowhere/filter.wasm"), false), &stop);
        assert!(loaded.modules.is_empty());
        assert!(matches!(outcome(loaded), Outcome::Limit { limit: LimitKind::Stopped, .. }));
    }
}
