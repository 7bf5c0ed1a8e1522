//! What the upstream got, and the client, from two runs.

use std::sync::Arc;

use bytes::Bytes;

use super::{Rows, Section, Topic};
use crate::http::{Header, HeaderMap};
use crate::trace::{Direction, Exchange, Part, Sent, Trace};
use crate::view::body::{self, Declared};
use crate::view::changes::{By, HeaderCell, HeaderRow, Moved, Provenance, header_folds};
use crate::view::diff::{BodyDiff, Neighbour, RowKind, SHOWN, align_headers, marks, visible};

/// The parts of what was sent one way.
struct Way {
    headers: Part,
    body: Part,
    trailers: Part,
    sent: fn(&Exchange) -> Option<&Sent>,
}

const WAYS: [Way; 2] = [
    Way {
        headers: Part::RequestHeaders,
        body: Part::RequestBody,
        trailers: Part::RequestTrailers,
        sent: |exchange| exchange.upstream.as_ref(),
    },
    Way {
        headers: Part::ResponseHeaders,
        body: Part::ResponseBody,
        trailers: Part::ResponseTrailers,
        sent: |exchange| exchange.downstream.as_ref(),
    },
];

/// The sections of one request, or of a TCP connection, counted from 0.
pub(super) fn sections(a: &Trace, b: &Trace, exchange: usize) -> Vec<Section> {
    let writers = Provenance::new(b, exchange);
    let messages = [a, b].map(|trace| trace.exchanges.get(exchange));
    let mut sections = Vec::new();
    for way in &WAYS {
        let sent = messages.map(|exchange| exchange.and_then(way.sent));
        let headers = sent.map(|sent| entries(sent.map(|sent| &sent.headers)));
        sections.push(header_section(way.headers, &headers, &writers));
        let bodies = sent.map(|sent| sent.map(|sent| sent.body.clone()).unwrap_or_default());
        let declared = [Declared::of(&headers[0]), Declared::of(&headers[1])];
        let read = body::read((&bodies[0], &declared[0]), (&bodies[1], &declared[1]));
        let (diff, notes) = (Arc::new(read.diff), read.notes);
        let rows = Rows::Body { diff, writers: writers.all(way.body), notes };
        sections.push(Section::new(Topic::Part(way.body), rows));
        let trailers = sent.map(|sent| entries(sent.and_then(|sent| sent.trailers.as_ref())));
        sections.push(header_section(way.trailers, &trailers, &writers));
    }
    let directions = [(Direction::Request, Part::DownstreamData), (Direction::Response, Part::UpstreamData)];
    for (direction, part) in directions {
        let received = [a, b].map(|trace| match trace.connections.get(exchange) {
            Some(connection) => Bytes::copy_from_slice(connection.passed(direction).1),
            None => Bytes::new(),
        });
        let diff = Arc::new(BodyDiff::new(&received[0], &received[1]));
        let rows = Rows::Body { diff, writers: writers.all(part), notes: Vec::new() };
        sections.push(Section::new(Topic::Part(part), rows));
    }
    sections
}

fn entries(map: Option<&HeaderMap>) -> Vec<Header> {
    map.map(|map| map.entries().to_vec()).unwrap_or_default()
}

fn header_section(part: Part, [old, new]: &[Vec<Header>; 2], writers: &Provenance<'_>) -> Section {
    // Nobody moved a header from one run to the other, so that any of two may be the one that stands elsewhere.
    let aligned = align_headers(old, new, |_| true);
    let row = |pair: crate::view::diff::HeaderPair| {
        let cell = |place: Option<usize>, entries: &[Header]| {
            place.and_then(|place| Some(HeaderCell::new(place, entries.get(place)?)))
        };
        let (mut before, mut after) = (cell(pair.before, old), cell(pair.after, new));
        if let (RowKind::Changed, Some(before), Some(after)) = (pair.kind, &mut before, &mut after) {
            let found = marks(&before.value, &after.value);
            (before.marks, after.marks) = (found.before, found.after);
        }
        let moved = pair.moved.and_then(|neighbour| match neighbour {
            Neighbour::First => Some(Moved::First),
            Neighbour::After(at) => Some(Moved::After(visible(&new.get(at)?.name, SHOWN).text)),
        });
        let name = pair.after.and_then(|at| new.get(at)).map(|header| header.name.clone());
        let writers = match (pair.kind, name) {
            (RowKind::Same, _) | (_, None) => Vec::new(),
            (_, Some(name)) => {
                let own = writers.writers(part, &name);
                let answer = writers.local_reply().filter(|_| writers.is_of_local_reply(&name));
                answer.into_iter().chain(own).collect()
            }
        };
        let by = if pair.kind == RowKind::Same { By::Nobody } else { By::Filter };
        HeaderRow { kind: pair.kind, before, after, moved, by, writers }
    };
    let rows: Vec<HeaderRow> = aligned.into_iter().map(row).collect();
    let folds = header_folds(&rows);
    Section::new(Topic::Part(part), Rows::Headers { rows, folds })
}
