//! Test suites in YAML: the same fields, and every value as it is written.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::Spanned;

use super::tree::{Field, MAX_DEPTH, MAX_VALUES, Node, Value};
use crate::convert::{Error, MAX_FILE, Place, Reason};

/// Fields whose values are taken as they are written, whatever else they look like: `value: 1.10` is four characters.
const TEXTS: [&str; 14] = [
    "name",
    "key",
    "value",
    "exact",
    "regex",
    "file",
    "content",
    "path",
    "details",
    "test_path",
    "wasm_path",
    "config_path",
    "log_path",
    "log_level",
];

pub(super) fn parse(text: &str) -> Result<Node, Error> {
    let tree: Spanned<Tree> = serde_saphyr::from_str_with_options(text, options()).map_err(|error| {
        let place = error.location().map(place);
        let said = error.render_with_options(serde_saphyr::render_options! {
            snippets: serde_saphyr::SnippetMode::Off
        });
        Error { place, reason: Reason::Syntax(said) }
    })?;
    Ok(node(tree))
}

fn options() -> serde_saphyr::Options {
    let largest = usize::try_from(MAX_FILE).unwrap_or(usize::MAX);
    serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_depth: MAX_DEPTH,
            max_nodes: MAX_VALUES,
            max_events: 2 * MAX_VALUES,
            max_documents: 1,
            max_aliases: 1_000,
            max_anchors: 1_000,
            max_total_scalar_bytes: largest,
        },
        alias_limits: serde_saphyr::alias_limits! { max_total_replayed_events: MAX_VALUES },
        with_snippet: false,
    }
}

fn place(location: serde_saphyr::Location) -> Place {
    let number = |number| usize::try_from(number).unwrap_or(usize::MAX);
    Place::Line { line: number(location.line()), column: number(location.column()) }
}

fn node(tree: Spanned<Tree>) -> Node {
    let at = place(tree.referenced);
    let value = match tree.value {
        Tree::Scalar(text) => Value::Scalar(text.into_bytes()),
        Tree::List(items) => Value::List(items.into_iter().map(node).collect()),
        Tree::Message(fields) => Value::Message(
            fields
                .into_iter()
                .map(|(name, tree)| {
                    let node = node(tree);
                    Field { name, place: node.place.clone(), node }
                })
                .collect(),
        ),
    };
    Node { place: at, value }
}

enum Tree {
    Scalar(String),
    List(Vec<Spanned<Tree>>),
    Message(Vec<(String, Spanned<Tree>)>),
}

impl<'de> Deserialize<'de> for Tree {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Shape)
    }
}

struct Shape;

impl<'de> Visitor<'de> for Shape {
    type Value = Tree;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_bool<E>(self, truth: bool) -> Result<Tree, E> {
        Ok(Tree::Scalar(truth.to_string()))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Tree, E> {
        Ok(Tree::Scalar(number.to_string()))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Tree, E> {
        Ok(Tree::Scalar(number.to_string()))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Tree, E> {
        Ok(Tree::Scalar(number.to_string()))
    }

    fn visit_str<E>(self, text: &str) -> Result<Tree, E> {
        Ok(Tree::Scalar(text.to_owned()))
    }

    fn visit_unit<E>(self) -> Result<Tree, E> {
        Ok(Tree::Scalar(String::new()))
    }

    fn visit_none<E>(self) -> Result<Tree, E> {
        Ok(Tree::Scalar(String::new()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Tree, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = sequence.next_element()? {
            items.push(item);
        }
        Ok(Tree::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Tree, A::Error> {
        let mut fields = Vec::new();
        while let Some(name) = map.next_key::<String>()? {
            let value = match TEXTS.contains(&name.as_str()) {
                true => {
                    let text: Spanned<Text> = map.next_value()?;
                    Spanned::new(Tree::Scalar(text.value.0), text.referenced, text.defined)
                }
                false => map.next_value()?,
            };
            fields.push((name, value));
        }
        Ok(Tree::Message(fields))
    }
}

/// A scalar as it is written.
struct Text(String);

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Option::<String>::deserialize(deserializer).map(|text| Self(text.unwrap_or_default()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_text_fields_are_taken_as_they_are_written() {
        for (written, text) in [
            ("1.10", "1.10"),
            ("007", "007"),
            ("true", "true"),
            ("'a b'", "a b"),
            ("0x1F", "0x1F"),
            ("2024-01-01", "2024-01-01"),
        ] {
            let node = parse(&format!("value: {written}")).expect(written);
            let field = node.fields("it").expect("it is a message").remove(0);
            assert_eq!(field.node.text("value").expect(written), text);
        }
    }

    #[test]
    fn bombs_and_deep_files_are_refused() {
        let bomb = "a: &a [x,x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: [*e,*e,*e,*e,*e,*e,*e,*e,*e,*e]\n";
        assert!(parse(bomb).is_err());
        assert!(parse(&format!("{}{}", "[".repeat(1_000), "]".repeat(1_000))).is_err());
    }

    #[test]
    fn mistakes_have_their_line() {
        let error = parse("test:\n- name: a\n  name: [").expect_err("it is broken");
        assert!(matches!(error.place, Some(Place::Line { line: 2.., .. })), "{:?}", error.place);
    }
}
