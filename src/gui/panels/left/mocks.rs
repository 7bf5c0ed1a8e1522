//! Mocks: what other upstreams answer when a filter calls them.

use egui::{Id, Ui, UiBuilder};

use super::{
    Tabs, form,
    lines::{self, Words},
};
use crate::gui::{
    commands::Command,
    editing::Chosen,
    text::{Text, bytes, duration},
    theme::{Icon, Tone, space},
    widgets::{
        BodyEditor, CheckBox, ComboField, Dropdown, EDIT_LIMIT, IconButton, MenuButton, OrderChange,
        OrderList, OrderRow, SectionHead, TextField, prose, tooltip,
    },
};
use crate::run::Place;
use crate::scenario::{Body, Callout, CalloutAnswer, CalloutFailure, Scenario};

const BODY_HEIGHT: f32 = 84.0;
const METHODS: [&str; 5] = ["GET", "POST", "PUT", "PATCH", "DELETE"];
const FAILURES: [Option<CalloutFailure>; 5] = [
    None,
    Some(CalloutFailure::Silence),
    Some(CalloutFailure::Reset),
    Some(CalloutFailure::ConnectionFailure),
    Some(CalloutFailure::NoEndpoint),
];

pub fn show(ui: &mut Ui, tabs: &mut Tabs<'_>, scenario: &mut Scenario) {
    let texts = tabs.text.mocks;
    let callouts = &mut scenario.callouts;
    let rect = SectionHead::new(texts.title()).summary(&callouts.len().to_string()).show(ui).rect;
    let mut child = ui.new_child(UiBuilder::new().max_rect(form::at_end(ui, rect)));
    let options = [texts.add_http(), texts.add_grpc(), texts.add_template()];
    let added = match MenuButton::new(Icon::Plus, texts.add(), &options).show(&mut child) {
        Some(0) => Some(new_mock(false)),
        Some(1) => Some(new_mock(true)),
        Some(_) => {
            tabs.out.push(Command::ShowTemplates);
            None
        }
        None => None,
    };
    if let Some(added) = added {
        callouts.push(added);
        tabs.edits.made(true);
        tabs.out.push(Command::Choose(Chosen::Mock(callouts.len() - 1)));
    }
    let chosen = tabs.model.view.editing.mock.min(callouts.len().saturating_sub(1));
    let list = OrderList::new(Id::unique("mocks"), texts.title(), callouts.len(), chosen, texts.none());
    let change = list.show(ui, |place| row(tabs, &callouts[place], place));
    if let Some(change) = change {
        tabs.edits.made(!matches!(change, OrderChange::Select(_)));
        if let Some(place) = change.apply_to(callouts) {
            tabs.out.push(Command::Choose(Chosen::Mock(place)));
        }
        return;
    }
    if let Some(callout) = callouts.get_mut(chosen) {
        ui.add_space(space::S);
        requests_form(ui, tabs, chosen, callout);
        ui.add_space(space::S);
        answers(ui, tabs, chosen, callout);
    }
}

fn new_mock(is_grpc: bool) -> Callout {
    let answer = match is_grpc {
        true => CalloutAnswer { grpc_status: Some(0), ..CalloutAnswer::default() },
        false => CalloutAnswer::default(),
    };
    let path = is_grpc.then(|| "/package.Service/Method".to_owned());
    Callout { upstream: "auth".into(), path, answers: vec![answer], ..Callout::default() }
}

fn row(tabs: &Tabs<'_>, callout: &Callout, place: usize) -> OrderRow {
    let texts = tabs.text.mocks;
    let fits = [callout.method.as_deref(), callout.path.as_deref()];
    let fits: Vec<&str> = fits.into_iter().flatten().collect();
    let answers = texts.answers(callout.answers.len());
    let detail = if fits.is_empty() { answers.clone() } else { format!("{} · {answers}", fits.join(" ")) };
    let wrong =
        (0..callout.answers.len()).find_map(|answer| tabs.problem(Place::CalloutAnswer(place, answer)));
    let spoken = format!("{}, {detail}", texts.of(&callout.upstream));
    let spoken = wrong.as_ref().map_or(spoken.clone(), |wrong| tabs.text.widgets.wrong_value(&spoken, wrong));
    OrderRow {
        on: None,
        mark: wrong.map(|_| (Icon::Cross, Tone::Error)),
        words: callout.upstream.clone(),
        is_code: true,
        detail,
        spoken,
    }
}

/// Which requests the mock takes.
fn requests_form(ui: &mut Ui, tabs: &mut Tabs<'_>, place: usize, callout: &mut Callout) {
    let texts = tabs.text.mocks;
    let id = |part: &str| Id::unique(("mock", place, part));
    form::row(ui, texts.upstream(), |ui| {
        let field = TextField::new(&mut callout.upstream, texts.upstream_name()).id(id("upstream"));
        tabs.edits.typed(field.hint("auth*").show(ui).changed());
        None
    });
    form::row(ui, texts.method(), |ui| {
        let mut method = callout.method.clone().unwrap_or_default();
        let field = ComboField::new(id("method"), &mut method, texts.method_name(), &METHODS);
        let (response, chosen) = field.width(form::WIDE).show(ui);
        if response.changed() {
            callout.method = Some(method).filter(|method| !method.is_empty());
            tabs.edits.typed(!chosen);
            tabs.edits.made(chosen);
        }
        None
    });
    form::row(ui, texts.path(), |ui| {
        let mut path = callout.path.clone().unwrap_or_default();
        let field = TextField::new(&mut path, texts.path_name()).id(id("path")).hint(texts.any_path());
        if field.show(ui).changed() {
            callout.path = Some(path).filter(|path| !path.is_empty());
            tabs.edits.typed(true);
        }
        None
    });
    let words = Words { title: texts.headers(), add: texts.add_header() };
    lines::foldable(ui, tabs, id("headers"), &words, &mut callout.headers, unchecked);
}

/// Where nothing is checked line by line.
fn unchecked(_: usize) -> Place {
    Place::Chain
}

fn answers(ui: &mut Ui, tabs: &mut Tabs<'_>, mock: usize, callout: &mut Callout) {
    let texts = tabs.text.mocks;
    let count = callout.answers.len();
    if form::head_with_add(ui, texts.answers_title(), &count.to_string(), texts.add_answer()) {
        callout.answers.push(CalloutAnswer::default());
        tabs.edits.made(true);
        tabs.out.push(Command::Choose(Chosen::Answer(count)));
    }
    let chosen = tabs.model.view.editing.answer.min(callout.answers.len().saturating_sub(1));
    let id = Id::unique(("mock answers", mock));
    let list = OrderList::new(id, texts.answers_title(), callout.answers.len(), chosen, texts.no_answers());
    let change = list.show(ui, |place| answer_row(tabs, mock, place, callout));
    if let Some(change) = change {
        tabs.edits.made(!matches!(change, OrderChange::Select(_)));
        if let Some(place) = change.apply_to(&mut callout.answers) {
            tabs.out.push(Command::Choose(Chosen::Answer(place)));
        }
        return;
    }
    if let Some(answer) = callout.answers.get_mut(chosen) {
        ui.add_space(space::S);
        answer_form(ui, tabs, (mock, chosen), answer);
    }
}

fn answer_row(tabs: &Tabs<'_>, mock: usize, place: usize, callout: &Callout) -> OrderRow {
    let texts = tabs.text.mocks;
    let Some(answer) = callout.answers.get(place) else { return OrderRow::default() };
    let what = what(tabs.text, answer);
    let which = match (place + 1 == callout.answers.len(), place) {
        (true, 0) => texts.to_every().to_owned(),
        (true, _) => texts.from_on(place + 1),
        (false, _) => texts.to_request(place + 1),
    };
    let wrong = tabs.problem(Place::CalloutAnswer(mock, place));
    let spoken = format!("{which}: {what}");
    OrderRow {
        on: None,
        mark: wrong.as_ref().map(|_| (Icon::Cross, Tone::Error)),
        spoken: wrong.map_or(spoken.clone(), |wrong| tabs.text.widgets.wrong_value(&spoken, &wrong)),
        words: what,
        is_code: false,
        detail: which,
    }
}

/// `200, 12 B, after 20 ms`
fn what(text: Text, answer: &CalloutAnswer) -> String {
    let texts = text.mocks;
    let first = match answer.fails {
        Some(failure) => failure_word(text, Some(failure)).to_owned(),
        None if is_grpc(answer) => {
            texts.grpc_answer(answer.grpc_status.unwrap_or_default(), answer.messages.len())
        }
        None => answer.status.to_string(),
    };
    let mut parts = vec![first];
    if answer.fails.is_none() && !answer.body.is_empty() {
        parts.push(bytes(answer.body.len() as u64));
    }
    if answer.delay_ms > 0 {
        parts.push(texts.after(&duration(std::time::Duration::from_millis(answer.delay_ms))));
    }
    if answer.reset_after.is_some() {
        parts.push(texts.then_reset().to_owned());
    }
    parts.join(", ")
}

fn is_grpc(answer: &CalloutAnswer) -> bool {
    answer.grpc_status.is_some() || !answer.messages.is_empty()
}

fn failure_word(text: Text, failure: Option<CalloutFailure>) -> &'static str {
    let texts = text.mocks;
    match failure {
        None => texts.it_answers(),
        Some(CalloutFailure::Silence) => texts.fails_silence(),
        Some(CalloutFailure::Reset) => texts.fails_reset(),
        Some(CalloutFailure::ConnectionFailure) => texts.fails_connection(),
        Some(CalloutFailure::NoEndpoint) => texts.fails_no_endpoint(),
    }
}

fn answer_form(ui: &mut Ui, tabs: &mut Tabs<'_>, at: (usize, usize), answer: &mut CalloutAnswer) {
    let texts = tabs.text.mocks;
    let id = |part: &str| Id::unique(("answer", at, part));
    form::row(ui, texts.outcome(), |ui| {
        let names = FAILURES.map(|failure| failure_word(tabs.text, failure));
        let selected = FAILURES.iter().position(|known| *known == answer.fails).unwrap_or_default();
        if let Some(chosen) = Dropdown::new(texts.outcome_name(), &names, selected).field(form::WIDE).show(ui)
        {
            answer.fails = FAILURES[chosen];
            tabs.edits.made(true);
        }
        None
    });
    time(ui, tabs, id("delay"), (texts.delay(), texts.delay_name()), &mut answer.delay_ms);
    let problem = tabs.problem(Place::CalloutAnswer(at.0, at.1));
    if answer.fails.is_some() {
        tabs.explain(ui, problem.as_deref());
        return;
    }
    status(ui, tabs, id("status"), answer);
    tabs.explain(ui, problem.as_deref());
    let mut grpc = is_grpc(answer);
    if CheckBox::new(&mut grpc, texts.grpc()).small().show(ui).changed() {
        answer.grpc_status = grpc.then_some(0);
        answer.messages.clear();
        tabs.edits.made(true);
    }
    if grpc {
        grpc_form(ui, tabs, at, answer);
    }
    let words = Words { title: texts.answer_headers(), add: texts.add_answer_header() };
    lines::foldable(ui, tabs, id("headers"), &words, &mut answer.headers, unchecked);
    body(ui, tabs, id("body"), texts.body(), &mut answer.body);
    let words = Words { title: texts.answer_trailers(), add: texts.add_answer_trailer() };
    lines::foldable(ui, tabs, id("trailers"), &words, &mut answer.trailers, unchecked);
    time(ui, tabs, id("gap"), (texts.gap(), texts.gap_name()), &mut answer.gap_ms);
    optional(ui, tabs, id("reset"), (texts.reset_after(), texts.reset_after_name()), &mut answer.reset_after);
}

fn time(ui: &mut Ui, tabs: &mut Tabs<'_>, id: Id, (label, name): (&str, &str), value: &mut u64) {
    let wrong = tabs.text.message.invalid_duration();
    let (parse, format) = (form::parse_ms as fn(&str) -> _, form::format_ms as fn(&u64) -> _);
    let field = form::Value { id, label, name, wrong, unit: "", width: 104.0, parse, format };
    form::value_row(ui, &mut tabs.edits, value, field);
}

/// A number that may be left out.
fn optional(ui: &mut Ui, tabs: &mut Tabs<'_>, id: Id, (label, name): (&str, &str), value: &mut Option<u32>) {
    let wrong = tabs.text.mocks.invalid_optional();
    let parse = |text: &str| match text.trim() {
        "" => Some(None),
        number => number.parse().ok().map(Some),
    };
    let format = |value: &Option<u32>| value.map_or_else(String::new, |value| value.to_string());
    let field = form::Value { id, label, name, wrong, unit: "", width: 104.0, parse, format };
    form::value_row(ui, &mut tabs.edits, value, field);
}

fn status(ui: &mut Ui, tabs: &mut Tabs<'_>, id: Id, answer: &mut CalloutAnswer) {
    let field = form::Value {
        id,
        label: tabs.text.message.status(),
        name: tabs.text.mocks.status_name(),
        wrong: tabs.text.message.invalid_status(),
        unit: "",
        width: 104.0,
        parse: |text: &str| text.trim().parse().ok().filter(|status| (200..=599).contains(status)),
        format: |status: &u16| status.to_string(),
    };
    form::value_row(ui, &mut tabs.edits, &mut answer.status, field);
}

fn grpc_form(ui: &mut Ui, tabs: &mut Tabs<'_>, at: (usize, usize), answer: &mut CalloutAnswer) {
    let texts = tabs.text.mocks;
    let id = |part: &str| Id::unique(("answer", at, part));
    let grpc = (texts.grpc_status(), texts.grpc_status_name());
    optional(ui, tabs, id("grpc status"), grpc, &mut answer.grpc_status);
    form::row(ui, texts.grpc_message(), |ui| {
        let field = TextField::new(&mut answer.grpc_message, texts.grpc_message_name());
        tabs.edits.typed(field.id(id("grpc message")).show(ui).changed());
        None
    });
    let response = CheckBox::new(&mut answer.at_once, texts.at_once()).small().show(ui);
    tooltip(&response, texts.at_once_note(), None);
    tabs.edits.made(response.changed());
    let count = answer.messages.len().to_string();
    if form::head_with_add(ui, texts.messages(), &count, texts.add_message()) {
        answer.messages.push(Body::from("message"));
        tabs.edits.made(true);
    }
    let mut removed = None;
    for (place, message) in answer.messages.iter_mut().enumerate() {
        ui.horizontal(|ui| {
            let mut text = lines::escape(&message.0);
            let name = texts.message(place + 1);
            let width = ui.available_width() - 32.0;
            let field = TextField::new(&mut text, &name).id(id("message").with(place)).width(width);
            if field.show(ui).changed() {
                *message = lines::unescape(&text).into();
                tabs.edits.typed(true);
            }
            if IconButton::new(Icon::Cross, tabs.text.widgets.header_remove(&name)).show(ui).clicked() {
                removed = Some(place);
            }
        });
    }
    if let Some(place) = removed {
        answer.messages.remove(place);
        tabs.edits.made(true);
    }
    if !answer.messages.is_empty() {
        prose(ui, texts.bytes_hint(), Tone::Muted);
    }
}

fn body(ui: &mut Ui, tabs: &mut Tabs<'_>, id: Id, title: &str, body: &mut Body) {
    let size = bytes(body.len() as u64);
    SectionHead::new(title).summary(if body.is_empty() { "" } else { &size }).show(ui);
    match Some(&*body).filter(|body| body.len() <= EDIT_LIMIT).and_then(Body::text) {
        Some(text) => {
            let mut text = text.to_owned();
            let name = tabs.text.mocks.body_name();
            if BodyEditor::new(id, name, &mut text).height(BODY_HEIGHT).show(ui).changed() {
                *body = text.into();
                tabs.edits.typed(true);
            }
        }
        None => {
            prose(ui, &tabs.text.message.not_text(&size), Tone::Muted);
        }
    }
}
