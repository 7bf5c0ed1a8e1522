//! What Envoy itself reads of a file, before V8 gets it: the lengths of sections, the exports, and the names of functions.
//!
//! What fails here is "corrupted" to Envoy. What V8 then makes of the rest has another message (recorded cases 27-101 to
//! 27-110), and V8 does not look at the `name` section at all.

use super::error::LoadError;
use crate::abi::AbiVersion;

/// Length of the header; Envoy takes whatever is shorter for a module without sections (recorded cases 27-112 and
/// 27-113).
pub(super) const HEADER: usize = 8;

/// Numbers of the sections that Envoy looks into.
const CUSTOM: u8 = 0;
const EXPORT: u8 = 7;

/// What the number of a function's export is in the table of exports.
const FUNCTION: u8 = 0;

/// Number of the names of functions in the `name` section.
const FUNCTION_NAMES: u8 = 1;

/// The version that the first export section declares. Later ones are not looked at (recorded case 27-114).
pub(super) fn abi_version(bytes: &[u8]) -> Result<Option<AbiVersion>, LoadError> {
    let mut reader = Reader::new(bytes)?;
    while let Some((id, end)) = reader.section()? {
        if id == EXPORT {
            return reader.marker(end);
        }
        reader.at = end;
    }
    Ok(None)
}

/// Walks all sections, and the names of functions.
pub(super) fn check(bytes: &[u8]) -> Result<(), LoadError> {
    let mut reader = Reader::new(bytes)?;
    let mut has_names = false;
    while let Some((id, end)) = reader.section()? {
        if id == CUSTOM {
            // Behind the first `name` section a name may reach beyond its section.
            let name = reader.name(if has_names { bytes.len() } else { end })?;
            if name == b"name" && !has_names {
                has_names = true;
                reader.function_names(end)?;
            }
        }
        reader.at = end;
    }
    Ok(())
}

/// A place in a file, and the numbers and lengths from there on.
struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn new(bytes: &'a [u8]) -> Result<Self, LoadError> {
        let reader = Self { bytes, at: HEADER.min(bytes.len()) };
        match bytes.len() < HEADER || bytes.starts_with(b"\0asm") {
            true => Ok(reader),
            false => Err(LoadError::Corrupt { offset: 0, reason: "it begins like no module".into() }),
        }
    }

    fn corrupt<T>(&self, reason: &str) -> Result<T, LoadError> {
        Err(LoadError::Corrupt { offset: self.at, reason: reason.into() })
    }

    /// Number and end of the section that begins here; `None` at the end of the file.
    fn section(&mut self) -> Result<Option<(u8, usize)>, LoadError> {
        let Some(&id) = self.bytes.get(self.at) else { return Ok(None) };
        self.at += 1;
        let length = self.number(self.bytes.len())?;
        match self.at + length <= self.bytes.len() {
            true => Ok(Some((id, self.at + length))),
            false => self.corrupt("a section is longer than the rest of the file"),
        }
    }

    /// A LEB128 number; Envoy takes 30 bits.
    fn number(&mut self, end: usize) -> Result<usize, LoadError> {
        let mut number = 0;
        for shift in (0..=28).step_by(7) {
            let Some(&byte) = self.bytes[..end].get(self.at) else {
                return self.corrupt("a number is cut off");
            };
            let bits = usize::from(byte & 0x7f);
            if shift == 28 && bits > 3 {
                break;
            }
            self.at += 1;
            number += bits << shift;
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        self.corrupt("a number is too large")
    }

    fn name(&mut self, end: usize) -> Result<&'a [u8], LoadError> {
        let length = self.number(end)?;
        let Some(name) = self.bytes[..end].get(self.at..self.at + length) else {
            return self.corrupt("a name is longer than its section");
        };
        self.at += length;
        Ok(name)
    }

    /// The version among the exports that begin here. Only a function declares one.
    fn marker(&mut self, end: usize) -> Result<Option<AbiVersion>, LoadError> {
        let count = self.number(end)?;
        if self.at + count > end {
            return self.corrupt("there are more exports than their section has room for");
        }
        for _ in 0..count {
            let name = self.name(end)?;
            let Some(&kind) = self.bytes.get(self.at) else { return self.corrupt("an export is cut off") };
            self.at += 1;
            let version = std::str::from_utf8(name).ok().and_then(AbiVersion::from_marker);
            if kind == FUNCTION && version.is_some() {
                return Ok(version);
            }
            self.number(self.bytes.len())?;
        }
        Ok(None)
    }

    /// Walks the parts of the `name` section. Indices and letters may be anything, lengths may not (recorded cases 27-115
    /// to 27-119).
    fn function_names(&mut self, end: usize) -> Result<(), LoadError> {
        while self.at < end {
            let part = self.bytes[self.at];
            self.at += 1;
            let length = self.number(end)?;
            let part_end = self.at + length;
            if part_end > end {
                return self.corrupt("a part of the name section is longer than the section");
            }
            if part != FUNCTION_NAMES {
                self.at = part_end;
                continue;
            }
            let count = self.number(end)?;
            if self.at + count > end {
                return self.corrupt("there are more names than the name section has room for");
            }
            for _ in 0..count {
                self.number(end)?;
                self.name(end)?;
            }
            if self.at != part_end {
                return self.corrupt("the names of functions end elsewhere than their part");
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(bytes: &[u8]) -> Option<usize> {
        Reader { bytes, at: 0 }.number(bytes.len()).ok()
    }

    #[test]
    fn numbers_have_thirty_bits_at_most() {
        assert_eq!(number(&[0x7f]), Some(127));
        assert_eq!(number(&[0x80, 0x01]), Some(128));
        assert_eq!(number(&[0xff, 0xff, 0xff, 0xff, 0x03]), Some((1 << 30) - 1));
        assert_eq!(number(&[0x80, 0x80, 0x80, 0x80, 0x04]), None);
        assert_eq!(number(&[0x80, 0x80, 0x80, 0x80, 0x80, 0x00]), None);
        assert_eq!(number(&[0x80]), None);
    }
}
