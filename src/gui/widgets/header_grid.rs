//! Headers to edit: a box that sends or keeps back, a name, a value. In order, repeats allowed.
//!
//! A cell becomes a field only while it is edited (a hidden value is shown then), so that a long value can end in `…` otherwise. With the keyboard: Tab
//! walks the cells, letters take the place of what is in one, Enter and F2 edit it, Enter goes on to the next, Delete removes
//! the row, Alt+↑ and Alt+↓ move it; the same is on small buttons at the end of the row that has the pointer or the keyboard.

use egui::{
    Align2, Frame, Id, Key, Margin, Modifiers, Pos2, Rect, Response, Role, Sense, StrokeKind, TextEdit, Ui,
    UiBuilder, Vec2, WidgetInfo,
};

use super::{
    field::put_caret,
    paint::{elided, text_at},
    toggle::paint_box,
    tooltip::tooltip,
};
use crate::gui::{
    text::{self, WidgetsText},
    theme::{self, Icon, Theme, space, tokens},
};

/// One row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GridHeader {
    /// Whether the header is sent.
    pub on: bool,
    pub name: String,
    pub value: String,
    /// What to show instead of the value while secrets are masked.
    pub masked: Option<String>,
}

/// What the rows are: decides what is spoken, and whether a row can be kept back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum GridKind {
    #[default]
    Headers,
    /// Names and values that are always there, such as environment variables.
    Variables,
    /// Names with the addresses that they resolve to.
    Names,
}

pub struct HeaderGridOutput {
    pub changed: bool,
    /// The change is one of letters in a cell, which are undone together.
    pub typed: bool,
    /// A row of which no cell is edited any more.
    pub left: Option<usize>,
    /// The last value was left with Enter: whoever owns the headers may add a row and call [`HeaderGrid::edit_name`].
    pub wants_row: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Column {
    Name,
    Value,
}

/// The cell that is a field now. `fresh` until the field has been given the keyboard.
#[derive(Clone, Copy)]
struct Editing {
    row: usize,
    column: Column,
    fresh: bool,
}

#[derive(Clone, Copy)]
enum Change {
    Remove(usize),
    Up(usize),
    Down(usize),
}

fn letters_id() -> Id {
    Id::unique("filterlab cell that takes letters")
}

/// Whether a cell has the keyboard in which letters begin an edit, so that they are no keys of commands.
pub fn takes_letters(ctx: &egui::Context) -> bool {
    let cell = ctx.data(|data| data.get_temp::<Id>(letters_id()));
    cell.is_some() && ctx.memory(|memory| memory.focused()) == cell
}

/// What was typed in this frame. A space presses a cell as it presses a button.
fn letters(ui: &Ui) -> Option<String> {
    let typed = ui.input(|input| {
        let texts = input.events.iter().filter_map(|event| match event {
            egui::Event::Text(text) => Some(text.as_str()),
            _ => None,
        });
        texts.collect::<String>()
    });
    let starts = |c: char| !c.is_whitespace() && !c.is_control();
    typed.starts_with(starts).then_some(typed)
}

#[must_use = "the grid is seen only after `show`"]
pub struct HeaderGrid<'a> {
    id: Id,
    headers: &'a mut Vec<GridHeader>,
    kind: GridKind,
    problem: Option<(usize, &'a str)>,
}

/// Where the ring of a cell goes: it must not lie on the cell's first letter.
fn ring(cell: Rect) -> Rect {
    Rect::from_min_max(cell.min - Vec2::new(space::XS + 1.0, 0.0), cell.max)
}

impl GridKind {
    fn nothing(self, texts: WidgetsText) -> &'static str {
        match self {
            Self::Headers => texts.no_headers(),
            Self::Variables => texts.no_variables(),
            Self::Names => texts.no_names(),
        }
    }

    fn unnamed(self, texts: WidgetsText, row: usize) -> String {
        match self {
            Self::Headers => texts.header_unnamed(row),
            Self::Variables => texts.variable_unnamed(row),
            Self::Names => texts.address_unnamed(row),
        }
    }

    fn name(self, texts: WidgetsText, row: usize) -> String {
        match self {
            Self::Headers => texts.header_name(row),
            Self::Variables => texts.variable_name(row),
            Self::Names => texts.address_name(row),
        }
    }

    fn value_hint(self, texts: WidgetsText) -> &'static str {
        match self {
            Self::Headers | Self::Variables => texts.header_value_hint(),
            Self::Names => texts.addresses_hint(),
        }
    }
}

const BOX_COLUMN: f32 = 28.0;
const NAME_COLUMN: f32 = 122.0;
const TOOL: f32 = 20.0;

impl<'a> HeaderGrid<'a> {
    pub fn new(id: Id, headers: &'a mut Vec<GridHeader>) -> Self {
        Self { id, headers, kind: GridKind::Headers, problem: None }
    }

    pub fn kind(mut self, kind: GridKind) -> Self {
        self.kind = kind;
        self
    }

    /// Marks a row as wrong: a red frame, a mark, and the reason in its tooltip and its spoken name.
    pub fn problem(mut self, problem: Option<(usize, &'a str)>) -> Self {
        self.problem = problem;
        self
    }

    /// Gives the keyboard to a cell without making it a field.
    pub fn focus_name(ctx: &egui::Context, id: Id, row: usize) {
        ctx.memory_mut(|memory| memory.request_focus(id.with((row, Column::Name))));
    }

    /// Makes the name of a row a field with the keyboard in it: after a row was added.
    pub fn edit_name(ctx: &egui::Context, id: Id, row: usize) {
        let editing = Editing { row, column: Column::Name, fresh: true };
        ctx.data_mut(|data| data.insert_temp(id, editing));
    }

    pub fn show(mut self, ui: &mut Ui) -> HeaderGridOutput {
        let theme = theme::of(ui.ctx());
        let texts = text::of(ui.ctx()).widgets;
        let height = theme.sizes.grid_row;
        let rows = self.headers.len().max(1);
        let size = Vec2::new(ui.available_width(), rows as f32 * height + 1.0);
        let (rect, _) = ui.allocate_exact_size(size, Sense::hover());
        ui.painter().rect(rect, theme.radius(), theme.colors.sunk, theme.hairline(), StrokeKind::Inside);
        if self.headers.is_empty() {
            let words = elided(
                ui.painter(),
                self.kind.nothing(texts),
                theme.small(),
                theme.colors.muted,
                rect.width(),
            );
            text_at(ui.painter(), rect.center(), Align2::CENTER_CENTER, words);
        }

        let mut output = HeaderGridOutput { changed: false, typed: false, left: None, wants_row: false };
        let mut change = None;
        for index in 0..self.headers.len() {
            let top = rect.top() + 0.5 + index as f32 * height;
            let row = Rect::from_min_size(Pos2::new(rect.left(), top), Vec2::new(rect.width(), height));
            if index > 0 {
                ui.painter().hline(row.x_range(), row.top(), theme.hairline());
            }
            self.row(ui, &theme, texts, index, row, &mut output, &mut change);
        }
        if let Some(change) = change {
            self.apply(ui, change);
            output.changed = true;
            output.typed = false;
        }
        if let Some((row, _)) = self.problem.filter(|(row, _)| *row < rows) {
            let top = rect.top() + 0.5 + row as f32 * height;
            let row = Rect::from_min_size(Pos2::new(rect.left(), top), Vec2::new(rect.width(), height + 0.5));
            let wrong = egui::Stroke::new(tokens::LINE, theme.colors.error);
            ui.painter().rect_stroke(row, theme.radius(), wrong, StrokeKind::Inside);
        }
        output
    }

    fn part(&self, row: usize, part: &str) -> Id {
        self.id.with((row, part))
    }

    fn cell_id(&self, row: usize, column: Column) -> Id {
        self.id.with((row, column))
    }

    /// Whether the row's small buttons are shown.
    fn is_active(&self, ui: &Ui, row: usize, rect: Rect) -> bool {
        let focused = ui.memory(|memory| memory.focused());
        let own = [Column::Name, Column::Value].map(|column| self.cell_id(row, column));
        let edits = own.map(|id| id.with("edit"));
        let tools = ["on", "up", "down", "remove"].map(|part| self.part(row, part));
        let has_keyboard =
            focused.is_some_and(|id| own.contains(&id) || edits.contains(&id) || tools.contains(&id));
        has_keyboard || ui.rect_contains_pointer(rect)
    }

    #[expect(clippy::too_many_arguments, reason = "one call, in the loop above")]
    fn row(
        &mut self,
        ui: &mut Ui,
        theme: &Theme,
        texts: WidgetsText,
        index: usize,
        rect: Rect,
        output: &mut HeaderGridOutput,
        change: &mut Option<Change>,
    ) {
        let active = self.is_active(ui, index, rect);
        let name = match self.headers[index].name.trim() {
            "" => self.kind.unnamed(texts, index + 1),
            name => name.to_owned(),
        };

        let box_column = if self.kind == GridKind::Headers { BOX_COLUMN } else { space::S };
        let box_cell = Rect::from_min_size(rect.min, Vec2::new(box_column, rect.height()));
        if self.kind == GridKind::Headers {
            self.on_box(ui, theme, texts, index, box_cell, &name, output, change);
        }

        let name_width = NAME_COLUMN.max((rect.width() - BOX_COLUMN) * 0.36);
        let name_cell = Rect::from_min_size(
            Pos2::new(box_cell.right(), rect.top()),
            Vec2::new(name_width, rect.height()),
        );
        let mut value_cell = Rect::from_min_max(Pos2::new(name_cell.right(), rect.top()), rect.max);
        let tools = value_cell.right() - 3.0 * TOOL - space::XS;
        if active {
            value_cell.max.x = tools;
        } else if self.problem_of(index).is_some() {
            value_cell.max.x -= theme.sizes.icon + space::S;
            let center = Pos2::new(rect.right() - theme.sizes.icon, rect.center().y);
            Icon::Warning.paint(ui.painter(), center, theme.sizes.icon - 2.0, theme.colors.error);
        }
        self.cell(ui, theme, texts, index, Column::Name, name_cell, &name, output, change);
        self.cell(ui, theme, texts, index, Column::Value, value_cell, &name, output, change);
        if active {
            self.tools(ui, theme, texts, index, Pos2::new(tools, rect.center().y), &name, change);
        }
    }

    fn problem_of(&self, row: usize) -> Option<&'a str> {
        self.problem.filter(|(at, _)| *at == row).map(|(_, reason)| reason)
    }

    #[expect(clippy::too_many_arguments, reason = "one call, from `row`")]
    fn on_box(
        &mut self,
        ui: &Ui,
        theme: &Theme,
        texts: WidgetsText,
        index: usize,
        box_cell: Rect,
        name: &str,
        output: &mut HeaderGridOutput,
        change: &mut Option<Change>,
    ) {
        let response = ui.interact(box_cell, self.part(index, "on"), Sense::click());
        if response.clicked() {
            self.headers[index].on = !self.headers[index].on;
            output.changed = true;
        }
        let on = self.headers[index].on;
        let box_rect = Rect::from_center_size(box_cell.center() + Vec2::new(1.0, 0.0), Vec2::splat(14.0));
        paint_box(ui, theme, box_rect, on, response.hovered());
        self.finish_cell(ui, theme, &response, box_cell, index, change);
        response.widget_info(|| WidgetInfo::selected(Role::CheckBox, true, on, texts.header_on(name)));
    }

    /// Ring and row keys, the same for every cell.
    fn finish_cell(
        &self,
        ui: &Ui,
        theme: &Theme,
        response: &Response,
        rect: Rect,
        index: usize,
        change: &mut Option<Change>,
    ) {
        if !response.has_focus() {
            return;
        }
        super::moving::note(ui, response.id);
        ui.painter().rect_stroke(rect.shrink(1.0), theme.radius(), theme.ring(), StrokeKind::Inside);
        ui.input_mut(|input| {
            if input.consume_key(Modifiers::NONE, Key::Delete) {
                *change = Some(Change::Remove(index));
            } else if input.consume_key(Modifiers::ALT, Key::ArrowUp) {
                *change = Some(Change::Up(index));
            } else if input.consume_key(Modifiers::ALT, Key::ArrowDown) {
                *change = Some(Change::Down(index));
            }
        });
    }

    #[expect(clippy::too_many_arguments, reason = "one call per column")]
    fn cell(
        &mut self,
        ui: &mut Ui,
        theme: &Theme,
        texts: WidgetsText,
        index: usize,
        column: Column,
        rect: Rect,
        name: &str,
        output: &mut HeaderGridOutput,
        change: &mut Option<Change>,
    ) {
        let id = self.cell_id(index, column);
        let spoken = match column {
            Column::Name => self.kind.name(texts, index + 1),
            Column::Value => texts.header_value(name),
        };
        let spoken = match self.problem_of(index) {
            Some(reason) => texts.wrong_value(&spoken, reason),
            None => spoken,
        };
        let editing = ui.data(|data| data.get_temp::<Editing>(self.id));
        if let Some(editing) = editing.filter(|editing| editing.row == index && editing.column == column) {
            let typed = self.field(ui, theme, texts, editing, rect, &spoken, output);
            output.changed |= typed;
            output.typed |= typed;
            return;
        }
        let has_keyboard = ui.memory(|memory| memory.has_focus(id));
        if has_keyboard && let Some(letters) = letters(ui) {
            self.begin_with(ui, index, column, letters);
            output.changed = true;
            output.typed = true;
        }
        let header = &self.headers[index];
        let (shown, hint) = match column {
            Column::Name => (header.name.as_str(), texts.header_name_hint()),
            Column::Value => (header.masked.as_deref().unwrap_or(&header.value), self.kind.value_hint(texts)),
        };
        let color = if header.on && !shown.is_empty() { theme.colors.text } else { theme.colors.muted };
        let words = if shown.is_empty() { hint } else { shown };
        let left = if column == Column::Name { 1.0 } else { 0.0 };
        let words = elided(ui.painter(), words, theme.code(), color, rect.width() - left - space::S);
        text_at(ui.painter(), Pos2::new(rect.left() + left, rect.center().y), Align2::LEFT_CENTER, words);

        let response = ui.interact(rect, id, Sense::click());
        if response.hovered() {
            ui.ctx().set_cursor_icon(egui::CursorIcon::Text);
        }
        let in_place = has_keyboard && ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::F2));
        if response.clicked() || in_place {
            let editing = Editing { row: index, column, fresh: true };
            ui.data_mut(|data| data.insert_temp(self.id, editing));
        }
        self.finish_cell(ui, theme, &response, ring(rect), index, change);
        if response.has_focus() {
            ui.data_mut(|data| data.insert_temp(letters_id(), id));
        }
        if let Some(reason) = self.problem_of(index) {
            tooltip(&response, reason, None);
        }
        let is_masked = column == Column::Value && header.masked.is_some();
        response.widget_info(|| {
            let mut info = WidgetInfo::labeled(Role::TextInput, true, &spoken);
            let value = if is_masked { texts.hidden_value() } else { shown };
            info.current_text_value = Some(value.to_owned());
            info
        });
    }

    /// Puts letters in the place of what a cell has, and makes it a field with the caret behind them. It has the keyboard
    /// from now on: letters of the next frame must not be lost.
    fn begin_with(&mut self, ui: &Ui, row: usize, column: Column, letters: String) {
        let field = self.cell_id(row, column).with("edit");
        put_caret(ui, field, letters.chars().count());
        match column {
            Column::Name => self.headers[row].name = letters,
            Column::Value => self.headers[row].value = letters,
        }
        ui.memory_mut(|memory| memory.request_focus(field));
        ui.data_mut(|data| data.insert_temp(self.id, Editing { row, column, fresh: false }));
    }

    /// The cell as a field. Returns whether its text changed.
    #[expect(clippy::too_many_arguments, reason = "one call, from `cell`")]
    fn field(
        &mut self,
        ui: &mut Ui,
        theme: &Theme,
        texts: WidgetsText,
        editing: Editing,
        rect: Rect,
        spoken: &str,
        output: &mut HeaderGridOutput,
    ) -> bool {
        let Editing { row, column, fresh } = editing;
        let cell = self.cell_id(row, column);
        let header = &mut self.headers[row];
        let (text, hint) = match column {
            Column::Name => (&mut header.name, texts.header_name_hint()),
            Column::Value => (&mut header.value, self.kind.value_hint(texts)),
        };
        let left = if column == Column::Name { 1.0 } else { 0.0 };
        let inner = Rect::from_min_max(rect.min + Vec2::new(left, 0.0), rect.max - Vec2::new(space::XS, 0.0));
        let edit = TextEdit::singleline(text)
            .id(cell.with("edit"))
            .font(theme.code())
            .hint_text(egui::RichText::new(hint).font(theme.code()).color(theme.colors.muted))
            .frame(Frame::NONE)
            .margin(Margin::ZERO)
            .align(Align2::LEFT_CENTER)
            .min_size(inner.size())
            .desired_width(inner.width());
        let response = ui.new_child(UiBuilder::new().max_rect(inner)).add(edit).accessible_name(spoken);
        ui.painter().rect_stroke(ring(rect).shrink(1.0), theme.radius(), theme.ring(), StrokeKind::Inside);
        if fresh {
            response.request_focus();
            ui.data_mut(|data| data.insert_temp(self.id, Editing { fresh: false, ..editing }));
        } else if response.lost_focus() || !response.has_focus() {
            self.leave(ui, editing, output);
        }
        response.changed()
    }

    /// Enter goes on to the next cell, Esc stays on this one, anything else has already moved the keyboard.
    fn leave(&self, ui: &Ui, editing: Editing, output: &mut HeaderGridOutput) {
        let Editing { row, column, .. } = editing;
        let (enter, escape) =
            ui.input(|input| (input.key_pressed(Key::Enter), input.key_pressed(Key::Escape)));
        let next = match column {
            Column::Name => Some((row, Column::Value)),
            Column::Value if row + 1 < self.headers.len() => Some((row + 1, Column::Name)),
            Column::Value => None,
        };
        ui.data_mut(|data| match next.filter(|_| enter) {
            Some((row, column)) => {
                data.insert_temp(self.id, Editing { row, column, fresh: true });
            }
            None => data.remove::<Editing>(self.id),
        });
        if enter && next.is_none() {
            output.wants_row = true;
        }
        let stays = (escape && column == Column::Value) || next.is_some_and(|(next, _)| enter && next == row);
        output.left = (!stays).then_some(row);
        if escape {
            ui.memory_mut(|memory| memory.request_focus(self.cell_id(row, column)));
        }
    }

    #[expect(clippy::too_many_arguments, reason = "one call, from `row`")]
    fn tools(
        &self,
        ui: &Ui,
        theme: &Theme,
        texts: WidgetsText,
        index: usize,
        left: Pos2,
        name: &str,
        change: &mut Option<Change>,
    ) {
        let last = self.headers.len() - 1;
        let tools = [
            ("up", Icon::ChevronUp, texts.header_move_up(name), Change::Up(index), index > 0, "Alt+↑"),
            (
                "down",
                Icon::ChevronDown,
                texts.header_move_down(name),
                Change::Down(index),
                index < last,
                "Alt+↓",
            ),
            ("remove", Icon::Cross, texts.header_remove(name), Change::Remove(index), true, "Delete"),
        ];
        for (place, (part, icon, spoken, what, possible, key)) in tools.into_iter().enumerate() {
            let center = left + Vec2::new(TOOL * (place as f32 + 0.5), 0.0);
            let rect = Rect::from_center_size(center, Vec2::splat(TOOL));
            if !possible {
                continue;
            }
            let response = ui.interact(rect, self.part(index, part), Sense::click());
            let lit = response.hovered() || response.has_focus();
            if response.hovered() {
                ui.painter().rect_filled(rect.shrink(1.0), theme.radius(), theme.colors.hover);
            }
            let color = if lit { theme.colors.text } else { theme.colors.muted };
            icon.paint(ui.painter(), center, theme.sizes.icon - 4.0, color);
            if response.clicked() {
                *change = Some(what);
            }
            self.finish_cell(ui, theme, &response, rect, index, change);
            response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &spoken));
            tooltip(&response, &spoken, Some(key));
        }
    }

    /// Changes the order or number of rows; the keyboard stays with the row it was on.
    fn apply(&mut self, ui: &Ui, change: Change) {
        let (from, to) = match change {
            Change::Remove(row) => {
                self.headers.remove(row);
                (row, row.min(self.headers.len().saturating_sub(1)))
            }
            Change::Up(row) if row > 0 => {
                self.headers.swap(row, row - 1);
                (row, row - 1)
            }
            Change::Down(row) if row + 1 < self.headers.len() => {
                self.headers.swap(row, row + 1);
                (row, row + 1)
            }
            Change::Up(row) | Change::Down(row) => (row, row),
        };
        ui.data_mut(|data| data.remove::<Editing>(self.id));
        let focused = ui.memory(|memory| memory.focused());
        let on_row = [Column::Name, Column::Value].map(|column| (self.cell_id(from, column), column));
        let column =
            on_row.iter().find(|(id, _)| Some(*id) == focused).map_or(Column::Name, |(_, column)| *column);
        if focused.is_some() && !self.headers.is_empty() {
            ui.memory_mut(|memory| memory.request_focus(self.cell_id(to, column)));
        }
    }
}
