//! The centre: tabs over what came out of the run, and why.

mod changes;
pub mod compare;
pub mod error_card;
mod footer;
pub mod guide;
mod painter;
mod preflight;
mod previews;
mod raw;
mod rows;
mod state;
mod story;
mod trap_card;

use egui::{Rect, Ui, Vec2};

use super::{host_calls, stream, timeline};
use crate::gui::apply::unavailable;
use crate::gui::commands::Command;
use crate::gui::model::{CenterTab, DiffMode, Model, Region};
use crate::gui::panels::enter;
use crate::gui::runs::RunView;
use crate::gui::text::{Text, number};
use crate::gui::theme::{self, Icon, Tone, space, tokens};
use crate::gui::widgets::{self, Button, CheckBox, Dropdown, Segmented, Tab, TabRow};
use crate::run::Reason;

pub use changes::selected_row;
pub use footer::change_label;
pub use state::section_of;

/// The tabs with the commands that show them.
const TABS: [(CenterTab, Command); 5] = [
    (CenterTab::Changes, Command::ShowChanges),
    (CenterTab::Timeline, Command::ShowTimeline),
    (CenterTab::Stream, Command::ShowStream),
    (CenterTab::HostCalls, Command::ShowHostCalls),
    (CenterTab::State, Command::ShowState),
];

pub fn show(ui: &mut Ui, model: &Model, out: &mut Vec<Command>) {
    let theme = theme::of(ui.ctx());
    let text = model.text();
    if model.view.center == CenterTab::Preflight {
        preflight::show(ui, model, out);
        return;
    }
    if model.view.center == CenterTab::Guide {
        guide::show(ui, model, out);
        return;
    }
    if model.view.center == CenterTab::Compare {
        compare::show(ui, model, out);
        return;
    }
    let all = ui.max_rect();
    if model.layout.presentation {
        return body(ui, model, text, out);
    }
    let head = Rect::from_min_size(all.min, Vec2::new(all.width(), theme.sizes.tab_row));
    widgets::hairline_below(ui, &theme, head);
    let inner = head.shrink2(Vec2::new(theme.sizes.side, 0.0));
    ui.scope_builder(egui::UiBuilder::new().max_rect(inner), |ui| {
        ui.spacing_mut().item_spacing.x = space::S;
        let run = model.runs.current.as_deref();
        widgets::ends(
            ui,
            "tabs",
            out,
            |ui, out| tabs(ui, model, run, text, out),
            |ui, out| options(ui, model, text, out),
        );
    });
    let below = Rect::from_min_max(head.left_bottom(), all.max);
    let mut ui = ui.new_child(egui::UiBuilder::new().max_rect(below).id_salt("center body"));
    body(&mut ui, model, text, out);
}

/// What the tabs choose from.
fn body(ui: &mut Ui, model: &Model, text: Text, out: &mut Vec<Command>) {
    let Some(run) = model.runs.current.clone() else {
        waiting(ui, model, text, out);
        return;
    };
    // It is not the result of the scenario as it stands.
    if model.is_waiting() || model.runs.problem.is_some() {
        ui.set_opacity(tokens::STALE_OPACITY);
    }
    if error_card::replaces_result(&run) {
        error_card::show(ui, model, &run, out);
        return;
    }
    // The view of changes has the whole card.
    let has_card = model.view.center == CenterTab::Changes && model.view.diff != DiffMode::Raw;
    if error_card::applies(&run) && !has_card {
        error_card::show_line(ui, model, &run, out);
    }
    match model.view.center {
        CenterTab::Changes if model.view.diff == DiffMode::Raw => raw::show(ui, model, &run),
        CenterTab::Changes => changes::show(ui, model, &run, out),
        CenterTab::Timeline => timeline::show(ui, model, out),
        CenterTab::Stream => stream::show(ui, model, &run, out),
        CenterTab::HostCalls => host_calls::show(ui, model, out),
        CenterTab::State => state::show(ui, model, &run, out),
        CenterTab::Preflight | CenterTab::Guide | CenterTab::Compare => {}
    }
}

fn tabs(ui: &mut Ui, model: &Model, run: Option<&RunView>, text: Text, out: &mut Vec<Command>) {
    let count = |tab: CenterTab| {
        let run = run?;
        match tab {
            CenterTab::Changes => Some(number(run.changes.items().len())),
            CenterTab::HostCalls => Some(number(run.trace.call_count())),
            CenterTab::Timeline
            | CenterTab::Stream
            | CenterTab::State
            | CenterTab::Preflight
            | CenterTab::Guide
            | CenterTab::Compare => None,
        }
    };
    let words = [
        text.tabs.changes(),
        text.tabs.timeline(),
        text.tabs.stream(),
        text.tabs.host_calls(),
        text.tabs.state(),
    ];
    let tabs: Vec<Tab<'_>> = TABS
        .iter()
        .zip(words)
        .map(|((tab, command), word)| {
            let shortcut = command.shortcut(ui.ctx());
            Tab {
                count: count(*tab).map(Into::into),
                digit: shortcut
                    .as_deref()
                    .and_then(|keys| keys.rsplit('+').next())
                    .map(|d| d.to_owned().into()),
                shortcut: shortcut.map(Into::into),
                ..Tab::new(word)
            }
        })
        .collect();
    let selected = TABS.iter().position(|(tab, _)| *tab == model.view.center);
    let response = ui.scope(|ui| TabRow::new(&tabs, selected).no_rule().or_list(text.tabs.views()).show(ui));
    if let Some(chosen) = response.inner {
        out.push(TABS[chosen].1.clone());
    }
    if model.is_waiting() {
        let (rect, _) = ui.allocate_exact_size(Vec2::splat(14.0), egui::Sense::hover());
        let color = theme::of(ui.ctx()).colors.accent;
        theme::icons::spinner(ui, rect.center(), 14.0, color);
    }
}

fn options(ui: &mut Ui, model: &Model, text: Text, out: &mut Vec<Command>) {
    let is_narrow = ui.max_rect().width() < NARROW;
    let several = model.runs.current.as_deref().filter(|run| run.exchanges() > 1);
    if let Some(run) = several {
        request_picker(ui, model, run, is_narrow, out);
    }
    if model.view.center == CenterTab::Timeline && !is_narrow && timeline::has_lane(ui) {
        let words = [text.timeline.legend_filter(), text.timeline.legend_host()];
        timeline::legend(ui, &theme::of(ui.ctx()), words);
    }
    if model.view.center != CenterTab::Changes {
        return;
    }
    let mut only = model.settings.only_changes;
    // Where both do not fit, the box is left to its key and the palette.
    if model.view.diff != DiffMode::Raw && !(is_narrow && several.is_some()) {
        let check = CheckBox::new(&mut only, text.changes.only_changes()).small().show(ui);
        let key = Command::OnlyChanges.shortcut(ui.ctx());
        widgets::tooltip(
            &check,
            text.command_note(&Command::OnlyChanges).unwrap_or_default(),
            key.as_deref(),
        );
        if only != model.settings.only_changes {
            out.push(Command::OnlyChanges);
        }
    }
    let options = [text.changes.side_by_side(), text.changes.unified(), text.changes.raw()];
    let selected = match model.view.diff {
        DiffMode::SideBySide => 0,
        DiffMode::Unified => 1,
        DiffMode::Raw => 2,
    };
    let name = text.changes.view_name();
    let chosen = if is_narrow {
        Dropdown::new(name, &options, selected).show(ui)
    } else {
        Segmented::new(name, &options, selected).show(ui)
    };
    if let Some(chosen) = chosen {
        out.push([Command::SideBySide, Command::Unified, Command::Raw][chosen.min(2)].clone());
    }
}

/// A row narrower than this, in points, leaves the tabs no room beside all that is at its end.
const NARROW: f32 = 680.0;

/// Which request of several is looked at.
fn request_picker(ui: &mut Ui, model: &Model, run: &RunView, is_narrow: bool, out: &mut Vec<Command>) {
    let mut step = |ui: &mut Ui, icon: Icon, command: Command| {
        let reason = unavailable(model, &command);
        out.extend(widgets::command_icon_button(ui, &command, icon, reason));
    };
    step(ui, Icon::ChevronLeft, Command::PreviousRequest);
    let (number, count) = (model.runs.exchange() + 1, run.exchanges());
    let words = model.text().changes.request_of(number, count);
    let shown = match is_narrow {
        true => widgets::plain_label(ui, &format!("{number} / {count}")),
        false => widgets::plain_label(ui, &words),
    };
    // Spoken when it changes: "request 2 of 4".
    shown.ctx.accesskit_node_builder(shown.id, |node| {
        node.set_live(egui::accesskit::Live::Polite);
        node.set_label(words);
    });
    step(ui, Icon::ChevronRight, Command::NextRequest);
    if !is_narrow {
        step(ui, Icon::Pencil, Command::EditLookedAt);
    }
}

/// Before the first result of a document.
fn waiting(ui: &mut Ui, model: &Model, text: Text, out: &mut Vec<Command>) {
    let Some(problem) = &model.runs.problem else {
        let is_running = model.runs.pending.is_some();
        let title = if is_running { text.frame.running() } else { text.changes.not_run_yet() };
        return widgets::empty_state(ui, title, "");
    };
    let card = crate::view::sentences::scenario::problem(text.language, problem);
    let what = text.widgets.wrong_value(card.place.as_str(), card.what.as_str());
    widgets::empty_state(ui, card.title.as_str(), &what);
    ui.vertical_centered(|ui| {
        for step in &card.next_steps {
            widgets::label(ui, step.as_str(), Tone::Text);
        }
        if problem.reason == Reason::NoFilter {
            ui.add_space(space::M);
            let add = Button::new(text.command(&Command::AddFilter)).main().show(ui);
            enter(&add, Region::Center);
            if add.clicked() {
                out.push(Command::AddFilter);
            }
        }
    });
}
