//! Why something could not be converted, and what was left out of what could.

use std::fmt;

use super::Format;
use crate::scenario::FileError;

/// Where in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// Both from 1.
    Line { line: usize, column: usize },
    /// From 0.
    Byte(u64),
    /// A field, as in `static_resources.listeners[0].name`, or a member of an archive.
    Field(String),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line { line, column } => write!(f, "line {line}, column {column}"),
            Self::Byte(byte) => write!(f, "byte {}", byte + 1),
            Self::Field(field) => f.write_str(field),
        }
    }
}

/// Why a file could not be read or written. Words for people are in `view::sentences::convert`.
#[derive(Debug)]
pub struct Error {
    pub place: Option<Place>,
    pub reason: Reason,
}

impl Error {
    pub fn new(reason: Reason) -> Self {
        Self { place: None, reason }
    }

    #[must_use]
    pub fn at(self, place: Place) -> Self {
        Self { place: Some(place), ..self }
    }
}

/// What is wrong.
#[derive(Debug)]
pub enum Reason {
    /// It is none of the formats that are known.
    UnknownFormat,
    /// There is no importer for it.
    CannotRead(Format),
    /// There is no exporter for it.
    CannotWrite(Format),
    /// It cannot be read from the disk, or written there.
    File(std::io::Error),
    /// In bytes.
    TooLarge { size: u64, limit: u64 },
    /// It is not UTF-8.
    NotText,
    /// What the reader of JSON, YAML and the like says.
    Syntax(String),
    /// It is a scenario, and not a right one.
    Scenario(FileError),
}

/// Something that a file says and that the result does not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    pub place: Place,
    pub why: Why,
}

/// Why it was left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// The other side has nothing that means this.
    NoCounterpart,
    /// It lies on a server, and nothing is fetched.
    Remote { url: String },
}
