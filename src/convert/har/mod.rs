//! HTTP Archive 1.2 (HAR), as browsers and proxies save it: its entries are the requests of one scenario, each with its answer.
//!
//! Bodies in a HAR are decoded, so headers that speak of the coded body are not carried over. Times between the entries and
//! until each answer pass on the virtual clock.

mod file;
mod write;

pub use write::write;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::traffic::{self, Exchange, has};
use super::{Error, Format, Imported, Input, LeftOut, Place, Reason, Why};
use crate::http::{Protocol, Target};
use crate::scenario::{Body, CalloutFailure, HeaderLine, Reply, Request, WallTime};
use file::{Entry, Line, Message, PostData, Response};

/// Reads all entries.
pub fn read(input: &Input<'_>) -> Result<Imported, Error> {
    let text = input.text()?;
    let file: file::File = serde_json::from_str(text).map_err(|error| {
        let place = Place::Line { line: error.line().max(1), column: error.column().max(1) };
        let said = error.to_string();
        let said = said.rfind(" at line ").map_or(&said[..], |end| &said[..end]);
        Error::new(Reason::Syntax(said.to_owned())).at(place)
    })?;
    let mut reader = Reader { lost: Vec::new(), index: 0 };
    if file.log.pages > 0 {
        reader.lost.push(Lost { field: "log.pages".into(), why: Why::NoCounterpart, index: None, more: 0 });
    }
    let version = file.log.entries.first().map(|entry| entry.request.version.to_ascii_uppercase());
    let began = file.log.entries.first().and_then(|entry| nanos(&entry.started));
    let mut exchanges = Vec::new();
    // When the exchange before ended.
    let mut ended: Option<u64> = None;
    let mut longest = 0;
    for (index, entry) in file.log.entries.into_iter().enumerate() {
        reader.index = index;
        let started = nanos(&entry.started);
        let took = millis(entry.time.unwrap_or(0.0));
        if let Some(mut exchange) = reader.entry(entry) {
            exchange.wait_ms = match (started, ended) {
                (Some(started), Some(ended)) => started.saturating_sub(ended) / 1_000_000,
                _ => 0,
            };
            longest = longest.max(exchange.reply.as_ref().map_or(0, |reply| reply.delay_ms));
            ended = started.map(|started| started.saturating_add(took.saturating_mul(1_000_000)));
            exchanges.push(exchange);
        }
    }
    if exchanges.is_empty() {
        return Err(Error::new(Reason::NoRequest).at(Place::Field("log.entries".into())));
    }
    let mut left_out: Vec<LeftOut> = reader.lost.into_iter().map(Lost::place).collect();
    let mut scenario = traffic::scenario(exchanges, "log.entries", &mut left_out);
    scenario.clock = began.map_or(scenario.clock, WallTime);
    let is_http1 = version.is_some_and(|version| version.starts_with("HTTP/1"));
    scenario.proxy.downstream = if is_http1 { Protocol::Http1 } else { Protocol::Http2 };
    // A client that waited so long would not have given up before.
    scenario.limits.client_ms = scenario.limits.client_ms.max(longest.saturating_mul(2));
    Ok(Imported { format: Format::Har, scenarios: vec![scenario], left_out })
}

/// Something that was left out of one or many entries.
struct Lost {
    /// Behind the entry, as `request.postData.text`.
    field: String,
    why: Why,
    index: Option<usize>,
    more: usize,
}

impl Lost {
    fn place(self) -> LeftOut {
        let first = match self.index {
            Some(index) if self.field.is_empty() => format!("log.entries[{index}]"),
            Some(index) => format!("log.entries[{index}].{}", self.field),
            None => self.field,
        };
        let place = match self.more {
            0 => Place::Field(first),
            more => Place::Fields { first, more },
        };
        LeftOut::new(place, self.why)
    }
}

struct Reader {
    lost: Vec<Lost>,
    /// The entry that is read.
    index: usize,
}

impl Reader {
    /// Notes what is left out; the same of many entries is one line.
    fn lose(&mut self, field: &str, why: Why) {
        match self.lost.iter_mut().find(|lost| lost.index.is_some() && lost.field == field && lost.why == why)
        {
            Some(known) => known.more += usize::from(known.index != Some(self.index)),
            None => self.lost.push(Lost { field: field.to_owned(), why, index: Some(self.index), more: 0 }),
        }
    }

    /// `None`: it is nothing that a proxy would see.
    fn entry(&mut self, entry: Entry) -> Option<Exchange> {
        let scheme = entry.request.url.split(':').next().unwrap_or_default();
        if !["http", "https"].iter().any(|known| known.eq_ignore_ascii_case(scheme)) {
            self.lose("", Why::Scheme);
            return None;
        }
        // A connection that becomes another one.
        if (100..200).contains(&entry.response.status) {
            self.lose("", Why::NoCounterpart);
            return None;
        }
        for (name, has_meaning) in &entry.others {
            let why = if *has_meaning { Why::NoCounterpart } else { Why::Unknown };
            self.lose(name, why);
        }
        let method = entry.request.method.clone();
        let request = self.request(entry.request);
        let reply = self.reply(entry.response, &method, entry.wait.unwrap_or(0.0));
        Some(Exchange { request, reply: Some(reply), wait_ms: 0 })
    }

    fn request(&mut self, message: Message) -> Request {
        let Message { method, url, headers, post, .. } = message;
        let mut headers = lines(headers);
        let authority = Target::parse(&url).map(|target| target.authority).unwrap_or_default();
        headers.retain(|line| {
            !(line.name.eq_ignore_ascii_case("host") && line.value.text() == Some(authority.as_str()))
        });
        let body = post.map(|post| self.posted(post, &mut headers)).unwrap_or_default();
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
        reply.status = message.status;
        reply.headers = lines(message.headers);
        let no_body = method.eq_ignore_ascii_case("HEAD") || matches!(message.status, 204 | 205 | 304);
        if no_body {
            return reply;
        }
        let content = message.content;
        if content.text.is_empty() && content.size > 0.0 {
            self.lose("response.content.text", Why::Missing);
        }
        let was_coded = has(&reply.headers, "content-encoding");
        reply.body = self.bytes(content.text, &content.encoding, "response.content.text");
        let mut drop = |name: &str| reply.headers.retain(|line| !line.name.eq_ignore_ascii_case(name));
        if was_coded && !content.is_coded {
            self.lose("response.headers.content-encoding", Why::Decoded);
            drop("content-encoding");
        }
        // How it was cut is not in the file.
        drop("transfer-encoding");
        self.true_length(&mut reply.headers, reply.body.len(), "response.headers");
        reply
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

/// Headers without pseudo-headers, which say what method and URL say. Browsers join several values with line breaks.
fn lines(headers: Vec<Line>) -> Vec<HeaderLine> {
    let real = headers.into_iter().filter(|line| !line.name.starts_with(':') && !line.name.is_empty());
    real.flat_map(|line| {
        let values: Vec<String> = line.value.split('\n').map(|value| value.trim().to_owned()).collect();
        values.into_iter().map(move |value| HeaderLine::new(line.name.as_str(), value))
    })
    .collect()
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

/// Whole milliseconds; browsers write -1 for what they do not know.
fn millis(time: f64) -> u64 {
    // A cast takes what is not a number for 0, and cuts what is too large.
    time.round().max(0.0) as u64
}
