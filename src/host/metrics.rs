//! Metrics: ids belong to a VM, values to the proxy (`host-spec`, sections 2.10 and 7).

use std::collections::BTreeMap;

use bytes::Bytes;

use crate::abi::{MetricKind, Status};
use crate::trace::{MOST_SAMPLES, MetricSample, MetricValue};

/// Values of all metrics by kind and name.
#[derive(Debug, Default)]
pub struct Metrics {
    places: BTreeMap<(MetricKind, Bytes), usize>,
    metrics: Vec<Metric>,
    /// Places of those that were touched since the last request was over.
    touched: Vec<usize>,
    /// What requests left them at; the metric by its place.
    samples: Vec<(u16, usize, u64)>,
}

#[derive(Debug, Default)]
struct Metric {
    value: u64,
    is_touched: bool,
    /// The value of its last sample.
    sampled: Option<u64>,
}

/// What an update did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Update {
    pub before: u64,
    pub after: u64,
    /// A gauge went below zero.
    pub wrapped: bool,
}

impl Metrics {
    fn value(&mut self, kind: MetricKind, name: &Bytes) -> &mut u64 {
        let place = *self.places.entry((kind, name.clone())).or_insert(self.metrics.len());
        if place == self.metrics.len() {
            self.metrics.push(Metric::default());
        }
        let metric = &mut self.metrics[place];
        if !std::mem::replace(&mut metric.is_touched, true) {
            self.touched.push(place);
        }
        &mut metric.value
    }

    /// A request is over: notes what it left the metrics at.
    pub fn sample(&mut self, exchange: u16) {
        for place in self.touched.drain(..) {
            let metric = &mut self.metrics[place];
            metric.is_touched = false;
            let value = Some(metric.value);
            if std::mem::replace(&mut metric.sampled, value) != value && self.samples.len() < MOST_SAMPLES {
                self.samples.push((exchange, place, metric.value));
            }
        }
    }

    /// Makes the metric known with value 0, unless it is already.
    pub fn define(&mut self, kind: MetricKind, name: &Bytes) {
        self.value(kind, name);
    }

    /// `proxy_increment_metric`: a counter takes positive amounts, a gauge any, a histogram none.
    pub fn increment(&mut self, kind: MetricKind, name: &Bytes, delta: i64) -> Result<Update, Status> {
        let value = self.value(kind, name);
        let before = *value;
        match kind {
            MetricKind::Counter if delta > 0 => *value = value.wrapping_add_signed(delta),
            MetricKind::Gauge => *value = value.wrapping_add_signed(delta),
            MetricKind::Counter | MetricKind::Histogram => return Err(Status::BadArgument),
        }
        let wrapped = kind == MetricKind::Gauge && delta < 0 && before < delta.unsigned_abs();
        Ok(Update { before, after: *value, wrapped })
    }

    /// `proxy_record_metric`: a counter adds, a gauge is set, a histogram counts a sample.
    pub fn record(&mut self, kind: MetricKind, name: &Bytes, recorded: u64) -> Update {
        let value = self.value(kind, name);
        let before = *value;
        match kind {
            MetricKind::Counter => *value = value.wrapping_add(recorded),
            MetricKind::Gauge => *value = recorded,
            MetricKind::Histogram => *value += 1,
        }
        Update { before, after: *value, wrapped: false }
    }

    /// `proxy_get_metric`: a histogram cannot be read.
    pub fn get(&mut self, kind: MetricKind, name: &Bytes) -> Result<u64, Status> {
        match kind {
            MetricKind::Histogram => Err(Status::BadArgument),
            _ => Ok(*self.value(kind, name)),
        }
    }

    /// All metrics, sorted by name, and what requests left them at.
    pub fn all(&self) -> (Vec<MetricValue>, Vec<MetricSample>) {
        let value = |((kind, name), place): (&(MetricKind, Bytes), &usize)| {
            let name = String::from_utf8_lossy(name).into_owned();
            (*place, MetricValue { name, kind: *kind, value: self.metrics[*place].value })
        };
        let mut all: Vec<(usize, MetricValue)> = self.places.iter().map(value).collect();
        all.sort_by(|(_, a), (_, b)| a.name.cmp(&b.name));
        let mut sorted = vec![0; all.len()];
        for (metric, (place, _)) in all.iter().enumerate() {
            sorted[*place] = u32::try_from(metric).unwrap_or(u32::MAX);
        }
        let samples = self.samples.iter().map(|(exchange, place, value)| MetricSample {
            exchange: *exchange,
            metric: sorted[*place],
            value: *value,
        });
        let samples = samples.collect();
        (all.into_iter().map(|(_, metric)| metric).collect(), samples)
    }
}

/// Ids that one VM defined: the low two bits are the kind, each definition gets the next id of its kind.
#[derive(Debug, Default)]
pub struct MetricIds {
    names: BTreeMap<u32, (MetricKind, Bytes)>,
    defined: [u32; 3],
}

impl MetricIds {
    pub fn define(&mut self, kind: MetricKind, name: Bytes) -> u32 {
        let count = &mut self.defined[kind as usize];
        *count += 1;
        let id = *count * 4 + kind.number();
        self.names.insert(id, (kind, name));
        id
    }

    pub fn look_up(&self, id: u32) -> Option<(MetricKind, Bytes)> {
        self.names.get(&id).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_carry_their_kind_and_count_by_fours() {
        let mut ids = MetricIds::default();
        let name = || Bytes::from_static(b"n");
        assert_eq!(ids.define(MetricKind::Counter, name()), 4);
        assert_eq!(ids.define(MetricKind::Gauge, name()), 5);
        assert_eq!(ids.define(MetricKind::Histogram, name()), 6);
        assert_eq!(ids.define(MetricKind::Counter, name()), 8);
    }

    #[test]
    fn each_kind_has_its_own_arithmetic() {
        let mut metrics = Metrics::default();
        let name = Bytes::from_static(b"n");
        assert_eq!(metrics.increment(MetricKind::Counter, &name, 0), Err(Status::BadArgument));
        assert_eq!(metrics.increment(MetricKind::Counter, &name, -1), Err(Status::BadArgument));
        metrics.record(MetricKind::Counter, &name, 5);
        assert_eq!(metrics.get(MetricKind::Counter, &name), Ok(5));
        metrics.record(MetricKind::Gauge, &name, 3);
        let update = metrics.increment(MetricKind::Gauge, &name, -100).expect("a gauge goes down");
        assert!(update.wrapped);
        assert_eq!(update.after, u64::MAX - 96);
        assert_eq!(metrics.increment(MetricKind::Histogram, &name, 1), Err(Status::BadArgument));
        assert_eq!(metrics.get(MetricKind::Histogram, &name), Err(Status::BadArgument));
    }
}
