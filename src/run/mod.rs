//! From scenario to trace: plans a run, drives it on a virtual clock, and says how it ended.
//!
//! A run is a function of its plan. Nothing here reads a clock or a source of randomness but the ones in the plan;
//! only the limits on guest time depend on the machine, and a run that stays within them is the same everywhere.

mod background;
mod connection;
mod driver;
mod ending;
mod messages;
mod module_source;
mod plan;
mod runner;
mod worker;

pub use background::{Background, Work};
pub use connection::{PlannedConnection, PlannedStep};
pub use driver::execute;
pub use module_source::{ModuleSource, hash};
pub use plan::{
    Break, MAX_REQUESTS, Place, Plan, PlannedExchange, PlannedReply, PlannedRequest, Problem, Reason,
    ReceivedRequest, problems, problems_of,
};
pub use runner::{Build, Runner};
pub use worker::{Job, Loaded, Worker};

/// Reads, compiles and runs a scenario's filters with a fresh engine: for command lines and tests.
pub fn run_scenario(
    scenario: &crate::scenario::Scenario,
    source: &crate::scenario::Source,
) -> Result<crate::trace::Trace, Problem> {
    run_modules(scenario, &ModuleSource::all(scenario, source))
}

/// The same with filters from anywhere; `modules` has one for each filter of the chain.
pub fn run_modules(
    scenario: &crate::scenario::Scenario,
    modules: &[ModuleSource],
) -> Result<crate::trace::Trace, Problem> {
    run_modules_with(scenario, modules, RunOptions::default())
}

/// What a run is asked for beside its scenario.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RunOptions {
    /// Count the instructions of each callback. Compiled apart, and slower.
    pub count_instructions: bool,
    /// Send the scenario's own request so many times, and nothing after it, and keep figures only: the memory of the VMs
    /// and the metrics after each request.
    pub soak: Option<u32>,
}

impl RunOptions {
    /// The scenario's plan with these options.
    pub fn plan(
        self,
        scenario: &crate::scenario::Scenario,
        modules: Vec<std::sync::Arc<crate::host::Module>>,
    ) -> Result<Plan, Problem> {
        let Some(times) = self.soak else { return Plan::new(scenario, modules) };
        let scenario = crate::scenario::Scenario { repeat: times, then: Vec::new(), ..scenario.clone() };
        let mut plan = Plan::new(&scenario, modules)?;
        (plan.trace.calls, plan.trace.history) = (false, false);
        Ok(plan)
    }

    /// An engine for runs with these options.
    pub fn engine(self) -> Result<crate::host::Engine, crate::host::LoadError> {
        use crate::host::{Compiler, Engine};
        match self.count_instructions {
            true => Engine::counting(Compiler::default()),
            false => Engine::new(Compiler::default()),
        }
    }
}

/// The same with options.
pub fn run_modules_with(
    scenario: &crate::scenario::Scenario,
    modules: &[ModuleSource],
    options: RunOptions,
) -> Result<crate::trace::Trace, Problem> {
    use crate::host::StopHandle;
    use crate::trace::{Outcome, Trace};

    let (mut running, mut modules) = (std::borrow::Cow::Borrowed(scenario), modules.to_vec());
    if scenario.chain.iter().any(|filter| filter.off) {
        ModuleSource::leave_out_what_is_off(running.to_mut(), &mut modules);
    }
    let scenario = &*running;

    let refused = |filter: usize, reason| {
        Trace::empty(Outcome::Refused { filter: u16::try_from(filter).unwrap_or(u16::MAX), reason })
    };
    let engine = match options.engine() {
        Ok(engine) => engine,
        Err(reason) => return Ok(refused(0, reason)),
    };
    let mut loaded = Vec::new();
    for (place, source) in modules.iter().enumerate() {
        match source.load(&engine) {
            Ok(module) => loaded.push(module),
            Err(reason) => return Ok(refused(place, reason)),
        }
    }
    Ok(execute(&options.plan(scenario, loaded)?, &StopHandle::default()))
}
