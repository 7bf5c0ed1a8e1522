//! Copying out of the changes view: the value of a row, or a whole part as it left the filters.

use crate::gui::model::{CenterTab, DiffMode, Model};
use crate::gui::panels::center::selected_row;
use crate::view::changes::{Content, HeaderRow, Section};
use crate::view::diff::visible;
use crate::view::sentences;

/// What goes to the clipboard, and what it is called in the notice.
pub struct Copy {
    pub what: String,
    pub text: String,
}

/// Whether a row is chosen in the changes view.
pub fn has_row(model: &Model) -> bool {
    place(model).is_some()
}

/// The section and perhaps the row that keys and commands are about.
fn place(model: &Model) -> Option<(usize, Option<usize>)> {
    let is_shown = model.view.center == CenterTab::Changes && model.view.diff != DiffMode::Raw;
    let run = model.runs.current.as_ref().filter(|_| is_shown)?;
    selected_row(model, run)
}

/// The value of the chosen row as it is after the filters, or as it was where it is gone. Of a head, the whole part.
pub fn value(model: &Model) -> Option<Copy> {
    let (number, row) = place(model)?;
    let section = model.runs.current.as_ref()?.changes.sections.get(number)?;
    let Some(row) = row else { return after(model) };
    match &section.content {
        Content::Headers { rows, .. } => {
            let row: &HeaderRow = rows.get(row)?;
            let cell = row.after.as_ref().or(row.before.as_ref())?;
            Some(Copy { what: cell.name.clone(), text: cell.copied(model.hides_secrets()) })
        }
        Content::Body(body) => {
            let text = text_of(&body.value(row)?);
            let what = body.name(row).unwrap_or_else(|| part_name(model, section));
            Some(Copy { what, text })
        }
    }
}

/// The part in which a row is chosen, as it left the filters: headers as lines, a body as text, bytes as numbers.
pub fn after(model: &Model) -> Option<Copy> {
    let (number, _) = place(model)?;
    let section = model.runs.current.as_ref()?.changes.sections.get(number)?;
    let masks = model.hides_secrets();
    let text = match &section.content {
        Content::Headers { rows, .. } => {
            // In the order in which they were sent.
            let mut cells: Vec<_> = rows.iter().filter_map(|row| row.after.as_ref()).collect();
            cells.sort_by_key(|cell| cell.place);
            cells.iter().map(|cell| format!("{}: {}\n", cell.name, cell.copied(masks))).collect()
        }
        Content::Body(body) => match std::str::from_utf8(body.shown_bytes()[1]) {
            Ok(text) => text.to_owned(),
            Err(_) => numbers(body.shown_bytes()[1]),
        },
    };
    Some(Copy { what: part_name(model, section), text })
}

fn part_name(model: &Model, section: &Section) -> String {
    sentences::changes::part(model.text().language, section.part).to_owned()
}

/// Bytes that are no text get escapes.
fn text_of(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => visible(bytes, bytes.len()).text,
    }
}

/// Sixteen bytes a line.
fn numbers(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 3);
    for line in bytes.chunks(16) {
        let line: Vec<String> = line.iter().map(|byte| format!("{byte:02x}")).collect();
        text += &line.join(" ");
        text.push('\n');
    }
    text
}
