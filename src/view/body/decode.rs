//! What is in a compressed body (content codings of RFC 9110, 8.4.1), within bounds: a body of some kilobytes can hold
//! gigabytes.

use std::io::{ErrorKind, Read};

use brotli_decompressor::{BrotliDecompressStream, BrotliResult, BrotliState, StandardAlloc};
use bytes::Bytes;
use flate2::bufread::{DeflateDecoder, GzDecoder, ZlibDecoder};

/// Most bytes that are decoded; what comes after them is left out.
pub const MOST_DECODED: usize = 64 << 20;
/// Most codings on top of each other.
pub const MOST_CODINGS: usize = 8;
/// Bytes that are decoded in one step.
const STEP: usize = 64 << 10;

/// A content coding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Coding {
    Gzip,
    /// zlib, as the RFC has it, or without its frame, as some servers send it.
    Deflate,
    Brotli,
}

impl Coding {
    /// The coding of a name in `content-encoding`. `identity` is none.
    pub fn named(name: &str) -> Option<Self> {
        match name.to_ascii_lowercase().as_str() {
            "gzip" | "x-gzip" => Some(Self::Gzip),
            "deflate" => Some(Self::Deflate),
            "br" => Some(Self::Brotli),
            _ => None,
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Deflate => "deflate",
            Self::Brotli => "br",
        }
    }
}

/// Why bytes cannot be decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Problem {
    /// These bytes do not stand for anything.
    Invalid,
    /// They end in the middle.
    EndsEarly,
    /// What came out is not what the checksum at the end says.
    Checksum,
}

/// Where decoding ended, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DecodeError {
    pub coding: Coding,
    /// Byte of the compressed data.
    pub at: usize,
    pub problem: Problem,
}

/// What was in a compressed body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decoded {
    pub bytes: Bytes,
    /// There is more than [`MOST_DECODED`] bytes.
    pub is_cut: bool,
    /// Where something follows that does not belong to the compressed data.
    pub trailing: Option<usize>,
}

/// Takes the codings off again, the last one first.
pub fn decode(body: &Bytes, codings: &[Coding], most: usize) -> Result<Decoded, DecodeError> {
    let mut decoded = Decoded { bytes: body.clone(), is_cut: false, trailing: None };
    for coding in codings.iter().rev() {
        let whole = !decoded.is_cut;
        let next = take_off(&decoded.bytes, *coding, most);
        decoded = match next {
            Ok(next) => Decoded {
                is_cut: next.is_cut || decoded.is_cut,
                trailing: decoded.trailing.or(next.trailing),
                ..next
            },
            Err(error) if whole || error.problem != Problem::EndsEarly => return Err(error),
            // What was cut cannot be decoded to its end.
            Err(_) => Decoded { is_cut: true, ..decoded },
        };
    }
    Ok(decoded)
}

fn take_off(body: &[u8], coding: Coding, most: usize) -> Result<Decoded, DecodeError> {
    match coding {
        Coding::Gzip => gunzip(body, most),
        Coding::Deflate => inflate(body, most),
        Coding::Brotli => unbrotli(body, most),
    }
}

/// One or several members behind each other (RFC 1952, 2.2).
fn gunzip(body: &[u8], most: usize) -> Result<Decoded, DecodeError> {
    let mut out = Vec::new();
    let mut rest = body;
    let mut trailing = None;
    while !rest.is_empty() || out.is_empty() {
        if !out.is_empty() && !is_gzip(rest) {
            trailing = Some(body.len() - rest.len());
            break;
        }
        let mut member = GzDecoder::new(rest);
        let result = read_on(&mut member, &mut out, most);
        let at = body.len() - member.get_ref().len();
        let is_cut = result.map_err(|problem| DecodeError { coding: Coding::Gzip, at, problem })?;
        if is_cut {
            return Ok(Decoded { bytes: small(out), is_cut, trailing });
        }
        rest = member.into_inner();
        if out.is_empty() && rest.is_empty() {
            break;
        }
    }
    Ok(Decoded { bytes: small(out), is_cut: false, trailing })
}

/// Whether bytes begin as gzip does, with the only method there is (RFC 1952, 2.3).
pub fn is_gzip(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0x1f, 0x8b, 8])
}

fn inflate(body: &[u8], most: usize) -> Result<Decoded, DecodeError> {
    let mut out = Vec::new();
    let (result, rest) = if is_zlib(body) {
        let mut reader = ZlibDecoder::new(body);
        (read_on(&mut reader, &mut out, most), reader.into_inner())
    } else {
        let mut reader = DeflateDecoder::new(body);
        (read_on(&mut reader, &mut out, most), reader.into_inner())
    };
    let at = body.len() - rest.len();
    let is_cut = result.map_err(|problem| DecodeError { coding: Coding::Deflate, at, problem })?;
    let trailing = (!is_cut && !rest.is_empty()).then_some(at);
    Ok(Decoded { bytes: small(out), is_cut, trailing })
}

/// The two bytes in front of zlib's data are a multiple of 31 (RFC 1950, 2.2).
fn is_zlib(bytes: &[u8]) -> bool {
    match bytes {
        [first, second, ..] => {
            first & 0x0f == 8 && (u16::from(*first) << 8 | u16::from(*second)).is_multiple_of(31)
        }
        _ => false,
    }
}

/// Reads to the end or to the limit; whether there is more.
fn read_on(reader: &mut impl Read, out: &mut Vec<u8>, most: usize) -> Result<bool, Problem> {
    let mut step = vec![0; STEP];
    loop {
        let count = reader.read(&mut step).map_err(|error| match error.kind() {
            ErrorKind::UnexpectedEof => Problem::EndsEarly,
            _ if error.to_string().contains("checksum") => Problem::Checksum,
            _ => Problem::Invalid,
        })?;
        if count == 0 {
            return Ok(false);
        }
        let room = most - out.len();
        out.extend_from_slice(&step[..count.min(room)]);
        if count > room {
            return Ok(true);
        }
    }
}

fn unbrotli(body: &[u8], most: usize) -> Result<Decoded, DecodeError> {
    let alloc = StandardAlloc::default;
    let mut state = BrotliState::new(alloc(), alloc(), alloc());
    let mut step = vec![0; STEP];
    let mut out = Vec::new();
    let (mut left, mut at, mut total) = (body.len(), 0, 0);
    loop {
        let (mut room, mut written) = (step.len(), 0);
        let result = BrotliDecompressStream(
            &mut left,
            &mut at,
            body,
            &mut room,
            &mut written,
            &mut step,
            &mut total,
            &mut state,
        );
        let fits = written.min(most - out.len());
        out.extend_from_slice(&step[..fits]);
        if fits < written {
            return Ok(Decoded { bytes: small(out), is_cut: true, trailing: None });
        }
        let error = |problem| DecodeError { coding: Coding::Brotli, at, problem };
        match result {
            BrotliResult::ResultSuccess => {
                let trailing = (at < body.len()).then_some(at);
                return Ok(Decoded { bytes: small(out), is_cut: false, trailing });
            }
            BrotliResult::NeedsMoreOutput => {}
            BrotliResult::NeedsMoreInput => return Err(error(Problem::EndsEarly)),
            BrotliResult::ResultFailure => return Err(error(Problem::Invalid)),
        }
    }
}

/// Without the room that was kept for more.
fn small(bytes: Vec<u8>) -> Bytes {
    bytes.into_boxed_slice().into()
}

#[cfg(test)]
pub(in crate::view) mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};

    use super::*;

    pub fn gzip(text: &[u8]) -> Vec<u8> {
        let mut writer = GzEncoder::new(Vec::new(), Compression::default());
        writer.write_all(text).expect("memory takes it");
        writer.finish().expect("memory takes it")
    }

    /// Brotli without compression: one meta-block that is not compressed, and the last, empty one (RFC 7932, 9).
    pub fn brotli(text: &[u8]) -> Vec<u8> {
        assert!(!text.is_empty() && text.len() <= 1 << 16);
        // WBITS 16 is the bit 0; then ISLAST 0, MNIBBLES 00 (four), MLEN - 1 in 16 bits, ISUNCOMPRESSED 1.
        let bits = (u32::try_from(text.len()).expect("it is small") - 1) << 4 | 1 << 20;
        let mut out = bits.to_le_bytes()[..3].to_vec();
        out.extend_from_slice(text);
        out.push(0b11);
        out
    }

    fn decoded(bytes: &[u8], codings: &[Coding]) -> Result<Decoded, DecodeError> {
        decode(&Bytes::copy_from_slice(bytes), codings, MOST_DECODED)
    }

    #[test]
    fn all_codings_are_taken_off_alone_and_stacked() {
        let text = "名字 name ".repeat(100).into_bytes();
        let mut zlib = ZlibEncoder::new(Vec::new(), Compression::default());
        zlib.write_all(&text).expect("memory takes it");
        let mut raw = DeflateEncoder::new(Vec::new(), Compression::default());
        raw.write_all(&text).expect("memory takes it");
        let (zlib, raw) = (zlib.finish().expect("it ends"), raw.finish().expect("it ends"));
        let cases: [(Vec<u8>, &[Coding]); 5] = [
            (gzip(&text), &[Coding::Gzip]),
            (zlib, &[Coding::Deflate]),
            (raw, &[Coding::Deflate]),
            (brotli(&text), &[Coding::Brotli]),
            (brotli(&gzip(&text)), &[Coding::Gzip, Coding::Brotli]),
        ];
        for (bytes, codings) in cases {
            let found = decoded(&bytes, codings).expect("it is whole");
            assert_eq!((&found.bytes[..], found.is_cut, found.trailing), (&text[..], false, None));
        }
    }

    #[test]
    fn what_is_broken_says_where_and_how() {
        let whole = gzip(&"some text to compress ".repeat(50).into_bytes());
        let error = |bytes: &[u8]| decoded(bytes, &[Coding::Gzip]).expect_err("it is broken");
        let cut = error(&whole[..whole.len() - 12]);
        assert_eq!((cut.problem, cut.at), (Problem::EndsEarly, whole.len() - 12));
        let mut wrong = whole.clone();
        let end = wrong.len();
        wrong[end - 6] ^= 0xff;
        assert_eq!(error(&wrong).problem, Problem::Checksum);
        let mut wrong = whole.clone();
        wrong[12] = 0xff;
        wrong[13] = 0xff;
        let problem = error(&wrong);
        assert!(problem.at >= 10 && problem.at <= whole.len(), "{problem:?}");
        assert_eq!(error(b"plain text").problem, Problem::Invalid);
        let cut = decoded(&brotli(b"hello")[..5], &[Coding::Brotli]).expect_err("it is cut");
        assert_eq!((cut.coding, cut.at, cut.problem), (Coding::Brotli, 5, Problem::EndsEarly));
    }

    #[test]
    fn members_follow_each_other_and_what_is_none_is_noted() {
        let two = [gzip(b"one "), gzip(b"two")].concat();
        assert_eq!(&decoded(&two, &[Coding::Gzip]).expect("it is whole").bytes[..], b"one two");
        let one = gzip(b"one");
        let found = decoded(&[&one[..], b"\0\0"].concat(), &[Coding::Gzip]).expect("the member is whole");
        assert_eq!((&found.bytes[..], found.trailing), (&b"one"[..], Some(one.len())));
        let empty = decoded(&gzip(b""), &[Coding::Gzip]).expect("it is whole");
        assert!(empty.bytes.is_empty() && empty.trailing.is_none());
    }

    #[test]
    fn a_bomb_is_cut() {
        let bomb = gzip(&gzip(&vec![0; 4 << 20]));
        let found = decode(&bomb.into(), &[Coding::Gzip, Coding::Gzip], 100_000).expect("it is whole");
        assert_eq!((found.bytes.len(), found.is_cut), (100_000, true));
    }

    #[test]
    fn random_bytes_never_panic_or_hang() {
        let mut seed = 7u64;
        for round in 0..3_000 {
            let mut bytes = gzip(b"some text some text");
            for _ in 0..4 {
                seed ^= seed << 13;
                seed ^= seed >> 7;
                seed ^= seed << 17;
                let at = (seed >> 8) as usize % bytes.len();
                bytes[at] = seed as u8;
            }
            let coding = [Coding::Gzip, Coding::Deflate, Coding::Brotli][round % 3];
            let bytes = if coding == Coding::Gzip { bytes } else { bytes[10..].to_vec() };
            if let Err(error) = decode(&bytes.clone().into(), &[coding], 1 << 20) {
                assert!(error.at <= bytes.len());
            }
        }
    }
}
