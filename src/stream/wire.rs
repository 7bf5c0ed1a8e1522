//! What Envoy's codecs and connection manager do to a message before its first filter and after its last.
//!
//! Only what a filter, the upstream or the client can see is here: the order of headers, hop-by-hop headers, merged
//! cookies, and the few headers that Envoy adds (`host-spec`, section 2.5; recorded cases 01-001, 01-031, 01-034,
//! 10-001).

use bytes::Bytes;

use super::LocalReply;
use crate::http::{HeaderMap, MapKind, Protocol};

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
        if let Some(length) = declared_length
            && map.get("content-length").is_none()
        {
            map.add(b"content-length", length.to_string().as_bytes());
        }
        remove_hop_by_hop(&mut map);
    }
    for name in INTERNAL {
        map.remove(name);
    }
    // Envoy tells the client itself to go on (recorded case 29-122).
    if map.text("expect").is_some_and(|expect| expect.eq_ignore_ascii_case("100-continue")) {
        map.remove("expect");
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
            Framing::Length(length) if map.get("content-length").is_none() => {
                map.add(b"content-length", length.to_string().as_bytes());
            }
            Framing::Chunked => map.add(b"transfer-encoding", b"chunked"),
            Framing::Length(_) | Framing::None => {}
        }
    }
    map
}

/// How an HTTP/1 message says where its body ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    Length(usize),
    Chunked,
    /// Not at all: the status says that there is no body.
    None,
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

/// What Envoy's connection manager changes in a response after the last filter: it adds `date`, and its own name
/// unless it is told not to. `closes`: an HTTP/1 connection whose request was not read to its end cannot go on
/// (recorded case 04-047).
pub fn sent_response(mut headers: HeaderMap, date: &str, adds_headers: bool, closes: bool) -> HeaderMap {
    headers.remove("connection");
    headers.remove("transfer-encoding");
    if headers.get("date").is_none() {
        headers.add(b"date", date.as_bytes());
    }
    if adds_headers {
        headers.set_in_place(b"server", b"envoy");
    }
    if closes {
        headers.add(b"connection", b"close");
    }
    headers
}

/// Longest DATA frame of HTTP/2 in bytes, unless a peer allows longer ones.
const FRAME: usize = 16384;
/// Envoy reads from a connection into slices of so many bytes.
const SLICE: usize = 16384;

/// A piece of a body, cut into what one callback gets: a frame of HTTP/2, which is no longer than the connection's
/// limit, or what Envoy reads of an HTTP/1 connection at once: slices up to the limit (recorded cases 04-047, 30-003
/// and 30-004). An empty piece is one empty frame.
///
/// `is_chunk`: the piece is a chunk of HTTP/1, whose size line takes up part of the first read (recorded case 29-018).
pub fn frames(piece: &Bytes, protocol: Protocol, read_limit: usize, is_chunk: bool) -> Vec<Bytes> {
    let longest = match protocol {
        Protocol::Http2 => read_limit.clamp(1, FRAME),
        Protocol::Http1 => read_limit.max(1).checked_next_multiple_of(SLICE).unwrap_or(usize::MAX),
    };
    let mut rest = piece.clone();
    let mut frames = Vec::new();
    let size_line = if is_chunk { format!("{:x}\r\n", piece.len()).len() } else { 0 };
    let first = longest.saturating_sub(size_line).max(1);
    if rest.len() > first && size_line > 0 {
        frames.push(rest.split_to(first));
    }
    while rest.len() > longest {
        frames.push(rest.split_to(longest));
    }
    frames.push(rest);
    frames
}

/// Why a request never reaches the filters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The HTTP/2 codec resets the stream; no filter hears of it (recorded case 10-008).
    Reset,
    /// Envoy answers 400 with this body; filters only log (recorded cases 08-019 and 08-023).
    BadRequest(&'static str),
}

/// Most entries of a received header map.
const MAX_HEADERS: usize = 100;

/// What Envoy's codecs and connection manager refuse.
pub fn refusal(head: &RequestHead, map: &HeaderMap, protocol: Protocol) -> Option<Refusal> {
    let received = map.entries().iter().filter(|entry| entry.name != "x-forwarded-proto").count();
    let is_odd = |name: &Bytes| name.is_empty() || name.starts_with(b":") || !is_valid_name(name);
    if protocol == Protocol::Http2 && received > MAX_HEADERS {
        Some(Refusal::Reset)
    } else if protocol == Protocol::Http1 && head.headers.iter().any(|(name, _)| is_odd(name)) {
        Some(Refusal::BadRequest("Bad Request"))
    } else if head.path.contains('#') {
        Some(Refusal::BadRequest(""))
    } else {
        None
    }
}

/// Whether the codecs take this as a header name: a token, with a colon in front of it for pseudo-headers.
/// The empty name passes (recorded case 01-004).
pub(super) fn is_valid_name(name: &[u8]) -> bool {
    let token = name.strip_prefix(b":").unwrap_or(name);
    token.iter().all(|byte| IS_TOKEN[usize::from(*byte)])
}

/// Characters of a token (RFC 9110, section 5.6.2).
const IS_TOKEN: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = (byte as u8).is_ascii_alphanumeric();
        byte += 1;
    }
    let others = b"!#$%&'*+-.^_`|~";
    let mut place = 0;
    while place < others.len() {
        table[others[place] as usize] = true;
        place += 1;
    }
    table
};

/// Whether the codecs take this as a header value: no control characters but the tab; bytes from 0x80 on pass
/// (recorded cases 01-005 and 01-008).
pub(super) fn is_valid_value(value: &[u8]) -> bool {
    value.iter().all(|byte| matches!(byte, b'\t' | 0x20..=0x7e | 0x80..))
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

/// What Envoy answers when the upstream breaks off before it answered (recorded case 08-017).
pub fn upstream_reset(upstream: Protocol) -> LocalReply {
    let (reason, detail) = match upstream {
        Protocol::Http2 => ("remote reset", "remote_reset"),
        Protocol::Http1 => ("connection termination", "connection_termination"),
    };
    let details = format!("upstream_reset_before_response_started{{{detail}}}");
    let body = format!("upstream connect error or disconnect/reset before headers. reset reason: {reason}");
    LocalReply::from_host(503, &details).with_body(body)
}

/// `response.code_details` when the upstream breaks off in the midst of its answer.
pub fn broken_response(upstream: Protocol) -> String {
    let detail = match upstream {
        Protocol::Http2 => "remote_reset",
        Protocol::Http1 => "connection_termination",
    };
    format!("upstream_reset_after_response_started{{{detail}}}")
}

/// Why a connection to an upstream fails where nobody listens, in Envoy's words.
pub const REFUSED: &str = "delayed connect error: Connection refused";

/// What Envoy answers when it cannot connect to the upstream (recorded case 28-028).
pub fn upstream_unreachable() -> LocalReply {
    let reason = REFUSED.replace(' ', "_");
    let details = format!("upstream_reset_before_response_started{{remote_connection_failure|{reason}}}");
    let body =
        "upstream connect error or disconnect/reset before headers. reset reason: remote connection failure";
    LocalReply::from_host(503, &details).with_body(body)
}

/// What an HTTP/1 codec makes of a message that it sends: it needs to know where the body ends, says so where
/// nothing else does, and keeps to `content-length` where that is wrong (recorded cases 02-025, 02-026 and 02-028).
/// `headers_only`: the headers were the end of the message. `false`: the peer waits for bytes that never come.
pub fn frame_http1(headers: &mut HeaderMap, body: &mut Vec<u8>, headers_only: bool) -> bool {
    if headers.get("transfer-encoding").is_some() {
        return true;
    }
    match declared_length(headers) {
        Some(declared) => {
            body.truncate(declared);
            return body.len() == declared;
        }
        None if !headers_only => headers.add(b"transfer-encoding", b"chunked"),
        None if !goes_without_body(headers) => headers.add(b"content-length", b"0"),
        None => {}
    }
    true
}

/// What an HTTP/1 codec adds to an answer without a body: to HEAD it says how it would send one (recorded case 30-005).
pub fn frame_http1_bodiless(headers: &mut HeaderMap) {
    let has_length = ["content-length", "transfer-encoding"].iter().any(|name| headers.get(name).is_some());
    if !has_length && !matches!(headers.text(":status"), Some("204" | "304")) {
        headers.add(b"transfer-encoding", b"chunked");
    }
}

/// Whether nobody expects a body with these headers, so that none need be denied.
fn goes_without_body(headers: &HeaderMap) -> bool {
    let method = headers.text(":method").unwrap_or_default();
    let is_request = matches!(method, "GET" | "HEAD" | "DELETE" | "TRACE" | "CONNECT");
    is_request || headers.text(":status") == Some("204")
}

/// The value of `content-length`, if it is a number.
pub fn declared_length(headers: &HeaderMap) -> Option<usize> {
    headers.text("content-length")?.parse().ok()
}
