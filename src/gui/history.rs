//! The last runs of a scenario, so that any of them can be compared with any other.
//!
//! Bodies and modules are shared with the runs themselves. What is held is bounded: of a run with a large trace only what is
//! needed to make it again is kept.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::SystemTime;

use super::runs::RunView;
use crate::run::{Build, Job, ModuleSource, RunOptions};
use crate::scenario::Scenario;
use crate::trace::{Outcome, Trace};

/// Most runs that are kept, the pinned one not counted.
pub const MOST_RUNS: usize = 20;
/// Most bytes of one trace, and of all of them, roughly.
const MOST_OF_ONE: usize = 32 << 20;
const MOST_HELD: usize = 128 << 20;

/// A run that was made.
#[derive(Clone, Debug)]
pub struct Kept {
    pub number: u64,
    pub when: SystemTime,
    pub scenario: Arc<Scenario>,
    /// What each filter was run from.
    pub builds: Arc<[Build]>,
    pub outcome: Outcome,
    /// `None`: it is too large to be kept, and made again when it is compared.
    pub trace: Option<Arc<Trace>>,
    /// How large it is, roughly.
    pub size: usize,
}

impl Kept {
    fn new(run: &RunView, when: SystemTime) -> Self {
        let size = run.trace.size();
        Self {
            number: run.number,
            when,
            scenario: run.scenario.clone(),
            builds: run.builds.clone(),
            outcome: run.trace.outcome.clone(),
            trace: (size <= MOST_OF_ONE).then(|| run.trace.clone()),
            size,
        }
    }

    /// The job that makes it again, whatever its files are by now; `None`: it could not be loaded then.
    pub fn again(&self, options: RunOptions) -> Option<Job> {
        let modules: Vec<ModuleSource> = self.builds.iter().map(Build::kept).collect();
        let (number, scenario) = (self.number, self.scenario.clone());
        // The scenario of a run has no filters that are off.
        let is_whole = modules.len() == scenario.chain.len();
        is_whole.then_some(Job { number, scenario, modules, reload: false, keeps_good: false, options })
    }

    fn held(&self) -> usize {
        self.trace.as_ref().map_or(0, |_| self.size)
    }
}

/// The last runs, the newest at the end.
#[derive(Clone, Debug, Default)]
pub struct History {
    runs: VecDeque<Kept>,
    /// The run that others are compared with; it is never forgotten.
    pub pinned: Option<u64>,
}

impl History {
    pub fn push(&mut self, run: &RunView, when: SystemTime) {
        self.keep(Kept::new(run, when));
    }

    fn keep(&mut self, kept: Kept) {
        self.runs.push_back(kept);
        let is_free = |kept: &Kept| Some(kept.number) != self.pinned;
        while self.runs.iter().filter(|kept| is_free(kept)).count() > MOST_RUNS {
            let Some(oldest) = self.runs.iter().position(is_free) else { break };
            self.runs.remove(oldest);
        }
        let mut held: usize = self.runs.iter().map(Kept::held).sum();
        let last = self.runs.len() - 1;
        for kept in self.runs.range_mut(..last) {
            if held <= MOST_HELD {
                break;
            }
            held -= kept.held();
            kept.trace = None;
        }
    }

    /// The runs, the newest first.
    pub fn newest_first(&self) -> impl Iterator<Item = &Kept> {
        self.runs.iter().rev()
    }

    pub fn get(&self, number: u64) -> Option<&Kept> {
        self.runs.iter().find(|kept| kept.number == number)
    }

    /// The run before this one that was made from other modules; if there is none, the run before it.
    pub fn before(&self, number: u64) -> Option<&Kept> {
        let now = self.get(number)?;
        let mut older = self.runs.iter().rev().filter(|kept| kept.number < number);
        let is_other = |kept: &&Kept| {
            kept.builds.len() != now.builds.len()
                || kept.builds.iter().zip(&*now.builds).any(|(old, new)| !old.is_like(new))
        };
        older.clone().find(is_other).or_else(|| older.next())
    }

    pub fn len(&self) -> usize {
        self.runs.len()
    }

    pub fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }

    /// Bytes that it holds, roughly.
    pub fn size(&self) -> usize {
        self.runs.iter().map(Kept::held).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(number: u64, size: usize) -> Kept {
        let outcome = Outcome::Finished { status: 200 };
        Kept {
            number,
            when: SystemTime::UNIX_EPOCH,
            scenario: Arc::default(),
            builds: Arc::default(),
            trace: Some(Arc::new(Trace::empty(outcome.clone()))),
            outcome,
            size,
        }
    }

    fn history(sizes: &[usize], pinned: Option<u64>) -> History {
        let mut history = History { pinned, ..History::default() };
        for (number, size) in sizes.iter().enumerate() {
            history.keep(kept(number as u64 + 1, *size));
        }
        history
    }

    #[test]
    fn twenty_runs_are_kept_and_the_pinned_one() {
        let history = history(&[1; 50], Some(3));
        let numbers: Vec<u64> = history.newest_first().map(|kept| kept.number).collect();
        assert_eq!(numbers.len(), MOST_RUNS + 1);
        assert_eq!((numbers[0], numbers[MOST_RUNS]), (50, 3));
    }

    #[test]
    fn traces_beyond_the_bound_are_let_go_the_oldest_first() {
        let history = history(&[30 << 20; 6], None);
        assert!(history.size() <= MOST_HELD);
        assert!(history.get(1).is_some_and(|kept| kept.trace.is_none()), "it can be made again");
        assert!(history.get(6).is_some_and(|kept| kept.trace.is_some()));
    }
}
