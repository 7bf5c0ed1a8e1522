//! Files of other tools, and what of them is compared.

use std::path::{Path, PathBuf};

use filterlab::convert::{self, Error, Export, Exported, Files, Format, Imported, Input, Place, Reason};
use filterlab::run::ModuleSource;
use filterlab::scenario::{Filter, Scenario, Source};
use serde_json::Value;

pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/convert/files")
}

/// Reads one of the files in `tests/convert/files`, whose format is recognised.
pub fn read(name: &str) -> Imported {
    let opened = convert::open(&folder().join(name), None);
    opened.unwrap_or_else(|error| panic!("{name}: {error:?}")).imported
}

/// Reads a text in this format.
pub fn text(format: Format, text: &str) -> Result<Imported, Error> {
    convert::read(format, &Input { bytes: text.as_bytes(), name: "", folder: None })
}

/// What of a chain differs from its defaults, as JSON.
pub fn chain(scenario: &Scenario) -> Value {
    serde_json::to_value(&scenario.chain).expect("it is JSON")
}

/// What was left out, a line each: `place why`.
pub fn left_out(imported: &Imported) -> Vec<String> {
    imported.left_out.iter().map(|item| format!("{} {:?}", item.place, item.why)).collect()
}

/// Writes a scenario in this format, with its modules where its file would find them.
pub fn write(format: Format, scenario: &Scenario) -> Exported {
    let modules = ModuleSource::all(scenario, &Source { file: Some(folder().join("x.scenario.json")) });
    let language = filterlab::view::Language::English;
    let export = Export { scenario, modules: &modules, trace: None, with_secrets: true, language };
    convert::write(format, &export).expect("it can be written")
}

pub fn one(files: Files) -> String {
    let bytes = files.into_one().expect("it is one file");
    String::from_utf8(bytes.to_vec()).expect("it is text")
}

/// Writes a scenario, and reads what was written.
pub fn there_and_back(format: Format, scenario: &Scenario) -> Scenario {
    let written = one(write(format, scenario).files);
    let mut back = text(format, &written).unwrap_or_else(|error| panic!("{error:?}\n{written}"));
    assert_eq!(back.format, format);
    assert_eq!(back.scenarios.len(), 1, "{written}");
    back.scenarios.remove(0)
}

/// A filter with every field that any of the formats knows.
pub fn rich_filter() -> Filter {
    serde_json::from_str(
        r#"{"filter": "a.wasm", "name": "ns.a", "root_id": "root", "vm_id": "vm", "plugin_config": "{\"a\":1}",
            "vm_config": {"base64": "AP8="}, "env": {"B": "2", "A": "1"}, "failure_policy": "fail_reload",
            "reload_backoff_ms": 1500, "allow_on_headers_stop_iteration": true,
            "capabilities": ["proxy_log", "proxy_on_request_headers"]}"#,
    )
    .expect("it is a filter")
}

/// The place of an error, and its reason as far as it has no place of its own.
#[track_caller]
pub fn fails(result: Result<Imported, Error>) -> (String, Reason) {
    let error = result.expect_err("it cannot be read");
    (error.place.as_ref().map(Place::to_string).unwrap_or_default(), error.reason)
}
