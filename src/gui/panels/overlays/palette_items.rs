//! What the palette offers, and what of it a query means.

use std::borrow::Cow;

use super::{
    fuzzy::{self, Match},
    pinyin::{self, Typed},
};
use crate::gui::{
    apply::unavailable,
    commands::{COMMANDS, Command, Group, by_name},
    model::Model,
    panels::{empty, timeline},
    settings::Recent,
    text::{Language, Text},
    theme::Icon,
};
use crate::samples;
use crate::templates;
use crate::trace::{ChangeOp, EventId, EventKind, Part, Trace};
use crate::view::guide::{self, Page, Place};

/// Most events that are listed at once.
const MAX_EVENTS: usize = 200;
/// Most changed headers, and most callbacks, that are offered; `#` finds the others.
const MAX_MESSAGES: usize = 1_000;

/// Where an item stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    Recent,
    Group(Group),
    /// All commands together, when something was typed.
    Commands,
    Messages,
    Samples,
    Templates,
    Files,
    /// Pages of the guide.
    Guide,
    Events,
}

impl Section {
    pub fn title(self, text: Text) -> &'static str {
        let texts = text.overlays;
        match self {
            Self::Recent => texts.palette_recent(),
            Self::Group(group) => text.command_group(group),
            Self::Commands => texts.palette_commands(),
            Self::Messages => texts.palette_headers_and_callbacks(),
            Self::Samples => texts.palette_samples(),
            Self::Templates => text.templates.title(),
            Self::Files => texts.palette_files(),
            Self::Guide => text.guide.title(),
            Self::Events => texts.palette_event_group(),
        }
    }
}

/// One thing to choose.
#[derive(Clone, Debug)]
pub struct Item {
    pub section: Section,
    pub icon: Option<Icon>,
    pub label: Cow<'static, str>,
    /// The same in the other language: what one remembers from there is found here.
    pub other: Cow<'static, str>,
    pub detail: String,
    /// Of a switch, how it stands.
    pub is_on: Option<bool>,
    pub command: Command,
    /// Why it cannot be chosen now.
    pub reason: Option<&'static str>,
    /// Letters of the label that the query means.
    pub letters: Vec<usize>,
    /// Letters of the name in the other language that it means, when the label has none.
    pub other_letters: Vec<usize>,
    score: i32,
}

/// What is listed, in order, and how much there is to choose from.
pub struct Found {
    pub items: Vec<Item>,
    pub all: usize,
}

/// Everything that decides what is found.
#[derive(PartialEq)]
pub struct Shape {
    query: String,
    run: Option<(u64, usize)>,
    language: Language,
    reasons: Vec<Option<&'static str>>,
    switches: Vec<Option<bool>>,
    hides_secrets: bool,
    recent_commands: Vec<String>,
    recent: Vec<Recent>,
    /// One for each recent file.
    is_gone: Vec<bool>,
}

impl Shape {
    pub fn new(model: &Model, query: &str) -> Self {
        Self {
            query: query.to_owned(),
            run: model.runs.current.as_ref().map(|run| (run.number, run.exchange)),
            language: model.text().language,
            reasons: COMMANDS.iter().map(|spec| unavailable(model, &spec.command)).collect(),
            switches: COMMANDS.iter().map(|spec| is_on(model, &spec.command)).collect(),
            hides_secrets: model.hides_secrets(),
            recent_commands: model.settings.recent_commands.clone(),
            recent: model.settings.recent.clone(),
            is_gone: model.settings.recent.iter().map(|recent| model.looking.is_gone(&recent.path)).collect(),
        }
    }
}

/// How a command that switches something stands; none for others.
fn is_on(model: &Model, command: &Command) -> Option<bool> {
    let (settings, view, layout) = (&model.settings, &model.view, &model.layout);
    Some(match command {
        Command::ToggleLive => settings.live,
        Command::CountInstructions => settings.count_instructions,
        Command::OnlyChanges => settings.only_changes,
        Command::ToggleMask => model.hides_secrets(),
        Command::ToggleReducedMotion => settings.reduced_motion,
        Command::GroupCalls => view.calls_grouped,
        Command::TimelineSteps => view.timeline_steps,
        Command::ToggleDetail => view.detail,
        Command::ToggleRawArguments => view.detail_raw,
        Command::FoldLeftPanel => layout.left_folded,
        Command::FoldLogs => layout.lower_folded,
        Command::Present => layout.presentation,
        _ => return None,
    })
}

pub fn find(model: &Model, query: &str) -> Found {
    let typed = query.trim().to_lowercase();
    if let Some(rest) = typed.strip_prefix('#') {
        return events(model, rest.trim());
    }
    let (commands_only, typed) = match typed.strip_prefix('>') {
        Some(rest) => (true, rest.trim()),
        None => (false, typed.as_str()),
    };
    let mut all = commands(model);
    if !commands_only {
        all.extend(messages(model));
        all.extend(samples(model));
        all.extend(templates(model));
        all.extend(files(model));
        all.extend(pages(model));
    }
    let count = all.len();
    if typed.is_empty() {
        return Found { items: with_recent(model, all), all: count };
    }
    let recent = &model.settings.recent_commands;
    let language = model.text().language;
    let mut items: Vec<Item> =
        all.into_iter().filter_map(|item| matched(item, typed, recent, language)).collect();
    // Sections by their best item, items by how well they fit; both sorts keep the order of equals.
    items.sort_by_key(|item| std::cmp::Reverse(item.score));
    let mut order: Vec<Section> = Vec::new();
    for item in &items {
        if !order.contains(&item.section) {
            order.push(item.section);
        }
    }
    items.sort_by_key(|item| order.iter().position(|section| *section == item.section));
    Found { items, all: count }
}

fn matched(mut item: Item, query: &str, recent: &[String], language: Language) -> Option<Item> {
    let typed = match language {
        Language::English => Typed::Syllables,
        Language::SimplifiedChinese => Typed::Initials,
    };
    let meant = |name: &str| fuzzy::find(query, name).or_else(|| pinyin::find(query, name, typed));
    let (label, other) = (meant(&item.label), meant(&item.other));
    let best = match (label, other) {
        (Some(label), Some(other)) if other.score > label.score + 50 => (other, false),
        (Some(label), _) => (label, true),
        (None, Some(other)) => (other, false),
        (None, None) => return None,
    };
    let (Match { score, letters }, in_label) = best;
    if in_label {
        item.letters = letters;
    } else {
        item.other_letters = letters;
    }
    let used = item.command.spec().is_some_and(|spec| recent.iter().any(|name| name == spec.name));
    item.score = score + i32::from(used) * 5 - i32::from(item.reason.is_some()) * 20;
    if matches!(item.section, Section::Group(_)) {
        item.section = Section::Commands;
    }
    Some(item)
}

/// Recently used commands move to the head.
fn with_recent(model: &Model, all: Vec<Item>) -> Vec<Item> {
    let used: Vec<&Command> = model
        .settings
        .recent_commands
        .iter()
        .filter_map(|name| by_name(name))
        .map(|spec| &spec.command)
        .collect();
    let (mut recent, rest): (Vec<Item>, Vec<Item>) =
        all.into_iter().partition(|item| used.contains(&&item.command));
    recent.sort_by_key(|item| used.iter().position(|command| **command == item.command));
    for item in &mut recent {
        item.section = Section::Recent;
    }
    recent.extend(rest);
    recent
}

fn other(text: Text) -> Text {
    Text::new(match text.language {
        Language::English => Language::SimplifiedChinese,
        Language::SimplifiedChinese => Language::English,
    })
}

fn pages(model: &Model) -> impl Iterator<Item = Item> {
    let (here, other) = (model.text().language, other(model.text()).language);
    Page::ALL.iter().map(move |page| Item {
        other: guide::document(*page, other).title().into(),
        ..item(
            Section::Guide,
            Some(Icon::Book),
            guide::document(*page, here).title(),
            Command::ShowGuideAt(Place::top(*page)),
        )
    })
}

fn item(section: Section, icon: Option<Icon>, label: impl Into<Cow<'static, str>>, command: Command) -> Item {
    Item {
        section,
        icon,
        label: label.into(),
        other: Cow::Borrowed(""),
        detail: String::new(),
        is_on: None,
        command,
        reason: None,
        letters: Vec::new(),
        other_letters: Vec::new(),
        score: 0,
    }
}

fn commands(model: &Model) -> Vec<Item> {
    let text = model.text();
    let shown = |spec: &&crate::gui::commands::CommandSpec| spec.command != Command::Palette;
    let make = |spec: &crate::gui::commands::CommandSpec| Item {
        other: other(text).command(&spec.command),
        detail: text.command_note(&spec.command).unwrap_or_default().to_owned(),
        is_on: is_on(model, &spec.command),
        reason: unavailable(model, &spec.command),
        ..item(Section::Group(spec.group), spec.icon, text.command(&spec.command), spec.command.clone())
    };
    // The groups' own order, as on the shortcut sheet.
    let table = |group| COMMANDS.iter().filter(move |spec| spec.group == group);
    Group::ALL.into_iter().flat_map(table).filter(shown).map(make).collect()
}

fn samples(model: &Model) -> Vec<Item> {
    let text = model.text();
    let make = |sample: &'static samples::Sample| {
        let (title, summary) = empty::in_language(sample, text.language);
        let (other_title, _) = empty::in_language(sample, other(text).language);
        Item {
            other: other_title.to_owned().into(),
            detail: summary.to_owned(),
            ..item(
                Section::Samples,
                Some(Icon::Funnel),
                title.to_owned(),
                Command::OpenSample(sample.id.to_owned()),
            )
        }
    };
    samples::all().iter().map(make).collect()
}

fn templates(model: &Model) -> Vec<Item> {
    let text = model.text();
    let make = |(place, template): (usize, &templates::Template)| Item {
        other: template.name(other(text).language).to_owned().into(),
        detail: template.note(text.language).to_owned(),
        reason: model.document.is_none().then(|| text.frame.no_filter()),
        ..item(
            Section::Templates,
            Some(Icon::List),
            template.name(text.language).to_owned(),
            Command::UseTemplate(place),
        )
    };
    templates::all().iter().enumerate().map(make).collect()
}

fn files(model: &Model) -> Vec<Item> {
    let texts = model.text().overlays;
    let make = |(place, recent): (usize, &Recent)| {
        let open = Command::OpenPath(recent.path.clone());
        let folder = recent.path.parent().and_then(|folder| folder.file_name());
        Item {
            other: other(model.text()).command(&open),
            detail: folder.unwrap_or_default().to_string_lossy().into_owned(),
            reason: model.looking.is_gone(&recent.path).then(|| texts.palette_file_gone()),
            ..item(Section::Files, Some(Icon::File), model.text().command(&open), Command::OpenRecent(place))
        }
    };
    model.settings.recent.iter().enumerate().map(make).collect()
}

/// Headers that the run changed, and its callbacks.
fn messages(model: &Model) -> Vec<Item> {
    let Some(run) = &model.runs.current else { return Vec::new() };
    let text = model.text();
    let trace = &run.trace;
    let mut items = Vec::new();
    let headers = trace.changes().iter().filter_map(|change| Some((change, header_part(text, change.part)?)));
    for (change, part) in headers.take(MAX_MESSAGES) {
        let name = String::from_utf8_lossy(&change.name);
        let event = event_name(trace, change.event).unwrap_or_default();
        let texts = text.overlays;
        let detail = match change.op {
            ChangeOp::Add => texts.header_added(part, &event),
            ChangeOp::Replace => texts.header_replaced(part, &event),
            ChangeOp::Remove => texts.header_removed(part, &event),
        };
        let label = text.overlays.go_to(&name);
        items.push(Item {
            detail,
            ..item(Section::Messages, Some(Icon::ArrowRight), label, Command::FollowEvent(change.event))
        });
    }
    for (id, event) in trace.callbacks().take(MAX_MESSAGES) {
        let EventKind::Callback { callback, .. } = event.kind else { continue };
        let label = text.overlays.go_to(callback.short_name());
        items.push(Item {
            detail: text.overlays.callback().to_owned(),
            ..item(Section::Messages, Some(Icon::Exchange), label, Command::FollowEvent(id))
        });
    }
    items
}

fn header_part(text: Text, part: Part) -> Option<&'static str> {
    let texts = text.overlays;
    match part {
        Part::RequestHeaders => Some(texts.request_header()),
        Part::RequestTrailers => Some(texts.request_trailer()),
        Part::ResponseHeaders => Some(texts.response_header()),
        Part::ResponseTrailers => Some(texts.response_trailer()),
        _ => None,
    }
}

/// `#7 remove_header_map_value`, or the callback's name.
fn event_name(trace: &Trace, id: EventId) -> Option<String> {
    match trace.event(id)?.kind {
        EventKind::Call { call, number, .. } => Some(format!("#{number} {}", call.short_name())),
        EventKind::Callback { callback, .. } => Some(callback.short_name().to_owned()),
        _ => None,
    }
}

/// Host calls and callbacks by number or name.
fn events(model: &Model, query: &str) -> Found {
    let Some(run) = &model.runs.current else { return Found { items: Vec::new(), all: 0 } };
    let trace = &run.trace;
    let text = model.text();
    let mut items = Vec::new();
    let mut all = 0;
    for (id, event) in trace.numbered() {
        let (name, number, icon) = match event.kind {
            EventKind::Call { call, number, .. } => {
                (call.short_name(), Some(number), call.is_write().then_some(Icon::Pencil))
            }
            EventKind::Callback { callback, .. } => (callback.short_name(), None, Some(Icon::Exchange)),
            _ => continue,
        };
        all += 1;
        if items.len() >= MAX_EVENTS {
            continue;
        }
        let by_number = number.filter(|number| !query.is_empty() && number.to_string().starts_with(query));
        let by_name = if by_number.is_some() { None } else { fuzzy::find(query, name) };
        if by_number.is_none() && by_name.is_none() {
            continue;
        }
        let label = event_name(trace, id).unwrap_or_default();
        let before = label.chars().count() - name.chars().count();
        let letters = match by_name {
            Some(found) => found.letters.into_iter().map(|letter| letter + before).collect(),
            None => (1..=query.chars().count()).collect(),
        };
        let inside = event.parent.and_then(|parent| event_name(trace, parent));
        let inside = inside.map(|parent| text.overlays.in_event(&parent));
        // What it was called with tells one call of a name from another.
        let arguments = number.map(|_| timeline::describe(text.language, run, id, model.hides_secrets()));
        let parts: Vec<String> =
            arguments.into_iter().chain(inside).filter(|part| !part.is_empty()).collect();
        let detail = parts.join(" · ");
        items.push(Item { detail, letters, ..item(Section::Events, icon, label, Command::ShowEvent(id)) });
    }
    Found { items, all }
}
