//! What "expect this" and "make a mock" are about: what is chosen in the part of the window that is used.

use super::model::{CenterTab, DiffMode, LowerTab, Model, Region};
use super::panels::center::{section_of, selected_row};
use crate::scenario::Expectation;
use crate::trace::EventId;
use crate::view::state::Section as List;
use crate::view::{expecting, mocks};

/// The expectation that fits what is chosen; `None`: there is nothing to expect of it.
pub fn chosen(model: &Model) -> Option<Expectation> {
    chosen_in(model, model.region)
}

/// The same for a part of the window, used or not: while its menu is open another one may seem to be.
pub fn chosen_in(model: &Model, region: Region) -> Option<Expectation> {
    let run = model.runs.current.as_deref()?;
    let of_event = || expecting::of_event(&run.trace, model.view.event?);
    if region == Region::Logs {
        return match model.view.lower {
            LowerTab::Logs => of_event(),
            LowerTab::Findings => {
                let chosen = model.view.event.and_then(|event| run.finding_groups.occurrence(event));
                let first = || run.finding_groups.groups().first()?.first();
                expecting::of_event(&run.trace, chosen.or_else(first)?.event)
            }
            LowerTab::Expectations => None,
        };
    }
    match model.view.center {
        CenterTab::Changes if model.view.diff != DiffMode::Raw => match selected_row(model, run) {
            Some((section, Some(row))) => {
                let section = run.changes.sections.get(section)?;
                expecting::of_change(&run.trace, run.exchange, section, row, model.hides_secrets())
            }
            // A key that was typed when something else was thought to have the keyboard must not change the scenario.
            _ => None,
        },
        CenterTab::State => {
            let list = section_of(model, run);
            expecting::of_state(&run.trace, &run.state, list, model.view.state_row?)
        }
        CenterTab::Timeline | CenterTab::Stream | CenterTab::HostCalls => of_event(),
        CenterTab::Changes | CenterTab::Preflight | CenterTab::Guide | CenterTab::Compare => None,
    }
}

/// The host call that made the callout which is chosen, if a mock would help it.
pub fn callout(model: &Model) -> Option<EventId> {
    let run = model.runs.current.as_deref()?;
    let of_state = || {
        let is_list = model.view.center == CenterTab::State && section_of(model, run) == List::Callouts;
        let row = model.view.state_row.filter(|_| is_list)?;
        run.state.callouts.get(row)?.versions.first().map(|(event, _)| *event)
    };
    let event = of_state().or(model.view.event)?;
    mocks::is_wanted(&run.trace, event).then_some(event)
}
