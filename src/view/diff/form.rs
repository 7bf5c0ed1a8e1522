//! Names and values of HTML forms, as they are sent: `application/x-www-form-urlencoded` (WHATWG URL Standard).

use std::borrow::Cow;

/// Decodes `+` and `%41`. What is no escape stays as it is, as in browsers.
pub fn decoded(text: &[u8]) -> Cow<'_, [u8]> {
    if !text.iter().any(|byte| matches!(byte, b'+' | b'%')) {
        return Cow::Borrowed(text);
    }
    let mut out = Vec::with_capacity(text.len());
    let mut at = 0;
    while let Some(byte) = text.get(at) {
        match (byte, escape(text, at)) {
            (b'%', Some(value)) => {
                out.push(value);
                at += 2;
            }
            (b'+', _) => out.push(b' '),
            (byte, _) => out.push(*byte),
        }
        at += 1;
    }
    out.into()
}

/// The first `most` decoded bytes and perhaps some more, without looking at the rest of a long text.
pub fn decoded_beginning(text: &[u8], most: usize) -> Cow<'_, [u8]> {
    // An escape takes three bytes.
    let enough = most.saturating_mul(3);
    if text.len() <= enough {
        return decoded(text);
    }
    let mut end = enough;
    while end > 0 && text[enough.saturating_sub(2)..end].contains(&b'%') {
        end -= 1;
    }
    decoded(&text[..end])
}

/// The place of the first `%` that no two hexadecimal digits follow.
pub fn broken_escape(text: &[u8]) -> Option<usize> {
    let mut at = 0;
    while let Some(step) = text.get(at..)?.iter().position(|byte| *byte == b'%') {
        at += step;
        if escape(text, at).is_none() {
            return Some(at);
        }
        at += 3;
    }
    None
}

fn escape(text: &[u8], at: usize) -> Option<u8> {
    let digit = |byte: &u8| char::from(*byte).to_digit(16);
    let (high, low) = (digit(text.get(at + 1)?)?, digit(text.get(at + 2)?)?);
    u8::try_from(high * 16 + low).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_and_plus_signs_are_decoded_and_what_is_none_stays() {
        assert_eq!(&*decoded(b"a+b%20c%E5%BC%A0"), "a b c张".as_bytes());
        assert_eq!(&*decoded(b"100%"), b"100%");
        assert_eq!(&*decoded(b"%zz%4"), b"%zz%4");
        assert!(matches!(decoded(b"plain"), Cow::Borrowed(_)));
    }

    #[test]
    fn the_first_broken_escape_is_found() {
        assert_eq!(broken_escape(b"a=%41%4"), Some(5));
        assert_eq!(broken_escape(b"a=100%&b"), Some(5));
        assert_eq!(broken_escape(b"a=%41%42"), None);
    }

    #[test]
    fn of_a_long_value_only_the_beginning_is_decoded() {
        let long = "%41".repeat(10_000);
        let begin = decoded_beginning(long.as_bytes(), 100);
        assert!(begin.len() >= 99 && begin.len() <= 300 && begin.iter().all(|byte| *byte == b'A'));
    }
}
