//! What was made, on the disk: whole, and nothing beside it.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Component, Path};

use bytes::Bytes;

use super::{Error, Files, Reason, oci};
use crate::files::write_whole;

impl Files {
    /// A folder as one file, a tar; a file as it is.
    pub fn into_one(self) -> Result<Bytes, Error> {
        match self {
            Self::One(bytes) => Ok(bytes),
            Self::Folder(files) => oci::tar(&files),
        }
    }

    /// Whether writing to `path` would replace what is there. Where it would be refused instead, it does not.
    pub fn would_replace(&self, path: &Path) -> bool {
        match self {
            Self::Folder(files) if !is_tar(path) && path.is_dir() => {
                let has_some = fs::read_dir(path).is_ok_and(|mut entries| entries.next().is_some());
                has_some && has_others(path, files).is_ok_and(|has| !has)
            }
            Self::One(_) | Self::Folder(_) => path.is_file(),
        }
    }

    /// Writes a file to `path`, or the files of a folder into it. The folder is made where there is none; one in which there
    /// is anything but what is written now, as it would be after the same export, is left alone. Where the name ends with
    /// `.tar`, a folder becomes one.
    pub fn write(&self, path: &Path) -> Result<(), Error> {
        let written = match self {
            Self::One(bytes) => write_whole(path, bytes),
            Self::Folder(files) if is_tar(path) => write_whole(path, &oci::tar(files)?),
            Self::Folder(files) => {
                if has_others(path, files).map_err(file)? {
                    return Err(Error::new(Reason::FolderTaken));
                }
                files.iter().try_for_each(|(name, bytes)| write_member(path, name, bytes))
            }
        };
        written.map_err(file)
    }
}

fn is_tar(path: &Path) -> bool {
    !path.is_dir() && path.extension().is_some_and(|end| end.eq_ignore_ascii_case("tar"))
}

fn file(reason: io::Error) -> Error {
    Error::new(Reason::File(reason))
}

fn has_others(folder: &Path, files: &[(String, bytes::Bytes)]) -> io::Result<bool> {
    let ours: BTreeSet<&str> = files.iter().filter_map(|(name, _)| name.split('/').next()).collect();
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
        entries => entries?,
    };
    for entry in entries {
        if entry?.file_name().to_str().is_none_or(|name| !ours.contains(name)) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn write_member(folder: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    let is_inside = Path::new(name).components().all(|part| matches!(part, Component::Normal(_)));
    if !is_inside || name.is_empty() {
        return Err(io::Error::new(ErrorKind::InvalidInput, format!("{name} does not lie in the folder")));
    }
    let path = folder.join(name);
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    write_whole(&path, bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder_with(names: &[&str]) -> Files {
        Files::Folder(names.iter().map(|name| ((*name).to_owned(), "x".into())).collect())
    }

    #[test]
    fn a_folder_is_made_and_made_again_and_nothing_of_others_is_touched() {
        let scratch = tempfile::tempdir().expect("a folder can be made");
        let folder = scratch.path().join("made");
        let files = folder_with(&["index.json", "blobs/sha256/a"]);
        assert!(!files.would_replace(&folder));
        files.write(&folder).expect("it is new");
        assert_eq!(fs::read(folder.join("blobs/sha256/a")).expect("it was written"), b"x");
        assert!(files.would_replace(&folder));
        files.write(&folder).expect("it is what was written before");
        fs::write(folder.join("notes.txt"), "mine").expect("it can be written");
        let error = files.write(&folder).expect_err("there is something else");
        assert!(matches!(error.reason, Reason::FolderTaken), "{error:?}");
        assert!(!files.would_replace(&folder), "it is refused");
    }

    #[test]
    fn nothing_is_written_outside_of_the_folder() {
        let scratch = tempfile::tempdir().expect("a folder can be made");
        let folder = scratch.path().join("made");
        for name in ["../out", "/etc/out", "", "a/../../out"] {
            let error = folder_with(&[name]).write(&folder).expect_err("it lies outside");
            assert!(matches!(&error.reason, Reason::File(error) if error.kind() == ErrorKind::InvalidInput));
        }
        assert!(!scratch.path().join("out").exists());
    }
}
