//! How a run ended: outcomes, findings about whole messages, and what is kept of each exchange.

use super::connection;
use super::driver::Driver;
use crate::abi::Callback;
use crate::host::{Outgoing, StreamId};
use crate::http::{Message, Protocol};
use crate::stream::wire::{self, Framed};
use crate::stream::{End, Iteration};
use crate::trace::{Direction, Exchange, Finding, Leftovers, LimitKind, Outcome, Sent, Trace};

impl Driver<'_> {
    /// Reports what the headers of a whole message say of its body and what is not so: its length, its coding.
    pub(super) fn report_stale_lengths(&mut self, stream: StreamId) {
        let world = self.proxy.world_mut();
        let facts = &world.streams[stream as usize];
        let mut stale = Vec::new();
        for (direction, out) in
            [(Direction::Request, &facts.upstream), (Direction::Response, &facts.downstream)]
        {
            let Some(out) = out.as_ref().filter(|out| out.complete) else { continue };
            let original = match direction {
                Direction::Request => facts.request.as_ref(),
                Direction::Response => facts.reply.as_ref().map(|reply| &reply.message),
            };
            if original.is_some_and(|original| original.body != out.body)
                && wire::is_coded_otherwise(&out.headers, &out.body)
            {
                stale.push(Finding::StaleContentEncoding { direction });
            }
            let Some(declared) = wire::declared_length(&out.headers) else { continue };
            let (declared, sent) = (declared as u64, out.body.len() as u64);
            let is_bodiless = || direction == Direction::Response && has_no_body(facts.request.as_ref(), out);
            if declared != sent && !is_bodiless() {
                stale.push(Finding::StaleContentLength { direction, declared, sent });
            }
        }
        for finding in stale {
            world.trace.finding(finding);
        }
    }

    pub(super) fn limit_outcome(&self) -> Option<Outcome> {
        let (limit, filter, callback) = match self.proxy.halted() {
            Some((limit, filter, callback)) => (limit, Some(filter), Some(callback)),
            None if self.proxy.world().stop.is_stopped() => (LimitKind::Stopped, None, None),
            None => (self.proxy.world().trace.exceeded()?, None, None),
        };
        Some(self.limit(limit, filter, callback))
    }

    fn limit(&self, limit: LimitKind, filter: Option<u16>, callback: Option<Callback>) -> Outcome {
        let allowed = match limit {
            LimitKind::RequestTime => self.plan.request_time / 1_000_000,
            LimitKind::StartTime => self.plan.start_time / 1_000_000,
            LimitKind::Events => self.plan.trace.events as u64,
            LimitKind::TraceBytes => self.plan.trace.bytes as u64,
            LimitKind::LogBytes => self.plan.trace.log_bytes as u64,
            LimitKind::Memory => self.plan.memory_bytes as u64,
            LimitKind::ClientTime => {
                self.plan.exchanges.last().map_or(0, |exchange| exchange.client_timeout / 1_000_000)
            }
            LimitKind::Stopped => 0,
        };
        Outcome::Limit { limit, filter, callback, allowed }
    }

    /// That a filter failed: for want of memory, or otherwise. Its stream has gone on as in Envoy.
    pub(super) fn failed(&self) -> Option<Outcome> {
        match self.proxy.world().out_of_memory {
            Some((filter, callback)) => Some(self.limit(LimitKind::Memory, Some(filter), Some(callback))),
            None => self.proxy.trapped().cloned().map(Outcome::Trapped),
        }
    }

    /// Traps so far, and whether memory has run out: what happens later is another failure.
    pub(super) fn failures(&self) -> (usize, bool) {
        (self.proxy.traps().0, self.proxy.world().out_of_memory.is_some())
    }

    /// How a request ended. `before`: the failures before it, which its own outcome does not speak of.
    pub(super) fn exchange_outcome(&self, stream: StreamId, before: (usize, bool)) -> Outcome {
        let (traps, last) = self.proxy.traps();
        match (self.proxy.world().out_of_memory, last) {
            (Some((filter, callback)), _) if !before.1 => {
                return self.limit(LimitKind::Memory, Some(filter), Some(callback));
            }
            (_, Some(trap)) if traps > before.0 => return Outcome::Trapped(trap.clone()),
            _ => {}
        }
        let Some(facts) = self.proxy.world().stream(stream) else { return Outcome::Finished { status: 0 } };
        let status = facts.downstream.as_ref().and_then(|out| wire::status(&out.headers)).unwrap_or_default();
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
            Some(End::ClientLeft) | None => self.paused(stream).unwrap_or_else(|| match status {
                0 => self.limit(LimitKind::ClientTime, None, None),
                status => Outcome::Finished { status },
            }),
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

    pub(super) fn finish(self, outcome: Outcome) -> Trace {
        let plan = self.plan;
        let mut world = self.proxy.into_world();
        let connections = std::mem::take(&mut world.connections).into_iter().map(connection::view).collect();
        let outcomes = self.ended.into_iter().map(Some).chain(std::iter::repeat(None));
        // Streams are large: what is kept of one is taken out of it where it lies.
        let exchanges = world.streams.iter_mut().zip(outcomes).map(|(facts, outcome)| {
            let asked = facts.retried.drain(..).chain(facts.upstream.take());
            let mut asked: Vec<_> = asked.map(|out| sent(out, plan.upstream, false)).collect();
            Exchange {
                outcome,
                upstream: asked.pop(),
                retried: asked,
                reply: facts.reply.take(),
                downstream: facts.downstream.take().map(|out| {
                    let is_bodiless =
                        plan.downstream == Protocol::Http1 && has_no_body(facts.request.as_ref(), &out);
                    sent(out, plan.downstream, is_bodiless)
                }),
                request: facts.request.take(),
                details: facts.stream.details.take(),
            }
        });
        let exchanges = exchanges.collect();
        let (metrics, metric_samples) = world.metrics.all();
        let mut callouts = std::mem::take(&mut world.callouts).into_records();
        if !plan.trace.history {
            // The host calls that made them are forgotten, too.
            callouts.clear();
        }
        world.trace.finish(Leftovers { exchanges, connections, metrics, metric_samples, callouts }, outcome)
    }
}

/// Memory behind a body that is not worth a copy, in bytes.
const SPARE: usize = 64 << 10;

/// A message as its receiver gets it.
fn sent(mut out: Outgoing, protocol: Protocol, is_bodiless: bool) -> Sent {
    // It grew by doubling, and stays as long as the trace.
    if out.body.capacity() - out.body.len() > SPARE {
        out.body.shrink_to_fit();
    }
    if protocol == Protocol::Http1 {
        wire::write_http1(&mut out.headers);
        out.trailers.as_mut().into_iter().for_each(wire::write_http1);
    }
    if protocol == Protocol::Http1 && is_bodiless {
        // Its codec knows that nobody reads one (recorded case 29-026).
        out.body.clear();
        out.complete = true;
        wire::frame_http1_bodiless(&mut out.headers);
    } else if protocol == Protocol::Http1 {
        match wire::frame_http1(&mut out.headers, &mut out.body, out.headers_only) {
            Framed::AsSent => {}
            Framed::Whole => {
                out.complete = true;
                out.trailers = None;
            }
            Framed::Short => out.complete = false,
        }
    }
    out.into()
}

/// Whether an HTTP/1 client has all of this answer, although its end has not come.
pub(super) fn is_whole(request: Option<&Message>, answer: &Outgoing) -> bool {
    let has_length =
        || wire::declared_length(&answer.headers).is_some_and(|length| answer.body.len() >= length);
    has_no_body(request, answer) || has_length()
}

/// Whether this answer has no body whatever its headers say: to HEAD, or by its status.
fn has_no_body(request: Option<&Message>, answer: &Outgoing) -> bool {
    let is_head = request.is_some_and(|request| request.headers.text(":method") == Some("HEAD"));
    is_head || matches!(answer.headers.text(":status"), Some("204" | "304"))
}
