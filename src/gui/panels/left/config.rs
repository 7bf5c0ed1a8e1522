//! How each filter of the chain is configured.

use egui::{Id, Ui};

use super::{Tabs, bodies, chain, form, variables};
use crate::abi::{Callback, HostCall};
use crate::gui::{
    model::BodyKind,
    text,
    theme::{Tone, space},
    widgets::{BodyEditor, CheckBox, EDIT_LIMIT, SectionHead, drafts, prose, tooltip},
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
    let Some(place) = chain::show(ui, tabs, scenario, modules) else { return };
    ui.add_space(space::XS);
    show_filter(ui, tabs, place, &mut scenario.chain[place], modules.get(place));
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
    chain::module(ui, tabs, place, filter, module);
    ui.add_space(space::XS);
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
    reload(ui, tabs, id("back-off"), filter);
    ui.add_space(space::S);
    variables::show(ui, tabs, place, filter);
    bodies::rule(ui);
    capabilities(ui, tabs, id("capabilities"), filter);
}

/// How long a filter that failed waits to be loaded again, and what becomes of the request during which it failed.
fn reload(ui: &mut Ui, tabs: &mut Tabs<'_>, id: Id, filter: &mut Filter) {
    let texts = tabs.text.config;
    if filter.failure_policy == Some(FailurePolicy::FailReload) {
        let field = form::Value {
            id,
            label: texts.backoff(),
            name: texts.backoff_name(),
            wrong: tabs.text.message.invalid_duration(),
            unit: "",
            width: 104.0,
            parse: form::parse_ms,
            format: form::format_ms,
        };
        form::value_row(ui, &mut tabs.edits, &mut filter.reload_backoff_ms, field);
    }
    let response = CheckBox::new(&mut filter.fail_open, texts.fail_open()).small().show(ui);
    tooltip(&response, texts.fail_open_note(), None);
    tabs.edits.made(response.changed());
}

/// The names of the ABI that the filter may use, one a line.
fn capabilities(ui: &mut Ui, tabs: &mut Tabs<'_>, id: Id, filter: &mut Filter) {
    let texts = tabs.text.config;
    let count = match filter.capabilities.len() {
        0 => texts.all_capabilities().to_owned(),
        count => count.to_string(),
    };
    let open_id = id.with("open");
    let mut open = ui.data(|data| data.get_temp(open_id)).unwrap_or(!filter.capabilities.is_empty());
    let head = SectionHead::new(texts.capabilities()).summary(&count).foldable(&mut open).show(ui);
    if head.changed() {
        ui.data_mut(|data| data.insert_temp(open_id, open));
    }
    if !open {
        return;
    }
    // Kept as typed, with its empty lines, while the list says the same.
    let draft_id = drafts::draft_id(ui, id);
    let listed = filter.capabilities.join("\n");
    let draft = ui.data(|data| data.get_temp::<String>(draft_id));
    let names = |text: &str| -> Vec<String> {
        text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()
    };
    let mut text = draft.filter(|draft| names(draft) == filter.capabilities).unwrap_or(listed);
    let editor = BodyEditor::new(id, texts.capabilities(), &mut text).height(VM_HEIGHT).hint("proxy_log");
    if editor.show(ui).changed() {
        filter.capabilities = names(&text);
        ui.data_mut(|data| data.insert_temp(draft_id, text));
        tabs.edits.typed(true);
    }
    if let Some(unknown) = filter.capabilities.iter().find(|name| !is_capability(name)) {
        prose(ui, &texts.unknown_capability(unknown), Tone::Warn);
    }
}

/// Whether anything of the ABI has this name.
fn is_capability(name: &str) -> bool {
    HostCall::all().any(|call| call.name() == name) || Callback::all().any(|callback| callback.name() == name)
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
