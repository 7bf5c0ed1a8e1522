//! The rows of the list: subfolders with what is in them, as far as the filter lets it through.

use std::collections::{BTreeMap, BTreeSet};

use crate::folder::{Listing, Mark, Rounds};

/// A row of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Row {
    /// A subfolder by its path, and how deep it lies.
    Group { path: String, name: String, depth: usize, is_folded: bool },
    /// A scenario by its place in the list, and how deep it lies.
    Scenario { entry: usize, depth: usize },
}

/// All rows that can be seen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rows {
    pub rows: Vec<Row>,
    /// Scenarios that the filter lets through.
    pub passed: usize,
}

impl Rows {
    /// Entries stand subfolder by subfolder, those of a subfolder's own subfolders behind them.
    pub fn new(listing: &Listing, filter: &str, folded: &BTreeSet<String>) -> Self {
        let filter = filter.trim().to_lowercase();
        let passes = |name: &str, group: &str| {
            filter.is_empty()
                || name.to_lowercase().contains(&filter)
                || group.to_lowercase().contains(&filter)
        };
        let mut made = Self::default();
        let mut open = Vec::new();
        for (place, entry) in listing.entries.iter().enumerate() {
            if !passes(&entry.name, &entry.group) {
                continue;
            }
            made.passed += 1;
            let parts: Vec<&str> = entry.group.split('/').filter(|part| !part.is_empty()).collect();
            let shared = parts.iter().zip(&open).take_while(|(a, b)| a == b).count();
            open.truncate(shared);
            let mut hidden = (1..=shared).any(|depth| folded.contains(&parts[..depth].join("/")));
            for depth in shared..parts.len() {
                let path = parts[..=depth].join("/");
                let is_folded = folded.contains(&path);
                open.push(parts[depth]);
                if !hidden {
                    let name = parts[depth].to_owned();
                    made.rows.push(Row::Group { path, name, depth, is_folded });
                }
                hidden |= is_folded;
            }
            if !hidden {
                made.rows.push(Row::Scenario { entry: place, depth: parts.len() });
            }
        }
        made
    }

    /// The row of a scenario, if it can be seen.
    pub fn row_of(&self, entry: usize) -> Option<usize> {
        self.rows.iter().position(|row| matches!(row, Row::Scenario { entry: found, .. } if *found == entry))
    }
}

/// How the scenarios of each subfolder did, those below it too: how many pass, of how many that were run.
pub fn tallies(listing: &Listing, rounds: &Rounds) -> BTreeMap<String, (usize, usize)> {
    let mut tallies: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    for entry in &listing.entries {
        let Some(checked) = rounds.now.get(&entry.path) else { continue };
        let ends = entry.group.match_indices('/').map(|(at, _)| at).chain([entry.group.len()]);
        for end in ends {
            let (pass, run) = tallies.entry(entry.group[..end].to_owned()).or_default();
            *pass += usize::from(checked.mark != Mark::Fails);
            *run += 1;
        }
    }
    tallies
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::folder::Entry;

    fn listing(paths: &[&str]) -> Listing {
        let entry = |path: &&str| {
            let (group, name) = path.rsplit_once('/').unwrap_or(("", path));
            Entry {
                path: path.into(),
                name: name.into(),
                group: group.into(),
                expectations: 0,
                modules: Vec::new(),
                is_odd: false,
            }
        };
        Listing { entries: paths.iter().map(entry).collect(), ..Listing::default() }
    }

    fn shown(rows: &Rows, listing: &Listing) -> Vec<String> {
        let row = |row: &Row| match row {
            Row::Group { name, depth, .. } => format!("{}[{name}]", "-".repeat(*depth)),
            Row::Scenario { entry, depth } => {
                format!("{}{}", "-".repeat(*depth), listing.entries[*entry].name)
            }
        };
        rows.rows.iter().map(row).collect()
    }

    #[test]
    fn subfolders_stand_above_what_is_in_them() {
        let list = listing(&["top", "a/x", "a/deep/y", "b/deep/z"]);
        let rows = Rows::new(&list, "", &BTreeSet::new());
        assert_eq!(shown(&rows, &list), ["top", "[a]", "-x", "-[deep]", "--y", "[b]", "-[deep]", "--z"]);
    }

    #[test]
    fn a_folded_subfolder_hides_all_that_is_below_it() {
        let list = listing(&["a/x", "a/deep/y", "b/z"]);
        let rows = Rows::new(&list, "", &["a".to_owned()].into());
        assert_eq!(shown(&rows, &list), ["[a]", "[b]", "-z"]);
        assert_eq!(rows.passed, 3);
    }

    #[test]
    fn the_filter_looks_at_names_and_subfolders() {
        let list = listing(&["auth/令牌过期", "masking/gzip", "masking/用户"]);
        let shown = |filter: &str| shown(&Rows::new(&list, filter, &BTreeSet::new()), &list);
        assert_eq!(shown("令牌"), ["[auth]", "-令牌过期"]);
        assert_eq!(shown("MASK"), ["[masking]", "-gzip", "-用户"]);
        assert!(shown("nothing").is_empty());
    }
}
