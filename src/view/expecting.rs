//! Expectations made from what is shown of a run, for "expect this".

use serde_json::{Value, json};
use serde_json_path::JsonPath;

use super::call;
use super::changes::{Content, HeaderRow, Section};
use super::diff::{BodyDiff, Layout};
use super::state::{Section as List, State};
use crate::abi::HostCall;
use crate::scenario::{Expectation, Subject};
use crate::trace::{Callout, EventId, EventKind, Outcome, Part, StreamAction, Trace};

/// Longest value that is expected to be equal, in bytes; of a longer one the beginning is expected.
const MOST: usize = 400;

/// About one request of a run, or about the only one, which nobody counts.
fn about(trace: &Trace, exchange: usize, expectation: Expectation) -> Expectation {
    let request = (trace.exchanges.len() > 1).then(|| u32::try_from(exchange + 1).unwrap_or(u32::MAX));
    Expectation { request, ..expectation }
}

/// How a request ended: with a status, or with a word where nobody got one.
pub fn of_ending(trace: &Trace, exchange: usize) -> Expectation {
    let outcome = trace.outcome_of(exchange);
    let expectation = match outcome {
        Outcome::Finished { status } | Outcome::LocalReply { status, .. } if *status != 0 => {
            Expectation { that: Subject::Status, is: Some(json!(status)), ..Expectation::default() }
        }
        other => {
            Expectation { that: Subject::Outcome, is: Some(json!(other.kind())), ..Expectation::default() }
        }
    };
    about(trace, exchange, expectation)
}

/// A row of the changes: a header as it left the filters, or a value of a body. `hides`: credentials are not written out.
pub fn of_change(
    trace: &Trace,
    exchange: usize,
    section: &Section,
    row: usize,
    hides: bool,
) -> Option<Expectation> {
    let expectation = match &section.content {
        Content::Headers { rows, .. } => of_header(section.part, rows.get(row)?, hides)?,
        Content::Body(body) => of_body(section.part, body, row)?,
    };
    Some(about(trace, exchange, expectation))
}

fn of_header(part: Part, row: &HeaderRow, hides: bool) -> Option<Expectation> {
    let that = match part {
        Part::RequestHeaders => Subject::UpstreamHeader,
        Part::RequestTrailers => Subject::UpstreamTrailer,
        Part::ResponseHeaders => Subject::DownstreamHeader,
        Part::ResponseTrailers => Subject::DownstreamTrailer,
        _ => return None,
    };
    let Some(cell) = &row.after else {
        let name = row.before.as_ref()?.name.clone();
        return Some(Expectation { that, name, exists: Some(false), ..Expectation::default() });
    };
    let name = cell.name.clone();
    if name == ":status" {
        let status: Option<u16> = std::str::from_utf8(&cell.bytes).ok().and_then(|text| text.parse().ok());
        return Some(Expectation {
            that: Subject::Status,
            is: Some(json!(status?)),
            ..Expectation::default()
        });
    }
    let expectation = Expectation { that, name, ..Expectation::default() };
    Some(match hides && cell.is_secret {
        true => Expectation { exists: Some(true), ..expectation },
        false => equal(expectation, &cell.bytes),
    })
}

fn of_body(part: Part, body: &BodyDiff, row: usize) -> Option<Expectation> {
    let that = match part {
        Part::RequestBody => Subject::UpstreamBody,
        Part::ResponseBody => Subject::DownstreamBody,
        _ => return None,
    };
    let is_gone = body.place(row)?.after.is_none();
    let name = body.name(row).filter(|_| body.layout() == Layout::Json);
    let path = name.filter(|path| JsonPath::parse(path).is_ok());
    let expectation = Expectation { that, ..Expectation::default() };
    let text = |expectation: Expectation, bytes: &[u8]| Expectation {
        contains: Some(beginning(&String::from_utf8_lossy(bytes)).to_owned()),
        not: is_gone,
        ..expectation
    };
    let Some(path) = path else { return Some(text(expectation, &body.value(row)?)) };
    let expectation = Expectation { json: path, ..expectation };
    if is_gone {
        return Some(Expectation { exists: Some(false), ..expectation });
    }
    let value = value_at(body, &expectation.json);
    Some(match value.filter(|value| value.to_string().len() <= MOST) {
        Some(value) => Expectation { is: Some(value), ..expectation },
        None => Expectation { exists: Some(true), ..expectation },
    })
}

/// The value at a path of the body as it left the filters.
fn value_at(body: &BodyDiff, path: &str) -> Option<Value> {
    let json: Value = serde_json::from_slice(body.shown_bytes()[1]).ok()?;
    let path = JsonPath::parse(path).ok()?;
    path.query(&json).first().cloned()
}

/// Something that happened: a log line, a host call, a callout, what a callback answered, a local reply, a finding.
pub fn of_event(trace: &Trace, event: EventId) -> Option<Expectation> {
    let entry = trace.event(event)?;
    let none = Expectation::default();
    Some(match entry.kind {
        EventKind::Log { level, .. } => {
            let line = trace.log_line(event)?;
            let expectation = Expectation { that: Subject::Log, level: Some(level), ..none };
            equal(expectation, line.message)
        }
        EventKind::Call { call, returned, .. } => {
            // What the call wrote says more than that it was made.
            let inside = trace.event(EventId::from_index(event.index() + 1));
            let has_line = inside.is_some_and(|inside| {
                inside.parent == Some(event) && matches!(inside.kind, EventKind::Log { .. })
            });
            if has_line {
                return of_event(trace, EventId::from_index(event.index() + 1));
            }
            if let Some(callout) = trace.callouts.iter().find(|callout| callout.event == event) {
                return Some(of_callout(callout));
            }
            if call == HostCall::SendLocalResponse
                && let Some(status) = trace.args(event).first()
            {
                return Some(Expectation { that: Subject::LocalReply, is: Some(json!(status)), ..none });
            }
            let status = call::status(call, returned);
            Expectation { that: Subject::HostCall, name: call.name().into(), is: Some(json!(status)), ..none }
        }
        EventKind::Callback { callback, result, .. } => {
            let answer = call::answer(callback, result?)?;
            let callback = callback.name().into();
            Expectation { that: Subject::Action, callback, is: Some(json!(answer)), ..none }
        }
        EventKind::Stream(StreamAction::LocalReply { status, .. }) => {
            Expectation { that: Subject::LocalReply, is: Some(json!(status)), ..none }
        }
        EventKind::Finding(finding) => {
            // Nobody wants one; that there is none is what can be expected.
            let name = finding.name();
            Expectation { that: Subject::Finding, is: Some(json!(name)), not: true, ..none }
        }
        _ => return None,
    })
}

fn of_callout(callout: &Callout) -> Expectation {
    let header = |name: &str| {
        let found = callout.request.headers.entries().iter().find(|entry| entry.name == name.as_bytes());
        found.map(|entry| String::from_utf8_lossy(&entry.value).into_owned()).unwrap_or_default()
    };
    let expectation =
        Expectation { that: Subject::Callout, upstream: callout.upstream.clone(), ..Expectation::default() };
    equal(expectation, format!("{} {}", header(":method"), header(":path")).as_bytes())
}

/// A thing of the state, as it is at the end of the run.
pub fn of_state(trace: &Trace, state: &State, list: List, row: usize) -> Option<Expectation> {
    let none = Expectation::default();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    match list {
        List::Metrics => {
            let entry = state.metrics.get(row)?;
            let (_, last) = entry.versions.last()?;
            let name = text(&entry.id.name);
            let value = last.recorded.unwrap_or(last.value);
            Some(Expectation { that: Subject::Metric, name, is: Some(json!(value)), ..none })
        }
        List::SharedData => {
            let entry = state.shared.get(row)?;
            let (_, last) = entry.versions.last()?;
            let change = trace.changes().get(last.change as usize)?;
            let expectation = Expectation { that: Subject::SharedData, name: text(&entry.id.key), ..none };
            Some(match &change.after {
                Some(value) => equal(expectation, value),
                None => Expectation { exists: Some(false), ..expectation },
            })
        }
        List::Properties => {
            let entry = state.properties.get(row)?;
            let written = entry.versions.iter().rev().find_map(|(event, _)| trace.change_of(*event))?;
            // A path has its segments apart by NUL; a scenario writes dots.
            let name = text(&entry.id).replace('\0', ".");
            Some(equal(Expectation { that: Subject::Property, name, ..none }, written.after.as_ref()?))
        }
        List::Callouts => {
            let entry = state.callouts.get(row)?;
            let callout = trace.callouts.get(entry.id.callout? as usize)?;
            Some(of_callout(callout))
        }
        List::Contexts | List::Queues | List::Timers | List::Missed | List::Memory => None,
    }
}

/// Equal to these bytes, or beginning as they do.
fn equal(expectation: Expectation, bytes: &[u8]) -> Expectation {
    match std::str::from_utf8(bytes) {
        Ok(text) if text.len() <= MOST => Expectation { is: Some(json!(text)), ..expectation },
        Ok(text) => Expectation { starts_with: Some(beginning(text).to_owned()), ..expectation },
        Err(_) if bytes.len() <= MOST => {
            use base64::Engine as _;
            let text = base64::engine::general_purpose::STANDARD.encode(bytes);
            Expectation { is: Some(json!({ "base64": text })), ..expectation }
        }
        Err(_) => Expectation { exists: Some(true), ..expectation },
    }
}

fn beginning(text: &str) -> &str {
    let mut end = text.len().min(MOST);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}
