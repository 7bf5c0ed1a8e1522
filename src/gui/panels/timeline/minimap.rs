//! All events of a run in one strip: where things happen, which part the list shows, which event is chosen.

use std::ops::Range;

use egui::emath::GuiRounding;
use egui::{EventFilter, Id, Key, Modifiers, Rect, Role, Sense, Stroke, StrokeKind, Ui, Vec2, WidgetInfo};

use crate::gui::commands::Command;
use crate::gui::model::Model;
use crate::gui::panels::cached;
use crate::gui::runs::RunView;
use crate::gui::theme::{self, space, tokens};
use crate::gui::widgets::focus_ring;
use crate::trace::EventId;
use crate::view::timeline::overview;

/// Height of the strip and of the box in it, in points.
pub const HEIGHT: f32 = 32.0;
const BOX: f32 = 26.0;
/// Height of callbacks and of host calls.
const CALLBACK: f32 = 10.0;
const CALL: f32 = 6.0;

/// `event`: the one that is looked at; `visible`: the events of the rows that the list shows.
pub fn show(
    ui: &mut Ui,
    model: &Model,
    run: &RunView,
    rect: Rect,
    event: Option<EventId>,
    visible: Range<usize>,
    out: &mut Vec<Command>,
) {
    let theme = theme::of(ui.ctx());
    let inner = Rect::from_center_size(rect.center(), Vec2::new(rect.width() - 2.0 * space::S, BOX));
    let count = run.trace.events().len();
    if count == 0 || inner.width() < 40.0 {
        return;
    }
    let response = ui.interact(inner, Id::unique("minimap"), Sense::click_and_drag());
    let painter = ui.painter().with_clip_rect(inner.expand(2.0));
    painter.rect_stroke(inner, tokens::RADIUS, theme.edge(), StrokeKind::Inside);
    let strip = inner.shrink2(Vec2::new(space::XS, 0.0));
    let most = strip.width() as usize;
    let columns =
        cached(ui, "minimap", (run.number, most), |(_, most)| overview(&run.trace, &run.axis, *most));
    let step = strip.width() / columns.len() as f32;
    let x = |event: usize| strip.left() + event as f32 / count as f32 * strip.width();
    // Edges lie on whole pixels: the gaps between blocks are alike, and no block is blurred.
    let round = |place: f32| place.round_to_pixels(ui.pixels_per_point());
    let edge = |index: usize| round(strip.left() + index as f32 * step);
    let middle = strip.center().y;
    for (index, column) in columns.iter().enumerate() {
        let gap = if step > 4.0 { 2.0 } else { 0.0 };
        let (height, color) = match column {
            column if column.has_failed => (CALLBACK, theme.colors.error),
            column if column.has_callback => (CALLBACK, theme.colors.accent),
            column if column.has_call => (CALL, theme.colors.edge),
            column if column.is_paused => (2.0, theme.colors.warn),
            _ => (1.0, theme.colors.line),
        };
        let (left, right) = (edge(index), edge(index + 1));
        let top = round(middle - height / 2.0);
        let width = (right - left - gap).max(1.0);
        let bar = Rect::from_min_size(egui::pos2(left, top), Vec2::new(width, height));
        painter.rect_filled(bar, if step > 4.0 { 2.0 } else { 0.0 }, color);
    }
    if visible.end > visible.start && visible.len() < count {
        let shown = Rect::from_x_y_ranges(x(visible.start)..=x(visible.end), inner.y_range()).shrink(1.0);
        painter.rect_stroke(shown, tokens::RADIUS, Stroke::new(1.0, theme.colors.muted), StrokeKind::Inside);
    }
    let event = event.filter(|event| event.index() < count);
    if let Some(event) = event {
        let place = round(x(event.index()) + strip.width() / count as f32 / 2.0);
        painter.vline(place, inner.y_range(), Stroke::new(2.0, theme.colors.text));
    }
    if response.has_focus() {
        focus_ring(ui.painter(), &theme, inner, tokens::RADIUS);
        keys(ui, &response, out);
    }
    if let Some(pointer) =
        response.interact_pointer_pos().filter(|_| response.clicked() || response.dragged())
    {
        let share = ((pointer.x - strip.left()) / strip.width()).clamp(0.0, 1.0);
        let event = ((share * count as f32) as usize).min(count - 1);
        out.push(Command::RevealEvent(EventId::from_index(event)));
    }
    let text = model.text();
    let place = event.map_or_else(
        || text.timeline.events(count),
        |event| text.timeline.event_position(event.index() + 1, count),
    );
    let name = format!("{}, {place}", text.timeline.minimap());
    response.widget_info(|| WidgetInfo::labeled(Role::Slider, true, &name));
}

/// The arrows step through the events, as in any slider.
fn keys(ui: &Ui, response: &egui::Response, out: &mut Vec<Command>) {
    let arrows = EventFilter { horizontal_arrows: true, ..EventFilter::default() };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, arrows));
    ui.input_mut(|input| {
        for (key, command) in
            [(Key::ArrowRight, Command::NextEvent), (Key::ArrowLeft, Command::PreviousEvent)]
        {
            if input.consume_key(Modifiers::NONE, key) {
                out.push(command);
            }
        }
    });
}
