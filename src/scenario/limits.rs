//! Limits that keep a filter from harming the machine it is tried on.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Each limit, when it is reached, ends the run with an outcome that names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Limits {
    /// Time that the guests may run for one request, in milliseconds. Envoy has no such limit.
    pub request_ms: u64,
    /// Time that the guests may run while they start, in milliseconds.
    pub start_ms: u64,
    /// Linear memory of one VM, in MiB; 1024 as in Envoy. Growing beyond answers -1; a filter that
    /// fails after that ends the run, one that goes on is told of by a finding.
    pub memory_mib: u64,
    /// Events in the trace.
    pub events: u64,
    /// Log text, in KiB.
    pub log_kib: u64,
    /// Time on the virtual clock after which a client gives up, in milliseconds.
    pub client_ms: u64,
    #[serde(flatten)]
    pub unknown: Map<String, Value>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            request_ms: 2_000,
            start_ms: 10_000,
            memory_mib: 1_024,
            events: 200_000,
            log_kib: 16 << 10,
            client_ms: 15_000,
            unknown: Map::new(),
        }
    }
}
