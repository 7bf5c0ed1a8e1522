//! What curl sends for its options.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::form::Form;
use super::options::{Effect, Given, Group};
use super::shell::Word;
use super::{Exchange, USER_AGENT, Unsupported};
use crate::convert::{Input, LeftOut, MAX_FILE, Place, Why};
use crate::http::Protocol;
use crate::scenario::{HeaderLine, Request};

/// The requests so far.
pub struct Made<'a> {
    pub input: &'a Input<'a>,
    pub text: &'a str,
    pub left_out: Vec<LeftOut>,
    pub exchanges: Vec<Exchange>,
    /// What the client was told to speak.
    pub protocol: Option<Protocol>,
}

type Wrong = (Unsupported, usize);

/// Where the body comes from.
#[derive(Default)]
struct Options {
    method: Option<String>,
    head: bool,
    get: bool,
    globoff: bool,
    path_as_is: bool,
    compressed: bool,
    /// What `-d` and its like gave, joined.
    data: Option<Vec<u8>>,
    json: bool,
    form: Option<Form>,
    escapes: bool,
    upload: Option<(Vec<u8>, String)>,
    query: Vec<Vec<u8>>,
    headers: Vec<(String, Option<Vec<u8>>)>,
    user: Option<Vec<u8>>,
    bearer: Option<Vec<u8>>,
    /// An option asks for another way to sign in than `Basic`.
    other_auth: bool,
    agent: Option<Vec<u8>>,
    referer: Vec<u8>,
    range: Option<Vec<u8>>,
    cookies: Vec<Vec<u8>>,
    urls: Vec<Word>,
    /// The options that chose a kind of request, for messages.
    kinds: Vec<(&'static str, String, usize)>,
}

impl Made<'_> {
    /// The requests of one group of options.
    pub fn group(&mut self, group: &Group) -> Result<(), Wrong> {
        let mut options = Options { urls: group.urls.clone(), ..Options::default() };
        for given in &group.options {
            match given.effect {
                Some(Effect::Request) => self.option(&mut options, given),
                Some(Effect::Lost) => self.lost(given, Why::NoCounterpart),
                None => self.lost(given, Why::Unknown),
                Some(Effect::None | Effect::Config | Effect::Next) => {}
            }
        }
        let of = |kind: &str| options.kinds.iter().find(|(known, ..)| *known == kind);
        let bodies: Vec<_> = ["data", "form", "upload"].iter().filter_map(|kind| of(kind)).collect();
        let head = of("head").filter(|_| !options.get);
        if let [(_, first, _), (_, second, at)] =
            head.into_iter().chain(bodies).take(2).collect::<Vec<_>>()[..]
        {
            return Err((Unsupported::Both { first: first.clone(), second: second.clone() }, *at));
        }
        let at = group.options.first().map_or(0, |given| given.at);
        if options.urls.is_empty() {
            return Err((Unsupported::NoUrl, at));
        }
        for url in &options.urls {
            if let Some(request) = self.request(&options, url)? {
                self.exchanges.push(Exchange { request, ..Exchange::default() });
            }
        }
        Ok(())
    }

    fn place(&self, at: usize, word: &str) -> Place {
        Place::in_text(self.text.as_bytes(), at).of(word)
    }

    fn lost(&mut self, given: &Given, why: Why) {
        let place = self.place(given.at, &given.shown);
        self.left_out.push(LeftOut::new(place, why));
    }

    /// What a file has in it; one that may not be read is listed, and is empty.
    fn file(&mut self, path: &[u8], given: &Given) -> Vec<u8> {
        let path = String::from_utf8_lossy(path).into_owned();
        // A lone dash is standard input.
        let found = if path == "-" { None } else { self.input.beside(&path, MAX_FILE) };
        found.unwrap_or_else(|| {
            self.lost(given, Why::OtherFile { path });
            Vec::new()
        })
    }

    fn option(&mut self, options: &mut Options, given: &Given) {
        let value = &given.value;
        let kind = |options: &mut Options, kind| options.kinds.push((kind, given.shown.clone(), given.at));
        match given.name.as_str() {
            "request" => options.method = Some(text(value)),
            "get" => options.get = given.on,
            "head" => {
                options.head = given.on;
                if given.on {
                    kind(options, "head");
                }
            }
            "globoff" => options.globoff = given.on,
            "path-as-is" => options.path_as_is = given.on,
            "compressed" => options.compressed = given.on,
            "form-escape" => options.escapes = given.on,
            "http1.0" | "http1.1" => self.protocol = Some(Protocol::Http1),
            "http2" | "http2-prior-knowledge" => self.protocol = Some(Protocol::Http2),
            "basic" => options.other_auth = false,
            "digest" | "ntlm" | "negotiate" | "anyauth" => {
                options.other_auth = given.on;
                self.lost(given, Why::NoCounterpart);
            }
            "data" | "data-ascii" | "data-raw" | "data-binary" | "data-urlencode" | "json" => {
                let data = self.data(given);
                kind(options, "data");
                let is_json = given.name == "json";
                options.json |= is_json;
                match &mut options.data {
                    Some(before) => {
                        if !is_json && !before.is_empty() {
                            before.push(b'&');
                        }
                        before.extend(data);
                    }
                    none => *none = Some(data),
                }
            }
            "form" | "form-string" => {
                kind(options, "form");
                let mut form = options.form.take().unwrap_or_default();
                let lost = if given.name == "form" {
                    form.add(value, options.escapes, &mut |path| self.file(path, given))
                } else {
                    form.add_text(value);
                    false
                };
                if lost {
                    self.lost(given, Why::NoCounterpart);
                }
                options.form = Some(form);
            }
            "upload-file" => {
                kind(options, "upload");
                let body = self.file(value, given);
                let name = text(value).rsplit(['/', '\\']).next().unwrap_or_default().to_owned();
                options.upload = Some((body, name));
            }
            "header" => self.header(options, given),
            "user" => options.user = Some(value.clone()),
            "oauth2-bearer" => options.bearer = Some(value.clone()),
            "user-agent" => options.agent = Some(value.clone()),
            "referer" => options.referer = value.strip_suffix(b";auto").unwrap_or(value).to_vec(),
            "range" => options.range = Some(value.clone()),
            "cookie" if value.contains(&b'=') => options.cookies.push(value.clone()),
            "cookie" if value.is_empty() => {}
            "cookie" => self.lost(given, Why::OtherFile { path: text(value) }),
            "url" => options.urls.push(Word { bytes: value.clone(), at: given.at }),
            "url-query" => options.query.push(match value.strip_prefix(b"+") {
                Some(raw) => raw.to_vec(),
                None => self.encoded(value, given),
            }),
            _ => {}
        }
    }

    /// What one option adds to the body.
    fn data(&mut self, given: &Given) -> Vec<u8> {
        let value = &given.value;
        match (given.name.as_str(), value.strip_prefix(b"@")) {
            ("data-urlencode", _) => self.encoded(value, given),
            ("data" | "data-ascii", Some(path)) => {
                let file = self.file(path, given);
                file.into_iter().filter(|byte| !matches!(byte, b'\r' | b'\n' | 0)).collect()
            }
            ("data-binary" | "json", Some(path)) => self.file(path, given),
            _ => value.clone(),
        }
    }

    /// `content`, `=content`, `name=content`, `@file` and `name@file`, percent-encoded.
    fn encoded(&mut self, value: &[u8], given: &Given) -> Vec<u8> {
        let Some(sign) = value.iter().position(|byte| matches!(byte, b'=' | b'@')) else {
            return percent(value);
        };
        let (name, content) = (&value[..sign], &value[sign + 1..]);
        let content = match value[sign] {
            b'@' => percent(&self.file(content, given)),
            _ => percent(content),
        };
        match name {
            [] => content,
            name => [name, b"=", &content].concat(),
        }
    }

    fn header(&mut self, options: &mut Options, given: &Given) {
        if let Some(path) = given.value.strip_prefix(b"@") {
            let file = self.file(path, given);
            for line in file.split(|byte| *byte == b'\n') {
                let value = line.trim_ascii().to_vec();
                if !value.is_empty() {
                    self.header_line(options, &Given { value, ..given.clone() });
                }
            }
        } else {
            self.header_line(options, given);
        }
    }

    fn header_line(&mut self, options: &mut Options, given: &Given) {
        let line = &given.value;
        let colon = line.iter().position(|byte| *byte == b':');
        let (name, value) = match (colon, line.strip_suffix(b";")) {
            (Some(colon), _) => {
                let value = line[colon + 1..].trim_ascii();
                (&line[..colon], (!value.is_empty()).then(|| value.to_vec()))
            }
            // A semicolon in place of the colon: a header without a value.
            (None, Some(name)) => (name, Some(Vec::new())),
            // curl passes it by.
            (None, None) => return self.lost(given, Why::Unknown),
        };
        let name = text(name.trim_ascii());
        match HeaderLine::new(name.clone(), value.clone().unwrap_or_default()).problem() {
            None => options.headers.push((name, value)),
            Some(_) => self.lost(given, Why::NoHeader),
        }
    }

    fn request(&mut self, options: &Options, word: &Word) -> Result<Option<Request>, Wrong> {
        let given = text(&word.bytes);
        if !options.globoff && is_pattern(&given) {
            return Err((Unsupported::Pattern, word.at));
        }
        let (scheme, rest) = given.split_once("://").unwrap_or(("http", &given));
        if !["http", "https"].iter().any(|known| known.eq_ignore_ascii_case(scheme)) {
            let place = self.place(word.at, scheme);
            self.left_out.push(LeftOut::new(place, Why::Scheme));
            return Ok(None);
        }
        let rest = rest.split('#').next().unwrap_or_default();
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, target) = rest.split_at(end);
        let (user, host) =
            authority.rsplit_once('@').map_or((None, authority), |(user, host)| (Some(user), host));
        let (path, query) =
            target.split_once('?').map_or((target, None), |(path, query)| (path, Some(query)));
        let mut path = if path.is_empty() { "/".to_owned() } else { path.to_owned() };
        if !options.path_as_is {
            path = without_dots(&path);
        }
        if let Some((_, name)) = options.upload.as_ref().filter(|_| path.ends_with('/')) {
            path += name;
        }
        let mut query: Vec<Vec<u8>> = query.map(|query| query.as_bytes().to_vec()).into_iter().collect();
        query.extend(options.query.iter().cloned());
        query.extend(options.data.clone().filter(|data| options.get && !data.is_empty()));
        let query = text(&query.join(&b'&'));
        let mark = if query.is_empty() && !target.ends_with('?') { "" } else { "?" };
        let url = format!("{}://{host}{path}{mark}{query}", scheme.to_ascii_lowercase());

        let (body, mut kind) = match (&options.data, &options.form, &options.upload) {
            (Some(data), ..) if !options.get => (Some(data.clone()), form_type(options)),
            (_, Some(form), _) => {
                let (body, boundary) = form.encoded();
                (Some(body), Some(format!("multipart/form-data; boundary={boundary}")))
            }
            (.., Some((body, _))) => (Some(body.clone()), None),
            _ => (None, None),
        };
        let method = match (&options.method, options.head, &options.upload, &body) {
            (Some(method), ..) => method.clone(),
            (None, true, ..) => "HEAD".to_owned(),
            (None, _, Some(_), _) => "PUT".to_owned(),
            (None, _, None, Some(_)) => "POST".to_owned(),
            (None, _, None, None) => "GET".to_owned(),
        };
        let mut custom = options.headers.clone();
        if options.json {
            for name in ["content-type", "accept"] {
                if !custom.iter().any(|(known, _)| known.eq_ignore_ascii_case(name)) {
                    custom.push((name.to_owned(), Some(b"application/json".to_vec())));
                }
            }
        }
        if options.form.is_some()
            && let Some(made) = &kind
        {
            // curl keeps what it was told, and adds the boundary.
            let boundary = made.split_once(';').map_or("", |(_, boundary)| boundary);
            let given = custom
                .iter()
                .position(|(name, value)| name.eq_ignore_ascii_case("content-type") && value.is_some());
            if let Some((_, Some(value))) = given.map(|place| custom.remove(place)) {
                kind = Some(format!("{};{boundary}", text(&value)));
            }
        }
        let headers = headers(options, &custom, user, body.as_deref(), kind);
        Ok(Some(Request {
            method,
            url,
            headers,
            body: body.unwrap_or_default().into(),
            ..Request::default()
        }))
    }
}

fn form_type(options: &Options) -> Option<String> {
    (!options.json).then(|| "application/x-www-form-urlencoded".to_owned())
}

/// All headers, in the order in which curl sends them.
fn headers(
    options: &Options,
    custom: &[(String, Option<Vec<u8>>)],
    url_user: Option<&str>,
    body: Option<&[u8]>,
    kind: Option<String>,
) -> Vec<HeaderLine> {
    let is_custom = |name: &str| custom.iter().any(|(known, _)| known.eq_ignore_ascii_case(name));
    let mut lines = Vec::new();
    let mut add = |name: &str, value: Option<Vec<u8>>| {
        if let Some(value) = value.filter(|_| !is_custom(name)) {
            lines.push(HeaderLine::new(name, value));
        }
    };
    let basic = |pair: &[u8]| {
        let pair = if pair.contains(&b':') { pair.to_vec() } else { [pair, b":"].concat() };
        format!("Basic {}", STANDARD.encode(pair)).into_bytes()
    };
    let user = options.user.clone().or_else(|| url_user.map(|user| unescaped(user.as_bytes())));
    let user = user.filter(|_| !options.other_auth).map(|pair| basic(&pair));
    add("authorization", options.bearer.as_ref().map(|token| [b"Bearer ", &token[..]].concat()).or(user));
    add("range", options.range.as_ref().map(|range| [b"bytes=", &range[..]].concat()));
    let agent = options.agent.clone().unwrap_or_else(|| USER_AGENT.into());
    add("user-agent", Some(agent).filter(|agent| !agent.is_empty()));
    add("accept", Some(b"*/*".to_vec()));
    add("accept-encoding", options.compressed.then(|| b"deflate, gzip, br, zstd".to_vec()));
    add("referer", Some(options.referer.clone()).filter(|referer| !referer.is_empty()));
    add("cookie", Some(options.cookies.join(&b';')).filter(|cookies| !cookies.is_empty()));
    for (name, value) in custom {
        if let Some(value) = value {
            lines.push(HeaderLine::new(name.to_ascii_lowercase(), value.clone()));
        }
    }
    if let Some(body) = body {
        let is_chunked = custom.iter().any(|(name, _)| name.eq_ignore_ascii_case("transfer-encoding"));
        if !is_chunked && !is_custom("content-length") {
            lines.push(HeaderLine::new("content-length", body.len().to_string()));
        }
        if let Some(kind) = kind.filter(|_| !is_custom("content-type")) {
            lines.push(HeaderLine::new("content-type", kind));
        }
    }
    lines
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// As curl does it since 7.87: a space is a plus sign.
fn percent(bytes: &[u8]) -> Vec<u8> {
    let mut encoded = Vec::with_capacity(bytes.len());
    for byte in bytes {
        match byte {
            b' ' => encoded.push(b'+'),
            byte if byte.is_ascii_alphanumeric() || b"-._~".contains(byte) => encoded.push(*byte),
            byte => encoded.extend(format!("%{byte:02X}").bytes()),
        }
    }
    encoded
}

fn unescaped(text: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let [first, after @ ..] = rest {
        let digits = after.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
        let byte = digits
            .filter(|digits| !digits.starts_with('+'))
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match byte.filter(|_| *first == b'%') {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    bytes
}

/// Braces or brackets that are not those of an address.
fn is_pattern(url: &str) -> bool {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let rest = match rest.strip_prefix('[').and_then(|inside| inside.split_once(']')) {
        Some((address, rest)) if address.contains(':') => rest,
        _ => rest,
    };
    rest.contains(['{', '}', '[', ']'])
}

/// The path without `.` and `..` (RFC 3986, section 5.2.4), as curl sends it.
fn without_dots(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    let all: Vec<&str> = path.split('/').skip(1).collect();
    for (index, part) in all.iter().enumerate() {
        let is_last = index + 1 == all.len();
        match *part {
            "." | ".." => {
                if *part == ".." {
                    parts.pop();
                }
                if is_last {
                    parts.push("");
                }
            }
            part => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_made_short_as_curl_does() {
        let check = |path: &str, short: &str| assert_eq!(without_dots(path), short, "{path}");
        check("/a/../b/./c", "/b/c");
        check("/a/..", "/");
        check("/a/.", "/a/");
        check("/../../x", "/x");
        check("/a//b/...", "/a//b/...");
        check("/", "/");
    }

    #[test]
    fn only_an_address_may_have_brackets() {
        assert!(!is_pattern("http://[::1]:80/a"));
        assert!(is_pattern("http://a/[1-3]"));
        assert!(is_pattern("http://[::1]/{a}"));
        assert!(is_pattern("{{host}}/a"));
    }
}
