//! OCI image layouts, as folders and in tars, with filters in either of the two ways that the Wasm image specification
//! knows: the bare module as a layer (*oci*), or an ordinary image with `plugin.wasm` in its last layer (*compat*).

mod contents;
mod layout;
mod write;

pub(super) use write::{tar, write};

use super::{Error, Format, Imported, Input, Reason};
use crate::scenario::Scenario;
use layout::Layout;

const MEDIA_INDEX: &str = "application/vnd.oci.image.index.v1+json";
const MEDIA_MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const MEDIA_CONFIG: &str = "application/vnd.oci.image.config.v1+json";
const MEDIA_LAYER: &str = "application/vnd.oci.image.layer.v1.tar+gzip";
/// The name of the module in a layer.
const PLUGIN: &str = "plugin.wasm";
const RUNTIME_CONFIG: &str = "runtime-config.json";
/// The annotation of a manifest that says in which way the module is in it.
const VARIANT: &str = "module.wasm.image/variant";
const REF_NAME: &str = "org.opencontainers.image.ref.name";
const TITLE: &str = "org.opencontainers.image.title";

/// Reads a layout: a tar, or, where there are no bytes, the folder of the input. Each image becomes a scenario.
pub(super) fn read(input: &Input<'_>) -> Result<Imported, Error> {
    let layout = match (input.bytes, input.folder) {
        ([], Some(folder)) => Layout::in_folder(folder)?,
        (bytes, _) => Layout::in_tar(bytes)?,
    };
    let mut left = Vec::new();
    let mut scenarios: Vec<Scenario> = Vec::new();
    for image in layout.images()? {
        scenarios.push(contents::read(&layout, &image, &mut left)?);
    }
    if scenarios.is_empty() {
        return Err(Error::new(Reason::NoWasm));
    }
    Ok(Imported { format: Format::Oci, scenarios, left_out: left })
}
