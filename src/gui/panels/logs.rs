//! Logs by level with search, and findings beside them.

use egui::{Align2, Id, Rect, Ui, Vec2};

use super::{Cached, enter, expectations, findings, row_menu, sieved};
use crate::abi::LogLevel;
use crate::gui::commands::Command;
use crate::gui::model::{LowerTab, Model, Region};
use crate::gui::runs::RunView;
use crate::gui::text::{Text, number};
use crate::gui::theme::{self, Icon, Tone, space, tokens};
use crate::gui::widgets::{
    self, Chip, Dropdown, IconButton, Row, Tab, TabRow, TextField, VirtualList, elided, galley, seen,
    text_at, text_right,
};
use crate::trace::{EventId, LimitKind, LogLine, Outcome};
use crate::view::diff::SHOWN;
use crate::view::logs::{self, Levels, Needle};
use crate::view::sentences::filter_in_chain;

/// Widths of the columns, in points.
const TIME: f32 = 52.0;
const LEVEL: f32 = 56.0;
const EVENT: f32 = 60.0;
/// Room for the sign that a line has more than its row shows.
const MORE: f32 = 24.0;
/// Room for the arrow behind the number of a line's call, in points.
const CHEVRON: f32 = 14.0;
/// Room that a chip for each level takes, and width of the panel below which the filter field is shorter.
const CHIPS: f32 = 340.0;
/// Height of the line between the tabs and the chips.
const SEPARATOR: f32 = 16.0;
const NARROW: f32 = 900.0;

pub fn filter_id() -> Id {
    Id::unique("logs filter")
}

pub fn show(ui: &mut Ui, model: &Model, out: &mut Vec<Command>) {
    let theme = theme::of(ui.ctx());
    let text = model.text();
    let all = ui.max_rect();
    widgets::hairline_above(ui, &theme, all);
    let head = Rect::from_min_size(all.min, Vec2::new(all.width(), tokens::height::LOWER_HEAD));
    if !model.layout.lower_folded {
        // Beneath the line of the selected tab.
        widgets::hairline_below(ui, &theme, head);
    }
    let run = model.runs.current.clone();
    let shown = run.as_ref().map(|run| filtered(ui, model, run));
    let inner = head.shrink2(Vec2::new(theme.sizes.side, 0.0));
    ui.scope_builder(egui::UiBuilder::new().max_rect(inner), |ui| {
        ui.spacing_mut().item_spacing.x = space::S;
        widgets::ends(
            ui,
            "logs head",
            out,
            |ui, out| left(ui, model, run.as_deref(), text, out),
            |ui, out| right(ui, model, shown.as_ref(), run.as_deref(), text, out),
        );
    });
    if model.layout.lower_folded {
        return;
    }
    let list = Rect::from_min_max(head.left_bottom(), all.max);
    let mut ui = ui.new_child(egui::UiBuilder::new().max_rect(list).id_salt("logs list"));
    if model.view.lower == LowerTab::Expectations {
        // They can be edited before there is a run.
        return expectations::show(&mut ui, model, out);
    }
    let (Some(run), Some(shown)) = (run, shown) else { return };
    match model.view.lower {
        LowerTab::Logs => lines(&mut ui, model, &run, &shown, text, out),
        LowerTab::Findings => findings::show(&mut ui, model, &run, out),
        LowerTab::Expectations => {}
    }
}

#[derive(Clone, PartialEq)]
struct Shape {
    run: u64,
    levels: [bool; 6],
    filter: String,
}

/// The lines that are let through, as places among all lines.
#[derive(Clone)]
enum Shown {
    All(usize),
    Some(Cached<Vec<u32>>),
}

impl Shown {
    fn len(&self) -> usize {
        match self {
            Self::All(count) => *count,
            Self::Some(rows) => rows.len(),
        }
    }

    fn event(&self, run: &RunView, row: usize) -> Option<EventId> {
        match self {
            Self::All(_) => run.logs.event(row),
            Self::Some(rows) => run.logs.event(*rows.get(row)? as usize),
        }
    }
}

fn filtered(ui: &Ui, model: &Model, run: &RunView) -> Shown {
    let filter = model.view.log_filter.trim();
    if filter.is_empty() && model.view.levels == [true; 6] && below_level(run) == 0 {
        return Shown::All(run.logs.len());
    }
    let shape = Shape { run: run.number, levels: model.view.levels, filter: filter.to_owned() };
    let written = Levels::from(run.scenario.log_level);
    let levels = LogLevel::ALL.iter().fold(Levels::NONE, |levels, level| {
        levels.with(*level, shape.levels[level.number() as usize] && written.has(*level))
    });
    let needle = Needle::new(filter);
    let passes = |line: usize| run.logs.passes(&run.trace, line, levels, &needle);
    Shown::Some(sieved(ui, "log rows", shape, run.logs.len(), passes))
}

/// Room for the list of levels in short words, and for long ones.
const LOWEST: f32 = 84.0;
const LONG_LOWEST: f32 = 150.0;

/// A row narrower than this, in points, has room for short words only.
const TIGHT: f32 = 400.0;

fn left(ui: &mut Ui, model: &Model, run: Option<&RunView>, text: Text, out: &mut Vec<Command>) {
    let lines = run.map_or(0, |run| run.logs.len());
    let found = run.map_or(0, |run| run.findings.len());
    let expected = model.document.as_ref().map_or(0, |open| open.scenario.expect.len());
    let (met, has_failed) = match expectations::met(model).filter(|_| expected > 0) {
        Some((met, all)) => (format!("{}/{}", number(met), number(all)), met < all),
        None => (number(expected), false),
    };
    let tabs = [
        Tab { count: Some(number(lines).into()), ..Tab::new(text.tabs.logs()) },
        Tab { count: Some(number(found).into()), alert: found > 0, ..Tab::new(text.tabs.findings()) },
        Tab { count: Some(met.into()), alert: has_failed, ..Tab::new(text.expectations.title()) },
    ];
    const TABS: [(LowerTab, Command); 3] = [
        (LowerTab::Logs, Command::ShowLogs),
        (LowerTab::Findings, Command::ShowFindings),
        (LowerTab::Expectations, Command::ShowExpectations),
    ];
    let selected = TABS.iter().position(|(tab, _)| *tab == model.view.lower);
    // What belongs to the tab has its place beside them.
    let room = if model.view.lower == LowerTab::Logs { LOWEST } else { 0.0 };
    let tabs = ui.scope(|ui| {
        ui.set_max_width(ui.available_width() - room);
        TabRow::new(&tabs, selected).no_rule().or_list(text.tabs.views()).show(ui)
    });
    let chosen = tabs.inner;
    out.extend(chosen.and_then(|chosen| TABS.get(chosen)).map(|(_, command)| command.clone()));
    if model.view.lower != LowerTab::Logs {
        return;
    }
    if ui.max_rect().width() >= TIGHT / 2.0 {
        separator(ui);
    }
    if ui.available_width() < CHIPS {
        lowest_level(ui, model, text, out);
        return;
    }
    for (index, level) in LogLevel::ALL.iter().enumerate() {
        let mut on = model.view.levels[index];
        let word = level_word(*level);
        Chip::new(&mut on, word, &text.logs.level_toggle(word)).show(ui);
        if on != model.view.levels[index] {
            out.push(Command::ToggleLogLevel(index));
        }
    }
}

/// A hairline between the tabs and what belongs to one of them.
fn separator(ui: &mut Ui) {
    let theme = theme::of(ui.ctx());
    let (rect, _) = ui.allocate_exact_size(Vec2::new(tokens::LINE, SEPARATOR), egui::Sense::hover());
    ui.painter().vline(rect.center().x, rect.y_range(), theme.hairline());
}

/// The levels where there is no room for a chip each: from which one on.
fn lowest_level(ui: &mut Ui, model: &Model, text: Text, out: &mut Vec<Command>) {
    let is_tight = ui.available_width() < LONG_LOWEST;
    let word = |level: &LogLevel| match level_word(*level) {
        word if is_tight => word.to_owned(),
        word => text.logs.from_level(word),
    };
    let words: Vec<String> = LogLevel::ALL.iter().map(word).collect();
    let options: Vec<&str> = words.iter().map(String::as_str).collect();
    let lowest = model.view.levels.iter().position(|on| *on).unwrap_or(LogLevel::ALL.len() - 1);
    if let Some(chosen) = Dropdown::new(text.logs.levels(), &options, lowest).show(ui) {
        let differs = |index: &usize| model.view.levels[*index] != (*index >= chosen);
        out.extend((0..LogLevel::ALL.len()).filter(differs).map(Command::ToggleLogLevel));
    }
}

fn right(
    ui: &mut Ui,
    model: &Model,
    shown: Option<&Shown>,
    run: Option<&RunView>,
    text: Text,
    out: &mut Vec<Command>,
) {
    if model.view.lower == LowerTab::Logs {
        let mut filter = model.view.log_filter.clone();
        let width = ui.max_rect().width();
        let key = Command::Filter
            .shortcut(ui.ctx())
            .filter(|_| width >= TIGHT && model.filters_logs())
            .unwrap_or_default();
        TextField::new(&mut filter, text.logs.filter_name())
            .hint(text.logs.filter())
            .icon(Icon::Search)
            .key(&key)
            .id(filter_id())
            .width(match width {
                tight if tight < TIGHT => 72.0,
                narrow if narrow < NARROW => 120.0,
                _ => 200.0,
            })
            .show(ui);
        if filter != model.view.log_filter {
            out.push(Command::FilterLogs(filter));
        }
        if let (Some(shown), Some(run)) = (shown, run)
            && ui.max_rect().width() >= TIGHT
        {
            widgets::label(ui, &text.logs.shown_of(shown.len(), run.logs.len()), Tone::Muted);
        }
        if let Some(run) = model.runs.current.as_deref().filter(|_| ui.max_rect().width() >= NARROW)
            && let Some(words) = below_words(run, text)
        {
            let label = widgets::label(ui, &words, Tone::Warn);
            widgets::tooltip(&label, &text.logs.below_note(run.scenario.log_level.name()), None);
        }
    }
    if let Some(run) = run.filter(|_| model.view.lower == LowerTab::Findings) {
        findings::stepper(ui, model, run, text, out);
    }
    let (icon, name) = if model.layout.lower_folded {
        (Icon::ChevronUp, text.command(&Command::ShowLogs))
    } else {
        (Icon::ChevronDown, text.command(&Command::FoldLogs))
    };
    let key = Command::FoldLogs.shortcut(ui.ctx());
    if IconButton::new(icon, name).key(key).show(ui).clicked() {
        out.push(Command::FoldLogs);
    }
}

/// How many lines Envoy would not write at the level of the scenario.
fn below_level(run: &RunView) -> usize {
    let level = run.scenario.log_level;
    LogLevel::ALL.iter().filter(|lower| **lower < level).map(|lower| run.logs.count(*lower)).sum()
}

/// The same in words, if there are any.
fn below_words(run: &RunView, text: Text) -> Option<String> {
    let below = below_level(run);
    (below > 0).then(|| text.logs.below(below, run.scenario.log_level.name()))
}

/// The name of a level as in a row of the log, with a capital; as the ABI calls it in every language.
fn level_word(level: LogLevel) -> &'static str {
    match level {
        LogLevel::Trace => "Trace",
        LogLevel::Debug => "Debug",
        LogLevel::Info => "Info",
        LogLevel::Warn => "Warn",
        LogLevel::Error => "Error",
        LogLevel::Critical => "Critical",
    }
}

fn tone(level: LogLevel) -> Tone {
    match level {
        LogLevel::Trace | LogLevel::Debug => Tone::Muted,
        LogLevel::Info => Tone::Ok,
        LogLevel::Warn => Tone::Warn,
        LogLevel::Error | LogLevel::Critical => Tone::Error,
    }
}

fn lines(ui: &mut Ui, model: &Model, run: &RunView, shown: &Shown, text: Text, out: &mut Vec<Command>) {
    if shown.len() == 0 {
        match (run.logs.is_empty(), below_words(run, text)) {
            (true, _) => widgets::empty_state(ui, text.logs.none_yet(), ""),
            (false, None) => widgets::empty_state(ui, text.logs.none_match(), text.logs.clear_filter()),
            (false, Some(below)) => {
                widgets::empty_state(ui, &below, &text.logs.below_note(run.scenario.log_level.name()));
            }
        }
        return;
    }
    let selected = model.view.event.and_then(|event| {
        let is_of = |line: &EventId| {
            *line == event || logs::call_of(&run.trace, *line).is_some_and(|(e, _)| e == event)
        };
        let searched = 0..shown.len().min(MOST_SEARCHED);
        searched.into_iter().position(|row| shown.event(run, row).is_some_and(|line| is_of(&line)))
    });
    let is_cut = is_cut(run);
    // Times only grow, so the last one is the widest.
    let last = shown.event(run, shown.len() - 1).and_then(|event| run.trace.log_line(event));
    let widest = last.map_or(0.0, |line| {
        let theme = theme::of(ui.ctx());
        galley(ui.painter(), time_of(&line), theme.small_code(), theme.colors.muted).size().x
    });
    let time_width = TIME.max(widest + space::M);
    // The row under the pointer, if it does not show all of its line.
    let hinted = std::cell::Cell::new(None);
    let output = VirtualList::new(Id::unique("logs"), text.tabs.logs(), shown.len() + usize::from(is_cut))
        .row_height(theme::of(ui.ctx()).sizes.row)
        .selected(selected)
        .stick_to_bottom()
        .show(
            ui,
            |index| match shown.event(run, index) {
                Some(line) => spoken(run, line),
                None => text.logs.cut().to_owned(),
            },
            |row| match shown.event(run, row.index) {
                Some(line) => {
                    let is_whole = paint(row, run, line, time_width);
                    if row.hovered && !is_whole {
                        hinted.set(Some(line));
                    }
                }
                None => paint_end(row, text.logs.cut()),
            },
        );
    if let Some(line) = hinted.get().and_then(|event| run.trace.log_line(event)) {
        widgets::tooltip_lines(&output.response, &logs::all_lines(line.message, HINTED_LINES, SHOWN));
    }
    enter(&output.response, Region::Logs);
    row_menu(&output.response, model, Region::Logs, &[], out);
    let event = |index: usize| {
        let line = shown.event(run, index)?;
        Some(logs::call_of(&run.trace, line).map_or(line, |(event, _)| event))
    };
    out.extend(output.selected.and_then(event).map(Command::SelectEvent));
    out.extend(output.activated.and_then(event).map(Command::FollowEvent));
    if let Some((index, at)) = output.clicked
        && at.x > ui.max_rect().right() - EVENT
    {
        out.extend(event(index).map(Command::FollowEvent));
    }
}

/// The line of the chosen event is looked for among so many; beyond, the list has no chosen line.
const MOST_SEARCHED: usize = 20_000;

/// Lines of a message that are seen while the pointer rests on it.
const HINTED_LINES: usize = 20;

/// Longest part of a line that is spoken, in bytes.
const SPOKEN: usize = 1024;

/// Whether the trace ends before the filters did, so that lines may be missing.
fn is_cut(run: &RunView) -> bool {
    let Outcome::Limit { limit, .. } = run.trace.outcome else { return false };
    matches!(limit, LimitKind::Events | LimitKind::TraceBytes | LimitKind::LogBytes)
}

/// The last row of a list that is not whole.
fn paint_end(row: &Row<'_>, words: &str) {
    let theme = row.theme;
    let (left, middle) = (row.rect.left() + theme.sizes.side, row.rect.center().y);
    Icon::Warning.paint(row.painter, egui::pos2(left + 6.0, middle), 13.0, theme.colors.warn);
    let room = row.rect.right() - left - 40.0;
    let words = elided(row.painter, words, theme.body(), theme.colors.text, room);
    text_at(row.painter, egui::pos2(left + 20.0, middle), Align2::LEFT_CENTER, words);
}

/// Width of the name of a filter of a chain, in points.
const FILTER: f32 = 72.0;

fn spoken(run: &RunView, event: EventId) -> String {
    let Some(line) = run.trace.log_line(event) else { return String::new() };
    let message = logs::all_lines(line.message, usize::MAX, SPOKEN).replace('\n', ", ");
    let filter = filter_in_chain(&run.trace, &run.scenario, event);
    let filter = filter.map(|filter| format!("{filter}, ")).unwrap_or_default();
    format!("{}, {filter}{message}", level_word(line.level))
}

/// When a line was written, on the virtual clock.
fn time_of(line: &LogLine<'_>) -> String {
    format!("{} ms", number(line.at / 1_000_000))
}

/// Paints a line, of several the first, and tells whether that is all of it.
fn paint(row: &Row<'_>, run: &RunView, event: EventId, time_width: f32) -> bool {
    let Some(line) = run.trace.log_line(event) else { return true };
    let theme = row.theme;
    let painter = row.painter;
    let middle = row.rect.center().y;
    let left = row.rect.left() + theme.sizes.side;
    text_right(
        painter,
        left + time_width - space::M,
        middle,
        time_of(&line),
        theme.small_code(),
        theme.colors.muted,
    );
    let level = galley(painter, line.level.name(), theme.small_strong(), theme.color(tone(line.level)));
    text_at(painter, egui::pos2(left + time_width, middle), Align2::LEFT_CENTER, level);
    let (message, has_more) = logs::first_line(line.message, SHOWN);
    let mut from = left + time_width + LEVEL;
    // In a chain it matters whose line it is.
    if let Some(filter) = filter_in_chain(&run.trace, &run.scenario, event) {
        let filter = elided(painter, &filter, theme.small(), theme.colors.muted, FILTER);
        from = text_at(painter, egui::pos2(from, middle), Align2::LEFT_CENTER, filter).left()
            + FILTER
            + space::S;
    }
    let call = logs::call_of(&run.trace, event).map(|(_, number)| {
        let color = if row.hovered { theme.colors.accent } else { theme.colors.muted };
        (galley(painter, format!("#{number}"), theme.small_code(), color), color)
    });
    let right = row.rect.right() - theme.sizes.side - CHEVRON;
    let width = call.as_ref().map_or(0.0, |(number, _)| number.size().x);
    let end = (row.rect.right() - EVENT).min(right - width - space::M);
    let room = end - from - if has_more { MORE } else { 0.0 };
    let message = elided(painter, seen(&message, room), theme.code(), theme.colors.text, room.max(20.0));
    let is_whole = !message.elided && !has_more;
    let shown = text_at(painter, egui::pos2(from, middle), Align2::LEFT_CENTER, message);
    if has_more {
        Icon::Dots.paint(painter, egui::pos2(shown.right() + MORE / 2.0, middle), 11.0, theme.colors.muted);
    }
    if let Some((number, color)) = call {
        text_at(painter, egui::pos2(right, middle), Align2::RIGHT_CENTER, number);
        Icon::ChevronRight.paint(
            painter,
            egui::pos2(row.rect.right() - theme.sizes.side - 4.0, middle),
            11.0,
            color,
        );
    }
    is_whole
}
