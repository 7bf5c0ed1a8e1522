//! What the commands do that save files to share, and what came of it.

use std::path::Path;

use egui::Context;

use super::{file_name, now_in_seconds, saving, tabs, waker};
use crate::convert;
use crate::gui::commands::Command;
use crate::gui::dialogs::{Dialogs, Purpose};
use crate::gui::model::{Model, Overlay, Writes};
use crate::gui::sharing::{Job, Outcome, Saved, Share, Shared};
use crate::gui::theme::Tone;
use crate::view::sentences::{convert as words, sharing};

/// Asks where to save.
pub fn ask(model: &Model, what: Share, ctx: &Context, dialogs: &mut dyn Dialogs) {
    if let Some(document) = &model.document {
        let name = document.suggested_name();
        let stem = name.strip_suffix(".scenario.json").unwrap_or(&name);
        let name = format!("{stem}{}", what.format().extension());
        dialogs.show(Purpose::Share(what, name), waker(ctx));
    }
}

/// Saves what is open, on a thread of its own. `replaces`: the user said that a file of that name may be replaced.
pub fn save(model: &mut Model, what: Share, path: &Path, replaces: bool, ctx: &Context) {
    let Some(document) = &model.document else { return };
    let whole = what.with_extension(path.to_owned());
    // About one of another name nobody was asked.
    let replaces = replaces && whole == path;
    let run = model.runs.current.clone();
    let job = Job::new(what, &whole, document, run, !model.hides_secrets(), model.text().language);
    model.sharing.save(job.replacing(replaces), waker(ctx));
}

/// Takes in what came of saving and comparing.
pub fn take(model: &mut Model) {
    for outcome in model.sharing.poll() {
        let (text, language) = (model.text(), model.text().language);
        match outcome {
            Outcome::Saved(saved) => tell(model, &saved),
            Outcome::NotSaved { path, error } => {
                let card = words::error(language, &error);
                let place = error.place.as_ref().map(|place| words::place(language, place).to_string());
                let words =
                    text.notices.not_shared(&file_name(&path), &card.title.to_string(), place.as_deref());
                model.notify(Tone::Error, words);
            }
            Outcome::InTheWay { document, what, path } => {
                saving::ask_about(model, document, path, Writes::Share(what));
            }
            Outcome::OtherRun(found) => {
                let words = text.notices.other_run(sharing::other_run(language, &found).as_str());
                model.notify(Tone::Error, words);
            }
        }
    }
}

fn tell(model: &mut Model, saved: &Saved) {
    let notices = model.text().notices;
    let name = file_name(&saved.path);
    match (saved.what, saved.has_secrets) {
        (Share::File, true) => {
            let again = Command::ShareMasked(saved.path.clone());
            model.offer(
                notices.shared_with_secrets(&name, saved.size),
                notices.share_without_secrets(),
                again,
            );
        }
        (Share::MaskedFile, true) => model.notify(Tone::Ok, notices.shared_masked(&name, saved.size)),
        (Share::Report, true) if model.hides_secrets() => {
            model.notify(Tone::Ok, notices.report_masked(&name, saved.size));
        }
        (Share::Report, true) => model.notify(Tone::Warn, notices.report_with_secrets(&name, saved.size)),
        (_, false) => model.notify(Tone::Ok, notices.shared(&name, saved.size)),
    }
}

/// A shared file was read.
pub fn opened(model: &mut Model, path: &Path, read: Result<Box<Shared>, Box<convert::Error>>) {
    match read {
        Ok(shared) => {
            let Shared { document, recorded, left_out } = *shared;
            model.settings.remember(path, now_in_seconds());
            tabs::open(model, document);
            if let (Some(recorded), Some(run)) = (recorded, model.runs.pending) {
                model.sharing.watch(recorded, run.number);
            }
            if !left_out.is_empty() {
                let words = model.text().notices.shared_unknown(&file_name(path), left_out.len());
                model.notify(Tone::Warn, words);
            }
        }
        Err(error) => {
            let language = model.text().language;
            let card = words::error(language, &error).of_file(language, &file_name(path));
            model.overlay = Overlay::FileError(Box::new(card));
        }
    }
}
