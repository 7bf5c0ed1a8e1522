//! The picture of a stream: client, filters and upstream as columns, both directions as lanes of boxes with arrows between.

use std::ops::RangeInclusive;

use egui::{
    Align2, Painter, Pos2, Rect, Role, ScrollArea, Sense, Shape, Stroke, StrokeKind, Ui, UiBuilder, Vec2,
    WidgetInfo, scroll_area::ScrollBarVisibility,
};

use crate::gui::commands::Command;
use crate::gui::text::Text;
use crate::gui::theme::{self, Icon, Theme, Tone, space, tokens};
use crate::gui::widgets::{elided, focus_ring, galley, text_at};
use crate::view::stream::{Arrow, Lane, Node, Stop, StopState, StreamView};

/// Height of the picture, and of its boxes, in points.
pub const HEIGHT: f32 = 248.0;
const BOX: f32 = 44.0;
/// Tops of the nodes and of the two lanes, and of the words over the lanes.
const NODES: f32 = 16.0;
const LANES: [f32; 2] = [98.0, 186.0];
const WORDS: [f32; 2] = [84.0, 172.0];
/// Widths: client and upstream, filters, the least room of an arrow.
const CLIENT: RangeInclusive<f32> = 92.0..=116.0;
const UPSTREAM: RangeInclusive<f32> = 112.0..=156.0;
const FILTER: RangeInclusive<f32> = 116.0..=176.0;
const ARROW: RangeInclusive<f32> = 64.0..=84.0;
/// The parts of the width that client and upstream take within these bounds.
const CLIENT_SHARE: f32 = 0.16;
const UPSTREAM_SHARE: f32 = 0.2;

/// Where the columns stand.
struct Columns {
    /// Left edge and width of each filter's box, and of the room of each arrow.
    filters: Vec<(f32, f32)>,
    arrows: Vec<(f32, f32)>,
    width: f32,
}

impl Columns {
    /// Filters spread over a width, arrows between; wider than that if they need it.
    fn of(filters: usize, width: f32) -> Self {
        let count = filters as f32;
        let arrows = count + 1.0;
        let most = (width - arrows * ARROW.end()) / count.max(1.0);
        let box_width = most.clamp(*FILTER.start(), *FILTER.end());
        let gap = ((width - count * box_width) / arrows).max(*ARROW.start());
        let left = |place: usize| gap + place as f32 * (box_width + gap);
        Self {
            filters: (0..filters).map(|place| (left(place), box_width)).collect(),
            arrows: (0..=filters).map(|place| (place as f32 * (box_width + gap), gap)).collect(),
            width: count * box_width + arrows * gap,
        }
    }
}

pub fn show(ui: &mut Ui, view: &StreamView, text: Text, out: &mut Vec<Command>) {
    let theme = theme::of(ui.ctx());
    let size = Vec2::new(ui.available_width(), HEIGHT);
    let (all, _) = ui.allocate_exact_size(size, Sense::hover());
    let inner = all.shrink2(Vec2::new(space::XL - space::XS, 0.0));
    let filters = view.nodes.len().saturating_sub(2);
    let share = |share: f32, bounds: RangeInclusive<f32>| {
        (inner.width() * share).clamp(*bounds.start(), *bounds.end())
    };
    let client = Rect::from_min_size(inner.min, Vec2::new(share(CLIENT_SHARE, CLIENT), HEIGHT));
    let left = inner.right() - share(UPSTREAM_SHARE, UPSTREAM);
    let upstream = Rect::from_min_max(egui::pos2(left, inner.top()), inner.max);
    let middle = Rect::from_min_max(client.right_top(), upstream.left_bottom());
    let columns = Columns::of(filters, middle.width());
    column(ui, &theme, view, 0, client, text, out);
    let mut between = ui.new_child(UiBuilder::new().max_rect(middle).id_salt("stream filters"));
    between.set_clip_rect(middle.intersect(ui.clip_rect()));
    let is_wider = columns.width > middle.width() + 0.5;
    let bar = if is_wider { ScrollBarVisibility::AlwaysVisible } else { ScrollBarVisibility::AlwaysHidden };
    let area = ScrollArea::horizontal().id_salt("stream filters").scroll_bar_visibility(bar);
    area.auto_shrink(false).show(&mut between, |ui| {
        let (place, _) = ui.allocate_exact_size(Vec2::new(columns.width, HEIGHT - 2.0), Sense::hover());
        for (index, (left, width)) in columns.filters.iter().enumerate() {
            let at = Rect::from_min_size(place.min + Vec2::new(*left, 0.0), Vec2::new(*width, HEIGHT));
            column(ui, &theme, view, index + 1, at, text, out);
        }
        for (lane, top) in [&view.request, &view.response].into_iter().zip(LANES) {
            for (arrow, (left, width)) in lane.arrows.iter().zip(&columns.arrows) {
                let from = place.min + Vec2::new(*left, top + BOX / 2.0);
                paint_arrow(ui.painter(), &theme, from, *width, arrow, lane);
            }
        }
    });
    column(ui, &theme, view, view.nodes.len() - 1, upstream, text, out);
    let words = [text.stream.request(), text.stream.response()];
    for (index, (word, top)) in words.into_iter().zip(WORDS).enumerate() {
        let shown = if index == 0 { format!("{word} →") } else { format!("← {word}") };
        let shown = galley(ui.painter(), shown, theme.small(), theme.colors.muted);
        let at = egui::pos2(client.left(), all.top() + top);
        let behind = Rect::from_min_size(at - Vec2::new(0.0, shown.size().y / 2.0), shown.size());
        ui.painter().rect_filled(behind.expand(space::XXS), 0.0, theme.colors.bg);
        text_at(ui.painter(), at, Align2::LEFT_CENTER, shown);
    }
}

/// A node with its boxes in both lanes.
fn column(
    ui: &mut Ui,
    theme: &Theme,
    view: &StreamView,
    place: usize,
    at: Rect,
    text: Text,
    out: &mut Vec<Command>,
) {
    let (Some(node), Some(request), Some(response)) =
        (view.nodes.get(place), view.request.stops.get(place), view.response.stops.get(place))
    else {
        return;
    };
    let middle = at.center().x;
    ui.painter().vline(middle, at.top() + NODES + BOX..=at.top() + LANES[1], theme.hairline());
    let boxed = |top: f32| Rect::from_min_size(at.min + Vec2::new(0.0, top), Vec2::new(at.width(), BOX));
    paint_node(ui, theme, boxed(NODES), node);
    for ((stop, lane), top) in [(request, &view.request), (response, &view.response)].into_iter().zip(LANES) {
        stop_box(ui, theme, boxed(top), node, stop, lane, text, out);
    }
}

fn paint_node(ui: &Ui, theme: &Theme, rect: Rect, node: &Node) {
    let edge = if node.is_paused { Stroke::new(1.0, theme.colors.warn) } else { theme.hairline() };
    ui.painter().rect(rect, theme.radius(), theme.colors.panel, edge, StrokeKind::Inside);
    two_lines(ui.painter(), rect, |painter, room| {
        let title = elided(painter, &node.title, theme.body_strong(), theme.colors.text, room);
        let detail = elided(painter, &node.detail, theme.small(), theme.colors.muted, room);
        (title, detail)
    });
}

/// Two lines of words in a box.
fn two_lines(
    painter: &Painter,
    rect: Rect,
    words: impl FnOnce(&Painter, f32) -> (std::sync::Arc<egui::Galley>, std::sync::Arc<egui::Galley>),
) {
    let inner = rect.shrink2(Vec2::new(space::S + space::XXS, 0.0));
    let (title, detail) = words(painter, inner.width());
    text_at(painter, egui::pos2(inner.left(), rect.top() + 14.0), Align2::LEFT_CENTER, title);
    text_at(painter, egui::pos2(inner.left(), rect.bottom() - 12.0), Align2::LEFT_CENTER, detail);
}

#[allow(clippy::too_many_arguments)]
fn stop_box(
    ui: &mut Ui,
    theme: &Theme,
    rect: Rect,
    node: &Node,
    stop: &Stop,
    lane: &Lane,
    text: Text,
    out: &mut Vec<Command>,
) {
    let id = ui.scope_id().with(("stop", node.title.as_str(), lane.direction, rect.left().to_bits()));
    let sense = if stop.event.is_some() { Sense::click() } else { Sense::hover() };
    let response = ui.interact(rect, id, sense);
    let (icon, tone) = mark(stop.state);
    let (fill, edge) = match stop.state {
        StopState::Paused => (theme.colors.changed_row, Stroke::new(1.0, theme.colors.warn)),
        StopState::Failed => (theme.colors.panel, Stroke::new(1.0, theme.colors.error)),
        StopState::Running => (theme.colors.select, Stroke::new(1.0, theme.colors.accent)),
        _ if response.hovered() && stop.event.is_some() => (theme.colors.hover, theme.hairline()),
        _ => (theme.colors.panel, theme.hairline()),
    };
    let painter = ui.painter();
    painter.rect(rect, theme.radius(), fill, edge, StrokeKind::Inside);
    let at = egui::pos2(rect.left() + space::S + space::XXS + 5.0, rect.top() + 14.0);
    icon.paint(painter, at, 11.0, theme.color(tone));
    let inner = rect.shrink2(Vec2::new(space::S + space::XXS, 0.0));
    let color = match stop.state {
        StopState::Idle => theme.colors.muted,
        _ => theme.color(tone),
    };
    let title = elided(painter, &stop.title, theme.small_strong(), color, inner.width() - 16.0);
    text_at(painter, egui::pos2(inner.left() + 16.0, rect.top() + 14.0), Align2::LEFT_CENTER, title);
    let detail = elided(painter, &stop.detail, theme.small(), theme.colors.muted, inner.width());
    text_at(painter, egui::pos2(inner.left(), rect.bottom() - 12.0), Align2::LEFT_CENTER, detail);
    if response.has_focus() {
        focus_ring(ui.painter(), theme, rect, tokens::RADIUS);
    }
    let direction = match lane.direction {
        crate::trace::Direction::Request => text.stream.request(),
        crate::trace::Direction::Response => text.stream.response(),
    };
    let spoken = format!("{}, {direction}: {}, {}", node.title, stop.title, stop.detail);
    let spoken = spoken.trim_end_matches(", ");
    let role = if stop.event.is_some() { Role::Button } else { Role::Label };
    response.widget_info(|| WidgetInfo::labeled(role, true, spoken));
    if response.clicked() {
        out.extend(stop.event.map(Command::ShowEvent));
    }
}

fn mark(state: StopState) -> (Icon, Tone) {
    match state {
        StopState::Idle => (Icon::Ring, Tone::Muted),
        StopState::Running => (Icon::Play, Tone::Accent),
        StopState::Paused => (Icon::Pause, Tone::Warn),
        StopState::Passed => (Icon::Check, Tone::Ok),
        StopState::Failed => (Icon::Cross, Tone::Error),
    }
}

/// An arrow in its direction: solid where something went, dashed where nothing did.
fn paint_arrow(painter: &Painter, theme: &Theme, from: Pos2, width: f32, arrow: &Arrow, lane: &Lane) {
    let (left, right) = (from.x + space::XS, from.x + width - space::XS);
    let is_right = lane.direction == crate::trace::Direction::Request;
    let color = if arrow.went { theme.colors.accent } else { theme.colors.edge };
    let stroke = Stroke::new(2.0, color);
    let (tail, head) = if is_right { (left, right) } else { (right, left) };
    let (tail, head) = (egui::pos2(tail, from.y), egui::pos2(head, from.y));
    if arrow.went {
        painter.line_segment([tail, head], stroke);
    } else {
        painter.extend(Shape::dashed_line(&[tail, head], stroke, 5.0, 4.0));
    }
    let back = if is_right { -6.0 } else { 6.0 };
    for side in [-4.0, 4.0] {
        painter.line_segment([head, head + Vec2::new(back, side)], stroke);
    }
    let label = elided(painter, &arrow.label, theme.small(), theme.colors.muted, width - space::XS);
    let at = egui::pos2(from.x + width / 2.0, from.y - 12.0);
    text_at(painter, at, Align2::CENTER_CENTER, label);
}
