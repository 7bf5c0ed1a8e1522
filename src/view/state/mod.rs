//! What filters keep beside the messages, as it stood after any event of a run: contexts, shared data, queues, metrics,
//! timers, callouts, properties, memory.
//!
//! A [`State`] is made once for a run. Each thing is an [`Entry`] with its history: what it was from which event on. Things
//! stand in the order in which they came to be, so those that were there after an event are the first of a list. Values are
//! kept as places in the trace; words for a row are made when somebody looks at it ([`Words`]).

mod build;
mod memory;
mod words;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::abi::{Available, MetricKind};
use crate::scenario::Scenario;
use crate::trace::{EventId, Trace};

pub use memory::{LEAST_REQUESTS, Memory, MemoryVersion, PAGE, Verdict, VmMemory, verdict};
pub use words::{Cell, CellRole, Words, heads, missing, section_name};

/// The lists, in the order in which they are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Section {
    Contexts,
    #[default]
    SharedData,
    Queues,
    Metrics,
    Timers,
    Callouts,
    /// Properties that were read or written.
    Properties,
    /// Properties that were asked for and not found.
    Missed,
    /// Memory of the VMs.
    Memory,
}

impl Section {
    pub const ALL: [Self; 9] = [
        Self::Contexts,
        Self::SharedData,
        Self::Queues,
        Self::Metrics,
        Self::Timers,
        Self::Callouts,
        Self::Properties,
        Self::Missed,
        Self::Memory,
    ];
}

/// The moment that is looked at: right after an event, or the end of the run.
pub type At = Option<EventId>;

/// One thing with its history.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry<I, V> {
    pub id: I,
    /// Never empty; in order.
    pub versions: Vec<(EventId, V)>,
}

impl<I, V> Entry<I, V> {
    fn new(id: I, event: EventId, version: V) -> Self {
        Self { id, versions: vec![(event, version)] }
    }

    /// What it was then; `None`: it was not there yet.
    pub fn at(&self, at: At) -> Option<&(EventId, V)> {
        self.versions[..self.len_at(at)].last()
    }
}

/// The history of a thing, whatever it is.
pub trait Versions {
    /// How many versions there were until then.
    fn len_at(&self, at: At) -> usize;
    /// The event that made a version, counted from 0.
    fn event(&self, version: usize) -> Option<EventId>;
}

impl<I, V> Versions for Entry<I, V> {
    fn len_at(&self, at: At) -> usize {
        match at {
            Some(at) => self.versions.partition_point(|(event, _)| *event <= at),
            None => self.versions.len(),
        }
    }

    fn event(&self, version: usize) -> Option<EventId> {
        self.versions.get(version).map(|(event, _)| *event)
    }
}

impl Versions for VmMemory {
    fn len_at(&self, at: At) -> usize {
        match at {
            Some(at) => self.versions.partition_point(|(event, _)| *event <= at),
            None => self.versions.len(),
        }
    }

    fn event(&self, version: usize) -> Option<EventId> {
        self.versions.get(version).map(|(event, _)| *event)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ContextKind {
    Root,
    Http,
    Tcp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ContextState {
    Active,
    /// A root that answered `false` in `on_done`: it calls `proxy_done` when it is ready.
    AskedForTime,
    Done,
    Deleted,
    /// Its VM failed.
    Failed,
}

/// Which context it is. Ids are those of its VM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContextId {
    /// Place of the filter in the chain, from 0.
    pub filter: u16,
    pub context: u32,
    pub kind: ContextKind,
    /// The root context that it belongs to; 0 for a root.
    pub parent: u32,
    /// The request or TCP connection, from 0; `None` for a root.
    pub exchange: Option<u16>,
}

/// A value of shared data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SharedId {
    /// Filters with one VM id see one store.
    pub vm_id: String,
    pub key: Bytes,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SharedVersion {
    /// Place in [`Trace::changes`].
    pub change: u32,
    /// The number that a later write may insist on.
    pub cas: u32,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueId {
    pub token: u32,
    pub name: Bytes,
    pub vm_id: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QueueVersion {
    pub step: QueueStep,
    /// Items in it.
    pub length: u32,
    /// The item that comes next: the place of the change that put it in.
    pub next: Option<u32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QueueStep {
    Registered,
    /// An item was put in or taken out; the place of the change.
    Put(u32),
    Taken(u32),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MetricId {
    pub kind: MetricKind,
    pub name: Bytes,
    /// Place in [`Trace::metrics`], if it is there.
    pub metric: Option<u32>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MetricVersion {
    /// Counter and gauge: the value. Histogram: number of samples.
    pub value: u64,
    /// Of a histogram: the samples so far.
    pub samples: Samples,
    /// What was recorded; `None`: it was defined.
    pub recorded: Option<u64>,
}

/// Samples of a histogram.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Samples {
    pub min: u64,
    pub max: u64,
    pub sum: u64,
}

/// The timer of a plugin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimerId {
    pub filter: u16,
    /// The root context.
    pub root: u32,
    /// Its place in [`State::contexts`].
    pub context: Option<u32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimerVersion {
    /// In milliseconds; 0: it is stopped.
    pub period: u32,
    /// How often it ticked so far.
    pub ticks: u32,
    /// This is a tick; else the period was set.
    pub is_tick: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CalloutId {
    /// `http`, `grpc_call`, `grpc_stream`, `dns`
    pub kind: &'static str,
    pub upstream: String,
    /// `None`: the host refused the call.
    pub token: Option<u32>,
    /// Place in [`Trace::callouts`].
    pub callout: Option<u32>,
}

/// How far a callout is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CalloutState {
    Pending,
    /// Parts of the answer have come.
    Answering,
    Ended,
    /// The host refused it with this status.
    Refused {
        status: &'static str,
    },
}

/// How a property was used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PropertyVersion {
    pub used: PropertyUse,
    /// How often it was read so far.
    pub reads: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PropertyUse {
    Read,
    /// The place of the change.
    Written(u32),
}

/// Why a property has no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// Envoy had it under this name once; now it is at another path.
    Removed { now: &'static str },
    /// `request.path` as one segment: the segments of a path are separated by NUL.
    OneSegment,
    /// The map is known, and has no such key here.
    NoKey { of: &'static str },
    /// Envoy has it, but not here.
    NotHere(Available),
    /// Neither Envoy nor a filter has it.
    Unknown,
    /// The host did not look for it.
    Refused,
}

/// Everything that the filters of a run kept beside the messages.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct State {
    pub contexts: Vec<Entry<ContextId, ContextState>>,
    pub shared: Vec<Entry<SharedId, SharedVersion>>,
    pub queues: Vec<Entry<QueueId, QueueVersion>>,
    pub metrics: Vec<Entry<MetricId, MetricVersion>>,
    pub timers: Vec<Entry<TimerId, TimerVersion>>,
    pub callouts: Vec<Entry<CalloutId, CalloutState>>,
    /// By path, segments separated by NUL.
    pub properties: Vec<Entry<Bytes, PropertyVersion>>,
    /// With the status that the host answered.
    pub missed: Vec<Entry<Bytes, u32>>,
    pub memory: Memory,
}

impl State {
    pub fn new(trace: &Trace, scenario: &Scenario) -> Self {
        build::build(trace, scenario)
    }

    /// How many things of a kind there were then.
    pub fn len(&self, section: Section, at: At) -> usize {
        match section {
            Section::Contexts => born(&self.contexts, at),
            Section::SharedData => born(&self.shared, at),
            Section::Queues => born(&self.queues, at),
            Section::Metrics => born(&self.metrics, at),
            Section::Timers => born(&self.timers, at),
            Section::Callouts => born(&self.callouts, at),
            Section::Properties => born(&self.properties, at),
            Section::Missed => born(&self.missed, at),
            Section::Memory => born(&self.memory.vms, at),
        }
    }

    /// Whether there was nothing at all.
    pub fn is_empty(&self, section: Section) -> bool {
        self.len(section, None) == 0
    }

    /// The history of a thing.
    pub fn entry(&self, section: Section, index: usize) -> Option<&dyn Versions> {
        fn find<E: Versions>(entries: &[E], index: usize) -> Option<&dyn Versions> {
            entries.get(index).map(|entry| entry as &dyn Versions)
        }
        match section {
            Section::Contexts => find(&self.contexts, index),
            Section::SharedData => find(&self.shared, index),
            Section::Queues => find(&self.queues, index),
            Section::Metrics => find(&self.metrics, index),
            Section::Timers => find(&self.timers, index),
            Section::Callouts => find(&self.callouts, index),
            Section::Properties => find(&self.properties, index),
            Section::Missed => find(&self.missed, index),
            Section::Memory => find(&self.memory.vms, index),
        }
    }

    /// What an event wrote: shared data, an item of a queue, a metric, a property.
    pub fn made_by(&self, event: EventId) -> Option<(Section, usize)> {
        fn find<I, V>(entries: &[Entry<I, V>], event: EventId) -> Option<usize> {
            let made =
                |entry: &Entry<I, V>| entry.versions.binary_search_by_key(&event, |(id, _)| *id).is_ok();
            entries.iter().position(made)
        }
        let written = |entry: &Entry<Bytes, PropertyVersion>| {
            let version = entry.versions.iter().find(|(id, _)| *id == event);
            version.is_some_and(|(_, version)| matches!(version.used, PropertyUse::Written(_)))
        };
        None.or_else(|| Some((Section::SharedData, find(&self.shared, event)?)))
            .or_else(|| Some((Section::Queues, find(&self.queues, event)?)))
            .or_else(|| Some((Section::Metrics, find(&self.metrics, event)?)))
            .or_else(|| Some((Section::Properties, self.properties.iter().position(written)?)))
    }

    /// The event that made a thing what it was then.
    pub fn writer(&self, section: Section, index: usize, at: At) -> Option<EventId> {
        let entry = self.entry(section, index)?;
        entry.event(entry.len_at(at).checked_sub(1)?)
    }
}

/// Things stand in the order in which they came to be.
fn born<E: Versions>(entries: &[E], at: At) -> usize {
    match at {
        Some(at) => entries.partition_point(|entry| entry.event(0).is_some_and(|born| born <= at)),
        None => entries.len(),
    }
}

/// What a metric stood at after each request, as points of a curve: number of the request, from 1, and value. Few enough
/// to be drawn in every frame.
pub fn metric_curve(trace: &Trace, metric: u32) -> Vec<[f64; 2]> {
    let samples = trace.metric_samples.iter().filter(|sample| sample.metric == metric);
    let mut points: Vec<[f64; 2]> =
        samples.map(|sample| [f64::from(sample.exchange) + 1.0, sample.value as f64]).collect();
    // Only other values are sampled: until the last request it stayed what it was.
    if let Some(last) = points.last().copied()
        && last[0] < trace.exchanges.len() as f64
    {
        points.push([trace.exchanges.len() as f64, last[1]]);
    }
    memory::thin(points)
}
