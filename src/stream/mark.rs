//! How far a stream is and what a filter can reach of it, in the words of a trace.

use super::{FilterSide, Iteration, MapAccess, Side, Stream, View};
use crate::abi::MapType;
use crate::http::HeaderMap;
use crate::trace::{Area, Direction, EventId, FilterMark, Held, Reach, SideMark, StreamMark};

/// The maps of a stream, each with its area.
const MAPS: [(MapType, Area); 4] = [
    (MapType::RequestHeaders, Area::RequestHeaders),
    (MapType::RequestTrailers, Area::RequestTrailers),
    (MapType::ResponseHeaders, Area::ResponseHeaders),
    (MapType::ResponseTrailers, Area::ResponseTrailers),
];

impl Stream {
    /// What a filter can reach right now.
    pub fn reach(&self, filter: usize) -> Reach {
        let mut reach = Reach::default();
        for (map, area) in MAPS {
            // What is written while the filter logs reaches nobody.
            let is_writable = self.logging != Some(filter) && self.can_write(filter, map);
            match self.map(filter, map) {
                MapAccess::Held(_) => reach.add(area, is_writable),
                _ if is_writable => reach.add_new(area),
                _ => {}
            }
        }
        for (direction, area) in
            [(Direction::Request, Area::RequestBody), (Direction::Response, Area::ResponseBody)]
        {
            let has_buffer = match self.slots[filter].side(direction).view {
                View::Nothing => false,
                View::Piece => true,
                View::Held => self.side(direction).held.is_some(),
            };
            if has_buffer {
                reach.add(area, true);
            }
        }
        reach
    }

    /// Whether [`Stream::map_mut`] would give the map.
    fn can_write(&self, filter: usize, map: MapType) -> bool {
        let (direction, is_headers) = match map {
            MapType::RequestHeaders => (Direction::Request, true),
            MapType::RequestTrailers => (Direction::Request, false),
            MapType::ResponseHeaders => (Direction::Response, true),
            MapType::ResponseTrailers => (Direction::Response, false),
            _ => return false,
        };
        let (slot, side) = (&self.slots[filter], self.side(direction));
        let own = slot.side(direction);
        if is_headers {
            return own.holds_headers && (side.replaced.is_some() || side.headers.is_some());
        }
        match own.holds_trailers {
            true => side.trailers.is_some(),
            false => slot.end_of_stream && own.view != View::Nothing && side.trailers.is_none(),
        }
    }

    /// How far the stream is.
    pub fn mark(&self, event: EventId, exchange: u16) -> StreamMark {
        StreamMark {
            event,
            exchange,
            request: self.side_mark(Direction::Request),
            response: self.side_mark(Direction::Response),
            upstream_started: self.upstream_started,
            buffer_limit: self.buffer_limit as u64,
            is_local: self.local_reply.is_some(),
            is_over: self.ended().is_some(),
        }
    }

    fn side_mark(&self, direction: Direction) -> SideMark {
        let side: &Side = self.side(direction);
        SideMark {
            has_headers: side.headers.is_some(),
            headers: side.headers.as_ref().map_or(0, |map| u32::try_from(map.len()).unwrap_or(u32::MAX)),
            has_trailers: side.trailers.as_ref().is_some_and(|trailers: &HeaderMap| !trailers.is_empty()),
            received: side.received,
            held: side.held.as_ref().map_or(0, |held| held.len() as u64),
            sent: side.sent,
            is_streaming: side.held_streaming,
            complete: side.complete,
            headers_sent: side.headers_sent,
            end_sent: side.end_sent,
            filters: self.slots.iter().map(|slot| slot.side(direction).mark()).collect(),
        }
    }
}

impl FilterSide {
    fn mark(&self) -> FilterMark {
        FilterMark {
            saw_headers: self.saw_headers,
            passed_headers: self.headers_continued,
            saw_end: self.saw_end,
            held: match self.iteration {
                Iteration::Running => Held::Nothing,
                Iteration::StopSingle => Held::Stopped,
                Iteration::StopAllBuffer => Held::StoppedAll,
                Iteration::StopAllWatermark => Held::StoppedAllWatermark,
            },
            stopped_in: self.stopped_in.filter(|_| self.iteration != Iteration::Running),
        }
    }
}
