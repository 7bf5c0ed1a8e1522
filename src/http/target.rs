//! The URL that a person types, split into what an HTTP request carries.

use thiserror::Error;

/// Scheme, authority and path of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// `http` or `https`, in lower case.
    pub scheme: String,
    /// `host[:port]` as typed; what `:authority` carries.
    pub authority: String,
    /// Path with query, percent-encoded where it was typed with other characters; never empty.
    pub path: String,
}

/// Why a text is not usable as a URL. The position counts characters from 1.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum TargetError {
    #[error("the URL is empty; type one such as https://example.com/path")]
    Empty,
    #[error("`{scheme}` is not a scheme a proxy serves; use http:// or https://")]
    Scheme { scheme: String },
    #[error("the URL has no host; write it as https://host/path")]
    NoHost,
    #[error("character {position} of the URL ({found}) is not allowed in a host name")]
    Host { position: usize, found: String },
    #[error(
        "character {position} of the URL ({found}) is a control character; remove it or write it as %{code:02X}"
    )]
    Control { position: usize, found: String, code: u32 },
}

impl Target {
    /// Reads `http(s)://host/path?query`, `host/path` (taken as http) or `/path` (host `example.com`).
    ///
    /// A fragment is dropped, as a browser drops it. Characters outside ASCII and spaces in the path are
    /// percent-encoded as UTF-8 (RFC 3986, section 2.1).
    pub fn parse(text: &str) -> Result<Self, TargetError> {
        let trimmed = text.trim();
        if trimmed.is_empty() {
            return Err(TargetError::Empty);
        }
        let offset = text.chars().take_while(|c| c.is_whitespace()).count();
        if let Some((index, c)) = trimmed.chars().enumerate().find(|(_, c)| c.is_control()) {
            return Err(TargetError::Control {
                position: offset + index + 1,
                found: format!("{c:?}"),
                code: c as u32,
            });
        }
        let (scheme, rest) = match trimmed.split_once("://") {
            Some((scheme, rest)) => (scheme.to_ascii_lowercase(), rest),
            None => ("http".to_owned(), trimmed),
        };
        if scheme != "http" && scheme != "https" {
            return Err(TargetError::Scheme { scheme });
        }
        let rest = rest.split('#').next().unwrap_or_default();
        let split = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(split);
        let authority = match (authority, path.starts_with('/'), trimmed.contains("://")) {
            ("", true, false) => "example.com",
            ("", _, _) => return Err(TargetError::NoHost),
            (authority, _, _) => authority,
        };
        // User information is never sent as part of :authority (RFC 9113, section 8.3.1).
        let authority = authority.rsplit('@').next().unwrap_or(authority);
        if let Some(c) = authority.chars().find(|c| " \"<>\\^`{|}".contains(*c)) {
            let position = text.chars().position(|other| other == c).unwrap_or_default() + 1;
            return Err(TargetError::Host { position, found: format!("`{c}`") });
        }
        let path = match path.chars().next() {
            None => "/".to_owned(),
            Some('?') => format!("/{path}"),
            Some(_) => path.to_owned(),
        };
        Ok(Self { scheme, authority: authority.to_owned(), path: encode_path(&path) })
    }
}

fn encode_path(path: &str) -> String {
    let mut encoded = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_graphic() {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, scheme: &str, authority: &str, path: &str) {
        let target = Target::parse(text).expect(text);
        assert_eq!(
            (target.scheme.as_str(), target.authority.as_str(), target.path.as_str()),
            (scheme, authority, path)
        );
    }

    #[test]
    fn urls_are_split_as_a_client_sends_them() {
        check("https://api.example.com:8443/a/b?c=d#e", "https", "api.example.com:8443", "/a/b?c=d");
        check("example.com", "http", "example.com", "/");
        check("/only/path", "http", "example.com", "/only/path");
        check("http://u:p@h.test?q=1", "http", "h.test", "/?q=1");
        check("https://e.test/用户 a", "https", "e.test", "/%E7%94%A8%E6%88%B7%20a");
    }

    #[test]
    fn a_bad_url_names_its_place() {
        assert_eq!(Target::parse("  "), Err(TargetError::Empty));
        assert_eq!(Target::parse("ftp://x/"), Err(TargetError::Scheme { scheme: "ftp".into() }));
        assert_eq!(Target::parse("http:///x"), Err(TargetError::NoHost));
        assert_eq!(Target::parse("http://a b/"), Err(TargetError::Host { position: 9, found: "` `".into() }));
        assert!(matches!(Target::parse("http://a/\u{1}"), Err(TargetError::Control { position: 10, .. })));
    }
}
