//! Sessions below a folder of the test's own.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use filterlab::scenario::Scenario;
use filterlab::session::{
    DocumentId, FileNow, Index, Kept, News, Origin, Restored, Saved, Session, State, Version,
};

/// A session that has read what was there.
pub struct Begun {
    pub session: Session,
    pub restored: Restored,
}

pub fn begin(root: &Path) -> Begun {
    let mut session = Session::start(root.to_owned(), || {}).expect("a thread can be started");
    let Some(News::Restored(restored)) = session.wait() else { panic!("this is the first news") };
    Begun { session, restored: *restored }
}

pub fn named(name: &str) -> Version {
    let scenario = Scenario { name: name.into(), ..Scenario::default() };
    Version { scenario: scenario.into(), modules: Vec::new() }
}

/// A document with so many steps back.
pub fn document(name: &str, steps: usize) -> Arc<Kept> {
    Arc::new(Kept {
        version: 1,
        id: DocumentId::fresh(),
        origin: Origin::Sample("mask_pii".into()),
        present: named(name),
        saved: Saved::Other(named("as it was").scenario),
        sha256: String::new(),
        undo: (0..steps).map(|step| named(&format!("{name}, step {step}"))).collect(),
        redo: Vec::new(),
        view: serde_json::json!({"center": "timeline"}),
        large: Default::default(),
    })
}

pub fn ids(documents: &[&Arc<Kept>]) -> Vec<DocumentId> {
    documents.iter().map(|kept| kept.id).collect()
}

pub fn state(open: &[&Arc<Kept>], closed: &[&Arc<Kept>]) -> State {
    let index = Index { version: 1, open: ids(open), closed: ids(closed), ..Index::default() };
    State { index, documents: open.iter().chain(closed).map(|kept| (*kept).clone()).collect() }
}

/// A window that had these open, and is gone.
pub fn kept_at(root: &Path, open: &[&Arc<Kept>]) {
    let mut begun = begin(root);
    begun.session.keep(state(open, &[]));
}

pub fn names(documents: &[(Kept, FileNow)]) -> Vec<String> {
    documents.iter().map(|(kept, _)| kept.present.scenario.name.clone()).collect()
}

/// The folder of the only window.
pub fn one_folder(root: &Path) -> PathBuf {
    let mut folders: Vec<_> = std::fs::read_dir(root)
        .expect("it is there")
        .map(|entry| entry.expect("it can be read").path())
        .collect();
    assert_eq!(folders.len(), 1);
    folders.remove(0)
}

pub fn files(folder: &Path) -> BTreeSet<String> {
    let names = std::fs::read_dir(folder)
        .expect("it is there")
        .map(|entry| entry.expect("it can be read").file_name());
    names.map(|name| name.to_string_lossy().into_owned()).collect()
}
