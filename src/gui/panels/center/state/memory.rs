//! Memory of the VMs over the requests of the run, or of a soak: a curve, and whether it leaks.

use egui::{Id, Rect, Ui, Vec2};

use super::plot::{self, Curve};
use super::{Shown, column_heads, paint, spoken, tone, within};
use crate::gui::apply::unavailable;
use crate::gui::commands::Command;
use crate::gui::model::Region;
use crate::gui::panels::{cached, enter};
use crate::gui::theme::{Icon, Theme, Tone, space};
use crate::gui::widgets::{self, Button, Dropdown, VirtualList};
use crate::view::sentences::{Severity, filter_name, outcome, state as sentences};
use crate::view::state::{At, Cell, Section, VmMemory, Words, section_name};
use crate::view::units;

/// Height of the bar with the soak's buttons, in points.
const BAR: f32 = 36.0;
/// A bar narrower than this, in points, has no room for everything.
const NARROW: f32 = 680.0;
/// A curve lower than this, in points, shows nothing.
const LEAST_PLOT: f32 = 60.0;
/// Rows of VMs that are seen at once.
const VMS: usize = 4;

pub(super) fn show(ui: &mut Ui, view: &Shown<'_>, theme: &Theme, out: &mut Vec<Command>) {
    let all = ui.max_rect();
    let bar = Rect::from_min_size(all.min, Vec2::new(all.width(), BAR));
    within(ui, bar.shrink2(Vec2::new(theme.sizes.side, 0.0)), "soak bar", |ui| soak_bar(ui, view, out));
    widgets::hairline_below(ui, theme, bar);
    let words = words(view);
    let vms = &words.state.memory.vms;
    let list_height = theme.sizes.row * (1 + vms.len().clamp(1, VMS)) as f32;
    let list = Rect::from_min_size(bar.left_bottom(), Vec2::new(all.width(), list_height));
    if vms.is_empty() {
        let (title, hint) = super::nothing(view.text, Section::Memory);
        within(ui, Rect::from_min_max(bar.left_bottom(), all.max), "no memory", |ui| {
            widgets::empty_state(ui, title, hint);
        });
        return;
    }
    within(ui, list, "memory list", |ui| self::list(ui, view, &words, theme, out));
    widgets::hairline_below(ui, theme, list);
    let chosen = view.model.view.state_row.and_then(|row| vms.get(row));
    let Some(vm) = chosen.or_else(|| words.state.memory.worst()) else { return };
    let rest = Rect::from_min_max(list.left_bottom(), all.max).shrink2(Vec2::new(theme.sizes.side, space::S));
    within(ui, rest, "memory of a vm", |ui| one(ui, view, &words, vm, theme));
}

/// Words about the memory that is shown: of the soak, if there is one, else of the run.
fn words<'a>(view: &'a Shown<'_>) -> Words<'a> {
    match view.model.runs.soak.as_deref() {
        Some(soak) => {
            Words { state: &soak.state, trace: &soak.trace, scenario: &soak.scenario, ..view.words() }
        }
        None => view.words(),
    }
}

/// Whose figures these are, and more of them.
fn soak_bar(ui: &mut Ui, view: &Shown<'_>, out: &mut Vec<Command>) {
    let text = view.text.state;
    ui.spacing_mut().item_spacing.x = space::S;
    let soak = view.model.runs.soak.as_deref();
    let is_narrow = ui.max_rect().width() < NARROW;
    widgets::ends(
        ui,
        "soak",
        out,
        |ui, out| {
            if view.model.runs.soaking.is_some() {
                let (rect, _) = ui.allocate_exact_size(Vec2::splat(14.0), egui::Sense::hover());
                let color = crate::gui::theme::of(ui.ctx()).colors.accent;
                crate::gui::theme::icons::spinner(ui, rect.center(), 14.0, color);
                widgets::plain_label(ui, text.soaking());
                return;
            }
            match soak {
                Some(soak) => {
                    let requests = soak.requests();
                    let words = match requests == soak.asked as usize {
                        true => text.soak_of(requests),
                        false => text.soak_cut(requests, soak.asked),
                    };
                    widgets::strong_label(ui, &words);
                    let is_old = view
                        .model
                        .document
                        .as_ref()
                        .is_some_and(|open| !std::sync::Arc::ptr_eq(&open.scenario, &soak.scenario));
                    if is_old && ui.available_width() > 160.0 {
                        widgets::label(ui, text.soak_outdated(), Tone::Warn);
                    }
                    if widgets::link(ui, text.soak_back(), Some(Icon::ArrowLeft)).clicked() {
                        out.push(Command::PutSoakAway);
                    }
                }
                None => {
                    let count = view.run.exchanges();
                    let words = match view.run.trace.connections.is_empty() {
                        true => text.soak_of_run(count),
                        false => text.connections_of_run(count),
                    };
                    widgets::plain_label(ui, &words);
                }
            }
        },
        |ui, out| {
            if view.model.runs.soaking.is_some() {
                out.extend(widgets::command_button(ui, &Command::Stop, false, None));
                return;
            }
            let choices = [
                (100, Command::SoakHundred),
                (1_000, Command::SoakThousand),
                (10_000, Command::SoakTenThousand),
            ];
            if is_narrow && unavailable(view.model, &Command::SoakHundred).is_none() {
                let words = choices.each_ref().map(|(times, _)| text.soak_times(*times));
                let options = words.each_ref().map(String::as_str);
                let chosen = Dropdown::new(text.soak(), &options, usize::MAX).show(ui);
                out.extend(chosen.and_then(|place| choices.get(place)).map(|(_, command)| command.clone()));
                return;
            }
            if is_narrow {
                let reason = unavailable(view.model, &Command::SoakHundred);
                Button::new(text.soak()).unavailable(reason).show(ui);
                return;
            }
            widgets::label(ui, text.soak(), Tone::Muted);
            for (times, command) in choices {
                let button = Button::new(text.soak_times(times))
                    .note(view.text.command(&command))
                    .unavailable(unavailable(view.model, &command));
                if button.show(ui).clicked() {
                    out.push(command);
                }
            }
        },
    );
}

fn list(ui: &mut Ui, view: &Shown<'_>, words: &Words<'_>, theme: &Theme, out: &mut Vec<Command>) {
    let all = ui.max_rect();
    let section = Section::Memory;
    let is_soak = view.model.runs.soak.is_some();
    let at = view.model.view.event.filter(|_| !is_soak);
    let head = Rect::from_min_size(all.min, Vec2::new(all.width(), theme.sizes.row));
    column_heads(ui, theme, head, view.text, section);
    let rows = words.state.len(section, at);
    let name = view.text.state.list(section_name(view.text.language, section));
    let rest = Rect::from_min_max(head.left_bottom(), all.max);
    let shown = within(ui, rest, "memory rows", |ui| {
        VirtualList::new(Id::unique(("state", section)), &name, rows)
            .row_height(theme.sizes.row)
            .selected(view.model.view.state_row.filter(|row| *row < rows))
            .show(
                ui,
                |index| spoken(view.text, section, cells(words, index, at)),
                |row| {
                    if let Some(cells) = cells(words, row.index, at) {
                        paint(row, section, &cells);
                    }
                },
            )
    });
    enter(&shown.response, Region::Center);
    out.extend(shown.selected.map(Command::SelectState));
    // Of a soak there are no events to go to.
    let writer = |index: usize| words.state.writer(section, index, at).filter(|_| !is_soak);
    out.extend(shown.activated.and_then(writer).map(Command::ShowEvent));
}

/// A row of the list. The verdict is a word there; its sentence stands below, of the VM that is chosen.
fn cells(words: &Words<'_>, index: usize, at: At) -> Option<[Cell; 5]> {
    let mut cells = words.cells(Section::Memory, index, at)?;
    let vm = words.state.memory.vms.get(index)?;
    sentences::verdict(words.language, vm.verdict, vm.end()).word.clone_into(&mut cells[1].text);
    Some(cells)
}

/// The verdict on one VM in words, and its curve.
fn one(ui: &mut Ui, view: &Shown<'_>, words: &Words<'_>, vm: &VmMemory, theme: &Theme) {
    let text = view.text.state;
    let verdict = sentences::verdict(view.text.language, vm.verdict, vm.end());
    let name = filter_name(words.scenario, vm.filter);
    ui.spacing_mut().item_spacing.y = space::XS;
    let icon = match verdict.severity {
        Severity::Ok => Icon::Check,
        Severity::Note => Icon::Ring,
        Severity::Warning => Icon::Warning,
        Severity::Error => Icon::Cross,
    };
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = space::S;
        widgets::mark(ui, icon, verdict.sentence.as_str(), tone(verdict.severity), true);
        if ui.available_width() > 200.0 {
            let grown = text.growth(&units::memory(vm.grown()), vm.after.len());
            widgets::label(ui, &grown, Tone::Muted);
        }
    });
    if ui.available_height() > 150.0 {
        widgets::rich(ui, &verdict.advice, Tone::Muted);
        widgets::label(ui, text.pages_note(), Tone::Muted);
    }
    if let Some(failures) = failures(view, words) {
        widgets::mark(ui, Icon::Warning, &failures, Tone::Warn, false);
    }
    let soak = view.model.runs.soak.as_deref();
    let shape = (view.run.number, soak.map(|soak| soak.number), vm.vm);
    let points = cached(ui, "memory curve", shape, |_| vm.curve());
    let rest = Rect::from_min_max(egui::pos2(ui.max_rect().left(), ui.cursor().top()), ui.max_rect().max);
    if vm.after.len() < 2 {
        widgets::label(ui, text.no_curve(), Tone::Muted);
        return;
    }
    if rest.height() < LEAST_PLOT {
        return;
    }
    let (from, to) = (units::memory(vm.start), units::memory(vm.end()));
    let words = text.memory_curve(&name, vm.after.len(), &from, &to);
    within(ui, rest, "memory plot", |ui| {
        let id = Id::unique("memory plot");
        let format = |bytes: f64| units::memory(bytes.round() as u64);
        plot::show(ui, theme, &Curve { id, name: &words, points: &points, format, base: 2.0 });
    });
}

/// That requests of the soak did not end well: what memory says then, it says of failures.
fn failures(view: &Shown<'_>, words: &Words<'_>) -> Option<String> {
    let soak = view.model.runs.soak.as_deref()?;
    let first = soak.first_failed?;
    let ended = outcome::of_request(view.text.language, words.trace, words.scenario, first);
    let text = view.text.state;
    let said = format!("{}: {}", ended.word, ended.sentence.as_str());
    Some(format!("{} · {}", text.soak_failed(soak.failed), text.soak_first_failed(first + 1, &said)))
}
