//! Everything that happened, in order: callbacks with their host calls inside, what the streams did, what the scenario
//! did.
//!
//! Rows are small and flat, so that a list can show any stretch of them at once; words for a row are made when it is
//! seen. Start and end of a run, which hardly anybody looks at, are grouped.

mod axis;

use std::collections::BTreeMap;

pub use axis::{Axis, Column, Pause, Wait, overview};

use super::Language;
use super::sentences::timeline as words;
use crate::abi::{Callback, CallbackResult, DataStatus, HeadersStatus, HostCall, TrailersStatus};
use crate::scenario::Scenario;
use crate::trace::{Channel, Event, EventId, EventKind, Step, Trace};

/// What a row stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RowRole {
    /// The filters start; its event is the first one.
    StartGroup,
    /// The callbacks at the end of a stream and of the run.
    EndGroup,
    Callback,
    Call,
    Log,
    Stream,
    Step,
    Finding,
    Limit,
}

impl RowRole {
    /// Several rows that hardly anybody looks at, under one.
    pub fn is_group(self) -> bool {
        matches!(self, Self::StartGroup | Self::EndGroup)
    }
}

/// One row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    pub event: EventId,
    /// The row that contains this one.
    pub parent: Option<u32>,
    /// Number of rows inside this one, at any depth; they follow it.
    pub inside: u32,
    /// How deep it lies: 0 at the top.
    pub depth: u8,
    pub role: RowRole,
    /// A callback that did not return, or a group with one.
    pub has_failed: bool,
    /// Where it begins on the axis of measured time, in nanoseconds of guest time since the run began. Of a host call
    /// only its length is measured: the filter's own time is spread evenly around the calls of a callback.
    pub begin: u64,
    /// Measured length in nanoseconds; groups: the sum.
    pub length: u64,
}

/// Figures of a callback or group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Callbacks, for groups.
    pub callbacks: u32,
    pub calls: u32,
    pub changes: u32,
    /// Measured time in the host, in nanoseconds.
    pub host_nanos: u64,
}

/// Which rows to make.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Calls of the guest's allocator, which the host makes to hand over data.
    pub allocator: bool,
    /// Log lines under the call that wrote them.
    pub log_lines: bool,
}

/// All rows of a run.
#[derive(Clone, Debug, Default)]
pub struct Timeline {
    rows: Vec<Row>,
    totals: BTreeMap<u32, Totals>,
}

impl Timeline {
    pub fn new(trace: &Trace) -> Self {
        Self::with(trace, Options::default())
    }

    pub fn with(trace: &Trace, options: Options) -> Self {
        let mut builder = Builder {
            trace,
            options,
            rows: Vec::with_capacity(trace.events().len()),
            row_of: vec![u32::MAX; trace.events().len()],
            totals: BTreeMap::new(),
        };
        builder.add_rows();
        builder.add_changes();
        builder.add_lengths();
        Self { rows: builder.rows, totals: builder.totals }
    }

    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// Figures of a row; zeros where there are none.
    pub fn totals(&self, row: usize) -> Totals {
        u32::try_from(row).ok().and_then(|row| self.totals.get(&row)).copied().unwrap_or_default()
    }

    /// The row of an event, or of what contains it if it has none of its own.
    pub fn row_of(&self, trace: &Trace, event: EventId) -> Option<usize> {
        let mut event = event;
        loop {
            // Rows are in the order of their events; a group comes before the row of its first event.
            let end = self.rows.partition_point(|row| row.event <= event);
            if let Some(index) = end.checked_sub(1)
                && self.rows[index].event == event
            {
                return Some(index);
            }
            event = trace.event(event)?.parent?;
        }
    }

    /// The place of the group that an event begins, if it begins one.
    pub fn group_of(&self, event: EventId) -> Option<usize> {
        let place = self.rows.partition_point(|row| row.event < event);
        self.rows.get(place).filter(|row| row.event == event && row.role.is_group()).map(|_| place)
    }

    /// The callbacks directly inside a group.
    pub fn callbacks_in(&self, group: usize) -> impl Iterator<Item = &Row> {
        let inside = self.rows.get(group).map_or(0, |row| row.inside as usize);
        let rows = self.rows.iter().skip(group + 1).take(inside);
        rows.filter(move |row| row.role == RowRole::Callback && row.parent == Some(small(group)))
    }

    /// Places of the rows that are not inside a folded one. Linear in the number of rows that are seen.
    pub fn visible(&self, is_folded: impl Fn(usize) -> bool) -> Vec<u32> {
        let mut visible = Vec::new();
        let mut at = 0;
        while let Some(row) = self.rows.get(at) {
            visible.push(small(at));
            at += 1 + if row.inside > 0 && is_folded(at) { row.inside as usize } else { 0 };
        }
        visible
    }
}

struct Builder<'a> {
    trace: &'a Trace,
    options: Options,
    rows: Vec<Row>,
    /// The row of each event.
    row_of: Vec<u32>,
    totals: BTreeMap<u32, Totals>,
}

impl Builder<'_> {
    fn add_rows(&mut self) {
        let events = self.trace.events();
        let mut at = 0;
        let is_start = |event: &Event| {
            !matches!(event.kind, EventKind::Step(Step::RequestHeaders { .. } | Step::Connect))
        };
        let started = events.iter().take_while(|event| is_start(event)).count();
        if matches!(events.first().map(|event| event.kind), Some(EventKind::Step(Step::Start { .. }))) {
            self.add_group(RowRole::StartGroup, 0, started);
            at = started;
        }
        while at < events.len() {
            let end = self.end_group(at);
            if end > at {
                self.add_group(RowRole::EndGroup, at, end);
                at = end;
            } else {
                self.add_row(at, None, 0);
                at += 1;
            }
        }
    }

    /// Where a group of closing callbacks ends that begins at `at`; `at` if there is none worth a group.
    fn end_group(&self, at: usize) -> usize {
        let events = self.trace.events();
        let is_closing = |event: &Event| match event.kind {
            EventKind::Callback { callback, .. } => {
                matches!(callback, Callback::Done | Callback::Log | Callback::Delete)
            }
            EventKind::Step(Step::Shutdown) => true,
            _ => false,
        };
        let mut end = at;
        let mut callbacks = 0;
        while let Some(event) = events.get(end) {
            if event.parent.is_none() {
                if !is_closing(event) {
                    break;
                }
                callbacks += usize::from(matches!(event.kind, EventKind::Callback { .. }));
            } else if end == at {
                return at;
            }
            end += 1;
        }
        if callbacks >= 2 { end } else { at }
    }

    fn add_group(&mut self, role: RowRole, from: usize, to: usize) {
        let group = small(self.rows.len());
        self.rows.push(Row {
            event: EventId::from_index(from),
            parent: None,
            inside: 0,
            depth: 0,
            role,
            has_failed: false,
            begin: 0,
            length: 0,
        });
        for index in from..to {
            self.add_row(index, Some(group), 1);
        }
    }

    fn add_row(&mut self, index: usize, group: Option<u32>, top: u8) {
        let event = &self.trace.events()[index];
        let Some((role, has_failed)) = self.role(index, event) else { return };
        let above = self.row_above(event);
        let parent = above.or(group);
        let depth = above.map_or(top, |row| self.rows[row as usize].depth.saturating_add(1));
        self.row_of[index] = small(self.rows.len());
        let id = EventId::from_index(index);
        self.rows.push(Row { event: id, parent, inside: 0, depth, role, has_failed, begin: 0, length: 0 });
        let mut up = parent;
        while let Some(row) = up {
            let at = row as usize;
            self.rows[at].inside += 1;
            self.rows[at].has_failed |= has_failed && self.rows[at].parent.is_none();
            let totals = self.totals.entry(row).or_default();
            match role {
                RowRole::Callback => totals.callbacks += 1,
                RowRole::Call => totals.calls += 1,
                _ => {}
            }
            up = self.rows[at].parent;
        }
    }

    /// The row of the nearest event around this one that has a row.
    fn row_above(&self, event: &Event) -> Option<u32> {
        let mut parent = event.parent;
        while let Some(id) = parent {
            match self.row_of.get(id.index()) {
                Some(row) if *row != u32::MAX => return Some(*row),
                _ => parent = self.trace.event(id)?.parent,
            }
        }
        None
    }

    /// What an event is in the list, and whether it failed; `None` if it is not listed.
    fn role(&self, index: usize, event: &Event) -> Option<(RowRole, bool)> {
        Some(match event.kind {
            EventKind::Callback { callback: Callback::Malloc | Callback::MemoryAllocate, failed, .. } => {
                let next = self.trace.events().get(index + 1);
                let has_children = next.is_some_and(|next| next.parent == Some(EventId::from_index(index)));
                if !(self.options.allocator || failed || has_children) {
                    return None;
                }
                (RowRole::Callback, failed)
            }
            EventKind::Callback { failed, .. } => (RowRole::Callback, failed),
            EventKind::Call { .. } => (RowRole::Call, false),
            EventKind::Log { channel, .. } => {
                let is_told = channel != Channel::Host && event.parent.is_some_and(|id| self.is_logging(id));
                if is_told && !self.options.log_lines {
                    return None;
                }
                (RowRole::Log, false)
            }
            EventKind::Stream(_) => (RowRole::Stream, false),
            EventKind::Step(_) => (RowRole::Step, false),
            EventKind::Finding(_) => (RowRole::Finding, false),
            EventKind::Limit(_) => (RowRole::Limit, false),
        })
    }

    /// Whether an event is a call whose row says what the log line says.
    fn is_logging(&self, event: EventId) -> bool {
        let call = self.trace.call_of(event).map(|(call, _)| call);
        matches!(call, Some(HostCall::Log | HostCall::FdWrite | HostCall::FdPwrite))
    }

    fn add_changes(&mut self) {
        for change in self.trace.changes() {
            let mut up = self.row_of.get(change.event.index()).copied().filter(|row| *row != u32::MAX);
            while let Some(row) = up {
                self.totals.entry(row).or_default().changes += 1;
                up = self.rows[row as usize].parent;
            }
        }
    }

    /// Lengths from the measured times, and places on the axis.
    fn add_lengths(&mut self) {
        for row in self.rows.iter_mut().filter(|row| !row.role.is_group()) {
            row.length = nanos(self.trace, row.event);
        }
        for index in 0..self.rows.len() {
            let row = self.rows[index];
            let Some(parent) = row.parent else { continue };
            match (row.role, self.rows[parent as usize].role) {
                (RowRole::Call, RowRole::Callback) => {
                    self.totals.entry(parent).or_default().host_nanos += row.length;
                    if let Some(group) = self.rows[parent as usize].parent {
                        self.totals.entry(group).or_default().host_nanos += row.length;
                    }
                }
                (RowRole::Callback, RowRole::StartGroup | RowRole::EndGroup) => {
                    self.rows[parent as usize].length += row.length;
                }
                _ => {}
            }
        }
        self.place(0, self.rows.len(), 0, 0);
    }

    /// Places rows of one level one after the other, each pushed on by `gap`.
    fn place(&mut self, from: usize, to: usize, begin: u64, gap: u64) {
        let (mut at, mut time) = (from, begin);
        while at < to {
            let row = self.rows[at];
            if row.length > 0 {
                time += gap;
            }
            self.rows[at].begin = time;
            let end = at + 1 + row.inside as usize;
            if row.inside > 0 {
                let calls = (at + 1..end).filter(|inner| self.rows[*inner].parent == Some(small(at)));
                let timed: Vec<u64> =
                    calls.map(|inner| self.rows[inner].length).filter(|length| *length > 0).collect();
                let own = row.length.saturating_sub(timed.iter().sum());
                self.place(at + 1, end, time, own / (timed.len() as u64 + 1));
            }
            time += row.length;
            at = end;
        }
    }
}

fn nanos(trace: &Trace, event: EventId) -> u64 {
    u64::try_from(trace.duration(event).as_nanos()).unwrap_or(u64::MAX)
}

fn small(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// What a callback answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Answer {
    /// It has no answer that means anything.
    Nothing,
    Continue,
    /// It stopped the stream, with the status by name.
    Pause(&'static str),
    True,
    False,
    /// It did not return.
    Failed,
}

impl Answer {
    /// The answer of callback event `event`, converted as Envoy converts it for this filter of the scenario.
    pub fn of(trace: &Trace, scenario: &Scenario, event: EventId) -> Self {
        let Some(EventKind::Callback { callback, filter, result, failed, .. }) =
            trace.event(event).map(|e| e.kind)
        else {
            return Self::Nothing;
        };
        if failed {
            return Self::Failed;
        }
        let Some(result) = result else { return Self::Nothing };
        let filter = scenario.chain.get(usize::from(filter));
        let allows_stop = filter.is_some_and(|filter| filter.allow_on_headers_stop_iteration);
        let named = |name: &'static str| if name == "Continue" { Self::Continue } else { Self::Pause(name) };
        match callback.spec().result {
            CallbackResult::Truth if result != 0 => Self::True,
            CallbackResult::Truth => Self::False,
            CallbackResult::Headers => named(HeadersStatus::from_guest(result, allows_stop).name()),
            CallbackResult::Data => named(DataStatus::from_guest(result).name()),
            CallbackResult::Trailers => named(TrailersStatus::from_guest(result).name()),
            CallbackResult::Network => named(if result == 0 { "Continue" } else { "StopIteration" }),
            CallbackResult::Nothing | CallbackResult::Ignored | CallbackResult::Address => Self::Nothing,
        }
    }

    /// The word beside the callback; empty if it has none.
    pub fn word(self) -> &'static str {
        match self {
            Self::Nothing | Self::Failed => "",
            Self::Continue => "Continue",
            Self::Pause(_) => "Pause",
            Self::True => "true",
            Self::False => "false",
        }
    }
}

/// Name and words of a row. Host calls have only a name: their arguments are decoded elsewhere.
pub fn describe(trace: &Trace, row: &Row, totals: Totals, language: Language) -> (String, super::Text) {
    match (row.role, trace.event(row.event).map(|event| event.kind)) {
        (RowRole::StartGroup, _) => (words::start_group(language).into(), words::group(language, totals)),
        (RowRole::EndGroup, _) => (words::end_group(language).into(), words::group(language, totals)),
        (_, Some(EventKind::Callback { callback, .. })) => {
            (callback.short_name().into(), words::callback_args(language, callback, trace.args(row.event)))
        }
        (_, Some(EventKind::Call { call, .. })) => (call.short_name().into(), super::Text::default()),
        (_, Some(EventKind::Log { level, .. })) => {
            let line = trace.log_line(row.event).map(|line| line.message).unwrap_or_default();
            (level.name().into(), super::Text::new(super::code(line)))
        }
        (_, Some(EventKind::Stream(action))) => {
            let (title, more) = words::action(language, action);
            (title, words::resumed(language, trace, row.event).unwrap_or(more))
        }
        (_, Some(EventKind::Step(step))) => (String::new(), words::step(language, step)),
        (_, Some(EventKind::Finding(finding))) => {
            (super::sentences::finding::title(language, finding).to_string(), super::Text::default())
        }
        (_, Some(EventKind::Limit(limit))) => {
            (super::sentences::limit::name(language, limit).into(), super::Text::default())
        }
        (_, None) => Default::default(),
    }
}

#[cfg(test)]
mod tests;
