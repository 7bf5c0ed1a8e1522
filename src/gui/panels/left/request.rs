//! The request: method, URL, headers, body, trailers.

use egui::{Id, Ui};

use super::{
    Tabs,
    bodies::{self, Message},
    lines::{self, Words},
    requests,
};
use crate::gui::{
    editing,
    model::Side,
    theme::space,
    widgets::{ComboField, TextField},
};
use crate::run::Place;
use crate::scenario::{Request, Scenario};

/// Methods to choose from; any other token can be typed.
const METHODS: [&str; 9] = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "CONNECT"];

pub fn show(ui: &mut Ui, tabs: &mut Tabs<'_>, scenario: &mut Scenario, bottom: f32) {
    if scenario.connection.is_some() {
        return super::connection::show(ui, tabs, scenario);
    }
    let several = requests::are_several(scenario);
    if several {
        requests::show(ui, tabs, scenario);
    }
    let place = tabs.model.view.editing.request_of(scenario);
    let said = editing::request_at(scenario, place);
    let (mut request, by) = (said.message.clone(), said.by);
    if requests::inherits(ui, tabs, place, by) {
        editing::set_request(scenario, place, request.clone());
    } else if place > 0 && by == place && requests::as_before(ui, tabs) {
        scenario.then[place - 1].request = None;
        return;
    }
    let bottom = if several { bottom } else { bottom - requests::HEAD };
    if tabs.watched(|tabs| message(ui, tabs, &mut request, bottom)).changed {
        editing::set_request(scenario, place, request);
    }
    if !several {
        bodies::rule(ui);
        requests::head(ui, tabs, scenario);
    }
}

fn message(ui: &mut Ui, tabs: &mut Tabs<'_>, request: &mut Request, bottom: f32) {
    let texts = tabs.text.message;
    let (bad_method, bad_url) = (tabs.problem(Place::Method), tabs.problem(Place::Url));
    ui.horizontal(|ui| {
        let method = ComboField::new(Id::unique("method"), &mut request.method, texts.method(), &METHODS);
        let (response, chosen) = method.width(86.0).error(bad_method.as_deref()).show(ui);
        tabs.edits.typed(response.changed() && !chosen);
        tabs.edits.made(chosen);
        let url = TextField::new(&mut request.url, texts.url()).id(Id::unique("url")).hint(texts.url_hint());
        tabs.edits.typed(url.error(bad_url.as_deref()).show(ui).changed());
    });
    tabs.explain(ui, bad_method.as_deref());
    tabs.explain(ui, bad_url.as_deref());

    ui.add_space(space::M - space::XS);
    let words = Words { title: texts.headers(), add: texts.add_request_header() };
    lines::show(ui, tabs, Id::unique("request headers"), &words, &mut request.headers, Place::RequestHeader);

    ui.add_space(space::S);
    let message = Message {
        side: Side::Request,
        name: texts.request_body(),
        headers: &mut request.headers,
        body: &mut request.body,
        chunks: &mut request.chunks,
    };
    bodies::show(ui, tabs, message, bottom - lines::folded(ui));

    bodies::rule(ui);
    let words = Words { title: texts.trailers(), add: texts.add_request_trailer() };
    let id = Id::unique("request trailers");
    lines::foldable(ui, tabs, id, &words, &mut request.trailers, Place::RequestTrailer);
    let protocol = tabs.protocols.downstream;
    lines::metadata(ui, tabs, Id::unique("request metadata"), protocol, &mut request.metadata);
}
