//! Where events about a file come from: the folders to watch for it, and the names by which it is told of.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Most links that are followed from a name to its file.
const MOST_LINKS: usize = 16;

/// All names under which events about `file` may come, each in a folder without links in its path: those of the links on
/// the way, and that of the file itself. A folder is told of by what is in it, too.
pub fn names(file: &Path) -> BTreeSet<PathBuf> {
    let mut names = BTreeSet::new();
    let mut at = std::path::absolute(file).unwrap_or_else(|_| file.to_owned());
    for _ in 0..MOST_LINKS {
        let Some(name) = real_name(&at) else { break };
        if !names.insert(name.clone()) {
            break;
        }
        match std::fs::read_link(&name) {
            // A relative link counts from the folder that it stands in.
            Ok(target) => at = name.parent().unwrap_or(Path::new("")).join(target),
            Err(_) => break,
        }
    }
    names
}

/// The folders in which these files are, as far as they are there.
pub fn folders<'a>(names: impl Iterator<Item = &'a PathBuf>) -> BTreeSet<PathBuf> {
    let mut folders = BTreeSet::new();
    for name in names {
        folders.extend(name.parent().map(Path::to_owned));
        if name.is_dir() {
            folders.insert(name.clone());
        }
    }
    folders.retain(|folder| folder.is_dir());
    folders
}

/// The same file in its folder without links.
fn real_name(path: &Path) -> Option<PathBuf> {
    let folder = path.parent()?;
    // A folder that is not there yet has no links either.
    let folder = std::fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned());
    Some(folder.join(path.file_name()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn a_link_is_known_by_its_own_name_and_by_that_of_its_file() {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let root = std::fs::canonicalize(folder.path()).expect("it is there");
        std::fs::create_dir(root.join("build")).expect("it can be made");
        std::fs::write(root.join("build/f.wasm"), "x").expect("it can be written");
        std::os::unix::fs::symlink("build/f.wasm", root.join("link.wasm")).expect("links can be made");
        let names = names(&root.join("link.wasm"));
        assert_eq!(names, [root.join("build/f.wasm"), root.join("link.wasm")].into());
        assert_eq!(folders(names.iter()), [root.join("build"), root.clone()].into());
    }

    #[cfg(unix)]
    #[test]
    fn links_in_a_circle_come_to_an_end() {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let (a, b) = (folder.path().join("a"), folder.path().join("b"));
        std::os::unix::fs::symlink(&a, &b).expect("links can be made");
        std::os::unix::fs::symlink(&b, &a).expect("links can be made");
        assert_eq!(names(&a).len(), 2);
    }
}
