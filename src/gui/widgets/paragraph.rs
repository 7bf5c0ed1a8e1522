//! Running text with links and code in it, as one label: a screen reader reads it as a whole, the keyboard goes from link to
//! link.

use std::ops::Range;
use std::sync::Arc;

use egui::text::{CharIndex, LayoutJob, TextFormat};
use egui::{Align2, Galley, Id, Pos2, Rect, Role, Sense, Ui, WidgetInfo};

use super::paint::{focus_ring, text_at};
use crate::gui::text;
use crate::gui::theme::{self, tokens};
use crate::view::guide::{Span, Target};

/// Shows a paragraph over as many lines as it needs; `id` is that of its links. Gives the link that was followed.
pub fn paragraph(ui: &mut Ui, id: Id, spans: &[Span]) -> Option<Target> {
    let theme = theme::of(ui.ctx());
    let mut job = LayoutJob::default();
    let mut links: Vec<(&Target, &str, Range<usize>)> = Vec::new();
    let mut at = 0;
    for span in spans {
        let color = if span.link.is_some() { theme.colors.accent } else { theme.colors.text };
        let font = match (span.is_code, span.is_strong) {
            (true, _) => theme.code(),
            (false, true) => theme.body_strong(),
            (false, false) => theme.body(),
        };
        let line_height = Some((theme.sizes.body * tokens::PROSE_LINE_HEIGHT).round());
        job.append(
            &span.text,
            0.0,
            TextFormat { font_id: font, color, line_height, ..TextFormat::default() },
        );
        let end = at + span.text.chars().count();
        if let Some(target) = &span.link {
            links.push((target, &span.text, at..end));
        }
        at = end;
    }
    job.wrap.max_width = ui.available_width().max(40.0);
    let galley = ui.painter().layout_job(job);
    let (rect, response) = ui.allocate_exact_size(galley.size(), Sense::hover());
    let shown = text_at(ui.painter(), rect.left_top(), Align2::LEFT_TOP, galley.clone());
    response.widget_info(|| {
        let whole: String = spans.iter().map(|span| span.text.as_str()).collect();
        WidgetInfo::labeled(Role::Label, true, whole)
    });
    let mut followed = None;
    for (place, (target, words, range)) in links.into_iter().enumerate() {
        if link(ui, id.with(place), target, words, &stretches(&galley, shown.min, &range)) {
            followed = Some(target.clone());
        }
    }
    followed
}

/// Where a range of characters is seen: a rectangle for each line that it touches.
fn stretches(galley: &Arc<Galley>, origin: Pos2, range: &Range<usize>) -> Vec<Rect> {
    let mut rects = Vec::new();
    let mut first = 0;
    for row in &galley.rows {
        let count = row.char_count_excluding_newline().0;
        let (from, to) = (range.start.max(first), range.end.min(first + count));
        if from < to {
            let left = origin.x + row.pos.x + row.x_offset(CharIndex(from - first));
            let right = origin.x + row.pos.x + row.x_offset(CharIndex(to - first));
            let rect = row.rect().translate(origin.to_vec2());
            rects.push(Rect::from_x_y_ranges(left..=right, rect.y_range()));
        }
        first += row.char_count_including_newline().0;
    }
    rects
}

/// One link over its stretches; whether it was followed.
fn link(ui: &Ui, id: Id, target: &Target, words: &str, stretches: &[Rect]) -> bool {
    let theme = theme::of(ui.ctx());
    let Some(whole) = stretches.iter().copied().reduce(Rect::union) else { return false };
    // The first line stands for the link; where it goes on in the next, that part is clicked by the pointer only.
    let response = ui.interact(stretches[0], id, Sense::click());
    let rest =
        stretches.iter().enumerate().skip(1).map(|(place, rect)| {
            ui.interact(*rect, id.with(("line", place)), Sense::CLICK & !Sense::FOCUSABLE)
        });
    let rest: Vec<egui::Response> = rest.collect();
    let is_hovered = response.hovered() || rest.iter().any(egui::Response::hovered);
    if is_hovered {
        ui.ctx().set_cursor_icon(egui::CursorIcon::PointingHand);
        for rect in stretches {
            ui.painter().hline(rect.x_range(), rect.bottom() - 2.0, (tokens::LINE, theme.colors.accent));
        }
    }
    if response.has_focus() {
        focus_ring(ui.painter(), &theme, whole, tokens::FILL_RADIUS);
    }
    let name = match target {
        Target::Url(url) => format!("{words}, {}: {url}", text::of(ui.ctx()).guide.opens_browser()),
        _ => words.to_owned(),
    };
    response.widget_info(|| WidgetInfo::labeled(Role::Link, true, name.as_str()));
    response.clicked() || rest.iter().any(egui::Response::clicked)
}
