//! Read-only text of any size: an index of its lines and a list that lays out the visible ones.

use std::borrow::Cow;

use egui::{Align2, Id, Pos2, Ui};

use super::{
    list::{ListOutput, VirtualList},
    paint::{galley, text_at},
};
use crate::gui::{
    text,
    theme::{self, space},
};
use crate::view::diff::visible;

/// The longest piece of a line that is laid out as one row, in bytes.
const ROW_LIMIT: usize = 4096;

#[derive(Clone, Copy, Debug)]
struct RowStart {
    byte: usize,
    /// Counted from 0; the same for all rows of one line.
    line: u32,
}

/// Where the rows of a text begin. Built once when the text changes; about a second's work per gigabyte.
#[derive(Clone, Debug, Default)]
pub struct LineIndex {
    rows: Vec<RowStart>,
    len: usize,
}

impl LineIndex {
    /// Lines end at `\n`. Lines over 4 KB continue on further rows, cut between characters.
    #[must_use]
    pub fn new(text: &[u8]) -> Self {
        let mut rows = Vec::new();
        let mut line = 0;
        let mut start = 0;
        loop {
            let end =
                text[start..].iter().position(|byte| *byte == b'\n').map_or(text.len(), |at| start + at);
            let mut byte = start;
            loop {
                rows.push(RowStart { byte, line });
                if end - byte <= ROW_LIMIT {
                    break;
                }
                byte += ROW_LIMIT;
                let mut steps = 0;
                // Not in the middle of a character; at most three bytes back, since the text need not be UTF-8.
                while steps < 3 && text[byte] & 0b1100_0000 == 0b1000_0000 {
                    byte -= 1;
                    steps += 1;
                }
            }
            if end == text.len() {
                return Self { rows, len: text.len() };
            }
            start = end + 1;
            line += 1;
        }
    }

    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows.len()
    }

    #[must_use]
    pub fn lines(&self) -> usize {
        self.rows.last().map_or(0, |row| row.line as usize + 1)
    }

    /// The first row of the line that a row belongs to.
    fn first_row(&self, row: usize) -> usize {
        let line = self.rows.get(row).map_or(0, |start| start.line);
        self.rows.partition_point(|start| start.line < line)
    }

    /// The row's text, and its line's number (counted from 1) if the line begins here. `text` is what [`Self::new`] saw.
    #[must_use]
    pub fn row<'t>(&self, text: &'t [u8], row: usize) -> (Option<usize>, Cow<'t, str>) {
        let Some(start) = self.rows.get(row) else { return (None, Cow::Borrowed("")) };
        let next = self.rows.get(row + 1);
        let end = match next {
            Some(next) if next.line == start.line => next.byte,
            Some(next) => next.byte.saturating_sub(1),
            None => self.len,
        };
        let first = row == 0 || self.rows[row - 1].line != start.line;
        let bytes = text.get(start.byte..end).unwrap_or_default();
        let bytes = bytes.strip_suffix(b"\r").unwrap_or(bytes);
        (first.then_some(start.line as usize + 1), String::from_utf8_lossy(bytes))
    }

    /// The row's text as it is shown: nothing in it hides or turns the line around.
    fn shown(&self, text: &[u8], row: usize) -> (Option<usize>, String) {
        let (line, text) = self.row(text, row);
        (line, visible(text.as_bytes(), text.len()).text)
    }
}

/// Shows a text of any size. Scrolls both ways; arrow keys move a line cursor that only a screen reader notices.
#[must_use = "the text is seen only after `show`"]
pub struct TextViewer<'a> {
    id: Id,
    name: &'a str,
    text: &'a [u8],
    index: &'a LineIndex,
    selected: Option<usize>,
    hides: Option<Hides>,
}

/// What is shown in place of a row, if anything: from the first row of its line, and the row itself.
type Hides = fn(&str, &str) -> Option<String>;

impl<'a> TextViewer<'a> {
    pub fn new(id: Id, name: &'a str, text: &'a [u8], index: &'a LineIndex) -> Self {
        Self { id, name, text, index, selected: None, hides: None }
    }

    pub fn selected(mut self, row: Option<usize>) -> Self {
        self.selected = row;
        self
    }

    /// Shows other words in place of some rows.
    pub fn hiding(mut self, hides: Option<Hides>) -> Self {
        self.hides = hides;
        self
    }

    fn row(&self, row: usize) -> (Option<usize>, String) {
        let (line, shown) = self.index.shown(self.text, row);
        let Some(hides) = self.hides else { return (line, shown) };
        let (_, begin) = self.index.row(self.text, self.index.first_row(row));
        (line, hides(&begin, &shown).unwrap_or(shown))
    }

    pub fn show(self, ui: &mut Ui) -> ListOutput {
        let theme = theme::of(ui.ctx());
        let texts = text::of(ui.ctx());
        let lines = self.index.lines();
        let advance = theme.sizes.code * 0.6;
        let digits = lines.max(1).ilog10() as f32 + 1.0;
        let gutter = space::S + digits * advance + space::S;
        // Wide enough for the longest row there can be only if one is that long.
        let longest = if self.index.rows() > lines { ROW_LIMIT } else { 512 };
        VirtualList::new(self.id, self.name, self.index.rows())
            .row_height(theme.sizes.code_line)
            .selected(self.selected)
            .content_width(gutter + longest as f32 * advance)
            .plain()
            .show(
                ui,
                |row| {
                    let (line, shown) = self.row(row);
                    match line {
                        Some(line) => format!("{}: {shown}", texts.widgets.viewer_line(line, lines)),
                        None => shown,
                    }
                },
                |row| {
                    let (line, shown) = self.row(row.index);
                    let middle = row.rect.center().y;
                    if let Some(line) = line {
                        let number = galley(row.painter, line.to_string(), theme.code(), theme.colors.muted);
                        let right = Pos2::new(row.rect.left() + gutter - space::S, middle);
                        text_at(row.painter, right, Align2::RIGHT_CENTER, number);
                    }
                    let words = galley(row.painter, shown, theme.code(), theme.colors.text);
                    text_at(
                        row.painter,
                        Pos2::new(row.rect.left() + gutter, middle),
                        Align2::LEFT_CENTER,
                        words,
                    );
                },
            )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &[u8]) -> Vec<(Option<usize>, String)> {
        let index = LineIndex::new(text);
        (0..index.rows())
            .map(|row| index.row(text, row))
            .map(|(line, text)| (line, text.into_owned()))
            .collect()
    }

    #[test]
    fn lines_are_found() {
        let line = |n, text: &str| (Some(n), text.to_owned());
        assert_eq!(all(b""), [line(1, "")]);
        assert_eq!(all(b"one"), [line(1, "one")]);
        assert_eq!(all(b"one\n"), [line(1, "one"), line(2, "")]);
        assert_eq!(all(b"one\r\n\ntwo"), [line(1, "one"), line(2, ""), line(3, "two")]);
    }

    #[test]
    fn long_lines_continue_between_characters() {
        let long = "中".repeat(3000);
        let text = format!("{long}\nend");
        let rows = all(text.as_bytes());
        assert_eq!(rows.len(), 4);
        assert_eq!(rows[0].0, Some(1));
        assert_eq!(rows[1].0, None);
        assert_eq!(rows[3], (Some(2), "end".to_owned()));
        let joined: String = rows[..3].iter().map(|(_, text)| text.as_str()).collect();
        assert_eq!(joined, long);
        assert_eq!(LineIndex::new(text.as_bytes()).lines(), 2);
    }

    #[test]
    fn what_turns_a_line_around_or_hides_is_shown_as_an_escape() {
        let text = "a\u{202e}b\u{7}\tc".as_bytes();
        assert_eq!(LineIndex::new(text).shown(text, 0).1, "a\\u{202e}b\\x07→   c");
    }

    #[test]
    fn bytes_that_are_no_text_are_shown_and_do_not_hang() {
        let bytes = vec![0b1000_0000; 3 * ROW_LIMIT];
        assert!(all(&bytes).len() >= 3);
    }
}
