//! How much memory the VMs of a run have after each request, and whether they leak.
//!
//! Linear memory comes in pages of 64 KiB and never becomes less, so a filter that leaks a little shows a step now and
//! then, and one whose garbage collector has found its size shows none any more. Both begin with steps.

use std::ops::Range;

use crate::trace::{ClosedBy, EventId, MemoryChange, Outcome, Trace};

/// A page of linear memory, in bytes (WebAssembly's core specification).
pub const PAGE: u64 = 64 << 10;
/// Fewer requests than this tell nothing.
pub const LEAST_REQUESTS: usize = 10;
/// Most points of a curve.
const MOST_POINTS: usize = 512;

/// The memory of all VMs of a run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Memory {
    /// In the order in which they were made.
    pub vms: Vec<VmMemory>,
    /// Requests, or TCP connections, of the run.
    pub requests: usize,
}

/// The memory of one VM.
#[derive(Clone, Debug, PartialEq)]
pub struct VmMemory {
    /// Number of the VM in the run, from 0.
    pub vm: u16,
    /// Place in the chain of the filter for which it was made.
    pub filter: u16,
    /// What it had from an event on.
    pub versions: Vec<(EventId, MemoryVersion)>,
    /// What it had before the first request that it served, in bytes.
    pub start: u64,
    /// The first request that it served, from 0.
    pub first: usize,
    /// What it had after each of them, up to the one in which it failed, in bytes.
    pub after: Vec<u64>,
    pub verdict: Verdict,
}

/// What a VM had from some moment on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemoryVersion {
    pub bytes: u64,
    /// The request or TCP connection in or after which it came to that, from 0; `None`: before the first.
    pub exchange: Option<u16>,
}

/// Whether a VM leaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// There were too few requests to tell.
    TooFew { requests: usize },
    /// It has not grown for as many requests, which are at least half of them. `hidden`: a leak of less than so many bytes
    /// for each request would not show.
    Steady { requests: usize, hidden: u64 },
    /// It has grown not long ago, but not as a leak would: last with this request, from 1, by so many bytes.
    Unclear { request: usize, bytes: u64 },
    /// It grows with the requests, by so many bytes for each.
    Grows { per_request: u64 },
    /// It failed in this request, from 1, and served none after it. `per_request`: by how many bytes it grew with each of
    /// those before, if it did.
    Failed { request: usize, per_request: Option<u64> },
}

impl Memory {
    pub fn new(trace: &Trace) -> Self {
        let requests = trace.exchanges.len().max(trace.connections.len());
        let mut changes: Vec<(u16, Vec<&MemoryChange>)> = Vec::new();
        for change in &trace.memory {
            match changes.iter_mut().rev().find(|(vm, _)| *vm == change.vm) {
                Some((_, of_vm)) => of_vm.push(change),
                None => changes.push((change.vm, vec![change])),
            }
        }
        let place = |change: &MemoryChange| change.exchange.map(usize::from);
        let vms = changes.iter().enumerate().map(|(index, (vm, of_vm))| {
            let made = of_vm[0];
            // A VM that was made anew for a filter takes the place of its last one.
            let successor = changes[index + 1..].iter().map(|(_, later)| later[0]);
            let end = successor.filter(|later| later.filter == made.filter && later.exchange.is_some());
            let end = end.filter_map(place).next().unwrap_or(requests);
            let first = place(made).unwrap_or_default();
            // Of a filter without a VM of its own it is not known whose it shares.
            let has_own = |filter: u16| changes.iter().any(|(_, of_vm)| of_vm[0].filter == filter);
            let is_of = |filter: u16| filter == made.filter || !has_own(filter);
            let served = Served::new(trace, first..end.min(requests), is_of);
            VmMemory::new(*vm, of_vm, &served)
        });
        Self { vms: vms.collect(), requests }
    }

    /// The VM whose verdict is the worst; of equals, the one that has most.
    pub fn worst(&self) -> Option<&VmMemory> {
        let rank = |verdict: Verdict| match verdict {
            Verdict::Failed { per_request, .. } => (4, per_request.unwrap_or_default()),
            Verdict::Grows { per_request } => (3, per_request),
            Verdict::Unclear { bytes, .. } => (2, bytes),
            Verdict::TooFew { .. } => (1, 0),
            Verdict::Steady { .. } => (0, 0),
        };
        self.vms.iter().max_by_key(|vm| (rank(vm.verdict), vm.end()))
    }
}

/// The requests that came to a VM.
struct Served {
    /// Up to the one in which it failed.
    requests: Range<usize>,
    failed: Option<usize>,
    /// Those that the proxy answered, because another filter had failed.
    kept_away: Vec<usize>,
}

impl Served {
    /// Of `requests`, which were sent while the VM was there; `is_of`: whether it is that of a filter.
    fn new(trace: &Trace, requests: Range<usize>, is_of: impl Fn(u16) -> bool) -> Self {
        let fails = |outcome: &Outcome| outcome.failed_filter().is_some_and(&is_of);
        let outcome = |place: usize| trace.exchanges.get(place).map(|_| trace.outcome_of(place));
        let is_for_failed = |place: &usize| outcome(*place).is_some_and(Outcome::is_for_failed_filter);
        let breaks = |place: &usize| match trace.connections.get(*place).and_then(|one| one.closed_by) {
            Some(ClosedBy::Failure(filter)) => is_of(filter),
            Some(_) => false,
            None => outcome(*place).is_some_and(fails),
        };
        let failed = requests.clone().find(breaks).or_else(|| {
            // Between two requests, in a timer's callback: the next one shows it.
            requests.clone().find(is_for_failed).filter(|_| fails(&trace.outcome))
        });
        let requests = requests.start..failed.map_or(requests.end, |place| place + 1);
        let kept_away = requests.clone().filter(is_for_failed).collect();
        Self { requests, failed, kept_away }
    }

    fn verdict(&self, start: u64, after: &[u64]) -> Verdict {
        let came = self.requests.clone().zip(after);
        let judged = came
            .filter(|(place, _)| self.failed != Some(*place) && self.kept_away.binary_search(place).is_err());
        let judged: Vec<u64> = judged.map(|(_, bytes)| *bytes).collect();
        let verdict = verdict(start, &judged);
        let Some(failed) = self.failed else { return verdict };
        let per_request = match verdict {
            Verdict::Grows { per_request } => Some(per_request),
            _ => None,
        };
        Verdict::Failed { request: failed + 1, per_request }
    }
}

impl VmMemory {
    fn new(vm: u16, changes: &[&MemoryChange], served: &Served) -> Self {
        let made = changes[0];
        let Range { start: first, end } = served.requests;
        let mut bytes = made.bytes;
        let mut changes_left = changes.iter().peekable();
        let mut start = bytes;
        let mut after = Vec::with_capacity(end.saturating_sub(first));
        // What it took while it started belongs to no request, also where it was started by one.
        while let Some(change) = changes_left.next_if(|change| change.exchange.is_none()) {
            (bytes, start) = (change.bytes, change.bytes);
        }
        for request in first..end {
            while let Some(change) =
                changes_left.next_if(|change| change.exchange.is_some_and(|at| usize::from(at) <= request))
            {
                bytes = change.bytes;
            }
            after.push(bytes);
        }
        Self {
            vm,
            filter: made.filter,
            versions: changes
                .iter()
                .map(|change| {
                    (change.event, MemoryVersion { bytes: change.bytes, exchange: change.exchange })
                })
                .collect(),
            start,
            first,
            verdict: served.verdict(start, &after),
            after,
        }
    }

    /// What it had at the end, in bytes.
    pub fn end(&self) -> u64 {
        self.versions.last().map_or(self.start, |(_, version)| version.bytes)
    }

    /// How much more it had after all requests than before the first, in bytes.
    pub fn grown(&self) -> u64 {
        self.after.last().map_or(0, |last| last.saturating_sub(self.start))
    }

    /// What it had after the requests, as points of a curve: number of the request, from 1, and bytes. Before them all it
    /// is request 0. Few enough to be drawn in every frame.
    pub fn curve(&self) -> Vec<[f64; 2]> {
        let first = [self.first as f64, self.start as f64];
        let points = self.after.iter().enumerate().map(|(place, bytes)| {
            let request = self.first + place + 1;
            [request as f64, *bytes as f64]
        });
        thin(std::iter::once(first).chain(points).collect())
    }
}

/// At most about [`MOST_POINTS`] points, the first and the last among them.
pub(super) fn thin(points: Vec<[f64; 2]>) -> Vec<[f64; 2]> {
    let step = points.len().div_ceil(MOST_POINTS).max(1);
    let last = points.last().copied();
    let mut thinned: Vec<[f64; 2]> = points.into_iter().step_by(step).collect();
    if thinned.last() != last.as_ref() {
        thinned.extend(last);
    }
    thinned
}

/// What the memory after each request, and before the first, says of a leak.
///
/// The first tenth of the requests is taken for warming up. Growth in the second half is what makes a suspicion:
/// - none: steady, whatever came before, as with a garbage collector that has found its size;
/// - at least two steps, and no longer rest after the last one than three of the steps between them: a leak. Its size is
///   the slope of a straight line through what was there after each request;
/// - steps that become rarer and larger, one or two in each of the last three doublings of the number of requests, which make the
///   memory at least four times as large: a leak in an allocator that doubles what it has (TinyGo's, for one);
/// - anything else is left open.
pub fn verdict(start: u64, after: &[u64]) -> Verdict {
    let requests = after.len();
    if requests < LEAST_REQUESTS {
        return Verdict::TooFew { requests };
    }
    let before = |place: usize| place.checked_sub(1).map_or(start, |place| after[place]);
    let grows = |place: &usize| after[*place] > before(*place);
    let warm = (requests / 10).max(1);
    let steps: Vec<usize> = (warm..requests).filter(grows).collect();
    let Some(last) = steps.last().copied().filter(|last| *last >= requests / 2) else {
        let rest = requests - 1 - (0..requests).rev().find(grows).unwrap_or_default();
        let rest = rest.max(requests - requests / 2);
        return Verdict::Steady { requests: rest, hidden: PAGE / rest as u64 };
    };
    let rest = requests - 1 - last;
    let recent = steps.iter().filter(|step| **step >= requests / 2).count();
    let between = (last - warm).max(1) as f64 / steps.len() as f64;
    let goes_on = recent >= 2 && rest as f64 <= 3.0 * between.max(1.0);
    let octaves = [(2, 1), (4, 2), (8, 4)].map(|(from, to)| requests / from..requests / to);
    let doubles = recent <= 2
        && octaves.iter().all(|octave| steps.iter().any(|step| octave.contains(step)))
        && after[requests - 1] >= before(requests / 8).saturating_mul(4);
    if goes_on || doubles {
        let per_request = slope(&after[warm..]).max(1.0);
        return Verdict::Grows { per_request: per_request.round() as u64 };
    }
    Verdict::Unclear { request: last + 1, bytes: after[last] - before(last) }
}

/// Slope of the straight line that fits best, by least squares.
fn slope(values: &[u64]) -> f64 {
    let count = values.len() as f64;
    let middle = (count - 1.0) / 2.0;
    let mean = values.iter().map(|value| *value as f64).sum::<f64>() / count;
    let mut upper = 0.0;
    let mut lower = 0.0;
    for (place, value) in values.iter().enumerate() {
        let x = place as f64 - middle;
        upper += x * (*value as f64 - mean);
        lower += x * x;
    }
    if lower > 0.0 { upper / lower } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Memory after each of `requests`, of a filter that needs so many bytes then.
    fn pages(requests: usize, needs: impl Fn(usize) -> u64) -> Vec<u64> {
        (0..requests).map(|request| needs(request).div_ceil(PAGE) * PAGE).collect()
    }

    fn of(requests: usize, needs: impl Fn(usize) -> u64) -> Verdict {
        verdict(PAGE, &pages(requests, needs))
    }

    #[test]
    fn fewer_than_ten_requests_tell_nothing() {
        assert_eq!(of(9, |request| request as u64 * PAGE), Verdict::TooFew { requests: 9 });
    }

    #[test]
    fn a_page_for_each_request_is_a_leak_of_a_page() {
        assert_eq!(of(10, |request| (request as u64 + 1) * PAGE), Verdict::Grows { per_request: PAGE });
    }

    #[test]
    fn a_leak_of_less_than_a_page_shows_in_steps_and_its_size_is_the_slope() {
        for (requests, leak) in [(100, 16 << 10), (1_000, 1 << 10), (10_000, 100)] {
            let Verdict::Grows { per_request } = of(requests, |request| request as u64 * leak) else {
                panic!("{requests} requests of {leak} B");
            };
            let error = per_request.abs_diff(leak) as f64 / leak as f64;
            assert!(error < 0.1, "{per_request} B instead of {leak} B");
        }
    }

    #[test]
    fn memory_that_never_grows_is_steady_and_says_what_would_not_show() {
        assert_eq!(of(1_000, |_| PAGE), Verdict::Steady { requests: 999, hidden: 65 });
    }

    #[test]
    fn growth_while_warming_up_that_stops_is_steady() {
        let warm = of(100, |request| PAGE * (1 + request.min(20) as u64));
        assert_eq!(warm, Verdict::Steady { requests: 79, hidden: PAGE / 79 });
    }

    #[test]
    fn a_garbage_collector_that_found_its_size_is_no_leak() {
        // It doubles its heap now and then, until what lives fits in.
        let collector = |request: usize| match request {
            0..5 => 1 << 20,
            5..20 => 2 << 20,
            20..45 => 4 << 20,
            _ => 8 << 20,
        };
        for requests in [100, 1_000, 10_000] {
            assert!(matches!(of(requests, collector), Verdict::Steady { .. }), "{requests} requests");
        }
    }

    #[test]
    fn one_late_step_is_left_open() {
        let late = of(100, |request| if request < 70 { PAGE } else { 3 * PAGE });
        assert_eq!(late, Verdict::Unclear { request: 71, bytes: 2 * PAGE });
    }

    #[test]
    fn steps_that_ended_long_ago_are_left_open() {
        // One step after the other until request 60 of 100.
        let ended = of(100, |request| PAGE * (1 + request.min(60) as u64));
        assert_eq!(ended, Verdict::Unclear { request: 61, bytes: PAGE });
    }

    #[test]
    fn a_leak_in_an_allocator_that_doubles_is_found() {
        let doubling = |request: usize| ((request as u64 + 1) * 4096).next_power_of_two().max(PAGE);
        assert!(matches!(of(1_000, doubling), Verdict::Grows { .. }), "{:?}", of(1_000, doubling));
        assert!(matches!(of(9_000, doubling), Verdict::Grows { .. }), "{:?}", of(9_000, doubling));
    }

    #[test]
    fn a_curve_has_few_points_and_keeps_its_ends() {
        let points: Vec<[f64; 2]> = (0..10_001).map(|x| [f64::from(x), 1.0]).collect();
        let thinned = thin(points);
        assert!(thinned.len() <= MOST_POINTS + 1, "{}", thinned.len());
        assert_eq!((thinned[0][0], thinned[thinned.len() - 1][0]), (0.0, 10_000.0));
    }
}
