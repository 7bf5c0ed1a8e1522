//! Drives a planned run: brings each thing to the proxy when its time has come.

use bytes::Bytes;

use super::{Plan, PlannedExchange, PlannedReply, ending};
use crate::abi::{Callback, near};
use crate::host::{Due, Engine, Proxy, StopHandle, StreamId, VmSetup, World};
use crate::http::{MapKind, Protocol};
use crate::stream::wire::{self, Reached, Refusal};
use crate::stream::{Attempt, End, LocalReply, RESPONSE_TIMEOUT, flags};
use crate::trace::{Direction, Finding, LimitKind, Mark, Outcome, Recorder, Step, Trace};

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

/// A step of the scenario that waits for its time.
#[derive(Clone, Debug)]
pub(super) enum ScriptStep {
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
    /// Before it answered, or in the midst of its answer.
    UpstreamReset,
    UpstreamTimeout,
    /// The connection that the request waited for is there, and its codec refuses the request.
    UpstreamRefuses,
    /// The upstream has not begun to answer in time.
    TryTimeout {
        attempt: u32,
    },
    /// There is nobody to connect to.
    UpstreamUnreachable,
    /// The upstream is asked again.
    Retry,
    /// A part of the request comes that the codec does not take.
    RequestMalformed {
        details: &'static str,
    },
    /// The same for the upstream's reply.
    ReplyMalformed {
        /// There it would have been over.
        is_end: bool,
    },
    ClientLeaves,
    /// An HTTP/1 client has its whole answer, and closes its connection.
    ClientIsDone,
    /// Step of the TCP connection under way, from 0.
    Connection(u32),
}

/// A step and when it is due.
struct Scripted {
    at: u64,
    stream: StreamId,
    step: ScriptStep,
    /// The next one follows at once.
    and_next: bool,
}

impl ScriptStep {
    /// Whether it comes from the upstream.
    fn is_upstreams(&self) -> bool {
        use ScriptStep::*;
        matches!(
            self,
            ReplyHeaders
                | ReplyData { .. }
                | ReplyTrailers
                | UpstreamReset
                | UpstreamTimeout
                | UpstreamRefuses
                | TryTimeout { .. }
                | UpstreamUnreachable
                | Retry
                | ReplyMalformed { .. }
        )
    }

    /// The end of a message with no bytes of its own, as HTTP/1 has it.
    fn is_bare_end(&self) -> bool {
        matches!(self, Self::RequestData { bytes, end: true } | Self::ReplyData { bytes, end: true } if bytes.is_empty())
    }

    /// The direction of a piece of a body or of trailers, which may have to wait.
    fn direction(&self) -> Option<Direction> {
        match self {
            Self::RequestData { .. } | Self::RequestTrailers | Self::RequestMalformed { .. } => {
                Some(Direction::Request)
            }
            Self::ReplyData { .. } | Self::ReplyTrailers | Self::ReplyMalformed { .. } => {
                Some(Direction::Response)
            }
            _ => None,
        }
    }
}

/// Callbacks of filters that work beside the messages.
const WORKS_BESIDE: [Callback; 5] =
    [Callback::Tick, Callback::QueueReady, Callback::ForeignFunction, Callback::Done, Callback::Log];

pub(super) struct Driver<'a> {
    pub(super) plan: &'a Plan,
    pub(super) proxy: Proxy,
    /// Steps by number.
    script: Vec<Scripted>,
    /// Bodies wait while a direction holds more than it may; in the order in which they arrived.
    waiting: Vec<(StreamId, ScriptStep)>,
    /// The stream of the request under way, or of the last one.
    current: Option<StreamId>,
    /// How the requests so far ended.
    pub(super) ended: Vec<Outcome>,
}

impl<'a> Driver<'a> {
    fn new(plan: &'a Plan, stop: &StopHandle) -> Self {
        let mut world = World {
            trace: Recorder::new(plan.trace),
            facts: plan.facts.clone(),
            log_level: Some(plan.log_level),
            adds_headers: plan.adds_headers,
            upstream: plan.upstream,
            started: plan.clock,
            random: plan.seed,
            stop: stop.clone(),
            ..World::default()
        };
        world.callouts.mocks = plan.mocks.clone();
        world.names = plan.names.clone();
        world.budget.nanos = plan.start_time;
        world.budget.limit = LimitKind::StartTime;
        let setup = VmSetup { memory_bytes: plan.memory_bytes };
        let proxy = Proxy::new(plan.chain.clone(), setup, world);
        Self { plan, proxy, script: Vec::new(), waiting: Vec::new(), current: None, ended: Vec::new() }
    }

    fn run(&mut self) -> Outcome {
        if let Err((filter, reason)) = self.proxy.start() {
            let memory = || self.failed().filter(|failed| matches!(failed, Outcome::Limit { .. }));
            return self.limit_outcome().or_else(memory).unwrap_or(Outcome::Refused { filter, reason });
        }
        self.look_for_callbacks();
        let mut outcome: Option<Outcome> = None;
        for connection in &self.plan.connections {
            let ended = self.run_connection(connection);
            if let Some(limit) = self.limit_outcome() {
                return limit;
            }
            // As with requests: the first that went wrong tells.
            if outcome.as_ref().is_none_or(|outcome| outcome.kind() == "finished") {
                outcome = ended;
            }
        }
        for (number, exchange) in self.plan.exchanges.iter().enumerate() {
            let number = u16::try_from(number).unwrap_or(u16::MAX);
            let failures = self.failures();
            let mark = self.proxy.world().trace.mark();
            let stream = self.run_exchange(number, exchange);
            self.proxy.world_mut().metrics.sample(number);
            if number == 0 && self.plan.trace.history {
                self.expect_again(self.plan.exchanges.len() - 1);
            }
            if let Some(limit) = self.limit_outcome() {
                return limit;
            }
            let Some(ended) = stream.map(|stream| self.exchange_outcome(stream, failures)) else { continue };
            if !self.plan.trace.history {
                self.forget_exchange(mark, stream);
            }
            // The first request that went wrong tells how the run ended; else the last one.
            let is_good = |outcome: &Outcome| matches!(outcome.kind(), "finished" | "local_reply");
            if outcome.as_ref().is_none_or(is_good) {
                outcome = Some(ended.clone());
            }
            self.ended.push(ended);
        }
        if self.plan.awaits_callouts {
            let exchanges = self.plan.exchanges.iter().map(|exchange| exchange.client_timeout);
            let connections = self.plan.connections.iter().map(|connection| connection.client_timeout);
            let latest = exchanges.chain(connections).max().unwrap_or_default();
            let latest = self.now().saturating_add(latest);
            self.run_until(Some(latest), |driver| !driver.proxy.world().callouts.are_under_way());
            if let Some(limit) = self.limit_outcome() {
                return limit;
            }
        }
        self.proxy.world_mut().callouts.mocks.clone_from(&self.plan.mocks);
        // The process ends with it: a filter that asks for time gets none (recorded cases 06-007 and 06-008).
        let had_failed = self.failed().is_some();
        self.proxy.shut_down();
        if !had_failed && self.failed().is_some() {
            self.proxy.world_mut().trace.finding(Finding::TrapAtShutdown);
        }
        let failed = self.failed().filter(|_| had_failed || outcome.is_none());
        self.limit_outcome().or(failed).or(outcome).unwrap_or(Outcome::Finished { status: 0 })
    }

    /// A soak keeps the figures of a request that is over, but neither its events nor its messages.
    fn forget_exchange(&mut self, mark: Mark, stream: Option<StreamId>) {
        let world = self.proxy.world_mut();
        world.trace.forget(mark);
        if let Some(facts) = stream.and_then(|stream| world.streams.get_mut(stream as usize)) {
            facts.forget_messages();
        }
    }

    /// Makes room for as many more requests like the first one.
    fn expect_again(&mut self, times: usize) {
        /// Streams are large; a run of more moves them now and then.
        const MOST_STREAMS: usize = 4096;
        let world = self.proxy.world_mut();
        world.trace.expect_again(times);
        world.streams.reserve(times.min(MOST_STREAMS));
        self.ended.reserve(times.min(MOST_STREAMS));
    }

    pub(super) fn now(&self) -> u64 {
        self.proxy.world().now()
    }

    pub(super) fn plan_step(&mut self, at: u64, stream: StreamId, step: ScriptStep) {
        let number = u32::try_from(self.script.len()).unwrap_or(u32::MAX);
        self.script.push(Scripted { at, stream, step, and_next: false });
        self.proxy.world_mut().schedule.plan(at, Due::Script(number));
    }

    /// Plans a further part of a message. What comes at the same time as the part before it was read together with that:
    /// nothing that Envoy's thread has for itself to do comes in between.
    pub(super) fn plan_part(&mut self, at: u64, stream: StreamId, step: ScriptStep) {
        let number = u32::try_from(self.script.len()).unwrap_or(u32::MAX);
        let is_of_headers = at == self.now();
        let is_of_last = |last: &&mut Scripted| {
            last.at == at && last.stream == stream && last.step.direction() == step.direction()
        };
        match self.script.last_mut().filter(is_of_last) {
            _ if is_of_headers => {
                self.proxy.world_mut().schedule.plan_part(at, Due::Script(number));
            }
            Some(last) => last.and_next = true,
            None => self.proxy.world_mut().schedule.plan(at, Due::Script(number)),
        }
        self.script.push(Scripted { at, stream, step, and_next: false });
    }

    /// `None`: a timer or a queue was stopped at a limit before the request came.
    fn run_exchange(&mut self, number: u16, exchange: &PlannedExchange) -> Option<StreamId> {
        let begin = self.now().saturating_add(exchange.pause_before);
        self.run_until(Some(begin), |_| false);
        if self.limit_outcome().is_some() {
            return None;
        }
        let plan = self.plan;
        let world = self.proxy.world_mut();
        world.trace.now = begin;
        if let Some(mocks) = &exchange.mocks {
            world.callouts.mocks.clone_from(mocks);
        }
        world.budget.nanos = plan.request_time;
        world.budget.limit = LimitKind::RequestTime;
        // Before the stream is opened: a filter that has to be loaded again starts because of this request.
        world.trace.exchange = Some(number);
        world.trace.step(Step::RequestHeaders { exchange: number });
        let (headers, refusal) = self.received(&exchange.request);
        let reaches_filters = !matches!(refusal, Some(Refusal::Reset | Refusal::Close));
        let routes = plan.routes.clone();
        let protocol = plan.downstream;
        let stream = self.proxy.open_stream(number, protocol, plan.buffer_limit, routes, reaches_filters);
        self.current = Some(stream);
        let has_connection = self.proxy.world().has_connection();
        let found = &mut self.proxy.world_mut().streams[stream as usize].stream;
        found.has_connection = has_connection;
        found.upstream_failure = exchange.reply.of_attempt(0).unreachable;
        found.adds_headers = plan.adds_headers;
        found.closes = wire::closes_connection(&exchange.request.headers);
        self.plan_step(begin.saturating_add(exchange.client_timeout), stream, ScriptStep::ClientLeaves);
        match refusal {
            None => self.send_request(stream, exchange, headers),
            Some(Refusal::Reset) => self.proxy.reset(stream, End::Reset { by_filter: false }),
            Some(Refusal::Close) => self.break_request(stream, wire::MALFORMED_REQUEST),
            Some(Refusal::Reply { status, details, body, reached, closes }) => {
                let found = &mut self.proxy.world_mut().streams[stream as usize].stream;
                match reached {
                    Reached::Codec => found.flags |= flags::PROTOCOL_ERROR,
                    // One of gRPC is answered as such (recorded case 29-225).
                    Reached::Manager | Reached::Filters => found.take_request(headers),
                }
                // What is still to come of it is what the connection ends for.
                found.request.complete = !closes;
                self.proxy.reply(stream, LocalReply::from_host(status, details).with_body(body));
            }
        }
        self.run_until(None, |driver| driver.has_ended(stream));
        if self.has_ended(stream) {
            self.forget_script();
        }
        self.settle(exchange.settle, exchange.settle_most);
        self.report_stale_lengths(stream);
        Some(stream)
    }

    /// Nobody waits for the rest of the steps of a stream or connection that has ended.
    pub(super) fn forget_script(&mut self) {
        self.proxy.world_mut().schedule.forget_script();
        self.script.clear();
    }

    /// Lets time pass until no line has been logged for so long, and no longer than `most`.
    pub(super) fn settle(&mut self, silence: u64, most: u64) {
        let ended = self.now();
        let mut settled = ended.saturating_add(silence);
        loop {
            self.run_until(Some(settled), |_| false);
            let quiet = self.proxy.world().trace.logged_at().saturating_add(silence);
            let latest = quiet.min(ended.saturating_add(most));
            if latest <= settled || self.proxy.halted().is_some() || self.must_stop() {
                break;
            }
            settled = latest;
        }
        let world = self.proxy.world_mut();
        world.trace.now = world.trace.now.max(settled);
    }

    fn has_ended(&self, stream: StreamId) -> bool {
        self.proxy.world().stream(stream).is_none_or(|facts| facts.ended.is_some())
    }

    /// Handles what is due, up to and including the moment `until`, until `done` says so or nothing is left.
    /// Without a moment only things that can still change something are waited for: not timers alone.
    pub(super) fn run_until(&mut self, until: Option<u64>, done: impl Fn(&Self) -> bool) {
        while !done(self) && self.proxy.halted().is_none() && !self.must_stop() {
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
                Due::Callout(number) => self.proxy.callout(number),
                Due::Resolved { vm, root, token, addresses } => {
                    self.proxy.resolved(vm, root, token, addresses)
                }
                Due::QueueReady { vm, root, queue } => self.proxy.queue_ready(vm, root, queue),
            }
            // Timers and queues let streams go on just as messages do (recorded case 03-026).
            match self.current {
                Some(stream) => self.after_step(stream),
                None => self.settle_connection(),
            }
        }
    }

    /// A limit or the user's wish that no guest was there to feel.
    fn must_stop(&self) -> bool {
        let world = self.proxy.world();
        world.stop.is_stopped() || world.trace.exceeded().is_some()
    }

    pub(super) fn exchange_of(&self, stream: StreamId) -> &'a PlannedExchange {
        let number = self.proxy.world().stream(stream).map_or(0, |facts| usize::from(facts.exchange));
        &self.plan.exchanges[number]
    }

    /// What the upstream answers to the attempt under way.
    pub(super) fn reply_of(&self, stream: StreamId) -> &'a PlannedReply {
        let attempts = self.proxy.world().stream(stream).map_or(0, |facts| facts.stream.attempts);
        self.exchange_of(stream).reply.of_attempt(attempts.saturating_sub(1))
    }

    fn run_step(&mut self, number: u32) {
        let Scripted { stream, ref step, and_next, .. } = self.script[number as usize];
        let step = step.clone();
        if and_next {
            let now = self.now();
            self.proxy.world_mut().schedule.plan_part(now, Due::Script(number + 1));
        }
        if let ScriptStep::Connection(number) = step {
            return self.connection_step(number);
        }
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
        if self.has_ended(stream) || (step.is_upstreams() && self.gave_upstream_up(stream)) {
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
                let trailers = &self.reply_of(stream).trailers;
                let trailers = wire::received_trailers(MapKind::ResponseTrailers, trailers);
                self.proxy.receive_trailers(stream, Direction::Response, trailers);
            }
            ScriptStep::UpstreamReset => {
                world.trace.step(Step::UpstreamReset);
                if self.retries(stream, Attempt::Broken) {
                    return;
                }
                let found = &mut self.proxy.world_mut().streams[stream as usize].stream;
                found.flags |= match self.plan.upstream {
                    Protocol::Http2 => flags::UPSTREAM_RESET,
                    Protocol::Http1 => flags::UPSTREAM_CLOSED,
                };
                // It is not reset once more.
                found.upstream_over = true;
                let mut reply = wire::upstream_reset(self.plan.upstream, found.is_retried());
                if found.response.headers.is_some() {
                    reply.details = wire::broken_response(self.plan.upstream);
                }
                self.proxy.reply(stream, reply);
            }
            ScriptStep::UpstreamUnreachable => {
                world.streams[stream as usize].upstream = None;
                if self.retries(stream, Attempt::NotConnected) {
                    return;
                }
                let found = &mut self.proxy.world_mut().streams[stream as usize].stream;
                found.upstream_over = true;
                found.flags |= flags::UPSTREAM_CONNECTION_FAILURE;
                let reply = wire::upstream_unreachable(found.is_retried());
                self.proxy.reply(stream, reply);
            }
            ScriptStep::Retry => {
                let attempts = world.streams[stream as usize].stream.attempts;
                let next = self.exchange_of(stream).reply.of_attempt(attempts);
                let facts = &mut self.proxy.world_mut().streams[stream as usize];
                facts.reply_planned = false;
                facts.stream.upstream_failure = next.unreachable;
                self.proxy.ask_again(stream);
            }
            ScriptStep::UpstreamRefuses => self.proxy.refuse_waiting(stream),
            ScriptStep::UpstreamTimeout => {
                // After the end of the response the timer means nothing; in its midst the stream is reset.
                let facts = &mut world.streams[stream as usize];
                if !facts.stream.response.complete {
                    facts.stream.flags |= flags::UPSTREAM_TIMEOUT;
                    let reply = facts.stream.timeouts.reply(RESPONSE_TIMEOUT);
                    self.proxy.reply(stream, reply);
                }
            }
            ScriptStep::TryTimeout { attempt } => {
                let found = &world.streams[stream as usize].stream;
                let is_over = found.attempts != attempt || found.response.headers.is_some();
                if !is_over && !self.retries(stream, Attempt::TimedOut) {
                    let facts = &mut self.proxy.world_mut().streams[stream as usize];
                    facts.stream.flags |= flags::UPSTREAM_TIMEOUT;
                    let reply = facts.stream.timeouts.reply("upstream_per_try_timeout");
                    self.proxy.reply(stream, reply);
                }
            }
            ScriptStep::RequestMalformed { details } => self.break_request(stream, details),
            ScriptStep::ReplyMalformed { is_end } => self.break_reply(stream, is_end),
            ScriptStep::ClientLeaves => self.client_leaves(stream),
            ScriptStep::ClientIsDone => self.proxy.reset(stream, End::ClientLeft),
            ScriptStep::Connection(_) => {}
        }
    }

    /// The codec gives a request up because of what the client sends.
    fn break_request(&mut self, stream: StreamId, details: &str) {
        let found = &mut self.proxy.world_mut().streams[stream as usize].stream;
        found.flags |= flags::PROTOCOL_ERROR;
        found.details = Some(details.to_owned());
        self.proxy.reset(stream, End::Reset { by_filter: false });
    }

    /// The codec gives the upstream up because of what it sends; it resets a stream that does not end with it (recorded
    /// case 29-233).
    pub(super) fn break_reply(&mut self, stream: StreamId, is_end: bool) {
        let facts = &mut self.proxy.world_mut().streams[stream as usize];
        if let Some(upstream) = &mut facts.upstream {
            upstream.reset |= !is_end;
        }
        if self.retries(stream, Attempt::Broken) {
            return;
        }
        let found = &mut self.proxy.world_mut().streams[stream as usize].stream;
        found.flags |= flags::UPSTREAM_PROTOCOL_ERROR;
        found.upstream_over = true;
        if found.response.headers.is_none() {
            let reply = wire::upstream_malformed(found.is_retried());
            return self.proxy.reply(stream, reply);
        }
        found.details = Some(wire::MALFORMED_RESPONSE.to_owned());
        self.proxy.reset(stream, End::Reset { by_filter: false });
    }

    /// Plans another attempt, if a filter asked for that.
    pub(super) fn retries(&mut self, stream: StreamId, attempt: Attempt) -> bool {
        let wait = self.proxy.retry(stream, attempt);
        if let Some(wait) = wait {
            self.plan_step(self.now().saturating_add(wait), stream, ScriptStep::Retry);
        }
        wait.is_some()
    }

    /// Whether the upstream's stream was reset: what it would have sent does not come any more.
    fn gave_upstream_up(&self, stream: StreamId) -> bool {
        self.proxy.world().stream(stream).is_some_and(|facts| facts.stream.upstream_over)
    }

    fn note_reply_end(&mut self, stream: StreamId) {
        let now = self.now();
        self.proxy.world_mut().streams[stream as usize].reply_ended = Some(now);
    }

    /// Envoy stops reading from a peer while a filter holds more than it may in watermark mode.
    fn must_wait(&self, stream: StreamId, step: &ScriptStep) -> bool {
        let Some(direction) = step.direction() else { return false };
        let Some(facts) = self.proxy.world().stream(stream) else { return false };
        if facts.ended.is_some() {
            return false;
        }
        // The end of an HTTP/1 message was read together with what is held.
        if step.is_bare_end() {
            return false;
        }
        let side = facts.stream.side(direction);
        let held = side.held.as_ref().map_or(0, Vec::len);
        side.held_streaming && held > facts.stream.buffer_limit
    }

    /// What a step may have made possible: pieces that waited, and the upstream's reply.
    pub(super) fn after_step(&mut self, stream: StreamId) {
        while let Some((stream, step)) = self.waiting.first().cloned() {
            if self.must_wait(stream, &step) {
                break;
            }
            self.waiting.remove(0);
            self.perform(stream, step);
        }
        self.answer_if_asked(stream);
        self.close_if_done(stream);
    }

    /// An HTTP/1 client knows by itself when it has its answer: it does not wait for what the proxy still holds, or gets
    /// from an HTTP/2 upstream (recorded cases 29-254 and 29-255).
    fn close_if_done(&mut self, stream: StreamId) {
        let now = self.now();
        let facts = &mut self.proxy.world_mut().streams[stream as usize];
        let is_done = self.plan.downstream == Protocol::Http1
            && facts.ended.is_none()
            && facts.downstream.as_ref().is_some_and(|out| ending::is_whole(facts.request.as_ref(), out));
        if is_done && !std::mem::replace(&mut facts.client_is_done, true) {
            self.plan_step(now, stream, ScriptStep::ClientIsDone);
        }
    }

    /// Tells of filters that no request, or no connection, ever comes to.
    fn look_for_callbacks(&mut self) {
        let connection = !self.plan.connections.is_empty();
        let wanted: &[Callback] = if connection { &near::TCP } else { &near::HTTP };
        for (place, setup) in self.plan.chain.iter().enumerate() {
            let exports = &setup.module.facts().exports;
            let functions = || exports.iter().filter(|export| export.kind == "function");
            let has = |callbacks: &[Callback]| {
                functions().any(|export| callbacks.iter().any(|one| one.name() == export.name))
            };
            let meant = functions().find_map(|export| near::meant(&export.name, wanted));
            // It may be there for its timer, or only to log.
            if has(wanted) || (meant.is_none() && has(&WORKS_BESIDE)) {
                continue;
            }
            let filter = u16::try_from(place).unwrap_or(u16::MAX);
            let meant = meant.map(Callback::name);
            self.proxy.world_mut().trace.finding(Finding::NoCallback { filter, connection, meant });
        }
    }

    fn client_leaves(&mut self, stream: StreamId) {
        let world = self.proxy.world_mut();
        world.trace.step(Step::ClientLeft);
        for direction in [Direction::Request, Direction::Response] {
            let found = &world.streams[stream as usize].stream;
            if found.paused_by(direction).is_some() {
                let unseen_body = found.has_unseen_body(direction);
                world.trace.finding(Finding::NeverResumed { direction, unseen_body });
            }
        }
        self.proxy.reset(stream, End::ClientLeft);
    }
}
