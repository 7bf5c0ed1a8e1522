//! Header values that are hidden until somebody asks for them.

/// What stands in the place of a hidden value.
const DOTS: &str = "••••••••";

/// Whether values of this header are credentials. `name` in lower case.
pub fn is_secret(name: &[u8]) -> bool {
    matches!(name, b"authorization" | b"proxy-authorization" | b"cookie" | b"set-cookie" | b"x-api-key")
}

/// The value as it is shown while secrets are hidden: an authorization keeps its scheme, a cookie its names and
/// attributes.
pub fn mask(name: &[u8], value: &str) -> String {
    match name {
        b"authorization" | b"proxy-authorization" => match value.split_once(' ') {
            Some((scheme, _)) => format!("{scheme} {DOTS}"),
            None => DOTS.to_owned(),
        },
        b"set-cookie" => match value.split_once(';') {
            Some((pair, attributes)) => format!("{};{attributes}", hide_pair(pair)),
            None => hide_pair(value),
        },
        b"cookie" => value.split("; ").map(hide_pair).collect::<Vec<_>>().join("; "),
        _ => DOTS.to_owned(),
    }
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
        assert_eq!(mask(b"authorization", "Bearer abc"), "Bearer ••••••••");
        assert_eq!(mask(b"set-cookie", "sid=5f; HttpOnly; Secure"), "sid=••••••••; HttpOnly; Secure");
        assert_eq!(mask(b"cookie", "a=1; b=2"), "a=••••••••; b=••••••••");
        assert_eq!(mask(b"authorization", "abc"), "••••••••");
    }
}
