//! All state of the window. Panels read it; only [`super::apply`] writes it.

use std::collections::{BTreeSet, VecDeque};
use std::path::PathBuf;
use std::sync::Arc;

use egui::Id;
use serde::{Deserialize, Serialize};

use super::commands::Command;
use super::comparing::Comparing;
use super::converting::Converting;
use super::document::{Document, DocumentId, Origin};
use super::editing::Editing;
use super::folder::Folder;
use super::keeping::Keeping;
use super::looking::{FileKind, Looking};
use super::presenting::Presenting;
use super::reading::Reading;
use super::runs::Runs;
use super::saving::Saving;
use super::settings::{Settings, SettingsFile};
use super::sharing::{Share, Sharing};
use super::tabs::Tabs;
use super::text::Text;
use super::theme::{Appearance, Tone};
use super::watching::Watching;
use crate::convert::Format;
use crate::scenario::Scenario;
use crate::trace::EventId;
use crate::view::guide;
use crate::view::sentences::ErrorCard;
use crate::view::state::Section;

/// A run that takes longer than this shows a spinner, in seconds.
pub const SPINNER_AFTER: f64 = 0.2;

/// Tabs of the left panel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LeftTab {
    /// The folder, not a part of the scenario.
    Scenarios,
    #[default]
    Request,
    Response,
    Config,
    Environment,
}

/// Tabs of the centre.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CenterTab {
    #[default]
    Changes,
    Timeline,
    Stream,
    HostCalls,
    State,
    /// A page about a module, which has no tab: it takes the place of all of them.
    Preflight,
    /// A page of the guide, in the same way.
    Guide,
    /// Two runs side by side, in the same way.
    Compare,
}

/// Tabs of the panel below the centre.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LowerTab {
    #[default]
    Logs,
    Findings,
    Expectations,
}

/// Ways to show changes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DiffMode {
    #[default]
    SideBySide,
    Unified,
    Raw,
}

/// Regions that F6 goes through, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Region {
    Top,
    Left,
    Center,
    Logs,
    Status,
}

impl Region {
    pub const ALL: [Self; 5] = [Self::Top, Self::Left, Self::Center, Self::Logs, Self::Status];

    /// The widget that gets the keyboard when the region is entered.
    pub fn entry(self) -> Id {
        Id::unique(match self {
            Self::Top => "region top",
            Self::Left => "region left",
            Self::Center => "region center",
            Self::Logs => "region logs",
            Self::Status => "region status",
        })
    }
}

/// The two messages of a scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    Request,
    Reply,
}

/// What a body is taken for: decides the check beneath its editor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BodyKind {
    None,
    Text,
    Json,
}

/// What a typed path is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PathFor {
    Open,
    Save,
    Share(Share),
    Body(Side),
    AddFilter,
    /// Another module for the filter at this place in the chain.
    ReplaceModule(usize),
    /// Where the module of the filter at this place is written to.
    TakeModuleOut(usize),
    Export(Format),
}

/// What lies on top of the window.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Overlay {
    #[default]
    None,
    Palette {
        query: String,
        selected: usize,
    },
    ShortcutSheet {
        query: String,
    },
    /// A typed path, for machines without file dialogs.
    TypedPath {
        path: String,
        purpose: PathFor,
        /// Why the last one did not do.
        problem: Option<String>,
    },
    Samples,
    /// The formats in which what is open can be written.
    Export,
    /// What was not carried over, each with its place; `widest` in Latin letters.
    LeftOut {
        lines: Arc<[crate::view::Text]>,
        widest: usize,
        selected: usize,
    },
    /// With the place of the marked one.
    Templates(usize),
    /// A file that could not be opened; what was open stays.
    FileError(Box<ErrorCard>),
    /// Something that could not be done, with the command that may do it; none where there is none, as for pasted text.
    NotDone(Box<ErrorCard>, Option<Box<Command>>),
    /// Whether an audience may see secrets.
    ShowSecrets,
    /// What is to become of a file that was to be written to and is there already.
    InTheWay {
        path: PathBuf,
        writes: Writes,
    },
}

/// What was to be written to a file that is in the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Writes {
    /// The scenario, to its own file, to which somebody else wrote.
    OwnFile,
    Scenario,
    Export(Format),
    Share(Share),
    /// The module of the filter at this place in the chain.
    Module(usize),
}

/// What is shown of a scenario and its run, and what of it is chosen.
#[derive(Clone, Debug)]
pub struct View {
    pub left: LeftTab,
    pub center: CenterTab,
    pub lower: LowerTab,
    pub diff: DiffMode,
    /// The whole story is shown, not only its first line.
    pub story_unfolded: bool,
    /// What is chosen in the lists of the editors.
    pub editing: Editing,
    /// What the user takes the bodies of request and reply for; `None`: what they look like.
    pub body_kinds: [Option<BodyKind>; 2],
    /// The change that F7 stands on, in the list of changes of the run.
    pub change: Option<usize>,
    /// The line of the changes that the arrow keys stand on, when it is not that of the change.
    pub row: Option<usize>,
    /// The event that is chosen in timeline, host calls and logs.
    pub event: Option<EventId>,
    /// The host call whose change is to be shown as soon as its request is looked at.
    pub follow: Option<EventId>,
    /// Bring the chosen change or event into view in the next frame.
    pub reveal: bool,
    /// The same as soon as the next run is there.
    pub reveal_run: bool,
    /// Levels that are shown, trace first.
    pub levels: [bool; 6],
    pub log_filter: String,
    pub calls_filter: String,
    /// Host calls are shown by name, with their counts.
    pub calls_grouped: bool,
    /// The name that is chosen among them.
    pub calls_group: Option<usize>,
    pub timeline_filter: String,
    /// The timeline shows all events equally wide, not to scale.
    pub timeline_steps: bool,
    /// The part of the run that its lane shows, as fractions of the whole.
    pub timeline_span: (f32, f32),
    /// The panel about the chosen event is open, and shows arguments as they crossed the boundary.
    pub detail: bool,
    pub detail_raw: bool,
    /// The list of the state that is shown; `None`: the first one with something of interest in it.
    pub state_section: Option<Section>,
    /// The thing that is chosen in it, and the version of its history.
    pub state_row: Option<usize>,
    pub state_version: Option<usize>,
    /// The module that the page is about, by its place in the chain, and the host that is chosen on it.
    pub preflight: usize,
    pub preflight_host: Option<usize>,
    /// The part of the guide that is read.
    pub guide: guide::Place,
    /// Groups of findings that are unfolded.
    pub open_findings: BTreeSet<usize>,
    /// Rows of the timeline that are not as they are at first: callbacks folded, start and end of a run unfolded.
    pub folded: BTreeSet<EventId>,
    /// Runs of unchanged rows that are unfolded: section and first row.
    pub unfolded: BTreeSet<(usize, usize)>,
    /// Sections of the changes view that are folded.
    pub folded_sections: BTreeSet<usize>,
    /// Of a trap's stack: all frames are shown, not only the filter's own.
    pub all_frames: bool,
    /// Groups of frames of which the opposite holds, by their first frame.
    pub unfolded_frames: BTreeSet<usize>,
    /// Places that Back and Forward go to.
    pub back: Vec<Place>,
    pub forward: Vec<Place>,
}

impl Default for View {
    fn default() -> Self {
        Self {
            left: LeftTab::default(),
            center: CenterTab::default(),
            lower: LowerTab::default(),
            diff: DiffMode::default(),
            story_unfolded: false,
            editing: Editing::default(),
            body_kinds: [None; 2],
            change: None,
            row: None,
            event: None,
            follow: None,
            reveal: false,
            reveal_run: false,
            levels: [true; 6],
            log_filter: String::new(),
            calls_filter: String::new(),
            calls_grouped: false,
            calls_group: None,
            timeline_filter: String::new(),
            timeline_steps: false,
            timeline_span: (0.0, 1.0),
            detail: true,
            detail_raw: false,
            state_section: None,
            state_row: None,
            state_version: None,
            preflight: 0,
            preflight_host: None,
            guide: guide::Place::top(guide::Page::FirstFilter),
            open_findings: BTreeSet::new(),
            folded: BTreeSet::new(),
            unfolded: BTreeSet::new(),
            folded_sections: BTreeSet::new(),
            all_frames: false,
            unfolded_frames: BTreeSet::new(),
            back: Vec::new(),
            forward: Vec::new(),
        }
    }
}

impl View {
    /// The first view of another scenario: what the user chose to see stays, what belonged to a run goes.
    pub fn like(other: &Self) -> Self {
        Self {
            left: other.left,
            diff: other.diff,
            story_unfolded: other.story_unfolded,
            levels: other.levels,
            ..Self::default()
        }
    }
}

/// How the window is divided, whatever it shows. Sizes in points; `None`: as it is at first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Layout {
    pub left_folded: bool,
    pub left_width: Option<f32>,
    /// The window is too narrow for the left panel to stand open by itself.
    #[serde(skip)]
    pub narrow: bool,
    /// In a narrow window: the left panel was asked for.
    #[serde(skip)]
    pub drawer: bool,
    pub lower_folded: bool,
    /// Of the panel below the centre, with logs and with cards.
    pub lower_height: Option<f32>,
    pub cards_height: Option<f32>,
    #[serde(skip)]
    pub presentation: bool,
}

impl Layout {
    /// Whether the left panel is open, and not only its rail.
    pub fn left_open(&self) -> bool {
        if self.narrow { self.drawer } else { !self.left_folded }
    }

    /// As it was kept, as far as that can be read.
    pub fn restore(&mut self, kept: &serde_json::Value) {
        if let Ok(kept) = serde_json::from_value::<Self>(kept.clone()) {
            let sane = |size: Option<f32>| size.filter(|size| size.is_finite() && *size > 0.0);
            self.left_folded = kept.left_folded;
            self.lower_folded = kept.lower_folded;
            self.left_width = sane(kept.left_width);
            (self.lower_height, self.cards_height) = (sane(kept.lower_height), sane(kept.cards_height));
        }
    }
}

/// A place in the window that one can return to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    pub center: CenterTab,
    pub change: Option<usize>,
    pub event: Option<EventId>,
    /// The request that is looked at.
    pub exchange: usize,
    pub guide: guide::Place,
    /// The list of the state, and the row in it.
    pub state: (Option<Section>, Option<usize>),
}

/// A message that goes away by itself.
#[derive(Clone, Debug, PartialEq)]
pub struct Notice {
    pub tone: Tone,
    pub text: String,
    /// Until when it is shown, in seconds of egui's clock; errors stay until they are closed.
    pub until: Option<f64>,
    pub action: Option<(String, Command)>,
    /// Of an offer to undo an edit: the document, and the scenario that the edit made of it.
    pub edit: Option<(DocumentId, Arc<Scenario>)>,
}

/// The whole state.
#[derive(Debug)]
pub struct Model {
    pub settings: Settings,
    pub settings_file: SettingsFile,
    /// The scenario in front, which `runs` and `view` are about. `None`: the empty screen.
    pub document: Option<Document>,
    /// The scenarios that are open behind it, and those that were closed.
    pub tabs: Tabs,
    /// A file that is being read.
    pub reading: Reading,
    /// What lies on the disk, for what is shown of it.
    pub looking: Looking,
    /// Scenarios that are being written.
    pub saving: Saving,
    /// What outlives the window.
    pub keeping: Keeping,
    /// Files of other tools that are being read and written.
    pub converting: Converting,
    /// Files to share that are being made.
    pub sharing: Sharing,
    pub runs: Runs,
    pub watching: Watching,
    /// The folder at the left.
    pub folder: Folder,
    pub comparing: Comparing,
    pub view: View,
    pub layout: Layout,
    pub presenting: Presenting,
    pub overlay: Overlay,
    pub notices: Vec<Notice>,
    /// Files that were dropped together and are opened one after the other.
    pub to_open: VecDeque<PathBuf>,
    /// Files that hover over the window.
    pub hovered: Vec<PathBuf>,
    /// They hover over the chain, which takes a filter in.
    pub hovers_chain: bool,
    /// egui's clock in seconds.
    pub now: f64,
    /// When the scenario was last edited, in seconds of egui's clock.
    pub edited: Option<f64>,
    /// The field in which that edit was typed: letters are undone together only within one field.
    pub typed_in: Option<Id>,
    /// What had the keyboard before an overlay was opened.
    pub focus_before: Option<Id>,
    /// What gets the keyboard when the command is done.
    pub focus_next: Option<Id>,
    /// The part of the window that F6 was last moved to, or that was used last.
    pub region: Region,
}

impl Model {
    pub fn text(&self) -> Text {
        Text::new(self.settings.language())
    }

    /// Whether the key for filters leads to the logs' field: they are where the user is, or the view in the centre has none.
    pub fn filters_logs(&self) -> bool {
        self.region == Region::Logs || self.view.center == CenterTab::Changes
    }

    /// What is open has no filter yet: a module that is opened becomes its first.
    pub fn waits_for_filter(&self) -> bool {
        self.document.as_ref().is_some_and(|open| open.scenario.chain.is_empty())
    }

    /// What the first file is that hovers over the window, as soon as that is known.
    pub fn hovered_kind(&self) -> Option<FileKind> {
        self.looking.kind_of(self.hovered.first()?)
    }

    /// Whether the recent files are on the screen: on the empty one, and in the palette.
    pub fn shows_recent(&self) -> [bool; 2] {
        [self.document.is_none(), matches!(self.overlay, Overlay::Palette { .. })]
    }

    /// Whether something stands at the left: where nothing is open, the folder alone.
    pub fn shows_left(&self) -> bool {
        match self.document {
            Some(_) => !self.layout.presentation,
            None => self.folder.is_open(),
        }
    }

    pub fn appearance(&self) -> Appearance {
        Appearance {
            choice: self.settings.theme,
            presentation: self.layout.presentation,
            reduced_motion: self.settings.reduced_motion,
        }
    }

    /// Whether credentials are hidden: in a presentation always, until somebody says otherwise.
    pub fn hides_secrets(&self) -> bool {
        match self.layout.presentation {
            true => !self.presenting.shows_secrets,
            false => self.settings.mask_secrets,
        }
    }

    /// The zoom of the window, as a factor.
    pub fn zoom(&self) -> f32 {
        if self.layout.presentation { self.presenting.zoom } else { self.settings.zoom }
    }

    /// Whether a run is under way, and has been for long enough to say so.
    pub fn is_waiting(&self) -> bool {
        self.runs.pending.is_some_and(|pending| self.now - pending.since > SPINNER_AFTER)
    }

    /// The place that is shown now.
    pub fn place(&self) -> Place {
        let View { center, change, event, guide, state_section, state_row, .. } = self.view;
        let state = (state_section, state_row);
        Place { center, change, event, exchange: self.runs.exchange(), guide, state }
    }

    /// A new result is there: what was chosen in the old one stays chosen where it still exists.
    pub fn run_arrived(&mut self) {
        let Some(run) = &self.runs.current else { return };
        let changes = run.changes.items().len();
        self.view.change = self.view.change.filter(|change| *change < changes);
        self.view.row = None;
        self.view.timeline_span = (0.0, 1.0);
        let events = run.trace.events().len();
        self.view.event = self.view.event.filter(|event| event.index() < events);
        self.view.unfolded_frames.clear();
        self.view.reveal |= std::mem::take(&mut self.view.reveal_run);
        let outcome = run.trace.outcome.kind();
        if let Some(Origin::Module(path) | Origin::File(path)) =
            self.document.as_ref().map(|open| &open.origin)
            && let Some(recent) = self.settings.recent.iter_mut().find(|recent| recent.path == *path)
            && recent.outcome.as_deref() != Some(outcome)
        {
            recent.outcome = Some(outcome.to_owned());
            self.settings_file.write(&self.settings);
        }
    }

    /// Another request of the run is there to be looked at.
    pub fn look_arrived(&mut self) {
        let Some(run) = &self.runs.current else { return };
        if let Some(place) = self.view.follow.take().and_then(|event| run.changes.item_of(event)) {
            self.view.change = Some(place);
            self.view.reveal = true;
        }
        let changes = run.changes.items().len();
        self.view.change = self.view.change.filter(|change| *change < changes);
    }

    /// Runs what is open. A soak under way ends for it.
    pub fn start_run(&mut self, reload: bool) {
        let Some(document) = &self.document else { return };
        let had_soak = self.runs.soaking.is_some();
        self.runs.start(document, self.now, reload);
        if had_soak {
            self.notify(Tone::Warn, self.text().state.soak_ended());
        }
    }

    /// Runs what is open by itself, after an edit or a rebuild.
    pub fn start_quietly(&mut self) {
        let Some(document) = &self.document else { return };
        let had_soak = self.runs.soaking.is_some();
        self.runs.start_quietly(document, self.now);
        if had_soak {
            self.notify(Tone::Warn, self.text().state.soak_ended());
        }
    }

    /// The figures of a soak are there: says where they are to be seen.
    pub fn soak_arrived(&mut self) {
        let Some(soak) = &self.runs.soak else { return };
        let words = self.text().state.soaked(soak.requests());
        if self.view.center != CenterTab::State || self.view.state_section != Some(Section::Memory) {
            let show = self.text().state.show_memory();
            self.offer(words, show, Command::ShowStateSection(Section::Memory));
        }
    }

    /// Shows a message for a while.
    pub fn notify(&mut self, tone: Tone, text: impl Into<String>) {
        let until = (tone != Tone::Error).then_some(self.now + 4.0);
        self.push_notice(Notice { tone, text: text.into(), until, action: None, edit: None });
    }

    /// Shows a message that stays until it is closed: it says what nothing else does.
    pub fn notify_until_closed(&mut self, tone: Tone, text: impl Into<String>) {
        self.push_notice(Notice { tone, text: text.into(), until: None, action: None, edit: None });
    }

    /// Shows a message with a button; it stays long enough to be read and reached. What can be taken back was done, and
    /// is no warning.
    pub fn offer(&mut self, text: impl Into<String>, words: impl Into<String>, command: Command) {
        let until = Some(self.now + 12.0);
        let front = self.document.as_ref().filter(|_| command == Command::Undo);
        let edit = front.map(|document| (document.id, document.scenario.clone()));
        let tone = match command {
            Command::Undo | Command::ReopenClosed | Command::Folder(_) => Tone::Ok,
            Command::Run | Command::CompareRuns | Command::ShowExpectations => Tone::Muted,
            _ => Tone::Warn,
        };
        let action = Some((words.into(), command));
        self.push_notice(Notice { tone, text: text.into(), until, action, edit });
    }

    /// The same for what nothing else takes back: somebody may notice late that it was not meant.
    pub fn offer_for_a_minute(
        &mut self,
        text: impl Into<String>,
        words: impl Into<String>,
        command: Command,
    ) {
        let (until, action) = (Some(self.now + 60.0), Some((words.into(), command)));
        self.push_notice(Notice { tone: Tone::Ok, text: text.into(), until, action, edit: None });
    }

    /// The same for what holds until somebody does something about it.
    pub fn offer_for_long(&mut self, text: impl Into<String>, words: impl Into<String>, command: Command) {
        let action = Some((words.into(), command));
        self.push_notice(Notice { tone: Tone::Error, text: text.into(), until: None, action, edit: None });
    }

    /// An offer to undo an edit ends when that is not the last step of what is in front: undoing would take another one back.
    pub fn end_past_offers(&mut self) {
        let front = self.document.as_ref();
        self.notices.retain(|notice| {
            notice.edit.as_ref().is_none_or(|(id, made)| {
                front.is_some_and(|front| front.id == *id && Arc::ptr_eq(&front.scenario, made))
            })
        });
    }

    fn push_notice(&mut self, notice: Notice) {
        self.notices.retain(|other| other.text != notice.text);
        self.notices.push(notice);
    }
}
