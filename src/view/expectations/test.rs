//! The tests of one value.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use memchr::memmem::Finder;
use regex::bytes::Regex;
use serde_json::Value;

use super::Wrong;
use crate::host::re2;
use crate::scenario::Expectation;

/// What must hold of a value, all of it.
pub(super) struct Tests<'a> {
    expectation: &'a Expectation,
    pattern: Option<Regex>,
    /// Finds what it has to contain, in time linear in the value.
    contains: Option<Finder<'a>>,
}

impl<'a> Tests<'a> {
    pub fn of(expectation: &'a Expectation) -> Result<Self, Wrong> {
        let pattern = match &expectation.matches {
            Some(pattern) => Some(re2(pattern).ok_or(Wrong::Pattern)?),
            None => None,
        };
        let contains = expectation.contains.as_ref().map(|part| Finder::new(part.as_bytes()));
        Ok(Self { expectation, pattern, contains })
    }

    /// Whether bytes pass.
    pub fn pass(&self, bytes: &[u8]) -> bool {
        self.expectation.is.as_ref().is_none_or(|expected| is(expected, bytes)) && self.pass_text(bytes)
    }

    /// Whether a value that a JSONPath found passes. A string is compared by what stands in it.
    pub fn pass_json(&self, value: &Value) -> bool {
        let equal = self.expectation.is.as_ref().is_none_or(|expected| is_json(expected, value));
        let text = match value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        equal && self.pass_text(text.as_bytes())
    }

    fn pass_text(&self, bytes: &[u8]) -> bool {
        let Expectation { starts_with, ends_with, at_least, at_most, .. } = self.expectation;
        let number = || {
            let number = std::str::from_utf8(bytes).ok()?.trim().parse::<f64>().ok()?;
            // Words such as `inf` are no numbers here.
            number.is_finite().then_some(number)
        };
        self.contains.as_ref().is_none_or(|part| part.find(bytes).is_some())
            && starts_with.as_ref().is_none_or(|part| bytes.starts_with(part.as_bytes()))
            && ends_with.as_ref().is_none_or(|part| bytes.ends_with(part.as_bytes()))
            && self.pattern.as_ref().is_none_or(|pattern| pattern.is_match(bytes))
            && at_least.is_none_or(|least| number().is_some_and(|number| number >= least))
            && at_most.is_none_or(|most| number().is_some_and(|number| number <= most))
    }
}

/// Whether bytes are what a value of the scenario says.
fn is(expected: &Value, bytes: &[u8]) -> bool {
    match expected {
        Value::String(text) => text.as_bytes() == bytes,
        Value::Object(fields) if fields.len() == 1 && fields.get("base64").is_some_and(Value::is_string) => {
            let text = fields.get("base64").and_then(Value::as_str).unwrap_or_default();
            STANDARD.decode(text).is_ok_and(|expected| expected == bytes)
        }
        _ => serde_json::from_slice(bytes).is_ok_and(|found| is_json(expected, &found)),
    }
}

/// Equality of JSON: numbers by their value, the members of objects in any order.
fn is_json(expected: &Value, found: &Value) -> bool {
    match (expected, found) {
        (Value::Number(a), Value::Number(b)) => {
            let is_whole = |number: &serde_json::Number| number.is_u64() || number.is_i64();
            a == b || (a.as_f64() == b.as_f64() && !(is_whole(a) && is_whole(b)))
        }
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| is_json(a, b))
        }
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len()
                && a.iter().all(|(name, value)| b.get(name).is_some_and(|found| is_json(value, found)))
        }
        (a, b) => a == b,
    }
}
