//! One virtual machine: an instance with its memory, its contexts, and the calls into it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use bytes::Bytes;
use wasmtime::{
    AsContextMut, Extern, ExternType, Func, Instance, Memory, ResourceLimiter, Store, ThrownException,
    TypedFunc, UpdateDeadline,
};

use super::context::{AnswerPart, Context, Root, RootState};
use super::error::{LoadError, MAX_PAGES};
use super::facts::{MAX_TABLE, ModuleFacts};
use super::metrics::MetricIds;
use super::module::{Link, Module, export_problems};
use super::stopwatch::Stopwatch;
use super::trap::{self, Halt};
use super::world::{StreamId, World};
use crate::abi::{AbiVersion, BufferType, Callback};
use crate::stream::LocalReply;
use crate::trace::{CalloutKind, Channel, Direction, EventId, Finding, LimitKind, Trap};

/// What a host call scheduled for after the callback under way.
#[derive(Clone, Debug)]
pub(super) enum Action {
    Resume {
        stream: StreamId,
        filter: usize,
        direction: Direction,
    },
    LocalReply {
        stream: StreamId,
        reply: LocalReply,
    },
    Close {
        stream: StreamId,
    },
    /// Lets the client's bytes on a TCP connection go on behind this filter.
    ContinueReading {
        connection: usize,
        filter: usize,
    },
    CloseConnection {
        connection: usize,
        filter: usize,
    },
    FinishRoot {
        root: usize,
    },
}

/// Everything a VM's host calls work on; it lies in the store.
pub(super) struct VmState {
    /// The shared world while this VM runs; an empty one otherwise.
    pub world: Box<World>,
    /// Number of this VM in the run.
    pub number: usize,
    pub abi: AbiVersion,
    pub memory: Option<Memory>,
    pub allocator: Option<(Callback, TypedFunc<u32, u32>)>,
    pub limit: MemoryLimit,
    pub vm_id: Bytes,
    pub vm_config: Bytes,
    pub env: Vec<(String, String)>,
    /// Allowed names; empty: all.
    pub capabilities: Vec<String>,
    pub roots: Vec<Root>,
    pub contexts: BTreeMap<u32, Context>,
    next_context: u32,
    /// The context whose callback runs.
    pub current: u32,
    /// The context that host calls act on, if the guest chose another.
    pub effective: Option<u32>,
    /// Start functions run: most calls are forbidden.
    pub starting: bool,
    /// The allocator runs: nearly all calls are forbidden.
    pub allocating: bool,
    /// A local reply was sent in this callback: it answers "stop" whatever the guest says.
    pub stop_iteration: bool,
    /// What host calls scheduled, each with the call that did.
    pub after: VecDeque<(Option<EventId>, Action)>,
    pub metric_ids: MetricIds,
    /// The buffer that each context asked for last: Envoy keeps it as the call data, too (recorded case 29-104).
    pub last_buffers: BTreeMap<u32, BufferType>,
    /// How many callouts of each kind were made.
    pub callouts_made: [u32; 3],
    /// How many names were asked for.
    pub names_resolved: u32,
    /// Properties that stream contexts declared, which changes nothing: context and name.
    pub declared_without_effect: BTreeSet<(u32, Bytes)>,
    /// Why the VM is not entered any more.
    pub failed: Option<Trap>,
    /// A plugin in it refused to start: it is not entered any more either.
    pub refused: bool,
    /// Code of the last `proc_exit`.
    pub exit_code: Option<u32>,
    /// When the guest was entered, and with how much time left.
    entered: Option<Stopwatch>,
    /// Its code counts instructions.
    pub counts: bool,
    /// Place in the chain of the filter for which the VM was made.
    made_for: u16,
}

impl VmState {
    /// The context that host calls act on: the effective one as long as it exists, else the current one.
    pub fn acting(&self) -> Context {
        let effective = self.effective.and_then(|id| self.contexts.get(&id));
        effective.or_else(|| self.contexts.get(&self.current)).copied().unwrap_or(Context::Vm)
    }

    /// Stream and filter that host calls act on, if they act on a stream that the host still knows.
    pub fn acting_stream(&self) -> Option<(StreamId, usize)> {
        match self.acting() {
            Context::Stream { stream, filter, .. } if self.world.stream(stream).is_some() => {
                Some((stream, filter))
            }
            _ => None,
        }
    }

    /// The same for a TCP connection.
    pub fn acting_connection(&self) -> Option<(usize, usize)> {
        match self.acting() {
            Context::Connection { connection, filter, .. }
                if self.world.connections.get(connection).is_some() =>
            {
                Some((connection, filter))
            }
            _ => None,
        }
    }

    /// Id of the context that host calls act on.
    pub fn acting_id(&self) -> u32 {
        self.effective.filter(|id| self.contexts.contains_key(id)).unwrap_or(self.current)
    }

    /// Place of the plugin that host calls act on.
    pub fn acting_root_place(&self) -> Option<usize> {
        match self.acting() {
            Context::Vm => None,
            Context::Root(root) | Context::Stream { root, .. } | Context::Connection { root, .. } => {
                Some(root)
            }
        }
    }

    /// The plugin that host calls act on.
    pub fn acting_root(&mut self) -> Option<&mut Root> {
        let place = self.acting_root_place()?;
        self.roots.get_mut(place)
    }

    /// What the guest may read of an answer to a callout.
    pub fn answer_part(&self) -> &AnswerPart {
        let root = self.acting_root_place().and_then(|place| self.roots.get(place));
        root.map_or(&AnswerPart::Nothing, |root| &root.answer)
    }

    /// The token of a new callout; its low two bits tell the kind (`host-spec`, section 10, item 101).
    pub fn new_callout_token(&mut self, kind: CalloutKind) -> u32 {
        let count = &mut self.callouts_made[kind as usize];
        *count = count.wrapping_add(1);
        count.wrapping_mul(4).wrapping_add(kind as u32)
    }

    /// A context is gone; its id means nothing any more.
    pub fn forget(&mut self, context: u32) {
        self.contexts.remove(&context);
        self.last_buffers.remove(&context);
    }

    /// Notes in the trace how much memory the VM has, if that is another amount than before.
    fn note_memory(&mut self) {
        if self.limit.used != self.limit.noted {
            self.limit.noted = self.limit.used;
            let vm = u16::try_from(self.number).unwrap_or(u16::MAX);
            self.world.trace.memory(vm, self.made_for, self.limit.used as u64);
        }
    }

    /// Whether the VM may still be entered.
    pub fn is_usable(&self) -> bool {
        self.failed.is_none() && !self.refused
    }

    /// A new context id; ids are never used again.
    pub fn new_context(&mut self, context: Context) -> u32 {
        self.next_context += 1;
        self.contexts.insert(self.next_context, context);
        self.next_context
    }

    /// Schedules an action for when the callback under way has returned.
    pub fn schedule(&mut self, action: Action) {
        let call = self.world.trace.current_call();
        self.after.push_back((call, action));
    }

    /// Whether an embedding allows this name.
    pub fn allows(&self, name: &str) -> bool {
        self.capabilities.is_empty() || self.capabilities.iter().any(|allowed| allowed == name)
    }

    /// The chain's filter to which the running code belongs.
    pub fn filter(&self) -> u16 {
        self.filter_of(self.contexts.get(&self.current).copied().unwrap_or(Context::Vm))
    }

    /// The chain's filter under whose name log lines stand: that of the context which host calls act on.
    pub fn acting_filter(&self) -> u16 {
        self.filter_of(self.acting())
    }

    fn filter_of(&self, context: Context) -> u16 {
        match context {
            Context::Root(root) => self.roots.get(root).map_or(0, |root| root.filter),
            Context::Stream { filter, .. } | Context::Connection { filter, .. } => {
                u16::try_from(filter).unwrap_or(u16::MAX)
            }
            Context::Vm => self.roots.first().map_or(0, |root| root.filter),
        }
    }

    /// Why the guest must not run on, if so.
    pub fn halt(&self) -> Option<Halt> {
        let used = || self.entered.map_or(0, Stopwatch::nanos);
        if self.world.stop.is_stopped() {
            Some(Halt::Limit(LimitKind::Stopped))
        } else if let Some(limit) = self.world.trace.exceeded() {
            Some(Halt::Limit(limit))
        } else if self.world.budget.nanos == 0 || used() > self.world.budget.nanos {
            Some(Halt::Limit(self.world.budget.limit))
        } else {
            None
        }
    }
}

/// Linear memory of one VM, all its memories together. In Envoy each may have 1 GiB for itself (recorded case 27-148).
#[derive(Clone, Copy, Debug)]
pub(super) struct MemoryLimit {
    /// In bytes.
    allowed: usize,
    used: usize,
    /// What the trace says of `used`.
    noted: usize,
    /// The call under way asked for more and got none.
    refused: bool,
}

/// Most memory that a VM may have in Envoy, in bytes.
const ENVOYS_MEMORY: usize = 1 << 30;

impl MemoryLimit {
    /// Whether the call under way was refused memory that it would get in Envoy: what it does then is no trap of its own.
    fn was_ours(self) -> bool {
        self.refused && self.allowed < ENVOYS_MEMORY
    }
}

impl ResourceLimiter for VmState {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        // The module's own maximum is no limit of ours.
        if maximum.is_some_and(|maximum| desired > maximum) {
            return Ok(false);
        }
        let wanted = self.limit.used.saturating_add(desired.saturating_sub(current));
        if wanted <= self.limit.allowed {
            self.limit.used = wanted;
            return Ok(true);
        }
        // Once for each callback: a guest may try again and again.
        if !std::mem::replace(&mut self.limit.refused, true) {
            let limit = self.limit.allowed as u64;
            self.world.trace.finding(Finding::MemoryRefused { limit });
        }
        Ok(false)
    }

    fn table_growing(&mut self, _: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        Ok(desired as u64 <= MAX_TABLE)
    }
}

/// A callback's export, by the shape of its type.
enum Entry {
    Nothing0(TypedFunc<(), ()>),
    Nothing1(TypedFunc<u32, ()>),
    Nothing2(TypedFunc<(u32, u32), ()>),
    Nothing3(TypedFunc<(u32, u32, u32), ()>),
    Nothing5(TypedFunc<(u32, u32, u32, u32, u32), ()>),
    Number0(TypedFunc<(), u32>),
    Number1(TypedFunc<u32, u32>),
    Number2(TypedFunc<(u32, u32), u32>),
    Number3(TypedFunc<(u32, u32, u32), u32>),
}

impl Entry {
    /// The export as what the host calls; `None` when it has another type, which [`export_problems`] judges.
    fn new(store: &Store<VmState>, function: Func, callback: Callback, arity: usize) -> Option<Self> {
        let has_result = !callback.result_types().is_empty();
        let entry = match (has_result, arity) {
            (false, 0) => Self::Nothing0(function.typed(store).ok()?),
            (false, 1) => Self::Nothing1(function.typed(store).ok()?),
            (false, 2) => Self::Nothing2(function.typed(store).ok()?),
            (false, 3) => Self::Nothing3(function.typed(store).ok()?),
            (false, _) => Self::Nothing5(function.typed(store).ok()?),
            (true, 0) => Self::Number0(function.typed(store).ok()?),
            (true, 1) => Self::Number1(function.typed(store).ok()?),
            (true, 2) => Self::Number2(function.typed(store).ok()?),
            (true, _) => Self::Number3(function.typed(store).ok()?),
        };
        Some(entry)
    }

    fn call(&self, store: &mut Store<VmState>, args: &[u32]) -> wasmtime::Result<Option<u32>> {
        let arg = |index: usize| args.get(index).copied().unwrap_or_default();
        match self {
            Self::Nothing0(f) => f.call(store, ()).map(|()| None),
            Self::Nothing1(f) => f.call(store, arg(0)).map(|()| None),
            Self::Nothing2(f) => f.call(store, (arg(0), arg(1))).map(|()| None),
            Self::Nothing3(f) => f.call(store, (arg(0), arg(1), arg(2))).map(|()| None),
            Self::Nothing5(f) => f.call(store, (arg(0), arg(1), arg(2), arg(3), arg(4))).map(|()| None),
            Self::Number0(f) => f.call(store, ()).map(Some),
            Self::Number1(f) => f.call(store, arg(0)).map(Some),
            Self::Number2(f) => f.call(store, (arg(0), arg(1))).map(Some),
            Self::Number3(f) => f.call(store, (arg(0), arg(1), arg(2))).map(Some),
        }
    }
}

/// What came of a call into a guest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Called {
    /// It returned; `None` for a callback without a result.
    Returned(Option<u32>),
    /// The module does not export it, or must not be asked.
    NotExported,
    /// The VM has failed, now or before.
    Failed,
    /// The host stopped the guest at a limit.
    Halted(LimitKind),
}

/// How to make a VM.
pub(super) struct VmSettings {
    pub number: usize,
    /// Place in the chain of the filter for which it is made.
    pub filter: u16,
    pub vm_id: Bytes,
    pub vm_config: Bytes,
    pub env: Vec<(String, String)>,
    pub capabilities: Vec<String>,
    pub memory_bytes: usize,
}

/// A virtual machine with one instance of a module.
pub(super) struct Vm {
    pub module: Arc<Module>,
    store: Store<VmState>,
    /// What the module exports of the callbacks, by their place in the table.
    entries: Vec<Option<Entry>>,
}

impl std::fmt::Debug for Vm {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        f.debug_struct("Vm").field("module", &self.module).finish_non_exhaustive()
    }
}

impl Vm {
    /// Makes an instance and runs its start functions, with the world lent to it meanwhile.
    pub fn start(
        module: &Arc<Module>,
        settings: VmSettings,
        world: &mut Box<World>,
    ) -> Result<Self, LoadError> {
        if let Some(reason) = no_instance(module.facts()) {
            return Err(LoadError::Instantiate { reason: reason.into(), trap: None });
        }
        let filter = settings.filter;
        let state = VmState {
            world: Box::default(),
            number: settings.number,
            abi: module.abi(),
            memory: None,
            allocator: None,
            limit: MemoryLimit { allowed: settings.memory_bytes, used: 0, noted: 0, refused: false },
            vm_id: settings.vm_id,
            vm_config: settings.vm_config,
            env: settings.env,
            capabilities: settings.capabilities,
            roots: Vec::new(),
            contexts: BTreeMap::from([(0, Context::Vm)]),
            next_context: 0,
            current: 0,
            effective: None,
            starting: true,
            allocating: false,
            stop_iteration: false,
            after: VecDeque::new(),
            metric_ids: MetricIds::default(),
            last_buffers: BTreeMap::new(),
            callouts_made: [0; 3],
            names_resolved: 0,
            declared_without_effect: BTreeSet::new(),
            failed: None,
            refused: false,
            exit_code: None,
            entered: None,
            counts: module.engine().counts_instructions(),
            made_for: filter,
        };
        let mut store = Store::new(module.engine().wasmtime(), state);
        if module.engine().counts_instructions() {
            // More than a guest can use up in a hundred years. It fails only on engines that do not count.
            store.set_fuel(u64::MAX).map_err(|error| LoadError::Compile { reason: format!("{error:#}") })?;
        }
        store.limiter(|state| state);
        store.epoch_deadline_callback(|store| match store.data().halt() {
            Some(halt) => Err(wasmtime::Error::new(halt)),
            None => Ok(UpdateDeadline::Continue(1)),
        });
        store.set_epoch_deadline(1);
        std::mem::swap(&mut store.data_mut().world, world);
        let entered = Stopwatch::start();
        store.data_mut().entered = Some(entered);
        let instance = instantiate(module, &mut store);
        let nanos = entered.nanos();
        let state = store.data_mut();
        state.entered = None;
        state.world.budget.nanos = state.world.budget.nanos.saturating_sub(nanos);
        state.note_memory();
        if instance.is_err() && state.limit.was_ours() {
            state.world.out_of_memory.get_or_insert((filter, Callback::Start));
        }
        std::mem::swap(&mut store.data_mut().world, world);
        let instance = instance.map_err(|error| {
            let trap = error.is::<wasmtime::Trap>() || error.is::<ThrownException>() || error.is::<Halt>();
            let report = trap.then(|| trap::report(&error, filter, Callback::Start));
            LoadError::Instantiate { reason: format!("{:#}", error.root_cause()), trap: report.map(Box::new) }
        })?;
        let allows = |name: &str| store.data().allows(name);
        if let Some(problem) = export_problems(module.facts(), module.abi(), allows).next() {
            return Err(problem);
        }
        let entries = Callback::all().map(|_| None).collect();
        let mut vm = Self { module: module.clone(), store, entries };
        vm.find_exports(&instance);
        vm.run_start_functions(filter, world)?;
        vm.store.data_mut().starting = false;
        Ok(vm)
    }

    fn find_exports(&mut self, instance: &Instance) {
        let abi = self.module.abi();
        let store = &mut self.store;
        if store.data().memory.is_none() {
            let exported = instance.exports(&mut *store).find_map(|export| export.into_memory());
            store.data_mut().memory = exported;
        }
        let mut allocator: Option<(Callback, TypedFunc<u32, u32>)> = None;
        for (callback, export) in self.module.callbacks() {
            let Some(function) = instance.get_module_export(&mut *store, export).and_then(Extern::into_func)
            else {
                continue;
            };
            if matches!(callback, Callback::Malloc | Callback::MemoryAllocate) {
                // `malloc` comes first in the table, and is asked first.
                if allocator.is_none() {
                    allocator = function.typed(&*store).ok().map(|function| (*callback, function));
                }
            } else if (!callback.is_restrictable() || store.data().allows(callback.name()))
                && let Some(entry) = Entry::new(store, function, *callback, callback.arity(abi))
            {
                self.entries[*callback as usize] = Some(entry);
            }
        }
        store.data_mut().allocator = allocator;
    }

    fn run_start_functions(&mut self, filter: u16, world: &mut Box<World>) -> Result<(), LoadError> {
        let has = |callback: Callback| self.entries[callback as usize].is_some();
        let mut functions = Vec::new();
        if has(Callback::Initialize) {
            functions.push((Callback::Initialize, vec![]));
            if has(Callback::Main) {
                functions.push((Callback::Main, vec![0, 0]));
            } else if has(Callback::MainVoid) {
                functions.push((Callback::MainVoid, vec![]));
            }
        } else if has(Callback::Start) {
            functions.push((Callback::Start, vec![]));
        }
        for (callback, args) in functions {
            match self.call(world, 0, filter, callback, &args) {
                Called::Returned(_) | Called::NotExported => {}
                Called::Failed | Called::Halted(_) => {
                    let failed = self.store.data().failed.clone();
                    return Err(failed.map(LoadError::StartTrapped).unwrap_or(LoadError::NoAllocator));
                }
            }
        }
        Ok(())
    }

    pub fn state(&self) -> &VmState {
        self.store.data()
    }

    pub fn state_mut(&mut self) -> &mut VmState {
        self.store.data_mut()
    }

    /// Calls into the guest, with the world lent to it meanwhile. A trap fails the VM for good.
    pub fn call(
        &mut self,
        world: &mut Box<World>,
        context: u32,
        filter: u16,
        callback: Callback,
        args: &[u32],
    ) -> Called {
        if !self.store.data().is_usable() {
            return Called::Failed;
        }
        let Some(entry) = &self.entries[callback as usize] else { return Called::NotExported };
        let state = self.store.data_mut();
        let before = (state.current, state.effective);
        std::mem::swap(&mut state.world, world);
        state.current = context;
        state.effective = None;
        state.limit.refused = false;
        let event = state.world.trace.begin_callback(callback, filter, args);
        state.note_moment();
        let counts = state.counts;
        // A limit may have been reached between two callbacks; the clock is only read by a guest that runs.
        let halted = state.halt();
        let entered = Stopwatch::start();
        state.entered = Some(entered);
        self.store.set_epoch_deadline(1);
        let fuel = if counts { self.store.get_fuel().ok() } else { None };
        let result = match halted {
            Some(halt) => Err(wasmtime::Error::new(halt)),
            None => entry.call(&mut self.store, args),
        };
        let nanos = entered.nanos();
        let used = fuel.and_then(|fuel| Some(fuel.saturating_sub(self.store.get_fuel().ok()?)));
        let state = self.store.data_mut();
        state.entered = None;
        if let Some(used) = used {
            state.world.trace.counted(event, used);
        }
        state.note_memory();
        (state.current, state.effective) = before;
        state.allocating = false;
        state.world.budget.nanos = state.world.budget.nanos.saturating_sub(nanos);
        let outcome = result.as_ref().map(|result| *result).map_err(|_| ());
        state.world.trace.end_callback(event, outcome, nanos);
        let called = match result {
            // The allocator may have failed the VM while the callback itself went on.
            Ok(result) if state.failed.is_none() => Called::Returned(result),
            Ok(_) => Called::Failed,
            Err(error) => self.fail(&error, filter, callback),
        };
        std::mem::swap(&mut self.store.data_mut().world, world);
        called
    }

    fn fail(&mut self, error: &wasmtime::Error, filter: u16, callback: Callback) -> Called {
        let state = self.store.data_mut();
        let mut trap = trap::report(error, filter, callback);
        trap.exit_code = state.exit_code;
        trap.last_words = state.world.trace.last_log_of(filter);
        trap.last_calls = state.world.trace.last_calls_of(filter);
        let limit = trap::limit_of(error);
        if limit.is_none() {
            if state.limit.was_ours() {
                state.world.out_of_memory.get_or_insert((filter, callback));
            }
            let line = trap.envoy_log();
            state.world.trace.log(crate::abi::LogLevel::Error, Channel::Host, filter, 0, line.as_bytes());
        }
        if trap.is_out_of_stack() {
            state.world.trace.finding(Finding::StackDepth);
        }
        state.failed = Some(trap);
        match limit {
            Some(limit) => Called::Halted(limit),
            None => Called::Failed,
        }
    }

    /// Makes a plugin known to the VM and gives its place in the list of roots.
    pub fn add_root(&mut self, filter: u16, name: &str, root_id: &str, plugin_config: Bytes) -> usize {
        let state = self.store.data_mut();
        let place = state.roots.len();
        let id = state.new_context(Context::Root(place));
        state.roots.push(Root {
            id,
            filter,
            name: name.to_owned(),
            root_id: root_id.to_owned(),
            plugin_config,
            config_readable: false,
            tick_ms: 0,
            tick_generation: 0,
            status: (0, Bytes::new()),
            answer: AnswerPart::Nothing,
            state: RootState::Alive,
            declared: BTreeMap::new(),
            expressions: Default::default(),
        });
        place
    }
}

/// Why Envoy makes no instance of the module, whatever limits a scenario sets.
fn no_instance(facts: &ModuleFacts) -> Option<&'static str> {
    let imports = |kind: &str| facts.imports.iter().filter(|import| import.kind == kind).count();
    if facts.memory_pages.iter().any(|pages| *pages > MAX_PAGES) {
        // Recorded case 27-147; each memory counts by itself (recorded case 27-148).
        Some("it begins with more memory than 1 GiB")
    } else if imports("table") > 1 || imports("memory") > 1 {
        // Recorded cases 27-145 and 27-146.
        Some("it imports two tables or memories, and Envoy can give one")
    } else if facts.imports_shared_memory {
        // Recorded case 27-140.
        Some("it imports a shared memory, and Envoy's is not shared")
    } else {
        None
    }
}

fn instantiate(module: &Module, store: &mut Store<VmState>) -> wasmtime::Result<Instance> {
    let linker = match &module.link {
        Link::Ready(ready) => return ready.instantiate(store),
        Link::PerInstance(linker) => linker,
    };
    let mut linker = linker.clone();
    for import in module.compiled().imports() {
        let storage: Extern = match import.ty() {
            ExternType::Memory(ty) => {
                let memory = Memory::new(store.as_context_mut(), ty)?;
                store.data_mut().memory = Some(memory);
                memory.into()
            }
            ExternType::Table(ty) => {
                let null = wasmtime::Ref::null(ty.element().heap_type());
                wasmtime::Table::new(store.as_context_mut(), ty, null)?.into()
            }
            _ => continue,
        };
        linker.define(store.as_context_mut(), import.module(), import.name(), storage)?;
    }
    linker.instantiate(store, module.compiled())
}
