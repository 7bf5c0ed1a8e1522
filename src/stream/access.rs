//! What a filter can reach of a stream right now (`host-spec`, section 2.13).
//!
//! There are no rules by phase: a map or body is reachable while the filter holds it. It gets hold of it when a
//! callback begins, and loses it when the callback answers Continue or when `continue_stream` is called.

use super::{FilterSide, Side, Stream, View};
use crate::abi::{BufferType, MapType};
use crate::http::{HeaderMap, MapKind};
use crate::trace::Direction;

/// A header map as a filter finds it for reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MapAccess<'a> {
    Held(&'a HeaderMap),
    /// Not reachable now.
    Absent,
    /// Not reachable, in the log phase: lookups answer NotFound instead of BadArgument.
    AbsentInLog,
}

impl<'a> MapAccess<'a> {
    pub fn map(self) -> Option<&'a HeaderMap> {
        match self {
            Self::Held(map) => Some(map),
            Self::Absent | Self::AbsentInLog => None,
        }
    }
}

/// The message part that a map type means, if it is one of a stream's own.
fn part(map: MapType) -> Option<(Direction, bool)> {
    match map {
        MapType::RequestHeaders => Some((Direction::Request, true)),
        MapType::RequestTrailers => Some((Direction::Request, false)),
        MapType::ResponseHeaders => Some((Direction::Response, true)),
        MapType::ResponseTrailers => Some((Direction::Response, false)),
        _ => None,
    }
}

impl Stream {
    fn held(&self, filter: usize, direction: Direction, is_headers: bool) -> Option<&HeaderMap> {
        let (own, side) = (self.slots[filter].side(direction), self.side(direction));
        match is_headers {
            true => side.replaced.as_ref().or(side.headers.as_ref()).filter(|_| own.holds_headers),
            false => side.trailers.as_ref().filter(|_| own.holds_trailers),
        }
    }

    /// A map as properties show it: what the filter holds counts more than what `on_log` can read.
    pub fn shown_map(&self, filter: usize, map: MapType) -> Option<&HeaderMap> {
        let (direction, is_headers) = part(map)?;
        self.held(filter, direction, is_headers).or_else(|| self.map(filter, map).map())
    }

    /// A map for reading, as `filter` finds it.
    pub fn map(&self, filter: usize, map: MapType) -> MapAccess<'_> {
        let Some((direction, is_headers)) = part(map) else {
            return if self.logging == Some(filter) { MapAccess::AbsentInLog } else { MapAccess::Absent };
        };
        let side = self.side(direction);
        let found = if is_headers { &side.headers } else { &side.trailers };
        if self.logging == Some(filter) {
            return match (found, map) {
                (_, MapType::RequestTrailers) | (None, _) => MapAccess::AbsentInLog,
                (Some(found), _) => MapAccess::Held(found),
            };
        }
        match self.held(filter, direction, is_headers) {
            Some(held) => MapAccess::Held(held),
            None => MapAccess::Absent,
        }
    }

    /// A map for writing. Trailers come into being by this in the last body callback of a message without any
    /// (`host-spec`, section 5.5). Writes after the headers were sent succeed and change nothing that is sent.
    pub fn map_mut(&mut self, filter: usize, map: MapType) -> Option<&mut HeaderMap> {
        let (direction, is_headers) = part(map)?;
        if map == MapType::RequestHeaders && self.slots[filter].request.holds_headers {
            self.route = None;
        }
        let end_of_stream = self.slots[filter].end_of_stream;
        let (own, side) = self.own_and_side(filter, direction);
        if is_headers {
            let headers = side.replaced.as_mut().or(side.headers.as_mut());
            return if own.holds_headers { headers } else { None };
        }
        if !own.holds_trailers {
            let last_piece = end_of_stream && own.view != View::Nothing;
            if !last_piece || side.trailers.is_some() {
                return None;
            }
            let kind = match direction {
                Direction::Request => MapKind::RequestTrailers,
                Direction::Response => MapKind::ResponseTrailers,
            };
            side.trailers = Some(HeaderMap::new(kind));
            own.holds_trailers = true;
        }
        side.trailers.as_mut()
    }

    /// The bytes of a body buffer for reading; empty where the filter holds none.
    pub fn body(&self, filter: usize, buffer: BufferType) -> &[u8] {
        let direction = match buffer {
            BufferType::RequestBody => Direction::Request,
            BufferType::ResponseBody => Direction::Response,
            _ => return &[],
        };
        let own = self.slots[filter].side(direction);
        match own.view {
            View::Nothing => &[],
            View::Piece => &own.piece,
            View::Held => self.side(direction).held.as_deref().unwrap_or_default(),
        }
    }

    /// The bytes of a body buffer for writing; `None` where the filter holds none.
    pub fn body_mut(&mut self, filter: usize, buffer: BufferType) -> Option<&mut Vec<u8>> {
        let direction = match buffer {
            BufferType::RequestBody => Direction::Request,
            BufferType::ResponseBody => Direction::Response,
            _ => return None,
        };
        let (own, side) = self.own_and_side(filter, direction);
        match own.view {
            View::Nothing => None,
            View::Piece => Some(&mut own.piece),
            View::Held => side.held.as_mut(),
        }
    }

    /// Whether a buffer is that of a piece which the filter stopped without having it buffered, and which was the last one:
    /// Envoy keeps a pointer to it, but not the piece.
    pub fn has_lost_piece(&self, filter: usize, buffer: BufferType) -> bool {
        let side = &self.response;
        buffer == BufferType::ResponseBody
            && self.slots[filter].response.view == View::Piece
            && side.complete
            && side.callbacks_running == 0
    }

    /// Whether this filter's writes to the headers of a direction cannot reach anybody any more.
    pub fn has_let_headers_go(&self, filter: usize, direction: Direction) -> bool {
        let own = self.slots[filter].side(direction);
        self.side(direction).headers.is_some() && (own.headers_continued || !own.holds_headers)
    }

    /// Whether the message of a direction came without a body.
    pub fn is_bodiless(&self, direction: Direction) -> bool {
        let side = self.side(direction);
        side.headers.is_some() && side.complete && side.received == 0 && side.held.is_none()
    }

    /// `continue_stream` and its likes: the filter loses the request at once, whichever direction it named.
    pub fn let_request_go(&mut self, filter: usize) {
        self.slots[filter].request.let_go();
    }

    /// Whether properties of the request's headers answer for this filter.
    pub fn can_read_request(&self, filter: usize) -> bool {
        self.map(filter, MapType::RequestHeaders).map().is_some()
    }

    fn own_and_side(&mut self, filter: usize, direction: Direction) -> (&mut FilterSide, &mut Side) {
        let slot = &mut self.slots[filter];
        match direction {
            Direction::Request => (&mut slot.request, &mut self.request),
            Direction::Response => (&mut slot.response, &mut self.response),
        }
    }
}
