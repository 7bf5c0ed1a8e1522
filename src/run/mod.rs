//! From scenario to trace: plans a run, drives it on a virtual clock, and says how it ended.
//!
//! A run is a function of its plan. Nothing here reads a clock or a source of randomness but the ones in the plan;
//! only the limits on guest time depend on the machine, and a run that stays within them is the same everywhere.

mod driver;
mod ending;
mod messages;
mod plan;
mod worker;

pub use driver::execute;
pub use plan::{Place, Plan, PlannedExchange, PlannedReply, PlannedRequest, Problem, Reason};
pub use worker::{Job, Loaded, ModuleSource, Worker};

/// Reads, compiles and runs a scenario's filters with a fresh engine: for command lines and tests.
pub fn run_scenario(
    scenario: &crate::scenario::Scenario,
    source: &crate::scenario::Source,
) -> Result<crate::trace::Trace, Problem> {
    use crate::host::{Compiler, Engine, Module, StopHandle};
    use crate::trace::{Outcome, Trace};

    let refused = |filter: usize, reason| {
        Trace::empty(Outcome::Refused { filter: u16::try_from(filter).unwrap_or(u16::MAX), reason })
    };
    let engine = match Engine::new(Compiler::default()) {
        Ok(engine) => engine,
        Err(reason) => return Ok(refused(0, reason)),
    };
    let mut modules = Vec::new();
    for (place, filter) in scenario.chain.iter().enumerate() {
        match Module::load(&engine, &source.resolve(&filter.path)) {
            Ok(module) => modules.push(module),
            Err(reason) => return Ok(refused(place, reason)),
        }
    }
    Ok(execute(&Plan::new(scenario, modules)?, &StopHandle::default()))
}
