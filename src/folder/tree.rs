//! Which scenarios are in a folder and below it.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::files::read_at_most;

/// How the name of a scenario file ends.
pub const SUFFIX: &str = ".scenario.json";
/// Most files that are listed.
pub const MOST_FILES: usize = 20_000;
/// Most entries of folders that are looked at.
const MOST_ENTRIES: usize = 200_000;
/// How deep folders may lie in each other.
const MOST_DEPTH: usize = 12;
/// Largest file that is looked into for its name, in bytes; others are called by their files.
const MOST_BYTES: u64 = 1 << 20;
/// Folders in which nobody keeps scenarios.
const PASSED_BY: [&str; 2] = ["target", "node_modules"];

/// A scenario in a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub path: PathBuf,
    /// The scenario's own name, else that of its file.
    pub name: String,
    /// The subfolder, relative to the folder, with `/` between its parts; empty: it lies in the folder itself.
    pub group: String,
    /// Expectations that are not off.
    pub expectations: usize,
    /// The files of its filters.
    pub modules: Vec<PathBuf>,
    /// It could not be read as a scenario.
    pub is_odd: bool,
}

/// What is in a folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    pub root: PathBuf,
    /// Subfolder by subfolder, those of the folder itself first; in each by name.
    pub entries: Vec<Entry>,
    /// All folders that were looked into, the folder itself first.
    pub folders: Vec<PathBuf>,
    /// There are more, which were not looked at.
    pub is_cut: bool,
}

impl Listing {
    /// The folder's own name.
    pub fn name(&self) -> String {
        self.root.file_name().unwrap_or(self.root.as_os_str()).to_string_lossy().into_owned()
    }

    /// Every file and folder on which the list, or a run of it, depends.
    pub fn watched(&self) -> Vec<PathBuf> {
        let files = self.entries.iter().flat_map(|entry| entry.modules.iter().chain([&entry.path]));
        let all: BTreeSet<&PathBuf> = files.chain(&self.folders).collect();
        all.into_iter().cloned().collect()
    }
}

/// Lists the scenarios in a folder and below it. Links to folders are not followed, hidden folders are passed by.
pub fn list(root: &Path) -> io::Result<Listing> {
    let mut listing = Listing { root: root.to_owned(), ..Listing::default() };
    // What cannot be read at all is an error; a subfolder that cannot is passed by.
    std::fs::read_dir(root)?;
    let mut looked_at = 0;
    let mut waiting = vec![(root.to_owned(), 0)];
    while let Some((folder, depth)) = waiting.pop() {
        let Ok(found) = std::fs::read_dir(&folder) else { continue };
        let group = group_of(root, &folder);
        for entry in found.flatten() {
            looked_at += 1;
            if listing.entries.len() >= MOST_FILES || looked_at > MOST_ENTRIES {
                listing.is_cut = true;
                break;
            }
            let (Ok(kind), name) = (entry.file_type(), entry.file_name().to_string_lossy().into_owned())
            else {
                continue;
            };
            if kind.is_dir() && !name.starts_with('.') && !PASSED_BY.contains(&&*name) {
                match depth < MOST_DEPTH {
                    true => waiting.push((entry.path(), depth + 1)),
                    false => listing.is_cut = true,
                }
            } else if !kind.is_dir() && is_scenario(&name) {
                listing.entries.push(look_into(entry.path(), &name, &group));
            }
        }
        listing.folders.push(folder);
    }
    listing.entries.sort_by_cached_key(|entry| {
        let group: Vec<_> = entry.group.split('/').filter(|part| !part.is_empty()).map(parts).collect();
        (group, parts(&entry.name.to_lowercase()), entry.path.clone())
    });
    listing.folders[1..].sort();
    Ok(listing)
}

/// A piece of a name. Numbers are told apart by their values, so that 12 comes before 102; without leading zeros the shorter one
/// is the smaller one.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Number(usize, String),
    Text(String),
}

fn parts(name: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut rest = name;
    while let Some(first) = rest.chars().next() {
        let is_number = first.is_ascii_digit();
        let end = rest.find(|c: char| c.is_ascii_digit() != is_number).unwrap_or(rest.len());
        let (part, after) = rest.split_at(end);
        let digits = part.trim_start_matches('0');
        parts.push(match is_number {
            true => Part::Number(digits.len(), digits.to_owned()),
            false => Part::Text(part.to_owned()),
        });
        rest = after;
    }
    parts
}

fn is_scenario(name: &str) -> bool {
    name.len() > SUFFIX.len() && name.to_ascii_lowercase().ends_with(SUFFIX) && !name.starts_with('.')
}

fn group_of(root: &Path, folder: &Path) -> String {
    let parts = folder.strip_prefix(root).unwrap_or(Path::new("")).components();
    parts.map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
}

/// What the list wants to know of a scenario; everything else in it is passed over.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Head {
    name: String,
    chain: Vec<HeadFilter>,
    expect: Vec<HeadExpectation>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct HeadFilter {
    filter: String,
    module: Option<IgnoredAny>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct HeadExpectation {
    off: bool,
}

fn look_into(path: PathBuf, file: &str, group: &str) -> Entry {
    let head = match read_at_most(&path, MOST_BYTES) {
        Ok(bytes) => {
            let text = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(&bytes);
            serde_json::from_slice::<Head>(text).ok()
        }
        Err(error) if error.kind() == io::ErrorKind::FileTooLarge => Some(Head::default()),
        Err(_) => None,
    };
    let is_odd = head.is_none();
    let Head { name, chain, expect } = head.unwrap_or_default();
    let folder = path.parent().unwrap_or(Path::new(""));
    let files = chain.iter().filter(|filter| filter.module.is_none() && !filter.filter.is_empty());
    Entry {
        modules: files.map(|filter| folder.join(&filter.filter)).collect(),
        name: match name.trim() {
            "" => file[..file.len() - SUFFIX.len()].to_owned(),
            name => name.to_owned(),
        },
        group: group.to_owned(),
        expectations: expect.iter().filter(|expectation| !expectation.off).count(),
        is_odd,
        path,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn scene(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a folder can be made");
        for (name, text) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().expect("it has one")).expect("folders can be made");
            fs::write(path, text).expect("it can be written");
        }
        folder
    }

    fn names(listing: &Listing) -> Vec<String> {
        listing.entries.iter().map(|entry| format!("{}:{}", entry.group, entry.name)).collect()
    }

    #[test]
    fn scenarios_are_listed_by_subfolder_and_name() {
        let folder = scene(&[
            ("masking/b.scenario.json", r#"{"name":"用户资料脱敏"}"#),
            ("masking/a.scenario.json", "{}"),
            ("auth/deep/x.scenario.json", "{}"),
            ("top.scenario.json", "{}"),
            ("top.json", "{}"),
            ("filter.wasm", ""),
            (".git/hidden.scenario.json", "{}"),
            ("target/built.scenario.json", "{}"),
        ]);
        let listing = list(folder.path()).expect("it can be read");
        assert_eq!(names(&listing), [":top", "auth/deep:x", "masking:a", "masking:用户资料脱敏"]);
        assert!(!listing.is_cut);
        assert_eq!(listing.folders.len(), 4);
    }

    #[test]
    fn numbers_in_names_are_sorted_by_their_values() {
        let files =
            ["case 102", "case 12", "case 1", "Case 2", "case", "b10/x", "b9/x", "b9-old/x", "b9/in/x"];
        let files = files.map(|name| (format!("{name}.scenario.json"), "{}"));
        let files: Vec<_> = files.iter().map(|(name, text)| (name.as_str(), *text)).collect();
        let listing = list(scene(&files).path()).expect("it can be read");
        let wanted =
            [":case", ":case 1", ":Case 2", ":case 12", ":case 102", "b9:x", "b9/in:x", "b9-old:x", "b10:x"];
        assert_eq!(names(&listing), wanted);
    }

    #[test]
    fn a_list_knows_modules_and_expectations() {
        let text = r#"{"chain":[{"filter":"../f.wasm"},{"filter":"e","module":{"base64":"AA=="}}],
            "expect":[{"is":200},{"is":1,"off":true}]}"#;
        let folder = scene(&[("a/x.scenario.json", text)]);
        let listing = list(folder.path()).expect("it can be read");
        assert_eq!(listing.entries[0].expectations, 1);
        assert_eq!(listing.entries[0].modules, [folder.path().join("a/../f.wasm")]);
        assert!(listing.watched().contains(&folder.path().join("a/x.scenario.json")));
    }

    #[test]
    fn a_broken_file_is_listed_by_its_file_name() {
        let folder = scene(&[("broken.scenario.json", "{"), ("fine.scenario.json", "{}")]);
        let listing = list(folder.path()).expect("it can be read");
        assert_eq!(names(&listing), [":broken", ":fine"]);
        assert!(listing.entries[0].is_odd && !listing.entries[1].is_odd);
    }

    /// A pipe keeps whoever opens it waiting until somebody writes to it.
    #[cfg(unix)]
    #[test]
    fn a_pipe_is_listed_as_what_cannot_be_read() {
        let folder = scene(&[("fine.scenario.json", "{}")]);
        let pipe = folder.path().join("a.scenario.json");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status().expect("every Unix has it");
        assert!(made.success());
        let listing = list(folder.path()).expect("it can be read");
        assert_eq!(names(&listing), [":a", ":fine"]);
        assert!(listing.entries[0].is_odd);
    }

    #[cfg(unix)]
    #[test]
    fn links_in_a_circle_are_not_followed() {
        let folder = scene(&[("a/x.scenario.json", "{}")]);
        std::os::unix::fs::symlink(folder.path(), folder.path().join("a/loop")).expect("links can be made");
        assert_eq!(names(&list(folder.path()).expect("it can be read")), ["a:x"]);
    }

    #[test]
    fn a_folder_that_is_not_there_is_an_error() {
        assert!(list(Path::new("/nowhere/at/all")).is_err());
    }
}
