//! The wall clock of a run.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Nanoseconds since 1970-01-01T00:00:00Z. In a file: `"2026-01-01T00:00:00Z"` (RFC 3339, UTC only).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct WallTime(pub u64);

/// Why a text is not a point in time.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a time; write it as 2026-01-01T00:00:00Z")]
pub struct ClockError {
    pub text: String,
}

impl Default for WallTime {
    /// The beginning of 2026, so that runs are equal on every machine and day.
    fn default() -> Self {
        Self(1_767_225_600 * 1_000_000_000)
    }
}

impl WallTime {
    pub fn parse(text: &str) -> Result<Self, ClockError> {
        Self::parse_parts(text).ok_or_else(|| ClockError { text: text.to_owned() })
    }

    fn parse_parts(text: &str) -> Option<Self> {
        let (date, time) = text.strip_suffix('Z')?.split_once('T')?;
        let mut date = date.split('-').map(|part| part.parse::<u64>().ok());
        let (year, month, day) = (date.next()??, date.next()??, date.next()??);
        let (time, fraction) = time.split_once('.').unwrap_or((time, "0"));
        let mut time = time.split(':').map(|part| part.parse::<u64>().ok());
        let (hour, minute, second) = (time.next()??, time.next()??, time.next()??);
        let in_range = (1970..=2500).contains(&year)
            && (1..=12).contains(&month)
            && (1..=days_in_month(year, month)).contains(&day)
            && hour < 24
            && minute < 60
            && second < 60
            && fraction.len() <= 9
            && fraction.bytes().all(|byte| byte.is_ascii_digit());
        if !in_range {
            return None;
        }
        let nanos = format!("{fraction:0<9}").parse::<u64>().ok()?;
        let days = (1970..year).map(|year| 365 + u64::from(is_leap(year))).sum::<u64>()
            + (1..month).map(|month| days_in_month(year, month)).sum::<u64>()
            + day
            - 1;
        Some(Self((((days * 24 + hour) * 60 + minute) * 60 + second) * 1_000_000_000 + nanos))
    }

    fn parts(self) -> (u64, u64, u64, u64) {
        let mut days = self.0 / 86_400_000_000_000;
        let (mut year, mut month) = (1970, 1);
        while days >= 365 + u64::from(is_leap(year)) {
            days -= 365 + u64::from(is_leap(year));
            year += 1;
        }
        while days >= days_in_month(year, month) {
            days -= days_in_month(year, month);
            month += 1;
        }
        (year, month, days + 1, self.0 / 1_000_000_000 % 86_400)
    }

    /// As HTTP writes dates (RFC 9110, section 5.6.7): `Thu, 01 Jan 2026 00:00:00 GMT`.
    pub fn http_date(self) -> String {
        const MONTHS: [&str; 12] =
            ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
        const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
        let (year, month, day, seconds) = self.parts();
        let weekday = DAYS[(self.0 / 86_400_000_000_000 % 7) as usize];
        let month = MONTHS[(month - 1) as usize];
        let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        format!("{weekday}, {day:02} {month} {year} {hour:02}:{minute:02}:{second:02} GMT")
    }
}

impl std::fmt::Display for WallTime {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        let (year, month, day, seconds) = self.parts();
        let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        write!(f, "{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")?;
        match self.0 % 1_000_000_000 {
            0 => f.write_str("Z"),
            nanos => write!(f, ".{}Z", format!("{nanos:09}").trim_end_matches('0')),
        }
    }
}

fn is_leap(year: u64) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

fn days_in_month(year: u64, month: u64) -> u64 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 => 28 + u64::from(is_leap(year)),
        _ => 31,
    }
}

impl Serialize for WallTime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for WallTime {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_survive_the_round_trip() {
        for text in ["1970-01-01T00:00:00Z", "2024-02-29T23:59:59.5Z", "2026-11-22T10:19:53Z"] {
            assert_eq!(WallTime::parse(text).expect(text).to_string(), text);
        }
        assert_eq!(WallTime::default().to_string(), "2026-01-01T00:00:00Z");
    }

    #[test]
    fn dates_are_written_as_http_writes_them() {
        let time = WallTime::parse("2026-11-22T10:19:53Z").expect("is a time");
        assert_eq!(time.http_date(), "Sun, 22 Nov 2026 10:19:53 GMT");
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in ["", "2026-02-30T00:00:00Z", "2026-01-01", "2026-01-01T00:00:00+01:00", "x-1-1T0:0:0Z"] {
            assert!(WallTime::parse(text).is_err(), "{text}");
        }
    }
}
