//! DER (ITU-T X.690): as much as keys and signatures need.

pub const INTEGER: u8 = 0x02;
pub const BIT_STRING: u8 = 0x03;
pub const OCTET_STRING: u8 = 0x04;
pub const NULL: u8 = 0x05;
pub const OID: u8 = 0x06;
pub const SEQUENCE: u8 = 0x30;

/// Takes a value with this tag from the front.
pub fn take<'a>(input: &mut &'a [u8], tag: u8) -> Option<&'a [u8]> {
    let (found, rest) = input.split_first()?;
    if *found != tag {
        return None;
    }
    let (first, rest) = rest.split_first()?;
    let (length, rest) = if *first < 0x80 {
        (usize::from(*first), rest)
    } else {
        let count = usize::from(first & 0x7f);
        if !(1..=3).contains(&count) || rest.len() < count {
            return None;
        }
        let (digits, rest) = rest.split_at(count);
        let length = digits.iter().fold(0, |length, digit| length << 8 | usize::from(*digit));
        // The shortest form only.
        if digits[0] == 0 || length < 0x80 {
            return None;
        }
        (length, rest)
    };
    if rest.len() < length {
        return None;
    }
    let (value, rest) = rest.split_at(length);
    *input = rest;
    Some(value)
}

/// Takes a positive number, without leading zeros.
pub fn take_number<'a>(input: &mut &'a [u8]) -> Option<&'a [u8]> {
    let number = take(input, INTEGER)?;
    match number {
        [] => None,
        [0, second, ..] if *second < 0x80 => None,
        [0, rest @ ..] => Some(rest),
        [first, ..] if *first >= 0x80 => None,
        number => Some(number),
    }
}

/// A positive number.
pub fn number(digits: &[u8]) -> Vec<u8> {
    let start = digits.iter().position(|digit| *digit != 0).unwrap_or(digits.len());
    let mut value = digits[start..].to_vec();
    if value.first().is_none_or(|first| *first >= 0x80) {
        value.insert(0, 0);
    }
    wrap(INTEGER, &value)
}

/// A value with its tag and length.
pub fn wrap(tag: u8, value: &[u8]) -> Vec<u8> {
    let mut out = vec![tag];
    match value.len() {
        length @ 0..0x80 => out.push(length as u8),
        length => {
            let digits: Vec<u8> = length.to_be_bytes().into_iter().skip_while(|digit| *digit == 0).collect();
            out.push(0x80 | digits.len() as u8);
            out.extend(digits);
        }
    }
    out.extend(value);
    out
}
