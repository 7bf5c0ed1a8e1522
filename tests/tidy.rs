//! Rules of the house that a machine can check; see `ARCHITECTURE.md`.

use std::fs;
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All files below `folder` that end with `.extension`.
fn files(folder: &str, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("the folder is there") {
            let path = entry.expect("the entry is readable").path();
            if path.is_dir() {
                if !path.ends_with("target") {
                    folders.push(path);
                }
            } else if path.extension().is_some_and(|found| found == extension) {
                found.push(path);
            }
        }
    }
    assert!(!found.is_empty(), "{folder} has files");
    found.sort();
    found
}

fn shown(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).display().to_string().replace('\\', "/")
}

/// Lines of code: without comments, so that prose may name anything.
fn code(path: &Path) -> Vec<String> {
    let text = fs::read_to_string(path).expect("the source is text");
    text.lines().map(|line| line.split("//").next().unwrap_or_default().to_owned()).collect()
}

/// Asserts that no source outside `folder` uses any of these crates.
fn only_in(folder: &str, crates: &[&str]) {
    for path in files("src", "rs") {
        let name = shown(&path);
        if name.starts_with(folder) {
            continue;
        }
        for (number, line) in code(&path).iter().enumerate() {
            for used in crates {
                let names = line.contains(&format!("{used}::")) || line.contains(&format!("use {used}"));
                assert!(!names, "{name}:{}: only {folder} names {used}", number + 1);
            }
        }
    }
}

#[test]
fn only_the_window_names_egui() {
    only_in("src/gui/", &["egui", "eframe", "egui_plot", "image", "rfd"]);
}

#[test]
fn only_the_host_names_wasmtime() {
    only_in("src/host/", &["wasmtime"]);
}

#[test]
fn nothing_is_unsafe() {
    for path in files("src", "rs") {
        for (number, line) in code(&path).iter().enumerate() {
            assert!(!line.contains("unsafe "), "{}:{}", shown(&path), number + 1);
        }
    }
}

#[test]
fn threads_are_named() {
    for path in files("src", "rs") {
        for (number, line) in code(&path).iter().enumerate() {
            let place = format!("{}:{}", shown(&path), number + 1);
            assert!(!line.contains("thread::spawn("), "{place}: give the thread a name");
        }
    }
}

#[test]
fn only_threads_of_the_window_touch_the_disk() {
    // What these files do with the disk is done on threads of their own, or before the first frame.
    let on_threads = ["looking", "reading", "saving", "converting", "sharing", "settings", "theme/fonts"];
    let words = [
        "fs::",
        ".exists()",
        ".is_file()",
        ".is_dir()",
        ".metadata()",
        ".canonicalize()",
        "File::open(",
        "read_at_most(",
        "write_whole(",
        "files::relative(",
        "convert::open(",
        "FileKind::of(",
    ];
    for path in files("src/gui", "rs") {
        let name = shown(&path);
        if on_threads.iter().any(|file| name == format!("src/gui/{file}.rs")) {
            continue;
        }
        let code = code(&path);
        let until_tests = code.iter().take_while(|line| !line.contains("#[cfg(test)]"));
        for (number, line) in until_tests.enumerate() {
            let found = words.iter().find(|word| line.contains(**word));
            assert!(found.is_none(), "{name}:{}: a frame would wait for the disk", number + 1);
        }
    }
}

#[test]
fn colours_come_from_the_tokens() {
    for path in files("src/gui", "rs") {
        let name = shown(&path);
        if name.starts_with("src/gui/theme/") {
            continue;
        }
        for (number, line) in code(&path).iter().enumerate() {
            let makes = [
                "Color32::from_rgb(",
                "Color32::from_gray(",
                "Color32::from_rgba",
                "Color32::WHITE",
                "Color32::BLACK",
            ];
            let found = makes.iter().find(|made| line.contains(**made));
            assert!(found.is_none(), "{name}:{}: take the colour from the theme", number + 1);
        }
    }
}

#[test]
fn no_test_is_ignored_and_nothing_is_left_to_do() {
    // Put together here, so that this file does not find itself.
    let marks = ["#[ign".to_owned() + "ore", "to".to_owned() + "do!(", "unimpl".to_owned() + "emented!("];
    for folder in ["src", "tests", "benches"] {
        for path in files(folder, "rs") {
            for (number, line) in code(&path).iter().enumerate() {
                for mark in &marks {
                    assert!(!line.contains(mark.as_str()), "{}:{} has {mark}", shown(&path), number + 1);
                }
            }
        }
    }
}

#[test]
fn every_module_says_what_it_is() {
    for path in files("src", "rs") {
        let text = fs::read_to_string(&path).expect("the source is text");
        let first = text.lines().next().unwrap_or_default();
        assert!(first.starts_with("//! ") && first.len() > 12, "{} begins with its idea", shown(&path));
    }
}

/// How many statements the host's specification has (`host-spec`, section 10).
const STATEMENTS: usize = 186;

#[test]
fn every_statement_of_the_specification_names_a_proof_that_exists() {
    let table = root().join("tests/envoy_parity/statements.md");
    let table = fs::read_to_string(table).expect("the table is there");
    let rows: Vec<(usize, &str)> = table
        .lines()
        .filter_map(|line| {
            let (number, proof) = line.strip_prefix("| ")?.strip_suffix(" |")?.split_once(" | ")?;
            Some((number.parse().ok()?, proof))
        })
        .collect();
    assert_eq!(
        rows.iter().map(|(number, _)| *number).collect::<Vec<_>>(),
        (1..=STATEMENTS).collect::<Vec<_>>()
    );
    let sources: Vec<String> = ["src", "tests"]
        .iter()
        .flat_map(|folder| files(folder, "rs"))
        .map(|path| fs::read_to_string(path).expect("the source is text"))
        .collect();
    for (number, proof) in rows {
        let (cases, test) = proof.split_once("test: ").unwrap_or((proof, ""));
        let cases: Vec<&str> = cases.split([' ', ';']).filter(|case| !case.is_empty()).collect();
        assert!(!cases.is_empty() || !test.is_empty(), "statement {number} has no proof");
        for case in cases {
            let file = root().join(format!("tests/envoy_parity/cases/{case}.json"));
            assert!(file.is_file(), "statement {number} names {case}, and there is no such case");
        }
        if !test.is_empty() {
            let is_there = sources.iter().any(|source| source.contains(&format!("fn {test}(")));
            assert!(is_there, "statement {number} names {test}, and there is no such test");
        }
    }
}

#[test]
fn every_text_of_the_window_is_used() {
    // Tests draw panels of their own with them.
    let sources = ["src", "tests"].into_iter().flat_map(|folder| files(folder, "rs"));
    let all: String = sources.map(|path| code(&path).join("\n")).collect();
    for path in files("src/gui/text", "rs") {
        // `        saved_now: "Saved", "已保存";` or `        position(i: usize, n: usize): …;`
        for line in code(&path) {
            let Some(entry) = line.strip_prefix("        ").filter(|entry| !entry.starts_with(' ')) else {
                continue;
            };
            let name: String = entry.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
            let rest = &entry[name.len()..];
            if name.is_empty() || !(rest.starts_with(": \"") || rest.starts_with('(') && rest.contains("):"))
            {
                continue;
            }
            let is_used = [format!(".{name}("), format!("::{name}")].iter().any(|used| all.contains(used));
            assert!(is_used, "{} has {name}, which is shown nowhere", shown(&path));
        }
    }
}
