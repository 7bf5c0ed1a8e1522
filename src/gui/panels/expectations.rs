//! What the scenario expects of a run: a list with verdicts, and the form of the one that is chosen.

mod form;

use egui::{Id, Rect, ScrollArea, Ui, UiBuilder, Vec2};

use super::{cached, enter_id};
use crate::gui::commands::Command;
use crate::gui::editing::Chosen;
use crate::gui::model::{Model, Region};
use crate::gui::theme::{self, Icon, Tone, space, tokens};
use crate::gui::widgets::{self, MenuButton, OrderChange, OrderList, OrderRow};
use crate::scenario::{Expectation, Scenario};
use crate::view::Language;
use crate::view::expectations::{State, Verdict, tally};
use crate::view::sentences::expectation as words;

/// Width of the list in points: a share of the panel within bounds.
const SHARE: f32 = 0.45;
const WIDTH: std::ops::RangeInclusive<f32> = 240.0..=520.0;
/// A panel narrower than this, in points, shows the form below the list.
const NARROW: f32 = 640.0;

/// The verdict on an expectation as it stands now: on one that was edited since the run there is none.
fn verdict<'a>(model: &'a Model, place: usize, expectation: &Expectation) -> Option<&'a Verdict> {
    let (run, asked) = (model.runs.current.as_ref()?, model.runs.shown.as_ref()?);
    run.verdicts.get(place).filter(|_| asked.expect.get(place) == Some(expectation))
}

/// How many of the run's expectations are met, and how many were looked at; `None`: nothing is expected.
pub fn met(model: &Model) -> Option<(usize, usize)> {
    let run = model.runs.current.as_ref()?;
    let (met, all) = tally(&run.verdicts);
    (all > 0).then_some((met, all))
}

/// The mark of a verdict.
pub fn mark(verdict: Option<&Verdict>) -> (Icon, Tone) {
    match verdict.map(|verdict| &verdict.state) {
        Some(State::Met) => (Icon::Check, Tone::Ok),
        Some(State::NotMet) => (Icon::Cross, Tone::Error),
        Some(State::Wrong(_)) => (Icon::Warning, Tone::Warn),
        Some(State::Off) => (Icon::Dash, Tone::Muted),
        None => (Icon::Ring, Tone::Muted),
    }
}

/// A row of a list of expectations, here and below the list of scenarios.
pub fn row(model: &Model, expectation: &Expectation, verdict: Option<&Verdict>) -> OrderRow {
    let text = model.text();
    let notation = words::notation(expectation);
    let reason = verdict.map(|verdict| words::verdict(text.language, expectation, verdict).to_string());
    let state = match verdict.map(|verdict| &verdict.state) {
        Some(State::Met) => text.expectations.met(),
        Some(State::NotMet | State::Wrong(_)) => text.expectations.not_met(),
        Some(State::Off) => text.expectations.off(),
        None => text.expectations.not_judged(),
    };
    // Its box says that it is off.
    let reason = reason.filter(|reason| !reason.is_empty() && !expectation.off);
    let spoken = match &reason {
        Some(reason) => format!("{notation}: {state}, {reason}"),
        None => format!("{notation}: {state}"),
    };
    OrderRow {
        on: Some(!expectation.off),
        mark: Some(mark(verdict)),
        words: notation,
        is_code: true,
        detail: reason.unwrap_or_default(),
        spoken,
    }
}

/// A button that offers all that can be expected. `reason`: why it cannot be used now.
pub fn add_menu(ui: &mut Ui, model: &Model, reason: Option<&str>) -> Option<Expectation> {
    let text = model.text();
    let names: Vec<&str> = form::SUBJECTS.iter().map(|subject| form::subject_word(text, *subject)).collect();
    let chosen = MenuButton::new(Icon::Plus, text.expectations.add(), &names).unavailable(reason).show(ui)?;
    Some(form::fresh(*form::SUBJECTS.get(chosen)?, model))
}

pub fn list_id() -> Id {
    Id::unique("expectations")
}

pub fn show(ui: &mut Ui, model: &Model, out: &mut Vec<Command>) {
    let Some(document) = &model.document else { return };
    let all = ui.max_rect();
    let theme = theme::of(ui.ctx());
    let mut scenario = (*document.scenario).clone();
    let mut edits = form::Edits::default();
    let is_narrow = all.width() < NARROW;
    let (left, right) = if is_narrow {
        (all, None)
    } else {
        let width = (all.width() * SHARE).clamp(*WIDTH.start(), *WIDTH.end());
        let (list, form) = all.split_left_right_at_x(all.left() + width);
        ui.painter().vline(list.right(), all.y_range(), theme.hairline());
        (list.with_max_x(list.right() - tokens::LINE), Some(form))
    };
    let chosen = model.view.editing.expectation.min(scenario.expect.len().saturating_sub(1));
    area(ui, "expectation list", left, |ui| {
        list(ui, model, &mut scenario, chosen, &mut edits, out);
        if is_narrow && let Some(expectation) = scenario.expect.get_mut(chosen) {
            ui.add_space(space::S);
            form::show(ui, model, chosen, expectation, &mut edits);
        }
    });
    if let Some(right) = right {
        area(ui, "expectation form", right, |ui| {
            if let Some(expectation) = scenario.expect.get_mut(chosen) {
                form::show(ui, model, chosen, expectation, &mut edits);
            }
        });
    }
    if edits.changed {
        out.push(Command::Edit(Box::new(scenario), edits.typed));
    }
}

fn area(ui: &mut Ui, name: &str, rect: Rect, contents: impl FnOnce(&mut Ui)) {
    let mut pane = ui.new_child(UiBuilder::new().max_rect(rect).id_salt(name));
    pane.set_clip_rect(rect.intersect(ui.clip_rect()));
    ScrollArea::vertical().id_salt(name).auto_shrink(false).show(&mut pane, |ui| {
        let inner = ui.available_rect_before_wrap().shrink2(Vec2::new(space::M, space::S));
        ui.scope_builder(UiBuilder::new().max_rect(inner), |ui| {
            ui.spacing_mut().item_spacing = Vec2::new(space::S, space::XS);
            contents(ui);
            ui.add_space(space::S);
        });
        widgets::reveal_focus(ui, name);
    });
}

fn list(
    ui: &mut Ui,
    model: &Model,
    scenario: &mut Scenario,
    chosen: usize,
    edits: &mut form::Edits,
    out: &mut Vec<Command>,
) {
    let text = model.text();
    let texts = text.expectations;
    ui.horizontal(|ui| {
        if let Some(added) = add_menu(ui, model, None) {
            scenario.expect.push(added);
            edits.made(true);
            out.push(Command::Choose(Chosen::Expectation(scenario.expect.len() - 1)));
        }
        let reason = super::super::apply::unavailable(model, &Command::ExpectThis);
        let this = widgets::command_button(ui, &Command::ExpectThis, false, reason);
        out.extend(this);
        widgets::label(ui, texts.hint(), Tone::Muted);
    });
    let shape = (model.runs.current.as_ref().map(|run| run.number), text.language, scenario.expect.clone());
    let shape = (shape, model.runs.shown.as_ref().map(|shown| shown.expect.clone()));
    let rows = cached(ui, "expectation rows", shape, |_| -> Vec<OrderRow> {
        let all = scenario.expect.iter().enumerate();
        all.map(|(place, expectation)| row(model, expectation, verdict(model, place, expectation))).collect()
    });
    if !rows.is_empty() {
        enter_id(ui, list_id(), Region::Logs);
    }
    let list = OrderList::new(list_id(), texts.title(), rows.len(), chosen, texts.none());
    let change = list.show(ui, |place| rows.get(place).cloned().unwrap_or_default());
    match change {
        Some(OrderChange::Select(place)) => out.push(Command::Choose(Chosen::Expectation(place))),
        Some(OrderChange::Switch(place)) => {
            scenario.expect[place].off = !scenario.expect[place].off;
            edits.made(true);
        }
        Some(change) => {
            edits.made(true);
            let chosen = change.apply_to(&mut scenario.expect);
            out.extend(chosen.map(|place| Command::Choose(Chosen::Expectation(place))));
        }
        None => {}
    }
}

/// `3 of 3 expectations met`
pub fn summary(language: Language, met: usize, all: usize) -> String {
    crate::gui::text::Text::new(language).expectations.summary(met, all)
}
