//! One frame of the window: input to commands, panels, commands to the model.
//!
//! Used by the real window and by the tests alike; nothing here knows eframe.

use std::collections::VecDeque;
use std::path::PathBuf;

use egui::{Context, Frame, Panel, Rect, Ui, UiBuilder};

use super::apply;
use super::commands::{self, Command, Situation};
use super::comparing::Comparing;
use super::converting::Converting;
use super::dialogs::Dialogs;
use super::document::Document;
use super::folder::Folder;
use super::keeping::{self, Keeping};
use super::looking::{FileKind, Looking};
use super::model::{CenterTab, Layout, LowerTab, Model, Overlay, Region, SPINNER_AFTER, View};
use super::panels;
use super::presenting::{self, Presenting};
use super::reading::Reading;
use super::resize::{Edge, resize_edge};
use super::runs::{News, Runs};
use super::saving::Saving;
use super::settings::{Read, Settings, SettingsFile};
use super::sharing::Sharing;
use super::tabs::Tabs;
use super::text;
use super::theme::tokens::{height, width};
use super::theme::{self, Theme, Tone};
use super::watching::Watching;
use super::widgets;
use crate::samples;

/// What the window begins with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Start {
    /// The bundled sample that shows most.
    Sample,
    Path(PathBuf),
    Empty,
}

/// What wakes the window from a thread.
fn waker(ctx: &Context) -> impl Fn() + Send + 'static {
    let ctx = ctx.clone();
    move || ctx.request_repaint()
}

/// The window without its frame.
pub struct Shell {
    pub model: Model,
    dialogs: Box<dyn Dialogs>,
}

impl Drop for Shell {
    fn drop(&mut self) {
        self.leave();
    }
}

impl Shell {
    /// Installs fonts, styles and keys in the context and opens what is asked for.
    pub fn new(
        ctx: &Context,
        start: Start,
        mut settings_file: SettingsFile,
        keeping: Keeping,
        dialogs: Box<dyn Dialogs>,
    ) -> std::io::Result<Self> {
        theme::install(ctx);
        commands::install(ctx);
        let read = settings_file.read();
        let (settings, broken) = match read {
            Read::Found(settings) => (*settings, None),
            Read::Fresh => Default::default(),
            Read::Broken { kept } => (Settings::default(), Some(kept)),
        };
        let wake = ctx.clone();
        let mut model = Model {
            settings,
            settings_file,
            document: None,
            tabs: Tabs::default(),
            reading: Reading::default(),
            looking: Looking::default(),
            saving: Saving::default(),
            keeping,
            converting: Converting::default(),
            sharing: Sharing::default(),
            runs: Runs::new(move || wake.request_repaint())?,
            watching: Watching::new(waker(ctx)),
            folder: Folder::new(waker(ctx))?,
            comparing: Comparing::new(waker(ctx))?,
            view: View::default(),
            layout: Layout::default(),
            presenting: Presenting::default(),
            overlay: Overlay::None,
            notices: Vec::new(),
            to_open: VecDeque::new(),
            hovered: Vec::new(),
            hovers_chain: false,
            now: 0.0,
            edited: None,
            typed_in: None,
            focus_before: None,
            focus_next: None,
            region: Region::Center,
        };
        model.runs.counts_instructions = model.settings.count_instructions;
        theme::apply(ctx, model.appearance());
        text::apply(ctx, model.settings.language());
        if model.zoom() != 1.0 {
            ctx.set_zoom_factor(model.zoom());
        }
        if let Some(kept) = broken {
            let words = model.text().notices.settings_reset(&kept.display().to_string());
            model.notify_until_closed(Tone::Warn, words);
        }
        let wake = ctx.clone();
        apply::look_for_recent(&mut model, ctx);
        model.keeping.begin(start, move || wake.request_repaint());
        let mut shell = Self { model, dialogs };
        shell.go_on(ctx);
        Ok(shell)
    }

    /// What was open is kept until the next start. The window is not used any more.
    pub fn leave(&mut self) {
        keeping::end(&mut self.model);
    }

    /// Goes on with what is kept; as soon as that of the last start is there, opens what is asked for besides.
    fn go_on(&mut self, ctx: &Context) {
        let Some(start) = keeping::go_on(&mut self.model) else { return };
        match start {
            Start::Empty => {}
            Start::Path(path) => self.apply(Command::OpenPath(path), ctx),
            Start::Sample => {
                if let Some(sample) = samples::find(samples::DEFAULT) {
                    apply::open_document(&mut self.model, Document::sample(sample));
                }
            }
        }
        if let Some(id) = self.model.focus_next.take() {
            ctx.memory_mut(|memory| memory.request_focus(id));
        }
    }

    /// Carries a command out, as a key or a button would.
    pub fn apply(&mut self, command: Command, ctx: &Context) {
        apply::apply(&mut self.model, command, ctx, self.dialogs.as_mut());
    }

    /// One frame.
    pub fn frame(&mut self, ui: &mut Ui) {
        let ctx = ui.ctx().clone();
        self.model.now = ctx.input(|input| input.time);
        apply::give_keyboard(&mut self.model, &ctx);
        self.take_news(&ctx);
        self.go_on(&ctx);
        let keys = if self.is_presenting() { presenting::keys_down(&ctx) } else { Vec::new() };
        let mut out = commands::pressed_commands(&ctx, &self.situation());
        if self.is_presenting() {
            presenting::note(&mut self.model, &ctx, &keys, &out);
        }
        let by_key = out.len();
        self.take_drops(&ctx, &mut out);
        out.extend(commands::pasted(&ctx, self.model.overlay != Overlay::None));
        if self.model.document.is_none() {
            self.empty(ui, &mut out);
        } else if self.is_presenting() {
            self.presentation(ui, &mut out);
        } else {
            self.panels(ui, &mut out);
        }
        panels::overlays::show(ui, &self.model, &mut out);
        panels::notices::show(ui, &self.model, &mut out);
        self.model.view.reveal = false;
        self.model.folder.reveal = false;
        self.model.comparing.reveal = false;
        let center = self.model.view.center;
        for (place, command) in out.into_iter().enumerate() {
            match apply::unavailable(&self.model, &command) {
                None => self.apply(command, &ctx),
                // What it would be about cannot be seen from the key.
                Some(reason) if place < by_key && command == Command::ExpectThis => {
                    let text = self.model.text();
                    let words = text.widgets.unavailable(&text.command(&command), reason);
                    self.model.notify(Tone::Muted, words);
                }
                Some(_) => {}
            }
            // A key that shows another view takes the keyboard there; who came by a tab stays at the tab.
            let is_elsewhere = center != self.model.view.center && self.model.region == Region::Center;
            if place < by_key && is_elsewhere && self.model.focus_next.is_none() {
                self.model.focus_next = Some(Region::Center.entry());
            }
        }
        self.plan_next_frame(&ctx);
    }

    fn situation(&self) -> Situation {
        let in_scenario_field = self.model.overlay == Overlay::None && self.model.region == Region::Left;
        Situation {
            overlay_open: self.model.overlay != Overlay::None,
            field_keeps_undo: !in_scenario_field,
            empty_screen: match self.model.overlay {
                Overlay::None => self.model.document.is_none() && self.model.view.center != CenterTab::Guide,
                Overlay::Samples => true,
                _ => false,
            },
            logs_focused: self.model.region == Region::Logs && self.model.overlay == Overlay::None,
            presenting: self.is_presenting(),
        }
    }

    fn take_news(&mut self, ctx: &Context) {
        let news = self.model.runs.poll();
        if news == Some(News::Look) {
            self.model.look_arrived();
        } else if news == Some(News::Soak) {
            self.model.soak_arrived();
        } else if news == Some(News::Run) {
            self.model.run_arrived();
            apply::run_arrived(&mut self.model, ctx);
            // Where something went wrong Enter presses the card's first button.
            let has_card =
                self.model.runs.current.as_ref().is_some_and(|run| panels::center::error_card::applies(run));
            let nobody = ctx.memory(|memory| memory.focused()).is_none();
            if has_card && nobody && self.model.overlay == Overlay::None {
                self.model.focus_next = Some(Region::Center.entry());
                apply::give_keyboard(&mut self.model, ctx);
            }
        }
        if let Some((purpose, picked)) = self.dialogs.poll() {
            apply::picked(&mut self.model, &purpose, picked, ctx);
        }
        self.model.looking.poll(waker(ctx));
        let is_back = ctx.input(|input| input.events.contains(&egui::Event::WindowFocused(true)));
        if is_back && self.model.shows_recent().contains(&true) {
            // Whoever was elsewhere may have done something with the files.
            apply::look_for_recent(&mut self.model, ctx);
        }
        apply::take_read(&mut self.model, ctx);
        apply::take_changes(&mut self.model, ctx);
        apply::take_folder(&mut self.model, ctx);
        apply::take_comparison(&mut self.model);
        apply::take_shared(&mut self.model);
        let now = self.model.now;
        self.model.notices.retain(|notice| notice.until.is_none_or(|until| until > now));
        self.model.end_past_offers();
        if self.model.runs.due.is_some_and(|due| due <= now) {
            self.model.start_quietly();
        }
    }

    fn take_drops(&mut self, ctx: &Context, out: &mut Vec<Command>) {
        let hovered: Vec<PathBuf> = ctx.input(|input| {
            input.raw.hovered_files.iter().map(|file| file.path.clone().unwrap_or_default()).collect()
        });
        if hovered != self.model.hovered {
            // Some systems tell the name only when the file is dropped.
            if let Some(first) = hovered.first().filter(|path| path.file_name().is_some()) {
                self.model.looking.look_at(first.clone(), waker(ctx));
            }
            self.model.hovered = hovered;
        }
        let over_chain = panels::left::takes_filter(ctx, &self.model);
        self.model.hovers_chain = over_chain && self.model.hovered_kind() == Some(FileKind::Filter);
        let dropped: Vec<PathBuf> =
            ctx.input(|input| input.raw.dropped_files.iter().map(|file| file.path().to_owned()).collect());
        if matches!(self.model.overlay, Overlay::InTheWay { .. }) {
            // What is asked is about what is in front.
        } else if dropped.len() > 1 {
            out.push(Command::OpenPaths(dropped));
        } else if let Some(path) = dropped.into_iter().next() {
            out.push(if over_chain { Command::DropOnChain(path) } else { Command::OpenPath(path) });
        }
    }

    fn empty(&mut self, ui: &mut Ui, out: &mut Vec<Command>) {
        self.bar(ui, "top", true, out);
        self.bar(ui, "status", false, out);
        // The folder is there whatever is open of it.
        if self.model.folder.is_open() {
            self.left(ui, out);
        }
        let theme = theme::of(ui.ctx());
        let frame = Frame::new().fill(theme.colors.bg);
        egui::CentralPanel::no_frame().frame(frame).show(ui, |ui| match self.model.view.center {
            CenterTab::Guide => panels::center::guide::show(ui, &self.model, out),
            _ => panels::empty::show(ui, &self.model, out),
        });
    }

    fn bar(&mut self, ui: &mut Ui, name: &str, top: bool, out: &mut Vec<Command>) {
        let theme = theme::of(ui.ctx());
        let frame = Frame::new().fill(theme.colors.panel);
        let (panel, height, region) = if top {
            (Panel::top(name), theme.sizes.top_bar, Region::Top)
        } else {
            (Panel::bottom(name), theme.sizes.status_bar, Region::Status)
        };
        let shown = panel.exact_size(height).resizable(false).frame(frame).show_separator_line(false).show(
            ui,
            |ui| {
                if top {
                    panels::top_bar::show(ui, &self.model, out);
                } else {
                    panels::status_bar::show(ui, &self.model, out);
                }
            },
        );
        let rect = shown.response.rect;
        self.note_region(ui, rect, region);
    }

    fn panels(&mut self, ui: &mut Ui, out: &mut Vec<Command>) {
        self.bar(ui, "top", true, out);
        self.bar(ui, "status", false, out);
        let theme = theme::of(ui.ctx());
        self.tab_row(ui, &theme, out);
        let has_detail = self.model.view.center == CenterTab::Timeline && self.model.view.detail;
        let drawer_below = if has_detail { width::DETAIL_DRAWER_BELOW } else { width::DRAWER_BELOW };
        self.model.layout.narrow = ui.available_width() < drawer_below;
        if !self.model.layout.left_open() {
            let frame = Frame::new().fill(theme.colors.panel);
            let rail = Panel::left("rail").exact_size(width::RAIL).resizable(false).frame(frame);
            let shown =
                rail.show_separator_line(false).show(ui, |ui| panels::left::rail(ui, &self.model, out));
            self.note_region(ui, shown.response.rect, Region::Left);
        } else {
            self.left(ui, out);
        }
        let frame = Frame::new().fill(theme.colors.bg);
        // A comparison is of other runs than the one that logs and findings are of.
        if self.model.view.center == CenterTab::Compare {
            let shown = egui::CentralPanel::no_frame()
                .frame(frame)
                .show(ui, |ui| self.of_front(ui, "center", |ui| panels::center::show(ui, &self.model, out)));
            self.note_region(ui, shown.response.rect, Region::Center);
            return;
        }
        // Cards need more room than lines; the panel has a height for each.
        let has_cards = match self.model.view.lower {
            LowerTab::Logs => false,
            LowerTab::Findings => {
                self.model.runs.current.as_ref().is_some_and(|run| !run.findings.is_empty())
            }
            LowerTab::Expectations => true,
        };
        let (id, default) = match has_cards {
            true => {
                let first = height::FINDINGS.min(ui.available_height() / 2.0);
                ("lower findings", self.model.layout.cards_height.unwrap_or(first))
            }
            false => ("lower", self.model.layout.lower_height.unwrap_or(height::LOWER)),
        };
        let lower = if self.model.layout.lower_folded {
            Panel::bottom("lower folded").exact_size(height::LOWER_HEAD).resizable(false)
        } else {
            Panel::bottom(id).default_size(default).size_range(height::LOWER_MIN..=height::LOWER_MAX)
        };
        let shown = lower
            .frame(frame)
            .show_separator_line(false)
            .show(ui, |ui| self.of_front(ui, "lower", |ui| panels::logs::show(ui, &self.model, out)));
        self.note_region(ui, shown.response.rect, Region::Logs);
        let high = shown.response.rect.height();
        match has_cards {
            _ if self.model.layout.lower_folded => {}
            true => self.note_size(|layout| &mut layout.cards_height, high),
            false => self.note_size(|layout| &mut layout.lower_height, high),
        }
        let name = self.model.text().frame.resize_lower();
        resize_edge(ui, id, name, shown.response.rect, Edge::Top);
        let shown = egui::CentralPanel::no_frame()
            .frame(frame)
            .show(ui, |ui| self.of_front(ui, "center", |ui| panels::center::show(ui, &self.model, out)));
        self.note_region(ui, shown.response.rect, Region::Center);
    }

    fn left(&mut self, ui: &mut Ui, out: &mut Vec<Command>) {
        let frame = Frame::new().fill(theme::of(ui.ctx()).colors.panel);
        let left = Panel::left("left")
            .default_size(self.model.layout.left_width.unwrap_or(width::LEFT))
            .size_range(width::LEFT_MIN..=width::LEFT_MAX)
            .frame(frame);
        // Each of its tabs has fields of its own, which stand as they are while another one is shown.
        let part = panels::left::name(self.model.view.left);
        let shown =
            left.show(ui, |ui| self.of_front(ui, part, |ui| panels::left::show(ui, &self.model, out)));
        self.note_region(ui, shown.response.rect, Region::Left);
        self.note_size(|layout| &mut layout.left_width, shown.response.rect.width());
        let name = self.model.text().frame.resize_left();
        resize_edge(ui, "left", name, shown.response.rect, Edge::Right);
    }

    /// Remembers how large the user made a panel.
    fn note_size(&mut self, which: impl Fn(&mut Layout) -> &mut Option<f32>, size: f32) {
        let known = which(&mut self.model.layout);
        if *known != Some(size) {
            *known = Some(size);
            self.model.keeping.touch(self.model.now);
        }
    }

    /// Only where there is something to choose from.
    fn tab_row(&mut self, ui: &mut Ui, theme: &Theme, out: &mut Vec<Command>) {
        if self.model.tab_count() < 2 {
            return;
        }
        let frame = Frame::new().fill(theme.colors.panel);
        let row = Panel::top("tabs").exact_size(theme.sizes.tab_row).resizable(false).frame(frame);
        let shown = row.show_separator_line(false).show(ui, |ui| {
            ui.expand_to_include_rect(ui.max_rect());
            panels::tab_row::show(ui, &self.model, out);
        });
        self.note_region(ui, shown.response.rect, Region::Top);
    }

    /// The scenario in front has places of its own: where it is scrolled to, where the cursor stands in its fields.
    /// `part` tells where in the window this is.
    fn of_front(&self, ui: &mut Ui, part: &str, contents: impl FnOnce(&mut Ui)) {
        // A panel is as large as its contents say; these fill what they are given.
        ui.expand_to_include_rect(ui.max_rect());
        let front = self.model.document.as_ref().map(|document| document.id);
        let mut child = ui.new_child(UiBuilder::new().id_salt(front));
        widgets::drafts::of(&mut child, egui::Id::unique(front), egui::Id::unique(part), contents);
    }

    /// Something is open, and shown to an audience.
    fn is_presenting(&self) -> bool {
        self.model.layout.presentation && self.model.document.is_some()
    }

    /// The centre alone, between who it is about and what is pressed.
    fn presentation(&mut self, ui: &mut Ui, out: &mut Vec<Command>) {
        let theme = theme::of(ui.ctx());
        let frame = Frame::new().fill(theme.colors.panel);
        let bar = |panel: Panel, height: f32| {
            panel.exact_size(height).resizable(false).frame(frame).show_separator_line(false)
        };
        bar(Panel::top("presentation head"), theme.sizes.top_bar)
            .show(ui, |ui| panels::presentation::head(ui, &self.model));
        bar(Panel::bottom("presentation foot"), theme.sizes.status_bar)
            .show(ui, |ui| panels::presentation::foot(ui, &self.model, out));
        let frame = Frame::new().fill(theme.colors.bg);
        let shown = egui::CentralPanel::no_frame()
            .frame(frame)
            .show(ui, |ui| self.of_front(ui, "center", |ui| panels::center::show(ui, &self.model, out)));
        self.note_region(ui, shown.response.rect, Region::Center);
    }

    /// Remembers where the user is: the region that was clicked, or that has the keyboard.
    fn note_region(&mut self, ui: &Ui, rect: Rect, region: Region) {
        let ctx = ui.ctx();
        let clicked = ctx.input(|input| {
            input.pointer.any_pressed() && input.pointer.interact_pos().is_some_and(|pos| rect.contains(pos))
        });
        let focused = widgets::focused(ctx);
        let has_keyboard = focused.is_some_and(|response| rect.contains(response.rect.center()));
        if self.model.overlay == Overlay::None && (clicked || has_keyboard) {
            self.model.region = region;
        }
    }

    fn plan_next_frame(&self, ctx: &Context) {
        let model = &self.model;
        let due = model.runs.due.into_iter();
        let notices = model.notices.iter().filter_map(|notice| notice.until);
        let spinner = model.runs.pending.map(|pending| pending.since + SPINNER_AFTER).into_iter();
        let keys = self.model.presenting.next_change();
        let next = due
            .chain(notices)
            .chain(model.keeping.due())
            .chain(keys)
            .chain(spinner.filter(|at| *at > model.now))
            .fold(f64::INFINITY, f64::min);
        if next.is_finite() {
            ctx.request_repaint_after_secs((next - model.now).max(0.0) as f32);
        }
    }
}
