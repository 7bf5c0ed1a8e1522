//! Properties: parts of messages, what scenarios set, old names, and the table of attributes.

use filterlab::abi::attributes;
use filterlab::abi::{AttributeType, Available};
use filterlab::scenario::{Properties, Proxy};
use filterlab::trace::Finding;

use super::*;

fn with_proxy(json: &str) -> Scenario {
    let proxy: Proxy = serde_json::from_str(json).expect("the test's own proxy is right");
    Scenario { proxy, ..scenario() }
}

fn with_properties(json: &str) -> Scenario {
    let properties: Properties = serde_json::from_str(json).expect("the test's own properties are right");
    Scenario { properties, ..scenario() }
}

fn asked(event: &str, paths: &[&str], scenario: Scenario) -> Vec<String> {
    let lines: Vec<String> = paths.iter().map(|path| property(event, path)).collect();
    answers(&run(&lines, scenario))
}

/// Asked of Envoy 1.40 with the same metadata.
#[test]
fn metadata_has_parts() {
    let scenario = || {
        with_proxy(
            r#"{"node": {"id": "n", "metadata": {"k": "v", "n": 7}},
                "route": {"name": "r0", "metadata": {"ns": {"key": "v", "num": 3, "flag": true, "nul": null,
                    "list": [1, "b"], "obj": {"a": "x"}}}}}"#,
        )
    };
    let paths = [
        "xds.route_metadata.filter_metadata",
        "xds.route_metadata.filter_metadata.ns",
        "xds.route_metadata.filter_metadata.ns.key",
        "xds.route_metadata.filter_metadata.ns.num",
        "xds.route_metadata.filter_metadata.ns.flag",
        "xds.route_metadata.filter_metadata.ns.nul",
        "xds.route_metadata.filter_metadata.ns.list",
        "xds.route_metadata.filter_metadata.ns.list.1",
        "xds.route_metadata.filter_metadata.ns.list.7",
        "xds.route_metadata.filter_metadata.ns.obj",
        "xds.route_metadata.filter_metadata.ns.obj.a",
        "xds.route_metadata.filter_metadata.nope",
        "xds.route_metadata.typed_filter_metadata",
        "xds.route_metadata.typed_filter_metadata.x",
        "xds.route_metadata.nosuch",
        "xds.cluster_metadata",
        "xds.cluster_metadata.filter_metadata",
        "xds.listener_metadata.filter_metadata.x",
        "metadata",
        "metadata.filter_metadata",
        "metadata.typed_filter_metadata",
        "metadata.nosuch",
    ];
    let empty = r#"rc=0 len=4 "\x00\x00\x00\x00""#;
    let nothing = r#"rc=0 len=0 ptr=0 """#;
    let wanted = [
        // Null has no bytes, and so has no map with one.
        "rc=3",
        "rc=3",
        r#"rc=0 len=1 "v""#,
        r#"rc=0 len=8 "\x00\x00\x00\x00\x00\x00\x08@""#,
        r#"rc=0 len=1 "\x01""#,
        "rc=3",
        r#"rc=0 len=33 "\x02\x00\x00\x00\x08\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\xf0?\x00\x00b\x00\x00""#,
        r#"rc=0 len=1 "b""#,
        "rc=1",
        r#"rc=0 len=16 "\x01\x00\x00\x00\x01\x00\x00\x00\x01\x00\x00\x00a\x00x\x00""#,
        r#"rc=0 len=1 "x""#,
        "rc=1",
        empty,
        "rc=1",
        "rc=1",
        nothing,
        empty,
        "rc=1",
        nothing,
        empty,
        empty,
        "rc=1",
    ];
    for event in ["reqh", "resh"] {
        assert_eq!(asked(event, &paths, scenario()), wanted, "{event}");
    }
}

/// Asked of Envoy 1.40.
#[test]
fn the_node_has_parts_in_every_context() {
    let paths = [
        "xds.node.id",
        "xds.node.locality",
        "xds.node.locality.region",
        "xds.node.locality.nosuch",
        "xds.node.user_agent_name",
        "xds.node.user_agent_version",
        "xds.node.user_agent_build_version.version",
        "xds.node.user_agent_build_version.version.minor_number",
        "xds.node.user_agent_build_version.version.patch",
        "xds.node.client_features",
        "xds.node.client_features.0",
        "xds.node.dynamic_parameters",
        "xds.node.dynamic_parameters.x",
        "xds.node.listening_addresses",
        "xds.node.metadata.fields",
        "xds.node.build_version",
    ];
    let empty = r#"rc=0 len=4 "\x00\x00\x00\x00""#;
    let nothing = r#"rc=0 len=0 ptr=0 """#;
    let wanted = [
        r#"rc=0 len=9 "filterlab""#,
        nothing,
        nothing,
        "rc=1",
        r#"rc=0 len=5 "envoy""#,
        nothing,
        r#"rc=0 len=4 "\x08\x01\x10(""#,
        r#"rc=0 len=8 "(\x00\x00\x00\x00\x00\x00\x00""#,
        r#"rc=0 len=8 "\x00\x00\x00\x00\x00\x00\x00\x00""#,
        empty,
        "rc=1",
        empty,
        "rc=1",
        empty,
        "rc=1",
        "rc=1",
    ];
    for event in ["conf", "reqh", "log"] {
        assert_eq!(asked(event, &paths, scenario()), wanted, "{event}");
    }
}

#[test]
fn expressions_see_the_nodes_metadata() {
    let scenario = with_proxy(r#"{"node": {"metadata": {"k": "v", "n": 7}}}"#);
    let text =
        r#"xds.node.metadata == {"k":"v","n":7} && has(xds.node.metadata.k) && xds.node.metadata.n == 7.0"#;
    let lines = [foreign("reqh", "expr_create", text), foreign("reqh", "expr_evaluate", [0; 4])];
    assert_eq!(answers(&run(&lines, scenario))[1], r#"rc=0 len=1 "\x01""#);
}

#[test]
fn a_scenario_sets_properties_everywhere() {
    let scenario = || {
        with_properties(
            r#"{"connection.mtls": true, "request.size": 5, "connection.id": 9, "request.path": "/set",
                "connection.uri_san_peer_certificate": "spiffe://a/b", "own": {"map": {"a": 1}},
                "xds.route_metadata.filter_metadata.a\\.b": {"map": {"c": "d"}}, "response.backend_latency":
                {"duration_ms": 1}}"#,
        )
    };
    let paths = ["connection.mtls", "request.size", "connection.id", "request.path", "own.a", "own.b"];
    let wanted = [
        r#"rc=0 len=1 "\x01""#,
        r#"rc=0 len=8 "\x05\x00\x00\x00\x00\x00\x00\x00""#,
        r#"rc=0 len=8 "\x09\x00\x00\x00\x00\x00\x00\x00""#,
        r#"rc=0 len=4 "/set""#,
        r#"rc=0 len=8 "\x01\x00\x00\x00\x00\x00\x00\x00""#,
        "rc=1",
    ];
    // Where the proxy has no stream, and where the headers are gone, too.
    for event in ["conf", "reqh", "resb", "log"] {
        assert_eq!(asked(event, &paths, scenario()), wanted, "{event}");
    }
    let dotted = format!("reqh prop {}", quoted("xds\0route_metadata\0filter_metadata\0a.b\0c"));
    assert_eq!(answers(&run(&[dotted], scenario())), [r#"rc=0 len=1 "d""#]);
    let text = r#"connection.mtls && request.path == "/set" && request["size"] == 5 && own.a == 1
        && connection.uri_san_peer_certificate.startsWith("spiffe://") && has(response.backend_latency)
        && [1].exists(own, own == 1)"#;
    let lines = [foreign("conf", "expr_create", text), foreign("conf", "expr_evaluate", [0; 4])];
    assert_eq!(answers(&run(&lines, scenario()))[1], r#"rc=0 len=1 "\x01""#);
}

#[test]
fn a_header_that_a_scenario_sets_is_in_the_whole_map_too() {
    let scenario = || with_properties(r#"{"request.headers.x-a": "set", "request.headers.x-new": "more"}"#);
    let lines = [property("reqh", "request.headers")];
    let whole = answers(&run(&lines, scenario())).remove(0);
    for part in ["x-a\\x00set", "x-new\\x00more", ":path\\x00/p?q=1"] {
        assert!(whole.contains(part), "{part} in {whole}");
    }
    let text = r#""x-new" in request.headers && request.headers.exists(name, request.headers[name] == "set")
        && request.headers.all(name, has(request.headers.host) || name.size() > 0)"#;
    let lines = [foreign("reqh", "expr_create", text), foreign("reqh", "expr_evaluate", [0; 4])];
    assert_eq!(answers(&run(&lines, scenario()))[1], r#"rc=0 len=1 "\x01""#);
}

#[test]
fn an_old_name_in_an_expression_is_told_too() {
    let lines = |text: &str| [foreign("reqh", "expr_create", text), foreign("reqh", "expr_evaluate", [0; 4])];
    let trace = run(&lines(r#"cluster_name == "a""#), scenario());
    assert_eq!(answers(&trace)[1], "rc=10");
    assert_eq!(
        findings(&trace),
        [Finding::RemovedProperty { name: "cluster_name", now: "xds.cluster_name" }]
    );
    let trace = run(&lines(r#"nope == "a""#), scenario());
    assert!(findings(&trace).is_empty());
    // What a loop calls so is its own.
    let trace = run(&lines("[1].exists(cluster_name, cluster_name == 1)"), scenario());
    assert!(findings(&trace).is_empty());
}

#[test]
fn old_names_are_gone_unless_an_old_envoy_is_simulated() {
    let names: Vec<&str> = attributes::removed().iter().map(|removed| removed.name).collect();
    let lines: Vec<String> = names.iter().map(|name| property("resh", name)).collect();
    let trace = run(&lines, scenario());
    assert_eq!(answers(&trace), vec!["rc=1"; names.len()]);
    let wanted: Vec<Finding> = attributes::removed()
        .iter()
        .map(|removed| Finding::RemovedProperty { name: removed.name, now: removed.now })
        .collect();
    assert_eq!(findings(&trace), wanted);

    let old = || with_proxy(r#"{"envoy_version": "1.32"}"#);
    let now: Vec<&str> = attributes::removed().iter().map(|removed| removed.now).collect();
    let trace = run(&lines, old());
    assert_eq!(answers(&trace), asked("resh", &now, old()));
    assert!(findings(&trace).is_empty());
    // Some were there without a stream.
    let early = asked("conf", &["node.id", "listener_direction", "cluster_name"], old());
    assert_eq!(
        early,
        [r#"rc=0 len=9 "filterlab""#, r#"rc=0 len=8 "\x00\x00\x00\x00\x00\x00\x00\x00""#, "rc=1"]
    );
    // What a filter sets under such a name is found, and nothing to talk about.
    let own = ["reqh setprop \"cluster_name\" \"x\"".to_owned(), property("reqh", "cluster_name")];
    let trace = run(&own, scenario());
    assert_eq!(answers(&trace), ["rc=0", r#"rc=0 len=1 "x""#]);
    assert!(findings(&trace).is_empty());
}

/// Whether an answer of the probe can be a value of the type.
fn fits(kind: AttributeType, answer: &str) -> bool {
    match kind {
        AttributeType::Int
        | AttributeType::Uint
        | AttributeType::Double
        | AttributeType::Duration
        | AttributeType::Timestamp => answer.starts_with("rc=0 len=8 "),
        AttributeType::Bool => answer.starts_with("rc=0 len=1 "),
        AttributeType::Map => answer.starts_with("rc=0 ") && !answer.starts_with("rc=0 len=0"),
        AttributeType::Group => answer == "rc=3",
        AttributeType::String | AttributeType::Bytes | AttributeType::Message | AttributeType::Any => {
            answer.starts_with("rc=0 ")
        }
    }
}

#[test]
fn every_attribute_answers_with_its_type_when_it_is_there() {
    let mut scenario = scenario();
    for (name, value) in [("referer", "r"), ("user-agent", "u"), ("x-request-id", "i")] {
        scenario.request.headers.push(filterlab::scenario::HeaderLine::new(name, value));
    }
    scenario.proxy.upstream_host_metadata = Some(Default::default());
    let events = ["conf", "reqh", "resh", "log"];
    let all = attributes::all();
    let lines = events.iter().flat_map(|event| all.iter().map(|spec| property(event, spec.path)));
    let answers = answers(&run(&lines.collect::<Vec<_>>(), scenario));
    let by_event: Vec<&[String]> = answers.chunks(all.len()).collect();
    for (index, spec) in all.iter().enumerate() {
        let answered = by_event.iter().any(|answers| fits(spec.kind, &answers[index]));
        let why_not = match spec.available {
            Available::Tls | Available::UpstreamTls => Some("connections have no TLS; scenarios set these"),
            Available::Failure => Some("nothing goes wrong here; scenarios set these"),
            _ if spec.path == "xds.upstream_host_locality_metadata" => Some("it has no value: null"),
            _ => None,
        };
        assert_ne!(
            answered,
            why_not.is_some(),
            "{}: {:?}",
            spec.path,
            by_event.iter().map(|a| &a[index]).collect::<Vec<_>>()
        );
        // Without a stream only these are there.
        let early = by_event[0][index] != "rc=1";
        assert_eq!(early, !spec.needs_stream(), "{}", spec.path);
    }
}

#[test]
fn a_value_set_by_a_scenario_has_the_type_of_the_table() {
    for spec in attributes::all() {
        let json = match spec.kind {
            AttributeType::Group | AttributeType::Any => continue,
            AttributeType::String => "\"x\"",
            AttributeType::Int | AttributeType::Uint | AttributeType::Double => "5",
            AttributeType::Bool => "true",
            AttributeType::Timestamp => "\"2026-01-01T00:00:00Z\"",
            AttributeType::Duration => r#"{"duration_ms": 1}"#,
            AttributeType::Map => r#"{"map": {"a": "b"}}"#,
            AttributeType::Bytes | AttributeType::Message => r#"{"base64": "AAE="}"#,
        };
        let scenario = with_properties(&format!("{{\"{}\": {json}}}", spec.path));
        let answers = asked("conf", &[spec.path], scenario);
        assert!(fits(spec.kind, &answers[0]), "{}: {}", spec.path, answers[0]);
    }
}
