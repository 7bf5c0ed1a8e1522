//! What the filters did, in one sentence, and the phases of the request with their number of changes.

use std::sync::Arc;

use egui::text::{LayoutJob, TextFormat};
use egui::{Align2, FontFamily, FontId, Galley, Sense, Ui, Vec2, WidgetInfo};

use crate::gui::commands::Command;
use crate::gui::model::Model;
use crate::gui::runs::RunView;
use crate::gui::theme::{self, Icon, Theme, space, tokens};
use crate::gui::widgets::{self, IconButton, focus_ring, galley, text_at};
use crate::view::phases::{self, Phase, PhaseState};

/// Room at the right for the two buttons, in points.
const BUTTONS: f32 = 2.0 * 24.0 + 2.0 * space::S;

/// How high the story is, in points: more than one line only when it is unfolded.
pub fn height(ui: &Ui, model: &Model, run: &RunView) -> f32 {
    let theme = theme::of(ui.ctx());
    let width = ui.max_rect().width() - 2.0 * theme.sizes.side;
    // Most of the room is for what the story is about.
    let most = ui.max_rect().height() * 0.4;
    let words = words(ui, model, run, width, rows(&theme, most));
    one_line(&theme) + (words.size().y - words.rows.first().map_or(0.0, |row| row.rect().height())).max(0.0)
}

/// Height of a story of one line with the track beneath it, in points.
fn one_line(theme: &Theme) -> f32 {
    if theme.presentation { 84.0 } else { tokens::height::STORY }
}

/// How many lines of the story fit into a story of that height.
fn rows(theme: &Theme, height: f32) -> usize {
    let line = if theme.presentation { theme.sizes.title } else { theme.sizes.body } * 1.25;
    ((height - one_line(theme)) / line).round().max(0.0) as usize + 1
}

pub fn show(ui: &mut Ui, model: &Model, run: &RunView, out: &mut Vec<Command>) {
    let theme = theme::of(ui.ctx());
    let height = ui.max_rect().height();
    let inner = ui.max_rect().shrink2(Vec2::new(theme.sizes.side, 0.0));
    ui.scope_builder(egui::UiBuilder::new().max_rect(inner), |ui| {
        ui.add_space(if theme.presentation { space::L } else { space::M - space::XXS });
        sentence(ui, model, run, height, out);
        ui.add_space(if theme.presentation { space::S } else { space::XXS });
        track(ui, model, run, out);
    });
}

/// The story, cut at the end of its first line unless it is unfolded; beside it the ways to the whole of it.
fn sentence(ui: &mut Ui, model: &Model, run: &RunView, height: f32, out: &mut Vec<Command>) {
    let theme = theme::of(ui.ctx());
    let text = model.text();
    let story = run.story(text.language);
    let shown = words(ui, model, run, ui.available_width(), rows(&theme, height));
    let is_cut = shown.elided;
    let is_unfolded = model.view.story_unfolded;
    let right = ui.max_rect().right();
    let (rect, response) = ui.allocate_exact_size(shown.size(), Sense::hover());
    let middle = rect.top() + shown.rows.first().map_or(0.0, |row| row.rect().height()) / 2.0;
    ui.painter().galley(rect.min, shown, theme.colors.text);
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Label, true, story.as_str()));
    if is_cut {
        widgets::tooltip(&response, story.as_str(), None);
    }
    if theme.presentation {
        return;
    }
    let size = theme.sizes.control;
    let mut button = |place: f32, button: IconButton<'_>, command: Command| {
        let at = egui::pos2(right - place * (size + space::XS) + space::XS, middle - size / 2.0);
        let place = egui::Rect::from_min_size(at, Vec2::splat(size));
        if button.show(&mut ui.new_child(egui::UiBuilder::new().max_rect(place))).clicked() {
            out.push(command);
        }
    };
    if is_cut || is_unfolded {
        let (icon, name) = match is_unfolded {
            true => (Icon::ChevronUp, text.changes.story_fold()),
            false => (Icon::ChevronDown, text.changes.story_unfold()),
        };
        button(2.0, IconButton::new(icon, name), Command::FoldStory);
    }
    button(1.0, IconButton::new(Icon::Copy, text.changes.story_copy()), Command::CopyStory);
}

/// The story, laid out: in one line, or over the lines it needs.
fn words(ui: &Ui, model: &Model, run: &RunView, width: f32, most: usize) -> Arc<Galley> {
    let theme = theme::of(ui.ctx());
    // An audience reads this first.
    let size = if theme.presentation { theme.sizes.title } else { theme.sizes.body };
    let code = if theme.presentation { theme.sizes.title - 1.0 } else { theme.sizes.code };
    let mut job = LayoutJob::default();
    for (piece, is_code) in run.story(model.text().language).pieces() {
        let font = match is_code {
            true => FontId::new(code, FontFamily::Monospace),
            false => FontId::new(size, FontFamily::Proportional),
        };
        job.append(piece, 0.0, TextFormat::simple(font, theme.colors.text));
    }
    let buttons = if theme.presentation { 0.0 } else { BUTTONS };
    job.wrap.max_width = (width - buttons).max(40.0);
    if theme.presentation {
        // Nobody in a room unfolds anything.
        job.wrap.max_rows = 3;
    } else if model.view.story_unfolded {
        job.wrap.max_rows = most;
    } else {
        job.wrap.max_rows = 1;
        job.wrap.break_anywhere = true;
    }
    ui.painter().layout_job(job)
}

/// How much the stops of the track say, by the room there is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Words {
    All,
    /// Only of stops at which something was changed, or where it ended.
    Telling,
    None,
}

/// A stop, measured.
struct Stop<'a> {
    phase: &'a Phase,
    name: String,
    words: Option<Arc<Galley>>,
    count: Option<Arc<Galley>>,
    width: f32,
    /// The change that is looked at lies here.
    is_current: bool,
}

fn stops<'a>(ui: &Ui, model: &Model, run: &'a RunView, theme: &Theme, words: Words) -> Vec<Stop<'a>> {
    let language = model.text().language;
    let current = model.view.change.and_then(|change| run.changes.items().get(change));
    let icon = dot_size(theme);
    let stop = |phase: &'a Phase| {
        let name = phases::said(language, phase);
        let is_changed = phase.changes > 0;
        let is_current = theme.presentation
            && phase.section.is_some()
            && phase.section == current.map(|item| usize::from(item.section));
        let ended = matches!(phase.state, PhaseState::Paused | PhaseState::Failed);
        let tone = match phase.state {
            PhaseState::Paused => theme.colors.warn,
            PhaseState::Failed => theme.colors.error,
            _ if is_changed => theme.colors.text,
            _ => theme.colors.muted,
        };
        let font = if is_current || ended { theme.small_strong() } else { theme.small() };
        let is_said = words == Words::All || words == Words::Telling && (is_changed || ended);
        let said = is_said.then(|| galley(ui.painter(), name.as_str(), font, tone));
        let count = is_changed
            .then(|| galley(ui.painter(), phase.changes.to_string(), theme.small(), theme.colors.accent));
        let of_words = said.as_ref().map_or(0.0, |said| space::XS + said.size().x);
        let of_count = count.as_ref().map_or(0.0, |count| count.size().x + 16.0 + space::XS);
        Stop { phase, name, words: said, count, width: icon + of_words + of_count, is_current }
    };
    run.phases.iter().map(stop).collect()
}

fn dot_size(theme: &Theme) -> f32 {
    theme.sizes.icon - 4.0
}

/// The stops with lines between that stretch.
fn track(ui: &mut Ui, model: &Model, run: &RunView, out: &mut Vec<Command>) {
    let theme = theme::of(ui.ctx());
    let room = ui.available_width();
    let gaps = run.phases.len().saturating_sub(1) as f32;
    let used = |stops: &[Stop<'_>]| stops.iter().map(|stop| stop.width).sum::<f32>();
    let fits = |stops: &Vec<Stop<'_>>| used(stops) + gaps * space::M <= room;
    let stops = [Words::All, Words::Telling, Words::None]
        .into_iter()
        .map(|words| stops(ui, model, run, &theme, words))
        .find(fits)
        .unwrap_or_else(|| stops(ui, model, run, &theme, Words::None));
    let gap = ((room - used(&stops)) / gaps.max(1.0)).max(space::XS);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 0.0;
        for (index, stop) in stops.iter().enumerate() {
            let is_last = index + 1 == stops.len();
            show_stop(ui, model, run, &theme, stop, (!is_last).then_some(gap), out);
        }
    });
}

fn show_stop(
    ui: &mut Ui,
    model: &Model,
    run: &RunView,
    theme: &Theme,
    stop: &Stop<'_>,
    gap: Option<f32>,
    out: &mut Vec<Command>,
) {
    let icon = dot_size(theme);
    let height = (theme.sizes.small + space::XS).round();
    let (rect, response) = ui.allocate_exact_size(Vec2::new(stop.width, height), Sense::click());
    let painter = ui.painter();
    let middle = rect.center().y;
    let (mark, color) = match (stop.phase.state, stop.phase.changes) {
        (PhaseState::Paused, _) => (Icon::Pause, theme.colors.warn),
        (PhaseState::Failed, _) => (Icon::Cross, theme.colors.error),
        (PhaseState::NotReached, _) => (Icon::Dash, theme.colors.muted),
        (PhaseState::Passed, 0) => (Icon::Ring, theme.colors.muted),
        (PhaseState::Passed, _) => (Icon::Dot, theme.colors.accent),
    };
    mark.paint(painter, egui::pos2(rect.left() + icon / 2.0, middle), icon, color);
    let mut right = rect.left() + icon;
    if let Some(words) = &stop.words {
        let at = egui::pos2(right + space::XS, middle);
        right = text_at(painter, at, Align2::LEFT_CENTER, words.clone()).right();
    }
    if let Some(count) = &stop.count {
        let pencil = egui::pos2(right + space::XS + 6.0, middle);
        Icon::Pencil.paint(painter, pencil, 11.0, theme.colors.accent);
        text_at(painter, egui::pos2(pencil.x + 9.0, middle), Align2::LEFT_CENTER, count.clone());
    }
    if stop.is_current {
        let under = rect.bottom() + space::XXS;
        painter.hline(rect.x_range(), under, (tokens::RING, theme.colors.accent));
    }
    if let Some(gap) = gap {
        let (from, to) = (rect.right() + space::S, rect.right() + gap - space::S);
        if to > from {
            painter.hline(from..=to, middle, theme.hairline());
        }
        ui.add_space(gap);
    }
    if response.has_focus() {
        focus_ring(ui.painter(), theme, rect, 2);
    }
    let texts = model.text().changes;
    let spoken = match stop.phase.changes {
        0 => texts.phase_unchanged(&stop.name),
        changes => texts.phase_changed(&stop.name, changes),
    };
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Button, true, &spoken));
    if stop.words.is_none() {
        widgets::tooltip(&response, &spoken, None);
    }
    if response.clicked() {
        let change = stop.phase.section.and_then(|section| first_change(run, section));
        let event = stop.phase.event.map(Command::ShowEvent);
        out.extend(change.map(Command::RevealChange).or(event));
    }
}

/// The first change of a section.
fn first_change(run: &RunView, section: usize) -> Option<usize> {
    run.changes.items().iter().position(|item| usize::from(item.section) == section)
}
