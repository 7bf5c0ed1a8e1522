//! Why something could not be converted, and what was left out of what could.

use std::fmt;

use super::curl::Unsupported;
use super::{Format, bundle};
use crate::host::LoadError;
use crate::run::Problem;
use crate::scenario::FileError;

/// Where in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// Both from 1; columns count characters.
    Line { line: usize, column: usize },
    /// The same, with what stands there.
    Word { line: usize, column: usize, word: String },
    /// From 0.
    Byte(u64),
    /// A field, as in `static_resources.listeners[0].name`, or a member of an archive.
    Field(String),
    /// The first of several fields, and how many more there are.
    Fields { first: String, more: usize },
}

impl Place {
    /// The place of the byte at `offset` of a text.
    pub fn in_text(text: &[u8], offset: usize) -> Self {
        let before = &text[..offset.min(text.len())];
        let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        let start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        Self::Line { line, column: String::from_utf8_lossy(&before[start..]).chars().count() + 1 }
    }

    /// The same with what stands there, cut where it is long.
    #[must_use]
    pub fn of(self, word: impl Into<String>) -> Self {
        match self {
            Self::Line { line, column } => Self::Word { line, column, word: word.into() },
            other => other,
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line { line, column } => write!(f, "line {line}, column {column}"),
            Self::Word { line, column, word } => write!(f, "line {line}, column {column}: {word}"),
            Self::Byte(byte) => write!(f, "byte {}", byte + 1),
            Self::Field(field) => f.write_str(field),
            Self::Fields { first, more } => write!(f, "{first}, and {more} more"),
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

    /// What the reader of JSON says, with its place beside it and not in it.
    pub(super) fn of_json(error: &serde_json::Error) -> Self {
        let (line, column) = (error.line().max(1), error.column().max(1));
        let said = error.to_string();
        let said = said.rfind(" at line ").map_or(&said[..], |end| &said[..end]);
        Self::new(Reason::Syntax(said.to_owned())).at(Place::Line { line, column })
    }

    #[must_use]
    pub fn at(self, place: Place) -> Self {
        Self { place: Some(place), ..self }
    }
}

impl From<Reason> for Error {
    fn from(reason: Reason) -> Self {
        Self::new(reason)
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
    /// It is nested too deep, or what it repeats makes too much of it.
    Excess,
    /// It is a scenario, and not a right one.
    Scenario(FileError),
    /// A command line asks for something that only a shell or curl itself can do.
    Command(Unsupported),
    /// There is no request in it.
    NoRequest,
    /// It is about a filter, and there is none.
    NoFilter,
    /// What was made is about a run, and there cannot be one.
    Run(Box<Problem>),
    /// A folder that is to be written has something else in it.
    FolderTaken,
    /// A `.filterlab` file that is none, or was tampered with. The place is the member.
    Bundle(bundle::Problem),
    /// A module cannot be read, and the file has to hold it.
    Module(Box<LoadError>),
    /// Something else than this stands here.
    Expected(Expected),
    /// There is no wasm filter in it.
    NoWasm,
    /// It refers to something that is not in the file.
    Missing(String),
    /// It refers to itself, or to something that refers back to it.
    Cycle,
    /// Its contents have another digest than what refers to them says.
    Digest { expected: Box<str>, found: Box<str> },
    /// It holds more parts than are looked at.
    TooMany { limit: usize },
    /// A member of an archive or layout that leads out of it, or is a link.
    Unsafe,
}

/// What should stand at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    Object,
    List,
    /// Text that YAML does not take for anything else.
    Text,
    Truth,
    /// A whole number that is not negative.
    Whole,
    /// As in protobuf's JSON: `0.5s`.
    Duration,
    Base64,
    /// A message that names its type in `@type`.
    Type,
    /// A `TypedStruct` that names the type of what is in it.
    TypeUrl,
    /// One of Envoy's names for what happens after a failure.
    FailurePolicy,
    /// The same of Istio.
    FailStrategy,
    /// A phase of Istio's chain.
    Phase,
    /// A digest as in OCI: `sha256:…`.
    Digest,
    /// A layer that is a tar, or one packed with gzip.
    Layer,
}

/// Something that a file says and that the result does not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    pub place: Place,
    pub why: Why,
}

impl LeftOut {
    pub fn new(place: Place, why: Why) -> Self {
        Self { place, why }
    }
}

/// Why it was left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// The other side has nothing that means this.
    NoCounterpart,
    /// It lies on a server, and nothing is fetched.
    Remote { url: String },
    /// It lies in another file, which is not read: nothing beside what was pasted is, and nothing outside the folder.
    OtherFile { path: String },
    /// Filterlab does not know what it means.
    Unknown,
    /// It is about what the file has not.
    Missing,
    /// The body in the file is decoded; the header would not be true.
    Decoded,
    /// The body in the file has another length.
    OtherLength,
    /// It stands for a value that is given when the file is used.
    Variable,
    /// No header can have this name, or a line break in its value.
    NoHeader,
    /// Only `http` and `https` pass a proxy.
    Scheme,
    /// It is more than one run sends.
    TooMany { limit: usize },
    /// There is no room for it beside what was written: one file holds one scenario.
    Another,
    /// The tester says of headers without a body that more follows, and ends the message nowhere; here an empty piece does.
    EmptyPiece,
    /// The tester makes only the callbacks that the test has; here a request always comes to its end.
    OtherSteps,
    /// The tester marks each of several bodies as the last; here only the last one is.
    SeveralEnds,
    /// It is about one of several pieces of a body, and here the whole is looked at.
    OnePiece,
    /// The tester never finds it there, so its test cannot pass.
    NeverPasses,
    /// It has to be in a file of its own, which this field then names.
    OwnFile { field: &'static str },
    /// The run that a `.filterlab` file holds is not the one that was made of it here.
    OtherRun(bundle::Difference),
    /// Another filter than a wasm one stands between client and upstream; it may change what the others see.
    OtherFilter { name: String },
    /// It is for other workloads than what stands beside it, and so in a chain of its own.
    OtherWorkloads,
    /// Its value comes from the environment of the proxy.
    FromEnvironment,
    /// The file is not where it says; one of this name beside the input is taken.
    FoundBeside { name: String },
    /// The other side needs the address of a module, and this one stands in for it.
    Placeholder { url: String },
    /// It arrives as other text, with the same JSON.
    OtherText,
}
