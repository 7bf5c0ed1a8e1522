//! Mocks: what other upstreams answer when a filter calls them.

use egui::{Id, Ui, UiBuilder};

use super::{
    Tabs,
    answer::{self, Told},
    form,
    lines::{self, Words},
};
use crate::gui::{
    commands::Command,
    editing::Chosen,
    theme::{Icon, Tone, space},
    widgets::{
        CheckBox, ComboField, IconButton, MenuButton, OrderChange, OrderList, OrderRow, SectionHead,
        TextField, prose, tooltip,
    },
};
use crate::run::Place;
use crate::scenario::{Body, Callout, CalloutAnswer, Scenario};

const METHODS: [&str; 5] = ["GET", "POST", "PUT", "PATCH", "DELETE"];

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
    lines::foldable(ui, tabs, id("headers"), &words, &mut callout.headers, lines::unchecked);
}

/// Its answers, in the order in which they are given.
fn answers(ui: &mut Ui, tabs: &mut Tabs<'_>, mock: usize, callout: &mut Callout) {
    let texts = tabs.text.mocks;
    let count = callout.answers.len();
    let list = answer::List {
        id: Id::unique(("mock answers", mock)),
        title: texts.answers_title(),
        add: tabs.text.answers.add(),
        none: texts.no_answers(),
        chosen: tabs.model.view.editing.answer,
        choose: Chosen::Answer,
    };
    let chosen = answer::list(ui, tabs, &list, &mut callout.answers, |tabs, place, answer| {
        let which = match (place + 1 == count, place) {
            (true, 0) => texts.to_every().to_owned(),
            (true, _) => texts.from_on(place + 1),
            (false, _) => texts.to_request(place + 1),
        };
        let told = Told {
            fails: answer.fails,
            status: match is_grpc(answer) {
                true => texts.grpc_answer(answer.grpc_status.unwrap_or_default(), answer.messages.len()),
                false => answer.status.to_string(),
            },
            body: &answer.body,
            delay_ms: answer.delay_ms,
            breaks: answer.reset_after.is_some(),
        };
        told.row(tabs.text, which, tabs.problem(Place::CalloutAnswer(mock, place)))
    });
    if let Some(chosen) = chosen {
        answer_form(ui, tabs, (mock, chosen), &mut callout.answers[chosen]);
    }
}

fn is_grpc(answer: &CalloutAnswer) -> bool {
    answer.grpc_status.is_some() || !answer.messages.is_empty()
}

fn answer_form(ui: &mut Ui, tabs: &mut Tabs<'_>, at: (usize, usize), answer: &mut CalloutAnswer) {
    let texts = tabs.text.answers;
    let id = Id::unique(("answer", at));
    let names = (texts.status_name(), texts.delay_name());
    let problem = tabs.problem(Place::CalloutAnswer(at.0, at.1));
    let mut fails = answer.fails;
    answer::ending(ui, tabs, id, names, &mut fails, &mut (&mut *answer).into(), problem.as_deref());
    answer.fails = fails;
    if fails.is_some() {
        return;
    }
    let mut grpc = is_grpc(answer);
    if CheckBox::new(&mut grpc, tabs.text.mocks.grpc()).small().show(ui).changed() {
        answer.grpc_status = grpc.then_some(0);
        answer.messages.clear();
        tabs.edits.made(true);
    }
    if grpc {
        grpc_form(ui, tabs, id, answer);
    }
    answer::content(ui, tabs, id, &mut (&mut *answer).into());
    answer::timing(ui, tabs, id, &mut answer.into(), None);
}

fn grpc_form(ui: &mut Ui, tabs: &mut Tabs<'_>, id: Id, answer: &mut CalloutAnswer) {
    let texts = tabs.text.mocks;
    let words = (texts.grpc_status(), texts.grpc_status_name());
    let status = &mut answer.grpc_status;
    form::optional_row(ui, &mut tabs.edits, tabs.text, id.with("grpc status"), words, status);
    form::row(ui, texts.grpc_message(), |ui| {
        let field = TextField::new(&mut answer.grpc_message, texts.grpc_message_name());
        tabs.edits.typed(field.id(id.with("grpc message")).show(ui).changed());
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
            let field = TextField::new(&mut text, &name).id(id.with(("message", place))).width(width);
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
