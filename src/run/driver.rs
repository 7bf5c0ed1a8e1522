//! Drives a planned run: brings each thing to the proxy when its time has come.

use bytes::Bytes;

use super::{Plan, PlannedExchange, PlannedRequest};
use crate::abi::Callback;
use crate::host::{Due, Engine, Outgoing, Proxy, StopHandle, StreamId, VmSetup, World};
use crate::http::{HeaderMap, MapKind, Message, Protocol};
use crate::stream::wire::{self, Framing, Refusal, RequestHead};
use crate::stream::{End, Iteration, LocalReply};
use crate::trace::{Direction, Exchange, Finding, LimitKind, Outcome, Recorder, Sent, Step, Trace, Trap};

/// Runs a plan to its end. Whatever the guests do, the result is a trace.
pub fn execute(plan: &Plan, stop: &StopHandle) -> Trace {
    let mut engines: Vec<&Engine> = Vec::new();
    for setup in &plan.chain {
        let engine = setup.module.engine();
        if !engines.iter().any(|known| std::ptr::eq(*known, engine)) {
            engines.push(engine);
        }
    }
    let watches: Vec<_> = engines.iter().map(|engine| engine.watch()).collect();
    let mut driver = Driver::new(plan, stop);
    let outcome = driver.run();
    drop(watches);
    driver.finish(outcome)
}

/// `response.flags` after the upstream reset its stream, or closed its connection.
const UPSTREAM_RESET: i64 = 0x10;
const UPSTREAM_CLOSED: i64 = 0x40;

/// A step of the scenario that waits for its time.
#[derive(Clone, Debug)]
enum ScriptStep {
    RequestData {
        bytes: Bytes,
        end: bool,
    },
    RequestTrailers,
    ReplyHeaders,
    ReplyData {
        bytes: Bytes,
        end: bool,
    },
    ReplyTrailers,
    UpstreamReset,
    UpstreamTimeout,
    ClientLeaves,
    /// The exchange is observed until here.
    Settled,
}

impl ScriptStep {
    /// The direction of a piece of a body or of trailers, which may have to wait.
    fn direction(&self) -> Option<Direction> {
        match self {
            Self::RequestData { .. } | Self::RequestTrailers => Some(Direction::Request),
            Self::ReplyData { .. } | Self::ReplyTrailers => Some(Direction::Response),
            _ => None,
        }
    }
}

struct Driver<'a> {
    plan: &'a Plan,
    proxy: Proxy,
    /// Steps by number; each with the stream it belongs to.
    script: Vec<(StreamId, ScriptStep)>,
    /// Bodies wait while a direction holds more than it may; in the order in which they arrived.
    waiting: Vec<(StreamId, ScriptStep)>,
    /// The stream of the request under way, or of the last one.
    current: Option<StreamId>,
}

impl<'a> Driver<'a> {
    fn new(plan: &'a Plan, stop: &StopHandle) -> Self {
        let mut world = World {
            trace: Recorder::new(plan.trace),
            facts: plan.facts.clone(),
            log_level: Some(plan.log_level),
            adds_headers: plan.adds_headers,
            started: plan.clock,
            random: plan.seed,
            stop: stop.clone(),
            ..World::default()
        };
        world.budget.nanos = plan.start_time;
        world.budget.limit = LimitKind::StartTime;
        let setup = VmSetup { memory_bytes: plan.memory_bytes };
        let proxy = Proxy::new(plan.chain.clone(), setup, world);
        Self { plan, proxy, script: Vec::new(), waiting: Vec::new(), current: None }
    }

    fn run(&mut self) -> Outcome {
        if let Err((filter, reason)) = self.proxy.start() {
            return self.limit_outcome().unwrap_or(Outcome::Refused { filter, reason });
        }
        let mut outcome = None;
        for (number, exchange) in self.plan.exchanges.iter().enumerate() {
            let number = u16::try_from(number).unwrap_or(u16::MAX);
            let stream = self.run_exchange(number, exchange);
            if let Some(limit) = self.limit_outcome() {
                return limit;
            }
            outcome = Some(self.exchange_outcome(stream));
        }
        // The process ends with it: a filter that asks for time gets none (recorded cases 06-007 and 06-008).
        self.proxy.shut_down();
        let trapped = self.proxy.trapped().cloned().map(Outcome::Trapped);
        self.limit_outcome().or(trapped).or(outcome).unwrap_or(Outcome::Finished { status: 0 })
    }

    fn now(&self) -> u64 {
        self.proxy.world().now()
    }

    fn plan_step(&mut self, at: u64, stream: StreamId, step: ScriptStep) {
        let number = u32::try_from(self.script.len()).unwrap_or(u32::MAX);
        self.script.push((stream, step));
        self.proxy.world_mut().schedule.plan(at, Due::Script(number));
    }

    fn run_exchange(&mut self, number: u16, exchange: &PlannedExchange) -> StreamId {
        let begin = self.now() + exchange.pause_before;
        self.run_until(Some(begin), |_| false);
        let plan = self.plan;
        let world = self.proxy.world_mut();
        world.trace.now = begin;
        world.budget.nanos = plan.request_time;
        world.budget.limit = LimitKind::RequestTime;
        // Before the stream is opened: a filter that has to be loaded again starts because of this request.
        world.trace.step(Step::RequestHeaders { exchange: number });
        let (headers, refusal) = self.received(&exchange.request);
        let reaches_filters = refusal != Some(Refusal::Reset);
        let routes = plan.routes.clone();
        let protocol = plan.downstream;
        let stream = self.proxy.open_stream(number, protocol, plan.buffer_limit, routes, reaches_filters);
        self.current = Some(stream);
        self.plan_step(begin + exchange.client_timeout, stream, ScriptStep::ClientLeaves);
        match refusal {
            None => self.send_request(stream, exchange, headers),
            Some(Refusal::Reset) => self.proxy.reset(stream, End::Reset { by_filter: false }),
            Some(Refusal::BadRequest(body)) => {
                let reply = LocalReply::from_host(400, "bad_request").with_body(body);
                self.proxy.reply(stream, reply);
            }
        }
        self.run_until(None, |driver| driver.has_ended(stream));
        let settled = self.now() + exchange.settle;
        if exchange.settle > 0 {
            self.plan_step(settled, stream, ScriptStep::Settled);
        }
        self.run_until(Some(settled), |_| false);
        self.report_stale_lengths(stream);
        stream
    }

    fn has_ended(&self, stream: StreamId) -> bool {
        self.proxy.world().stream(stream).is_none_or(|facts| facts.ended.is_some())
    }

    /// Handles what is due, up to and including the moment `until`, until `done` says so or nothing is left.
    /// Without a moment only things that can still change something are waited for: not timers alone.
    fn run_until(&mut self, until: Option<u64>, done: impl Fn(&Self) -> bool) {
        while !done(self) && self.proxy.halted().is_none() {
            let schedule = &self.proxy.world().schedule;
            let Some(next) = schedule.next_at() else { break };
            let is_late = until.is_some_and(|until| next > until);
            if is_late || until.is_none() && !schedule.has_more_than_ticks() {
                break;
            }
            let Some((at, due)) = self.proxy.world_mut().schedule.next() else { break };
            let world = self.proxy.world_mut();
            world.trace.now = world.trace.now.max(at);
            match due {
                Due::Script(number) => self.run_step(number),
                Due::Tick { vm, root, generation } => self.proxy.tick(vm, root, generation),
                Due::QueueReady { vm, root, queue } => self.proxy.queue_ready(vm, root, queue),
            }
            // Timers and queues let streams go on just as messages do (recorded case 03-026).
            if let Some(stream) = self.current {
                self.after_step(stream);
            }
        }
    }

    fn exchange_of(&self, stream: StreamId) -> &'a PlannedExchange {
        let number = self.proxy.world().stream(stream).map_or(0, |facts| usize::from(facts.exchange));
        &self.plan.exchanges[number]
    }

    fn run_step(&mut self, number: u32) {
        let (stream, step) = self.script[number as usize].clone();
        let is_piece = step.direction().is_some();
        let queued = self
            .waiting
            .iter()
            .any(|(other, waiting)| *other == stream && waiting.direction() == step.direction());
        if is_piece && (queued || self.must_wait(stream, &step)) {
            self.waiting.push((stream, step));
        } else {
            self.perform(stream, step);
        }
    }

    fn perform(&mut self, stream: StreamId, step: ScriptStep) {
        if self.has_ended(stream) {
            return;
        }
        let world = self.proxy.world_mut();
        match step {
            ScriptStep::RequestData { bytes, end } => {
                let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
                world.trace.step(Step::RequestBody { bytes: length, end_of_stream: end });
                self.proxy.receive_data(stream, Direction::Request, &bytes, end);
            }
            ScriptStep::RequestTrailers => {
                world.trace.step(Step::RequestTrailers);
                let trailers = &self.exchange_of(stream).request.trailers;
                let trailers = wire::received_trailers(MapKind::RequestTrailers, trailers);
                self.proxy.receive_trailers(stream, Direction::Request, trailers);
            }
            ScriptStep::ReplyHeaders => self.send_reply_headers(stream),
            ScriptStep::ReplyData { bytes, end } => {
                let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
                world.trace.step(Step::ResponseBody { bytes: length, end_of_stream: end });
                if end {
                    self.note_reply_end(stream);
                }
                self.proxy.receive_data(stream, Direction::Response, &bytes, end);
            }
            ScriptStep::ReplyTrailers => {
                world.trace.step(Step::ResponseTrailers);
                self.note_reply_end(stream);
                let trailers = &self.exchange_of(stream).reply.trailers;
                let trailers = wire::received_trailers(MapKind::ResponseTrailers, trailers);
                self.proxy.receive_trailers(stream, Direction::Response, trailers);
            }
            ScriptStep::UpstreamReset => {
                world.trace.step(Step::UpstreamReset);
                world.streams[stream as usize].flags |= match self.plan.upstream {
                    Protocol::Http2 => UPSTREAM_RESET,
                    Protocol::Http1 => UPSTREAM_CLOSED,
                };
                self.finish_upstream(stream);
                self.proxy.reply(stream, wire::upstream_reset(self.plan.upstream));
            }
            ScriptStep::UpstreamTimeout => {
                let began = world.streams[stream as usize].stream.response.headers.is_some();
                if !began {
                    world.streams[stream as usize].flags |= 0x4;
                    let reply = LocalReply::from_host(504, "response_timeout");
                    self.proxy.reply(stream, reply.with_body("upstream request timeout"));
                }
            }
            ScriptStep::ClientLeaves => self.client_leaves(stream),
            ScriptStep::Settled => {}
        }
    }

    /// An upstream that reset its stream is not reset once more.
    fn finish_upstream(&mut self, stream: StreamId) {
        let facts = &mut self.proxy.world_mut().streams[stream as usize];
        facts.stream.upstream_over = true;
    }

    fn note_reply_end(&mut self, stream: StreamId) {
        let now = self.now();
        self.proxy.world_mut().streams[stream as usize].reply_ended = Some(now);
    }

    /// Envoy stops reading from a peer while a filter holds more than it may in watermark mode.
    fn must_wait(&self, stream: StreamId, step: &ScriptStep) -> bool {
        let Some(direction) = step.direction() else { return false };
        let Some(facts) = self.proxy.world().stream(stream) else { return false };
        let side = facts.stream.side(direction);
        let held = side.held.as_ref().map_or(0, Vec::len);
        side.held_streaming && held > facts.stream.buffer_limit
    }

    /// What a step may have made possible: pieces that waited, and the upstream's reply.
    fn after_step(&mut self, stream: StreamId) {
        while let Some((stream, step)) = self.waiting.first().cloned() {
            if self.must_wait(stream, &step) {
                break;
            }
            self.waiting.remove(0);
            self.perform(stream, step);
        }
        self.answer_if_asked(stream);
    }

    /// The head of a request as the first filter sees it, and why it does not get there, if so.
    fn received(&mut self, request: &PlannedRequest) -> (HeaderMap, Option<Refusal>) {
        let plan = self.plan;
        let head = RequestHead {
            method: &request.method,
            scheme: &request.target.scheme,
            authority: &request.target.authority,
            path: &request.target.path,
            headers: &request.headers,
        };
        let length = request.body.first().filter(|_| !is_chunked(request)).map(Bytes::len);
        let mut headers = wire::received_request(&head, plan.downstream, length);
        let refusal = wire::refusal(&head, &headers, plan.downstream);
        if plan.adds_headers && headers.get("x-request-id").is_none() {
            let world = self.proxy.world_mut();
            let id = wire::request_id(world.next_random(), world.next_random());
            headers.add(b"x-request-id", id.as_bytes());
        }
        (headers, refusal)
    }

    fn send_request(&mut self, stream: StreamId, exchange: &PlannedExchange, headers: HeaderMap) {
        let plan = self.plan;
        let request = &exchange.request;
        let end = request.body.is_empty() && request.trailers.is_empty();
        let now = self.now();
        let world = self.proxy.world_mut();
        world.streams[stream as usize].note_received(Direction::Request, &headers);
        if let Some(message) = &mut world.streams[stream as usize].request {
            message.body = request.body.concat().into();
            message.trailers = (!request.trailers.is_empty())
                .then(|| wire::received_trailers(MapKind::RequestTrailers, &request.trailers));
        }
        let together = plan.downstream == Protocol::Http1 && !is_chunked(request);
        let gap = if together { 0 } else { exchange.gap };
        let make = |bytes, end| ScriptStep::RequestData { bytes, end };
        let last = self.plan_body(stream, now, gap, plan.downstream, &request.body, &request.trailers, make);
        if !request.trailers.is_empty() {
            self.plan_step(last + gap, stream, ScriptStep::RequestTrailers);
        }
        self.proxy.receive_headers(stream, Direction::Request, headers, end);
        self.after_step(stream);
    }

    /// Plans the pieces of a body, cut as the codec cuts them, and gives the time of the last one.
    #[expect(
        clippy::too_many_arguments,
        reason = "one call for each direction; a struct would only rename them"
    )]
    fn plan_body(
        &mut self,
        stream: StreamId,
        begin: u64,
        gap: u64,
        protocol: Protocol,
        pieces: &[Bytes],
        trailers: &[(Bytes, Bytes)],
        make: impl Fn(Bytes, bool) -> ScriptStep,
    ) -> u64 {
        let mut at = begin;
        let marks_last = protocol == Protocol::Http2 && trailers.is_empty();
        for (index, piece) in pieces.iter().enumerate() {
            at += gap;
            let is_last_piece = index + 1 == pieces.len();
            let frames = wire::frames(piece, protocol, self.plan.buffer_limit);
            for (frame_index, frame) in frames.iter().enumerate() {
                let end = marks_last && is_last_piece && frame_index + 1 == frames.len();
                self.plan_step(at, stream, make(frame.clone(), end));
            }
        }
        if protocol == Protocol::Http1 && trailers.is_empty() && !pieces.is_empty() {
            self.plan_step(at, stream, make(Bytes::new(), true));
        }
        at
    }

    /// Plans the upstream's reply once it has the whole request.
    fn answer_if_asked(&mut self, stream: StreamId) {
        let facts = &mut self.proxy.world_mut().streams[stream as usize];
        let is_short = |out: &Outgoing| wire::declared_length(&out.headers) > Some(out.body.len());
        let is_asked = facts.upstream.as_ref().is_some_and(|upstream| {
            // An HTTP/1 upstream waits for as many bytes as it was promised.
            let waits = self.plan.upstream == Protocol::Http1 && is_short(upstream);
            upstream.complete && !upstream.reset && !waits
        });
        if !is_asked || facts.reply_began.is_some() || facts.ended.is_some() {
            return;
        }
        let timeout = facts.stream.upstream_timeout;
        facts.reply_began = Some(u64::MAX);
        let now = self.now();
        if let Some(timeout) = timeout {
            self.plan_step(now + timeout, stream, ScriptStep::UpstreamTimeout);
        }
        let reply = &self.exchange_of(stream).reply;
        let step = if reply.reset { ScriptStep::UpstreamReset } else { ScriptStep::ReplyHeaders };
        self.plan_step(now + reply.delay, stream, step);
    }

    fn send_reply_headers(&mut self, stream: StreamId) {
        let plan = self.plan;
        let exchange = self.exchange_of(stream);
        let reply = &exchange.reply;
        let is_chunked = reply.body.len() > 1 || !reply.trailers.is_empty();
        let framing = match (is_chunked, reply.body.first()) {
            (true, _) => Framing::Chunked,
            (false, body) => Framing::Length(body.map_or(0, Bytes::len)),
        };
        let mut headers = wire::received_response(reply.status, &reply.headers, plan.upstream, framing);
        if plan.adds_headers {
            let took = reply.delay / 1_000_000;
            headers.add(b"x-envoy-upstream-service-time", took.to_string().as_bytes());
        }
        let end = reply.body.is_empty() && reply.trailers.is_empty();
        let now = self.now();
        let world = self.proxy.world_mut();
        world.trace.step(Step::ResponseHeaders { status: u32::from(reply.status) });
        let facts = &mut world.streams[stream as usize];
        facts.reply_began = Some(now);
        facts.reply_ended = end.then_some(now);
        facts.note_received(Direction::Response, &headers);
        if let Some(received) = &mut facts.reply {
            received.message.body = reply.body.concat().into();
            received.message.trailers = (!reply.trailers.is_empty())
                .then(|| wire::received_trailers(MapKind::ResponseTrailers, &reply.trailers));
        }
        let together = plan.upstream == Protocol::Http1 && !is_chunked;
        let gap = if together { 0 } else { exchange.gap };
        let make = |bytes, end| ScriptStep::ReplyData { bytes, end };
        let last = self.plan_body(stream, now, gap, plan.upstream, &reply.body, &reply.trailers, make);
        if !reply.trailers.is_empty() {
            self.plan_step(last + gap, stream, ScriptStep::ReplyTrailers);
        }
        self.proxy.receive_headers(stream, Direction::Response, headers, end);
    }

    fn client_leaves(&mut self, stream: StreamId) {
        let world = self.proxy.world_mut();
        world.trace.step(Step::ClientLeft);
        for direction in [Direction::Request, Direction::Response] {
            if world.streams[stream as usize].stream.paused_by(direction).is_some() {
                world.trace.finding(Finding::NeverResumed { direction });
            }
        }
        self.proxy.reset(stream, End::ClientLeft);
    }

    /// Reports a content-length that is not the number of bytes that were sent.
    fn report_stale_lengths(&mut self, stream: StreamId) {
        let world = self.proxy.world_mut();
        let facts = &world.streams[stream as usize];
        let mut stale = Vec::new();
        for (direction, out) in
            [(Direction::Request, &facts.upstream), (Direction::Response, &facts.downstream)]
        {
            let Some(out) = out.as_ref().filter(|out| out.complete) else { continue };
            let is_bodiless = direction == Direction::Response && has_no_body(facts.request.as_ref(), out);
            let Some(declared) = wire::declared_length(&out.headers) else { continue };
            let (declared, sent) = (declared as u64, out.body.len() as u64);
            if declared != sent && !is_bodiless {
                stale.push(Finding::StaleContentLength { direction, declared, sent });
            }
        }
        for finding in stale {
            world.trace.finding(finding);
        }
    }

    fn limit_outcome(&self) -> Option<Outcome> {
        let (limit, filter, callback) = match self.proxy.halted() {
            Some((limit, filter, callback)) => (limit, Some(filter), Some(callback)),
            None => (self.proxy.world().trace.exceeded()?, None, None),
        };
        let allowed = match limit {
            LimitKind::RequestTime => self.plan.request_time / 1_000_000,
            LimitKind::StartTime => self.plan.start_time / 1_000_000,
            LimitKind::Events => self.plan.trace.events as u64,
            LimitKind::TraceBytes => self.plan.trace.bytes as u64,
            LimitKind::LogBytes => self.plan.trace.log_bytes as u64,
            LimitKind::VirtualTime | LimitKind::Stopped => 0,
        };
        Some(Outcome::Limit { limit, filter, callback, allowed })
    }

    fn exchange_outcome(&self, stream: StreamId) -> Outcome {
        if let Some(trap) = self.proxy.trapped() {
            return Outcome::Trapped(Trap::clone(trap));
        }
        let Some(facts) = self.proxy.world().stream(stream) else { return Outcome::Finished { status: 0 } };
        let status = facts
            .downstream
            .as_ref()
            .and_then(|out| out.headers.text(":status")?.parse().ok())
            .unwrap_or_default();
        match facts.ended.map(|(_, how)| how) {
            Some(End::Complete) => match facts.stream.local_reply {
                Some(filter) => Outcome::LocalReply {
                    filter: filter.map(|filter| u16::try_from(filter).unwrap_or(u16::MAX)),
                    status,
                    details: facts.stream.details.clone().unwrap_or_default(),
                },
                None => Outcome::Finished { status },
            },
            Some(End::Reset { by_filter }) => Outcome::Reset { by_filter },
            Some(End::ClientLeft) | None => self.paused(stream).unwrap_or(Outcome::Finished { status }),
        }
    }

    fn paused(&self, stream: StreamId) -> Option<Outcome> {
        let stream = &self.proxy.world().stream(stream)?.stream;
        [Direction::Response, Direction::Request].into_iter().find_map(|direction| {
            let filter = stream.paused_by(direction)?;
            let side = stream.slots[filter].side(direction);
            debug_assert_ne!(side.iteration, Iteration::Running);
            let callback = side.stopped_in.unwrap_or(Callback::RequestHeaders);
            Some(Outcome::Paused { direction, filter: u16::try_from(filter).unwrap_or(u16::MAX), callback })
        })
    }

    fn finish(self, outcome: Outcome) -> Trace {
        let plan = self.plan;
        let mut world = self.proxy.into_world();
        let exchanges = std::mem::take(&mut world.streams)
            .into_iter()
            .map(|facts| Exchange {
                upstream: facts.upstream.map(|out| sent(out, plan.upstream, false)),
                reply: facts.reply,
                downstream: facts.downstream.map(|out| {
                    let is_bodiless = has_no_body(facts.request.as_ref(), &out);
                    sent(out, plan.downstream, is_bodiless)
                }),
                request: facts.request,
                details: facts.stream.details,
            })
            .collect();
        let metrics = world.metrics.all();
        world.trace.finish(exchanges, metrics, outcome)
    }
}

/// Whether an HTTP/1 client sends the body of this request in chunks.
fn is_chunked(request: &PlannedRequest) -> bool {
    request.body.len() > 1 || !request.trailers.is_empty()
}

/// A message as its receiver gets it.
fn sent(mut out: Outgoing, protocol: Protocol, is_bodiless: bool) -> Sent {
    if protocol == Protocol::Http1 && !is_bodiless {
        let is_whole = wire::frame_http1(&mut out.headers, &mut out.body, out.headers_only);
        out.complete &= is_whole;
    }
    out.into()
}

/// Whether this answer has no body whatever its headers say: to HEAD, or by its status.
fn has_no_body(request: Option<&Message>, answer: &Outgoing) -> bool {
    let is_head = request.is_some_and(|request| request.headers.text(":method") == Some("HEAD"));
    is_head || matches!(answer.headers.text(":status"), Some("204" | "304"))
}
