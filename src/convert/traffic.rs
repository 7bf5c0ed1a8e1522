//! What the formats have in common that know requests and answers, and no filters.

use serde_json::Value;

use super::{LeftOut, Place, Why};
use crate::http::Target;
use crate::run::MAX_REQUESTS;
use crate::scenario::{HeaderLine, Reply, Request, Scenario, Then};

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
        let place = Place::Fields { first, more: count - MOST - 1 };
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

/// The requests of a scenario, each with its answer, in order; what a request in `then` does not say is as before.
pub fn exchanges(scenario: &Scenario) -> Vec<Exchange> {
    let (mut request, mut reply) = (&scenario.request, &scenario.reply);
    let exchange = |request: &Request, reply: &Reply, wait_ms| Exchange {
        request: request.clone(),
        reply: Some(reply.clone()),
        wait_ms,
    };
    let mut all = vec![exchange(request, reply, 0); (scenario.repeat as usize).min(MOST)];
    for then in &scenario.then {
        request = then.request.as_ref().unwrap_or(request);
        reply = then.reply.as_ref().unwrap_or(reply);
        let count = (then.repeat as usize).min(MOST.saturating_sub(all.len()));
        all.extend(std::iter::repeat_n(exchange(request, reply, then.wait_ms), count));
    }
    all
}

/// What a format of requests and answers has no place for: all fields of the scenario that are not as they are by themselves, but
/// those that it `carries`.
pub fn not_carried(scenario: &Scenario, carries: &[&str]) -> Vec<LeftOut> {
    let (Ok(Value::Object(fields)), Ok(Value::Object(plain))) =
        (serde_json::to_value(scenario), serde_json::to_value(Scenario::default()))
    else {
        return Vec::new();
    };
    let always = ["version", "name", "request", "then", "repeat"];
    let is_lost = |name: &str, value: &Value| {
        !always.contains(&name) && !carries.contains(&name) && plain.get(name) != Some(value)
    };
    let lost = fields.iter().filter(|(name, value)| is_lost(name, value));
    lost.map(|(name, _)| LeftOut::new(Place::Field(name.clone()), Why::NoCounterpart)).collect()
}

/// Which parts of a message a format has.
#[derive(Clone, Copy, Debug, Default)]
pub struct Parts {
    pub trailers: bool,
    pub chunks: bool,
}

/// What a format has no place for in the messages of an exchange. `at` is the exchange's place: `request` or `then[2].request`.
pub fn request_not_carried(request: &Request, at: &str, parts: Parts, left_out: &mut Vec<LeftOut>) {
    lines_not_carried(&request.headers, &format!("{at}.headers"), left_out);
    let mut lost = |is_there: bool, field: &str| {
        if is_there {
            left_out.push(LeftOut::new(Place::Field(format!("{at}.{field}")), Why::NoCounterpart));
        }
    };
    lost(!request.metadata.is_empty(), "metadata");
    lost(!parts.chunks && !request.chunks.is_whole(), "chunks");
    lost(!parts.trailers && request.trailers.iter().any(|line| line.on), "trailers");
    lost(!request.unknown.is_empty(), "unknown fields");
}

/// The same of a reply.
pub fn reply_not_carried(reply: &Reply, at: &str, parts: Parts, left_out: &mut Vec<LeftOut>) {
    lines_not_carried(&reply.headers, &format!("{at}.headers"), left_out);
    let mut lost = |is_there: bool, field: &str| {
        if is_there {
            left_out.push(LeftOut::new(Place::Field(format!("{at}.{field}")), Why::NoCounterpart));
        }
    };
    lost(!reply.metadata.is_empty(), "metadata");
    lost(!parts.chunks && !reply.chunks.is_whole(), "chunks");
    lost(!parts.trailers && reply.trailers.iter().any(|line| line.on), "trailers");
    lost(reply.at_once, "at_once");
    lost(reply.gap_ms > 0, "gap_ms");
    lost(reply.reset, "reset");
    lost(reply.reset_after.is_some(), "reset_after");
    lost(reply.fails.is_some(), "fails");
    lost(!reply.again.is_empty(), "again");
    lost(!reply.unknown.is_empty(), "unknown fields");
}

/// Lines that are off are not sent, so they are in no message.
fn lines_not_carried(lines: &[HeaderLine], at: &str, left_out: &mut Vec<LeftOut>) {
    let off = lines.iter().enumerate().filter(|(_, line)| !line.on);
    left_out.extend(
        off.map(|(index, _)| LeftOut::new(Place::Field(format!("{at}[{index}]")), Why::NoCounterpart)),
    );
}

/// The places of exchanges as fields of the scenario file: `request` first, then `then[0]` and so on. Those that only repeat
/// another are no fields of their own.
pub fn places(scenario: &Scenario) -> Vec<String> {
    let mut places = vec![String::new(); (scenario.repeat as usize).min(MOST)];
    for (index, then) in scenario.then.iter().enumerate() {
        let count = (then.repeat as usize).min(MOST.saturating_sub(places.len()));
        places.extend(std::iter::repeat_n(format!("then[{index}]."), count));
    }
    places
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
