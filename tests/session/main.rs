//! What a window has open outlives the window: broken files, other windows, other programs, and kill -9.

mod killed;
mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use filterlab::scenario::Filter;
use filterlab::session::{FileNow, Kept, KeptModule, News, Problem, Saved, Session, Version};

use support::{Begun, begin, document, files, kept_at, names, one_folder, state};

#[test]
fn what_was_open_is_there_again_in_its_order_with_its_steps() {
    let root = tempfile::tempdir().expect("a folder can be made");
    let (first, second, closed) = (document("first", 3), document("second", 0), document("closed", 1));
    {
        let Begun { mut session, restored } = begin(root.path());
        assert!(restored.open.is_empty() && restored.problems.is_empty());
        let mut state = state(&[&first, &second], &[&closed]);
        state.index.front = Some(second.id);
        state.index.window = serde_json::json!({"left_width": 300});
        session.keep(state);
    }
    let Begun { restored, .. } = begin(root.path());
    assert_eq!(names(&restored.open), ["first", "second"]);
    assert_eq!(names(&restored.closed), ["closed"]);
    assert_eq!(restored.front, Some(second.id));
    assert_eq!(restored.window["left_width"], 300);
    assert_eq!(restored.open[0].0, *first, "with everything that is kept of it");
    assert_eq!(restored.open[0].0.undo.len(), 3);
    assert!(restored.problems.is_empty());
}

/// A document with bodies of so many bytes, and a module.
fn large(name: &str, size: usize) -> Arc<Kept> {
    let mut kept = (*document(name, 0)).clone();
    let mut scenario = (*kept.present.scenario).clone();
    scenario.request.body = "a line of text\n".repeat(size / 15).into();
    scenario.reply.body = vec![0xff; size].into();
    scenario.chain = vec![Filter { module: Some(b"\0asm".repeat(size / 4).into()), ..Filter::default() }];
    kept.saved = Saved::Other(scenario.clone().into());
    kept.present = Version {
        scenario: scenario.into(),
        modules: vec![KeptModule::Bytes { name: "a.wasm".into(), bytes: vec![1; size].into() }],
    };
    kept.into()
}

/// The same document after another edit, with the same bodies.
fn renamed(kept: &Arc<Kept>, name: &str) -> Arc<Kept> {
    let mut kept = (**kept).clone();
    Arc::make_mut(&mut kept.present.scenario).name = name.into();
    kept.into()
}

fn bodies(folder: &Path) -> Vec<PathBuf> {
    files(folder).iter().filter(|name| name.ends_with(".body")).map(|name| folder.join(name)).collect()
}

#[test]
fn large_bodies_are_there_again() {
    let root = tempfile::tempdir().expect("a folder can be made");
    let kept = renamed(&large("first", 1 << 20), "edited");
    kept_at(root.path(), &[&kept]);
    assert_eq!(bodies(&one_folder(root.path())).len(), 4, "the saved version has the same ones");
    let Begun { mut session, restored } = begin(root.path());
    assert!(restored.problems.is_empty());
    assert_eq!(restored.open[0].0, *kept);
    // They are known by now, and go when no document has them any more.
    session.keep(state(&[&document("other", 0)], &[]));
    drop(session);
    assert!(bodies(&one_folder(root.path())).is_empty());
}

#[test]
fn an_edit_beside_a_large_body_does_not_write_it_again() {
    let root = tempfile::tempdir().expect("a folder can be made");
    let kept = large("first", 1 << 20);
    let Begun { mut session, .. } = begin(root.path());
    session.keep(state(&[&kept], &[]));
    assert!(matches!(session.wait(), Some(News::Kept { number: 1 })));
    let folder = one_folder(root.path());
    let bodies = bodies(&folder);
    for path in &bodies {
        fs::write(path, "nobody writes here").expect("it can be written");
    }
    session.keep(state(&[&renamed(&kept, "edited")], &[]));
    assert!(matches!(session.wait(), Some(News::Kept { number: 2 })));
    for path in &bodies {
        assert_eq!(fs::read_to_string(path).expect("it is there"), "nobody writes here");
    }
    let text = fs::read(folder.join(format!("{}.json", kept.id))).expect("it was written");
    assert!(text.len() < 4_000, "{} bytes for a new name", text.len());
}

#[test]
fn a_body_that_is_another_one_by_now_costs_its_document_and_is_kept() {
    let root = tempfile::tempdir().expect("a folder can be made");
    let (good, bad) = (large("good", 100_000), large("bad", 200_000));
    kept_at(root.path(), &[&good, &bad]);
    let folder = one_folder(root.path());
    let of_bad =
        bodies(&folder).into_iter().find(|path| fs::metadata(path).is_ok_and(|meta| meta.len() == 200_000));
    let of_bad = of_bad.expect("it has a file of its own");
    fs::write(&of_bad, "damaged").expect("it can be written");
    let count = bodies(&folder).len();
    let Begun { mut session, restored } = begin(root.path());
    assert_eq!(names(&restored.open), ["good"]);
    assert!(matches!(restored.problems[..], [Problem::Broken { .. }]));
    session.keep(state(&[&renamed(&good, "edited")], &[]));
    drop(session);
    assert!(of_bad.exists() && bodies(&folder).len() >= count - 3, "what it has left is not taken away");
}

#[test]
fn a_broken_document_costs_only_itself_and_is_kept_aside() {
    let root = tempfile::tempdir().expect("a folder can be made");
    let (good, bad) = (document("good", 1), document("bad", 1));
    kept_at(root.path(), &[&good, &bad]);
    let folder = one_folder(root.path());
    let path = folder.join(format!("{}.json", bad.id));
    let whole = fs::read(&path).expect("it was written");
    let half = &whole[..whole.len() / 2];
    fs::write(&path, half).expect("it can be written");

    let Begun { session, restored } = begin(root.path());
    assert_eq!(names(&restored.open), ["good"]);
    let [Problem::Broken { kept }] = &restored.problems[..] else { panic!("{:?}", restored.problems) };
    assert_eq!(fs::read(kept).expect("it is kept"), half);
    drop(session);
    assert!(begin(root.path()).restored.problems.is_empty(), "it is told once");
    assert!(kept.exists(), "and stays");
}

#[test]
fn every_kind_of_broken_document_is_no_more_than_that() {
    let root = tempfile::tempdir().expect("a folder can be made");
    let good = document("good", 0);
    kept_at(root.path(), &[&good]);
    let folder = one_folder(root.path());
    let other = fs::read_to_string(folder.join(format!("{}.json", good.id))).expect("it was written");
    let deep = format!("{{\"version\":1,\"view\":{}", "[".repeat(100_000));
    let wrong =
        ["", "{", "[]", "null", "{\"version\": \"one\"}", "{\"version\": 1}", &other, &deep, "\u{0}\u{0}"];
    for (place, text) in wrong.iter().enumerate() {
        fs::write(folder.join(format!("{place:016x}.json")), text).expect("it can be written");
    }
    let Begun { restored, .. } = begin(root.path());
    assert_eq!(names(&restored.open), ["good"]);
    assert_eq!(restored.problems.len(), wrong.len());
    assert!(restored.problems.iter().all(|problem| matches!(problem, Problem::Broken { .. })));
}

#[test]
fn a_broken_index_costs_only_the_order() {
    let root = tempfile::tempdir().expect("a folder can be made");
    let (first, second) = (document("first", 1), document("second", 1));
    kept_at(root.path(), &[&first, &second]);
    let index = one_folder(root.path()).join("index.json");
    fs::write(&index, "{\"open\": [").expect("it can be written");
    let Begun { restored, .. } = begin(root.path());
    let mut found = names(&restored.open);
    found.sort();
    assert_eq!(found, ["first", "second"]);
    let [Problem::BrokenIndex { kept }] = &restored.problems[..] else { panic!("{:?}", restored.problems) };
    assert!(kept.exists());
}

#[test]
fn what_a_newer_filterlab_kept_is_left_where_it_is() {
    let root = tempfile::tempdir().expect("a folder can be made");
    let (mine, newer) = (document("mine", 0), document("newer", 0));
    kept_at(root.path(), &[&mine, &newer]);
    let path = one_folder(root.path()).join(format!("{}.json", newer.id));
    let text = "{\"version\": 3, \"tabs\": \"in another way\"}";
    fs::write(&path, text).expect("it can be written");
    {
        let Begun { mut session, restored } = begin(root.path());
        assert_eq!(names(&restored.open), ["mine"]);
        assert_eq!(restored.problems, [Problem::Newer { path: path.clone() }]);
        session.keep(state(&[&mine], &[]));
    }
    assert_eq!(fs::read_to_string(&path).expect("it is there"), text);
}

#[test]
fn what_an_older_filterlab_kept_is_read() {
    let root = tempfile::tempdir().expect("a folder can be made");
    kept_at(root.path(), &[]);
    // No field that came later: neither steps nor view nor hash.
    let text = r#"{"version": 1, "id": "00000000000000aa", "origin": {"sample": "mask_pii"},
        "present": {"scenario": {"name": "old", "chain": [{"filter": "mask_pii.wasm"}]}}, "saved": "present"}"#;
    fs::write(one_folder(root.path()).join("00000000000000aa.json"), text).expect("it can be written");
    let Begun { restored, .. } = begin(root.path());
    assert_eq!(names(&restored.open), ["old"]);
    assert_eq!(restored.open[0].0.saved, Saved::Present);
}

#[test]
fn two_windows_never_touch_what_the_other_has_and_one_alone_finds_both() {
    let root = tempfile::tempdir().expect("a folder can be made");
    let (one, two) = (document("of the first", 1), document("of the second", 1));
    let Begun { session: mut first, .. } = begin(root.path());
    first.keep(state(&[&one], &[]));
    let Begun { session: mut second, restored } = begin(root.path());
    assert!(restored.open.is_empty(), "the first window has it");
    second.keep(state(&[&two], &[]));
    second.keep(state(&[&two], &[]));
    drop(first);
    let Begun { session: third, restored } = begin(root.path());
    assert_eq!(names(&restored.open), ["of the first"], "the second window is still there");
    drop(third);
    drop(second);

    let Begun { session: mut alone, restored } = begin(root.path());
    let mut found = names(&restored.open);
    found.sort();
    assert_eq!(found, ["of the first", "of the second"], "what both left");
    let all: Vec<_> = restored.open.iter().map(|(kept, _)| std::sync::Arc::new(kept.clone())).collect();
    alone.keep(state(&all.iter().collect::<Vec<_>>(), &[]));
    drop(alone);
    assert_eq!(fs::read_dir(root.path()).expect("it is there").count(), 1, "one folder has it all");
    assert_eq!(names(&begin(root.path()).restored.open).len(), 2);
}

#[test]
fn a_window_that_died_before_it_had_taken_over_loses_nothing_of_another() {
    let root = tempfile::tempdir().expect("a folder can be made");
    let (one, two) = (document("one", 0), document("two", 0));
    let Begun { session: mut first, .. } = begin(root.path());
    first.keep(state(&[&one], &[]));
    kept_at(root.path(), &[&two]);
    drop(first);
    // Nothing is handed over: as if it had been killed.
    assert_eq!(begin(root.path()).restored.open.len(), 2);
    assert_eq!(begin(root.path()).restored.open.len(), 2);
}

#[test]
fn what_is_closed_for_good_leaves_no_file() {
    let root = tempfile::tempdir().expect("a folder can be made");
    let (stays, goes) = (document("stays", 0), document("goes", 0));
    kept_at(root.path(), &[&stays, &goes]);
    {
        let Begun { mut session, .. } = begin(root.path());
        session.keep(state(&[&stays], &[]));
    }
    assert_eq!(
        files(&one_folder(root.path())),
        ["index.json".to_owned(), "lock".into(), format!("{}.json", stays.id)].into_iter().collect()
    );
}

#[test]
fn what_was_half_written_is_swept_away() {
    let root = tempfile::tempdir().expect("a folder can be made");
    let good = document("good", 0);
    kept_at(root.path(), &[&good]);
    let half = one_folder(root.path()).join(format!("{}.json.4711.tmp", good.id));
    fs::write(&half, "{\"ver").expect("it can be written");
    let Begun { restored, .. } = begin(root.path());
    assert!(restored.problems.is_empty() && !half.exists());
}

fn of_file(path: &Path, text: &str) -> std::sync::Arc<filterlab::session::Kept> {
    fs::write(path, text).expect("it can be written");
    let scenario = filterlab::scenario::Scenario::load(path).expect("it is one");
    let mut kept = (*document("", 0)).clone();
    kept.origin = filterlab::session::Origin::File(path.to_owned());
    kept.present.scenario = scenario.into();
    kept.saved = Saved::Present;
    kept.sha256 = filterlab::run::hash(text.as_bytes());
    kept.into()
}

#[test]
fn it_is_known_whether_somebody_else_wrote_to_the_file() {
    let root = tempfile::tempdir().expect("a folder can be made");
    let path = root.path().join("x.scenario.json");
    let sessions = root.path().join("sessions");
    let kept = of_file(&path, "{\"name\": \"mine\", \"chain\": [{\"filter\": \"a.wasm\"}]}");
    kept_at(&sessions, &[&kept]);
    let now = |sessions: &PathBuf| begin(sessions).restored.open[0].1.clone();
    assert_eq!(now(&sessions), FileNow::Same);
    fs::write(&path, "{ \"name\": \"mine\",\n \"chain\": [{\"filter\": \"a.wasm\"}] }\n")
        .expect("it can be written");
    assert_eq!(now(&sessions), FileNow::Same, "only its spaces are others");
    fs::write(&path, "{\"name\": \"theirs\", \"chain\": [{\"filter\": \"a.wasm\"}]}")
        .expect("it can be written");
    let FileNow::Changed(Some((scenario, _))) = now(&sessions) else { panic!("it is another scenario") };
    assert_eq!(scenario.name, "theirs");
    fs::write(&path, "{").expect("it can be written");
    assert_eq!(now(&sessions), FileNow::Changed(None));
    fs::remove_file(&path).expect("it was there");
    assert_eq!(now(&sessions), FileNow::Gone);
}

#[test]
fn a_place_that_cannot_be_written_to_is_told_and_harms_nobody() {
    let root = tempfile::tempdir().expect("a folder can be made");
    let file = root.path().join("file");
    fs::write(&file, "in the way").expect("it can be written");
    let mut session = Session::start(file.join("sessions"), || {}).expect("a thread can be started");
    assert!(matches!(session.wait(), Some(News::Restored(restored)) if restored.open.is_empty()));
    let number = session.keep(state(&[&document("lost", 0)], &[]));
    assert!(matches!(session.wait(), Some(News::Failed { number: failed, .. }) if failed == number));
    assert!(!session.is_writing());
}

#[cfg(unix)]
#[test]
fn nobody_else_may_look_into_a_session() {
    use std::os::unix::fs::PermissionsExt;
    let root = tempfile::tempdir().expect("a folder can be made");
    let sessions = root.path().join("sessions");
    kept_at(&sessions, &[&document("secret", 0)]);
    for path in [sessions.clone(), one_folder(&sessions)] {
        let mode = fs::metadata(&path).expect("it is there").permissions().mode();
        assert_eq!(mode & 0o077, 0, "{path:?}");
    }
}

#[test]
fn a_path_that_is_no_unicode_is_kept_as_it_is() {
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt;
        let root = tempfile::tempdir().expect("a folder can be made");
        let path = PathBuf::from(std::ffi::OsStr::from_bytes(b"/tmp/\xff.wasm"));
        let mut kept = (*document("", 0)).clone();
        kept.origin = filterlab::session::Origin::Module(path.clone());
        kept_at(root.path(), &[&kept.into()]);
        assert_eq!(begin(root.path()).restored.open[0].0.origin.path(), Some(path.as_path()));
    }
}
