//! A run as JSON, for programs. The format is described field by field in `docs/json.md`; a test compares the two.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use super::text;
use crate::http::HeaderMap;
use crate::scenario::{Expectation, Scenario};
use crate::trace::{
    Callout, CalloutEnd, Connection, Direction, EventId, EventKind, Finding, Outcome, PeerView, Sent, Trace,
};
use crate::view::call::{self, ArgView, Blob, CallGroup, DecodedValue};
use crate::view::sentences::{expectation as sentences, finding as findings};
use crate::view::state::{Memory, Verdict, VmMemory};
use crate::view::{Language, expectations};

/// The version of the format; it grows when a field changes its meaning or goes away.
const VERSION: u32 = 1;

/// Which figures are printed beside what is the same on every machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct Figures {
    /// Measured times, which differ from run to run.
    pub timings: bool,
    /// Instructions, where they were counted.
    pub instructions: bool,
}

impl Figures {
    pub fn with_instructions(self) -> Self {
        Self { instructions: true, ..self }
    }
}

/// The JSON text of a run, with a final newline. Without timings it is equal for equal runs.
pub fn print(trace: &Trace, scenario: &Scenario, figures: Figures) -> String {
    let run = Run::of(trace, scenario, figures);
    // Strings, numbers and maps with string keys always serialize.
    let mut json = serde_json::to_string_pretty(&run).unwrap_or_default();
    json.push('\n');
    json
}

#[derive(Serialize)]
struct Run<'a> {
    version: u32,
    outcome: OutcomeJson,
    upstream: Option<Upstream<'a>>,
    downstream: Option<Downstream<'a>>,
    connection: Option<ConnectionJson<'a>>,
    requests: Vec<RequestJson<'a>>,
    callouts: Vec<CalloutJson<'a>>,
    logs: Vec<Log<'a>>,
    callbacks: Vec<CallbackJson>,
    metrics: Vec<Metric<'a>>,
    memory: Vec<MemoryJson>,
    changes: Vec<ChangeJson<'a>>,
    findings: Vec<FindingJson>,
    expectations: Vec<ExpectationJson<'a>>,
}

/// What the scenario expects, and whether the run shows it.
#[derive(Serialize)]
struct ExpectationJson<'a> {
    /// As the scenario has it.
    expect: &'a Expectation,
    verdict: &'static str,
    reason: String,
    request: Option<usize>,
}

impl<'a> ExpectationJson<'a> {
    fn all(trace: &Trace, scenario: &'a Scenario) -> Vec<Self> {
        let verdicts = expectations::check(trace, scenario);
        let each = scenario.expect.iter().zip(verdicts);
        each.map(|(expect, verdict)| Self {
            expect,
            verdict: verdict.state.name(),
            reason: sentences::verdict(Language::English, expect, &verdict).as_str().to_owned(),
            request: verdict.request,
        })
        .collect()
    }
}

#[derive(Serialize)]
struct OutcomeJson {
    kind: &'static str,
    reason: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    trap: Option<TrapJson>,
}

/// What a filter that failed left behind.
#[derive(Serialize)]
struct TrapJson {
    filter: u16,
    callback: &'static str,
    message: String,
    last_words: Option<String>,
    last_calls: Vec<u32>,
    frames: Vec<FrameJson>,
}

#[derive(Serialize)]
struct FrameJson {
    function: u32,
    name: Option<String>,
    offset: u64,
    file: Option<String>,
    line: Option<u32>,
}

impl TrapJson {
    fn of(trace: &Trace) -> Option<Self> {
        let trap = match &trace.outcome {
            Outcome::Trapped(trap) => trap,
            Outcome::Refused { reason, .. } => reason.trap()?,
            _ => return None,
        };
        let frames = trap.backtrace.frames.iter().map(|frame| FrameJson {
            function: frame.function,
            name: frame.name.clone(),
            offset: frame.offset,
            file: frame.source.as_ref().map(|(file, ..)| file.clone()),
            line: frame.source.as_ref().map(|(_, line, _)| *line),
        });
        Some(Self {
            filter: trap.filter,
            callback: trap.callback.name(),
            message: trap.message.clone(),
            last_words: trap.last_words.clone(),
            last_calls: trap.last_calls.iter().filter_map(|id| call_number(trace, *id)).collect(),
            frames: frames.collect(),
        })
    }
}

/// One request of the run and what came of it.
#[derive(Serialize)]
struct RequestJson<'a> {
    outcome: &'static str,
    upstream: Option<Upstream<'a>>,
    retried: Vec<Upstream<'a>>,
    downstream: Option<Downstream<'a>>,
    details: Option<&'a str>,
}

/// A call to another upstream.
#[derive(Serialize)]
struct CalloutJson<'a> {
    kind: &'static str,
    upstream: &'a str,
    token: u32,
    event: Option<u32>,
    headers: Vec<(Raw<'a>, Raw<'a>)>,
    body: Raw<'a>,
    end: &'static str,
    status: Option<u32>,
}

#[derive(Serialize)]
struct Upstream<'a> {
    headers: Vec<(Raw<'a>, Raw<'a>)>,
    body: Raw<'a>,
    trailers: Option<Vec<(Raw<'a>, Raw<'a>)>>,
}

#[derive(Serialize)]
struct Downstream<'a> {
    status: Option<u32>,
    headers: Vec<(Raw<'a>, Raw<'a>)>,
    body: Raw<'a>,
    trailers: Option<Vec<(Raw<'a>, Raw<'a>)>>,
}

#[derive(Serialize)]
struct ConnectionJson<'a> {
    closed_by: Option<&'static str>,
    client: PeerJson<'a>,
    upstream: Option<PeerJson<'a>>,
}

#[derive(Serialize)]
struct PeerJson<'a> {
    sent: Raw<'a>,
    received: Raw<'a>,
    end: &'static str,
}

#[derive(Serialize)]
struct Log<'a> {
    level: &'static str,
    message: Raw<'a>,
    context: u32,
    filter: u16,
}

#[derive(Serialize)]
struct CallbackJson {
    name: &'static str,
    context: u32,
    filter: u16,
    args: Vec<u64>,
    result: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    instructions: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    duration_ns: Option<u64>,
    calls: Vec<CallJson>,
}

#[derive(Serialize)]
struct CallJson {
    number: u32,
    name: &'static str,
    args: Named,
    status: &'static str,
    result: Results,
    #[serde(skip_serializing_if = "Option::is_none")]
    duration_ns: Option<u64>,
}

#[derive(Serialize)]
struct Metric<'a> {
    name: &'a str,
    kind: &'static str,
    value: u64,
}

/// The memory of one VM.
#[derive(Serialize)]
struct MemoryJson {
    vm: u16,
    filter: u16,
    start: u64,
    end: u64,
    verdict: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    per_request: Option<u64>,
    growth: Vec<GrowthJson>,
}

#[derive(Serialize)]
struct GrowthJson {
    request: Option<u16>,
    bytes: u64,
}

impl MemoryJson {
    fn of(trace: &Trace, vm: &VmMemory) -> Self {
        let growth = trace.memory.iter().filter(|change| change.vm == vm.vm);
        Self {
            vm: vm.vm,
            filter: vm.filter,
            start: vm.start,
            end: vm.end(),
            verdict: vm.verdict.name(),
            per_request: match vm.verdict {
                Verdict::Grows { per_request } => Some(per_request),
                Verdict::Failed { per_request, .. } => per_request,
                _ => None,
            },
            growth: growth
                .map(|change| GrowthJson { request: change.exchange, bytes: change.bytes })
                .collect(),
        }
    }
}

#[derive(Serialize)]
struct ChangeJson<'a> {
    part: &'static str,
    op: &'static str,
    name: Raw<'a>,
    before: Option<Raw<'a>>,
    after: Option<Raw<'a>>,
    event: Option<u32>,
    request: Option<u16>,
}

#[derive(Serialize, Default)]
struct FindingJson {
    kind: &'static str,
    severity: &'static str,
    message: String,
    event: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    direction: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    declared: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sent: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    now: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    what: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    meant: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    property: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    missing: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    filter: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    limit: Option<u64>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    unseen_body: bool,
}

impl<'a> Run<'a> {
    fn of(trace: &'a Trace, scenario: &'a Scenario, figures: Figures) -> Self {
        let exchange = trace.exchanges.first();
        let floor = scenario.log_level;
        let logs = trace.logs().filter(|line| line.level >= floor).map(|line| Log {
            level: line.level.name(),
            message: Raw(line.message),
            context: line.context,
            filter: line.filter,
        });
        let groups = call::by_callback(trace);
        let metrics = trace.metrics.iter().map(|metric| Metric {
            name: &metric.name,
            kind: metric.kind.name(),
            value: metric.value,
        });
        let changes = trace.changes().iter().map(|change| ChangeJson {
            part: change.part.name(),
            op: change.op.name(),
            name: Raw(&change.name),
            before: change.before.as_deref().map(Raw),
            after: change.after.as_deref().map(Raw),
            event: call_number(trace, change.event),
            request: change.exchange,
        });
        Self {
            version: VERSION,
            outcome: OutcomeJson {
                kind: trace.outcome.kind(),
                reason: text::outcome(trace, scenario),
                trap: TrapJson::of(trace),
            },
            upstream: exchange.and_then(|exchange| exchange.upstream.as_ref()).map(Upstream::of),
            downstream: exchange.and_then(|exchange| exchange.downstream.as_ref()).map(Downstream::of),
            connection: trace.connection().map(ConnectionJson::of),
            requests: (0..trace.exchanges.len()).map(|number| RequestJson::of(trace, number)).collect(),
            callouts: trace.callouts.iter().map(|callout| CalloutJson::of(trace, callout)).collect(),
            logs: logs.collect(),
            callbacks: groups.iter().map(|group| callback(trace, group, figures)).collect(),
            metrics: metrics.collect(),
            memory: Memory::new(trace).vms.iter().map(|vm| MemoryJson::of(trace, vm)).collect(),
            changes: changes.collect(),
            expectations: ExpectationJson::all(trace, scenario),
            findings: trace.findings().map(|(id, finding)| FindingJson::of(trace, id, finding)).collect(),
        }
    }
}

impl<'a> RequestJson<'a> {
    fn of(trace: &'a Trace, number: usize) -> Self {
        let exchange = &trace.exchanges[number];
        Self {
            outcome: trace.outcome_of(number).kind(),
            upstream: exchange.upstream.as_ref().map(Upstream::of),
            retried: exchange.retried.iter().map(Upstream::of).collect(),
            downstream: exchange.downstream.as_ref().map(Downstream::of),
            details: exchange.details.as_deref(),
        }
    }
}

impl<'a> CalloutJson<'a> {
    fn of(trace: &Trace, callout: &'a Callout) -> Self {
        Self {
            kind: callout.kind.name(),
            upstream: &callout.upstream,
            token: callout.token,
            event: call_number(trace, callout.event),
            headers: pairs(&callout.request.headers),
            body: Raw(&callout.request.body),
            end: callout.end.name(),
            status: match callout.end {
                CalloutEnd::Answered { status } | CalloutEnd::Malformed { status } => Some(status),
                _ => None,
            },
        }
    }
}

impl<'a> Upstream<'a> {
    fn of(sent: &'a Sent) -> Self {
        Self {
            headers: pairs(&sent.headers),
            body: Raw(&sent.body),
            trailers: sent.trailers.as_ref().map(pairs),
        }
    }
}

impl<'a> Downstream<'a> {
    fn of(sent: &'a Sent) -> Self {
        let mut headers = pairs(&sent.headers);
        headers.retain(|(name, _)| name.0 != b":status");
        Self {
            status: sent.headers.text(":status").and_then(|status| status.parse().ok()),
            headers,
            body: Raw(&sent.body),
            trailers: sent.trailers.as_ref().map(pairs),
        }
    }
}

impl<'a> ConnectionJson<'a> {
    fn of(connection: &'a Connection) -> Self {
        Self {
            closed_by: connection.closed_by.map(|by| by.name()),
            client: PeerJson::of(&connection.client),
            upstream: connection.upstream.as_ref().map(PeerJson::of),
        }
    }
}

impl<'a> PeerJson<'a> {
    fn of(peer: &'a PeerView) -> Self {
        Self { sent: Raw(&peer.sent), received: Raw(&peer.received), end: peer.end.name() }
    }
}

fn pairs(map: &HeaderMap) -> Vec<(Raw<'_>, Raw<'_>)> {
    map.entries().iter().map(|header| (Raw(&header.name), Raw(&header.value))).collect()
}

fn callback(trace: &Trace, group: &CallGroup, figures: Figures) -> CallbackJson {
    let duration = |id| figures.timings.then(|| nanos(trace, id));
    let calls = group.calls.iter().filter_map(|id| call::decode(trace, *id)).map(|call| CallJson {
        number: call.number,
        name: call.name,
        duration_ns: duration(call.event),
        args: Named(call.args),
        status: call.status,
        result: Results(call.result),
    });
    let calls = calls.collect();
    let view = group.callback.and_then(|id| call::decode_callback(trace, id));
    match view {
        Some(view) => CallbackJson {
            name: view.name,
            context: view.context,
            filter: view.filter,
            args: trace.args(view.event).to_vec(),
            result: view.result,
            instructions: trace.instructions(view.event).filter(|_| figures.instructions),
            duration_ns: duration(view.event),
            calls,
        },
        None => CallbackJson {
            name: "start",
            context: 0,
            filter: 0,
            args: Vec::new(),
            result: None,
            instructions: None,
            duration_ns: figures.timings.then(|| group.calls.iter().map(|id| nanos(trace, *id)).sum()),
            calls,
        },
    }
}

fn nanos(trace: &Trace, id: EventId) -> u64 {
    u64::try_from(trace.duration(id).as_nanos()).unwrap_or(u64::MAX)
}

fn call_number(trace: &Trace, id: EventId) -> Option<u32> {
    trace.call_of(id).map(|(_, number)| number)
}

impl FindingJson {
    fn of(trace: &Trace, id: EventId, finding: Finding) -> Self {
        let parent = trace.event(id).and_then(|event| event.parent);
        let inside = parent
            .filter(|id| trace.event(*id).is_some_and(|event| matches!(event.kind, EventKind::Call { .. })));
        let mut json = Self {
            kind: finding.name(),
            severity: findings::severity(finding).name(),
            message: text::finding(finding),
            direction: finding.direction().map(Direction::name),
            event: inside.and_then(|id| call_number(trace, id)),
            ..Self::default()
        };
        match finding {
            Finding::StaleContentLength { declared, sent, .. } => {
                json.declared = Some(declared);
                json.sent = Some(sent);
            }
            Finding::NeverResumed { unseen_body, .. } => json.unseen_body = unseen_body,
            Finding::DottedProperty { meant } | Finding::MisspeltProperty { meant } => {
                json.meant = Some(meant)
            }
            Finding::PropertyNotHere { name, why } => {
                json.property = Some(name);
                json.why = Some(why.name());
            }
            Finding::NoCallback { filter, meant, .. } => (json.filter, json.meant) = (Some(filter), meant),
            Finding::HeldTooMuch { filter, limit, .. } => {
                (json.filter, json.limit) = (Some(filter), Some(limit))
            }
            Finding::IncompleteCallout { missing } => json.missing = Some(missing),
            Finding::InvalidStatus { status } => json.status = Some(status),
            Finding::ExitInCallback { code } => json.code = Some(code),
            Finding::RemovedProperty { now, .. } => json.now = Some(now),
            Finding::NotKnownHere { what } => json.what = Some(what.name()),
            _ => {}
        }
        json
    }
}

/// Any bytes: text where they are UTF-8, else `{"base64": "…"}`, as in scenario files.
struct Raw<'a>(&'a [u8]);

impl Serialize for Raw<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match std::str::from_utf8(self.0) {
            Ok(text) => serializer.serialize_str(text),
            Err(_) => {
                let mut map = serializer.serialize_map(Some(1))?;
                map.serialize_entry("base64", &STANDARD.encode(self.0))?;
                map.end()
            }
        }
    }
}

/// Bytes of which the trace kept only the beginning.
struct Cut<'a>(&'a Blob);

impl Serialize for Cut<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(2))?;
        match self.0.text() {
            Some(text) => map.serialize_entry("text", text)?,
            None => map.serialize_entry("base64", &STANDARD.encode(&self.0.bytes))?,
        }
        map.serialize_entry("full_length", &self.0.full_len)?;
        map.end()
    }
}

/// Decoded arguments by name.
struct Named(Vec<ArgView>);

impl Serialize for Named {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|arg| (arg.name, Decoded(&arg.value))))
    }
}

/// What a call stored: nothing, one value, or several by name.
struct Results(Vec<ArgView>);

impl Serialize for Results {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0.as_slice() {
            [one] => Decoded(&one.value).serialize(serializer),
            several if several.iter().all(|result| result.value == DecodedValue::Missing) => {
                serializer.serialize_none()
            }
            several => {
                serializer.collect_map(several.iter().map(|result| (result.name, Decoded(&result.value))))
            }
        }
    }
}

struct Decoded<'a>(&'a DecodedValue);

impl Serialize for Decoded<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            DecodedValue::Missing => serializer.serialize_none(),
            DecodedValue::Int(number) | DecodedValue::Duration(number) => serializer.serialize_i64(*number),
            DecodedValue::Uint(number) | DecodedValue::Time(number) => serializer.serialize_u64(*number),
            DecodedValue::Bool(truth) => serializer.serialize_bool(*truth),
            DecodedValue::Name(name) => serializer.serialize_str(name),
            DecodedValue::Path(path) => serializer.serialize_str(path),
            DecodedValue::Bytes(blob) if blob.is_cut() => Cut(blob).serialize(serializer),
            DecodedValue::Bytes(blob) => Raw(&blob.bytes).serialize(serializer),
            DecodedValue::Pairs(pairs) => {
                serializer.collect_seq(pairs.iter().map(|(name, value)| (Raw(name), Raw(value))))
            }
        }
    }
}
