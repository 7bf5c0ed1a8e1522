//! What became of running one scenario of a folder.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::host::StopHandle;
use crate::run::{Build, Job, ModuleSource, Problem, RunOptions, Runner};
use crate::scenario::{FileError, Scenario, Source};
use crate::trace::{Finding, Outcome, Trace};
use crate::view::compare::Digest;
use crate::view::expectations::{self, Verdict, tally};
use crate::view::sentences::{Severity, finding};

/// The mark of a scenario in the list, the best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mark {
    /// All that is expected holds; where nothing is, it ended well.
    Pass,
    /// The same, but something was found that Envoy would punish.
    Finding,
    Fails,
}

/// Why a scenario could not be run at all.
#[derive(Clone, Debug)]
pub enum Trouble {
    File(Arc<FileError>),
    Problem(Problem),
}

/// What a run of one scenario came to.
#[derive(Clone, Debug)]
pub struct Checked {
    pub mark: Mark,
    /// How many expectations hold, and how many there are.
    pub met: (usize, usize),
    /// One for each expectation of the scenario.
    pub verdicts: Vec<Verdict>,
    /// Findings that are at least warnings.
    pub findings: usize,
    pub trouble: Option<Trouble>,
    /// What it was run from.
    pub builds: Vec<Build>,
    pub scenario: Arc<Scenario>,
    pub digest: Digest,
    /// `None`: it is not kept, and made again from the rest when somebody wants to see it.
    pub trace: Option<Arc<Trace>>,
    pub outcome: Outcome,
    pub took: Duration,
}

/// Runs the scenario in a file; a module that cannot be loaded any more as it was known. `None`: it was stopped.
pub fn check(runner: &mut Runner, path: &Path, stop: &StopHandle) -> Option<Checked> {
    let began = Instant::now();
    let scenario = match Scenario::load(path) {
        Ok(scenario) => Arc::new(scenario),
        Err(error) => {
            let trouble = Trouble::File(Arc::new(error));
            return Some(Checked::without_run(Arc::default(), trouble, Vec::new(), began.elapsed()));
        }
    };
    let modules = ModuleSource::all(&scenario, &Source { file: Some(path.to_owned()) });
    let job = Job {
        number: 0,
        scenario: scenario.clone(),
        modules,
        reload: false,
        keeps_good: true,
        options: RunOptions::default(),
    };
    let (builds, result) = runner.run_brief(job, stop);
    if stop.is_stopped() {
        return None;
    }
    let took = began.elapsed();
    Some(match result {
        Ok(trace) => Checked::new(scenario, Arc::new(trace), builds, took),
        Err(problem) => Checked::without_run(scenario, Trouble::Problem(problem), builds, took),
    })
}

impl Checked {
    /// Judges a run.
    pub fn new(scenario: Arc<Scenario>, trace: Arc<Trace>, builds: Vec<Build>, took: Duration) -> Self {
        let verdicts = expectations::check(&trace, &scenario);
        let met = tally(&verdicts);
        let is_serious = |found: Finding| finding::severity(found) >= Severity::Warning;
        let findings = trace.findings().filter(|(_, found)| is_serious(*found)).count();
        let passes = if met.1 > 0 { met.0 == met.1 } else { ended_well(&trace) };
        let mark = match (passes, findings) {
            (false, _) => Mark::Fails,
            (true, 0) => Mark::Pass,
            (true, _) => Mark::Finding,
        };
        Self {
            mark,
            met,
            verdicts,
            findings,
            trouble: None,
            builds,
            scenario,
            digest: Digest::new(&trace),
            outcome: trace.outcome.clone(),
            trace: Some(trace),
            took,
        }
    }

    fn without_run(scenario: Arc<Scenario>, trouble: Trouble, builds: Vec<Build>, took: Duration) -> Self {
        Self {
            mark: Mark::Fails,
            met: (0, 0),
            verdicts: Vec::new(),
            findings: 0,
            trouble: Some(trouble),
            builds,
            scenario,
            digest: Digest::default(),
            trace: None,
            outcome: Outcome::Finished { status: 0 },
            took,
        }
    }

    /// The job that makes its run again, wherever the modules are by now; `None`: it has none.
    pub fn again(&self, options: RunOptions) -> Option<Job> {
        if self.trouble.is_some() {
            return None;
        }
        // Filters that are off have no build.
        let mut builds = self.builds.iter();
        let source = |filter: &crate::scenario::Filter| match filter.off {
            true => Some(ModuleSource::File(filter.path.clone().into())),
            false => builds.next().map(Build::kept),
        };
        let modules: Option<Vec<ModuleSource>> = self.scenario.chain.iter().map(source).collect();
        let scenario = self.scenario.clone();
        Some(Job { number: 0, scenario, modules: modules?, reload: false, keeps_good: false, options })
    }
}

fn ended_well(trace: &Trace) -> bool {
    let is_good = |outcome: &Outcome| {
        matches!(outcome.kind(), "finished" | "local_reply") && !outcome.is_for_failed_filter()
    };
    is_good(&trace.outcome) && (0..trace.exchanges.len()).all(|place| is_good(trace.outcome_of(place)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;

    fn scene(edit: impl FnOnce(&mut Scenario)) -> (tempfile::TempDir, std::path::PathBuf) {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let sample = samples::find("add_headers").expect("it is bundled");
        std::fs::write(folder.path().join("f.wasm"), sample.module).expect("it can be written");
        let mut scenario = sample.scenario.clone();
        scenario.chain[0].path = "f.wasm".into();
        scenario.expect.clear();
        edit(&mut scenario);
        let path = folder.path().join("x.scenario.json");
        scenario.save(&path).expect("it can be written");
        (folder, path)
    }

    fn expect(json: &str) -> crate::scenario::Expectation {
        serde_json::from_str(json).expect("it is an expectation")
    }

    fn checked(path: &Path) -> Checked {
        check(&mut Runner::default(), path, &StopHandle::default()).expect("nobody stopped it")
    }

    #[test]
    fn expectations_decide_where_there_are_some() {
        let (_folder, path) = scene(|scenario| {
            scenario.expect = vec![expect(r#"{"is": 200}"#), expect(r#"{"is": 201}"#)];
        });
        let found = checked(&path);
        assert_eq!((found.mark, found.met), (Mark::Fails, (1, 2)));
        let (_folder, path) = scene(|scenario| scenario.expect = vec![expect(r#"{"is": 200}"#)]);
        let found = checked(&path);
        assert_eq!((found.mark, found.met), (Mark::Pass, (1, 1)));
    }

    #[test]
    fn where_nothing_is_expected_the_ending_decides() {
        let (folder, path) = scene(|_| {});
        assert_eq!(checked(&path).mark, Mark::Pass);
        std::fs::write(folder.path().join("f.wasm"), "no module").expect("it can be written");
        let found = checked(&path);
        assert_eq!((found.mark, found.outcome.kind()), (Mark::Fails, "refused"));
    }

    #[test]
    fn a_file_that_is_no_scenario_fails_and_says_why() {
        let (_folder, path) = scene(|_| {});
        std::fs::write(&path, "{").expect("it can be written");
        let found = checked(&path);
        assert_eq!(found.mark, Mark::Fails);
        assert!(matches!(found.trouble, Some(Trouble::File(_))));
        assert!(found.again(RunOptions::default()).is_none());
    }

    #[test]
    fn a_run_is_made_again_from_what_was_kept_after_its_file_was_rewritten() {
        let (folder, path) = scene(|_| {});
        let first = checked(&path);
        std::fs::write(folder.path().join("f.wasm"), "no module").expect("it can be written");
        let job = first.again(RunOptions::default()).expect("it was run");
        let (_, again) = Runner::default().run_brief(job, &StopHandle::default());
        assert_eq!(*first.trace.expect("it is kept"), again.expect("it can be run"));
    }

    /// A pipe keeps whoever opens it waiting until somebody writes to it.
    #[cfg(unix)]
    #[test]
    fn a_module_that_is_a_pipe_fails_and_keeps_nobody_waiting() {
        let (folder, path) = scene(|scenario| scenario.chain[0].path = "pipe.wasm".into());
        let pipe = folder.path().join("pipe.wasm");
        assert!(
            std::process::Command::new("mkfifo").arg(pipe).status().expect("every Unix has it").success()
        );
        assert_eq!(checked(&path).outcome.kind(), "refused");
    }

    #[test]
    fn a_damaged_module_is_run_as_it_was_known() {
        let (folder, path) = scene(|_| {});
        let mut runner = Runner::default();
        let mut checked = || check(&mut runner, &path, &StopHandle::default()).expect("nobody stopped it");
        let good = checked();
        std::fs::write(folder.path().join("f.wasm"), "half of one").expect("it can be written");
        let kept = checked();
        assert_eq!((kept.mark, &kept.outcome), (good.mark, &good.outcome));
        assert!(kept.builds[0].is_shared_with(&good.builds[0]) && kept.builds[0].broken.is_some());
    }

    #[test]
    fn who_stops_gets_no_verdict() {
        let (_folder, path) = scene(|_| {});
        let stop = StopHandle::default();
        stop.stop();
        assert!(check(&mut Runner::default(), &path, &stop).is_none());
    }
}
