//! The rows and sections of the Changes view.

use std::ops::Range;
use std::sync::Arc;

use super::chunks::Batch;
use super::provenance::Writer;
use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::http::Header;
use crate::trace::Part;
use crate::view::body::{Note, Picture};
use crate::view::diff::{BodyDiff, RowKind, SHOWN, visible};
use crate::view::secrets;

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
    /// The whole value as it was sent.
    pub bytes: Bytes,
    /// Place among the headers of its side, from 0.
    pub place: usize,
}

impl HeaderCell {
    pub(in crate::view) fn new(place: usize, header: &Header) -> Self {
        let value = visible(&header.value, SHOWN);
        Self {
            name: visible(&header.name, SHOWN).text,
            value: value.text,
            marks: Vec::new(),
            full_len: header.value.len(),
            is_cut: value.is_cut,
            is_lossy: value.is_lossy,
            is_secret: secrets::is_secret(&header.name),
            bytes: header.value.clone(),
            place,
        }
    }

    /// The whole value for somebody who copies it: masked if it is to be, bytes that are no text as escapes.
    pub fn copied(&self, masks: bool) -> String {
        let whole = visible(&self.bytes, self.bytes.len()).text;
        if masks && self.is_secret { secrets::mask(self.name.as_bytes(), &whole) } else { whole }
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

    pub(in crate::view) fn note(&mut self, kind: RowKind) {
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
    /// How a body is shown and what is wrong with it.
    pub notes: Vec<Note>,
    /// Pictures before and after, where a body is one.
    pub pictures: [Option<Picture>; 2],
    /// Of a body in chunks: what arrived and left here. The section is one of several of the body.
    pub batch: Option<Batch>,
}

/// How bodies are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BodyMode {
    /// As a whole, decoded and cut into the values, fields or parts that it consists of.
    #[default]
    Whole,
    /// In the pieces that arrived and left, as they were sent.
    Chunks,
    /// As the bytes that were sent, sixteen a line.
    Bytes,
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
    /// A field of a form.
    Field(String),
    /// A part of a multipart body.
    Part(String),
    /// Lines of a text, counted from 1.
    Lines(Range<usize>),
    /// Bytes of a binary body.
    Bytes(Range<usize>),
}
