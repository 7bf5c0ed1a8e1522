//! Zip files from anybody, read within bounds.
//!
//! Everything that a file declares of itself is checked before it is believed: names before members are looked at, sizes
//! while they are unpacked. What is unpacked counts towards one limit for the whole file, so that no way of packing costs more
//! memory than that.

use std::collections::BTreeMap;
use std::io::{Cursor, Read};

use bytes::Bytes;
use zip::ZipArchive;
use zip::result::ZipError;

use super::{MAX_MEMBERS, MAX_UNPACKED, Problem, member};
use crate::convert::{Error, Reason};

/// A zip whose directory was found in order.
pub(super) struct Archive<'a> {
    zip: ZipArchive<Cursor<&'a [u8]>>,
    /// Members that were unpacked.
    unpacked: BTreeMap<String, Bytes>,
    /// Bytes that may still be unpacked.
    pub(super) left: u64,
}

impl<'a> Archive<'a> {
    pub(super) fn open(bytes: &'a [u8]) -> Result<Self, Error> {
        let error = |problem| Error::new(Reason::Bundle(problem));
        let end = End::find(bytes).ok_or_else(|| error(Problem::Broken("there is no directory".into())))?;
        if end.is_zip64 {
            return Err(error(Problem::Zip64));
        }
        if end.members > MAX_MEMBERS {
            return Err(error(Problem::TooMany { count: end.members, limit: MAX_MEMBERS }));
        }
        let zip = ZipArchive::new(Cursor::new(bytes)).map_err(|found| error(problem(&found)))?;
        // Members are found by their names; of two that share one, only one is.
        if zip.len() != end.members {
            return Err(error(Problem::Duplicates));
        }
        let archive = Self { zip, unpacked: BTreeMap::new(), left: MAX_UNPACKED };
        let unsafe_name = archive.names().find(|name| !is_safe(name)).map(member);
        match unsafe_name {
            Some(place) => Err(error(Problem::UnsafeName).at(place)),
            None => Ok(archive),
        }
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.zip.file_names()
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.zip.index_for_name(name).is_some()
    }

    /// A member's text.
    pub(super) fn text(&mut self, name: &str) -> Result<&str, Error> {
        self.bytes(name)?;
        // It is there now.
        let bytes = self.unpacked.get(name).map(|bytes| &bytes[..]).unwrap_or_default();
        std::str::from_utf8(bytes).map_err(|_| Error::new(Reason::NotText).at(member(name)))
    }

    /// A member's bytes.
    pub(super) fn bytes(&mut self, name: &str) -> Result<Bytes, Error> {
        if let Some(known) = self.unpacked.get(name) {
            return Ok(known.clone());
        }
        let bytes = self.unpack(name).map_err(|error| error.at(member(name)))?;
        self.left -= bytes.len() as u64;
        self.unpacked.insert(name.to_owned(), bytes.clone());
        Ok(bytes)
    }

    fn unpack(&mut self, name: &str) -> Result<Bytes, Error> {
        let error = |problem| Error::new(Reason::Bundle(problem));
        let Some(index) = self.zip.index_for_name(name) else { return Err(error(Problem::Missing)) };
        let left = self.left;
        let raw = self.zip.by_index_raw(index).map_err(|found| error(problem(&found)))?;
        let (is_encrypted, declared) = (raw.encrypted(), raw.size());
        drop(raw);
        if is_encrypted {
            return Err(error(Problem::Encrypted));
        }
        if declared > left {
            return Err(Error::new(Reason::TooLarge { size: declared, limit: left }));
        }
        let file = self.zip.by_index(index).map_err(|found| error(problem(&found)))?;
        // One byte more than is declared tells a lie; memory grows with what really comes, not with what is promised.
        let mut bytes = Vec::new();
        match file.take(declared + 1).read_to_end(&mut bytes) {
            Ok(read) if read as u64 == declared => Ok(bytes.into()),
            Ok(_) => Err(error(Problem::OtherSize { declared })),
            Err(_) if bytes.len() as u64 > declared => Err(error(Problem::OtherSize { declared })),
            Err(found) if found.to_string().to_ascii_lowercase().contains("checksum") => {
                Err(error(Problem::Checksum))
            }
            Err(found) => Err(error(Problem::Broken(found.to_string()))),
        }
    }
}

fn problem(error: &ZipError) -> Problem {
    match error {
        ZipError::UnsupportedArchive(words) if *words == ZipError::PASSWORD_REQUIRED => Problem::Encrypted,
        ZipError::InvalidPassword => Problem::Encrypted,
        ZipError::CompressionMethodNotSupported(number) => Problem::Method { number: *number },
        ZipError::FileNotFound => Problem::Missing,
        other => Problem::Broken(other.to_string()),
    }
}

/// Names of members are relative, go down only, and mean the same on every system.
fn is_safe(name: &str) -> bool {
    let parts = name.strip_suffix('/').unwrap_or(name).split('/');
    let is_plain = |part: &str| {
        !matches!(part, "" | "." | "..") && !part.contains(['\\', ':']) && !part.chars().any(char::is_control)
    };
    parts.into_iter().all(is_plain)
}

/// The record at the end of a zip (APPNOTE.TXT 6.3.10, section 4.3.16).
struct End {
    /// As it counts them.
    members: usize,
    is_zip64: bool,
}

/// Length of the record without its comment.
const END: usize = 22;
/// Length of the locator that stands before it in zip64.
const LOCATOR: usize = 20;

impl End {
    fn find(bytes: &[u8]) -> Option<Self> {
        let last = bytes.len().checked_sub(END)?;
        let first = last.saturating_sub(usize::from(u16::MAX));
        let number = |at: usize| Some(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?));
        let is_end = |at: &usize| {
            bytes.get(*at..).is_some_and(|rest| rest.starts_with(b"PK\x05\x06"))
                && number(at + 20).is_some_and(|comment| at + END + usize::from(comment) == bytes.len())
        };
        let at = (first..=last).rev().find(is_end)?;
        let members = number(at + 10)?;
        let locator = at.checked_sub(LOCATOR).and_then(|before| bytes.get(before..));
        let is_zip64 = members == u16::MAX
            || bytes.get(at + 12..at + 20).is_some_and(|places| places.ends_with(&[0xff; 4]))
            || locator.is_some_and(|rest| rest.starts_with(b"PK\x06\x07"));
        Some(Self { members: members.into(), is_zip64 })
    }
}
