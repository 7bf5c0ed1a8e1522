//! Mocks for callouts that a run made and nobody answered.

use crate::abi::{HostCall, pairs};
use crate::scenario::{Callout as Mock, CalloutAnswer, HeaderLine, Scenario};
use crate::trace::{Callout, CalloutKind, EventId, EventKind, Finding, Trace};

/// What a mock has to fit.
struct Wanted {
    upstream: String,
    method: Option<String>,
    path: Option<String>,
    is_grpc: bool,
}

/// The scenario with a mock for the callout that a host call, or a finding about one, is about; `None`: there is none, or a
/// mock answered it. The new mock stands before all others, so that none of them takes its requests.
pub fn with_mock(trace: &Trace, scenario: &Scenario, event: EventId) -> Option<Scenario> {
    let mock = mock(wanted(trace, event)?);
    let mut scenario = scenario.clone();
    scenario.callouts.insert(0, mock);
    Some(scenario)
}

/// Whether a mock would help a callout.
pub fn is_wanted(trace: &Trace, event: EventId) -> bool {
    wanted(trace, event).is_some()
}

/// The upstream that such a mock would be for.
pub fn upstream(trace: &Trace, event: EventId) -> Option<String> {
    wanted(trace, event).map(|wanted| wanted.upstream)
}

fn wanted(trace: &Trace, event: EventId) -> Option<Wanted> {
    let call = match trace.event(event)?.kind {
        EventKind::Finding(Finding::UnknownUpstream | Finding::UnmatchedCallout) => {
            trace.event(event)?.parent?
        }
        EventKind::Call { call: HostCall::HttpCall | HostCall::GrpcCall | HostCall::GrpcStream, .. } => event,
        _ => return None,
    };
    let recorded = trace.callouts.iter().find(|callout| callout.event == call);
    match recorded {
        Some(callout) => {
            let is_unknown = || unknown(trace, call);
            (callout.unmatched || is_unknown()).then(|| of_recorded(callout))
        }
        None if unknown(trace, call) => of_call(trace, call),
        None => None,
    }
}

/// Whether the run found that the call's upstream is not known.
fn unknown(trace: &Trace, call: EventId) -> bool {
    let inside = trace.events().iter().skip(call.index() + 1);
    // A call's findings follow it at once.
    inside
        .take_while(|event| event.parent == Some(call))
        .any(|event| matches!(event.kind, EventKind::Finding(Finding::UnknownUpstream)))
}

fn of_recorded(callout: &Callout) -> Wanted {
    let header = |name: &str| {
        let found = callout.request.headers.entries().iter().find(|entry| entry.name == name.as_bytes())?;
        Some(String::from_utf8_lossy(&found.value).into_owned())
    };
    Wanted {
        upstream: callout.upstream.clone(),
        method: header(":method"),
        path: header(":path"),
        is_grpc: callout.kind != CalloutKind::Http,
    }
}

/// From the arguments of a call that was refused: upstream first, then, of HTTP, the headers.
fn of_call(trace: &Trace, event: EventId) -> Option<Wanted> {
    let (call, _) = trace.call_of(event)?;
    let payload = |param| trace.payload(event, param).map(|(_, bytes)| bytes).unwrap_or_default();
    let upstream = std::str::from_utf8(payload(0)).ok().filter(|name| !name.is_empty())?.to_owned();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if call != HostCall::HttpCall {
        let path = format!("/{}/{}", text(payload(1)), text(payload(2)));
        return Some(Wanted { upstream, method: None, path: Some(path), is_grpc: true });
    }
    let headers = pairs::decode(&bytes::Bytes::copy_from_slice(payload(1))).unwrap_or_default();
    let header = |name: &[u8]| {
        headers.iter().find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| text(value))
    };
    Some(Wanted { upstream, method: header(b":method"), path: header(b":path"), is_grpc: false })
}

fn mock(wanted: Wanted) -> Mock {
    let answer = match wanted.is_grpc {
        true => CalloutAnswer { grpc_status: Some(0), ..CalloutAnswer::default() },
        false => CalloutAnswer {
            headers: vec![HeaderLine::new("content-type", "application/json")],
            body: "{}".into(),
            ..CalloutAnswer::default()
        },
    };
    // A query differs from request to request.
    let without_query = |path: String| match path.split_once('?') {
        Some((path, _)) => format!("{path}*"),
        None => path,
    };
    Mock {
        upstream: wanted.upstream,
        // gRPC has POST only.
        method: wanted.method.filter(|_| !wanted.is_grpc),
        path: wanted.path.map(without_query),
        answers: vec![answer],
        ..Mock::default()
    }
}
