//! The filter in an image.

use std::io::Read;

use serde_json::Value;

use super::layout::{Descriptor, Image, Layout, member_name};
use super::{PLUGIN, RUNTIME_CONFIG, TITLE};
use crate::convert::fields::{At, Object};
use crate::convert::{Error, Expected, LeftOut, MAX_FILE, Place, Reason, Why};
use crate::scenario::{Filter, Scenario};

/// Most members of a layer.
const MAX_MEMBERS: usize = 100_000;

/// What a layer holds of interest.
#[derive(Debug, Default)]
struct Contents {
    module: Option<Vec<u8>>,
    runtime_config: Option<Vec<u8>>,
}

pub(super) fn read(layout: &Layout<'_>, image: &Image, left: &mut Vec<LeftOut>) -> Result<Scenario, Error> {
    let manifest = At::root(&image.manifest, image.place.clone()).object()?;
    let layers = manifest.list("layers")?;
    let layers = layers.iter().map(Descriptor::read).collect::<Result<Vec<_>, _>>()?;
    let config = manifest.get("config").map(|at| Descriptor::read(&at)).transpose()?;
    let mut contents = Contents::default();
    let mut name = PLUGIN.to_owned();
    if let Some(layer) = layers.iter().find(|layer| is_bare(layer)) {
        contents.module = Some(layout.blob(layer, MAX_FILE)?.into_owned());
        name = layer.annotations.get(TITLE).cloned().unwrap_or(name);
        // The configuration of such an image is that of its runtime.
        let own = config.as_ref().filter(|config| config.media_type.contains("wasm.config"));
        contents.runtime_config =
            own.map(|config| layout.blob(config, super::layout::MAX_JSON)).transpose()?.map(Into::into);
    } else {
        // A later layer covers the ones below it.
        for layer in layers.iter().rev().filter(|layer| is_archive(layer)) {
            contents = archive(layout, layer)?;
            if contents.module.is_some() {
                break;
            }
        }
    }
    let Some(module) = contents.module else {
        let reason = Reason::Missing(PLUGIN.into());
        return Err(Error::new(reason).at(Place::Field(image.place.clone())));
    };
    let mut filter = Filter { path: name, module: Some(module.into()), ..Filter::default() };
    if let Some(config) = contents.runtime_config {
        runtime(&config, &mut filter, left)?;
    }
    let name = if image.name.is_empty() { filter.module_name() } else { image.name.clone() };
    Ok(Scenario { name, chain: vec![filter], ..Scenario::default() })
}

/// The module itself, by the media type of the specification or by the one of the tool that came before it.
fn is_bare(layer: &Descriptor) -> bool {
    matches!(
        layer.media_type.as_str(),
        "application/vnd.module.wasm.content.layer.v1+wasm"
            | "application/vnd.wasm.content.layer.v1+wasm"
            | "application/vnd.io.solo.wasm.code.v1+wasm"
            | "application/wasm"
    )
}

fn is_archive(layer: &Descriptor) -> bool {
    layer.media_type.contains(".tar")
}

/// Looks through a layer. What is not of interest is not kept; what unpacks to more than the bound ends it.
fn archive(layout: &Layout<'_>, layer: &Descriptor) -> Result<Contents, Error> {
    let place = |reason| Error::new(reason).at(Place::Field(layer.digest.clone()));
    let packed = layout.blob(layer, MAX_FILE)?;
    let unpacked: Box<dyn Read + '_> = match () {
        () if packed.starts_with(&[0x1f, 0x8b]) => Box::new(flate2::read::MultiGzDecoder::new(&*packed)),
        () if layer.media_type.contains("zstd") => {
            return Err(place(Reason::Expected(Expected::Layer)));
        }
        () => Box::new(&*packed),
    };
    let mut bounded = Bounded { inner: unpacked, left: MAX_FILE };
    let mut archive = tar::Archive::new(&mut bounded);
    let mut contents = Contents::default();
    let result = (|| -> Result<(), Error> {
        let broken = |error: std::io::Error| match error.kind() {
            std::io::ErrorKind::FileTooLarge => {
                place(Reason::TooLarge { size: MAX_FILE + 1, limit: MAX_FILE })
            }
            _ => place(Reason::Syntax(super::layout::NO_TAR.into())),
        };
        for (index, entry) in archive.entries().map_err(broken)?.enumerate() {
            if index >= MAX_MEMBERS {
                return Err(place(Reason::TooMany { limit: MAX_MEMBERS }));
            }
            let mut entry = entry.map_err(broken)?;
            // Before anything of it is unpacked.
            if entry.size() > MAX_FILE {
                return Err(place(Reason::TooLarge { size: entry.size(), limit: MAX_FILE }));
            }
            let name = member_name(&entry)?;
            let kept = match name.as_str() {
                PLUGIN => &mut contents.module,
                RUNTIME_CONFIG => &mut contents.runtime_config,
                _ => continue,
            };
            if entry.header().entry_type() != tar::EntryType::Regular {
                return Err(Error::new(Reason::Unsafe).at(Place::Field(name)));
            }
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes).map_err(broken)?;
            *kept = Some(bytes);
        }
        Ok(())
    })();
    result.map(|()| contents)
}

/// Ends with an error when more is read than allowed.
struct Bounded<R> {
    inner: R,
    left: u64,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.left = self.left.checked_sub(count as u64).ok_or(std::io::ErrorKind::FileTooLarge)?;
        Ok(count)
    }
}

/// `{type, abiVersions, config: {rootIds}}`: a filter has one root, so only one can be taken.
fn runtime(bytes: &[u8], filter: &mut Filter, left: &mut Vec<LeftOut>) -> Result<(), Error> {
    let place = |name: &str| format!("{RUNTIME_CONFIG}: {name}");
    let Ok(value) = serde_json::from_slice::<Value>(bytes) else {
        left.push(LeftOut { place: Place::Field(RUNTIME_CONFIG.into()), why: Why::NoCounterpart });
        return Ok(());
    };
    let Ok(root) = At::root(&value, String::new()).object() else { return Ok(()) };
    let config = root.object("config")?;
    let ids =
        config.as_ref().map(|config: &Object<'_>| config.list("rootIds")).transpose()?.unwrap_or_default();
    if let Some(id) = ids.first() {
        filter.root_id = id.text()?;
    }
    let more = ids.iter().skip(1);
    left.extend(more.map(|id| LeftOut { place: Place::Field(place(&id.path)), why: Why::NoCounterpart }));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_is_unpacked_than_allowed() {
        let mut bounded = Bounded { inner: std::io::repeat(0), left: 10 };
        let mut bytes = [0; 4];
        for _ in 0..2 {
            bounded.read_exact(&mut bytes).expect("it is within the bound");
        }
        let error = bounded.read_exact(&mut bytes).expect_err("it is not");
        assert_eq!(error.kind(), std::io::ErrorKind::FileTooLarge);
    }
}
