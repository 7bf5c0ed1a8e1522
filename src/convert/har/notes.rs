//! What is left out of a file with many entries: the same of many is one line.

use crate::convert::{LeftOut, Place, Why};

/// Most lines; more of them are only counted.
const MOST: usize = 200;

/// Something that was left out of the file, or of one or many entries.
struct Lost {
    /// Behind the entry, as `request.postData.text`.
    field: String,
    why: Why,
    /// The first entry.
    index: Option<usize>,
    more: usize,
}

/// What was left out, and the object that is being read.
#[derive(Default)]
pub struct Notes {
    lost: Vec<Lost>,
    path: String,
}

impl Notes {
    /// Goes into an object, and gives what leads out of it again.
    pub fn enter(&mut self, name: &str) -> usize {
        let depth = self.path.len();
        if depth > 0 {
            self.path.push('.');
        }
        self.path += name;
        depth
    }

    pub fn leave(&mut self, depth: usize) {
        self.path.truncate(depth);
    }

    /// Notes a field of the object that is being read.
    pub fn add(&mut self, name: &str, why: Why) {
        let depth = self.enter(name);
        self.note(None, &self.path.clone(), why);
        self.leave(depth);
    }

    /// Notes a field of an entry, or without a number one of the file.
    pub fn note(&mut self, index: Option<usize>, field: &str, why: Why) {
        self.count(Lost { field: field.to_owned(), why, index, more: 0 });
    }

    /// Takes over what was noted while this entry was read.
    pub fn take(&mut self, index: usize, of: Notes) {
        for lost in of.lost {
            self.count(Lost { index: Some(index), ..lost });
        }
    }

    fn count(&mut self, lost: Lost) {
        let is_same = |known: &Lost| {
            known.index.is_some() == lost.index.is_some()
                && known.field == lost.field
                && known.why == lost.why
        };
        match self.lost.iter().position(is_same) {
            Some(at) => self.lost[at].more += usize::from(self.lost[at].index != lost.index) + lost.more,
            None if self.lost.len() < MOST => self.lost.push(lost),
            None => self.lost[MOST - 1].more += 1 + lost.more,
        }
    }

    /// One line for each.
    pub fn lines(self) -> Vec<LeftOut> {
        let line = |lost: Lost| {
            let first = match lost.index {
                Some(index) if lost.field.is_empty() => format!("log.entries[{index}]"),
                Some(index) => format!("log.entries[{index}].{}", lost.field),
                None => lost.field,
            };
            let place = match lost.more {
                0 => Place::Field(first),
                more => Place::Fields { first, more },
            };
            LeftOut::new(place, lost.why)
        };
        self.lost.into_iter().map(line).collect()
    }
}
