//! What the filters keep beside the messages: shared data, queues, metrics, properties.

use egui::{Align2, Id, Rect, Ui, Vec2};

use crate::gui::model::{Model, Region};
use crate::gui::panels::enter;
use crate::gui::runs::RunView;
use crate::gui::theme::{self, Tone, space};
use crate::gui::widgets::{self, VirtualList, elided, galley, text_at};
use crate::trace::Part;

/// Widths of the columns, in points; the value takes the rest.
const KIND: f32 = 130.0;
const NAME: f32 = 260.0;
const WRITER: f32 = 220.0;

pub fn show(ui: &mut Ui, model: &Model, run: &RunView) {
    let theme = theme::of(ui.ctx());
    let text = model.text();
    let all = ui.max_rect();
    let top = ui.cursor().top();
    if run.state.is_empty() {
        widgets::empty_state(ui, text.state.nothing(), "");
        return;
    }
    let head =
        Rect::from_min_size(egui::pos2(all.left(), top + space::XS), Vec2::new(all.width(), theme.sizes.row));
    let edges = |rect: Rect| {
        let left = rect.left() + theme.sizes.side;
        // In a narrow window every column gives way alike.
        let scale = (rect.width() / (KIND + NAME + WRITER + 120.0)).min(1.0);
        let [kind, name, writer] = [KIND, NAME, WRITER].map(|width| width * scale);
        [left, left + kind, left + kind + name, rect.right() - theme.sizes.side - writer]
    };
    let heads = ["", text.state.key(), text.state.value(), text.state.last_written_by()];
    for (name, left) in heads.into_iter().zip(edges(head)) {
        let name = galley(ui.painter(), name, theme.small(), theme.colors.muted);
        text_at(ui.painter(), egui::pos2(left, head.center().y), Align2::LEFT_CENTER, name);
    }
    widgets::hairline_below(ui, &theme, head);
    let list = Rect::from_min_max(head.left_bottom(), all.max);
    let mut ui = ui.new_child(egui::UiBuilder::new().max_rect(list).id_salt("state list"));
    let kind = |part: Part| match part {
        Part::SharedData => text.state.shared_data(),
        Part::Queue => text.state.queues(),
        Part::Metric => text.state.metrics(),
        _ => text.state.properties_written(),
    };
    let shown = VirtualList::new(Id::unique("state"), text.tabs.state(), run.state.len())
        .row_height(theme.sizes.row)
        .show(
            &mut ui,
            |index| {
                run.state.get(index).map_or_else(String::new, |entry| {
                    format!("{}: {} = {}, {}", kind(entry.part), entry.name, entry.value, entry.writer)
                })
            },
            |row| {
                let Some(entry) = run.state.get(row.index) else { return };
                let edges = edges(row.rect);
                let ends = [edges[1], edges[2], edges[3], row.rect.right()];
                let texts = [kind(entry.part), &entry.name, &entry.value, &entry.writer];
                let tones = [Tone::Muted, Tone::Text, Tone::Text, Tone::Accent];
                for (((words, left), end), tone) in texts.into_iter().zip(edges).zip(ends).zip(tones) {
                    let font = if left == edges[0] { row.theme.small() } else { row.theme.code() };
                    let room = (end - left - space::S).max(8.0);
                    let words = elided(row.painter, words, font, row.theme.color(tone), room);
                    text_at(row.painter, egui::pos2(left, row.rect.center().y), Align2::LEFT_CENTER, words);
                }
            },
        );
    enter(&shown.response, Region::Center);
}
