//! Who may do what: the configuration and the decision. No Proxy-Wasm in here, so `cargo test` needs no proxy.

use std::collections::BTreeMap;

use serde::Deserialize;

/// ```json
/// {
///   "realm":  "orders",
///   "tokens": { "tok-alice": { "user": "alice", "role": "admin" } },
///   "public": ["/healthz"],
///   "rules":  [ { "path": "/v1/orders", "methods": ["GET"], "roles": ["admin", "viewer"] } ]
/// }
/// ```
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    #[serde(default = "default_realm")]
    pub realm: String,
    pub tokens: BTreeMap<String, Identity>,
    /// Path prefixes that need no token.
    #[serde(default)]
    public: Vec<String>,
    /// What is allowed. A request that no rule fits is refused.
    #[serde(default)]
    rules: Vec<Rule>,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct Identity {
    pub user: String,
    pub role: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Rule {
    path: String,
    #[serde(default)]
    methods: Vec<String>, // empty: every method
    roles: Vec<String>, // "*": every known role
}

#[derive(Debug, PartialEq)]
pub enum Decision<'a> {
    Public,
    Allowed(&'a Identity),
    NoToken,
    BadToken,
    Forbidden(&'a Identity),
}

fn default_realm() -> String {
    "api".into()
}

impl Policy {
    pub fn parse(bytes: &[u8]) -> Result<Policy, String> {
        if bytes.iter().all(u8::is_ascii_whitespace) {
            return Err("it is empty, and a check without rules would let nobody or everybody in".into());
        }
        let policy: Policy = serde_json::from_slice(bytes).map_err(|e| e.to_string())?;
        for path in policy.public.iter().chain(policy.rules.iter().map(|r| &r.path)) {
            if !path.starts_with('/') {
                return Err(format!("path \"{path}\" must begin with \"/\""));
            }
        }
        // These texts end up in headers.
        let texts = policy.tokens.values().flat_map(|i| [&i.user, &i.role]).chain([&policy.realm]);
        for text in texts {
            if text.is_empty() || text.contains(|c: char| c.is_control() || c == '"') {
                return Err(format!("\"{}\" cannot be used as a name", text.escape_debug()));
            }
        }
        Ok(policy)
    }

    pub fn rule_count(&self) -> usize {
        self.rules.len()
    }

    /// `target` is the value of `:path`, with its query; `authorization` is the header, if there was one.
    pub fn decide(&self, method: &str, target: &str, authorization: Option<&str>) -> Decision<'_> {
        let path = target.split(['?', '#']).next().unwrap_or_default();
        let plain = is_plain(path);
        if plain && self.public.iter().any(|prefix| is_under(path, prefix)) {
            return Decision::Public;
        }
        let Some(header) = authorization else { return Decision::NoToken };
        let Some(identity) = bearer(header).and_then(|token| self.tokens.get(token)) else {
            return Decision::BadToken;
        };
        let allowed = |rule: &Rule| {
            is_under(path, &rule.path)
                && (rule.methods.is_empty() || rule.methods.iter().any(|m| m == method))
                && rule.roles.iter().any(|r| r == "*" || *r == identity.role)
        };
        if plain && self.rules.iter().any(allowed) {
            Decision::Allowed(identity)
        } else {
            Decision::Forbidden(identity)
        }
    }
}

/// The token of `Bearer <token>`. The scheme's letter case does not matter (RFC 9110), the token's does.
fn bearer(header: &str) -> Option<&str> {
    let (scheme, token) = header.trim().split_once(' ')?;
    (scheme.eq_ignore_ascii_case("bearer")).then(|| token.trim_start())
}

/// Whole segments only: "/admin" covers "/admin" and "/admin/users", but not "/administrator".
fn is_under(path: &str, prefix: &str) -> bool {
    let prefix = prefix.strip_suffix('/').unwrap_or(prefix);
    path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// A path whose meaning depends on who decodes it ("/public/../admin", "/public/%2e%2e/admin", "//admin") fits no rule:
/// the upstream might read it differently from us.
fn is_plain(path: &str) -> bool {
    let lower = path.to_ascii_lowercase();
    !lower.contains("//")
        && !["%2e", "%2f", "%5c", "\\", ";"].iter().any(|part| lower.contains(part))
        && !lower.split('/').any(|segment| segment == "." || segment == "..")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy() -> Policy {
        Policy::parse(
            br#"{"tokens":{"t-a":{"user":"alice","role":"admin"},"t-b":{"user":"bob","role":"viewer"}},
                 "public":["/healthz"],
                 "rules":[{"path":"/v1/orders","methods":["GET"],"roles":["*"]},
                          {"path":"/v1","roles":["admin"]}]}"#,
        )
        .unwrap()
    }

    fn alice() -> Identity {
        Identity { user: "alice".into(), role: "admin".into() }
    }
    fn bob() -> Identity {
        Identity { user: "bob".into(), role: "viewer".into() }
    }

    #[test]
    fn tokens() {
        let p = policy();
        assert_eq!(p.decide("GET", "/v1/orders", None), Decision::NoToken);
        assert_eq!(p.decide("GET", "/v1/orders", Some("Basic dDph")), Decision::BadToken);
        assert_eq!(p.decide("GET", "/v1/orders", Some("Bearer")), Decision::BadToken);
        assert_eq!(p.decide("GET", "/v1/orders", Some("Bearer t-x")), Decision::BadToken);
        assert_eq!(p.decide("GET", "/v1/orders", Some("Bearer t-a,Bearer t-b")), Decision::BadToken);
        assert_eq!(p.decide("GET", "/v1/orders", Some("bearer  t-b")), Decision::Allowed(&bob()));
    }

    #[test]
    fn rules() {
        let p = policy();
        assert_eq!(p.decide("GET", "/v1/orders/7?x=1", Some("Bearer t-b")), Decision::Allowed(&bob()));
        assert_eq!(p.decide("DELETE", "/v1/orders/7", Some("Bearer t-b")), Decision::Forbidden(&bob()));
        assert_eq!(p.decide("DELETE", "/v1/orders/7", Some("Bearer t-a")), Decision::Allowed(&alice()));
        assert_eq!(p.decide("GET", "/v1/ordersextra", Some("Bearer t-b")), Decision::Forbidden(&bob()));
        assert_eq!(p.decide("GET", "/v2", Some("Bearer t-a")), Decision::Forbidden(&alice()));
    }

    #[test]
    fn public_paths_cannot_be_climbed_out_of() {
        let p = policy();
        assert_eq!(p.decide("GET", "/healthz?full=1", None), Decision::Public);
        for path in ["/healthz/../v1/users", "/healthz/%2E%2e/v1/users", "/healthz//v1", "/healthz/..;/v1", "/healthzz"]
        {
            assert_eq!(p.decide("GET", path, None), Decision::NoToken, "{path}");
        }
        assert_eq!(p.decide("GET", "/v1/../admin", Some("Bearer t-a")), Decision::Forbidden(&alice()));
    }

    #[test]
    fn mistakes_are_named() {
        for (text, part) in [
            ("", "empty"),
            ("[", "EOF"),
            (r#"{"rules":[]}"#, "missing field `tokens`"),
            (r#"{"tokens":{},"rules":[{"path":"v1","roles":[]}]}"#, "\"v1\" must begin"),
            (r#"{"tokens":{"t":{"user":"a\nb","role":"x"}}}"#, "cannot be used"),
        ] {
            let error = Policy::parse(text.as_bytes()).unwrap_err();
            assert!(error.contains(part), "{text}: {error}");
        }
    }
}
