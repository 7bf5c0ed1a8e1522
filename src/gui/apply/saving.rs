//! What saves scenarios, and what becomes of it.

use std::path::{Path, PathBuf};

use egui::{Context, Id};

use super::{converting, editing, file_name, now_in_seconds, sharing, waker};
use crate::gui::dialogs::{Dialogs, Purpose};
use crate::gui::document::{Document, DocumentId};
use crate::gui::model::{Model, Overlay, Writes};
use crate::gui::reading::Wanted;
use crate::gui::saving::{Failure, Overwrite, Report};
use crate::gui::theme::Tone;
use crate::gui::widgets::drafts;
use crate::scenario::FileError;
use crate::view::sentences::said;

/// Saves to the document's own file; if it has none, asks for one.
pub fn save(model: &mut Model, ctx: &Context, dialogs: &mut dyn Dialogs) {
    match model.document.as_ref().and_then(|document| document.save_path().map(Path::to_owned)) {
        Some(path) => save_to(model, &path, Overwrite::OwnFile, ctx),
        None => save_as(model, ctx, dialogs),
    }
}

pub fn save_as(model: &mut Model, ctx: &Context, dialogs: &mut dyn Dialogs) {
    if let Some(document) = &model.document {
        dialogs.show(Purpose::SaveAs(document.suggested_name()), waker(ctx));
    }
}

pub fn save_to(model: &mut Model, path: &Path, overwrite: Overwrite, ctx: &Context) {
    let Some(document) = &model.document else { return };
    let job = document.save_job(path, overwrite);
    let untaken = drafts::untaken(ctx, Id::unique(Some(document.id)));
    if let Err(error) = model.saving.start(job, waker(ctx)) {
        let id = document.id;
        let said = said::system(model.text().language, &error);
        not_saved(model, id, &said);
    }
    if !untaken.is_empty() {
        model.notify(Tone::Warn, model.text().saving.not_taken(&untaken));
    }
}

/// A path that the user chose, with the ending of scenarios where there is none.
pub fn with_extension(path: PathBuf) -> PathBuf {
    match path.extension() {
        Some(_) => path,
        None => path.with_extension("scenario.json"),
    }
}

/// The user said what is to become of a file that was in the way.
pub fn overwrite(model: &mut Model, ctx: &Context) {
    let Overlay::InTheWay { path, writes } = std::mem::take(&mut model.overlay) else { return };
    match writes {
        Writes::OwnFile | Writes::Scenario => save_to(model, &path, Overwrite::Anything, ctx),
        Writes::Export(format) => converting::export(model, format, path, true, ctx),
        Writes::Share(what) => sharing::save(model, what, &path, true, ctx),
        Writes::Module(place) => editing::write_module(model, place, &path, true, ctx),
    }
}

/// A file is there already that was to be written for this document: asks what is to become of it.
pub fn ask_about(model: &mut Model, id: DocumentId, path: PathBuf, writes: Writes) {
    if model.document.as_ref().is_some_and(|document| document.id == id) {
        model.overlay = Overlay::InTheWay { path, writes };
    } else {
        model.notify(Tone::Error, model.text().saving.exists_title(&file_name(&path)));
    }
}

/// Takes in what was written meanwhile. `true`: something was.
pub fn take_saved(model: &mut Model) -> bool {
    let Some(Report { document: id, result }) = model.saving.poll() else { return false };
    match result {
        Ok(written) => {
            let path = written.path.clone();
            if let Some(document) = model.document_mut(id) {
                document.was_saved(written);
            }
            model.settings.remember(&path, now_in_seconds());
            let gone = model.text().saving.file_is_gone(&file_name(&path));
            model.notices.retain(|notice| notice.text != gone);
            let words = model.text().notices.saved_as(&file_name(&path));
            model.notify(Tone::Ok, words);
        }
        Err(failure) => {
            let is_front = model.document.as_ref().is_some_and(|document| document.id == id);
            match failure {
                Failure::Changed(path) if is_front => {
                    model.overlay = Overlay::InTheWay { path, writes: Writes::OwnFile };
                }
                Failure::Exists(path) if is_front => {
                    model.overlay = Overlay::InTheWay { path, writes: Writes::Scenario };
                }
                Failure::File(error) => {
                    let said = said::scenario_file(model.text().language, &error);
                    not_saved(model, id, &said);
                }
                // Who is at another tab by now is not asked.
                Failure::Changed(path) => {
                    not_saved(model, id, &model.text().saving.changed_title(&file_name(&path)));
                }
                Failure::ReadOnly(path) => {
                    not_saved(model, id, &model.text().saving.read_only(&file_name(&path)));
                }
                Failure::Exists(path) => {
                    not_saved(model, id, &model.text().saving.exists_title(&file_name(&path)));
                }
            }
        }
    }
    true
}

fn not_saved(model: &mut Model, id: DocumentId, reason: &str) {
    if let Some(document) = model.document_mut(id) {
        document.was_not_saved(reason.to_owned());
    }
    let words = model.text().notices.not_saved(reason);
    model.notify(Tone::Error, words);
}

/// Reads the document's own file once more.
pub fn take_file(model: &mut Model, ctx: &Context) {
    let Some(document) = &model.document else { return };
    let (id, path) = (document.id, document.save_path().map(Path::to_owned));
    if let Some(path) = path {
        super::read(model, &path, Wanted::Anew(id), ctx);
    }
}

/// What is in the file now takes the place of the scenario; the edits stay one step back.
pub fn take_anew(model: &mut Model, id: DocumentId, path: &Path, read: Result<Box<Document>, FileError>) {
    match read {
        Ok(on_disk) => {
            if let Some(document) = model.document_mut(id) {
                document.take_on_disk(*on_disk);
            }
            model.start_run(false);
        }
        Err(error) => {
            let said = said::scenario_file(model.text().language, &error);
            let words = model.text().saving.cannot_read_anew(&file_name(path), &said);
            model.notify(Tone::Error, words);
        }
    }
}
