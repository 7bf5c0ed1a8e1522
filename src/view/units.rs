//! Numbers, sizes and times as people read them; the same in all languages.

use std::fmt::Display;
use std::time::Duration;

/// A whole number with thousands apart: `10,000`.
pub fn number(value: impl Display) -> String {
    let digits = value.to_string();
    let (sign, digits) = digits.strip_prefix('-').map_or(("", digits.as_str()), |rest| ("-", rest));
    let mut text = String::from(sign);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1 change`, `2 changes`.
pub fn count(value: usize, one: &str, many: &str) -> String {
    format!("{} {}", number(value), if value == 1 { one } else { many })
}

/// A size: `235 B`, `142 KB`, `1.5 MB`. Sizes below 10,000 bytes are exact, since people compare them.
pub fn bytes(size: u64) -> String {
    if size < 10_000 {
        return format!("{} B", number(size));
    }
    // Half a step below a unit already rounds up to it: 999,600 B is 1.0 MB, not 1,000 KB.
    let (value, unit) = if size < 999_500 {
        (size as f64 / 1e3, "KB")
    } else if size < 999_500_000 {
        (size as f64 / 1e6, "MB")
    } else {
        (size as f64 / 1e9, "GB")
    };
    if value < 9.95 { format!("{value:.1} {unit}") } else { format!("{value:.0} {unit}") }
}

/// Two sizes: `346 → 235 B`, `9,999 B → 1.5 MB`; one if they are shown alike.
pub fn size_change(before: usize, after: usize) -> String {
    let (before, after) = (bytes(before as u64), bytes(after as u64));
    if before == after {
        return after;
    }
    match (before.rsplit_once(' '), after.rsplit_once(' ')) {
        (Some((number, unit)), Some((_, other))) if unit == other => format!("{number} → {after}"),
        _ => format!("{before} → {after}"),
    }
}

/// A time: `0 ms`, `81 µs`, `0.28 ms`, `12 ms`, `1.5 s`.
pub fn duration(time: Duration) -> String {
    let nanos = time.as_nanos() as f64;
    match nanos {
        0.0 => "0 ms".to_owned(),
        nanos if nanos < 1e3 => format!("{nanos:.0} ns"),
        nanos if nanos < 9.95e4 => format!("{:.0} µs", nanos / 1e3),
        nanos if nanos < 9.995e6 => trimmed(nanos / 1e6, "ms"),
        nanos if nanos < 9.995e8 => format!("{:.0} ms", nanos / 1e6),
        nanos => trimmed(nanos / 1e9, "s"),
    }
}

/// [`duration`] of nanoseconds.
pub fn nanos(nanos: u64) -> String {
    duration(Duration::from_nanos(nanos))
}

fn trimmed(value: f64, unit: &str) -> String {
    let text = format!("{value:.2}");
    format!("{} {unit}", text.trim_end_matches('0').trim_end_matches('.'))
}

/// A size of memory: `4 MiB`, `1 GiB`, `1.5 GiB`.
pub fn binary(size: u64) -> String {
    let (value, unit) = if size < 1 << 30 {
        (size as f64 / f64::from(1 << 20), "MiB")
    } else {
        (size as f64 / f64::from(1 << 30), "GiB")
    };
    if value.fract() == 0.0 { format!("{value:.0} {unit}") } else { format!("{value:.1} {unit}") }
}

/// A size of memory down to single bytes: `131 B`, `64 KiB`, `1.5 MiB`.
pub fn memory(size: u64) -> String {
    match size {
        0..1024 => format!("{size} B"),
        // Half a step below a MiB rounds up to one.
        1024..1_048_064 => {
            let value = size as f64 / 1024.0;
            if value.fract() == 0.0 || value >= 99.95 {
                format!("{value:.0} KiB")
            } else {
                format!("{value:.1} KiB")
            }
        }
        _ => binary(size),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_times_are_short_and_round_as_people_do() {
        assert_eq!(
            [bytes(0), bytes(346), bytes(1_284), bytes(84_200), bytes(1_500_000)],
            ["0 B", "346 B", "1,284 B", "84 KB", "1.5 MB"]
        );
        assert_eq!(bytes(999_600), "1.0 MB");
        assert_eq!(
            [size_change(346, 235), size_change(5, 20_000), size_change(5, 5)],
            ["346 → 235 B", "5 B → 20 KB", "5 B"]
        );
        assert_eq!(
            [nanos(0), nanos(640), nanos(81_000), nanos(280_000), nanos(12_000_000), nanos(1_500_000_000)],
            ["0 ms", "640 ns", "81 µs", "0.28 ms", "12 ms", "1.5 s"]
        );
    }

    #[test]
    fn one_is_singular() {
        assert_eq!(
            [count(1, "change", "changes"), count(10_000, "change", "changes")],
            ["1 change", "10,000 changes"]
        );
    }
}
