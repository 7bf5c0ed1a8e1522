//! Documents in YAML and JSON, read within bounds.

use std::fmt;

use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use serde_saphyr::Options;

use super::{Error, Input, MAX_FILE, Place, Reason};

/// Deepest nesting of a document. Envoy's own files have a depth of about 30.
const MAX_DEPTH: usize = 100;

/// Most values of a file, with those that aliases repeat.
const MAX_VALUES: usize = 250_000;

/// The documents of a file, without empty ones: JSON where it is that, else YAML.
///
/// Aliases and merge keys are followed; what they repeat counts towards the bounds.
pub(super) fn read(input: &Input<'_>) -> Result<Vec<Value>, Error> {
    let size = input.bytes.len() as u64;
    if size > MAX_FILE {
        return Err(Error::new(Reason::TooLarge { size, limit: MAX_FILE }));
    }
    let text = input.text()?;
    let is_json = text.trim_start().starts_with(['{', '[']);
    match serde_json::from_str::<Tree>(text) {
        Ok(Tree(value)) => Ok(vec![value]),
        // A flow mapping such as `{a: b}` begins in the same way.
        Err(error) => yaml(text).map_err(|of_yaml| if is_json { json_error(&error) } else { of_yaml }),
    }
}

fn yaml(text: &str) -> Result<Vec<Value>, Error> {
    let trees: Vec<Tree> =
        serde_saphyr::from_multiple_with_options(text, options()).map_err(|error| yaml_error(&error))?;
    Ok(trees.into_iter().map(|tree| tree.0).collect())
}

fn options() -> Options {
    let largest = usize::try_from(MAX_FILE).unwrap_or(usize::MAX);
    serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_depth: MAX_DEPTH,
            max_nodes: MAX_VALUES,
            max_events: 2 * MAX_VALUES,
            max_documents: 1_024,
            max_aliases: 10_000,
            max_anchors: 10_000,
            // Modules are in files as base64.
            max_total_scalar_bytes: largest,
        },
        alias_limits: serde_saphyr::alias_limits! { max_total_replayed_events: MAX_VALUES },
        with_snippet: false,
    }
}

fn yaml_error(error: &serde_saphyr::Error) -> Error {
    let place = error.location().map(|location| Place::Line {
        line: usize::try_from(location.line()).unwrap_or(usize::MAX),
        column: usize::try_from(location.column()).unwrap_or(usize::MAX),
    });
    let said =
        error.render_with_options(serde_saphyr::render_options! { snippets: serde_saphyr::SnippetMode::Off });
    Error { place, reason: Reason::Syntax(said) }
}

fn json_error(error: &serde_json::Error) -> Error {
    let said = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    let said = said.strip_suffix(&place).unwrap_or(&said).to_owned();
    Error::new(Reason::Syntax(said)).at(Place::Line { line: error.line(), column: error.column() })
}

/// A document as YAML.
pub(super) fn write(documents: &[Value]) -> Result<String, Error> {
    let options = serde_saphyr::ser_options! {
        compact_list_indent: true,
        folded_wrap_chars: usize::MAX,
        prefer_block_scalars: true,
    };
    let failed = |error: serde_saphyr::SerializeError| Error::new(Reason::Syntax(error.to_string()));
    serde_saphyr::to_string_multiple_with_options(documents, options).map_err(failed)
}

/// Any JSON. A name that is twice in one object is an error, unlike in [`Value`]'s own reader.
struct Tree(Value);

impl<'de> Deserialize<'de> for Tree {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TreeVisitor).map(Tree)
    }
}

struct TreeVisitor;

impl<'de> Visitor<'de> for TreeVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_bool<E>(self, truth: bool) -> Result<Value, E> {
        Ok(Value::Bool(truth))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Ok(number.into())
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
        Ok(number.into())
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<Value, E> {
        Number::from_f64(number).map(Value::Number).ok_or_else(|| E::custom("this number is not finite"))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(text.into())
    }

    fn visit_string<E>(self, text: String) -> Result<Value, E> {
        Ok(text.into())
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(Tree(item)) = items.next_element()? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(name) = entries.next_key::<String>()? {
            let Tree(value) = entries.next_value()?;
            if object.contains_key(&name) {
                return Err(de::Error::custom(format!("`{name}` is given twice")));
            }
            object.insert(name, value);
        }
        Ok(Value::Object(object))
    }
}
