//! The files of a layout: found by their digests, checked against them, and never outside of the layout.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::io::Read;
use std::path::{Path, PathBuf};

use serde_json::Value;
use sha2::{Digest, Sha256, Sha512};

use super::{MEDIA_INDEX, MEDIA_MANIFEST};
use crate::convert::fields::{At, Object};
use crate::convert::{Error, Expected, MAX_FILE, Place, Reason};
use crate::files::read_at_most;

/// Said of a broken archive. What the reader of tars says quotes bytes that may be anything, and a terminal would take them for
/// commands.
pub(super) const NO_TAR: &str = "it is no tar archive, or a broken one";

/// Largest index, manifest or configuration, in bytes; registries have the same bound.
pub(super) const MAX_JSON: u64 = 4 << 20;
/// Most members of a tar.
const MAX_MEMBERS: usize = 10_000;
/// Most images of a layout, and most indices in indices.
const MAX_IMAGES: usize = 64;
const MAX_INDICES: usize = 4;

/// Where the files are.
#[derive(Debug)]
pub(super) enum Layout<'a> {
    Folder(PathBuf),
    /// By their paths; `None`: a link.
    Tar(HashMap<String, Option<&'a [u8]>>),
}

/// What refers to a file: `{mediaType, digest, size, annotations}`.
#[derive(Clone, Debug)]
pub(super) struct Descriptor {
    pub media_type: String,
    pub digest: String,
    pub annotations: HashMap<String, String>,
    /// Where it stands.
    pub place: String,
}

/// An image: its manifest, and the name that the index gives it.
#[derive(Clone, Debug)]
pub(super) struct Image {
    pub name: String,
    pub manifest: Value,
    /// Where the manifest is.
    pub place: String,
}

fn at(place: &str, reason: Reason) -> Error {
    Error::new(reason).at(Place::Field(place.to_owned()))
}

impl<'a> Layout<'a> {
    pub fn in_folder(folder: &Path) -> Result<Self, Error> {
        Ok(Self::Folder(folder.to_owned()))
    }

    /// A tar is looked through once; its files stay where they are.
    pub fn in_tar(bytes: &'a [u8]) -> Result<Self, Error> {
        let size = bytes.len() as u64;
        if size > MAX_FILE {
            return Err(Error::new(Reason::TooLarge { size, limit: MAX_FILE }));
        }
        let mut archive = tar::Archive::new(bytes);
        let mut files = HashMap::new();
        let broken = |_| Error::new(Reason::Syntax(NO_TAR.into()));
        for (index, entry) in archive.entries().map_err(broken)?.enumerate() {
            if index >= MAX_MEMBERS {
                return Err(Error::new(Reason::TooMany { limit: MAX_MEMBERS }));
            }
            let entry = entry.map_err(broken)?;
            let name = member_name(&entry)?;
            match entry.header().entry_type() {
                tar::EntryType::Regular | tar::EntryType::Continuous => {}
                tar::EntryType::Directory | tar::EntryType::XGlobalHeader => continue,
                _ => {
                    files.insert(name, None);
                    continue;
                }
            }
            let begin = usize::try_from(entry.raw_file_position()).unwrap_or(usize::MAX);
            let end = begin.saturating_add(usize::try_from(entry.size()).unwrap_or(usize::MAX));
            let contents = bytes
                .get(begin..end)
                .ok_or_else(|| at(&name, Reason::Syntax("the archive is cut off".into())))?;
            files.insert(name, Some(contents));
        }
        Ok(Self::Tar(files))
    }

    /// A file by its path in the layout; of a folder no link is followed.
    fn file(&self, path: &str, limit: u64) -> Result<std::borrow::Cow<'a, [u8]>, Error> {
        let too_large = |size: u64| at(path, Reason::TooLarge { size, limit });
        match self {
            Self::Tar(files) => {
                let found = files.get(path).ok_or_else(|| at(path, Reason::Missing(path.to_owned())))?;
                let found = found.ok_or_else(|| at(path, Reason::Unsafe))?;
                let size = found.len() as u64;
                if size > limit { Err(too_large(size)) } else { Ok(found.into()) }
            }
            Self::Folder(folder) => {
                let mut file = folder.clone();
                let failed = |error| at(path, Reason::File(error));
                let mut size = 0;
                for part in path.split('/') {
                    file.push(part);
                    let facts = std::fs::symlink_metadata(&file).map_err(failed)?;
                    if facts.is_symlink() {
                        return Err(at(path, Reason::Unsafe));
                    }
                    size = facts.len();
                }
                if size > limit {
                    return Err(too_large(size));
                }
                read_at_most(&file, limit).map(Into::into).map_err(failed)
            }
        }
    }

    /// What a descriptor refers to, with the right digest.
    pub fn blob(&self, descriptor: &Descriptor, limit: u64) -> Result<std::borrow::Cow<'a, [u8]>, Error> {
        let wrong = || at(&descriptor.place, Reason::Expected(Expected::Digest));
        let (algorithm, hash) = descriptor.digest.split_once(':').ok_or_else(wrong)?;
        let length = match algorithm {
            "sha256" => 64,
            "sha512" => 128,
            _ => return Err(wrong()),
        };
        if hash.len() != length || !hash.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
            return Err(wrong());
        }
        let path = format!("blobs/{algorithm}/{hash}");
        let bytes = self.file(&path, limit)?;
        let found =
            if algorithm == "sha256" { hex(&Sha256::digest(&bytes)) } else { hex(&Sha512::digest(&bytes)) };
        if found == hash {
            return Ok(bytes);
        }
        Err(at(&path, Reason::Digest { expected: hash.into(), found: found.into() }))
    }

    /// A JSON file that a descriptor refers to.
    pub fn json(&self, descriptor: &Descriptor) -> Result<Value, Error> {
        parse(&self.blob(descriptor, MAX_JSON)?, &descriptor.digest)
    }

    /// All images, of which those that only tell how another one was built are none.
    pub fn images(&self) -> Result<Vec<Image>, Error> {
        let mut images = Vec::new();
        let index = parse(&self.file("index.json", MAX_JSON)?, "index.json")?;
        self.index(&index, "index.json", "", MAX_INDICES, &mut images)?;
        Ok(images)
    }

    fn index(
        &self,
        index: &Value,
        place: &str,
        name: &str,
        deeper: usize,
        images: &mut Vec<Image>,
    ) -> Result<(), Error> {
        for manifest in At::root(index, place).object()?.list("manifests")? {
            let descriptor = Descriptor::read(&manifest)?;
            if images.len() >= MAX_IMAGES {
                return Err(at(place, Reason::TooMany { limit: MAX_IMAGES }));
            }
            if descriptor.annotations.contains_key("vnd.docker.reference.type") {
                continue;
            }
            let own = ["io.containerd.image.name", super::REF_NAME]
                .into_iter()
                .find_map(|key| descriptor.annotations.get(key));
            let name = own.map_or(name, String::as_str);
            let contents = self.json(&descriptor)?;
            let is_index = descriptor.media_type == MEDIA_INDEX
                || descriptor.media_type.ends_with("manifest.list.v2+json")
                || (descriptor.media_type != MEDIA_MANIFEST && contents.get("manifests").is_some());
            if !is_index {
                images.push(Image { name: name.to_owned(), manifest: contents, place: descriptor.digest });
            } else if deeper > 0 {
                self.index(&contents, &descriptor.digest, name, deeper - 1, images)?;
            } else {
                return Err(at(&descriptor.place, Reason::Cycle));
            }
        }
        Ok(())
    }
}

impl Descriptor {
    pub fn read(at: &At<'_>) -> Result<Self, Error> {
        let object = at.object()?;
        Ok(Self {
            media_type: object.text("mediaType")?,
            digest: object.text("digest")?,
            annotations: annotations(&object)?,
            place: at.path.clone(),
        })
    }
}

/// `annotations` of an object.
pub(super) fn annotations(object: &Object<'_>) -> Result<HashMap<String, String>, Error> {
    let Some(found) = object.object("annotations")? else { return Ok(HashMap::new()) };
    found.all().into_iter().map(|(name, value)| Ok((name.to_owned(), value.text()?))).collect()
}

fn parse(bytes: &[u8], place: &str) -> Result<Value, Error> {
    serde_json::from_slice(bytes).map_err(|error| at(place, Reason::Syntax(error.to_string())))
}

/// The path of a member without `./`. One that is absolute or leads out of the archive is refused.
pub(super) fn member_name<R: Read>(entry: &tar::Entry<'_, R>) -> Result<String, Error> {
    let path = entry.path_bytes();
    let path = String::from_utf8_lossy(&path).into_owned();
    let parts: Vec<&str> = path.split('/').filter(|part| !matches!(*part, "" | ".")).collect();
    if path.starts_with('/') || path.contains('\\') || parts.contains(&"..") {
        return Err(at(&path, Reason::Unsafe));
    }
    Ok(parts.join("/"))
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
