//! Every visible string, in English and in simplified Chinese.
//!
//! Both languages stand side by side in the tables of this folder, so that a missing one does not compile and a reader sees
//! at once whether they say the same. Sentence case, plain words, the next step named. Never translated: names of callbacks,
//! host calls and headers, status words (`Ok`, `NotFound`) and Envoy's own terms (`FAIL_CLOSED`).
//!
//! A [`Text`] is a byte wide: [`of`] gives the current one, [`apply`] switches the language while the window is open.

mod bodies;
mod center;
mod commands;
mod convert;
mod editing;
mod empty;
mod errors;
mod folder;
mod frame;
mod guide;
mod left;
mod logs;
mod overlays;
mod saving;
mod state;
mod widgets;

use egui::{Context, Id};

pub use bodies::BodiesText;
pub use center::{ChangesText, HostCallsText, PreflightText, StreamText, TimelineText};
pub use convert::ConvertText;
pub use editing::{AnswersText, ExpectationsText, MocksText, PropertiesText, RequestsText, TemplatesText};
pub use empty::EmptyText;
pub use errors::ErrorsText;
pub use folder::{CompareText, FolderText, WatchingText};
pub use frame::{FrameText, NoticesText, StatusText, TabsText};
pub use guide::{FindingsText, GuideText};
pub use left::{ConfigText, EnvironmentText, MessageText, ScenariosText};
pub use logs::LogsText;
pub use overlays::OverlaysText;
pub use saving::SavingText;
pub use state::StateText;
pub use widgets::WidgetsText;

pub use crate::view::Language;
pub use crate::view::units::{bytes, count, duration, number};

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
    pub requests: RequestsText,
    pub expectations: ExpectationsText,
    pub answers: AnswersText,
    pub mocks: MocksText,
    pub properties: PropertiesText,
    pub templates: TemplatesText,
    pub scenarios: ScenariosText,
    pub bodies: BodiesText,
    pub changes: ChangesText,
    pub timeline: TimelineText,
    pub stream: StreamText,
    pub calls: HostCallsText,
    pub state: StateText,
    pub preflight: PreflightText,
    pub logs: LogsText,
    pub findings: FindingsText,
    pub guide: GuideText,
    pub empty: EmptyText,
    pub errors: ErrorsText,
    pub overlays: OverlaysText,
    pub saving: SavingText,
    pub convert: ConvertText,
    pub widgets: WidgetsText,
    pub folder: FolderText,
    pub watching: WatchingText,
    pub compare: CompareText,
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
            requests: RequestsText(language),
            expectations: ExpectationsText(language),
            answers: AnswersText(language),
            mocks: MocksText(language),
            properties: PropertiesText(language),
            templates: TemplatesText(language),
            scenarios: ScenariosText(language),
            bodies: BodiesText(language),
            changes: ChangesText(language),
            timeline: TimelineText(language),
            stream: StreamText(language),
            calls: HostCallsText(language),
            state: StateText(language),
            preflight: PreflightText(language),
            logs: LogsText(language),
            findings: FindingsText(language),
            guide: GuideText(language),
            empty: EmptyText(language),
            errors: ErrorsText(language),
            overlays: OverlaysText(language),
            saving: SavingText(language),
            convert: ConvertText(language),
            widgets: WidgetsText(language),
            folder: FolderText(language),
            watching: WatchingText(language),
            compare: CompareText(language),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_locale_chooses_a_language() {
        assert_eq!(Language::from_locale("zh_CN.UTF-8"), Language::SimplifiedChinese);
        assert_eq!(Language::from_locale("de_DE"), Language::English);
    }
}
