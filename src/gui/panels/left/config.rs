//! How each filter of the chain is configured.

use egui::{Id, Ui};

use super::{Tabs, bodies, form};
use crate::gui::{
    model::BodyKind,
    text,
    theme::{Tone, space},
    widgets::{BodyEditor, CheckBox, EDIT_LIMIT, SectionHead, code_label, label, prose, tooltip},
};
use crate::run::ModuleSource;
use crate::scenario::{Body, Chunks, FailurePolicy, Filter, Scenario};

const PLUGIN_HEIGHT: f32 = 188.0;
const VM_HEIGHT: f32 = 84.0;
/// Envoy's names, in the order of the list.
const POLICIES: [(&str, FailurePolicy); 3] = [
    ("FAIL_CLOSED", FailurePolicy::FailClosed),
    ("FAIL_OPEN", FailurePolicy::FailOpen),
    ("FAIL_RELOAD", FailurePolicy::FailReload),
];

pub fn show(ui: &mut Ui, tabs: &mut Tabs<'_>, scenario: &mut Scenario, modules: &[ModuleSource]) {
    let filters = scenario.chain.len();
    for (place, filter) in scenario.chain.iter_mut().enumerate() {
        if filters > 1 {
            let title = tabs.text.config.filter_of(place + 1, filters);
            let module = modules.get(place).map(ModuleSource::name).unwrap_or_default();
            SectionHead::new(&title).summary(&module).show(ui);
        }
        show_filter(ui, tabs, place, filter, modules.get(place));
        if place + 1 < filters {
            ui.add_space(space::S);
            bodies::rule(ui);
        }
    }
}

fn show_filter(
    ui: &mut Ui,
    tabs: &mut Tabs<'_>,
    place: usize,
    filter: &mut Filter,
    module: Option<&ModuleSource>,
) {
    let texts = tabs.text.config;
    let id = |part: &str| Id::unique(("filter", place, part));
    let title = texts.plugin_configuration();
    configuration(ui, tabs, id("plugin"), title, &mut filter.plugin_config, PLUGIN_HEIGHT);
    ui.add_space(space::S);
    configuration(ui, tabs, id("vm"), texts.vm_configuration(), &mut filter.vm_config, VM_HEIGHT);
    ui.add_space(space::S);
    bodies::rule(ui);

    let edits = &mut tabs.edits;
    form::text_row(ui, edits, id("name"), texts.name(), &mut filter.name);
    form::text_row(ui, edits, id("root id"), texts.root_id(), &mut filter.root_id);
    form::text_row(ui, edits, id("vm id"), texts.vm_id(), &mut filter.vm_id);
    let policy = texts.failure_policy();
    let names = POLICIES.map(|(name, _)| name);
    let selected = POLICIES
        .iter()
        .position(|(_, known)| *known == filter.failure_policy.unwrap_or_default())
        .unwrap_or_default();
    form::choice_row(ui, edits, (policy, policy), &names, selected, |chosen| {
        filter.failure_policy = Some(POLICIES[chosen].1);
    });
    let stop = &mut filter.allow_on_headers_stop_iteration;
    let response = CheckBox::new(stop, texts.allow_stop()).small().show(ui);
    tooltip(&response, texts.allow_stop_note(), None);
    edits.made(response.changed());

    form::row(ui, texts.module(), |ui| {
        match module {
            Some(ModuleSource::File(path) | ModuleSource::Pinned { path, .. }) => {
                let path = path.display().to_string();
                tooltip(&code_label(ui, &path, Tone::Text), &path, None);
            }
            Some(ModuleSource::Embedded { name, .. }) => {
                code_label(ui, name, Tone::Text);
                label(ui, texts.module_bundled(), Tone::Muted);
            }
            None => {
                code_label(ui, &filter.path, Tone::Text);
            }
        }
        None
    });
}

/// A configuration: any bytes, usually JSON.
fn configuration(ui: &mut Ui, tabs: &mut Tabs<'_>, id: Id, title: &str, value: &mut Body, height: f32) {
    let size = text::bytes(value.len() as u64);
    SectionHead::new(title).summary(if value.is_empty() { "" } else { &size }).show(ui);
    match Some(&*value).filter(|value| value.len() <= EDIT_LIMIT).and_then(Body::text) {
        Some(text) => {
            let mut text = text.to_owned();
            if BodyEditor::new(id, title, &mut text).height(height).show(ui).changed() {
                *value = text.into();
                tabs.edits.typed(true);
            }
            let looks = value.0.iter().find(|byte| !byte.is_ascii_whitespace());
            if matches!(looks, Some(b'{' | b'[' | b'"')) {
                ui.push_id(id, |ui| bodies::check(ui, tabs, BodyKind::Json, &value.0, &Chunks::Whole));
            }
        }
        None => {
            let texts = tabs.text.message;
            let big = value.len() > EDIT_LIMIT;
            prose(ui, &if big { texts.too_big_to_edit(&size) } else { texts.not_text(&size) }, Tone::Muted);
        }
    }
}
