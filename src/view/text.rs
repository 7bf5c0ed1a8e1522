//! Sentences in which some stretches are code: names, values, things to type.

use std::fmt;
use std::ops::Range;

use super::diff::visible;

/// Begins and ends code inside a text under construction. Private-use characters, so that a value from a message can
/// hold any character that people use without ending the stretch.
const BEGIN: char = '\u{e000}';
const END: char = '\u{e001}';

/// Longest value that is quoted inside a sentence, in bytes.
const QUOTED: usize = 120;

/// A sentence or paragraph with its stretches of code.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text {
    plain: String,
    code: Vec<Range<usize>>,
}

impl Text {
    /// Reads markup: code stands between backticks, or is inserted by [`code`].
    pub fn new(marked: impl AsRef<str>) -> Self {
        let marked = marked.as_ref();
        let mut text = Self { plain: String::with_capacity(marked.len()), code: Vec::new() };
        let mut begin = None;
        // A lone backtick is a character like any other.
        let mut backticks = marked.matches('`').count() / 2 * 2;
        let mut inserted = false;
        for c in marked.chars() {
            let at = text.plain.len();
            match c {
                BEGIN => {
                    inserted = true;
                    begin.get_or_insert(at);
                }
                END => {
                    inserted = false;
                    text.close(&mut begin);
                }
                '`' if backticks > 0 && !inserted => {
                    backticks -= 1;
                    if begin.is_some() {
                        text.close(&mut begin);
                    } else {
                        begin = Some(at);
                    }
                }
                c => text.plain.push(c),
            }
        }
        text.close(&mut begin);
        text
    }

    /// A text that is code as a whole, however long.
    pub fn verbatim(code: impl Into<String>) -> Self {
        let plain = code.into();
        let whole = 0..plain.len();
        Self { code: if plain.is_empty() { Vec::new() } else { vec![whole] }, plain }
    }

    /// As markup once more, to become part of a longer sentence.
    pub(in crate::view) fn to_marked(&self) -> String {
        self.pieces()
            .map(|(piece, is_code)| if is_code { format!("{BEGIN}{piece}{END}") } else { piece.to_owned() })
            .collect()
    }

    /// This text followed by another.
    #[must_use]
    pub fn joined(mut self, other: Self) -> Self {
        let at = self.plain.len();
        self.plain += &other.plain;
        self.code.extend(other.code.into_iter().map(|range| range.start + at..range.end + at));
        self
    }

    fn close(&mut self, begin: &mut Option<usize>) {
        if let Some(start) = begin.take()
            && start < self.plain.len()
        {
            self.code.push(start..self.plain.len());
        }
    }

    /// The words without any markup.
    pub fn as_str(&self) -> &str {
        &self.plain
    }

    pub fn is_empty(&self) -> bool {
        self.plain.is_empty()
    }

    /// Where code is, as byte ranges into [`Text::as_str`].
    pub fn code(&self) -> &[Range<usize>] {
        &self.code
    }

    /// The stretches in order, each with whether it is code.
    pub fn pieces(&self) -> impl Iterator<Item = (&str, bool)> {
        let mut at = 0;
        let mut pieces = Vec::with_capacity(self.code.len() * 2 + 1);
        for range in &self.code {
            pieces.push((&self.plain[at..range.start], false));
            pieces.push((&self.plain[range.clone()], true));
            at = range.end;
        }
        pieces.push((&self.plain[at..], false));
        pieces.into_iter().filter(|(piece, _)| !piece.is_empty())
    }

    /// With backticks around code, for terminals and chats.
    pub fn with_backticks(&self) -> String {
        self.pieces()
            .map(|(piece, is_code)| if is_code { format!("`{piece}`") } else { piece.to_owned() })
            .collect()
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&self.plain)
    }
}

impl From<&str> for Text {
    fn from(marked: &str) -> Self {
        Self::new(marked)
    }
}

impl From<String> for Text {
    fn from(marked: String) -> Self {
        Self::new(marked)
    }
}

/// A value as code inside a sentence that becomes a [`Text`]; long ones are shortened, control characters shown.
pub fn code(value: impl AsRef<[u8]>) -> String {
    let shown = visible(value.as_ref(), QUOTED);
    let dots = if shown.is_cut { "…" } else { "" };
    let text = shown.text.replace([BEGIN, END], "\u{fffd}");
    format!("{BEGIN}{text}{dots}{END}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backticks_and_inserted_values_become_code() {
        let text = Text::new(format!("set `a` to {}, not `b`", code("x`y")));
        assert_eq!(text.as_str(), "set a to x`y, not b");
        let code: Vec<&str> = text.pieces().filter(|(_, is_code)| *is_code).map(|(piece, _)| piece).collect();
        assert_eq!(code, ["a", "x`y", "b"]);
    }

    #[test]
    fn a_lone_backtick_is_kept() {
        assert_eq!(Text::new("a ` b").as_str(), "a ` b");
        assert_eq!(Text::new("a ` b").pieces().count(), 1);
    }

    #[test]
    fn markup_characters_inside_a_value_do_no_harm() {
        let text = Text::new(format!("x {} y", code("a\u{e001}b")));
        assert_eq!(text.as_str(), "x a\u{fffd}b y");
        assert_eq!(text.with_backticks(), "x `a\u{fffd}b` y");
    }
}
