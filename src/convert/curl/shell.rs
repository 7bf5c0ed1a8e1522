//! The words of a command line as a POSIX shell reads them (POSIX.1-2024, "Shell Command Language", sections 2.2 and 2.3;
//! `$'…'` is in it now). Nothing is run: what a shell would have to expand or run is an error with its place.

use super::{Shell, Unsupported};

/// One argument, with the place at which it begins in the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    pub bytes: Vec<u8>,
    pub at: usize,
}

/// What is wrong, and where in the text.
pub type Wrong = (Unsupported, usize);

/// The words of the only command in `text`.
pub fn words(text: &str) -> Result<Vec<Word>, Wrong> {
    Reader { text: text.as_bytes(), at: 0 }.words()
}

struct Reader<'a> {
    text: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    fn words(mut self) -> Result<Vec<Word>, Wrong> {
        let mut words = Vec::new();
        let mut has_ended = false;
        while let Some(byte) = self.next_of_line() {
            let at = self.at;
            match byte {
                b'\n' => {
                    self.at += 1;
                    has_ended = !words.is_empty();
                }
                b';' if !words.is_empty() && !has_ended => {
                    self.at += 1;
                    has_ended = true;
                }
                b'#' => self.skip_line(),
                _ if has_ended => return Err((Unsupported::Shell(Shell::Several), at)),
                _ => {
                    let bytes = self.word()?;
                    words.push(Word { bytes, at });
                }
            }
        }
        Ok(words)
    }

    fn peek(&self, ahead: usize) -> Option<u8> {
        self.text.get(self.at + ahead).copied()
    }

    /// The line break at this place that a backslash before it takes away: its length.
    fn line_break(&self, ahead: usize) -> Option<usize> {
        match (self.peek(ahead)?, self.peek(ahead + 1)) {
            (b'\n', _) => Some(1),
            (b'\r', Some(b'\n')) => Some(2),
            _ => None,
        }
    }

    /// Skips blanks, and lines that go on.
    fn next_of_line(&mut self) -> Option<u8> {
        loop {
            match self.peek(0)? {
                b' ' | b'\t' | b'\r' => self.at += 1,
                b'\\' if self.line_break(1).is_some() => self.at += 1 + self.line_break(1).unwrap_or(0),
                byte => return Some(byte),
            }
        }
    }

    fn skip_line(&mut self) {
        while self.peek(0).is_some_and(|byte| byte != b'\n') {
            self.at += 1;
        }
    }

    fn word(&mut self) -> Result<Vec<u8>, Wrong> {
        let mut word = Vec::new();
        // The first character that stands for others, and what stands before it in the word.
        let mut glob = None;
        while let Some(byte) = self.peek(0) {
            let at = self.at;
            let shell = |shell| Err((Unsupported::Shell(shell), at));
            match byte {
                b' ' | b'\t' | b'\n' | b'\r' | b';' => break,
                b'\'' => self.single(&mut word)?,
                b'"' => self.double(&mut word)?,
                b'$' if self.peek(1) == Some(b'\'') => self.ansi(&mut word)?,
                b'$' if self.peek(1) == Some(b'"') => {
                    self.at += 1;
                    self.double(&mut word)?;
                }
                b'$' => self.dollar(&mut word)?,
                b'`' => return shell(Shell::Substitution),
                b'\\' => match (self.line_break(1), self.peek(1)) {
                    (Some(length), _) => self.at += 1 + length,
                    (None, Some(next)) => self.push(&mut word, next, 2),
                    (None, None) => self.push(&mut word, b'\\', 1),
                },
                b'|' => return shell(Shell::Pipe),
                b'&' if self.peek(1) == Some(b'>') => return shell(Shell::Redirect),
                b'&' => return shell(Shell::Several),
                b'<' | b'>' if self.peek(1) == Some(b'(') => return shell(Shell::Substitution),
                b'<' | b'>' => return shell(Shell::Redirect),
                b'(' | b')' => return shell(Shell::Group),
                0 => return shell(Shell::Nul),
                b'{' if self.is_list() => return shell(Shell::Glob),
                byte => {
                    if matches!(byte, b'*' | b'?' | b'[') && glob.is_none() {
                        glob = Some((at, byte, word.len()));
                    }
                    self.push(&mut word, byte, 1);
                }
            }
        }
        match glob {
            Some((at, byte, before)) if !is_literal(&word, byte, before) => {
                Err((Unsupported::Shell(Shell::Glob), at))
            }
            _ => Ok(word),
        }
    }

    fn push(&mut self, word: &mut Vec<u8>, byte: u8, length: usize) {
        word.push(byte);
        self.at += length;
    }

    /// The brace opens a list or a range: `{a,b}`, `{1..3}`.
    fn is_list(&self) -> bool {
        let rest = &self.text[self.at..];
        let end = rest.iter().position(|byte| b" \t\r\n'\"}".contains(byte)).unwrap_or(rest.len());
        let inside = &rest[..end];
        rest.get(end) == Some(&b'}')
            && (inside.contains(&b',') || inside.windows(2).any(|pair| pair == b".."))
    }

    /// The next byte of a quotation that began at `begin`. `None`: its quote, which ends it and is passed.
    fn within(&mut self, quote: u8, begin: usize) -> Result<Option<u8>, Wrong> {
        match self.peek(0) {
            None => Err((Unsupported::NotClosed, begin)),
            Some(0) => Err((Unsupported::Shell(Shell::Nul), self.at)),
            Some(byte) if byte == quote => {
                self.at += 1;
                Ok(None)
            }
            other => Ok(other),
        }
    }

    fn single(&mut self, word: &mut Vec<u8>) -> Result<(), Wrong> {
        let begin = self.at;
        self.at += 1;
        while let Some(byte) = self.within(b'\'', begin)? {
            self.push(word, byte, 1);
        }
        Ok(())
    }

    fn double(&mut self, word: &mut Vec<u8>) -> Result<(), Wrong> {
        let begin = self.at;
        self.at += 1;
        while let Some(byte) = self.within(b'"', begin)? {
            match byte {
                b'`' => return Err((Unsupported::Shell(Shell::Substitution), self.at)),
                b'$' => self.dollar(word)?,
                b'\\' => match (self.line_break(1), self.peek(1)) {
                    (Some(length), _) => self.at += 1 + length,
                    (None, Some(next @ (b'$' | b'`' | b'"' | b'\\'))) => self.push(word, next, 2),
                    (None, _) => self.push(word, b'\\', 1),
                },
                byte => self.push(word, byte, 1),
            }
        }
        Ok(())
    }

    /// A dollar sign that is none of an expansion stands for itself.
    fn dollar(&mut self, word: &mut Vec<u8>) -> Result<(), Wrong> {
        let shell = match self.peek(1) {
            Some(b'(') => Shell::Substitution,
            Some(byte) if byte.is_ascii_alphanumeric() || b"_{@*#?$!-".contains(&byte) => Shell::Variable,
            _ => {
                self.push(word, b'$', 1);
                return Ok(());
            }
        };
        Err((Unsupported::Shell(shell), self.at))
    }

    /// `$'…'`.
    fn ansi(&mut self, word: &mut Vec<u8>) -> Result<(), Wrong> {
        let begin = self.at;
        self.at += 2;
        while let Some(byte) = self.within(b'\'', begin)? {
            match byte {
                b'\\' => self.escape(word)?,
                byte => self.push(word, byte, 1),
            }
        }
        Ok(())
    }

    fn escape(&mut self, word: &mut Vec<u8>) -> Result<(), Wrong> {
        let at = self.at;
        let Some(kind) = self.peek(1) else {
            self.at += 1;
            return Ok(());
        };
        self.at += 2;
        let before = word.len();
        match kind {
            b'a' => word.push(7),
            b'b' => word.push(8),
            b'e' | b'E' => word.push(27),
            b'f' => word.push(12),
            b'n' => word.push(b'\n'),
            b'r' => word.push(b'\r'),
            b't' => word.push(b'\t'),
            b'v' => word.push(11),
            b'\\' | b'\'' | b'"' | b'?' => word.push(kind),
            b'0'..=b'7' => {
                self.at -= 1;
                // What is above a byte is cut, as in bash.
                let byte = self.number(8, 3).unwrap_or(0) & 0xff;
                word.push(byte as u8);
            }
            b'x' => match self.number(16, 2) {
                Some(byte) => word.push(byte as u8),
                None => word.extend(b"\\x"),
            },
            b'u' | b'U' => match self.number(16, if kind == b'u' { 4 } else { 8 }) {
                Some(code) => self.character(word, code),
                None => word.extend([b'\\', kind]),
            },
            b'c' => {
                if let Some(letter) = self.peek(0) {
                    self.push(word, letter & 0x1f, 1);
                }
            }
            other => word.extend([b'\\', other]),
        }
        match word[before..].contains(&0) {
            true => Err((Unsupported::Shell(Shell::Nul), at)),
            false => Ok(()),
        }
    }

    /// The digits at this place, at most so many.
    fn number(&mut self, radix: u32, most: usize) -> Option<u32> {
        let mut value = None;
        for _ in 0..most {
            let digit = self.peek(0).and_then(|byte| char::from(byte).to_digit(radix));
            let Some(digit) = digit else { break };
            value = Some(value.unwrap_or(0) * radix + digit);
            self.at += 1;
        }
        value
    }

    /// A character as UTF-8. Browsers write those beyond the first plane as two escapes (UTF-16).
    fn character(&mut self, word: &mut Vec<u8>, code: u32) {
        let mut code = code;
        if (0xd800..0xdc00).contains(&code) && self.text[self.at..].starts_with(b"\\u") {
            let before = self.at;
            self.at += 2;
            match self.number(16, 4) {
                Some(low @ 0xdc00..=0xdfff) => code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00),
                _ => self.at = before,
            }
        }
        let c = char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER);
        word.extend(c.encode_utf8(&mut [0; 4]).bytes());
    }
}

/// Whether no file can be meant: people leave URLs without quotes, and a shell that finds no file leaves them as they are.
fn is_literal(word: &[u8], byte: u8, before: usize) -> bool {
    let is_url = word.windows(3).any(|part| part == b"://");
    let after_host =
        byte == b'?' && word[0] != b'@' && word[..before].iter().any(|byte| b"/.:".contains(byte));
    is_url || after_host
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn read(text: &str, expected: &[&str]) {
        let words = words(text).unwrap_or_else(|wrong| panic!("{text}: {wrong:?}"));
        let words: Vec<_> = words.iter().map(|word| String::from_utf8_lossy(&word.bytes)).collect();
        assert_eq!(words, expected, "{text}");
    }

    #[track_caller]
    fn refused(text: &str, what: Unsupported, at: usize) {
        assert_eq!(words(text), Err((what, at)), "{text}");
    }

    #[test]
    fn words_are_those_of_a_shell() {
        read("curl  a\tb", &["curl", "a", "b"]);
        read("a'b c'd\"e f\"g\\ h", &["ab cde fg h"]);
        read("'' \"\" a''", &["", "", "a"]);
        read("'a\nb' \"c\\\nd\" e\\\nf \\\r\n g", &["a\nb", "cd", "ef", "g"]);
        read(r#""\$ \` \" \\ \a" '\'"#, &["$ ` \" \\ \\a", "\\"]);
        read("a # b 'c", &["a"]);
        read("a#b # c\n\n# d\n", &["a#b"]);
        read("# first\ncurl a;\n", &["curl", "a"]);
        read("a$ \"$\" $/", &["a$", "$", "$/"]);
        read("a{} {b} ~ a!b", &["a{}", "{b}", "~", "a!b"]);
        read(r"a\", &["a\\"]);
    }

    #[test]
    fn escapes_are_those_of_bash() {
        read(r#"$'a\n\t\\\'\"\x41\101\u4e2d\U0001f600\e\cA'"#, &["a\n\t\\'\"AA中😀\u{1b}\u{1}"]);
        read(r"$'\ud83d\ude00\q\u' $'\x4g'", &["😀\\q\\u", "\u{4}g"]);
        assert_eq!(words(r"$'\xff\377\1234'").expect("reads")[0].bytes, b"\xff\xffS4");
        read(r"$'{\u0021}'", &["{!}"]);
    }

    #[test]
    fn what_a_shell_would_do_is_an_error_with_its_place() {
        let shell = |text: &str, what, at| refused(text, Unsupported::Shell(what), at);
        shell("curl $URL", Shell::Variable, 5);
        shell("curl \"a${URL}\"", Shell::Variable, 7);
        shell("curl $(id)", Shell::Substitution, 5);
        shell("curl \"`id`\"", Shell::Substitution, 6);
        shell("curl `id`", Shell::Substitution, 5);
        shell("curl -d @<(id)", Shell::Substitution, 9);
        shell("curl a | jq", Shell::Pipe, 7);
        shell("curl a && b", Shell::Several, 7);
        shell("curl a & ", Shell::Several, 7);
        shell("curl a; b", Shell::Several, 8);
        shell("curl a\ncurl b", Shell::Several, 7);
        shell("curl a 2>/dev/null", Shell::Redirect, 8);
        shell("curl a > b", Shell::Redirect, 7);
        shell("curl a <b", Shell::Redirect, 7);
        shell("(curl a)", Shell::Group, 0);
        shell("curl {a,b}", Shell::Glob, 5);
        shell("curl -d @*.json", Shell::Glob, 9);
        shell("curl -d @a?.json", Shell::Glob, 10);
        shell("curl a\0", Shell::Nul, 6);
        shell(r"$'a\0b'", Shell::Nul, 3);
        refused("curl 'a", Unsupported::NotClosed, 5);
        refused("curl \"a", Unsupported::NotClosed, 5);
        refused("curl $'a", Unsupported::NotClosed, 5);
    }

    #[test]
    fn urls_need_no_quotes() {
        read(
            "http://a/*?b=[1] localhost:80/?a=1 example.com?b=2",
            &["http://a/*?b=[1]", "localhost:80/?a=1", "example.com?b=2"],
        );
    }
}
