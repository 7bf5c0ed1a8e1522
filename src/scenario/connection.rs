//! A TCP connection instead of a request: what its two ends do, in order.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Body, is_zero};

/// In a file: `"connection": {"steps": [{"from": "client", "send": "hello"}, {"from": "upstream", "end": true}]}`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Connection {
    pub steps: Vec<ConnectionStep>,
    /// There is no upstream, and this is why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fails: Option<ConnectionFailure>,
    #[serde(flatten)]
    pub unknown: Map<String, Value>,
}

/// What one end does. It may send and end at once: the last bytes and the end then arrive together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ConnectionStep {
    pub from: Peer,
    /// Milliseconds on the virtual clock since the step before.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub after_ms: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub send: Option<Body>,
    /// It sends nothing more, and still receives.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub end: bool,
    /// It closes its socket: nothing more comes, and nothing is received any more.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub close: bool,
    /// It aborts the connection (TCP RST).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub reset: bool,
    #[serde(flatten)]
    pub unknown: Map<String, Value>,
}

/// One end of a connection through the proxy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Peer {
    Client,
    Upstream,
}

/// Why the proxy has nobody to connect to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConnectionFailure {
    /// Nobody listens at the upstream's address.
    ConnectionFailure,
    /// The cluster has no endpoint.
    NoEndpoint,
}

/// Why a step cannot be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StepProblem {
    #[error("the step does nothing; give it `send`, `end`, `close` or `reset`")]
    Nothing,
    #[error("a step ends in one way only; keep one of `end`, `close` and `reset`")]
    SeveralEnds,
    #[error("step {ended} was the last in which this end sent anything; remove this one, or move it up")]
    AfterEnd {
        /// The step that ended it, from 1.
        ended: usize,
    },
}

impl ConnectionStep {
    pub fn ends(&self) -> bool {
        self.end || self.close || self.reset
    }
}

impl Connection {
    /// The steps that cannot be done, by their place from 0.
    pub fn problems(&self) -> Vec<(usize, StepProblem)> {
        let mut ended: [Option<usize>; 2] = [None; 2];
        let mut problems = Vec::new();
        for (index, step) in self.steps.iter().enumerate() {
            let ways = [step.end, step.close, step.reset].into_iter().filter(|way| *way).count();
            let sends = step.send.as_ref().is_some_and(|body| !body.is_empty());
            let own = &mut ended[usize::from(step.from == Peer::Upstream)];
            // What has ended can still be closed or aborted.
            let only_goes = !sends && !step.end;
            match *own {
                _ if ways > 1 => problems.push((index, StepProblem::SeveralEnds)),
                _ if ways == 0 && !sends => problems.push((index, StepProblem::Nothing)),
                Some(ended) if !only_goes => {
                    problems.push((index, StepProblem::AfterEnd { ended: ended + 1 }));
                }
                _ if step.ends() => *own = Some(index),
                _ => {}
            }
        }
        problems
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(json: &str) -> Vec<(usize, StepProblem)> {
        serde_json::from_str::<Connection>(json).expect("parses").problems()
    }

    #[test]
    fn a_step_does_something_and_ends_in_one_way() {
        assert_eq!(
            problems(
                r#"{"steps":[{"from":"client","send":"a"},{"from":"client"},{"from":"client","send":""}]}"#
            ),
            [(1, StepProblem::Nothing), (2, StepProblem::Nothing)]
        );
        assert_eq!(
            problems(r#"{"steps":[{"from":"client","end":true,"close":true}]}"#),
            [(0, StepProblem::SeveralEnds)]
        );
    }

    #[test]
    fn an_end_that_has_ended_can_only_go() {
        let json = r#"{"steps":[{"from":"client","send":"a","end":true},{"from":"upstream","send":"b"},
            {"from":"client","send":"c"},{"from":"client","end":true},{"from":"client","close":true}]}"#;
        let after = StepProblem::AfterEnd { ended: 1 };
        assert_eq!(problems(json), [(2, after), (3, after)]);
    }

    #[test]
    fn unknown_fields_are_kept_and_defaults_are_not_written() {
        let json =
            r#"{"steps":[{"from":"upstream","send":{"base64":"/w=="},"x":1}],"fails":"no_endpoint","y":2}"#;
        let connection: Connection = serde_json::from_str(json).expect("parses");
        assert_eq!(serde_json::to_string(&connection).expect("serializes"), json);
        assert!(serde_json::from_str::<Connection>(r#"{"steps":[{"send":"a"}]}"#).is_err(), "from is needed");
    }
}
