//! The module and the scenario at the left, what one does with them at the right.

use egui::{Sense, Ui, Vec2};

use super::enter;
use crate::gui::commands::Command;
use crate::gui::model::{Model, Region};
use crate::gui::runs::RunView;
use crate::gui::text::{self, Text};
use crate::gui::theme::{self, Icon, Tone, space};
use crate::gui::widgets::{self, Button, CheckBox, IconButton};

/// Below this width the words of buttons give way to icons.
const WORDS_FROM: f32 = 860.0;

pub fn show(ui: &mut Ui, model: &Model, out: &mut Vec<Command>) {
    let theme = theme::of(ui.ctx());
    let text = model.text();
    widgets::hairline_below(ui, &theme, ui.max_rect());
    let with_words = ui.available_width() >= WORDS_FROM;
    let side = theme.sizes.side;
    let inner = ui.max_rect().shrink2(Vec2::new(side, 0.0));
    ui.scope_builder(egui::UiBuilder::new().max_rect(inner), |ui| {
        ui.spacing_mut().item_spacing.x = space::S;
        widgets::ends(
            ui,
            "top bar",
            out,
            |ui, out| facts(ui, model, text, out),
            |ui, out| actions(ui, model, text, with_words, out),
        );
    });
}

fn facts(ui: &mut Ui, model: &Model, text: Text, out: &mut Vec<Command>) {
    let theme = theme::of(ui.ctx());
    let (mark, _) = ui.allocate_exact_size(Vec2::splat(16.0), Sense::hover());
    Icon::Funnel.paint(ui.painter(), mark.center(), 16.0, theme.colors.accent);
    let Some(document) = &model.document else {
        widgets::strong_label(ui, text.frame.app());
        widgets::label(ui, text.frame.no_filter(), Tone::Muted);
        return;
    };
    let module = document.module_name();
    let about = text.frame.open_preflight(&module);
    ui.spacing_mut().item_spacing.x -= space::XS;
    let name = widgets::name_button(ui, &module, &about);
    ui.spacing_mut().item_spacing.x += space::XS;
    if name.clicked() {
        out.push(Command::ShowPreflight);
    }
    let reloaded = model.watching.reloaded(document);
    let details =
        model.runs.current.as_ref().map(|run| module_facts(run, reloaded, text)).unwrap_or_default();
    let name = document.scenario.name.as_str();
    // The facts give way first; the ABI, which stands first, is cut last.
    let room = ui.available_width() - if name.is_empty() { 0.0 } else { 140.0 };
    if room > 40.0 && !details.is_empty() {
        widgets::elided_label(ui, &details, Tone::Muted, room);
    }
    if !name.is_empty() && ui.available_width() > 60.0 {
        ui.add_space(space::XS);
        let (line, _) = ui.allocate_exact_size(Vec2::new(1.0, 16.0), Sense::hover());
        ui.painter().rect_filled(line, 0.0, theme.colors.line);
        let (icon, _) = ui.allocate_exact_size(Vec2::splat(theme.sizes.icon), Sense::hover());
        Icon::File.paint(ui.painter(), icon.center(), theme.sizes.icon, theme.colors.text);
        let width = ui.available_width();
        widgets::elided_label(ui, name, Tone::Text, width);
    }
}

/// `ABI 0.2.1 · Rust · 142 KB`, and how many filters there are when it is more than one.
fn module_facts(run: &RunView, reloaded: Option<&str>, text: Text) -> String {
    let Some(module) = run.modules.first() else { return String::new() };
    let mut facts: Vec<String> = module.abi.map(|abi| text.frame.abi(abi.number())).into_iter().collect();
    facts.extend(module.language().map(str::to_owned));
    facts.push(text::bytes(module.size as u64));
    if run.broken.is_some() {
        facts.push(text.watching.broken_word().to_owned());
    } else if let Some(time) = reloaded {
        facts.push(text.watching.reloaded(time));
    }
    if run.modules.len() > 1 {
        facts.push(text.frame.filters(run.modules.len()));
    }
    facts.join(" · ")
}

fn actions(ui: &mut Ui, model: &Model, text: Text, with_words: bool, out: &mut Vec<Command>) {
    let ctx = ui.ctx().clone();
    let key = |command: &Command| command.shortcut(&ctx);
    let mut first = None;
    for command in [Command::OpenDialog, Command::ShowSamples, Command::Palette] {
        let name = text.command(&command);
        let icon = command.spec().and_then(|spec| spec.icon).unwrap_or(Icon::File);
        let response = if !with_words {
            IconButton::new(icon, name).key(key(&command)).show(ui)
        } else if command == Command::Palette {
            Button::new(name).icon(icon).key(key(&command).unwrap_or_default()).show(ui)
        } else {
            let response = Button::new(name).show(ui);
            widgets::tooltip(&response, &text.command(&command), key(&command).as_deref());
            response
        };
        if response.clicked() {
            out.push(command);
        }
        first.get_or_insert(response);
    }
    if let Some(first) = &first {
        enter(first, Region::Top);
    }
    let mut live = model.settings.live;
    let check = CheckBox::new(&mut live, text.frame.live()).show(ui);
    widgets::tooltip(
        &check,
        text.command_note(&Command::ToggleLive).unwrap_or_default(),
        key(&Command::ToggleLive).as_deref(),
    );
    if live != model.settings.live {
        out.push(Command::ToggleLive);
    }
    let runs_long = model.is_waiting();
    let command = if runs_long { Command::Stop } else { Command::Run };
    let reason = crate::gui::apply::unavailable(model, &command);
    let icon = if runs_long { Icon::Stop } else { Icon::Play };
    let button = Button::new(text.command(&command))
        .icon(icon)
        .main()
        .key(key(&command).unwrap_or_default())
        .unavailable(reason)
        .show(ui);
    if button.clicked() {
        out.push(command);
    }
}
