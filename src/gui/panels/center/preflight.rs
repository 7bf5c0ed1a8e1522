//! A page about a module: what it is, where it runs, what it imports and exports. It needs no run.

use egui::{Align2, Id, Rect, Response, Role, ScrollArea, Sense, Ui, UiBuilder, Vec2, WidgetInfo};

use crate::gui::commands::Command;
use crate::gui::model::{Model, Region};
use crate::gui::panels::{Cached, cached, enter};
use crate::gui::runs::RunView;
use crate::gui::text::{self, Text};
use crate::gui::theme::{self, Icon, Theme, Tone, space};
use crate::gui::widgets::{self, Button, Dropdown, SectionHead, elided, focus_ring, galley, text_at};
use crate::trace::Outcome;
use crate::view::preflight::{Check, Fact, Host, Name, Preflight};
use crate::view::sentences::Severity;

/// Width of the left column, in points, and of a page that has room for two.
const LEFT: f32 = 540.0;
const TWO_COLUMNS: f32 = 820.0;
/// Where the verdict and the reason of a host stand.
const VERDICT: f32 = 242.0;
const REASON: f32 = 318.0;
/// Width of the names of imports and callbacks.
const NAME: f32 = 224.0;
/// Height of the bar of sizes.
const BAR: f32 = 12.0;
/// Callbacks that are shown before the rest is asked for.
const FIRST_CALLBACKS: usize = 7;

pub fn show(ui: &mut Ui, model: &Model, out: &mut Vec<Command>) {
    let theme = theme::of(ui.ctx());
    let text = model.text();
    let all = ui.max_rect();
    let head = Rect::from_min_size(all.min, Vec2::new(all.width(), theme.sizes.tab_row));
    widgets::hairline_below(ui, &theme, head);
    let run = model.runs.current.as_deref();
    let page = run.and_then(|run| page(ui, model, run));
    let inner = head.shrink2(Vec2::new(theme.sizes.side, 0.0));
    ui.scope_builder(UiBuilder::new().max_rect(inner), |ui| {
        ui.spacing_mut().item_spacing.x = space::S;
        widgets::ends(
            ui,
            "preflight head",
            out,
            |ui, out| title(ui, model, run, text, out),
            |ui, out| actions(ui, page.as_deref(), text, out),
        );
    });
    let body = Rect::from_min_max(head.left_bottom(), all.max);
    let mut body = ui.new_child(UiBuilder::new().max_rect(body).id_salt("preflight"));
    match page {
        Some(page) => {
            ScrollArea::vertical().id_salt("preflight").auto_shrink(false).show(&mut body, |ui| {
                contents(ui, model, &page, text, out);
                widgets::reveal_focus(ui, "preflight");
            });
        }
        None => widgets::empty_state(&mut body, text.preflight.nothing(), text.preflight.nothing_hint()),
    }
}

/// The page about the chosen module of the chain; made anew when the module, the language or its start is another.
fn page(ui: &Ui, model: &Model, run: &RunView) -> Option<Cached<Preflight>> {
    let place = model.view.preflight.min(run.modules.len().checked_sub(1)?);
    let facts = &run.modules[place];
    let refused = match &run.trace.outcome {
        Outcome::Refused { filter, reason } if usize::from(*filter) == place => Some(reason.clone()),
        _ => None,
    };
    let name = model.document.as_ref()?.modules.get(place)?.name();
    let shape = (facts.sha256, name, model.text().language, refused);
    Some(cached(ui, "preflight", shape, |(_, name, language, refused)| {
        Preflight::new(*language, name, facts, refused.as_ref())
    }))
}

fn title(ui: &mut Ui, model: &Model, run: Option<&RunView>, text: Text, out: &mut Vec<Command>) {
    widgets::strong_label(ui, text.preflight.title());
    let names: Vec<String> = model
        .document
        .iter()
        .flat_map(|document| document.modules.iter().map(|module| module.name()))
        .collect();
    let known = run.map_or(0, |run| run.modules.len()).min(names.len());
    if known > 1 {
        let names: Vec<&str> = names[..known].iter().map(String::as_str).collect();
        let chosen = model.view.preflight.min(known - 1);
        if let Some(chosen) = Dropdown::new(text.preflight.which(), &names, chosen).show(ui) {
            out.push(Command::ShowPreflightOf(chosen));
        }
    }
    let room = ui.available_width();
    widgets::elided_label(ui, text.preflight.subtitle(), Tone::Muted, room);
}

fn actions(ui: &mut Ui, page: Option<&Preflight>, text: Text, out: &mut Vec<Command>) {
    if let Some(page) = page
        && Button::new(text.preflight.copy_markdown()).icon(Icon::Copy).show(ui).clicked()
    {
        ui.ctx().copy_text(page.markdown(text.language));
    }
    let back = Button::new(text.preflight.back()).key("Esc").show(ui);
    enter(&back, Region::Center);
    if back.clicked() {
        out.push(Command::Dismiss);
    }
}

fn contents(ui: &mut Ui, model: &Model, page: &Preflight, text: Text, out: &mut Vec<Command>) {
    let theme = theme::of(ui.ctx());
    ui.spacing_mut().item_spacing = Vec2::new(space::XL, 0.0);
    padded(ui, |ui| {
        ui.add_space(space::M);
        verdict(ui, page, &theme);
        ui.add_space(space::M);
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing.y = space::S;
            page.facts.iter().for_each(|fact| shown_fact(ui, fact));
        });
        ui.add_space(space::M);
    });
    let top = ui.cursor().top();
    let line =
        Rect::from_min_size(egui::pos2(ui.max_rect().left(), top), Vec2::new(ui.max_rect().width(), 0.0));
    widgets::hairline_below(ui, &theme, line);
    let width = ui.available_width();
    if width < TWO_COLUMNS {
        padded(ui, |ui| {
            left(ui, model, page, text, out);
            right(ui, model, page, text, out);
        });
        return;
    }
    let page_rect = ui.available_rect_before_wrap();
    let left_rect = Rect::from_min_size(page_rect.min, Vec2::new(LEFT, page_rect.height()));
    let right_rect = Rect::from_min_max(left_rect.right_top(), page_rect.max);
    let mut column = |salt: &str, rect: Rect, part: &mut dyn FnMut(&mut Ui)| {
        let mut column = ui.new_child(UiBuilder::new().max_rect(rect).id_salt(salt));
        padded(&mut column, |ui| part(ui));
        column.min_rect().bottom()
    };
    let lower = column("left", left_rect, &mut |ui| left(ui, model, page, text, out)).max(column(
        "right",
        right_rect,
        &mut |ui| right(ui, model, page, text, out),
    ));
    let used = Rect::from_min_max(page_rect.min, egui::pos2(page_rect.right(), lower));
    ui.advance_cursor_after_rect(used);
    let bottom = lower.max(ui.clip_rect().bottom());
    ui.painter().vline(left_rect.right(), top..=bottom, theme.hairline());
}

fn padded(ui: &mut Ui, contents: impl FnOnce(&mut Ui)) {
    let inner = ui.available_rect_before_wrap().shrink2(Vec2::new(space::L, 0.0));
    ui.scope_builder(UiBuilder::new().max_rect(inner), contents);
}

fn verdict(ui: &mut Ui, page: &Preflight, theme: &Theme) {
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = space::S;
        let (rect, _) = ui.allocate_exact_size(Vec2::splat(18.0), Sense::hover());
        let (icon, tone) = mark(page.severity);
        icon.paint(ui.painter(), rect.center(), 17.0, theme.color(tone));
        widgets::title(ui, page.verdict.as_str());
    });
}

/// The shape and tone of a severity.
fn mark(severity: Severity) -> (Icon, Tone) {
    match severity {
        Severity::Ok => (Icon::Check, Tone::Ok),
        Severity::Note => (Icon::Info, Tone::Muted),
        Severity::Warning => (Icon::Warning, Tone::Warn),
        Severity::Error => (Icon::Cross, Tone::Error),
    }
}

/// The label above the value, as one piece, so that facts wrap as a whole.
fn shown_fact(ui: &mut Ui, fact: &Fact) {
    let theme = theme::of(ui.ctx());
    let colors = theme.colors;
    let part = |words: &str, font, color| galley(ui.painter(), words, font, color);
    let label = part(fact.label, theme.small(), colors.muted);
    let value = part(&fact.value, theme.body(), colors.text);
    let note = part(&fact.note, theme.small(), colors.muted);
    let gap = if fact.note.is_empty() { 0.0 } else { space::XS };
    let width = (value.size().x + gap + note.size().x).max(label.size().x);
    let size = Vec2::new(width, label.size().y + value.size().y + space::XXS);
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    text_at(ui.painter(), rect.left_top(), Align2::LEFT_TOP, label);
    let value = text_at(ui.painter(), rect.left_bottom(), Align2::LEFT_BOTTOM, value);
    let beside = egui::pos2(value.right() + gap, value.center().y);
    text_at(ui.painter(), beside, Align2::LEFT_CENTER, note);
    let said = format!("{}: {} {}", fact.label, fact.value, fact.note);
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, said.trim_end()));
}

fn left(ui: &mut Ui, model: &Model, page: &Preflight, text: Text, out: &mut Vec<Command>) {
    let count = |severity: Severity| page.hosts.iter().filter(|host| host.severity == severity).count();
    let counts = text.preflight.hosts(count(Severity::Ok), count(Severity::Warning), count(Severity::Error));
    ui.add_space(space::M);
    SectionHead::new(text.preflight.where_it_runs()).summary(&counts).show(ui);
    for (place, host) in page.hosts.iter().enumerate() {
        if host_row(ui, host, model.view.preflight_host == Some(place)).clicked() {
            out.push(Command::SelectHost(place));
        }
    }
    ui.add_space(space::L);
    SectionHead::new(text.preflight.checks()).show(ui);
    page.checks.iter().for_each(|check| check_row(ui, check));
    ui.add_space(space::L);
    SectionHead::new(text.preflight.size_by_section()).show(ui);
    sizes(ui, page);
    if !page.custom_sections.is_empty() {
        ui.add_space(space::M);
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing = Vec2::new(space::M, space::XS);
            widgets::label(ui, text.preflight.custom_sections(), Tone::Muted);
            for name in &page.custom_sections {
                widgets::code_label(ui, name, Tone::Text);
            }
        });
    }
    ui.add_space(space::L);
}

/// A host in a row; one with imports behind its reason can be chosen, and then the list of imports shows only these.
fn host_row(ui: &mut Ui, host: &Host, is_chosen: bool) -> Response {
    let theme = theme::of(ui.ctx());
    let size = Vec2::new(ui.available_width(), theme.sizes.grid_row);
    let sense = if host.imports.is_empty() { Sense::hover() } else { Sense::click() };
    let (rect, response) = ui.allocate_exact_size(size, sense);
    let colors = theme.colors;
    if is_chosen || response.hovered() && sense != Sense::hover() {
        let fill = if is_chosen { colors.select } else { colors.hover };
        ui.painter().rect_filled(rect, theme.radius(), fill);
    }
    widgets::hairline_below(ui, &theme, rect);
    let middle = rect.center().y;
    let at = |left: f32| egui::pos2(rect.left() + left, middle);
    let painter = ui.painter();
    let (icon, tone) = mark(host.severity);
    icon.paint(painter, at(space::S + 6.0), theme.sizes.icon - 2.0, theme.color(tone));
    let name = galley(painter, host.name, theme.body(), colors.text);
    let name = text_at(painter, at(28.0), Align2::LEFT_CENTER, name);
    let room = rect.left() + VERDICT - name.right() - 2.0 * space::XS;
    let note = elided(painter, host.note, theme.small(), colors.muted, room);
    text_at(painter, egui::pos2(name.right() + space::XS, middle), Align2::LEFT_CENTER, note);
    let verdict = galley(painter, host.verdict, theme.small_strong(), theme.color(tone));
    text_at(painter, at(VERDICT), Align2::LEFT_CENTER, verdict);
    let reason =
        elided(painter, &host.reason, theme.small(), colors.muted, rect.width() - REASON - space::XS);
    text_at(painter, at(REASON), Align2::LEFT_CENTER, reason);
    if response.has_focus() {
        focus_ring(painter, &theme, rect, theme::tokens::RADIUS);
    }
    let said = format!("{} {}: {}, {}", host.name, host.note, host.verdict, host.reason);
    let role = if host.imports.is_empty() { Role::Label } else { Role::Button };
    response.widget_info(|| WidgetInfo::selected(role, true, is_chosen, said.as_str()));
    let about = if host.imports.is_empty() { said.clone() } else { host.imports.join(", ") };
    widgets::tooltip(&response, &about, None);
    response
}

fn check_row(ui: &mut Ui, check: &Check) {
    let theme = theme::of(ui.ctx());
    let (icon, tone) = mark(check.severity);
    let row = ui.available_rect_before_wrap();
    let middle = egui::pos2(row.left() + space::S + 6.0, row.top() + theme.sizes.grid_row / 2.0);
    icon.paint(ui.painter(), middle, theme.sizes.icon - 2.0, theme.color(tone));
    let words = Rect::from_min_max(egui::pos2(row.left() + 28.0, row.top()), row.max);
    ui.scope_builder(UiBuilder::new().max_rect(words), |ui| {
        ui.set_min_height(theme.sizes.grid_row);
        // What is wrong is told in full, under its title.
        if check.severity == Severity::Error {
            ui.add_space(space::XS);
            widgets::rich(ui, &check.title, Tone::Text);
            ui.add_space(space::XXS);
            widgets::prose(ui, check.detail.as_str(), Tone::Muted);
            ui.add_space(space::XS);
            return;
        }
        ui.horizontal(|ui| {
            ui.set_min_height(theme.sizes.grid_row);
            ui.spacing_mut().item_spacing.x = space::S;
            widgets::plain_label(ui, check.title.as_str());
            let room = ui.available_width();
            widgets::elided_label(ui, check.detail.as_str(), Tone::Muted, room);
        });
    });
}

fn sizes(ui: &mut Ui, page: &Preflight) {
    let theme = theme::of(ui.ctx());
    let colors = theme.colors;
    let fills = [colors.accent, colors.muted, colors.added.word, colors.removed.word, colors.select];
    let total: usize = page.sizes.iter().map(|(_, size)| size).sum();
    ui.add_space(space::XS);
    let (bar, _) = ui.allocate_exact_size(Vec2::new(ui.available_width(), BAR), Sense::hover());
    let mut left = bar.left();
    for ((_, size), fill) in page.sizes.iter().zip(fills) {
        let width = bar.width() * *size as f32 / total.max(1) as f32;
        let part = Rect::from_min_size(egui::pos2(left, bar.top()), Vec2::new((width - 1.0).max(1.0), BAR));
        ui.painter().rect_filled(part.intersect(bar), 2.0, fill);
        left += width;
    }
    ui.add_space(space::S);
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = Vec2::new(space::XS, space::XS);
        for ((name, size), fill) in page.sizes.iter().zip(fills) {
            let (rect, _) = ui.allocate_exact_size(Vec2::new(9.0, 14.0), Sense::hover());
            let square = Rect::from_center_size(rect.center(), Vec2::splat(8.0));
            ui.painter().rect_filled(square, 2.0, fill);
            ui.painter().rect_stroke(square, 2.0, theme.hairline(), egui::StrokeKind::Inside);
            widgets::label(ui, name, Tone::Text);
            widgets::label(ui, &text::bytes(*size as u64), Tone::Muted);
            ui.add_space(space::M);
        }
    });
}

fn right(ui: &mut Ui, model: &Model, page: &Preflight, text: Text, out: &mut Vec<Command>) {
    let host = model.view.preflight_host.and_then(|place| Some((place, page.hosts.get(place)?)));
    let host = host.filter(|(_, host)| !host.imports.is_empty());
    ui.add_space(space::M);
    let count = page.imports.len() + page.wasi.len();
    let summary = match host {
        Some((_, host)) => text.preflight.behind(host.imports.len(), host.name),
        None => text.preflight.imports_of(count, page.imports.len(), page.wasi.len()),
    };
    SectionHead::new(text.preflight.imports()).summary(&summary).show(ui);
    if let Some((place, host)) = host {
        let all = page.imports.iter().chain(&page.wasi);
        all.filter(|name| host.imports.contains(&name.name)).for_each(|name| name_row(ui, name));
        if widgets::link(ui, text.preflight.all_imports(), None).clicked() {
            out.push(Command::SelectHost(place));
        }
    } else {
        page.imports.iter().for_each(|name| name_row(ui, name));
        more(ui, "wasi", &text.preflight.wasi(page.wasi.len()), &page.wasi);
    }
    ui.add_space(space::L);
    SectionHead::new(text.preflight.callbacks()).summary(&text::number(page.callbacks.len())).show(ui);
    let (first, rest) = page.callbacks.split_at(page.callbacks.len().min(FIRST_CALLBACKS));
    first.iter().for_each(|name| name_row(ui, name));
    more(ui, "callbacks", &text.preflight.more(rest.len()), rest);
    if !page.memory.is_empty() {
        ui.add_space(space::L);
        SectionHead::new(text.preflight.memory()).summary(&text::number(page.memory.len())).show(ui);
        page.memory.iter().for_each(|name| name_row(ui, name));
    }
    if !page.others.is_empty() {
        ui.add_space(space::L);
        SectionHead::new(text.preflight.others()).summary(&text::number(page.others.len())).show(ui);
        for name in &page.others {
            ui.horizontal(|ui| {
                ui.add_space(space::S);
                widgets::code_label(ui, name, Tone::Muted);
            });
        }
    }
    ui.add_space(space::L);
}

/// Further names, folded until they are asked for.
fn more(ui: &mut Ui, salt: &str, words: &str, names: &[Name]) {
    if names.is_empty() {
        return;
    }
    let id = Id::unique("preflight more").with(salt);
    let mut open = ui.data(|data| data.get_temp(id)).unwrap_or(false);
    SectionHead::new(words).quiet().foldable(&mut open).show(ui);
    ui.data_mut(|data| data.insert_temp(id, open));
    if open {
        names.iter().for_each(|name| name_row(ui, name));
    }
}

fn name_row(ui: &mut Ui, name: &Name) {
    let theme = theme::of(ui.ctx());
    let (rect, response) =
        ui.allocate_exact_size(Vec2::new(ui.available_width(), theme.sizes.dense_row), Sense::hover());
    let (painter, colors, middle) = (ui.painter(), theme.colors, rect.center().y);
    let is_bad = name.severity == Severity::Error;
    let left = rect.left() + space::S;
    let name_room = NAME.min(rect.width() * 0.6);
    let tone = if is_bad { Tone::Error } else { Tone::Text };
    let shown = elided(painter, &name.name, theme.code(), theme.color(tone), name_room - space::XS);
    text_at(painter, egui::pos2(left, middle), Align2::LEFT_CENTER, shown);
    let room = rect.right() - left - name_room;
    let meaning = elided(painter, &name.meaning, theme.small(), colors.muted, room);
    text_at(painter, egui::pos2(left + name_room, middle), Align2::LEFT_CENTER, meaning);
    let said = format!("{}: {}", name.name, name.meaning);
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, said.as_str()));
    widgets::tooltip(&response, &said, None);
}
