//! What the window remembers between two starts: one small versioned file of our own.
//!
//! A file that cannot be read costs only the settings: it is kept beside the new one, and the window says so.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Sender, channel};
use std::thread::{self, JoinHandle};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::text::Language;
use super::theme::ThemeChoice;
use crate::files::{self, lossless_path};

/// The version that this program writes.
const VERSION: u32 = 1;
/// Largest settings file that is read, in bytes.
const MAX_FILE: u64 = 16 << 20;
/// The field of the recent list.
const RECENT: &str = "recent";
/// Most entries of the recent list.
const MAX_RECENT: usize = 12;

/// A file that was opened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recent {
    #[serde(with = "lossless_path")]
    pub path: PathBuf,
    /// Seconds since 1970 when it was last opened.
    pub opened: u64,
    /// How its last run ended, as in [`crate::trace::Outcome::kind`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<String>,
}

/// Everything that is remembered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    pub version: u32,
    pub theme: ThemeChoice,
    /// `None`: the better guess for the system's language.
    pub language: Option<Language>,
    pub live: bool,
    pub only_changes: bool,
    pub mask_secrets: bool,
    pub reduced_motion: bool,
    /// Instructions of each callback are counted.
    pub count_instructions: bool,
    /// 1.0 is 100 %.
    pub zoom: f32,
    /// Newest first.
    pub recent: Vec<Recent>,
    /// Names of commands, the last used first.
    pub recent_commands: Vec<String>,
    #[serde(flatten)]
    pub unknown: Map<String, Value>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            version: VERSION,
            theme: ThemeChoice::System,
            language: None,
            live: true,
            only_changes: true,
            mask_secrets: true,
            count_instructions: false,
            reduced_motion: false,
            zoom: 1.0,
            recent: Vec::new(),
            recent_commands: Vec::new(),
            unknown: Map::new(),
        }
    }
}

impl Settings {
    /// Puts a file at the head of the recent list.
    pub fn remember(&mut self, path: &Path, now: u64) {
        let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        let outcome = self.recent.iter().find(|recent| recent.path == path).and_then(|r| r.outcome.clone());
        self.recent.retain(|recent| recent.path != path);
        self.recent.insert(0, Recent { path, opened: now, outcome });
        self.recent.truncate(MAX_RECENT);
    }

    /// Puts a command at the head of the recently used ones.
    pub fn remember_command(&mut self, name: &str) {
        self.recent_commands.retain(|known| known != name);
        self.recent_commands.insert(0, name.to_owned());
        self.recent_commands.truncate(5);
    }

    /// The language to speak.
    pub fn language(&self) -> Language {
        self.language.unwrap_or_else(|| {
            let locale = ["LC_ALL", "LC_MESSAGES", "LANG"]
                .into_iter()
                .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()));
            Language::from_locale(&locale.unwrap_or_default())
        })
    }
}

/// Where the settings lie, and who writes them there. Several windows may share them: each writes only what was changed in it.
#[derive(Debug)]
pub struct SettingsFile {
    /// `None`: there is no place for them; nothing is kept.
    path: Option<PathBuf>,
    /// What was in the file when it was read; the first version that is written is set against it.
    known: Map<String, Value>,
    writer: Option<Writer>,
}

/// A thread that writes the newest settings, one after the other, so that an older version never comes last. Dropping
/// it waits for the last one.
#[derive(Debug)]
struct Writer {
    versions: Option<Sender<Map<String, Value>>>,
    thread: Option<JoinHandle<()>>,
}

/// What came of reading the file.
#[derive(Debug, PartialEq)]
pub enum Read {
    Fresh,
    Found(Box<Settings>),
    /// It could not be read and was put aside under this name.
    Broken {
        kept: PathBuf,
    },
}

impl SettingsFile {
    /// The file in the user's own configuration folder.
    pub fn of_user() -> Self {
        let folders = directories::ProjectDirs::from("", "", "filterlab");
        Self { path: folders.map(|folders| folders.config_dir().join("settings.json")), ..Self::nowhere() }
    }

    pub fn at(path: PathBuf) -> Self {
        Self { path: Some(path), ..Self::nowhere() }
    }

    /// A file or folder beside the settings.
    pub fn beside(&self, name: &str) -> Option<PathBuf> {
        Some(self.path.as_ref()?.with_file_name(name))
    }

    /// Settings that are not kept, for tests.
    pub fn nowhere() -> Self {
        Self { path: None, known: Map::new(), writer: None }
    }

    pub fn read(&mut self) -> Read {
        let Some(path) = &self.path else { return Read::Fresh };
        let Ok(bytes) = files::read_at_most(path, MAX_FILE) else { return Read::Fresh };
        match serde_json::from_slice::<Settings>(&bytes) {
            Ok(settings) => {
                self.known = map_of(&settings);
                Read::Found(Box::new(settings))
            }
            Err(_) => {
                // If even this fails, the file is simply replaced at the next change.
                let kept = files::put_aside(path).unwrap_or_else(|_| path.clone());
                Read::Broken { kept }
            }
        }
    }

    /// Writes the settings without making the window wait.
    pub fn write(&mut self, settings: &Settings) {
        let Some(path) = &self.path else { return };
        if self.writer.is_none() {
            self.writer = Writer::start(path.clone(), std::mem::take(&mut self.known)).ok();
        }
        if let Some(versions) = self.writer.as_ref().and_then(|writer| writer.versions.as_ref()) {
            // The thread lives as long as the sender.
            let _ = versions.send(map_of(settings));
        }
    }
}

impl Writer {
    fn start(path: PathBuf, mut known: Map<String, Value>) -> std::io::Result<Self> {
        let (versions, received) = channel::<Map<String, Value>>();
        let work = move || {
            while let Ok(mut ours) = received.recv() {
                while let Ok(newer) = received.try_recv() {
                    ours = newer;
                }
                let read = files::read_at_most(&path, MAX_FILE).ok();
                let theirs = read.and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default();
                let both = merge(&known, &ours, theirs);
                known = ours;
                let Ok(text) = serde_json::to_vec_pretty(&both) else { continue };
                if let Some(folder) = path.parent() {
                    let _ = std::fs::create_dir_all(folder);
                }
                // Settings that cannot be kept are no reason to disturb anybody's work.
                let _ = files::write_whole(&path, &text);
            }
        };
        let thread = thread::Builder::new().name("filterlab-settings".into()).spawn(work)?;
        Ok(Self { versions: Some(versions), thread: Some(thread) })
    }
}

fn map_of(settings: &Settings) -> Map<String, Value> {
    match serde_json::to_value(settings) {
        Ok(Value::Object(map)) => map,
        _ => Map::new(),
    }
}

/// What another window wrote, with what this one has changed since it `known` them.
fn merge(
    known: &Map<String, Value>,
    ours: &Map<String, Value>,
    mut theirs: Map<String, Value>,
) -> Map<String, Value> {
    for (name, value) in ours {
        let is_changed = known.get(name) != Some(value);
        if name == RECENT {
            let of = |map: &Map<String, Value>| -> Vec<Recent> {
                map.get(RECENT).and_then(|list| Vec::deserialize(list).ok()).unwrap_or_default()
            };
            let both = merge_recent(&of(known), of(ours), of(&theirs));
            theirs.insert(name.clone(), serde_json::to_value(both).unwrap_or_default());
        } else if is_changed || !theirs.contains_key(name) {
            theirs.insert(name.clone(), value.clone());
        }
    }
    theirs
}

/// Files that either window opened, without those that either took out.
fn merge_recent(known: &[Recent], ours: Vec<Recent>, theirs: Vec<Recent>) -> Vec<Recent> {
    let has = |list: &[Recent], path: &Path| list.iter().any(|recent| recent.path == path);
    let mut both: Vec<Recent> = Vec::new();
    for recent in ours.iter().filter(|recent| !known.contains(recent) || has(&theirs, &recent.path)) {
        both.push(recent.clone());
    }
    for recent in theirs.iter().filter(|recent| has(&ours, &recent.path) || !has(known, &recent.path)) {
        match both.iter_mut().find(|other| other.path == recent.path) {
            Some(other) if recent.opened > other.opened => *other = recent.clone(),
            Some(_) => {}
            None => both.push(recent.clone()),
        }
    }
    // Stable: what this window opened within the same second keeps its order.
    both.sort_by_key(|recent| std::cmp::Reverse(recent.opened));
    both.truncate(MAX_RECENT);
    both
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.versions = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broken_file_costs_only_the_settings_and_is_kept() {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let path = folder.path().join("settings.json");
        std::fs::write(&path, "{ not json").expect("the file can be written");
        let Read::Broken { kept } = SettingsFile::at(path.clone()).read() else { panic!("it is broken") };
        assert_eq!(std::fs::read_to_string(kept).expect("it is kept"), "{ not json");
        assert!(!path.exists());
    }

    #[test]
    fn the_last_version_is_the_one_that_is_kept() {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let path = folder.path().join("new folder").join("settings.json");
        let mut file = SettingsFile::at(path.clone());
        let mut settings = Settings::default();
        for number in 0..50 {
            settings.remember(Path::new(&format!("/{number}")), number);
            file.write(&settings);
        }
        drop(file);
        assert_eq!(SettingsFile::at(path).read(), Read::Found(Box::new(settings)));
    }

    #[test]
    fn two_windows_keep_what_each_of_them_changed() {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let path = folder.path().join("settings.json");
        let begin = || {
            let mut file = SettingsFile::at(path.clone());
            let settings = match file.read() {
                Read::Found(settings) => *settings,
                _ => Settings::default(),
            };
            (file, settings)
        };
        let (mut file, mut settings) = begin();
        settings.remember(Path::new("/old"), 1);
        settings.remember(Path::new("/dropped"), 2);
        file.write(&settings);
        drop(file);

        let ((mut one, mut ours), (mut other, mut theirs)) = (begin(), begin());
        ours.theme = ThemeChoice::Light;
        ours.remember(Path::new("/ours"), 3);
        ours.recent.retain(|recent| recent.path != Path::new("/dropped"));
        one.write(&ours);
        drop(one);
        theirs.zoom = 1.5;
        theirs.remember(Path::new("/theirs"), 4);
        other.write(&theirs);
        theirs.live = false;
        other.write(&theirs);
        drop(other);

        let (_, both) = begin();
        assert_eq!((both.theme, both.zoom, both.live), (ThemeChoice::Light, 1.5, false));
        let paths: Vec<_> = both.recent.iter().map(|recent| recent.path.as_path()).collect();
        assert_eq!(paths, [Path::new("/theirs"), Path::new("/ours"), Path::new("/old")]);
    }

    #[test]
    fn unknown_settings_of_a_newer_version_are_kept() {
        let text = r#"{"version": 1, "live": false, "later": 5}"#;
        let settings: Settings = serde_json::from_str(text).expect("parses");
        assert!(!settings.live);
        let again = serde_json::to_value(&settings).expect("serializes");
        assert_eq!(again["later"], 5);
    }

    #[test]
    fn a_file_opened_again_moves_to_the_head_of_the_list() {
        let mut settings = Settings::default();
        for name in ["/a", "/b", "/a"] {
            settings.remember(Path::new(name), 1);
        }
        let paths: Vec<_> = settings.recent.iter().map(|recent| recent.path.as_path()).collect();
        assert_eq!(paths, [Path::new("/a"), Path::new("/b")]);
    }
}
