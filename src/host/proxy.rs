//! The proxy of a run: its VMs and plugins, and the streams that pass through them.

mod connection;

use std::sync::Arc;

use bytes::Bytes;

use super::callouts::{Caller, Delivery};
use super::context::{AnswerPart, Context, RootState};
use super::error::LoadError;
use super::module::Module;
use super::properties::forwarded_for;
use super::vm::{Action, Called, Vm, VmSettings};
use super::world::{Outgoing, StreamFacts, StreamId, World};
use crate::abi::{Callback, DataStatus, HeadersStatus, MapType, Status, TrailersStatus};
use crate::http::{HeaderMap, Message, Protocol};
use crate::scenario::{FailurePolicy, Filter};
use crate::stream::{self, Attempt, End, LocalReply, Passed, Routes, Stream, Surroundings, wire};
use crate::trace::{
    CalloutKind, ClosedBy, Direction, FAILED_FILTER, Finding, LimitKind, Received, StreamAction, Trap,
};

/// One filter of the chain, ready to be started.
#[derive(Clone, Debug)]
pub struct FilterSetup {
    pub module: Arc<Module>,
    pub config: Filter,
}

/// What all VMs of a run have in common.
#[derive(Clone, Copy, Debug)]
pub struct VmSetup {
    /// Linear memory of one VM, in bytes.
    pub memory_bytes: usize,
}

/// What a filter's guest knows of a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilterContext {
    vm: usize,
    root: usize,
    id: u32,
    state: ContextState,
    /// The host answered for this filter because its VM failed.
    answered_failure: bool,
}

impl FilterContext {
    /// The filter has no part in the stream.
    fn skipped(plugin: &Plugin) -> Self {
        let (vm, root) = (plugin.vm, plugin.root);
        Self { vm, root, id: 0, state: ContextState::Skipped, answered_failure: false }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ContextState {
    /// The filter is not on this stream: its VM has failed and its policy is to let requests pass, or the request
    /// was refused before.
    Skipped,
    /// The id is taken, the guest has not heard of it.
    Reserved,
    Created,
    Deleted,
}

/// A filter of the chain, placed in a VM.
#[derive(Clone, Debug)]
struct Plugin {
    vm: usize,
    root: usize,
    /// When its VM was made, in nanoseconds since the run began.
    loaded: u64,
}

/// What decides whether two filters share a VM (`host-spec`, section 8.4).
#[derive(Clone, Debug, PartialEq, Eq)]
struct VmKey {
    module: [u8; 32],
    vm_id: String,
    vm_config: Bytes,
    env: Vec<(String, String)>,
    capabilities: Vec<String>,
}

impl VmKey {
    fn of(setup: &FilterSetup) -> Self {
        // Both are maps in Envoy's configuration: their order means nothing.
        let (mut env, mut capabilities) = (setup.config.env_pairs(), setup.config.capabilities.clone());
        env.sort();
        capabilities.sort();
        Self {
            module: setup.module.facts().sha256,
            vm_id: setup.config.vm_id.clone(),
            vm_config: setup.config.vm_config.0.clone(),
            env,
            capabilities,
        }
    }
}

/// Whether two filters in one VM are one plugin, with one root context: the whole configuration counts, also what only
/// says how failures are treated.
fn is_same_plugin(one: &Filter, other: &Filter) -> bool {
    let key =
        |filter: &Filter| (filter.failure_policy, filter.fail_open, filter.allow_on_headers_stop_iteration);
    one.name == other.name
        && one.root_id == other.root_id
        && one.plugin_config == other.plugin_config
        && key(one) == key(other)
}

/// Most parameters of a callback.
const MAX_ARGS: usize = 6;

/// A run's VMs, plugins and streams.
#[derive(Debug)]
pub struct Proxy {
    world: Box<World>,
    vms: Vec<Vm>,
    keys: Vec<VmKey>,
    plugins: Vec<Plugin>,
    setups: Vec<FilterSetup>,
    vm_setup: VmSetup,
    halted: Option<(LimitKind, u16, Callback)>,
    /// The first trap of the run and the last one, with their number.
    trapped: Option<(Trap, Trap)>,
    traps: usize,
}

impl Proxy {
    /// A proxy without running filters; [`Proxy::start`] starts them.
    pub fn new(setups: Vec<FilterSetup>, vm_setup: VmSetup, world: World) -> Self {
        Self {
            world: Box::new(world),
            vms: Vec::new(),
            keys: Vec::new(),
            plugins: Vec::new(),
            setups,
            vm_setup,
            halted: None,
            trapped: None,
            traps: 0,
        }
    }

    /// Starts all filters in order. An error names the filter by its place in the chain.
    pub fn start(&mut self) -> Result<(), (u16, LoadError)> {
        for filter in 0..self.setups.len() {
            let place = u16::try_from(filter).unwrap_or(u16::MAX);
            self.world.trace.step(crate::trace::Step::Start { filter: place });
            let plugin = self.start_plugin(filter).map_err(|error| (place, error))?;
            self.plugins.push(plugin);
        }
        Ok(())
    }

    pub fn world(&self) -> &World {
        &self.world
    }

    pub fn world_mut(&mut self) -> &mut World {
        &mut self.world
    }

    /// The limit at which a guest was stopped, with the filter and callback.
    pub fn halted(&self) -> Option<(LimitKind, u16, Callback)> {
        self.halted
    }

    /// The first trap of the run.
    pub fn trapped(&self) -> Option<&Trap> {
        self.trapped.as_ref().map(|(first, _)| first)
    }

    /// The last trap of the run so far, and how many there were.
    pub fn traps(&self) -> (usize, Option<&Trap>) {
        (self.traps, self.trapped.as_ref().map(|(_, last)| last))
    }

    /// Gives the world back when the run is over.
    pub fn into_world(self) -> World {
        *self.world
    }

    fn start_plugin(&mut self, filter: usize) -> Result<Plugin, LoadError> {
        let setup = self.setups[filter].clone();
        let place = u16::try_from(filter).unwrap_or(u16::MAX);
        let key = VmKey::of(&setup);
        let alive = |vm: &usize| self.keys[*vm] == key && self.vms[*vm].state().is_usable();
        let vm = match (0..self.vms.len()).find(alive) {
            Some(vm) => vm,
            None => self.start_vm(&setup, place, key)?,
        };
        let config = &setup.config;
        let known = self.vms[vm].state().roots.iter().position(|root| {
            root.state == RootState::Alive
                && is_same_plugin(&self.setups[usize::from(root.filter)].config, config)
        });
        let root = match known {
            Some(root) => root,
            None => self.start_root(vm, place, config)?,
        };
        Ok(Plugin { vm, root, loaded: self.world.now() })
    }

    fn start_vm(&mut self, setup: &FilterSetup, filter: u16, key: VmKey) -> Result<usize, LoadError> {
        let settings = VmSettings {
            number: self.vms.len(),
            filter,
            vm_id: Bytes::copy_from_slice(key.vm_id.as_bytes()),
            vm_config: key.vm_config.clone(),
            env: key.env.clone(),
            capabilities: key.capabilities.clone(),
            memory_bytes: self.vm_setup.memory_bytes,
        };
        let vm = Vm::start(&setup.module, settings, &mut self.world);
        if let Err(error) = &vm
            && let Some(trap) = error.trap()
        {
            self.note_limit_at_start(trap);
        }
        self.vms.push(vm?);
        self.keys.push(key);
        Ok(self.vms.len() - 1)
    }

    /// A guest that was stopped while it started looks like a trap to the VM; the run ends at the limit.
    fn note_limit_at_start(&mut self, trap: &Trap) {
        let limit = if self.world.stop.is_stopped() {
            Some(LimitKind::Stopped)
        } else if self.world.budget.nanos == 0 {
            Some(self.world.budget.limit)
        } else {
            self.world.trace.exceeded()
        };
        if let Some(limit) = limit {
            self.halted = Some((limit, trap.filter, trap.callback));
        }
    }

    fn start_root(&mut self, vm: usize, filter: u16, config: &Filter) -> Result<usize, LoadError> {
        let root =
            self.vms[vm].add_root(filter, &config.name, &config.root_id, config.plugin_config.0.clone());
        let id = self.vms[vm].state().roots[root].id;
        self.vms[vm].state_mut().roots[root].config_readable = true;
        let created = self.call_root(vm, id, filter, Callback::ContextCreate, &[0]);
        self.vms[vm].state_mut().roots[root].config_readable = false;
        self.started(vm, created, LoadError::VmStartRefused)?;
        let vm_config_size = u32::try_from(config.vm_config.len()).unwrap_or(u32::MAX);
        let vm_started = self.call_root(vm, id, filter, Callback::VmStart, &[vm_config_size]);
        self.started(vm, vm_started, LoadError::VmStartRefused)?;
        self.vms[vm].state_mut().roots[root].config_readable = true;
        let size = u32::try_from(config.plugin_config.len()).unwrap_or(u32::MAX);
        let configured = self.call_root(vm, id, filter, Callback::Configure, &[size]);
        self.vms[vm].state_mut().roots[root].config_readable = false;
        self.started(vm, configured, LoadError::ConfigureRefused)?;
        Ok(root)
    }

    fn started(&mut self, vm: usize, called: Called, refused: LoadError) -> Result<(), LoadError> {
        match called {
            Called::Returned(Some(0)) => {
                self.vms[vm].state_mut().refused = true;
                Err(refused)
            }
            Called::Returned(_) | Called::NotExported => Ok(()),
            Called::Failed | Called::Halted(_) => {
                let trap = self.vms[vm].state().failed.clone();
                Err(trap.map(LoadError::StartTrapped).unwrap_or(refused))
            }
        }
    }

    /// A call on a root context, and what it scheduled.
    fn call_root(&mut self, vm: usize, root: u32, filter: u16, callback: Callback, rest: &[u32]) -> Called {
        let called = self.call(vm, root, filter, callback, rest);
        self.vms[vm].state_mut().stop_iteration = false;
        self.drain(vm);
        called
    }

    fn call(&mut self, vm: usize, context: u32, filter: u16, callback: Callback, rest: &[u32]) -> Called {
        if let Some((limit, ..)) = self.halted {
            return Called::Halted(limit);
        }
        let mut args = [0; MAX_ARGS];
        args[0] = context;
        for (arg, value) in args[1..].iter_mut().zip(rest) {
            *arg = *value;
        }
        let given = callback.arity(self.vms[vm].module.abi()).min(1 + rest.len());
        let was_usable = self.vms[vm].state().is_usable();
        let called = self.vms[vm].call(&mut self.world, context, filter, callback, &args[..given]);
        match called {
            Called::Halted(limit) => self.halted = Some((limit, filter, callback)),
            Called::Failed if was_usable => {
                if let Some(trap) = self.vms[vm].state().failed.clone() {
                    let first = self.trapped.take().map_or_else(|| trap.clone(), |(first, _)| first);
                    self.trapped = Some((first, trap));
                    self.traps += 1;
                }
            }
            _ => {}
        }
        called
    }

    /// Runs what host calls scheduled during the callback that just returned.
    fn drain(&mut self, vm: usize) {
        while let Some((call, action)) = self.vms[vm].state_mut().after.pop_front() {
            self.world.trace.set_cause(call);
            match action {
                Action::Resume { stream, filter, direction } => {
                    stream::resume(&mut self.driver(stream), direction, filter);
                }
                Action::LocalReply { stream, reply } => {
                    stream::reply(&mut self.driver(stream), reply);
                }
                Action::Close { stream } => {
                    stream::reset(&mut self.driver(stream), End::Reset { by_filter: true });
                }
                Action::ContinueReading { connection, filter } => self.continue_reading(connection, filter),
                Action::CloseConnection { connection, filter } => {
                    let filter = u16::try_from(filter).unwrap_or(u16::MAX);
                    self.close_connection(connection, ClosedBy::Filter(filter));
                }
                Action::FinishRoot { root } => self.delete_root(vm, root),
            }
            self.world.trace.set_cause(None);
        }
    }

    fn driver(&mut self, id: StreamId) -> Driver<'_> {
        Driver { proxy: self, id }
    }

    /// Opens a stream for a request. Filters whose VM has failed are treated by their policy. A request that the
    /// codec refuses reaches no filter: none of them ever hears of it.
    pub fn open_stream(
        &mut self,
        exchange: u16,
        protocol: Protocol,
        buffer_limit: usize,
        routes: Routes,
        reaches_filters: bool,
    ) -> StreamId {
        let id = StreamId::try_from(self.world.streams.len()).unwrap_or(StreamId::MAX);
        let contexts = (0..self.plugins.len()).map(|filter| match reaches_filters {
            true => self.new_context(filter, |root, filter| Context::Stream { root, stream: id, filter }),
            false => FilterContext::skipped(&self.plugins[filter]),
        });
        let contexts = contexts.collect();
        self.world.streams.push(StreamFacts {
            stream: Stream::new(self.plugins.len(), protocol, buffer_limit, routes),
            exchange,
            started: self.world.now(),
            ended: None,
            asked: None,
            forwarded: None,
            answered: false,
            reply_planned: false,
            client_is_done: false,
            reply_ended: None,
            source: None,
            request: None,
            reply: None,
            upstream: None,
            retried: Vec::new(),
            downstream: None,
            filter_state: Default::default(),
            body_reads: Default::default(),
            contexts,
        });
        id
    }

    /// Takes an id for a filter's context, made of the places of its root and of itself.
    fn new_context(&mut self, filter: usize, make: impl Fn(usize, usize) -> Context) -> FilterContext {
        let policy = self.setups[filter].config.failure_policy.unwrap_or_default();
        let backoff = self.setups[filter].config.reload_backoff_ms.saturating_mul(1_000_000);
        let mut plugin = self.plugins[filter].clone();
        let has_failed = self.vms[plugin.vm].state().failed.is_some();
        if has_failed
            && policy == FailurePolicy::FailReload
            && self.world.now() >= plugin.loaded.saturating_add(backoff)
        {
            // A load that fails leaves the filter as it is: closed.
            if let Ok(reloaded) = self.start_plugin(filter) {
                plugin = reloaded;
            }
            plugin.loaded = self.world.now();
            self.plugins[filter] = plugin.clone();
        }
        let (vm, root) = (plugin.vm, plugin.root);
        let passes = policy == FailurePolicy::FailOpen || self.setups[filter].config.fail_open;
        let has_failed = !self.vms[vm].state().is_usable();
        if has_failed && passes {
            self.world.trace.finding(Finding::PassedBy);
            return FilterContext::skipped(&plugin);
        }
        let id = self.vms[vm].state_mut().new_context(make(root, filter));
        FilterContext { vm, root, id, state: ContextState::Reserved, answered_failure: false }
    }

    /// The head of a message arrives at a stream.
    pub fn receive_headers(&mut self, id: StreamId, direction: Direction, headers: HeaderMap, end: bool) {
        stream::receive_headers(&mut self.driver(id), direction, headers, end);
        self.world.note_stream(id);
    }

    /// A piece of a body arrives at a stream.
    pub fn receive_data(&mut self, id: StreamId, direction: Direction, bytes: &[u8], end: bool) {
        stream::receive_data(&mut self.driver(id), direction, bytes, end);
        self.world.note_stream(id);
    }

    /// Trailers arrive at a stream.
    pub fn receive_trailers(&mut self, id: StreamId, direction: Direction, trailers: HeaderMap) {
        stream::receive_trailers(&mut self.driver(id), direction, trailers);
        self.world.note_stream(id);
    }

    /// HTTP/2 METADATA arrives at a stream.
    pub fn receive_metadata(&mut self, id: StreamId, direction: Direction, entries: u32) {
        stream::receive_metadata(&mut self.driver(id), direction, entries);
    }

    /// The proxy answers a request itself.
    pub fn reply(&mut self, id: StreamId, reply: LocalReply) {
        stream::reply(&mut self.driver(id), reply);
    }

    /// A connection to the upstream was made, and its codec refuses the request that waited for it.
    pub fn refuse_waiting(&mut self, id: StreamId) {
        let now = self.world.now();
        self.world.first_forwarded.get_or_insert(now);
        self.world.lose_connection();
        stream::refuse_waiting(&mut self.driver(id));
    }

    /// Decides whether a failed request to the upstream is made again: after this time, if so.
    pub fn retry(&mut self, id: StreamId, attempt: Attempt) -> Option<u64> {
        stream::retry(&mut self.driver(id), attempt)
    }

    /// Makes it again.
    pub fn ask_again(&mut self, id: StreamId) {
        stream::ask_again(&mut self.driver(id));
    }

    /// A stream ends without its filters' doing.
    pub fn reset(&mut self, id: StreamId, how: End) {
        stream::reset(&mut self.driver(id), how);
    }

    /// A root's timer is due. Does nothing for a timer that was set anew or stopped.
    pub fn tick(&mut self, vm: usize, root: u32, generation: u32) {
        let Some(place) = self.root_at(vm, root) else { return };
        let found = &self.vms[vm].state().roots[place];
        if found.tick_generation != generation || found.tick_ms == 0 || found.state == RootState::Deleted {
            return;
        }
        let filter = found.filter;
        self.world.trace.step(crate::trace::Step::Tick);
        self.call_root(vm, root, filter, Callback::Tick, &[]);
        let state = self.vms[vm].state();
        let found = &state.roots[place];
        let goes_on = found.tick_generation == generation && found.tick_ms > 0 && state.failed.is_none();
        if goes_on {
            let at = self.world.now() + u64::from(found.tick_ms) * 1_000_000;
            self.world.schedule.plan(at, super::Due::Tick { vm, root, generation });
        }
    }

    /// A queue has an item for a root.
    pub fn queue_ready(&mut self, vm: usize, root: u32, queue: u32) {
        let Some(place) = self.root_at(vm, root) else { return };
        let found = &self.vms[vm].state().roots[place];
        if found.state == RootState::Deleted {
            return;
        }
        let filter = found.filter;
        self.world.trace.step(crate::trace::Step::QueueReady);
        self.call_root(vm, root, filter, Callback::QueueReady, &[queue]);
    }

    /// Something comes back from a callout.
    pub fn callout(&mut self, number: u32) {
        let now = self.world.now();
        let Some((caller, kind, delivery)) = self.world.callouts.take(number, now) else { return };
        let Caller { vm, root, token } = caller;
        let place = self.root_at(vm, root);
        let is_gone = |place: &usize| self.vms[vm].state().roots[*place].state == RootState::Deleted;
        let Some(place) = place.filter(|place| !is_gone(place) && self.vms[vm].state().is_usable()) else {
            self.world.callouts.drop_answer(number);
            return;
        };
        self.world.trace.step(crate::trace::Step::CalloutAnswered { token });
        let count = |map: &HeaderMap| u32::try_from(map.len()).unwrap_or(u32::MAX);
        let size = |bytes: &Bytes| u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        let mut status = None;
        let (callback, rest, part) = match delivery {
            Delivery::HttpResponse { headers, body, trailers } => (
                Callback::HttpCallResponse,
                vec![token, count(&headers), size(&body), count(&trailers)],
                AnswerPart::Http { headers, body, trailers },
            ),
            Delivery::HttpFailure => {
                status = Some((Status::BrokenConnection.number(), Bytes::from_static(b"reset")));
                (Callback::HttpCallResponse, vec![token, 0, 0, 0], AnswerPart::Nothing)
            }
            Delivery::GrpcInitialMetadata(map) => (
                Callback::GrpcReceiveInitialMetadata,
                vec![token, count(&map)],
                AnswerPart::GrpcInitialMetadata(map),
            ),
            Delivery::GrpcMessage(message) => {
                (Callback::GrpcReceive, vec![token, size(&message)], AnswerPart::GrpcMessage(message))
            }
            Delivery::GrpcTrailingMetadata(map) => (
                Callback::GrpcReceiveTrailingMetadata,
                vec![token, count(&map)],
                AnswerPart::GrpcTrailingMetadata(map),
            ),
            Delivery::GrpcClose { status: code, message } => {
                status = Some((code, message));
                (Callback::GrpcClose, vec![token, code], AnswerPart::Nothing)
            }
        };
        debug_assert!(kind == CalloutKind::Http || callback != Callback::HttpCallResponse);
        let filter = {
            let root = &mut self.vms[vm].state_mut().roots[place];
            root.answer = part;
            if let Some(status) = status {
                root.status = status;
            }
            root.filter
        };
        self.call(vm, root, filter, callback, &rest);
        // The answer is gone before what the callback scheduled runs; of the status only the number stays.
        let state = self.vms[vm].state_mut();
        state.stop_iteration = false;
        state.roots[place].answer = AnswerPart::Nothing;
        state.roots[place].status.1.clear();
        self.world.callouts.delivered(number);
        self.drain(vm);
        self.world.callouts.handed_over();
    }

    /// A name that a filter asked for was looked up.
    pub fn resolved(&mut self, vm: usize, root: u32, token: u32, addresses: Bytes) {
        let Some(place) = self.root_at(vm, root) else { return };
        if self.vms[vm].state().roots[place].state == RootState::Deleted {
            return;
        }
        self.world.trace.step(crate::trace::Step::CalloutAnswered { token });
        let size = u32::try_from(addresses.len()).unwrap_or(u32::MAX);
        let root_state = &mut self.vms[vm].state_mut().roots[place];
        root_state.answer = AnswerPart::CallData(addresses);
        let filter = root_state.filter;
        self.call(vm, root, filter, Callback::ResolvedDns, &[token, size]);
        let state = self.vms[vm].state_mut();
        state.stop_iteration = false;
        state.roots[place].answer = AnswerPart::Nothing;
        self.drain(vm);
    }

    fn root_at(&self, vm: usize, root: u32) -> Option<usize> {
        self.vms.get(vm)?.state().roots.iter().position(|found| found.id == root)
    }

    /// The proxy goes down: every plugin is asked to end, the last one first (recorded cases 08-010 and 08-011).
    pub fn shut_down(&mut self) {
        self.world.trace.step(crate::trace::Step::Shutdown);
        self.close_connections();
        // The chain lets its plugins go from the last filter to the first; one that several filters share goes with the
        // first of them.
        for place in (0..self.plugins.len()).rev() {
            let Plugin { vm, root, .. } = self.plugins[place];
            let is_shared = self.plugins[..place].iter().any(|other| (other.vm, other.root) == (vm, root));
            if is_shared || self.vms[vm].state().failed.is_some() {
                continue;
            }
            let (id, filter) = (self.vms[vm].state().roots[root].id, self.vms[vm].state().roots[root].filter);
            match self.call_root(vm, id, filter, Callback::Done, &[]) {
                Called::Returned(Some(0)) => {
                    let root = &mut self.vms[vm].state_mut().roots[root];
                    if root.state == RootState::Alive {
                        root.state = RootState::Parked;
                    }
                }
                _ => self.delete_root(vm, root),
            }
        }
    }

    fn delete_root(&mut self, vm: usize, root: usize) {
        let (id, filter) = {
            let root = &self.vms[vm].state().roots[root];
            (root.id, root.filter)
        };
        self.call_root(vm, id, filter, Callback::Delete, &[]);
        let state = self.vms[vm].state_mut();
        state.roots[root].state = RootState::Deleted;
        state.forget(id);
    }

    /// A callback on a stream. `None`: the filter has nothing to say and the stream goes on.
    fn stream_callback(
        &mut self,
        id: StreamId,
        filter: usize,
        callback: Callback,
        rest: &[u32],
    ) -> Option<Answer> {
        let place = u16::try_from(filter).unwrap_or(u16::MAX);
        let context = self.world.streams[id as usize].contexts[filter].clone();
        let vm = context.vm;
        match context.state {
            ContextState::Skipped | ContextState::Deleted => return None,
            ContextState::Reserved if callback == Callback::RequestHeaders => {
                self.create_context(id, filter);
                // It may have reset the stream. Envoy calls the deleted context all the same.
                if self.world.streams[id as usize].contexts[filter].state == ContextState::Deleted {
                    return None;
                }
            }
            ContextState::Reserved => return None,
            ContextState::Created => {}
        }
        if context.answered_failure {
            return None;
        }
        match self.call(vm, context.id, place, callback, rest) {
            Called::Returned(number) => {
                let stopped = std::mem::take(&mut self.vms[vm].state_mut().stop_iteration);
                Some(if stopped { Answer::Stop } else { Answer::Number(number.unwrap_or_default()) })
            }
            Called::NotExported => None,
            Called::Failed if self.setups[filter].config.fail_open => {
                self.world.trace.finding(Finding::PassedBy);
                Some(Answer::Number(0))
            }
            Called::Failed => {
                self.world.streams[id as usize].contexts[filter].answered_failure = true;
                let failed = LocalReply {
                    grpc_status: Some(14),
                    from: None,
                    ..LocalReply::from_host(503, FAILED_FILTER)
                };
                stream::reply(&mut self.driver(id), failed);
                Some(Answer::Stop)
            }
            Called::Halted(_) => Some(Answer::Stop),
        }
    }

    /// Envoy makes the context before it lends it the request's headers (recorded case 31-003).
    fn create_context(&mut self, id: StreamId, filter: usize) {
        let place = u16::try_from(filter).unwrap_or(u16::MAX);
        let context = self.world.streams[id as usize].contexts[filter].clone();
        self.world.streams[id as usize].contexts[filter].state = ContextState::Created;
        let parent = self.vms[context.vm].state().roots[context.root].id;
        let side = &mut self.world.streams[id as usize].stream.slots[filter].request;
        let holds_headers = std::mem::take(&mut side.holds_headers);
        self.call_root(context.vm, context.id, place, Callback::ContextCreate, &[parent]);
        self.world.streams[id as usize].stream.slots[filter].request.holds_headers = holds_headers;
    }

    /// A callback at the end of a stream, whose answer nobody asks for.
    fn end_callback(&mut self, id: StreamId, filter: usize, callback: Callback) {
        let place = u16::try_from(filter).unwrap_or(u16::MAX);
        let context = self.world.streams[id as usize].contexts[filter].clone();
        self.call_root(context.vm, context.id, place, callback, &[]);
    }

    /// A callback that reset the stream had answered it, too. Nobody gets the answer, and yet Envoy shows it to the
    /// filters, though their contexts are deleted (recorded cases 29-036 and 29-037).
    fn answer_in_vain(&mut self, id: StreamId, reply: &LocalReply) {
        self.world.trace.finding(Finding::ClosedAndAnswered);
        let end = self.world.streams[id as usize].stream.show(reply);
        let contexts = self.world.streams[id as usize].contexts.clone();
        for (filter, context) in contexts.iter().enumerate().rev() {
            if context.state != ContextState::Deleted {
                continue;
            }
            let FilterContext { vm, root, id: number, .. } = *context;
            let stream = &mut self.world.streams[id as usize].stream;
            stream.slots[filter].response.holds_headers = true;
            let count = stream.response.headers.as_ref().map_or(0, HeaderMap::len);
            let rest = [u32::try_from(count).unwrap_or(u32::MAX), u32::from(end)];
            self.vms[vm].state_mut().contexts.insert(number, Context::Stream { root, stream: id, filter });
            let place = u16::try_from(filter).unwrap_or(u16::MAX);
            self.call_root(vm, number, place, Callback::ResponseHeaders, &rest);
            self.vms[vm].state_mut().forget(number);
        }
    }

    /// Envoy's end of a stream: all filters log, then each is done and deleted.
    fn end_stream(&mut self, id: StreamId, how: End) {
        let now = self.world.now();
        let facts = &mut self.world.streams[id as usize];
        facts.ended = Some((now, how));
        let filters = facts.contexts.len();
        let state = |proxy: &Self, filter: usize| proxy.world.streams[id as usize].contexts[filter].state;
        for filter in 0..filters {
            if state(self, filter) == ContextState::Reserved {
                self.create_context(id, filter);
            }
            if state(self, filter) == ContextState::Created {
                self.world.streams[id as usize].stream.logging = Some(filter);
                self.end_callback(id, filter, Callback::Log);
                self.world.streams[id as usize].stream.logging = None;
            }
        }
        for filter in 0..filters {
            if state(self, filter) == ContextState::Created {
                self.end_callback(id, filter, Callback::Done);
                self.end_callback(id, filter, Callback::Delete);
                self.world.streams[id as usize].contexts[filter].state = ContextState::Deleted;
            }
        }
        // Until the last one is done, guests can still act for the others.
        for filter in 0..filters {
            let context = &self.world.streams[id as usize].contexts[filter];
            if context.state == ContextState::Deleted {
                self.vms[context.vm].state_mut().forget(context.id);
            }
        }
    }
}

/// What a stream callback answered.
enum Answer {
    Number(u32),
    /// Stop, whatever the guest said.
    Stop,
}

/// One stream with the proxy around it.
struct Driver<'a> {
    proxy: &'a mut Proxy,
    id: StreamId,
}

impl Driver<'_> {
    fn facts(&mut self) -> &mut StreamFacts {
        &mut self.proxy.world.streams[self.id as usize]
    }

    /// The request has a connection to the upstream, so that what was sent of it has gone.
    fn is_connected(&mut self) -> bool {
        let now = self.proxy.world.now();
        let facts = self.facts();
        facts.stream.has_connection || facts.forwarded.is_some_and(|at| at < now)
    }

    /// A request that is cancelled at once never reaches an upstream to which there is no connection yet (recorded cases
    /// 04-043 and 30-010).
    fn forget_unsent_request(&mut self) {
        let is_connected = self.is_connected();
        let facts = self.facts();
        if !is_connected && !facts.reply_planned {
            facts.upstream.take_if(|upstream| upstream.reset);
        }
    }

    /// Runs the callback and what it scheduled; `convert` turns the guest's number into a status that
    /// `stops` or not.
    fn run<S: Copy>(
        &mut self,
        (filter, direction): (usize, Direction),
        callback: Callback,
        rest: &[u32],
        go: S,
        stop: S,
        convert: impl Fn(u32) -> (S, bool),
    ) -> S {
        let answer = self.proxy.stream_callback(self.id, filter, callback, rest);
        let (status, stops) = match answer {
            None => (go, false),
            Some(Answer::Number(number)) => convert(number),
            Some(Answer::Stop) => (stop, true),
        };
        self.facts().stream.slots[filter].side_mut(direction).announce(stops);
        let vm = self.facts().contexts[filter].vm;
        self.proxy.drain(vm);
        status
    }
}

impl Surroundings for Driver<'_> {
    fn stream(&mut self) -> &mut Stream {
        &mut self.facts().stream
    }

    fn on_headers(&mut self, filter: usize, direction: Direction, end: bool) -> HeadersStatus {
        let (callback, map) = match direction {
            Direction::Request => (Callback::RequestHeaders, MapType::RequestHeaders),
            Direction::Response => (Callback::ResponseHeaders, MapType::ResponseHeaders),
        };
        let count = self.facts().stream.map(filter, map).map().map_or(0, HeaderMap::len);
        let allow_stop = self.proxy.setups[filter].config.allow_on_headers_stop_iteration;
        let rest = [u32::try_from(count).unwrap_or(u32::MAX), u32::from(end)];
        let stop = HeadersStatus::StopAllIterationAndWatermark;
        self.run((filter, direction), callback, &rest, HeadersStatus::Continue, stop, |number| {
            let status = HeadersStatus::from_guest(number, allow_stop);
            (status, status != HeadersStatus::Continue)
        })
    }

    fn on_data(&mut self, filter: usize, direction: Direction, end: bool) -> DataStatus {
        let (callback, buffer) = match direction {
            Direction::Request => (Callback::RequestBody, crate::abi::BufferType::RequestBody),
            Direction::Response => (Callback::ResponseBody, crate::abi::BufferType::ResponseBody),
        };
        let size = self.facts().stream.body(filter, buffer).len();
        // Envoy asks for the buffer itself to tell the size, as a guest would (recorded case 31-009).
        let context = &self.facts().contexts[filter];
        let (vm, id, is_created) = (context.vm, context.id, context.state == ContextState::Created);
        if is_created {
            self.proxy.vms[vm].state_mut().last_buffers.insert(id, buffer);
        }
        let rest = [u32::try_from(size).unwrap_or(u32::MAX), u32::from(end)];
        let stop = DataStatus::StopIterationNoBuffer;
        self.run((filter, direction), callback, &rest, DataStatus::Continue, stop, |number| {
            let status = DataStatus::from_guest(number);
            (status, status != DataStatus::Continue)
        })
    }

    fn on_trailers(&mut self, filter: usize, direction: Direction) -> TrailersStatus {
        let (callback, map) = match direction {
            Direction::Request => (Callback::RequestTrailers, MapType::RequestTrailers),
            Direction::Response => (Callback::ResponseTrailers, MapType::ResponseTrailers),
        };
        let count = self.facts().stream.map(filter, map).map().map_or(0, HeaderMap::len);
        let rest = [u32::try_from(count).unwrap_or(u32::MAX)];
        let stop = TrailersStatus::StopIteration;
        self.run((filter, direction), callback, &rest, TrailersStatus::Continue, stop, |number| {
            let status = TrailersStatus::from_guest(number);
            (status, status != TrailersStatus::Continue)
        })
    }

    fn on_metadata(&mut self, filter: usize, direction: Direction, entries: u32) {
        let callback = match direction {
            Direction::Request => Callback::RequestMetadata,
            Direction::Response => Callback::ResponseMetadata,
        };
        self.proxy.stream_callback(self.id, filter, callback, &[entries]);
        let vm = self.facts().contexts[filter].vm;
        self.proxy.drain(vm);
    }

    fn to_upstream(&mut self, part: Passed) {
        let now = self.proxy.world.now();
        self.proxy.world.first_forwarded.get_or_insert(now);
        let facts = self.facts();
        if matches!(part, Passed::Headers { .. }) {
            facts.forwarded = Some(now);
            if let Some(before) = facts.upstream.take() {
                let bytes = before.headers.byte_size() + before.body.len();
                facts.retried.push(before);
                // A filter may ask for as many retries as it likes.
                self.proxy.world.trace.hold(bytes);
            }
        }
        put(&mut self.facts().upstream, part);
    }

    fn to_client(&mut self, part: Passed) {
        let part = match part {
            Passed::Headers { headers, end_of_stream } => {
                let stream = self.stream();
                let protocol = stream.protocol;
                let closes = protocol == Protocol::Http1 && (stream.closes || !stream.request.complete);
                let request = stream.request.headers.as_ref();
                let request_id = request.filter(|headers| headers.get("x-envoy-force-trace").is_some());
                let request_id = request_id.and_then(|headers| headers.get("x-request-id")).cloned();
                let adds_headers = self.proxy.world.adds_headers;
                // Envoy adds its headers to the very map that filters find in the log phase; the old one is let go
                // first, so that no copy has to be made.
                self.facts().stream.response.headers = None;
                let date = self.proxy.world.date();
                let finish =
                    wire::Finish { date, adds_headers, closes, request_id: request_id.as_deref(), protocol };
                let headers = wire::sent_response(headers, finish);
                self.facts().stream.response.headers = Some(headers.clone());
                Passed::Headers { headers, end_of_stream }
            }
            other => other,
        };
        let facts = self.facts();
        put(&mut facts.downstream, part);
    }

    fn reset_upstream(&mut self) {
        if self.is_connected() {
            self.proxy.world.lose_connection();
        }
        if let Some(upstream) = &mut self.facts().upstream {
            upstream.reset = true;
        }
    }

    fn end(&mut self, how: End) {
        if how != End::Complete {
            let facts = self.facts();
            if facts.stream.is_unwritten() {
                // What the codec had not written yet is dropped with the stream (recorded case 30-006).
                facts.downstream = None;
            }
            if let Some(downstream) = &mut facts.downstream {
                downstream.reset = true;
            }
        }
        self.forget_unsent_request();
        self.proxy.end_stream(self.id, how);
    }

    fn answer_in_vain(&mut self, reply: LocalReply) {
        self.proxy.answer_in_vain(self.id, &reply);
    }

    fn record(&mut self, action: StreamAction) {
        if matches!(action, StreamAction::LocalReply { .. }) {
            self.facts().reply = None;
        }
        self.proxy.world.trace.stream(action);
        self.proxy.world.note_stream(self.id);
    }

    fn report(&mut self, finding: Finding) {
        self.proxy.world.trace.finding(finding);
    }
}

/// Adds a part to a message that was sent so far.
fn put(out: &mut Option<Outgoing>, part: Passed) {
    match (part, out) {
        (Passed::Headers { headers, end_of_stream }, out) => {
            *out = Some(Outgoing::new(headers, end_of_stream))
        }
        (Passed::Data { bytes, end_of_stream }, Some(out)) => {
            out.body.extend(bytes);
            out.complete |= end_of_stream;
        }
        (Passed::Trailers(trailers), Some(out)) => {
            // Empty trailers are not sent; the end of the stream is.
            out.trailers = Some(trailers).filter(|trailers| !trailers.is_empty());
            out.complete = true;
        }
        (Passed::Data { .. } | Passed::Trailers(_), None) => {}
    }
}

impl StreamFacts {
    /// Lets go of what the request and its answer were, once all is said about them.
    pub fn forget_messages(&mut self) {
        (self.request, self.reply, self.upstream, self.downstream) = (None, None, None, None);
        self.retried = Vec::new();
        self.filter_state = Default::default();
        self.contexts = Vec::new();
        (self.stream.request, self.stream.response) = Default::default();
    }

    /// Notes a message as the first filter of its direction will see it.
    pub fn note_received(&mut self, direction: Direction, headers: &HeaderMap) {
        let message = Message::new(headers.clone());
        match direction {
            Direction::Request => {
                self.source = forwarded_for(headers);
                self.request = Some(message);
            }
            Direction::Response => {
                self.answered = true;
                self.reply = Some(Received { message, local: false });
            }
        }
    }
}
