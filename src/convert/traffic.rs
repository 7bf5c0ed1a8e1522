//! What the formats have in common that know requests and answers, and no filters.

use super::rest::rest;
use super::{Error, LeftOut, Place, Reason, Why};
use crate::http::Target;
use crate::run::MAX_REQUESTS;
use crate::scenario::{HeaderLine, Proxy, Reply, Request, Scenario, Then};

/// Most requests of one run.
pub const MOST: usize = MAX_REQUESTS as usize;

/// One request with its answer, as far as the file has it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Exchange {
    pub request: Request,
    pub reply: Option<Reply>,
    /// Milliseconds since the end of the exchange before.
    pub wait_ms: u64,
}

/// A scenario of these exchanges, with an empty chain. More than one run sends are left out; `field` is the list in which
/// they stand in the file.
pub fn scenario(exchanges: Vec<Exchange>, field: &str, left_out: &mut Vec<LeftOut>) -> Scenario {
    let count = exchanges.len();
    if count > MOST {
        let first = format!("{field}[{MOST}]");
        let place = match count - MOST - 1 {
            0 => Place::Field(first),
            more => Place::Fields { first, more },
        };
        left_out.push(LeftOut::new(place, Why::TooMany { limit: MOST }));
    }
    let mut exchanges = exchanges.into_iter().take(MOST);
    let Some(first) = exchanges.next() else { return Scenario::default() };
    let then = exchanges.map(|Exchange { request, reply, wait_ms }| Then {
        request: Some(request),
        reply,
        wait_ms,
        ..Then::default()
    });
    Scenario {
        name: name(&first.request),
        request: first.request,
        reply: first.reply.unwrap_or_default(),
        then: then.collect(),
        ..Scenario::default()
    }
}

/// Most letters of a name.
const NAME: usize = 80;

/// What people would call a request: its method, host and path.
pub fn name(request: &Request) -> String {
    let Ok(target) = Target::parse(&request.url) else { return request.method.clone() };
    let path = target.path.split('?').next().unwrap_or_default();
    format!("{} {}{path}", request.method, target.authority).chars().take(NAME).collect()
}

/// An exchange that is to be written.
#[derive(Clone, Debug, PartialEq)]
pub struct Outgoing {
    pub request: Request,
    pub reply: Reply,
    pub wait_ms: u64,
    /// Its place in the scenario file: nothing for the first, then `then[0].` and so on.
    pub place: String,
    /// It only repeats the one before, and is no field of its own.
    pub is_again: bool,
}

/// The requests of a scenario, each with its answer, in order; what a request in `then` does not say is as before.
pub fn outgoing(scenario: &Scenario) -> Result<Vec<Outgoing>, Error> {
    let (mut request, mut reply) = (&scenario.request, &scenario.reply);
    let mut all = Vec::new();
    let mut add = |request: &Request, reply: &Reply, wait_ms, repeat: u32, place: &str| {
        let one = |copy| Outgoing {
            request: request.clone(),
            reply: reply.clone(),
            wait_ms,
            place: place.to_owned(),
            is_again: copy > 0,
        };
        let room = MOST.saturating_sub(all.len());
        all.extend((0..repeat as usize).take(room).map(one));
    };
    add(request, reply, 0, scenario.repeat, "");
    for (index, then) in scenario.then.iter().enumerate() {
        request = then.request.as_ref().unwrap_or(request);
        reply = then.reply.as_ref().unwrap_or(reply);
        add(request, reply, then.wait_ms, then.repeat, &format!("then[{index}]."));
    }
    if scenario.connection.is_some() || all.is_empty() {
        return Err(Error::new(Reason::NoRequest));
    }
    Ok(all)
}

/// Stands for the field in what a format carries: most say with which version a client speaks, and nothing else of a proxy.
pub const DOWNSTREAM: &str = "proxy.downstream";

/// What a format of requests and answers has no place for: all fields of the scenario that are not as they are by themselves, but
/// those that it `carries`.
pub fn not_carried(scenario: &Scenario, carries: &[&str]) -> Vec<LeftOut> {
    let mut rest_of = scenario.clone();
    if carries.contains(&DOWNSTREAM) {
        rest_of.proxy.downstream = Proxy::default().downstream;
    }
    let mut left_out =
        rest(&rest_of, "", &[&["version", "name", "request", "then", "repeat"], carries].concat());
    for (index, then) in scenario.then.iter().enumerate() {
        lost_of(&format!("then[{index}]"), [(!then.unknown.is_empty(), "unknown fields")], &mut left_out);
    }
    left_out
}

/// Which parts of a message a format has.
#[derive(Clone, Copy, Debug, Default)]
pub struct Parts {
    pub trailers: bool,
    pub chunks: bool,
    /// Values of headers that are no text.
    pub bytes: bool,
}

impl Parts {
    /// Whether a line is in a message of this format: those that are off are not sent, so they are in none.
    pub fn has(self, line: &HeaderLine) -> bool {
        line.on && (self.bytes || line.value.text().is_some())
    }
}

/// What a format has no place for in the messages of an exchange. `at` is the exchange's place: `request` or `then[2].request`.
pub fn request_not_carried(request: &Request, at: &str, parts: Parts, left_out: &mut Vec<LeftOut>) {
    lines_not_carried(&request.headers, &format!("{at}.headers"), parts, left_out);
    let lost = [
        (!request.metadata.is_empty(), "metadata"),
        (!parts.chunks && !request.chunks.is_whole(), "chunks"),
        (!parts.trailers && request.trailers.iter().any(|line| line.on), "trailers"),
        (!request.unknown.is_empty(), "unknown fields"),
    ];
    lost_of(at, lost, left_out);
}

/// The same of a reply.
pub fn reply_not_carried(reply: &Reply, at: &str, parts: Parts, left_out: &mut Vec<LeftOut>) {
    lines_not_carried(&reply.headers, &format!("{at}.headers"), parts, left_out);
    let lost = [
        (!reply.metadata.is_empty(), "metadata"),
        (!parts.chunks && !reply.chunks.is_whole(), "chunks"),
        (!parts.trailers && reply.trailers.iter().any(|line| line.on), "trailers"),
        (reply.at_once, "at_once"),
        (reply.gap_ms > 0, "gap_ms"),
        (reply.reset, "reset"),
        (reply.reset_after.is_some(), "reset_after"),
        (reply.fails.is_some(), "fails"),
        (!reply.again.is_empty(), "again"),
        (!reply.unknown.is_empty(), "unknown fields"),
    ];
    lost_of(at, lost, left_out);
}

/// Lists those fields of an object that are there.
fn lost_of(at: &str, fields: impl IntoIterator<Item = (bool, &'static str)>, left_out: &mut Vec<LeftOut>) {
    let lost = fields.into_iter().filter(|(is_there, _)| *is_there);
    left_out.extend(
        lost.map(|(_, field)| LeftOut::new(Place::Field(format!("{at}.{field}")), Why::NoCounterpart)),
    );
}

fn lines_not_carried(lines: &[HeaderLine], at: &str, parts: Parts, left_out: &mut Vec<LeftOut>) {
    let lost = lines.iter().enumerate().filter(|(_, line)| !parts.has(line));
    left_out.extend(
        lost.map(|(index, _)| LeftOut::new(Place::Field(format!("{at}[{index}]")), Why::NoCounterpart)),
    );
}

/// Whether a line of this name is sent.
pub fn has(lines: &[HeaderLine], name: &str) -> bool {
    lines.iter().any(|line| line.on && line.name.eq_ignore_ascii_case(name))
}

/// The URL as a client sends it, or as it was typed if it is none.
pub fn url(request: &Request) -> String {
    match Target::parse(&request.url) {
        Ok(target) => format!("{}://{}{}", target.scheme, target.authority, target.path),
        Err(_) => request.url.clone(),
    }
}

/// The words that go with a status (RFC 9110, section 15), for those that are seen most.
pub fn reason_of(status: u16) -> &'static str {
    match status {
        200 => "OK",
        201 => "Created",
        202 => "Accepted",
        204 => "No Content",
        206 => "Partial Content",
        301 => "Moved Permanently",
        302 => "Found",
        303 => "See Other",
        304 => "Not Modified",
        307 => "Temporary Redirect",
        308 => "Permanent Redirect",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        409 => "Conflict",
        413 => "Content Too Large",
        415 => "Unsupported Media Type",
        422 => "Unprocessable Content",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        501 => "Not Implemented",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        _ => "",
    }
}
