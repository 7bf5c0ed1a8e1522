//! Outcomes and findings in English, as one line of text each.

use crate::scenario::Scenario;
use crate::trace::{Finding, Outcome, Trace};
use crate::view::Language;
use crate::view::sentences::{finding as findings, limit, outcome as outcomes};

/// How the run ended: a word, a sentence, and for limits how to raise them.
pub fn outcome(trace: &Trace, scenario: &Scenario) -> String {
    let text = outcomes::text(Language::English, trace, scenario);
    let mut line = format!("{}: {}.", text.word, text.sentence.as_str().trim_end_matches('.'));
    if let Outcome::Trapped(trap) = &trace.outcome {
        line = format!("{line} {}", trap.message);
        if let Some(words) = &trap.last_words {
            line = format!("{line}. Its last words: {words}");
        }
    }
    if let Outcome::Limit { limit: reached, .. } = &trace.outcome {
        line = format!("{line} {}", limit::advice(Language::English, *reached).as_str());
    }
    if let Outcome::Refused { reason, .. } = &trace.outcome {
        line = format!("{line} {reason}. Envoy says: {}", reason.envoy_says());
    }
    line
}

/// What is wrong and what to do about it.
pub fn finding(finding: Finding) -> String {
    let text = findings::text(Language::English, finding);
    format!("{}. {} {}", text.title.as_str(), text.why.as_str(), text.what_to_do.as_str())
}
