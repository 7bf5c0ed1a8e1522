//! Bundles that were made here, and hostile ones.

use std::io::{Cursor, Write};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::*;
use crate::convert::{read, write};
use crate::samples;
use crate::scenario::{Body, HeaderLine, Source};
use crate::view::Language;

/// A sample's scenario with its modules.
fn sample() -> (Scenario, Vec<ModuleSource>) {
    let sample = samples::find("mask_pii").expect("it is there");
    (sample.scenario.clone(), sample.modules(&sample.scenario))
}

fn ran(scenario: &Scenario) -> Result<Trace, Error> {
    run_of(scenario, &ModuleSource::all(scenario, &Source::default()))
}

fn written(scenario: &Scenario, modules: &[ModuleSource], with_secrets: bool) -> Bytes {
    let export = Export { scenario, modules, trace: None, with_secrets, language: Language::English };
    let made = write(Format::Bundle, &export).expect("it can be written");
    let Files::One(bytes) = made.files else { panic!("it is one file") };
    bytes
}

fn opened(bytes: &[u8]) -> Result<Imported, Error> {
    read(Format::Bundle, &Input { bytes, name: "a.filterlab", folder: None })
}

/// A zip with these members; `dress` may spoil it.
fn zip_of(members: &[(&str, &[u8])]) -> Vec<u8> {
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in members {
        writer.start_file(*name, options).expect("it has room");
        writer.write_all(bytes).expect("it has room");
    }
    writer.finish().expect("it has room").into_inner()
}

/// A size whose bytes stand nowhere else in the files of these tests.
const SIZE: usize = 1_234_567;

const GOOD: (&str, &[u8]) = (MANIFEST, br#"{"filterlab": 1}"#);

fn problem_of(bytes: &[u8]) -> (Option<Place>, Problem) {
    let error = opened(bytes).expect_err("it is hostile");
    match error.reason {
        Reason::Bundle(problem) => (error.place, problem),
        other => panic!("{other:?} at {:?}", error.place),
    }
}

fn at(name: &str) -> Option<Place> {
    Some(Place::Field(name.into()))
}

/// Replaces bytes that are there exactly `times` times.
fn replaced(bytes: &[u8], old: &[u8], new: &[u8], times: usize) -> Vec<u8> {
    assert_eq!(old.len(), new.len());
    let (mut bytes, mut found) = (bytes.to_vec(), 0);
    for at in 0..=bytes.len() - old.len() {
        if bytes[at..].starts_with(old) {
            bytes[at..at + new.len()].copy_from_slice(new);
            found += 1;
        }
    }
    assert_eq!(found, times, "the file has another shape than was thought");
    bytes
}

#[test]
fn a_bundle_runs_the_same_byte_for_byte_wherever_it_is_opened() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let (mut scenario, modules) = sample();
    let file = folder.path().join("deep/filter.wasm");
    std::fs::create_dir(folder.path().join("deep")).expect("it can be made");
    std::fs::write(&file, modules[0].read().expect("it is there")).expect("it can be written");
    scenario.chain[0].path = "deep/filter.wasm".into();
    let source = Source { file: Some(folder.path().join("x.scenario.json")) };
    let bundle = written(&scenario, &ModuleSource::all(&scenario, &source), true);
    let here = run::run_scenario(&scenario, &source).expect("it runs");
    // Nothing of the folder is left but the bundle.
    drop(folder);
    let imported = opened(&bundle).expect("it opens");
    assert_eq!(imported.left_out, []);
    let again = &imported.scenarios[0];
    let elsewhere = ran(again).expect("it runs");
    let stored = recorded(&bundle).expect("it opens").expect("it holds a run");
    assert_eq!(crate::cli::as_json(&here, &scenario), crate::cli::as_json(&elsewhere, again));
    assert_eq!(stored.json, crate::cli::as_json(&elsewhere, again));
    assert_eq!(stored.difference(&elsewhere, again), None);
}

#[test]
fn nothing_of_a_scenario_gets_lost_and_equal_ones_make_equal_files() {
    let (mut scenario, modules) = sample();
    scenario.unknown.insert("later".into(), 1.into());
    scenario.request.headers.push(HeaderLine::new("x-any", Body::from(vec![0xff, 1])));
    let bundle = written(&scenario, &modules, true);
    assert_eq!(bundle, written(&scenario, &modules, true));
    let mut again = opened(&bundle).expect("it opens").scenarios.remove(0);
    let module = again.chain[0].module.take().expect("it is in the file");
    assert_eq!(module.0, modules[0].read().expect("it is there"));
    scenario.chain[0].path = scenario.chain[0].module_name();
    assert_eq!(again, scenario);
}

#[test]
fn a_module_that_stands_twice_in_a_chain_is_held_once() {
    let (mut scenario, mut modules) = sample();
    scenario.chain.push(scenario.chain[0].clone());
    modules.push(modules[0].clone());
    let bundle = written(&scenario, &modules, true);
    let archive = Archive::open(&bundle).expect("it opens");
    assert_eq!(archive.names().filter(|name| name.starts_with("modules/")).count(), 1);
    let again = opened(&bundle).expect("it opens").scenarios.remove(0);
    assert!(again.chain.iter().all(|filter| filter.module.is_some()));
}

#[test]
fn a_module_that_is_not_there_is_an_error_and_one_that_is_off_is_told() {
    let (mut scenario, mut modules) = sample();
    scenario.chain.push(Filter { path: "gone.wasm".into(), ..Filter::default() });
    modules.push(ModuleSource::File("/nowhere/gone.wasm".into()));
    let export = Export {
        scenario: &scenario,
        modules: &modules,
        trace: None,
        with_secrets: true,
        language: Language::English,
    };
    let error = write(Format::Bundle, &export).expect_err("there is no such file");
    assert_eq!(error.place, at("chain[1].filter"));
    assert!(matches!(error.reason, Reason::Module(_)));
    scenario.chain[1].off = true;
    let export = Export {
        scenario: &scenario,
        modules: &modules,
        trace: None,
        with_secrets: true,
        language: Language::English,
    };
    let made = write(Format::Bundle, &export).expect("nobody runs it");
    let place = Place::Field("chain[1].filter".into());
    assert_eq!(made.left_out, [LeftOut { place, why: Why::OtherFile { path: "gone.wasm".into() } }]);
    let Files::One(bytes) = made.files else { panic!("it is one file") };
    assert!(opened(&bytes).expect("it opens").scenarios[0].chain[1].off);
}

#[test]
fn without_secrets_neither_scenario_nor_run_holds_them() {
    let (mut scenario, modules) = sample();
    scenario.request.headers.push(HeaderLine::new("Authorization", "Bearer s3cr3t-token"));
    scenario.request.headers.push(HeaderLine::new("cookie", "sid=s3cr3t-cookie"));
    scenario.reply.headers.push(HeaderLine::new("set-cookie", "sid=s3cr3t-cookie; Secure"));
    let text = |bytes: &[u8]| {
        let mut archive = Archive::open(bytes).expect("it opens");
        format!("{}{}", archive.text(SCENARIO).expect("text").to_owned(), archive.text(RUN).expect("text"))
    };
    assert!(text(&written(&scenario, &modules, true)).contains("s3cr3t-token"));
    let masked = written(&scenario, &modules, false);
    assert!(!text(&masked).contains("s3cr3t"));
    let again = opened(&masked).expect("it opens").scenarios.remove(0);
    let stored = recorded(&masked).expect("it opens").expect("it holds a run");
    let trace = ran(&again).expect("it runs");
    assert_eq!(stored.difference(&trace, &again), None, "the run is that of the masked scenario");
}

/// The scenario of a file with a sample, its run here, and the one in the file.
fn sample_again() -> (Scenario, Trace, Recorded) {
    let (scenario, modules) = sample();
    let bundle = written(&scenario, &modules, true);
    let again = opened(&bundle).expect("it opens").scenarios.remove(0);
    let trace = ran(&again).expect("it runs");
    let stored = recorded(&bundle).expect("it opens").expect("it holds a run");
    (again, trace, stored)
}

#[test]
fn a_recorded_run_that_differs_is_told_with_its_place() {
    let (again, trace, mut stored) = sample_again();
    stored.json = stored.json.replacen("\"kind\": \"finished\"", "\"kind\": \"paused\"", 1);
    let found = stored.difference(&trace, &again).expect("they differ");
    assert_eq!((found.place.as_str(), found.recorded.as_str()), ("outcome.kind", "\"paused\""));
    assert_eq!(found.now, "\"finished\"");
}

#[test]
fn of_another_version_sentences_and_new_fields_are_no_difference() {
    let (again, trace, mut stored) = sample_again();
    stored.json = stored.json.replacen("\"reason\": \"", "\"newer\": 1, \"reason\": \"So it was: ", 1);
    assert!(stored.difference(&trace, &again).is_some());
    stored.by_this_version = false;
    assert_eq!(stored.difference(&trace, &again), None);
}

#[test]
fn names_that_lead_out_of_the_archive_are_refused_with_the_member() {
    for name in ["../evil", "a/../../evil", "/etc/passwd", "C:evil", "a\\b", "a//b", "./a", "a\u{1}b"] {
        // The writer is more careful than an attacker: the name is put in afterwards.
        let plain = "n".repeat(name.len());
        let bytes = zip_of(&[GOOD, (&plain, b"x")]);
        let bytes = replaced(&bytes, plain.as_bytes(), name.as_bytes(), 2);
        assert_eq!(problem_of(&bytes), (at(name), Problem::UnsafeName), "{name:?}");
    }
}

#[test]
fn a_bomb_is_refused_by_what_it_declares_and_never_unpacked() {
    let zeros = vec![0; SIZE];
    let bytes = zip_of(&[GOOD, (SCENARIO, &zeros)]);
    // The directory and the member say four gigabytes less one; the bytes stay a thousandth of that.
    let huge = 0xffff_fff0_u32.to_le_bytes();
    let bytes = replaced(&bytes, &(SIZE as u32).to_le_bytes(), &huge, 2);
    let error = opened(&bytes).expect_err("it is a bomb");
    assert_eq!(error.place, at(SCENARIO));
    assert!(matches!(error.reason, Reason::TooLarge { size: 0xffff_fff0, limit } if limit <= MAX_UNPACKED));
}

#[test]
fn a_member_that_unpacks_to_more_than_it_declares_is_cut_off() {
    let zeros = vec![0; SIZE];
    let bytes = zip_of(&[GOOD, (SCENARIO, &zeros)]);
    let bytes = replaced(&bytes, &(SIZE as u32).to_le_bytes(), &77_u32.to_le_bytes(), 2);
    assert_eq!(problem_of(&bytes), (at(SCENARIO), Problem::OtherSize { declared: 77 }));
    let bytes = zip_of(&[GOOD, (SCENARIO, &zeros)]);
    let bytes = replaced(&bytes, &(SIZE as u32).to_le_bytes(), &(2_u32 << 20).to_le_bytes(), 2);
    let (place, found) = problem_of(&bytes);
    assert_eq!(place, at(SCENARIO));
    assert_eq!(found, Problem::OtherSize { declared: 2 << 20 });
}

#[test]
fn all_members_together_count_towards_one_limit() {
    let zeros = vec![0; SIZE];
    let bytes = zip_of(&[GOOD, (SCENARIO, &zeros)]);
    let mut archive = Archive::open(&bytes).expect("it opens");
    archive.left = SIZE as u64;
    archive.bytes(MANIFEST).expect("it is small");
    let error = archive.bytes(SCENARIO).expect_err("there is no room left");
    assert!(matches!(error.reason, Reason::TooLarge { size: 1_234_567, limit: 1_234_551 }));
}

#[test]
fn thousands_of_members_are_refused_with_their_number() {
    let names: Vec<String> = (0..=MAX_MEMBERS).map(|number| format!("m{number}")).collect();
    let members: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), &b""[..])).collect();
    let found = problem_of(&zip_of(&members));
    assert_eq!(found, (None, Problem::TooMany { count: MAX_MEMBERS + 1, limit: MAX_MEMBERS }));
}

#[test]
fn two_members_of_one_name_are_refused() {
    let bytes = zip_of(&[GOOD, ("scenario.jsom", b"{}"), (SCENARIO, b"{}")]);
    let bytes = replaced(&bytes, b"scenario.jsom", SCENARIO.as_bytes(), 2);
    assert_eq!(problem_of(&bytes), (None, Problem::Duplicates));
}

#[test]
fn a_wrong_checksum_names_the_member() {
    let content = br#"{"chain": [{"filter": "a.wasm"}]}"#;
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in [GOOD, (SCENARIO, content)] {
        writer.start_file(name, options).expect("it has room");
        writer.write_all(bytes).expect("it has room");
    }
    let bytes = writer.finish().expect("it has room").into_inner();
    let bytes = replaced(&bytes, b"a.wasm", b"b.wasm", 1);
    assert_eq!(problem_of(&bytes), (at(SCENARIO), Problem::Checksum));
}

#[test]
fn encrypted_members_are_refused() {
    let mut bytes = zip_of(&[GOOD, (SCENARIO, b"{}")]);
    // Bit 0 of the general purpose flag: 6 bytes into a member, 8 bytes into an entry of the directory.
    for at in 0..bytes.len() - 4 {
        match &bytes[at..at + 4] {
            b"PK\x03\x04" => bytes[at + 6] |= 1,
            b"PK\x01\x02" => bytes[at + 8] |= 1,
            _ => {}
        }
    }
    assert_eq!(problem_of(&bytes), (at(MANIFEST), Problem::Encrypted));
}

#[test]
fn zip64_and_lies_about_the_number_of_members_are_refused() {
    let bytes = zip_of(&[GOOD]);
    let end = bytes.len() - 22;
    let mut many = bytes.clone();
    many[end + 8..end + 12].fill(0xff);
    assert_eq!(problem_of(&many), (None, Problem::Zip64));
    let mut far = bytes.clone();
    far[end + 16..end + 20].fill(0xff);
    assert_eq!(problem_of(&far), (None, Problem::Zip64));
    let mut located = bytes.clone();
    let locator = [&b"PK\x06\x07"[..], &[0; 16]].concat();
    located.splice(end..end, locator);
    assert_eq!(problem_of(&located), (None, Problem::Zip64));
    let mut lies = zip_of(&[GOOD, ("a", b"x")]);
    let end = lies.len() - 22;
    (lies[end + 8], lies[end + 10]) = (1, 1);
    let found = opened(&lies);
    assert!(found.is_err(), "a member that is not counted is none: {found:?}");
}

#[test]
fn a_zip_within_a_bundle_stays_closed_and_what_nobody_knows_is_told() {
    let (scenario, modules) = sample();
    let inner = written(&scenario, &modules, true);
    let chain = format!(r#"{{"chain": [{{"filter": "in.wasm", "sha256": "{}"}}]}}"#, run::hash(&inner));
    let module = member_of(&run::hash(&inner));
    let bytes = zip_of(&[GOOD, (SCENARIO, chain.as_bytes()), (&module, &inner), ("readme.txt", b"hello")]);
    let imported = opened(&bytes).expect("it opens");
    let place = Place::Field("readme.txt".into());
    assert_eq!(imported.left_out, [LeftOut { place, why: Why::NoCounterpart }]);
    let held = imported.scenarios[0].chain[0].module.as_ref().expect("it is there");
    assert_eq!(held.0, inner, "it is taken for a module, as it stands");
    let trace = ran(&imported.scenarios[0]).expect("it is planned");
    assert_eq!(trace.outcome.kind(), "refused");
}

#[test]
fn a_scenario_that_names_files_outside_is_refused() {
    let bytes = zip_of(&[GOOD, (SCENARIO, br#"{"chain": [{"filter": "/etc/hostname"}]}"#)]);
    assert_eq!(problem_of(&bytes), (at("chain[0].filter"), Problem::Missing));
}

#[test]
fn another_module_than_the_manifest_names_is_refused() {
    let sha256 = run::hash(b"one");
    let chain = format!(r#"{{"chain": [{{"filter": "a.wasm", "sha256": "{sha256}"}}]}}"#);
    let file = member_of(&sha256);
    let bytes = zip_of(&[GOOD, (SCENARIO, chain.as_bytes()), (&file, b"another")]);
    assert_eq!(problem_of(&bytes), (at(&file), Problem::OtherModule { found: run::hash(b"another") }));
    let bytes = zip_of(&[GOOD, (SCENARIO, chain.as_bytes())]);
    assert_eq!(problem_of(&bytes), (at(&file), Problem::Missing));
}

#[test]
fn what_is_no_bundle_says_so() {
    assert_eq!(problem_of(&zip_of(&[("a", b"x")])), (None, Problem::NoBundle));
    assert_eq!(
        problem_of(&zip_of(&[(MANIFEST, br#"{"filterlab": 2}"#)])),
        (at(MANIFEST), Problem::Newer { found: 2 })
    );
    assert!(matches!(problem_of(b"PK\x03\x04"), (None, Problem::Broken(_))));
    let whole = zip_of(&[GOOD, (SCENARIO, b"{}")]);
    for end in 0..whole.len() {
        assert!(opened(&whole[..end]).is_err(), "cut off at {end}");
    }
}

#[test]
fn no_byte_of_a_bundle_can_be_changed_without_an_error_or_the_same_scenario() {
    let whole = zip_of(&[GOOD, (SCENARIO, br#"{"chain": [{"filter": "a.wasm", "off": true}]}"#)]);
    let honest = opened(&whole).expect("it opens").scenarios;
    for at in 0..whole.len() {
        let mut spoilt = whole.clone();
        spoilt[at] ^= 0x55;
        if let Ok(imported) = opened(&spoilt) {
            assert_eq!(imported.scenarios, honest, "byte {at}");
        }
    }
}
