//! What opens files: those that were chosen, dropped or typed, and what was read of them.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use egui::Context;

use super::{
    Looks, converting, editing, file_name, folder, is_scenario, is_shared, keep_keyboard, keep_settings,
    kind_of, now_in_seconds, open_folder, run, saving, set_body, sharing, tabs, waker, watching,
};
use crate::gui::dialogs::{Picked, Purpose};
use crate::gui::document::{Document, Origin};
use crate::gui::model::{FileKind, Model, Overlay, PathFor};
use crate::gui::reading::{Content, MAX_BODY, Wanted};
use crate::gui::saving::Overwrite;
use crate::gui::theme::Tone;
use crate::samples;
use crate::view::sentences;

/// Most files that are opened together: each is a tab.
pub const MOST_FILES: usize = 20;

/// Opens a module or a scenario, told apart by what is in it.
pub fn open(model: &mut Model, path: &Path, ctx: &Context) {
    let text = model.text();
    let shown = file_name(path);
    if let Some(name) = samples::name_in(path.as_os_str()) {
        match samples::named(name) {
            Some((sample, scenario)) => tabs::open(model, Document::sample_with(sample, scenario)),
            None => model.notify(Tone::Error, text.notices.no_sample(name)),
        }
    } else if kind_of(path) == FileKind::Folder {
        open_folder(model, path);
    } else if !path.exists() {
        model.notify(Tone::Error, text.notices.no_file(&shown));
    } else if let Some(place) = tabs::place_of_file(model, path) {
        // A module may have been built anew since.
        let is_module = !is_scenario(path);
        model.settings.remember(path, now_in_seconds());
        tabs::show_at(model, place);
        if is_module {
            run(model, true);
        }
    } else if is_shared(path) {
        read(model, path, Wanted::Shared, ctx);
    } else if let FileKind::Foreign(_) = kind_of(path) {
        converting::open(model, path, ctx);
    } else if is_scenario(path) {
        read(model, path, Wanted::Scenario, ctx);
    } else if model.waits_for_filter() && kind_of(path) == FileKind::Filter {
        editing::add_filter(model, path);
    } else {
        let like = model.document.as_ref().filter(|open| matches!(open.origin, Origin::Module(_)));
        let document = Document::module(path, like.map(|open| &*open.scenario));
        model.settings.remember(path, now_in_seconds());
        tabs::open(model, document);
    }
}

/// Reads a file that the user chose; most are there at once, others when the window is woken.
pub fn read(model: &mut Model, path: &Path, wanted: Wanted, ctx: &Context) {
    model.reading.start(path, wanted, waker(ctx));
    take_content(model);
    if model.reading.is_under_way() {
        model.notify(Tone::Muted, model.text().notices.reading(&file_name(path)));
    }
}

/// Opens what was dropped together, as far as no file is waited for.
pub fn open_next(model: &mut Model, ctx: &Context) {
    while !model.reading.is_under_way()
        && !model.converting.is_under_way()
        && let Some(path) = model.to_open.pop_front()
    {
        open(model, &path, ctx);
    }
}

pub fn take_content(model: &mut Model) -> bool {
    let Some((path, content)) = model.reading.poll() else { return false };
    match content {
        Content::Scenario(Ok(document)) => {
            model.settings.remember(&path, now_in_seconds());
            tabs::open(model, *document);
            folder::opened(model, &path);
        }
        Content::Shared(read) => sharing::opened(model, &path, read),
        Content::Scenario(Err(error)) => {
            let card = sentences::scenario::file_error(model.text().language, &error);
            model.overlay = Overlay::FileError(Box::new(card));
        }
        Content::Module(place, wanted, read) => editing::module_read(model, place, wanted, read),
        Content::TakenOut(place, written) => editing::module_taken_out(model, place, &path, written),
        Content::Anew(document, read) => saving::take_anew(model, document, &path, read),
        Content::Again(Ok(document)) => watching::scenario_read(model, &path, *document),
        Content::Again(Err(error)) => {
            let words = model.text().watching.scenario_broken(&file_name(&path), &error.to_string());
            model.notify(Tone::Error, words);
        }
        Content::Body(side, Ok(bytes)) => set_body(model, side, bytes),
        Content::Body(_, Err(error)) => {
            let text = model.text();
            let words = match error.kind() {
                ErrorKind::FileTooLarge => text.errors.body_too_large(&file_name(&path), MAX_BODY),
                _ => text.errors.cannot_read(&file_name(&path), &error.to_string()),
            };
            model.notify(Tone::Error, words);
        }
    }
    true
}

pub fn open_sample(model: &mut Model, id: &str) {
    if let Some(sample) = samples::find(id) {
        tabs::open(model, Document::sample(sample));
    }
}

/// What a file dialog came to.
pub fn picked(model: &mut Model, purpose: &Purpose, picked: Picked, ctx: &Context) {
    let before = Looks::of(model);
    let was_open = model.overlay != Overlay::None;
    match (purpose, picked) {
        (_, Picked::Cancelled) => {}
        (Purpose::Folder, Picked::File(path)) => open_folder(model, &path),
        (Purpose::Open, Picked::File(path)) => open(model, &path, ctx),
        (Purpose::Body(side), Picked::File(path)) => read(model, &path, Wanted::Body(*side), ctx),
        (Purpose::SaveAs(_), Picked::File(path)) => {
            // The dialog has asked whether a file may be overwritten, if it was the name that was chosen.
            let whole = saving::with_extension(path.clone());
            let overwrite = if whole == path { Overwrite::Anything } else { Overwrite::Nothing };
            saving::save_to(model, &whole, overwrite, ctx);
        }
        (Purpose::Share(what, _), Picked::File(path)) => sharing::save(model, *what, &path, ctx),
        (Purpose::AddFilter, Picked::File(path)) => editing::add_filter(model, &path),
        (Purpose::ReplaceModule(place), Picked::File(path)) => editing::replace_module(model, *place, &path),
        (Purpose::TakeModuleOut(place, _), Picked::File(path)) => {
            editing::write_module(model, *place, &path, ctx);
        }
        (Purpose::Export(format, _), Picked::File(path)) => converting::export(model, *format, path, ctx),
        (purpose, Picked::Unavailable) => match purpose {
            Purpose::Export(format, name) => {
                ask_for_path(model, PathFor::Export(*format), Some(name.clone()));
            }
            Purpose::AddFilter => ask_for_path(model, PathFor::AddFilter, None),
            Purpose::ReplaceModule(place) => ask_for_path(model, PathFor::ReplaceModule(*place), None),
            Purpose::TakeModuleOut(place, name) => {
                ask_for_path(model, PathFor::TakeModuleOut(*place), Some(name.clone()));
            }
            Purpose::Open | Purpose::Folder => ask_for_path(model, PathFor::Open, None),
            Purpose::Body(side) => ask_for_path(model, PathFor::Body(*side), None),
            Purpose::SaveAs(name) => ask_for_path(model, PathFor::Save, Some(name.clone())),
            Purpose::Share(what, name) => ask_for_path(model, PathFor::Share(*what), Some(name.clone())),
        },
    }
    keep_settings(model, ctx, &before);
    keep_keyboard(model, ctx, was_open);
}

pub fn ask_for_path(model: &mut Model, purpose: PathFor, suggested: Option<String>) {
    model.overlay = Overlay::TypedPath { path: suggested.unwrap_or_default(), purpose, problem: None };
}

pub fn use_typed_path(model: &mut Model, ctx: &Context) {
    let Overlay::TypedPath { path, purpose, .. } = model.overlay.clone() else { return };
    let typed = path.trim().trim_matches('"');
    let home = directories::UserDirs::new().map(|folders| folders.home_dir().to_owned());
    let file = match (typed.strip_prefix("~/"), home) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => PathBuf::from(typed),
    };
    if purpose == PathFor::Save && !typed.is_empty() {
        model.overlay = Overlay::None;
        let file = saving::with_extension(file);
        let own = model.document.as_ref().and_then(|document| document.save_path());
        let is_own = own.is_some_and(|own| std::path::absolute(&file).is_ok_and(|file| file == own));
        let overwrite = if is_own { Overwrite::OwnFile } else { Overwrite::Nothing };
        saving::save_to(model, &file, overwrite, ctx);
    } else if let (PathFor::Export(format), false) = (purpose, typed.is_empty()) {
        model.overlay = Overlay::None;
        converting::export(model, format, file, ctx);
    } else if let (PathFor::Share(what), false) = (purpose, typed.is_empty()) {
        model.overlay = Overlay::None;
        sharing::save(model, what, &file, ctx);
    } else if let (PathFor::TakeModuleOut(place), false) = (purpose, typed.is_empty()) {
        model.overlay = Overlay::None;
        editing::write_module(model, place, &file, ctx);
    } else if file.is_file() || (purpose == PathFor::Open && file.is_dir()) {
        model.overlay = Overlay::None;
        match purpose {
            PathFor::Body(side) => read(model, &file, Wanted::Body(side), ctx),
            PathFor::AddFilter => editing::add_filter(model, &file),
            PathFor::ReplaceModule(place) => editing::replace_module(model, place, &file),
            PathFor::Open
            | PathFor::Save
            | PathFor::Share(_)
            | PathFor::TakeModuleOut(_)
            | PathFor::Export(_) => open(model, &file, ctx),
        }
    } else {
        let texts = model.text().overlays;
        let problem = if typed.is_empty() { texts.path_empty() } else { texts.path_missing() };
        model.overlay = Overlay::TypedPath { path, purpose, problem: Some(problem.to_owned()) };
    }
}
