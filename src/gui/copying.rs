//! What is put on the clipboard: the request for other tools, the run for people and programs.

mod parts;

use std::ffi::OsString;

use egui::Context;

use super::commands::Command;
use super::document::{Document, Origin};
use super::model::Model;
use super::panels::center::compare;
use super::theme::Tone;
use crate::cli;
use crate::samples;
use crate::view::markdown::{self, Report};
use crate::view::request::{self, Copied};

pub use parts::{Copy, after, has_row, value};

/// Largest trace that is made into JSON while the window waits, in bytes of the trace.
const MOST_TRACE: usize = 8 << 20;

/// Carries one of the copying commands out.
pub fn copy(model: &mut Model, command: &Command, ctx: &Context) {
    let texts = model.text().notices;
    let masks = model.hides_secrets();
    match command {
        Command::CopyCurl | Command::CopyHttp => {
            let Some(document) = &model.document else { return };
            let (make, what): (fn(_, _) -> _, _) = match command {
                Command::CopyCurl => (request::curl, texts.copied_request_curl()),
                _ => (request::http, texts.copied_request_http()),
            };
            let Copied { text, is_masked } = make(&document.scenario.request, masks);
            ctx.copy_text(text);
            say(model, what, is_masked);
        }
        Command::CopyStory => {
            let Some(text) = story(model) else { return };
            let is_masked = masks && story_differs(model, &text);
            ctx.copy_text(text);
            say(model, texts.copied_story(), is_masked);
        }
        Command::CopyComparison => {
            let Some(text) = compare::said(model, || model.folder.rounds.tally()) else { return };
            ctx.copy_text(text);
            say(model, texts.copied_comparison(), false);
        }
        Command::CopyJson => copy_json(model, ctx),
        Command::CopyCommandLine => match model.document.as_ref().map(command_line) {
            Some(Some(text)) => {
                ctx.copy_text(text);
                let what = texts.copied_command_line();
                // Without them it would be another run.
                let has_secrets = masks
                    && model
                        .document
                        .as_ref()
                        .is_some_and(|open| request::curl(&open.scenario.request, true).is_masked);
                let words = if has_secrets { texts.copied_with_secrets(what) } else { texts.copied(what) };
                model.notify(Tone::Ok, words);
            }
            Some(None) => {
                let save = model.text().command(&Command::Save).into_owned();
                model.offer(texts.command_line_needs_file(), save, Command::Save);
            }
            None => {}
        },
        _ => {}
    }
}

fn say(model: &mut Model, what: &str, is_masked: bool) {
    let texts = model.text().notices;
    let words = if is_masked { texts.copied_masked(what) } else { texts.copied(what) };
    model.notify(Tone::Ok, words);
}

/// What is to be seen of the run, as Markdown.
fn story(model: &Model) -> Option<String> {
    markdown_of(model, model.hides_secrets())
}

fn markdown_of(model: &Model, masks: bool) -> Option<String> {
    let run = model.runs.current.as_deref()?;
    let report = Report {
        trace: &run.trace,
        scenario: &run.scenario,
        changes: &run.changes,
        exchange: run.exchange,
        masks,
    };
    Some(markdown::report(model.text().language, &report))
}

/// Whether the text would be another one without the mask.
fn story_differs(model: &Model, masked: &str) -> bool {
    markdown_of(model, false).is_some_and(|open| open != masked)
}

fn copy_json(model: &mut Model, ctx: &Context) {
    let texts = model.text().notices;
    let Some(run) = model.runs.current.as_deref() else { return };
    let size = run.trace.size();
    if size > MOST_TRACE {
        return model.notify(Tone::Warn, texts.json_too_large(size as u64));
    }
    ctx.copy_text(cli::as_json(&run.trace, &run.scenario));
    say(model, texts.copied_json(), false);
}

/// What to type in a terminal for the same run; `None`: the scenario has to be saved first.
fn command_line(document: &Document) -> Option<String> {
    let args =
        targets(document).into_iter().find_map(|target| cli::command_line(&target, &document.scenario))?;
    let words = args.iter().map(|arg| request::quoted(arg.as_encoded_bytes()));
    Some(std::iter::once("filterlab".to_owned()).chain(words).collect::<Vec<_>>().join(" "))
}

/// What `filterlab run` could start from, the best first.
fn targets(document: &Document) -> Vec<OsString> {
    let absolute = |path: &std::path::Path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    match &document.origin {
        Origin::File(path) | Origin::Module(path) => vec![absolute(path).into_os_string()],
        // No option says what is in it.
        Origin::Imported(_) => Vec::new(),
        Origin::Sample(id) => {
            let mut targets = vec![format!("sample:{id}")];
            let scenarios = samples::find(id).into_iter().flat_map(|sample| &sample.scenarios);
            // An untouched scenario of the sample needs no options.
            for found in scenarios {
                let target = format!("sample:{id}/{}", found.name);
                let is_it = found.scenario == *document.scenario;
                if is_it && found.name != *id {
                    targets.insert(0, target);
                }
            }
            targets.into_iter().map(OsString::from).collect()
        }
    }
}
