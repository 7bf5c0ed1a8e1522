//! Which section and row of a comparison stands at which line.

use std::collections::BTreeSet;
use std::ops::Range;

use crate::view::compare::Comparison;

/// What a line shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line {
    Gap,
    Head(usize),
    /// Hidden rows that are equal: section, first row, number.
    Fold {
        section: usize,
        row: usize,
        count: usize,
    },
    Row {
        section: usize,
        row: usize,
    },
}

#[derive(Clone, Debug)]
enum Kind {
    Gap,
    Head(usize),
    Fold(usize, Range<usize>),
    Rows(usize, Range<usize>),
}

/// Lines as stretches, so that a body of a million rows is a few of them.
#[derive(Clone, Debug, Default)]
pub struct Lines {
    /// The first line of each stretch, and what it shows.
    stretches: Vec<(usize, Kind)>,
    len: usize,
}

impl Lines {
    pub fn new(comparison: &Comparison, only: bool, unfolded: &BTreeSet<(usize, usize)>) -> Self {
        let mut lines = Self::default();
        for (number, section) in comparison.sections.iter().enumerate() {
            if only && !section.differs() {
                continue;
            }
            if lines.len > 0 {
                lines.push(Kind::Gap, 1);
            }
            lines.push(Kind::Head(number), 1);
            let mut row = 0;
            for fold in section.folds().iter().filter(|_| only) {
                let fold = fold.start as usize..fold.end as usize;
                if unfolded.contains(&(number, fold.start)) {
                    continue;
                }
                lines.push(Kind::Rows(number, row..fold.start), fold.start - row);
                row = fold.end;
                lines.push(Kind::Fold(number, fold), 1);
            }
            lines.push(Kind::Rows(number, row..section.len()), section.len() - row);
        }
        lines
    }

    fn push(&mut self, kind: Kind, count: usize) {
        if count > 0 {
            self.stretches.push((self.len, kind));
            self.len += count;
        }
    }

    pub fn len(&self) -> usize {
        self.len
    }

    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    pub fn line(&self, index: usize) -> Line {
        let place = self.stretches.partition_point(|(first, _)| *first <= index);
        let Some((first, kind)) = place.checked_sub(1).and_then(|place| self.stretches.get(place)) else {
            return Line::Gap;
        };
        match kind {
            Kind::Gap => Line::Gap,
            Kind::Head(section) => Line::Head(*section),
            Kind::Fold(section, rows) => Line::Fold { section: *section, row: rows.start, count: rows.len() },
            Kind::Rows(section, rows) => Line::Row { section: *section, row: rows.start + index - first },
        }
    }

    /// The line of a row, if it is not folded away.
    fn line_of(&self, section: usize, row: usize) -> Option<usize> {
        self.stretches.iter().find_map(|(first, kind)| match kind {
            Kind::Rows(found, rows) if *found == section && rows.contains(&row) => {
                Some(first + row - rows.start)
            }
            _ => None,
        })
    }

    /// The line of the next difference after a line, or of the one before; after the last comes the first.
    pub fn next_item(&self, comparison: &Comparison, from: Option<usize>, step: isize) -> Option<usize> {
        let count = comparison.items().len();
        let line = |place: usize| {
            let item = comparison.items().get(place)?;
            self.line_of(item.section, item.rows.start)
        };
        // Items stand in the order of their lines.
        let (mut low, mut high) = (0, count);
        let from = from.unwrap_or(if step > 0 { 0 } else { self.len });
        let is_before = |place: usize| match step > 0 {
            true => line(place).is_some_and(|line| line <= from),
            false => line(place).is_some_and(|line| line < from),
        };
        while low < high {
            let middle = (low + high) / 2;
            if is_before(middle) { low = middle + 1 } else { high = middle }
        }
        let next = if step > 0 { low % count.max(1) } else { (low + count).checked_sub(1)? % count.max(1) };
        line(next)
    }
}
