//! What commands do with the comparison of two runs.

use std::path::PathBuf;

use super::show_center;
use crate::folder::Change;
use crate::gui::comparing::{Asked, Input, Subject};
use crate::gui::history::Kept;
use crate::gui::model::{CenterTab, Model};
use crate::gui::theme::Tone;
use crate::run::RunOptions;
use crate::view::compare::Manner;

/// What can be done with a comparison.
#[derive(Clone, Debug, PartialEq)]
pub enum CompareCommand {
    /// Another run at the left, or at the right, by its number.
    ChooseA(u64),
    ChooseB(u64),
    /// What is left comes to the right.
    Swap,
    /// A scenario of the folder, with both builds; none: the runs of the scenario in front.
    ShowScenario(Option<PathBuf>),
    OnlyDifferences,
    SelectRow(usize),
    Unfold(usize, usize),
    NextDifference,
    PreviousDifference,
}

pub fn apply(model: &mut Model, command: CompareCommand) {
    let comparing = &mut model.comparing;
    match command {
        CompareCommand::ChooseA(a) => {
            if let Some(Subject::Runs { b, .. }) = comparing.subject {
                comparing.subject = Some(Subject::Runs { a, b });
            }
        }
        CompareCommand::ChooseB(b) => {
            if let Some(Subject::Runs { a, .. }) = comparing.subject {
                comparing.subject = Some(Subject::Runs { a, b });
            }
        }
        CompareCommand::Swap => {
            if let Some(Subject::Runs { a, b }) = comparing.subject {
                comparing.subject = Some(Subject::Runs { a: b, b: a });
            }
        }
        CompareCommand::ShowScenario(Some(path)) => comparing.subject = Some(Subject::Scenario(path)),
        CompareCommand::ShowScenario(None) => model.comparing.subject = runs(model),
        CompareCommand::OnlyDifferences => comparing.only_differences = !comparing.only_differences,
        CompareCommand::SelectRow(row) => comparing.row = Some(row),
        CompareCommand::Unfold(section, row) => super::toggle(&mut comparing.unfolded, (section, row)),
        CompareCommand::NextDifference => step(model, 1),
        CompareCommand::PreviousDifference => step(model, -1),
    }
}

/// Goes to the next difference, or the one before; after the last comes the first.
pub fn step(model: &mut Model, step: isize) {
    let Some(result) = model.comparing.result.clone() else { return };
    let lines = crate::gui::panels::center::compare::lines(model, &result);
    let Some(row) = lines.next_item(&result.comparison, model.comparing.row, step) else { return };
    model.comparing.row = Some(row);
    model.comparing.reveal = true;
}

/// The last run, and the one that it is compared with: the pinned one, or the last one of another build.
fn runs(model: &Model) -> Option<Subject> {
    let history = &model.runs.history;
    let b = history.newest_first().next()?.number;
    let pinned = history.pinned.filter(|pinned| *pinned != b && history.get(*pinned).is_some());
    let a = pinned.or_else(|| history.before(b).map(|run| run.number))?;
    Some(Subject::Runs { a, b })
}

/// Whether there is anything to be compared.
pub fn can_compare(model: &Model) -> bool {
    model.runs.history.len() > 1 || model.folder.rounds.before.is_some()
}

/// Shows the comparison: of the folder's builds where a rebuild changed something, else of the last runs.
pub fn show(model: &mut Model) {
    let listing = model.folder.listing.clone();
    let rounds = &model.folder.rounds;
    let front = model.document.as_ref().and_then(|front| front.file_path());
    let differing = |wanted: fn(Change) -> bool| {
        let mut entries = listing.iter().flat_map(|listing| &listing.entries);
        let of = |path: &std::path::Path| rounds.standing(path).map(|standing| standing.change);
        entries.find(|entry| of(&entry.path).is_some_and(wanted)).map(|entry| entry.path.clone())
    };
    let is_front =
        front.filter(|path| rounds.standing(path).is_some_and(|standing| standing.change != Change::Same));
    let scenario = is_front
        .map(std::path::Path::to_owned)
        .or_else(|| differing(|change| matches!(change, Change::Fixed | Change::Broken)))
        .or_else(|| differing(|change| change != Change::Same));
    // It is being followed.
    let leads_here = |notice: &crate::gui::model::Notice| {
        notice
            .action
            .as_ref()
            .is_some_and(|(_, command)| *command == crate::gui::commands::Command::CompareRuns)
    };
    model.notices.retain(|notice| !leads_here(notice));
    model.comparing.subject = scenario.map(Subject::Scenario).or_else(|| runs(model));
    show_center(model, CenterTab::Compare);
}

/// Pins the run that is shown, or lets go of it.
pub fn pin(model: &mut Model) {
    let Some(run) = &model.runs.current else { return };
    let number = run.number;
    let text = model.text().compare;
    let is_pinned = model.runs.history.pinned == Some(number);
    model.runs.history.pinned = (!is_pinned).then_some(number);
    model.notify(Tone::Ok, if is_pinned { text.unpinned(number) } else { text.pinned_now(number) });
}

/// Takes in what was compared, and asks for what is to be seen by now.
pub fn take(model: &mut Model) {
    model.comparing.poll();
    if model.view.center != CenterTab::Compare {
        return;
    }
    if model.comparing.subject.is_none() {
        model.comparing.subject = runs(model);
    }
    let Some(subject) = model.comparing.subject.clone() else { return };
    let is_folder = matches!(subject, Subject::Scenario(_));
    let asked = Asked {
        exchange: if is_folder { 0 } else { model.runs.exchange() },
        subject,
        manner: Manner { language: model.text().language, masks: model.hides_secrets() },
        version: if is_folder { model.folder.rounds.now.number } else { 0 },
    };
    if model.comparing.is_asked(&asked) {
        return;
    }
    if let Some(sides) = sides(model, &asked.subject) {
        model.comparing.compare(asked, sides);
    }
}

fn sides(model: &Model, subject: &Subject) -> Option<[Input; 2]> {
    match subject {
        Subject::Runs { a, b } => {
            let history = &model.runs.history;
            let input = |kept: &Kept| Input {
                scenario: kept.scenario.clone(),
                trace: kept.trace.clone(),
                job: kept.again(RunOptions::default()),
            };
            Some([input(history.get(*a)?), input(history.get(*b)?)])
        }
        Subject::Scenario(path) => {
            let standing = model.folder.rounds.standing(path)?;
            Some([standing.before, standing.now].map(|checked| Input {
                scenario: checked.scenario.clone(),
                trace: checked.trace.clone(),
                job: checked.again(RunOptions::default()),
            }))
        }
    }
}
