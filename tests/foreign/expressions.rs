//! `expr_create` and `expr_evaluate`.

use filterlab::trace::{Finding, Unknown};

use super::*;

/// Expressions with what Envoy 1.40 answered: of `expr_create` when it refused, else of `expr_evaluate`.
const ASKED: &str = include_str!("expressions.json");

/// Where Filterlab answers otherwise, and knows it: see `ARCHITECTURE.md`.
const DIFFERENT: &[&str] = &[
    // Literals that the parser refuses.
    "1e400",
    "-0x8000000000000000",
    // Envoy lists its own extensions in the node.
    "has(xds.node.extensions)",
    // Messages made of other messages.
    "google.protobuf.Value{number_value: 1.5}",
    r#"google.protobuf.Struct{fields: {"a": google.protobuf.Value{string_value:"x"}}}"#,
];

/// What both calls answer for each expression.
fn evaluate(expressions: &[String]) -> Vec<String> {
    let mut lines: Vec<String> =
        expressions.iter().map(|text| foreign("reqh", "expr_create", text)).collect();
    let tokens = 0..expressions.len() as u32;
    lines.extend(tokens.map(|token| foreign("reqh", "expr_evaluate", token.to_le_bytes())));
    // The node of the Envoy that was asked.
    let mut scenario = scenario();
    scenario.proxy.node.id = "oracle-node".into();
    scenario.proxy.node.metadata =
        serde_json::Map::from_iter([("k".into(), "v".into()), ("n".into(), 7.into())]);
    let answers = answers(&run(&lines, scenario));
    assert_eq!(answers.len(), lines.len());
    let (created, evaluated) = answers.split_at(expressions.len());
    let mut tokens = 0u32;
    let answer = |created: &String| {
        if let Some(token) = created.strip_prefix("rc=0 len=4 ") {
            // Refusals for their meaning use a token up, those for their syntax do not.
            let number = (tokens..).find(|number| token == shown(&number.to_le_bytes()));
            let number = number.expect("tokens count up");
            tokens = number + 1;
            return evaluated[number as usize].clone();
        }
        format!("create {created}")
    };
    created.iter().map(answer).collect()
}

/// Bytes as the probe logs them.
fn shown(bytes: &[u8]) -> String {
    let mut text = String::from("\"");
    for byte in bytes {
        match byte {
            b'"' | b'\\' => text.extend(['\\', char::from(*byte)]),
            32..=126 => text.push(char::from(*byte)),
            _ => text.push_str(&format!("\\x{byte:02x}")),
        }
    }
    text + "\""
}

#[test]
fn expressions_have_the_values_that_envoy_gives() {
    let asked: Vec<(String, String)> = serde_json::from_str(ASKED).expect("the record is JSON");
    let texts: Vec<String> = asked.iter().map(|(text, _)| text.clone()).collect();
    let answers = evaluate(&texts);
    let mut wrong = Vec::new();
    for ((text, wanted), found) in asked.iter().zip(&answers) {
        let is_known = DIFFERENT.contains(&text.as_str());
        if (wanted != found) != is_known {
            wrong.push(format!("{text}\n    wanted {wanted}\n    found  {found}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), asked.len(), wrong.join("\n"));
}

#[test]
fn nesting_ends_where_it_ends_in_envoy() {
    // The most that Envoy takes; one more is refused. The beginning, what is repeated before the middle, and after it.
    let limits = [
        (32, "", "(", "1", ")"),
        (32, "", "[", "", "]"),
        (31, "", "{1:", "1", "}"),
        (31, "", "true?1:", "1", ""),
        (15, "", "size([", "1", "])"),
        (31, "a", "[1]", "", ""),
        (31, "a", ".b", "", ""),
        (31, "1", "+1", "", ""),
        (30, "1", "+1*1", "", ""),
        (30, "", "[1].map(a,", "1", ")"),
        (31, "1", "+(1", "", ")"),
    ];
    let texts: Vec<String> = limits
        .iter()
        .flat_map(|(most, start, before, middle, after)| {
            [*most, most + 1]
                .map(|count| format!("{start}{}{middle}{}", before.repeat(count), after.repeat(count)))
        })
        .collect();
    let answers = evaluate(&texts);
    for (pair, texts) in answers.chunks(2).zip(texts.chunks(2)) {
        assert!(!pair[0].starts_with("create"), "{} {}", texts[0], pair[0]);
        assert_eq!(pair[1], "create rc=2", "{}", texts[1]);
    }
    // These do not nest.
    let wide = [
        format!("true{}", "||true".repeat(5_000)),
        format!("{}true", "!".repeat(1_000)),
        format!("{}(1)", "-".repeat(1_000)),
    ];
    for answer in evaluate(&wide) {
        assert!(answer.starts_with("rc=0"), "{answer}");
    }
}

#[test]
fn loops_end_after_ten_thousand_rounds_together() {
    let ones = |count: usize| format!("[{}]", vec!["1"; count].join(","));
    let all = |count: usize| format!("{}.all(x,true)", ones(count));
    let texts = [
        all(9_999),
        all(10_000),
        format!("{} && {}", all(4_999), all(4_999)),
        format!("{} && {}", all(5_000), all(5_000)),
        format!("{0}.map(x,{0}.map(y,1)).size()", ones(101)),
        // An error that nothing absorbs.
        format!("true || {}", all(10_000)),
        format!("{} || true", all(10_000)),
    ];
    let answers = evaluate(&texts);
    let good = "rc=0 len=1 \"\\x01\"";
    assert_eq!(answers, [good, "rc=10", good, "rc=10", "rc=10", good, "rc=10"]);
}

#[test]
fn texts_have_at_most_a_hundred_thousand_characters() {
    for letter in ["a", "é"] {
        let answers =
            evaluate(&[format!("\"{}\"", letter.repeat(99_998)), format!("\"{}\"", letter.repeat(99_999))]);
        assert!(answers[0].starts_with(&format!("rc=0 len={}", 99_998 * letter.len())));
        assert_eq!(answers[1], "create rc=2");
    }
}

#[test]
fn tokens_belong_to_the_plugin_and_end_when_they_are_deleted() {
    let token = 0u32.to_le_bytes();
    let lines = [
        foreign("conf", "expr_create", "1+1"),
        foreign("conf", "expr_evaluate", token),
        foreign("reqh", "expr_evaluate", token),
        foreign("reqh", "expr_delete", token),
        foreign("reqh", "expr_delete", token),
        foreign("reqh", "expr_evaluate", token),
        foreign("reqh", "expr_evaluate", "abcde"),
        foreign("reqh", "expr_delete", ""),
        foreign("reqh", "expr_create", b"'\xff'"),
        // Used up by what could be read but not understood.
        foreign("reqh", "expr_create", "foo(1)"),
        foreign("reqh", "expr_create", "2"),
    ];
    let two = r#"rc=0 len=8 "\x02\x00\x00\x00\x00\x00\x00\x00""#;
    let nothing = r#"rc=0 len=0 ptr=0 """#;
    let wanted = [
        r#"rc=0 len=4 "\x00\x00\x00\x00""#,
        two,
        two,
        nothing,
        nothing,
        "rc=1",
        "rc=2",
        "rc=2",
        "rc=2",
        "rc=2",
        r#"rc=0 len=4 "\x02\x00\x00\x00""#,
    ];
    assert_eq!(ask(&lines), wanted);
}

#[test]
fn what_only_envoy_knows_is_said() {
    let lines = [foreign("reqh", "expr_create", r#"envoy.config.route.v3.Route{name: "a"}"#)];
    let trace = run(&lines, scenario());
    assert_eq!(findings(&trace), [Finding::NotKnownHere { what: Unknown::MessageType }]);
    assert_eq!(answers(&trace), ["rc=2"]);
}
