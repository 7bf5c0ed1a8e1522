//! Envoy's rules for network filters without wasm: one TCP connection, the filters on it, and `tcp_proxy` behind them.
//!
//! ```text
//!  client ──> socket ──> filter 0 ──> filter 1 ──> Surroundings::to_upstream
//!  client <── Surroundings::to_client <── filter 0 <── filter 1 <── socket <── upstream
//! ```
//!
//! Each socket has one buffer, and all filters work on it in place: a filter that stops leaves the bytes there, and with
//! the next ones all filters see all of them again, from the first filter on. Only [`resume`] begins behind a filter, and
//! only towards the upstream. The functions follow Envoy's `filter_manager_impl.cc`, `connection_impl.cc` and
//! `tcp_proxy.cc`; what the tests say was seen in a real Envoy 1.40.

use std::collections::VecDeque;

use bytes::Bytes;

use super::{UpstreamFailure, flags};
use crate::abi::Callback;
use crate::trace::{ClosedBy, Direction, StreamAction};

/// Bytes that one read takes from a socket.
const SLICE: usize = 16_384;
/// What the upstream's connection may hold: a cluster's default.
const UPSTREAM_LIMIT: usize = 1 << 20;

/// Who runs the filters of a connection, and what lies at its two ends.
pub trait Surroundings {
    /// The connection that is driven. It must be the same one throughout.
    fn connection(&mut self) -> &mut Connection;

    /// Runs a callback and everything that the guest scheduled in it, and tells whether the filter stopped.
    fn on_new_connection(&mut self, filter: usize) -> bool;
    /// The same for bytes in the buffer of this direction.
    fn on_data(&mut self, filter: usize, direction: Direction, end_of_stream: bool) -> bool;
    /// The last bytes from the upstream have passed a filter.
    fn on_upstream_end(&mut self, filter: usize);

    /// The connection to the upstream is made.
    fn connected(&mut self);
    /// Takes what left the last filter.
    fn to_peer(&mut self, direction: Direction, bytes: Vec<u8>, end_of_stream: bool);
    /// The connection is over: its filters log and are deleted. `remote`: the client ended it. Called once.
    fn end(&mut self, by: ClosedBy, remote: bool);

    fn record(&mut self, action: StreamAction);
}

/// How a peer ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Arrival {
    /// The peer sends nothing more.
    End,
    /// The peer has closed its socket. Until something is sent to it this looks like [`Arrival::End`].
    Gone,
    /// The peer aborts the connection.
    Reset,
}

/// One socket, the bytes read from it, and what its peer is doing.
#[derive(Clone, Debug, Default)]
pub struct Socket {
    /// Bytes that were read and did not leave the last filter yet.
    pub buffer: Vec<u8>,
    /// What arrived and was not read yet.
    arrived: VecDeque<u8>,
    end_arrived: bool,
    reset_arrived: bool,
    /// The end of what the peer sends was read.
    pub read_end: bool,
    /// The end was sent to the peer.
    pub write_end: bool,
    /// The buffer is over its limit: nothing is read.
    is_full: bool,
    limit: usize,
    /// How many more sends a peer that has gone swallows before the connection breaks.
    swallows: Option<u32>,
    /// Something was sent to a peer that has gone; noticed after what is under way.
    is_broken: bool,
    /// Bytes received, counted as Envoy counts them: what was held is counted again with each read.
    pub received: u64,
    /// Bytes sent to the peer.
    pub sent: u64,
}

impl Socket {
    /// Its peer aborted the connection.
    pub fn was_reset(&self) -> bool {
        self.reset_arrived
    }
}

/// One filter's place on a connection.
#[derive(Clone, Debug, Default)]
pub struct Slot {
    /// It was asked about the new connection.
    asked: bool,
    /// It has the buffer of this direction in hands: towards the upstream, towards the client.
    holds: [bool; 2],
    /// It stopped this direction, in this callback.
    stopped: [Option<Callback>; 2],
    /// A resume of this filter is under way.
    resuming: bool,
}

/// A TCP connection through the proxy.
#[derive(Clone, Debug)]
pub struct Connection {
    pub client: Socket,
    pub upstream: Socket,
    /// One for each filter, in the order of the chain.
    pub slots: Vec<Slot>,
    /// All filters let the new connection pass: there is an upstream.
    pub upstream_started: bool,
    /// Why there will be none.
    pub upstream_failure: Option<UpstreamFailure>,
    /// All filters let the new connection pass, and nobody listened at the endpoint.
    pub upstream_refused: bool,
    /// `response.flags`.
    pub flags: i64,
    over: bool,
}

fn side(direction: Direction) -> usize {
    usize::from(direction == Direction::Response)
}

impl Connection {
    /// `limit`: most bytes that a filter may hold of what the client sends before it is read no further.
    pub fn new(filters: usize, limit: usize) -> Self {
        Self {
            client: Socket { limit, ..Socket::default() },
            upstream: Socket { limit: UPSTREAM_LIMIT, ..Socket::default() },
            slots: vec![Slot::default(); filters],
            upstream_started: false,
            upstream_failure: None,
            upstream_refused: false,
            flags: 0,
            over: false,
        }
    }

    pub fn is_over(&self) -> bool {
        self.over
    }

    /// The socket where bytes of this direction arrive.
    fn socket(&mut self, direction: Direction) -> &mut Socket {
        match direction {
            Direction::Request => &mut self.client,
            Direction::Response => &mut self.upstream,
        }
    }

    fn buffer(&self, direction: Direction) -> &Vec<u8> {
        match direction {
            Direction::Request => &self.client.buffer,
            Direction::Response => &self.upstream.buffer,
        }
    }

    /// The bytes of a direction for reading; empty where the filter has none in hands.
    pub fn data(&self, filter: usize, direction: Direction) -> &[u8] {
        let holds = self.slots.get(filter).is_some_and(|slot| slot.holds[side(direction)]);
        if holds { self.buffer(direction) } else { &[] }
    }

    /// The bytes of a direction for writing; `None` where the filter has none in hands.
    pub fn data_mut(&mut self, filter: usize, direction: Direction) -> Option<&mut Vec<u8>> {
        let holds = self.slots.get(filter)?.holds[side(direction)];
        holds.then(|| &mut self.socket(direction).buffer)
    }

    /// The filter that keeps something of this direction from going on, and the callback in which it stopped it.
    pub fn paused_by(&self, direction: Direction) -> Option<(usize, Callback)> {
        let (from, to) = match direction {
            Direction::Request => (&self.client, &self.upstream),
            Direction::Response => (&self.upstream, &self.client),
        };
        let waits = !from.buffer.is_empty()
            || (from.read_end && !to.write_end)
            || (direction == Direction::Request && !self.upstream_started);
        let stopped = |filter: &usize| Some((*filter, self.slots[*filter].stopped[side(direction)]?));
        waits.then(|| self.order(direction).find_map(|filter| stopped(&filter))).flatten()
    }

    /// The same for what is lost if the connection ends now: bytes, or the connection itself. An end that was held is
    /// not; the close tells the peer as well.
    pub fn lost_by(&self, direction: Direction) -> Option<(usize, Callback)> {
        let is_lost = !self.buffer(direction).is_empty() || !self.upstream_started;
        is_lost.then(|| self.paused_by(direction)).flatten()
    }

    fn order(&self, direction: Direction) -> impl Iterator<Item = usize> + use<> {
        let count = self.slots.len();
        (0..count).map(move |index| match direction {
            Direction::Request => index,
            Direction::Response => count - 1 - index,
        })
    }
}

/// The client connects.
pub fn open(host: &mut impl Surroundings) {
    pass_to_upstream(host, 0);
    settle(host);
}

/// Bytes and an end arrive at the socket of this direction; what comes at once is read together.
pub fn arrive(host: &mut impl Surroundings, direction: Direction, bytes: Bytes, end: Option<Arrival>) {
    let socket = host.connection().socket(direction);
    socket.arrived.extend(bytes);
    match end {
        None => {}
        Some(Arrival::End) => socket.end_arrived = true,
        Some(Arrival::Gone) => {
            socket.end_arrived = true;
            socket.swallows = Some(1);
        }
        Some(Arrival::Reset) => {
            socket.reset_arrived = true;
            socket.swallows = Some(0);
        }
    }
    settle(host);
}

/// A filter lets what it stopped on the way to the upstream go on. Where nothing is stopped this does the same with
/// what is there: nothing, or the end once more.
pub fn resume(host: &mut impl Surroundings, filter: usize) {
    let connection = host.connection();
    let Some(slot) = connection.slots.get_mut(filter) else { return };
    // Two filters in one VM may resume each other from inside, and so on without end.
    if connection.over || std::mem::replace(&mut slot.resuming, true) {
        return;
    }
    if slot.stopped[0].take().is_some() {
        host.record(StreamAction::Resumed { direction: Direction::Request, filter: place(filter) });
    }
    pass_to_upstream(host, filter + 1);
    host.connection().slots[filter].resuming = false;
}

/// The connection is closed after everything that was sent has gone out.
pub fn close(host: &mut impl Surroundings, by: ClosedBy, remote: bool) {
    let connection = host.connection();
    if std::mem::replace(&mut connection.over, true) {
        return;
    }
    host.record(StreamAction::ConnectionClosed { by });
    host.end(by, remote);
}

/// Reads from both sockets what can be read, until nothing is left to do. To be called after anything that may have let
/// a direction go on.
pub fn settle(host: &mut impl Surroundings) {
    loop {
        let connection = host.connection();
        if connection.over {
            return;
        }
        // tcp_proxy lets nothing be read before it has an upstream.
        if !connection.upstream_started {
            return;
        }
        if connection.upstream.is_broken {
            return close(host, ClosedBy::Upstream, false);
        }
        if connection.upstream.read_end && connection.upstream.write_end {
            return close(host, ClosedBy::BothEnds, false);
        }
        if !(read(host, Direction::Request) || read(host, Direction::Response)) {
            return;
        }
    }
}

/// Reads once from a socket and lets the filters see what is there; `false`: there was nothing to read.
fn read(host: &mut impl Surroundings, direction: Direction) -> bool {
    let socket = host.connection().socket(direction);
    let was_full = socket.is_full;
    if was_full && socket.buffer.len() > socket.limit / 2 {
        return false;
    }
    socket.is_full = false;
    // What a filter took out of a buffer that was full is looked at anew.
    let has_rest = was_full && !socket.buffer.is_empty();
    let mut has_news = has_rest;
    let mut at_limit = false;
    while !socket.arrived.is_empty() && !at_limit {
        let slice = socket.arrived.len().min(SLICE);
        socket.buffer.extend(socket.arrived.drain(..slice));
        at_limit = socket.buffer.len() >= socket.limit;
        has_news = true;
    }
    if socket.end_arrived && !socket.read_end && !at_limit {
        socket.read_end = true;
        has_news = true;
    }
    socket.is_full = socket.buffer.len() > socket.limit;
    if !has_news {
        // An abort is noticed by reading, and so not after the end was read.
        if socket.reset_arrived && !socket.read_end {
            let (by, remote) = match direction {
                Direction::Request => (ClosedBy::Client, true),
                Direction::Response => {
                    host.connection().flags |= flags::UPSTREAM_RESET;
                    (ClosedBy::Upstream, false)
                }
            };
            close(host, by, remote);
        }
        return false;
    }
    socket.received += socket.buffer.len() as u64;
    match direction {
        Direction::Request => {
            pass_to_upstream(host, 0);
            let client = &host.connection().client;
            if client.read_end && client.write_end {
                close(host, ClosedBy::BothEnds, true);
            }
        }
        Direction::Response => pass_to_client(host),
    }
    true
}

/// What the client sent goes through the filters from this one on.
fn pass_to_upstream(host: &mut impl Surroundings, from: usize) {
    for filter in from..host.connection().slots.len() {
        if host.connection().over {
            return;
        }
        if !std::mem::replace(&mut host.connection().slots[filter].asked, true) {
            let stops = host.on_new_connection(filter);
            if host.connection().over {
                return;
            }
            if stops {
                return stop(host, filter, Direction::Request, Callback::NewConnection);
            }
        }
        let client = &host.connection().client;
        if client.buffer.is_empty() && !client.read_end {
            continue;
        }
        if stops(host, filter, Direction::Request) {
            return;
        }
    }
    let connection = host.connection();
    if connection.over {
        return;
    }
    if let Some(failure) = connection.upstream_failure {
        connection.upstream_refused = failure == UpstreamFailure::ConnectionFailure;
        connection.flags |= match failure {
            UpstreamFailure::NoEndpoint => flags::NO_HEALTHY_UPSTREAM,
            // tcp_proxy tries once; that was the last time, too.
            UpstreamFailure::ConnectionFailure => {
                flags::UPSTREAM_CONNECTION_FAILURE | flags::UPSTREAM_RETRY_LIMIT_EXCEEDED
            }
        };
        return close(host, ClosedBy::NoUpstream, false);
    }
    if !std::mem::replace(&mut connection.upstream_started, true) {
        host.connected();
    }
    let connection = host.connection();
    // What a filter adds after the end stays where it is.
    if connection.upstream.write_end {
        return;
    }
    let client = &mut connection.client;
    let (bytes, end) = (std::mem::take(&mut client.buffer), client.read_end);
    if !bytes.is_empty() || end {
        send(host, Direction::Request, bytes, end);
    }
}

/// What the upstream sent goes through the filters, the last one first.
fn pass_to_client(host: &mut impl Surroundings) {
    let connection = host.connection();
    if connection.over || connection.client.write_end {
        return;
    }
    let end = connection.upstream.read_end;
    for filter in connection.order(Direction::Response) {
        let stops = stops(host, filter, Direction::Response);
        if stops {
            return;
        }
    }
    let bytes = std::mem::take(&mut host.connection().upstream.buffer);
    send(host, Direction::Response, bytes, end);
    let connection = host.connection();
    if connection.client.is_broken {
        close(host, ClosedBy::Client, true);
    } else if connection.client.read_end && connection.client.write_end {
        close(host, ClosedBy::BothEnds, false);
    }
}

/// Shows a filter the buffer; `true`: it stopped, or the connection is over.
fn stops(host: &mut impl Surroundings, filter: usize, direction: Direction) -> bool {
    let connection = host.connection();
    let end = connection.socket(direction).read_end;
    connection.slots[filter].holds[side(direction)] = true;
    let stops = host.on_data(filter, direction, end);
    let connection = host.connection();
    if !stops {
        connection.slots[filter].holds[side(direction)] = false;
        let was_stopped = connection.slots[filter].stopped[side(direction)].take().is_some();
        if was_stopped && !connection.over {
            host.record(StreamAction::Resumed { direction, filter: place(filter) });
        }
    }
    if direction == Direction::Response && end {
        host.on_upstream_end(filter);
    }
    if host.connection().over {
        return true;
    }
    if stops {
        let callback = match direction {
            Direction::Request => Callback::DownstreamData,
            Direction::Response => Callback::UpstreamData,
        };
        stop(host, filter, direction, callback);
    }
    stops
}

/// Notes that a filter stopped a direction, unless it held nothing by that: it may have let it go on before it answered.
fn stop(host: &mut impl Surroundings, filter: usize, direction: Direction, callback: Callback) {
    let connection = host.connection();
    let known = connection.slots[filter].stopped[side(direction)].replace(callback);
    if connection.paused_by(direction).is_none() {
        connection.slots[filter].stopped[side(direction)] = None;
    } else if known.is_none() {
        host.record(StreamAction::Paused { direction, filter: place(filter), callback });
    }
}

/// Bytes leave the last filter.
fn send(host: &mut impl Surroundings, direction: Direction, bytes: Vec<u8>, end: bool) {
    let to = match direction {
        Direction::Request => &mut host.connection().upstream,
        Direction::Response => &mut host.connection().client,
    };
    if to.write_end || (bytes.is_empty() && !end) {
        return;
    }
    let mut is_lost = false;
    if let Some(swallows) = &mut to.swallows
        && !bytes.is_empty()
    {
        is_lost = true;
        match swallows.checked_sub(1) {
            Some(left) => *swallows = left,
            None => to.is_broken = true,
        }
    }
    to.write_end = end;
    to.sent += bytes.len() as u64;
    let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    host.record(StreamAction::DataSent { direction, bytes: length, end_of_stream: end });
    host.to_peer(direction, if is_lost { Vec::new() } else { bytes }, end);
}

fn place(filter: usize) -> u16 {
    u16::try_from(filter).unwrap_or(u16::MAX)
}

#[cfg(test)]
mod tests;
