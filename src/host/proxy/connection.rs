//! TCP connections: the filters' callbacks on them, by the rules in [`crate::stream::tcp`].

use bytes::Bytes;

use super::{ContextState, FilterContext, Proxy};
use crate::abi::Callback;
use crate::host::context::Context;
use crate::host::vm::Called;
use crate::host::world::{ConnectionFacts, PeerFacts};
use crate::stream::UpstreamFailure;
use crate::stream::tcp::{self, Arrival, Connection, Surroundings};
use crate::trace::{ClosedBy, Direction, Finding, PeerEnd, StreamAction};

impl Proxy {
    /// The client connects. Filters whose VM has failed are treated by their policy.
    pub fn open_connection(&mut self, buffer_limit: usize, failure: Option<UpstreamFailure>) -> usize {
        let id = self.world.connections.len();
        let place = |root, filter| Context::Connection { root, connection: id, filter };
        let contexts = (0..self.plugins.len()).map(|filter| self.new_context(filter, place)).collect();
        let mut connection = Connection::new(self.plugins.len(), buffer_limit);
        connection.upstream_failure = failure;
        self.world.connections.push(ConnectionFacts {
            connection,
            number: id,
            started: self.world.now(),
            closed_by: None,
            held: None,
            client: PeerFacts::default(),
            upstream: PeerFacts::default(),
            filter_state: Default::default(),
            contexts,
        });
        tcp::open(&mut self.on_connection(id));
        id
    }

    /// Something happens at the client's socket (towards the upstream) or the upstream's (towards the client).
    /// Bytes and an end that come at once are read together.
    pub fn arrive(&mut self, id: usize, direction: Direction, bytes: Bytes, end: Option<Arrival>) {
        self.world.connections[id].peer_mut(direction).sent.extend_from_slice(&bytes);
        tcp::arrive(&mut self.on_connection(id), direction, bytes, end);
    }

    /// Goes on with what a timer, a queue or a callout may have let go on.
    pub fn settle_connection(&mut self, id: usize) {
        tcp::settle(&mut self.on_connection(id));
    }

    /// A filter lets the client's bytes go on.
    pub(super) fn continue_reading(&mut self, id: usize, filter: usize) {
        tcp::resume(&mut self.on_connection(id), filter);
    }

    pub(super) fn close_connection(&mut self, id: usize, by: ClosedBy) {
        tcp::close(&mut self.on_connection(id), by, false);
    }

    /// The proxy goes down: what is still open is closed.
    pub(super) fn close_connections(&mut self) {
        for id in 0..self.world.connections.len() {
            self.close_connection(id, ClosedBy::Shutdown);
        }
    }

    fn on_connection(&mut self, id: usize) -> Driver<'_> {
        Driver { proxy: self, id }
    }

    fn context(&self, id: usize, filter: usize) -> FilterContext {
        self.world.connections[id].contexts[filter].clone()
    }

    /// A callback whose answer stops the connection or not.
    fn connection_callback(&mut self, id: usize, filter: usize, callback: Callback, rest: &[u32]) -> bool {
        let context = self.context(id, filter);
        if context.state != ContextState::Created {
            return false;
        }
        let called = self.call(context.vm, context.id, place(filter), callback, rest);
        // A local reply has no meaning here, and so none for the next callback either.
        self.vms[context.vm].state_mut().stop_iteration = false;
        let stops = match called {
            Called::Returned(answer) => answer.unwrap_or_default() != 0,
            Called::NotExported => false,
            Called::Failed => self.fail_connection(id, filter),
            Called::Halted(_) => true,
        };
        self.drain(context.vm);
        stops
    }

    /// What a connection does when a filter of it has failed; `true`: it stops.
    fn fail_connection(&mut self, id: usize, filter: usize) -> bool {
        if self.setups[filter].config.fail_open {
            return false;
        }
        self.close_connection(id, ClosedBy::Failure(place(filter)));
        true
    }

    /// A callback whose answer nobody asks for. A filter that has failed before closes the connection here, too.
    fn tell(&mut self, id: usize, filter: usize, callback: Callback, rest: &[u32]) {
        let context = self.context(id, filter);
        if context.state == ContextState::Created {
            self.call(context.vm, context.id, place(filter), callback, rest);
            self.vms[context.vm].state_mut().stop_iteration = false;
            self.drain(context.vm);
        }
    }
}

fn place(filter: usize) -> u16 {
    u16::try_from(filter).unwrap_or(u16::MAX)
}

/// One connection with the proxy around it.
struct Driver<'a> {
    proxy: &'a mut Proxy,
    id: usize,
}

impl Driver<'_> {
    fn facts(&mut self) -> &mut ConnectionFacts {
        &mut self.proxy.world.connections[self.id]
    }
}

impl Surroundings for Driver<'_> {
    fn connection(&mut self) -> &mut Connection {
        &mut self.facts().connection
    }

    fn on_new_connection(&mut self, filter: usize) -> bool {
        let context = self.proxy.context(self.id, filter);
        if context.state != ContextState::Reserved {
            return false;
        }
        self.facts().contexts[filter].state = ContextState::Created;
        let parent = self.proxy.vms[context.vm].state().roots[context.root].id;
        self.proxy.call_root(context.vm, context.id, place(filter), Callback::ContextCreate, &[parent]);
        self.proxy.connection_callback(self.id, filter, Callback::NewConnection, &[])
    }

    fn on_data(&mut self, filter: usize, direction: Direction, end_of_stream: bool) -> bool {
        let callback = match direction {
            Direction::Request => Callback::DownstreamData,
            Direction::Response => Callback::UpstreamData,
        };
        let size = self.facts().connection.data(filter, direction).len();
        let rest = [u32::try_from(size).unwrap_or(u32::MAX), u32::from(end_of_stream)];
        self.proxy.connection_callback(self.id, filter, callback, &rest)
    }

    fn on_upstream_end(&mut self, filter: usize) {
        const UNKNOWN: u32 = 0;
        let context = self.proxy.context(self.id, filter);
        if context.state != ContextState::Deleted {
            return self.proxy.tell(self.id, filter, Callback::UpstreamConnectionClose, &[UNKNOWN]);
        }
        // The filter closed the connection in its data callback. Envoy tells it all the same, after `on_delete`.
        let FilterContext { vm, root, id, .. } = context;
        let place = Context::Connection { root, connection: self.id, filter };
        self.proxy.vms[vm].state_mut().contexts.insert(id, place);
        self.facts().contexts[filter].state = ContextState::Created;
        self.proxy.tell(self.id, filter, Callback::UpstreamConnectionClose, &[UNKNOWN]);
        self.facts().contexts[filter].state = ContextState::Deleted;
        self.proxy.vms[vm].state_mut().forget(id);
    }

    fn connected(&mut self) {
        self.record(StreamAction::UpstreamConnected);
    }

    fn to_peer(&mut self, direction: Direction, bytes: Vec<u8>, end_of_stream: bool) {
        let facts = self.facts();
        let peer = match direction {
            Direction::Request => &mut facts.upstream,
            Direction::Response => &mut facts.client,
        };
        peer.received.extend(bytes);
        if end_of_stream {
            peer.end = PeerEnd::Half;
        }
    }

    fn end(&mut self, by: ClosedBy, remote: bool) {
        let facts = self.facts();
        facts.closed_by = Some(by);
        let paused = |direction| {
            let (filter, callback) = facts.connection.lost_by(direction)?;
            Some((direction, filter, callback))
        };
        if !matches!(by, ClosedBy::Filter(_) | ClosedBy::Failure(_)) {
            facts.held = paused(Direction::Response).or_else(|| paused(Direction::Request));
        }
        let held = facts.held;
        let aborted = |is_reset: bool| if is_reset { PeerEnd::Reset } else { PeerEnd::Closed };
        let (client, upstream) = (&facts.connection.client, &facts.connection.upstream);
        let resets_client = by == ClosedBy::Upstream && upstream.was_reset();
        let resets_upstream = by == ClosedBy::Client && client.was_reset();
        facts.client.end = aborted(resets_client);
        facts.upstream.end = aborted(resets_upstream);
        if let Some((direction, ..)) = held {
            self.proxy.world.trace.finding(Finding::NeverPassedOn { direction });
        }
        let close_type = if remote { 2 } else { 1 };
        for filter in 0..self.facts().contexts.len() {
            self.proxy.tell(self.id, filter, Callback::DownstreamConnectionClose, &[close_type]);
            for callback in [Callback::Done, Callback::Log, Callback::Delete] {
                self.proxy.tell(self.id, filter, callback, &[]);
            }
            let context = &mut self.facts().contexts[filter];
            if context.state != ContextState::Skipped {
                context.state = ContextState::Deleted;
                let (vm, context) = (context.vm, context.id);
                self.proxy.vms[vm].state_mut().forget(context);
            }
        }
    }

    fn record(&mut self, action: StreamAction) {
        self.proxy.world.trace.stream(action);
    }
}
