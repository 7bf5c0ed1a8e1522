//! What commands do: the only writer of the model.

mod available;
mod comparing;
mod converting;
mod editing;
mod folder;
mod moving;
mod opening;
mod saving;
mod sharing;
mod tabs;
mod watching;

pub use available::unavailable;
pub use comparing::{CompareCommand, can_compare, take as take_comparison};
pub use converting::EXPORTS;
pub use folder::{FolderCommand, open_folder, take as take_folder};
pub use opening::{MOST_FILES, look_for_recent, picked, take_read};
pub use tabs::{open as open_document, place_of_file};
pub use watching::take_changes;

use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use egui::Context;

use super::commands::Command;
use super::copying;
use super::dialogs::{Dialogs, Purpose};
use super::document::Document;
use super::model::{BodyKind, CenterTab, DiffMode, LeftTab, LowerTab, Model, Overlay, PathFor, Region, Side};
use super::presenting;
use super::reading::LookFor;
use super::settings::Settings;
use super::sharing::Share;
use super::text::{self, Language};
use super::theme::{self, Appearance, ThemeChoice, Tone};
use crate::samples;
use crate::view::changes::BodyMode;
use crate::view::state::Section;
use moving::{leave, look_at, show_center, show_left, show_lower};
use opening::{read, take_content};

/// Quiet time after an edit before the scenario runs again, in seconds.
const LIVE_DELAY: f64 = 0.15;
/// Edits that follow each other within this time are undone together, in seconds.
const JOIN_WITHIN: f64 = 1.0;
/// Steps and bounds of the zoom.
const ZOOM_STEP: f32 = 0.1;
const ZOOM: std::ops::RangeInclusive<f32> = 0.5..=3.0;

/// Carries a command out.
pub fn apply(model: &mut Model, command: Command, ctx: &Context, dialogs: &mut dyn Dialogs) {
    if let Some(spec) = command.spec()
        && !matches!(command, Command::Palette | Command::ShortcutSheet | Command::Dismiss)
    {
        model.settings.remember_command(spec.name);
    }
    let before = Looks::of(model);
    let was_open = model.overlay != Overlay::None;
    carry_out(model, command, ctx, dialogs);
    model.end_past_offers();
    keep_settings(model, ctx, &before);
    keep_keyboard(model, ctx, was_open);
    model.keeping.touch(model.now);
}

/// Whoever had the keyboard when an overlay was opened gets it back when it closes.
fn keep_keyboard(model: &mut Model, ctx: &Context, was_open: bool) {
    let is_open = model.overlay != Overlay::None;
    if is_open && !was_open {
        model.focus_before = ctx.memory(|memory| memory.focused());
    }
    if was_open && !is_open {
        model.focus_next = model.focus_next.or(model.focus_before.take());
    }
    give_keyboard(model, ctx);
}

/// Gives the keyboard to whom a command wants to have it. While an overlay is open nothing beneath it can have it, and
/// for egui it is open until the frame after its last one.
pub fn give_keyboard(model: &mut Model, ctx: &Context) {
    let overlay = model.overlay != Overlay::None || ctx.memory(|memory| memory.top_modal_layer()).is_some();
    if overlay {
        if model.focus_next.is_some() && model.overlay == Overlay::None {
            ctx.request_repaint();
        }
    } else if let Some(id) = model.focus_next.take() {
        ctx.memory_mut(|memory| memory.request_focus(id));
    }
}

/// The settings and what else decides how the window looks.
struct Looks {
    settings: Settings,
    appearance: Appearance,
    zoom: f32,
    shows_recent: [bool; 2],
}

impl Looks {
    fn of(model: &Model) -> Self {
        Self {
            settings: model.settings.clone(),
            appearance: model.appearance(),
            zoom: model.zoom(),
            shows_recent: model.shows_recent(),
        }
    }
}

fn keep_settings(model: &mut Model, ctx: &Context, before: &Looks) {
    if model.settings != before.settings {
        model.settings_file.write(&model.settings);
        text::apply(ctx, model.settings.language());
    }
    let shows = model.shows_recent();
    let is_new = shows.into_iter().zip(before.shows_recent).any(|(shows, before)| shows && !before);
    if is_new || (shows.contains(&true) && model.settings.recent != before.settings.recent) {
        look_for_recent(model, ctx);
    }
    if model.appearance() != before.appearance {
        theme::apply(ctx, model.appearance());
    }
    if model.zoom() != before.zoom {
        ctx.set_zoom_factor(model.zoom());
    }
}

fn carry_out(model: &mut Model, command: Command, ctx: &Context, dialogs: &mut dyn Dialogs) {
    match command {
        Command::OpenDialog => dialogs.show(Purpose::Open, waker(ctx)),
        Command::OpenTypedPath => opening::ask_for_path(model, PathFor::Open, None),
        Command::ShowSamples => model.overlay = Overlay::Samples,
        Command::ReloadModule => run(model, true),
        Command::Save => saving::save(model, ctx, dialogs),
        Command::SaveAs => saving::save_as(model, ctx, dialogs),
        Command::Overwrite => saving::overwrite(model, ctx),
        Command::TakeFile => saving::take_file(model, ctx),
        Command::ShareFile => sharing::ask(model, Share::File, ctx, dialogs),
        Command::ShareMaskedFile => sharing::ask(model, Share::MaskedFile, ctx, dialogs),
        Command::SaveReport => sharing::ask(model, Share::Report, ctx, dialogs),
        Command::ShareMasked(path) => sharing::save(model, Share::MaskedFile, &path, true, ctx),
        Command::CloseFilter => tabs::close(model, model.tabs.place()),
        Command::CloseTab(place) => tabs::close(model, place),
        Command::ReopenClosed => tabs::reopen(model),
        Command::ShowTab(place) => tabs::show_at(model, place),
        Command::NextTab => tabs::next(model, 1),
        Command::PreviousTab => tabs::next(model, -1),
        Command::MoveTab(from, to) => model.move_tab(from, to),
        Command::MoveTabLeft => tabs::shift(model, -1),
        Command::MoveTabRight => tabs::shift(model, 1),
        Command::Quit => ctx.send_viewport_cmd(egui::ViewportCommand::Close),
        Command::Run => run(model, false),
        Command::Stop => {
            model.runs.stop();
        }
        Command::ToggleLive => {
            model.settings.live = !model.settings.live;
            if model.settings.live {
                model.runs.due = Some(model.now);
            }
        }
        Command::CountInstructions => {
            model.settings.count_instructions = !model.settings.count_instructions;
            model.runs.counts_instructions = model.settings.count_instructions;
            run(model, false);
        }
        Command::SoakHundred => soak(model, 100),
        Command::SoakThousand => soak(model, 1_000),
        Command::SoakTenThousand => soak(model, 10_000),
        Command::ShowEnd => model.view.event = None,
        Command::ShowStateSection(section) => {
            show_center(model, CenterTab::State);
            model.view.state_section = Some(section);
            (model.view.state_row, model.view.state_version) = (None, None);
        }
        Command::SelectState(row) => {
            model.view.state_row = Some(row);
            model.view.state_version = None;
        }
        Command::SelectVersion(version) => model.view.state_version = Some(version),
        Command::PutSoakAway => model.runs.soak = None,
        Command::Undo => step(model, Document::undo),
        Command::Redo => step(model, Document::redo),
        Command::CopyCurl
        | Command::CopyHttp
        | Command::CopyStory
        | Command::CopyComparison
        | Command::CopyJson
        | Command::CopyCommandLine => copying::copy(model, &command, ctx),
        Command::Palette => model.overlay = Overlay::Palette { query: String::new(), selected: 0 },
        Command::ShortcutSheet => model.overlay = Overlay::ShortcutSheet { query: String::new() },
        Command::AddFilter => dialogs.show(Purpose::AddFilter, waker(ctx)),
        Command::ReplaceModule(place) => dialogs.show(Purpose::ReplaceModule(place), waker(ctx)),
        Command::TakeModuleOut(place) => editing::take_module_out(model, place, ctx, dialogs),
        Command::UseModule(place, wanted) => editing::use_module(model, place, wanted, ctx),
        Command::DropOnChain(path) => opening::look(model, &path, LookFor::Chain, ctx),
        Command::Choose(chosen) => editing::choose(model, chosen),
        Command::LookAt(exchange) => editing::look_at_request(model, exchange),
        Command::EditLookedAt => editing::edit_looked_at(model),
        Command::ShowTemplates => model.overlay = Overlay::Templates(0),
        Command::UseTemplate(place) => editing::use_template(model, place),
        Command::MakeMock => editing::make_mock(model),
        Command::ExpectThis => editing::expect_this(model),
        Command::Expect(expectation) => editing::expect(model, *expectation),
        Command::ShowExpectations => show_lower(model, LowerTab::Expectations),
        Command::Filter => moving::focus_filter(model),
        Command::NextChange if model.view.center == CenterTab::Compare => comparing::step(model, 1),
        Command::PreviousChange if model.view.center == CenterTab::Compare => comparing::step(model, -1),
        Command::NextChange => moving::next_change(model, 1, ctx),
        Command::PreviousChange => moving::next_change(model, -1, ctx),
        Command::NextRequest => moving::next_request(model, 1),
        Command::PreviousRequest => moving::next_request(model, -1),
        Command::NextEvent => moving::next_event(model, 1, false),
        Command::PreviousEvent => moving::next_event(model, -1, false),
        Command::NextWrite => moving::next_event(model, 1, true),
        Command::PreviousWrite => moving::next_event(model, -1, true),
        Command::Back => moving::travel(model, true),
        Command::Forward => moving::travel(model, false),
        Command::NextRegion => moving::next_region(model, 1),
        Command::PreviousRegion => moving::next_region(model, Region::ALL.len() - 1),
        Command::ShowRequest => show_left(model, LeftTab::Request),
        Command::ShowResponse => show_left(model, LeftTab::Response),
        Command::ShowConfig => show_left(model, LeftTab::Config),
        Command::ShowEnvironment => show_left(model, LeftTab::Environment),
        Command::ShowChanges => show_center(model, CenterTab::Changes),
        Command::ShowTimeline => show_center(model, CenterTab::Timeline),
        Command::ShowStream => show_center(model, CenterTab::Stream),
        Command::ShowHostCalls => show_center(model, CenterTab::HostCalls),
        Command::ShowState => show_center(model, CenterTab::State),
        Command::ShowPreflight => moving::show_preflight(model, 0),
        Command::ShowPreflightOf(place) => moving::show_preflight(model, place),
        Command::ShowGuide => show_center(model, CenterTab::Guide),
        Command::ShowGuideAt(place) => moving::show_guide(model, place),
        Command::FoldFindings(group) => toggle(&mut model.view.open_findings, group),
        Command::Try(scenario, words) => {
            edit(model, *scenario, None);
            model.runs.due = Some(model.now);
            // Another run, another course of events.
            model.view.event = None;
            model.offer(words, model.text().findings.undo(), Command::Undo);
        }
        Command::SelectHost(place) => {
            let host = &mut model.view.preflight_host;
            *host = Some(place).filter(|place| *host != Some(*place));
        }
        Command::ShowLogs => show_lower(model, LowerTab::Logs),
        Command::ShowFindings => show_lower(model, LowerTab::Findings),
        Command::SideBySide => model.view.diff = DiffMode::SideBySide,
        Command::Unified => model.view.diff = DiffMode::Unified,
        Command::Raw => model.view.diff = DiffMode::Raw,
        Command::BodiesWhole => moving::show_bodies(model, BodyMode::Whole),
        Command::BodiesInChunks => moving::show_bodies(model, BodyMode::Chunks),
        Command::BodiesAsBytes => moving::show_bodies(model, BodyMode::Bytes),
        Command::CopyValue => copy(model, ctx, copying::value(model)),
        Command::CopyPart => copy(model, ctx, copying::after(model)),
        Command::GroupCalls => {
            model.view.calls_grouped = !model.view.calls_grouped;
            model.view.center = CenterTab::HostCalls;
        }
        Command::SelectGroup(place) => model.view.calls_group = Some(place),
        Command::ShowGroup(call) => {
            model.view.calls_filter = format!("fn:{}", call.name());
            model.view.calls_grouped = false;
        }
        Command::OnlyChanges => model.settings.only_changes = !model.settings.only_changes,
        Command::ToggleMask if model.layout.presentation => presenting::toggle_mask(model),
        Command::ToggleMask => model.settings.mask_secrets = !model.settings.mask_secrets,
        Command::ShowSecrets => presenting::show_secrets(model),
        Command::FoldLeftPanel => moving::fold_left(model),
        Command::FoldLogs => model.layout.lower_folded = !model.layout.lower_folded,
        Command::ThemeSystem => model.settings.theme = ThemeChoice::System,
        Command::ThemeLight => model.settings.theme = ThemeChoice::Light,
        Command::ThemeDark => model.settings.theme = ThemeChoice::Dark,
        Command::ThemeHighContrast => model.settings.theme = ThemeChoice::HighContrast,
        Command::ToggleReducedMotion => model.settings.reduced_motion = !model.settings.reduced_motion,
        Command::English => model.settings.language = Some(Language::English),
        Command::SimplifiedChinese => model.settings.language = Some(Language::SimplifiedChinese),
        Command::ZoomIn => zoom(model, model.zoom() + ZOOM_STEP),
        Command::ZoomOut => zoom(model, model.zoom() - ZOOM_STEP),
        Command::ZoomReset => zoom(model, if model.layout.presentation { presenting::ZOOM } else { 1.0 }),
        Command::Present => presenting::toggle(model),
        Command::OpenPath(path) => opening::open(model, &path, ctx),
        Command::OpenPaths(paths) => {
            model.to_open = paths.into_iter().take(MOST_FILES).collect();
            opening::open_next(model, ctx);
        }
        Command::OpenSample(id) => opening::open_sample(model, &id),
        Command::OpenSampleCard(place) => {
            if let Some(sample) = samples::all().get(place) {
                opening::open_sample(model, sample.id);
            }
        }
        Command::OpenRecent(place) => {
            if let Some(path) = model.settings.recent.get(place).map(|recent| recent.path.clone()) {
                opening::open(model, &path, ctx);
            }
        }
        Command::RemoveRecent(place) => {
            if place < model.settings.recent.len() {
                model.settings.recent.remove(place);
            }
        }
        Command::ToggleLogLevel(level) => {
            if let Some(shown) = model.view.levels.get_mut(level) {
                *shown = !*shown;
            }
        }
        Command::Dismiss => dismiss(model),
        Command::Edit(scenario, joins) => {
            let field = ctx.memory(|memory| memory.focused()).filter(|_| joins);
            edit(model, *scenario, field);
        }
        Command::SetBodyKind(side, kind) => set_body_kind(model, side, kind),
        Command::BodyFromFile(side) => dialogs.show(Purpose::Body(side), waker(ctx)),
        Command::SelectChange(place) => {
            model.view.change = Some(place);
            model.view.row = None;
        }
        Command::RevealChange(place) => {
            model.view.change = Some(place);
            model.view.row = None;
            model.view.reveal = true;
        }
        Command::SelectRow(row, change) => {
            model.view.row = Some(row);
            model.view.change = change.or(model.view.change);
        }
        Command::FollowChange(place) => moving::follow_change(model, place),
        Command::FollowEvent(event) => moving::follow_event(model, event),
        Command::SelectEvent(event) => model.view.event = Some(event),
        Command::RevealEvent(event) => {
            model.view.event = Some(event);
            model.view.reveal = true;
        }
        Command::ShowEvent(event) => moving::show_event(model, event),
        Command::ShowSpan(from, to) => model.view.timeline_span = (from, to),
        Command::TimelineSteps => {
            model.view.timeline_steps = !model.view.timeline_steps;
            model.view.timeline_span = (0.0, 1.0);
        }
        Command::TimelineZoomIn => moving::zoom_timeline(model, 0.5),
        Command::TimelineZoomOut => moving::zoom_timeline(model, 2.0),
        Command::TimelineFit => model.view.timeline_span = (0.0, 1.0),
        Command::CollapseAll => moving::collapse_all(model),
        Command::ToggleDetail => model.view.detail = !model.view.detail,
        Command::ToggleRawArguments => model.view.detail_raw = !model.view.detail_raw,
        Command::FilterLogs(text) => model.view.log_filter = text,
        Command::FilterCalls(text) => model.view.calls_filter = text,
        Command::FilterTimeline(text) => model.view.timeline_filter = text,
        Command::Fold(event) => toggle(&mut model.view.folded, event),
        Command::OnlyMyCode => {
            model.view.all_frames = !model.view.all_frames;
            model.view.unfolded_frames.clear();
        }
        Command::UnfoldFrames(first) => toggle(&mut model.view.unfolded_frames, first),
        Command::CopyPlace(place) => {
            let words = model.text().notices.copied_place(&place);
            ctx.copy_text(place);
            model.notify(Tone::Ok, words);
        }
        Command::FoldStory => model.view.story_unfolded = !model.view.story_unfolded,
        Command::FoldSection(section) => toggle(&mut model.view.folded_sections, section),
        Command::Unfold(section, row) => toggle(&mut model.view.unfolded, (section, row)),
        Command::SetOverlay(overlay) => model.overlay = overlay,
        Command::Folder(what) => folder::apply(model, what, ctx, dialogs),
        Command::OpenFolder => dialogs.show(Purpose::Folder, waker(ctx)),
        Command::ShowScenarios => folder::show(model),
        Command::RunFolder => folder::run_all(model),
        Command::NewScenario => folder::apply(model, FolderCommand::New, ctx, dialogs),
        Command::DuplicateScenario
        | Command::RenameScenario
        | Command::DeleteScenario
        | Command::RunScenario => folder::with_chosen(model, &command, ctx, dialogs),
        Command::CloseFolder => folder::close(model),
        Command::Compare(what) => comparing::apply(model, what),
        Command::CompareRuns => comparing::show(model),
        Command::PinRun => comparing::pin(model),
        Command::UseTypedPath => opening::use_typed_path(model, ctx),
        Command::Export => model.overlay = Overlay::Export,
        Command::ExportAs(format) => converting::ask(model, format, ctx, dialogs),
        Command::Import(text) => converting::paste(model, text, ctx),
        Command::CloseNotice(place) => {
            if place < model.notices.len() {
                model.notices.remove(place);
            }
        }
    }
}

fn toggle<T: Ord>(set: &mut std::collections::BTreeSet<T>, item: T) {
    if !set.remove(&item) {
        set.insert(item);
    }
}

fn waker(ctx: &Context) -> Box<dyn Fn() + Send> {
    let ctx = ctx.clone();
    Box::new(move || ctx.request_repaint())
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

/// Tells what came of files to share.
pub fn take_shared(model: &mut Model) {
    sharing::take(model);
}

/// A run has arrived: whether a broken build kept it from being that of the file, and, of a shared file, whether it is
/// the run in the file.
pub fn run_arrived(model: &mut Model, ctx: &Context) {
    watching::run_arrived(model);
    if let Some(run) = model.runs.current.clone() {
        model.sharing.arrived(&run, waker(ctx));
    }
}

fn run(model: &mut Model, reload: bool) {
    model.start_run(reload);
}

/// Shows where the figures will be while the requests are sent.
fn soak(model: &mut Model, times: u32) {
    let Some(document) = &model.document else { return };
    model.runs.soak(document, model.now, times);
    show_center(model, CenterTab::State);
    if model.view.state_section != Some(Section::Metrics) {
        model.view.state_section = Some(Section::Memory);
        model.view.state_row = None;
    }
}

/// `field`: where the edit was typed, if it was.
fn edit(model: &mut Model, scenario: crate::scenario::Scenario, field: Option<egui::Id>) {
    let Some(document) = &mut model.document else { return };
    let soon = model.edited.is_some_and(|at| model.now - at < JOIN_WITHIN);
    document.edit(scenario, soon && field.is_some() && model.typed_in == field);
    model.edited = Some(model.now);
    model.typed_in = field;
    if model.settings.live {
        model.runs.due = Some(model.now + LIVE_DELAY);
    }
}

fn step(model: &mut Model, step: impl Fn(&mut Document) -> bool) {
    let Some(document) = &mut model.document else { return };
    if step(document) {
        model.edited = None;
        if model.settings.live {
            model.runs.due = Some(model.now);
        }
    }
}

fn set_body(model: &mut Model, side: Side, bytes: Vec<u8>) {
    model.view.body_kinds[side as usize] = None;
    editing::set_body(model, side, bytes.into());
}

/// No body means an empty one; the other kinds only say what it is taken for.
fn set_body_kind(model: &mut Model, side: Side, kind: BodyKind) {
    model.view.body_kinds[side as usize] = Some(kind);
    if kind == BodyKind::None {
        editing::set_body(model, side, Default::default());
    }
}

fn dismiss(model: &mut Model) {
    if model.overlay != Overlay::None {
        model.overlay = Overlay::None;
    } else if model.layout.presentation {
        presenting::toggle(model);
    } else if matches!(model.view.center, CenterTab::Preflight | CenterTab::Guide | CenterTab::Compare) {
        moving::leave_page(model);
    } else if !model.runs.stop() {
        model.notices.clear();
    }
}

fn zoom(model: &mut Model, factor: f32) {
    let factor = ((factor * 10.0).round() / 10.0).clamp(*ZOOM.start(), *ZOOM.end());
    if model.layout.presentation {
        model.presenting.zoom = factor;
    } else {
        model.settings.zoom = factor;
    }
}

fn copy(model: &mut Model, ctx: &Context, copy: Option<copying::Copy>) {
    let Some(copying::Copy { what, text }) = copy else { return };
    ctx.copy_text(text);
    let words = model.text().bodies.copied(&what);
    model.notify(Tone::Ok, words);
}

fn now_in_seconds() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs())
}
