//! What goes from one view, event, change or request to another, and back.

use egui::Context;

use crate::gui::model::{CenterTab, LeftTab, LowerTab, Model, Place, Region};
use crate::gui::panels;
use crate::trace::{EventId, Part};
use crate::view::changes::BodyMode;
use crate::view::guide;
use crate::view::timeline::Row;

pub fn show_left(model: &mut Model, tab: LeftTab) {
    model.view.left = tab;
    if model.layout.narrow {
        model.layout.drawer = true;
    } else {
        model.layout.left_folded = false;
    }
}

pub fn fold_left(model: &mut Model) {
    if model.layout.narrow {
        model.layout.drawer = !model.layout.drawer;
    } else {
        model.layout.left_folded = !model.layout.left_folded;
    }
    // The control that was used is gone; its region stays.
    if model.region == Region::Left {
        model.focus_next = Some(Region::Left.entry());
    }
}

pub fn show_center(model: &mut Model, tab: CenterTab) {
    if model.view.center != tab {
        leave(model);
        model.view.center = tab;
        model.view.reveal = true;
    }
}

pub fn show_preflight(model: &mut Model, place: usize) {
    if model.view.center == CenterTab::Preflight {
        model.view.preflight_host = None;
    }
    model.view.preflight = place;
    show_center(model, CenterTab::Preflight);
}

pub fn show_guide(model: &mut Model, place: guide::Place) {
    if model.view.center == CenterTab::Guide && model.view.guide != place {
        leave(model);
    }
    model.view.guide = place;
    show_center(model, CenterTab::Guide);
    model.view.reveal = true;
}

pub fn show_lower(model: &mut Model, tab: LowerTab) {
    model.view.lower = tab;
    model.layout.lower_folded = false;
}

/// Back to what was shown before a page took the place of it.
pub fn leave_page(model: &mut Model) {
    let page = model.view.center;
    while model.view.center == page && !model.view.back.is_empty() {
        travel(model, true);
    }
    if model.view.center == page {
        model.view.center = CenterTab::Changes;
    }
    model.focus_next = Some(Region::Center.entry());
}

/// Notes where one was, for Back.
pub fn leave(model: &mut Model) {
    let place = model.place();
    if model.view.back.last() != Some(&place) {
        model.view.back.push(place);
    }
    model.view.forward.clear();
}

pub fn travel(model: &mut Model, back: bool) {
    let here = model.place();
    let view = &mut model.view;
    let (from, to) =
        if back { (&mut view.back, &mut view.forward) } else { (&mut view.forward, &mut view.back) };
    let Some(Place { center, change, event, exchange, guide, state }) = from.pop() else { return };
    to.push(here);
    look_at(model, exchange);
    let view = &mut model.view;
    (view.center, view.change, view.event, view.guide) = (center, change, event, guide);
    (view.state_section, view.state_row) = state;
    view.reveal = true;
    // So that the keyboard goes on from there.
    model.focus_next = Some(Region::Center.entry());
}

pub fn next_change(model: &mut Model, step: isize, ctx: &Context) {
    let Some(run) = &model.runs.current else { return };
    let current = model.view.change;
    let next = if step > 0 { run.changes.next(current) } else { run.changes.previous(current) };
    let Some(next) = next else { return };
    if model.view.center != CenterTab::Changes {
        leave(model);
    }
    model.view.center = CenterTab::Changes;
    model.view.change = Some(next);
    model.view.row = None;
    model.view.reveal = true;
    // So that Enter goes on from here; who is typing goes on typing.
    if !ctx.text_edit_focused() {
        model.focus_next = Some(Region::Center.entry());
    }
}

/// Looks at another request of the run; what was chosen in the last one means nothing there.
pub fn look_at(model: &mut Model, exchange: usize) {
    if exchange == model.runs.exchange() {
        return;
    }
    model.runs.look_at(exchange);
    model.view.change = None;
    model.view.row = None;
    model.view.unfolded.clear();
}

/// Shows bodies in another way; rows that were chosen or unfolded are others there.
pub fn show_bodies(model: &mut Model, mode: BodyMode) {
    if model.view.center != CenterTab::Changes {
        leave(model);
        model.view.center = CenterTab::Changes;
    }
    if model.runs.bodies() == mode {
        return;
    }
    model.runs.show_bodies(mode);
    model.view.change = None;
    model.view.row = None;
    model.view.unfolded.clear();
    model.view.folded_sections.clear();
}

pub fn next_request(model: &mut Model, step: isize) {
    let Some(run) = model.runs.current.clone() else { return };
    let here = model.runs.exchange();
    let Some(next) = here.checked_add_signed(step).filter(|next| *next < run.exchanges()) else { return };
    look_at(model, next);
    if matches!(model.view.center, CenterTab::Timeline | CenterTab::HostCalls) {
        model.view.event = run.trace.begin_of(next);
        model.view.reveal = true;
    }
}

pub fn next_event(model: &mut Model, step: isize, writes_only: bool) {
    let Some(run) = &model.runs.current else { return };
    let trace = &run.trace;
    let count = trace.events().len() as isize;
    let here = model.view.event.map(|event| event.index() as isize);
    let start = if step > 0 { -1 } else { count };
    let at = if writes_only {
        // Changes stand in the order of their events.
        let changes = trace.changes();
        let from = here.unwrap_or(start);
        let place = if step > 0 {
            changes.partition_point(|change| change.event.index() as isize <= from)
        } else {
            let before = changes.partition_point(|change| (change.event.index() as isize) < from);
            before.wrapping_sub(1)
        };
        changes.get(place).map(|change| change.event.index() as isize)
    } else {
        Some(here.unwrap_or(start) + step).filter(|at| (0..count).contains(at))
    };
    let Some(at) = at else { return };
    model.view.event = Some(EventId::from_index(at as usize));
    model.view.reveal = true;
    // Views of a moment stay; others give way to the timeline.
    if !matches!(
        model.view.center,
        CenterTab::Timeline | CenterTab::Stream | CenterTab::HostCalls | CenterTab::State
    ) {
        leave(model);
        model.view.center = CenterTab::Timeline;
    }
}

/// Zooms the lane of the timeline around the chosen event.
pub fn zoom_timeline(model: &mut Model, factor: f32) {
    let Some(run) = &model.runs.current else { return };
    let (from, to) = model.view.timeline_span;
    let chosen = model.view.event.map(|event| run.axis.share_of(&run.trace, &run.timeline, event));
    let steps = model.view.timeline_steps;
    let by_step = model.view.event.map(|event| event.index() as f32 / run.trace.events().len().max(1) as f32);
    let around = if steps { by_step } else { chosen }.unwrap_or((from + to) / 2.0);
    model.view.timeline_span = panels::timeline::zoom((from, to), around, factor);
}

/// Folds every row that can be, or unfolds all if they are.
pub fn collapse_all(model: &mut Model) {
    let Some(run) = &model.runs.current else { return };
    let foldable = run.timeline.rows().iter().filter(|row| row.inside > 0);
    let (groups, others): (Vec<&Row>, Vec<&Row>) = foldable.partition(|row| row.role.is_group());
    let is_folded = others.iter().all(|row| model.view.folded.contains(&row.event));
    // Groups are folded at first, and in the set when they are not.
    model.view.folded = match is_folded {
        true => groups.iter().map(|row| row.event).collect(),
        false => others.iter().map(|row| row.event).collect(),
    };
}

pub fn follow_change(model: &mut Model, place: usize) {
    let Some(run) = &model.runs.current else { return };
    let Some(event) = run.changes.writers(place).last().map(|writer| writer.event) else {
        return;
    };
    leave(model);
    model.view.change = Some(place);
    reach(model, CenterTab::Timeline, event);
}

/// Shows an event in the timeline.
pub fn show_event(model: &mut Model, event: EventId) {
    leave(model);
    reach(model, CenterTab::Timeline, event);
}

/// Goes where an event is to be seen; the keyboard goes along.
fn reach(model: &mut Model, center: CenterTab, event: EventId) {
    model.view.center = center;
    model.view.event = Some(event);
    model.view.reveal = true;
    model.focus_next = Some(Region::Center.entry());
}

/// Shows what an event changed, in the messages or in the state; an event that changed nothing, in the timeline.
pub fn follow_event(model: &mut Model, event: EventId) {
    let Some(run) = model.runs.current.clone() else { return };
    leave(model);
    // Properties stand with the state, not with a request's changes.
    let of_message = run.trace.change_of(event).filter(|change| change.part != Part::Property);
    let of_another = of_message.and_then(|change| change.exchange).map(usize::from);
    if let Some(exchange) = of_another.filter(|exchange| *exchange != run.exchange) {
        look_at(model, exchange);
        model.view.follow = Some(event);
        reach(model, CenterTab::Changes, event);
    } else if let Some(place) = run.changes.item_of(event) {
        model.view.change = Some(place);
        model.view.row = None;
        reach(model, CenterTab::Changes, event);
    } else if let Some((section, row)) = run.state.made_by(event) {
        (model.view.state_section, model.view.state_row) = (Some(section), Some(row));
        model.view.state_version = None;
        reach(model, CenterTab::State, event);
    } else {
        reach(model, CenterTab::Timeline, event);
    }
}

pub fn next_region(model: &mut Model, step: usize) {
    let present = |region: &Region| match region {
        Region::Top | Region::Status => model.document.is_none() || !model.layout.presentation,
        Region::Center => true,
        Region::Left => model.shows_left(),
        Region::Logs => model.document.is_some() && !model.layout.presentation,
    };
    let regions: Vec<Region> = Region::ALL.into_iter().filter(present).collect();
    let here = regions.iter().position(|region| *region == model.region).unwrap_or(0);
    let region = regions[(here + step) % regions.len()];
    model.region = region;
    model.focus_next = Some(region.entry());
}

pub fn focus_filter(model: &mut Model) {
    let id = match model.view.center {
        _ if model.filters_logs() => {
            show_lower(model, LowerTab::Logs);
            panels::logs::filter_id()
        }
        CenterTab::HostCalls => panels::host_calls::filter_id(),
        _ => panels::timeline::filter_id(),
    };
    model.focus_next = Some(id);
}
