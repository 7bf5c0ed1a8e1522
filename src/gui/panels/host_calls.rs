//! All host calls in one table.

use std::collections::BTreeSet;
use std::sync::Arc;

use egui::{Align2, Id, Rect, Ui, Vec2};

use super::{Cached, FilterField, cached, enter, filter_bar, name_width, row_menu, sieved, timeline};
use crate::gui::commands::Command;
use crate::gui::model::{Model, Region};
use crate::gui::runs::RunView;
use crate::gui::text::{self, Language, Text};
use crate::gui::theme::{self, Icon, space};
use crate::gui::widgets::{self, CheckBox, Row, VirtualList, elided, galley, text_at, text_right};
use crate::view::host_calls::{CallRow, Group, Query, bytes_of};
use crate::view::sentences::{filter_in_chain, filter_name};

/// Widths of the columns, in points; names and results take what they need, arguments the rest. With larger type they
/// grow.
const NUMBER: f32 = 44.0;
const BYTES: f32 = 64.0;
const TIME: f32 = 64.0;
/// Least width of results, and that of results of many calls.
const STATUS: f32 = 56.0;
const STATUSES: f32 = 110.0;
/// Least width of arguments; with less, callbacks are left out.
const ARGUMENTS: f32 = 120.0;
/// Room for the mark of a write.
const WRITE_MARK: f32 = 16.0;

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
    toolbar(ui, model, tools, (rows.len(), run.host_calls.rows.len()), out);
    let head = Rect::from_min_size(tools.left_bottom(), Vec2::new(all.width(), theme.sizes.row));
    let grouped = model.view.calls_grouped;
    let columns = Columns::of(ui, &run, grouped);
    column_heads(ui, head, text, grouped, columns);
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
    if grouped {
        groups(&mut ui, model, &run, &rows, columns, out);
        return;
    }
    let painter = Painter {
        columns,
        run: &run,
        rows: &rows,
        language: text.language,
        hides_secrets: model.hides_secrets(),
    };
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
    row_menu(&output.response, model, Region::Center, &[Command::MakeMock], out);
    let event = |index: usize| Some(run.host_calls.rows.get(*rows.get(index)? as usize)?.event);
    out.extend(output.selected.and_then(event).map(Command::SelectEvent));
    out.extend(output.activated.and_then(event).map(Command::FollowEvent));
}

/// Words of the filter text that have a box of their own.
const ONLY_WRITES: &str = "kind:write";
const ONLY_FAILURES: &str = "status:!ok";

/// The bar above the list: what is shown at the left, the filter field at the right.
fn toolbar(ui: &mut Ui, model: &Model, bar: Rect, calls: (usize, usize), out: &mut Vec<Command>) {
    let text = model.text();
    let filter = &model.view.calls_filter;
    let left = |ui: &mut Ui, out: &mut Vec<Command>| {
        ui.spacing_mut().item_spacing.x = space::M;
        let mut grouped = model.view.calls_grouped;
        if CheckBox::new(&mut grouped, text.calls.group_by_name()).small().show(ui).changed() {
            out.push(Command::GroupCalls);
        }
        let boxes = [(text.calls.only_writes(), ONLY_WRITES), (text.calls.only_failures(), ONLY_FAILURES)];
        for (name, word) in boxes {
            let mut on = filter.split_whitespace().any(|other| other == word);
            if CheckBox::new(&mut on, name).small().show(ui).changed() {
                out.push(Command::FilterCalls(with_word(filter, word, on)));
            }
        }
    };
    let field = FilterField {
        id: filter_id(),
        name: text.calls.filter_name(),
        hint: text.calls.filter_hint(),
        value: filter,
        has_key: !model.filters_logs(),
        calls,
    };
    let typed = filter_bar(ui, bar, out, left, &field);
    out.extend(typed.map(Command::FilterCalls));
}

/// A filter text with that word, or without it.
fn with_word(filter: &str, word: &str, on: bool) -> String {
    let others = filter.split_whitespace().filter(|other| *other != word);
    others.chain(on.then_some(word)).collect::<Vec<_>>().join(" ")
}

/// The calls by name; Enter shows those of one name.
fn groups(
    ui: &mut Ui,
    model: &Model,
    run: &Arc<RunView>,
    rows: &Cached<Vec<u32>>,
    columns: Columns,
    out: &mut Vec<Command>,
) {
    let theme = theme::of(ui.ctx());
    let text = model.text();
    // The rows are a part of the shape, since they become more while a long list is gone through.
    let shape = (run.number, rows.len(), model.view.calls_filter.clone());
    let groups =
        cached(ui, "host call groups", shape, |_| run.host_calls.groups(&run.trace, rows.iter().copied()));
    let spoken = |index: usize| {
        let group = groups.get(index);
        let words = |group: &Group| text.calls.group_spoken(group.call.name(), group.count, group.failed);
        group.map(words).unwrap_or_default()
    };
    let output = VirtualList::new(Id::unique("host call groups"), text.tabs.host_calls(), groups.len())
        .row_height(theme.sizes.row)
        .selected(model.view.calls_group.filter(|group| *group < groups.len()))
        .show(ui, spoken, |row| {
            if let Some(group) = groups.get(row.index) {
                paint_group(row, group, text, columns);
            }
        });
    enter(&output.response, Region::Center);
    out.extend(output.selected.map(Command::SelectGroup));
    let group = |index: usize| groups.get(index).map(|group| group.call);
    out.extend(output.activated.and_then(group).map(Command::ShowGroup));
}

fn paint_group(row: &Row<'_>, group: &Group, text: Text, columns: Columns) {
    let theme = row.theme;
    let painter = row.painter;
    let middle = row.rect.center().y;
    let [number, name, .., status] = columns.edges(row.rect, theme.sizes.side);
    let put = |x: f32, words: &str, font: egui::FontId, color: egui::Color32| {
        text_at(painter, egui::pos2(x, middle), Align2::LEFT_CENTER, galley(painter, words, font, color))
    };
    put(number, &text::number(group.count), theme.small_code(), theme.colors.muted);
    let mut name = name;
    if group.call.is_write() {
        Icon::Pencil.paint(painter, egui::pos2(name + 5.0, middle), 11.0, theme.colors.accent);
        name += WRITE_MARK;
    }
    put(name, group.call.short_name(), theme.code(), theme.colors.text);
    match group.failed {
        0 => put(status, "Ok", theme.small_strong(), theme.colors.ok),
        failed => put(status, &text.calls.failed(failed), theme.small_strong(), theme.colors.warn),
    };
    let time = text::duration(std::time::Duration::from_nanos(group.nanos));
    measures(row, columns, group.bytes, time.as_str());
}

/// Bytes and time, at the right end of a row.
fn measures(row: &Row<'_>, columns: Columns, bytes: u64, time: &str) {
    let theme = row.theme;
    let middle = row.rect.center().y;
    let right = row.rect.right() - theme.sizes.side;
    let (font, color) = (theme.small_code(), theme.colors.muted);
    text_right(row.painter, right, middle, time, font.clone(), color);
    if bytes > 0 && columns.has_bytes(row.rect, theme.sizes.side) {
        text_right(row.painter, right - columns.time, middle, text::bytes(bytes), font, color);
    }
}

#[derive(Clone, PartialEq)]
struct Shape {
    run: u64,
    filter: String,
    /// They decide what the words of a filter are found in.
    words: (Language, bool),
}

fn filtered(ui: &Ui, model: &Model, run: &Arc<RunView>) -> Cached<Vec<u32>> {
    let shape = Shape {
        run: run.number,
        filter: model.view.calls_filter.clone(),
        words: (model.text().language, model.hides_secrets()),
    };
    let (language, hides) = shape.words;
    let query = Query::parse(&shape.filter);
    let calls = &run.host_calls.rows;
    sieved(ui, "host calls rows", shape, calls.len(), |row| {
        query.matches(&calls[row], |event| timeline::describe(language, run, event, hides).into())
    })
}

fn column_heads(ui: &Ui, rect: Rect, text: Text, grouped: bool, columns: Columns) {
    let theme = theme::of(ui.ctx());
    let edges = columns.edges(rect, theme.sizes.side);
    let names = match grouped {
        false => [
            text.calls.number(),
            text.calls.callback(),
            text.calls.call(),
            text.calls.arguments(),
            text.calls.result(),
        ],
        true => [text.calls.count(), text.calls.call(), "", "", text.calls.result()],
    };
    let right = rect.right() - theme.sizes.side;
    let ends = [edges[1], edges[2], edges[3], edges[4], right - columns.time];
    for ((name, left), end) in names.into_iter().zip(edges).zip(ends) {
        let room = end - left - space::S;
        // The head of a group's name goes on into the columns that groups have not.
        let room = if grouped && left == edges[1] { edges[4] - left - space::S } else { room };
        if room >= LEAST {
            let name = elided(ui.painter(), name, theme.small(), theme.colors.muted, room);
            text_at(ui.painter(), egui::pos2(left, rect.center().y), Align2::LEFT_CENTER, name);
        }
    }
    let (middle, color) = (rect.center().y, theme.colors.muted);
    text_right(ui.painter(), right, middle, text.calls.time(), theme.small(), color);
    if columns.has_bytes(rect, theme.sizes.side) {
        text_right(ui.painter(), right - columns.time, middle, text.calls.size(), theme.small(), color);
    }
    widgets::hairline_below(ui, &theme, rect);
}

/// Room below which a column is left out, in points.
const LEAST: f32 = 24.0;

/// Widths of the columns of a run, in points.
#[derive(Clone, Copy)]
struct Columns {
    number: f32,
    callback: f32,
    call: f32,
    status: f32,
    bytes: f32,
    time: f32,
    /// Least width of arguments.
    arguments: f32,
}

impl Columns {
    fn of(ui: &Ui, run: &Arc<RunView>, is_grouped: bool) -> Self {
        let theme = theme::of(ui.ctx());
        let scale = theme.type_scale();
        let shape = (run.number, theme.sizes.code.to_bits());
        let needed = cached(ui, "host call columns", shape, |_| needed_widths(ui, run));
        let [callback, call, status] = needed.map(|width| width + space::M);
        let status = if is_grouped { STATUSES * scale } else { status.max(STATUS * scale) };
        Self {
            number: NUMBER * scale,
            callback,
            call: call + WRITE_MARK,
            status,
            bytes: BYTES * scale,
            time: TIME * scale,
            arguments: ARGUMENTS * scale,
        }
    }

    /// The same in a row of this width: what matters least goes first.
    fn within(self, width: f32) -> Self {
        let fixed = self.number + self.call + self.status + self.bytes + self.time;
        if width >= fixed + self.callback + self.arguments {
            return self;
        }
        if width >= fixed {
            return Self { callback: 0.0, ..self };
        }
        let status = self.status.min(width / 4.0);
        let call = (width - self.number - status - self.time).max(0.0);
        Self { callback: 0.0, call, status, bytes: 0.0, ..self }
    }

    /// Left edges of number, callback, call, arguments, status.
    fn edges(self, rect: Rect, side: f32) -> [f32; 5] {
        let left = rect.left() + side;
        let here = self.within(rect.width() - 2.0 * side);
        let callback = left + here.number;
        let call = callback + here.callback;
        let status = rect.right() - side - here.time - here.bytes - here.status;
        [left, callback, call, call + here.call, status]
    }

    /// Whether there is a column for bytes.
    fn has_bytes(self, rect: Rect, side: f32) -> bool {
        self.within(rect.width() - 2.0 * side).bytes > 0.0
    }
}

/// Different results whose width is measured.
const MOST_STATUSES: usize = 32;

/// Widths of the longest callback, call and result of a run, in points.
fn needed_widths(ui: &Ui, run: &RunView) -> [f32; 3] {
    let theme = theme::of(ui.ctx());
    let (mut callbacks, mut calls, mut statuses) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for row in &run.host_calls.rows {
        callbacks.extend(row.callback.map(|(callback, event)| (callback, run.trace.filter_of(event))));
        calls.insert(row.call.short_name());
        if statuses.len() < MOST_STATUSES {
            statuses.insert(row.status());
        }
    }
    let is_chain = run.scenario.chain.len() > 1;
    let filter = |filter: Option<u16>| match filter.filter(|_| is_chain) {
        Some(filter) => name_width(ui, &format!("{} · ", filter_name(&run.scenario, filter))),
        None => 0.0,
    };
    let callbacks = callbacks.iter().map(|(name, of)| filter(*of) + name_width(ui, name.short_name()));
    let longest = callbacks.fold(0.0, f32::max);
    let names = |names: &BTreeSet<&str>| names.iter().map(|name| name_width(ui, name)).fold(0.0, f32::max);
    let status = |words: &str| galley(ui.painter(), words, theme.small_strong(), theme.colors.text).size().x;
    [longest, names(&calls), statuses.iter().map(|words| status(words)).fold(0.0, f32::max)]
}

struct Painter<'a> {
    run: &'a RunView,
    columns: Columns,
    rows: &'a [u32],
    language: Language,
    hides_secrets: bool,
}

impl Painter<'_> {
    /// The callback around a call, in a chain with its filter in front.
    fn around(&self, call: &CallRow) -> String {
        let Some((callback, event)) = call.callback else { return String::new() };
        match filter_in_chain(&self.run.trace, &self.run.scenario, event) {
            Some(filter) => format!("{filter} · {}", callback.short_name()),
            None => callback.short_name().to_owned(),
        }
    }

    fn spoken(&self, index: usize) -> String {
        let Some(row) = self.rows.get(index).and_then(|row| self.run.host_calls.rows.get(*row as usize))
        else {
            return String::new();
        };
        let callback = self.around(row);
        let words = timeline::describe(self.language, self.run, row.event, self.hides_secrets);
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
        let [number, callback, name, arguments, status] = self.columns.edges(row.rect, theme.sizes.side);
        let put = |left: f32, right: f32, text: &str, font: egui::FontId, color: egui::Color32| {
            let room = right - left - space::S;
            if room >= LEAST {
                let shown = elided(painter, text, font, color, room);
                text_at(painter, egui::pos2(left, middle), Align2::LEFT_CENTER, shown);
            }
        };
        put(number, callback, &format!("#{}", call.number), theme.small_code(), theme.colors.muted);
        put(callback, name, &self.around(call), theme.code(), theme.colors.muted);
        let mut name_left = name;
        if call.call.is_write() {
            Icon::Pencil.paint(painter, egui::pos2(name + 5.0, middle), 11.0, theme.colors.accent);
            name_left += WRITE_MARK;
        }
        put(name_left, arguments, call.call.short_name(), theme.code(), theme.colors.text);
        put(
            arguments,
            status,
            &timeline::describe(self.language, self.run, call.event, self.hides_secrets),
            theme.small(),
            theme.colors.muted,
        );
        let color = if call.is_ok() { theme.colors.ok } else { theme.colors.warn };
        put(status, row.rect.right() - self.columns.time, &call.status(), theme.small_strong(), color);
        let time = text::duration(self.run.trace.duration(call.event));
        measures(row, self.columns, bytes_of(&self.run.trace, call.event), time.as_str());
    }
}
