//! What Envoy's codecs and connection manager do to a message before its first filter and after its last.
//!
//! Only what a filter, the upstream or the client can see is here: the order of headers, hop-by-hop headers, merged
//! cookies, and the few headers that Envoy adds (`host-spec`, section 2.5; recorded cases 01-001, 01-031, 01-034,
//! 10-001).

#[cfg(test)]
mod tests;
mod url;

use bytes::Bytes;

use self::url::Url;
use super::LocalReply;
use crate::http::{Header, HeaderMap, MapKind, Protocol};

/// The head of a request as a client sends it.
#[derive(Clone, Debug)]
pub struct RequestHead<'a> {
    pub method: &'a str,
    pub scheme: &'a str,
    pub authority: &'a str,
    /// What stands in its place in an HTTP/1 request line may be a URL.
    pub path: &'a str,
    /// Names and values as sent, in order.
    pub headers: &'a [(Bytes, Bytes)],
}

/// The request headers as the codec makes them.
pub fn decoded_request(head: &RequestHead, protocol: Protocol, declared_length: Option<usize>) -> HeaderMap {
    let mut map = HeaderMap::new(MapKind::RequestHeaders);
    let mut add = |name: &str, value: &str| map.add(name.as_bytes(), value.as_bytes());
    match (protocol, head.url()) {
        (Protocol::Http2, _) => {
            add(":method", head.method);
            add(":path", head.path);
            add(":scheme", head.scheme);
            add(":authority", head.authority);
        }
        // What a URL in the request line says goes before all else (recorded case 29-215).
        (Protocol::Http1, Some(url)) => {
            add(":authority", url.authority);
            add(":scheme", &url.scheme.to_ascii_lowercase());
            add(":path", if url.path.is_empty() { "/" } else { url.path });
            add(":method", head.method);
        }
        // A client that connects names the server in place of a path; what is no path here is that name.
        (Protocol::Http1, None) if head.method == "CONNECT" => {
            add(":authority", if head.path.starts_with('/') { head.authority } else { head.path });
            add(":method", head.method);
        }
        (Protocol::Http1, None) => {
            add(":authority", head.authority);
            add(":path", head.path);
            add(":method", head.method);
        }
    }
    add_received(&mut map, head.headers, protocol);
    if protocol == Protocol::Http1 {
        if let Some(length) = declared_length
            && map.get("content-length").is_none()
        {
            map.add(b"content-length", length.to_string().as_bytes());
        }
        remove_nominated(&mut map);
    }
    map
}

/// What the connection manager makes of the headers before the first filter sees them. `is_secure`: the client's
/// connection is encrypted.
pub fn admitted_request(mut map: HeaderMap, protocol: Protocol, is_secure: bool) -> HeaderMap {
    let by_connection = if is_secure { "https" } else { "http" };
    // HTTP/1 says it nowhere but in a URL; HTTP/2 in any case (recorded cases 29-210 and 29-211).
    let scheme = match map.text(":scheme") {
        Some(scheme) => scheme.to_ascii_lowercase(),
        None => {
            let forwarded = map.text("x-forwarded-proto").unwrap_or_default().to_ascii_lowercase();
            if matches!(forwarded.as_str(), "http" | "https") { forwarded } else { by_connection.to_owned() }
        }
    };
    map.set_in_place(b":scheme", scheme.as_bytes());
    if protocol == Protocol::Http1 && !asks_for_upgrade(&map) {
        for name in HOP_BY_HOP {
            map.remove(name);
        }
    }
    keep_trailers_only(&mut map);
    for name in INTERNAL {
        map.remove(name);
    }
    if map.get("referer").is_some_and(|referer| !url::is_referer(referer)) {
        map.remove("referer");
    }
    // Envoy tells the client itself to go on (recorded case 29-122).
    if map.text("expect").is_some_and(|expect| expect.eq_ignore_ascii_case("100-continue")) {
        map.remove("expect");
    }
    if map.get("x-forwarded-proto").is_none() {
        map.add(b"x-forwarded-proto", by_connection.as_bytes());
    }
    map
}

impl<'a> RequestHead<'a> {
    /// The URL in an HTTP/1 request line, if there is one in place of a path.
    fn url(&self) -> Option<Url<'a>> {
        if self.has_path() || self.method == "CONNECT" { None } else { Url::parse(self.path) }
    }

    /// Whether something else than a path names a server: a URL, or to CONNECT the server with its port.
    fn has_server(&self) -> bool {
        if self.method == "CONNECT" { url::is_host_with_port(self.path) } else { self.url().is_some() }
    }

    fn has_path(&self) -> bool {
        self.path.starts_with('/') || self.method == "OPTIONS" && self.path.starts_with('*')
    }
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
    // Only requests have it; `:authority` says it all (recorded case 29-038).
    let is_host =
        |name: &Bytes| merges && name.eq_ignore_ascii_case(b"host") && map.get(":authority").is_some();
    let headers: Vec<_> = headers.iter().filter(|(name, _)| !is_host(name)).collect();
    let is_cookie = |name: &Bytes| merges && name.eq_ignore_ascii_case(b"cookie");
    for (name, value) in headers.iter().filter(|(name, _)| !is_cookie(name)) {
        map.add(name, value);
    }
    let cookies = headers.iter().filter(|(name, _)| is_cookie(name)).map(|(_, value)| value.as_ref());
    // Empty ones in front of the first that is not leave no trace (recorded case 29-212).
    let cookies: Vec<&[u8]> = cookies.skip_while(|value: &&[u8]| value.is_empty()).collect();
    if !cookies.is_empty() {
        map.add(b"cookie", &cookies.join(b"; ".as_slice()));
    }
}

/// Headers that concern one connection only; HTTP/2 does not allow them at all.
const HOP_BY_HOP: [&str; 5] =
    ["connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade"];

/// Leaves `te: trailers` of whatever `te` says (recorded case 29-038).
fn keep_trailers_only(map: &mut HeaderMap) {
    let Some(te) = map.text("te") else { return };
    match te.split(',').any(|coding| coding.trim() == "trailers") {
        true => map.set_in_place(b"te", b"trailers"),
        false => map.remove("te"),
    }
}

/// Removes what the client says to concern only its own connection (RFC 9110, section 7.6.1); `te: trailers` stays.
fn remove_nominated(map: &mut HeaderMap) {
    let Some(list) = map.text("connection").map(str::to_owned) else { return };
    let is_known = |name: &str| matches!(name, "close" | "http2-settings" | "keep-alive" | "upgrade" | "te");
    let names = list.split(',').map(|name| name.trim().to_ascii_lowercase());
    let (known, named): (Vec<_>, Vec<_>) = names.partition(|name| is_known(name));
    for name in named.iter().filter(|name| !name.is_empty() && *name != "connection") {
        map.remove(name);
    }
    if known.is_empty() {
        map.remove("connection");
    } else if !named.is_empty() {
        map.set_in_place(b"connection", known.join(",").as_bytes());
    }
}

/// Whether an HTTP/1 client asks for another protocol; for HTTP/2 it may ask in vain.
fn asks_for_upgrade(map: &HeaderMap) -> bool {
    let names_it = |list: &str| list.split(',').any(|name| name.trim().eq_ignore_ascii_case("upgrade"));
    let is_other = |value: &Bytes| !value.is_empty() && !value.eq_ignore_ascii_case(b"h2c");
    map.text("connection").is_some_and(names_it) && map.get("upgrade").is_some_and(is_other)
}

/// What Envoy's connection manager needs to know of a response beside its headers.
#[derive(Clone, Copy, Debug)]
pub struct Finish<'a> {
    pub date: &'a str,
    /// It adds its own name.
    pub adds_headers: bool,
    /// An HTTP/1 connection does not go on, because the client says so or because its request was not read to its
    /// end (recorded cases 29-053 and 04-047).
    pub closes: bool,
    /// The request's id, where that is told (recorded case 29-205).
    pub request_id: Option<&'a [u8]>,
    /// Protocol of the client's connection.
    pub protocol: Protocol,
}

/// What Envoy's connection manager changes in a response after the last filter.
pub fn sent_response(mut headers: HeaderMap, finish: Finish) -> HeaderMap {
    let Finish { date, adds_headers, closes, request_id, protocol } = finish;
    for name in HOP_BY_HOP {
        // HTTP/1 clients get the one that a filter has added (recorded case 29-234).
        if name != "keep-alive" || protocol == Protocol::Http2 {
            headers.remove(name);
        }
    }
    if headers.get("date").is_none() {
        headers.add(b"date", date.as_bytes());
    }
    if adds_headers {
        headers.set_in_place(b"server", b"envoy");
    }
    if let Some(id) = request_id {
        headers.set_in_place(b"x-request-id", id);
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
    /// It breaks HTTP/2's rules: Envoy says goodbye to the client and closes the connection a second later. No filter
    /// hears of it (recorded cases 29-029 and 29-038).
    Close,
    /// Envoy answers by itself; filters only log (recorded cases 08-019, 08-023 and 29-053).
    Reply {
        status: u32,
        details: &'static str,
        body: &'static str,
        reached: Reached,
        /// An HTTP/1 connection ends with it.
        closes: bool,
    },
}

/// How far a request came that Envoy refuses. Filters that log find its headers as they were there (recorded case
/// 29-213).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reached {
    /// It could not even be read.
    Codec,
    /// The connection manager, with the headers of [`decoded_request`].
    Manager,
    /// The filters, with those of [`admitted_request`].
    Filters,
}

/// Details of a stream that the HTTP/2 codec gives up because of what the client sends, and closes the connection.
pub const MALFORMED_REQUEST: &str = "http2.violation.of.messaging.rule";
/// Details where it resets the stream only: the body is not as long as `content-length` says (recorded case 29-039).
pub const WRONG_LENGTH: &str = "http2.remote_reset";

/// Most entries of a received header map.
const MAX_HEADERS: usize = 100;
/// What an HTTP/1 client may not declare to concern its connection only.
const NEVER_HOP_BY_HOP: [&str; 3] = ["x-forwarded-for", "x-forwarded-host", "x-forwarded-proto"];

/// What Envoy's codecs and connection manager refuse. `ends`: the head is all of the message, and its
/// length is looked at. `is_chunked`: an HTTP/1 client sends the body in chunks.
pub fn refusal(
    head: &RequestHead,
    map: &HeaderMap,
    protocol: Protocol,
    ends: bool,
    is_chunked: bool,
) -> Option<Refusal> {
    let malformed = |status, details, body| Refusal::Reply {
        status,
        details,
        body,
        reached: Reached::Codec,
        closes: true,
    };
    let refused = |status, details| Refusal::Reply {
        status,
        details,
        body: "",
        reached: Reached::Manager,
        closes: status != 404,
    };
    let refusal = match protocol {
        Protocol::Http2 if map.len() > MAX_HEADERS => Some(Refusal::Reset),
        Protocol::Http2 => {
            // A CONNECT that goes right has neither scheme nor path; these have.
            let takes_all = head.method == "OPTIONS" && head.path == "*";
            let has_path = head.path.is_empty() || head.path.starts_with('/') || takes_all;
            let is_good = has_path
                && head.method != "CONNECT"
                && !head.path.bytes().any(|byte| byte <= b' ' || byte == 0x7f)
                && url::is_authority(head.authority, false)
                && values(head.headers, "host").count() < 2
                && is_head_of_http2(head.headers, ends);
            (!is_good).then_some(Refusal::Close)
        }
        Protocol::Http1 => {
            let is_odd = |name: &Bytes| name.is_empty() || name.starts_with(b":") || !is_valid_name(name);
            let has_odd = head.headers.iter().any(|(name, _)| is_odd(name));
            let tokens = tokens(head.headers, "connection");
            let names = |name: &&str| tokens.iter().any(|token| token == name);
            let connects = head.method == "CONNECT";
            let has_target = connects && head.path.starts_with('/') || url::is_target(head.path, connects);
            if has_odd
                || !has_target
                || !url::is_method_of_http1(head.method)
                || length_of(head.headers) == Length::Wrong
            {
                Some(malformed(400, "http1.codec_error", "Bad Request"))
            } else if NEVER_HOP_BY_HOP.iter().any(names) {
                Some(malformed(400, "http1.connection_header_rejected", "Bad Request"))
            } else if values(head.headers, "transfer-encoding")
                .any(|value| !value.eq_ignore_ascii_case(b"chunked"))
            {
                Some(malformed(501, "http1.invalid_transfer_encoding", "Not Implemented"))
            } else if length_of(head.headers) != Length::Any
                && (is_chunked || values(head.headers, "transfer-encoding").next().is_some())
            {
                Some(malformed(400, "http1.content_length_and_chunked_not_allowed", "Bad Request"))
            } else if !head.has_path() && !head.has_server() {
                Some(malformed(400, "http1.invalid_url", "Bad Request"))
            } else if !matches!(map.text(":scheme"), None | Some("http" | "https")) {
                Some(malformed(400, "http1.invalid_scheme", "Bad Request"))
            } else if map.text(":authority").is_some_and(|name| !url::is_authority(name, true)) {
                Some(malformed(400, "http.invalid_authority", "Bad Request"))
            } else {
                None
            }
        }
    };
    let has_type = || map.get("content-type").is_some_and(|kind| !kind.is_empty());
    let path = map.text(":path").unwrap_or("/");
    refusal.or_else(|| match path {
        _ if head.method == "QUERY" && !has_type() => Some(refused(400, "query_missing_content_type")),
        path if path.contains('#') => Some(refused(400, "path_normalization_failed")),
        path if !path.is_empty() && !path.starts_with('/') => Some(refused(404, "absolute_path_rejected")),
        _ if protocol == Protocol::Http1 && asks_for_upgrade(map) => Some(Refusal::Reply {
            status: 403,
            details: "upgrade_failed",
            body: "",
            reached: Reached::Filters,
            closes: true,
        }),
        _ => None,
    })
}

/// Whether the HTTP/2 codec takes the head of an upstream's answer; one that it does not take is answered by 502 (recorded
/// case 29-052).
/// `exact`: so that its length is looked at, and names are as they go over the wire (recorded case 29-224).
pub fn is_good_response(
    status: u16,
    headers: &[(Bytes, Bytes)],
    ends: bool,
    is_head: bool,
    exact: bool,
) -> bool {
    // One that is `0` to the letter does no harm.
    let has_length = values(headers, "content-length").any(|length| length.as_ref() != b"0");
    let needs_none = is_head || status == 304;
    let has_capital = || headers.iter().any(|(name, _)| name.iter().any(u8::is_ascii_uppercase));
    is_head_of_http2(headers, exact && ends && !needs_none)
        && !(exact && (status == 204 && has_length || has_capital()))
}

/// How many bytes an HTTP/2 message may have after this head; `None`: any number.
pub fn expected_length(headers: &[(Bytes, Bytes)], has_no_body: bool) -> Option<u64> {
    match length_of(headers) {
        _ if has_no_body => Some(0),
        Length::Number(length) => Some(length),
        Length::Any | Length::Wrong => None,
    }
}

/// What `content-length` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Length {
    Any,
    Number(u64),
    /// It is no number, or more than one.
    Wrong,
}

fn length_of(headers: &[(Bytes, Bytes)]) -> Length {
    let mut values = values(headers, "content-length");
    let Some(value) = values.next() else { return Length::Any };
    let is_number = !value.is_empty() && value.iter().all(u8::is_ascii_digit) && values.next().is_none();
    let number = std::str::from_utf8(value).ok().filter(|_| is_number);
    number.and_then(|number| number.parse().ok()).map_or(Length::Wrong, Length::Number)
}

/// Whether HTTP/2 allows these headers: none that concern one connection, no `te` but `trailers`, and a
/// `content-length` that can be true.
fn is_head_of_http2(headers: &[(Bytes, Bytes)], ends: bool) -> bool {
    let is_hop = |name: &Bytes| HOP_BY_HOP.iter().any(|hop| name.eq_ignore_ascii_case(hop.as_bytes()));
    let is_bad_te = |te: &Bytes| !te.eq_ignore_ascii_case(b"trailers");
    let can_be = match length_of(headers) {
        Length::Any => true,
        Length::Number(length) => !ends || length == 0,
        Length::Wrong => false,
    };
    can_be && !headers.iter().any(|(name, _)| is_hop(name)) && !values(headers, "te").any(is_bad_te)
}

fn values<'a>(headers: &'a [(Bytes, Bytes)], name: &'a str) -> impl Iterator<Item = &'a Bytes> {
    headers.iter().filter(|(known, _)| known.eq_ignore_ascii_case(name.as_bytes())).map(|(_, value)| value)
}

/// The parts of a list in lower case.
fn tokens(headers: &[(Bytes, Bytes)], name: &str) -> Vec<String> {
    let texts = values(headers, name).map(|value| String::from_utf8_lossy(value).to_ascii_lowercase());
    texts.flat_map(|list| list.split(',').map(|part| part.trim().to_owned()).collect::<Vec<_>>()).collect()
}

/// Whether the codecs take this as a header name: a token, with a colon in front of it for pseudo-headers.
/// The empty name passes (recorded case 01-004).
pub(super) fn is_valid_name(name: &[u8]) -> bool {
    let token = name.strip_prefix(b":").unwrap_or(name);
    // Without an early end, which is quicker for the names and values that are good.
    token.iter().fold(true, |good, byte| good & IS_TOKEN[usize::from(*byte)])
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
    value.iter().fold(true, |good, byte| good & ((*byte >= 0x20) & (*byte != 0x7f) | (*byte == b'\t')))
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

/// What Envoy answers when it gets no answer from the upstream. `is_retried`: it has asked more than once (recorded
/// case 29-300).
fn no_answer(status: u32, is_retried: bool, reason: &str, details: &str) -> LocalReply {
    let retried = if is_retried { "retried and the latest " } else { "" };
    let body =
        format!("upstream connect error or disconnect/reset before headers. {retried}reset reason: {reason}");
    let details = format!("upstream_reset_before_response_started{{{details}}}");
    LocalReply::from_host(status, &details).with_body(body)
}

/// The same when the upstream breaks off before it answered (recorded case 08-017).
pub fn upstream_reset(upstream: Protocol, is_retried: bool) -> LocalReply {
    let (reason, detail) = match upstream {
        Protocol::Http2 => ("remote reset", "remote_reset"),
        Protocol::Http1 => ("connection termination", "connection_termination"),
    };
    no_answer(503, is_retried, reason, detail)
}

/// The same when the upstream's answer breaks HTTP/2's rules (recorded case 29-052).
pub fn upstream_malformed(is_retried: bool) -> LocalReply {
    no_answer(502, is_retried, "protocol error", "protocol_error")
}

/// `response.code_details` when that comes out after the head.
pub const MALFORMED_RESPONSE: &str = "upstream_reset_after_response_started{protocol_error}";

/// Whether the client says that its connection ends with this answer (recorded case 29-053).
pub fn closes_connection(headers: &[(Bytes, Bytes)]) -> bool {
    tokens(headers, "connection").iter().any(|token| token == "close")
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
pub fn upstream_unreachable(is_retried: bool) -> LocalReply {
    let details = format!("remote_connection_failure|{}", REFUSED.replace(' ', "_"));
    no_answer(503, is_retried, "remote connection failure", &details)
}

/// What an HTTP/1 codec makes of a message that it sends: it needs to know where the body ends, says so where
/// nothing else does, and keeps to `content-length` where that is wrong (recorded cases 02-025, 02-026 and 02-028).
/// `headers_only`: the headers were the end of the message.
pub fn frame_http1(headers: &mut HeaderMap, body: &mut Vec<u8>, headers_only: bool) -> Framed {
    match declared_length(headers) {
        Some(declared) => {
            body.truncate(declared);
            return if body.len() == declared { Framed::Whole } else { Framed::Short };
        }
        // Also beside a `transfer-encoding` that somebody has added (recorded case 29-243).
        None if headers_only && !goes_without_body(headers) => headers.add(b"content-length", b"0"),
        None if headers_only => {}
        // A line of its own in Envoy; here it joins one that somebody has added.
        None => headers.add(b"transfer-encoding", b"chunked"),
    }
    Framed::AsSent
}

/// What an HTTP/1 peer makes of the end of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framed {
    /// It ends where its sender ends it.
    AsSent,
    /// All bytes that `content-length` promised are there: the message is whole whatever its sender does, and has no
    /// trailers (recorded cases 29-236 and 29-238).
    Whole,
    /// The peer waits for bytes that never come.
    Short,
}

/// Headers as an HTTP/1 codec writes them and its peer reads them: of pseudo-headers only what has a place in the first
/// line, or is the host; a status that is a plain number; values without white space around them (recorded cases 29-235,
/// 29-241 and 29-242).
pub fn write_http1(headers: &mut HeaderMap) {
    let is_response = headers.kind() == MapKind::ResponseHeaders;
    let status = status(headers).map(|status| status.to_string());
    let is_written_as_it_is = |Header { name, value }: &Header| match name.as_ref() {
        b":status" => Some(value.as_ref()) == status.as_deref().map(str::as_bytes),
        name => value.trim_ascii().len() == value.len() && !(is_response && name.starts_with(b":")),
    };
    if headers.entries().iter().all(is_written_as_it_is) {
        return;
    }
    let mut written = HeaderMap::new(headers.kind());
    for Header { name, value } in headers.entries() {
        let value = value.trim_ascii();
        match name.as_ref() {
            b":status" => written.add(name, status.as_deref().map_or(value, str::as_bytes)),
            b":authority" if is_response => written.add(b"host", value),
            [b':', ..] if is_response => {}
            _ => written.add(name, value),
        }
    }
    *headers = written;
}

/// The number in `:status`, if it is one; Envoy takes white space around it (recorded case 29-240).
pub fn status(headers: &HeaderMap) -> Option<u32> {
    headers.text(":status")?.trim_ascii().parse().ok()
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

/// Whether a body is not in the coding that the last entry of its `content-encoding` names (RFC 9110, section 8.4), as
/// far as its first bytes tell: gzip and zlib (RFC 1952, RFC 1950) and zstd (RFC 8878) have marks, and no brotli stream
/// (RFC 7932) is text.
pub fn is_coded_otherwise(headers: &HeaderMap, body: &[u8]) -> bool {
    let coding = headers.text("content-encoding").unwrap_or_default().to_ascii_lowercase();
    let coding = coding.rsplit(',').next().unwrap_or_default().trim().to_owned();
    let is_zlib = || {
        matches!(body, [first, second, ..]
        if first & 0x0f == 8 && (u16::from(*first) << 8 | u16::from(*second)) % 31 == 0)
    };
    let is_text = || {
        std::str::from_utf8(body).is_ok_and(|text| text.chars().all(|c| !c.is_control() || c.is_whitespace()))
    };
    match coding.as_str() {
        _ if body.is_empty() => false,
        "gzip" | "x-gzip" => !body.starts_with(&[0x1f, 0x8b]),
        "deflate" => !is_zlib(),
        "zstd" => !body.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]),
        "br" => is_text(),
        _ => false,
    }
}

/// The value of `content-length`, if it is a number.
pub fn declared_length(headers: &HeaderMap) -> Option<usize> {
    headers.text("content-length")?.parse().ok()
}
