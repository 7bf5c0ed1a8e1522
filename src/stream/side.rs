//! The state of one direction: of the message as a whole, and of one filter towards it.

use crate::abi::Callback;
use crate::http::HeaderMap;

/// One direction of a stream.
#[derive(Clone, Debug, Default)]
pub struct Side {
    /// The headers, once they arrived. Filters change them in place, also after they were sent.
    pub headers: Option<HeaderMap>,
    pub trailers: Option<HeaderMap>,
    /// The headers whose place a local reply took while filters held them: they still have these.
    pub replaced: Option<HeaderMap>,
    /// Body bytes held by a filter that stopped; shared by all filters of the direction.
    pub held: Option<Vec<u8>>,
    /// The held bytes may exceed the limit: reading stops instead of failing.
    pub held_streaming: bool,
    /// The end of the message arrived.
    pub complete: bool,
    /// Body bytes received so far.
    pub received: u64,
    /// Headers left the last filter.
    pub headers_sent: bool,
    /// Body bytes that left the last filter.
    pub sent: u64,
    /// The end of the message left the last filter.
    pub end_sent: bool,
    /// A local reply cut the chain short.
    pub(super) aborted: bool,
    /// Callbacks of this direction on the stack.
    pub(super) callbacks_running: u32,
}

/// Whether and how a filter stopped a direction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Iteration {
    #[default]
    Running,
    /// Stopped, but the filter still gets callbacks for what arrives.
    StopSingle,
    /// Stopped without further callbacks; bytes beyond the limit are an error.
    StopAllBuffer,
    /// Stopped without further callbacks; at the limit reading stops.
    StopAllWatermark,
}

impl Iteration {
    pub fn stops_all(self) -> bool {
        matches!(self, Self::StopAllBuffer | Self::StopAllWatermark)
    }
}

/// What the body buffer of a filter refers to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum View {
    /// Nothing: reads find it empty, writes are refused.
    #[default]
    Nothing,
    /// The piece that is passing.
    Piece,
    /// Everything that is held.
    Held,
}

/// One filter's state in one direction.
#[derive(Clone, Debug, Default)]
pub struct FilterSide {
    pub iteration: Iteration,
    /// The callback whose answer stopped the direction.
    pub stopped_in: Option<Callback>,
    /// The guest may reach the headers.
    pub holds_headers: bool,
    /// The guest may reach the trailers.
    pub holds_trailers: bool,
    /// The body as the guest sees it.
    pub view: View,
    /// The piece that a body callback of this filter is about. It goes on even when the guest may not reach it.
    pub(super) piece: Vec<u8>,
    /// The last body callback answered StopIterationAndBuffer: the next one sees all that is held.
    pub buffering: bool,
    /// The same, but what was held has gone on since: the next callback sees what other filters hold.
    pub(super) was_buffering: bool,
    /// This filter's direction goes on after all was stopped: it has yet to see the body and the trailers itself.
    pub(super) goes_on_from_here: bool,
    /// This filter has passed the headers on.
    pub(super) headers_continued: bool,
    /// This filter has seen the end of the message.
    pub(super) saw_end: bool,
    /// This filter has been given the headers.
    pub(super) saw_headers: bool,
    /// METADATA frames that wait until the headers go on: the number of entries of each.
    pub(super) held_metadata: Vec<u32>,
    /// The callback for trailers is under way.
    pub(super) in_trailers: bool,
    /// What the guest is about to answer, while the actions it scheduled run: `true` = it stops.
    pub(super) answer_stops: Option<bool>,
}

impl FilterSide {
    /// Drops everything the guest held of the message, except for a body that is being buffered (recorded case 30-009).
    pub fn let_go(&mut self) {
        self.holds_headers = false;
        self.holds_trailers = false;
        if !self.buffering {
            self.view = View::Nothing;
        }
    }

    /// Tells what a callback is about to answer, before the actions that it scheduled run.
    pub fn announce(&mut self, stops: bool) {
        self.answer_stops = Some(stops);
    }
}
