//! Filters that tests make up.

use std::path::PathBuf;

/// A filter from text, in a folder that lives as long as the test.
pub struct Filter {
    pub path: PathBuf,
    _folder: tempfile::TempDir,
}

/// One with an ABI, a memory and an allocator.
pub fn filter(name: &str, body: &str) -> Filter {
    let text = format!(
        r#"(module {body}
          (memory (export "memory") 1)
          (func (export "proxy_abi_version_0_2_1"))
          (func (export "malloc") (param i32) (result i32) (i32.const 1024)))"#
    );
    bytes(name, &wat::parse_str(text).expect("the test's own module is valid"))
}

/// Any bytes.
pub fn bytes(name: &str, bytes: &[u8]) -> Filter {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).expect("the file can be written");
    Filter { path, _folder: folder }
}

/// A copy of a bundled filter in a folder of the test's own.
pub fn copy_of(sample: &str) -> Filter {
    let (sample, _) = filterlab::samples::named(sample).expect("it is bundled");
    bytes("mine.wasm", sample.module)
}

/// Never returns.
pub const LOOP: &str = r#"(func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
    (loop $l (br $l)) unreachable)"#;
