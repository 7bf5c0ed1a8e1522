//! Runs of the sample filters.

use std::path::{Path, PathBuf};

use filterlab::run::{ModuleSource, run_modules, run_scenario};
use filterlab::scenario::{Scenario, Source};
use filterlab::trace::Trace;
use filterlab::view::changes::Changes;

/// A scenario with what became of it.
pub struct Run {
    pub scenario: Scenario,
    pub trace: Trace,
    pub changes: Changes,
}

/// Runs a sample's scenario, such as `mask_pii/mask_pii`, after an edit.
pub fn run_edited(name: &str, edit: impl FnOnce(&mut Scenario)) -> Run {
    let file: PathBuf =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("sample_filters").join(format!("{name}.scenario.json"));
    let mut scenario = Scenario::load(&file).expect("a sample's scenario loads");
    edit(&mut scenario);
    let trace = run_scenario(&scenario, &Source { file: Some(file) }).expect("a sample's scenario runs");
    let changes = Changes::new(&trace, &scenario, 0);
    Run { scenario, trace, changes }
}

pub fn run(name: &str) -> Run {
    run_edited(name, |_| {})
}

/// Rows as `sign before | after · writers`, unchanged ones left out unless the proxy made them.
pub fn rows(run: &Run) -> Vec<String> {
    use filterlab::view::changes::{By, Moved};
    use filterlab::view::diff::RowKind;

    let mut lines = Vec::new();
    for section in &run.changes.sections {
        let after = filterlab::view::sentences::changes::after(filterlab::view::Language::English, section);
        let summary =
            filterlab::view::sentences::changes::summary(filterlab::view::Language::English, section);
        lines.push(format!("{} ({summary}) {after}", section.part.name()));
        for row in section.header_rows().iter().filter(|row| row.kind != RowKind::Same || row.by == By::Host)
        {
            let cell = |cell: &Option<filterlab::view::changes::HeaderCell>| {
                cell.as_ref().map_or(String::new(), |cell| {
                    format!("{}: {}", cell.name, marked(&cell.value, &cell.marks))
                })
            };
            let moved = match &row.moved {
                None => String::new(),
                Some(Moved::First) => " (now first)".into(),
                Some(Moved::After(name)) => format!(" (now after {name})"),
            };
            let writers: Vec<String> = row
                .writers
                .iter()
                .map(|writer| format!("#{} {}", writer.number, writer.call.short_name()))
                .collect();
            let by = match row.by {
                By::Host => "host".to_owned(),
                _ => writers.join(", "),
            };
            lines.push(format!(
                "{} {} | {}{moved} · {by}",
                sign(row.kind),
                cell(&row.before),
                cell(&row.after)
            ));
        }
        if let Some(body) = section.body() {
            for (range, kind) in body.changed_runs() {
                for row in range {
                    let path = body.path(row).unwrap_or_default();
                    let row = body.row(row).expect("a row of the body exists");
                    let cell = |cell: Option<filterlab::view::diff::LineCell>| {
                        cell.map_or(String::new(), |cell| marked(cell.text.trim(), &shifted(&cell)))
                    };
                    lines.push(format!("{} {} | {} · {path}", sign(kind), cell(row.before), cell(row.after)));
                }
            }
        }
    }
    lines
}

/// Marks of a cell after its indentation was cut off.
fn shifted(cell: &filterlab::view::diff::LineCell) -> Vec<std::ops::Range<usize>> {
    let indent = cell.text.len() - cell.text.trim_start().len();
    cell.marks.iter().map(|mark| mark.start - indent..mark.end - indent).collect()
}

fn marked(text: &str, marks: &[std::ops::Range<usize>]) -> String {
    let mut out = String::new();
    let mut at = 0;
    for mark in marks {
        out += &text[at..mark.start];
        out += &format!("[{}]", &text[mark.clone()]);
        at = mark.end;
    }
    out + &text[at..]
}

fn sign(kind: filterlab::view::diff::RowKind) -> char {
    use filterlab::view::diff::RowKind;
    match kind {
        RowKind::Same => ' ',
        RowKind::Removed => '-',
        RowKind::Added => '+',
        RowKind::Changed => '~',
        RowKind::Moved => '^',
    }
}

/// A filter that runs a script: its plugin configuration.
const PROBE: &[u8] = include_bytes!("../envoy_parity/filters/probe/probe.wasm");

/// Runs the scripted filter in a scenario that says the rest.
pub fn run_script(script: &str, mut scenario: serde_json::Value) -> Run {
    scenario["chain"] = serde_json::json!([{ "filter": "probe.wasm" }]);
    let mut scenario = Scenario::from_json(&scenario.to_string()).expect("the scenario parses");
    scenario.chain[0].plugin_config = filterlab::scenario::Body::from(script);
    let module =
        ModuleSource::Embedded { name: "probe.wasm".into(), bytes: bytes::Bytes::from_static(PROBE) };
    let trace = run_modules(&scenario, &[module]).expect("the scenario is complete");
    let changes = Changes::new(&trace, &scenario, 0);
    Run { scenario, trace, changes }
}
