//! What surrounds the filters: environment variables, clock, randomness, protocols, limits.

use egui::{Id, Ui};
use serde_json::{Map, Value};

use super::{
    Tabs, bodies, form,
    form::{format_count, format_ms, parse_count, parse_ms},
};
use crate::abi::LogLevel;
use crate::gui::{
    theme::space,
    widgets::{CheckBox, GridHeader, GridKind, HeaderGrid, SectionHead, tooltip},
};
use crate::http::Protocol;
use crate::run::ModuleSource;
use crate::scenario::{Filter, Scenario, WallTime, env_text};

const PROTOCOLS: [(&str, Protocol); 2] = [("HTTP/1.1", Protocol::Http1), ("HTTP/2", Protocol::Http2)];

pub fn show(ui: &mut Ui, tabs: &mut Tabs<'_>, scenario: &mut Scenario, modules: &[ModuleSource]) {
    let filters = scenario.chain.len();
    for (place, filter) in scenario.chain.iter_mut().enumerate() {
        let name = modules.get(place).map(ModuleSource::name).unwrap_or_default();
        let title = match filters {
            1 => tabs.text.environment.variables().to_owned(),
            _ => tabs.text.environment.variables_of(&name),
        };
        variables(ui, tabs, place, &title, filter);
        ui.add_space(space::S);
    }
    world(ui, tabs, scenario);
    ui.add_space(space::S);
    proxy(ui, tabs, scenario);
    ui.add_space(space::S);
    limits(ui, tabs, scenario);
}

/// Rows that cannot be the scenario's yet, such as a variable without a name, and the variables they were made from.
#[derive(Clone)]
struct Draft {
    rows: Vec<GridHeader>,
    from: Vec<(String, String)>,
}

fn variables(ui: &mut Ui, tabs: &mut Tabs<'_>, place: usize, title: &str, filter: &mut Filter) {
    let texts = tabs.text.environment;
    let id = Id::unique(("variables", place));
    let draft_id = id.with("draft");
    let from = filter.env_pairs();
    let draft = ui.data(|data| data.get_temp::<Draft>(draft_id)).filter(|draft| draft.from == from);
    let mut rows = draft.map_or_else(|| from.iter().map(to_row).collect(), |draft| draft.rows);

    let mut wants_row = form::head_with_add(ui, title, &from.len().to_string(), texts.add_variable());
    let twice = twice(&rows);
    let why = twice.map(|row| texts.same_name(&rows[row].name));
    let marked = twice.zip(why.as_deref());
    let output = HeaderGrid::new(id, &mut rows).kind(GridKind::Variables).problem(marked).show(ui);
    tabs.explain(ui, why.as_deref());
    wants_row |= output.wants_row;
    if let Some(row) = output.left.filter(|_| !wants_row)
        && rows.get(row).is_some_and(|row| row.name.is_empty() && row.value.is_empty())
    {
        rows.remove(row);
    }
    if wants_row {
        rows.push(GridHeader { on: true, ..GridHeader::default() });
        HeaderGrid::edit_name(ui.ctx(), id, rows.len() - 1);
    }
    if output.changed && self::twice(&rows).is_none() {
        let changed = to_map(&rows, &filter.env);
        if changed != filter.env || !changed.keys().eq(filter.env.keys()) {
            filter.env = changed;
            if output.typed {
                tabs.edits.typed(true);
            } else {
                tabs.edits.made(true);
            }
        }
    }
    let from = filter.env_pairs();
    let settled =
        rows.iter().map(|row| (&row.name, &row.value)).eq(from.iter().map(|(name, value)| (name, value)));
    ui.data_mut(|data| {
        if settled {
            data.remove::<Draft>(draft_id);
        } else {
            data.insert_temp(draft_id, Draft { rows, from });
        }
    });
}

fn to_row((name, value): &(String, String)) -> GridHeader {
    GridHeader { on: true, name: name.clone(), value: value.clone(), masked: None }
}

/// The second of two rows with one name.
fn twice(rows: &[GridHeader]) -> Option<usize> {
    (1..rows.len()).find(|row| {
        let name = &rows[*row].name;
        !name.is_empty() && rows[..*row].iter().any(|other| other.name == *name)
    })
}

/// The rows that have a name. A value that nobody touched keeps its kind: a number in the file stays one.
fn to_map(rows: &[GridHeader], before: &Map<String, Value>) -> Map<String, Value> {
    let value = |row: &GridHeader| match before.get(&row.name) {
        Some(value) if env_text(value) == row.value => value.clone(),
        _ => Value::String(row.value.clone()),
    };
    rows.iter().filter(|row| !row.name.is_empty()).map(|row| (row.name.clone(), value(row))).collect()
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

#[cfg(test)]
mod tests {
    use super::*;

    fn row(name: &str, value: &str) -> GridHeader {
        to_row(&(name.to_owned(), value.to_owned()))
    }

    #[test]
    fn variables_keep_their_order_and_their_kind() {
        let before: Map<String, Value> = serde_json::from_str(r#"{"B": 5, "A": "x"}"#).expect("is a map");
        let map = to_map(&[row("B", "5"), row("A", "y"), row("", "not yet")], &before);
        assert_eq!(serde_json::to_string(&map).expect("serializes"), r#"{"B":5,"A":"y"}"#);
    }

    #[test]
    fn two_variables_of_one_name_are_found() {
        assert_eq!(twice(&[row("A", ""), row("", ""), row("", ""), row("A", "")]), Some(3));
        assert_eq!(twice(&[row("A", ""), row("a", "")]), None);
    }
}
