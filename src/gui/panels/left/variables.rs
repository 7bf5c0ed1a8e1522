//! Grids of names that are there once each: the environment variables of a filter's VM, and the addresses of names.

use std::collections::BTreeMap;

use egui::{Id, Ui};
use serde_json::{Map, Value};

use super::{Tabs, form};
use crate::gui::text::Text;
use crate::gui::widgets::{GridHeader, GridKind, HeaderGrid, drafts};
use crate::scenario::{Filter, env_text};

/// Rows that cannot be the scenario's yet, such as a variable without a name, and the pairs they were made from.
#[derive(Clone)]
struct Draft {
    rows: Vec<GridHeader>,
    from: Pairs,
}

/// Names with their values as text.
type Pairs = Vec<(String, String)>;

/// The environment variables of a filter.
pub fn show(ui: &mut Ui, tabs: &mut Tabs<'_>, place: usize, filter: &mut Filter) {
    let texts = tabs.text.environment;
    let grid = Grid {
        id: Id::unique(("variables", place)),
        title: texts.variables(),
        add: texts.add_variable(),
        kind: GridKind::Variables,
        said_twice: |text, name| text.environment.same_name(name),
    };
    let pairs = |env: &Map<String, Value>| -> Pairs {
        env.iter().map(|(key, value)| (key.clone(), env_text(value))).collect()
    };
    grid.show(ui, tabs, &mut filter.env, pairs, to_map);
}

/// What names resolve to.
pub fn names(ui: &mut Ui, tabs: &mut Tabs<'_>, names: &mut Names) {
    let texts = tabs.text.environment;
    let grid = Grid {
        id: Id::unique("names"),
        title: texts.names(),
        add: texts.add_name(),
        kind: GridKind::Names,
        said_twice: |text, name| text.environment.name_twice(name),
    };
    let pairs = |names: &Names| -> Pairs {
        names.iter().map(|(name, addresses)| (name.clone(), addresses_text(addresses))).collect()
    };
    grid.show(ui, tabs, names, pairs, to_names);
}

/// Addresses by name, as `scenario::Scenario::names`.
type Names = BTreeMap<String, Vec<String>>;

struct Grid<'a> {
    id: Id,
    title: &'a str,
    add: &'a str,
    kind: GridKind,
    /// What is wrong when a name is there twice.
    said_twice: fn(Text, &str) -> String,
}

impl Grid<'_> {
    /// `pairs`: the rows of the things; `read`: the things of the rows that have a name, and of the things before.
    fn show<T>(
        &self,
        ui: &mut Ui,
        tabs: &mut Tabs<'_>,
        things: &mut T,
        pairs: impl Fn(&T) -> Pairs,
        read: impl Fn(&[GridHeader], &T) -> T,
    ) {
        let draft_id = drafts::draft_id(ui, self.id);
        let from = pairs(things);
        let draft = ui.data(|data| data.get_temp::<Draft>(draft_id)).filter(|draft| draft.from == from);
        let mut rows = draft.map_or_else(|| from.iter().map(to_row).collect(), |draft| draft.rows);

        let mut wants_row = form::head_with_add(ui, self.title, &from.len().to_string(), self.add);
        let twice = twice(&rows);
        let why = twice.map(|row| (self.said_twice)(tabs.text, &rows[row].name));
        let marked = twice.zip(why.as_deref());
        let output = HeaderGrid::new(self.id, &mut rows).kind(self.kind).problem(marked).show(ui);
        tabs.explain(ui, why.as_deref());
        if twice.is_some() {
            drafts::note_untaken(ui, self.title);
        }
        wants_row |= output.wants_row;
        if let Some(row) = output.left.filter(|_| !wants_row)
            && rows.get(row).is_some_and(|row| row.name.is_empty() && row.value.is_empty())
        {
            rows.remove(row);
        }
        if wants_row {
            rows.push(GridHeader { on: true, ..GridHeader::default() });
            HeaderGrid::edit_name(ui.ctx(), self.id, rows.len() - 1);
        }
        let mut now = from;
        if output.changed && self::twice(&rows).is_none() {
            let changed = read(&rows, things);
            let after = pairs(&changed);
            if after != now {
                (*things, now) = (changed, after);
                if output.typed {
                    tabs.edits.typed(true);
                } else {
                    tabs.edits.made(true);
                }
            }
        }
        let settled = rows.iter().map(|row| (&row.name, &row.value)).eq(now.iter().map(|(a, b)| (a, b)));
        ui.data_mut(|data| {
            if settled {
                data.remove::<Draft>(draft_id);
            } else {
                data.insert_temp(draft_id, Draft { rows, from: now });
            }
        });
    }
}

fn addresses_text(addresses: &[String]) -> String {
    addresses.join(", ")
}

/// The rows that have a name, with the addresses between commas and spaces. Addresses that nobody touched stay as they are.
fn to_names(rows: &[GridHeader], before: &Names) -> Names {
    let addresses = |row: &GridHeader| match before.get(&row.name) {
        Some(same) if addresses_text(same) == row.value => same.clone(),
        _ => {
            let parts = row.value.split([',', '，', ' ']).filter(|part| !part.is_empty());
            parts.map(str::to_owned).collect()
        }
    };
    let named = rows.iter().filter(|row| !row.name.is_empty());
    named.map(|row| (row.name.clone(), addresses(row))).collect()
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
    fn addresses_are_written_with_commas_and_those_of_the_file_stay_as_they_are() {
        let before: Names =
            serde_json::from_str(r#"{"a": ["10.0.0.8 ", "::1"], "b": []}"#).expect("they are names");
        let names = to_names(
            &[row("a", "10.0.0.8 , ::1"), row("b", "10.0.0.9，::2"), row("", "not yet"), row("c", "x,")],
            &before,
        );
        let written = r#"{"a":["10.0.0.8 ","::1"],"b":["10.0.0.9","::2"],"c":["x"]}"#;
        assert_eq!(serde_json::to_string(&names).expect("serializes"), written);
    }

    #[test]
    fn two_variables_of_one_name_are_found() {
        assert_eq!(twice(&[row("A", ""), row("", ""), row("", ""), row("A", "")]), Some(3));
        assert_eq!(twice(&[row("A", ""), row("a", "")]), None);
    }
}
