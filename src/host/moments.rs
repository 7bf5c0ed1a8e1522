//! What a run that is made to be looked at notes of each moment.

use super::context::{AnswerPart, Context};
use super::vm::VmState;
use super::world::{StreamId, World};
use crate::abi::{BufferType, HostCall, MapType};
use crate::trace::{Acting, Area, Change, Direction, Part, Reach, ReachMark};

impl World {
    /// Notes how far a stream is after the last event.
    pub(super) fn note_stream(&mut self, id: StreamId) {
        if !self.trace.notes_moments() {
            return;
        }
        let (Some(facts), Some(event)) = (self.streams.get(id as usize), self.trace.last()) else { return };
        let mark = facts.stream.mark(event, facts.exchange);
        self.trace.note_stream(mark);
    }
}

impl VmState {
    /// Notes what a host call made of the moment.
    pub(super) fn note_after(&mut self, call: HostCall) {
        match call {
            HostCall::SetEffectiveContext
            | HostCall::ContinueStream
            | HostCall::ContinueRequest
            | HostCall::ContinueResponse
            | HostCall::SendLocalResponse
            | HostCall::CloseStream => self.note_moment(),
            // The order of all fields may be another.
            HostCall::SetHeaderMapPairs => self.note_moment(),
            HostCall::AddHeaderMapValue | HostCall::ReplaceHeaderMapValue => self.note_write(),
            _ => {}
        }
    }

    /// Trailers come into being by the first field, and a value that is joined to another one does not tell from its change
    /// where it stands. Any other write is known from its change, and a filter may make very many of them.
    fn note_write(&mut self) {
        let Context::Stream { stream, filter, .. } = self.acting() else { return };
        if !self.world.trace.notes_moments() {
            return;
        }
        let of_stream = self.world.streams.get(stream as usize).map(|facts| facts.stream.reach(filter));
        let last = self.world.trace.last_reach();
        let is_new = |area| {
            of_stream.is_some_and(|reach| reach.can_read(area))
                && last.is_none_or(|mark| !mark.reach.can_read(area))
        };
        let is_joined = self.world.trace.last_change().is_some_and(Change::joins_values);
        if is_joined || [Area::RequestTrailers, Area::ResponseTrailers].into_iter().any(is_new) {
            self.note_moment();
        } else {
            self.world.note_stream(stream);
        }
    }

    /// Notes what host calls can reach from here on, and what they find there.
    pub(super) fn note_moment(&mut self) {
        if !self.world.trace.notes_moments() {
            return;
        }
        let Some(event) = self.world.trace.last() else { return };
        let mut reach = self.own_reach();
        let acting = match self.acting() {
            Context::Vm => Acting::Vm,
            Context::Root(_) => Acting::Root,
            Context::Stream { stream, filter, .. } => {
                let Some(exchange) = self.note_messages(stream, filter, &mut reach) else { return };
                Acting::Stream { exchange }
            }
            Context::Connection { connection, filter, .. } => {
                let number = u16::try_from(connection).unwrap_or(u16::MAX);
                self.note_data(connection, filter, &mut reach);
                Acting::Connection { number }
            }
        };
        let (context, filter) = (self.acting_id(), self.acting_filter());
        self.world.trace.note_reach(ReachMark { event, context, filter, acting, reach });
    }

    /// What belongs to no message.
    fn own_reach(&self) -> Reach {
        let mut reach = Reach::default();
        reach.add(Area::VmConfiguration, false);
        let root = self.acting_root_place().and_then(|place| self.roots.get(place));
        let Some(root) = root else { return reach };
        if root.config_readable {
            reach.add(Area::PluginConfiguration, false);
        }
        let maps = [
            (MapType::CalloutHeaders, Area::CalloutHeaders),
            (MapType::CalloutTrailers, Area::CalloutTrailers),
            (MapType::GrpcInitialMetadata, Area::GrpcInitialMetadata),
            (MapType::GrpcTrailingMetadata, Area::GrpcTrailingMetadata),
        ];
        for (map, area) in maps {
            if root.answer.map(map).is_some() {
                reach.add(area, false);
            }
        }
        match root.answer {
            AnswerPart::Http { .. } => reach.add(Area::CalloutBody, false),
            AnswerPart::GrpcMessage(_) => reach.add(Area::GrpcMessage, true),
            _ => {}
        }
        reach
    }

    /// Notes the parts of a stream's messages that a filter can reach, and how far the stream is; gives its exchange.
    fn note_messages(&mut self, stream: StreamId, filter: usize, reach: &mut Reach) -> Option<u16> {
        self.world.note_stream(stream);
        let World { streams, trace, .. } = &mut *self.world;
        let facts = streams.get(stream as usize)?;
        let of_stream = facts.stream.reach(filter);
        for area in
            Area::ALL.into_iter().filter(|area| of_stream.can_write(*area) || of_stream.can_read(*area))
        {
            match of_stream.can_read(area) {
                true => reach.add(area, of_stream.can_write(area)),
                false => reach.add_new(area),
            }
        }
        let maps = [
            (MapType::RequestHeaders, Part::RequestHeaders),
            (MapType::RequestTrailers, Part::RequestTrailers),
            (MapType::ResponseHeaders, Part::ResponseHeaders),
            (MapType::ResponseTrailers, Part::ResponseTrailers),
        ];
        for (map, part) in maps {
            if let Some(found) = facts.stream.map(filter, map).map() {
                trace.note_map(facts.exchange, part, found);
            }
        }
        let bodies = [
            (BufferType::RequestBody, Area::RequestBody, Part::RequestBody),
            (BufferType::ResponseBody, Area::ResponseBody, Part::ResponseBody),
        ];
        for (buffer, area, part) in bodies {
            if of_stream.can_read(area) {
                let arrived = match part {
                    Part::RequestBody => facts.request.as_ref().map(|request| &request.body),
                    _ => facts.reply.as_ref().map(|reply| &reply.message.body),
                };
                trace.note_body(facts.exchange, part, facts.stream.body(filter, buffer), arrived);
            }
        }
        Some(facts.exchange)
    }

    /// The same for the bytes of a TCP connection.
    fn note_data(&mut self, connection: usize, filter: usize, reach: &mut Reach) {
        let World { connections, trace, .. } = &mut *self.world;
        let Some(facts) = connections.get_mut(connection) else { return };
        let number = u16::try_from(connection).unwrap_or(u16::MAX);
        let directions = [
            (Direction::Request, Area::DownstreamData, Part::DownstreamData),
            (Direction::Response, Area::UpstreamData, Part::UpstreamData),
        ];
        for (direction, area, part) in directions {
            if facts.connection.data_mut(filter, direction).is_some() {
                reach.add(area, true);
                trace.note_body(number, part, facts.connection.data(filter, direction), None);
            }
        }
    }
}
