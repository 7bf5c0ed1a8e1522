//! The run that a bundle holds, set beside the one that was made of it here.

use serde_json::Value;

use super::recorded_json;
use crate::scenario::Scenario;
use crate::trace::Trace;

/// A recorded run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// As `--json` prints it.
    pub json: String,
    /// The program that wrote it was this one, of the same version.
    pub by_this_version: bool,
}

/// The first thing in which two runs differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// As in `docs/json.md`: `downstream.headers[2]`.
    pub place: String,
    /// Both as JSON, shortened.
    pub recorded: String,
    pub now: String,
}

impl Recorded {
    /// Where the run of the bundle's scenario differs from what was recorded. Of a file from another version only what both
    /// know is compared, and sentences are not.
    pub fn difference(&self, trace: &Trace, scenario: &Scenario) -> Option<Difference> {
        let now = recorded_json(trace, scenario);
        if self.json == now {
            return None;
        }
        let read = |json: &str| serde_json::from_str::<Value>(json).unwrap_or_default();
        let (old, new) = (read(&self.json), read(&now));
        // A sentence differs because of something else, which says more.
        let fact = difference(&old, &new, "", Exact { fields: self.by_this_version, sentences: false });
        let exact = Exact { fields: true, sentences: true };
        match fact.or_else(|| self.by_this_version.then(|| difference(&old, &new, "", exact)).flatten()) {
            None if self.by_this_version => Some(Difference {
                place: String::new(),
                recorded: shortened(&self.json),
                now: shortened(&now),
            }),
            found => found,
        }
    }
}

/// What has to be equal.
#[derive(Clone, Copy)]
struct Exact {
    /// Fields that only one side has are a difference.
    fields: bool,
    sentences: bool,
}

/// Fields whose words may change with the version.
const SENTENCES: [&str; 2] = ["reason", "message"];

fn difference(recorded: &Value, now: &Value, place: &str, exact: Exact) -> Option<Difference> {
    let found = || Difference { place: place.to_owned(), recorded: shown(recorded), now: shown(now) };
    match (recorded, now) {
        (Value::Object(old), Value::Object(new)) => {
            let below =
                |name: &str| if place.is_empty() { name.to_owned() } else { format!("{place}.{name}") };
            let both = old.iter().find_map(|(name, old)| match new.get(name) {
                _ if !exact.sentences && SENTENCES.contains(&name.as_str()) => None,
                Some(new) => difference(old, new, &below(name), exact),
                None => exact.fields.then(|| Difference {
                    place: below(name),
                    recorded: shown(old),
                    now: String::new(),
                }),
            });
            let added = || new.iter().find(|(name, _)| exact.fields && !old.contains_key(*name));
            both.or_else(|| {
                added().map(|(name, new)| Difference {
                    place: below(name),
                    recorded: String::new(),
                    now: shown(new),
                })
            })
        }
        (Value::Array(old), Value::Array(new)) => {
            let pairs = old.iter().zip(new).enumerate();
            let mut inside = pairs
                .filter_map(|(index, (old, new))| difference(old, new, &format!("{place}[{index}]"), exact));
            inside.next().or_else(|| (old.len() != new.len()).then(found))
        }
        _ => (recorded != now).then(found),
    }
}

fn shown(value: &Value) -> String {
    shortened(&value.to_string())
}

/// Most characters of a value that are quoted.
const MOST: usize = 80;

fn shortened(text: &str) -> String {
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
