//! All shortcuts on one sheet, made from the command table.

use egui::{Align2, Frame, Id, Margin, Pos2, Rect, Role, ScrollArea, Sense, Ui, UiBuilder, Vec2, WidgetInfo};

use super::{fuzzy, modal};
use crate::gui::{
    commands::{COMMANDS, Command, Group, fixed_keys, shortcut_text},
    model::{Model, Overlay},
    panels::empty::just_opened,
    text::Text,
    theme::{self, Icon, Theme, space},
    widgets::{TextField, elided, galley, key_cap_width, paint_key_cap, text_at},
};

const WIDTH: f32 = 840.0;

struct Line {
    words: String,
    keys: Vec<String>,
}

struct Block {
    title: &'static str,
    lines: Vec<Line>,
}

pub fn show(ui: &Ui, model: &Model, query: &str, out: &mut Vec<Command>) {
    let text = model.text();
    let texts = text.overlays;
    let id = Id::unique("shortcut sheet");
    let field = id.with("search");
    let fresh = just_opened(ui, id.with("open"));
    let blocks = blocks(ui, text, &query.trim().to_lowercase());
    modal(ui, id, texts.sheet_title(), WIDTH, out, |ui, height, out| {
        let theme = theme::of(ui.ctx());
        Frame::new().inner_margin(Margin::same(space::L as i8)).show(ui, |ui| {
            let (rect, _) =
                ui.allocate_exact_size(Vec2::new(ui.available_width(), theme.sizes.control), Sense::hover());
            let title = galley(ui.painter(), texts.sheet_title(), theme.title(), theme.colors.text);
            text_at(ui.painter(), rect.left_center(), Align2::LEFT_CENTER, title);
            let place = Rect::from_min_max(Pos2::new(rect.right() - 240.0, rect.top()), rect.max);
            let mut typed = query.to_owned();
            let search =
                TextField::new(&mut typed, texts.sheet_search()).id(field).hint(texts.sheet_search());
            let search = search.icon(Icon::Search).interface_font();
            if search.show(&mut ui.new_child(UiBuilder::new().max_rect(place))).changed() {
                out.push(Command::SetOverlay(Overlay::ShortcutSheet { query: typed }));
            }
            ui.add_space(space::M);
            ScrollArea::vertical().max_height(height - 80.0).auto_shrink([false, true]).show(ui, |ui| {
                if blocks.is_empty() {
                    let words = texts.palette_nothing();
                    let (rect, response) = ui.allocate_exact_size(
                        Vec2::new(ui.available_width(), theme.sizes.palette_row),
                        Sense::hover(),
                    );
                    let shown = galley(ui.painter(), words, theme.body(), theme.colors.muted);
                    text_at(ui.painter(), rect.left_center(), Align2::LEFT_CENTER, shown);
                    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, words));
                }
                columns(ui, &theme, &blocks);
            });
        });
        if fresh {
            ui.memory_mut(|memory| memory.request_focus(field));
        }
    });
}

/// The groups with their lines, those that fit the query.
fn blocks(ui: &Ui, text: Text, query: &str) -> Vec<Block> {
    let os = ui.ctx().os();
    let fits = |line: &Line| {
        fuzzy::find(query, &line.words).is_some()
            || line.keys.iter().any(|key| key.to_lowercase().contains(query))
    };
    let mut blocks: Vec<Block> = Group::ALL
        .into_iter()
        .map(|group| Block {
            title: text.command_group(group),
            lines: COMMANDS
                .iter()
                .filter(|spec| spec.group == group && !spec.keys.is_empty())
                .map(|spec| Line {
                    words: text.command(&spec.command).into_owned(),
                    keys: spec.keys.iter().map(|keys| shortcut_text(keys, os)).collect(),
                })
                .collect(),
        })
        .collect();
    let fixed =
        fixed_keys(text).map(|(keys, words)| Line { words: words.to_owned(), keys: vec![keys.to_owned()] });
    blocks.push(Block { title: text.overlays.sheet_fixed(), lines: fixed.into() });
    for block in &mut blocks {
        block.lines.retain(fits);
    }
    blocks.retain(|block| !block.lines.is_empty());
    blocks
}

/// Two columns of about the same height, a group never cut.
fn columns(ui: &mut Ui, theme: &Theme, blocks: &[Block]) {
    let height =
        |block: &Block| theme.sizes.section_head + block.lines.len() as f32 * theme.sizes.grid_row + space::M;
    let total: f32 = blocks.iter().map(height).sum();
    // The scroll bar lies over the contents; the keys at the right keep clear of it.
    let mut rect = ui.available_rect_before_wrap();
    rect.max.x -= space::M;
    let column = (rect.width() - space::XL) / 2.0;
    let mut tops = [rect.top(); 2];
    let mut filled = 0.0;
    for block in blocks {
        // Into the second column from the group on that lies more beyond the middle than before it.
        let second = filled + height(block) / 2.0 > total / 2.0;
        filled += height(block);
        let side = usize::from(second);
        let left = rect.left() + side as f32 * (column + space::XL);
        let place = Rect::from_min_size(Pos2::new(left, tops[side]), Vec2::new(column, height(block)));
        paint_block(ui, theme, place, block);
        tops[side] += height(block);
    }
    let bottom = tops[0].max(tops[1]);
    ui.allocate_rect(Rect::from_min_max(rect.min, Pos2::new(rect.right(), bottom)), Sense::hover());
}

fn paint_block(ui: &Ui, theme: &Theme, rect: Rect, block: &Block) {
    let head = Rect::from_min_size(rect.min, Vec2::new(rect.width(), theme.sizes.section_head));
    let title = galley(ui.painter(), block.title, theme.section(), theme.colors.text);
    text_at(ui.painter(), head.left_center(), Align2::LEFT_CENTER, title);
    for (index, line) in block.lines.iter().enumerate() {
        let top = head.bottom() + index as f32 * theme.sizes.grid_row;
        let row =
            Rect::from_min_size(Pos2::new(rect.left(), top), Vec2::new(rect.width(), theme.sizes.grid_row));
        let middle = row.center().y;
        let mut right = row.right();
        for key in line.keys.iter().rev() {
            let left = right - key_cap_width(ui.painter(), theme, key);
            paint_key_cap(ui.painter(), theme, Pos2::new(left, middle), key);
            right = left - space::XS;
        }
        let width = right - row.left() - space::S;
        let words = elided(ui.painter(), line.words.as_str(), theme.body(), theme.colors.text, width);
        text_at(ui.painter(), row.left_center(), Align2::LEFT_CENTER, words);
        let id = Id::unique(("shortcut", &line.words));
        let spoken = format!("{}: {}", line.words, line.keys.join(", "));
        let response = ui.interact(row, id, Sense::hover());
        response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &spoken));
    }
}
