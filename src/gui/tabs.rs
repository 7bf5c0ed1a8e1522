//! The scenarios that are open at once: one in front, the others behind it as they were left.
//!
//! The one in front lies in the model itself (`document`, `view`, `runs`), so that panels need not know of tabs. Only it runs.
//! What the others hold is bounded: runs that were not looked at for long are forgotten, and made again when their
//! scenario is in front.

use super::document::{Document, DocumentId};
use super::model::{Model, View};
use super::runs::Results;

/// Most closed tabs that can be opened again.
const MAX_CLOSED: usize = 16;
/// Most bytes that the runs of tabs behind may hold, roughly.
const MAX_HELD: usize = 256 << 20;

/// A scenario that is not in front, with all that is there again when it is.
#[derive(Debug)]
pub struct Tab {
    pub document: Document,
    pub view: View,
    pub results: Results,
    /// The place of the moment in which it was left, in the order of these moments.
    left: u64,
}

impl Tab {
    /// A scenario that was not looked at yet.
    pub fn new(document: Document, view: View, results: Results) -> Self {
        Self { document, view, results, left: 0 }
    }
}

/// The tabs behind the one in front, and the closed ones.
#[derive(Debug, Default)]
pub struct Tabs {
    /// In the order of the row.
    behind: Vec<Tab>,
    /// The place of the one in front among them, counted from 0.
    place: usize,
    /// The last one at the end.
    closed: Vec<Tab>,
    /// How often a tab was left.
    moments: u64,
}

impl Tabs {
    /// The place of the tab in front in the row, counted from 0.
    pub fn place(&self) -> usize {
        self.place
    }

    pub fn behind(&self) -> &[Tab] {
        &self.behind
    }

    pub fn behind_mut(&mut self) -> &mut [Tab] {
        &mut self.behind
    }

    pub fn closed(&self) -> &[Tab] {
        &self.closed
    }

    /// Keeps a tab that was closed, for a while.
    pub fn keep_closed(&mut self, tab: Tab) {
        self.closed.push(tab);
        if self.closed.len() > MAX_CLOSED {
            self.closed.remove(0);
        }
        self.forget_results();
    }

    /// Takes back the tab that was closed last.
    pub fn take_closed(&mut self) -> Option<Tab> {
        self.closed.pop()
    }

    /// Lets go of the runs that were looked at longest ago, as long as all together hold too much.
    fn forget_results(&mut self) {
        let mut tabs: Vec<&mut Tab> = self.behind.iter_mut().chain(&mut self.closed).collect();
        tabs.sort_by_key(|tab| std::cmp::Reverse(tab.left));
        let mut held = 0;
        for tab in tabs {
            held += tab.results.size();
            if held > MAX_HELD {
                tab.results.forget();
            }
        }
    }
}

impl Model {
    /// How many scenarios are open.
    pub fn tab_count(&self) -> usize {
        self.tabs.behind.len() + usize::from(self.document.is_some())
    }

    /// The open scenarios in the order of their tabs.
    pub fn documents<'a>(&'a self) -> impl Iterator<Item = &'a Document> {
        let (before, after) = self.tabs.behind.split_at(self.tabs.place);
        let of = |tabs: &'a [Tab]| tabs.iter().map(|tab| &tab.document);
        of(before).chain(&self.document).chain(of(after))
    }

    /// All open and closed documents.
    pub fn all_documents_mut(&mut self) -> impl Iterator<Item = &mut Document> {
        let Tabs { behind, closed, .. } = &mut self.tabs;
        self.document.iter_mut().chain(behind.iter_mut().chain(closed).map(|tab| &mut tab.document))
    }

    /// The document of that id, wherever it is; also a closed one.
    pub fn document_mut(&mut self, id: DocumentId) -> Option<&mut Document> {
        let Tabs { behind, closed, .. } = &mut self.tabs;
        let others = behind.iter_mut().chain(closed).map(|tab| &mut tab.document);
        self.document.iter_mut().chain(others).find(|document| document.id == id)
    }

    /// Takes the tab in front out of the row. Whoever does this puts another one there, if there is one.
    pub fn take_front(&mut self) -> Option<Tab> {
        let document = self.document.take()?;
        self.tabs.moments += 1;
        let results = self.runs.put_aside();
        Some(Tab { document, view: std::mem::take(&mut self.view), results, left: self.tabs.moments })
    }

    /// Puts a tab in front, at this place of the row; the one that is there moves behind.
    pub fn put_in_front(&mut self, place: usize, tab: Tab) {
        if let Some(front) = self.take_front() {
            self.tabs.behind.insert(self.tabs.place, front);
        }
        self.tabs.place = place.min(self.tabs.behind.len());
        self.document = Some(tab.document);
        self.view = tab.view;
        self.runs.take_up(tab.results, self.now);
        self.tabs.forget_results();
        self.edited = None;
    }

    /// Brings the tab at a place of the row to the front; `false`: it is there already, or there is none.
    pub fn bring_to_front(&mut self, place: usize) -> bool {
        if place == self.tabs.place || place >= self.tab_count() {
            return false;
        }
        let behind = if place > self.tabs.place { place - 1 } else { place };
        let tab = self.tabs.behind.remove(behind);
        if behind < self.tabs.place {
            self.tabs.place -= 1;
        }
        self.put_in_front(place, tab);
        true
    }

    /// Closes the tab at a place of the row and gives it. When it was in front, the one that was there before it follows.
    pub fn take_tab(&mut self, place: usize) -> Option<Tab> {
        if place != self.tabs.place {
            let behind = if place > self.tabs.place { place - 1 } else { place };
            let is_there = behind < self.tabs.behind.len();
            if is_there && place < self.tabs.place {
                self.tabs.place -= 1;
            }
            return is_there.then(|| self.tabs.behind.remove(behind));
        }
        let closed = self.take_front()?;
        let last = (0..self.tabs.behind.len()).max_by_key(|place| self.tabs.behind[*place].left);
        self.tabs.place = 0;
        if let Some(last) = last {
            let tab = self.tabs.behind.remove(last);
            self.put_in_front(last, tab);
        }
        Some(closed)
    }

    /// Moves a tab to another place in the row.
    pub fn move_tab(&mut self, from: usize, to: usize) {
        let count = self.tab_count();
        if from == to || from >= count || to >= count {
            return;
        }
        // As if the one in front were among the others for the moment.
        let front = self.tabs.place;
        let moved = |place: usize| match place {
            place if place == from => to,
            place if from < place && place <= to => place - 1,
            place if to <= place && place < from => place + 1,
            place => place,
        };
        let places = (0..count).filter(|place| *place != front);
        let mut behind: Vec<(usize, Tab)> = places.map(moved).zip(self.tabs.behind.drain(..)).collect();
        behind.sort_by_key(|(place, _)| *place);
        self.tabs.behind = behind.into_iter().map(|(_, tab)| tab).collect();
        self.tabs.place = moved(front);
    }
}
