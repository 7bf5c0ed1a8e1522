//! Hurl files: requests, and what is expected of their answers, which becomes `expect` of the scenario.
//!
//! Hurl runs against a real server, so its files have no answers: the upstream's reply is left to the scenario.

mod asserts;
mod body;
mod lines;
mod write;

pub use write::write;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::har::form;
use super::traffic::{self, Exchange, has};
use super::{Error, Format, Imported, Input, LeftOut, Place, Reason, Why};
use crate::http::Protocol;
use crate::scenario::{Expectation, HeaderLine, Request, Subject};
use lines::{Line, Lines};

/// Reads all entries.
pub fn read(input: &Input<'_>) -> Result<Imported, Error> {
    let mut reader = Reader {
        input,
        lines: Lines::new(input.text()?),
        left_out: Vec::new(),
        variables: Vec::new(),
        expect: Vec::new(),
        protocol: None,
    };
    let mut exchanges = Vec::new();
    while reader.lines.skip_remarks() && exchanges.len() <= traffic::MOST {
        reader.entry(&mut exchanges)?;
    }
    let Reader { mut left_out, mut expect, protocol, .. } = reader;
    if exchanges.is_empty() {
        return Err(Error::new(Reason::NoRequest));
    }
    if exchanges.len() == 1 {
        expect.iter_mut().for_each(|one| one.request = None);
    }
    let mut scenario = traffic::scenario(exchanges, "then", &mut left_out);
    scenario.expect = expect;
    scenario.proxy.downstream = protocol.unwrap_or(Protocol::Http2);
    Ok(Imported { format: Format::Hurl, scenarios: vec![scenario], left_out })
}

struct Reader<'a> {
    input: &'a Input<'a>,
    lines: Lines<'a>,
    left_out: Vec<LeftOut>,
    /// Values that the file itself gives to names.
    variables: Vec<(String, String)>,
    expect: Vec<Expectation>,
    protocol: Option<Protocol>,
}

/// What the sections of a request say.
#[derive(Default)]
struct Sections {
    query: Vec<(String, String)>,
    form: Option<Vec<(String, String)>>,
    multipart: Option<Vec<(String, String, Place)>>,
    cookies: Vec<(String, String)>,
    basic: Option<(String, String)>,
    repeat: usize,
    wait_ms: u64,
    skip: bool,
}

/// Options that do not change what is sent, or say what a scenario has another place for.
const OF_NO_EFFECT: &[&str] = &[
    "location",
    "insecure",
    "verbose",
    "very-verbose",
    "compressed",
    "retry",
    "retry-interval",
    "output",
    "max-redirs",
    "connect-to",
    "connect-timeout",
    "max-time",
    "resolve",
    "proxy",
    "cacert",
    "ipv4",
    "ipv6",
    "limit-rate",
    "location-trusted",
    "verbosity",
];

impl<'a> Reader<'a> {
    fn lose(&mut self, place: Place, why: Why) {
        self.left_out.push(LeftOut::new(place, why));
    }

    fn syntax(place: Place, said: &str) -> Error {
        Error::new(Reason::Syntax(said.to_owned())).at(place)
    }

    fn entry(&mut self, exchanges: &mut Vec<Exchange>) -> Result<(), Error> {
        let Some(line) = self.lines.next() else { return Ok(()) };
        let Some((method, url)) = lines::request_line(line.text) else {
            let said = "an entry begins with a line such as `GET https://example.com/`";
            return Err(Self::syntax(self.lines.place(line.at), said));
        };
        let mut request = Request { method: method.to_owned(), ..Request::default() };
        request.url = self.filled(url, &line);
        request.headers = self.headers()?;
        let mut sections = Sections { repeat: 1, ..Sections::default() };
        while let Some((name, line)) = self.section() {
            self.request_section(name, &line, &mut sections, &mut request)?;
        }
        if let Some(content) = self.body()? {
            request.body = content.bytes.into();
            if let Some(kind) = content.kind.filter(|_| !has(&request.headers, "content-type")) {
                request.headers.push(HeaderLine::new("content-type", kind));
            }
        }
        self.assemble(&mut request, &sections);
        let number = exchanges.len() as u32 + 1;
        let count = if sections.skip { 0 } else { sections.repeat };
        let before = self.expect.len();
        self.response(number)?;
        let asked = self.expect.split_off(before);
        for copy in 0..count.min(traffic::MOST) {
            let of_copy =
                |one: &Expectation| Expectation { request: Some(number + copy as u32), ..one.clone() };
            self.expect.extend(asked.iter().map(of_copy));
            exchanges.push(Exchange { request: request.clone(), reply: None, wait_ms: sections.wait_ms });
        }
        Ok(())
    }

    /// A text with the values of its variables. Those that are given elsewhere stay, and are listed.
    fn filled(&mut self, text: &str, line: &Line<'_>) -> String {
        let mut out = String::new();
        // Escapes come after: a brace that is escaped begins no variable.
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("{{") {
            let Some((name, after)) = after.split_once("}}") else { break };
            out += &lines::unescaped(before);
            match self.variables.iter().rev().find(|(known, _)| known == name.trim()) {
                Some((_, value)) => out += value,
                None => {
                    let place = self.lines.place(line.at).of(format!("{{{{{name}}}}}"));
                    self.lose(place, Why::Variable);
                    out += &format!("{{{{{name}}}}}");
                }
            }
            rest = after;
        }
        out + &lines::unescaped(rest)
    }

    /// Lines `name: value` up to something else.
    fn headers(&mut self) -> Result<Vec<HeaderLine>, Error> {
        Ok(self.pairs()?.into_iter().map(|(name, value, _)| HeaderLine::new(name, value)).collect())
    }

    fn pairs(&mut self) -> Result<Vec<(String, String, Place)>, Error> {
        let mut pairs = Vec::new();
        while self.lines.skip_remarks() {
            let Some(line) = self.lines.peek() else { break };
            let Some((name, value)) = lines::pair(line.text) else { break };
            self.lines.next();
            let place = self.lines.place(line.at).of(name);
            pairs.push((lines::unescaped(name), self.filled(value, &line), place));
        }
        Ok(pairs)
    }

    /// The name of the section that begins here.
    fn section(&mut self) -> Option<(&'a str, Line<'a>)> {
        if !self.lines.skip_remarks() {
            return None;
        }
        let line = self.lines.peek()?;
        let name = lines::section(line.text)?;
        self.lines.next();
        Some((name, line))
    }

    fn request_section(
        &mut self,
        name: &str,
        line: &Line<'_>,
        sections: &mut Sections,
        request: &mut Request,
    ) -> Result<(), Error> {
        let plain =
            |pairs: Vec<(String, String, Place)>| pairs.into_iter().map(|(name, value, _)| (name, value));
        let pairs = self.pairs()?;
        match name {
            "Query" | "QueryStringParams" => sections.query.extend(plain(pairs)),
            "Form" | "FormParams" => sections.form.get_or_insert_default().extend(plain(pairs)),
            "Multipart" | "MultipartFormData" => sections.multipart.get_or_insert_default().extend(pairs),
            "Cookies" => sections.cookies.extend(plain(pairs)),
            "BasicAuth" => sections.basic = plain(pairs).next(),
            "Options" => {
                for (name, value, place) in pairs {
                    self.option(&name, &value, place, sections, request);
                }
            }
            name => {
                let place = self.lines.place(line.at);
                return Err(Self::syntax(place, &format!("[{name}] is no section of a request")));
            }
        }
        Ok(())
    }

    fn option(
        &mut self,
        name: &str,
        value: &str,
        place: Place,
        sections: &mut Sections,
        request: &mut Request,
    ) {
        let is_on = value == "true";
        match name {
            "http1.0" | "http1.1" if is_on => self.protocol = Some(Protocol::Http1),
            "http2" if is_on => self.protocol = Some(Protocol::Http2),
            "repeat" => match value.parse() {
                Ok(count) => sections.repeat = count,
                // Forever.
                Err(_) => self.lose(place, Why::NoCounterpart),
            },
            "delay" => match lines::millis(value) {
                Some(time) => sections.wait_ms = time,
                None => self.lose(place, Why::Unknown),
            },
            "skip" => sections.skip = is_on,
            "variable" => match value.split_once('=') {
                Some((name, value)) => {
                    // They hold for the request above, too.
                    let (name, value) = (name.trim().to_owned(), value.trim().to_owned());
                    let hole = format!("{{{{{name}}}}}");
                    request.url = request.url.replace(&hole, &value);
                    for line in &mut request.headers {
                        if let Some(text) = line.value.text().filter(|text| text.contains(&hole)) {
                            line.value = text.replace(&hole, &value).into();
                        }
                    }
                    let is_filled = |item: &LeftOut| {
                        item.why == Why::Variable
                            && matches!(&item.place, Place::Word { word, .. } if *word == hole)
                    };
                    self.left_out.retain(|item| !is_filled(item));
                    self.variables.push((name, value));
                }
                None => self.lose(place, Why::Unknown),
            },
            "user" => {
                let (user, password) = value.split_once(':').unwrap_or((value, ""));
                sections.basic = Some((user.to_owned(), password.to_owned()));
            }
            "header" => match value.split_once(':') {
                Some((name, value)) => request.headers.push(HeaderLine::new(name.trim(), value.trim())),
                None => self.lose(place, Why::Unknown),
            },
            name if OF_NO_EFFECT.contains(&name) => {}
            _ => self.lose(place, Why::NoCounterpart),
        }
    }

    /// Puts what the sections say into the request, as Hurl does.
    fn assemble(&mut self, request: &mut Request, sections: &Sections) {
        let encoded = |pairs: &[(String, String)]| {
            let pairs = pairs.iter().map(|(name, value)| format!("{}={}", form(name), form(value)));
            pairs.collect::<Vec<_>>().join("&")
        };
        if !sections.query.is_empty() {
            request.url.push(if request.url.contains('?') { '&' } else { '?' });
            request.url += &encoded(&sections.query);
        }
        let mut kind = None;
        if let Some(fields) = &sections.form {
            request.body = encoded(fields).into();
            kind = Some("application/x-www-form-urlencoded".to_owned());
        }
        if let Some(parts) = &sections.multipart {
            let (body, boundary) = self.multipart(parts);
            request.body = body.into();
            kind = Some(format!("multipart/form-data; boundary={boundary}"));
        }
        if let Some(kind) = kind.filter(|_| !has(&request.headers, "content-type")) {
            request.headers.push(HeaderLine::new("content-type", kind));
        }
        if !sections.cookies.is_empty() {
            let cookies = sections.cookies.iter().map(|(name, value)| format!("{name}={value}"));
            request.headers.push(HeaderLine::new("cookie", cookies.collect::<Vec<_>>().join("; ")));
        }
        if let Some((user, password)) = &sections.basic {
            let pair = STANDARD.encode(format!("{user}:{password}"));
            request.headers.push(HeaderLine::new("authorization", format!("Basic {pair}")));
        }
    }

    /// `name: value`, and `name: file,path; content/type`.
    fn multipart(&mut self, parts: &[(String, String, Place)]) -> (Vec<u8>, String) {
        let mut read = Vec::new();
        for (name, value, place) in parts {
            let mut head = format!("Content-Disposition: form-data; name=\"{}\"", name.replace('"', "%22"));
            let content = match value.strip_prefix("file,") {
                Some(rest) => {
                    let (path, kind) = rest.split_once(';').unwrap_or((rest, ""));
                    let file = path.rsplit('/').next().unwrap_or_default().replace('"', "%22");
                    let kind = if kind.trim().is_empty() { "application/octet-stream" } else { kind.trim() };
                    head += &format!("; filename=\"{file}\"\r\nContent-Type: {kind}");
                    self.file(path.trim(), place.clone())
                }
                None => value.clone().into_bytes(),
            };
            read.push((head, content));
        }
        let boundary = super::boundary(read.iter().map(|(_, content)| &content[..]));
        let mut body = Vec::new();
        for (head, content) in read {
            body.extend(format!("--{boundary}\r\n{head}\r\n\r\n").bytes());
            body.extend(content);
            body.extend(b"\r\n");
        }
        body.extend(format!("--{boundary}--\r\n").bytes());
        (body, boundary)
    }

    /// What a file beside this one has in it; one that may not be read is listed, and is empty.
    fn file(&mut self, path: &str, place: Place) -> Vec<u8> {
        self.input.beside(path, super::MAX_FILE).unwrap_or_else(|| {
            self.lose(place, Why::OtherFile { path: path.to_owned() });
            Vec::new()
        })
    }

    /// The part of an entry about the answer.
    fn response(&mut self, number: u32) -> Result<(), Error> {
        if !self.lines.skip_remarks() {
            return Ok(());
        }
        let Some(line) = self.lines.peek() else { return Ok(()) };
        let Some((version, status)) = lines::status_line(line.text) else { return Ok(()) };
        self.lines.next();
        if !version.is_empty() {
            let place = self.lines.place(line.at).of(format!("HTTP/{version}"));
            self.lose(place, Why::NoCounterpart);
        }
        let mut add = |expectation: Expectation| {
            self.expect.push(Expectation { request: Some(number), ..expectation });
        };
        if let Ok(status) = status.parse::<u16>() {
            add(Expectation { that: Subject::Status, is: Some(status.into()), ..Expectation::default() });
        }
        for (name, value, _) in self.pairs()? {
            let is = Some(value.into());
            let expectation =
                Expectation { that: Subject::DownstreamHeader, name, is, ..Expectation::default() };
            self.expect.push(Expectation { request: Some(number), ..expectation });
        }
        while let Some((name, line)) = self.section() {
            match name {
                "Captures" => {
                    for (_, _, place) in self.pairs()? {
                        self.lose(place, Why::NoCounterpart);
                    }
                }
                "Asserts" => self.asserts(number)?,
                name => {
                    let place = self.lines.place(line.at);
                    return Err(Self::syntax(place, &format!("[{name}] is no section of a response")));
                }
            }
        }
        let at = self.lines.at();
        if let Some(content) = self.body()? {
            let mut expectation = Expectation { that: Subject::DownstreamBody, ..Expectation::default() };
            let place = self.lines.place(at);
            match (content.json, String::from_utf8(content.bytes)) {
                (Some(json), _) => (expectation.json, expectation.is) = ("$".to_owned(), Some(json)),
                (None, Ok(text)) => expectation.is = Some(text.into()),
                (None, Err(_)) => {
                    self.lose(place, Why::NoCounterpart);
                    return Ok(());
                }
            }
            self.expect.push(Expectation { request: Some(number), ..expectation });
        }
        Ok(())
    }

    fn asserts(&mut self, number: u32) -> Result<(), Error> {
        while self.lines.skip_remarks() {
            let Some(line) = self.lines.peek() else { break };
            let ends = lines::section(line.text).is_some()
                || lines::request_line(line.text).is_some()
                || line.text.starts_with(['{', '[', '<', '`']);
            if ends || !asserts::is_assert(line.text) {
                break;
            }
            self.lines.next();
            match asserts::read(line.text) {
                Some(found) => self.expect.push(Expectation { request: Some(number), ..found }),
                None => {
                    let word: String = line.text.trim().chars().take(60).collect();
                    let place = self.lines.place(line.at).of(word);
                    self.lose(place, Why::NoCounterpart);
                }
            }
        }
        Ok(())
    }
}
