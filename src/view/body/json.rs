//! JSON bodies: whether they are, and if not, where and why not.

use std::collections::HashSet;

use bytes::Bytes;
use serde::de::IgnoredAny;
use serde_json::error::Category;

use super::What;
use crate::view::diff::{Layout, Lines};

/// Longest body in which names that stand twice are looked for, in bytes.
const MOST_LOOKED_AT: usize = 4 << 20;

/// The lines of a body that is JSON; no lines of an empty one.
pub(super) fn lines(body: &Bytes) -> Option<Lines> {
    match body.is_empty() {
        true => Some(Lines::empty(Layout::Json)),
        false => Lines::json(body.clone()),
    }
}

/// Whether a body begins like an object or array.
pub(super) fn begins(body: &[u8]) -> bool {
    matches!(body.iter().find(|byte| !byte.is_ascii_whitespace()), Some(b'{' | b'['))
}

/// Why a body is not laid out as JSON; nothing where it is a lone string or number.
pub(super) fn why_not(body: &[u8]) -> Option<What> {
    let Err(error) = serde_json::from_slice::<IgnoredAny>(body) else {
        return begins(body).then_some(What::DeepJson);
    };
    if let Some(count) = several(body) {
        return Some(What::SeveralJson { count });
    }
    // The place is said apart, in the reader's language.
    let text = error.to_string();
    let reason = match error.classify() {
        Category::Io => return None,
        _ => text.split(" at line ").next().unwrap_or_default().to_owned(),
    };
    Some(What::NotJson { line: error.line(), column: error.column(), reason })
}

/// How many objects or arrays follow each other, if nothing else does.
fn several(body: &[u8]) -> Option<usize> {
    let mut count = 0;
    for value in serde_json::Deserializer::from_slice(body).into_iter::<IgnoredAny>() {
        value.ok()?;
        count += 1;
    }
    (count > 1 && begins(body)).then_some(count)
}

/// The first name that stands twice in one object.
pub(super) fn twice(lines: &Lines) -> Option<What> {
    if lines.bytes().len() > MOST_LOOKED_AT {
        return None;
    }
    let mut open: Vec<HashSet<u64>> = Vec::new();
    lines.members().enumerate().find_map(|(line, member)| {
        open.truncate(member.depth + 1);
        open.resize_with(member.depth + 1, HashSet::new);
        let is_new = member.name.is_none_or(|name| open[member.depth].insert(name));
        (!is_new).then(|| What::Twice { line: line + 1, name: lines.name(line).unwrap_or_default() })
    })
}
