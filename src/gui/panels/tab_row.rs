//! The row of open scenarios, below the top bar as soon as there are two of them.
//!
//! Words only, as in all rows of tabs; beside each a dot while it has edits that are not in its file, and a cross to close it.
//! Tabs share the width; where they would become too narrow the row scrolls.

use egui::{
    Align2, Id, PointerButton, Pos2, Rect, Response, Role, ScrollArea, Sense, Ui, Vec2, WidgetInfo,
    scroll_area::ScrollBarVisibility,
};

use crate::gui::commands::Command;
use crate::gui::document::{Document, DocumentId};
use crate::gui::model::Model;
use crate::gui::theme::{self, Icon, Theme, space, tokens};
use crate::gui::widgets::{elided, focus_ring, galley, hairline_below, text_at, tooltip};

/// Widths between which a tab stands, in points.
const NARROWEST: f32 = 96.0;
const WIDEST: f32 = 220.0;
/// Side of the place for the dot or the cross.
const MARK: f32 = 18.0;

pub fn show(ui: &mut Ui, model: &Model, out: &mut Vec<Command>) {
    let theme = theme::of(ui.ctx());
    let whole = ui.max_rect();
    hairline_below(ui, &theme, whole);
    let inner = whole.shrink2(Vec2::new(theme.sizes.side - space::S, 0.0));
    let documents: Vec<&Document> = model.documents().collect();
    let wanted: Vec<f32> = documents.iter().map(|document| wanted_width(ui, &theme, document)).collect();
    let widest = widest(&wanted, inner.width());
    let front = model.tabs.place();
    let came = came_to_front(ui, documents.get(front).map(|document| document.id));
    let mut ui = ui.new_child(egui::UiBuilder::new().max_rect(inner));
    ScrollArea::horizontal()
        .id_salt("tabs")
        .auto_shrink(false)
        .scroll_bar_visibility(ScrollBarVisibility::AlwaysHidden)
        .show(&mut ui, |ui| {
            ui.spacing_mut().item_spacing = Vec2::ZERO;
            ui.horizontal(|ui| {
                let place = |wanted: &f32| {
                    let size = Vec2::new(wanted.min(widest), inner.height());
                    ui.allocate_exact_size(size, Sense::hover()).0
                };
                let rects: Vec<Rect> = wanted.iter().map(place).collect();
                for (place, document) in documents.iter().enumerate() {
                    let tab = one(ui, &theme, rects[place], document, place == front);
                    if place == front && came {
                        tab.scroll_to_me(None);
                    }
                    use_tab(&tab, place, &rects, out);
                    let is_used = place == front || tab.hovered() || tab.has_focus();
                    if close(ui, &theme, rects[place], document, is_used) {
                        out.push(Command::CloseTab(place));
                    }
                }
            });
        });
}

/// A tab was brought to the front since the last frame.
fn came_to_front(ui: &Ui, front: Option<DocumentId>) -> bool {
    let id = Id::unique("tab in front");
    ui.data_mut(|data| {
        let before: Option<DocumentId> = data.get_temp::<Option<DocumentId>>(id).flatten();
        data.insert_temp(id, front);
        before != front
    })
}

fn wanted_width(ui: &Ui, theme: &Theme, document: &Document) -> f32 {
    let words = galley(ui.painter(), document.title(), theme.body_strong(), theme.colors.text);
    (words.size().x + 2.0 * space::S + MARK + space::XS).ceil().clamp(NARROWEST, WIDEST)
}

/// The width that no tab may exceed so that all fit, if that can be.
fn widest(wanted: &[f32], room: f32) -> f32 {
    let mut sorted = wanted.to_vec();
    sorted.sort_by(f32::total_cmp);
    let mut left = room;
    for (place, width) in sorted.iter().enumerate() {
        let share = left / (sorted.len() - place) as f32;
        if *width > share {
            return share.floor().max(NARROWEST);
        }
        left -= width;
    }
    WIDEST
}

fn one(ui: &Ui, theme: &Theme, rect: Rect, document: &Document, on: bool) -> Response {
    let response = ui.interact(rect, id_of(document), Sense::click_and_drag());
    let colors = theme.colors;
    let color = if on || response.hovered() || response.dragged() { colors.text } else { colors.muted };
    let font = if on { theme.body_strong() } else { theme.body() };
    let painter = ui.painter();
    let left = rect.left() + space::S;
    let title = document.title();
    let words = elided(painter, title.as_str(), font, color, rect.width() - 2.0 * space::S - MARK);
    text_at(painter, Pos2::new(left, rect.center().y), Align2::LEFT_CENTER, words);
    if on {
        let y = rect.bottom() - tokens::RING / 2.0;
        painter.hline(left..=rect.right() - space::S, y, (tokens::RING, colors.accent));
    }
    if response.has_focus() {
        let inside = rect.shrink2(Vec2::new(space::XXS, 6.0));
        focus_ring(painter, theme, inside, tokens::RADIUS);
    }
    let texts = crate::gui::text::of(ui.ctx()).frame;
    let name = if document.is_changed() { texts.tab_not_saved(&title) } else { title };
    response.widget_info(|| WidgetInfo::selected(Role::Tab, true, on, &name));
    let about = document.file_path().map(|path| path.display().to_string()).unwrap_or(name);
    tooltip(&response, &about, None);
    response
}

fn id_of(document: &Document) -> Id {
    Id::unique("document tab").with(document.id)
}

/// A click shows, the middle button closes, and a drag over half a neighbour changes places with it.
fn use_tab(tab: &Response, place: usize, rects: &[Rect], out: &mut Vec<Command>) {
    if tab.clicked() {
        out.push(Command::ShowTab(place));
    } else if tab.clicked_by(PointerButton::Middle) {
        out.push(Command::CloseTab(place));
    } else if tab.dragged_by(PointerButton::Primary)
        && let Some(pointer) = tab.interact_pointer_pos()
    {
        let over = rects.iter().position(|rect| rect.x_range().contains(pointer.x));
        let Some(over) = over.filter(|over| *over != place) else { return };
        // Not before the pointer would be in it there, too, or it would jump to and fro.
        let is_past = match over > place {
            true => pointer.x > rects[over].right() - rects[place].width(),
            false => pointer.x < rects[over].left() + rects[place].width(),
        };
        if is_past {
            out.push(Command::MoveTab(place, over));
        }
    }
}

/// The place where a tab is closed, which is also that of the dot. It takes no keyboard: there is a key for it. `is_used`: the
/// cross is shown also where nobody points at it.
fn close(ui: &Ui, theme: &Theme, tab: Rect, document: &Document, is_used: bool) -> bool {
    let center = Pos2::new(tab.right() - space::S - MARK / 2.0, tab.center().y);
    let place = Rect::from_center_size(center, Vec2::splat(MARK));
    let cross = ui.interact(place, id_of(document).with("close"), Sense::CLICK);
    let colors = theme.colors;
    let painter = ui.painter();
    if cross.hovered() {
        painter.rect_filled(place, theme.radius(), colors.hover);
        Icon::Cross.paint(painter, center, theme.sizes.icon - 4.0, colors.text);
    } else if document.is_changed() {
        Icon::Dot.paint(painter, center, theme.sizes.icon, colors.muted);
    } else if is_used {
        Icon::Cross.paint(painter, center, theme.sizes.icon - 4.0, colors.muted);
    }
    let name = crate::gui::text::of(ui.ctx()).frame.close_tab(&document.title());
    cross.widget_info(|| WidgetInfo::labeled(Role::Button, true, &name));
    let key = Command::CloseFilter.shortcut(ui.ctx());
    tooltip(&cross, &name, key.as_deref());
    cross.clicked()
}
