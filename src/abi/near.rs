//! Names that are nearly those of something else.

use super::Callback;

/// Letters by which a name may be off.
const MOST_WRONG: usize = 2;
/// Longer names are not looked at.
const LONGEST: usize = 128;

/// Callbacks that bring parts of HTTP messages.
pub const HTTP: [Callback; 6] = [
    Callback::RequestHeaders,
    Callback::RequestBody,
    Callback::RequestTrailers,
    Callback::ResponseHeaders,
    Callback::ResponseBody,
    Callback::ResponseTrailers,
];

/// Callbacks that bring a TCP connection, or what its ends send.
pub const TCP: [Callback; 3] = [Callback::NewConnection, Callback::DownstreamData, Callback::UpstreamData];

/// The one of `callbacks` that an export was to be: its name differs by a few letters, by upper case, by separators, or
/// has another beginning (`on_http_request_headers`, as SDKs call it).
pub fn meant(export: &str, callbacks: &[Callback]) -> Option<Callback> {
    if export.len() > LONGEST {
        return None;
    }
    let found = core(export);
    // Short names are close to many.
    let most = MOST_WRONG.min(found.len() / 4);
    let near = callbacks.iter().filter_map(|callback| {
        Some((distance(found.as_bytes(), core(callback.name()).as_bytes(), most)?, *callback))
    });
    near.min_by_key(|(distance, _)| *distance).map(|(_, callback)| callback)
}

/// The letters of a name in lower case, without what many begin with.
fn core(name: &str) -> String {
    let plain: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
    let plain = plain.to_ascii_lowercase();
    let beginnings = ["proxy", "on", "http"];
    beginnings.iter().fold(plain.as_str(), |name, word| name.strip_prefix(word).unwrap_or(name)).to_owned()
}

/// How many letters have to be put in, taken out or replaced to make one name of the other; `None`: more than `most`.
pub fn distance(from: &[u8], to: &[u8], most: usize) -> Option<usize> {
    if from.len().abs_diff(to.len()) > most {
        return None;
    }
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (line, letter) in from.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = line + 1;
        for (column, other) in to.iter().enumerate() {
            let replaced = diagonal + usize::from(letter != other);
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row.last().copied().filter(|distance| *distance <= most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_distance_counts_letters() {
        assert_eq!(distance(b"kitten", b"sitting", 3), Some(3));
        assert_eq!(distance(b"kitten", b"sitting", 2), None);
        assert_eq!(distance(b"", b"ab", 2), Some(2));
    }

    #[test]
    fn an_export_that_is_nearly_a_callback_is_found() {
        for name in
            ["on_http_request_headers", "proxy_on_request_header", "onRequestHeaders", "request_headers"]
        {
            assert_eq!(meant(name, &HTTP), Some(Callback::RequestHeaders), "{name}");
        }
        assert_eq!(meant("_proxy_on_response_body", &HTTP), Some(Callback::ResponseBody));
        assert_eq!(meant("on_downstream_data", &TCP), Some(Callback::DownstreamData));
        for name in ["", "memory", "log", "handle_request", "proxy_on_vm_start", "on_data"] {
            assert_eq!(meant(name, &HTTP), None, "{name}");
        }
        assert_eq!(meant("proxy_on_request_headers", &TCP), None);
    }
}
