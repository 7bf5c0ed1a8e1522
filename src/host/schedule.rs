//! What is still to come, on the virtual clock.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

use bytes::Bytes;

/// Something that happens at a point in virtual time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Due {
    /// The driver's own step, by its number.
    Script(u32),
    /// A queue has an item for a root context.
    QueueReady { vm: usize, root: u32, queue: u32 },
    /// Something comes back from a callout, by its number.
    Callout(u32),
    /// The answer to a name that a filter wanted resolved; no addresses: there are none.
    Resolved { vm: usize, root: u32, token: u32, addresses: Bytes },
    /// A root's timer. `generation` tells a timer that was set anew from the one it replaced.
    Tick { vm: usize, root: u32, generation: u32 },
}

/// Things to come, earliest first, and at the same time by their [`Rank`], then in the order in which they were planned.
#[derive(Debug, Default)]
pub struct Schedule {
    heap: BinaryHeap<Reverse<Planned>>,
    planned: u64,
}

/// What comes first at the same time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    AtOnce,
    /// Read from a connection together with the part of the message before it, so that nothing comes in between.
    Part,
    /// Posted to the thread's own loop: it comes before anything that the network brings.
    Posted,
    /// What the network or a timer brings.
    Network,
}

/// One of them; what comes earlier is less.
#[derive(Debug, PartialEq, Eq)]
struct Planned {
    at: u64,
    rank: Rank,
    order: u64,
    due: Due,
}

impl Ord for Planned {
    fn cmp(&self, other: &Self) -> Ordering {
        // No two have the same order.
        (self.at, self.rank, self.order).cmp(&(other.at, other.rank, other.order))
    }
}

impl PartialOrd for Planned {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Schedule {
    /// Plans `due` for the moment `at`, in nanoseconds since the run began.
    pub fn plan(&mut self, at: u64, due: Due) {
        let rank = match due {
            Due::QueueReady { .. } => Rank::Posted,
            _ => Rank::Network,
        };
        self.push(at, rank, due);
    }

    /// Plans what Envoy does inside the host call that leads to it.
    pub fn plan_at_once(&mut self, now: u64, due: Due) {
        self.push(now, Rank::AtOnce, due);
    }

    /// Plans a further part of a message: one that comes at the same time as the part before it is read together with that.
    pub fn plan_part(&mut self, at: u64, due: Due) {
        self.push(at, Rank::Part, due);
    }

    fn push(&mut self, at: u64, rank: Rank, due: Due) {
        self.planned += 1;
        self.heap.push(Reverse(Planned { at, rank, order: self.planned, due }));
    }

    /// Takes the next thing and its time.
    pub fn next(&mut self) -> Option<(u64, Due)> {
        self.heap.pop().map(|Reverse(Planned { at, due, .. })| (at, due))
    }

    /// Forgets the driver's own steps.
    pub fn forget_script(&mut self) {
        self.heap.retain(|Reverse(planned)| !matches!(planned.due, Due::Script(_)));
    }

    /// When the next thing comes.
    pub fn next_at(&self) -> Option<u64> {
        self.heap.peek().map(|Reverse(planned)| planned.at)
    }

    /// Whether anything but timers is to come.
    pub fn has_more_than_ticks(&self) -> bool {
        self.heap.iter().any(|Reverse(planned)| !matches!(planned.due, Due::Tick { .. }))
    }
}
