//! A scenario's requests and replies as a HAR: what goes into a run, not what filters made of it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::super::traffic::{self, Outgoing, Parts, has, reason_of, url};
use super::super::{Error, Export, Exported, Files};
use crate::http::Protocol;
use crate::scenario::{Body, HeaderLine, Reply, Request, WallTime};

/// Headers are text.
const PARTS: Parts = Parts { trailers: false, chunks: false, bytes: false };

/// Writes all requests with their replies, as they follow each other on the virtual clock.
pub fn write(export: &Export<'_>) -> Result<Exported, Error> {
    let scenario = export.scenario;
    let exchanges = traffic::outgoing(scenario)?;
    let mut left_out = traffic::not_carried(scenario, &["reply", "clock", traffic::DOWNSTREAM]);
    let version = match scenario.proxy.downstream {
        Protocol::Http1 => "HTTP/1.1",
        Protocol::Http2 => "HTTP/2.0",
    };
    let mut now = scenario.clock.0;
    let mut entries = Vec::new();
    for Outgoing { request, reply, wait_ms, place, is_again } in &exchanges {
        if !is_again {
            traffic::request_not_carried(request, &format!("{place}request"), PARTS, &mut left_out);
            traffic::reply_not_carried(reply, &format!("{place}reply"), PARTS, &mut left_out);
        }
        now = now.saturating_add(wait_ms.saturating_mul(1_000_000));
        entries.push(entry(request, reply, version, now));
        now = now.saturating_add(reply.delay_ms.saturating_mul(1_000_000));
    }
    // What `fails` says is in the file, too.
    left_out.retain(|item| !item.place.to_string().ends_with("reply.fails"));
    let creator = json!({"name": "Filterlab", "version": env!("CARGO_PKG_VERSION")});
    let file = json!({"log": {"version": "1.2", "creator": creator, "entries": entries}});
    let mut text = serde_json::to_string_pretty(&file).unwrap_or_default();
    text.push('\n');
    Ok(Exported { files: Files::One(text.into()), left_out })
}

fn entry(request: &Request, reply: &Reply, version: &str, now: u64) -> Value {
    json!({
        "startedDateTime": WallTime(now).to_string(),
        "time": reply.delay_ms,
        "request": self::request(request, version),
        "response": response(reply, version),
        "cache": {},
        "timings": {"send": 0, "wait": reply.delay_ms, "receive": 0},
    })
}

fn request(request: &Request, version: &str) -> Value {
    let url = url(request);
    let query = url.split_once('?').map_or("", |(_, query)| query);
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    let query: Vec<Value> = pairs
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| json!({"name": name, "value": value}))
        .collect();
    let cookies = values(&request.headers, "cookie");
    let cookies: Vec<Value> = cookies.iter().flat_map(|line| line.split(';')).filter_map(cookie).collect();
    let mut out = json!({
        "method": request.method,
        "url": url,
        "httpVersion": version,
        "cookies": cookies,
        "headers": headers(&request.headers),
        "queryString": query,
        "headersSize": -1,
        "bodySize": request.body.len(),
    });
    if !request.body.is_empty() {
        let kind = values(&request.headers, "content-type").into_iter().next().unwrap_or_default();
        out["postData"] = text_of(&request.body, "_encoding");
        out["postData"]["mimeType"] = kind.into();
        out["postData"]["params"] = json!([]);
    }
    out
}

fn response(reply: &Reply, version: &str) -> Value {
    let failure = reply.fails.map(|fails| serde_json::to_value(fails).unwrap_or_default());
    let failure = failure.or(reply.reset.then(|| "reset".into()));
    let cookies: Vec<Value> = values(&reply.headers, "set-cookie")
        .iter()
        .filter_map(|line| cookie(line.split(';').next().unwrap_or_default()))
        .collect();
    let mut content = text_of(&reply.body, "encoding");
    content["size"] = reply.body.len().into();
    content["mimeType"] =
        values(&reply.headers, "content-type").into_iter().next().unwrap_or_default().into();
    // Readers expect a decoded body; a filter sees this one.
    if has(&reply.headers, "content-encoding") && !reply.body.is_empty() {
        content["_coded"] = true.into();
    }
    let mut out = json!({
        "status": if failure.is_some() { 0 } else { reply.status },
        "statusText": if failure.is_some() { "" } else { reason_of(reply.status) },
        "httpVersion": version,
        "cookies": cookies,
        "headers": headers(&reply.headers),
        "content": content,
        "redirectURL": values(&reply.headers, "location").into_iter().next().unwrap_or_default(),
        "headersSize": -1,
        "bodySize": reply.body.len(),
    });
    if let Some(failure) = failure {
        out["_error"] = failure;
    }
    out
}

fn text_of(body: &Body, encoding: &str) -> Value {
    match body.text() {
        Some(text) => json!({"text": text}),
        None => json!({"text": STANDARD.encode(&body.0), encoding: "base64"}),
    }
}

fn headers(lines: &[HeaderLine]) -> Vec<Value> {
    let written = lines.iter().filter(|line| PARTS.has(line));
    written.map(|line| json!({"name": line.name, "value": line.value.text()})).collect()
}

fn values<'a>(lines: &'a [HeaderLine], name: &str) -> Vec<&'a str> {
    let found = lines.iter().filter(|line| PARTS.has(line) && line.name.eq_ignore_ascii_case(name));
    found.filter_map(|line| line.value.text()).collect()
}

fn cookie(pair: &str) -> Option<Value> {
    let (name, value) = pair.trim().split_once('=')?;
    Some(json!({"name": name, "value": value}))
}
