//! HTML text under construction. Whatever comes from a message, a filter or a file goes through [`Markup::text`].

use std::fmt::{Arguments, Write as _};

use crate::view::Text;
use crate::view::diff::visible;

/// HTML text. Markup of the report itself is written with [`Markup::raw`], everything else escaped.
#[derive(Debug, Default)]
pub(super) struct Markup {
    out: String,
}

impl Markup {
    /// Markup, as it stands. Only literals, numbers and what has been escaped.
    pub(super) fn raw(&mut self, markup: &str) -> &mut Self {
        self.out.push_str(markup);
        self
    }

    /// The same with numbers in it.
    pub(super) fn put(&mut self, markup: Arguments<'_>) -> &mut Self {
        // Writing to a string does not fail.
        let _ = self.out.write_fmt(markup);
        self
    }

    /// Any text, for the inside of an element or of an attribute in double quotes.
    pub(super) fn text(&mut self, text: &str) -> &mut Self {
        for c in text.chars() {
            match c {
                '&' => self.out.push_str("&amp;"),
                '<' => self.out.push_str("&lt;"),
                '>' => self.out.push_str("&gt;"),
                '"' => self.out.push_str("&quot;"),
                '\'' => self.out.push_str("&#39;"),
                // HTML knows neither NUL nor other controls; what shows them comes before.
                c if c.is_control() && c != '\n' => self.out.push('\u{fffd}'),
                c => self.out.push(c),
            }
        }
        self
    }

    /// A name or value from somewhere else, as code that keeps its direction to itself.
    pub(super) fn code(&mut self, text: &str) -> &mut Self {
        self.raw("<code>").text(text).raw("</code>")
    }

    /// Any bytes as code: at most `most` of them, with nothing hidden.
    pub(super) fn bytes(&mut self, bytes: &[u8], most: usize) -> &mut Self {
        let shown = visible(bytes, most);
        self.raw("<code>").text(&shown.text);
        if shown.is_cut {
            self.raw("…");
        }
        self.raw("</code>")
    }

    /// A sentence with its code as code.
    pub(super) fn prose(&mut self, text: &Text) -> &mut Self {
        for (piece, is_code) in text.pieces() {
            match is_code {
                true => self.code(piece),
                false => self.text(piece),
            };
        }
        self
    }

    /// A paragraph in the second rank, such as what was left out.
    pub(super) fn note(&mut self, text: &str) -> &mut Self {
        self.raw("<p class=\"note\">").text(text).raw("</p>\n")
    }

    pub(super) fn len(&self) -> usize {
        self.out.len()
    }

    pub(super) fn finish(self) -> String {
        self.out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_leaves_the_text() {
        let mut out = Markup::default();
        out.text("</script><b a='x' b=\"y\">&amp;\0\u{1b}");
        let escaped = "&lt;/script&gt;&lt;b a=&#39;x&#39; b=&quot;y&quot;&gt;&amp;amp;\u{fffd}\u{fffd}";
        assert_eq!(out.finish(), escaped);
    }

    #[test]
    fn bytes_show_what_hides_in_them_and_where_they_are_cut() {
        let mut out = Markup::default();
        out.bytes("a\0\u{202e}bcdef".as_bytes(), 6);
        assert_eq!(out.finish(), "<code>a\\0\\u{202e}b…</code>");
    }
}
