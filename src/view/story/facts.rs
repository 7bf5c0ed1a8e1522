//! What the events of one exchange say, gathered in one pass.

use std::collections::BTreeSet;

use crate::abi::{BufferType, HostCall, MapType};
use crate::trace::{Direction, EventId, EventKind, Part, Step, StreamAction, Trace};

/// Different names that are kept of one kind; further ones are not told apart from these.
const MOST_NAMES: usize = 1_000;
/// Different things beside the messages that are kept: the story names three.
const MOST_WRITTEN: usize = 64;

/// What filters looked at on one side of an exchange.
#[derive(Debug, Default)]
pub(super) struct Reads<'a> {
    headers: BTreeSet<&'a [u8]>,
    pub all_headers: bool,
    trailers: BTreeSet<&'a [u8]>,
    pub all_trailers: bool,
    pub body: bool,
    properties: BTreeSet<&'a [u8]>,
    shared: BTreeSet<&'a [u8]>,
}

impl Reads<'_> {
    pub fn headers(&self) -> usize {
        self.headers.len()
    }

    pub fn trailers(&self) -> usize {
        self.trailers.len()
    }

    pub fn properties(&self) -> usize {
        self.properties.len()
    }

    pub fn shared(&self) -> usize {
        self.shared.len()
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

/// See [`Facts::new`].
#[derive(Debug, Default)]
pub(super) struct Facts<'a> {
    /// Request, reply.
    pub sides: [Side<'a>; 2],
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
        let here = usize::from(self.replying);
        let first = trace.args(id).first().map_or(u32::MAX, |number| *number as u32);
        let name = |param: usize| trace.payload(id, param).map(|(_, bytes)| bytes).unwrap_or_default();
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
                    (HostCall::GetHeaderMapPairs, true) => reads.all_headers = true,
                    (HostCall::GetHeaderMapPairs, false) => reads.all_trailers = true,
                    (_, true) => keep(&mut reads.headers, name(1)),
                    (_, false) => keep(&mut reads.trailers, name(1)),
                }
            }
            HostCall::GetBufferBytes => match BufferType::from_number(first) {
                Some(BufferType::RequestBody | BufferType::DownstreamData) => {
                    facts.sides[0].reads.body = true;
                }
                Some(BufferType::ResponseBody | BufferType::UpstreamData) => {
                    facts.sides[1].reads.body = true;
                }
                _ => {}
            },
            HostCall::GetProperty => keep(&mut facts.sides[here].reads.properties, name(0)),
            HostCall::GetSharedData => keep(&mut facts.sides[here].reads.shared, name(0)),
            HostCall::HttpCall | HostCall::GrpcCall | HostCall::GrpcStream => {
                while trace.callouts.get(self.callouts).is_some_and(|callout| callout.event < id) {
                    self.callouts += 1;
                }
                if trace.callouts.get(self.callouts).is_some_and(|callout| callout.event == id) {
                    facts.sides[here].callouts.push(self.callouts);
                }
            }
            _ => self.written(&mut facts.sides[here], trace, id),
        }
    }

    /// Notes what a call wrote beside the messages. Changes stand in the order of their events.
    fn written<'a>(&mut self, side: &mut Side<'a>, trace: &'a Trace, id: EventId) {
        while let Some(change) = trace.changes().get(self.changes).filter(|change| change.event <= id) {
            self.changes += 1;
            let beside =
                matches!(change.part, Part::SharedData | Part::Queue | Part::Metric | Part::Property);
            let entry = (change.part, &change.name[..]);
            if change.event == id
                && beside
                && side.written.len() < MOST_WRITTEN
                && !side.written.contains(&entry)
            {
                side.written.push(entry);
            }
        }
    }
}

fn keep<'a>(names: &mut BTreeSet<&'a [u8]>, name: &'a [u8]) {
    if names.len() < MOST_NAMES {
        names.insert(name);
    }
}
