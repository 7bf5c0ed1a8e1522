//! What the filters did to the messages: before and after, side by side, with who wrote each difference.
//!
//! Before is the message as the first filter sees it, after as it left the last one. A part that never left (a paused
//! or failed stream) is shown as the filters left it, as far as the trace tells. What nobody in the trace wrote was
//! added by the proxy itself, and is marked so.

mod provenance;
mod rebuild;

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;

use self::provenance::Provenance;
pub use self::provenance::Writer;
use super::diff::{BodyDiff, Layout, Neighbour, RowKind, RowPlace, SHOWN, align_headers, marks, visible};
use super::secrets;
use crate::http::{Header, HeaderMap, MapKind};
use crate::scenario::Scenario;
use crate::trace::{EventId, Exchange, Part, Trace};

/// A name or value, ready to be shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HeaderCell {
    pub name: String,
    /// At most 4 KiB, control characters made visible.
    pub value: String,
    /// Byte ranges of `value` that differ from the other side.
    pub marks: Vec<Range<usize>>,
    /// Length of the whole value in bytes.
    pub full_len: usize,
    pub is_cut: bool,
    /// Some bytes are no UTF-8.
    pub is_lossy: bool,
    /// A credential, hidden until somebody asks for it ([`HeaderCell::masked`]).
    pub is_secret: bool,
}

impl HeaderCell {
    fn new(header: &Header) -> Self {
        let value = visible(&header.value, SHOWN);
        Self {
            name: visible(&header.name, SHOWN).text,
            value: value.text,
            marks: Vec::new(),
            full_len: header.value.len(),
            is_cut: value.is_cut,
            is_lossy: value.is_lossy,
            is_secret: secrets::is_secret(&header.name),
        }
    }

    /// The value as shown while secrets are hidden. Marks do not fit it.
    pub fn masked(&self) -> String {
        if self.is_secret { secrets::mask(self.name.as_bytes(), &self.value) } else { self.value.clone() }
    }
}

/// Who is behind a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum By {
    /// Nobody: the row is as the sender wrote it.
    Nobody,
    /// One of the filters; the row's writers say which calls.
    Filter,
    /// The proxy: `x-forwarded-proto`, `date`, framing, replies of its own.
    Host,
}

/// A row of a header section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeaderRow {
    pub kind: RowKind,
    pub before: Option<HeaderCell>,
    pub after: Option<HeaderCell>,
    /// The header stands elsewhere than before; changed headers may have moved as well.
    pub moved: Option<Moved>,
    pub by: By,
    /// The calls that wrote this header, in order.
    pub writers: Vec<Writer>,
}

/// Where a moved header stands now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Moved {
    First,
    /// Behind the header of this name.
    After(String),
}

/// The rows of a section.
#[derive(Clone, Debug)]
pub enum Content {
    Headers {
        rows: Vec<HeaderRow>,
        /// Unchanged rows that are hidden while only changes are shown.
        folds: Vec<Range<u32>>,
    },
    Body(Arc<BodyDiff>),
}

/// Number of rows (of a body: of changed places) by what happened to them. What the proxy did is not among them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub removed: usize,
    pub added: usize,
    pub changed: usize,
    pub moved: usize,
}

impl Counts {
    pub fn total(self) -> usize {
        self.removed + self.added + self.changed + self.moved
    }

    fn note(&mut self, kind: RowKind) {
        match kind {
            RowKind::Same => {}
            RowKind::Removed => self.removed += 1,
            RowKind::Added => self.added += 1,
            RowKind::Changed => self.changed += 1,
            RowKind::Moved => self.moved += 1,
        }
    }
}

/// Where the message came from that stands on the left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Origin {
    /// From the client or the upstream.
    Peer,
    /// There is none: a filter answered by itself.
    Filter,
    /// There is none: the proxy answered by itself.
    Host,
}

/// How far the message got that stands on the right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Delivery {
    Sent,
    /// It began to leave, but not to its end.
    Partly,
    /// It never left: it is shown as the filters left it.
    Held,
}

/// One part of a message.
#[derive(Clone, Debug)]
pub struct Section {
    pub part: Part,
    pub origin: Origin,
    pub delivery: Delivery,
    pub content: Content,
    pub counts: Counts,
    /// All calls that wrote this part, in order; of a body, those behind every change.
    pub writers: Vec<Writer>,
}

impl Section {
    /// Number of rows.
    pub fn len(&self) -> usize {
        match &self.content {
            Content::Headers { rows, .. } => rows.len(),
            Content::Body(body) => body.len(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Unchanged rows that are hidden while only changes are shown.
    pub fn folds(&self) -> &[Range<u32>] {
        match &self.content {
            Content::Headers { folds, .. } => folds,
            Content::Body(body) => body.folds(),
        }
    }

    /// The rows of a header section; none for a body.
    pub fn header_rows(&self) -> &[HeaderRow] {
        match &self.content {
            Content::Headers { rows, .. } => rows,
            Content::Body(_) => &[],
        }
    }

    pub fn body(&self) -> Option<&BodyDiff> {
        match &self.content {
            Content::Headers { .. } => None,
            Content::Body(body) => Some(body),
        }
    }
}

/// One stop of "next change".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChangeItem {
    /// Place in [`Changes::sections`].
    pub section: u16,
    /// First row, and one after the last: added or removed lines of a body that follow each other are one change.
    pub row: u32,
    pub end: u32,
}

/// What a change is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Label {
    Header(String),
    /// Such as `$.data.orders[0].phone`.
    JsonPath(String),
    /// Lines of a text, counted from 1.
    Lines(Range<usize>),
    /// Bytes of a binary body.
    Bytes(Range<usize>),
}

/// The difference that the filters made to one request and its reply.
#[derive(Clone, Debug)]
pub struct Changes {
    /// In the order request headers, body, trailers, response headers, body, trailers; empty parts are left out.
    pub sections: Vec<Section>,
    items: Vec<ChangeItem>,
    /// Events with the change they made, sorted.
    events: Vec<(EventId, u32)>,
}

impl Changes {
    /// Compares the messages of one exchange, counted from 0. The scenario tells what the peers sent themselves.
    pub fn new(trace: &Trace, scenario: &Scenario, exchange: usize) -> Self {
        let mut changes = Self { sections: Vec::new(), items: Vec::new(), events: Vec::new() };
        let Some(messages) = trace.exchanges.get(exchange) else { return changes };
        let provenance = Provenance::new(trace, exchange);
        for side in [request_side(messages, scenario), reply_side(messages, scenario)] {
            for section in sections_of(&side, &provenance) {
                changes.push(section);
            }
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
                for (row, header) in rows.iter().enumerate().filter(|(_, header)| is_item(header)) {
                    add(row..row + 1, &header.writers);
                }
            }
            Content::Body(body) if !section.writers.is_empty() => {
                // All writers stand behind all places; the first place is enough to find the body by.
                let mut writers = section.writers.as_slice();
                for rows in body_items(body) {
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
                if let Some(path) = body.path(row) {
                    return Some(Label::JsonPath(path));
                }
                let (first, last) = (body.place(row)?, body.place((item.end as usize).checked_sub(1)?)?);
                let number = |place: RowPlace| place.after.or(place.before).unwrap_or_default();
                let lines = number(first) + 1..number(last) + 2;
                Some(match body.layout() {
                    Layout::Hex => Label::Bytes((lines.start - 1) * 16..(lines.end - 1) * 16),
                    Layout::Text | Layout::Json => Label::Lines(lines),
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

/// Whether a row is a change of the filters.
fn is_item(row: &HeaderRow) -> bool {
    row.kind != RowKind::Same && row.by == By::Filter
}

/// The places of a body that differ: each changed row, and each run of added or removed rows.
fn body_items(body: &BodyDiff) -> impl Iterator<Item = Range<usize>> {
    body.changed_runs().flat_map(|(rows, kind)| {
        let step = if kind == RowKind::Changed { 1 } else { rows.len().max(1) };
        let end = rows.end;
        rows.step_by(step).map(move |row| row..(row + step).min(end))
    })
}

/// A message before and after the filters.
struct Side<'a> {
    is_request: bool,
    origin: Origin,
    before: Option<&'a crate::http::Message>,
    after: Option<&'a crate::trace::Sent>,
    /// Names of the headers that the sender wrote.
    written: Vec<&'a [u8]>,
}

fn request_side<'a>(messages: &'a Exchange, scenario: &'a Scenario) -> Side<'a> {
    Side {
        is_request: true,
        origin: Origin::Peer,
        before: messages.request.as_ref(),
        after: messages.upstream.as_ref(),
        written: names(&scenario.request.headers),
    }
}

fn reply_side<'a>(messages: &'a Exchange, scenario: &'a Scenario) -> Side<'a> {
    let local = messages.reply.as_ref().filter(|reply| reply.local);
    let received = messages.reply.as_ref().filter(|reply| !reply.local);
    let answers_itself = local.is_some() || received.is_none() && messages.downstream.is_some();
    Side {
        is_request: false,
        origin: if answers_itself { Origin::Filter } else { Origin::Peer },
        before: received.map(|reply| &reply.message),
        after: messages.downstream.as_ref(),
        written: names(&scenario.reply.headers),
    }
}

fn names(lines: &[crate::scenario::HeaderLine]) -> Vec<&[u8]> {
    lines.iter().filter_map(|line| Some(line.pair()?.0)).collect()
}

impl Side<'_> {
    /// Whether the sender itself wrote a header that nothing changed.
    fn is_own(&self, name: &[u8]) -> bool {
        name.starts_with(b":") || self.written.iter().any(|own| own.eq_ignore_ascii_case(name))
    }

    fn parts(&self) -> [Part; 3] {
        match self.is_request {
            true => [Part::RequestHeaders, Part::RequestBody, Part::RequestTrailers],
            false => [Part::ResponseHeaders, Part::ResponseBody, Part::ResponseTrailers],
        }
    }
}

fn sections_of(side: &Side, provenance: &Provenance) -> Vec<Section> {
    let [headers, body, trailers] = side.parts();
    let origin = match (side.origin, provenance.local_reply()) {
        (Origin::Filter, None) => Origin::Host,
        (origin, _) => origin,
    };
    if side.before.is_none() && side.after.is_none() {
        return Vec::new();
    }
    let mut sections = Vec::new();
    let entries = |map: Option<&HeaderMap>| map.map(|map| map.entries().to_vec()).unwrap_or_default();
    let old = entries(side.before.map(|message| &message.headers));
    let (new, delivery) = match side.after {
        Some(sent) => (entries(Some(&sent.headers)), Delivery::Sent),
        None => (rebuild::headers(kind_of(headers), &old, provenance.changes(headers)), Delivery::Held),
    };
    sections.push(header_section(headers, origin, delivery, (&old, &new), side, provenance));

    let old = side.before.map(|message| message.body.clone()).unwrap_or_default();
    let (new, delivery) = body_after(side, &old, body, provenance);
    if !old.is_empty() || !new.is_empty() {
        sections.push(body_section(body, origin, delivery, (&old, &new), provenance));
    }

    let old = side.before.and_then(|message| message.trailers.as_ref());
    let new = side.after.and_then(|sent| sent.trailers.as_ref());
    if old.is_some() || new.is_some() {
        let old = entries(old);
        let is_done = side.after.is_some_and(|sent| sent.complete);
        let (new, delivery) = match new {
            Some(_) => (entries(new), Delivery::Sent),
            None if is_done => (Vec::new(), Delivery::Sent),
            None => (rebuild::headers(kind_of(trailers), &old, provenance.changes(trailers)), Delivery::Held),
        };
        sections.push(header_section(trailers, origin, delivery, (&old, &new), side, provenance));
    }
    sections
}

fn kind_of(part: Part) -> MapKind {
    match part {
        Part::RequestTrailers => MapKind::RequestTrailers,
        Part::ResponseHeaders => MapKind::ResponseHeaders,
        Part::ResponseTrailers => MapKind::ResponseTrailers,
        _ => MapKind::RequestHeaders,
    }
}

fn body_after(side: &Side, old: &Bytes, part: Part, provenance: &Provenance) -> (Bytes, Delivery) {
    match side.after {
        Some(sent) if sent.complete => (sent.body.clone(), Delivery::Sent),
        Some(sent) if !sent.body.is_empty() => {
            let untouched = provenance.changes(part).is_empty() && old.starts_with(&sent.body);
            (if untouched { old.clone() } else { sent.body.clone() }, Delivery::Partly)
        }
        _ => (rebuild::body(old, provenance.changes(part)), Delivery::Held),
    }
}

fn header_section(
    part: Part,
    origin: Origin,
    delivery: Delivery,
    (old, new): (&[Header], &[Header]),
    side: &Side,
    provenance: &Provenance,
) -> Section {
    let answer = provenance.local_reply().filter(|_| part == Part::ResponseHeaders);
    let aligned = align_headers(old, new, |name| provenance.may_move(part, name));
    let mut counts = Counts::default();
    let rows: Vec<HeaderRow> = aligned
        .into_iter()
        .map(|pair| {
            let (left, right) = (pair.before.map(|at| &old[at]), pair.after.map(|at| &new[at]));
            let name = right.or(left).map(|header| header.name.clone()).unwrap_or_default();
            let mut writers = match pair.kind {
                RowKind::Same => Vec::new(),
                RowKind::Moved => provenance.touched(part, &name),
                _ => provenance.writers(part, &name),
            };
            // A reply of a filter's own replaces whatever the upstream said.
            let is_answer = left.is_some() || provenance.is_of_local_reply(&name);
            if pair.kind != RowKind::Same && is_answer {
                writers.splice(0..0, answer);
            }
            let by = match (pair.kind, writers.is_empty()) {
                (RowKind::Same, _) if is_trailers(part) || side.is_own(&name) => By::Nobody,
                (_, true) => By::Host,
                (_, false) => By::Filter,
            };
            let mut before = left.map(HeaderCell::new);
            let mut after = right.map(HeaderCell::new);
            if let (RowKind::Changed, Some(before), Some(after)) = (pair.kind, &mut before, &mut after) {
                let found = marks(&before.value, &after.value);
                before.marks = found.before;
                after.marks = found.after;
            }
            let moved = pair.moved.map(|neighbour| match neighbour {
                Neighbour::First => Moved::First,
                Neighbour::After(at) => Moved::After(visible(&new[at].name, SHOWN).text),
            });
            let row = HeaderRow { kind: pair.kind, before, after, moved, by, writers };
            if is_item(&row) {
                counts.note(row.kind);
            }
            row
        })
        .collect();
    let folds = header_folds(&rows);
    let mut writers = provenance.all(part);
    writers.splice(0..0, answer);
    Section { part, origin, delivery, content: Content::Headers { rows, folds }, counts, writers }
}

fn is_trailers(part: Part) -> bool {
    matches!(part, Part::RequestTrailers | Part::ResponseTrailers)
}

/// Runs of rows that no filter changed, from two rows on; what the proxy added folds as well.
fn header_folds(rows: &[HeaderRow]) -> Vec<Range<u32>> {
    let mut folds = Vec::new();
    let mut start = 0;
    for end in 0..=rows.len() {
        if rows.get(end).is_some_and(|row| !is_item(row)) {
            continue;
        }
        if end >= start + 2 {
            let small = |row: usize| u32::try_from(row).unwrap_or(u32::MAX);
            folds.push(small(start)..small(end));
        }
        start = end + 1;
    }
    folds
}

fn body_section(
    part: Part,
    origin: Origin,
    delivery: Delivery,
    (old, new): (&Bytes, &Bytes),
    provenance: &Provenance,
) -> Section {
    let body = Arc::new(BodyDiff::new(old, new));
    let mut writers = provenance.all(part);
    writers.splice(0..0, provenance.local_reply().filter(|_| part == Part::ResponseBody));
    let mut counts = Counts::default();
    if !writers.is_empty() {
        for rows in body_items(&body) {
            if let Some(place) = body.place(rows.start) {
                counts.note(place.kind);
            }
        }
    }
    Section { part, origin, delivery, content: Content::Body(body), counts, writers }
}
