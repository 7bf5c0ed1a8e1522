//! What happened in a run: every callback, host call, log line, stream action and scenario step, in order.
//!
//! A finished [`Trace`] is immutable, and equal for equal runs: virtual time is part of it, measured durations lie
//! beside it in [`Trace::duration`]. Arguments stay raw numbers with the bytes they pointed at; they are decoded
//! when somebody looks, by the table in [`crate::abi`].

mod callout;
mod change;
mod connection;
mod event;
mod exchange;
mod moments;
mod outcome;
mod recorder;
mod samples;

pub use callout::{Callout, CalloutEnd, CalloutKind};
pub use change::{Change, ChangeOp, Part};
pub use connection::{ClosedBy, Connection, PeerEnd, PeerView};
pub use event::{
    Channel, Event, EventId, EventKind, Finding, NotHere, Payload, Returned, Step, StreamAction, Unknown,
};
pub use exchange::{Direction, Exchange, Received, Sent};
pub use moments::{
    Acting, Area, BodyMark, FilterMark, Held, MapMark, Moments, Reach, ReachMark, SideMark, StreamMark,
};
pub use outcome::{Backtrace, FAILED_FILTER, Frame, LimitKind, Outcome, Trap};
pub use recorder::{Leftovers, Mark, Recorder, TraceLimits};
pub use samples::{MOST_SAMPLES, MemoryChange, MetricSample};

use std::time::Duration;

use crate::abi::{Callback, HostCall, LogLevel, MetricKind};

/// A metric as it stood when the run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MetricValue {
    pub name: String,
    pub kind: MetricKind,
    /// Counter and gauge: the value. Histogram: number of samples.
    pub value: u64,
}

/// Everything a run left behind.
#[derive(Clone, Debug)]
pub struct Trace {
    events: Vec<Event>,
    words: Vec<u64>,
    payloads: Vec<Payload>,
    bytes: Vec<u8>,
    changes: Vec<Change>,
    durations: Vec<u32>,
    /// Instructions of callbacks, sorted by event; empty: they were not counted.
    instructions: Vec<(EventId, u64)>,
    calls: u32,
    /// What a run that is made to be looked at notes beside its events; else empty.
    pub moments: Moments,
    /// Memory of the VMs, each time that it changed, in order.
    pub memory: Vec<MemoryChange>,
    /// Metrics after each request, in order.
    pub metric_samples: Vec<MetricSample>,
    /// One entry for each request of the run, in the order in which they were sent.
    pub exchanges: Vec<Exchange>,
    /// The TCP connections of a run that made some instead of requests, in order.
    pub connections: Vec<Connection>,
    pub metrics: Vec<MetricValue>,
    /// Calls to other upstreams, in the order in which they were made.
    pub callouts: Vec<Callout>,
    pub outcome: Outcome,
}

/// Equality ignores measured durations. Instructions are a part of it where they were counted: they are no measurement.
impl PartialEq for Trace {
    fn eq(&self, other: &Self) -> bool {
        self.events == other.events
            && self.words == other.words
            && self.payloads == other.payloads
            && self.bytes == other.bytes
            && self.changes == other.changes
            && self.moments == other.moments
            && self.instructions == other.instructions
            && self.memory == other.memory
            && self.metric_samples == other.metric_samples
            && self.exchanges == other.exchanges
            && self.connections == other.connections
            && self.metrics == other.metrics
            && self.callouts == other.callouts
            && self.outcome == other.outcome
    }
}

/// A log line, found by [`Trace::logs`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogLine<'a> {
    pub event: EventId,
    pub level: LogLevel,
    pub channel: Channel,
    /// Place of the filter in the chain, from 0.
    pub filter: u16,
    /// Context that was current when the line was written; 0 in start functions.
    pub context: u32,
    pub message: &'a [u8],
    /// Nanoseconds on the virtual clock since the run began.
    pub at: u64,
}

impl Trace {
    /// A trace without events, for a run that could not begin.
    pub fn empty(outcome: Outcome) -> Self {
        Recorder::default().finish(Leftovers::default(), outcome)
    }

    /// Bytes of memory that the events take up, with their arguments, payloads and changes.
    pub fn size(&self) -> usize {
        let changed = self.changes.iter().map(|change| {
            let values = [&change.before, &change.after].into_iter().flatten();
            change.name.len() + values.map(|value| value.len()).sum::<usize>()
        });
        std::mem::size_of_val(self.events.as_slice())
            + std::mem::size_of_val(self.words.as_slice())
            + std::mem::size_of_val(self.payloads.as_slice())
            + std::mem::size_of_val(self.changes.as_slice())
            + std::mem::size_of_val(self.durations.as_slice())
            + std::mem::size_of_val(self.instructions.as_slice())
            + std::mem::size_of_val(self.memory.as_slice())
            + self.bytes.len()
            + changed.sum::<usize>()
    }

    /// Where a request begins, counted from 0.
    pub fn begin_of(&self, exchange: usize) -> Option<EventId> {
        self.numbered().find_map(|(id, event)| match event.kind {
            EventKind::Step(Step::RequestHeaders { exchange: found }) if usize::from(found) == exchange => {
                Some(id)
            }
            _ => None,
        })
    }

    /// How a request ended, counted from 0: as the run did if that ended before it.
    pub fn outcome_of(&self, exchange: usize) -> &Outcome {
        self.exchanges.get(exchange).and_then(|exchange| exchange.outcome.as_ref()).unwrap_or(&self.outcome)
    }

    /// The request that went wrong and because of which the run ended as it did, counted from 0; `None`: all went well,
    /// or it was no request.
    pub fn culprit(&self) -> Option<usize> {
        let is_good = matches!(self.outcome.kind(), "finished" | "local_reply");
        let ends = |place: &usize| *self.outcome_of(*place) == self.outcome;
        if is_good { None } else { (0..self.exchanges.len()).find(ends) }
    }

    /// The TCP connection of a run that made one instead of requests; the first one if it made several.
    pub fn connection(&self) -> Option<&Connection> {
        self.connections.first()
    }

    pub fn events(&self) -> &[Event] {
        &self.events
    }

    pub fn event(&self, id: EventId) -> Option<&Event> {
        self.events.get(id.index())
    }

    /// All events with their ids.
    pub fn numbered(&self) -> impl Iterator<Item = (EventId, &Event)> {
        self.events.iter().enumerate().map(|(index, event)| (EventId::from_index(index), event))
    }

    /// Changes in the order in which they were made.
    pub fn changes(&self) -> &[Change] {
        &self.changes
    }

    /// The first change that a host call made, if it made one.
    pub fn change_of(&self, call: EventId) -> Option<&Change> {
        let first = self.changes.partition_point(|change| change.event < call);
        self.changes.get(first).filter(|change| change.event == call)
    }

    /// Number of host calls, nested ones included.
    pub fn call_count(&self) -> usize {
        self.calls as usize
    }

    /// Callbacks that the filters were given; start functions included, the allocator not.
    pub fn callbacks(&self) -> impl Iterator<Item = (EventId, &Event)> {
        self.numbered().filter(|(_, event)| {
            matches!(event.kind, EventKind::Callback { callback, .. }
                if !matches!(callback, Callback::Malloc | Callback::MemoryAllocate))
        })
    }

    /// Log lines in order.
    pub fn logs(&self) -> impl Iterator<Item = LogLine<'_>> {
        self.numbered().filter_map(|(id, _)| self.log_line(id))
    }

    /// The first line that Envoy logs at level error about a filter that was refused: what a host call or a trap before it
    /// wrote, or else the reason (recorded cases 27-130 and 27-131). `plugin`: what the configuration calls the filter.
    pub fn envoy_refuses(&self, plugin: &str) -> Option<String> {
        let Outcome::Refused { reason, .. } = &self.outcome else { return None };
        let mut lines = self.logs().filter(|line| line.channel == Channel::Host);
        let first = lines.find(|line| line.level >= LogLevel::Error);
        Some(first.map_or_else(
            || reason.envoy_says(plugin),
            |line| String::from_utf8_lossy(line.message).into_owned(),
        ))
    }

    /// The log line that event `event` is, if it is one.
    pub fn log_line(&self, event: EventId) -> Option<LogLine<'_>> {
        let entry = self.event(event)?;
        match entry.kind {
            EventKind::Log { level, channel, filter, context, message } => Some(LogLine {
                event,
                level,
                channel,
                filter,
                context,
                message: self.span(message),
                at: entry.at,
            }),
            _ => None,
        }
    }

    /// Findings in order, each with the event that shows it.
    pub fn findings(&self) -> impl Iterator<Item = (EventId, Finding)> {
        self.numbered().filter_map(|(id, event)| match event.kind {
            EventKind::Finding(finding) => Some((id, finding)),
            _ => None,
        })
    }

    /// Raw arguments of a callback or host call, as unsigned numbers.
    pub fn args(&self, id: EventId) -> &[u64] {
        match self.event(id).map(|event| event.kind) {
            Some(EventKind::Callback { args, .. } | EventKind::Call { args, .. }) => {
                self.words.get(args.range()).unwrap_or_default()
            }
            _ => &[],
        }
    }

    /// Bytes that a host call read or wrote, by the parameter they belong to.
    pub fn payloads(&self, id: EventId) -> impl Iterator<Item = (Payload, &[u8])> {
        let range = match self.event(id).map(|event| event.kind) {
            Some(EventKind::Call { payloads, .. }) => payloads.range(),
            _ => 0..0,
        };
        let payloads = self.payloads.get(range).unwrap_or_default().iter();
        payloads
            .filter(move |payload| payload.owner == id)
            .map(|payload| (*payload, self.span(payload.bytes)))
    }

    /// The recorded bytes that belong to parameter `param` of a host call (its place in the table of the ABI): those
    /// stored last, if the host stored some more than once.
    pub fn payload(&self, id: EventId, param: usize) -> Option<(Payload, &[u8])> {
        self.payloads(id).filter(|(payload, _)| usize::from(payload.param) == param).last()
    }

    /// Measured time that a callback or host call took, what it called included.
    pub fn duration(&self, id: EventId) -> Duration {
        Duration::from_nanos(self.durations.get(id.index()).copied().unwrap_or_default().into())
    }

    /// Instructions that a callback executed, those of the allocator included; host calls count as the one that calls them.
    /// They are units of wasmtime's fuel: 1 for each instruction of wasm but `nop`, `drop`, `block`, `loop` and the like, and
    /// the same whichever compiler made the code. They are not instructions of a processor. `None`: nobody counted, or the event is no callback.
    pub fn instructions(&self, id: EventId) -> Option<u64> {
        let place = self.instructions.binary_search_by_key(&id, |(event, _)| *event).ok()?;
        self.instructions.get(place).map(|(_, count)| *count)
    }

    /// Whether instructions were counted.
    pub fn counts_instructions(&self) -> bool {
        !self.instructions.is_empty()
    }

    /// The host call of this number, counted from 1 in the order of their beginning.
    pub fn call_event(&self, number: u32) -> Option<EventId> {
        self.numbered().find_map(|(id, event)| match event.kind {
            EventKind::Call { number: found, .. } if found == number => Some(id),
            _ => None,
        })
    }

    /// Host calls made directly inside event `id`.
    pub fn children(&self, id: EventId) -> impl Iterator<Item = (EventId, &Event)> {
        self.events[id.index() + 1..]
            .iter()
            .enumerate()
            .map(move |(offset, event)| (EventId::from_index(id.index() + 1 + offset), event))
            .take_while(move |(_, event)| event.parent.is_some_and(|parent| parent >= id))
            .filter(move |(_, event)| event.parent == Some(id))
    }

    fn span(&self, span: event::Span) -> &[u8] {
        self.bytes.get(span.range()).unwrap_or_default()
    }

    /// Place in the chain of the filter whose callback an event is, from 0.
    pub fn filter_of(&self, callback: EventId) -> Option<u16> {
        match self.event(callback)?.kind {
            EventKind::Callback { filter, .. } => Some(filter),
            _ => None,
        }
    }

    /// The host call and callback that event `id` belongs to.
    pub fn call_of(&self, id: EventId) -> Option<(HostCall, u32)> {
        match self.event(id)?.kind {
            EventKind::Call { call, number, .. } => Some((call, number)),
            _ => None,
        }
    }
}
