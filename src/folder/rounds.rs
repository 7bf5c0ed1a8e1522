//! A folder that was run: what each scenario came to, with the present build and with the one before.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::check::{Checked, Mark};
use crate::run::Build;
use crate::view::compare::Differs;
use crate::view::sentences::compare::Tally;

/// Most bytes of traces that a round keeps; what does not fit is made again when somebody wants to see it.
pub const MOST_HELD: usize = 64 << 20;

/// All scenarios of a folder, each run once.
#[derive(Clone, Debug, Default)]
pub struct Round {
    pub number: u64,
    checked: BTreeMap<PathBuf, Arc<Checked>>,
    held: usize,
}

impl Round {
    pub fn new(number: u64) -> Self {
        Self { number, ..Self::default() }
    }

    pub fn put(&mut self, path: PathBuf, mut checked: Checked) {
        if let Some(before) = self.checked.remove(&path) {
            self.held -= before.trace.as_ref().map_or(0, |trace| trace.size());
        }
        let size = checked.trace.as_ref().map_or(0, |trace| trace.size());
        match self.held + size <= MOST_HELD {
            true => self.held += size,
            false => checked.trace = None,
        }
        self.checked.insert(path, Arc::new(checked));
    }

    pub fn get(&self, path: &Path) -> Option<&Arc<Checked>> {
        self.checked.get(path)
    }

    pub fn len(&self) -> usize {
        self.checked.len()
    }

    pub fn is_empty(&self) -> bool {
        self.checked.is_empty()
    }

    /// Leaves out what is not in the list any more.
    pub fn keep_only(&mut self, is_listed: impl Fn(&Path) -> bool) {
        self.checked.retain(|path, _| is_listed(path));
        self.held = self
            .checked
            .values()
            .filter_map(|checked| checked.trace.as_ref())
            .map(|trace| trace.size())
            .sum();
    }

    /// Another name for a file.
    pub fn moved(&mut self, from: &Path, to: &Path) {
        if let Some(checked) = self.checked.remove(from) {
            self.checked.insert(to.to_owned(), checked);
        }
    }

    /// How many have each mark.
    pub fn count(&self, mark: Mark) -> usize {
        self.checked.values().filter(|checked| checked.mark == mark).count()
    }

    /// The build of the first filter that a scenario was run from, the newest one.
    pub fn build(&self) -> Option<&Build> {
        let builds = self.checked.values().filter_map(|checked| checked.builds.first());
        builds.max_by_key(|build| build.modified)
    }
}

/// How a scenario does now, beside how it did before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// It failed, and does not any more.
    Fixed,
    /// It did not fail, and does now.
    Broken,
    /// Somebody outside the filters sees a difference.
    Output(Differs),
    /// Only the filters did something else.
    Inside(Differs),
    Same,
}

/// Two results of one scenario.
#[derive(Clone, Copy, Debug)]
pub struct Standing<'a> {
    pub before: &'a Arc<Checked>,
    pub now: &'a Arc<Checked>,
    pub change: Change,
}

/// The present round and the one that it is compared with.
#[derive(Clone, Debug, Default)]
pub struct Rounds {
    pub now: Round,
    pub before: Option<Round>,
    /// The one before stays, however often the folder is run.
    pub is_pinned: bool,
    last: u64,
}

impl Rounds {
    /// Begins a round. `rebuilt`: with other modules, so that what was there is what it is compared with.
    pub fn begin(&mut self, rebuilt: bool) -> u64 {
        self.last += 1;
        let ended = std::mem::replace(&mut self.now, Round::new(self.last));
        let has_baseline = self.is_pinned && self.before.is_some();
        match rebuilt && !ended.is_empty() && !has_baseline {
            true => self.before = Some(ended),
            // Until it is run again, each scenario stands as it did.
            false if !rebuilt => self.now = Round { number: self.last, ..ended },
            false => {}
        }
        self.last
    }

    /// Both results of a scenario, if it was run in both rounds.
    pub fn standing(&self, path: &Path) -> Option<Standing<'_>> {
        let (before, now) = (self.before.as_ref()?.get(path)?, self.now.get(path)?);
        let differs = before.digest.differs(&now.digest);
        let fails = |checked: &Checked| checked.mark == Mark::Fails;
        let change = match (fails(before), fails(now)) {
            (true, false) => Change::Fixed,
            (false, true) => Change::Broken,
            _ if differs.in_output() => Change::Output(differs),
            _ if differs.any() => Change::Inside(differs),
            _ => Change::Same,
        };
        Some(Standing { before, now, change })
    }

    /// How many scenarios did what.
    pub fn tally(&self) -> Tally {
        let mut tally = Tally::default();
        for path in self.now.checked.keys() {
            let Some(standing) = self.standing(path) else { continue };
            tally.all += 1;
            match standing.change {
                Change::Fixed => tally.fixed += 1,
                Change::Broken => tally.broken += 1,
                Change::Output(_) => tally.output += 1,
                Change::Inside(_) | Change::Same => {}
            }
        }
        tally
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Scenario;
    use crate::trace::{Outcome, Trace};

    fn checked(status: u32, mark: Mark) -> Checked {
        let trace = Trace::empty(Outcome::Finished { status });
        let made = Checked::new(Arc::new(Scenario::default()), trace.into(), Vec::new(), Default::default());
        Checked { mark, ..made }
    }

    fn rounds(before: &[(&str, u32, Mark)], now: &[(&str, u32, Mark)]) -> Rounds {
        let mut rounds = Rounds::default();
        for (place, entries) in [before, now].into_iter().enumerate() {
            rounds.begin(place > 0);
            for (path, status, mark) in entries {
                rounds.now.put(path.into(), checked(*status, *mark));
            }
        }
        rounds
    }

    #[test]
    fn a_rebuild_fixes_breaks_and_changes_scenarios() {
        let rounds = rounds(
            &[("a", 200, Mark::Fails), ("b", 200, Mark::Pass), ("c", 200, Mark::Pass), ("d", 1, Mark::Pass)],
            &[
                ("a", 200, Mark::Finding),
                ("b", 200, Mark::Fails),
                ("c", 503, Mark::Pass),
                ("d", 1, Mark::Pass),
            ],
        );
        let change = |path: &str| rounds.standing(Path::new(path)).expect("it is in both").change;
        assert_eq!(change("a"), Change::Fixed);
        assert_eq!(change("b"), Change::Broken);
        assert!(matches!(change("c"), Change::Output(Differs { outcome: true, .. })));
        assert_eq!(change("d"), Change::Same);
        assert_eq!(rounds.tally(), Tally { fixed: 1, broken: 1, output: 1, all: 4 });
    }

    #[test]
    fn running_again_without_a_rebuild_compares_with_nothing_new() {
        let mut rounds = rounds(&[("a", 200, Mark::Pass)], &[("a", 503, Mark::Pass)]);
        rounds.begin(false);
        rounds.now.put("a".into(), checked(503, Mark::Pass));
        let standing = rounds.standing(Path::new("a")).expect("it is in both");
        assert!(matches!(standing.change, Change::Output(_)), "still against the build before");
    }

    #[test]
    fn a_pinned_baseline_stays() {
        let mut rounds = rounds(&[("a", 1, Mark::Pass)], &[("a", 2, Mark::Pass)]);
        rounds.is_pinned = true;
        let baseline = rounds.before.as_ref().map(|round| round.number);
        rounds.begin(true);
        assert_eq!(rounds.before.as_ref().map(|round| round.number), baseline);
        rounds.is_pinned = false;
        rounds.now.put("a".into(), checked(3, Mark::Pass));
        rounds.begin(true);
        assert_ne!(rounds.before.as_ref().map(|round| round.number), baseline);
    }

    #[test]
    fn what_two_rounds_have_not_both_run_is_not_compared() {
        let rounds = rounds(&[("a", 200, Mark::Pass)], &[("b", 200, Mark::Pass)]);
        assert!(rounds.standing(Path::new("b")).is_none());
        assert_eq!(rounds.tally().all, 0);
    }
}
