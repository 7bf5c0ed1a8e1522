//! What there is to see of a trap: the stack with the filter's own code in front, what production would do, and the host
//! calls before it.

use egui::{Align2, Frame, Margin, Rect, Sense, Ui, Vec2, WidgetInfo};

use crate::gui::commands::Command;
use crate::gui::model::Model;
use crate::gui::panels::cached;
use crate::gui::runs::RunView;
use crate::gui::text::Text;
use crate::gui::theme::{self, Icon, Theme, Tone, space, tokens};
use crate::gui::widgets::{self, CheckBox, elided, focus_ring, galley, text_at, text_right};
use crate::scenario::FailurePolicy;
use crate::trace::{Direction, EventKind, Frame as StackFrame, Outcome, Step, StreamAction, Trace, Trap};
use crate::view::call::{self, CallView};
use crate::view::sentences::trap::{self as words, Consequence, Owner};
use crate::view::{call_line, secrets};

/// Most frames that are shown.
const FRAMES: usize = 40;
/// Columns of the frames, in points: number, offset.
const NUMBER: f32 = 28.0;
const OFFSET: f32 = 76.0;
/// Column of the policies, in points.
const POLICY: f32 = 120.0;

/// The stack, innermost function first. Runs of frames of the runtime and of the SDK are one row each until asked for.
pub fn frames(ui: &mut Ui, model: &Model, trap: &Trap, text: Text, out: &mut Vec<Command>) {
    let backtrace = &trap.backtrace;
    if backtrace.frames.is_empty() {
        return;
    }
    let theme = theme::of(ui.ctx());
    let groups = words::frame_groups(backtrace);
    let folds = groups.iter().any(|(owner, _)| *owner != Owner::Filter);
    ui.add_space(space::M);
    ui.horizontal(|ui| {
        widgets::strong_label(ui, text.errors.frames());
        widgets::label(ui, &crate::gui::text::number(backtrace.frames.len()), Tone::Muted);
        if folds {
            ui.add_space(space::M);
            let mut only = !model.view.all_frames;
            CheckBox::new(&mut only, text.errors.only_my_code()).small().show(ui);
            if only == model.view.all_frames {
                out.push(Command::OnlyMyCode);
            }
        }
    });
    let frame = Frame::new()
        .fill(theme.colors.sunk)
        .stroke(theme.edge())
        .corner_radius(theme.radius())
        .inner_margin(Margin::symmetric(space::S as i8, space::XS as i8));
    frame.show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.spacing_mut().item_spacing.y = 0.0;
        let mut left = FRAMES;
        for (owner, range) in groups {
            let begin = range.start;
            let is_open = model.view.all_frames != model.view.unfolded_frames.contains(&begin);
            if owner != Owner::Filter {
                let name = words::group_name(text.language, owner, range.len());
                group(ui, &theme, &name, &backtrace.frames[range.clone()], is_open, begin, text, out);
            }
            if owner == Owner::Filter || is_open {
                for (place, frame) in
                    backtrace.frames.iter().enumerate().take(range.end).skip(begin).take(left)
                {
                    left -= 1;
                    self::frame(ui, &theme, place, frame, owner == Owner::Filter, text, out);
                }
            }
        }
    });
    if backtrace.frames.iter().all(|frame| frame.name.is_none()) {
        widgets::prose(ui, text.errors.keep_names(), Tone::Muted);
    }
}

/// One row for frames that are not the filter's own; a click or Enter shows them.
#[expect(clippy::too_many_arguments, reason = "one call, and each is one fact about the row")]
fn group(
    ui: &mut Ui,
    theme: &Theme,
    name: &str,
    frames: &[StackFrame],
    is_open: bool,
    begin: usize,
    text: Text,
    out: &mut Vec<Command>,
) {
    let (rect, response) =
        ui.allocate_exact_size(Vec2::new(ui.available_width(), theme.sizes.row), Sense::click());
    let middle = rect.center().y;
    let icon = if is_open { Icon::ChevronDown } else { Icon::ChevronRight };
    let color = if response.hovered() { theme.colors.text } else { theme.colors.muted };
    icon.paint(ui.painter(), egui::pos2(rect.left() + 8.0, middle), theme.sizes.icon - 2.0, color);
    let inside: Vec<String> = frames.iter().take(4).map(words::frame_name).collect();
    let line = match is_open {
        true => name.to_owned(),
        false => format!("{name}: {}", inside.join(", ")),
    };
    let left = rect.left() + NUMBER;
    let shown = elided(ui.painter(), line.as_str(), theme.small(), color, rect.right() - left);
    let is_cut = shown.elided;
    text_at(ui.painter(), egui::pos2(left, middle), Align2::LEFT_CENTER, shown);
    if response.has_focus() {
        focus_ring(ui.painter(), theme, rect.shrink(2.0), tokens::RADIUS);
    }
    let spoken = if is_open { text.widgets.fold(name) } else { text.widgets.unfold(name) };
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Button, true, &spoken));
    if is_cut {
        widgets::tooltip(&response, &line, None);
    }
    if response.clicked() {
        out.push(Command::UnfoldFrames(begin));
    }
}

/// Number, offset in the file, function, and where in the source it is: a link that copies the place.
fn frame(
    ui: &mut Ui,
    theme: &Theme,
    place: usize,
    frame: &StackFrame,
    is_own: bool,
    text: Text,
    out: &mut Vec<Command>,
) {
    let (rect, row) =
        ui.allocate_exact_size(Vec2::new(ui.available_width(), theme.sizes.row), Sense::hover());
    let middle = rect.center().y;
    let muted = theme.colors.muted;
    let painter = ui.painter();
    text_right(
        painter,
        rect.left() + NUMBER - space::S,
        middle,
        place.to_string(),
        theme.small_code(),
        muted,
    );
    let offset = galley(painter, format!("{:#07x}", frame.offset), theme.small_code(), muted);
    text_at(painter, egui::pos2(rect.left() + NUMBER, middle), Align2::LEFT_CENTER, offset);
    let mut right = rect.right();
    let source = frame.source.as_ref().map(|(file, line, _)| format!("{}:{line}", words::short_path(file)));
    if let (Some(source), Some((file, line, _))) = (&source, &frame.source) {
        let shown =
            elided(painter, source.as_str(), theme.small_code(), theme.colors.accent, rect.width() * 0.4);
        let size = shown.size();
        right -= size.x;
        let link_rect = Rect::from_center_size(
            egui::pos2(rect.right() - size.x / 2.0, middle),
            Vec2::new(size.x, theme.sizes.row),
        );
        let response = ui.interact(link_rect, row.id.with("source"), Sense::click());
        text_at(ui.painter(), egui::pos2(right, middle), Align2::LEFT_CENTER, shown);
        if response.has_focus() {
            focus_ring(ui.painter(), theme, link_rect.shrink2(Vec2::new(0.0, 2.0)), tokens::FILL_RADIUS);
        }
        let whole = format!("{file}:{line}");
        response.widget_info(|| WidgetInfo::labeled(egui::Role::Link, true, text.errors.copy_place(source)));
        widgets::tooltip(&response, &text.errors.copy_place(&whole), None);
        if response.clicked() {
            out.push(Command::CopyPlace(whole));
        }
        right -= space::M;
    }
    let name = words::frame_name(frame);
    let (font, color) = match is_own {
        true => (theme.code_strong(), theme.colors.text),
        false => (theme.code(), muted),
    };
    let left = rect.left() + NUMBER + OFFSET;
    let shown = elided(ui.painter(), name.as_str(), font, color, right - left);
    let is_cut = shown.elided;
    text_at(ui.painter(), egui::pos2(left, middle), Align2::LEFT_CENTER, shown);
    let spoken = format!("{place} {name} {}", source.as_deref().unwrap_or_default());
    row.widget_info(|| WidgetInfo::labeled(egui::Role::Label, true, spoken.trim_end()));
    if is_cut {
        widgets::tooltip(&row, &name, None);
    }
}

/// What Envoy does after this trap, by policy; the policy of the scenario stands out.
pub fn production(ui: &mut Ui, run: &RunView, trap: &Trap, text: Text) {
    let shape = (run.number, run.exchange);
    let headers_sent = *cached(ui, "trap headers sent", shape, |_| headers_sent(&run.trace, run.exchange));
    let Some((rows, own)) = consequences(run, trap, headers_sent, text) else { return };
    let theme = theme::of(ui.ctx());
    ui.add_space(space::L);
    widgets::strong_label(ui, text.errors.in_production());
    ui.add_space(space::XS);
    let heads = [text.errors.policy(), text.errors.this_request(), text.errors.next_requests()];
    line(ui, &theme, heads, false, true, text);
    for row in &rows {
        let cells = [row.name, row.this_request, row.next_requests];
        line(ui, &theme, cells, row.policy == own, false, text);
    }
}

fn consequences(
    run: &RunView,
    trap: &Trap,
    headers_sent: bool,
    text: Text,
) -> Option<([Consequence; 3], FailurePolicy)> {
    // A filter that does not even start serves nobody: there is no request to speak of.
    let Outcome::Trapped(_) = run.outcome() else { return None };
    let filter = run.scenario.chain.get(usize::from(trap.filter))?;
    let rows = words::consequences(text.language, trap, headers_sent, filter.fail_open);
    Some((rows, filter.failure_policy.unwrap_or_default()))
}

/// Whether response headers had left for the client when the filter failed.
fn headers_sent(trace: &Trace, exchange: usize) -> bool {
    let mut is_here = false;
    for event in trace.events() {
        match event.kind {
            EventKind::Step(Step::RequestHeaders { exchange: found }) => {
                is_here = usize::from(found) == exchange
            }
            EventKind::Callback { failed: true, .. } if is_here => return false,
            EventKind::Stream(StreamAction::HeadersSent { direction: Direction::Response, .. })
                if is_here =>
            {
                return true;
            }
            _ => {}
        }
    }
    false
}

fn line(ui: &mut Ui, theme: &Theme, cells: [&str; 3], is_own: bool, is_head: bool, text: Text) {
    // Two columns of prose share what the policy leaves.
    let width = ui.available_width();
    let policy = POLICY.min(width / 3.0);
    let prose = (width - policy - space::M) / 2.0;
    let color = if is_head { theme.colors.muted } else { theme.colors.text };
    let lay = |words: &str, width: f32, strong: bool| {
        let font = match (is_head, strong) {
            (true, _) => theme.small(),
            (false, true) => theme.code_strong(),
            (false, false) => theme.body(),
        };
        widgets::wrapped(ui.painter(), words, font, color, width - space::S)
    };
    let galleys = [lay(cells[0], policy, true), lay(cells[1], prose, false), lay(cells[2], prose, false)];
    let height = galleys.iter().map(|galley| galley.size().y).fold(theme.sizes.row, f32::max) + space::XXS;
    let (rect, response) = ui.allocate_exact_size(Vec2::new(width, height), Sense::hover());
    if is_own {
        ui.painter().rect_filled(rect, 0.0, theme.colors.select);
    }
    let lefts = [space::M, policy + space::M, policy + prose + space::M];
    for (galley, left) in galleys.into_iter().zip(lefts) {
        text_at(ui.painter(), egui::pos2(rect.left() + left, rect.center().y), Align2::LEFT_CENTER, galley);
    }
    let mut spoken = cells.join(", ");
    if is_own {
        spoken = format!("{spoken}, {}", text.errors.own_policy());
        widgets::tooltip(&response, text.errors.own_policy(), None);
    }
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Label, true, &spoken));
}

fn calls(run: &RunView, trap: &Trap, masks: bool) -> Vec<CallView> {
    let calls = trap.last_calls.iter().filter_map(|id| call::decode(&run.trace, *id));
    calls
        .map(|mut call| {
            if masks {
                secrets::mask_call(&mut call);
            }
            call
        })
        .collect()
}

/// What the filter asked of the host before it failed, with the answers. Each leads to its event.
pub fn last_calls(
    ui: &mut Ui,
    model: &Model,
    run: &RunView,
    trap: &Trap,
    text: Text,
    out: &mut Vec<Command>,
) {
    let calls = calls(run, trap, model.hides_secrets());
    if calls.is_empty() {
        return;
    }
    let theme = theme::of(ui.ctx());
    ui.add_space(space::L);
    ui.horizontal(|ui| {
        widgets::strong_label(ui, text.errors.last_host_calls());
        widgets::label(ui, text.errors.before_the_trap(), Tone::Muted);
    });
    ui.add_space(space::XS);
    for call in calls {
        let (rect, response) =
            ui.allocate_exact_size(Vec2::new(ui.available_width(), theme.sizes.row), Sense::click());
        let middle = rect.center().y;
        if response.hovered() {
            ui.painter().rect_filled(rect, 0.0, theme.colors.hover);
        }
        let tone = if call.is_ok() { theme.colors.ok } else { theme.colors.warn };
        let painter = ui.painter();
        let right =
            text_right(painter, rect.right() - space::M, middle, call.status, theme.small_strong(), tone);
        let number = format!("#{}", call.number);
        text_right(
            painter,
            rect.left() + 40.0,
            middle,
            number.as_str(),
            theme.small_code(),
            theme.colors.muted,
        );
        let name = galley(painter, call.call.short_name(), theme.code(), theme.colors.text);
        let at = egui::pos2(rect.left() + 48.0, middle);
        let end = text_at(painter, at, Align2::LEFT_CENTER, name).right() + space::M;
        let summary = call_line::summary(text.language, &run.trace, &call);
        let room = right - end - space::M;
        if room > 24.0 {
            let shown = elided(painter, summary.as_str(), theme.small(), theme.colors.muted, room);
            text_at(painter, egui::pos2(end, middle), Align2::LEFT_CENTER, shown);
        }
        if response.has_focus() {
            focus_ring(ui.painter(), &theme, rect.shrink(2.0), tokens::RADIUS);
        }
        let spoken = format!("{number} {} {summary}, {}", call.call.short_name(), call.status);
        response.widget_info(|| WidgetInfo::labeled(egui::Role::Button, true, &spoken));
        widgets::tooltip(&response, &spoken, None);
        if response.clicked() {
            out.push(Command::ShowEvent(call.event));
        }
    }
}

/// Stack, consequences and calls as text, for the report.
pub fn report(run: &RunView, trap: &Trap, masks: bool, text: Text) -> String {
    let mut lines = Vec::new();
    if !trap.backtrace.frames.is_empty() {
        lines.push(format!("\n{}", text.errors.frames()));
        for (place, frame) in trap.backtrace.frames.iter().enumerate().take(FRAMES) {
            let source = frame.source.as_ref().map(|(file, line, _)| format!("  {file}:{line}"));
            let name = words::frame_name(frame);
            lines.push(format!("{place:>3} {:#07x} {name}{}", frame.offset, source.unwrap_or_default()));
        }
    }
    let sent = headers_sent(&run.trace, run.exchange);
    if let Some((rows, own)) = consequences(run, trap, sent, text) {
        lines.push(format!("\n{}", text.errors.in_production()));
        for row in rows {
            let mark = if row.policy == own { "*" } else { " " };
            lines.push(format!("{mark} {}: {}; {}", row.name, row.this_request, row.next_requests));
        }
    }
    let calls = calls(run, trap, masks);
    if !calls.is_empty() {
        lines.push(format!("\n{}", text.errors.last_host_calls()));
        for call in calls {
            let summary = call_line::summary(text.language, &run.trace, &call);
            lines.push(format!("#{} {} {summary} → {}", call.number, call.call.short_name(), call.status));
        }
    }
    lines.iter().map(|line| format!("{line}\n")).collect()
}
