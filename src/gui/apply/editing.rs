//! What the editors' commands do: the chain and its modules, requests, templates, expectations.

use std::io;
use std::path::Path;

use bytes::Bytes;
use egui::Context;

use super::{edit, file_name, look_at, show_center, show_left, show_lower, waker};
use crate::gui::commands::Command;
use crate::gui::dialogs::{Dialogs, Purpose};
use crate::gui::editing::{self, Chosen, ModuleUse};
use crate::gui::expecting;
use crate::gui::model::{CenterTab, LeftTab, LowerTab, Model, Overlay, Side, Writes};
use crate::gui::reading::Wanted;
use crate::gui::theme::Tone;
use crate::host::LoadError;
use crate::run::{ModuleSource, hash};
use crate::scenario::{Body, Expectation, Scenario};
use crate::templates;
use crate::view::mocks;
use crate::view::sentences::said;

/// Edits a copy of the scenario.
fn change(model: &mut Model, change: impl FnOnce(&mut Scenario)) {
    let Some(document) = &model.document else { return };
    let mut scenario = (*document.scenario).clone();
    change(&mut scenario);
    edit(model, scenario, None);
}

pub fn choose(model: &mut Model, chosen: Chosen) {
    model.view.editing.choose(chosen);
    if let Chosen::Request(_) = chosen {
        // What another body was taken for says nothing of this one.
        model.view.body_kinds = [None; 2];
    }
}

/// The body of the request that is edited, or of its reply.
pub fn set_body(model: &mut Model, side: Side, body: Body) {
    let view = model.view.editing;
    change(model, |scenario| {
        let place = view.request_of(scenario);
        match side {
            Side::Request => {
                let mut request = editing::request_at(scenario, place).message.clone();
                request.body = body;
                editing::set_request(scenario, place, request);
            }
            Side::Reply => {
                let mut reply = editing::reply_at(scenario, place).message.clone();
                reply.body = body;
                editing::set_reply(scenario, place, reply);
            }
        }
    });
}

/// A path as a scenario has it that may be saved anywhere.
fn absolute(path: &Path) -> String {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned()).to_string_lossy().into_owned()
}

pub fn add_filter(model: &mut Model, path: &Path) {
    let mut place = 0;
    change(model, |scenario| {
        place = scenario.chain.len();
        scenario.chain.push(editing::filter_at(&absolute(path)));
    });
    choose(model, Chosen::Filter(place));
    show_left(model, LeftTab::Config);
    let text = model.text();
    model.offer(text.config.added(&file_name(path)), text.findings.undo(), Command::Undo);
}

pub fn replace_module(model: &mut Model, place: usize, path: &Path) {
    change(model, |scenario| {
        let Some(filter) = scenario.chain.get_mut(place) else { return };
        filter.path = absolute(path);
        filter.module = None;
        filter.sha256 = String::new();
    });
}

fn module_of(model: &Model, place: usize) -> Option<&ModuleSource> {
    model.document.as_ref()?.modules.get(place)
}

/// Reads the module on a thread; [`module_read`] goes on from there.
pub fn use_module(model: &mut Model, place: usize, wanted: ModuleUse, ctx: &Context) {
    let Some(source) = module_of(model, place).cloned() else { return };
    let path = source.file().map(Path::to_owned).unwrap_or_default();
    // Which build it is to be is what is asked now.
    let source = match source {
        ModuleSource::Pinned { path, .. } => ModuleSource::File(path),
        other => other,
    };
    model.reading.start(&path, Wanted::Module(place, wanted, source), waker(ctx));
    super::take_content(model, ctx);
}

pub fn module_read(model: &mut Model, place: usize, wanted: ModuleUse, read: Result<Bytes, LoadError>) {
    let texts = model.text().config;
    let name = module_of(model, place).map(ModuleSource::name).unwrap_or_default();
    let bytes = match read {
        Ok(bytes) => bytes,
        Err(error) => return model.notify(Tone::Error, texts.module_not_read(&name, &error.to_string())),
    };
    change(model, |scenario| {
        let Some(filter) = scenario.chain.get_mut(place) else { return };
        match wanted {
            ModuleUse::Pin => filter.sha256 = hash(&bytes),
            ModuleUse::PutInside => {
                // The path is its name for people from now on.
                filter.path.clone_from(&name);
                filter.module = Some(Body(bytes));
                filter.sha256 = String::new();
            }
        }
    });
    let words = match wanted {
        ModuleUse::Pin => texts.pinned_now(&name),
        ModuleUse::PutInside => texts.inside_now(&name),
    };
    model.offer(words, model.text().findings.undo(), Command::Undo);
}

pub fn take_module_out(model: &mut Model, place: usize, ctx: &Context, dialogs: &mut dyn Dialogs) {
    let filter = model.document.as_ref().and_then(|open| open.scenario.chain.get(place));
    let Some(name) = filter.filter(|filter| filter.module.is_some()).map(|filter| filter.module_name())
    else {
        return;
    };
    dialogs.show(Purpose::TakeModuleOut(place, name), waker(ctx));
}

/// Writes the module on a thread; [`module_taken_out`] goes on from there. `replaces`: the user said that a file of that
/// name may be replaced.
pub fn write_module(model: &mut Model, place: usize, path: &Path, replaces: bool, ctx: &Context) {
    let filter = model.document.as_ref().and_then(|open| open.scenario.chain.get(place));
    let Some(module) = filter.and_then(|filter| filter.module.clone()) else { return };
    model.reading.start(path, Wanted::TakeOut(place, module.0, replaces), waker(ctx));
    super::take_content(model, ctx);
}

pub fn module_taken_out(model: &mut Model, place: usize, path: &Path, written: io::Result<()>) {
    let texts = model.text();
    if let Err(error) = written {
        if error.kind() == io::ErrorKind::AlreadyExists {
            model.overlay = Overlay::InTheWay { path: path.to_owned(), writes: Writes::Module(place) };
            return;
        }
        return model.notify(Tone::Error, texts.notices.not_saved(&said::system(texts.language, &error)));
    }
    replace_module(model, place, path);
    model.offer(texts.config.taken_out(&file_name(path)), texts.findings.undo(), Command::Undo);
}

/// Shows a request of the run in the centre; one can come back from there.
pub fn look_at_request(model: &mut Model, exchange: usize) {
    super::leave(model);
    look_at(model, exchange);
    if !matches!(model.view.center, CenterTab::Timeline | CenterTab::HostCalls | CenterTab::Stream) {
        show_center(model, CenterTab::Changes);
    } else if let Some(run) = &model.runs.current {
        model.view.event = run.trace.begin_of(exchange);
        model.view.reveal = true;
    }
}

/// Shows the request that is looked at in the editor.
pub fn edit_looked_at(model: &mut Model) {
    let Some(document) = &model.document else { return };
    let place = editing::place_of(&document.scenario, model.runs.exchange());
    choose(model, Chosen::Request(place));
    show_left(model, LeftTab::Request);
}

pub fn use_template(model: &mut Model, place: usize) {
    model.overlay = Overlay::None;
    let Some(template) = templates::all().get(place) else { return };
    change(model, |scenario| *scenario = template.apply(scenario));
    choose(model, Chosen::Request(0));
    model.runs.due = Some(model.now);
    let text = model.text();
    let words = text.templates.used(template.name(text.language));
    model.offer(words, text.findings.undo(), Command::Undo);
}

/// Whether a mock would help the callout that is chosen.
pub fn can_mock(model: &Model) -> bool {
    expecting::callout(model).is_some()
}

/// Runs again with a mock for the callout that is chosen.
pub fn make_mock(model: &mut Model) {
    let (Some(run), Some(event)) = (model.runs.current.clone(), expecting::callout(model)) else { return };
    let upstream = mocks::upstream(&run.trace, event).unwrap_or_default();
    change(model, |scenario| {
        if let Some(made) = mocks::with_mock(&run.trace, scenario, event) {
            *scenario = made;
        }
    });
    choose(model, Chosen::Mock(0));
    model.runs.due = Some(model.now);
    // Another run, another course of events.
    model.view.event = None;
    let text = model.text();
    model.offer(text.mocks.made(&upstream), text.findings.undo(), Command::Undo);
}

/// Whether something is chosen of which there can be an expectation.
pub fn can_expect(model: &Model) -> bool {
    expecting::chosen(model).is_some()
}

pub fn expect_this(model: &mut Model) {
    if let Some(expectation) = expecting::chosen(model) {
        expect(model, expectation);
    }
}

/// Adds an expectation, unless there is the same already; shows it in its list when that is open.
pub fn expect(model: &mut Model, expectation: Expectation) {
    let Some(document) = &model.document else { return };
    let known = document.scenario.expect.iter().position(|other| *other == expectation);
    let text = model.text();
    let words = crate::view::sentences::expectation::notation(&expectation);
    let place = known.unwrap_or(document.scenario.expect.len());
    choose(model, Chosen::Expectation(place));
    if known.is_some() {
        let show = text.command(&Command::ShowExpectations).into_owned();
        return model.offer(text.expectations.known(&words), show, Command::ShowExpectations);
    }
    change(model, |scenario| scenario.expect.push(expectation));
    if model.view.lower == LowerTab::Expectations {
        show_lower(model, LowerTab::Expectations);
    }
    model.offer(text.expectations.added(&words), text.findings.undo(), Command::Undo);
}
