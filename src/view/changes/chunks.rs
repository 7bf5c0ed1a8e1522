//! Bodies as they came and went: which pieces arrived, what the filters did with each, and what left the last of them.
//!
//! Pieces that were held leave together with a later one, so a stretch is told as a whole: what arrived until something
//! left, and what left until something arrived again.

use std::ops::Range;

use bytes::Bytes;

use crate::abi::Callback;
use crate::trace::{Direction, EventId, EventKind, Part, Step, StreamAction, Trace};

/// Most stretches that are told apart; what comes after them is told as one.
const MOST_BATCHES: usize = 1_000;

/// What arrived until something left, and what left then.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    pub arrived: Vec<Piece>,
    pub left: Vec<Left>,
    /// Number of all pieces that arrived, in all batches.
    pub of: u32,
    /// Its events, as places in the trace.
    pub(super) events: Range<usize>,
    /// Bytes of the body before and of what was sent.
    pub(super) bytes: [Range<usize>; 2],
}

/// A piece of a body that arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Counted from 1 over the whole body.
    pub number: u32,
    /// Length in bytes.
    pub bytes: usize,
    /// Nanoseconds on the virtual clock since the run began.
    pub at: u64,
    pub is_end: bool,
    /// The callbacks that were given it, in order.
    pub heard: Vec<Heard>,
}

/// A body callback of a filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heard {
    pub callback: Callback,
    /// Place of the filter in the chain, from 0.
    pub filter: u16,
    pub event: EventId,
    pub fate: Fate,
}

/// What a filter did with a piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fate {
    Passed,
    Held,
    /// The callback did not return.
    Failed,
}

/// A piece that left the last filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Left {
    /// Length in bytes.
    pub bytes: usize,
    /// Nanoseconds on the virtual clock since the run began.
    pub at: u64,
    pub is_end: bool,
    /// The upstream was asked again: for which time, from 2.
    pub attempt: Option<u32>,
}

/// The pieces of one body, in order. `peer_sends`: what arrived came from a peer, and is not made by the proxy.
pub(super) fn batches(trace: &Trace, exchange: usize, part: Part, peer_sends: bool) -> Vec<Batch> {
    let mut reader = Reader { part, batches: Vec::new(), places: [0, 0], attempt: None };
    for place in events_of(trace, exchange, part) {
        let id = EventId::from_index(place);
        let Some(event) = trace.event(id) else { break };
        match event.kind {
            EventKind::Step(step) if peer_sends => reader.step(step, place, event.at),
            EventKind::Stream(action) => reader.action(action, place, event.at),
            EventKind::Callback { callback, filter, result, failed, .. } if callback == reader.callback() => {
                let fate = match (failed, result) {
                    (true, _) | (_, None) => Fate::Failed,
                    (_, Some(0)) => Fate::Passed,
                    (_, Some(_)) => Fate::Held,
                };
                let piece = reader.batches.last_mut().filter(|batch| batch.left.is_empty());
                if let Some(piece) = piece.and_then(|batch| batch.arrived.last_mut()) {
                    piece.heard.push(Heard { callback, filter, event: id, fate });
                }
            }
            _ => {}
        }
        if let Some(batch) = reader.batches.last_mut() {
            batch.events.end = place + 1;
        }
    }
    let of = reader.batches.iter().map(|batch| batch.arrived.len()).sum::<usize>();
    for batch in &mut reader.batches {
        batch.of = u32::try_from(of).unwrap_or(u32::MAX);
    }
    reader.batches
}

/// The events of one request, or of one TCP connection.
fn events_of(trace: &Trace, exchange: usize, part: Part) -> Range<usize> {
    let is_data = matches!(part, Part::DownstreamData | Part::UpstreamData);
    let begins = trace.numbered().filter(|(_, event)| match event.kind {
        EventKind::Step(Step::RequestHeaders { .. }) => !is_data,
        EventKind::Step(Step::Connect) => is_data,
        _ => false,
    });
    let mut places = begins.map(|(id, _)| id.index()).skip(exchange);
    let start = places.next().unwrap_or(trace.events().len());
    start..places.next().unwrap_or(trace.events().len())
}

struct Reader {
    part: Part,
    batches: Vec<Batch>,
    /// How far the body before and the sent one are used up, in bytes.
    places: [usize; 2],
    attempt: Option<u32>,
}

impl Reader {
    fn direction(&self) -> Direction {
        if self.part.is_towards_upstream() { Direction::Request } else { Direction::Response }
    }

    fn callback(&self) -> Callback {
        match self.part {
            Part::RequestBody => Callback::RequestBody,
            Part::DownstreamData => Callback::DownstreamData,
            Part::UpstreamData => Callback::UpstreamData,
            _ => Callback::ResponseBody,
        }
    }

    fn step(&mut self, step: Step, place: usize, at: u64) {
        let (bytes, is_end) = match (step, self.part) {
            (Step::RequestBody { bytes, end_of_stream }, Part::RequestBody)
            | (Step::ResponseBody { bytes, end_of_stream }, Part::ResponseBody) => (bytes, end_of_stream),
            (
                Step::PeerSends { direction, bytes, end_of_stream },
                Part::DownstreamData | Part::UpstreamData,
            ) if direction == self.direction() => (bytes, end_of_stream),
            _ => return,
        };
        let number = self.batches.iter().map(|batch| batch.arrived.len()).sum::<usize>() + 1;
        let bytes = bytes as usize;
        let batch = self.batch(place, |batch| batch.left.is_empty());
        let number = u32::try_from(number).unwrap_or(u32::MAX);
        batch.arrived.push(Piece { number, bytes, at, is_end, heard: Vec::new() });
        batch.bytes[0].end += bytes;
        self.places[0] += bytes;
    }

    fn action(&mut self, action: StreamAction, place: usize, at: u64) {
        let (bytes, is_end) = match action {
            StreamAction::Retried { attempt, .. } if self.part == Part::RequestBody => {
                // What is sent from now on is the body that the upstream got in the end.
                self.attempt = Some(attempt);
                self.places[1] = 0;
                return;
            }
            StreamAction::BodySent { direction, bytes, end_of_stream }
                if direction == self.direction()
                    && matches!(self.part, Part::RequestBody | Part::ResponseBody) =>
            {
                (bytes, end_of_stream)
            }
            StreamAction::DataSent { direction, bytes, end_of_stream }
                if direction == self.direction()
                    && matches!(self.part, Part::DownstreamData | Part::UpstreamData) =>
            {
                (bytes, end_of_stream)
            }
            _ => return,
        };
        let bytes = bytes as usize;
        let attempt = self.attempt;
        let start = self.places[1];
        let batch = self.batch(place, |batch| {
            batch.left.is_empty() || batch.left.last().is_some_and(|left| left.attempt == attempt)
        });
        if batch.left.is_empty() {
            batch.bytes[1] = start..start;
        }
        batch.left.push(Left { bytes, at, is_end, attempt });
        batch.bytes[1].end += bytes;
        self.places[1] += bytes;
    }

    /// The last batch if it goes on, or else a new one.
    fn batch(&mut self, place: usize, goes_on: impl Fn(&Batch) -> bool) -> &mut Batch {
        let [before, after] = self.places;
        let is_full = self.batches.len() >= MOST_BATCHES;
        if !self.batches.last().is_some_and(|batch| is_full || goes_on(batch)) {
            self.batches.push(Batch {
                events: place..place + 1,
                bytes: [before..before, after..after],
                ..Batch::default()
            });
        }
        let last = self.batches.len() - 1;
        &mut self.batches[last]
    }
}

impl Batch {
    /// The callback behind a line of the batch: the last one that was given the piece. Lines are counted from 0, those of
    /// pieces that arrived first.
    pub fn callback(&self, line: usize) -> Option<EventId> {
        self.arrived.get(line)?.heard.last().map(|heard| heard.event)
    }

    /// A part of a body, as far as it goes.
    pub(super) fn slice(body: &Bytes, range: &Range<usize>) -> Bytes {
        let end = range.end.min(body.len());
        body.slice(range.start.min(end)..end)
    }
}
