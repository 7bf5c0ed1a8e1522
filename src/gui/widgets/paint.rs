//! Painting that every control shares: text centred in a row, elision, the focus ring.

use std::sync::Arc;

use egui::{
    Align2, Color32, FontId, Galley, Painter, Pos2, Rect, StrokeKind, Ui,
    text::{LayoutJob, TextWrapping},
};

use crate::gui::theme::{
    Theme,
    tokens::{PROSE_LINE_HEIGHT, RING, RING_OFFSET},
};

/// One line of text, as wide as it wants to be.
#[must_use]
pub fn galley(painter: &Painter, text: impl Into<String>, font: FontId, color: Color32) -> Arc<Galley> {
    painter.layout_no_wrap(text.into(), font, color)
}

/// One line of text, ending in `…` where it would be wider than `width`.
#[must_use]
pub fn elided(
    painter: &Painter,
    text: impl Into<String>,
    font: FontId,
    color: Color32,
    width: f32,
) -> Arc<Galley> {
    let mut job = LayoutJob::simple_singleline(text.into(), font, color);
    job.wrap = TextWrapping::truncate_at_width(width.max(0.0));
    painter.layout_job(job)
}

/// As much of a long text as can be seen in `width` and a little more, so that laying it out costs no more than that.
#[must_use]
pub fn seen(text: &str, width: f32) -> &str {
    /// Narrower than any letter of the fonts here.
    const NARROWEST: f32 = 2.5;
    let most = (width.max(0.0) / NARROWEST) as usize + 8;
    match text.char_indices().nth(most) {
        Some((end, _)) => &text[..end],
        None => text,
    }
}

/// Text over as many lines as it needs within `width`, at the line height of prose.
#[must_use]
pub fn wrapped(painter: &Painter, text: &str, font: FontId, color: Color32, width: f32) -> Arc<Galley> {
    let mut job = LayoutJob::simple(text.to_owned(), font.clone(), color, width.max(0.0));
    for section in &mut job.sections {
        section.format.line_height = Some((font.size * PROSE_LINE_HEIGHT).round());
    }
    painter.layout_job(job)
}

/// Paints a galley so that `anchor` of it lies at `pos`, on whole pixels: text between pixels is blurred. Returns where.
pub fn text_at(painter: &Painter, pos: Pos2, anchor: Align2, galley: Arc<Galley>) -> Rect {
    let rect = anchor.anchor_size(pos, galley.size());
    let scale = painter.pixels_per_point();
    // Half a pixel goes up: type looks low in a row sooner than it looks high.
    let min = Pos2::new((rect.min.x * scale).round() / scale, (rect.min.y * scale - 0.5).ceil() / scale);
    painter.galley(min, galley, Color32::PLACEHOLDER);
    Rect::from_min_size(min, rect.size())
}

/// Paints text with its left end at `left` and its middle at `middle`, and returns its right end.
pub fn text_left(
    painter: &Painter,
    left: f32,
    middle: f32,
    text: impl Into<String>,
    font: FontId,
    color: Color32,
) -> f32 {
    let galley = galley(painter, text, font, color);
    text_at(painter, Pos2::new(left, middle), Align2::LEFT_CENTER, galley).right()
}

/// Paints text with its right end at `right`, and returns its left end.
pub fn text_right(
    painter: &Painter,
    right: f32,
    middle: f32,
    text: impl Into<String>,
    font: FontId,
    color: Color32,
) -> f32 {
    let galley = galley(painter, text, font, color);
    text_at(painter, Pos2::new(right, middle), Align2::RIGHT_CENTER, galley).left()
}

/// The ring around what has the keyboard: 2 points wide, 1 point outside `rect`.
pub fn focus_ring(painter: &Painter, theme: &Theme, rect: Rect, radius: u8) {
    let radius = f32::from(radius) + RING_OFFSET + RING / 2.0;
    painter.rect_stroke(rect.expand(RING_OFFSET), radius, theme.ring(), StrokeKind::Outside);
}

/// What has the keyboard and where it is. Nothing in the frame of a click: to ask egui then for anything but what was
/// clicked takes the keyboard away from it, also from a field that has just been given it.
pub fn focused(ctx: &egui::Context) -> Option<egui::Response> {
    let clicks = ctx.input(|input| input.pointer.any_click() || input.pointer.any_pressed());
    let id = ctx.memory(|memory| memory.focused()).filter(|_| !clicks)?;
    ctx.read_response(id)
}

/// Scrolls so that a control that was just given the keyboard can be seen: Tab also goes to what is out of view. Call it
/// at the end of a scroll area's contents.
pub fn reveal_focus(ui: &Ui, salt: &str) {
    let id = egui::Id::unique(("filterlab revealed", salt));
    let focused = ui.memory(|memory| memory.focused());
    let known = ui.data(|data| data.get_temp::<Option<egui::Id>>(id)).flatten();
    if known == focused {
        return;
    }
    let Some(response) = self::focused(ui.ctx()) else { return };
    ui.data_mut(|data| data.insert_temp(id, focused));
    if response.layer_id == ui.layer_id() && ui.min_rect().contains(response.rect.center()) {
        ui.scroll_to_rect_animation(response.rect.expand(8.0), None, egui::style::ScrollAnimation::none());
    }
}

/// What has the keyboard now is where it is without a look at it: [`reveal_focus`] waits for the next control.
pub fn leave_focus(ui: &Ui, salt: &str) {
    let focused = ui.memory(|memory| memory.focused());
    ui.data_mut(|data| data.insert_temp(egui::Id::unique(("filterlab revealed", salt)), focused));
}

/// A hairline along the bottom of `rect`.
pub fn hairline_below(ui: &Ui, theme: &Theme, rect: Rect) {
    let y = rect.bottom() - theme.hairline().width / 2.0;
    ui.painter().hline(rect.x_range(), y, theme.hairline());
}

/// A hairline along the top of `rect`.
pub fn hairline_above(ui: &Ui, theme: &Theme, rect: Rect) {
    let y = rect.top() + theme.hairline().width / 2.0;
    ui.painter().hline(rect.x_range(), y, theme.hairline());
}
