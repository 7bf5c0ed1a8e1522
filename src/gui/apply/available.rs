//! Which commands can be used now, and why others cannot.

use super::{can_compare, editing};
use crate::gui::commands::Command;
use crate::gui::copying;
use crate::gui::document::Document;
use crate::gui::model::{CenterTab, Model};

/// Why a command cannot be used now; `None`: it can.
pub fn unavailable(model: &Model, command: &Command) -> Option<&'static str> {
    let text = model.text();
    let no_filter = model.document.is_none().then(|| text.frame.no_filter());
    let has_changes = model.runs.current.as_ref().is_some_and(|run| !run.changes.items().is_empty());
    match command {
        Command::Export | Command::ExportAs(_) => no_filter,
        Command::Run | Command::ReloadModule | Command::Save | Command::SaveAs | Command::CloseFilter => {
            no_filter
        }
        Command::CopyCurl | Command::CopyHttp | Command::CopyCommandLine => no_filter,
        Command::ShareFile | Command::ShareMaskedFile | Command::SaveReport => no_filter,
        Command::CopyStory | Command::CopyJson => {
            no_filter.or(model.runs.current.is_none().then(|| text.changes.not_run_yet()))
        }
        Command::Stop => {
            let runs = model.runs.pending.or(model.runs.soaking).is_some();
            (!runs).then(|| text.frame.nothing_runs())
        }
        Command::SoakHundred | Command::SoakThousand | Command::SoakTenThousand => {
            let connects = model.document.as_ref().is_some_and(|open| open.scenario.connection.is_some());
            no_filter
                .or(connects.then(|| text.state.soak_connection()))
                .or(model.runs.pending.map(|_| text.state.soak_later()))
                .or(model.runs.soaking.map(|_| text.state.soak_runs()))
        }
        Command::CountInstructions => no_filter,
        Command::ShowEnd => no_filter.or(model.view.event.is_none().then(|| text.state.is_end())),
        Command::Undo => {
            let can = model.document.as_ref().is_some_and(Document::can_undo);
            (!can).then(|| text.frame.nothing_to_undo())
        }
        Command::Redo => {
            let can = model.document.as_ref().is_some_and(Document::can_redo);
            (!can).then(|| text.frame.nothing_to_redo())
        }
        Command::RunFolder | Command::NewScenario | Command::CloseFolder => {
            (!model.folder.is_open()).then(|| text.folder.no_folder())
        }
        Command::DuplicateScenario
        | Command::RenameScenario
        | Command::DeleteScenario
        | Command::RunScenario => {
            let no_folder = (!model.folder.is_open()).then(|| text.folder.no_folder());
            no_folder.or(model.folder.selected.is_none().then(|| text.folder.nothing_chosen()))
        }
        Command::CopyComparison => model.comparing.result.is_none().then(|| text.compare.not_compared()),
        Command::ShowScenarios => no_filter.filter(|_| !model.folder.is_open()),
        Command::PinRun => no_filter.or(model.runs.current.is_none().then(|| text.changes.not_run_yet())),
        Command::CompareRuns => no_filter.or((!can_compare(model)).then(|| text.compare.too_few())),
        Command::NextChange | Command::PreviousChange if model.view.center == CenterTab::Compare => None,
        Command::NextChange | Command::PreviousChange => {
            no_filter.or((!has_changes).then(|| text.changes.no_changes()))
        }
        Command::NextRequest | Command::PreviousRequest => {
            let here = model.runs.exchange();
            let count = model.runs.current.as_ref().map_or(0, |run| run.exchanges());
            let is_last = if *command == Command::NextRequest { here + 1 >= count } else { here == 0 };
            no_filter.or((count < 2).then(|| text.changes.one_request())).or(is_last
                .then(|| if here == 0 { text.changes.first_request() } else { text.changes.last_request() }))
        }
        Command::AddFilter | Command::ShowTemplates | Command::ShowExpectations | Command::EditLookedAt => {
            no_filter
        }
        Command::MakeMock => no_filter.or((!editing::can_mock(model)).then(|| text.mocks.nothing_chosen())),
        Command::ExpectThis => {
            no_filter.or((!editing::can_expect(model)).then(|| text.expectations.nothing_chosen()))
        }
        Command::CopyValue | Command::CopyPart => {
            no_filter.or((!copying::has_row(model)).then(|| text.bodies.no_row()))
        }
        Command::BodiesWhole
        | Command::BodiesInChunks
        | Command::BodiesAsBytes
        | Command::NextEvent
        | Command::PreviousEvent
        | Command::NextWrite
        | Command::PreviousWrite
        | Command::Filter
        | Command::ShowRequest
        | Command::ShowResponse
        | Command::ShowConfig
        | Command::ShowEnvironment
        | Command::ShowChanges
        | Command::ShowTimeline
        | Command::ShowStream
        | Command::ShowHostCalls
        | Command::ShowState
        | Command::ShowPreflight
        | Command::ShowLogs
        | Command::ShowFindings
        | Command::SideBySide
        | Command::Unified
        | Command::Raw
        | Command::GroupCalls
        | Command::TimelineSteps
        | Command::TimelineZoomIn
        | Command::TimelineZoomOut
        | Command::TimelineFit
        | Command::CollapseAll
        | Command::ToggleDetail
        | Command::ToggleRawArguments
        | Command::Present
        | Command::FoldLeftPanel
        | Command::FoldLogs
        | Command::BodyFromFile(_) => no_filter,
        Command::NextTab | Command::PreviousTab => {
            no_filter.or((model.tab_count() < 2).then(|| text.frame.only_tab()))
        }
        Command::MoveTabLeft | Command::MoveTabRight => {
            let is_left = *command == Command::MoveTabLeft;
            let last = if is_left { 0 } else { model.tab_count().saturating_sub(1) };
            let words = if is_left { text.frame.first_tab() } else { text.frame.last_tab() };
            no_filter.or((model.tabs.place() == last).then_some(words))
        }
        Command::ReopenClosed => model.tabs.closed().is_empty().then(|| text.frame.nothing_closed()),
        Command::Back => model.view.back.is_empty().then(|| text.frame.nowhere_to_go()),
        Command::Forward => model.view.forward.is_empty().then(|| text.frame.nowhere_to_go()),
        _ => None,
    }
}
