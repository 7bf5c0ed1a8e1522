//! Runs from the window's side: asked for, waited for, shown.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, SystemTime};

use crate::host::{LoadError, ModuleFacts};
use crate::run::{Build, Job, Loaded, Problem, RunOptions, Worker};
use crate::scenario::Scenario;
use crate::trace::{Direction, EventId, Finding, Outcome, Trace};
use crate::view::changes::{BodyMode, Changes};
use crate::view::expectations::{self, Verdict};
use crate::view::findings::Findings;
use crate::view::host_calls::HostCalls;
use crate::view::logs::Logs;
use crate::view::phases::{self, Phase};
use crate::view::state::{Memory, State};
use crate::view::summary::Summary;
use crate::view::timeline::{Axis, Timeline};
use crate::view::{Language, Text, story};

use super::document::Document;
use super::history::History;
use super::pictures::Pictures;
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
    pub axis: Arc<Axis>,
    pub host_calls: Arc<HostCalls>,
    pub logs: Arc<Logs>,
    pub findings: Arc<[(EventId, Finding)]>,
    /// What became of each expectation of the scenario.
    pub verdicts: Arc<[Verdict]>,
    /// The same, grouped for reading.
    pub finding_groups: Arc<Findings>,
    pub state: Arc<State>,
    pub summary: Summary,
    /// The request that is looked at, or the TCP connection, counted from 0.
    pub exchange: usize,
    /// What became of it, with bodies in the way of `bodies`.
    pub changes: Changes,
    pub bodies: BodyMode,
    /// Pictures in its bodies, ready to be painted.
    pub pictures: Pictures,
    pub phases: Vec<Phase>,
    /// What its upstream and its client got, as HTTP text, with its lines.
    raw: Arc<OnceLock<(Vec<u8>, LineIndex)>>,
    /// What the filters did with it, in one sentence, by [`Language`].
    stories: [Text; 2],
    pub load_time: Duration,
    pub run_time: Duration,
    /// What each filter was run from.
    pub builds: Arc<[Build]>,
    /// A filter whose file is broken now, and why: what it was before was run.
    pub broken: Option<(u16, LoadError)>,
}

/// What the worker sends: a run, or why the scenario cannot be run as it stands.
#[derive(Debug)]
pub struct Report {
    pub number: u64,
    /// This is no new run but another look at one; the number of the look.
    pub look: Option<u64>,
    pub result: Result<Made, Problem>,
}

/// What was made.
#[derive(Clone, Debug)]
pub enum Made {
    Run(Arc<RunView>),
    Soak(Arc<Soak>),
}

/// The scenario's request sent many times to the same VMs, of which only figures are kept. It stands beside the run that is
/// shown, and takes nothing's place.
#[derive(Clone, Debug)]
pub struct Soak {
    /// Counted together with the runs.
    pub number: u64,
    /// The scenario that it was made of, as the document had it then.
    pub scenario: Arc<Scenario>,
    /// How many requests were asked for. It has fewer when it was stopped.
    pub asked: u32,
    pub trace: Arc<Trace>,
    /// The memory of its VMs; of everything else there is no history.
    pub state: Arc<State>,
    /// Requests that did not end well, and the first of them, from 0.
    pub failed: usize,
    pub first_failed: Option<usize>,
}

impl Soak {
    fn new(loaded: &Loaded, trace: Arc<Trace>) -> Self {
        let memory = Memory::new(&trace);
        let is_bad = |place: &usize| {
            let outcome = trace.outcome_of(*place);
            outcome.is_for_failed_filter() || !matches!(outcome.kind(), "finished" | "local_reply")
        };
        let mut failed = (0..trace.exchanges.len()).filter(is_bad);
        let first_failed = failed.next();
        Self {
            failed: first_failed.map_or(0, |_| 1 + failed.count()),
            first_failed,
            number: loaded.job.number,
            scenario: loaded.job.scenario.clone(),
            asked: loaded.job.options.soak.unwrap_or_default(),
            state: State { memory, ..State::default() }.into(),
            trace,
        }
    }

    /// Requests that were sent.
    pub fn requests(&self) -> usize {
        self.trace.exchanges.len()
    }
}

impl RunView {
    fn new(loaded: &Loaded, trace: Arc<Trace>) -> Self {
        let timeline = Timeline::new(&trace);
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
            axis: Axis::new(&trace, &timeline).into(),
            timeline: timeline.into(),
            host_calls: HostCalls::new(&trace).into(),
            logs: Logs::new(&trace).into(),
            findings: trace.findings().collect(),
            verdicts: expectations::check(&trace, &loaded.job.scenario).into(),
            finding_groups: Findings::new(&trace).into(),
            state: State::new(&trace, &loaded.job.scenario).into(),
            summary: Summary::new(&trace, 0),
            trace,
            exchange: 0,
            changes: Changes::default(),
            bodies: BodyMode::Whole,
            pictures: Pictures::default(),
            phases: Vec::new(),
            raw: Arc::default(),
            stories: [Text::default(), Text::default()],
            load_time: loaded.load_time,
            run_time: loaded.run_time,
            builds: loaded.builds.as_slice().into(),
            broken: loaded.broken.clone(),
        }
    }

    /// The same run with another of its requests looked at; the last one if it has fewer.
    fn looking_at(&self, look: Look) -> Self {
        let Look { exchange, bodies } = look;
        let exchange = match exchange {
            NOT_CHOSEN => self.trace.culprit().unwrap_or_default(),
            chosen => chosen.min(self.exchanges().saturating_sub(1)),
        };
        // What is told of the request does not depend on how its bodies are shown.
        let whole = Changes::new(&self.trace, &self.scenario, exchange);
        Self {
            phases: phases::phases(&self.trace, &whole, exchange),
            stories: story::stories(&self.trace, &whole, exchange),
            raw: Arc::default(),
            summary: Summary { changes: whole.items().len(), ..self.summary },
            exchange,
            pictures: Pictures::of(&whole),
            changes: match bodies {
                BodyMode::Whole => whole,
                mode => Changes::with_bodies(&self.trace, &self.scenario, exchange, mode),
            },
            bodies,
            ..self.clone()
        }
    }

    /// What the upstream and the client got, with its lines. Made when it is looked at first: it holds the bodies once more.
    pub fn raw(&self) -> &(Vec<u8>, LineIndex) {
        self.raw.get_or_init(|| {
            let raw = raw_messages(&self.trace, self.exchange);
            let lines = LineIndex::new(&raw);
            (raw, lines)
        })
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
    // It grew by doubling, and stays as long as the result.
    text.shrink_to_fit();
    text
}

/// Which request is looked at, and how its bodies are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Look {
    exchange: usize,
    bodies: BodyMode,
}

/// What the window wants to look at; the worker reads it, too.
#[derive(Debug)]
struct Wanted {
    /// Counted from 0, or [`NOT_CHOSEN`].
    exchange: AtomicUsize,
    /// Place in [`BODIES`].
    bodies: AtomicUsize,
}

const BODIES: [BodyMode; 3] = [BodyMode::Whole, BodyMode::Chunks, BodyMode::Bytes];

fn place_of(mode: BodyMode) -> usize {
    BODIES.iter().position(|known| *known == mode).unwrap_or_default()
}

impl Wanted {
    fn look(&self) -> Look {
        let bodies = BODIES.get(self.bodies.load(Ordering::Relaxed)).copied().unwrap_or_default();
        Look { exchange: self.exchange.load(Ordering::Relaxed), bodies }
    }
}

/// What the worker makes of a run.
fn digest(loaded: Loaded, look: Look) -> Report {
    let number = loaded.job.number;
    let result = match &loaded.result {
        Ok(trace) if loaded.job.options.soak.is_some() => {
            Ok(Made::Soak(Arc::new(Soak::new(&loaded, trace.clone()))))
        }
        Ok(trace) => Ok(Made::Run(Arc::new(RunView::new(&loaded, trace.clone()).looking_at(look)))),
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

/// What the runs of a scenario came to, put aside while another one is in front.
#[derive(Clone, Debug)]
pub struct Results {
    /// The request that is looked at, counted from 0, or [`NOT_CHOSEN`].
    exchange: usize,
    bodies: BodyMode,
    current: Option<Arc<RunView>>,
    shown: Option<Arc<Scenario>>,
    problem: Option<Problem>,
    soak: Option<Arc<Soak>>,
    history: History,
    /// A run is to be made as soon as the scenario is in front again.
    is_due: bool,
}

impl Results {
    /// What there is of a scenario that has not run yet.
    pub fn none(bodies: BodyMode) -> Self {
        Self {
            exchange: NOT_CHOSEN,
            bodies,
            current: None,
            shown: None,
            problem: None,
            soak: None,
            history: History::default(),
            is_due: true,
        }
    }

    /// The request that is to be looked at, counted from 0.
    pub fn looking_at(self, exchange: Option<usize>) -> Self {
        Self { exchange: exchange.unwrap_or(NOT_CHOSEN), ..self }
    }

    /// The request that was chosen to be looked at, counted from 0.
    pub fn exchange(&self) -> Option<usize> {
        Some(self.exchange).filter(|exchange| *exchange != NOT_CHOSEN)
    }

    /// How bodies were shown.
    pub fn bodies(&self) -> BodyMode {
        self.bodies
    }

    /// How the run that was shown ended.
    pub fn outcome(&self) -> Option<&Outcome> {
        self.current.as_ref().map(|run| &run.trace.outcome)
    }

    /// Bytes that they hold, roughly.
    pub fn size(&self) -> usize {
        let run = self.current.as_ref().map_or(0, |run| run.trace.size());
        run + self.soak.as_ref().map_or(0, |soak| soak.trace.size()) + self.history.size()
    }

    /// It is to run again as soon as it is in front, since a file of it is another one.
    pub fn run_later(&mut self) {
        self.is_due = true;
    }

    /// Forgets everything but what was looked at; it is made again when the scenario is in front.
    pub fn forget(&mut self) {
        (self.current, self.problem, self.soak) = (None, None, None);
        self.history = History::default();
    }
}

/// The worker and what it did so far.
#[derive(Debug)]
pub struct Runs {
    worker: Worker<Report>,
    /// Reports that were waited for and not yet taken in.
    waited: Vec<Report>,
    last_number: u64,
    pub pending: Option<Pending>,
    wanted: Arc<Wanted>,
    last_look: u64,
    /// The look that is waited for.
    looking: Option<u64>,
    /// When the next run starts by itself, in seconds of egui's clock.
    pub due: Option<f64>,
    /// The last result; stays until the next one is there.
    pub current: Option<Arc<RunView>>,
    /// The scenario of that result as the document had it, with filters that are off.
    pub shown: Option<Arc<Scenario>>,
    /// That of the run under way.
    asked: Option<Arc<Scenario>>,
    /// Why the scenario as it stands cannot be run.
    pub problem: Option<Problem>,
    /// Instructions are counted from the next run on.
    pub counts_instructions: bool,
    /// The soak under way.
    pub soaking: Option<Pending>,
    /// The last soak, until it is put away.
    pub soak: Option<Arc<Soak>>,
    /// The last runs of the scenario.
    pub history: History,
}

impl Runs {
    /// Starts the worker; `wake` is called from its thread when a report is there.
    pub fn new(wake: impl Fn() + Send + 'static) -> std::io::Result<Self> {
        let wanted = Arc::new(Wanted { exchange: AtomicUsize::new(NOT_CHOSEN), bodies: AtomicUsize::new(0) });
        let read = wanted.clone();
        Ok(Self {
            worker: Worker::start(move |loaded| digest(loaded, read.look()), wake)?,
            waited: Vec::new(),
            last_number: 0,
            pending: None,
            wanted,
            last_look: 0,
            looking: None,
            due: None,
            current: None,
            shown: None,
            asked: None,
            problem: None,
            counts_instructions: false,
            soaking: None,
            soak: None,
            history: History::default(),
        })
    }

    /// Runs the document as it is now.
    pub fn start(&mut self, document: &Document, now: f64, reload: bool) {
        self.submit(document, now, reload, false);
    }

    /// The same by itself, after an edit or a rebuild: a filter whose file is broken by now is run as it was.
    pub fn start_quietly(&mut self, document: &Document, now: f64) {
        self.submit(document, now, false, true);
    }

    fn submit(&mut self, document: &Document, now: f64, reload: bool, keeps_good: bool) {
        self.last_number += 1;
        self.due = None;
        // The worker does one thing at a time, and an edit is what the user waits for.
        self.soaking = None;
        self.asked = Some(document.scenario.clone());
        self.pending = Some(Pending { number: self.last_number, since: now, stopping: false });
        self.worker.submit(Job {
            number: self.last_number,
            scenario: document.scenario.clone(),
            modules: document.modules.clone(),
            reload,
            keeps_good,
            options: RunOptions { count_instructions: self.counts_instructions, soak: None },
        });
    }

    /// Sends the document's request so many times, beside the run that is shown.
    pub fn soak(&mut self, document: &Document, now: f64, times: u32) {
        self.last_number += 1;
        self.soaking = Some(Pending { number: self.last_number, since: now, stopping: false });
        self.worker.submit(Job {
            number: self.last_number,
            scenario: document.scenario.clone(),
            modules: document.modules.clone(),
            reload: false,
            keeps_good: false,
            options: RunOptions { count_instructions: false, soak: Some(times) },
        });
    }

    /// The request that is looked at, or will be in a moment, counted from 0.
    pub fn exchange(&self) -> usize {
        let Some(run) = &self.current else { return 0 };
        match self.wanted.exchange.load(Ordering::Relaxed) {
            NOT_CHOSEN => run.exchange,
            chosen => chosen.min(run.exchanges().saturating_sub(1)),
        }
    }

    /// The request that was chosen to be looked at, counted from 0.
    pub fn chosen(&self) -> Option<usize> {
        Some(self.wanted.exchange.load(Ordering::Relaxed)).filter(|exchange| *exchange != NOT_CHOSEN)
    }

    /// Looks at another request of the run that is shown; the worker makes what is to be seen of it.
    pub fn look_at(&mut self, exchange: usize) {
        self.wanted.exchange.store(exchange, Ordering::Relaxed);
        self.look_again();
    }

    /// How bodies are shown, or will be in a moment.
    pub fn bodies(&self) -> BodyMode {
        self.wanted.look().bodies
    }

    /// Shows bodies in another way; the worker makes what is to be seen of them.
    pub fn show_bodies(&mut self, mode: BodyMode) {
        self.wanted.bodies.store(place_of(mode), Ordering::Relaxed);
        self.look_again();
    }

    fn look_again(&mut self) {
        let wanted = Look { exchange: self.exchange(), ..self.wanted.look() };
        let Some(run) = self.current.clone() else { return };
        self.last_look += 1;
        let look = self.last_look;
        self.looking = Some(look);
        self.worker.look(move || {
            let (number, run) = (run.number, Arc::new(run.looking_at(wanted)));
            Report { number, look: Some(look), result: Ok(Made::Run(run)) }
        });
    }

    /// Stops the run or the soak under way; `false`: there is none.
    pub fn stop(&mut self) -> bool {
        self.due = None;
        let Some(pending) = self.pending.as_mut().or(self.soaking.as_mut()) else { return false };
        pending.stopping = true;
        self.worker.stop();
        true
    }

    /// Hands over what the runs of a scenario came to, while another one is in front. What is under way ends: only the
    /// scenario in front runs.
    pub fn put_aside(&mut self) -> Results {
        let is_due = self.due.take().is_some() || self.pending.is_some();
        self.stop();
        self.pending = None;
        self.soaking = None;
        self.looking = None;
        Results {
            exchange: self.wanted.exchange.swap(NOT_CHOSEN, Ordering::Relaxed),
            bodies: self.bodies(),
            current: self.current.take(),
            shown: self.shown.take(),
            problem: self.problem.take(),
            soak: self.soak.take(),
            history: std::mem::take(&mut self.history),
            is_due,
        }
    }

    /// Takes up again what was put aside. `now` is egui's clock in seconds.
    pub fn take_up(&mut self, results: Results, now: f64) {
        let Results { exchange, bodies, current, shown, problem, soak, history, is_due } = results;
        self.history = history;
        self.wanted.exchange.store(exchange, Ordering::Relaxed);
        self.wanted.bodies.store(place_of(bodies), Ordering::Relaxed);
        let is_made = current.is_some() || problem.is_some();
        (self.current, self.shown) = (current, shown);
        (self.problem, self.soak) = (problem, soak);
        self.due = (is_due || !is_made).then_some(now);
    }

    /// Blocks until the run, the soak or the look under way is done; the next [`Runs::poll`] takes it in. For tests, which must not depend on
    /// time. `false`: nothing runs.
    #[doc(hidden)]
    pub fn wait(&mut self) -> bool {
        let run = self.pending.or(self.soaking).map(|pending| pending.number);
        let look = self.looking;
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
        if self.soaking.is_some_and(|soaking| soaking.number == report.number) {
            self.soaking = None;
            match report.result {
                Ok(Made::Soak(soak)) => self.soak = Some(soak),
                Ok(Made::Run(_)) => return None,
                Err(problem) => self.problem = Some(problem),
            }
            return Some(News::Soak);
        }
        // A run that a newer one stopped is of no interest.
        if self.pending.is_none_or(|pending| pending.number != report.number) {
            return None;
        }
        self.pending = None;
        // It comes in the place of a look that was asked for meanwhile.
        self.looking = None;
        match report.result {
            Ok(Made::Soak(_)) => return None,
            Ok(Made::Run(run)) => {
                let looks_at = (run.exchange, run.bodies);
                self.history.push(&run, SystemTime::now());
                self.current = Some(run);
                self.shown = self.asked.take();
                self.problem = None;
                if (self.exchange(), self.bodies()) != looks_at {
                    self.look_again();
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
        let Ok(Made::Run(run)) = report.result else { return None };
        if shown != Some(run.number) {
            return None;
        }
        self.current = Some(run);
        Some(News::Look)
    }
}

/// What there is new to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum News {
    /// Another request of the same run.
    Look,
    /// A soak beside it.
    Soak,
    Run,
}
