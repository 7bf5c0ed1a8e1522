//! What a sub-command works on: a filter, a scenario file, or a sample.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use super::Error;
use crate::convert::bundle::Recorded;
use crate::convert::{self, FileKind, Format};
use crate::run::{ModuleSource, Place, Problem};
use crate::samples;
use crate::scenario::{Filter, Scenario, Source};

/// A scenario with the places of its filters.
#[derive(Clone, Debug)]
pub struct Input {
    pub scenario: Scenario,
    /// One for each filter of the chain.
    pub modules: Vec<ModuleSource>,
    /// What was given, as shown in messages.
    pub shown: String,
    /// The scenario comes from a file or sample, so its fields have a place there.
    has_document: bool,
    /// The run that the file holds.
    pub recorded: Option<Recorded>,
}

impl Input {
    /// Opens `sample:<id>`, `sample:<id>/<scenario>`, a scenario, a file to share, and what is nothing that is known as a filter.
    pub fn open(target: &OsStr) -> Result<Self, Error> {
        let shown = target.to_string_lossy().into_owned();
        if let Some(name) = samples::name_in(target) {
            let (sample, scenario) =
                samples::named(name).ok_or_else(|| Error::NoSample { name: name.to_owned() })?;
            let scenario = scenario.clone();
            return Ok(Self {
                modules: sample.modules(&scenario),
                scenario,
                shown,
                has_document: true,
                recorded: None,
            });
        }
        let path = PathBuf::from(target);
        let is_named = |kind: &str| path.extension().is_some_and(|found| found.eq_ignore_ascii_case(kind));
        match FileKind::of(&path) {
            FileKind::Folder => return Err(Error::Folder { file: shown }),
            // There is nothing that it could be converted to.
            FileKind::Foreign(format) if format != Format::Report => {
                return Err(Error::OtherFormat { file: shown, format });
            }
            FileKind::Scenario => return Self::open_scenario(path, shown),
            FileKind::Shared => return Self::open_shared(&path, shown),
            _ if is_named("json") => return Self::open_scenario(path, shown),
            _ if is_named("filterlab") => return Self::open_shared(&path, shown),
            _ => {}
        }
        let filter = Filter { path: shown.clone(), ..Filter::default() };
        let scenario = Scenario { chain: vec![filter], ..Scenario::default() };
        Ok(Self {
            scenario,
            modules: vec![ModuleSource::File(path)],
            shown,
            has_document: false,
            recorded: None,
        })
    }

    /// A file to share, which has its modules in it.
    fn open_shared(path: &Path, shown: String) -> Result<Self, Error> {
        let error = |error| Error::Convert { file: shown.clone(), error: Box::new(error) };
        let opened = convert::open(path, Some(Format::Bundle)).map_err(error)?;
        let scenario = opened.imported.scenarios.into_iter().next().unwrap_or_default();
        let modules = ModuleSource::all(&scenario, &Source::default());
        Ok(Self { scenario, modules, shown, has_document: true, recorded: opened.recorded })
    }

    fn open_scenario(path: PathBuf, shown: String) -> Result<Self, Error> {
        let scenario =
            Scenario::load(&path).map_err(|reason| Error::ScenarioFile { file: shown.clone(), reason })?;
        let source = Source { file: Some(path) };
        let modules = ModuleSource::all(&scenario, &source);
        Ok(Self { scenario, modules, shown, has_document: true, recorded: None })
    }

    /// The filter that options about one filter mean.
    pub fn only_filter(&mut self, option: &'static str) -> Result<&mut Filter, Error> {
        match self.scenario.chain.as_mut_slice() {
            [filter] => Ok(filter),
            several => Err(Error::SeveralFilters { option, file: self.shown.clone(), count: several.len() }),
        }
    }

    /// The place of a problem, for people: `file.scenario.json: request.headers[2]`.
    pub fn problem(&self, problem: Problem) -> Error {
        let field = match problem.place {
            Place::Chain => "chain".into(),
            Place::Method => "request.method".into(),
            Place::Url => "request.url".into(),
            Place::RequestHeader(line) => format!("request.headers[{line}]"),
            Place::RequestTrailer(line) => format!("request.trailers[{line}]"),
            Place::ReplyStatus => "reply.status".into(),
            Place::ReplyHeader(line) => format!("reply.headers[{line}]"),
            Place::ReplyTrailer(line) => format!("reply.trailers[{line}]"),
            Place::ReplyAgain(index) => format!("reply.again[{index}]"),
            Place::Repeat => "repeat".into(),
            Place::CalloutAnswer(mock, answer) => format!("callouts[{mock}].answers[{answer}]"),
            Place::ConnectionStep(step) => format!("connection.steps[{step}]"),
        };
        let exchange =
            problem.exchange.checked_sub(1).map(|later| format!("then[{later}].")).unwrap_or_default();
        Error::Scenario { place: format!("{}: {exchange}{field}", self.shown), reason: problem.reason }
    }

    /// The place of a filter that cannot be read.
    pub fn filter_place(&self, filter: usize) -> String {
        if self.has_document { format!("{}: chain[{filter}].filter", self.shown) } else { "FILTER".into() }
    }
}
