//! When a file that changes is done changing: a matter of what it looks like and since when, without a clock of its own.

use std::path::Path;
use std::time::{Duration, SystemTime};

/// A file is done when it has looked the same for so long.
pub const QUIET: Duration = Duration::from_millis(50);
/// A file that is gone or empty is about to be written: it is only taken for what it is after so long.
pub const GONE: Duration = Duration::from_secs(1);

/// What a file looks like without being read. A rewritten file looks different, even one with the same contents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    length: u64,
    is_folder: bool,
    modified: Option<SystemTime>,
    /// Which file it is, where the system tells: device, number, and when it was last touched in any way.
    identity: Identity,
}

#[cfg(unix)]
type Identity = (u64, u64, i64, i64);
#[cfg(not(unix))]
type Identity = ();

#[cfg(unix)]
fn identity(meta: &std::fs::Metadata) -> Identity {
    use std::os::unix::fs::MetadataExt;
    (meta.dev(), meta.ino(), meta.ctime(), meta.ctime_nsec())
}

#[cfg(not(unix))]
fn identity(_meta: &std::fs::Metadata) -> Identity {}

impl Stamp {
    /// Of the file at the end of all links; `None`: there is none.
    pub fn of(path: &Path) -> Option<Self> {
        let meta = std::fs::metadata(path).ok()?;
        let (length, is_folder) = (meta.len(), meta.is_dir());
        Some(Self { length, is_folder, modified: meta.modified().ok(), identity: identity(&meta) })
    }

    /// An empty folder is whole, an empty file is not.
    fn is_whole(self) -> bool {
        self.is_folder || self.length > 0
    }
}

/// Which folder it is, whatever is in it.
#[cfg(unix)]
pub type FolderId = (u64, u64);
#[cfg(not(unix))]
pub type FolderId = SystemTime;

/// `None`: there is no such folder, or the system does not tell.
pub fn folder_id(path: &Path) -> Option<FolderId> {
    let meta = std::fs::metadata(path).ok()?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        Some((meta.dev(), meta.ino()))
    }
    #[cfg(not(unix))]
    meta.created().ok()
}

/// What came of a look at a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    /// It is as it was.
    Same,
    /// It is changing; to be looked at again when so much time has passed since the beginning.
    Changing(Duration),
    /// It has changed, and is done.
    Rewritten,
    /// It is gone for good, or empty.
    Gone,
}

/// One file from its last known state to the next.
#[derive(Clone, Debug)]
pub struct Settling {
    known: Option<Stamp>,
    seen: Option<Stamp>,
    since: Duration,
}

impl Settling {
    pub fn new(known: Option<Stamp>) -> Self {
        Self { known, seen: known, since: Duration::ZERO }
    }

    /// Takes in what the file looks like `now`, which counts from any beginning.
    pub fn look(&mut self, stamp: Option<Stamp>, now: Duration) -> Seen {
        if stamp == self.known {
            self.seen = stamp;
            return Seen::Same;
        }
        if stamp != self.seen {
            self.seen = stamp;
            self.since = now;
        }
        let is_there = stamp.is_some_and(Stamp::is_whole);
        let done = self.since + if is_there { QUIET } else { GONE };
        if now < done {
            return Seen::Changing(done);
        }
        self.known = stamp;
        if is_there { Seen::Rewritten } else { Seen::Gone }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stamp(length: u64, number: u64) -> Option<Stamp> {
        let modified = Some(SystemTime::UNIX_EPOCH + Duration::from_secs(number));
        Some(Stamp { length, is_folder: false, modified, identity: Default::default() })
    }

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn a_file_written_in_pieces_is_reported_once_when_it_is_whole() {
        let mut file = Settling::new(stamp(100, 1));
        assert_eq!(file.look(stamp(0, 2), ms(0)), Seen::Changing(ms(1000)));
        assert_eq!(file.look(stamp(40, 2), ms(30)), Seen::Changing(ms(80)));
        assert_eq!(file.look(stamp(80, 3), ms(79)), Seen::Changing(ms(129)));
        assert_eq!(file.look(stamp(80, 3), ms(128)), Seen::Changing(ms(129)));
        assert_eq!(file.look(stamp(80, 3), ms(129)), Seen::Rewritten);
        assert_eq!(file.look(stamp(80, 3), ms(500)), Seen::Same);
    }

    #[test]
    fn a_file_that_is_deleted_and_made_again_is_one_rebuild() {
        let mut file = Settling::new(stamp(100, 1));
        assert_eq!(file.look(None, ms(0)), Seen::Changing(ms(1000)));
        assert_eq!(file.look(stamp(100, 2), ms(900)), Seen::Changing(ms(950)));
        assert_eq!(file.look(stamp(100, 2), ms(950)), Seen::Rewritten);
    }

    #[test]
    fn a_file_that_stays_away_is_gone_until_it_is_back() {
        let mut file = Settling::new(stamp(100, 1));
        assert_eq!(file.look(None, ms(0)), Seen::Changing(ms(1000)));
        assert_eq!(file.look(None, ms(1000)), Seen::Gone);
        assert_eq!(file.look(None, ms(2000)), Seen::Same, "it is said once");
        assert_eq!(file.look(stamp(9, 5), ms(3000)), Seen::Changing(ms(3050)));
        assert_eq!(file.look(stamp(9, 5), ms(3050)), Seen::Rewritten);
    }

    #[test]
    fn a_file_that_was_not_there_is_reported_when_it_is_made() {
        let mut file = Settling::new(None);
        assert_eq!(file.look(None, ms(0)), Seen::Same);
        assert_eq!(file.look(stamp(9, 1), ms(10)), Seen::Changing(ms(60)));
        assert_eq!(file.look(stamp(9, 1), ms(60)), Seen::Rewritten);
    }
}
