//! Boxes for what was read or written: the fields of a map, text, bytes.

use egui::{Align2, Role, Sense, StrokeKind, Ui, Vec2, WidgetInfo};

use super::paint::{elided, galley, text_at, wrapped};
use crate::gui::text;
use crate::gui::theme::{self, space};

/// Height of a row in a box, in points.
const ROW: f32 = 20.0;

/// The fields of a map in a box.
pub fn pairs_box(ui: &mut Ui, pairs: &[(String, String)], all: usize) {
    let theme = theme::of(ui.ctx());
    let text = text::of(ui.ctx());
    if pairs.is_empty() {
        return;
    }
    let rows = pairs.len() + usize::from(all > pairs.len());
    let size = Vec2::new(ui.available_width(), rows as f32 * ROW + 2.0 * space::XXS);
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    ui.painter().rect(rect, theme.radius(), theme.colors.sunk, theme.hairline(), StrokeKind::Inside);
    let inner = rect.shrink2(Vec2::new(space::S, space::XXS));
    let measured = pairs
        .iter()
        .take(60)
        .map(|(name, _)| galley(ui.painter(), name.as_str(), theme.code(), theme.colors.muted).size().x);
    let widest = measured.fold(60.0_f32, f32::max).min(inner.width() * 0.5);
    for (index, (name, value)) in pairs.iter().enumerate() {
        let middle = inner.top() + (index as f32 + 0.5) * ROW;
        if !ui.clip_rect().y_range().expand(ROW).contains(middle) {
            continue;
        }
        let name = elided(ui.painter(), name, theme.code(), theme.colors.muted, widest);
        text_at(ui.painter(), egui::pos2(inner.left(), middle), Align2::LEFT_CENTER, name);
        let left = inner.left() + widest + space::M;
        let value = elided(ui.painter(), value, theme.code(), theme.colors.text, inner.right() - left);
        text_at(ui.painter(), egui::pos2(left, middle), Align2::LEFT_CENTER, value);
    }
    if all > pairs.len() {
        let middle = inner.bottom() - ROW / 2.0;
        let more = text.preflight.more(all - pairs.len());
        let more = galley(ui.painter(), more, theme.small(), theme.colors.muted);
        text_at(ui.painter(), egui::pos2(inner.left(), middle), Align2::LEFT_CENTER, more);
    }
    let spoken: Vec<String> = pairs.iter().take(60).map(|(name, value)| format!("{name}: {value}")).collect();
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, spoken.join(", ")));
}

/// Text or bytes in a box.
pub fn text_box(ui: &mut Ui, text: &str) {
    let theme = theme::of(ui.ctx());
    if text.is_empty() {
        return;
    }
    let width = ui.available_width();
    let words = wrapped(ui.painter(), text, theme.code(), theme.colors.text, width - 2.0 * space::S);
    let size = Vec2::new(width, words.size().y + 2.0 * space::XS);
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    ui.painter().rect(rect, theme.radius(), theme.colors.sunk, theme.hairline(), StrokeKind::Inside);
    text_at(ui.painter(), rect.min + Vec2::new(space::S, space::XS), Align2::LEFT_TOP, words);
    let spoken: String = text.chars().take(400).collect();
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &spoken));
}
