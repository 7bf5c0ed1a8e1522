//! Scenarios from and to the files of other tools: one file per format.
//!
//! Everything goes through the [`Scenario`]: an importer makes scenarios of a file, an exporter makes a file of one, and
//! `filterlab convert IN OUT` is one after the other. Neither reads or writes anything but the files it was given: a module
//! that lies on a server is not fetched, and nothing is unpacked. What a format says that a scenario cannot, or the
//! other way round, is listed as [`LeftOut`] with its place, never dropped in silence.

mod error;
mod format;

pub use error::{Error, LeftOut, Place, Reason, Why};
pub use format::Format;

use std::path::Path;

use bytes::Bytes;

use crate::run::ModuleSource;
use crate::scenario::Scenario;
use crate::trace::Trace;

/// Largest file that is read, in bytes.
pub const MAX_FILE: u64 = 256 << 20;

/// A file, or what was pasted.
#[derive(Clone, Copy, Debug)]
pub struct Input<'a> {
    pub bytes: &'a [u8],
    /// Its name as people know it; empty for what was pasted.
    pub name: &'a str,
    /// The folder to which paths in it are relative; `None`: nothing beside it may be read.
    pub folder: Option<&'a Path>,
}

/// What was read.
#[derive(Clone, Debug, PartialEq)]
pub struct Imported {
    pub format: Format,
    /// At least one. Filters whose modules were in the file have them in [`crate::scenario::Filter::module`]; paths of the others are
    /// relative to the folder of the input. A format that knows no filters gives scenarios with an empty chain.
    pub scenarios: Vec<Scenario>,
    /// What could not be carried over.
    pub left_out: Vec<LeftOut>,
}

/// What is to be written.
#[derive(Clone, Copy, Debug)]
pub struct Export<'a> {
    pub scenario: &'a Scenario,
    /// One for each filter of the chain.
    pub modules: &'a [ModuleSource],
    /// A run of it, for formats that hold one ([`Format::needs_run`]).
    pub trace: Option<&'a Trace>,
    /// Credentials are written as they are. Otherwise only reports mask them: a request without them is another one.
    pub with_secrets: bool,
}

/// What was made.
#[derive(Clone, Debug, PartialEq)]
pub struct Exported {
    pub files: Files,
    /// What could not be carried over.
    pub left_out: Vec<LeftOut>,
}

/// The contents of what is written.
#[derive(Clone, Debug, PartialEq)]
pub enum Files {
    One(Bytes),
    /// A folder: paths relative to it, with `/` between their parts.
    Folder(Vec<(String, Bytes)>),
}

/// Reads a file in this format.
pub fn read(format: Format, input: &Input<'_>) -> Result<Imported, Error> {
    match format {
        Format::Scenario => scenario(input),
        other => Err(Error::new(Reason::CannotRead(other))),
    }
}

/// Writes a scenario in this format.
pub fn write(format: Format, export: &Export<'_>) -> Result<Exported, Error> {
    match format {
        Format::Scenario => {
            let files = Files::One(export.scenario.to_json().into());
            Ok(Exported { files, left_out: Vec::new() })
        }
        other => Err(Error::new(Reason::CannotWrite(other))),
    }
}

fn scenario(input: &Input<'_>) -> Result<Imported, Error> {
    let scenario = Scenario::from_json(input.text()?).map_err(|error| Error::new(Reason::Scenario(error)))?;
    Ok(Imported { format: Format::Scenario, scenarios: vec![scenario], left_out: Vec::new() })
}

impl<'a> Input<'a> {
    /// The text of the file, without a byte order mark.
    pub fn text(&self) -> Result<&'a str, Error> {
        let text = std::str::from_utf8(self.bytes)
            .map_err(|error| Error::new(Reason::NotText).at(Place::Byte(error.valid_up_to() as u64)))?;
        Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
    }
}
