//! What is still to come, on the virtual clock.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use bytes::Bytes;

/// Something that happens at a point in virtual time.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
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

/// Things to come, earliest first; at the same time in the order in which they were planned.
#[derive(Debug, Default)]
pub struct Schedule {
    heap: BinaryHeap<Reverse<(u64, u64, Due)>>,
    planned: u64,
}

impl Schedule {
    /// Plans `due` for the moment `at`, in nanoseconds since the run began.
    pub fn plan(&mut self, at: u64, due: Due) {
        self.planned += 1;
        self.heap.push(Reverse((at, self.planned, due)));
    }

    /// Takes the next thing and its time.
    pub fn next(&mut self) -> Option<(u64, Due)> {
        self.heap.pop().map(|Reverse((at, _, due))| (at, due))
    }

    /// Forgets the driver's own steps.
    pub fn forget_script(&mut self) {
        self.heap.retain(|Reverse((_, _, due))| !matches!(due, Due::Script(_)));
    }

    /// When the next thing comes.
    pub fn next_at(&self) -> Option<u64> {
        self.heap.peek().map(|Reverse((at, _, _))| *at)
    }

    /// Whether anything but timers is to come.
    pub fn has_more_than_ticks(&self) -> bool {
        self.heap.iter().any(|Reverse((_, _, due))| !matches!(due, Due::Tick { .. }))
    }
}
