//! A short list whose rows are chosen, switched off, moved, copied and removed.
//!
//! The whole list is one focusable widget. With the keyboard: ↑ ↓ choose, Alt+↑ and Alt+↓ move, Space switches, Ctrl+D makes
//! a copy, Delete removes. With the pointer: the box at the left, the small buttons at the end of the row that has the
//! pointer or the keyboard, and rows can be dragged to another place.

use egui::{
    Align2, EventFilter, Id, Key, Modifiers, Pos2, Rect, Response, Role, ScrollArea, Sense, StrokeKind, Ui,
    Vec2, WidgetInfo, style::ScrollAnimation,
};

use super::{
    moving,
    paint::{elided, text_at},
    toggle::paint_box,
    tooltip::tooltip,
};
use crate::gui::{
    text,
    theme::{self, Icon, Theme, Tone, space, tokens},
};

/// What a row shows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OrderRow {
    /// Whether it is on; `None`: it has no box.
    pub on: Option<bool>,
    /// A mark in front of the words.
    pub mark: Option<(Icon, Tone)>,
    pub words: String,
    /// The words are code.
    pub is_code: bool,
    /// Small words at the right end.
    pub detail: String,
    /// What a screen reader says of it.
    pub spoken: String,
}

/// What somebody did with the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrderChange {
    Select(usize),
    Switch(usize),
    Move { from: usize, to: usize },
    Duplicate(usize),
    Remove(usize),
}

impl OrderChange {
    /// Does it to the things that the rows stand for, and says which of them is chosen then. Not for `Switch`.
    pub fn apply_to<T: Clone>(self, things: &mut Vec<T>) -> Option<usize> {
        match self {
            Self::Select(row) | Self::Switch(row) => Some(row),
            Self::Move { from, to } => {
                if from >= things.len() || to >= things.len() {
                    return None;
                }
                let thing = things.remove(from);
                things.insert(to, thing);
                Some(to)
            }
            Self::Duplicate(row) => {
                let copy = things.get(row)?.clone();
                things.insert(row + 1, copy);
                Some(row + 1)
            }
            Self::Remove(row) => {
                if row < things.len() {
                    things.remove(row);
                }
                Some(row.min(things.len().saturating_sub(1)))
            }
        }
    }
}

/// Rows that are seen at once; more of them scroll.
const MOST_SEEN: f32 = 8.5;
const BOX_COLUMN: f32 = 26.0;
const TOOL: f32 = 20.0;

#[must_use = "a list is seen only after `show`"]
pub struct OrderList<'a> {
    id: Id,
    name: &'a str,
    rows: usize,
    selected: usize,
    empty: &'a str,
    /// Rows before this one stay where they are, and cannot be removed.
    fixed: usize,
}

impl<'a> OrderList<'a> {
    /// `id` must be unique in the window; `empty` is said where there are no rows.
    pub fn new(id: Id, name: &'a str, rows: usize, selected: usize, empty: &'a str) -> Self {
        Self { id, name, rows, selected: selected.min(rows.saturating_sub(1)), empty, fixed: 0 }
    }

    /// The first rows stay where they are, and stay.
    pub fn fixed(mut self, rows: usize) -> Self {
        self.fixed = rows;
        self
    }

    /// `row` is asked for rows that are in view.
    pub fn show(self, ui: &mut Ui, row: impl Fn(usize) -> OrderRow) -> Option<OrderChange> {
        let theme = theme::of(ui.ctx());
        let height = theme.sizes.grid_row;
        let seen = (self.rows.max(1) as f32).min(MOST_SEEN) * height + 1.0;
        let (outer, _) = ui.allocate_exact_size(Vec2::new(ui.available_width(), seen), Sense::hover());
        ui.painter().rect(outer, theme.radius(), theme.colors.sunk, theme.hairline(), StrokeKind::Inside);
        if self.rows == 0 {
            let words = elided(ui.painter(), self.empty, theme.small(), theme.colors.muted, outer.width());
            text_at(ui.painter(), outer.center(), Align2::CENTER_CENTER, words);
            let response = ui.interact(outer, self.id.with("nothing"), Sense::hover());
            response.widget_info(|| WidgetInfo::labeled(Role::Label, true, self.empty));
            return None;
        }
        let mut child = ui.new_child(egui::UiBuilder::new().max_rect(outer.shrink(0.5)).id_salt(self.id));
        let shown = ScrollArea::vertical().id_salt(self.id).auto_shrink(false).show(&mut child, |ui| {
            ui.spacing_mut().item_spacing = Vec2::ZERO;
            let size = Vec2::new(ui.available_width(), self.rows as f32 * height);
            let (rect, _) = ui.allocate_exact_size(size, Sense::hover());
            self.rows_within(ui, &theme, rect, row)
        });
        shown.inner
    }

    fn rows_within(
        &self,
        ui: &mut Ui,
        theme: &Theme,
        rect: Rect,
        row: impl Fn(usize) -> OrderRow,
    ) -> Option<OrderChange> {
        let height = theme.sizes.grid_row;
        let response = ui.interact(rect, self.id, Sense::click_and_drag());
        let row_rect = |index: usize| {
            let top = rect.top() + index as f32 * height;
            Rect::from_min_size(Pos2::new(rect.left(), top), Vec2::new(rect.width(), height))
        };
        let row_at = |pos: Pos2| {
            let row = ((pos.y - rect.top()) / height).floor();
            (row >= 0.0 && (row as usize) < self.rows).then_some(row as usize)
        };
        let mut change = self.keys(ui, &response, &row);
        let view = ui.clip_rect();
        let hovered = response.hover_pos().and_then(row_at);
        let first = ((view.top() - rect.top()) / height).floor().max(0.0) as usize;
        let last = (((view.bottom() - rect.top()) / height).ceil().max(0.0) as usize).min(self.rows);
        for index in first.min(last)..last {
            let rect = row_rect(index);
            let shown = row(index);
            let is_active = self.has_tools(ui, &response, index, hovered);
            let right = if is_active {
                self.tools(ui, theme, index, rect, &shown, &mut change)
            } else {
                rect.right() - space::S
            };
            self.paint(ui, theme, rect, right, index, hovered == Some(index), &shown);
        }
        if let Some(pos) = response.interact_pointer_pos().filter(|_| response.clicked())
            && let Some(index) = row_at(pos)
        {
            response.request_focus();
            let in_box = pos.x < rect.left() + BOX_COLUMN && row(index).on.is_some();
            change = Some(if in_box { OrderChange::Switch(index) } else { OrderChange::Select(index) });
        }
        if let Some(moved) = self.drag(ui, theme, rect, &response, row_at) {
            change = Some(moved);
        }
        let list = text::of(ui.ctx()).widgets.list_of(self.name, self.rows);
        response.widget_info(|| WidgetInfo::labeled(Role::ListBox, true, &list));
        if response.has_focus() {
            let row = row_rect(self.selected);
            ui.painter().rect_stroke(row, theme.radius(), theme.ring(), StrokeKind::Inside);
            let active = self.row_id(self.selected).accesskit_id();
            ui.ctx().accesskit_node_builder(self.id, |node| node.set_active_descendant(active));
        }
        if let Some(OrderChange::Select(to) | OrderChange::Move { to, .. }) = change {
            ui.scroll_to_rect_animation(row_rect(to), None, ScrollAnimation::none());
        }
        change.filter(|change| *change != OrderChange::Select(self.selected))
    }

    fn row_id(&self, index: usize) -> Id {
        self.id.with(("row", index))
    }

    fn tool_id(&self, index: usize, tool: &str) -> Id {
        self.id.with((index, tool))
    }

    fn is_fixed(&self, index: usize) -> bool {
        index < self.fixed
    }

    fn keys(&self, ui: &Ui, response: &Response, row: impl Fn(usize) -> OrderRow) -> Option<OrderChange> {
        if !response.has_focus() {
            return None;
        }
        moving::note(ui, self.id);
        let arrows = EventFilter { vertical_arrows: true, ..EventFilter::default() };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(self.id, arrows));
        let (at, last) = (self.selected, self.rows - 1);
        let (up, down) = (at.saturating_sub(1), (at + 1).min(last));
        let moves = |to: usize| {
            let can = to != at && !self.is_fixed(at) && !self.is_fixed(to);
            can.then_some(OrderChange::Move { from: at, to })
        };
        ui.input_mut(|input| {
            let mut pressed = |modifiers, key| input.consume_key(modifiers, key);
            if pressed(Modifiers::ALT, Key::ArrowUp) {
                moves(up)
            } else if pressed(Modifiers::ALT, Key::ArrowDown) {
                moves(down)
            } else if pressed(Modifiers::NONE, Key::ArrowUp) {
                Some(OrderChange::Select(up))
            } else if pressed(Modifiers::NONE, Key::ArrowDown) {
                Some(OrderChange::Select(down))
            } else if pressed(Modifiers::NONE, Key::Home) {
                Some(OrderChange::Select(0))
            } else if pressed(Modifiers::NONE, Key::End) {
                Some(OrderChange::Select(last))
            } else if pressed(Modifiers::COMMAND, Key::D) {
                Some(OrderChange::Duplicate(at))
            } else if pressed(Modifiers::NONE, Key::Delete) {
                (!self.is_fixed(at)).then_some(OrderChange::Remove(at))
            } else if pressed(Modifiers::NONE, Key::Space) {
                row(at).on.map(|_| OrderChange::Switch(at))
            } else {
                None
            }
        })
    }

    /// Whether the small buttons of a row are there.
    fn has_tools(&self, ui: &Ui, list: &Response, index: usize, hovered: Option<usize>) -> bool {
        let focused = ui.memory(|memory| memory.focused());
        let on_tool = TOOLS.iter().any(|tool| focused == Some(self.tool_id(index, tool)));
        let dragged = list.dragged();
        !dragged && (hovered == Some(index) || on_tool || (list.has_focus() && index == self.selected))
    }

    /// The small buttons of a row. Returns where they begin.
    fn tools(
        &self,
        ui: &Ui,
        theme: &Theme,
        index: usize,
        rect: Rect,
        row: &OrderRow,
        change: &mut Option<OrderChange>,
    ) -> f32 {
        let texts = text::of(ui.ctx()).widgets;
        let name = &row.words;
        let is_mac = ui.ctx().os() == egui::os::OperatingSystem::Mac;
        let copy_key = if is_mac { "Cmd+D" } else { "Ctrl+D" };
        let stays = self.is_fixed(index);
        let up = (index > self.fixed && !stays).then(|| OrderChange::Move { from: index, to: index - 1 });
        let down =
            (index + 1 < self.rows && !stays).then_some(OrderChange::Move { from: index, to: index + 1 });
        let tools = [
            (Icon::Copy, texts.row_copy(name), Some(OrderChange::Duplicate(index)), copy_key),
            (Icon::ChevronUp, texts.header_move_up(name), up, "Alt+↑"),
            (Icon::ChevronDown, texts.header_move_down(name), down, "Alt+↓"),
            (
                Icon::Cross,
                texts.header_remove(name),
                (!stays).then_some(OrderChange::Remove(index)),
                "Delete",
            ),
        ];
        let left = rect.right() - TOOLS.len() as f32 * TOOL - 2.0;
        for (place, ((icon, spoken, what, key), tool)) in tools.into_iter().zip(TOOLS).enumerate() {
            let Some(what) = what else { continue };
            let center = Pos2::new(left + TOOL * (place as f32 + 0.5), rect.center().y);
            let area = Rect::from_center_size(center, Vec2::splat(TOOL));
            let response = ui.interact(area, self.tool_id(index, tool), Sense::click());
            let lit = response.hovered() || response.has_focus();
            let color = if lit { theme.colors.text } else { theme.colors.muted };
            icon.paint(ui.painter(), center, theme.sizes.icon - 4.0, color);
            if response.has_focus() {
                let ring = area.shrink(2.0);
                ui.painter().rect_stroke(ring, theme.radius(), theme.ring(), StrokeKind::Inside);
            }
            if response.clicked() {
                *change = Some(what);
                ui.memory_mut(|memory| memory.request_focus(self.id));
            }
            response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &spoken));
            tooltip(&response, &spoken, Some(key));
        }
        left
    }

    #[expect(clippy::too_many_arguments, reason = "one call, from the loop over the rows")]
    fn paint(
        &self,
        ui: &Ui,
        theme: &Theme,
        rect: Rect,
        right: f32,
        index: usize,
        hovered: bool,
        row: &OrderRow,
    ) {
        let (painter, colors) = (ui.painter(), &theme.colors);
        let selected = index == self.selected;
        if selected || hovered {
            let inner = rect.shrink2(Vec2::new(0.5, 0.0));
            painter.rect_filled(inner, 0.0, if selected { colors.select } else { colors.hover });
        }
        if selected {
            let edge = Rect::from_min_size(rect.min, Vec2::new(tokens::RING, rect.height()));
            painter.rect_filled(edge, 0.0, colors.accent);
        }
        if index > 0 {
            painter.hline(rect.x_range(), rect.top(), theme.hairline());
        }
        let middle = rect.center().y;
        let mut left = rect.left() + space::S;
        if let Some(on) = row.on {
            let place = Rect::from_center_size(Pos2::new(left + 7.0, middle), Vec2::splat(14.0));
            paint_box(ui, theme, place, on, false);
            left = rect.left() + BOX_COLUMN + space::XXS;
        }
        if let Some((icon, tone)) = row.mark {
            icon.paint(painter, Pos2::new(left + 6.0, middle), 12.0, theme.color(tone));
            left += 18.0;
        }
        let room = (right - left).max(0.0);
        let is_off = row.on == Some(false);
        let mut end = right;
        if !row.detail.is_empty() && room > 120.0 {
            let detail = elided(painter, row.detail.as_str(), theme.small(), colors.muted, room * 0.45);
            end = text_at(painter, Pos2::new(right, middle), Align2::RIGHT_CENTER, detail).left() - space::S;
        }
        let font = if row.is_code { theme.code() } else { theme.body() };
        let color = if is_off { colors.muted } else { colors.text };
        let words = elided(painter, row.words.as_str(), font, color, (end - left).max(0.0));
        text_at(painter, Pos2::new(left, middle), Align2::LEFT_CENTER, words);
        let response = ui.interact(rect.intersect(ui.clip_rect()), self.row_id(index), Sense::hover());
        let texts = text::of(ui.ctx()).widgets;
        let spoken = if is_off { texts.row_off(&row.spoken) } else { row.spoken.clone() };
        let place = texts.row_of(index + 1, self.rows);
        response.widget_info(|| {
            WidgetInfo::selected(Role::ListBoxOption, true, selected, format!("{spoken}, {place}"))
        });
    }

    /// A row that is dragged goes where the line is when it is let go.
    fn drag(
        &self,
        ui: &Ui,
        theme: &Theme,
        rect: Rect,
        response: &Response,
        row_at: impl Fn(Pos2) -> Option<usize>,
    ) -> Option<OrderChange> {
        let id = self.id.with("dragged");
        if response.drag_started() {
            let from = ui.input(|input| input.pointer.press_origin()).and_then(row_at);
            let from = from.filter(|from| !self.is_fixed(*from));
            ui.data_mut(|data| data.insert_temp(id, from));
        }
        let from = ui.data(|data| data.get_temp::<Option<usize>>(id)).flatten()?;
        let pointer = ui.input(|input| input.pointer.latest_pos())?;
        let height = theme.sizes.grid_row;
        let gap = ((pointer.y - rect.top()) / height).round().max(0.0) as usize;
        let gap = gap.clamp(self.fixed, self.rows);
        if response.dragged() {
            let y = rect.top() + gap as f32 * height;
            ui.painter().hline(rect.x_range(), y, (tokens::RING, theme.colors.accent));
            ui.ctx().set_cursor_icon(egui::CursorIcon::Grabbing);
            return None;
        }
        ui.data_mut(|data| data.remove::<Option<usize>>(id));
        let to = if gap > from { gap - 1 } else { gap };
        let was_here = response.drag_stopped() && to != from && to < self.rows;
        was_here.then_some(OrderChange::Move { from, to })
    }
}

const TOOLS: [&str; 4] = ["copy", "up", "down", "remove"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_says_which_row_is_chosen_then() {
        let mut things = vec!['a', 'b', 'c'];
        assert_eq!(OrderChange::Move { from: 0, to: 2 }.apply_to(&mut things), Some(2));
        assert_eq!(things, ['b', 'c', 'a']);
        assert_eq!(OrderChange::Duplicate(1).apply_to(&mut things), Some(2));
        assert_eq!(things, ['b', 'c', 'c', 'a']);
        assert_eq!(OrderChange::Remove(3).apply_to(&mut things), Some(2));
        assert_eq!(OrderChange::Move { from: 0, to: 7 }.apply_to(&mut things), None);
        assert_eq!(things, ['b', 'c', 'c']);
    }
}
