//! The parts of `multipart/form-data` and its kin (RFC 2046, 5.1; RFC 7578), found without copying them.

use std::ops::Range;

use super::body::is_binary;
use super::{SHOWN, visible};
use crate::view::units;

/// Most parts that are told apart.
const MOST_PARTS: usize = 10_000;
/// Longest head of a part that is looked at, in bytes.
const MOST_HEAD: usize = 64 << 10;

/// A multipart body, cut into stretches whose lines are of one kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Multipart {
    parts: Vec<Part>,
    segments: Vec<Segment>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Part {
    name: Option<String>,
    file_name: Option<String>,
    content_type: Option<String>,
    size: usize,
}

/// Lines of one kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Segment {
    pub kind: SegmentKind,
    /// Place of the part, from 0.
    pub part: usize,
    /// Bytes of the body; none of a title.
    pub range: Range<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SegmentKind {
    /// One line that names the part.
    Title,
    /// Its headers, with the empty line behind them.
    Head,
    /// A body of lines, or what stands before the first part or behind the last one.
    Text,
    /// A body of bytes, sixteen a line.
    Hex,
}

/// Why a body is not the multipart body that its content type promises, and at which byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Broken {
    pub at: usize,
    pub why: Why,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// The content type names no boundary.
    NoBoundary,
    /// The boundary is nowhere in the body.
    NoPart,
    /// No empty line ends the headers of this part, counted from 1.
    HeadNotEnded { part: usize },
    /// No boundary ends this part, counted from 1.
    NotEnded { part: usize },
    /// More parts than are told apart.
    TooMany,
}

impl Multipart {
    /// Reads a body. `boundary` as in the content type, without the dashes.
    pub fn read(body: &[u8], boundary: &[u8]) -> Result<Self, Broken> {
        if boundary.is_empty() {
            return Err(Broken { at: 0, why: Why::NoBoundary });
        }
        let mark = [b"--", boundary].concat();
        let mut found = Self::default();
        let mut here = delimiter(body, &mark, 0).ok_or(Broken { at: 0, why: Why::NoPart })?;
        found.text(body, 0..here.start);
        while !here.is_last {
            let part = found.parts.len() + 1;
            if part > MOST_PARTS {
                return Err(Broken { at: here.start, why: Why::TooMany });
            }
            let head = head(body, here.end, &mark)
                .ok_or(Broken { at: here.end, why: Why::HeadNotEnded { part } })?;
            // The line feed in front of a boundary belongs to it; a part without headers begins with an empty line.
            let from = head.end.saturating_sub(1);
            let next =
                delimiter(body, &mark, from).ok_or(Broken { at: here.start, why: Why::NotEnded { part } })?;
            found.part(body, head.clone(), head.end..next.start.max(head.end));
            here = next;
        }
        found.text(body, here.end..body.len());
        Ok(found)
    }

    /// Number of parts.
    pub fn len(&self) -> usize {
        self.parts.len()
    }

    pub fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    pub(super) fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// What a part is called: its name, the name of its file, or its number as `#2`.
    pub(super) fn name(&self, part: usize) -> String {
        let names = |part: &Part| part.name.clone().or(part.file_name.clone());
        self.parts.get(part).and_then(names).unwrap_or_else(|| format!("#{}", part + 1))
    }

    /// `"avatar" · me.png · image/png · 3.2 KB`
    pub(super) fn title(&self, part: usize) -> String {
        let Some(found) = self.parts.get(part) else { return String::new() };
        let name = match &found.name {
            Some(name) => format!("\"{name}\""),
            None => format!("#{}", part + 1),
        };
        let more = [&found.file_name, &found.content_type].into_iter().flatten().cloned();
        let all: Vec<String> =
            std::iter::once(name).chain(more).chain([units::bytes(found.size as u64)]).collect();
        all.join(" · ")
    }

    fn part(&mut self, body: &[u8], head: Range<usize>, content: Range<usize>) {
        let part = self.parts.len();
        let lines = &body[head.clone()];
        let disposition = field(lines, b"content-disposition").unwrap_or_default();
        self.parts.push(Part {
            name: parameter(disposition, "name"),
            file_name: parameter(disposition, "filename"),
            content_type: field(lines, b"content-type").map(|kind| visible(kind, SHOWN).text),
            size: content.len(),
        });
        let kind = if is_binary(&body[content.clone()]) { SegmentKind::Hex } else { SegmentKind::Text };
        self.segments.push(Segment { kind: SegmentKind::Title, part, range: head.start..head.start });
        self.segments.push(Segment { kind: SegmentKind::Head, part, range: head });
        self.segments.push(Segment { kind, part, range: content });
    }

    /// What stands outside of the parts, where mostly nothing does.
    fn text(&mut self, body: &[u8], range: Range<usize>) {
        if body[range.clone()].iter().any(|byte| !byte.is_ascii_whitespace()) {
            let part = self.parts.len().saturating_sub(1);
            self.segments.push(Segment { kind: SegmentKind::Text, part, range });
        }
    }
}

/// A boundary that begins a line.
struct Delimiter {
    /// Where the line feed in front of it begins.
    start: usize,
    /// Where the line behind it begins.
    end: usize,
    is_last: bool,
}

/// The first boundary at or behind `from`.
fn delimiter(body: &[u8], mark: &[u8], from: usize) -> Option<Delimiter> {
    let mut at = from;
    // At the beginning of the body no line feed stands in front.
    if from == 0
        && let Some(found) = delimiter_at(body, mark, 0, 0)
    {
        return Some(found);
    }
    loop {
        let feed = at + body.get(at..)?.iter().position(|byte| *byte == b'\n')?;
        let has_return = feed > from && body[feed - 1] == b'\r';
        if let Some(found) = delimiter_at(body, mark, feed - usize::from(has_return), feed + 1) {
            return Some(found);
        }
        at = feed + 1;
    }
}

fn delimiter_at(body: &[u8], mark: &[u8], start: usize, at: usize) -> Option<Delimiter> {
    let rest = body.get(at..)?.strip_prefix(mark)?;
    let behind = at + mark.len();
    if let Some(rest) = rest.strip_prefix(b"--") {
        let length = rest.iter().position(|byte| *byte == b'\n').map_or(rest.len(), |feed| feed + 1);
        return Some(Delimiter { start, end: behind + 2 + length, is_last: true });
    }
    let padding = rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\r')).count();
    // Else it is the beginning of another text, such as a longer boundary.
    (rest.get(padding) == Some(&b'\n')).then(|| Delimiter {
        start,
        end: behind + padding + 1,
        is_last: false,
    })
}

/// The headers of a part with the empty line behind them.
fn head(body: &[u8], start: usize, mark: &[u8]) -> Option<Range<usize>> {
    let end = body.len().min(start + MOST_HEAD);
    let mut at = start;
    loop {
        let line = body.get(at..end)?;
        let length = line.iter().position(|byte| *byte == b'\n')?;
        if line.starts_with(mark) {
            return None;
        }
        let is_empty = matches!(&line[..length], b"" | b"\r");
        at += length + 1;
        if is_empty {
            return Some(start..at);
        }
    }
}

/// The value of a header among lines.
fn field<'a>(lines: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    lines.split(|byte| *byte == b'\n').find_map(|line| {
        let colon = line.iter().position(|byte| *byte == b':')?;
        let is_it = line[..colon].trim_ascii().eq_ignore_ascii_case(name);
        is_it.then(|| line[colon + 1..].trim_ascii())
    })
}

/// A parameter of a header such as `form-data; name="a; b"` (RFC 9110, 5.6.6), shown so that nothing in it hides.
pub fn parameter(value: &[u8], name: &str) -> Option<String> {
    raw_parameter(value, name).map(|value| visible(&value, 256).text)
}

/// The bytes of a parameter.
pub fn raw_parameter(value: &[u8], name: &str) -> Option<Vec<u8>> {
    let mut rest = &value[value.iter().position(|byte| *byte == b';')? + 1..];
    loop {
        rest = rest.trim_ascii_start();
        let equals = rest.iter().position(|byte| matches!(byte, b'=' | b';'))?;
        let found = rest[..equals].trim_ascii();
        let (text, behind) = match rest[equals] {
            b'=' => parameter_value(rest[equals + 1..].trim_ascii_start()),
            _ => (Vec::new(), &rest[equals..]),
        };
        if found.eq_ignore_ascii_case(name.as_bytes()) {
            return Some(text);
        }
        let next = behind.iter().position(|byte| *byte == b';')?;
        rest = &behind[next + 1..];
    }
}

/// A value, quoted or not, and what stands behind it.
fn parameter_value(text: &[u8]) -> (Vec<u8>, &[u8]) {
    let Some(quoted) = text.strip_prefix(b"\"") else {
        let end = text.iter().position(|byte| *byte == b';').unwrap_or(text.len());
        return (text[..end].trim_ascii().to_vec(), &text[end..]);
    };
    let mut value = Vec::new();
    let mut at = 0;
    while let Some(byte) = quoted.get(at) {
        match (byte, quoted.get(at + 1)) {
            (b'"', _) => return (value, &quoted[at + 1..]),
            // Only these two are escaped: Windows browsers once sent whole paths as file names.
            (b'\\', Some(next @ (b'"' | b'\\'))) => {
                value.push(*next);
                at += 1;
            }
            (byte, _) => value.push(*byte),
        }
        at += 1;
    }
    (value, &[])
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &[u8] = b"--x\r\nContent-Disposition: form-data; name=\"user\"\r\n\r\nAlice\r\nBob\r\n\
        --x\r\nContent-Disposition: form-data; name=\"pic\"; filename=\"a \\\"b\\\".png\"\r\n\
        Content-Type: image/png\r\n\r\n\x89PNG\0\0\r\n--x--\r\n";

    #[test]
    fn parts_are_told_apart_by_the_boundary_at_the_beginning_of_a_line() {
        let found = Multipart::read(BODY, b"x").expect("it is well formed");
        assert_eq!((found.len(), found.name(0).as_str(), found.name(1).as_str()), (2, "user", "pic"));
        assert_eq!(found.title(0), "\"user\" · 10 B");
        assert_eq!(found.title(1), "\"pic\" · a \"b\".png · image/png · 6 B");
        let kinds: Vec<SegmentKind> = found.segments().iter().map(|segment| segment.kind).collect();
        use SegmentKind::{Head, Hex, Text, Title};
        assert_eq!(kinds, [Title, Head, Text, Title, Head, Hex]);
        let text = &found.segments()[2];
        assert_eq!(&BODY[text.range.clone()], b"Alice\r\nBob");
    }

    #[test]
    fn what_is_broken_says_where() {
        let broken = |body: &[u8], boundary: &[u8]| Multipart::read(body, boundary).err();
        assert_eq!(broken(BODY, b""), Some(Broken { at: 0, why: Why::NoBoundary }));
        assert_eq!(broken(BODY, b"y"), Some(Broken { at: 0, why: Why::NoPart }));
        let cut = &BODY[..BODY.len() - 7];
        let second = BODY.windows(5).rposition(|part| part == b"--x\r\n").unwrap_or_default();
        assert_eq!(broken(cut, b"x"), Some(Broken { at: second - 2, why: Why::NotEnded { part: 2 } }));
        let cut = &BODY[..20];
        assert_eq!(broken(cut, b"x"), Some(Broken { at: 5, why: Why::HeadNotEnded { part: 1 } }));
    }

    #[test]
    fn a_boundary_that_begins_another_one_or_stands_within_a_line_ends_nothing() {
        let body = b"--x\n\n--xy\n a --x\n--x--";
        let found = Multipart::read(body, b"x").expect("it is well formed");
        assert_eq!(found.len(), 1);
        let content = &found.segments()[2];
        assert_eq!(&body[content.range.clone()], b"--xy\n a --x");
    }

    #[test]
    fn empty_parts_and_text_around_them_are_kept() {
        let body = b"hello\r\n--x\r\na: b\r\n\r\n\r\n--x\r\n\r\n--x--\r\nbye";
        let found = Multipart::read(body, b"x").expect("it is well formed");
        assert_eq!(found.len(), 2);
        let texts: Vec<&[u8]> = found.segments().iter().map(|segment| &body[segment.range.clone()]).collect();
        assert_eq!(texts.first(), Some(&&b"hello"[..]));
        assert_eq!(texts.last(), Some(&&b"bye"[..]));
        assert_eq!(found.title(1), "#2 · 0 B");
    }

    #[test]
    fn random_bytes_never_panic() {
        let mut seed = 0x9E37_79B9_7F4A_7C15u64;
        let alphabet = [b'-', b'-', b'x', b'\r', b'\n', b'\n', b':', b'a', b'"', 0];
        for _ in 0..20_000 {
            let mut body = Vec::new();
            for _ in 0..40 {
                seed ^= seed << 13;
                seed ^= seed >> 7;
                seed ^= seed << 17;
                body.push(alphabet[(seed % alphabet.len() as u64) as usize]);
            }
            if let Ok(found) = Multipart::read(&body, b"x") {
                let mut last = 0;
                for segment in found.segments() {
                    assert!(segment.range.start >= last && segment.range.end <= body.len());
                    last = segment.range.end;
                }
            }
            parameter(&body, "a");
        }
    }
}
