//! Rules of a Proxy-Wasm host that no recorded case shows by itself (`host-spec`, section 10), each with the smallest
//! module that tells.

use std::sync::Arc;

use filterlab::abi::{AbiVersion, Callback, LogLevel};
use filterlab::host::{Compiler, Engine, LoadError, Module, StopHandle};
use filterlab::http::Protocol;
use filterlab::run::{Plan, RunOptions, execute};
use filterlab::scenario::{Body, Callout, Chunks, FailurePolicy, Filter, HeaderLine, Scenario, Then};
use filterlab::trace::{Channel, Direction, EventKind, Finding, LimitKind, Outcome, StreamAction, Trace};

const MARKER: &str = r#"(func (export "proxy_abi_version_0_2_1"))"#;
const MALLOC: &str = r#"(func (export "malloc") (param i32) (result i32) (i32.const 1024))"#;
const MEMORY: &str = r#"(memory (export "memory") 1)"#;
/// Imports `$log`, and has a function that logs one character.
const LOG: &str = r#"(import "env" "proxy_log" (func $log (param i32 i32 i32) (result i32)))"#;
const SAY: &str = r#"(func $say (param i32) (i32.store8 (i32.const 8) (local.get 0))
    (drop (call $log (i32.const 2) (i32.const 8) (i32.const 1))))"#;
/// A filter that runs a script: its plugin configuration, or the VM configuration where there is none yet.
const PROBE: &[u8] = include_bytes!("envoy_parity/filters/probe/probe.wasm");

fn compile(parts: &[&str]) -> Result<Arc<Module>, LoadError> {
    let text = format!("(module {})", parts.concat());
    let bytes = wat::parse_str(text).expect("the test's own module is valid");
    let engine = Engine::new(Compiler::default()).expect("an engine can be made");
    Module::compile(&engine, &bytes)
}

fn module(parts: &[&str]) -> Arc<Module> {
    compile(parts).expect("the module loads")
}

fn run(module: Arc<Module>, filter: Filter) -> Trace {
    run_chain(vec![(module, filter)])
}

fn run_chain(chain: Vec<(Arc<Module>, Filter)>) -> Trace {
    let (modules, chain) = chain.into_iter().unzip();
    let mut scenario = Scenario { chain, ..Scenario::default() };
    scenario.reply.body = "world".into();
    let plan = Plan::new(&scenario, modules).expect("the scenario is complete");
    execute(&plan, &StopHandle::default())
}

/// Runs the probe with this script.
fn probe(script: &str, filter: Filter) -> Trace {
    let engine = Engine::new(Compiler::default()).expect("an engine can be made");
    let module = Module::compile(&engine, PROBE).expect("the probe loads");
    run(module, Filter { plugin_config: script.into(), ..filter })
}

/// What filters logged.
fn lines(trace: &Trace) -> Vec<String> {
    let own = trace.logs().filter(|line| line.channel != Channel::Host);
    own.map(|line| String::from_utf8_lossy(line.message).into_owned()).collect()
}

/// The answers of the probe's host calls, such as `rc=0 val=4`, in order.
fn answers(trace: &Trace) -> Vec<String> {
    let answer = |line: &String| Some(line.strip_prefix("R ")?.split_once(" -> ")?.1.to_owned());
    lines(trace).iter().filter_map(answer).collect()
}

fn callbacks(trace: &Trace) -> Vec<Callback> {
    let called = |event: &filterlab::trace::Event| match event.kind {
        EventKind::Callback { callback, .. } => Some(callback),
        _ => None,
    };
    trace.callbacks().filter_map(|(_, event)| called(event)).collect()
}

fn status(trace: &Trace) -> Option<&str> {
    trace.exchanges.first()?.downstream.as_ref()?.headers.text(":status")
}

#[test]
fn the_first_marker_in_export_order_decides_the_abi() {
    let old = r#"(func (export "proxy_abi_version_0_2_0"))"#;
    assert_eq!(module(&[old, MARKER, MALLOC]).abi(), AbiVersion::V0_2_0);
    assert_eq!(module(&[MARKER, old, MALLOC]).abi(), AbiVersion::V0_2_1);
}

#[test]
fn a_global_is_no_marker() {
    let global = r#"(global (export "proxy_abi_version_0_2_1") i32 (i32.const 0))"#;
    assert!(matches!(compile(&[global, MALLOC]), Err(LoadError::NoAbiVersion { .. })));
}

#[test]
fn each_abi_has_its_own_imports() {
    let import =
        |name: &str, params: &str| format!(r#"(import "env" "{name}" (func {params} (result i32)))"#);
    let marker = |abi: &str| format!(r#"(func (export "proxy_abi_version_{abi}"))"#);
    let only_old = ["proxy_continue_request", "proxy_continue_response", "proxy_clear_route_cache"];
    for name in only_old {
        assert!(compile(&[&import(name, ""), &marker("0_1_0"), MALLOC]).is_ok(), "{name}");
        let refused = compile(&[&import(name, ""), &marker("0_2_1"), MALLOC]);
        assert!(matches!(refused, Err(LoadError::ImportOfOtherVersion { .. })), "{name}");
    }
    let level = import("proxy_get_log_level", "(param i32)");
    assert!(compile(&[&level, &marker("0_2_1"), MALLOC]).is_ok());
    assert!(compile(&[&level, &marker("0_2_0"), MALLOC]).is_err());
    let resume = import("proxy_continue_stream", "(param i32)");
    assert!(compile(&[&resume, &marker("0_2_0"), MALLOC]).is_ok());
    assert!(compile(&[&resume, &marker("0_1_0"), MALLOC]).is_err());
}

#[test]
fn a_real_path_link_is_refused_because_envoys_is_one_parameter_short() {
    let link = |params: &str| {
        format!(r#"(import "wasi_snapshot_preview1" "path_link" (func (param {params}) (result i32)))"#)
    };
    assert!(compile(&[&link("i32 i32 i32 i32 i32 i32"), MARKER, MALLOC]).is_ok());
    assert!(matches!(
        compile(&[&link("i32 i32 i32 i32 i32 i32 i32"), MARKER, MALLOC]),
        Err(LoadError::ImportType { .. })
    ));
}

#[test]
fn main_runs_after_initialize_only() {
    let initialize = r#"(func (export "_initialize"))"#;
    let start = r#"(func (export "_start"))"#;
    let main_void = r#"(func (export "__main_void") (result i32) (i32.const 0))"#;
    let main = r#"(func (export "main") (param i32 i32) (result i32) (i32.const 0))"#;
    let started = |parts: &[&str]| {
        let trace = run(module(&[&[MARKER, MALLOC], parts].concat()), Filter::default());
        callbacks(&trace)
    };
    assert_eq!(started(&[initialize, main_void]), [Callback::Initialize, Callback::MainVoid]);
    assert_eq!(started(&[initialize, main_void, main]), [Callback::Initialize, Callback::Main]);
    assert_eq!(started(&[initialize, start]), [Callback::Initialize]);
    assert_eq!(started(&[start, main]), [Callback::Start]);
    assert_eq!(started(&[main]), []);
}

#[test]
fn imported_memory_and_table_are_made() {
    let imports = r#"(import "env" "memory" (memory 1)) (import "env" "table" (table 1 funcref))"#;
    let create = r#"(func (export "proxy_on_context_create") (param i32 i32) (call $say (i32.const 109)))"#;
    let trace = run(module(&[LOG, imports, SAY, MARKER, MALLOC, create]), Filter::default());
    assert_eq!(lines(&trace)[0], "m");
}

#[test]
fn malloc_comes_before_the_abis_own_allocator_and_may_log() {
    let read = r#"(import "env" "proxy_get_buffer_bytes"
        (func $read (param i32 i32 i32 i32 i32) (result i32)))"#;
    let malloc = r#"(func (export "malloc") (param i32) (result i32)
        (call $say (i32.const 109)) (i32.const 1024))"#;
    let other = r#"(func (export "proxy_on_memory_allocate") (param i32) (result i32) (unreachable))"#;
    let configure = r#"(func (export "proxy_on_configure") (param i32 i32) (result i32)
        (i32.eqz (call $read (i32.const 7) (i32.const 0) (i32.const 9) (i32.const 16) (i32.const 20))))"#;
    let filter = Filter { plugin_config: "abc".into(), ..Filter::default() };
    let trace = run(module(&[LOG, read, MEMORY, SAY, MARKER, malloc, other, configure]), filter.clone());
    assert_eq!(lines(&trace), ["m"]);
    assert_eq!(trace.outcome, Outcome::Finished { status: 200 });
    let empty = run(module(&[LOG, read, MEMORY, SAY, MARKER, malloc, other, configure]), Filter::default());
    assert!(lines(&empty).is_empty(), "nothing is allocated for an empty result");
}

#[test]
fn an_allocator_that_calls_what_it_must_not_fails_the_request() {
    let imports =
        r#"(import "env" "proxy_get_header_map_pairs" (func $pairs (param i32 i32 i32) (result i32)))"#;
    let malloc = r#"(func (export "malloc") (param i32) (result i32)
        (drop (call $pairs (i32.const 0) (i32.const 16) (i32.const 20))) (i32.const 1024))"#;
    let headers = r#"(func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
        (drop (call $pairs (i32.const 0) (i32.const 16) (i32.const 20))) (i32.const 0))"#;
    let trace = run(module(&[imports, MEMORY, MARKER, malloc, headers]), Filter::default());
    assert_eq!(status(&trace), Some("503"));
    let host = trace.logs().find(|line| line.channel == Channel::Host).expect("the failure is logged");
    assert_eq!(host.level, LogLevel::Error);
    let text = String::from_utf8_lossy(host.message);
    assert!(text.starts_with("Function: malloc failed: Uncaught Error: restricted_callback"), "{text}");
}

#[test]
fn memory_that_grows_while_a_result_is_allocated_harms_nothing() {
    let imports = r#"(import "env" "proxy_get_header_map_value"
        (func $get (param i32 i32 i32 i32 i32) (result i32)))"#;
    let malloc = r#"(func (export "malloc") (param i32) (result i32)
        (i32.mul (memory.grow (i32.const 1)) (i32.const 65536)))"#;
    let headers = r#"(data (i32.const 100) ":method")
        (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
        (drop (call $get (i32.const 0) (i32.const 100) (i32.const 7) (i32.const 16) (i32.const 20)))
        (drop (call $log (i32.const 2) (i32.load (i32.const 16)) (i32.load (i32.const 20))))
        (i32.const 0))"#;
    let trace = run(module(&[LOG, imports, MEMORY, MARKER, malloc, headers]), Filter::default());
    assert_eq!(lines(&trace), ["GET"]);
}

#[test]
fn the_effective_context_ends_with_its_callback() {
    let script = "resh eff 1\nresh prop \"request\\0protocol\"\nresb prop \"request\\0protocol\"";
    let trace = probe(script, Filter::default());
    assert_eq!(answers(&trace), ["rc=0", "rc=1", "rc=0 len=6 \"HTTP/2\""]);
}

#[test]
fn a_reply_before_a_trap_is_sent_only_where_failures_pass() {
    let script = "reqh local 403 \"\" \"\" [] -1\nreqh trap";
    for failure_policy in [FailurePolicy::FailClosed, FailurePolicy::FailOpen].map(Some) {
        let trace = probe(script, Filter { failure_policy, ..Filter::default() });
        assert_eq!(status(&trace), Some("503"));
    }
    let trace = probe(script, Filter { fail_open: true, ..Filter::default() });
    assert_eq!(status(&trace), Some("403"));
}

#[test]
fn what_the_embedding_does_not_allow_answers_so_and_is_logged() {
    let capabilities =
        ["proxy_on_configure", "proxy_on_request_headers", "proxy_log", "proxy_get_buffer_bytes"];
    let capabilities = capabilities.map(str::to_owned).to_vec();
    let script = "reqh pairs 0\nreqh fdw 1 \"x\"\nresh log 2 \"never\"";
    let trace = probe(script, Filter { capabilities, ..Filter::default() });
    assert_eq!(answers(&trace), ["rc=10", "rc=76 n=2863311530"]);
    assert!(!callbacks(&trace).contains(&Callback::ResponseHeaders));
    let host: Vec<_> = trace.logs().filter(|line| line.channel == Channel::Host).collect();
    assert_eq!(
        host[0].message,
        b"Attempted call to restricted proxy-wasm capability: proxy_get_header_map_pairs"
    );
    assert_eq!(host[1].message, b"Attempted call to restricted WASI capability: fd_write");
}

#[test]
fn filters_share_a_vm_only_where_all_that_makes_one_is_equal() {
    let engine = Engine::new(Compiler::default()).expect("an engine can be made");
    let probe = Module::compile(&engine, PROBE).expect("the probe loads");
    let roots = |other: Filter| {
        let first = Filter { name: "first".into(), ..Filter::default() };
        let other = Filter { name: "second".into(), ..other };
        let trace = run_chain(vec![(probe.clone(), first), (probe.clone(), other)]);
        let context = |line: &String| Some(line.strip_prefix("E conf ")?.split(' ').next()?.to_owned());
        lines(&trace).iter().filter_map(context).collect::<Vec<String>>()
    };
    let together: Vec<String> = vec!["ctx=1".into(), "ctx=2".into()];
    let apart: Vec<String> = vec!["ctx=1".into(), "ctx=1".into()];
    assert_eq!(roots(Filter::default()), together);
    assert_eq!(roots(Filter { root_id: "r".into(), ..Filter::default() }), together);
    assert_eq!(roots(Filter { vm_id: "v".into(), ..Filter::default() }), apart);
    assert_eq!(roots(Filter { vm_config: "v".into(), ..Filter::default() }), apart);
    let env = [("A".to_owned(), "1".into())].into_iter().collect();
    assert_eq!(roots(Filter { env, ..Filter::default() }), apart);
    let all = ["proxy_log", "proxy_on_configure", "proxy_on_context_create", "proxy_get_buffer_bytes"];
    let capabilities = all.map(str::to_owned).to_vec();
    assert_eq!(roots(Filter { capabilities, ..Filter::default() }), apart);
}

#[test]
fn a_metric_defined_twice_has_two_ids_and_one_value() {
    let script = "conf def 0 \"n\"\nconf set a\nconf def 0 \"n\"\nconf set b\nreqh inc $a 2\nreqh mget $b\n\
                  reqh def 1 \"n\"\nreqh mget 5\nreqh mget 99\nreqh rec 98 1\nreqh mget 98";
    let trace = probe(script, Filter::default());
    let all = answers(&trace);
    assert_eq!(all[..2], ["rc=0 val=4", "rc=0 val=8"]);
    assert_eq!(all[3], "rc=0 v=2", "the other id reads the same counter: {all:?}");
    assert_eq!(all[4], "rc=0 val=5", "the same name as a gauge is another metric");
    assert_eq!(all[5], "rc=0 v=0");
    assert!(all[6].starts_with("rc=2"), "an id of no kind cannot be read");
    assert_eq!(all[7], "rc=1", "an unknown histogram cannot be recorded");
    assert!(all[8].starts_with("rc=2"));
}

#[test]
fn one_root_serves_a_filter_that_is_listed_twice() {
    let engine = Engine::new(Compiler::default()).expect("an engine can be made");
    let probe = Module::compile(&engine, PROBE).expect("the probe loads");
    let filter = Filter { name: "n".into(), root_id: "r".into(), ..Filter::default() };
    let trace = run_chain(vec![(probe.clone(), filter.clone()), (probe, filter)]);
    let configured = callbacks(&trace).iter().filter(|callback| **callback == Callback::Configure).count();
    let asked = callbacks(&trace).iter().filter(|callback| **callback == Callback::RequestHeaders).count();
    assert_eq!((configured, asked), (1, 2));
}

#[test]
fn a_wasi_exit_in_a_callback_returns_and_its_code_explains_the_trap_after_it() {
    let exit = r#"(import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))"#;
    let headers = r#"(func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
        (call $exit (i32.const 3)) (call $say (i32.const 97)) (unreachable))"#;
    let trace = run(module(&[LOG, exit, MEMORY, SAY, MARKER, MALLOC, headers]), Filter::default());
    assert_eq!(lines(&trace), ["a"]);
    let Outcome::Trapped(trap) = &trace.outcome else { panic!("the filter traps: {:?}", trace.outcome) };
    assert_eq!(trap.exit_code, Some(3));
}

#[test]
fn the_type_of_an_export_matters_only_where_the_host_looks_it_up() {
    let odd = |name: &str| format!(r#"(func (export "{name}") (param i64))"#);
    let initialize = r#"(func (export "_initialize"))"#;
    let main = r#"(func (export "main") (param i32 i32) (result i32) (i32.const 0))"#;
    let start = |exports: &[&str], filter: Filter| {
        let trace = run(module(&[&[MARKER, MEMORY, MALLOC], exports].concat()), filter);
        matches!(trace.outcome, Outcome::Finished { .. })
    };
    let all = Filter::default;
    assert!(!start(&[&odd("_start")], all()));
    assert!(start(&[initialize, &odd("_start")], all()), "`_initialize` stands in for it");
    assert!(!start(&[initialize, &odd("__main_void")], all()));
    // Recorded case 27-126: `main` is called in its place, but it is looked up all the same.
    assert!(!start(&[initialize, main, &odd("__main_void")], all()));
    assert!(!start(&[&odd("envoy_on_stats_update")], all()));
    assert!(start(&[&odd("proxy_on_memory_allocate")], all()), "`malloc` stands in for it");
    assert!(!start(&[&odd("proxy_on_tick")], all()));
    let without_ticks = Filter { capabilities: vec!["proxy_on_request_headers".into()], ..all() };
    assert!(start(&[&odd("proxy_on_tick")], without_ticks.clone()), "the embedding does not allow it");
    assert!(!start(&[&odd("envoy_on_resolve_dns")], without_ticks), "the embedding cannot forbid it");
}

#[test]
fn a_local_reply_with_a_status_that_no_client_understands_is_reported() {
    let answer = |status: u32| {
        let reply = format!(
            r#"(import "env" "proxy_send_local_response"
                 (func $reply (param i32 i32 i32 i32 i32 i32 i32 i32) (result i32)))
               (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
                 (drop (call $reply (i32.const {status}) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)
                   (i32.const 0) (i32.const 0) (i32.const -1)))
                 (i32.const 1))"#
        );
        let trace = run(module(&[&reply, MARKER, MEMORY, MALLOC]), Filter::default());
        trace.findings().map(|(_, finding)| finding).collect::<Vec<_>>()
    };
    for status in [0, 99, 199, 1000] {
        assert_eq!(answer(status), [Finding::InvalidStatus { status }]);
    }
    assert_eq!(answer(200), []);
    assert_eq!(answer(599), []);
}

#[test]
fn maps_of_callouts_are_not_found_in_the_log_phase_and_a_bad_argument_before() {
    let trace = probe("reqh get 4 \"x\"\nlog get 4 \"x\"\nlog get 7 \"x\"", Filter::default());
    assert_eq!(answers(&trace), ["rc=2", "rc=1", "rc=1"]);
}

#[test]
fn a_metrics_name_is_read_before_its_kind_is_judged() {
    let define = r#"(import "env" "proxy_define_metric" (func $define (param i32 i32 i32 i32) (result i32)))
        (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
          (if (i32.ne (call $define (i32.const 3) (i32.const -1) (i32.const 5) (i32.const 8)) (i32.const 6))
            (then unreachable))
          (if (i32.ne (call $define (i32.const 3) (i32.const 8) (i32.const 5) (i32.const 8)) (i32.const 2))
            (then unreachable))
          (i32.const 0))"#;
    let trace = run(module(&[define, MARKER, MEMORY, MALLOC]), Filter::default());
    assert!(matches!(trace.outcome, Outcome::Finished { .. }), "{:?}", trace.outcome);
}

#[test]
fn a_closed_stream_says_who_closed_it_and_a_finished_one_keeps_its_details() {
    let details = "prop \"response\\0code_details\"";
    let closed = probe(&format!("reqh close 0\nlog {details}"), Filter::default());
    assert_eq!(answers(&closed).last().map(String::as_str), Some("rc=0 len=17 \"wasm_close_stream\""));
    let finished = probe("log close 1", Filter::default());
    assert_eq!(finished.exchanges[0].details, None, "it is no response of the filter's");
}

#[test]
fn backend_latency_is_there_only_when_the_upstream_has_answered() {
    let latency = |reset: bool| {
        let engine = Engine::new(Compiler::default()).expect("an engine can be made");
        let module = Module::compile(&engine, PROBE).expect("the probe loads");
        let plugin_config = "log prop \"response\\0backend_latency\"".into();
        let chain = vec![Filter { plugin_config, ..Filter::default() }];
        let mut scenario = Scenario { chain, ..Scenario::default() };
        scenario.reply.reset = reset;
        let plan = Plan::new(&scenario, vec![module]).expect("the scenario is complete");
        answers(&execute(&plan, &StopHandle::default()))
    };
    assert_eq!(latency(true), ["rc=1"]);
    assert!(latency(false)[0].starts_with("rc=0 len=8"), "{:?}", latency(false));
}

#[test]
fn the_order_of_variables_makes_no_vm_of_its_own() {
    let engine = Engine::new(Compiler::default()).expect("an engine can be made");
    let probe = Module::compile(&engine, PROBE).expect("the probe loads");
    let filter = |name: &str, variables: [(&str, &str); 2]| Filter {
        name: name.into(),
        env: variables.into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect(),
        ..Filter::default()
    };
    let chain = vec![
        (probe.clone(), filter("first", [("A", "1"), ("B", "2")])),
        (probe, filter("second", [("B", "2"), ("A", "1")])),
    ];
    let trace = run_chain(chain);
    let second = lines(&trace).iter().any(|line| line.starts_with("E conf ctx=2"));
    assert!(second, "both live in one VM: {:?}", lines(&trace));
}

#[test]
fn a_plugin_that_asks_for_time_goes_when_it_says_that_it_is_done() {
    // Two plugins in one VM: the second is asked first, and the first then speaks for it.
    let engine = Engine::new(Compiler::default()).expect("an engine can be made");
    let module = Module::compile(&engine, PROBE).expect("the probe loads");
    let filter = |root_id: &str, script: &str| Filter {
        root_id: root_id.into(),
        plugin_config: script.into(),
        ..Filter::default()
    };
    // The probe's script is that of the plugin configured last, for both.
    let script = "done.1 log 2 \"asked\"\ndone done\ndone ret 0\ndone eff 2\ndone done";
    let trace = run_chain(vec![(module.clone(), filter("a", script)), (module, filter("b", script))]);
    let end: Vec<String> = lines(&trace)
        .into_iter()
        .skip_while(|line| line != "E done ctx=2")
        .filter(|line| !line.contains("log") && line != "asked")
        .collect();
    assert_eq!(
        end,
        [
            // Inside its own `on_done` it does not wait yet.
            "E done ctx=2",
            "R done  done -> rc=1",
            "R done  eff 2 -> rc=0",
            "R done  done -> rc=1",
            // It waits now: the other one says that it is done, and it is deleted after the callback.
            "E done ctx=1",
            "R done  done -> rc=1",
            "R done  eff 2 -> rc=0",
            "R done  done -> rc=0",
            "E del ctx=2",
        ]
    );
}

#[test]
fn each_result_is_allocated_once_and_with_exactly_its_length() {
    let script = "reqh pairs 0\nreqh get 0 \":path\"\nreqh prop \"request\\0host\"\nreqh get 0 \"nope\"\nresb buf 1 0 99\nlog prop \"xds\\0node\"";
    let trace = probe(script, Filter::default());
    let mut allocated = 0;
    for (id, event) in trace.numbered() {
        let EventKind::Callback { callback: Callback::Malloc | Callback::MemoryAllocate, .. } = event.kind
        else {
            continue;
        };
        let call = event.parent.expect("the allocator runs for a host call");
        let result = trace.payloads(call).last().map(|(payload, _)| u64::from(payload.full_len));
        assert_eq!(Some(trace.args(id)[0]), result, "{:?}", trace.call_of(call));
        assert_eq!(trace.children(call).count(), 1, "one block for one result");
        allocated += 1;
    }
    // The configuration that the probe reads itself, and five results of the script that are not empty.
    assert_eq!(allocated, 6);
}

/// All findings of a run, each with the number of the host call that shows it.
fn findings(trace: &Trace) -> Vec<(Finding, Option<u32>)> {
    let number = |id| {
        let parent = trace.event(id)?.parent?;
        trace.call_of(parent).map(|(_, number)| number)
    };
    trace.findings().map(|(id, finding)| (finding, number(id))).collect()
}

#[test]
fn a_callback_that_answers_twice_sends_the_first_reply_and_is_found() {
    for event in ["reqh", "resh"] {
        let script = format!("{event} local 403 \"a\" \"one\" [] -1\n{event} local 500 \"b\" \"two\" [] -1");
        let trace = probe(&script, Filter::default());
        let found: Vec<Finding> = findings(&trace).into_iter().map(|(finding, _)| finding).collect();
        assert_eq!(found, [Finding::AnsweredTwice], "{event}");
        assert_eq!(status(&trace), Some("403"), "{event}");
    }
}

#[test]
fn a_resume_without_a_pause_is_ignored_and_reported_with_its_call() {
    for (script, direction) in [("reqh cont 0", Direction::Request), ("resh cont 1", Direction::Response)] {
        let trace = probe(script, Filter::default());
        let found = findings(&trace);
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].0, Finding::ContinueWithoutPause { direction });
        assert!(found[0].1.is_some(), "it names the host call");
        assert_eq!(trace.exchanges[0].upstream.iter().count(), 1);
        assert_eq!(status(&trace), Some("200"));
    }
}

#[test]
fn a_local_reply_at_the_end_of_a_stream_is_ignored_and_reported() {
    for event in ["log", "done"] {
        let trace = probe(&format!("{event} local 403 \"\" \"no\" [] -1"), Filter::default());
        let found = findings(&trace);
        // `done` is also asked of the plugin, which has no stream to answer.
        assert_eq!(found.iter().filter(|(finding, _)| *finding == Finding::LocalReplyAfterEnd).count(), 1);
        assert_eq!(status(&trace), Some("200"));
    }
}

#[test]
fn a_reset_at_the_end_of_a_stream_is_ignored_and_reported() {
    for event in ["log", "done"] {
        let trace = probe(&format!("{event} close 0"), Filter::default());
        let found = findings(&trace).into_iter().filter(|(finding, _)| *finding == Finding::CloseAfterEnd);
        assert_eq!(found.count(), 1, "{event}");
        assert_eq!(status(&trace), Some("200"));
    }
}

/// The probe asks `svc` in the response's `event`, where it stops with `action`, and does `then` when the answer is there.
fn answered_in_the_response(event: &str, action: u32, then: &str) -> Trace {
    let call = r#"call "svc" [":method" "GET" ":path" "/c" ":authority" "a"] "" [] 1000"#;
    probe_in(|scenario| {
        let script = format!("{event} ret {action}\n{event} {call}\ncall eff 2\n{then}");
        scenario.chain[0].plugin_config = script.into();
        scenario.callouts = serde_json::from_str(r#"[{"upstream": "svc"}]"#).expect("they are mocks");
        scenario.reply.body = "whole".into();
    })
}

#[test]
fn a_held_response_that_is_reset_and_let_go_on_stays_reset_and_is_reported() {
    let kinds = |then: &str| -> Vec<Finding> {
        let trace = answered_in_the_response("resh", 1, then);
        findings(&trace).into_iter().map(|(finding, _)| finding).collect()
    };
    assert!(kinds("call close 0\ncall cont 1").contains(&Finding::ClosedAndContinued));
    assert!(!kinds("call close 0").contains(&Finding::ClosedAndContinued));
    assert!(!kinds("call cont 1").contains(&Finding::ClosedAndContinued));
}

#[test]
fn a_piece_that_was_stopped_without_a_buffer_is_empty_later_and_reported() {
    let is_found =
        |trace: &Trace| findings(trace).iter().any(|(finding, _)| *finding == Finding::PieceIsGone);
    assert!(is_found(&answered_in_the_response("resb", 2, "call buf 1 0 9\ncall cont 1")));
    assert!(
        !is_found(&answered_in_the_response("resb", 1, "call buf 1 0 9\ncall cont 1")),
        "it was buffered"
    );
}

#[test]
fn a_body_for_a_message_without_one_is_refused_and_reported() {
    let trace = probe("reqh setbuf 0 0 0 \"x\"", Filter::default());
    assert_eq!(answers(&trace), ["rc=2"]);
    assert_eq!(findings(&trace)[0].0, Finding::BodyForBodiless { direction: Direction::Request });
    let trace = probe("resb setbuf 1 0 0 \"x\"", Filter::default());
    assert_eq!(findings(&trace), [], "a body that is there can be changed");
}

#[test]
fn a_header_written_after_it_has_gone_on_is_reported_whatever_the_call_answers() {
    let late = |script: &str| {
        let trace = probe(script, Filter::default());
        let kinds: Vec<Finding> = findings(&trace).into_iter().map(|(finding, _)| finding).collect();
        (answers(&trace), kinds)
    };
    let direction = Direction::Request;
    let refused = late("resh add 0 \"x\" \"1\"");
    assert_eq!(refused, (vec!["rc=2".to_owned()], vec![Finding::HeaderWrittenTooLate { direction }]));
    let direction = Direction::Response;
    let (answers, kinds) =
        late("resh ret 1\nresh tick 10\ntick.1 eff 2\ntick.1 cont 1\nresb add 2 \"x\" \"1\"");
    assert_eq!(answers.last().map(String::as_str), Some("rc=0"), "{answers:?}");
    assert_eq!(kinds, [Finding::TicksInEachWorker, Finding::HeaderWrittenTooLate { direction }]);
}

#[test]
fn a_filter_that_used_up_its_stack_is_marked() {
    let trace = run(
        module(&[
            MARKER,
            MALLOC,
            r#"(func $deeper (param i32) (result i32) (i32.add (call $deeper (local.get 0)) (i32.const 1)))
               (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
                 (call $deeper (i32.const 0)))"#,
        ]),
        Filter::default(),
    );
    let Outcome::Trapped(trap) = &trace.outcome else { panic!("{:?}", trace.outcome) };
    assert!(trap.is_out_of_stack());
    assert_eq!(findings(&trace)[0].0, Finding::StackDepth);
}

/// A custom section as the text format has it.
fn custom(name: &str, bytes: &[u8]) -> String {
    let bytes: String = bytes.iter().map(|byte| format!("\\{byte:02x}")).collect();
    format!(r#"(@custom "{name}" "{bytes}")"#)
}

/// DWARF 4 (sections 6.2, 7.5): one unit `filter.rs` in the folder `src`, all of whose code is line 7.
fn line_tables() -> String {
    let sized = |content: &[u8]| [&(content.len() as u32).to_le_bytes(), content].concat();
    let abbreviations = [1, 0x11, 0, 0x10, 0x17, 0x11, 1, 0x12, 6, 3, 8, 0x1b, 8, 0, 0, 0];
    let unit = sized(b"\x04\0\0\0\0\0\x04\x01\0\0\0\0\0\0\0\0\0\x10\0\0filter.rs\0src\0");
    let header = b"\x01\x01\x01\xfb\x0e\x0d\0\x01\x01\x01\x01\0\0\0\x01\0\0\x01\0filter.rs\0\0\0\0\0";
    // From address 0 on, six lines further than the first, as far as 4096 bytes.
    let program = b"\0\x05\x02\0\0\0\0\x03\x06\x01\x02\x80\x20\0\x01\x01";
    let lines = sized(&[&[4, 0], sized(header).as_slice(), program].concat());
    custom(".debug_abbrev", &abbreviations) + &custom(".debug_info", &unit) + &custom(".debug_line", &lines)
}

#[test]
fn a_trap_tells_file_and_line_where_the_module_has_line_tables() {
    let code = r#"(func $check (unreachable))
        (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32) (call $check) (i32.const 0))"#;
    let trapped = |tables: &str| {
        let trace = run(module(&[MARKER, MALLOC, code, tables]), Filter::default());
        let Outcome::Trapped(trap) = trace.outcome else { panic!("{:?}", trace.outcome) };
        trap.backtrace.frames
    };
    let frames = trapped(&line_tables());
    assert_eq!(frames[0].label(), "check");
    let place = frames[0].source.as_ref().map(|(file, line, _)| (file.as_str(), *line));
    assert_eq!(place, Some(("src/filter.rs", 7)));
    assert_eq!(trapped("")[0].source, None);
}

#[test]
fn a_trap_names_the_host_calls_before_it() {
    let trace = probe("reqh get 0 \":path\"\nreqh get 0 \"nope\"\nreqh trap", Filter::default());
    let Outcome::Trapped(trap) = &trace.outcome else { panic!("{:?}", trace.outcome) };
    let names: Vec<&str> =
        trap.last_calls.iter().filter_map(|id| Some(trace.call_of(*id)?.0.short_name())).collect();
    // The probe logs what each call answered, and what it is about to do.
    assert_eq!(names, ["get_header_map_value", "log", "get_header_map_value", "log", "log"]);
}

#[test]
fn a_reload_whose_plugin_refuses_its_configuration_leaves_the_filter_closed() {
    // The first configuration is accepted; shared data outlives the VM and tells the second one.
    let script = "conf shget \"k\"\nreqh shset \"k\" \"1\" 0\nreqh trap";
    let filter = Filter {
        plugin_config: script.into(),
        failure_policy: Some(FailurePolicy::FailReload),
        reload_backoff_ms: 500,
        ..Filter::default()
    };
    let engine = Engine::new(Compiler::default()).expect("an engine can be made");
    let module = Module::compile(&engine, PROBE).expect("the probe loads");
    let mut scenario = Scenario { chain: vec![filter], ..Scenario::default() };
    scenario.then = vec![Then { wait_ms: 400, ..Then::default() }, Then { wait_ms: 400, ..Then::default() }];
    let plan = Plan::new(&scenario, vec![module]).expect("the scenario is complete");
    let trace = execute(&plan, &StopHandle::default());
    let statuses: Vec<&str> = trace
        .exchanges
        .iter()
        .filter_map(|exchange| exchange.downstream.as_ref()?.headers.text(":status"))
        .collect();
    assert_eq!(statuses, ["503", "503", "503"]);
    let starts = callbacks(&trace).iter().filter(|callback| **callback == Callback::VmStart).count();
    assert_eq!(starts, 2, "once at first, and again when the back-off of 500 ms is over");
}

/// Runs the probe in a scenario of this kind, between codecs that count bytes.
fn probe_in(change: impl FnOnce(&mut Scenario)) -> Trace {
    let engine = Engine::new(Compiler::default()).expect("an engine can be made");
    let module = Module::compile(&engine, PROBE).expect("the probe loads");
    let mut scenario = Scenario { chain: vec![Filter::default()], ..Scenario::default() };
    change(&mut scenario);
    let mut plan = Plan::new(&scenario, vec![module]).expect("the scenario is complete");
    plan.exact_lengths = true;
    execute(&plan, &StopHandle::default())
}

fn details(trace: &Trace) -> Option<&str> {
    trace.exchanges.first()?.details.as_deref()
}

#[test]
fn a_request_that_breaks_the_rules_of_http2_reaches_no_filter() {
    let trace = probe_in(|scenario| {
        scenario.proxy.downstream = Protocol::Http2;
        scenario.request.headers = vec![HeaderLine::new("connection", "close")];
    });
    assert_eq!(trace.outcome, Outcome::Reset { by_filter: false });
    assert_eq!(details(&trace), Some("http2.violation.of.messaging.rule"));
    assert!(!callbacks(&trace).contains(&Callback::RequestHeaders));
    assert!(!callbacks(&trace).contains(&Callback::Log));
}

#[test]
fn a_body_of_another_length_than_promised_ends_an_http2_stream_before_the_filter_sees_it() {
    let trace = probe_in(|scenario| {
        scenario.proxy.downstream = Protocol::Http2;
        scenario.request.method = "POST".into();
        scenario.request.headers = vec![HeaderLine::new("content-length", "10")];
        scenario.request.body = "five!".into();
    });
    assert_eq!(trace.outcome, Outcome::Reset { by_filter: false });
    assert_eq!(details(&trace), Some("http2.remote_reset"));
    assert!(callbacks(&trace).contains(&Callback::RequestHeaders));
    assert!(!callbacks(&trace).contains(&Callback::RequestBody));
    // It came together with the head, so there was no connection to an upstream yet.
    assert_eq!(trace.exchanges[0].upstream, None);
}

#[test]
fn an_answer_that_breaks_the_rules_of_http2_is_a_502_and_its_body_a_reset() {
    let head = probe_in(|scenario| {
        scenario.proxy.upstream = Protocol::Http2;
        scenario.reply.headers = vec![HeaderLine::new("connection", "close")];
    });
    assert_eq!(status(&head), Some("502"));
    assert_eq!(details(&head), Some("upstream_reset_before_response_started{protocol_error}"));
    let body = probe_in(|scenario| {
        scenario.proxy.upstream = Protocol::Http2;
        scenario.reply.headers = vec![HeaderLine::new("content-length", "2")];
        scenario.reply.body = "five!".into();
    });
    assert_eq!(body.outcome, Outcome::Reset { by_filter: false });
    assert_eq!(details(&body), Some("upstream_reset_after_response_started{protocol_error}"));
    assert!(!callbacks(&body).contains(&Callback::ResponseBody));
}

#[test]
fn an_http1_body_ends_where_its_length_says() {
    let sent = |declared: &str| {
        probe_in(|scenario| {
            scenario.proxy.downstream = Protocol::Http1;
            scenario.request.method = "POST".into();
            scenario.request.headers = vec![HeaderLine::new("content-length", declared)];
            scenario.request.body = "five!".into();
        })
    };
    let cut = sent("2");
    assert_eq!(cut.exchanges[0].upstream.as_ref().map(|sent| sent.body.as_ref()), Some(&b"fi"[..]));
    // The rest of it never comes.
    let short = sent("10");
    assert!(matches!(short.outcome, Outcome::Limit { limit: LimitKind::ClientTime, .. }));
}

/// Runs the probe, which asks for two retries, against these replies.
fn retried(proxy: Protocol, replies: [&str; 3]) -> Trace {
    let [first, second, third] = replies;
    let text = format!(
        r#"{{"chain": [{{"filter": "a.wasm"}}],
            "reply": {{{first} "again": [{{{second}}}, {{{third}}}]}}}}"#
    );
    let parsed = Scenario::from_json(&text).expect("it is a scenario");
    probe_in(|scenario| {
        scenario.proxy.upstream = proxy;
        scenario.reply = parsed.reply;
        scenario.chain[0].plugin_config =
            "reqh add 0 \"x-envoy-retry-on\" \"5xx\"\nreqh add 0 \"x-envoy-max-retries\" \"2\"".into();
    })
}

/// The attempts to come, as the trace tells of them: number, most, and the time in tenths of a millisecond.
fn attempts(trace: &Trace) -> Vec<(u32, u32, u64)> {
    let found = trace.events().iter().filter_map(|event| match event.kind {
        EventKind::Stream(StreamAction::Retried { attempt, most, wait }) => {
            Some((attempt, most, (event.at + wait) / 100_000))
        }
        _ => None,
    });
    found.collect()
}

#[test]
fn a_reply_can_differ_by_attempt_and_filters_see_the_last() {
    for protocol in [Protocol::Http1, Protocol::Http2] {
        let trace = retried(protocol, [r#""status": 503,"#, r#""fails": "reset""#, r#""body": "at last""#]);
        assert_eq!(trace.outcome, Outcome::Finished { status: 200 });
        assert_eq!(attempts(&trace), [(2, 3, 125), (3, 3, 375)]);
        let exchange = &trace.exchanges[0];
        assert_eq!(exchange.retried.len(), 2);
        assert!(exchange.retried.iter().chain(&exchange.upstream).all(|sent| sent.complete && !sent.reset));
        assert_eq!(exchange.reply.as_ref().map(|reply| reply.message.body.as_ref()), Some(&b"at last"[..]));
        assert_eq!(details(&trace), None);
        let shown =
            callbacks(&trace).iter().filter(|callback| **callback == Callback::ResponseHeaders).count();
        assert_eq!(shown, 1);
    }
}

#[test]
fn an_upstream_that_cannot_be_reached_may_be_there_at_the_next_attempt_or_be_gone() {
    let refused = r#""fails": "connection_failure","#;
    let found = retried(Protocol::Http2, [refused, r#""status": 500"#, r#""status": 201"#]);
    assert_eq!(found.outcome, Outcome::Finished { status: 201 });
    // Where nobody listened no request came.
    assert_eq!((attempts(&found).len(), found.exchanges[0].retried.len()), (2, 1));
    let gone = retried(Protocol::Http2, [refused, r#""fails": "no_endpoint""#, ""]);
    assert_eq!((status(&gone), details(&gone)), (Some("503"), Some("no_healthy_upstream")));
    assert_eq!(attempts(&gone).len(), 1);
    assert_eq!(gone.exchanges[0].upstream, None);
}

#[test]
fn a_silent_upstream_is_not_asked_again() {
    let trace = retried(Protocol::Http2, [r#""status": 500,"#, r#""fails": "silence""#, ""]);
    assert_eq!(attempts(&trace).len(), 1);
    assert!(matches!(trace.outcome, Outcome::Limit { limit: LimitKind::ClientTime, .. }));
    assert!(trace.exchanges[0].upstream.as_ref().is_some_and(|sent| sent.reset));
}

#[test]
fn a_part_of_a_body_that_goes_to_the_upstream_twice_is_a_finding() {
    let trace = probe_in(|scenario| {
        scenario.request.method = "POST".into();
        scenario.request.body = "abc".into();
        scenario.request.chunks = Chunks::Every(1);
        scenario.chain[0].plugin_config = "reqh add 0 \"x-envoy-retry-on\" \"5xx\"\nreqb.2 ret 1".into();
    });
    let findings: Vec<_> = trace.findings().map(|(_, finding)| finding).collect();
    assert_eq!(findings, [Finding::BodySentTwice]);
    assert_eq!(trace.exchanges[0].upstream.as_ref().map(|sent| sent.body.as_ref()), Some(&b"aabc"[..]));
}

#[test]
fn a_callout_that_asks_for_retries_is_a_finding() {
    let trace = probe_in(|scenario| {
        scenario.callouts = vec![Callout { upstream: "svc".into(), ..Callout::default() }];
        scenario.chain[0].plugin_config =
            r#"reqh call "svc" [":method" "GET" ":path" "/" ":authority" "s" "x-envoy-retry-on" "5xx"] "" [] 9"#
                .into();
    });
    let findings: Vec<_> = trace.findings().map(|(_, finding)| finding).collect();
    assert_eq!(findings, [Finding::CalloutNotRetried]);
}

#[test]
fn retries_without_end_reach_a_limit() {
    let trace = probe_in(|scenario| {
        scenario.request.method = "POST".into();
        scenario.request.body = Body::from(vec![b'a'; 4 << 20]);
        scenario.reply.status = 503;
        scenario.limits.client_ms = 3_600_000;
        scenario.chain[0].plugin_config =
            "reqh add 0 \"x-envoy-retry-on\" \"5xx\"\nreqh add 0 \"x-envoy-max-retries\" \"4000000000\""
                .into();
    });
    assert!(
        matches!(trace.outcome, Outcome::Limit { limit: LimitKind::TraceBytes, .. }),
        "{:?}",
        trace.outcome
    );
}

/// A plan of the scenario's request sent so many times through a module with the default configuration.
fn soak(module: Arc<Module>, times: u32) -> Trace {
    let scenario = Scenario { chain: vec![Filter::default()], ..Scenario::default() };
    let options = RunOptions { soak: Some(times), ..RunOptions::default() };
    let plan = options.plan(&scenario, vec![module]).expect("the scenario is complete");
    execute(&plan, &StopHandle::default())
}

/// Counts down from a number in `on_request_headers`.
fn counts_down(from: u32) -> String {
    format!(
        r#"(func (export "proxy_on_request_headers") (param $left i32) (param i32 i32) (result i32)
          (local.set $left (i32.const {from}))
          (loop $again
            (br_if $again (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))
          (i32.const 0))"#
    )
}

/// Instructions of the first callback of this kind, run on an engine that counts.
fn instructions(compiler: Compiler, callback: Callback, parts: &[&str]) -> Option<u64> {
    let bytes = wat::parse_str(format!("(module {})", parts.concat())).expect("the test's module is valid");
    let engine = Engine::counting(compiler).expect("an engine can be made");
    let trace = run(Module::compile(&engine, &bytes).expect("the module loads"), Filter::default());
    count_of(&trace, callback)
}

fn count_of(trace: &Trace, wanted: Callback) -> Option<u64> {
    let mut events = trace.numbered();
    let found = events
        .find(|(_, event)| matches!(event.kind, EventKind::Callback { callback, .. } if callback == wanted));
    trace.instructions(found?.0)
}

#[test]
fn instructions_are_proportional_to_a_loops_turns_and_the_same_each_time() {
    let of = |turns: u32| {
        instructions(Compiler::Winch, Callback::RequestHeaders, &[MARKER, MALLOC, &counts_down(turns)])
            .expect("they are counted")
    };
    let (ten, thousand, million) = (of(10), of(1_000), of(1_000_000));
    let each = (thousand - ten) / 990;
    assert_eq!(thousand - ten, 990 * each, "{ten} and {thousand}");
    assert_eq!(million - thousand, 999_000 * each);
    assert!((4..=6).contains(&each), "local.get, i32.const, i32.sub, local.tee, br_if: {each}");
    assert_eq!(of(1_000), thousand);
}

#[test]
fn both_compilers_count_the_same() {
    let copies = r#"(func (export "proxy_on_response_headers") (param i32 i32 i32) (result i32)
        (memory.fill (i32.const 0) (i32.const 7) (i32.const 5000))
        (memory.copy (i32.const 8000) (i32.const 0) (i32.const 5000)) (i32.const 0))"#;
    let parts = [MARKER, MALLOC, MEMORY, &counts_down(1_000), copies];
    for callback in [Callback::RequestHeaders, Callback::ResponseHeaders] {
        let of = |compiler| instructions(compiler, callback, &parts).expect("it is counted");
        assert_eq!(of(Compiler::Winch), of(Compiler::Cranelift), "{callback:?}");
        assert!(of(Compiler::Winch) < 10_000, "copying five thousand bytes is one instruction");
    }
    let sample = filterlab::samples::find("mask_pii").expect("it is bundled");
    let traces = [Compiler::Winch, Compiler::Cranelift].map(|compiler| {
        let engine = Engine::counting(compiler).expect("an engine can be made");
        let module = Module::compile(&engine, sample.module).expect("the sample loads");
        let plan = Plan::new(&sample.scenario, vec![module]).expect("the scenario is complete");
        execute(&plan, &StopHandle::default())
    });
    assert!(traces[0].counts_instructions());
    assert_eq!(traces[0], traces[1], "a count is a part of what makes traces equal");
}

#[test]
fn without_counting_there_are_no_instructions_and_the_trace_is_the_same_otherwise() {
    let parts = [MARKER, MALLOC, &counts_down(10)];
    let plain = run(module(&parts), Filter::default());
    assert_eq!(count_of(&plain, Callback::RequestHeaders), None);
    assert!(!plain.counts_instructions());
    assert_eq!(plain, run(module(&parts), Filter::default()));
    let bytes = wat::parse_str(format!("(module {})", parts.concat())).expect("the test's module is valid");
    let engine = Engine::counting(Compiler::default()).expect("an engine can be made");
    let counted = run(Module::compile(&engine, &bytes).expect("it loads"), Filter::default());
    assert_eq!(counted.events(), plain.events(), "counting changes nothing that a filter sees");
}

#[test]
fn instructions_of_the_allocator_are_its_own_and_those_of_the_callback_around_it() {
    let slow = r#"(func (export "malloc") (param $left i32) (result i32)
        (local.set $left (i32.const 100))
        (loop $again (br_if $again (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))
        (i32.const 2048))"#;
    let asks = r#"(import "env" "proxy_get_header_map_value"
          (func $get (param i32 i32 i32 i32 i32) (result i32)))
        (data (i32.const 8) ":path")
        (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
          (call $get (i32.const 0) (i32.const 8) (i32.const 5) (i32.const 64) (i32.const 68)))"#;
    let parts = [asks, MARKER, MEMORY, slow];
    let own = instructions(Compiler::Winch, Callback::Malloc, &parts).expect("the allocator is counted");
    let around = instructions(Compiler::Winch, Callback::RequestHeaders, &parts).expect("so is the callback");
    assert!(own > 400 && around > own && around < own + 40, "{own} of {around}");
}

#[test]
fn a_guest_that_counts_still_stops_at_its_limit_of_time() {
    let endless = r#"(func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
        (loop $l (br $l)) unreachable)"#;
    let bytes = wat::parse_str(format!("(module {MARKER}{MALLOC}{endless})")).expect("it is valid");
    let engine = Engine::counting(Compiler::default()).expect("an engine can be made");
    let module = Module::compile(&engine, &bytes).expect("it loads");
    let mut scenario = Scenario { chain: vec![Filter::default()], ..Scenario::default() };
    scenario.limits.request_ms = 30;
    let plan = Plan::new(&scenario, vec![module]).expect("the scenario is complete");
    let trace = execute(&plan, &StopHandle::default());
    assert!(
        matches!(trace.outcome, Outcome::Limit { limit: LimitKind::RequestTime, .. }),
        "{:?}",
        trace.outcome
    );
    assert!(count_of(&trace, Callback::RequestHeaders) > Some(1_000), "what it did until then is known");
}

/// Takes a page of 64 KiB with each request.
const TAKES_A_PAGE: &str = r#"(func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
    (drop (memory.grow (i32.const 1))) (i32.const 0))"#;

#[test]
fn memory_is_noted_when_it_becomes_more_with_the_callback_and_the_request() {
    let chain = vec![Filter::default()];
    let scenario = Scenario { chain, repeat: 3, ..Scenario::default() };
    let plan =
        Plan::new(&scenario, vec![module(&[MARKER, MALLOC, MEMORY, TAKES_A_PAGE])]).expect("it is complete");
    let trace = execute(&plan, &StopHandle::default());
    let page = 64 << 10;
    let noted: Vec<_> = trace.memory.iter().map(|change| (change.exchange, change.bytes)).collect();
    assert_eq!(noted, [(None, page), (Some(0), 2 * page), (Some(1), 3 * page), (Some(2), 4 * page)]);
    for change in &trace.memory[1..] {
        let event = trace.event(change.event).expect("there is one").kind;
        assert!(matches!(event, EventKind::Callback { callback: Callback::RequestHeaders, .. }), "{event:?}");
    }
}

#[test]
fn a_soak_of_ten_thousand_requests_keeps_figures_and_no_history() {
    let counts = r#"(import "env" "proxy_define_metric" (func $define (param i32 i32 i32 i32) (result i32)))
        (import "env" "proxy_increment_metric" (func $add (param i32 i64) (result i32)))
        (data (i32.const 8) "seen")
        (func (export "proxy_on_configure") (param i32 i32) (result i32)
          (drop (call $define (i32.const 0) (i32.const 8) (i32.const 4) (i32.const 64))) (i32.const 1))
        (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
          (drop (call $add (i32.load (i32.const 64)) (i64.const 2)))
          (drop (call $log (i32.const 2) (i32.const 8) (i32.const 4)))
          (if (i32.eqz (i32.rem_u (i32.load (i32.const 128)) (i32.const 100)))
            (then (drop (memory.grow (i32.const 1)))))
          (i32.store (i32.const 128) (i32.add (i32.load (i32.const 128)) (i32.const 1)))
          (i32.const 0))"#;
    let trace = soak(module(&[LOG, counts, MARKER, MALLOC, MEMORY]), 10_000);
    assert_eq!(trace.outcome.kind(), "finished");
    assert_eq!(trace.exchanges.len(), 10_000);
    assert!(trace.exchanges.iter().all(|exchange| exchange.outcome.is_some()));
    assert_eq!(trace.memory.len(), 101, "one more page every hundred requests");
    assert_eq!(trace.metric_samples.len(), 10_000);
    let last = trace.metric_samples.last().expect("there are some");
    assert_eq!((last.exchange, last.value), (9_999, 20_000));
    assert!(trace.events().len() < 100, "{} events", trace.events().len());
    assert_eq!(trace.logs().count(), 0);
    assert!(trace.memory.iter().all(|change| trace.event(change.event).is_some()));
}

#[test]
fn a_filter_that_no_request_comes_to_is_reported_and_what_it_was_to_be() {
    let found = |parts: &[&str]| -> Vec<Finding> {
        let trace = run(module(&[&[MEMORY, MARKER, MALLOC], parts].concat()), Filter::default());
        findings(&trace).into_iter().map(|(finding, _)| finding).collect()
    };
    let none = |meant| Finding::NoCallback { filter: 0, connection: false, meant };
    assert_eq!(found(&[]), [none(None)]);
    let misnamed = r#"(func (export "onRequestHeaders") (param i32 i32 i32) (result i32) (i32.const 0))"#;
    assert_eq!(found(&[misnamed]), [none(Some("proxy_on_request_headers"))]);
    let log = r#"(func (export "proxy_on_log") (param i32))"#;
    assert_eq!(found(&[log]), [], "it is there to log");
    assert_eq!(found(&[log, misnamed]), [none(Some("proxy_on_request_headers"))]);
    let other = r#"(func (export "proxy_on_response_body") (param i32 i32 i32) (result i32) (i32.const 0))"#;
    assert_eq!(found(&[misnamed, other]), [], "something comes to it");
}
