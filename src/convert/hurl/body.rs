//! Bodies of Hurl files, in the forms in which they can be written.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::{Error, Reader, lines};

/// A body, and what Hurl says it is.
pub struct Content {
    pub bytes: Vec<u8>,
    /// The content type that Hurl sends where no header does.
    pub kind: Option<&'static str>,
    /// Its value, where it is JSON that stands for itself.
    pub json: Option<Value>,
}

const JSON: &str = "application/json";
const XML: &str = "application/xml";

impl Reader<'_> {
    /// The body that begins here, if there is one.
    pub fn body(&mut self) -> Result<Option<Content>, Error> {
        if !self.lines.skip_remarks() {
            return Ok(None);
        }
        let (rest, at) = (self.lines.rest(), self.lines.at());
        let indent = rest.len() - rest.trim_start().len();
        let rest = rest.trim_start();
        let plain = |bytes: Vec<u8>| Content { bytes, kind: None, json: None };
        let not_closed = |what: &str| Self::syntax(self.lines.place(at), what);
        let (content, length) = if let Some(inside) = rest.strip_prefix("```") {
            let end = inside.find("```").ok_or_else(|| not_closed("the text between ``` does not end"))?;
            let (hint, text) = inside[..end].split_once('\n').unwrap_or(("", &inside[..end]));
            let hint = hint.trim().split(',').next().unwrap_or_default().to_owned();
            (self.multiline(&hint, text, at)?, end + 6)
        } else if let Some(inside) = rest.strip_prefix('`') {
            let end = closing(inside).ok_or_else(|| not_closed("the text between ` does not end"))?;
            let line = lines::Line { text: &inside[..end], at };
            (plain(self.filled(&inside[..end], &line).into_bytes()), end + 2)
        } else if let Some((kind, inside)) = ["base64,", "hex,", "file,"]
            .iter()
            .find_map(|kind| rest.strip_prefix(kind).map(|inside| (*kind, inside)))
        {
            let end = inside.find(';').ok_or_else(|| not_closed("a semicolon ends it"))?;
            let bytes = match kind {
                "file," => {
                    let path = inside[..end].trim();
                    let place = self.lines.place(at).of("file,");
                    self.file(path, place)
                }
                kind => coded(kind, &inside[..end]).ok_or_else(|| not_closed("it cannot be decoded"))?,
            };
            (plain(bytes), kind.len() + end + 1)
        } else if rest.starts_with(['{', '[', '"']) {
            let end = json_end(rest).ok_or_else(|| not_closed("the JSON does not end"))?;
            let line = lines::Line { text: "", at };
            let text = self.holes(&rest[..end], &line);
            let json = serde_json::from_str(&text).ok();
            (Content { bytes: text.into_bytes(), kind: Some(JSON), json }, end)
        } else if rest.starts_with('<') {
            let end = xml_end(rest);
            let text = rest[..end].trim_end();
            (Content { bytes: text.into(), kind: Some(XML), json: None }, end)
        } else {
            return Ok(None);
        };
        self.lines.advance(indent + length);
        // What is left of the line is a comment.
        if !self.lines.is_at_begin() {
            self.lines.next();
        }
        Ok(Some(content))
    }

    /// Fills in variables without looking for escapes, which JSON has its own of.
    fn holes(&mut self, text: &str, line: &lines::Line<'_>) -> String {
        match text.contains("{{") && !self.variables.is_empty() {
            true => self
                .variables
                .iter()
                .fold(text.to_owned(), |text, (name, value)| text.replace(&format!("{{{{{name}}}}}"), value)),
            false if text.contains("{{") => {
                let place = self.lines.place(line.at).of("{{…}}");
                self.lose(place, super::Why::Variable);
                text.to_owned()
            }
            false => text.to_owned(),
        }
    }

    fn multiline(&mut self, hint: &str, text: &str, at: usize) -> Result<Content, Error> {
        let line = lines::Line { text: "", at };
        // Lines end with LF in a body, whatever the file does.
        let text = text.replace("\r\n", "\n");
        Ok(match hint {
            "base64" | "hex" => {
                let bytes = coded(if hint == "hex" { "hex," } else { "base64," }, &text);
                let wrong = || Self::syntax(self.lines.place(at), "it cannot be decoded");
                Content { bytes: bytes.ok_or_else(wrong)?, kind: None, json: None }
            }
            "graphql" => {
                let (query, variables) = match text.rsplit_once("\nvariables") {
                    Some((query, variables)) => (query, serde_json::from_str(variables.trim()).ok()),
                    None => (&text[..], None::<Value>),
                };
                let value = match variables {
                    Some(variables) => json!({"query": query, "variables": variables}),
                    None => json!({"query": query}),
                };
                Content { bytes: value.to_string().into_bytes(), kind: Some(JSON), json: None }
            }
            "raw" => Content { bytes: text.into_bytes(), kind: None, json: None },
            hint => {
                let text = self.holes(&text, &line);
                let kind = match hint {
                    "json" => Some(JSON),
                    "xml" => Some(XML),
                    _ => None,
                };
                Content { bytes: text.into_bytes(), kind, json: None }
            }
        })
    }
}

fn coded(kind: &str, text: &str) -> Option<Vec<u8>> {
    let packed: String = text.split_ascii_whitespace().collect();
    if kind == "base64," {
        return STANDARD.decode(packed).ok();
    }
    let digits: Option<Vec<u8>> = packed.chars().map(|c| c.to_digit(16).map(|digit| digit as u8)).collect();
    let digits = digits.filter(|digits| digits.len() % 2 == 0)?;
    Some(digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect())
}

/// Where the backtick stands that is not escaped, on this line.
fn closing(text: &str) -> Option<usize> {
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match c {
            '`' if !escaped => return Some(at),
            '\n' => return None,
            _ => escaped = c == '\\' && !escaped,
        }
    }
    None
}

/// The length of the JSON value at the beginning. Variables may stand in it, so it need not be JSON yet.
fn json_end(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    let (mut in_string, mut escaped) = (false, false);
    for (at, c) in text.char_indices() {
        if in_string {
            in_string = c != '"' || escaped;
            escaped = c == '\\' && !escaped;
        } else {
            match c {
                '"' => in_string = true,
                '{' | '[' => depth += 1,
                '}' | ']' => depth = depth.checked_sub(1)?,
                _ => {}
            }
        }
        if depth == 0 && !in_string {
            return Some(at + c.len_utf8());
        }
    }
    None
}

/// XML goes on to the next entry or response.
fn xml_end(text: &str) -> usize {
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let plain = line.trim_end();
        if at > 0 && (lines::status_line(plain).is_some() || lines::request_line(plain).is_some()) {
            return at;
        }
        at += line.len();
    }
    at
}
