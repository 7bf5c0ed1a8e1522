//! What two builds cost: instructions, time, host calls and memory for each request.
//!
//! Instructions and calls are exact: one run tells. Time is not: each build runs many times, in turns, so that whatever slows
//! the machine down slows both, and a difference is one only beyond what the times scatter by themselves.

use crate::trace::Trace;
use crate::view::summary::Summary;

/// What is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Of all callbacks, in units of fuel ([`Trace::instructions`]).
    Instructions,
    /// Of the filters' own code, in nanoseconds.
    Time,
    HostCalls,
    /// Memory of all VMs at the end, in bytes.
    Memory,
}

/// How B's figure is to A's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Equal, or within what scatters anyway.
    Same,
    /// By so many in a hundred, at least 1.
    Less(u64),
    More(u64),
}

/// One figure of both builds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    pub kind: Kind,
    pub a: u64,
    pub b: u64,
    pub verdict: Verdict,
}

/// Figures of one build.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Requests of a run, at least 1.
    pub requests: u64,
    pub instructions: Option<u64>,
    pub host_calls: u64,
    pub memory: u64,
    /// Time of the filters' own code in each run, in nanoseconds.
    pub own_nanos: Vec<u64>,
}

impl Figures {
    /// Takes in a run whose instructions were counted.
    pub fn counted(&mut self, trace: &Trace) {
        let summary = Summary::new(trace, 0);
        self.requests = trace.exchanges.len().max(trace.connections.len()).max(1) as u64;
        self.instructions = summary.instructions;
        self.host_calls = summary.host_calls as u64;
        self.memory = memory(trace);
    }

    /// Takes in a run whose time counts.
    pub fn timed(&mut self, trace: &Trace) {
        self.own_nanos.push(Summary::new(trace, 0).own_nanos());
    }
}

/// What all VMs have at the end.
fn memory(trace: &Trace) -> u64 {
    let mut of_vm = std::collections::BTreeMap::new();
    for change in &trace.memory {
        of_vm.insert(change.vm, change.bytes);
    }
    of_vm.values().sum()
}

/// The figures that both have, per request.
pub fn costs(a: &Figures, b: &Figures) -> Vec<Cost> {
    let per_request = |figures: &Figures, value: u64| value / figures.requests.max(1);
    let exact =
        |kind, left: u64, right: u64| Cost { kind, a: left, b: right, verdict: compare(left, right, 0) };
    let mut costs = Vec::new();
    if let (Some(left), Some(right)) = (a.instructions, b.instructions) {
        costs.push(exact(Kind::Instructions, per_request(a, left), per_request(b, right)));
    }
    if let (Some(left), Some(right)) = (Times::of(&a.own_nanos), Times::of(&b.own_nanos)) {
        let noise = left.noise(right);
        let verdict = compare(left.median, right.median, noise);
        let (left, right) = (per_request(a, left.median), per_request(b, right.median));
        costs.push(Cost { kind: Kind::Time, a: left, b: right, verdict });
    }
    costs.push(exact(Kind::HostCalls, per_request(a, a.host_calls), per_request(b, b.host_calls)));
    costs.push(exact(Kind::Memory, a.memory, b.memory));
    costs
}

/// Differences up to `noise` are none.
fn compare(a: u64, b: u64, noise: u64) -> Verdict {
    let difference = a.abs_diff(b);
    if difference <= noise {
        return Verdict::Same;
    }
    let hundredth = (u128::from(difference) * 100 + u128::from(a) / 2) / u128::from(a.max(1));
    let hundredth = u64::try_from(hundredth).unwrap_or(u64::MAX).max(1);
    if b < a { Verdict::Less(hundredth) } else { Verdict::More(hundredth) }
}

/// Times of one build, in nanoseconds.
#[derive(Clone, Copy, Debug)]
struct Times {
    median: u64,
    /// How far the median may be off: three standard errors.
    error: f64,
}

/// A difference of less than this share of the time is never one.
const LEAST_SHARE: f64 = 0.02;

impl Times {
    fn of(times: &[u64]) -> Option<Self> {
        let middle = median(times)?;
        let away: Vec<u64> = times.iter().map(|time| time.abs_diff(middle)).collect();
        // The median absolute deviation as a standard deviation, and that of a median of so many.
        let deviation = 1.4826 * median(&away)? as f64;
        let error = 3.0 * 1.2533 * deviation / (times.len() as f64).sqrt();
        Some(Self { median: middle, error })
    }

    fn noise(self, other: Self) -> u64 {
        let both = self.error.hypot(other.error);
        both.max(self.median.max(other.median) as f64 * LEAST_SHARE) as u64
    }
}

fn median(values: &[u64]) -> Option<u64> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    sorted.get(sorted.len() / 2).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figures(times: &[u64]) -> Figures {
        Figures { requests: 1, own_nanos: times.to_vec(), ..Figures::default() }
    }

    fn time(a: &[u64], b: &[u64]) -> Verdict {
        let costs = costs(&figures(a), &figures(b));
        costs.iter().find(|cost| cost.kind == Kind::Time).expect("both have times").verdict
    }

    #[test]
    fn times_that_scatter_more_than_they_differ_are_the_same() {
        assert_eq!(time(&[100, 140, 90, 160, 120], &[110, 150, 95, 130, 170]), Verdict::Same);
    }

    #[test]
    fn times_that_differ_more_than_they_scatter_are_told_in_hundredths() {
        assert_eq!(time(&[100, 101, 99, 100, 102], &[81, 80, 82, 81, 80]), Verdict::Less(19));
        assert_eq!(time(&[100; 9], &[150; 9]), Verdict::More(50));
    }

    #[test]
    fn a_single_outlier_changes_nothing() {
        let with_outlier = [100, 100, 100, 100, 900_000, 100, 100];
        assert_eq!(time(&with_outlier, &[100; 7]), Verdict::Same);
    }

    #[test]
    fn counted_figures_differ_by_a_single_one() {
        let count =
            |instructions| Figures { requests: 1, instructions: Some(instructions), ..Figures::default() };
        let costs = costs(&count(48_210), &count(39_046));
        assert_eq!(
            costs[0],
            Cost { kind: Kind::Instructions, a: 48_210, b: 39_046, verdict: Verdict::Less(19) }
        );
        assert_eq!(super::costs(&count(1_000_000), &count(999_999))[0].verdict, Verdict::Less(1));
    }
}
