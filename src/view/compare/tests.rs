//! Comparisons of real runs.

use super::*;
use crate::samples;
use crate::scenario::{HeaderLine, Scenario};
use crate::view::sentences::compare as words;

const ENGLISH: Manner = Manner { language: Language::English, masks: false };

/// Runs a sample's scenario after `edit`.
fn run(id: &str, edit: impl FnOnce(&mut Scenario)) -> (Trace, Scenario) {
    let sample = samples::find(id).expect("it is bundled");
    let mut scenario = sample.scenario.clone();
    edit(&mut scenario);
    let trace = crate::run::run_modules(&scenario, &sample.modules(&scenario)).expect("it can be run");
    (trace, scenario)
}

fn compare(manner: Manner, a: &(Trace, Scenario), b: &(Trace, Scenario)) -> Comparison {
    Comparison::new(manner, Side { trace: &a.0, scenario: &a.1 }, Side { trace: &b.0, scenario: &b.1 }, 0)
}

#[test]
fn two_runs_of_one_scenario_are_the_same() {
    let runs = [run("add_headers", |_| {}), run("add_headers", |_| {})];
    let comparison = compare(ENGLISH, &runs[0], &runs[1]);
    assert!(comparison.is_same(), "{:?}", comparison.items());
    let sentence = words::sentence(Language::English, &comparison, &[]);
    assert_eq!(sentence.as_str(), "B does the same as A.");
    assert!(!Digest::new(&runs[0].0).differs(&Digest::new(&runs[1].0)).any());
}

#[test]
fn a_header_that_only_one_has_is_added_or_removed() {
    let a = run("add_headers", |_| {});
    let b = run("add_headers", |scenario| {
        scenario.request.headers.push(HeaderLine::new("x-new", "1"));
    });
    let there = compare(ENGLISH, &a, &b);
    let section = there.section(Topic::Part(Part::RequestHeaders)).expect("there were headers");
    assert_eq!((section.counts.added, section.counts.removed), (1, 0));
    assert!(words::what_differs(Language::English, &there).contains("x-new is there now"));
    let back = compare(ENGLISH, &b, &a);
    let section = back.section(Topic::Part(Part::RequestHeaders)).expect("there were headers");
    assert_eq!((section.counts.added, section.counts.removed), (0, 1));
    assert!(words::what_differs(Language::English, &back).contains("x-new is no longer there"));
    assert!(Digest::new(&a.0).differs(&Digest::new(&b.0)).request);
}

#[test]
fn words_that_differ_in_a_body_are_marked_in_both() {
    let body = |text: &'static str| {
        run("add_headers", move |scenario| {
            scenario.reply.headers = vec![HeaderLine::new("content-type", "application/json")];
            scenario.reply.body = text.into();
        })
    };
    let (a, b) = (body(r#"{"phone":"13812345678"}"#), body(r#"{"phone":"138****5678"}"#));
    let comparison = compare(ENGLISH, &a, &b);
    let section = comparison.section(Topic::Part(Part::ResponseBody)).expect("there was a body");
    let Rows::Body { diff, .. } = &section.rows else { panic!("it is a body") };
    let item = comparison
        .items()
        .iter()
        .find(|item| comparison.sections[item.section].topic == Topic::Part(Part::ResponseBody));
    let row = diff.row(item.expect("it differs").rows.start).expect("it is there");
    let marked = |cell: Option<crate::view::diff::LineCell>| {
        let cell = cell.expect("both have the line");
        cell.marks.iter().map(|mark| cell.text[mark.clone()].to_owned()).collect::<String>()
    };
    assert_eq!([marked(row.before), marked(row.after)], ["1234", "****"]);
    assert!(words::what_differs(Language::English, &comparison).contains("response body, 1 value"));
}

#[test]
fn host_calls_are_compared_as_a_sequence_with_their_events() {
    let a = run("add_headers", |_| {});
    let b = run("add_headers", |scenario| {
        scenario.request.url = "https://other.example/".into();
    });
    let comparison = compare(ENGLISH, &a, &b);
    let section = comparison.section(Topic::Calls).expect("it makes calls");
    assert_eq!(section.sizes(), (a.0.call_count(), b.0.call_count()));
    for row in 0..section.len() {
        for (event, trace) in section.events(row).into_iter().zip([&a.0, &b.0]) {
            assert!(event.is_some_and(|event| trace.call_of(event).is_some()), "row {row}");
        }
    }
}

#[test]
fn credentials_are_hidden_in_calls_and_in_what_differs() {
    let with = |token: &'static str| {
        run("add_headers", move |scenario| {
            scenario.request.headers = vec![HeaderLine::new("authorization", token)];
        })
    };
    let (a, b) = (with("Bearer first-secret"), with("Bearer other-secret"));
    let masked = compare(Manner { masks: true, ..ENGLISH }, &a, &b);
    let all: String = masked
        .sections
        .iter()
        .filter_map(|section| match &section.rows {
            Rows::Lines { diff, .. } => {
                Some(diff.shown_bytes().map(|bytes| String::from_utf8_lossy(bytes).into_owned()).concat())
            }
            _ => None,
        })
        .collect();
    assert!(!all.contains("-secret"), "{all}");
    assert!(!words::what_differs(Language::English, &masked).contains("-secret"));
}

#[test]
fn another_ending_is_told_first() {
    let a = run("add_headers", |_| {});
    let b = run("add_headers", |scenario| scenario.reply.status = 503);
    let comparison = compare(ENGLISH, &a, &b);
    assert_eq!(comparison.sections[comparison.items()[0].section].topic, Topic::Outcome);
    let sentence = words::sentence(Language::English, &comparison, &[]);
    assert!(sentence.as_str().starts_with("B differs from A in ending"), "{sentence}");
}

#[test]
fn a_run_without_requests_can_be_compared() {
    let a = run("add_headers", |_| {});
    let empty = Trace::empty(crate::trace::Outcome::Finished { status: 0 });
    let b = (empty, a.1.clone());
    let comparison = compare(ENGLISH, &a, &b);
    assert!(!comparison.is_same());
    assert_eq!(comparison.section(Topic::Calls).expect("A made some").sizes().1, 0);
}
