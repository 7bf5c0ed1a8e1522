//! Pictures in bodies: which kind, by their first bytes, and how large, by their headers. Nothing is decoded here.

use std::fmt;

use bytes::Bytes;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PictureKind {
    Png,
    Jpeg,
    Gif,
    WebP,
}

impl fmt::Display for PictureKind {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(match self {
            Self::Png => "PNG",
            Self::Jpeg => "JPEG",
            Self::Gif => "GIF",
            Self::WebP => "WebP",
        })
    }
}

/// A picture as it was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    pub kind: PictureKind,
    /// Width and height in pixels, if the header goes so far.
    pub size: Option<(u32, u32)>,
    pub bytes: Bytes,
}

impl Picture {
    /// The picture that these bytes are, if they are one.
    pub fn of(bytes: &Bytes) -> Option<Self> {
        let kind = kind(bytes)?;
        let size = match kind {
            PictureKind::Png => png_size(bytes),
            PictureKind::Jpeg => jpeg_size(bytes),
            PictureKind::Gif => pair(bytes, 6, le16),
            PictureKind::WebP => webp_size(bytes),
        };
        Some(Self { kind, size, bytes: bytes.clone() })
    }
}

fn kind(bytes: &[u8]) -> Option<PictureKind> {
    match bytes {
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some(PictureKind::Png),
        [0xff, 0xd8, 0xff, ..] => Some(PictureKind::Jpeg),
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some(PictureKind::Gif),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(PictureKind::WebP),
        _ => None,
    }
}

fn le16(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?).into())
}

fn be16(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u16::from_be_bytes(bytes.get(at..at + 2)?.try_into().ok()?).into())
}

fn be32(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

fn le24(bytes: &[u8], at: usize) -> Option<u32> {
    let part = bytes.get(at..at + 3)?;
    Some(u32::from_le_bytes([part[0], part[1], part[2], 0]))
}

/// Two numbers of 16 bits.
fn pair(bytes: &[u8], at: usize, read: fn(&[u8], usize) -> Option<u32>) -> Option<(u32, u32)> {
    Some((read(bytes, at)?, read(bytes, at + 2)?))
}

/// IHDR is the first chunk.
fn png_size(bytes: &[u8]) -> Option<(u32, u32)> {
    (bytes.get(12..16)? == b"IHDR").then_some((be32(bytes, 16)?, be32(bytes, 20)?))
}

/// The size stands in the start of frame, behind any number of other segments.
fn jpeg_size(bytes: &[u8]) -> Option<(u32, u32)> {
    let mut at = 2;
    loop {
        while *bytes.get(at)? == 0xff && *bytes.get(at + 1)? == 0xff {
            at += 1;
        }
        let (mark, kind) = (*bytes.get(at)?, *bytes.get(at + 1)?);
        if mark != 0xff || kind == 0xda {
            return None;
        }
        let is_frame = matches!(kind, 0xc0..=0xcf) && !matches!(kind, 0xc4 | 0xc8 | 0xcc);
        if is_frame {
            return Some((be16(bytes, at + 7)?, be16(bytes, at + 5)?));
        }
        let is_alone = matches!(kind, 0x01 | 0xd0..=0xd7);
        at += if is_alone { 2 } else { 2 + be16(bytes, at + 2)? as usize };
    }
}

/// The three forms of WebP: lossy, lossless, extended.
fn webp_size(bytes: &[u8]) -> Option<(u32, u32)> {
    match bytes.get(12..16)? {
        b"VP8 " => pair(bytes, 26, le16).map(|(width, height)| (width & 0x3fff, height & 0x3fff)),
        b"VP8L" => {
            let bits = u32::from_le_bytes(bytes.get(21..25)?.try_into().ok()?);
            Some(((bits & 0x3fff) + 1, (bits >> 14 & 0x3fff) + 1))
        }
        b"VP8X" => Some((le24(bytes, 24)? + 1, le24(bytes, 27)? + 1)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(bytes: &[u8]) -> Option<(PictureKind, Option<(u32, u32)>)> {
        Picture::of(&Bytes::copy_from_slice(bytes)).map(|picture| (picture.kind, picture.size))
    }

    #[test]
    fn kinds_and_sizes_are_read_from_the_first_bytes() {
        let png = [b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".as_slice(), &[0, 0, 2, 128, 0, 0, 1, 224, 8, 6]].concat();
        assert_eq!(found(&png), Some((PictureKind::Png, Some((640, 480)))));
        assert_eq!(found(b"GIF89a\x0a\0\x14\0\0"), Some((PictureKind::Gif, Some((10, 20)))));
        let jpeg = b"\xff\xd8\xff\xe0\0\x04ab\xff\xc2\0\x11\x08\x01\xe0\x02\x80";
        assert_eq!(found(jpeg), Some((PictureKind::Jpeg, Some((640, 480)))));
        let webp = b"RIFF\0\0\0\0WEBPVP8X\0\0\0\0\0\0\0\0\x7f\x02\0\xdf\x01\0";
        assert_eq!(found(webp), Some((PictureKind::WebP, Some((640, 480)))));
        let lossless = [b"RIFF\0\0\0\0WEBPVP8L\0\0\0\0\x2f".as_slice(), &(639u32 | 479 << 14).to_le_bytes()];
        assert_eq!(found(&lossless.concat()), Some((PictureKind::WebP, Some((640, 480)))));
    }

    #[test]
    fn what_is_cut_has_no_size_and_what_is_no_picture_is_none() {
        assert_eq!(found(b"\x89PNG\r\n\x1a\n\0\0"), Some((PictureKind::Png, None)));
        assert_eq!(found(b"\xff\xd8\xff\xe0\xff\xff"), Some((PictureKind::Jpeg, None)));
        assert_eq!(found(b"\xff\xd8\xff\xff\xff\xff\xff"), Some((PictureKind::Jpeg, None)));
        assert_eq!(found(b"GIF"), None);
        assert_eq!(found(b"{}"), None);
    }
}
