//! Host calls: linking them, and what happens around each one. The calls themselves are in one file per family.
//!
//! Every call goes through [`dispatch`]: it opens an event in the trace, refuses what start functions, allocators and
//! embeddings must not do, runs the call, and closes the event with the answer.

mod buffers;
mod callouts;
mod contexts;
mod foreign;
mod header_maps;
mod logging;
mod metrics;
mod properties;
mod shared;
mod streams;
mod wasi;

use bytes::Bytes;
use wasmtime::{AsContextMut, Caller, Linker};

use super::engine::Engine;
use super::error::LoadError;
use super::facts::ModuleFacts;
use super::stopwatch::Stopwatch;
use super::trap::{self, Halt};
use super::vm::VmState;
use super::world::World;
use crate::abi::{AbiVersion, HostCall, Import, LogLevel, Namespace, Status, ValueType};
use crate::trace::{Channel, Finding, LimitKind, Returned};

/// What a call answers: a status of the ABI, or an errno for WASI.
type Answer = Result<u32, Fault>;

const OK: Answer = Ok(0);

/// Why a call ends early.
#[derive(Debug)]
enum Fault {
    /// With this answer.
    Answer(u32),
    /// By not returning to the guest.
    Trap(wasmtime::Error),
}

impl From<Status> for Fault {
    fn from(status: Status) -> Self {
        Self::Answer(status.number())
    }
}

/// A linker with the host calls that the module imports.
pub(super) fn linker(
    engine: &Engine,
    facts: &ModuleFacts,
    abi: AbiVersion,
) -> Result<Linker<VmState>, LoadError> {
    let mut linker = Linker::new(engine.wasmtime());
    linker.allow_shadowing(true);
    for import in &facts.imports {
        if let Import::Known(call) = Import::look_up(&import.module, &import.name, abi) {
            link(&mut linker, &import.module, call)
                .map_err(|error| LoadError::Compile { reason: format!("{error:#}") })?;
        }
    }
    Ok(linker)
}

/// Links one call under its wasm type, whose parameters are spelled `i` for i32 and `I` for i64.
fn link(linker: &mut Linker<VmState>, module: &str, call: HostCall) -> wasmtime::Result<()> {
    macro_rules! number {
        ($($arg:ident: $ty:ty),*) => {
            linker.func_wrap(module, call.name(), move |mut caller: Caller<'_, VmState>, $($arg: $ty),*| {
                dispatch(&mut caller, call, &[$(u64::from($arg)),*])
            })
        };
    }
    macro_rules! nothing {
        ($($arg:ident: $ty:ty),*) => {
            linker.func_wrap(module, call.name(), move |mut caller: Caller<'_, VmState>, $($arg: $ty),*| {
                dispatch(&mut caller, call, &[$(u64::from($arg)),*]).map(|_| ())
            })
        };
    }
    let shape: String = call.value_types().map(|ty| if ty == ValueType::I64 { 'I' } else { 'i' }).collect();
    let linked = match (call.spec().result, shape.as_str()) {
        (None, "i") => nothing!(a: u32),
        (Some(_), "") => number!(),
        (Some(_), "i") => number!(a: u32),
        (Some(_), "ii") => number!(a: u32, b: u32),
        (Some(_), "iii") => number!(a: u32, b: u32, c: u32),
        (Some(_), "iiii") => number!(a: u32, b: u32, c: u32, d: u32),
        (Some(_), "iiiii") => number!(a: u32, b: u32, c: u32, d: u32, e: u32),
        (Some(_), "iiiiii") => number!(a: u32, b: u32, c: u32, d: u32, e: u32, f: u32),
        (Some(_), "iiiiiiii") => number!(a: u32, b: u32, c: u32, d: u32, e: u32, f: u32, g: u32, h: u32),
        (Some(_), "iiiiiiiii") => {
            number!(a: u32, b: u32, c: u32, d: u32, e: u32, f: u32, g: u32, h: u32, i: u32)
        }
        (Some(_), "iiiiiiiiii") => {
            number!(a: u32, b: u32, c: u32, d: u32, e: u32, f: u32, g: u32, h: u32, i: u32, j: u32)
        }
        (Some(_), "iiiiiiiiiiii") => {
            number!(a: u32, b: u32, c: u32, d: u32, e: u32, f: u32, g: u32, h: u32, i: u32, j: u32, k: u32, l: u32)
        }
        (Some(_), "iI") => number!(a: u32, b: u64),
        (Some(_), "iII") => number!(a: u32, b: u64, c: u64),
        (Some(_), "iIi") => number!(a: u32, b: u64, c: u32),
        (Some(_), "iIii") => number!(a: u32, b: u64, c: u32, d: u32),
        (Some(_), "iIIi") => number!(a: u32, b: u64, c: u64, d: u32),
        (Some(_), "iiiIi") => number!(a: u32, b: u32, c: u32, d: u64, e: u32),
        (Some(_), "iiiiIIi") => number!(a: u32, b: u32, c: u32, d: u32, e: u64, f: u64, g: u32),
        (Some(_), "iiiiiIIii") => {
            number!(a: u32, b: u32, c: u32, d: u32, e: u32, f: u64, g: u64, h: u32, i: u32)
        }
        (_, shape) => {
            return Err(wasmtime::Error::msg(format!("no link for {} of shape {shape}", call.name())));
        }
    };
    linked.map(|_| ())
}

/// Runs one host call with everything around it.
fn dispatch(caller: &mut Caller<'_, VmState>, call: HostCall, args: &[u64]) -> wasmtime::Result<u32> {
    let state = caller.data_mut();
    let event = state.world.trace.begin_call(call, args);
    let began = event.map(|_| Stopwatch::start());
    let forbidden = (state.starting && !call.is_allowed_at_start())
        || (state.allocating && !call.is_allowed_in_allocator());
    let answer = if forbidden {
        // The exit code explains why a start function never came to its end.
        if call == HostCall::ProcExit {
            state.exit_code = args.first().and_then(|code| u32::try_from(*code).ok());
        }
        Err(Fault::Trap(wasmtime::Error::new(Halt::Restricted)))
    } else if let Some(limit) = state.world.trace.exceeded() {
        Err(Fault::Trap(wasmtime::Error::new(Halt::Limit(limit))))
    } else if call.is_restrictable() && !state.allows(call.name()) {
        Ok(restricted(state, call))
    } else {
        run(call, &mut Cx { caller, call, args })
    };
    let answer = match answer {
        Ok(answer) | Err(Fault::Answer(answer)) => Ok(answer),
        Err(Fault::Trap(error)) => Err(error),
    };
    let (Some(event), Some(began)) = (event, began) else { return answer };
    let returned = match (&answer, call.spec().result) {
        (Err(_), _) => Returned::Never,
        (Ok(_), None) => Returned::Nothing,
        (Ok(answer), Some(_)) => Returned::Number(*answer),
    };
    let nanos = began.nanos();
    let state = caller.data_mut();
    state.world.trace.end_call(event, returned, nanos);
    state.note_after(call);
    answer
}

/// The answer to a call that the embedding does not allow (`host-spec`, section 8.6).
fn restricted(state: &mut VmState, call: HostCall) -> u32 {
    let (what, answer) = match call.spec().namespace {
        Namespace::Env => ("proxy-wasm", Status::InternalFailure.number()),
        Namespace::Wasi => ("WASI", wasi::NOT_CAPABLE),
    };
    let line = format!("Attempted call to restricted {what} capability: {}", call.name());
    let (filter, context) = (state.filter(), state.current);
    state.world.trace.log(LogLevel::Error, Channel::Host, filter, context, line.as_bytes());
    answer
}

fn run(call: HostCall, cx: &mut Cx) -> Answer {
    use HostCall::*;
    match call {
        Log => logging::log(cx),
        GetLogLevel => logging::get_log_level(cx),
        GetCurrentTime => logging::get_current_time(cx),
        SetTickPeriod => contexts::set_tick_period(cx),
        GetConfiguration => buffers::get_configuration(cx),
        GetStatus => callouts::get_status(cx),
        GetProperty => properties::get(cx),
        SetProperty => properties::set(cx),
        ContinueStream => streams::continue_stream(cx),
        CloseStream => streams::close_stream(cx),
        ContinueRequest => streams::continue_request(cx),
        ContinueResponse => streams::continue_response(cx),
        ClearRouteCache => streams::clear_route_cache(cx),
        SendLocalResponse => streams::send_local_response(cx),
        GetHeaderMapPairs => header_maps::get_pairs(cx),
        SetHeaderMapPairs => header_maps::set_pairs(cx),
        GetHeaderMapValue => header_maps::get_value(cx),
        AddHeaderMapValue => header_maps::add(cx),
        ReplaceHeaderMapValue => header_maps::replace(cx),
        RemoveHeaderMapValue => header_maps::remove(cx),
        GetHeaderMapSize => header_maps::get_size(cx),
        GetBufferBytes => buffers::get_bytes(cx),
        GetBufferStatus => buffers::get_status(cx),
        SetBufferBytes => buffers::set_bytes(cx),
        HttpCall => callouts::http_call(cx),
        GrpcCall => callouts::grpc_call(cx),
        GrpcStream => callouts::grpc_stream(cx),
        GrpcSend => callouts::grpc_send(cx),
        GrpcClose | GrpcCancel => callouts::grpc_end(cx),
        GetSharedData => shared::get_data(cx),
        SetSharedData => shared::set_data(cx),
        RegisterSharedQueue => shared::register_queue(cx),
        ResolveSharedQueue => shared::resolve_queue(cx),
        EnqueueSharedQueue => shared::enqueue(cx),
        DequeueSharedQueue => shared::dequeue(cx),
        DefineMetric => metrics::define(cx),
        IncrementMetric => metrics::increment(cx),
        RecordMetric => metrics::record(cx),
        GetMetric => metrics::get(cx),
        SetEffectiveContext => contexts::set_effective(cx),
        Done => contexts::done(cx),
        CallForeignFunction => foreign::call(cx),
        ResolveDns => callouts::resolve_dns(cx),
        PthreadEqual => Ok(u32::from(cx.number(0) == cx.number(1))),
        NotifyMemoryGrowth => OK,
        _ => wasi::run(call, cx),
    }
}

/// A host call under way. Parameters are named by their place in the ABI's table.
struct Cx<'a, 'b> {
    caller: &'a mut Caller<'b, VmState>,
    call: HostCall,
    args: &'a [u64],
}

impl Cx<'_, '_> {
    fn state(&mut self) -> &mut VmState {
        self.caller.data_mut()
    }

    /// The first wasm argument of a parameter.
    fn arg(&self, param: usize) -> u64 {
        let before = self.call.spec().params.iter().take(param);
        let place: usize = before.map(|param| param.kind.value_types().len()).sum();
        self.args.get(place).copied().unwrap_or_default()
    }

    /// The second wasm argument of a parameter that has two.
    fn second_arg(&self, param: usize) -> u32 {
        let before = self.call.spec().params.iter().take(param);
        let place: usize = before.map(|param| param.kind.value_types().len()).sum();
        self.args.get(place + 1).map_or(0, |arg| *arg as u32)
    }

    /// A u32 parameter.
    fn number(&self, param: usize) -> u32 {
        self.arg(param) as u32
    }

    /// The guest's memory; empty for a module without one.
    fn memory(&self) -> &[u8] {
        self.caller.data().memory.as_ref().map(|memory| memory.data(&self.caller)).unwrap_or_default()
    }

    /// A stretch of guest memory, or `None` when it is not all inside.
    fn slice(&self, address: u32, length: u32) -> Option<&[u8]> {
        let start = address as usize;
        self.memory().get(start..start.checked_add(length as usize)?)
    }

    /// Reads a parameter of bytes and notes them in the trace.
    fn bytes(&mut self, param: usize) -> Result<Vec<u8>, Fault> {
        self.read(param, |bytes, world| {
            world.trace.payload(param, bytes);
            bytes.to_vec()
        })
    }

    /// The same for a name or value of a header.
    fn header_bytes(&mut self, param: usize) -> Result<Bytes, Fault> {
        self.read(param, |bytes, world| {
            world.trace.payload(param, bytes);
            world.recent.copy(bytes)
        })
    }

    /// Lends a parameter of bytes. More than may still be kept ends the run.
    fn read<T>(&mut self, param: usize, copy: impl FnOnce(&[u8], &mut World) -> T) -> Result<T, Fault> {
        let (address, length) = (self.number(param), self.second_arg(param));
        if (address, length) == (0, 0) {
            return Ok(copy(&[], &mut self.state().world));
        }
        let (bytes, state) = self.lend(address, length)?;
        if bytes.len() > state.world.trace.room() {
            return Err(self.over(LimitKind::TraceBytes));
        }
        Ok(copy(bytes, &mut state.world))
    }

    /// A stretch of guest memory beside the state.
    fn lend(&mut self, address: u32, length: u32) -> Result<(&[u8], &mut VmState), Fault> {
        self.needs_memory()?;
        let memory = self.state().memory.ok_or(Status::InvalidMemoryAccess)?;
        let (memory, state) = memory.data_and_store_mut(&mut *self.caller);
        let start = address as usize;
        let bytes = start.checked_add(length as usize).and_then(|end| memory.get(start..end));
        Ok((bytes.ok_or(Status::InvalidMemoryAccess)?, state))
    }

    /// Refuses a call with addresses from a module that has no memory.
    fn needs_memory(&mut self) -> Result<(), Fault> {
        if self.state().memory.is_some() {
            return Ok(());
        }
        self.state().world.trace.finding(Finding::NoMemory);
        Err(Status::InvalidMemoryAccess.into())
    }

    /// The end of a run at one of the trace's limits.
    fn over(&mut self, limit: LimitKind) -> Fault {
        self.state().world.trace.reach(limit);
        Fault::Trap(wasmtime::Error::new(Halt::Limit(limit)))
    }

    /// Writes bytes at an address; `false` when they do not fit into the memory.
    fn write(&mut self, address: u32, bytes: &[u8]) -> bool {
        let Some(memory) = self.caller.data().memory else { return self.needs_memory().is_ok() };
        memory.write(self.caller.as_context_mut(), address as usize, bytes).is_ok()
    }

    /// Stores a u32 result and notes it in the trace.
    fn put_u32(&mut self, param: usize, value: u32) -> Result<(), Fault> {
        self.put(param, &value.to_le_bytes())
    }

    /// Stores a u64 result and notes it in the trace.
    fn put_u64(&mut self, param: usize, value: u64) -> Result<(), Fault> {
        self.put(param, &value.to_le_bytes())
    }

    fn put(&mut self, param: usize, bytes: &[u8]) -> Result<(), Fault> {
        let address = self.number(param);
        if !self.write(address, bytes) {
            return Err(Status::InvalidMemoryAccess.into());
        }
        self.state().world.trace.payload(param, bytes);
        Ok(())
    }

    /// Hands bytes to the guest in memory that its allocator gives, and stores address and length.
    /// An empty result never asks the allocator.
    fn give(&mut self, param: usize, bytes: &[u8]) -> Result<(), Fault> {
        self.state().world.trace.payload(param, bytes);
        let address = if bytes.is_empty() { 0 } else { self.allocate(bytes)? };
        let length = u32::try_from(bytes.len()).map_err(|_| Status::InvalidMemoryAccess)?;
        let (address_at, length_at) = (self.number(param), self.second_arg(param));
        if self.write(address_at, &address.to_le_bytes()) && self.write(length_at, &length.to_le_bytes()) {
            Ok(())
        } else {
            Err(Status::InvalidMemoryAccess.into())
        }
    }

    /// Copies bytes into a block from the guest's allocator. An allocator that traps fails the VM, and the call
    /// that needed the block answers InvalidMemoryAccess.
    fn allocate(&mut self, bytes: &[u8]) -> Result<u32, Fault> {
        let length = u32::try_from(bytes.len()).map_err(|_| Status::InvalidMemoryAccess)?;
        let Some((callback, allocator)) = self.state().allocator.clone() else {
            return Err(Status::InvalidMemoryAccess.into());
        };
        let state = self.state();
        if state.failed.is_some() {
            return Err(Status::InvalidMemoryAccess.into());
        }
        let filter = state.filter();
        state.allocating = true;
        let event = state.world.trace.begin_callback(callback, filter, &[length]);
        let counts = state.counts;
        let fuel = |cx: &Self| if counts { cx.caller.get_fuel().ok() } else { None };
        let before = fuel(self);
        let began = Stopwatch::start();
        let result = allocator.call(self.caller.as_context_mut(), length);
        let nanos = began.nanos();
        let after = fuel(self);
        let state = self.state();
        if let (Some(before), Some(after)) = (before, after) {
            state.world.trace.counted(event, before.saturating_sub(after));
        }
        state.allocating = false;
        state.world.trace.end_callback(event, result.as_ref().map(|p| Some(*p)).map_err(|_| ()), nanos);
        match result {
            Ok(address) if address != 0 && self.write(address, bytes) => Ok(address),
            Ok(_) => Err(Status::InvalidMemoryAccess.into()),
            Err(error) if trap::limit_of(&error).is_some() => Err(Fault::Trap(error)),
            Err(error) => {
                let mut report = trap::report(&error, filter, callback);
                let line = report.envoy_log();
                let state = self.state();
                report.last_calls = state.world.trace.last_calls_of(filter);
                state.world.trace.log(LogLevel::Error, Channel::Host, filter, 0, line.as_bytes());
                state.failed = Some(report);
                Err(Status::InvalidMemoryAccess.into())
            }
        }
    }

    /// A u32 in guest memory.
    fn read_u32(&self, address: u32) -> Option<u32> {
        let bytes = self.slice(address, 4)?;
        Some(u32::from_le_bytes(bytes.try_into().ok()?))
    }
}
