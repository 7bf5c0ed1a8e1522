//! Two runs, or one scenario with two builds, side by side: what was asked for, and what a thread made of it.

use std::collections::BTreeSet;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::host::StopHandle;
use crate::run::{Background, Job, RunOptions, Runner, Work, execute};
use crate::scenario::Scenario;
use crate::trace::Trace;
use crate::view::compare::cost::{Cost, Figures, costs};
use crate::view::compare::{Comparison, Manner, Side};

/// What is compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// Two runs of the scenario in front, by their numbers.
    Runs { a: u64, b: u64 },
    /// A scenario of the folder, with the build before and with the present one.
    Scenario(PathBuf),
}

/// Everything that decides a comparison.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    pub subject: Subject,
    /// The request, counted from 0.
    pub exchange: usize,
    pub manner: Manner,
    /// The results of the folder that it was made from.
    pub version: u64,
}

/// One side for the thread: a run, or what makes it again.
#[derive(Clone, Debug)]
pub struct Input {
    pub scenario: Arc<Scenario>,
    pub trace: Option<Arc<Trace>>,
    /// Makes it again; `None`: it could not be loaded.
    pub job: Option<Job>,
}

/// A comparison that was made.
#[derive(Debug)]
pub struct Compared {
    pub asked: Asked,
    pub comparison: Comparison,
    pub traces: [Arc<Trace>; 2],
    /// A trace was too large to be kept, and made again.
    pub made_again: bool,
}

/// What two builds cost.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Measured {
    pub costs: Vec<Cost>,
    /// How often each ran for its time.
    pub rounds: usize,
}

#[derive(Debug)]
pub(super) enum Report {
    Compared(u64, Box<Compared>),
    Measured(u64, Measured),
}

/// What is compared now.
#[derive(Debug)]
pub struct Comparing {
    worker: Background<Report>,
    last: u64,
    pub subject: Option<Subject>,
    asked: Option<Asked>,
    /// The last one that was made; stays until the next one is there.
    pub result: Option<Arc<Compared>>,
    /// `None`: it is being measured.
    pub measured: Option<Arc<Measured>>,
    /// Something is awaited.
    pub pending: bool,
    /// Equal rows, and equal scenarios, are left out.
    pub only_differences: bool,
    /// The row that is chosen.
    pub row: Option<usize>,
    pub unfolded: BTreeSet<(usize, usize)>,
    pub reveal: bool,
}

/// Each build runs so often for its time, if that takes no longer than this together.
const ROUNDS: usize = 200;
const LONGEST: Duration = Duration::from_millis(1_500);

impl Comparing {
    /// Starts the thread; `wake` is called from it when something is there.
    pub fn new(wake: impl Fn() + Send + 'static) -> io::Result<Self> {
        Ok(Self {
            worker: Background::start("filterlab-compare", wake)?,
            last: 0,
            subject: None,
            asked: None,
            result: None,
            measured: None,
            pending: false,
            only_differences: true,
            row: None,
            unfolded: BTreeSet::new(),
            reveal: false,
        })
    }

    /// Whether this is what was asked for last.
    pub(super) fn is_asked(&self, asked: &Asked) -> bool {
        self.asked.as_ref() == Some(asked)
    }

    /// Compares two sides on the thread; what is under way is of no interest any more.
    pub(super) fn compare(&mut self, asked: Asked, sides: [Input; 2]) {
        self.last += 1;
        let number = self.last;
        let is_other = self.asked.as_ref().is_none_or(|before| before.subject != asked.subject);
        if is_other {
            (self.row, self.unfolded) = (None, BTreeSet::new());
        }
        // Words and secrets change no figure.
        let is_same = |before: &Asked| (&before.subject, before.version) == (&asked.subject, asked.version);
        let has_costs = self.measured.is_some() && self.asked.as_ref().is_some_and(is_same);
        if !has_costs {
            self.measured = None;
        }
        self.asked = Some(asked.clone());
        self.pending = true;
        self.worker.submit(move |work: &mut Work<'_, Report>| {
            let made_again = sides.iter().any(|side| side.trace.is_none());
            let Some([a, b]) = traces(&sides, work.runner, work.stop) else { return };
            let [left, right] = &sides;
            let side = |trace, scenario| Side { trace, scenario };
            let comparison = Comparison::new(
                asked.manner,
                side(&a, &left.scenario),
                side(&b, &right.scenario),
                asked.exchange,
            );
            work.report(Report::Compared(
                number,
                Box::new(Compared { asked, comparison, traces: [a, b], made_again }),
            ));
            if !has_costs && let Some(measured) = measure(&sides, work.runner, work.stop) {
                work.report(Report::Measured(number, measured));
            }
        });
    }

    /// Takes in what is there.
    pub(super) fn poll(&mut self) -> bool {
        let mut found = false;
        while let Some(report) = self.worker.poll() {
            found |= self.take(report);
        }
        found
    }

    fn take(&mut self, report: Report) -> bool {
        match report {
            Report::Compared(number, compared) if number == self.last => {
                self.result = Some(Arc::new(*compared));
                self.pending = false;
            }
            Report::Measured(number, measured) if number == self.last => {
                self.measured = Some(Arc::new(measured));
            }
            Report::Compared(..) | Report::Measured(..) => return false,
        }
        true
    }

    /// Blocks until the comparison and its costs are there. For tests, which must not depend on time.
    #[doc(hidden)]
    pub fn wait(&mut self) {
        while self.asked.is_some() && (self.pending || self.measured.is_none()) {
            let Some(report) = self.worker.wait() else { return };
            self.take(report);
        }
    }
}

/// The traces of both sides, made again where they were not kept.
fn traces(sides: &[Input; 2], runner: &mut Runner, stop: &StopHandle) -> Option<[Arc<Trace>; 2]> {
    let mut of = |side: &Input| match (&side.trace, &side.job) {
        (Some(trace), _) => Some(trace.clone()),
        (None, Some(job)) => runner.run_brief(job.clone(), stop).1.ok().map(Arc::new),
        (None, None) => None,
    };
    let both = [of(&sides[0])?, of(&sides[1])?];
    (!stop.is_stopped()).then_some(both)
}

/// What both builds cost. `None`: it was stopped. Where one of them cannot run there is nothing to compare.
fn measure(sides: &[Input; 2], runner: &mut Runner, stop: &StopHandle) -> Option<Measured> {
    let [Some(a), Some(b)] = [&sides[0].job, &sides[1].job] else { return Some(Measured::default()) };
    let mut figures = [Figures::default(), Figures::default()];
    for (job, figures) in [a, b].into_iter().zip(&mut figures) {
        let options = RunOptions { count_instructions: true, ..job.options };
        let (_, trace) = runner.run_brief(Job { options, ..job.clone() }, stop);
        let Ok(trace) = trace else { return Some(Measured::default()) };
        figures.counted(&trace);
    }
    let plans = [runner.plan(a.clone(), stop), runner.plan(b.clone(), stop)];
    let [Some(a), Some(b)] = plans else { return Some(Measured::default()) };
    let began = Instant::now();
    let mut rounds = 0;
    while rounds < ROUNDS && began.elapsed() < LONGEST && !stop.is_stopped() {
        // Who goes first takes turns, too: caches are warmer for the second.
        let order = if rounds % 2 == 0 { [(0, &a), (1, &b)] } else { [(1, &b), (0, &a)] };
        for (place, plan) in order {
            figures[place].timed(&execute(plan, stop));
        }
        rounds += 1;
    }
    if stop.is_stopped() {
        return None;
    }
    Some(Measured { costs: costs(&figures[0], &figures[1]), rounds })
}
