//! Why a property was not found: what its reader may have meant.
//!
//! Envoy answers NotFound for a name that it never had, for one that has its time elsewhere, and for one whose segments
//! were joined by dots in place of NUL (`host-spec`, section 4.3).

use super::{View, segments};
use crate::abi::MapType;
use crate::abi::attributes::{self, AttributeSpec, AttributeType, Available};
use crate::abi::near::distance;
use crate::host::context::Context;
use crate::host::vm::VmState;
use crate::trace::{Finding, NotHere};

/// Longest path that is compared with those that Envoy has, in bytes; the longest of these has 47.
const LONGEST: usize = 64;
/// Letters by which a name may differ from the one that was meant.
const MOST_WRONG: usize = 2;

impl VmState {
    /// What to say about a property that was not found, if there is anything to say.
    pub fn property_hint(&self, path: &[u8]) -> Option<Finding> {
        let segments = segments(path);
        if let Some(spec) = known(&segments) {
            return self.absence(spec).map(|why| Finding::PropertyNotHere { name: spec.path, why });
        }
        if path.len() > LONGEST {
            return None;
        }
        if let [dotted] = segments[..] {
            let parts: Vec<&[u8]> = dotted.split(|byte| *byte == b'.').collect();
            if parts.len() > 1
                && let Some(spec) = known(&parts)
            {
                return Some(Finding::DottedProperty { meant: spec.path });
            }
        }
        nearest(&segments.join(&b'.')).map(|spec| Finding::MisspeltProperty { meant: spec.path })
    }

    /// Why an attribute that Envoy has is not there; `None`: it may be missing at any time.
    fn absence(&self, spec: &AttributeSpec) -> Option<NotHere> {
        let context = self.acting();
        if matches!(context, Context::Root(_) | Context::Vm) {
            return spec.needs_stream().then_some(NotHere::NoRequest);
        }
        let view = View::new(self, context);
        let stream = view.stream.as_ref()?;
        let lacks = |map| stream.map(map).is_none();
        match spec.available {
            Available::RequestHeaders => lacks(MapType::RequestHeaders).then_some(NotHere::NotHeld),
            Available::ResponseHeaders if !stream.facts.answered => Some(NotHere::NotYet),
            Available::ResponseHeaders => lacks(MapType::ResponseHeaders).then_some(NotHere::NotHeld),
            Available::Response => (!stream.facts.answered).then_some(NotHere::NotYet),
            Available::Upstream => stream.facts.forwarded.is_none().then_some(NotHere::NotYet),
            Available::End => Some(NotHere::NotYet),
            _ => None,
        }
    }
}

/// The attribute at this path, or the map or message that the path leads into.
fn known(path: &[&[u8]]) -> Option<&'static AttributeSpec> {
    let has_members =
        |spec: &&AttributeSpec| matches!(spec.kind, AttributeType::Map | AttributeType::Message);
    // The table joins segments by dots, and here a dot belongs to a name.
    let find = |path: &[&[u8]]| {
        let is_plain = path.iter().all(|segment| !segment.contains(&b'.'));
        is_plain.then(|| attributes::find(path)).flatten()
    };
    find(path).or_else(|| (1..path.len()).rev().find_map(|length| find(&path[..length]).filter(has_members)))
}

/// The attribute whose path differs by no more than a few letters, or by upper case and separators.
fn nearest(path: &[u8]) -> Option<&'static AttributeSpec> {
    let plain = |path: &[u8]| -> Vec<u8> {
        path.iter()
            .filter(|byte| !matches!(byte, b'_' | b'-' | b'.' | b'/'))
            .map(u8::to_ascii_lowercase)
            .collect()
    };
    let asked = plain(path);
    // Short names are close to many.
    let most = MOST_WRONG.min(asked.len() / 4);
    let distances = attributes::all().iter().filter_map(|spec| {
        let distance = distance(&asked, &plain(spec.path.as_bytes()), most)?;
        Some((distance, spec))
    });
    distances.min_by_key(|(distance, _)| *distance).map(|(_, spec)| spec)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meant(path: &str) -> Option<&'static str> {
        nearest(path.as_bytes()).map(|spec| spec.path)
    }

    #[test]
    fn a_name_that_is_off_by_a_few_letters_or_by_its_case_is_found() {
        assert_eq!(meant("request.user_agent"), Some("request.useragent"));
        assert_eq!(meant("request.urlPath"), Some("request.url_path"));
        assert_eq!(meant("reqest.path"), Some("request.path"));
        assert_eq!(meant("response.status"), None);
        assert_eq!(meant("my_state"), None);
        assert_eq!(meant(""), None);
    }

    #[test]
    fn a_path_into_a_map_leads_to_the_map() {
        let path = |text: &'static str| -> Vec<&[u8]> { text.split('.').map(str::as_bytes).collect() };
        assert_eq!(known(&path("request.headers.x-user")).map(|spec| spec.path), Some("request.headers"));
        assert_eq!(known(&path("request.path.more")).map(|spec| spec.path), None);
        assert_eq!(known(&path("request")).map(|spec| spec.path), Some("request"));
        assert_eq!(known(&[b"request.path"]).map(|spec| spec.path), None, "a dot is no separator");
    }
}
