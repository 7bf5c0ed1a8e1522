//! docs/scenario.md says all that a scenario file may hold, and nothing else: its tables, examples and errors.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;

use filterlab::abi::LogLevel;
use filterlab::http::Protocol;
use filterlab::run::run_scenario;
use filterlab::scenario::{
    Addresses, Body, Callout, CalloutAnswer, CalloutFailure, Chunks, Connection, ConnectionFailure,
    ConnectionStep, EnvoyVersion, Expectation, FailurePolicy, Filter, HeaderLine, Limits, Listener,
    ListenerDirection, Locality, Metadata, Node, Peer, Properties, Property, Proxy, Reply, Request,
    RouteFacts, Scenario, Source, Subject, Then, VirtualHost, WallTime,
};
use jsonschema::Validator;
use serde_json::{Map, Value, json};

fn documentation() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/scenario.md");
    fs::read_to_string(path).expect("the documentation is there")
}

/// The part of the documentation below a heading.
fn section<'a>(documentation: &'a str, heading: &str) -> &'a str {
    let (_, rest) = documentation.split_once(&format!("\n## {heading}\n")).expect("the heading is there");
    rest.split("\n## ").next().unwrap_or(rest)
}

/// A struct with every field set to something else than its default, so that each is written. A field that is missing
/// here does not compile.
macro_rules! filled {
    ($type:ident { $($field:ident: $value:expr),* $(,)? } besides $default:expr) => {{
        let made = $type { $($field: $value,)* unknown: Map::new() };
        let default: $type = $default;
        $(assert!(
            made.$field != default.$field,
            "{}.{} must not be as it is by itself, or it may not be written",
            stringify!($type),
            stringify!($field)
        );)*
        made
    }};
    ($type:ident { $($rest:tt)* }) => { filled!($type { $($rest)* } besides $type::default()) };
}

fn object(value: Value) -> Map<String, Value> {
    value.as_object().cloned().expect("an object")
}

fn headers() -> Vec<HeaderLine> {
    vec![HeaderLine::new("x", "1")]
}

fn metadata() -> Metadata {
    Metadata(object(json!({"namespace": {"key": "value"}})))
}

fn locality() -> Locality {
    filled!(Locality { region: "r".into(), zone: "z".into(), sub_zone: "s".into() })
}

fn request() -> Request {
    filled!(Request {
        method: "POST".into(),
        url: "https://a/".into(),
        headers: headers(),
        metadata: headers(),
        body: Body::from("body"),
        chunks: Chunks::Every(2),
        trailers: headers(),
    })
}

fn reply() -> Reply {
    filled!(Reply {
        status: 201,
        delay_ms: 1,
        headers: headers(),
        metadata: headers(),
        body: Body::from("body"),
        chunks: Chunks::Sizes(vec![1]),
        trailers: headers(),
        at_once: true,
        gap_ms: 1,
        reset: true,
        reset_after: Some(1),
        fails: Some(CalloutFailure::Reset),
        again: vec![Reply { status: 503, ..Reply::default() }],
    })
}

fn proxy() -> Proxy {
    let address = |port: u16| ([10, 0, 0, 1], port).into();
    filled!(Proxy {
        downstream: Protocol::Http1,
        upstream: Protocol::Http1,
        buffer_limit: 5,
        adds_headers: true,
        envoy_version: EnvoyVersion::OLDEST,
        node: filled!(Node {
            id: "i".into(),
            cluster: "c".into(),
            metadata: object(json!({"any": 1})),
            locality: locality(),
        }),
        cluster_name: "c".into(),
        cluster_metadata: metadata(),
        route: filled!(RouteFacts { name: "r".into(), metadata: metadata() }),
        virtual_host: filled!(VirtualHost { name: "v".into(), metadata: metadata() }),
        listener: filled!(Listener {
            direction: ListenerDirection::Inbound,
            metadata: metadata(),
            filter_chain_name: "f".into(),
        }),
        addresses: filled!(Addresses {
            client: address(1),
            proxy: address(2),
            upstream: address(3),
            upstream_local: address(4),
        }),
        upstream_host_metadata: Some(metadata()),
        upstream_locality: locality(),
        connection_id: 5,
    })
}

fn callout() -> Callout {
    let answer = filled!(CalloutAnswer {
        status: 201,
        headers: headers(),
        body: Body::from("body"),
        chunks: Chunks::Every(2),
        trailers: headers(),
        messages: vec![Body::from("message")],
        grpc_status: Some(1),
        grpc_message: "no".into(),
        at_once: true,
        delay_ms: 1,
        gap_ms: 1,
        reset_after: Some(1),
        fails: Some(CalloutFailure::Reset),
    });
    filled!(Callout {
        upstream: "auth".into(),
        method: Some("GET".into()),
        path: Some("/".into()),
        headers: headers(),
        answers: vec![answer],
    })
}

fn connection() -> Connection {
    let idle = serde_json::from_value(json!({"from": "client"})).expect("a step");
    let step = filled!(ConnectionStep {
        from: Peer::Upstream,
        after_ms: 1,
        send: Some(Body::from("bytes")),
        end: true,
        close: true,
        reset: true,
    } besides idle);
    filled!(Connection { steps: vec![step], fails: Some(ConnectionFailure::NoEndpoint) })
}

fn expectation() -> Expectation {
    let text = |text: &str| Some(text.to_owned());
    filled!(Expectation {
        that: Subject::Log,
        request: Some(1),
        name: "n".into(),
        json: "$".into(),
        level: Some(LogLevel::Warn),
        callback: "proxy_on_tick".into(),
        upstream: "u".into(),
        filter: Some(1),
        is: Some(json!(1)),
        contains: text("c"),
        starts_with: text("s"),
        ends_with: text("e"),
        matches: text("m"),
        at_least: Some(1.0),
        at_most: Some(2.0),
        exists: Some(true),
        count: Some(1),
        not: true,
        off: true,
    })
}

/// A scenario in which everything is set.
fn everything() -> Scenario {
    let filter = filled!(Filter {
        path: "filter.wasm".into(),
        module: Some(Body::from("module")),
        sha256: "ab".repeat(32),
        off: true,
        name: "n".into(),
        root_id: "r".into(),
        vm_id: "v".into(),
        plugin_config: Body::from("p"),
        vm_config: Body::from("v"),
        env: object(json!({"A": "1"})),
        failure_policy: Some(FailurePolicy::FailReload),
        fail_open: true,
        reload_backoff_ms: 5,
        allow_on_headers_stop_iteration: true,
        capabilities: vec!["proxy_log".into()],
    });
    let limits =
        filled!(Limits { request_ms: 1, start_ms: 1, memory_mib: 1, events: 1, log_kib: 1, client_ms: 1 });
    let then = filled!(Then { request: Some(request()), reply: Some(reply()), wait_ms: 1, repeat: 2 });
    let own = Property::parse("own", json!({"int": 1})).expect("a property");
    filled!(Scenario {
        version: 0,
        name: "n".into(),
        chain: vec![filter],
        request: request(),
        reply: reply(),
        connection: Some(connection()),
        repeat: 2,
        then: vec![then],
        settle_ms: 1,
        callouts: vec![callout()],
        names: BTreeMap::from([("a".to_owned(), vec!["10.0.0.1".to_owned()])]),
        log_level: LogLevel::Info,
        seed: 1,
        clock: WallTime(0),
        proxy: proxy(),
        properties: Properties(vec![own]),
        limits: limits,
        expect: vec![expectation()],
    })
}

/// Objects whose fields are named by people: they are no fields of the format.
fn is_open(path: &str) -> bool {
    matches!(path, "names" | "properties" | "chain[].env" | "proxy.node.metadata")
        || path.ends_with("metadata")
}

/// All paths of fields in a scenario: `chain[].filter`. A later request is written as the first
/// one, and so is a later reply.
fn field_paths(value: &Value, path: &str, found: &mut BTreeSet<String>) {
    let parts = match path {
        "then[].request" => return field_paths(value, "request", found),
        "then[].reply" | "reply.again[]" => return field_paths(value, "reply", found),
        _ => match value {
            Value::Object(fields) if !is_open(path) => fields,
            Value::Array(items) => {
                return items.iter().for_each(|item| match item {
                    // A line of headers is an array, and bytes may be an object.
                    Value::Object(fields) if !fields.contains_key("base64") => {
                        field_paths(item, &format!("{path}[]"), found);
                    }
                    _ => {}
                });
            }
            _ => return,
        },
    };
    for (name, value) in parts.iter().filter(|(name, _)| *name != "base64") {
        let below = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        field_paths(value, &below, found);
        found.insert(below);
    }
}

fn paths(value: &Value) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    field_paths(value, "", &mut found);
    found
}

/// The cells of a table's row, without the marks of code around the first ones.
fn cells(line: &str) -> Option<Vec<&str>> {
    Some(line.strip_prefix("| ")?.strip_suffix(" |")?.split(" | ").collect())
}

fn code(cell: &str) -> Option<&str> {
    cell.strip_prefix('`')?.strip_suffix('`')
}

/// The rows of the tables of fields: path and default.
fn documented(documentation: &str) -> Vec<(&str, &str)> {
    let (fields, _) = documentation.split_once("\n## Errors\n").expect("the heading is there");
    let rows = fields.lines().filter_map(cells).filter_map(|row| Some((code(row[0])?, row)));
    rows.filter(|(_, row)| row.len() == 4).map(|(path, row)| (path, row[2])).collect()
}

#[test]
fn every_field_is_documented_once_and_every_documented_field_exists() {
    let found = paths(&serde_json::to_value(everything()).expect("serializes"));
    let documentation = documentation();
    let rows = documented(&documentation);
    let documented: BTreeSet<String> = rows.iter().map(|(path, _)| (*path).to_owned()).collect();
    assert_eq!(found, documented);
    assert_eq!(rows.len(), documented.len(), "no field has two rows");
}

/// A scenario with this value at this path; `None`: only what the field lies in.
fn scenario_with(path: &str, value: Option<&Value>) -> Result<Scenario, serde_json::Error> {
    let segments: Vec<&str> = path.split('.').collect();
    let mut inner = value.cloned();
    for (place, segment) in segments.iter().enumerate().rev() {
        let lies_in = place.checked_sub(1).map(|above| segments[above]);
        let mut fields = Map::new();
        if lies_in == Some("steps[]") {
            fields.insert("from".into(), "client".into());
        }
        let (name, is_list) = match segment.strip_suffix("[]") {
            Some(name) => (name, true),
            None => (*segment, false),
        };
        if let Some(value) = inner {
            fields.insert(name.into(), if is_list { json!([value]) } else { value });
        }
        inner = Some(fields.into());
    }
    serde_json::from_value(inner.unwrap_or_default())
}

#[test]
fn every_default_is_what_the_documentation_says() {
    for (path, default) in documented(&documentation()) {
        let left_out = scenario_with(path, None);
        match (code(default), default) {
            (Some(default), _) => {
                let value = serde_json::from_str(default).expect(path);
                let given = scenario_with(path, Some(&value)).expect(path);
                assert_eq!(given, left_out.expect(path), "{path} is {default} by itself");
            }
            (None, "none") => {
                let given = scenario_with(path, Some(&Value::Null)).expect(path);
                assert_eq!(given, left_out.expect(path), "{path} is not there by itself");
            }
            (None, "left out") => {
                let given = scenario_with(path, Some(&Value::Null)).expect(path);
                assert_ne!(given, left_out.expect(path), "null is a value of {path}");
            }
            (None, "needed") => assert_eq!(path, "connection.steps[].from"),
            (None, other) => panic!("{path}: {other} is no default"),
        }
    }
}

#[test]
fn every_value_of_a_list_of_names_is_documented() {
    let policy = |policy| match policy {
        FailurePolicy::FailClosed | FailurePolicy::FailOpen | FailurePolicy::FailReload => json!(policy),
    };
    let failure = |failure| match failure {
        CalloutFailure::Silence
        | CalloutFailure::Reset
        | CalloutFailure::ConnectionFailure
        | CalloutFailure::NoEndpoint => json!(failure),
    };
    let unreachable = |failure| match failure {
        ConnectionFailure::ConnectionFailure | ConnectionFailure::NoEndpoint => json!(failure),
    };
    let direction = |direction| match direction {
        ListenerDirection::Unspecified | ListenerDirection::Inbound | ListenerDirection::Outbound => {
            json!(direction)
        }
    };
    let peer = |peer| match peer {
        Peer::Client | Peer::Upstream => json!(peer),
    };
    let failures = [
        CalloutFailure::Silence,
        CalloutFailure::Reset,
        CalloutFailure::ConnectionFailure,
        CalloutFailure::NoEndpoint,
    ];
    let directions =
        [ListenerDirection::Unspecified, ListenerDirection::Inbound, ListenerDirection::Outbound];
    let sections: [(&str, Vec<Value>); 6] = [
        (
            "Filter",
            [FailurePolicy::FailClosed, FailurePolicy::FailOpen, FailurePolicy::FailReload]
                .map(policy)
                .into(),
        ),
        ("Reply", failures.map(failure).into()),
        ("Callouts", failures.map(failure).into()),
        ("Connection", [Peer::Client, Peer::Upstream].map(peer).into()),
        (
            "Connection",
            [ConnectionFailure::ConnectionFailure, ConnectionFailure::NoEndpoint].map(unreachable).into(),
        ),
        ("Proxy", directions.map(direction).into()),
    ];
    let documentation = documentation();
    for (heading, names) in sections {
        for name in names {
            let name = name.as_str().expect("a name");
            let is_there = section(&documentation, heading).contains(&format!("`{name}`"));
            assert!(is_there, "{heading} does not speak of `{name}`");
        }
    }
    for subject in Subject::ALL {
        let row = format!("\n| `{}` | ", subject.name());
        assert!(section(&documentation, "Expectations").contains(&row), "{}", subject.name());
    }
    for level in ["trace", "debug", "info", "warn", "error", "critical"] {
        assert!(LogLevel::from_name(level).is_some());
        assert!(section(&documentation, "The whole").contains(&format!("`{level}`")), "{level}");
    }
}

#[test]
fn every_form_of_a_property_is_documented() {
    let documentation = documentation();
    let rows = section(&documentation, "Properties").lines().filter_map(cells);
    let mut documented = BTreeSet::new();
    for form in rows.filter_map(|row| code(row[0])) {
        let value: Value = serde_json::from_str(form).expect(form);
        documented.extend(object(value.clone()).keys().cloned());
        Property::parse("own", value).expect(form);
    }
    let error = Property::parse("own", json!({"bits": 1})).expect_err("there are no bits").reason;
    let (_, known) = error.split_once("; use ").expect("it lists what there is");
    let known: BTreeSet<String> = known.replace(" or ", ", ").split(", ").map(str::to_owned).collect();
    assert_eq!(documented, known);
}

/// What stands in for the filters of the examples: it lets everything pass.
const PASSES: &str = r#"(module
  (memory (export "memory") 1)
  (func (export "proxy_abi_version_0_2_1"))
  (func (export "malloc") (param i32) (result i32) (i32.const 0)))"#;

/// A folder with the filters that the examples name.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a scratch folder");
    for name in ["filter.wasm", "first.wasm", "second.wasm"] {
        let bytes = wat::parse_str(PASSES).expect("the module is valid");
        fs::write(folder.path().join(name), bytes).expect("written");
    }
    folder
}

#[test]
fn every_example_can_be_run() {
    let documentation = documentation();
    let examples = documentation.split("\n```json\n").skip(1);
    let examples: Vec<&str> = examples.filter_map(|rest| rest.split("\n```").next()).collect();
    assert!(examples.len() >= 10, "{} examples", examples.len());
    assert_eq!(documentation.matches("```").count(), 2 * examples.len(), "no other block is fenced");
    let known = paths(&serde_json::to_value(everything()).expect("serializes"));
    let folder = folder();
    for example in examples {
        let value: Value = serde_json::from_str(example).expect(example);
        for path in paths(&value) {
            assert!(known.contains(&path), "{path} is no field: {example}");
        }
        let file = folder.path().join("example.scenario.json");
        fs::write(&file, example).expect("written");
        let scenario = Scenario::load(&file).expect(example);
        let again = Scenario::from_json(&scenario.to_json()).expect(example);
        assert_eq!(again, scenario, "it is written back as it was");
        let trace = run_scenario(&scenario, &Source { file: Some(file) }).expect(example);
        assert!(matches!(trace.outcome.kind(), "finished" | "local_reply"), "{:?}: {example}", trace.outcome);
    }
}

#[test]
fn every_error_is_as_documented() {
    let documentation = documentation();
    let folder = folder();
    let file = folder.path().join("wrong.scenario.json");
    let mut places = BTreeSet::new();
    for row in section(&documentation, "Errors").lines().filter_map(cells) {
        let Some(text) = code(row[0]) else { continue };
        let mut value: Value = serde_json::from_str(text).expect(text);
        if value.get("chain").is_none() {
            value["chain"] = json!([{"filter": "filter.wasm"}]);
        }
        fs::write(&file, value.to_string()).expect("written");
        let mut command = Command::new(env!("CARGO_BIN_EXE_filterlab"));
        let output = command.arg("run").arg(&file).output().expect("the program starts");
        let said = String::from_utf8(output.stderr).expect("standard error is UTF-8");
        assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0), "{text}: {said}");
        let message = row[row.len() - 1];
        assert!(said.contains(message), "{text}: {message} is not in: {said}");
        if let [_, place, _] = row[..] {
            let place = code(place).expect("a place");
            assert!(said.contains(&format!(".scenario.json: {place}: ")), "{text}: {place}: {said}");
            places.insert(place);
        } else {
            assert!(said.contains("wrong.scenario.json:"), "{text}: {said}");
        }
    }
    assert!(places.len() >= 12, "{places:?}");
}

fn schema() -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/scenario.schema.json");
    serde_json::from_str(&fs::read_to_string(path).expect("the schema is there")).expect("the schema is JSON")
}

fn validator() -> Validator {
    let schema = schema();
    jsonschema::draft202012::meta::validate(&schema).expect("the schema is one");
    jsonschema::draft202012::new(&schema).expect("the schema can be used")
}

/// The paths of the fields that an object of the schema knows.
fn schema_paths(schema: &Value, of: &Value, path: &str, found: &mut BTreeSet<String>) {
    for (name, field) in of["properties"].as_object().into_iter().flatten() {
        let mut path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        found.insert(path.clone());
        let mut field = field;
        if matches!(path.as_str(), "request" | "reply") {
            field = &schema["$defs"][name];
        }
        if field["items"]["properties"].is_object() {
            (path, field) = (format!("{path}[]"), &field["items"]);
        }
        schema_paths(schema, field, &path, found);
    }
}

#[test]
fn the_schema_knows_every_field_with_its_default_and_says_what_it_means() {
    let schema = schema();
    let mut found = BTreeSet::new();
    schema_paths(&schema, &schema, "", &mut found);
    assert!(found.remove("$schema"), "editors look for it");
    assert_eq!(found, paths(&serde_json::to_value(everything()).expect("serializes")));
    for (path, default) in documented(&documentation()) {
        let mut at = &schema;
        for segment in path.split('.') {
            let name = segment.trim_end_matches("[]");
            // Requests and replies stand at several places.
            at = match (std::ptr::eq(at, &schema), name) {
                (true, "request" | "reply") if path.contains('.') => &schema["$defs"][name],
                _ => &at["properties"][name],
            };
            at = if segment.ends_with("[]") { &at["items"] } else { at };
        }
        assert!(at["description"].as_str().is_some_and(|text| !text.is_empty()), "{path}: {at}");
        let default = code(default).map(|default| serde_json::from_str::<Value>(default).expect(path));
        assert_eq!(at.get("default"), default.as_ref(), "{path}");
    }
}

#[test]
fn the_schema_takes_what_is_right_and_refuses_what_is_wrong() {
    let validator = validator();
    let takes = |value: &Value| match validator.validate(value) {
        Ok(()) => {}
        Err(error) => panic!("{}: {error}: {value}", error.instance_path()),
    };
    let mut everything = serde_json::to_value(everything()).expect("serializes");
    takes(&everything);
    everything["later"] = json!({"any": 1});
    takes(&everything);
    let documentation = documentation();
    for example in documentation.split("\n```json\n").skip(1).filter_map(|rest| rest.split("\n```").next()) {
        takes(&serde_json::from_str(example).expect(example));
    }
    for sample in filterlab::samples::all() {
        for scenario in &sample.scenarios {
            takes(&serde_json::to_value(&scenario.scenario).expect("serializes"));
        }
    }
    // What is found when a file is read, the schema knows; what needs more than the type of a field, it need not.
    let (reading, _) = section(&documentation, "Errors").split_once("**Planning.**").expect("it is there");
    let beyond = ["2026-01-01", "10.0.0.7", "request.size", "\"request\": 1", "\"ns\": 1"];
    let rows = reading.lines().filter_map(cells).filter_map(|row| code(row[0]));
    let mut refused = 0;
    for text in rows.filter(|text| !beyond.iter().any(|beyond| text.contains(beyond))) {
        let value: Value = serde_json::from_str(text).expect(text);
        assert!(!validator.is_valid(&value), "{text}");
        refused += 1;
    }
    assert!(refused >= 12, "{refused}");
}

#[test]
fn what_is_said_of_unknown_fields_null_and_doubles_is_so() {
    let read = |text: &str| Scenario::from_json(text);
    let same = |a: &str, b: &str| assert_eq!(read(a).expect(a), read(b).expect(b));
    let misspelt = r#"{"chain": [{"filter": "a"}], "reqest": {"method": "PUT"}}"#;
    assert!(read(misspelt).expect("no error").to_json().contains("reqest"));
    assert!(read(r#"{"chain": [{"filter": "a"}], "seed": 1, "seed": 2}"#).is_err());
    assert!(read(r#"{"chain": [{"filter": "a"}], "seed": null}"#).is_err());
    same(
        r#"{"chain": [{"filter": "a", "plugin_config": null}], "connection": null, "request": {"chunks": null}}"#,
        r#"{"chain": [{"filter": "a"}]}"#,
    );
    same("\u{feff}{\"chain\": [{\"filter\": \"a\"}]}", r#"{"chain": [{"filter": "a"}]}"#);
}
