//! HTTP and gRPC callouts (`host-spec`, sections 2.7, 2.8 and 6).

use bytes::Bytes;

use super::{Answer, Cx, Fault, OK};
use crate::abi::{HostCall, Status, pairs};
use crate::host::Due;
use crate::host::callouts::{
    Call, Caller, Dispatched, Target, grpc_frame, grpc_request, http_request, target,
};
use crate::http::HeaderMap;
use crate::stream::Timeouts;
use crate::trace::{CalloutKind, Finding};

pub(super) fn get_status(cx: &mut Cx) -> Answer {
    let (code, message) = cx.state().acting_root().map(|root| root.status.clone()).unwrap_or_default();
    cx.put_u32(0, code)?;
    cx.give(1, &message)?;
    OK
}

pub(super) fn http_call(cx: &mut Cx) -> Answer {
    let (upstream, headers, body) = (cx.bytes(0)?, cx.bytes(1)?, cx.bytes(2)?);
    // Trailers are taken, and never sent (recorded case 03-016).
    cx.bytes(3)?;
    cx.put_u32(5, 0)?;
    let Ok(timeout) = u32::try_from(cx.number(4) as i32) else { return Err(Status::BadArgument.into()) };
    if !cx.state().world.callouts.knows(&upstream) {
        cx.state().world.trace.finding(Finding::UnknownUpstream);
        return Err(Status::BadArgument.into());
    }
    let headers = pairs::decode(&headers).unwrap_or_default();
    note_retries(cx, &headers);
    let (headers, timeouts) = match http_request(&headers, &body, timeout) {
        Ok(request) => request,
        Err(missing) => {
            cx.state().world.trace.finding(Finding::IncompleteCallout { missing });
            return Err(Status::BadArgument.into());
        }
    };
    let token = dispatch(cx, CalloutKind::Http, &upstream, headers, body, timeouts)?;
    cx.put_u32(5, token)?;
    OK
}

pub(super) fn grpc_call(cx: &mut Cx) -> Answer {
    let (service, service_name, method) = (cx.bytes(0)?, cx.bytes(1)?, cx.bytes(2)?);
    let (metadata, message) = (cx.bytes(3)?, cx.bytes(4)?);
    let upstream = grpc_upstream(cx, &service)?;
    let timeout = cx.number(5);
    let metadata = pairs::decode(&metadata).unwrap_or_default();
    note_retries(cx, &metadata);
    let (headers, timeouts) = grpc_request(&upstream, &service_name, &method, &metadata, Some(timeout));
    let body = grpc_frame(&message);
    let token = dispatch(cx, CalloutKind::GrpcCall, upstream.as_bytes(), headers, body, timeouts)?;
    cx.put_u32(6, token)?;
    OK
}

pub(super) fn grpc_stream(cx: &mut Cx) -> Answer {
    let (service, service_name, method) = (cx.bytes(0)?, cx.bytes(1)?, cx.bytes(2)?);
    let metadata = cx.bytes(3)?;
    let upstream = grpc_upstream(cx, &service)?;
    let metadata = pairs::decode(&metadata).unwrap_or_default();
    note_retries(cx, &metadata);
    let (headers, timeouts) = grpc_request(&upstream, &service_name, &method, &metadata, None);
    let token = dispatch(cx, CalloutKind::GrpcStream, upstream.as_bytes(), headers, Vec::new(), timeouts)?;
    cx.put_u32(4, token)?;
    OK
}

/// Envoy makes callouts again, too, where their headers say so; here the first answer counts.
fn note_retries(cx: &mut Cx, headers: &[(Bytes, Bytes)]) {
    let is_asked = |name: &Bytes| {
        [&b"x-envoy-retry-on"[..], b"x-envoy-retry-grpc-on"]
            .iter()
            .any(|asks| name.eq_ignore_ascii_case(asks))
    };
    if headers.iter().any(|(name, _)| is_asked(name)) {
        cx.state().world.trace.finding(Finding::CalloutNotRetried);
    }
}

/// The upstream of a gRPC call.
fn grpc_upstream(cx: &mut Cx, service: &[u8]) -> Result<String, Fault> {
    let world = &mut cx.state().world;
    match target(service, |name| world.callouts.knows(name)) {
        Target::Upstream(name) => Ok(name),
        Target::Missing(name) => {
            world.trace.finding(Finding::UnknownUpstream);
            Ok(name)
        }
        Target::Empty => {
            world.trace.finding(Finding::EmptyGrpcService);
            Err(Status::BadArgument.into())
        }
        Target::Unknown => {
            world.trace.finding(Finding::UnknownUpstream);
            Err(Status::ParseFailure.into())
        }
    }
}

/// Hands the call to a mock and gives its token.
fn dispatch(
    cx: &mut Cx,
    kind: CalloutKind,
    upstream: &[u8],
    headers: HeaderMap,
    body: Vec<u8>,
    timeouts: Timeouts,
) -> Result<u32, Fault> {
    let state = cx.state();
    let root = state.acting_root().map_or(0, |root| root.id);
    let token = state.new_callout_token(kind);
    let caller = Caller { vm: state.number, root, token };
    let world = &mut state.world;
    let Some(event) = world.trace.current_call().or(world.trace.current()) else {
        return Err(Status::InternalFailure.into());
    };
    world.trace.hold(headers.byte_size() + body.len());
    let upstream = String::from_utf8_lossy(upstream).into_owned();
    let is_known = world.callouts.knows(upstream.as_bytes());
    let call = Call { event, caller, kind, upstream, headers, body, timeouts };
    let now = world.now();
    match world.callouts.dispatch(call, now, &mut world.schedule) {
        Dispatched::Sent => return Ok(token),
        Dispatched::Unmatched => {
            world.trace.finding(Finding::UnmatchedCallout);
            return Ok(token);
        }
        Dispatched::NoEndpoint if kind == CalloutKind::GrpcStream && is_known => {
            world.trace.finding(Finding::NestedGrpcFailure);
        }
        Dispatched::NoEndpoint => {}
    }
    Err(Status::InternalFailure.into())
}

/// Envoy's own: asks for the addresses of a name. They come to `envoy_on_resolve_dns`; the first token is 2.
pub(super) fn resolve_dns(cx: &mut Cx) -> Answer {
    let name = cx.bytes(0)?;
    let state = cx.state();
    let root = state.acting_root().map_or(0, |root| root.id);
    state.names_resolved = state.names_resolved.wrapping_add(1);
    let (vm, token) = (state.number, state.names_resolved.wrapping_add(1));
    cx.put_u32(1, token)?;
    let world = &mut cx.state().world;
    let addresses = world.names.resolve(&name);
    if addresses.is_none() {
        world.trace.finding(Finding::UnknownName);
    }
    let now = world.now();
    world.trace.hold(addresses.as_ref().map_or(0, |addresses| addresses.len()));
    world.schedule.plan(now, Due::Resolved { vm, root, token, addresses: addresses.unwrap_or_default() });
    OK
}

/// The kind of a callout is in the low two bits of its token: 0 HTTP, 1 gRPC call, 2 gRPC stream.
pub(super) fn grpc_send(cx: &mut Cx) -> Answer {
    let message = cx.bytes(1)?;
    let (token, end) = (cx.number(0), cx.number(2) != 0);
    if token % 4 != CalloutKind::GrpcStream as u32 {
        return Err(Status::BadArgument.into());
    }
    let state = cx.state();
    let vm = state.number;
    let world = &mut state.world;
    let now = world.now();
    world.trace.hold(message.len());
    match world.callouts.send((vm, token), &message, end, now, &mut world.schedule) {
        true => OK,
        false => Err(Status::NotFound.into()),
    }
}

/// `grpc_close` and `grpc_cancel`.
pub(super) fn grpc_end(cx: &mut Cx) -> Answer {
    let token = cx.number(0);
    if !matches!(token % 4, 1 | 2) {
        return Err(Status::BadArgument.into());
    }
    let cancels = cx.call == HostCall::GrpcCancel;
    let state = cx.state();
    let vm = state.number;
    let world = &mut state.world;
    let now = world.now();
    let is_known = match cancels {
        true => world.callouts.cancel(vm, token, now),
        false => world.callouts.close(vm, token, now, &mut world.schedule),
    };
    if is_known { OK } else { Err(Status::NotFound.into()) }
}
