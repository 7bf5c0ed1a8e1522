//! A folder that was run: what each scenario came to, with the present build and with the one before.

use std::collections::{BTreeMap, HashSet};
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

    /// Whether everything in it was run from what another round was run from, too, and nothing was loaded anew.
    fn is_of_builds_of(&self, other: &Self) -> bool {
        self.checked.iter().all(|(path, now)| {
            other.checked.get(path).is_none_or(|before| {
                let mut pairs = now.builds.iter().zip(&before.builds);
                now.builds.len() == before.builds.len()
                    && pairs.all(|(now, before)| now.is_shared_with(before))
            })
        })
    }

    /// What it was run from, once for each module.
    pub fn builds(&self) -> Vec<&Build> {
        let all = self.checked.values().flat_map(|checked| &checked.builds);
        let mut seen = HashSet::new();
        let key = |build: &Build| (build.bytes.as_ptr(), build.bytes.len(), build.broken.is_some());
        all.filter(|build| seen.insert((key(build), build.source.file()))).collect()
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
    /// What it was compared with until the present round began, as long as nobody knows whether that has new builds.
    set_aside: Option<Round>,
    last: u64,
}

impl Rounds {
    /// Begins a round. `rebuilt`: with other modules, so that what was there is what it is compared with.
    pub fn begin(&mut self, rebuilt: bool) -> u64 {
        self.last += 1;
        let ended = std::mem::replace(&mut self.now, Round::new(self.last));
        let has_baseline = self.is_pinned && self.before.is_some();
        // Of a round that the next rebuild cut off nothing can be told about the scenarios that it did not come to.
        let is_cut_off = self.before.as_ref().is_some_and(|before| ended.len() < before.len());
        match rebuilt && !ended.is_empty() && !has_baseline && !is_cut_off {
            true => self.set_aside = self.before.replace(ended),
            // Until it is run again, each scenario stands as it did.
            false if !rebuilt => self.now = Round { number: self.last, ..ended },
            false => {}
        }
        self.last
    }

    /// All of the present round was run. Where nothing could be loaded anew, two builds that both were run stay the ones that
    /// are compared. `false`: so it was.
    pub fn end(&mut self) -> bool {
        let set_aside = self.set_aside.take();
        if set_aside.is_some() && self.before.as_ref().is_some_and(|before| self.now.is_of_builds_of(before))
        {
            self.before = set_aside;
            return false;
        }
        true
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
    use bytes::Bytes;

    use super::*;
    use crate::run::ModuleSource;
    use crate::scenario::Scenario;
    use crate::trace::{Outcome, Trace};

    fn checked(status: u32, mark: Mark) -> Checked {
        of_builds(status, mark, Vec::new())
    }

    fn of_builds(status: u32, mark: Mark, builds: Vec<Build>) -> Checked {
        let trace = Trace::empty(Outcome::Finished { status });
        let made = Checked::new(Arc::new(Scenario::default()), trace.into(), builds, Default::default());
        Checked { mark, ..made }
    }

    fn build(bytes: &Bytes) -> Build {
        let source = ModuleSource::File("f.wasm".into());
        Build { source, bytes: bytes.clone(), modified: None, broken: None }
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
    fn a_round_that_loaded_nothing_anew_is_not_compared_with() {
        let [first, second, third] = [b"one", b"two", b"333"].map(|bytes| Bytes::copy_from_slice(bytes));
        let mut rounds = Rounds::default();
        let mut run = |bytes: &Bytes, status| {
            rounds.begin(true);
            rounds.now.put("a".into(), of_builds(status, Mark::Pass, vec![build(bytes)]));
            let is_new = rounds.end();
            let bytes_before = rounds.before.as_ref().and_then(Round::build).map(|build| build.bytes.clone());
            (is_new, bytes_before)
        };
        assert_eq!(run(&first, 200), (true, None));
        assert_eq!(run(&second, 201), (true, Some(first.clone())));
        assert_eq!(run(&second, 201), (false, Some(first)), "it was damaged on the disk, and kept");
        assert_eq!(run(&third, 202), (true, Some(second)));
    }

    #[test]
    fn a_round_that_was_cut_off_is_not_compared_with() {
        let two = |status| [("a", status, Mark::Pass), ("b", status, Mark::Pass)];
        let mut rounds = rounds(&two(200), &[("a", 503, Mark::Pass)]);
        rounds.begin(true);
        for (path, status, mark) in two(201) {
            rounds.now.put(path.into(), checked(status, mark));
        }
        assert_eq!(rounds.tally(), Tally { fixed: 0, broken: 0, output: 2, all: 2 });
    }

    #[test]
    fn what_two_rounds_have_not_both_run_is_not_compared() {
        let rounds = rounds(&[("a", 200, Mark::Pass)], &[("b", 200, Mark::Pass)]);
        assert!(rounds.standing(Path::new("b")).is_none());
        assert_eq!(rounds.tally().all, 0);
    }
}
