//! Bodies as people read them: decoded, cut into the fields, parts or values that they consist of, each side by its own
//! headers; and notes that say what was done to show them so, and what is wrong with them.

pub mod decode;
mod json;
pub mod picture;

use bytes::Bytes;

use self::decode::{Coding, DecodeError, MOST_CODINGS, MOST_DECODED};
pub use self::picture::{Picture, PictureKind};
use super::diff::multipart::{Broken, Multipart, raw_parameter};
use super::diff::{BodyDiff, Layout, Lines, form, is_binary};
use crate::http::Header;

/// What the headers of a message say of its body.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Declared {
    /// Content codings in the order in which they were applied, in lower case, `identity` left out.
    codings: Vec<String>,
    /// Type and subtype in lower case, without parameters.
    media: Option<String>,
    boundary: Vec<u8>,
}

impl Declared {
    pub fn of(headers: &[Header]) -> Self {
        let named =
            |name: &'static [u8]| headers.iter().filter(move |header| header.name.eq_ignore_ascii_case(name));
        let mut declared = Self::default();
        for header in named(b"content-encoding") {
            let value = String::from_utf8_lossy(&header.value).to_ascii_lowercase();
            let codings =
                value.split(',').map(str::trim).filter(|coding| !matches!(*coding, "" | "identity"));
            // One more than are taken off says that there are too many.
            let room = (MOST_CODINGS + 1).saturating_sub(declared.codings.len());
            declared.codings.extend(codings.take(room).map(str::to_owned));
        }
        if let Some(header) = named(b"content-type").next() {
            let end = header.value.iter().position(|byte| *byte == b';').unwrap_or(header.value.len());
            let media = String::from_utf8_lossy(header.value[..end].trim_ascii()).to_ascii_lowercase();
            declared.media = Some(media);
            declared.boundary = raw_parameter(&header.value, "boundary").unwrap_or_default();
        }
        declared
    }

    fn is_json(&self) -> bool {
        self.media.as_deref().is_some_and(|media| media.ends_with("/json") || media.ends_with("+json"))
    }

    fn is_form(&self) -> bool {
        self.media.as_deref() == Some("application/x-www-form-urlencoded")
    }

    fn is_multipart(&self) -> bool {
        self.media.as_deref().is_some_and(|media| media.starts_with("multipart/"))
    }

    /// Files that are compressed by themselves, which no browser decompresses.
    fn is_archive(&self) -> bool {
        self.media.as_deref().is_some_and(|media| {
            media.contains("gzip") || media.ends_with("octet-stream") || media.contains("tar")
        })
    }

    fn codings_text(&self) -> String {
        self.codings.join(", ")
    }
}

/// The body of a message without its content codings, as far as it can be decoded; else as it was sent.
pub fn decoded(body: &Bytes, headers: &[Header]) -> Bytes {
    let declared = Declared::of(headers);
    let codings = known(&declared.codings).unwrap_or_default();
    match decode::decode(body, &codings, MOST_DECODED) {
        Ok(decoded) => decoded.bytes,
        Err(_) => body.clone(),
    }
}

/// Which of the two sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Side {
    Before,
    After,
}

/// Something to know about how a body is shown, or about what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// `None`: it holds for both.
    pub side: Option<Side>,
    pub what: What,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// The body is shown without its content codings. Sizes in bytes.
    Decoded {
        codings: String,
        from: usize,
        to: usize,
    },
    /// The same, but only this many bytes of it.
    DecodedInPart {
        codings: String,
        from: usize,
        limit: usize,
    },
    /// At this byte something follows that is no part of the compressed data.
    Trailing {
        at: usize,
    },
    /// The content coding cannot be taken off; the bytes are shown as they are.
    NotDecoded {
        error: DecodeError,
    },
    /// A content coding that Filterlab cannot take off.
    UnknownCoding {
        coding: String,
    },
    TooManyCodings,
    /// `content-encoding` promises a coding, and the body is plain.
    PlainDespite {
        codings: String,
    },
    /// The body is compressed, and no `content-encoding` says so. Sizes in bytes.
    Undeclared {
        codings: String,
        from: usize,
        to: usize,
    },
    /// The fields of a form are shown decoded.
    Form,
    /// A `%` that begins no escape, at this byte.
    FormEscape {
        at: usize,
    },
    Parts {
        count: usize,
    },
    NotParts {
        broken: Broken,
    },
    /// It should be JSON, and is none. `reason` in the words of the parser.
    NotJson {
        line: usize,
        column: usize,
        reason: String,
    },
    /// JSON that is nested more deeply than is laid out.
    DeepJson,
    /// Several JSON texts behind each other.
    SeveralJson {
        count: usize,
    },
    /// Members of objects stand in another order, with the same values.
    OnlyOrder,
    /// The body is JSON, whatever the content type says.
    JsonDespite {
        media: String,
    },
    /// A member's name stands twice in one object, the second time on this line of the layout, from 1.
    Twice {
        line: usize,
        name: String,
    },
    /// Bytes that are no UTF-8: how many stretches, the first at this byte.
    NotUtf8 {
        count: usize,
        at: usize,
    },
    /// The two sides are of different kinds, so they are compared as lines of text.
    KindsDiffer,
    Picture {
        kind: PictureKind,
        size: Option<(u32, u32)>,
        bytes: usize,
    },
}

impl What {
    /// Whether something is wrong that a client or upstream may stumble over.
    pub fn is_warning(&self) -> bool {
        !matches!(
            self,
            Self::Decoded { .. }
                | Self::DecodedInPart { .. }
                | Self::UnknownCoding { .. }
                | Self::TooManyCodings
                | Self::Form
                | Self::Parts { .. }
                | Self::DeepJson
                | Self::SeveralJson { .. }
                | Self::OnlyOrder
                | Self::JsonDespite { .. }
                | Self::KindsDiffer
                | Self::Picture { .. }
        )
    }
}

/// Two bodies, read and compared.
#[derive(Clone, Debug)]
pub struct Reading {
    pub diff: BodyDiff,
    pub notes: Vec<Note>,
    /// Pictures before and after, where a body is one.
    pub pictures: [Option<Picture>; 2],
}

/// Reads both sides by their headers and compares them.
pub fn read(before: (&Bytes, &Declared), after: (&Bytes, &Declared)) -> Reading {
    let mut sides = [Body::new(before.0, before.1, after.1), Body::new(after.0, after.1, before.1)];
    let pictures = [Picture::of(&sides[0].bytes), Picture::of(&sides[1].bytes)];
    for (side, picture) in sides.iter_mut().zip(&pictures) {
        if let Some(picture) = picture {
            let (kind, size, bytes) = (picture.kind, picture.size, picture.bytes.len());
            side.notes.push(What::Picture { kind, size, bytes });
        }
    }
    let [mut left, mut right] = sides;
    let (old, new) = lay_out(&mut left, &mut right);
    let diff = BodyDiff::of_lines(old, new, [before.0.clone(), after.0.clone()]);
    if diff.differs_in_order_only() {
        right.notes.push(What::OnlyOrder);
        left.notes.push(What::OnlyOrder);
    }
    Reading { notes: joined(left.notes, right.notes), diff, pictures }
}

/// The bytes of both sides, sixteen a line, as they were sent.
pub fn as_bytes(before: &Bytes, after: &Bytes) -> BodyDiff {
    let lines = |bytes: &Bytes| Lines::new(bytes.clone(), Layout::Hex);
    BodyDiff::of_lines(lines(before), lines(after), [before.clone(), after.clone()])
}

/// Notes of both sides; what both say is said once.
fn joined(left: Vec<What>, right: Vec<What>) -> Vec<Note> {
    let mut notes: Vec<Note> = left.into_iter().map(|what| Note { side: Some(Side::Before), what }).collect();
    for what in right {
        match notes.iter_mut().find(|note| note.side == Some(Side::Before) && note.what == what) {
            Some(same) => same.side = None,
            None => notes.push(Note { side: Some(Side::After), what }),
        }
    }
    notes
}

/// One side.
struct Body<'a> {
    /// Without its content codings, if they could be taken off.
    bytes: Bytes,
    declared: &'a Declared,
    notes: Vec<What>,
}

impl<'a> Body<'a> {
    fn new(wire: &Bytes, declared: &'a Declared, other: &Declared) -> Self {
        let mut body = Self { bytes: wire.clone(), declared, notes: Vec::new() };
        if wire.is_empty() {
            return body;
        }
        match declared.codings.is_empty() {
            false => body.take_codings_off(),
            true => body.look_for_codings(other),
        }
        body
    }

    fn take_codings_off(&mut self) {
        let codings = match known(&self.declared.codings) {
            Ok(codings) => codings,
            Err(what) => return self.notes.push(what),
        };
        let (from, text) = (self.bytes.len(), self.declared.codings_text());
        match decode::decode(&self.bytes, &codings, MOST_DECODED) {
            Ok(decoded) => {
                let to = decoded.bytes.len();
                self.notes.push(match decoded.is_cut {
                    true => What::DecodedInPart { codings: text, from, limit: to },
                    false => What::Decoded { codings: text, from, to },
                });
                self.notes.extend(decoded.trailing.map(|at| What::Trailing { at }));
                self.bytes = decoded.bytes;
            }
            Err(_) if is_plain(&self.bytes) => self.notes.push(What::PlainDespite { codings: text }),
            Err(error) => self.notes.push(What::NotDecoded { error }),
        }
    }

    /// Compressed without saying so, as when a filter removed `content-encoding` and nothing else.
    fn look_for_codings(&mut self, other: &Declared) {
        let guessed = match known(&other.codings) {
            Ok(codings) if !codings.is_empty() => codings,
            _ if decode::is_gzip(&self.bytes) && !self.declared.is_archive() => vec![Coding::Gzip],
            _ => return,
        };
        if is_plain(&self.bytes) {
            return;
        }
        let Ok(decoded) = decode::decode(&self.bytes, &guessed, MOST_DECODED) else { return };
        let names: Vec<&str> = guessed.iter().map(|coding| coding.name()).collect();
        let (from, to) = (self.bytes.len(), decoded.bytes.len());
        self.notes.push(What::Undeclared { codings: names.join(", "), from, to });
        self.bytes = decoded.bytes;
    }

    fn lines(&self, layout: Layout) -> Lines {
        Lines::new(self.bytes.clone(), layout)
    }

    /// What a text is; `None`: there is none.
    fn kind(&self, is_json: bool) -> Option<Kind> {
        match (self.bytes.is_empty(), is_json, self.declared.is_form()) {
            (true, ..) => None,
            (_, true, _) => Some(Kind::Json),
            (_, _, true) => Some(Kind::Form),
            _ => Some(Kind::Text),
        }
    }

    /// The lines of a form.
    fn fields(&mut self) -> Lines {
        if self.bytes.is_empty() {
            return Lines::empty(Layout::Form);
        }
        self.notes.push(What::Form);
        self.notes.extend(form::broken_escape(&self.bytes).map(|at| What::FormEscape { at }));
        self.lines(Layout::Form)
    }
}

/// The codings of these names, in order.
fn known(names: &[String]) -> Result<Vec<Coding>, What> {
    if names.len() > MOST_CODINGS {
        return Err(What::TooManyCodings);
    }
    names
        .iter()
        .map(|name| Coding::named(name).ok_or_else(|| What::UnknownCoding { coding: name.clone() }))
        .collect()
}

/// Text, as no compressed data is.
fn is_plain(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_ok_and(|text| !text.contains('\0'))
}

/// Cuts both sides in the way that suits both; an empty side suits every way.
fn lay_out(left: &mut Body<'_>, right: &mut Body<'_>) -> (Lines, Lines) {
    if let Some(lines) = parts(left, right) {
        return lines;
    }
    if is_binary(&left.bytes) || is_binary(&right.bytes) {
        return (left.lines(Layout::Hex), right.lines(Layout::Hex));
    }
    let json = [json::lines(&left.bytes), json::lines(&right.bytes)];
    note_text(left, json[0].as_ref());
    note_text(right, json[1].as_ref());
    let kinds = [left.kind(json[0].is_some()), right.kind(json[1].is_some())];
    if let [Some(old), Some(new)] = json {
        return (old, new);
    }
    if kinds.iter().all(|kind| matches!(kind, None | Some(Kind::Form))) {
        return (left.fields(), right.fields());
    }
    if let [Some(old), Some(new)] = kinds
        && old != new
    {
        left.notes.push(What::KindsDiffer);
        right.notes.push(What::KindsDiffer);
    }
    (left.lines(Layout::Text), right.lines(Layout::Text))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Json,
    Form,
    Text,
}

/// Both sides as multipart bodies, if they are.
fn parts(left: &mut Body<'_>, right: &mut Body<'_>) -> Option<(Lines, Lines)> {
    let read = |side: &mut Body<'_>| {
        if side.bytes.is_empty() {
            return Some(None);
        }
        if !side.declared.is_multipart() {
            return None;
        }
        match Multipart::read(&side.bytes, &side.declared.boundary) {
            Ok(parts) => Some(Some(parts)),
            Err(broken) => {
                side.notes.push(What::NotParts { broken });
                None
            }
        }
    };
    // Both are read, so that each says what is wrong with it.
    let both = [read(left), read(right)];
    let [Some(old), Some(new)] = both else { return None };
    if old.is_none() && new.is_none() {
        return None;
    }
    let lines = |side: &mut Body<'_>, parts: Option<Multipart>| match parts {
        None => Lines::empty(Layout::Multipart),
        Some(parts) => {
            side.notes.push(What::Parts { count: parts.len() });
            Lines::multipart(side.bytes.clone(), parts)
        }
    };
    Some((lines(left, old), lines(right, new)))
}

/// Notes on a body that is shown as text or JSON.
fn note_text(side: &mut Body<'_>, json: Option<&Lines>) {
    if side.bytes.is_empty() {
        return;
    }
    let is_json = json.is_some();
    if let Some(lines) = json {
        side.notes.extend(json::twice(lines));
        if let Some(media) = side.declared.media.clone().filter(|_| side.declared.is_form()) {
            side.notes.push(What::JsonDespite { media });
        }
    }
    let looks_so = side.declared.is_json() || side.declared.media.is_none() && json::begins(&side.bytes);
    if !is_json && looks_so {
        side.notes.extend(json::why_not(&side.bytes));
    }
    let mut stretches = 0;
    let mut first = None;
    let mut at = 0;
    for chunk in side.bytes.utf8_chunks() {
        at += chunk.valid().len();
        if !chunk.invalid().is_empty() {
            stretches += 1;
            first.get_or_insert(at);
        }
        at += chunk.invalid().len();
    }
    side.notes.extend(first.map(|at| What::NotUtf8 { count: stretches, at }));
}

#[cfg(test)]
mod tests;
