//! Bytes as text in which nothing hides.

/// Text for display.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Visible {
    pub text: String,
    /// More bytes follow than are shown.
    pub is_cut: bool,
    /// Some bytes were no UTF-8; `U+FFFD` stands in their place.
    pub is_lossy: bool,
}

/// At most `most` bytes as text: control characters and characters without a width of their own become escapes such
/// as `\r` or `\u{202e}`, a tab an arrow, bytes that are not UTF-8 the replacement character.
pub fn visible(bytes: &[u8], most: usize) -> Visible {
    let mut shown = Visible { is_cut: bytes.len() > most, ..Visible::default() };
    let part = &bytes[..floor_boundary(bytes, most)];
    shown.text.reserve(part.len());
    for chunk in part.utf8_chunks() {
        push(&mut shown.text, chunk.valid());
        if !chunk.invalid().is_empty() {
            shown.is_lossy = true;
            shown.text.push('\u{fffd}');
        }
    }
    shown
}

/// The largest length up to `most` that does not cut a UTF-8 sequence.
fn floor_boundary(bytes: &[u8], most: usize) -> usize {
    if bytes.len() <= most {
        return bytes.len();
    }
    let is_continuation = |at: usize| bytes[at] & 0xc0 == 0x80;
    let mut end = most;
    // A sequence has at most three continuation bytes; more of them are no UTF-8, and may be cut anywhere.
    while end > most.saturating_sub(3) && is_continuation(end) {
        end -= 1;
    }
    if is_continuation(end) { most } else { end }
}

fn push(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '\t' => out.push_str("→   "),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\0' => out.push_str("\\0"),
            c if c.is_ascii_control() => out.push_str(&format!("\\x{:02x}", u32::from(c))),
            c if hides(c) => out.push_str(&format!("\\u{{{:x}}}", u32::from(c))),
            c => out.push(c),
        }
    }
}

/// Control characters beyond ASCII, zero-width characters, and those that change the direction of a line.
fn hides(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_hides_is_made_visible() {
        assert_eq!(visible(b"a\tb\r\x1b\0", 99).text, "a→   b\\r\\x1b\\0");
        assert_eq!(visible("a\u{202e}b\u{feff}".as_bytes(), 99).text, "a\\u{202e}b\\u{feff}");
        assert_eq!(visible("张三".as_bytes(), 99), Visible { text: "张三".into(), ..Visible::default() });
    }

    #[test]
    fn bytes_that_are_not_utf8_are_flagged() {
        let shown = visible(b"a\xff\xfeb", 99);
        assert_eq!((shown.text.as_str(), shown.is_lossy), ("a\u{fffd}\u{fffd}b", true));
    }

    #[test]
    fn a_cut_never_splits_a_character() {
        let shown = visible("张三".as_bytes(), 5);
        assert_eq!((shown.text.as_str(), shown.is_cut, shown.is_lossy), ("张", true, false));
        assert!(visible(&[0x80; 20], 7).is_cut);
    }
}
