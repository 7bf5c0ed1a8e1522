//! Outcomes and findings as English sentences. The window's sentences, in both languages, will take their place.

use super::input::Input;
use crate::trace::{Direction, Finding, LimitKind, Outcome, Trap};

/// How the run ended, in a sentence or two.
pub fn outcome(outcome: &Outcome, input: &Input) -> String {
    let filter = |place: u16| input.filter_name(place.into());
    match outcome {
        Outcome::Finished { status: 0 } => "Finished: there was no request.".into(),
        Outcome::Finished { status } => format!("Finished: the client got {status} from the upstream."),
        Outcome::LocalReply { filter: Some(place), status, .. } => {
            format!("Local reply: {} answered {status} itself.", filter(*place))
        }
        Outcome::LocalReply { filter: None, status, details } => {
            format!("Local reply: the proxy answered {status} ({details}).")
        }
        Outcome::Reset { by_filter: true } => {
            "Reset: a filter closed the stream; the client got no whole answer.".into()
        }
        Outcome::Reset { by_filter: false } => {
            "Reset: the proxy closed the stream; the client got no whole answer.".into()
        }
        Outcome::Paused { direction, filter: place, callback } => format!(
            "Paused: {} stopped the {} in {} and nothing resumed it until the client left.",
            filter(*place),
            direction.name(),
            callback.name()
        ),
        Outcome::Trapped(trap) => trapped(trap, &filter(trap.filter)),
        Outcome::Limit { limit, filter: place, callback, allowed } => {
            let inside = match (place, callback) {
                (Some(place), Some(callback)) => format!(" in {} of {}", callback.name(), filter(*place)),
                _ => String::new(),
            };
            limit_reached(*limit, *allowed, &inside)
        }
        Outcome::Refused { filter: place, reason } => {
            format!(
                "Refused: {} cannot be used: {reason}. Envoy says: {}",
                filter(*place),
                reason.envoy_says()
            )
        }
    }
}

fn trapped(trap: &Trap, filter: &str) -> String {
    let mut sentence = format!("Trapped: {filter} failed in {}: {}.", trap.callback.name(), trap.message);
    if let Some(words) = &trap.last_words {
        sentence.push_str(&format!(" Its last words: {words}"));
    }
    if let Some(code) = trap.exit_code {
        sentence.push_str(&format!(" It exited with code {code}."));
    }
    sentence
}

fn limit_reached(limit: LimitKind, allowed: u64, inside: &str) -> String {
    let (what, field) = match limit {
        LimitKind::RequestTime => {
            (format!("{allowed} ms of running time for a request"), "limits.request_ms")
        }
        LimitKind::StartTime => (format!("{allowed} ms of running time for starting"), "limits.start_ms"),
        LimitKind::Events => (format!("{allowed} events"), "limits.events"),
        LimitKind::TraceBytes => {
            return format!("Stopped at a limit{inside}: the trace is full at {allowed} bytes.");
        }
        LimitKind::LogBytes => (format!("{allowed} bytes of log text"), "limits.log_kib"),
        LimitKind::VirtualTime => return format!("Stopped at a limit{inside}: the virtual clock ran out."),
        LimitKind::Stopped => return format!("Stopped at a limit{inside}: the run was stopped."),
    };
    format!("Stopped at a limit{inside}: {what}; {field} in the scenario allows more.")
}

/// What is wrong and what to do about it.
pub fn finding(finding: Finding) -> String {
    match finding {
        Finding::ContinueWithoutPause { direction } => format!(
            "The filter resumed the {} although it was not paused. Envoy sends the message twice or crashes; resume \
             only after a pause.",
            direction.name()
        ),
        Finding::ContinueThenPause { direction } => format!(
            "One callback resumed the {} and then paused it: the resume ran first. Return Continue, or resume later.",
            direction.name()
        ),
        Finding::LocalReplyAfterEnd => {
            "The filter sent a local reply when the stream was over. Envoy crashes; send it before on_log and on_done."
                .into()
        }
        Finding::StaleContentLength { direction, declared, sent } => format!(
            "The {} declares content-length {declared}, but {sent} bytes were sent. Remove the header when the body \
             changes.",
            match direction {
                Direction::Request => "request",
                Direction::Response => "reply",
            }
        ),
        Finding::InvalidStatus { status } => {
            format!("{status} is not a status that HTTP clients understand. Answer with 200 to 599.")
        }
        Finding::GaugeWrapped => {
            "A gauge went below zero and wrapped to a huge number. Decrement only what was incremented.".into()
        }
        Finding::EmptyGrpcService => {
            "The gRPC call names an empty service. Envoy aborts; give the name of a cluster.".into()
        }
        Finding::ExitInCallback { code } => format!(
            "The filter called proc_exit({code}) in a callback. In Envoy it returns, and most guests trap right after."
        ),
        Finding::TransferEncodingAdded => {
            "The filter added transfer-encoding to the request. HTTP/1 upstreams hang; leave framing to the proxy."
                .into()
        }
        Finding::NotSimulated { call } => format!(
            "{} is not simulated yet; it answered what Envoy answers when there is nothing to call.",
            call.name()
        ),
        Finding::NeverResumed { direction } => format!(
            "The {} stayed paused until the client left. Resume it, send a local reply, or return Continue.",
            direction.name()
        ),
    }
}
