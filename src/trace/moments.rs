//! What is noted beside the events, so that any moment of a run can be looked at again.
//!
//! Events and changes tell what happened, not what a filter found before it. A run that is made to be looked at
//! ([`super::TraceLimits::moments`]) therefore also notes what each callback could reach, the messages where they are not
//! what the changes before made of them, and how far its stream was. What is noted at an event holds from then on.

use std::collections::BTreeMap;

use bytes::Bytes;

use super::{Change, EventId, Part};
use crate::abi::Callback;
use crate::http::HeaderMap;

/// A header map or buffer that host calls lend to a filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Area {
    RequestHeaders,
    RequestBody,
    RequestTrailers,
    ResponseHeaders,
    ResponseBody,
    ResponseTrailers,
    CalloutHeaders,
    CalloutBody,
    CalloutTrailers,
    GrpcInitialMetadata,
    GrpcMessage,
    GrpcTrailingMetadata,
    DownstreamData,
    UpstreamData,
    PluginConfiguration,
    VmConfiguration,
}

impl Area {
    pub const ALL: [Self; 16] = [
        Self::RequestHeaders,
        Self::RequestBody,
        Self::RequestTrailers,
        Self::ResponseHeaders,
        Self::ResponseBody,
        Self::ResponseTrailers,
        Self::CalloutHeaders,
        Self::CalloutBody,
        Self::CalloutTrailers,
        Self::GrpcInitialMetadata,
        Self::GrpcMessage,
        Self::GrpcTrailingMetadata,
        Self::DownstreamData,
        Self::UpstreamData,
        Self::PluginConfiguration,
        Self::VmConfiguration,
    ];

    fn bit(self) -> u16 {
        1 << self as u16
    }

    /// The part of a message that it is, if it is one.
    pub fn part(self) -> Option<Part> {
        Some(match self {
            Self::RequestHeaders => Part::RequestHeaders,
            Self::RequestBody => Part::RequestBody,
            Self::RequestTrailers => Part::RequestTrailers,
            Self::ResponseHeaders => Part::ResponseHeaders,
            Self::ResponseBody => Part::ResponseBody,
            Self::ResponseTrailers => Part::ResponseTrailers,
            Self::DownstreamData => Part::DownstreamData,
            Self::UpstreamData => Part::UpstreamData,
            _ => return None,
        })
    }
}

/// What a filter can reach.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reach {
    read: u16,
    write: u16,
}

impl Reach {
    pub fn add(&mut self, area: Area, is_writable: bool) {
        self.read |= area.bit();
        if is_writable {
            self.write |= area.bit();
        }
    }

    /// It can be written to though there is nothing to read yet: trailers that come into being by the first write.
    pub fn add_new(&mut self, area: Area) {
        self.write |= area.bit();
    }

    pub fn can_read(self, area: Area) -> bool {
        self.read & area.bit() != 0
    }

    pub fn can_write(self, area: Area) -> bool {
        self.write & area.bit() != 0
    }
}

/// What the context is on which host calls act.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Acting {
    /// Start functions: no context at all.
    Vm,
    /// A plugin's root context.
    Root,
    /// One filter on request `exchange`.
    Stream { exchange: u16 },
    /// One filter on a TCP connection.
    Connection { number: u16 },
}

/// What a filter can reach from an event on, until its callback returns or the next such mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReachMark {
    pub event: EventId,
    /// Id of the context on which host calls act.
    pub context: u32,
    /// Place in the chain of the filter to which it belongs, from 0.
    pub filter: u16,
    pub acting: Acting,
    pub reach: Reach,
}

/// A header map as it was at an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MapMark {
    pub event: EventId,
    pub exchange: u16,
    pub part: Part,
    pub map: HeaderMap,
}

/// The bytes of a body that a filter was lent at an event: the first `kept` of those that were known before, and new ones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BodyMark {
    pub event: EventId,
    pub exchange: u16,
    pub part: Part,
    pub kept: usize,
    pub added: Bytes,
}

/// Whether and how a filter stopped a direction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Held {
    /// It lets what arrives pass.
    #[default]
    Nothing,
    /// It stopped, and still gets callbacks for what arrives.
    Stopped,
    /// It stopped all; more than the limit is an error.
    StoppedAll,
    /// It stopped all; at the limit reading stops.
    StoppedAllWatermark,
}

/// How far one filter is with one direction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FilterMark {
    /// It was given the headers.
    pub saw_headers: bool,
    /// It let them go on.
    pub passed_headers: bool,
    /// It was given the end of the message.
    pub saw_end: bool,
    pub held: Held,
    /// The callback whose answer stopped the direction.
    pub stopped_in: Option<Callback>,
}

/// How far one direction of a stream is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SideMark {
    /// The headers arrived, or a local reply was made.
    pub has_headers: bool,
    /// Number of header fields.
    pub headers: u32,
    pub has_trailers: bool,
    /// Bytes of the body that arrived, that are held by filters, and that left the last filter.
    pub received: u64,
    pub held: u64,
    pub sent: u64,
    /// What is held may exceed the limit: reading stops instead of failing.
    pub is_streaming: bool,
    /// The end of the message arrived.
    pub complete: bool,
    pub headers_sent: bool,
    pub end_sent: bool,
    /// In the order of the chain.
    pub filters: Box<[FilterMark]>,
}

/// How far a stream is at an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamMark {
    pub event: EventId,
    pub exchange: u16,
    pub request: SideMark,
    pub response: SideMark,
    /// The request has reached the upstream.
    pub upstream_started: bool,
    /// Most bytes that a direction may hold.
    pub buffer_limit: u64,
    /// The response was made by a filter or the proxy.
    pub is_local: bool,
    pub is_over: bool,
}

/// All marks of a trace, each kind in the order of its events.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Moments {
    pub reaches: Vec<ReachMark>,
    pub maps: Vec<MapMark>,
    pub bodies: Vec<BodyMark>,
    pub streams: Vec<StreamMark>,
}

/// The last of some marks that were made at an event or before.
fn last_at<T>(marks: &[T], event: EventId, event_of: impl Fn(&T) -> EventId) -> Option<&T> {
    let end = marks.partition_point(|mark| event_of(mark) <= event);
    marks.get(end.checked_sub(1)?)
}

impl Moments {
    /// What the callback around an event could reach at that event. `None`: no callback was noted before it.
    pub fn reach_at(&self, event: EventId) -> Option<&ReachMark> {
        last_at(&self.reaches, event, |mark| mark.event)
    }

    /// How far a request was at an event. `None`: it had not begun.
    pub fn stream_at(&self, exchange: u16, event: EventId) -> Option<&StreamMark> {
        let end = self.streams.partition_point(|mark| mark.event <= event);
        let marks = self.streams[..end].iter().rev().take_while(|mark| mark.exchange >= exchange);
        marks.into_iter().find(|mark| mark.exchange == exchange)
    }

    /// The last note of a header map at an event or before it.
    pub fn map_at(&self, exchange: u16, part: Part, event: EventId) -> Option<&MapMark> {
        let end = self.maps.partition_point(|mark| mark.event <= event);
        // Maps of one request stand together, but for requests that overlap.
        let marks = self.maps[..end].iter().rev();
        marks
            .take_while(|mark| mark.exchange >= exchange)
            .find(|mark| mark.exchange == exchange && mark.part == part)
    }

    /// The notes of a body up to an event, from the one before which nothing was kept.
    pub fn bodies_at(&self, exchange: u16, part: Part, event: EventId) -> &[BodyMark] {
        let end = self.bodies.partition_point(|mark| mark.event <= event);
        let is_it = |mark: &BodyMark| mark.exchange == exchange && mark.part == part;
        let first = self.bodies[..end].iter().rposition(|mark| is_it(mark) && mark.kept == 0);
        first.map_or(&[], |first| &self.bodies[first..end])
    }
}

/// Bodies as they are known while a run goes on, so that a mark says only what is new.
#[derive(Debug, Default)]
pub(super) struct KnownBodies {
    bodies: Vec<KnownBody>,
    /// How far each message was lent as it arrived, piece by piece.
    lent: BTreeMap<(u16, Part), usize>,
    /// Bytes that were compared so far.
    compared: usize,
}

#[derive(Debug)]
struct KnownBody {
    exchange: u16,
    part: Part,
    bytes: KnownBytes,
}

impl KnownBodies {
    /// Most bodies that are known at a time.
    const MOST: usize = 8;
    /// Bytes that are compared in all: a body in very many pieces would take the square of its length.
    const MOST_COMPARED: usize = 4 << 30;
    /// A longer body that was lent in one piece is forgotten when it changes, rather than copied to be changed: it is
    /// seldom lent again.
    const MOST_CHANGED: usize = 1 << 20;

    /// Takes a body in; gives how much of it was known, and what is new. `None`: all of it was known. `arrived` is the message
    /// as it came: what is the same is shared with it, since a trace would hold a large body twice.
    pub fn see(&mut self, id: (u16, Part), body: &[u8], arrived: Option<&Bytes>) -> Option<(usize, Bytes)> {
        let (exchange, part) = id;
        let lent = self.lent.entry(id).or_default();
        let mut shared = |new: &[u8]| {
            let end = *lent + new.len();
            match arrived.filter(|arrived| arrived.get(*lent..end) == Some(new)) {
                Some(arrived) => {
                    let begin = std::mem::replace(lent, end);
                    arrived.slice(begin..end)
                }
                None => Bytes::copy_from_slice(new),
            }
        };
        let found = self.bodies.iter_mut().find(|known| (known.exchange, known.part) == (exchange, part));
        let Some(known) = found else {
            if self.bodies.len() >= Self::MOST {
                self.bodies.remove(0);
            }
            let bytes = shared(body);
            self.bodies.push(KnownBody { exchange, part, bytes: KnownBytes::Lent(bytes.clone()) });
            return Some((0, bytes));
        };
        let bytes = known.bytes.as_slice();
        self.compared = self.compared.saturating_add(bytes.len());
        if bytes == body {
            return None;
        }
        let may_compare = self.compared <= Self::MOST_COMPARED;
        let kept = if may_compare && body.starts_with(bytes) { bytes.len() } else { 0 };
        let added = shared(&body[kept..]);
        known.bytes = match kept {
            0 => KnownBytes::Lent(added.clone()),
            _ => {
                let mut own = std::mem::take(&mut known.bytes).into_vec();
                own.extend_from_slice(&added);
                KnownBytes::Own(own)
            }
        };
        Some((kept, added))
    }

    /// The filter changed a body that it holds.
    pub fn change(&mut self, change: &Change) {
        let found = self
            .bodies
            .iter()
            .position(|known| Some(known.exchange) == change.exchange && known.part == change.part);
        let Some(place) = found else { return };
        let known = &mut self.bodies[place].bytes;
        if matches!(known, KnownBytes::Lent(bytes) if bytes.len() > Self::MOST_CHANGED) {
            self.bodies.remove(place);
            return;
        }
        let mut own = std::mem::take(known).into_vec();
        change.splice(&mut own);
        *known = KnownBytes::Own(own);
    }
}

/// The bytes of a known body.
#[derive(Debug)]
enum KnownBytes {
    /// As they were lent, in memory shared with the mark that was made of it.
    Lent(Bytes),
    /// Grown or changed since.
    Own(Vec<u8>),
}

impl Default for KnownBytes {
    fn default() -> Self {
        Self::Own(Vec::new())
    }
}

impl KnownBytes {
    fn as_slice(&self) -> &[u8] {
        match self {
            Self::Lent(bytes) => bytes,
            Self::Own(bytes) => bytes,
        }
    }

    fn into_vec(self) -> Vec<u8> {
        match self {
            Self::Lent(bytes) => bytes.to_vec(),
            Self::Own(bytes) => bytes,
        }
    }
}
