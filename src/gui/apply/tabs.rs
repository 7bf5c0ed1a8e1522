//! What opens scenarios in tabs, goes from one to another, and closes them.

use std::path::Path;

use crate::gui::document::{Document, Origin};
use crate::gui::model::{Model, Overlay, Region, View};
use crate::gui::runs::Results;
use crate::gui::tabs::Tab;
use crate::trace::Outcome;

/// Opens a document in a tab of its own, behind the one in front, and runs it. A tab in which there is nothing to lose gives
/// its place to the new one: a bundled sample, or what could not be run, as long as nobody has edited it.
pub fn open(model: &mut Model, document: Document) {
    let tab = Tab::new(document, View::like(&model.view), Results::none(model.runs.bodies()));
    let gives_way = model.document.as_ref().is_some_and(|front| {
        let is_preview = model.folder.preview == Some(front.id) && model.folder.opening.is_some();
        !front.is_changed() && (is_preview || matches!(front.origin, Origin::Sample(_)) || is_refused(model))
    });
    let place = model.tabs.place();
    match model.document.is_some() && !gives_way {
        true => model.put_in_front(place + 1, tab),
        false => {
            let before = model.take_front();
            model.put_in_front(place, tab);
            before.into_iter().for_each(|before| keep(model, before));
        }
    }
    model.start_run(false);
    arrive(model);
}

fn is_refused(model: &Model) -> bool {
    matches!(model.runs.current.as_ref().map(|run| &run.trace.outcome), Some(Outcome::Refused { .. }))
}

/// The tab of a file that is open already.
pub fn place_of_file(model: &Model, path: &Path) -> Option<usize> {
    let path = std::path::absolute(path).ok()?;
    model.documents().position(|document| document.file_path() == Some(&path))
}

/// Brings a tab to the front.
pub fn show_at(model: &mut Model, place: usize) {
    model.overlay = Overlay::None;
    if model.bring_to_front(place) {
        arrive(model);
    }
}

/// The next tab in the row, or the one before; after the last comes the first.
pub fn next(model: &mut Model, step: isize) {
    let count = model.tab_count().max(1) as isize;
    let place = (model.tabs.place() as isize + step).rem_euclid(count);
    show_at(model, place as usize);
}

/// Moves the tab in front in the row.
pub fn shift(model: &mut Model, step: isize) {
    let from = model.tabs.place();
    if let Some(to) = from.checked_add_signed(step) {
        model.move_tab(from, to);
    }
}

/// Closes a tab. With the last one goes what was shown of it.
pub fn close(model: &mut Model, place: usize) {
    let was_front = place == model.tabs.place();
    let Some(closed) = model.take_tab(place) else { return };
    let name = closed.document.title();
    let is_edited = closed.document.is_changed();
    keep(model, closed);
    if is_edited {
        let texts = model.text().notices;
        model.offer(texts.put_aside(&name), texts.bring_back(), super::Command::ReopenClosed);
    }
    if model.document.is_none() {
        model.layout.presentation = false;
    }
    if was_front {
        arrive(model);
    }
}

/// Keeps a closed tab, so that nobody loses an edit or a step back. One that could not be run and was not edited is nothing
/// to come back to.
fn keep(model: &mut Model, closed: Tab) {
    let is_refused = matches!(closed.results.outcome(), Some(Outcome::Refused { .. }));
    if closed.document.is_changed() || !is_refused {
        model.tabs.keep_closed(closed);
    }
}

/// Opens the tab again that was closed last; if its file was opened meanwhile, goes there.
pub fn reopen(model: &mut Model) {
    let Some(tab) = model.tabs.take_closed() else { return };
    let open = tab.document.file_path().and_then(|path| place_of_file(model, path));
    match open.filter(|_| !tab.document.is_changed()) {
        Some(place) => show_at(model, place),
        None => {
            let place = model.tabs.place() + usize::from(model.document.is_some());
            model.put_in_front(place, tab);
            arrive(model);
        }
    }
}

/// Another scenario is in front: what is still being read was meant for the one before, and the keyboard goes to its
/// contents.
fn arrive(model: &mut Model) {
    model.overlay = Overlay::None;
    model.reading.forget_part();
    model.region = Region::Center;
    model.focus_next = Some(Region::Center.entry());
}
