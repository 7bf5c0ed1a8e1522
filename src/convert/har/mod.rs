//! HTTP Archive 1.2 (HAR), as browsers and proxies save it: its entries are the requests of one scenario, each with its answer.
//!
//! Bodies in a HAR are decoded, so headers that speak of the coded body are not carried over. Times between the entries and
//! until each answer pass on the virtual clock.

mod file;
mod notes;
mod write;

pub use write::write;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::traffic::{self, Exchange, has};
use super::{Error, Format, Imported, Input, Place, Reason, Why};
use crate::http::{Protocol, Target};
use crate::scenario::{Body, CalloutFailure, HeaderLine, Reply, Request, WallTime};
use file::{Entry, Line, Message, PostData, Response};
use notes::Notes;

/// Reads all entries.
pub fn read(input: &Input<'_>) -> Result<Imported, Error> {
    let mut reader = Reader::default();
    let of_file = file::read(input.text()?, &mut reader).map_err(|error| Error::of_json(&error))?;
    if reader.exchanges.is_empty() {
        return Err(Error::new(Reason::NoRequest).at(Place::Field("log.entries".into())));
    }
    let mut left_out = of_file.lines();
    left_out.extend(reader.notes.lines());
    let mut scenario = traffic::scenario(reader.exchanges, "log.entries", &mut left_out);
    scenario.clock = reader.began.map_or(scenario.clock, WallTime);
    scenario.proxy.downstream = reader.protocol.unwrap_or(Protocol::Http2);
    // A client that waited so long would not have given up before.
    scenario.limits.client_ms = scenario.limits.client_ms.max(reader.longest.saturating_mul(2));
    Ok(Imported { format: Format::Har, scenarios: vec![scenario], left_out })
}

/// What was read so far.
#[derive(Default)]
struct Reader {
    exchanges: Vec<Exchange>,
    notes: Notes,
    /// How many entries were read, and the number of the one that is.
    count: usize,
    index: usize,
    /// Of the first exchange. Nanoseconds since 1970.
    began: Option<u64>,
    protocol: Option<Protocol>,
    /// When the exchange before ended.
    ended: Option<u64>,
    /// The longest wait for an answer, in milliseconds.
    longest: u64,
}

impl Reader {
    /// Notes what is left out of the entry.
    fn lose(&mut self, field: &str, why: Why) {
        self.notes.note(Some(self.index), field, why);
    }

    /// Takes the next entry, with what was noted while it was read. An error says what it must have.
    fn entry(&mut self, entry: Entry, notes: Notes) -> Result<(), String> {
        self.index = self.count;
        self.count += 1;
        let Some(request) = entry.request else { return Err("missing field `request`".into()) };
        if let Some(why) = left_alone(&request, &entry.response) {
            self.lose("", why);
            return Ok(());
        }
        if self.exchanges.len() == traffic::MOST {
            self.lose("", Why::TooMany { limit: traffic::MOST });
            return Ok(());
        }
        self.notes.take(self.index, notes);
        self.same_protocol(&request.version);
        if entry.timings.others > 0.0 {
            self.lose("timings besides wait", Why::NoCounterpart);
        }
        let wait_ms = self.pause(&entry.started, millis(entry.time));
        let method = request.method.clone();
        let request = self.request(request);
        let reply = self.reply(entry.response, &method, entry.timings.wait);
        self.longest = self.longest.max(reply.delay_ms);
        self.exchanges.push(Exchange { request, reply: Some(reply), wait_ms });
        Ok(())
    }

    /// One scenario has one protocol, that of the first request.
    fn same_protocol(&mut self, version: &str) {
        let is_http1 = version.to_ascii_uppercase().starts_with("HTTP/1");
        let protocol = if is_http1 { Protocol::Http1 } else { Protocol::Http2 };
        if *self.protocol.get_or_insert(protocol) != protocol && !version.is_empty() {
            self.lose("request.httpVersion", Why::NoCounterpart);
        }
    }

    /// Milliseconds between the exchange before and one that starts then and takes so many milliseconds.
    fn pause(&mut self, started: &str, took: u64) -> u64 {
        let time = nanos(started);
        if time.is_none() && !started.is_empty() {
            self.lose("startedDateTime", Why::Unknown);
        }
        if self.exchanges.is_empty() {
            self.began = time;
        }
        let ended = std::mem::replace(
            &mut self.ended,
            time.map(|time| time.saturating_add(took.saturating_mul(1_000_000))),
        );
        match (time, ended) {
            (Some(time), Some(ended)) => time.saturating_sub(ended) / 1_000_000,
            _ => 0,
        }
    }

    fn request(&mut self, message: Message) -> Request {
        let Message { method, url, headers, cookies, post, body_size, .. } = message;
        let mut headers = self.lines(headers, "request.headers");
        if !cookies.is_empty() && !has(&headers, "cookie") {
            let pairs = cookies.iter().map(|cookie| format!("{}={}", cookie.name, cookie.value));
            headers.push(HeaderLine::new("cookie", pairs.collect::<Vec<_>>().join("; ")));
        }
        let authority = Target::parse(&url).map(|target| target.authority).unwrap_or_default();
        headers.retain(|line| {
            !(line.name.eq_ignore_ascii_case("host") && line.value.text() == Some(authority.as_str()))
        });
        let body = post.map(|post| self.posted(post, &mut headers)).unwrap_or_default();
        if body.is_empty() && body_size > 0.0 {
            self.lose("request.postData.text", Why::Missing);
        }
        self.true_length(&mut headers, body.len(), "request.headers");
        let method = if method.is_empty() { "GET".to_owned() } else { method };
        let url = url.split('#').next().unwrap_or_default().to_owned();
        Request { method, url, headers, body, ..Request::default() }
    }

    fn posted(&mut self, post: PostData, headers: &mut Vec<HeaderLine>) -> Body {
        if !post.kind.is_empty() && !has(headers, "content-type") {
            headers.push(HeaderLine::new("content-type", post.kind.as_str()));
        }
        if !post.text.is_empty() {
            return self.bytes(post.text, &post.encoding, "request.postData.text");
        }
        if post.params.is_empty() {
            return Body::default();
        }
        if !post.kind.to_ascii_lowercase().starts_with("multipart/") {
            let pairs =
                post.params.iter().map(|param| format!("{}={}", form(&param.name), form(&param.value)));
            return pairs.collect::<Vec<_>>().join("&").into();
        }
        let boundary = post.kind.split("boundary=").nth(1).and_then(|rest| rest.split(';').next());
        let boundary = boundary.map(|text| text.trim().trim_matches('"').to_owned()).unwrap_or_default();
        let boundary = match boundary.is_empty() {
            false => boundary,
            true => {
                let made = super::boundary(post.params.iter().map(|param| param.value.as_bytes()));
                headers.retain(|line| !line.name.eq_ignore_ascii_case("content-type"));
                headers.push(HeaderLine::new("content-type", format!("{}; boundary={made}", post.kind)));
                made
            }
        };
        let mut body = String::new();
        for param in &post.params {
            let name = param.name.replace('"', "%22");
            body += &format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"");
            if let Some(file) = &param.file {
                body += &format!("; filename=\"{}\"", file.replace('"', "%22"));
                if param.value.is_empty() {
                    self.lose("request.postData.params", Why::Missing);
                }
            }
            if let Some(kind) = &param.kind {
                body += &format!("\r\nContent-Type: {kind}");
            }
            body += &format!("\r\n\r\n{}\r\n", param.value);
        }
        (body + &format!("--{boundary}--\r\n")).into()
    }

    fn bytes(&mut self, text: String, encoding: &str, field: &str) -> Body {
        if !encoding.eq_ignore_ascii_case("base64") {
            return text.into();
        }
        // Some tools break the lines.
        let packed: String = text.split_ascii_whitespace().collect();
        match STANDARD.decode(packed) {
            Ok(bytes) => bytes.into(),
            Err(_) => {
                self.lose(field, Why::Unknown);
                Body::default()
            }
        }
    }

    fn reply(&mut self, message: Response, method: &str, wait: f64) -> Reply {
        let mut reply = Reply { delay_ms: millis(wait), ..Reply::default() };
        if message.status == 0 {
            // Browsers write it where there was no answer.
            let failures = [
                ("silence", CalloutFailure::Silence),
                ("connection_failure", CalloutFailure::ConnectionFailure),
                ("no_endpoint", CalloutFailure::NoEndpoint),
            ];
            let found = failures.iter().find(|(name, _)| message.error == *name);
            reply.fails = Some(found.map_or(CalloutFailure::Reset, |(_, failure)| *failure));
            if found.is_none() && message.error != "reset" {
                self.lose("response", Why::Missing);
            }
            return reply;
        }
        if !message.error.is_empty() {
            self.lose("response._error", Why::NoCounterpart);
        }
        reply.status = message.status;
        reply.headers = self.lines(message.headers, "response.headers");
        if !message.cookies.is_empty() && !has(&reply.headers, "set-cookie") {
            self.lose("response.cookies", Why::NoCounterpart);
        }
        let no_body = method.eq_ignore_ascii_case("HEAD") || matches!(message.status, 204 | 205 | 304);
        let content = message.content;
        if no_body {
            // What a browser shows of it is what it had in its cache.
            if !content.text.is_empty() {
                self.lose("response.content.text", Why::NoCounterpart);
            }
            return reply;
        }
        if content.text.is_empty() && content.size > 0.0 {
            self.lose("response.content.text", Why::Missing);
        }
        let was_coded = has(&reply.headers, "content-encoding");
        let was_cut = has(&reply.headers, "transfer-encoding");
        reply.body = self.bytes(content.text, &content.encoding, "response.content.text");
        let mut drop = |name: &str| reply.headers.retain(|line| !line.name.eq_ignore_ascii_case(name));
        if was_coded && !content.is_coded {
            self.lose("response.headers.content-encoding", Why::Decoded);
            drop("content-encoding");
        }
        // How it was cut is not in the file.
        if was_cut {
            self.lose("response.headers.transfer-encoding", Why::NoCounterpart);
            drop("transfer-encoding");
        }
        self.true_length(&mut reply.headers, reply.body.len(), "response.headers");
        reply
    }

    /// Headers without pseudo-headers, which say what method and URL say. Browsers join several values with line breaks.
    fn lines(&mut self, headers: Vec<Line>, field: &str) -> Vec<HeaderLine> {
        let mut lines = Vec::new();
        for Line { name, value } in headers {
            if name.is_empty() {
                self.lose(field, Why::Unknown);
            } else if !name.starts_with(':') {
                lines.extend(value.split('\n').map(|value| HeaderLine::new(name.as_str(), value.trim())));
            }
        }
        lines
    }

    /// The length of the body that is there.
    fn true_length(&mut self, headers: &mut [HeaderLine], length: usize, field: &str) {
        let real = length.to_string();
        for line in headers.iter_mut().filter(|line| line.name.eq_ignore_ascii_case("content-length")) {
            if line.value.text() != Some(&real) {
                line.value = real.as_str().into();
                self.lose(&format!("{field}.content-length"), Why::OtherLength);
            }
        }
    }
}

/// `application/x-www-form-urlencoded` (URL Standard, section 5.2).
pub(in crate::convert) fn form(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b' ' => encoded.push('+'),
            byte if byte.is_ascii_alphanumeric() || b"*-._".contains(&byte) => encoded.push(char::from(byte)),
            byte => encoded += &format!("%{byte:02X}"),
        }
    }
    encoded
}

/// Nanoseconds since 1970 of an ISO 8601 time with its zone.
fn nanos(text: &str) -> Option<u64> {
    let time: jiff::Timestamp = text.parse().ok()?;
    let nanos = u64::try_from(time.as_nanosecond()).ok()?;
    // What a scenario can hold.
    WallTime::parse(&WallTime(nanos).to_string()).ok().map(|WallTime(nanos)| nanos)
}

/// What is nothing that a proxy would see as a request with its answer, and why.
fn left_alone(request: &Message, response: &Response) -> Option<Why> {
    let scheme = request.url.split(':').next().unwrap_or_default();
    if !["http", "https"].iter().any(|known| known.eq_ignore_ascii_case(scheme)) {
        return Some(Why::Scheme);
    }
    // A connection that becomes another one.
    (100..200).contains(&response.status).then_some(Why::NoCounterpart)
}

/// Whole milliseconds; browsers write -1 for what they do not know.
fn millis(time: f64) -> u64 {
    // A cast takes what is not a number for 0, and cuts what is too large.
    time.round().max(0.0) as u64
}
