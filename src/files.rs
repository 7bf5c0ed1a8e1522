//! Files: read within bounds, and written so that they are either whole or untouched.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Component, Path, PathBuf};

/// Reads a file of at most `limit` bytes; a longer one is an error of the kind [`io::ErrorKind::FileTooLarge`], and is
/// not read to its end. The length that a file declares is no promise: a log grows. A pipe, a socket or a device is an error,
/// too: to open one may already keep whoever does it waiting for ever.
pub fn read_at_most(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    let about = fs::metadata(path)?;
    // A folder says what it is by itself.
    if !about.is_file() && !about.is_dir() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file"));
    }
    read_any_at_most(path, limit)
}

/// The same for what somebody names on the command line, where a pipe is as good as a file.
pub fn read_any_at_most(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    let file = File::open(path)?;
    let declared = file.metadata()?.len();
    let mut bytes = Vec::new();
    if declared <= limit {
        file.take(limit + 1).read_to_end(&mut bytes)?;
    }
    if declared > limit || bytes.len() as u64 > limit {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    Ok(bytes)
}

/// Replaces the file at `path` by `bytes`: written beside it, flushed to the disk, then renamed over it, and the folder
/// flushed, so that a crash or the loss of power leaves the old file or the new one. A link stays a link, and a file keeps
/// who may read it.
pub fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let path = &fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let name =
        path.file_name().ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "not a file name"))?;
    let mut beside = name.to_owned();
    beside.push(format!(".{}.tmp", std::process::id()));
    let beside = path.with_file_name(beside);
    let written = File::create(&beside).and_then(|mut file| {
        if let Ok(known) = fs::metadata(path) {
            file.set_permissions(known.permissions())?;
        }
        file.write_all(bytes)?;
        file.sync_all()
    });
    match written.and_then(|()| fs::rename(&beside, path)) {
        Ok(()) => flush_folder(path),
        Err(error) => {
            // The half-written neighbour is of no use to anybody; the first error is the one to report.
            let _ = fs::remove_file(&beside);
            Err(error)
        }
    }
}

/// Makes the new name of a file last. Other systems than Unix have no such call, and need none.
#[cfg(unix)]
fn flush_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    match File::open(folder)?.sync_all() {
        // Some file systems cannot do it for folders.
        Err(error) if matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported) => {
            Ok(())
        }
        flushed => flushed,
    }
}

#[cfg(not(unix))]
fn flush_folder(_path: &Path) -> io::Result<()> {
    Ok(())
}

/// Gives a file that cannot be read a name beside its own under which nobody looks for it, and says which.
pub fn put_aside(path: &Path) -> io::Result<PathBuf> {
    let mut name = path.as_os_str().to_owned();
    name.push(".broken");
    let mut kept = PathBuf::from(&name);
    for number in 2.. {
        if !kept.exists() {
            break;
        }
        let mut numbered = name.clone();
        numbered.push(number.to_string());
        kept = numbered.into();
    }
    fs::rename(path, &kept)?;
    Ok(kept)
}

/// `file` as seen from `folder`, with `/` between the parts so that the scenario opens on every system.
pub fn relative(file: &Path, folder: &Path) -> String {
    let folder = real(folder);
    let file = match (file.parent(), file.file_name()) {
        (Some(parent), Some(name)) => real(parent).join(name),
        _ => real(file),
    };
    let shared = file.components().zip(folder.components()).take_while(|(a, b)| a == b).count();
    if shared == 0 {
        return file.to_string_lossy().into_owned();
    }
    let up = folder.components().skip(shared).map(|_| "..".to_owned());
    let down = file.components().skip(shared).map(|part| part.as_os_str().to_string_lossy().into_owned());
    up.chain(down).collect::<Vec<_>>().join("/")
}

/// A folder without links and `..`, between which no way could be found; one that is not there, by its name alone.
fn real(folder: &Path) -> PathBuf {
    let absolute = std::path::absolute(if folder.as_os_str().is_empty() { Path::new(".") } else { folder });
    let absolute = absolute.unwrap_or_else(|_| folder.to_owned());
    fs::canonicalize(&absolute).unwrap_or_else(|_| {
        let mut clean = PathBuf::new();
        for part in absolute.components() {
            match part {
                Component::ParentDir => {
                    clean.pop();
                }
                part => clean.push(part),
            }
        }
        clean
    })
}

/// Paths in JSON: text where they are Unicode, else `{"base64": "…"}` with the bytes that the system has, so that none is lost.
pub mod lossless_path {
    use std::path::{Path, PathBuf};

    use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

    use crate::scenario::Body;

    pub fn serialize<S: Serializer>(path: &Path, serializer: S) -> Result<S::Ok, S::Error> {
        match path.to_str() {
            Some(text) => serializer.serialize_str(text),
            None => Body::from(path.as_os_str().as_encoded_bytes().to_vec()).serialize(serializer),
        }
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<PathBuf, D::Error> {
        let bytes = Body::deserialize(deserializer)?;
        match bytes.text() {
            Some(text) => Ok(text.into()),
            None => from_bytes(&bytes.0).ok_or_else(|| de::Error::custom("no path of this system")),
        }
    }

    #[cfg(unix)]
    fn from_bytes(bytes: &[u8]) -> Option<PathBuf> {
        Some(std::os::unix::ffi::OsStrExt::from_bytes(bytes)).map(|name: &std::ffi::OsStr| name.into())
    }

    #[cfg(not(unix))]
    fn from_bytes(_bytes: &[u8]) -> Option<PathBuf> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A pipe keeps whoever opens it waiting until somebody writes to it.
    #[cfg(unix)]
    #[test]
    fn a_pipe_is_refused_without_being_opened() {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let path = folder.path().join("x.scenario.json");
        let made = std::process::Command::new("mkfifo").arg(&path).status().expect("every Unix has it");
        assert!(made.success());
        assert_eq!(read_at_most(&path, 100).map_err(|error| error.kind()), Err(io::ErrorKind::InvalidInput));
        let device = read_at_most(Path::new("/dev/zero"), 100);
        assert_eq!(device.map_err(|error| error.kind()), Err(io::ErrorKind::InvalidInput));
    }

    #[test]
    fn paths_are_relative_to_a_folder() {
        assert_eq!(relative(Path::new("/a/b/f.wasm"), Path::new("/a/c")), "../b/f.wasm");
        assert_eq!(relative(Path::new("/a/f.wasm"), Path::new("/a")), "f.wasm");
        assert_eq!(relative(Path::new("/a/in/../f.wasm"), Path::new("/a/c")), "../f.wasm");
        assert_eq!(relative(Path::new("/a/f.wasm"), Path::new("/a/in/../out")), "../f.wasm");
        assert_eq!(relative(Path::new("f.wasm"), Path::new("")), "f.wasm");
    }
}
