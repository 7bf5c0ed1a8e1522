//! Everything about one event, for a panel beside a list: what it was given, what it gave back, what it changed.

use bytes::Bytes;

use super::call::{self, ArgView, Blob, CallView, DecodedValue};
use super::changes::callback_around;
use super::diff::visible;
use super::sentences::{Severity, filter_in_chain, finding, limit, moment as words, timeline as rows};
use super::timeline::{self, Answer, Timeline, Totals};
use super::{Language, Text, call_line, moment, secrets, units};
use crate::abi::{HostCall, Param, ParamKind, Status};
use crate::scenario::Scenario;
use crate::trace::{Area, Change, EventId, EventKind, Part, StreamAction, Trace};

/// Longest value that is shown in one place, in bytes.
const SHOWN: usize = 8 << 10;
/// Most fields of a map that are listed.
const MOST_PAIRS: usize = 200;

/// A value with room of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shown {
    /// On the line of its name.
    Line(String),
    /// Fields of a map, in order; and how many there are in all.
    Pairs(Vec<(String, String)>, usize),
    /// Text or bytes in a box, with a note such as `41 B, JSON`.
    Block { note: String, text: String },
}

/// An argument, a result or another fact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    pub name: String,
    pub value: Shown,
    /// The event to which the value leads.
    pub link: Option<EventId>,
}

impl Field {
    fn line(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self { name: name.into(), value: Shown::Line(value.into()), link: None }
    }
}

/// What an event is, in full.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Detail {
    pub event: EventId,
    /// `#7 http_call`, `on_request_headers`, `Request paused`.
    pub title: String,
    /// The title is the name of a callback or host call.
    pub is_code: bool,
    /// Status or answer; empty: there is none.
    pub status: (&'static str, Severity),
    /// Measured time in nanoseconds; 0: none is measured.
    pub nanos: u64,
    /// Of a callback: how much of it was spent in the host.
    pub host_nanos: u64,
    /// Of a callback: how many host calls were made in it, and how many changes.
    pub counts: Option<(usize, usize)>,
    /// Of a callback: WebAssembly instructions, if they were counted.
    pub instructions: Option<u64>,
    /// Place on the virtual clock, in nanoseconds since the run began.
    pub at: u64,
    /// The callback in which it happened.
    pub inside: Option<(&'static str, EventId)>,
    /// The filter that it is about, where there are several.
    pub filter: Option<String>,
    /// What else is to be said, such as why a call failed.
    pub notes: Vec<Text>,
    pub args: Vec<Field>,
    /// The same as they crossed the boundary: numbers, addresses, bytes.
    pub raw_args: Vec<Field>,
    pub results: Vec<Field>,
    /// What it changed, callbacks: what was changed in it.
    pub changes: Vec<Field>,
    /// Of a group of rows: its callbacks, each under the time that it took.
    pub callbacks: Vec<Field>,
    /// Of an event that stands for a folded group: the group's title.
    pub group: String,
}

impl Detail {
    fn new(event: EventId, at: u64) -> Self {
        Self {
            event,
            title: String::new(),
            is_code: false,
            status: ("", Severity::Note),
            nanos: 0,
            host_nanos: 0,
            counts: None,
            instructions: None,
            at,
            inside: None,
            filter: None,
            notes: Vec::new(),
            args: Vec::new(),
            raw_args: Vec::new(),
            results: Vec::new(),
            changes: Vec::new(),
            callbacks: Vec::new(),
            group: String::new(),
        }
    }
}

/// What to show of a group of rows: start or end of a run, with its callbacks.
pub fn of_group(language: Language, trace: &Trace, timeline: &Timeline, group: usize) -> Option<Detail> {
    let row = timeline.rows().get(group)?;
    let (title, counted) = timeline::describe(trace, row, timeline.totals(group), language);
    let callback = |row: &timeline::Row| {
        let name = timeline::describe(trace, row, Totals::default(), language).0;
        Field { link: Some(row.event), ..Field::line(units::nanos(row.length), name) }
    };
    Some(Detail {
        title,
        nanos: row.length,
        notes: vec![counted],
        callbacks: timeline.callbacks_in(group).take(MOST_PAIRS).map(callback).collect(),
        ..Detail::new(row.event, trace.event(row.event)?.at)
    })
}

/// What to show of an event; `hides_secrets` as everywhere.
pub fn detail(
    language: Language,
    trace: &Trace,
    scenario: &Scenario,
    event: EventId,
    hides_secrets: bool,
) -> Option<Detail> {
    let entry = trace.event(event)?;
    let mut detail = Detail {
        nanos: u64::try_from(trace.duration(event).as_nanos()).unwrap_or(u64::MAX),
        instructions: trace.instructions(event),
        inside: callback_around(trace, event).map(|(callback, id)| (callback.short_name(), id)),
        filter: filter_in_chain(trace, scenario, event),
        ..Detail::new(event, entry.at)
    };
    match entry.kind {
        EventKind::Callback { .. } => of_callback(&mut detail, language, trace, scenario, hides_secrets),
        EventKind::Call { .. } => of_call(&mut detail, language, trace, hides_secrets),
        EventKind::Log { level, .. } => {
            let line = trace.log_line(event)?;
            detail.title = level.name().to_owned();
            detail.args.push(Field {
                name: words::message(language).into(),
                value: block(&Blob {
                    bytes: Bytes::copy_from_slice(line.message),
                    full_len: line.message.len(),
                }),
                link: None,
            });
        }
        EventKind::Stream(action) => {
            let (title, more) = rows::action(language, action);
            detail.title = title;
            detail.notes.extend(Some(more).filter(|more| !more.as_str().is_empty()));
            detail.notes.extend(rows::resumed(language, trace, event));
            if let StreamAction::Paused { direction, filter, callback } = action {
                detail.notes.push(words::resumes_on(language, scenario, direction, filter, callback));
            }
        }
        EventKind::Step(step) => detail.title = rows::step(language, step).to_string(),
        EventKind::Finding(found) => {
            detail.title = finding::title(language, found).to_string();
            let text = finding::text(language, found);
            detail.status = (text.id, text.severity);
            detail.notes.extend([text.why, text.what_to_do]);
        }
        EventKind::Limit(kind) => {
            detail.title = limit::name(language, kind).into();
            detail.status = ("", Severity::Error);
        }
    }
    Some(detail)
}

fn of_callback(
    detail: &mut Detail,
    language: Language,
    trace: &Trace,
    scenario: &Scenario,
    hides_secrets: bool,
) {
    let Some(view) = call::decode_callback(trace, detail.event) else { return };
    detail.title = view.callback.short_name().to_owned();
    detail.is_code = true;
    detail.status = match Answer::of(trace, scenario, detail.event) {
        Answer::Nothing => ("", Severity::Note),
        Answer::Failed => (words::trapped(language), Severity::Error),
        Answer::Continue => ("Continue", Severity::Ok),
        Answer::Pause(status) => (status, Severity::Warning),
        Answer::True => ("true", Severity::Note),
        Answer::False => ("false", Severity::Note),
    };
    if let (Some(number), Some(answer)) = (view.result, view.answer)
        && answer != detail.status.0
    {
        detail.notes.push(words::converted(language, number, answer, detail.status.0));
    }
    detail.args.push(Field::line("context", view.context.to_string()));
    detail.args.extend(view.args.iter().map(|arg| field(language, arg, hides_secrets)));
    let raw = trace.args(detail.event).iter().enumerate();
    let names = view.callback.spec().args;
    detail.raw_args = raw
        .map(|(index, number)| Field::line(names.get(index).copied().unwrap_or("?"), number.to_string()))
        .collect();
    let within =
        |change: &&Change| callback_around(trace, change.event).is_some_and(|(_, id)| id == detail.event);
    let changes = trace.changes();
    let from = changes.partition_point(|change| change.event < detail.event);
    let end = end_of(trace, detail.event);
    let to = changes.partition_point(|change| change.event < end);
    let found: Vec<&Change> = changes[from..to.max(from)].iter().filter(within).collect();
    detail.changes =
        found.iter().take(MOST_PAIRS).map(|change| changed(trace, change, hides_secrets)).collect();
    let is_call = |event: &EventKind| matches!(event, EventKind::Call { .. });
    let calls = trace.children(detail.event).filter(|(_, event)| is_call(&event.kind));
    let (mut count, mut nanos) = (0, 0u64);
    for (id, _) in calls {
        count += 1;
        nanos = nanos.saturating_add(u64::try_from(trace.duration(id).as_nanos()).unwrap_or(u64::MAX));
    }
    detail.counts = Some((count, found.len()));
    detail.host_nanos = nanos;
}

/// The first event after all that happened inside this one.
fn end_of(trace: &Trace, event: EventId) -> EventId {
    let after = trace.events()[event.index() + 1..].iter();
    let inside = after.take_while(|inner| inner.parent.is_some_and(|parent| parent >= event)).count();
    EventId::from_index(event.index() + 1 + inside)
}

fn of_call(detail: &mut Detail, language: Language, trace: &Trace, hides_secrets: bool) {
    let Some(mut call) = call::decode(trace, detail.event) else { return };
    if hides_secrets {
        secrets::mask_call(&mut call);
    }
    detail.title = format!("#{} {}", call.number, call.call.short_name());
    detail.is_code = true;
    let severity = if call.is_ok() { Severity::Ok } else { Severity::Warning };
    detail.status = (call.status, severity);
    if !call.is_ok() {
        detail.notes.extend(words::why_failed(language, trace, &call));
    }
    detail.args = call.args.iter().map(|arg| field(language, arg, hides_secrets)).collect();
    detail.raw_args = raw_args(trace, &call);
    let stored = call.result.iter().filter(|result| result.value != DecodedValue::Missing);
    detail.results = stored.map(|result| field(language, result, hides_secrets)).collect();
    if let Some(answer) = answer_to(trace, &call) {
        detail
            .results
            .push(Field { link: Some(answer), ..words::answered_in(language, trace, detail.event, answer) });
    }
    let changes = trace.changes();
    let from = changes.partition_point(|change| change.event < detail.event);
    let own = changes[from..].iter().take_while(|change| change.event == detail.event);
    detail.changes = own.take(MOST_PAIRS).map(|change| changed(trace, change, hides_secrets)).collect();
    if call.call == HostCall::GetProperty && call.status == Status::NotFound.name() {
        detail.notes.extend(words::property_hint(language, &call));
    }
}

/// The callback that brought the answer to a callout.
fn answer_to(trace: &Trace, call: &CallView) -> Option<EventId> {
    let made = trace.callouts.iter().find(|callout| callout.event == call.event)?;
    trace.events()[call.event.index()..].iter().enumerate().find_map(|(offset, event)| {
        let id = EventId::from_index(call.event.index() + offset);
        match event.kind {
            EventKind::Callback { callback, .. } if callback.answers_callout() => {
                (trace.args(id).get(1).copied() == Some(u64::from(made.token))).then_some(id)
            }
            _ => None,
        }
    })
}

/// The messages of an exchange as they were at an event, part by part, those left out that were not there.
pub fn messages(
    language: Language,
    trace: &Trace,
    exchange: u16,
    event: EventId,
    hides_secrets: bool,
) -> Vec<(Part, Field)> {
    let parts = [
        (Part::RequestHeaders, Area::RequestHeaders),
        (Part::RequestBody, Area::RequestBody),
        (Part::RequestTrailers, Area::RequestTrailers),
        (Part::ResponseHeaders, Area::ResponseHeaders),
        (Part::ResponseBody, Area::ResponseBody),
        (Part::ResponseTrailers, Area::ResponseTrailers),
    ];
    let shown = parts.into_iter().filter_map(|(part, area)| {
        let name = words::area(language, area).to_owned();
        let value = match part {
            Part::RequestBody | Part::ResponseBody => {
                let size = moment::body_size(trace, exchange, part, event);
                let bytes = moment::body(trace, exchange, part, event);
                let blob = Blob { bytes, full_len: usize::try_from(size).unwrap_or(usize::MAX) };
                (size > 0).then(|| block(&blob))?
            }
            _ => {
                let map = moment::headers(trace, exchange, part, event)?;
                let pairs = map.entries().iter().map(|entry| (entry.name.clone(), entry.value.clone()));
                shown_pairs(&pairs.collect::<Vec<_>>(), hides_secrets)
            }
        };
        Some((part, Field { name, value, link: None }))
    });
    shown.collect()
}

/// A value as one line, a table or a box.
fn field(language: Language, arg: &ArgView, hides_secrets: bool) -> Field {
    // A time's unit stands with its value.
    let time = arg.name.strip_suffix("_ms");
    let name = time.unwrap_or(arg.name).replace('_', " ");
    let value = match &arg.value {
        DecodedValue::Pairs(pairs) => shown_pairs(pairs, hides_secrets),
        DecodedValue::Bytes(blob) => match blob.text() {
            Some(text) if text.len() <= 48 && !text.contains(char::is_control) => {
                Shown::Line(if text.is_empty() { "\"\"".into() } else { text.to_owned() })
            }
            _ => block(blob),
        },
        DecodedValue::Int(number) if time.is_some() => Shown::Line(format!("{} ms", units::number(number))),
        other => Shown::Line(call_line::inline(language, other)),
    };
    Field { name, value, link: None }
}

fn shown_pairs(pairs: &[(Bytes, Bytes)], hides_secrets: bool) -> Shown {
    let text = |bytes: &[u8]| visible(bytes, SHOWN).text;
    let rows = pairs.iter().take(MOST_PAIRS).map(|(name, value)| {
        let value = text(value);
        let lower = name.to_ascii_lowercase();
        let is_hidden = hides_secrets && secrets::is_secret(&lower);
        (text(name), if is_hidden { secrets::mask(&lower, &value) } else { value })
    });
    Shown::Pairs(rows.collect(), pairs.len())
}

fn block(blob: &Blob) -> Shown {
    let size = units::bytes(blob.full_len as u64);
    match blob.text() {
        Some(text) => {
            let is_json =
                serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok() && !text.trim().is_empty();
            let note = if is_json { format!("{size}, JSON") } else { size };
            let text = lines(text);
            Shown::Block { note, text }
        }
        None => Shown::Block { note: size, text: dump(&blob.bytes) },
    }
}

/// Text with its line breaks, everything else that is no character made visible, cut at [`SHOWN`].
fn lines(text: &str) -> String {
    let mut shown: Vec<String> = Vec::new();
    let mut room = SHOWN;
    for line in text.lines() {
        if room == 0 {
            shown.push("…".into());
            break;
        }
        let line = visible(line.as_bytes(), room).text;
        room = room.saturating_sub(line.len().max(1));
        shown.push(line);
    }
    shown.join("\n")
}

/// Sixteen bytes a line in hexadecimal, with the characters that they are.
fn dump(bytes: &[u8]) -> String {
    const MOST: usize = 512;
    let rows = bytes[..bytes.len().min(MOST)].chunks(16).map(|row| {
        let hex: Vec<String> = row.iter().map(|byte| format!("{byte:02x}")).collect();
        let text: String = row
            .iter()
            .map(|byte| if (0x20..0x7f).contains(byte) { char::from(*byte) } else { '.' })
            .collect();
        format!("{:<47}  {text}", hex.join(" "))
    });
    let more = if bytes.len() > MOST { "\n…" } else { "" };
    rows.collect::<Vec<_>>().join("\n") + more
}

/// Arguments as numbers, with the bytes behind addresses.
fn raw_args(trace: &Trace, call: &CallView) -> Vec<Field> {
    let raw = trace.args(call.event);
    let mut place = 0;
    let mut fields = Vec::new();
    for (index, Param { name, kind, .. }) in call.call.spec().params.iter().enumerate() {
        let width = kind.value_types().len();
        let numbers = raw.get(place..place + width).unwrap_or_default();
        place += width;
        let is_address =
            width == 2 || matches!(kind, ParamKind::Address | ParamKind::OutU32 | ParamKind::OutU64);
        let numbers: Vec<String> = numbers
            .iter()
            .enumerate()
            .map(|(part, number)| match is_address && part == 0 {
                true => format!("0x{number:08x}"),
                false => number.to_string(),
            })
            .collect();
        fields.push(Field::line(name.replace('_', " "), numbers.join(", ")));
        if let Some((payload, bytes)) = trace.payload(call.event, index)
            && !bytes.is_empty()
        {
            let note = units::bytes(payload.full_len.into());
            fields.push(Field {
                name: String::new(),
                value: Shown::Block { note, text: dump(bytes) },
                link: None,
            });
        }
    }
    fields
}

/// `x-user: a → b`, with the event that wrote it.
fn changed(trace: &Trace, change: &Change, hides_secrets: bool) -> Field {
    let name = String::from_utf8_lossy(&change.name).replace('\0', ".");
    let is_secret = hides_secrets && secrets::is_secret(&change.name);
    let value = |bytes: &Option<Bytes>| {
        bytes.as_ref().map(|bytes| match change.part {
            Part::RequestBody | Part::ResponseBody | Part::DownstreamData | Part::UpstreamData => {
                units::bytes(bytes.len() as u64)
            }
            _ => {
                let text = call_line::shortened(&String::from_utf8_lossy(bytes));
                if is_secret { secrets::mask(&change.name, &text) } else { text }
            }
        })
    };
    let shown = match (value(&change.before), value(&change.after)) {
        (Some(before), Some(after)) => format!("{before} → {after}"),
        (None, Some(after)) => format!("+ {after}"),
        (Some(before), None) => format!("− {before}"),
        (None, None) => String::new(),
    };
    let name = match name.is_empty() {
        true => change.part.name().replace('_', " "),
        false => name,
    };
    let number = trace.call_of(change.event).map(|(_, number)| format!("#{number} ")).unwrap_or_default();
    Field { name: format!("{number}{name}"), value: Shown::Line(shown), link: Some(change.event) }
}
