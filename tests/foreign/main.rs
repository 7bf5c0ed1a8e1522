//! Envoy's foreign functions, property by property and byte by byte: what Envoy 1.40 answered when it was asked.

mod expressions;
mod hostile;
mod properties;
mod signatures;
mod state;

use std::sync::Arc;

use filterlab::host::{Compiler, Engine, Module, StopHandle};
use filterlab::run::{Plan, execute};
use filterlab::scenario::{Filter, Scenario};
use filterlab::trace::{Channel, Finding, Trace};

/// A filter that runs a script: its plugin configuration.
const PROBE: &[u8] = include_bytes!("../envoy_parity/filters/probe/probe.wasm");

/// Bytes as the probe's scripts write them.
fn quoted(bytes: impl AsRef<[u8]>) -> String {
    let mut text = String::from("\"");
    for byte in bytes.as_ref() {
        match byte {
            b'"' | b'\\' => text.push_str(&format!("\\x{byte:02x}")),
            32..=126 => text.push(char::from(*byte)),
            _ => text.push_str(&format!("\\x{byte:02x}")),
        }
    }
    text + "\""
}

/// A line of a script that calls a foreign function.
fn foreign(event: &str, function: &str, args: impl AsRef<[u8]>) -> String {
    format!("{event} foreign \"{function}\" {}", quoted(args))
}

/// A line of a script that reads a property; dots stand between segments.
fn property(event: &str, path: &str) -> String {
    format!("{event} prop {}", quoted(path.replace('.', "\0")))
}

fn scenario() -> Scenario {
    let mut scenario = Scenario::default();
    scenario.request.url = "http://example.com/p?q=1".into();
    scenario.request.headers = vec![filterlab::scenario::HeaderLine::new("x-a", "1")];
    scenario.reply.body = "world".into();
    // Hundreds of questions in one callback, without optimisation, on a busy machine.
    scenario.limits.request_ms = 120_000;
    scenario.limits.start_ms = 120_000;
    scenario
}

fn probe() -> Arc<Module> {
    let engine = Engine::new(Compiler::default()).expect("an engine can be made");
    Module::compile(&engine, PROBE).expect("the probe loads")
}

/// Runs the probe with these lines in a scenario.
fn run(lines: &[String], mut scenario: Scenario) -> Trace {
    let filter = Filter { name: "pn".into(), plugin_config: lines.join("\n").into(), ..Filter::default() };
    scenario.chain = vec![filter];
    let plan = Plan::new(&scenario, vec![probe()]).expect("the scenario is complete");
    execute(&plan, &StopHandle::default())
}

/// The answers of the probe's host calls, such as `rc=0 len=1 "x"`, in order.
fn answers(trace: &Trace) -> Vec<String> {
    let own = trace.logs().filter(|line| line.channel != Channel::Host);
    own.filter_map(|line| {
        let text = String::from_utf8_lossy(line.message).into_owned();
        Some(text.strip_prefix("R ")?.rsplit_once(" -> ")?.1.to_owned())
    })
    .collect()
}

fn ask(lines: &[String]) -> Vec<String> {
    answers(&run(lines, scenario()))
}

fn findings(trace: &Trace) -> Vec<Finding> {
    trace.findings().map(|(_, finding)| finding).collect()
}

/// A length-delimited protobuf field, left out when empty.
fn field(number: u8, bytes: impl AsRef<[u8]>) -> Vec<u8> {
    let bytes = bytes.as_ref();
    if bytes.is_empty() {
        return Vec::new();
    }
    let mut out = vec![number << 3 | 2];
    let mut length = bytes.len();
    while length >= 0x80 {
        out.push((length & 0x7f) as u8 | 0x80);
        length >>= 7;
    }
    out.push(length as u8);
    out.extend(bytes);
    out
}
