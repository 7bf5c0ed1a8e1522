//! The sample filters, as part of the program: they work wherever it is copied.
//!
//! `sample_filters/samples.json` says which there are and what they are called; the files themselves are listed in
//! this file, since the compiler must know them. A test holds the two together.

use std::ffi::OsStr;
use std::sync::LazyLock;

use serde::Deserialize;

use crate::run::ModuleSource;
use crate::scenario::Scenario;

/// The sample that is shown when nothing else is asked for.
pub const DEFAULT: &str = "mask_pii";

const LIST: &str = include_str!("../sample_filters/samples.json");

/// A sample's files in `sample_filters/<id>/`.
struct Files {
    id: &'static str,
    /// Its name as shown, such as `mask_pii.wasm`.
    module_name: &'static str,
    module: &'static [u8],
    /// Name without `.scenario.json`, and text; the main one first.
    scenarios: &'static [(&'static str, &'static str)],
}

macro_rules! files {
    ($id:literal: $($scenario:literal),*) => {
        Files {
            id: $id,
            module_name: concat!($id, ".wasm"),
            module: include_bytes!(concat!("../sample_filters/", $id, "/filter.wasm")),
            scenarios: &[$((
                $scenario,
                include_str!(concat!("../sample_filters/", $id, "/", $scenario, ".scenario.json")),
            )),*],
        }
    };
}

const FILES: &[Files] = &[
    files!("add_headers": "add_headers", "bad_config"),
    files!("mask_pii": "mask_pii", "broken_json", "not_json", "trailers"),
    files!("access_check": "access_check", "bad_token", "forbidden", "no_token", "public"),
];

/// What stands before the name of a sample where a path is expected.
const PREFIX: &str = "sample:";

/// One entry of `samples.json`.
#[derive(Deserialize)]
struct Entry {
    id: String,
    scenario: String,
    language: String,
    title: Languages,
    summary: Languages,
}

#[derive(Deserialize)]
struct Languages {
    en: String,
    zh: String,
}

/// A sample filter with its scenarios.
#[derive(Clone, Debug)]
pub struct Sample {
    /// Also the name of its folder.
    pub id: &'static str,
    pub title_en: String,
    pub title_zh: String,
    pub summary_en: String,
    pub summary_zh: String,
    /// The filter's source language.
    pub language: String,
    /// The scenario with which the sample opens.
    pub scenario: Scenario,
    /// All its scenarios, the main one first.
    pub scenarios: Vec<SampleScenario>,
    /// The file's name as shown, such as `mask_pii.wasm`.
    pub module_name: &'static str,
    /// The compiled filter.
    pub module: &'static [u8],
}

/// One of a sample's scenarios.
#[derive(Clone, Debug)]
pub struct SampleScenario {
    /// File name without `.scenario.json`.
    pub name: &'static str,
    pub scenario: Scenario,
}

impl Sample {
    /// Where the modules of one of its scenarios come from, one for each filter of the chain.
    pub fn modules(&self, scenario: &Scenario) -> Vec<ModuleSource> {
        vec![self.module_source(); scenario.chain.len()]
    }

    pub fn module_source(&self) -> ModuleSource {
        ModuleSource::Embedded {
            name: self.module_name.into(),
            bytes: bytes::Bytes::from_static(self.module),
        }
    }

    pub fn scenario(&self, name: &str) -> Option<&Scenario> {
        self.scenarios.iter().find(|found| found.name == name).map(|found| &found.scenario)
    }
}

/// All samples, in the order in which they are offered.
pub fn all() -> &'static [Sample] {
    static ALL: LazyLock<Vec<Sample>> = LazyLock::new(read);
    &ALL
}

/// The sample of this id.
pub fn find(id: &str) -> Option<&'static Sample> {
    all().iter().find(|sample| sample.id == id)
}

/// The name in `sample:<name>`, if that is what was given in place of a path.
pub fn name_in(target: &OsStr) -> Option<&str> {
    target.to_str()?.strip_prefix(PREFIX)
}

/// The sample that a path in a scenario names, as `sample:<id>`.
pub fn at(path: &str) -> Option<&'static Sample> {
    find(path.strip_prefix(PREFIX)?)
}

/// The path by which a scenario names a sample's module.
pub fn path_of(sample: &Sample) -> String {
    format!("{PREFIX}{}", sample.id)
}

/// What `<id>` or `<id>/<scenario>` names: a sample, and its main or that scenario.
pub fn named(name: &str) -> Option<(&'static Sample, &'static Scenario)> {
    match name.split_once('/') {
        None => find(name).map(|sample| (sample, &sample.scenario)),
        Some((id, scenario)) => find(id).and_then(|sample| Some((sample, sample.scenario(scenario)?))),
    }
}

/// What cannot be read is left out; that nothing is left out is what the tests below are for.
fn read() -> Vec<Sample> {
    let entries: Vec<Entry> = serde_json::from_str(LIST).unwrap_or_default();
    entries.into_iter().filter_map(sample).collect()
}

fn sample(entry: Entry) -> Option<Sample> {
    let files = FILES.iter().find(|files| files.id == entry.id)?;
    let read = |(name, text): &(&'static str, &str)| {
        Some(SampleScenario { name, scenario: Scenario::from_json(text).ok()? })
    };
    let mut scenarios: Vec<SampleScenario> = files.scenarios.iter().filter_map(read).collect();
    let is_main = |name: &str| entry.scenario == format!("{}/{name}.scenario.json", files.id);
    let main = scenarios.iter().position(|scenario| is_main(scenario.name))?;
    scenarios[..=main].rotate_right(1);
    Some(Sample {
        id: files.id,
        title_en: entry.title.en,
        title_zh: entry.title.zh,
        summary_en: entry.summary.en,
        summary_zh: entry.summary.zh,
        language: entry.language,
        scenario: scenarios.first()?.scenario.clone(),
        scenarios,
        module_name: files.module_name,
        module: files.module,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;

    #[test]
    fn every_sample_of_the_list_is_embedded_in_its_order() {
        let entries: Vec<Entry> = serde_json::from_str(LIST).expect("samples.json is valid");
        let listed: Vec<&str> = entries.iter().map(|entry| entry.id.as_str()).collect();
        let embedded: Vec<&str> = all().iter().map(|sample| sample.id).collect();
        assert_eq!(embedded, listed);
        assert_eq!(FILES.len(), listed.len());
        assert!(find(DEFAULT).is_some());
        for (sample, entry) in all().iter().zip(&entries) {
            assert_eq!(entry.scenario, format!("{}/{}.scenario.json", sample.id, sample.scenarios[0].name));
            assert_eq!(sample.scenario, sample.scenarios[0].scenario);
        }
    }

    #[test]
    fn every_scenario_file_of_a_sample_is_embedded_and_names_the_embedded_filter() {
        for sample in all() {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample_filters").join(sample.id);
            let files: BTreeSet<String> = std::fs::read_dir(&folder)
                .expect("the sample has a folder")
                .map(|entry| entry.expect("is readable").file_name().to_string_lossy().into_owned())
                .filter_map(|name| Some(name.strip_suffix(".scenario.json")?.to_owned()))
                .collect();
            let embedded: BTreeSet<String> =
                sample.scenarios.iter().map(|scenario| scenario.name.to_owned()).collect();
            assert_eq!(embedded, files, "{}", sample.id);
            for SampleScenario { name, scenario } in &sample.scenarios {
                for filter in &scenario.chain {
                    assert_eq!(filter.path, "filter.wasm", "{}/{name}", sample.id);
                }
                assert_eq!(sample.modules(scenario).len(), scenario.chain.len());
            }
        }
    }
}
