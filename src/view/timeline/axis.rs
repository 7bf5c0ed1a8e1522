//! Where rows lie on the axis of time: measured time to scale, and in between the waits on the virtual clock, which are
//! thousands of times longer and so never to scale.

use super::{Row, RowRole, Timeline};
use crate::trace::{Direction, Event, EventId, EventKind, Step, StreamAction, Trace};

/// Shortest wait on the virtual clock that is shown, in nanoseconds. A guest that reads the clock moves it by a microsecond.
const SHORTEST: u64 = 100_000;

/// A stretch in which only the virtual clock moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wait {
    /// The first event after it.
    pub event: EventId,
    /// Where it lies in measured time, in nanoseconds since the run began.
    pub begin: u64,
    /// How long it is, and where the virtual clock then stands, in nanoseconds.
    pub length: u64,
    pub until: u64,
}

/// A direction that a filter stopped, from the event of its pause on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pause {
    pub event: EventId,
    /// The event with which it went on, or was over; `None`: nothing ended it.
    pub end: Option<EventId>,
}

/// The axis of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Axis {
    waits: Vec<Wait>,
    pauses: Vec<Pause>,
    /// Measured time of all callbacks, in nanoseconds.
    total: u64,
}

impl Axis {
    pub fn new(trace: &Trace, timeline: &Timeline) -> Self {
        let rows = timeline.rows();
        let mut waits = Vec::new();
        let mut clock = 0;
        let mut end = 0;
        for row in rows {
            let at = trace.event(row.event).map_or(0, |event| event.at);
            let is_top = row
                .parent
                .is_none_or(|parent| rows.get(parent as usize).is_some_and(|parent| parent.role.is_group()));
            if is_top && !row.role.is_group() && at.saturating_sub(clock) >= SHORTEST {
                waits.push(Wait { event: row.event, begin: row.begin, length: at - clock, until: at });
            }
            clock = clock.max(at);
            end = end.max(row.begin + row.length);
        }
        Self { waits, pauses: pauses(trace), total: end }
    }

    pub fn waits(&self) -> &[Wait] {
        &self.waits
    }

    /// Measured time from begin to end, in nanoseconds.
    pub fn total(&self) -> u64 {
        self.total
    }

    /// The last event of the run's streams: what comes after belongs to the proxy's shutdown. Gives its index.
    pub fn end_of_streams(&self, trace: &Trace) -> usize {
        let events = trace.events();
        let shutdown = events.iter().rposition(|event| matches!(event.kind, EventKind::Step(Step::Shutdown)));
        shutdown.unwrap_or(events.len()).saturating_sub(1)
    }

    /// Where an event lies, as a fraction of the measured time.
    pub fn share_of(&self, trace: &Trace, timeline: &Timeline, event: EventId) -> f32 {
        let row = timeline.row_of(trace, event).and_then(|row| timeline.rows().get(row));
        row.map_or(0.0, |row| (row.begin as f64 / self.total.max(1) as f64) as f32)
    }

    /// Number of waits before an event.
    pub fn waits_before(&self, event: EventId) -> usize {
        self.waits.partition_point(|wait| wait.event <= event)
    }

    /// The pause that begins at an event.
    pub fn pause_at(&self, event: EventId) -> Option<Pause> {
        let place = self.pauses.binary_search_by_key(&event, |pause| pause.event).ok()?;
        self.pauses.get(place).copied()
    }
}

/// All pauses, in order, with what ended them.
fn pauses(trace: &Trace) -> Vec<Pause> {
    let mut pauses: Vec<Pause> = Vec::new();
    /// Direction, filter, place in the list.
    type Open = Vec<(Direction, u16, usize)>;
    let mut open: Open = Vec::new();
    for (id, event) in trace.numbered() {
        let Event { kind: EventKind::Stream(action), .. } = *event else { continue };
        let ends: &dyn Fn(&(Direction, u16, usize)) -> bool = match action {
            StreamAction::Paused { direction, filter, .. } => {
                open.retain(|(d, f, _)| (*d, *f) != (direction, filter));
                open.push((direction, filter, pauses.len()));
                pauses.push(Pause { event: id, end: None });
                continue;
            }
            StreamAction::Resumed { direction, filter } => {
                &move |(d, f, _): &(Direction, u16, usize)| (*d, *f) == (direction, filter)
            }
            StreamAction::BodySent { direction, .. } | StreamAction::TrailersSent { direction } => {
                &move |(d, _, _): &(Direction, u16, usize)| *d == direction
            }
            StreamAction::LocalReply { .. } => {
                &|(d, _, _): &(Direction, u16, usize)| *d == Direction::Request
            }
            StreamAction::Reset { .. } | StreamAction::ConnectionClosed { .. } => &|_| true,
            _ => continue,
        };
        open.retain(|entry| {
            let is_over = ends(entry);
            if is_over {
                pauses[entry.2].end = Some(id);
            }
            !is_over
        });
    }
    pauses
}

/// Events that lie in one column of an overview of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Column {
    pub has_callback: bool,
    pub has_call: bool,
    pub has_failed: bool,
    /// Something is paused here.
    pub is_paused: bool,
    /// Some event writes.
    pub has_change: bool,
}

/// All events in this many columns, each with about the same number of events. Linear in the events.
pub fn overview(trace: &Trace, axis: &Axis, columns: usize) -> Vec<Column> {
    let events = trace.events();
    let mut found = vec![Column::default(); columns.min(events.len()).max(1)];
    let count = found.len();
    let column = |event: usize| event * count / events.len().max(1);
    for (index, event) in events.iter().enumerate() {
        let here = &mut found[column(index).min(count - 1)];
        match event.kind {
            EventKind::Callback { failed, .. } => {
                here.has_callback = true;
                here.has_failed |= failed;
            }
            EventKind::Call { .. } => here.has_call = true,
            EventKind::Limit(_) => here.has_failed = true,
            _ => {}
        }
    }
    for change in trace.changes() {
        found[column(change.event.index()).min(count - 1)].has_change = true;
    }
    for pause in &axis.pauses {
        let from = column(pause.event.index());
        let to = pause.end.map_or(count - 1, |end| column(end.index()));
        for here in &mut found[from.min(count - 1)..=to.min(count - 1)] {
            here.is_paused = true;
        }
    }
    found
}

impl Timeline {
    /// The rows directly inside a row that have a length of their own: host calls of a callback.
    pub fn calls_in(&self, row: usize) -> impl Iterator<Item = &Row> {
        let rows = self.rows();
        let inside = rows.get(row).map_or(0, |row| row.inside as usize);
        let parent = u32::try_from(row).ok();
        rows[row + 1..(row + 1 + inside).min(rows.len())]
            .iter()
            .filter(move |inner| inner.parent == parent && inner.role == RowRole::Call)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::abi::Callback;
    use crate::trace::{Leftovers, Outcome, Recorder, Step};

    fn paused() -> Trace {
        let mut recorder = Recorder::default();
        recorder.step(Step::RequestHeaders { exchange: 0 });
        let id = recorder.begin_callback(Callback::RequestHeaders, 0, &[2, 3, 1]);
        recorder.end_callback(id, Ok(Some(1)), 1_000);
        let (direction, filter) = (Direction::Request, 0);
        recorder.stream(StreamAction::Paused { direction, filter, callback: Callback::RequestHeaders });
        recorder.now = 42_000_000;
        let id = recorder.begin_callback(Callback::Tick, 0, &[1]);
        recorder.end_callback(id, Ok(None), 3_000);
        recorder.stream(StreamAction::Resumed { direction, filter });
        recorder.finish(Leftovers::default(), Outcome::Finished { status: 200 })
    }

    #[test]
    fn a_wait_lies_between_the_callbacks_that_it_parts() {
        let trace = paused();
        let timeline = Timeline::new(&trace);
        let axis = Axis::new(&trace, &timeline);
        let wait = axis.waits()[0];
        assert_eq!((wait.begin, wait.length, wait.until), (1_000, 42_000_000, 42_000_000));
        assert_eq!(axis.waits().len(), 1);
        assert_eq!(axis.total(), 4_000);
        let tick = EventId::from_index(3);
        assert_eq!((axis.waits_before(EventId::from_index(2)), axis.waits_before(tick)), (0, 1));
    }

    #[test]
    fn a_pause_lasts_until_its_filter_resumes() {
        let trace = paused();
        let axis = Axis::new(&trace, &Timeline::new(&trace));
        let pause = axis.pause_at(EventId::from_index(2)).expect("it pauses");
        assert_eq!(pause.end, Some(EventId::from_index(4)));
    }

    #[test]
    fn an_overview_has_no_more_columns_than_there_are_events_and_misses_none() {
        let trace = paused();
        let axis = Axis::new(&trace, &Timeline::new(&trace));
        let columns = overview(&trace, &axis, 600);
        assert_eq!(columns.len(), trace.events().len());
        assert_eq!(
            columns.iter().map(|column| column.is_paused).collect::<Vec<_>>(),
            [false, false, true, true, true]
        );
        let two = overview(&trace, &axis, 2);
        assert!(two.iter().all(|column| column.has_callback));
    }
}
