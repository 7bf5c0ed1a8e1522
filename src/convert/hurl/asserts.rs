//! Lines of `[Asserts]` as expectations, and the other way round.

use serde_json::Value;

use super::lines::{unescaped, without_remark};
use crate::scenario::{Expectation, Subject};

/// The words with which a query begins.
const QUERIES: &[&str] = &[
    "status",
    "version",
    "url",
    "ip",
    "header",
    "certificate",
    "cookie",
    "body",
    "rawbytes",
    "bytes",
    "xpath",
    "jsonpath",
    "regex",
    "variable",
    "duration",
    "sha256",
    "md5",
    "redirects",
];

/// Whether a line is one of them at all.
pub fn is_assert(line: &str) -> bool {
    let word = line.trim_start().split([' ', '\t']).next().unwrap_or_default();
    QUERIES.contains(&word)
}

/// A value, or a word that is not quoted.
#[derive(Debug, PartialEq)]
enum Token {
    Word(String),
    Text(String),
    Pattern(String),
}

/// What a line expects; `None`: an expectation cannot say that.
pub fn read(line: &str) -> Option<Expectation> {
    let mut tokens = tokens(line)?.into_iter().peekable();
    let mut made = Expectation::default();
    let Token::Word(query) = tokens.next()? else { return None };
    match query.as_str() {
        "status" => made.that = Subject::Status,
        "header" => {
            made.that = Subject::DownstreamHeader;
            made.name = text(tokens.next()?)?;
        }
        "body" => made.that = Subject::DownstreamBody,
        "jsonpath" => {
            made.that = Subject::DownstreamBody;
            made.json = text(tokens.next()?)?;
        }
        _ => return None,
    }
    // How many headers of a name there are. Of JSON Hurl counts the elements of a list, which is something else.
    if tokens.next_if_eq(&Token::Word("count".into())).is_some() {
        let is_count = tokens.next()? == Token::Word("==".into()) && made.that == Subject::DownstreamHeader;
        let Some(Value::Number(count)) = value(tokens.next()?) else { return None };
        made.count = count.as_u64().filter(|_| is_count);
        return (made.count.is_some() && tokens.next().is_none()).then_some(made);
    }
    made.not = tokens.next_if_eq(&Token::Word("not".into())).is_some();
    let Token::Word(predicate) = tokens.next()? else { return None };
    let argument = tokens.next();
    if tokens.next().is_some() {
        return None;
    }
    match (predicate.as_str(), argument) {
        ("exists", None) => {
            made.exists = Some(!made.not);
            made.not = false;
        }
        ("isEmpty", None) if made.json.is_empty() => made.is = Some("".into()),
        ("==", Some(argument)) => made.is = Some(value(argument)?),
        ("!=", Some(argument)) => {
            made.is = Some(value(argument)?);
            made.not = !made.not;
        }
        ("contains", Some(argument)) => made.contains = Some(text(argument)?),
        ("startsWith", Some(argument)) => made.starts_with = Some(text(argument)?),
        ("endsWith", Some(argument)) => made.ends_with = Some(text(argument)?),
        ("matches", Some(Token::Pattern(pattern) | Token::Text(pattern))) => made.matches = Some(pattern),
        (">=", Some(argument)) => made.at_least = Some(number(argument)?),
        ("<=", Some(argument)) => made.at_most = Some(number(argument)?),
        (">", Some(argument)) => {
            made.at_most = Some(number(argument)?);
            made.not = !made.not;
        }
        ("<", Some(argument)) => {
            made.at_least = Some(number(argument)?);
            made.not = !made.not;
        }
        _ => return None,
    }
    Some(made)
}

fn text(token: Token) -> Option<String> {
    match token {
        Token::Text(text) => Some(text),
        _ => None,
    }
}

fn number(token: Token) -> Option<f64> {
    value(token)?.as_f64()
}

fn value(token: Token) -> Option<Value> {
    match token {
        Token::Word(word) => {
            serde_json::from_str(&word).ok().filter(|value: &Value| !value.is_object() && !value.is_array())
        }
        other => text(other).map(Value::String),
    }
}

fn tokens(line: &str) -> Option<Vec<Token>> {
    let mut tokens = Vec::new();
    let mut rest = line.trim_start();
    while !rest.is_empty() && !rest.starts_with('#') {
        let first = rest.chars().next()?;
        if matches!(first, '"' | '`' | '/') {
            let inside = &rest[1..];
            let mut escaped = false;
            let end = inside.char_indices().find(|(_, c)| {
                let ends = *c == first && !escaped;
                escaped = *c == '\\' && !escaped;
                ends
            });
            // A variable in it is given when the file is used. Braces that are meant are escaped.
            let (end, _) = end.filter(|(end, _)| !inside[..*end].contains("{{"))?;
            tokens.push(match first {
                // In a pattern only the slash is escaped for Hurl; the rest is the pattern's own.
                '/' => Token::Pattern(inside[..end].replace("\\/", "/")),
                _ => Token::Text(unescaped(&inside[..end])),
            });
            rest = inside[end + 1..].trim_start();
        } else {
            let end = rest.find([' ', '\t']).unwrap_or(rest.len());
            let word = without_remark(&rest[..end]);
            tokens.push(Token::Word(word.to_owned()));
            rest = rest[end..].trim_start();
        }
    }
    Some(tokens)
}

/// The line that says the same; `None`: Hurl cannot. `status` alone is said by the line `HTTP`.
pub fn write(expectation: &Expectation) -> Option<Vec<String>> {
    let Expectation {
        that,
        name,
        json,
        is,
        contains,
        starts_with,
        ends_with,
        matches,
        exists,
        count,
        not,
        ..
    } = expectation;
    let has_more = expectation.level.is_some()
        || !expectation.callback.is_empty()
        || !expectation.upstream.is_empty()
        || expectation.filter.is_some()
        || !expectation.unknown.is_empty();
    if has_more {
        return None;
    }
    let query = match that {
        Subject::Status => "status".to_owned(),
        Subject::DownstreamHeader if !name.is_empty() => format!("header {}", quoted(name)),
        Subject::DownstreamBody if json.is_empty() => "body".to_owned(),
        Subject::DownstreamBody => format!("jsonpath {}", quoted(json)),
        _ => return None,
    };
    let mut tests = Vec::new();
    if let Some(is) = is {
        tests.push(match is {
            Value::String(text) => format!("== {}", quoted(text)),
            Value::Object(_) | Value::Array(_) => return None,
            plain => format!("== {plain}"),
        });
    }
    let texts =
        [("contains", contains), ("startsWith", starts_with), ("endsWith", ends_with), ("matches", matches)];
    for (predicate, text) in texts {
        tests.extend(text.iter().map(|text| format!("{predicate} {}", quoted(text))));
    }
    let numbers = [(">=", expectation.at_least), ("<=", expectation.at_most)];
    for (predicate, number) in numbers {
        tests.extend(number.map(|number| format!("{predicate} {number}")));
    }
    match (&tests[..], exists, count, not) {
        ([], Some(true), None, false) => Some(vec![format!("{query} exists")]),
        ([], Some(false), None, false) => Some(vec![format!("{query} not exists")]),
        ([], None, Some(count), false) if *that == Subject::DownstreamHeader => {
            Some(vec![format!("{query} count == {count}")])
        }
        // That none passes all of several tests cannot be said line by line.
        ([one], None, None, true) => Some(vec![format!("{query} not {one}")]),
        ([_, ..], None, None, false) => Some(tests.iter().map(|test| format!("{query} {test}")).collect()),
        _ => None,
    }
}

/// A text between quotes.
pub fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out += "\\n",
            '\r' => out += "\\r",
            '\t' => out += "\\t",
            // Two of them begin a variable.
            '{' => out += "\\u{7b}",
            c if c.is_control() => out += &format!("\\u{{{:x}}}", c as u32),
            c => out.push(c),
        }
    }
    out + "\""
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn says(line: &str, json: &str) {
        let found = read(line).unwrap_or_else(|| panic!("{line} is an expectation"));
        let expected: Expectation = serde_json::from_str(json).expect("it is an expectation");
        assert_eq!(found, expected, "{line}");
        let lines = write(&found).unwrap_or_else(|| panic!("{line} can be written"));
        let again: Vec<_> = lines.iter().map(|line| read(line).expect("it can be read")).collect();
        assert_eq!(again, [expected], "{lines:?}");
    }

    #[test]
    fn asserts_are_expectations() {
        says("status == 200 # good", r#"{"that": "downstream.status", "is": 200}"#);
        says("status < 300", r#"{"that": "downstream.status", "at_least": 300.0, "not": true}"#);
        says("header \"X-A\" == \"a\\\"b\"", r#"{"that": "downstream.header", "name": "X-A", "is": "a\"b"}"#);
        says("header \"X-A\" not exists", r#"{"that": "downstream.header", "name": "X-A", "exists": false}"#);
        says("header \"X-A\" count == 2", r#"{"that": "downstream.header", "name": "X-A", "count": 2}"#);
        says("body contains \"张三\"", r#"{"that": "downstream.body", "contains": "张三"}"#);
        says(
            "jsonpath \"$.a[0]\" != null",
            r#"{"that": "downstream.body", "json": "$.a[0]", "is": null, "not": true}"#,
        );
        says("jsonpath \"$.n\" >= 1.5", r#"{"that": "downstream.body", "json": "$.n", "at_least": 1.5}"#);
        says("body matches /^\\d+\\/x$/", r#"{"that": "downstream.body", "matches": "^\\d+/x$"}"#);
        says("body startsWith \"a\\u{7b}{\"", r#"{"that": "downstream.body", "starts_with": "a{{"}"#);
        says("body not isEmpty", r#"{"that": "downstream.body", "is": "", "not": true}"#);
    }

    #[test]
    fn what_an_expectation_cannot_say_is_left() {
        for line in [
            "xpath \"//h1\" exists",
            "duration < 1000",
            "jsonpath \"$.a\" count == 2",
            "jsonpath \"$.a\" isInteger",
            "body sha256 == hex,00;",
            "header \"a\" == \"{{token}}\"",
            "header \"a\" toInt == 1",
            "status",
            "header \"a",
        ] {
            assert!(is_assert(line), "{line}");
            assert_eq!(read(line), None, "{line}");
        }
        assert!(!is_assert("{\"status\": 1}"));
    }
}
