//! Folders of scenarios and rebuilt filters.
//!
//! - `list/1000`: 1,000 scenarios in ten subfolders, from the disk to the list. At most 0.5 s.
//! - `rows/1000`: what the list shows of them after a letter in the filter.
//! - `frame/10`, `frame/1000`: a frame with a list of so many rows beside the sample's result: the same for both.
//! - `rebuild`, printed before the figures: from the last byte of a rebuilt filter to the window that has its result, and
//!   what of it was the compiler's. At most 150 ms more than that.

mod support;

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use criterion::{Criterion, criterion_group, criterion_main};
use filterlab::folder::list;
use filterlab::gui::commands::Command;
use filterlab::gui::folder::Rows;
use filterlab::gui::shell::Start;
use filterlab::host::{Compiler, Engine, Module};
use filterlab::samples;
use support::Window;

/// A folder with so many scenarios in ten subfolders, all of one filter.
fn folder(count: usize) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let sample = samples::find("add_headers").expect("it is bundled");
    std::fs::write(folder.path().join("filter.wasm"), sample.module).expect("it can be written");
    let mut scenario = sample.scenario.clone();
    scenario.chain[0].path = "../filter.wasm".into();
    for place in 0..count {
        let group = folder.path().join(format!("group {}", place % 10));
        std::fs::create_dir_all(&group).expect("folders can be made");
        scenario.name = format!("场景 {place}");
        scenario.save(&group.join(format!("{place}.scenario.json"))).expect("it can be written");
    }
    folder
}

fn lists(criterion: &mut Criterion) {
    let thousand = folder(1_000);
    criterion.bench_function("list/1000", |bencher| {
        bencher.iter(|| {
            let listing = list(thousand.path()).expect("it can be read");
            assert_eq!(listing.entries.len(), 1_000);
        });
    });
    let listing = list(thousand.path()).expect("it can be read");
    criterion.bench_function("rows/1000", |bencher| {
        bencher.iter(|| Rows::new(&listing, "9", &BTreeSet::new()).rows.len());
    });
    for (name, folder) in [("frame/10", folder(10)), ("frame/1000", thousand)] {
        let mut window = Window::open(Start::Path(folder.path().to_owned()));
        window.shell.model.folder.wait_for_list();
        window.settle();
        window.shell.model.folder.wait_for_round();
        window.settle();
        window.apply(Command::ShowScenarios);
        for _ in 0..5 {
            window.frame(Vec::new());
        }
        assert!(window.shell.model.folder.running.is_none(), "nothing runs beside it");
        criterion.bench_function(name, |bencher| bencher.iter(|| window.frame(Vec::new())));
    }
}

fn rebuilds(_criterion: &mut Criterion) {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let path = folder.path().join("filter.wasm");
    let modules = ["add_headers", "mask_pii"].map(|id| samples::find(id).expect("it is bundled").module);
    std::fs::write(&path, modules[0]).expect("it can be written");
    let mut window = Window::open(Start::Path(path.clone()));
    let engine = Engine::new(Compiler::default()).expect("there is a compiler");
    let mut more = Vec::new();
    for round in 0..20 {
        window.shell.model.watching.wait_until_watched();
        let bytes = modules[(round + 1) % 2];
        std::fs::write(&path, bytes).expect("it can be written");
        let began = Instant::now();
        window.shell.model.watching.wait();
        window.settle();
        let took = began.elapsed();
        let began = Instant::now();
        Module::compile(&engine, bytes).expect("it is a module");
        more.push(took.saturating_sub(began.elapsed()));
    }
    more.sort_unstable();
    let most = more.last().copied().unwrap_or_default();
    println!("rebuild: median {:?}, at most {most:?} more than the compiler takes", more[more.len() / 2]);
    assert!(most < Duration::from_secs(5), "something waits for what never comes");
}

criterion_group!(benches, rebuilds, lists);
criterion_main!(benches);
