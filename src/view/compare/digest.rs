//! What is left of a run when its trace is not kept: enough to tell whether another one did the same.

use std::hash::{DefaultHasher, Hash, Hasher};

use crate::trace::{EventKind, Returned, Trace};

/// Hashes of what a run did, by what people look at. Equal runs have equal digests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Digest {
    outcome: u64,
    request: u64,
    reply: u64,
    calls: u64,
    logs: u64,
    findings: u64,
    metrics: u64,
}

/// In what two runs differ.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Differs {
    pub outcome: bool,
    /// What the upstream got.
    pub request: bool,
    /// What the client got.
    pub reply: bool,
    pub calls: bool,
    pub logs: bool,
    pub findings: bool,
    pub metrics: bool,
}

impl Differs {
    pub fn any(self) -> bool {
        self != Self::default()
    }

    /// Somebody outside the filters sees it.
    pub fn in_output(self) -> bool {
        self.outcome || self.request || self.reply
    }
}

fn hash(write: impl FnOnce(&mut DefaultHasher)) -> u64 {
    let mut hasher = DefaultHasher::new();
    write(&mut hasher);
    hasher.finish()
}

impl Digest {
    pub fn new(trace: &Trace) -> Self {
        let sent = |hasher: &mut DefaultHasher, sent: Option<&crate::trace::Sent>| {
            let Some(sent) = sent else { return hasher.write_u8(0) };
            let maps = [Some(&sent.headers), sent.trailers.as_ref()];
            for map in maps {
                hasher.write_u8(u8::from(map.is_some()));
                for header in map.into_iter().flat_map(|map| map.entries()) {
                    (&header.name[..], &header.value[..]).hash(hasher);
                }
            }
            (&sent.body[..], sent.complete, sent.reset).hash(hasher);
        };
        Self {
            outcome: hash(|hasher| {
                let ends = trace.exchanges.iter().filter_map(|exchange| exchange.outcome.as_ref());
                for end in ends.chain([&trace.outcome]) {
                    outcome(end, hasher);
                }
            }),
            request: hash(|hasher| {
                trace.exchanges.iter().for_each(|exchange| sent(hasher, exchange.upstream.as_ref()));
                for peer in trace.connections.iter().filter_map(|found| found.upstream.as_ref()) {
                    peer.received.hash(hasher);
                }
            }),
            reply: hash(|hasher| {
                trace.exchanges.iter().for_each(|exchange| sent(hasher, exchange.downstream.as_ref()));
                trace.connections.iter().for_each(|found| found.client.received.hash(hasher));
            }),
            calls: hash(|hasher| calls(trace, hasher)),
            logs: hash(|hasher| {
                trace.logs().for_each(|line| (line.level.name(), line.message).hash(hasher));
            }),
            findings: hash(|hasher| {
                trace.findings().for_each(|(_, finding)| format!("{finding:?}").hash(hasher));
            }),
            metrics: hash(|hasher| {
                trace.metrics.iter().for_each(|metric| (&metric.name, metric.value).hash(hasher));
            }),
        }
    }

    /// In what the run of another digest differs from this one's.
    pub fn differs(&self, other: &Self) -> Differs {
        Differs {
            outcome: self.outcome != other.outcome,
            request: self.request != other.request,
            reply: self.reply != other.reply,
            calls: self.calls != other.calls,
            logs: self.logs != other.logs,
            findings: self.findings != other.findings,
            metrics: self.metrics != other.metrics,
        }
    }
}

/// What somebody sees of an end; of a trap not the place in the code, which every build has elsewhere.
fn outcome(outcome: &crate::trace::Outcome, hasher: &mut DefaultHasher) {
    use crate::trace::Outcome;
    outcome.kind().hash(hasher);
    match outcome {
        Outcome::Trapped(trap) => (trap.callback.name(), &trap.message).hash(hasher),
        Outcome::Refused { reason, .. } => reason.to_string().hash(hasher),
        other => format!("{other:?}").hash(hasher),
    }
}

/// Calls with what they read and wrote. Arguments that are addresses in the guest's memory differ from build to build.
fn calls(trace: &Trace, hasher: &mut DefaultHasher) {
    for (id, event) in trace.numbered() {
        match event.kind {
            EventKind::Call { call, returned, .. } => {
                call.name().hash(hasher);
                match returned {
                    Returned::Number(number) => number.hash(hasher),
                    Returned::Nothing => hasher.write_u8(1),
                    Returned::Never => hasher.write_u8(2),
                }
                for (payload, bytes) in trace.payloads(id) {
                    (payload.param, bytes).hash(hasher);
                }
            }
            EventKind::Callback { callback, result, failed, .. } => {
                (callback.name(), result, failed).hash(hasher);
            }
            _ => {}
        }
    }
}
