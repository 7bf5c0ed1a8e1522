//! URLs and methods in requests, as far as Envoy looks at them.

/// An absolute URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Url<'a> {
    pub scheme: &'a str,
    /// The host, with the port if it has one.
    pub authority: &'a str,
    /// Path, query and fragment; may be empty.
    pub path: &'a str,
    pub has_userinfo: bool,
}

impl<'a> Url<'a> {
    /// Reads a URL with a scheme and a host (recorded cases 29-214 and 29-215).
    pub fn parse(text: &'a str) -> Option<Self> {
        let (scheme, rest) = text.split_once("://")?;
        let (server, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
        let (has_userinfo, authority) = match server.rsplit_once('@') {
            Some((_, authority)) => (true, authority),
            None => (false, server),
        };
        let is_good = is_scheme(scheme) && is_host_and_port(authority);
        let is_good = is_good && text.bytes().all(|byte| byte.is_ascii_graphic());
        is_good.then_some(Self { scheme, authority, path, has_userinfo })
    }
}

fn is_scheme(text: &str) -> bool {
    let mut bytes = text.bytes();
    bytes.next().is_some_and(|first| first.is_ascii_alphabetic())
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
}

/// Whether this is what a client connects to.
pub(super) fn is_host_with_port(text: &str) -> bool {
    is_host_and_port(text)
        && text.bytes().last().is_some_and(|last| last.is_ascii_digit())
        && text.contains(':')
}

fn is_host_and_port(text: &str) -> bool {
    let is_in_name = |byte: u8| byte.is_ascii_alphanumeric() || b"-.".contains(&byte);
    let is_in_address = |byte: u8| byte.is_ascii_hexdigit() || b":.".contains(&byte);
    let (has_host, rest) = match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, rest)) => (!address.is_empty() && address.bytes().all(is_in_address), rest),
        None => {
            let (name, rest) = text.split_at(text.find(':').unwrap_or(text.len()));
            (!name.is_empty() && name.bytes().all(is_in_name), rest)
        }
    };
    let is_port = |port: &str| {
        port.bytes().all(|byte| byte.is_ascii_digit()) && port.parse().is_ok_and(|port: u64| port <= 0xffff)
    };
    has_host && (rest.is_empty() || rest.strip_prefix(':').is_some_and(is_port))
}

/// Whether Envoy lets this `referer` through: an absolute URL that tells neither a user nor a fragment, or something
/// relative (recorded case 29-214).
pub(super) fn is_referer(value: &[u8]) -> bool {
    if let Some(url) = std::str::from_utf8(value).ok().and_then(Url::parse) {
        return !url.has_userinfo && !url.path.contains('#');
    }
    let slash = value.iter().position(|byte| *byte == b'/').unwrap_or(value.len());
    value.iter().enumerate().all(|(place, byte)| match byte {
        b':' => place > slash,
        _ => byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=@/?%".contains(byte),
    })
}

/// Whether the HTTP/1 codec takes this in a request line: a path, `*`, or what looks like a URL (recorded case 29-215).
/// `is_connect`: a server alone.
pub(super) fn is_target(text: &str, is_connect: bool) -> bool {
    let is_in_path = |byte: u8| byte.is_ascii_graphic();
    if text.starts_with(['/', '*']) {
        return text.bytes().all(is_in_path);
    }
    let rest = match text.split_once("://") {
        _ if is_connect => text,
        Some((scheme, rest)) if is_scheme(scheme) => rest,
        _ => return false,
    };
    let (host, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    !text.is_empty() && is_authority(host, true) && !host.contains("@@") && path.bytes().all(is_in_path)
}

/// Whether a server may be named so. HTTP/2 takes no `@` in it (recorded cases 29-216 and 29-217).
pub(super) fn is_authority(text: &str, takes_at: bool) -> bool {
    let is_good = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~%!$&'()[]*+,;=:".contains(&byte);
    text.bytes().all(|byte| is_good(byte) || takes_at && byte == b'@')
}

/// Whether the HTTP/1 codec knows this method (recorded case 29-218).
pub(super) fn is_method_of_http1(method: &str) -> bool {
    METHODS.contains(&method)
}

const METHODS: [&str; 35] = [
    "ACL",
    "BIND",
    "CHECKOUT",
    "CONNECT",
    "COPY",
    "DELETE",
    "GET",
    "HEAD",
    "LINK",
    "LOCK",
    "MERGE",
    "MKACTIVITY",
    "MKCALENDAR",
    "MKCOL",
    "MOVE",
    "MSEARCH",
    "NOTIFY",
    "OPTIONS",
    "PATCH",
    "POST",
    "PROPFIND",
    "PROPPATCH",
    "PURGE",
    "PUT",
    "QUERY",
    "REBIND",
    "REPORT",
    "SEARCH",
    "SOURCE",
    "SUBSCRIBE",
    "TRACE",
    "UNBIND",
    "UNLINK",
    "UNLOCK",
    "UNSUBSCRIBE",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_has_a_scheme_a_host_and_perhaps_a_port() {
        for good in ["http://a", "a+b.c-1://x", "http://[::1]:80/p", "http://a.b-c:65535?q", "http://u:p@h/x"]
        {
            assert!(Url::parse(good).is_some(), "{good}");
        }
        for bad in [
            "a",
            "/a",
            "1a://x",
            "a_b://x",
            "http:/x",
            "http://",
            "http:///x",
            "http://a_b",
            "http://a:",
            "http://a:x",
            "http://a:65536",
            "http://a:1:2",
            "http://[]",
            "http://[zz]",
            "http://a b",
            "http://a/é",
        ] {
            assert_eq!(Url::parse(bad), None, "{bad}");
        }
        let url = Url::parse("http://u@h:1/p?q#f").expect("it is one");
        assert_eq!((url.authority, url.path, url.has_userinfo), ("h:1", "/p?q#f", true));
    }

    #[test]
    fn a_referer_is_a_url_without_user_and_fragment_or_relative() {
        for good in ["", "a", "/a:b", "//a/b", "?q", "http://a/<", "android-app://x", "*"] {
            assert!(is_referer(good.as_bytes()), "{good}");
        }
        for bad in
            ["a:b", "?:q", "about:blank", "/a#f", "/a b", "/<", "http://a#f", "http://u@a", "http://a:"]
        {
            assert!(!is_referer(bad.as_bytes()), "{bad}");
        }
        assert!(!is_referer(b"/\xff"));
    }

    #[test]
    fn connect_names_a_host_and_a_port() {
        for (text, is_good) in
            [("h:80", true), ("[::1]:8", true), ("[::1]", false), ("h", false), ("h:", false)]
        {
            assert_eq!(is_host_with_port(text), is_good, "{text}");
        }
    }
}
