//! Compares metrics; a histogram with the summary that Envoy's statistics page gives.

use std::collections::BTreeMap;

use filterlab::abi::{HostCall, MetricKind};
use filterlab::trace::{EventKind, Returned, Trace};
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
    let samples = samples(trace);
    // Envoy's page has one line for each metric; of metrics with the same name the recording keeps one.
    let got: Vec<(String, Value)> = trace
        .metrics
        .iter()
        .map(|metric| {
            let value = match metric.kind {
                MetricKind::Histogram => {
                    Value::from(summary(samples.get(&metric.name).map_or(&[], Vec::as_slice)))
                }
                MetricKind::Counter | MetricKind::Gauge => Value::from(metric.value),
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

/// What was recorded into each histogram, in order.
fn samples(trace: &Trace) -> BTreeMap<String, Vec<u64>> {
    let mut names: BTreeMap<u64, String> = BTreeMap::new();
    let mut samples: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    for (id, event) in trace.numbered() {
        let EventKind::Call { call, returned: Returned::Number(0), .. } = event.kind else { continue };
        match (call, trace.args(id)) {
            (HostCall::DefineMetric, _) => {
                let bytes = |param| trace.payload(id, param).map(|(_, bytes)| bytes.to_vec());
                if let (Some(name), Some(number)) = (bytes(1), bytes(2))
                    && let Ok(number) = <[u8; 4]>::try_from(number)
                {
                    let name = String::from_utf8_lossy(&name).into_owned();
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
    samples
}

/// Quantiles of samples that lie in bins of two significant digits, evenly spread within each bin, as Envoy's
/// histogram library has it. The interval part is `nan`: nothing was recorded since the last flush.
fn summary(samples: &[u64]) -> String {
    if samples.is_empty() {
        return "No recorded values".to_owned();
    }
    // In tenths: the bins of numbers below 10 are a tenth wide.
    let mut bins: BTreeMap<(u64, u64), usize> = BTreeMap::new();
    for sample in samples {
        let (tenths, mut width) = (sample.saturating_mul(10), 1);
        while tenths / width >= 100 {
            width *= 10;
        }
        *bins.entry((tenths / width * width, width)).or_default() += 1;
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
