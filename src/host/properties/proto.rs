//! Protobuf messages in their wire form: reading fields by name, and writing.
//!
//! Only the few messages that properties show are described; everything is read from the wire when it is asked for.

use std::rc::Rc;

use bytes::Bytes;

use super::value::{Map, Value};

/// Deepest nesting that is read, as in the protobuf library.
const MAX_DEPTH: u32 = 100;

/// What is known of a message's type.
#[derive(Debug)]
pub struct Descriptor {
    pub name: &'static str,
    fields: &'static [Field],
    /// How Envoy shows the message where it stands for a plain value.
    stands_for: StandsFor,
}

/// A message that stands for a plain value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum StandsFor {
    Itself,
    /// `google.protobuf.Struct`
    Map,
    /// `google.protobuf.ListValue`
    List,
    /// `google.protobuf.Value`
    Any,
    Timestamp,
    Duration,
    /// A wrapper such as `google.protobuf.StringValue`: its only field.
    Field,
    /// `google.protobuf.Any`: the message inside.
    Packed,
}

#[derive(Debug)]
struct Field {
    number: u32,
    name: &'static str,
    kind: Kind,
}

/// Type of a field.
#[derive(Clone, Copy, Debug)]
enum Kind {
    String,
    Bytes,
    Int,
    Uint,
    Bool,
    Double,
    Float,
    Message(&'static Descriptor),
    Strings,
    Messages(&'static Descriptor),
    MapOfStrings,
    MapOf(&'static Descriptor),
}

impl Descriptor {
    const fn of(name: &'static str, fields: &'static [Field]) -> Self {
        Self { name, fields, stands_for: StandsFor::Itself }
    }

    const fn special(name: &'static str, fields: &'static [Field], stands_for: StandsFor) -> Self {
        Self { name, fields, stands_for }
    }
}

const fn field_of(number: u32, name: &'static str, kind: Kind) -> Field {
    Field { number, name, kind }
}

static STRUCT: Descriptor = Descriptor::special("google.protobuf.Struct", &[], StandsFor::Map);
static LIST_VALUE: Descriptor = Descriptor::special("google.protobuf.ListValue", &[], StandsFor::List);
static VALUE: Descriptor = Descriptor::special("google.protobuf.Value", &[], StandsFor::Any);
static ANY: Descriptor = Descriptor::special("google.protobuf.Any", &[], StandsFor::Packed);
static TIMESTAMP: Descriptor =
    Descriptor::special("google.protobuf.Timestamp", SECONDS_AND_NANOS, StandsFor::Timestamp);
static DURATION: Descriptor =
    Descriptor::special("google.protobuf.Duration", SECONDS_AND_NANOS, StandsFor::Duration);
const SECONDS_AND_NANOS: &[Field] = &[field_of(1, "seconds", Kind::Int), field_of(2, "nanos", Kind::Int)];

macro_rules! wrappers {
    ($($name:ident $text:literal $kind:ident;)*) => {
        $(static $name: Descriptor = Descriptor::special(
            $text,
            &[field_of(1, "value", Kind::$kind)],
            StandsFor::Field,
        );)*
        const WRAPPERS: &[&Descriptor] = &[$(&$name,)*];
    };
}

wrappers! {
    STRING_VALUE "google.protobuf.StringValue" String;
    BYTES_VALUE "google.protobuf.BytesValue" Bytes;
    BOOL_VALUE "google.protobuf.BoolValue" Bool;
    INT32_VALUE "google.protobuf.Int32Value" Int;
    INT64_VALUE "google.protobuf.Int64Value" Int;
    UINT32_VALUE "google.protobuf.UInt32Value" Uint;
    UINT64_VALUE "google.protobuf.UInt64Value" Uint;
    DOUBLE_VALUE "google.protobuf.DoubleValue" Double;
    FLOAT_VALUE "google.protobuf.FloatValue" Float;
}

pub static METADATA: Descriptor = Descriptor::of(
    "envoy.config.core.v3.Metadata",
    &[
        field_of(1, "filter_metadata", Kind::MapOf(&STRUCT)),
        field_of(2, "typed_filter_metadata", Kind::MapOf(&ANY)),
    ],
);

pub static LOCALITY: Descriptor = Descriptor::of(
    "envoy.config.core.v3.Locality",
    &[
        field_of(1, "region", Kind::String),
        field_of(2, "zone", Kind::String),
        field_of(3, "sub_zone", Kind::String),
    ],
);

static SEMANTIC_VERSION: Descriptor = Descriptor::of(
    "envoy.type.v3.SemanticVersion",
    &[
        field_of(1, "major_number", Kind::Uint),
        field_of(2, "minor_number", Kind::Uint),
        field_of(3, "patch", Kind::Uint),
    ],
);

static BUILD_VERSION: Descriptor = Descriptor::of(
    "envoy.config.core.v3.BuildVersion",
    &[
        field_of(1, "version", Kind::Message(&SEMANTIC_VERSION)),
        field_of(2, "metadata", Kind::Message(&STRUCT)),
    ],
);

static EXTENSION: Descriptor = Descriptor::of(
    "envoy.config.core.v3.Extension",
    &[
        field_of(1, "name", Kind::String),
        field_of(2, "category", Kind::String),
        field_of(3, "type_descriptor", Kind::String),
        field_of(4, "version", Kind::Message(&BUILD_VERSION)),
        field_of(5, "disabled", Kind::Bool),
        field_of(6, "type_urls", Kind::Strings),
    ],
);

static CONTEXT_PARAMS: Descriptor =
    Descriptor::of("xds.core.v3.ContextParams", &[field_of(1, "params", Kind::MapOfStrings)]);

static SOCKET_ADDRESS: Descriptor = Descriptor::of("envoy.config.core.v3.Address", &[]);

pub static NODE: Descriptor = Descriptor::of(
    "envoy.config.core.v3.Node",
    &[
        field_of(1, "id", Kind::String),
        field_of(2, "cluster", Kind::String),
        field_of(3, "metadata", Kind::Message(&STRUCT)),
        field_of(4, "locality", Kind::Message(&LOCALITY)),
        field_of(6, "user_agent_name", Kind::String),
        field_of(7, "user_agent_version", Kind::String),
        field_of(8, "user_agent_build_version", Kind::Message(&BUILD_VERSION)),
        field_of(9, "extensions", Kind::Messages(&EXTENSION)),
        field_of(10, "client_features", Kind::Strings),
        field_of(11, "listening_addresses", Kind::Messages(&SOCKET_ADDRESS)),
        field_of(12, "dynamic_parameters", Kind::MapOf(&CONTEXT_PARAMS)),
    ],
);

const OTHERS: &[&Descriptor] = &[
    &STRUCT,
    &LIST_VALUE,
    &VALUE,
    &ANY,
    &TIMESTAMP,
    &DURATION,
    &METADATA,
    &LOCALITY,
    &NODE,
    &BUILD_VERSION,
    &SEMANTIC_VERSION,
    &EXTENSION,
    &CONTEXT_PARAMS,
];

/// The description of a type by its URL, such as `type.googleapis.com/google.protobuf.Struct`.
pub fn by_type_url(url: &[u8]) -> Option<&'static Descriptor> {
    by_name(std::str::from_utf8(url.strip_prefix(b"type.googleapis.com/")?).ok()?)
}

/// The description of a type by its full name.
pub fn by_name(name: &str) -> Option<&'static Descriptor> {
    OTHERS.iter().chain(WRAPPERS).copied().find(|found| found.name == name)
}

/// Number of a field.
pub fn field_number(descriptor: &Descriptor, name: &str) -> Option<u32> {
    descriptor.fields.iter().find(|field| field.name == name).map(|field| field.number)
}

/// Whether all fields of the type are described.
pub fn has_fields(descriptor: &Descriptor) -> bool {
    !descriptor.fields.is_empty()
}

/// Puts one field of a message that an expression writes; `None` when the value has another type.
pub fn put_value(descriptor: &Descriptor, number: u32, value: &Value) -> Option<Vec<u8>> {
    let field = descriptor.fields.iter().find(|field| field.number == number)?;
    match (field.kind, value) {
        (Kind::Int, Value::Int(value)) => Some(varint(number, *value as u64)),
        (Kind::Uint, Value::Uint(value)) => Some(varint(number, *value)),
        (Kind::Bool, Value::Bool(value)) => Some(varint(number, u64::from(*value))),
        (Kind::String, Value::String(text)) | (Kind::Bytes, Value::Bytes(text)) => Some(bytes(number, text)),
        (Kind::Double, Value::Double(value)) => Some(double(number, *value)),
        (Kind::Message(wanted), Value::Message(found, inner)) if wanted.name == found.name => {
            Some(bytes(number, inner))
        }
        (Kind::Float, Value::Double(value)) => {
            let mut out = Vec::new();
            put_varint(&mut out, u64::from(number) << 3 | 5);
            out.extend((*value as f32).to_le_bytes());
            Some(out)
        }
        _ => None,
    }
}

/// One field on the wire.
#[derive(Clone, Debug)]
pub enum Wire {
    Varint(u64),
    Fixed64(u64),
    Fixed32(u32),
    Bytes(Bytes),
}

/// The fields of a message as they stand on the wire. Ends with an error when the bytes are no message.
pub struct Fields {
    bytes: Bytes,
    failed: bool,
}

impl Fields {
    pub fn new(bytes: &Bytes) -> Self {
        Self { bytes: bytes.clone(), failed: false }
    }

    fn varint(&mut self) -> Option<u64> {
        let mut value = 0u64;
        for (index, byte) in self.bytes.iter().take(10).copied().enumerate() {
            value |= u64::from(byte & 0x7f).checked_shl(7 * index as u32)?;
            if byte < 0x80 {
                let _ = self.bytes.split_to(index + 1);
                return Some(value);
            }
        }
        None
    }

    fn take(&mut self, length: u64) -> Option<Bytes> {
        let length = usize::try_from(length).ok().filter(|length| *length <= self.bytes.len())?;
        Some(self.bytes.split_to(length))
    }

    fn read(&mut self) -> Option<(u32, Wire)> {
        let tag = self.varint()?;
        let number = u32::try_from(tag >> 3).ok().filter(|number| (1..1 << 29).contains(number))?;
        let wire = match tag & 7 {
            0 => Wire::Varint(self.varint()?),
            1 => Wire::Fixed64(u64::from_le_bytes(self.take(8)?.as_ref().try_into().ok()?)),
            2 => {
                let length = self.varint()?;
                Wire::Bytes(self.take(length)?)
            }
            5 => Wire::Fixed32(u32::from_le_bytes(self.take(4)?.as_ref().try_into().ok()?)),
            // Groups are of an older protobuf; no message here has one.
            _ => return None,
        };
        Some((number, wire))
    }
}

impl Iterator for Fields {
    type Item = Result<(u32, Wire), Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed || self.bytes.is_empty() {
            return None;
        }
        let read = self.read();
        self.failed = read.is_none();
        Some(read.ok_or(Malformed))
    }
}

/// The bytes are no message of the type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed;

/// Whether the bytes are a message of the type.
pub fn is_message(descriptor: &Descriptor, bytes: &Bytes) -> bool {
    check(descriptor, bytes, 0).is_ok()
}

fn check(descriptor: &Descriptor, bytes: &Bytes, depth: u32) -> Result<(), Malformed> {
    if depth > MAX_DEPTH {
        return Err(Malformed);
    }
    for field in Fields::new(bytes) {
        let (number, wire) = field?;
        let Wire::Bytes(inner) = &wire else { continue };
        match descriptor.stands_for {
            StandsFor::Map if number == 1 => check_entry(inner, &VALUE, depth)?,
            StandsFor::List if number == 1 => check(&VALUE, inner, depth + 1)?,
            StandsFor::Any if number == 3 => check_text(inner)?,
            StandsFor::Any if number == 5 => check(&STRUCT, inner, depth + 1)?,
            StandsFor::Any if number == 6 => check(&LIST_VALUE, inner, depth + 1)?,
            StandsFor::Packed if number == 1 => check_text(inner)?,
            _ => {}
        }
        let Some(field) = descriptor.fields.iter().find(|field| field.number == number) else { continue };
        match field.kind {
            Kind::String | Kind::Strings => check_text(inner)?,
            Kind::Message(descriptor) | Kind::Messages(descriptor) => check(descriptor, inner, depth + 1)?,
            Kind::MapOf(descriptor) => check_entry(inner, descriptor, depth)?,
            Kind::MapOfStrings => check_entry(inner, &STRING_VALUE, depth)?,
            Kind::Bytes | Kind::Int | Kind::Uint | Kind::Bool | Kind::Double | Kind::Float => {}
        }
    }
    Ok(())
}

fn check_entry(entry: &Bytes, value: &Descriptor, depth: u32) -> Result<(), Malformed> {
    for field in Fields::new(entry) {
        match field? {
            (1, Wire::Bytes(key)) => check_text(&key)?,
            (2, Wire::Bytes(text)) if value.name == STRING_VALUE.name => check_text(&text)?,
            (2, Wire::Bytes(inner)) => check(value, &inner, depth + 1)?,
            _ => {}
        }
    }
    Ok(())
}

fn check_text(bytes: &Bytes) -> Result<(), Malformed> {
    std::str::from_utf8(bytes).map(|_| ()).map_err(|_| Malformed)
}

/// A message as a value: the plain value for which it stands, or itself.
pub fn value(descriptor: &'static Descriptor, bytes: &Bytes) -> Value {
    value_at(descriptor, bytes, 0)
}

fn value_at(descriptor: &'static Descriptor, bytes: &Bytes, depth: u32) -> Value {
    if depth > MAX_DEPTH {
        return Value::Error;
    }
    match descriptor.stands_for {
        StandsFor::Itself => Value::Message(descriptor, bytes.clone()),
        StandsFor::Map => map(Fields::new(bytes), 1, &|wire| value_of(&VALUE, wire, depth)),
        StandsFor::List => {
            let items = Fields::new(bytes).filter_map(|field| match field {
                Ok((1, wire)) => Some(value_of(&VALUE, &wire, depth)),
                _ => None,
            });
            Value::List(Rc::new(items.collect()))
        }
        StandsFor::Any => {
            let mut value = Value::Null;
            for (number, wire) in Fields::new(bytes).flatten() {
                match (number, wire) {
                    (1, Wire::Varint(_)) => value = Value::Null,
                    (2, Wire::Fixed64(bits)) => value = Value::Double(f64::from_bits(bits)),
                    (3, Wire::Bytes(text)) => value = Value::String(text),
                    (4, Wire::Varint(number)) => value = Value::Bool(number != 0),
                    (5, Wire::Bytes(inner)) => value = value_at(&STRUCT, &inner, depth + 1),
                    (6, Wire::Bytes(inner)) => value = value_at(&LIST_VALUE, &inner, depth + 1),
                    _ => {}
                }
            }
            value
        }
        StandsFor::Timestamp => Value::Timestamp(nanos(bytes)),
        StandsFor::Duration => Value::Duration(nanos(bytes)),
        StandsFor::Field => descriptor.fields.first().map_or(Value::Null, |field| read(field, bytes, depth)),
        StandsFor::Packed => {
            let (mut url, mut inner) = (Bytes::new(), Bytes::new());
            for field in Fields::new(bytes).flatten() {
                match field {
                    (1, Wire::Bytes(text)) => url = text,
                    (2, Wire::Bytes(text)) => inner = text,
                    _ => {}
                }
            }
            match by_type_url(&url) {
                Some(packed) if is_message(packed, &inner) => value_at(packed, &inner, depth + 1),
                _ => Value::Error,
            }
        }
    }
}

fn value_of(descriptor: &'static Descriptor, wire: &Wire, depth: u32) -> Value {
    match wire {
        Wire::Bytes(bytes) => value_at(descriptor, bytes, depth + 1),
        _ => Value::Error,
    }
}

/// A map field: entries with a key and a value; of several with one key the last counts.
fn map(fields: Fields, number: u32, value: &dyn Fn(&Wire) -> Value) -> Value {
    let mut entries: Vec<(Bytes, Value)> = Vec::new();
    for (found, wire) in fields.flatten() {
        let Wire::Bytes(entry) = wire else { continue };
        if found != number {
            continue;
        }
        let mut key = Bytes::new();
        let mut held = Wire::Bytes(Bytes::new());
        for field in Fields::new(&entry).flatten() {
            match field {
                (1, Wire::Bytes(text)) => key = text,
                (2, wire) => held = wire,
                _ => {}
            }
        }
        entries.push((key, value(&held)));
    }
    // The last of several counts: it is put in first.
    entries.reverse();
    let mut map: Vec<_> = Map::of_text(entries).entries().to_vec();
    map.reverse();
    let text = map.into_iter().filter_map(|(key, value)| match key {
        Value::String(key) => Some((key, value)),
        _ => None,
    });
    Value::Map(Rc::new(Map::of_text(text)))
}

fn nanos(bytes: &Bytes) -> i128 {
    let (mut seconds, mut nanos) = (0i64, 0i32);
    for field in Fields::new(bytes).flatten() {
        match field {
            (1, Wire::Varint(number)) => seconds = number as i64,
            (2, Wire::Varint(number)) => nanos = number as i32,
            _ => {}
        }
    }
    i128::from(seconds) * 1_000_000_000 + i128::from(nanos)
}

/// A field of a message by its name; its default when it is not there, `None` when the type has no such field.
pub fn field(descriptor: &'static Descriptor, bytes: &Bytes, name: &[u8]) -> Option<Value> {
    let field = descriptor.fields.iter().find(|field| field.name.as_bytes() == name)?;
    Some(read(field, bytes, 0))
}

/// Whether a message has the field; `None` when the type has no such field.
pub fn has_field(descriptor: &'static Descriptor, bytes: &Bytes, name: &[u8]) -> Option<bool> {
    let field = descriptor.fields.iter().find(|field| field.name.as_bytes() == name)?;
    let found = Fields::new(bytes).flatten().filter(|(number, _)| *number == field.number);
    Some(match field.kind {
        Kind::Message(_) | Kind::Strings | Kind::Messages(_) | Kind::MapOf(_) | Kind::MapOfStrings => {
            found.count() > 0
        }
        // A plain field counts as there when it is not its default.
        _ => found.last().is_some_and(|(_, wire)| match wire {
            Wire::Varint(number) | Wire::Fixed64(number) => number != 0,
            Wire::Fixed32(number) => number != 0,
            Wire::Bytes(bytes) => !bytes.is_empty(),
        }),
    })
}

fn read(field: &Field, bytes: &Bytes, depth: u32) -> Value {
    let all = || Fields::new(bytes).flatten().filter(|(number, _)| *number == field.number);
    let last = || all().last().map(|(_, wire)| wire);
    let number = || match last() {
        Some(Wire::Varint(number)) => number,
        _ => 0,
    };
    let text = || match last() {
        Some(Wire::Bytes(bytes)) => bytes,
        _ => Bytes::new(),
    };
    match field.kind {
        Kind::String => Value::String(text()),
        Kind::Bytes => Value::Bytes(text()),
        Kind::Int => Value::Int(number() as i64),
        Kind::Uint => Value::Uint(number()),
        Kind::Bool => Value::Bool(number() != 0),
        Kind::Double => match last() {
            Some(Wire::Fixed64(bits)) => Value::Double(f64::from_bits(bits)),
            _ => Value::Double(0.0),
        },
        Kind::Float => match last() {
            Some(Wire::Fixed32(bits)) => Value::Double(f64::from(f32::from_bits(bits))),
            _ => Value::Double(0.0),
        },
        Kind::Message(descriptor) => {
            // Several parts of one message are one message.
            let parts: Vec<u8> = all()
                .filter_map(|(_, wire)| match wire {
                    Wire::Bytes(bytes) => Some(bytes),
                    _ => None,
                })
                .flatten()
                .collect();
            value_at(descriptor, &parts.into(), depth + 1)
        }
        Kind::Strings => {
            let items = all().filter_map(|(_, wire)| match wire {
                Wire::Bytes(text) => Some(Value::String(text)),
                _ => None,
            });
            Value::List(Rc::new(items.collect()))
        }
        Kind::Messages(descriptor) => {
            let items = all().map(|(_, wire)| value_of(descriptor, &wire, depth));
            Value::List(Rc::new(items.collect()))
        }
        Kind::MapOf(descriptor) => {
            map(Fields::new(bytes), field.number, &|wire| value_of(descriptor, wire, depth))
        }
        Kind::MapOfStrings => map(Fields::new(bytes), field.number, &|wire| match wire {
            Wire::Bytes(text) => Value::String(text.clone()),
            _ => Value::Error,
        }),
    }
}

fn put_varint(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

/// A length-delimited field.
pub fn bytes(number: u32, bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() + 6);
    put_varint(&mut out, u64::from(number) << 3 | 2);
    put_varint(&mut out, bytes.len() as u64);
    out.extend(bytes);
    out
}

/// A length-delimited field, left out when empty.
pub fn bytes_if_any(number: u32, value: &[u8]) -> Vec<u8> {
    if value.is_empty() { Vec::new() } else { bytes(number, value) }
}

/// A number or truth.
pub fn varint(number: u32, value: u64) -> Vec<u8> {
    let mut out = Vec::new();
    put_varint(&mut out, u64::from(number) << 3);
    put_varint(&mut out, value);
    out
}

fn double(number: u32, value: f64) -> Vec<u8> {
    let mut out = Vec::new();
    put_varint(&mut out, u64::from(number) << 3 | 1);
    out.extend(value.to_le_bytes());
    out
}

/// `google.protobuf.Struct` of a JSON object.
pub fn json_struct(object: &serde_json::Map<String, serde_json::Value>) -> Vec<u8> {
    let mut out = Vec::new();
    for (key, value) in object {
        out.extend(bytes(1, &[bytes(1, key.as_bytes()), bytes(2, &json_value(value))].concat()));
    }
    out
}

/// `google.protobuf.Value` of any JSON.
fn json_value(value: &serde_json::Value) -> Vec<u8> {
    use serde_json::Value as Json;
    match value {
        Json::Null => varint(1, 0),
        Json::Bool(truth) => varint(4, u64::from(*truth)),
        Json::Number(number) => double(2, number.as_f64().unwrap_or_default()),
        Json::String(text) => bytes(3, text.as_bytes()),
        Json::Array(items) => {
            let items: Vec<u8> = items.iter().flat_map(|item| bytes(1, &json_value(item))).collect();
            bytes(6, &items)
        }
        Json::Object(object) => bytes(5, &json_struct(object)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn structure(json: &str) -> Bytes {
        json_struct(&serde_json::from_str(json).expect("the test's own JSON is valid")).into()
    }

    #[test]
    fn a_struct_is_a_map_of_plain_values() {
        let bytes = structure(r#"{"a":"x","n":7,"l":[1,null],"o":{"b":true}}"#);
        assert!(is_message(&STRUCT, &bytes));
        let Value::Map(map) = value(&STRUCT, &bytes) else { panic!("a struct is a map") };
        assert_eq!(map.entries().len(), 4);
        assert!(matches!(map.get(&"n".into()), Some(Value::Double(7.0))));
        let Some(Value::Map(inner)) = map.get(&"o".into()) else { panic!("an object is a map") };
        assert!(matches!(inner.get(&"b".into()), Some(Value::Bool(true))));
    }

    #[test]
    fn what_is_no_message_is_refused_and_read_as_nothing() {
        for bytes in [&b"\xff\xff"[..], b"\x0a\x05a", b"\x0a\x02\x0a\x09", b"\x00", b"\x0b"] {
            let bytes = Bytes::copy_from_slice(bytes);
            assert!(!is_message(&STRUCT, &bytes), "{bytes:?}");
            let _ = value(&STRUCT, &bytes);
        }
    }

    #[test]
    fn nesting_has_an_end() {
        let mut bytes = Vec::new();
        for _ in 0..2_000 {
            // A list in a list.
            bytes = super::bytes(6, &super::bytes(1, &bytes));
        }
        let bytes = Bytes::from(bytes);
        assert!(!is_message(&VALUE, &bytes));
        let _ = value(&VALUE, &bytes);
    }

    #[test]
    fn absent_fields_have_defaults_and_unknown_ones_nothing() {
        let bytes = Bytes::new();
        assert!(matches!(field(&NODE, &bytes, b"id"), Some(Value::String(text)) if text.is_empty()));
        assert!(matches!(field(&NODE, &bytes, b"locality"), Some(Value::Message(..))));
        assert!(field(&NODE, &bytes, b"nosuch").is_none());
        assert_eq!(has_field(&NODE, &bytes, b"locality"), Some(false));
    }
}
