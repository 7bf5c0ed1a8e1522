//! Runs from the window's side: asked for, waited for, shown.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crate::host::ModuleFacts;
use crate::run::{Job, Loaded, Problem, Worker};
use crate::scenario::Scenario;
use crate::trace::{Direction, EventId, Finding, Outcome, Part, Trace};
use crate::view::changes::Changes;
use crate::view::diff::{SHOWN, visible};
use crate::view::findings::Findings;
use crate::view::host_calls::HostCalls;
use crate::view::logs::Logs;
use crate::view::phases::{self, Phase};
use crate::view::summary::Summary;
use crate::view::timeline::Timeline;
use crate::view::{Language, Text, story};

use super::document::Document;
use super::widgets::LineIndex;

/// A run with everything the panels show of it, computed on the worker's thread.
#[derive(Clone, Debug)]
pub struct RunView {
    pub number: u64,
    pub scenario: Arc<Scenario>,
    /// Facts of the modules in the order of the chain, up to one that was refused.
    pub modules: Arc<[ModuleFacts]>,
    pub trace: Arc<Trace>,
    pub timeline: Arc<Timeline>,
    pub host_calls: Arc<HostCalls>,
    pub logs: Arc<Logs>,
    pub findings: Arc<[(EventId, Finding)]>,
    /// The same, grouped for reading.
    pub finding_groups: Arc<Findings>,
    pub state: Arc<[StateEntry]>,
    pub summary: Summary,
    /// The request that is looked at, or the TCP connection, counted from 0.
    pub exchange: usize,
    /// What became of it.
    pub changes: Changes,
    pub phases: Vec<Phase>,
    /// What its upstream and its client got, as HTTP text, with its lines.
    pub raw: (Vec<u8>, LineIndex),
    /// What the filters did with it, in one sentence, by [`Language`].
    stories: [Text; 2],
    pub load_time: Duration,
    pub run_time: Duration,
}

/// What the worker sends: a run, or why the scenario cannot be run as it stands.
#[derive(Debug)]
pub struct Report {
    pub number: u64,
    /// This is no new run but another look at one; the number of the look.
    pub look: Option<u64>,
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
    fn new(loaded: &Loaded, trace: Arc<Trace>) -> Self {
        Self {
            number: loaded.job.number,
            scenario: loaded.job.scenario.clone(),
            modules: loaded
                .modules
                .iter()
                .map(|module| module.facts())
                .chain(&loaded.refused)
                .cloned()
                .collect(),
            timeline: Timeline::new(&trace).into(),
            host_calls: HostCalls::new(&trace).into(),
            logs: Logs::new(&trace).into(),
            findings: trace.findings().collect(),
            finding_groups: Findings::new(&trace).into(),
            state: state_of(&trace).into(),
            summary: Summary::new(&trace, 0),
            trace,
            exchange: 0,
            changes: Changes::default(),
            phases: Vec::new(),
            raw: (Vec::new(), LineIndex::new(&[])),
            stories: [Text::default(), Text::default()],
            load_time: loaded.load_time,
            run_time: loaded.run_time,
        }
    }

    /// The same run with another of its requests looked at; the last one if it has fewer.
    fn looking_at(&self, exchange: usize) -> Self {
        let exchange = match exchange {
            NOT_CHOSEN => self.trace.culprit().unwrap_or_default(),
            chosen => chosen.min(self.exchanges().saturating_sub(1)),
        };
        let changes = Changes::new(&self.trace, &self.scenario, exchange);
        let raw = raw_messages(&self.trace, exchange);
        let lines = LineIndex::new(&raw);
        Self {
            phases: phases::phases(&self.trace, &changes, exchange),
            stories: Language::ALL.map(|language| story::story(language, &self.trace, &changes, exchange)),
            raw: (raw, lines),
            summary: Summary { changes: changes.items().len(), ..self.summary },
            exchange,
            changes,
            ..self.clone()
        }
    }

    /// What is to be explained: how the request that is looked at ended, or the run, if no request was the reason.
    pub fn outcome(&self) -> &Outcome {
        match self.trace.culprit() {
            Some(_) => self.trace.outcome_of(self.exchange),
            None => &self.trace.outcome,
        }
    }

    /// How many requests or TCP connections the run had.
    pub fn exchanges(&self) -> usize {
        self.trace.exchanges.len().max(self.trace.connections.len())
    }

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

/// What the upstream and the client of one exchange got.
fn raw_messages(trace: &Trace, exchange: usize) -> Vec<u8> {
    let mut text = Vec::new();
    if let Some(exchange) = trace.exchanges.get(exchange) {
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
    if let Some(connection) = trace.connections.get(exchange) {
        let sides = [("-> upstream", Direction::Request), ("<- client", Direction::Response)];
        for (name, direction) in sides {
            let (_, received, _) = connection.passed(direction);
            let shown: &[u8] = if received.is_empty() { b"(nothing)" } else { received };
            text.extend([name.as_bytes(), b"\n", shown, b"\n\n"].concat());
        }
    }
    text
}

/// What the worker makes of a run; `exchange` is the request to be looked at.
fn digest(loaded: Loaded, exchange: usize) -> Report {
    let number = loaded.job.number;
    let result = match &loaded.result {
        Ok(trace) => Ok(Arc::new(RunView::new(&loaded, trace.clone()).looking_at(exchange))),
        Err(problem) => Err(problem.clone()),
    };
    Report { number, look: None, result }
}

/// Nobody has chosen a request: the one that went wrong is looked at, or the first.
const NOT_CHOSEN: usize = usize::MAX;

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
    /// Reports that were waited for and not yet taken in.
    waited: Vec<Report>,
    last_number: u64,
    pub pending: Option<Pending>,
    /// The request that is to be looked at, counted from 0, or [`NOT_CHOSEN`]; the worker reads it, too.
    exchange: Arc<AtomicUsize>,
    last_look: u64,
    /// The look that is waited for.
    looking: Option<u64>,
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
        let exchange = Arc::new(AtomicUsize::new(NOT_CHOSEN));
        let wanted = exchange.clone();
        Ok(Self {
            worker: Worker::start(move |loaded| digest(loaded, wanted.load(Ordering::Relaxed)), wake)?,
            waited: Vec::new(),
            last_number: 0,
            pending: None,
            exchange,
            last_look: 0,
            looking: None,
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

    /// The request that is looked at, or will be in a moment, counted from 0.
    pub fn exchange(&self) -> usize {
        let Some(run) = &self.current else { return 0 };
        match self.exchange.load(Ordering::Relaxed) {
            NOT_CHOSEN => run.exchange,
            chosen => chosen.min(run.exchanges().saturating_sub(1)),
        }
    }

    /// Looks at another request of the run that is shown; the worker makes what is to be seen of it.
    pub fn look_at(&mut self, exchange: usize) {
        self.exchange.store(exchange, Ordering::Relaxed);
        let Some(run) = self.current.clone() else { return };
        self.last_look += 1;
        let look = self.last_look;
        self.looking = Some(look);
        self.worker.look(move || {
            let (number, run) = (run.number, Arc::new(run.looking_at(exchange)));
            Report { number, look: Some(look), result: Ok(run) }
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
        self.looking = None;
        self.exchange.store(NOT_CHOSEN, Ordering::Relaxed);
    }

    /// Blocks until the run or the look under way is done; the next [`Runs::poll`] takes it in. For tests, which must not depend on
    /// time. `false`: nothing runs.
    #[doc(hidden)]
    pub fn wait(&mut self) -> bool {
        let (run, look) = (self.pending.map(|pending| pending.number), self.looking);
        if run.is_none() && look.is_none() {
            return false;
        }
        let is_it = |report: &Report| match run {
            Some(number) => report.number == number && report.look.is_none(),
            None => report.look == look,
        };
        while !self.waited.last().is_some_and(is_it) {
            match self.worker.wait() {
                Some(report) => self.waited.push(report),
                None => return false,
            }
        }
        true
    }

    /// Takes finished runs in; says what there is new to show.
    pub fn poll(&mut self) -> Option<News> {
        let mut news = None;
        let mut waited = std::mem::take(&mut self.waited).into_iter();
        while let Some(report) = waited.next().or_else(|| self.worker.poll()) {
            let is_news = match report.look {
                None => self.take_run(report),
                Some(_) => self.take_look(report),
            };
            news = news.max(is_news);
        }
        news
    }

    fn take_run(&mut self, report: Report) -> Option<News> {
        // A run that a newer one stopped is of no interest.
        if self.pending.is_none_or(|pending| pending.number != report.number) {
            return None;
        }
        self.pending = None;
        // It comes in the place of a look that was asked for meanwhile.
        self.looking = None;
        match report.result {
            Ok(run) => {
                let looks_at = run.exchange;
                self.current = Some(run);
                self.problem = None;
                if self.exchange() != looks_at {
                    self.look_at(self.exchange());
                }
            }
            Err(problem) => self.problem = Some(problem),
        }
        Some(News::Run)
    }

    fn take_look(&mut self, report: Report) -> Option<News> {
        if self.looking == report.look {
            self.looking = None;
        }
        let shown = self.current.as_ref().map(|run| run.number);
        let run = report.result.ok().filter(|run| shown == Some(run.number))?;
        self.current = Some(run);
        Some(News::Look)
    }
}

/// What there is new to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum News {
    /// Another request of the same run.
    Look,
    Run,
}
