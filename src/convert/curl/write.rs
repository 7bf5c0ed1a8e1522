//! A command that sends a request.

use super::super::traffic::{self, Outgoing, Parts, has, url};
use super::super::{Error, Export, Exported, Files, LeftOut, Place, Why};
use super::USER_AGENT;
use crate::http::Protocol;
use crate::scenario::{Body, HeaderLine, Request};

/// How a command is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// On one line, but for line breaks in the request.
    Line,
    /// Each option on a line of its own.
    Lines,
}

/// A file with one command for all requests of a scenario.
pub fn write(export: &Export<'_>) -> Result<Exported, Error> {
    let scenario = export.scenario;
    let exchanges = traffic::outgoing(scenario)?;
    let mut left_out = traffic::not_carried(scenario, &[traffic::DOWNSTREAM]);
    let http1 = scenario.proxy.downstream == Protocol::Http1;
    let parts = Parts { bytes: true, ..Parts::default() };
    for Outgoing { request, reply, wait_ms, place, .. } in exchanges.iter().filter(|one| !one.is_again) {
        traffic::request_not_carried(request, &format!("{place}request"), parts, &mut left_out);
        if *wait_ms > 0 {
            left_out.push(LeftOut::new(Place::Field(format!("{place}wait_ms")), Why::NoCounterpart));
        }
        if !place.is_empty() && *reply != scenario.reply {
            left_out.push(LeftOut::new(Place::Field(format!("{place}reply")), Why::NoCounterpart));
        }
    }
    let mut commands = Vec::new();
    let mut piped = String::new();
    let several = exchanges.len() > 1;
    for Outgoing { mut request, place, is_again, .. } in exchanges {
        // What is piped in is there once.
        if several && request.body.0.contains(&0) {
            request.body = Body::default();
            if !is_again {
                let place = Place::Field(format!("{place}request.body"));
                left_out.push(LeftOut::new(place, Why::NoCounterpart));
            }
        }
        let (pipe, mut options) = options(&request);
        if http1 {
            options.push(vec!["--http1.1".into()]);
        }
        piped += &pipe;
        commands.push(joined(&options, Style::Lines));
    }
    let text = format!("{piped}curl {}\n", commands.join(" \\\n  --next "));
    Ok(Exported { files: Files::One(text.into()), left_out })
}

/// A command for a POSIX shell that sends this request. Trailers cannot be sent with curl and are left out. Bytes that are no
/// UTF-8 need a shell with `$'…'` (bash, zsh, ksh, and every shell of POSIX.1-2024).
pub fn command(request: &Request, style: Style) -> String {
    let (piped, options) = options(request);
    format!("{piped}curl {}", joined(&options, style))
}

fn joined(options: &[Vec<String>], style: Style) -> String {
    let options: Vec<String> = options.iter().map(|words| words.join(" ")).collect();
    options.join(match style {
        Style::Line => " ",
        Style::Lines => " \\\n  ",
    })
}

/// What is piped into the command, and its options, each with its value.
fn options(request: &Request) -> (String, Vec<Vec<String>>) {
    let mut options: Vec<Vec<String>> = Vec::new();
    let has_body = !request.body.is_empty();
    match request.method.as_str() {
        "GET" if !has_body => {}
        "POST" if has_body => {}
        // With -X curl would wait for the body that the answer announces.
        "HEAD" if !has_body => options.push(vec!["--head".into()]),
        method => options.push(vec!["-X".into(), quoted(method.as_bytes())]),
    }
    let url = url(request);
    // Else curl takes brackets and braces for a list of URLs.
    if url.contains(['[', ']', '{', '}']) {
        options.push(vec!["--globoff".into()]);
    }
    let path = url.split('?').next().unwrap_or_default();
    if path.split('/').skip(3).any(|part| matches!(part, "." | "..")) {
        options.push(vec!["--path-as-is".into()]);
    }
    options.push(vec![quoted(url.as_bytes())]);
    let mut header = |line: Vec<u8>| options.push(vec!["-H".into(), quoted(&line)]);
    // What curl would add is taken away where the request does not have it.
    for name in ["user-agent", "accept"] {
        if !has(&request.headers, name) {
            header(format!("{name}:").into_bytes());
        }
    }
    if has_body && !has(&request.headers, "content-type") {
        header(b"content-type:".to_vec());
    }
    for line in request.headers.iter().filter(|line| line.on) {
        let is = |name: &str, value: &str| {
            line.name.eq_ignore_ascii_case(name) && line.value.text() == Some(value)
        };
        // curl declares the true length by itself, and says who it is.
        let length = request.body.len().to_string();
        let by_itself = (has_body && is("content-length", &length))
            || (is("user-agent", USER_AGENT) && is_added(&request.headers, "user-agent", USER_AGENT))
            || (is("accept", "*/*") && is_added(&request.headers, "accept", "*/*"));
        if by_itself {
            continue;
        }
        header(match line.value.is_empty() {
            // How curl is told to send a header without a value.
            true => format!("{};", line.name).into_bytes(),
            false => [line.name.as_bytes(), b": ", &line.value.0].concat(),
        });
    }
    let mut piped = String::new();
    if has_body {
        let body = &request.body.0[..];
        if body.contains(&0) {
            // No argument can hold a NUL.
            piped = format!("printf {} | ", octal(body));
            options.push(vec!["--data-binary".into(), "@-".into()]);
        } else {
            options.push(vec!["--data-raw".into(), quoted(body)]);
        }
    }
    (piped, options)
}

/// Whether curl would send this header by itself: it stands there once, as curl writes it, where curl writes it.
fn is_added(lines: &[HeaderLine], name: &str, value: &str) -> bool {
    let on = || lines.iter().filter(|line| line.on);
    let first =
        on().take(2).any(|line| line.name.eq_ignore_ascii_case(name) && line.value.text() == Some(value));
    first && on().filter(|line| line.name.eq_ignore_ascii_case(name)).count() == 1
}

/// A word of a POSIX shell that means these bytes and nothing else; there must be no NUL among them.
pub fn quoted(bytes: &[u8]) -> String {
    let Ok(text) = std::str::from_utf8(bytes) else { return escaped(bytes) };
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_-./:=@%+,".contains(c);
    if !text.is_empty() && text.chars().all(is_plain) {
        return text.to_owned();
    }
    // Between single quotes everything is itself, line breaks included, but for the quote.
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// The same with escapes, for bytes that no text holds.
fn escaped(bytes: &[u8]) -> String {
    let mut word = String::from("$'");
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '\'' | '\\' => word.extend(['\\', c]),
                '\n' => word += "\\n",
                c => word.push(c),
            }
        }
        // Three octal digits: a digit that follows is no part of the escape.
        word.extend(chunk.invalid().iter().map(|byte| format!("\\{byte:03o}")));
    }
    word + "'"
}

/// A format for `printf` that prints these bytes.
fn octal(bytes: &[u8]) -> String {
    let mut format = String::from("'");
    for byte in bytes {
        match byte {
            b'%' => format += "%%",
            b' '..=b'~' if !matches!(byte, b'\'' | b'\\') => format.push(char::from(*byte)),
            byte => format += &format!("\\{byte:03o}"),
        }
    }
    format + "'"
}
