//! Runs scenarios one after the other with modules that stay compiled.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Instant, SystemTime};

use bytes::Bytes;

use super::{Job, Loaded, ModuleSource, Plan, Problem, RunOptions, execute, hash};
use crate::host::{Engine, LoadError, Module, StopHandle};
use crate::trace::{LimitKind, Outcome, Trace};

/// What a filter was run from.
#[derive(Clone, Debug)]
pub struct Build {
    pub source: ModuleSource,
    /// The module itself, shared by all runs of it.
    pub bytes: Bytes,
    /// When its file was written, as far as the system tells.
    pub modified: Option<SystemTime>,
    /// Why what its file holds by now could not be loaded in its place ([`Job::keeps_good`]).
    pub broken: Option<LoadError>,
}

impl Build {
    /// The same module wherever its file is by now.
    pub fn kept(&self) -> ModuleSource {
        ModuleSource::Embedded { name: self.source.name().into(), bytes: self.bytes.clone() }
    }

    /// Whether both are the same module.
    pub fn is_like(&self, other: &Self) -> bool {
        self.bytes == other.bytes
    }

    /// Whether both are one and the same that was loaded once. Modules of equal bytes that were loaded twice are not.
    pub fn is_shared_with(&self, other: &Self) -> bool {
        (self.bytes.as_ptr(), self.bytes.len()) == (other.bytes.as_ptr(), other.bytes.len())
    }

    /// SHA-256 of the module in hexadecimal.
    pub fn sha256(&self) -> String {
        hash(&self.bytes)
    }
}

/// Most modules that stay compiled without a file that they would come from again.
const MOST_EMBEDDED: usize = 32;

/// Compiled modules, and what runs them: those that count instructions are others than those that do not.
#[derive(Default)]
pub struct Runner {
    plain: Compiled,
    counting: Compiled,
}

/// A module with what its file looked like when it was read.
struct FileModule {
    modified: Option<SystemTime>,
    length: u64,
    build: Build,
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

/// The modules of a chain, as far as they could be loaded.
#[derive(Default)]
struct Chain {
    modules: Vec<Arc<Module>>,
    builds: Vec<Build>,
    broken: Option<(u16, LoadError)>,
    /// Why there are not all of them.
    ended: Option<Outcome>,
}

impl Runner {
    /// Makes a run that somebody is going to look at.
    pub fn run(&mut self, mut job: Job, stop: &StopHandle) -> Loaded {
        let began = Instant::now();
        job.leave_out_what_is_off();
        if job.reload {
            self.plain.files.clear();
            self.counting.files.clear();
        }
        let Chain { modules, builds, broken, ended } = self.load(&job, stop);
        let refused = match &ended {
            Some(Outcome::Refused { .. }) => job.modules.get(modules.len()).and_then(ModuleSource::facts),
            _ => None,
        };
        let load_time = began.elapsed();
        let began = Instant::now();
        let result = match ended {
            Some(outcome) => Ok(Arc::new(Trace::empty(outcome))),
            None => job.options.plan(&job.scenario, modules.clone()).map(|mut plan| {
                // Of a soak there are figures only.
                plan.trace.moments = plan.trace.history;
                Arc::new(execute(&plan, stop))
            }),
        };
        let run_time = began.elapsed();
        Loaded { job, builds, broken, modules, refused, result, load_time, run_time }
    }

    /// Makes a run of which nobody will look at single moments: smaller, and faster. Gives what it was run from, too.
    pub fn run_brief(&mut self, mut job: Job, stop: &StopHandle) -> (Vec<Build>, Result<Trace, Problem>) {
        job.leave_out_what_is_off();
        let Chain { modules, builds, ended, .. } = self.load(&job, stop);
        let result = match ended {
            Some(outcome) => Ok(Trace::empty(outcome)),
            None => job.options.plan(&job.scenario, modules).map(|plan| execute(&plan, stop)),
        };
        (builds, result)
    }

    /// The plan of a job, to be run more than once; `None`: it cannot be loaded or run as it stands.
    pub fn plan(&mut self, mut job: Job, stop: &StopHandle) -> Option<Plan> {
        job.leave_out_what_is_off();
        let Chain { modules, ended, .. } = self.load(&job, stop);
        match ended {
            Some(_) => None,
            None => job.options.plan(&job.scenario, modules).ok(),
        }
    }

    fn load(&mut self, job: &Job, stop: &StopHandle) -> Chain {
        let known = if job.options.count_instructions { &mut self.counting } else { &mut self.plain };
        let mut chain = Chain::default();
        for (place, source) in job.modules.iter().enumerate() {
            // The compiler cannot be stopped, but what comes after it can.
            if stop.is_stopped() {
                let limit = LimitKind::Stopped;
                chain.ended = Some(Outcome::Limit { limit, filter: None, callback: None, allowed: 0 });
                break;
            }
            let filter = u16::try_from(place).unwrap_or(u16::MAX);
            match known.load(source, job.options) {
                Ok((build, module)) => {
                    chain.builds.push(build);
                    chain.modules.push(module);
                }
                Err(reason) => match known.known(source).filter(|_| job.keeps_good) {
                    Some((build, module)) => {
                        chain.builds.push(Build { broken: Some(reason.clone()), ..build });
                        chain.modules.push(module);
                        chain.broken.get_or_insert((filter, reason));
                    }
                    None => {
                        chain.ended = Some(Outcome::Refused { filter, reason });
                        break;
                    }
                },
            }
        }
        chain
    }
}

impl Compiled {
    fn load(
        &mut self,
        source: &ModuleSource,
        options: RunOptions,
    ) -> Result<(Build, Arc<Module>), LoadError> {
        let engine = match &self.engine {
            Some(engine) => engine.clone(),
            None => self.engine.insert(options.engine()?).clone(),
        };
        match source {
            ModuleSource::Embedded { bytes, .. } => {
                let build =
                    Build { source: source.clone(), bytes: bytes.clone(), modified: None, broken: None };
                let place = (bytes.as_ptr().addr(), bytes.len());
                if let Some((_, module)) = self.embedded.get(&place) {
                    return Ok((build, module.clone()));
                }
                let module = Module::compile(&engine, bytes)?;
                if self.embedded.len() == MOST_EMBEDDED {
                    self.embedded.clear();
                }
                self.embedded.insert(place, (bytes.clone(), module.clone()));
                Ok((build, module))
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
    ) -> Result<(Build, Arc<Module>), LoadError> {
        let stamp = std::fs::metadata(path).ok().map(|meta| (meta.modified().ok(), meta.len()));
        // A build that is under way takes the file away for a while: edits go on with the module that is known. A reload
        // has forgotten it, and says that the file is gone.
        if let Some(known) = self.files.get(path).filter(|known| known.build.source == *source)
            && stamp.is_none_or(|(modified, length)| (modified, length) == (known.modified, known.length))
        {
            return Ok((known.build.clone(), known.module.clone()));
        }
        let bytes = source.read()?;
        let module = Module::compile(engine, &bytes)?;
        let modified = stamp.and_then(|(modified, _)| modified);
        let build = Build { source: source.clone(), bytes, modified, broken: None };
        if let Some((modified, length)) = stamp {
            let known = FileModule { modified, length, build: build.clone(), module: module.clone() };
            self.files.insert(path.to_owned(), known);
        }
        Ok((build, module))
    }

    /// What was loaded of a file before, whatever it is now.
    fn known(&self, source: &ModuleSource) -> Option<(Build, Arc<Module>)> {
        let known = self.files.get(source.file()?).filter(|known| known.build.source == *source)?;
        Some((known.build.clone(), known.module.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::RunOptions;
    use crate::samples;

    fn job(path: &Path, reload: bool) -> Job {
        let sample = samples::find("add_headers").expect("it is bundled");
        let scenario = Arc::new(sample.scenario.clone());
        let modules = vec![ModuleSource::File(path.to_owned())];
        Job { number: 1, scenario, modules, reload, keeps_good: false, options: RunOptions::default() }
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
        let mut modules = Runner::default();
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
        let mut modules = Runner::default();
        let first = modules.run(job(&path, false), &StopHandle::default());
        let second = modules.run(job(&path, false), &StopHandle::default());
        assert!(Arc::ptr_eq(&first.modules[0], &second.modules[0]));
    }

    #[test]
    fn a_job_that_was_stopped_before_its_turn_compiles_nothing() {
        let stop = StopHandle::default();
        stop.stop();
        let loaded = Runner::default().run(job(Path::new("/nowhere/filter.wasm"), false), &stop);
        assert!(loaded.modules.is_empty());
        assert!(matches!(outcome(loaded), Outcome::Limit { limit: LimitKind::Stopped, .. }));
    }

    #[test]
    fn a_broken_build_is_run_as_it_was_known_and_named() {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let path = folder.path().join("filter.wasm");
        let bytes = samples::find("add_headers").expect("it is bundled").module;
        std::fs::write(&path, bytes).expect("the file can be written");
        let mut runner = Runner::default();
        let good = runner.run(job(&path, false), &StopHandle::default());
        std::fs::write(&path, b"\0asm\x01\0\0\0 half of it").expect("the file can be written");
        let keeps = Job { keeps_good: true, ..job(&path, false) };
        let kept = runner.run(keeps.clone(), &StopHandle::default());
        assert!(matches!(kept.broken, Some((0, _))));
        assert!(kept.builds[0].is_shared_with(&good.builds[0]) && kept.builds[0].broken.is_some());
        assert_eq!(outcome(kept).kind(), "finished");
        let asked = runner.run(job(&path, false), &StopHandle::default());
        assert_eq!(outcome(asked).kind(), "refused", "who asks for it gets to know");
        std::fs::write(&path, bytes).expect("the file can be written");
        let mended = runner.run(keeps, &StopHandle::default());
        assert!(mended.broken.is_none() && mended.builds[0].broken.is_none());
    }

    #[test]
    fn a_run_can_be_made_again_after_its_file_was_rewritten() {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let path = folder.path().join("filter.wasm");
        let of = |id| samples::find(id).expect("it is bundled").module;
        std::fs::write(&path, of("add_headers")).expect("the file can be written");
        let mut runner = Runner::default();
        let first = runner.run(job(&path, false), &StopHandle::default());
        std::fs::write(&path, of("mask_pii")).expect("the file can be written");
        let kept = Job { modules: vec![first.builds[0].kept()], ..job(&path, false) };
        let (_, again) = runner.run_brief(kept, &StopHandle::default());
        let again = again.expect("the scenario can be run");
        assert_eq!(again.exchanges, first.result.expect("the scenario can be run").exchanges);
    }
}
