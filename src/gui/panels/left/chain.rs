//! The chain: which filters, in which order, and where the module of each comes from.

use egui::{Id, Ui, UiBuilder};

use super::{Tabs, form};
use crate::gui::{
    commands::Command,
    editing::{self, Chosen, ModuleUse},
    panels::empty,
    theme::{Icon, Tone},
    widgets::{MenuButton, OrderChange, OrderList, OrderRow, SectionHead, code_label, prose, tooltip},
};
use crate::run::ModuleSource;
use crate::samples;
use crate::scenario::{Filter, Scenario};

/// First letters of a hash that are shown.
const HASH: usize = 12;

/// The list; gives the filter that is chosen, if there is one.
pub fn show(
    ui: &mut Ui,
    tabs: &mut Tabs<'_>,
    scenario: &mut Scenario,
    modules: &[ModuleSource],
) -> Option<usize> {
    let texts = tabs.text.config;
    let rect = SectionHead::new(texts.chain()).summary(&scenario.chain.len().to_string()).show(ui).rect;
    let language = tabs.text.language;
    let titles = samples::all().iter().map(|sample| texts.add_sample(empty::in_language(sample, language).0));
    let options: Vec<String> = std::iter::once(texts.add_file().to_owned()).chain(titles).collect();
    let options: Vec<&str> = options.iter().map(String::as_str).collect();
    let mut child = ui.new_child(UiBuilder::new().max_rect(form::at_end(ui, rect)));
    match MenuButton::new(Icon::Plus, texts.add_filter(), &options).show(&mut child) {
        Some(0) => tabs.out.push(Command::AddFilter),
        Some(place) => {
            if let Some(sample) = samples::all().get(place - 1) {
                scenario.chain.push(editing::filter_at(&samples::path_of(sample)));
                tabs.edits.made(true);
                tabs.out.push(Command::Choose(Chosen::Filter(scenario.chain.len() - 1)));
            }
        }
        None => {}
    }
    let chosen = tabs.model.view.editing.filter.min(scenario.chain.len().saturating_sub(1));
    let list = OrderList::new(id(), texts.chain(), scenario.chain.len(), chosen, texts.no_filters());
    let change = list.show(ui, |place| row(tabs, scenario, modules, place));
    match change {
        Some(OrderChange::Select(place)) => tabs.out.push(Command::Choose(Chosen::Filter(place))),
        Some(OrderChange::Switch(place)) => {
            scenario.chain[place].off = !scenario.chain[place].off;
            tabs.edits.made(true);
        }
        Some(change) => {
            let chosen = change.apply_to(&mut scenario.chain);
            editing::follow_filters(scenario, change);
            tabs.edits.made(true);
            tabs.out.extend(chosen.map(|place| Command::Choose(Chosen::Filter(place))));
        }
        None => {}
    }
    // What moved in this frame has its module only in the next one.
    let stays = matches!(change, None | Some(OrderChange::Select(_) | OrderChange::Switch(_)));
    (stays && chosen < scenario.chain.len()).then_some(chosen)
}

/// Where the list of filters is.
pub fn id() -> Id {
    Id::unique("chain")
}

fn row(tabs: &Tabs<'_>, scenario: &Scenario, modules: &[ModuleSource], place: usize) -> OrderRow {
    let texts = tabs.text.config;
    let Some(filter) = scenario.chain.get(place) else { return OrderRow::default() };
    let words = modules.get(place).map_or_else(|| filter.module_name(), ModuleSource::name);
    let mut parts = Vec::new();
    if !filter.name.is_empty() {
        parts.push(filter.name.clone());
    }
    if filter.module.is_some() {
        parts.push(texts.inside().to_owned());
    } else if !filter.sha256.is_empty() {
        parts.push(texts.pinned().to_owned());
    }
    let detail = parts.join(" · ");
    let spoken = [texts.filter_of(place + 1, scenario.chain.len()), words.clone(), detail.clone()];
    let spoken: Vec<String> = spoken.into_iter().filter(|part| !part.is_empty()).collect();
    OrderRow { on: Some(!filter.off), mark: None, words, is_code: true, detail, spoken: spoken.join(", ") }
}

/// Where a filter's module comes from, and what can be done about it.
pub fn module(
    ui: &mut Ui,
    tabs: &mut Tabs<'_>,
    place: usize,
    filter: &mut Filter,
    module: Option<&ModuleSource>,
) {
    let texts = tabs.text.config;
    let is_inside = filter.module.is_some();
    let is_pinned = !filter.sha256.is_empty() && !is_inside;
    // Without a path the hash is all there is to find it by.
    let pin = if is_pinned { texts.unpin() } else { texts.pin() };
    let put = if is_inside { texts.take_out() } else { texts.put_inside() };
    let mut options = vec![texts.replace_module(), put];
    let has_only_hash = is_pinned && filter.path.is_empty();
    if !is_inside && !has_only_hash {
        options.push(pin);
    }
    form::row(ui, texts.module(), |ui| {
        let chosen = MenuButton::new(Icon::Dots, texts.module_menu(), &options).show(ui);
        match module {
            Some(ModuleSource::File(path) | ModuleSource::Pinned { path, .. }) => {
                let path = path.display().to_string();
                tooltip(&code_label(ui, &path, Tone::Text), &path, None);
            }
            Some(ModuleSource::Embedded { name, .. }) => {
                code_label(ui, name, Tone::Text);
            }
            None => {
                code_label(ui, &filter.path, Tone::Text);
            }
        }
        match chosen {
            Some(0) => tabs.out.push(Command::ReplaceModule(place)),
            Some(1) if is_inside => tabs.out.push(Command::TakeModuleOut(place)),
            Some(1) => tabs.out.push(Command::UseModule(place, ModuleUse::PutInside)),
            Some(_) if is_pinned => {
                filter.sha256 = String::new();
                tabs.edits.made(true);
            }
            Some(_) => tabs.out.push(Command::UseModule(place, ModuleUse::Pin)),
            None => {}
        }
        None
    });
    if let Some(ModuleSource::Embedded { .. }) = module {
        let words = if is_inside { texts.is_inside() } else { texts.module_bundled() };
        prose(ui, words, Tone::Muted);
    }
    if is_pinned {
        let shown = filter.sha256.get(..HASH).unwrap_or(&filter.sha256);
        prose(ui, &texts.pinned_to(shown), Tone::Muted);
    }
}
