//! Values that stand for properties whatever the proxy would answer.
//!
//! `properties` of a scenario is an object from paths to values:
//!
//! ```json
//! "properties": {
//!   "connection.mtls": true,
//!   "request.size": 5,
//!   "source.address": "10.0.0.7:41234",
//!   "upstream.uri_san_peer_certificate": "spiffe://cluster.local/ns/default/sa/backend",
//!   "xds.route_metadata.filter_metadata.com\\.example.team": "payments",
//!   "response.backend_latency": {"duration_ms": 12.5},
//!   "my_own": {"base64": "AAE="}
//! }
//! ```
//!
//! **Paths**: segments with dots between them; a backslash takes the next character as it is, so `\.` (`\\.` in JSON) is a
//! dot inside a segment. A path with NUL characters is split at these instead, and at nothing else.
//!
//! **Values**: a plain string, number or truth has the type of the attribute it stands for (`crate::abi::attributes`);
//! where there is none, a string is text, a whole number is an int and another one a double. An array is a list. An object
//! names the type: `{"string": s}`, `{"base64": s}` (bytes), `{"int": n}`, `{"uint": n}`, `{"double": x}`,
//! `{"bool": b}`, `{"duration_ms": x}`, `{"duration_ns": n}`, `{"timestamp": "2026-01-01T00:00:00Z"}`,
//! `{"timestamp_ns": n}`, `{"list": […]}`, `{"map": {…}}`. `null` is there, but has no bytes.
//!
//! A value is found in every callback of every plugin, also where the proxy has none.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value as Json};

use super::WallTime;
use crate::abi::attributes;
use crate::abi::{AttributeType, pairs};

/// A typed value.
#[derive(Clone, Debug, PartialEq)]
pub enum PropertyValue {
    Null,
    Bool(bool),
    Int(i64),
    Uint(u64),
    Double(f64),
    String(Bytes),
    Bytes(Bytes),
    /// Nanoseconds.
    Duration(i64),
    /// Nanoseconds since 1970.
    Timestamp(i64),
    List(Vec<PropertyValue>),
    /// Text for keys.
    Map(Vec<(Bytes, PropertyValue)>),
}

impl PropertyValue {
    /// The bytes that a filter reads, as Envoy encodes them (`host-spec`, section 4.3): numbers of 64 bits, durations and
    /// times in nanoseconds, little-endian; one byte for a truth; a map, and a list as a map of its values to nothing, as
    /// serialized pairs. `None`: there are none, and the read fails.
    pub fn wire(&self) -> Option<Bytes> {
        let bytes = match self {
            Self::Null => return None,
            Self::String(bytes) | Self::Bytes(bytes) => return Some(bytes.clone()),
            Self::Bool(truth) => vec![u8::from(*truth)],
            Self::Int(number) | Self::Duration(number) | Self::Timestamp(number) => {
                number.to_le_bytes().to_vec()
            }
            Self::Uint(number) => number.to_le_bytes().to_vec(),
            Self::Double(number) => number.to_le_bytes().to_vec(),
            Self::List(items) => {
                let items: Option<Vec<_>> = items.iter().map(Self::wire).collect();
                let items = items?;
                pairs::encode(items.iter().map(|item| (item.as_ref(), &b""[..])))
            }
            Self::Map(entries) => {
                let mut seen = Vec::new();
                for (key, value) in entries {
                    // The first of several entries of a name stays.
                    if !seen.iter().any(|(known, _)| known == key) {
                        seen.push((key.clone(), value.wire()?));
                    }
                }
                pairs::encode(seen.iter().map(|(key, value)| (key.as_ref(), value.as_ref())))
            }
        };
        Some(bytes.into())
    }
}

/// Why a property of a scenario is not right.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("property `{path}`: {reason}")]
pub struct PropertyError {
    pub path: String,
    pub reason: String,
}

/// One property.
#[derive(Clone, Debug, PartialEq)]
pub struct Property {
    /// The path as it is written.
    pub text: String,
    /// The value as it is written.
    pub json: Json,
    pub path: Vec<Bytes>,
    pub value: PropertyValue,
}

impl Property {
    pub fn parse(text: &str, json: Json) -> Result<Self, PropertyError> {
        let error = |reason: String| PropertyError { path: text.to_owned(), reason };
        let path = parse_path(text);
        if path.is_empty() || path[0].is_empty() {
            return Err(error("the path is empty; write one such as request.path".into()));
        }
        let value = parse_value(&json, wanted(&path)).map_err(error)?;
        Ok(Self { text: text.to_owned(), json, path, value })
    }
}

/// All properties of a scenario, in the order in which they are written.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Properties(pub Vec<Property>);

impl Properties {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Serialize for Properties {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|property| (&property.text, &property.json)))
    }
}

impl<'de> Deserialize<'de> for Properties {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let all = Map::<String, Json>::deserialize(deserializer)?;
        let all = all.into_iter().map(|(text, json)| Property::parse(&text, json));
        all.collect::<Result<_, _>>().map(Self).map_err(D::Error::custom)
    }
}

/// The segments of a path.
fn parse_path(text: &str) -> Vec<Bytes> {
    if text.contains('\0') {
        let text = text.strip_suffix('\0').unwrap_or(text);
        return text.split('\0').map(|segment| Bytes::copy_from_slice(segment.as_bytes())).collect();
    }
    let mut segments = vec![String::new()];
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        let literal = match character {
            '.' => None,
            '\\' => Some(characters.next().unwrap_or('\\')),
            other => Some(other),
        };
        match (literal, segments.last_mut()) {
            (Some(character), Some(segment)) => segment.push(character),
            _ => segments.push(String::new()),
        }
    }
    segments.into_iter().map(Bytes::from).collect()
}

/// The attribute that a path of a scenario names, if it names one that Envoy has or once had.
pub fn attribute(text: &str) -> Option<&'static attributes::AttributeSpec> {
    let path = parse_path(text);
    let segments: Vec<&[u8]> = path.iter().map(Bytes::as_ref).collect();
    match attributes::find_removed(segments.first()?).filter(|_| segments.len() == 1) {
        Some(removed) => attributes::find(&removed.now.split('.').map(str::as_bytes).collect::<Vec<_>>()),
        None => attributes::find(&segments),
    }
}

/// The type of the attribute at this path.
fn wanted(path: &[Bytes]) -> AttributeType {
    let segments: Vec<&[u8]> = path.iter().map(Bytes::as_ref).collect();
    let removed = attributes::find_removed(segments[0]).filter(|_| segments.len() == 1);
    let found = match removed {
        Some(removed) => attributes::find(&removed.now.split('.').map(str::as_bytes).collect::<Vec<_>>()),
        None => attributes::find(&segments),
    };
    found.map_or(AttributeType::Any, |found| found.kind)
}

const FORMS: &str =
    "string, base64, int, uint, double, bool, duration_ms, duration_ns, timestamp, timestamp_ns, list or map";

fn parse_value(json: &Json, wanted: AttributeType) -> Result<PropertyValue, String> {
    let mismatch = |example: &str| format!("it is a value of type {}; write {example}", wanted.name());
    Ok(match (json, wanted) {
        (_, AttributeType::Group) => {
            return Err("this is a group; set its members, such as request.path".into());
        }
        (Json::Null, _) => PropertyValue::Null,
        (Json::Object(object), _) => parse_form(object)?,
        (Json::Array(items), _) => {
            let items = items.iter().map(|item| parse_value(item, AttributeType::Any));
            PropertyValue::List(items.collect::<Result<_, _>>()?)
        }
        (Json::Bool(truth), AttributeType::Bool | AttributeType::Any) => PropertyValue::Bool(*truth),
        (Json::String(text), AttributeType::String | AttributeType::Any) => text_value(text),
        (Json::String(text), AttributeType::Bytes) => PropertyValue::Bytes(text.clone().into()),
        (Json::String(text), AttributeType::Timestamp) => timestamp(text)?,
        (Json::Number(number), AttributeType::Int) => {
            PropertyValue::Int(number.as_i64().ok_or_else(|| mismatch("a whole number"))?)
        }
        (Json::Number(number), AttributeType::Uint) => {
            PropertyValue::Uint(number.as_u64().ok_or_else(|| mismatch("a whole number from 0"))?)
        }
        (Json::Number(number), AttributeType::Double) => {
            PropertyValue::Double(number.as_f64().ok_or_else(|| mismatch("a number"))?)
        }
        (Json::Number(number), AttributeType::Any) => {
            match (number.as_i64(), number.as_u64(), number.as_f64()) {
                (Some(number), ..) => PropertyValue::Int(number),
                (_, Some(number), _) => PropertyValue::Uint(number),
                (.., number) => PropertyValue::Double(number.unwrap_or_default()),
            }
        }
        (_, AttributeType::Bool) => return Err(mismatch("true or false")),
        (_, AttributeType::String) => return Err(mismatch("a string")),
        (_, AttributeType::Bytes | AttributeType::Message) => return Err(mismatch(r#"{"base64": "…"}"#)),
        (_, AttributeType::Int | AttributeType::Uint | AttributeType::Double) => {
            return Err(mismatch("a number"));
        }
        (_, AttributeType::Duration) => return Err(mismatch(r#"{"duration_ms": 12.5}"#)),
        (_, AttributeType::Timestamp) => return Err(mismatch(r#""2026-01-01T00:00:00Z""#)),
        (_, AttributeType::Map) => return Err(mismatch(r#"{"map": {"name": "value"}}"#)),
    })
}

fn text_value(text: &str) -> PropertyValue {
    PropertyValue::String(Bytes::copy_from_slice(text.as_bytes()))
}

fn timestamp(text: &str) -> Result<PropertyValue, String> {
    let time = WallTime::parse(text).map_err(|error| error.to_string())?;
    Ok(PropertyValue::Timestamp(i64::try_from(time.0).unwrap_or(i64::MAX)))
}

/// An object that names the type of its value.
fn parse_form(object: &Map<String, Json>) -> Result<PropertyValue, String> {
    let mut entries = object.iter();
    let (Some((form, value)), None) = (entries.next(), entries.next()) else {
        return Err(format!("an object has one field that names its type: {FORMS}"));
    };
    let wrong = |example: &str| format!("`{form}` takes {example}");
    let whole = || value.as_i64().ok_or_else(|| wrong("a whole number"));
    Ok(match form.as_str() {
        "string" => text_value(value.as_str().ok_or_else(|| wrong("a string"))?),
        "base64" => {
            let text = value.as_str().ok_or_else(|| wrong("a string"))?;
            let bytes = STANDARD.decode(text);
            PropertyValue::Bytes(
                bytes.map_err(|error| format!("this is not base64 (RFC 4648): {error}"))?.into(),
            )
        }
        "int" => PropertyValue::Int(whole()?),
        "uint" => PropertyValue::Uint(value.as_u64().ok_or_else(|| wrong("a whole number from 0"))?),
        "double" => PropertyValue::Double(value.as_f64().ok_or_else(|| wrong("a number"))?),
        "bool" => PropertyValue::Bool(value.as_bool().ok_or_else(|| wrong("true or false"))?),
        "duration_ms" => {
            let milliseconds = value.as_f64().ok_or_else(|| wrong("a number"))?;
            // Saturates: no duration is that long.
            PropertyValue::Duration((milliseconds * 1e6).round() as i64)
        }
        "duration_ns" => PropertyValue::Duration(whole()?),
        "timestamp" => {
            timestamp(value.as_str().ok_or_else(|| wrong("a time such as 2026-01-01T00:00:00Z"))?)?
        }
        "timestamp_ns" => PropertyValue::Timestamp(whole()?),
        "list" => {
            let items = value.as_array().ok_or_else(|| wrong("an array"))?;
            let items = items.iter().map(|item| parse_value(item, AttributeType::Any));
            PropertyValue::List(items.collect::<Result<_, _>>()?)
        }
        "map" => {
            let entries = value.as_object().ok_or_else(|| wrong("an object"))?;
            let entries = entries.iter().map(|(key, value)| {
                Ok((Bytes::copy_from_slice(key.as_bytes()), parse_value(value, AttributeType::Any)?))
            });
            PropertyValue::Map(entries.collect::<Result<_, String>>()?)
        }
        other => return Err(format!("`{other}` is not a type of value; use {FORMS}")),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn parse(path: &str, json: Json) -> Result<PropertyValue, String> {
        Property::parse(path, json).map(|property| property.value).map_err(|error| error.to_string())
    }

    fn path(text: &str) -> Vec<String> {
        parse_path(text).iter().map(|segment| String::from_utf8_lossy(segment).into_owned()).collect()
    }

    #[test]
    fn a_path_is_split_at_dots_that_are_not_escaped_or_at_nuls() {
        assert_eq!(path("request.path"), ["request", "path"]);
        assert_eq!(path(r"a.com\.example.b\\c"), ["a", "com.example", r"b\c"]);
        assert_eq!(path("a\0com.example\0b"), ["a", "com.example", "b"]);
        assert_eq!(path(r"a\"), [r"a\"]);
    }

    #[test]
    fn plain_values_have_the_type_of_the_attribute() {
        assert_eq!(parse("request.size", json!(5)), Ok(PropertyValue::Int(5)));
        assert_eq!(parse("connection.id", json!(5)), Ok(PropertyValue::Uint(5)));
        assert_eq!(
            parse("request.time", json!("1970-01-01T00:00:01Z")),
            Ok(PropertyValue::Timestamp(1_000_000_000))
        );
        assert_eq!(parse("connection.mtls", json!(true)), Ok(PropertyValue::Bool(true)));
        assert_eq!(parse("listener_direction", json!(1)), Ok(PropertyValue::Int(1)));
        assert_eq!(parse("own", json!(5)), Ok(PropertyValue::Int(5)));
        assert_eq!(parse("own", json!(1.5)), Ok(PropertyValue::Double(1.5)));
        assert_eq!(parse("own", json!(u64::MAX)), Ok(PropertyValue::Uint(u64::MAX)));
        assert_eq!(parse("own", json!({"duration_ms": 1.5})), Ok(PropertyValue::Duration(1_500_000)));
        assert_eq!(parse("request.size", json!({"uint": 5})), Ok(PropertyValue::Uint(5)), "said so");
    }

    #[test]
    fn a_wrong_value_says_what_to_write() {
        let error = |path, json| parse(path, json).expect_err("it is wrong");
        assert_eq!(
            error("request.size", json!("5")),
            "property `request.size`: it is a value of type int; write a number"
        );
        assert!(error("request", json!("x")).contains("is a group"));
        assert!(error("own", json!({"bits": 1})).contains("use string, base64"));
        assert!(error("own", json!({"int": 1, "uint": 2})).contains("has one field"));
        assert!(error("own", json!({"base64": "*"})).contains("not base64"));
        assert!(error("", json!(1)).contains("the path is empty"));
        assert!(error("response.backend_latency", json!(5)).contains("duration_ms"));
    }

    #[test]
    fn values_have_the_bytes_of_envoys_encoding() {
        let wire = |json: Json| parse("own", json).expect("it is right").wire().map(|bytes| bytes.to_vec());
        assert_eq!(wire(json!("ab")), Some(b"ab".to_vec()));
        assert_eq!(wire(json!(-2)), Some((-2_i64).to_le_bytes().to_vec()));
        assert_eq!(wire(json!({"duration_ms": 1.5})), Some(1_500_000_i64.to_le_bytes().to_vec()));
        assert_eq!(wire(json!(true)), Some(vec![1]));
        assert_eq!(wire(json!(null)), None);
        assert_eq!(wire(json!(["a", null])), None, "a value in it has none");
        let pairs =
            [&2_u32.to_le_bytes()[..], &[1, 0, 0, 0, 1, 0, 0, 0], &[1, 0, 0, 0, 0, 0, 0, 0], b"a\0x\0b\0\0"];
        assert_eq!(wire(json!({"map": {"a": "x", "b": ""}})), Some(pairs.concat()));
    }

    #[test]
    fn properties_are_written_back_as_they_were() {
        let text = r#"{"request.size":5,"own":{"map":{"a":[1,{"double":2}]}},"a\\.b":null}"#;
        let properties: Properties = serde_json::from_str(text).expect("is right");
        assert_eq!(serde_json::to_string(&properties).expect("serializes"), text);
    }
}
