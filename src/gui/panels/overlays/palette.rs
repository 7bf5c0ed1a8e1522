//! The command palette: everything one can do or go to, found by a few letters.

use egui::{
    Align, Align2, Id, Key, Modifiers, Pos2, Rect, Response, Role, ScrollArea, Sense, TextFormat, Ui,
    UiBuilder, Vec2, WidgetInfo, style::ScrollAnimation, text::LayoutJob,
};

use super::{
    modal,
    palette_items::{self, Found, Item, Section},
};
use crate::gui::{
    commands::Command,
    model::{Model, Overlay},
    panels::{cached, empty::just_opened},
    text::Text,
    theme::{self, Icon, Theme, Tone, space, tokens},
    widgets::{
        TextField, elided, galley, hairline_below, key_cap, key_cap_width, label, paint_key_cap, text_at,
        text_right,
    },
};

const INPUT: f32 = 44.0;
const GROUP: f32 = 26.0;
const FOOTER: f32 = 32.0;
/// Most rows that are seen at once.
const ROWS: f32 = 11.0;

pub fn show(ui: &Ui, model: &Model, query: &str, selected: usize, out: &mut Vec<Command>) {
    let text = model.text();
    let id = Id::unique("palette");
    let field = id.with("field");
    let fresh = just_opened(ui, id.with("open"));
    let found =
        cached(ui, "palette", palette_items::Shape::new(model, query), |_| palette_items::find(model, query));
    let selected = selected.min(found.items.len().saturating_sub(1));
    let name = text.overlays.palette_name();
    modal(ui, id, name, tokens::width::PALETTE, out, |ui, height, out| {
        let theme = theme::of(ui.ctx());
        let (moved, enter) = keys(ui, &found, selected);
        input(ui, text, &theme, field, query, &found, out);
        let chosen =
            list(ui, text, &theme, &found, moved.unwrap_or(selected), moved.is_some() || fresh, height);
        footer(ui, text, &theme);
        if let Some(moved) = moved {
            out.push(Command::SetOverlay(Overlay::Palette { query: query.to_owned(), selected: moved }));
        }
        if let Some(item) = chosen.or(enter.then_some(selected)).and_then(|place| found.items.get(place))
            && item.reason.is_none()
        {
            // First closed, then done: the command may open another overlay or give the keyboard to something.
            out.push(Command::SetOverlay(Overlay::None));
            out.push(item.command.clone());
        }
        if fresh {
            ui.memory_mut(|memory| memory.request_focus(field));
        }
    });
}

/// Arrow keys go round; Enter chooses. Taken before the field sees them.
fn keys(ui: &Ui, found: &Found, selected: usize) -> (Option<usize>, bool) {
    let rows = found.items.len();
    let mut at = selected;
    let mut moved = false;
    let enter = ui.input_mut(|input| {
        let mut step = |key, by: usize| {
            while input.consume_key(Modifiers::NONE, key) {
                if rows > 0 {
                    at = (at + by) % rows;
                    moved = true;
                }
            }
        };
        step(Key::ArrowDown, 1);
        step(Key::ArrowUp, rows.saturating_sub(1));
        while input.consume_key(Modifiers::NONE, Key::PageDown) {
            (at, moved) = ((at + ROWS as usize).min(rows.saturating_sub(1)), rows > 0);
        }
        while input.consume_key(Modifiers::NONE, Key::PageUp) {
            (at, moved) = (at.saturating_sub(ROWS as usize), rows > 0);
        }
        input.consume_key(Modifiers::NONE, Key::Enter)
    });
    (moved.then_some(at), enter)
}

fn input(
    ui: &mut Ui,
    text: Text,
    theme: &Theme,
    field: Id,
    query: &str,
    found: &Found,
    out: &mut Vec<Command>,
) {
    let texts = text.overlays;
    let (rect, _) = ui.allocate_exact_size(Vec2::new(ui.available_width(), INPUT), Sense::hover());
    hairline_below(ui, theme, rect);
    let middle = rect.center().y;
    let muted = theme.colors.muted;
    Icon::Search.paint(ui.painter(), Pos2::new(rect.left() + 25.0, middle), theme.sizes.icon, muted);
    let right = rect.right() - space::L;
    let left = right - key_cap_width(ui.painter(), theme, "Esc");
    paint_key_cap(ui.painter(), theme, Pos2::new(left, middle), "Esc");
    let count = texts.palette_of(found.items.len(), found.all);
    let end = text_right(ui.painter(), left - space::S, middle, count, theme.small(), muted);
    let height = theme.sizes.control;
    let place = Rect::from_min_max(
        Pos2::new(rect.left() + 40.0, middle - height / 2.0),
        Pos2::new(end - space::S, middle + height / 2.0),
    );
    let mut typed = query.to_owned();
    let edit = TextField::new(&mut typed, texts.palette_hint()).id(field).hint(texts.palette_hint()).flat();
    if edit.show(&mut ui.new_child(UiBuilder::new().max_rect(place))).changed() {
        out.push(Command::SetOverlay(Overlay::Palette { query: typed, selected: 0 }));
    }
}

/// Shows the items in their sections and returns the one that was clicked.
fn list(
    ui: &mut Ui,
    text: Text,
    theme: &Theme,
    found: &Found,
    selected: usize,
    reveal: bool,
    height: f32,
) -> Option<usize> {
    let mut chosen = None;
    let most = (ROWS * theme.sizes.palette_row + 2.0 * GROUP).min(height - INPUT - FOOTER - 2.0 * space::XS);
    ui.add_space(space::XS);
    ScrollArea::vertical().id_salt("palette").max_height(most).auto_shrink([false, true]).show(ui, |ui| {
        if found.items.is_empty() {
            let words = text.overlays.palette_nothing();
            let (rect, response) = row_space(ui, theme.sizes.palette_row);
            let shown = galley(ui.painter(), words, theme.body(), theme.colors.muted);
            text_at(ui.painter(), rect.left_center() + Vec2::new(space::L, 0.0), Align2::LEFT_CENTER, shown);
            response.widget_info(|| WidgetInfo::labeled(Role::Label, true, words));
        }
        let mut section = None;
        for (place, item) in found.items.iter().enumerate() {
            if section != Some(item.section) {
                section = Some(item.section);
                heading(ui, text, theme, item.section);
            }
            let (rect, _) = row_space(ui, theme.sizes.palette_row);
            if place == selected && reveal {
                // With the heading of the first row.
                let above = Rect::from_min_max(rect.min - Vec2::new(0.0, GROUP), rect.max);
                ui.scroll_to_rect_animation(above, None, ScrollAnimation::none());
            }
            if !ui.is_rect_visible(rect) {
                continue;
            }
            if row(ui, text, theme, rect, item, place, (place == selected, found.items.len())).clicked() {
                chosen = Some(place);
            }
        }
    });
    ui.add_space(space::XS);
    chosen
}

fn row_space(ui: &mut Ui, height: f32) -> (Rect, Response) {
    ui.allocate_exact_size(Vec2::new(ui.available_width(), height), Sense::hover())
}

fn heading(ui: &mut Ui, text: Text, theme: &Theme, section: Section) {
    let (rect, response) = row_space(ui, GROUP);
    let title = section.title(text);
    let words = galley(ui.painter(), title, theme.small(), theme.colors.muted);
    text_at(ui.painter(), rect.left_center() + Vec2::new(space::L, 0.0), Align2::LEFT_CENTER, words);
    response.widget_info(|| WidgetInfo::labeled(Role::Heading, true, title));
}

fn row(
    ui: &Ui,
    text: Text,
    theme: &Theme,
    rect: Rect,
    item: &Item,
    place: usize,
    (selected, rows): (bool, usize),
) -> Response {
    let colors = theme.colors;
    // Not focusable: the keyboard stays in the field, the arrow keys choose.
    let response = ui.interact(rect, Id::unique(("palette row", place)), Sense::CLICK);
    if selected {
        ui.painter().rect_filled(rect, 0.0, colors.select);
        let edge = Rect::from_min_size(rect.min, Vec2::new(tokens::RING, rect.height()));
        ui.painter().rect_filled(edge, 0.0, colors.accent);
    } else if response.hovered() {
        ui.painter().rect_filled(rect, 0.0, colors.hover);
    }
    let middle = rect.center().y;
    let enabled = item.reason.is_none();
    let color = if enabled { colors.text } else { colors.muted };
    if let Some(icon) = item.icon {
        icon.paint(ui.painter(), Pos2::new(rect.left() + 24.0, middle), theme.sizes.icon, colors.muted);
    }

    let mut right = rect.right() - space::L;
    let key = item.command.shortcut(ui.ctx());
    if let Some(reason) = item.reason {
        right = text_right(ui.painter(), right, middle, reason, theme.small(), colors.muted) - space::S;
    } else if let Some(key) = key.as_deref().or(selected.then_some("Enter")) {
        right -= key_cap_width(ui.painter(), theme, key);
        paint_key_cap(ui.painter(), theme, Pos2::new(right, middle), key);
        right -= space::S;
    }
    if let Some(is_on) = item.is_on.filter(|_| enabled) {
        let (word, color) = (switch(text, is_on), if is_on { colors.text } else { colors.muted });
        right = text_right(ui.painter(), right, middle, word, theme.small(), color) - space::S;
    }
    let left = Pos2::new(rect.left() + 39.0, middle);
    let body = (theme.body(), theme.body_strong());
    let words = marked(ui, theme, &item.label, &item.letters, body, color, right - left.x);
    let mut end = text_at(ui.painter(), left, Align2::LEFT_CENTER, words).right() + space::S;
    let small = (theme.small(), theme.small_strong());
    if !item.other_letters.is_empty() {
        let other = marked(ui, theme, &item.other, &item.other_letters, small, colors.muted, right - end);
        end = text_at(ui.painter(), Pos2::new(end, middle), Align2::LEFT_CENTER, other).right() + space::S;
    }
    let detail = elided(ui.painter(), item.detail.as_str(), theme.small(), colors.muted, right - end);
    if right - end > 24.0 {
        text_at(ui.painter(), Pos2::new(end, middle), Align2::LEFT_CENTER, detail);
    }
    let spoken = spoken(text, item, key.as_deref(), place, rows);
    response.widget_info(|| WidgetInfo::selected(Role::ListBoxOption, enabled, selected, &spoken));
    response
}

fn spoken(text: Text, item: &Item, key: Option<&str>, place: usize, rows: usize) -> String {
    let mut words = match item.reason {
        Some(reason) => text.widgets.unavailable(&item.label, reason),
        None => item.label.clone().into_owned(),
    };
    let is_on = item.is_on.map_or("", |is_on| switch(text, is_on));
    for part in
        [is_on, item.detail.as_str(), key.unwrap_or_default()].into_iter().filter(|part| !part.is_empty())
    {
        words.push_str(", ");
        words.push_str(part);
    }
    format!("{words}, {}", text.widgets.row_of(place + 1, rows))
}

fn switch(text: Text, is_on: bool) -> &'static str {
    if is_on { text.overlays.palette_on() } else { text.overlays.palette_off() }
}

/// One line in which the meant letters stand out.
fn marked(
    ui: &Ui,
    theme: &Theme,
    words: &str,
    letters: &[usize],
    (font, strong): (egui::FontId, egui::FontId),
    color: egui::Color32,
    width: f32,
) -> std::sync::Arc<egui::Galley> {
    let mut job = LayoutJob { break_on_newline: false, ..LayoutJob::default() };
    job.wrap = egui::text::TextWrapping::truncate_at_width(width.max(0.0));
    let mut piece = String::new();
    let mut on = false;
    let mut push = |piece: &mut String, on: bool| {
        if !piece.is_empty() {
            let (font, color) =
                if on { (strong.clone(), theme.colors.accent) } else { (font.clone(), color) };
            let format = TextFormat { valign: Align::Center, ..TextFormat::simple(font, color) };
            job.append(piece, 0.0, format);
            piece.clear();
        }
    };
    for (letter, c) in words.chars().enumerate() {
        let meant = letters.contains(&letter);
        if meant != on {
            push(&mut piece, on);
            on = meant;
        }
        piece.push(c);
    }
    push(&mut piece, on);
    ui.painter().layout_job(job)
}

fn footer(ui: &mut Ui, text: Text, theme: &Theme) {
    let texts = text.overlays;
    let (rect, _) = row_space(ui, FOOTER);
    ui.painter().hline(rect.x_range(), rect.top(), theme.hairline());
    let inner = rect.shrink2(Vec2::new(space::L, 0.0));
    let layout = egui::Layout::left_to_right(Align::Center);
    let mut child = ui.new_child(UiBuilder::new().max_rect(inner).layout(layout));
    child.spacing_mut().item_spacing.x = space::XS;
    let parts: [(&[&str], &str); 4] = [
        (&["↑", "↓"], texts.palette_choose()),
        (&["Enter"], texts.palette_run()),
        (&[">"], texts.palette_commands_only()),
        (&["#"], texts.palette_events()),
    ];
    for (keys, words) in parts {
        for key in keys {
            key_cap(&mut child, key);
        }
        label(&mut child, words, Tone::Muted);
        child.add_space(space::S);
    }
    let words = texts.palette_languages();
    text_right(ui.painter(), inner.right(), rect.center().y, words, theme.small(), theme.colors.muted);
}
