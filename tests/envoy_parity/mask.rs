//! What differs by nature between two runs, replaced by the same words on both sides.
//!
//! The lines are those of the scriptable probe: `R EVENT  OP args -> rc=CODE …`.

use std::io::Read;

use crate::case::{Compare, Line};

/// Properties whose values are times.
const TIME_PROPERTIES: &[&str] =
    &["request.time", "request.duration", "response.backend_latency", "upstream.cx_pool_ready_duration"];
/// Properties whose values name an address or a connection.
const ADDRESS_PROPERTIES: &[&str] = &[
    "source.address",
    "source.port",
    "destination.address",
    "destination.port",
    "upstream.address",
    "upstream.port",
    "upstream.local_address",
    "connection.id",
    "connection_id",
];
/// Properties that are maps in no certain order.
const MAP_PROPERTIES: &[&str] = &["request.headers", "response.headers", "xds.node.metadata"];

const SERVICE_TIME: &str = "x-envoy-upstream-service-time";

/// A line as it is compared.
pub fn line(compare: &Compare, line: &str) -> String {
    let mut text = failure(line);
    if compare.masks("date") {
        text = dates(&text);
    }
    if compare.masks("service-time") && text.contains(SERVICE_TIME) {
        text = number_after(&text, " len=");
        text = quoted_after(&text, &format!("\"{SERVICE_TIME}\"="));
        if operation(&text).is_some_and(|(name, _)| name == "get") {
            text = quoted_after(&text, "len=# ");
        }
    }
    if compare.masks("random") {
        text = quoted_after(&text, "\"x-request-id\"=");
    }
    let Some((name, args)) = operation(&text) else { return text };
    let (name, args) = (name.to_owned(), args.to_owned());
    let property = if name == "prop" { property(&args) } else { String::new() };
    let is = |list: &[&str]| list.contains(&property.as_str());
    let is_ok = text.contains(" -> rc=0 ");
    match name.as_str() {
        "time" if compare.masks("time") => number_after(&text, " t="),
        "clock" if compare.masks("clock") && is_ok => number_after(&text, " t="),
        "rand" if compare.masks("random") && args == "65536" => number_after(&text, " zeros="),
        "get" if compare.masks("random") && args.contains("x-request-id") && is_ok => value(&text, "<id>"),
        "env" if compare.masks("hash-order") => sorted_environment(&text),
        "prop" if compare.masks("time") && is(TIME_PROPERTIES) && is_ok => value(&text, "<time>"),
        "prop" if compare.masks("address") && is(ADDRESS_PROPERTIES) && is_ok => value(&text, "<address>"),
        "prop" if compare.masks("node") && is(&["xds.node"]) && is_ok => {
            value(&number_after(&text, " len="), "<node>")
        }
        "foreign" if compare.masks("deflate-bytes") && args.starts_with("\"compress\"") && is_ok => {
            inflated(&text)
        }
        "prop" if compare.masks("map-order") && is(MAP_PROPERTIES) && is_ok => sorted_map(&text),
        _ => text,
    }
}

/// Takes out the blocks that ticks wrote: a line `E tick …` and the `R tick …` lines after it.
pub fn split_ticks(lines: Vec<Line>) -> (Vec<Line>, Vec<Vec<Line>>) {
    let (mut rest, mut blocks): (Vec<Line>, Vec<Vec<Line>>) = Default::default();
    let mut in_block = false;
    for line in lines {
        if line.msg.starts_with("E tick") {
            blocks.push(vec![line]);
            in_block = true;
        } else if in_block && line.msg.starts_with("R tick") {
            blocks.last_mut().into_iter().for_each(|block| block.push(line.clone()));
        } else {
            in_block = false;
            rest.push(line);
        }
    }
    (rest, blocks)
}

/// Puts neighbouring blocks of callout callbacks into one order; they were due at the same moment.
pub fn order_deadlines(lines: Vec<Line>) -> Vec<Line> {
    let is_end = |line: &Line| ["E call ", "E grpcclose "].iter().any(|start| line.msg.starts_with(start));
    let mut blocks: Vec<Vec<Line>> = Vec::new();
    for line in lines {
        match blocks.last_mut() {
            Some(block) if !line.msg.starts_with("E ") => block.push(line),
            _ => blocks.push(vec![line]),
        }
    }
    for group in blocks.chunk_by_mut(|a, b| is_end(&a[0]) && is_end(&b[0])) {
        group.sort_by(|a, b| a[0].msg.cmp(&b[0].msg));
    }
    blocks.concat()
}

/// Words of the engine are not compared: neither its texts about a failed function nor its back-traces.
pub fn failure(line: &str) -> String {
    let is_failure = line.starts_with("Function: ");
    match line.find(" failed: ").filter(|_| is_failure) {
        Some(at) => line[..at + " failed".len()].to_owned(),
        None => line.to_owned(),
    }
}

/// Name and arguments of a result line's operation.
fn operation(line: &str) -> Option<(&str, &str)> {
    let (_, rest) = line.strip_prefix("R ")?.split_once(' ')?;
    let (call, _) = rest.trim_start().split_once(" -> rc=")?;
    Some(call.split_once(' ').unwrap_or((call, "")))
}

/// A property path as it is written in a script, with dots between its parts.
fn property(args: &str) -> String {
    let path = args.trim().trim_matches('"');
    path.strip_suffix("\\0").unwrap_or(path).replace("\\0", ".")
}

fn number_after(text: &str, mark: &str) -> String {
    let Some(at) = text.find(mark) else { return text.to_owned() };
    let (head, tail) = text.split_at(at + mark.len());
    format!("{head}#{}", tail.trim_start_matches(|c: char| c.is_ascii_digit()))
}

fn quoted_after(text: &str, mark: &str) -> String {
    let Some(at) = text.find(mark) else { return text.to_owned() };
    let (head, tail) = text.split_at(at + mark.len());
    match tail.strip_prefix('"').and_then(|tail| tail.split_once('"')) {
        Some((_, rest)) => format!("{head}\"#\"{rest}"),
        None => text.to_owned(),
    }
}

/// Replaces the quoted value at the end of a result line.
fn value(text: &str, word: &str) -> String {
    let Some(at) = text.find(" -> rc=0 ") else { return text.to_owned() };
    match text[at..].find('"') {
        Some(quote) => format!("{}{word}", &text[..at + quote]),
        None => text.to_owned(),
    }
}

/// Replaces texts such as `Sun, 22 Nov 2026 08:42:10 GMT`.
pub fn dates(text: &str) -> String {
    const LENGTH: usize = "Sun, 22 Nov 2026 08:42:10 GMT".len();
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(" GMT") {
        let end = at + " GMT".len();
        let start = end.checked_sub(LENGTH).filter(|start| rest.is_char_boundary(*start));
        match start.filter(|start| rest[*start..end].chars().nth(3) == Some(',')) {
            Some(start) => {
                out.push_str(&rest[..start]);
                out.push_str("<date>");
            }
            None => out.push_str(&rest[..end]),
        }
        rest = &rest[end..];
    }
    out + rest
}

fn sorted_environment(text: &str) -> String {
    let Some((head, list)) = text.rsplit_once(" -> rc=0 \"") else { return text.to_owned() };
    let mut entries: Vec<&str> = list.trim_end_matches('"').split_inclusive("\\x00").collect();
    entries.sort_unstable();
    format!("{head} -> rc=0 \"{}\"", entries.concat())
}

/// Shows a property map with its entries sorted.
fn sorted_map(text: &str) -> String {
    let Some((head, quoted)) = text.split_once(" \"").and_then(|_| {
        let at = text.find(" -> rc=0 ")?;
        let quote = at + text[at..].find('"')?;
        Some((&text[..quote], &text[quote + 1..]))
    }) else {
        return text.to_owned();
    };
    let bytes = unescape(quoted.trim_end_matches('"'));
    match filterlab::abi::pairs::decode(&bytes) {
        Some(mut pairs) => {
            pairs.sort();
            format!("{head}{pairs:?}")
        }
        None => text.to_owned(),
    }
}

/// Shows compressed bytes unpacked: two packers may find different ways.
fn inflated(text: &str) -> String {
    let Some(quote) = text.find(" -> rc=0 ").and_then(|at| Some(at + text[at..].find('"')?)) else {
        return text.to_owned();
    };
    let bytes = unescape(text[quote + 1..].trim_end_matches('"'));
    let mut unpacked = Vec::new();
    match flate2::read::ZlibDecoder::new(bytes.as_slice()).read_to_end(&mut unpacked) {
        Ok(_) => value(&number_after(text, " len="), &format!("{:?}", String::from_utf8_lossy(&unpacked))),
        Err(_) => text.to_owned(),
    }
}

/// The bytes behind the probe's quoted text; a date that was masked before counts as it stands.
fn unescape(text: &str) -> Vec<u8> {
    let date = "<date>";
    let text = text.replace(date, "Sun, 22 Nov 2026 08:42:10 GMT");
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let hex = |digits: &[u8]| u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok();
        match (first, tail) {
            (b'\\', [b'x', digits @ ..]) if digits.len() >= 2 && hex(&digits[..2]).is_some() => {
                bytes.extend(hex(&digits[..2]));
                rest = &digits[2..];
            }
            (b'\\', [escaped, tail @ ..]) => {
                bytes.push(*escaped);
                rest = tail;
            }
            _ => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    bytes
}
