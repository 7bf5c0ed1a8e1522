//! Above and below the centre in a presentation: what is shown and how it ended; where one stands, and which keys were
//! pressed.

use egui::{Align2, Pos2, Sense, StrokeKind, Ui, Vec2, WidgetInfo, accesskit};

use super::status_bar;
use crate::gui::commands::Command;
use crate::gui::model::{CenterTab, Model};
use crate::gui::presenting::Pressed;
use crate::gui::runs::RunView;
use crate::gui::text::Text;
use crate::gui::theme::{self, Icon, Theme, Tone, space, tokens};
use crate::gui::widgets::{self, elided, galley, text_at};
use crate::trace::EventKind;

/// Height of a key cap, in points.
const CAP: f32 = 36.0;
const CAP_PADDING: f32 = 10.0;
/// Opacity of keys before the newest.
const OLDER: f32 = 0.45;

/// Module, scenario, whether secrets are hidden, and the outcome.
pub fn head(ui: &mut Ui, model: &Model) {
    let theme = theme::of(ui.ctx());
    let text = model.text();
    widgets::hairline_below(ui, &theme, ui.max_rect());
    let inner = ui.max_rect().shrink2(Vec2::new(theme.sizes.side, 0.0));
    ui.scope_builder(egui::UiBuilder::new().max_rect(inner), |ui| {
        ui.spacing_mut().item_spacing.x = space::M;
        widgets::ends(
            ui,
            "presentation head",
            &mut (),
            |ui, ()| what(ui, model, &theme),
            |ui, ()| outcome(ui, model, text, &theme),
        );
    });
}

fn what(ui: &mut Ui, model: &Model, theme: &Theme) {
    let Some(document) = &model.document else { return };
    let (mark, _) = ui.allocate_exact_size(Vec2::splat(20.0), Sense::hover());
    Icon::Funnel.paint(ui.painter(), mark.center(), 20.0, theme.colors.accent);
    widgets::title(ui, &document.module_name());
    let name = document.scenario.name.as_str();
    if !name.is_empty() && ui.available_width() > 60.0 {
        line(ui, name, theme.body(), theme.colors.muted);
    }
}

fn outcome(ui: &mut Ui, model: &Model, text: Text, theme: &Theme) {
    let (icon, words, tone) = match model.hides_secrets() {
        true => (Icon::EyeOff, text.overlays.secrets_hidden(), Tone::Muted),
        false => (Icon::Eye, text.overlays.secrets_shown(), Tone::Warn),
    };
    widgets::mark(ui, icon, words, tone, false);
    let (rect, _) = ui.allocate_exact_size(Vec2::new(1.0, 22.0), Sense::hover());
    ui.painter().vline(rect.center().x, rect.y_range(), theme.hairline());
    let ended = status_bar::state(model, text);
    widgets::mark(ui, ended.icon, &ended.word, ended.tone, true);
    let first = ended.parts.first().map(String::as_str).unwrap_or_default();
    // The rest of the head is what gives way.
    let room = (ui.ctx().content_rect().width() * 0.4).max(120.0);
    let words = elided(ui.painter(), first, theme.small(), theme.colors.text, room);
    let is_cut = words.elided;
    let (rect, response) = ui.allocate_exact_size(words.size(), Sense::hover());
    text_at(ui.painter(), rect.left_center(), Align2::LEFT_CENTER, words);
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Label, true, first));
    if is_cut {
        widgets::tooltip(&response, first, None);
    }
}

/// A line that is cut where the room ends.
fn line(ui: &mut Ui, words: &str, font: egui::FontId, color: egui::Color32) {
    let shown = elided(ui.painter(), words, font, color, ui.available_width());
    let is_cut = shown.elided;
    let (rect, response) = ui.allocate_exact_size(shown.size(), Sense::hover());
    text_at(ui.painter(), rect.left_center(), Align2::LEFT_CENTER, shown);
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Label, true, words));
    if is_cut {
        widgets::tooltip(&response, words, None);
    }
}

/// The change or event one stands on, and the keys that were pressed.
pub fn foot(ui: &mut Ui, model: &Model, out: &mut Vec<Command>) {
    let theme = theme::of(ui.ctx());
    let text = model.text();
    let bar = ui.max_rect();
    widgets::hairline_above(ui, &theme, bar);
    let inner = bar.shrink2(Vec2::new(theme.sizes.side, 0.0));
    ui.scope_builder(egui::UiBuilder::new().max_rect(inner), |ui| {
        ui.spacing_mut().item_spacing.x = space::M;
        widgets::ends(
            ui,
            "presentation foot",
            out,
            |ui, out| place(ui, model, text, &theme, out),
            |ui, _| pressed(ui, model, text, &theme),
        );
    });
}

fn place(ui: &mut Ui, model: &Model, text: Text, theme: &Theme, out: &mut Vec<Command>) {
    let Some(run) = model.runs.current.as_deref() else { return };
    match (model.view.center, model.view.change, model.view.event) {
        (CenterTab::Changes, Some(change), _) => {
            let count = run.changes.items().len();
            let words = text.changes.position(change + 1, count);
            let shown = widgets::strong_label(ui, &words);
            // Spoken when it changes: "change 2 of 4".
            shown.ctx.accesskit_node_builder(shown.id, |node| node.set_live(accesskit::Live::Polite));
            if let Some(label) = run.changes.label(change) {
                line(ui, &super::center::change_label(text, &label), theme.code(), theme.colors.text);
            }
            writers(ui, run, change, text, theme, out);
        }
        (CenterTab::Changes, None, _) => {
            widgets::strong_label(ui, &text.status.changes(run.changes.items().len()));
        }
        (_, _, Some(event)) => {
            let Some((call, number)) = run.trace.call_of(event) else { return };
            line(ui, &format!("#{number} {}", call.short_name()), theme.code(), theme.colors.text);
            let parent = run.trace.event(event).and_then(|event| event.parent);
            if let Some(EventKind::Callback { callback, .. }) =
                parent.and_then(|parent| run.trace.event(parent)).map(|event| event.kind)
            {
                in_callback(ui, callback.short_name(), text, theme);
            }
        }
        _ => {}
    }
}

fn writers(ui: &mut Ui, run: &RunView, change: usize, text: Text, theme: &Theme, out: &mut Vec<Command>) {
    let writers = run.changes.writers(change);
    let Some(last) = writers.last().filter(|_| ui.available_width() > 160.0) else { return };
    line(ui, text.changes.written_by(), theme.body(), theme.colors.muted);
    for writer in writers.iter().rev().take(3).rev() {
        let number = format!("#{}", writer.number);
        let named = format!("{number} {}", writer.call.short_name());
        let width = galley(ui.painter(), named.as_str(), theme.body(), theme.colors.accent).size().x;
        let words = if writers.len() == 1 && width <= ui.available_width() { named } else { number };
        if ui.available_width() > 60.0 && widgets::link(ui, &words, None).clicked() {
            out.push(Command::ShowEvent(writer.event));
        }
    }
    if let Some((callback, _)) = last.callback {
        in_callback(ui, callback.short_name(), text, theme);
    }
}

fn in_callback(ui: &mut Ui, callback: &str, text: Text, theme: &Theme) {
    if ui.available_width() > 120.0 {
        line(ui, text.changes.in_callback(), theme.body(), theme.colors.muted);
        line(ui, callback, theme.code(), theme.colors.text);
    }
}

/// The newest key stands last, in the accent colour, and what it did beside it.
fn pressed(ui: &mut Ui, model: &Model, text: Text, theme: &Theme) {
    let keys = &model.presenting.pressed;
    let Some(newest) = keys.last() else { return };
    for key in keys {
        let is_newest = std::ptr::eq(key, newest);
        cap(ui, theme, key, is_newest, text);
    }
    let does = newest.command.as_ref().map(|command| text.command(command)).unwrap_or_default();
    if !does.is_empty() {
        widgets::label(ui, &does, Tone::Muted);
    }
}

fn cap(ui: &mut Ui, theme: &Theme, key: &Pressed, is_newest: bool, text: Text) {
    let opacity = if is_newest { 1.0 } else { OLDER };
    let color = theme.colors.text.gamma_multiply(opacity);
    let words = galley(ui.painter(), key.keys.as_str(), theme.body_strong(), color);
    let size = Vec2::new((words.size().x + 2.0 * CAP_PADDING).max(CAP), CAP);
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    let stroke = match is_newest {
        true => egui::Stroke::new(tokens::RING, theme.colors.accent),
        false => egui::Stroke::new(tokens::LINE, theme.colors.edge.gamma_multiply(opacity)),
    };
    ui.painter().rect_stroke(rect, theme.radius(), stroke, StrokeKind::Inside);
    text_at(ui.painter(), Pos2::new(rect.center().x, rect.center().y), Align2::CENTER_CENTER, words);
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Label, true, text.overlays.pressed(&key.keys)));
}
