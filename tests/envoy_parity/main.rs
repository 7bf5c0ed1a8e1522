//! Replays recorded behaviour of a real Envoy 1.40 through the host and compares what can be seen of it.
//!
//! `cases/` and `filters/` hold the recordings and the filters they were made with. Every case has to pass, except those
//! that the table in `accepted.md` names with a reason; one that is named there and passes fails the test, too, so that
//! the table stays true.
//!
//! `FILTERLAB_ENVOY_CASES` and `FILTERLAB_ENVOY_FILTERS` point the test at other folders; then the table does not
//! count. An argument without dashes picks the cases whose file name contains
//! it; `--all` shows every difference instead of the first of each case, `--log` the lines of the host's own runs.

mod calls;
mod case;
mod compare;
mod connection;
mod mask;
mod metrics;
mod moments;
mod observe;
mod replay;

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use filterlab::host::{Compiler, Engine, StopHandle};
use filterlab::run;
use filterlab::trace::{EventKind, Trace};

use case::Case;
use replay::{Filters, NoPlan};

/// What became of a case.
enum Verdict {
    Passed,
    /// Every difference, the first one first.
    Failed(Vec<String>),
    /// The rule of comparison leaves the case out.
    Skipped(String),
}

fn main() -> ExitCode {
    match test() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            println!("envoy_parity: {error}");
            ExitCode::FAILURE
        }
    }
}

fn test() -> Result<bool, String> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let shows_all = args.iter().any(|arg| arg == "--all");
    let shows_log = args.iter().any(|arg| arg == "--log");
    let picked: Vec<&String> = args.iter().filter(|arg| !arg.starts_with('-')).collect();
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/envoy_parity");
    let folder = |variable: &str, default: &str| {
        std::env::var_os(variable).map_or_else(|| (own.join(default), false), |path| (path.into(), true))
    };
    let (cases, other_cases) = folder("FILTERLAB_ENVOY_CASES", "cases");
    let (filters, other_filters) = folder("FILTERLAB_ENVOY_FILTERS", "filters");
    let mut accepted = if other_cases || other_filters { BTreeMap::new() } else { accepted(&own)? };
    let engine = Engine::new(Compiler::default()).map_err(|error| error.to_string())?;
    // One watch for all runs: the thread behind it is started once.
    let _watch = engine.watch();
    let mut filters = Filters::new(filters, engine);
    let (mut passed, mut skipped, mut failed) = (0, 0, 0);
    for path in files(&cases)? {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if !picked.is_empty() && !picked.iter().any(|part| name.contains(part.as_str())) {
            continue;
        }
        let reason = accepted.remove(&name);
        match judge(&path, &mut filters, shows_log, other_cases) {
            Verdict::Passed if reason.is_some() => {
                failed += 1;
                println!("FAIL {name}: it passes; take it out of accepted.md");
            }
            Verdict::Passed => passed += 1,
            Verdict::Failed(_) if let Some(reason) = reason => {
                skipped += 1;
                println!("accepted: {name}: {reason}");
            }
            Verdict::Skipped(reason) => {
                skipped += 1;
                println!("skipped by rule: {name}: {reason}");
            }
            Verdict::Failed(differences) => {
                failed += 1;
                let more = differences.len().saturating_sub(1);
                match differences.first() {
                    Some(first) if more > 0 && !shows_all => {
                        println!("FAIL {name}, {first} (and {more} more)")
                    }
                    Some(first) => println!("FAIL {name}, {first}"),
                    None => println!("FAIL {name}"),
                }
                if shows_all {
                    differences.iter().skip(1).for_each(|difference| println!("     {name}, {difference}"));
                }
            }
        }
    }
    if picked.is_empty() {
        for name in accepted.keys() {
            failed += 1;
            println!("FAIL {name}: accepted.md names it, and there is no such case");
        }
    }
    println!("{passed} passed, {failed} failed, {skipped} left out by rule or accepted");
    Ok(failed == 0)
}

/// The case files of a folder, by name.
fn files(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let entries = std::fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut files: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .collect();
    files.sort();
    match files.is_empty() {
        true => Err(format!("{} holds no cases", folder.display())),
        false => Ok(files),
    }
}

/// Reads, runs and compares one case. Whatever the file holds, this comes back.
///
/// `is_foreign`: it is none of the recordings that lie beside this file.
fn judge(path: &Path, filters: &mut Filters, shows_log: bool, is_foreign: bool) -> Verdict {
    let case = std::fs::read(path)
        .map_err(|error| error.to_string())
        .and_then(|bytes| serde_json::from_slice::<Case>(&bytes).map_err(|error| error.to_string()));
    let case = match case {
        Ok(case) => case,
        Err(error) => return Verdict::Failed(vec![format!("cannot be read: {error}")]),
    };
    if let Some(reason) = &case.compare.skip {
        return Verdict::Skipped(reason.clone());
    }
    let differences = catch_unwind(AssertUnwindSafe(|| replay_case(&case, filters, shows_log)));
    match differences {
        Ok(differences) if differences.is_empty() => Verdict::Passed,
        // Of what Envoy's codecs decide the host does what our own recordings show; others may show more.
        Ok(differences) if is_foreign && case.compare.masks("codec") => {
            Verdict::Skipped(format!("decided by Envoy's codec; {}", differences[0]))
        }
        Ok(differences) => Verdict::Failed(differences),
        Err(_) => Verdict::Failed(vec!["the host panicked".into()]),
    }
}

fn replay_case(case: &Case, filters: &mut Filters, shows_log: bool) -> Vec<String> {
    let differences = match replay::plan(case, filters) {
        Ok(mut plan) => {
            plan.trace.moments = true;
            let trace = run::execute(&plan, &StopHandle::default());
            if shows_log {
                show_log(&trace);
            }
            let mut differences = compare::compare(case, &plan, &trace);
            differences.extend(moments::check(&trace));
            differences
        }
        Err(NoPlan::Refused(error)) => {
            compare::compare_refusal(case, &error.envoy_says(&case.settings.plugin_name))
        }
        Err(NoPlan::Unreadable(reason)) => return vec![format!("cannot be replayed: {reason}")],
    };
    differences.iter().map(ToString::to_string).collect()
}

/// Log lines, findings, stream actions and steps with their times in milliseconds.
fn show_log(trace: &Trace) {
    for (id, event) in trace.numbered() {
        let at = event.at / 1_000_000;
        match event.kind {
            EventKind::Log { .. } => {
                let line = trace.logs().find(|line| line.event == id);
                let text = line.map(|line| String::from_utf8_lossy(line.message).into_owned());
                println!("  {at:5} {}", text.unwrap_or_default());
            }
            EventKind::Finding(finding) => println!("  {at:5} ! {finding:?}"),
            EventKind::Stream(action) => println!("  {at:5} > {action:?}"),
            EventKind::Step(step) => println!("  {at:5} * {step:?}"),
            _ => {}
        }
    }
}

/// The rows of the table of accepted differences: the case's file name and the reason.
fn accepted(own: &Path) -> Result<BTreeMap<String, String>, String> {
    let text =
        std::fs::read_to_string(own.join("accepted.md")).map_err(|error| format!("accepted.md: {error}"))?;
    let rows =
        text.lines().filter_map(|line| line.strip_prefix("| `")?.strip_suffix(" |")?.split_once("` | "));
    let mut accepted = BTreeMap::new();
    for (name, reason) in rows {
        if reason.trim().is_empty() {
            return Err(format!("accepted.md: {name} has no reason"));
        }
        accepted.insert(name.to_owned(), reason.to_owned());
    }
    Ok(accepted)
}
