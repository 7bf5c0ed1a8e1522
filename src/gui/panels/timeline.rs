//! Callbacks as rows, host calls inside them, stream actions and scenario steps in their place.

use std::sync::Arc;

use egui::{Align2, Id, Rect, Ui, Vec2};

use super::{Cached, FilterField, cached, enter, filter_bar, sieved};
use crate::gui::commands::Command;
use crate::gui::model::{Model, Region};
use crate::gui::runs::RunView;
use crate::gui::text::{self, Text};
use crate::gui::theme::{self, Icon, Theme, Tone, space};
use crate::gui::widgets::{self, Row, VirtualList, elided, galley, text_at, text_right};
use crate::trace::EventId;
use crate::view::host_calls::Query;
use crate::view::timeline::{self, Answer, RowRole};
use crate::view::{call, call_line};

/// Widths of the columns, in points; the lane takes the rest.
const NAME: f32 = 284.0;
const RESULT: f32 = 300.0;
const TIME: f32 = 72.0;
/// Inset of a level.
const INSET: f32 = 16.0;

pub fn filter_id() -> Id {
    Id::unique("timeline filter")
}

/// The rows that are seen, with what decided it.
#[derive(Clone, PartialEq)]
struct Shape {
    run: u64,
    folded: std::collections::BTreeSet<EventId>,
    filter: String,
}

pub fn show(ui: &mut Ui, model: &Model, out: &mut Vec<Command>) {
    let Some(run) = model.runs.current.clone() else { return };
    let theme = theme::of(ui.ctx());
    let text = model.text();
    let rows = visible_rows(ui, model, &run);
    let all = ui.max_rect();
    let top = ui.cursor().top();
    let tools = Rect::from_min_size(egui::pos2(all.left(), top), Vec2::new(all.width(), 36.0));
    let position = model
        .view
        .event
        .map(|event| text.timeline.event_position(event.index() + 1, run.trace.events().len()));
    let field = FilterField {
        id: filter_id(),
        name: text.timeline.filter_name(),
        hint: text.timeline.filter_hint(),
        value: &model.view.timeline_filter,
        rows: (rows.len(), run.timeline.rows().len()),
    };
    let left = |ui: &mut Ui, _: &mut Vec<Command>| {
        if let Some(position) = &position {
            widgets::label(ui, position, Tone::Muted);
        }
    };
    let typed = filter_bar(ui, tools, out, left, &field);
    out.extend(typed.map(Command::FilterTimeline));
    let list = Rect::from_min_max(tools.left_bottom(), all.max);
    let mut ui = ui.new_child(egui::UiBuilder::new().max_rect(list).id_salt("timeline list"));
    if rows.is_empty() {
        widgets::empty_state(&mut ui, text.timeline.no_events_match(), text.logs.clear_filter());
        return;
    }
    let painter = Painter { model, run: &run, rows: &rows, text };
    let selected = model
        .view
        .event
        .and_then(|event| run.timeline.row_of(&run.trace, event))
        .and_then(|row| rows.binary_search(&u32::try_from(row).unwrap_or(u32::MAX)).ok());
    let output = VirtualList::new(Id::unique("timeline"), text.tabs.timeline(), rows.len())
        .row_height(theme.sizes.row)
        .selected(selected)
        .scroll_to(selected.filter(|_| model.view.reveal))
        .show(&mut ui, |index| painter.spoken(index), |row| painter.paint(row));
    enter(&output.response, Region::Center);
    let row = |index: usize| rows.get(index).and_then(|row| run.timeline.rows().get(*row as usize));
    if let Some(row) = output.selected.and_then(row) {
        out.push(Command::SelectEvent(row.event));
    }
    if let Some(row) = output.activated.and_then(row) {
        out.push(if row.inside > 0 { Command::Fold(row.event) } else { Command::FollowEvent(row.event) });
    }
    if let Some((index, at)) = output.clicked
        && let Some(row) = row(index).filter(|row| row.inside > 0)
        && at.x < list.left() + theme.sizes.side + INSET * (f32::from(row.depth) + 1.0)
    {
        out.push(Command::Fold(row.event));
    }
    if let Some(row) = selected.and_then(row).filter(|row| row.inside > 0) {
        let is_folded = model.view.folded.contains(&row.event);
        if output.unfold && is_folded || output.fold && !is_folded {
            out.push(Command::Fold(row.event));
        }
    }
}

fn visible_rows(ui: &Ui, model: &Model, run: &Arc<RunView>) -> Arc<Vec<u32>> {
    let shape = Shape {
        run: run.number,
        folded: model.view.folded.clone(),
        filter: model.view.timeline_filter.clone(),
    };
    let rows = run.timeline.rows();
    if shape.filter.trim().is_empty() {
        return cached(ui, "timeline rows", shape, |shape| {
            run.timeline.visible(|row| rows.get(row).is_some_and(|row| shape.folded.contains(&row.event)))
        });
    }
    let query = Query::parse(&shape.filter);
    let matches = |event: EventId| {
        let number = run.trace.call_of(event).map(|(_, number)| number as usize);
        let row = number.and_then(|number| run.host_calls.rows.get(number.checked_sub(1)?));
        row.is_some_and(|row| query.matches(row, |event| describe(run, event).into()))
    };
    sieved(ui, "timeline calls", shape, rows.len(), |row| {
        rows.get(row).is_some_and(|row| row.role == RowRole::Call && matches(row.event))
    })
}

/// The arguments and the result of a host call in one line.
pub fn describe(run: &RunView, event: EventId) -> String {
    call::decode(&run.trace, event).map(|call| call_line::summary(&run.trace, &call)).unwrap_or_default()
}

struct Painter<'a> {
    model: &'a Model,
    run: &'a RunView,
    rows: &'a Cached<Vec<u32>>,
    text: Text,
}

impl Painter<'_> {
    fn row(&self, index: usize) -> Option<(usize, timeline::Row)> {
        let place = *self.rows.get(index)? as usize;
        Some((place, *self.run.timeline.rows().get(place)?))
    }

    /// Name, result and time of a row.
    fn words(&self, index: usize) -> Option<Words> {
        let (place, row) = self.row(index)?;
        let totals = self.run.timeline.totals(place);
        let (name, words) = timeline::describe(&self.run.trace, &row, totals, self.text.language);
        let (result, tone) = match row.role {
            RowRole::Callback => match Answer::of(&self.run.trace, &self.run.scenario, row.event) {
                Answer::Failed => (self.text.timeline.trapped().to_owned(), Tone::Error),
                Answer::Pause(status) => (status.to_owned(), Tone::Warn),
                Answer::Continue => (Answer::Continue.word().to_owned(), Tone::Ok),
                other => (other.word().to_owned(), Tone::Muted),
            },
            RowRole::Call => {
                let status = call::decode(&self.run.trace, row.event).map_or("", |call| call.status);
                if status == "Ok" { (String::new(), Tone::Muted) } else { (status.to_owned(), Tone::Warn) }
            }
            RowRole::Finding => (String::new(), Tone::Warn),
            _ => (String::new(), Tone::Muted),
        };
        let detail = match row.role {
            RowRole::Call => describe(self.run, row.event),
            _ => words.to_string(),
        };
        let time = match row.role {
            RowRole::Callback | RowRole::Call | RowRole::StartGroup | RowRole::EndGroup => {
                text::duration(std::time::Duration::from_nanos(row.length))
            }
            _ => String::new(),
        };
        Some(Words { row, name, result, tone, detail, time })
    }

    fn spoken(&self, index: usize) -> String {
        let Some(words) = self.words(index) else { return String::new() };
        let parts = [words.name, words.result, words.detail, words.time];
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
    }

    fn paint(&self, row: &Row<'_>) {
        let Some(words) = self.words(row.index) else { return };
        let theme = row.theme;
        let painter = row.painter;
        let middle = row.rect.center().y;
        let mut left = row.rect.left() + theme.sizes.side + f32::from(words.row.depth) * INSET;
        if words.row.inside > 0 {
            let is_folded = self.model.view.folded.contains(&words.row.event);
            let chevron = if is_folded { Icon::ChevronRight } else { Icon::ChevronDown };
            chevron.paint(painter, egui::pos2(left + 5.0, middle), 12.0, theme.colors.muted);
        }
        left += INSET;
        let number = self.run.trace.call_of(words.row.event).map(|(_, number)| format!("#{number}"));
        if let Some(number) = number {
            let right = egui::pos2(left + 30.0, middle);
            text_right(painter, right.x, right.y, number.as_str(), theme.small_code(), theme.colors.muted);
            left += 36.0;
            if self.run.trace.call_of(words.row.event).is_some_and(|(call, _)| call.is_write()) {
                Icon::Pencil.paint(painter, egui::pos2(left + 5.0, middle), 11.0, theme.colors.accent);
                left += 14.0;
            }
        }
        let (font, color) = match words.row.role {
            RowRole::Callback => (theme.code_strong(), theme.colors.text),
            RowRole::Call => (theme.code(), theme.colors.text),
            RowRole::Finding => (theme.small_strong(), theme.colors.warn),
            RowRole::Stream => (theme.small_strong(), theme.colors.text),
            _ => (theme.body(), theme.colors.muted),
        };
        let columns = Columns::of(row.rect, theme);
        let name = elided(painter, &words.name, font, color, (columns.result - left - space::S).max(20.0));
        let shown = text_at(painter, egui::pos2(left, middle), Align2::LEFT_CENTER, name);
        let mut at = columns.result;
        if words.name.is_empty() {
            at = left;
        } else if words.row.role == RowRole::Stream || words.row.role == RowRole::Finding {
            at = shown.right() + space::S;
        }
        if !words.result.is_empty() {
            let result =
                galley(painter, words.result.as_str(), theme.small_strong(), theme.color(words.tone));
            at = text_at(painter, egui::pos2(at, middle), Align2::LEFT_CENTER, result).right() + space::S;
        }
        let room = columns.lane - at - space::S;
        if room > 20.0 {
            let detail = elided(painter, &words.detail, theme.small(), theme.colors.muted, room);
            text_at(painter, egui::pos2(at, middle), Align2::LEFT_CENTER, detail);
        }
        self.paint_bar(row, &columns, &words);
        let right = egui::pos2(row.rect.right() - theme.sizes.side, middle);
        text_right(painter, right.x, right.y, words.time.as_str(), theme.small_code(), theme.colors.muted);
    }

    fn paint_bar(&self, row: &Row<'_>, columns: &Columns, words: &Words) {
        let whole =
            self.run.timeline.rows().iter().rev().take(64).map(|r| r.begin + r.length).max().unwrap_or(0);
        let lane = columns.time - columns.lane - space::S;
        if whole == 0 || lane < 24.0 || words.time.is_empty() {
            return;
        }
        let x = |nanos: u64| columns.lane + lane * (nanos as f32 / whole as f32).min(1.0);
        let from = x(words.row.begin);
        let to = x(words.row.begin + words.row.length).max(from + 3.0);
        let color =
            if words.row.role == RowRole::Callback { row.theme.colors.accent } else { row.theme.colors.edge };
        let bar = Rect::from_min_max(
            egui::pos2(from, row.rect.center().y - 5.0),
            egui::pos2(to, row.rect.center().y + 5.0),
        );
        row.painter.rect_filled(bar, 2.0, color);
    }
}

struct Words {
    row: timeline::Row,
    name: String,
    result: String,
    tone: Tone,
    detail: String,
    time: String,
}

/// Left edges of the columns.
struct Columns {
    result: f32,
    lane: f32,
    time: f32,
}

impl Columns {
    fn of(rect: Rect, theme: &Theme) -> Self {
        let time = rect.right() - theme.sizes.side - TIME;
        let result = rect.left() + NAME.min(rect.width() * 0.4);
        let lane = (result + RESULT.max(rect.width() * 0.36)).min(time);
        Self { result, lane, time }
    }
}
