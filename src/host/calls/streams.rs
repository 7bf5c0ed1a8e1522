//! Stream control and local replies (`host-spec`, sections 2.4 and 5.7).

use super::{Answer, Cx, OK};
use crate::abi::{Status, StreamType, pairs};
use crate::host::context::Context;
use crate::host::vm::{Action, VmState};
use crate::stream::LocalReply;
use crate::trace::{Direction, Finding};

pub(super) fn continue_stream(cx: &mut Cx) -> Answer {
    match StreamType::from_number(cx.number(0)).ok_or(Status::BadArgument)? {
        StreamType::Request => resume(cx, Direction::Request),
        StreamType::Response => resume(cx, Direction::Response),
        StreamType::Downstream => {
            let state = cx.state();
            if let Some((connection, filter)) = state.acting_connection() {
                state.schedule(Action::ContinueReading { connection, filter });
            }
            OK
        }
        StreamType::Upstream => Err(Status::Unimplemented.into()),
    }
}

pub(super) fn continue_request(cx: &mut Cx) -> Answer {
    resume(cx, Direction::Request)
}

pub(super) fn continue_response(cx: &mut Cx) -> Answer {
    resume(cx, Direction::Response)
}

fn resume(cx: &mut Cx, direction: Direction) -> Answer {
    let state = cx.state();
    if let Some((stream, filter)) = state.acting_stream() {
        if let Some(facts) = state.world.streams.get_mut(stream as usize) {
            facts.stream.let_request_go(filter);
        }
        state.schedule(Action::Resume { stream, filter, direction });
    } else {
        note_no_stream(state);
    }
    OK
}

/// A call without effect, because the filter acts for no stream and no connection.
fn note_no_stream(state: &mut VmState) {
    if matches!(state.acting(), Context::Root(_) | Context::Vm) {
        state.world.trace.finding(Finding::NoStream);
    }
}

pub(super) fn close_stream(cx: &mut Cx) -> Answer {
    let which = StreamType::from_number(cx.number(0)).ok_or(Status::BadArgument)?;
    let state = cx.state();
    match which {
        StreamType::Request | StreamType::Response => {
            if let Some((stream, _)) = state.acting_stream() {
                if state.world.stream(stream).is_none_or(|facts| facts.stream.ended().is_some()) {
                    state.world.trace.finding(Finding::CloseAfterEnd);
                    return OK;
                }
                if let Some(facts) = state.world.streams.get_mut(stream as usize)
                    // A response from the upstream has its details already.
                    && !facts.stream.was_answered()
                {
                    facts.stream.details.get_or_insert_with(|| "wasm_close_stream".into());
                }
                state.schedule(Action::Close { stream });
            } else {
                note_no_stream(state);
            }
        }
        // Both ends of a connection are closed, whichever is named.
        StreamType::Downstream | StreamType::Upstream => {
            if let Some((connection, filter)) = state.acting_connection() {
                state.schedule(Action::CloseConnection { connection, filter });
            }
        }
    }
    OK
}

pub(super) fn clear_route_cache(cx: &mut Cx) -> Answer {
    let state = cx.state();
    if let Some((stream, _)) = state.acting_stream()
        && let Some(facts) = state.world.streams.get_mut(stream as usize)
    {
        facts.stream.route = None;
    }
    OK
}

pub(super) fn send_local_response(cx: &mut Cx) -> Answer {
    let status = cx.number(0);
    let (details, body, headers) = (cx.bytes(1)?, cx.bytes(2)?, cx.bytes(3)?);
    let grpc_status = Some(cx.number(4)).filter(|status| *status <= 16);
    let headers = pairs::decode(&headers).unwrap_or_default();
    let state = cx.state();
    state.stop_iteration = true;
    if state.acting_connection().is_some() {
        state.world.trace.finding(Finding::LocalReplyOnConnection);
    }
    let Some((stream, filter)) = state.acting_stream() else {
        note_no_stream(state);
        return OK;
    };
    let is_over = state.world.stream(stream).is_none_or(|facts| facts.stream.ended().is_some());
    if is_over {
        state.world.trace.finding(Finding::LocalReplyAfterEnd);
        return OK;
    }
    let answers =
        |action: &Action| matches!(action, Action::LocalReply { stream: other, .. } if *other == stream);
    if state.after.iter().any(|(_, action)| answers(action)) {
        state.world.trace.finding(Finding::AnsweredTwice);
    }
    state.world.trace.hold(body.len() + details.len());
    let details = String::from_utf8_lossy(&details).replace(|c: char| c.is_ascii_whitespace(), "_");
    let reply = LocalReply { status, details, body: body.into(), headers, grpc_status, from: Some(filter) };
    state.schedule(Action::LocalReply { stream, reply });
    OK
}
