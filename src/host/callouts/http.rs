//! HTTP calls (`host-spec`, section 6.1).

use bytes::Bytes;

use super::grpc::Timed;
use super::{Answer, AnswerKind, Delivery, MAX_ANSWER, Reply};
use crate::http::{HeaderMap, MapKind};
use crate::stream::{LocalReply, Timeouts, grpc_status_of, set_scheme};
use crate::trace::CalloutEnd;

/// The request as the upstream gets it: what the filter gave, and what Envoy adds (recorded cases 03-016, 03-017 and
/// 03-019); with the time-outs that count (recorded case 31-011). An error is the name of the header that is missing
/// from method, path and authority: there is no call.
pub fn request(
    pairs: &[(Bytes, Bytes)],
    body: &[u8],
    timeout_ms: u32,
) -> Result<(HeaderMap, Timeouts), &'static str> {
    let mut map = HeaderMap::from_pairs(MapKind::RequestHeaders, pairs.iter().map(|(n, v)| (n, v)));
    if let Some(missing) = [":method", ":path", ":authority"].into_iter().find(|name| map.get(name).is_none())
    {
        return Err(missing);
    }
    set_scheme(&mut map);
    if !body.is_empty() {
        map.set_in_place(b"content-length", body.len().to_string().as_bytes());
    }
    map.set_in_place(b"x-envoy-internal", b"true");
    let timeouts = Timeouts::take(&mut map, Some(u64::from(timeout_ms) * 1_000_000), true);
    Ok((map, timeouts))
}

/// What the filter gets of an answer, and when. Times are nanoseconds from the call on.
pub fn answer(request: &HeaderMap, answer: &Answer, timeouts: Timeouts) -> Vec<Timed> {
    let first =
        timeouts.first().filter(|(limit, _)| answer.kind == AnswerKind::Silence || answer.delay >= *limit);
    if let Some((at, details)) = first {
        return vec![(at, local_reply(request, &timeouts.reply(details)), Some(CalloutEnd::TimedOut))];
    }
    match &answer.kind {
        AnswerKind::Reply(reply) => {
            let (end_at, end) = ending(reply, answer.delay);
            // HTTP/2 has no body after HEAD: it is broken off where one comes (recorded case 21-104).
            let is_head = request.text(":method") == Some("HEAD");
            let begins = reply.body.iter().position(|piece| is_head && !piece.is_empty());
            let (end_at, end) = match begins {
                Some(piece) => (after(reply, answer.delay, piece + 1), CalloutEnd::Reset),
                None => (end_at, end),
            };
            if let Some(at) = timeouts.whole.filter(|limit| end_at >= *limit) {
                return vec![(at, Delivery::HttpFailure, Some(CalloutEnd::TimedOut))];
            }
            let delivery = match end {
                CalloutEnd::Answered { .. } => Delivery::HttpResponse {
                    headers: reply.head(Some(answer.delay)),
                    body: reply.body.concat().into(),
                    trailers: reply.tail(),
                },
                _ => Delivery::HttpFailure,
            };
            vec![(end_at, delivery, Some(end))]
        }
        AnswerKind::Reset => broken(request, answer.delay, "remote reset", CalloutEnd::Reset),
        AnswerKind::ConnectionFailure => {
            broken(request, answer.delay, "remote connection failure", CalloutEnd::ConnectionFailed)
        }
        AnswerKind::Silence | AnswerKind::NoEndpoint => Vec::new(),
    }
}

/// When so many parts of a reply after its headers have come.
fn after(reply: &Reply, delay: u64, parts: usize) -> u64 {
    delay.saturating_add(reply.gap.saturating_mul(parts as u64))
}

/// A request that never leaves, because the codec refuses its headers (recorded cases 21-100 to 21-102).
pub fn unsendable(request: &HeaderMap, local: &LocalReply) -> Vec<Timed> {
    vec![(0, local_reply(request, local), Some(CalloutEnd::Unsendable))]
}

/// When a reply is over, and how.
fn ending(reply: &Reply, delay: u64) -> (u64, CalloutEnd) {
    let after = |parts: usize| after(reply, delay, parts);
    let cut = reply.reset_after.map(|pieces| pieces.min(reply.body.len()));
    let arrives = |pieces: &[Bytes]| pieces.iter().map(Bytes::len).sum::<usize>();
    let too_large = (0..=cut.unwrap_or(reply.body.len())).find(|n| arrives(&reply.body[..*n]) > MAX_ANSWER);
    match (too_large, cut) {
        (Some(pieces), _) => (after(pieces), CalloutEnd::TooLarge),
        (None, Some(pieces)) => (after(pieces + 1), CalloutEnd::Reset),
        (None, None) => {
            let parts = reply.body.len() + usize::from(!reply.trailers.is_empty());
            (after(parts), CalloutEnd::Answered { status: reply.status.into() })
        }
    }
}

/// What Envoy's client for callouts makes up when there is no answer. To HEAD it has no body, though the headers tell of
/// one; a request of gRPC is told by headers alone (recorded case 31-002).
fn local_reply(request: &HeaderMap, local: &LocalReply) -> Delivery {
    let LocalReply { status, body, .. } = local;
    let mut headers = HeaderMap::new(MapKind::ResponseHeaders);
    let trailers = HeaderMap::new(MapKind::ResponseTrailers);
    let is_head = request.text(":method") == Some("HEAD");
    if is_grpc(request) {
        headers.add(b":status", b"200");
        headers.add(b"content-type", b"application/grpc");
        headers.add(b"grpc-status", grpc_status_of(*status).to_string().as_bytes());
        if !is_head && !body.is_empty() {
            headers.add(b"grpc-message", body);
        }
        return Delivery::HttpResponse { headers, body: Bytes::new(), trailers };
    }
    headers.add(b":status", status.to_string().as_bytes());
    if !body.is_empty() {
        headers.add(b"content-length", body.len().to_string().as_bytes());
        headers.add(b"content-type", b"text/plain");
    }
    let body = if is_head { Bytes::new() } else { body.clone() };
    Delivery::HttpResponse { headers, body, trailers }
}

/// Whether a request is one of gRPC, which its content type says.
fn is_grpc(request: &HeaderMap) -> bool {
    let kind = request.get("content-type").and_then(|kind| kind.strip_prefix(b"application/grpc"));
    kind.is_some_and(|rest| rest.is_empty() || rest.starts_with(b"+"))
}

/// An upstream that broke off before its headers (recorded case 03-020).
fn broken(request: &HeaderMap, at: u64, reason: &str, end: CalloutEnd) -> Vec<Timed> {
    let body = format!("upstream connect error or disconnect/reset before headers. reset reason: {reason}");
    vec![(at, local_reply(request, &LocalReply::from_host(503, "").with_body(body)), Some(end))]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_may_have_just_32_mib() {
        let end = |size: usize| {
            let body = vec![Bytes::from(vec![b'x'; size])];
            ending(&Reply { status: 200, body, ..Reply::default() }, 7)
        };
        assert_eq!(end(MAX_ANSWER), (7, CalloutEnd::Answered { status: 200 }));
        assert_eq!(end(MAX_ANSWER + 1), (7, CalloutEnd::TooLarge));
    }
}
