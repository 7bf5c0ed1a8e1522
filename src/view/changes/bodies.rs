//! Makes the sections of a body: one for the whole, or one for each stretch of it that arrived and left.

use std::sync::Arc;

use bytes::Bytes;

use super::chunks::{self, Batch};
use super::parts::{BodyMode, Content, Counts, Delivery, Origin, Section};
use super::provenance::{Provenance, Writer};
use super::{build, rebuild};
use crate::trace::{Part, Trace};
use crate::view::body::{self, Declared};
use crate::view::diff::BodyDiff;

/// A body before and after the filters, and what the headers on either side say of it.
pub(super) struct Body<'a> {
    pub part: Part,
    pub origin: Origin,
    pub delivery: Delivery,
    pub before: &'a Bytes,
    pub after: &'a Bytes,
    pub declared: [Declared; 2],
}

/// Where its pieces and its writers are found.
pub(super) struct Surroundings<'a> {
    pub trace: &'a Trace,
    pub exchange: usize,
    pub provenance: &'a Provenance<'a>,
    pub mode: BodyMode,
}

pub(super) fn sections(body: &Body<'_>, around: &Surroundings<'_>) -> Vec<Section> {
    let mut writers = around.provenance.all(body.part);
    let answer = around.provenance.local_reply().filter(|_| body.part == Part::ResponseBody);
    writers.splice(0..0, answer);
    let whole = |diff| section(body, body.delivery, diff, writers.clone());
    // Bytes of a connection have no headers that could say what they are.
    let is_data = matches!(body.part, Part::DownstreamData | Part::UpstreamData);
    match around.mode {
        BodyMode::Whole if is_data => vec![whole(BodyDiff::new(body.before, body.after))],
        BodyMode::Whole => {
            let [before, after] = &body.declared;
            let read = body::read((body.before, before), (body.after, after));
            let section = whole(read.diff);
            vec![Section { notes: read.notes, pictures: read.pictures, ..section }]
        }
        BodyMode::Bytes => vec![whole(body::as_bytes(body.before, body.after))],
        BodyMode::Chunks => {
            let peer_sends = body.origin == Origin::Peer;
            let batches = chunks::batches(around.trace, around.exchange, body.part, peer_sends);
            if batches.is_empty() {
                return vec![whole(BodyDiff::new(body.before, body.after))];
            }
            batches.into_iter().map(|batch| batch_section(body, around, batch, &writers)).collect()
        }
    }
}

fn batch_section(body: &Body<'_>, around: &Surroundings<'_>, batch: Batch, writers: &[Writer]) -> Section {
    let before = Batch::slice(body.before, &batch.bytes[0]);
    let is_inside = |event: crate::trace::EventId| batch.events.contains(&event.index());
    let never_left = batch.left.is_empty();
    let (after, delivery) = match never_left {
        true => {
            let changes = around.provenance.changes(body.part).iter().copied();
            let changes: Vec<_> = changes.filter(|change| is_inside(change.event)).collect();
            (rebuild::body(&before, &changes), Delivery::Held)
        }
        false => (Batch::slice(body.after, &batch.bytes[1]), Delivery::Sent),
    };
    let writers = writers.iter().filter(|writer| is_inside(writer.event)).copied().collect();
    let section = section(body, delivery, BodyDiff::new(&before, &after), writers);
    Section { batch: Some(batch), ..section }
}

fn section(body: &Body<'_>, delivery: Delivery, diff: BodyDiff, writers: Vec<Writer>) -> Section {
    let mut counts = Counts::default();
    if !writers.is_empty() {
        for rows in build::body_items(&diff) {
            if let Some(place) = diff.place(rows.start) {
                counts.note(place.kind);
            }
        }
    }
    Section {
        part: body.part,
        origin: body.origin,
        delivery,
        content: Content::Body(Arc::new(diff)),
        counts,
        writers,
        notes: Vec::new(),
        pictures: [None, None],
        batch: None,
    }
}
