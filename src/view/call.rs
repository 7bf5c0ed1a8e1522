//! Host calls and callbacks of a trace, decoded for people: arguments by name, enumerations in words, bytes as text.
//!
//! A trace keeps raw numbers and the bytes they pointed at; what they mean is said by the tables in [`crate::abi`].
//! Decoding costs about the size of the call's bytes, so a list decodes the rows that are shown.

use bytes::Bytes;

use crate::abi::{
    BufferType, Callback, CallbackResult, HostCall, LogLevel, MapType, MetricKind, Namespace, Param,
    ParamKind, Status, StreamType, errno_name, pairs,
};
use crate::trace::{EventId, EventKind, Returned, Trace};

/// Bytes that crossed the boundary, so far as the trace kept them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blob {
    pub bytes: Bytes,
    /// Length of the whole value in bytes; more than `bytes` has when the trace cut it.
    pub full_len: usize,
}

impl Blob {
    fn new(bytes: &[u8], full_len: u32) -> Self {
        Self { bytes: Bytes::copy_from_slice(bytes), full_len: full_len as usize }
    }

    pub(super) fn whole(bytes: &[u8]) -> Self {
        Self { bytes: Bytes::copy_from_slice(bytes), full_len: bytes.len() }
    }

    /// The trace kept only the beginning.
    pub fn is_cut(&self) -> bool {
        self.bytes.len() < self.full_len
    }

    /// The bytes as text, if they are UTF-8. A character that the cut went through is left out.
    pub fn text(&self) -> Option<&str> {
        match std::str::from_utf8(&self.bytes) {
            Ok(text) => Some(text),
            Err(error) if self.is_cut() && error.error_len().is_none() => {
                std::str::from_utf8(&self.bytes[..error.valid_up_to()]).ok()
            }
            Err(_) => None,
        }
    }
}

/// An argument or result in terms of the ABI.
#[derive(Clone, Debug, PartialEq)]
pub enum DecodedValue {
    /// The host never read or stored it, or could not.
    Missing,
    Int(i64),
    Uint(u64),
    Bool(bool),
    /// A value of an enumeration, in words, such as `request headers`.
    Name(&'static str),
    Bytes(Blob),
    /// A property path, written `request.headers.x-user`.
    Path(String),
    /// A header map, in order.
    Pairs(Vec<(Bytes, Bytes)>),
    /// Nanoseconds since 1970-01-01T00:00:00Z.
    Time(u64),
    /// Nanoseconds.
    Duration(i64),
}

/// One argument or result with its name.
#[derive(Clone, Debug, PartialEq)]
pub struct ArgView {
    pub name: &'static str,
    pub value: DecodedValue,
}

/// A host call, decoded.
#[derive(Clone, Debug, PartialEq)]
pub struct CallView {
    pub event: EventId,
    /// Counted from 1 over the whole run, in the order in which calls began.
    pub number: u32,
    pub call: HostCall,
    /// Name of the import, such as `proxy_get_property`.
    pub name: &'static str,
    pub args: Vec<ArgView>,
    /// Name of the status; for WASI, of the error number. A call without a status that returned is `Ok`.
    pub status: &'static str,
    /// Everything that the call stores, in the order of its parameters.
    pub result: Vec<ArgView>,
}

/// The status of a call that the guest never came back from.
pub const NOT_RETURNED: &str = "NotReturned";

impl CallView {
    pub fn is_ok(&self) -> bool {
        self.status == Status::Ok.name()
    }

    /// An argument by its name in the ABI's table.
    pub fn arg(&self, name: &str) -> Option<&DecodedValue> {
        self.args.iter().find(|arg| arg.name == name).map(|arg| &arg.value)
    }

    /// A stored result by its name, if it was stored.
    pub fn stored(&self, name: &str) -> Option<&DecodedValue> {
        let found = self.result.iter().find(|result| result.name == name).map(|result| &result.value);
        found.filter(|value| **value != DecodedValue::Missing)
    }
}

/// A callback, decoded.
#[derive(Clone, Debug, PartialEq)]
pub struct CallbackView {
    pub event: EventId,
    pub callback: Callback,
    /// Name of the export, such as `proxy_on_request_headers`.
    pub name: &'static str,
    /// Place of the filter in the chain, from 0.
    pub filter: u16,
    /// The context that was called; 0 for functions without one, such as `_initialize`.
    pub context: u32,
    /// Arguments after the context.
    pub args: Vec<ArgView>,
    /// Raw result; `None`: there is none, or the guest did not return.
    pub result: Option<u32>,
    /// What the result means: an action such as `StopIteration`, `true` or `false`.
    pub answer: Option<&'static str>,
    /// The guest did not return: it trapped or was stopped.
    pub failed: bool,
}

/// Decodes a host call; `None` when the event is something else.
pub fn decode(trace: &Trace, event: EventId) -> Option<CallView> {
    let EventKind::Call { call, number, returned, .. } = trace.event(event)?.kind else { return None };
    let spec = call.spec();
    let raw = trace.args(event);
    let mut place = 0;
    let (mut args, mut result) = (Vec::new(), Vec::new());
    let status = status(call, returned);
    let is_ok = status == Status::Ok.name();
    for (index, param) in spec.params.iter().enumerate() {
        let number = raw.get(place).copied().unwrap_or_default();
        place += param.kind.value_types().len();
        let payload = trace.payload(event, index).map(|(payload, bytes)| Blob::new(bytes, payload.full_len));
        if param.kind.is_output() {
            // What goes through the guest's allocator arrives only with an Ok; plain numbers are stored at once.
            let through_allocator = matches!(param.kind, ParamKind::OutBytes | ParamKind::OutPairs);
            let stored = payload.filter(|_| is_ok || !through_allocator);
            let value = stored.map_or(DecodedValue::Missing, |blob| output(call, param, blob, &args));
            result.push(ArgView { name: param.name, value });
        } else {
            let value = match (call, param.kind) {
                (HostCall::Log, ParamKind::Bytes) => log_message(trace, event),
                _ => input(param.kind, number, payload),
            };
            args.push(ArgView { name: param.name, value });
        }
    }
    if call == HostCall::PthreadEqual
        && let Returned::Number(equal) = returned
    {
        result.push(ArgView { name: "equal", value: DecodedValue::Bool(equal != 0) });
    }
    Some(CallView { event, number, call, name: call.name(), args, status, result })
}

/// Decodes a callback; `None` when the event is something else.
pub fn decode_callback(trace: &Trace, event: EventId) -> Option<CallbackView> {
    let EventKind::Callback { callback, filter, result, failed, .. } = trace.event(event)?.kind else {
        return None;
    };
    let names = callback.spec().args;
    let raw = trace.args(event);
    let takes_context = names.first() == Some(&"context");
    let context = raw.first().filter(|_| takes_context).map_or(0, |id| *id as u32);
    let args = names.iter().zip(raw).skip(usize::from(takes_context));
    let args = args.map(|(name, number)| ArgView {
        name,
        value: match *name {
            "end_of_stream" => DecodedValue::Bool(*number != 0),
            _ => DecodedValue::Uint(*number),
        },
    });
    Some(CallbackView {
        event,
        callback,
        name: callback.name(),
        filter,
        context,
        args: args.collect(),
        result,
        answer: result.and_then(|number| answer(callback, number)),
        failed,
    })
}

/// What a callback's number means in the words of the specification; numbers beyond those it names have none.
pub(super) fn answer(callback: Callback, number: u32) -> Option<&'static str> {
    let names: &[&str] = match callback.spec().result {
        CallbackResult::Truth => return Some(if number == 0 { "false" } else { "true" }),
        CallbackResult::Headers => &[
            "Continue",
            "StopIteration",
            "ContinueAndEndStream",
            "StopAllIterationAndBuffer",
            "StopAllIterationAndWatermark",
        ],
        CallbackResult::Data => {
            &["Continue", "StopIterationAndBuffer", "StopIterationAndWatermark", "StopIterationNoBuffer"]
        }
        CallbackResult::Trailers | CallbackResult::Network => &["Continue", "StopIteration"],
        CallbackResult::Nothing | CallbackResult::Ignored | CallbackResult::Address => &[],
    };
    names.get(usize::try_from(number).ok()?).copied()
}

pub(super) fn status(call: HostCall, returned: Returned) -> &'static str {
    let number = match returned {
        Returned::Never => return NOT_RETURNED,
        // Its number is a truth, not a status.
        _ if call == HostCall::PthreadEqual => return Status::Ok.name(),
        Returned::Nothing => return Status::Ok.name(),
        Returned::Number(number) => number,
    };
    let name = match call.spec().namespace {
        Namespace::Env => Status::from_number(number).map(Status::name),
        Namespace::Wasi => errno_name(number),
    };
    name.unwrap_or("Unknown")
}

fn input(kind: ParamKind, number: u64, payload: Option<Blob>) -> DecodedValue {
    // A number outside an enumeration is a mistake of the guest; it is shown as it is.
    let named = |name: Option<&'static str>| name.map_or(DecodedValue::Uint(number), DecodedValue::Name);
    let small = number as u32;
    match kind {
        ParamKind::LogLevel => named(LogLevel::from_number(small).map(LogLevel::name)),
        ParamKind::MapType => named(MapType::from_number(small).map(MapType::name)),
        ParamKind::BufferType => named(BufferType::from_number(small).map(BufferType::name)),
        ParamKind::StreamType => named(StreamType::from_number(small).map(StreamType::name)),
        ParamKind::MetricKind => named(MetricKind::from_number(small).map(MetricKind::name)),
        ParamKind::Bool => DecodedValue::Bool(number != 0),
        ParamKind::I32 => DecodedValue::Int(i64::from(small as i32)),
        ParamKind::I64 => DecodedValue::Int(number as i64),
        ParamKind::Bytes => payload.map_or(DecodedValue::Missing, DecodedValue::Bytes),
        ParamKind::Path => {
            payload.map_or(DecodedValue::Missing, |blob| DecodedValue::Path(path(&blob.bytes)))
        }
        ParamKind::Pairs => payload.map_or(DecodedValue::Missing, as_pairs),
        ParamKind::U32 | ParamKind::U64 | ParamKind::Address => DecodedValue::Uint(number),
        ParamKind::OutBytes | ParamKind::OutPairs | ParamKind::OutU32 | ParamKind::OutU64 => {
            DecodedValue::Missing
        }
    }
}

fn output(call: HostCall, param: &Param, blob: Blob, args: &[ArgView]) -> DecodedValue {
    match (call, param.kind) {
        (HostCall::GetLogLevel, _) => {
            let level = number(&blob).and_then(|level| LogLevel::from_number(level as u32));
            level.map_or(DecodedValue::Missing, |level| DecodedValue::Name(level.name()))
        }
        (HostCall::GetCurrentTime, _) => number(&blob).map_or(DecodedValue::Missing, DecodedValue::Time),
        (HostCall::GetProperty, _) => match args.first().map(|arg| &arg.value) {
            Some(DecodedValue::Path(path)) => property(path, blob),
            _ => DecodedValue::Bytes(blob),
        },
        (_, ParamKind::OutPairs) => as_pairs(blob),
        (_, ParamKind::OutU32 | ParamKind::OutU64) => {
            number(&blob).map_or(DecodedValue::Missing, DecodedValue::Uint)
        }
        _ => DecodedValue::Bytes(blob),
    }
}

fn as_pairs(blob: Blob) -> DecodedValue {
    match pairs::decode(&blob.bytes).filter(|_| !blob.is_cut()) {
        Some(pairs) => DecodedValue::Pairs(pairs),
        // What Envoy takes as an empty map is worth seeing as it is.
        None => DecodedValue::Bytes(blob),
    }
}

/// A little-endian number of four or eight bytes.
fn number(blob: &Blob) -> Option<u64> {
    match blob.bytes.as_ref() {
        [a, b, c, d] => Some(u32::from_le_bytes([*a, *b, *c, *d]).into()),
        bytes => Some(u64::from_le_bytes(bytes.try_into().ok()?)),
    }
}

/// The message lies in the log line that the call made, not in a payload.
fn log_message(trace: &Trace, event: EventId) -> DecodedValue {
    let line = trace.children(event).find(|(_, child)| matches!(child.kind, EventKind::Log { .. }));
    let message = line.and_then(|(id, _)| trace.log_line(id)).map(|line| line.message);
    message.map_or(DecodedValue::Missing, |message| DecodedValue::Bytes(Blob::whole(message)))
}

/// A property path for people: segments with dots between. A segment that holds a dot or nothing itself stands in
/// brackets, so that `request.path` passed as one segment, a common mistake, is told from the right form.
pub fn path(bytes: &[u8]) -> String {
    let bytes = bytes.strip_suffix(b"\0").unwrap_or(bytes);
    let mut shown = String::new();
    for segment in bytes.split(|byte| *byte == 0) {
        let text = String::from_utf8_lossy(segment);
        let plain =
            !text.is_empty() && !text.contains(['.', '"', '[', ']']) && !text.contains(char::is_control);
        if !plain {
            shown.push_str(&format!("[{text:?}]"));
        } else {
            if !shown.is_empty() {
                shown.push('.');
            }
            shown.push_str(&text);
        }
    }
    shown
}

/// A property's value by the type that Envoy gives it (`host-spec`, sections 4.3 and 4.5).
fn property(path: &str, blob: Blob) -> DecodedValue {
    let number = number(&blob).filter(|_| blob.bytes.len() == 8);
    let typed = match path {
        "request.size"
        | "request.total_size"
        | "request.headers_bytes"
        | "response.code"
        | "response.flags"
        | "response.grpc_status"
        | "response.size"
        | "response.total_size"
        | "response.headers_bytes"
        | "source.port"
        | "destination.port"
        | "upstream.port"
        | "xds.listener_direction" => number.map(|number| DecodedValue::Int(number as i64)),
        "connection.id" | "connection_id" | "upstream.request_attempt_count" | "upstream.num_endpoints" => {
            number.map(DecodedValue::Uint)
        }
        "request.duration" | "response.backend_latency" | "upstream.cx_pool_ready_duration" => {
            number.map(|number| DecodedValue::Duration(number as i64))
        }
        "request.time" => number.map(DecodedValue::Time),
        "connection.mtls" => match blob.bytes.as_ref() {
            [truth] => Some(DecodedValue::Bool(*truth != 0)),
            _ => None,
        },
        "request.headers" | "response.headers" | "response.trailers" | "metadata.filter_metadata" => {
            return as_pairs(blob);
        }
        _ => map(&blob),
    };
    typed.unwrap_or(DecodedValue::Bytes(blob))
}

/// A value that has the form of a map or list, as what is inside metadata has: hardly anything else begins with a small
/// number of four bytes and ends where that says.
fn map(blob: &Blob) -> Option<DecodedValue> {
    let has_entries = matches!(blob.bytes.as_ref(), [low, high, 0, 0, ..] if *low > 0 || *high > 0);
    let pairs = has_entries.then(|| pairs::decode(&blob.bytes).filter(|_| !blob.is_cut())).flatten()?;
    Some(DecodedValue::Pairs(pairs))
}

/// A callback with the host calls that were made in it, those of the guest's allocator included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallGroup {
    /// `None`: the module's start section, which runs before there are callbacks.
    pub callback: Option<EventId>,
    /// In the order in which they began.
    pub calls: Vec<EventId>,
}

/// All callbacks but the allocator's, in order, with their host calls.
pub fn by_callback(trace: &Trace) -> Vec<CallGroup> {
    let mut groups: Vec<CallGroup> = Vec::new();
    // For each event, the group that it belongs to.
    let mut group_of: Vec<Option<usize>> = Vec::with_capacity(trace.events().len());
    for (id, event) in trace.numbered() {
        let mut group = event.parent.and_then(|parent| group_of.get(parent.index()).copied().flatten());
        match event.kind {
            EventKind::Callback { callback: Callback::Malloc | Callback::MemoryAllocate, .. } => {}
            EventKind::Callback { .. } => {
                groups.push(CallGroup { callback: Some(id), calls: Vec::new() });
                group = Some(groups.len() - 1);
            }
            EventKind::Call { .. } => {
                if group.is_none() && groups.last().is_none_or(|last| last.callback.is_some()) {
                    groups.push(CallGroup { callback: None, calls: Vec::new() });
                }
                let place = group.unwrap_or(groups.len().saturating_sub(1));
                groups[place].calls.push(id);
                group = Some(place);
            }
            _ => {}
        }
        group_of.push(group);
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::{Channel, Leftovers, Outcome, Recorder, TraceLimits};

    /// A trace with one call inside `on_request_headers`.
    fn traced(
        call: HostCall,
        args: &[u64],
        payloads: &[(usize, &[u8])],
        returned: Returned,
    ) -> (Trace, EventId) {
        let limits = TraceLimits { payload: 16, ..TraceLimits::default() };
        let mut recorder = Recorder::new(limits);
        let callback = recorder.begin_callback(Callback::RequestHeaders, 0, &[2, 7, 1]);
        let id = recorder.begin_call(call, args).expect("calls are recorded");
        for (param, bytes) in payloads {
            recorder.payload(*param, bytes);
        }
        recorder.end_call(id, returned, 0);
        recorder.end_callback(callback, Ok(Some(1)), 0);
        (recorder.finish(Leftovers::default(), Outcome::Finished { status: 200 }), id)
    }

    fn decoded(call: HostCall, args: &[u64], payloads: &[(usize, &[u8])], returned: Returned) -> CallView {
        let (trace, id) = traced(call, args, payloads, returned);
        decode(&trace, id).expect("is a call")
    }

    fn text(text: &str) -> DecodedValue {
        DecodedValue::Bytes(Blob::whole(text.as_bytes()))
    }

    const OK: Returned = Returned::Number(0);

    #[test]
    fn arguments_have_names_and_enumerations_have_words() {
        let view = decoded(HostCall::GetHeaderMapValue, &[2, 9, 4, 0, 0], &[(1, b"etag"), (2, b"x1")], OK);
        assert_eq!((view.number, view.name, view.status), (1, "proxy_get_header_map_value", "Ok"));
        assert_eq!(view.arg("map"), Some(&DecodedValue::Name("response headers")));
        assert_eq!(view.arg("name"), Some(&text("etag")));
        assert_eq!(view.stored("value"), Some(&text("x1")));
        let odd = decoded(HostCall::GetHeaderMapValue, &[99, 9, 4, 0, 0], &[], Returned::Number(2));
        assert_eq!(odd.arg("map"), Some(&DecodedValue::Uint(99)));
        assert_eq!((odd.status, odd.arg("name")), ("BadArgument", Some(&DecodedValue::Missing)));
    }

    #[test]
    fn signs_are_those_of_the_table() {
        let view = decoded(HostCall::IncrementMetric, &[4, (-3i64) as u64], &[], OK);
        assert_eq!(view.arg("delta"), Some(&DecodedValue::Int(-3)));
        let args = [200, 0, 0, 0, 0, 0, 0, u64::from(u32::MAX)];
        let view = decoded(HostCall::SendLocalResponse, &args, &[(1, b""), (2, b"no"), (3, b"")], OK);
        assert_eq!(view.arg("grpc_status"), Some(&DecodedValue::Int(-1)));
        assert_eq!(view.arg("headers"), Some(&DecodedValue::Pairs(vec![])));
    }

    #[test]
    fn a_value_that_the_allocator_refused_did_not_arrive_but_a_stored_number_did() {
        let view =
            decoded(HostCall::GetProperty, &[0, 1, 0, 0], &[(0, b"a"), (1, b"v")], Returned::Number(6));
        assert_eq!(view.stored("value"), None);
        let args = [0; 10];
        let view = decoded(HostCall::HttpCall, &args, &[(5, &[0, 0, 0, 0])], Returned::Number(2));
        assert_eq!(view.stored("token"), Some(&DecodedValue::Uint(0)));
    }

    #[test]
    fn long_values_are_marked_as_cut_and_stay_text() {
        let long = "一二三四五六七八";
        let view = decoded(HostCall::SetSharedData, &[0; 5], &[(0, b"k"), (1, long.as_bytes())], OK);
        let Some(DecodedValue::Bytes(blob)) = view.arg("value") else { panic!("is bytes") };
        assert!(blob.is_cut());
        assert_eq!((blob.full_len, blob.text()), (24, Some("一二三四五")));
        let pairs = pairs::encode([(b"name".as_slice(), b"value".as_slice())].into_iter());
        let view = decoded(HostCall::SetHeaderMapPairs, &[0, 0, 0], &[(1, &pairs)], OK);
        assert!(matches!(view.arg("pairs"), Some(DecodedValue::Bytes(blob)) if blob.is_cut()));
    }

    #[test]
    fn bytes_that_are_not_text_say_so() {
        let blob = Blob::whole(&[0xff, 0]);
        assert_eq!(blob.text(), None);
        // Half a character is a fault when nothing was cut.
        assert_eq!(Blob::whole(&"一".as_bytes()[..2]).text(), None);
    }

    #[test]
    fn property_paths_show_their_segments() {
        assert_eq!(path(b"request\0headers\0x-user"), "request.headers.x-user");
        assert_eq!(path(b"request\0path\0"), "request.path");
        assert_eq!(path(b"request.path"), "[\"request.path\"]");
        assert_eq!(
            path(b"metadata\0filter_metadata\0envoy.lb\0a"),
            "metadata.filter_metadata[\"envoy.lb\"].a"
        );
        assert_eq!(path(b""), "[\"\"]");
    }

    #[test]
    fn well_known_properties_have_their_types() {
        let get = |path: &[u8], value: &[u8]| {
            let view = decoded(HostCall::GetProperty, &[0; 4], &[(0, path), (1, value)], OK);
            view.stored("value").cloned().unwrap_or(DecodedValue::Missing)
        };
        assert_eq!(get(b"request\0size", &5i64.to_le_bytes()), DecodedValue::Int(5));
        assert_eq!(get(b"connection\0id", &7u64.to_le_bytes()), DecodedValue::Uint(7));
        assert_eq!(get(b"connection\0mtls", &[1]), DecodedValue::Bool(true));
        assert_eq!(get(b"request\0duration", &9i64.to_le_bytes()), DecodedValue::Duration(9));
        assert_eq!(get(b"request\0time", &9i64.to_le_bytes()), DecodedValue::Time(9));
        assert_eq!(get(b"request\0headers", &[0; 4]), DecodedValue::Pairs(vec![]));
        assert_eq!(get(b"source\0address", b"1.2.3.4:5"), text("1.2.3.4:5"));
        // Eight bytes of text under a name that has no number stay text.
        assert_eq!(get(b"mine", b"12345678"), text("12345678"));
        assert_eq!(get(b"request\0size", b"odd"), text("odd"));
    }

    #[test]
    fn statuses_are_named_by_their_family() {
        assert_eq!(decoded(HostCall::FdRead, &[3, 0, 0, 0], &[], Returned::Number(52)).status, "ENOSYS");
        assert_eq!(decoded(HostCall::Done, &[], &[], Returned::Number(1)).status, "NotFound");
        assert_eq!(decoded(HostCall::Done, &[], &[], Returned::Never).status, NOT_RETURNED);
        assert_eq!(decoded(HostCall::ProcExit, &[0], &[], Returned::Nothing).status, "Ok");
        let equal = decoded(HostCall::PthreadEqual, &[1, 1], &[], Returned::Number(1));
        assert_eq!((equal.status, equal.stored("equal")), ("Ok", Some(&DecodedValue::Bool(true))));
    }

    #[test]
    fn the_message_of_a_log_call_is_that_of_its_line() {
        let mut recorder = Recorder::new(TraceLimits::default());
        let id = recorder.begin_call(HostCall::Log, &[3, 0, 2]).expect("calls are recorded");
        recorder.log(LogLevel::Warn, Channel::Log, 0, 1, b"hi");
        recorder.end_call(id, OK, 0);
        let trace = recorder.finish(Leftovers::default(), Outcome::Finished { status: 0 });
        let view = decode(&trace, id).expect("is a call");
        assert_eq!(
            (view.arg("level"), view.arg("message")),
            (Some(&DecodedValue::Name("warn")), Some(&text("hi")))
        );
    }

    #[test]
    fn callbacks_say_what_their_numbers_mean() {
        let (trace, _) = traced(HostCall::Done, &[], &[], OK);
        let view = decode_callback(&trace, EventId::from_index(0)).expect("is a callback");
        assert_eq!((view.context, view.answer), (2, Some("StopIteration")));
        let args = [
            ArgView { name: "headers", value: DecodedValue::Uint(7) },
            ArgView { name: "end_of_stream", value: DecodedValue::Bool(true) },
        ];
        assert_eq!(view.args, args);
        assert_eq!(answer(Callback::Done, 0), Some("false"));
        assert_eq!(answer(Callback::RequestBody, 9), None);
    }

    #[test]
    fn calls_are_listed_under_the_callback_that_led_to_them() {
        let mut recorder = Recorder::new(TraceLimits::default());
        let start = recorder.begin_call(HostCall::FdWrite, &[1, 0, 0, 0]).expect("calls are recorded");
        recorder.end_call(start, OK, 0);
        let callback = recorder.begin_callback(Callback::Configure, 0, &[1, 3]);
        let outer = recorder.begin_call(HostCall::GetProperty, &[0; 4]).expect("calls are recorded");
        let allocator = recorder.begin_callback(Callback::MemoryAllocate, 0, &[8]);
        let inner = recorder.begin_call(HostCall::FdWrite, &[1, 0, 0, 0]).expect("calls are recorded");
        recorder.end_call(inner, OK, 0);
        recorder.end_callback(allocator, Ok(Some(8)), 0);
        recorder.end_call(outer, OK, 0);
        recorder.end_callback(callback, Ok(Some(1)), 0);
        let trace = recorder.finish(Leftovers::default(), Outcome::Finished { status: 0 });
        let groups = by_callback(&trace);
        assert_eq!(
            groups,
            [
                CallGroup { callback: None, calls: vec![start] },
                CallGroup { callback: Some(callback), calls: vec![outer, inner] },
            ]
        );
    }
}
