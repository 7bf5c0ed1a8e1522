//! A run that makes one TCP connection instead of sending requests.
//!
//! The steps come at their times. When they are over and the connection is still open, the client closes it: at once
//! where nothing is held, else when its patience ends. An upstream whose client has ended ends, too, as servers do.

use bytes::Bytes;

use super::driver::{Driver, ScriptStep};
use super::plan::{Place, Problem, Reason};
use crate::host::ConnectionFacts;
use crate::scenario::{self, ConnectionFailure, Peer, Scenario};
use crate::stream::UpstreamFailure;
use crate::stream::tcp::Arrival;
use crate::trace::{ClosedBy, Connection, Direction, LimitKind, Outcome, PeerView, Step};

/// What the two ends of a connection do. Times are nanoseconds on the virtual clock.
#[derive(Clone, Debug)]
pub struct PlannedConnection {
    pub steps: Vec<PlannedStep>,
    /// Time between the end of what came before and the connection.
    pub pause_before: u64,
    /// How long the client waits once it has nothing more to do and something is held.
    pub client_timeout: u64,
    /// Most bytes of the client's that a filter may hold before no more are read.
    pub buffer_limit: usize,
    /// Why there is no upstream.
    pub unreachable: Option<UpstreamFailure>,
    /// Time for which the run goes on after the connection, without a line in the log, and the longest such time.
    pub settle: u64,
    pub settle_most: u64,
}

/// One step, with the time since the client connected.
#[derive(Clone, Debug)]
pub struct PlannedStep {
    pub at: u64,
    /// Towards the upstream: the client does it.
    pub direction: Direction,
    pub bytes: Bytes,
    pub end: Option<Arrival>,
}

/// The steps that cannot be done, each with its place.
pub(super) fn problems(connection: &scenario::Connection) -> Vec<Problem> {
    let problem = |(index, problem)| Problem::at(Place::ConnectionStep(index), Reason::Step(problem));
    connection.problems().into_iter().map(problem).collect()
}

/// The connection of a scenario that has one.
pub(super) fn plan(scenario: &Scenario) -> Result<Option<PlannedConnection>, Problem> {
    let Some(connection) = &scenario.connection else { return Ok(None) };
    if let Some(problem) = problems(connection).into_iter().next() {
        return Err(problem);
    }
    let mut at = 0_u64;
    let steps = connection.steps.iter().map(|step| {
        at = at.saturating_add(step.after_ms.saturating_mul(1_000_000));
        let end = match step {
            _ if step.reset => Some(Arrival::Reset),
            _ if step.close => Some(Arrival::Gone),
            _ if step.end => Some(Arrival::End),
            _ => None,
        };
        let direction = match step.from {
            Peer::Client => Direction::Request,
            Peer::Upstream => Direction::Response,
        };
        let bytes = step.send.as_ref().map(|body| body.0.clone()).unwrap_or_default();
        PlannedStep { at, direction, bytes, end }
    });
    let steps = steps.collect();
    Ok(Some(PlannedConnection {
        steps,
        pause_before: 0,
        client_timeout: scenario.limits.client_ms.saturating_mul(1_000_000),
        buffer_limit: usize::try_from(scenario.proxy.buffer_limit).unwrap_or(usize::MAX),
        unreachable: connection.fails.map(|failure| match failure {
            ConnectionFailure::ConnectionFailure => UpstreamFailure::ConnectionFailure,
            ConnectionFailure::NoEndpoint => UpstreamFailure::NoEndpoint,
        }),
        settle: scenario.settle_ms.saturating_mul(1_000_000),
        settle_most: scenario.settle_ms.saturating_mul(1_000_000),
    }))
}

impl<'a> Driver<'a> {
    /// The connection under way, or the last one.
    fn facts(&self) -> Option<&ConnectionFacts> {
        self.proxy.world().connections.last()
    }

    fn is_over(&self) -> bool {
        self.facts().is_none_or(|facts| facts.connection.is_over())
    }

    /// The direction that is held now, if one is.
    fn held(&self) -> Option<Outcome> {
        let connection = &self.facts()?.connection;
        [Direction::Response, Direction::Request].into_iter().find_map(|direction| {
            let (filter, callback) = connection.paused_by(direction)?;
            Some(Outcome::Paused { direction, filter: place(filter), callback })
        })
    }

    /// Makes the connection and drives it until it is over, or until nothing changes any more.
    /// `None`: a timer or a queue was stopped at a limit before it came.
    pub(super) fn run_connection(&mut self, connection: &'a PlannedConnection) -> Option<Outcome> {
        let begin = self.now().saturating_add(connection.pause_before);
        self.run_until(Some(begin), |_| false);
        if self.limit_outcome().is_some() {
            return None;
        }
        let request_time = self.plan.request_time;
        let world = self.proxy.world_mut();
        world.trace.now = begin;
        world.budget.nanos = request_time;
        world.budget.limit = LimitKind::RequestTime;
        world.trace.exchange = Some(u16::try_from(world.connections.len()).unwrap_or(u16::MAX));
        world.trace.step(Step::Connect);
        self.proxy.open_connection(connection.buffer_limit, connection.unreachable);
        for (number, step) in connection.steps.iter().enumerate() {
            let number = u32::try_from(number).unwrap_or(u32::MAX);
            self.plan_step(begin.saturating_add(step.at), 0, ScriptStep::Connection(number));
        }
        let last = connection.steps.last().map_or(0, |step| step.at);
        let last = begin.saturating_add(last);
        // What is due at the very moment of the last step comes before the client goes.
        self.run_until(Some(last), |driver| driver.is_over());
        let patience = last.saturating_add(connection.client_timeout);
        if self.held().is_some() {
            self.run_until(Some(patience), |driver| driver.is_over() || driver.held().is_none());
            if self.held().is_some() {
                let trace = &mut self.proxy.world_mut().trace;
                trace.now = trace.now.max(patience);
            }
        }
        self.forget_script();
        self.hang_up(connection);
        self.settle(connection.settle, connection.settle_most);
        Some(self.connection_outcome())
    }

    /// The client closes what is still open, and the upstream ends once it has heard of it.
    fn hang_up(&mut self, connection: &PlannedConnection) {
        let has_ended =
            |direction| connection.steps.iter().any(|step| step.direction == direction && step.end.is_some());
        let is_done = |driver: &Self| {
            driver.is_over() || driver.proxy.halted().is_some() || driver.limit_outcome().is_some()
        };
        if !is_done(self) && !has_ended(Direction::Request) {
            self.act(Direction::Request, Bytes::new(), Some(Arrival::Gone));
        }
        let heard = self.facts().is_some_and(|facts| facts.connection.upstream.write_end);
        if !is_done(self) && heard && !has_ended(Direction::Response) {
            self.act(Direction::Response, Bytes::new(), Some(Arrival::End));
        }
    }

    /// Does a step of the scenario, unless the connection is over.
    pub(super) fn connection_step(&mut self, number: u32) {
        let plan = self.plan;
        let under_way = self.proxy.world().connections.len().checked_sub(1);
        let connection = under_way.and_then(|number| plan.connections.get(number));
        let step = connection.and_then(|connection| connection.steps.get(number as usize));
        if let Some(step) = step
            && !self.is_over()
        {
            self.act(step.direction, step.bytes.clone(), step.end.clone());
        }
    }

    /// An end sends bytes, ends, or both: then they arrive together.
    fn act(&mut self, direction: Direction, bytes: Bytes, end: Option<Arrival>) {
        let trace = &mut self.proxy.world_mut().trace;
        if !bytes.is_empty() {
            let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
            trace.step(Step::PeerSends { direction, bytes: length, end_of_stream: end.is_some() });
        }
        let step = match &end {
            Some(Arrival::Reset) => Some(Step::PeerResets { direction }),
            Some(Arrival::Gone) => Some(Step::PeerCloses { direction }),
            Some(Arrival::End) if bytes.is_empty() => Some(Step::PeerEnds { direction }),
            _ => None,
        };
        if let Some(step) = step {
            trace.step(step);
        }
        if let Some(number) = self.proxy.world().connections.len().checked_sub(1) {
            self.proxy.arrive(number, direction, bytes, end);
        }
    }

    /// What timers and the like have let go on.
    pub(super) fn settle_connection(&mut self) {
        for number in 0..self.proxy.world().connections.len() {
            self.proxy.settle_connection(number);
        }
    }

    fn connection_outcome(&self) -> Outcome {
        if let Some(failed) = self.failed() {
            return failed;
        }
        let Some(facts) = self.facts() else { return Outcome::Closed { by: ClosedBy::Shutdown } };
        match (facts.held, facts.closed_by) {
            (Some((direction, filter, callback)), _) => {
                Outcome::Paused { direction, filter: place(filter), callback }
            }
            (None, Some(by)) => Outcome::Closed { by },
            (None, None) => self.held().unwrap_or(Outcome::Closed { by: ClosedBy::Shutdown }),
        }
    }
}

/// What is kept of a connection.
pub(super) fn view(facts: ConnectionFacts) -> Connection {
    let view = |peer: crate::host::PeerFacts| PeerView {
        sent: peer.sent.into(),
        received: peer.received.into(),
        end: peer.end,
    };
    Connection {
        client: view(facts.client),
        upstream: facts.connection.upstream_started.then(|| view(facts.upstream)),
        closed_by: facts.closed_by,
    }
}

fn place(filter: usize) -> u16 {
    u16::try_from(filter).unwrap_or(u16::MAX)
}
