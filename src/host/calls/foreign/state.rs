//! `clear_route_cache`, `set_envoy_filter_state` and `declare_property`.

use bytes::Bytes;

use super::arguments::Arguments;
use super::{Cx, Output};
use crate::abi::Status;
use crate::host::calls::{properties, streams};
use crate::host::context::Context;
use crate::host::properties::{LifeSpan, Prototype, StateKind, envoy_object};
use crate::trace::{ChangeOp, Part};

pub(super) fn clear_route_cache(cx: &mut Cx) -> Output {
    streams::clear_route_cache(cx)?;
    Ok(None)
}

/// Puts one of Envoy's own objects into the filter state.
pub(super) fn set_envoy_filter_state(cx: &mut Cx, args: Vec<u8>) -> Output {
    let args = Arguments::read(args)?;
    let (name, text) = (Bytes::from(args.text(1)?), args.text(2)?);
    let kind = envoy_object(&name, &text)?;
    let value = Bytes::from(text);
    let state = cx.state();
    let (objects, exchange) = properties::objects(state).ok_or(Status::NotFound)?;
    let span = LifeSpan::from_number(args.number(3));
    if let Some(before) = objects.put(name.clone(), value.clone(), kind, span) {
        let op = if before.is_some() { ChangeOp::Replace } else { ChangeOp::Add };
        state.world.note(Some(exchange), Part::Property, op, name, before, Some(value));
    }
    Ok(None)
}

/// Says what a property will be, before `proxy_set_property` makes it.
pub(super) fn declare_property(cx: &mut Cx, args: Vec<u8>) -> Output {
    let args = Arguments::read(args)?;
    let name = Bytes::from(args.text(1)?);
    let schema = args.bytes(4);
    let declared = Prototype {
        read_only: args.number(2) != 0,
        kind: match args.number(3) {
            1 => StateKind::String,
            2 => StateKind::FlatBuffers,
            3 => StateKind::Protobuf(schema.clone()),
            _ => StateKind::Bytes,
        },
        span: LifeSpan::from_number(args.number(5)),
    };
    let state = cx.state();
    let current = state.current;
    state.world.trace.hold(name.len() + schema.len() + size_of::<Prototype>());
    let is_new = match state.contexts.get(&current) {
        Some(Context::Root(root)) => match state.roots.get_mut(*root) {
            Some(root) if !root.declared.contains_key(&name) => {
                root.declared.insert(name, declared);
                true
            }
            _ => false,
        },
        // Noted, and without effect: setting a property asks the root's table.
        _ => state.declared_without_effect.insert((current, name)),
    };
    if is_new { Ok(None) } else { Err(Status::BadArgument.into()) }
}
