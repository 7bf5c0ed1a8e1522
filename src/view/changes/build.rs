//! Makes the sections of one request and its reply.

use std::collections::HashSet;
use std::ops::Range;

use bytes::Bytes;

use super::bodies::{self, Body, Surroundings};
use super::parts::{By, Content, Counts, Delivery, HeaderCell, HeaderRow, Moved, Origin, Section};
use super::provenance::Provenance;
use super::rebuild;
use crate::http::{Header, HeaderMap, MapKind, Message};
use crate::scenario::{HeaderLine, Scenario};
use crate::trace::{Connection, Direction, Exchange, Outcome, Part, Sent};
use crate::view::body::Declared;
use crate::view::diff::{BodyDiff, Layout, Neighbour, RowKind, SHOWN, align_headers, marks, visible};

/// Whether a row is a change of the filters.
pub(super) fn is_item(row: &HeaderRow) -> bool {
    row.kind != RowKind::Same && row.by == By::Filter
}

/// The places of a body that differ: each changed row, and each run of added or removed rows. Rows of bytes are nothing
/// that anybody changes one by one.
pub(in crate::view) fn body_items(body: &BodyDiff) -> impl Iterator<Item = Range<usize>> {
    body.changed_runs().flat_map(|(rows, kind)| {
        let one_by_one = kind == RowKind::Changed && body.layout() != Layout::Hex;
        let step = if one_by_one { 1 } else { rows.len().max(1) };
        let end = rows.end;
        rows.step_by(step).map(move |row| row..(row + step).min(end))
    })
}

/// A message before and after the filters.
pub(super) struct Side<'a> {
    is_request: bool,
    origin: Origin,
    before: Option<&'a Message>,
    after: Option<&'a Sent>,
    /// Names of the headers that the sender wrote.
    written: HashSet<Vec<u8>>,
}

pub(super) fn request_side<'a>(messages: &'a Exchange, scenario: &'a Scenario) -> Side<'a> {
    Side {
        is_request: true,
        origin: Origin::Peer,
        before: messages.request.as_ref(),
        after: messages.upstream.as_ref(),
        written: names(&scenario.request.headers),
    }
}

pub(super) fn reply_side<'a>(messages: &'a Exchange, scenario: &'a Scenario) -> Side<'a> {
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

/// In lower case.
fn names(lines: &[HeaderLine]) -> HashSet<Vec<u8>> {
    lines.iter().filter_map(|line| Some(line.pair()?.0.to_ascii_lowercase())).collect()
}

impl Side<'_> {
    /// Whether the sender itself wrote a header that nothing changed.
    fn is_own(&self, name: &[u8]) -> bool {
        name.starts_with(b":") || self.written.contains(&name.to_ascii_lowercase())
    }

    fn parts(&self) -> [Part; 3] {
        match self.is_request {
            true => [Part::RequestHeaders, Part::RequestBody, Part::RequestTrailers],
            false => [Part::ResponseHeaders, Part::ResponseBody, Part::ResponseTrailers],
        }
    }
}

pub(super) fn sections_of(side: &Side, around: &Surroundings) -> Vec<Section> {
    let provenance = around.provenance;
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
    let declared = [Declared::of(&old), Declared::of(&new)];

    let old = side.before.map(|message| message.body.clone()).unwrap_or_default();
    let (new, delivery) = body_after(side, &old, body, provenance);
    if !old.is_empty() || !new.is_empty() {
        let body = Body { part: body, origin, delivery, before: &old, after: &new, declared };
        sections.extend(bodies::sections(&body, around));
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

/// What went each way over a TCP connection.
pub(super) fn data_sections(
    connection: &Connection,
    outcome: &Outcome,
    around: &Surroundings,
) -> Vec<Section> {
    let provenance = around.provenance;
    let directions = [(Direction::Request, Part::DownstreamData), (Direction::Response, Part::UpstreamData)];
    let section = |(direction, part): (Direction, Part)| {
        let (old, received, _) = connection.passed(direction);
        if old.is_empty() && received.is_empty() {
            return None;
        }
        let is_held = matches!(outcome, Outcome::Paused { direction: held, .. } if *held == direction);
        let (new, delivery) = match (is_held, received.is_empty()) {
            (true, true) => (rebuild::body(old, provenance.changes(part)), Delivery::Held),
            (true, false) => (Bytes::copy_from_slice(received), Delivery::Partly),
            (false, _) => (Bytes::copy_from_slice(received), Delivery::Sent),
        };
        let declared = [Declared::default(), Declared::default()];
        let body = Body { part, origin: Origin::Peer, delivery, before: old, after: &new, declared };
        Some(bodies::sections(&body, around))
    };
    directions.into_iter().filter_map(section).flatten().collect()
}

pub(super) fn kind_of(part: Part) -> MapKind {
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
                RowKind::Added => {
                    let value = right.map(|header| header.value.as_ref()).unwrap_or_default();
                    provenance.writers_of_added(part, &name, value)
                }
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
            let cell = |at: usize, entries: &[Header]| HeaderCell::new(at, &entries[at]);
            let mut before = pair.before.map(|at| cell(at, old));
            let mut after = pair.after.map(|at| cell(at, new));
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
    let content = Content::Headers { rows, folds };
    let (notes, pictures) = (Vec::new(), [None, None]);
    Section { part, origin, delivery, content, counts, writers, notes, pictures, batch: None }
}

fn is_trailers(part: Part) -> bool {
    matches!(part, Part::RequestTrailers | Part::ResponseTrailers)
}

/// Runs of rows that no filter changed, from two rows on; what the proxy added folds as well.
pub(in crate::view) fn header_folds(rows: &[HeaderRow]) -> Vec<Range<u32>> {
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
