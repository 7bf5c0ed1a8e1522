//! Curves over the requests of a run or a soak.

use egui::{Id, Rect, Sense, Ui, Vec2, WidgetInfo};
use egui_plot::{AxisHints, GridInput, Line, Plot, PlotPoints, Points, uniform_grid_spacer};

use super::{Shown, line_within, within};
use crate::gui::panels::cached;
use crate::gui::text::number;
use crate::gui::theme::{Theme, Tone, space};
use crate::gui::widgets::{self, text_right};
use crate::view::state::metric_curve;

/// Height of the line that says what the axis counts, in points.
const AXIS_NAME: f32 = 16.0;

/// A curve of at most so many points shows each of them.
const FEW: usize = 40;

/// One curve.
pub struct Curve<'a> {
    pub id: Id,
    /// Spoken: what it shows, over how many requests, from where to where.
    pub name: &'a str,
    /// Number of the request, from 1 (0: before the first), and value.
    pub points: &'a [[f64; 2]],
    pub format: fn(f64) -> String,
    /// Lines of the grid stand at multiples of powers of this.
    pub base: f64,
}

pub fn show(ui: &mut Ui, theme: &Theme, curve: &Curve<'_>) {
    // Beneath the axis stands what is counted on it.
    let all = ui.available_rect_before_wrap();
    let axis = Rect::from_min_max(egui::pos2(all.left(), all.bottom() - AXIS_NAME), all.max);
    let words = crate::gui::text::of(ui.ctx()).state.requests_axis();
    text_right(ui.painter(), axis.right(), axis.center().y, words, theme.small(), theme.colors.muted);
    let rest = all.with_max_y(axis.top());
    within(ui, rest, "plot", |ui| lines(ui, theme, curve));
}

fn lines(ui: &mut Ui, theme: &Theme, curve: &Curve<'_>) {
    let format = curve.format;
    let color = theme.colors.accent;
    let (font, muted) = (theme.small_code(), theme.colors.muted);
    let x_axis = AxisHints::new_x()
        .formatter(
            |mark, _| if mark.value >= 0.0 { number(mark.value.round() as i64) } else { String::new() },
        )
        .tick_label_font(font.clone())
        .tick_label_color(muted);
    let y_axis = AxisHints::new_y()
        .formatter(move |mark, _| if mark.value >= 0.0 { format(mark.value) } else { String::new() })
        .min_thickness(64.0)
        .label_spacing(egui::Rangef::new(16.0, 24.0))
        .tick_label_font(font)
        .tick_label_color(muted);
    let base = curve.base;
    // As many lines as their labels have room for.
    let size = ui.available_size();
    let (columns, rows) = ((size.x / 90.0).clamp(2.0, 10.0), (size.y / 34.0).clamp(2.0, 8.0));
    let plot = Plot::new(curve.id)
        .id(curve.id)
        .sense(Sense::hover())
        .allow_drag(false)
        .allow_zoom(false)
        .allow_scroll(false)
        .allow_boxed_zoom(false)
        .allow_double_click_reset(false)
        .allow_axis_zoom_drag(false)
        .show_background(false)
        .show_crosshair(false)
        .grid_color(theme.colors.line)
        // Lines of both directions are equally strong.
        .grid_fade(0.0)
        .include_y(0.0)
        .x_grid_spacer(uniform_grid_spacer(move |input: GridInput| steps(input, 10.0, columns)))
        .y_grid_spacer(uniform_grid_spacer(move |input: GridInput| steps(input, base, rows)))
        .custom_x_axes(vec![x_axis])
        .custom_y_axes(vec![y_axis])
        .label_formatter(move |_| None);
    let points = curve.points.to_vec();
    let shown = plot.show(ui, move |plot| {
        if points.len() <= FEW {
            plot.points(Points::new("", PlotPoints::from(points.clone())).radius(2.5).color(color));
        }
        plot.line(Line::new("", PlotPoints::from(points)).color(color).width(2.0));
    });
    shown.response.widget_info(|| WidgetInfo::labeled(egui::Role::Image, true, curve.name));
}

/// Steps of a grid of at most so many lines, none of them between two whole numbers; the coarser ones are stronger.
fn steps(input: GridInput, base: f64, lines: f32) -> [f64; 3] {
    let range = (input.bounds.1 - input.bounds.0).abs().max(1.0);
    let least = range / f64::from(lines);
    let power = base.powf(least.max(1.0).log(base).floor()).max(1.0);
    // Of powers of ten also twice and five times as much.
    let factors: &[f64] = if base > 2.0 { &[1.0, 2.0, 5.0] } else { &[1.0] };
    let step = factors.iter().map(|factor| power * factor).find(|step| *step >= least);
    let step = step.unwrap_or(power * base);
    [step, step * 100.0, step * 10_000.0]
}

/// The curve of a metric, of the soak if there is one, else of the run.
pub(super) fn metric(ui: &mut Ui, view: &Shown<'_>, theme: &Theme, row: usize) {
    let Some(entry) = view.run.state.metrics.get(row) else { return };
    let soak = view.model.runs.soak.as_deref();
    let trace = soak.map_or(&view.run.trace, |soak| &soak.trace);
    let name = String::from_utf8_lossy(&entry.id.name);
    let place = match soak {
        Some(soak) => {
            let same =
                |metric: &crate::trace::MetricValue| metric.kind == entry.id.kind && metric.name == name;
            soak.trace.metrics.iter().position(same).and_then(|place| u32::try_from(place).ok())
        }
        None => entry.id.metric,
    };
    let requests = trace.exchanges.len();
    let all = ui.max_rect();
    let title = match soak {
        Some(soak) => view.text.state.soak_of(soak.requests()),
        None => view.text.state.soak_of_run(requests),
    };
    // As high as the head of the history beside it.
    let size = Vec2::new(all.width() - theme.sizes.side, theme.sizes.row + space::XS);
    let head = Rect::from_min_size(all.min, size);
    line_within(ui, head, "curve head", |ui| {
        widgets::label(ui, &title, Tone::Muted);
    });
    let rest = Rect::from_min_max(head.left_bottom(), all.max - Vec2::new(theme.sizes.side, space::XS));
    let points = cached(ui, "metric curve", (view.run.number, soak.map(|soak| soak.number), place), |_| {
        place.map(|place| metric_curve(trace, place)).unwrap_or_default()
    });
    within(ui, rest, "curve plot", |ui| {
        if points.len() < 2 || requests < 2 {
            widgets::label(ui, view.text.state.no_curve(), Tone::Muted);
            return;
        }
        let (from, to) = (points[0][1], points[points.len() - 1][1]);
        let words = view.text.state.metric_curve(&name, requests, &whole(from), &whole(to));
        let id = Id::unique("metric plot");
        show(ui, theme, &Curve { id, name: &words, points: &points, format: whole, base: 10.0 });
    });
}

fn whole(value: f64) -> String {
    number(value.round() as i64)
}
