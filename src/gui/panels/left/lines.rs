//! Header and trailer lines in the grid.

use egui::{Id, Ui};

use super::{Tabs, form};
use crate::gui::{
    theme::{self, Icon, Tone, space},
    widgets::{self, Button, GridHeader, HeaderGrid, prose},
};
use crate::http::Protocol;
use crate::run::Place;
use crate::scenario::HeaderLine;
use crate::view::secrets;

/// The words around a grid.
pub struct Words<'a> {
    pub title: &'a str,
    pub add: &'a str,
}

/// A section with a grid of lines. `open`: it can be folded.
pub fn show(
    ui: &mut Ui,
    tabs: &mut Tabs<'_>,
    id: Id,
    words: &Words<'_>,
    lines: &mut Vec<HeaderLine>,
    place: impl Fn(usize) -> Place,
) {
    let summary = lines.len().to_string();
    if form::head_with_add(ui, words.title, &summary, words.add) {
        add(ui, tabs, id, lines);
    }
    grid(ui, tabs, id, lines, place);
}

/// The same behind a chevron: closed while there is nothing in it.
pub fn foldable(
    ui: &mut Ui,
    tabs: &mut Tabs<'_>,
    id: Id,
    words: &Words<'_>,
    lines: &mut Vec<HeaderLine>,
    place: impl Fn(usize) -> Place,
) {
    let summary = lines.len().to_string();
    if form::fold(ui, id, words.title, &summary, !lines.is_empty()) {
        grid(ui, tabs, id, lines, place);
        ui.add_space(space::XS);
        if Button::new(words.add).icon(Icon::Plus).show(ui).clicked() {
            add(ui, tabs, id, lines);
        }
    }
}

/// The height of a section that is folded, in points.
pub fn folded(ui: &Ui) -> f32 {
    theme::of(ui.ctx()).sizes.section_head + ui.spacing().item_spacing.y
}

/// The entries of an HTTP/2 METADATA frame.
pub fn metadata(ui: &mut Ui, tabs: &mut Tabs<'_>, id: Id, protocol: Protocol, lines: &mut Vec<HeaderLine>) {
    let texts = tabs.text.message;
    let words = Words { title: texts.metadata_title(), add: texts.add_metadata() };
    foldable(ui, tabs, id, &words, lines, unchecked);
    if !lines.is_empty() {
        let note = match protocol {
            Protocol::Http1 => texts.metadata_not_sent(),
            Protocol::Http2 => texts.metadata_note(),
        };
        prose(ui, note, Tone::Muted);
    }
}

/// Where nothing is checked line by line.
pub fn unchecked(_: usize) -> Place {
    Place::Chain
}

/// A new line is not sent before it has a name: until then it would only stop the run.
fn add(ui: &Ui, tabs: &mut Tabs<'_>, id: Id, lines: &mut Vec<HeaderLine>) {
    lines.push(HeaderLine { on: false, ..HeaderLine::new("", "") });
    HeaderGrid::edit_name(ui.ctx(), id, lines.len() - 1);
    tabs.edits.made(true);
}

fn grid(
    ui: &mut Ui,
    tabs: &mut Tabs<'_>,
    id: Id,
    lines: &mut Vec<HeaderLine>,
    place: impl Fn(usize) -> Place,
) {
    let before: Vec<GridHeader> =
        lines.iter().map(|line| to_grid(line, tabs.model.hides_secrets())).collect();
    let mut rows = before.clone();
    let problem = tabs.line_problem(lines.len(), place);
    let marked = problem.as_ref().map(|(line, reason)| (*line, reason.as_str()));
    let output = HeaderGrid::new(id, &mut rows).problem(marked).show(ui);
    tabs.explain(ui, problem.as_ref().map(|(_, reason)| reason.as_str()));
    if output.changed {
        let rows = rows.into_iter().enumerate();
        *lines = rows.map(|(index, row)| from_grid(index, row, &before, lines)).collect();
        if output.typed {
            tabs.edits.typed(true);
        } else {
            tabs.edits.made(true);
        }
    }
    if output.wants_row {
        add(ui, tabs, id, lines);
    } else if let Some(row) = output.left
        && lines.get(row).is_some_and(|line| line.name.is_empty() && line.value.is_empty())
    {
        // A line that was added and never filled in.
        lines.remove(row);
        tabs.edits.typed(true);
        if let Some(row) = lines.len().checked_sub(1).map(|last| row.min(last)) {
            let clicked = ui.input(|input| input.pointer.any_click());
            if !clicked && widgets::focused(ui.ctx()).is_none() {
                HeaderGrid::focus_name(ui.ctx(), id, row);
            }
        }
    }
}

fn to_grid(line: &HeaderLine, hide: bool) -> GridHeader {
    let value = line.value.text().map_or_else(|| escape(&line.value.0), str::to_owned);
    let name = line.name.trim().to_ascii_lowercase();
    let hidden = hide && !value.is_empty() && secrets::is_secret(name.as_bytes());
    let masked = hidden.then(|| secrets::mask(name.as_bytes(), &value));
    GridHeader { on: line.on, name: line.name.clone(), value, masked }
}

/// The line of a row: the one it was made from, with what the user changed of it.
fn from_grid(index: usize, row: GridHeader, before: &[GridHeader], lines: &[HeaderLine]) -> HeaderLine {
    if let Some(same) = before.iter().position(|known| *known == row) {
        return lines[same].clone();
    }
    // Rows move only whole, so a row that is not among the old ones was edited where it stands.
    let old = lines.get(index);
    let was_bytes = old.is_some_and(|old| old.value.text().is_none());
    let value = if was_bytes { unescape(&row.value).into() } else { row.value.into() };
    let gets_name = old.is_some_and(|old| !old.on && old.name.is_empty() && !row.name.is_empty());
    HeaderLine { on: row.on || gets_name, name: row.name, value }
}

/// Bytes that are no text, readable: `\xFF` for each byte that is none, `\\` for a backslash.
pub fn escape(bytes: &[u8]) -> String {
    let mut text = String::new();
    for chunk in bytes.utf8_chunks() {
        text.push_str(&chunk.valid().replace('\\', "\\\\"));
        for byte in chunk.invalid() {
            text.push_str(&format!("\\x{byte:02X}"));
        }
    }
    text
}

/// The bytes that such a text stands for.
pub fn unescape(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        bytes.extend_from_slice(&rest.as_bytes()[..at]);
        rest = &rest[at + 1..];
        let hex = rest.strip_prefix('x').and_then(|hex| u8::from_str_radix(hex.get(..2)?, 16).ok());
        if let Some(byte) = hex {
            bytes.push(byte);
            rest = &rest[3..];
        } else {
            bytes.push(b'\\');
            rest = rest.strip_prefix('\\').unwrap_or(rest);
        }
    }
    bytes.extend_from_slice(rest.as_bytes());
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_that_are_no_text_survive_being_shown() {
        for bytes in [&b"a\xFFb"[..], b"\\x41\xC3", b"\xE4\xB8", b"\\\\\xFF", b"\xFF\\"] {
            assert_eq!(unescape(&escape(bytes)), bytes);
        }
        assert_eq!(escape(b"a\xFF"), "a\\xFF");
    }

    #[test]
    fn a_row_that_is_edited_keeps_the_rest_of_its_line() {
        let lines =
            vec![HeaderLine::new("a", b"\xFF".to_vec()), HeaderLine { on: false, ..HeaderLine::new("", "") }];
        let before: Vec<GridHeader> = lines.iter().map(|line| to_grid(line, true)).collect();
        let edited = GridHeader { name: "ab".into(), ..before[0].clone() };
        assert_eq!(from_grid(0, edited, &before, &lines), HeaderLine::new("ab", b"\xFF".to_vec()));
        let named = GridHeader { name: "x".into(), ..before[1].clone() };
        assert!(from_grid(1, named, &before, &lines).on, "a line is sent as soon as it has a name");
    }
}
