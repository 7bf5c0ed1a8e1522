//! Scenarios from and to the files of other tools: one file per format.
//!
//! Everything goes through the [`Scenario`]: an importer makes scenarios of a file, an exporter makes a file of one, and
//! `filterlab convert IN OUT` is one after the other. Neither reads or writes anything but the files it was given: a module
//! that lies on a server is not fetched, and nothing is unpacked. What a format says that a scenario cannot, or the
//! other way round, is listed as [`LeftOut`] with its place, never dropped in silence.

pub mod bundle;
pub mod curl;
mod document;
mod envoy;
mod error;
mod fastedge;
mod fields;
mod format;
pub mod har;
pub mod http;
pub mod hurl;
mod kubernetes;
mod oci;
mod output;
mod recognise;
mod report;
mod rest;
mod suite;
pub(crate) mod traffic;

pub use error::{Error, Expected, LeftOut, Place, Reason, Why};
pub use format::Format;
pub use recognise::{FileKind, HEAD};

use std::fs;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use bytes::Bytes;

use crate::files::{self, read_any_at_most, read_at_most};
use crate::run::{ModuleSource, hash};
use crate::scenario::{Body, Filter, Scenario};
use crate::trace::Trace;
use crate::view::Language;

/// Largest file that is read, in bytes.
pub const MAX_FILE: u64 = 256 << 20;

/// A file, or what was pasted.
#[derive(Clone, Copy, Debug)]
pub struct Input<'a> {
    pub bytes: &'a [u8],
    /// Its name as people know it; empty for what was pasted.
    pub name: &'a str,
    /// The folder to which paths in it are relative; `None`: nothing beside it may be read. Where the input is a folder, this
    /// is the folder itself, and there are no bytes.
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
    /// Credentials are written as they are. Otherwise reports and bundles mask them; other formats cannot: a request without
    /// them is another one.
    pub with_secrets: bool,
    /// Of what is written for people, such as a report.
    pub language: Language,
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

/// A file or folder that was read.
#[derive(Clone, Debug, PartialEq)]
pub struct Opened {
    pub imported: Imported,
    /// The folder to which paths of filters are relative.
    pub folder: PathBuf,
    /// The run that a `.filterlab` file holds.
    pub recorded: Option<bundle::Recorded>,
}

/// Reads a file or folder, in this format or in the one that it has.
pub fn open(path: &Path, format: Option<Format>) -> Result<Opened, Error> {
    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
    let unknown = || Error::new(Reason::UnknownFormat);
    if path.is_dir() {
        let format = format.or_else(|| Format::of_folder(path)).ok_or_else(unknown)?;
        let imported = read(format, &Input { bytes: &[], name: &name, folder: Some(path) })?;
        return Ok(Opened { imported, folder: path.to_owned(), recorded: None });
    }
    let bytes = bytes_of(path)?;
    let format = format.or_else(|| Format::of(&name, &bytes)).ok_or_else(unknown)?;
    let folder = path.parent().unwrap_or(Path::new(""));
    let imported = read(format, &Input { bytes: &bytes, name: &name, folder: Some(folder) })?;
    let recorded = if format == Format::Bundle { bundle::recorded(&bytes)? } else { None };
    Ok(Opened { imported, folder: folder.to_owned(), recorded })
}

/// Reads what was pasted or came through a pipe: there is nothing beside it.
pub fn open_bytes(bytes: &[u8], format: Option<Format>) -> Result<Imported, Error> {
    let format = format.or_else(|| Format::of("", bytes)).ok_or_else(|| Error::new(Reason::UnknownFormat))?;
    read(format, &Input { bytes, name: "", folder: None })
}

/// Reads all of a stream, up to the largest file there may be.
pub fn bytes_from(stream: impl Read) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    let read = stream.take(MAX_FILE + 1).read_to_end(&mut bytes);
    read.map_err(|error| Error::new(Reason::File(error)))?;
    let size = bytes.len() as u64;
    if size > MAX_FILE {
        return Err(Error::new(Reason::TooLarge { size, limit: MAX_FILE }));
    }
    Ok(bytes)
}

fn bytes_of(path: &Path) -> Result<Vec<u8>, Error> {
    let size = fs::metadata(path).map(|about| about.len());
    read_any_at_most(path, MAX_FILE).map_err(|reason| {
        Error::new(match (reason.kind(), size) {
            (ErrorKind::FileTooLarge, Ok(size)) => {
                Reason::TooLarge { size: size.max(MAX_FILE + 1), limit: MAX_FILE }
            }
            _ => Reason::File(reason),
        })
    })
}

/// Names the filters' files as seen from the folder `to`, where they were relative to the folder `from`.
pub fn rebase(scenario: &mut Scenario, from: &Path, to: &Path) {
    for filter in &mut scenario.chain {
        // A name alone, or a place on a server.
        if filter.module.is_none() && !filter.path.is_empty() && !filter.path.contains("://") {
            filter.path = files::relative(&from.join(&filter.path), to);
        }
    }
}

/// Reads a file in this format.
pub fn read(format: Format, input: &Input<'_>) -> Result<Imported, Error> {
    match format {
        Format::Scenario => scenario(input),
        Format::Module => Ok(module(input)),
        Format::Bundle => bundle::read(input),
        Format::Curl => curl::read(input),
        Format::Har => har::read(input),
        Format::Hurl => hurl::read(input),
        Format::Http => http::read(input),
        Format::Envoy => envoy::read(input),
        Format::WasmPlugin
        | Format::TrafficExtension
        | Format::EnvoyFilter
        | Format::Policy
        | Format::Higress => kubernetes::read(input),
        Format::Oci => oci::read(input),
        Format::Suite => suite::read(input),
        Format::FastEdge => fastedge::read(input),
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
        Format::Bundle => bundle::write(export),
        Format::Report => report::write(export),
        Format::Curl => curl::write(export),
        Format::Har => har::write(export),
        Format::Hurl => hurl::write(export),
        Format::Http => http::write(export),
        Format::Envoy => envoy::write(export),
        Format::WasmPlugin
        | Format::TrafficExtension
        | Format::EnvoyFilter
        | Format::Policy
        | Format::Higress => kubernetes::write(format, export),
        Format::Oci => oci::write(export),
        Format::Suite => suite::write(export),
        Format::FastEdge => fastedge::write(export),
        other => Err(Error::new(Reason::CannotWrite(other))),
    }
}

/// A line between the parts of a form that is in none of them: nobody can write a text with its own hash in it. The same for
/// the same parts, so that a scenario made again is the same.
fn boundary<'a>(parts: impl Iterator<Item = &'a [u8]>) -> String {
    let all: Vec<&[u8]> = parts.collect();
    format!("------------------------{}", &hash(&all.concat())[..16])
}

/// A filter by itself.
fn module(input: &Input<'_>) -> Imported {
    let mut filter = Filter { path: input.name.to_owned(), ..Filter::default() };
    if input.folder.is_none() {
        filter.module = Some(Body::from(input.bytes.to_vec()));
    }
    let scenario = Scenario { chain: vec![filter], ..Scenario::default() };
    Imported { format: Format::Module, scenarios: vec![scenario], left_out: Vec::new() }
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

    /// A file that the input names: one that lies in its folder, with all that leads to it, and is no larger than `limit` bytes.
    /// `None`: there is none, or it may not be read.
    pub fn beside(&self, path: &str, limit: u64) -> Option<Vec<u8>> {
        let folder = fs::canonicalize(match self.folder? {
            folder if folder.as_os_str().is_empty() => Path::new("."),
            folder => folder,
        });
        let folder = folder.ok()?;
        // Links are followed first, so that none leads out of the folder.
        let file = fs::canonicalize(folder.join(path)).ok()?;
        if !file.starts_with(&folder) || !file.is_file() {
            return None;
        }
        read_at_most(&file, limit).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_outside_of_the_folder_is_read() {
        let scratch = tempfile::tempdir().expect("a folder can be made");
        let folder = scratch.path().join("in");
        fs::create_dir(&folder).expect("it can be made");
        fs::write(folder.join("a.txt"), "inside").expect("it can be written");
        fs::write(scratch.path().join("b.txt"), "outside").expect("it can be written");
        let input = Input { bytes: &[], name: "", folder: Some(&folder) };
        assert_eq!(input.beside("a.txt", 100).as_deref(), Some(&b"inside"[..]));
        assert_eq!(input.beside("./../in/a.txt", 100).as_deref(), Some(&b"inside"[..]));
        assert_eq!(input.beside("a.txt", 5), None, "it is too large");
        let outside = scratch.path().join("b.txt");
        for path in ["../b.txt", outside.to_str().expect("it is UTF-8"), "c.txt", "."] {
            assert_eq!(input.beside(path, 100), None, "{path}");
        }
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(&outside, folder.join("link")).expect("it can be made");
            assert_eq!(input.beside("link", 100), None, "a link leads out of it");
        }
        assert_eq!(Input { folder: None, ..input }.beside("a.txt", 100), None, "it was pasted");
    }

    #[test]
    fn filters_are_found_from_another_folder() {
        let mut scenario = Scenario::default();
        let path = |path: &str| Filter { path: path.into(), ..Filter::default() };
        scenario.chain = vec![path("f.wasm"), path("../g.wasm"), path("oci://example.com/h"), path("")];
        rebase(&mut scenario, Path::new("/a/in"), Path::new("/a/out"));
        let paths: Vec<&str> = scenario.chain.iter().map(|filter| filter.path.as_str()).collect();
        assert_eq!(paths, ["../in/f.wasm", "../g.wasm", "oci://example.com/h", ""]);
    }

    #[test]
    fn a_file_above_256_megabytes_is_refused_with_its_size_and_is_not_read() {
        let file = tempfile::Builder::new().suffix(".har").tempfile().expect("a file can be made");
        file.as_file().set_len(5 << 30).expect("holes cost nothing");
        let error = open(file.path(), None).expect_err("it is too large");
        let Reason::TooLarge { size, limit } = error.reason else { panic!("{error:?}") };
        assert_eq!((size, limit), (5 << 30, MAX_FILE));
    }
}
