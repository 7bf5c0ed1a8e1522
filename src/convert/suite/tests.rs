//! Suites as the tester's own samples are written, there and back.

use std::path::Path;

use super::*;
use crate::convert::{self, LeftOut, Place, Why};
use crate::run::{ModuleSource, run_modules};
use crate::scenario::{Chunks, Expectation, Filter, HeaderLine, Scenario, Subject};
use crate::view::Language;
use crate::view::expectations;

fn read_named(name: &str, text: &str, folder: Option<&Path>) -> Imported {
    let input = Input { bytes: text.as_bytes(), name, folder };
    convert::read(Format::Suite, &input).unwrap_or_else(|error| panic!("{error:?}"))
}

fn suite(text: &str) -> Imported {
    read_named("tests.textpb", text, None)
}

fn only(text: &str) -> Scenario {
    let mut imported = suite(text);
    assert_eq!(imported.scenarios.len(), 1);
    imported.scenarios.remove(0)
}

fn whys(imported: &Imported) -> Vec<&Why> {
    imported.left_out.iter().map(|found| &found.why).collect()
}

/// Expectations as people read them.
fn notations(scenario: &Scenario) -> Vec<String> {
    scenario.expect.iter().map(crate::view::sentences::expectation::notation).collect()
}

/// A suite as the tester's own samples are written.
const SAMPLE: &str = r#"# proto-file: plugins/test/runner.proto
# proto-message: TestSuite
env {
  log_level: DEBUG  # as on the command line
  time_secs: 1700000000
}
test {
  name: "HeadersAreChanged"
  request_headers {
    input {
      header { key: ":authority" value: "shop.example" }
      header { key: ":path" value: "/cart?item=" "7" }
      header { key: "X-Any" value: 'it''s' }
    }
    result {
      has_header { key: ":path" value: "/cart?item=7" }
      has_header { key: "x-many", value: "a, b" }
      no_header { key: "x-internal" };
      headers { exact: "X-Any: its" }
      headers { regex: "X-Other: .*" invert: true }
      log { regex: ".*seen.*" }
      log { exact: "never" invert: true }
    }
  }
  response_headers {
    input { content: "HTTP/1.1 404 Not Found\nContent-Type: text/plain\n" }
    result { has_header { key: ":status" value: "404" } }
  }
  response_body {
    input { content: "gone" }
    result { body { regex: "[\\s\\S]*gone" } }
  }
}
test: <
  name: "Blocked"
  request_headers: <
    input: < content: "GET https://a.example:8443/x HTTP/1.1\r\nHost: other\r\nAccept: */*\r\n\r\n" >
    result: <
      immediate: < http_status: 403 grpc_status: 7 details: "denied" >
      body: [ { exact: "no" }, < regex: "yes" invert: true > ]
      no_header: { key: "x" }
    >
  >
  plugin_init { log { regex: ".*ready" } }
  stream_init { log { regex: ".*stream" } }
  stream_destroy { log { regex: ".*done" } }
  properties { path: "source.address" value: "10.0.0.1:80" }
  properties: { path: "raw" value: "\377\001" }
  benchmark: true
>
"#;

#[test]
fn one_scenario_comes_of_each_test() {
    let imported = suite(SAMPLE);
    let names: Vec<&str> = imported.scenarios.iter().map(|scenario| scenario.name.as_str()).collect();
    assert_eq!(names, ["HeadersAreChanged", "Blocked"]);
    let first = &imported.scenarios[0];
    assert_eq!(first.request.method, "GET");
    assert_eq!(first.request.url, "https://shop.example/cart?item=7");
    assert_eq!(first.request.headers, [HeaderLine::new("X-Any", "its")]);
    assert_eq!(first.request.chunks, Chunks::Sizes(vec![0]), "headers are never the end of a stream");
    assert_eq!((first.reply.status, first.reply.body.text()), (404, Some("gone")));
    assert_eq!(first.reply.headers, [HeaderLine::new("Content-Type", "text/plain")]);
    assert_eq!(first.reply.chunks, Chunks::Whole);
    assert_eq!(first.clock.to_string(), "2023-11-14T22:13:20Z");
    assert_eq!(first.log_level.name(), "debug");
    let second = &imported.scenarios[1];
    assert_eq!(second.request.url, "https://a.example:8443/x", "an absolute target goes before Host");
    assert_eq!(second.request.headers, [HeaderLine::new("Accept", "*/*")]);
    let properties = serde_json::to_value(&second.properties).expect("it is JSON");
    let expected =
        serde_json::json!({"source.address": {"string": "10.0.0.1:80"}, "raw": {"base64": "/wE="}});
    assert_eq!(properties, expected);
}

#[test]
fn expectations_say_what_the_tester_looks_at() {
    let imported = suite(SAMPLE);
    assert_eq!(
        notations(&imported.scenarios[0]),
        notations_of(&[
            r#"{"that": "upstream.header", "name": ":path", "is": "/cart?item=7"}"#,
            r#"{"that": "upstream.header", "is": "x-many: a, b"}"#,
            r#"{"that": "upstream.header", "name": "x-internal", "exists": false}"#,
            r#"{"that": "upstream.header", "is": "x-any: its"}"#,
            r#"{"that": "upstream.header", "matches": "\\A(?:x-other: .*)\\z", "not": true}"#,
            r#"{"that": "action", "callback": "proxy_on_request_headers", "starts_with": "Continue"}"#,
            r#"{"that": "local_reply", "callback": "proxy_on_request_headers", "exists": false}"#,
            r#"{"that": "log", "callback": "proxy_on_request_headers", "level": "debug", "matches": "\\A(?:.*seen.*)\\z"}"#,
            r#"{"that": "log", "callback": "proxy_on_request_headers", "level": "debug", "is": "never", "not": true}"#,
            r#"{"that": "downstream.header", "name": ":status", "is": "404"}"#,
            r#"{"that": "action", "callback": "proxy_on_response_headers", "starts_with": "Continue"}"#,
            r#"{"that": "local_reply", "callback": "proxy_on_response_headers", "exists": false}"#,
            r#"{"that": "downstream.body", "matches": "\\A(?:[\\s\\S]*gone)\\z"}"#,
        ])
    );
    assert_eq!(
        notations(&imported.scenarios[1]),
        notations_of(&[
            r#"{"that": "log", "request": 0, "callback": "_initialize|_start|proxy_on_context_create|proxy_on_vm_start|proxy_on_configure", "level": "debug", "matches": "\\A(?:.*ready)\\z"}"#,
            r#"{"that": "log", "request": 1, "callback": "proxy_on_context_create", "level": "debug", "matches": "\\A(?:.*stream)\\z"}"#,
            r#"{"that": "log", "request": 1, "callback": "proxy_on_done|proxy_on_log|proxy_on_delete", "level": "debug", "matches": "\\A(?:.*done)\\z"}"#,
            r#"{"that": "downstream.header", "name": "x", "exists": false}"#,
            r#"{"that": "downstream.body", "is": "no"}"#,
            r#"{"that": "downstream.body", "matches": "\\A(?:yes)\\z", "not": true}"#,
            r#"{"that": "action", "callback": "proxy_on_request_headers", "starts_with": "Continue", "not": true}"#,
            r#"{"that": "local_reply", "callback": "proxy_on_request_headers", "is": 403}"#,
            r#"{"that": "local_reply.grpc_status", "callback": "proxy_on_request_headers", "is": 7}"#,
            r#"{"that": "local_reply.details", "callback": "proxy_on_request_headers", "is": "denied"}"#,
        ])
    );
}

fn notations_of(expected: &[&str]) -> Vec<String> {
    let read = |text: &&str| serde_json::from_str::<Expectation>(text).expect("it is an expectation");
    expected.iter().map(read).map(|found| crate::view::sentences::expectation::notation(&found)).collect()
}

#[test]
fn where_the_tester_is_no_envoy_is_told_once_for_all_tests() {
    let imported = suite(SAMPLE);
    let said: Vec<(String, &Why)> =
        imported.left_out.iter().map(|found| (found.place.to_string(), &found.why)).collect();
    assert_eq!(
        said,
        [
            ("line 49, column 3".to_owned(), &Why::NoCounterpart),
            ("line 9, column 19, and 1 more".to_owned(), &Why::EmptyPiece),
            ("line 34, column 7".to_owned(), &Why::OtherSteps),
        ]
    );
}

#[test]
fn yaml_says_the_same_with_values_as_they_are_written() {
    let yaml = r#"
env: {log_level: DEBUG, time_secs: 1700000000}
test:
- name: HeadersAreChanged
  request_headers:
    input:
      header:
      - {key: ":authority", value: shop.example}
      - {key: ":path", value: "/cart?item=7"}
      - {key: X-Any, value: its}
    result:
      has_header:
      - {key: ":path", value: /cart?item=7}
      - {key: x-many, value: "a, b"}
      no_header: {key: x-internal}
      headers:
      - exact: "X-Any: its"
      - {regex: "X-Other: .*", invert: true}
      log:
      - regex: .*seen.*
      - {exact: never, invert: true}
  response_headers:
    input:
      content: |
        HTTP/1.1 404 Not Found
        Content-Type: text/plain
    result:
      has_header: [{key: ":status", value: 404}]
  response_body:
  - input: {content: gone}
    result: {body: [{regex: '[\s\S]*gone'}]}
"#;
    let of_yaml = read_named("tests.yaml", yaml, None);
    let of_text = suite(SAMPLE);
    assert_eq!(of_yaml.scenarios, of_text.scenarios[..1]);
    assert_eq!(read_named("", yaml.trim_start(), None).scenarios, of_yaml.scenarios, "without a name, too");
}

#[test]
fn bodies_are_cut_by_the_plan_of_the_test() {
    let of = |plan: &str| {
        only(&format!("test {{ {plan} request_body {{ input {{ content: \"1234567890\" }} }} }}"))
            .request
            .chunks
    };
    assert_eq!(of("num_chunks: 5"), Chunks::Sizes(vec![2; 4]));
    assert_eq!(of("num_chunks: 4"), Chunks::Sizes(vec![2; 3]), "what is left is in the last one");
    assert_eq!(of("num_chunks: 1"), Chunks::Whole);
    assert_eq!(of("chunk_size: 3"), Chunks::Every(3));
    assert_eq!(of(""), Chunks::Whole);
    let pieces: Vec<usize> =
        of("num_chunks: 4").split(&"1234567890".into()).iter().map(bytes::Bytes::len).collect();
    assert_eq!(pieces, [2, 2, 2, 4]);
}

#[test]
fn several_bodies_are_pieces_of_one_and_their_expectations_are_joined() {
    let text = r#"test {
      request_headers { input { header { key: ":method" value: "POST" } } }
      request_body { input { content: "ab" } result { body { exact: "AB" } } }
      request_body { input { content: "cde" } result { body { exact: "CDE" } } }
    }"#;
    let imported = suite(text);
    let scenario = &imported.scenarios[0];
    assert_eq!(
        (scenario.request.body.text(), &scenario.request.chunks),
        (Some("abcde"), &Chunks::Sizes(vec![2, 3]))
    );
    assert!(notations(scenario).contains(&notations_of(&[r#"{"that": "upstream.body", "is": "ABCDE"}"#])[0]));
    assert_eq!(whys(&imported), [&Why::SeveralEnds, &Why::OtherSteps]);
    let one = suite(&text.replace("exact: \"CDE\"", "regex: \"C.*\""));
    assert_eq!(whys(&one), [&Why::SeveralEnds, &Why::OnePiece, &Why::OnePiece, &Why::OtherSteps]);
    let planned = text.replace("request_headers", "chunk_size: 1 request_headers");
    let input = Input { bytes: planned.as_bytes(), name: "", folder: None };
    assert!(read(&input).is_err(), "the tester refuses it, too");
}

#[test]
fn what_can_never_pass_is_told() {
    let imported = suite(
        r#"test { request_body { input { content: "a" }
             result { immediate { http_status: 403 } has_header { key: "x" value: "y" } no_header { key: "z" } } } }"#,
    );
    assert_eq!(whys(&imported), [&Why::NeverPasses, &Why::NeverPasses, &Why::OtherSteps]);
}

#[test]
fn files_are_read_beside_the_suite_and_nowhere_else() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let write =
        |name: &str, text: &str| std::fs::write(folder.path().join(name), text).expect("it can be written");
    write("head.data", "POST /up HTTP/1.1\nHost: a.example\n");
    write("body.data", "1234");
    write("want.data", "4321");
    write("plugin.json", "{}");
    let text = r#"env { wasm_path: "x.wasm" config_path: "plugin.json" }
      test { request_headers { input { file: "head.data" } }
        request_body { input { file: "body.data" } result { body { file: "want.data" } } }
        response_headers { input { file: "../outside" } } }"#;
    let imported = read_named("tests.textpb", text, Some(folder.path()));
    let scenario = &imported.scenarios[0];
    assert_eq!((scenario.request.method.as_str(), scenario.request.body.text()), ("POST", Some("1234")));
    assert_eq!(scenario.request.url, "https://a.example/up");
    assert_eq!(
        (scenario.chain[0].path.as_str(), scenario.chain[0].plugin_config.text()),
        ("x.wasm", Some("{}"))
    );
    assert!(notations(scenario).contains(&notations_of(&[r#"{"that": "upstream.body", "is": "4321"}"#])[0]));
    assert_eq!(imported.left_out[0].why, Why::OtherFile { path: "../outside".into() });
}

#[test]
fn mistakes_in_a_suite_have_their_place() {
    let cases = [
        ("test {\n  request_headerz {} }", (2, 3), "Test has no field request_headerz"),
        ("test { name: [\"a\", \"b\"] }", (1, 14), "name is one value"),
        ("test { num_chunks: 0 }", (1, 20), "num_chunks is from 1"),
        ("test { request_headers { result { log { invert: true } } } }", (1, 39), "a matcher needs"),
        (
            "test { request_headers { result { log { regex: \"x\" invert: maybe } } } }",
            (1, 60),
            "true or false",
        ),
        ("env { log_level: LOUD } test {}", (1, 18), "LOUD is no log level"),
        ("test { request_headers { input { content: \"nonsense\" } } }", (1, 43), "no HTTP/1 message"),
        ("test { request_headers: \"x\" }", (1, 25), "an invocation is a message"),
    ];
    for (text, (line, column), said) in cases {
        let input = Input { bytes: text.as_bytes(), name: "t.textpb", folder: None };
        let error = read(&input).expect_err(text);
        assert_eq!(error.place, Some(Place::Line { line, column }), "{text}");
        let Reason::Syntax(found) = &error.reason else { panic!("{text}: {error:?}") };
        assert!(found.contains(said), "{text}: {found}");
    }
    let empty = Input { bytes: b"# nothing", name: "t.textpb", folder: None };
    assert!(matches!(read(&empty).expect_err("there is no test").reason, Reason::NoRequest));
}

/// The bundled filter that masks fields of JSON, run by a suite that was written for it.
#[test]
fn an_imported_test_runs_and_its_expectations_hold() {
    let sample = crate::samples::find("add_headers").expect("it is there");
    let text = r#"test {
      name: "AddsHeaders"
      request_headers {
        input { header { key: ":path" value: "/v1/users/42?verbose=1" } header { key: "accept" value: "*/*" } }
        result { has_header { key: "accept" value: "*/*" } no_header { key: "x-not-there" } }
      }
      response_headers {
        input { header { key: ":status" value: "200" } header { key: "content-type" value: "text/plain" } }
        result { has_header { key: ":status" value: "200" } headers { regex: "content-type: text/.*" } }
      }
      response_body { input { content: "hello" } result { body { exact: "hello" } body { regex: "x.*" invert: true } } }
    }"#;
    let mut scenario = only(text);
    scenario.chain =
        vec![Filter { plugin_config: sample.scenario.chain[0].plugin_config.clone(), ..Filter::default() }];
    let trace = run_modules(&scenario, &[sample.module_source()]).expect("it runs");
    let verdicts = expectations::check(&trace, &scenario);
    let failed: Vec<String> = scenario
        .expect
        .iter()
        .zip(&verdicts)
        .filter(|(_, verdict)| !verdict.is_met())
        .map(|(found, verdict)| {
            format!("{} {verdict:?}", crate::view::sentences::expectation::notation(found))
        })
        .collect();
    assert_eq!(failed, Vec::<String>::new());
    assert_eq!(verdicts.len(), 10);
}

fn written(scenario: &Scenario) -> (String, Vec<LeftOut>) {
    let modules = vec![ModuleSource::File("x.wasm".into()); scenario.chain.len()];
    let export =
        Export { scenario, modules: &modules, trace: None, with_secrets: true, language: Language::English };
    let made = convert::write(Format::Suite, &export).expect("it can be written");
    let Files::One(bytes) = made.files else { panic!("it is one file") };
    (String::from_utf8(bytes.to_vec()).expect("it is text"), made.left_out)
}

#[test]
fn what_is_imported_is_exported_and_imported_again() {
    let mut scenarios = suite(SAMPLE).scenarios;
    scenarios.push(only(r#"test { name: "c" num_chunks: 3
        request_headers { input { header { key: ":method" value: "PUT" } } }
        request_body { input { content: "\001\377 \"quoted\\\" 中" } result { body { exact: "\377" invert: true } } }
        response_headers { input { header { key: ":status" value: "500" } } result { body { exact: "x" } } } }"#));
    for scenario in scenarios {
        let (text, left_out) = written(&scenario);
        assert_eq!(left_out, [], "{text}");
        let again = only(&text);
        // An own answer ends a test, yet the exporter writes what the upstream would say.
        let by_name = |scenario: &Scenario| {
            let mut all = notations(scenario);
            all.retain(|line| !line.contains("on_response_headers"));
            all.sort();
            all
        };
        assert_eq!(by_name(&again), by_name(&scenario), "{text}");
        assert_eq!(
            Scenario { expect: Vec::new(), ..again },
            Scenario { expect: Vec::new(), ..scenario },
            "{text}"
        );
    }
}

#[test]
fn expectations_of_every_kind_are_said_or_listed() {
    let mut scenario = only(r#"test { request_headers {} response_headers {} }"#);
    let all = [
        r#"{"that": "downstream.status", "is": 200}"#,
        r#"{"that": "upstream.header", "name": "A", "contains": "x.y"}"#,
        r#"{"that": "upstream.header", "name": "a", "exists": true}"#,
        r#"{"that": "downstream.body", "starts_with": "x"}"#,
        r#"{"that": "downstream.body", "json": "$.a", "is": 1}"#,
        r#"{"that": "log", "contains": "anywhere"}"#,
        r#"{"that": "callout", "count": 1}"#,
        r#"{"that": "downstream.body", "matches": "^x", "contains": "y"}"#,
        r#"{"that": "upstream.body", "is": "z", "request": 2}"#,
    ];
    scenario.expect = all.iter().map(|text| serde_json::from_str(text).expect("it is one")).collect();
    let (text, left_out) = written(&scenario);
    let places: Vec<String> = left_out.iter().map(|found| found.place.to_string()).collect();
    assert_eq!(places, ["expect[4]", "expect[5]", "expect[6]", "expect[7]", "expect[8]"]);
    for line in [
        r#"has_header { key: ":status" value: "200" }"#,
        r#"headers { regex: "a: [\\s\\S]*x\\.y[\\s\\S]*" }"#,
        r#"headers { regex: "a: [\\s\\S]*" }"#,
        r#"body { regex: "x[\\s\\S]*" }"#,
    ] {
        assert!(text.contains(line), "{line} is not in {text}");
    }
    suite(&text);
}

#[test]
fn what_a_test_cannot_say_is_listed() {
    let sample = crate::samples::find("mask_pii").expect("it is there");
    let mut scenario = sample.scenario.clone();
    scenario.repeat = 3;
    scenario.request.trailers = vec![HeaderLine::new("x", "y")];
    scenario.expect = vec![Expectation { that: Subject::Metric, name: "a".into(), ..Expectation::default() }];
    let (text, left_out) = written(&scenario);
    let places: Vec<String> = left_out.iter().map(|found| found.place.to_string()).collect();
    for place in ["chain[0].plugin_config", "repeat", "request.trailers", "expect[0]"] {
        assert!(places.iter().any(|found| found == place), "{place} is not in {places:?}");
    }
    suite(&text);
}

#[test]
fn a_suite_without_end_is_refused() {
    let fails = |text: String| {
        super::read(&Input { bytes: text.as_bytes(), name: "a.textpb", folder: None })
            .expect_err("it is too large")
    };
    let error = fails("test { name: \"a\" }\n".repeat(10_001));
    assert!(matches!(error.reason, Reason::TooMany { limit: 10_000 }), "{error:?}");
    for text in ["test { name: \"a\" }\n".repeat(125_001), format!("a: [{}1]", "1, ".repeat(250_000))] {
        let error = fails(text);
        assert!(
            matches!(&error.reason, Reason::Syntax(said) if said == "there are more than 250000 values"),
            "{error:?}"
        );
        assert!(matches!(error.place, Some(Place::Line { .. })), "{error:?}");
    }
}
