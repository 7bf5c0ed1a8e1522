//! Tooltips: words, then the key. Or, for what cannot be done now, the name and the reason.

use egui::{Frame, Margin, Response, Role, Sense, Tooltip, Ui, WidgetInfo};

use super::paint::wrapped;
use super::small::{key_cap, label};
use crate::gui::theme::{self, Tone, space};

/// Shows `words` and the key while the pointer rests on the widget.
pub fn tooltip(response: &Response, words: &str, key: Option<&str>) {
    show(response, |ui| {
        label(ui, words, Tone::Text);
        if let Some(key) = key {
            key_cap(ui, key);
        }
    });
}

/// Shows what the widget would do, and why it cannot.
pub fn tooltip_reason(response: &Response, words: &str, reason: &str) {
    show(response, |ui| {
        label(ui, &format!("{words}:"), Tone::Text);
        label(ui, reason, Tone::Muted);
    });
}

/// Shows several lines of what a filter wrote while the pointer rests on the widget.
pub fn tooltip_lines(response: &Response, lines: &str) {
    /// In points.
    const WIDTH: f32 = 560.0;
    show_tooltip(response, Tooltip::for_enabled(response).at_pointer(), |ui| {
        let theme = theme::of(ui.ctx());
        let shown = wrapped(ui.painter(), lines, theme.code(), theme.colors.text, WIDTH);
        let (rect, response) = ui.allocate_exact_size(shown.size(), Sense::hover());
        ui.painter().galley(rect.min, shown, theme.colors.text);
        response.widget_info(|| WidgetInfo::labeled(Role::Label, true, lines));
    });
}

fn show(response: &Response, contents: impl FnOnce(&mut Ui)) {
    show_tooltip(response, Tooltip::for_enabled(response), contents);
}

fn show_tooltip(response: &Response, mut tooltip: Tooltip<'_>, contents: impl FnOnce(&mut Ui)) {
    let theme = theme::of(&response.ctx);
    tooltip.popup = tooltip.popup.frame(
        Frame::new()
            .fill(theme.colors.panel)
            .stroke(theme.hairline())
            .corner_radius(theme.radius())
            .inner_margin(Margin::symmetric(space::S as i8, space::XS as i8)),
    );
    tooltip.show(|ui| {
        ui.set_min_height(18.0);
        ui.horizontal_centered(contents);
    });
}
