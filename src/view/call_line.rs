//! One line about a host call or callback, as in the timeline: `authorization → "Bearer …"`.

use bytes::Bytes;

use super::Language;
use super::call::{ArgView, Blob, CallView, CallbackView, DecodedValue};
use super::sentences::{moment as words, pick, say};
use crate::abi::{Callback, HostCall, MapType};
use crate::scenario::WallTime;
use crate::trace::{EventKind, Part, Trace};

/// Longest text value on one line, in characters; longer ones end with an ellipsis.
const MAX_TEXT: usize = 80;

/// Arguments and results of a call on one line; its name and status stand beside it.
pub fn summary(language: Language, trace: &Trace, call: &CallView) -> String {
    let arg = |name: &str| call.arg(name).map(|value| inline(language, value)).unwrap_or_default();
    let comma = comma(language);
    // Names of headers, keys and metrics read better without quotes.
    let bare = |name: &str| call.arg(name).map(|value| bare(language, value)).unwrap_or_default();
    let to = |name: &str| {
        call.stored(name).map(|value| format!(" → {}", inline(language, value))).unwrap_or_default()
    };
    // What has a name is told by it, else by its number.
    let named = |words: (&'static str, &'static str), arg_name: &str| {
        let number = || format!("{} {}", pick(language, words.0, words.1), arg(arg_name));
        changed(trace, call).unwrap_or_else(number)
    };
    let (queue, metric) = (|| named(QUEUE, "queue"), || named(METRIC, "metric"));
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
        HostCall::GetProperty => match call.stored("value") {
            Some(DecodedValue::Pairs(pairs)) => format!("{} → {}", bare("path"), entries(language, pairs)),
            _ => format!("{}{}", bare("path"), to("value")),
        },
        HostCall::SetProperty => format!("{} = {}", bare("path"), arg("value")),
        HostCall::GetHeaderMapValue => {
            format!("{}{}{}", map(language, trace, call), bare("name"), to("value"))
        }
        HostCall::AddHeaderMapValue | HostCall::ReplaceHeaderMapValue => {
            format!("{}{}: {}", map(language, trace, call), bare("name"), bare("value"))
        }
        HostCall::RemoveHeaderMapValue => format!("{}{}", map(language, trace, call), bare("name")),
        HostCall::GetHeaderMapPairs => format!("{}{}", bare("map"), to("pairs")),
        HostCall::SetHeaderMapPairs => format!("{} = {}", bare("map"), arg("pairs")),
        HostCall::GetHeaderMapSize => match call.stored("size") {
            Some(DecodedValue::Uint(size)) => format!("{} → {size} B", bare("map")),
            _ => bare("map"),
        },
        HostCall::GetBufferBytes => {
            let read = call.stored("bytes").map(|value| format!(" → {}", length(language, value)));
            let range = range(call, "max_size").map(|range| format!(" {range}")).unwrap_or_default();
            format!("{}{range}{}", bare("buffer"), read.unwrap_or_default())
        }
        HostCall::SetBufferBytes => {
            let bytes = call.arg("bytes").map(|value| length(language, value)).unwrap_or_default();
            let (buffer, what) = (bare("buffer"), write(language, call, &bytes));
            say!(language, "{buffer}: {what}", "{buffer}：{what}")
        }
        HostCall::GetBufferStatus => match call.stored("size") {
            Some(DecodedValue::Uint(size)) => format!("{} → {size} B", bare("buffer")),
            _ => bare("buffer"),
        },
        HostCall::SendLocalResponse => {
            let body = call.arg("body").map(|value| length(language, value)).unwrap_or_default();
            format!("{}{comma}{body}{comma}{}", arg("status_code"), arg("headers"))
        }
        HostCall::HttpCall => format!("{}{}{}", bare("upstream"), request_line(call), token(language, call)),
        HostCall::GrpcCall | HostCall::GrpcStream => {
            format!(
                "{} {}/{}{}",
                bare("service"),
                bare("service_name"),
                bare("method"),
                token(language, call)
            )
        }
        HostCall::GetSharedData => match call.stored("cas") {
            Some(cas) => format!("{}{}{comma}cas {}", bare("key"), to("value"), inline(language, cas)),
            None => bare("key"),
        },
        HostCall::SetSharedData => format!("{} = {}{comma}cas {}", bare("key"), arg("value"), arg("cas")),
        HostCall::EnqueueSharedQueue => {
            format!("{} ← {}", queue(), arg("item"))
        }
        HostCall::DequeueSharedQueue => format!("{}{}", queue(), to("item")),
        HostCall::DefineMetric => format!("{} {}{}", bare("kind"), bare("name"), to("metric")),
        HostCall::IncrementMetric => {
            let metric = metric();
            match call.arg("delta") {
                Some(DecodedValue::Int(delta)) if *delta < 0 => {
                    format!("{metric} − {}", delta.unsigned_abs())
                }
                _ => format!("{metric} + {}", arg("delta")),
            }
        }
        HostCall::RecordMetric => format!("{} = {}", metric(), arg("value")),
        HostCall::GetMetric => {
            format!("{} {}{}", pick(language, METRIC.0, METRIC.1), arg("metric"), to("value"))
        }
        HostCall::SetTickPeriod => format!("{} ms", arg("milliseconds")),
        HostCall::CallForeignFunction => {
            format!("{}({}){}", bare("function"), arg("arguments"), to("result"))
        }
        HostCall::RandomGet => format!("{} B", arg("buffer_len")),
        _ => generic(language, call),
    }
}

/// Words for what has a number and no name.
const QUEUE: (&str, &str) = ("queue", "队列");
const METRIC: (&str, &str) = ("metric", "指标");

fn comma(language: Language) -> &'static str {
    pick(language, ", ", "，")
}

/// Arguments of a callback on one line, in English, as on the command line: `7 headers, end of stream`.
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
        Callback::DownstreamConnectionClose | Callback::UpstreamConnectionClose => {
            match number("close_type") {
                1 => "closed by the proxy".into(),
                2 => "closed by the other end".into(),
                _ => "no more data".into(),
            }
        }
        Callback::RequestTrailers | Callback::ResponseTrailers => count(number("trailers"), "trailer"),
        Callback::HttpCallResponse => format!(
            "token {}, {}, {}",
            number("token"),
            count(number("headers"), "header"),
            bytes(number("body_size"))
        ),
        _ => {
            let args = callback
                .args
                .iter()
                .map(|arg| format!("{} {}", spaced(arg.name), inline(ENGLISH, &arg.value)));
            args.collect::<Vec<_>>().join(", ")
        }
    }
}

const ENGLISH: Language = Language::English;

/// A value as text on one line: texts in quotes, shortened; bytes and pairs by their number.
pub fn inline(language: Language, value: &DecodedValue) -> String {
    match value {
        DecodedValue::Missing => "–".into(),
        DecodedValue::Int(number) => number.to_string(),
        DecodedValue::Uint(number) => number.to_string(),
        DecodedValue::Bool(truth) => truth.to_string(),
        DecodedValue::Name(name) => words::word(language, name).into(),
        DecodedValue::Path(path) => path.clone(),
        DecodedValue::Bytes(blob) => match blob.text() {
            Some(text) => quoted(text),
            None => bytes(blob.full_len as u64),
        },
        DecodedValue::Pairs(pairs) => {
            let (en, zh) = (count(pairs.len() as u64, "header"), pairs.len());
            say!(language, "{en}", "{zh} 个头部")
        }
        DecodedValue::Time(nanos) => WallTime(*nanos).to_string(),
        DecodedValue::Duration(nanos) => duration(*nanos),
    }
}

/// Entries of a map that are told; further ones are counted.
const ENTRIES: usize = 3;

/// A map's first entries, or a list's, which have no values: `2 pairs: team = “payments”, tier = “1”`.
fn entries(language: Language, pairs: &[(Bytes, Bytes)]) -> String {
    let text = |value: &Bytes| inline(language, &DecodedValue::Bytes(Blob::whole(value)));
    let entry = |(name, value): &(Bytes, Bytes)| match value.is_empty() {
        true => text(name),
        false => format!("{} = {}", shortened(&String::from_utf8_lossy(name)), text(value)),
    };
    let shown: Vec<String> = pairs.iter().take(ENTRIES).map(entry).collect();
    let comma = comma(language);
    let more = if pairs.len() > ENTRIES { format!("{comma}…") } else { String::new() };
    let (en, zh) = (count(pairs.len() as u64, "pair"), pairs.len());
    let (counted, shown) = (say!(language, "{en}", "{zh} 项"), shown.join(comma));
    match shown.is_empty() {
        true => counted,
        false => say!(language, "{counted}: {shown}{more}", "{counted}：{shown}{more}"),
    }
}

fn bare(language: Language, value: &DecodedValue) -> String {
    match value {
        DecodedValue::Bytes(blob) => match blob.text() {
            Some("") => "\"\"".into(),
            Some(text) => shortened(text),
            None => bytes(blob.full_len as u64),
        },
        other => inline(language, other),
    }
}

/// The call's header map, unless it is the one that the callback is about.
fn map(language: Language, trace: &Trace, call: &CallView) -> String {
    let about = enclosing_callback(trace, call).and_then(|callback| match callback {
        Callback::RequestHeaders => Some(MapType::RequestHeaders),
        Callback::RequestTrailers => Some(MapType::RequestTrailers),
        Callback::ResponseHeaders => Some(MapType::ResponseHeaders),
        Callback::ResponseTrailers => Some(MapType::ResponseTrailers),
        _ => None,
    });
    match call.arg("map") {
        Some(DecodedValue::Name(name)) if about.is_some_and(|about| about.name() == *name) => String::new(),
        Some(DecodedValue::Name(name)) => words::word(language, name).to_owned() + comma(language),
        Some(other) => {
            let number = inline(language, other);
            say!(language, "map {number}, ", "映射 {number}，")
        }
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

/// The stretch of a buffer that a call means, `0–346`; `None` when it is the whole.
fn range(call: &CallView, size: &str) -> Option<String> {
    let (start, size) = stretch(call, size)?;
    let is_whole = start == 0 && size >= u64::from(u32::MAX >> 1);
    (!is_whole).then(|| format!("{start}–{}", start.saturating_add(size).min(u64::from(u32::MAX))))
}

fn stretch(call: &CallView, size: &str) -> Option<(u64, u64)> {
    match (call.arg("start"), call.arg(size)) {
        (Some(DecodedValue::Uint(start)), Some(DecodedValue::Uint(size))) => Some((*start, *size)),
        _ => None,
    }
}

/// What a write into a buffer asked for, by Envoy's rules: nothing at the start means before it all, and what begins
/// later than there can only come after it all.
fn write(language: Language, call: &CallView, bytes: &str) -> String {
    match (stretch(call, "size"), range(call, "size")) {
        (Some((0, 0)), _) => say!(language, "insert {bytes} at the start", "在开头插入 {bytes}"),
        (Some((1.., _)), _) if call.is_ok() => say!(language, "append {bytes}", "追加 {bytes}"),
        (_, Some(range)) => say!(language, "replace {range} with {bytes}", "以 {bytes} 替换 {range}"),
        (_, None) => say!(language, "replace all with {bytes}", "以 {bytes} 替换全部"),
    }
}

fn length(language: Language, value: &DecodedValue) -> String {
    match value {
        DecodedValue::Bytes(blob) => bytes(blob.full_len as u64),
        other => inline(language, other),
    }
}

/// ` GET /check` of the headers that a call sends.
fn request_line(call: &CallView) -> String {
    let Some(DecodedValue::Pairs(pairs)) = call.arg("headers") else { return String::new() };
    let names: [&[u8]; 2] = [b":method", b":path"];
    let values = names.map(|wanted| pairs.iter().find(|(name, _)| name == wanted).map(|(_, value)| value));
    values.iter().flatten().map(|value| format!(" {}", shortened(&String::from_utf8_lossy(value)))).collect()
}

fn token(language: Language, call: &CallView) -> String {
    match call.stored("token") {
        Some(token) if call.is_ok() => format!(" → token {}", inline(language, token)),
        _ => String::new(),
    }
}

fn generic(language: Language, call: &CallView) -> String {
    let show = |arg: &ArgView| format!("{} {}", spaced(arg.name), inline(language, &arg.value));
    let args: Vec<String> = match call.args.as_slice() {
        [one] => vec![inline(language, &one.value)],
        several => several.iter().map(show).collect(),
    };
    let stored: Vec<&ArgView> =
        call.result.iter().filter(|result| result.value != DecodedValue::Missing).collect();
    let results: Vec<String> = match stored.as_slice() {
        [one] if call.result.len() == 1 => vec![inline(language, &one.value)],
        several => several.iter().map(|result| show(result)).collect(),
    };
    let comma = comma(language);
    match (args.is_empty(), results.is_empty()) {
        (_, true) => args.join(comma),
        (true, false) => format!("→ {}", results.join(comma)),
        (false, false) => format!("{} → {}", args.join(comma), results.join(comma)),
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

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::abi::pairs;
    use crate::trace::{
        Change, ChangeOp, Channel, EventId, Leftovers, Outcome, Recorder, Returned, TraceLimits,
    };
    use crate::view::call::{decode, decode_callback};

    /// The line of one call in `on_request_headers`; `during` is what happens inside it.
    fn line_in(
        language: Language,
        call: HostCall,
        args: &[u64],
        payloads: &[(usize, &[u8])],
        status: u32,
        during: impl FnOnce(&mut Recorder),
    ) -> String {
        let mut recorder = Recorder::new(TraceLimits::default());
        let callback = recorder.begin_callback(Callback::RequestHeaders, 0, &[2, 7, 1]);
        let id = recorder.begin_call(call, args).expect("calls are recorded");
        for (param, bytes) in payloads {
            recorder.payload(*param, bytes);
        }
        during(&mut recorder);
        recorder.end_call(id, Returned::Number(status), 0);
        recorder.end_callback(callback, Ok(Some(0)), 0);
        let trace = recorder.finish(Leftovers::default(), Outcome::Finished { status: 200 });
        summary(language, &trace, &decode(&trace, id).expect("is a call"))
    }

    fn line_with(
        call: HostCall,
        args: &[u64],
        payloads: &[(usize, &[u8])],
        status: u32,
        during: impl FnOnce(&mut Recorder),
    ) -> String {
        line_in(ENGLISH, call, args, payloads, status, during)
    }

    fn line(call: HostCall, args: &[u64], payloads: &[(usize, &[u8])], status: u32) -> String {
        line_with(call, args, payloads, status, |_| {})
    }

    /// Call, arguments, payloads by parameter, status, and the line.
    type Case<'a> = (HostCall, &'a [u64], &'a [(usize, &'a [u8])], u32, &'a str);

    #[test]
    fn calls_read_as_in_the_timeline() {
        let four = 4u32.to_le_bytes();
        let request = [(b":path".as_slice(), b"/check".as_slice()), (b":method", b"GET")];
        let request = crate::abi::pairs::encode(request.into_iter());
        let headers = pairs::encode([(b"a".as_slice(), b"1".as_slice())].into_iter());
        let metadata = pairs::encode([(b"team".as_slice(), b"payments".as_slice())].into_iter());
        let all = u64::from(u32::MAX);
        let cases: &[Case] = &[
            (
                HostCall::GetHeaderMapValue,
                &[0; 5],
                &[(1, b"authorization"), (2, b"Bearer x")],
                0,
                "authorization → “Bearer x”",
            ),
            (HostCall::GetHeaderMapValue, &[0; 5], &[(1, b"x-absent")], 1, "x-absent"),
            (
                HostCall::GetHeaderMapValue,
                &[6, 0, 0, 0, 0],
                &[(1, b":status"), (2, b"200")],
                0,
                "callout response, :status → “200”",
            ),
            (
                HostCall::AddHeaderMapValue,
                &[0; 5],
                &[(1, b"x-user-id"), (2, b"u-1024")],
                0,
                "x-user-id: u-1024",
            ),
            (HostCall::RemoveHeaderMapValue, &[0; 3], &[(1, b"authorization")], 0, "authorization"),
            (HostCall::GetHeaderMapPairs, &[0; 3], &[(1, &headers)], 0, "request headers → 1 header"),
            (
                HostCall::GetProperty,
                &[0; 4],
                &[(0, b"request\0size"), (1, &[5, 0, 0, 0, 0, 0, 0, 0])],
                0,
                "request.size → 5",
            ),
            (
                HostCall::GetProperty,
                &[0; 4],
                &[(0, b"xds\0route_metadata\0filter_metadata\0example"), (1, &metadata)],
                0,
                "xds.route_metadata.filter_metadata.example → 1 pair: team = “payments”",
            ),
            (
                HostCall::SetSharedData,
                &[0; 5],
                &[(0, b"quota:u-1024"), (1, b"1")],
                0,
                "quota:u-1024 = “1”, cas 0",
            ),
            (HostCall::GetSharedData, &[0; 5], &[(0, b"quota:u-1024")], 1, "quota:u-1024"),
            (
                HostCall::GetSharedData,
                &[0; 5],
                &[(0, b"quota:u-1024"), (1, b"1"), (2, &four)],
                0,
                "quota:u-1024 → “1”, cas 4",
            ),
            (HostCall::HttpCall, &[0; 10], &[(0, b"auth-service"), (5, &four)], 0, "auth-service → token 4"),
            (HostCall::HttpCall, &[0; 10], &[(0, b"auth-service"), (5, &[0; 4])], 2, "auth-service"),
            (
                HostCall::HttpCall,
                &[0; 10],
                &[(0, b"auth"), (1, &request), (5, &four)],
                0,
                "auth GET /check → token 4",
            ),
            (HostCall::ContinueStream, &[1], &[], 0, "response"),
            (HostCall::SetEffectiveContext, &[2], &[], 0, "2"),
            (HostCall::GetBufferBytes, &[4, 0, all, 0, 0], &[(3, &[7; 33])], 0, "callout body → 33 B"),
            (
                HostCall::SetBufferBytes,
                &[1, 0, 346, 0, 0],
                &[(3, &[7; 1234])],
                0,
                "response body: replace 0–346 with 1,234 B",
            ),
            (HostCall::DefineMetric, &[0; 4], &[(1, b"hits"), (2, &four)], 0, "counter hits → 4"),
            (HostCall::IncrementMetric, &[5, (-2i64) as u64], &[], 0, "metric 5 − 2"),
            (
                HostCall::SendLocalResponse,
                &[403, 0, 0, 0, 0, 0, 0, all],
                &[(1, b""), (2, b"no"), (3, &headers)],
                0,
                "403, 2 B, 1 header",
            ),
            (HostCall::Done, &[], &[], 0, ""),
            (
                HostCall::FdSeek,
                &[1, 2, 3, 4],
                &[(3, &[9, 0, 0, 0, 0, 0, 0, 0])],
                0,
                "fd 1, offset 2, whence 3 → 9",
            ),
        ];
        for (call, args, payloads, status, expected) in cases {
            assert_eq!(line(*call, args, payloads, *status), *expected);
        }
    }

    #[test]
    fn a_write_into_a_buffer_says_what_becomes_of_it() {
        let write = |start: u64, size: u64, status: u32| {
            line(HostCall::SetBufferBytes, &[0, start, size, 0, 0], &[(3, &[7; 5])], status)
        };
        let all = u64::from(u32::MAX);
        assert_eq!(write(0, 0, 0), "request body: insert 5 B at the start");
        assert_eq!(write(0, 346, 0), "request body: replace 0–346 with 5 B");
        assert_eq!(write(0, all, 0), "request body: replace all with 5 B");
        assert_eq!(write(346, 0, 0), "request body: append 5 B");
        assert_eq!(write(2, 1, 2), "request body: replace 2–3 with 5 B", "which Envoy refuses");
    }

    #[test]
    fn words_are_in_the_language_and_names_are_not() {
        let all = u64::from(u32::MAX);
        let four = 4u32.to_le_bytes();
        let headers = pairs::encode([(b"a".as_slice(), b"1".as_slice())].into_iter());
        let cases: &[Case] = &[
            (HostCall::GetBufferBytes, &[6, 0, all, 0, 0], &[(3, b"")], 0, "VM 配置 → 0 B"),
            (HostCall::GetBufferBytes, &[0, 0, 346, 0, 0], &[(3, &[7; 33])], 0, "请求体 0–346 → 33 B"),
            (
                HostCall::SetBufferBytes,
                &[1, 0, 346, 0, 0],
                &[(3, &[7; 235])],
                0,
                "响应体：以 235 B 替换 0–346",
            ),
            (HostCall::RemoveHeaderMapValue, &[2, 0, 0], &[(1, b"server")], 0, "响应头，server"),
            (HostCall::GetHeaderMapPairs, &[6, 0, 0], &[(1, &headers)], 0, "外部调用的响应 → 1 个头部"),
            (HostCall::ContinueStream, &[1], &[], 0, "响应"),
            (HostCall::HttpCall, &[0; 10], &[(0, b"auth"), (5, &four)], 0, "auth → token 4"),
            (HostCall::IncrementMetric, &[5, 2], &[], 0, "指标 5 + 2"),
            (HostCall::DefineMetric, &[0; 4], &[(1, b"hits"), (2, &four)], 0, "counter hits → 4"),
        ];
        for (call, args, payloads, status, expected) in cases {
            let line = line_in(Language::SimplifiedChinese, *call, args, payloads, *status, |_| {});
            assert_eq!(line, *expected);
        }
    }

    #[test]
    fn logs_and_outputs_show_their_line() {
        let log = |recorder: &mut Recorder| {
            recorder.log(crate::abi::LogLevel::Debug, Channel::Log, 0, 2, "asking\n你好".as_bytes());
        };
        assert_eq!(line_with(HostCall::Log, &[1, 0, 0], &[], 0, log), "debug “asking\\n你好”");
        assert_eq!(line_with(HostCall::FdWrite, &[2, 0, 1, 0], &[], 0, log), "stderr “asking\\n你好”");
    }

    #[test]
    fn a_metric_that_changed_has_its_name() {
        let change = |recorder: &mut Recorder| {
            recorder.change(|event: EventId| Change {
                event,
                exchange: None,
                part: Part::Metric,
                op: ChangeOp::Replace,
                name: Bytes::from_static(b"hits"),
                before: None,
                after: None,
                offset: 0,
            });
        };
        assert_eq!(line_with(HostCall::IncrementMetric, &[4, 5], &[], 0, change), "hits + 5");
    }

    #[test]
    fn long_texts_are_shortened_by_characters() {
        assert_eq!(shortened(&"好".repeat(81)), "好".repeat(80) + "…");
        assert_eq!(shortened("a\u{1b}[31m"), "a\\u{1b}[31m");
    }

    #[test]
    fn sizes_and_durations_are_readable() {
        assert_eq!(
            [0, 999, 1000, 1_234_567].map(bytes),
            ["0 B", "999 B", "1,000 B", "1,234,567 B"].map(str::to_owned)
        );
        assert_eq!(inline(ENGLISH, &DecodedValue::Duration(1_500_000)), "1.5 ms");
        assert_eq!(inline(ENGLISH, &DecodedValue::Time(1_767_225_600_000_000_000)), "2026-01-01T00:00:00Z");
    }

    #[test]
    fn callbacks_say_what_came() {
        let line = |callback: Callback, args: &[u32]| {
            let mut recorder = Recorder::new(TraceLimits::default());
            let id = recorder.begin_callback(callback, 0, args);
            recorder.end_callback(id, Ok(None), 0);
            let trace = recorder.finish(Leftovers::default(), Outcome::Finished { status: 200 });
            callback_summary(&decode_callback(&trace, id).expect("is a callback"))
        };
        assert_eq!(line(Callback::RequestHeaders, &[2, 7, 1]), "7 headers, end of stream");
        assert_eq!(line(Callback::RequestHeaders, &[2, 1]), "1 header");
        assert_eq!(line(Callback::ResponseBody, &[2, 1346, 0]), "1,346 B");
        assert_eq!(line(Callback::ContextCreate, &[2, 1]), "stream 2 of plugin 1");
        assert_eq!(line(Callback::ContextCreate, &[1, 0]), "plugin 1");
        assert_eq!(line(Callback::Configure, &[1, 275]), "275 B of configuration");
        assert_eq!(line(Callback::Log, &[2]), "");
    }
}
