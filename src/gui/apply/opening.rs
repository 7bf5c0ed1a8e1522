//! What opens files: those that were chosen, dropped or typed, and what was read of them.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use egui::Context;

use super::{
    Looks, converting, editing, file_name, folder, keep_keyboard, keep_settings, now_in_seconds, open_folder,
    run, saving, set_body, sharing, tabs, waker, watching,
};
use crate::gui::dialogs::{Picked, Purpose};
use crate::gui::document::{Document, Origin};
use crate::gui::looking::FileKind;
use crate::gui::model::{Model, Overlay, PathFor};
use crate::gui::reading::{Content, LookFor, MAX_BODY, Wanted};
use crate::gui::saving::Overwrite;
use crate::gui::text::Text;
use crate::gui::theme::Tone;
use crate::samples;
use crate::view::sentences;

/// Most files that are opened together: each is a tab.
pub const MOST_FILES: usize = 20;

/// Opens what is at a path, as soon as it is known what that is.
pub fn open(model: &mut Model, path: &Path, ctx: &Context) {
    if let Some(name) = samples::name_in(path.as_os_str()) {
        match samples::named(name) {
            Some((sample, scenario)) => tabs::open(model, Document::sample_with(sample, scenario)),
            None => model.notify(Tone::Error, model.text().notices.no_sample(name)),
        }
    } else {
        look(model, path, LookFor::Open, ctx);
    }
}

/// Looks what a file is, and goes on from there.
pub fn look(model: &mut Model, path: &Path, why: LookFor, ctx: &Context) {
    read(model, path, Wanted::Look(why), ctx);
}

/// Begins to look which of the recent files are gone.
pub fn look_for_recent(model: &mut Model, ctx: &Context) {
    let paths: Vec<_> = model.settings.recent.iter().map(|recent| recent.path.clone()).collect();
    if !paths.is_empty() {
        model.looking.look_for(paths, waker(ctx));
    }
}

fn looked(model: &mut Model, path: &Path, why: LookFor, kind: FileKind, ctx: &Context) {
    match why {
        LookFor::Chain if kind == FileKind::Filter && model.document.is_some() => {
            editing::add_filter(model, path);
        }
        LookFor::Open | LookFor::Chain => open_as(model, path, kind, ctx),
        LookFor::Typed(purpose) => use_typed_file(model, path, purpose, kind, ctx),
    }
}

fn open_as(model: &mut Model, path: &Path, kind: FileKind, ctx: &Context) {
    if kind == FileKind::Folder {
        return open_folder(model, path);
    }
    if kind == FileKind::Missing {
        look_for_recent(model, ctx);
        return model.notify(Tone::Error, model.text().notices.no_file(&file_name(path)));
    }
    if let Some(place) = tabs::place_of_file(model, path) {
        model.settings.remember(path, now_in_seconds());
        tabs::show_at(model, place);
        // A module may have been built anew since.
        if model.document.as_ref().is_some_and(|open| matches!(open.origin, Origin::Module(_))) {
            run(model, true);
        }
        return;
    }
    match kind {
        FileKind::Shared => read(model, path, Wanted::Shared, ctx),
        FileKind::Scenario => read(model, path, Wanted::Scenario, ctx),
        FileKind::Foreign(_) => converting::open(model, path, ctx),
        FileKind::Filter if model.waits_for_filter() => editing::add_filter(model, path),
        // One that is nothing of all this says so when it is run.
        _ => {
            let like = model.document.as_ref().filter(|open| matches!(open.origin, Origin::Module(_)));
            let document = Document::module(path, like.map(|open| &*open.scenario));
            model.settings.remember(path, now_in_seconds());
            tabs::open(model, document);
        }
    }
}

/// Reads a file that the user chose; most are there at once, others when the window is woken.
pub fn read(model: &mut Model, path: &Path, wanted: Wanted, ctx: &Context) {
    model.reading.start(path, wanted, waker(ctx));
    if !take_content(model, ctx) && model.reading.is_under_way() {
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

/// Takes in what has been read and written meanwhile.
pub fn take_read(model: &mut Model, ctx: &Context) {
    let before = Looks::of(model);
    let was_open = model.overlay != Overlay::None;
    let has_news = take_content(model, ctx) | saving::take_saved(model) | converting::take(model);
    if has_news || !model.to_open.is_empty() {
        open_next(model, ctx);
        keep_settings(model, ctx, &before);
        keep_keyboard(model, ctx, was_open);
    }
}

/// Takes in a file that has been read meanwhile. `false`: none has.
pub fn take_content(model: &mut Model, ctx: &Context) -> bool {
    let Some((path, content)) = model.reading.poll() else { return false };
    match content {
        Content::Kind(why, kind) => looked(model, &path, why, kind, ctx),
        Content::Scenario(Ok(document)) => {
            model.settings.remember(&path, now_in_seconds());
            tabs::open(model, *document);
            folder::opened(model, &path);
        }
        Content::Shared(read) => sharing::opened(model, &path, read),
        Content::Scenario(Err(_)) if folder::not_opened(model, &path) => {}
        Content::Scenario(Err(error)) => {
            let language = model.text().language;
            let card = sentences::scenario::file_error(language, &error).of_file(language, &file_name(&path));
            model.overlay = Overlay::FileError(Box::new(card));
        }
        Content::Module(place, wanted, read) => editing::module_read(model, place, wanted, read),
        Content::TakenOut(place, written) => editing::module_taken_out(model, place, &path, written),
        Content::Anew(document, read) => saving::take_anew(model, document, &path, read),
        Content::Again(Ok(document)) => watching::scenario_read(model, &path, *document),
        Content::Again(Err(error)) => {
            let said = sentences::said::scenario_file(model.text().language, &error);
            watching::scenario_broken(model, &path, &said);
        }
        Content::Body(side, Ok(bytes)) => set_body(model, side, bytes),
        Content::Body(_, Err(error)) => {
            let text = model.text();
            let words = match error.kind() {
                ErrorKind::FileTooLarge => text.errors.body_too_large(&file_name(&path), MAX_BODY),
                _ => {
                    let said = sentences::said::system(text.language, &error);
                    text.errors.cannot_read(&file_name(&path), &said)
                }
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
        (Purpose::Share(what, _), Picked::File(path)) => sharing::save(model, *what, &path, true, ctx),
        (Purpose::AddFilter, Picked::File(path)) => editing::add_filter(model, &path),
        (Purpose::ReplaceModule(place), Picked::File(path)) => editing::replace_module(model, *place, &path),
        (Purpose::TakeModuleOut(place, _), Picked::File(path)) => {
            editing::write_module(model, *place, &path, true, ctx);
        }
        (Purpose::Export(format, _), Picked::File(path)) => {
            converting::export(model, *format, path, true, ctx)
        }
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

/// The file that somebody means who typed this.
fn typed_file(typed: &str) -> PathBuf {
    let typed = typed.trim().trim_matches('"');
    let from_home = typed
        .strip_prefix("~/")
        .and_then(|rest| directories::UserDirs::new().map(|folders| folders.home_dir().join(rest)));
    from_home.unwrap_or_else(|| typed.into())
}

pub fn use_typed_path(model: &mut Model, ctx: &Context) {
    let Overlay::TypedPath { path, purpose, problem } = &mut model.overlay else { return };
    let (file, purpose) = (typed_file(path), *purpose);
    if file.as_os_str().is_empty() {
        let words = Text::new(model.settings.language()).overlays.path_empty();
        *problem = Some(words.to_owned());
        return;
    }
    // What is written need not be there yet.
    match purpose {
        PathFor::Save => {
            model.overlay = Overlay::None;
            let file = saving::with_extension(file);
            let own = model.document.as_ref().and_then(|document| document.save_path());
            let is_own = own.is_some_and(|own| std::path::absolute(&file).is_ok_and(|file| file == own));
            let overwrite = if is_own { Overwrite::OwnFile } else { Overwrite::Nothing };
            saving::save_to(model, &file, overwrite, ctx);
        }
        PathFor::Export(format) => {
            model.overlay = Overlay::None;
            converting::export(model, format, file, false, ctx);
        }
        PathFor::Share(what) => {
            model.overlay = Overlay::None;
            sharing::save(model, what, &file, false, ctx);
        }
        PathFor::TakeModuleOut(place) => {
            model.overlay = Overlay::None;
            editing::write_module(model, place, &file, false, ctx);
        }
        PathFor::Open | PathFor::Body(_) | PathFor::AddFilter | PathFor::ReplaceModule(_) => {
            look(model, &file, LookFor::Typed(purpose), ctx);
        }
    }
}

/// It is known what is where a typed path leads, if that is what is still asked.
fn use_typed_file(model: &mut Model, file: &Path, purpose: PathFor, kind: FileKind, ctx: &Context) {
    let missing = model.text().overlays.path_missing();
    match &mut model.overlay {
        Overlay::TypedPath { path, purpose: asked, problem }
            if *asked == purpose && typed_file(path) == file =>
        {
            let does = kind.can_be_read() || (purpose == PathFor::Open && kind == FileKind::Folder);
            if !does {
                *problem = Some(missing.to_owned());
                return;
            }
        }
        _ => return,
    }
    model.overlay = Overlay::None;
    match purpose {
        PathFor::Body(side) => read(model, file, Wanted::Body(side), ctx),
        PathFor::AddFilter => editing::add_filter(model, file),
        PathFor::ReplaceModule(place) => editing::replace_module(model, place, file),
        _ => open_as(model, file, kind, ctx),
    }
}
