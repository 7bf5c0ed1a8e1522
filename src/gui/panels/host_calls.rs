//! All host calls in one table.

use std::sync::Arc;

use egui::{Align2, Id, Rect, Ui, Vec2};

use super::{Cached, FilterField, cached, enter, filter_bar, timeline};
use crate::gui::commands::Command;
use crate::gui::model::{Model, Region};
use crate::gui::runs::RunView;
use crate::gui::text::{self, Text};
use crate::gui::theme::{self, Icon, space};
use crate::gui::widgets::{self, Row, VirtualList, elided, galley, text_at, text_right};

/// Widths of the columns, in points; arguments take the rest.
const NUMBER: f32 = 44.0;
const CALLBACK: f32 = 160.0;
const CALL: f32 = 210.0;
const STATUS: f32 = 150.0;
const TIME: f32 = 64.0;

pub fn filter_id() -> Id {
    Id::unique("host calls filter")
}

pub fn show(ui: &mut Ui, model: &Model, out: &mut Vec<Command>) {
    let Some(run) = model.runs.current.clone() else { return };
    let theme = theme::of(ui.ctx());
    let text = model.text();
    let rows = filtered(ui, model, &run);
    let all = ui.max_rect();
    let top = ui.cursor().top();
    let tools = Rect::from_min_size(egui::pos2(all.left(), top), Vec2::new(all.width(), 36.0));
    let field = FilterField {
        id: filter_id(),
        name: text.calls.filter_name(),
        hint: text.calls.filter_hint(),
        value: &model.view.calls_filter,
        rows: (rows.len(), run.host_calls.rows.len()),
    };
    out.extend(filter_bar(ui, tools, "", &field).map(Command::FilterCalls));
    let head = Rect::from_min_size(tools.left_bottom(), Vec2::new(all.width(), theme.sizes.row));
    column_heads(ui, head, text);
    let list = Rect::from_min_max(head.left_bottom(), all.max);
    let mut ui = ui.new_child(egui::UiBuilder::new().max_rect(list).id_salt("host calls list"));
    if rows.is_empty() {
        let (title, hint) = if run.host_calls.rows.is_empty() {
            (text.calls.none(), "")
        } else {
            (text.calls.none_match(), text.logs.clear_filter())
        };
        widgets::empty_state(&mut ui, title, hint);
        return;
    }
    let painter = Painter { run: &run, rows: &rows };
    let selected = model.view.event.and_then(|event| {
        let number = run.trace.call_of(event)?.1.checked_sub(1)?;
        rows.binary_search(&number).ok()
    });
    let output = VirtualList::new(Id::unique("host calls"), text.tabs.host_calls(), rows.len())
        .row_height(theme.sizes.row)
        .selected(selected)
        .scroll_to(selected.filter(|_| model.view.reveal))
        .show(&mut ui, |index| painter.spoken(index), |row| painter.paint(row));
    enter(&output.response, Region::Center);
    let event = |index: usize| Some(run.host_calls.rows.get(*rows.get(index)? as usize)?.event);
    out.extend(output.selected.and_then(event).map(Command::SelectEvent));
    out.extend(output.activated.and_then(event).map(Command::FollowEvent));
}

#[derive(PartialEq)]
struct Shape {
    run: u64,
    filter: String,
}

fn filtered(ui: &Ui, model: &Model, run: &Arc<RunView>) -> Cached<Vec<u32>> {
    let shape = Shape { run: run.number, filter: model.view.calls_filter.clone() };
    cached(ui, "host calls rows", shape, |shape| {
        run.host_calls.filter(&shape.filter, |event| timeline::describe(run, event).into())
    })
}

fn column_heads(ui: &Ui, rect: Rect, text: Text) {
    let theme = theme::of(ui.ctx());
    let edges = edges(rect, theme.sizes.side);
    let names = [
        text.calls.number(),
        text.calls.callback(),
        text.calls.call(),
        text.calls.arguments(),
        text.calls.result(),
    ];
    for (name, left) in names.into_iter().zip(edges) {
        let name = galley(ui.painter(), name, theme.small(), theme.colors.muted);
        text_at(ui.painter(), egui::pos2(left, rect.center().y), Align2::LEFT_CENTER, name);
    }
    let right = egui::pos2(rect.right() - theme.sizes.side, rect.center().y);
    text_right(ui.painter(), right.x, right.y, text.calls.time(), theme.small(), theme.colors.muted);
    widgets::hairline_below(ui, &theme, rect);
}

/// Left edges of number, callback, call, arguments, status.
fn edges(rect: Rect, side: f32) -> [f32; 5] {
    let left = rect.left() + side;
    let status = rect.right() - side - TIME - STATUS;
    [left, left + NUMBER, left + NUMBER + CALLBACK, left + NUMBER + CALLBACK + CALL, status]
}

struct Painter<'a> {
    run: &'a RunView,
    rows: &'a [u32],
}

impl Painter<'_> {
    fn spoken(&self, index: usize) -> String {
        let Some(row) = self.rows.get(index).and_then(|row| self.run.host_calls.rows.get(*row as usize))
        else {
            return String::new();
        };
        let callback = row.callback.map_or("", |(callback, _)| callback.short_name());
        let words = timeline::describe(self.run, row.event);
        format!("#{} {} {words}, {}, {callback}", row.number, row.call.short_name(), row.status())
    }

    fn paint(&self, row: &Row<'_>) {
        let Some(call) = self.rows.get(row.index).and_then(|row| self.run.host_calls.rows.get(*row as usize))
        else {
            return;
        };
        let theme = row.theme;
        let painter = row.painter;
        let middle = row.rect.center().y;
        let [number, callback, name, arguments, status] = edges(row.rect, theme.sizes.side);
        let put = |left: f32, right: f32, text: &str, font: egui::FontId, color: egui::Color32| {
            let shown = elided(painter, text, font, color, (right - left - space::S).max(8.0));
            text_at(painter, egui::pos2(left, middle), Align2::LEFT_CENTER, shown)
        };
        put(number, callback, &format!("#{}", call.number), theme.small_code(), theme.colors.muted);
        let around = call.callback.map_or("", |(callback, _)| callback.short_name());
        put(callback, name, around, theme.code(), theme.colors.muted);
        let mut name_left = name;
        if call.call.is_write() {
            Icon::Pencil.paint(painter, egui::pos2(name + 5.0, middle), 11.0, theme.colors.accent);
            name_left += 16.0;
        }
        put(name_left, arguments, call.call.short_name(), theme.code(), theme.colors.text);
        put(arguments, status, &timeline::describe(self.run, call.event), theme.small(), theme.colors.muted);
        let color = if call.is_ok() { theme.colors.ok } else { theme.colors.warn };
        put(status, row.rect.right() - TIME, &call.status(), theme.small_strong(), color);
        let time = text::duration(self.run.trace.duration(call.event));
        let right = egui::pos2(row.rect.right() - theme.sizes.side, middle);
        text_right(painter, right.x, right.y, time.as_str(), theme.small_code(), theme.colors.muted);
    }
}
