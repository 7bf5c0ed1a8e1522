//! Random scripts of a filter, on random messages in random pieces: whatever a filter does, the run ends, and the rules
//! that every guest relies on hold. The random numbers are the same every time.

use std::collections::BTreeSet;
use std::sync::Arc;

use filterlab::abi::Callback;
use filterlab::host::{Compiler, Engine, Module, StopHandle};
use filterlab::http::Protocol;
use filterlab::run::{Plan, execute};
use filterlab::scenario::{
    Body, Callout, CalloutAnswer, CalloutFailure, Chunks, FailurePolicy, Filter, HeaderLine, Limits,
    Scenario, Then,
};
use filterlab::trace::{EventKind, Finding, LimitKind, Outcome, Trace};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

/// A filter that runs a script: its plugin configuration.
const PROBE: &[u8] = include_bytes!("../envoy_parity/filters/probe/probe.wasm");
/// How many runs are tried.
const RUNS: u32 = 1000;

/// A small number, with odd ones among them.
fn number() -> impl Strategy<Value = i64> {
    prop_oneof![0i64..9, Just(-1), Just(0x7fff_ffff), Just(1000)]
}

fn text() -> impl Strategy<Value = String> {
    let texts = [
        "",
        "x",
        "k",
        ":path",
        ":status",
        ":method",
        "content-length",
        "host",
        "cookie",
        "a b",
        "svc",
        "\\n",
        "7",
    ];
    prop_oneof![proptest::sample::select(texts.to_vec()).prop_map(str::to_owned), "[a-z]{0,20}"]
        .prop_map(|text| format!("\"{text}\""))
}

fn upstream() -> impl Strategy<Value = String> {
    prop_oneof![3 => Just("\"svc\"".to_owned()), 1 => text()]
}

fn pairs() -> impl Strategy<Value = String> {
    let known = r#"[":method" "GET" ":path" "/" ":authority" "a"]"#;
    let any = proptest::collection::vec(text(), 0..6).prop_map(|texts| format!("[{}]", texts.join(" ")));
    prop_oneof![Just(known.to_owned()), any]
}

/// A host call, or what the callback answers.
fn op() -> impl Strategy<Value = String> {
    let n = number;
    prop_oneof![
        6 => (0i64..5).prop_map(|n| format!("ret {n}")),
        4 => (n()).prop_map(|a| format!("cont {a}")),
        2 => (n()).prop_map(|a| format!("close {a}")),
        4 => (n(), n(), n(), text()).prop_map(|(a, b, c, d)| format!("setbuf {a} {b} {c} {d}")),
        2 => (n(), n(), n()).prop_map(|(a, b, c)| format!("buf {a} {b} {c}")),
        2 => (n(), text()).prop_map(|(a, b)| format!("get {a} {b}")),
        2 => (n(), text(), text()).prop_map(|(a, b, c)| format!("add {a} {b} {c}")),
        2 => (n(), text(), text()).prop_map(|(a, b, c)| format!("rep {a} {b} {c}")),
        2 => (n(), text()).prop_map(|(a, b)| format!("rem {a} {b}")),
        1 => n().prop_map(|a| format!("pairs {a}")),
        1 => (n(), pairs()).prop_map(|(a, b)| format!("setpairs {a} {b}")),
        1 => n().prop_map(|a| format!("size {a}")),
        3 => (100u32..700, text(), text(), pairs(), n())
            .prop_map(|(a, b, c, d, e)| format!("local {a} {b} {c} {d} {e}")),
        4 => (upstream(), pairs(), text(), n()).prop_map(|(a, b, c, d)| format!("call {a} {b} {c} [] {d}")),
        4 => (upstream(), pairs(), n()).prop_map(|(a, b, c)| format!("grpc {a} \"s\" \"m\" {b} \"x\" {c}")),
        1 => n().prop_map(|a| format!("grpccancel {a}")),
        1 => n().prop_map(|a| format!("grpcclose {a}")),
        1 => (n(), text(), n()).prop_map(|(a, b, c)| format!("grpcsend {a} {b} {c}")),
        4 => n().prop_map(|a| format!("eff {a}")),
        1 => (0i64..60).prop_map(|a| format!("tick {a}")),
        1 => text().prop_map(|a| format!("qreg {a}")),
        1 => (n(), text()).prop_map(|(a, b)| format!("qenq {a} {b}")),
        1 => n().prop_map(|a| format!("qdeq {a}")),
        1 => (text(), text(), n()).prop_map(|(a, b, c)| format!("shset {a} {b} {c}")),
        1 => text().prop_map(|a| format!("shget {a}")),
        1 => (n(), text()).prop_map(|(a, b)| format!("def {a} {b}")),
        1 => (n(), n()).prop_map(|(a, b)| format!("inc {a} {b}")),
        1 => text().prop_map(|a| format!("prop {a}")),
        1 => (text(), text()).prop_map(|(a, b)| format!("setprop {a} {b}")),
        1 => (text(), text()).prop_map(|(a, b)| format!("foreign {a} {b}")),
        1 => Just("done".to_owned()),
        1 => Just("exit 3".to_owned()),
        1 => Just("trap".to_owned()),
        1 => Just("oob".to_owned()),
    ]
}

fn line() -> impl Strategy<Value = String> {
    let events = [
        "reqh",
        "reqb",
        "reqt",
        "resh",
        "resb",
        "rest",
        "log",
        "done",
        "del",
        "call",
        "tick",
        "queue",
        "grpcrecv",
        "grpcclose",
        "ctx",
    ];
    let when = prop_oneof![3 => Just(String::new()), 1 => (1u8..4).prop_map(|nth| format!(".{nth}"))];
    (proptest::sample::select(events.to_vec()), when, op())
        .prop_map(|(event, when, op)| format!("{event}{when} {op}"))
}

fn filter() -> impl Strategy<Value = Filter> {
    let policy = prop_oneof![
        Just(FailurePolicy::FailClosed),
        Just(FailurePolicy::FailOpen),
        Just(FailurePolicy::FailReload)
    ];
    (proptest::collection::vec(line(), 0..12), policy, any::<bool>(), "[ab]?").prop_map(
        |(script, failure_policy, allow, vm_id)| Filter {
            plugin_config: script.join("\n").into(),
            vm_id,
            failure_policy: Some(failure_policy),
            allow_on_headers_stop_iteration: allow,
            ..Filter::default()
        },
    )
}

/// A body and the sizes of its pieces.
fn body() -> impl Strategy<Value = (Body, Chunks)> {
    let sizes = proptest::collection::vec(0u64..40, 0..5);
    ("[a-z]{0,80}", sizes).prop_map(|(text, sizes)| (text.into(), Chunks::Sizes(sizes)))
}

fn trailers() -> impl Strategy<Value = Vec<HeaderLine>> {
    proptest::collection::vec(Just(HeaderLine::new("t", "1")), 0..2)
}

fn protocol() -> impl Strategy<Value = Protocol> {
    prop_oneof![Just(Protocol::Http1), Just(Protocol::Http2)]
}

fn answer() -> impl Strategy<Value = CalloutAnswer> {
    let fails = prop_oneof![
        Just(None),
        Just(Some(CalloutFailure::Silence)),
        Just(Some(CalloutFailure::Reset)),
        Just(Some(CalloutFailure::ConnectionFailure)),
        Just(Some(CalloutFailure::NoEndpoint)),
    ];
    (fails, body(), 0u64..40, 0u64..9, prop_oneof![Just(None), Just(Some(0)), Just(Some(1))], any::<bool>())
        .prop_map(|(fails, (body, chunks), delay_ms, gap_ms, reset_after, is_grpc)| CalloutAnswer {
            messages: if is_grpc { vec!["m".into()] } else { Vec::new() },
            body: if is_grpc { Body::default() } else { body },
            chunks,
            delay_ms,
            gap_ms,
            reset_after,
            fails,
            ..CalloutAnswer::default()
        })
}

prop_compose! {
    fn scenario()(
        chain in proptest::collection::vec(filter(), 1..4),
        (request_body, request_chunks) in body(),
        request_trailers in trailers(),
        (reply_body, reply_chunks) in body(),
        reply_trailers in trailers(),
        reset in proptest::bool::weighted(0.1),
        (downstream, upstream) in (protocol(), protocol()),
        buffer_limit in prop_oneof![Just(16u64), Just(1 << 20)],
        answers in proptest::collection::vec(answer(), 0..3),
        later in 0u64..1500,
        repeat in 1u32..3,
    ) -> Scenario {
        let mut scenario = Scenario { chain, repeat, settle_ms: 20, ..Scenario::default() };
        scenario.request.method = if request_body.is_empty() { "GET".into() } else { "POST".into() };
        scenario.request.body = request_body;
        scenario.request.chunks = request_chunks;
        scenario.request.trailers = request_trailers;
        scenario.reply.body = reply_body;
        scenario.reply.chunks = reply_chunks;
        scenario.reply.trailers = reply_trailers;
        scenario.reply.reset = reset;
        scenario.proxy.downstream = downstream;
        scenario.proxy.upstream = upstream;
        scenario.proxy.buffer_limit = buffer_limit;
        scenario.callouts = vec![Callout { upstream: "svc".into(), answers, ..Callout::default() }];
        scenario.then = vec![Then { wait_ms: later, ..Then::default() }];
        // Timers go on until the client gives up: the shorter it waits, the more runs there are.
        // A filter that calls again whenever it is answered goes on for ever; the number of events ends that.
        scenario.limits = Limits { client_ms: 300, events: 5_000, ..Limits::default() };
        scenario
    }
}

/// What must hold in every run.
fn check(scenario: &Scenario, trace: &Trace) -> Result<(), TestCaseError> {
    match trace.outcome {
        Outcome::Limit { limit: LimitKind::Events, .. } | Outcome::Refused { .. } => return Ok(()),
        Outcome::Limit { limit, .. } => prop_assert_eq!(limit, LimitKind::ClientTime),
        _ => {}
    }
    let requests = scenario.repeat as usize + scenario.then.len();
    prop_assert_eq!(trace.exchanges.len(), requests);
    let answered_in_vain = trace.findings().any(|(_, finding)| finding == Finding::ClosedAndAnswered);
    let mut now = 0;
    let mut over: BTreeSet<(u16, u64)> = BTreeSet::new();
    for (id, event) in trace.numbered() {
        prop_assert!(event.at >= now, "time goes on");
        now = event.at;
        let EventKind::Callback { callback, filter, .. } = event.kind else { continue };
        let is_allocator = matches!(callback, Callback::Malloc | Callback::MemoryAllocate);
        prop_assert!(
            event.parent.is_none() || is_allocator,
            "{callback:?} is entered from inside a host call"
        );
        if is_allocator || callback <= Callback::MemoryAllocate {
            continue;
        }
        let context = (filter, trace.args(id)[0]);
        if callback == Callback::ContextCreate {
            // A VM that is loaded again counts from 1.
            over.remove(&context);
        }
        // The one case in which Envoy itself calls a context that it has deleted; it is reported.
        let in_vain = callback == Callback::ResponseHeaders && answered_in_vain;
        prop_assert!(
            in_vain || !over.contains(&context),
            "{callback:?} comes after the end of context {context:?}"
        );
        if callback == Callback::Delete {
            over.insert(context);
        }
    }
    Ok(())
}

#[test]
fn random_scripts_on_random_pieces_end_by_the_rules() {
    let engine = Engine::new(Compiler::default()).expect("an engine can be made");
    let probe = Module::compile(&engine, PROBE).expect("the probe loads");
    let config = Config { cases: RUNS, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let run = |scenario: &Scenario| {
        let modules = vec![Arc::clone(&probe); scenario.chain.len()];
        execute(&Plan::new(scenario, modules).expect("the scenario is complete"), &StopHandle::default())
    };
    let result = runner.run(&scenario(), |scenario| {
        let trace = run(&scenario);
        check(&scenario, &trace)?;
        prop_assert!(run(&scenario) == trace, "a second run is equal");
        Ok(())
    });
    if let Err(error) = result {
        panic!("{error}");
    }
}
