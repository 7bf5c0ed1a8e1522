//! The sample filters in the repository: a source and its compiled module never drift apart unnoticed.

use std::fs;
use std::path::{Path, PathBuf};

use filterlab::samples;
use sha2::{Digest, Sha256};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("sample_filters")
}

fn hex(digest: impl AsRef<[u8]>) -> String {
    digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Every file under `folder`, as paths relative to `base` with `/` between their parts.
fn files_under(base: &Path, folder: &str, found: &mut Vec<String>) {
    for entry in fs::read_dir(base.join(folder)).expect("the folder is readable") {
        let entry = entry.expect("the entry is readable");
        let path = format!("{folder}/{}", entry.file_name().to_str().expect("names are UTF-8"));
        match entry.file_type().expect("the entry has a type").is_dir() {
            true => files_under(base, &path, found),
            false => found.push(path),
        }
    }
}

/// What `sample_filters/build.sh` records in `filter.sources.sha256`, computed anew.
fn recorded(filter: &Path) -> String {
    let mut sources = Vec::new();
    files_under(filter, "src", &mut sources);
    sources.sort_by(|a, b| a.as_bytes().cmp(b.as_bytes()));
    sources.insert(0, "Cargo.toml".into());
    sources.extend(["../Cargo.toml".into(), "../Cargo.lock".into()]);
    let mut digest = Sha256::new();
    for source in &sources {
        digest.update(format!("{source}\n"));
        digest.update(fs::read(filter.join(source)).expect("the source is readable"));
    }
    let module = fs::read(filter.join("filter.wasm")).expect("the module is readable");
    format!("sources {}\nwasm {}\n", hex(digest.finalize()), hex(Sha256::digest(module)))
}

#[test]
fn every_module_was_built_from_the_sources_beside_it() {
    for sample in samples::all() {
        let filter = folder().join(sample.id);
        let found = fs::read_to_string(filter.join("filter.sources.sha256")).expect("the record is readable");
        assert_eq!(
            recorded(&filter),
            found,
            "{0}: the sources or the module changed; run sample_filters/build.sh {0}",
            sample.id
        );
    }
}

#[test]
fn the_record_changes_with_any_source_and_with_the_module() {
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let filter = scratch.path().join("filter");
    fs::create_dir_all(filter.join("src/deep")).expect("folders");
    let files =
        ["Cargo.toml", "src/lib.rs", "src/deep/more.rs", "../Cargo.toml", "../Cargo.lock", "filter.wasm"];
    for file in files {
        fs::write(filter.join(file), file).expect("written");
    }
    let before = recorded(&filter);
    for file in files {
        fs::write(filter.join(file), format!("{file} changed")).expect("written");
        assert_ne!(recorded(&filter), before, "{file}");
        fs::write(filter.join(file), file).expect("written");
    }
    assert_eq!(recorded(&filter), before);
    fs::write(filter.join("src/new.rs"), "").expect("written");
    assert_ne!(recorded(&filter), before, "a new file");
}

#[test]
fn every_folder_with_a_module_is_a_sample() {
    let mut folders: Vec<String> = fs::read_dir(folder())
        .expect("the folder is readable")
        .map(|entry| entry.expect("the entry is readable"))
        .filter(|entry| entry.path().join("filter.wasm").exists())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    folders.sort();
    let mut listed: Vec<&str> = samples::all().iter().map(|sample| sample.id).collect();
    listed.sort_unstable();
    assert_eq!(folders, listed);
}

#[test]
fn the_embedded_module_is_the_one_in_the_folder() {
    for sample in samples::all() {
        let module = fs::read(folder().join(sample.id).join("filter.wasm")).expect("the module is readable");
        assert!(sample.module == module, "{}", sample.id);
    }
}
