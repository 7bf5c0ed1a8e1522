//! Findings as people read them: grouped by what they say, each with its place, its severity and the page of the guide.

use super::changes::callback_around;
use super::guide::{self, Place};
use super::sentences::finding::{self, FindingText};
use super::sentences::{Severity, filter_name, pick, say};
use super::{Language, Text, code, units};
use crate::scenario::Scenario;
use crate::trace::{ClosedBy, EventId, EventKind, Finding, Outcome, Step, Trace};

/// One time that something was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Occurrence {
    pub event: EventId,
    pub finding: Finding,
    /// The request during which it was found, counted from 0; none while filters start or the proxy shuts down.
    pub exchange: Option<u16>,
}

/// Findings that say the same, in order. Never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    pub severity: Severity,
    pub occurrences: Vec<Occurrence>,
}

impl Group {
    pub fn first(&self) -> Option<Occurrence> {
        self.occurrences.first().copied()
    }

    pub fn len(&self) -> usize {
        self.occurrences.len()
    }

    pub fn is_empty(&self) -> bool {
        self.occurrences.is_empty()
    }
}

/// All findings of a run: the most serious groups first, and among equals the one that was found first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings {
    groups: Vec<Group>,
}

impl Findings {
    pub fn new(trace: &Trace) -> Self {
        let mut groups: Vec<Group> = Vec::new();
        let mut exchange = None;
        for (event, entry) in trace.numbered() {
            let found = match entry.kind {
                EventKind::Step(Step::RequestHeaders { exchange: began }) => {
                    exchange = Some(began);
                    continue;
                }
                EventKind::Step(Step::Shutdown) => {
                    exchange = None;
                    continue;
                }
                EventKind::Finding(found) => found,
                _ => continue,
            };
            let occurrence = Occurrence { event, finding: found, exchange };
            // There are no more groups than kinds, directions and names of attributes.
            let is_like =
                |group: &&mut Group| group.first().is_some_and(|first| first.finding.is_like(found));
            match groups.iter_mut().find(is_like) {
                Some(group) => group.occurrences.push(occurrence),
                None => {
                    groups.push(Group { severity: finding::severity(found), occurrences: vec![occurrence] })
                }
            }
        }
        groups.sort_by_key(|group| std::cmp::Reverse(group.severity));
        Self { groups }
    }

    pub fn groups(&self) -> &[Group] {
        &self.groups
    }

    /// Number of all findings.
    pub fn len(&self) -> usize {
        self.groups.iter().map(Group::len).sum()
    }

    pub fn is_empty(&self) -> bool {
        self.groups.is_empty()
    }

    /// How serious the worst one is.
    pub fn worst(&self) -> Option<Severity> {
        self.groups.first().map(|group| group.severity)
    }

    /// What was found at an event.
    pub fn occurrence(&self, event: EventId) -> Option<Occurrence> {
        let (group, inside) = self.place_of(event)?;
        self.groups.get(group)?.occurrences.get(inside).copied()
    }

    /// Where event `event` stands: its group, and its place in there.
    pub fn place_of(&self, event: EventId) -> Option<(usize, usize)> {
        self.groups.iter().enumerate().find_map(|(place, group)| {
            let inside = group.occurrences.binary_search_by_key(&event, |found| found.event).ok()?;
            Some((place, inside))
        })
    }
}

/// What did not end well: the run as a whole (`Some(None)`), or else the first such of its requests, from 0.
pub fn first_bad_ending(trace: &Trace) -> Option<Option<usize>> {
    if !ends_well(&trace.outcome) {
        return Some(None);
    }
    (0..trace.exchanges.len()).find(|place| !ends_well(trace.outcome_of(*place))).map(Some)
}

/// Whether somebody got the answer that was meant for them.
fn ends_well(outcome: &Outcome) -> bool {
    match outcome {
        Outcome::Finished { status } => *status != 0,
        Outcome::LocalReply { filter, status, .. } => filter.is_some() || *status < 400,
        Outcome::Reset { by_filter } => *by_filter,
        Outcome::Closed { by } => {
            matches!(by, ClosedBy::BothEnds | ClosedBy::Client | ClosedBy::Upstream | ClosedBy::Filter(_))
        }
        Outcome::Paused { .. } | Outcome::Trapped(_) | Outcome::Limit { .. } | Outcome::Refused { .. } => {
            false
        }
    }
}

/// `12 times, first at event 40`; only the event if it was found once.
pub fn times(language: Language, group: &Group) -> String {
    let event = group.first().map_or(0, |first| first.event.index() + 1);
    let event = units::number(event);
    match group.len() {
        1 => say!(language, "at event {event}", "事件 {event}"),
        count => {
            let count = units::number(count);
            say!(language, "{count} times, first at event {event}", "{count} 次，首次在事件 {event}")
        }
    }
}

/// Everything that a card says about one finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Card {
    pub event: EventId,
    pub finding: Finding,
    pub text: FindingText,
    /// How serious it is, in a word.
    pub word: &'static str,
    /// `at event 24 · 42 ms`
    pub when: String,
    /// `#12 set_buffer_bytes in on_request_body · sign_body`; only the filter, or nothing, if no callback was under way.
    pub place: Text,
    /// The page of the guide about it, and what that part is called.
    pub guide: Place,
    pub guide_title: String,
}

impl Card {
    pub fn new(
        language: Language,
        trace: &Trace,
        scenario: &Scenario,
        event: EventId,
        finding: Finding,
    ) -> Self {
        let text = finding::text(language, finding);
        let guide = guide::of_finding(finding);
        Self {
            event,
            finding,
            word: text.severity.word(language),
            when: when(language, trace, event),
            place: place(language, trace, scenario, event, finding),
            guide,
            guide_title: guide.title(language).to_owned(),
            text,
        }
    }

    /// For a chat or a pull request.
    pub fn markdown(&self, language: Language) -> String {
        let FindingText { id, title, why, what_to_do, .. } = &self.text;
        let (title, why, what_to_do) = (markdown(title), markdown(why), markdown(what_to_do));
        let place = match self.place.is_empty() {
            true => self.when.clone(),
            false => format!("{} · {}", markdown(&self.place), self.when),
        };
        let (word, to_do) = (self.word, pick(language, "What to do:", "怎么办："));
        format!("**{word}: {title}** (`{id}`)\n\n{place}\n\n{why}\n\n{to_do} {what_to_do}\n")
    }

    /// Everything in one paragraph, as a screen reader speaks it.
    pub fn spoken(&self) -> String {
        let FindingText { title, why, what_to_do, .. } = &self.text;
        format!("{}: {title}. {why} {what_to_do} {} {}", self.word, self.place, self.when)
    }
}

/// Code between backticks, so many that none inside ends it (CommonMark, section 6.1).
fn markdown(text: &Text) -> String {
    let quoted = |code: &str| match code.contains('`') {
        true => format!("`` {code} ``"),
        false => format!("`{code}`"),
    };
    text.pieces().map(|(piece, is_code)| if is_code { quoted(piece) } else { piece.to_owned() }).collect()
}

/// Where one of several was found: `#8 get_header_map_value · on_request_body`; only the number of the event if no callback
/// was under way.
pub fn brief_place(language: Language, trace: &Trace, found: Occurrence) -> String {
    let parent = trace.event(found.event).and_then(|event| event.parent);
    let call = parent.and_then(|parent| trace.call_of(parent));
    let call = call.map(|(call, number)| format!("#{number} {}", call.short_name()));
    let callback = callback_around(trace, found.event).map(|(callback, _)| callback.short_name().to_owned());
    let parts: Vec<String> = call.into_iter().chain(callback).collect();
    match parts.is_empty() {
        true => {
            let event = units::number(found.event.index() + 1);
            say!(language, "event {event}", "事件 {event}")
        }
        false => parts.join(" · "),
    }
}

/// When it was found, on the virtual clock: `0 ms`, from the second request on `request 2 · 0 ms`.
pub fn brief_time(language: Language, trace: &Trace, found: Occurrence) -> String {
    let at = units::number(trace.event(found.event).map_or(0, |event| event.at / 1_000_000));
    match found.exchange {
        Some(exchange) if exchange > 0 => {
            let number = units::number(usize::from(exchange) + 1);
            say!(language, "request {number} · {at} ms", "第 {number} 个请求 · {at} ms")
        }
        _ => format!("{at} ms"),
    }
}

fn when(language: Language, trace: &Trace, event: EventId) -> String {
    let at = trace.event(event).map_or(0, |event| event.at / 1_000_000);
    let (event, at) = (units::number(event.index() + 1), units::number(at));
    say!(language, "at event {event} · {at} ms", "事件 {event} · {at} ms")
}

fn place(language: Language, trace: &Trace, scenario: &Scenario, event: EventId, finding: Finding) -> Text {
    let call = trace.event(event).and_then(|event| event.parent).and_then(|parent| trace.call_of(parent));
    let call = call.map(|(call, number)| code(format!("#{number} {}", call.short_name())));
    let callback = callback_around(trace, event).map(|(callback, around)| {
        let filter = trace.filter_of(around).unwrap_or_default();
        (code(callback.short_name()), code(filter_name(scenario, filter)))
    });
    Text::from(match (call, callback) {
        (Some(call), Some((callback, filter))) => {
            say!(language, "{call} in {callback} · {filter}", "{callback} 中的 {call} · {filter}")
        }
        (Some(call), None) => call,
        (None, Some((callback, filter))) => format!("{callback} · {filter}"),
        (None, None) => {
            finding.filter().map(|filter| code(filter_name(scenario, filter))).unwrap_or_default()
        }
    })
}

/// The scenario with the one setting changed that a finding asks for, if there is such a setting: for a filter that waits in
/// its headers for the body.
pub fn remedy(scenario: &Scenario, trace: &Trace, found: Occurrence) -> Option<Scenario> {
    let Finding::NeverResumed { unseen_body: true, .. } = found.finding else { return None };
    let exchange = found.exchange.map_or(0, usize::from);
    let Outcome::Paused { filter, .. } = trace.outcome_of(exchange) else { return None };
    let place = usize::from(*filter);
    if scenario.chain.get(place)?.allow_on_headers_stop_iteration {
        return None;
    }
    let mut changed = scenario.clone();
    changed.chain.get_mut(place)?.allow_on_headers_stop_iteration = true;
    Some(changed)
}
