//! Bytes cut into lines without copying them.
//!
//! An index keeps one point in every few hundred lines; the lines between are found again by reading on from there.
//! So a body of ten megabytes costs some kilobytes, and any line is found in microseconds.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::hash::{DefaultHasher, Hasher};
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use serde::de::IgnoredAny;

use super::form;
use super::multipart::{Multipart, Segment, SegmentKind};

/// How bytes are cut into lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Layout {
    /// At line feeds.
    Text,
    /// As pretty-printed JSON: one line for each value, bracket and brace, whatever the white space in the bytes.
    Json,
    /// Sixteen bytes a line.
    Hex,
    /// The fields of an HTML form, one a line, names and values decoded.
    Form,
    /// The parts of a multipart body: a title, the headers and the body of each.
    Multipart,
}

/// Bytes of one line in [`Layout::Hex`].
pub(super) const HEX_WIDTH: usize = 16;
/// Distance between two points of the index, in lines and in bytes, whichever comes first.
const STRIDE_LINES: u32 = 256;
const STRIDE_BYTES: usize = 16 << 10;
/// Deepest JSON that is laid out as such.
const MAX_DEPTH: usize = 128;
/// Most bytes that are indexed.
const MAX_BYTES: usize = 1 << 30;

/// A container that is open at some point of a JSON text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Frame {
    /// An object; the offset of the key of its latest member.
    Object(Option<u32>),
    /// An array; the number of elements so far.
    Array(u32),
}

/// A point from which lines can be read on.
#[derive(Clone, Debug)]
struct Point {
    line: u32,
    offset: u32,
    open: Box<[Frame]>,
    /// Multipart: the segment that the line is in.
    segment: u32,
}

/// One line of a side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// JSON: the key of the member, quotes included. A form: the name of the field as it was sent.
    pub key: Option<Range<usize>>,
    /// JSON: the value or bracket. A form: the value as it was sent. Else: the line without its line feed.
    pub value: Range<usize>,
    /// JSON: `{}` or `[]` with possible white space between.
    pub is_empty_container: bool,
    /// JSON: how many containers the line is inside of.
    pub depth: usize,
    /// JSON: a comma follows.
    pub comma: bool,
    /// Text: a line feed follows.
    pub ends: bool,
    /// Multipart: what kind of line it is, and of which part; the offset in the part is that of `value`.
    pub segment: Option<u32>,
}

/// A line of JSON.
pub(in crate::view) struct Member {
    /// How many containers it is inside of.
    pub depth: usize,
    /// A number that is equal for equal names.
    pub name: Option<u64>,
}

/// A line ready to be shown, without the comma that may follow it.
pub(super) struct Shown<'a> {
    /// What comes before the value: indentation, key.
    pub lead: String,
    /// Of a long value at least [`super::SHOWN`] bytes.
    pub value: Cow<'a, [u8]>,
    /// Length of the whole line in bytes.
    pub full_len: usize,
}

/// A side of a difference, cut into lines.
#[derive(Clone, Debug)]
pub struct Lines {
    bytes: Bytes,
    layout: Layout,
    points: Vec<Point>,
    count: u32,
    /// Of a multipart body.
    parts: Option<Arc<Multipart>>,
}

impl Lines {
    /// Cuts bytes as text or in rows of hexadecimal numbers. Text beyond 1 GiB is cut off.
    pub fn new(bytes: Bytes, layout: Layout) -> Self {
        let bytes = if bytes.len() > MAX_BYTES { bytes.slice(..MAX_BYTES) } else { bytes };
        match layout {
            Layout::Hex => {
                let count = bytes.len().div_ceil(HEX_WIDTH);
                let count = u32::try_from(count).unwrap_or(u32::MAX);
                Self { bytes, layout, points: Vec::new(), count, parts: None }
            }
            Layout::Json => {
                Self::json(bytes.clone()).unwrap_or_else(|| Self::indexed(bytes, Layout::Text, None))
            }
            Layout::Form => Self::indexed(bytes, Layout::Form, None),
            Layout::Text | Layout::Multipart => Self::indexed(bytes, Layout::Text, None),
        }
    }

    /// Lays out bytes as JSON; `None` if they are no JSON object or array, or one nested too deeply.
    pub fn json(bytes: Bytes) -> Option<Self> {
        let first = bytes.iter().find(|byte| !byte.is_ascii_whitespace())?;
        if !matches!(first, b'{' | b'[') || bytes.len() > MAX_BYTES {
            return None;
        }
        if !is_shallow(&bytes) || serde_json::from_slice::<IgnoredAny>(&bytes).is_err() {
            return None;
        }
        Some(Self::indexed(bytes, Layout::Json, None))
    }

    /// Lays out a multipart body that was read as such.
    pub fn multipart(bytes: Bytes, parts: Multipart) -> Self {
        Self::indexed(bytes, Layout::Multipart, Some(Arc::new(parts)))
    }

    /// No lines, in this layout.
    pub fn empty(layout: Layout) -> Self {
        Self { bytes: Bytes::new(), layout, points: Vec::new(), count: 0, parts: None }
    }

    fn indexed(bytes: Bytes, layout: Layout, parts: Option<Arc<Multipart>>) -> Self {
        let mut points = Vec::new();
        let mut cursor = Cursor::new(&bytes, layout, segments(parts.as_deref()));
        let mut last = 0;
        loop {
            let due = cursor.line.is_multiple_of(STRIDE_LINES) || cursor.at - last >= STRIDE_BYTES;
            if due {
                last = cursor.at;
                points.push(cursor.point());
            }
            if cursor.next().is_none() {
                break;
            }
        }
        let count = cursor.line;
        Self { bytes, layout, points, count, parts }
    }

    pub fn layout(&self) -> Layout {
        self.layout
    }

    /// Number of lines.
    pub fn len(&self) -> usize {
        self.count as usize
    }

    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// Memory held beyond the bytes themselves, in bytes.
    pub fn overhead(&self) -> usize {
        let frames: usize = self.points.iter().map(|point| size_of_val(&*point.open)).sum();
        self.points.capacity() * size_of::<Point>() + frames
    }

    /// Reads lines from line `from`, counted from 0.
    pub(super) fn read_from(&self, from: usize) -> Cursor<'_> {
        let after = self.points.partition_point(|point| point.line as usize <= from);
        let mut cursor = Cursor::new(&self.bytes, self.layout, segments(self.parts.as_deref()));
        match after.checked_sub(1).and_then(|index| self.points.get(index)) {
            Some(point) => {
                cursor.at = point.offset as usize;
                cursor.line = point.line;
                cursor.open = point.open.to_vec();
                cursor.segment = point.segment as usize;
            }
            None if self.layout == Layout::Hex => {
                cursor.at = from.min(self.len()) * HEX_WIDTH;
                cursor.line = u32::try_from(from.min(self.len())).unwrap_or(u32::MAX);
            }
            None => {}
        }
        while (cursor.line as usize) < from && cursor.next().is_some() {}
        cursor
    }

    /// One line, counted from 0.
    pub(super) fn line(&self, number: usize) -> Option<Line> {
        self.read_from(number).next()
    }

    /// What decides whether two lines are equal, as a number: white space around JSON, commas after values and the
    /// way in which characters are escaped do not count.
    pub(super) fn hash(&self, line: &Line) -> u64 {
        let mut hasher = DefaultHasher::new();
        let bytes = |range: &Range<usize>| self.bytes.get(range.clone()).unwrap_or_default();
        match self.layout {
            Layout::Json => {
                if let Some(key) = &line.key {
                    write_json(&mut hasher, bytes(key));
                    hasher.write_u8(b':');
                }
                hash_json_value(&mut hasher, line, bytes(&line.value));
            }
            Layout::Form => {
                let name = line.key.as_ref().map(bytes).unwrap_or_default();
                hasher.write(&form::decoded(name));
                hasher.write_u8(b'=');
                hasher.write(&form::decoded(bytes(&line.value)));
            }
            Layout::Multipart => {
                // A part is the same one while its name is; what is in it says the lines below.
                let segment = self.segment(line);
                hasher.write_u8(segment.map_or(0, |segment| segment.kind as u8));
                match segment.filter(|segment| segment.kind == SegmentKind::Title) {
                    Some(title) => hasher.write(self.part_name(title).as_bytes()),
                    None => hasher.write(bytes(&line.value)),
                }
            }
            Layout::Text | Layout::Hex => {
                hasher.write(bytes(&line.value));
                hasher.write_u8(u8::from(line.ends));
            }
        }
        hasher.finish()
    }

    /// The line as shown, without a comma that follows: what comes before the value, and the bytes of the value.
    pub(super) fn shown(&self, line: &Line) -> Shown<'_> {
        let value = self.bytes.get(line.value.clone()).unwrap_or_default();
        match self.layout {
            Layout::Json => self.shown_json(line, value),
            Layout::Form => self.shown_field(line, value),
            Layout::Multipart => self.shown_part(line, value),
            Layout::Text | Layout::Hex => {
                Shown { lead: String::new(), value: value.into(), full_len: value.len() }
            }
        }
    }

    fn shown_json(&self, line: &Line, value: &'_ [u8]) -> Shown<'_> {
        let mut lead = "  ".repeat(line.depth);
        if let Some(key) = &line.key {
            let key = super::visible(self.bytes.get(key.clone()).unwrap_or_default(), super::SHOWN);
            lead += &key.text;
            lead += if key.is_cut { "…: " } else { ": " };
        }
        let value: &[u8] = match (line.is_empty_container, value.first()) {
            (true, Some(b'{')) => b"{}",
            (true, _) => b"[]",
            (false, _) => self.bytes.get(line.value.clone()).unwrap_or_default(),
        };
        Shown { full_len: lead.len() + value.len(), lead, value: value.into() }
    }

    fn shown_field(&self, line: &Line, value: &[u8]) -> Shown<'_> {
        let name = line.key.clone().and_then(|key| self.bytes.get(key)).unwrap_or_default();
        let name = super::visible(&form::decoded_beginning(name, super::SHOWN), super::SHOWN);
        let lead = name.text + if name.is_cut { "… = " } else { " = " };
        // A value that is longer than what is shown stays longer.
        let value = form::decoded_beginning(value, super::SHOWN + 4).into_owned();
        Shown { full_len: line.value.len() + lead.len(), lead, value: value.into() }
    }

    fn shown_part(&self, line: &Line, value: &[u8]) -> Shown<'_> {
        let Some(segment) = self.segment(line) else {
            let value = self.bytes.get(line.value.clone()).unwrap_or_default();
            return Shown { lead: String::new(), full_len: value.len(), value: value.into() };
        };
        match segment.kind {
            SegmentKind::Title => {
                let title = self.parts.as_ref().map(|parts| parts.title(segment.part)).unwrap_or_default();
                Shown { lead: String::new(), full_len: title.len(), value: title.into_bytes().into() }
            }
            SegmentKind::Hex => {
                let offset = line.value.start - segment.range.start;
                let lead = format!("  {offset:08x}  ");
                let text = super::body::hex_text(value);
                Shown { full_len: value.len(), lead, value: text.into_bytes().into() }
            }
            SegmentKind::Head | SegmentKind::Text => {
                let value = self.bytes.get(line.value.clone()).unwrap_or_default();
                Shown { lead: "  ".to_owned(), full_len: value.len(), value: value.into() }
            }
        }
    }

    /// The bytes behind a line, whole, as somebody would paste them: the value of a JSON member or of a form's field, the
    /// line of a text, numbers for bytes that are no text.
    pub(super) fn whole(&self, line: &Line) -> Vec<u8> {
        let value = self.bytes.get(line.value.clone()).unwrap_or_default();
        match (self.layout, self.segment(line).map(|segment| segment.kind)) {
            (Layout::Form, _) => form::decoded(value).into_owned(),
            (Layout::Hex, _) | (_, Some(SegmentKind::Hex)) => {
                let numbers: Vec<String> = value.iter().map(|byte| format!("{byte:02x}")).collect();
                numbers.join(" ").into_bytes()
            }
            (_, Some(SegmentKind::Title)) => self.shown(line).value.into_owned(),
            _ => value.to_vec(),
        }
    }

    /// The lines of JSON by what stands in them, in order.
    pub(in crate::view) fn members(&self) -> impl Iterator<Item = Member> {
        self.read_from(0).map(|line| {
            let bytes = |range: Range<usize>| self.bytes.get(range).unwrap_or_default();
            Member { depth: line.depth, name: line.key.clone().map(|key| Self::hash_json(bytes(key))) }
        })
    }

    /// A JSON string or other scalar as a number that is equal for equal values, however they are escaped.
    pub(super) fn hash_json(value: &[u8]) -> u64 {
        let mut hasher = DefaultHasher::new();
        write_json(&mut hasher, value);
        hasher.finish()
    }

    fn segment(&self, line: &Line) -> Option<&Segment> {
        segments(self.parts.as_deref()).get(line.segment? as usize)
    }

    fn part_name(&self, segment: &Segment) -> String {
        self.parts.as_ref().map(|parts| parts.name(segment.part)).unwrap_or_default()
    }

    /// What a line is called: the path of a JSON value, the name of a form's field or of a part.
    pub fn name(&self, number: usize) -> Option<String> {
        match self.layout {
            Layout::Json => self.path(number),
            Layout::Form => {
                let key = self.line(number)?.key?;
                let name = form::decoded_beginning(self.bytes.get(key)?, super::SHOWN);
                Some(super::visible(&name, super::SHOWN).text)
            }
            Layout::Multipart => Some(self.part_name(self.segment(&self.line(number)?)?)),
            Layout::Text | Layout::Hex => None,
        }
    }

    /// The path of the value in line `number`, such as `$.data.orders[0].phone`; for a closing bracket that of its
    /// container. JSON only.
    pub fn path(&self, number: usize) -> Option<String> {
        if self.layout != Layout::Json || number >= self.len() {
            return None;
        }
        let mut cursor = self.read_from(number);
        let before = cursor.open.len();
        cursor.next()?;
        let mut path = String::from("$");
        // A line that opens a container is named by what contains it; the new frame says nothing yet.
        let known = if cursor.open.len() > before { before } else { cursor.open.len() };
        for frame in &cursor.open[..known] {
            self.push_step(&mut path, *frame);
        }
        Some(path)
    }

    fn push_step(&self, path: &mut String, frame: Frame) {
        match frame {
            Frame::Array(count) => {
                let _ = write!(path, "[{}]", count.saturating_sub(1));
            }
            Frame::Object(None) => {}
            Frame::Object(Some(at)) => {
                let at = at as usize;
                let key = self.bytes.get(at..string_end(&self.bytes, at)).unwrap_or_default();
                match serde_json::from_slice::<String>(key) {
                    Ok(name) if is_plain(&name) => {
                        let _ = write!(path, ".{name}");
                    }
                    _ => {
                        let _ = write!(path, "[{}]", super::visible(key, super::SHOWN).text);
                    }
                }
            }
        }
    }
}

fn segments(parts: Option<&Multipart>) -> &[Segment] {
    parts.map(Multipart::segments).unwrap_or_default()
}

fn hash_json_value(hasher: &mut DefaultHasher, line: &Line, value: &[u8]) {
    match line.is_empty_container {
        true => hasher.write(if value.first() == Some(&b'{') { b"{}" } else { b"[]" }),
        false => write_json(hasher, value),
    }
}

/// Whether a key can stand in a path without quotes.
fn is_plain(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '-')
}

/// Hashes a JSON value so that equal strings are equal however their characters are escaped.
fn write_json(hasher: &mut DefaultHasher, value: &[u8]) {
    if value.first() == Some(&b'"')
        && value.contains(&b'\\')
        && let Ok(text) = serde_json::from_slice::<String>(value)
    {
        hasher.write_u8(b'"');
        hasher.write(text.as_bytes());
        hasher.write_u8(b'"');
        return;
    }
    hasher.write(value);
}

/// Whether containers are nested at most [`MAX_DEPTH`] deep.
fn is_shallow(bytes: &[u8]) -> bool {
    let (mut at, mut depth) = (0, 0usize);
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => {
                at = string_end(bytes, at);
                continue;
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > MAX_DEPTH {
            return false;
        }
        at += 1;
    }
    true
}

/// The place after the string that begins with the quote at `at`.
fn string_end(bytes: &[u8], at: usize) -> usize {
    let mut end = at + 1;
    loop {
        match bytes.get(end) {
            Some(b'\\') => end += 2,
            Some(b'"') => return end + 1,
            Some(_) => end += 1,
            None => return bytes.len(),
        }
    }
}

/// Reads lines one after the other.
#[derive(Debug)]
pub(super) struct Cursor<'a> {
    bytes: &'a [u8],
    layout: Layout,
    at: usize,
    /// Number of the line that comes next.
    line: u32,
    open: Vec<Frame>,
    segments: &'a [Segment],
    segment: usize,
}

impl Iterator for Cursor<'_> {
    type Item = Line;

    fn next(&mut self) -> Option<Line> {
        let line = match self.layout {
            Layout::Text => self.text_line(),
            Layout::Json => self.json_line(),
            Layout::Hex => self.hex_line(),
            Layout::Form => self.field_line(),
            Layout::Multipart => self.part_line(),
        }?;
        self.line += 1;
        Some(line)
    }
}

impl<'a> Cursor<'a> {
    fn new(bytes: &'a [u8], layout: Layout, segments: &'a [Segment]) -> Self {
        Self { bytes, layout, at: 0, line: 0, open: Vec::new(), segments, segment: 0 }
    }

    fn point(&self) -> Point {
        let small = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        let open = self.open.clone().into();
        Point { line: self.line, offset: small(self.at), open, segment: small(self.segment) }
    }

    fn plain(value: Range<usize>, ends: bool) -> Line {
        Line { key: None, value, is_empty_container: false, depth: 0, comma: false, ends, segment: None }
    }

    /// Fields are parted by `&`; empty ones are none (WHATWG URL, application/x-www-form-urlencoded parsing).
    fn field_line(&mut self) -> Option<Line> {
        while self.bytes.get(self.at) == Some(&b'&') {
            self.at += 1;
        }
        let rest = self.bytes.get(self.at..).filter(|rest| !rest.is_empty())?;
        let start = self.at;
        let end = start + rest.iter().position(|byte| *byte == b'&').unwrap_or(rest.len());
        let field = &self.bytes[start..end];
        let name = start + field.iter().position(|byte| *byte == b'=').unwrap_or(field.len());
        self.at = (end + 1).min(self.bytes.len());
        let value = (name + 1).min(end)..end;
        Some(Line { key: Some(start..name), ..Self::plain(value, true) })
    }

    fn part_line(&mut self) -> Option<Line> {
        loop {
            let segment = self.segments.get(self.segment)?;
            let number = u32::try_from(self.segment).ok();
            let range = segment.range.clone();
            let start = self.at.max(range.start);
            if segment.kind == SegmentKind::Title {
                self.segment += 1;
                self.at = range.start;
                return Some(Line { segment: number, ..Self::plain(range.start..range.start, true) });
            }
            if start >= range.end {
                self.segment += 1;
                continue;
            }
            let rest = self.bytes.get(start..range.end)?;
            let line = match segment.kind {
                SegmentKind::Hex => {
                    self.at = (start + HEX_WIDTH).min(range.end);
                    start..self.at
                }
                _ => {
                    let length = rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
                    self.at = (start + length + 1).min(range.end);
                    let ends_in_return = rest[..length].ends_with(b"\r");
                    start..start + length - usize::from(ends_in_return)
                }
            };
            return Some(Line { segment: number, ..Self::plain(line, true) });
        }
    }

    fn text_line(&mut self) -> Option<Line> {
        let rest = self.bytes.get(self.at..).filter(|rest| !rest.is_empty())?;
        let start = self.at;
        match rest.iter().position(|byte| *byte == b'\n') {
            Some(length) => {
                self.at = start + length + 1;
                Some(Self::plain(start..start + length, true))
            }
            None => {
                self.at = self.bytes.len();
                Some(Self::plain(start..self.bytes.len(), false))
            }
        }
    }

    fn hex_line(&mut self) -> Option<Line> {
        let end = (self.at + HEX_WIDTH).min(self.bytes.len());
        let start = self.at;
        if start >= end {
            return None;
        }
        self.at = end;
        Some(Self::plain(start..end, true))
    }

    fn skip_space(&mut self) -> Option<u8> {
        while self.bytes.get(self.at)?.is_ascii_whitespace() {
            self.at += 1;
        }
        self.bytes.get(self.at).copied()
    }

    fn json_line(&mut self) -> Option<Line> {
        let first = self.skip_space()?;
        if matches!(first, b'}' | b']') {
            self.open.pop();
            let start = self.at;
            self.at += 1;
            return Some(self.json_value(None, start..start + 1, false, self.open.len()));
        }
        let depth = self.open.len();
        let mut key = None;
        match self.open.last_mut() {
            Some(Frame::Array(count)) => *count += 1,
            Some(Frame::Object(latest)) => {
                *latest = u32::try_from(self.at).ok();
                let end = string_end(self.bytes, self.at);
                key = Some(self.at..end);
                self.at = end;
                self.skip_space()?;
                self.at += 1;
                self.skip_space()?;
            }
            None => {}
        }
        let start = self.at;
        let first = self.bytes.get(start).copied()?;
        match first {
            b'{' | b'[' => {
                self.at += 1;
                let next = self.skip_space()?;
                if matches!(next, b'}' | b']') {
                    self.at += 1;
                    return Some(self.json_value(key, start..self.at, true, depth));
                }
                self.open.push(if first == b'{' { Frame::Object(None) } else { Frame::Array(0) });
                let value = start..start + 1;
                Some(Line { key, depth, ..Self::plain(value, true) })
            }
            b'"' => {
                self.at = string_end(self.bytes, start);
                Some(self.json_value(key, start..self.at, false, depth))
            }
            _ => {
                let is_end = |byte: &u8| matches!(byte, b',' | b'}' | b']') || byte.is_ascii_whitespace();
                let length = self.bytes[start..].iter().position(is_end).unwrap_or(self.bytes.len() - start);
                // Text that is no JSON never gets here; a step forward keeps even that from standing still.
                self.at = start + length.max(1);
                Some(self.json_value(key, start..self.at, false, depth))
            }
        }
    }

    /// A line that holds a whole value or a closing bracket, and the comma after it.
    fn json_value(
        &mut self,
        key: Option<Range<usize>>,
        value: Range<usize>,
        empty: bool,
        depth: usize,
    ) -> Line {
        let comma = self.skip_space() == Some(b',');
        if comma {
            self.at += 1;
        }
        Line { key, is_empty_container: empty, depth, comma, ..Self::plain(value, true) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(lines: &Lines) -> Vec<String> {
        lines
            .read_from(0)
            .map(|line| {
                let shown = lines.shown(&line);
                shown.lead + &String::from_utf8_lossy(&shown.value) + if line.comma { "," } else { "" }
            })
            .collect()
    }

    #[test]
    fn json_is_laid_out_whatever_its_white_space() {
        let text = br#" {"a":1,"b" : [ ],"c":{"d":["x,]", null , {}] } }"#;
        let lines = Lines::json(Bytes::from_static(text)).expect("is JSON");
        let expected = [
            "{",
            "  \"a\": 1,",
            "  \"b\": [],",
            "  \"c\": {",
            "    \"d\": [",
            "      \"x,]\",",
            "      null,",
            "      {}",
            "    ]",
            "  }",
            "}",
        ];
        assert_eq!(shown(&lines), expected);
        let paths: Vec<_> = (0..lines.len()).filter_map(|line| lines.path(line)).collect();
        assert_eq!(
            paths,
            ["$", "$.a", "$.b", "$.c", "$.c.d", "$.c.d[0]", "$.c.d[1]", "$.c.d[2]", "$.c.d", "$.c", "$"]
        );
    }

    #[test]
    fn pretty_printing_agrees_with_serde_json() {
        let value =
            serde_json::json!({"a b": [1, [2, {"x": "\"\\"}], {}], "": {"é": [[], [[]]]}, "z": 1.5e9});
        let text = serde_json::to_string(&value).expect("serializes");
        let lines = Lines::json(text.into()).expect("is JSON");
        let pretty = serde_json::to_string_pretty(&value).expect("serializes");
        assert_eq!(shown(&lines).join("\n"), pretty);
        assert_eq!(lines.path(2).as_deref(), Some("$[\"a b\"][0]"));
    }

    #[test]
    fn a_line_far_down_is_found_from_the_nearest_point() {
        let text: String = (0..5_000).map(|number| format!("line {number}\n")).collect();
        let lines = Lines::new(text.into(), Layout::Text);
        assert_eq!(lines.len(), 5_000);
        for number in [0, 1, 255, 256, 257, 4_999] {
            let line = lines.line(number).expect("exists");
            assert_eq!(&*lines.shown(&line).value, format!("line {number}").as_bytes());
        }
        assert_eq!(lines.line(5_000), None);
        let json: Vec<u32> = (0..5_000).collect();
        let json = Lines::json(serde_json::to_vec(&json).expect("serializes").into()).expect("is JSON");
        assert_eq!(json.path(4_321).as_deref(), Some("$[4320]"));
    }

    #[test]
    fn what_is_no_json_is_not_laid_out_as_such() {
        for text in ["", "12", "{", "{} x", "[1,]", "\"a\""] {
            assert!(Lines::json(Bytes::from_static(text.as_bytes())).is_none(), "{text}");
        }
        let deep = "[".repeat(200) + &"]".repeat(200);
        assert!(Lines::json(deep.into()).is_none());
    }

    #[test]
    fn escapes_and_commas_do_not_make_lines_differ() {
        let left = Lines::json(Bytes::from_static("[\"\\u5f20\\/\",1]".as_bytes())).expect("is JSON");
        let right = Lines::json(Bytes::from_static("[\"张/\"]".as_bytes())).expect("is JSON");
        let hash = |lines: &Lines| lines.hash(&lines.line(1).expect("exists"));
        assert_eq!(hash(&left), hash(&right));
    }

    #[test]
    fn a_missing_line_feed_at_the_end_counts() {
        let with = Lines::new(Bytes::from_static(b"a\n"), Layout::Text);
        let without = Lines::new(Bytes::from_static(b"a"), Layout::Text);
        let line = |lines: &Lines| lines.line(0).expect("exists");
        assert_ne!(with.hash(&line(&with)), without.hash(&line(&without)));
        assert_eq!((with.len(), without.len()), (1, 1));
    }
}
