//! OCI image layouts, in folders and tars, with both kinds of images.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

use filterlab::convert::{self, Error, Files, Format, Imported, Input, Reason};
use filterlab::run::hash;
use filterlab::samples;
use filterlab::scenario::Scenario;
use serde_json::{Value, json};

use crate::files::{chain, fails, left_out, write};

const MODULE: &[u8] = b"\0asm\x01\0\0\0";
const INDEX: &str = "application/vnd.oci.image.index.v1+json";
const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const GZIP: &str = "application/vnd.oci.image.layer.v1.tar+gzip";

/// The files of a layout, as tools make them.
#[derive(Default)]
pub struct Layout {
    pub files: BTreeMap<String, Vec<u8>>,
}

impl Layout {
    pub fn blob(&mut self, media_type: &str, bytes: &[u8]) -> Value {
        let hash = hash(bytes);
        self.files.insert(format!("blobs/sha256/{hash}"), bytes.to_vec());
        json!({"mediaType": media_type, "digest": format!("sha256:{hash}"), "size": bytes.len()})
    }

    pub fn json(&mut self, media_type: &str, value: &Value) -> Value {
        self.blob(media_type, value.to_string().as_bytes())
    }

    pub fn manifest(&mut self, config: Value, layers: &[Value]) -> Value {
        let manifest = json!({"schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": layers});
        self.json(MANIFEST, &manifest)
    }

    pub fn index(&mut self, manifests: &[Value]) {
        let index = json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": manifests});
        self.files.insert("index.json".into(), index.to_string().into_bytes());
        self.files.insert("oci-layout".into(), br#"{"imageLayoutVersion": "1.0.0"}"#.to_vec());
    }

    pub fn in_folder(&self, folder: &Path) {
        for (name, bytes) in &self.files {
            let path = folder.join(name);
            std::fs::create_dir_all(path.parent().expect("it has one")).expect("a folder can be made");
            std::fs::write(path, bytes).expect("it can be written");
        }
    }

    pub fn in_tar(&self) -> Vec<u8> {
        tar(&self.files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect::<Vec<_>>())
    }

    /// Reads it as a folder and as a tar, which have to be the same.
    pub fn read(&self) -> Result<Imported, Error> {
        let folder = tempfile::tempdir().expect("a folder can be made");
        self.in_folder(folder.path());
        let of_tar = read_tar(&self.in_tar());
        if let Ok(of_tar) = &of_tar {
            let of_folder = convert::open(folder.path(), None).expect("the tar can be read").imported;
            assert_eq!(&of_folder, of_tar);
        }
        of_tar
    }
}

pub fn read_tar(bytes: &[u8]) -> Result<Imported, Error> {
    convert::read(Format::Oci, &Input { bytes, name: "image.tar", folder: None })
}

/// A tar with these files; names are taken as they are.
pub fn tar(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = tar::Builder::new(Vec::new());
    for (name, bytes) in files {
        let mut header = tar::Header::new_gnu();
        header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        header.set_cksum();
        archive.append(&header, *bytes).expect("it is memory");
    }
    archive.into_inner().expect("it is memory")
}

pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    writer.write_all(bytes).expect("it is memory");
    writer.finish().expect("it is memory")
}

#[test]
fn an_image_of_wasme_has_the_module_as_its_layer_and_a_root_in_its_configuration() {
    let mut layout = Layout::default();
    let runtime = json!({"type": "envoy_proxy", "abiVersions": ["v0-4689a30309abf31aee9ae36e73d34b1bb182685f", "v0.2.1"],
                         "config": {"rootIds": ["add_header", "other"]}});
    let config = layout.json("application/vnd.module.wasm.config.v1+json", &runtime);
    let mut layer = layout.blob("application/vnd.module.wasm.content.layer.v1+wasm", MODULE);
    layer["annotations"] = json!({"org.opencontainers.image.title": "filter.wasm"});
    let mut manifest = layout.manifest(config, &[layer]);
    manifest["annotations"] =
        json!({"org.opencontainers.image.ref.name": "webassemblyhub.io/ilevine/add-header:v0.1"});
    layout.index(&[manifest]);
    let imported = layout.read().expect("it can be read");
    assert_eq!(imported.format, Format::Oci);
    let scenario = &imported.scenarios[0];
    assert_eq!(scenario.name, "webassemblyhub.io/ilevine/add-header:v0.1");
    assert_eq!(
        chain(scenario),
        json!([{"filter": "filter.wasm", "module": "\0asm\x01\0\0\0", "root_id": "add_header"}])
    );
    assert_eq!(left_out(&imported), ["runtime-config.json: config.rootIds[1] NoCounterpart"]);
}

#[test]
fn oras_pushes_a_module_with_an_empty_configuration() {
    let mut layout = Layout::default();
    let config = layout.blob("application/vnd.oci.empty.v1+json", b"{}");
    let layer = layout.blob("application/vnd.module.wasm.content.layer.v1+wasm", MODULE);
    let manifest = layout.manifest(config, &[layer]);
    layout.index(&[manifest]);
    let imported = layout.read().expect("it can be read");
    assert_eq!(
        chain(&imported.scenarios[0]),
        json!([{"filter": "plugin.wasm", "module": "\0asm\x01\0\0\0"}])
    );
    assert_eq!(imported.scenarios[0].name, "plugin.wasm");
}

/// What `docker buildx build --output type=oci` makes of `FROM scratch` and `COPY`: an index of an image and of how it was
/// made.
fn buildx(layout: &mut Layout, layers: &[Value]) {
    let config =
        json!({"architecture": "amd64", "os": "linux", "rootfs": {"type": "layers", "diff_ids": []}});
    let config = layout.json("application/vnd.oci.image.config.v1+json", &config);
    let mut image = layout.manifest(config.clone(), layers);
    image["platform"] = json!({"architecture": "amd64", "os": "linux"});
    let statement = layout.json("application/vnd.in-toto+json", &json!({"_type": "x"}));
    let mut attestation = layout.manifest(config, &[statement]);
    attestation["annotations"] = json!({"vnd.docker.reference.type": "attestation-manifest"});
    attestation["platform"] = json!({"architecture": "unknown", "os": "unknown"});
    let nested = json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": [image, attestation]});
    let mut nested = layout.json(INDEX, &nested);
    nested["annotations"] = json!({"io.containerd.image.name": "docker.io/example/filter:v1",
                                   "org.opencontainers.image.ref.name": "v1"});
    layout.index(&[nested]);
}

#[test]
fn an_image_of_buildx_has_the_module_in_its_last_layer() {
    let mut layout = Layout::default();
    let first = layout.blob(GZIP, &gzip(&tar(&[("plugin.wasm", b"an older one"), ("etc/passwd", b"x")])));
    let runtime = br#"{"type": "envoy_proxy", "config": {"rootIds": ["r"]}}"#;
    let second =
        layout.blob(GZIP, &gzip(&tar(&[("./plugin.wasm", MODULE), ("runtime-config.json", runtime)])));
    let third = layout.blob(GZIP, &gzip(&tar(&[("README.md", b"# filter")])));
    buildx(&mut layout, &[first, second, third]);
    let imported = layout.read().expect("it can be read");
    let [scenario] = imported.scenarios.as_slice() else { panic!("how it was made is no image") };
    assert_eq!(scenario.name, "docker.io/example/filter:v1");
    assert_eq!(
        chain(scenario),
        json!([{"filter": "plugin.wasm", "module": "\0asm\x01\0\0\0", "root_id": "r"}])
    );
}

#[test]
fn layers_of_docker_and_plain_tars_are_read_and_those_of_higress_passed_by() {
    for (media_type, is_packed) in [
        ("application/vnd.docker.image.rootfs.diff.tar.gzip", true),
        ("application/vnd.oci.image.layer.v1.tar", false),
    ] {
        let mut layout = Layout::default();
        let spec = layout.blob("application/vnd.module.wasm.spec.v1+yaml", b"apiVersion: 1.0.0");
        let doc = layout.blob("application/vnd.module.wasm.doc.v1+markdown", b"# doc");
        let plain = tar(&[("plugin.wasm", MODULE)]);
        let layer = layout.blob(media_type, &if is_packed { gzip(&plain) } else { plain });
        let config = layout.blob("application/vnd.docker.container.image.v1+json", b"{}");
        let manifest = layout.manifest(config, &[spec, doc, layer]);
        layout.index(&[manifest]);
        let imported = layout.read().expect("it can be read");
        assert_eq!(
            imported.scenarios[0].chain[0].module.as_ref().map(|module| module.len()),
            Some(MODULE.len())
        );
    }
}

/// A chain of two of the samples, with their modules in it.
fn samples_in_it() -> Scenario {
    let mut scenario = Scenario::default();
    for id in ["add_headers", "mask_pii"] {
        let sample = samples::find(id).expect("there is such a sample");
        let mut filter = filterlab::scenario::Filter {
            name: id.into(),
            path: sample.module_name.into(),
            ..Default::default()
        };
        filter.module = Some(sample.module.to_vec().into());
        scenario.chain.push(filter);
    }
    scenario.chain[1].root_id = "root".into();
    scenario
}

#[test]
fn what_is_written_is_a_layout_and_comes_back() {
    let scenario = samples_in_it();
    let written = write(Format::Oci, &scenario);
    assert!(written.left_out.is_empty(), "{:?}", written.left_out);
    let folder = tempfile::tempdir().expect("a folder can be made");
    written.files.write(folder.path()).expect("it can be written");
    let of_folder = convert::open(folder.path(), None).expect("it can be read").imported;
    let file = folder.path().join("../image.tar");
    let tar = tempfile::Builder::new().suffix(".tar").tempfile().expect("a file can be made");
    assert!(!file.exists());
    written.files.write(tar.path()).expect("it can be written");
    assert_eq!(convert::open(tar.path(), None).expect("it can be read").imported, of_folder);
    for (index, image) in of_folder.scenarios.iter().enumerate() {
        let (found, expected) = (&image.chain[0], &scenario.chain[index]);
        assert_eq!((image.name.as_str(), &found.module), (expected.name.as_str(), &expected.module));
        assert_eq!(found.root_id, expected.root_id);
    }
    assert_eq!(write(Format::Oci, &scenario), written, "the same modules make the same digests");
}

#[test]
fn every_file_of_a_written_layout_has_the_digest_and_size_that_refers_to_it() {
    let Files::Folder(files) = write(Format::Oci, &samples_in_it()).files else { panic!("it is a folder") };
    let files: BTreeMap<_, _> = files.into_iter().collect();
    assert_eq!(files["oci-layout"].as_ref(), br#"{"imageLayoutVersion":"1.0.0"}"#);
    let parse = |bytes: &[u8]| serde_json::from_slice::<Value>(bytes).expect("it is JSON");
    let blob = |descriptor: &Value| {
        let digest = descriptor["digest"].as_str().expect("it has one");
        let bytes = &files[&format!("blobs/{}", digest.replace(':', "/"))];
        assert_eq!(digest, format!("sha256:{}", hash(bytes)));
        assert_eq!(descriptor["size"], bytes.len());
        bytes.clone()
    };
    let index = parse(&files["index.json"]);
    for descriptor in index["manifests"].as_array().expect("there are some") {
        let manifest = parse(&blob(descriptor));
        assert_eq!(manifest["annotations"]["module.wasm.image/variant"], "compat");
        let config = parse(&blob(&manifest["config"]));
        let layer = blob(&manifest["layers"][0]);
        let mut plain = Vec::new();
        std::io::copy(&mut flate2::read::GzDecoder::new(layer.as_ref()), &mut plain).expect("it is packed");
        assert_eq!(config["rootfs"]["diff_ids"][0], format!("sha256:{}", hash(&plain)));
    }
}

#[test]
fn a_scenario_says_more_than_an_image() {
    let mut scenario = samples_in_it();
    scenario.chain[0].plugin_config = "x".into();
    scenario.reply.status = 404;
    let left: Vec<String> =
        write(Format::Oci, &scenario).left_out.iter().map(|item| item.place.to_string()).collect();
    assert_eq!(left, ["reply", "chain[0].plugin_config"]);
}

/// A layout with one image whose only layer has these bytes.
fn with_layer(media_type: &str, bytes: &[u8]) -> Layout {
    let mut layout = Layout::default();
    let layer = layout.blob(media_type, bytes);
    let config = layout.blob("application/vnd.oci.image.config.v1+json", b"{}");
    let manifest = layout.manifest(config, &[layer]);
    layout.index(&[manifest]);
    layout
}

#[test]
fn a_file_with_another_digest_is_refused_with_both() {
    let mut layout = with_layer(GZIP, &gzip(&tar(&[("plugin.wasm", MODULE)])));
    let layer =
        layout.files.iter_mut().find(|(_, bytes)| bytes.starts_with(&[0x1f, 0x8b])).expect("it is there");
    layer.1.push(0);
    let (name, found) = (layer.0.clone(), hash(layer.1));
    let (place, reason) = fails(layout.read());
    assert_eq!(place, name);
    assert!(
        matches!(reason, Reason::Digest { found: had, expected } if *had == *found && name.ends_with(&*expected))
    );
}

#[test]
fn a_digest_is_no_path() {
    for digest in ["sha256:../../../../etc/passwd", "sha256:", "md5:00", "../x", "sha512:00"] {
        let mut layout = Layout::default();
        layout.index(&[json!({"mediaType": MANIFEST, "digest": digest, "size": 1})]);
        let (place, reason) = fails(layout.read());
        assert_eq!(place, "index.json.manifests[0]", "{digest}");
        assert!(matches!(reason, Reason::Expected(_)), "{digest}: {reason:?}");
    }
}

#[test]
fn members_that_lead_out_of_an_archive_are_refused() {
    for name in ["../plugin.wasm", "/plugin.wasm", "a/../../plugin.wasm", "a\\..\\plugin.wasm"] {
        let (place, reason) = fails(with_layer(GZIP, &gzip(&tar(&[(name, MODULE)]))).read());
        assert!(matches!(reason, Reason::Unsafe), "{name}: {reason:?}");
        assert_eq!(place, name);
        let (place, reason) = fails(read_tar(&tar(&[("index.json", b"{}"), (name, b"x")])));
        assert!(matches!(reason, Reason::Unsafe), "{name}: {reason:?}");
        assert_eq!(place, name);
    }
}

/// A tar with a link.
fn tar_with_link(kind: tar::EntryType, name: &str, to: &str) -> Vec<u8> {
    let mut archive = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(kind);
    header.set_size(0);
    header.set_mode(0o777);
    archive.append_link(&mut header, name, to).expect("it is memory");
    archive.into_inner().expect("it is memory")
}

#[test]
fn links_are_not_followed() {
    for kind in [tar::EntryType::Symlink, tar::EntryType::Link] {
        let layer = tar_with_link(kind, "plugin.wasm", "/etc/passwd");
        assert!(matches!(fails(with_layer(GZIP, &gzip(&layer)).read()).1, Reason::Unsafe));
        let index = tar_with_link(kind, "index.json", "/etc/passwd");
        assert!(matches!(fails(read_tar(&index)).1, Reason::Unsafe));
    }
}

#[cfg(unix)]
#[test]
fn links_in_a_folder_are_not_followed() {
    let layout = with_layer(GZIP, &gzip(&tar(&[("plugin.wasm", MODULE)])));
    let folder = tempfile::tempdir().expect("a folder can be made");
    let (real, linked) = (folder.path().join("real"), folder.path().join("linked"));
    layout.in_folder(&real);
    std::fs::create_dir(&linked).expect("a folder can be made");
    for name in ["index.json", "oci-layout"] {
        std::fs::copy(real.join(name), linked.join(name)).expect("it can be copied");
    }
    std::os::unix::fs::symlink(real.join("blobs"), linked.join("blobs")).expect("links can be made");
    let error = convert::open(&linked, None).expect_err("its files are elsewhere");
    assert!(matches!(error.reason, Reason::Unsafe), "{error:?}");
}

#[test]
fn what_unpacks_to_more_than_is_read_is_refused() {
    // A member that says it has 300 MiB; that so much follows is not waited for.
    let mut header = tar::Header::new_gnu();
    header.set_path("zeros").expect("it is short");
    header.set_size(300 << 20);
    header.set_cksum();
    let mut bomb = header.as_bytes().to_vec();
    bomb.resize(64 << 10, 0);
    for layer in [gzip(&bomb), bomb] {
        let reason = fails(with_layer(GZIP, &layer).read()).1;
        let Reason::TooLarge { size, limit } = reason else { panic!("{reason:?}") };
        assert_eq!((size, limit), (300 << 20, convert::MAX_FILE));
    }
}

#[test]
fn what_is_cut_off_or_no_layout_is_refused_with_its_place() {
    let layout = with_layer(GZIP, &gzip(&tar(&[("plugin.wasm", MODULE)])));
    let whole = layout.in_tar();
    for end in [0, 1, 511, 512, 700, whole.len() / 2] {
        assert!(read_tar(&whole[..end]).is_err(), "{end}");
    }
    assert_eq!(fails(read_tar(&tar(&[("plugin.wasm", MODULE)]))).0, "index.json");
    let packed = gzip(&tar(&[("plugin.wasm", MODULE)]));
    for layer in [&packed[..packed.len() / 2], b"\x1f\x8b not packed", &[0x55; 600]] {
        assert!(with_layer(GZIP, layer).read().is_err());
    }
    assert!(matches!(fails(with_layer(GZIP, &gzip(&tar(&[("a", b"")]))).read()).1, Reason::Missing(_)));
    let zstd = with_layer("application/vnd.oci.image.layer.v1.tar+zstd", b"\x28\xb5\x2f\xfd");
    assert!(matches!(fails(zstd.read()).1, Reason::Expected(_)));
}

#[test]
fn indices_in_indices_and_images_are_bounded() {
    let mut layout = Layout::default();
    let mut inner = layout.json(INDEX, &json!({"schemaVersion": 2, "manifests": []}));
    for _ in 0..8 {
        inner = layout.json(INDEX, &json!({"schemaVersion": 2, "manifests": [inner]}));
    }
    layout.index(&[inner]);
    assert!(matches!(fails(layout.read()).1, Reason::Cycle));

    let mut layout = with_layer(GZIP, &gzip(&tar(&[("plugin.wasm", MODULE)])));
    let index: Value = serde_json::from_slice(&layout.files["index.json"]).expect("it is JSON");
    let many = vec![index["manifests"][0].clone(); 65];
    layout.index(&many);
    assert!(matches!(fails(layout.read()).1, Reason::TooMany { limit: 64 }));
}

#[test]
fn nothing_of_a_broken_tar_is_printed() {
    let mut bytes = vec![0x1b; 1_024];
    bytes[257..262].copy_from_slice(b"ustar");
    let error = filterlab::convert::open_bytes(&bytes, None).expect_err("it is no tar");
    let Reason::Syntax(said) = &error.reason else { panic!("{error:?}") };
    assert_eq!(said, "it is no tar archive, or a broken one");
}
