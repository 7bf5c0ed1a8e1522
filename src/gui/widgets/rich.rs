//! Sentences with stretches of code, in lines that wrap.

use std::sync::Arc;

use egui::text::{LayoutJob, TextFormat};
use egui::{Color32, FontId, Galley, Response, Role, Sense, Ui, WidgetInfo};

use crate::gui::theme::{self, Tone};
use crate::view::Text;

/// Shows a sentence over as many lines as it needs.
pub fn rich(ui: &mut Ui, text: &Text, tone: Tone) -> Response {
    shown(ui, text, tone, false)
}

/// Shows a place or the like in small words, in one line.
pub fn rich_small(ui: &mut Ui, text: &Text, tone: Tone) -> Response {
    let theme = theme::of(ui.ctx());
    let color = theme.color(tone);
    let mut job = job(text, theme.small(), theme.small_code(), color);
    job.wrap.max_width = ui.available_width().max(40.0);
    job.wrap.max_rows = 1;
    job.wrap.break_anywhere = true;
    let galley = ui.painter().layout_job(job);
    let (rect, response) = ui.allocate_exact_size(galley.size(), Sense::hover());
    ui.painter().galley(rect.min, galley, color);
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, text.as_str()));
    response
}

/// Shows a sentence in one line; what does not fit is in the tooltip.
pub fn rich_line(ui: &mut Ui, text: &Text, tone: Tone) -> Response {
    shown(ui, text, tone, true)
}

/// The title of a card, over as many lines as it needs.
pub fn rich_title(ui: &mut Ui, text: &Text) -> Response {
    let theme = theme::of(ui.ctx());
    let mut job = job(text, theme.body_strong(), theme.code(), theme.colors.text);
    job.wrap.max_width = ui.available_width().max(40.0);
    let galley = ui.painter().layout_job(job);
    let (rect, response) = ui.allocate_exact_size(galley.size(), Sense::hover());
    ui.painter().galley(rect.min, galley, theme.colors.text);
    response.widget_info(|| WidgetInfo::labeled(Role::Heading, true, text.as_str()));
    response
}

/// A sentence in one line, as wide as it wants to be, to be measured.
pub fn rich_galley(ui: &Ui, text: &Text, font: FontId, color: Color32) -> Arc<Galley> {
    ui.painter().layout_job(job(text, font, theme::of(ui.ctx()).code(), color))
}

fn job(text: &Text, font: FontId, code: FontId, color: Color32) -> LayoutJob {
    let mut job = LayoutJob::default();
    for (piece, is_code) in text.pieces() {
        let font_id = if is_code { code.clone() } else { font.clone() };
        job.append(piece, 0.0, TextFormat { font_id, color, ..TextFormat::default() });
    }
    job
}

fn shown(ui: &mut Ui, text: &Text, tone: Tone, one_line: bool) -> Response {
    let theme = theme::of(ui.ctx());
    let color = theme.color(tone);
    let mut job = job(text, theme.body(), theme.code(), color);
    job.wrap.max_width = ui.available_width().max(40.0);
    if one_line {
        job.wrap.max_rows = 1;
        job.wrap.break_anywhere = true;
    }
    let galley = ui.painter().layout_job(job);
    let is_cut = galley.elided;
    let (rect, response) = ui.allocate_exact_size(galley.size(), Sense::hover());
    ui.painter().galley(rect.min, galley, color);
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, text.as_str()));
    if is_cut {
        super::tooltip(&response, text.as_str(), None);
    }
    response
}
