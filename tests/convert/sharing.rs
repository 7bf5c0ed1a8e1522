//! Files to share and reports, from the command line.

use std::process::Command;

/// Runs the program in a folder; gives exit code, standard output and standard error.
fn filterlab(folder: &std::path::Path, arguments: &[&str]) -> (Option<i32>, String, String) {
    let run = Command::new(env!("CARGO_BIN_EXE_filterlab")).current_dir(folder).args(arguments).output();
    let output = run.expect("it starts");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("it is text");
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[test]
fn a_shared_file_runs_the_same_from_another_folder() {
    let (here, there) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let made = filterlab(here.path(), &["convert", "sample:mask_pii", "a.filterlab"]);
    assert_eq!(made, (Some(0), String::new(), String::new()));
    let (code, first, _) = filterlab(here.path(), &["run", "sample:mask_pii", "--json"]);
    assert_eq!(code, Some(0));
    std::fs::rename(here.path().join("a.filterlab"), there.path().join("b.filterlab"))
        .expect("it can be moved");
    assert_eq!(filterlab(there.path(), &["run", "b.filterlab", "--json"]), (Some(0), first, String::new()));
    assert_eq!(std::fs::read_dir(there.path()).expect("it is there").count(), 1, "nothing is unpacked");
}

#[test]
fn a_report_is_in_the_language_that_is_asked_for() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let made = filterlab(folder.path(), &["convert", "sample:add_headers", "r.html", "--lang", "zh"]);
    assert_eq!(made, (Some(0), String::new(), String::new()));
    let html = std::fs::read_to_string(folder.path().join("r.html")).expect("it was written");
    assert!(html.contains("<html lang=\"zh-CN\">"));
    let (code, _, error) =
        filterlab(folder.path(), &["convert", "sample:add_headers", "r.html", "--lang", "fr"]);
    assert_eq!(code, Some(2));
    assert!(error.contains("use en or zh"), "{error}");
}

#[test]
fn a_damaged_file_names_its_member_and_what_to_do() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let file = folder.path().join("a.filterlab");
    std::fs::write(&file, b"PK\x03\x04 and nothing else").expect("it can be written");
    let (code, out, error) = filterlab(folder.path(), &["convert", "a.filterlab", "b.html"]);
    assert_eq!((code, out.as_str()), (Some(2), ""));
    assert!(error.contains("a.filterlab: ") && error.contains("Ask for the file anew"), "{error}");
    assert!(!folder.path().join("b.html").exists());
}

#[test]
fn a_suite_becomes_a_folder_of_scenarios_and_what_was_left_out_is_listed() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let suite = "test { name: \"first\" benchmark: true request_headers {} response_headers {} }\n\
                 test { name: \"second\" request_headers {} response_headers {} }\n";
    std::fs::write(folder.path().join("tests.textpb"), suite).expect("it can be written");
    std::fs::create_dir(folder.path().join("out")).expect("it can be made");
    let (code, _, error) =
        filterlab(folder.path(), &["convert", "tests.textpb", "out", "--filter", "x.wasm"]);
    assert_eq!(code, Some(0), "{error}");
    assert!(error.contains("line 1, column 22: there is nothing that means the same"), "{error}");
    for name in ["first", "second"] {
        let file = folder.path().join(format!("out/{name}.scenario.json"));
        let text = std::fs::read_to_string(file).expect("it was written");
        assert!(text.contains("\"filter\": \"../x.wasm\""), "{text}");
    }
}
