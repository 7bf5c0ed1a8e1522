//! Every visible string, in English and in simplified Chinese.
//!
//! Both languages stand side by side in the tables of this folder, so that a missing one does not compile and a reader sees
//! at once whether they say the same. Sentence case, plain words, the next step named. Never translated: names of callbacks,
//! host calls and headers, status words (`Ok`, `NotFound`) and Envoy's own terms (`FAIL_CLOSED`).
//!
//! A [`Text`] is a byte wide: [`of`] gives the current one, [`apply`] switches the language while the window is open.

mod center;
mod commands;
mod empty;
mod errors;
mod frame;
mod left;
mod logs;
mod overlays;
mod widgets;

use std::fmt::Display;

use egui::{Context, Id};

pub use center::{ChangesText, HostCallsText, PreflightText, StateText, StreamText, TimelineText};
pub use empty::EmptyText;
pub use errors::ErrorsText;
pub use frame::{FrameText, NoticesText, StatusText, TabsText};
pub use left::{ConfigText, EnvironmentText, MessageText, ScenariosText};
pub use logs::LogsText;
pub use overlays::OverlaysText;
pub use widgets::WidgetsText;

pub use crate::view::Language;

/// Makes a group of texts: `name: "English", "中文";` becomes a method that returns one of the two, and
/// `name(count: usize): format!(…), format!(…);` one that returns a sentence with values in it.
macro_rules! texts {
    (
        $(#[$doc:meta])*
        $group:ident {
            $( $(#[$note:meta])* $name:ident $(($($arg:ident: $ty:ty),+))? : $en:expr, $zh:expr; )*
        }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub struct $group(pub(in crate::gui::text) crate::gui::text::Language);

        impl $group {
            $( $crate::gui::text::texts!(@method $(#[$note])* $name $(($($arg: $ty),+))? => $en, $zh); )*
        }
    };
    (@method $(#[$note:meta])* $name:ident => $en:expr, $zh:expr) => {
        $(#[$note])*
        #[must_use]
        pub const fn $name(self) -> &'static str {
            match self.0 {
                $crate::gui::text::Language::English => $en,
                $crate::gui::text::Language::SimplifiedChinese => $zh,
            }
        }
    };
    (@method $(#[$note:meta])* $name:ident($($arg:ident: $ty:ty),+) => $en:expr, $zh:expr) => {
        $(#[$note])*
        #[must_use]
        pub fn $name(self, $($arg: $ty),+) -> String {
            match self.0 {
                $crate::gui::text::Language::English => $en,
                $crate::gui::text::Language::SimplifiedChinese => $zh,
            }
        }
    };
}
pub(in crate::gui::text) use texts;

/// All texts of one language, by where they are seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Text {
    pub language: Language,
    pub frame: FrameText,
    pub tabs: TabsText,
    pub status: StatusText,
    pub notices: NoticesText,
    pub message: MessageText,
    pub config: ConfigText,
    pub environment: EnvironmentText,
    pub scenarios: ScenariosText,
    pub changes: ChangesText,
    pub timeline: TimelineText,
    pub stream: StreamText,
    pub calls: HostCallsText,
    pub state: StateText,
    pub preflight: PreflightText,
    pub logs: LogsText,
    pub empty: EmptyText,
    pub errors: ErrorsText,
    pub overlays: OverlaysText,
    pub widgets: WidgetsText,
}

impl Text {
    #[must_use]
    pub const fn new(language: Language) -> Self {
        Self {
            language,
            frame: FrameText(language),
            tabs: TabsText(language),
            status: StatusText(language),
            notices: NoticesText(language),
            message: MessageText(language),
            config: ConfigText(language),
            environment: EnvironmentText(language),
            scenarios: ScenariosText(language),
            changes: ChangesText(language),
            timeline: TimelineText(language),
            stream: StreamText(language),
            calls: HostCallsText(language),
            state: StateText(language),
            preflight: PreflightText(language),
            logs: LogsText(language),
            empty: EmptyText(language),
            errors: ErrorsText(language),
            overlays: OverlaysText(language),
            widgets: WidgetsText(language),
        }
    }
}

fn language_id() -> Id {
    Id::unique("filterlab language")
}

/// Switches the language from the next frame on.
pub fn apply(ctx: &Context, language: Language) {
    ctx.data_mut(|data| data.insert_temp(language_id(), language));
}

/// The texts of the current language.
#[must_use]
pub fn of(ctx: &Context) -> Text {
    Text::new(ctx.data(|data| data.get_temp(language_id())).unwrap_or_default())
}

/// A whole number with thousands apart: `10,000`.
#[must_use]
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
fn count(value: usize, one: &str, many: &str) -> String {
    format!("{} {}", number(value), if value == 1 { one } else { many })
}

/// A size in the unit a reader would choose: `346 B`, `142 KB`, `2.6 MB`. Thousands, as file managers count.
#[must_use]
pub fn bytes(size: u64) -> String {
    const UNITS: [(u64, &str); 3] = [(1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "KB")];
    for (unit, name) in UNITS {
        // Half a step below the unit already rounds up to it: 999,600 B is 1.0 MB, not 1,000 KB.
        if size >= unit - unit / 2_000 {
            let value = size as f64 / unit as f64;
            return if value < 9.95 && unit > 1_000 {
                format!("{value:.1} {name}")
            } else {
                format!("{value:.0} {name}")
            };
        }
    }
    format!("{} B", number(size))
}

/// A length of time in the unit a reader would choose: `3 µs`, `0.28 ms`, `42 ms`, `1.5 s`.
#[must_use]
pub fn duration(time: std::time::Duration) -> String {
    let nanos = time.as_nanos() as f64;
    if nanos == 0.0 {
        "0".to_owned()
    } else if nanos < 1_000.0 {
        format!("{nanos:.0} ns")
    } else if nanos < 100_000.0 {
        format!("{:.0} µs", nanos / 1e3)
    } else if nanos < 9.995e6 {
        trimmed(nanos / 1e6, "ms")
    } else if nanos < 9.995e8 {
        format!("{:.0} ms", nanos / 1e6)
    } else {
        trimmed(nanos / 1e9, "s")
    }
}

/// Two decimals at most, without noughts at the end.
fn trimmed(value: f64, unit: &str) -> String {
    let text = format!("{value:.2}");
    format!("{} {unit}", text.trim_end_matches('0').trim_end_matches('.'))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn numbers_are_grouped() {
        assert_eq!(number(0), "0");
        assert_eq!(number(999), "999");
        assert_eq!(number(10_000), "10,000");
        assert_eq!(number(-1_234_567), "-1,234,567");
    }

    #[test]
    fn sizes_and_times_choose_their_unit() {
        assert_eq!(bytes(346), "346 B");
        assert_eq!(bytes(142_300), "142 KB");
        assert_eq!(bytes(999_700), "1.0 MB");
        assert_eq!(bytes(2_600_000), "2.6 MB");
        assert_eq!(bytes(13_980_000), "14 MB");
        assert_eq!(duration(Duration::from_micros(3)), "3 µs");
        assert_eq!(duration(Duration::from_micros(280)), "0.28 ms");
        assert_eq!(duration(Duration::from_millis(42)), "42 ms");
        assert_eq!(duration(Duration::from_millis(1_500)), "1.5 s");
        assert_eq!(duration(Duration::from_secs(10)), "10 s");
    }

    #[test]
    fn plurals_agree() {
        assert_eq!(count(1, "change", "changes"), "1 change");
        assert_eq!(count(0, "change", "changes"), "0 changes");
    }

    #[test]
    fn the_locale_chooses_a_language() {
        assert_eq!(Language::from_locale("zh_CN.UTF-8"), Language::SimplifiedChinese);
        assert_eq!(Language::from_locale("de_DE"), Language::English);
    }
}
