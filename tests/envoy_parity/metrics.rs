//! Compares metrics; a histogram with the summary that Envoy's statistics page gives.

use std::collections::{BTreeMap, BTreeSet};

use filterlab::abi::{HostCall, MetricKind};
use filterlab::trace::{EventId, EventKind, MetricValue, Part, Returned, Step, Trace};
use serde_json::Value;

use crate::compare::Differences;

const QUANTILES: &[(&str, f64)] = &[
    ("P0", 0.0),
    ("P25", 0.25),
    ("P50", 0.5),
    ("P75", 0.75),
    ("P90", 0.9),
    ("P95", 0.95),
    ("P99", 0.99),
    ("P99.5", 0.995),
    ("P99.9", 0.999),
    ("P100", 1.0),
];

pub fn compare(out: &mut Differences, expected: &BTreeMap<String, Value>, trace: &Trace) {
    let shutdown = shutdown(trace);
    let (samples, defined) = samples(trace, shutdown);
    // Envoy's page has one line for each metric; of metrics with the same name the recording keeps one.
    let got: Vec<(String, Value)> = trace
        .metrics
        .iter()
        .filter(|metric| defined.contains(&metric.name))
        .map(|metric| {
            let value = match metric.kind {
                MetricKind::Histogram => {
                    Value::from(summary(samples.get(&metric.name).map_or(&[], Vec::as_slice)))
                }
                MetricKind::Counter | MetricKind::Gauge => Value::from(value_at(trace, metric, shutdown)),
            };
            let name = if metric.name.is_empty() { "wasmcustom" } else { &metric.name };
            (name.to_owned(), value)
        })
        .collect();
    for (name, value) in expected {
        let own: Vec<&Value> =
            got.iter().filter(|(found, _)| found == name).map(|(_, value)| value).collect();
        if !own.contains(&value) {
            out.add(format!("metrics.{name}"), value.to_string(), format!("{own:?}"));
        }
    }
    for (name, value) in got.iter().filter(|(name, _)| !expected.contains_key(name)) {
        out.add(format!("metrics.{name}"), "no such metric", value.to_string());
    }
}

/// Recordings have the metrics of the moment before Envoy goes down.
fn shutdown(trace: &Trace) -> Option<EventId> {
    let mut events = trace.numbered();
    events.find_map(|(id, event)| matches!(event.kind, EventKind::Step(Step::Shutdown)).then_some(id))
}

/// The value of a counter or gauge before `end`.
fn value_at(trace: &Trace, metric: &MetricValue, end: Option<EventId>) -> u64 {
    let is_later = |event| end.is_some_and(|end| event > end);
    let mut changes = trace.changes().iter().filter(|change| change.part == Part::Metric);
    let later = changes.find(|change| is_later(change.event) && change.name == metric.name.as_bytes());
    let before = later.and_then(|change| String::from_utf8_lossy(change.before.as_ref()?).parse().ok());
    before.unwrap_or(metric.value)
}

/// What was recorded into each histogram before `end`, in order, and the names of all metrics that there were.
fn samples(trace: &Trace, end: Option<EventId>) -> (BTreeMap<String, Vec<u64>>, BTreeSet<String>) {
    let mut names: BTreeMap<u64, String> = BTreeMap::new();
    let mut samples: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    for (id, event) in trace.numbered().take_while(|(id, _)| end.is_none_or(|end| *id < end)) {
        let EventKind::Call { call, returned: Returned::Number(0), .. } = event.kind else { continue };
        match (call, trace.args(id)) {
            (HostCall::DefineMetric, _) => {
                let bytes = |param| trace.payload(id, param).map(|(_, bytes)| bytes.to_vec());
                if let (Some(name), Some(number)) = (bytes(1), bytes(2))
                    && let Ok(number) = <[u8; 4]>::try_from(number)
                {
                    let name = String::from_utf8_lossy(&name).trim_end_matches('.').to_owned();
                    names.insert(u32::from_le_bytes(number).into(), name);
                }
            }
            // The low two bits of an id are its kind.
            (HostCall::RecordMetric, [metric, value, ..]) if metric % 4 == 2 => {
                if let Some(name) = names.get(metric) {
                    samples.entry(name.clone()).or_default().push(*value);
                }
            }
            _ => {}
        }
    }
    (samples, names.into_values().collect())
}

/// Quantiles of samples that lie in bins of two significant digits, evenly spread within each bin, as Envoy's
/// histogram library has it. The interval part is `nan`: nothing was recorded since the last flush.
fn summary(samples: &[u64]) -> String {
    if samples.is_empty() {
        return "No recorded values".to_owned();
    }
    // In tenths: the bins of numbers below 10 are a tenth wide. The library takes numbers as signed; nought has a bin of
    // its own without any width.
    let mut bins: BTreeMap<(i64, i64), usize> = BTreeMap::new();
    for sample in samples {
        let signed = sample.cast_signed();
        let (tenths, mut width) = (signed.saturating_abs().saturating_mul(10), 1);
        while tenths / width >= 100 {
            width *= 10;
        }
        let start = tenths / width * width;
        let bin = match signed.signum() {
            0 => (0, 0),
            1 => (start, width),
            _ => (-start - width, width),
        };
        *bins.entry(bin).or_default() += 1;
    }
    let quantile = |q: f64| {
        let wanted = ((q * samples.len() as f64).ceil() as usize).max(1);
        let mut before = 0;
        for ((start, width), count) in &bins {
            if before + count >= wanted {
                let part = (wanted - before) as f64 / (*count as f64 + 1.0);
                return *start as f64 / 10.0 + *width as f64 / 10.0 * part;
            }
            before += count;
        }
        f64::NAN
    };
    let parts: Vec<String> =
        QUANTILES.iter().map(|(name, q)| format!("{name}(nan,{})", quantile(*q))).collect();
    parts.join(" ")
}
