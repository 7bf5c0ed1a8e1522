//! What happens when a file that is watched has changed.

use std::path::Path;

use egui::Context;

use super::{file_name, folder, waker};
use crate::gui::commands::Command;
use crate::gui::document::{Document, Origin};
use crate::gui::model::Model;
use crate::gui::reading::Wanted;
use crate::gui::theme::Tone;
use crate::run::{Build, ModuleSource};
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
    let Some(run) = &model.runs.current else { return };
    let builds = run.builds.clone();
    forget_mended(model, &builds.iter().collect::<Vec<_>>());
    if let Some((build, words)) = builds.iter().find_map(|build| Some((build, broken_words(model, build)?))) {
        note_broken(model, build, &words);
        model.offer_for_long(words, model.text().watching.show_why(), Command::Run);
    }
}

/// The scenarios of the folder were run: the same of their modules.
pub fn round_ended(model: &mut Model) {
    let now = std::mem::take(&mut model.folder.rounds.now);
    if model.watching.has_broken() {
        forget_mended(model, &now.builds());
    }
    for build in now.builds() {
        let Some(words) = broken_words(model, build) else { continue };
        // If the scenario in front said so, that is more: it can show why.
        if note_broken(model, build, &words) || model.notices.iter().all(|notice| notice.text != words) {
            model.notify_until_closed(Tone::Error, words);
        }
    }
    model.folder.rounds.now = now;
}

/// Why something else was run than what is on the disk; `None`: it was that.
fn broken_words(model: &Model, build: &Build) -> Option<String> {
    let text = model.text();
    let title = sentences::load_error::title(text.language, build.broken.as_ref()?);
    Some(text.watching.broken(&build.source.name(), title.as_str()))
}

/// What is said of a file takes the place of what was said of it before. `true`: that was something else.
fn note_broken(model: &mut Model, build: &Build, words: &str) -> bool {
    let said = build.source.file().and_then(|file| model.watching.note_broken(file, words));
    let Some(said) = said.filter(|said| said != words) else { return false };
    model.notices.retain(|notice| notice.text != said);
    true
}

/// What was said of files goes with the first run of what is in them.
fn forget_mended(model: &mut Model, builds: &[&Build]) {
    let mended = builds.iter().filter(|build| build.broken.is_none()).filter_map(|build| build.source.file());
    for said in mended.filter_map(|file| model.watching.note_mended(file)).collect::<Vec<_>>() {
        model.notices.retain(|notice| notice.text != said);
    }
}
