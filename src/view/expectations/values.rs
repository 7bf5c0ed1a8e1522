//! The values that the subjects of expectations have in a run.

use std::collections::BTreeMap;

use bytes::Bytes;

use crate::abi::{Callback, HostCall, LogLevel};
use crate::http::HeaderMap;
use crate::scenario::{Expectation, Subject};
use crate::trace::{EventId, EventKind, Exchange, MetricSample, Part, Sent, Step, StreamAction, Trace};
use crate::view::changes::callback_around;
use crate::view::{body, call};

/// Which parameter of `proxy_send_local_response` the details are.
const DETAILS: usize = 1;

/// Which requests of a run are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Window {
    /// The whole run.
    All,
    /// What belongs to no request: what came before the first.
    Before,
    /// One request, from 0.
    One(usize),
}

/// One value of a subject.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    pub value: Bytes,
    /// The event that shows it, where one does.
    pub event: Option<EventId>,
}

impl Found {
    fn new(value: impl Into<Bytes>, event: Option<EventId>) -> Self {
        Self { value: value.into(), event }
    }
}

/// What happened in callbacks, gathered in one pass over the events.
struct Happening {
    subject: Subject,
    /// Which request of the run it belongs to, from 0; `None`: before the first.
    exchange: Option<u16>,
    filter: Option<u16>,
    callback: Option<Callback>,
    level: LogLevel,
    /// Of host calls.
    name: &'static str,
    found: Found,
}

/// Where something happened.
#[derive(Clone, Copy)]
struct By {
    exchange: Option<u16>,
    filter: Option<u16>,
    callback: Option<Callback>,
    event: EventId,
}

impl By {
    fn made(self, subject: Subject, value: Bytes) -> Happening {
        let Self { exchange, filter, callback, event } = self;
        let found = Found::new(value, Some(event));
        Happening { subject, exchange, filter, callback, level: LogLevel::Trace, name: "", found }
    }
}

/// The values of a run, found when they are asked for.
pub(super) struct Values<'a> {
    trace: &'a Trace,
    happenings: Vec<Happening>,
}

/// Whether a subject is looked for among the events.
fn happens(subject: Subject) -> bool {
    use Subject::{Action, Finding, GrpcStatus, HostCall, LocalReply, LocalReplyDetails, Log};
    matches!(subject, Log | HostCall | Action | Finding | LocalReply | LocalReplyDetails | GrpcStatus)
}

impl<'a> Values<'a> {
    pub fn new(trace: &'a Trace, expected: &[Expectation]) -> Self {
        let mut values = Self { trace, happenings: Vec::new() };
        if expected.iter().any(|expectation| !expectation.off && happens(expectation.that)) {
            values.gather();
        }
        values
    }

    fn gather(&mut self) {
        let mut exchange = None;
        // The last call that answered the client, by request: the reply itself is made after its callback has returned.
        let mut answering = BTreeMap::new();
        for (id, event) in self.trace.numbered() {
            let around = callback_around(self.trace, id);
            let by = By {
                exchange,
                filter: around.and_then(|(_, callback)| self.trace.filter_of(callback)),
                callback: around.map(|(callback, _)| callback),
                event: id,
            };
            match event.kind {
                EventKind::Step(Step::RequestHeaders { exchange: begun }) => exchange = Some(begun),
                EventKind::Log { level, filter, .. } => {
                    let Some(line) = self.trace.log_line(id) else { continue };
                    let by = By { filter: Some(filter), ..by };
                    let message = Bytes::copy_from_slice(line.message);
                    self.happenings.push(Happening { level, ..by.made(Subject::Log, message) });
                }
                EventKind::Call { call, returned, .. } => {
                    let status = call::status(call, returned);
                    let happening = by.made(Subject::HostCall, status.into());
                    self.happenings.push(Happening { name: call.name(), ..happening });
                    if call == HostCall::SendLocalResponse {
                        answering.insert(exchange, by);
                    }
                }
                EventKind::Callback { callback, filter, result: Some(result), .. } => {
                    let Some(answer) = call::answer(callback, result) else { continue };
                    let by = By { filter: Some(filter), callback: Some(callback), ..by };
                    self.happenings.push(by.made(Subject::Action, answer.into()));
                }
                EventKind::Finding(finding) => {
                    self.happenings.push(by.made(Subject::Finding, finding.name().into()));
                }
                EventKind::Stream(StreamAction::LocalReply { filter: Some(_), status }) => {
                    let by = answering.get(&exchange).copied().unwrap_or(by);
                    self.happenings.push(by.made(Subject::LocalReply, status.to_string().into()));
                    // The guest's number is signed; -1 stands for none.
                    let grpc = self.trace.args(by.event).last().filter(|status| **status <= 16);
                    let grpc = grpc.map(|status| by.made(Subject::GrpcStatus, status.to_string().into()));
                    self.happenings.extend(grpc);
                    let details =
                        self.trace.payload(by.event, DETAILS).map(|(_, bytes)| bytes).unwrap_or_default();
                    let details = Bytes::copy_from_slice(details);
                    self.happenings.push(by.made(Subject::LocalReplyDetails, details));
                }
                _ => {}
            }
        }
    }

    /// How many requests, or TCP connections, the run had.
    pub fn exchanges(&self) -> usize {
        self.trace.exchanges.len()
    }

    /// The values that an expectation means.
    pub fn of(&self, expectation: &Expectation, window: Window) -> Vec<Found> {
        let of_exchange = || match window {
            Window::One(place) => self.trace.exchanges.get(place),
            Window::All | Window::Before => None,
        };
        let upstream = || of_exchange()?.upstream.as_ref();
        let downstream = || of_exchange()?.downstream.as_ref();
        let name = expectation.name.as_str();
        match expectation.that {
            Subject::Outcome => self.outcome(window),
            Subject::Status => headers(downstream(), ":status"),
            Subject::Details => details(of_exchange()),
            Subject::UpstreamHeader => headers(upstream(), name),
            Subject::UpstreamBody => body(upstream()),
            Subject::UpstreamTrailer => trailers(upstream(), name),
            Subject::DownstreamHeader => headers(downstream(), name),
            Subject::DownstreamBody => body(downstream()),
            Subject::DownstreamTrailer => trailers(downstream(), name),
            Subject::Metric => self.metric(name, window),
            Subject::SharedData => self.state(Part::SharedData, name, window),
            Subject::Property => self.state(Part::Property, name, window),
            Subject::Callout | Subject::CalloutHeader | Subject::CalloutBody | Subject::CalloutEnd => {
                self.callouts(expectation, window)
            }
            Subject::Log
            | Subject::HostCall
            | Subject::Action
            | Subject::Finding
            | Subject::LocalReply
            | Subject::LocalReplyDetails
            | Subject::GrpcStatus => self.happened(expectation, window),
        }
    }

    fn outcome(&self, window: Window) -> Vec<Found> {
        let outcome = match window {
            Window::One(exchange) => self.trace.outcome_of(exchange),
            Window::All => &self.trace.outcome,
            Window::Before => return Vec::new(),
        };
        vec![Found::new(outcome.kind(), None)]
    }

    fn happened(&self, expectation: &Expectation, window: Window) -> Vec<Found> {
        let is_meant = |happening: &&Happening| {
            happening.subject == expectation.that
                && expectation.filter.is_none_or(|filter| happening.filter == Some(filter))
                && expectation.level.is_none_or(|level| happening.level.number() >= level.number())
                && (expectation.that != Subject::HostCall || is_named(happening.name, &expectation.name))
                && (expectation.callback.is_empty()
                    || happening
                        .callback
                        .is_some_and(|callback| is_named(callback.name(), &expectation.callback)))
        };
        self.happened_within(window)
            .iter()
            .filter(is_meant)
            .map(|happening| happening.found.clone())
            .collect()
    }

    /// Requests come one after the other, so what happened in one of them stands together: ten thousand of them are not
    /// each looked for among everything.
    fn happened_within(&self, window: Window) -> &[Happening] {
        let exchange = match window {
            Window::All => return &self.happenings,
            Window::Before => None,
            Window::One(exchange) => Some(exchange),
        };
        let of = |happening: &Happening| happening.exchange.map(usize::from);
        let begin = self.happenings.partition_point(|happening| of(happening) < exchange);
        let end = self.happenings.partition_point(|happening| of(happening) <= exchange);
        &self.happenings[begin..end]
    }

    fn metric(&self, name: &str, window: Window) -> Vec<Found> {
        let Some(place) = self.trace.metrics.iter().position(|metric| metric.name == name) else {
            return Vec::new();
        };
        let value = match window {
            Window::All => self.trace.metrics[place].value,
            Window::Before => return self.state(Part::Metric, name, window),
            // As it stood when that request was over; samples are kept where the value changed.
            Window::One(exchange) => {
                let samples = self.trace.metric_samples.iter();
                let until = samples.take_while(|sample| usize::from(sample.exchange) <= exchange);
                let is_it = |sample: &&MetricSample| usize::try_from(sample.metric) == Ok(place);
                until.filter(is_it).last().map_or(0, |sample| sample.value)
            }
        };
        let event = self.last_change(Part::Metric, name, window).map(|(event, _)| event);
        vec![Found::new(value.to_string(), event)]
    }

    fn state(&self, part: Part, name: &str, window: Window) -> Vec<Found> {
        let value = self.last_change(part, name, window).and_then(|(event, value)| Some((event, value?)));
        value.map(|(event, value)| Found::new(value, Some(event))).into_iter().collect()
    }

    /// What a thing became last, until the end of the window.
    fn last_change(&self, part: Part, name: &str, window: Window) -> Option<(EventId, Option<Bytes>)> {
        let (_, end) = self.span(window);
        let is_it = |found: &[u8]| match part {
            Part::Property => path(found) == name,
            _ => found == name.as_bytes(),
        };
        let changes = self.trace.changes().iter().rev();
        changes
            .filter(|change| change.part == part && end.is_none_or(|end| change.event < end))
            .find(|change| is_it(&change.name))
            .map(|change| (change.event, change.after.clone()))
    }

    /// From which event on, and before which one.
    fn span(&self, window: Window) -> (Option<EventId>, Option<EventId>) {
        match window {
            Window::All => (None, None),
            Window::Before => (None, self.trace.begin_of(0)),
            Window::One(exchange) => (self.trace.begin_of(exchange), self.trace.begin_of(exchange + 1)),
        }
    }

    fn callouts(&self, expectation: &Expectation, window: Window) -> Vec<Found> {
        let (begin, end) = self.span(window);
        let callouts = self.trace.callouts.iter().filter(|callout| {
            (expectation.upstream.is_empty() || callout.upstream == expectation.upstream)
                && begin.is_none_or(|begin| callout.event >= begin)
                && end.is_none_or(|end| callout.event < end)
        });
        let values = callouts.flat_map(|callout| {
            let (event, sent) = (Some(callout.event), Some(&callout.request));
            let values = match expectation.that {
                Subject::CalloutHeader => headers(sent, &expectation.name),
                Subject::CalloutBody => body(sent),
                Subject::CalloutEnd => vec![Found::new(callout.end.name(), event)],
                _ => vec![Found::new(head(&callout.request.headers), event)],
            };
            values.into_iter().map(move |found| Found { event, ..found })
        });
        values.collect()
    }
}

/// One of several names as in the ABI, with or without their `proxy_`: `proxy_on_done|on_log`.
fn is_named(name: &str, meant: &str) -> bool {
    fn bare(name: &str) -> &str {
        name.strip_prefix("proxy_").unwrap_or(name)
    }
    meant.is_empty() || meant.split('|').any(|meant| bare(meant.trim()) == bare(name))
}

/// The segments of a property's path with dots between them.
fn path(name: &[u8]) -> String {
    String::from_utf8_lossy(name).trim_end_matches('\0').replace('\0', ".")
}

fn details(exchange: Option<&Exchange>) -> Vec<Found> {
    let details = exchange.and_then(|exchange| exchange.details.clone());
    details.map(|details| Found::new(details, None)).into_iter().collect()
}

fn headers(sent: Option<&Sent>, name: &str) -> Vec<Found> {
    sent.map(|sent| fields(&sent.headers, name)).unwrap_or_default()
}

fn trailers(sent: Option<&Sent>, name: &str) -> Vec<Found> {
    sent.and_then(|sent| sent.trailers.as_ref()).map(|trailers| fields(trailers, name)).unwrap_or_default()
}

/// The values of a name; without one, all names with their values as lines.
fn fields(map: &HeaderMap, name: &str) -> Vec<Found> {
    if name.is_empty() {
        return lines(map);
    }
    let named = map.entries().iter().filter(|header| header.name.eq_ignore_ascii_case(name.as_bytes()));
    named.map(|header| Found::new(header.value.clone(), None)).collect()
}

/// `name: value` for each name, several values joined.
fn lines(map: &HeaderMap) -> Vec<Found> {
    let mut lines: Vec<(&[u8], Vec<u8>)> = Vec::new();
    for header in map.entries() {
        match lines.iter_mut().find(|(name, _)| *name == &*header.name) {
            Some((_, line)) => line.extend([b", ", &header.value[..]].concat()),
            None => lines.push((&header.name, [&header.name[..], b": ", &header.value[..]].concat())),
        }
    }
    lines.into_iter().map(|(_, line)| Found::new(line, None)).collect()
}

/// A body as people read it: without its content codings. Nothing where there is none.
fn body(sent: Option<&Sent>) -> Vec<Found> {
    let Some(sent) = sent.filter(|sent| !sent.body.is_empty()) else { return Vec::new() };
    vec![Found::new(body::decoded(&sent.body, sent.headers.entries()), None)]
}

/// The first line of a request: method and path.
fn head(headers: &HeaderMap) -> Bytes {
    let field =
        |name: &str| headers.get(name).map(|value| String::from_utf8_lossy(value)).unwrap_or_default();
    format!("{} {}", field(":method"), field(":path")).into()
}
