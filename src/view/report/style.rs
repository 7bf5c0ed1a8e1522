//! How the report looks: the tokens of the window's light and dark themes, and the rules that use them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

/// A colour by the name that it has in the window's tokens.
pub type Token = (&'static str, u32);

/// The light theme; also that of printed pages.
pub const LIGHT: &[Token] = &[
    ("bg", 0xFFFFFF),
    ("panel", 0xF5F6F8),
    ("line", 0xD9DDE3),
    ("edge", 0x868F9B),
    ("control", 0xFFFFFF),
    ("hover", 0xEEF0F3),
    ("select", 0xE3E9F2),
    ("band", 0xEEF0F3),
    ("text", 0x1B1F24),
    ("muted", 0x57606A),
    ("accent", 0x0B5FB0),
    ("added-mark", 0x0B5FB0),
    ("added-row", 0xE1EFFE),
    ("added-word", 0xA9D1FF),
    ("removed-mark", 0x9A4600),
    ("removed-row", 0xFFEEDC),
    ("removed-word", 0xFFC58A),
    ("changed-row", 0xECEEF2),
    ("ok", 0x1A6E3C),
    ("warn", 0x7A5B00),
    ("error", 0xB3261E),
];

/// The dark theme.
pub const DARK: &[Token] = &[
    ("bg", 0x15171C),
    ("panel", 0x1C1F26),
    ("line", 0x333A45),
    ("edge", 0x6B7686),
    ("control", 0x272C35),
    ("hover", 0x22262E),
    ("select", 0x2B3442),
    ("band", 0x20242B),
    ("text", 0xE4E7EB),
    ("muted", 0x9AA4B2),
    ("accent", 0x6CB4FF),
    ("added-mark", 0x6CB4FF),
    ("added-row", 0x12304D),
    ("added-word", 0x1F5690),
    ("removed-mark", 0xFFAB5E),
    ("removed-row", 0x40270F),
    ("removed-word", 0x7D4813),
    ("changed-row", 0x2A2F38),
    ("ok", 0x6FCF97),
    ("warn", 0xE5C04B),
    ("error", 0xFF8A80),
];

const RULES: &str = include_str!("report.css");

/// What the two switches do, and the unfolding of rows. Without it everything is shown, in the reader's own theme.
pub(super) const SCRIPT: &str = include_str!("report.js");

/// The whole style sheet: the reader's theme, unless the switch says another one; paper is always light.
pub(super) fn sheet() -> String {
    let colours = |tokens: &[Token], scheme: &str| {
        let tokens = tokens.iter().map(|(name, colour)| format!("--{name}:#{colour:06x};"));
        format!("{{color-scheme:{scheme};{}}}", tokens.collect::<String>())
    };
    let (light, dark) = (colours(LIGHT, "light"), colours(DARK, "dark"));
    format!(
        ":root{light}\n@media screen{{:root[data-theme=dark]{dark}}}\n\
         @media screen and (prefers-color-scheme:dark){{:root:not([data-theme]){dark}}}\n{RULES}"
    )
}

/// The policy under which a browser shows the report: it loads nothing, sends nothing, and runs its own script only
/// (Content Security Policy Level 3, section 6).
pub(super) fn policy(sheet: &str) -> String {
    let hash = |text: &str| STANDARD.encode(Sha256::digest(text.as_bytes()));
    format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; base-uri 'none'; form-action 'none'",
        hash(sheet),
        hash(SCRIPT)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_themes_have_the_same_names_and_the_rules_use_no_other_colours() {
        let names = |tokens: &[Token]| tokens.iter().map(|(name, _)| *name).collect::<Vec<_>>();
        assert_eq!(names(LIGHT), names(DARK));
        assert!(!RULES.contains('#'), "a colour is a token");
        for used in RULES.split("var(--").skip(1) {
            let name = used.split(')').next().unwrap_or_default();
            assert!(names(LIGHT).contains(&name), "{name} is no token");
        }
        for name in names(LIGHT) {
            assert!(RULES.contains(&format!("var(--{name})")), "{name} is not used");
        }
    }

    #[test]
    fn nothing_in_sheet_or_script_ends_its_element_or_asks_the_network() {
        for text in [&sheet(), SCRIPT] {
            assert!(!text.contains("</") && !text.contains("url(") && !text.contains("http"));
        }
    }
}
