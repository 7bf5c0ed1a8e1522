//! What authors of filters keep asking, each question with scenarios that bring it about and what the window answers.
//!
//! `docs/pain-points.md` is the list: its last column quotes what is shown, and where. These tests hold it to that.

mod shown;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use shown::Run;

/// The questions that the list must answer.
const QUESTIONS: [&str; 13] =
    ["P1", "P2", "P3", "P4", "P5", "P6", "P7", "P8", "P10", "P11", "P14", "P15", "P16"];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pain_points")
}

/// A row of the list.
struct Row {
    question: String,
    scenario: String,
    /// Where something is shown, and the words.
    shows: Vec<(String, String)>,
}

/// The rows of the table: `| P1 | what hurts | [name](file) | Findings “words”; Status “words” |`. A question stands in the
/// first of its rows only.
fn rows() -> Vec<Row> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/pain-points.md");
    let text = std::fs::read_to_string(file).expect("the list can be read");
    let mut question = String::new();
    let mut rows = Vec::new();
    for line in text.lines().filter(|line| line.starts_with("| ")) {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [number, _, scenario, shows] = cells[..] else { panic!("{line} has not four columns") };
        let Some((_, file)) = scenario.split_once("](../tests/pain_points/") else { continue };
        if !number.is_empty() {
            question = number.to_owned();
        }
        rows.push(Row {
            question: question.clone(),
            scenario: file.trim_end_matches(')').to_owned(),
            shows: quotes(shows),
        });
    }
    rows
}

/// `Findings “words” and “more”; Status “words”`: each stretch in quotes, which may hold quotes itself, with the place that was
/// named last before it.
fn quotes(cell: &str) -> Vec<(String, String)> {
    let (mut found, mut place, mut between, mut words) =
        (Vec::new(), String::new(), String::new(), String::new());
    let mut depth = 0;
    for c in cell.chars() {
        match (c, depth) {
            ('“', 0) => {
                let named = std::mem::take(&mut between);
                let named = named.trim().trim_start_matches(';').trim();
                if !["and", ","].contains(&named) {
                    place = named.to_owned();
                }
                depth = 1;
            }
            ('”', 1) => {
                found.push((place.clone(), std::mem::take(&mut words)));
                depth = 0;
            }
            (c, 0) => between.push(c),
            (c, _) => {
                depth += i32::from(c == '“') - i32::from(c == '”');
                words.push(c);
            }
        }
    }
    found
}

#[test]
fn the_list_has_every_question_and_every_scenario_once() {
    let rows = rows();
    let questions: BTreeSet<&str> = rows.iter().map(|row| row.question.as_str()).collect();
    assert_eq!(questions, BTreeSet::from(QUESTIONS));
    let listed: Vec<&str> = rows.iter().map(|row| row.scenario.as_str()).collect();
    let files: BTreeSet<String> = std::fs::read_dir(folder())
        .expect("the folder is there")
        .map(|entry| entry.expect("it can be read").file_name().to_string_lossy().into_owned())
        .filter(|name| name.ends_with(".scenario.json"))
        .collect();
    assert_eq!(listed.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>(), files);
    assert_eq!(listed.len(), files.len(), "one is listed twice");
    for row in &rows {
        let number = row.question.trim_start_matches('P');
        assert!(
            row.scenario.starts_with(&format!("p{number:0>2}_")),
            "{} is no {}",
            row.scenario,
            row.question
        );
        assert!(!row.shows.is_empty(), "{}", row.scenario);
    }
}

#[test]
fn the_window_shows_what_the_list_says() {
    let mut missing = Vec::new();
    for row in rows() {
        let shown = Run::new(&folder().join(&row.scenario)).shown();
        for (place, words) in &row.shows {
            let lines = shown.get(place.as_str());
            let lines = lines.unwrap_or_else(|| panic!("{}: there is no place {place}", row.scenario));
            if !lines.iter().any(|line| line.contains(words.as_str())) {
                missing.push(format!("{}: {place} “{words}”, but\n  {}", row.scenario, lines.join("\n  ")));
            }
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

/// A mistake in the list would be a mistake that nobody is warned of: what is quoted of findings is all that is found.
#[test]
fn the_list_leaves_no_finding_out() {
    for row in rows() {
        let shown = Run::new(&folder().join(&row.scenario)).shown();
        for line in &shown["Findings"] {
            let is_listed =
                row.shows.iter().any(|(place, words)| place == "Findings" && line.contains(words.as_str()));
            assert!(is_listed, "{}: {line}", row.scenario);
        }
    }
}

#[test]
fn the_modules_are_what_their_text_says() {
    let mut texts = 0;
    for entry in std::fs::read_dir(folder()).expect("the folder is there") {
        let path = entry.expect("it can be read").path();
        if path.extension().is_none_or(|kind| kind != "wat") {
            continue;
        }
        texts += 1;
        let made = wat::parse_file(&path).expect("the text is valid");
        let module = path.with_extension("wasm");
        if std::env::var_os("FILTERLAB_WRITE").is_some() {
            std::fs::write(&module, &made).expect("the folder can be written");
        }
        let found = std::fs::read(&module).unwrap_or_default();
        let advice = "FILTERLAB_WRITE=1 cargo test --test pain_points makes it anew";
        assert!(made == found, "{} is not made from its text; {advice}", module.display());
    }
    assert!(texts > 0);
}

/// For whoever writes the list: `FILTERLAB_SHOW=p01 cargo test --test pain_points -- --nocapture`.
#[test]
fn all_that_is_shown_can_be_printed() {
    let wanted = std::env::var("FILTERLAB_SHOW").ok();
    let mut places = BTreeMap::new();
    for row in rows() {
        let shown = Run::new(&folder().join(&row.scenario)).shown();
        for (place, lines) in &shown {
            *places.entry(*place).or_insert(0) += lines.len();
        }
        if wanted.as_ref().is_some_and(|wanted| row.scenario.starts_with(wanted.as_str())) {
            println!("\n{} {shown:#?}", row.scenario);
        }
    }
    let places: Vec<_> = places.into_iter().filter(|(_, lines)| *lines == 0).collect();
    assert!(places.is_empty(), "nothing is ever shown in {places:?}");
}
