//! How the last run ended, in a word and a sentence; at the right what concerns the window itself.

use std::path::Path;

use egui::{Role, Ui, Vec2, WidgetInfo};

use super::{cached, enter, expectations};
use crate::folder::{Change, Mark};
use crate::gui::commands::Command;
use crate::gui::comparing::Subject;
use crate::gui::model::{CenterTab, Model, Region};
use crate::gui::text::{Language, Text, duration};
use crate::gui::theme::{self, Icon, Tone, space};
use crate::gui::widgets;
use crate::trace::{ClosedBy, Outcome};
use crate::view::{sentences, summary};

pub fn show(ui: &mut Ui, model: &Model, out: &mut Vec<Command>) {
    let theme = theme::of(ui.ctx());
    let text = model.text();
    let bar = ui.max_rect();
    widgets::hairline_above(ui, &theme, bar);
    let inner = bar.shrink2(Vec2::new(theme.sizes.side, 0.0));
    ui.scope_builder(egui::UiBuilder::new().max_rect(inner), |ui| {
        ui.spacing_mut().item_spacing.x = space::S;
        widgets::ends(
            ui,
            "status bar",
            out,
            |ui, _| outcome(ui, model, text),
            |ui, out| window(ui, model, text, out),
        );
    });
}

fn outcome(ui: &mut Ui, model: &Model, text: Text) {
    let ended = folder(ui, model, text).unwrap_or_else(|| state(model, text));
    widgets::mark(ui, ended.icon, &ended.word, ended.tone, true);
    let width = ui.available_width();
    let theme = theme::of(ui.ctx());
    let fits = |words: &str| {
        widgets::galley(ui.painter(), words, theme.small(), theme.colors.muted).size().x <= width
    };
    let all = ended.parts.join(" · ");
    let words = summary::fitting(&ended.parts, ended.keep, fits);
    let label = widgets::elided_label(ui, &words, Tone::Muted, width);
    label.widget_info(|| WidgetInfo::labeled(Role::Label, true, &all));
    if words != all {
        widgets::tooltip(&label, &all, None);
    }
}

/// How the folder does, while the builds that it was run with are compared.
fn folder(ui: &Ui, model: &Model, text: Text) -> Option<Ended> {
    let of_folder = matches!(model.comparing.subject, Some(Subject::Scenario(_)));
    if model.view.center != CenterTab::Compare || !of_folder {
        return None;
    }
    let (folder, texts) = (&model.folder, text.folder);
    let shape = (folder.list_number(), folder.version);
    let counted = cached(ui, "folder at the foot", shape, |_| {
        let entries = folder.listing.iter().flat_map(|listing| &listing.entries);
        let is_broken = |path: &Path| {
            folder.rounds.standing(path).is_some_and(|standing| standing.change == Change::Broken)
        };
        let broken = entries.into_iter().find(|entry| is_broken(&entry.path)).map(|entry| entry.name.clone());
        (folder.rounds.now.count(Mark::Fails), folder.rounds.now.len(), folder.rounds.tally(), broken)
    });
    let (fails, all, tally, broken) = &*counted;
    let mut parts = Vec::new();
    match (tally.broken, broken) {
        (0, _) => {}
        (1, Some(name)) => parts.push(texts.passed_before(name)),
        (count, _) => parts.push(texts.some_broken(count)),
    }
    parts.extend((tally.fixed > 0).then(|| texts.some_fixed(tally.fixed)));
    parts.extend(folder.took.map(|took| texts.took(&duration(took))));
    let (icon, tone, word) = match fails {
        0 => (Icon::Check, Tone::Ok, texts.pass(*all)),
        _ => (Icon::Cross, Tone::Error, texts.some_fail(*fails, *all)),
    };
    Some(Ended { icon, tone, word, parts, keep: 0 })
}

/// How the last run ended, or that there is none.
pub struct Ended {
    pub icon: Icon,
    pub tone: Tone,
    pub word: String,
    /// The most important first.
    pub parts: Vec<String>,
    /// How many of the last parts stay where there is no room for all.
    pub keep: usize,
}

pub fn state(model: &Model, text: Text) -> Ended {
    let plain = |word: &str, parts: Vec<String>| Ended {
        icon: Icon::Ring,
        tone: Tone::Muted,
        word: word.to_owned(),
        parts,
        keep: 0,
    };
    if model.document.is_none() {
        return plain(text.status.ready(), vec![text.status.ready_hint().to_owned()]);
    }
    if let Some(problem) = &model.runs.problem {
        let card = sentences::scenario::problem(text.language, problem);
        let words = text.widgets.wrong_value(card.title.as_str(), card.what.as_str());
        return Ended {
            icon: Icon::Cross,
            tone: Tone::Error,
            ..plain(text.status.not_run(), vec![words, card.place.to_string()])
        };
    }
    match model.runs.current.as_ref().filter(|_| !model.is_waiting()) {
        Some(run) => {
            let number = usize::try_from(run.number).unwrap_or(usize::MAX);
            let line = summary::status_line(text.language, &run.trace, &run.scenario, &run.summary, number);
            let (icon, tone) = look(&run.trace.outcome);
            let mut parts: Vec<String> = line.parts.iter().map(ToString::to_string).collect();
            if let Some((met, all)) = expectations::met(model) {
                parts.insert(0, expectations::summary(text.language, met, all));
            }
            Ended { icon, tone, word: line.word.to_owned(), parts, keep: line.keep }
        }
        None => plain(text.status.running(), Vec::new()),
    }
}

/// Mark and colour of an outcome.
pub fn look(outcome: &Outcome) -> (Icon, Tone) {
    match outcome {
        // What the proxy had to say itself is no success of the filter.
        Outcome::Finished { status: 0 } | Outcome::LocalReply { filter: None, .. } => {
            (Icon::Warning, Tone::Warn)
        }
        Outcome::Finished { .. } | Outcome::LocalReply { .. } => (Icon::Check, Tone::Ok),
        Outcome::Closed { by: ClosedBy::BothEnds | ClosedBy::Client | ClosedBy::Filter(_) } => {
            (Icon::Check, Tone::Ok)
        }
        Outcome::Closed { .. } => (Icon::Cross, Tone::Warn),
        Outcome::Paused { .. } => (Icon::Pause, Tone::Warn),
        Outcome::Limit { .. } => (Icon::Stop, Tone::Warn),
        Outcome::Reset { .. } | Outcome::Trapped(_) | Outcome::Refused { .. } => (Icon::Cross, Tone::Error),
    }
}

fn window(ui: &mut Ui, model: &Model, text: Text, out: &mut Vec<Command>) {
    if let Some(document) = &model.document {
        let saved = document.save_path().is_some() && !document.is_changed();
        let words = match saved {
            _ if model.saving.is_saving(document.id) => text.saving.saving(),
            true => text.status.saved_now(),
            false => text.status.not_saved(),
        };
        if let Some(reason) = document.save_failure() {
            let failed = widgets::mark(ui, Icon::Warning, words, Tone::Warn, true);
            widgets::tooltip(&failed, reason, None);
            failed
                .widget_info(|| WidgetInfo::labeled(Role::Label, true, text.status.not_saved_since(reason)));
        } else if document.save_path().is_some() || document.is_changed() {
            let label = widgets::label(ui, words, Tone::Muted);
            // In no file, but not lost either, or else it has to be said.
            match model.keeping.failure() {
                _ if saved => {}
                Some(reason) => widgets::tooltip(&label, &text.saving.not_kept(reason), None),
                None if model.keeping.keeps() => widgets::tooltip(&label, text.saving.kept(), None),
                None => {}
            }
        }
    }
    let percent = (model.settings.zoom * 100.0).round() as u32;
    let zoom = widgets::quiet_button(ui, &text.status.zoom(percent), &text.status.zoom_name(percent));
    enter(&zoom, Region::Status);
    if zoom.clicked() {
        out.push(Command::ZoomReset);
    }
    let language = model.settings.language();
    let other = match language {
        Language::English => Command::SimplifiedChinese,
        Language::SimplifiedChinese => Command::English,
    };
    let name = text.status.language_name(language.own_name());
    if widgets::quiet_button(ui, language.own_name(), &name).clicked() {
        out.push(other);
    }
    let sheet =
        widgets::quiet_button(ui, &format!("?  {}", text.status.shortcuts()), text.status.shortcuts());
    if sheet.clicked() {
        out.push(Command::ShortcutSheet);
    }
}
