//! What stands where no filter is open: a place to drop one, the samples, and what was open before.

use std::path::Path;

use egui::{
    Align2, Id, Pos2, Rect, Response, Role, ScrollArea, Sense, Shape, Stroke, StrokeKind, Ui, UiBuilder,
    Vec2, WidgetInfo,
};

use super::overlays::drop_words;
use crate::abi::AbiVersion;
use crate::gui::{
    commands::Command,
    model::{Model, Region},
    settings::Recent,
    text::{self, Language, Text},
    theme::{self, Icon, Theme, Tone, space, tokens},
    widgets::{
        Button, Card, IconButton, SectionHead, elided, focus_ring, galley, paint_key_cap, paint_tag,
        reveal_focus, text_at, text_left, tooltip, wrapped,
    },
};
use crate::samples::{self, Sample};

const DROP_HEIGHT: f32 = 124.0;
const CARD_HEIGHT: f32 = 116.0;
/// Widths from which on two and three cards stand side by side.
const TWO_CARDS: f32 = 440.0;
const THREE_CARDS: f32 = 720.0;
/// Dashes of the drop zone's border.
const DASH: (f32, f32) = (6.0, 5.0);
/// Where the result of a recent file begins, from the right.
const OUTCOME: f32 = 232.0;

pub fn show(ui: &mut Ui, model: &Model, out: &mut Vec<Command>) {
    let text = model.text();
    let theme = theme::of(ui.ctx());
    let fresh = just_opened(ui, Id::unique("empty screen"));
    ScrollArea::vertical().id_salt("empty screen").auto_shrink(false).show(ui, |ui| {
        let whole = ui.max_rect();
        let width = tokens::width::EMPTY_COLUMN.min(whole.width() - 2.0 * space::XL);
        let left = (whole.center().x - width / 2.0).round();
        let top = ui.cursor().top() + if whole.height() > 560.0 { 40.0 } else { space::XL };
        let column = Rect::from_min_max(Pos2::new(left, top), Pos2::new(left + width, f32::INFINITY));
        ui.scope_builder(UiBuilder::new().max_rect(column), |ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            drop_zone(ui, model, text, &theme, out);
            ui.add_space(space::XL);
            SectionHead::new(text.empty.try_a_sample()).summary(text.empty.samples_hint()).show(ui);
            ui.add_space(space::S);
            cards(ui, text, Region::Center.entry(), out);
            ui.add_space(space::XL);
            recent(ui, model, text, &theme, out);
            ui.add_space(space::XL);
        });
        reveal_focus(ui, "empty screen");
    });
    if fresh {
        ui.memory_mut(|memory| memory.request_focus(Region::Center.entry()));
    }
}

/// Whether this was not shown in the frame before.
pub(super) fn just_opened(ui: &Ui, id: Id) -> bool {
    let now = ui.ctx().cumulative_pass_nr();
    let last = ui.data(|data| data.get_temp::<u64>(id));
    ui.data_mut(|data| data.insert_temp(id, now));
    last.is_none_or(|last| now > last + 1)
}

fn drop_zone(ui: &mut Ui, model: &Model, text: Text, theme: &Theme, out: &mut Vec<Command>) {
    let size = Vec2::new(ui.available_width(), DROP_HEIGHT);
    let (rect, zone) = ui.allocate_exact_size(size, Sense::hover());
    let colors = theme.colors;
    let radius = theme.card_radius();
    let dragged = drop_words(model);
    let over = dragged.is_some();
    let (fill, title) = match &dragged {
        Some(words) => (colors.added.row, words.title.as_str()),
        None => (colors.sunk, text.empty.drop_here()),
    };
    ui.painter().rect_filled(rect, radius, fill);
    if over {
        let border = Stroke::new(tokens::RING, colors.accent);
        ui.painter().rect_stroke(rect, radius, border, StrokeKind::Inside);
    } else {
        dashed(ui, theme, rect);
    }
    let hint = dragged.as_ref().map_or(text.empty.also_accepts(), |words| words.hint.as_str());
    zone.widget_info(|| WidgetInfo::labeled(Role::Label, true, title));

    let key = Command::OpenDialog.shortcut(ui.ctx()).unwrap_or_default();
    let open = text.command(&Command::OpenDialog);
    let words = galley(ui.painter(), title, theme.title(), colors.text);
    let or = galley(ui.painter(), text.empty.or(), theme.body(), colors.muted);
    let icon = theme.sizes.title;
    let button = if over { 0.0 } else { Button::new(open.clone()).key(key.as_str()).main().width(ui) };
    let rest = if over { 0.0 } else { space::M + or.size().x + space::M + button };
    let line = icon + space::S + words.size().x + rest;
    let middle = rect.top() + 50.0;
    let mut left = (rect.center().x - line / 2.0).max(rect.left() + space::M).round();
    Icon::Download.paint(ui.painter(), Pos2::new(left + icon / 2.0, middle), icon, colors.muted);
    left += icon + space::S;
    left = text_at(ui.painter(), Pos2::new(left, middle), Align2::LEFT_CENTER, words).right();
    if !over {
        left = text_at(ui.painter(), Pos2::new(left + space::M, middle), Align2::LEFT_CENTER, or).right();
        let place = Rect::from_min_size(
            Pos2::new(left + space::M, middle - theme.sizes.control / 2.0),
            Vec2::new(button, theme.sizes.control),
        );
        let mut child = ui.new_child(UiBuilder::new().max_rect(place));
        if Button::new(open).key(key).main().show(&mut child).clicked() {
            out.push(Command::OpenDialog);
        }
    }
    let hint = elided(ui.painter(), hint, theme.small(), colors.muted, rect.width() - 2.0 * space::M);
    text_at(ui.painter(), Pos2::new(rect.center().x, rect.top() + 78.0), Align2::CENTER_CENTER, hint);
}

fn dashed(ui: &Ui, theme: &Theme, rect: Rect) {
    let inner = rect.shrink(tokens::LINE / 2.0);
    let radius = f32::from(tokens::CARD_RADIUS);
    let mut points = Vec::new();
    let corners = [
        (inner.right_top() + Vec2::new(-radius, radius), -0.25),
        (inner.right_bottom() + Vec2::new(-radius, -radius), 0.0),
        (inner.left_bottom() + Vec2::new(radius, -radius), 0.25),
        (inner.left_top() + Vec2::new(radius, radius), 0.5),
    ];
    for (center, from) in corners {
        for step in 0..=6_u8 {
            let turn = (from + 0.25 * f32::from(step) / 6.0) * std::f32::consts::TAU;
            points.push(center + radius * Vec2::angled(turn));
        }
    }
    points.extend(points.first().copied());
    ui.painter().extend(Shape::dashed_line(&points, theme.edge(), DASH.0, DASH.1));
}

/// The samples as cards; the first has the id `first`.
pub(super) fn cards(ui: &mut Ui, text: Text, first: Id, out: &mut Vec<Command>) {
    let samples = samples::all();
    let gap = space::M;
    let whole = ui.available_width();
    let columns = match whole {
        width if width >= THREE_CARDS => 3,
        width if width >= TWO_CARDS => 2,
        _ => 1,
    };
    let width = (whole - gap * (columns - 1) as f32) / columns as f32;
    let theme = theme::of(ui.ctx());
    let lines = |sample: &Sample| {
        summary(ui, &theme, in_language(sample, text.language).1, width - 2.0 * space::M).rows.len()
    };
    // A sentence that needs more lines makes all cards higher, so that they stand in rows.
    let more = samples.iter().map(lines).max().unwrap_or(1).saturating_sub(1);
    let height = CARD_HEIGHT + if more > 0 { space::S + 16.0 * (more - 1) as f32 } else { 0.0 };
    for (row, chunk) in samples.chunks(columns).enumerate() {
        if row > 0 {
            ui.add_space(gap);
        }
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = gap;
            for (column, sample) in chunk.iter().enumerate() {
                let place = row * columns + column;
                let id = if place == 0 { first } else { first.with(place) };
                // On whole points, and the last one's edge where the row ends.
                let left = ((width + gap) * column as f32).round();
                let right = ((width + gap) * column as f32 + width).round();
                if card(ui, text, sample, place, id, Vec2::new(right - left, height)).clicked() {
                    out.push(Command::OpenSample(sample.id.to_owned()));
                }
            }
        });
    }
}

fn card(ui: &mut Ui, text: Text, sample: &Sample, place: usize, id: Id, size: Vec2) -> Response {
    let (title, summary) = in_language(sample, text.language);
    let spoken = text.empty.sample_card(title, summary);
    Card::new().button(ui, Some(id), size, &spoken, |ui, rect| {
        let theme = theme::of(ui.ctx());
        let painter = ui.painter();
        let inner = rect.shrink(space::M);
        let cap = Pos2::new(inner.right() - 17.0, inner.top() + 9.0);
        // Digits are keys as long as there are digits.
        let end = if place < 9 {
            paint_key_cap(painter, &theme, cap, &(place + 1).to_string()).left()
        } else {
            inner.right()
        };
        let words = elided(painter, title, theme.section(), theme.colors.text, end - inner.left() - space::S);
        text_at(painter, Pos2::new(inner.left(), inner.top() + 9.0), Align2::LEFT_CENTER, words);
        let id = elided(painter, sample.id, theme.small_code(), theme.colors.muted, inner.width());
        text_at(painter, Pos2::new(inner.left(), inner.top() + 29.0), Align2::LEFT_CENTER, id);
        let words = self::summary(ui, &theme, summary, inner.width());
        let top = inner.top() + if words.rows.len() > 1 { 41.0 } else { 44.0 };
        text_at(painter, Pos2::new(inner.left(), top), Align2::LEFT_TOP, words);
        let mut left = inner.left();
        let abi = abi(sample).map(|version| text.frame.abi(version.number()));
        let tags = [Some(sample.language.clone()), abi, Some(text::bytes(sample.module.len() as u64))];
        for tag in tags.into_iter().flatten() {
            left =
                paint_tag(painter, &theme, Pos2::new(left, inner.bottom() - 10.0), &tag).right() + space::XS;
        }
    })
}

/// A sample's sentence: one line of body type, or several of small type.
fn summary(ui: &Ui, theme: &Theme, words: &str, width: f32) -> std::sync::Arc<egui::Galley> {
    let one = wrapped(ui.painter(), words, theme.body(), theme.colors.text, width);
    if one.rows.len() == 1 {
        one
    } else {
        wrapped(ui.painter(), words, theme.small(), theme.colors.text, width)
    }
}

pub(super) fn in_language(sample: &Sample, language: Language) -> (&str, &str) {
    match language {
        Language::English => (&sample.title_en, &sample.summary_en),
        Language::SimplifiedChinese => (&sample.title_zh, &sample.summary_zh),
    }
}

/// The ABI version whose marker is among the module's strings: exports are written as plain text. Looked for once.
fn abi(sample: &Sample) -> Option<AbiVersion> {
    use std::sync::LazyLock;
    static KNOWN: LazyLock<Vec<Option<AbiVersion>>> = LazyLock::new(|| {
        let marked = |module: &[u8], version: &AbiVersion| {
            let marker = version.marker().as_bytes();
            module.windows(marker.len()).any(|window| window == marker)
        };
        let of =
            |sample: &Sample| AbiVersion::ALL.iter().rev().find(|version| marked(sample.module, version));
        samples::all().iter().map(|sample| of(sample).copied()).collect()
    });
    let place = samples::all().iter().position(|known| known.id == sample.id)?;
    KNOWN.get(place).copied().flatten()
}

fn recent(ui: &mut Ui, model: &Model, text: Text, theme: &Theme, out: &mut Vec<Command>) {
    SectionHead::new(text.empty.recent()).show(ui);
    if model.settings.recent.is_empty() {
        let size = Vec2::new(ui.available_width(), theme.sizes.recent_row);
        let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
        let words = text.empty.no_recent();
        text_left(ui.painter(), rect.left(), rect.center().y, words, theme.small(), theme.colors.muted);
        response.widget_info(|| WidgetInfo::labeled(Role::Label, true, words));
    }
    for (place, recent) in model.settings.recent.iter().enumerate() {
        let there = !model.looking.is_gone(&recent.path);
        recent_row(ui, text, theme, (place, recent, there), out);
    }
}

fn recent_row(
    ui: &mut Ui,
    text: Text,
    theme: &Theme,
    (place, recent, there): (usize, &Recent, bool),
    out: &mut Vec<Command>,
) {
    let colors = theme.colors;
    let name = file_name(&recent.path);
    let folder = recent.path.parent().map(file_name).unwrap_or_default();
    let (icon, word, tone) = match (there, recent.outcome.as_deref()) {
        (false, _) => (Icon::Cross, text.empty.file_gone(), Tone::Muted),
        (true, outcome) => outcome_mark(text, outcome),
    };
    let size = Vec2::new(ui.available_width(), theme.sizes.recent_row);
    let (rect, _) = ui.allocate_exact_size(size, Sense::hover());
    let id = Id::unique(("recent", &recent.path));
    let remove_id = id.with("remove");
    let remove_rect = Rect::from_center_size(
        rect.right_center() - Vec2::new(theme.sizes.control / 2.0 + space::XS, 0.0),
        Vec2::splat(theme.sizes.control),
    );
    let row = ui.interact(rect, id, if there { Sense::click() } else { Sense::hover() });
    let hovered = ui.rect_contains_pointer(rect);
    let tools = hovered || ui.memory(|memory| memory.has_focus(remove_id) || memory.has_focus(id));
    if hovered && there {
        ui.painter().rect_filled(rect, theme.radius(), colors.hover);
    }
    let middle = rect.center().y;
    let is_scenario = recent.path.extension().is_some_and(|kind| kind == "json");
    let kind = if is_scenario { Icon::List } else { Icon::File };
    let size = theme.sizes.icon;
    kind.paint(ui.painter(), Pos2::new(rect.left() + space::S + size / 2.0, middle), size, colors.muted);
    let left = rect.left() + space::S + size + space::S;
    let outcome_left = (rect.right() - OUTCOME).max(left + 80.0);
    let color = if there { colors.text } else { colors.muted };
    let words = elided(ui.painter(), name.as_str(), theme.body(), color, outcome_left - left - space::M);
    let end = text_at(ui.painter(), Pos2::new(left, middle), Align2::LEFT_CENTER, words).right() + space::S;
    let words =
        elided(ui.painter(), folder.as_str(), theme.small(), colors.muted, outcome_left - end - space::M);
    text_at(ui.painter(), Pos2::new(end, middle), Align2::LEFT_CENTER, words);
    let small = size - 2.0;
    icon.paint(ui.painter(), Pos2::new(outcome_left + small / 2.0, middle), small, theme.color(tone));
    let left = outcome_left + small + space::XS;
    let words = elided(ui.painter(), word, theme.small(), theme.color(tone), remove_rect.left() - left);
    text_at(ui.painter(), Pos2::new(left, middle), Align2::LEFT_CENTER, words);
    if row.has_focus() {
        focus_ring(ui.painter(), theme, rect, tokens::RADIUS);
    }
    let spoken = text.empty.open_recent(&name, &folder, word);
    row.widget_info(|| WidgetInfo::labeled(Role::Button, there, &spoken));
    tooltip(&row, &recent.path.display().to_string(), None);
    if row.clicked() {
        out.push(Command::OpenRecent(place));
    }
    let remove = IconButton::new(Icon::Cross, text.empty.remove(&name)).id(remove_id).faint(!tools);
    if remove.show(&mut ui.new_child(UiBuilder::new().max_rect(remove_rect))).clicked() {
        out.push(Command::RemoveRecent(place));
    }
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

fn outcome_mark(text: Text, outcome: Option<&str>) -> (Icon, &'static str, Tone) {
    match outcome {
        Some("finished") => (Icon::Check, text.empty.finished(), Tone::Ok),
        Some("local_reply") => (Icon::Check, text.empty.replied(), Tone::Ok),
        Some("paused") => (Icon::Pause, text.empty.paused(), Tone::Warn),
        Some("trapped") => (Icon::CrossInRing, text.empty.trapped(), Tone::Error),
        Some("limit") => (Icon::Warning, text.empty.stopped(), Tone::Warn),
        Some("refused") => (Icon::CrossInRing, text.empty.refused(), Tone::Error),
        _ => (Icon::Ring, text.empty.not_run(), Tone::Muted),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sample_says_its_abi() {
        for sample in samples::all() {
            assert!(abi(sample).is_some(), "{}", sample.id);
        }
    }
}
