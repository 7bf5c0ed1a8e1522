//! HTTP/1.1 messages as text (RFC 9112): a request, a request with its answer, or several of them.
//!
//! Bodies are bytes. What people write by hand is read, too: lines that end with LF alone, versions such as `HTTP/2` (as
//! browsers show them), and bodies without a length, which then go on to the next start line.

use bytes::Bytes;

use super::traffic::{self, Exchange, Outgoing, Parts, has, reason_of};
use super::{Error, Export, Exported, Files, Format, Imported, Input, LeftOut, Place, Reason, Why};
use crate::http::{Protocol, Target};
use crate::scenario::{Body, Chunks, HeaderLine, Reply, Request};

/// Reads all messages. An answer belongs to the request before it.
pub fn read(input: &Input<'_>) -> Result<Imported, Error> {
    let mut reader = Reader { text: input.bytes, at: 0, left_out: Vec::new(), http2: false };
    if input.bytes.starts_with("\u{feff}".as_bytes()) {
        reader.at = 3;
    }
    let mut exchanges: Vec<Exchange> = Vec::new();
    while reader.skip_blank_lines() && exchanges.len() <= traffic::MOST {
        let begin = reader.at;
        match reader.message()? {
            Message::Request(request) => {
                exchanges.push(Exchange { request: *request, ..Exchange::default() })
            }
            // An interim answer.
            Message::Reply(reply) if reply.status < 200 => reader.lose(begin, "HTTP/1.1", Why::NoCounterpart),
            Message::Reply(reply) => match exchanges.last_mut() {
                Some(exchange) if exchange.reply.is_none() => exchange.reply = Some(*reply),
                Some(_) => reader.lose(begin, "HTTP/1.1", Why::NoCounterpart),
                None => return Err(reader.error(begin, Reason::NoRequest)),
            },
        }
    }
    if exchanges.is_empty() {
        return Err(Error::new(Reason::NoRequest));
    }
    let mut left_out = reader.left_out;
    let mut scenario = traffic::scenario(exchanges, "then", &mut left_out);
    scenario.proxy.downstream = if reader.http2 { Protocol::Http2 } else { Protocol::Http1 };
    Ok(Imported { format: Format::Http, scenarios: vec![scenario], left_out })
}

/// Writes each request, and its answer where the upstream gives one.
pub fn write(export: &Export<'_>) -> Result<Exported, Error> {
    let scenario = export.scenario;
    let exchanges = traffic::outgoing(scenario)?;
    let mut left_out = traffic::not_carried(scenario, &["reply"]);
    let parts = Parts { trailers: true, chunks: true, bytes: true };
    let mut out = Vec::new();
    for Outgoing { request, reply, wait_ms, place, is_again } in &exchanges {
        if !is_again {
            traffic::request_not_carried(request, &format!("{place}request"), parts, &mut left_out);
            if *wait_ms > 0 {
                left_out.push(LeftOut::new(Place::Field(format!("{place}wait_ms")), Why::NoCounterpart));
            }
            traffic::reply_not_carried(reply, &format!("{place}reply"), parts, &mut left_out);
        }
        out.extend(self::request(request));
        if reply.fails.is_none() && !reply.reset {
            out.extend(self::reply(reply, &request.method));
        }
    }
    Ok(Exported { files: Files::One(out.into()), left_out })
}

/// The request as HTTP/1.1 carries it, with its line ends.
pub fn request(request: &Request) -> Vec<u8> {
    let target = Target::parse(&request.url).ok();
    let is_usual = target.as_ref().is_none_or(|target| target.scheme == usual_scheme(&target.authority));
    let (host, path) = match target {
        // The scheme stands only in a URL as a whole (RFC 9112, section 3.2.2).
        Some(target) if !is_usual => {
            let url = format!("{}://{}{}", target.scheme, target.authority, target.path);
            (target.authority, url)
        }
        Some(target) => (target.authority, target.path),
        None => (String::new(), request.url.clone()),
    };
    let mut head = format!("{} {path} HTTP/1.1\r\n", request.method).into_bytes();
    if !has(&request.headers, "host") {
        push(&mut head, "host", host.as_bytes());
    }
    let message = Parted {
        headers: &request.headers,
        body: &request.body.0,
        chunks: &request.chunks,
        trailers: &request.trailers,
        has_length: !request.body.is_empty(),
    };
    message.after(head)
}

/// An answer as HTTP/1.1 carries it.
fn reply(reply: &Reply, method: &str) -> Vec<u8> {
    let status = reply.status;
    let head = format!("HTTP/1.1 {status} {}\r\n", reason_of(status)).into_bytes();
    let no_body = method.eq_ignore_ascii_case("HEAD") || matches!(status, 204 | 304);
    let message = Parted {
        headers: &reply.headers,
        body: if no_body { &[] } else { &reply.body.0 },
        chunks: &reply.chunks,
        trailers: if no_body { &[] } else { &reply.trailers },
        has_length: !no_body,
    };
    message.after(head)
}

/// A message behind its start line.
struct Parted<'a> {
    headers: &'a [HeaderLine],
    body: &'a [u8],
    chunks: &'a Chunks,
    trailers: &'a [HeaderLine],
    /// Without a length it would have no end.
    has_length: bool,
}

impl Parted<'_> {
    fn after(&self, mut out: Vec<u8>) -> Vec<u8> {
        let body = Bytes::copy_from_slice(self.body);
        let pieces = self.chunks.split(&body);
        let is_chunked = self.trailers.iter().any(|line| line.on) || pieces.len() > 1;
        for line in self.headers.iter().filter(|line| line.on) {
            // A message with trailers is chunked, and then has no length (RFC 9112, section 6.2).
            if is_chunked && line.name.eq_ignore_ascii_case("content-length") {
                continue;
            }
            push(&mut out, &line.name, &line.value.0);
        }
        let says_chunked = has(self.headers, "transfer-encoding");
        if is_chunked && !says_chunked {
            push(&mut out, "transfer-encoding", b"chunked");
        }
        if !is_chunked && !says_chunked && self.has_length && !has(self.headers, "content-length") {
            push(&mut out, "content-length", body.len().to_string().as_bytes());
        }
        out.extend(b"\r\n");
        if !is_chunked && !says_chunked {
            out.extend_from_slice(&body);
            return out;
        }
        for piece in pieces.iter().filter(|piece| !piece.is_empty()) {
            out.extend([format!("{:x}\r\n", piece.len()).as_bytes(), piece, b"\r\n"].concat());
        }
        out.extend(b"0\r\n");
        for line in self.trailers.iter().filter(|line| line.on) {
            push(&mut out, &line.name, &line.value.0);
        }
        out.extend(b"\r\n");
        out
    }
}

fn push(out: &mut Vec<u8>, name: &str, value: &[u8]) {
    out.extend([name.as_bytes(), b": ", value, b"\r\n"].concat());
}

/// What a client would take where only a host is given: machines nearby, and ports of their own, seldom have certificates.
fn usual_scheme(authority: &str) -> &'static str {
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, port),
        _ => (authority, ""),
    };
    let is_address = host.starts_with('[') || host.parse::<std::net::Ipv4Addr>().is_ok();
    let is_near = is_address || host.eq_ignore_ascii_case("localhost");
    let is_plain = match port {
        "443" => false,
        "" => is_near,
        _ => true,
    };
    if is_plain { "http" } else { "https" }
}

enum Message {
    Request(Box<Request>),
    Reply(Box<Reply>),
}

/// How the end of a body is found.
enum Framing {
    None,
    Length(u64),
    Chunked,
    /// It goes on until something else begins.
    Open,
}

struct Reader<'a> {
    text: &'a [u8],
    at: usize,
    left_out: Vec<LeftOut>,
    http2: bool,
}

/// Most lines of a head or of trailers.
const MOST_LINES: usize = 10_000;

impl<'a> Reader<'a> {
    fn error(&self, at: usize, reason: Reason) -> Error {
        Error::new(reason).at(Place::in_text(self.text, at))
    }

    fn lose(&mut self, at: usize, word: &str, why: Why) {
        let place = Place::in_text(self.text, at).of(word);
        self.left_out.push(LeftOut::new(place, why));
    }

    fn syntax(&self, at: usize, said: &str) -> Error {
        self.error(at, Reason::Syntax(said.to_owned()))
    }

    fn rest(&self) -> &'a [u8] {
        &self.text[self.at..]
    }

    /// The next line with its end.
    fn line(&self) -> &'a [u8] {
        let rest = self.rest();
        let end = rest.iter().position(|byte| *byte == b'\n').map_or(rest.len(), |at| at + 1);
        &rest[..end]
    }

    /// `false`: there is nothing more. Lines of `###` part messages in files of some editors.
    fn skip_blank_lines(&mut self) -> bool {
        while self.at < self.text.len() {
            let line = self.line();
            if !line.trim_ascii().is_empty() && !line.starts_with(b"###") {
                return true;
            }
            self.at += line.len();
        }
        false
    }

    fn message(&mut self) -> Result<Message, Error> {
        let begin = self.at;
        let start = self.line();
        self.at += start.len();
        let start = start.trim_ascii_end();
        let Some(kind) = Start::read(start) else {
            let said = "a message begins with a line such as `GET /path HTTP/1.1` or `HTTP/1.1 200 OK`";
            return Err(self.syntax(begin, said));
        };
        let headers = self.lines()?;
        match kind {
            Start::Request { method, target, version } => {
                self.http2 = !version.starts_with('1');
                let (body, chunks, trailers, headers) = self.body(headers, Framing::None)?;
                let (url, headers) = self.url(begin, &target, headers);
                let request = Request { method, url, headers, body, chunks, trailers, ..Request::default() };
                Ok(Message::Request(Box::new(request)))
            }
            Start::Reply { status } => {
                let open =
                    if status < 200 || matches!(status, 204 | 304) { Framing::None } else { Framing::Open };
                let (body, chunks, trailers, headers) = self.body(headers, open)?;
                Ok(Message::Reply(Box::new(Reply {
                    status,
                    headers,
                    body,
                    chunks,
                    trailers,
                    ..Reply::default()
                })))
            }
        }
    }

    /// Header lines up to the empty line.
    fn lines(&mut self) -> Result<Vec<HeaderLine>, Error> {
        let mut lines = Vec::new();
        while self.at < self.text.len() {
            let (at, line) = (self.at, self.line());
            self.at += line.len();
            let line = line.strip_suffix(b"\n").unwrap_or(line);
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            if line.is_empty() {
                break;
            }
            if lines.len() == MOST_LINES {
                return Err(self.syntax(at, "there are too many header lines"));
            }
            match parse_line(line) {
                Ok(Some(found)) => lines.push(found),
                // A pseudo-header, which browsers list among the others.
                Ok(None) => {}
                Err(said) => return Err(self.syntax(at, &said)),
            }
        }
        Ok(lines)
    }

    /// The URL of a target, and the headers without the host that is in it.
    fn url(&mut self, at: usize, target: &str, mut headers: Vec<HeaderLine>) -> (String, Vec<HeaderLine>) {
        let host = headers.iter().find(|line| line.name.eq_ignore_ascii_case("host"));
        let host = host.and_then(|line| line.value.text()).unwrap_or_default().to_owned();
        if target.contains("://") {
            // The target goes before the header (RFC 9112, section 3.2.2).
            headers.retain(|line| !line.name.eq_ignore_ascii_case("host"));
            return (target.to_owned(), headers);
        }
        let (authority, path) = match target {
            target if target.starts_with('/') => (host.as_str(), target),
            // What `CONNECT` and `OPTIONS *` ask for is no URL.
            "*" => {
                self.lose(at, "*", Why::NoCounterpart);
                (host.as_str(), "/")
            }
            authority => {
                self.lose(at, authority, Why::NoCounterpart);
                (authority, "/")
            }
        };
        if authority.is_empty() {
            return (path.to_owned(), headers);
        }
        let url = format!("{}://{authority}{path}", usual_scheme(authority));
        headers.retain(|line| !line.name.eq_ignore_ascii_case("host"));
        (url, headers)
    }

    /// The body, its pieces, trailers, and the headers without those that only say how it is framed.
    fn body(
        &mut self,
        mut headers: Vec<HeaderLine>,
        otherwise: Framing,
    ) -> Result<(Body, Chunks, Vec<HeaderLine>, Vec<HeaderLine>), Error> {
        let value = |name: &str| {
            let line = headers.iter().find(|line: &&HeaderLine| line.name.eq_ignore_ascii_case(name));
            line.and_then(|line| line.value.text()).map(str::trim)
        };
        let is_chunked =
            value("transfer-encoding").is_some_and(|value| value.to_ascii_lowercase().ends_with("chunked"));
        let length = value("content-length").and_then(|value| value.parse().ok());
        // After the answer to HEAD there is no body, whatever its length says, and tools show heads alone.
        let framing = match length {
            _ if is_chunked && self.begins_chunk() => Framing::Chunked,
            Some(length) if self.begins_message() && !self.ends_after(length) => Framing::None,
            Some(length) => Framing::Length(length),
            None if matches!(otherwise, Framing::None) && !self.begins_message() => Framing::Open,
            None => otherwise,
        };
        match framing {
            Framing::None => Ok((Body::default(), Chunks::Whole, Vec::new(), headers)),
            Framing::Length(length) => {
                let have = self.rest().len();
                let take = usize::try_from(length).unwrap_or(usize::MAX).min(have);
                if (take as u64) < length {
                    self.lose(self.at, "content-length", Why::Missing);
                }
                let body = self.take(take);
                Ok((body, Chunks::Whole, Vec::new(), headers))
            }
            Framing::Open => {
                let take = self.until_start_line();
                let body = self.take(take);
                Ok((body, Chunks::Whole, Vec::new(), headers))
            }
            Framing::Chunked => {
                headers.retain(|line| !line.name.eq_ignore_ascii_case("transfer-encoding"));
                let (body, chunks, trailers) = self.chunked()?;
                Ok((body, chunks, trailers, headers))
            }
        }
    }

    fn take(&mut self, length: usize) -> Body {
        let body = Body(Bytes::copy_from_slice(&self.rest()[..length]));
        self.at += length;
        body
    }

    /// Whether so many bytes are followed by another message, or by nothing.
    fn ends_after(&self, length: u64) -> bool {
        let rest = usize::try_from(length).ok().and_then(|length| self.rest().get(length..));
        let after = rest.map(|text| Reader { text, at: 0, left_out: Vec::new(), http2: false });
        after.is_some_and(|mut after| !after.skip_blank_lines() || after.begins_message())
    }

    fn begins_message(&self) -> bool {
        Start::read(self.line().trim_ascii_end()).is_some()
    }

    /// Tools show chunked bodies put together, and leave the header.
    fn begins_chunk(&self) -> bool {
        let line = self.line().trim_ascii_end();
        let digits = line.iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
        digits > 0 && digits <= 16 && matches!(line.get(digits), None | Some(b';' | b' ' | b'\t'))
    }

    /// How much there is before the next message, without the line break before it.
    fn until_start_line(&self) -> usize {
        let rest = self.rest();
        let mut at = 0;
        while at < rest.len() {
            let line = &rest[at..];
            let end = line.iter().position(|byte| *byte == b'\n').map_or(line.len(), |end| end + 1);
            let text = line[..end].trim_ascii_end();
            if text.starts_with(b"###") || Start::read(text).is_some() {
                let before = &rest[..at];
                let before = before.strip_suffix(b"\n").unwrap_or(before);
                return before.strip_suffix(b"\r").unwrap_or(before).len();
            }
            at += end;
        }
        rest.len()
    }

    /// RFC 9112, section 7.1.
    fn chunked(&mut self) -> Result<(Body, Chunks, Vec<HeaderLine>), Error> {
        let (mut body, mut sizes) = (Vec::new(), Vec::new());
        loop {
            let (at, line) = (self.at, self.line());
            self.at += line.len();
            let (size, extension) = match httparse::parse_chunk_size(&terminated(line)) {
                Ok(httparse::Status::Complete((_, size))) => (size, line.contains(&b';')),
                _ => return Err(self.syntax(at, "a chunk begins with its size in hexadecimal")),
            };
            if extension {
                self.lose(at, ";", Why::NoCounterpart);
            }
            if size == 0 {
                break;
            }
            let have = self.rest().len();
            let take = usize::try_from(size).unwrap_or(usize::MAX);
            if take > have {
                return Err(self.syntax(at, &format!("the chunk should have {size} bytes, there are {have}")));
            }
            body.extend_from_slice(&self.rest()[..take]);
            sizes.push(size);
            self.at += take;
            let end = self.line();
            if !end.trim_ascii().is_empty() {
                return Err(self.syntax(self.at, "a line break ends each chunk"));
            }
            self.at += end.len();
        }
        let trailers = self.lines()?;
        let chunks = if sizes.len() > 1 { Chunks::Sizes(sizes) } else { Chunks::Whole };
        Ok((body.into(), chunks, trailers))
    }
}

/// A line that ends as on the wire.
fn terminated(line: &[u8]) -> Vec<u8> {
    [line.trim_ascii_end(), b"\r\n"].concat()
}

/// A start line (RFC 9112, section 2.1).
enum Start {
    Request { method: String, target: String, version: String },
    Reply { status: u16 },
}

impl Start {
    fn read(line: &[u8]) -> Option<Self> {
        // A long line is no start line; bodies may have very long ones.
        let line = std::str::from_utf8(line.get(..line.len().min(MOST_START))?).ok()?;
        let is_version = |word: &&str| {
            word.len() <= 3
                && word.starts_with(|c: char| c.is_ascii_digit())
                && word.chars().all(|c| c.is_ascii_digit() || c == '.')
        };
        if let Some(rest) = line.strip_prefix("HTTP/") {
            let (version, rest) = rest.split_once(' ')?;
            let status = rest.split(' ').next()?;
            let is_status = is_version(&version) && status.len() == 3;
            return status.parse().ok().filter(|_| is_status).map(|status| Self::Reply { status });
        }
        let (rest, version) = line.rsplit_once(' ')?;
        let version = version.strip_prefix("HTTP/").filter(is_version)?;
        let (method, target) = rest.split_once(' ')?;
        let is_method = !method.is_empty() && method.chars().all(crate::scenario::is_token_character);
        let target = target.trim();
        (is_method && !target.is_empty()).then(|| Self::Request {
            method: method.to_owned(),
            target: target.to_owned(),
            version: version.to_owned(),
        })
    }
}

/// Longest start line, in bytes.
const MOST_START: usize = 64 << 10;

/// A header line; `None`: a pseudo-header.
fn parse_line(line: &[u8]) -> Result<Option<HeaderLine>, String> {
    if line.starts_with(b":") && line[1..].contains(&b':') {
        return Ok(None);
    }
    let text = [line, b"\r\n\r\n"].concat();
    let mut found = [httparse::EMPTY_HEADER];
    match httparse::parse_headers(&text, &mut found) {
        Ok(httparse::Status::Complete((_, [header]))) => {
            Ok(Some(HeaderLine::new(header.name, header.value.trim_ascii().to_vec())))
        }
        Ok(_) => Err("a header line is `name: value`".into()),
        Err(error) => Err(format!("a header line is `name: value`; {error}")),
    }
}
