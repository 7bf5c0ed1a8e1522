//! A TCP connection in place of the request: what its two ends do, step by step.

use egui::{Id, Ui, UiBuilder};

use super::{Tabs, bodies, form};
use crate::gui::{
    commands::Command,
    editing::Chosen,
    text::{Text, bytes},
    theme::{Icon, Tone, space},
    widgets::{
        BodyEditor, Dropdown, EDIT_LIMIT, MenuButton, OrderChange, OrderList, OrderRow, SectionHead,
        Segmented, link, prose,
    },
};
use crate::run::Place;
use crate::scenario::{Body, Connection, ConnectionFailure, ConnectionStep, Peer, Scenario};
use crate::view::diff::visible;

/// Longest text of a step, in bytes.
const MOST_TEXT: usize = 80;
const BODY_HEIGHT: f32 = 96.0;

const FAILURES: [Option<ConnectionFailure>; 3] =
    [None, Some(ConnectionFailure::ConnectionFailure), Some(ConnectionFailure::NoEndpoint)];

/// How a step ends; the order of the list.
const ENDS: [(bool, bool, bool); 4] =
    [(false, false, false), (true, false, false), (false, true, false), (false, false, true)];

pub fn show(ui: &mut Ui, tabs: &mut Tabs<'_>, scenario: &mut Scenario) {
    let texts = tabs.text.message;
    let Some(connection) = &mut scenario.connection else { return };
    steps(ui, tabs, connection);
    bodies::rule(ui);
    let names = [texts.upstream_answers(), texts.upstream_refuses(), texts.upstream_has_none()];
    let selected = FAILURES.iter().position(|known| *known == connection.fails).unwrap_or_default();
    form::row(ui, texts.upstream(), |ui| {
        if let Some(chosen) = Dropdown::new(texts.upstream(), &names, selected).field(form::WIDE).show(ui) {
            connection.fails = FAILURES[chosen];
            tabs.edits.made(true);
        }
        None
    });
    let failure = connection.fails.map(|failure| match failure {
        ConnectionFailure::ConnectionFailure => texts.connection_refused(),
        ConnectionFailure::NoEndpoint => texts.connection_no_endpoint(),
    });
    if let Some(failure) = failure {
        prose(ui, failure, Tone::Text);
    }
    ui.add_space(space::S);
    prose(ui, texts.connection_hint(), Tone::Muted);
    if link(ui, texts.request_instead(), None).clicked() {
        scenario.connection = None;
        tabs.edits.made(true);
    }
}

fn steps(ui: &mut Ui, tabs: &mut Tabs<'_>, connection: &mut Connection) {
    let texts = tabs.text.message;
    let count = connection.steps.len().to_string();
    let rect = SectionHead::new(texts.connection()).summary(&count).show(ui).rect;
    let options = [texts.client_sends(), texts.upstream_sends()];
    let mut child = ui.new_child(UiBuilder::new().max_rect(form::at_end(ui, rect)));
    let chosen = tabs.model.view.editing.step.min(connection.steps.len().saturating_sub(1));
    if let Some(added) = MenuButton::new(Icon::Plus, texts.add_step(), &options).show(&mut child) {
        let from = if added == 0 { Peer::Client } else { Peer::Upstream };
        let place = if connection.steps.is_empty() { 0 } else { chosen + 1 };
        connection.steps.insert(place, step(from));
        tabs.edits.made(true);
        tabs.out.push(Command::Choose(Chosen::Step(place)));
    }
    let list =
        OrderList::new(Id::unique("steps"), texts.steps(), connection.steps.len(), chosen, texts.no_steps());
    let change = list.show(ui, |place| row(tabs, connection, place));
    if let Some(change) = change {
        tabs.edits.made(!matches!(change, OrderChange::Select(_)));
        if let Some(place) = change.apply_to(&mut connection.steps) {
            tabs.out.push(Command::Choose(Chosen::Step(place)));
        }
    }
    let chosen = chosen.min(connection.steps.len().saturating_sub(1));
    if let Some(step) = connection.steps.get_mut(chosen) {
        ui.add_space(space::S);
        step_form(ui, tabs, chosen, step);
    }
}

fn step(from: Peer) -> ConnectionStep {
    ConnectionStep {
        from,
        after_ms: 0,
        send: Some("hello\n".into()),
        end: false,
        close: false,
        reset: false,
        unknown: Default::default(),
    }
}

fn step_form(ui: &mut Ui, tabs: &mut Tabs<'_>, place: usize, step: &mut ConnectionStep) {
    let texts = tabs.text.message;
    form::row(ui, texts.step_from(), |ui| {
        let names = [texts.step_client_short(), texts.step_upstream_short()];
        let selected = usize::from(step.from == Peer::Upstream);
        if let Some(chosen) = Segmented::new(texts.step_from(), &names, selected).show(ui) {
            step.from = if chosen == 0 { Peer::Client } else { Peer::Upstream };
            tabs.edits.made(true);
        }
        None
    });
    let after = form::Value {
        id: Id::unique(("step after", place)),
        label: texts.after(),
        name: texts.step_after(),
        wrong: texts.invalid_duration(),
        unit: "",
        width: 88.0,
        parse: form::parse_ms,
        format: form::format_ms,
    };
    form::value_row(ui, &mut tabs.edits, &mut step.after_ms, after);
    let ends = [texts.step_goes_on(), texts.step_ends(), texts.step_closes(), texts.step_resets()];
    let now = (step.end, step.close, step.reset);
    // Several ways at once are a mistake, which is said below.
    let selected = ENDS.iter().position(|way| *way == now).unwrap_or(ENDS.len());
    form::row(ui, texts.step_then(), |ui| {
        let list = Dropdown::new(texts.step_then(), &ends, selected).field(form::WIDE);
        if let Some((end, close, reset)) = list.show(ui).and_then(|chosen| ENDS.get(chosen)) {
            (step.end, step.close, step.reset) = (*end, *close, *reset);
            tabs.edits.made(true);
        }
        None
    });
    tabs.explain(ui, tabs.problem(Place::ConnectionStep(place)).as_deref());
    let size = step.send.as_ref().map(|body| bytes(body.len() as u64)).unwrap_or_default();
    SectionHead::new(texts.step_bytes()).summary(&size).show(ui);
    let sent = step.send.clone().unwrap_or_default();
    match Some(&sent).filter(|sent| sent.len() <= EDIT_LIMIT).and_then(Body::text) {
        Some(text) => {
            let mut text = text.to_owned();
            let id = Id::unique(("step bytes", place));
            let editor = BodyEditor::new(id, texts.step_bytes(), &mut text).height(BODY_HEIGHT);
            if editor.show(ui).changed() {
                step.send = (!text.is_empty()).then(|| text.into());
                tabs.edits.typed(true);
            }
        }
        None => {
            let words = visible(&sent.0, MOST_TEXT).text;
            prose(ui, &words, Tone::Text);
            prose(ui, &texts.not_text(&size), Tone::Muted);
        }
    }
}

fn row(tabs: &Tabs<'_>, connection: &Connection, place: usize) -> OrderRow {
    let Some(step) = connection.steps.get(place) else { return OrderRow::default() };
    let words = words(tabs.text, place, step);
    let problem = tabs.problem(Place::ConnectionStep(place));
    let spoken = match &problem {
        Some(problem) => tabs.text.widgets.sentences(&words, problem),
        None => words.clone(),
    };
    OrderRow { words, spoken, mark: problem.map(|_| (Icon::Cross, Tone::Error)), ..OrderRow::default() }
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
