//! What to hide and how. No Proxy-Wasm in here, so `cargo test` needs no proxy.

use serde::Deserialize;
use serde_json::Value;

/// ```json
/// {
///   "policy": "v3",
///   "rules": [
///     { "path": "data.name",    "kind": "name" },
///     { "path": "**.phone",     "kind": "phone" },
///     { "path": "data.address", "kind": "address", "keep": 6 }
///   ]
/// }
/// ```
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    #[serde(default = "default_policy")]
    pub policy: String,
    pub rules: Vec<Rule>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    pub path: Path,
    pub kind: Kind,
    /// How many leading characters of an address stay readable.
    #[serde(default = "default_keep")]
    keep: usize,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    Phone,   // 13812345678        -> 138****5678
    Id,      // 110101199001011234 -> 110101********1234
    Name,    // 张伟               -> 张*
    Address, // 北京市朝阳区建国路8号 -> 北京市朝阳区*****
    Full,    // everything
}

fn default_policy() -> String {
    "default".into()
}
fn default_keep() -> usize {
    6
}

impl Config {
    pub fn parse(bytes: &[u8]) -> Result<Config, String> {
        // Nothing to mask can hardly be meant: refuse it, so that nobody believes to be protected.
        if bytes.iter().all(u8::is_ascii_whitespace) {
            return Err("it is empty; \"rules\" is needed".into());
        }
        let config: Config = serde_json::from_slice(bytes).map_err(|e| e.to_string())?;
        if config.rules.is_empty() {
            return Err("\"rules\" is empty".into());
        }
        if config.policy.is_empty() || config.policy.contains(char::is_control) {
            return Err("\"policy\" is sent as a header: one line of text is needed".into());
        }
        Ok(config)
    }
}

/// Where a rule applies: `data.phone`, `data.orders[*].phone`, `list[0].name`, `*.phone` (one level), `**.phone` (any depth).
#[derive(Debug, Deserialize, PartialEq)]
#[serde(try_from = "String")]
pub struct Path {
    pub text: String,
    steps: Vec<Step>,
}

#[derive(Debug, PartialEq)]
enum Step {
    Key(String),
    AnyKey,
    Index(usize),
    AnyIndex,
    AnyDepth,
}

impl TryFrom<String> for Path {
    type Error = String;

    fn try_from(text: String) -> Result<Path, String> {
        let wrong = |what: &str| format!("path \"{text}\": {what}");
        let mut steps = Vec::new();
        let body = text.strip_prefix("$.").or(text.strip_prefix('$')).unwrap_or(&text);
        for part in body.split('.') {
            let (key, mut indexes) = part.split_at(part.find('[').unwrap_or(part.len()));
            match key {
                "**" => steps.push(Step::AnyDepth),
                "*" => steps.push(Step::AnyKey),
                "" if indexes.is_empty() => return Err(wrong("a name is missing")),
                "" => {}
                key => steps.push(Step::Key(key.into())),
            }
            while let Some(rest) = indexes.strip_prefix('[') {
                let (index, rest) = rest.split_once(']').ok_or_else(|| wrong("] is missing"))?;
                steps.push(match index {
                    "*" => Step::AnyIndex,
                    number => Step::Index(number.parse().map_err(|_| wrong("[…] takes a number or *"))?),
                });
                indexes = rest;
            }
            if !indexes.is_empty() {
                return Err(wrong("a dot is missing after ]"));
            }
        }
        if steps.last() == Some(&Step::AnyDepth) {
            return Err(wrong("** must be followed by a name"));
        }
        Ok(Path { text, steps })
    }
}

/// What happened to one body.
#[derive(Debug, Default, PartialEq)]
pub struct Report {
    /// Paths of the masked values, in document order. Never the values: this ends up in the log.
    pub masked: Vec<String>,
    /// For each rule: did it find anything (even if that was empty or null)?
    pub matched: Vec<bool>,
}

/// Masks `document` in one walk, following all rules at once. If two rules meet at a value, the first one decides.
pub fn mask(document: &mut Value, rules: &[Rule]) -> Report {
    let mut report = Report { masked: Vec::new(), matched: vec![false; rules.len()] };
    let start = (0..rules.len()).map(|rule| (rule, 0)).collect();
    walk(document, rules, start, &mut String::new(), &mut report);
    report
}

/// `places`: for each rule that is still possible here, which step of its path comes next.
fn walk(value: &mut Value, rules: &[Rule], mut places: Vec<(usize, usize)>, path: &mut String, report: &mut Report) {
    // `**` also stands for no level at all, so the step after it is possible here as well.
    let mut i = 0;
    while let Some(&(rule, step)) = places.get(i) {
        let after = (rule, step + 1);
        if rules[rule].path.steps.get(step) == Some(&Step::AnyDepth) && !places.contains(&after) {
            places.push(after);
        }
        i += 1;
    }
    let arrived = places.iter().filter(|&&(rule, step)| step == rules[rule].path.steps.len());
    if let Some(first) = arrived.clone().map(|&(rule, _)| rule).min() {
        arrived.for_each(|&(rule, _)| report.matched[rule] = true);
        hide(value, &rules[first], path, report);
        return;
    }
    each_child(value, path, |child, key, path| {
        let next: Vec<_> = places
            .iter()
            .filter_map(|&(rule, step)| match (&rules[rule].path.steps[step], key) {
                (Step::AnyDepth, _) => Some((rule, step)),
                (Step::AnyKey, Key::Name(_)) | (Step::AnyIndex, Key::Index(_)) => Some((rule, step + 1)),
                (Step::Key(wanted), Key::Name(name)) if wanted == name => Some((rule, step + 1)),
                (Step::Index(wanted), Key::Index(index)) if *wanted == index => Some((rule, step + 1)),
                _ => None,
            })
            .collect();
        if !next.is_empty() {
            walk(child, rules, next, path, report);
        }
    });
}

/// Hides a value that a rule arrived at. If it is an object or a list, everything in it: a rule for `address` must not
/// become useless on the day `address` turns into `{"city": …, "street": …}`.
fn hide(value: &mut Value, rule: &Rule, path: &mut String, report: &mut Report) {
    let text = match value {
        Value::String(text) if !text.is_empty() => std::mem::take(text),
        Value::Number(number) => number.to_string(), // a phone number sent as a number is still a phone number
        Value::Array(_) | Value::Object(_) => {
            return each_child(value, path, |child, _, path| hide(child, rule, path, report));
        }
        _ => return, // null, true, false, "": nothing to hide
    };
    *value = Value::String(mask_text(&text, rule.kind, rule.keep));
    report.masked.push(path.clone());
}

/// Works on characters, never on bytes: cutting "张" in half would make the whole body invalid.
fn mask_text(text: &str, kind: Kind, keep: usize) -> String {
    let length = text.chars().count();
    let (head, tail) = match kind {
        Kind::Phone => (3, 4),
        Kind::Id => (6, 4),
        Kind::Name => (1, 0),
        Kind::Address => (keep, 0),
        Kind::Full => (0, 0),
    };
    // Too short to hide anything that way (a 5-digit number, a one-character name): show one character at most.
    let (head, tail) = if head + tail < length { (head, tail) } else { (usize::from(length > 1 && head > 0), 0) };
    text.chars().enumerate().map(|(i, c)| if i < head || i + tail >= length { c } else { '*' }).collect()
}

#[derive(Clone, Copy)]
enum Key<'a> {
    Name(&'a str),
    Index(usize),
}

/// Visits the values of an object or a list, with `path` naming each of them meanwhile.
fn each_child(value: &mut Value, path: &mut String, mut visit: impl FnMut(&mut Value, Key, &mut String)) {
    let length = path.len();
    match value {
        Value::Object(fields) => {
            for (name, child) in fields {
                if length > 0 {
                    path.push('.');
                }
                path.push_str(name);
                visit(child, Key::Name(name), path);
                path.truncate(length);
            }
        }
        Value::Array(items) => {
            for (index, child) in items.iter_mut().enumerate() {
                path.push_str(&format!("[{index}]"));
                visit(child, Key::Index(index), path);
                path.truncate(length);
            }
        }
        _ => {}
    }
}

/// `application/json; charset=utf-8`, `text/json`, `application/problem+json`, …
pub fn is_json(content_type: &[u8]) -> bool {
    let media_type = content_type.split(|&b| b == b';').next().unwrap_or_default();
    let media_type = media_type.trim_ascii().to_ascii_lowercase();
    media_type == b"application/json" || media_type == b"text/json" || media_type.ends_with(b"+json")
}

/// Not compressed: no content-encoding at all, or one that says so.
pub fn is_identity(content_encoding: &[u8]) -> bool {
    let encoding = content_encoding.trim_ascii();
    encoding.is_empty() || encoding.eq_ignore_ascii_case(b"identity")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(rules: &str, body: &str) -> (String, Report) {
        let config = Config::parse(format!(r#"{{"rules":{rules}}}"#).as_bytes()).unwrap();
        let mut document = serde_json::from_str(body).unwrap();
        let report = mask(&mut document, &config.rules);
        (document.to_string(), report)
    }

    #[test]
    fn texts() {
        let m = |text, kind| mask_text(text, kind, 6);
        assert_eq!(m("13812345678", Kind::Phone), "138****5678");
        assert_eq!(m("+86 138-1234-5678", Kind::Phone), "+86**********5678");
        assert_eq!(m("110101199001011234", Kind::Id), "110101********1234");
        assert_eq!(m("张伟", Kind::Name), "张*");
        assert_eq!(m("欧阳娜娜", Kind::Name), "欧***");
        assert_eq!(m("北京市朝阳区建国路8号", Kind::Address), "北京市朝阳区*****");
        assert_eq!(m("秘密", Kind::Full), "**");
    }

    #[test]
    fn short_texts_are_not_left_readable() {
        assert_eq!(mask_text("1234567", Kind::Phone, 6), "1******");
        assert_eq!(mask_text("张", Kind::Name, 6), "*");
        assert_eq!(mask_text("北京市", Kind::Address, 6), "北**");
        assert_eq!(mask_text("北京市", Kind::Address, 0), "***");
        assert_eq!(mask_text("𠮷野", Kind::Name, 6), "𠮷*"); // four bytes, one character
    }

    #[test]
    fn the_sample_in_document_order() {
        let (body, report) = run(
            r#"[{"path":"data.name","kind":"name"},{"path":"**.phone","kind":"phone"},{"path":"data.bank_card","kind":"full"}]"#,
            r#"{"code":0,"data":{"phone":"13812345678","name":"张伟","orders":[{"id":"D1","phone":"13900112233"}]}}"#,
        );
        assert_eq!(
            body,
            r#"{"code":0,"data":{"phone":"138****5678","name":"张*","orders":[{"id":"D1","phone":"139****2233"}]}}"#
        );
        assert_eq!(report.masked, ["data.phone", "data.name", "data.orders[0].phone"]);
        assert_eq!(report.matched, [true, true, false]);
    }

    #[test]
    fn paths() {
        let body = r#"[{"a":"xx","b":["xx",{"a":"xx"}]},{"a":"xx","b":["xx"]}]"#;
        for (path, found) in [
            ("[*].a", vec!["[0].a", "[1].a"]),
            ("$[0].b[0]", vec!["[0].b[0]"]),
            ("[*].*[1].a", vec!["[0].b[1].a"]),
            ("**.a", vec!["[0].a", "[0].b[1].a", "[1].a"]),
            ("**.b.**.a", vec!["[0].b[1].a"]),
            ("[1].b", vec!["[1].b[0]"]),
            ("a", vec![]),
        ] {
            let (_, report) = run(&format!(r#"[{{"path":"{path}","kind":"full"}}]"#), body);
            assert_eq!(report.masked, found, "{path}");
        }
    }

    #[test]
    fn the_first_rule_decides_and_both_have_matched() {
        let (body, report) =
            run(r#"[{"path":"**.a","kind":"full"},{"path":"x.a","kind":"name"}]"#, r#"{"x":{"a":"张伟"}}"#);
        assert_eq!(body, r#"{"x":{"a":"**"}}"#);
        assert_eq!((report.masked.len(), report.matched), (1, vec![true, true]));
    }

    #[test]
    fn other_types() {
        let (body, report) = run(
            r#"[{"path":"**.p","kind":"phone"}]"#,
            r#"[{"p":13812345678},{"p":null},{"p":""},{"p":true},{"p":{"home":"02112345678","list":["13812345678"]}}]"#,
        );
        assert_eq!(
            body,
            r#"[{"p":"138****5678"},{"p":null},{"p":""},{"p":true},{"p":{"home":"021****5678","list":["138****5678"]}}]"#
        );
        assert_eq!(report.masked, ["[0].p", "[4].p.home", "[4].p.list[0]"]);
    }

    #[test]
    fn order_and_numbers_stay() {
        let text = r#"{"z":1.50,"a":12345678901234567890123,"m":2.0e-3,"k":-0.0,"b":128.5}"#;
        assert_eq!(run(r#"[{"path":"none","kind":"full"}]"#, text).0, text);
        // The one exception: serde_json spells exponents its own way.
        assert_eq!(run(r#"[{"path":"none","kind":"full"}]"#, "[1e5]").0, "[1e+5]");
    }

    #[test]
    fn mistakes_are_named() {
        for (text, part) in [
            ("", "empty"),
            ("{", "EOF"),
            (r#"{"rules":[]}"#, "\"rules\" is empty"),
            (r#"{"rules":[{"path":"a","kind":"fone"}]}"#, "unknown variant `fone`"),
            (r#"{"rules":[{"path":"a..b","kind":"full"}]}"#, "a name is missing"),
            (r#"{"rules":[{"path":"a[x]","kind":"full"}]}"#, "takes a number"),
            (r#"{"rules":[{"path":"a[1","kind":"full"}]}"#, "] is missing"),
            (r#"{"rules":[{"path":"a.**","kind":"full"}]}"#, "** must be followed"),
            (r#"{"policy":"a\nb","rules":[{"path":"a","kind":"full"}]}"#, "\"policy\""),
        ] {
            let error = Config::parse(text.as_bytes()).unwrap_err();
            assert!(error.contains(part), "{text}: {error}");
        }
    }

    #[test]
    fn what_counts_as_json() {
        for yes in ["application/json", "Application/JSON; charset=utf-8", "text/json", "application/problem+json"] {
            assert!(is_json(yes.as_bytes()), "{yes}");
        }
        for no in ["", "text/html", "application/jsonp", "application/x-ndjson", "application/json-seq"] {
            assert!(!is_json(no.as_bytes()), "{no}");
        }
        assert!(is_identity(b"") && is_identity(b" Identity ") && !is_identity(b"gzip"));
    }
}
