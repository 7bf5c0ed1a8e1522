//! What the events of one exchange say, gathered in one pass.

use std::collections::BTreeSet;

use crate::abi::{BufferType, Callback, HostCall, MapType, Status};
use crate::trace::{Direction, EventId, EventKind, Part, Returned, Step, StreamAction, Trace};

/// Different names that are kept of one kind; further ones are not told apart from these.
const MOST_NAMES: usize = 1_000;
/// Different things beside the messages that are kept: the story names three.
const MOST_WRITTEN: usize = 64;

/// What filters looked at on one side of an exchange.
#[derive(Debug, Default)]
pub(super) struct Reads<'a> {
    headers: BTreeSet<&'a [u8]>,
    all_headers: bool,
    trailers: BTreeSet<&'a [u8]>,
    all_trailers: bool,
    body: bool,
    properties: BTreeSet<&'a [u8]>,
    shared: BTreeSet<&'a [u8]>,
    /// Headers and trailers that the proxy did not give: it had them no more.
    unreadable: BTreeSet<&'a [u8]>,
}

impl Reads<'_> {
    pub fn counts(&self) -> ReadCounts {
        ReadCounts {
            headers: self.headers.len(),
            all_headers: self.all_headers,
            trailers: self.trailers.len(),
            all_trailers: self.all_trailers,
            body: self.body,
            properties: self.properties.len(),
            shared: self.shared.len(),
            unreadable: self.unreadable.len(),
        }
    }
}

/// How many different things of each kind were read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct ReadCounts {
    pub headers: usize,
    pub all_headers: bool,
    pub trailers: usize,
    pub all_trailers: bool,
    pub body: bool,
    pub properties: usize,
    pub shared: usize,
    /// Headers and trailers that could not be read.
    pub unreadable: usize,
}

impl ReadCounts {
    /// Those of two sides together.
    pub fn and(self, other: Self) -> Self {
        Self {
            headers: self.headers + other.headers,
            all_headers: self.all_headers || other.all_headers,
            trailers: self.trailers + other.trailers,
            all_trailers: self.all_trailers || other.all_trailers,
            body: self.body || other.body,
            properties: self.properties + other.properties,
            shared: self.shared + other.shared,
            unreadable: self.unreadable + other.unreadable,
        }
    }
}

/// One side of an exchange: what became of the request, or of the reply.
#[derive(Debug, Default)]
pub(super) struct Side<'a> {
    pub reads: Reads<'a>,
    /// Places in [`Trace::callouts`] of those that were made while this side was under way.
    pub callouts: Vec<usize>,
    /// Number of pieces of a body that arrived while it was held.
    pub held: usize,
    /// Time on the virtual clock between a pause and its end, in nanoseconds.
    pub paused: u64,
    /// What was written beside the messages: part and name, in order, each once.
    pub written: Vec<(Part, &'a [u8])>,
}

/// What was done in callbacks that belong to no message: those of a root context, such as `on_tick`.
#[derive(Debug)]
pub(super) struct Beside<'a> {
    pub callback: Callback,
    /// It was first called when the response was under way, or over.
    pub replying: bool,
    pub side: Side<'a>,
}

/// See [`Facts::new`].
#[derive(Debug, Default)]
pub(super) struct Facts<'a> {
    /// Request, reply.
    pub sides: [Side<'a>; 2],
    /// In the order of their first calls.
    pub beside: Vec<Beside<'a>>,
    /// The status with which a filter answered.
    pub answered: Option<u32>,
    /// Something of the request reached the upstream.
    pub upstream_asked: bool,
}

impl<'a> Facts<'a> {
    /// Looks through the events that belong to one exchange, or to one TCP connection, counted from 0.
    pub fn new(trace: &'a Trace, exchange: usize) -> Self {
        let mut facts = Self {
            upstream_asked: trace.exchanges.get(exchange).is_none_or(|found| found.upstream.is_some()),
            ..Self::default()
        };
        let mut gathering = Gathering::default();
        for (id, event) in trace.numbered() {
            match event.kind {
                EventKind::Step(Step::RequestHeaders { exchange }) => {
                    gathering.begin(Some(usize::from(exchange)))
                }
                EventKind::Step(Step::Connect) => {
                    let next = gathering.connections;
                    gathering.connections += 1;
                    gathering.begin(Some(next));
                }
                EventKind::Callback { callback, filter, .. } => {
                    gathering.callback(trace, id, callback, filter);
                }
                _ if gathering.current != Some(exchange) => {}
                EventKind::Step(step) => gathering.step(step),
                EventKind::Stream(action) => gathering.stream(&mut facts, action, event.at),
                EventKind::Call { call, .. } => gathering.call(&mut facts, trace, id, call),
                _ => {}
            }
        }
        facts
    }
}

/// Where the pass over the events stands.
#[derive(Debug, Default)]
struct Gathering {
    current: Option<usize>,
    connections: usize,
    /// The reply is under way: what follows belongs to it.
    replying: bool,
    /// Pieces that arrived since the last one left, and whether one of them was held.
    waiting: [(usize, bool); 2],
    /// Since when a direction is paused.
    paused: [Option<u64>; 2],
    callouts: usize,
    changes: usize,
    /// Root contexts by filter, as far as they were seen.
    roots: BTreeSet<(u16, u64)>,
}

fn side(direction: Direction) -> usize {
    match direction {
        Direction::Request => 0,
        Direction::Response => 1,
    }
}

impl Gathering {
    fn begin(&mut self, exchange: Option<usize>) {
        (self.current, self.replying) = (exchange, false);
        (self.waiting, self.paused) = Default::default();
    }

    /// Learns which contexts are roots: they are told of the start, of time and of queues.
    fn callback(&mut self, trace: &Trace, id: EventId, callback: Callback, filter: u16) {
        let args = trace.args(id);
        let is_root = match callback {
            Callback::VmStart | Callback::Configure | Callback::Tick | Callback::QueueReady => true,
            Callback::ContextCreate => args.get(1) == Some(&0),
            _ => false,
        };
        if let Some(context) = args.first().filter(|_| is_root) {
            self.roots.insert((filter, *context));
        }
    }

    /// The callback of a root context in which something happened.
    fn root_callback(&self, trace: &Trace, id: EventId) -> Option<Callback> {
        let mut inside = trace.event(id)?.parent;
        while let Some(event) = inside {
            match trace.event(event)?.kind {
                EventKind::Callback { callback, filter, .. } => {
                    let context = *trace.args(event).first()?;
                    return self.roots.contains(&(filter, context)).then_some(callback);
                }
                _ => inside = trace.event(event)?.parent,
            }
        }
        None
    }

    /// Where something that belongs to no message is told.
    fn place<'f, 'a>(&self, facts: &'f mut Facts<'a>, trace: &Trace, id: EventId) -> &'f mut Side<'a> {
        let Some(callback) = self.root_callback(trace, id) else {
            return &mut facts.sides[usize::from(self.replying)];
        };
        let known = facts.beside.iter().position(|beside| beside.callback == callback);
        let place = known.unwrap_or_else(|| {
            facts.beside.push(Beside { callback, replying: self.replying, side: Side::default() });
            facts.beside.len() - 1
        });
        &mut facts.beside[place].side
    }

    fn step(&mut self, step: Step) {
        match step {
            Step::RequestBody { bytes, .. } if bytes > 0 => self.waiting[0].0 += 1,
            Step::ResponseBody { bytes, .. } if bytes > 0 => self.waiting[1].0 += 1,
            Step::ResponseHeaders { .. } | Step::UpstreamReset => self.replying = true,
            _ => {}
        }
    }

    fn stream(&mut self, facts: &mut Facts<'_>, action: StreamAction, at: u64) {
        match action {
            StreamAction::Paused { direction, .. } => {
                self.waiting[side(direction)].1 = true;
                self.paused[side(direction)].get_or_insert(at);
            }
            StreamAction::Resumed { direction, .. } => {
                if let Some(since) = self.paused[side(direction)].take() {
                    facts.sides[side(direction)].paused += at.saturating_sub(since);
                }
            }
            StreamAction::BodySent { direction, .. } => {
                let (pieces, was_held) = std::mem::take(&mut self.waiting[side(direction)]);
                if was_held {
                    facts.sides[side(direction)].held += pieces;
                }
            }
            StreamAction::LocalReply { filter: Some(_), status } => facts.answered = Some(status),
            _ => {}
        }
    }

    fn call<'a>(&mut self, facts: &mut Facts<'a>, trace: &'a Trace, id: EventId, call: HostCall) {
        let first = trace.args(id).first().map_or(u32::MAX, |number| *number as u32);
        let name = |param: usize| trace.payload(id, param).map(|(_, bytes)| bytes).unwrap_or_default();
        let found = was_answered(trace, id);
        match call {
            HostCall::GetHeaderMapValue | HostCall::GetHeaderMapPairs => {
                let (place, of_headers) = match MapType::from_number(first) {
                    Some(MapType::RequestHeaders) => (0, true),
                    Some(MapType::RequestTrailers) => (0, false),
                    Some(MapType::ResponseHeaders) => (1, true),
                    Some(MapType::ResponseTrailers) => (1, false),
                    // Those of a callout's answer are part of getting it.
                    _ => return,
                };
                let reads = &mut facts.sides[place].reads;
                match (call, of_headers) {
                    (HostCall::GetHeaderMapValue, _) if !found => keep(&mut reads.unreadable, name(1)),
                    (HostCall::GetHeaderMapPairs, _) if !found => {}
                    (HostCall::GetHeaderMapPairs, true) => reads.all_headers = true,
                    (HostCall::GetHeaderMapPairs, false) => reads.all_trailers = true,
                    (_, true) => keep(&mut reads.headers, name(1)),
                    (_, false) => keep(&mut reads.trailers, name(1)),
                }
            }
            HostCall::GetBufferBytes if !found => {}
            HostCall::GetBufferBytes => match BufferType::from_number(first) {
                Some(BufferType::RequestBody | BufferType::DownstreamData) => {
                    facts.sides[0].reads.body = true;
                }
                Some(BufferType::ResponseBody | BufferType::UpstreamData) => {
                    facts.sides[1].reads.body = true;
                }
                _ => {}
            },
            HostCall::GetProperty | HostCall::GetSharedData if !found => {}
            HostCall::GetProperty => keep(&mut self.place(facts, trace, id).reads.properties, name(0)),
            HostCall::GetSharedData => keep(&mut self.place(facts, trace, id).reads.shared, name(0)),
            HostCall::HttpCall | HostCall::GrpcCall | HostCall::GrpcStream => {
                while trace.callouts.get(self.callouts).is_some_and(|callout| callout.event < id) {
                    self.callouts += 1;
                }
                if trace.callouts.get(self.callouts).is_some_and(|callout| callout.event == id) {
                    self.place(facts, trace, id).callouts.push(self.callouts);
                }
            }
            _ => self.written(facts, trace, id),
        }
    }

    /// Notes what a call wrote beside the messages. Changes stand in the order of their events.
    fn written<'a>(&mut self, facts: &mut Facts<'a>, trace: &'a Trace, id: EventId) {
        while let Some(change) = trace.changes().get(self.changes).filter(|change| change.event <= id) {
            self.changes += 1;
            let beside =
                matches!(change.part, Part::SharedData | Part::Queue | Part::Metric | Part::Property);
            if change.event != id || !beside {
                continue;
            }
            let entry = (change.part, &change.name[..]);
            let written = &mut self.place(facts, trace, id).written;
            if written.len() < MOST_WRITTEN && !written.contains(&entry) {
                written.push(entry);
            }
        }
    }
}

/// Whether a read was answered: also with the news that there is nothing of that name.
fn was_answered(trace: &Trace, id: EventId) -> bool {
    let returned = match trace.event(id).map(|event| event.kind) {
        Some(EventKind::Call { returned: Returned::Number(number), .. }) => number,
        _ => return false,
    };
    matches!(Status::from_number(returned), Some(Status::Ok | Status::NotFound))
}

fn keep<'a>(names: &mut BTreeSet<&'a [u8]>, name: &'a [u8]) {
    if names.len() < MOST_NAMES {
        names.insert(name);
    }
}
