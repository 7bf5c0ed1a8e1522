//! Files: read within bounds, and written so that they are either whole or untouched.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Component, Path, PathBuf};

/// Reads a file of at most `limit` bytes; a longer one is an error of the kind [`io::ErrorKind::FileTooLarge`], and is
/// not read to its end. The length that a file declares is no promise: a device has none, and a log grows.
pub fn read_at_most(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
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

/// Replaces the file at `path` by `bytes`: written beside it, flushed to the disk, then renamed over it,
/// so that a crash leaves the old file or the new one.
pub fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let name =
        path.file_name().ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "not a file name"))?;
    let mut beside = name.to_owned();
    beside.push(format!(".{}.tmp", std::process::id()));
    let beside = path.with_file_name(beside);
    let written = File::create(&beside).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    match written.and_then(|()| fs::rename(&beside, path)) {
        Ok(()) => Ok(()),
        Err(error) => {
            // The half-written neighbour is of no use to anybody; the first error is the one to report.
            let _ = fs::remove_file(&beside);
            Err(error)
        }
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_relative_to_a_folder() {
        assert_eq!(relative(Path::new("/a/b/f.wasm"), Path::new("/a/c")), "../b/f.wasm");
        assert_eq!(relative(Path::new("/a/f.wasm"), Path::new("/a")), "f.wasm");
        assert_eq!(relative(Path::new("/a/in/../f.wasm"), Path::new("/a/c")), "../f.wasm");
        assert_eq!(relative(Path::new("/a/f.wasm"), Path::new("/a/in/../out")), "../f.wasm");
        assert_eq!(relative(Path::new("f.wasm"), Path::new("")), "f.wasm");
    }
}
