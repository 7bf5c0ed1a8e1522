//! What happens when a file that is watched has changed.

use std::path::Path;

use egui::Context;

use super::{file_name, folder, waker};
use crate::gui::commands::Command;
use crate::gui::document::{Document, Origin};
use crate::gui::model::Model;
use crate::gui::reading::Wanted;
use crate::gui::theme::Tone;
use crate::run::ModuleSource;
use crate::view::sentences;
use crate::watch::{Change, What};

/// Takes in what changed on the disk, and watches what is open by now.
pub fn take_changes(model: &mut Model, ctx: &Context) {
    let mut of_folder = Vec::new();
    while let Some(change) = model.watching.poll() {
        take(model, &change, ctx);
        of_folder.push(change);
    }
    folder::files_changed(model, &of_folder);
    let (number, listing) = (model.folder.list_number(), model.folder.listing.clone());
    let mut watching = std::mem::take(&mut model.watching);
    watching.watch(model.documents(), number, || listing.map(|list| list.watched()).unwrap_or_default());
    model.watching = watching;
}

fn take(model: &mut Model, change: &Change, ctx: &Context) {
    for tab in model.tabs.behind_mut() {
        if has_module(&tab.document, &change.path) && change.what == What::Rewritten {
            tab.results.run_later();
        }
    }
    if change.what == What::Gone && lose_file(model, &change.path) {
        let words = model.text().saving.file_is_gone(&file_name(&change.path));
        model.notify_until_closed(Tone::Warn, words);
        return;
    }
    let Some(front) = &model.document else { return };
    if has_module(front, &change.path) {
        module_changed(model, change);
    } else if matches!(&front.origin, Origin::File(path) if *path == change.path)
        && change.what == What::Rewritten
    {
        // It may be our own: whether it says something else is seen when it is read.
        model.reading.start(&change.path, Wanted::Again, waker(ctx));
    }
}

fn has_module(document: &Document, path: &Path) -> bool {
    document.modules.iter().filter_map(ModuleSource::file).any(|file| file == path)
}

fn module_changed(model: &mut Model, change: &Change) {
    let Some(document) = &model.document else { return };
    let (text, name) = (model.text().watching, file_name(&change.path));
    match (change.what, model.settings.live) {
        (What::Gone, _) => model.notify(Tone::Warn, text.gone(&name)),
        (What::Rewritten, true) => {
            model.watching.note_reload(document);
            model.start_quietly();
        }
        (What::Rewritten, false) => model.offer(text.rebuilt(&name), text.run(), Command::Run),
    }
}

/// No file has the scenario of these documents any more. `false`: none is of this file.
fn lose_file(model: &mut Model, path: &Path) -> bool {
    let mut is_one = false;
    for document in model.all_documents_mut().filter(|document| document.save_path() == Some(path)) {
        document.lost_file();
        is_one = true;
    }
    is_one
}

/// What is in the file of the scenario in front is no scenario any more.
pub fn scenario_broken(model: &mut Model, path: &Path, reason: &str) {
    lose_file(model, path);
    let words = model.text().watching.scenario_broken(&file_name(path), reason);
    model.notify(Tone::Error, words);
}

/// The scenario in front was read from its file again.
pub fn scenario_read(model: &mut Model, path: &Path, document: Document) {
    let is_it = |front: &&mut Document| matches!(&front.origin, Origin::File(file) if file == path);
    let Some(front) = model.document.as_mut().filter(is_it) else { return };
    if !front.differs_on_disk(&document) || front.found_file(&document) {
        return;
    }
    let text = crate::gui::text::Text::new(model.settings.language()).watching;
    if front.is_changed() {
        let words = text.scenario_differs(&file_name(path));
        model.offer(words, text.take_it(), Command::TakeFile);
        return;
    }
    front.take_on_disk(document);
    model.edited = None;
    model.notify(Tone::Ok, text.scenario_read(&file_name(path)));
    match model.settings.live {
        true => model.start_quietly(),
        false => model.offer(text.scenario_read(&file_name(path)), text.run(), Command::Run),
    }
}

/// A run is there: whether it is that of the build on disk.
pub fn run_arrived(model: &mut Model) {
    let Some((filter, reason)) = model.runs.current.as_ref().and_then(|run| run.broken.clone()) else {
        return;
    };
    let text = model.text();
    let modules = model.document.as_ref().map(|document| document.modules.as_slice()).unwrap_or_default();
    let name = modules.get(usize::from(filter)).map(ModuleSource::name).unwrap_or_default();
    let title = sentences::load_error::title(text.language, &reason);
    model.offer_for_long(text.watching.broken(&name, title.as_str()), text.watching.show_why(), Command::Run);
}
