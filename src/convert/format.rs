//! The formats, and how they are recognised: by content, then by name.

use std::path::Path;

/// A file format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// `*.scenario.json`.
    Scenario,
    /// A compiled filter.
    Module,
    /// A curl command line.
    Curl,
    /// HTTP Archive 1.2.
    Har,
    /// Hurl requests with their asserts.
    Hurl,
    /// HTTP/1.1 messages as text.
    Http,
    /// Bootstrap of Envoy in YAML or JSON.
    Envoy,
    /// `WasmPlugin` of Istio.
    WasmPlugin,
    /// `TrafficExtension` of Istio.
    TrafficExtension,
    /// `EnvoyFilter` of Istio.
    EnvoyFilter,
    /// `EnvoyExtensionPolicy` of Envoy Gateway.
    Policy,
    /// `WasmPlugin` of Higress.
    Higress,
    /// An OCI image layout, as a folder or in a tar.
    Oci,
    /// Test suite of Google's service extensions, as text proto or YAML.
    Suite,
    /// `fastedge-config.test.json`.
    FastEdge,
    /// Modules, scenario and recorded trace in one `.filterlab` file.
    Bundle,
    /// A report to be read in a browser.
    Report,
}

impl Format {
    /// The formats by the ends of file names, longer ones first.
    const NAMES: &[(&str, Self)] = &[
        (".scenario.json", Self::Scenario),
        (".trafficextension.yaml", Self::TrafficExtension),
        (".envoyfilter.yaml", Self::EnvoyFilter),
        (".wasmplugin.yaml", Self::WasmPlugin),
        (".higress.yaml", Self::Higress),
        (".policy.yaml", Self::Policy),
        (".envoy.yaml", Self::Envoy),
        (".test.json", Self::FastEdge),
        (".filterlab", Self::Bundle),
        (".textpb", Self::Suite),
        (".curl", Self::Curl),
        (".hurl", Self::Hurl),
        (".http", Self::Http),
        (".html", Self::Report),
        (".wasm", Self::Module),
        (".har", Self::Har),
        (".tar", Self::Oci),
    ];

    /// What a file of this name is, by the name alone. Without regard to case; `.yml` is `.yaml`.
    pub fn of_name(path: &Path) -> Option<Self> {
        let name = path.file_name()?.to_string_lossy().to_ascii_lowercase();
        let name = match name.strip_suffix(".yml") {
            Some(stem) => format!("{stem}.yaml"),
            None => name,
        };
        Self::NAMES.iter().find(|(end, _)| name.ends_with(end)).map(|(_, format)| *format)
    }

    /// Whether it holds a run.
    pub fn needs_run(self) -> bool {
        matches!(self, Self::Bundle | Self::Report)
    }
}
