//! Properties: values that stand for what the proxy would answer, with the bytes that a filter reads.

mod completion;
mod draft;

use egui::{Id, Ui};

use self::draft::{Draft, Kind};
use super::{Tabs, form};
use crate::abi::AttributeType;
use crate::gui::{
    commands::Command,
    editing::Chosen,
    theme::{Icon, Tone, space},
    widgets::{BodyEditor, Dropdown, OrderChange, OrderList, OrderRow, TextField, drafts, label, prose},
};
use crate::scenario::{Property, PropertyValue, Scenario, attribute};
use crate::view::sentences::{attribute as words, moment};

/// Most bytes of a value that are shown as numbers.
const MOST_BYTES: usize = 64;
const VALUE_HEIGHT: f32 = 64.0;

pub fn show(ui: &mut Ui, tabs: &mut Tabs<'_>, scenario: &mut Scenario) {
    let texts = tabs.text.properties;
    let all = &mut scenario.properties.0;
    if form::head_with_add(ui, texts.title(), &all.len().to_string(), texts.add())
        && let Ok(property) = Property::parse(&free_name(all), serde_json::json!(""))
    {
        all.push(property);
        tabs.edits.made(true);
        tabs.out.push(Command::Choose(Chosen::Property(all.len() - 1)));
        ui.data_mut(|data| data.insert_temp(fresh_id(), all.len() - 1));
    }
    let chosen = tabs.model.view.editing.property.min(all.len().saturating_sub(1));
    let list = OrderList::new(Id::unique("properties"), texts.title(), all.len(), chosen, texts.none());
    let change = list.show(ui, |place| row(tabs, &all[place]));
    if let Some(change) = change {
        tabs.edits.made(!matches!(change, OrderChange::Select(_)));
        if let Some(place) = change.apply_to(all) {
            if let OrderChange::Duplicate(_) = change
                && let Ok(copy) = Property::parse(&free_name(all), all[place].json.clone())
            {
                all[place] = copy;
            }
            tabs.out.push(Command::Choose(Chosen::Property(place)));
        }
        return;
    }
    if chosen < all.len() {
        ui.add_space(space::S);
        edit(ui, tabs, chosen, all);
    }
}

fn path_id(place: usize) -> Id {
    Id::unique(("property path", place))
}

/// A property that was just added: its path is to be typed.
fn fresh_id() -> Id {
    Id::unique("fresh property")
}

/// A name that no property has yet.
fn free_name(all: &[Property]) -> String {
    let is_free = |name: &String| all.iter().all(|property| property.text != *name);
    let names = (1..)
        .map(|number| if number == 1 { "my_property".to_owned() } else { format!("my_property_{number}") });
    names.take(all.len() + 1).find(is_free).unwrap_or_default()
}

fn row(tabs: &Tabs<'_>, property: &Property) -> OrderRow {
    let texts = tabs.text.properties;
    let value = Draft::of(property).text;
    let value = value.lines().next().unwrap_or_default().to_owned();
    // It stands in the place of something that the proxy would have said.
    let replaces = attribute(&property.text).is_some();
    let spoken = format!("{}: {value}", property.text);
    OrderRow {
        on: None,
        mark: replaces.then_some((Icon::Pencil, Tone::Accent)),
        words: property.text.clone(),
        is_code: true,
        spoken: if replaces { format!("{spoken}, {}", texts.replaces()) } else { spoken },
        detail: value,
    }
}

fn edit(ui: &mut Ui, tabs: &mut Tabs<'_>, place: usize, all: &mut [Property]) {
    let texts = tabs.text.properties;
    let draft_id = drafts::draft_id(ui, Id::unique(("property draft", place)));
    let kept = ui.data(|data| data.get_temp::<(Property, Draft)>(draft_id));
    let kept = kept.filter(|(from, _)| *from == all[place]).map(|(_, draft)| draft);
    let mut draft = kept.unwrap_or_else(|| Draft::of(&all[place]));
    let before = draft.clone();
    let wrong = draft.parse(place, all).err();

    form::row(ui, texts.path(), |ui| {
        let wrong = wrong.as_ref().and_then(|wrong| wrong.of_path(tabs.text));
        let completed = completion::field(ui, path_id(place), tabs.text, &mut draft.path, wrong.as_deref());
        if completed.chosen {
            draft.fit_to_attribute();
        }
        wrong
    });
    // Not in the frame of the click that added it: who is not clicked loses the keyboard there.
    let clicks = ui.input(|input| input.pointer.any_click());
    if !clicks && ui.data(|data| data.get_temp::<usize>(fresh_id())) == Some(place) {
        ui.data_mut(|data| data.remove::<usize>(fresh_id()));
        ui.memory_mut(|memory| memory.request_focus(path_id(place)));
    }
    completion::list(ui, path_id(place), tabs.text, &mut draft);
    form::row(ui, texts.kind(), |ui| {
        let names = Kind::ALL.map(|kind| kind.word(tabs.text));
        let selected = Kind::ALL.iter().position(|kind| *kind == draft.kind).unwrap_or_default();
        if let Some(chosen) = Dropdown::new(texts.kind_name(), &names, selected).field(form::WIDE).show(ui) {
            draft.change_kind(Kind::ALL[chosen]);
        }
        None
    });
    let of_value = wrong.as_ref().and_then(|wrong| wrong.of_value(tabs.text));
    value(ui, tabs, place, &mut draft, of_value.as_deref());
    if draft != before {
        let typed = draft.kind == before.kind && !draft.was_completed;
        draft.was_completed = false;
        if let Ok(property) = draft.parse(place, all)
            && property != all[place]
        {
            all[place] = property;
            tabs.edits.typed(typed);
            tabs.edits.made(!typed);
        }
    }
    facts(ui, tabs, &draft, &all[place], of_value.is_some());
    if wrong.is_some() {
        drafts::note_untaken(ui, if draft.path.is_empty() { texts.path() } else { &draft.path });
    }
    ui.data_mut(|data| data.insert_temp(draft_id, (all[place].clone(), draft)));
}

fn value(ui: &mut Ui, tabs: &Tabs<'_>, place: usize, draft: &mut Draft, wrong: Option<&str>) {
    let texts = tabs.text.properties;
    let id = Id::unique(("property value", place));
    match draft.kind {
        Kind::Null => {
            prose(ui, texts.null_hint(), Tone::Muted);
        }
        Kind::Bool => form::row(ui, texts.value(), |ui| {
            let selected = usize::from(draft.text != "true");
            let list =
                Dropdown::new(texts.value_name(), &["true", "false"], selected).field(form::WIDE).code();
            if let Some(chosen) = list.show(ui) {
                draft.text = if chosen == 0 { "true" } else { "false" }.to_owned();
            }
            None
        }),
        Kind::Json => {
            label(ui, texts.value_json(), Tone::Muted);
            BodyEditor::new(id, texts.value_name(), &mut draft.text).height(VALUE_HEIGHT).show(ui);
            tabs.explain(ui, wrong);
        }
        _ => form::row(ui, texts.value(), |ui| {
            TextField::new(&mut draft.text, texts.value_name()).id(id).error(wrong).show(ui);
            wrong.map(str::to_owned)
        }),
    }
}

/// What the filter reads, how that is made of the value, and when the proxy itself would have one.
fn facts(ui: &mut Ui, tabs: &Tabs<'_>, draft: &Draft, property: &Property, is_old: bool) {
    let texts = tabs.text.properties;
    let language = tabs.text.language;
    ui.add_space(space::XS);
    let wire = property.value.wire();
    let words_of_bytes = match &wire {
        None => texts.no_bytes().to_owned(),
        Some(bytes) if bytes.is_empty() => texts.empty().to_owned(),
        Some(bytes) => texts.bytes(bytes.len(), &hex(bytes)),
    };
    let words_of_bytes = if is_old { texts.still(&words_of_bytes) } else { words_of_bytes };
    prose(ui, &words_of_bytes, Tone::Text);
    if wire.is_some() {
        prose(ui, &texts.encoded(words::encoding(language, type_of(&property.value))), Tone::Muted);
    }
    match attribute(&draft.path) {
        Some(spec) => {
            prose(ui, words::doc(language, spec), Tone::Muted);
            prose(ui, &texts.instead(moment::available(language, spec.available)), Tone::Muted);
        }
        None => {
            prose(ui, texts.own(), Tone::Muted);
        }
    }
}

fn type_of(value: &PropertyValue) -> AttributeType {
    match value {
        PropertyValue::Null | PropertyValue::List(_) | PropertyValue::Map(_) => AttributeType::Map,
        PropertyValue::Bool(_) => AttributeType::Bool,
        PropertyValue::Int(_) => AttributeType::Int,
        PropertyValue::Uint(_) => AttributeType::Uint,
        PropertyValue::Double(_) => AttributeType::Double,
        PropertyValue::String(_) => AttributeType::String,
        PropertyValue::Bytes(_) => AttributeType::Bytes,
        PropertyValue::Duration(_) => AttributeType::Duration,
        PropertyValue::Timestamp(_) => AttributeType::Timestamp,
    }
}

fn hex(bytes: &[u8]) -> String {
    let shown: Vec<String> = bytes.iter().take(MOST_BYTES).map(|byte| format!("{byte:02x}")).collect();
    let more = if bytes.len() > MOST_BYTES { " …" } else { "" };
    shown.join(" ") + more
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_property_has_a_name_of_its_own() {
        let named = |name: &str| Property::parse(name, serde_json::json!(1)).expect("it is right");
        assert_eq!(free_name(&[]), "my_property");
        assert_eq!(free_name(&[named("my_property"), named("x")]), "my_property_2");
    }

    #[test]
    fn long_values_are_shown_by_their_first_bytes() {
        assert_eq!(hex(&[1, 255]), "01 ff");
        assert!(hex(&[0; 65]).ends_with("00 …"));
    }
}
