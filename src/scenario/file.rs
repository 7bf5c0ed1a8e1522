//! Reading and writing scenario files.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::{Scenario, place};
use crate::files::read_at_most;

/// The version that this program writes.
pub const VERSION: u32 = 1;

/// Largest scenario file that is read, in bytes.
pub const MAX_FILE: u64 = 256 << 20;

/// Why a scenario could not be read or written; each names its place.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    #[error("cannot read {path}: {reason}")]
    Read { path: PathBuf, reason: std::io::Error },
    #[error("cannot write {path}: {reason}")]
    Write { path: PathBuf, reason: std::io::Error },
    #[error("{path} is too large; a scenario may have at most {MAX_FILE} bytes")]
    TooLarge { path: PathBuf },
    /// `path`: the field, such as `request.headers[2]`; empty for the whole, and where the text is no JSON.
    #[error("line {line}, column {column}: {}{reason}", before_reason(path))]
    Syntax { line: usize, column: usize, path: String, reason: String },
    #[error("this scenario has version {found}, this Filterlab reads up to {VERSION}; get a newer Filterlab")]
    Newer { found: u32 },
}

/// Where a scenario came from, so that relative paths are found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Source {
    /// The scenario file; `None` for one that was never saved.
    pub file: Option<PathBuf>,
}

impl Source {
    /// The path of a filter that the scenario names: relative to the scenario file.
    pub fn resolve(&self, filter: &str) -> PathBuf {
        match self.file.as_deref().and_then(Path::parent) {
            Some(folder) => folder.join(filter),
            None => PathBuf::from(filter),
        }
    }
}

impl Scenario {
    /// Reads a scenario from JSON text.
    pub fn from_json(text: &str) -> Result<Self, FileError> {
        // A byte order mark is not JSON, but editors on Windows write it.
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut reader = serde_json::Deserializer::from_str(text);
        let scenario: Self = serde_path_to_error::deserialize(&mut reader)
            .map_err(|error| wrong(text, error.path(), error.inner()))?;
        reader.end().map_err(|error| no_json(&error))?;
        if scenario.version > VERSION {
            return Err(FileError::Newer { found: scenario.version });
        }
        Ok(scenario)
    }

    pub fn load(path: &Path) -> Result<Self, FileError> {
        Self::load_with_hash(path).map(|(scenario, _)| scenario)
    }

    /// The same with the SHA-256 of the file, in hexadecimal: by it one sees whether somebody else wrote to it since.
    pub fn load_with_hash(path: &Path) -> Result<(Self, String), FileError> {
        let read = |reason| FileError::Read { path: path.to_owned(), reason };
        let bytes = read_at_most(path, MAX_FILE).map_err(|reason| match reason.kind() {
            ErrorKind::FileTooLarge => FileError::TooLarge { path: path.to_owned() },
            _ => read(reason),
        })?;
        let hash = crate::run::hash(&bytes);
        let text = String::from_utf8(bytes).map_err(|error| {
            let at = error.utf8_error().valid_up_to();
            read(std::io::Error::new(ErrorKind::InvalidData, format!("byte {} is not UTF-8", at + 1)))
        })?;
        Ok((Self::from_json(&text)?, hash))
    }

    /// The file's text: pretty-printed JSON with a final newline.
    pub fn to_json(&self) -> String {
        // A scenario holds only strings, numbers and maps with string keys, so it always serializes.
        let mut json = serde_json::to_string_pretty(self).unwrap_or_default();
        json.push('\n');
        json
    }

    pub fn save(&self, path: &Path) -> Result<(), FileError> {
        crate::files::write_whole(path, self.to_json().as_bytes())
            .map_err(|reason| FileError::Write { path: path.to_owned(), reason })
    }
}

/// The field and a colon, if there is a field.
pub fn before_reason(path: &str) -> String {
    if path.is_empty() { String::new() } else { format!("{path}: ") }
}

fn no_json(error: &serde_json::Error) -> FileError {
    let (line, column) = (error.line(), error.column());
    FileError::Syntax { line, column, path: String::new(), reason: without_place(error) }
}

/// An error with the place of its field: the reader itself notices some only at the end of the object around it.
fn wrong(text: &str, path: &serde_path_to_error::Path, error: &serde_json::Error) -> FileError {
    if !error.is_data() {
        return no_json(error);
    }
    let (line, column) = place::line_and_column(text, place::value_at(text, path));
    let path = if path.iter().next().is_some() { path.to_string() } else { String::new() };
    FileError::Syntax { line, column, path, reason: without_place(error) }
}

/// The message of a JSON error without serde_json's own place, which stands beside it already.
fn without_place(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match text.rfind(" at line ") {
        Some(end) => text[..end].to_owned(),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_fields_are_written_back() {
        let text = r#"{"version":1,"chain":[{"filter":"a.wasm","later":{"x":1}}],"mocks":[1,2],
            "request":{"url":"http://a/","extra":true},"reply":{"z":0},"limits":{"fuel":5}}"#;
        let json = Scenario::from_json(text).expect("parses").to_json();
        let value: serde_json::Value = serde_json::from_str(&json).expect("is JSON");
        assert_eq!(value["mocks"], serde_json::json!([1, 2]));
        assert_eq!(value["chain"][0]["later"]["x"], 1);
        assert_eq!(value["request"]["extra"], true);
        assert_eq!(value["reply"]["z"], 0);
        assert_eq!(value["limits"]["fuel"], 5);
    }

    #[test]
    fn an_error_names_its_field_with_line_and_column() {
        let text = "{\n  \"chain\": [{\"filter\": \"a\"}],\n  \"request\": {\"method\": 5}\n}";
        let Err(FileError::Syntax { line, column, path, reason }) = Scenario::from_json(text) else {
            panic!("a number is not a method");
        };
        assert_eq!((path.as_str(), line, column), ("request.method", 3, 25));
        assert_eq!(reason, "invalid type: integer `5`, expected a string");
    }

    #[test]
    fn a_file_of_four_gigabytes_is_not_read_and_one_that_is_no_text_names_the_byte() {
        let file = tempfile::NamedTempFile::new().expect("a file can be made");
        std::fs::write(file.path(), b"{\"name\": \"\xff\"}").expect("it can be written");
        let Err(FileError::Read { reason, .. }) = Scenario::load(file.path()) else {
            panic!("it is no text")
        };
        assert_eq!(reason.to_string(), "byte 11 is not UTF-8");
        file.as_file().set_len(4 << 30).expect("holes cost nothing");
        assert!(matches!(Scenario::load(file.path()), Err(FileError::TooLarge { .. })));
    }

    #[test]
    fn a_newer_file_says_so() {
        assert!(matches!(Scenario::from_json(r#"{"version":7}"#), Err(FileError::Newer { found: 7 })));
    }

    #[test]
    fn a_scenario_may_lack_its_filters() {
        assert!(Scenario::from_json("{}").expect("a request can come first").chain.is_empty());
    }

    #[test]
    fn what_is_said_of_the_proxy_is_written_back_and_nothing_else() {
        let text = r#"{"version":1,"chain":[{"filter":"f.wasm"}],"proxy":{"envoy_version":"1.32",
            "node":{"id":"n","metadata":{"a":1},"later":2},"cluster_name":"c","route":{"name":"r",
            "metadata":{"ns":{"k":"v"}}},"listener":{"direction":"inbound"},"connection_id":7,
            "addresses":{"client":"[::1]:5","later":3},"upstream_locality":{"zone":"z","later":4}},"properties":{"request.size":5}}"#;
        let scenario = Scenario::from_json(text).expect("parses");
        assert_eq!(Scenario::from_json(&scenario.to_json()).expect("parses again"), scenario);
        let json: serde_json::Value = serde_json::from_str(&scenario.to_json()).expect("is JSON");
        assert_eq!(json["proxy"]["node"]["later"], 2);
        assert_eq!(json["proxy"]["addresses"]["later"], 3);
        assert_eq!(json["proxy"]["upstream_locality"]["later"], 4);
        assert_eq!(json["properties"], serde_json::json!({"request.size": 5}));
        assert_eq!(json["proxy"]["virtual_host"], serde_json::Value::Null, "as it is by itself");
    }

    #[test]
    fn a_wrong_property_or_version_names_its_place() {
        let reason = |text: &str| match Scenario::from_json(text) {
            Err(FileError::Syntax { line: 2, reason, .. }) => reason,
            other => panic!("{other:?}"),
        };
        let property =
            reason("{\"chain\": [{\"filter\": \"a\"}],\n\"properties\": {\"request.size\": \"x\"}}");
        assert_eq!(property, "property `request.size`: it is a value of type int; write a number");
        let version = reason("{\"chain\": [{\"filter\": \"a\"}],\n\"proxy\": {\"envoy_version\": \"1.20\"}}");
        assert!(version.ends_with("use \"1.32\" to \"1.40\""), "{version}");
        let address =
            reason("{\"chain\": [{\"filter\": \"a\"}],\n\"proxy\": {\"addresses\": {\"client\": \"x\"}}}");
        assert!(address.contains("address"), "{address}");
    }

    #[test]
    fn a_scenario_survives_the_round_trip() {
        let text = r#"{"version":1,"name":"n","chain":[{"filter":"f.wasm","env":{"A":"1"},"plugin_config":"{}"}],
            "request":{"method":"POST","headers":[["a","b"],["c","d","off"]],"body":"x","chunks":[1]}}"#;
        let scenario = Scenario::from_json(text).expect("parses");
        assert_eq!(Scenario::from_json(&scenario.to_json()).expect("parses again"), scenario);
    }
}
