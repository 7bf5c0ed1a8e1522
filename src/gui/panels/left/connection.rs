//! A TCP connection in place of the request: what its two ends do, to be read here and edited in the scenario file.

use egui::Ui;

use super::Tabs;
use crate::gui::{
    text::{Text, bytes},
    theme::{Tone, space},
    widgets::{prose, strong_label},
};
use crate::run::Place;
use crate::scenario::{Connection, ConnectionFailure, ConnectionStep, Peer};
use crate::view::diff::visible;

/// Most steps that are listed.
const MOST_STEPS: usize = 100;
/// Longest text of a step, in bytes.
const MOST_TEXT: usize = 80;

pub fn show(ui: &mut Ui, tabs: &mut Tabs<'_>, connection: &Connection) {
    let texts = tabs.text.message;
    strong_label(ui, texts.connection());
    prose(ui, texts.connection_hint(), Tone::Muted);
    ui.add_space(space::S);
    let failure = connection.fails.map(|failure| match failure {
        ConnectionFailure::ConnectionFailure => texts.connection_refused(),
        ConnectionFailure::NoEndpoint => texts.connection_no_endpoint(),
    });
    if let Some(failure) = failure {
        prose(ui, failure, Tone::Text);
    }
    for (index, step) in connection.steps.iter().take(MOST_STEPS).enumerate() {
        prose(ui, &words(tabs.text, index, step), Tone::Text);
        tabs.explain(ui, tabs.problem(Place::ConnectionStep(index)).as_deref());
    }
    if let Some(more) = connection.steps.len().checked_sub(MOST_STEPS).filter(|more| *more > 0) {
        prose(ui, &texts.connection_more(more), Tone::Muted);
    }
}

/// `2. upstream, after 100 ms: sends 5 B "hello", ends`
fn words(text: Text, index: usize, step: &ConnectionStep) -> String {
    let texts = text.message;
    let who = match step.from {
        Peer::Client => texts.step_client(),
        Peer::Upstream => texts.step_upstream(),
    };
    let sends = step.send.as_ref().map(|body| {
        let shown = visible(&body.0, MOST_TEXT);
        let more = if shown.is_cut { "…" } else { "" };
        texts.step_sends(&bytes(body.len() as u64), &format!("{}{more}", shown.text))
    });
    let ends =
        [(step.end, texts.step_ends()), (step.close, texts.step_closes()), (step.reset, texts.step_resets())];
    let ends = ends.into_iter().filter(|(is_so, _)| *is_so).map(|(_, word)| word.to_owned());
    let what: Vec<String> = sends.into_iter().chain(ends).collect();
    texts.step(index + 1, who, step.after_ms, &what.join(texts.step_and()))
}
