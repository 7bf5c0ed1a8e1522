//! What went wrong, where, what it means and what to do: for a run that did not come to a good end.

use egui::{Rect, ScrollArea, Sense, Ui, UiBuilder, Vec2};

use super::trap_card;
use crate::gui::commands::Command;
use crate::gui::model::{Model, Region};
use crate::gui::panels::enter;
use crate::gui::runs::RunView;
use crate::gui::text::Text;
use crate::gui::theme::{self, Tone, space};
use crate::gui::widgets::{self, Button, Card};
use crate::host::LoadError;
use crate::trace::{LimitKind, Outcome, Trap};
use crate::view::sentences::{self, ErrorCard, trap as trap_words};

/// Width of the labels, in points.
const LABEL: f32 = 96.0;
/// The part of the room that the card takes where changes stand below it.
const SHARE: f32 = 0.6;
/// Height of the one line that stands for the card in other views, in points.
const LINE: f32 = 32.0;

/// Whether there is nothing else to show.
pub fn replaces_result(run: &RunView) -> bool {
    matches!(run.trace.outcome, Outcome::Refused { .. })
}

/// Whether the run has something to explain.
pub fn applies(run: &RunView) -> bool {
    matches!(run.outcome(), Outcome::Trapped(_) | Outcome::Limit { .. } | Outcome::Refused { .. })
}

/// The card in place of a result.
pub fn show(ui: &mut Ui, model: &Model, run: &RunView, out: &mut Vec<Command>) {
    ScrollArea::vertical().id_salt("error card").auto_shrink(false).show(ui, |ui| {
        card(ui, model, run, out);
    });
}

/// The card between the story and what was changed until then, if anything was; otherwise it has all the room. Gives what
/// is left below it.
pub fn show_within(ui: &mut Ui, room: Rect, model: &Model, run: &RunView, out: &mut Vec<Command>) -> Rect {
    let has_changes = !run.changes.items().is_empty();
    let height = room.height() * if has_changes { SHARE } else { 1.0 };
    let mut above = ui.new_child(UiBuilder::new().max_rect(room).id_salt("error card"));
    let area = ScrollArea::vertical().id_salt("error card above").max_height(height);
    area.auto_shrink([false, has_changes]).show(&mut above, |ui| card(ui, model, run, out));
    let below = above.min_rect().bottom();
    if has_changes {
        ui.painter().hline(room.x_range(), below, theme::of(ui.ctx()).hairline());
    }
    Rect::from_min_max(egui::pos2(room.left(), below), room.max)
}

/// What went wrong in one line, above a view that shows something else, with the way to the card.
pub fn show_line(ui: &mut Ui, model: &Model, run: &RunView, out: &mut Vec<Command>) {
    let Some(words) = words(model, run) else { return };
    let theme = theme::of(ui.ctx());
    let (rect, _) = ui.allocate_exact_size(Vec2::new(ui.available_width(), LINE), Sense::hover());
    widgets::hairline_below(ui, &theme, rect);
    let inner = rect.shrink2(Vec2::new(theme.sizes.side, 0.0));
    ui.scope_builder(UiBuilder::new().max_rect(inner), |ui| {
        ui.spacing_mut().item_spacing.x = space::S;
        widgets::ends(
            ui,
            "error line",
            out,
            |ui, _| {
                let (place, _) = ui.allocate_exact_size(Vec2::splat(16.0), Sense::hover());
                icon(tone(run)).paint(ui.painter(), place.center(), 14.0, theme.color(tone(run)));
                widgets::rich_line(ui, &words.title, Tone::Text);
            },
            |ui, out| {
                if widgets::link(ui, model.text().errors.what_to_do(), None).clicked() {
                    out.push(Command::ShowChanges);
                }
            },
        );
    });
}

fn icon(tone: Tone) -> theme::Icon {
    if tone == Tone::Error { theme::Icon::CrossInRing } else { theme::Icon::Warning }
}

fn words(model: &Model, run: &RunView) -> Option<ErrorCard> {
    let language = model.text().language;
    let file = |filter: u16| {
        let document = model.document.as_ref()?;
        document.modules.get(usize::from(filter)).map(|module| module.name())
    };
    match run.outcome() {
        Outcome::Refused { filter, reason } => {
            let file = file(*filter).unwrap_or_default();
            Some(sentences::load_error::card_of_run(language, &run.trace, &run.scenario, reason, &file))
        }
        Outcome::Trapped(trap) => {
            Some(trap_words::card(language, trap, &file(trap.filter).unwrap_or_default()))
        }
        Outcome::Limit { limit, allowed, callback, .. } => {
            let callback = callback.map(|callback| callback.short_name());
            let sentence = sentences::limit::sentence(language, *limit, *allowed, callback);
            Some(ErrorCard {
                title: crate::view::Text::from(sentences::limit::title(language, *limit)),
                what: sentence,
                next_steps: vec![sentences::limit::advice(language, *limit, *allowed)],
                ..ErrorCard::default()
            })
        }
        _ => None,
    }
}

fn card(ui: &mut Ui, model: &Model, run: &RunView, out: &mut Vec<Command>) {
    let Some(words) = words(model, run) else { return };
    let text = model.text();
    ui.add_space(space::M);
    let margin = theme::of(ui.ctx()).sizes.side;
    let inner = ui.available_rect_before_wrap().shrink2(Vec2::new(margin, 0.0));
    ui.scope_builder(UiBuilder::new().max_rect(inner), |ui| {
        Card::new().edge(tone(run)).show(ui, |ui| {
            ui.set_width(ui.available_width());
            explain(ui, text, &words, tone(run));
            if let Some(trap) = trap(run) {
                trap_card::frames(ui, model, trap, text, out);
            }
            ui.add_space(space::M);
            buttons(ui, model, run, &words, text, out);
        });
        if let Some(trap) = trap(run) {
            trap_card::production(ui, run, trap, text);
            trap_card::last_calls(ui, model, run, trap, text, out);
        }
    });
    ui.add_space(space::M);
    reveal(ui, run.number);
}

/// Scrolls to what has the keyboard, but not when a card appears: it is read from its top, and its first button has the
/// keyboard already.
fn reveal(ui: &Ui, run: u64) {
    const SALT: &str = "error card";
    let id = egui::Id::unique("error card of run");
    let known: Option<(u64, bool)> = ui.data(|data| data.get_temp(id));
    let is_entered = ui.memory(|memory| memory.focused().is_some());
    match known {
        Some((of, true)) if of == run => widgets::reveal_focus(ui, SALT),
        _ => {
            widgets::leave_focus(ui, SALT);
            let settled = is_entered && known.is_some_and(|(of, _)| of == run);
            ui.data_mut(|data| data.insert_temp(id, (run, settled)));
        }
    }
}

/// Title, cause, place and next steps.
pub fn explain(ui: &mut Ui, text: Text, words: &ErrorCard, tone: Tone) {
    let theme = theme::of(ui.ctx());
    ui.horizontal(|ui| {
        let (rect, _) = ui.allocate_exact_size(Vec2::splat(18.0), Sense::hover());
        icon(tone).paint(ui.painter(), rect.center(), 17.0, theme.color(tone));
        ui.add_space(space::XS);
        widgets::title(ui, words.title.as_str());
    });
    ui.add_space(space::S);
    line(ui, text.errors.what(), |ui| {
        widgets::rich(ui, &words.what, Tone::Text);
    });
    if !words.place.is_empty() {
        line(ui, text.errors.whereabouts(), |ui| {
            widgets::rich(ui, &words.place, Tone::Text);
        });
    }
    if !words.envoy_says.is_empty() {
        line(ui, text.errors.envoy_says(), |ui| {
            let first: String = words.envoy_says.lines().next().unwrap_or_default().to_owned();
            widgets::rich(ui, &crate::view::Text::verbatim(first), Tone::Text);
        });
    }
    if let Some(means) = &words.means {
        line(ui, text.errors.means(), |ui| {
            widgets::rich(ui, means, Tone::Text);
        });
    }
    line(ui, text.errors.what_to_do(), |ui| {
        ui.vertical(|ui| {
            for step in &words.next_steps {
                widgets::rich(ui, step, Tone::Text);
            }
        });
    });
}

/// A limit is ours, not the filter's failure.
fn tone(run: &RunView) -> Tone {
    match run.outcome() {
        Outcome::Limit { .. } => Tone::Warn,
        _ => Tone::Error,
    }
}

fn trap(run: &RunView) -> Option<&Trap> {
    match run.outcome() {
        Outcome::Trapped(trap) => Some(trap),
        Outcome::Refused { reason, .. } => reason.trap(),
        _ => None,
    }
}

fn line(ui: &mut Ui, name: &str, contents: impl FnOnce(&mut Ui)) {
    ui.add_space(space::XS);
    ui.horizontal_top(|ui| {
        let left = ui.cursor().left();
        widgets::label(ui, name, Tone::Muted);
        let used = ui.cursor().left() - left;
        ui.add_space((LABEL - used).max(space::S));
        ui.vertical(contents);
    });
}

fn buttons(ui: &mut Ui, model: &Model, run: &RunView, words: &ErrorCard, text: Text, out: &mut Vec<Command>) {
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = Vec2::splat(space::S);
        // The most useful step: it has the keyboard when the card appears.
        let main = |words: String, command: Command, ui: &mut Ui, out: &mut Vec<Command>| {
            let button = Button::new(words).main().show(ui);
            enter(&button, Region::Center);
            if button.clicked() {
                out.push(command);
            }
        };
        match run.outcome() {
            Outcome::Refused { reason: LoadError::ConfigureRefused | LoadError::VmStartRefused, .. } => {
                main(text.errors.show_configuration().into(), Command::ShowConfig, ui, out);
                if Button::new(text.command(&Command::ShowLogs)).show(ui).clicked() {
                    out.push(Command::ShowLogs);
                }
            }
            Outcome::Refused { filter, reason } => {
                match model.document.as_ref().and_then(|open| open.place_in_chain(*filter)) {
                    // All else that the scenario says of the filter stays.
                    Some(place) => {
                        main(text.errors.choose_module().into(), Command::ReplaceModule(place), ui, out);
                    }
                    None => main(text.errors.choose_another().into(), Command::OpenDialog, ui, out),
                }
                if Button::new(text.command(&Command::ReloadModule)).show(ui).clicked() {
                    out.push(Command::ReloadModule);
                }
                let see = match reason {
                    LoadError::NoAbiVersion { .. }
                    | LoadError::NoAllocator
                    | LoadError::CallbackType { .. } => text.errors.see_exports(),
                    _ => text.errors.see_imports(),
                };
                // The one that was refused is the last of which anything is known.
                if let Some(last) = run.modules.len().checked_sub(1)
                    && Button::new(see).show(ui).clicked()
                {
                    out.push(Command::ShowPreflightOf(last));
                }
                // Back to what was in front before.
                let close = text.command(&Command::CloseFilter);
                if model.tab_count() > 1 && Button::new(close).show(ui).clicked() {
                    out.push(Command::CloseFilter);
                }
            }
            Outcome::Limit { limit, .. } => {
                let (words, command) = match limit {
                    LimitKind::Stopped => (text.errors.run_again(), Command::Run),
                    // This one is fixed.
                    LimitKind::TraceBytes => (text.errors.show_in_timeline(), Command::ShowTimeline),
                    _ => (text.errors.raise_limit(), Command::ShowEnvironment),
                };
                let leads_to_timeline = command == Command::ShowTimeline;
                main(words.into(), command, ui, out);
                if !leads_to_timeline && Button::new(text.errors.show_in_timeline()).show(ui).clicked() {
                    out.push(Command::ShowTimeline);
                }
            }
            _ => {
                main(text.errors.show_in_timeline().into(), Command::ShowTimeline, ui, out);
            }
        }
        let copy = match trap(run) {
            Some(_) => text.errors.copy_report(),
            None => text.errors.copy_details(),
        };
        if Button::new(copy).show(ui).clicked() {
            ui.ctx().copy_text(details(model, run, words));
        }
    });
}

/// Everything of the card of a run as plain text.
fn details(model: &Model, run: &RunView, words: &ErrorCard) -> String {
    let module = model.document.as_ref().map(|open| open.module_name()).unwrap_or_default();
    let mut text = plain(words, &module);
    if let Some(trap) = trap(run) {
        text.push_str(&trap_card::report(run, trap, model.hides_secrets(), model.text()));
        text.push_str(&format!("\n{}\n", trap.envoy_log()));
    }
    text
}

/// A card as plain text. `subject`: what it is about, if its title does not say.
pub fn plain(words: &ErrorCard, subject: &str) -> String {
    let mut text = format!("{}\n{}\n", words.title.as_str(), words.what.as_str());
    for line in [subject, words.place.as_str()] {
        if !line.is_empty() {
            text.push_str(&format!("{line}\n"));
        }
    }
    if !words.envoy_says.is_empty() {
        text.push_str(&format!("\nEnvoy: {}\n", words.envoy_says));
    }
    if let Some(means) = &words.means {
        text.push_str(&format!("\n{}\n", means.as_str()));
    }
    for step in &words.next_steps {
        text.push_str(&format!("- {}\n", step.as_str()));
    }
    text
}
