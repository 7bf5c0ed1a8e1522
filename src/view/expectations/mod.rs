//! Whether a run shows what its scenario expects.
//!
//! Each [`Expectation`] gets a [`Verdict`]: whether it is met, and what was found. Rules are those of
//! `scenario::expectation`; words are in `sentences::expectation`.

mod test;
mod values;

use serde_json::Value;
use serde_json_path::JsonPath;

pub use self::values::Found;

use self::test::Tests;
use self::values::{Values, Window};
use crate::scenario::{Expectation, Scenario, Subject};
use crate::trace::Trace;

/// Most values that a verdict keeps.
const MOST_FOUND: usize = 8;
/// Most values that one expectation is tried on.
const MOST_VALUES: usize = 1_000_000;

/// What became of an expectation.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    pub state: State,
    /// The request that decided, from 0, where several were looked at.
    pub request: Option<usize>,
    /// The first values that the expectation is about; of one that is met, those that passed its tests.
    pub found: Vec<Found>,
    /// How many there are.
    pub count: usize,
}

/// Whether it is met.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    Met,
    NotMet,
    /// It is off.
    Off,
    /// It cannot be met, whatever the run does.
    Wrong(Wrong),
}

impl State {
    /// As in `--json`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Met => "met",
            Self::NotMet => "not_met",
            Self::Off => "off",
            Self::Wrong(_) => "wrong",
        }
    }
}

/// What is wrong with an expectation.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Wrong {
    #[error("`matches` is no regular expression in RE2's syntax")]
    Pattern,
    #[error("`json` is no JSONPath (RFC 9535): {reason}")]
    JsonPath { reason: String },
    #[error("`json` is for bodies")]
    JsonOfNoBody,
    #[error("`name` is missing")]
    NoName,
    #[error("the run has no request {request}: it has {requests}")]
    NoRequest { request: u32, requests: usize },
}

impl Verdict {
    pub fn is_met(&self) -> bool {
        self.state == State::Met
    }

    /// It was looked at and does not hold.
    pub fn is_failed(&self) -> bool {
        matches!(self.state, State::NotMet | State::Wrong(_))
    }

    fn bare(state: State) -> Self {
        Self { state, request: None, found: Vec::new(), count: 0 }
    }
}

/// How many expectations were looked at, and how many of them are met.
pub fn tally(verdicts: &[Verdict]) -> (usize, usize) {
    let met = verdicts.iter().filter(|verdict| verdict.is_met()).count();
    (met, met + verdicts.iter().filter(|verdict| verdict.is_failed()).count())
}

/// A verdict for each expectation of the scenario, in their order.
pub fn check(trace: &Trace, scenario: &Scenario) -> Vec<Verdict> {
    let values = Values::new(trace, &scenario.expect);
    scenario.expect.iter().map(|expectation| verdict(&values, expectation)).collect()
}

fn verdict(values: &Values<'_>, expectation: &Expectation) -> Verdict {
    if expectation.off {
        return Verdict::bare(State::Off);
    }
    let judge = match Judge::of(expectation) {
        Ok(judge) => judge,
        Err(wrong) => return Verdict::bare(State::Wrong(wrong)),
    };
    let requests = values.exchanges();
    match expectation.request {
        Some(0) => judge.verdict(values.of(expectation, Window::Before), None),
        Some(request) => match (request as usize).checked_sub(1).filter(|place| *place < requests) {
            Some(place) => judge.verdict(values.of(expectation, Window::One(place)), Some(place)),
            None => Verdict::bare(State::Wrong(Wrong::NoRequest { request, requests })),
        },
        None if is_of_each_request(expectation.that) && requests > 0 => {
            let mut last = None;
            for place in 0..requests {
                let verdict = judge.verdict(values.of(expectation, Window::One(place)), Some(place));
                if verdict.is_failed() {
                    return verdict;
                }
                last = Some(verdict);
            }
            let verdict = last.unwrap_or_else(|| Verdict::bare(State::NotMet));
            Verdict { request: verdict.request.filter(|_| requests == 1), ..verdict }
        }
        None => judge.verdict(values.of(expectation, Window::All), None),
    }
}

/// Subjects that every request has for itself: without `request` the expectation is about each of them. The others are
/// looked for in the whole run.
fn is_of_each_request(subject: Subject) -> bool {
    use Subject::{
        Details, DownstreamBody, DownstreamHeader, DownstreamTrailer, GrpcStatus, LocalReply,
        LocalReplyDetails, Outcome, Status, UpstreamBody, UpstreamHeader, UpstreamTrailer,
    };
    match subject {
        Outcome | Status | Details | UpstreamHeader | UpstreamBody | UpstreamTrailer | DownstreamHeader
        | DownstreamBody | DownstreamTrailer | LocalReply | LocalReplyDetails | GrpcStatus => true,
        Subject::Log
        | Subject::Metric
        | Subject::Callout
        | Subject::CalloutHeader
        | Subject::CalloutBody
        | Subject::CalloutEnd
        | Subject::SharedData
        | Subject::Property
        | Subject::HostCall
        | Subject::Action
        | Subject::Finding => false,
    }
}

/// An expectation that can be tried.
struct Judge<'a> {
    expectation: &'a Expectation,
    tests: Tests<'a>,
    path: Option<JsonPath>,
}

impl<'a> Judge<'a> {
    fn of(expectation: &'a Expectation) -> Result<Self, Wrong> {
        use Subject::{CalloutBody, DownstreamBody, Metric, Property, SharedData, UpstreamBody};
        let is_named = matches!(expectation.that, Metric | SharedData | Property);
        if is_named && expectation.name.is_empty() {
            return Err(Wrong::NoName);
        }
        let path = match expectation.json.as_str() {
            "" => None,
            _ if !matches!(expectation.that, UpstreamBody | DownstreamBody | CalloutBody) => {
                return Err(Wrong::JsonOfNoBody);
            }
            path => Some(
                JsonPath::parse(path)
                    .map_err(|error| Wrong::JsonPath { reason: error.message().to_owned() })?,
            ),
        };
        Ok(Self { expectation, tests: Tests::of(expectation)?, path })
    }

    fn verdict(&self, found: Vec<Found>, request: Option<usize>) -> Verdict {
        let (mut all, mut passing) = (Kept::default(), Kept::default());
        let mut see = |passes: bool, value: &dyn Fn() -> Found| {
            all.add(value);
            if passes {
                passing.add(value);
            }
        };
        for found in found.iter().take(MOST_VALUES) {
            let Some(path) = &self.path else {
                see(self.tests.pass(&found.value), &|| found.clone());
                continue;
            };
            // A body that is no JSON has no such values.
            let Ok(json) = serde_json::from_slice::<Value>(&found.value) else { continue };
            for node in path.query(&json).iter().take(MOST_VALUES) {
                let value = || Found { value: node.to_string().into(), event: found.event };
                see(self.tests.pass_json(node), &value);
            }
        }
        let expectation = self.expectation;
        let holds = match (expectation.count, expectation.exists) {
            (Some(count), _) => passing.count as u64 == count,
            (None, Some(exists)) => (passing.count == 0) != exists,
            (None, None) => passing.count > 0,
        };
        let is_met = holds != expectation.not;
        // What passed explains why it is met; what is there explains why it is not, unless that is what passed.
        let tells_all = passing.count == 0
            || (!is_met && !expectation.not && expectation.count.is_none() && expectation.exists.is_none());
        let Kept { first, count } = if tells_all { all } else { passing };
        let state = if is_met { State::Met } else { State::NotMet };
        Verdict { state, request, found: first, count }
    }
}

/// Values of which the first are kept.
#[derive(Default)]
struct Kept {
    first: Vec<Found>,
    count: usize,
}

impl Kept {
    fn add(&mut self, value: &dyn Fn() -> Found) {
        if self.first.len() < MOST_FOUND {
            self.first.push(value());
        }
        self.count += 1;
    }
}

#[cfg(test)]
mod tests;
