//! Foreign functions (`host-spec`, sections 2.12 and 4.7).

use super::{Answer, Cx};
use crate::abi::Status;
use crate::trace::Finding;

/// Functions that Envoy 1.40 has.
const ENVOY: &[&str] = &[
    "compress",
    "uncompress",
    "set_envoy_filter_state",
    "clear_route_cache",
    "expr_create",
    "expr_evaluate",
    "expr_delete",
    "declare_property",
    "verify_signature",
    "sign",
];

pub(super) fn call(cx: &mut Cx) -> Answer {
    let name = cx.bytes(0)?;
    cx.bytes(1)?;
    if ENVOY.iter().any(|known| known.as_bytes() == name) {
        let call = cx.call;
        cx.state().world.trace.finding(Finding::NotSimulated { call });
        return Err(Status::NotFound.into());
    }
    Err(Status::NotFound.into())
}
