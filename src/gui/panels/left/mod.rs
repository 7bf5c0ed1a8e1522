//! The left panel: what goes in. Four tabs that edit the scenario, and the rail that is left of it when it is folded.
//!
//! Each tab changes a copy of the scenario; what changed is sent as one [`Command::Edit`] at the end of the frame.

mod answer;
mod bodies;
mod chain;
mod config;
mod connection;
mod environment;
pub(super) mod form;
mod lines;
mod mocks;
mod properties;
mod request;
mod requests;
mod response;
pub mod scenarios;
mod variables;

use egui::{
    Align2, Context, Frame, Id, Margin, Pos2, Rect, Role, ScrollArea, Sense, StrokeKind, Ui, UiBuilder, Vec2,
    WidgetInfo,
};

use crate::gui::{
    commands::Command,
    editing,
    model::{LeftTab, Model, Overlay, Region},
    panels::enter_id,
    text::{Language, Text},
    theme::{self, Icon, Theme, space, tokens},
    widgets::{IconButton, Tab, TabRow, elided, hairline_below, reveal_focus, tooltip},
};
use crate::http::Protocol;
use crate::run::{Place, Problem};
use crate::scenario::Scenario;
use crate::view::sentences;

/// Height of one word of the rail.
const RAIL_WORD: f32 = 92.0;

/// What a frame of editing did.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::gui::panels) struct Edits {
    pub changed: bool,
    /// All of it was letters typed in fields.
    pub typed: bool,
}

impl Edits {
    /// Something was switched, chosen, added or removed.
    pub fn made(&mut self, changed: bool) {
        if changed {
            *self = Self { changed: true, typed: false };
        }
    }

    /// Something was typed.
    pub fn typed(&mut self, changed: bool) {
        if changed {
            self.typed = self.typed || !self.changed;
            self.changed = true;
        }
    }

    /// What a part of the tab did, that was watched by itself.
    fn join(&mut self, part: Self) {
        self.typed(part.changed && part.typed);
        self.made(part.changed && !part.typed);
    }
}

/// What the two connections of the proxy speak.
#[derive(Clone, Copy)]
struct Protocols {
    downstream: Protocol,
    upstream: Protocol,
}

/// What every part of a tab needs.
struct Tabs<'a> {
    model: &'a Model,
    text: Text,
    problems: Vec<Problem>,
    protocols: Protocols,
    edits: Edits,
    out: &'a mut Vec<Command>,
}

impl Tabs<'_> {
    /// Does something, and says what it edited by itself.
    fn watched(&mut self, show: impl FnOnce(&mut Self)) -> Edits {
        let before = std::mem::take(&mut self.edits);
        show(self);
        let edits = std::mem::replace(&mut self.edits, before);
        self.edits.join(edits);
        edits
    }

    /// The sentence about what is wrong at a place.
    fn problem(&self, place: Place) -> Option<String> {
        let found = self.problems.iter().find(|problem| problem.place == place)?;
        let card = sentences::scenario::problem(self.text.language, found);
        let step = card.next_steps.first().map(|step| step.as_str()).unwrap_or_default();
        Some(self.text.widgets.sentences(card.what.as_str(), step))
    }

    /// The first line of a grid that is wrong, and why.
    fn line_problem(&self, lines: usize, place: impl Fn(usize) -> Place) -> Option<(usize, String)> {
        (0..lines).find_map(|line| Some((line, self.problem(place(line))?)))
    }
}

const TABS: [(LeftTab, Command, &str); 5] = [
    (LeftTab::Scenarios, Command::ShowScenarios, ""),
    (LeftTab::Request, Command::ShowRequest, "1"),
    (LeftTab::Response, Command::ShowResponse, "2"),
    (LeftTab::Config, Command::ShowConfig, "3"),
    (LeftTab::Environment, Command::ShowEnvironment, "4"),
];

fn word(text: Text, tab: LeftTab) -> &'static str {
    match tab {
        LeftTab::Scenarios => text.folder.title(),
        LeftTab::Request => text.tabs.request(),
        LeftTab::Response => text.tabs.response(),
        LeftTab::Config => text.tabs.config(),
        LeftTab::Environment => text.tabs.environment(),
    }
}

pub fn show(ui: &mut Ui, model: &Model, out: &mut Vec<Command>) {
    let Some(document) = &model.document else {
        // Without a scenario there is nothing to edit, and nothing to choose between.
        enter_id(ui, scenarios::list_id(), Region::Left);
        return scenarios::show(ui, model, out);
    };
    let text = model.text();
    let theme = theme::of(ui.ctx());
    ui.data_mut(|data| data.insert_temp(panel_id(), ui.max_rect()));
    tabs(ui, model, text, &theme, out);

    if model.view.left == LeftTab::Scenarios {
        scenarios::show(ui, model, out);
        return;
    }
    let mut scenario: Scenario = (*document.scenario).clone();
    let place = model.view.editing.request_of(&scenario);
    let (request, reply) = (editing::request_at(&scenario, place), editing::reply_at(&scenario, place));
    let problems = crate::run::problems_of(&scenario, place, request.message, reply.message);
    let protocols = Protocols { downstream: scenario.proxy.downstream, upstream: scenario.proxy.upstream };
    let mut parts = Tabs { model, text, problems, protocols, edits: Edits::default(), out };
    ScrollArea::vertical().id_salt(("left", word(text, model.view.left))).auto_shrink(false).show(ui, |ui| {
        // As if nothing were scrolled: what fills the room must not grow while it moves up.
        let bottom = ui.cursor().top() + ui.clip_rect().height();
        Frame::new().inner_margin(Margin::symmetric(theme.sizes.side as i8, space::M as i8)).show(ui, |ui| {
            ui.set_width(ui.available_width());
            match model.view.left {
                LeftTab::Scenarios => {}
                LeftTab::Request => request::show(ui, &mut parts, &mut scenario, bottom),
                LeftTab::Response => response::show(ui, &mut parts, &mut scenario, bottom),
                LeftTab::Config => config::show(ui, &mut parts, &mut scenario, &document.modules),
                LeftTab::Environment => environment::show(ui, &mut parts, &mut scenario),
            }
        });
        reveal_focus(ui, "left");
    });
    let edits = parts.edits;
    if edits.changed {
        out.push(Command::Edit(Box::new(scenario), edits.typed));
    }
}

/// A name for a tab that is the same in all languages.
pub fn name(tab: LeftTab) -> &'static str {
    word(Text::new(Language::English), tab)
}

fn panel_id() -> Id {
    Id::unique("filterlab left panel")
}

/// Whether a filter that is let go of now joins the chain: the pointer is over the list of it.
pub fn takes_filter(ctx: &Context, model: &Model) -> bool {
    let shows_chain = model.document.is_some()
        && model.overlay == Overlay::None
        && model.view.left == LeftTab::Config
        && model.layout.left_open()
        && !model.layout.presentation;
    let panel = ctx.data(|data| data.get_temp::<Rect>(panel_id()));
    let pointer = ctx.input(|input| input.pointer.latest_pos());
    shows_chain && panel.zip(pointer).is_some_and(|(panel, pointer)| panel.contains(pointer))
}

fn tabs(ui: &mut Ui, model: &Model, text: Text, theme: &Theme, out: &mut Vec<Command>) {
    let size = Vec2::new(ui.available_width(), theme.sizes.tab_row);
    // No gap between the tabs and what they show.
    let spacing = std::mem::take(&mut ui.spacing_mut().item_spacing.y);
    let (rect, _) = ui.allocate_exact_size(size, Sense::hover());
    ui.spacing_mut().item_spacing.y = spacing;
    hairline_below(ui, theme, rect);
    let mut inner = rect.shrink2(Vec2::new(theme.sizes.side, 0.0));
    inner.max.x -= theme.sizes.control - space::S;
    let row: Vec<Tab<'_>> = TABS
        .iter()
        .map(|(tab, command, digit)| Tab {
            digit: Some((*digit).into()).filter(|_| !digit.is_empty()),
            icon: (*tab == LeftTab::Scenarios).then_some(Icon::Folder),
            shortcut: command.shortcut(ui.ctx()).map(Into::into),
            ..Tab::new(word(text, *tab))
        })
        .collect();
    let selected = TABS.iter().position(|(tab, ..)| *tab == model.view.left);
    let mut child = ui.new_child(UiBuilder::new().max_rect(inner));
    let chosen =
        TabRow::new(&row, selected).entry(Region::Left.entry()).entry_at(1).no_rule().show(&mut child);
    if let Some((_, command, _)) = chosen.and_then(|place| TABS.get(place)) {
        out.push(command.clone());
    }
    let side = theme.sizes.control;
    let right = Rect::from_center_size(
        Pos2::new(rect.right() - space::XS - side / 2.0, rect.center().y),
        Vec2::splat(side),
    );
    let key = Command::FoldLeftPanel.shortcut(ui.ctx());
    let mut child = ui.new_child(UiBuilder::new().max_rect(right));
    if IconButton::new(Icon::ChevronLeft, text.frame.fold()).key(key).show(&mut child).clicked() {
        out.push(Command::FoldLeftPanel);
    }
}

/// What stands at the left while the panel is folded: the tabs, written upwards.
pub fn rail(ui: &mut Ui, model: &Model, out: &mut Vec<Command>) {
    let text = model.text();
    let theme = theme::of(ui.ctx());
    let whole = ui.max_rect();
    ui.painter().vline(whole.right() - tokens::LINE / 2.0, whole.y_range(), theme.hairline());
    ui.spacing_mut().item_spacing.y = 0.0;
    let (rect, _) = ui.allocate_exact_size(Vec2::new(whole.width(), theme.sizes.tab_row), Sense::hover());
    hairline_below(ui, &theme, rect);
    let button = Rect::from_center_size(rect.center(), Vec2::splat(theme.sizes.control));
    let key = Command::FoldLeftPanel.shortcut(ui.ctx());
    let unfold = IconButton::new(Icon::ChevronRight, text.frame.unfold()).key(key).id(Region::Left.entry());
    if unfold.show(&mut ui.new_child(UiBuilder::new().max_rect(button))).clicked() {
        out.push(Command::FoldLeftPanel);
    }
    ui.add_space(space::S);
    // The folder stands apart from the parts of the scenario, and needs no word.
    let (scenarios, parts) = TABS.split_at(1);
    for (tab, command, _) in scenarios {
        let size = Vec2::new(whole.width(), theme.sizes.control + space::S);
        let (rect, _) = ui.allocate_exact_size(size, Sense::hover());
        let place = Rect::from_center_size(rect.center(), Vec2::splat(theme.sizes.control));
        let button = IconButton::new(Icon::Folder, word(text, *tab)).key(command.shortcut(ui.ctx()));
        let button = button.on(*tab == model.view.left);
        if button.show(&mut ui.new_child(UiBuilder::new().max_rect(place))).clicked() {
            out.push(command.clone());
        }
    }
    let height = RAIL_WORD.min((whole.bottom() - ui.cursor().top()) / parts.len() as f32);
    for (tab, command, _) in parts {
        if rail_word(ui, &theme, word(text, *tab), height, *tab == model.view.left, command) {
            out.push(command.clone());
        }
    }
}

fn rail_word(ui: &mut Ui, theme: &Theme, word: &str, height: f32, on: bool, command: &Command) -> bool {
    let size = Vec2::new(ui.available_width(), height);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    let color = if on || response.hovered() { theme.colors.text } else { theme.colors.muted };
    let font = if on { theme.body_strong() } else { theme.body() };
    let words = elided(ui.painter(), word, font, color, height - space::S);
    // Turned around its own upper left corner, which so becomes the lower left one.
    let corner = Align2::CENTER_CENTER.anchor_size(rect.center(), Vec2::new(words.size().y, words.size().x));
    let turned = egui::epaint::TextShape::new(corner.left_bottom().round(), words, color)
        .with_angle(-std::f32::consts::FRAC_PI_2);
    ui.painter().add(turned);
    if on {
        let bar = Rect::from_min_size(rect.min, Vec2::new(tokens::RING, rect.height()));
        ui.painter().rect_filled(bar, 0.0, theme.colors.accent);
    }
    if response.has_focus() {
        ui.painter().rect_stroke(rect.shrink(2.0), theme.radius(), theme.ring(), StrokeKind::Inside);
    }
    response.widget_info(|| WidgetInfo::selected(Role::Tab, true, on, word));
    if let Some(key) = command.shortcut(ui.ctx()) {
        tooltip(&response, word, Some(&key));
    }
    response.clicked()
}
