//! A scenario's requests and expectations as a Hurl file.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::super::traffic::{self, Outgoing, Parts, url};
use super::super::{Error, Export, Exported, Files, LeftOut, Place, Why};
use super::asserts;
use crate::http::Protocol;
use crate::scenario::{Expectation, Request, Scenario, Subject};

/// What begins a variable.
const VARIABLE: &str = "{{";

/// Requests are text.
const PARTS: Parts = Parts { trailers: false, chunks: false, bytes: false };

/// Writes an entry for each request.
pub fn write(export: &Export<'_>) -> Result<Exported, Error> {
    let scenario = export.scenario;
    let exchanges = traffic::outgoing(scenario)?;
    let mut left_out = traffic::not_carried(scenario, &["expect", traffic::DOWNSTREAM]);
    let http1 = scenario.proxy.downstream == Protocol::Http1;
    let mut out = String::new();
    for (index, Outgoing { request, wait_ms, place, is_again, .. }) in exchanges.iter().enumerate() {
        if !is_again {
            traffic::request_not_carried(request, &format!("{place}request"), PARTS, &mut left_out);
            if url(request).contains(VARIABLE) {
                left_out.push(LeftOut::new(Place::Field(format!("{place}request.url")), Why::NoCounterpart));
            }
        }
        if index > 0 {
            out.push('\n');
        }
        entry(&mut out, request, *wait_ms, http1);
        expectations(&mut out, scenario, index, exchanges.len(), &mut left_out);
    }
    Ok(Exported { files: Files::One(out.into()), left_out })
}

fn entry(out: &mut String, request: &Request, wait_ms: u64, http1: bool) {
    // A URL has no escapes for them; most servers take this for the same.
    let url = url(request).replace(VARIABLE, "%7B%7B");
    *out += &format!("{} {url}\n", request.method);
    for line in request.headers.iter().filter(|line| PARTS.has(line)) {
        let value = line.value.text().unwrap_or_default();
        *out += &format!("{}: {}\n", escaped(&line.name), escaped(value));
    }
    if wait_ms > 0 || http1 {
        *out += "[Options]\n";
    }
    if wait_ms > 0 {
        *out += &format!("delay: {wait_ms}ms\n");
    }
    if http1 {
        *out += "http1.1: true\n";
    }
    if !request.body.is_empty() {
        *out += &body(&request.body.0);
    }
}

/// The status, and what else is expected of the answer to a request, counted from 0.
fn expectations(
    out: &mut String,
    scenario: &Scenario,
    index: usize,
    count: usize,
    left_out: &mut Vec<LeftOut>,
) {
    let is_meant = |expectation: &Expectation| match expectation.request {
        Some(request) => request as usize == index + 1,
        None => true,
    };
    let mut status = None;
    let mut lines = Vec::new();
    for (place, expectation) in scenario.expect.iter().enumerate() {
        let written = match asserts::write(expectation) {
            Some(written) if !expectation.off => written,
            // Listed once, with the first request.
            _ => {
                if index == 0 {
                    left_out.push(LeftOut::new(Place::Field(format!("expect[{place}]")), Why::NoCounterpart));
                }
                continue;
            }
        };
        let is_nowhere = expectation.request.is_some_and(|request| request == 0 || request as usize > count);
        if is_nowhere && index == 0 {
            left_out.push(LeftOut::new(Place::Field(format!("expect[{place}]")), Why::Missing));
        }
        if !is_meant(expectation) {
            continue;
        }
        let plain = Expectation {
            that: Subject::Status,
            request: expectation.request,
            is: expectation.is.clone(),
            ..Expectation::default()
        };
        match expectation.is.as_ref().and_then(serde_json::Value::as_u64).filter(|_| *expectation == plain) {
            Some(found) if status.is_none() && (100..600).contains(&found) => status = Some(found),
            _ => lines.extend(written),
        }
    }
    if status.is_none() && lines.is_empty() {
        return;
    }
    *out += &format!("HTTP {}\n", status.map_or("*".to_owned(), |status| status.to_string()));
    if !lines.is_empty() {
        *out += &format!("[Asserts]\n{}\n", lines.join("\n"));
    }
}

/// A name or value of a header.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '#' | '\\' => out.extend(['\\', c]),
            '{' => out += "\\u{7b}",
            c if c.is_control() => out += &format!("\\u{{{:x}}}", c as u32),
            c => out.push(c),
        }
    }
    out
}

/// Longest body that is written on one line.
const LINE: usize = 4_000;

/// A body with nothing more and nothing less: text where it can be, else base64.
fn body(bytes: &[u8]) -> String {
    let text = std::str::from_utf8(bytes).ok();
    let is_plain = |c: char| c == '\n' || c == '\t' || !c.is_control();
    match text {
        Some(text)
            if text.ends_with('\n')
                && !text.contains("```")
                && !text.contains(VARIABLE)
                && text.chars().all(is_plain) =>
        {
            format!("```\n{text}```\n")
        }
        Some(text) if text.len() <= LINE => one_line(text),
        _ => format!("base64,{};\n", STANDARD.encode(bytes)),
    }
}

fn one_line(text: &str) -> String {
    let mut out = String::from("`");
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            // Two braces begin a variable.
            '{' if chars.peek() == Some(&'{') => out += "\\u{7b}",
            '`' | '\\' => out.extend(['\\', c]),
            '\n' => out += "\\n",
            '\r' => out += "\\r",
            '\t' => out += "\\t",
            c if c.is_control() => out += &format!("\\u{{{:x}}}", c as u32),
            c => out.push(c),
        }
    }
    out + "`\n"
}
