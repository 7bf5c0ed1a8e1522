//! `filterlab convert`, as people and scripts meet it.

use std::ffi::OsStr;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use filterlab::run::run_scenario;
use filterlab::scenario::{Scenario, Source};
use tempfile::TempDir;

/// What the program printed.
pub struct Run {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Run {
    #[track_caller]
    pub fn is_good(&self) {
        assert_eq!((self.code, self.err.as_str()), (0, ""), "{}", self.out);
    }

    /// Exit code 2, nothing on standard output, two lines with all of `parts`.
    #[track_caller]
    pub fn is_refused(&self, parts: &[&str]) {
        assert_eq!((self.code, self.out.as_str()), (2, ""), "{}", self.err);
        for part in parts {
            assert!(self.err.contains(part), "{part} is not in: {}", self.err);
        }
        assert!(self.err.starts_with("filterlab: ") && self.err.lines().count() == 2, "{}", self.err);
    }
}

/// Runs `filterlab convert` in a folder, with something at its standard input.
pub fn convert_in<A: AsRef<OsStr>>(folder: &Path, args: impl IntoIterator<Item = A>, input: &[u8]) -> Run {
    let mut command = Command::new(env!("CARGO_BIN_EXE_filterlab"));
    command.arg("convert").args(args).current_dir(folder);
    let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = piped.spawn().expect("the program starts");
    // One that needs no input may be gone by now.
    let _ = child.stdin.take().expect("it is piped").write_all(input);
    let output = child.wait_with_output().expect("it ends");
    Run {
        code: output.status.code().expect("it was not killed"),
        out: String::from_utf8(output.stdout).expect("standard output is UTF-8"),
        err: String::from_utf8(output.stderr).expect("standard error is UTF-8"),
    }
}

pub fn scratch() -> TempDir {
    tempfile::tempdir().expect("a scratch folder")
}

fn sample(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("sample_filters").join(path)
}

/// The folder's files, with `/` between their parts.
fn listing(folder: &Path) -> Vec<String> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).expect("it is a folder") {
        names.push(entry.expect("it can be read").file_name().to_string_lossy().into_owned());
    }
    names.sort();
    names
}

#[test]
fn a_scenario_in_another_folder_still_finds_its_filter() {
    let scratch = scratch();
    fs::create_dir_all(scratch.path().join("in/modules")).expect("it can be made");
    fs::create_dir(scratch.path().join("out")).expect("it can be made");
    fs::copy(sample("mask_pii/filter.wasm"), scratch.path().join("in/modules/filter.wasm")).expect("copied");
    let text = fs::read_to_string(sample("mask_pii/mask_pii.scenario.json")).expect("it is there");
    let text = text.replace("\"filter.wasm\"", "\"modules/filter.wasm\"");
    fs::write(scratch.path().join("in/a.scenario.json"), text).expect("written");

    convert_in(scratch.path(), ["in/a.scenario.json", "out/b.scenario.json"], b"").is_good();
    let (before, after) =
        (scratch.path().join("in/a.scenario.json"), scratch.path().join("out/b.scenario.json"));
    let written = Scenario::load(&after).expect("it is a scenario");
    assert_eq!(written.chain[0].path, "../in/modules/filter.wasm");
    let trace = |path: PathBuf| {
        let scenario = Scenario::load(&path).expect("it is a scenario");
        let trace = run_scenario(&scenario, &Source { file: Some(path) }).expect("it runs");
        assert_eq!(trace.outcome.kind(), "finished");
        trace
    };
    assert_eq!(trace(before), trace(after), "the same run");
    assert_eq!(listing(&scratch.path().join("out")), ["b.scenario.json"], "and nothing else was written");
}

#[test]
fn a_sample_is_written_with_its_module_in_it() {
    let scratch = scratch();
    convert_in(scratch.path(), ["sample:mask_pii", "mine.scenario.json"], b"").is_good();
    assert_eq!(listing(scratch.path()), ["mine.scenario.json"]);
    let path = scratch.path().join("mine.scenario.json");
    let scenario = Scenario::load(&path).expect("it is a scenario");
    let trace = run_scenario(&scenario, &Source { file: Some(path) }).expect("it runs");
    assert_eq!(trace.outcome.kind(), "finished");
    convert_in(scratch.path(), ["sample:nobody", "x.scenario.json"], b"").is_refused(&["no sample nobody"]);
}

#[test]
fn a_module_becomes_a_scenario_and_a_filter_can_be_named() {
    let scratch = scratch();
    fs::write(scratch.path().join("f.wasm"), b"\0asm\x01\0\0\0").expect("written");
    convert_in(scratch.path(), ["f.wasm", "a.scenario.json"], b"").is_good();
    convert_in(scratch.path(), ["a.scenario.json", "b.scenario.json", "--filter", "../g.wasm"], b"")
        .is_good();
    let path =
        |file: &str| Scenario::load(&scratch.path().join(file)).expect("it is there").chain[0].path.clone();
    assert_eq!((path("a.scenario.json").as_str(), path("b.scenario.json").as_str()), ("f.wasm", "../g.wasm"));
}

#[test]
fn pipes_are_read_and_written() {
    let scratch = scratch();
    let run = convert_in(scratch.path(), ["-", "-"], br#"{"chain": [{"filter": "f.wasm"}], "name": "n"}"#);
    run.is_good();
    let scenario = Scenario::from_json(&run.out).expect("it is a scenario");
    assert_eq!((scenario.name.as_str(), scenario.chain[0].path.as_str()), ("n", "f.wasm"));
    assert!(listing(scratch.path()).is_empty());
    // A module that came through a pipe lies nowhere else.
    let run = convert_in(scratch.path(), ["-", "-"], b"\0asm\x01\0\0\0");
    run.is_good();
    assert!(Scenario::from_json(&run.out).expect("it is a scenario").chain[0].module.is_some());
}

#[test]
fn a_folder_gets_a_file_for_each_scenario_and_only_once() {
    let scratch = scratch();
    fs::write(scratch.path().join("a.scenario.json"), r#"{"name": "../a b: 张三"}"#).expect("written");
    convert_in(scratch.path(), ["a.scenario.json", "out/"], b"").is_good();
    assert_eq!(listing(&scratch.path().join("out")), ["a-b-张三.scenario.json"]);
    convert_in(scratch.path(), ["a.scenario.json", "out/"], b"").is_good();
    fs::write(scratch.path().join("out/notes"), "mine").expect("written");
    convert_in(scratch.path(), ["a.scenario.json", "out/"], b"").is_refused(&["out", "something else"]);
    assert_eq!(listing(scratch.path()), ["a.scenario.json", "out"]);
}

#[test]
fn what_is_wrong_with_the_input_is_said_with_its_place() {
    let scratch = scratch();
    let convert = |args: &[&str], input: &[u8]| convert_in(scratch.path(), args, input);
    convert(&["missing.har", "a.scenario.json"], b"").is_refused(&["missing.har", "No such file"]);
    convert(&["-", "a.scenario.json"], b"hello").is_refused(&["-: Neither what is in it"]);
    convert(&["-", "a.scenario.json"], b"{\"chain\":\n 5}").is_refused(&["-:2:2: chain: invalid type"]);
    convert(&["-", "a.scenario.json"], b"{\"chain\": [\xff").is_refused(&["byte 12: This byte is not UTF-8"]);
    convert(&["-", "a.txt"], b"{}").is_refused(&["the name of a.txt does not tell its format", "--to"]);
    convert(&["-", "a.txt", "--to", "xml"], b"{}").is_refused(&["--to", "it is no format; use scenario,"]);
    convert(&["-", "no/folder/a.scenario.json"], b"{\"chain\": []}")
        .is_refused(&["a.scenario.json", "No such file"]);
    let two = br#"{"chain": [{"filter": "a"}, {"filter": "b"}]}"#;
    convert(&["-", "-", "--filter", "c.wasm"], two).is_refused(&["--filter is about one filter", "2"]);
    assert!(listing(scratch.path()).is_empty(), "nothing was written");
}

#[test]
fn fields_that_nobody_knows_are_listed_by_every_format_that_has_no_place_for_them() {
    let scratch = scratch();
    fs::copy(sample("mask_pii/filter.wasm"), scratch.path().join("f.wasm")).expect("copied");
    let text = r#"{"chain": [{"filter": "f.wasm", "mystery": 1}], "log_level": "warn", "settle_ms": 9, "mystery": 1,
        "request": {"method": "POST", "url": "https://h/", "mystery": 1}, "reply": {"body": "x", "mystery": 1}}"#;
    fs::write(scratch.path().join("a.scenario.json"), text).expect("written");
    for (format, places) in [
        ("curl", "mystery; settle_ms; request.unknown fields; reply; log_level; chain"),
        ("har", "mystery; settle_ms; request.unknown fields; reply.unknown fields; log_level; chain"),
        ("envoy", "mystery; settle_ms; request; reply.unknown fields; log_level; chain[0].mystery"),
        ("wasmplugin", "mystery; settle_ms; request; reply; log_level; chain[0].mystery"),
        ("envoyfilter", "mystery; settle_ms; request; reply; log_level; chain[0].mystery"),
        ("policy", "mystery; settle_ms; request; reply; log_level; chain[0].mystery"),
        ("higress", "mystery; settle_ms; request; reply; log_level; chain[0].mystery"),
        ("oci", "mystery; settle_ms; request; reply; log_level; chain[0].mystery"),
        ("textpb", "mystery; settle_ms; request.mystery; reply.mystery; chain[0].mystery"),
        ("fastedge", "mystery; settle_ms; request.mystery; reply; log_level; chain[0]"),
    ] {
        let output = format!("out-{format}");
        let run = convert_in(scratch.path(), ["a.scenario.json", &output, "--to", format], b"");
        assert_eq!(run.code, 0, "{format}: {}", run.err);
        for place in places.split("; ") {
            assert!(
                run.err.contains(&format!("left out: {place}: ")),
                "{format}: {place} is not in:\n{}",
                run.err
            );
        }
    }
}
