//! `filterlab convert`: a file of another tool, or a scenario, written in another format.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use clap::Args;

use super::run::run_apart;
use super::{Error, Printed};
use crate::convert::{
    self, Export, Exported, Files, Format, Imported, LeftOut, Opened, Place, Reason, Why, bundle,
};
use crate::run::{ModuleSource, RunOptions};
use crate::samples;
use crate::scenario::{Body, Filter, Scenario, Source};
use crate::view::Language;
use crate::view::sentences::convert as words;

/// The formats are recognised by what is in a file, then by its name.
#[derive(Clone, Debug, Default, Args)]
#[command(after_help = "\
Formats: scenario, curl, har, hurl, http, envoy, wasmplugin, trafficextension, envoyfilter, policy, higress, oci, textpb, \
fastedge, filterlab, html. They are described in docs/convert.md.

What could not be carried over is listed on standard error, one line each, with its place.

Exit code: 0 it was written, 2 something in the input is wrong, and nothing was written.")]
pub struct Options {
    /// A file, the folder of an OCI layout, a sample (sample:mask_pii), or - for standard input
    #[arg(value_name = "IN")]
    pub input: OsString,
    /// A file, a folder that gets a file for each scenario, or - for standard output
    #[arg(value_name = "OUT")]
    pub output: OsString,
    /// Format of the input, where it is not to be guessed
    #[arg(long, value_name = "FORMAT", value_parser = format)]
    pub from: Option<Format>,
    /// Format of the output, where its name does not say it
    #[arg(long, value_name = "FORMAT", value_parser = format)]
    pub to: Option<Format>,
    /// The filter (.wasm): for formats that have none, or in place of the one there is
    #[arg(long, value_name = "PATH")]
    pub filter: Option<PathBuf>,
    /// Do not mask credentials in a report
    #[arg(long)]
    pub with_secrets: bool,
    /// Mask credentials in a .filterlab file, which then holds the run of the masked request
    #[arg(long, conflicts_with = "with_secrets")]
    pub without_secrets: bool,
    /// Language of a report: en or zh
    #[arg(long, value_name = "LANG", value_parser = language, default_value = "en")]
    pub lang: Language,
}

/// Stands for standard input and output.
const PIPE: &str = "-";

/// Converts, and gives what goes to standard output and standard error.
pub fn convert(options: &Options) -> Result<Printed, Error> {
    let output = Path::new(&options.output);
    let is_pipe = options.output == PIPE;
    let format = options.format()?;
    let Opened { mut imported, folder, recorded } = options.open()?;
    if let Some(filter) = &options.filter {
        let path = crate::files::relative(filter, &folder);
        imported.scenarios.iter_mut().try_for_each(|scenario| set_filter(scenario, &path, options))?;
    }
    let mut told = Told { text: String::new(), input: options.input.to_string_lossy().into_owned() };
    imported.left_out.iter().for_each(|item| told.left_out("", item));

    let with_secrets = match format {
        // It is there to be run again.
        Format::Bundle => !options.without_secrets,
        _ => options.with_secrets,
    };
    let language = options.lang;
    let job = Job { folder: &folder, format, with_secrets, language, output, recorded: recorded.as_ref() };
    let to_folder =
        !is_pipe && (output.is_dir() || ends_with_separator(&options.output)) && format != Format::Oci;
    let mut out = Vec::new();
    if to_folder {
        let mut files = Vec::new();
        for (name, scenario) in names(&imported, format).into_iter().zip(&imported.scenarios) {
            let exported = job.export(scenario, output)?;
            let Files::One(bytes) = exported.files else { return Err(job.error(Reason::FolderTaken.into())) };
            exported.left_out.iter().for_each(|item| told.left_out(&name, item));
            files.push((name, bytes));
        }
        Files::Folder(files).write(output).map_err(|error| job.error(error))?;
    } else {
        let first = imported.scenarios.first().ok_or_else(|| job.error(Reason::NoRequest.into()))?;
        for (place, other) in imported.scenarios.iter().enumerate().skip(1) {
            let name = if other.name.is_empty() { format!("#{}", place + 1) } else { other.name.clone() };
            told.left_out("", &LeftOut::new(Place::Field(name), Why::Another));
        }
        let beside = if is_pipe { Path::new("") } else { output.parent().unwrap_or(Path::new("")) };
        let exported = job.export(first, beside)?;
        exported.left_out.iter().for_each(|item| told.left_out("", item));
        match exported.files {
            Files::One(bytes) if is_pipe => out = bytes.to_vec(),
            files => files.write(output).map_err(|error| job.error(error))?,
        }
    }
    Ok(Printed { out, err: told.text, exit_code: super::EXIT_OK })
}

impl Options {
    fn open(&self) -> Result<Opened, Error> {
        let shown = self.input.to_string_lossy().into_owned();
        let error = |error| Error::Convert { file: shown.clone(), error: Box::new(error) };
        if let Some(name) = samples::name_in(&self.input) {
            return sample(name);
        }
        if self.input == PIPE {
            let bytes = convert::bytes_from(std::io::stdin().lock()).map_err(error)?;
            let imported = convert::open_bytes(&bytes, self.from).map_err(error)?;
            let recorded = match imported.format {
                Format::Bundle => bundle::recorded(&bytes).map_err(error)?,
                _ => None,
            };
            return Ok(Opened { imported, folder: PathBuf::new(), recorded });
        }
        convert::open(Path::new(&self.input), self.from).map_err(error)
    }

    /// What is to be written: what was asked for, what the name says, or in a folder and a pipe a scenario.
    fn format(&self) -> Result<Format, Error> {
        let path = Path::new(&self.output);
        let is_container = self.output == PIPE || ends_with_separator(&self.output) || path.is_dir();
        let named = self.to.or_else(|| if is_container { None } else { Format::of_name(path) });
        match named {
            Some(format) => Ok(format),
            None if is_container => Ok(Format::Scenario),
            None => Err(Error::OutputFormat { file: self.output.to_string_lossy().into_owned() }),
        }
    }
}

/// A bundled sample, with its module in it: what is written is complete on every machine.
fn sample(name: &str) -> Result<Opened, Error> {
    let (sample, scenario) = samples::named(name).ok_or_else(|| Error::NoSample { name: name.to_owned() })?;
    let mut scenario = scenario.clone();
    for filter in &mut scenario.chain {
        filter.path = sample.module_name.to_owned();
        filter.module = Some(Body(bytes::Bytes::from_static(sample.module)));
    }
    let imported = Imported { format: Format::Scenario, scenarios: vec![scenario], left_out: Vec::new() };
    Ok(Opened { imported, folder: PathBuf::new(), recorded: None })
}

/// Makes the file at `path` the only filter, or the module of the only one.
fn set_filter(scenario: &mut Scenario, path: &str, options: &Options) -> Result<(), Error> {
    if scenario.chain.is_empty() {
        scenario.chain.push(Filter::default());
    }
    let count = scenario.chain.len();
    let [filter] = scenario.chain.as_mut_slice() else {
        let file = options.input.to_string_lossy().into_owned();
        return Err(Error::SeveralFilters { option: "--filter", file, count });
    };
    path.clone_into(&mut filter.path);
    (filter.module, filter.sha256) = (None, String::new());
    Ok(())
}

/// What is written, and how.
struct Job<'a> {
    /// The folder to which the filters' paths are relative.
    folder: &'a Path,
    format: Format,
    with_secrets: bool,
    language: Language,
    output: &'a Path,
    /// The run that the input holds.
    recorded: Option<&'a bundle::Recorded>,
}

impl Job<'_> {
    fn error(&self, error: convert::Error) -> Error {
        Error::Convert { file: self.output.to_string_lossy().into_owned(), error: Box::new(error) }
    }

    /// Makes a file that is to lie in `beside`.
    fn export(&self, scenario: &Scenario, beside: &Path) -> Result<Exported, Error> {
        let source = Source { file: Some(self.folder.join("input")) };
        let modules = ModuleSource::all(scenario, &source);
        let trace = match self.format.needs_run() {
            true => {
                let made = run_apart(scenario, &modules, RunOptions::default())?;
                Some(made.map_err(|problem| self.error(Reason::Run(Box::new(problem)).into()))?)
            }
            false => None,
        };
        let mut scenario = scenario.clone();
        convert::rebase(&mut scenario, self.folder, beside);
        let export = Export {
            scenario: &scenario,
            modules: &modules,
            trace: trace.as_ref(),
            with_secrets: self.with_secrets,
            language: self.language,
        };
        let mut exported = convert::write(self.format, &export).map_err(|error| self.error(error))?;
        let made = self.recorded.zip(trace.as_ref());
        let other = made.and_then(|(recorded, trace)| recorded.difference(trace, &scenario));
        if let Some(other) = other {
            exported.left_out.push(bundle::other_run(other));
        }
        Ok(exported)
    }
}

/// What standard error gets to see.
struct Told {
    text: String,
    input: String,
}

impl Told {
    /// `output`: the file that it is missing in, where there are several.
    fn left_out(&mut self, output: &str, item: &LeftOut) {
        let line = words::left_out_line(Language::English, item);
        let file = if output.is_empty() { &self.input } else { output };
        // One line each, whatever the place is called.
        let line = line.as_str().replace(['\n', '\r'], " ");
        self.text += &format!("filterlab: {file}: left out: {line}\n");
    }
}

/// A file name for each scenario, from its name; no two are the same.
fn names(imported: &Imported, format: Format) -> Vec<String> {
    let mut taken = std::collections::BTreeSet::new();
    let name = |scenario: &Scenario| {
        let stem = match file_stem(&scenario.name) {
            stem if stem.is_empty() => "scenario".to_owned(),
            stem => stem,
        };
        let numbered = (2..).map(|number| format!("{stem}-{number}"));
        let mut stems = std::iter::once(stem.clone()).chain(numbered);
        let stem = stems.find(|stem| taken.insert(stem.to_lowercase())).unwrap_or(stem.clone());
        format!("{stem}{}", format.extension())
    };
    imported.scenarios.iter().map(name).collect()
}

/// A name that every file system takes: letters, digits and dashes.
fn file_stem(name: &str) -> String {
    let clean: String = name.chars().map(|c| if c.is_alphanumeric() || c == '_' { c } else { '-' }).collect();
    let parts: Vec<&str> = clean.split('-').filter(|part| !part.is_empty()).collect();
    parts.join("-").chars().take(80).collect()
}

fn ends_with_separator(path: &OsStr) -> bool {
    path.to_string_lossy().ends_with(std::path::is_separator)
}

fn language(text: &str) -> Result<Language, String> {
    Language::from_code(text).ok_or_else(|| "use en or zh".to_owned())
}

fn format(text: &str) -> Result<Format, String> {
    Format::named(text).ok_or_else(|| {
        let names: Vec<&str> = Format::ALL.iter().map(|(_, name)| *name).collect();
        format!("it is no format; use {}", names.join(", "))
    })
}
