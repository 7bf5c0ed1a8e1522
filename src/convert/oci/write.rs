//! An image layout ready to be pushed, for example with `crane push`, `skopeo copy oci:FOLDER` or `oras cp --from-oci-layout`.
//!
//! The images are of the *compat* variant, which every registry and every proxy takes. They depend on nothing but the
//! modules: the same ones make the same digests.

use std::io::Write;

use bytes::Bytes;
use flate2::{Compression, GzBuilder};
use serde_json::{Value, json};

use super::layout::hex;
use super::{
    MEDIA_CONFIG, MEDIA_INDEX, MEDIA_LAYER, MEDIA_MANIFEST, PLUGIN, REF_NAME, RUNTIME_CONFIG, TITLE, VARIANT,
};
use crate::convert::envoy::{URL, without_counterpart};
use crate::convert::rest::rest;
use crate::convert::{Error, Export, Exported, Files, LeftOut, Place, Reason, Why};
use crate::host::ModuleFacts;
use crate::scenario::{Filter, Proxy, Reply};
use sha2::{Digest, Sha256};

/// Writes a folder with an image for each filter of the chain.
pub(in crate::convert) fn write(export: &Export<'_>) -> Result<Exported, Error> {
    let mut left = unsaid(export);
    let mut layout = Layout::default();
    let mut manifests = Vec::new();
    for (index, (filter, module)) in export.scenario.chain.iter().zip(export.modules).enumerate() {
        let place = format!("chain[{index}]");
        left.extend(unsaid_of(filter, &place));
        let bytes = module
            .read()
            .map_err(|error| Error::new(Reason::Module(Box::new(error))).at(Place::Field(place)))?;
        manifests.push(layout.image(&bytes, filter, &module.name())?);
    }
    if manifests.is_empty() {
        return Err(Error::new(Reason::NoFilter));
    }
    let index = json!({"schemaVersion": 2, "mediaType": MEDIA_INDEX, "manifests": manifests});
    layout.files.insert(0, ("oci-layout".into(), json!({"imageLayoutVersion": "1.0.0"}).to_string().into()));
    layout.files.insert(1, ("index.json".into(), index.to_string().into()));
    Ok(Exported { files: Files::Folder(layout.files), left_out: left })
}

/// The same files as a tar.
pub(in crate::convert) fn tar(files: &[(String, Bytes)]) -> Result<Bytes, Error> {
    pack(files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_ref()))).map(Bytes::from)
}

/// What an image does not hold of a scenario.
fn unsaid(export: &Export<'_>) -> Vec<LeftOut> {
    let scenario = export.scenario;
    let said = [
        ("connection", scenario.connection.is_some()),
        ("reply", scenario.reply != Reply::default()),
        ("callouts", !scenario.callouts.is_empty()),
        ("proxy", scenario.proxy != Proxy::default()),
    ];
    let more = said.into_iter().filter(|(_, said)| *said).map(|(field, _)| left_out(field));
    without_counterpart(scenario).into_iter().chain(more).collect()
}

fn unsaid_of(filter: &Filter, place: &str) -> Vec<LeftOut> {
    // The module need not be written down for this.
    let bare = Filter { module: None, ..filter.clone() };
    rest(&bare, place, &["filter", "sha256", "name", "root_id", URL])
}

fn left_out(field: &str) -> LeftOut {
    LeftOut { place: Place::Field(field.to_owned()), why: Why::NoCounterpart }
}

#[derive(Default)]
struct Layout {
    files: Vec<(String, Bytes)>,
}

impl Layout {
    /// Adds the files of an image, and gives the descriptor of its manifest.
    fn image(&mut self, module: &Bytes, filter: &Filter, file: &str) -> Result<Value, Error> {
        let runtime = runtime_config(module, filter).map(|config| config.to_string());
        let mut members = vec![(PLUGIN, module.as_ref())];
        members.extend(runtime.as_ref().map(|config| (RUNTIME_CONFIG, config.as_bytes())));
        let plain = pack(members)?;
        let layer = self.blob(MEDIA_LAYER, packed(&plain)?.into());
        let config = json!({
            "architecture": "wasm",
            "os": "wasi",
            "config": {},
            "rootfs": {"type": "layers", "diff_ids": [format!("sha256:{}", hex(&Sha256::digest(&plain)))]},
        });
        let config = self.blob(MEDIA_CONFIG, config.to_string().into());
        let manifest = json!({
            "schemaVersion": 2,
            "mediaType": MEDIA_MANIFEST,
            "config": config,
            "layers": [layer],
            "annotations": {VARIANT: "compat", TITLE: file},
        });
        let mut descriptor = self.blob(MEDIA_MANIFEST, manifest.to_string().into());
        let name =
            if filter.name.is_empty() { file.strip_suffix(".wasm").unwrap_or(file) } else { &filter.name };
        descriptor["annotations"] = json!({REF_NAME: name});
        Ok(descriptor)
    }

    fn blob(&mut self, media_type: &str, bytes: Bytes) -> Value {
        let hash = hex(&Sha256::digest(&bytes));
        let descriptor = json!({
            "mediaType": media_type,
            "digest": format!("sha256:{hash}"),
            "size": bytes.len(),
        });
        let path = format!("blobs/sha256/{hash}");
        // Two filters may have the same module.
        if !self.files.iter().any(|(known, _)| *known == path) {
            self.files.push((path, bytes));
        }
        descriptor
    }
}

/// What a proxy is told of a module with a root of its own.
fn runtime_config(module: &Bytes, filter: &Filter) -> Option<Value> {
    if filter.root_id.is_empty() {
        return None;
    }
    let abi = ModuleFacts::read(module).ok().and_then(|facts| facts.abi);
    let versions: Vec<String> = abi.into_iter().map(|version| format!("v{}", version.number())).collect();
    Some(json!({"type": "envoy_proxy", "abiVersions": versions, "config": {"rootIds": [filter.root_id]}}))
}

fn broken(error: std::io::Error) -> Error {
    Error::new(Reason::File(error))
}

/// A tar without times and owners.
fn pack<'f>(files: impl IntoIterator<Item = (&'f str, &'f [u8])>) -> Result<Vec<u8>, Error> {
    let mut archive = tar::Builder::new(Vec::new());
    for (name, bytes) in files {
        let mut header = tar::Header::new_ustar();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        header.set_mtime(0);
        archive.append_data(&mut header, name, bytes).map_err(broken)?;
    }
    archive.into_inner().map_err(broken)
}

fn packed(plain: &[u8]) -> Result<Vec<u8>, Error> {
    let mut writer = GzBuilder::new().mtime(0).write(Vec::new(), Compression::default());
    writer.write_all(plain).map_err(broken)?;
    writer.finish().map_err(broken)
}
