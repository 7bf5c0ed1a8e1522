//! Who is compared: A at the left, B at the right.

use egui::{Rect, Sense, Ui, Vec2};

use super::letter;
use crate::gui::apply::{CompareCommand, FolderCommand};
use crate::gui::clock;
use crate::gui::commands::Command;
use crate::gui::comparing::Subject;
use crate::gui::history::Kept;
use crate::gui::model::Model;
use crate::gui::text::{Text, bytes};
use crate::gui::theme::{self, Icon, Tone, space, tokens};
use crate::gui::widgets::{self, Dropdown, IconButton};
use crate::run::Build;

/// Side of the square with the letter, in points.
const LETTER: f32 = 24.0;

/// What a card says.
struct Who {
    name: String,
    /// Beside the name.
    note: String,
    /// Beneath it.
    about: String,
}

/// Height of a card, in points.
const HEIGHT: f32 = 56.0;

pub fn show(ui: &mut Ui, model: &Model, out: &mut Vec<Command>) {
    let Some(subject) = &model.comparing.subject else { return };
    let theme = theme::of(ui.ctx());
    let text = model.text();
    let size =
        Vec2::new(ui.available_width(), HEIGHT.max(theme.sizes.body + theme.sizes.small + 2.0 * space::L));
    let (rect, _) = ui.allocate_exact_size(size, Sense::hover());
    let middle = theme.sizes.control + 2.0 * space::S;
    let width = ((rect.width() - middle) / 2.0).max(0.0);
    for is_b in [false, true] {
        let left = if is_b { rect.right() - width } else { rect.left() };
        let card = Rect::from_min_size(egui::pos2(left, rect.top()), Vec2::new(width, rect.height()));
        if let Some(who) = who(model, text, subject, is_b) {
            self::card(ui, model, text, subject, is_b, card, &who, out);
        }
    }
    let between = Rect::from_center_size(rect.center(), Vec2::splat(theme.sizes.control));
    let mut ui = ui.new_child(egui::UiBuilder::new().max_rect(between));
    let reason = matches!(subject, Subject::Scenario(_)).then(|| text.compare.order());
    if IconButton::new(Icon::Exchange, text.compare.swap()).unavailable(reason).show(&mut ui).clicked() {
        out.push(Command::Compare(CompareCommand::Swap));
    }
}

#[expect(clippy::too_many_arguments, reason = "a card is about all of this")]
fn card(
    ui: &mut Ui,
    model: &Model,
    text: Text,
    subject: &Subject,
    is_b: bool,
    rect: Rect,
    who: &Who,
    out: &mut Vec<Command>,
) {
    let theme = theme::of(ui.ctx());
    let stroke = egui::Stroke::new(tokens::LINE, theme.colors.line);
    ui.painter().rect(rect, theme.card_radius(), theme.colors.panel, stroke, egui::StrokeKind::Inside);
    let inner = rect.shrink2(Vec2::new(space::M, 0.0));
    let mark = Rect::from_center_size(
        egui::pos2(inner.left() + LETTER / 2.0, inner.center().y),
        Vec2::splat(LETTER),
    );
    letter(ui.painter(), &theme, mark, is_b);
    let right = controls(ui, model, text, subject, is_b, inner, out);
    let words = Rect::from_min_max(
        egui::pos2(mark.right() + space::S, rect.top() + space::S),
        egui::pos2(right - space::S, rect.bottom() - space::S),
    );
    let mut ui = ui.new_child(egui::UiBuilder::new().max_rect(words).id_salt(("card", is_b)));
    ui.set_clip_rect(words.intersect(ui.clip_rect()));
    ui.spacing_mut().item_spacing = Vec2::new(space::S, space::XXS);
    ui.horizontal(|ui| {
        widgets::strong_label(ui, &who.name);
        let width = ui.available_width();
        widgets::elided_label(ui, &who.note, Tone::Muted, width);
    });
    let width = ui.available_width();
    let about = widgets::elided_label(&mut ui, &who.about, Tone::Muted, width);
    widgets::tooltip(&about, &who.about, None);
}

/// Another run, and for the baseline the pin.
/// Gives the left edge of what they take up.
fn controls(
    ui: &mut Ui,
    model: &Model,
    text: Text,
    subject: &Subject,
    is_b: bool,
    inner: Rect,
    out: &mut Vec<Command>,
) -> f32 {
    let texts = text.compare;
    let layout = egui::Layout::right_to_left(egui::Align::Center);
    let place = egui::UiBuilder::new().max_rect(inner).layout(layout).id_salt(("card controls", is_b));
    let mut ui = ui.new_child(place);
    match subject {
        Subject::Scenario(_) => {
            let is_pinned = model.folder.rounds.is_pinned;
            let name = if is_pinned { texts.unpin() } else { texts.pin() };
            if !is_b && IconButton::new(Icon::Pin, name).on(is_pinned).show(&mut ui).clicked() {
                out.push(Command::Folder(FolderCommand::Pin));
            }
        }
        Subject::Runs { a, b } => {
            let history = &model.runs.history;
            let runs: Vec<&Kept> = history.newest_first().collect();
            let names: Vec<String> = runs.iter().map(|run| choice(text, run)).collect();
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            let chosen = if is_b { *b } else { *a };
            let selected = runs.iter().position(|run| run.number == chosen).unwrap_or(usize::MAX);
            let name = if is_b { texts.choose_b() } else { texts.choose_a() };
            let run = Dropdown::new(name, &names, selected).show(&mut ui).and_then(|place| runs.get(place));
            if let Some(run) = run {
                let command = if is_b { CompareCommand::ChooseB } else { CompareCommand::ChooseA };
                out.push(Command::Compare(command(run.number)));
            }
        }
    }
    ui.min_rect().left()
}

fn choice(text: Text, run: &Kept) -> String {
    format!("{} · {}", text.compare.run_number(run.number), clock::of_day(run.when))
}

fn who(model: &Model, text: Text, subject: &Subject, is_b: bool) -> Option<Who> {
    let texts = text.compare;
    match subject {
        Subject::Runs { a, b } => {
            let run = model.runs.history.get(if is_b { *b } else { *a })?;
            let newest = model.runs.history.newest_first().next().map(|newest| newest.number);
            let note = match (model.runs.history.pinned == Some(run.number), newest == Some(run.number)) {
                (true, _) => texts.pinned(),
                (_, true) => texts.now(),
                _ => "",
            };
            let number = texts.run_number(run.number);
            let about = about(text, run.builds.first(), &number, &texts.ran(&clock::of_day(run.when)));
            Some(Who { name: name(run.builds.first(), &run.scenario), note: note.to_owned(), about })
        }
        Subject::Scenario(_) => {
            let rounds = &model.folder.rounds;
            let round = if is_b { &rounds.now } else { rounds.before.as_ref()? };
            let note = match (is_b, rounds.is_pinned) {
                (true, _) => texts.now(),
                (false, true) => texts.pinned(),
                (false, false) => texts.baseline(),
            };
            let build = round.build();
            let name = build.map_or_else(String::new, |build| build.source.name());
            let about = about(text, build, &texts.round_number(round.number), "");
            Some(Who { name, note: note.to_owned(), about })
        }
    }
}

fn name(build: Option<&Build>, scenario: &crate::scenario::Scenario) -> String {
    build.map_or_else(|| scenario.name.clone(), |build| build.source.name())
}

/// `built 10:31:07 · 142 KB · run 9 · run at 10:31:08`
fn about(text: Text, build: Option<&Build>, number: &str, when: &str) -> String {
    let built = build.and_then(|build| build.modified).map(|time| text.compare.built(&clock::of_day(time)));
    let size = build.map(|build| bytes(build.bytes.len() as u64));
    let parts = [built, size, Some(number.to_owned()), Some(when.to_owned())];
    parts.into_iter().flatten().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ")
}
