//! What a file is, by a look at its beginning, its name, and its beginning again: a name is asked only where the contents
//! leave it open.

use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

use super::Format;

/// How much of a file is looked at, in bytes. Whoever looks into a file before it is read reads so much of it.
pub const HEAD: usize = 64 << 10;

/// What is at a path, as far as a look at its beginning and its name tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    Missing,
    Folder,
    Filter,
    Scenario,
    /// A `.filterlab` file.
    Shared,
    /// A file of another tool.
    Foreign(Format),
    Unknown,
}

impl FileKind {
    /// Looks at most at the first [`HEAD`] bytes, and of a folder at its names.
    pub fn of(path: &Path) -> Self {
        let Ok(about) = fs::metadata(path) else { return Self::Missing };
        if about.is_dir() {
            return Format::of_folder(path).map_or(Self::Folder, Self::Foreign);
        }
        // It may never end, or keep whoever opens it waiting, whatever it is called.
        if !about.is_file() {
            return Self::Unknown;
        }
        let mut head = Vec::new();
        if let Ok(file) = File::open(path) {
            // One that cannot be read is taken at its name; whoever reads all of it says why.
            let _ = file.take(HEAD as u64).read_to_end(&mut head);
        }
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        match Format::of(&name, &head) {
            Some(Format::Scenario) => Self::Scenario,
            Some(Format::Bundle) => Self::Shared,
            // A file that is called a module may be nothing like it.
            Some(Format::Module) if head.is_empty() || head.starts_with(b"\0asm") => Self::Filter,
            // Another page is that of a download that went wrong.
            Some(Format::Report) if is_report(&head) => Self::Foreign(Format::Report),
            None | Some(Format::Module | Format::Report) => Self::Unknown,
            Some(format) => Self::Foreign(format),
        }
    }

    /// Whether there is something to read.
    pub fn can_be_read(self) -> bool {
        !matches!(self, Self::Missing | Self::Folder)
    }
}

impl Format {
    /// What a file is; `None`: nothing fits. `name` may be empty, `bytes` may be only the first [`HEAD`] bytes.
    pub fn of(name: &str, bytes: &[u8]) -> Option<Self> {
        let head = &bytes[..bytes.len().min(HEAD)];
        Self::of_content(head).or_else(|| Self::of_name(Path::new(name))).or_else(|| likely(head))
    }

    /// What only this format has at its beginning; `None`: the contents leave it open.
    pub fn of_content(bytes: &[u8]) -> Option<Self> {
        let head = &bytes[..bytes.len().min(HEAD)];
        if head.starts_with(b"\0asm") {
            return Some(Self::Module);
        }
        // A local header, and the end of an empty archive.
        if head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06") {
            return Some(Self::Bundle);
        }
        if head.get(257..262) == Some(b"ustar") {
            return Some(Self::Oci);
        }
        let text = text_of(head);
        let text = text.trim_start();
        if text.starts_with('{') {
            return json(text);
        }
        if text.starts_with('<') {
            let begin = text.get(..14).unwrap_or(text).to_ascii_lowercase();
            return (begin.starts_with("<!doctype html") || begin.starts_with("<html"))
                .then_some(Self::Report);
        }
        let first = text.lines().map(str::trim_end).find(|line| !is_remark(line))?;
        if is_curl(first) {
            Some(Self::Curl)
        } else if is_http(first) {
            Some(Self::Http)
        } else if is_hurl(first) {
            Some(Self::Hurl)
        } else if is_text_proto(first) {
            Some(Self::Suite)
        } else {
            yaml(text)
        }
    }

    /// What a folder is. Its files are not read.
    pub fn of_folder(path: &Path) -> Option<Self> {
        path.join("oci-layout").is_file().then_some(Self::Oci)
    }
}

/// Whether a page says at its beginning that Filterlab made it.
fn is_report(head: &[u8]) -> bool {
    text_of(head).contains("<meta name=\"generator\" content=\"Filterlab ")
}

/// Where neither contents nor name say it: an object is a scenario.
fn likely(head: &[u8]) -> Option<Format> {
    text_of(head).trim_start().starts_with('{').then_some(Format::Scenario)
}

/// The text at the beginning of a file; what is cut, or no text, ends it.
fn text_of(head: &[u8]) -> &str {
    let chunk = head.utf8_chunks().next();
    let text = chunk.map(|chunk| chunk.valid()).unwrap_or_default();
    text.strip_prefix('\u{feff}').unwrap_or(text)
}

/// An empty line, or a comment of a shell, of Hurl, YAML and text proto.
fn is_remark(line: &str) -> bool {
    let line = line.trim_start();
    line.is_empty() || line.starts_with('#') || line == "---"
}

/// `curl …`, also after the prompt that people copy along.
fn is_curl(line: &str) -> bool {
    let line = line.trim_start();
    let line =
        ["$ ", "% ", "> "].iter().find_map(|prompt| line.strip_prefix(prompt)).unwrap_or(line).trim_start();
    let word = line.split([' ', '\t', '\\', '^', '`']).next().unwrap_or_default();
    ["curl", "curl.exe"].iter().any(|name| word.eq_ignore_ascii_case(name))
}

/// A start line of a message (RFC 9112, section 2.1), with any version: browsers write `HTTP/2` there.
fn is_http(line: &str) -> bool {
    let is_version = |word: &str| {
        word.strip_prefix("HTTP/").is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
    };
    let mut words = line.split(' ');
    let first = words.next().unwrap_or_default();
    is_version(first) || (is_method(first) && words.next_back().is_some_and(is_version))
}

/// `METHOD URL`, where the URL is absolute or a template.
fn is_hurl(line: &str) -> bool {
    let Some((method, url)) = line.split_once([' ', '\t']) else { return false };
    let url = url.trim_start();
    is_method(method) && ["http://", "https://", "{{"].iter().any(|begin| url.starts_with(begin))
}

fn is_method(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'-')
}

/// The fields of `TestSuite`, with the brace that opens a message.
fn is_text_proto(line: &str) -> bool {
    ["env", "test"].iter().any(|field| {
        let rest = line.trim_start().strip_prefix(field).map(str::trim_start);
        let rest = rest.map(|rest| rest.strip_prefix(':').unwrap_or(rest).trim_start());
        rest.is_some_and(|rest| rest.starts_with(['{', '<']))
    })
}

/// An object by its fields; `None`: they say nothing.
fn json(text: &str) -> Option<Format> {
    let fields = Fields::of_json(text);
    fields.kubernetes().or_else(|| {
        let has = |name: &str| fields.has(name);
        Some(match () {
            () if has("chain") => Format::Scenario,
            () if has("log") => Format::Har,
            () if has("appType") => Format::FastEdge,
            () if has("static_resources") || has("staticResources") => Format::Envoy,
            () if has("test") && has("env") => Format::Suite,
            () => return None,
        })
    })
}

/// A document, or the first of several that is something, by its top-level fields.
fn yaml(text: &str) -> Option<Format> {
    let documents = text.split("\n---");
    documents.take(100).find_map(|document| {
        let fields = Fields::of_yaml(document);
        let has = |name: &str| fields.has(name);
        fields.kubernetes().or_else(|| match () {
            () if has("static_resources") || has("staticResources") => Some(Format::Envoy),
            () if has("test") && (has("env") || document.contains("request_headers")) => Some(Format::Suite),
            () => None,
        })
    })
}

/// The fields of the outermost object, each with its value where that is a plain word.
#[derive(Debug, Default)]
struct Fields(Vec<(String, String)>);

impl Fields {
    fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(known, _)| known == name)
    }

    fn value(&self, name: &str) -> &str {
        self.0.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    /// An object of Kubernetes by its kind and API group.
    fn kubernetes(&self) -> Option<Format> {
        match self.value("kind") {
            "WasmPlugin" if self.value("apiVersion").starts_with("extensions.higress.io") => {
                Some(Format::Higress)
            }
            "WasmPlugin" => Some(Format::WasmPlugin),
            "TrafficExtension" => Some(Format::TrafficExtension),
            "EnvoyFilter" => Some(Format::EnvoyFilter),
            "EnvoyExtensionPolicy" => Some(Format::Policy),
            _ => None,
        }
    }

    /// Lines `name: value` without indentation.
    fn of_yaml(document: &str) -> Self {
        let quotes = ['"', '\''];
        let field = |line: &str| {
            let (name, value) = line.split_once(':')?;
            let name = name.trim_matches(quotes);
            let is_name =
                !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
            let value = value.split(" #").next().unwrap_or_default().trim().trim_matches(quotes);
            is_name.then(|| (name.to_owned(), value.to_owned()))
        };
        Self(document.lines().filter_map(field).collect())
    }

    /// Reads as much as there is; a file is looked at before it is known to be JSON.
    fn of_json(text: &str) -> Self {
        let mut fields = Self::default();
        let mut depth = 0_usize;
        // The last string at depth 1, and whether it was followed by a colon.
        let (mut string, mut is_name) = (String::new(), false);
        let mut chars = text.char_indices();
        while let Some((at, c)) = chars.next() {
            match c {
                '{' | '[' => depth += 1,
                '}' | ']' => depth = depth.saturating_sub(1),
                ':' if depth == 1 => {
                    is_name = true;
                    fields.0.push((std::mem::take(&mut string), String::new()));
                }
                ',' if depth == 1 => is_name = false,
                '"' => {
                    let mut escaped = false;
                    let end = chars.by_ref().find(|(_, c)| {
                        let ends = *c == '"' && !escaped;
                        escaped = *c == '\\' && !escaped;
                        ends
                    });
                    let Some((end, _)) = end else { break };
                    if depth == 1 {
                        string = text[at + 1..end].to_owned();
                        if let Some((_, value)) = fields.0.last_mut().filter(|_| is_name) {
                            *value = std::mem::take(&mut string);
                        }
                    }
                }
                _ => {}
            }
            if depth == 0 && c == '}' {
                break;
            }
        }
        fields
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn is(text: &str, format: Format) {
        assert_eq!(Format::of_content(text.as_bytes()), Some(format), "{text}");
        let marked = format!("\u{feff}\n{text}");
        assert_eq!(Format::of_content(marked.as_bytes()), Some(format), "with a byte order mark: {text}");
    }

    #[test]
    fn formats_are_known_by_what_is_in_them() {
        assert_eq!(Format::of_content(b"\0asm\x01\0\0\0"), Some(Format::Module));
        assert_eq!(Format::of_content(b"PK\x03\x04\x14\0"), Some(Format::Bundle));
        let mut tar = vec![0; 512];
        tar[257..262].copy_from_slice(b"ustar");
        assert_eq!(Format::of_content(&tar), Some(Format::Oci));
        is("<!DOCTYPE html>\n<html>", Format::Report);
        is("<html lang='en'>", Format::Report);
        is("curl 'https://example.com/' \\\n  -H 'a: b'", Format::Curl);
        is("curl ^\"https://example.com/^\" ^\r\n", Format::Curl);
        is("# a note\n$ curl.exe -v https://example.com", Format::Curl);
        is("GET /a HTTP/1.1\r\nhost: x\r\n\r\n", Format::Http);
        is("GET https://a/ HTTP/2\r\n", Format::Http);
        is("HTTP/1.1 200 OK\r\n\r\n", Format::Http);
        is("# get it\nGET https://example.org/api\nHTTP 200\n", Format::Hurl);
        is("POST {{host}}/api\n", Format::Hurl);
        is("# proto-file: runner.proto\ntest {\n  name: \"a\"\n}", Format::Suite);
        is("env: <\n", Format::Suite);
        is("env:\n  log_level: INFO\ntest:\n  - name: a\n", Format::Suite);
        is("static_resources:\n  listeners: []\n", Format::Envoy);
        is("admin: {}\nstatic_resources: {}\n", Format::Envoy);
        is("apiVersion: extensions.istio.io/v1alpha1\nkind: WasmPlugin\n", Format::WasmPlugin);
        is("kind: 'WasmPlugin' # ours\napiVersion: \"extensions.higress.io/v1alpha1\"\n", Format::Higress);
        is("kind: TrafficExtension\n", Format::TrafficExtension);
        is("---\nkind: Service\n---\nkind: EnvoyFilter\nspec:\n  kind: x\n", Format::EnvoyFilter);
        is("kind: EnvoyExtensionPolicy\n", Format::Policy);
        is(r#"{"log": {"version": "1.2", "creator": {"kind": "x"}}}"#, Format::Har);
        is(r#"{"version": 1, "name": "a \" chain", "chain": []}"#, Format::Scenario);
        is(r#"{"appType": "proxy-wasm"}"#, Format::FastEdge);
        is(r#"{"static_resources": {}}"#, Format::Envoy);
        is(r#"{"apiVersion": "networking.istio.io/v1alpha3", "kind": "EnvoyFilter"}"#, Format::EnvoyFilter);
    }

    #[test]
    fn a_name_decides_where_the_contents_leave_it_open() {
        assert_eq!(Format::of("a.test.json", b"{}"), Some(Format::FastEdge));
        assert_eq!(Format::of("a.json", b"{\"request\": {}}"), Some(Format::Scenario));
        assert_eq!(Format::of("a.har", b""), Some(Format::Har));
        assert_eq!(Format::of("A.ENVOY.YML", b"a: b"), Some(Format::Envoy));
        assert_eq!(Format::of("a.har", b"curl https://a"), Some(Format::Curl), "contents go first");
        for nothing in [&b""[..], b"hello", b"[1]", b"\xff\xfeh\0", b"a: b\n", b"<xml/>"] {
            assert_eq!(Format::of("notes.txt", nothing), None);
        }
    }

    #[test]
    fn a_value_is_no_field() {
        assert_eq!(Format::of_content(br#"{"name": "chain", "a": {"log": 1}, "b": ["kind"]}"#), None);
        assert_eq!(Format::of_content(b"{\"log"), None, "cut in the middle");
    }

    #[test]
    fn a_file_is_known_by_its_beginning_and_its_name() {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let kind = |name: &str, contents: &[u8]| {
            let path = folder.path().join(name);
            fs::write(&path, contents).expect("it can be written");
            FileKind::of(&path)
        };
        assert_eq!(kind("a.bin", b"\0asm\x01\0\0\0"), FileKind::Filter);
        assert_eq!(kind("empty.wasm", b""), FileKind::Filter, "taken at its word");
        assert_eq!(kind("text.wasm", b"no filter"), FileKind::Unknown);
        assert_eq!(kind("a.txt", b"{}"), FileKind::Scenario);
        assert_eq!(kind("a.json", b""), FileKind::Scenario);
        assert_eq!(kind("a.zip", b"PK\x03\x04"), FileKind::Shared);
        assert_eq!(kind("a", b"curl https://example.com"), FileKind::Foreign(Format::Curl));
        assert_eq!(kind("notes.txt", b"notes"), FileKind::Unknown);
        assert_eq!(FileKind::of(folder.path()), FileKind::Folder);
        assert_eq!(FileKind::of(&folder.path().join("none")), FileKind::Missing);
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink("/dev/zero", folder.path().join("a.curl")).expect("links can be made");
            assert_eq!(FileKind::of(&folder.path().join("a.curl")), FileKind::Unknown, "a device");
        }
        fs::write(folder.path().join("oci-layout"), "{}").expect("it can be written");
        assert_eq!(FileKind::of(folder.path()), FileKind::Foreign(Format::Oci));
    }
}
