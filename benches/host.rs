//! What a run costs, each beside the floor it is measured against, in one sitting.
//!
//! - `run/traced`: one traced run of the add-headers sample on a compiled module, in a fresh VM. `run/bare`: the same
//!   callbacks on bare wasmtime, with host calls that do next to nothing. The first may be three times the second.
//! - `open/first_result`: from the bytes of a module to the trace of its first run. `open/winch`: Winch's compile time
//!   for the same bytes. The first may be three times the second.
//! - `call/traced` and `call/untraced`: ten thousand host calls with 64 bytes of payload, recorded and not. One may cost
//!   150 ns more than the other.
//! - `request/traced`: a thousand requests through a filter in one started VM, each with its trace. The yardstick is
//!   Envoy's own cost for the same filter, in the same sitting: `python tests/envoy_parity/record cost
//!   sample_filters/add_headers/add_headers.scenario.json`.
//! - `trace/size`: what a million host calls take up, printed in bytes an event.

use std::hint::black_box;
use std::sync::Arc;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use filterlab::host::{Compiler, Engine, Module, StopHandle};
use filterlab::run::{Plan, execute};
use filterlab::samples::{self, Sample};
use filterlab::scenario::{Filter, HeaderLine, Scenario};
use wasmtime::{Caller, Config, Extern, ExternType, Linker, Memory, Store, Strategy, TypedFunc, Val};

fn sample(id: &str) -> &'static Sample {
    samples::find(id).expect("the sample is bundled")
}

/// State of the bare host: the guest's memory and allocator, and the configuration that it asks for.
struct Bare {
    memory: Option<Memory>,
    allocate: Option<TypedFunc<i32, i32>>,
    configuration: Vec<u8>,
}

fn bare_engine() -> wasmtime::Engine {
    let mut config = Config::new();
    config.strategy(Strategy::Winch).epoch_interruption(true);
    wasmtime::Engine::new(&config).expect("an engine can be made")
}

/// Hands the configuration to the guest as every host must: allocate, copy, store address and length.
fn give_configuration(caller: &mut Caller<'_, Bare>, address_at: i32, length_at: i32) -> i32 {
    let configuration = caller.data().configuration.clone();
    let (Some(memory), Some(allocate)) = (caller.data().memory, caller.data().allocate.clone()) else {
        return 6;
    };
    let length = configuration.len() as i32;
    let Ok(address) = allocate.call(&mut *caller, length) else { return 6 };
    let written = memory.write(&mut *caller, address as usize, &configuration).is_ok()
        && memory.write(&mut *caller, address_at as usize, &address.to_le_bytes()).is_ok()
        && memory.write(&mut *caller, length_at as usize, &length.to_le_bytes()).is_ok();
    if written { 0 } else { 6 }
}

fn bare_linker(engine: &wasmtime::Engine, module: &wasmtime::Module) -> Linker<Bare> {
    let mut linker: Linker<Bare> = Linker::new(engine);
    linker
        .func_wrap(
            "env",
            "proxy_get_buffer_bytes",
            |mut caller: Caller<'_, Bare>, _: i32, _: i32, _: i32, a: i32, l: i32| {
                give_configuration(&mut caller, a, l)
            },
        )
        .expect("the call links");
    // All other calls answer 0, which is Ok, and do nothing. They belong to no store, as each run has its own.
    for import in module.imports() {
        let ExternType::Func(ty) = import.ty() else { continue };
        if import.name() == "proxy_get_buffer_bytes" {
            continue;
        }
        let answer = |_: Caller<'_, Bare>, _: &[Val], results: &mut [Val]| {
            results.fill(Val::I32(0));
            Ok(())
        };
        linker.func_new(import.module(), import.name(), ty, answer).expect("the call links");
    }
    linker
}

fn bare(configuration: Vec<u8>) -> Bare {
    Bare { memory: None, allocate: None, configuration }
}

/// The callbacks of one GET with a reply of one chunk, as the traced run makes them.
fn run_bare(engine: &wasmtime::Engine, ready: &wasmtime::InstancePre<Bare>, configuration: &[u8]) {
    let mut store = Store::new(engine, bare(configuration.to_vec()));
    store.set_epoch_deadline(1_000_000);
    let instance = ready.instantiate(&mut store).expect("the module instantiates");
    store.data_mut().memory = instance.get_export(&mut store, "memory").and_then(Extern::into_memory);
    store.data_mut().allocate = instance.get_typed_func(&mut store, "proxy_on_memory_allocate").ok();
    let mut call = |name: &str, args: &[i32]| {
        let function = instance.get_func(&mut store, name).expect("the callback is exported");
        let args: Vec<Val> = args.iter().copied().map(Into::into).collect();
        let mut results = vec![Val::I32(0); function.ty(&store).results().len()];
        function.call(&mut store, &args, &mut results).expect("the callback returns");
    };
    call("_initialize", &[]);
    call("proxy_on_context_create", &[1, 0]);
    call("proxy_on_vm_start", &[1, 0]);
    call("proxy_on_configure", &[1, configuration.len() as i32]);
    call("proxy_on_context_create", &[2, 1]);
    call("proxy_on_request_headers", &[2, 9, 1]);
    call("proxy_on_response_headers", &[2, 7, 0]);
    call("proxy_on_response_body", &[2, 25, 1]);
    call("proxy_on_log", &[2]);
    call("proxy_on_done", &[2]);
    call("proxy_on_delete", &[2]);
    call("proxy_on_done", &[1]);
    call("proxy_on_delete", &[1]);
}

fn runs(criterion: &mut Criterion) {
    let sample = sample("add_headers");
    let engine = Engine::new(Compiler::Winch).expect("an engine can be made");
    let module = Module::compile(&engine, sample.module).expect("the sample compiles");
    let plan = Plan::new(&sample.scenario, vec![Arc::clone(&module)]).expect("the scenario is complete");
    // One guard for all runs, as the window's worker has between two edits; starting a thread is no part of a run.
    let _watch = engine.watch();
    let mut group = criterion.benchmark_group("run");
    group.bench_function("traced", |bencher| {
        bencher.iter(|| black_box(execute(&plan, &StopHandle::default())));
    });
    let bare_engine = bare_engine();
    let bare_module = wasmtime::Module::new(&bare_engine, sample.module).expect("the sample compiles");
    let linker = bare_linker(&bare_engine, &bare_module);
    let ready = linker.instantiate_pre(&bare_module).expect("the sample links");
    let configuration = sample.scenario.chain[0].plugin_config.0.to_vec();
    group.bench_function("bare", |bencher| {
        bencher.iter(|| run_bare(&bare_engine, &ready, &configuration));
    });
    group.finish();
}

fn opening(criterion: &mut Criterion) {
    let sample = sample("add_headers");
    let engine = Engine::new(Compiler::Winch).expect("an engine can be made");
    let _watch = engine.watch();
    let mut group = criterion.benchmark_group("open");
    group.sample_size(20);
    group.bench_function("first_result", |bencher| {
        bencher.iter(|| {
            let module = Module::compile(&engine, sample.module).expect("the sample compiles");
            let plan = Plan::new(&sample.scenario, vec![module]).expect("the scenario is complete");
            black_box(execute(&plan, &StopHandle::default()))
        });
    });
    let bare_engine = bare_engine();
    group.bench_function("winch", |bencher| {
        bencher.iter(|| {
            black_box(wasmtime::Module::new(&bare_engine, sample.module)).expect("the sample compiles")
        });
    });
    group.finish();
}

/// How many host calls the looping filter makes.
const CALLS: u64 = 10_000;

/// A filter that reads a header of 57 bytes, by a name of 7, so many times.
fn looping(calls: u64) -> Vec<u8> {
    let text = format!(
        r#"(module
          (import "env" "proxy_get_header_map_value"
            (func $get (param i32 i32 i32 i32 i32) (result i32)))
          (memory (export "memory") 1)
          (data (i32.const 0) "x-bench")
          (func (export "proxy_abi_version_0_2_1"))
          (func (export "malloc") (param i32) (result i32) (i32.const 1024))
          (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
            (local $left i32)
            (local.set $left (i32.const {calls}))
            (loop $again
              (if (call $get (i32.const 0) (i32.const 0) (i32.const 7) (i32.const 64) (i32.const 68))
                (then unreachable))
              (br_if $again (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))
            (i32.const 0)))"#
    );
    wat::parse_str(text).expect("the benchmark's own module is valid")
}

/// A plan for the looping filter.
fn looping_plan(engine: &Engine, calls: u64, traced: bool) -> Plan {
    let module = Module::compile(engine, &looping(calls)).expect("the module compiles");
    let mut scenario = Scenario { chain: vec![Filter::default()], ..Scenario::default() };
    scenario.request.headers =
        vec![HeaderLine::new("x-bench", "0123456789".repeat(6).as_str()[..57].to_owned())];
    scenario.limits.events = 10 * calls;
    let mut plan = Plan::new(&scenario, vec![module]).expect("the scenario is complete");
    plan.trace.calls = traced;
    plan
}

fn calls(criterion: &mut Criterion) {
    let engine = Engine::new(Compiler::Winch).expect("an engine can be made");
    let _watch = engine.watch();
    let mut group = criterion.benchmark_group("call");
    group.throughput(Throughput::Elements(CALLS));
    for (name, traced) in [("untraced", false), ("traced", true)] {
        let plan = looping_plan(&engine, CALLS, traced);
        group.bench_function(name, |bencher| {
            bencher.iter(|| black_box(execute(&plan, &StopHandle::default())));
        });
    }
    group.finish();
}

/// How many requests go through one VM.
const REQUESTS: u32 = 1_000;

fn requests(criterion: &mut Criterion) {
    let engine = Engine::new(Compiler::Cranelift).expect("an engine can be made");
    let _watch = engine.watch();
    let sample = sample("add_headers");
    let module = Module::compile(&engine, sample.module).expect("the sample compiles");
    let mut scenario = sample.scenario.clone();
    scenario.repeat = REQUESTS;
    let plan = Plan::new(&scenario, vec![module]).expect("the scenario is complete");
    let mut group = criterion.benchmark_group("request");
    group.throughput(Throughput::Elements(REQUESTS.into()));
    group.bench_function("traced", |bencher| {
        bencher.iter(|| black_box(execute(&plan, &StopHandle::default())));
    });
    group.finish();
}

/// How many host calls the largest trace has.
const MANY: u64 = 1_000_000;

fn sizes(_: &mut Criterion) {
    let engine = Engine::new(Compiler::Winch).expect("an engine can be made");
    let _watch = engine.watch();
    let plan = looping_plan(&engine, MANY, true);
    let trace = execute(&plan, &StopHandle::default());
    let events = trace.events().len() as u64;
    assert!(trace.call_count() as u64 >= MANY, "every call is in the trace");
    println!("trace/size              {} bytes an event ({events} events)", trace.size() as u64 / events);
    assert!(trace.size() as u64 / events < 200, "the trace is small");
}

criterion_group!(benches, runs, opening, calls, requests, sizes);
criterion_main!(benches);
