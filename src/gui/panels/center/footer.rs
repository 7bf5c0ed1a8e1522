//! Which change F7 stands on, and who made it.

use egui::{Ui, Vec2};

use crate::gui::commands::Command;
use crate::gui::model::Model;
use crate::gui::runs::RunView;
use crate::gui::text::Text;
use crate::gui::theme::{self, Icon, Tone, space};
use crate::gui::widgets::{self, IconButton};
use crate::view::changes::Label;

pub fn show(ui: &mut Ui, model: &Model, run: &RunView, out: &mut Vec<Command>) {
    let theme = theme::of(ui.ctx());
    let text = model.text();
    let bar = ui.max_rect();
    ui.painter().rect_filled(bar, 0.0, theme.colors.panel);
    widgets::hairline_above(ui, &theme, bar);
    let inner = bar.shrink2(Vec2::new(theme.sizes.side, 0.0));
    ui.scope_builder(egui::UiBuilder::new().max_rect(inner), |ui| {
        ui.spacing_mut().item_spacing.x = space::S;
        widgets::ends(
            ui,
            "changes footer",
            out,
            |ui, out| left(ui, model, run, text, out),
            |ui, out| {
                let Some(change) = model.view.change else { return };
                if widgets::link(ui, text.changes.show_in_timeline(), None).clicked() {
                    out.push(Command::FollowChange(change));
                }
                widgets::key_cap(ui, "Enter");
            },
        );
    });
}

fn left(ui: &mut Ui, model: &Model, run: &RunView, text: Text, out: &mut Vec<Command>) {
    let count = run.changes.items().len();
    step(ui, Icon::ChevronLeft, Command::PreviousChange, text, out);
    let words = match model.view.change {
        Some(change) => text.changes.position(change + 1, count),
        None => text.status.changes(count),
    };
    let position = widgets::plain_label(ui, &words);
    // Spoken when it changes: "change 2 of 4".
    position.ctx.accesskit_node_builder(position.id, |node| node.set_live(egui::accesskit::Live::Polite));
    step(ui, Icon::ChevronRight, Command::NextChange, text, out);
    let Some(change) = model.view.change else { return };
    if let Some(label) = run.changes.label(change) {
        widgets::code_label(ui, &change_label(text, &label), Tone::Text);
    }
    let writers = run.changes.writers(change);
    if writers.is_empty() || ui.available_width() < 80.0 {
        return;
    }
    widgets::label(ui, text.changes.written_by(), Tone::Muted);
    for writer in writers.iter().take(MOST_WRITERS) {
        let short = format!("#{}", writer.number);
        let whole = format!("{short} {}", writer.call.short_name());
        let words = match writers.len() {
            1 if fits(ui, &whole) => whole,
            _ => short,
        };
        if fits(ui, &words) && widgets::link(ui, &words, None).clicked() {
            out.push(Command::ShowEvent(writer.event));
        }
    }
    if let Some((callback, _)) = writers.last().and_then(|writer| writer.callback)
        && ui.available_width() > 120.0
    {
        widgets::label(ui, text.changes.in_callback(), Tone::Muted);
        widgets::code_label(ui, callback.short_name(), Tone::Text);
    }
    let turn = writers.last().map_or((1, 1), |writer| writer.turn);
    if turn.1 > 1 && ui.available_width() > 80.0 {
        let words = text.changes.chunk(turn.0 as usize, turn.1 as usize);
        widgets::label(ui, &words, Tone::Muted);
    }
}

/// Whether a link has room for these words.
fn fits(ui: &Ui, words: &str) -> bool {
    let theme = theme::of(ui.ctx());
    widgets::galley(ui.painter(), words, theme.body(), theme.colors.text).size().x < ui.available_width()
}

/// Links to more calls than this would not fit.
const MOST_WRITERS: usize = 6;

fn step(ui: &mut Ui, icon: Icon, command: Command, text: Text, out: &mut Vec<Command>) {
    let key = command.shortcut(ui.ctx());
    if IconButton::new(icon, text.command(&command)).key(key).show(ui).clicked() {
        out.push(command);
    }
}

/// What a change is called.
pub fn change_label(text: Text, label: &Label) -> String {
    match label {
        Label::Header(name) => name.clone(),
        Label::JsonPath(name) | Label::Field(name) | Label::Part(name) => name.clone(),
        Label::Lines(lines) => text.changes.lines(lines.start, lines.end - 1),
        Label::Bytes(bytes) => text.changes.bytes_range(bytes.start, bytes.end),
    }
}
