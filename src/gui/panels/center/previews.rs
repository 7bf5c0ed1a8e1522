//! Pictures in bodies: before and after beside each other, over some lines of the list.

use egui::{Context, Pos2, Rect, TextureHandle, TextureOptions, Vec2};

use super::rows::PICTURE;
use crate::gui::pictures::{Pictures, Preview};
use crate::gui::text::Text;
use crate::gui::theme::{space, tokens};
use crate::gui::widgets::{Row, elided, text_at};

/// What is given to the graphics card, once for each run.
#[derive(Default)]
pub struct Textures {
    all: Vec<(usize, [Option<TextureHandle>; 2])>,
}

/// How much larger than it is a small picture is shown at most.
const LARGEST: f32 = 4.0;

impl Textures {
    pub fn new(ctx: &Context, pictures: &Pictures) -> Self {
        let load = |section: usize, side: &Option<Preview>| match side {
            Some(Preview::Image(image)) => {
                let is_small = image.width().max(image.height()) <= 64;
                let options = if is_small { TextureOptions::NEAREST } else { TextureOptions::LINEAR };
                Some(ctx.load_texture(format!("picture {section}"), image.clone(), options))
            }
            _ => None,
        };
        let all = pictures
            .iter()
            .map(|(section, [before, after])| (*section, [load(*section, before), load(*section, after)]));
        Self { all: all.collect() }
    }

    /// Paints one line's slice of both pictures.
    pub fn paint(
        &self,
        row: &Row<'_>,
        rect: Rect,
        text: Text,
        (section, sides): (usize, &[Option<Preview>; 2]),
        slice: usize,
    ) {
        let height = row.rect.height();
        let top = row.rect.top() - slice as f32 * height;
        // Beside each other in the unified view as well: what else would one compare.
        let width = ((rect.width() - space::S) / 2.0).floor();
        let all = Rect::from_min_size(Pos2::new(rect.left(), top), Vec2::new(width, PICTURE as f32 * height));
        let textures = self.all.iter().find(|(found, _)| *found == section).map(|(_, both)| both);
        for (index, preview) in sides.iter().enumerate() {
            let Some(preview) = preview else { continue };
            let offset = if index == 0 { 0.0 } else { rect.width() - width };
            let place = all.translate(Vec2::new(offset, 0.0)).shrink2(Vec2::new(0.0, space::XS));
            match (preview, textures.and_then(|both| both[index].as_ref())) {
                (Preview::Image(_), Some(texture)) => paint_picture(row, place, texture),
                (Preview::Broken(reason), _) if slice == 0 => {
                    say(row, place, &text.bodies.broken_picture(reason));
                }
                (Preview::TooLarge, _) if slice == 0 => say(row, place, text.bodies.large_picture()),
                _ => {}
            }
        }
    }
}

/// The picture as large as it fits; only this line's part of it can be seen.
fn paint_picture(row: &Row<'_>, place: Rect, texture: &TextureHandle) {
    let theme = row.theme;
    let size = texture.size_vec2();
    let room = place.size() - Vec2::splat(2.0 * space::XS);
    let scale = (room.x / size.x).min(room.y / size.y).clamp(0.0, LARGEST);
    let shown = Rect::from_min_size(place.min + Vec2::splat(space::XS), (size * scale).max(Vec2::splat(1.0)));
    let painter = row.painter.with_clip_rect(row.rect.intersect(row.painter.clip_rect()));
    painter.rect(shown.expand(1.0), 0.0, theme.colors.sunk, theme.edge(), egui::StrokeKind::Outside);
    let whole = Rect::from_min_max(Pos2::ZERO, Pos2::new(1.0, 1.0));
    painter.image(texture.id(), shown, whole, tokens::UNTINTED);
}

fn say(row: &Row<'_>, place: Rect, words: &str) {
    let theme = row.theme;
    let words = elided(row.painter, words, theme.small(), theme.colors.warn, place.width() - space::L);
    let at = Pos2::new(place.left() + space::M, row.rect.center().y);
    text_at(row.painter, at, egui::Align2::LEFT_CENTER, words);
}
