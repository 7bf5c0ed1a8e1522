//! Files that the user chose, read on a thread of their own so that a slow disk does not stop the window.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use bytes::Bytes;

use super::document::{Document, DocumentId};
use super::editing::ModuleUse;
use super::looking::FileKind;
use super::model::{PathFor, Side};
use super::sharing::Shared;
use crate::files::{read_at_most, write_whole};
use crate::host::LoadError;
use crate::run::ModuleSource;
use crate::scenario::FileError;

/// Most files are read by then; the window waits that long, since showing something else in between would only flash.
const SHORT: Duration = Duration::from_millis(20);
/// Largest file that becomes a body, in bytes.
pub const MAX_BODY: u64 = 64_000_000;

/// Why it is looked what a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LookFor {
    Open,
    /// It was dropped on the chain.
    Chain,
    /// Its path was typed.
    Typed(PathFor),
}

/// What a file is to become.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// Only what it is, to go on from there.
    Look(LookFor),
    Scenario,
    /// A scenario that is open, since its file is another one.
    Again,
    /// A `.filterlab` file.
    Shared,
    Body(Side),
    /// A filter's module, by its place in the chain.
    Module(usize, ModuleUse, ModuleSource),
    /// The file is written instead: the module of the filter at this place; and whether it may replace one.
    TakeOut(usize, Bytes, bool),
    /// A document's own file once more.
    Anew(DocumentId),
}

/// A file that was read, or why it was not.
#[derive(Debug)]
pub enum Content {
    Kind(LookFor, FileKind),
    Scenario(Result<Box<Document>, FileError>),
    Again(Result<Box<Document>, FileError>),
    Shared(Result<Box<Shared>, Box<crate::convert::Error>>),
    Body(Side, io::Result<Vec<u8>>),
    Module(usize, ModuleUse, Result<Bytes, LoadError>),
    TakenOut(usize, io::Result<()>),
    Anew(DocumentId, Result<Box<Document>, FileError>),
}

/// The file under way, if any. Asking for another one forgets it.
#[derive(Debug, Default)]
pub struct Reading {
    under_way: Option<(PathBuf, Wanted, Receiver<Content>)>,
    done: Option<(PathBuf, Content)>,
}

impl Reading {
    /// Starts to read; `wake` is called from the thread when it is done.
    pub fn start(&mut self, path: &Path, wanted: Wanted, wake: impl Fn() + Send + 'static) {
        let (sender, receiver) = channel();
        let (file, asked) = (path.to_owned(), wanted.clone());
        self.done = None;
        let work = move || {
            let content = match wanted {
                Wanted::Look(why) => Content::Kind(why, FileKind::of(&file)),
                Wanted::Scenario => Content::Scenario(Document::file(&file).map(Box::new)),
                Wanted::Shared => Content::Shared(Shared::read(&file).map(Box::new).map_err(Box::new)),
                Wanted::Module(place, wanted, source) => Content::Module(place, wanted, source.read()),
                Wanted::TakeOut(place, _, false) if file.exists() => {
                    Content::TakenOut(place, Err(io::ErrorKind::AlreadyExists.into()))
                }
                Wanted::TakeOut(place, bytes, _) => Content::TakenOut(place, write_whole(&file, &bytes)),
                Wanted::Anew(document) => Content::Anew(document, Document::file(&file).map(Box::new)),
                Wanted::Again => Content::Again(Document::file(&file).map(Box::new)),
                Wanted::Body(side) => Content::Body(side, read_at_most(&file, MAX_BODY)),
            };
            // Whoever asked for another file meanwhile does not want this one.
            let _ = sender.send(content);
            wake();
        };
        let thread = std::thread::Builder::new().name("filterlab-read".into()).spawn(work);
        self.under_way = thread.is_ok().then(|| (path.to_owned(), asked, receiver));
        self.wait_until(Some(SHORT));
    }

    /// The file that was read, once.
    pub fn poll(&mut self) -> Option<(PathBuf, Content)> {
        self.wait_until(Some(Duration::ZERO));
        self.done.take()
    }

    /// Another scenario is in front: forgets what was to become a part of the one before.
    pub fn forget_part(&mut self) {
        let is_part =
            |wanted: &Wanted| matches!(wanted, Wanted::Body(_) | Wanted::Module(..) | Wanted::TakeOut(..));
        if self.under_way.as_ref().is_some_and(|(_, wanted, _)| is_part(wanted)) {
            *self = Self::default();
        }
    }

    pub fn is_under_way(&self) -> bool {
        self.under_way.is_some()
    }

    /// Blocks until the file under way is read; [`Reading::poll`] gives it. For tests, which must not depend on time.
    /// `false`: nothing is read.
    #[doc(hidden)]
    pub fn wait(&mut self) -> bool {
        self.wait_until(None);
        self.done.is_some()
    }

    fn wait_until(&mut self, at_most: Option<Duration>) {
        let Some((path, _, receiver)) = &self.under_way else { return };
        let received = match at_most {
            Some(time) => receiver.recv_timeout(time),
            None => receiver.recv().map_err(|_| RecvTimeoutError::Disconnected),
        };
        match received {
            Ok(content) => self.done = Some((path.clone(), content)),
            Err(RecvTimeoutError::Timeout) => return,
            Err(RecvTimeoutError::Disconnected) => {}
        }
        self.under_way = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(path: &Path, wanted: Wanted) -> Content {
        let mut reading = Reading::default();
        reading.start(path, wanted, || {});
        assert!(reading.wait());
        let (read, content) = reading.poll().expect("it was waited for");
        assert_eq!(read, path);
        assert!(reading.poll().is_none(), "once");
        content
    }

    #[test]
    fn a_body_of_four_gigabytes_is_refused_without_being_read() {
        let file = tempfile::NamedTempFile::new().expect("a file can be made");
        file.as_file().set_len(4 << 30).expect("holes cost nothing");
        let Content::Body(Side::Reply, Err(error)) = read(file.path(), Wanted::Body(Side::Reply)) else {
            panic!("it is too large");
        };
        assert_eq!(error.kind(), io::ErrorKind::FileTooLarge);
    }

    #[test]
    fn another_tab_forgets_what_was_for_the_one_before_and_nothing_else() {
        for (wanted, is_forgotten) in [(Wanted::Scenario, false), (Wanted::Body(Side::Reply), true)] {
            let (sender, receiver) = channel();
            let mut reading = Reading { under_way: Some(("x".into(), wanted, receiver)), done: None };
            reading.forget_part();
            assert_eq!(reading.is_under_way(), !is_forgotten);
            let _ = sender.send(Content::Body(Side::Reply, Ok(Vec::new())));
            assert_eq!(reading.wait(), !is_forgotten);
        }
    }

    #[test]
    fn a_file_that_is_no_scenario_says_why() {
        let file = tempfile::NamedTempFile::new().expect("a file can be made");
        std::fs::write(file.path(), "{").expect("it can be written");
        let content = read(file.path(), Wanted::Scenario);
        assert!(matches!(content, Content::Scenario(Err(FileError::Syntax { line: 1, .. }))));
    }
}
