//! A bar whose right end is known first: what stands at the left gets the rest.

use egui::{Id, Layout, Rect, Ui, UiBuilder, Vec2, emath::TSTransform, layers::ShapeIdx};

/// Shows `right` at the right end of the bar, in reading order, then `left` in the width that remains.
///
/// The keyboard goes from left to right all the same: `left` comes first. `out` is handed to both.
pub fn ends<T>(
    ui: &mut Ui,
    salt: &str,
    out: &mut T,
    left: impl FnOnce(&mut Ui, &mut T),
    right: impl FnOnce(&mut Ui, &mut T),
) {
    let id = ui.scope_id().with(salt);
    let bar = ui.max_rect();
    let known: Option<f32> = ui.data(|data| data.get_temp(id));
    let width = known.unwrap_or(0.0).min(bar.width());
    let split = bar.right() - width;
    let gap = ui.spacing().item_spacing.x;
    let left_rect = Rect::from_min_max(bar.min, egui::pos2((split - gap).max(bar.left()), bar.bottom()));
    // As wide as the whole bar, so that nothing in it is cut before its width is known.
    let right_rect = Rect::from_min_size(egui::pos2(split, bar.top()), bar.size());
    part(ui, id.with("left"), left_rect, |ui| left(ui, out));
    let first = next_shape(ui);
    // Whole points: what stands on whole pixels may be a little wider at one place than at another.
    let used = part(ui, id.with("right"), right_rect, |ui| right(ui, out)).ceil();
    if known != Some(used) {
        ui.data_mut(|data| data.insert_temp(id, used));
    }
    match known {
        Some(known) if used > known => ui.ctx().request_discard("a bar's right end has grown"),
        None => ui.ctx().request_discard("the width of a bar's right end was not known"),
        Some(_) if used < width => {
            // Less than was kept free: painted where it belongs at once, and reached by the pointer there from the next
            // frame on. Laying everything out anew would cost a frame twice, and this happens at many a step.
            shift(ui, first, width - used);
            ui.ctx().request_repaint();
        }
        Some(_) => {}
    }
    ui.advance_cursor_after_rect(bar);
}

fn next_shape(ui: &Ui) -> ShapeIdx {
    ui.ctx().graphics_mut(|graphics| graphics.entry(ui.layer_id()).next_idx())
}

/// Moves to the right what was painted since `first`.
fn shift(ui: &Ui, first: ShapeIdx, by: f32) {
    let end = next_shape(ui);
    let moved = TSTransform::from_translation(Vec2::new(by, 0.0));
    ui.ctx().graphics_mut(|graphics| graphics.entry(ui.layer_id()).transform_range(first, end, moved));
}

fn part(ui: &mut Ui, id: Id, rect: Rect, contents: impl FnOnce(&mut Ui)) -> f32 {
    let builder =
        UiBuilder::new().scope_id(id).max_rect(rect).layout(Layout::left_to_right(egui::Align::Center));
    let mut part = ui.new_child(builder);
    part.set_clip_rect(rect.expand2(Vec2::new(4.0, 0.0)).intersect(ui.clip_rect()));
    contents(&mut part);
    part.min_rect().width()
}
