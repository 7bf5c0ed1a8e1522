//! Replies that a filter or the proxy makes itself (`host-spec`, section 5.7).

use bytes::Bytes;

use super::rules::{begin_message, enter, give_up, place, reset, send_data, send_headers, take_piece};
use super::{End, Stream, Surroundings};
use crate::http::{HeaderMap, MapKind};
use crate::trace::{Direction, StreamAction};

/// A reply that does not come from the upstream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalReply {
    /// Any number; Envoy sends it as it is.
    pub status: u32,
    /// `response.code_details`, white space already replaced.
    pub details: String,
    pub body: Bytes,
    pub headers: Vec<(Bytes, Bytes)>,
    /// 0 to 16; everything else means "not given".
    pub grpc_status: Option<u32>,
    /// The filter that asked for it; `None`: the proxy itself.
    pub from: Option<usize>,
}

impl LocalReply {
    /// A reply of the proxy's own making.
    pub fn from_host(status: u32, details: &str) -> Self {
        Self {
            status,
            details: details.to_owned(),
            body: Bytes::new(),
            headers: Vec::new(),
            grpc_status: None,
            from: None,
        }
    }

    pub fn with_body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self
    }

    /// The message as Envoy makes it for this stream: headers, and the body unless it is sent without one.
    fn message(&self, stream: &Stream) -> (HeaderMap, Bytes) {
        let mut headers = HeaderMap::new(MapKind::ResponseHeaders);
        let status = if stream.is_grpc { 200 } else { self.status };
        headers.add(b":status", status.to_string().as_bytes());
        for (name, value) in self.headers.iter().filter(|(name, _)| !name.eq_ignore_ascii_case(b":status")) {
            headers.add(name, value);
        }
        if stream.is_grpc {
            let grpc_status = self.grpc_status.unwrap_or(grpc_status_of(self.status));
            headers.set_in_place(b"content-type", b"application/grpc");
            if headers.get("grpc-status").is_none() {
                headers.add(b"grpc-status", grpc_status.to_string().as_bytes());
            }
            if !self.body.is_empty() && !stream.is_head {
                headers.set_in_place(b"grpc-message", percent_encode(&self.body).as_bytes());
            }
            headers.remove("content-length");
            return (headers, Bytes::new());
        }
        if self.body.is_empty() {
            headers.remove("content-length");
            headers.remove("content-type");
        } else {
            headers.set_in_place(b"content-length", self.body.len().to_string().as_bytes());
            if headers.get("content-type").is_none() {
                headers.add(b"content-type", b"text/plain");
            }
        }
        let body = if stream.is_head { Bytes::new() } else { self.body.clone() };
        (headers, body)
    }
}

impl Stream {
    /// Puts a reply in the response's place, for filters that are to see what nobody gets. Gives whether it ends with its
    /// headers.
    pub fn show(&mut self, local: &LocalReply) -> bool {
        let (headers, body) = local.message(self);
        self.response.headers = Some(headers);
        self.details = Some(local.details.clone());
        body.is_empty()
    }
}

/// Sends a local reply by the path that fits the stream's phase.
///
/// No response yet: through the response filters, after the callback under way. Response headers not sent yet:
/// straight to the client. Already sent: the stream is reset.
pub fn reply(host: &mut impl Surroundings, local: LocalReply) {
    let stream = host.stream();
    match stream.over {
        None => enter(host, |host| answer(host, local)),
        // The callback that reset the stream answers it, too.
        Some(End::Reset { by_filter: true }) if stream.is_in_callback(Direction::Request) => {
            stream.prepared.get_or_insert(local);
        }
        Some(_) => {}
    }
}

fn answer(host: &mut impl Surroundings, local: LocalReply) {
    let stream = host.stream();
    stream.details = Some(local.details.clone());
    let in_request = stream.is_in_callback(Direction::Request);
    if in_request {
        stream.request.aborted = true;
    } else if stream.is_in_callback(Direction::Response) {
        stream.response.aborted = true;
    }
    if stream.response.headers.is_none() {
        if stream.prepared.is_none() {
            stream.prepared = Some(local);
        }
        if !in_request {
            run_prepared_reply(host);
        }
    } else if stream.response.headers_sent {
        let by_filter = local.from.is_some();
        reset(host, End::Reset { by_filter });
    } else {
        send_directly(host, &local);
    }
}

/// Sends the reply that a request callback left behind, through the response filters.
pub(super) fn run_prepared_reply(host: &mut impl Surroundings) {
    let stream = host.stream();
    let Some(local) = stream.prepared.take() else { return };
    if stream.over.is_some() {
        return;
    }
    let (headers, body) = begin(host, &local);
    let end = body.is_empty();
    begin_message(host, Direction::Response, headers, end);
    // The body follows also when another reply took this one's place, as long as the codec has not written that: the
    // first filter of the response path still gets it, though nobody behind does (recorded case 04-026).
    if !end && !host.stream().was_told {
        take_piece(host, Direction::Response, &body, true);
    }
}

fn send_directly(host: &mut impl Surroundings, local: &LocalReply) {
    let (headers, body) = begin(host, local);
    let end = body.is_empty();
    let response = &mut host.stream().response;
    response.replaced = response.headers.replace(headers);
    send_headers(host, end);
    if !end {
        send_data(host, Direction::Response, body.to_vec(), true);
    }
}

/// Notes who answers, gives the upstream up, and makes the message.
fn begin(host: &mut impl Surroundings, local: &LocalReply) -> (HeaderMap, Bytes) {
    host.record(StreamAction::LocalReply { filter: local.from.map(place), status: local.status });
    let stream = host.stream();
    stream.code = Some(local.status);
    stream.local_reply = Some(local.from);
    stream.find_route();
    let message = local.message(stream);
    if !stream.response.complete {
        give_up(host);
    } else if stream.request.end_sent {
        stream.upstream_over = true;
    }
    message
}

/// Envoy's mapping from an HTTP status to a gRPC status.
pub fn grpc_status_of(http: u32) -> u32 {
    match http {
        400 => 13,
        401 => 16,
        403 => 7,
        404 => 12,
        429 | 502..=504 => 14,
        _ => 2,
    }
}

/// Percent-encoding of `grpc-message`: everything outside printable ASCII, and `%`.
pub fn percent_encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for byte in bytes {
        match byte {
            b' '..=b'~' if *byte != b'%' => text.push(char::from(*byte)),
            _ => text.push_str(&format!("%{byte:02X}")),
        }
    }
    text
}
