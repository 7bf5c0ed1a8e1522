//! A request on its way at the chosen event: a picture of both directions, who holds it and who could let it go on, and the
//! messages as they are there.

mod canvas;

use egui::{Align2, Id, Rect, Role, ScrollArea, Sense, Ui, UiBuilder, Vec2, WidgetInfo};

use super::{Cached, cached, enter, finding_card, timeline};
use crate::gui::commands::Command;
use crate::gui::model::{Model, Region};
use crate::gui::runs::RunView;
use crate::gui::text::{self, Text};
use crate::gui::theme::{self, Icon, Theme, Tone, space, tokens};
use crate::gui::widgets::{self, SectionHead, elided, focus_ring, galley, text_at};
use crate::trace::{Direction, EventId, EventKind, Finding, Outcome, Part, Step};
use crate::view::detail::{self, Field, Shown};
use crate::view::moment;
use crate::view::sentences::stream as words;
use crate::view::stream::{Hold, StreamView, Way, stream};

/// Height of the bar with the events, in points.
const SCRUBBER: f32 = 36.0;
/// Width of what is held back, beside who could resume it, and from which width on it stands there.
const HELD: f32 = 336.0;
const HELD_FROM: f32 = 760.0;
/// Width of the names of callbacks, and of what is held.
const CALLBACK: f32 = 216.0;
const NAME: f32 = 84.0;

/// Everything that is shown of one moment.
type Moment = (Option<StreamView>, Vec<(Part, Field)>);

pub fn show(ui: &mut Ui, model: &Model, run: &RunView, out: &mut Vec<Command>) {
    let theme = theme::of(ui.ctx());
    let text = model.text();
    let top = ui.cursor().top();
    let all = Rect::from_min_max(egui::pos2(ui.max_rect().left(), top), ui.max_rect().max);
    let bar = Rect::from_min_max(egui::pos2(all.left(), all.bottom() - SCRUBBER), all.max);
    let body = Rect::from_min_max(all.min, bar.right_top());
    if !run.trace.connections.is_empty() {
        widgets::empty_state(ui, text.stream.of_connection(), text.stream.of_connection_hint());
        return;
    }
    let Some(event) = shown_event(model, run) else {
        widgets::empty_state(ui, text.stream.no_request(), text.stream.no_request_hint());
        return;
    };
    let moment = moment_of(ui, model, run, event);
    let mut body = ui.new_child(UiBuilder::new().max_rect(body).id_salt("stream"));
    ScrollArea::vertical().id_salt("stream").auto_shrink(false).show(&mut body, |ui| {
        ui.spacing_mut().item_spacing = Vec2::new(space::S, 0.0);
        match &moment.0 {
            Some(view) => contents(ui, model, run, view, &moment.1, event, out),
            None => widgets::empty_state(ui, text.stream.not_begun(), text.stream.not_begun_hint()),
        }
        widgets::reveal_focus(ui, "stream");
    });
    let mut bar_ui = ui.new_child(UiBuilder::new().max_rect(bar).id_salt("stream events"));
    widgets::hairline_above(&bar_ui, &theme, bar);
    scrubber(&mut bar_ui, model, run, bar, event, out);
}

/// The chosen event, or the last of the request that is looked at: of one that was never resumed the last before the client
/// gave up.
fn shown_event(model: &Model, run: &RunView) -> Option<EventId> {
    let trace = &run.trace;
    let chosen = model.view.event.filter(|event| event.index() < trace.events().len());
    let exchange = model.runs.exchange();
    let first = trace.begin_of(exchange)?.index();
    let end = match trace.begin_of(exchange + 1) {
        Some(next) => next.index(),
        None => run.axis.end_of_streams(trace) + 1,
    };
    let left =
        trace.events()[first..end].iter().position(|event| event.kind == EventKind::Step(Step::ClientLeft));
    let last = match trace.outcome_of(exchange) {
        Outcome::Paused { .. } => left.map_or(end, |left| first + left),
        _ => end,
    };
    Some(chosen.unwrap_or_else(|| EventId::from_index(last.saturating_sub(1))))
}

fn moment_of(ui: &Ui, model: &Model, run: &RunView, event: EventId) -> Cached<Moment> {
    let hides = model.hides_secrets();
    let shape = (run.number, event, model.text().language, hides, model.runs.exchange());
    cached(ui, "stream moment", shape, |(_, event, language, hides, exchange)| {
        let chosen = u16::try_from(*exchange).unwrap_or(u16::MAX);
        let exchange = moment::exchange_of(&run.trace, *event).unwrap_or(chosen);
        let view = stream(*language, &run.trace, &run.scenario, exchange, *event);
        (view, detail::messages(*language, &run.trace, exchange, *event, *hides))
    })
}

fn contents(
    ui: &mut Ui,
    model: &Model,
    run: &RunView,
    view: &StreamView,
    messages: &[(Part, Field)],
    event: EventId,
    out: &mut Vec<Command>,
) {
    let text = model.text();
    let theme = theme::of(ui.ctx());
    canvas::show(ui, view, text, out);
    let top = ui.cursor().top();
    ui.painter().hline(ui.max_rect().x_range(), top, theme.hairline());
    let inner = ui.available_rect_before_wrap().shrink2(Vec2::new(theme.sizes.side, 0.0));
    ui.scope_builder(UiBuilder::new().max_rect(inner), |ui| {
        for hold in &view.holds {
            ui.add_space(space::M);
            if hold.is_stuck() {
                stuck(ui, model, run, view, hold, out);
            }
            held(ui, &theme, hold, text, out);
        }
        ui.add_space(space::M);
        let as_of = text.timeline.as_of_event(event.index() + 1);
        SectionHead::new(text.stream.messages()).summary(&as_of).show(ui);
        shown_messages(ui, &theme, messages, text);
        ui.add_space(space::M);
    });
}

/// The finding that nobody will let a direction go on, as a card.
fn stuck(ui: &mut Ui, model: &Model, run: &RunView, view: &StreamView, hold: &Hold, out: &mut Vec<Command>) {
    let found = run.findings.iter().find(|(event, finding)| {
        let is_it =
            matches!(finding, Finding::NeverResumed { direction, .. } if *direction == hold.direction);
        is_it && moment::exchange_of(&run.trace, *event) == Some(view.exchange)
    });
    let first = found.and_then(|found| finding_card::show(ui, model, *found, out));
    if let Some(first) = first {
        enter(&first, Region::Center);
        ui.add_space(space::M);
    }
}

/// Who could let it go on, and what is held back.
fn held(ui: &mut Ui, theme: &Theme, hold: &Hold, text: Text, out: &mut Vec<Command>) {
    let width = ui.available_width();
    if width < HELD_FROM {
        ways(ui, theme, hold, text, out);
        ui.add_space(space::M);
        held_back(ui, theme, hold, text);
        return;
    }
    let all = ui.available_rect_before_wrap();
    let left = Rect::from_min_size(all.min, Vec2::new(width - HELD - 2.0 * space::M, all.height()));
    let right = Rect::from_min_max(egui::pos2(all.right() - HELD, all.top()), all.max);
    let column = |ui: &mut Ui, salt: &str, rect: Rect, part: &mut dyn FnMut(&mut Ui)| {
        let mut column = ui.new_child(UiBuilder::new().max_rect(rect).id_salt(salt));
        part(&mut column);
        column.min_rect().bottom()
    };
    let lower = column(ui, "ways", left, &mut |ui| ways(ui, theme, hold, text, out)).max(column(
        ui,
        "held",
        right,
        &mut |ui| held_back(ui, theme, hold, text),
    ));
    ui.painter().vline(right.left() - space::M, all.top()..=lower, theme.hairline());
    ui.advance_cursor_after_rect(Rect::from_min_max(all.min, egui::pos2(all.right(), lower)));
}

fn ways(ui: &mut Ui, theme: &Theme, hold: &Hold, text: Text, out: &mut Vec<Command>) {
    let needs = text.stream.needs(hold.needs);
    SectionHead::new(text.stream.who_could_resume()).summary(&needs).show(ui);
    for (index, way) in hold.ways.iter().enumerate() {
        way_row(ui, theme, hold, way, index, out);
    }
}

fn way_row(ui: &mut Ui, theme: &Theme, hold: &Hold, way: &Way, index: usize, out: &mut Vec<Command>) {
    let size = Vec2::new(ui.available_width(), theme.sizes.row);
    let (rect, _) = ui.allocate_exact_size(size, Sense::hover());
    let id = Id::unique("stream way").with((hold.direction, hold.filter, index));
    let sense = if way.event.is_some() { Sense::click() } else { Sense::hover() };
    let response = ui.interact(rect, id, sense);
    if response.hovered() && way.event.is_some() {
        ui.painter().rect_filled(rect, tokens::RADIUS, theme.colors.hover);
    }
    let (icon, tone) = if way.is_open { (Icon::Check, Tone::Ok) } else { (Icon::Cross, Tone::Muted) };
    let middle = rect.center().y;
    icon.paint(ui.painter(), egui::pos2(rect.left() + 6.0, middle), 11.0, theme.color(tone));
    let name = way.callback.short_name();
    let shown = elided(ui.painter(), name, theme.code(), theme.colors.text, CALLBACK - 24.0);
    text_at(ui.painter(), egui::pos2(rect.left() + 20.0, middle), Align2::LEFT_CENTER, shown);
    let left = rect.left() + CALLBACK;
    let why = elided(ui.painter(), way.why.as_str(), theme.small(), theme.colors.muted, rect.right() - left);
    text_at(ui.painter(), egui::pos2(left, middle), Align2::LEFT_CENTER, why);
    if response.has_focus() {
        focus_ring(ui.painter(), theme, rect, tokens::RADIUS);
    }
    let text = text::of(ui.ctx());
    let can = if way.is_open { text.stream.could() } else { text.stream.cannot() };
    let spoken = format!("{name}, {can}: {}", way.why);
    let role = if way.event.is_some() { Role::Button } else { Role::Label };
    response.widget_info(|| WidgetInfo::labeled(role, true, &spoken));
    if response.clicked() {
        out.extend(way.event.map(Command::ShowEvent));
    }
}

fn held_back(ui: &mut Ui, theme: &Theme, hold: &Hold, text: Text) {
    let summary = match hold.direction {
        Direction::Request => text.stream.request_at(&hold.name),
        Direction::Response => text.stream.response_at(&hold.name),
    };
    SectionHead::new(text.stream.held_back()).summary(&summary).show(ui);
    let held = &hold.held;
    let headers = match held.headers {
        Some(count) => (text::number(count as usize), text.stream.not_sent_yet()),
        None => (text.stream.sent_already().to_owned(), ""),
    };
    fact(ui, theme, text.stream.headers(), &headers.0, headers.1);
    let pieces = words::pieces(text.language, held.pieces);
    fact(ui, theme, text.stream.body(), &text::bytes(held.bytes), &pieces);
    let trailers = if held.has_trailers { text.stream.not_sent_yet() } else { text.stream.none() };
    fact(ui, theme, text.stream.trailers(), trailers, "");
    let since = text.stream.since_event(hold.since.index() + 1);
    fact(ui, theme, text.stream.state(), hold.status, &since);
    let share = held.bytes as f64 / held.limit.max(1) as f64;
    limit_bar(ui, theme, text, share, held.limit);
    widgets::prose(ui, held.at_limit.as_str(), Tone::Muted);
}

fn fact(ui: &mut Ui, theme: &Theme, name: &str, value: &str, note: &str) {
    let size = Vec2::new(ui.available_width(), theme.sizes.row);
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    let middle = rect.center().y;
    let shown = elided(ui.painter(), name, theme.small(), theme.colors.muted, NAME - space::S);
    text_at(ui.painter(), egui::pos2(rect.left(), middle), Align2::LEFT_CENTER, shown);
    let left = rect.left() + NAME;
    let value_galley = elided(ui.painter(), value, theme.code(), theme.colors.text, rect.right() - left);
    let shown = text_at(ui.painter(), egui::pos2(left, middle), Align2::LEFT_CENTER, value_galley);
    let left = shown.right() + space::S;
    let note_galley =
        elided(ui.painter(), note, theme.small(), theme.colors.muted, (rect.right() - left).max(0.0));
    text_at(ui.painter(), egui::pos2(left, middle), Align2::LEFT_CENTER, note_galley);
    let spoken = format!("{name}: {value} {note}");
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, spoken.trim_end()));
}

/// How much of the limit is used, as a bar and in words.
fn limit_bar(ui: &mut Ui, theme: &Theme, text: Text, share: f64, limit: u64) {
    let size = Vec2::new(ui.available_width(), theme.sizes.row);
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    let middle = rect.center().y;
    let name = galley(ui.painter(), text.stream.limit(), theme.small(), theme.colors.muted);
    text_at(ui.painter(), egui::pos2(rect.left(), middle), Align2::LEFT_CENTER, name);
    let words = text.stream.of_limit(&format!("{:.1}", share * 100.0), &crate::view::units::binary(limit));
    let shown = galley(ui.painter(), words.as_str(), theme.small(), theme.colors.muted);
    let words_left = rect.right() - shown.size().x;
    text_at(ui.painter(), egui::pos2(words_left, middle), Align2::LEFT_CENTER, shown);
    let bar = Rect::from_min_max(
        egui::pos2(rect.left() + NAME, middle - 4.0),
        egui::pos2((words_left - space::S).max(rect.left() + NAME + 8.0), middle + 4.0),
    );
    ui.painter().rect_filled(bar, tokens::FILL_RADIUS, theme.colors.changed_row);
    let used = bar.width() * (share.clamp(0.0, 1.0) as f32);
    let used = Rect::from_min_size(bar.min, Vec2::new(used.max(if share > 0.0 { 3.0 } else { 0.0 }), 8.0));
    ui.painter().rect_filled(used, tokens::FILL_RADIUS, theme.colors.warn);
    let spoken = format!("{}: {words}", text.stream.limit());
    response.widget_info(|| WidgetInfo::labeled(Role::ProgressIndicator, true, &spoken));
}

/// Both messages as they are at the moment, beside each other where there is room.
fn shown_messages(ui: &mut Ui, theme: &Theme, messages: &[(Part, Field)], text: Text) {
    let is_wide = ui.available_width() >= HELD_FROM;
    if !is_wide {
        messages.iter().for_each(|(_, field)| message(ui, theme, field, text));
        return;
    }
    let all = ui.available_rect_before_wrap();
    let half = (all.width() - space::L) / 2.0;
    let mut lower = all.top();
    for (salt, left, is_request) in [("request", all.left(), true), ("response", all.right() - half, false)] {
        let rect = Rect::from_min_size(egui::pos2(left, all.top()), Vec2::new(half, all.height()));
        let mut column = ui.new_child(UiBuilder::new().max_rect(rect).id_salt(("messages", salt)));
        column.spacing_mut().item_spacing = Vec2::new(space::S, space::XXS);
        let own = messages.iter().filter(|(part, _)| part.is_towards_upstream() == is_request);
        own.for_each(|(_, field)| message(&mut column, theme, field, text));
        lower = lower.max(column.min_rect().bottom());
    }
    ui.advance_cursor_after_rect(Rect::from_min_max(all.min, egui::pos2(all.right(), lower)));
}

fn message(ui: &mut Ui, theme: &Theme, field: &Field, text: Text) {
    let note = match &field.value {
        Shown::Line(line) => line.clone(),
        Shown::Pairs(_, all) => text.timeline.in_order(*all),
        Shown::Block { note, .. } => note.clone(),
    };
    let size = Vec2::new(ui.available_width(), theme.sizes.row);
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    let name = galley(ui.painter(), field.name.as_str(), theme.small_strong(), theme.colors.text);
    let shown = text_at(ui.painter(), rect.left_center(), Align2::LEFT_CENTER, name);
    let left = shown.right() + space::S;
    let words =
        elided(ui.painter(), &note, theme.small(), theme.colors.muted, (rect.right() - left).max(0.0));
    text_at(ui.painter(), egui::pos2(left, rect.center().y), Align2::LEFT_CENTER, words);
    let spoken = format!("{}: {note}", field.name);
    response.widget_info(|| WidgetInfo::labeled(Role::Heading, true, &spoken));
    match &field.value {
        Shown::Line(_) => {}
        Shown::Pairs(pairs, all) => widgets::pairs_box(ui, pairs, *all),
        Shown::Block { text, .. } => widgets::text_box(ui, text),
    }
    ui.add_space(space::S);
}

/// The events in one strip, with steps to the left and right of it.
fn scrubber(ui: &mut Ui, model: &Model, run: &RunView, bar: Rect, event: EventId, out: &mut Vec<Command>) {
    let text = model.text();
    let theme = theme::of(ui.ctx());
    let count = run.trace.events().len();
    let inner = bar.shrink2(Vec2::new(theme.sizes.side, 0.0));
    let left = Rect::from_min_size(inner.min, Vec2::new(60.0, inner.height()));
    ui.scope_builder(
        UiBuilder::new().max_rect(left).layout(egui::Layout::left_to_right(egui::Align::Center)),
        |ui| {
            ui.spacing_mut().item_spacing.x = space::XS;
            for (icon, command) in
                [(Icon::ChevronLeft, Command::PreviousEvent), (Icon::ChevronRight, Command::NextEvent)]
            {
                out.extend(widgets::command_icon_button(ui, &command, icon, None));
            }
        },
    );
    let at = run.trace.event(event).map_or(0, |event| event.at);
    let clock = text::duration(std::time::Duration::from_nanos(at));
    let words = text.stream.position(event.index() + 1, count, &clock);
    let words = elided(ui.painter(), &words, theme.small(), theme.colors.muted, inner.width() * 0.4);
    let right = inner.right() - words.size().x;
    let spoken = words.text().to_owned();
    let place = Rect::from_min_max(egui::pos2(right, inner.top()), inner.max);
    let response = ui.interact(place, Id::unique("stream position"), Sense::hover());
    text_at(ui.painter(), egui::pos2(right, inner.center().y), Align2::LEFT_CENTER, words);
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &spoken));
    response.ctx.accesskit_node_builder(response.id, |node| node.set_live(egui::accesskit::Live::Polite));
    let strip = Rect::from_min_max(
        egui::pos2(left.right(), inner.top()),
        egui::pos2(right - space::S, inner.bottom()),
    );
    timeline::minimap(ui, model, run, strip, event, out);
}
