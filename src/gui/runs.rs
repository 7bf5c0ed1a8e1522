//! Runs from the window's side: asked for, waited for, shown.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use crate::host::ModuleFacts;
use crate::run::{Job, Loaded, Problem, Worker};
use crate::scenario::Scenario;
use crate::trace::{Direction, EventId, Finding, Part, Trace};
use crate::view::changes::Changes;
use crate::view::diff::{SHOWN, visible};
use crate::view::host_calls::HostCalls;
use crate::view::logs::Logs;
use crate::view::phases::{self, Phase};
use crate::view::summary::Summary;
use crate::view::timeline::Timeline;
use crate::view::{Language, Text, story};

use super::document::Document;
use super::widgets::LineIndex;

/// A run with everything the panels show of it, computed once on the worker's thread.
#[derive(Debug)]
pub struct RunView {
    pub number: u64,
    pub scenario: Arc<Scenario>,
    /// Facts of the modules that could be loaded, in the order of the chain.
    pub modules: Vec<ModuleFacts>,
    pub trace: Arc<Trace>,
    pub changes: Changes,
    pub phases: Vec<Phase>,
    pub timeline: Timeline,
    pub host_calls: HostCalls,
    pub logs: Logs,
    pub findings: Vec<(EventId, Finding)>,
    pub state: Vec<StateEntry>,
    pub summary: Summary,
    /// What the upstream and the client got, as HTTP text, with its lines.
    pub raw: (Vec<u8>, LineIndex),
    /// What the filters did, in one sentence, by [`Language`].
    stories: [Text; 2],
    pub load_time: Duration,
    pub run_time: Duration,
}

/// What the worker sends: a run, or why the scenario cannot be run as it stands.
#[derive(Debug)]
pub struct Report {
    pub number: u64,
    pub result: Result<Arc<RunView>, Problem>,
}

/// One thing that filters keep beside the messages, as it stood at the end of the run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateEntry {
    pub part: Part,
    pub name: String,
    pub value: String,
    /// `#17 set_shared_data`
    pub writer: String,
}

impl RunView {
    pub fn story(&self, language: Language) -> &Text {
        match language {
            Language::English => &self.stories[0],
            Language::SimplifiedChinese => &self.stories[1],
        }
    }
}

/// The last value of everything that host calls wrote beside the messages, in the order in which it was first written.
fn state_of(trace: &Trace) -> Vec<StateEntry> {
    let mut entries: Vec<StateEntry> = Vec::new();
    let mut places: HashMap<(Part, &[u8]), usize> = HashMap::new();
    let shown = |bytes: &[u8]| visible(bytes, SHOWN).text;
    for change in trace.changes() {
        let is_state = matches!(change.part, Part::SharedData | Part::Queue | Part::Metric | Part::Property);
        if !is_state {
            continue;
        }
        let value = shown(change.after.as_deref().unwrap_or_default());
        let writer = trace
            .call_of(change.event)
            .map(|(call, number)| format!("#{number} {}", call.short_name()))
            .unwrap_or_default();
        let known = places.get(&(change.part, &change.name[..])).copied();
        if let Some(entry) = known.and_then(|place| entries.get_mut(place)) {
            (entry.value, entry.writer) = (value, writer);
        } else if entries.len() < MOST_STATE {
            places.insert((change.part, &change.name), entries.len());
            let name = shown(&change.name).replace('\0', ".");
            entries.push(StateEntry { part: change.part, name, value, writer });
        }
    }
    entries
}

/// Most entries of state that are listed.
const MOST_STATE: usize = 10_000;

/// What the upstream and the client got.
fn raw_messages(trace: &Trace) -> Vec<u8> {
    let mut text = Vec::new();
    for exchange in &trace.exchanges {
        let sides = [("-> upstream", &exchange.upstream), ("<- client", &exchange.downstream)];
        for (name, sent) in sides {
            text.extend_from_slice(name.as_bytes());
            text.push(b'\n');
            let Some(sent) = sent else {
                text.extend_from_slice(b"(nothing)\n\n");
                continue;
            };
            for entry in sent.headers.entries() {
                text.extend([&entry.name[..], b": ", &entry.value[..], b"\n"].concat());
            }
            text.push(b'\n');
            text.extend_from_slice(&sent.body);
            for entry in sent.trailers.iter().flat_map(|trailers| trailers.entries()) {
                text.extend([b"\n", &entry.name[..], b": ", &entry.value[..]].concat());
            }
            text.extend_from_slice(b"\n\n");
        }
    }
    if let Some(connection) = trace.connection() {
        let sides = [("-> upstream", Direction::Request), ("<- client", Direction::Response)];
        for (name, direction) in sides {
            let (_, received, _) = connection.passed(direction);
            let shown: &[u8] = if received.is_empty() { b"(nothing)" } else { received };
            text.extend([name.as_bytes(), b"\n", shown, b"\n\n"].concat());
        }
    }
    text
}

fn digest(loaded: Loaded) -> Report {
    let number = loaded.job.number;
    let result = loaded.result.map(|trace| {
        let scenario = loaded.job.scenario.clone();
        let changes = Changes::new(&trace, &scenario, 0);
        let raw = raw_messages(&trace);
        let lines = LineIndex::new(&raw);
        Arc::new(RunView {
            number,
            modules: loaded.modules.iter().map(|module| module.facts().clone()).collect(),
            phases: phases::phases(&trace, &changes, 0),
            timeline: Timeline::new(&trace),
            host_calls: HostCalls::new(&trace),
            logs: Logs::new(&trace),
            findings: trace.findings().collect(),
            state: state_of(&trace),
            summary: Summary::new(&trace, changes.items().len()),
            raw: (raw, lines),
            stories: Language::ALL.map(|language| story::story(language, &trace, &changes, 0)),
            scenario,
            changes,
            trace,
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
