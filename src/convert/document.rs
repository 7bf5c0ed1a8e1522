//! Documents in YAML and JSON, read within bounds.

use std::collections::HashSet;
use std::fmt;
use std::marker::PhantomData;
use std::thread;

use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Number, Value};
use serde_saphyr::{Options, Spanned};

use super::{Error, Input, MAX_FILE, Place, Reason};

/// Deepest nesting of a document. Envoy's own files have a depth of about 30, and a configuration in them a few more.
const MAX_DEPTH: usize = 64;

/// Of the thread that reads, in bytes.
const STACK: usize = 32 << 20;

/// Most values of a file, with those that aliases repeat.
const MAX_VALUES: usize = 250_000;

/// Most values that aliases repeat, and most bytes of text.
const MAX_REPEATED: usize = 20_000;
const MAX_REPEATED_BYTES: usize = 16 << 20;

/// What numbers of YAML are. Envoy reads it into a protobuf `Struct` first: only whole numbers of 32 bits are numbers then, all
/// others the text that they are (recorded case 07-068).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Numbers {
    Small,
    All,
}

/// The documents of a file, without empty ones: JSON where it is that, else YAML.
///
/// Aliases and merge keys are followed; what they repeat counts towards the bounds.
pub(super) fn read(input: &Input<'_>, numbers: Numbers) -> Result<Vec<Value>, Error> {
    let size = input.bytes.len() as u64;
    if size > MAX_FILE {
        return Err(Error::new(Reason::TooLarge { size, limit: MAX_FILE }));
    }
    let text = input.text()?;
    // The reader of YAML needs some 40 KiB for each level in a build without optimisation.
    let reader = thread::Builder::new().name("yaml".into()).stack_size(STACK);
    thread::scope(|scope| {
        let reading = reader.spawn_scoped(scope, || parse(text, numbers));
        let read = reading.map_err(|error| Error::new(Reason::File(error)))?.join();
        read.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

fn parse(text: &str, numbers: Numbers) -> Result<Vec<Value>, Error> {
    let is_json = text.trim_start().starts_with(['{', '[']);
    match serde_json::from_str::<Tree<Json>>(text) {
        Ok(tree) => Ok(vec![tree.0.value(text, numbers)]),
        // A flow mapping such as `{a: b}` begins in the same way.
        Err(error) => {
            yaml(text, numbers).map_err(|of_yaml| if is_json { Error::of_json(&error) } else { of_yaml })
        }
    }
}

fn yaml(text: &str, numbers: Numbers) -> Result<Vec<Value>, Error> {
    let trees: Vec<Tree<Yaml>> =
        serde_saphyr::from_multiple_with_options(text, options(text)).map_err(|error| yaml_error(&error))?;
    Ok(trees.into_iter().map(|tree| tree.0.value(text, numbers)).collect())
}

fn options(text: &str) -> Options {
    serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_depth: MAX_DEPTH,
            max_nodes: MAX_VALUES,
            max_events: 2 * MAX_VALUES,
            max_documents: 1_024,
            max_aliases: 10_000,
            max_anchors: 10_000,
            // What is written, and what aliases repeat of it.
            max_total_scalar_bytes: text.len() + MAX_REPEATED_BYTES,
        },
        alias_limits: serde_saphyr::alias_limits! { max_total_replayed_events: MAX_REPEATED },
        with_snippet: false,
    }
}

fn yaml_error(error: &serde_saphyr::Error) -> Error {
    let place = error.location().map(|location| Place::Line {
        line: usize::try_from(location.line()).unwrap_or(usize::MAX),
        column: usize::try_from(location.column()).unwrap_or(usize::MAX),
    });
    Error { place, reason: yaml_reason(error) }
}

fn yaml_reason(error: &serde_saphyr::Error) -> Reason {
    use serde_saphyr::Error::*;
    match error {
        AliasError { error, .. } => yaml_reason(error),
        Budget { .. }
        | AliasReplayLimitExceeded { .. }
        | AliasExpansionLimitExceeded { .. }
        | AliasReplayCounterOverflow { .. }
        | AliasReplayStackDepthExceeded { .. } => Reason::Excess,
        RecursiveReferencesRequireWeakTypes { .. } => Reason::Cycle,
        _ => {
            Reason::Syntax(error.render_with_options(
                serde_saphyr::render_options! { snippets: serde_saphyr::SnippetMode::Off },
            ))
        }
    }
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

/// What a document says, before numbers are settled.
enum Node {
    Scalar(Value),
    /// A number that is not whole, and where it is written; YAML alone says that.
    Fraction(f64, Option<(usize, usize)>),
    List(Vec<Self>),
    Object(Vec<(String, Self)>),
}

impl Node {
    /// `text` is that of the document.
    fn value(self, text: &str, numbers: Numbers) -> Value {
        match self {
            Self::Scalar(Value::Number(number)) if numbers == Numbers::Small && !is_small(&number) => {
                Value::String(number.to_string())
            }
            Self::Scalar(value) => value,
            Self::Fraction(number, written) => {
                let written = written.and_then(|(begin, length)| text.get(begin..begin.checked_add(length)?));
                let plain = Number::from_f64(number).map_or(Value::Null, Value::Number);
                match (numbers, written) {
                    (Numbers::All, _) => plain,
                    (Numbers::Small, Some(written)) => Value::String(written.trim().to_owned()),
                    (Numbers::Small, None) => Value::String(plain.to_string()),
                }
            }
            Self::List(items) => items.into_iter().map(|item| item.value(text, numbers)).collect(),
            Self::Object(fields) => Value::Object(
                fields.into_iter().map(|(name, node)| (name, node.value(text, numbers))).collect(),
            ),
        }
    }
}

/// What Envoy's reader of YAML takes for a number.
fn is_small(number: &Number) -> bool {
    number.as_i64().is_some_and(|number| i32::try_from(number).is_ok())
}

/// A syntax, by what it can say of a value within another one.
trait Syntax {
    type Child: de::DeserializeOwned;

    fn node(child: Self::Child) -> Node;
}

struct Json;
struct Yaml;

impl Syntax for Json {
    type Child = Tree<Self>;

    fn node(child: Tree<Self>) -> Node {
        child.0
    }
}

impl Syntax for Yaml {
    type Child = Spanned<Tree<Self>>;

    fn node(child: Self::Child) -> Node {
        match child.value.0 {
            Node::Fraction(number, _) => {
                let span = child.defined.span();
                let place = span.byte_offset().zip(span.byte_len());
                let place = place.and_then(|(begin, length)| {
                    Some((usize::try_from(begin).ok()?, usize::try_from(length).ok()?))
                });
                Node::Fraction(number, place)
            }
            other => other,
        }
    }
}

/// Any value. A name that is twice in one object is an error, unlike in [`Value`]'s own reader.
struct Tree<S>(Node, PhantomData<S>);

impl<'de, S: Syntax> Deserialize<'de> for Tree<S> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let node = deserializer.deserialize_any(TreeVisitor::<S>(PhantomData))?;
        Ok(Self(node, PhantomData))
    }
}

struct TreeVisitor<S>(PhantomData<S>);

impl<'de, S: Syntax> Visitor<'de> for TreeVisitor<S> {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_bool<E>(self, truth: bool) -> Result<Node, E> {
        Ok(Node::Scalar(truth.into()))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Node, E> {
        Ok(Node::Scalar(number.into()))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Node, E> {
        Ok(Node::Scalar(number.into()))
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<Node, E> {
        if number.is_finite() {
            Ok(Node::Fraction(number, None))
        } else {
            Err(E::custom("this number is not finite"))
        }
    }

    fn visit_str<E>(self, text: &str) -> Result<Node, E> {
        Ok(Node::Scalar(text.into()))
    }

    fn visit_string<E>(self, text: String) -> Result<Node, E> {
        Ok(Node::Scalar(text.into()))
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Scalar(Value::Null))
    }

    fn visit_none<E>(self) -> Result<Node, E> {
        Ok(Node::Scalar(Value::Null))
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Node, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element::<S::Child>()? {
            list.push(S::node(item));
        }
        Ok(Node::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Node, A::Error> {
        let mut object = Vec::new();
        let mut names = HashSet::new();
        while let Some(name) = entries.next_key::<String>()? {
            let node = S::node(entries.next_value::<S::Child>()?);
            if !names.insert(name.clone()) {
                return Err(de::Error::custom(format!("`{name}` is given twice")));
            }
            object.push((name, node));
        }
        Ok(Node::Object(object))
    }
}
