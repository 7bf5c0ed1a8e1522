//! What the upstream answers: status, delay, headers, body, trailers, or nothing at all; and what when it is asked again.

use egui::{Id, Ui};

use super::{
    Tabs,
    answer::{self, Told},
    bodies::{self, Message},
    lines::{self, Words},
    requests,
};
use crate::gui::{
    editing::{self, Chosen},
    model::Side,
    theme::{self, space},
};
use crate::run::Place;
use crate::scenario::{CalloutFailure, Reply, Scenario};

pub fn show(ui: &mut Ui, tabs: &mut Tabs<'_>, scenario: &mut Scenario, bottom: f32) {
    if scenario.connection.is_some() {
        return super::connection::show(ui, tabs, scenario);
    }
    if requests::are_several(scenario) {
        requests::choose(ui, tabs, scenario);
    }
    let place = tabs.model.view.editing.request_of(scenario);
    let said = editing::reply_at(scenario, place);
    let (mut reply, by) = (said.message.clone(), said.by);
    if requests::inherits(ui, tabs, place, by) {
        editing::set_reply(scenario, place, reply.clone());
    } else if place > 0 && by == place && requests::as_before(ui, tabs) {
        scenario.then[place - 1].reply = None;
        return;
    }
    if tabs.watched(|tabs| message(ui, tabs, place, &mut reply, bottom)).changed {
        editing::set_reply(scenario, place, reply);
    }
}

fn message(ui: &mut Ui, tabs: &mut Tabs<'_>, place: usize, reply: &mut Reply, bottom: f32) {
    let texts = tabs.text.message;
    let id = Id::unique("reply");
    let problem = tabs.problem(Place::ReplyStatus);
    if !ending(ui, tabs, id, (texts.status(), texts.delay()), reply, problem.as_deref()) {
        return again(ui, tabs, place, reply);
    }
    ui.add_space(space::XS);
    let words = Words { title: texts.headers(), add: texts.add_response_header() };
    lines::show(ui, tabs, Id::unique("response headers"), &words, &mut reply.headers, Place::ReplyHeader);

    ui.add_space(space::S);
    let message = Message {
        side: Side::Reply,
        name: texts.response_body(),
        headers: &mut reply.headers,
        body: &mut reply.body,
        chunks: &mut reply.chunks,
    };
    // Below it: what is seldom needed, folded, and the list of replies to retries.
    let rows = reply.again.len().clamp(1, 4) as f32 * theme::of(ui.ctx()).sizes.grid_row;
    bodies::show(ui, tabs, message, bottom - 3.0 * lines::folded(ui) - rows);

    bodies::rule(ui);
    let words = Words { title: texts.trailers(), add: texts.add_response_trailer() };
    let trailers = Id::unique("response trailers");
    lines::foldable(ui, tabs, trailers, &words, &mut reply.trailers, Place::ReplyTrailer);
    rest(ui, tabs, id, reply);
    again(ui, tabs, place, reply);
}

/// Whether there is an answer: what becomes of the request, when, and the status.
fn ending(
    ui: &mut Ui,
    tabs: &mut Tabs<'_>,
    id: Id,
    names: (&str, &str),
    reply: &mut Reply,
    problem: Option<&str>,
) -> bool {
    let before = reply.fails.or(reply.reset.then_some(CalloutFailure::Reset));
    let mut fails = before;
    answer::ending(ui, tabs, id, names, &mut fails, &mut (&mut *reply).into(), problem);
    if fails != before {
        (reply.fails, reply.reset) = (fails, false);
    }
    fails.is_none()
}

/// What comes beside headers, body and trailers, and how all of it arrives.
fn rest(ui: &mut Ui, tabs: &mut Tabs<'_>, id: Id, reply: &mut Reply) {
    let protocol = tabs.protocols.upstream;
    lines::metadata(ui, tabs, id.with("metadata"), protocol, &mut reply.metadata);
    let mut at_once = reply.at_once;
    answer::timing(ui, tabs, id, &mut (&mut *reply).into(), Some(&mut at_once));
    reply.at_once = at_once;
}

/// What the upstream answers when a filter has it asked again.
fn again(ui: &mut Ui, tabs: &mut Tabs<'_>, place: usize, reply: &mut Reply) {
    let texts = tabs.text.answers;
    let count = reply.again.len();
    let list = answer::List {
        id: Id::unique(("replies to retries", place)),
        title: texts.again(),
        add: texts.add(),
        none: texts.no_again(),
        chosen: tabs.model.view.editing.again,
        choose: Chosen::Again,
    };
    let chosen = answer::list(ui, tabs, &list, &mut reply.again, |tabs, place, reply| {
        let which = match place + 1 == count {
            true => texts.retries_from(place + 1),
            false => texts.retry(place + 1),
        };
        let told = Told {
            fails: reply.fails.or(reply.reset.then_some(CalloutFailure::Reset)),
            status: reply.status.to_string(),
            body: &reply.body,
            delay_ms: reply.delay_ms,
            breaks: reply.reset_after.is_some(),
        };
        told.row(tabs.text, which, tabs.problem(Place::ReplyAgain(place)))
    });
    let Some(chosen) = chosen else { return };
    let reply = &mut reply.again[chosen];
    let id = Id::unique(("reply to a retry", place, chosen));
    let problem = tabs.problem(Place::ReplyAgain(chosen));
    let names = (texts.status_name(), texts.delay_name());
    if ending(ui, tabs, id, names, reply, problem.as_deref()) {
        answer::content(ui, tabs, id, &mut (&mut *reply).into());
        rest(ui, tabs, id, reply);
    }
}
