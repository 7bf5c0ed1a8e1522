//! Pictures in bodies, decoded on the worker's thread within limits and small enough to be painted.

use std::io::Cursor;
use std::sync::Arc;

use egui::ColorImage;
use image::{ImageFormat, ImageReader, Limits};

use crate::view::body::{Picture, PictureKind};
use crate::view::changes::Changes;

/// Largest width and height that are decoded, in pixels.
const MOST_SIDE: u32 = 16_384;
/// Most bytes that decoding may take up.
const MOST_MEMORY: u64 = 256 << 20;
/// Largest width and height of a preview, in pixels: twice of what it takes up, for fine screens.
const PREVIEW: u32 = 1_024;

/// A picture to be painted, or why it cannot be.
#[derive(Clone, Debug)]
pub enum Preview {
    Image(Arc<ColorImage>),
    /// In the words of the decoder.
    Broken(String),
    TooLarge,
}

/// The previews of all sections of a comparison that are pictures.
#[derive(Clone, Debug, Default)]
pub struct Pictures {
    /// Section, and its sides before and after.
    all: Arc<[(usize, [Option<Preview>; 2])]>,
}

impl Pictures {
    pub fn of(changes: &Changes) -> Self {
        let sections = changes.sections.iter().enumerate();
        let pictures = sections.filter(|(_, section)| section.pictures.iter().any(Option::is_some));
        let previews = pictures.map(|(number, section)| {
            let [before, after] = &section.pictures;
            let old = before.as_ref().map(decode);
            // Most filters leave pictures as they are.
            let new = if before == after { old.clone() } else { after.as_ref().map(decode) };
            (number, [old, new])
        });
        Self { all: previews.collect() }
    }

    /// Before and after in a section.
    pub fn in_section(&self, number: usize) -> Option<&[Option<Preview>; 2]> {
        self.all.iter().find(|(section, _)| *section == number).map(|(_, sides)| sides)
    }

    pub fn iter(&self) -> impl Iterator<Item = &(usize, [Option<Preview>; 2])> {
        self.all.iter()
    }
}

/// Decodes a picture, of an animation the first one.
fn decode(picture: &Picture) -> Preview {
    let is_large = |(width, height): (u32, u32)| {
        width.max(height) > MOST_SIDE || u64::from(width) * u64::from(height) * 4 > MOST_MEMORY
    };
    if picture.size.is_some_and(is_large) {
        return Preview::TooLarge;
    }
    let format = match picture.kind {
        PictureKind::Png => ImageFormat::Png,
        PictureKind::Jpeg => ImageFormat::Jpeg,
        PictureKind::Gif => ImageFormat::Gif,
        PictureKind::WebP => ImageFormat::WebP,
    };
    let mut reader = ImageReader::with_format(Cursor::new(&picture.bytes), format);
    let mut limits = Limits::default();
    (limits.max_image_width, limits.max_image_height) = (Some(MOST_SIDE), Some(MOST_SIDE));
    limits.max_alloc = Some(MOST_MEMORY);
    reader.limits(limits);
    let decoded = match reader.decode() {
        Ok(decoded) => decoded,
        Err(image::ImageError::Limits(_)) => return Preview::TooLarge,
        Err(error) => return Preview::Broken(error.to_string()),
    };
    let is_small = decoded.width().max(decoded.height()) <= PREVIEW;
    let small = if is_small { decoded } else { decoded.thumbnail(PREVIEW, PREVIEW) };
    let pixels = small.to_rgba8();
    let size = [pixels.width() as usize, pixels.height() as usize];
    Preview::Image(Arc::new(ColorImage::from_rgba_unmultiplied(size, pixels.as_raw())))
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    /// A PNG of one colour.
    fn png(width: u32, height: u32) -> Bytes {
        let mut out = Cursor::new(Vec::new());
        let image = image::RgbaImage::from_pixel(width, height, image::Rgba([200, 30, 30, 255]));
        image.write_to(&mut out, ImageFormat::Png).expect("memory takes it");
        out.into_inner().into()
    }

    fn preview(bytes: &Bytes) -> Preview {
        decode(&Picture::of(bytes).expect("it is a picture"))
    }

    #[test]
    fn a_picture_is_decoded_and_a_large_one_made_small() {
        let Preview::Image(image) = preview(&png(30, 20)) else { panic!("it can be decoded") };
        assert_eq!(image.size, [30, 20]);
        let Preview::Image(image) = preview(&png(3_000, 100)) else { panic!("it can be decoded") };
        assert_eq!(image.size, [1_024, 34]);
    }

    #[test]
    fn what_is_broken_or_too_large_is_said_and_not_decoded() {
        let whole = png(300, 200);
        assert!(matches!(preview(&whole.slice(..whole.len() / 2)), Preview::Broken(_)));
        let mut huge = whole.to_vec();
        huge[16..24].copy_from_slice(&[0, 0, 0x40, 0, 0, 0, 0x40, 0]);
        assert!(matches!(preview(&huge.into()), Preview::TooLarge), "16,384 x 16,384 is a gigabyte");
    }
}
