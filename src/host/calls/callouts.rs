//! HTTP and gRPC callouts (`host-spec`, sections 2.7, 2.8 and 6).
//!
//! Upstreams for callouts cannot be simulated yet, so none is known: the calls answer what Envoy answers for an
//! unknown cluster, and the trace says so.

use super::{Answer, Cx, OK};
use crate::abi::{HostCall, Status};
use crate::trace::Finding;

fn not_simulated(cx: &mut Cx) {
    let call = cx.call;
    cx.state().world.trace.finding(Finding::NotSimulated { call });
}

pub(super) fn get_status(cx: &mut Cx) -> Answer {
    let (code, message) = cx.state().acting_root().map(|root| root.status.clone()).unwrap_or_default();
    cx.put_u32(0, code)?;
    cx.give(1, &message)?;
    OK
}

pub(super) fn http_call(cx: &mut Cx) -> Answer {
    for param in 0..4 {
        cx.bytes(param)?;
    }
    cx.put_u32(5, 0)?;
    let timeout = cx.number(4) as i32;
    if timeout >= 0 {
        not_simulated(cx);
    }
    Err(Status::BadArgument.into())
}

pub(super) fn grpc_call(cx: &mut Cx) -> Answer {
    let service = cx.bytes(0)?;
    for param in 1..5 {
        cx.bytes(param)?;
    }
    unknown_service(cx, &service)
}

pub(super) fn grpc_stream(cx: &mut Cx) -> Answer {
    let service = cx.bytes(0)?;
    for param in 1..4 {
        cx.bytes(param)?;
    }
    unknown_service(cx, &service)
}

fn unknown_service(cx: &mut Cx, service: &[u8]) -> Answer {
    if service.is_empty() {
        cx.state().world.trace.finding(Finding::EmptyGrpcService);
        return Err(Status::BadArgument.into());
    }
    not_simulated(cx);
    Err(Status::ParseFailure.into())
}

/// The kind of a callout token is in its low two bits: 0 HTTP, 1 gRPC call, 2 gRPC stream.
pub(super) fn grpc_send(cx: &mut Cx) -> Answer {
    cx.bytes(1)?;
    match cx.number(0) % 4 {
        2 => Err(Status::NotFound.into()),
        _ => Err(Status::BadArgument.into()),
    }
}

/// `grpc_close` and `grpc_cancel`.
pub(super) fn grpc_end(cx: &mut Cx) -> Answer {
    debug_assert!(matches!(cx.call, HostCall::GrpcClose | HostCall::GrpcCancel));
    match cx.number(0) % 4 {
        1 | 2 => Err(Status::NotFound.into()),
        _ => Err(Status::BadArgument.into()),
    }
}
