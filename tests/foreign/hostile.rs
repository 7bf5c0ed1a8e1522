//! Guests that want too much of a foreign function, and arguments that are noise.

use std::io::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use filterlab::run::{Plan, execute};
use filterlab::trace::{LimitKind, Outcome, TraceLimits};

use super::*;

/// Runs the probe with only so many bytes to keep.
fn run_with_room(lines: &[String], bytes: usize) -> Trace {
    let mut scenario = scenario();
    scenario.chain = vec![Filter { plugin_config: lines.join("\n").into(), ..Filter::default() }];
    let plan = Plan::new(&scenario, vec![probe()]).expect("the scenario is complete");
    let trace = TraceLimits { bytes, ..plan.trace };
    execute(&Plan { trace, ..plan }, &StopHandle::default())
}

fn hits_the_limit(lines: &[String], bytes: usize) -> bool {
    let trace = run_with_room(lines, bytes);
    matches!(trace.outcome, Outcome::Limit { limit: LimitKind::TraceBytes, .. })
}

#[test]
fn a_bomb_ends_the_run_and_not_the_machine() {
    // Thirty-two megabytes of zeros in as many kilobytes.
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    for _ in 0..8 {
        encoder.write_all(&[0; 4 << 20]).expect("memory takes all");
    }
    let bomb = encoder.finish().expect("memory takes all");
    assert!(hits_the_limit(&[foreign("reqh", "uncompress", &bomb)], 4 << 20));
}

#[test]
fn an_expression_that_doubles_and_doubles_ends_the_run() {
    let create = |text: String| foreign("reqh", "expr_create", text);
    let evaluate = foreign("reqh", "expr_evaluate", [0; 4]);
    for (start, double) in [("\"aaaaaaaa\"", "x+x"), ("[1]", "[x,x]"), ("[1]", "x+x"), ("b'aaaaaaaa'", "x+x")]
    {
        let mut text = format!("[{start}]");
        // Each loop has one round, whose value is twice as large.
        for _ in 0..28 {
            text = format!("{text}.map(x,{double})");
        }
        assert!(hits_the_limit(&[create(text), evaluate.clone()], 8 << 20), "{start} {double}");
    }
    // Equality walks what is shared once for each time it is seen.
    let mut text = "[[1]]".to_owned();
    for _ in 0..26 {
        text = format!("{text}.map(x,[x,x])");
    }
    let lines = [create(format!("[{text}].exists(y, y == y)")), evaluate];
    let mut scenario = scenario();
    scenario.limits.request_ms = 200;
    let trace = run(&lines, scenario);
    assert!(
        matches!(trace.outcome, Outcome::Limit { limit: LimitKind::RequestTime, .. }),
        "{:?}",
        trace.outcome
    );
}

#[test]
fn many_expressions_fill_the_room() {
    let text = format!("[{}]", vec!["1"; 20_000].join(","));
    let lines: Vec<String> = (0..8).map(|_| foreign("reqh", "expr_create", &text)).collect();
    assert!(hits_the_limit(&lines, 8 << 20));
}

#[test]
fn regular_expressions_are_bounded() {
    let lines = [
        foreign("reqh", "expr_create", r"'a'.matches('((a{1000}){1000}){1000}')"),
        foreign("reqh", "expr_create", r"'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!'.matches('^(a+)+$')"),
        foreign("reqh", "expr_evaluate", [0; 4]),
        foreign("reqh", "expr_evaluate", 1u32.to_le_bytes()),
    ];
    assert_eq!(ask(&lines)[2..], ["rc=10", r#"rc=0 len=1 "\x00""#]);
}

/// Noise that is the same on every machine.
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 33
    }
}

#[test]
fn noise_harms_nothing() {
    let pieces = [
        "a", ".", "b", "(", ")", "[", "]", "{", "}", ",", ":", "?", "+", "-", "!", "&&", "||", "==", "<",
        " in ", "1", "2u", "1.5", "'x'", "\"", "'", "b'", "r'", "\\", "\\x", "\\u00e9", "é", "😀", "`", "@",
        "0x", "1e", "has(", "map(", "all(x,", "size(", "true", "null", "//", "\n", "'''", "request", "path",
        "x", "matches", "\0", "%", "/", "*", "..",
    ];
    let mut noise = Noise(7);
    let functions = [
        "uncompress",
        "declare_property",
        "set_envoy_filter_state",
        "sign",
        "verify_signature",
        "expr_evaluate",
    ];
    let mut lines = Vec::new();
    for round in 0..3_000 {
        let text: String =
            (0..noise.next() % 12).map(|_| pieces[noise.next() as usize % pieces.len()]).collect();
        lines.push(foreign("reqh", "expr_create", &text));
        let bytes: Vec<u8> = (0..noise.next() % 24).map(|_| noise.next() as u8).collect();
        lines.push(foreign("reqh", functions[round % functions.len()], &bytes));
        lines.push(foreign("reqh", "expr_evaluate", (round as u32 / 8).to_le_bytes()));
    }
    let trace = run(&lines, scenario());
    assert_eq!(answers(&trace).len(), lines.len());
    assert_eq!(trace.outcome, Outcome::Finished { status: 200 });
}

#[test]
fn damaged_keys_harm_nothing() {
    let asked: Vec<(String, String, String, String)> =
        serde_json::from_str(include_str!("signatures.json")).expect("the record is JSON");
    let mut noise = Noise(11);
    let mut lines = Vec::new();
    for (function, _, args, _) in asked.iter().chain(&asked) {
        let mut args = STANDARD.decode(args).expect("the record's bytes are base64");
        for _ in 0..=noise.next() % 3 {
            if let Some(place) = (noise.next() as usize).checked_rem(args.len()) {
                args[place] = noise.next() as u8;
            }
        }
        lines.push(foreign("reqh", function, &args));
    }
    let trace = run(&lines, scenario());
    assert_eq!(answers(&trace).len(), lines.len());
    assert_eq!(trace.outcome, Outcome::Finished { status: 200 });
}
