//! Contexts, timers and the end of plugins (`host-spec`, sections 2.11 and 3.9).

use super::{Answer, Cx, OK};
use crate::abi::Status;
use crate::host::Due;
use crate::host::context::RootState;
use crate::host::vm::Action;
use crate::trace::Finding;

pub(super) fn set_effective(cx: &mut Cx) -> Answer {
    let id = cx.number(0);
    let state = cx.state();
    if !state.contexts.contains_key(&id) {
        return Err(Status::BadArgument.into());
    }
    state.effective = (id != 0).then_some(id);
    OK
}

pub(super) fn done(cx: &mut Cx) -> Answer {
    let state = cx.state();
    let place = state.acting_root().map(|root| root.id);
    let place = state.roots.iter().position(|root| Some(root.id) == place);
    match place.and_then(|place| Some((place, state.roots.get_mut(place)?))) {
        Some((place, root)) if root.state == RootState::Parked => {
            root.state = RootState::Finished;
            state.schedule(Action::FinishRoot { root: place });
            OK
        }
        _ => Err(Status::NotFound.into()),
    }
}

pub(super) fn set_tick_period(cx: &mut Cx) -> Answer {
    let period = cx.number(0);
    let state = cx.state();
    let vm = state.number;
    let now = state.world.now();
    let Some(root) = state.acting_root() else { return OK };
    let is_first = period > 0 && root.tick_generation == 0;
    root.tick_ms = period;
    root.tick_generation += 1;
    let due = Due::Tick { vm, root: root.id, generation: root.tick_generation };
    if period > 0 {
        state.world.schedule.plan(now + u64::from(period) * 1_000_000, due);
    }
    if is_first {
        state.world.trace.finding(Finding::TicksInEachWorker);
    }
    OK
}
