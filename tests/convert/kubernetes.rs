//! Objects of Kubernetes, in and out.

use filterlab::convert::{Exported, Format, Why};
use filterlab::scenario::{ListenerDirection, Scenario};
use serde_json::json;

use crate::files::{chain, fails, left_out, one, read, rich_filter, text, there_and_back, write};

#[test]
fn wasm_plugins_as_kubectl_prints_them_make_a_chain_by_phase_and_priority() {
    let imported = read("get.wasmplugin.yaml");
    assert_eq!(imported.format, Format::WasmPlugin);
    let [scenario] = imported.scenarios.as_slice() else { panic!("all are for the same gateway") };
    assert_eq!(scenario.name, "late, basic-auth, stats");
    // As Istio writes it: sorted, dense, and with what HTML knows escaped.
    let config = r#"{"basic_auth_rules":[{"credentials":["ok:test","YWRtaW4zOmFkbWluMw=="],"prefix":"/productpage","request_methods":["GET","POST"]}],"ratio":0.5,"realm":"a\u003cb"}"#;
    assert_eq!(
        chain(scenario),
        json!([
            {"filter": "/opt/filters/late.wasm", "name": "istio-system.late", "root_id": "late_root",
             "env": {"REGION": "eu"}, "failure_policy": "fail_open"},
            {"filter": "basic_auth.wasm", "name": "istio-system.basic-auth", "plugin_config": config,
             "failure_policy": "fail_closed", "url": "oci://ghcr.io/istio-ecosystem/wasm-extensions/basic_auth:1.12.0"},
            {"filter": "", "sha256": "2".repeat(64), "name": "istio-system.stats", "failure_policy": "fail_closed",
             "url": "https://example.com/filters/stats.wasm?v=3"},
        ])
    );
    assert_eq!(
        left_out(&imported),
        [
            "items[0].spec.url Remote { url: \"oci://ghcr.io/istio-ecosystem/wasm-extensions/basic_auth:1.12.0\" }",
            "items[1].spec.url Remote { url: \"https://example.com/filters/stats.wasm?v=3\" }",
            "items[2].spec.vmConfig.env[1] FromEnvironment",
        ]
    );
}

fn plugin(name: &str, namespace: &str, more: &str) -> String {
    format!(
        "---\napiVersion: extensions.istio.io/v1alpha1\nkind: WasmPlugin\nmetadata: {{name: {name}, namespace: {namespace}}}\n\
         spec:\n  url: file://{name}.wasm\n{more}"
    )
}

#[test]
fn plugins_of_one_phase_go_by_priority_and_those_without_come_last() {
    let yaml = [
        plugin("none", "a", ""),
        plugin("low", "a", "  priority: 1\n"),
        plugin("high", "a", "  priority: '20'\n"),
        plugin("stats", "a", "  phase: STATS\n"),
        plugin("authz", "a", "  phase: AUTHZ\n  priority: -7\n"),
    ]
    .concat();
    let imported = text(Format::WasmPlugin, &yaml).expect("it can be read");
    assert_eq!(imported.scenarios[0].name, "authz, stats, high, low, none");
}

#[test]
fn of_equal_plugins_those_of_the_root_namespace_come_first_then_the_oldest_then_by_name() {
    let applied = |name: &str, namespace: &str, created: &str| {
        let made = plugin(name, namespace, "");
        made.replace("namespace: ", &format!("creationTimestamp: '{created}', namespace: "))
    };
    let yaml = [
        applied("b", "shop", "2026-02-01T00:00:00Z"),
        applied("a", "shop", "2026-02-01T00:00:00Z"),
        applied("old", "shop", "2026-01-01T00:00:00Z"),
        applied("root", "istio-system", "2026-03-01T00:00:00Z"),
    ]
    .concat();
    let imported = text(Format::WasmPlugin, &yaml).expect("it can be read");
    assert_eq!(imported.scenarios[0].name, "root, old, a, b");
}

#[test]
fn plugins_for_different_workloads_are_different_scenarios() {
    let yaml = [
        plugin("all", "istio-system", ""),
        plugin("shop", "shop", ""),
        plugin("web", "shop", "  selector: {matchLabels: {app: web}}\n  match: [{mode: SERVER}]\n"),
        plugin("db", "shop", "  selector: {matchLabels: {app: db}}\n  type: NETWORK\n"),
    ]
    .concat();
    let imported = text(Format::WasmPlugin, &yaml).expect("it can be read");
    let names: Vec<&str> = imported.scenarios.iter().map(|scenario| scenario.name.as_str()).collect();
    assert_eq!(names, ["all, shop, web", "db"]);
    assert!(imported.scenarios[1].connection.is_some(), "a network plugin is for TCP");
}

/// An `EnvoyFilter` that puts `first.wasm` before and `last.wasm` behind what is there, and one beside the plugin `ns.a`.
fn patches(more: &str) -> String {
    let patch = |name: &str, operation: &str, beside: &str| {
        format!(
            "  - applyTo: HTTP_FILTER\n    match: {{context: SIDECAR_INBOUND, listener: {{filterChain: {{filter: {{name: \
             envoy.filters.network.http_connection_manager, subFilter: {{name: {beside}}}}}}}}}}}\n    patch:\n      \
             operation: {operation}\n      value:\n        name: {name}\n        typed_config:\n          \
             '@type': type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm\n          \
             config: {{vm_config: {{code: {{local: {{filename: {name}.wasm}}}}}}}}\n"
        )
    };
    let router = "envoy.filters.http.router";
    format!(
        "---\napiVersion: networking.istio.io/v1alpha3\nkind: EnvoyFilter\nmetadata: {{name: e, namespace: ns}}\nspec:\n{more}  \
         configPatches:\n{}{}{}",
        patch("last", "INSERT_BEFORE", router),
        patch("first", "INSERT_FIRST", router),
        patch("beside", "INSERT_AFTER", "extensions.istio.io/wasmplugin/ns.a"),
    )
}

#[track_caller]
fn chains(yaml: &str) -> (Vec<(String, Vec<String>)>, Vec<String>) {
    let imported = text(Format::EnvoyFilter, yaml).expect("it can be read");
    let chain = |scenario: &Scenario| scenario.chain.iter().map(|filter| filter.path.clone()).collect();
    let chains = imported.scenarios.iter().map(|scenario| (scenario.name.clone(), chain(scenario)));
    (chains.collect(), left_out(&imported))
}

#[test]
fn patches_are_applied_to_the_plugins_for_the_same_workloads() {
    let a = plugin("a", "ns", "  selector: {matchLabels: {app: web}}\n  phase: AUTHN\n");
    let b = plugin("b", "ns", "  match: [{mode: SERVER}]\n");
    let out = plugin("out", "ns", "  match: [{mode: CLIENT}]\n");
    let chain = |names: &[&str]| names.iter().map(|name| format!("{name}.wasm")).collect::<Vec<_>>();
    let selector = "  workloadSelector: {labels: {app: web}}\n";
    // Whatever stands first in the file.
    for yaml in [
        [&a, &b, &patches(selector)].map(String::as_str).concat(),
        [&patches(selector), &b, &a].map(String::as_str).concat(),
    ] {
        let (chains, left) = chains(&yaml);
        assert_eq!(chains, [("a, b, e".to_owned(), chain(&["first", "a", "beside", "b", "last"]))]);
        assert_eq!(left, [""; 0]);
    }
    let (chains, left) = chains(&[a, b, out, patches("")].concat());
    assert_eq!(
        chains,
        [
            ("a, b, out, e SIDECAR_INBOUND".to_owned(), chain(&["first", "a", "beside", "b", "last"])),
            ("a, b, out, e SIDECAR_OUTBOUND".to_owned(), chain(&["a", "out"])),
        ]
    );
    assert_eq!(left, [""; 0]);
}

#[test]
fn plugins_and_patches_for_other_workloads_are_noted() {
    let a = plugin("a", "ns", "  selector: {matchLabels: {app: web}}\n");
    let (chains, left) = chains(&[a, patches("  workloadSelector: {labels: {app: db}}\n")].concat());
    let names: Vec<&str> = chains.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["a", "e"]);
    assert_eq!((&*left[0], &*left[2]), ("a OtherWorkloads", "e OtherWorkloads"));
    assert!(left[1].contains("OtherFilter"), "the plugin is not in this chain: {left:?}");
}

#[test]
fn a_traffic_extension_has_its_module_in_an_object_of_its_own() {
    let imported = read("docs.trafficextension.yaml");
    assert_eq!(imported.format, Format::TrafficExtension);
    let [scenario] = imported.scenarios.as_slice() else { panic!("the other one is no wasm") };
    assert_eq!(
        chain(scenario),
        json!([{"filter": "basic_auth.wasm", "name": "default.basic-auth-at-gateway", "failure_policy": "fail_closed",
                "plugin_config": r#"{"basic_auth_rules":[{"prefix":"/productpage"}]}"#,
                "url": "ghcr.io/istio-ecosystem/wasm-extensions/basic_auth:1.12.0"}])
    );
    assert_eq!(
        left_out(&imported),
        [
            "documents[0].spec.wasm.url Remote { url: \"oci://ghcr.io/istio-ecosystem/wasm-extensions/basic_auth:1.12.0\" }",
            "documents[1].spec OtherFilter { name: \"envoy.filters.http.lua\" }",
        ]
    );
}

#[test]
fn an_envoy_filter_that_discovers_a_remote_module_gives_its_configuration() {
    let imported = read("remote.envoyfilter.yaml");
    assert_eq!(imported.format, Format::EnvoyFilter);
    let [scenario] = imported.scenarios.as_slice() else { panic!("one context is named") };
    assert_eq!(
        chain(scenario),
        json!([{"filter": "", "sha256": format!("abcdef{}", "3".repeat(58)), "root_id": "my-wasm-root-id",
                "vm_id": "my-wasm-vm-id", "plugin_config": "{\"key\": \"value\"}\n", "env": {"ISTIO_META": "yes"},
                "url": "http://my-wasm-binary-uri/wasm/filter.wasm"}])
    );
    assert_eq!(scenario.proxy.listener.direction, ListenerDirection::Inbound);
    let place = "spec.configPatches[0].patch.value.typed_config.value.config.vm_config.code.remote";
    assert_eq!(
        left_out(&imported),
        [format!("{place} Remote {{ url: \"http://my-wasm-binary-uri/wasm/filter.wasm\" }}")]
    );
}

#[test]
fn an_envoy_filter_makes_a_chain_for_each_context() {
    let imported = read("local.envoyfilter.yaml");
    let found: Vec<_> =
        imported.scenarios.iter().map(|scenario| (scenario.name.as_str(), chain(scenario))).collect();
    let first = json!([{"filter": "/var/local/lib/wasm-filters/first.wasm", "name": "first", "root_id": "add_header", "vm_id": "vm"}]);
    let gateway = json!([{"filter": "gateway.wasm", "name": "gateway"}]);
    assert_eq!(found, [("http-filter SIDECAR_OUTBOUND", first), ("http-filter GATEWAY", gateway)]);
    assert_eq!(
        left_out(&imported),
        [
            "spec.configPatches[3] NoCounterpart",
            "spec.configPatches[2].patch.value OtherFilter { name: \"everywhere\" }",
        ]
    );
}

/// The name of a filter, the operation, and the filter beside which it goes.
type Patch<'a> = (&'a str, &'a str, &'a str);

/// An `EnvoyFilter` that inserts filters named after their operations and places.
fn inserting(patches: &[Patch<'_>]) -> String {
    let mut yaml = "apiVersion: networking.istio.io/v1alpha3\nkind: EnvoyFilter\nmetadata: {name: e}\nspec:\n  configPatches:\n".to_owned();
    for (name, operation, beside) in patches {
        let found = match *beside {
            "" => String::new(),
            beside => format!(
                "match: {{listener: {{filterChain: {{filter: {{name: envoy.filters.network.http_connection_manager, subFilter: {{name: {beside}}}}}}}}}}}\n    "
            ),
        };
        yaml += &format!(
            "  - applyTo: HTTP_FILTER\n    {found}patch:\n      operation: {operation}\n      value:\n        name: {name}\n        typed_config:\n          \"@type\": type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm\n          config: {{name: {name}, vm_config: {{runtime: envoy.wasm.runtime.v8, code: {{local: {{filename: {name}.wasm}}}}}}}}\n"
        );
    }
    yaml
}

#[test]
fn patches_are_applied_in_their_order() {
    let router = "envoy.filters.http.router";
    let cases: [(&[Patch<'_>], &[&str]); 5] = [
        (&[("a", "INSERT_BEFORE", router), ("b", "INSERT_BEFORE", router)], &["a", "b"]),
        (&[("a", "INSERT_FIRST", ""), ("b", "INSERT_FIRST", "")], &["b", "a"]),
        (&[("a", "ADD", ""), ("b", "INSERT_BEFORE", "a"), ("c", "INSERT_AFTER", "b")], &["b", "c", "a"]),
        (&[("a", "ADD", ""), ("b", "REPLACE", "a"), ("c", "INSERT_BEFORE", "")], &["c", "b"]),
        (&[("a", "ADD", ""), ("b", "ADD", ""), ("x", "REMOVE", "a")], &["b"]),
    ];
    for (patches, expected) in cases {
        let imported = text(Format::EnvoyFilter, &inserting(patches)).expect("it can be read");
        let names: Vec<&str> =
            imported.scenarios[0].chain.iter().map(|filter| filter.name.as_str()).collect();
        assert_eq!(names, expected, "{patches:?}");
    }
    let yaml = inserting(&[("a", "INSERT_BEFORE", "envoy.filters.http.jwt_authn")]);
    let imported = text(Format::EnvoyFilter, &yaml).expect("it can be read");
    let why = Why::OtherFilter { name: "envoy.filters.http.jwt_authn".into() };
    assert_eq!(imported.left_out[0].why, why, "Istio has it in its own chain");
}

#[test]
fn a_policy_of_envoy_gateway_is_a_chain() {
    let imported = read("docs.policy.yaml");
    assert_eq!(imported.format, Format::Policy);
    let url = "https://raw.githubusercontent.com/envoyproxy/examples/main/wasm-cc/lib/envoy_filter_http_wasm_example.wasm";
    let vm = "envoyextensionpolicy/shop/wasm-test/wasm";
    assert_eq!(
        chain(&imported.scenarios[0]),
        json!([
            {"filter": "", "sha256": "79c9f85128bb0177b6511afa85d587224efded376ac0ef76df56595f1e6315c0", "url": url,
             "name": "wasm-filter", "root_id": "my_root_id", "vm_id": format!("{vm}/0"), "fail_open": true,
             "plugin_config": r#"{"parameter1":{"key1":"value1"},"parameter2":9007199254740993}"#},
            {"filter": "testwasm.wasm", "url": "oci://zhaohuabing/testwasm:v0.0.1", "name": format!("{vm}/1"),
             "vm_id": format!("{vm}/1")},
        ])
    );
    assert_eq!(
        left_out(&imported),
        [
            "spec.extProc OtherFilter { name: \"envoy.filters.http.ext_proc\" }".to_owned(),
            "spec.wasm[0].env.hostKeys[0] FromEnvironment".to_owned(),
            format!("spec.wasm[0].code Remote {{ url: {url:?} }}"),
            "spec.wasm[1].code Remote { url: \"oci://zhaohuabing/testwasm:v0.0.1\" }".to_owned(),
        ]
    );
}

#[test]
fn a_plugin_of_higress_gets_its_rules_beside_the_default() {
    let imported = read("console.higress.yaml");
    assert_eq!(imported.format, Format::Higress);
    let filter = &imported.scenarios[0].chain[0];
    assert_eq!(
        filter.plugin_config.text(),
        Some(
            r#"{"_rules_":[{"_match_route_":["default/foo"],"block_bodies":["foo"]},{"_match_domain_":["bar.com"],"_match_service_":["echo.default.svc.cluster.local"]}],"block_urls":["swagger.html"]}"#
        ),
        "a rule that is disabled is not there"
    );
    assert_eq!(filter.name, "higress-system.request-block-1.0.0");

    let off = "apiVersion: extensions.higress.io/v1alpha1\nkind: WasmPlugin\nmetadata: {name: a}\nspec: {url: 'oci://x/a:1', defaultConfigDisable: true, defaultConfig: {a: 1}";
    let imported = text(Format::Higress, &format!("{off}}}\n")).expect("it can be read");
    assert!(imported.scenarios[0].chain[0].off, "Higress does not load it");
    let imported =
        text(Format::Higress, &format!("{off}, matchRules: [{{domain: [a], config: {{b: 2}}}}]}}\n"));
    let config = imported.expect("it can be read").scenarios[0].chain[0].plugin_config.clone();
    assert_eq!(config.text(), Some(r#"{"_rules_":[{"_match_domain_":["a"],"b":2}]}"#));
    let (place, _) = fails(text(Format::Higress, &format!("{off}, matchRules: [{{config: {{b: 2}}}}]}}\n")));
    assert_eq!(place, "spec.matchRules[0]");
}

fn places(exported: &Exported) -> Vec<String> {
    exported.left_out.iter().map(|item| format!("{} {:?}", item.place, item.why)).collect()
}

/// Two filters that Istio can express.
fn scenario(url: &str) -> Scenario {
    let chain = json!([
        {"filter": "a.wasm", "name": "shop.a", "root_id": "r", "plugin_config": "{\"a\":[1,2.5]}", "env": {"K": "v"},
         "failure_policy": "fail_closed", "url": url},
        {"filter": "b.wasm", "name": "shop.b", "failure_policy": "fail_reload", "url": url},
    ]);
    let mut scenario: Scenario = serde_json::from_value(json!({"chain": chain})).expect("it is a scenario");
    scenario.name = "a, b".into();
    scenario
}

#[test]
fn plugins_of_istio_come_back() {
    for format in [Format::WasmPlugin, Format::TrafficExtension, Format::Higress] {
        let mut scenario = scenario("oci://ghcr.io/example/filter:v1");
        if format != Format::Higress {
            scenario.proxy.listener.direction = ListenerDirection::Inbound;
        }
        assert_eq!(places(&write(format, &scenario)), Vec::<String>::new(), "{format:?}");
        let mut back = there_and_back(format, &scenario);
        for filter in &mut back.chain {
            // The name that a copy of the image would have.
            assert_eq!(filter.path, "filter.wasm");
        }
        (back.chain[0].path, back.chain[1].path) = ("a.wasm".into(), "b.wasm".into());
        assert_eq!(back, scenario, "{format:?}");
    }
}

#[test]
fn rules_of_higress_come_back() {
    let mut first = scenario("oci://x/y:1");
    first.chain.truncate(1);
    first.name = "a".into();
    let config = r#"{"_rules_":[{"_match_domain_":["*.a"],"_match_route_":["x/y"],"b":1}],"c":2}"#;
    first.chain[0].plugin_config = config.into();
    let written = one(write(Format::Higress, &first).files);
    assert!(written.contains("matchRules:") && !written.contains("_rules_"), "{written}");
    assert_eq!(there_and_back(Format::Higress, &first).chain[0].plugin_config.text(), Some(config));
}

#[test]
fn an_envoy_filter_comes_back_with_all_of_envoys_fields() {
    let mut scenario = Scenario { chain: vec![rich_filter(), rich_filter()], ..Scenario::default() };
    scenario.name = "wasm-filters".into();
    scenario.chain[1].name = "second".into();
    scenario.proxy.listener.direction = ListenerDirection::Outbound;
    let written = write(Format::EnvoyFilter, &scenario);
    let why = r#"Placeholder { url: "a.wasm" }"#;
    assert_eq!(places(&written), [format!("chain[0].filter {why}"), format!("chain[1].filter {why}")]);
    let yaml = one(written.files);
    for part in [
        "config_discovery:",
        "applyTo: EXTENSION_CONFIG",
        "udpa.type.v1.TypedStruct",
        "google.protobuf.StringValue",
    ] {
        assert_eq!(yaml.matches(part).count(), 2, "{part} in {yaml}");
    }
    assert_eq!(there_and_back(Format::EnvoyFilter, &scenario), scenario);
    let mut tcp = Scenario { chain: vec![rich_filter()], ..Scenario::default() };
    (tcp.name, tcp.connection) = ("wasm-filters".into(), Some(Default::default()));
    assert_eq!(there_and_back(Format::EnvoyFilter, &tcp), tcp);
}

#[test]
fn a_module_on_a_server_keeps_its_address_and_gets_its_hash() {
    let mut scenario = scenario("https://example.com/a.wasm");
    scenario.chain.truncate(1);
    scenario.chain[0].module = Some(b"\0asm\x01\0\0\0".to_vec().into());
    let hash = "93a44bbb96c751218e4c00d479e4c14358122a389acca16205b1e4d0dc5f9476";
    for format in [Format::WasmPlugin, Format::TrafficExtension, Format::EnvoyFilter, Format::Policy] {
        let back = there_and_back(format, &scenario);
        assert_eq!(back.chain[0].sha256, hash, "{format:?}");
        assert_eq!(back.chain[0].unknown["url"], "https://example.com/a.wasm");
    }
}

#[test]
fn a_policy_comes_back() {
    let mut scenario = scenario("oci://ghcr.io/example/filter:v1");
    scenario.name = "wasm-test".into();
    for filter in &mut scenario.chain {
        (filter.failure_policy, filter.fail_open) = (None, true);
        filter.env.clear();
        filter.path = "filter.wasm".into();
    }
    let back = there_and_back(Format::Policy, &scenario);
    assert_eq!(places(&write(Format::Policy, &scenario)), Vec::<String>::new());
    for (index, filter) in scenario.chain.iter_mut().enumerate() {
        // Envoy Gateway gives every filter a VM of its own.
        filter.vm_id = format!("envoyextensionpolicy/default/wasm-test/wasm/{index}");
    }
    assert_eq!(back, scenario);
}

#[test]
fn what_a_plugin_of_istio_cannot_say_is_listed() {
    let mut scenario = scenario("");
    scenario.chain[0].unknown.clear();
    scenario.chain[0].plugin_config = "{\"b\": 1}".into();
    scenario.chain[0].vm_id = "vm".into();
    scenario.chain[0].name = "no namespace".into();
    scenario.chain[1] = rich_filter();
    scenario.chain[1].plugin_config = "text".into();
    scenario.chain[1].unknown.insert("url".into(), "oci://x".into());
    scenario.reply.status = 404;
    assert_eq!(
        places(&write(Format::WasmPlugin, &scenario)),
        [
            "reply NoCounterpart",
            "chain[0].vm_id NoCounterpart",
            "chain[0].name NoCounterpart",
            "chain[0].filter Placeholder { url: \"oci://registry.example.com/filters/a:latest\" }",
            "chain[0].plugin_config OtherText",
            "chain[1].vm_id NoCounterpart",
            "chain[1].vm_config NoCounterpart",
            "chain[1].reload_backoff_ms NoCounterpart",
            "chain[1].allow_on_headers_stop_iteration NoCounterpart",
            "chain[1].capabilities NoCounterpart",
            "chain[1].plugin_config NoCounterpart",
        ]
    );
}

#[test]
fn misspelt_fields_are_listed_and_wrong_values_named() {
    let imported = text(Format::WasmPlugin, &plugin("a", "b", "  plugin_config: {a: 1}\n  priorty: 5\n"));
    let left = left_out(&imported.expect("it can be read"));
    assert_eq!(left, ["spec.plugin_config Unknown", "spec.priorty Unknown"]);
    for (field, place) in [
        ("  phase: LATE\n", "spec.phase"),
        ("  priority: high\n", "spec.priority"),
        ("  failStrategy: OPEN\n", "spec.failStrategy"),
        ("  pluginConfig: text\n", "spec.pluginConfig"),
        ("  pluginName: yes\n", "spec.pluginName"),
    ] {
        assert_eq!(fails(text(Format::WasmPlugin, &plugin("a", "b", field))).0, place);
    }
}

#[test]
fn a_filter_without_a_name_is_handed_out_by_the_name_of_its_object() {
    let mut scenario =
        Scenario { name: "My plugin".into(), chain: vec![rich_filter()], ..Scenario::default() };
    scenario.chain[0].name = String::new();
    let file = one(write(Format::EnvoyFilter, &scenario).files);
    assert_eq!(file.matches("name: my-plugin\n").count(), 3, "{file}");
}

#[test]
fn misspelt_fields_are_listed_however_deep_they_stand() {
    let yaml = "
apiVersion: networking.istio.io/v1alpha3
kind: EnvoyFilter
metadata: {name: e}
spec:
  priority: '-7'
  configPatches:
  - applyTo: HTTP_FILTER
    match: {listener: {filterChain: {snii: a, filter: {name: http_connection_manager, subfilter: {}, subFilter: {name: envoy.router, at: 1}}}}}
    patch:
      operation: INSERT_BEFORE
      value:
        name: a
        typed_config:
          '@type': type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm
          config:
            reload_config: {back_off: {}}
            vm_config: {code: {remote: {sha: aa, http_uri: {url: 'https://h/', uri: 'https://h/f.wasm', cluster: c, timeout: 1s}}}}
---
apiVersion: extensions.istio.io/v1alpha1
kind: WasmPlugin
metadata: {name: p}
spec: {url: file://p.wasm, match: [{mode: SERVER, port: 80}], vmConfig: {env: [{name: A, valeu: b}]}}
";
    let left = left_out(&text(Format::EnvoyFilter, yaml).expect("it can be read"));
    for place in [
        "filterChain.snii",
        "filter.subfilter",
        "subFilter.at",
        "reload_config.back_off",
        "remote.sha",
        "http_uri.url",
        "match[0].port",
        "env[0].valeu",
    ] {
        assert!(
            left.iter().any(|line| line.ends_with(&format!("{place} Unknown"))),
            "{place} is not in {left:?}"
        );
    }
    let wrong = yaml.replace("'-7'", "soon");
    assert_eq!(fails(text(Format::EnvoyFilter, &wrong)).0, "documents[0].spec.priority");
}
