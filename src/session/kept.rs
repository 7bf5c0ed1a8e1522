//! The files of a session: one for each document, and the index.

use std::collections::BTreeMap;
use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use serde_json::Value;

use crate::files::lossless_path;
use crate::scenario::{Body, Scenario};

/// The version that this program writes. A document of a higher one is left alone. Since 2, large bodies have files of their own.
pub const VERSION: u32 = 2;
/// Most steps back and most steps forward that are kept, and most bytes of either.
const MOST_STEPS: usize = 100;
const MOST_STEP_BYTES: usize = 1 << 20;

/// Tells documents apart, also those of other windows and of earlier starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DocumentId(u64);

impl DocumentId {
    /// One that no other document has.
    pub fn fresh() -> Self {
        // The keys are random for each process, and others for each state.
        Self(RandomState::new().hash_one(SystemTime::now()))
    }

    /// From sixteen hexadecimal digits, as it is written.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        digits.then(|| u64::from_str_radix(text, 16).ok().map(Self)).flatten()
    }
}

impl fmt::Display for DocumentId {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl Serialize for DocumentId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for DocumentId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| de::Error::custom("sixteen hexadecimal digits were expected"))
    }
}

/// Where a document came from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// A bundled sample, by its id.
    Sample(String),
    /// A module opened by itself.
    #[serde(with = "lossless_path")]
    Module(PathBuf),
    /// A scenario file.
    #[serde(with = "lossless_path")]
    File(PathBuf),
    /// A file of another tool, to whose folder paths are relative; empty for what was pasted.
    #[serde(with = "lossless_path")]
    Imported(PathBuf),
}

impl Origin {
    /// The file, if it is one.
    pub fn path(&self) -> Option<&Path> {
        match self {
            Self::Sample(_) | Self::Imported(_) => None,
            Self::Module(path) | Self::File(path) => Some(path),
        }
    }
}

/// Where the module of a filter comes from; paths are absolute.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeptModule {
    #[serde(with = "lossless_path")]
    File(PathBuf),
    /// A file with this SHA-256, in hexadecimal.
    Pinned {
        #[serde(with = "lossless_path")]
        path: PathBuf,
        sha256: String,
    },
    /// That of a bundled sample, by its id.
    Sample(String),
    /// The filter in the scenario has it.
    InScenario,
    Bytes {
        name: String,
        bytes: Body,
    },
}

/// A scenario with where its modules come from: one for each filter of the chain.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Version {
    pub scenario: Arc<Scenario>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub modules: Vec<KeptModule>,
}

/// The scenario as its file has it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Saved {
    /// The present one.
    Present,
    Other(Arc<Scenario>),
    /// No file has it.
    Nowhere,
}

/// An open document, as it is kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Kept {
    pub version: u32,
    pub id: DocumentId,
    pub origin: Origin,
    pub present: Version,
    pub saved: Saved,
    /// SHA-256 of its file in hexadecimal when it was read or written last; empty: unknown.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub sha256: String,
    /// Steps back, the nearest last. As many as there is room for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub undo: Vec<Version>,
    /// Steps forward, the nearest last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub redo: Vec<Version>,
    /// What was shown of it, in the window's own words.
    #[serde(default)]
    pub view: Value,
    /// In a file only: the large bodies that lie beside it, by their place here, each with its SHA-256 in hexadecimal.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub large: BTreeMap<String, String>,
}

impl Kept {
    /// Whether both are the same without a look into the scenarios: an edit makes another one.
    pub fn is_same(&self, other: &Self) -> bool {
        let same = |a: &[Version], b: &[Version]| {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| Arc::ptr_eq(&a.scenario, &b.scenario))
        };
        let same_saved = match (&self.saved, &other.saved) {
            (Saved::Other(a), Saved::Other(b)) => Arc::ptr_eq(a, b),
            (a, b) => std::mem::discriminant(a) == std::mem::discriminant(b),
        };
        Arc::ptr_eq(&self.present.scenario, &other.present.scenario)
            && self.present.modules == other.present.modules
            && same_saved
            && same(&self.undo, &other.undo)
            && same(&self.redo, &other.redo)
            && (self.id, &self.origin, &self.sha256) == (other.id, &other.origin, &other.sha256)
            && self.view == other.view
    }

    /// The file's text.
    pub(super) fn to_json(&self) -> io::Result<Vec<u8>> {
        let kept = Self { undo: nearest(&self.undo), redo: nearest(&self.redo), ..self.clone() };
        serde_json::to_vec(&kept).map_err(io::Error::from)
    }
}

/// The last of these steps for which there is room.
fn nearest(steps: &[Version]) -> Vec<Version> {
    let mut room = Room(MOST_STEP_BYTES);
    let fits = |step: &&Version| serde_json::to_writer(&mut room, step).is_ok();
    let count = steps.iter().rev().take(MOST_STEPS).take_while(fits).count();
    steps[steps.len() - count..].to_vec()
}

/// Counts bytes until there are too many.
struct Room(usize);

impl io::Write for Room {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 = self.0.checked_sub(bytes.len()).ok_or(io::ErrorKind::StorageFull)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What its file is like when a document is opened again.
#[derive(Clone, Debug, PartialEq)]
pub enum FileNow {
    /// As it was, or there is none, or nothing is known of what it was.
    Same,
    /// Somebody wrote to it meanwhile. What is in it now, and its SHA-256, if it is a scenario.
    Changed(Option<(Arc<Scenario>, String)>),
    Gone,
}

/// Which documents are open, and how the window stands.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Index {
    pub version: u32,
    /// In the order of the tabs.
    pub open: Vec<DocumentId>,
    pub front: Option<DocumentId>,
    /// Closed ones that can be opened again; the last one at the end.
    pub closed: Vec<DocumentId>,
    /// How the window is divided, in its own words.
    pub window: Value,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(name: &str, body: usize) -> Version {
        let mut scenario = Scenario { name: name.into(), ..Scenario::default() };
        scenario.reply.body = "x".repeat(body).into();
        Version { scenario: scenario.into(), modules: Vec::new() }
    }

    #[test]
    fn an_id_is_read_as_it_is_written() {
        let id = DocumentId::fresh();
        assert_eq!(DocumentId::parse(&id.to_string()), Some(id));
        assert_ne!(DocumentId::fresh(), id);
        for wrong in ["", "12", "+123456789abcdef", "00000000000000zz", "../../etc/passwd"] {
            assert_eq!(DocumentId::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn the_nearest_steps_are_kept_as_far_as_there_is_room() {
        let many: Vec<_> = (0..500).map(|n| step(&n.to_string(), 0)).collect();
        let kept = nearest(&many);
        assert_eq!(
            (kept.len(), kept.last().map(|step| step.scenario.name.as_str())),
            (MOST_STEPS, Some("499"))
        );
        let large: Vec<_> = (0..9).map(|n| step(&n.to_string(), 400_000)).collect();
        let names: Vec<_> = nearest(&large).iter().map(|step| step.scenario.name.clone()).collect();
        assert_eq!(names, ["7", "8"]);
        assert!(nearest(&[step("huge", 2 << 20)]).is_empty());
    }
}
