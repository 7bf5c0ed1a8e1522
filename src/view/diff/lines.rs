//! Bytes cut into lines without copying them.
//!
//! An index keeps one point in every few hundred lines; the lines between are found again by reading on from there.
//! So a body of ten megabytes costs some kilobytes, and any line is found in microseconds.

use std::fmt::Write as _;
use std::hash::{DefaultHasher, Hasher};
use std::ops::Range;

use bytes::Bytes;
use serde::de::IgnoredAny;

/// How bytes are cut into lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Layout {
    /// At line feeds.
    Text,
    /// As pretty-printed JSON: one line for each value, bracket and brace, whatever the white space in the bytes.
    Json,
    /// Sixteen bytes a line.
    Hex,
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
}

/// One line of a side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// JSON: the key of the member, quotes included.
    pub key: Option<Range<usize>>,
    /// JSON: the value or bracket. Else: the line without its line feed.
    pub value: Range<usize>,
    /// JSON: `{}` or `[]` with possible white space between.
    pub is_empty_container: bool,
    /// JSON: how many containers the line is inside of.
    pub depth: usize,
    /// JSON: a comma follows.
    pub comma: bool,
    /// Text: a line feed follows.
    pub ends: bool,
}

/// A side of a difference, cut into lines.
#[derive(Clone, Debug)]
pub struct Lines {
    bytes: Bytes,
    layout: Layout,
    points: Vec<Point>,
    count: u32,
}

impl Lines {
    /// Cuts bytes as text or in rows of hexadecimal numbers. Text beyond 1 GiB is cut off.
    pub fn new(bytes: Bytes, layout: Layout) -> Self {
        let bytes = if bytes.len() > MAX_BYTES { bytes.slice(..MAX_BYTES) } else { bytes };
        match layout {
            Layout::Hex => {
                let count = bytes.len().div_ceil(HEX_WIDTH);
                Self { bytes, layout, points: Vec::new(), count: u32::try_from(count).unwrap_or(u32::MAX) }
            }
            Layout::Json => Self::json(bytes.clone()).unwrap_or_else(|| Self::indexed(bytes, Layout::Text)),
            Layout::Text => Self::indexed(bytes, Layout::Text),
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
        Some(Self::indexed(bytes, Layout::Json))
    }

    /// No lines, in this layout.
    pub fn empty(layout: Layout) -> Self {
        Self { bytes: Bytes::new(), layout, points: Vec::new(), count: 0 }
    }

    fn indexed(bytes: Bytes, layout: Layout) -> Self {
        let mut points = Vec::new();
        let mut cursor = Cursor { bytes: &bytes, layout, at: 0, line: 0, open: Vec::new() };
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
        Self { bytes, layout, points, count }
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
        let mut cursor = match after.checked_sub(1).and_then(|index| self.points.get(index)) {
            Some(point) => Cursor {
                bytes: &self.bytes,
                layout: self.layout,
                at: point.offset as usize,
                line: point.line,
                open: point.open.to_vec(),
            },
            None => {
                let (at, line) = match self.layout {
                    Layout::Hex => (from.min(self.len()) * HEX_WIDTH, from.min(self.len())),
                    Layout::Text | Layout::Json => (0, 0),
                };
                let line = u32::try_from(line).unwrap_or(u32::MAX);
                Cursor { bytes: &self.bytes, layout: self.layout, at, line, open: Vec::new() }
            }
        };
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
        if self.layout == Layout::Json {
            if let Some(key) = &line.key {
                write_json(&mut hasher, bytes(key));
                hasher.write_u8(b':');
            }
            match line.is_empty_container {
                true => hasher.write(if bytes(&line.value).first() == Some(&b'{') { b"{}" } else { b"[]" }),
                false => write_json(&mut hasher, bytes(&line.value)),
            }
        } else {
            hasher.write(bytes(&line.value));
            hasher.write_u8(u8::from(line.ends));
        }
        hasher.finish()
    }

    /// The line as shown, without a comma that follows: what comes before the value, and the bytes of the value.
    pub(super) fn shown(&self, line: &Line) -> (String, &[u8]) {
        let value = self.bytes.get(line.value.clone()).unwrap_or_default();
        let mut lead = String::new();
        if self.layout == Layout::Json {
            lead = "  ".repeat(line.depth);
            if let Some(key) = &line.key {
                let key = super::visible(self.bytes.get(key.clone()).unwrap_or_default(), super::SHOWN);
                lead += &key.text;
                lead += if key.is_cut { "…: " } else { ": " };
            }
        }
        match (line.is_empty_container, value.first()) {
            (true, Some(b'{')) => (lead, b"{}"),
            (true, _) => (lead, b"[]"),
            (false, _) => (lead, value),
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
}

impl Iterator for Cursor<'_> {
    type Item = Line;

    fn next(&mut self) -> Option<Line> {
        let line = match self.layout {
            Layout::Text => self.text_line(),
            Layout::Json => self.json_line(),
            Layout::Hex => self.hex_line(),
        }?;
        self.line += 1;
        Some(line)
    }
}

impl Cursor<'_> {
    fn point(&self) -> Point {
        let offset = u32::try_from(self.at).unwrap_or(u32::MAX);
        Point { line: self.line, offset, open: self.open.clone().into() }
    }

    fn plain(value: Range<usize>, ends: bool) -> Line {
        Line { key: None, value, is_empty_container: false, depth: 0, comma: false, ends }
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
                Some(Line { key, value, is_empty_container: false, depth, comma: false, ends: true })
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
        Line { key, value, is_empty_container: empty, depth, comma, ends: true }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(lines: &Lines) -> Vec<String> {
        lines
            .read_from(0)
            .map(|line| {
                let (lead, value) = lines.shown(&line);
                lead + &String::from_utf8_lossy(value) + if line.comma { "," } else { "" }
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
            assert_eq!(lines.shown(&line).1, format!("line {number}").as_bytes());
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
