//! Large bodies and modules of kept documents: they lie in files of their own, named by their contents, so that an edit beside
//! one does not write it again.

use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;

use super::kept::{Kept, KeptModule, Saved};
use crate::files;
use crate::run::hash;
use crate::scenario::{Body, MAX_FILE, Reply, Scenario};

/// From this length on a body has a file of its own, in bytes.
const LARGE: usize = 64 << 10;
const END: &str = ".body";

/// The files of large bodies in the folder of a window.
#[derive(Debug, Default)]
pub struct Large {
    /// Names of bodies that were met, by place in memory and length: the bytes are shared, and kept as long as they are here.
    names: HashMap<(usize, usize), (Bytes, String)>,
    /// Files that this process wrote or read.
    on_disk: BTreeSet<String>,
}

impl Large {
    /// A document as its file has it. What is large is written to the folder, unless it is there already.
    pub fn write(&mut self, folder: &Path, kept: &Kept) -> io::Result<Kept> {
        let mut without = kept.clone();
        let mut large = std::collections::BTreeMap::new();
        let mut result = Ok(());
        each(&mut without, &mut |place, body| {
            if body.len() >= LARGE && result.is_ok() {
                let bytes = std::mem::take(body).0;
                match self.write_one(folder, &bytes) {
                    Ok(name) => _ = large.insert(place.to_owned(), name),
                    Err(error) => result = Err(error),
                }
            }
        });
        without.large = large;
        result.map(|()| without)
    }

    fn write_one(&mut self, folder: &Path, bytes: &Bytes) -> io::Result<String> {
        let place = (bytes.as_ptr().addr(), bytes.len());
        let (_, name) = self.names.entry(place).or_insert_with(|| (bytes.clone(), hash(bytes)));
        if !self.on_disk.contains(name) {
            files::write_whole(&file_of(folder, name), bytes)?;
            self.on_disk.insert(name.clone());
        }
        Ok(name.clone())
    }

    /// Puts what is in files of its own back into a document. An error: one is not there, or is another one by now.
    pub fn read(&mut self, folder: &Path, kept: &mut Kept) -> io::Result<()> {
        let mut wanted = std::mem::take(&mut kept.large);
        let mut result = Ok(());
        each(kept, &mut |place, body| {
            if let Some(name) = wanted.remove(place) {
                match self.read_one(folder, &name) {
                    Ok(bytes) => *body = Body(bytes),
                    Err(error) => result = Err(error),
                }
            }
        });
        match wanted.is_empty() {
            true => result,
            false => Err(io::ErrorKind::InvalidData.into()),
        }
    }

    fn read_one(&mut self, folder: &Path, name: &str) -> io::Result<Bytes> {
        if let Some((bytes, _)) = self.names.values().find(|(_, known)| known == name) {
            return Ok(bytes.clone());
        }
        let is_name = name.len() == 64 && name.bytes().all(|byte| byte.is_ascii_hexdigit());
        let bytes = match is_name {
            true => Bytes::from(files::read_at_most(&file_of(folder, name), MAX_FILE)?),
            false => Bytes::new(),
        };
        if hash(&bytes) != name {
            return Err(io::ErrorKind::InvalidData.into());
        }
        self.names.insert((bytes.as_ptr().addr(), bytes.len()), (bytes.clone(), name.to_owned()));
        self.on_disk.insert(name.to_owned());
        Ok(bytes)
    }

    /// Files of the folder that belong to no document that was read: written just before their process ended.
    pub fn take_up(&mut self, names: impl Iterator<Item = String>) {
        self.on_disk.extend(names.filter_map(|name| Some(name.strip_suffix(END)?.to_owned())));
    }

    /// Takes away the files that none of these documents has, as they are on the disk.
    pub fn keep_only<'a>(&mut self, folder: &Path, used: impl Iterator<Item = &'a String>) {
        let used: BTreeSet<&String> = used.collect();
        self.on_disk.retain(|name| {
            let stays = used.contains(name);
            if !stays {
                // If it stays it only takes up space.
                let _ = fs::remove_file(file_of(folder, name));
            }
            stays
        });
        let on_disk = &self.on_disk;
        self.names.retain(|_, (_, name)| on_disk.contains(name));
    }
}

fn file_of(folder: &Path, name: &str) -> PathBuf {
    folder.join(format!("{name}{END}"))
}

/// Whether this is the name of such a file.
pub fn is_large(name: &str) -> bool {
    name.ends_with(END)
}

/// Everything in a document that may be large, with a name for its place that stays the same in later versions. Steps back and
/// forward are bounded by themselves.
fn each(kept: &mut Kept, see: &mut impl FnMut(&str, &mut Body)) {
    each_of(Arc::make_mut(&mut kept.present.scenario), "present", see);
    for (place, module) in kept.present.modules.iter_mut().enumerate() {
        if let KeptModule::Bytes { bytes, .. } = module {
            see(&format!("present.modules.{place}"), bytes);
        }
    }
    if let Saved::Other(saved) = &mut kept.saved {
        each_of(Arc::make_mut(saved), "saved", see);
    }
}

fn each_of(scenario: &mut Scenario, at: &str, see: &mut impl FnMut(&str, &mut Body)) {
    see(&format!("{at}.request"), &mut scenario.request.body);
    each_of_reply(&mut scenario.reply, &format!("{at}.reply"), see);
    for (place, then) in scenario.then.iter_mut().enumerate() {
        if let Some(request) = &mut then.request {
            see(&format!("{at}.then.{place}.request"), &mut request.body);
        }
        if let Some(reply) = &mut then.reply {
            each_of_reply(reply, &format!("{at}.then.{place}.reply"), see);
        }
    }
    for (place, filter) in scenario.chain.iter_mut().enumerate() {
        if let Some(module) = &mut filter.module {
            see(&format!("{at}.chain.{place}"), module);
        }
    }
}

fn each_of_reply(reply: &mut Reply, at: &str, see: &mut impl FnMut(&str, &mut Body)) {
    see(at, &mut reply.body);
    for (place, again) in reply.again.iter_mut().enumerate() {
        each_of_reply(again, &format!("{at}.again.{place}"), see);
    }
}
