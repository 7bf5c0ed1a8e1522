//! What an upstream answers, or why it does not: drawn alike for replies, for those to a request that is made again, and for
//! answers to callouts.

use egui::{Id, Layout, Ui, UiBuilder};

use super::{
    Tabs, bodies, form,
    lines::{self, Words},
};
use crate::gui::{
    commands::Command,
    editing::Chosen,
    text::{Text, bytes, duration},
    theme::{Icon, Tone, space},
    widgets::{
        BodyEditor, CheckBox, Dropdown, EDIT_LIMIT, OrderChange, OrderList, OrderRow, SectionHead, prose,
        tooltip,
    },
};
use crate::scenario::{Body, CalloutAnswer, CalloutFailure, Chunks, HeaderLine, Reply};

const BODY_HEIGHT: f32 = 84.0;
const NUMBER: f32 = 104.0;
const FAILURES: [Option<CalloutFailure>; 5] = [
    None,
    Some(CalloutFailure::Silence),
    Some(CalloutFailure::Reset),
    Some(CalloutFailure::ConnectionFailure),
    Some(CalloutFailure::NoEndpoint),
];

/// What replies and answers to callouts have in common.
pub struct Answer<'a> {
    pub status: &'a mut u16,
    pub delay_ms: &'a mut u64,
    pub headers: &'a mut Vec<HeaderLine>,
    pub body: &'a mut Body,
    pub chunks: &'a mut Chunks,
    pub trailers: &'a mut Vec<HeaderLine>,
    pub gap_ms: &'a mut u64,
    pub reset_after: &'a mut Option<u32>,
}

impl<'a> From<&'a mut Reply> for Answer<'a> {
    fn from(reply: &'a mut Reply) -> Self {
        Self {
            status: &mut reply.status,
            delay_ms: &mut reply.delay_ms,
            headers: &mut reply.headers,
            body: &mut reply.body,
            chunks: &mut reply.chunks,
            trailers: &mut reply.trailers,
            gap_ms: &mut reply.gap_ms,
            reset_after: &mut reply.reset_after,
        }
    }
}

impl<'a> From<&'a mut CalloutAnswer> for Answer<'a> {
    fn from(answer: &'a mut CalloutAnswer) -> Self {
        Self {
            status: &mut answer.status,
            delay_ms: &mut answer.delay_ms,
            headers: &mut answer.headers,
            body: &mut answer.body,
            chunks: &mut answer.chunks,
            trailers: &mut answer.trailers,
            gap_ms: &mut answer.gap_ms,
            reset_after: &mut answer.reset_after,
        }
    }
}

/// Whether the upstream answers, when, and with what status; and what is wrong with the answer.
pub fn ending(
    ui: &mut Ui,
    tabs: &mut Tabs<'_>,
    id: Id,
    (status_name, delay_name): (&str, &str),
    fails: &mut Option<CalloutFailure>,
    answer: &mut Answer<'_>,
    problem: Option<&str>,
) {
    let texts = tabs.text.answers;
    form::row(ui, texts.outcome(), |ui| {
        let names = FAILURES.map(|failure| failure_word(tabs.text, failure));
        let selected = FAILURES.iter().position(|known| known == fails).unwrap_or_default();
        if let Some(chosen) = Dropdown::new(texts.outcome_name(), &names, selected).field(form::WIDE).show(ui)
        {
            *fails = FAILURES[chosen];
            tabs.edits.made(true);
        }
        None
    });
    if fails.is_none() {
        let field = form::Value {
            id: id.with("status"),
            label: tabs.text.message.status(),
            name: status_name,
            wrong: tabs.text.message.invalid_status(),
            unit: "",
            width: NUMBER,
            parse: |text: &str| text.trim().parse().ok().filter(|status| (200..=599).contains(status)),
            format: |status: &u16| status.to_string(),
        };
        form::value_row(ui, &mut tabs.edits, answer.status, field);
    }
    let field = time(tabs.text, id.with("delay"), (texts.delay(), delay_name));
    form::value_row(ui, &mut tabs.edits, answer.delay_ms, field);
    tabs.explain(ui, problem);
}

/// Headers, body and trailers, where there is not much room.
pub fn content(ui: &mut Ui, tabs: &mut Tabs<'_>, id: Id, answer: &mut Answer<'_>) {
    let texts = tabs.text.answers;
    let words = Words { title: texts.headers(), add: texts.add_header() };
    lines::foldable(ui, tabs, id.with("headers"), &words, answer.headers, lines::unchecked);
    body(ui, tabs, id.with("body"), answer);
    let words = Words { title: texts.trailers(), add: texts.add_trailer() };
    lines::foldable(ui, tabs, id.with("trailers"), &words, answer.trailers, lines::unchecked);
}

/// How its parts follow each other, and where it breaks off. `at_once`: whether it waits for the end of the request.
pub fn timing(ui: &mut Ui, tabs: &mut Tabs<'_>, id: Id, answer: &mut Answer<'_>, at_once: Option<&mut bool>) {
    let texts = tabs.text.answers;
    let mut parts = Vec::new();
    parts.extend(at_once.as_deref().filter(|at_once| **at_once).map(|_| texts.is_at_once().to_owned()));
    parts.extend((*answer.gap_ms > 0).then(|| texts.has_gap(&form::format_ms(answer.gap_ms))));
    parts.extend(answer.reset_after.map(|pieces| texts.breaks(pieces)));
    if !form::fold(ui, id.with("timing"), texts.timing(), &parts.join(" · "), !parts.is_empty()) {
        return;
    }
    if let Some(at_once) = at_once {
        let response = CheckBox::new(at_once, texts.at_once()).small().show(ui);
        tooltip(&response, texts.at_once_note(), None);
        tabs.edits.made(response.changed());
    }
    let field = time(tabs.text, id.with("gap"), (texts.gap(), texts.gap_name()));
    form::value_row(ui, &mut tabs.edits, answer.gap_ms, field);
    let words = (texts.reset_after(), texts.reset_after_name());
    form::optional_row(ui, &mut tabs.edits, tabs.text, id.with("reset"), words, answer.reset_after);
    // A value that is wiped out before another is typed does not close it.
    form::unfold(ui, id.with("timing"));
}

fn time<'a>(text: Text, id: Id, (label, name): (&'a str, &'a str)) -> form::Value<'a, u64> {
    let wrong = text.message.invalid_duration();
    let (parse, format) = (form::parse_ms as fn(&str) -> _, form::format_ms as fn(&u64) -> _);
    form::Value { id, label, name, wrong, unit: "", width: NUMBER, parse, format }
}

fn body(ui: &mut Ui, tabs: &mut Tabs<'_>, id: Id, answer: &mut Answer<'_>) {
    let texts = tabs.text.answers;
    let Answer { body, chunks, .. } = answer;
    let size = bytes(body.len() as u64);
    let summary = if body.is_empty() { "" } else { size.as_str() };
    let rect = SectionHead::new(texts.body()).summary(summary).show(ui).rect;
    if !body.is_empty() {
        let layout = Layout::right_to_left(egui::Align::Center);
        let mut child = ui.new_child(UiBuilder::new().max_rect(rect).layout(layout));
        bodies::chunking(&mut child, tabs, id, body, chunks);
    }
    if bodies::every(ui, id, body, chunks) {
        bodies::chunk_size(ui, tabs, id, chunks);
    }
    match Some(&**body).filter(|body| body.len() <= EDIT_LIMIT).and_then(Body::text) {
        Some(text) => {
            let mut text = text.to_owned();
            let editor = BodyEditor::new(id, texts.body_name(), &mut text).height(BODY_HEIGHT);
            if editor.show(ui).changed() {
                **body = text.into();
                tabs.edits.typed(true);
            }
        }
        None => {
            prose(ui, &tabs.text.message.not_text(&size), Tone::Muted);
        }
    }
}

fn failure_word(text: Text, failure: Option<CalloutFailure>) -> &'static str {
    let texts = text.answers;
    match failure {
        None => texts.it_answers(),
        Some(CalloutFailure::Silence) => texts.fails_silence(),
        Some(CalloutFailure::Reset) => texts.fails_reset(),
        Some(CalloutFailure::ConnectionFailure) => texts.fails_connection(),
        Some(CalloutFailure::NoEndpoint) => texts.fails_no_endpoint(),
    }
}

/// What a row tells of an answer.
pub struct Told<'a> {
    pub fails: Option<CalloutFailure>,
    /// The status, or what stands in its place.
    pub status: String,
    pub body: &'a Body,
    pub delay_ms: u64,
    pub breaks: bool,
}

impl Told<'_> {
    /// A row about it. `which`: for which requests it is; `wrong`: what is wrong with it.
    pub fn row(&self, text: Text, which: String, wrong: Option<String>) -> OrderRow {
        let words = self.words(text);
        let spoken = format!("{which}: {words}");
        OrderRow {
            on: None,
            mark: wrong.as_ref().map(|_| (Icon::Cross, Tone::Error)),
            spoken: wrong.map_or(spoken.clone(), |wrong| text.widgets.wrong_value(&spoken, &wrong)),
            words,
            is_code: false,
            detail: which,
        }
    }

    /// `200, 12 B, after 20 ms`
    fn words(&self, text: Text) -> String {
        let texts = text.answers;
        let first = match self.fails {
            Some(failure) => failure_word(text, Some(failure)).to_owned(),
            None => self.status.clone(),
        };
        let mut parts = vec![first];
        if self.fails.is_none() && !self.body.is_empty() {
            parts.push(bytes(self.body.len() as u64));
        }
        if self.delay_ms > 0 {
            parts.push(texts.after(&duration(std::time::Duration::from_millis(self.delay_ms))));
        }
        if self.fails.is_none() && self.breaks {
            parts.push(texts.then_reset().to_owned());
        }
        parts.join(", ")
    }
}

/// A list of answers in order.
pub struct List<'a> {
    pub id: Id,
    pub title: &'a str,
    pub add: &'a str,
    /// What is said where there are none.
    pub none: &'a str,
    pub chosen: usize,
    pub choose: fn(usize) -> Chosen,
}

/// Shows the list, and says which of its answers is to be edited.
pub fn list<T: Clone + Default>(
    ui: &mut Ui,
    tabs: &mut Tabs<'_>,
    list: &List<'_>,
    answers: &mut Vec<T>,
    row: impl Fn(&Tabs<'_>, usize, &T) -> OrderRow,
) -> Option<usize> {
    let count = answers.len();
    if form::head_with_add(ui, list.title, &count.to_string(), list.add) {
        answers.push(T::default());
        tabs.edits.made(true);
        tabs.out.push(Command::Choose((list.choose)(count)));
    }
    let chosen = list.chosen.min(answers.len().saturating_sub(1));
    let rows = OrderList::new(list.id, list.title, answers.len(), chosen, list.none);
    let change =
        rows.show(ui, |place| answers.get(place).map(|answer| row(tabs, place, answer)).unwrap_or_default());
    if let Some(change) = change {
        tabs.edits.made(!matches!(change, OrderChange::Select(_)));
        if let Some(place) = change.apply_to(answers) {
            tabs.out.push(Command::Choose((list.choose)(place)));
        }
        return None;
    }
    ui.add_space(space::S);
    (chosen < answers.len()).then_some(chosen)
}
