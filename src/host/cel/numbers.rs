//! Numbers read from text, as Abseil does for `cel-cpp`.

use bytes::Bytes;

use super::time::trim;

/// Text without white space around it.
fn text(bytes: &Bytes) -> Option<&str> {
    std::str::from_utf8(bytes).ok().map(trim)
}

pub(super) fn read_int(bytes: &Bytes) -> Option<i64> {
    text(bytes)?.parse().ok()
}

pub(super) fn read_uint(bytes: &Bytes) -> Option<u64> {
    text(bytes)?.parse().ok()
}

/// Decimal numbers, hexadecimal ones, `inf`, `infinity`, `nan` and `nan(…)`.
pub(super) fn read_double(bytes: &Bytes) -> Option<f64> {
    let text = text(bytes)?;
    let (is_negative, plain) = match text.strip_prefix('-') {
        Some(plain) => (true, plain),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    // A second sign is none; `+-1` neither.
    if plain.starts_with(['+', '-']) {
        return None;
    }
    let is_hex = plain.get(..2).is_some_and(|start| start.eq_ignore_ascii_case("0x"));
    let number = if is_hex {
        read_hex(&plain[2..])?
    } else if let Some(payload) = plain
        .get(..4)
        .filter(|start| start.eq_ignore_ascii_case("nan("))
        .and_then(|_| plain[4..].strip_suffix(')'))
    {
        payload.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_').then(|| nan(payload))?
    } else {
        match plain.parse::<f64>().ok()? {
            number if number.is_nan() => nan(""),
            number => number,
        }
    };
    Some(if is_negative { -number } else { number })
}

/// A NaN with a payload, as C's `nan` makes it.
fn nan(payload: &str) -> f64 {
    let payload = match payload.strip_prefix("0x").or_else(|| payload.strip_prefix("0X")) {
        Some(digits) => u64::from_str_radix(digits, 16),
        None if payload.starts_with('0') => u64::from_str_radix(payload, 8),
        None => payload.parse(),
    };
    f64::from_bits(0x7ff8_0000_0000_0000 | payload.unwrap_or_default() & 0x7_ffff_ffff_ffff)
}

/// A hexadecimal number after its `0x`, such as `1.8p-3`.
fn read_hex(text: &str) -> Option<f64> {
    let (digits, exponent) = match text.split_once(['p', 'P']) {
        Some((digits, exponent)) => (digits, read_exponent(exponent)?),
        None => (text, 0),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    // The first 15 digits that count; that something was left out is in the last bit.
    let mut mantissa: u64 = 0;
    let mut power = exponent;
    for (place, digit) in whole.chars().chain(fraction.chars()).enumerate() {
        let digit = u64::from(digit.to_digit(16)?);
        let is_whole = place < whole.len();
        if mantissa >> 56 == 0 {
            mantissa = mantissa << 4 | digit;
            power -= if is_whole { 0 } else { 4 };
        } else {
            mantissa |= u64::from(digit != 0);
            power += if is_whole { 4 } else { 0 };
        }
    }
    Some(scale(mantissa, power))
}

fn read_exponent(text: &str) -> Option<i64> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    // Farther than any text of a tolerable length could make good again.
    let exponent = digits.parse::<i64>().unwrap_or(i64::MAX).min(1 << 40);
    Some(if text.starts_with('-') { -exponent } else { exponent })
}

/// `mantissa * 2^power`, rounded to the nearest number, of two as near ones to the even.
fn scale(mantissa: u64, power: i64) -> f64 {
    if mantissa == 0 {
        return 0.0;
    }
    let highest = power + 63 - i64::from(mantissa.leading_zeros());
    if highest > 1023 {
        return f64::INFINITY;
    }
    if highest < -1075 {
        return 0.0;
    }
    // The place of the last bit that a number has room for.
    let lowest = (highest - 52).max(-1074);
    let kept = match lowest - power {
        left if left <= 0 => mantissa << -left,
        left => {
            let wide = u128::from(mantissa);
            let (kept, rest, half) = (wide >> left, wide & ((1 << left) - 1), 1u128 << (left - 1));
            (kept + u128::from(rest > half || rest == half && kept & 1 == 1)) as u64
        }
    };
    let unit = match lowest {
        -1074..=-1023 => f64::from_bits(1 << (lowest + 1074)),
        normal => f64::from_bits(((normal + 1023) as u64) << 52),
    };
    kept as f64 * unit
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<f64> {
        read_double(&Bytes::copy_from_slice(text.as_bytes()))
    }

    #[test]
    fn hexadecimal_numbers_are_rounded_to_even() {
        for (text, number) in [
            ("0x1p3", 8.0),
            ("0X.8", 0.5),
            ("-0x1.8P-1", -0.75),
            ("0x10", 16.0),
            ("+0x1.", 1.0),
            ("0x1fffffffffffff8", 0x0200_0000_0000_0000u64 as f64),
            ("0x1fffffffffffff7", 0x01ff_ffff_ffff_fff0u64 as f64),
            ("0x1.00000000000008p0", 1.0),
            ("0x1.000000000000080000000000000001p0", 1.0 + f64::EPSILON),
            ("0x1p-1074", f64::from_bits(1)),
            ("0x1p-1075", 0.0),
            ("0x1.8p-1075", f64::from_bits(1)),
            ("0x3p-1075", f64::from_bits(2)),
            ("0x1.fffffffffffff8p1023", f64::INFINITY),
            ("0x1p99999999999999999999", f64::INFINITY),
            ("0x0p99999999999999999999", 0.0),
            ("0x1p-99999999999999999999", 0.0),
        ] {
            assert_eq!(read(text), Some(number), "{text}");
        }
        for text in ["0x", "0x.", "0x1p", "0xg", "0xinf", "0x1p+", "0x1.2.3", "+-0x1", "0x-1"] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn decimal_numbers_and_words_are_read() {
        assert_eq!(read("\x0b 1.5e1\t"), Some(15.0));
        assert_eq!(read("-INFINITY"), Some(f64::NEG_INFINITY));
        assert_eq!(read("+.5"), Some(0.5));
        assert_eq!(read("1e999"), Some(f64::INFINITY));
        assert_eq!(read("-NaN").map(f64::to_bits), Some(0xfff8_0000_0000_0000));
        assert_eq!(read("nan(0x5)").map(f64::to_bits), Some(0x7ff8_0000_0000_0005));
        for text in ["", ".", "1e", "++1", "+-1", "nan(", "nan(-)", "1 2", "infi"] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
