//! The requests of a scenario: which one the tabs edit, how often each is sent and when.

use egui::{Id, Ui, UiBuilder};

use super::{Tabs, form};
use crate::gui::{
    commands::Command,
    editing::{self, Chosen},
    text::{Text, duration, number},
    theme::{Icon, Tone, space},
    widgets::{
        Dropdown, MenuButton, OrderChange, OrderList, OrderRow, ParsedField, SectionHead, label, link,
    },
};
use crate::run::Place;
use crate::scenario::{Connection, Scenario, Then};

/// What the head takes where it stands below everything else, in points.
pub const HEAD: f32 = 36.0;

/// Whether there is more than one request, so that one has to be chosen.
pub fn are_several(scenario: &Scenario) -> bool {
    !scenario.then.is_empty() || scenario.repeat != 1 || scenario.settle_ms != 0
}

/// The head of the section, with what can be added.
pub fn head(ui: &mut Ui, tabs: &mut Tabs<'_>, scenario: &mut Scenario) {
    let texts = tabs.text.requests;
    let rect = SectionHead::new(texts.title()).summary(&number(scenario.then.len() + 1)).show(ui).rect;
    let options = [texts.add_copy(), texts.add_template(), texts.add_connection()];
    let mut child = ui.new_child(UiBuilder::new().max_rect(form::at_end(ui, rect)));
    match MenuButton::new(Icon::Plus, texts.add(), &options).show(&mut child) {
        Some(0) => {
            scenario.then.push(Then::default());
            tabs.edits.made(true);
            tabs.out.push(Command::Choose(Chosen::Request(scenario.then.len())));
        }
        Some(1) => tabs.out.push(Command::ShowTemplates),
        Some(_) => {
            scenario.connection = Some(Connection::default());
            tabs.edits.made(true);
        }
        None => {}
    }
}

/// All requests, and how the chosen one is sent.
pub fn show(ui: &mut Ui, tabs: &mut Tabs<'_>, scenario: &mut Scenario) {
    let texts = tabs.text.requests;
    head(ui, tabs, scenario);
    let chosen = tabs.model.view.editing.request_of(scenario);
    let list = OrderList::new(Id::unique("requests"), texts.title(), scenario.then.len() + 1, chosen, "");
    let change = list.show(ui, |place| row(tabs.text, scenario, place));
    match change {
        Some(OrderChange::Select(place)) => tabs.out.push(Command::Choose(Chosen::Request(place))),
        Some(change) => {
            if let Some(place) = editing::change_requests(scenario, change) {
                tabs.edits.made(true);
                tabs.out.push(Command::Choose(Chosen::Request(place)));
            }
        }
        None => {}
    }
    let place = chosen.min(scenario.then.len());
    ui.add_space(space::XS);
    sending(ui, tabs, scenario, place);
    tabs.explain(ui, tabs.problem(Place::Repeat).as_deref());
    ui.horizontal(|ui| {
        label(ui, texts.settle(), Tone::Muted);
        let (name, wrong) = (texts.settle_name(), tabs.text.message.invalid_duration());
        let settle = &mut scenario.settle_ms;
        let id = Id::unique("settle");
        let field = ParsedField::new(id, settle, name, wrong, form::parse_ms, form::format_ms).width(72.0);
        tabs.edits.typed(field.show(ui).changed());
        if let Some(exchange) = editing::exchange_of(scenario, place)
            && tabs.model.runs.current.as_ref().is_some_and(|run| exchange < run.exchanges())
            && link(ui, texts.show_in_run(), None).clicked()
        {
            tabs.out.push(Command::LookAt(exchange));
        }
    });
    ui.add_space(space::S);
    super::bodies::rule(ui);
}

/// `Sent [2] times, [60 s] after the one before`
fn sending(ui: &mut Ui, tabs: &mut Tabs<'_>, scenario: &mut Scenario, place: usize) {
    let texts = tabs.text.requests;
    let parse = |text: &str| text.trim().replace(',', "").parse().ok();
    let format = |count: &u32| number(count);
    ui.horizontal(|ui| {
        label(ui, texts.sent(), Tone::Muted);
        let wrong = tabs.text.message.invalid_number();
        let (repeat, wait) = match place.checked_sub(1).and_then(|place| scenario.then.get_mut(place)) {
            Some(then) => (&mut then.repeat, Some(&mut then.wait_ms)),
            None => (&mut scenario.repeat, None),
        };
        let id = Id::unique(("request repeat", place));
        let field = ParsedField::new(id, repeat, texts.repeat_name(), wrong, parse, format);
        tabs.edits.typed(field.width(52.0).show(ui).changed());
        label(ui, texts.times(), Tone::Muted);
        if let Some(wait) = wait {
            let wrong = tabs.text.message.invalid_duration();
            let id = Id::unique(("request wait", place));
            let field = ParsedField::new(id, wait, texts.wait_name(), wrong, form::parse_ms, form::format_ms);
            label(ui, texts.wait(), Tone::Muted);
            tabs.edits.typed(field.width(72.0).show(ui).changed());
        }
    });
}

fn row(text: Text, scenario: &Scenario, place: usize) -> OrderRow {
    let texts = text.requests;
    let said = editing::request_at(scenario, place);
    let reply = editing::reply_at(scenario, place);
    let path = path_of(&said.message.url);
    let words = format!("{}  {} {path}", place + 1, said.message.method);
    let repeat = editing::repeats(scenario, place);
    let wait = place.checked_sub(1).and_then(|place| scenario.then.get(place)).map_or(0, |then| then.wait_ms);
    let mut parts = Vec::new();
    if said.by != place && reply.by != place {
        parts.push(texts.as_request(said.by.max(reply.by) + 1));
    }
    if wait > 0 {
        parts.push(texts.after(&duration(std::time::Duration::from_millis(wait))));
    }
    if repeat != 1 {
        parts.push(format!("×{}", number(repeat)));
    }
    let detail = parts.join(" · ");
    let spoken = format!("{}, {detail}", texts.request(place + 1, &said.message.method, path));
    let spoken = spoken.trim_end_matches(", ").to_owned();
    OrderRow { words, detail, spoken, is_code: true, ..OrderRow::default() }
}

/// What of a URL tells one request from another.
fn path_of(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.find('/').map_or("/", |start| &rest[start..])
}

/// A line to choose the request whose reply is edited.
pub fn choose(ui: &mut Ui, tabs: &mut Tabs<'_>, scenario: &Scenario) {
    let texts = tabs.text.requests;
    let chosen = tabs.model.view.editing.request_of(scenario);
    // Menus of thousands of rows are none; the list in the Request tab chooses among these.
    let shown = (scenario.then.len() + 1).min(200);
    let names: Vec<String> = (0..shown).map(|place| row(tabs.text, scenario, place).spoken).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    ui.horizontal(|ui| {
        label(ui, texts.reply_to(), Tone::Muted);
        if let Some(place) = Dropdown::new(texts.reply_to_name(), &names, chosen).field(form::WIDE).show(ui) {
            tabs.out.push(Command::Choose(Chosen::Request(place)));
        }
    });
    ui.add_space(space::XS);
}

/// Says that a message is the one of a request before, and offers to give this one its own. Returns whether that was asked for.
pub fn inherits(ui: &mut Ui, tabs: &mut Tabs<'_>, place: usize, by: usize) -> bool {
    if by == place {
        return false;
    }
    let texts = tabs.text.requests;
    let mut wanted = false;
    ui.horizontal(|ui| {
        label(ui, &texts.inherited(by + 1), Tone::Muted);
        wanted = link(ui, texts.make_own(), None).clicked();
    });
    tabs.edits.made(wanted);
    wanted
}

/// Offers to make a message the one of the request before again.
pub fn as_before(ui: &mut Ui, tabs: &mut Tabs<'_>) -> bool {
    let texts = tabs.text.requests;
    let mut wanted = false;
    ui.horizontal(|ui| {
        label(ui, texts.own(), Tone::Muted);
        wanted = link(ui, texts.as_before(), None).clicked();
    });
    tabs.edits.made(wanted);
    wanted
}
