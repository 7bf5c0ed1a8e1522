//! A list of any length whose cost does not depend on it.
//!
//! The whole list is one focusable widget: arrow keys would otherwise move the keyboard away from it. Rows are painted, not
//! built from widgets, all of one height; only visible ones exist for a screen reader, so each says "row 12 of 10,000".

use egui::{
    Color32, EventFilter, Id, Key, Modifiers, Painter, Pos2, Rect, Response, Role, ScrollArea, Sense,
    StrokeKind, Ui, Vec2, WidgetInfo, style::ScrollAnimation,
};

use super::paint::focus_ring;
use crate::gui::{
    text,
    theme::{self, Theme, tokens},
};

/// A visible row, to paint.
pub struct Row<'a> {
    pub index: usize,
    /// On whole points; the fill of hover and selection is already there.
    pub rect: Rect,
    pub selected: bool,
    pub hovered: bool,
    /// Where the pointer is, when it is over this row.
    pub pointer: Option<Pos2>,
    pub painter: &'a Painter,
    pub theme: &'a Theme,
}

/// What happened to the list in this frame.
pub struct ListOutput {
    pub response: Response,
    /// The row that was chosen with the pointer or the keys, if it is another than before.
    pub selected: Option<usize>,
    /// The row that Enter or a double click asked to follow.
    pub activated: Option<usize>,
    /// The row that was clicked, and where: rows can have links in them.
    pub clicked: Option<(usize, Pos2)>,
    /// → on the selected row.
    pub unfold: bool,
    /// ← on the selected row.
    pub fold: bool,
    pub visible: std::ops::Range<usize>,
}

#[must_use = "a list is seen only after `show`"]
pub struct VirtualList<'a> {
    id: Id,
    name: &'a str,
    rows: usize,
    row_height: Option<f32>,
    selected: Option<usize>,
    scroll_to: Option<usize>,
    content_width: f32,
    stick_to_bottom: bool,
    plain: bool,
    ringed: Option<usize>,
}

impl<'a> VirtualList<'a> {
    /// `id` must be unique in the window; `name` is spoken when the list gets the keyboard.
    pub fn new(id: Id, name: &'a str, rows: usize) -> Self {
        Self {
            id,
            name,
            rows,
            row_height: None,
            selected: None,
            scroll_to: None,
            content_width: 0.0,
            stick_to_bottom: false,
            plain: false,
            ringed: None,
        }
    }

    /// In points; the token's row height without it.
    pub fn row_height(mut self, height: f32) -> Self {
        self.row_height = Some(height);
        self
    }

    pub fn selected(mut self, row: Option<usize>) -> Self {
        self.selected = row;
        self
    }

    /// Brings a row into view in this frame, when a command moved the selection.
    pub fn scroll_to(mut self, row: Option<usize>) -> Self {
        self.scroll_to = row;
        self
    }

    /// Scrolls sideways when rows are wider than the view.
    pub fn content_width(mut self, width: f32) -> Self {
        self.content_width = width;
        self
    }

    /// Follows new rows, but only while the end is in view.
    pub fn stick_to_bottom(mut self) -> Self {
        self.stick_to_bottom = true;
        self
    }

    /// The row that `paint` rings itself; it shows where the keyboard is.
    pub fn ringed(mut self, row: Option<usize>) -> Self {
        self.ringed = row;
        self
    }

    /// Without fills for hover and selection: for text.
    pub fn plain(mut self) -> Self {
        self.plain = true;
        self
    }

    /// `name_of` gives the spoken text of a row, `paint` paints it. Both are called for visible rows only.
    pub fn show(
        self,
        ui: &mut Ui,
        name_of: impl Fn(usize) -> String,
        mut paint: impl FnMut(&Row<'_>),
    ) -> ListOutput {
        let theme = theme::of(ui.ctx());
        let height = self.row_height.unwrap_or(theme.sizes.row);
        let outer = ui.available_rect_before_wrap();
        let sideways = self.content_width > outer.width();
        ScrollArea::new([sideways, true])
            .id_salt(self.id)
            .auto_shrink(false)
            .stick_to_bottom(self.stick_to_bottom)
            .show_viewport(ui, |ui, viewport| {
                let content = Vec2::new(outer.width().max(self.content_width), self.rows as f32 * height);
                ui.set_min_size(content);
                // From the view's own top, not from the content's: far down, 32-bit positions are half a point coarse.
                let top = |row: usize| {
                    outer.top() + (row as f64 * f64::from(height) - f64::from(viewport.min.y)) as f32
                };
                let view = Rect::from_min_size(
                    Pos2::new(ui.max_rect().left() + viewport.min.x, outer.top()),
                    viewport.size(),
                );
                let response = ui.interact(view, self.id, Sense::click());
                let page = (viewport.height() / height).floor().max(1.0) as usize;
                let mut output = self.input(ui, response, page, |pointer| {
                    row_at(pointer.y - outer.top() + viewport.min.y, height, self.rows)
                });

                let current = output.selected.or(self.selected).filter(|row| *row < self.rows);
                if let Some(row) = output.selected.or(self.scroll_to) {
                    let rect = Rect::from_min_size(
                        Pos2::new(view.left(), ui.max_rect().top() + row as f32 * height),
                        Vec2::new(1.0, height),
                    );
                    // With some of what stands around it, where there is room.
                    let margin = if view.height() > 8.0 * height { 2.0 * height } else { 0.0 };
                    let rect = rect.expand2(Vec2::new(0.0, margin));
                    ui.scroll_to_rect_animation(rect, None, ScrollAnimation::none());
                }

                let first = (viewport.min.y / height).floor().max(0.0) as usize;
                let last = ((viewport.max.y / height).ceil().max(0.0) as usize).min(self.rows);
                output.visible = first.min(last)..last;
                let pointer = output.response.hover_pos();
                let hovered = pointer
                    .and_then(|pointer| row_at(pointer.y - outer.top() + viewport.min.y, height, self.rows));
                for index in output.visible.clone() {
                    let rect = Rect::from_min_size(
                        Pos2::new(ui.max_rect().left(), top(index)),
                        Vec2::new(content.x, height),
                    );
                    let selected = current == Some(index);
                    let is_hovered = hovered == Some(index);
                    if !self.plain {
                        paint_fill(ui.painter(), &theme, rect, selected, is_hovered);
                    }
                    paint(&Row {
                        index,
                        rect,
                        selected,
                        hovered: is_hovered,
                        pointer: pointer.filter(|_| is_hovered),
                        painter: ui.painter(),
                        theme: &theme,
                    });
                    self.describe_row(ui, index, rect, selected, &name_of);
                }
                self.describe_list(ui, &output.response, current);
                if output.response.has_focus() {
                    let row = current.filter(|row| output.visible.contains(row));
                    match row {
                        Some(row) if Some(row) == self.ringed => {}
                        Some(row) if !self.plain || self.ringed.is_some() => {
                            let rect = Rect::from_min_size(
                                Pos2::new(view.left(), top(row)),
                                Vec2::new(view.width(), height),
                            );
                            ui.painter().rect_stroke(rect, theme.radius(), theme.ring(), StrokeKind::Inside);
                        }
                        _ => focus_ring(ui.painter(), &theme, view.shrink(3.0), tokens::FILL_RADIUS),
                    }
                }
                output
            })
            .inner
    }

    /// Moves the selection with pointer and keys.
    fn input(
        &self,
        ui: &Ui,
        response: Response,
        page: usize,
        row_at: impl Fn(Pos2) -> Option<usize>,
    ) -> ListOutput {
        let mut output = ListOutput {
            response,
            selected: None,
            activated: None,
            clicked: None,
            unfold: false,
            fold: false,
            visible: 0..0,
        };
        let pointer = output.response.interact_pointer_pos();
        if let Some((row, pointer)) = pointer.and_then(|pointer| Some((row_at(pointer)?, pointer))) {
            if output.response.clicked() {
                output.response.request_focus();
                output.selected = Some(row);
                output.clicked = Some((row, pointer));
            }
            if output.response.secondary_clicked() {
                // The menu is about it.
                output.response.request_focus();
                output.selected = Some(row);
            }
            if output.response.double_clicked() {
                output.activated = Some(row);
            }
        }
        if output.response.has_focus() {
            let arrows =
                EventFilter { vertical_arrows: true, horizontal_arrows: true, ..EventFilter::default() };
            ui.memory_mut(|memory| memory.set_focus_lock_filter(self.id, arrows));
            if self.rows > 0 {
                self.keys(ui, page, &mut output);
            }
        }
        output.selected = output.selected.filter(|row| Some(*row) != self.selected);
        output
    }

    fn keys(&self, ui: &Ui, page: usize, output: &mut ListOutput) {
        let last = self.rows - 1;
        let mut at = self.selected;
        let mut moved = false;
        ui.input_mut(|input| {
            let mut pressed = |key| input.consume_key(Modifiers::NONE, key);
            let steps: [(Key, Step); 6] = [
                (Key::ArrowDown, |row, _, last| (row + 1).min(last)),
                (Key::ArrowUp, |row, _, _| row.saturating_sub(1)),
                (Key::PageDown, |row, page, last| (row + page).min(last)),
                (Key::PageUp, |row, page, _| row.saturating_sub(page)),
                (Key::Home, |_, _, _| 0),
                (Key::End, |_, _, last| last),
            ];
            for (key, step) in steps {
                while pressed(key) {
                    // The first press in a list without a selection selects, and does not move past the first row.
                    at = Some(match at {
                        Some(row) => step(row.min(last), page, last),
                        None => {
                            if key == Key::End {
                                last
                            } else {
                                0
                            }
                        }
                    });
                    moved = true;
                }
            }
            output.unfold = pressed(Key::ArrowRight);
            output.fold = pressed(Key::ArrowLeft);
            if pressed(Key::Enter) {
                output.activated = at;
            }
        });
        if moved {
            output.selected = at;
        }
    }

    fn describe_row(
        &self,
        ui: &Ui,
        index: usize,
        rect: Rect,
        selected: bool,
        name_of: &impl Fn(usize) -> String,
    ) {
        let id = self.row_id(index);
        let response = ui.interact(rect.intersect(ui.clip_rect()), id, Sense::hover());
        let place = text::of(ui.ctx()).widgets.row_of(index + 1, self.rows);
        response.widget_info(|| {
            let name = format!("{}, {place}", name_of(index));
            WidgetInfo::selected(Role::ListBoxOption, true, selected, name)
        });
        ui.ctx().accesskit_node_builder(id, |node| {
            node.set_position_in_set(index + 1);
            node.set_size_of_set(self.rows);
        });
    }

    fn describe_list(&self, ui: &Ui, response: &Response, current: Option<usize>) {
        let name = text::of(ui.ctx()).widgets.list_of(self.name, self.rows);
        response.widget_info(|| WidgetInfo::labeled(Role::ListBox, true, &name));
        if let Some(row) = current {
            let row = self.row_id(row).accesskit_id();
            ui.ctx().accesskit_node_builder(self.id, |node| node.set_active_descendant(row));
        }
    }

    fn row_id(&self, index: usize) -> Id {
        self.id.with(("row", index))
    }
}

/// The next row, from the present one, the rows of a page and the last row.
type Step = fn(usize, usize, usize) -> usize;

fn row_at(y: f32, height: f32, rows: usize) -> Option<usize> {
    let row = (y / height).floor();
    (row >= 0.0 && (row as usize) < rows).then_some(row as usize)
}

/// The neutral fill of a row, and the accent edge of the selected one.
fn paint_fill(painter: &Painter, theme: &Theme, rect: Rect, selected: bool, hovered: bool) {
    let fill = match (selected, hovered) {
        (true, _) => theme.colors.select,
        (false, true) => theme.colors.hover,
        (false, false) => Color32::TRANSPARENT,
    };
    painter.rect_filled(rect, 0.0, fill);
    if selected {
        let edge = Rect::from_min_size(rect.min, Vec2::new(tokens::RING, rect.height()));
        painter.rect_filled(edge, 0.0, theme.colors.accent);
    }
}
