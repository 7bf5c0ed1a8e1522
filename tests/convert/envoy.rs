//! Envoy's bootstrap, in and out.

use filterlab::convert::{Format, Place, Why};
use filterlab::http::Protocol;
use filterlab::scenario::{CalloutFailure, ListenerDirection, Scenario};
use serde_json::{Value, json};

use crate::files::{chain, fails, left_out, one, read, rich_filter, text, there_and_back, write};

fn json_of<T: serde::Serialize>(value: &T) -> Value {
    serde_json::to_value(value).expect("it is JSON")
}

#[test]
fn the_file_of_the_tutorials_gives_its_filter_and_what_its_second_listener_answers() {
    let imported = read("tutorial.envoy.yaml");
    assert_eq!(imported.format, Format::Envoy);
    assert_eq!(left_out(&imported), Vec::<String>::new());
    let [scenario] = imported.scenarios.as_slice() else { panic!("one manager has a filter") };
    let config = "{\n  \"header\": \"x-wasm-header\",\n  \"value\": \"demo-wasm\"\n}\n";
    assert_eq!(chain(scenario), json!([{"filter": "./main.wasm", "plugin_config": config}]));
    assert_eq!(scenario.request.url, "http://localhost:18000/");
    let reply = &scenario.reply;
    assert_eq!((reply.status, reply.body.text()), (200, Some("hello world\n")));
    assert_eq!(
        json_of(&reply.headers),
        json!([["content-length", "12"], ["content-type", "text/plain"], ["server", "envoy"]])
    );
    let proxy = &scenario.proxy;
    assert_eq!((proxy.downstream, proxy.upstream), (Protocol::Http1, Protocol::Http1));
    assert!(proxy.adds_headers, "Envoy does unless it is told not to");
    assert_eq!((proxy.cluster_name.as_str(), proxy.addresses.upstream.port()), ("web_service", 8099));
    assert_eq!(proxy.virtual_host.name, "local_service");
}

#[test]
fn every_chain_with_a_wasm_filter_is_a_scenario() {
    let imported = read("many.envoy.yaml");
    let names: Vec<&str> = imported.scenarios.iter().map(|scenario| scenario.name.as_str()).collect();
    assert_eq!(names, ["ingress secure", "ingress 2", "postgres"]);
    let [secure, other, tcp] = imported.scenarios.as_slice() else { panic!("there are three") };

    assert_eq!(
        chain(secure)[0],
        json!({
            "filter": "", "sha256": "1".repeat(64), "url": "https://example.com/first.wasm", "name": "first",
            "root_id": "auth", "vm_id": "shared", "vm_config": {"base64": "AAH/"},
            "env": {"REGION": "eu", "LEVEL": "1"}, "failure_policy": "fail_reload", "reload_backoff_ms": 250,
            "allow_on_headers_stop_iteration": true, "capabilities": ["proxy_log", "proxy_on_request_headers"],
        })
    );
    let second = &secure.chain[1];
    assert!(second.off && second.fail_open, "a filter that is disabled stays in the chain");
    assert_eq!(second.module.as_ref().map(|module| module.0.as_ref()), Some(&b"\0asm\x01\0\0\0"[..]));
    // Case 07-068 of the recordings has 59 bytes for this Struct, of which 1.5 is text.
    let structure: &[u8] = b"\n\x0e\n\x01a\x12\t\x11\0\0\0\0\0\0\xf0?\n\x14\n\x01b\x12\x0f2\r\n\x02 \x01\n\x02\x08\0\n\x03\x1a\x01x\n\x13\n\x01c\x12\x0e*\x0c\n\n\n\x01d\x12\x05\x1a\x031.5";
    assert_eq!(second.plugin_config.0.as_ref(), structure);
    assert_eq!(structure.len(), 59);

    assert_eq!(secure.proxy.downstream, Protocol::Http2, "clients agree on it with TLS");
    assert_eq!(secure.proxy.upstream, Protocol::Http2);
    assert_eq!(secure.proxy.buffer_limit, 32_768);
    assert!(!secure.proxy.adds_headers);
    assert_eq!(secure.request.url, "https://shop.example.com/v1/orders");
    let proxy = json_of(&secure.proxy);
    assert_eq!(
        proxy["node"],
        json!({"id": "edge-1", "cluster": "edge", "metadata": {"team": "shop", "weight": "1.50"},
               "locality": {"region": "eu", "zone": "eu-1a"}})
    );
    assert_eq!(proxy["cluster_name"], "orders");
    assert_eq!(proxy["cluster_metadata"], json!({"com.example": {"owner": "orders"}}));
    assert_eq!(proxy["route"], json!({"name": "orders", "metadata": {"com.example": {"team": "orders"}}}));
    assert_eq!(proxy["virtual_host"], json!({"name": "shop", "metadata": {"com.example": {"vh": 1}}}));
    assert_eq!(
        proxy["listener"],
        json!({"direction": "inbound", "metadata": {"com.example": {"tier": "front"}},
               "filter_chain_name": "secure"})
    );
    assert_eq!(proxy["addresses"]["proxy"], "10.1.2.3:8443");
    assert_eq!(proxy["addresses"]["upstream"], "10.9.9.9:80");
    assert_eq!(proxy["upstream_host_metadata"], json!({"com.example": {"rack": 7}}));
    assert_eq!(proxy["upstream_locality"], json!({"zone": "eu-1b"}));

    assert_eq!(chain(other), json!([{"filter": "third.wasm", "plugin_config": "plain"}]), "it is discovered");
    assert_eq!(other.proxy.downstream, Protocol::Http1);
    assert_eq!(chain(tcp), json!([{"filter": "/opt/filters/sniffer.wasm", "name": "sniffer"}]));
    let connection = tcp.connection.as_ref().expect("it is a TCP connection");
    assert_eq!(json_of(connection), json!({"steps": [], "fails": "no_endpoint"}));
    assert_eq!(secure.callouts.len(), 1, "a cluster without endpoints can be known");
    assert_eq!(secure.callouts[0].answers[0].fails, Some(CalloutFailure::NoEndpoint));
}

#[test]
fn what_a_scenario_cannot_say_of_a_bootstrap_is_listed_with_its_place() {
    let imported = read("many.envoy.yaml");
    let chain = "documents[0].static_resources.listeners[0].filter_chains[0].filters[0].typed_config";
    let resources = "documents[0].static_resources";
    let first = format!("{chain}.http_filters[1].typed_config.config");
    let expected = [
        format!("{chain}.http_filters[0] OtherFilter {{ name: \"envoy.filters.http.jwt_authn\" }}"),
        format!("{first}.reload_config.backoff.max_interval NoCounterpart"),
        format!("{first}.vm_config.runtime NoCounterpart"),
        format!("{first}.vm_config.environment_variables.host_env_keys[0] FromEnvironment"),
        format!("{first}.vm_config.code.remote Remote {{ url: \"https://example.com/first.wasm\" }}"),
        format!("{first}.vm_config.confguration Unknown"),
        format!("{chain}.route_config.virtual_hosts[0].domains[1] NoCounterpart"),
        format!("{chain}.route_config.virtual_hosts[0].routes[1] NoCounterpart"),
        format!("{chain}.route_config.virtual_hosts[0].routes[0].route.timeout NoCounterpart"),
        format!("{chain}.route_config.virtual_hosts[0].routes[0].route.prefix_rewrite NoCounterpart"),
        format!("{resources}.clusters[1] NoCounterpart"),
    ];
    let found = left_out(&imported);
    assert_eq!(&found[..expected.len()], &expected[..], "{found:#?}");
    let other = "documents[0].static_resources.listeners[0].default_filter_chain.filters[0].typed_config";
    let tcp = "documents[0].static_resources.listeners[1].filter_chains[0].filters[0]";
    assert_eq!(
        &found[expected.len()..],
        [
            format!("{other}.http_filters[1].config_discovery Remote {{ url: \"unknown\" }}"),
            format!("{tcp} OtherFilter {{ name: \"envoy.filters.network.rbac\" }}"),
        ]
    );
}

#[test]
fn an_absolute_path_of_a_container_is_looked_for_beside_the_file() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let yaml = one(write(Format::Envoy, &with("/etc/envoy/nowhere/filter.wasm")).files);
    std::fs::write(folder.path().join("x.envoy.yaml"), yaml).expect("it can be written");
    let read = || {
        filterlab::convert::open(&folder.path().join("x.envoy.yaml"), None).expect("it can be read").imported
    };
    assert_eq!(read().scenarios[0].chain[0].path, "/etc/envoy/nowhere/filter.wasm");
    std::fs::write(folder.path().join("filter.wasm"), b"\0asm\x01\0\0\0").expect("it can be written");
    let imported = read();
    assert_eq!(imported.scenarios[0].chain[0].path, "filter.wasm");
    let noted =
        imported.left_out.iter().any(|item| item.why == Why::FoundBeside { name: "filter.wasm".into() });
    assert!(noted, "{:?}", imported.left_out);
}

fn with(path: &str) -> Scenario {
    let filter = filterlab::scenario::Filter { path: path.into(), ..Default::default() };
    Scenario { chain: vec![filter], ..Scenario::default() }
}

#[test]
fn json_is_read_as_yaml_is_but_for_numbers_of_a_struct() {
    let config = r#"{"@type": "type.googleapis.com/google.protobuf.Struct", "value": {"d": 1.5}}"#;
    let bootstrap = format!(
        r#"{{"static_resources": {{"listeners": [{{"name": "l", "filter_chains": [{{"filters": [{{
            "name": "hcm", "typed_config": {{
            "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
            "http_filters": [{{"name": "w", "typed_config": {{
            "@type": "type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm",
            "config": {{"configuration": {config}, "vmConfig": {{"code": {{"local": {{"inline_string": "x"}}}}}}}}}}}}]}}}}]}}]}}]}}}}"#
    );
    let read = |name: &str| {
        let input = filterlab::convert::Input { bytes: bootstrap.as_bytes(), name, folder: None };
        let imported = filterlab::convert::read(Format::Envoy, &input).expect("it can be read");
        imported.scenarios[0].chain[0].plugin_config.0.to_vec()
    };
    assert_eq!(read("envoy.json"), b"\n\x0e\n\x01d\x12\t\x11\0\0\0\0\0\0\xf8?");
    assert_eq!(read("envoy.yaml"), b"\n\n\n\x01d\x12\x05\x1a\x031.5", "Envoy takes it for text");
}

#[test]
fn files_of_before_the_third_api_are_read() {
    let yaml = "
static_resources:
  listeners:
  - address: {socket_address: {address: 0.0.0.0, port_value: 80}}
    filter_chains:
    - filters:
      - name: envoy.http_connection_manager
        config:
          http_filters:
          - name: envoy.filters.http.wasm
            config:
              config:
                name: old
                configuration: plain text
                vm_config: {runtime: envoy.wasm.runtime.v8, code: {local: {filename: old.wasm}}}
          - name: envoy.router
";
    // The wrapper has no type, so the names of the filters say what they are.
    let imported = text(Format::Envoy, yaml).expect("it can be read");
    assert_eq!(
        chain(&imported.scenarios[0]),
        json!([{"filter": "old.wasm", "name": "old", "plugin_config": "plain text"}])
    );
    assert_eq!(left_out(&imported), Vec::<String>::new());
}

/// A scenario with everything that a bootstrap can say.
fn rich() -> Scenario {
    let mut scenario: Scenario = serde_json::from_str(
        r#"{"version": 1, "name": "main", "chain": [],
            "request": {"url": "http://localhost:18000/"},
            "reply": {"status": 418, "delay_ms": 12, "headers": [["x-a", "100%"], ["x-a", ""], ["content-type", "text/x"]],
                      "body": {"base64": "AP8B"}},
            "callouts": [
              {"upstream": "auth", "method": "GET", "path": "/check*", "headers": [["x-key", "a.b*"], ["x-b", "1+1"]],
               "answers": [{"status": 503, "headers": [["x", "y"]], "body": "no", "delay_ms": 5}]},
              {"upstream": "auth", "path": "/other?a=b", "answers": [{"status": 204}]},
              {"upstream": "gone", "answers": [{"fails": "no_endpoint"}]},
              {"upstream": "closed", "answers": [{"fails": "connection_failure"}]},
              {"upstream": "quiet", "answers": [{"fails": "silence"}]}],
            "proxy": {"downstream": "http1", "upstream": "http2", "buffer_limit": 65536, "cluster_name": "orders",
              "adds_headers": false, "node": {"id": "n", "cluster": "c", "metadata": {"k": "v"}, "locality": {"zone": "z"}},
              "cluster_metadata": {"a": {"b": 1}}, "route": {"name": "r", "metadata": {"a": {"c": "d"}}},
              "virtual_host": {"name": "vh", "metadata": {"a": {"e": true}}},
              "listener": {"direction": "outbound", "metadata": {"a": {"l": "m"}}, "filter_chain_name": "fc"},
              "addresses": {"client": "127.0.0.1:50000", "proxy": "127.0.0.1:18000", "upstream": "127.0.0.1:18002",
                            "upstream_local": "127.0.0.1:40000"},
              "upstream_host_metadata": {"h": {"r": "7"}}, "upstream_locality": {"region": "eu"}}}"#,
    )
    .expect("it is a scenario");
    let mut second = rich_filter();
    (second.off, second.fail_open) = (true, true);
    (second.failure_policy, second.module) = (None, Some(b"\0asm\x01\0\0\0".to_vec().into()));
    second.path = String::new();
    scenario.chain = vec![rich_filter(), second];
    scenario
}

/// What the file says to try.
fn tried(request: &str) -> String {
    let mut scenario = rich();
    scenario.request = serde_json::from_str(request).expect("it is a request");
    let file = one(write(Format::Envoy, &scenario).files);
    let line = file.lines().find(|line| line.contains("curl")).expect("there is one");
    line.trim_start_matches(['#', ' ']).to_owned()
}

#[test]
fn a_bootstrap_says_how_to_send_the_request() {
    assert_eq!(
        tried(
            r#"{"url": "https://api.test/a?b=1", "headers": [["user-agent", "x"], ["accept", "*/*"]], "body": "it's"}"#
        ),
        r"curl -X GET 'http://api.test/a?b=1' -H content-type: -H 'user-agent: x' --data-raw 'it'\''s' -v --connect-to ::localhost:18000"
    );
    let of_lines = tried(
        r#"{"method": "PUT", "url": "/", "headers": [["user-agent", "x"], ["accept", "*/*"]], "body": "a\nb"}"#,
    );
    assert!(of_lines.ends_with("-v --connect-to ::localhost:18000 --data-binary @BODY"), "{of_lines}");
}

#[test]
fn a_scenario_is_the_same_after_it_was_a_bootstrap() {
    let scenario = rich();
    let written = write(Format::Envoy, &scenario);
    let left: Vec<String> = written.left_out.iter().map(|item| item.place.to_string()).collect();
    assert_eq!(left, ["request"], "the request is not part of it");
    let mut back = there_and_back(Format::Envoy, &scenario);
    // What no mock takes is not answered, which is one more route.
    back.callouts
        .retain(|mock| mock.answers[0].fails != Some(CalloutFailure::Silence) || mock.upstream == "quiet");
    let quiet = back.callouts.iter().filter(|mock| mock.upstream == "quiet").count();
    assert_eq!(quiet, 2);
    back.callouts.pop();
    assert_eq!(json_of(&back), json_of(&scenario));
}

#[test]
fn the_defaults_come_back_too() {
    let scenario = with("f.wasm");
    let back = there_and_back(Format::Envoy, &scenario);
    assert_eq!(back.chain, scenario.chain);
    assert_eq!((back.reply.status, back.reply.headers.len(), back.reply.body.len()), (200, 0, 0));
    assert_eq!(back.proxy.listener.direction, ListenerDirection::Unspecified);
    assert!(!back.proxy.adds_headers);
    assert!(back.callouts.is_empty());
}

#[test]
fn a_tcp_connection_is_a_tcp_proxy_and_comes_back() {
    let mut scenario = rich();
    scenario.callouts.clear();
    scenario.chain.truncate(1);
    scenario.connection =
        serde_json::from_value(json!({"steps": [{"from": "upstream", "send": "hello", "close": true}]}))
            .expect("it is a connection");
    let back = there_and_back(Format::Envoy, &scenario);
    assert_eq!((back.chain, back.connection), (scenario.chain, scenario.connection));
}

#[test]
fn what_a_bootstrap_cannot_say_is_listed() {
    let mut scenario = rich();
    scenario.reply.trailers = vec![filterlab::scenario::HeaderLine::new("a", "b")];
    scenario.callouts[0].answers.push(Default::default());
    scenario.callouts[1].upstream = "a*".into();
    (scenario.repeat, scenario.seed) = (2, 7);
    scenario.chain[0].sha256 = "4".repeat(64);
    let written = write(Format::Envoy, &scenario);
    let left: Vec<String> = written.left_out.iter().map(|item| item.place.to_string()).collect();
    let expected = [
        "request",
        "repeat",
        "seed",
        "chain[0].sha256",
        "reply.trailers",
        "callouts[1]",
        "callouts[0].answers[1]",
    ];
    assert_eq!(left, expected);
}

#[test]
fn a_wrong_field_is_named() {
    let yaml = one(write(Format::Envoy, &with("f.wasm")).files);
    let chain =
        "static_resources.listeners[0].filter_chains[0].filters[0].typed_config.http_filters[0].typed_config";
    let cases = [
        ("filename: f.wasm", "filename: 5", "config.vm_config.code.local.filename"),
        ("vm_config:", "vm_confg:", "config"),
        ("runtime: envoy.wasm.runtime.v8", "vm_id: [a]", "config.vm_config.vm_id"),
        (
            "runtime: envoy.wasm.runtime.v8",
            "environment_variables: {key_values: {A: 1}}",
            "config.vm_config.environment_variables.key_values.A",
        ),
    ];
    for (old, new, place) in cases {
        assert!(yaml.contains(old), "{yaml}");
        let (found, reason) = fails(text(Format::Envoy, &yaml.replacen(old, new, 1)));
        assert_eq!(found, format!("{chain}.{place}"), "{reason:?}");
    }
    let error =
        text(Format::Envoy, "static_resources:\n\tlisteners: []\n").expect_err("a tab indents nothing");
    assert!(matches!(error.place, Some(Place::Line { line: 2, .. })), "{error:?}");
}
