//! The bundled fonts and the four families made of them.

use std::sync::{Arc, LazyLock};

use egui::{FontData, FontDefinitions, FontFamily, FontTweak};

const INTER: &[u8] = include_bytes!("../../../assets/fonts/Inter-Regular.otf");
const INTER_STRONG: &[u8] = include_bytes!("../../../assets/fonts/Inter-SemiBold.otf");
const MONO: &[u8] = include_bytes!("../../../assets/fonts/JetBrainsMono-Regular.ttf");
const MONO_STRONG: &[u8] = include_bytes!("../../../assets/fonts/JetBrainsMono-SemiBold.ttf");
#[expect(clippy::large_include_file, reason = "Chinese must be drawn on machines that have no Chinese font")]
const CHINESE: &[u8] = include_bytes!("../../../assets/fonts/NotoSansSC-Regular.otf");

/// Semibold interface text. Chinese stays regular: a second weight is not bundled and a faked one looks it.
static STRONG: LazyLock<FontFamily> = LazyLock::new(|| FontFamily::Name("ui-strong".into()));
/// Semibold code.
static CODE_STRONG: LazyLock<FontFamily> = LazyLock::new(|| FontFamily::Name("code-strong".into()));

#[must_use]
pub fn strong_family() -> FontFamily {
    STRONG.clone()
}

#[must_use]
pub fn code_strong_family() -> FontFamily {
    CODE_STRONG.clone()
}

/// What [`super::install`] hands to egui. Public so that a test harness can build the same.
#[must_use]
pub fn definitions() -> FontDefinitions {
    // Keeps egui's Hack, which has the arrows and shapes the others lack, and its few icons.
    let mut fonts = FontDefinitions::default();
    for (name, bytes, y_offset_factor) in [
        ("Inter", INTER, 0.0),
        ("Inter-SemiBold", INTER_STRONG, 0.0),
        ("JetBrainsMono", MONO, 0.0),
        ("JetBrainsMono-SemiBold", MONO_STRONG, 0.0),
        // egui centres a fallback face in the row; this puts it on the baseline of the other two instead.
        ("NotoSansSC", CHINESE, -0.074),
    ] {
        let tweak = FontTweak { y_offset_factor, ..FontTweak::default() };
        fonts.font_data.insert(name.to_owned(), Arc::new(FontData::from_static(bytes).tweak(tweak)));
    }
    let chain = |first: &str| [first, "NotoSansSC", "Hack", "egui-icons"].map(str::to_owned).to_vec();
    fonts.families.insert(FontFamily::Proportional, chain("Inter"));
    fonts.families.insert(strong_family(), chain("Inter-SemiBold"));
    fonts.families.insert(FontFamily::Monospace, chain("JetBrainsMono"));
    fonts.families.insert(code_strong_family(), chain("JetBrainsMono-SemiBold"));
    // Nothing falls back to it any more.
    fonts.font_data.remove("Ubuntu-Light");
    fonts
}

#[cfg(test)]
mod tests {
    use egui::{Context, FontId, RawInput, epaint::text::MissingGlyphPolicy};

    use super::*;

    /// Lays out every character that our own texts use in all four families; egui panics on one it has no glyph for.
    #[test]
    fn every_character_of_our_texts_has_a_glyph() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/gui");
        let mut chars = std::collections::BTreeSet::new();
        let mut folders = vec![std::path::PathBuf::from(folder)];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).expect("the source tree is readable").flatten() {
                let path = entry.path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    chars.extend(std::fs::read_to_string(path).unwrap_or_default().chars());
                }
            }
        }
        let text: String = chars.into_iter().filter(|c| !c.is_control()).collect();
        assert!(text.contains('筛'), "the Chinese texts were read");

        let ctx = Context::default();
        ctx.set_fonts(definitions());
        ctx.set_missing_glyph_policy(MissingGlyphPolicy::Panic);
        let families =
            [FontFamily::Proportional, strong_family(), FontFamily::Monospace, code_strong_family()];
        let mut output = ctx.run_ui(RawInput::default(), |ui| {
            for family in &families {
                drop(ui.painter().layout_no_wrap(
                    text.clone(),
                    FontId::new(14.0, family.clone()),
                    egui::Color32::PLACEHOLDER,
                ));
            }
        });
        output.textures_delta.clear();
    }
}
