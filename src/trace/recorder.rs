//! Writes a trace while a run goes on.

use bytes::Bytes;

use super::event::Span;
use super::moments::{BodyMark, KnownBodies, MapMark, Moments, ReachMark, StreamMark};
use super::{
    Callout, Change, Channel, Connection, Event, EventId, EventKind, Exchange, Finding, LimitKind,
    MOST_SAMPLES, MemoryChange, MetricSample, MetricValue, Outcome, Part, Payload, Returned, Step,
    StreamAction, Trace,
};
use crate::abi::{Callback, HostCall, LogLevel};
use crate::http::{Header, HeaderMap};

/// How many host calls a trap report names, and how many events are searched for them.
const LAST_CALLS: usize = 5;
const SEARCHED: usize = 500;

/// How Go's runtime begins to tell of its end.
const GO_PANICS: [&str; 2] = ["panic: ", "fatal error: "];

/// Caps on what a trace may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TraceLimits {
    /// Most events.
    pub events: usize,
    /// Most bytes of arguments, payloads, log text and changes together, and of what the proxy keeps for the guests.
    pub bytes: usize,
    /// Most bytes of log text.
    pub log_bytes: usize,
    /// Longest single payload in bytes; longer ones are cut, and say so.
    pub payload: usize,
    /// Host calls are recorded, with their arguments and bytes. Without them a run is faster, and tells less.
    pub calls: bool,
    /// What callbacks find is noted, so that any moment can be looked at again ([`super::Moments`]).
    pub moments: bool,
    /// Events of requests that are over are kept. Without them only figures are left of a run: of a soak.
    pub history: bool,
}

impl Default for TraceLimits {
    fn default() -> Self {
        Self {
            events: 200_000,
            bytes: 512 << 20,
            log_bytes: 16 << 20,
            payload: 64 << 10,
            calls: true,
            moments: false,
            history: true,
        }
    }
}

/// What a run leaves behind besides its events.
#[derive(Debug, Default)]
pub struct Leftovers {
    pub exchanges: Vec<Exchange>,
    pub connections: Vec<Connection>,
    pub metrics: Vec<MetricValue>,
    pub metric_samples: Vec<MetricSample>,
    pub callouts: Vec<Callout>,
}

/// How much a recorder held at some moment.
#[derive(Clone, Copy, Debug)]
pub struct Mark {
    events: usize,
    words: usize,
    payloads: usize,
    bytes: usize,
    changes: usize,
    instructions: usize,
    log_bytes: usize,
}

/// Collects events. Within its limits every method appends; beyond them it only notes which limit was reached.
#[derive(Debug, Default)]
pub struct Recorder {
    /// Nanoseconds on the virtual clock, stamped on each event.
    pub now: u64,
    /// The request or TCP connection that was begun last.
    pub exchange: Option<u16>,
    limits: TraceLimits,
    events: Vec<Event>,
    words: Vec<u64>,
    payloads: Vec<Payload>,
    bytes: Vec<u8>,
    changes: Vec<Change>,
    durations: Vec<u32>,
    instructions: Vec<(EventId, u64)>,
    memory: Vec<MemoryChange>,
    open: Vec<EventId>,
    calls: u32,
    log_bytes: usize,
    /// Bytes of changes, and of what is kept elsewhere because of the guests.
    held: usize,
    exceeded: Option<LimitKind>,
    /// The host call because of which something happens after its callback.
    cause: Option<EventId>,
    /// When the last log line was written.
    logged_at: u64,
    moments: Moments,
    known: KnownBodies,
}

impl Recorder {
    pub fn new(limits: TraceLimits) -> Self {
        Self { limits, ..Self::default() }
    }

    /// Makes room for what has come so far to come so many times again, so that a long run need not move its trace again and
    /// again.
    pub fn expect_again(&mut self, times: usize) {
        fn reserve<T>(items: &mut Vec<T>, times: usize) {
            /// In bytes: what a run of more needs is moved all the same.
            const MOST: usize = 16 << 20;
            items.reserve(items.len().saturating_mul(times).min(MOST / size_of::<T>().max(1)));
        }
        reserve(&mut self.events, times);
        reserve(&mut self.words, times);
        reserve(&mut self.payloads, times);
        reserve(&mut self.bytes, times);
        reserve(&mut self.changes, times);
        reserve(&mut self.durations, times);
    }

    /// The first limit that was reached, if any.
    pub fn exceeded(&self) -> Option<LimitKind> {
        self.exceeded
    }

    /// The innermost callback or host call under way.
    pub fn current(&self) -> Option<EventId> {
        self.open.last().copied()
    }

    /// The innermost host call under way.
    pub fn current_call(&self) -> Option<EventId> {
        self.open
            .iter()
            .rev()
            .copied()
            .find(|id| matches!(self.events[id.index()].kind, EventKind::Call { .. }))
    }

    fn push(&mut self, kind: EventKind) -> EventId {
        let id = EventId::from_index(self.events.len());
        self.events.push(Event { at: self.now, parent: self.current(), kind });
        self.durations.push(0);
        if self.exceeded.is_none() {
            if self.events.len() >= self.limits.events {
                self.exceed(LimitKind::Events);
            } else if self.room() == 0 {
                self.exceed(LimitKind::TraceBytes);
            }
        }
        id
    }

    /// Bytes that may still be kept.
    pub fn room(&self) -> usize {
        self.limits.bytes.saturating_sub(self.bytes.len() + self.words.len() * 8 + self.held)
    }

    /// When the last log line was written, in nanoseconds on the virtual clock.
    pub fn logged_at(&self) -> u64 {
        self.logged_at
    }

    /// Bytes of log text that may still be kept.
    pub fn log_room(&self) -> usize {
        self.limits.log_bytes.saturating_sub(self.log_bytes)
    }

    /// Counts bytes that are kept outside the trace because of a guest.
    pub fn hold(&mut self, bytes: usize) {
        self.held = self.held.saturating_add(bytes);
    }

    /// Notes that a limit was reached, unless one was before.
    pub fn reach(&mut self, limit: LimitKind) {
        if self.exceeded.is_none() {
            self.exceed(limit);
        }
    }

    fn exceed(&mut self, limit: LimitKind) {
        self.exceeded = Some(limit);
        self.events.push(Event { at: self.now, parent: self.current(), kind: EventKind::Limit(limit) });
        self.durations.push(0);
    }

    fn words(&mut self, words: impl IntoIterator<Item = u64>) -> Span {
        let start = self.words.len();
        self.words.extend(words);
        span(start, self.words.len() - start)
    }

    fn text(&mut self, bytes: &[u8]) -> Span {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(bytes);
        span(start, bytes.len())
    }

    /// Opens a callback; what follows is inside it until [`Recorder::end_callback`].
    pub fn begin_callback(&mut self, callback: Callback, filter: u16, args: &[u32]) -> EventId {
        let args = self.words(args.iter().map(|arg| u64::from(*arg)));
        let id = self.push(EventKind::Callback { callback, filter, args, result: None, failed: false });
        self.open.push(id);
        id
    }

    /// Closes the callback, and whatever was left open inside it by a guest that did not return.
    pub fn end_callback(&mut self, id: EventId, outcome: Result<Option<u32>, ()>, nanos: u64) {
        while self.open.pop().is_some_and(|open| open != id) {}
        self.durations[id.index()] = clamp(nanos);
        if let EventKind::Callback { result, failed, .. } = &mut self.events[id.index()].kind {
            *failed = outcome.is_err();
            *result = outcome.unwrap_or_default();
        }
    }

    /// Notes how many instructions a callback executed.
    pub fn counted(&mut self, callback: EventId, instructions: u64) {
        self.instructions.push((callback, instructions));
    }

    /// Notes how much memory a VM has, in bytes, and for which filter it was made.
    pub fn memory(&mut self, vm: u16, filter: u16, bytes: u64) {
        if self.memory.len() < MOST_SAMPLES {
            let last = EventId::from_index(self.events.len().saturating_sub(1));
            let event = self.current().unwrap_or(last);
            self.memory.push(MemoryChange { event, exchange: self.exchange, vm, filter, bytes });
        }
    }

    /// What is there now, for [`Recorder::forget`].
    pub fn mark(&self) -> Mark {
        Mark {
            events: self.events.len(),
            words: self.words.len(),
            payloads: self.payloads.len(),
            bytes: self.bytes.len(),
            changes: self.changes.len(),
            instructions: self.instructions.len(),
            log_bytes: self.log_bytes,
        }
    }

    /// Forgets all events since the mark, unless the history of requests is kept. Between two callbacks only.
    pub fn forget(&mut self, mark: Mark) {
        if self.limits.history || !self.open.is_empty() || self.exceeded.is_some() {
            return;
        }
        let last = EventId::from_index(mark.events.saturating_sub(1));
        for change in self.memory.iter_mut().rev().take_while(|change| change.event > last) {
            change.event = last;
        }
        self.events.truncate(mark.events);
        self.durations.truncate(mark.events);
        self.words.truncate(mark.words);
        self.payloads.truncate(mark.payloads);
        self.bytes.truncate(mark.bytes);
        self.changes.truncate(mark.changes);
        self.instructions.truncate(mark.instructions);
        self.log_bytes = mark.log_bytes;
    }

    /// Opens a host call; what follows is inside it until [`Recorder::end_call`].
    /// `None`: host calls are not recorded.
    pub fn begin_call(&mut self, call: HostCall, args: &[u64]) -> Option<EventId> {
        if !self.limits.calls {
            return None;
        }
        self.calls += 1;
        let args = self.words(args.iter().copied());
        let payloads = span(self.payloads.len(), 0);
        let number = self.calls;
        let id = self.push(EventKind::Call { call, number, args, payloads, returned: Returned::Never });
        self.open.push(id);
        Some(id)
    }

    /// Notes bytes that the innermost host call read or wrote for its parameter `param`.
    pub fn payload(&mut self, param: usize, bytes: &[u8]) {
        let Some(id) = self.current() else { return };
        if !matches!(self.events[id.index()].kind, EventKind::Call { .. }) {
            return;
        }
        let kept = &bytes[..bytes.len().min(self.limits.payload)];
        let kept = self.text(kept);
        let end = self.payloads.len();
        if let EventKind::Call { payloads, .. } = &mut self.events[id.index()].kind {
            if payloads.len == 0 {
                *payloads = span(end, 0);
            }
            // Calls that the guest's allocator made in between may lie inside this span; `owner` tells them apart.
            payloads.len = u32::try_from(end + 1).unwrap_or(u32::MAX) - payloads.start;
            self.payloads.push(Payload {
                owner: id,
                param: u8::try_from(param).unwrap_or(u8::MAX),
                full_len: u32::try_from(bytes.len()).unwrap_or(u32::MAX),
                bytes: kept,
            });
        }
    }

    /// Closes a host call.
    pub fn end_call(&mut self, id: EventId, returned_value: Returned, nanos: u64) {
        while self.open.pop().is_some_and(|open| open != id) {}
        self.durations[id.index()] = clamp(nanos);
        if let EventKind::Call { returned, .. } = &mut self.events[id.index()].kind {
            *returned = returned_value;
        }
    }

    pub fn log(
        &mut self,
        level: LogLevel,
        channel: Channel,
        filter: u16,
        context: u32,
        message: &[u8],
    ) -> EventId {
        let kept = message.len().min(self.log_room());
        let fits = kept == message.len();
        self.log_bytes += kept;
        self.logged_at = self.now;
        let message = self.text(&message[..kept]);
        let id = self.push(EventKind::Log { level, channel, filter, context, message });
        if !fits {
            self.reach(LimitKind::LogBytes);
        }
        id
    }

    pub fn stream(&mut self, action: StreamAction) -> EventId {
        self.push(EventKind::Stream(action))
    }

    pub fn step(&mut self, step: Step) -> EventId {
        self.push(EventKind::Step(step))
    }

    /// Notes a mistake of the code that runs, or else of the host call whose effects come about.
    pub fn finding(&mut self, finding: Finding) -> EventId {
        let id = self.push(EventKind::Finding(finding));
        if self.open.is_empty() {
            self.events[id.index()].parent = self.cause;
        }
        id
    }

    /// What happens from now on, outside callbacks, is the effect of this host call.
    pub fn set_cause(&mut self, cause: Option<EventId>) {
        self.cause = cause;
    }

    /// Notes a change made by the host call under way. The caller gives the rest; `event` is filled in here.
    pub fn change(&mut self, change: impl FnOnce(EventId) -> Change) {
        if let Some(event) = self.current_call() {
            let change = change(event);
            let values = [&change.before, &change.after].into_iter().flatten();
            self.hold(change.name.len() + values.map(|value| value.len()).sum::<usize>());
            if self.limits.moments {
                self.known.change(&change);
            }
            self.changes.push(change);
        }
    }

    /// Whether moments are to be noted.
    pub fn notes_moments(&self) -> bool {
        self.limits.moments && self.exceeded.is_none()
    }

    /// The event that was recorded last.
    pub fn last(&self) -> Option<EventId> {
        Some(EventId::from_index(self.events.len().checked_sub(1)?))
    }

    /// Notes what a filter can reach from now on.
    pub fn note_reach(&mut self, mark: ReachMark) {
        self.moments.reaches.push(mark);
        self.hold(size_of::<ReachMark>());
    }

    /// Notes how a header map is now, if that is not known.
    pub fn note_map(&mut self, exchange: u16, part: Part, map: &HeaderMap) {
        let Some(event) = self.last() else { return };
        if self.moments.map_at(exchange, part, event).is_some_and(|known| known.map == *map) {
            return;
        }
        self.moments.maps.push(MapMark { event, exchange, part, map: map.clone() });
        self.hold(size_of::<MapMark>() + map.len() * size_of::<Header>());
    }

    /// The last difference that was made.
    pub fn last_change(&self) -> Option<&Change> {
        self.changes.last()
    }

    /// What the filter that runs was last noted to reach.
    pub fn last_reach(&self) -> Option<&ReachMark> {
        self.moments.reaches.last()
    }

    /// Notes the bytes of a body that a filter is lent.
    /// `arrived` is the message that it came with, if it did.
    pub fn note_body(&mut self, exchange: u16, part: Part, body: &[u8], arrived: Option<&Bytes>) {
        let Some(event) = self.last() else { return };
        if body.len() > self.room() {
            return;
        }
        let Some((kept, added)) = self.known.see((exchange, part), body, arrived) else { return };
        self.hold(added.len() + size_of::<BodyMark>());
        self.moments.bodies.push(BodyMark { event, exchange, part, kept, added });
    }

    /// Notes how far a stream is, if that is not known.
    pub fn note_stream(&mut self, mark: StreamMark) {
        let marks = self.moments.streams.iter_mut().rev();
        let mut of_it = marks.take_while(|known| known.exchange >= mark.exchange);
        if let Some(known) = of_it.find(|known| known.exchange == mark.exchange) {
            let same = StreamMark { event: known.event, ..mark.clone() } == *known;
            if same {
                return;
            }
            if known.event == mark.event {
                *known = mark;
                return;
            }
        }
        self.hold(size_of::<StreamMark>() + 2 * size_of_val(&*mark.request.filters));
        self.moments.streams.push(mark);
    }

    /// The host calls that a filter made last, in order.
    pub fn last_calls_of(&self, filter: u16) -> Vec<EventId> {
        let first = self.events.len().saturating_sub(SEARCHED);
        let calls = (first..self.events.len()).rev().map(EventId::from_index).filter(|id| {
            let is_call = matches!(self.events[id.index()].kind, EventKind::Call { .. });
            is_call && self.filter_of(*id) == Some(filter)
        });
        let mut calls: Vec<EventId> = calls.take(LAST_CALLS).collect();
        calls.reverse();
        calls
    }

    /// The filter in whose callback an event happened.
    fn filter_of(&self, id: EventId) -> Option<u16> {
        let event = &self.events[id.index()];
        match event.kind {
            EventKind::Callback { filter, .. } => Some(filter),
            _ => self.filter_of(event.parent?),
        }
    }

    /// The last words of a guest, for trap reports: its last error line. Go writes a panic to standard error in many small
    /// pieces; they are put together from where it begins.
    pub fn last_log_of(&self, filter: u16) -> Option<String> {
        let lines = self.events.iter().rev().take(200).filter_map(|event| match event.kind {
            EventKind::Log { level, filter: found, message, channel, .. }
                if found == filter && level >= LogLevel::Error && channel != Channel::Host =>
            {
                let text = String::from_utf8_lossy(self.bytes.get(message.range())?).into_owned();
                Some((channel, text))
            }
            _ => None,
        });
        let lines: Vec<_> = lines.collect();
        let pieces = lines.iter().take_while(|(channel, _)| *channel == Channel::Stderr);
        let begins = |(_, text): &(Channel, String)| GO_PANICS.iter().any(|start| text.starts_with(start));
        if let Some(begin) = pieces.clone().position(begins) {
            let panic: String = lines[..=begin].iter().rev().map(|(_, text)| text.as_str()).collect();
            return Some(panic.trim().to_owned());
        }
        lines.into_iter().map(|(_, text)| text).find(|text| !text.trim().is_empty())
    }

    pub fn finish(mut self, leftovers: Leftovers, outcome: Outcome) -> Trace {
        let Leftovers { exchanges, connections, metrics, metric_samples, callouts } = leftovers;
        // An allocator ends before the callback that it is in, which began before it.
        self.instructions.sort_unstable();
        Trace {
            events: self.events,
            words: self.words,
            payloads: self.payloads,
            bytes: self.bytes,
            changes: self.changes,
            durations: self.durations,
            instructions: self.instructions,
            calls: self.calls,
            moments: self.moments,
            memory: self.memory,
            metric_samples,
            exchanges,
            connections,
            metrics,
            callouts,
            outcome,
        }
    }
}

fn span(start: usize, len: usize) -> Span {
    Span { start: u32::try_from(start).unwrap_or(u32::MAX), len: u32::try_from(len).unwrap_or(u32::MAX) }
}

fn clamp(nanos: u64) -> u32 {
    u32::try_from(nanos).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn last_words(lines: &[(Channel, &str)]) -> Option<String> {
        let mut recorder = Recorder::new(TraceLimits::default());
        for (channel, text) in lines {
            recorder.log(LogLevel::Error, *channel, 0, 2, text.as_bytes());
        }
        recorder.last_log_of(0)
    }

    #[test]
    fn the_last_words_are_the_last_error_line_that_says_something() {
        let panicked = (Channel::Stderr, "thread 'main' panicked at src/lib.rs:7");
        assert_eq!(last_words(&[panicked, (Channel::Stderr, "")]).as_deref(), Some(panicked.1));
        assert_eq!(last_words(&[(Channel::Host, "Function: f failed")]), None);
    }

    #[test]
    fn a_panic_that_go_writes_in_pieces_is_put_together() {
        let pieces = ["before", "panic: ", "index out of range [", "5", "]", "", "goroutine 1 [running]:"];
        let pieces = pieces.map(|piece| (Channel::Stderr, piece));
        assert_eq!(
            last_words(&pieces).as_deref(),
            Some("panic: index out of range [5]goroutine 1 [running]:")
        );
    }
}
