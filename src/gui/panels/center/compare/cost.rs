//! What both builds cost, each figure with two bars to one scale.

use egui::{Align2, Panel, Rect, Role, Sense, Ui, Vec2, WidgetInfo};

use crate::gui::model::Model;
use crate::gui::theme::{self, Theme, Tone, space, tokens};
use crate::gui::widgets::{self, galley, text_at, text_right};
use crate::view::compare::cost::{Cost, Verdict};
use crate::view::sentences::compare as words;

/// Height of a bar, and the gap between both.
const BAR: f32 = 5.0;
const BAR_GAP: f32 = 2.0;
/// Widths of the columns, in points; the bars take the rest.
const NAME: f32 = 150.0;
const VALUE: f32 = 110.0;
const WORD: f32 = 130.0;

pub fn show(ui: &mut Ui, model: &Model) {
    let theme = theme::of(ui.ctx());
    let text = model.text();
    let measured = model.comparing.measured.clone();
    let rows = measured.as_ref().map_or(4, |measured| measured.costs.len().max(1));
    let height = theme.sizes.section_head + theme.sizes.row * rows as f32 + space::M;
    let frame = egui::Frame::new();
    Panel::bottom("comparison cost").exact_size(height).resizable(false).frame(frame).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        let side = theme.sizes.side;
        ui.set_clip_rect(ui.max_rect());
        let inner = ui.max_rect().shrink2(Vec2::new(side, 0.0));
        let mut ui = ui.new_child(egui::UiBuilder::new().max_rect(inner));
        let summary = match &measured {
            None => text.compare.measuring().to_owned(),
            Some(measured) if measured.costs.is_empty() => text.compare.no_costs().to_owned(),
            Some(measured) => text.compare.measured(measured.rounds),
        };
        let head = widgets::SectionHead::new(text.compare.cost()).summary(&summary).show(&mut ui);
        legend(&ui, &theme, head.rect);
        let most = |cost: &Cost| cost.a.max(cost.b).max(1);
        for cost in measured.iter().flat_map(|measured| &measured.costs) {
            row(&mut ui, &theme, text.language, cost, most(cost));
        }
    });
}

fn legend(ui: &Ui, theme: &Theme, head: Rect) {
    let mut right = head.right();
    for (word, hue) in [("B", theme.colors.added), ("A", theme.colors.removed)] {
        right = text_right(ui.painter(), right, head.center().y, word, theme.small(), theme.colors.text)
            - space::XS;
        let bar =
            Rect::from_min_size(egui::pos2(right - 10.0, head.center().y - BAR / 2.0), Vec2::new(10.0, BAR));
        ui.painter().rect_filled(bar, tokens::FILL_RADIUS, hue.mark);
        right = bar.left() - space::M;
    }
}

fn row(ui: &mut Ui, theme: &Theme, language: crate::view::Language, cost: &Cost, most: u64) {
    let size = Vec2::new(ui.available_width(), theme.sizes.row);
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    let painter = ui.painter();
    let middle = rect.center().y;
    let colors = theme.colors;
    let name = words::cost_name(language, cost.kind);
    let shown = galley(painter, name, theme.body(), colors.text);
    text_at(painter, egui::pos2(rect.left(), middle), Align2::LEFT_CENTER, shown);
    let [a, b] = [cost.a, cost.b].map(|value| words::cost_value(cost.kind, value));
    let first = rect.left() + NAME + VALUE;
    text_right(painter, first, middle, &a, theme.code(), colors.text);
    text_right(painter, first + VALUE, middle, &b, theme.code(), colors.text);
    let left = first + VALUE + space::XL;
    let width = (rect.right() - WORD - left).max(0.0);
    for (value, hue, y) in [
        (cost.a, colors.removed, middle - BAR - BAR_GAP / 2.0),
        (cost.b, colors.added, middle + BAR_GAP / 2.0),
    ] {
        let share = value as f32 / most as f32;
        let bar = Rect::from_min_size(egui::pos2(left, y), Vec2::new((width * share).max(1.0), BAR));
        painter.rect_filled(bar, tokens::FILL_RADIUS, hue.mark);
    }
    let verdict = words::cost_verdict(language, cost);
    let tone = match cost.verdict {
        Verdict::Same => Tone::Muted,
        Verdict::Less(_) => Tone::Ok,
        Verdict::More(_) => Tone::Warn,
    };
    let shown = galley(painter, verdict.as_str(), theme.small_strong(), theme.color(tone));
    text_at(painter, egui::pos2(rect.right() - WORD + space::S, middle), Align2::LEFT_CENTER, shown);
    let spoken = format!("{name}: A {a}, B {b}, {verdict}");
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &spoken));
}
