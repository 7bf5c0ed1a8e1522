//! The languages of the product.

use serde::{Deserialize, Serialize};

/// A language in which everything can be said. English is the one that is taken when nothing is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Language {
    #[default]
    #[serde(rename = "en")]
    English,
    #[serde(rename = "zh")]
    SimplifiedChinese,
}

impl Language {
    pub const ALL: [Self; 2] = [Self::English, Self::SimplifiedChinese];

    /// As in settings and on the command line: `en` or `zh`.
    pub fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::SimplifiedChinese => "zh",
        }
    }

    /// The language with this code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|language| language.code() == code)
    }

    /// The language that fits a locale such as `zh_CN.UTF-8`.
    pub fn from_locale(locale: &str) -> Self {
        match locale.get(..2) {
            Some(start) if start.eq_ignore_ascii_case("zh") => Self::SimplifiedChinese,
            _ => Self::English,
        }
    }

    /// Its name in itself, as in a list to choose from.
    pub fn own_name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::SimplifiedChinese => "简体中文",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_language_is_found_by_its_code_and_by_a_locale() {
        assert_eq!(Language::from_code("zh"), Some(Language::SimplifiedChinese));
        assert_eq!(Language::from_code("fr"), None);
        assert_eq!(Language::from_locale("zh_CN.UTF-8"), Language::SimplifiedChinese);
        assert_eq!(Language::from_locale("C"), Language::English);
    }
}
