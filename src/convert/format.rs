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
        (".json", Self::Scenario),
    ];

    /// Every format with the name that it has on the command line, in the order in which they are offered.
    pub const ALL: &[(Self, &'static str)] = &[
        (Self::Scenario, "scenario"),
        (Self::Module, "wasm"),
        (Self::Curl, "curl"),
        (Self::Har, "har"),
        (Self::Hurl, "hurl"),
        (Self::Http, "http"),
        (Self::Envoy, "envoy"),
        (Self::WasmPlugin, "wasmplugin"),
        (Self::TrafficExtension, "trafficextension"),
        (Self::EnvoyFilter, "envoyfilter"),
        (Self::Policy, "policy"),
        (Self::Higress, "higress"),
        (Self::Oci, "oci"),
        (Self::Suite, "textpb"),
        (Self::FastEdge, "fastedge"),
        (Self::Bundle, "filterlab"),
        (Self::Report, "html"),
    ];

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(format, _)| *format == self).map_or("", |(_, name)| name)
    }

    /// The format of that name on the command line.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known)| known.eq_ignore_ascii_case(name)).map(|(format, _)| *format)
    }

    /// What the names of its files end with; empty: it is a folder.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Oci => "",
            Self::FastEdge => ".fastedge-config.test.json",
            other => Self::NAMES.iter().find(|(_, format)| *format == other).map_or("", |(end, _)| end),
        }
    }

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

    /// Whether it says nothing of filters: it is a request, and what was answered.
    pub fn is_traffic(self) -> bool {
        matches!(self, Self::Curl | Self::Har | Self::Hurl | Self::Http)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_has_a_name_and_files_are_known_by_theirs() {
        for (format, name) in Format::ALL {
            assert_eq!((format.name(), Format::named(name)), (*name, Some(*format)));
            let file = format!("x{}", format.extension());
            let known = Format::of_name(Path::new(&file));
            assert_eq!(known.unwrap_or(Format::Oci), *format, "{file}");
        }
        for (_, format) in Format::NAMES {
            assert!(Format::ALL.iter().any(|(known, _)| known == format), "{format:?} has no name");
        }
    }
}
