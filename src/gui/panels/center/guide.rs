//! The guide: a page of it in the place of the centre, with the list of pages beside it.

use egui::{Align2, Id, Rect, Role, ScrollArea, Sense, Ui, UiBuilder, Vec2, WidgetInfo};

use crate::gui::commands::Command;
use crate::gui::model::{Model, Region};
use crate::gui::panels::enter;
use crate::gui::text::Text;
use crate::gui::theme::{self, Icon, Tone, space};
use crate::gui::widgets::{
    self, Button, Dropdown, IconButton, VirtualList, elided, galley, paragraph, text_at, wrapped,
};
use crate::view::guide::{self, Block, BlockKind, Marker, Page, Place, Target};

/// Width of the list of pages, in points, and of a window that has room for it.
const LIST: f32 = 220.0;
const WITH_LIST: f32 = 720.0;
/// Longest line: text that is wider is hard to read.
const PROSE: f32 = 700.0;
/// Inset of a list.
const INSET: f32 = 20.0;

pub fn show(ui: &mut Ui, model: &Model, out: &mut Vec<Command>) {
    let theme = theme::of(ui.ctx());
    let text = model.text();
    let all = ui.max_rect();
    let has_list = all.width() >= WITH_LIST;
    let head = Rect::from_min_size(all.min, Vec2::new(all.width(), theme.sizes.tab_row));
    widgets::hairline_below(ui, &theme, head);
    let inner = head.shrink2(Vec2::new(theme.sizes.side, 0.0));
    ui.scope_builder(UiBuilder::new().max_rect(inner), |ui| {
        ui.spacing_mut().item_spacing.x = space::S;
        widgets::ends(
            ui,
            "guide head",
            out,
            |ui, out| title(ui, model, has_list, text, out),
            |ui, out| {
                let back = Button::new(text.guide.back()).key("Esc").show(ui);
                if !has_list {
                    enter(&back, Region::Center);
                }
                if back.clicked() {
                    out.push(Command::Dismiss);
                }
            },
        );
    });
    let body = Rect::from_min_max(head.left_bottom(), all.max);
    let left = if has_list { LIST } else { 0.0 };
    if has_list {
        let list = Rect::from_min_size(body.min, Vec2::new(LIST, body.height()));
        ui.painter().vline(list.right(), body.y_range(), theme.hairline());
        let mut list = ui
            .new_child(UiBuilder::new().max_rect(list.with_max_x(list.right() - 1.0)).id_salt("guide pages"));
        pages(&mut list, model, text, out);
    }
    let page = Rect::from_min_max(egui::pos2(body.left() + left, body.top()), body.max);
    let mut page = ui.new_child(UiBuilder::new().max_rect(page).id_salt("guide page"));
    contents(&mut page, model, text, out);
}

fn title(ui: &mut Ui, model: &Model, has_list: bool, text: Text, out: &mut Vec<Command>) {
    let language = text.language;
    widgets::strong_label(ui, text.guide.title());
    if has_list {
        let room = ui.available_width();
        let title = guide::document(model.view.guide.page, language).title();
        widgets::elided_label(ui, title, Tone::Muted, room);
        return;
    }
    let titles: Vec<&str> = Page::ALL.iter().map(|page| guide::document(*page, language).title()).collect();
    let chosen = model.view.guide.page as usize;
    if let Some(chosen) = Dropdown::new(text.guide.pages(), &titles, chosen).show(ui) {
        out.extend(Page::ALL.get(chosen).map(|page| Command::ShowGuideAt(Place::top(*page))));
    }
}

fn pages(ui: &mut Ui, model: &Model, text: Text, out: &mut Vec<Command>) {
    let titles = |row: usize| Page::ALL.get(row).map(|page| guide::document(*page, text.language).title());
    let output = VirtualList::new(Id::unique("guide pages"), text.guide.pages(), Page::ALL.len())
        .row_height(theme::of(ui.ctx()).sizes.grid_row)
        .selected(Some(model.view.guide.page as usize))
        .show(
            ui,
            |row| titles(row).unwrap_or_default().to_owned(),
            |row| {
                let (theme, left) = (row.theme, row.rect.left() + row.theme.sizes.side);
                let room = row.rect.right() - left - space::S;
                let font = if row.selected { theme.body_strong() } else { theme.body() };
                let words =
                    elided(row.painter, titles(row.index).unwrap_or_default(), font, theme.colors.text, room);
                text_at(row.painter, egui::pos2(left, row.rect.center().y), Align2::LEFT_CENTER, words);
            },
        );
    enter(&output.response, Region::Center);
    let chosen = output.selected.and_then(|row| Page::ALL.get(row));
    out.extend(chosen.map(|page| Command::ShowGuideAt(Place::top(*page))));
}

fn contents(ui: &mut Ui, model: &Model, text: Text, out: &mut Vec<Command>) {
    let place = model.view.guide;
    let document = guide::document(place.page, text.language);
    // A place of its own for each page: another page begins at its top.
    let area = ScrollArea::vertical().id_salt(("guide", place.page)).auto_shrink(false);
    let target = place.block(text.language).filter(|_| model.view.reveal);
    let area = if model.view.reveal && target.is_none() { area.vertical_scroll_offset(0.0) } else { area };
    area.show(ui, |ui| {
        let room = ui.available_rect_before_wrap();
        let width = (room.width() - 2.0 * space::XL).clamp(120.0, PROSE);
        let inner = Rect::from_min_size(
            room.min + Vec2::new(space::XL.min(room.width() * 0.04), space::M),
            Vec2::new(width, room.height()),
        );
        ui.scope_builder(UiBuilder::new().max_rect(inner), |ui| {
            ui.spacing_mut().item_spacing = Vec2::new(space::S, 0.0);
            for (number, block) in document.blocks().iter().enumerate() {
                let top = ui.cursor().top();
                shown_block(ui, number, block, text, out);
                if target == Some(number) {
                    let rect = Rect::from_min_max(
                        egui::pos2(inner.left(), top),
                        egui::pos2(inner.right(), ui.cursor().top()),
                    );
                    let animation = egui::style::ScrollAnimation::none();
                    ui.scroll_to_rect_animation(rect, Some(egui::Align::TOP), animation);
                }
            }
            next_page(ui, place.page, text, out);
            ui.add_space(space::XL);
        });
        widgets::reveal_focus(ui, "guide");
    });
}

fn shown_block(ui: &mut Ui, number: usize, block: &Block, text: Text, out: &mut Vec<Command>) {
    match &block.kind {
        BlockKind::Heading { level: 1, plain } => {
            widgets::title(ui, plain);
            ui.add_space(space::M);
        }
        BlockKind::Heading { plain, .. } => {
            ui.add_space(space::L);
            heading(ui, plain);
            ui.add_space(space::XS);
        }
        BlockKind::Paragraph(spans) => {
            indented(ui, block, |ui| {
                if let Some(target) = paragraph(ui, Id::unique("guide link").with(number), spans) {
                    follow(ui, &target, out);
                }
            });
            ui.add_space(if block.marker == Marker::None { space::S } else { space::XS });
        }
        BlockKind::Code(code) => {
            indented(ui, block, |ui| code_block(ui, number, code, text));
            ui.add_space(space::M);
        }
    }
}

fn follow(ui: &Ui, target: &Target, out: &mut Vec<Command>) {
    match (target, target.place()) {
        (_, Some(place)) => out.push(Command::ShowGuideAt(place)),
        (Target::Url(url), _) => ui.ctx().open_url(egui::OpenUrl::new_tab(url)),
        _ => {}
    }
}

fn heading(ui: &mut Ui, words: &str) {
    let theme = theme::of(ui.ctx());
    // Larger than the text around it: Chinese has no heavier weight to tell it by.
    let mut font = theme.section();
    font.size += 2.0;
    let galley = wrapped(ui.painter(), words, font, theme.colors.text, ui.available_width());
    let (rect, response) = ui.allocate_exact_size(galley.size(), Sense::hover());
    text_at(ui.painter(), rect.left_top(), Align2::LEFT_TOP, galley);
    response.widget_info(|| WidgetInfo::labeled(Role::Heading, true, words));
}

/// What stands in a list, moved to the right, with its bullet or number in front.
fn indented(ui: &mut Ui, block: &Block, contents: impl FnOnce(&mut Ui)) {
    let theme = theme::of(ui.ctx());
    let inset = INSET * f32::from(block.indent);
    let room = ui.available_rect_before_wrap();
    let middle = room.top() + (theme.sizes.body * theme::tokens::PROSE_LINE_HEIGHT).round() / 2.0;
    let before = room.left() + inset - INSET / 2.0;
    match block.marker {
        Marker::None => {}
        Marker::Bullet => {
            ui.painter().circle_filled(egui::pos2(before, middle), 2.0, theme.colors.muted);
        }
        Marker::Number(number) => {
            let number = galley(ui.painter(), format!("{number}."), theme.body(), theme.colors.muted);
            text_at(ui.painter(), egui::pos2(before, middle), Align2::CENTER_CENTER, number);
        }
    }
    let inner = Rect::from_min_max(egui::pos2(room.left() + inset, room.top()), room.max);
    ui.scope_builder(UiBuilder::new().max_rect(inner), contents);
}

fn code_block(ui: &mut Ui, number: usize, code: &str, text: Text) {
    let theme = theme::of(ui.ctx());
    let width = ui.available_width();
    let button = theme.sizes.control + space::XS;
    let words = wrapped(ui.painter(), code, theme.code(), theme.colors.text, width - 2.0 * space::M - button);
    let size = Vec2::new(width, words.size().y + 2.0 * space::S);
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    ui.painter().rect(rect, theme.radius(), theme.colors.sunk, theme.hairline(), egui::StrokeKind::Inside);
    text_at(ui.painter(), rect.left_top() + Vec2::new(space::M, space::S), Align2::LEFT_TOP, words);
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, code));
    let corner = Rect::from_min_size(
        egui::pos2(rect.right() - button, rect.top() + space::XXS),
        Vec2::splat(theme.sizes.control),
    );
    let mut at = ui.new_child(UiBuilder::new().max_rect(corner).id_salt(("copy", number)));
    if IconButton::new(Icon::Copy, text.guide.copy_code()).show(&mut at).clicked() {
        ui.ctx().copy_text(code.to_owned());
    }
}

fn next_page(ui: &mut Ui, page: Page, text: Text, out: &mut Vec<Command>) {
    let Some(next) = Page::ALL.get(page as usize + 1) else { return };
    ui.add_space(space::L);
    let words = text.guide.next(guide::document(*next, text.language).title());
    if widgets::link(ui, &words, Some(Icon::Book)).clicked() {
        out.push(Command::ShowGuideAt(Place::top(*next)));
    }
}
