//! What the filters keep beside the messages, as it stood after the event that is chosen: one list at a time, with the
//! history of what is chosen in it.

mod memory;
mod plot;

use egui::{Align2, Id, Layout, Rect, Ui, UiBuilder, Vec2};

use crate::gui::commands::Command;
use crate::gui::model::{Model, Region};
use crate::gui::panels::enter;
use crate::gui::runs::RunView;
use crate::gui::text::{Text, number};
use crate::gui::theme::{self, Icon, Theme, Tone, space};
use crate::gui::widgets::{
    self, IconButton, Row, Tab, TabRow, VirtualList, elided, text_at, text_left, text_right,
};
use crate::view::sentences::Severity;
use crate::view::state::{Cell, CellRole, Section, Words, heads, section_name};

/// Height of the list of tabs, in points.
const TABS: f32 = 34.0;
/// Height of the bar beneath.
const FOOTER: f32 = 34.0;
/// Rows of a history that are seen at once, fewer where the list would have too little, and the height from which on there
/// is room for one.
const HISTORY_ROWS: f32 = 5.0;
const FEW_HISTORY_ROWS: f32 = 3.0;
const FEW_BELOW: f32 = 360.0;
const HISTORY_FROM: f32 = 220.0;
/// Right edges of the numbers and left edge of the values in a history, from its left side, and the share of the rest that
/// the values have.
const HISTORY_EVENT: f32 = 44.0;
const HISTORY_TIME: f32 = 124.0;
const HISTORY_VALUE: f32 = 140.0;
const HISTORY_SHARE: f32 = 0.42;

pub fn show(ui: &mut Ui, model: &Model, run: &RunView, out: &mut Vec<Command>) {
    let theme = theme::of(ui.ctx());
    let all = Rect::from_min_max(egui::pos2(ui.max_rect().left(), ui.cursor().top()), ui.max_rect().max);
    let section = section_of(model, run);
    let view = Shown { model, run, section, text: model.text() };
    let tabs = Rect::from_min_size(all.min, Vec2::new(all.width(), TABS));
    let footer = Rect::from_min_max(egui::pos2(all.left(), all.bottom() - FOOTER), all.max);
    let body = Rect::from_min_max(tabs.left_bottom(), footer.right_top());
    line_within(ui, tabs.shrink2(Vec2::new(theme.sizes.side, 0.0)), "state tabs", |ui| view.tabs(ui, out));
    widgets::hairline_below(ui, &theme, tabs);
    within(ui, body, "state body", |ui| view.body(ui, &theme, out));
    within(ui, footer, "state footer", |ui| view.footer(ui, &theme, out));
}

/// The list that is shown: the chosen one, or the first in which something of the filter's own is.
pub fn section_of(model: &Model, run: &RunView) -> Section {
    const FIRST: [Section; 6] = [
        Section::SharedData,
        Section::Metrics,
        Section::Queues,
        Section::Timers,
        Section::Callouts,
        Section::Properties,
    ];
    let first = FIRST.into_iter().find(|section| !run.state.is_empty(*section));
    model.view.state_section.or(first).unwrap_or(Section::Contexts)
}

fn within<R>(ui: &mut Ui, rect: Rect, salt: &str, contents: impl FnOnce(&mut Ui) -> R) -> R {
    let mut inner = ui.new_child(UiBuilder::new().max_rect(rect).id_salt(salt));
    inner.set_clip_rect(rect.expand(2.0).intersect(ui.clip_rect()));
    contents(&mut inner)
}

/// The same for what stands in one line, in the middle of it.
fn line_within<R>(ui: &mut Ui, rect: Rect, salt: &str, contents: impl FnOnce(&mut Ui) -> R) -> R {
    let layout = Layout::left_to_right(egui::Align::Center);
    within(ui, rect, salt, |ui| ui.with_layout(layout, contents).inner)
}

#[derive(Clone, Copy)]
struct Shown<'a> {
    model: &'a Model,
    run: &'a RunView,
    section: Section,
    text: Text,
}

impl Shown<'_> {
    fn words(&self) -> Words<'_> {
        Words {
            language: self.text.language,
            state: &self.run.state,
            trace: &self.run.trace,
            scenario: &self.run.scenario,
            masks: self.model.settings.mask_secrets,
        }
    }

    fn rows(&self) -> usize {
        self.run.state.len(self.section, self.model.view.event)
    }

    /// The row that is chosen, if it was there at the event.
    fn row(&self) -> Option<usize> {
        self.model.view.state_row.filter(|row| *row < self.rows())
    }

    fn tabs(&self, ui: &mut Ui, out: &mut Vec<Command>) {
        let selected = Section::ALL.iter().position(|section| *section == self.section);
        let count = |section: Section| match section {
            Section::Memory => None,
            _ => Some(number(self.run.state.len(section, self.model.view.event))),
        };
        let tabs: Vec<Tab<'_>> = Section::ALL
            .iter()
            .map(|section| Tab {
                count: count(*section).map(Into::into),
                alert: *section == Section::Missed && !self.run.state.is_empty(*section),
                ..Tab::new(section_name(self.text.language, *section))
            })
            .collect();
        let row = TabRow::new(&tabs, selected).no_rule().or_list(self.text.state.lists());
        // Where there is no list, the keyboard enters here.
        let has_list = self.section == Section::Memory || self.rows() > 0;
        let chosen = if has_list { row.show(ui) } else { row.entry(Region::Center.entry()).show(ui) };
        out.extend(chosen.and_then(|place| Section::ALL.get(place)).map(|s| Command::ShowStateSection(*s)));
    }

    fn body(&self, ui: &mut Ui, theme: &Theme, out: &mut Vec<Command>) {
        if self.section == Section::Memory {
            memory::show(ui, self, theme, out);
            return;
        }
        if self.rows() == 0 {
            let (title, hint) = match self.run.state.is_empty(self.section) {
                true => nothing(self.text, self.section),
                false => (self.text.state.not_yet(), self.text.state.not_yet_hint()),
            };
            widgets::empty_state(ui, title, hint);
            return;
        }
        let all = ui.max_rect();
        let history_rows = if all.height() < FEW_BELOW { FEW_HISTORY_ROWS } else { HISTORY_ROWS };
        let pane = match self.row() {
            Some(_) if all.height() >= HISTORY_FROM => theme.sizes.row * (history_rows + 2.0) + space::S,
            _ => 0.0,
        };
        let (list, pane) = all.split_top_bottom_at_y(all.bottom() - pane);
        within(ui, list, "state list", |ui| self.list(ui, theme, out));
        if let Some(row) = self.row().filter(|_| pane.height() > 0.0) {
            widgets::hairline_above(ui, theme, pane);
            within(ui, pane, "state pane", |ui| self.pane(ui, theme, row, out));
        }
    }

    fn list(&self, ui: &mut Ui, theme: &Theme, out: &mut Vec<Command>) {
        let (words, at, section) = (self.words(), self.model.view.event, self.section);
        let all = ui.max_rect();
        let head = Rect::from_min_size(all.min, Vec2::new(all.width(), theme.sizes.row));
        column_heads(ui, theme, head, self.text, section);
        let rest = Rect::from_min_max(head.left_bottom(), all.max);
        let name = self.text.state.list(section_name(self.text.language, section));
        let shown = within(ui, rest, "state rows", |ui| {
            VirtualList::new(Id::unique(("state", section)), &name, self.rows())
                .row_height(theme.sizes.row)
                .selected(self.row())
                .scroll_to(self.row().filter(|_| self.model.view.reveal))
                .show(
                    ui,
                    |index| spoken(self.text, section, words.cells(section, index, at)),
                    |row| {
                        if let Some(cells) = words.cells(section, row.index, at) {
                            paint(row, section, &cells);
                        }
                    },
                )
        });
        enter(&shown.response, Region::Center);
        let others = [Command::MakeMock];
        super::super::row_menu(&shown.response, self.model, Region::Center, &others, out);
        out.extend(shown.selected.map(Command::SelectState));
        let writer = |index: usize| self.run.state.writer(section, index, at);
        out.extend(shown.activated.and_then(writer).map(Command::ShowEvent));
        // A single click on the event itself is a link.
        if let Some((row, pos)) = shown.clicked
            && shown.activated.is_none()
            && pos.x > edges(rest, section, theme.sizes.side)[4]
        {
            out.extend(writer(row).map(Command::ShowEvent));
        }
    }

    /// The history of a thing, and the curve of a metric beside it.
    fn pane(&self, ui: &mut Ui, theme: &Theme, row: usize, out: &mut Vec<Command>) {
        let all = ui.max_rect();
        let with_plot = self.section == Section::Metrics && all.width() > 520.0;
        let left = if with_plot { all.width() * 0.5 } else { all.width() };
        let (history, plot) = all.split_left_right_at_x(all.left() + left);
        within(ui, history, "history", |ui| self.history(ui, theme, row, out));
        if with_plot {
            within(ui, plot, "curve", |ui| plot::metric(ui, self, theme, row));
        }
    }

    fn history(&self, ui: &mut Ui, theme: &Theme, row: usize, out: &mut Vec<Command>) {
        let (words, section, at) = (self.words(), self.section, self.model.view.event);
        let Some(entry) = self.run.state.entry(section, row) else { return };
        let count = entry.len_at(at);
        let name = words.cells(section, row, at).map(|[name, ..]| name.text).unwrap_or_default();
        let title = self.text.state.history(&name);
        let all = ui.max_rect();
        let head = Rect::from_min_size(all.min, Vec2::new(all.width(), theme.sizes.row + space::XS));
        let left = egui::pos2(head.left() + theme.sizes.side, head.center().y);
        let room = (head.width() - 2.0 * theme.sizes.side - 120.0).max(40.0);
        let words_shown = elided(ui.painter(), &title, theme.small_strong(), theme.colors.text, room);
        text_at(ui.painter(), left, Align2::LEFT_CENTER, words_shown);
        let right = head.right() - theme.sizes.side;
        let versions = self.text.state.versions(count);
        text_right(ui.painter(), right, left.y, versions, theme.small(), theme.colors.muted);
        let heads = Rect::from_min_size(head.left_bottom(), Vec2::new(all.width(), theme.sizes.row));
        history_heads(ui, theme, heads, self.text);
        let rest = Rect::from_min_max(heads.left_bottom(), all.max);
        let shown = within(ui, rest, "history rows", |ui| {
            let list = VirtualList::new(Id::unique("state history"), &title, count)
                .row_height(theme.sizes.row)
                .selected(self.model.view.state_version.filter(|version| *version < count));
            list.show(
                ui,
                |version| {
                    let Some((event, text)) = words.version(section, row, version) else {
                        return String::new();
                    };
                    let place = self.text.state.history_event(event.index() + 1);
                    format!("{place}, {}, {text}, {}", words.time(event), words.event(event))
                },
                |line| {
                    let Some((event, text)) = words.version(section, row, line.index) else { return };
                    let [by_event, by_time, value, call] = history_edges(line.rect, theme.sizes.side);
                    let (middle, muted) = (line.rect.center().y, theme.colors.muted);
                    let place = number(event.index() + 1);
                    text_right(line.painter, by_event, middle, place, theme.small_code(), muted);
                    text_right(line.painter, by_time, middle, words.time(event), theme.small_code(), muted);
                    put(line, value, call - space::S, &text, theme.code(), theme.colors.text);
                    let end = line.rect.right() - theme.sizes.side;
                    put(line, call, end, &words.event(event), theme.small_code(), theme.colors.accent);
                },
            )
        });
        out.extend(shown.selected.map(Command::SelectVersion));
        let event = |version: usize| entry.event(version);
        out.extend(shown.activated.and_then(event).map(Command::ShowEvent));
        // As in the list above: a single click on the call is a link.
        if let Some((version, pos)) = shown.clicked
            && shown.activated.is_none()
            && pos.x > history_edges(rest, theme.sizes.side)[3]
        {
            out.extend(event(version).map(Command::ShowEvent));
        }
    }

    fn footer(&self, ui: &mut Ui, theme: &Theme, out: &mut Vec<Command>) {
        let bar = ui.max_rect();
        ui.painter().rect_filled(bar, 0.0, theme.colors.panel);
        widgets::hairline_above(ui, theme, bar);
        let inner = bar.shrink2(Vec2::new(theme.sizes.side, 0.0));
        line_within(ui, inner, "moment", |ui| {
            ui.spacing_mut().item_spacing.x = space::S;
            self.moment(ui, out);
        });
    }

    /// The event that the state is shown after, and the way to others.
    fn moment(&self, ui: &mut Ui, out: &mut Vec<Command>) {
        let mut step = |ui: &mut Ui, icon: Icon, command: Command| {
            let key = command.shortcut(ui.ctx());
            if IconButton::new(icon, self.text.command(&command)).key(key).show(ui).clicked() {
                out.push(command);
            }
        };
        step(ui, Icon::ChevronLeft, Command::PreviousEvent);
        let words = match self.model.view.event {
            Some(event) => self.text.state.at_event(event.index() + 1, self.run.trace.events().len()),
            None => self.text.state.at_end().to_owned(),
        };
        let shown = widgets::plain_label(ui, &words);
        // Spoken when it changes.
        shown.ctx.accesskit_node_builder(shown.id, |node| node.set_live(egui::accesskit::Live::Polite));
        step(ui, Icon::ChevronRight, Command::NextEvent);
        if self.model.view.event.is_some() && widgets::link(ui, self.text.state.show_end(), None).clicked() {
            out.push(Command::ShowEnd);
        }
    }
}

/// The columns of a history: right edges of the event and of the time, left edges of the value and of the call.
fn history_edges(rect: Rect, side: f32) -> [f32; 4] {
    let left = rect.left() + side;
    let value = left + HISTORY_VALUE;
    let call = value + (rect.right() - side - value) * HISTORY_SHARE;
    [left + HISTORY_EVENT, left + HISTORY_TIME, value, call]
}

fn history_heads(ui: &Ui, theme: &Theme, rect: Rect, text: Text) {
    let [event, time, value, call] = history_edges(rect, theme.sizes.side);
    let (text, middle) = (text.state, rect.center().y);
    let (font, muted) = (theme.small(), theme.colors.muted);
    text_right(ui.painter(), event, middle, text.history_of_event(), font.clone(), muted);
    text_right(ui.painter(), time, middle, text.history_time(), font.clone(), muted);
    for (left, words) in [(value, text.history_value()), (call, text.history_call())] {
        text_left(ui.painter(), left, middle, words, font.clone(), muted);
    }
    widgets::hairline_below(ui, theme, rect);
}

/// What stands in a list without anything, and what would put something there.
fn nothing(text: Text, section: Section) -> (&'static str, &'static str) {
    let text = text.state;
    match section {
        Section::Contexts => (text.empty_contexts(), text.empty_contexts_hint()),
        Section::SharedData => (text.empty_shared(), text.empty_shared_hint()),
        Section::Queues => (text.empty_queues(), text.empty_queues_hint()),
        Section::Metrics => (text.empty_metrics(), text.empty_metrics_hint()),
        Section::Timers => (text.empty_timers(), text.empty_timers_hint()),
        Section::Callouts => (text.empty_callouts(), text.empty_callouts_hint()),
        Section::Properties => (text.empty_properties(), text.empty_properties_hint()),
        Section::Missed => (text.empty_missed(), text.empty_missed_hint()),
        Section::Memory => (text.empty_memory(), text.empty_memory_hint()),
    }
}

/// Shares of the width that the columns have.
fn shares(section: Section) -> [f32; 5] {
    match section {
        Section::Contexts => [0.14, 0.18, 0.22, 0.18, 0.28],
        Section::SharedData => [0.20, 0.29, 0.09, 0.07, 0.35],
        Section::Queues => [0.20, 0.28, 0.07, 0.08, 0.37],
        Section::Metrics => [0.24, 0.19, 0.11, 0.11, 0.35],
        Section::Timers => [0.25, 0.14, 0.15, 0.08, 0.38],
        Section::Callouts => [0.18, 0.32, 0.10, 0.07, 0.33],
        Section::Properties => [0.26, 0.25, 0.08, 0.06, 0.35],
        Section::Missed => [0.21, 0.31, 0.10, 0.06, 0.32],
        Section::Memory => [0.20, 0.42, 0.12, 0.11, 0.15],
    }
}

/// Left edges of the columns.
fn edges(rect: Rect, section: Section, side: f32) -> [f32; 5] {
    let width = rect.width() - 2.0 * side;
    let mut left = rect.left() + side;
    shares(section).map(|share| {
        let here = left;
        left += share * width;
        here
    })
}

/// Whether a column holds numbers, which stand at its right edge.
fn is_number(section: Section, column: usize) -> bool {
    match column {
        2 => matches!(section, Section::Queues | Section::Memory),
        3 => section != Section::Contexts,
        _ => false,
    }
}

fn column_heads(ui: &Ui, theme: &Theme, rect: Rect, text: Text, section: Section) {
    let edges = edges(rect, section, theme.sizes.side);
    let middle = rect.center().y;
    for (column, name) in heads(text.language, section).into_iter().enumerate() {
        let right = edges.get(column + 1).map_or(rect.right() - theme.sizes.side, |edge| edge - space::M);
        if is_number(section, column) {
            text_right(ui.painter(), right, middle, name, theme.small(), theme.colors.muted);
        } else {
            let name = elided(ui.painter(), name, theme.small(), theme.colors.muted, right - edges[column]);
            text_at(ui.painter(), egui::pos2(edges[column], middle), Align2::LEFT_CENTER, name);
        }
    }
    widgets::hairline_below(ui, theme, rect);
}

/// `key hits, value 14, cas 3, last written by #19 set_shared_data`
fn spoken(text: Text, section: Section, cells: Option<[Cell; 5]>) -> String {
    let Some(cells) = cells else { return String::new() };
    let named = heads(text.language, section).into_iter().zip(cells);
    let named = named.filter(|(_, cell)| !cell.text.is_empty());
    named.map(|(head, cell)| format!("{head} {}", cell.text)).collect::<Vec<_>>().join(", ")
}

fn paint(row: &Row<'_>, section: Section, cells: &[Cell; 5]) {
    let theme = row.theme;
    let edges = edges(row.rect, section, theme.sizes.side);
    for (column, cell) in cells.iter().enumerate() {
        let end = row.rect.right() - theme.sizes.side;
        let right = edges.get(column + 1).map_or(end, |edge| edge - space::M);
        let (font, color) = match cell.role {
            CellRole::Code => (theme.code(), theme.colors.text),
            CellRole::Note => (theme.small(), theme.colors.muted),
            CellRole::Number => (theme.small_code(), theme.colors.text),
            CellRole::Event => (theme.small_code(), theme.colors.accent),
            CellRole::State(severity) => (theme.small_strong(), theme.color(tone(severity))),
        };
        if is_number(section, column) {
            text_right(row.painter, right, row.rect.center().y, cell.text.as_str(), font, color);
        } else {
            put(row, edges[column], right, &cell.text, font, color);
        }
    }
}

fn put(row: &Row<'_>, left: f32, right: f32, words: &str, font: egui::FontId, color: egui::Color32) {
    let words = elided(row.painter, words, font, color, (right - left).max(8.0));
    text_at(row.painter, egui::pos2(left, row.rect.center().y), Align2::LEFT_CENTER, words);
}

fn tone(severity: Severity) -> Tone {
    match severity {
        Severity::Ok => Tone::Ok,
        Severity::Note => Tone::Muted,
        Severity::Warning => Tone::Warn,
        Severity::Error => Tone::Error,
    }
}
