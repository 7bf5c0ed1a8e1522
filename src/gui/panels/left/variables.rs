//! The environment variables of a filter's VM.

use egui::{Id, Ui};
use serde_json::{Map, Value};

use super::{Tabs, form};
use crate::gui::widgets::{GridHeader, GridKind, HeaderGrid};
use crate::scenario::{Filter, env_text};

/// Rows that cannot be the scenario's yet, such as a variable without a name, and the variables they were made from.
#[derive(Clone)]
struct Draft {
    rows: Vec<GridHeader>,
    from: Vec<(String, String)>,
}

pub fn show(ui: &mut Ui, tabs: &mut Tabs<'_>, place: usize, filter: &mut Filter) {
    let texts = tabs.text.environment;
    let title = texts.variables();
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
