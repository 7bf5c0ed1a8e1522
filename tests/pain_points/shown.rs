//! What the window shows of a run, by where it shows it: the same view models, in English.

use std::collections::BTreeMap;
use std::path::Path;

use filterlab::abi::LogLevel;
use filterlab::gui::text::Text as Words;
use filterlab::run::run_scenario;
use filterlab::scenario::{Scenario, Source};
use filterlab::trace::{Outcome, Trace};
use filterlab::view::changes::Changes;
use filterlab::view::findings::{Card, Findings};
use filterlab::view::preflight::Preflight;
use filterlab::view::sentences::{callout, outcome, trap};
use filterlab::view::timeline::{self, Timeline};
use filterlab::view::{Language, call, call_line, story};

const LANGUAGE: Language = Language::English;

/// Lines by place: `Findings`, `Story` and the like.
pub type Shown = BTreeMap<&'static str, Vec<String>>;

/// A scenario file with what became of it.
pub struct Run {
    pub scenario: Scenario,
    pub trace: Trace,
    file: std::path::PathBuf,
}

impl Run {
    pub fn new(file: &Path) -> Self {
        let scenario = Scenario::load(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let trace = run_scenario(&scenario, &Source { file: Some(file.to_owned()) })
            .unwrap_or_else(|error| panic!("{}: {error:?}", file.display()));
        Self { scenario, trace, file: file.to_owned() }
    }

    /// Everything that the window shows of it.
    pub fn shown(&self) -> Shown {
        let mut shown = Shown::new();
        shown.insert("Status", self.status());
        shown.insert(
            "Story",
            self.per_request(|request| {
                let changes = Changes::new(&self.trace, &self.scenario, request);
                story::story(LANGUAGE, &self.trace, &changes, request).to_string()
            }),
        );
        shown.insert("Findings", self.findings());
        shown.insert("Host calls", self.host_calls());
        shown.insert("Timeline", self.timeline());
        shown.insert("Changes", self.changes());
        shown.insert("Callouts", self.trace.callouts.iter().map(|one| callout::end(LANGUAGE, one)).collect());
        shown.insert("Card", self.card());
        shown.insert("Logs", self.logs());
        shown.insert("Preflight", self.preflight());
        shown
    }

    fn per_request(&self, of: impl Fn(usize) -> String) -> Vec<String> {
        (0..self.trace.exchanges.len()).map(of).collect()
    }

    fn status(&self) -> Vec<String> {
        let line = |text: outcome::OutcomeText| format!("{}: {}", text.word, text.sentence);
        let mut lines = vec![line(outcome::text(LANGUAGE, &self.trace, &self.scenario))];
        lines.extend(self.per_request(|request| {
            let text = outcome::of_request(LANGUAGE, &self.trace, &self.scenario, request);
            format!("request {}: {}", request + 1, line(text))
        }));
        lines
    }

    fn findings(&self) -> Vec<String> {
        let groups = Findings::new(&self.trace);
        let cards = groups.groups().iter().map(|group| {
            let first = group.first().expect("no group is empty");
            let card = Card::new(LANGUAGE, &self.trace, &self.scenario, first.event, first.finding);
            format!("[{}] {} ({})", card.text.id, card.spoken(), group.len())
        });
        cards.collect()
    }

    fn host_calls(&self) -> Vec<String> {
        let decoded = self.trace.numbered().filter_map(|(event, _)| call::decode(&self.trace, event));
        let line = |one: call::CallView| {
            format!(
                "{} {} → {}",
                one.call.short_name(),
                call_line::summary(LANGUAGE, &self.trace, &one),
                one.status
            )
        };
        decoded.map(line).collect()
    }

    fn timeline(&self) -> Vec<String> {
        let rows = Timeline::new(&self.trace);
        let line = |(place, row): (usize, &timeline::Row)| {
            let (name, words) = timeline::describe(&self.trace, row, rows.totals(place), LANGUAGE);
            let answer = timeline::Answer::of(&self.trace, &self.scenario, row.event).word();
            format!("{name} {words} {answer}").trim().to_owned()
        };
        rows.rows().iter().enumerate().map(line).collect()
    }

    /// Each change with the calls that made it and the filters behind them.
    fn changes(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for request in 0..self.trace.exchanges.len() {
            let changes = Changes::new(&self.trace, &self.scenario, request);
            for section in &changes.sections {
                for row in section.header_rows() {
                    let cell = |cell: &Option<filterlab::view::changes::HeaderCell>| {
                        cell.as_ref()
                            .map_or("nothing".to_owned(), |cell| format!("{}: {}", cell.name, cell.value))
                    };
                    let writers = row.writers.iter().map(|writer| {
                        let callback = writer.callback.and_then(|(_, event)| self.trace.filter_of(event));
                        let filter = callback.unwrap_or_default();
                        let filter = filterlab::view::sentences::filter_name(&self.scenario, filter);
                        format!("{} by {filter}", writer.call.short_name())
                    });
                    let writers: Vec<String> = writers.collect();
                    if !writers.is_empty() {
                        lines.push(format!(
                            "{} → {}, {}",
                            cell(&row.before),
                            cell(&row.after),
                            writers.join(", ")
                        ));
                    }
                }
            }
        }
        lines
    }

    /// The error card of a trap, with what each policy makes of it.
    fn card(&self) -> Vec<String> {
        let outcomes = (0..self.trace.exchanges.len()).map(|request| self.trace.outcome_of(request));
        let mut lines = Vec::new();
        for outcome in outcomes.chain([&self.trace.outcome]) {
            let Outcome::Trapped(found) = outcome else { continue };
            let card = trap::card(LANGUAGE, found, "filter.wasm");
            lines.extend([card.title, card.what, card.place].map(|text| text.to_string()));
            lines.extend(card.means.iter().chain(&card.next_steps).map(ToString::to_string));
            lines.extend(found.backtrace.frames.iter().map(trap::frame_name));
            lines.extend(found.last_words.clone());
            let policies = trap::consequences(LANGUAGE, found, false, false);
            lines.extend(
                policies.map(|one| format!("{}: {}; {}", one.name, one.this_request, one.next_requests)),
            );
        }
        lines
    }

    /// The lines that the proxy would write, and how many it would not.
    fn logs(&self) -> Vec<String> {
        let level = self.scenario.log_level;
        let (written, below): (Vec<_>, Vec<_>) = self.trace.logs().partition(|line| line.level >= level);
        let mut lines: Vec<String> = written
            .iter()
            .map(|line| format!("{} {}", line.level.name(), String::from_utf8_lossy(line.message)))
            .collect();
        if !below.is_empty() {
            lines.push(Words::new(LANGUAGE).logs.below(below.len(), level.name()));
        }
        assert!(level > LogLevel::Trace || below.is_empty());
        lines
    }

    fn preflight(&self) -> Vec<String> {
        let path = Source { file: Some(self.file.clone()) }.resolve(&self.scenario.chain[0].path);
        let bytes = std::fs::read(path).expect("the filter can be read");
        let facts = filterlab::host::ModuleFacts::read(&bytes).expect("it is a module");
        let page = Preflight::new(LANGUAGE, "filter.wasm", &facts, None);
        let named = page.callbacks.iter().map(|one| format!("callback {}: {}", one.name, one.meaning));
        let others = page.others.iter().map(|one| format!("other export {one}"));
        let checks = page.checks.iter().map(|one| format!("{}: {}", one.title, one.detail));
        [page.verdict.to_string()].into_iter().chain(named).chain(others).chain(checks).collect()
    }
}
