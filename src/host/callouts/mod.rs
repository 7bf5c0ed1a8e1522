//! Callouts: calls that filters make to other upstreams, answered by mocks on the virtual clock (`host-spec`,
//! section 6).
//!
//! A host call makes a [`Flight`] and plans what the mock will send. Each [`Delivery`] is a callback of its own, never
//! made while another one runs.

mod grpc;
mod http;
mod mock;
mod names;

use std::collections::{BTreeMap, VecDeque};

use bytes::Bytes;

pub use mock::{Answer, AnswerKind, Mock, Pattern, Reply};
pub use names::Names;

use super::schedule::{Due, Schedule};
use crate::http::HeaderMap;
use crate::stream::{Timeouts, refusal};
use crate::trace::{Callout, CalloutEnd, CalloutKind, EventId, Sent};

pub(super) use grpc::{Target, frame as grpc_frame, request as grpc_request, target};
pub(super) use http::request as http_request;

/// Largest answer that Envoy buffers for a filter, in bytes.
const MAX_ANSWER: usize = 32 << 20;

/// One thing that comes back from an upstream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Delivery {
    HttpResponse {
        headers: HeaderMap,
        body: Bytes,
        trailers: HeaderMap,
    },
    /// It broke off after it had begun.
    HttpFailure,
    GrpcInitialMetadata(HeaderMap),
    GrpcMessage(Bytes),
    GrpcTrailingMetadata(HeaderMap),
    GrpcClose {
        status: u32,
        message: Bytes,
    },
}

/// Who is told of the answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Caller {
    pub vm: usize,
    /// Id of the root context.
    pub root: u32,
    pub token: u32,
}

/// A callout under way.
#[derive(Debug)]
struct Flight {
    caller: Caller,
    kind: CalloutKind,
    /// When it was made, in nanoseconds since the run began.
    made: u64,
    /// What comes back, with how the callout stands then.
    planned: VecDeque<(Delivery, Option<CalloutEnd>)>,
    /// What the mock sends once it has the whole request.
    answer: Option<Answer>,
    /// What the filter has sent.
    body: Vec<u8>,
    /// The filter has sent its last message.
    local_closed: bool,
    /// The filter has called `grpc_close`: after the upstream's last word it knows the stream no more.
    released: bool,
    /// The upstream has said its last.
    remote_closed: bool,
    /// The filter cannot reach it any more.
    forgotten: bool,
}

/// All callouts of a run, and the mocks that answer them.
#[derive(Debug, Default)]
pub struct Callouts {
    /// In the order in which they are tried.
    pub mocks: Vec<Mock>,
    flights: Vec<Flight>,
    /// One for each flight.
    records: Vec<Callout>,
    /// Deliveries that are still to come.
    pending: usize,
    /// The flight whose answer is being handed over.
    answering: Option<usize>,
    /// Places of flights by VM and token.
    places: BTreeMap<(usize, u32), usize>,
}

/// A call that a mock takes.
pub(super) struct Call {
    pub event: EventId,
    pub caller: Caller,
    pub kind: CalloutKind,
    pub upstream: String,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
    pub timeouts: Timeouts,
}

/// How a call began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dispatched {
    Sent,
    /// The upstream has mocks, but none for this request: it stays without an answer.
    Unmatched,
    /// The proxy has no endpoint for it, and says so at once.
    NoEndpoint,
}

impl Callouts {
    /// Whether the proxy knows this upstream.
    pub fn knows(&self, upstream: &[u8]) -> bool {
        self.mocks.iter().any(|mock| mock.upstream.matches(upstream))
    }

    /// Whether answers are on their way.
    pub fn are_under_way(&self) -> bool {
        self.pending > 0
    }

    /// All callouts of the run, in the order in which they were made.
    pub fn into_records(self) -> Vec<Callout> {
        let mut records = self.records;
        for (record, flight) in records.iter_mut().zip(self.flights) {
            record.request.body = flight.body.into();
        }
        records
    }

    /// Makes a call.
    pub(super) fn dispatch(&mut self, call: Call, now: u64, schedule: &mut Schedule) -> Dispatched {
        let is_known = self.knows(call.upstream.as_bytes());
        let unsendable = refusal(&call.headers).filter(|_| is_known);
        let (answer, unmatched) = match is_known {
            // No mock is asked.
            true if unsendable.is_some() => (Answer { delay: 0, kind: AnswerKind::Silence }, false),
            true => self.pick(&call),
            false => (Answer { delay: 0, kind: AnswerKind::NoEndpoint }, false),
        };
        let is_refused = answer.kind == AnswerKind::NoEndpoint;
        let is_complete = call.kind != CalloutKind::GrpcStream;
        self.records.push(Callout {
            event: call.event,
            kind: call.kind,
            upstream: call.upstream,
            token: call.caller.token,
            request: Sent {
                headers: call.headers,
                body: Bytes::new(),
                trailers: None,
                complete: is_complete && !is_refused && unsendable.is_none(),
                reset: false,
            },
            end: if is_refused { CalloutEnd::NoEndpoint } else { CalloutEnd::Unanswered },
            ended_at: is_refused.then_some(now),
            reached: !is_refused && unsendable.is_none(),
            unmatched,
        });
        let number = self.flights.len();
        self.places.insert((call.caller.vm, call.caller.token), number);
        self.flights.push(Flight {
            caller: call.caller,
            kind: call.kind,
            made: now,
            planned: VecDeque::new(),
            answer: None,
            body: call.body,
            local_closed: is_complete,
            released: is_complete,
            remote_closed: false,
            forgotten: is_refused || call.kind == CalloutKind::Http,
        });
        let request = &self.records[number].request.headers;
        let deliveries = match (call.kind, &unsendable) {
            (CalloutKind::Http, Some(local)) => http::unsendable(request, local),
            (kind, Some(local)) => grpc::unsendable(kind, local),
            (CalloutKind::Http, None) if is_refused => Vec::new(),
            (CalloutKind::Http, None) => http::answer(request, &answer, call.timeouts),
            (CalloutKind::GrpcCall | CalloutKind::GrpcStream, None) if is_refused => grpc::refused(is_known),
            (CalloutKind::GrpcCall, None) => grpc::call_answer(&answer, call.timeouts),
            (CalloutKind::GrpcStream, None) if answer.waits_for_end() => {
                self.flights[number].answer = Some(answer);
                Vec::new()
            }
            (CalloutKind::GrpcStream, None) => grpc::stream_answer(&answer),
        };
        match is_refused || unsendable.is_some() {
            true => self.plan_refusal(number, deliveries, now, schedule),
            false => self.plan(number, deliveries, now, schedule),
        }
        match (is_refused, unmatched) {
            (true, _) => Dispatched::NoEndpoint,
            (false, true) => Dispatched::Unmatched,
            (false, false) => Dispatched::Sent,
        }
    }

    /// The answer to a call, and whether no mock of its upstream fits.
    fn pick(&mut self, call: &Call) -> (Answer, bool) {
        let upstream = call.upstream.as_bytes();
        let found = self.mocks.iter_mut().find(|mock| mock.takes(upstream, &call.headers));
        match found {
            Some(mock) => (mock.next_answer(), false),
            None => (Answer { delay: 0, kind: AnswerKind::Silence }, true),
        }
    }

    fn plan(&mut self, number: usize, parts: Vec<grpc::Timed>, now: u64, schedule: &mut Schedule) {
        let due = Due::Callout(u32::try_from(number).unwrap_or(u32::MAX));
        for (after, delivery, end) in parts {
            self.flights[number].planned.push_back((delivery, end));
            self.pending += 1;
            schedule.plan(now.saturating_add(after), due.clone());
        }
    }

    /// Envoy tells of it inside the host call; here it waits until the callback is over.
    fn plan_refusal(&mut self, number: usize, parts: Vec<grpc::Timed>, now: u64, schedule: &mut Schedule) {
        let due = Due::Callout(u32::try_from(number).unwrap_or(u32::MAX));
        for (_, delivery, end) in parts {
            self.flights[number].planned.push_back((delivery, end));
            self.pending += 1;
            schedule.plan_at_once(now, due.clone());
        }
    }

    /// What comes back now, and to whom; nothing for a call that was given up.
    pub(super) fn take(&mut self, number: u32, now: u64) -> Option<(Caller, CalloutKind, Delivery)> {
        let flight = self.flights.get_mut(number as usize)?;
        let (delivery, end) = flight.planned.pop_front()?;
        self.pending -= 1;
        self.answering = Some(number as usize);
        if let Some(end) = end {
            flight.remote_closed = true;
            let record = &mut self.records[number as usize];
            if record.end == CalloutEnd::Unanswered {
                record.end = end;
                record.ended_at = Some(now);
                record.reached &= end != CalloutEnd::ConnectionFailed;
            }
            // The proxy gives up its side of a call that ended too soon.
            record.request.reset |=
                matches!(end, CalloutEnd::TimedOut | CalloutEnd::TooLarge | CalloutEnd::Malformed { .. });
        }
        Some((flight.caller, flight.kind, delivery))
    }

    /// A callback with something that came back is over.
    pub(super) fn delivered(&mut self, number: u32) {
        if let Some(flight) = self.flights.get_mut(number as usize) {
            flight.forgotten |= flight.released && flight.remote_closed;
        }
    }

    /// What the callback scheduled is done, too.
    pub(super) fn handed_over(&mut self) {
        self.answering = None;
    }

    /// The answer came, and there was nobody to take it.
    pub(super) fn drop_answer(&mut self, number: u32) {
        self.answering = None;
        if let Some(flight) = self.flights.get_mut(number as usize) {
            self.pending -= flight.planned.len();
            flight.planned.clear();
            self.records[number as usize].end = CalloutEnd::Dropped;
        }
    }

    /// The flight of a token that a filter may still name.
    fn flight(&self, vm: usize, token: u32) -> Option<usize> {
        let number = *self.places.get(&(vm, token))?;
        let flight = &self.flights[number];
        let is_known = match flight.kind {
            // The last callback of a call still knows its token (recorded case 31-010).
            CalloutKind::GrpcStream | CalloutKind::GrpcCall => !flight.forgotten,
            CalloutKind::Http => !flight.remote_closed,
        };
        is_known.then_some(number)
    }

    /// `proxy_grpc_send`: appends a message to a stream. `false`: there is no such stream.
    pub(super) fn send(
        &mut self,
        (vm, token): (usize, u32),
        message: &[u8],
        end: bool,
        now: u64,
        schedule: &mut Schedule,
    ) -> bool {
        let Some(number) = self.flight(vm, token) else { return false };
        let flight = &mut self.flights[number];
        // After either side's end it is accepted, and goes nowhere.
        if flight.local_closed || flight.remote_closed {
            return true;
        }
        flight.body.extend(grpc::frame(message));
        if end {
            self.close_locally(number, now, schedule);
        }
        true
    }

    /// `proxy_grpc_close`: the filter will send no more. A call with one message is given up by it.
    pub(super) fn close(&mut self, vm: usize, token: u32, now: u64, schedule: &mut Schedule) -> bool {
        let Some(number) = self.flight(vm, token) else { return false };
        match self.flights[number].kind {
            CalloutKind::GrpcStream => {
                self.close_locally(number, now, schedule);
                let flight = &mut self.flights[number];
                flight.released = true;
                flight.forgotten |= flight.remote_closed;
            }
            _ => self.give_up(number, now),
        }
        true
    }

    fn close_locally(&mut self, number: usize, now: u64, schedule: &mut Schedule) {
        let flight = &mut self.flights[number];
        if std::mem::replace(&mut flight.local_closed, true) {
            return;
        }
        let answer = flight.answer.take();
        self.records[number].request.complete = true;
        if let Some(answer) = answer {
            self.plan(number, grpc::stream_answer(&answer), now, schedule);
        }
    }

    /// `proxy_grpc_cancel`: no more callbacks.
    pub(super) fn cancel(&mut self, vm: usize, token: u32, now: u64) -> bool {
        let Some(number) = self.flight(vm, token) else { return false };
        self.give_up(number, now);
        true
    }

    fn give_up(&mut self, number: usize, now: u64) {
        let flight = &mut self.flights[number];
        self.pending -= flight.planned.len();
        flight.planned.clear();
        flight.answer = None;
        flight.forgotten = true;
        let made = flight.made;
        let is_sent = now > made || self.is_connected(number, now);
        let flight = &mut self.flights[number];
        let was_open = !std::mem::replace(&mut flight.remote_closed, true);
        let record = &mut self.records[number];
        if was_open {
            record.end = CalloutEnd::Cancelled;
            record.ended_at = Some(now);
            record.request.reset = true;
            // Given up before there was a connection: the upstream never heard of it (recorded case 20-008).
            record.reached = is_sent;
        }
    }

    /// Whether what this call sends goes out at once: there is a connection to its upstream already, and it is not the
    /// one whose answer is being handed over, which sends again only after that.
    fn is_connected(&self, number: usize, now: u64) -> bool {
        let upstream = |number: usize| &self.records[number].upstream;
        let is_busy = self.answering.is_some_and(|answering| upstream(answering) == upstream(number));
        // One that was given up at once has still had a connection made.
        let has_connected = |other: usize| {
            let failed =
                matches!(self.records[other].end, CalloutEnd::ConnectionFailed | CalloutEnd::NoEndpoint);
            upstream(other) == upstream(number) && !failed && self.flights[other].made < now
        };
        !is_busy && (0..number).any(has_connected)
    }
}
