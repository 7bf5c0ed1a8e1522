//! What can be wrong with a `.filterlab` file.

/// Why a bundle was not read. Its place is the member. Words for people are in `view::sentences::sharing`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// It is no zip, or a broken one; in the words of the reader.
    Broken(String),
    /// It is a zip, and holds no manifest of a bundle.
    NoBundle,
    /// It is of a later version of the format.
    Newer { found: u32 },
    /// A member that has to be there is not.
    Missing,
    /// A member's name leads out of the archive, or is none that every system understands.
    UnsafeName,
    /// Two members have the same name, or the directory does not list what it counts.
    Duplicates,
    /// It is encrypted.
    Encrypted,
    /// It is compressed in a way that is not read here; the number of the method.
    Method { number: u16 },
    /// It is written in zip64, which a file of this size has no need of.
    Zip64,
    /// More members than are read.
    TooMany { count: usize, limit: usize },
    /// It unpacks to another number of bytes than it declares.
    OtherSize { declared: u64 },
    /// Its checksum is wrong.
    Checksum,
    /// A module is not the one that the manifest names; SHA-256 in hexadecimal.
    OtherModule { found: String },
}
