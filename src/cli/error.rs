//! Why there was no run: what is wrong, where, and what to do next.

use crate::convert;
use crate::host::LoadError;
use crate::run::Reason;
use crate::scenario::FileError;
use crate::view::{Language, sentences};

/// Something in the input of a sub-command is wrong. The text says what and where.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{}", scenario_file(file, reason))]
    ScenarioFile { file: String, reason: FileError },
    /// `place` is an option, or a field of the scenario file.
    #[error("{place}: {reason}")]
    Scenario { place: String, reason: Reason },
    #[error("{place}: {reason}")]
    Filter { place: String, reason: Box<LoadError> },
    #[error("{option}: cannot read {file}: {reason}")]
    OptionFile { option: &'static str, file: String, reason: std::io::Error },
    #[error("{option} is about one filter, but {file} has {count} in its chain")]
    SeveralFilters { option: &'static str, file: String, count: usize },
    #[error("{file} is a folder")]
    Folder { file: String },
    #[error("{file} is neither a filter nor a scenario, but this: {}", sentences::convert::format(Language::English, *format))]
    OtherFormat { file: String, format: convert::Format },
    #[error("there is no sample {name}")]
    NoSample { name: String },
    #[error("{}", conversion(file, error))]
    Convert { file: String, error: Box<convert::Error> },
    #[error("the name of {file} does not tell its format")]
    OutputFormat { file: String },
    #[error("cannot start a thread for the run: {reason}")]
    Thread { reason: std::io::Error },
}

impl Error {
    /// One line that says what to do.
    pub fn next_step(&self) -> String {
        match self {
            Self::ScenarioFile { reason: FileError::Read { .. }, .. } => {
                "Give the path of a .wasm or .scenario.json file, or a sample such as sample:mask_pii.".into()
            }
            Self::ScenarioFile { reason: FileError::Syntax { .. }, .. } => {
                "Correct that place in the file; docs/scenario.md describes the format.".into()
            }
            Self::ScenarioFile { .. } => "Correct the file, or give another one.".into(),
            Self::Scenario { place, .. } if place.starts_with("--") => {
                "Correct the option; `filterlab run --help` shows its form.".into()
            }
            Self::Scenario { .. } => "Correct it in the file, or override it with an option.".into(),
            Self::Filter { reason, .. } if matches!(**reason, LoadError::NotFound { .. }) => {
                "Put the module into the folder of the scenario, or set `filter` to its path and remove `sha256`.".into()
            }
            Self::Filter { .. } => {
                "Check the path: a filter is a .wasm file, and a scenario names it relative to itself.".into()
            }
            Self::OptionFile { .. } => {
                "Check the path after @; text that begins with @ itself is written @@text.".into()
            }
            Self::Folder { .. } => "Give one of its files; `filterlab FOLDER` opens it in the window.".into(),
            Self::OtherFormat { file, .. } => {
                format!("Convert it first: filterlab convert {file} x.scenario.json")
            }
            Self::SeveralFilters { .. } => "Change the chain in the scenario file instead.".into(),
            Self::NoSample { .. } => {
                let names: Vec<String> = crate::samples::all()
                    .iter()
                    .flat_map(|sample| {
                        let others = sample.scenarios.iter().skip(1);
                        let others = others.map(move |other| format!("sample:{}/{}", sample.id, other.name));
                        std::iter::once(format!("sample:{}", sample.id)).chain(others)
                    })
                    .collect();
                format!("There are {}.", names.join(", "))
            }
            Self::Convert { error, .. } => {
                let card = sentences::convert::error(Language::English, error);
                card.next_steps.first().map(|step| step.as_str().to_owned()).unwrap_or_default()
            }
            Self::OutputFormat { .. } => {
                "Give it a name such as x.scenario.json or x.har, or say it with --to.".into()
            }
            Self::Thread { .. } => "Try again when the machine has more memory free.".into(),
        }
    }
}

fn scenario_file(file: &str, reason: &FileError) -> String {
    match reason {
        FileError::Syntax { line, column, path, reason } if path.is_empty() => {
            format!("{file}:{line}:{column}: {reason}")
        }
        FileError::Syntax { line, column, path, reason } => {
            format!("{file}:{line}:{column}: {path}: {reason}")
        }
        // It names the file itself.
        FileError::Read { .. } | FileError::Write { .. } | FileError::TooLarge { .. } => reason.to_string(),
        FileError::Newer { .. } => format!("{file}: {reason}"),
    }
}

/// `file:line:column: what`, as compilers write it, or `file: place: what`.
fn conversion(file: &str, error: &convert::Error) -> String {
    use convert::Place;

    if let convert::Reason::Scenario(reason) = &error.reason {
        return scenario_file(file, reason);
    }
    let card = sentences::convert::error(Language::English, error);
    let what = card.what.as_str().trim_end_matches('.');
    match &error.place {
        Some(Place::Line { line, column } | Place::Word { line, column, .. }) => {
            format!("{file}:{line}:{column}: {what}")
        }
        _ if card.place.is_empty() => format!("{file}: {what}"),
        _ => format!("{file}: {}: {what}", card.place.as_str()),
    }
}
