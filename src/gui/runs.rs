//! Runs from the window's side: asked for, waited for, shown.

use std::sync::Arc;
use std::time::Duration;

use crate::host::ModuleFacts;
use crate::run::{Job, Loaded, Problem, Worker};
use crate::scenario::Scenario;
use crate::trace::Trace;

use super::document::Document;

/// Changes of a run.
#[derive(Debug, Default)]
pub struct Changes {
    pub items: Vec<ChangeItem>,
}

/// One change.
#[derive(Debug)]
pub struct ChangeItem {
    pub events: Vec<crate::trace::EventId>,
}

/// A run with everything the panels show of it, computed once on the worker's thread.
#[derive(Debug)]
pub struct RunView {
    pub number: u64,
    pub scenario: Arc<Scenario>,
    /// Facts of the modules that could be loaded, in the order of the chain.
    pub modules: Vec<ModuleFacts>,
    pub trace: Arc<Trace>,
    pub changes: Changes,
    pub load_time: Duration,
    pub run_time: Duration,
}

/// What the worker sends: a run, or why the scenario cannot be run as it stands.
#[derive(Debug)]
pub struct Report {
    pub number: u64,
    pub result: Result<Arc<RunView>, Problem>,
}

fn digest(loaded: Loaded) -> Report {
    let number = loaded.job.number;
    let result = loaded.result.map(|trace| {
        Arc::new(RunView {
            number,
            scenario: loaded.job.scenario.clone(),
            modules: loaded.modules.iter().map(|module| module.facts().clone()).collect(),
            trace,
            changes: Changes::default(),
            load_time: loaded.load_time,
            run_time: loaded.run_time,
        })
    });
    Report { number, result }
}

/// A run under way.
#[derive(Clone, Copy, Debug)]
pub struct Pending {
    pub number: u64,
    /// When it was asked for, in seconds of egui's clock.
    pub since: f64,
    /// The user asked it to stop.
    pub stopping: bool,
}

/// The worker and what it did so far.
#[derive(Debug)]
pub struct Runs {
    worker: Worker<Report>,
    /// A report that was waited for and not yet taken in.
    waited: Option<Report>,
    last_number: u64,
    pub pending: Option<Pending>,
    /// When the next run starts by itself, in seconds of egui's clock.
    pub due: Option<f64>,
    /// The last result; stays until the next one is there.
    pub current: Option<Arc<RunView>>,
    /// Why the scenario as it stands cannot be run.
    pub problem: Option<Problem>,
}

impl Runs {
    /// Starts the worker; `wake` is called from its thread when a report is there.
    pub fn new(wake: impl Fn() + Send + 'static) -> std::io::Result<Self> {
        Ok(Self {
            worker: Worker::start(digest, wake)?,
            waited: None,
            last_number: 0,
            pending: None,
            due: None,
            current: None,
            problem: None,
        })
    }

    /// Runs the document as it is now.
    pub fn start(&mut self, document: &Document, now: f64, reload: bool) {
        self.last_number += 1;
        self.due = None;
        self.pending = Some(Pending { number: self.last_number, since: now, stopping: false });
        self.worker.submit(Job {
            number: self.last_number,
            scenario: document.scenario.clone(),
            modules: document.modules.clone(),
            reload,
        });
    }

    /// Stops the run under way; `false`: there is none.
    pub fn stop(&mut self) -> bool {
        self.due = None;
        let Some(pending) = &mut self.pending else { return false };
        pending.stopping = true;
        self.worker.stop();
        true
    }

    /// Forgets what is shown, for another document.
    pub fn clear(&mut self) {
        self.current = None;
        self.problem = None;
        self.due = None;
    }

    /// Blocks until the run under way is done; the next [`Runs::poll`] takes it in. For tests, which must not depend on
    /// time. `false`: nothing runs.
    #[doc(hidden)]
    pub fn wait(&mut self) -> bool {
        let Some(pending) = self.pending else { return false };
        while self.waited.as_ref().is_none_or(|report| report.number != pending.number) {
            match self.worker.wait() {
                Some(report) => self.waited = Some(report),
                None => return false,
            }
        }
        true
    }

    /// Takes finished runs in; `true` when there is something new to show.
    pub fn poll(&mut self) -> bool {
        let mut news = false;
        while let Some(report) = self.waited.take().or_else(|| self.worker.poll()) {
            // A run that a newer one stopped is of no interest.
            if self.pending.is_none_or(|pending| pending.number != report.number) {
                continue;
            }
            self.pending = None;
            news = true;
            match report.result {
                Ok(run) => {
                    self.current = Some(run);
                    self.problem = None;
                }
                Err(problem) => self.problem = Some(problem),
            }
        }
        news
    }
}
