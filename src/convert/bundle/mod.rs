//! `.filterlab`: a scenario with its modules and its recorded run in one file, which opens and runs the same anywhere.
//!
//! A zip with the members of [`MANIFEST`], [`SCENARIO`], [`RUN`] and one below `modules/` for each different module.
//! `docs/bundle.md` describes it. Nothing is ever unpacked to the disk: modules become [`Filter::module`].

mod archive;
mod problem;
mod recorded;

pub use problem::Problem;
pub use recorded::{Difference, Recorded};

use std::collections::BTreeSet;
use std::io::{Cursor, Write};

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use self::archive::Archive;
use super::{Error, Export, Exported, Files, Format, Imported, Input, LeftOut, Place, Reason, Why};
use crate::run::{self, ModuleSource, RunOptions};
use crate::scenario::{Body, Filter, Scenario, Source};
use crate::trace::Trace;
use crate::view::masking;

/// The version of the format that is written, and the highest that is read.
pub const VERSION: u32 = 1;
/// What the file is, and what it should hold.
pub const MANIFEST: &str = "manifest.json";
/// The scenario, as in a `*.scenario.json`.
pub const SCENARIO: &str = "scenario.json";
/// The recorded run, as `--json` prints it (`docs/json.md`).
pub const RUN: &str = "run.json";
/// Most bytes of all members together, unpacked.
pub const MAX_UNPACKED: u64 = super::MAX_FILE;
/// Most members. A chain of a thousand different modules would still fit.
pub const MAX_MEMBERS: usize = 1_024;

/// What [`MANIFEST`] holds. Fields that are not known are left alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Manifest {
    /// The version of the format; also what tells the file from any other zip.
    filterlab: u32,
    /// Which program wrote it: `Filterlab 0.1.0`.
    #[serde(default)]
    made_by: String,
    /// Credentials are in it as they were; else they were masked, and the run is that of the masked scenario.
    #[serde(default)]
    secrets: bool,
    #[serde(default)]
    modules: Vec<Member>,
}

/// One module.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Member {
    /// Name of the member.
    file: String,
    /// In hexadecimal.
    sha256: String,
}

/// This program with its version.
pub(super) fn made_by() -> String {
    format!("Filterlab {}", env!("CARGO_PKG_VERSION"))
}

fn member_of(sha256: &str) -> String {
    format!("modules/{sha256}.wasm")
}

/// Whether a file can be a bundle, by its first bytes: a zip begins like this.
pub fn is_zip(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK\x03\x04")
}

/// Reads a bundle.
pub(super) fn read(input: &Input<'_>) -> Result<Imported, Error> {
    let mut archive = Archive::open(input.bytes)?;
    let manifest = manifest(&mut archive)?;
    let mut scenario = Scenario::from_json(archive.text(SCENARIO)?)
        .map_err(|error| Error::new(Reason::Scenario(error)).at(member(SCENARIO)))?;
    let mut wanted = BTreeSet::from([MANIFEST.to_owned(), SCENARIO.to_owned(), RUN.to_owned()]);
    for (place, filter) in scenario.chain.iter_mut().enumerate() {
        // No path leads out of the bundle.
        filter.path = filter.module_name();
        if filter.module.is_some() {
            continue;
        }
        if filter.sha256.is_empty() {
            match filter.off {
                true => continue,
                false => return Err(Error::new(Reason::Bundle(Problem::Missing)).at(filter_place(place))),
            }
        }
        let sha256 = std::mem::take(&mut filter.sha256).to_ascii_lowercase();
        let named = manifest.modules.iter().find(|module| module.sha256.eq_ignore_ascii_case(&sha256));
        let file = named.map_or_else(|| member_of(&sha256), |module| module.file.clone());
        match module(&mut archive, &file, &sha256)? {
            Some(bytes) => filter.module = Some(Body(bytes)),
            // Nobody runs it; whoever switches it on is told that it is missing.
            None if filter.off => filter.sha256 = sha256,
            None => return Err(Error::new(Reason::Bundle(Problem::Missing)).at(member(&file))),
        }
        wanted.insert(file);
    }
    let left_out = archive
        .names()
        .filter(|name| !wanted.contains(*name) && !name.ends_with('/'))
        .map(|name| LeftOut { place: member(name), why: Why::NoCounterpart })
        .collect();
    Ok(Imported { format: Format::Bundle, scenarios: vec![scenario], left_out })
}

/// The run that a bundle holds; `None`: it holds none.
pub fn recorded(bytes: &[u8]) -> Result<Option<Recorded>, Error> {
    let mut archive = Archive::open(bytes)?;
    let manifest = manifest(&mut archive)?;
    if !archive.has(RUN) {
        return Ok(None);
    }
    let json = archive.text(RUN)?.to_owned();
    Ok(Some(Recorded { json, by_this_version: manifest.made_by == made_by() }))
}

fn manifest(archive: &mut Archive<'_>) -> Result<Manifest, Error> {
    if !archive.has(MANIFEST) {
        return Err(Error::new(Reason::Bundle(Problem::NoBundle)));
    }
    let manifest: Manifest = serde_json::from_str(archive.text(MANIFEST)?)
        .map_err(|error| Error::new(Reason::Syntax(error.to_string())).at(member(MANIFEST)))?;
    match manifest.filterlab {
        0..=VERSION => Ok(manifest),
        found => Err(Error::new(Reason::Bundle(Problem::Newer { found })).at(member(MANIFEST))),
    }
}

fn module(archive: &mut Archive<'_>, file: &str, sha256: &str) -> Result<Option<Bytes>, Error> {
    if !archive.has(file) {
        return Ok(None);
    }
    let bytes = archive.bytes(file)?;
    match run::hash(&bytes) {
        found if found == sha256 => Ok(Some(bytes)),
        found => Err(Error::new(Reason::Bundle(Problem::OtherModule { found })).at(member(file))),
    }
}

fn member(name: &str) -> Place {
    Place::Field(name.to_owned())
}

/// Writes a bundle. Without secrets the scenario is masked, and the run is made anew with it.
pub(super) fn write(export: &Export<'_>) -> Result<Exported, Error> {
    let modules = modules(export)?;
    let mut scenario = export.scenario.clone();
    for (filter, bytes) in scenario.chain.iter_mut().zip(&modules) {
        filter.path = filter.module_name();
        filter.module = bytes.clone().map(Body);
        if bytes.is_some() {
            filter.sha256 = String::new();
        }
    }
    if !export.with_secrets {
        masking::mask(&mut scenario);
    }
    let json = match export.trace.filter(|_| export.with_secrets) {
        Some(trace) => recorded_json(trace, &scenario),
        None => {
            let sources = ModuleSource::all(&scenario, &Source::default());
            recorded_json(&run_of(&scenario, &sources)?, &scenario)
        }
    };
    let mut members = Vec::new();
    for (filter, bytes) in scenario.chain.iter_mut().zip(modules) {
        let Some(bytes) = bytes else { continue };
        (filter.module, filter.sha256) = (None, run::hash(&bytes));
        let name = member_of(&filter.sha256);
        if !members.iter().any(|(known, _)| *known == name) {
            members.push((name, bytes));
        }
    }
    let manifest = Manifest {
        filterlab: VERSION,
        made_by: made_by(),
        secrets: export.with_secrets,
        modules: members
            .iter()
            .map(|(file, bytes)| Member { file: file.clone(), sha256: run::hash(bytes) })
            .collect(),
    };
    // Strings and numbers always serialize.
    let manifest = serde_json::to_vec_pretty(&manifest).unwrap_or_default();
    members.splice(
        0..0,
        [
            (MANIFEST.to_owned(), manifest.into()),
            (SCENARIO.to_owned(), scenario.to_json().into()),
            (RUN.to_owned(), json.into()),
        ],
    );
    Ok(Exported { files: Files::One(zipped(&members)?), left_out: missing(export) })
}

/// The modules' bytes, one for each filter; `None` for what cannot be read and is off.
fn modules(export: &Export<'_>) -> Result<Vec<Option<Bytes>>, Error> {
    let filters = export.scenario.chain.iter().zip(export.modules).enumerate();
    let read = |(place, (filter, source)): (usize, (&Filter, &ModuleSource))| match source.read() {
        Ok(bytes) => Ok(Some(bytes)),
        Err(_) if filter.off => Ok(None),
        Err(reason) => Err(Error::new(Reason::Module(Box::new(reason))).at(filter_place(place))),
    };
    filters.map(read).collect()
}

fn filter_place(place: usize) -> Place {
    Place::Field(format!("chain[{place}].filter"))
}

/// Filters that are off and whose modules are not there.
fn missing(export: &Export<'_>) -> Vec<LeftOut> {
    let filters = export.scenario.chain.iter().zip(export.modules).enumerate();
    let missing = filters.filter(|(_, (filter, source))| filter.off && source.read().is_err());
    let left_out = |(place, (filter, _)): (usize, (&Filter, &ModuleSource))| LeftOut {
        place: filter_place(place),
        why: Why::OtherFile { path: filter.path.clone() },
    };
    missing.map(left_out).collect()
}

/// Says that a bundle's run is not the one that was made of it.
pub fn other_run(found: Difference) -> LeftOut {
    LeftOut { place: member(RUN), why: Why::OtherRun(found) }
}

/// A run as a bundle holds it: what `--json` prints, with nothing that was measured or counted.
pub(super) fn recorded_json(trace: &Trace, scenario: &Scenario) -> String {
    let mut running = scenario.clone();
    ModuleSource::leave_out_what_is_off(&mut running, &mut Vec::new());
    crate::cli::as_recorded_json(trace, &running)
}

/// Stack of the thread that runs guests, as for any other run without a window.
const STACK: usize = 16 << 20;

/// Runs a scenario on a thread that guests have room on.
pub(super) fn run_of(scenario: &Scenario, modules: &[ModuleSource]) -> Result<Trace, Error> {
    let run = || run::run_modules_with(scenario, modules, RunOptions::default());
    let made = std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().name("filterlab-run".into()).stack_size(STACK);
        let running = thread.spawn_scoped(scope, run)?;
        Ok(running.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    });
    let made = made.map_err(|error| Error::new(Reason::File(error)))?;
    made.map_err(|problem| Error::new(Reason::Run(Box::new(problem))))
}

/// The members as a zip. Equal members make equal bytes: it holds no times.
fn zipped(members: &[(String, Bytes)]) -> Result<Bytes, Error> {
    let size: u64 = members.iter().map(|(_, bytes)| bytes.len() as u64).sum();
    if size > MAX_UNPACKED {
        return Err(Error::new(Reason::TooLarge { size, limit: MAX_UNPACKED }));
    }
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(zip::DateTime::default());
    let write = || -> zip::result::ZipResult<Vec<u8>> {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, bytes) in members {
            writer.start_file(name.as_str(), options)?;
            writer.write_all(bytes)?;
        }
        Ok(writer.finish()?.into_inner())
    };
    write().map(Bytes::from).map_err(|error| Error::new(Reason::File(error.into())))
}

#[cfg(test)]
mod tests;
