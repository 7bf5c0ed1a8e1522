//! Properties (`host-spec`, sections 2.3 and 4.2 to 4.6).

use bytes::Bytes;

use super::{Answer, Cx, OK};
use crate::abi::Status;
use crate::host::context::Context;
use crate::host::properties::{FilterState, Stop, View, segments};
use crate::host::vm::VmState;
use crate::trace::{ChangeOp, Finding, Part, Unknown};

pub(super) fn get(cx: &mut Cx) -> Answer {
    let path = cx.bytes(0)?;
    let value = cx.state().property(&path);
    match value {
        Ok(value) => {
            cx.give(1, &value)?;
            OK
        }
        Err(stop) => {
            if matches!(stop, Stop::Status(Status::NotFound)) {
                explain(cx, &path);
            }
            Err(cx.stopped(stop))
        }
    }
}

/// Says why a property is not there, if that is worth saying.
fn explain(cx: &mut Cx, path: &[u8]) {
    let state = cx.state();
    if let Some(removed) = state.removed_property(path) {
        state.world.trace.finding(Finding::RemovedProperty { name: removed.name, now: removed.now });
    } else if View::new(state, state.acting()).is_opaque(&segments(path)) {
        state.world.trace.finding(Finding::NotKnownHere { what: Unknown::Schema });
    } else if let Some(finding) = state.property_hint(path) {
        state.world.trace.finding(finding);
    }
}

/// Stores an object in the filter state of the stream or connection under `wasm.` and the raw bytes of the path.
pub(super) fn set(cx: &mut Cx) -> Answer {
    let (path, value) = (cx.bytes(0)?, Bytes::from(cx.bytes(1)?));
    let state = cx.state();
    let root = match state.acting() {
        Context::Stream { root, .. } | Context::Connection { root, .. } => state.roots.get(root),
        _ => None,
    };
    let declared = root.and_then(|root| root.declared.get(path.as_slice())).cloned();
    let (objects, exchange) = objects(state).ok_or(Status::NotFound)?;
    let key = Bytes::from([b"wasm.".as_slice(), &path].concat());
    let before = objects.set(key, value.clone(), declared.as_ref())?;
    let op = if before.is_some() { ChangeOp::Replace } else { ChangeOp::Add };
    state.world.note(Some(exchange), Part::Property, op, path.into(), before, Some(value));
    OK
}

/// The objects of the stream or TCP connection that the guest acts on, and its number.
pub(super) fn objects(state: &mut VmState) -> Option<(&mut FilterState, u16)> {
    if let Some((connection, _)) = state.acting_connection() {
        let facts = state.world.connections.get_mut(connection)?;
        return Some((&mut facts.filter_state, u16::try_from(connection).unwrap_or(u16::MAX)));
    }
    let (stream, _) = state.acting_stream()?;
    let facts = state.world.streams.get_mut(stream as usize)?;
    Some((&mut facts.filter_state, facts.exchange))
}
