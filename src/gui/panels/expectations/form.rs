//! The form of one expectation: what it looks at, which values of it are meant, and what must hold of them.

use std::num::NonZeroU16;

use egui::{Id, Ui};
use serde_json::Value;

use crate::abi::{Callback, LogLevel};
use crate::gui::model::Model;
use crate::gui::panels::left::form::{self, row};
use crate::gui::text::Text;
use crate::gui::theme::{Icon, Tone, space};
use crate::gui::widgets::{
    CheckBox, ComboField, Dropdown, IconButton, MenuButton, ParsedField, SectionHead, TextField, prose,
    tooltip,
};
use crate::scenario::{Expectation, Subject};
use crate::view::sentences::expectation as words;

pub(super) use crate::gui::panels::left::Edits;

/// Subjects in the order in which people think of them.
pub const SUBJECTS: &[Subject] = Subject::ALL;

/// What a subject is called.
pub fn subject_word(text: Text, subject: Subject) -> &'static str {
    let texts = text.expectations;
    match subject {
        Subject::Outcome => texts.outcome(),
        Subject::Status => texts.status(),
        Subject::Details => texts.details(),
        Subject::UpstreamHeader => texts.upstream_header(),
        Subject::UpstreamBody => texts.upstream_body(),
        Subject::UpstreamTrailer => texts.upstream_trailer(),
        Subject::DownstreamHeader => texts.downstream_header(),
        Subject::DownstreamBody => texts.downstream_body(),
        Subject::DownstreamTrailer => texts.downstream_trailer(),
        Subject::LocalReply => texts.local_reply(),
        Subject::LocalReplyDetails => texts.local_reply_details(),
        Subject::GrpcStatus => texts.grpc_status(),
        Subject::Log => texts.log(),
        Subject::Metric => texts.metric(),
        Subject::Callout => texts.callout(),
        Subject::CalloutHeader => texts.callout_header(),
        Subject::CalloutBody => texts.callout_body(),
        Subject::CalloutEnd => texts.callout_end(),
        Subject::SharedData => texts.shared_data(),
        Subject::Property => texts.property(),
        Subject::HostCall => texts.host_call(),
        Subject::Action => texts.action(),
        Subject::Finding => texts.finding(),
    }
}

/// A new expectation of a subject, which most runs meet.
pub fn fresh(subject: Subject, model: &Model) -> Expectation {
    let none = Expectation { that: subject, ..Expectation::default() };
    match subject {
        Subject::Status => {
            let run = model.runs.current.as_deref();
            let ending = run.map(|run| crate::view::expecting::of_ending(&run.trace, run.exchange));
            match ending.filter(|ending| ending.that == Subject::Status) {
                Some(ending) => ending,
                None => Expectation { is: Some(200.into()), ..none },
            }
        }
        Subject::Outcome => Expectation { is: Some("finished".into()), ..none },
        Subject::Finding => Expectation { exists: Some(false), ..none },
        _ => Expectation { exists: Some(true), ..none },
    }
}

/// Which selectors mean something to a subject.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Selector {
    Name,
    Json,
    Level,
    Callback,
    Upstream,
    Filter,
}

fn selectors(subject: Subject) -> &'static [Selector] {
    use Selector::{Callback, Filter, Json, Level, Name, Upstream};
    match subject {
        Subject::Outcome | Subject::Status | Subject::Details => &[],
        Subject::UpstreamHeader
        | Subject::UpstreamTrailer
        | Subject::DownstreamHeader
        | Subject::DownstreamTrailer
        | Subject::Metric
        | Subject::SharedData
        | Subject::Property => &[Name],
        Subject::UpstreamBody | Subject::DownstreamBody => &[Json],
        Subject::LocalReply
        | Subject::LocalReplyDetails
        | Subject::GrpcStatus
        | Subject::Action
        | Subject::Finding => &[Callback, Filter],
        Subject::Log => &[Level, Callback, Filter],
        Subject::HostCall => &[Name, Callback, Filter],
        Subject::Callout | Subject::CalloutEnd => &[Upstream],
        Subject::CalloutHeader => &[Upstream, Name],
        Subject::CalloutBody => &[Upstream, Json],
    }
}

pub fn show(ui: &mut Ui, model: &Model, place: usize, expectation: &mut Expectation, edits: &mut Edits) {
    let text = model.text();
    let texts = text.expectations;
    let id = |part: &str| Id::unique(("expectation", place, part));
    if let Some(verdict) = super::verdict(model, place, expectation) {
        let (icon, tone) = super::mark(Some(verdict));
        let word = match verdict.is_met() {
            true => texts.met(),
            false if verdict.is_failed() => texts.not_met(),
            false => texts.off(),
        };
        ui.horizontal(|ui| {
            crate::gui::widgets::mark(ui, icon, word, tone, true);
        });
        let reason = words::verdict(text.language, expectation, verdict);
        if !reason.as_str().is_empty() {
            crate::gui::widgets::rich(ui, &reason, Tone::Text);
        }
    }
    let names: Vec<&str> = SUBJECTS.iter().map(|subject| subject_word(text, *subject)).collect();
    let selected = SUBJECTS.iter().position(|subject| *subject == expectation.that).unwrap_or_default();
    row(ui, texts.subject(), |ui| {
        if let Some(chosen) = Dropdown::new(texts.subject(), &names, selected).field(form::WIDE).show(ui) {
            expectation.that = SUBJECTS[chosen];
            clear_selectors(expectation);
            edits.made(true);
        }
        None
    });
    let words = (texts.request(), texts.request_name());
    form::optional_row(ui, edits, text, id("request"), words, &mut expectation.request);
    for selector in selectors(expectation.that) {
        self::selector(ui, text, place, *selector, expectation, edits);
    }
    tests(ui, text, place, expectation, edits);
    edits.made(CheckBox::new(&mut expectation.not, texts.not()).small().show(ui).changed());
}

/// What the new subject knows nothing of would only be wrong.
fn clear_selectors(expectation: &mut Expectation) {
    let kept = selectors(expectation.that);
    let drop = |selector| !kept.contains(&selector);
    if drop(Selector::Name) {
        expectation.name.clear();
    }
    if drop(Selector::Json) {
        expectation.json.clear();
    }
    if drop(Selector::Level) {
        expectation.level = None;
    }
    if drop(Selector::Callback) {
        expectation.callback.clear();
    }
    if drop(Selector::Upstream) {
        expectation.upstream.clear();
    }
    if drop(Selector::Filter) {
        expectation.filter = None;
    }
}

fn selector(
    ui: &mut Ui,
    text: Text,
    place: usize,
    selector: Selector,
    expectation: &mut Expectation,
    edits: &mut Edits,
) {
    let texts = text.expectations;
    let id = |part: &str| Id::unique(("expectation", place, part));
    let mut line = |ui: &mut Ui, part: &str, label: &str, name: &str, value: &mut String| {
        row(ui, label, |ui| {
            edits.typed(TextField::new(value, name).id(id(part)).show(ui).changed());
            None
        });
    };
    match selector {
        Selector::Name => line(ui, "name", texts.name(), texts.name(), &mut expectation.name),
        Selector::Json => line(ui, "json", texts.json(), texts.json_name(), &mut expectation.json),
        Selector::Upstream => {
            line(ui, "upstream", texts.upstream(), texts.upstream_name(), &mut expectation.upstream);
        }
        Selector::Callback => row(ui, texts.callback(), |ui| {
            let names: Vec<&str> = Callback::all().map(Callback::name).collect();
            let value = &mut expectation.callback;
            let field = ComboField::new(id("callback"), value, texts.callback_name(), &names);
            let (response, chosen) = field.width(form::WIDE).show(ui);
            edits.typed(response.changed() && !chosen);
            edits.made(chosen);
            None
        }),
        Selector::Level => row(ui, texts.level(), |ui| {
            let names = LogLevel::ALL.iter().map(|level| level.name());
            let names: Vec<&str> = std::iter::once(texts.any_level()).chain(names).collect();
            let now = LogLevel::ALL.iter().position(|level| Some(*level) == expectation.level);
            let selected = now.map_or(0, |place| place + 1);
            let list = Dropdown::new(texts.level_name(), &names, selected).field(form::WIDE);
            if let Some(chosen) = list.show(ui) {
                expectation.level = chosen.checked_sub(1).and_then(|place| LogLevel::ALL.get(place)).copied();
                edits.made(true);
            }
            None
        }),
        Selector::Filter => {
            // Counted from 1, as everywhere in the window.
            let mut filter = expectation.filter.and_then(|filter| NonZeroU16::new(filter.checked_add(1)?));
            let words = (texts.filter(), texts.filter_name());
            form::optional_row(ui, edits, text, id("filter"), words, &mut filter);
            expectation.filter = filter.map(|filter| filter.get() - 1);
        }
    }
}

/// The kinds of tests, in the order in which they are offered.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Test {
    Is,
    Contains,
    Starts,
    Ends,
    Matches,
    Least,
    Most,
    Exists,
    Count,
}

const TESTS: [Test; 9] = [
    Test::Is,
    Test::Contains,
    Test::Starts,
    Test::Ends,
    Test::Matches,
    Test::Least,
    Test::Most,
    Test::Exists,
    Test::Count,
];

impl Test {
    fn word(self, text: Text) -> &'static str {
        let texts = text.expectations;
        match self {
            Self::Is => texts.test_is(),
            Self::Contains => texts.test_contains(),
            Self::Starts => texts.test_starts(),
            Self::Ends => texts.test_ends(),
            Self::Matches => texts.test_matches(),
            Self::Least => texts.test_least(),
            Self::Most => texts.test_most(),
            Self::Exists => texts.test_exists(),
            Self::Count => texts.test_count(),
        }
    }

    fn is_set(self, expectation: &Expectation) -> bool {
        match self {
            Self::Is => expectation.is.is_some(),
            Self::Contains => expectation.contains.is_some(),
            Self::Starts => expectation.starts_with.is_some(),
            Self::Ends => expectation.ends_with.is_some(),
            Self::Matches => expectation.matches.is_some(),
            Self::Least => expectation.at_least.is_some(),
            Self::Most => expectation.at_most.is_some(),
            Self::Exists => expectation.exists.is_some(),
            Self::Count => expectation.count.is_some(),
        }
    }

    /// Sets it to something to begin with, or takes it away.
    fn set(self, expectation: &mut Expectation, on: bool) {
        let text = || on.then(String::new);
        match self {
            Self::Is => expectation.is = on.then(|| Value::String(String::new())),
            Self::Contains => expectation.contains = text(),
            Self::Starts => expectation.starts_with = text(),
            Self::Ends => expectation.ends_with = text(),
            Self::Matches => expectation.matches = text(),
            Self::Least => expectation.at_least = on.then_some(1.0),
            Self::Most => expectation.at_most = on.then_some(1.0),
            Self::Exists => expectation.exists = on.then_some(true),
            Self::Count => expectation.count = on.then_some(1),
        }
    }
}

fn tests(ui: &mut Ui, text: Text, place: usize, expectation: &mut Expectation, edits: &mut Edits) {
    let texts = text.expectations;
    ui.add_space(space::XS);
    let free: Vec<Test> = TESTS.into_iter().filter(|test| !test.is_set(expectation)).collect();
    let names: Vec<&str> = free.iter().map(|test| test.word(text)).collect();
    let head = SectionHead::new(texts.tests()).show(ui).rect;
    let place_of_button = form::at_end(ui, head);
    let mut child = ui.new_child(egui::UiBuilder::new().max_rect(place_of_button));
    if let Some(chosen) = MenuButton::new(Icon::Plus, texts.add_test(), &names).show(&mut child) {
        free[chosen].set(expectation, true);
        edits.made(true);
    }
    let mut any = false;
    for test in TESTS {
        if !test.is_set(expectation) {
            continue;
        }
        any = true;
        let mut removed = false;
        row(ui, test.word(text), |ui| {
            let wrong = self::test(ui, text, place, test, expectation, edits);
            let name = texts.remove_test(test.word(text));
            removed = IconButton::new(Icon::Cross, name).show(ui).clicked();
            wrong
        });
        if removed {
            test.set(expectation, false);
            edits.made(true);
        }
    }
    if !any {
        prose(ui, texts.no_tests(), Tone::Muted);
    }
}

/// Room for the button behind a field.
const BUTTON: f32 = 36.0;

fn test(
    ui: &mut Ui,
    text: Text,
    place: usize,
    test: Test,
    expectation: &mut Expectation,
    edits: &mut Edits,
) -> Option<String> {
    let texts = text.expectations;
    let id = Id::unique(("expectation test", place, test as u8));
    let width = (ui.available_width() - BUTTON).max(80.0);
    let name = test.word(text);
    let mut line = |ui: &mut Ui, value: &mut Option<String>| {
        let Some(value) = value else { return };
        edits.typed(TextField::new(value, name).id(id).width(width).show(ui).changed());
    };
    match test {
        Test::Contains => line(ui, &mut expectation.contains),
        Test::Starts => line(ui, &mut expectation.starts_with),
        Test::Ends => line(ui, &mut expectation.ends_with),
        Test::Matches => line(ui, &mut expectation.matches),
        Test::Is => {
            let mut value = expectation.is.clone().unwrap_or_default();
            let field = ParsedField::new(id, &mut value, name, "", read_value, write_value).width(width);
            let response = field.show(ui);
            tooltip(&response, texts.is_hint(), None);
            if response.changed() {
                expectation.is = Some(value);
                edits.typed(true);
            }
        }
        Test::Least | Test::Most => {
            let bound =
                if test == Test::Least { &mut expectation.at_least } else { &mut expectation.at_most };
            let Some(bound) = bound else { return None };
            let parse = |text: &str| text.trim().parse().ok().filter(|number: &f64| number.is_finite());
            let wrong = texts.wrong_number();
            let field = ParsedField::new(id, bound, name, wrong, parse, f64::to_string).width(width);
            let (response, unreadable) = field.show_checked(ui);
            edits.typed(response.changed());
            return unreadable.then(|| wrong.to_owned());
        }
        Test::Count => {
            let Some(count) = &mut expectation.count else { return None };
            let wrong = text.message.invalid_number();
            let parse = |text: &str| text.trim().parse().ok();
            let field = ParsedField::new(id, count, name, wrong, parse, u64::to_string).width(width);
            let (response, unreadable) = field.show_checked(ui);
            edits.typed(response.changed());
            return unreadable.then(|| wrong.to_owned());
        }
        Test::Exists => {
            let selected = usize::from(expectation.exists == Some(false));
            let options = [texts.yes(), texts.no()];
            if let Some(chosen) = Dropdown::new(name, &options, selected).field(104.0).show(ui) {
                expectation.exists = Some(chosen == 0);
                edits.made(true);
            }
        }
    }
    None
}

/// JSON where the text is some, else the text itself.
fn read_value(text: &str) -> Option<Value> {
    Some(serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned())))
}

/// A text that means the value: a string that could be read as something else is quoted.
fn write_value(value: &Value) -> String {
    match value {
        Value::String(text) if serde_json::from_str::<serde::de::IgnoredAny>(text).is_err() => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests_of_values {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_value_is_written_so_that_it_is_read_again() {
        for value in [json!(200), json!("200"), json!("two words"), json!(""), json!(null), json!({"a": [1]})]
        {
            assert_eq!(read_value(&write_value(&value)), Some(value));
        }
        assert_eq!(write_value(&json!("张三")), "张三");
        assert_eq!(write_value(&json!("true")), "\"true\"");
    }

    #[test]
    fn a_subject_keeps_only_the_selectors_that_it_knows() {
        let mut expectation = Expectation {
            that: Subject::Metric,
            name: "hits".into(),
            callback: "proxy_on_log".into(),
            ..Expectation::default()
        };
        clear_selectors(&mut expectation);
        assert_eq!((expectation.name.as_str(), expectation.callback.as_str()), ("hits", ""));
    }
}
