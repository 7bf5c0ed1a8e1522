//! The plugin configuration. No Proxy-Wasm in here, so `cargo test` can check it without a proxy.

use serde::Deserialize;

/// ```json
/// {
///   "request":  { "remove": ["x-debug"], "set": [["x-env", "prod"]], "add": [["x-tag", "a"]] },
///   "response": { "remove": ["server"] }
/// }
/// ```
// deny_unknown_fields: a misspelt "respones" should be an error at start, not a filter that silently does nothing.
#[derive(Debug, Default, Deserialize, PartialEq)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    pub request: Changes,
    pub response: Changes,
}

/// What to do with one header map, in this order: remove, then set, then add.
#[derive(Debug, Default, Deserialize, PartialEq)]
#[serde(deny_unknown_fields, default)]
pub struct Changes {
    pub remove: Vec<String>,
    /// Leaves exactly one header of this name, whatever was there before.
    pub set: Vec<(String, String)>,
    /// Keeps what is there and adds one more. Lists of pairs, not objects: order matters and names may repeat.
    pub add: Vec<(String, String)>,
}

impl Config {
    /// No configuration at all is fine and changes nothing; anything else must be right in every detail.
    pub fn parse(bytes: &[u8]) -> Result<Config, String> {
        if bytes.iter().all(u8::is_ascii_whitespace) {
            return Ok(Config::default());
        }
        let mut config: Config = serde_json::from_slice(bytes).map_err(|e| e.to_string())?;
        config.request.check("request")?;
        config.response.check("response")?;
        Ok(config)
    }

    pub fn is_empty(&self) -> bool {
        self.request.len() + self.response.len() == 0
    }
}

impl Changes {
    pub fn len(&self) -> usize {
        self.remove.len() + self.set.len() + self.add.len()
    }

    /// Wrong names and values are caught here, at start. Given to the proxy they would only show later,
    /// as a 503 for every request.
    fn check(&mut self, part: &str) -> Result<(), String> {
        for name in &mut self.remove {
            check_name(name, &format!("{part}.remove"))?;
        }
        for (kind, pairs) in [("set", &mut self.set), ("add", &mut self.add)] {
            for (name, value) in pairs {
                check_name(name, &format!("{part}.{kind}"))?;
                if value.contains(['\r', '\n', '\0']) {
                    return Err(format!("{part}.{kind}: the value of \"{name}\" contains a line break or NUL"));
                }
            }
        }
        Ok(())
    }
}

/// Header names are lower-cased because HTTP/2 allows nothing else. Pseudo headers such as `:path` are refused:
/// changing them changes the route, which is a different kind of filter.
fn check_name(name: &mut String, place: &str) -> Result<(), String> {
    let token = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
    if name.is_empty() || !name.bytes().all(token) {
        return Err(format!("{place}: \"{name}\" is not a header name"));
    }
    name.make_ascii_lowercase();
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_configured_changes_nothing() {
        assert!(Config::parse(b"").unwrap().is_empty());
        assert!(Config::parse(b" \n").unwrap().is_empty());
        assert!(Config::parse(b"{}").unwrap().is_empty());
    }

    #[test]
    fn names_become_lower_case_and_keep_their_order() {
        let c = Config::parse(br#"{"request":{"add":[["X-B","1"],["x-a","2"],["X-B","3"]]}}"#).unwrap();
        let names: Vec<_> = c.request.add.iter().map(|(n, v)| format!("{n}={v}")).collect();
        assert_eq!(names, ["x-b=1", "x-a=2", "x-b=3"]);
        assert_eq!(c.response.len(), 0);
    }

    #[test]
    fn mistakes_are_named() {
        for (text, part) in [
            (r#"{"request": "#, "EOF"),
            (r#"{"respones":{}}"#, "respones"),
            (r#"{"request":{"set":[["x-a"]]}}"#, "invalid length 1"),
            (r#"{"request":{"remove":["x a"]}}"#, "request.remove: \"x a\" is not a header name"),
            (r#"{"request":{"set":[[":path","/"]]}}"#, "\":path\" is not a header name"),
            (r#"{"response":{"add":[["x-a","1\n2"]]}}"#, "response.add: the value of \"x-a\""),
        ] {
            let error = Config::parse(text.as_bytes()).unwrap_err();
            assert!(error.contains(part), "{text}: {error}");
        }
    }
}
