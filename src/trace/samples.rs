//! Figures that a run leaves behind beside its events: how much memory its VMs had, and what its metrics stood at after
//! each request.

use super::EventId;

/// Memory that a VM has: all its linear memories together. It comes in pages of 64 KiB, and never becomes less.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemoryChange {
    /// The callback during which it became this much; for the first amount of a VM, the event before it was made.
    pub event: EventId,
    /// The request or TCP connection of the run during which, or after which, it did; `None`: before the first.
    pub exchange: Option<u16>,
    /// Number of the VM in the run, from 0.
    pub vm: u16,
    /// Place in the chain of the filter for which it was made, from 0. Others may share it.
    pub filter: u16,
    /// In bytes.
    pub bytes: u64,
}

/// What a metric stood at when a request was over, if that is another value than after the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MetricSample {
    pub exchange: u16,
    /// Place in [`super::Trace::metrics`].
    pub metric: u32,
    /// Counter and gauge: the value. Histogram: number of samples.
    pub value: u64,
}

/// Most entries of each kind that a trace keeps.
pub const MOST_SAMPLES: usize = 1 << 20;
