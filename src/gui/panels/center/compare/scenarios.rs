//! The scenarios of the folder that do something else with the present build.

use egui::{Align2, Id, Rect, Ui, Vec2};

use super::change_look;
use crate::folder::{Change, Mark, Standing};
use crate::gui::apply::CompareCommand;
use crate::gui::commands::Command;
use crate::gui::comparing::Subject;
use crate::gui::model::Model;
use crate::gui::panels::cached;
use crate::gui::panels::left::scenarios::change_word;
use crate::gui::text::Text;
use crate::gui::theme::{self, Icon, Theme, Tone, space};
use crate::gui::widgets::{self, Row, VirtualList, elided, galley, text_at};
use crate::view::sentences::compare as words;

/// Most rows that are shown at once; the list scrolls.
const MOST_ROWS: usize = 6;
/// Where the columns begin, as shares of the width.
const A: f32 = 0.26;
const B: f32 = 0.37;
const CHANGE: f32 = 0.48;
const DIFFERS: f32 = 0.58;

pub fn show(ui: &mut Ui, model: &Model, out: &mut Vec<Command>) {
    let Some(listing) = model.folder.listing.clone() else { return };
    let rounds = &model.folder.rounds;
    if rounds.before.is_none() {
        return;
    }
    let theme = theme::of(ui.ctx());
    let text = model.text();
    let shape = (model.folder.version, model.folder.list_number(), model.comparing.only_differences);
    let entries = cached(ui, "compared scenarios", shape, |(.., only)| {
        let is_shown = |place: &usize| {
            let standing = rounds.standing(&listing.entries[*place].path);
            standing.is_some_and(|standing| !*only || standing.change != Change::Same)
        };
        (0..listing.entries.len()).filter(is_shown).collect::<Vec<usize>>()
    });
    let top = ui.cursor().min;
    let width = ui.available_width();
    let rows = entries.len().min(MOST_ROWS);
    let height =
        theme.sizes.section_head + theme.sizes.row * (rows + usize::from(rows > 0)) as f32 + space::S;
    let all = Rect::from_min_size(top, Vec2::new(width, height));
    ui.advance_cursor_after_rect(all);
    widgets::hairline_above(ui, &theme, all);
    let tally = cached(ui, "compared tally", model.folder.version, |_| rounds.tally());
    let head = Rect::from_min_size(all.min, Vec2::new(width, theme.sizes.section_head));
    let mut head_ui =
        ui.new_child(egui::UiBuilder::new().max_rect(head.shrink2(Vec2::new(theme.sizes.side, 0.0))));
    let differing = tally.fixed + tally.broken + tally.output;
    let summary = text.compare.differ(differing.max(if shape.2 { entries.len() } else { 0 }), tally.all);
    widgets::SectionHead::new(text.compare.scenarios()).summary(&summary).show(&mut head_ui);
    if rows == 0 {
        return;
    }
    let names = Rect::from_min_size(head.left_bottom(), Vec2::new(width, theme.sizes.row));
    column_heads(ui, names, text, &theme);
    let list = Rect::from_min_max(names.left_bottom(), all.max);
    let mut list_ui = ui.new_child(egui::UiBuilder::new().max_rect(list).id_salt("compared scenarios"));
    let painter = Painter { model, listing: &listing, entries: &entries, text };
    let subject = model.comparing.subject.clone();
    let chosen = cached(ui, "compared scenario", (shape, subject), |(_, subject)| match subject {
        Some(Subject::Scenario(path)) => {
            entries.iter().position(|place| listing.entries[*place].path == *path)
        }
        _ => None,
    });
    let output = VirtualList::new(Id::unique("compared scenarios"), text.compare.scenarios(), entries.len())
        .row_height(theme.sizes.row)
        .selected(*chosen)
        .show(&mut list_ui, |index| painter.spoken(index), |row| painter.paint(row));
    if let Some(place) = output.selected.and_then(|index| entries.get(index)) {
        let path = listing.entries[*place].path.clone();
        out.push(Command::Compare(CompareCommand::ShowScenario(Some(path))));
    }
}

fn column_heads(ui: &Ui, rect: Rect, text: Text, theme: &Theme) {
    let at = |share: f32| egui::pos2(rect.left() + theme.sizes.side + rect.width() * share, rect.center().y);
    for (share, word) in [(A, "A"), (B, "B"), (DIFFERS, text.compare.what_differs())] {
        let word = galley(ui.painter(), word, theme.small(), theme.colors.muted);
        text_at(ui.painter(), at(share), Align2::LEFT_CENTER, word);
    }
}

struct Painter<'a> {
    model: &'a Model,
    listing: &'a crate::folder::Listing,
    entries: &'a [usize],
    text: Text,
}

impl Painter<'_> {
    fn of(&self, index: usize) -> Option<(&str, Standing<'_>)> {
        let entry = self.listing.entries.get(*self.entries.get(index)?)?;
        Some((&entry.name, self.model.folder.rounds.standing(&entry.path)?))
    }

    fn mark(&self, mark: Mark) -> (Icon, Tone, &'static str) {
        let texts = self.text.folder;
        match mark {
            Mark::Pass => (Icon::Check, Tone::Ok, texts.word_pass()),
            Mark::Finding => (Icon::Warning, Tone::Warn, texts.word_pass()),
            Mark::Fails => (Icon::Cross, Tone::Error, texts.word_fails()),
        }
    }

    /// What differs: in full of the one that is chosen, else by what the digests tell.
    fn differs(&self, index: usize, standing: &Standing<'_>) -> String {
        let chosen = self.model.comparing.result.as_ref().filter(|compared| {
            matches!(&compared.asked.subject, Subject::Scenario(path)
                if self.entries.get(index).is_some_and(|place| self.listing.entries[*place].path == *path))
        });
        match chosen {
            Some(compared) => words::what_differs(self.text.language, &compared.comparison),
            None => words::differs(self.text.language, standing.before.digest.differs(&standing.now.digest)),
        }
    }

    fn paint(&self, row: &Row<'_>) {
        let Some((name, standing)) = self.of(row.index) else { return };
        let theme = row.theme;
        let middle = row.rect.center().y;
        let left = row.rect.left() + theme.sizes.side;
        let at = |share: f32| left + row.rect.width() * share;
        let color = theme.colors.text;
        let name = elided(row.painter, name, theme.body(), color, at(A) - left - space::S);
        text_at(row.painter, egui::pos2(left, middle), Align2::LEFT_CENTER, name);
        let word = |share: f32, icon: Option<Icon>, tone: Tone, word: &str| {
            let color = theme.color(tone);
            let mut x = at(share);
            if let Some(icon) = icon {
                icon.paint(row.painter, egui::pos2(x + 6.0, middle), 12.0, color);
                x += 16.0;
            }
            let word = galley(row.painter, word, theme.small_strong(), color);
            text_at(row.painter, egui::pos2(x, middle), Align2::LEFT_CENTER, word);
        };
        let (icon, tone, said) = self.mark(standing.before.mark);
        word(A, Some(icon), tone, said);
        let (icon, tone, said) = self.mark(standing.now.mark);
        word(B, Some(icon), tone, said);
        let (_, tone) = change_look(standing.change);
        word(CHANGE, None, tone, self.change(standing.change));
        let room = row.rect.right() - theme.sizes.side - at(DIFFERS);
        let differs = self.differs(row.index, &standing);
        let differs = elided(row.painter, &differs, theme.small(), theme.colors.muted, room);
        text_at(row.painter, egui::pos2(at(DIFFERS), middle), Align2::LEFT_CENTER, differs);
    }

    fn change(&self, change: Change) -> &'static str {
        match change {
            Change::Same => self.text.folder.same(),
            change => change_word(change, self.text),
        }
    }

    fn spoken(&self, index: usize) -> String {
        let Some((name, standing)) = self.of(index) else { return String::new() };
        let (a, b) = (self.mark(standing.before.mark).2, self.mark(standing.now.mark).2);
        format!("{name}: A {a}, B {b}, {}, {}", self.change(standing.change), self.differs(index, &standing))
    }
}
