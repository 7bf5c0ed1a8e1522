//! Files: read within bounds, and written so that they are either whole or untouched.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::Path;

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
