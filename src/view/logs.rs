//! Log lines by level and text.
//!
//! Only places are kept: the lines stay in the trace.

use std::ops::Range;

use super::diff::visible;
use crate::abi::LogLevel;
use crate::trace::{EventId, Trace};

/// A set of log levels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Levels(u8);

impl Default for Levels {
    fn default() -> Self {
        Self::ALL
    }
}

impl Levels {
    pub const ALL: Self = Self(0b11_1111);
    pub const NONE: Self = Self(0);

    /// This level and all that are more severe.
    pub fn from(level: LogLevel) -> Self {
        Self(Self::ALL.0 & !((1 << level.number()) - 1))
    }

    pub fn has(self, level: LogLevel) -> bool {
        self.0 & 1 << level.number() != 0
    }

    #[must_use]
    pub fn with(self, level: LogLevel, on: bool) -> Self {
        let bit = 1 << level.number();
        Self(if on { self.0 | bit } else { self.0 & !bit })
    }
}

/// All log lines of a run.
#[derive(Clone, Debug, Default)]
pub struct Logs {
    events: Vec<EventId>,
    counts: [usize; 6],
}

/// The lines that a filter lets through.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shown {
    pub events: Vec<EventId>,
    /// Number of all lines, the `m` of "n of m".
    pub of: usize,
}

impl Logs {
    pub fn new(trace: &Trace) -> Self {
        let mut logs = Self::default();
        for line in trace.logs() {
            logs.events.push(line.event);
            logs.counts[line.level.number() as usize] += 1;
        }
        logs
    }

    /// The event of a line, counted from 0.
    pub fn event(&self, line: usize) -> Option<EventId> {
        self.events.get(line).copied()
    }

    /// Whether a line is let through.
    pub fn passes(&self, trace: &Trace, line: usize, levels: Levels, needle: &Needle) -> bool {
        let found = self.event(line).and_then(|event| trace.log_line(event));
        found.is_some_and(|line| levels.has(line.level) && needle.is_in(line.message))
    }

    /// Number of lines.
    pub fn len(&self) -> usize {
        self.events.len()
    }

    pub fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    /// Number of lines of a level.
    pub fn count(&self, level: LogLevel) -> usize {
        self.counts[level.number() as usize]
    }

    /// The lines of these levels that contain the text, whatever its case.
    pub fn filter(&self, trace: &Trace, levels: Levels, text: &str) -> Shown {
        let needle = Needle::new(text.trim());
        let passes = |event: &EventId| {
            trace.log_line(*event).is_some_and(|line| levels.has(line.level) && needle.is_in(line.message))
        };
        let is_all = levels == Levels::ALL && needle.is_empty();
        let events = match is_all {
            true => self.events.clone(),
            false => self.events.iter().copied().filter(passes).collect(),
        };
        Shown { events, of: self.events.len() }
    }
}

/// The host call behind a log line, which has a number to show: `#18`.
pub fn call_of(trace: &Trace, event: EventId) -> Option<(EventId, u32)> {
    let parent = trace.event(event)?.parent?;
    trace.call_of(parent).map(|(_, number)| (parent, number))
}

/// A message in one row: its first line, and whether there is more than that. Lines without anything at the ends are none.
pub fn first_line(message: &[u8], most: usize) -> (String, bool) {
    let message = message.trim_ascii();
    let end = message.iter().position(|byte| *byte == b'\n').unwrap_or(message.len());
    (visible(message[..end].trim_ascii_end(), most).text, end < message.len())
}

/// A message line by line, at most so many lines and bytes of it; `…` stands for the rest.
pub fn all_lines(message: &[u8], most_lines: usize, most: usize) -> String {
    let message = message.trim_ascii();
    let mut lines: Vec<String> = Vec::new();
    let mut left = most;
    for line in message.split(|byte| *byte == b'\n') {
        if lines.len() == most_lines || left == 0 {
            lines.push("…".to_owned());
            break;
        }
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let shown = visible(line, left);
        left = left.saturating_sub(line.len().max(1));
        lines.push(if shown.is_cut { shown.text + "…" } else { shown.text });
    }
    lines.join("\n")
}

/// A text that is searched for whatever its case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Needle {
    bytes: Vec<u8>,
    /// Characters with cases beyond ASCII have to be compared one by one, in lower case.
    chars: Option<Vec<char>>,
}

impl Needle {
    pub fn new(text: &str) -> Self {
        let has_case = |c: char| !c.is_ascii() && (c.is_lowercase() || c.is_uppercase());
        let chars = text.chars().any(has_case).then(|| text.chars().flat_map(char::to_lowercase).collect());
        Self { bytes: text.to_ascii_lowercase().into_bytes(), chars }
    }

    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    pub fn is_in(&self, text: &[u8]) -> bool {
        self.bytes.is_empty() || self.find(text, 0).is_some()
    }

    /// All places in a text, as byte ranges, none inside another.
    pub fn places(&self, text: &str) -> Vec<Range<usize>> {
        let mut places = Vec::new();
        let mut from = 0;
        while !self.bytes.is_empty()
            && let Some(place) = self.find(text.as_bytes(), from)
        {
            from = place.end.max(place.start + 1);
            places.push(place);
        }
        places
    }

    fn find(&self, text: &[u8], from: usize) -> Option<Range<usize>> {
        match &self.chars {
            Some(chars) => find_chars(text, from, chars),
            None => find_bytes(text, from, &self.bytes),
        }
    }
}

/// `needle` is in lower case and not empty; bytes beyond ASCII have to be equal.
fn find_bytes(text: &[u8], from: usize, needle: &[u8]) -> Option<Range<usize>> {
    let (first, rest) = needle.split_first()?;
    let last = text.len().checked_sub(needle.len())?;
    let upper = first.to_ascii_uppercase();
    let mut at = from;
    while at <= last {
        let step = text[at..=last].iter().position(|byte| byte == first || *byte == upper)?;
        let start = at + step;
        let tail = &text[start + 1..start + needle.len()];
        if tail.eq_ignore_ascii_case(rest) {
            return Some(start..start + needle.len());
        }
        at = start + 1;
    }
    None
}

fn find_chars(text: &[u8], from: usize, needle: &[char]) -> Option<Range<usize>> {
    let rest = std::str::from_utf8(text.get(from..)?).ok()?;
    let is_ascii = needle.first().is_some_and(char::is_ascii);
    let mut next = 0;
    while let Some(c) = rest[next..].chars().next() {
        // No ASCII letter is the small one of another letter.
        if c.is_ascii() && !is_ascii {
            next += rest.as_bytes()[next..].iter().position(|byte| !byte.is_ascii())?;
            continue;
        }
        let start = next;
        next += c.len_utf8();
        let mut wanted = needle.iter();
        let mut end = start;
        for c in rest[start..].chars() {
            if wanted.as_slice().is_empty() {
                break;
            }
            if !c.to_lowercase().all(|lower| wanted.next() == Some(&lower)) {
                end = usize::MAX;
                break;
            }
            end += c.len_utf8();
        }
        if end != usize::MAX && wanted.as_slice().is_empty() {
            return Some(from + start..from + end);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::{Channel, Leftovers, Outcome, Recorder};

    fn trace(lines: &[(LogLevel, &str)]) -> Trace {
        let mut recorder = Recorder::default();
        for (level, text) in lines {
            recorder.log(*level, Channel::Log, 0, 1, text.as_bytes());
        }
        recorder.finish(Leftovers::default(), Outcome::Finished { status: 200 })
    }

    fn shown(trace: &Trace, levels: Levels, text: &str) -> Vec<String> {
        let shown = Logs::new(trace).filter(trace, levels, text);
        let message =
            |event: &EventId| trace.log_line(*event).map(|line| line.message.to_vec()).unwrap_or_default();
        shown.events.iter().map(|event| String::from_utf8_lossy(&message(event)).into_owned()).collect()
    }

    #[test]
    fn lines_are_chosen_by_level_and_by_text_of_any_case() {
        let trace = trace(&[
            (LogLevel::Debug, "Removed Accept-Encoding"),
            (LogLevel::Info, "已脱敏 5 个字段"),
            (LogLevel::Warn, "rule matched nothing"),
        ]);
        assert_eq!(shown(&trace, Levels::ALL, "ACCEPT"), ["Removed Accept-Encoding"]);
        assert_eq!(shown(&trace, Levels::ALL, "脱敏"), ["已脱敏 5 个字段"]);
        assert_eq!(shown(&trace, Levels::from(LogLevel::Info), "e"), ["rule matched nothing"]);
        assert_eq!(shown(&trace, Levels::ALL.with(LogLevel::Warn, false), "").len(), 2);
        let logs = Logs::new(&trace);
        assert_eq!((logs.count(LogLevel::Warn), logs.count(LogLevel::Error)), (1, 0));
        assert_eq!(logs.filter(&trace, Levels::ALL, "nothing").of, 3);
    }

    #[test]
    fn a_message_of_several_lines_is_its_first_one_and_the_whole_on_demand() {
        assert_eq!(first_line(b"one\r\ntwo", 99), ("one".into(), true));
        assert_eq!(
            first_line(b"\n\none\n\n", 99),
            ("one".into(), false),
            "the end of a line is no second line"
        );
        assert_eq!(first_line(b"a\tb\0", 99), ("a→   b\\0".into(), false), "what hides is shown");
        assert_eq!(first_line(b"", 99), (String::new(), false));
        assert_eq!(all_lines(b"one\r\n\ntwo\n", 9, 99), "one\n\ntwo");
        assert_eq!(all_lines(b"1\n2\n3", 2, 99), "1\n2\n…");
        assert_eq!(all_lines(b"abcdef\ng", 9, 3), "abc…\n…");
    }

    #[test]
    fn places_are_found_for_marking() {
        assert_eq!(Needle::new("AB").places("xabAbb"), [1..3, 3..5]);
        assert_eq!(Needle::new("aa").places("aaaa"), [0..2, 2..4]);
        assert_eq!(Needle::new("É").places("aé É"), [1..3, 4..6]);
        assert_eq!(Needle::new("字").places("字段5字"), [0..3, 7..10]);
        assert!(Needle::new("").places("abc").is_empty());
        assert!(!Needle::new("é").is_in(b"\xff"));
    }
}
