//! The text format of protocol buffers, as far as a file needs no schema to be read: comments, both kinds of quotes,
//! strings behind each other, escapes, messages in braces and angle brackets, lists. Extensions and `Any` are refused.
//!
//! The rules are those of <https://protobuf.dev/reference/protobuf/textformat-spec>.

use super::tree::{Field, MAX_DEPTH, MAX_VALUES, Node, Value, wrong};
use crate::convert::{Error, Place};

pub(super) fn parse(text: &str) -> Result<Node, Error> {
    let mut parser = Parser { text, at: 0, line: 1, column: 1, values: 0 };
    let place = parser.place();
    let fields = parser.message(None, 0)?;
    Ok(Node { place, value: Value::Message(fields) })
}

struct Parser<'a> {
    text: &'a str,
    /// In bytes.
    at: usize,
    line: usize,
    column: usize,
    /// How many were read.
    values: usize,
}

impl Parser<'_> {
    fn place(&self) -> Place {
        Place::Line { line: self.line, column: self.column }
    }

    fn peek(&self) -> Option<char> {
        self.text[self.at..].chars().next()
    }

    fn take(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += c.len_utf8();
        (self.line, self.column) = if c == '\n' { (self.line + 1, 1) } else { (self.line, self.column + 1) };
        Some(c)
    }

    fn skip(&mut self) {
        while let Some(c) = self.peek() {
            match c {
                '#' => {
                    while self.peek().is_some_and(|c| c != '\n') {
                        self.take();
                    }
                }
                c if c.is_ascii_whitespace() || c == '\u{b}' => {
                    self.take();
                }
                _ => return,
            }
        }
    }

    /// Takes this character if it comes next.
    fn takes(&mut self, wanted: char) -> bool {
        self.skip();
        let is_there = self.peek() == Some(wanted);
        if is_there {
            self.take();
        }
        is_there
    }

    /// Counts a value that begins here.
    fn value(&mut self) -> Result<(), Error> {
        self.values += 1;
        if self.values > MAX_VALUES {
            return Err(wrong(self.place(), format!("there are more than {MAX_VALUES} values")));
        }
        Ok(())
    }

    fn unexpected(&self, wanted: &str) -> Error {
        let found = self.peek().map_or("the end of the file".to_owned(), |c| format!("{c:?}"));
        wrong(self.place(), format!("{wanted} belongs here, not {found}"))
    }

    /// Fields up to `end`, or to the end of the file.
    fn message(&mut self, end: Option<char>, depth: usize) -> Result<Vec<Field>, Error> {
        if depth > MAX_DEPTH {
            return Err(wrong(self.place(), format!("messages are nested more than {MAX_DEPTH} deep")));
        }
        let mut fields = Vec::new();
        loop {
            self.skip();
            match (self.peek(), end) {
                (None, None) => return Ok(fields),
                (Some(found), Some(end)) if found == end => {
                    self.take();
                    return Ok(fields);
                }
                _ => fields.push(self.field(depth)?),
            }
            // What separates fields may be left out.
            if !self.takes(';') {
                self.takes(',');
            }
        }
    }

    fn field(&mut self, depth: usize) -> Result<Field, Error> {
        let place = self.place();
        if self.peek() == Some('[') {
            return Err(wrong(place, "extensions and Any are not read; no test suite has them".to_owned()));
        }
        self.value()?;
        let name = self.name();
        if name.is_empty() {
            return Err(self.unexpected("the name of a field"));
        }
        let has_colon = self.takes(':');
        self.skip();
        let node = match self.peek() {
            Some('[') => self.list(depth, has_colon)?,
            Some('{' | '<') => self.nested(depth)?,
            _ if !has_colon => return Err(self.unexpected("a colon or a brace")),
            _ => self.scalar()?,
        };
        Ok(Field { name, place, node })
    }

    fn name(&mut self) -> String {
        let mut name = String::new();
        while let Some(c) = self.peek().filter(|c| c.is_ascii_alphanumeric() || *c == '_') {
            if name.is_empty() && c.is_ascii_digit() {
                break;
            }
            name.push(c);
            self.take();
        }
        name
    }

    fn nested(&mut self, depth: usize) -> Result<Node, Error> {
        let place = self.place();
        let end = if self.take() == Some('{') { '}' } else { '>' };
        Ok(Node { place, value: Value::Message(self.message(Some(end), depth + 1)?) })
    }

    fn list(&mut self, depth: usize, has_colon: bool) -> Result<Node, Error> {
        let place = self.place();
        self.take();
        let mut nodes = Vec::new();
        if self.takes(']') {
            return Ok(Node { place, value: Value::List(nodes) });
        }
        loop {
            self.skip();
            self.value()?;
            nodes.push(match self.peek() {
                Some('{' | '<') => self.nested(depth)?,
                _ if !has_colon => return Err(self.unexpected("a message")),
                _ => self.scalar()?,
            });
            if self.takes(']') {
                return Ok(Node { place, value: Value::List(nodes) });
            }
            if !self.takes(',') {
                return Err(self.unexpected("a comma or a bracket"));
            }
        }
    }

    fn scalar(&mut self) -> Result<Node, Error> {
        self.skip();
        let place = self.place();
        let mut bytes = Vec::new();
        if matches!(self.peek(), Some('"' | '\'')) {
            while matches!(self.peek(), Some('"' | '\'')) {
                self.string(&mut bytes)?;
                self.skip();
            }
        } else {
            let mut text = String::new();
            let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '+' | '-');
            while let Some(c) = self.peek().filter(|c| is_part(*c)) {
                text.push(c);
                self.take();
            }
            if text.is_empty() {
                return Err(self.unexpected("a value"));
            }
            if text == "-" {
                self.skip();
                text += &self.name();
            }
            bytes = text.into_bytes();
        }
        Ok(Node { place, value: Value::Scalar(bytes) })
    }

    /// One string with its quotes.
    fn string(&mut self, out: &mut Vec<u8>) -> Result<(), Error> {
        let begin = self.place();
        let quote = self.take();
        loop {
            match self.peek() {
                None | Some('\n') => {
                    return Err(wrong(begin, "the string that begins here does not end in its line".into()));
                }
                c if c == quote => {
                    self.take();
                    return Ok(());
                }
                Some('\\') => self.escape(out)?,
                Some(c) => {
                    out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
                    self.take();
                }
            }
        }
    }

    fn escape(&mut self, out: &mut Vec<u8>) -> Result<(), Error> {
        let place = self.place();
        self.take();
        let Some(c) = self.take() else {
            return Err(wrong(place, "the file ends within an escape".to_owned()));
        };
        let byte = match c {
            'n' => b'\n',
            'r' => b'\r',
            't' => b'\t',
            'a' => 7,
            'b' => 8,
            'f' => 12,
            'v' => 11,
            '\\' | '\'' | '"' | '?' => c as u8,
            '0'..='7' => {
                let digits = format!("{c}{}", self.digits(2, 8));
                let value = u32::from_str_radix(&digits, 8).unwrap_or_default();
                u8::try_from(value).map_err(|_| wrong(place, format!("\\{digits} is no byte")))?
            }
            'x' | 'X' => {
                let digits = self.digits(2, 16);
                u8::from_str_radix(&digits, 16).map_err(|_| wrong(place, "\\x needs a digit".to_owned()))?
            }
            'u' | 'U' => {
                let length = if c == 'u' { 4 } else { 8 };
                let digits = self.digits(length, 16);
                let value = u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32);
                let value = value.filter(|_| digits.len() == length);
                let value = value.ok_or_else(|| wrong(place, format!("\\{c}{digits} is no character")))?;
                out.extend_from_slice(value.encode_utf8(&mut [0; 4]).as_bytes());
                return Ok(());
            }
            other => return Err(wrong(place, format!("\\{other} is no escape"))),
        };
        out.push(byte);
        Ok(())
    }

    fn digits(&mut self, most: usize, radix: u32) -> String {
        let mut digits = String::new();
        while let Some(c) = self.peek().filter(|c| digits.len() < most && c.is_digit(radix)) {
            digits.push(c);
            self.take();
        }
        digits
    }
}

/// Bytes as a string of the text format, in double quotes.
pub(super) fn quoted(bytes: &[u8]) -> String {
    let mut out = String::from("\"");
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '"' => out.push_str("\\\""),
                '\\' => out.push_str("\\\\"),
                '\n' => out.push_str("\\n"),
                '\r' => out.push_str("\\r"),
                '\t' => out.push_str("\\t"),
                c if c.is_ascii_control() => out.push_str(&format!("\\{:03o}", c as u32)),
                c => out.push(c),
            }
        }
        for byte in chunk.invalid() {
            out.push_str(&format!("\\{byte:03o}"));
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::convert::Reason;

    fn scalar(text: &str) -> Vec<u8> {
        let Value::Message(fields) = parse(text).expect(text).value else { panic!("it is a message") };
        let Value::Scalar(bytes) = fields[0].node.value.clone() else { panic!("it is one value") };
        bytes
    }

    #[test]
    fn strings_have_both_quotes_stand_behind_each_other_and_know_escapes() {
        assert_eq!(scalar(r#"a: "x'y" 'z"' # and so on"#), b"x'yz\"");
        assert_eq!(scalar("a: \"one\"\n  # between\n  'two'"), b"onetwo");
        assert_eq!(scalar(r#"a: "\n\r\t\\\'\"\?\a\b\f\v""#), b"\n\r\t\\'\"?\x07\x08\x0c\x0b");
        assert_eq!(
            scalar(r#"a: "\0\101\x41\x4\377\u4e2d\U0001F600""#),
            "\0AA\u{4}".as_bytes().iter().copied().chain([255]).chain("中😀".bytes()).collect::<Vec<u8>>()
        );
        assert_eq!(scalar("a: -0x1F"), b"-0x1F");
    }

    #[test]
    fn messages_stand_in_braces_or_angle_brackets_with_or_without_a_colon() {
        let forms =
            ["a { b: 1 c: 2 }", "a: { b: 1, c: 2 }", "a < b: 1; c: 2 >", "a: <b:1 c:2>;", "a{b:1c:2}"];
        let shape = |text: &str| {
            let Value::Message(fields) = parse(text).expect(text).value else { panic!("it is a message") };
            let inner = fields[0].node.clone().fields("a").expect(text);
            inner.into_iter().map(|field| (field.name, field.node.value)).collect::<Vec<_>>()
        };
        // A letter ends a number nowhere but in the last form, where it belongs to it.
        for form in &forms[..4] {
            assert_eq!(shape(form), shape(forms[0]), "{form}");
        }
        assert!(parse(forms[4]).is_err());
    }

    #[test]
    fn lists_hold_values_and_messages() {
        let Value::Message(fields) = parse("a: [1, 2] b [{c: 1}, <c: 2>] d: []").expect("it is right").value
        else {
            panic!("it is a message")
        };
        let counts: Vec<usize> = fields.into_iter().map(|field| field.node.elements().len()).collect();
        assert_eq!(counts, [2, 2, 0]);
    }

    #[test]
    fn mistakes_have_their_line_and_column() {
        let cases = [
            ("a: \"x\nb: 1", (1, 4), "does not end"),
            ("a {\n  b: 1\n", (3, 1), "the end of the file"),
            ("\n [x.y]: 1", (2, 2), "extensions"),
            ("a 1", (1, 3), "a colon or a brace"),
            ("a: \"\\q\"", (1, 5), "no escape"),
            ("a: \"\\400\"", (1, 5), "no byte"),
            ("a: \"\\ud800\"", (1, 5), "no character"),
            ("a: [1 2]", (1, 7), "a comma or a bracket"),
            ("中: 1", (1, 1), "the name of a field"),
            ("a: }", (1, 4), "a value"),
        ];
        for (text, (line, column), said) in cases {
            let error = parse(text).expect_err(text);
            assert_eq!(error.place, Some(Place::Line { line, column }), "{text}");
            let Reason::Syntax(found) = error.reason else { panic!("{text}") };
            assert!(found.contains(said), "{text}: {found}");
        }
    }

    #[test]
    fn nesting_is_bounded() {
        let deep = |levels: usize| format!("{}{}", "a{".repeat(levels), "}".repeat(levels));
        assert!(parse(&deep(60)).is_ok());
        assert!(parse(&deep(100_000)).is_err());
    }

    #[test]
    fn what_is_quoted_is_read_again() {
        let bytes: Vec<u8> = (0..=255).chain("中\u{202e}".bytes()).collect();
        assert_eq!(scalar(&format!("a: {}", quoted(&bytes))), bytes);
    }
}
