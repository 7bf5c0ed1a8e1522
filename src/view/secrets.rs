//! Header values that are hidden until somebody asks for them.

use bytes::Bytes;

use super::call::{Blob, CallView, DecodedValue};

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

/// A row of HTTP text as it is shown while secrets are hidden; `None`: as it is. `line` is the beginning of the line that
/// the row belongs to: long lines are shown in several rows.
pub fn mask_row(line: &str, row: &str) -> Option<String> {
    let (name, _) = line.split_once(':')?;
    let lower = name.to_ascii_lowercase();
    if !is_secret(lower.as_bytes()) {
        return None;
    }
    Some(match row.strip_prefix(name).and_then(|rest| rest.strip_prefix(':')) {
        Some(value) => format!("{name}: {}", mask(lower.as_bytes(), value.trim_start())),
        None => DOTS.to_owned(),
    })
}

/// Hides what is secret in a host call: values of such headers, alone, in maps and as properties.
pub fn mask_call(call: &mut CallView) {
    let named = call.args.iter().find(|arg| arg.name == "name").map(|arg| &arg.value);
    let is_secret_header = match named {
        Some(DecodedValue::Bytes(name)) => is_secret(&name.bytes.to_ascii_lowercase()),
        _ => false,
    };
    let header = match named {
        Some(DecodedValue::Bytes(name)) => name.bytes.to_ascii_lowercase(),
        _ => Vec::new(),
    };
    let property = match call.arg("path") {
        Some(DecodedValue::Path(path)) => path.rsplit('.').next().unwrap_or_default().to_ascii_lowercase(),
        _ => String::new(),
    };
    let values = call.args.iter_mut().chain(&mut call.result);
    for arg in values {
        match &mut arg.value {
            DecodedValue::Bytes(blob) if arg.name == "value" && is_secret_header => mask_blob(&header, blob),
            DecodedValue::Bytes(blob) if arg.name == "value" && is_secret(property.as_bytes()) => {
                mask_blob(property.as_bytes(), blob);
            }
            DecodedValue::Pairs(pairs) => mask_pairs(pairs),
            _ => {}
        }
    }
}

fn mask_blob(name: &[u8], blob: &mut Blob) {
    let shown = mask(name, &String::from_utf8_lossy(&blob.bytes));
    *blob = Blob { full_len: shown.len(), bytes: shown.into() };
}

fn mask_pairs(pairs: &mut [(Bytes, Bytes)]) {
    for (name, value) in pairs {
        let lower = name.to_ascii_lowercase();
        if is_secret(&lower) {
            *value = mask(&lower, &String::from_utf8_lossy(value)).into();
        }
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

    #[test]
    fn rows_of_http_text_are_masked_by_the_line_they_belong_to() {
        let masked = |line, row| mask_row(line, row);
        assert_eq!(masked("Cookie: a=1", "Cookie: a=1").as_deref(), Some("Cookie: a=••••••••"));
        assert_eq!(masked("cookie: a=1", "and so on").as_deref(), Some("••••••••"), "a long line goes on");
        assert_eq!(masked("accept: */*", "accept: */*"), None);
        assert_eq!(masked("no colon", "no colon"), None);
    }
}
