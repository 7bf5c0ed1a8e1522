//! A request on its way at one moment: which side is where, who stopped it, since when, what it holds, and who could let it
//! go on.

use super::changes::callback_around;
use super::sentences::{filter_name, pick, say, stream as words};
use super::timeline::Answer;
use super::{Language, Text, units};
use crate::abi::{Callback, HostCall};
use crate::scenario::Scenario;
use crate::trace::{
    Direction, EventId, EventKind, FilterMark, Held, Outcome, Part, SideMark, Step, StreamAction, StreamMark,
    Trace,
};
use crate::view::call::{self, DecodedValue};
use crate::view::moment;

/// How a place on the way is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StopState {
    /// The message has not got here, or never will.
    Idle,
    /// Its callback runs at this moment.
    Running,
    /// It holds the message.
    Paused,
    /// It let pass what came.
    Passed,
    /// It failed.
    Failed,
}

/// One place on the way of one direction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stop {
    pub state: StopState,
    /// `Paused at 42 ms`
    pub title: String,
    /// `10 headers, 1,284 B held`
    pub detail: String,
    /// The event that made it so.
    pub event: Option<EventId>,
}

/// What went from one place to the next, in the direction of the message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrow {
    pub went: bool,
    /// `9 headers · 1,284 B`
    pub label: String,
}

/// One direction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lane {
    pub direction: Direction,
    /// Client, filters in the order of the chain, upstream.
    pub stops: Vec<Stop>,
    /// Between each stop and the next one.
    pub arrows: Vec<Arrow>,
}

/// Client, filter or upstream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    pub title: String,
    pub detail: String,
    pub is_paused: bool,
}

/// A callback in which a filter could let a direction go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Way {
    pub callback: Callback,
    /// It will come, or may.
    pub is_open: bool,
    pub why: Text,
    /// The event at which it comes, or the one that closed it.
    pub event: Option<EventId>,
}

/// What is held back of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldBack {
    /// Header fields that have not gone on; `None`: they have.
    pub headers: Option<u32>,
    /// Bytes of the body, and in how many pieces they came.
    pub bytes: u64,
    pub pieces: usize,
    pub has_trailers: bool,
    /// Most bytes that may be held.
    pub limit: u64,
    /// What happens at the limit.
    pub at_limit: Text,
}

/// A direction that a filter holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hold {
    pub direction: Direction,
    /// Place in the chain, from 0.
    pub filter: u16,
    pub name: String,
    pub callback: Callback,
    /// Name of the status that it answered.
    pub status: &'static str,
    /// The event of the pause.
    pub since: EventId,
    /// The host call that would let it go on.
    pub needs: &'static str,
    pub ways: Vec<Way>,
    pub held: HeldBack,
}

impl Hold {
    /// Nothing that is still to come could let it go on.
    pub fn is_stuck(&self) -> bool {
        self.ways.iter().all(|way| !way.is_open)
    }
}

/// A request at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamView {
    pub exchange: u16,
    /// All of it is as it was after this event.
    pub event: EventId,
    pub nodes: Vec<Node>,
    pub request: Lane,
    pub response: Lane,
    pub holds: Vec<Hold>,
    pub is_over: bool,
}

/// A request at an event. `None`: it had not begun, or the run was not made to be looked at.
pub fn stream(
    language: Language,
    trace: &Trace,
    scenario: &Scenario,
    exchange: u16,
    event: EventId,
) -> Option<StreamView> {
    let begin = trace.begin_of(usize::from(exchange)).filter(|begin| *begin <= event)?;
    let known = trace.moments.stream_at(exchange, event);
    if known.is_none() && trace.moments.streams.is_empty() {
        return None;
    }
    // The client has sent its first bytes, and nothing of it has been noted yet.
    let fresh = fresh(exchange, begin, scenario.chain.len());
    let mark = known.unwrap_or(&fresh);
    let view = Builder { language, trace, scenario, exchange, begin, event, mark };
    let holds: Vec<Hold> =
        [Direction::Request, Direction::Response].into_iter().flat_map(|side| view.holds(side)).collect();
    Some(StreamView {
        exchange,
        event,
        nodes: view.nodes(&holds),
        request: view.lane(Direction::Request),
        response: view.lane(Direction::Response),
        holds,
        is_over: mark.is_over,
    })
}

/// A stream of which nothing has arrived.
fn fresh(exchange: u16, event: EventId, filters: usize) -> StreamMark {
    let side = || SideMark { filters: vec![FilterMark::default(); filters].into(), ..SideMark::default() };
    StreamMark {
        event,
        exchange,
        request: side(),
        response: side(),
        upstream_started: false,
        buffer_limit: 0,
        is_local: false,
        is_over: false,
    }
}

struct Builder<'a> {
    language: Language,
    trace: &'a Trace,
    scenario: &'a Scenario,
    exchange: u16,
    /// The first event of the exchange.
    begin: EventId,
    event: EventId,
    mark: &'a StreamMark,
}

impl Builder<'_> {
    fn side(&self, direction: Direction) -> &SideMark {
        moment::side(self.mark, direction)
    }

    fn filters(&self) -> usize {
        self.mark.request.filters.len()
    }

    /// The events of this exchange up to the moment, the last one first.
    fn back(&self) -> impl Iterator<Item = (EventId, EventKind)> {
        let events = &self.trace.events()[self.begin.index()..=self.event.index().max(self.begin.index())];
        let first = self.begin.index();
        events
            .iter()
            .enumerate()
            .rev()
            .map(move |(offset, event)| (EventId::from_index(first + offset), event.kind))
    }

    /// The events after the moment, up to the end of the exchange.
    fn ahead(&self) -> impl Iterator<Item = (EventId, EventKind)> {
        let first = self.event.index() + 1;
        let next = self.trace.begin_of(usize::from(self.exchange) + 1);
        let end = next.map_or(self.trace.events().len(), EventId::index).max(first);
        let events = self.trace.events().get(first..end).unwrap_or_default();
        events
            .iter()
            .enumerate()
            .map(move |(offset, event)| (EventId::from_index(first + offset), event.kind))
    }

    fn at(&self, event: EventId) -> String {
        match self.trace.event(event).map_or(0, |event| event.at) {
            0 => "0 ms".into(),
            at => units::nanos(at),
        }
    }

    fn nodes(&self, holds: &[Hold]) -> Vec<Node> {
        let language = self.language;
        let is_paused = |filter: usize| holds.iter().any(|hold| usize::from(hold.filter) == filter);
        let client = Node {
            title: words::client(language).into(),
            detail: self.scenario.proxy.downstream.name().into(),
            is_paused: false,
        };
        let filter = |place: usize| {
            let number = u16::try_from(place).unwrap_or(u16::MAX);
            Node {
                title: filter_name(self.scenario, number),
                detail: words::place(language, place + 1, self.filters()),
                is_paused: is_paused(place),
            }
        };
        let upstream = Node {
            title: words::upstream(language).into(),
            detail: self.scenario.proxy.upstream.name().into(),
            is_paused: false,
        };
        let filters = (0..self.filters()).map(filter);
        std::iter::once(client).chain(filters).chain([upstream]).collect()
    }

    fn lane(&self, direction: Direction) -> Lane {
        let count = self.filters();
        let mut stops = vec![self.client(direction)];
        stops.extend((0..count).map(|filter| self.filter(direction, filter)));
        stops.push(self.upstream(direction));
        let arrows = (0..=count).map(|place| self.arrow(direction, place)).collect();
        Lane { direction, stops, arrows }
    }

    /// Number of pieces of a body that arrived.
    fn pieces(&self, direction: Direction) -> usize {
        self.back()
            .filter(|(_, kind)| {
                let bytes = match (direction, kind) {
                    (Direction::Request, EventKind::Step(Step::RequestBody { bytes, .. })) => *bytes,
                    (Direction::Response, EventKind::Step(Step::ResponseBody { bytes, .. })) => *bytes,
                    _ => 0,
                };
                bytes > 0
            })
            .count()
    }

    fn client(&self, direction: Direction) -> Stop {
        let language = self.language;
        let side = self.side(direction);
        let stop =
            |state, title: &str, detail: String| Stop { state, title: title.into(), detail, event: None };
        match direction {
            Direction::Request => {
                let pieces = words::pieces(language, self.pieces(direction));
                match side.complete {
                    true => stop(StopState::Passed, words::all_sent(language), pieces),
                    false => stop(StopState::Passed, words::sending(language), pieces),
                }
            }
            Direction::Response if side.end_sent => {
                stop(StopState::Passed, words::has_all(language), self.status_sent())
            }
            Direction::Response if side.headers_sent => {
                stop(StopState::Passed, words::receiving(language), self.status_sent())
            }
            Direction::Response if self.mark.is_over => {
                stop(StopState::Failed, words::gone(language), String::new())
            }
            Direction::Response => {
                stop(StopState::Idle, words::no_reply(language), words::waiting(language).into())
            }
        }
    }

    fn status_sent(&self) -> String {
        let exchange = self.trace.exchanges.get(usize::from(self.exchange));
        let sent = exchange.and_then(|exchange| exchange.downstream.as_ref());
        sent.and_then(|sent| sent.headers.text(":status")).unwrap_or_default().to_owned()
    }

    fn upstream(&self, direction: Direction) -> Stop {
        let language = self.language;
        let side = self.side(direction);
        let answered = self.back().find_map(|(id, kind)| match kind {
            EventKind::Step(Step::ResponseHeaders { status }) => Some((id, status)),
            _ => None,
        });
        match direction {
            Direction::Request if side.headers_sent && !self.reached_upstream() => Stop {
                state: StopState::Idle,
                title: words::not_contacted(language).into(),
                detail: words::over_before_connected(language).into(),
                event: self.sent(direction),
            },
            Direction::Request if side.end_sent => Stop {
                state: StopState::Passed,
                title: words::has_all(language).into(),
                detail: String::new(),
                event: self.sent(direction),
            },
            Direction::Request if side.headers_sent => Stop {
                state: StopState::Passed,
                title: words::receiving(language).into(),
                detail: String::new(),
                event: self.sent(direction),
            },
            Direction::Request => Stop {
                state: StopState::Idle,
                title: words::not_contacted(language).into(),
                detail: match self.mark.is_local {
                    true => words::answered_before(language).into(),
                    false => words::waits_for_headers(language).into(),
                },
                event: None,
            },
            Direction::Response => match answered {
                Some((event, status)) => {
                    let pieces = words::pieces(language, self.pieces(direction));
                    let at = self.at(event);
                    Stop {
                        state: StopState::Passed,
                        title: say!(language, "Answered {status}", "已回复 {status}"),
                        detail: say!(language, "at {at} · {pieces}", "{at} · {pieces}"),
                        event: Some(event),
                    }
                }
                None if self.mark.is_local => Stop {
                    state: StopState::Idle,
                    title: words::no_reply(language).into(),
                    detail: words::answered_before(language).into(),
                    event: None,
                },
                None => Stop {
                    state: StopState::Idle,
                    title: words::no_reply_yet(language).into(),
                    detail: {
                        let status = self.scenario.reply.status;
                        say!(language, "will answer {status}", "将回复 {status}")
                    },
                    event: None,
                },
            },
        }
    }

    /// Whether anything of the request came to the upstream: a request that is let go on may end before the connection
    /// stands.
    fn reached_upstream(&self) -> bool {
        let exchange = self.trace.exchanges.get(usize::from(self.exchange));
        exchange.is_none_or(|exchange| exchange.upstream.is_some())
    }

    /// The event with which the headers of a direction left the last filter.
    fn sent(&self, direction: Direction) -> Option<EventId> {
        self.back().find_map(|(id, kind)| match kind {
            EventKind::Stream(StreamAction::HeadersSent { direction: d, .. }) if d == direction => Some(id),
            _ => None,
        })
    }

    fn filter(&self, direction: Direction, filter: usize) -> Stop {
        let language = self.language;
        let side = self.side(direction);
        let own: FilterMark = side.filters.get(filter).copied().unwrap_or_default();
        let number = u16::try_from(filter).unwrap_or(u16::MAX);
        if let Some((event, callback)) = self.failed(direction, number) {
            let name = callback.short_name().to_owned();
            return Stop {
                state: StopState::Failed,
                title: words::trapped(language).into(),
                detail: name,
                event: Some(event),
            };
        }
        if let Some((event, status)) = self.answered_by(number)
            && direction == Direction::Request
        {
            return Stop {
                state: StopState::Passed,
                title: say!(language, "Answered {status}", "自行回复 {status}"),
                detail: words::itself(language).into(),
                event: Some(event),
            };
        }
        if own.held != Held::Nothing
            && let Some((since, _)) = self.paused(direction, number)
        {
            let at = self.at(since);
            return Stop {
                state: StopState::Paused,
                title: say!(language, "Paused at {at}", "{at} 暂停"),
                detail: words::held(language, (!side.headers_sent).then_some(side.headers), side.held),
                event: Some(since),
            };
        }
        if let Some((event, callback)) = self.running(direction, number) {
            return Stop {
                state: StopState::Running,
                title: words::running(language).into(),
                detail: callback.short_name().into(),
                event: Some(event),
            };
        }
        if !own.saw_headers {
            return Stop {
                state: StopState::Idle,
                title: words::not_reached(language).into(),
                detail: words::no_callbacks(language).into(),
                event: None,
            };
        }
        let resumed = self.back().find_map(|(id, kind)| match kind {
            EventKind::Stream(StreamAction::Resumed { direction: d, filter: f })
                if (d, f) == (direction, number) =>
            {
                Some(id)
            }
            _ => None,
        });
        let last = self.last_callback(direction, number);
        if last.is_none() {
            let seen = self.mark.request.filters.get(filter).is_some_and(|own| own.saw_headers);
            let (state, why) = match (self.has_failed(number), direction) {
                (true, _) => (StopState::Failed, words::had_failed(language)),
                (false, Direction::Response) if !seen => {
                    (StopState::Idle, words::request_never_came(language))
                }
                (false, _) => (StopState::Idle, words::no_export(language)),
            };
            return Stop {
                state,
                title: words::not_called_at_all(language).into(),
                detail: why.into(),
                event: None,
            };
        }
        Stop {
            state: StopState::Passed,
            title: "Continue".into(),
            detail: match (resumed, own.saw_end) {
                (Some(event), _) => {
                    let at = self.at(event);
                    say!(language, "resumed at {at}", "{at} 恢复")
                }
                (None, true) => words::passed_all(language).into(),
                (None, false) => words::passes(language).into(),
            },
            event: resumed.or(last),
        }
    }

    fn failed(&self, direction: Direction, filter: u16) -> Option<(EventId, Callback)> {
        self.back().find_map(|(id, kind)| match kind {
            EventKind::Callback { callback, filter: f, failed: true, .. }
                if f == filter && direction_of(callback) == Some(direction) =>
            {
                Some((id, callback))
            }
            _ => None,
        })
    }

    /// The filter failed at some time before, in this request or another one.
    fn has_failed(&self, filter: u16) -> bool {
        self.trace.events()[..=self.event.index()].iter().any(
            |event| matches!(event.kind, EventKind::Callback { filter: f, failed: true, .. } if f == filter),
        )
    }

    fn answered_by(&self, filter: u16) -> Option<(EventId, u32)> {
        self.back().find_map(|(id, kind)| match kind {
            EventKind::Stream(StreamAction::LocalReply { filter: Some(f), status }) if f == filter => {
                Some((id, status))
            }
            _ => None,
        })
    }

    /// The last pause of a filter, with the callback that answered it.
    fn paused(&self, direction: Direction, filter: u16) -> Option<(EventId, Callback)> {
        self.back().find_map(|(id, kind)| match kind {
            EventKind::Stream(StreamAction::Paused { direction: d, filter: f, callback })
                if (d, f) == (direction, filter) =>
            {
                Some((id, callback))
            }
            _ => None,
        })
    }

    /// The callback of a filter that runs at the moment.
    fn running(&self, direction: Direction, filter: u16) -> Option<(EventId, Callback)> {
        let (callback, event) = match self.trace.event(self.event)?.kind {
            EventKind::Callback { callback, .. } => (callback, self.event),
            _ => callback_around(self.trace, self.event)?,
        };
        match self.trace.event(event)?.kind {
            EventKind::Callback { filter: f, .. }
                if f == filter && direction_of(callback) == Some(direction) =>
            {
                Some((event, callback))
            }
            _ => None,
        }
    }

    fn last_callback(&self, direction: Direction, filter: u16) -> Option<EventId> {
        self.back().find_map(|(id, kind)| match kind {
            EventKind::Callback { callback, filter: f, .. }
                if f == filter && direction_of(callback) == Some(direction) =>
            {
                Some(id)
            }
            _ => None,
        })
    }

    /// What went between stop `place` and the next one; 0 lies behind the client.
    fn arrow(&self, direction: Direction, place: usize) -> Arrow {
        let language = self.language;
        let side = self.side(direction);
        let count = self.filters();
        // In the order of the direction: how many filters lie before this arrow.
        let before = match direction {
            Direction::Request => place,
            Direction::Response => count - place,
        };
        let filter_at = |order: usize| match direction {
            Direction::Request => order,
            Direction::Response => count - 1 - order,
        };
        let own = |order: usize| side.filters.get(filter_at(order)).copied().unwrap_or_default();
        let is_first = before == 0;
        let is_last = before == count;
        let came_from_upstream = direction == Direction::Request || !self.mark.is_local;
        let went = match (is_first, is_last) {
            (true, _) => side.has_headers && came_from_upstream,
            (_, true) if direction == Direction::Request => side.headers_sent && self.reached_upstream(),
            (_, true) => side.headers_sent,
            _ => own(before - 1).passed_headers,
        };
        if !went {
            return Arrow { went, label: words::nothing(language, direction, is_last).into() };
        }
        let is_held_later = (before..count).any(|order| own(order).held != Held::Nothing);
        let bytes = match (is_first, is_held_later) {
            (true, _) => side.received,
            (false, true) => side.sent + side.held,
            (false, false) => side.sent,
        };
        let next = (before < count).then(|| filter_at(before));
        let headers = self.headers_into(direction, next).unwrap_or(side.headers);
        Arrow { went, label: words::went(language, headers, bytes) }
    }

    /// How many header fields went into a filter, or out of the last one (`None`).
    fn headers_into(&self, direction: Direction, filter: Option<usize>) -> Option<u32> {
        let (part, callback) = match direction {
            Direction::Request => (Part::RequestHeaders, Callback::RequestHeaders),
            Direction::Response => (Part::ResponseHeaders, Callback::ResponseHeaders),
        };
        let event = match filter {
            Some(filter) => self.back().find_map(|(id, kind)| match kind {
                EventKind::Callback { callback: c, filter: f, .. } if c == callback => {
                    (usize::from(f) == filter).then_some(id)
                }
                _ => None,
            }),
            None => self.sent(direction),
        }?;
        let map = moment::headers(self.trace, self.exchange, part, event)?;
        u32::try_from(map.len()).ok()
    }

    fn holds(&self, direction: Direction) -> Vec<Hold> {
        let side = self.side(direction);
        if self.mark.is_over && self.event.index() + 1 < self.trace.events().len() && !self.was_stuck() {
            return Vec::new();
        }
        let held = side.filters.iter().enumerate().filter(|(_, own)| own.held != Held::Nothing);
        held.filter_map(|(filter, own)| self.hold(direction, u16::try_from(filter).ok()?, *own)).collect()
    }

    /// The run of this exchange ended while it was paused.
    fn was_stuck(&self) -> bool {
        matches!(self.trace.outcome_of(usize::from(self.exchange)), Outcome::Paused { .. })
    }

    fn hold(&self, direction: Direction, filter: u16, own: FilterMark) -> Option<Hold> {
        let (since, callback) = self.paused(direction, filter)?;
        let asked = self.back().skip_while(|(id, _)| *id > since).find_map(|(id, kind)| match kind {
            EventKind::Callback { callback: c, filter: f, .. } if (c, f) == (callback, filter) => Some(id),
            _ => None,
        });
        let status = match asked.map(|event| Answer::of(self.trace, self.scenario, event)) {
            Some(Answer::Pause(status)) => status,
            _ => "StopIteration",
        };
        let side = self.side(direction);
        Some(Hold {
            direction,
            filter,
            name: filter_name(self.scenario, filter),
            callback,
            status,
            since,
            needs: match direction {
                Direction::Request => "continue_stream(request)",
                Direction::Response => "continue_stream(response)",
            },
            ways: self.ways(direction, filter, own),
            held: HeldBack {
                headers: (!side.headers_sent).then_some(side.headers),
                bytes: side.held,
                pieces: self.pieces_held(direction),
                has_trailers: side.has_trailers,
                limit: self.mark.buffer_limit,
                at_limit: words::at_limit(
                    self.language,
                    direction,
                    side.is_streaming || own.held == Held::StoppedAllWatermark,
                    side.headers_sent,
                ),
            },
        })
    }

    /// Pieces of the body that came since the last ones left.
    fn pieces_held(&self, direction: Direction) -> usize {
        let mut pieces = 0;
        for (_, kind) in self.back() {
            match (direction, kind) {
                (_, EventKind::Stream(StreamAction::BodySent { direction: d, .. })) if d == direction => {
                    break;
                }
                (Direction::Request, EventKind::Step(Step::RequestBody { bytes, .. }))
                | (Direction::Response, EventKind::Step(Step::ResponseBody { bytes, .. }))
                    if bytes > 0 =>
                {
                    pieces += 1;
                }
                _ => {}
            }
        }
        pieces
    }

    /// All callbacks in which the filter could let the direction go on, and whether they will come.
    fn ways(&self, direction: Direction, filter: u16, own: FilterMark) -> Vec<Way> {
        let own_callbacks = match direction {
            Direction::Request => [Callback::RequestBody, Callback::RequestTrailers],
            Direction::Response => [Callback::ResponseBody, Callback::ResponseTrailers],
        };
        let mut ways: Vec<Way> = own_callbacks
            .into_iter()
            .filter_map(|callback| self.own_way(direction, filter, own, callback))
            .collect();
        ways.push(self.callout_way(filter, Callback::HttpCallResponse));
        ways.push(self.tick_way(filter));
        ways.push(self.queue_way(filter));
        ways.push(self.callout_way(filter, Callback::GrpcReceive));
        ways
    }

    /// The filter's next callback of the same direction.
    fn own_way(&self, direction: Direction, filter: u16, own: FilterMark, callback: Callback) -> Option<Way> {
        let language = self.language;
        let is_trailers = matches!(callback, Callback::RequestTrailers | Callback::ResponseTrailers);
        let side = self.side(direction);
        if is_trailers && !side.has_trailers && side.complete {
            return None;
        }
        let way = |is_open, why: String, event| Way { callback, is_open, why: Text::new(why), event };
        if matches!(own.held, Held::StoppedAll | Held::StoppedAllWatermark) {
            return Some(way(false, words::not_called(language).into(), None));
        }
        let next = self.ahead().find_map(|(id, kind)| match kind {
            EventKind::Callback { callback: c, filter: f, .. } if (c, f) == (callback, filter) => Some(id),
            _ => None,
        });
        Some(match next {
            Some(event) => {
                let number = units::number(event.index() + 1);
                way(true, say!(language, "comes at event {number}", "将在事件 {number} 到来"), Some(event))
            }
            None if is_trailers => return None,
            None => way(false, words::no_more_body(language, side.received > 0).into(), None),
        })
    }

    /// Whether an event happened in a callback of a filter.
    fn is_of(&self, event: EventId, filter: u16) -> bool {
        let around = callback_around(self.trace, event).and_then(|(_, id)| self.trace.event(id));
        matches!(around.map(|event| event.kind), Some(EventKind::Callback { filter: f, .. }) if f == filter)
    }

    fn callout_way(&self, filter: u16, callback: Callback) -> Way {
        let language = self.language;
        let is_http = callback == Callback::HttpCallResponse;
        let made = self.trace.callouts.iter().filter(|callout| {
            let is_kind = (callout.kind == crate::trace::CalloutKind::Http) == is_http;
            is_kind && callout.event <= self.event && self.is_of(callout.event, filter)
        });
        let mut last = None;
        for callout in made {
            let answer = self.answer_of(callout.event, callout.token);
            if answer.is_none_or(|answer| answer > self.event) {
                let token = callout.token;
                return match answer {
                    Some(answer) => {
                        let at = self.at(answer);
                        Way {
                            callback,
                            is_open: true,
                            why: Text::new(say!(
                                language,
                                "token {token} is answered at {at}",
                                "token {token} 将在 {at} 得到应答"
                            )),
                            event: Some(answer),
                        }
                    }
                    None => Way {
                        callback,
                        is_open: false,
                        why: Text::new(say!(
                            language,
                            "token {token} is never answered",
                            "token {token} 一直得不到应答"
                        )),
                        event: Some(callout.event),
                    },
                };
            }
            last = Some((callout.token, answer));
        }
        if last.is_none()
            && let Some((event, number, status)) = self.refused_call(filter, is_http)
        {
            let why = say!(
                language,
                "call #{number} was refused with {status}: no response will come",
                "调用 #{number} 被拒绝（{status}），不会有应答"
            );
            return Way { callback, is_open: false, why: Text::new(why), event: Some(event) };
        }
        let why = match last {
            Some((token, _)) => say!(
                language,
                "token {token} was answered; none in flight",
                "token {token} 已得到应答，没有进行中的调用"
            ),
            None if is_http => pick(language, "no call was made", "没有发起调用").into(),
            None => pick(language, "no gRPC call was made", "没有发起 gRPC 调用").into(),
        };
        Way { callback, is_open: false, why: Text::new(why), event: last.and_then(|(_, answer)| answer) }
    }

    /// The last attempt of a filter at a callout in this exchange, if the host refused it.
    fn refused_call(&self, filter: u16, is_http: bool) -> Option<(EventId, u32, &'static str)> {
        let (event, call) = self.back().find_map(|(id, kind)| match kind {
            EventKind::Call { call, .. } if (call == HostCall::HttpCall) == is_http => {
                let is_callout =
                    matches!(call, HostCall::HttpCall | HostCall::GrpcCall | HostCall::GrpcStream);
                (is_callout && self.is_of(id, filter))
                    .then(|| call::decode(self.trace, id).map(|call| (id, call)))
            }
            _ => None,
        })??;
        (call.status != "Ok").then_some((event, call.number, call.status))
    }

    /// The callback that brought the answer to a callout.
    fn answer_of(&self, call: EventId, token: u32) -> Option<EventId> {
        let events = self.trace.events().get(call.index()..)?;
        events.iter().enumerate().find_map(|(offset, event)| {
            let id = EventId::from_index(call.index() + offset);
            match event.kind {
                EventKind::Callback { callback, .. } if callback.answers_callout() => {
                    (self.trace.args(id).get(1).copied() == Some(u64::from(token))).then_some(id)
                }
                _ => None,
            }
        })
    }

    /// The last successful host call of a kind that a filter made up to the moment, in the whole run.
    fn last_call(&self, filter: u16, wanted: HostCall) -> Option<EventId> {
        let events = &self.trace.events()[..=self.event.index()];
        events.iter().enumerate().rev().find_map(|(index, event)| {
            let id = EventId::from_index(index);
            let is_it = matches!(event.kind, EventKind::Call { call, .. } if call == wanted);
            (is_it && self.is_of(id, filter)).then_some(id)
        })
    }

    fn tick_way(&self, filter: u16) -> Way {
        let language = self.language;
        let callback = Callback::Tick;
        let set = self.last_call(filter, HostCall::SetTickPeriod);
        let period = set.and_then(|event| self.trace.args(event).first().copied()).unwrap_or_default();
        match period {
            0 => Way {
                callback,
                is_open: false,
                why: Text::from(pick(language, "no period is set", "没有设置周期")),
                event: set,
            },
            period => {
                let next = self.ahead().find_map(|(id, kind)| match kind {
                    EventKind::Callback { callback: Callback::Tick, filter: f, .. } if f == filter => {
                        Some(id)
                    }
                    _ => None,
                });
                let period = units::number(period);
                let why = match next {
                    Some(_) => say!(language, "comes every {period} ms", "每 {period} ms 触发一次"),
                    None => say!(
                        language,
                        "period {period} ms, none is due before the end",
                        "周期为 {period} ms，结束之前不会触发"
                    ),
                };
                Way { callback, is_open: next.is_some(), why: Text::new(why), event: next.or(set) }
            }
        }
    }

    fn queue_way(&self, filter: u16) -> Way {
        let language = self.language;
        let callback = Callback::QueueReady;
        let registered = self.last_call(filter, HostCall::RegisterSharedQueue);
        let Some(event) = registered else {
            let why = Text::from(pick(language, "no queue is registered", "没有注册队列"));
            return Way { callback, is_open: false, why, event: None };
        };
        let next = self.ahead().find_map(|(id, kind)| match kind {
            EventKind::Callback { callback: Callback::QueueReady, filter: f, .. } if f == filter => Some(id),
            _ => None,
        });
        let decoded = call::decode(self.trace, event);
        let name = decoded.as_ref().and_then(|call| match call.arg("name") {
            Some(DecodedValue::Bytes(blob)) => blob.text().map(str::to_owned),
            _ => None,
        });
        let name = super::code(name.unwrap_or_default());
        let why = match next {
            Some(_) => say!(language, "an item comes for {name}", "队列 {name} 将有新条目"),
            None => say!(language, "nothing comes for {name}", "队列 {name} 不会有新条目"),
        };
        Way { callback, is_open: next.is_some(), why: Text::new(why), event: next.or(registered) }
    }
}

/// The direction that a callback of a stream is about.
fn direction_of(callback: Callback) -> Option<Direction> {
    match callback {
        Callback::RequestHeaders | Callback::RequestBody | Callback::RequestTrailers => {
            Some(Direction::Request)
        }
        Callback::ResponseHeaders | Callback::ResponseBody | Callback::ResponseTrailers => {
            Some(Direction::Response)
        }
        _ => None,
    }
}
