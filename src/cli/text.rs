//! Outcomes and findings in English, as one line of text each.

use crate::scenario::Scenario;
use crate::trace::{Callout, Finding, Outcome, Trace};
use crate::view::Language;
use crate::view::sentences::{
    ErrorCard, callout as callouts, finding as findings, limit, load_error, outcome as outcomes, trap,
};

/// How the run ended: a word, a sentence, and where it was no good end, what is behind it and what to do.
pub fn outcome(trace: &Trace, scenario: &Scenario) -> String {
    let language = Language::English;
    let text = outcomes::text(language, trace, scenario);
    let mut sentences = vec![format!("{}: {}", text.word, text.sentence.as_str())];
    match &trace.outcome {
        Outcome::Trapped(found) => {
            let card = trap::card(language, found, "");
            let words = found.last_words.as_ref().map(|words| format!("Its last words: {words}"));
            // Where the place is no function of the filter's own it holds the message already.
            let message = Some(&found.message).filter(|message| !text.sentence.as_str().contains(*message));
            sentences.extend(message.cloned().into_iter().chain(words));
            sentences.extend(advice(&card));
        }
        Outcome::Limit { limit: reached, allowed, .. } => {
            sentences.push(limit::advice(language, *reached, *allowed).as_str().to_owned());
        }
        Outcome::Refused { reason, .. } => {
            let card = load_error::card_of_run(language, trace, scenario, reason, "");
            sentences.push(card.what.as_str().to_owned());
            if !card.envoy_says.is_empty() {
                sentences.push(format!("Envoy says: {}", card.envoy_says));
            }
            sentences.extend(advice(&card));
        }
        _ => {}
    }
    let ended = |sentence: &str| match sentence.trim_end() {
        "" => String::new(),
        whole if whole.ends_with(['.', '!', '?', '。']) => whole.to_owned(),
        open => format!("{open}."),
    };
    sentences
        .iter()
        .map(|sentence| ended(sentence))
        .filter(|one| !one.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

/// How one request of the run ended, in a word and a sentence.
pub fn request_outcome(trace: &Trace, scenario: &Scenario, exchange: usize) -> String {
    let text = outcomes::of_request(Language::English, trace, scenario, exchange);
    format!("{}: {}", text.word, text.sentence.as_str())
}

/// What is behind it, and the next steps.
fn advice(card: &ErrorCard) -> impl Iterator<Item = String> {
    card.means.iter().chain(&card.next_steps).map(|text| text.as_str().to_owned())
}

/// How a callout ended.
pub fn callout_end(callout: &Callout) -> String {
    callouts::end(Language::English, callout)
}

/// What is wrong and what to do about it.
pub fn finding(finding: Finding) -> String {
    let text = findings::text(Language::English, finding);
    format!("{}. {} {}", text.title.as_str(), text.why.as_str(), text.what_to_do.as_str())
}
