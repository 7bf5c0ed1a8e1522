//! What filters keep beside the messages, after any event of a run: made by the probe, which runs a script.

use filterlab::abi::Callback;
use filterlab::host::{Compiler, Engine, Module, StopHandle};
use filterlab::run::{Plan, execute};
use filterlab::scenario::{Filter, Scenario};
use filterlab::trace::{EventId, EventKind, Trace};
use filterlab::view::Language;
use filterlab::view::state::{
    At, Missing, Section, State, Verdict, Words, heads, metric_curve, section_name,
};

const PROBE: &[u8] = include_bytes!("../envoy_parity/filters/probe/probe.wasm");

struct Run {
    scenario: Scenario,
    trace: Trace,
    state: State,
}

fn run_with(script: &str, edit: impl FnOnce(&mut Scenario)) -> Run {
    let filter = Filter { plugin_config: script.into(), path: "probe.wasm".into(), ..Filter::default() };
    let mut scenario = Scenario { chain: vec![filter], ..Scenario::default() };
    edit(&mut scenario);
    run(PROBE, scenario)
}

fn run(module: &[u8], scenario: Scenario) -> Run {
    let engine = Engine::new(Compiler::default()).expect("an engine can be made");
    let module = Module::compile(&engine, module).expect("it loads");
    let modules = vec![module; scenario.chain.len()];
    let plan = Plan::new(&scenario, modules).expect("the scenario is complete");
    let trace = execute(&plan, &StopHandle::default());
    let state = State::new(&trace, &scenario);
    Run { scenario, trace, state }
}

fn probe(script: &str) -> Run {
    run_with(script, |_| {})
}

/// A filter in text with `body`, its request sent `times` times.
fn repeated(body: &str, times: u32) -> Run {
    let text = format!(
        r#"(module {body} (memory (export "memory") 1) (func (export "proxy_abi_version_0_2_1"))
          (func (export "malloc") (param i32) (result i32) (i32.const 1024)))"#
    );
    let bytes = wat::parse_str(text).expect("the test's own module is valid");
    run(&bytes, Scenario { chain: vec![Filter::default()], repeat: times, ..Scenario::default() })
}

impl Run {
    fn words(&self, language: Language) -> Words<'_> {
        Words { language, state: &self.state, trace: &self.trace, scenario: &self.scenario, masks: true }
    }

    /// The rows of a list as they were then, empty cells left out.
    fn rows(&self, section: Section, at: At) -> Vec<String> {
        self.rows_in(Language::English, section, at)
    }

    fn rows_in(&self, language: Language, section: Section, at: At) -> Vec<String> {
        let words = self.words(language);
        let row = |index| {
            let cells = words.cells(section, index, at).expect("it is there");
            let cells = cells.into_iter().map(|cell| cell.text).filter(|text| !text.is_empty());
            cells.collect::<Vec<_>>().join(" | ")
        };
        (0..self.state.len(section, at)).map(row).collect()
    }

    fn history(&self, section: Section, index: usize) -> Vec<String> {
        let entry = self.state.entry(section, index).expect("it is there");
        let versions = (0..entry.len_at(None))
            .filter_map(|version| self.words(Language::English).version(section, index, version));
        versions
            .map(|(event, text)| format!("{text} by {}", self.words(Language::English).event(event)))
            .collect()
    }

    /// The first event of a callback of that kind; `nth` counts from 0.
    fn callback(&self, wanted: Callback, nth: usize) -> EventId {
        let found = self.trace.numbered().filter(
            |(_, event)| matches!(event.kind, EventKind::Callback { callback, .. } if callback == wanted),
        );
        found.map(|(id, _)| id).nth(nth).expect("it was called")
    }
}

#[test]
fn shared_data_is_shown_as_it_was_after_an_event_with_all_its_writers() {
    let run = probe(
        "conf shset \"hits\" \"1\" 0\nreqh shset \"hits\" \"2\" 1\nreqh shset \"other\" \"x\" 0\nlog shset \"hits\" \"3\" 0\nlog shset \"hits\" \"4\" 1",
    );
    let end = run.rows(Section::SharedData, None);
    assert_eq!(
        end,
        [
            "hits | 3 | 4 | #17 set_shared_data · on_log",
            "other | x | 3 | #13 set_shared_data · on_request_headers"
        ]
    );
    let early = run.rows(Section::SharedData, Some(run.callback(Callback::RequestHeaders, 0)));
    assert_eq!(
        early,
        ["hits | 1 | 1 | #6 set_shared_data · on_configure"],
        "the second key is not there yet"
    );
    assert_eq!(
        run.history(Section::SharedData, 0),
        [
            "1 by #6 set_shared_data · on_configure",
            "2 by #11 set_shared_data · on_request_headers",
            "3 by #17 set_shared_data · on_log"
        ],
        "a write that lost its cas is none"
    );
}

#[test]
fn filters_with_other_vm_ids_have_other_shared_data() {
    let run = run_with("conf shset \"k\" \"v\" 0", |scenario| {
        let other = Filter { vm_id: "b".into(), ..scenario.chain[0].clone() };
        scenario.chain.push(other);
    });
    let rows = run.rows(Section::SharedData, None);
    assert_eq!(rows.len(), 2, "{rows:?}");
    assert!(rows[1].starts_with("k | v | b | 2 | "), "{rows:?}");
}

#[test]
fn a_queue_knows_its_items_and_who_put_them_in() {
    let script = "conf qreg \"jobs\"\nreqh qenq 1 \"one\"\nreqh qenq 1 \"two\"\nqueue qdeq 1";
    let run = probe(script);
    let after = run.rows(Section::Queues, Some(run.callback(Callback::ResponseHeaders, 0)));
    assert!(after[0].starts_with("jobs | "), "{after:?}");
    let history = run.history(Section::Queues, 0);
    assert_eq!(history[0], "registered by #6 register_shared_queue · on_configure");
    assert!(history[1].starts_with("enqueued: one by #"), "{history:?}");
    assert!(history[2].starts_with("enqueued: two by #"), "{history:?}");
    let put = run.state.queues[0].versions[2].0;
    let full = run.rows(Section::Queues, Some(put));
    assert!(
        full[0].starts_with("jobs | one | 1 | 2 | #"),
        "the item that came first is the next one: {full:?}"
    );
}

#[test]
fn metrics_count_and_histograms_know_their_samples() {
    let script = "conf def 0 \"requests\"\nconf def 2 \"sizes\"\nreqh inc 4 2\nreqh rec 6 7\nresh rec 6 3\nlog rec 6 5";
    let run = run_with(script, |scenario| scenario.repeat = 2);
    let rows = run.rows(Section::Metrics, None);
    assert!(rows[0].starts_with("requests | counter | 4 | #"), "{rows:?}");
    assert!(rows[1].starts_with("sizes | 3 to 7, sum 30 | histogram | 6 | #"), "{rows:?}");
    let reply = run.rows(Section::Metrics, Some(run.callback(Callback::ResponseHeaders, 0)));
    assert!(reply[1].starts_with("sizes | 7 to 7, sum 7 | histogram | 1 | #"), "{reply:?}");
    assert!(
        run.history(Section::Metrics, 1)[2].starts_with("sample 3 by #"),
        "{:?}",
        run.history(Section::Metrics, 1)
    );
    let metric = run.state.metrics[0].id.metric.expect("the trace has it");
    assert_eq!(metric_curve(&run.trace, metric), [[1.0, 2.0], [2.0, 4.0]]);
}

#[test]
fn a_timer_says_when_it_ticks_next_until_its_plugin_is_gone() {
    let run = run_with("conf tick 10\ntick.2 tick 0", |scenario| scenario.settle_ms = 100);
    let set = run.rows(Section::Timers, Some(run.callback(Callback::Configure, 0)));
    assert!(set.is_empty(), "the call comes after its callback began");
    let first = run.rows(Section::Timers, Some(run.callback(Callback::Tick, 0)));
    assert_eq!(first, ["probe.wasm, root 1 | every 10 ms | at 20 ms | 1 | on_tick"]);
    let stopped = run.history(Section::Timers, 0);
    assert_eq!(stopped.len(), 4, "{stopped:?}");
    assert!(stopped[3].starts_with("stopped by #"), "{stopped:?}");
    let end = run.rows(Section::Timers, None);
    assert!(end[0].starts_with("probe.wasm, root 1 | stopped | none any more | 2 | #"), "{end:?}");
}

#[test]
fn contexts_are_made_and_deleted_with_their_requests() {
    let run = run_with("", |scenario| scenario.repeat = 2);
    let at = Some(run.callback(Callback::RequestHeaders, 1));
    assert_eq!(
        run.rows(Section::Contexts, at),
        [
            "root 1 | probe.wasm | active | on_context_create",
            "http 2 | probe.wasm | request 1, root 1 | deleted | on_delete",
            "http 3 | probe.wasm | request 2, root 1 | active | on_context_create"
        ]
    );
    let end = run.rows(Section::Contexts, None);
    assert!(end.iter().all(|row| row.contains(" deleted | ")), "{end:?}");
    assert_eq!(run.history(Section::Contexts, 1).len(), 3, "active, done, deleted");
}

#[test]
fn a_trap_takes_all_contexts_of_its_vm_along() {
    let run = probe("reqh trap");
    let end = run.rows(Section::Contexts, None);
    assert_eq!(
        end,
        [
            "root 1 | probe.wasm | failed with its VM | on_request_headers",
            "http 2 | probe.wasm | request 1, root 1 | failed with its VM | on_request_headers"
        ]
    );
}

const CALL: &str = "call \"auth\" [\":method\" \"GET\" \":path\" \"/\" \":authority\" \"a\"] \"\" []";

#[test]
fn a_callout_is_pending_until_its_answer() {
    let script = format!("reqh {CALL} 1000\nreqh ret 1\ncall eff 2\ncall cont 0");
    let run = run_with(&script, |scenario| {
        let mocks = r#"[{"upstream": "auth", "answers": [{"status": 403, "delay_ms": 42}]}]"#;
        scenario.callouts = serde_json::from_str(mocks).expect("they are mocks");
    });
    let sent = run.state.callouts[0].versions[0].0;
    let pending = run.rows(Section::Callouts, Some(sent));
    assert!(pending[0].starts_with("auth | pending since 0 ms | http | 4 | #"), "{pending:?}");
    let end = run.rows(Section::Callouts, None);
    assert!(end[0].starts_with("auth | answered 403 at 42 ms | http | 4 | #"), "{end:?}");
    assert_eq!(run.state.callouts[0].versions[1].0, run.callback(Callback::HttpCallResponse, 0));
}

#[test]
fn a_callout_that_the_host_refuses_is_listed_with_its_status() {
    let run = probe(&format!("reqh {}", CALL.replace("auth", "nobody") + " 100"));
    let end = run.rows(Section::Callouts, None);
    assert!(end[0].starts_with("nobody | refused: BadArgument | http | #"), "{end:?}");
}

#[test]
fn a_callout_that_timed_out_ends_with_the_callback_that_said_so() {
    let run = run_with(&format!("reqh {CALL} 50\nreqh ret 1\ncall eff 2\ncall cont 0"), |scenario| {
        let mocks = r#"[{"upstream": "auth", "answers": [{"fails": "silence"}]}]"#;
        scenario.callouts = serde_json::from_str(mocks).expect("they are mocks");
    });
    let end = run.rows(Section::Callouts, None);
    assert!(end[0].starts_with("auth | timed out at 50 ms | http | 4 | #"), "{end:?}");
}

#[test]
fn properties_are_counted_with_their_types_and_secrets_stay_hidden() {
    let script = "reqh prop \"request\\0path\"\nresh prop \"request\\0path\"\nresh prop \"response\\0code\"\n\
                  reqh prop \"request\\0headers\\0authorization\"\nreqh setprop \"mine\" \"v\"\nresh prop \"mine\"";
    let run = run_with(script, |scenario| {
        let header = filterlab::scenario::HeaderLine::new("authorization", "Bearer abc");
        scenario.request.headers.push(header);
    });
    let rows = run.rows(Section::Properties, None);
    assert!(rows[0].starts_with("request.path | / | string | "), "{rows:?}");
    assert!(
        rows.iter()
            .any(|row| row.starts_with("request.headers.authorization | Bearer •••••••• | string | 1 | ")),
        "{rows:?}"
    );
    assert!(rows.iter().any(|row| row.starts_with("response.code | 200 | int | 1 | ")), "{rows:?}");
    let mine = run.state.properties.iter().position(|entry| entry.id == "mine").expect("it was written");
    let history = run.history(Section::Properties, mine);
    assert!(history[0].starts_with("written: v by #"), "{history:?}");
    assert!(history[1].starts_with("read: v by #"), "{history:?}");
}

#[test]
fn a_missed_property_says_why_it_is_not_there() {
    let script = "reqh prop \"response\\0code\"\nreqh prop \"request.path\"\nreqh prop \"cluster_name\"\n\
                  reqh prop \"request\\0headers\\0nope\"\nreqh prop \"nonsense\"\nreqh prop \"response\\0code\"";
    let run = probe(script);
    let rows = run.rows(Section::Missed, None);
    let expected = [
        "response.code | only from the response headers on | NotFound | 2 | #",
        "[\"request.path\"] | the path is one segment with dots; put NUL between segments | NotFound | 1 | #",
        "cluster_name | removed in Envoy 1.33: now xds.cluster_name | NotFound | 1 | #",
        "request.headers.nope | request.headers has no such key here | NotFound | 1 | #",
        "nonsense | Envoy has no such attribute, and no filter has set it | NotFound | 1 | #",
    ];
    assert_eq!(rows.len(), expected.len(), "{rows:?}");
    for (row, expected) in rows.iter().zip(expected) {
        assert!(row.starts_with(expected), "{row}");
    }
    let missing = filterlab::view::state::missing(b"response\0code", 1);
    assert!(matches!(missing, Missing::NotHere(_)));
}

/// Takes what a bump allocator would: `bytes` with each request, and a page where they do not fit any more.
fn takes(bytes: u32, until: u32) -> String {
    format!(
        r#"(global $used (mut i32) (i32.const 65536)) (global $turn (mut i32) (i32.const 0))
        (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
          (if (i32.lt_u (global.get $turn) (i32.const {until}))
            (then
              (global.set $turn (i32.add (global.get $turn) (i32.const 1)))
              (global.set $used (i32.add (global.get $used) (i32.const {bytes})))
              (if (i32.gt_u (global.get $used) (i32.mul (memory.size) (i32.const 65536)))
                (then (drop (memory.grow (i32.const 1)))))))
          (i32.const 0))"#
    )
}

#[test]
fn a_filter_that_leaks_is_found_with_the_size_of_its_leak() {
    let run = repeated(&takes(4096, u32::MAX), 200);
    let vm = run.state.memory.worst().expect("there is a VM");
    let Verdict::Grows { per_request } = vm.verdict else { panic!("{:?}", vm.verdict) };
    assert!((3_900..4_300).contains(&per_request), "{per_request}");
    let row = &run.rows(Section::Memory, None)[0];
    assert!(row.contains("Leaks: It grows by 4"), "{row}");
    let zh = &run.rows_in(Language::SimplifiedChinese, Section::Memory, None)[0];
    assert!(zh.contains("泄漏：每个请求增长"), "{zh}");
}

#[test]
fn a_filter_that_stops_growing_is_steady() {
    let run = repeated(&takes(65536, 20), 200);
    let vm = run.state.memory.worst().expect("there is a VM");
    assert!(matches!(vm.verdict, Verdict::Steady { requests: 180, .. }), "{:?}", vm.verdict);
    assert_eq!(vm.grown(), 20 * 65536);
    assert_eq!(vm.curve()[0], [0.0, 65536.0]);
    assert_eq!(vm.curve().last(), Some(&[200.0, 21.0 * 65536.0]));
    let at = run.rows(Section::Memory, Some(vm.versions[3].0));
    assert!(at[0].contains(" | 64 KiB | 256 KiB | request 3"), "as of that request: {at:?}");
}

#[test]
fn a_filter_that_was_sent_few_requests_is_not_judged() {
    let run = repeated(&takes(65536, u32::MAX), 9);
    assert_eq!(run.state.memory.vms[0].verdict, Verdict::TooFew { requests: 9 });
}

/// Takes a page with each request and fails with the one that gets none, or with request `last`.
fn leaks_and_fails(last: u32) -> String {
    format!(
        r#"(global $turn (mut i32) (i32.const 0))
        (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
          (global.set $turn (i32.add (global.get $turn) (i32.const 1)))
          (if (i32.eq (global.get $turn) (i32.const {last})) (then unreachable))
          (drop (memory.grow (i32.const 1))) (i32.const 0))"#
    )
}

#[test]
fn a_leak_that_ends_in_a_failure_is_judged_by_the_requests_before_it() {
    let run = repeated(&leaks_and_fails(60), 500);
    let vm = run.state.memory.worst().expect("there is a VM");
    assert_eq!(vm.verdict, Verdict::Failed { request: 60, per_request: Some(65_536) });
    assert_eq!(vm.after.len(), 60, "none came after that");
    let row = &run.rows(Section::Memory, None)[0];
    assert!(row.contains("Leaks: It grew by 64 KiB per request until it failed in request 60"), "{row}");
}

#[test]
fn a_filter_that_failed_is_never_steady() {
    let run = repeated(&leaks_and_fails(3), 500);
    assert_eq!(run.state.memory.vms[0].verdict, Verdict::Failed { request: 3, per_request: None });
    let zh = &run.rows_in(Language::SimplifiedChinese, Section::Memory, None)[0];
    assert!(zh.contains("已失败：它在第 3 个请求中失败，无法判断是否泄漏"), "{zh}");
}

#[test]
fn requests_that_a_failed_filter_kept_away_say_nothing_of_the_next_one() {
    let module = |body: &str| {
        let text = format!(
            r#"(module {body} (memory (export "memory") 1) (func (export "proxy_abi_version_0_2_1"))
              (func (export "malloc") (param i32) (result i32) (i32.const 1024)))"#
        );
        let engine = Engine::new(Compiler::default()).expect("an engine can be made");
        Module::compile(&engine, &wat::parse_str(text).expect("it is valid")).expect("it loads")
    };
    let modules = vec![module(&leaks_and_fails(5)), module(&takes(65_536, u32::MAX))];
    let chain = vec![Filter::default(); 2];
    let scenario = Scenario { chain, repeat: 500, ..Scenario::default() };
    let plan = Plan::new(&scenario, modules).expect("the scenario is complete");
    let state = State::new(&execute(&plan, &StopHandle::default()), &scenario);
    // Up to the one in which the first filter failed.
    assert_eq!(state.memory.vms[1].verdict, Verdict::TooFew { requests: 5 });
}

#[test]
fn every_row_has_words_in_both_languages() {
    let script = format!(
        "conf shset \"a\" \"b\" 0\nconf qreg \"q\"\nconf def 1 \"g\"\nconf tick 5\nreqh prop \"request\\0path\"\nreqh prop \"x\"\nreqh {CALL} 5"
    );
    let run = probe(&script);
    for language in Language::ALL {
        for section in Section::ALL {
            assert!(!section_name(language, section).is_empty());
            assert!(heads(language, section).iter().all(|head| !head.is_empty()));
            assert!(!run.state.is_empty(section), "{section:?}");
            let rows = run.rows_in(language, section, None);
            assert!(rows.iter().all(|row| !row.is_empty()), "{rows:?}");
        }
    }
}

#[test]
fn at_every_event_exactly_what_was_there_has_a_row() {
    let run = probe(
        "conf shset \"a\" \"b\" 0\nreqh shset \"c\" \"d\" 0\nreqh prop \"request\\0path\"\nlog shset \"a\" \"e\" 0",
    );
    for (event, _) in run.trace.numbered() {
        for section in Section::ALL {
            let rows = run.rows(section, Some(event));
            let there = (0..run.state.len(section, None)).filter(|index| {
                run.state.entry(section, *index).is_some_and(|entry| entry.len_at(Some(event)) > 0)
            });
            assert_eq!(rows.len(), there.count(), "{section:?} at {event:?}");
        }
    }
}
