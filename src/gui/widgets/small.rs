//! The smallest parts: labels, key caps, tags, marks, links.

use std::sync::Arc;

use egui::{Align2, Painter, Pos2, Rect, Response, Role, Sense, StrokeKind, Ui, Vec2, WidgetInfo};

use super::paint::{elided, focus_ring, galley, text_at, wrapped};
use crate::gui::theme::{self, Icon, Theme, Tone, space, tokens};

/// Small text, as of facts and labels. Not for headings.
pub fn label(ui: &mut Ui, text: &str, tone: Tone) -> Response {
    let theme = theme::of(ui.ctx());
    text_label(ui, text, theme.small(), tone)
}

/// Code in a line of interface text.
pub fn code_label(ui: &mut Ui, text: &str, tone: Tone) -> Response {
    let theme = theme::of(ui.ctx());
    text_label(ui, text, theme.code(), tone)
}

/// Text of the interface's own size.
pub fn plain_label(ui: &mut Ui, text: &str) -> Response {
    let theme = theme::of(ui.ctx());
    text_label(ui, text, theme.body(), Tone::Text)
}

/// A name that stands out.
pub fn strong_label(ui: &mut Ui, text: &str) -> Response {
    let theme = theme::of(ui.ctx());
    text_label(ui, text, theme.body_strong(), Tone::Text)
}

/// The title of a card or a page.
pub fn title(ui: &mut Ui, text: &str) -> Response {
    let theme = theme::of(ui.ctx());
    let response = text_label(ui, text, theme.title(), Tone::Text);
    response.widget_info(|| WidgetInfo::labeled(Role::Heading, true, text));
    response
}

/// Small text that is cut at `width`; the whole of it is in its accessible name and tooltip.
pub fn elided_label(ui: &mut Ui, text: &str, tone: Tone, width: f32) -> Response {
    let theme = theme::of(ui.ctx());
    let galley = elided(ui.painter(), text, theme.small(), theme.color(tone), width.max(0.0));
    let is_cut = galley.elided;
    let (rect, response) = ui.allocate_exact_size(galley.size(), Sense::hover());
    text_at(ui.painter(), rect.left_center(), Align2::LEFT_CENTER, galley);
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, text));
    if is_cut {
        super::tooltip(&response, text, None);
    }
    response
}

/// A button that looks like a label until the pointer or the keyboard is on it.
pub fn quiet_button(ui: &mut Ui, word: &str, name: &str) -> Response {
    let theme = theme::of(ui.ctx());
    let galley = galley(ui.painter(), word, theme.small(), theme.colors.muted);
    word_button(ui, galley, word, name)
}

/// The same for a name that stands out; a long one is cut.
pub fn name_button(ui: &mut Ui, word: &str, name: &str) -> Response {
    let theme = theme::of(ui.ctx());
    let room = (ui.available_width() - 2.0 * space::XS).max(40.0);
    let galley = elided(ui.painter(), word, theme.body_strong(), theme.colors.text, room);
    word_button(ui, galley, word, name)
}

fn word_button(ui: &mut Ui, galley: Arc<egui::Galley>, word: &str, name: &str) -> Response {
    let theme = theme::of(ui.ctx());
    let size = Vec2::new(galley.size().x + 2.0 * space::XS, theme.sizes.chip);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    if response.hovered() {
        ui.painter().rect_filled(rect, theme.radius(), theme.colors.hover);
    }
    text_at(ui.painter(), rect.center(), Align2::CENTER_CENTER, galley);
    if response.has_focus() {
        focus_ring(ui.painter(), &theme, rect, tokens::RADIUS);
    }
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, name));
    if name != word {
        super::tooltip(&response, name, None);
    }
    response
}

/// Small text over as many lines as it needs: what is wrong with a field, a hint.
pub fn prose(ui: &mut Ui, text: &str, tone: Tone) -> Response {
    let theme = theme::of(ui.ctx());
    let galley =
        wrapped(ui.painter(), text, theme.small(), theme.color(tone), ui.available_width().max(40.0));
    let (rect, response) = ui.allocate_exact_size(galley.size(), Sense::hover());
    ui.painter().galley(rect.min, galley, egui::Color32::PLACEHOLDER);
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, text));
    response
}

fn text_label(ui: &mut Ui, text: &str, font: egui::FontId, tone: Tone) -> Response {
    let theme = theme::of(ui.ctx());
    let galley = elided(ui.painter(), text, font, theme.color(tone), ui.available_width().max(40.0));
    let (rect, response) = ui.allocate_exact_size(galley.size(), Sense::hover());
    text_at(ui.painter(), rect.left_center(), Align2::LEFT_CENTER, galley);
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, text));
    response
}

const CAP_HEIGHT: f32 = 18.0;
const CAP_PADDING: f32 = 5.0;

/// A key as it is printed on a keyboard.
pub fn key_cap(ui: &mut Ui, key: &str) -> Response {
    let theme = theme::of(ui.ctx());
    let width = key_cap_width(ui.painter(), &theme, key);
    let (rect, response) = ui.allocate_exact_size(Vec2::new(width, CAP_HEIGHT), Sense::hover());
    paint_key_cap(ui.painter(), &theme, rect.left_center(), key);
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, key));
    response
}

/// How wide a key cap is, for who places it from the right.
pub fn key_cap_width(painter: &Painter, theme: &Theme, key: &str) -> f32 {
    let text = galley(painter, key, theme.small(), theme.colors.muted).size().x;
    (text + 2.0 * CAP_PADDING).max(CAP_HEIGHT - 2.0).ceil()
}

/// Paints a key cap whose left edge has its middle at `left`, and returns its rectangle.
pub fn paint_key_cap(painter: &Painter, theme: &Theme, left: Pos2, key: &str) -> Rect {
    let size = Vec2::new(key_cap_width(painter, theme, key), CAP_HEIGHT);
    let rect = Align2::LEFT_CENTER.anchor_size(left, size);
    let galley = galley(painter, key, theme.small(), theme.colors.muted);
    painter.rect_stroke(rect, theme.radius(), theme.hairline(), StrokeKind::Inside);
    text_at(painter, rect.center(), Align2::CENTER_CENTER, galley);
    rect
}

/// A word in an outline: language, ABI, the id of a finding.
pub fn tag(ui: &mut Ui, text: &str) -> Response {
    let theme = theme::of(ui.ctx());
    let galley = galley(ui.painter(), text, theme.small(), theme.colors.muted);
    let size = Vec2::new(galley.size().x + 2.0 * CAP_PADDING + 2.0, theme.sizes.chip);
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    ui.painter().rect_stroke(rect, theme.radius(), theme.hairline(), StrokeKind::Inside);
    text_at(ui.painter(), rect.center(), Align2::CENTER_CENTER, galley);
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, text));
    response
}

/// Paints a tag whose left edge has its middle at `left`, for cards that are one button.
pub fn paint_tag(painter: &Painter, theme: &Theme, left: Pos2, text: &str) -> Rect {
    let galley = galley(painter, text, theme.small(), theme.colors.muted);
    let size = Vec2::new(galley.size().x + 2.0 * CAP_PADDING + 2.0, theme.sizes.chip);
    let rect = Align2::LEFT_CENTER.anchor_size(left, size);
    painter.rect_stroke(rect, theme.radius(), theme.hairline(), StrokeKind::Inside);
    text_at(painter, rect.center(), Align2::CENTER_CENTER, galley);
    rect
}

/// A shape and a word in the colour of what happened. Never the colour alone.
pub fn mark(ui: &mut Ui, icon: Icon, word: &str, tone: Tone, strong: bool) -> Response {
    let theme = theme::of(ui.ctx());
    let color = theme.color(tone);
    let font = if strong { theme.small_strong() } else { theme.small() };
    let galley = galley(ui.painter(), word, font, color);
    let icon_size = theme.sizes.icon - 2.0;
    let size = Vec2::new(icon_size + space::XS + galley.size().x, galley.size().y.max(icon_size));
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    icon.paint(ui.painter(), rect.left_center() + Vec2::new(icon_size / 2.0, 0.0), icon_size, color);
    text_at(ui.painter(), rect.right_center(), Align2::RIGHT_CENTER, galley);
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, word));
    response
}

/// Words that lead somewhere, in the accent colour, underlined under the pointer.
pub fn link(ui: &mut Ui, text: &str, icon: Option<Icon>) -> Response {
    let theme = theme::of(ui.ctx());
    let color = theme.colors.accent;
    let galley = galley(ui.painter(), text, theme.body(), color);
    let icon_width = if icon.is_some() { theme.sizes.icon + space::XS } else { 0.0 };
    let size = galley.size() + Vec2::new(icon_width, 0.0);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    if let Some(icon) = icon {
        let center = rect.left_center() + Vec2::new(theme.sizes.icon / 2.0, 0.0);
        icon.paint(ui.painter(), center, theme.sizes.icon, color);
    }
    let text_rect = text_at(ui.painter(), rect.right_center(), Align2::RIGHT_CENTER, galley);
    if response.hovered() {
        ui.painter().hline(text_rect.x_range(), text_rect.bottom() - 1.0, (tokens::LINE, color));
        ui.ctx().set_cursor_icon(egui::CursorIcon::PointingHand);
    }
    if response.has_focus() {
        focus_ring(ui.painter(), &theme, rect, tokens::FILL_RADIUS);
    }
    response.widget_info(|| WidgetInfo::labeled(Role::Link, true, text));
    response
}
