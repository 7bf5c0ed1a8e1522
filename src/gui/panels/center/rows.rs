//! The rows of the changes view: which section and row stands at which line, without a list of all lines.
//!
//! A body of a million lines is a few segments; finding a line is a binary search.

use std::collections::BTreeSet;
use std::ops::Range;

use crate::view::changes::{BodyMode, Changes, Content};
use crate::view::diff::RowKind;
use crate::view::sentences::bodies;

/// Lines over which a picture goes.
pub const PICTURE: usize = 10;

/// What a line shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line {
    Gap,
    /// The head of a section.
    Head(usize),
    /// A word on a body: section, and which of its words.
    Note(usize, usize),
    /// A slice of pictures before and after: section, and which slice.
    Picture(usize, usize),
    /// Hidden rows that are unchanged: section, first row, number.
    Fold {
        section: usize,
        row: usize,
        count: usize,
    },
    /// A row of a section. `before`: only this side, in the unified view of a changed row.
    Row {
        section: usize,
        row: usize,
        before: Option<bool>,
    },
}

/// Lines that follow each other.
#[derive(Clone, Debug)]
struct Segment {
    first: usize,
    kind: Kind,
}

#[derive(Clone, Debug)]
enum Kind {
    Gap,
    Head(usize),
    Notes(usize, usize),
    Picture(usize),
    Fold(usize, Range<usize>),
    Rows(usize, Range<usize>),
    /// Changed rows in the unified view: two lines each.
    Pairs(usize, Range<usize>),
}

impl Kind {
    fn lines(&self) -> usize {
        match self {
            Self::Gap | Self::Head(_) | Self::Fold(..) => 1,
            Self::Notes(_, count) => *count,
            Self::Picture(_) => PICTURE,
            Self::Rows(_, rows) => rows.len(),
            Self::Pairs(_, rows) => rows.len() * 2,
        }
    }
}

/// What decides which lines there are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shape {
    pub run: (u64, usize, BodyMode),
    pub only_changes: bool,
    pub unified: bool,
    pub unfolded: BTreeSet<(usize, usize)>,
    pub folded_sections: BTreeSet<usize>,
}

/// All lines of the view.
#[derive(Clone, Debug)]
pub struct Lines {
    pub shape: Shape,
    segments: Vec<Segment>,
    len: usize,
}

impl Lines {
    pub fn new(changes: &Changes, shape: Shape) -> Self {
        let mut lines = Self { shape, segments: Vec::new(), len: 0 };
        for (number, section) in changes.sections.iter().enumerate() {
            if number > 0 {
                lines.push(Kind::Gap);
            }
            lines.push(Kind::Head(number));
            if lines.shape.folded_sections.contains(&number) {
                continue;
            }
            lines.push(Kind::Notes(number, bodies::count(section)));
            if section.pictures.iter().any(Option::is_some) {
                lines.push(Kind::Picture(number));
            }
            let mut row = 0;
            for fold in section.folds() {
                let fold = fold.start as usize..fold.end as usize;
                let is_folded =
                    lines.shape.only_changes && !lines.shape.unfolded.contains(&(number, fold.start));
                if is_folded {
                    lines.push_rows(number, &section.content, row..fold.start);
                    row = fold.end;
                    lines.push(Kind::Fold(number, fold));
                }
            }
            lines.push_rows(number, &section.content, row..section.len());
        }
        lines
    }

    fn push(&mut self, kind: Kind) {
        let count = kind.lines();
        if count > 0 {
            self.segments.push(Segment { first: self.len, kind });
            self.len += count;
        }
    }

    fn push_rows(&mut self, section: usize, content: &Content, rows: Range<usize>) {
        if !self.shape.unified {
            self.push(Kind::Rows(section, rows));
            return;
        }
        match content {
            Content::Headers { rows: headers, .. } => {
                for row in rows {
                    let is_pair = headers.get(row).is_some_and(|header| header.kind == RowKind::Changed);
                    let range = row..row + 1;
                    self.push(if is_pair { Kind::Pairs(section, range) } else { Kind::Rows(section, range) });
                }
            }
            Content::Body(body) => {
                for (run, kind) in body.runs() {
                    let shared = run.start.max(rows.start)..run.end.min(rows.end);
                    if !shared.is_empty() {
                        let is_pair = kind == RowKind::Changed;
                        self.push(if is_pair {
                            Kind::Pairs(section, shared)
                        } else {
                            Kind::Rows(section, shared)
                        });
                    }
                }
            }
        }
    }

    pub fn len(&self) -> usize {
        self.len
    }

    pub fn line(&self, index: usize) -> Line {
        let place = self.segments.partition_point(|segment| segment.first <= index).saturating_sub(1);
        let Some(segment) = self.segments.get(place) else { return Line::Gap };
        let offset = index - segment.first;
        match &segment.kind {
            Kind::Gap => Line::Gap,
            Kind::Head(section) => Line::Head(*section),
            Kind::Notes(section, _) => Line::Note(*section, offset),
            Kind::Picture(section) => Line::Picture(*section, offset),
            Kind::Fold(section, rows) => Line::Fold { section: *section, row: rows.start, count: rows.len() },
            Kind::Rows(section, rows) => {
                Line::Row { section: *section, row: rows.start + offset, before: None }
            }
            Kind::Pairs(section, rows) => Line::Row {
                section: *section,
                row: rows.start + offset / 2,
                before: Some(offset.is_multiple_of(2)),
            },
        }
    }

    /// The head above a line, unless the line is a head itself or belongs to no section.
    pub fn head_above(&self, index: usize) -> Option<usize> {
        let place = self.segments.partition_point(|segment| segment.first <= index).checked_sub(1)?;
        if matches!(self.segments.get(place)?.kind, Kind::Head(_)) {
            return None;
        }
        let above = self.segments[..=place].iter().rev();
        let segment = above.take_while(|segment| !matches!(segment.kind, Kind::Gap)).last()?;
        matches!(segment.kind, Kind::Head(_)).then_some(segment.first)
    }

    /// The line of a row, if it is not folded away.
    pub fn line_of(&self, section: usize, row: usize) -> Option<usize> {
        self.segments.iter().find_map(|segment| match &segment.kind {
            Kind::Rows(found, rows) if *found == section && rows.contains(&row) => {
                Some(segment.first + row - rows.start)
            }
            Kind::Pairs(found, rows) if *found == section && rows.contains(&row) => {
                Some(segment.first + (row - rows.start) * 2)
            }
            _ => None,
        })
    }
}
