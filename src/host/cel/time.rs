//! Times and durations as `cel-cpp` reads and writes them.

use jiff::Timestamp;
use jiff::tz::TimeZone;

const SECOND: i128 = 1_000_000_000;
/// Stands for a time without end; farther than any other.
const FOREVER: i128 = i128::MAX / 4;
/// Longest duration: 10,000 years, in seconds.
const MAX_DURATION: i128 = 315_576_000_000;
const FIRST_TEXT: i128 = -62_135_596_800;
const LAST_TEXT: i128 = 253_402_300_799;

/// Nanoseconds since 1970 of a text such as `2026-01-01T00:00:00Z`.
pub fn parse_timestamp(text: &str) -> Option<i128> {
    let text = trim(text);
    match text {
        "infinite-future" => return Some(FOREVER),
        "infinite-past" => return Some(-FOREVER),
        _ => {}
    }
    let mut rest = text;
    let negative = rest.starts_with('-');
    rest = rest.strip_prefix(['-', '+']).unwrap_or(rest);
    let year = digits(&mut rest, 9)?;
    let year = if negative { -year } else { year };
    let month = after(&mut rest, '-')?;
    let day = after(&mut rest, '-')?;
    rest = rest.strip_prefix(['T', 't'])?;
    let hour = digits(&mut rest, 2)?;
    let minute = after(&mut rest, ':')?;
    let second = after(&mut rest, ':')?;
    let mut nanos = 0;
    if let Some(fraction) = rest.strip_prefix('.') {
        let length = fraction.bytes().take_while(u8::is_ascii_digit).count();
        if length == 0 {
            return None;
        }
        nanos = format!("{:0<9.9}", &fraction[..length]).parse().ok()?;
        rest = &fraction[length..];
    }
    let offset = if rest == "Z" || rest == "z" { 0 } else { parse_offset(rest).filter(|_| signed(rest))? };
    let is_date = (1..=12).contains(&month)
        && (1..=days_in_month(year, month)).contains(&day)
        && hour < 24
        && minute < 60;
    if !is_date || second > 60 {
        return None;
    }
    let days = days_from_civil(year, month, day);
    let seconds = ((i128::from(days) * 24 + i128::from(hour)) * 60 + i128::from(minute)) * 60;
    Some((seconds + i128::from(second - offset)) * SECOND + nanos)
}

fn signed(text: &str) -> bool {
    text.starts_with(['+', '-'])
}

/// Text without white space around it; the vertical tab counts as such.
pub fn trim(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_ascii_whitespace() || c == '\x0b')
}

/// One or more digits.
fn digits(text: &mut &str, most: usize) -> Option<i64> {
    let length = text.bytes().take_while(u8::is_ascii_digit).count();
    if length == 0 || length > most {
        return None;
    }
    let number = text[..length].parse().ok()?;
    *text = &text[length..];
    Some(number)
}

fn after(text: &mut &str, mark: char) -> Option<i64> {
    *text = text.strip_prefix(mark)?;
    digits(text, 2)
}

/// Seconds east of UTC of a text such as `+02:00` at the end of a time.
fn parse_offset(text: &str) -> Option<i64> {
    let negative = text.starts_with('-');
    let mut rest = text.strip_prefix(['-', '+']).unwrap_or(text);
    let hours = digits(&mut rest, 2).filter(|hours| *hours < 24)?;
    let minutes = after(&mut rest, ':').filter(|minutes| *minutes < 60 && rest.is_empty())?;
    let seconds = (hours * 60 + minutes) * 60;
    Some(if negative { -seconds } else { seconds })
}

/// Nanoseconds east of UTC of a time zone at a moment. A zone is the name of one, or hours and minutes such as `-08:00`;
/// `None`: there is no such zone.
pub fn offset(zone: &str, nanos: i128) -> Option<i128> {
    // The C library's own zone is that of the machine.
    if matches!(zone, "" | "UTC" | "UTC0") || zone.starts_with("libc:") {
        return Some(0);
    }
    if let Some(offset) = zone.strip_prefix("Fixed/UTC") {
        return fixed_offset(offset);
    }
    if let Some(zone) = named_zone(zone) {
        let (first, last) = (Timestamp::MIN.as_nanosecond(), Timestamp::MAX.as_nanosecond());
        let moment = Timestamp::from_nanosecond(nanos.clamp(first, last)).ok()?;
        return Some(i128::from(zone.to_offset(moment).seconds()) * SECOND);
    }
    // What is left is read as a duration, whatever it may look like: `2:5` is two hours and five minutes.
    zone.contains(':').then(|| parse_duration(&format!("{}m", zone.replace(':', "h"))))?
}

/// A zone of the IANA's list. Envoy finds them as files: upper and lower case matter.
fn named_zone(name: &str) -> Option<TimeZone> {
    let name = name.strip_prefix("file:").unwrap_or(name);
    let name = name.strip_prefix("/usr/share/zoneinfo/").unwrap_or(name);
    let name = name.strip_prefix("posix/").unwrap_or(name);
    let zone = jiff::tz::db().get(name).ok()?;
    (zone.iana_name() == Some(name)).then_some(zone)
}

/// What follows `Fixed/UTC` in a name such as `Fixed/UTC+05:30:00`.
fn fixed_offset(text: &str) -> Option<i128> {
    let negative = match text.as_bytes().first()? {
        b'+' => false,
        b'-' => true,
        _ => return None,
    };
    let parts: Vec<&str> = text[1..].split(':').collect();
    let number = |text: &str| {
        let is_number = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| text.parse::<i128>().ok())?
    };
    let [hours, minutes, seconds] = parts[..] else { return None };
    let seconds = (number(hours)? * 60 + number(minutes)?) * 60 + number(seconds)?;
    let offset = if negative { -seconds } else { seconds } * SECOND;
    (seconds <= 24 * 3600).then_some(offset)
}

/// A time in the calendar.
pub struct Civil {
    pub year: i64,
    /// From 0.
    pub month: i64,
    /// From 1.
    pub day: i64,
    pub day_of_year: i64,
    /// From Sunday.
    pub day_of_week: i64,
    pub second_of_day: i64,
    pub millisecond: i64,
}

/// The calendar's view of nanoseconds since 1970.
pub fn civil(nanos: i128) -> Option<Civil> {
    let seconds = i64::try_from(nanos.div_euclid(SECOND)).ok()?;
    let days = seconds.div_euclid(86_400);
    // Years beyond this are no calendar any more.
    if days.abs() > 1 << 50 {
        return None;
    }
    let (year, month, day) = civil_from_days(days);
    Some(Civil {
        year,
        month: month - 1,
        day,
        day_of_year: days - days_from_civil(year, 1, 1),
        day_of_week: (days + 4).rem_euclid(7),
        second_of_day: seconds.rem_euclid(86_400),
        millisecond: (nanos.rem_euclid(SECOND) / 1_000_000) as i64,
    })
}

/// Days since 1970 of a date in the Gregorian calendar (H. Hinnant, "chrono-compatible low-level date algorithms").
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

/// Nanoseconds of a text such as `1h30m` or `-1.5s`.
pub fn parse_duration(text: &str) -> Option<i128> {
    let negative = text.starts_with('-');
    let mut rest = text.strip_prefix(['-', '+']).unwrap_or(text);
    let mut total: i128 = 0;
    if rest != "0" {
        if rest.is_empty() {
            return None;
        }
        while !rest.is_empty() {
            let whole = rest.bytes().take_while(u8::is_ascii_digit).count();
            let (integer, mut after) = rest.split_at(whole);
            let mut fraction = "";
            if let Some(point) = after.strip_prefix('.') {
                let length = point.bytes().take_while(u8::is_ascii_digit).count();
                (fraction, after) = point.split_at(length);
            }
            if integer.is_empty() && fraction.is_empty() {
                return None;
            }
            let units = [
                ("ns", 1),
                ("us", 1_000),
                ("ms", 1_000_000),
                ("s", SECOND),
                ("m", 60 * SECOND),
                ("h", 3600 * SECOND),
            ];
            let (unit, left) =
                units.iter().find_map(|(name, unit)| Some((*unit, after.strip_prefix(name)?)))?;
            let integer: i128 = if integer.is_empty() { 0 } else { integer.parse::<i64>().ok()?.into() };
            let fraction: i128 = format!("{:0<18.18}", fraction).parse().ok()?;
            total = total.checked_add(integer * unit + fraction * unit / 1_000_000_000_000_000_000)?;
            rest = left;
        }
    }
    let total = if negative { -total } else { total };
    ((-MAX_DURATION * SECOND)..=(MAX_DURATION * SECOND)).contains(&total).then_some(total)
}

/// A duration as protobuf's JSON writes it: `3600s`, `1.500s`.
pub fn duration_text(nanos: i128) -> Option<String> {
    if nanos.abs() > MAX_DURATION * SECOND {
        return None;
    }
    let sign = if nanos < 0 { "-" } else { "" };
    let nanos = nanos.unsigned_abs();
    Some(format!("{sign}{}{}s", nanos / 1_000_000_000, fraction((nanos % 1_000_000_000) as u32)))
}

/// A time as protobuf's JSON writes it: `2026-01-01T00:00:00Z`, `….500Z`.
pub fn timestamp_text(nanos: i128) -> Option<String> {
    if !(FIRST_TEXT..=LAST_TEXT).contains(&nanos.div_euclid(SECOND)) {
        return None;
    }
    let Civil { year, month, day, second_of_day, .. } = civil(nanos)?;
    let (hour, minute, second) = (second_of_day / 3600, second_of_day / 60 % 60, second_of_day % 60);
    let fraction = fraction(nanos.rem_euclid(SECOND) as u32);
    Some(format!("{year:04}-{:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{fraction}Z", month + 1))
}

/// Three, six or nine digits after a point; nothing for zero.
fn fraction(nanos: u32) -> String {
    match nanos {
        0 => String::new(),
        nanos if nanos.is_multiple_of(1_000_000) => format!(".{:03}", nanos / 1_000_000),
        nanos if nanos.is_multiple_of(1_000) => format!(".{:06}", nanos / 1_000),
        nanos => format!(".{nanos:09}"),
    }
}
