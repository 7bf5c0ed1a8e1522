//! HTTP calls (`host-spec`, section 6.1).

use bytes::Bytes;

use super::grpc::Timed;
use super::{Answer, AnswerKind, Delivery, MAX_ANSWER, Reply};
use crate::http::{HeaderMap, MapKind};
use crate::stream::grpc_status_of;
use crate::trace::CalloutEnd;

/// Request headers by which a caller speaks to Envoy's router.
const ROUTER_HEADERS: &[&str] = &["x-envoy-upstream-rq-timeout-ms", "x-envoy-max-retries"];

/// The request as the upstream gets it, with the time-out that counts: what the filter gave, and what Envoy adds (recorded cases 03-016, 03-017 and
/// 03-019). `None`: method, path or authority is missing, and there is no call.
pub fn request(pairs: &[(Bytes, Bytes)], body: &[u8], timeout_ms: u32) -> Option<(HeaderMap, u32)> {
    let mut map = HeaderMap::from_pairs(MapKind::RequestHeaders, pairs.iter().map(|(n, v)| (n, v)));
    if [":method", ":path", ":authority"].iter().any(|name| map.get(name).is_none()) {
        return None;
    }
    if map.get(":scheme").is_none() {
        map.add(b":scheme", b"http");
    }
    if !body.is_empty() {
        map.set_in_place(b"content-length", body.len().to_string().as_bytes());
    }
    // What speaks to Envoy's router goes no further; a time-out among it counts (recorded case 31-011).
    let told = map.text("x-envoy-upstream-rq-timeout-ms").and_then(|text| text.parse().ok());
    let timeout_ms = told.unwrap_or(timeout_ms);
    for name in ROUTER_HEADERS {
        map.remove(name.as_bytes());
    }
    map.set_in_place(b"x-envoy-internal", b"true");
    if timeout_ms > 0 {
        map.set_in_place(b"x-envoy-expected-rq-timeout-ms", timeout_ms.to_string().as_bytes());
    }
    Some((map, timeout_ms))
}

/// What the filter gets of an answer, and when. Times are nanoseconds from the call on.
pub fn answer(request: &HeaderMap, answer: &Answer, timeout: Option<u64>) -> Vec<Timed> {
    let is_late = |at: u64| timeout.filter(|timeout| at >= *timeout);
    if answer.kind == AnswerKind::Silence || is_late(answer.delay).is_some() {
        let local = local_reply(request, 504, "upstream request timeout");
        return timeout.map(|at| (at, local, Some(CalloutEnd::TimedOut))).into_iter().collect();
    }
    match &answer.kind {
        AnswerKind::Reply(reply) => {
            let (end_at, end) = ending(reply, answer.delay);
            if let Some(at) = is_late(end_at) {
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

/// When a reply is over, and how.
fn ending(reply: &Reply, delay: u64) -> (u64, CalloutEnd) {
    let after = |parts: usize| delay.saturating_add(reply.gap.saturating_mul(parts as u64));
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
fn local_reply(request: &HeaderMap, status: u32, body: &str) -> Delivery {
    let mut headers = HeaderMap::new(MapKind::ResponseHeaders);
    let trailers = HeaderMap::new(MapKind::ResponseTrailers);
    let is_head = request.text(":method") == Some("HEAD");
    if is_grpc(request) {
        headers.add(b":status", b"200");
        headers.add(b"content-type", b"application/grpc");
        headers.add(b"grpc-status", grpc_status_of(status).to_string().as_bytes());
        if !is_head {
            headers.add(b"grpc-message", body.as_bytes());
        }
        return Delivery::HttpResponse { headers, body: Bytes::new(), trailers };
    }
    headers.add(b":status", status.to_string().as_bytes());
    headers.add(b"content-length", body.len().to_string().as_bytes());
    headers.add(b"content-type", b"text/plain");
    let body = if is_head { "" } else { body };
    Delivery::HttpResponse { headers, body: Bytes::copy_from_slice(body.as_bytes()), trailers }
}

/// Whether a request is one of gRPC, which its content type says.
fn is_grpc(request: &HeaderMap) -> bool {
    let kind = request.get("content-type").and_then(|kind| kind.strip_prefix(b"application/grpc"));
    kind.is_some_and(|rest| rest.is_empty() || rest.starts_with(b"+"))
}

/// An upstream that broke off before its headers (recorded case 03-020).
fn broken(request: &HeaderMap, at: u64, reason: &str, end: CalloutEnd) -> Vec<Timed> {
    let body = format!("upstream connect error or disconnect/reset before headers. reset reason: {reason}");
    vec![(at, local_reply(request, 503, &body), Some(end))]
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
