//! A property while it is edited: a type and a text, which need not be right yet.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value as Json, json};

use super::super::lines;
use crate::abi::AttributeType;
use crate::gui::{text::Text, widgets::parse_duration};
use crate::scenario::{Property, PropertyValue, WallTime, attribute};

/// How the value is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Text,
    Int,
    Uint,
    Double,
    Bool,
    Duration,
    Timestamp,
    Bytes,
    /// As in the scenario file: lists, maps and everything else.
    Json,
    Null,
}

impl Kind {
    pub const ALL: [Self; 10] = [
        Self::Text,
        Self::Int,
        Self::Uint,
        Self::Double,
        Self::Bool,
        Self::Duration,
        Self::Timestamp,
        Self::Bytes,
        Self::Json,
        Self::Null,
    ];

    pub fn word(self, text: Text) -> &'static str {
        let texts = text.properties;
        match self {
            Self::Text => texts.kind_text(),
            Self::Int => texts.kind_int(),
            Self::Uint => texts.kind_uint(),
            Self::Double => texts.kind_double(),
            Self::Bool => texts.kind_bool(),
            Self::Duration => texts.kind_duration(),
            Self::Timestamp => texts.kind_timestamp(),
            Self::Bytes => texts.kind_bytes(),
            Self::Json => texts.kind_json(),
            Self::Null => texts.kind_null(),
        }
    }

    /// How a value of an attribute is written.
    fn of(kind: AttributeType) -> Option<Self> {
        Some(match kind {
            AttributeType::String => Self::Text,
            AttributeType::Bytes | AttributeType::Message => Self::Bytes,
            AttributeType::Int => Self::Int,
            AttributeType::Uint => Self::Uint,
            AttributeType::Double => Self::Double,
            AttributeType::Bool => Self::Bool,
            AttributeType::Duration => Self::Duration,
            AttributeType::Timestamp => Self::Timestamp,
            AttributeType::Map => Self::Json,
            AttributeType::Group | AttributeType::Any => return None,
        })
    }

    /// A text that every value of this kind can be.
    fn example(self) -> &'static str {
        match self {
            Self::Text | Self::Bytes | Self::Null => "",
            Self::Int | Self::Uint => "0",
            Self::Double => "0.5",
            Self::Bool => "true",
            Self::Duration => "12 ms",
            Self::Timestamp => "2026-01-01T00:00:00Z",
            Self::Json => r#"{"map": {"name": "value"}}"#,
        }
    }
}

/// What is wrong with a draft, at which field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// Another property has this path.
    Twice,
    NoPath,
    /// The path names a group of attributes.
    Group,
    /// The text is no value of this kind; for what is written as in the file, with the reader's reason.
    Value(Kind, String),
}

impl Wrong {
    pub fn of_path(&self, text: Text) -> Option<String> {
        let texts = text.properties;
        match self {
            Self::Twice => Some(texts.twice().to_owned()),
            Self::NoPath => Some(texts.no_path().to_owned()),
            Self::Group => Some(texts.group().to_owned()),
            Self::Value(..) => None,
        }
    }

    pub fn of_value(&self, text: Text) -> Option<String> {
        let Self::Value(kind, reason) = self else { return None };
        let texts = text.properties;
        Some(match kind {
            Kind::Int => texts.wrong_int().to_owned(),
            Kind::Uint => texts.wrong_uint().to_owned(),
            Kind::Double => texts.wrong_double().to_owned(),
            Kind::Bool => texts.wrong_bool().to_owned(),
            Kind::Duration => texts.wrong_duration().to_owned(),
            Kind::Timestamp => text.environment.invalid_clock().to_owned(),
            Kind::Text | Kind::Bytes | Kind::Null | Kind::Json => texts.wrong_json(reason),
        })
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    pub path: String,
    pub kind: Kind,
    pub text: String,
    /// Its path was chosen from the list in this frame.
    pub was_completed: bool,
}

impl Draft {
    /// How a property is written. What has no text of its own is shown as in the file.
    pub fn of(property: &Property) -> Self {
        let (kind, text) = match &property.value {
            PropertyValue::Null => (Kind::Null, String::new()),
            PropertyValue::Bool(truth) => (Kind::Bool, truth.to_string()),
            PropertyValue::Int(number) => (Kind::Int, number.to_string()),
            PropertyValue::Uint(number) => (Kind::Uint, number.to_string()),
            PropertyValue::Double(number) => (Kind::Double, number.to_string()),
            PropertyValue::String(bytes) => match std::str::from_utf8(bytes) {
                // A field has one line.
                Ok(text) if !text.contains(['\n', '\r']) => (Kind::Text, text.to_owned()),
                _ => (Kind::Json, pretty(&property.json)),
            },
            PropertyValue::Bytes(bytes) => (Kind::Bytes, lines::escape(bytes)),
            PropertyValue::Duration(nanos) if (0..EXACT).contains(nanos) => {
                (Kind::Duration, exact_duration(*nanos))
            }
            PropertyValue::Timestamp(nanos) if *nanos >= 0 => {
                (Kind::Timestamp, WallTime(u64::try_from(*nanos).unwrap_or_default()).to_string())
            }
            PropertyValue::Duration(_)
            | PropertyValue::Timestamp(_)
            | PropertyValue::List(_)
            | PropertyValue::Map(_) => (Kind::Json, pretty(&property.json)),
        };
        Self { path: property.text.clone(), kind, text, was_completed: false }
    }

    /// The property that it means, at this place among all.
    pub fn parse(&self, place: usize, all: &[Property]) -> Result<Property, Wrong> {
        let others = all.iter().enumerate().filter(|(other, _)| *other != place);
        if others.into_iter().any(|(_, other)| other.text == self.path) {
            return Err(Wrong::Twice);
        }
        if self.path.is_empty() || self.path.starts_with(['.', '\0']) {
            return Err(Wrong::NoPath);
        }
        if attribute(&self.path).is_some_and(|spec| spec.kind == AttributeType::Group) {
            return Err(Wrong::Group);
        }
        let wrong = |reason: String| Wrong::Value(self.kind, reason);
        let json = self.json().map_err(wrong)?;
        // What was not touched stays as it is written.
        let same =
            all.get(place).filter(|known| Self::of(known) == Self { was_completed: false, ..self.clone() });
        match same {
            Some(known) => Ok(known.clone()),
            None => Property::parse(&self.path, json).map_err(|error| wrong(error.reason)),
        }
    }

    /// The value as a scenario file has it: plain where the attribute has this type by itself, else with its type. An error
    /// is what a reader of JSON said, or nothing.
    fn json(&self) -> Result<Json, String> {
        let text = self.text.trim();
        let wanted = attribute(&self.path).and_then(|spec| Kind::of(spec.kind));
        let is_plain = wanted == Some(self.kind);
        let typed = |name: &str, value: Json| if is_plain { value } else { json!({ name: value }) };
        Ok(match self.kind {
            Kind::Null => Json::Null,
            Kind::Text if wanted.is_none() || is_plain => json!(self.text),
            Kind::Text => json!({ "string": self.text }),
            Kind::Bool => {
                let truth = text.parse::<bool>().map_err(|_| String::new())?;
                if wanted.is_none() { json!(truth) } else { typed("bool", json!(truth)) }
            }
            Kind::Int => {
                let number = text.parse::<i64>().map_err(|_| String::new())?;
                if wanted.is_none() { json!(number) } else { typed("int", json!(number)) }
            }
            Kind::Uint => typed("uint", json!(text.parse::<u64>().map_err(|_| String::new())?)),
            Kind::Double => {
                let number = text.parse::<f64>().ok().filter(|number| number.is_finite());
                typed("double", json!(number.ok_or_else(String::new)?))
            }
            Kind::Duration => {
                let time = parse_duration(text).ok_or_else(String::new)?;
                let nanos = i64::try_from(time.as_nanos()).map_err(|_| String::new())?;
                // Of durations there is no plain form.
                match nanos % 1_000_000 {
                    0 => json!({ "duration_ms": nanos / 1_000_000 }),
                    _ => json!({ "duration_ns": nanos }),
                }
            }
            Kind::Timestamp => {
                WallTime::parse(text).map_err(|_| String::new())?;
                typed("timestamp", json!(text))
            }
            Kind::Bytes => json!({ "base64": STANDARD.encode(lines::unescape(&self.text)) }),
            Kind::Json => serde_json::from_str(text).map_err(|error| error.to_string())?,
        })
    }

    /// Another type; the text stays where it is one of that type, too.
    pub fn change_kind(&mut self, kind: Kind) {
        self.kind = kind;
        if self.kind == Kind::Bool && self.text.parse::<bool>().is_err() || self.json().is_err() {
            self.text = kind.example().to_owned();
        }
    }

    /// The type of the attribute that the path names.
    pub fn fit_to_attribute(&mut self) {
        self.was_completed = true;
        if let Some(kind) = attribute(&self.path).and_then(|spec| Kind::of(spec.kind)) {
            self.change_kind(kind);
        }
    }
}

fn pretty(json: &Json) -> String {
    serde_json::to_string_pretty(json).unwrap_or_default()
}

/// From here on a field for durations cannot tell one nanosecond from the next.
const EXACT: i64 = 1 << 53;

/// A duration in milliseconds with all its digits.
fn exact_duration(nanos: i64) -> String {
    let digits = format!("{}.{:06}", nanos / 1_000_000, nanos % 1_000_000);
    format!("{} ms", digits.trim_end_matches('0').trim_end_matches('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn property(path: &str, json: Json) -> Property {
        Property::parse(path, json).expect("it is right")
    }

    #[test]
    fn every_property_is_written_in_a_way_that_means_the_same() {
        for (path, json) in [
            ("request.size", json!(5)),
            ("own", json!("a\nb")),
            ("own", json!({"base64": "AAH/"})),
            ("own", json!({"uint": 5})),
            ("own", json!(1.5)),
            ("own", json!({"duration_ms": 12.5})),
            ("own", json!({"duration_ns": -1})),
            ("own", json!({"duration_ns": 12_000_001})),
            ("own", json!({"duration_ns": i64::MAX})),
            ("request.time", json!("2026-01-01T00:00:00Z")),
            ("own", json!([1, {"map": {"a": null}}])),
            ("own", json!(null)),
            ("connection.mtls", json!(true)),
        ] {
            let known = property(path, json);
            let draft = Draft::of(&known);
            assert_eq!(draft.parse(0, std::slice::from_ref(&known)), Ok(known.clone()), "{draft:?}");
            let again = property(path, draft.json().expect("it can be written"));
            assert_eq!(again.value, known.value, "{draft:?}");
        }
    }

    #[test]
    fn a_wrong_draft_names_the_field() {
        let all = [property("a", json!(1)), property("b", json!(2))];
        let mut draft = Draft::of(&all[0]);
        draft.text = "x".into();
        assert_eq!(draft.parse(0, &all), Err(Wrong::Value(Kind::Int, String::new())));
        draft.path = "b".into();
        assert_eq!(draft.parse(0, &all), Err(Wrong::Twice));
        draft.path = String::new();
        assert_eq!(draft.parse(0, &all), Err(Wrong::NoPath));
        draft.path = "request".into();
        assert_eq!(draft.parse(0, &all), Err(Wrong::Group), "it has no value");
    }

    #[test]
    fn an_attribute_brings_its_type() {
        let mut draft = Draft::of(&property("own", json!("text")));
        draft.path = "connection.id".into();
        draft.fit_to_attribute();
        assert_eq!((draft.kind, draft.text.as_str()), (Kind::Uint, "0"));
        let made = draft.parse(0, &[property("own", json!("text"))]).expect("it is right");
        assert_eq!((made.json, made.value), (json!(0), PropertyValue::Uint(0)), "written plainly");
        draft.change_kind(Kind::Text);
        let made = draft.parse(0, &[property("own", json!("text"))]).expect("it is right");
        assert_eq!(made.json, json!({"string": "0"}), "another type is said");
    }
}
