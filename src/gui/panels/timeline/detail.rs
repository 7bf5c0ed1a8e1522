//! The panel beside the rows: everything about the chosen event, and what the filter could reach right there.

use std::time::Duration;

use egui::{Align2, Rect, Response, Role, ScrollArea, Sense, StrokeKind, Ui, UiBuilder, Vec2, WidgetInfo};

use super::is_folded;
use crate::gui::commands::Command;
use crate::gui::expecting;
use crate::gui::model::Model;
use crate::gui::panels::{Cached, cached};
use crate::gui::runs::RunView;
use crate::gui::text::{self, Text};
use crate::gui::theme::{self, Icon, Theme, Tone, space, tokens};
use crate::gui::widgets::{self, Segmented, elided, focus_ring, galley, text_at, wrapped};
use crate::trace::{EventId, EventKind};
use crate::view::detail::{Detail, Field, Shown, detail, of_group};
use crate::view::moment::{self, Access};
use crate::view::sentences::{Severity, moment as words};

/// Width of the names of arguments, and of what can be reached, in points.
const NAME: f32 = 72.0;
const AREA: f32 = 150.0;
/// From which width on what can be reached stands beside the rest.
const WIDE: f32 = 640.0;
/// Height of a row in a box.
const ROW: f32 = 20.0;

pub fn show(ui: &mut Ui, model: &Model, run: &RunView, out: &mut Vec<Command>) {
    let theme = theme::of(ui.ctx());
    let text = model.text();
    let all = ui.max_rect();
    ui.painter().rect_filled(all, 0.0, theme.colors.panel);
    ui.painter().vline(all.left(), all.y_range(), theme.hairline());
    let head = Rect::from_min_size(all.min, Vec2::new(all.width(), theme.sizes.tab_row));
    widgets::hairline_below(ui, &theme, head);
    let event = model.view.event.filter(|event| event.index() < run.trace.events().len());
    let shown = event.and_then(|event| of_event(ui, model, run, event));
    let inner = head.shrink2(Vec2::new(theme.sizes.side, 0.0));
    ui.scope_builder(UiBuilder::new().max_rect(inner), |ui| {
        ui.spacing_mut().item_spacing.x = space::S;
        widgets::ends(ui, "detail head", out, |ui, _| title(ui, shown.as_deref(), text), close);
    });
    let body = Rect::from_min_max(head.left_bottom(), all.max);
    let mut body = ui.new_child(UiBuilder::new().max_rect(body).id_salt("detail"));
    let Some(shown) = shown else {
        widgets::empty_state(&mut body, text.timeline.nothing_chosen(), text.timeline.nothing_chosen_hint());
        return;
    };
    ScrollArea::vertical().id_salt("detail").auto_shrink(false).show(&mut body, |ui| {
        let inner = ui.available_rect_before_wrap().shrink2(Vec2::new(theme.sizes.side, 0.0));
        ui.scope_builder(UiBuilder::new().max_rect(inner), |ui| {
            ui.spacing_mut().item_spacing = Vec2::new(space::S, space::XXS);
            match &shown.1 {
                Some(access) if ui.available_width() >= WIDE => {
                    columns(ui, &mut |ui| contents(ui, model, &shown.0, text, out), &mut |ui| {
                        reach(ui, access, &theme, text)
                    });
                }
                Some(access) => {
                    contents(ui, model, &shown.0, text, out);
                    ui.add_space(space::S);
                    let top = ui.cursor().top();
                    ui.painter().hline(ui.max_rect().x_range(), top, theme.hairline());
                    reach(ui, access, &theme, text);
                }
                None => contents(ui, model, &shown.0, text, out),
            }
            ui.add_space(space::M);
        });
        widgets::reveal_focus(ui, "detail");
    });
}

type Part<'a> = &'a mut dyn FnMut(&mut Ui);

/// Two parts beside each other.
fn columns<'a>(ui: &mut Ui, left: Part<'a>, right: Part<'a>) {
    let all = ui.available_rect_before_wrap();
    let width = (all.width() - space::XL) / 2.0;
    let mut lower = all.top();
    for (salt, x, part) in [("left", all.left(), left), ("right", all.right() - width, right)] {
        let rect = Rect::from_min_size(egui::pos2(x, all.top()), Vec2::new(width, all.height()));
        let mut column = ui.new_child(UiBuilder::new().max_rect(rect).id_salt(("detail column", salt)));
        part(&mut column);
        lower = lower.max(column.min_rect().bottom());
    }
    ui.advance_cursor_after_rect(Rect::from_min_max(all.min, egui::pos2(all.right(), lower)));
}

type Known = (Detail, Option<Access>);

fn of_event(ui: &Ui, model: &Model, run: &RunView, event: EventId) -> Option<Cached<Known>> {
    let group = shown_group(model, run, event);
    let shape = (run.number, event, group, model.text().language, model.hides_secrets());
    let made = cached(ui, "event detail", shape, |(_, event, group, language, hides)| {
        let group = group.and_then(|group| of_group(*language, &run.trace, &run.timeline, group));
        let is_step = run.trace.event(*event).is_some_and(|event| matches!(event.kind, EventKind::Step(_)));
        if let Some(group) = group.clone().filter(|_| is_step) {
            return Some(Cached::new((group, None)));
        }
        detail(*language, &run.trace, &run.scenario, *event, *hides)
            .map(|detail| match group {
                Some(group) => Detail { group: group.title, callbacks: group.callbacks, ..detail },
                None => detail,
            })
            .map(|detail| Cached::new((detail, moment::access(&run.trace, *event))))
    });
    (*made).clone()
}

/// The group that is chosen with an event: it is folded, or the event is nothing but its beginning.
fn shown_group(model: &Model, run: &RunView, event: EventId) -> Option<usize> {
    let group = run.timeline.group_of(event)?;
    let is_step = matches!(run.trace.event(event)?.kind, EventKind::Step(_));
    (is_step || is_folded(&model.view, run.timeline.rows().get(group)?)).then_some(group)
}

/// What the event is, and at the right end of the room that there is, when it was.
fn title(ui: &mut Ui, shown: Option<&Known>, text: Text) {
    let Some((detail, _)) = shown else { return };
    let theme = theme::of(ui.ctx());
    let times = galley(ui.painter(), times(detail, text), theme.small(), theme.colors.muted);
    let end = Rect::from_min_max(
        egui::pos2(ui.max_rect().right() - times.size().x, ui.max_rect().top()),
        ui.max_rect().max,
    );
    ui.set_max_width(ui.available_width() - times.size().x - ui.spacing().item_spacing.x);
    let font = if detail.is_code { theme.code_strong() } else { theme.body_strong() };
    let (status, severity) = detail.status;
    let room = ui.available_width() - if status.is_empty() { 0.0 } else { 80.0 };
    let words = elided(ui.painter(), &detail.title, font, theme.colors.text, room.max(60.0));
    let (rect, response) = ui.allocate_exact_size(words.size(), Sense::hover());
    text_at(ui.painter(), rect.left_center(), Align2::LEFT_CENTER, words);
    response.widget_info(|| WidgetInfo::labeled(Role::Heading, true, &detail.title));
    if !status.is_empty() {
        chip(ui, &theme, status, tone(severity));
    }
    let spoken = times.text().to_owned();
    text_at(ui.painter(), end.right_center(), Align2::RIGHT_CENTER, times);
    let response = ui.interact(end, ui.scope_id().with("times"), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &spoken));
}

fn tone(severity: Severity) -> Tone {
    match severity {
        Severity::Ok | Severity::Note => Tone::Muted,
        Severity::Warning => Tone::Warn,
        Severity::Error => Tone::Error,
    }
}

/// A status in an outline.
fn chip(ui: &mut Ui, theme: &Theme, words: &str, tone: Tone) {
    let shown = elided(ui.painter(), words, theme.small(), theme.color(tone), ui.available_width().max(30.0));
    let size = Vec2::new(shown.size().x + space::M, theme.sizes.chip);
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    ui.painter().rect_stroke(rect, theme.radius(), theme.hairline(), StrokeKind::Inside);
    text_at(ui.painter(), rect.center(), Align2::CENTER_CENTER, shown);
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, words));
}

fn times(detail: &Detail, text: Text) -> String {
    let at = text.timeline.at(&text::duration(Duration::from_nanos(detail.at)));
    match detail.nanos {
        0 => at,
        nanos => format!("{} · {at}", text::duration(Duration::from_nanos(nanos))),
    }
}

fn close(ui: &mut Ui, out: &mut Vec<Command>) {
    out.extend(widgets::command_icon_button(ui, &Command::ToggleDetail, Icon::Cross, None));
}

fn contents(ui: &mut Ui, model: &Model, detail: &Detail, text: Text, out: &mut Vec<Command>) {
    let theme = theme::of(ui.ctx());
    ui.add_space(space::S);
    if let Some(filter) = &detail.filter {
        let name = text.timeline.legend_filter().to_owned();
        line(ui, &theme, &Field { name, value: Shown::Line(filter.clone()), link: None }, out);
    }
    if let Some((name, event)) = detail.inside {
        let field = Field {
            name: text.changes.in_callback().into(),
            value: Shown::Line(name.into()),
            link: Some(event),
        };
        line(ui, &theme, &field, out);
    }
    if let Some((calls, changes)) = detail.counts {
        let value = Shown::Line(text.timeline.made(calls, changes));
        line(ui, &theme, &Field { name: text.timeline.made_name().into(), value, link: None }, out);
    }
    if detail.host_nanos > 0 {
        let own = Duration::from_nanos(detail.nanos.saturating_sub(detail.host_nanos));
        let host = Duration::from_nanos(detail.host_nanos);
        let shares = text.timeline.shares(&text::duration(own), &text::duration(host));
        let value = Shown::Line(shares);
        line(ui, &theme, &Field { name: text.timeline.column_time().into(), value, link: None }, out);
    }
    if let Some(count) = detail.instructions {
        let name = text.timeline.column_instructions().to_owned();
        line(ui, &theme, &Field { name, value: Shown::Line(text::number(count)), link: None }, out);
    }
    for note in &detail.notes {
        ui.add_space(space::XXS);
        widgets::rich(ui, note, Tone::Text);
        ui.add_space(space::XXS);
    }
    if expecting::callout(model).is_some()
        && widgets::link(ui, &text.command(&Command::MakeMock), Some(Icon::Plus)).clicked()
    {
        out.push(Command::MakeMock);
    }
    if !detail.args.is_empty() {
        let raw = model.view.detail_raw;
        let has_raw = !detail.raw_args.is_empty();
        ui.add_space(space::XS);
        ui.horizontal(|ui| {
            widgets::strong_label(ui, text.timeline.arguments());
            if has_raw {
                ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                    let options = [text.timeline.decoded(), text.timeline.raw()];
                    let chosen =
                        Segmented::new(text.timeline.arguments(), &options, usize::from(raw)).show(ui);
                    if chosen.is_some_and(|chosen| (chosen == 1) != raw) {
                        out.push(Command::ToggleRawArguments);
                    }
                });
            }
        });
        let fields = if raw && has_raw { &detail.raw_args } else { &detail.args };
        fields.iter().for_each(|field| shown_field(ui, &theme, field, out));
    }
    if !detail.results.is_empty() {
        ui.add_space(space::XS);
        widgets::strong_label(ui, text.timeline.result());
        detail.results.iter().for_each(|field| shown_field(ui, &theme, field, out));
    }
    if !detail.callbacks.is_empty() {
        ui.add_space(space::XS);
        let heading = if detail.group.is_empty() { text.timeline.callbacks() } else { &detail.group };
        widgets::strong_label(ui, heading);
        for field in &detail.callbacks {
            // That of the event that is shown leads nowhere.
            let link = field.link.filter(|event| *event != detail.event);
            line(ui, &theme, &Field { link, ..field.clone() }, out);
        }
    }
    if !detail.changes.is_empty() {
        ui.add_space(space::XS);
        widgets::strong_label(ui, text.timeline.wrote());
        detail.changes.iter().for_each(|field| shown_field(ui, &theme, field, out));
    }
}

/// A name and a value, below each other where the value needs room.
fn shown_field(ui: &mut Ui, theme: &Theme, field: &Field, out: &mut Vec<Command>) {
    match &field.value {
        Shown::Line(_) => line(ui, theme, field, out),
        Shown::Pairs(pairs, all) => {
            let summary = Shown::Line(text::of(ui.ctx()).timeline.in_order(*all));
            line(ui, theme, &Field { value: summary, ..field.clone() }, out);
            widgets::pairs_box(ui, pairs, *all);
        }
        Shown::Block { note, text } => {
            line(ui, theme, &Field { value: Shown::Line(note.clone()), ..field.clone() }, out);
            widgets::text_box(ui, text);
        }
    }
}

fn line(ui: &mut Ui, theme: &Theme, field: &Field, out: &mut Vec<Command>) {
    let Shown::Line(value) = &field.value else { return };
    let width = ui.available_width();
    let name_width = NAME.max(0.0).min(width / 2.0);
    let name = elided(ui.painter(), &field.name, theme.small(), theme.colors.muted, width);
    // A long name, such as that of a header that was written, pushes its value on.
    let left = if name.size().x > name_width { name.size().x + space::S } else { name_width };
    let color = if field.link.is_some() { theme.colors.accent } else { theme.colors.text };
    let room = width - left;
    let (left, top, value_galley) = if room < width * 0.35 {
        let value = wrapped(ui.painter(), value, theme.code(), color, width - space::M);
        (space::M, name.size().y + space::XXS, value)
    } else {
        (left, 0.0, wrapped(ui.painter(), value, theme.code(), color, room))
    };
    let height = (top + value_galley.size().y).max(name.size().y).max(ROW);
    let sense = if field.link.is_some() { Sense::click() } else { Sense::hover() };
    let (rect, response) = ui.allocate_exact_size(Vec2::new(width, height), sense);
    let single = top == 0.0 && value_galley.size().y <= ROW;
    let y = |galley_height: f32| if single { rect.center().y - galley_height / 2.0 } else { rect.top() };
    let name_y = y(name.size().y);
    let value_y = y(value_galley.size().y) + top;
    text_at(ui.painter(), egui::pos2(rect.left(), name_y), Align2::LEFT_TOP, name);
    text_at(ui.painter(), egui::pos2(rect.left() + left, value_y), Align2::LEFT_TOP, value_galley);
    finish(ui, theme, &response, &format!("{}: {value}", field.name), field.link, out);
}

fn finish(
    ui: &Ui,
    theme: &Theme,
    response: &Response,
    spoken: &str,
    link: Option<EventId>,
    out: &mut Vec<Command>,
) {
    let role = if link.is_some() { Role::Link } else { Role::Label };
    response.widget_info(|| WidgetInfo::labeled(role, true, spoken));
    let Some(event) = link else { return };
    if response.hovered() {
        ui.ctx().set_cursor_icon(egui::CursorIcon::PointingHand);
    }
    if response.has_focus() {
        focus_ring(ui.painter(), theme, response.rect, tokens::FILL_RADIUS);
    }
    if response.clicked() {
        out.push(Command::RevealEvent(event));
    }
}

/// What the filter could reach, and what it could not and why.
fn reach(ui: &mut Ui, access: &Access, theme: &Theme, text: Text) {
    ui.add_space(space::XS);
    let language = text.language;
    let as_of = text.timeline.as_of_event(access.event.index() + 1);
    heading(ui, theme, text.timeline.accessible_here(), &as_of);
    for within in &access.within {
        let name = words::area(language, within.area);
        let can = words::within(language, within);
        area_row(ui, theme, Icon::Check, Tone::Ok, name, &can);
    }
    ui.add_space(space::XS);
    heading(ui, theme, text.timeline.not_accessible(), "");
    for beyond in &access.beyond {
        let name = words::area(language, beyond.area);
        let why = words::beyond(language, beyond).to_string();
        area_row(ui, theme, Icon::Dash, Tone::Muted, name, &why);
    }
}

fn heading(ui: &mut Ui, theme: &Theme, words: &str, right: &str) {
    let size = Vec2::new(ui.available_width(), theme.sizes.row);
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    let shown = galley(ui.painter(), words, theme.body_strong(), theme.colors.text);
    text_at(ui.painter(), rect.left_center(), Align2::LEFT_CENTER, shown);
    let note = galley(ui.painter(), right, theme.small(), theme.colors.muted);
    text_at(ui.painter(), rect.right_center(), Align2::RIGHT_CENTER, note);
    let spoken = format!("{words}, {right}");
    response.widget_info(|| WidgetInfo::labeled(Role::Heading, true, spoken.trim_end_matches(", ")));
}

fn area_row(ui: &mut Ui, theme: &Theme, icon: Icon, tone: Tone, name: &str, what: &str) {
    let width = ui.available_width();
    let left = space::XL + AREA;
    let what_galley =
        wrapped(ui.painter(), what, theme.small(), theme.colors.muted, (width - left).max(60.0));
    let height = what_galley.size().y.max(theme.sizes.row);
    let (rect, response) = ui.allocate_exact_size(Vec2::new(width, height), Sense::hover());
    let first = rect.top() + theme.sizes.row / 2.0;
    icon.paint(ui.painter(), egui::pos2(rect.left() + 6.0, first), 12.0, theme.color(tone));
    let shown = elided(ui.painter(), name, theme.body(), theme.colors.text, AREA);
    text_at(ui.painter(), egui::pos2(rect.left() + 20.0, first), Align2::LEFT_CENTER, shown);
    let is_single = what_galley.size().y <= theme.sizes.row;
    let top = if is_single { first - what_galley.size().y / 2.0 } else { rect.top() + space::XXS };
    text_at(ui.painter(), egui::pos2(rect.left() + left, top), Align2::LEFT_TOP, what_galley);
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, format!("{name}: {what}")));
}
