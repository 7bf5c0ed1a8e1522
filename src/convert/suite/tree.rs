//! A document as a tree of named values, each with its place: what the text format of protocol buffers and YAML have in
//! common.

use crate::convert::{Error, Place, Reason};

/// Deepest nesting of a document, and most values in it. The schema of a test suite has five levels.
pub(super) const MAX_DEPTH: usize = 64;
pub(super) const MAX_VALUES: usize = 250_000;

/// A value and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Node {
    pub place: Place,
    pub value: Value,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    /// Anything that is written in one piece: text, a number, a name.
    Scalar(Vec<u8>),
    /// Fields in order; a repeated one stands there more than once, or once with a list.
    Message(Vec<Field>),
    List(Vec<Node>),
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Field {
    pub name: String,
    /// Where the name stands.
    pub place: Place,
    pub node: Node,
}

impl Node {
    /// The fields of a message; `what` names it for people.
    pub(super) fn fields(self, what: &str) -> Result<Vec<Field>, Error> {
        match self.value {
            Value::Message(fields) => Ok(fields),
            // In YAML an empty message may have nothing behind its name.
            Value::Scalar(text) if text.is_empty() => Ok(Vec::new()),
            _ => Err(wrong(self.place, format!("{what} is a message: write its fields in braces"))),
        }
    }

    pub(super) fn bytes(self, what: &str) -> Result<Vec<u8>, Error> {
        match self.value {
            Value::Scalar(bytes) => Ok(bytes),
            _ => Err(wrong(self.place, format!("{what} is one value"))),
        }
    }

    pub(super) fn text(self, what: &str) -> Result<String, Error> {
        let place = self.place.clone();
        String::from_utf8(self.bytes(what)?).map_err(|_| Error::new(Reason::NotText).at(place))
    }

    pub(super) fn truth(self, what: &str) -> Result<bool, Error> {
        let place = self.place.clone();
        match &*self.bytes(what)? {
            b"true" | b"True" | b"TRUE" | b"t" | b"1" => Ok(true),
            b"false" | b"False" | b"FALSE" | b"f" | b"0" => Ok(false),
            _ => Err(wrong(place, format!("{what} is true or false"))),
        }
    }

    pub(super) fn number(self, what: &str) -> Result<i64, Error> {
        let place = self.place.clone();
        let text = self.text(what)?;
        number(&text).ok_or_else(|| wrong(place, format!("{what} is a whole number, not {text:?}")))
    }

    /// The elements of a list, or the value itself.
    pub(super) fn elements(self) -> Vec<Node> {
        match self.value {
            Value::List(nodes) => nodes,
            _ => vec![self],
        }
    }
}

/// Decimal, `0x` hexadecimal or `0` octal, as in the text format.
fn number(text: &str) -> Option<i64> {
    let (sign, digits) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
    let value = if let Some(hex) = digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")) {
        i64::from_str_radix(hex, 16)
    } else if digits.len() > 1 && digits.starts_with('0') {
        i64::from_str_radix(&digits[1..], 8)
    } else {
        digits.parse()
    };
    value.ok()?.checked_mul(sign)
}

pub(super) fn wrong(place: Place, what: String) -> Error {
    Error::new(Reason::Syntax(what)).at(place)
}
