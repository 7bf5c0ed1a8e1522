//! Bad input and bad filters: each ends in a named outcome that says where, and nothing panics.

mod calls;
mod connections;
mod features;
mod greedy;
mod limits;
mod scripts;

use std::sync::Arc;
use std::time::Duration;

use filterlab::abi::Callback;
use filterlab::host::{Compiler, Engine, LoadError, Module, StopHandle};
use filterlab::run::{Job, ModuleSource, Plan, RunOptions, Worker, execute};
use filterlab::scenario::{Filter, Limits, Scenario};
use filterlab::trace::{LimitKind, Outcome, Trace};
use filterlab::view::{Language, sentences};

/// A module from text, with an ABI marker, an allocator and a memory unless it has its own.
fn wat(body: &str) -> Vec<u8> {
    let text = format!(
        r#"(module
          {body}
          (memory (export "memory") 1)
          (func (export "proxy_abi_version_0_2_1"))
          (func (export "malloc") (param i32) (result i32) (i32.const 1024)))"#
    );
    wat::parse_str(text).expect("the test's own module is valid")
}

fn compile(bytes: &[u8]) -> Result<Arc<Module>, LoadError> {
    let engine = Engine::new(Compiler::default()).expect("an engine can be made");
    Module::compile(&engine, bytes)
}

fn load_error(bytes: &[u8]) -> LoadError {
    compile(bytes).expect_err("the module must be refused")
}

fn run_with(bytes: &[u8], scenario: Scenario) -> Trace {
    let module = compile(bytes).expect("the module loads");
    let plan = Plan::new(&scenario, vec![module]).expect("the scenario is complete");
    let trace = execute(&plan, &StopHandle::default());
    read_state(&trace, &scenario);
    trace
}

/// Reads what the filters kept, in every language, as it was after some of the events.
fn read_state(trace: &Trace, scenario: &Scenario) {
    use filterlab::view::state::{Section, State, Words};
    /// More of them would only be more of the same.
    const MOST: usize = 20;
    let state = State::new(trace, scenario);
    let events = trace.events().len();
    let moments = trace.numbered().map(|(event, _)| event).step_by(events / MOST + 1).map(Some).chain([None]);
    for at in moments {
        for (language, section) in
            Language::ALL.into_iter().flat_map(|l| Section::ALL.map(|section| (l, section)))
        {
            let words = Words { language, state: &state, trace, scenario, masks: true };
            for index in 0..state.len(section, at).min(MOST) {
                let cells = words.cells(section, index, at).expect("it was there");
                assert!(cells.iter().any(|cell| !cell.text.is_empty()));
                let versions = state.entry(section, index).expect("it is there").len_at(at);
                assert!(
                    (0..versions.min(MOST)).all(|version| words.version(section, index, version).is_some())
                );
            }
        }
    }
}

fn scenario() -> Scenario {
    let mut scenario = Scenario { chain: vec![Filter::default()], ..Scenario::default() };
    scenario.request.method = "POST".into();
    scenario.request.body = "hello".into();
    scenario.reply.body = "world".into();
    scenario
}

fn run(bytes: &[u8]) -> Trace {
    run_with(bytes, scenario())
}

fn quick() -> Scenario {
    let limits = Limits { request_ms: 60, start_ms: 60, ..Limits::default() };
    Scenario { limits, ..scenario() }
}

const REFUSED_CONFIGURATION: &str =
    r#"(func (export "proxy_on_configure") (param i32 i32) (result i32) (i32.const 0))"#;

#[test]
fn a_file_that_is_not_wasm_shows_how_it_begins() {
    let LoadError::NotWasm { found, .. } = load_error(b"#!/bin/sh\n") else { panic!("it is not wasm") };
    assert_eq!(found, "23 21 2f 62");
}

#[test]
fn an_empty_file_is_named_so() {
    assert_eq!(load_error(b""), LoadError::Empty);
}

#[test]
fn a_truncated_module_names_the_byte() {
    let whole = wat("");
    for length in 8..whole.len() - 1 {
        match compile(&whole[..length]) {
            // A cut between two sections leaves one that can be walked, but lacks its code or its exports.
            Err(LoadError::Corrupt { offset, reason } | LoadError::Invalid { offset, reason }) => {
                assert!(offset <= length, "offset {offset} lies outside {length} bytes");
                assert!(!reason.is_empty());
            }
            Err(LoadError::NoAbiVersion { .. }) => {}
            other => panic!("{length} bytes: {other:?}"),
        }
    }
}

#[test]
fn half_a_header_is_named() {
    assert_eq!(load_error(b"\0asm\x01"), LoadError::HeaderCut { size: 5 });
}

#[test]
fn damaged_modules_are_refused_or_run_but_never_panic() {
    let whole = wat("");
    for index in 0..whole.len() {
        for bit in [0x01, 0x80, 0xff] {
            let mut damaged = whole.clone();
            damaged[index] ^= bit;
            if let Ok(module) = compile(&damaged) {
                let plan = Plan::new(&quick(), vec![module]).expect("the scenario is complete");
                execute(&plan, &StopHandle::default());
            }
        }
    }
}

#[test]
fn a_component_is_told_apart_from_a_module() {
    assert_eq!(load_error(b"\0asm\x0d\0\x01\0"), LoadError::Component { corrupt: false });
}

#[test]
fn a_plain_wasi_program_is_recognised() {
    let program = wat::parse_str(r#"(module (memory (export "memory") 1) (func (export "_start")))"#);
    let error = load_error(&program.expect("is valid"));
    assert_eq!(error, LoadError::NoAbiVersion { found: None, exports_start: true });
}

#[test]
fn an_unknown_abi_version_is_named() {
    let module = wat::parse_str(r#"(module (func (export "proxy_abi_version_0_9_0")))"#);
    let LoadError::NoAbiVersion { found, .. } = load_error(&module.expect("is valid")) else {
        panic!("the version is unknown");
    };
    assert_eq!(found.as_deref(), Some("proxy_abi_version_0_9_0"));
}

#[test]
fn a_missing_import_is_named() {
    let error = load_error(&wat(r#"(import "env" "proxy_nothing" (func))"#));
    assert_eq!(
        error,
        LoadError::MissingImport { module: "env".into(), name: "proxy_nothing".into(), kind: "function" }
    );
    assert_eq!(error.envoy_says(""), "Failed to load Wasm module due to a missing import: env.proxy_nothing");
}

#[test]
fn an_import_of_another_abi_version_is_told_apart_from_an_unknown_one() {
    let error = load_error(&wat(r#"(import "env" "proxy_clear_route_cache" (func (result i32)))"#));
    assert!(matches!(error, LoadError::ImportOfOtherVersion { .. }), "{error:?}");
}

#[test]
fn an_import_of_the_wrong_type_names_both_types() {
    let error = load_error(&wat(r#"(import "env" "proxy_log" (func (param i32 i32) (result i32)))"#));
    let LoadError::ImportType { want, have, .. } = error else { panic!("the types differ") };
    assert_eq!((want.to_string(), have.to_string()), ("i32 i32 -> i32".into(), "i32 i32 i32 -> i32".into()));
}

#[test]
fn a_callback_of_the_wrong_type_names_both_types() {
    let module = wat(r#"(func (export "proxy_on_log") (param i64))"#);
    let Outcome::Refused { reason: LoadError::CallbackType { name, want, found }, .. } = run(&module).outcome
    else {
        panic!("the callback has a wrong type");
    };
    assert_eq!(name, "proxy_on_log");
    assert_eq!((want.to_string(), found.to_string()), ("i32 -> void".into(), "i64 -> void".into()));
}

#[test]
fn a_module_without_an_allocator_is_refused() {
    let module = wat::parse_str(r#"(module (func (export "proxy_abi_version_0_2_1")))"#);
    let trace = run(&module.expect("is valid"));
    assert_eq!(trace.outcome, Outcome::Refused { filter: 0, reason: LoadError::NoAllocator });
}

#[test]
fn a_refused_configuration_says_that_the_filter_refuses_it() {
    let trace = run(&wat(REFUSED_CONFIGURATION));
    assert_eq!(trace.outcome, Outcome::Refused { filter: 0, reason: LoadError::ConfigureRefused });
}

#[test]
fn a_refused_start_says_so() {
    let trace =
        run(&wat(r#"(func (export "proxy_on_vm_start") (param i32 i32) (result i32) (i32.const 0))"#));
    assert_eq!(trace.outcome, Outcome::Refused { filter: 0, reason: LoadError::VmStartRefused });
}

/// Every callback that a request with body, trailers, a late reply, timers and queues drives, as the text of an export with this body.
fn callbacks(body: &str) -> Vec<(Callback, Vec<u8>)> {
    let plain = [
        Callback::ContextCreate,
        Callback::VmStart,
        Callback::Configure,
        Callback::RequestHeaders,
        Callback::RequestBody,
        Callback::RequestTrailers,
        Callback::ResponseHeaders,
        Callback::ResponseBody,
        Callback::ResponseTrailers,
        Callback::Log,
        Callback::Done,
        Callback::Delete,
        Callback::Initialize,
        Callback::Start,
    ];
    let initialized = r#"(func (export "_initialize"))"#;
    let ticking = r#"
      (import "env" "proxy_set_tick_period_milliseconds" (func $tick (param i32) (result i32)))
      (func (export "proxy_on_configure") (param i32 i32) (result i32)
        (drop (call $tick (i32.const 10))) (i32.const 1))"#;
    let queueing = r#"
      (import "env" "proxy_register_shared_queue" (func $register (param i32 i32 i32) (result i32)))
      (import "env" "proxy_enqueue_shared_queue" (func $enqueue (param i32 i32 i32) (result i32)))
      (func (export "proxy_on_configure") (param i32 i32) (result i32)
        (drop (call $register (i32.const 0) (i32.const 1) (i32.const 64)))
        (drop (call $enqueue (i32.load (i32.const 64)) (i32.const 0) (i32.const 1)))
        (i32.const 1))"#;
    let prepared = [
        (Callback::Main, initialized),
        (Callback::MainVoid, initialized),
        (Callback::Tick, ticking),
        (Callback::QueueReady, queueing),
    ];
    let all = plain.into_iter().map(|callback| (callback, "")).chain(prepared);
    all.map(|(callback, before)| {
        let params = "i32 ".repeat(callback.spec().args.len());
        let result = if callback.result_types().is_empty() { "" } else { "(result i32)" };
        let name = callback.name();
        (callback, wat(&format!(r#"{before} (func (export "{name}") (param {params}) {result} {body})"#)))
    })
    .collect()
}

fn eventful(mut scenario: Scenario) -> Scenario {
    use filterlab::scenario::HeaderLine;
    scenario.request.trailers = vec![HeaderLine::new("x-t", "1")];
    scenario.reply.trailers = vec![HeaderLine::new("x-t", "1")];
    // Time for a timer to go off.
    scenario.reply.delay_ms = 50;
    scenario
}

#[test]
fn a_trap_in_any_callback_names_the_callback() {
    for (callback, module) in callbacks("unreachable") {
        let trace = run_with(&module, eventful(scenario()));
        let trap = match &trace.outcome {
            Outcome::Trapped(trap) => trap,
            Outcome::Refused { reason: LoadError::StartTrapped(trap), .. } => trap,
            other => panic!("{}: {other:?}", callback.name()),
        };
        assert_eq!(trap.callback, callback);
        assert_eq!(trap.message, "Uncaught RuntimeError: unreachable");
        assert!(!trap.backtrace.frames.is_empty(), "{} has a stack", callback.name());
    }
}

#[test]
fn an_endless_loop_in_any_callback_ends_at_the_time_limit_that_is_named() {
    for (callback, module) in callbacks("(loop $l (br $l)) unreachable") {
        let trace = run_with(&module, eventful(quick()));
        let Outcome::Limit { limit, callback: found, allowed, .. } = trace.outcome else {
            panic!("{}: {:?}", callback.name(), trace.outcome);
        };
        let at_start = trace.events().iter().all(|event| {
            !matches!(
                event.kind,
                filterlab::trace::EventKind::Step(filterlab::trace::Step::RequestHeaders { .. })
            )
        });
        let expected = if at_start { LimitKind::StartTime } else { LimitKind::RequestTime };
        assert_eq!((limit, found, allowed), (expected, Some(callback), 60));
    }
}

#[test]
fn an_endless_loop_in_the_start_section_ends_at_the_start_limit() {
    let module = wat("(func $loop (loop $l (br $l))) (start $loop)");
    let outcome = run_with(&module, quick()).outcome;
    assert!(matches!(outcome, Outcome::Limit { limit: LimitKind::StartTime, .. }), "{outcome:?}");
}

#[test]
fn a_trap_in_the_start_section_refuses_the_filter() {
    let outcome = run(&wat("(func $t unreachable) (start $t)")).outcome;
    let Outcome::Refused { reason: reason @ LoadError::Instantiate { .. }, .. } = outcome else {
        panic!("{outcome:?}");
    };
    assert_eq!(reason.envoy_says(""), "Failed to create new Wasm instance");
}

#[test]
fn an_endless_loop_in_the_allocator_ends_at_the_time_limit() {
    let text = r#"(module
      (import "env" "proxy_get_header_map_pairs" (func $pairs (param i32 i32 i32) (result i32)))
      (memory (export "memory") 1)
      (func (export "proxy_abi_version_0_2_1"))
      (func (export "malloc") (param i32) (result i32) (loop $l (br $l)) unreachable)
      (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
        (call $pairs (i32.const 0) (i32.const 8) (i32.const 12))))"#;
    let outcome = run_with(&wat::parse_str(text).expect("is valid"), quick()).outcome;
    assert!(matches!(outcome, Outcome::Limit { limit: LimitKind::RequestTime, .. }), "{outcome:?}");
}

#[test]
fn deep_recursion_is_a_trap_with_its_name() {
    let trace =
        run(&wat(r#"(func $deep (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
             (call $deep (local.get 0) (local.get 1) (local.get 2)))"#));
    let Outcome::Trapped(trap) = trace.outcome else { panic!("{:?}", trace.outcome) };
    assert_eq!(trap.message, "Uncaught RangeError: Maximum call stack size exceeded");
}

/// What a front end says about the end of this run.
fn said(language: Language, trace: &Trace) -> String {
    sentences::outcome::text(language, trace, &scenario()).sentence.to_string()
}

#[test]
fn a_filter_that_pauses_for_ever_ends_paused_and_says_where() {
    let module =
        wat(r#"(func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32) (i32.const 1))"#);
    let Outcome::Paused { filter, callback, .. } = run(&module).outcome else { panic!("it pauses") };
    assert_eq!((filter, callback), (0, Callback::RequestHeaders));
}

#[test]
fn a_file_that_cannot_be_read_is_named_with_the_reason() {
    let engine = Engine::new(Compiler::default()).expect("an engine can be made");
    let folder = tempfile::tempdir().expect("a folder can be made");
    let missing = folder.path().join("gone.wasm");
    let error = Module::load(&engine, &missing).expect_err("the file is not there");
    assert!(matches!(&error, LoadError::Unreadable { path, .. } if path.ends_with("gone.wasm")), "{error:?}");
    let error = Module::load(&engine, folder.path()).expect_err("a folder is no file");
    assert!(matches!(error, LoadError::Unreadable { .. }), "{error:?}");
}

#[test]
fn a_file_of_four_gigabytes_is_refused_unread() {
    let engine = Engine::new(Compiler::default()).expect("an engine can be made");
    let folder = tempfile::tempdir().expect("a folder can be made");
    let path = folder.path().join("huge.wasm");
    let file = std::fs::File::create(&path).expect("the file can be made");
    // Sparse: it takes no room on the disk.
    file.set_len(4 << 30).expect("the file can be made long");
    let error = Module::load(&engine, &path).expect_err("the file is too large");
    assert!(matches!(error, LoadError::TooLarge { size, .. } if size == 4 << 30), "{error:?}");
}

#[test]
fn runs_are_equal_whatever_ran_before() {
    let module = compile(&wat(
        r#"(import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
           (import "env" "proxy_log" (func $log (param i32 i32 i32) (result i32)))
           (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
             (drop (call $random (i32.const 64) (i32.const 32)))
             (drop (call $log (i32.const 2) (i32.const 64) (i32.const 32)))
             (i32.const 0))"#,
    ))
    .expect("the module loads");
    let plan = Plan::new(&scenario(), vec![module]).expect("the scenario is complete");
    let first = execute(&plan, &StopHandle::default());
    assert_eq!(first, execute(&plan, &StopHandle::default()));
    let other = Plan { seed: 7, ..plan };
    assert_ne!(first, execute(&other, &StopHandle::default()), "the seed decides what is random");
}

#[test]
fn a_looping_filter_is_stopped_on_request_and_the_next_run_is_unharmed() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let path = folder.path().join("loop.wasm");
    let text = r#"(func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
                    (loop $l (br $l)) unreachable)"#;
    std::fs::write(&path, wat(text)).expect("the file can be written");
    let (sender, woken) = std::sync::mpsc::channel();
    let worker = Worker::start(
        |loaded| loaded,
        move || {
            let _ = sender.send(());
        },
    )
    .expect("the worker starts");
    let mut endless = scenario();
    endless.limits.request_ms = 3_600_000;
    let job = |number, modules| Job {
        number,
        scenario: Arc::new(endless.clone()),
        modules,
        reload: false,
        keeps_good: false,
        options: RunOptions::default(),
    };
    worker.submit(job(1, vec![ModuleSource::File(path.clone())]));
    // A second job stops the first one, in whatever state it is.
    std::fs::write(folder.path().join("fine.wasm"), wat("")).expect("the file can be written");
    worker.submit(job(2, vec![ModuleSource::File(folder.path().join("fine.wasm"))]));
    let last = loop {
        woken.recv_timeout(Duration::from_secs(60)).expect("the worker reports");
        let Some(report) = worker.poll() else { continue };
        if report.job.number == 2 {
            break report;
        }
    };
    let trace = last.result.expect("the scenario is complete");
    assert_eq!(trace.outcome, Outcome::Finished { status: 200 });
}

#[test]
fn a_run_is_stopped_also_before_it_has_begun() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let path = folder.path().join("loop.wasm");
    let text = r#"(func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
                    (loop $l (br $l)) unreachable)"#;
    std::fs::write(&path, wat(text)).expect("the file can be written");
    let worker = Worker::start(|loaded| loaded, || {}).expect("the worker starts");
    let mut looping = scenario();
    looping.limits.request_ms = 2_000;
    let modules = vec![ModuleSource::File(path)];
    worker.submit(Job {
        number: 1,
        scenario: Arc::new(looping),
        modules,
        reload: false,
        keeps_good: false,
        options: RunOptions::default(),
    });
    worker.stop();
    let report = worker.wait().expect("the worker reports");
    let outcome = &report.result.expect("the scenario is complete").outcome;
    assert!(matches!(outcome, Outcome::Limit { limit: LimitKind::Stopped, .. }), "{outcome:?}");
}
