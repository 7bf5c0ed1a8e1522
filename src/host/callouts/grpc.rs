//! gRPC calls and streams (`host-spec`, sections 6.2 and 6.3).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;

use super::{Answer, AnswerKind, Delivery, Reply};
use crate::http::{HeaderMap, MapKind, Protocol};
use crate::stream::wire;
use crate::stream::{LocalReply, RESPONSE_TIMEOUT, Timeouts, grpc_status_of, set_scheme};
use crate::trace::{CalloutEnd, CalloutKind};

/// One delivery, its time in nanoseconds from the call on, and how the callout ends with it, if it does.
pub(super) type Timed = (u64, Delivery, Option<CalloutEnd>);

/// gRPC statuses that Envoy itself gives.
const UNKNOWN: u32 = 2;
const INTERNAL: u32 = 13;
const UNAVAILABLE: u32 = 14;
/// The last status that gRPC knows, and what Envoy makes of all others.
const MAX_KNOWN: u32 = 16;
const INVALID: u32 = u32::MAX;

/// Whom a filter names in a gRPC call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    Upstream(String),
    /// A configuration that says nothing: Envoy aborts.
    Empty,
    /// A configuration that names an upstream which the proxy does not have.
    Missing(String),
    /// Neither a configuration nor an upstream.
    Unknown,
}

/// Reads the service that a filter names: an upstream's name, or a serialized `GrpcService`.
pub fn target(service: &[u8], knows: impl Fn(&[u8]) -> bool) -> Target {
    if knows(service) {
        return Target::Upstream(String::from_utf8_lossy(service).into_owned());
    }
    match cluster_name(service) {
        Some(cluster) => {
            let name = String::from_utf8_lossy(&cluster).into_owned();
            if knows(&cluster) { Target::Upstream(name) } else { Target::Missing(name) }
        }
        None if service.is_empty() => Target::Empty,
        None => Target::Unknown,
    }
}

/// `envoy_grpc.cluster_name` of a `GrpcService`: field 1 of field 1.
fn cluster_name(message: &[u8]) -> Option<Vec<u8>> {
    field(&field(message, 1)?, 1)
}

/// The last length-delimited field of this number; `None` also where the bytes are no protobuf message.
fn field(mut message: &[u8], wanted: u64) -> Option<Vec<u8>> {
    let mut found = None;
    while !message.is_empty() {
        let key = varint(&mut message)?;
        let length = match key & 7 {
            0 => {
                varint(&mut message)?;
                continue;
            }
            1 => 8,
            2 => usize::try_from(varint(&mut message)?).ok()?,
            5 => 4,
            _ => return None,
        };
        let value = message.get(..length)?;
        message = &message[length..];
        if key == wanted << 3 | 2 {
            found = Some(value.to_vec());
        }
    }
    found
}

fn varint(message: &mut &[u8]) -> Option<u64> {
    let mut number = 0u64;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = message.split_first()?;
        *message = rest;
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

/// The request headers as the upstream gets them, with the time-outs that count (recorded cases 10-002, 20-023 and
/// 20-101). A stream has no time-out; that of a call may be 0, which means none.
pub fn request(
    upstream: &str,
    service: &[u8],
    method: &[u8],
    metadata: &[(Bytes, Bytes)],
    timeout_ms: Option<u32>,
) -> (HeaderMap, Timeouts) {
    let mut map = HeaderMap::new(MapKind::RequestHeaders);
    map.add(b":method", b"POST");
    map.add(b":path", &[b"/", service, b"/", method].concat());
    map.add(b":authority", upstream.as_bytes());
    map.add(b"te", b"trailers");
    if let Some(ms) = timeout_ms {
        map.add(b"grpc-timeout", timeout_text(ms).as_bytes());
    }
    map.add(b"content-type", b"application/grpc");
    for (name, value) in metadata {
        // Bytes that are no text travel as base64 (recorded case 20-034).
        match name.ends_with(b"-bin") {
            true => map.add(name, STANDARD.encode(value).as_bytes()),
            false => map.add(name, value),
        }
    }
    set_scheme(&mut map);
    map.set_in_place(b"x-envoy-internal", b"true");
    let timeouts = Timeouts::take(&mut map, timeout_ms.map(|ms| u64::from(ms) * 1_000_000), true);
    (map, timeouts)
}

/// A time-out as gRPC writes it: eight digits at most, so long ones are told in seconds (recorded case 31-007).
fn timeout_text(ms: u32) -> String {
    match ms {
        0..=99_999_999 => format!("{ms}m"),
        _ => format!("{}S", ms / 1000),
    }
}

/// A message with the five bytes in front of it that gRPC puts there.
pub fn frame(message: &[u8]) -> Vec<u8> {
    let length = u32::try_from(message.len()).unwrap_or(u32::MAX);
    [&[0], length.to_be_bytes().as_slice(), message].concat()
}

/// The messages in the bytes received so far; what is not whole yet stays. `None`: these are no gRPC messages, which
/// their first byte may tell alone (recorded case 20-100).
fn unframe(received: &mut Vec<u8>) -> Option<Vec<Bytes>> {
    let mut messages = Vec::new();
    while let Some(&flags) = received.first() {
        if flags > 1 {
            return None;
        }
        let Some(&[_, a, b, c, d]) = received.first_chunk::<5>() else { break };
        let length = u32::from_be_bytes([a, b, c, d]) as usize;
        let Some(message) = received.get(5..5 + length) else { break };
        if flags == 1 && length > 0 {
            return None;
        }
        messages.push(Bytes::copy_from_slice(message));
        received.drain(..5 + length);
    }
    Some(messages)
}

/// Nobody to call: told after the host call has failed already (recorded cases 20-012 and 20-028).
pub(super) fn refused(is_known: bool) -> Vec<Timed> {
    let close = match is_known {
        true => close(UNAVAILABLE, &explained(b"no healthy upstream", "no_healthy_upstream")),
        false => close(UNAVAILABLE, b"Cluster not available"),
    };
    vec![(0, close, Some(CalloutEnd::NoEndpoint))]
}

/// A message with Envoy's response code details behind it, as `proxy_get_status` gives it (recorded case 20-009).
fn explained(message: &[u8], details: &str) -> Vec<u8> {
    match message {
        [] => details.as_bytes().to_vec(),
        _ => [message, b"{", details.as_bytes(), b"}"].concat(),
    }
}

/// Details of an answer that came from the upstream.
const VIA_UPSTREAM: &str = "via_upstream";

fn close(status: u32, message: &[u8]) -> Delivery {
    Delivery::GrpcClose { status, message: Bytes::copy_from_slice(message) }
}

/// What a call gets: its message, or why there is none.
pub(super) fn call_answer(answer: &Answer, timeouts: Timeouts) -> Vec<Timed> {
    let parts = stream_answer(answer);
    let begins_at = parts.first().map(|(at, ..)| *at);
    let is_late = |at: Option<u64>, limit: u64| at.is_none_or(|at| at >= limit);
    if let Some((limit, details)) = timeouts.first().filter(|(limit, _)| is_late(begins_at, *limit)) {
        // Made of Envoy's own answer to the call (recorded case 20-101).
        let local = timeouts.reply(details);
        let close = close(grpc_status_of(local.status), &explained(&local.body, details));
        return vec![(limit, close, Some(CalloutEnd::TimedOut))];
    }
    let ends_at = parts.last().map(|(at, ..)| *at);
    if let Some(limit) = timeouts.whole.filter(|limit| is_late(ends_at, *limit)) {
        // The stream is broken in its midst.
        let close = close(INTERNAL, RESPONSE_TIMEOUT.as_bytes());
        return vec![(limit, close, Some(CalloutEnd::TimedOut))];
    }
    let message = parts.iter().rev().find_map(|(_, part, _)| match part {
        Delivery::GrpcMessage(message) => Some(message.clone()),
        _ => None,
    });
    let Some((at, last, end)) = parts.into_iter().last() else { return Vec::new() };
    match (last, message) {
        (Delivery::GrpcClose { status: 0, .. }, Some(message)) => {
            vec![(at, Delivery::GrpcMessage(message), end)]
        }
        (Delivery::GrpcClose { status: 0, .. }, None) => {
            vec![(at, close(INTERNAL, b""), Some(CalloutEnd::Answered { status: INTERNAL }))]
        }
        (last, _) => vec![(at, last, end)],
    }
}

/// What a stream gets of an answer.
pub(super) fn stream_answer(answer: &Answer) -> Vec<Timed> {
    match &answer.kind {
        AnswerKind::Reply(reply) => replied(reply, answer.delay),
        AnswerKind::Reset => {
            made_up(answer.delay, &wire::upstream_reset(Protocol::Http2, false), CalloutEnd::Reset)
        }
        AnswerKind::ConnectionFailure => {
            made_up(answer.delay, &wire::upstream_unreachable(false), CalloutEnd::ConnectionFailed)
        }
        AnswerKind::Silence | AnswerKind::NoEndpoint => Vec::new(),
    }
}

/// A request that never leaves, because the codec refuses its headers (recorded case 20-102).
pub(super) fn unsendable(kind: CalloutKind, local: &LocalReply) -> Vec<Timed> {
    let mut parts = made_up(0, local, CalloutEnd::Unsendable);
    if kind == CalloutKind::GrpcCall {
        // A call hears of the end alone.
        parts.drain(..parts.len() - 1);
    }
    parts
}

/// Envoy's own answer where there is none from an upstream: headers alone.
fn made_up(at: u64, local: &LocalReply, end: CalloutEnd) -> Vec<Timed> {
    let mut headers = HeaderMap::new(MapKind::ResponseHeaders);
    headers.add(b":status", b"200");
    headers.add(b"content-type", b"application/grpc");
    headers.add(b"grpc-status", b"14");
    headers.add(b"grpc-message", &local.body);
    let message = explained(&local.body, &local.details);
    vec![
        (at, Delivery::GrpcInitialMetadata(HeaderMap::new(MapKind::ResponseHeaders)), None),
        (at, Delivery::GrpcTrailingMetadata(headers), None),
        (at, close(UNAVAILABLE, &message), Some(end)),
    ]
}

fn replied(reply: &Reply, delay: u64) -> Vec<Timed> {
    // The time that an upstream took counts from the end of the request, which a stream may not have reached.
    let head = reply.head((!reply.at_once).then_some(delay));
    let mut parts = Vec::new();
    let mut at = delay;
    if reply.is_headers_only() {
        parts.push((at, Delivery::GrpcInitialMetadata(HeaderMap::new(MapKind::ResponseHeaders)), None));
        if reply.status == 200 || head.get("grpc-status").is_some_and(|text| !text.is_empty()) {
            end_with(&mut parts, at, head);
        } else {
            let status = grpc_status_of(reply.status.into());
            fail(&mut parts, at, status);
            nothing_is_left(&mut parts, status);
        }
        return parts;
    }
    // Of an answer with another status a stream is shown no headers either.
    let shown = if reply.status == 200 { head } else { HeaderMap::new(MapKind::ResponseHeaders) };
    parts.push((at, Delivery::GrpcInitialMetadata(shown), None));
    if reply.status != 200 {
        fail(&mut parts, at, grpc_status_of(reply.status.into()));
        return parts;
    }
    let mut received = Vec::new();
    let pieces = reply.reset_after.unwrap_or(reply.body.len()).min(reply.body.len());
    for (number, piece) in reply.body[..pieces].iter().enumerate() {
        at = at.saturating_add(reply.gap);
        received.extend_from_slice(piece);
        let Some(messages) = unframe(&mut received) else {
            fail(&mut parts, at, INTERNAL);
            let is_end = number + 1 == reply.body.len() && reply.trailers.is_empty();
            if is_end && reply.reset_after.is_none() {
                nothing_is_left(&mut parts, INTERNAL);
            }
            return parts;
        };
        parts.extend(messages.into_iter().map(|message| (at, Delivery::GrpcMessage(message), None)));
    }
    if reply.reset_after.is_some() {
        at = at.saturating_add(reply.gap);
        parts.push((at, Delivery::GrpcTrailingMetadata(HeaderMap::new(MapKind::ResponseTrailers)), None));
        let details = b"upstream_reset_after_response_started{remote_reset}";
        parts.push((at, close(INTERNAL, details), Some(CalloutEnd::Reset)));
    } else if reply.trailers.is_empty() {
        fail(&mut parts, at, UNKNOWN);
        nothing_is_left(&mut parts, UNKNOWN);
    } else {
        at = at.saturating_add(reply.gap);
        end_with(&mut parts, at, reply.tail());
    }
    parts
}

/// The end that trailers tell of.
fn end_with(parts: &mut Vec<Timed>, at: u64, trailers: HeaderMap) {
    let status = trailers.get("grpc-status").and_then(|text| told_status(text));
    // Envoy does not decode it (recorded case 20-015).
    let message = explained(trailers.get("grpc-message").map_or(b"", |text| text), VIA_UPSTREAM);
    let status = status.unwrap_or(UNKNOWN);
    parts.push((at, Delivery::GrpcTrailingMetadata(trailers), None));
    parts.push((at, close(status, &message), Some(CalloutEnd::Answered { status })));
}

/// The number in a `grpc-status`; an empty one says nothing, and one that gRPC does not know is invalid (recorded case
/// 31-001).
fn told_status(text: &[u8]) -> Option<u32> {
    if text.is_empty() {
        return None;
    }
    let number = std::str::from_utf8(text).ok().and_then(|text| text.trim_ascii().parse().ok());
    Some(number.filter(|status| *status <= MAX_KNOWN).unwrap_or(INVALID))
}

/// Envoy's own end of a stream.
fn fail(parts: &mut Vec<Timed>, at: u64, status: u32) {
    parts.push((at, Delivery::GrpcTrailingMetadata(HeaderMap::new(MapKind::ResponseTrailers)), None));
    parts.push((at, close(status, VIA_UPSTREAM.as_bytes()), Some(CalloutEnd::Malformed { status })));
}

/// The upstream has sent all of its answer: nothing of it can be cut short, and its stream is not reset (recorded case
/// 20-100).
fn nothing_is_left(parts: &mut [Timed], status: u32) {
    if let Some((_, _, end)) = parts.last_mut() {
        *end = Some(CalloutEnd::Answered { status });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_is_a_name_or_a_serialized_configuration() {
        let knows = |name: &[u8]| name == b"svc";
        let svc = || Target::Upstream("svc".into());
        assert_eq!(target(b"svc", knows), svc());
        assert_eq!(target(b"\x0a\x05\x0a\x03svc", knows), svc());
        assert_eq!(target(b"\x0a\x05\x0a\x03xyz", knows), Target::Missing("xyz".into()));
        assert_eq!(target(b"other", knows), Target::Unknown);
        assert_eq!(target(b"", knows), Target::Empty);
        assert_eq!(target(&[0xff; 30], knows), Target::Unknown);
    }

    #[test]
    fn messages_are_found_across_pieces() {
        let mut received = frame(b"hello");
        let rest = received.split_off(7);
        assert_eq!(unframe(&mut received), Some(vec![]));
        received.extend(rest);
        received.extend(frame(b""));
        assert_eq!(unframe(&mut received), Some(vec!["hello".into(), "".into()]));
        assert!(received.is_empty());
        assert_eq!(unframe(&mut vec![9, 0, 0, 0, 0]), None);
        assert_eq!(unframe(&mut vec![0, 255, 255, 255, 255]), Some(vec![]), "a length is only believed");
    }
}
