//! The findings of a run: a list of what was found, grouped by kind, and the card of the one that is chosen.

use egui::{Align2, Id, Rect, ScrollArea, Ui, UiBuilder, Vec2};

use super::{cached, enter, finding_card};
use crate::gui::commands::Command;
use crate::gui::model::{Model, Region};
use crate::gui::runs::RunView;
use crate::gui::text::{Text, number};
use crate::gui::theme::{self, Icon, space, tokens};
use crate::gui::widgets::{self, Row, VirtualList, elided, galley, text_at, text_right};
use crate::trace::Trace;
use crate::view::findings::{self, Findings, Group, Occurrence};
use crate::view::sentences::{finding, outcome};

/// Width of the list in points: a share of the panel within bounds.
const SHARE: f32 = 0.36;
const WIDTH: std::ops::RangeInclusive<f32> = 200.0..=420.0;
/// A panel narrower than this, in points, shows the list above the card, with so many rows at most.
const NARROW: f32 = 700.0;
const ROWS_ABOVE: usize = 3;

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
    trace: &'a Trace,
}

impl<'a> Lines<'a> {
    /// Whether any group has a chevron.
    fn has_several(&self) -> bool {
        self.findings.groups().iter().any(|group| group.len() > 1)
    }

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
        nothing(ui, run, text);
        return;
    }
    let lines = Lines { findings: &run.finding_groups, model, trace: &run.trace };
    let (left, right) = parts(ui, &lines);
    let chosen @ (group, inside) = chosen(model, run);
    let mut list = ui.new_child(UiBuilder::new().max_rect(left).id_salt("list"));
    rows(&mut list, &lines, chosen, text, out);
    let Some(group) = run.finding_groups.groups().get(group) else { return };
    let Some(shown) = group.occurrences.get(inside).copied() else { return };
    let mut pane = ui.new_child(UiBuilder::new().max_rect(right).id_salt("card"));
    pane.set_clip_rect(right.intersect(ui.clip_rect()));
    ScrollArea::vertical().id_salt("finding").auto_shrink(false).show(&mut pane, |ui| {
        let inner = ui.available_rect_before_wrap().shrink2(Vec2::new(space::M, space::S));
        ui.scope_builder(UiBuilder::new().max_rect(inner), |ui| {
            finding_card::show(ui, model, (shown.event, shown.finding), out);
            ui.add_space(space::S);
        });
        widgets::reveal_focus(ui, "finding");
    });
}

/// Where the list and the card stand: beside each other, or one above the other where that leaves too little for both.
fn parts(ui: &Ui, lines: &Lines<'_>) -> (Rect, Rect) {
    let all = ui.max_rect();
    let theme = theme::of(ui.ctx());
    if all.width() < NARROW {
        let height = lines.len().min(ROWS_ABOVE) as f32 * theme.sizes.grid_row;
        let (list, card) = all.split_top_bottom_at_y(all.top() + height.min(all.height() / 2.0));
        widgets::hairline_above(ui, &theme, card);
        return (list, card.with_min_y(card.top() + tokens::LINE));
    }
    let width = (all.width() * SHARE).clamp(*WIDTH.start(), *WIDTH.end());
    let (list, card) = all.split_left_right_at_x(all.left() + width);
    ui.painter().vline(list.right(), all.y_range(), theme.hairline());
    (list.with_max_x(list.right() - tokens::LINE), card)
}

/// What the card is about: the finding at the chosen event, else the first. A group and a place inside it.
fn chosen(model: &Model, run: &RunView) -> (usize, usize) {
    model.view.event.and_then(|event| run.finding_groups.place_of(event)).unwrap_or_default()
}

/// That nothing was found, which after a run that did not end well is no praise.
fn nothing(ui: &mut Ui, run: &RunView, text: Text) {
    let ended = cached(ui, "how the run ended", (run.number, text.language), |_| {
        let place = findings::first_bad_ending(&run.trace)?;
        let words = match place {
            Some(request) => outcome::of_request(text.language, &run.trace, &run.scenario, request),
            None => outcome::text(text.language, &run.trace, &run.scenario),
        };
        Some(text.logs.run_ended(&format!("{}: {}", words.word, words.sentence.as_str())))
    });
    match &*ended {
        Some(words) => widgets::empty_state(ui, text.logs.no_further_findings(), words),
        None => widgets::empty_state(ui, text.logs.no_findings(), ""),
    }
}

/// From one occurrence of what is chosen to the next, if there are several.
pub fn stepper(ui: &mut Ui, model: &Model, run: &RunView, text: Text, out: &mut Vec<Command>) {
    let (group, inside) = chosen(model, run);
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

fn rows(ui: &mut Ui, lines: &Lines<'_>, (group, inside): (usize, usize), text: Text, out: &mut Vec<Command>) {
    let theme = theme::of(ui.ctx());
    let selected = lines.row_of(group, inside);
    let output = VirtualList::new(Id::unique("findings"), text.tabs.findings(), lines.len())
        .row_height(theme.sizes.grid_row)
        .selected(Some(selected))
        .show(
            ui,
            |row| {
                lines
                    .at(row)
                    .map_or_else(String::new, |(line, group, found)| spoken(lines, text, line, group, found))
            },
            |row| paint(row, lines, text),
        );
    enter(&output.response, Region::Logs);
    super::row_menu(&output.response, lines.model, Region::Logs, &[Command::MakeMock], out);
    let event = |row: usize| lines.at(row).map(|(_, _, found)| found.event);
    out.extend(output.selected.and_then(event).map(Command::SelectEvent));
    out.extend(output.activated.and_then(event).map(Command::FollowEvent));
    if let Some((line, group, found)) = lines.at(output.selected.unwrap_or(selected)) {
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

fn spoken(lines: &Lines<'_>, text: Text, line: Line, group: &Group, found: Occurrence) -> String {
    let language = text.language;
    let title = finding::title(language, found.finding);
    let word = group.severity.word(language);
    match line.inside {
        0 => format!("{word}: {title}, {}", findings::times(language, group)),
        _ => {
            let place = findings::brief_place(language, lines.trace, found);
            format!("{word}: {title}, {place} · {}", findings::brief_time(language, lines.trace, found))
        }
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
    if lines.has_several() {
        left += CHEVRON;
    }
    let right = row.rect.right() - theme.sizes.side;
    if line.inside > 0 {
        let time = findings::brief_time(text.language, lines.trace, found);
        let time = text_right(painter, right, middle, time, theme.small(), theme.colors.muted);
        let words = findings::brief_place(text.language, lines.trace, found);
        let room = time - space::S - left - MARK;
        let words = elided(painter, &words, theme.small_code(), theme.colors.text, room);
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
