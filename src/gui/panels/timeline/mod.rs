//! Callbacks as rows, host calls inside them, stream actions and scenario steps in their place; beside them everything
//! about the chosen event.

mod detail;
mod lane;
mod minimap;

use std::collections::BTreeMap;
use std::sync::Arc;

use egui::{Align2, Frame, Id, Panel, Rect, Ui, UiBuilder, Vec2};

pub use lane::{legend, zoom};

use self::lane::Lane;
use super::{Cached, FilterField, cached, enter, filter_bar, name_width, row_menu, sieved};
use crate::gui::commands::Command;
use crate::gui::model::{Model, Region, View};
use crate::gui::resize::{Edge, resize_edge};
use crate::gui::runs::RunView;
use crate::gui::text::{self, Language, Text};
use crate::gui::theme::{self, Icon, Theme, Tone, space, tokens};
use crate::gui::widgets::{self, Row, Segmented, VirtualList, elided, galley, text_at, text_right};
use crate::trace::{EventId, EventKind, StreamAction};
use crate::view::host_calls::Query;
use crate::view::sentences::filter_in_chain;
use crate::view::timeline::{self, Answer, RowRole};
use crate::view::{call, call_line, secrets};

/// Widths of the columns, in points; names take what they need, the lane takes the rest. With larger type they grow.
const NAME: f32 = 220.0;
const RESULT: f32 = 236.0;
const RESULT_LEAST: f32 = 180.0;
const TIME: f32 = 64.0;
/// Width of the column of instructions, and of the rows that have room for it.
const INSTRUCTIONS: f32 = 84.0;
const WITH_INSTRUCTIONS: f32 = 640.0;
/// Width of the panel about the chosen event, and from which width of the centre on it stands at the right.
const DETAIL: f32 = 360.0;
const DETAIL_MIN: f32 = 300.0;
const DETAIL_MAX: f32 = 480.0;
const DETAIL_FROM: f32 = 1000.0;
/// What it leaves to the rows.
const ROWS_MIN: f32 = 420.0;
/// From which height on it stands below them instead.
const DETAIL_BELOW_FROM: f32 = 330.0;
/// Its height there while no event is chosen.
const EMPTY_DETAIL: f32 = 96.0;
/// Inset of a level; room for the number of a host call, and for the mark of a write.
const INSET: f32 = 16.0;
const CALL_NUMBER: f32 = 36.0;
const WRITE_MARK: f32 = 14.0;

/// The strip of all events, for other views of a moment: that of `event`.
pub fn minimap(
    ui: &mut Ui,
    model: &Model,
    run: &RunView,
    rect: Rect,
    event: EventId,
    out: &mut Vec<Command>,
) {
    minimap::show(ui, model, run, rect, Some(event), 0..0, out);
}

pub fn filter_id() -> Id {
    Id::unique("timeline filter")
}

/// The rows that are seen, with what decided it.
#[derive(Clone, PartialEq)]
struct Shape {
    run: u64,
    folded: std::collections::BTreeSet<EventId>,
    filter: String,
    /// They decide what the words of a filter are found in.
    words: (Language, bool),
}

pub fn show(ui: &mut Ui, model: &Model, out: &mut Vec<Command>) {
    let Some(run) = model.runs.current.clone() else { return };
    let top = ui.cursor().top();
    let all = Rect::from_min_max(egui::pos2(ui.max_rect().left(), top), ui.max_rect().max);
    let mut rest = ui.new_child(UiBuilder::new().max_rect(all).id_salt("timeline"));
    let ui = &mut rest;
    if model.view.detail {
        beside(ui, model, &run, out);
    }
    let all = ui.available_rect_before_wrap();
    let mut rows = ui.new_child(UiBuilder::new().max_rect(all).id_salt("timeline rows"));
    rows.set_clip_rect(all.intersect(ui.clip_rect()));
    list(&mut rows, model, &run, out);
}

/// The panel about the chosen event: at the right, or below where there is no room.
fn beside(ui: &mut Ui, model: &Model, run: &RunView, out: &mut Vec<Command>) {
    let all = ui.available_rect_before_wrap();
    if all.width() >= DETAIL_FROM {
        let panel = Panel::right("event detail")
            .default_size(DETAIL)
            .size_range(DETAIL_MIN..=(all.width() - ROWS_MIN).clamp(DETAIL_MIN, DETAIL_MAX))
            .frame(Frame::new())
            .show_separator_line(false);
        let shown = panel.show(ui, |ui| {
            ui.expand_to_include_rect(ui.max_rect());
            detail::show(ui, model, run, out);
        });
        let name = model.text().timeline.resize_detail();
        resize_edge(ui, "event detail", name, shown.response.rect, Edge::Left);
    } else if all.height() >= DETAIL_BELOW_FROM {
        // With nothing to tell it leaves the rows their room.
        let height = match model.view.event {
            Some(_) => all.height() * 0.45,
            None => EMPTY_DETAIL * theme::of(ui.ctx()).type_scale(),
        };
        let panel = Panel::bottom("event detail below").exact_size(height).resizable(false);
        panel.frame(Frame::new()).show_separator_line(true).show(ui, |ui| {
            ui.expand_to_include_rect(ui.max_rect());
            detail::show(ui, model, run, out);
        });
    }
}

fn list(ui: &mut Ui, model: &Model, run: &Arc<RunView>, out: &mut Vec<Command>) {
    let theme = theme::of(ui.ctx());
    let text = model.text();
    let rows = visible_rows(ui, model, run);
    let all = ui.max_rect();
    let bar = |top: f32, height: f32| {
        Rect::from_min_size(egui::pos2(all.left(), top), Vec2::new(all.width(), height))
    };
    let tools = bar(all.top(), 36.0);
    let map = bar(tools.bottom(), minimap::HEIGHT);
    let head = bar(map.bottom(), 24.0);
    let seen_id = Id::unique("timeline seen");
    let seen: std::ops::Range<usize> = ui.data(|data| data.get_temp(seen_id)).unwrap_or(0..0);
    minimap::show(ui, model, run, map, model.view.event, seen, out);
    let names = names_width(ui, run, &theme);
    let columns = Columns::of(head, &theme, run, names);
    let lane = Lane::new(run, &columns, model.view.timeline_steps, model.view.timeline_span);
    note_lane(ui, lane.is_some());
    toolbar(ui, model, run, tools, (rows.len(), lane.is_some()), out);
    heads(ui, &theme, text, head, &columns, lane.as_ref());
    let list = Rect::from_min_max(head.left_bottom(), all.max);
    let mut ui = ui.new_child(UiBuilder::new().max_rect(list).id_salt("timeline list"));
    if rows.is_empty() {
        widgets::empty_state(&mut ui, text.timeline.no_events_match(), text.logs.clear_filter());
        return;
    }
    if let Some(lane) = &lane {
        let shown =
            Rect::from_min_size(list.min, Vec2::new(list.width(), rows.len() as f32 * theme.sizes.row));
        lane.paint_waits(ui.painter(), &theme, shown.intersect(list));
    }
    let painter = Painter { model, run, rows: &rows, text, names, lane };
    let selected = model.view.event.and_then(|event| shown_row(run, &rows, event));
    let output = VirtualList::new(Id::unique("timeline"), text.tabs.timeline(), rows.len())
        .row_height(theme.sizes.row)
        .selected(selected)
        .scroll_to(selected.filter(|_| model.view.reveal || has_new_height(&ui, list.height())))
        .show(&mut ui, |index| painter.spoken(index), |row| painter.paint(row));
    enter(&output.response, Region::Center);
    row_menu(&output.response, model, Region::Center, &[Command::MakeMock], out);
    let row = |index: usize| rows.get(index).and_then(|row| run.timeline.rows().get(*row as usize));
    let event = |index: usize| row(index).map(|row| row.event.index());
    if let (Some(first), Some(last)) =
        (event(output.visible.start), event(output.visible.end.saturating_sub(1)))
    {
        ui.data_mut(|data| data.insert_temp(seen_id, first..last + 1));
    }
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
        let is_folded = is_folded(&model.view, row);
        if output.unfold && is_folded || output.fold && !is_folded {
            out.push(Command::Fold(row.event));
        }
    }
    if let Some(lane) = &painter.lane {
        zoom_with_wheel(&ui, model, lane, &columns, list, out);
    }
}

/// The row of an event among those that are shown, or the nearest around it.
fn shown_row(run: &RunView, rows: &[u32], event: EventId) -> Option<usize> {
    let mut row = run.timeline.row_of(&run.trace, event)?;
    loop {
        if let Ok(place) = rows.binary_search(&u32::try_from(row).ok()?) {
            return Some(place);
        }
        row = run.timeline.rows().get(row)?.parent? as usize;
    }
}

/// Ctrl and the wheel over the lane zoom it; the wheel with Shift moves along.
fn zoom_with_wheel(
    ui: &Ui,
    model: &Model,
    lane: &Lane<'_>,
    columns: &Columns,
    list: Rect,
    out: &mut Vec<Command>,
) {
    let over = Rect::from_x_y_ranges(columns.lane..=columns.lane_end, list.y_range());
    let Some(pointer) = ui.ctx().pointer_hover_pos().filter(|pointer| over.contains(*pointer)) else {
        return;
    };
    let span = model.view.timeline_span;
    let (zoomed, moved) = ui.input(|input| {
        let sideways = input.smooth_scroll_delta().x;
        (input.zoom_delta(), -sideways / over.width().max(1.0) * (span.1 - span.0))
    });
    if (zoomed - 1.0).abs() > 1e-3 {
        let (from, to) = zoom(span, lane.fraction_at(pointer.x), 1.0 / zoomed);
        out.push(Command::ShowSpan(from, to));
    } else if moved.abs() > 1e-5 && span != (0.0, 1.0) {
        let moved = moved.clamp(-span.0, 1.0 - span.1);
        out.push(Command::ShowSpan(span.0 + moved, span.1 + moved));
    }
}

/// Whether the list is higher or lower than in the frame before, as when details appear below it: what is chosen is then
/// shown again.
fn has_new_height(ui: &Ui, height: f32) -> bool {
    let id = Id::unique("timeline height");
    ui.data_mut(|data| {
        let before = data.get_temp::<f32>(id);
        data.insert_temp(id, height);
        before.is_some_and(|before| before != height)
    })
}

/// Whether the rows have a lane beside them: without one its colours need no legend.
pub fn has_lane(ui: &Ui) -> bool {
    ui.data(|data| data.get_temp(lane_id())).unwrap_or(true)
}

fn note_lane(ui: &Ui, is_there: bool) {
    if has_lane(ui) != is_there {
        // The legend is drawn before the rows.
        ui.ctx().request_repaint();
    }
    ui.data_mut(|data| data.insert_temp(lane_id(), is_there));
}

fn lane_id() -> Id {
    Id::unique("timeline lane")
}

/// Scale of the lane if there is one, steps through the events, folding, and the filter.
fn toolbar(
    ui: &mut Ui,
    model: &Model,
    run: &RunView,
    bar: Rect,
    (shown, has_lane): (usize, bool),
    out: &mut Vec<Command>,
) {
    let text = model.text();
    let count = run.trace.events().len();
    let field = FilterField {
        id: filter_id(),
        name: text.timeline.filter_name(),
        hint: text.timeline.filter_hint(),
        value: &model.view.timeline_filter,
        has_key: !model.filters_logs(),
        calls: (shown, run.host_calls.rows.len()),
    };
    let left = |ui: &mut Ui, out: &mut Vec<Command>| {
        ui.spacing_mut().item_spacing.x = space::S;
        if has_lane {
            let options = [text.timeline.time(), text.timeline.steps()];
            let steps = model.view.timeline_steps;
            let chosen = Segmented::new(text.timeline.scale_name(), &options, usize::from(steps)).show(ui);
            if chosen.is_some_and(|chosen| (chosen == 1) != steps) {
                out.push(Command::TimelineSteps);
            }
        }
        for (icon, command) in
            [(Icon::ChevronLeft, Command::PreviousEvent), (Icon::ChevronRight, Command::NextEvent)]
        {
            out.extend(widgets::command_icon_button(ui, &command, icon, None));
        }
        let words = match model.view.event {
            Some(event) => text.timeline.event_position(event.index() + 1, count),
            None => text.timeline.events(count),
        };
        let position = widgets::plain_label(ui, &words);
        // Spoken when it changes: "event 12 of 33".
        position.ctx.accesskit_node_builder(position.id, |node| node.set_live(egui::accesskit::Live::Polite));
        if ui.available_width() > 96.0 {
            let name = match is_collapsed(model, run) {
                true => text.timeline.expand_all(),
                false => text.timeline.collapse_all(),
            };
            if widgets::quiet_button(ui, name, name).clicked() {
                out.push(Command::CollapseAll);
            }
        }
        if !model.view.detail && ui.available_width() > 40.0 {
            out.extend(widgets::command_icon_button(ui, &Command::ToggleDetail, Icon::Info, None));
        }
        let (from, to) = model.view.timeline_span;
        if to - from < 0.999 && ui.available_width() > 60.0 {
            let percent = ((to - from) * 100.0).ceil() as usize;
            let words = text.timeline.zoomed(percent);
            if widgets::quiet_button(ui, &words, &text.command(&Command::TimelineFit)).clicked() {
                out.push(Command::TimelineFit);
            }
        }
    };
    let typed = filter_bar(ui, bar, out, left, &field);
    out.extend(typed.map(Command::FilterTimeline));
}

/// All callbacks are folded.
fn is_collapsed(model: &Model, run: &RunView) -> bool {
    let mut foldable = run.timeline.rows().iter().filter(|row| row.inside > 0 && !row.role.is_group());
    !model.view.folded.is_empty() && foldable.all(|row| model.view.folded.contains(&row.event))
}

/// Whether the rows inside a row are hidden: start and end of a run are folded at first, callbacks are not.
fn is_folded(view: &View, row: &timeline::Row) -> bool {
    view.folded.contains(&row.event) != row.role.is_group()
}

/// Where the longest name of the run ends in its row, in points from the row's left edge.
fn names_width(ui: &Ui, run: &Arc<RunView>, theme: &Theme) -> f32 {
    let shape = (run.number, theme.sizes.code.to_bits());
    let width = cached(ui, "timeline names", shape, |_| {
        let name_of = |row: &timeline::Row| {
            let (name, marks) = match run.trace.event(row.event)?.kind {
                EventKind::Callback { callback, .. } => (callback.short_name(), 0.0),
                EventKind::Call { call, .. } => {
                    (call.short_name(), CALL_NUMBER + if call.is_write() { WRITE_MARK } else { 0.0 })
                }
                _ => return None,
            };
            Some((name, f32::from(row.depth) * INSET + marks))
        };
        // Of each name the row that is farthest in: few are measured, however many rows there are.
        let mut farthest: BTreeMap<&str, f32> = BTreeMap::new();
        for (name, left) in run.timeline.rows().iter().filter_map(name_of) {
            let known = farthest.entry(name).or_default();
            *known = known.max(left);
        }
        farthest.iter().map(|(name, left)| left + name_width(ui, name)).fold(0.0, f32::max)
    });
    theme.sizes.side + INSET + *width + space::M
}

fn heads(ui: &mut Ui, theme: &Theme, text: Text, head: Rect, columns: &Columns, lane: Option<&Lane<'_>>) {
    let put = |left: f32, words: &str| {
        let words = galley(ui.painter(), words, theme.small(), theme.colors.muted);
        text_at(ui.painter(), egui::pos2(left, head.center().y), Align2::LEFT_CENTER, words);
    };
    put(head.left() + theme.sizes.side + INSET, text.timeline.column_name());
    if columns.has_room {
        put(columns.result, text.timeline.column_result());
    }
    let right = head.right() - theme.sizes.side;
    let words = text.timeline.column_time();
    let mut left = text_right(ui.painter(), right, head.center().y, words, theme.small(), theme.colors.muted);
    if let Some(right) = columns.instructions {
        let words = text.timeline.column_instructions();
        left = text_right(ui.painter(), right, head.center().y, words, theme.small(), theme.colors.muted);
    }
    if let Some(lane) = lane {
        lane.paint_axis(ui.painter(), theme, head, left - space::M);
    }
    widgets::hairline_below(ui, theme, head);
}

fn visible_rows(ui: &Ui, model: &Model, run: &Arc<RunView>) -> Arc<Vec<u32>> {
    let shape = Shape {
        run: run.number,
        folded: model.view.folded.clone(),
        filter: model.view.timeline_filter.clone(),
        words: (model.text().language, model.hides_secrets()),
    };
    let (language, hides) = shape.words;
    let rows = run.timeline.rows();
    if shape.filter.trim().is_empty() {
        return cached(ui, "timeline rows", shape, |shape| {
            run.timeline.visible(|row| {
                rows.get(row).is_some_and(|row| shape.folded.contains(&row.event) != row.role.is_group())
            })
        });
    }
    let query = Query::parse(&shape.filter);
    let matches = |event: EventId| {
        let number = run.trace.call_of(event).map(|(_, number)| number as usize);
        let row = number.and_then(|number| run.host_calls.rows.get(number.checked_sub(1)?));
        row.is_some_and(|row| query.matches(row, |event| describe(language, run, event, hides).into()))
    };
    sieved(ui, "timeline calls", shape, rows.len(), |row| {
        rows.get(row).is_some_and(|row| row.role == RowRole::Call && matches(row.event))
    })
}

/// The arguments and the result of a host call in one line.
pub fn describe(language: Language, run: &RunView, event: EventId, hides_secrets: bool) -> String {
    let Some(mut call) = call::decode(&run.trace, event) else { return String::new() };
    if hides_secrets {
        secrets::mask_call(&mut call);
    }
    call_line::summary(language, &run.trace, &call)
}

struct Painter<'a> {
    model: &'a Model,
    run: &'a RunView,
    rows: &'a Cached<Vec<u32>>,
    text: Text,
    /// See [`names_width`].
    names: f32,
    lane: Option<Lane<'a>>,
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
                Answer::Pause(_) => (self.text.timeline.pause_word().to_owned(), Tone::Warn),
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
        let filter = (row.role == RowRole::Callback)
            .then(|| filter_in_chain(&self.run.trace, &self.run.scenario, row.event))
            .flatten();
        let detail = match row.role {
            // What a folded row hides is counted.
            RowRole::Callback if row.inside > 0 && is_folded(&self.model.view, &row) => {
                let made = self.text.timeline.made(totals.calls as usize, totals.changes as usize);
                [words.to_string(), made].join(" · ")
            }
            RowRole::Call => describe(self.text.language, self.run, row.event, self.model.hides_secrets()),
            _ => words.to_string(),
        };
        let detail = filter.into_iter().chain([detail]).filter(|part| !part.is_empty());
        let detail = detail.collect::<Vec<_>>().join(" · ");
        let stream = match self.run.trace.event(row.event).map(|event| event.kind) {
            Some(EventKind::Stream(action)) => Some(action),
            _ => None,
        };
        let time = match row.role {
            RowRole::Callback | RowRole::Call | RowRole::StartGroup | RowRole::EndGroup => {
                text::duration(std::time::Duration::from_nanos(row.length))
            }
            _ => String::new(),
        };
        let instructions = self.run.trace.instructions(row.event);
        Some(Words { row, name, result, tone, detail, time, instructions, stream })
    }

    fn spoken(&self, index: usize) -> String {
        let Some(words) = self.words(index) else { return String::new() };
        let instructions = words.instructions.map(|count| self.text.timeline.instructions(count));
        let parts = [words.name, words.result, words.detail, instructions.unwrap_or_default(), words.time];
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
    }

    fn paint(&self, row: &Row<'_>) {
        let Some(words) = self.words(row.index) else { return };
        let theme = row.theme;
        let painter = row.painter;
        let middle = row.rect.center().y;
        let mut left = row.rect.left() + theme.sizes.side + f32::from(words.row.depth) * INSET;
        if words.row.inside > 0 {
            let is_folded = is_folded(&self.model.view, &words.row);
            let chevron = if is_folded { Icon::ChevronRight } else { Icon::ChevronDown };
            chevron.paint(painter, egui::pos2(left + 5.0, middle), 12.0, theme.colors.muted);
        }
        if let Some((icon, tone)) = words.mark() {
            icon.paint(painter, egui::pos2(left + 5.0, middle), 12.0, theme.color(tone));
        }
        left += INSET;
        let number = self.run.trace.call_of(words.row.event).map(|(_, number)| format!("#{number}"));
        if let Some(number) = number {
            let right = left + CALL_NUMBER - space::XS - space::XXS;
            text_right(painter, right, middle, number.as_str(), theme.small_code(), theme.colors.muted);
            left += CALL_NUMBER;
            if self.run.trace.call_of(words.row.event).is_some_and(|(call, _)| call.is_write()) {
                Icon::Pencil.paint(painter, egui::pos2(left + 5.0, middle), 11.0, theme.colors.accent);
                left += WRITE_MARK;
            }
        }
        let (font, color) = match words.row.role {
            RowRole::Callback => (theme.code_strong(), theme.colors.text),
            RowRole::Call => (theme.code(), theme.colors.text),
            RowRole::Finding => (theme.small_strong(), theme.colors.warn),
            RowRole::Stream => (theme.small_strong(), theme.colors.text),
            RowRole::Step | RowRole::Log => (theme.small(), theme.colors.muted),
            _ => (theme.body(), theme.colors.muted),
        };
        let columns = Columns::of(row.rect, theme, self.run, self.names);
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
        if let (Some(lane), Some((place, timeline_row))) = (&self.lane, self.row(row.index)) {
            lane.paint_bar(painter, theme, row.rect, place, &timeline_row);
        }
        paint_edge(row, &words, theme);
        if let (Some(right), Some(count)) = (columns.instructions, words.instructions) {
            let count = text::number(count);
            text_right(painter, right, middle, count.as_str(), theme.small_code(), theme.colors.muted);
        }
        let right = egui::pos2(row.rect.right() - theme.sizes.side, middle);
        text_right(painter, right.x, right.y, words.time.as_str(), theme.small_code(), theme.colors.muted);
    }
}

impl Words {
    /// The shape in front of a row that is neither callback nor host call.
    fn mark(&self) -> Option<(Icon, Tone)> {
        match (self.row.role, self.stream) {
            (_, Some(StreamAction::Paused { .. })) => Some((Icon::Pause, Tone::Warn)),
            (_, Some(StreamAction::Resumed { .. })) => Some((Icon::Play, Tone::Ok)),
            (RowRole::Step, _) => Some((Icon::Clock, Tone::Muted)),
            (RowRole::Finding, _) => Some((Icon::Warning, Tone::Warn)),
            (RowRole::Limit, _) => Some((Icon::Stop, Tone::Error)),
            _ => None,
        }
    }
}

struct Words {
    row: timeline::Row,
    name: String,
    result: String,
    tone: Tone,
    detail: String,
    time: String,
    instructions: Option<u64>,
    stream: Option<StreamAction>,
}

/// The left edge of a pause and of what ended it.
fn paint_edge(row: &Row<'_>, words: &Words, theme: &Theme) {
    let color = match words.stream {
        Some(StreamAction::Paused { .. }) => theme.colors.warn,
        Some(StreamAction::Resumed { .. }) => theme.colors.ok,
        _ => return,
    };
    let edge = Rect::from_min_size(row.rect.min, Vec2::new(tokens::RING, row.rect.height()));
    row.painter.rect_filled(edge, 0.0, color);
}

/// Left edges of the columns, the end of the lane, and the right edge of the instructions, if they were counted.
struct Columns {
    result: f32,
    lane: f32,
    lane_end: f32,
    instructions: Option<f32>,
    /// There is room for a result beside the name.
    has_room: bool,
}

impl Columns {
    /// `names`: see [`names_width`].
    fn of(rect: Rect, theme: &Theme, run: &RunView, names: f32) -> Self {
        let scale = theme.type_scale();
        let time = rect.right() - theme.sizes.side - TIME * scale;
        let has_instructions = run.trace.counts_instructions() && rect.width() >= WITH_INSTRUCTIONS;
        let instructions = has_instructions.then_some(time - space::S);
        let lane_end = instructions.map_or(time, |right| right - INSTRUCTIONS * scale);
        let left = rect.left();
        let most = (lane_end - left - RESULT_LEAST * scale).max(rect.width() * 0.45);
        let result = left + names.max(NAME * scale).min(most);
        let results = (RESULT * scale).max((rect.right() - result) * 0.34);
        let lane = (result + results).min(lane_end);
        Self { result, lane, lane_end, instructions, has_room: lane - result > 60.0 }
    }
}
