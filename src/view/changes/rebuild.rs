//! Messages that never left, as the filters left them: the message before, with the recorded changes made once more.

use bytes::Bytes;

use crate::http::{Header, HeaderMap, MapKind};
use crate::trace::Change;

pub(in crate::view) fn headers(kind: MapKind, before: &[Header], changes: &[&Change]) -> Vec<Header> {
    if changes.is_empty() {
        return before.to_vec();
    }
    let mut map = HeaderMap::from_pairs(kind, before.iter().map(|header| (&header.name, &header.value)));
    for change in changes {
        match &change.after {
            // Several values of a name are noted as one, joined; a value that only grew was added to.
            Some(after) => match change.before.as_deref().and_then(|before| grown(before, after)) {
                Some(added) => map.add(&change.name, added),
                None => map.replace(&change.name, after),
            },
            None => map.remove(&change.name),
        }
    }
    map.entries().to_vec()
}

/// What was appended to a joined list of values.
pub(super) fn grown<'a>(before: &[u8], after: &'a [u8]) -> Option<&'a [u8]> {
    after.strip_prefix(before)?.strip_prefix(b", ")
}

/// Stops at the first change that does not fit, as when parts of the body had been sent before it.
pub(super) fn body(before: &Bytes, changes: &[&Change]) -> Bytes {
    if changes.is_empty() {
        return before.clone();
    }
    let mut body = before.to_vec();
    for change in changes {
        if !change.splice(&mut body) {
            break;
        }
    }
    body.into()
}
