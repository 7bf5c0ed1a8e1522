//! Values of properties and expressions, and their bytes (`host-spec`, section 4.3).

use std::collections::HashMap;
use std::rc::Rc;

use bytes::Bytes;

use super::proto::{self, Descriptor};
use super::stream::Object;
use super::{Budget, Stop, View};
use crate::abi::{Status, pairs};
use crate::scenario::PropertyValue;

/// A value as Envoy's expression library knows it.
#[derive(Clone, Debug)]
pub enum Value {
    Null,
    Bool(bool),
    Int(i64),
    Uint(u64),
    Double(f64),
    /// Text; Envoy does not check its encoding.
    String(Bytes),
    Bytes(Bytes),
    /// Nanoseconds; the wire has fewer bits.
    Duration(i128),
    /// Nanoseconds since 1970.
    Timestamp(i128),
    /// A protobuf message in its wire form.
    Message(&'static Descriptor, Bytes),
    List(Rc<Vec<Value>>),
    Map(Rc<Map>),
    /// Attributes that are found when somebody asks for them.
    Object(Object),
    /// The name of a type.
    Type(&'static str),
    /// Something that cannot be had.
    Error,
}

impl From<&PropertyValue> for Value {
    fn from(value: &PropertyValue) -> Self {
        match value {
            PropertyValue::Null => Self::Null,
            PropertyValue::Bool(truth) => Self::Bool(*truth),
            PropertyValue::Int(number) => Self::Int(*number),
            PropertyValue::Uint(number) => Self::Uint(*number),
            PropertyValue::Double(number) => Self::Double(*number),
            PropertyValue::String(text) => Self::String(text.clone()),
            PropertyValue::Bytes(bytes) => Self::Bytes(bytes.clone()),
            PropertyValue::Duration(nanos) => Self::Duration((*nanos).into()),
            PropertyValue::Timestamp(nanos) => Self::Timestamp((*nanos).into()),
            PropertyValue::List(items) => Self::List(items.iter().map(Self::from).collect::<Vec<_>>().into()),
            PropertyValue::Map(entries) => {
                let entries = entries.iter().map(|(key, value)| (key.clone(), value.into()));
                Self::Map(Map::of_text(entries).into())
            }
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::String(Bytes::copy_from_slice(text.as_bytes()))
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::String(text.into())
    }
}

/// A map from keys of four types to values, in the order in which they were put in.
#[derive(Debug, Default)]
pub struct Map {
    entries: Vec<(Value, Value)>,
    places: HashMap<Key, usize>,
}

/// What may be a key of a map.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Key {
    Bool(bool),
    Int(i64),
    Uint(u64),
    String(Bytes),
}

impl Key {
    fn of(value: &Value) -> Option<Self> {
        match value {
            Value::Bool(truth) => Some(Self::Bool(*truth)),
            Value::Int(number) => Some(Self::Int(*number)),
            Value::Uint(number) => Some(Self::Uint(*number)),
            Value::String(text) => Some(Self::String(text.clone())),
            _ => None,
        }
    }
}

impl Map {
    /// Adds an entry; `false` when the key is there already or cannot be one.
    #[must_use]
    pub fn insert(&mut self, key: Value, value: Value) -> bool {
        let Some(place) = Key::of(&key) else { return false };
        let next = self.entries.len();
        if self.places.insert(place, next).is_some() {
            return false;
        }
        self.entries.push((key, value));
        true
    }

    pub fn entries(&self) -> &[(Value, Value)] {
        &self.entries
    }

    /// The value under a key; numbers of different types are the same key when they are equal.
    pub fn get(&self, key: &Value) -> Option<&Value> {
        let at = |key: Key| self.places.get(&key).map(|place| &self.entries[*place].1);
        match key {
            Value::Int(number) => {
                at(Key::Int(*number)).or_else(|| at(Key::Uint(u64::try_from(*number).ok()?)))
            }
            Value::Uint(number) => {
                at(Key::Uint(*number)).or_else(|| at(Key::Int(i64::try_from(*number).ok()?)))
            }
            Value::Double(number) => match exact_int(*number) {
                Some(whole) => self.get(&Value::Int(whole)),
                None => at(Key::Uint(exact_uint(*number)?)),
            },
            other => at(Key::of(other)?),
        }
    }

    /// A map with text for keys.
    pub fn of_text(entries: impl IntoIterator<Item = (Bytes, Value)>) -> Self {
        let mut map = Self::default();
        for (key, value) in entries {
            // The first of several entries stays.
            let _ = map.insert(Value::String(key), value);
        }
        map
    }
}

const TWO_TO_63: f64 = (1u64 << 63) as f64;

/// The integer that a floating-point number is exactly.
pub fn exact_int(number: f64) -> Option<i64> {
    let fits = (-TWO_TO_63..TWO_TO_63).contains(&number);
    (fits && number.fract() == 0.0).then_some(number as i64)
}

/// The unsigned integer that a floating-point number is exactly.
pub fn exact_uint(number: f64) -> Option<u64> {
    let fits = (0.0..2.0 * TWO_TO_63).contains(&number);
    (fits && number.fract() == 0.0).then_some(number as u64)
}

impl Value {
    /// The bytes that a guest gets. Null, types, errors and whole objects have none.
    pub(in crate::host) fn encode(&self, view: &View, budget: &mut Budget) -> Result<Bytes, Stop> {
        budget.step()?;
        let bytes = match self {
            Self::String(bytes) | Self::Bytes(bytes) | Self::Message(_, bytes) => {
                budget.take(bytes.len())?;
                return Ok(bytes.clone());
            }
            Self::Int(number) => number.to_le_bytes().to_vec(),
            Self::Uint(number) => number.to_le_bytes().to_vec(),
            Self::Double(number) => number.to_le_bytes().to_vec(),
            Self::Bool(truth) => vec![u8::from(*truth)],
            Self::Duration(nanos) | Self::Timestamp(nanos) => {
                let nanos = (*nanos).clamp(i64::MIN.into(), i64::MAX.into()) as i64;
                nanos.to_le_bytes().to_vec()
            }
            Self::List(items) => {
                let mut pairs = Vec::new();
                for item in items.iter() {
                    pairs.push((item.encode(view, budget)?, Bytes::new()));
                }
                encode_pairs(&pairs, budget)?
            }
            Self::Map(map) => {
                let mut pairs = Vec::new();
                for (key, value) in map.entries() {
                    pairs.push((key.encode(view, budget)?, value.encode(view, budget)?));
                }
                encode_pairs(&pairs, budget)?
            }
            Self::Object(object) => match view.entries(object) {
                Some(entries) => {
                    let pairs: Vec<_> = entries.collect();
                    encode_pairs(&pairs, budget)?
                }
                None => return Err(Stop::Status(Status::SerializationFailure)),
            },
            Self::Null | Self::Type(_) | Self::Error => {
                return Err(Stop::Status(Status::SerializationFailure));
            }
        };
        Ok(bytes.into())
    }

    /// What a further segment of a property's path means in this value.
    pub(super) fn at_segment(&self, segment: &[u8], view: &View) -> Option<Self> {
        match self {
            Self::Object(object) => view.get(object, segment),
            Self::Map(map) => map.get(&Self::String(Bytes::copy_from_slice(segment))).cloned(),
            Self::Message(descriptor, bytes) => proto::field(descriptor, bytes, segment),
            Self::List(items) => {
                let index: usize = std::str::from_utf8(segment).ok()?.parse().ok()?;
                items.get(index).cloned()
            }
            _ => None,
        }
    }

    /// The name of the value's type; messages have their own.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Null => "null_type",
            Self::Bool(_) => "bool",
            Self::Int(_) => "int",
            Self::Uint(_) => "uint",
            Self::Double(_) => "double",
            Self::String(_) => "string",
            Self::Bytes(_) => "bytes",
            Self::Duration(_) => "google.protobuf.Duration",
            Self::Timestamp(_) => "google.protobuf.Timestamp",
            Self::Message(descriptor, _) => descriptor.name,
            Self::List(_) => "list",
            Self::Map(_) | Self::Object(_) => "map",
            Self::Type(_) => "type",
            Self::Error => "error",
        }
    }
}

fn encode_pairs(entries: &[(Bytes, Bytes)], budget: &mut Budget) -> Result<Vec<u8>, Stop> {
    budget.take(entries.iter().map(|(key, value)| key.len() + value.len() + 10).sum())?;
    Ok(pairs::encode(entries.iter().map(|(key, value)| (key.as_ref(), value.as_ref()))))
}
