//! Whether two JSON texts hold the same values in another order.
//!
//! The order of members means nothing in JSON (RFC 8259, section 4), that of elements does. Values are hashed while the
//! lines are read, so nothing recurses and nothing is built.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hasher};

use super::lines::Lines;

/// Whether both sides are equal but for the order of members. No, where a name stands twice in an object: then the order
/// decides which of them a reader takes.
pub(super) fn is_same_but_for_order(before: &Lines, after: &Lines) -> bool {
    let (old, new) = (value(before), value(after));
    old.is_some() && old == new
}

/// An object or array that is open.
struct Open {
    key: u64,
    /// Of an object: the names so far.
    names: Option<HashSet<u64>>,
    sum: u64,
}

/// The hash of the whole value; `None` where a name stands twice.
fn value(lines: &Lines) -> Option<u64> {
    let mut open: Vec<Open> = Vec::new();
    let mut whole = 0;
    for line in lines.read_from(0) {
        let text = lines.bytes().get(line.value.clone()).unwrap_or_default();
        let key = line
            .key
            .as_ref()
            .map_or(0, |key| Lines::hash_json(lines.bytes().get(key.clone()).unwrap_or_default()));
        let closed = match text {
            b"{" | b"[" => {
                let names = (text == b"{").then(HashSet::new);
                open.push(Open { key, names, sum: 0 });
                continue;
            }
            b"}" | b"]" => open.pop().map(|closed| (closed.key, mixed(closed.sum, text))),
            _ if line.is_empty_container => {
                let end: &[u8] = if text.first() == Some(&b'{') { b"}" } else { b"]" };
                Some((key, mixed(0, end)))
            }
            _ => Some((key, Lines::hash_json(text))),
        };
        let (key, hash) = closed?;
        match open.last_mut() {
            None => whole = hash,
            Some(Open { names: Some(names), sum, .. }) => {
                if !names.insert(key) {
                    return None;
                }
                *sum = sum.wrapping_add(mixed(hash, &key.to_le_bytes()));
            }
            Some(Open { names: None, sum, .. }) => *sum = mixed(*sum, &hash.to_le_bytes()),
        }
    }
    Some(whole)
}

fn mixed(hash: u64, with: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write_u64(hash);
    hasher.write(with);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    fn same(before: &'static str, after: &'static str) -> bool {
        let lines = |text: &'static str| Lines::json(Bytes::from_static(text.as_bytes())).expect("is JSON");
        is_same_but_for_order(&lines(before), &lines(after))
    }

    #[test]
    fn members_may_change_places_and_elements_may_not() {
        assert!(same(r#"{"a":1,"b":[{"x":{},"y":[]}]}"#, r#"{"b":[{"y":[],"x":{}}],"a":1}"#));
        assert!(!same("[1,2]", "[2,1]"));
        assert!(!same(r#"{"a":1,"b":2}"#, r#"{"a":2,"b":1}"#));
        assert!(!same(r#"{"a":{"b":1}}"#, r#"{"b":{"a":1}}"#));
        assert!(!same(r#"{"a":{}}"#, r#"{"a":[]}"#));
    }

    #[test]
    fn where_a_name_stands_twice_the_order_decides() {
        assert!(!same(r#"{"a":1,"a":2}"#, r#"{"a":2,"a":1}"#));
    }

    #[test]
    fn numbers_beyond_doubles_are_not_mixed_up() {
        assert!(!same(r#"{"a":9007199254740993,"b":0}"#, r#"{"b":0,"a":9007199254740992}"#));
        assert!(same(r#"{"a":1e999,"b":0}"#, r#"{"b":0,"a":1e999}"#));
    }
}
