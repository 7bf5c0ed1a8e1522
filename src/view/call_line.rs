//! One line about a host call or callback, as in the timeline: `authorization → "Bearer …"`.

use super::call::{ArgView, Blob, CallView, CallbackView, DecodedValue};
use crate::abi::{Callback, HostCall, MapType};
use crate::scenario::WallTime;
use crate::trace::{EventKind, Part, Trace};

/// Longest text value on one line, in characters; longer ones end with an ellipsis.
const MAX_TEXT: usize = 80;

/// Arguments and results of a call on one line; its name and status stand beside it.
pub fn summary(trace: &Trace, call: &CallView) -> String {
    let arg = |name: &str| call.arg(name).map(inline).unwrap_or_default();
    // Names of headers, keys and metrics read better without quotes.
    let bare = |name: &str| call.arg(name).map(bare).unwrap_or_default();
    let to = |name: &str| call.stored(name).map(|value| format!(" → {}", inline(value))).unwrap_or_default();
    match call.call {
        HostCall::Log => format!("{} {}", bare("level"), arg("message")),
        HostCall::FdWrite | HostCall::FdPwrite => {
            let stream = match call.arg("fd") {
                Some(DecodedValue::Uint(1)) => "stdout".to_owned(),
                Some(DecodedValue::Uint(2)) => "stderr".to_owned(),
                _ => format!("fd {}", arg("fd")),
            };
            let line = trace.children(call.event).find_map(|(id, _)| trace.log_line(id));
            match line {
                Some(line) => format!("{stream} {}", quoted(&String::from_utf8_lossy(line.message))),
                None => stream,
            }
        }
        HostCall::GetProperty => format!("{}{}", bare("path"), to("value")),
        HostCall::SetProperty => format!("{} = {}", bare("path"), arg("value")),
        HostCall::GetHeaderMapValue => format!("{}{}{}", map(trace, call), bare("name"), to("value")),
        HostCall::AddHeaderMapValue | HostCall::ReplaceHeaderMapValue => {
            format!("{}{}: {}", map(trace, call), bare("name"), bare("value"))
        }
        HostCall::RemoveHeaderMapValue => format!("{}{}", map(trace, call), bare("name")),
        HostCall::GetHeaderMapPairs => format!("{}{}", bare("map"), to("pairs")),
        HostCall::SetHeaderMapPairs => format!("{} = {}", bare("map"), arg("pairs")),
        HostCall::GetHeaderMapSize => match call.stored("size") {
            Some(DecodedValue::Uint(size)) => format!("{} → {size} B", bare("map")),
            _ => bare("map"),
        },
        HostCall::GetBufferBytes => {
            let length = call.stored("bytes").map(|value| format!(" → {}", length(value)));
            format!("{}{}{}", bare("buffer"), range(call, "max_size"), length.unwrap_or_default())
        }
        HostCall::SetBufferBytes => {
            let bytes = call.arg("bytes").map(length).unwrap_or_default();
            format!("{}{} = {bytes}", bare("buffer"), range(call, "size"))
        }
        HostCall::GetBufferStatus => match call.stored("size") {
            Some(DecodedValue::Uint(size)) => format!("{} → {size} B", bare("buffer")),
            _ => bare("buffer"),
        },
        HostCall::SendLocalResponse => {
            let body = call.arg("body").map(length).unwrap_or_default();
            format!("{}, {body}, {}", arg("status_code"), arg("headers"))
        }
        HostCall::HttpCall => format!("{}{}", bare("upstream"), token(call)),
        HostCall::GrpcCall | HostCall::GrpcStream => {
            format!("{} {}/{}{}", bare("service"), bare("service_name"), bare("method"), token(call))
        }
        HostCall::GetSharedData => match call.stored("cas") {
            Some(cas) => format!("{}{}, cas {}", bare("key"), to("value"), inline(cas)),
            None => bare("key"),
        },
        HostCall::SetSharedData => format!("{} = {}, cas {}", bare("key"), arg("value"), arg("cas")),
        HostCall::EnqueueSharedQueue => {
            format!(
                "{} ← {}",
                changed(trace, call).unwrap_or_else(|| format!("queue {}", arg("queue"))),
                arg("item")
            )
        }
        HostCall::DequeueSharedQueue => {
            let queue = changed(trace, call).unwrap_or_else(|| format!("queue {}", arg("queue")));
            format!("{queue}{}", to("item"))
        }
        HostCall::DefineMetric => format!("{} {}{}", bare("kind"), bare("name"), to("metric")),
        HostCall::IncrementMetric => {
            let metric = changed(trace, call).unwrap_or_else(|| format!("metric {}", arg("metric")));
            match call.arg("delta") {
                Some(DecodedValue::Int(delta)) if *delta < 0 => {
                    format!("{metric} − {}", delta.unsigned_abs())
                }
                _ => format!("{metric} + {}", arg("delta")),
            }
        }
        HostCall::RecordMetric => {
            let metric = changed(trace, call).unwrap_or_else(|| format!("metric {}", arg("metric")));
            format!("{metric} = {}", arg("value"))
        }
        HostCall::GetMetric => format!("metric {}{}", arg("metric"), to("value")),
        HostCall::SetTickPeriod => format!("{} ms", arg("milliseconds")),
        HostCall::CallForeignFunction => {
            format!("{}({}){}", bare("function"), arg("arguments"), to("result"))
        }
        HostCall::RandomGet => format!("{} B", arg("buffer_len")),
        _ => generic(call),
    }
}

/// Arguments of a callback on one line: `7 headers, end of stream`.
pub fn callback_summary(callback: &CallbackView) -> String {
    let number = |name: &str| match callback.args.iter().find(|arg| arg.name == name).map(|arg| &arg.value) {
        Some(DecodedValue::Uint(number)) => *number,
        _ => 0,
    };
    let end = match callback.args.iter().find(|arg| arg.name == "end_of_stream").map(|arg| &arg.value) {
        Some(DecodedValue::Bool(true)) => ", end of stream",
        _ => "",
    };
    match callback.callback {
        Callback::ContextCreate => match number("parent") {
            0 => format!("plugin {}", callback.context),
            parent => format!("stream {} of plugin {parent}", callback.context),
        },
        Callback::VmStart => format!("{} of VM configuration", bytes(number("vm_configuration_size"))),
        Callback::Configure => format!("{} of configuration", bytes(number("plugin_configuration_size"))),
        Callback::RequestHeaders | Callback::ResponseHeaders => {
            format!("{}{end}", count(number("headers"), "header"))
        }
        Callback::RequestBody | Callback::ResponseBody => format!("{}{end}", bytes(number("body_size"))),
        Callback::DownstreamData | Callback::UpstreamData => format!("{}{end}", bytes(number("data_size"))),
        Callback::RequestTrailers | Callback::ResponseTrailers => count(number("trailers"), "trailer"),
        Callback::HttpCallResponse => format!(
            "token {}, {}, {}",
            number("token"),
            count(number("headers"), "header"),
            bytes(number("body_size"))
        ),
        _ => {
            let args = callback.args.iter().map(|arg| format!("{} {}", spaced(arg.name), inline(&arg.value)));
            args.collect::<Vec<_>>().join(", ")
        }
    }
}

/// A value as text on one line: texts in quotes, shortened; bytes and pairs by their number.
pub fn inline(value: &DecodedValue) -> String {
    match value {
        DecodedValue::Missing => "–".into(),
        DecodedValue::Int(number) => number.to_string(),
        DecodedValue::Uint(number) => number.to_string(),
        DecodedValue::Bool(truth) => truth.to_string(),
        DecodedValue::Name(name) => (*name).into(),
        DecodedValue::Path(path) => path.clone(),
        DecodedValue::Bytes(blob) => match blob.text() {
            Some(text) => quoted(text),
            None => bytes(blob.full_len as u64),
        },
        DecodedValue::Pairs(pairs) => count(pairs.len() as u64, "header"),
        DecodedValue::Time(nanos) => WallTime(*nanos).to_string(),
        DecodedValue::Duration(nanos) => duration(*nanos),
    }
}

fn bare(value: &DecodedValue) -> String {
    match value {
        DecodedValue::Bytes(blob) => match blob.text() {
            Some("") => "\"\"".into(),
            Some(text) => shortened(text),
            None => bytes(blob.full_len as u64),
        },
        other => inline(other),
    }
}

/// The call's header map, unless it is the one that the callback is about.
fn map(trace: &Trace, call: &CallView) -> String {
    let about = enclosing_callback(trace, call).and_then(|callback| match callback {
        Callback::RequestHeaders => Some(MapType::RequestHeaders),
        Callback::RequestTrailers => Some(MapType::RequestTrailers),
        Callback::ResponseHeaders => Some(MapType::ResponseHeaders),
        Callback::ResponseTrailers => Some(MapType::ResponseTrailers),
        _ => None,
    });
    match call.arg("map") {
        Some(DecodedValue::Name(name)) if about.is_some_and(|about| about.name() == *name) => String::new(),
        Some(DecodedValue::Name(name)) => format!("{name}, "),
        Some(other) => format!("map {}, ", inline(other)),
        None => String::new(),
    }
}

fn enclosing_callback(trace: &Trace, call: &CallView) -> Option<Callback> {
    match trace.event(trace.event(call.event)?.parent?)?.kind {
        EventKind::Callback { callback, .. } => Some(callback),
        _ => None,
    }
}

/// The name of the metric or queue that the call changed; its own arguments have only a number.
fn changed(trace: &Trace, call: &CallView) -> Option<String> {
    let changes = trace.changes();
    // Changes lie in the order of the calls that made them.
    let first = changes.partition_point(|change| change.event < call.event);
    let change = changes.get(first).filter(|change| change.event == call.event)?;
    let is_named = matches!(change.part, Part::Metric | Part::Queue) && !change.name.is_empty();
    is_named.then(|| String::from_utf8_lossy(&change.name).into_owned())
}

/// The stretch of a buffer that a call means; nothing when it is the whole.
fn range(call: &CallView, size: &str) -> String {
    match (call.arg("start"), call.arg(size)) {
        (Some(DecodedValue::Uint(0)), Some(DecodedValue::Uint(size)))
            if *size >= u64::from(u32::MAX >> 1) =>
        {
            String::new()
        }
        (Some(DecodedValue::Uint(start)), Some(DecodedValue::Uint(size))) => {
            format!(" {start}..{}", start.saturating_add(*size).min(u64::from(u32::MAX)))
        }
        _ => String::new(),
    }
}

fn length(value: &DecodedValue) -> String {
    match value {
        DecodedValue::Bytes(blob) => bytes(blob.full_len as u64),
        other => inline(other),
    }
}

fn token(call: &CallView) -> String {
    match call.stored("token") {
        Some(token) if call.is_ok() => format!(" → token {}", inline(token)),
        _ => String::new(),
    }
}

fn generic(call: &CallView) -> String {
    let show = |arg: &ArgView| format!("{} {}", spaced(arg.name), inline(&arg.value));
    let args: Vec<String> = match call.args.as_slice() {
        [one] => vec![inline(&one.value)],
        several => several.iter().map(show).collect(),
    };
    let stored: Vec<&ArgView> =
        call.result.iter().filter(|result| result.value != DecodedValue::Missing).collect();
    let results: Vec<String> = match stored.as_slice() {
        [one] if call.result.len() == 1 => vec![inline(&one.value)],
        several => several.iter().map(|result| show(result)).collect(),
    };
    match (args.is_empty(), results.is_empty()) {
        (_, true) => args.join(", "),
        (true, false) => format!("→ {}", results.join(", ")),
        (false, false) => format!("{} → {}", args.join(", "), results.join(", ")),
    }
}

fn spaced(name: &str) -> String {
    name.replace('_', " ")
}

/// `346 B`, with a comma between thousands.
pub fn bytes(count: u64) -> String {
    let digits = count.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3 + 2);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped + " B"
}

fn count(number: u64, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

fn duration(nanos: i64) -> String {
    match nanos.unsigned_abs() {
        0..1_000 => format!("{nanos} ns"),
        1_000..1_000_000 => format!("{} µs", nanos as f64 / 1e3),
        1_000_000..1_000_000_000 => format!("{} ms", nanos as f64 / 1e6),
        _ => format!("{} s", nanos as f64 / 1e9),
    }
}

/// Text between quotation marks, on one line and shortened.
pub fn quoted(text: &str) -> String {
    format!("“{}”", shortened(text))
}

/// Text on one line: line breaks and other control characters as escapes, at most 80 characters.
pub fn shortened(text: &str) -> String {
    let mut shown = String::new();
    for (index, c) in text.chars().enumerate() {
        if index == MAX_TEXT {
            shown.push('…');
            break;
        }
        match c {
            c if c.is_control() => shown.extend(c.escape_default()),
            c => shown.push(c),
        }
    }
    shown
}

/// The first bytes in hexadecimal, for values that are not text.
pub fn hex(blob: &Blob) -> String {
    let shown: Vec<String> = blob.bytes.iter().take(32).map(|byte| format!("{byte:02x}")).collect();
    let more = if blob.full_len > shown.len() { " …" } else { "" };
    shown.join(" ") + more
}
