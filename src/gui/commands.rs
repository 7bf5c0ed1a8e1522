//! Everything a user can do, in one table.
//!
//! Menu, palette, key bindings, tooltips and the shortcut sheet are all made from [`COMMANDS`]; a command that is not in it
//! has no key. Panels return [`Command`]s, one function applies them. Labels live in [`crate::gui::text`], where a command
//! without a name in both languages does not compile.

mod keys;

use std::path::PathBuf;

use egui::Key;

pub use keys::{
    Keys, Situation, When, install, key_name, modifier_names, pasted, pressed_commands, shortcut_text,
};

use super::{
    apply::{CompareCommand, FolderCommand},
    editing::{Chosen, ModuleUse},
    model::{BodyKind, Overlay, Side},
    text::Text,
    theme::Icon,
};
use crate::abi::HostCall;
use crate::convert::Format;
use crate::scenario::{Expectation, Scenario};
use crate::trace::EventId;
use crate::view::{guide::Place, state::Section};
use keys::{alt, cmd, cmd_shift, copy, plain, shift, typed};

/// Where a command stands in menus, in the palette and on the shortcut sheet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Group {
    File,
    Run,
    Edit,
    Navigate,
    Show,
    View,
    Help,
}

impl Group {
    pub const ALL: [Self; 7] =
        [Self::File, Self::Run, Self::Edit, Self::Navigate, Self::Show, Self::View, Self::Help];
}

/// One row of the table.
#[derive(Debug)]
pub struct CommandSpec {
    pub command: Command,
    /// The command's name in settings files (recently used commands). Never translated, never changed.
    pub name: &'static str,
    pub group: Group,
    pub icon: Option<Icon>,
    /// The first is the one shown.
    pub keys: &'static [Keys],
}

/// Defines [`Command`] and [`COMMANDS`] together, so that no plain command can be missing from the table.
macro_rules! commands {
    (
        table { $( $(#[$doc:meta])* $command:ident: $group:ident, $icon:expr, [$($key:expr),*]; )* }
        with_data { $( $(#[$data_doc:meta])* $data_command:ident $(($($data:ty),+))?, )* }
    ) => {
        /// What the window can be asked to do.
        #[derive(Clone, Debug, PartialEq)]
        pub enum Command {
            $( $(#[$doc])* $command, )*
            $( $(#[$data_doc])* $data_command $(($($data),+))?, )*
        }

        /// All commands that need no further data, in the order of menus and palette.
        pub const COMMANDS: &[CommandSpec] = &[
            $( CommandSpec {
                command: Command::$command,
                name: stringify!($command),
                group: Group::$group,
                icon: $icon,
                keys: &[$($key),*],
            }, )*
        ];
    };
}

commands! {
    table {
        OpenDialog: File, Some(Icon::File), [cmd(Key::O)];
        /// Type a path, for machines without a file dialog.
        OpenTypedPath: File, None, [];
        /// Scenarios that are run together.
        OpenFolder: File, Some(Icon::Folder), [cmd_shift(Key::O)];
        CloseFolder: File, None, [];
        /// A copy of the scenario in front, in a file of the folder.
        NewScenario: File, Some(Icon::Plus), [];
        /// The scenario that is chosen in the folder. Its keys are those of the list.
        DuplicateScenario: File, Some(Icon::Copy), [];
        RenameScenario: File, Some(Icon::Pencil), [];
        DeleteScenario: File, Some(Icon::Cross), [];
        ShowSamples: File, Some(Icon::List), [];
        ReloadModule: File, Some(Icon::Reload), [cmd(Key::R)];
        Save: File, Some(Icon::Save), [cmd(Key::S)];
        SaveAs: File, None, [cmd_shift(Key::S)];
        /// The scenario as its file has it now; the edits stay one step back.
        TakeFile: File, None, [];
        /// Write it for another tool.
        Export: File, Some(Icon::Download), [];
        /// Scenario, modules and run in one file.
        ShareFile: File, Some(Icon::Save), [];
        /// The same with credentials masked.
        ShareMaskedFile: File, None, [];
        /// The run as a page for a browser.
        SaveReport: File, Some(Icon::Save), [];
        /// The scenario in front.
        CloseFilter: File, None, [cmd(Key::W)];
        /// What was closed last, with its edits and its steps back.
        ReopenClosed: File, Some(Icon::ArrowLeft), [cmd_shift(Key::T)];
        Quit: File, None, [cmd(Key::Q)];

        Run: Run, Some(Icon::Play), [cmd(Key::Enter)];
        Stop: Run, Some(Icon::Stop), [cmd(Key::Period)];
        /// All scenarios of the folder; while they run, stops them.
        RunFolder: Run, Some(Icon::Play), [cmd_shift(Key::Enter)];
        /// The scenario that is chosen in the folder.
        RunScenario: Run, Some(Icon::Play), [];
        /// The run that is shown becomes what others are compared with.
        PinRun: Run, Some(Icon::Pin), [];
        ToggleLive: Run, None, [cmd(Key::L)];
        /// Instructions of each callback, from the next run on.
        CountInstructions: Run, None, [];
        /// Many requests to the same VMs, of which figures are kept: whether memory leaks.
        SoakHundred: Run, Some(Icon::Reload), [];
        SoakThousand: Run, Some(Icon::Reload), [];
        SoakTenThousand: Run, Some(Icon::Reload), [];

        Undo: Edit, Some(Icon::Undo), [cmd(Key::Z)];
        Redo: Edit, Some(Icon::Redo), [cmd_shift(Key::Z), cmd(Key::Y)];
        /// The request, as a command for a shell.
        CopyCurl: Edit, Some(Icon::Copy), [cmd_shift(Key::C)];
        /// The request, as HTTP/1.1 carries it.
        CopyHttp: Edit, Some(Icon::Copy), [];
        /// What the filters did, with its tables, as Markdown.
        CopyStory: Edit, Some(Icon::Copy), [];
        /// What is said above two runs that are compared.
        CopyComparison: Edit, Some(Icon::Copy), [];
        /// The run as `--json` prints it.
        CopyJson: Edit, Some(Icon::Copy), [];
        /// The command line that makes the same run.
        CopyCommandLine: Edit, Some(Icon::Copy), [];

        /// Puts another module at the end of the chain.
        AddFilter: Edit, Some(Icon::Plus), [];
        /// Ready-made requests, replies and mocks.
        ShowTemplates: Edit, Some(Icon::List), [];
        /// Expects what is chosen of every run.
        ExpectThis: Edit, Some(Icon::Check), [typed(Key::E)];
        /// A mock for the callout that is chosen.
        MakeMock: Edit, Some(Icon::Plus), [];
        /// The value of the chosen row of the changes.
        CopyValue: Edit, Some(Icon::Copy), [copy(Key::C)];
        /// The part of the message that the chosen row belongs to.
        CopyPart: Edit, Some(Icon::Copy), [];

        Palette: Navigate, Some(Icon::Search), [cmd(Key::K), cmd_shift(Key::P)];
        /// The filter field of the region that has the keyboard.
        Filter: Navigate, Some(Icon::Search), [cmd(Key::F)];
        NextChange: Navigate, Some(Icon::ChevronDown), [plain(Key::F7)];
        PreviousChange: Navigate, Some(Icon::ChevronUp), [shift(Key::F7)];
        /// The next request of a run of several.
        NextRequest: Navigate, Some(Icon::ChevronRight), [alt(Key::ArrowDown)];
        PreviousRequest: Navigate, Some(Icon::ChevronLeft), [alt(Key::ArrowUp)];
        /// The request that is looked at, in the editor.
        EditLookedAt: Navigate, Some(Icon::Pencil), [];
        NextEvent: Navigate, Some(Icon::ChevronRight), [typed(Key::CloseBracket)];
        PreviousEvent: Navigate, Some(Icon::ChevronLeft), [typed(Key::OpenBracket)];
        /// The next event that changed something.
        NextWrite: Navigate, Some(Icon::Pencil), [typed(Key::CloseCurlyBracket)];
        PreviousWrite: Navigate, Some(Icon::Pencil), [typed(Key::OpenCurlyBracket)];
        /// The state at the end of the run, and not after an event.
        ShowEnd: Navigate, None, [];
        Back: Navigate, Some(Icon::ArrowLeft), [alt(Key::ArrowLeft)];
        Forward: Navigate, Some(Icon::ArrowRight), [alt(Key::ArrowRight)];
        /// The next of the open scenarios.
        NextTab: Navigate, None, [cmd(Key::Tab), cmd(Key::PageDown)];
        PreviousTab: Navigate, None, [cmd_shift(Key::Tab), cmd(Key::PageUp)];
        MoveTabLeft: Navigate, None, [cmd_shift(Key::PageUp)];
        MoveTabRight: Navigate, None, [cmd_shift(Key::PageDown)];
        NextRegion: Navigate, None, [plain(Key::F6)];
        PreviousRegion: Navigate, None, [shift(Key::F6)];

        /// The folder of scenarios.
        ShowScenarios: Show, Some(Icon::Folder), [cmd(Key::E)];
        ShowRequest: Show, None, [cmd(Key::Num1)];
        ShowResponse: Show, None, [cmd(Key::Num2)];
        ShowConfig: Show, None, [cmd(Key::Num3)];
        ShowEnvironment: Show, None, [cmd(Key::Num4)];
        ShowChanges: Show, None, [cmd(Key::Num5)];
        ShowTimeline: Show, None, [cmd(Key::Num6)];
        ShowStream: Show, None, [cmd(Key::Num7)];
        ShowHostCalls: Show, None, [cmd(Key::Num8)];
        ShowState: Show, None, [cmd(Key::Num9)];
        /// The page about the first module.
        ShowPreflight: Show, Some(Icon::Shield), [];
        /// Two runs side by side, or two builds of the folder's modules.
        CompareRuns: Show, Some(Icon::Exchange), [cmd_shift(Key::D)];
        ShowLogs: Show, None, [];
        ShowFindings: Show, None, [];
        ShowExpectations: Show, None, [];

        /// Before and after beside each other.
        SideBySide: View, None, [typed(Key::B)];
        Unified: View, None, [typed(Key::U)];
        /// The messages as HTTP text.
        Raw: View, None, [];
        OnlyChanges: View, None, [typed(Key::C)];
        /// Bodies decoded and by what they consist of.
        BodiesWhole: View, None, [typed(Key::W)];
        /// Bodies in the pieces that arrived and left.
        BodiesInChunks: View, None, [typed(Key::K)];
        BodiesAsBytes: View, None, [typed(Key::X)];
        /// Host calls by name, with their counts.
        GroupCalls: View, None, [typed(Key::G)];
        /// Events equally wide, or to scale.
        TimelineSteps: View, None, [typed(Key::T)];
        TimelineZoomIn: View, Some(Icon::Plus), [typed(Key::Plus), typed(Key::Equals)];
        TimelineZoomOut: View, Some(Icon::Minus), [typed(Key::Minus)];
        TimelineFit: View, None, [typed(Key::Num0)];
        /// Folds all rows of the timeline, or unfolds them.
        CollapseAll: View, None, [];
        /// The panel about the chosen event.
        ToggleDetail: View, Some(Icon::Info), [typed(Key::D)];
        /// Its arguments as they crossed the boundary.
        ToggleRawArguments: View, None, [];
        ToggleMask: View, Some(Icon::EyeOff), [typed(Key::H)];
        FoldLeftPanel: View, None, [cmd(Key::B)];
        FoldLogs: View, None, [cmd(Key::J)];
        ThemeSystem: View, None, [];
        ThemeLight: View, None, [];
        ThemeDark: View, None, [];
        ThemeHighContrast: View, None, [];
        ToggleReducedMotion: View, None, [];
        English: View, Some(Icon::Globe), [];
        SimplifiedChinese: View, Some(Icon::Globe), [];
        ZoomIn: View, Some(Icon::Plus), [cmd(Key::Plus), cmd(Key::Equals)];
        ZoomOut: View, Some(Icon::Minus), [cmd(Key::Minus)];
        ZoomReset: View, None, [cmd(Key::Num0)];
        /// For the back of a room: larger, without what is at the sides, with the keys that are pressed.
        Present: View, Some(Icon::Play), [plain(Key::F11)];

        /// The pages of the guide.
        ShowGuide: Help, Some(Icon::Book), [];
        ShortcutSheet: Help, None, [typed(Key::Questionmark), plain(Key::F1)];
    }
    with_data {
        /// A module, a scenario or a foreign file, from a drop, a dialog or the command line.
        OpenPath(PathBuf),
        /// Several of them together, each in a tab of its own.
        OpenPaths(Vec<PathBuf>),
        /// A bundled sample, by the name of its folder.
        OpenSample(String),
        /// A card of the empty screen, counted from 0.
        OpenSampleCard(usize),
        /// An entry of the recent list, newest first, counted from 0.
        OpenRecent(usize),
        /// A level of the log, counted from 0 (trace) to 5 (critical).
        ToggleLogLevel(usize),
        /// Esc: close what lies on top, else stop.
        Dismiss,
        /// A new version of the scenario, from a field of the left panel. The second part: the edit continues the last
        /// one and is undone with it.
        Edit(Box<Scenario>, bool),
        /// A row in a list of the editors.
        Choose(Chosen),
        /// A file that was dropped on the chain: a filter joins it, another file is opened.
        DropOnChain(PathBuf),
        /// Asks for another module for a filter, by its place in the chain.
        ReplaceModule(usize),
        /// Reads a filter's module, to pin it or to put it into the scenario.
        UseModule(usize, ModuleUse),
        /// Asks where to write a module that is in the scenario, and names it there.
        TakeModuleOut(usize),
        /// Another request of the run, counted from 0.
        LookAt(usize),
        /// A template, by its place.
        UseTemplate(usize),
        /// Expects something of every run.
        Expect(Box<Expectation>),
        /// What the user takes a body for.
        SetBodyKind(Side, BodyKind),
        /// Replaces a body by the contents of a file that the user chooses.
        BodyFromFile(Side),
        /// A change in the list of changes, counted from 0.
        SelectChange(usize),
        /// The same, and brings it into view.
        RevealChange(usize),
        /// A line of the changes, and the change it belongs to, if it is one.
        SelectRow(usize, Option<usize>),
        /// From a change to the host call that made it, or from a host call to the change.
        FollowChange(usize),
        FollowEvent(EventId),
        SelectEvent(EventId),
        /// The same, and brings it into view.
        RevealEvent(EventId),
        /// The same in the timeline, and one can come back from there.
        ShowEvent(EventId),
        /// The part of the run that the lane of the timeline shows, as fractions of the whole.
        ShowSpan(f32, f32),
        /// Text of the filter of logs, host calls, timeline.
        FilterLogs(String),
        FilterCalls(String),
        FilterTimeline(String),
        /// A name in the list of host calls by name, counted from 0.
        SelectGroup(usize),
        /// The host calls of one name.
        ShowGroup(HostCall),
        /// A list of the state, a thing in it, a version of its history.
        ShowStateSection(Section),
        SelectState(usize),
        SelectVersion(usize),
        /// From a soak back to the requests of the run.
        PutSoakAway,
        /// Folds or unfolds a callback of the timeline.
        Fold(EventId),
        /// Folds or unfolds a section of the changes.
        FoldSection(usize),
        /// Shows the whole story, or its first line.
        FoldStory,
        /// Unfolds unchanged rows: section and first row.
        Unfold(usize, usize),
        /// Of a trap's stack: only the filter's own frames, or all.
        OnlyMyCode,
        /// Frames of the runtime or of the SDK, by the place of the first of them.
        UnfoldFrames(usize),
        /// A place in the source: file and line.
        CopyPlace(String),
        RemoveRecent(usize),
        /// A tab by its place in the row, counted from 0; the last moves one to another place.
        ShowTab(usize),
        CloseTab(usize),
        MoveTab(usize, usize),
        /// The page about a module, by its place in the chain.
        ShowPreflightOf(usize),
        /// A part of the guide.
        ShowGuideAt(Place),
        /// Folds or unfolds a group of findings, counted from 0.
        FoldFindings(usize),
        /// Runs with a changed scenario, and says in these words what was changed, with a way back.
        Try(Box<Scenario>, String),
        /// A host on that page, counted from 0: the imports behind its verdict, or all again.
        SelectHost(usize),
        /// The palette's own line and choice.
        SetOverlay(Overlay),
        /// Save over the file that was in the way.
        Overwrite,
        /// Something with the folder at the left, or with a comparison.
        Folder(FolderCommand),
        Compare(CompareCommand),
        /// Open or save at the typed path.
        UseTypedPath,
        /// In a presentation: the audience may see secrets.
        ShowSecrets,
        CloseNotice(usize),
        /// Writes what is open in this format.
        ExportAs(Format),
        /// A text that was pasted where no field was: a request, a configuration.
        Import(String),
        /// Saves a file to share at this path, with credentials masked.
        ShareMasked(PathBuf),
    }
}

impl Command {
    /// The command's row in the table; none for commands that carry data.
    #[must_use]
    pub fn spec(&self) -> Option<&'static CommandSpec> {
        COMMANDS.iter().find(|spec| spec.command == *self)
    }

    /// The key to show beside the command, written as on this operating system.
    #[must_use]
    pub fn shortcut(&self, ctx: &egui::Context) -> Option<String> {
        let keys = self.spec()?.keys.first()?;
        Some(shortcut_text(keys, ctx.os()))
    }
}

/// Keys of lists and fields, which are not commands: for the shortcut sheet.
#[must_use]
pub fn fixed_keys(text: Text) -> [(&'static str, &'static str); 10] {
    let texts = text.overlays;
    [
        ("↑ ↓ PgUp PgDn", texts.sheet_move()),
        ("Home End", texts.sheet_ends()),
        ("← →", texts.sheet_unfold()),
        ("Enter", texts.sheet_follow()),
        ("Alt+↑ Alt+↓", texts.sheet_reorder()),
        ("Space", texts.sheet_switch()),
        ("Delete", texts.sheet_remove()),
        ("F2", texts.sheet_rename()),
        ("Esc", texts.sheet_leave()),
        ("1 … 6", texts.sheet_digits()),
    ]
}

/// The command of that name in a settings file, if this version still has it.
#[must_use]
pub fn by_name(name: &str) -> Option<&'static CommandSpec> {
    COMMANDS.iter().find(|spec| spec.name == name)
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    /// Two keys clash when one press could mean both: same key, same modifiers.
    #[test]
    fn no_two_shortcuts_clash() {
        let mut seen: HashMap<(Key, egui::Modifiers), Vec<(&str, When)>> = HashMap::new();
        for spec in COMMANDS {
            for keys in spec.keys {
                let others = seen.entry((keys.key, keys.modifiers)).or_default();
                let shown = shortcut_text(keys, egui::os::OperatingSystem::Nix);
                assert!(others.is_empty(), "{} and {others:?} share {shown}", spec.name);
                others.push((spec.name, keys.when));
            }
        }
    }

    #[test]
    fn letters_and_brackets_wait_until_no_field_has_the_keyboard() {
        for spec in COMMANDS {
            for keys in spec.keys {
                let is_function_key = format!("{:?}", keys.key).starts_with('F') && keys.key != Key::F;
                if keys.modifiers.is_none() && !is_function_key {
                    assert_ne!(keys.when, When::Always, "{} would fire while typing", spec.name);
                }
            }
        }
    }

    #[test]
    fn names_are_unique_and_found_again() {
        for spec in COMMANDS {
            assert_eq!(by_name(spec.name).map(|found| &found.command), Some(&spec.command));
        }
    }

    #[test]
    fn every_group_has_commands() {
        for group in Group::ALL {
            assert!(COMMANDS.iter().any(|spec| spec.group == group), "{group:?} is empty");
        }
    }
}
