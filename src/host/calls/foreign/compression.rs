//! `compress` and `uncompress`: zlib (RFC 1950).

use std::io::Read;

use flate2::Compression;
use flate2::read::{ZlibDecoder, ZlibEncoder};

use super::{Cx, Output};
use crate::abi::Status;
use crate::trace::LimitKind;

/// Bytes that are made between two looks at the guest's time.
const PIECE: usize = 64 << 10;

pub(super) fn compress(cx: &mut Cx, bytes: &[u8]) -> Output {
    read_all(cx, ZlibEncoder::new(bytes, Compression::default())).map(Some)
}

pub(super) fn uncompress(cx: &mut Cx, bytes: &[u8]) -> Output {
    // A stream that ends early is an error for the reader too.
    read_all(cx, ZlibDecoder::new(bytes)).map(Some)
}

/// Everything that comes out, unless it is more than may still be kept.
fn read_all(cx: &mut Cx, mut from: impl Read) -> Result<Vec<u8>, super::Fault> {
    let room = cx.state().world.trace.room();
    let mut out = Vec::new();
    let mut piece = vec![0; PIECE];
    loop {
        let length = from.read(&mut piece).map_err(|_| Status::SerializationFailure)?;
        if length == 0 {
            return Ok(out);
        }
        if out.len() + length > room {
            return Err(cx.over(LimitKind::TraceBytes));
        }
        out.extend_from_slice(&piece[..length]);
        cx.check_time()?;
    }
}
