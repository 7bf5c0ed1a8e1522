//! Properties (`host-spec`, sections 2.3 and 4.2 to 4.6).

use bytes::Bytes;

use super::{Answer, Cx, OK};
use crate::abi::Status;
use crate::trace::{ChangeOp, Part};

pub(super) fn get(cx: &mut Cx) -> Answer {
    let path = cx.bytes(0)?;
    let value = cx.state().property(&path)?;
    cx.give(1, &value)?;
    OK
}

/// Stores an object in the stream's filter state under `wasm.` and the raw bytes of the path.
pub(super) fn set(cx: &mut Cx) -> Answer {
    let (path, value) = (cx.bytes(0)?, Bytes::from(cx.bytes(1)?));
    let state = cx.state();
    let (objects, exchange) = match (state.acting_stream(), state.acting_connection()) {
        (Some((stream, _)), _) => {
            let facts = state.world.streams.get_mut(stream as usize).ok_or(Status::NotFound)?;
            (&mut facts.filter_state, facts.exchange)
        }
        (None, Some((connection, _))) => {
            let facts = state.world.connections.get_mut(connection).ok_or(Status::NotFound)?;
            (&mut facts.filter_state, u16::try_from(connection).unwrap_or(u16::MAX))
        }
        (None, None) => return Err(Status::NotFound.into()),
    };
    let key = Bytes::from([b"wasm.".as_slice(), &path].concat());
    let before = objects.insert(key, value.clone());
    let op = if before.is_some() { ChangeOp::Replace } else { ChangeOp::Add };
    state.world.note(Some(exchange), Part::Property, op, path.into(), before, Some(value));
    OK
}
