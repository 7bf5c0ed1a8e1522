//! Two bodies side by side, in rows whose text is made when somebody looks at them.

use std::fmt::Write as _;
use std::ops::Range;

use bytes::Bytes;

use super::align::{Budget, RowKind, Run, align};
use super::lines::{HEX_WIDTH, Layout, Line, Lines};
use super::words::{Marks, marks};
use super::{SHOWN, order, visible};

/// How closely two bodies were compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Detail {
    /// Line by line.
    Lines,
    /// Very many lines or very different ones: parts of them only by blocks.
    Blocks,
}

/// A line of one side, ready to be shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LineCell {
    /// Number of the line from 1; for hexadecimal rows the offset of the first byte.
    pub number: usize,
    /// At most 4 KiB of the line, control characters made visible.
    pub text: String,
    /// Byte ranges of `text` that differ from the other side.
    pub marks: Vec<Range<usize>>,
    /// Length of the whole line in bytes.
    pub full_len: usize,
    /// `text` is only the beginning.
    pub is_cut: bool,
    /// Some bytes are no UTF-8.
    pub is_lossy: bool,
    /// The last line of a text that does not end with a line feed.
    pub is_unended: bool,
}

/// A row of a [`BodyDiff`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BodyRow {
    pub kind: RowKind,
    pub before: Option<LineCell>,
    pub after: Option<LineCell>,
}

/// Where a row stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RowPlace {
    pub kind: RowKind,
    /// Line of either side, from 0.
    pub before: Option<usize>,
    pub after: Option<usize>,
}

/// Two bodies, line by line.
#[derive(Clone, Debug)]
pub struct BodyDiff {
    before: Lines,
    after: Lines,
    runs: Vec<Run>,
    detail: Detail,
    folds: Vec<Range<u32>>,
    /// The bodies as they were sent: perhaps compressed.
    wire: [Bytes; 2],
}

/// Unchanged rows that stay in sight beside a change.
const CONTEXT: u32 = 1;
/// Fewest rows that are worth folding.
const LEAST_FOLD: u32 = 2;
/// How much of a body decides whether it is binary, in bytes.
const SAMPLE: usize = 64 << 10;

impl BodyDiff {
    /// Compares two bodies with the default budget.
    pub fn new(before: &Bytes, after: &Bytes) -> Self {
        Self::with_budget(before, after, Budget::default())
    }

    pub fn with_budget(before: &Bytes, after: &Bytes, budget: Budget) -> Self {
        let (old, new) = lay_out(before, after);
        Self::aligned(old, new, [before.clone(), after.clone()], budget)
    }

    /// Compares two sides that were cut into lines of one layout; `wire` is what they were made of.
    pub fn of_lines(before: Lines, after: Lines, wire: [Bytes; 2]) -> Self {
        Self::aligned(before, after, wire, Budget::default())
    }

    fn aligned(before: Lines, after: Lines, wire: [Bytes; 2], budget: Budget) -> Self {
        let (runs, exact) = align(&before, &after, budget);
        let detail = if exact { Detail::Lines } else { Detail::Blocks };
        let folds = folds(&runs);
        Self { before, after, runs, detail, folds, wire }
    }

    /// How the lines were cut.
    pub fn layout(&self) -> Layout {
        if self.before.is_empty() { self.after.layout() } else { self.before.layout() }
    }

    pub fn detail(&self) -> Detail {
        self.detail
    }

    /// Lengths of both bodies in bytes, as they were sent.
    pub fn sizes(&self) -> (usize, usize) {
        (self.wire[0].len(), self.wire[1].len())
    }

    /// Number of lines before and after.
    pub fn line_counts(&self) -> (usize, usize) {
        (self.before.len(), self.after.len())
    }

    /// The bodies as they are compared: decoded, if they were sent compressed.
    pub fn shown_bytes(&self) -> [&Bytes; 2] {
        [self.before.bytes(), self.after.bytes()]
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.runs.last().map_or(0, |end| end.row as usize)
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The bodies are equal byte by byte, as they were sent.
    pub fn is_same(&self) -> bool {
        self.wire[0] == self.wire[1]
    }

    /// The bodies differ, but only in how their JSON is written, their form escaped, or the bytes compressed.
    pub fn differs_in_formatting_only(&self) -> bool {
        !self.is_same() && self.changed_runs().next().is_none()
    }

    /// The JSON of both sides has the same values, but members of objects stand in another order.
    pub fn differs_in_order_only(&self) -> bool {
        let is_json = self.before.layout() == Layout::Json && self.after.layout() == Layout::Json;
        is_json
            && self.changed_runs().next().is_some()
            && order::is_same_but_for_order(&self.before, &self.after)
    }

    /// Runs of rows of one kind, each with its rows.
    pub fn runs(&self) -> impl Iterator<Item = (Range<usize>, RowKind)> {
        self.runs.windows(2).map(|two| (two[0].row as usize..two[1].row as usize, two[0].kind))
    }

    /// The runs that are not [`RowKind::Same`].
    pub fn changed_runs(&self) -> impl Iterator<Item = (Range<usize>, RowKind)> {
        self.runs().filter(|(_, kind)| *kind != RowKind::Same)
    }

    /// Unchanged rows that are hidden while only changes are shown.
    pub fn folds(&self) -> &[Range<u32>] {
        &self.folds
    }

    /// Where a row stands; `None` beyond the last.
    pub fn place(&self, row: usize) -> Option<RowPlace> {
        if row >= self.len() {
            return None;
        }
        let index = self.runs.partition_point(|run| run.row as usize <= row).checked_sub(1)?;
        let run = self.runs.get(index)?;
        let offset = row - run.row as usize;
        let before = (run.kind != RowKind::Added).then_some(run.before as usize + offset);
        let after = (run.kind != RowKind::Removed).then_some(run.after as usize + offset);
        Some(RowPlace { kind: run.kind, before, after })
    }

    /// The text of a row. Costs microseconds, whatever the size of the bodies.
    pub fn row(&self, row: usize) -> Option<BodyRow> {
        let place = self.place(row)?;
        let read = |lines: &Lines, number: Option<usize>| {
            let number = number?;
            lines.line(number).map(|line| (number, line))
        };
        let (old, new) = (read(&self.before, place.before), read(&self.after, place.after));
        let mut left = old.as_ref().map(|(number, line)| cell(&self.before, *number, line));
        let mut right = new.as_ref().map(|(number, line)| cell(&self.after, *number, line));
        if let (RowKind::Changed, Some(left), Some(right)) = (place.kind, &mut left, &mut right) {
            let found = match (self.layout(), &old, &new) {
                (Layout::Hex, Some((_, old)), Some((_, new))) => self.hex_marks(old, new),
                _ => marks(&left.text, &right.text),
            };
            left.marks = found.before;
            right.marks = found.after;
        }
        // The comma is no part of the value; it comes after the comparison, so it is never marked.
        for (cell, line) in [(&mut left, &old), (&mut right, &new)] {
            if let (Some(cell), Some((_, line))) = (cell, line)
                && line.comma
                && !cell.is_cut
            {
                cell.text.push(',');
            }
        }
        Some(BodyRow { kind: place.kind, before: left, after: right })
    }

    /// The JSON path of a row: of the line after, or of the line before where it was removed.
    pub fn path(&self, row: usize) -> Option<String> {
        let place = self.place(row)?;
        match (place.after, place.before) {
            (Some(line), _) => self.after.path(line),
            (None, Some(line)) => self.before.path(line),
            (None, None) => None,
        }
    }

    /// What a row is called: the path of its JSON value, the name of its form's field or of its part.
    pub fn name(&self, row: usize) -> Option<String> {
        let place = self.place(row)?;
        match (place.after, place.before) {
            (Some(line), _) => self.after.name(line),
            (None, Some(line)) => self.before.name(line),
            (None, None) => None,
        }
    }

    /// The value of a row, whole and as it stands on the right; of a removed row as it stood on the left.
    pub fn value(&self, row: usize) -> Option<Vec<u8>> {
        let place = self.place(row)?;
        let (lines, number) = match place.after {
            Some(line) => (&self.after, line),
            None => (&self.before, place.before?),
        };
        Some(lines.whole(&lines.line(number)?))
    }

    /// Memory held beyond the bodies themselves, in bytes.
    pub fn overhead(&self) -> usize {
        let tables = size_of_val(&*self.runs) + size_of_val(&*self.folds);
        self.before.overhead() + self.after.overhead() + tables
    }

    fn hex_marks(&self, old: &Line, new: &Line) -> Marks {
        let old = self.before.bytes().get(old.value.clone()).unwrap_or_default();
        let new = self.after.bytes().get(new.value.clone()).unwrap_or_default();
        let differs = |index: usize| old.get(index) != new.get(index);
        Marks { before: hex_ranges(old, differs), after: hex_ranges(new, differs) }
    }
}

/// Cuts both bodies in the way that suits both.
fn lay_out(before: &Bytes, after: &Bytes) -> (Lines, Lines) {
    let side = |bytes: &Bytes, layout| Lines::new(bytes.clone(), layout);
    if is_binary(before) || is_binary(after) {
        return (side(before, Layout::Hex), side(after, Layout::Hex));
    }
    let json = |bytes: &Bytes| match bytes.is_empty() {
        true => Some(Lines::empty(Layout::Json)),
        false => Lines::json(bytes.clone()),
    };
    match (json(before), json(after)) {
        (Some(old), Some(new)) => (old, new),
        _ => (side(before, Layout::Text), side(after, Layout::Text)),
    }
}

/// Whether a body is better shown as numbers: it has NUL bytes, or more than a tenth of it is no UTF-8.
pub fn is_binary(body: &[u8]) -> bool {
    let sample = &body[..body.len().min(SAMPLE)];
    if sample.contains(&0) {
        return true;
    }
    // A character that the sample cuts in half is not counted.
    let invalid: usize = sample.utf8_chunks().map(|chunk| chunk.invalid().len()).sum();
    invalid > 3 && invalid * 10 > sample.len() || std::str::from_utf8(body).is_err() && body.len() < 4
}

fn cell(lines: &Lines, number: usize, line: &Line) -> LineCell {
    if lines.layout() == Layout::Hex {
        let bytes = lines.bytes().get(line.value.clone()).unwrap_or_default();
        let number = number * HEX_WIDTH;
        return LineCell { number, text: hex_text(bytes), full_len: bytes.len(), ..LineCell::default() };
    }
    let part = lines.shown(line);
    let shown = visible(&part.value, SHOWN);
    LineCell {
        number: number + 1,
        full_len: part.full_len,
        text: part.lead + &shown.text,
        marks: Vec::new(),
        is_cut: shown.is_cut,
        is_lossy: shown.is_lossy,
        is_unended: !line.ends,
    }
}

/// Bytes whose numbers stand together, so that sixteen and their characters fit into half a window.
const HEX_GROUP: usize = 4;
/// Width of the column of numbers.
const HEX_COLUMN: usize = HEX_WIDTH * 2 + HEX_WIDTH / HEX_GROUP;

/// `48656c6c 6f2e…  Hello.…`
pub(super) fn hex_text(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(HEX_COLUMN + HEX_WIDTH);
    for group in bytes.chunks(HEX_GROUP) {
        for byte in group {
            let _ = write!(text, "{byte:02x}");
        }
        text.push(' ');
    }
    while text.len() < HEX_COLUMN {
        text.push(' ');
    }
    text.extend(bytes.iter().map(|byte| match byte {
        0x20..=0x7e => char::from(*byte),
        _ => '.',
    }));
    text
}

/// Where the bytes stand in [`hex_text`] for which `differs`: first all numbers, then all characters.
fn hex_ranges(bytes: &[u8], differs: impl Fn(usize) -> bool) -> Vec<Range<usize>> {
    let mut ranges: Vec<Range<usize>> = Vec::new();
    let mut push = |range: Range<usize>, gap: usize| match ranges.last_mut() {
        Some(last) if last.end + gap == range.start => last.end = range.end,
        _ => ranges.push(range),
    };
    for index in (0..bytes.len()).filter(|index| differs(*index)) {
        let at = index * 2 + index / HEX_GROUP;
        push(at..at + 2, usize::from(index.is_multiple_of(HEX_GROUP)));
    }
    for index in (0..bytes.len()).filter(|index| differs(*index)) {
        let at = HEX_COLUMN + index;
        push(at..at + 1, 0);
    }
    ranges
}

/// Long runs of unchanged rows, without the rows beside a change.
fn folds(runs: &[Run]) -> Vec<Range<u32>> {
    let last = runs.len().saturating_sub(2);
    runs.windows(2)
        .enumerate()
        .filter(|(_, two)| two[0].kind == RowKind::Same)
        .filter_map(|(index, two)| {
            let start = two[0].row + if index > 0 { CONTEXT } else { 0 };
            let end = two[1].row.saturating_sub(if index < last { CONTEXT } else { 0 });
            (end >= start + LEAST_FOLD).then_some(start..end)
        })
        .collect()
}

#[cfg(test)]
mod tests;
