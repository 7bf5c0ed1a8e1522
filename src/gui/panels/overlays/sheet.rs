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

/// Width of one column with its share of the margins, in points, and how many there are at most.
const COLUMN: f32 = 400.0;
const COLUMNS: usize = 3;

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
    // As many as the window has room for, a small margin at each side.
    let room = ui.ctx().content_rect().width() - 2.0 * space::XL;
    let count = ((room / COLUMN) as usize).clamp(1, COLUMNS);
    let width = (count as f32 * COLUMN).max(2.0 * COLUMN);
    modal(ui, id, texts.sheet_title(), width, out, |ui, height, out| {
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
            let area = ScrollArea::vertical().max_height(height - 80.0).auto_shrink([false, true]);
            // Seen without the pointer over it: else nothing says that there is more.
            ui.spacing_mut().scroll.dormant_handle_opacity = ui.spacing().scroll.active_handle_opacity;
            area.show(ui, |ui| {
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
                columns(ui, &theme, &blocks, count);
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

/// Columns of about the same height, a group never cut.
fn columns(ui: &mut Ui, theme: &Theme, blocks: &[Block], count: usize) {
    let height =
        |block: &Block| theme.sizes.section_head + block.lines.len() as f32 * theme.sizes.grid_row + space::M;
    let heights: Vec<f32> = blocks.iter().map(height).collect();
    // The scroll bar lies over the contents; the keys at the right keep clear of it.
    let mut rect = ui.available_rect_before_wrap();
    rect.max.x -= space::M;
    let gaps = (count - 1) as f32 * space::XL;
    let column = (rect.width() - gaps) / count as f32;
    let mut tops = vec![rect.top(); count];
    for ((block, height), place) in blocks.iter().zip(&heights).zip(balanced(&heights, count)) {
        let left = rect.left() + place as f32 * (column + space::XL);
        let place_of = Rect::from_min_size(Pos2::new(left, tops[place]), Vec2::new(column, *height));
        paint_block(ui, theme, place_of, block);
        tops[place] += height;
    }
    let bottom = tops.into_iter().fold(rect.top(), f32::max);
    ui.allocate_rect(Rect::from_min_max(rect.min, Pos2::new(rect.right(), bottom)), Sense::hover());
}

/// The column of each group, so that the highest column is as low as can be; among about equals, that in which fewest
/// groups stand in another column than the one before. The groups are few.
fn balanced(heights: &[f32], columns: usize) -> Vec<usize> {
    /// Columns that differ by less than two rows count as equally high, in points.
    const ABOUT: f32 = 48.0;
    fn place(
        heights: &[f32],
        columns: usize,
        chosen: &mut Vec<usize>,
        best: &mut Option<(u32, usize, Vec<usize>)>,
    ) {
        if chosen.len() == heights.len() {
            let height = |column: usize| -> f32 {
                chosen.iter().zip(heights).filter(|(at, _)| **at == column).map(|(_, height)| height).sum()
            };
            let highest = (0..columns).map(height).fold(0.0, f32::max);
            let switches = chosen.windows(2).filter(|pair| pair[0] != pair[1]).count();
            let cost = ((highest / ABOUT).ceil() as u32, switches);
            if best.as_ref().is_none_or(|(height, switches, _)| cost < (*height, *switches)) {
                *best = Some((cost.0, cost.1, chosen.clone()));
            }
            return;
        }
        // Columns are begun from left to right.
        let begun = chosen.iter().max().map_or(0, |last| last + 1);
        for column in 0..columns.min(begun + 1) {
            chosen.push(column);
            place(heights, columns, chosen, best);
            chosen.pop();
        }
    }
    let mut best = None;
    place(heights, columns, &mut Vec::new(), &mut best);
    best.map(|(_, _, chosen)| chosen).unwrap_or_default()
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

#[cfg(test)]
mod tests {
    use super::*;

    fn highest(heights: &[f32], columns: usize) -> f32 {
        let places = balanced(heights, columns);
        let height = |column: usize| -> f32 {
            places.iter().zip(heights).filter(|(at, _)| **at == column).map(|(_, height)| height).sum()
        };
        (0..columns).map(height).fold(0.0, f32::max)
    }

    #[test]
    fn columns_are_about_equally_high_and_begin_with_the_first_group() {
        let heights = [206.0, 110.0, 134.0, 374.0, 254.0, 518.0, 62.0, 206.0];
        let sum: f32 = heights.iter().sum();
        for columns in [2, 3] {
            let highest = highest(&heights, columns);
            assert!(highest < sum / columns as f32 + 60.0, "{columns}: {highest} of {sum}");
            assert_eq!(balanced(&heights, columns)[0], 0);
        }
        assert_eq!(
            balanced(&[100.0, 100.0, 100.0, 100.0], 2),
            [0, 0, 1, 1],
            "in order where that is as good"
        );
        assert_eq!(balanced(&[100.0], 3), [0]);
        assert_eq!(balanced(&[], 2), [0; 0]);
    }
}
