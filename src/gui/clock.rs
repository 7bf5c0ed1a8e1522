//! Times of day, as the clock on the wall shows them.

use std::sync::OnceLock;
use std::time::SystemTime;

use jiff::tz::TimeZone;

/// The zone of this machine, looked up once: it lies in a file.
static ZONE: OnceLock<TimeZone> = OnceLock::new();

/// `10:42:03` in the zone of this machine; empty for a time that no calendar has.
pub fn of_day(time: SystemTime) -> String {
    let Ok(time) = jiff::Timestamp::try_from(time) else { return String::new() };
    let zone = ZONE.get_or_init(TimeZone::system).clone();
    time.to_zoned_datetime(zone).strftime("%H:%M:%S").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_of_day_has_hours_minutes_and_seconds() {
        let shown = of_day(SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(3_723));
        // Every zone differs from UTC by whole minutes in 1970 or by seconds; the shape is the same everywhere.
        assert_eq!(shown.split(':').map(str::len).collect::<Vec<_>>(), [2, 2, 2], "{shown}");
    }
}
