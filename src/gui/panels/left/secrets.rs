//! Header values that are hidden until somebody edits them or asks for them.

/// What stands in the place of a hidden value.
const DOTS: &str = "••••••••";

/// The value as it is shown while secrets are hidden, if this header's values are credentials: an authorization keeps its
/// scheme, a cookie its names and attributes.
pub fn mask(name: &str, value: &str) -> Option<String> {
    let shown = match name.trim().to_ascii_lowercase().as_str() {
        "authorization" | "proxy-authorization" => match value.split_once(' ') {
            Some((scheme, _)) => format!("{scheme} {DOTS}"),
            None => DOTS.to_owned(),
        },
        "set-cookie" => match value.split_once(';') {
            Some((pair, attributes)) => format!("{};{attributes}", hide_pair(pair)),
            None => hide_pair(value),
        },
        "cookie" => value.split("; ").map(hide_pair).collect::<Vec<_>>().join("; "),
        "x-api-key" => DOTS.to_owned(),
        _ => return None,
    };
    Some(shown).filter(|_| !value.is_empty())
}

fn hide_pair(pair: &str) -> String {
    match pair.split_once('=') {
        Some((name, _)) => format!("{name}={DOTS}"),
        None => DOTS.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_secret_of_a_secret_stays_readable() {
        let shown = |name, value| mask(name, value);
        assert_eq!(shown("Authorization", "Bearer abc").as_deref(), Some("Bearer ••••••••"));
        assert_eq!(shown("set-cookie", "sid=5f; HttpOnly").as_deref(), Some("sid=••••••••; HttpOnly"));
        assert_eq!(shown("cookie", "a=1; b=2").as_deref(), Some("a=••••••••; b=••••••••"));
        assert_eq!(shown("accept", "*/*"), None);
        assert_eq!(shown("cookie", ""), None, "there is nothing to hide, and the hint should be seen");
    }
}
