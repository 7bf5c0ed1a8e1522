//! Making, copying, renaming and deleting scenario files. No file is ever overwritten, and what is deleted is kept.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use super::tree::SUFFIX;
use crate::files::read_at_most;
use crate::scenario::{MAX_FILE, Scenario};

/// Most names that are tried for a new file.
const MOST_NAMES: usize = 10_000;

/// Most deleted files that are kept, and most bytes of them. The last one is kept in any case.
const MOST_DELETED: usize = 200;
const MOST_DELETED_BYTES: u64 = 1 << 30;

/// A file that was deleted, and where it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deleted {
    pub from: PathBuf,
    pub kept: PathBuf,
}

/// Writes a new scenario into a folder, in a file of its name; gives the file.
pub fn create(folder: &Path, scenario: &Scenario) -> io::Result<PathBuf> {
    write_new(folder, &file_stem(&scenario.name), scenario.to_json().as_bytes())
}

/// Copies a scenario beside itself; gives the new file. The copy has another name, if the scenario has one.
pub fn duplicate(path: &Path) -> io::Result<PathBuf> {
    let folder = path.parent().unwrap_or(Path::new(""));
    match Scenario::load(path) {
        Ok(mut scenario) => {
            let stem = stem_of(path);
            if !scenario.name.is_empty() {
                scenario.name = next_name(&scenario.name);
            }
            write_new(folder, &next_name(&stem), scenario.to_json().as_bytes())
        }
        // What is no scenario is copied as it is.
        Err(_) => write_new(folder, &next_name(&stem_of(path)), &read_at_most(path, MAX_FILE)?),
    }
}

/// Gives a scenario and its file another name; gives the new file. A name that is taken is an error.
pub fn rename(path: &Path, name: &str) -> io::Result<PathBuf> {
    let folder = path.parent().unwrap_or(Path::new(""));
    let to = folder.join(format!("{}{SUFFIX}", file_stem(name)));
    let is_same = to == *path;
    match Scenario::load(path) {
        Ok(mut scenario) => {
            name.trim().clone_into(&mut scenario.name);
            if is_same {
                crate::files::write_whole(path, scenario.to_json().as_bytes())?;
            } else {
                make(&to, scenario.to_json().as_bytes())?;
                fs::remove_file(path)?;
            }
        }
        Err(_) if is_same => {}
        Err(_) => move_to(path, &to)?,
    }
    Ok(to)
}

/// Moves a file into a folder of deleted ones, from where [`restore`] brings it back. Those that were deleted longest ago
/// make room for it.
pub fn delete(path: &Path, trash: &Path) -> io::Result<Deleted> {
    fs::create_dir_all(trash)?;
    let name = path.file_name().ok_or_else(|| io::Error::from(ErrorKind::InvalidInput))?.to_string_lossy();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_millis());
    for attempt in 0..MOST_NAMES {
        let kept = trash.join(format!("{now}-{attempt}-{name}"));
        match move_to(path, &kept) {
            Ok(()) => {
                make_room(trash, &kept);
                return Ok(Deleted { from: path.to_owned(), kept });
            }
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(ErrorKind::AlreadyExists.into())
}

/// Takes the oldest files out of a folder of deleted ones as long as there is too much in it. What did not come there by
/// [`delete`] is left alone.
fn make_room(trash: &Path, last: &Path) {
    let moment = |path: &Path| {
        let name = path.file_name()?.to_str()?;
        let mut numbers = name.split('-').map(|part| part.parse::<u128>().ok());
        Some((numbers.next()??, numbers.next()??))
    };
    let paths = fs::read_dir(trash).into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path()));
    let mut kept: Vec<_> = paths.filter_map(|path| Some((path != *last, moment(&path)?, path))).collect();
    kept.sort_by(|(is_other, moment, _), (is_other_too, moment_too, _)| {
        is_other.cmp(is_other_too).then(moment_too.cmp(moment))
    });
    let mut bytes = 0;
    for (place, (is_other, _, path)) in kept.iter().enumerate() {
        bytes += fs::metadata(path).map_or(0, |meta| meta.len());
        if *is_other && (place >= MOST_DELETED || bytes > MOST_DELETED_BYTES) {
            // If it stays it only takes up space.
            let _ = fs::remove_file(path);
        }
    }
}

/// Brings a deleted file back to where it was; if another one is there by now, that is an error.
pub fn restore(deleted: &Deleted) -> io::Result<()> {
    move_to(&deleted.kept, &deleted.from)
}

/// Moves a file to where there is none. It is in one of both places at any moment, whatever happens.
fn move_to(from: &Path, to: &Path) -> io::Result<()> {
    make(to, &read_at_most(from, MAX_FILE)?)?;
    fs::remove_file(from)
}

/// Writes a file where there is none.
fn make(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create_new(path)?;
    let written = file.write_all(bytes).and_then(|()| file.sync_all());
    if written.is_err() {
        // Half of it is of no use to anybody; the first error is the one to report.
        let _ = fs::remove_file(path);
    }
    written
}

fn write_new(folder: &Path, stem: &str, bytes: &[u8]) -> io::Result<PathBuf> {
    let mut stem = stem.to_owned();
    for _ in 0..MOST_NAMES {
        let path = folder.join(format!("{stem}{SUFFIX}"));
        match make(&path, bytes) {
            Ok(()) => return Ok(path),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => stem = next_name(&stem),
            Err(error) => return Err(error),
        }
    }
    Err(ErrorKind::AlreadyExists.into())
}

/// `name 2`, `name 3` and so on.
fn next_name(name: &str) -> String {
    match name.rsplit_once(' ').map(|(front, last)| (front, last.parse::<u32>())) {
        Some((front, Ok(number))) if number < u32::MAX => format!("{front} {}", number + 1),
        _ => format!("{name} 2"),
    }
}

fn stem_of(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let end = name.len().saturating_sub(SUFFIX.len());
    if name.to_ascii_lowercase().ends_with(SUFFIX) { name[..end].to_owned() } else { name }
}

/// A name without what some system does not allow in the name of a file, nor anything that leads to another folder.
fn file_stem(name: &str) -> String {
    let is_odd =
        |c: char| c.is_control() || matches!(c, '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|');
    let stem: String = name.trim().chars().map(|c| if is_odd(c) { '-' } else { c }).take(100).collect();
    match stem.trim_matches(['.', ' ']) {
        "" => "scenario".into(),
        stem => stem.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: &str) -> Scenario {
        Scenario { name: name.into(), ..Scenario::default() }
    }

    fn name(path: &Path) -> String {
        path.file_name().expect("it has one").to_string_lossy().into_owned()
    }

    #[test]
    fn a_new_file_takes_no_others_place() {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let first = create(folder.path(), &named("a/b: 令牌?")).expect("it can be written");
        let second = create(folder.path(), &named("a/b: 令牌?")).expect("it can be written");
        assert_eq!(name(&first), "a-b- 令牌-.scenario.json");
        assert_eq!(name(&second), "a-b- 令牌- 2.scenario.json");
        let odd = create(folder.path(), &named("../..")).expect("it can be written");
        assert_eq!(odd.parent(), Some(folder.path()));
    }

    #[test]
    fn a_copy_has_a_name_of_its_own() {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let first = create(folder.path(), &named("login")).expect("it can be written");
        let copy = duplicate(&first).expect("it can be copied");
        let third = duplicate(&copy).expect("it can be copied");
        assert_eq!(
            (name(&copy), name(&third)),
            ("login 2.scenario.json".into(), "login 3.scenario.json".into())
        );
        assert_eq!(Scenario::load(&third).expect("it is whole").name, "login 3");
    }

    #[test]
    fn a_renamed_scenario_keeps_what_this_version_does_not_know() {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let path = folder.path().join("a.scenario.json");
        fs::write(&path, r#"{"name":"a","later":{"x":1}}"#).expect("it can be written");
        let to = rename(&path, "令牌过期").expect("it can be renamed");
        assert!(!path.exists());
        let scenario = Scenario::load(&to).expect("it is whole");
        assert_eq!((scenario.name.as_str(), scenario.unknown["later"]["x"].as_i64()), ("令牌过期", Some(1)));
    }

    #[test]
    fn a_name_that_is_taken_is_refused_and_both_stay() {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let a = create(folder.path(), &named("a")).expect("it can be written");
        let b = create(folder.path(), &named("b")).expect("it can be written");
        let error = rename(&a, "b").expect_err("there is one");
        assert_eq!(error.kind(), ErrorKind::AlreadyExists);
        assert_eq!(Scenario::load(&a).expect("it is whole").name, "a");
        assert_eq!(Scenario::load(&b).expect("it is whole").name, "b");
    }

    #[test]
    fn what_was_deleted_longest_ago_makes_room() {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let trash = folder.path().join("t");
        fs::create_dir(&trash).expect("it can be made");
        fs::write(trash.join("notes.txt"), "of the user").expect("it can be written");
        for moment in 0..MOST_DELETED + 5 {
            fs::write(trash.join(format!("{moment}-0-a.json")), "{}").expect("it can be written");
        }
        // Later than now, as where the clock was set back, and too large for anything beside it.
        let huge = trash.join("99999999999999-0-huge.json");
        let file = File::create(&huge).expect("it can be made");
        file.set_len(MOST_DELETED_BYTES).expect("holes cost nothing");
        let path = create(folder.path(), &named("a")).expect("it can be written");
        let deleted = delete(&path, &trash).expect("it can be moved");
        assert!(deleted.kept.exists() && trash.join("notes.txt").exists());
        assert_eq!(fs::read_dir(&trash).expect("it is there").count(), 2, "nothing fits beside the huge one");
        for moment in 0..MOST_DELETED + 5 {
            fs::write(trash.join(format!("{moment}-0-a.json")), "{}").expect("it can be written");
        }
        restore(&deleted).expect("its place is free");
        delete(&path, &trash).expect("it can be moved");
        assert_eq!(fs::read_dir(&trash).expect("it is there").count(), MOST_DELETED + 1);
        assert!(trash.join(format!("{}-0-a.json", MOST_DELETED + 4)).exists(), "the last ones stay");
        assert!(!trash.join("0-0-a.json").exists());
    }

    #[test]
    fn what_was_deleted_comes_back() {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let (path, trash) =
            (create(folder.path(), &named("a")).expect("it can be written"), folder.path().join("t"));
        let text = fs::read(&path).expect("it is there");
        let first = delete(&path, &trash).expect("it can be moved");
        assert!(!path.exists());
        create(folder.path(), &named("a")).expect("it can be written");
        let second = delete(&path, &trash).expect("a second one of that name, too");
        restore(&first).expect("its place is free");
        assert_eq!(fs::read(&path).expect("it is back"), text);
        assert!(restore(&second).is_err(), "its place is taken");
        assert!(second.kept.exists(), "and it is not lost");
    }
}
