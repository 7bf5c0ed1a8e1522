//! What the product says about a run, in every language.
//!
//! Each sentence stands in one place with all its translations; one that lacks a language does not compile. Code
//! (names, values, things to type) stands between backticks and becomes the code of a [`super::Text`].

pub mod attribute;
pub mod bodies;
pub mod callout;
pub mod changes;
pub mod compare;
pub mod convert;
pub mod expectation;
pub mod finding;
pub mod limit;
pub mod load_error;
pub mod meaning;
pub mod moment;
pub mod outcome;
pub mod report;
pub mod said;
pub mod scenario;
pub mod sharing;
pub mod state;
pub mod stream;
pub mod timeline;
pub mod trap;

use super::changes::callback_around;
use super::{Language, Text};
use crate::scenario::Scenario;
use crate::trace::{EventId, Trace};

/// A sentence with values in it, as marked text: `say!(language, "English {value}", "中文 {value}")`.
macro_rules! say {
    ($language:expr, $english:literal, $chinese:literal $(,)?) => {
        match $language {
            $crate::view::Language::English => ::std::format!($english),
            $crate::view::Language::SimplifiedChinese => ::std::format!($chinese),
        }
    };
}
pub(in crate::view) use say;

/// A text without values.
pub(in crate::view) fn pick(
    language: Language,
    english: &'static str,
    chinese: &'static str,
) -> &'static str {
    match language {
        Language::English => english,
        Language::SimplifiedChinese => chinese,
    }
}

/// How serious something is; a view gives it a mark and a word, never a colour alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    Ok,
    Note,
    Warning,
    Error,
}

impl Severity {
    /// As in `--json`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }

    /// As a word beside its mark.
    pub fn word(self, language: Language) -> &'static str {
        match self {
            Self::Ok => pick(language, "Fine", "正常"),
            Self::Note => pick(language, "Note", "提示"),
            Self::Warning => pick(language, "Warning", "警告"),
            Self::Error => pick(language, "Error", "错误"),
        }
    }
}

/// What went wrong, where, what it means and what to do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ErrorCard {
    pub title: Text,
    pub what: Text,
    /// The place; empty if the title says it all.
    pub place: Text,
    /// Envoy's own words, verbatim; empty if Envoy is not involved.
    pub envoy_says: String,
    /// What is behind it, as far as one can tell.
    pub means: Option<Text>,
    /// What to do, the most useful step first. Never empty.
    pub next_steps: Vec<Text>,
}

impl ErrorCard {
    /// The same with the name of the file it is about before the place in it.
    #[must_use]
    pub fn of_file(mut self, language: Language, name: &str) -> Self {
        if !self.place.as_str().contains(name) {
            let comma = Text::from(pick(language, ", ", "，").to_owned());
            let name = Text::verbatim(name);
            self.place = if self.place.is_empty() { name } else { name.joined(comma).joined(self.place) };
        }
        self
    }
}

/// The name of a filter of the chain, as people know it: its name, else its file.
pub fn filter_name(scenario: &Scenario, filter: u16) -> String {
    match scenario.chain.get(usize::from(filter)) {
        Some(found) if !found.name.is_empty() => found.name.clone(),
        Some(found) => {
            let file = found.path.rsplit(['/', '\\']).next().unwrap_or_default();
            file.to_owned()
        }
        None => format!("#{}", filter + 1),
    }
}

/// The filter whose callback an event is or lies in, where there are several that it could be.
pub fn filter_in_chain(trace: &Trace, scenario: &Scenario, event: EventId) -> Option<String> {
    if scenario.chain.len() < 2 {
        return None;
    }
    let around = || callback_around(trace, event).and_then(|(_, around)| trace.filter_of(around));
    let filter = trace.filter_of(event).or_else(around)?;
    Some(filter_name(scenario, filter))
}

/// A list of words: `a, b and c`, `a、b 和 c`.
pub(in crate::view) fn list(language: Language, words: &[String]) -> String {
    // Between Chinese words there is no space; the marks of code are beyond them.
    let is_chinese =
        |letter: Option<char>| letter.is_some_and(|letter| ('\u{2E80}'..'\u{E000}').contains(&letter));
    match words {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => match language {
            Language::English => format!("{} and {last}", first.join(", ")),
            Language::SimplifiedChinese => {
                let first = first.join("、");
                let before = if is_chinese(first.chars().next_back()) { "" } else { " " };
                let after = if is_chinese(last.chars().next()) { "" } else { " " };
                format!("{first}{before}和{after}{last}")
            }
        },
    }
}

/// All marked texts as texts.
pub(in crate::view) fn texts<const N: usize>(marked: [String; N]) -> Vec<Text> {
    marked.into_iter().map(Text::from).collect()
}

#[cfg(test)]
mod tests;
