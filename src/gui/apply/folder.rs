//! What commands do with the folder at the left, and what its threads report.

use std::path::{Path, PathBuf};

use egui::Context;

use super::{file_name, read, show_left, tabs, watching};
use crate::folder::{Deleted, SUFFIX, create, delete, duplicate, rename, restore};
use crate::gui::commands::Command;
use crate::gui::dialogs::Dialogs;
use crate::gui::document::Document;
use crate::gui::folder::{Filed, Report};
use crate::gui::model::{LeftTab, Model, Overlay, Region};
use crate::gui::reading::Wanted;
use crate::gui::theme::Tone;
use crate::run::ModuleSource;
use crate::scenario::Body;
use crate::view::sentences::said;
use crate::watch::{Change, What};

/// What can be done with the folder and its scenarios.
#[derive(Clone, Debug, PartialEq)]
pub enum FolderCommand {
    Select(PathBuf),
    /// Shows it, in the tab of the one that was shown before from here.
    Open(PathBuf),
    Filter(String),
    /// Hides or shows what is in a subfolder.
    Fold(String),
    /// A copy of the scenario in front, in a file of its own.
    New,
    Duplicate(PathBuf),
    /// Asks for another name, takes what is typed, and does it.
    AskName(PathBuf),
    TypeName(String),
    Rename,
    KeepName,
    Delete(PathBuf),
    Restore(Deleted),
    RunOne(PathBuf),
    /// What the folder is compared with stays, or follows again.
    Pin,
}

pub fn apply(model: &mut Model, command: FolderCommand, ctx: &Context, _dialogs: &mut dyn Dialogs) {
    match command {
        FolderCommand::Select(path) => model.folder.selected = Some(path),
        FolderCommand::Open(path) => open(model, &path, ctx),
        FolderCommand::Filter(text) => model.folder.filter = text,
        FolderCommand::Fold(group) => super::toggle(&mut model.folder.folded, group),
        FolderCommand::New => new(model),
        FolderCommand::Duplicate(path) => {
            let from = path.clone();
            model.folder.file(&path, move || duplicate(&from).map(Filed::Made));
        }
        FolderCommand::AskName(path) => {
            let name = model.folder.entry(&path).map(|entry| entry.name.clone());
            model.folder.renaming = name.map(|name| (path, name));
            model.focus_next = Some(crate::gui::panels::left::scenarios::name_id());
        }
        FolderCommand::TypeName(name) => {
            if let Some((_, typed)) = &mut model.folder.renaming {
                *typed = name;
            }
        }
        FolderCommand::Rename => {
            if let Some((from, name)) =
                model.folder.renaming.take().filter(|(_, name)| !name.trim().is_empty())
            {
                let old = from.clone();
                model.folder.file(&from, move || {
                    let to = rename(&old, &name)?;
                    let on_disk = Document::file(&to).ok().map(Box::new);
                    Ok(Filed::Renamed { from: old, to, on_disk })
                });
            }
            model.focus_next = Some(crate::gui::panels::left::scenarios::list_id());
        }
        FolderCommand::KeepName => {
            model.folder.renaming = None;
            model.focus_next = Some(crate::gui::panels::left::scenarios::list_id());
        }
        FolderCommand::Delete(path) => {
            let (from, trash) = (path.clone(), model.settings_file.beside("trash"));
            // Without a place of our own it is kept beside itself.
            let trash = trash.unwrap_or_else(|| path.with_file_name(".filterlab-trash"));
            model.folder.file(&path, move || delete(&from, &trash).map(Filed::Deleted));
        }
        FolderCommand::Restore(deleted) => {
            let from = deleted.from.clone();
            model.folder.file(&from, move || restore(&deleted).map(|()| Filed::Restored(deleted.from)));
        }
        FolderCommand::RunOne(path) => model.folder.run(vec![path], false),
        FolderCommand::Pin => model.folder.rounds.is_pinned = !model.folder.rounds.is_pinned,
    }
}

/// Does something with the scenario that is chosen in the list.
pub fn with_chosen(model: &mut Model, command: &Command, ctx: &Context, dialogs: &mut dyn Dialogs) {
    let Some(path) = model.folder.selected.clone() else { return };
    let what = match command {
        Command::DuplicateScenario => FolderCommand::Duplicate(path),
        Command::RenameScenario => {
            // The name is typed in its row.
            show(model);
            FolderCommand::AskName(path)
        }
        Command::DeleteScenario => FolderCommand::Delete(path),
        Command::RunScenario => FolderCommand::RunOne(path),
        _ => return,
    };
    apply(model, what, ctx, dialogs);
}

/// Opens a folder, and shows its list.
pub fn open_folder(model: &mut Model, root: &Path) {
    let root = std::path::absolute(root).unwrap_or_else(|_| root.to_owned());
    model.overlay = Overlay::None;
    model.settings.remember(&root, super::now_in_seconds());
    model.folder.list(&root);
    if model.document.is_some() {
        show_left(model, LeftTab::Scenarios);
    }
}

/// Shows the list, or asks for a folder where none is open.
pub fn show(model: &mut Model) {
    show_left(model, LeftTab::Scenarios);
    model.region = Region::Left;
    model.focus_next = Some(match model.folder.is_open() {
        true => crate::gui::panels::left::scenarios::list_id(),
        false => Region::Left.entry(),
    });
}

pub fn close(model: &mut Model) {
    model.folder.close();
}

pub fn run_all(model: &mut Model) {
    match model.folder.running {
        Some(_) => model.folder.stop(),
        None => run(model, false),
    }
}

fn run(model: &mut Model, rebuilt: bool) {
    let Some(listing) = &model.folder.listing else { return };
    let paths = listing.entries.iter().map(|entry| entry.path.clone()).collect();
    model.folder.run(paths, rebuilt);
}

fn open(model: &mut Model, path: &Path, ctx: &Context) {
    show_scenario(model, path, false, ctx);
}

/// `by_itself`: nobody asked for this one.
fn show_scenario(model: &mut Model, path: &Path, by_itself: bool, ctx: &Context) {
    model.folder.selected = Some(path.to_owned());
    if let Some(place) = tabs::place_of_file(model, path) {
        tabs::show_at(model, place);
        model.view.left = LeftTab::Scenarios;
    } else {
        model.folder.opening = Some(path.to_owned());
        model.folder.opens_by_itself = by_itself;
        read(model, path, Wanted::Scenario, ctx);
    }
    model.focus_next = Some(crate::gui::panels::left::scenarios::list_id());
}

/// A scenario was opened; if it was from the list, the next one from there takes its place.
pub fn opened(model: &mut Model, path: &Path) {
    if model.folder.opening.as_deref() == Some(path) {
        model.folder.opening = None;
        model.folder.preview = model.document.as_ref().map(|document| document.id);
        model.view.left = LeftTab::Scenarios;
        model.focus_next = Some(crate::gui::panels::left::scenarios::list_id());
    }
}

/// A scenario could not be opened. `true`: nobody asked for it, and its row says so.
pub fn not_opened(model: &mut Model, path: &Path) -> bool {
    let is_it = model.folder.opening.as_deref() == Some(path);
    is_it && model.folder.opening.take().is_some() && std::mem::take(&mut model.folder.opens_by_itself)
}

/// A new file with what is in front, its modules named from there.
fn new(model: &mut Model) {
    let Some(listing) = &model.folder.listing else { return };
    let chosen = model.folder.selected.as_deref().and_then(Path::parent);
    let folder = chosen.unwrap_or(&listing.root).to_owned();
    let place = folder.clone();
    let name = model.text().folder.new_name().to_owned();
    let open = model.document.as_ref();
    let mut scenario = open.map(|document| (*document.scenario).clone()).unwrap_or_default();
    let modules = open.map(|document| document.modules.clone()).unwrap_or_default();
    scenario.name = name;
    scenario.expect.clear();
    let make = move || {
        ModuleSource::name_from(&mut scenario, &modules, &folder);
        for (filter, module) in scenario.chain.iter_mut().zip(&modules) {
            if let ModuleSource::Embedded { bytes, .. } = module {
                filter.module = Some(Body(bytes.clone()));
            }
        }
        create(&folder, &scenario).map(Filed::Made)
    };
    model.folder.file(&place, make);
}

/// Files that are watched have changed: the list, scenarios in it, or modules.
pub fn files_changed(model: &mut Model, changes: &[Change]) {
    let Some(listing) = model.folder.listing.clone() else { return };
    let is_whole = |change: &&Change| change.what == What::Rewritten;
    let changed = |path: &Path| changes.iter().any(|change| change.path == path);
    let in_list = |path: &PathBuf| {
        listing.folders.contains(path) || listing.entries.iter().any(|entry| entry.path == *path)
    };
    if changes.iter().any(|change| in_list(&change.path)) {
        model.folder.list(&listing.root);
    }
    if model.folder.rounds.now.is_empty() || !model.settings.live {
        return;
    }
    let rebuilt = changes
        .iter()
        .filter(is_whole)
        .any(|change| listing.entries.iter().any(|entry| entry.modules.contains(&change.path)));
    if rebuilt {
        return run(model, true);
    }
    let edited: Vec<PathBuf> =
        listing.entries.iter().filter(|entry| changed(&entry.path)).map(|entry| entry.path.clone()).collect();
    // While everything is run anyway, they are among it.
    if !edited.is_empty() && model.folder.running.is_none() {
        model.folder.run(edited, false);
    }
}

/// Takes in what the threads of the folder report.
pub fn take(model: &mut Model, ctx: &Context) {
    while let Some(report) = model.folder.poll() {
        match report {
            Report::Listed(number, Ok(listing)) => {
                let is_first = model.folder.is_new;
                if model.folder.take_list(number, listing) {
                    model.folder.is_new = false;
                    if is_first {
                        arrived(model, ctx);
                    }
                }
            }
            Report::Listed(_, Err(error)) => {
                let said = said::system(model.text().language, &error);
                model.folder.failure = Some(said.clone());
                model.folder.is_new = false;
                let words = model.text().folder.cannot_list(&said);
                model.notify(Tone::Error, words);
            }
            Report::Checked(round, path, checked) => {
                model.folder.take_checked(round, path, *checked);
            }
            Report::Ended(round, took) => {
                if model.folder.take_end(round, took) {
                    ended(model);
                }
            }
            Report::Filed(filed, result) => take_filed(model, filed, result, ctx),
        }
    }
}

/// A folder was listed for the first time: one of its scenarios is shown, and all are run.
fn arrived(model: &mut Model, ctx: &Context) {
    let Some(listing) = model.folder.listing.clone() else { return };
    if listing.is_cut {
        model.notify(Tone::Warn, model.text().folder.is_cut(listing.entries.len()));
    }
    let is_listed = |path: &Path| listing.entries.iter().any(|entry| entry.path == path);
    let front = model.document.as_ref().and_then(|front| front.file_path()).map(Path::to_owned);
    match (front.filter(|path| is_listed(path)), listing.entries.iter().find(|entry| !entry.is_odd)) {
        (Some(front), _) => model.folder.selected = Some(front),
        (None, Some(first)) => {
            show_scenario(model, &first.path, true, ctx);
        }
        (None, None) => model.folder.selected = listing.entries.first().map(|entry| entry.path.clone()),
    }
    show(model);
    if model.settings.live {
        run(model, false);
    }
}

/// A round is over: says what a rebuild did.
fn ended(model: &mut Model) {
    watching::round_ended(model);
    if !model.folder.rounds.end() || model.folder.rounds.before.is_none() {
        return;
    }
    let tally = model.folder.rounds.tally();
    let text = model.text();
    if tally.fixed + tally.broken + tally.output > 0 {
        let words = crate::view::sentences::compare::folder_sentence(text.language, tally);
        model.offer(words.as_str(), text.folder.compare(), Command::CompareRuns);
    }
}

fn take_filed(model: &mut Model, filed: Filed, result: std::io::Result<()>, ctx: &Context) {
    model.folder.take_filed();
    let (text, language) = (model.text().folder, model.text().language);
    let name = |path: &Path| file_name(path).trim_end_matches(SUFFIX).to_owned();
    match (filed, result) {
        (Filed::Failed(path), Err(error)) => {
            let reason = match error.kind() {
                std::io::ErrorKind::AlreadyExists => text.name_taken().to_owned(),
                _ => said::system(language, &error),
            };
            model.notify(Tone::Error, text.not_done(&name(&path), &reason));
            return;
        }
        (Filed::Made(path), _) => {
            open(model, &path, ctx);
            model.folder.reveal = true;
        }
        (Filed::Renamed { from, to, on_disk }, _) => {
            model.folder.rounds.now.moved(&from, &to);
            if let Some(before) = &mut model.folder.rounds.before {
                before.moved(&from, &to);
            }
            if model.folder.selected.as_ref() == Some(&from) {
                model.folder.selected = Some(to.clone());
            }
            for document in model.all_documents_mut() {
                document.file_renamed(&from, &to, on_disk.as_deref());
            }
        }
        (Filed::Deleted(deleted), _) => {
            let trash = deleted.kept.parent().unwrap_or(&deleted.kept).display().to_string();
            let words = text.deleted(&name(&deleted.from), &trash);
            model.offer_for_a_minute(
                words,
                text.bring_back(),
                Command::Folder(FolderCommand::Restore(deleted)),
            );
        }
        (Filed::Restored(path), _) => {
            model.folder.selected = Some(path);
            model.folder.reveal = true;
        }
        (Filed::Failed(_), Ok(())) => {}
    }
    if let Some(root) = model.folder.listing.as_ref().map(|listing| listing.root.clone()) {
        model.folder.list(&root);
    }
}
