//! Expectations and their verdicts in words.

use std::fmt::Write as _;

use serde_json::Value;

use super::{Text, say};
use crate::scenario::{Expectation, Subject};
use crate::view::expectations::{Found, State, Verdict, Wrong};
use crate::view::{Language, code, units};

/// An expectation as one line of code, the same in every language: `status = 200`, `body $..phone ~ ^1\d+$`.
pub fn notation(expectation: &Expectation) -> String {
    let Expectation { that, request, name, json, level, callback, upstream, filter, .. } = expectation;
    let mut line = String::new();
    if let Some(request) = request {
        let _ = write!(line, "#{request} ");
    }
    line += short_name(*that);
    for selector in [upstream, name, json] {
        if !selector.is_empty() {
            let _ = write!(line, " {selector}");
        }
    }
    if let Some(level) = level {
        let _ = write!(line, " ≥{}", level.name());
    }
    if !callback.is_empty() {
        let _ = write!(line, " in {}", callback.strip_prefix("proxy_").unwrap_or(callback));
    }
    if let Some(filter) = filter {
        let _ = write!(line, " of filter {}", filter + 1);
    }
    let tests = tests(expectation);
    match tests.as_slice() {
        [] if expectation.not => line += " absent",
        [] => line += " present",
        tests => {
            line.push(' ');
            line += &tests.join(" and ");
        }
    }
    line
}

/// What most people mean needs fewest words: the status and the body are those of the client.
fn short_name(subject: Subject) -> &'static str {
    match subject {
        Subject::Status => "status",
        Subject::DownstreamHeader => "header",
        Subject::DownstreamBody => "body",
        Subject::DownstreamTrailer => "trailer",
        other => other.name(),
    }
}

fn tests(expectation: &Expectation) -> Vec<String> {
    let Expectation {
        is,
        contains,
        starts_with,
        ends_with,
        matches,
        at_least,
        at_most,
        exists,
        count,
        not,
        ..
    } = expectation;
    // A count or presence that is denied is said with the word in front; a comparison has a sign of its own.
    let choose = |plain: &str, denied: &str| if *not { denied.to_owned() } else { plain.to_owned() };
    let mut all = Vec::new();
    let mut add = |sign: String, value: &str| all.push(format!("{sign} {value}").trim_end().to_owned());
    if let Some(value) = is {
        add(choose("=", "≠"), &plain(value));
    }
    let texts = [
        (contains, "contains", "lacks"),
        (starts_with, "starts with", "does not start with"),
        (ends_with, "ends with", "does not end with"),
        (matches, "~", "!~"),
    ];
    for (value, sign, denied) in texts {
        if let Some(value) = value {
            add(choose(sign, denied), value);
        }
    }
    if let Some(least) = at_least {
        add(choose("≥", "<"), &least.to_string());
    }
    if let Some(most) = at_most {
        add(choose("≤", ">"), &most.to_string());
    }
    if let Some(exists) = exists {
        add(if *exists == *not { "absent" } else { "present" }.to_owned(), "");
    }
    if let Some(count) = count {
        add(choose("×", "not ×"), &count.to_string());
    }
    all
}

/// Text as it is, anything else as JSON.
fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Why it is met or not, in a sentence; empty where the mark says it all.
pub fn verdict(language: Language, expectation: &Expectation, verdict: &Verdict) -> Text {
    Text::new(match &verdict.state {
        State::Met => return Text::default(),
        State::Off => say!(language, "It is off.", "已关闭。"),
        State::Wrong(wrong) => self::wrong(language, wrong),
        State::NotMet => {
            let found = found(language, expectation, verdict);
            match verdict.request {
                // Where there is only one, nobody counts.
                Some(request) if request > 0 || expectation.request.is_some() => {
                    let request = units::number(request + 1);
                    say!(language, "Request {request}: {found}", "第 {request} 个请求：{found}")
                }
                _ => found,
            }
        }
    })
}

fn found(language: Language, expectation: &Expectation, verdict: &Verdict) -> String {
    let values: Vec<String> = verdict.found.iter().take(3).map(shown).collect();
    let values = values.join(", ");
    let count = units::number(verdict.count);
    match verdict.count {
        0 => say!(language, "Nothing like this was there.", "没有找到这样的内容。"),
        _ if expectation.count.is_some() || verdict.count > 3 => {
            say!(language, "There were {count}: {values}", "共有 {count} 个：{values}")
        }
        _ => say!(language, "It was {values}.", "实际为 {values}。"),
    }
}

fn shown(found: &Found) -> String {
    code(&found.value)
}

fn wrong(language: Language, wrong: &Wrong) -> String {
    match wrong {
        Wrong::Pattern => say!(
            language,
            "This is no regular expression in RE2's syntax. Correct `matches`.",
            "这不是 RE2 语法的正则表达式。请改正 `matches`。"
        ),
        Wrong::JsonPath { reason } => {
            let reason = code(reason);
            say!(
                language,
                "This is no JSONPath (RFC 9535): {reason}. Write it as `$.user.name`.",
                "这不是 JSONPath（RFC 9535）：{reason}。请写成 `$.user.name` 的形式。"
            )
        }
        Wrong::JsonOfNoBody => say!(
            language,
            "A JSONPath looks into bodies only. Remove `json`, or choose a body.",
            "JSONPath 只能用于消息体。请删除 `json`，或选择消息体。"
        ),
        Wrong::NoName => say!(language, "Say which one: `name` is empty.", "请指明是哪一个：`name` 为空。"),
        Wrong::NoRequest { request, requests } => {
            let (request, requests) = (units::number(*request), units::number(*requests));
            say!(
                language,
                "The run has no request {request}; it has {requests}.",
                "运行中没有第 {request} 个请求，只有 {requests} 个。"
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(json: &str) -> String {
        notation(&serde_json::from_str(json).expect("it is an expectation"))
    }

    #[test]
    fn an_expectation_is_one_line() {
        for (json, expected) in [
            (r#"{"is": 200}"#, "status = 200"),
            (
                r#"{"that": "downstream.body", "json": "$..phone", "matches": "^1", "not": true}"#,
                "body $..phone !~ ^1",
            ),
            (
                r#"{"that": "upstream.header", "name": "cookie", "exists": false}"#,
                "upstream.header cookie absent",
            ),
            (
                r#"{"that": "upstream.header", "name": "cookie", "exists": false, "not": true}"#,
                "upstream.header cookie present",
            ),
            (
                r#"{"that": "log", "level": "warn", "contains": "no", "request": 2}"#,
                "#2 log ≥warn contains no",
            ),
            (r#"{"that": "callout", "upstream": "auth", "count": 1}"#, "callout auth × 1"),
            (r#"{"that": "metric", "name": "hits", "at_least": 2, "at_most": 4}"#, "metric hits ≥ 2 and ≤ 4"),
            (
                r#"{"that": "action", "callback": "proxy_on_request_headers", "is": "Continue"}"#,
                "action in on_request_headers = Continue",
            ),
            (r#"{"that": "downstream.header", "name": "x"}"#, "header x present"),
            (r#"{"that": "finding", "not": true}"#, "finding absent"),
        ] {
            assert_eq!(line(json), expected);
        }
    }
}
