//! What Envoy's codecs and connection manager do to a message before its first filter and after its last.
//!
//! Only what a filter, the upstream or the client can see is here: the order of headers, hop-by-hop headers, merged
//! cookies, and the few headers that Envoy adds (`host-spec`, section 2.5; recorded cases 01-001, 01-031, 01-034,
//! 10-001).

use bytes::Bytes;

use crate::http::{HeaderMap, MapKind, Protocol};
use crate::scenario::WallTime;

/// The head of a request as a client sends it.
#[derive(Clone, Debug)]
pub struct RequestHead<'a> {
    pub method: &'a str,
    pub scheme: &'a str,
    pub authority: &'a str,
    pub path: &'a str,
    /// Names and values as sent, in order.
    pub headers: &'a [(Bytes, Bytes)],
}

/// The request headers as the first filter sees them.
pub fn received_request(head: &RequestHead, protocol: Protocol, declared_length: Option<usize>) -> HeaderMap {
    let mut map = HeaderMap::new(MapKind::RequestHeaders);
    let pseudo = [
        (":method", head.method),
        (":path", head.path),
        (":scheme", head.scheme),
        (":authority", head.authority),
    ];
    let order = match protocol {
        Protocol::Http2 => [0, 1, 2, 3],
        Protocol::Http1 => [3, 1, 0, 2],
    };
    for index in order {
        map.add(pseudo[index].0.as_bytes(), pseudo[index].1.as_bytes());
    }
    add_received(&mut map, head.headers, protocol);
    if protocol == Protocol::Http1 {
        if let Some(length) = declared_length {
            map.set_in_place(b"content-length", length.to_string().as_bytes());
        }
        remove_hop_by_hop(&mut map);
    }
    for name in INTERNAL {
        map.remove(name);
    }
    let proto = map.get("x-forwarded-proto").is_none();
    if proto {
        map.add(b"x-forwarded-proto", head.scheme.as_bytes());
    }
    map
}

/// The response headers as the first filter of the response path sees them.
pub fn received_response(
    status: u16,
    headers: &[(Bytes, Bytes)],
    protocol: Protocol,
    framing: Framing,
) -> HeaderMap {
    let mut map = HeaderMap::new(MapKind::ResponseHeaders);
    map.add(b":status", status.to_string().as_bytes());
    add_received(&mut map, headers, protocol);
    if protocol == Protocol::Http1 {
        match framing {
            Framing::Length(length) => map.set_in_place(b"content-length", length.to_string().as_bytes()),
            Framing::Chunked => map.add(b"transfer-encoding", b"chunked"),
        }
    }
    map
}

/// How an HTTP/1 message says where its body ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    Length(usize),
    Chunked,
}

/// Trailers as received.
pub fn received_trailers(kind: MapKind, trailers: &[(Bytes, Bytes)]) -> HeaderMap {
    HeaderMap::from_pairs(kind, trailers.iter().map(|(name, value)| (name, value)))
}

/// Headers that only Envoy itself, or another Envoy that it trusts, may set: those of a client are dropped
/// (recorded case 08-002).
const INTERNAL: &[&str] = &[
    "x-forwarded-client-cert",
    "x-envoy-internal",
    "x-envoy-retriable-status-codes",
    "x-envoy-retriable-header-names",
    "x-envoy-retry-on",
    "x-envoy-retry-grpc-on",
    "x-envoy-max-retries",
    "x-envoy-upstream-alt-stat-name",
    "x-envoy-upstream-rq-timeout-ms",
    "x-envoy-upstream-rq-per-try-timeout-ms",
    "x-envoy-upstream-rq-timeout-alt-response",
    "x-envoy-expected-rq-timeout-ms",
    "x-envoy-force-trace",
    "x-envoy-ip-tags",
    "x-envoy-original-url",
    "x-envoy-hedge-on-per-try-timeout",
];

/// Adds header lines; HTTP/2 merges cookies into one, after the others.
fn add_received(map: &mut HeaderMap, headers: &[(Bytes, Bytes)], protocol: Protocol) {
    let merges = protocol == Protocol::Http2;
    let is_cookie = |name: &Bytes| merges && name.eq_ignore_ascii_case(b"cookie");
    for (name, value) in headers.iter().filter(|(name, _)| !is_cookie(name)) {
        map.add(name, value);
    }
    let cookies: Vec<&[u8]> =
        headers.iter().filter(|(name, _)| is_cookie(name)).map(|(_, value)| value.as_ref()).collect();
    if !cookies.is_empty() {
        map.add(b"cookie", &cookies.join(b"; ".as_slice()));
    }
}

/// Removes what concerns only the client's own connection (RFC 9110, section 7.6.1); `te: trailers` stays.
fn remove_hop_by_hop(map: &mut HeaderMap) {
    let named: Vec<String> = map
        .text("connection")
        .map(|list| list.split(',').map(|name| name.trim().to_ascii_lowercase()).collect())
        .unwrap_or_default();
    for name in named.iter().filter(|name| !name.is_empty() && *name != "te") {
        map.remove(name);
    }
    for name in ["connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade"] {
        map.remove(name);
    }
    if map.text("te").is_some_and(|te| te != "trailers") {
        map.remove("te");
    }
}

/// The response as the client gets it: Envoy adds `date`, and its own name unless it is told not to.
pub fn sent_response(mut headers: HeaderMap, now: WallTime, adds_headers: bool) -> HeaderMap {
    if headers.get("date").is_none() {
        headers.add(b"date", now.http_date().as_bytes());
    }
    if adds_headers {
        headers.set_in_place(b"server", b"envoy");
    }
    headers
}

/// Longest piece of a body that one callback gets, in bytes: the default HTTP/2 frame size, and what Envoy reads of an
/// HTTP/1 connection at once.
const FRAME: usize = 16384;

/// A piece of a body, cut into the frames that arrive. An empty piece is one empty frame.
pub fn frames(piece: &Bytes) -> Vec<Bytes> {
    let mut rest = piece.clone();
    let mut frames = Vec::new();
    while rest.len() > FRAME {
        frames.push(rest.split_to(FRAME));
    }
    frames.push(rest);
    frames
}

/// A request id as Envoy makes it, from two random numbers: a version 4 UUID.
pub fn request_id(high: u64, low: u64) -> String {
    let high = high & !0xf000 | 0x4000;
    let low = low & !(0b11 << 62) | 0b10 << 62;
    format!(
        "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
        high >> 32,
        high >> 16 & 0xffff,
        high & 0xffff,
        low >> 48,
        low & 0xffff_ffff_ffff
    )
}

/// What the codec adds to a request on its way to the upstream.
pub fn frame_request(headers: &mut HeaderMap, upstream: Protocol, has_body: bool) {
    if upstream == Protocol::Http1 {
        frame(headers, has_body);
    }
}

/// What the codec adds to a response on its way to the client.
pub fn frame_response(headers: &mut HeaderMap, downstream: Protocol, has_body: bool) {
    if downstream == Protocol::Http1 {
        headers.remove("connection");
        frame(headers, has_body);
    }
}

/// HTTP/1 needs to know where a body ends.
fn frame(headers: &mut HeaderMap, has_body: bool) {
    let is_framed = headers.get("content-length").is_some() || headers.get("transfer-encoding").is_some();
    if has_body && !is_framed {
        headers.add(b"transfer-encoding", b"chunked");
    }
}
