//! What surrounds the filters: answers to their calls, properties, clock, randomness, protocols, limits.

use egui::{Id, Ui};

use super::{
    Tabs, bodies, form,
    form::{format_count, format_ms, parse_count, parse_ms},
    mocks, properties, variables,
};
use crate::abi::LogLevel;
use crate::gui::{
    theme::space,
    widgets::{CheckBox, SectionHead, tooltip},
};
use crate::http::Protocol;
use crate::scenario::{Scenario, WallTime};

const PROTOCOLS: [(&str, Protocol); 2] = [("HTTP/1.1", Protocol::Http1), ("HTTP/2", Protocol::Http2)];

pub fn show(ui: &mut Ui, tabs: &mut Tabs<'_>, scenario: &mut Scenario) {
    mocks::show(ui, tabs, scenario);
    bodies::rule(ui);
    variables::names(ui, tabs, &mut scenario.names);
    bodies::rule(ui);
    properties::show(ui, tabs, scenario);
    bodies::rule(ui);
    world(ui, tabs, scenario);
    ui.add_space(space::S);
    proxy(ui, tabs, scenario);
    ui.add_space(space::S);
    limits(ui, tabs, scenario);
}

fn world(ui: &mut Ui, tabs: &mut Tabs<'_>, scenario: &mut Scenario) {
    let texts = tabs.text.environment;
    let edits = &mut tabs.edits;
    SectionHead::new(texts.run()).show(ui);
    let clock = form::Value {
        id: Id::unique("clock"),
        label: texts.clock(),
        name: texts.clock_start(),
        wrong: texts.invalid_clock(),
        unit: "",
        width: form::WIDE,
        parse: |text| WallTime::parse(text.trim()).ok(),
        format: WallTime::to_string,
    };
    form::value_row(ui, edits, &mut scenario.clock, clock);
    let seed = form::Value {
        id: Id::unique("seed"),
        label: texts.seed_short(),
        name: texts.seed(),
        wrong: tabs.text.message.invalid_number(),
        unit: "",
        width: form::WIDE,
        parse: |text| text.trim().parse().ok(),
        format: u64::to_string,
    };
    form::value_row(ui, edits, &mut scenario.seed, seed);
    let levels: Vec<&str> = LogLevel::ALL.iter().map(|level| level.name()).collect();
    let selected = LogLevel::ALL.iter().position(|level| *level == scenario.log_level).unwrap_or_default();
    let words = (texts.log_level(), texts.log_level());
    form::choice_row(ui, edits, words, &levels, selected, |chosen| {
        scenario.log_level = LogLevel::ALL[chosen];
    });
}

fn proxy(ui: &mut Ui, tabs: &mut Tabs<'_>, scenario: &mut Scenario) {
    let texts = tabs.text.environment;
    let edits = &mut tabs.edits;
    let proxy = &mut scenario.proxy;
    bodies::rule(ui);
    SectionHead::new(texts.proxy()).show(ui);
    let names = PROTOCOLS.map(|(name, _)| name);
    let place = |protocol| PROTOCOLS.iter().position(|(_, known)| *known == protocol).unwrap_or_default();
    let words = (texts.downstream(), texts.downstream_protocol());
    form::choice_row(ui, edits, words, &names, place(proxy.downstream), |chosen| {
        proxy.downstream = PROTOCOLS[chosen].1;
    });
    let words = (texts.upstream(), texts.upstream_protocol());
    form::choice_row(ui, edits, words, &names, place(proxy.upstream), |chosen| {
        proxy.upstream = PROTOCOLS[chosen].1;
    });
    let words = (texts.buffer_limit(), texts.buffer_limit_name());
    count(ui, tabs, "buffer", words, "B", &mut proxy.buffer_limit);
    let response = CheckBox::new(&mut proxy.adds_headers, texts.adds_headers()).small().show(ui);
    tooltip(&response, texts.adds_headers_note(), None);
    tabs.edits.made(response.changed());
}

fn limits(ui: &mut Ui, tabs: &mut Tabs<'_>, scenario: &mut Scenario) {
    let texts = tabs.text.environment;
    let limits = &mut scenario.limits;
    bodies::rule(ui);
    SectionHead::new(texts.limits()).show(ui);
    time(ui, tabs, "request", (texts.request_time(), texts.request_time_name()), &mut limits.request_ms);
    time(ui, tabs, "start", (texts.start_time(), texts.start_time_name()), &mut limits.start_ms);
    time(ui, tabs, "client", (texts.client_patience(), texts.client_patience_name()), &mut limits.client_ms);
    count(ui, tabs, "memory", (texts.memory(), texts.memory_name()), "MiB", &mut limits.memory_mib);
    count(ui, tabs, "events", (texts.events(), texts.events_name()), "", &mut limits.events);
    count(ui, tabs, "log", (texts.log_text(), texts.log_text_name()), "KiB", &mut limits.log_kib);
}

const FIELD: f32 = 104.0;

fn time(ui: &mut Ui, tabs: &mut Tabs<'_>, id: &str, (label, name): (&str, &str), value: &mut u64) {
    let wrong = tabs.text.message.invalid_duration();
    let id = Id::unique(("limit", id));
    let field =
        form::Value { id, label, name, wrong, unit: "", width: FIELD, parse: parse_ms, format: format_ms };
    form::value_row(ui, &mut tabs.edits, value, field);
}

fn count(
    ui: &mut Ui,
    tabs: &mut Tabs<'_>,
    id: &str,
    (label, name): (&str, &str),
    unit: &str,
    value: &mut u64,
) {
    let wrong = tabs.text.message.invalid_number();
    let id = Id::unique(("limit", id));
    let (parse, format) = (parse_count as fn(&str) -> Option<u64>, format_count as fn(&u64) -> String);
    let field = form::Value { id, label, name, wrong, unit, width: FIELD, parse, format };
    form::value_row(ui, &mut tabs.edits, value, field);
}
