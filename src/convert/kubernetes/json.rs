//! JSON as control planes hand it to filters. They are written in Go: objects are sorted by name, nothing is between the
//! parts, and `<`, `>` and `&` are escaped, as `encoding/json` does.

use std::fmt::Write as _;

use serde_json::{Map, Value};

/// What numbers are on the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kept {
    /// Doubles, as in protobuf's `Struct`.
    Doubles,
    /// Whole numbers stay whole, as in what Kubernetes keeps.
    Whole,
}

pub(super) fn text(value: &Value, kept: Kept) -> String {
    let mut out = String::new();
    put(value, kept, &mut out);
    out
}

pub(super) fn object(fields: &Map<String, Value>, kept: Kept) -> String {
    let mut out = String::new();
    put_object(fields, kept, &mut out);
    out
}

// Documents are at most as deep as their reader allows.
fn put(value: &Value, kept: Kept, out: &mut String) {
    match value {
        Value::Number(number) if number.is_f64() || kept == Kept::Doubles => {
            put_double(number.as_f64().unwrap_or_default(), out);
        }
        Value::String(text) => put_text(text, out),
        Value::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                put(item, kept, out);
            }
            out.push(']');
        }
        Value::Object(fields) => put_object(fields, kept, out),
        other => {
            let _ = write!(out, "{other}");
        }
    }
}

fn put_object(fields: &Map<String, Value>, kept: Kept, out: &mut String) {
    let mut sorted: Vec<_> = fields.iter().collect();
    sorted.sort_by_key(|(name, _)| name.as_bytes());
    out.push('{');
    for (index, (name, value)) in sorted.into_iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        put_text(name, out);
        out.push(':');
        put(value, kept, out);
    }
    out.push('}');
}

/// The shortest digits that mean this number; an exponent below 1e-6 and from 1e21 on (`encoding/json`).
fn put_double(number: f64, out: &mut String) {
    let size = number.abs();
    let _ = if size != 0.0 && !(1e-6..1e21).contains(&size) {
        let text = format!("{number:e}");
        let sign = if text.contains("e-") { "e" } else { "e+" };
        write!(out, "{}", text.replace('e', sign))
    } else {
        write!(out, "{number}")
    };
}

fn put_text(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        let _ = match c {
            '"' => write!(out, "\\\""),
            '\\' => write!(out, "\\\\"),
            '\n' => write!(out, "\\n"),
            '\r' => write!(out, "\\r"),
            '\t' => write!(out, "\\t"),
            '\u{8}' => write!(out, "\\b"),
            '\u{c}' => write!(out, "\\f"),
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' | '\0'..='\u{1f}' => write!(out, "\\u{:04x}", c as u32),
            c => write!(out, "{c}"),
        };
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_are_sorted_and_written_as_go_does() {
        let value = serde_json::json!({"b": [1, 2.5, null], "a": {"z": "<&>\n", "é": true}, "": -0.0});
        let expected = r#"{"":-0,"a":{"z":"\u003c\u0026\u003e\n","é":true},"b":[1,2.5,null]}"#;
        assert_eq!(text(&value, Kept::Doubles), expected);
    }

    #[test]
    fn numbers_lose_what_a_double_cannot_hold_only_where_they_are_doubles() {
        let value = serde_json::json!([9007199254740993_u64, 1e21, 1e-7, 1e20, 0.000001]);
        assert_eq!(
            text(&value, Kept::Doubles),
            "[9007199254740992,1e+21,1e-7,100000000000000000000,0.000001]"
        );
        assert_eq!(text(&value, Kept::Whole), "[9007199254740993,1e+21,1e-7,100000000000000000000,0.000001]");
    }
}
