//! One line of a header grid: a name, a value, and whether it is sent.

use bytes::Bytes;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser::SerializeSeq};

use super::Body;

/// In a file: `["name", "value"]`, or `["name", "value", "off"]` for a line that is kept but not sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeaderLine {
    pub on: bool,
    pub name: String,
    pub value: Body,
}

/// Why a line cannot be sent as it stands. Positions count characters from 1.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HeaderProblem {
    #[error("a header needs a name; type one or switch the line off")]
    NoName,
    #[error(
        "character {position} of the header name `{name}` ({found:?}) is not allowed; use letters, digits and -"
    )]
    Name { name: String, position: usize, found: char },
    #[error("`{name}` is set by the method and URL; change it there")]
    Pseudo { name: String },
    #[error(
        "byte {position} of the value of `{name}` is 0x{byte:02X}; a header value cannot hold line breaks or NUL"
    )]
    Value { name: String, position: usize, byte: u8 },
}

impl HeaderLine {
    pub fn new(name: impl Into<String>, value: impl Into<Body>) -> Self {
        Self { on: true, name: name.into(), value: value.into() }
    }

    /// What a client or an upstream would refuse to send (RFC 9110, section 5).
    pub fn problem(&self) -> Option<HeaderProblem> {
        if !self.on {
            return None;
        }
        let name = self.name.clone();
        if name.is_empty() {
            return Some(HeaderProblem::NoName);
        }
        if name.starts_with(':') {
            return Some(HeaderProblem::Pseudo { name });
        }
        if let Some((index, found)) = name.chars().enumerate().find(|(_, c)| !is_token_character(*c)) {
            return Some(HeaderProblem::Name { name, position: index + 1, found });
        }
        let bad = self.value.0.iter().position(|byte| matches!(byte, 0 | b'\r' | b'\n'))?;
        Some(HeaderProblem::Value { name, position: bad + 1, byte: self.value.0[bad] })
    }

    /// Name and value as bytes, if the line is on.
    pub fn pair(&self) -> Option<(&[u8], &Bytes)> {
        self.on.then_some((self.name.as_bytes(), &self.value.0))
    }

    /// Reads `name: value`.
    pub fn parse(text: &str) -> Option<Self> {
        let (name, value) = text.split_once(':')?;
        Some(Self::new(name.trim(), value.trim()))
    }
}

/// A character of a token (RFC 9110, section 5.6.2).
pub(crate) fn is_token_character(c: char) -> bool {
    c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c)
}

impl Serialize for HeaderLine {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut seq = serializer.serialize_seq(None)?;
        seq.serialize_element(&self.name)?;
        seq.serialize_element(&self.value)?;
        if !self.on {
            seq.serialize_element("off")?;
        }
        seq.end()
    }
}

impl<'de> Deserialize<'de> for HeaderLine {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> de::Visitor<'de> for Visitor {
            type Value = HeaderLine;

            fn expecting(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
                f.write_str("[\"name\", \"value\"], or [\"name\", \"value\", \"off\"]")
            }

            fn visit_seq<A: de::SeqAccess<'de>>(self, mut seq: A) -> Result<HeaderLine, A::Error> {
                let name = seq.next_element()?.ok_or_else(|| de::Error::invalid_length(0, &self))?;
                let value = seq.next_element()?.ok_or_else(|| de::Error::invalid_length(1, &self))?;
                let on = match seq.next_element::<String>()?.as_deref() {
                    None => true,
                    Some("off") => false,
                    Some(other) => {
                        return Err(de::Error::custom(format!(
                            "the third element of a header is \"off\" or nothing, not \"{other}\""
                        )));
                    }
                };
                if seq.next_element::<de::IgnoredAny>()?.is_some() {
                    return Err(de::Error::invalid_length(4, &self));
                }
                Ok(HeaderLine { on, name, value })
            }
        }
        deserializer.deserialize_seq(Visitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_is_off_stays_in_the_file() {
        let json = r#"["x-a","1","off"]"#;
        let line: HeaderLine = serde_json::from_str(json).expect("parses");
        assert!(!line.on);
        assert_eq!(serde_json::to_string(&line).expect("serializes"), json);
        assert_eq!(line.pair(), None);
    }

    #[test]
    fn a_bad_line_names_its_place() {
        let problem = |name: &str, value: &[u8]| HeaderLine::new(name, value.to_vec()).problem();
        assert_eq!(problem("", b""), Some(HeaderProblem::NoName));
        assert_eq!(
            problem("a b", b""),
            Some(HeaderProblem::Name { name: "a b".into(), position: 2, found: ' ' })
        );
        assert_eq!(
            problem("x", b"a\nb"),
            Some(HeaderProblem::Value { name: "x".into(), position: 2, byte: b'\n' })
        );
        assert_eq!(problem(":path", b"/"), Some(HeaderProblem::Pseudo { name: ":path".into() }));
        assert_eq!(problem("x-user", "张三".as_bytes()), None);
    }
}
