//! The edge by which a panel is made larger or smaller, for the keyboard and for a screen reader.
//!
//! egui's own edge can be dragged and can have the keyboard, but shows no ring, knows no keys and speaks English only.

use egui::{EventFilter, Key, Modifiers, PanelState, Rect, Ui, Vec2};

use super::theme::{self, tokens};

/// How far an arrow key moves an edge, in points.
const STEP: f32 = 16.0;

/// Which edge of a panel it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edge {
    Left,
    Right,
    Top,
}

/// Completes the edge of the panel `name`, which was just shown in `ui`. `spoken` is what it is called.
pub fn resize_edge(ui: &Ui, name: &str, spoken: &str, panel: Rect, edge: Edge) {
    let panel_id = ui.scope_id().with(name);
    let id = panel_id.with("__resize");
    if ui.ctx().read_response(id).is_none() {
        return;
    }
    ui.ctx().accesskit_node_builder(id, |node| node.set_label(spoken));
    if !ui.memory(|memory| memory.has_focus(id)) {
        return;
    }
    let theme = theme::of(ui.ctx());
    let line = match edge {
        Edge::Left => {
            Rect::from_min_max(panel.left_top(), panel.left_bottom() + Vec2::new(tokens::RING, 0.0))
        }
        Edge::Right => {
            Rect::from_min_max(panel.right_top() - Vec2::new(tokens::RING, 0.0), panel.right_bottom())
        }
        Edge::Top => Rect::from_min_max(panel.left_top(), panel.right_top() + Vec2::new(0.0, tokens::RING)),
    };
    let painter = ui.ctx().layer_painter(egui::LayerId::new(egui::Order::Middle, id));
    painter.rect_stroke(line, 0.0, theme.ring(), egui::StrokeKind::Inside);

    let arrows = EventFilter { vertical_arrows: true, horizontal_arrows: true, ..EventFilter::default() };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(id, arrows));
    let (larger, smaller) = match edge {
        Edge::Left => (Key::ArrowLeft, Key::ArrowRight),
        Edge::Right => (Key::ArrowRight, Key::ArrowLeft),
        Edge::Top => (Key::ArrowUp, Key::ArrowDown),
    };
    let steps = ui.input_mut(|input| {
        let pressed =
            |input: &mut egui::InputState, key| f32::from(u8::from(input.consume_key(Modifiers::NONE, key)));
        pressed(input, larger) - pressed(input, smaller)
    });
    if steps != 0.0 {
        let mut outer_rect = panel;
        match edge {
            Edge::Left => outer_rect.min.x -= steps * STEP,
            Edge::Right => outer_rect.max.x += steps * STEP,
            Edge::Top => outer_rect.min.y -= steps * STEP,
        }
        // egui keeps a panel within its limits when it shows it.
        ui.data_mut(|data| data.insert_persisted(panel_id, PanelState { outer_rect }));
        ui.ctx().request_repaint();
    }
}
