//! The findings of a run: a list of what was found, grouped by kind, and the card of the one that is chosen.

use egui::{Align2, Id, Rect, ScrollArea, Ui, UiBuilder, Vec2};

use super::{enter, finding_card};
use crate::gui::commands::Command;
use crate::gui::model::{Model, Region};
use crate::gui::runs::RunView;
use crate::gui::text::{Text, number};
use crate::gui::theme::{self, Icon, space};
use crate::gui::widgets::{self, Row, VirtualList, elided, galley, text_at, text_right};
use crate::view::findings::{self, Findings, Group, Occurrence};
use crate::view::sentences::finding;

/// Width of the list in points: a share of the panel within bounds.
const SHARE: f32 = 0.36;
const WIDTH: std::ops::RangeInclusive<f32> = 200.0..=420.0;

/// A row of the list: the first occurrence of a group stands for the group, further ones are seen when it is unfolded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Line {
    group: usize,
    inside: usize,
}

/// Which occurrences have rows. Groups are few; what is inside them is only counted.
struct Lines<'a> {
    findings: &'a Findings,
    model: &'a Model,
}

impl<'a> Lines<'a> {
    fn is_open(&self, group: usize) -> bool {
        self.model.view.open_findings.contains(&group)
    }

    fn rows_of(&self, place: usize, group: &Group) -> usize {
        if self.is_open(place) { group.len() } else { 1 }
    }

    fn len(&self) -> usize {
        self.findings.groups().iter().enumerate().map(|(place, group)| self.rows_of(place, group)).sum()
    }

    fn at(&self, row: usize) -> Option<(Line, &'a Group, Occurrence)> {
        let mut left = row;
        for (place, group) in self.findings.groups().iter().enumerate() {
            let rows = self.rows_of(place, group);
            if left < rows {
                let occurrence = *group.occurrences.get(left)?;
                return Some((Line { group: place, inside: left }, group, occurrence));
            }
            left -= rows;
        }
        None
    }

    /// The row that shows an occurrence, or its group where that is folded.
    fn row_of(&self, place: usize, inside: usize) -> usize {
        let before: usize = self
            .findings
            .groups()
            .iter()
            .enumerate()
            .take(place)
            .map(|(place, group)| self.rows_of(place, group))
            .sum();
        before + if self.is_open(place) { inside } else { 0 }
    }
}

pub fn show(ui: &mut Ui, model: &Model, run: &RunView, out: &mut Vec<Command>) {
    let text = model.text();
    if run.finding_groups.is_empty() {
        widgets::empty_state(ui, text.logs.no_findings(), "");
        return;
    }
    let all = ui.max_rect();
    let width = (all.width() * SHARE).clamp(*WIDTH.start(), *WIDTH.end());
    let left = Rect::from_min_size(all.min, Vec2::new(width, all.height()));
    let right = Rect::from_min_max(left.right_top(), all.max);
    let theme = theme::of(ui.ctx());
    ui.painter().vline(left.right(), all.y_range(), theme.hairline());
    let lines = Lines { findings: &run.finding_groups, model };
    let chosen = model.view.event.and_then(|event| run.finding_groups.place_of(event));
    let mut list =
        ui.new_child(UiBuilder::new().max_rect(left.with_max_x(left.right() - 1.0)).id_salt("list"));
    rows(&mut list, &lines, chosen, text, out);
    let (group, inside) = chosen.unwrap_or_default();
    let Some(group) = run.finding_groups.groups().get(group) else { return };
    let Some(shown) = group.occurrences.get(inside).copied() else { return };
    let mut pane = ui.new_child(UiBuilder::new().max_rect(right).id_salt("card"));
    ScrollArea::vertical().id_salt("finding").auto_shrink(false).show(&mut pane, |ui| {
        let inner = ui.available_rect_before_wrap().shrink2(Vec2::new(space::M, space::S));
        ui.scope_builder(UiBuilder::new().max_rect(inner), |ui| {
            finding_card::show(ui, model, (shown.event, shown.finding), out);
            ui.add_space(space::S);
        });
        widgets::reveal_focus(ui, "finding");
    });
}

/// From one occurrence of what is chosen to the next, if there are several.
pub fn stepper(ui: &mut Ui, model: &Model, run: &RunView, text: Text, out: &mut Vec<Command>) {
    let (group, inside) =
        model.view.event.and_then(|event| run.finding_groups.place_of(event)).unwrap_or_default();
    let Some(group) = run.finding_groups.groups().get(group).filter(|group| group.len() > 1) else { return };
    let place = text.findings.place_of(inside + 1, group.len());
    let mut step = |ui: &mut Ui, icon: Icon, name: &str, to: Option<usize>| {
        let target = to.and_then(|place| group.occurrences.get(place));
        let reason = target.is_none().then(|| place.clone());
        if widgets::IconButton::new(icon, name).unavailable(reason).show(ui).clicked() {
            out.extend(target.map(|found| Command::SelectEvent(found.event)));
        }
    };
    step(ui, Icon::ChevronLeft, text.findings.previous(), inside.checked_sub(1));
    widgets::label(ui, &place, theme::Tone::Muted);
    step(ui, Icon::ChevronRight, text.findings.next(), Some(inside + 1));
}

fn rows(ui: &mut Ui, lines: &Lines<'_>, chosen: Option<(usize, usize)>, text: Text, out: &mut Vec<Command>) {
    let theme = theme::of(ui.ctx());
    let output = VirtualList::new(Id::unique("findings"), text.tabs.findings(), lines.len())
        .row_height(theme.sizes.grid_row)
        .selected(chosen.map(|(group, inside)| lines.row_of(group, inside)))
        .show(
            ui,
            |row| {
                lines
                    .at(row)
                    .map_or_else(String::new, |(line, group, found)| spoken(text, line, group, found))
            },
            |row| paint(row, lines, text),
        );
    enter(&output.response, Region::Logs);
    let event = |row: usize| lines.at(row).map(|(_, _, found)| found.event);
    out.extend(output.selected.and_then(event).map(Command::SelectEvent));
    out.extend(output.activated.and_then(event).map(Command::FollowEvent));
    let at = output.selected.or(chosen.map(|(group, inside)| lines.row_of(group, inside)));
    if let Some((line, group, found)) = at.and_then(|row| lines.at(row)) {
        let is_open = lines.is_open(line.group);
        if (output.unfold && !is_open || output.fold && is_open) && group.len() > 1 {
            out.push(Command::FoldFindings(line.group));
            // What was inside is seen no more; the group is chosen in its place.
            out.extend(
                group.first().filter(|first| *first != found).map(|first| Command::SelectEvent(first.event)),
            );
        }
    }
    if let Some((row, at)) = output.clicked
        && let Some((line, group, _)) = lines.at(row)
        && line.inside == 0
        && group.len() > 1
        && at.x < ui.max_rect().left() + theme.sizes.side + CHEVRON
    {
        out.push(Command::FoldFindings(line.group));
    }
}

/// Room for the chevron of a group, and for the mark behind it.
const CHEVRON: f32 = 16.0;
const MARK: f32 = 20.0;

fn spoken(text: Text, line: Line, group: &Group, found: Occurrence) -> String {
    let language = text.language;
    let title = finding::title(language, found.finding);
    let word = group.severity.word(language);
    match line.inside {
        0 => format!("{word}: {title}, {}", findings::times(language, group)),
        _ => format!("{word}: {title}, {}", where_of(text, found)),
    }
}

fn where_of(text: Text, found: Occurrence) -> String {
    let event = text.logs.event(found.event.index() + 1);
    match found.exchange {
        Some(exchange) if exchange > 0 => {
            format!("{event} · {}", text.findings.request(usize::from(exchange) + 1))
        }
        _ => event,
    }
}

fn paint(row: &Row<'_>, lines: &Lines<'_>, text: Text) {
    let Some((line, group, found)) = lines.at(row.index) else { return };
    let (theme, painter, middle) = (row.theme, row.painter, row.rect.center().y);
    let mut left = row.rect.left() + theme.sizes.side;
    if line.inside == 0 && group.len() > 1 {
        let icon = if lines.is_open(line.group) { Icon::ChevronDown } else { Icon::ChevronRight };
        icon.paint(painter, egui::pos2(left + 5.0, middle), 11.0, theme.colors.muted);
    }
    left += CHEVRON;
    let right = row.rect.right() - theme.sizes.side;
    if line.inside > 0 {
        let words = where_of(text, found);
        let words = elided(painter, &words, theme.small(), theme.colors.muted, right - left - MARK);
        text_at(painter, egui::pos2(left + MARK, middle), Align2::LEFT_CENTER, words);
        return;
    }
    let (icon, tone) = finding_card::mark(group.severity);
    icon.paint(painter, egui::pos2(left + 6.0, middle), 13.0, theme.color(tone));
    let word = galley(painter, group.severity.word(text.language), theme.small_strong(), theme.color(tone));
    let word = text_at(painter, egui::pos2(left + MARK, middle), Align2::LEFT_CENTER, word);
    let count = match group.len() {
        1 => right,
        count => {
            let words = format!("{}×", number(count));
            text_right(painter, right, middle, words, theme.small(), theme.colors.muted) - space::S
        }
    };
    let title = finding::title(text.language, found.finding).to_string();
    let from = word.right() + space::S;
    let title = elided(painter, title, theme.body(), theme.colors.text, (count - from).max(20.0));
    text_at(painter, egui::pos2(from, middle), Align2::LEFT_CENTER, title);
}
