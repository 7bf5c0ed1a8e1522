//! The folder of scenarios: what is in it, how each does, and what the chosen one expects.

use std::collections::BTreeMap;

use egui::{Align2, Id, Key, Modifiers, Panel, Rect, Ui, Vec2};

use crate::folder::{Change, Checked, Entry, Listing, Mark, Trouble};
use crate::gui::apply::FolderCommand;
use crate::gui::commands::Command;
use crate::gui::folder::{Row, Rows, tallies};
use crate::gui::model::Model;
use crate::gui::panels::{cached, expectations};
use crate::gui::resize::{Edge, resize_edge};
use crate::gui::text::{Text, duration};
use crate::gui::theme::{self, Icon, Theme, Tone, space};
use crate::gui::widgets::{
    self, Button, IconButton, ListOutput, OrderRow, TextField, VirtualList, elided, text_at, text_right,
};
use crate::trace::Outcome;
use crate::view::sentences;

/// What each level of subfolders is indented by, in points.
const INDENT: f32 = 16.0;
/// Heights of the part below the list, in points.
const EXPECTATIONS: f32 = 170.0;
const EXPECTATIONS_MIN: f32 = 80.0;
const EXPECTATIONS_MAX: f32 = 420.0;

pub fn list_id() -> Id {
    Id::unique("scenarios")
}

pub fn filter_id() -> Id {
    Id::unique("scenarios filter")
}

/// The field in which a scenario gets another name.
pub fn name_id() -> Id {
    Id::unique("scenario name")
}

pub fn show(ui: &mut Ui, model: &Model, out: &mut Vec<Command>) {
    let Some(listing) = model.folder.listing.clone() else {
        nothing(ui, model, out);
        return;
    };
    let theme = theme::of(ui.ctx());
    let text = model.text();
    let below = Panel::bottom("expectations")
        .default_size(EXPECTATIONS.min(ui.available_height() / 2.0))
        .size_range(EXPECTATIONS_MIN..=EXPECTATIONS_MAX)
        .frame(egui::Frame::new());
    let shown = below.show_separator_line(true).show(ui, |ui| {
        ui.expand_to_include_rect(ui.max_rect());
        expecting(ui, model, text, &theme, out);
    });
    resize_edge(ui, "expectations", text.folder.resize(), shown.response.rect, Edge::Top);
    egui::CentralPanel::no_frame().show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        head(ui, model, &listing, text, &theme, out);
        list(ui, model, &listing, text, &theme, out);
    });
}

/// No folder is open.
fn nothing(ui: &mut Ui, model: &Model, out: &mut Vec<Command>) {
    let text = model.text().folder;
    let theme = theme::of(ui.ctx());
    egui::Frame::new().inner_margin(theme.sizes.side).show(ui, |ui| {
        widgets::strong_label(ui, text.none_open());
        widgets::prose(ui, text.none_open_hint(), Tone::Muted);
        ui.add_space(space::S);
        let key = Command::OpenFolder.shortcut(ui.ctx()).unwrap_or_default();
        if Button::new(text.open_folder()).icon(Icon::Folder).key(key).show(ui).clicked() {
            out.push(Command::OpenFolder);
        }
        if let Some(reason) = &model.folder.failure {
            ui.add_space(space::S);
            widgets::prose(ui, &text.cannot_list(reason), Tone::Error);
        }
    });
}

/// Above the list: the folder, the filter, and how all of it does.
fn head(ui: &mut Ui, model: &Model, listing: &Listing, text: Text, theme: &Theme, out: &mut Vec<Command>) {
    let texts = text.folder;
    let folder = &model.folder;
    let inset = egui::Margin::symmetric(theme.sizes.side as i8, space::S as i8);
    egui::Frame::new().inner_margin(inset).show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.spacing_mut().item_spacing = Vec2::splat(space::S);
        ui.horizontal(|ui| {
            widgets::strong_label(ui, texts.title());
            let width = (ui.available_width() - 5.0 * theme.sizes.control).max(0.0);
            let words = texts.in_folder(listing.entries.len(), &listing.name());
            let label = widgets::elided_label(ui, &words, Tone::Muted, width);
            widgets::tooltip(&label, &listing.root.display().to_string(), None);
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                ui.spacing_mut().item_spacing.x = 0.0;
                let chosen = folder.selected.clone();
                let missing = chosen.is_none().then(|| texts.nothing_chosen());
                let mut with_chosen =
                    |ui: &mut Ui, icon, name: &str, command: fn(std::path::PathBuf) -> FolderCommand| {
                        if IconButton::new(icon, name.to_owned()).unavailable(missing).show(ui).clicked()
                            && let Some(path) = &chosen
                        {
                            out.push(Command::Folder(command(path.clone())));
                        }
                    };
                with_chosen(ui, Icon::Cross, texts.delete(), FolderCommand::Delete);
                with_chosen(ui, Icon::Pencil, texts.rename(), FolderCommand::AskName);
                with_chosen(ui, Icon::Copy, texts.duplicate(), FolderCommand::Duplicate);
                if IconButton::new(Icon::Plus, texts.new_scenario()).show(ui).clicked() {
                    out.push(Command::NewScenario);
                }
            });
        });
        ui.horizontal(|ui| {
            let run = match folder.running {
                Some(_) => Button::new(texts.stop()).icon(Icon::Stop),
                None => Button::new(texts.run_all()).icon(Icon::Play),
            };
            let mut typed = folder.filter.clone();
            let width = ui.available_width() - run.width(ui) - space::S;
            TextField::new(&mut typed, texts.filter_name())
                .hint(texts.filter())
                .icon(Icon::Search)
                .id(filter_id())
                .width(width)
                .interface_font()
                .show(ui);
            if typed != folder.filter {
                out.push(Command::Folder(FolderCommand::Filter(typed)));
            }
            let run = run.show(ui);
            let key = Command::RunFolder.shortcut(ui.ctx());
            widgets::tooltip(&run, &text.command(&Command::RunFolder), key.as_deref());
            if run.clicked() {
                out.push(Command::RunFolder);
            }
        });
        counts(ui, model, text);
    });
    let line = Rect::from_min_size(ui.cursor().min, Vec2::new(ui.available_width(), 0.0));
    widgets::hairline_above(ui, theme, line);
}

/// How many pass, fail and have findings; at the right how long it took, or how far it is.
fn counts(ui: &mut Ui, model: &Model, text: Text) {
    let (folder, texts) = (&model.folder, text.folder);
    let marks = cached(ui, "folder counts", folder.version, |_| {
        [Mark::Pass, Mark::Fails, Mark::Finding].map(|mark| folder.rounds.now.count(mark))
    });
    let [pass, fail, finding] = *marks;
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = space::M;
        let words = [
            (pass + finding, Icon::Check, Tone::Ok, texts.pass(pass + finding)),
            (fail, Icon::Cross, Tone::Error, texts.fail(fail)),
            (finding, Icon::Warning, Tone::Warn, texts.findings(finding)),
        ];
        if folder.rounds.now.is_empty() {
            widgets::label(ui, texts.not_run(), Tone::Muted);
        }
        for (count, icon, tone, words) in words {
            if count > 0 {
                widgets::mark(ui, icon, &words, tone, true);
            }
        }
        let right = match (folder.running, folder.took) {
            (Some(running), _) => texts.running(running.done, running.of),
            (None, Some(took)) => duration(took),
            (None, None) => String::new(),
        };
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            widgets::label(ui, &right, Tone::Muted);
        });
    });
}

fn list(ui: &mut Ui, model: &Model, listing: &Listing, text: Text, theme: &Theme, out: &mut Vec<Command>) {
    let folder = &model.folder;
    let shape = (folder.list_number(), folder.filter.clone(), folder.folded.clone());
    let rows = cached(ui, "scenario rows", shape, |(_, filter, folded)| Rows::new(listing, filter, folded));
    if rows.rows.is_empty() {
        let texts = text.folder;
        let (title, hint) = match listing.entries.is_empty() {
            true => (texts.empty(), texts.empty_hint()),
            false => (texts.none_match(), text.logs.clear_filter()),
        };
        widgets::empty_state(ui, title, hint);
        return;
    }
    // Where the chosen one stands, and the one that gets another name; looked for when something changed.
    let wanted = [folder.selected.clone(), folder.renaming.as_ref().map(|(path, _)| path.clone())];
    let place = (folder.list_number(), folder.filter.clone(), folder.folded.clone(), wanted);
    let places = cached(ui, "scenario places", place, |(.., wanted)| {
        wanted.clone().map(|path| {
            let entry = listing.entries.iter().position(|entry| Some(&entry.path) == path.as_ref())?;
            rows.row_of(entry)
        })
    });
    let [selected, renamed] = *places;
    let tallies = cached(ui, "scenario tallies", (folder.list_number(), folder.version), |_| {
        tallies(listing, &folder.rounds)
    });
    let painter = Painter { model, listing, rows: &rows, tallies: &tallies, text };
    let mut field = None;
    let output = VirtualList::new(list_id(), text.folder.list(), rows.rows.len())
        .row_height(theme.sizes.grid_row)
        .selected(selected)
        .scroll_to(selected.filter(|_| folder.reveal))
        .show(
            ui,
            |index| painter.spoken(index),
            |row| {
                if renamed == Some(row.index) {
                    field = Some(row.rect);
                }
                painter.paint(row);
            },
        );
    used(ui, model, listing, &rows, &output, selected, out);
    if let Some((rect, name)) = field.zip(folder.renaming.as_ref().map(|(_, name)| name)) {
        name_field(ui, rect, name, text, out);
    }
}

/// What the keyboard and the pointer did in the list.
fn used(
    ui: &Ui,
    model: &Model,
    listing: &Listing,
    rows: &Rows,
    output: &ListOutput,
    selected: Option<usize>,
    out: &mut Vec<Command>,
) {
    let entry = |index: usize| match rows.rows.get(index)? {
        Row::Scenario { entry, .. } => listing.entries.get(*entry),
        Row::Group { .. } => None,
    };
    let mut send = |command: FolderCommand| out.push(Command::Folder(command));
    let group = |index: usize| match rows.rows.get(index) {
        Some(Row::Group { path, is_folded, .. }) => Some((path.clone(), *is_folded)),
        _ => None,
    };
    if let Some((index, _)) = output.clicked {
        match (entry(index), group(index)) {
            (Some(entry), _) => send(FolderCommand::Open(entry.path.clone())),
            (None, Some((path, _))) => send(FolderCommand::Fold(path)),
            (None, None) => {}
        }
        return;
    }
    if let Some(index) = output.activated {
        match (entry(index), group(index)) {
            (Some(entry), _) => send(FolderCommand::Open(entry.path.clone())),
            (None, Some((path, _))) => send(FolderCommand::Fold(path)),
            (None, None) => {}
        }
    }
    // Subfolders are no choice of their own: the next scenario in that direction is.
    if let Some(index) = output.selected {
        let is_down = selected.is_none_or(|before| index > before);
        let chosen = match is_down {
            true => (index..rows.rows.len()).find_map(entry).or_else(|| (0..index).rev().find_map(entry)),
            false => (0..=index).rev().find_map(entry).or_else(|| (index..rows.rows.len()).find_map(entry)),
        };
        if let Some(entry) = chosen {
            send(FolderCommand::Select(entry.path.clone()));
        }
    }
    let Some(entry) = selected.and_then(entry) else { return };
    if output.fold && !entry.group.is_empty() {
        send(FolderCommand::Fold(entry.group.clone()));
    }
    if output.response.has_focus() && model.folder.renaming.is_none() {
        let pressed = |key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
        if pressed(Key::F2) {
            send(FolderCommand::AskName(entry.path.clone()));
        } else if pressed(Key::Delete) {
            send(FolderCommand::Delete(entry.path.clone()));
        } else if pressed(Key::Space) {
            send(FolderCommand::RunOne(entry.path.clone()));
        }
    }
}

/// The field over the row whose scenario gets another name.
fn name_field(ui: &mut Ui, rect: Rect, name: &str, text: Text, out: &mut Vec<Command>) {
    let mut typed = name.to_owned();
    let mut ui = ui.new_child(egui::UiBuilder::new().max_rect(rect.shrink2(Vec2::new(space::S, 0.0))));
    let width = ui.available_width();
    let escape = ui.input(|input| input.key_pressed(Key::Escape));
    let field = TextField::new(&mut typed, text.folder.name())
        .id(name_id())
        .width(width)
        .interface_font()
        .show(&mut ui);
    if typed != name {
        out.push(Command::Folder(FolderCommand::TypeName(typed)));
    }
    if field.lost_focus() {
        let entered = ui.input(|input| input.key_pressed(Key::Enter));
        let command = if entered && !escape { FolderCommand::Rename } else { FolderCommand::KeepName };
        out.push(Command::Folder(command));
    }
}

struct Painter<'a> {
    model: &'a Model,
    listing: &'a Listing,
    rows: &'a Rows,
    tallies: &'a BTreeMap<String, (usize, usize)>,
    text: Text,
}

/// What stands beside a scenario.
struct Standing {
    icon: Icon,
    tone: Tone,
    /// The mark in a word.
    word: String,
    /// At the right end.
    note: String,
    note_tone: Tone,
}

impl Painter<'_> {
    fn paint(&self, row: &widgets::Row<'_>) {
        let theme = row.theme;
        let colors = theme.colors;
        let middle = row.rect.center().y;
        let (left, right) = (row.rect.left() + theme.sizes.side, row.rect.right() - theme.sizes.side);
        match self.rows.rows.get(row.index) {
            Some(Row::Group { path, name, depth, is_folded }) => {
                let left = left + *depth as f32 * INDENT;
                let chevron = if *is_folded { Icon::ChevronRight } else { Icon::ChevronDown };
                chevron.paint(row.painter, egui::pos2(left + 6.0, middle), 12.0, colors.muted);
                let note = self.group_note(path);
                let end = text_right(row.painter, right, middle, &note, theme.small(), colors.muted);
                let left = left + 20.0;
                let name = elided(row.painter, name, theme.body(), colors.text, end - space::S - left);
                text_at(row.painter, egui::pos2(left, middle), Align2::LEFT_CENTER, name);
            }
            Some(Row::Scenario { entry, depth }) => {
                let Some(entry) = self.listing.entries.get(*entry) else { return };
                let standing = self.standing(entry);
                let left = left + *depth as f32 * INDENT;
                let at = egui::pos2(left + 6.0, middle);
                standing.icon.paint(row.painter, at, 12.0, theme.color(standing.tone));
                let color = theme.color(standing.note_tone);
                let end = text_right(row.painter, right, middle, &standing.note, theme.small(), color);
                let left = left + 20.0;
                let name = elided(row.painter, &entry.name, theme.body(), colors.text, end - space::S - left);
                text_at(row.painter, egui::pos2(left, middle), Align2::LEFT_CENTER, name);
            }
            None => {}
        }
    }

    fn group_note(&self, group: &str) -> String {
        let texts = self.text.folder;
        match self.tallies.get(group) {
            None => texts.not_run().to_owned(),
            Some((pass, run)) => texts.of(*pass, *run),
        }
    }

    fn standing(&self, entry: &Entry) -> Standing {
        let texts = self.text.folder;
        let Some(checked) = self.model.folder.rounds.now.get(&entry.path) else {
            let note = if entry.is_odd { texts.odd() } else { "—" };
            return Standing {
                icon: Icon::Ring,
                tone: Tone::Muted,
                word: texts.not_run().to_owned(),
                note: note.to_owned(),
                note_tone: Tone::Muted,
            };
        };
        let (icon, tone, word) = match checked.mark {
            Mark::Pass => (Icon::Check, Tone::Ok, texts.word_pass()),
            Mark::Finding => (Icon::Warning, Tone::Warn, texts.word_finding()),
            Mark::Fails => (Icon::Cross, Tone::Error, texts.word_fails()),
        };
        let note = note(checked, self.text);
        let note_tone = if checked.mark == Mark::Pass { Tone::Muted } else { tone };
        Standing { icon, tone, word: word.to_owned(), note, note_tone }
    }

    fn spoken(&self, index: usize) -> String {
        match self.rows.rows.get(index) {
            Some(Row::Group { path, name, is_folded, .. }) => {
                let texts = self.text.widgets;
                let action = if *is_folded { texts.unfold(name) } else { texts.fold(name) };
                format!("{action}, {}", self.group_note(path))
            }
            Some(Row::Scenario { entry, .. }) => {
                let Some(entry) = self.listing.entries.get(*entry) else { return String::new() };
                let standing = self.standing(entry);
                let change = self.model.folder.rounds.standing(&entry.path).map(|standing| standing.change);
                let change = change.map_or("", |change| change_word(change, self.text));
                let parts = [&*entry.name, &standing.word, &standing.note, change];
                parts.into_iter().filter(|part| !matches!(*part, "" | "—")).collect::<Vec<_>>().join(", ")
            }
            None => String::new(),
        }
    }
}

/// What stands at the right of a scenario that was run.
fn note(checked: &Checked, text: Text) -> String {
    let texts = text.folder;
    match (checked.met, checked.mark) {
        (_, _) if matches!(checked.trouble, Some(Trouble::File(_))) => texts.odd().to_owned(),
        (_, _) if checked.trouble.is_some() => texts.not_runnable().to_owned(),
        ((_, 0), Mark::Finding) => texts.findings(checked.findings),
        ((met, all), Mark::Finding) => {
            format!("{} · {}", texts.of(met, all), texts.findings(checked.findings))
        }
        ((_, 0), _) => outcome_word(text, &checked.outcome, checked),
        ((met, all), _) => texts.of(met, all),
    }
}

fn outcome_word(text: Text, outcome: &Outcome, checked: &Checked) -> String {
    match outcome {
        Outcome::Finished { status } | Outcome::LocalReply { status, .. } if *status > 0 => {
            status.to_string()
        }
        _ => match &checked.trace {
            Some(trace) => sentences::outcome::text(text.language, trace, &checked.scenario).word.to_owned(),
            None => outcome.kind().to_owned(),
        },
    }
}

/// How a scenario does beside the build before, in a word; nothing if it does the same.
pub fn change_word(change: Change, text: Text) -> &'static str {
    match change {
        Change::Fixed => text.folder.fixed(),
        Change::Broken => text.folder.broken(),
        Change::Output(_) => text.folder.output(),
        Change::Inside(_) => text.folder.inside(),
        Change::Same => "",
    }
}

/// One of its expectations, and below it what was found.
fn expected(ui: &mut Ui, row: &OrderRow, theme: &Theme) {
    ui.horizontal(|ui| {
        let (icon, tone) = row.mark.unwrap_or((Icon::Ring, Tone::Muted));
        widgets::mark(ui, icon, "", tone, false);
        let width = ui.available_width();
        let shown = elided(ui.painter(), &row.words, theme.code(), theme.colors.text, width);
        let size = Vec2::new(shown.size().x, theme.sizes.row);
        let (rect, response) = ui.allocate_exact_size(size, egui::Sense::hover());
        text_at(ui.painter(), rect.left_center(), Align2::LEFT_CENTER, shown);
        response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, &row.spoken));
        widgets::tooltip(&response, &row.words, None);
    });
    if !row.detail.is_empty() {
        ui.horizontal(|ui| {
            ui.add_space(space::XL);
            let width = ui.available_width();
            widgets::elided_label(ui, &row.detail, Tone::Muted, width);
        });
    }
}

/// What the chosen scenario expects, and whether it holds.
fn expecting(ui: &mut Ui, model: &Model, text: Text, theme: &Theme, out: &mut Vec<Command>) {
    let texts = text.folder;
    let folder = &model.folder;
    let place =
        cached(ui, "expecting scenario", (folder.list_number(), folder.selected.clone()), |(_, path)| {
            folder.listing.as_ref()?.entries.iter().position(|entry| Some(&entry.path) == path.as_ref())
        });
    let entry = place.and_then(|place| folder.listing.as_ref()?.entries.get(place));
    egui::Frame::new().inner_margin(egui::Margin::symmetric(theme.sizes.side as i8, space::S as i8)).show(
        ui,
        |ui| {
            ui.set_width(ui.available_width());
            ui.horizontal(|ui| {
                widgets::strong_label(ui, texts.expectations());
                let width = ui.available_width() - theme.sizes.control - space::S;
                if let Some(entry) = entry {
                    widgets::elided_label(ui, &entry.name, Tone::Muted, width);
                }
                ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                    // Only what is open can be edited.
                    let front = model.document.as_ref().and_then(|open| open.file_path());
                    let is_front = front.is_some() && front == folder.selected.as_deref();
                    let reason = (!is_front).then(|| texts.not_in_front());
                    if let Some(added) = expectations::add_menu(ui, model, reason) {
                        out.push(Command::Expect(Box::new(added)));
                        out.push(Command::ShowExpectations);
                    }
                });
            });
            let Some(entry) = entry else {
                widgets::prose(ui, texts.nothing_chosen(), Tone::Muted);
                return;
            };
            let Some(checked) = folder.rounds.now.get(&entry.path) else {
                widgets::prose(ui, texts.not_run_yet(), Tone::Muted);
                return;
            };
            egui::ScrollArea::vertical().id_salt("expectations of the folder").auto_shrink(false).show(
                ui,
                |ui| {
                    ui.spacing_mut().item_spacing.y = space::XS;
                    if let Some(trouble) = &checked.trouble {
                        let card = match trouble {
                            Trouble::File(error) => sentences::scenario::file_error(text.language, error),
                            Trouble::Problem(problem) => sentences::scenario::problem(text.language, problem),
                        };
                        widgets::prose(ui, card.title.as_str(), Tone::Error);
                        widgets::prose(ui, card.what.as_str(), Tone::Muted);
                        if !card.place.is_empty() {
                            widgets::prose(ui, card.place.as_str(), Tone::Muted);
                        }
                        return;
                    }
                    if checked.verdicts.is_empty() {
                        widgets::prose(ui, texts.no_expectations(), Tone::Muted);
                        if let Some(trace) = &checked.trace {
                            let ended = sentences::outcome::text(text.language, trace, &checked.scenario);
                            widgets::prose(
                                ui,
                                &text.widgets.wrong_value(ended.word, ended.sentence.as_str()),
                                Tone::Muted,
                            );
                        }
                    }
                    let shape = (folder.version, folder.selected.clone(), text.language);
                    let rows = cached(ui, "expectations of the folder", shape, |_| -> Vec<OrderRow> {
                        let judged = checked.scenario.expect.iter().zip(&checked.verdicts);
                        judged
                            .map(|(expected, verdict)| expectations::row(model, expected, Some(verdict)))
                            .collect()
                    });
                    for row in rows.iter() {
                        expected(ui, row, theme);
                    }
                    widgets::reveal_focus(ui, "expectations of the folder");
                },
            );
        },
    );
}
