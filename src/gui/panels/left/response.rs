//! What the upstream answers: status, delay, headers, body, trailers, or nothing at all.

use egui::{Id, Ui};

use super::{
    Tabs,
    bodies::{self, Message},
    form,
    lines::{self, Words},
    requests,
};
use crate::gui::{
    editing,
    model::Side,
    theme::{Tone, space},
    widgets::{CheckBox, ParsedField, label},
};
use crate::run::Place;
use crate::scenario::{Reply, Scenario};

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
    if tabs.watched(|tabs| message(ui, tabs, &mut reply, bottom)).changed {
        editing::set_reply(scenario, place, reply);
    }
}

fn message(ui: &mut Ui, tabs: &mut Tabs<'_>, reply: &mut Reply, bottom: f32) {
    let texts = tabs.text.message;
    status(ui, tabs, reply);
    tabs.edits.made(CheckBox::new(&mut reply.reset, texts.reset()).small().show(ui).changed());

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
    bodies::show(ui, tabs, message, bottom);

    bodies::rule(ui);
    let words = Words { title: texts.trailers(), add: texts.add_response_trailer() };
    let id = Id::unique("response trailers");
    lines::foldable(ui, tabs, id, &words, &mut reply.trailers, Place::ReplyTrailer);
}

fn status(ui: &mut Ui, tabs: &mut Tabs<'_>, reply: &mut Reply) {
    let texts = tabs.text.message;
    let mut wrong = Vec::new();
    ui.horizontal(|ui| {
        label(ui, texts.upstream(), Tone::Muted);
        let parse = |text: &str| text.trim().parse().ok().filter(|status| (200..=599).contains(status));
        let id = Id::unique("reply status");
        let why = texts.invalid_status();
        let field = ParsedField::new(id, &mut reply.status, texts.status(), why, parse, u16::to_string);
        let (response, unreadable) = field.width(72.0).show_checked(ui);
        tabs.edits.typed(response.changed());
        wrong.extend(unreadable.then_some(why));

        label(ui, texts.after(), Tone::Muted);
        let id = Id::unique("reply delay");
        let why = texts.invalid_duration();
        let delay = &mut reply.delay_ms;
        let field = ParsedField::new(id, delay, texts.delay(), why, form::parse_ms, form::format_ms);
        let (response, unreadable) = field.width(88.0).show_checked(ui);
        tabs.edits.typed(response.changed());
        wrong.extend(unreadable.then_some(why));
    });
    for why in wrong {
        tabs.explain(ui, Some(why));
    }
}
