//! Two runs side by side: A at the left as "before", B at the right as "after".
//!
//! What came out of them (to the upstream, to the client), and how: host calls, callbacks, log lines, findings, metrics and
//! endings. Messages are compared by the machinery of the changes view; everything that is a sequence is written as lines of
//! text and compared as a text is, which bounds the work and finds the words that differ. Figures are compared in [`cost`].

pub mod cost;
mod digest;
mod lines;
mod messages;

use std::ops::Range;
use std::sync::Arc;

pub use self::digest::{Differs, Digest};
use super::changes::{Counts, HeaderRow, Writer, body_items};
use super::diff::{BodyDiff, RowKind};
use super::{Language, body};
use crate::scenario::Scenario;
use crate::trace::{EventId, Part, Trace};

/// One of two runs.
#[derive(Clone, Copy, Debug)]
pub struct Side<'a> {
    pub trace: &'a Trace,
    pub scenario: &'a Scenario,
}

/// In which words they are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Manner {
    pub language: Language,
    /// Credentials are hidden.
    pub masks: bool,
}

/// What a section compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Topic {
    /// How each request ended.
    Outcome,
    /// A part of what the upstream got, or the client.
    Part(Part),
    /// Metrics at the end of the run.
    Metrics,
    Calls,
    /// Callbacks with what they returned.
    Callbacks,
    Logs,
    Findings,
}

/// The rows of a section.
#[derive(Clone, Debug)]
pub enum Rows {
    Headers {
        rows: Vec<HeaderRow>,
        folds: Vec<Range<u32>>,
    },
    Body {
        diff: Arc<BodyDiff>,
        /// The calls that wrote B's body.
        writers: Vec<Writer>,
        notes: Vec<body::Note>,
    },
    Lines {
        diff: Arc<BodyDiff>,
        /// The event of each line, by side; empty where lines are no events.
        events: [Vec<EventId>; 2],
    },
}

/// One thing that two runs are compared by.
#[derive(Clone, Debug)]
pub struct Section {
    pub topic: Topic,
    pub rows: Rows,
    pub counts: Counts,
}

impl Section {
    fn new(topic: Topic, rows: Rows) -> Self {
        let mut counts = Counts::default();
        for row in rows.items() {
            counts.note(rows.kind(row.start));
        }
        Self { topic, rows, counts }
    }

    pub fn differs(&self) -> bool {
        self.counts.total() > 0
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        match &self.rows {
            Rows::Headers { rows, .. } => rows.len(),
            Rows::Body { diff, .. } | Rows::Lines { diff, .. } => diff.len(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Equal rows that may be hidden.
    pub fn folds(&self) -> &[Range<u32>] {
        match &self.rows {
            Rows::Headers { folds, .. } => folds,
            Rows::Body { diff, .. } | Rows::Lines { diff, .. } => diff.folds(),
        }
    }

    /// How many rows A has, and B.
    pub fn sizes(&self) -> (usize, usize) {
        match &self.rows {
            Rows::Headers { rows, .. } => {
                let side = |has: fn(&HeaderRow) -> bool| rows.iter().filter(|row| has(row)).count();
                (side(|row| row.before.is_some()), side(|row| row.after.is_some()))
            }
            Rows::Body { diff, .. } | Rows::Lines { diff, .. } => diff.line_counts(),
        }
    }

    /// The event that a row of B is about, or A's where B has none.
    pub fn events(&self, row: usize) -> [Option<EventId>; 2] {
        match &self.rows {
            Rows::Headers { rows, .. } => {
                let writer = rows.get(row).and_then(|row| row.writers.last());
                [None, writer.map(|writer| writer.event)]
            }
            Rows::Body { .. } => [None, None],
            Rows::Lines { diff, events } => {
                let place = diff.place(row);
                let find = |line: Option<usize>, events: &[EventId]| events.get(line?).copied();
                [
                    find(place.and_then(|place| place.before), &events[0]),
                    find(place.and_then(|place| place.after), &events[1]),
                ]
            }
        }
    }
}

impl Rows {
    /// The places that differ.
    fn items(&self) -> Vec<Range<usize>> {
        match self {
            Self::Headers { rows, .. } => {
                let differs = |(_, row): &(usize, &HeaderRow)| row.kind != RowKind::Same;
                rows.iter().enumerate().filter(differs).map(|(place, _)| place..place + 1).collect()
            }
            Self::Body { diff, .. } => body_items(diff).collect(),
            // Each line stands for itself.
            Self::Lines { diff, .. } => {
                diff.changed_runs().flat_map(|(rows, _)| rows.map(|row| row..row + 1)).collect()
            }
        }
    }

    fn kind(&self, row: usize) -> RowKind {
        match self {
            Self::Headers { rows, .. } => rows.get(row).map_or(RowKind::Same, |row| row.kind),
            Self::Body { diff, .. } | Self::Lines { diff, .. } => {
                diff.place(row).map_or(RowKind::Same, |place| place.kind)
            }
        }
    }
}

/// A place that differs: a section, and its rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    pub section: usize,
    pub rows: Range<usize>,
}

/// Two runs of which everything was compared.
#[derive(Clone, Debug, Default)]
pub struct Comparison {
    /// In the order in which a reader wants them: endings and messages first.
    pub sections: Vec<Section>,
    items: Vec<Item>,
}

impl Comparison {
    /// Compares what became of one request, counted from 0, and the runs around it.
    pub fn new(manner: Manner, a: Side<'_>, b: Side<'_>, exchange: usize) -> Self {
        let mut sections = vec![lines::outcomes(manner, a, b)];
        sections.extend(messages::sections(a.trace, b.trace, exchange));
        sections.push(lines::metrics(a.trace, b.trace));
        sections.push(lines::calls(manner, a.trace, b.trace));
        sections.push(lines::callbacks(manner, a.trace, b.trace));
        sections.push(lines::logs(a.trace, b.trace));
        sections.push(lines::findings(manner, a.trace, b.trace));
        sections.retain(|section| !section.is_empty());
        let item = |(section, rows)| Item { section, rows };
        let of_section = |(place, section): (usize, &Section)| {
            section.rows.items().into_iter().map(move |rows| item((place, rows))).collect::<Vec<_>>()
        };
        let items = sections.iter().enumerate().flat_map(of_section).collect();
        Self { sections, items }
    }

    /// Everything that differs, in order.
    pub fn items(&self) -> &[Item] {
        &self.items
    }

    /// The difference that a row belongs to.
    pub fn item_at(&self, section: usize, row: usize) -> Option<usize> {
        let place = self.items.partition_point(|item| (item.section, item.rows.start) <= (section, row));
        let item = self.items.get(place.checked_sub(1)?)?;
        (item.section == section && item.rows.contains(&row)).then_some(place - 1)
    }

    /// Whether the runs were the same, whatever time they took.
    pub fn is_same(&self) -> bool {
        self.items.is_empty()
    }

    pub fn section(&self, topic: Topic) -> Option<&Section> {
        self.sections.iter().find(|section| section.topic == topic)
    }
}

#[cfg(test)]
mod tests;
