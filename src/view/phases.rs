//! The way of one request, or of one TCP connection, through the filters, as a track of stops.

use super::Language;
use super::changes::Changes;
use super::sentences::{pick, say};
use super::units;
use crate::abi::Callback;
use crate::trace::{Direction, EventId, EventKind, Outcome, Part, Step, StreamAction, Trace};

/// A stop of the track.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PhaseKind {
    Start,
    RequestHeaders,
    RequestBody,
    RequestTrailers,
    /// The upstream answered; how long it took on the virtual clock, in nanoseconds.
    Upstream {
        status: u32,
        wait: u64,
    },
    UpstreamReset,
    /// A filter answered, or the proxy did.
    LocalReply {
        by_filter: bool,
        status: u32,
    },
    ResponseHeaders,
    ResponseBody,
    ResponseTrailers,
    /// The client opened a TCP connection.
    Connection,
    /// What the client sent over it.
    DownstreamData,
    /// What the upstream sent over it.
    UpstreamData,
    Done,
}

/// How it went at a stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PhaseState {
    Passed,
    /// The stream waits here for ever.
    Paused,
    /// The filter failed here.
    Failed,
    /// The run did not get here.
    NotReached,
}

/// One stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Phase {
    pub kind: PhaseKind,
    pub state: PhaseState,
    /// Changes of the filters to this part.
    pub changes: usize,
    /// The section of [`Changes`] that shows it.
    pub section: Option<usize>,
    /// The first event that belongs to it.
    pub event: Option<EventId>,
}

/// The track of one exchange. `changes` are those of the same exchange.
pub fn phases(trace: &Trace, changes: &Changes, exchange: usize) -> Vec<Phase> {
    let facts = Facts::new(trace, exchange);
    let outcome = trace.outcome_of(exchange);
    let part = |kind: PhaseKind, part: Part, callback: Callback| {
        let section = changes.section(part);
        let event = facts.first(callback);
        let is_there = section.is_some() || event.is_some();
        let reached = facts.reached(part, event);
        is_there.then(|| Phase {
            kind,
            state: facts.state(outcome, callback, reached),
            changes: section.map_or(0, |(_, section)| section.counts.total()),
            section: section.map(|(place, _)| place),
            event,
        })
    };
    let plain = |kind, event: Option<EventId>| Phase {
        kind,
        state: PhaseState::Passed,
        changes: 0,
        section: None,
        event,
    };
    let mut track = vec![Phase { state: facts.start_state(trace), ..plain(PhaseKind::Start, facts.start) }];
    if trace.connection().is_some() {
        let opened = facts.first(Callback::NewConnection).or(facts.opened);
        let state = facts.state(outcome, Callback::NewConnection, opened.is_some());
        track.push(Phase { state, ..plain(PhaseKind::Connection, opened) });
        track.extend(part(PhaseKind::DownstreamData, Part::DownstreamData, Callback::DownstreamData));
        track.extend(part(PhaseKind::UpstreamData, Part::UpstreamData, Callback::UpstreamData));
    }
    track.extend(part(PhaseKind::RequestHeaders, Part::RequestHeaders, Callback::RequestHeaders));
    track.extend(part(PhaseKind::RequestBody, Part::RequestBody, Callback::RequestBody));
    track.extend(part(PhaseKind::RequestTrailers, Part::RequestTrailers, Callback::RequestTrailers));
    track.extend(facts.answer.map(|(kind, event)| plain(kind, Some(event))));
    track.extend(part(PhaseKind::ResponseHeaders, Part::ResponseHeaders, Callback::ResponseHeaders));
    track.extend(part(PhaseKind::ResponseBody, Part::ResponseBody, Callback::ResponseBody));
    track.extend(part(PhaseKind::ResponseTrailers, Part::ResponseTrailers, Callback::ResponseTrailers));
    let end = facts.end;
    let closing = [Callback::Log, Callback::Done, Callback::Delete];
    let failed = matches!(outcome, Outcome::Trapped(trap) if closing.contains(&trap.callback));
    let state = match (failed, end) {
        (true, _) => PhaseState::Failed,
        (false, Some(_)) => PhaseState::Passed,
        (false, None) => PhaseState::NotReached,
    };
    track.push(Phase { state, ..plain(PhaseKind::Done, end) });
    track
}

/// What the events of one exchange say about its phases.
#[derive(Default)]
struct Facts {
    start: Option<EventId>,
    callbacks: Vec<(Callback, EventId)>,
    answer: Option<(PhaseKind, EventId)>,
    end: Option<EventId>,
    reply_began: bool,
    /// A TCP connection was opened.
    opened: Option<EventId>,
}

impl Facts {
    fn new(trace: &Trace, exchange: usize) -> Self {
        let mut facts = Self::default();
        let mut current = None;
        let mut asked_at = 0;
        for (id, event) in trace.numbered() {
            match event.kind {
                EventKind::Step(Step::Start { .. }) if facts.start.is_none() => facts.start = Some(id),
                EventKind::Step(Step::RequestHeaders { exchange }) => current = Some(usize::from(exchange)),
                EventKind::Step(Step::Connect) => {
                    current = Some(0);
                    facts.opened = Some(id);
                }
                _ if current != Some(exchange) => {}
                EventKind::Stream(
                    StreamAction::HeadersSent { direction: Direction::Request, .. }
                    | StreamAction::BodySent { direction: Direction::Request, .. }
                    | StreamAction::TrailersSent { direction: Direction::Request },
                ) => asked_at = event.at,
                EventKind::Step(Step::ResponseHeaders { status }) => {
                    let wait = event.at.saturating_sub(asked_at);
                    facts.answer = Some((PhaseKind::Upstream { status, wait }, id));
                    facts.reply_began = true;
                }
                EventKind::Step(Step::UpstreamReset) => facts.answer = Some((PhaseKind::UpstreamReset, id)),
                // No filter sees the answer.
                EventKind::Stream(StreamAction::Retried { .. }) => {
                    facts.answer = None;
                    facts.reply_began = false;
                }
                EventKind::Stream(StreamAction::LocalReply { filter, status }) => {
                    let reply = PhaseKind::LocalReply { by_filter: filter.is_some(), status };
                    facts.answer = Some((reply, id));
                    facts.reply_began = true;
                }
                EventKind::Callback {
                    callback: Callback::Log | Callback::Done | Callback::Delete, ..
                } => {
                    facts.end = facts.end.or(Some(id));
                }
                EventKind::Callback { callback, .. } if event.parent.is_none() => {
                    facts.callbacks.push((callback, id));
                }
                _ => {}
            }
        }
        facts
    }

    fn first(&self, callback: Callback) -> Option<EventId> {
        self.callbacks.iter().find(|(found, _)| *found == callback).map(|(_, id)| *id)
    }

    /// A part that no callback looked at was reached all the same if the message went by.
    fn reached(&self, part: Part, event: Option<EventId>) -> bool {
        let is_reply = matches!(part, Part::ResponseHeaders | Part::ResponseBody | Part::ResponseTrailers);
        event.is_some()
            || self.opened.is_some()
            || if is_reply { self.reply_began } else { part == Part::RequestHeaders || self.reply_began }
    }

    fn state(&self, outcome: &Outcome, callback: Callback, reached: bool) -> PhaseState {
        match outcome {
            Outcome::Trapped(trap) if trap.callback == callback => PhaseState::Failed,
            Outcome::Limit { callback: Some(stopped), .. } if *stopped == callback => PhaseState::Failed,
            Outcome::Paused { callback: paused, .. } if *paused == callback => PhaseState::Paused,
            _ if reached => PhaseState::Passed,
            _ => PhaseState::NotReached,
        }
    }

    fn start_state(&self, trace: &Trace) -> PhaseState {
        match &trace.outcome {
            Outcome::Refused { .. } | Outcome::Limit { limit: crate::trace::LimitKind::StartTime, .. } => {
                PhaseState::Failed
            }
            _ => PhaseState::Passed,
        }
    }
}

/// A stop's name and, unless the request simply passed it, how it went there: `request headers · paused`.
pub fn said(language: Language, phase: &Phase) -> String {
    let name = name(language, phase.kind);
    match state_word(language, phase.state) {
        Some(word) => format!("{name} · {word}"),
        None => name,
    }
}

fn state_word(language: Language, state: PhaseState) -> Option<&'static str> {
    match state {
        PhaseState::Passed => None,
        PhaseState::Paused => Some(pick(language, "paused", "已暂停")),
        PhaseState::Failed => Some(pick(language, "failed", "失败")),
        PhaseState::NotReached => Some(pick(language, "not reached", "未到达")),
    }
}

/// The stop's name, as on the track: `upstream 200 · 12 ms`.
pub fn name(language: Language, kind: PhaseKind) -> String {
    let fixed = |english, chinese| pick(language, english, chinese).to_owned();
    match kind {
        PhaseKind::Start => fixed("start", "开始"),
        PhaseKind::RequestHeaders => fixed("request headers", "请求头"),
        PhaseKind::RequestBody => fixed("request body", "请求体"),
        PhaseKind::RequestTrailers => fixed("request trailers", "请求尾部"),
        PhaseKind::Upstream { status, wait: 0 } => say!(language, "upstream {status}", "上游 {status}"),
        PhaseKind::Upstream { status, wait } => {
            let wait = units::nanos(wait);
            say!(language, "upstream {status} · {wait}", "上游 {status} · {wait}")
        }
        PhaseKind::UpstreamReset => fixed("upstream reset", "上游重置"),
        PhaseKind::LocalReply { by_filter: true, status } => {
            say!(language, "local reply {status}", "本地回复 {status}")
        }
        PhaseKind::LocalReply { by_filter: false, status } => {
            say!(language, "proxy answers {status}", "代理回复 {status}")
        }
        PhaseKind::ResponseHeaders => fixed("response headers", "响应头"),
        PhaseKind::ResponseBody => fixed("response body", "响应体"),
        PhaseKind::ResponseTrailers => fixed("response trailers", "响应尾部"),
        PhaseKind::Connection => fixed("connection", "连接"),
        PhaseKind::DownstreamData => fixed("from the client", "来自客户端"),
        PhaseKind::UpstreamData => fixed("from the upstream", "来自上游"),
        PhaseKind::Done => fixed("log, done", "日志，结束"),
    }
}
