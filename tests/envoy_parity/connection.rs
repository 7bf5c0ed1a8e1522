//! TCP connections: what their ends do in a replay, and what they saw.

use filterlab::run::{PlannedConnection, PlannedStep};
use filterlab::stream::tcp::Arrival;
use filterlab::trace::{Direction, EventKind, PeerView, Step, StreamAction, Trace};

use crate::case::{Case, Connection, Exchange, Message, Peer};
use crate::compare::{Differences, compare_body};
use crate::replay::{CLIENT_TIMEOUT, DEFAULT_BUFFER, GAP, SETTLE_MOST, seconds, unreachable};

/// Time for which the log is followed after the last step.
const SETTLE: f64 = 0.1;

/// The connection as the recorder made it, so long after what came before it.
pub fn plan(case: &Case, exchange: &Exchange, connection: &Connection, before: u64) -> PlannedConnection {
    let mut at = 0;
    let steps = connection.steps.iter().map(|step| {
        at += seconds(step.after.unwrap_or(GAP));
        PlannedStep {
            at,
            direction: match step.from {
                Peer::Client => Direction::Request,
                Peer::Upstream => Direction::Response,
            },
            bytes: step.send.as_ref().map(|body| body.0.clone()).unwrap_or_default(),
            end: match step {
                _ if step.reset => Some(Arrival::Reset),
                _ if step.close => Some(Arrival::Gone),
                _ if step.end => Some(Arrival::End),
                _ => None,
            },
        }
    });
    let observe = exchange.observe.unwrap_or_default();
    PlannedConnection {
        steps: steps.collect(),
        pause_before: seconds(exchange.pause_before.unwrap_or_default()) + before,
        client_timeout: seconds(CLIENT_TIMEOUT),
        buffer_limit: case.settings.buffer_limit.unwrap_or(DEFAULT_BUFFER),
        unreachable: unreachable(case),
        settle: seconds(observe.max(SETTLE)),
        settle_most: seconds(observe.max(SETTLE_MOST)),
    }
}

/// Compares what both ends got, and how they saw the connection end.
pub fn compare(
    out: &mut Differences,
    exchange: &Exchange,
    planned: &PlannedConnection,
    number: usize,
    trace: &Trace,
) {
    let Some(connection) = trace.connections.get(number) else {
        return out.add("connection", "one", "none");
    };
    let client = &exchange.result.client;
    compare_end(out, "client", client, &connection.client, end(trace, number, Direction::Request, planned));
    match (exchange.result.upstream.first(), &connection.upstream) {
        (Some(want), Some(have)) => {
            compare_end(out, "upstream", want, have, end(trace, number, Direction::Response, planned));
        }
        (None, None) => {}
        (want, have) => {
            let shown = |is_there: bool| if is_there { "connected" } else { "never connected" };
            out.add("upstream", shown(want.is_some()), shown(have.is_some()));
        }
    }
}

fn compare_end(out: &mut Differences, name: &str, want: &Message, have: &PeerView, seen: Option<&str>) {
    compare_body(out, &format!("{name}.body"), &want.body, &have.received);
    let seen = seen.unwrap_or(have.end.name());
    out.check(format!("{name}.end"), &want.end.as_deref(), &Some(seen));
}

/// How an end that closes itself had seen the connection until then; the recorder looks no further. `direction` is the
/// one in which it sends.
fn end(
    trace: &Trace,
    number: usize,
    direction: Direction,
    planned: &PlannedConnection,
) -> Option<&'static str> {
    let closes = |step: &PlannedStep| {
        step.direction == direction && matches!(step.end, Some(Arrival::Gone | Arrival::Reset))
    };
    if !planned.steps.iter().any(closes) {
        return None;
    }
    let mut count = 0;
    let mut seen = "open";
    for event in trace.events() {
        match event.kind {
            EventKind::Step(Step::Connect) => count += 1,
            _ if count != number + 1 => {}
            EventKind::Stream(StreamAction::DataSent { direction: to, end_of_stream: true, .. })
                if to != direction =>
            {
                seen = "half";
            }
            EventKind::Step(Step::PeerCloses { direction: of } | Step::PeerResets { direction: of })
                if of == direction =>
            {
                return Some(seen);
            }
            _ => {}
        }
    }
    // The proxy ended it before.
    None
}
