//! Documents that are made to do harm: they are refused with a place, within bounds, or read as what they are.

use filterlab::convert::{Format, Place, Reason};

use crate::files::{chain, fails, text};

const FORMATS: [Format; 6] = [
    Format::Envoy,
    Format::WasmPlugin,
    Format::TrafficExtension,
    Format::EnvoyFilter,
    Format::Policy,
    Format::Higress,
];

/// Reads it in every format; none may take it.
#[track_caller]
fn refused(yaml: &str) {
    for format in FORMATS {
        let error = text(format, yaml).expect_err("nothing can be made of it");
        assert!(
            matches!(error.reason, Reason::Syntax(_) | Reason::Excess | Reason::Cycle),
            "{format:?}: {error:?}"
        );
        assert!(matches!(error.place, Some(Place::Line { .. })), "{format:?}: {error:?}");
    }
}

#[test]
fn a_billion_laughs_are_not_laughed() {
    let mut yaml = "a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n".to_owned();
    for level in 1..10 {
        let of = format!("*a{}", level - 1);
        yaml += &format!("a{level}: &a{level} [{}]\n", vec![of; 9].join(", "));
    }
    refused(&yaml);
    assert!(matches!(fails(text(Format::Envoy, &yaml)).1, Reason::Excess));
}

#[test]
fn a_long_text_is_not_repeated_without_end() {
    let long = "x".repeat(1 << 20);
    let aliases = "- *a\n".repeat(600);
    refused(&format!("a: &a {long}\nb:\n{aliases}"));
}

#[test]
fn nesting_has_an_end() {
    for (open, close) in [("[", "]"), ("{a: ", "}")] {
        refused(&format!("{}1{}", open.repeat(200), close.repeat(200)));
        refused(&format!("{}1{}", open.repeat(100_000), close.repeat(100_000)));
    }
    let block: String = (0..200).map(|depth| format!("{}a:\n", " ".repeat(depth))).collect();
    refused(&block);
    let json = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    refused(&json);
}

#[test]
fn what_refers_to_itself_is_refused() {
    refused("a: &a [*a]\n");
    assert!(matches!(fails(text(Format::Envoy, "a: &a [*a]\n")).1, Reason::Cycle));
    refused("a: *nowhere\n");
    let yaml = "
static_resources:
  listeners:
  - filter_chains:
    - filters:
      - name: hcm
        typed_config:
          \"@type\": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          http_filters:
          - {name: a, config_discovery: {}}
---
resources:
- {name: a, config_discovery: {}}
";
    let (place, reason) = fails(text(Format::Envoy, yaml));
    assert!(matches!(reason, Reason::Cycle), "{reason:?}");
    assert_eq!(place, "documents[1].resources[0]");
    let wrapped = (0..20).fold("{}".to_owned(), |inner, _| {
        format!(
            "{{\"@type\": x/udpa.type.v1.TypedStruct, type_url: x/udpa.type.v1.TypedStruct, value: {inner}}}"
        )
    });
    let yaml = format!(
        "static_resources: {{listeners: [{{filter_chains: [{{filters: [{{name: a, typed_config: {wrapped}}}]}}]}}]}}"
    );
    assert!(text(Format::Envoy, &yaml).is_err());
}

#[test]
fn a_field_that_is_given_twice_is_refused_with_its_place() {
    for format in FORMATS {
        let error = text(format, "a: 1\nb: 2\na: 3\n").expect_err("a is there twice");
        assert!(matches!(error.place, Some(Place::Line { line: 3, .. })), "{error:?}");
        let error = text(format, "{\"a\": 1,\n \"a\": 2}").expect_err("a is there twice");
        assert!(matches!(error.place, Some(Place::Line { line: 2, .. })), "{error:?}");
        let Reason::Syntax(said) = error.reason else { panic!("it is about the text") };
        assert!(said.contains('a'), "{said}");
    }
}

#[test]
fn tabs_and_bad_text_are_refused_with_their_place() {
    refused("static_resources:\n\tlisteners: []\n");
    refused("a: [1, 2\nb: 3\n");
    refused("a: \"\\q\"\n");
    refused("a: .inf\n");
    let error = filterlab::convert::read(
        Format::Envoy,
        &filterlab::convert::Input { bytes: b"a: \xff", name: "", folder: None },
    );
    assert!(matches!(fails(error), (place, Reason::NotText) if place == "byte 4"));
}

#[test]
fn anchors_and_merge_keys_are_followed() {
    let yaml = "
apiVersion: extensions.istio.io/v1alpha1
kind: WasmPlugin
metadata: {name: a, namespace: b}
spec:
  url: file://a.wasm
  pluginConfig:
    base: &base {x: 1, y: 2}
    derived: {<<: *base, y: 3}
    again: *base
";
    let imported = text(Format::WasmPlugin, yaml).expect("it is small");
    let config = imported.scenarios[0].chain[0].plugin_config.text().map(str::to_owned);
    let expected = r#"{"again":{"x":1,"y":2},"base":{"x":1,"y":2},"derived":{"x":1,"y":3}}"#;
    assert_eq!(config.as_deref(), Some(expected));
}

#[test]
fn nothing_of_what_is_not_there_is_made_up() {
    for (yaml, format) in [
        ("", Format::Envoy),
        ("static_resources: {}\n", Format::Envoy),
        ("apiVersion: v1\nkind: Service\n", Format::WasmPlugin),
        ("kind: WasmPlugin\napiVersion: extensions.istio.io/v1alpha1\nspec: {}\n", Format::Policy),
        ("[]", Format::EnvoyFilter),
        ("text", Format::Higress),
        ("null", Format::Envoy),
    ] {
        assert!(text(format, yaml).is_err(), "{yaml}");
    }
    let list = "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: List, items: [{apiVersion: v1, kind: Pod}]}\n";
    assert!(matches!(fails(text(Format::WasmPlugin, list)).1, Reason::NoWasm));
}

#[test]
fn a_tag_is_nothing_but_a_type() {
    let yaml = "
apiVersion: extensions.istio.io/v1alpha1
kind: WasmPlugin
metadata: {name: !!str 7, namespace: b}
spec: {url: !include 'file:///etc/passwd'}
";
    // Nothing is included: the text is the address.
    let imported = text(Format::WasmPlugin, yaml).expect("it can be read");
    let filter = &chain(&imported.scenarios[0])[0];
    assert_eq!((&filter["filter"], &filter["name"]), (&"/etc/passwd".into(), &"b.7".into()));
}
