//! The lane beside the rows: an axis of time, and on it bars for callbacks and host calls.

use egui::{Align2, Painter, Rect, Vec2};

use super::Columns;
use crate::gui::runs::RunView;
use crate::gui::text::duration;
use crate::gui::theme::{Theme, space};
use crate::gui::widgets::{galley, text_at};
use crate::trace::EventId;
use crate::view::timeline::{Row, RowRole, Wait};

/// Height of a bar and least width of one, in points.
const BAR: f32 = 10.0;
const LEAST: f32 = 3.0;
/// Waits that are drawn.
const MOST_MARKS: usize = 200;
/// Width of a wait on the virtual clock, in points, where there is room.
const WAIT: f32 = 44.0;
/// Most of the lane that waits may take.
const MOST_WAITS: f32 = 0.45;
/// Host calls that are drawn inside the bar of their callback.
const MOST_CALLS: usize = 300;

/// The part of the run that the lane shows: fractions from 0 to 1.
pub type Span = (f32, f32);

/// Places of events and times in the lane.
pub struct Lane<'a> {
    run: &'a RunView,
    /// From where to where the lane goes, in points.
    left: f32,
    width: f32,
    /// All events are equally wide.
    is_in_steps: bool,
    span: Span,
    /// Width of a wait before it is zoomed.
    wait: f32,
}

impl<'a> Lane<'a> {
    pub fn new(run: &'a RunView, columns: &Columns, is_in_steps: bool, span: Span) -> Option<Self> {
        let (left, width) = (columns.lane, columns.lane_end - columns.lane - space::S);
        let waits = run.axis.waits().len() as f32;
        let wait = if waits == 0.0 { 0.0 } else { WAIT.min(width * MOST_WAITS / waits) };
        (width >= 48.0).then_some(Self { run, left, width, is_in_steps, span, wait })
    }

    /// The place of a moment of measured time, in points; `event` tells on which side of the waits.
    fn x(&self, event: EventId, nanos: u64) -> f32 {
        let place = match self.is_in_steps {
            true => {
                let events = self.run.trace.events().len().max(1);
                event.index() as f32 / events as f32
            }
            false => {
                let waits = self.run.axis.waits();
                let before = self.run.axis.waits_before(event) as f32 * self.wait;
                let room = self.width - waits.len() as f32 * self.wait;
                let total = self.run.axis.total().max(1);
                (before + room * (nanos as f64 / total as f64) as f32) / self.width.max(1.0)
            }
        };
        self.zoomed(place)
    }

    /// A fraction of the whole as a place in points.
    fn zoomed(&self, place: f32) -> f32 {
        let (from, to) = self.span;
        self.left + self.width * (place - from) / (to - from).max(1e-6)
    }

    /// The left and right edge of a row's bar.
    fn edges(&self, row: &Row) -> (f32, f32) {
        if self.is_in_steps {
            let step = self.zoomed(1.0 / self.run.trace.events().len().max(1) as f32) - self.zoomed(0.0);
            let from = self.x(row.event, 0);
            let steps =
                if row.role == RowRole::Callback || row.inside > 0 { row.inside as f32 + 1.0 } else { 1.0 };
            return (from, from + (steps * step).max(LEAST));
        }
        let from = self.x(row.event, row.begin);
        // A row never spans a wait: what it lasts is measured time.
        (from, self.x(row.event, row.begin + row.length).max(from + LEAST))
    }

    /// Bands where only the virtual clock moves, behind a stretch of rows.
    pub fn paint_waits(&self, painter: &Painter, theme: &Theme, rect: Rect) {
        if self.is_in_steps || self.wait < 2.0 {
            return;
        }
        let painter = painter.with_clip_rect(self.clip(rect));
        for wait in self.run.axis.waits().iter().take(MOST_MARKS) {
            let to = self.x(wait.event, wait.begin);
            let from = to - self.wait / (self.span.1 - self.span.0).max(1e-6);
            if to >= rect.left() && from <= rect.right() {
                let band = Rect::from_min_max(egui::pos2(from, rect.top()), egui::pos2(to, rect.bottom()));
                painter.rect_filled(band, 0.0, theme.colors.band);
            }
        }
    }

    fn clip(&self, rect: Rect) -> Rect {
        let lane = Rect::from_min_max(
            egui::pos2(self.left, rect.top()),
            egui::pos2(self.left + self.width, rect.bottom()),
        );
        lane.intersect(rect)
    }

    /// The head of the lane: where the virtual clock stands, and how long it waits. `right`: how far the last word may go.
    /// No word crosses a line: how long a wait lasts stands between its lines, a time before the next one, or it is left
    /// out.
    pub fn paint_axis(&self, painter: &Painter, theme: &Theme, rect: Rect, right: f32) {
        if self.is_in_steps {
            return;
        }
        let lane = self.clip(rect);
        let waits = &self.run.axis.waits()[..self.run.axis.waits().len().min(MOST_MARKS)];
        let width = self.wait / (self.span.1 - self.span.0).max(1e-6);
        let has_bands = width >= 2.0;
        let mut free_from = lane.left();
        let mut word = |words: &str, from: f32, to: f32, is_centered: bool| {
            let words = galley(painter, words, theme.small_code(), theme.colors.muted);
            let size = words.size().x;
            let left = if is_centered { (from + to - size) / 2.0 } else { from + space::XS };
            if left >= free_from.max(from) && left + size < to {
                free_from = left + size + space::S;
                text_at(painter, egui::pos2(left, rect.center().y), Align2::LEFT_CENTER, words);
            }
        };
        let line = |place: f32| {
            if lane.x_range().contains(place) {
                painter.vline(place, rect.y_range(), theme.hairline());
            }
        };
        let begin_of = |wait: &Wait| self.x(wait.event, wait.begin) - if has_bands { width } else { 0.0 };
        // Where the word after a wait has to end.
        let end_at = |next: usize| match waits.get(next) {
            Some(next) if has_bands => begin_of(next).min(right),
            _ => right,
        };
        line(self.zoomed(0.0));
        word("0 ms", self.zoomed(0.0), end_at(0), false);
        for (index, wait) in waits.iter().enumerate() {
            let (from, to) = (begin_of(wait), self.x(wait.event, wait.begin));
            if has_bands {
                line(from);
                line(to);
                word(&format!("+{}", length(wait.length)), from, to.min(right), true);
            }
            if to <= lane.right() {
                word(&format!("{} ms", milliseconds(wait.until)), to, end_at(index + 1), false);
            }
        }
    }

    pub fn paint_bar(&self, painter: &Painter, theme: &Theme, rect: Rect, index: usize, row: &Row) {
        let painter = painter.with_clip_rect(self.clip(rect));
        let middle = rect.center().y;
        let bar = |from: f32, to: f32| {
            Rect::from_min_max(egui::pos2(from, middle - BAR / 2.0), egui::pos2(to, middle + BAR / 2.0))
        };
        match row.role {
            RowRole::Callback => {
                let (from, to) = self.edges(row);
                let color = if row.has_failed { theme.colors.error } else { theme.colors.accent };
                painter.rect_filled(bar(from, to), 2.0, color);
                for call in self.run.timeline.calls_in(index).take(MOST_CALLS) {
                    let (from, to) = self.edges(call);
                    painter.rect_filled(
                        bar(from, to.min(from + LEAST.max(to - from))),
                        0.0,
                        theme.colors.edge,
                    );
                }
            }
            RowRole::Call | RowRole::StartGroup | RowRole::EndGroup => {
                let (from, to) = self.edges(row);
                painter.rect_filled(bar(from, to), 2.0, theme.colors.edge);
            }
            RowRole::Stream => self.paint_pause(&painter, theme, middle, row),
            RowRole::Finding | RowRole::Limit => {
                let at = self.x(row.event, row.begin);
                painter.circle_filled(egui::pos2(at, middle), 3.0, theme.colors.warn);
            }
            RowRole::Step | RowRole::Log => {}
        }
    }

    /// A line from a pause to what ended it.
    fn paint_pause(&self, painter: &Painter, theme: &Theme, middle: f32, row: &Row) {
        let from = self.x(row.event, row.begin);
        if let Some(pause) = self.run.axis.pause_at(row.event) {
            let end = pause.end.and_then(|end| {
                let place = self.run.timeline.row_of(&self.run.trace, end)?;
                let row = self.run.timeline.rows().get(place)?;
                Some(self.x(row.event, row.begin))
            });
            let to = end.unwrap_or(self.left + self.width).max(from + LEAST);
            painter.hline(from..=to, middle, egui::Stroke::new(2.0, theme.colors.warn));
        } else {
            painter.hline(from..=from + 2.0 * LEAST, middle, egui::Stroke::new(2.0, theme.colors.ok));
        }
    }

    /// The fraction of the whole that lies at a place in points.
    pub fn fraction_at(&self, x: f32) -> f32 {
        let (from, to) = self.span;
        from + (x - self.left) / self.width.max(1.0) * (to - from)
    }
}

/// The length of a wait, short enough for its band: milliseconds without their unit, or `15 s`.
fn length(nanos: u64) -> String {
    match nanos {
        long if long >= 1_000_000_000 => {
            let seconds = format!("{:.1}", long as f64 / 1e9);
            format!("{} s", seconds.trim_end_matches(".0"))
        }
        short => milliseconds(short),
    }
}

/// A time on the virtual clock in milliseconds, without its unit.
fn milliseconds(nanos: u64) -> String {
    match nanos {
        whole if whole.is_multiple_of(1_000_000) => crate::gui::text::number((whole / 1_000_000) as usize),
        part => duration(std::time::Duration::from_nanos(part)).trim_end_matches(" ms").to_owned(),
    }
}

/// The span around a place, zoomed by a factor; never wider than the whole.
pub fn zoom(span: Span, around: f32, factor: f32) -> Span {
    let (from, to) = span;
    let width = ((to - from) * factor).clamp(1e-5, 1.0);
    let share = if to > from { ((around - from) / (to - from)).clamp(0.0, 1.0) } else { 0.5 };
    let from = (around.clamp(from, to) - share * width).clamp(0.0, 1.0 - width);
    (from, from + width)
}

/// The colours of the lane in words: filter and host.
pub fn legend(ui: &mut egui::Ui, theme: &Theme, words: [&str; 2]) {
    for (word, color) in words.into_iter().zip([theme.colors.accent, theme.colors.edge]) {
        let label = galley(ui.painter(), word, theme.small(), theme.colors.muted);
        let size = Vec2::new(label.size().x + space::XS + BAR, theme.sizes.chip);
        let (rect, _) = ui.allocate_exact_size(size, egui::Sense::hover());
        text_at(ui.painter(), rect.left_center(), Align2::LEFT_CENTER, label);
        let square =
            Rect::from_center_size(egui::pos2(rect.right() - BAR / 2.0, rect.center().y), Vec2::splat(BAR));
        ui.painter().rect_filled(square, 2.0, color);
    }
}

#[cfg(test)]
mod tests {
    use super::{length, zoom};

    #[test]
    fn waits_are_told_in_few_letters() {
        let lengths = [500_000, 12_000_000, 999_000_000, 1_500_000_000, 14_958_000_000].map(length);
        assert_eq!(lengths, ["0.5", "12", "999", "1.5 s", "15 s"]);
    }

    #[test]
    fn zooming_keeps_what_lies_under_the_pointer_and_stays_within_the_run() {
        let (from, to) = zoom((0.0, 1.0), 0.5, 0.5);
        assert_eq!((from, to), (0.25, 0.75));
        let (from, to) = zoom((0.0, 1.0), 0.0, 0.5);
        assert_eq!((from, to), (0.0, 0.5));
        let (from, to) = zoom((0.25, 0.75), 0.7, 4.0);
        assert_eq!((from, to), (0.0, 1.0));
    }
}
