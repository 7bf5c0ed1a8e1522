//! One moment of a run: the messages as they were at an event, and what the filter could reach right there.
//!
//! Made from what a trace notes beside its events ([`crate::trace::Moments`]) and the changes that were made since. All of
//! it holds *after* the event.

use bytes::Bytes;

use super::changes::callback_around;
use crate::abi::Callback;
use crate::http::{HeaderMap, MapKind};
use crate::trace::{
    Acting, Area, Change, Direction, EventId, EventKind, Part, ReachMark, Step, StreamAction, StreamMark,
    Trace,
};

/// What a filter can do with an area.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Can {
    Read,
    ReadAndWrite,
    /// Nothing is there yet, and the first write makes it: trailers.
    Create,
}

/// Why a filter cannot reach an area.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WhyNot {
    /// Only start functions have run: there is no context yet.
    NoContext,
    /// The callback belongs to the plugin, not to a stream.
    RootContext,
    /// The message has no such part.
    None,
    /// It has not arrived yet.
    NotYet,
    /// The filter let it go: its callback answered Continue, or it called `continue_stream`.
    LetGo,
    /// What is held of the body is held by others, or the callback is not about it.
    NotLent,
    /// The stream is over.
    Over,
    /// It is there only in this callback.
    OnlyIn(Callback),
}

/// The status that a read of an area gets that cannot be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Answers {
    BadArgument,
    NotFound,
    /// `Ok`, with no bytes: the most surprising one.
    Empty,
}

impl Answers {
    pub fn name(self) -> &'static str {
        match self {
            Self::BadArgument => "BadArgument",
            Self::NotFound => "NotFound",
            Self::Empty => "Ok",
        }
    }
}

/// An area that a filter can reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Within {
    pub area: Area,
    pub can: Can,
    /// Number of fields of a map; length of a buffer in bytes. `None`: not known.
    pub size: Option<u64>,
}

/// An area that it cannot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Beyond {
    pub area: Area,
    pub why: WhyNot,
    pub answers: Answers,
}

/// What a filter could reach at an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Access {
    pub event: EventId,
    /// The callback under way.
    pub callback: Callback,
    pub callback_event: EventId,
    /// The context on which host calls act.
    pub context: u32,
    pub filter: u16,
    pub acting: Acting,
    pub within: Vec<Within>,
    pub beyond: Vec<Beyond>,
}

/// What the filter whose callback was under way could reach. `None`: no filter ran at that event, or the run was not made
/// to be looked at.
pub fn access(trace: &Trace, event: EventId) -> Option<Access> {
    let (callback, callback_event, mark) = under_way(trace, event)?;
    let exchange = match mark.acting {
        Acting::Stream { exchange } => Some(exchange),
        _ => None,
    };
    let stream = exchange.and_then(|exchange| trace.moments.stream_at(exchange, event));
    let situation = Situation { trace, event, callback, mark, exchange, stream };
    let (mut within, mut beyond) = (Vec::new(), Vec::new());
    for area in Area::ALL.into_iter().filter(|area| situation.concerns(*area)) {
        match situation.can(area) {
            Some(can) => within.push(Within { area, can, size: situation.size(area) }),
            None => {
                let (why, answers) = situation.why_not(area);
                beyond.push(Beyond { area, why, answers });
            }
        }
    }
    Some(Access {
        event,
        callback,
        callback_event,
        context: mark.context,
        filter: mark.filter,
        acting: mark.acting,
        within,
        beyond,
    })
}

/// The callback under way at an event, and what was noted last of its reach.
fn under_way(trace: &Trace, event: EventId) -> Option<(Callback, EventId, &ReachMark)> {
    let (callback, callback_event) = match trace.event(event)?.kind {
        EventKind::Callback { callback, .. } if !is_allocator(callback) => (callback, event),
        _ => callback_around(trace, event)?,
    };
    let mark = trace.moments.reach_at(event).filter(|mark| mark.event >= callback_event)?;
    Some((callback, callback_event, mark))
}

fn is_allocator(callback: Callback) -> bool {
    matches!(callback, Callback::Malloc | Callback::MemoryAllocate)
}

struct Situation<'a> {
    trace: &'a Trace,
    event: EventId,
    callback: Callback,
    mark: &'a ReachMark,
    exchange: Option<u16>,
    stream: Option<&'a StreamMark>,
}

impl Situation<'_> {
    /// Whether an area is worth a word: parts of messages where there are any, gRPC where it is used.
    fn concerns(&self, area: Area) -> bool {
        let is_tcp = !self.trace.connections.is_empty();
        match area {
            Area::DownstreamData | Area::UpstreamData => is_tcp,
            Area::GrpcInitialMetadata | Area::GrpcMessage | Area::GrpcTrailingMetadata => {
                self.mark.reach.can_read(area)
                    || self
                        .trace
                        .callouts
                        .iter()
                        .any(|callout| callout.kind != crate::trace::CalloutKind::Http)
            }
            // One word for the whole answer is enough where it is not there.
            Area::CalloutBody | Area::CalloutTrailers => self.mark.reach.can_read(area),
            Area::CalloutHeaders | Area::PluginConfiguration | Area::VmConfiguration => true,
            _ => !is_tcp,
        }
    }

    fn can(&self, area: Area) -> Option<Can> {
        let reach = self.mark.reach;
        match (reach.can_read(area), reach.can_write(area)) {
            (true, true) => Some(Can::ReadAndWrite),
            (true, false) => Some(Can::Read),
            (false, true) => Some(Can::Create),
            (false, false) => None,
        }
    }

    fn size(&self, area: Area) -> Option<u64> {
        let part = area.part()?;
        let number = match self.mark.acting {
            Acting::Connection { number } => number,
            _ => self.exchange?,
        };
        match kind_of(part) {
            Some(_) => headers(self.trace, number, part, self.event).map(|map| map.len() as u64),
            None => Some(body_size(self.trace, number, part, self.event)),
        }
    }

    fn why_not(&self, area: Area) -> (WhyNot, Answers) {
        let callback = |callback| (WhyNot::OnlyIn(callback), Answers::BadArgument);
        match area {
            Area::CalloutHeaders => callback(Callback::HttpCallResponse),
            Area::CalloutBody => (WhyNot::OnlyIn(Callback::HttpCallResponse), Answers::NotFound),
            Area::CalloutTrailers => callback(Callback::HttpCallResponse),
            Area::GrpcInitialMetadata => callback(Callback::GrpcReceiveInitialMetadata),
            Area::GrpcMessage => (WhyNot::OnlyIn(Callback::GrpcReceive), Answers::Empty),
            Area::GrpcTrailingMetadata => callback(Callback::GrpcReceiveTrailingMetadata),
            Area::PluginConfiguration => (WhyNot::OnlyIn(Callback::Configure), Answers::NotFound),
            Area::VmConfiguration => (WhyNot::NoContext, Answers::BadArgument),
            Area::DownstreamData | Area::UpstreamData => (self.why_no_data(area), Answers::Empty),
            _ => self.why_no_part(area),
        }
    }

    fn why_no_data(&self, area: Area) -> WhyNot {
        match (self.mark.acting, area) {
            (Acting::Vm, _) => WhyNot::NoContext,
            (Acting::Root, _) => WhyNot::RootContext,
            (_, Area::DownstreamData) => WhyNot::OnlyIn(Callback::DownstreamData),
            _ => WhyNot::OnlyIn(Callback::UpstreamData),
        }
    }

    /// Why a part of a message is out of reach, and what a read of it gets.
    fn why_no_part(&self, area: Area) -> (WhyNot, Answers) {
        let is_body = matches!(area, Area::RequestBody | Area::ResponseBody);
        let is_of_stream = matches!(self.mark.acting, Acting::Stream { .. });
        let answers = match (is_body, self.callback) {
            (true, _) => Answers::Empty,
            // In the log of its own stream, not where the filter acts for its root context.
            (false, Callback::Log) if is_of_stream => Answers::NotFound,
            (false, _) => Answers::BadArgument,
        };
        let why = match self.mark.acting {
            Acting::Vm => WhyNot::NoContext,
            Acting::Root => WhyNot::RootContext,
            _ => self.why_no_part_of_stream(area, is_body),
        };
        (why, answers)
    }

    fn why_no_part_of_stream(&self, area: Area, is_body: bool) -> WhyNot {
        let Some(stream) = self.stream else { return WhyNot::NotYet };
        let is_request = matches!(area, Area::RequestHeaders | Area::RequestBody | Area::RequestTrailers);
        let side = if is_request { &stream.request } else { &stream.response };
        let is_trailers = matches!(area, Area::RequestTrailers | Area::ResponseTrailers);
        if !side.has_headers {
            return WhyNot::NotYet;
        }
        if is_body && side.received == 0 {
            return if side.complete { WhyNot::None } else { WhyNot::NotYet };
        }
        if is_trailers && !side.has_trailers {
            return if side.complete { WhyNot::None } else { WhyNot::NotYet };
        }
        if stream.is_over && matches!(self.callback, Callback::Log | Callback::Done | Callback::Delete) {
            return WhyNot::Over;
        }
        let own = side.filters.get(usize::from(self.mark.filter)).copied().unwrap_or_default();
        match (is_body, own.saw_headers) {
            (_, false) => WhyNot::NotYet,
            (true, true) if side.held > 0 => WhyNot::NotLent,
            (true, true) | (false, true) => WhyNot::LetGo,
        }
    }
}

fn kind_of(part: Part) -> Option<MapKind> {
    Some(match part {
        Part::RequestHeaders => MapKind::RequestHeaders,
        Part::RequestTrailers => MapKind::RequestTrailers,
        Part::ResponseHeaders => MapKind::ResponseHeaders,
        Part::ResponseTrailers => MapKind::ResponseTrailers,
        _ => return None,
    })
}

/// Changes to a part of an exchange after one event, up to another.
fn changes_between(
    trace: &Trace,
    exchange: u16,
    part: Part,
    after: Option<EventId>,
    until: EventId,
) -> impl Iterator<Item = &Change> {
    let changes = trace.changes();
    let from = after.map_or(0, |after| changes.partition_point(|change| change.event <= after));
    let to = changes.partition_point(|change| change.event <= until).max(from);
    changes[from..to].iter().filter(move |change| change.part == part && change.exchange == Some(exchange))
}

/// Whether the headers, or their trailers, of a direction had arrived at an event.
fn has_arrived(trace: &Trace, exchange: u16, part: Part, event: EventId) -> bool {
    let Some(begin) = trace.begin_of(usize::from(exchange)) else { return false };
    let wanted = |kind: &EventKind| {
        matches!(
            (part, kind),
            (Part::RequestHeaders, EventKind::Step(Step::RequestHeaders { .. }))
                | (Part::RequestTrailers, EventKind::Step(Step::RequestTrailers))
                | (Part::ResponseHeaders, EventKind::Step(Step::ResponseHeaders { .. }))
                | (Part::ResponseHeaders, EventKind::Stream(StreamAction::LocalReply { .. }))
                | (Part::ResponseTrailers, EventKind::Step(Step::ResponseTrailers))
        )
    };
    let events = trace.events().get(begin.index()..=event.index()).unwrap_or_default();
    events.iter().any(|event| wanted(&event.kind))
}

/// A header map as it was at an event. `None`: it was not there.
pub fn headers(trace: &Trace, exchange: u16, part: Part, event: EventId) -> Option<HeaderMap> {
    let kind = kind_of(part)?;
    let mark = trace.moments.map_at(exchange, part, event);
    let map = match mark {
        Some(mark) => mark.map.clone(),
        None if has_arrived(trace, exchange, part, event) => as_received(trace, exchange, part)?,
        None => return None,
    };
    let changes: Vec<&Change> =
        changes_between(trace, exchange, part, mark.map(|mark| mark.event), event).collect();
    if changes.is_empty() {
        return Some(map);
    }
    let rebuilt = super::changes::rebuilt_headers(kind, map.entries(), &changes);
    Some(HeaderMap::from_pairs(kind, rebuilt.iter().map(|header| (&header.name, &header.value))))
}

fn as_received(trace: &Trace, exchange: u16, part: Part) -> Option<HeaderMap> {
    let exchange = trace.exchanges.get(usize::from(exchange))?;
    match part {
        Part::RequestHeaders => Some(exchange.request.as_ref()?.headers.clone()),
        Part::RequestTrailers => exchange.request.as_ref()?.trailers.clone(),
        Part::ResponseHeaders => Some(exchange.reply.as_ref()?.message.headers.clone()),
        Part::ResponseTrailers => exchange.reply.as_ref()?.message.trailers.clone(),
        _ => None,
    }
}

/// The bytes of a body, or of a direction of a TCP connection, as a filter was lent them last at an event or before.
pub fn body(trace: &Trace, exchange: u16, part: Part, event: EventId) -> Bytes {
    let mut body: Vec<u8> = Vec::new();
    let marks = trace.moments.bodies_at(exchange, part, event);
    for (place, mark) in marks.iter().enumerate() {
        if (mark.exchange, mark.part) != (exchange, part) {
            continue;
        }
        body.truncate(mark.kept);
        body.extend_from_slice(&mark.added);
        let next = marks[place + 1..].iter().find(|next| (next.exchange, next.part) == (exchange, part));
        // The next mark was made after the changes before it.
        let until = next.map_or(event, |next| next.event);
        for change in changes_between(trace, exchange, part, Some(mark.event), until) {
            change.splice(&mut body);
        }
    }
    body.into()
}

/// Its length in bytes, without putting it together.
pub fn body_size(trace: &Trace, exchange: u16, part: Part, event: EventId) -> u64 {
    let marks = trace.moments.bodies_at(exchange, part, event);
    let Some(mark) = marks.iter().rev().find(|mark| (mark.exchange, mark.part) == (exchange, part)) else {
        return 0;
    };
    let length = |bytes: &Option<Bytes>| bytes.as_ref().map_or(0, |bytes| bytes.len() as u64);
    changes_between(trace, exchange, part, Some(mark.event), event)
        .fold((mark.kept + mark.added.len()) as u64, |size, change| {
            (size + length(&change.after)).saturating_sub(length(&change.before))
        })
}

/// The request to which an event belongs: that of the stream its callback acts on, else the last that had begun.
pub fn exchange_of(trace: &Trace, event: EventId) -> Option<u16> {
    if let Some((_, _, ReachMark { acting: Acting::Stream { exchange }, .. })) = under_way(trace, event) {
        return Some(*exchange);
    }
    let events = trace.events().get(..=event.index())?;
    events.iter().rev().find_map(|event| match event.kind {
        EventKind::Step(Step::RequestHeaders { exchange }) => Some(exchange),
        _ => None,
    })
}

/// A direction's side of a stream mark.
pub fn side(mark: &StreamMark, direction: Direction) -> &crate::trace::SideMark {
    match direction {
        Direction::Request => &mark.request,
        Direction::Response => &mark.response,
    }
}
