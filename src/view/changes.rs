//! What the filters did to the messages: before and after, side by side, with who wrote each difference.
//!
//! Before is the message as the first filter sees it, after as it left the last one. A part that never left (a paused
//! or failed stream) is shown as the filters left it, as far as the trace tells. What nobody in the trace wrote was
//! added by the proxy itself, and is marked so.

mod bodies;
mod build;
pub mod chunks;
mod parts;
mod provenance;
mod rebuild;

use std::ops::Range;

pub(in crate::view) use self::build::{body_items, header_folds};
pub use self::parts::{
    BodyMode, By, ChangeItem, Content, Counts, Delivery, HeaderCell, HeaderRow, Label, Moved, Origin, Section,
};
pub(in crate::view) use self::provenance::Provenance;
pub use self::provenance::Writer;
pub(in crate::view) use self::provenance::callback_around;
pub(in crate::view) use self::rebuild::headers as rebuilt_headers;
use super::diff::{Layout, RowPlace};
use crate::scenario::Scenario;
use crate::trace::{EventId, Part, Trace};

/// The callback in which something happened, as people say it.
pub fn callback_name(trace: &Trace, event: EventId) -> Option<&'static str> {
    callback_around(trace, event).map(|(callback, _)| callback.short_name())
}

/// The difference that the filters made to one request and its reply.
#[derive(Clone, Debug, Default)]
pub struct Changes {
    /// In the order request headers, body, trailers, response headers, body, trailers; of a TCP connection the client's
    /// bytes and the upstream's. Empty parts are left out.
    pub sections: Vec<Section>,
    items: Vec<ChangeItem>,
    /// Events with the change they made, sorted.
    events: Vec<(EventId, u32)>,
}

impl Changes {
    /// Compares the messages of one exchange, counted from 0; a TCP connection counts as one. The scenario tells what the peers sent themselves.
    pub fn new(trace: &Trace, scenario: &Scenario, exchange: usize) -> Self {
        Self::with_bodies(trace, scenario, exchange, BodyMode::Whole)
    }

    /// The same, with bodies in the way that somebody wants to see them.
    pub fn with_bodies(trace: &Trace, scenario: &Scenario, exchange: usize, mode: BodyMode) -> Self {
        let mut changes = Self { sections: Vec::new(), items: Vec::new(), events: Vec::new() };
        let provenance = Provenance::new(trace, exchange);
        let around = bodies::Surroundings { trace, exchange, provenance: &provenance, mode };
        let sections = match (trace.exchanges.get(exchange), trace.connections.get(exchange)) {
            (Some(messages), _) => {
                let sides = [build::request_side(messages, scenario), build::reply_side(messages, scenario)];
                sides.iter().flat_map(|side| build::sections_of(side, &around)).collect()
            }
            (None, Some(connection)) => build::data_sections(connection, &trace.outcome, &around),
            _ => Vec::new(),
        };
        for section in sections {
            changes.push(section);
        }
        changes.events.sort_unstable();
        changes.events.dedup_by_key(|(event, _)| *event);
        changes
    }

    fn push(&mut self, section: Section) {
        let number = u16::try_from(self.sections.len()).unwrap_or(u16::MAX);
        let small = |row: usize| u32::try_from(row).unwrap_or(u32::MAX);
        let mut add = |rows: Range<usize>, writers: &[Writer]| {
            let item = small(self.items.len());
            self.items.push(ChangeItem { section: number, row: small(rows.start), end: small(rows.end) });
            self.events.extend(writers.iter().map(|writer| (writer.event, item)));
        };
        match &section.content {
            Content::Headers { rows, .. } => {
                for (row, header) in rows.iter().enumerate().filter(|(_, header)| build::is_item(header)) {
                    add(row..row + 1, &header.writers);
                }
            }
            Content::Body(body) if !section.writers.is_empty() => {
                // All writers stand behind all places; the first place is enough to find the body by.
                let mut writers = section.writers.as_slice();
                for rows in build::body_items(body) {
                    add(rows, writers);
                    writers = &[];
                }
            }
            Content::Body(_) => {}
        }
        self.sections.push(section);
    }

    /// All changes of the filters in order, those of the proxy left out.
    pub fn items(&self) -> &[ChangeItem] {
        &self.items
    }

    /// The change after this one, or the first; the last is followed by the first.
    pub fn next(&self, current: Option<usize>) -> Option<usize> {
        let count = self.items.len();
        (count > 0).then(|| current.map_or(0, |current| (current + 1) % count))
    }

    /// The change before this one, or the last.
    pub fn previous(&self, current: Option<usize>) -> Option<usize> {
        let count = self.items.len();
        (count > 0).then(|| current.map_or(count - 1, |current| (current + count - 1) % count))
    }

    /// The change that a row belongs to.
    pub fn item_at(&self, section: usize, row: usize) -> Option<usize> {
        let key = |item: &ChangeItem| (usize::from(item.section), item.row as usize);
        let index = self.items.partition_point(|item| key(item) <= (section, row)).checked_sub(1)?;
        let item = self.items.get(index)?;
        (usize::from(item.section) == section && row < item.end as usize).then_some(index)
    }

    /// The change that a host call made, so far as it is still to be seen in the result.
    pub fn item_of(&self, event: EventId) -> Option<usize> {
        let index = self.events.binary_search_by_key(&event, |(event, _)| *event).ok()?;
        self.events.get(index).map(|(_, item)| *item as usize)
    }

    /// The calls behind a change, in order.
    pub fn writers(&self, item: usize) -> &[Writer] {
        let Some((item, section)) = self.find(item) else { return &[] };
        match &section.content {
            Content::Headers { rows, .. } => rows.get(item.row as usize).map_or(&[], |row| &row.writers),
            Content::Body(_) => &section.writers,
        }
    }

    /// What a change is called: the header's name, or where in the body it is.
    pub fn label(&self, item: usize) -> Option<Label> {
        let (item, section) = self.find(item)?;
        let row = item.row as usize;
        match &section.content {
            Content::Headers { rows, .. } => {
                let row = rows.get(row)?;
                let cell = row.after.as_ref().or(row.before.as_ref())?;
                Some(Label::Header(cell.name.clone()))
            }
            Content::Body(body) => {
                if let Some(name) = body.name(row) {
                    return Some(match body.layout() {
                        Layout::Json => Label::JsonPath(name),
                        Layout::Multipart => Label::Part(name),
                        _ => Label::Field(name),
                    });
                }
                let (first, last) = (body.place(row)?, body.place((item.end as usize).checked_sub(1)?)?);
                let number = |place: RowPlace| place.after.or(place.before).unwrap_or_default();
                let lines = number(first) + 1..number(last) + 2;
                Some(match body.layout() {
                    Layout::Hex => Label::Bytes((lines.start - 1) * 16..(lines.end - 1) * 16),
                    Layout::Text | Layout::Json | Layout::Form | Layout::Multipart => Label::Lines(lines),
                })
            }
        }
    }

    /// The section of a part, with its place.
    pub fn section(&self, part: Part) -> Option<(usize, &Section)> {
        self.sections.iter().enumerate().find(|(_, section)| section.part == part)
    }

    fn find(&self, item: usize) -> Option<(ChangeItem, &Section)> {
        let item = *self.items.get(item)?;
        Some((item, self.sections.get(usize::from(item.section))?))
    }
}
