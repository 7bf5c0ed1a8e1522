//! What commands do: the only writer of the model.

mod comparing;
mod editing;
mod folder;
mod saving;
mod sharing;
mod tabs;
mod watching;

pub use comparing::{CompareCommand, can_compare, take as take_comparison};
pub use folder::{FolderCommand, open_folder, take as take_folder};
pub use tabs::{open as open_document, place_of_file};
pub use watching::{run_arrived, take_changes};

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use egui::Context;

use super::commands::Command;
use super::copying;
use super::dialogs::{Dialogs, Picked, Purpose};
use super::document::{Document, Origin};
use super::model::{
    BodyKind, CenterTab, DiffMode, FileKind, LeftTab, LowerTab, Model, Overlay, PathFor, Place, Region, Side,
};
use super::presenting;
use super::reading::{Content, MAX_BODY, Wanted};
use super::saving::Overwrite;
use super::settings::Settings;
use super::sharing::Share;
use super::text::{self, Language};
use super::theme::{self, Appearance, ThemeChoice, Tone};
use crate::samples;
use crate::trace::{EventId, Part};
use crate::view::changes::BodyMode;
use crate::view::state::Section;
use crate::view::timeline::Row;
use crate::view::{guide, sentences};

/// Quiet time after an edit before the scenario runs again, in seconds.
const LIVE_DELAY: f64 = 0.15;
/// Most files that are opened together: each is a tab.
pub const MOST_FILES: usize = 20;
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
}

impl Looks {
    fn of(model: &Model) -> Self {
        Self { settings: model.settings.clone(), appearance: model.appearance(), zoom: model.zoom() }
    }
}

fn keep_settings(model: &mut Model, ctx: &Context, before: &Looks) {
    if model.settings != before.settings {
        model.settings_file.write(&model.settings);
        text::apply(ctx, model.settings.language());
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
        Command::OpenTypedPath => ask_for_path(model, PathFor::Open, None),
        Command::ShowSamples => model.overlay = Overlay::Samples,
        Command::ReloadModule => run(model, true),
        Command::Save => saving::save(model, ctx, dialogs),
        Command::SaveAs => saving::save_as(model, ctx, dialogs),
        Command::Overwrite => saving::overwrite(model, ctx),
        Command::TakeFile => saving::take_file(model, ctx),
        Command::ShareFile => sharing::ask(model, Share::File, ctx, dialogs),
        Command::ShareMaskedFile => sharing::ask(model, Share::MaskedFile, ctx, dialogs),
        Command::SaveReport => sharing::ask(model, Share::Report, ctx, dialogs),
        Command::ShareMasked(path) => sharing::save(model, Share::MaskedFile, &path, ctx),
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
        | Command::CopyJson
        | Command::CopyCommandLine => copying::copy(model, &command, ctx),
        Command::Palette => model.overlay = Overlay::Palette { query: String::new(), selected: 0 },
        Command::ShortcutSheet => model.overlay = Overlay::ShortcutSheet { query: String::new() },
        Command::AddFilter => dialogs.show(Purpose::AddFilter, waker(ctx)),
        Command::ReplaceModule(place) => dialogs.show(Purpose::ReplaceModule(place), waker(ctx)),
        Command::TakeModuleOut(place) => editing::take_module_out(model, place, ctx, dialogs),
        Command::UseModule(place, wanted) => editing::use_module(model, place, wanted, ctx),
        Command::AddFilterAt(path) => editing::add_filter(model, &path),
        Command::Choose(chosen) => editing::choose(model, chosen),
        Command::LookAt(exchange) => editing::look_at_request(model, exchange),
        Command::EditLookedAt => editing::edit_looked_at(model),
        Command::ShowTemplates => model.overlay = Overlay::Templates(0),
        Command::UseTemplate(place) => editing::use_template(model, place),
        Command::MakeMock => editing::make_mock(model),
        Command::ExpectThis => editing::expect_this(model),
        Command::Expect(expectation) => editing::expect(model, *expectation),
        Command::ShowExpectations => show_lower(model, LowerTab::Expectations),
        Command::Filter => focus_filter(model),
        Command::NextChange if model.view.center == CenterTab::Compare => comparing::step(model, 1),
        Command::PreviousChange if model.view.center == CenterTab::Compare => comparing::step(model, -1),
        Command::NextChange => next_change(model, 1, ctx),
        Command::PreviousChange => next_change(model, -1, ctx),
        Command::NextRequest => next_request(model, 1),
        Command::PreviousRequest => next_request(model, -1),
        Command::NextEvent => next_event(model, 1, false),
        Command::PreviousEvent => next_event(model, -1, false),
        Command::NextWrite => next_event(model, 1, true),
        Command::PreviousWrite => next_event(model, -1, true),
        Command::Back => travel(model, true),
        Command::Forward => travel(model, false),
        Command::NextRegion => next_region(model, 1),
        Command::PreviousRegion => next_region(model, Region::ALL.len() - 1),
        Command::ShowRequest => show_left(model, LeftTab::Request),
        Command::ShowResponse => show_left(model, LeftTab::Response),
        Command::ShowConfig => show_left(model, LeftTab::Config),
        Command::ShowEnvironment => show_left(model, LeftTab::Environment),
        Command::ShowChanges => show_center(model, CenterTab::Changes),
        Command::ShowTimeline => show_center(model, CenterTab::Timeline),
        Command::ShowStream => show_center(model, CenterTab::Stream),
        Command::ShowHostCalls => show_center(model, CenterTab::HostCalls),
        Command::ShowState => show_center(model, CenterTab::State),
        Command::ShowPreflight => show_preflight(model, 0),
        Command::ShowPreflightOf(place) => show_preflight(model, place),
        Command::ShowGuide => show_center(model, CenterTab::Guide),
        Command::ShowGuideAt(place) => show_guide(model, place),
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
        Command::BodiesWhole => show_bodies(model, BodyMode::Whole),
        Command::BodiesInChunks => show_bodies(model, BodyMode::Chunks),
        Command::BodiesAsBytes => show_bodies(model, BodyMode::Bytes),
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
        Command::FoldLeftPanel => fold_left(model),
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
        Command::OpenPath(path) => open(model, &path, ctx),
        Command::OpenPaths(paths) => {
            model.to_open = paths.into_iter().take(MOST_FILES).collect();
            open_next(model, ctx);
        }
        Command::OpenSample(id) => open_sample(model, &id),
        Command::OpenSampleCard(place) => {
            if let Some(sample) = samples::all().get(place) {
                open_sample(model, sample.id);
            }
        }
        Command::OpenRecent(place) => {
            if let Some(path) = model.settings.recent.get(place).map(|recent| recent.path.clone()) {
                open(model, &path, ctx);
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
        Command::FollowChange(place) => follow_change(model, place),
        Command::FollowEvent(event) => follow_event(model, event),
        Command::SelectEvent(event) => model.view.event = Some(event),
        Command::RevealEvent(event) => {
            model.view.event = Some(event);
            model.view.reveal = true;
        }
        Command::ShowEvent(event) => show_event(model, event),
        Command::ShowSpan(from, to) => model.view.timeline_span = (from, to),
        Command::TimelineSteps => {
            model.view.timeline_steps = !model.view.timeline_steps;
            model.view.timeline_span = (0.0, 1.0);
        }
        Command::TimelineZoomIn => zoom_timeline(model, 0.5),
        Command::TimelineZoomOut => zoom_timeline(model, 2.0),
        Command::TimelineFit => model.view.timeline_span = (0.0, 1.0),
        Command::CollapseAll => collapse_all(model),
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
        Command::CloseFolder => folder::close(model),
        Command::Compare(what) => comparing::apply(model, what),
        Command::CompareRuns => comparing::show(model),
        Command::PinRun => comparing::pin(model),
        Command::UseTypedPath => use_typed_path(model, ctx),
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

/// Opens a module or a scenario, told apart by what is in it.
fn open(model: &mut Model, path: &Path, ctx: &Context) {
    let text = model.text();
    let shown = file_name(path);
    if let Some(name) = samples::name_in(path.as_os_str()) {
        match samples::named(name) {
            Some((sample, scenario)) => tabs::open(model, Document::sample_with(sample, scenario)),
            None => model.notify(Tone::Error, text.notices.no_sample(name)),
        }
    } else if path.is_dir() {
        open_folder(model, path);
    } else if !path.exists() {
        model.notify(Tone::Error, text.notices.no_file(&shown));
    } else if let Some(place) = tabs::place_of_file(model, path) {
        // A module may have been built anew since.
        let is_module = !is_scenario(path);
        model.settings.remember(path, now_in_seconds());
        tabs::show_at(model, place);
        if is_module {
            run(model, true);
        }
    } else if is_scenario(path) {
        read(model, path, Wanted::Scenario, ctx);
    } else if is_shared(path) {
        read(model, path, Wanted::Shared, ctx);
    } else {
        let like = model.document.as_ref().filter(|open| matches!(open.origin, Origin::Module(_)));
        let document = Document::module(path, like.map(|open| &*open.scenario));
        model.settings.remember(path, now_in_seconds());
        tabs::open(model, document);
    }
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

/// Reads a file that the user chose; most are there at once, others when the window is woken.
fn read(model: &mut Model, path: &Path, wanted: Wanted, ctx: &Context) {
    model.reading.start(path, wanted, waker(ctx));
    take_content(model);
    if model.reading.is_under_way() {
        model.notify(Tone::Muted, model.text().notices.reading(&file_name(path)));
    }
}

/// Opens what was dropped together, as far as no file is waited for.
fn open_next(model: &mut Model, ctx: &Context) {
    while !model.reading.is_under_way()
        && let Some(path) = model.to_open.pop_front()
    {
        open(model, &path, ctx);
    }
}

/// Takes in a file that has been read meanwhile.
pub fn take_read(model: &mut Model, ctx: &Context) {
    let before = Looks::of(model);
    let was_open = model.overlay != Overlay::None;
    let has_news = take_content(model) | saving::take_saved(model);
    if has_news {
        open_next(model, ctx);
        keep_settings(model, ctx, &before);
        keep_keyboard(model, ctx, was_open);
    }
}

fn take_content(model: &mut Model) -> bool {
    let Some((path, content)) = model.reading.poll() else { return false };
    match content {
        Content::Scenario(Ok(document)) => {
            model.settings.remember(&path, now_in_seconds());
            tabs::open(model, *document);
            folder::opened(model, &path);
        }
        Content::Shared(read) => sharing::opened(model, &path, read),
        Content::Scenario(Err(error)) => {
            let card = sentences::scenario::file_error(model.text().language, &error);
            model.overlay = Overlay::FileError(Box::new(card));
        }
        Content::Module(place, wanted, read) => editing::module_read(model, place, wanted, read),
        Content::TakenOut(place, written) => editing::module_taken_out(model, place, &path, written),
        Content::Anew(document, read) => saving::take_anew(model, document, &path, read),
        Content::Again(Ok(document)) => watching::scenario_read(model, &path, *document),
        Content::Again(Err(error)) => {
            let words = model.text().watching.scenario_broken(&file_name(&path), &error.to_string());
            model.notify(Tone::Error, words);
        }
        Content::Body(side, Ok(bytes)) => set_body(model, side, bytes),
        Content::Body(_, Err(error)) => {
            let text = model.text();
            let words = match error.kind() {
                ErrorKind::FileTooLarge => text.errors.body_too_large(&file_name(&path), MAX_BODY),
                _ => text.errors.cannot_read(&file_name(&path), &error.to_string()),
            };
            model.notify(Tone::Error, words);
        }
    }
    true
}

/// Tells what came of files to share.
pub fn take_shared(model: &mut Model) {
    sharing::take(model);
}

/// A run has arrived: that of a shared file is set beside the one in the file.
pub fn shared_run_arrived(model: &mut Model, ctx: &Context) {
    if let Some(run) = model.runs.current.clone() {
        model.sharing.arrived(&run, waker(ctx));
    }
}

/// A shared file is a zip.
fn is_shared(path: &Path) -> bool {
    crate::convert::format_of(path) == Some(crate::convert::Format::Bundle)
}

/// What [`Command::OpenPath`] would take a file for.
pub fn kind_of(path: &Path) -> FileKind {
    use std::io::Read;
    let mut head = [0; 4];
    let read = std::fs::File::open(path).and_then(|mut file| file.read(&mut head)).unwrap_or(0);
    let extension = path.extension().map(|kind| kind.to_ascii_lowercase());
    if path.is_dir() {
        FileKind::Folder
    } else if is_scenario(path) || is_shared(path) {
        FileKind::Scenario
    } else if head == *b"\0asm" || (read == 0 && extension.is_some_and(|kind| kind == "wasm")) {
        FileKind::Filter
    } else {
        FileKind::Unknown
    }
}

/// A scenario is JSON: its first character that is not white space is a brace.
fn is_scenario(path: &Path) -> bool {
    use std::io::Read;
    let mut head = [0; 64];
    let read = std::fs::File::open(path).and_then(|mut file| file.read(&mut head)).unwrap_or(0);
    let text = String::from_utf8_lossy(&head[..read]);
    let text = text.trim_start_matches('\u{feff}').trim_start();
    text.starts_with('{') || (text.is_empty() && path.extension().is_some_and(|kind| kind == "json"))
}

fn open_sample(model: &mut Model, id: &str) {
    if let Some(sample) = samples::find(id) {
        tabs::open(model, Document::sample(sample));
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

/// What a file dialog came to.
pub fn picked(model: &mut Model, purpose: &Purpose, picked: Picked, ctx: &Context) {
    let before = Looks::of(model);
    let was_open = model.overlay != Overlay::None;
    match (purpose, picked) {
        (_, Picked::Cancelled) => {}
        (Purpose::Folder, Picked::File(path)) => open_folder(model, &path),
        (Purpose::Open, Picked::File(path)) => open(model, &path, ctx),
        (Purpose::Body(side), Picked::File(path)) => read(model, &path, Wanted::Body(*side), ctx),
        (Purpose::SaveAs(_), Picked::File(path)) => {
            // The dialog has asked whether a file may be overwritten, if it was the name that was chosen.
            let whole = saving::with_extension(path.clone());
            let overwrite = if whole == path { Overwrite::Anything } else { Overwrite::Nothing };
            saving::save_to(model, &whole, overwrite, ctx);
        }
        (Purpose::Share(what, _), Picked::File(path)) => sharing::save(model, *what, &path, ctx),
        (Purpose::AddFilter, Picked::File(path)) => editing::add_filter(model, &path),
        (Purpose::ReplaceModule(place), Picked::File(path)) => editing::replace_module(model, *place, &path),
        (Purpose::TakeModuleOut(place, _), Picked::File(path)) => {
            editing::write_module(model, *place, &path, ctx);
        }
        (purpose, Picked::Unavailable) => match purpose {
            Purpose::AddFilter => ask_for_path(model, PathFor::AddFilter, None),
            Purpose::ReplaceModule(place) => ask_for_path(model, PathFor::ReplaceModule(*place), None),
            Purpose::TakeModuleOut(place, name) => {
                ask_for_path(model, PathFor::TakeModuleOut(*place), Some(name.clone()));
            }
            Purpose::Open | Purpose::Folder => ask_for_path(model, PathFor::Open, None),
            Purpose::Body(side) => ask_for_path(model, PathFor::Body(*side), None),
            Purpose::SaveAs(name) => ask_for_path(model, PathFor::Save, Some(name.clone())),
            Purpose::Share(what, name) => ask_for_path(model, PathFor::Share(*what), Some(name.clone())),
        },
    }
    keep_settings(model, ctx, &before);
    keep_keyboard(model, ctx, was_open);
}

fn ask_for_path(model: &mut Model, purpose: PathFor, suggested: Option<String>) {
    model.overlay = Overlay::TypedPath { path: suggested.unwrap_or_default(), purpose, problem: None };
}

fn use_typed_path(model: &mut Model, ctx: &Context) {
    let Overlay::TypedPath { path, purpose, .. } = model.overlay.clone() else { return };
    let typed = path.trim().trim_matches('"');
    let home = directories::UserDirs::new().map(|folders| folders.home_dir().to_owned());
    let file = match (typed.strip_prefix("~/"), home) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => PathBuf::from(typed),
    };
    if purpose == PathFor::Save && !typed.is_empty() {
        model.overlay = Overlay::None;
        let file = saving::with_extension(file);
        let own = model.document.as_ref().and_then(|document| document.save_path());
        let is_own = own.is_some_and(|own| std::path::absolute(&file).is_ok_and(|file| file == own));
        let overwrite = if is_own { Overwrite::OwnFile } else { Overwrite::Nothing };
        saving::save_to(model, &file, overwrite, ctx);
    } else if let (PathFor::Share(what), false) = (purpose, typed.is_empty()) {
        model.overlay = Overlay::None;
        sharing::save(model, what, &file, ctx);
    } else if let (PathFor::TakeModuleOut(place), false) = (purpose, typed.is_empty()) {
        model.overlay = Overlay::None;
        editing::write_module(model, place, &file, ctx);
    } else if file.is_file() || purpose == PathFor::Open && file.is_dir() {
        model.overlay = Overlay::None;
        match purpose {
            PathFor::Body(side) => read(model, &file, Wanted::Body(side), ctx),
            PathFor::AddFilter => editing::add_filter(model, &file),
            PathFor::ReplaceModule(place) => editing::replace_module(model, place, &file),
            PathFor::Open | PathFor::Save | PathFor::Share(_) | PathFor::TakeModuleOut(_) => {
                open(model, &file, ctx)
            }
        }
    } else {
        let texts = model.text().overlays;
        let problem = if typed.is_empty() { texts.path_empty() } else { texts.path_missing() };
        model.overlay = Overlay::TypedPath { path, purpose, problem: Some(problem.to_owned()) };
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
        leave_page(model);
    } else if !model.runs.stop() {
        model.notices.clear();
    }
}

/// Back to what was shown before a page took the place of it.
fn leave_page(model: &mut Model) {
    let page = model.view.center;
    while model.view.center == page && !model.view.back.is_empty() {
        travel(model, true);
    }
    if model.view.center == page {
        model.view.center = CenterTab::Changes;
    }
    model.focus_next = Some(Region::Center.entry());
}

fn zoom(model: &mut Model, factor: f32) {
    let factor = ((factor * 10.0).round() / 10.0).clamp(*ZOOM.start(), *ZOOM.end());
    if model.layout.presentation {
        model.presenting.zoom = factor;
    } else {
        model.settings.zoom = factor;
    }
}

fn show_left(model: &mut Model, tab: LeftTab) {
    model.view.left = tab;
    if model.layout.narrow {
        model.layout.drawer = true;
    } else {
        model.layout.left_folded = false;
    }
}

fn fold_left(model: &mut Model) {
    if model.layout.narrow {
        model.layout.drawer = !model.layout.drawer;
    } else {
        model.layout.left_folded = !model.layout.left_folded;
    }
    // The control that was used is gone; its region stays.
    if model.region == Region::Left {
        model.focus_next = Some(Region::Left.entry());
    }
}

fn show_center(model: &mut Model, tab: CenterTab) {
    if model.view.center != tab {
        leave(model);
        model.view.center = tab;
        model.view.reveal = true;
    }
}

fn show_preflight(model: &mut Model, place: usize) {
    if model.view.center == CenterTab::Preflight {
        model.view.preflight_host = None;
    }
    model.view.preflight = place;
    show_center(model, CenterTab::Preflight);
}

fn show_guide(model: &mut Model, place: guide::Place) {
    if model.view.center == CenterTab::Guide && model.view.guide != place {
        leave(model);
    }
    model.view.guide = place;
    show_center(model, CenterTab::Guide);
    model.view.reveal = true;
}

fn show_lower(model: &mut Model, tab: LowerTab) {
    model.view.lower = tab;
    model.layout.lower_folded = false;
}

/// Notes where one was, for Back.
fn leave(model: &mut Model) {
    let place = model.place();
    if model.view.back.last() != Some(&place) {
        model.view.back.push(place);
    }
    model.view.forward.clear();
}

fn travel(model: &mut Model, back: bool) {
    let here = model.place();
    let view = &mut model.view;
    let (from, to) =
        if back { (&mut view.back, &mut view.forward) } else { (&mut view.forward, &mut view.back) };
    let Some(Place { center, change, event, exchange, guide, state }) = from.pop() else { return };
    to.push(here);
    look_at(model, exchange);
    let view = &mut model.view;
    (view.center, view.change, view.event, view.guide) = (center, change, event, guide);
    (view.state_section, view.state_row) = state;
    view.reveal = true;
    // So that the keyboard goes on from there.
    model.focus_next = Some(Region::Center.entry());
}

fn next_change(model: &mut Model, step: isize, ctx: &Context) {
    let Some(run) = &model.runs.current else { return };
    let current = model.view.change;
    let next = if step > 0 { run.changes.next(current) } else { run.changes.previous(current) };
    let Some(next) = next else { return };
    if model.view.center != CenterTab::Changes {
        leave(model);
    }
    model.view.center = CenterTab::Changes;
    model.view.change = Some(next);
    model.view.row = None;
    model.view.reveal = true;
    // So that Enter goes on from here; who is typing goes on typing.
    if !ctx.text_edit_focused() {
        model.focus_next = Some(Region::Center.entry());
    }
}

/// Looks at another request of the run; what was chosen in the last one means nothing there.
fn look_at(model: &mut Model, exchange: usize) {
    if exchange == model.runs.exchange() {
        return;
    }
    model.runs.look_at(exchange);
    model.view.change = None;
    model.view.row = None;
    model.view.unfolded.clear();
}

/// Shows bodies in another way; rows that were chosen or unfolded are others there.
fn show_bodies(model: &mut Model, mode: BodyMode) {
    if model.view.center != CenterTab::Changes {
        leave(model);
        model.view.center = CenterTab::Changes;
    }
    if model.runs.bodies() == mode {
        return;
    }
    model.runs.show_bodies(mode);
    model.view.change = None;
    model.view.row = None;
    model.view.unfolded.clear();
    model.view.folded_sections.clear();
}

fn copy(model: &mut Model, ctx: &Context, copy: Option<copying::Copy>) {
    let Some(copying::Copy { what, text }) = copy else { return };
    ctx.copy_text(text);
    let words = model.text().bodies.copied(&what);
    model.notify(Tone::Ok, words);
}

fn next_request(model: &mut Model, step: isize) {
    let Some(run) = model.runs.current.clone() else { return };
    let here = model.runs.exchange();
    let Some(next) = here.checked_add_signed(step).filter(|next| *next < run.exchanges()) else { return };
    look_at(model, next);
    if matches!(model.view.center, CenterTab::Timeline | CenterTab::HostCalls) {
        model.view.event = run.trace.begin_of(next);
        model.view.reveal = true;
    }
}

fn next_event(model: &mut Model, step: isize, writes_only: bool) {
    let Some(run) = &model.runs.current else { return };
    let trace = &run.trace;
    let count = trace.events().len() as isize;
    let here = model.view.event.map(|event| event.index() as isize);
    let start = if step > 0 { -1 } else { count };
    let at = if writes_only {
        // Changes stand in the order of their events.
        let changes = trace.changes();
        let from = here.unwrap_or(start);
        let place = if step > 0 {
            changes.partition_point(|change| change.event.index() as isize <= from)
        } else {
            let before = changes.partition_point(|change| (change.event.index() as isize) < from);
            before.wrapping_sub(1)
        };
        changes.get(place).map(|change| change.event.index() as isize)
    } else {
        Some(here.unwrap_or(start) + step).filter(|at| (0..count).contains(at))
    };
    let Some(at) = at else { return };
    model.view.event = Some(EventId::from_index(at as usize));
    model.view.reveal = true;
    // Views of a moment stay; others give way to the timeline.
    if !matches!(
        model.view.center,
        CenterTab::Timeline | CenterTab::Stream | CenterTab::HostCalls | CenterTab::State
    ) {
        leave(model);
        model.view.center = CenterTab::Timeline;
    }
}

/// Runs again with a filter that may stop headers alone, which Envoy allows from 1.35 on.
/// Zooms the lane of the timeline around the chosen event.
fn zoom_timeline(model: &mut Model, factor: f32) {
    let Some(run) = &model.runs.current else { return };
    let (from, to) = model.view.timeline_span;
    let chosen = model.view.event.map(|event| run.axis.share_of(&run.trace, &run.timeline, event));
    let steps = model.view.timeline_steps;
    let by_step = model.view.event.map(|event| event.index() as f32 / run.trace.events().len().max(1) as f32);
    let around = if steps { by_step } else { chosen }.unwrap_or((from + to) / 2.0);
    model.view.timeline_span = super::panels::timeline::zoom((from, to), around, factor);
}

/// Folds every row that can be, or unfolds all if they are.
fn collapse_all(model: &mut Model) {
    let Some(run) = &model.runs.current else { return };
    let foldable = run.timeline.rows().iter().filter(|row| row.inside > 0);
    let (groups, others): (Vec<&Row>, Vec<&Row>) = foldable.partition(|row| row.role.is_group());
    let is_folded = others.iter().all(|row| model.view.folded.contains(&row.event));
    // Groups are folded at first, and in the set when they are not.
    model.view.folded = match is_folded {
        true => groups.iter().map(|row| row.event).collect(),
        false => others.iter().map(|row| row.event).collect(),
    };
}

fn follow_change(model: &mut Model, place: usize) {
    let Some(run) = &model.runs.current else { return };
    let Some(event) = run.changes.writers(place).last().map(|writer| writer.event) else {
        return;
    };
    leave(model);
    model.view.change = Some(place);
    reach(model, CenterTab::Timeline, event);
}

/// Shows an event in the timeline.
fn show_event(model: &mut Model, event: EventId) {
    leave(model);
    reach(model, CenterTab::Timeline, event);
}

/// Goes where an event is to be seen; the keyboard goes along.
fn reach(model: &mut Model, center: CenterTab, event: EventId) {
    model.view.center = center;
    model.view.event = Some(event);
    model.view.reveal = true;
    model.focus_next = Some(Region::Center.entry());
}

/// Shows what an event changed, in the messages or in the state; an event that changed nothing, in the timeline.
fn follow_event(model: &mut Model, event: EventId) {
    let Some(run) = model.runs.current.clone() else { return };
    leave(model);
    // Properties stand with the state, not with a request's changes.
    let of_message = run.trace.change_of(event).filter(|change| change.part != Part::Property);
    let of_another = of_message.and_then(|change| change.exchange).map(usize::from);
    if let Some(exchange) = of_another.filter(|exchange| *exchange != run.exchange) {
        look_at(model, exchange);
        model.view.follow = Some(event);
        reach(model, CenterTab::Changes, event);
    } else if let Some(place) = run.changes.item_of(event) {
        model.view.change = Some(place);
        model.view.row = None;
        reach(model, CenterTab::Changes, event);
    } else if let Some((section, row)) = run.state.made_by(event) {
        (model.view.state_section, model.view.state_row) = (Some(section), Some(row));
        model.view.state_version = None;
        reach(model, CenterTab::State, event);
    } else {
        reach(model, CenterTab::Timeline, event);
    }
}

fn next_region(model: &mut Model, step: usize) {
    let present = |region: &Region| match region {
        Region::Top | Region::Status => model.document.is_none() || !model.layout.presentation,
        Region::Center => true,
        Region::Left | Region::Logs => model.document.is_some() && !model.layout.presentation,
    };
    let regions: Vec<Region> = Region::ALL.into_iter().filter(present).collect();
    let here = regions.iter().position(|region| *region == model.region).unwrap_or(0);
    let region = regions[(here + step) % regions.len()];
    model.region = region;
    model.focus_next = Some(region.entry());
}

fn focus_filter(model: &mut Model) {
    let id = match model.view.center {
        _ if model.filters_logs() => {
            show_lower(model, LowerTab::Logs);
            super::panels::logs::filter_id()
        }
        CenterTab::HostCalls => super::panels::host_calls::filter_id(),
        _ => super::panels::timeline::filter_id(),
    };
    model.focus_next = Some(id);
}

/// Why a command cannot be used now; `None`: it can.
pub fn unavailable(model: &Model, command: &Command) -> Option<&'static str> {
    let text = model.text();
    let no_filter = model.document.is_none().then(|| text.frame.no_filter());
    let has_changes = model.runs.current.as_ref().is_some_and(|run| !run.changes.items().is_empty());
    match command {
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
        Command::ShowScenarios => no_filter,
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

fn now_in_seconds() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs())
}
