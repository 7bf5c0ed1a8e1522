//! A finished run in the terms of the recordings: log lines and call trees, by request.

use std::collections::BTreeMap;

use filterlab::abi::{LogLevel, Namespace};
use filterlab::host::FilterSetup;
use filterlab::trace::{Channel, EventId, EventKind, Finding, LogLine, Returned, Step, StreamAction, Trace};

use crate::case::{Call, Line};

/// What one stage of a run left behind: the start, one request, or the shutdown.
#[derive(Debug, Default)]
pub struct Stage {
    pub lines: Vec<Line>,
    pub calls: Vec<Call>,
    /// The client gave up.
    pub client_left: bool,
    /// The proxy reset the stream.
    pub was_reset: bool,
    /// The end of a request with a body or trailers came.
    pub request_ended: bool,
    pub findings: Vec<Finding>,
    /// How many lines came before the first finding.
    pub lines_before_finding: Option<usize>,
    /// Callouts, by their places in the trace.
    pub callouts: Vec<usize>,
}

#[derive(Debug, Default)]
pub struct Observed {
    pub startup: Stage,
    pub exchanges: Vec<Stage>,
    pub shutdown: Stage,
}

impl Observed {
    pub fn new(trace: &Trace, chain: &[FilterSetup], level: LogLevel) -> Self {
        let shown = trace.logs().filter(|line| line.channel != Channel::Host && line.level >= level);
        let line = |line: LogLine| Line {
            level: line.level.name().to_owned(),
            msg: shown_text(line.message),
            filter: Some(line.filter),
        };
        let lines = shown.map(|found| (found.event, line(found))).collect();
        let reader = Reader { trace, chain, lines };
        let mut observed = Self::default();
        let mut shutting_down = false;
        for (id, event) in trace.numbered() {
            match event.kind {
                EventKind::Step(Step::RequestHeaders { .. } | Step::Connect) => {
                    observed.exchanges.push(Stage::default())
                }
                EventKind::Step(Step::Shutdown) => shutting_down = true,
                _ => {}
            }
            let stage = match (shutting_down, observed.exchanges.last_mut()) {
                (true, _) => &mut observed.shutdown,
                (false, Some(exchange)) => exchange,
                (false, None) => &mut observed.startup,
            };
            match event.kind {
                EventKind::Step(Step::RequestTrailers | Step::RequestBody { end_of_stream: true, .. }) => {
                    stage.request_ended = true
                }
                EventKind::Step(Step::ClientLeft) => stage.client_left = true,
                EventKind::Stream(StreamAction::Reset { .. }) => stage.was_reset = true,
                EventKind::Finding(finding) => {
                    stage.findings.push(finding);
                    stage.lines_before_finding.get_or_insert(stage.lines.len());
                }
                EventKind::Log { .. } => stage.lines.extend(reader.lines.get(&id).cloned()),
                EventKind::Call { .. } => {
                    let made = trace.callouts.iter().enumerate().filter(|(_, callout)| callout.event == id);
                    stage.callouts.extend(made.map(|(place, _)| place));
                }
                EventKind::Callback { .. } if event.parent.is_none() => stage.calls.extend(reader.call(id)),
                _ => {}
            }
        }
        observed
    }
}

struct Reader<'a> {
    trace: &'a Trace,
    chain: &'a [FilterSetup],
    /// Lines that filters wrote and that pass the level.
    lines: BTreeMap<EventId, Line>,
}

impl Reader<'_> {
    /// A callback or host call with everything inside it.
    fn call(&self, id: EventId) -> Option<Call> {
        let event = self.trace.event(id)?;
        let mut node = Call {
            callback: None,
            function: None,
            args: self.trace.args(id).to_vec(),
            ret: None,
            log: Vec::new(),
            host: Vec::new(),
            filter: None,
        };
        match event.kind {
            EventKind::Callback { callback, filter, result, .. } => {
                node.callback = Some(callback.name().to_owned());
                node.ret = result.map(u64::from);
                node.filter = Some(filter);
            }
            EventKind::Call { call, returned, .. } => {
                node.function = Some(match call.spec().namespace {
                    Namespace::Env => call.name().to_owned(),
                    Namespace::Wasi => format!("{}.{}", self.wasi_module(call.name()), call.name()),
                });
                node.ret = match returned {
                    Returned::Number(number) => Some(number.into()),
                    Returned::Nothing | Returned::Never => None,
                };
            }
            _ => return None,
        }
        for (child, _) in self.trace.children(id) {
            node.log.extend(self.lines.get(&child).map(|line| line.msg.clone()));
            node.host.extend(self.call(child));
        }
        Some(node)
    }

    /// The module name under which the filters import a WASI function.
    fn wasi_module(&self, name: &str) -> &str {
        let imports = self.chain.iter().flat_map(|setup| &setup.module.facts().imports);
        let found = imports.filter(|import| import.name == name).find(|import| import.module != "env");
        found.map_or("wasi_snapshot_preview1", |import| &import.module)
    }
}

/// Log bytes as the recordings show them: UTF-8, and `\xNN` for every byte that is none.
fn shown_text(bytes: &[u8]) -> String {
    let mut text = String::new();
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        for byte in chunk.invalid() {
            text.push_str(&format!("\\x{byte:02x}"));
        }
    }
    text
}
