//! Files of other tools: what is opened, dropped or pasted, and what is exported.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use egui::Context;

use super::super::converting::{Done, Exporting, Job, Read};
use super::super::dialogs::{Dialogs, Purpose};
use super::super::document::Document;
use super::super::model::{LeftTab, Model, Overlay, Writes};
use super::super::theme::Tone;
use super::{edit, file_name, now_in_seconds, saving, show_left, tabs, waker};
use crate::convert::{Format, LeftOut, Reason};
use crate::gui::commands::Command;
use crate::scenario::{Reply, Scenario};
use crate::view::Text;
use crate::view::sentences::convert as words;

/// What can be exported, in the order in which it is offered. A run is shared and reported by commands of their own.
pub const EXPORTS: [Format; 13] = [
    Format::Curl,
    Format::Har,
    Format::Hurl,
    Format::Http,
    Format::Envoy,
    Format::WasmPlugin,
    Format::TrafficExtension,
    Format::EnvoyFilter,
    Format::Policy,
    Format::Higress,
    Format::Oci,
    Format::Suite,
    Format::FastEdge,
];

/// Opens a file that is neither a module nor a scenario.
pub fn open(model: &mut Model, path: &Path, ctx: &Context) {
    model.converting.start(Job::Open(path.to_owned()), waker(ctx));
    take(model);
    if model.converting.is_under_way() {
        model.notify(Tone::Muted, model.text().notices.reading(&file_name(path)));
    }
}

/// Reads what was pasted. A text that is none of the formats is nobody's mistake: it was meant for a field.
pub fn paste(model: &mut Model, text: String, ctx: &Context) {
    if Format::of("", text.as_bytes()).is_none() {
        return model.notify(Tone::Muted, model.text().convert.not_pasted());
    }
    model.converting.start(Job::Paste(text), waker(ctx));
    take(model);
}

/// Asks where to write what is open.
pub fn ask(model: &mut Model, format: Format, ctx: &Context, dialogs: &mut dyn Dialogs) {
    model.overlay = Overlay::None;
    let Some(document) = &model.document else { return };
    let name = document.suggested_name();
    let stem = name.strip_suffix(".scenario.json").unwrap_or(&name);
    dialogs.show(Purpose::Export(format, format!("{stem}{}", format.extension())), waker(ctx));
}

/// Writes what is open. `replaces`: the user said that a file of that name may be replaced.
pub fn export(model: &mut Model, format: Format, path: PathBuf, replaces: bool, ctx: &Context) {
    let Some(document) = &model.document else { return };
    let (path, replaces) = match path.extension() {
        Some(_) => (path, replaces),
        // Nobody was asked about the file of that name.
        None => (PathBuf::from(format!("{}{}", path.display(), format.extension())), false),
    };
    let exporting = Exporting {
        document: document.id,
        format,
        path,
        replaces,
        scenario: document.scenario.clone(),
        modules: document.modules.clone(),
        language: model.text().language,
    };
    model.converting.start(Job::Export(Box::new(exporting)), waker(ctx));
    take(model);
}

/// Takes in what is done. `false`: nothing is.
pub fn take(model: &mut Model) -> bool {
    let Some(done) = model.converting.poll() else { return false };
    let language = model.text().language;
    match done {
        Done::Read(_, Ok(read)) => take_in(model, *read),
        Done::Read(Some(path), Err(error)) => {
            let card = words::error(language, &error).of_file(language, &file_name(&path));
            model.overlay = Overlay::FileError(Box::new(card));
        }
        Done::Read(None, Err(error)) => {
            model.overlay = Overlay::NotDone(Box::new(words::error(language, &error)), None);
        }
        Done::Written { format, path, result: Err(error) } => {
            let card = words::error(language, &error);
            // What is wrong with what is to be written is not wrong with where.
            let (card, next) = match error.reason {
                Reason::File(_) | Reason::FolderTaken => {
                    (card.of_file(language, &file_name(&path)), Some(Command::ExportAs(format)))
                }
                Reason::NoFilter => (card, Some(Command::AddFilter)),
                _ => (card, None),
            };
            model.overlay = Overlay::NotDone(Box::new(card), next.map(Box::new));
        }
        Done::InTheWay { document, format, path } => {
            saving::ask_about(model, document, path, Writes::Export(format));
        }
        Done::Written { path, result: Ok(left_out), .. } => {
            let name = file_name(&path);
            model.notify(Tone::Ok, model.text().notices.saved_as(&name));
            list(model, &name, left_out);
        }
    }
    true
}

fn take_in(model: &mut Model, read: Read) {
    let text = model.text();
    let what = words::format(text.language, read.format);
    if let Some(path) = read.path.as_ref().filter(|_| !read.is_folder) {
        model.settings.remember(path, now_in_seconds());
    }
    let of = read.path.as_deref().map_or_else(|| what.to_owned(), file_name);
    match read.traffic {
        Some(traffic) if model.document.is_some() => {
            replace_traffic(model, traffic);
            let undo = text.notices.undo();
            model.offer(text.convert.request_replaced(what), undo, Command::Undo);
        }
        Some(traffic) => {
            let from = read.path.unwrap_or_default();
            tabs::open(model, Document::imported(traffic, &from));
            model.notify(Tone::Muted, text.convert.drop_a_filter());
        }
        None => {
            read.documents.into_iter().for_each(|document| tabs::open(model, document));
            model.notify(Tone::Ok, text.convert.opened(what));
        }
    }
    list(model, &of, read.left_out);
}

/// Puts requests, and answers where there are any, in the place of those of what is open, in one step.
fn replace_traffic(model: &mut Model, traffic: Scenario) {
    let Some(document) = &model.document else { return };
    let mut scenario = (*document.scenario).clone();
    scenario.connection = None;
    scenario.request = traffic.request;
    scenario.repeat = traffic.repeat;
    scenario.then = traffic.then;
    // A format without answers gives the plain one.
    if traffic.reply != Reply::default() {
        scenario.reply = traffic.reply;
    }
    scenario.proxy.downstream = traffic.proxy.downstream;
    scenario.limits.client_ms = scenario.limits.client_ms.max(traffic.limits.client_ms);
    scenario.expect.extend(traffic.expect);
    edit(model, scenario, None);
    show_left(model, LeftTab::Request);
}

/// Offers to show what of a file was not carried over.
fn list(model: &mut Model, of: &str, left_out: Vec<LeftOut>) {
    if left_out.is_empty() {
        return;
    }
    let text = model.text();
    let lines: Arc<[Text]> = left_out.iter().map(|item| words::left_out_line(text.language, item)).collect();
    // Chinese is twice as wide.
    let width = |line: &Text| line.as_str().chars().map(|c| if c.is_ascii() { 1 } else { 2 }).sum();
    let widest = lines.iter().map(width).max().unwrap_or(0);
    let show = Command::SetOverlay(Overlay::LeftOut { lines, widest, selected: 0 });
    model.offer(text.convert.left_out(of, left_out.len()), text.convert.show(), show);
}
