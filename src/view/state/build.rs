//! Reads the state of the filters from a trace: one walk over its events.

use std::collections::{HashMap, VecDeque};

use bytes::Bytes;

use super::{
    CalloutId, CalloutState, ContextId, ContextKind, ContextState, Entry, Memory, MetricId, MetricVersion,
    PropertyUse, PropertyVersion, QueueId, QueueStep, QueueVersion, Samples, SharedId, SharedVersion, State,
    TimerId, TimerVersion, Versions,
};
use crate::abi::{Callback, HostCall, MetricKind, Status};
use crate::scenario::{Filter, Scenario};
use crate::trace::{CalloutEnd, Change, ChangeOp, EventId, EventKind, Part, Returned, Step, Trace};

pub(super) fn build(trace: &Trace, scenario: &Scenario) -> State {
    let mut builder = Builder {
        trace,
        scenario,
        state: State::default(),
        groups: groups(&scenario.chain),
        filter: 0,
        acting: 0,
        exchange: None,
        contexts: HashMap::new(),
        alive: HashMap::new(),
        shared: HashMap::new(),
        writes: 0,
        queues: HashMap::new(),
        items: HashMap::new(),
        metrics: HashMap::new(),
        timers: HashMap::new(),
        callouts: HashMap::new(),
        recorded: trace.callouts.iter().zip(0..).map(|(callout, place)| (callout.event, place)).collect(),
        properties: HashMap::new(),
        missed: HashMap::new(),
    };
    let mut changes = trace.changes().iter().zip(0..).peekable();
    for (id, event) in trace.numbered() {
        builder.event(id, event.kind);
        while let Some((change, place)) = changes.next_if(|(change, _)| change.event <= id) {
            builder.change(change, place);
        }
    }
    builder.end_callouts();
    State { memory: Memory::new(trace), ..builder.state }
}

/// For each filter, the first of the chain that shares its VM: what decides is Envoy's VM key.
fn groups(chain: &[Filter]) -> Vec<u16> {
    let same = |one: &Filter, other: &Filter| {
        one.path == other.path
            && one.vm_id == other.vm_id
            && one.vm_config == other.vm_config
            && one.env == other.env
            && one.capabilities == other.capabilities
    };
    let first = |filter: &Filter| chain.iter().position(|other| same(other, filter)).unwrap_or_default();
    chain.iter().map(|filter| u16::try_from(first(filter)).unwrap_or(u16::MAX)).collect()
}

/// What belongs to a VM is found by its first filter and a number of the VM's own.
type InVm = (u16, u32);

struct Builder<'a> {
    trace: &'a Trace,
    scenario: &'a Scenario,
    state: State,
    groups: Vec<u16>,
    /// The filter and context of the callback under way or the last one; the context as host calls act on it.
    filter: u16,
    acting: u32,
    exchange: Option<u16>,
    // Places in the lists of the state.
    contexts: HashMap<InVm, usize>,
    /// Contexts that are neither deleted nor failed.
    alive: HashMap<u16, Vec<usize>>,
    shared: HashMap<(String, Bytes), usize>,
    /// Successful writes of shared data so far: the last `cas`.
    writes: u32,
    queues: HashMap<u32, usize>,
    /// Items of each queue: the changes that put them in.
    items: HashMap<u32, VecDeque<u32>>,
    metrics: HashMap<(MetricKind, Bytes), usize>,
    timers: HashMap<InVm, usize>,
    callouts: HashMap<InVm, usize>,
    recorded: HashMap<EventId, u32>,
    properties: HashMap<Bytes, usize>,
    missed: HashMap<Bytes, usize>,
}

impl Builder<'_> {
    fn group(&self) -> u16 {
        self.groups.get(usize::from(self.filter)).copied().unwrap_or(self.filter)
    }

    fn vm_id(&self) -> String {
        self.scenario
            .chain
            .get(usize::from(self.filter))
            .map_or_else(String::new, |filter| filter.vm_id.clone())
    }

    fn arg(&self, id: EventId, place: usize) -> u64 {
        self.trace.args(id).get(place).copied().unwrap_or_default()
    }

    fn number(&self, id: EventId, place: usize) -> u32 {
        self.arg(id, place) as u32
    }

    fn payload(&self, id: EventId, param: usize) -> &[u8] {
        self.trace.payload(id, param).map(|(_, bytes)| bytes).unwrap_or_default()
    }

    /// A number that the call stored for its parameter `param`.
    fn stored(&self, id: EventId, param: usize) -> u32 {
        self.payload(id, param).try_into().map_or(0, u32::from_le_bytes)
    }

    fn event(&mut self, id: EventId, kind: EventKind) {
        match kind {
            EventKind::Step(Step::RequestHeaders { exchange }) => self.exchange = Some(exchange),
            EventKind::Step(Step::Connect) => {
                self.exchange = Some(self.exchange.map_or(0, |exchange| exchange.saturating_add(1)));
            }
            EventKind::Callback { callback, filter, result, failed, .. } => {
                self.callback(id, callback, filter, result, failed);
            }
            EventKind::Call { call, returned, .. } => match returned {
                Returned::Number(0) => self.call(id, call),
                Returned::Number(status) => self.refused(id, call, status),
                Returned::Nothing | Returned::Never => {}
            },
            _ => {}
        }
    }

    fn callback(&mut self, id: EventId, callback: Callback, filter: u16, result: Option<u32>, failed: bool) {
        if matches!(callback, Callback::Malloc | Callback::MemoryAllocate) {
            return;
        }
        self.filter = filter;
        self.acting = 0;
        if callback.spec().args.first() == Some(&"context") {
            let context = self.number(id, 0);
            self.acting = context;
            self.context(id, callback, context, result);
            let timer = (self.group(), context);
            if callback == Callback::Tick
                && let Some(entry) =
                    self.timers.get(&timer).and_then(|place| self.state.timers.get_mut(*place))
                && let Some((_, last)) = entry.versions.last().copied()
            {
                entry.versions.push((id, TimerVersion { ticks: last.ticks + 1, is_tick: true, ..last }));
            }
            self.answer(id, callback);
        }
        if failed {
            for place in self.alive.remove(&self.group()).unwrap_or_default() {
                self.state.contexts[place].versions.push((id, ContextState::Failed));
            }
        }
    }

    /// A context is made where it is heard of first, and again where its id is made anew after its VM was.
    fn context(&mut self, id: EventId, callback: Callback, context: u32, result: Option<u32>) {
        let key = (self.group(), context);
        let is_made = callback == Callback::ContextCreate;
        if is_made || !self.contexts.contains_key(&key) {
            let parent = if is_made { self.number(id, 1) } else { 0 };
            use Callback::*;
            let of_root = matches!(
                callback,
                VmStart
                    | Configure
                    | Tick
                    | QueueReady
                    | HttpCallResponse
                    | GrpcReceive
                    | GrpcClose
                    | ResolvedDns
            );
            let is_root = if is_made { parent == 0 } else { of_root };
            let kind = match (is_root, self.trace.connections.is_empty()) {
                (true, _) => ContextKind::Root,
                (false, true) => ContextKind::Http,
                (false, false) => ContextKind::Tcp,
            };
            let exchange = self.exchange.filter(|_| !is_root);
            let of = ContextId { filter: self.filter, context, kind, parent, exchange };
            let place = self.state.contexts.len();
            self.state.contexts.push(Entry::new(of, id, ContextState::Active));
            self.contexts.insert(key, place);
            self.alive.entry(key.0).or_default().push(place);
        }
        let state = match (callback, result) {
            (Callback::Done, Some(0)) => ContextState::AskedForTime,
            (Callback::Done, _) => ContextState::Done,
            (Callback::Delete, _) => ContextState::Deleted,
            _ => return,
        };
        let place = self.contexts[&key];
        let entry = &mut self.state.contexts[place];
        // Of streams nobody asks for the answer.
        let state = match state {
            ContextState::AskedForTime if entry.id.kind != ContextKind::Root => ContextState::Done,
            state => state,
        };
        entry.versions.push((id, state));
        if state == ContextState::Deleted
            && let Some(alive) = self.alive.get_mut(&key.0)
        {
            alive.retain(|other| *other != place);
        }
    }

    /// A part of an answer to a callout comes.
    fn answer(&mut self, id: EventId, callback: Callback) {
        use Callback::*;
        let is_end = match callback {
            HttpCallResponse | GrpcClose | ResolvedDns => true,
            GrpcReceiveInitialMetadata | GrpcReceive | GrpcReceiveTrailingMetadata => false,
            _ => return,
        };
        let token = self.number(id, 1);
        let dns = if callback == ResolvedDns { DNS } else { 0 };
        let Some(place) = self.callouts.get(&(self.group(), token ^ dns)) else { return };
        let state = if is_end { CalloutState::Ended } else { CalloutState::Answering };
        self.state.callouts[*place].versions.push((id, state));
    }

    /// A host call that answered Ok.
    fn call(&mut self, id: EventId, call: HostCall) {
        match call {
            HostCall::SetEffectiveContext => {
                // 0 goes back to the context of the callback.
                let chosen = self.number(id, 0);
                let own = self.callback_context(id);
                self.acting = if chosen == 0 { own } else { chosen };
            }
            HostCall::RegisterSharedQueue => {
                let (token, name) = (self.stored(id, 1), Bytes::copy_from_slice(self.payload(id, 0)));
                self.queue(id, token, &name, QueueStep::Registered);
            }
            HostCall::DefineMetric => {
                let name = self.payload(id, 1);
                let name = &name[..name.len() - name.iter().rev().take_while(|byte| **byte == b'.').count()];
                let name = Bytes::copy_from_slice(name);
                if let Some(kind) = MetricKind::from_number(self.number(id, 0)) {
                    self.metric(id, kind, name, MetricVersion::default());
                }
            }
            HostCall::SetTickPeriod => self.timer(id),
            HostCall::HttpCall | HostCall::GrpcCall | HostCall::GrpcStream => self.callout(id, call),
            HostCall::ResolveDns => self.resolve(id),
            HostCall::GrpcCancel => {
                let key = (self.group(), self.number(id, 0));
                if let Some(place) = self.callouts.get(&key) {
                    self.state.callouts[*place].versions.push((id, CalloutState::Ended));
                }
            }
            HostCall::GetProperty => {
                let path = self.path(id);
                self.property(id, path, PropertyUse::Read);
            }
            _ => {}
        }
    }

    /// The context of the callback in which an event happened.
    fn callback_context(&self, id: EventId) -> u32 {
        let parent = self.trace.event(id).and_then(|event| event.parent);
        parent.map_or(0, |parent| self.number(parent, 0))
    }

    /// A host call that answered something else than Ok.
    fn refused(&mut self, id: EventId, call: HostCall, status: u32) {
        match call {
            HostCall::GetProperty => {
                let path = self.path(id);
                let place = *self.missed.entry(path.clone()).or_insert(self.state.missed.len());
                match self.state.missed.get_mut(place) {
                    Some(entry) => entry.versions.push((id, status)),
                    None => self.state.missed.push(Entry::new(path, id, status)),
                }
            }
            // One that had no endpoint is known to the trace, though the call failed.
            HostCall::HttpCall | HostCall::GrpcCall | HostCall::GrpcStream
                if self.recorded.contains_key(&id) =>
            {
                self.callout(id, call);
            }
            HostCall::HttpCall | HostCall::GrpcCall | HostCall::GrpcStream => {
                let upstream = String::from_utf8_lossy(self.payload(id, 0)).into_owned();
                let status = Status::from_number(status).map_or("?", Status::name);
                let of = CalloutId { kind: kind_of(call), upstream, token: None, callout: None };
                self.state.callouts.push(Entry::new(of, id, CalloutState::Refused { status }));
            }
            _ => {}
        }
    }

    fn path(&self, id: EventId) -> Bytes {
        let path = self.payload(id, 0);
        Bytes::copy_from_slice(path.strip_suffix(b"\0").unwrap_or(path))
    }

    fn change(&mut self, change: &Change, place: u32) {
        let event = change.event;
        match change.part {
            Part::SharedData => {
                self.writes = self.writes.wrapping_add(1).max(1);
                let version = SharedVersion { change: place, cas: self.writes };
                let key = (self.vm_id(), change.name.clone());
                let known = *self.shared.entry(key.clone()).or_insert(self.state.shared.len());
                match self.state.shared.get_mut(known) {
                    Some(entry) => entry.versions.push((event, version)),
                    None => {
                        let of = SharedId { vm_id: key.0, key: key.1 };
                        self.state.shared.push(Entry::new(of, event, version));
                    }
                }
            }
            Part::Queue => {
                let token = self.number(event, 0);
                let step = match change.op {
                    ChangeOp::Remove => QueueStep::Taken(place),
                    ChangeOp::Add | ChangeOp::Replace => QueueStep::Put(place),
                };
                self.queue(event, token, &change.name, step);
            }
            Part::Metric => {
                let Some(kind) = MetricKind::from_number(self.number(event, 0) % 4) else { return };
                let value =
                    change.after.as_deref().and_then(|value| std::str::from_utf8(value).ok()?.parse().ok());
                let recorded = Some(self.arg(event, 1));
                let version =
                    MetricVersion { value: value.unwrap_or_default(), recorded, ..Default::default() };
                self.metric(event, kind, change.name.clone(), version);
            }
            Part::Property => {
                let path = change.name.strip_suffix(b"\0").unwrap_or(&change.name);
                self.property(event, change.name.slice_ref(path), PropertyUse::Written(place));
            }
            _ => {}
        }
    }

    fn queue(&mut self, event: EventId, token: u32, name: &Bytes, step: QueueStep) {
        let items = self.items.entry(token).or_default();
        match step {
            QueueStep::Put(change) => items.push_back(change),
            QueueStep::Taken(_) => drop(items.pop_front()),
            QueueStep::Registered => {}
        }
        let length = u32::try_from(items.len()).unwrap_or(u32::MAX);
        let version = QueueVersion { step, length, next: items.front().copied() };
        let place = *self.queues.entry(token).or_insert(self.state.queues.len());
        let vm_id = self.vm_id();
        match self.state.queues.get_mut(place) {
            Some(entry) => entry.versions.push((event, version)),
            None => {
                let of = QueueId { token, name: name.clone(), vm_id };
                self.state.queues.push(Entry::new(of, event, version));
            }
        }
    }

    fn metric(&mut self, event: EventId, kind: MetricKind, name: Bytes, version: MetricVersion) {
        let place = *self.metrics.entry((kind, name.clone())).or_insert(self.state.metrics.len());
        let Some(entry) = self.state.metrics.get_mut(place) else {
            let shown = String::from_utf8_lossy(&name);
            let known = self.trace.metrics.iter().position(|one| one.kind == kind && one.name == shown);
            let of = MetricId { kind, metric: known.and_then(|place| u32::try_from(place).ok()), name };
            self.state.metrics.push(Entry::new(of, event, version.with_samples(kind, None)));
            return;
        };
        let last = entry.versions.last().map(|(_, last)| *last);
        // Defined again, it keeps its value.
        let version = match (version.recorded, last) {
            (None, Some(last)) => MetricVersion { recorded: None, ..last },
            _ => version.with_samples(kind, last),
        };
        entry.versions.push((event, version));
    }

    fn timer(&mut self, id: EventId) {
        let group = self.group();
        let acting = self.contexts.get(&(group, self.acting)).map(|place| &self.state.contexts[*place].id);
        let root = acting.map_or(self.acting, |of| match of.kind {
            ContextKind::Root => of.context,
            ContextKind::Http | ContextKind::Tcp => of.parent,
        });
        let period = self.number(id, 0);
        let place = *self.timers.entry((group, root)).or_insert(self.state.timers.len());
        match self.state.timers.get_mut(place) {
            Some(entry) => {
                let ticks = entry.versions.last().map_or(0, |(_, last)| last.ticks);
                entry.versions.push((id, TimerVersion { period, ticks, is_tick: false }));
            }
            None => {
                let context = self.contexts.get(&(group, root)).and_then(|place| u32::try_from(*place).ok());
                let of = TimerId { filter: self.filter, root, context };
                let version = TimerVersion { period, ticks: 0, is_tick: false };
                self.state.timers.push(Entry::new(of, id, version));
            }
        }
    }

    fn callout(&mut self, id: EventId, call: HostCall) {
        let callout = self.recorded.get(&id).copied();
        let Some(found) = callout.and_then(|place| self.trace.callouts.get(place as usize)) else { return };
        let of = CalloutId {
            kind: kind_of(call),
            upstream: found.upstream.clone(),
            token: Some(found.token),
            callout,
        };
        self.callouts.insert((self.group(), found.token), self.state.callouts.len());
        self.state.callouts.push(Entry::new(of, id, CalloutState::Pending));
    }

    fn resolve(&mut self, id: EventId) {
        let (name, token) = (String::from_utf8_lossy(self.payload(id, 0)).into_owned(), self.stored(id, 1));
        self.callouts.insert((self.group(), token ^ DNS), self.state.callouts.len());
        let of = CalloutId { kind: "dns", upstream: name, token: Some(token), callout: None };
        self.state.callouts.push(Entry::new(of, id, CalloutState::Pending));
    }

    fn property(&mut self, event: EventId, path: Bytes, used: PropertyUse) {
        let reads = u32::from(used == PropertyUse::Read);
        let place = *self.properties.entry(path.clone()).or_insert(self.state.properties.len());
        match self.state.properties.get_mut(place) {
            Some(entry) => {
                let before = entry.versions.last().map_or(0, |(_, last)| last.reads);
                entry.versions.push((event, PropertyVersion { used, reads: before + reads }));
            }
            None => self.state.properties.push(Entry::new(path, event, PropertyVersion { used, reads })),
        }
    }

    /// Callouts that ended without the filter hearing of it, or with the last part of an answer.
    fn end_callouts(&mut self) {
        let events = self.trace.events();
        for entry in &mut self.state.callouts {
            let recorded = entry.id.callout.and_then(|place| self.trace.callouts.get(place as usize));
            let Some(callout) = recorded.filter(|callout| callout.end != CalloutEnd::Unanswered) else {
                continue;
            };
            match entry.versions.last_mut() {
                Some((_, CalloutState::Ended)) => {}
                Some((_, last @ CalloutState::Answering)) => *last = CalloutState::Ended,
                _ if callout.end == CalloutEnd::NoEndpoint => entry.versions[0].1 = CalloutState::Ended,
                _ => {
                    // Times never go back.
                    let at = callout.ended_at.unwrap_or_default();
                    let place = events.partition_point(|event| event.at < at).max(callout.event.index() + 1);
                    let place = place.min(events.len().saturating_sub(1));
                    entry.versions.push((EventId::from_index(place), CalloutState::Ended));
                }
            }
        }
        debug_assert!(self.state.callouts.iter().all(|entry| entry.len_at(None) > 0));
    }
}

impl MetricVersion {
    /// With the samples of a histogram up to this one.
    fn with_samples(self, kind: MetricKind, last: Option<Self>) -> Self {
        let Some(recorded) = self.recorded.filter(|_| kind == MetricKind::Histogram) else { return self };
        let samples = match last.filter(|last| last.value > 0) {
            Some(Self { samples, .. }) => Samples {
                min: samples.min.min(recorded),
                max: samples.max.max(recorded),
                sum: samples.sum.saturating_add(recorded),
            },
            None => Samples { min: recorded, max: recorded, sum: recorded },
        };
        Self { samples, ..self }
    }
}

/// Tokens of names are numbers of their own.
const DNS: u32 = 1 << 31;

fn kind_of(call: HostCall) -> &'static str {
    match call {
        HostCall::GrpcCall => "grpc_call",
        HostCall::GrpcStream => "grpc_stream",
        _ => "http",
    }
}
