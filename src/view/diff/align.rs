//! Which lines of two sides belong together.
//!
//! Lines that occur once on each side are anchors; between anchors the same is tried again, and small stretches are
//! compared exactly. Texts with too many lines are compared by blocks first, whose borders depend on their contents
//! only, so that an insertion does not shift them. All work is counted against a budget, never against a clock:
//! equal input gives equal rows on every machine. What the budget does not reach is reported as replaced.

use std::hash::{DefaultHasher, Hasher};
use std::ops::Range;

use similar::{Algorithm, DiffOp, capture_diff_slices};

use super::lines::{Layout, Lines};
use super::pairs;

/// Work that an alignment may still do. One unit is about one comparison of two lines, or some nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget(pub u64);

impl Default for Budget {
    fn default() -> Self {
        Self(20_000_000)
    }
}

impl Budget {
    fn take(&mut self, work: u64) -> bool {
        match self.0.checked_sub(work) {
            Some(left) => {
                self.0 = left;
                true
            }
            None => false,
        }
    }
}

/// What happened to a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RowKind {
    Same,
    Removed,
    Added,
    Changed,
    /// Headers only: the same name and value in another place.
    Moved,
}

/// Rows of one kind that follow each other. A run ends where the next one begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    /// First row, from 0.
    pub row: u32,
    /// Line before and after to which the first row belongs; for added and removed rows, where the others stand.
    pub before: u32,
    pub after: u32,
    pub kind: RowKind,
}

/// Most lines of one side that are compared one by one.
const MOST_LINES: usize = 400_000;
/// A stretch of this many pairs is compared exactly without looking for anchors.
const SMALL: usize = 4_096;
/// Largest stretch without anchors that is compared exactly, in pairs.
const MOST_PAIRS: usize = 4_000_000;
/// How often stretches between anchors are searched for anchors again.
const MOST_DEPTH: usize = 24;
/// A block ends at a line whose hash has these bits clear: at every 64th on average.
const BLOCK_MASK: u64 = 63;
/// Longest block in lines.
const BLOCK_LINES: usize = 1_024;

/// Aligns two sides. Gives the runs of rows, and whether every part was compared line by line.
pub fn align(before: &Lines, after: &Lines, mut budget: Budget) -> (Vec<Run>, bool) {
    let mut out = Rows::default();
    let (b, a) = (0..before.len(), 0..after.len());
    let mut exact = true;
    if before.bytes() == after.bytes() {
        out.push(RowKind::Same, 0, 0, b.len());
    } else if b.len().max(a.len()) <= MOST_LINES {
        exact = fine(before, after, b, a, &mut budget, &mut out);
    } else {
        exact = coarse(before, after, &mut budget, &mut out);
    }
    out.close();
    (out.runs, exact)
}

/// Rows under construction.
#[derive(Default)]
struct Rows {
    runs: Vec<Run>,
    rows: u32,
    before: u32,
    after: u32,
}

impl Rows {
    fn push(&mut self, kind: RowKind, before: usize, after: usize, count: usize) {
        if count == 0 {
            return;
        }
        let small = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        let (before, after, count) = (small(before), small(after), small(count));
        // Lines come in order on both sides without gaps, so rows of the same kind always continue a run.
        if self.runs.last().is_none_or(|run| run.kind != kind) {
            self.runs.push(Run { row: self.rows, before, after, kind });
        }
        self.rows = self.rows.saturating_add(count);
        self.before = if kind == RowKind::Added { before } else { before.saturating_add(count) };
        self.after = if kind == RowKind::Removed { after } else { after.saturating_add(count) };
    }

    /// Adds an end mark, so that every run has a successor.
    fn close(&mut self) {
        self.runs.push(Run { row: self.rows, before: self.before, after: self.after, kind: RowKind::Same });
        self.runs.shrink_to_fit();
    }
}

/// Aligns ranges of lines one by one. False if the budget did not reach everywhere.
fn fine(
    before: &Lines,
    after: &Lines,
    b: Range<usize>,
    a: Range<usize>,
    budget: &mut Budget,
    out: &mut Rows,
) -> bool {
    let hashes = |lines: &Lines, range: &Range<usize>| -> Vec<u64> {
        lines.read_from(range.start).take(range.len()).map(|line| lines.hash(&line)).collect()
    };
    let (old, new) = (hashes(before, &b), hashes(after, &a));
    let (old_len, new_len) = (old.len(), new.len());
    let mut search = Search { old, new, budget, pairs: Vec::new(), exact: true };
    search.stretch(0..old_len, 0..new_len, 0);
    let Search { pairs, mut exact, .. } = search;
    let (mut at_b, mut at_a) = (0, 0);
    for equal in pairs.into_iter().chain([Equal::new(old_len, new_len, 0)]) {
        let (old, new, len) = equal.places();
        let (gap_b, gap_a) = (b.start + at_b..b.start + old, a.start + at_a..a.start + new);
        exact &= gap(before, after, gap_b, gap_a, budget, out);
        out.push(RowKind::Same, b.start + old, a.start + new, len);
        (at_b, at_a) = (old + len, new + len);
    }
    exact
}

/// Writes a stretch in which no line is equal: lines that are alike become changed rows.
fn gap(
    before: &Lines,
    after: &Lines,
    b: Range<usize>,
    a: Range<usize>,
    budget: &mut Budget,
    out: &mut Rows,
) -> bool {
    let (mut at_b, mut at_a) = (b.start, a.start);
    let paired = match (b.len(), a.len()) {
        (0, _) | (_, 0) => Some(Vec::new()),
        // Rows of bytes stand where they stand.
        _ if before.layout() == Layout::Hex => Some(b.clone().zip(a.clone()).collect()),
        (n, m) if n * m <= SMALL && budget.take((n * m) as u64 * 8) => {
            Some(pairs::alike(before, after, &b, &a))
        }
        (n, m) if n == m => Some(b.clone().zip(a.clone()).collect()),
        _ => None,
    };
    let known = paired.is_some();
    for (left, right) in paired.unwrap_or_default() {
        out.push(RowKind::Removed, at_b, at_a, left - at_b);
        out.push(RowKind::Added, left, at_a, right - at_a);
        out.push(RowKind::Changed, left, right, 1);
        (at_b, at_a) = (left + 1, right + 1);
    }
    out.push(RowKind::Removed, at_b, at_a, b.end - at_b);
    out.push(RowKind::Added, b.end, at_a, a.end - at_a);
    known
}

/// A stretch of lines that are equal on both sides.
#[derive(Clone, Copy, Debug)]
struct Equal {
    old: u32,
    new: u32,
    len: u32,
}

impl Equal {
    /// Sides hold fewer than 2³² lines.
    fn new(old: usize, new: usize, len: usize) -> Self {
        let small = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        Self { old: small(old), new: small(new), len: small(len) }
    }

    fn places(self) -> (usize, usize, usize) {
        (self.old as usize, self.new as usize, self.len as usize)
    }
}

struct Search<'a> {
    old: Vec<u64>,
    new: Vec<u64>,
    budget: &'a mut Budget,
    pairs: Vec<Equal>,
    exact: bool,
}

impl Search<'_> {
    fn equal(&mut self, old: usize, new: usize, len: usize) {
        let next = Equal::new(old, new, len);
        match self.pairs.last_mut() {
            _ if len == 0 => {}
            Some(last) if last.old + last.len == next.old && last.new + last.len == next.new => {
                last.len += next.len;
            }
            _ => self.pairs.push(next),
        }
    }

    /// Finds equal lines in a stretch, in order.
    fn stretch(&mut self, b: Range<usize>, a: Range<usize>, depth: usize) {
        let (old, new) = (&self.old[b.clone()], &self.new[a.clone()]);
        let prefix = old.iter().zip(new).take_while(|(l, r)| l == r).count();
        let (old, new) = (&old[prefix..], &new[prefix..]);
        let suffix = old.iter().rev().zip(new.iter().rev()).take_while(|(l, r)| l == r).count();
        let inner_b = b.start + prefix..b.end - suffix;
        let inner_a = a.start + prefix..a.end - suffix;
        self.equal(b.start, a.start, prefix);
        if !inner_b.is_empty() && !inner_a.is_empty() {
            self.inner(inner_b.clone(), inner_a.clone(), depth);
        }
        self.equal(inner_b.end, inner_a.end, suffix);
    }

    fn inner(&mut self, b: Range<usize>, a: Range<usize>, depth: usize) {
        let pairs = b.len().saturating_mul(a.len());
        if pairs <= SMALL {
            self.compare(b, a);
            return;
        }
        let linear = (b.len() + a.len()) as u64;
        let anchors = match depth < MOST_DEPTH && self.budget.take(linear) {
            true => anchors(&self.old, &self.new, b.clone(), a.clone()),
            false => Vec::new(),
        };
        if anchors.is_empty() {
            self.compare(b, a);
            return;
        }
        let (mut at_b, mut at_a) = (b.start, a.start);
        for (left, right) in anchors {
            self.stretch(at_b..left, at_a..right, depth + 1);
            self.equal(left, right, 1);
            (at_b, at_a) = (left + 1, right + 1);
        }
        self.stretch(at_b..b.end, at_a..a.end, depth + 1);
    }

    /// Compares a stretch exactly, if it is not too large.
    fn compare(&mut self, b: Range<usize>, a: Range<usize>) {
        let pairs = b.len().saturating_mul(a.len());
        if pairs > MOST_PAIRS || !self.budget.take(pairs as u64) {
            self.exact = false;
            return;
        }
        let ops = capture_diff_slices(Algorithm::Myers, &self.old[b.clone()], &self.new[a.clone()]);
        for op in ops {
            if let DiffOp::Equal { old_index, new_index, len } = op {
                self.equal(b.start + old_index, a.start + new_index, len);
            }
        }
    }
}

/// Pairs of places whose value occurs once on each side, as many as can be kept in order.
fn anchors(old: &[u64], new: &[u64], b: Range<usize>, a: Range<usize>) -> Vec<(usize, usize)> {
    let (left, right) = (once(old, b), once(new, a));
    let mut pairs = Vec::new();
    let mut rest = right.iter().peekable();
    for (hash, at) in left {
        while rest.next_if(|(other, _)| *other < hash).is_some() {}
        if let Some((_, other)) = rest.next_if(|(other, _)| *other == hash) {
            pairs.push((at as usize, *other as usize));
        }
    }
    pairs.sort_unstable();
    longest_rising(&pairs)
}

/// Values that occur once in a range, sorted, each with its place.
fn once(values: &[u64], range: Range<usize>) -> Vec<(u64, u32)> {
    let mut sorted: Vec<(u64, u32)> =
        range.map(|at| (values[at], u32::try_from(at).unwrap_or(u32::MAX))).collect();
    sorted.sort_unstable();
    sorted.chunk_by(|l, r| l.0 == r.0).filter(|same| same.len() == 1).map(|same| same[0]).collect()
}

/// The longest choice of pairs that rises on both sides (patience sorting).
fn longest_rising(pairs: &[(usize, usize)]) -> Vec<(usize, usize)> {
    let mut piles: Vec<usize> = Vec::new();
    let mut previous: Vec<Option<usize>> = Vec::with_capacity(pairs.len());
    for (index, (_, right)) in pairs.iter().enumerate() {
        let pile = piles.partition_point(|top| pairs[*top].1 < *right);
        previous.push(pile.checked_sub(1).map(|below| piles[below]));
        match piles.get_mut(pile) {
            Some(top) => *top = index,
            None => piles.push(index),
        }
    }
    let mut chosen = Vec::with_capacity(piles.len());
    let mut next = piles.last().copied();
    while let Some(index) = next {
        chosen.push(pairs[index]);
        next = previous[index];
    }
    chosen.reverse();
    chosen
}

/// Some lines that follow each other.
struct Block {
    hash: u64,
    first: usize,
}

fn blocks(lines: &Lines) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut hasher = DefaultHasher::new();
    let mut first = 0;
    for (number, line) in lines.read_from(0).enumerate() {
        let hash = lines.hash(&line);
        hasher.write_u64(hash);
        if hash & BLOCK_MASK == 0 || number + 1 - first >= BLOCK_LINES || number + 1 == lines.len() {
            blocks.push(Block { hash: hasher.finish(), first });
            hasher = DefaultHasher::new();
            first = number + 1;
        }
    }
    blocks
}

/// Aligns texts of very many lines: first by blocks, then line by line where blocks differ.
fn coarse(before: &Lines, after: &Lines, budget: &mut Budget, out: &mut Rows) -> bool {
    let (old, new) = (blocks(before), blocks(after));
    let hashes = |blocks: &[Block]| blocks.iter().map(|block| block.hash).collect::<Vec<u64>>();
    let mut search = Search { old: hashes(&old), new: hashes(&new), budget, pairs: Vec::new(), exact: true };
    search.stretch(0..old.len(), 0..new.len(), 0);
    let Search { pairs, .. } = search;
    let line = |blocks: &[Block], index: usize, lines: &Lines| {
        blocks.get(index).map_or(lines.len(), |block| block.first)
    };
    let mut exact = true;
    let (mut at_b, mut at_a) = (0, 0);
    for equal in pairs.into_iter().chain([Equal::new(old.len(), new.len(), 0)]) {
        let (first_b, first_a, len) = equal.places();
        let (b, a) = (at_b..line(&old, first_b, before), at_a..line(&new, first_a, after));
        exact &= match b.len().max(a.len()) <= MOST_LINES && budget.take((b.len() + a.len()) as u64) {
            true => fine(before, after, b.clone(), a.clone(), budget, out),
            false => {
                out.push(RowKind::Removed, b.start, a.start, b.len());
                out.push(RowKind::Added, b.end, a.start, a.len());
                b.is_empty() || a.is_empty()
            }
        };
        at_b = line(&old, first_b + len, before);
        at_a = line(&new, first_a + len, after);
        out.push(RowKind::Same, b.end, a.end, at_b - b.end);
    }
    exact
}
