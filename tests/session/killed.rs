//! kill -9 at any moment: what was reported to be on the disk is there, and no file is broken.
//!
//! The writer is this test binary, started again as a process of its own. It edits as fast as it can, says each edit that it
//! has handed over and each of which the session says that it is on the disk, and is killed after a number of lines that a
//! seed decides. How late an edit is handed over is the window's part, see `tests/gui/keeping.rs`.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use filterlab::scenario::Scenario;
use filterlab::session::{FileNow, Kept, News, Session};

use crate::support::{begin, document, state};

/// The folder in which the child keeps its session; where it is not set, this is no child.
const CHILD: &str = "FILTERLAB_STORM";
const TRIES: usize = 100;
/// Documents that are edited in turn.
const OPEN: usize = 3;

/// The scenario after so many edits. All of it depends on the number, so that a mixture of two would be noticed. Some
/// bodies are so large that they have files of their own.
fn after(edit: u64) -> Arc<Scenario> {
    let mut scenario = Scenario { name: format!("edit {edit}"), ..Scenario::default() };
    scenario.request.url = format!("https://example.com/{edit}");
    let lines = if edit.is_multiple_of(29) { 20_000 } else { 1 + (edit as usize % 97) * 40 };
    scenario.reply.body = format!("{edit}\n").repeat(lines).into();
    scenario.into()
}

/// The number of edits of which this is the result. Panics if it is not the whole of one.
fn edits(kept: &Kept) -> u64 {
    let number = kept.present.scenario.name.strip_prefix("edit ").and_then(|number| number.parse().ok());
    let number = number.unwrap_or_else(|| panic!("{}", kept.present.scenario.name));
    assert_eq!(kept.present.scenario, after(number));
    for (place, step) in kept.undo.iter().rev().enumerate() {
        assert_eq!(
            step.scenario,
            after(number - (1 + place as u64) * OPEN as u64),
            "the step back is the edit before"
        );
    }
    number
}

/// What is on the disk: the last edit, over all documents. They were edited in turn, so that none is left behind further
/// than the others by more than a round in any state that was handed over.
fn last_edit(open: &[(Kept, FileNow)]) -> u64 {
    open.iter().map(|(kept, _)| edits(kept)).max().unwrap_or_default()
}

/// Edits what is open, one document after the other.
struct Storm {
    open: Vec<Arc<Kept>>,
    edit: u64,
}

impl Storm {
    fn on(root: &Path) -> (Session, Self) {
        let begun = begin(root);
        let mut open: Vec<Arc<Kept>> = begun.restored.open.into_iter().map(|(kept, _)| kept.into()).collect();
        let edit = open.iter().map(|kept| edits(kept)).max().unwrap_or(OPEN as u64 - 1);
        open.sort_by_key(|kept| edits(kept));
        // Killed before all were there; the others begin where they would be.
        for place in open.len()..OPEN {
            let mut kept = (*document("", 0)).clone();
            kept.present.scenario = after(place as u64);
            open.push(kept.into());
        }
        (begun.session, Self { open, edit })
    }

    fn step(&mut self) {
        self.edit += 1;
        let kept = &mut self.open[(self.edit % OPEN as u64) as usize];
        let kept = Arc::make_mut(kept);
        let before = kept.present.clone();
        kept.present.scenario = after(self.edit);
        let follows = before.scenario == after(self.edit - OPEN as u64);
        kept.undo = if follows { vec![before] } else { Vec::new() };
    }
}

/// As a child: edits until it is killed. Else the same for a while, with nobody who kills it.
#[test]
fn a_storm_of_edits_is_kept() {
    if let Some(root) = std::env::var_os(CHILD) {
        storm(&PathBuf::from(root));
    }
    let root = tempfile::tempdir().expect("a folder can be made");
    let (mut session, mut storm) = Storm::on(root.path());
    for _ in 0..1_000 {
        storm.step();
        session.keep(state(&storm.open.iter().collect::<Vec<_>>(), &[]));
    }
    drop(session);
    assert_eq!(last_edit(&begin(root.path()).restored.open), storm.edit, "the last one is waited for");
}

fn storm(root: &Path) -> ! {
    let (mut session, mut storm) = Storm::on(root);
    let mut out = std::io::stdout();
    let mut say = |words: &str, edit: u64| {
        // Not `println`, which the harness would keep for itself.
        writeln!(out, "{words} {edit}").and_then(|()| out.flush()).expect("somebody listens");
    };
    let first = storm.edit;
    loop {
        storm.step();
        session.keep(state(&storm.open.iter().collect::<Vec<_>>(), &[]));
        say("handed over", storm.edit);
        while let Some(news) = session.poll() {
            match news {
                News::Kept { number } => say("durable", first + number),
                other => panic!("{other:?}"),
            }
        }
    }
}

/// SplitMix64 (Steele, Lea, Flood 2014): the same numbers for the same seed.
struct Seeded(u64);

impl Seeded {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % limit
    }
}

#[test]
fn statement_22_kill_nine_at_any_moment_loses_nothing_that_was_kept_and_breaks_no_file() {
    let root = tempfile::tempdir().expect("a folder can be made");
    let mut seeded = Seeded(22);
    let mut tries_with_durable = 0;
    for attempt in 0..TRIES {
        let mut child = Command::new(std::env::current_exe().expect("it has a name"))
            .args(["--exact", "killed::a_storm_of_edits_is_kept", "--nocapture", "--test-threads=1"])
            .env(CHILD, root.path())
            .stdout(Stdio::piped())
            .spawn()
            .expect("it can be started");
        let mut lines = BufReader::new(child.stdout.take().expect("it is piped")).lines();
        let (mut handed_over, mut durable) = (0, 0);
        let read = |line: &str, handed_over: &mut u64, durable: &mut u64| {
            let number =
                |words: &str| line.split_once(words).and_then(|(_, number)| number.trim().parse().ok());
            *handed_over = number("handed over ").unwrap_or(*handed_over);
            *durable = number("durable ").unwrap_or(*durable);
        };
        // So often something is said to be on the disk, and so many more lines come.
        let (mut kept, mut more) = (seeded.below(5), seeded.below(300));
        while kept > 0 || more > 0 {
            let line = lines.next().expect("it goes on").expect("it is text");
            let before = durable;
            read(&line, &mut handed_over, &mut durable);
            match kept {
                0 => more -= 1,
                _ => kept -= u64::from(durable != before),
            }
        }
        for _ in 0..seeded.below(20_000) {
            std::hint::spin_loop();
        }
        // On Unix this is SIGKILL.
        child.kill().expect("it lives");
        child.wait().expect("it is dead");
        // What it had said before it died counts, too.
        for line in lines.map_while(Result::ok) {
            read(&line, &mut handed_over, &mut durable);
        }
        tries_with_durable += usize::from(durable > 0);

        let restored = begin(root.path()).restored;
        assert!(restored.problems.is_empty(), "try {attempt}: {:?}", restored.problems);
        assert!(durable == 0 || restored.open.len() == OPEN, "try {attempt}");
        let found = last_edit(&restored.open);
        assert!(found >= durable, "try {attempt}: {found} is on the disk, {durable} was said to be");
        // It may have died between handing over and saying so.
        assert!(
            found <= handed_over + 1,
            "try {attempt}: {found} is on the disk, {handed_over} was handed over"
        );
    }
    assert!(tries_with_durable > TRIES / 2, "{tries_with_durable} tries had something to lose");
}
