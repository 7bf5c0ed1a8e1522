//! The token table: every colour and size of the window, in one place.
//!
//! Nothing outside this file names a colour. [`LIGHT`], [`DARK`] and [`HIGH_CONTRAST`] fill the same [`Palette`];
//! [`NORMAL`] and [`PRESENTATION`] fill the same [`Sizes`]. The tests below hold every text colour to a contrast of at
//! least 4.5:1 on each background it is used on, and the borders of controls to 3:1.

use egui::Color32;

/// The three colours of one side of a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DiffHue {
    /// The sign in front of a row, and bars that stand for this side.
    pub mark: Color32,
    /// Fill of a whole row.
    pub row: Color32,
    /// Fill behind the words that differ. Only [`Palette::text`] is used on it.
    pub word: Color32,
}

/// Pictures keep their colours.
pub const UNTINTED: Color32 = rgb(0xFFFFFF);

/// The colours of one theme. Names say what a colour is for, never which colour it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Palette {
    /// Whether egui's own dark defaults fit beneath it.
    pub is_dark: bool,
    /// Behind the centre.
    pub bg: Color32,
    /// Behind bars, side panels, cards and popups.
    pub panel: Color32,
    /// Inside fields, grids and boxes that hold text.
    pub sunk: Color32,
    /// Hairlines. Decoration only: never the sole border of a control.
    pub line: Color32,
    /// Borders of fields and boxes, at least 3:1.
    pub edge: Color32,
    /// Fill of a button at rest.
    pub control: Color32,
    /// Fill of a row or button under the pointer.
    pub hover: Color32,
    /// Fill of a selected row or a switched-on chip. Neutral on purpose: blue would read as "added".
    pub select: Color32,
    /// A stretch of the timeline in which only the virtual clock moves.
    pub band: Color32,
    pub text: Color32,
    /// Second-rank text: facts, labels, summaries.
    pub muted: Color32,
    /// Links, the main button, selected tabs.
    pub accent: Color32,
    /// Text on a fill of [`Palette::accent`].
    pub on_accent: Color32,
    /// The ring around what has the keyboard.
    pub focus: Color32,
    /// What the filter added: the "after" side.
    pub added: DiffHue,
    /// What the filter removed: the "before" side.
    pub removed: DiffHue,
    /// Fill of a row whose words differ. Neutral, the words carry the two hues.
    pub changed_row: Color32,
    pub ok: Color32,
    pub warn: Color32,
    pub error: Color32,
    /// Laid over the window while the palette is open.
    pub scrim: Color32,
}

const fn rgb(hex: u32) -> Color32 {
    Color32::from_rgb((hex >> 16) as u8, (hex >> 8) as u8, hex as u8)
}

const fn rgba(hex: u32, alpha: u8) -> Color32 {
    Color32::from_rgba_unmultiplied_const((hex >> 16) as u8, (hex >> 8) as u8, hex as u8, alpha)
}

const fn hue(mark: u32, row: u32, word: u32) -> DiffHue {
    DiffHue { mark: rgb(mark), row: rgb(row), word: rgb(word) }
}

pub const LIGHT: Palette = Palette {
    is_dark: false,
    bg: rgb(0xFFFFFF),
    panel: rgb(0xF5F6F8),
    sunk: rgb(0xFFFFFF),
    line: rgb(0xD9DDE3),
    edge: rgb(0x868F9B),
    control: rgb(0xFFFFFF),
    hover: rgb(0xEEF0F3),
    select: rgb(0xE3E9F2),
    band: rgb(0xEEF0F3),
    text: rgb(0x1B1F24),
    muted: rgb(0x57606A),
    accent: rgb(0x0B5FB0),
    on_accent: rgb(0xFFFFFF),
    focus: rgb(0x0B5FB0),
    added: hue(0x0B5FB0, 0xE1EFFE, 0xA9D1FF),
    removed: hue(0x9A4600, 0xFFEEDC, 0xFFC58A),
    changed_row: rgb(0xECEEF2),
    ok: rgb(0x1A6E3C),
    warn: rgb(0x7A5B00),
    error: rgb(0xB3261E),
    scrim: rgba(0x1B1F24, 97),
};

pub const DARK: Palette = Palette {
    is_dark: true,
    bg: rgb(0x15171C),
    panel: rgb(0x1C1F26),
    sunk: rgb(0x101216),
    line: rgb(0x333A45),
    edge: rgb(0x6B7686),
    control: rgb(0x272C35),
    hover: rgb(0x22262E),
    select: rgb(0x2B3442),
    band: rgb(0x20242B),
    text: rgb(0xE4E7EB),
    muted: rgb(0x9AA4B2),
    accent: rgb(0x6CB4FF),
    on_accent: rgb(0x15171C),
    focus: rgb(0x6CB4FF),
    added: hue(0x6CB4FF, 0x12304D, 0x1F5690),
    removed: hue(0xFFAB5E, 0x40270F, 0x7D4813),
    changed_row: rgb(0x2A2F38),
    ok: rgb(0x6FCF97),
    warn: rgb(0xE5C04B),
    error: rgb(0xFF8A80),
    scrim: rgba(0x08090C, 158),
};

pub const HIGH_CONTRAST: Palette = Palette {
    is_dark: true,
    bg: rgb(0x000000),
    panel: rgb(0x000000),
    sunk: rgb(0x000000),
    line: rgb(0xFFFFFF),
    edge: rgb(0xFFFFFF),
    control: rgb(0x000000),
    hover: rgb(0x1F1F1F),
    select: rgb(0x333333),
    band: rgb(0x262626),
    text: rgb(0xFFFFFF),
    muted: rgb(0xD0D7DE),
    accent: rgb(0x7CC4FF),
    on_accent: rgb(0x000000),
    focus: rgb(0xFFD75E),
    added: hue(0x7CC4FF, 0x00264D, 0x004A93),
    removed: hue(0xFFB874, 0x3D2000, 0x6E3B00),
    changed_row: rgb(0x262626),
    ok: rgb(0x7EE2A8),
    warn: rgb(0xFFD75E),
    error: rgb(0xFFB3AB),
    scrim: rgba(0x000000, 179),
};

/// Gaps, in points. No other distances are used between things.
pub mod space {
    pub const XXS: f32 = 2.0;
    pub const XS: f32 = 4.0;
    pub const S: f32 = 8.0;
    pub const M: f32 = 12.0;
    pub const L: f32 = 16.0;
    pub const XL: f32 = 24.0;
}

/// Corner radius of controls, in points.
pub const RADIUS: u8 = 4;
/// Corner radius of cards and the palette, in points.
pub const CARD_RADIUS: u8 = 8;
/// Corner radius of word fills and bars, in points.
pub const FILL_RADIUS: u8 = 2;
/// Width of hairlines and borders, in points.
pub const LINE: f32 = 1.0;
/// Width of the focus ring and of the line beneath a selected tab, in points.
pub const RING: f32 = 2.0;
/// Distance between a control's border and its focus ring, in points.
pub const RING_OFFSET: f32 = 1.0;
/// How long a state change takes, in seconds; 0 when motion is reduced.
pub const ANIMATION_SECONDS: f32 = 0.12;
/// Line height of prose, as a multiple of the type size.
pub const PROSE_LINE_HEIGHT: f32 = 1.35;
/// Opacity of an old result while its successor is being made.
pub const STALE_OPACITY: f32 = 0.6;

/// Sizes that change with presentation mode, in points before zoom.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sizes {
    pub small: f32,
    pub code: f32,
    pub body: f32,
    pub section: f32,
    pub title: f32,
    /// Height of a list row.
    pub row: f32,
    /// Height of a diff row, and of rows in tight lists.
    pub dense_row: f32,
    /// Height of a scenario row and of a header grid's row.
    pub grid_row: f32,
    /// Height of buttons and single-line fields.
    pub control: f32,
    /// Height of chips.
    pub chip: f32,
    /// Line pitch of the body editor.
    pub code_line: f32,
    pub palette_row: f32,
    pub recent_row: f32,
    pub top_bar: f32,
    pub tab_row: f32,
    pub status_bar: f32,
    pub section_head: f32,
    /// Padding at the sides of panels.
    pub side: f32,
    /// Icon box.
    pub icon: f32,
}

pub const NORMAL: Sizes = Sizes {
    small: 12.0,
    code: 13.0,
    body: 14.0,
    section: 14.0,
    title: 18.0,
    row: 22.0,
    dense_row: 20.0,
    grid_row: 24.0,
    control: 24.0,
    chip: 20.0,
    code_line: 18.0,
    palette_row: 30.0,
    recent_row: 28.0,
    top_bar: 40.0,
    tab_row: 34.0,
    status_bar: 26.0,
    section_head: 26.0,
    side: 12.0,
    icon: 14.0,
};

/// Read at 150 % zoom from the back of a room: the smallest text is 14 × 1.5 = 21 pixels.
pub const PRESENTATION: Sizes = Sizes {
    small: 14.0,
    code: 15.0,
    body: 16.0,
    section: 16.0,
    title: 18.0,
    row: 30.0,
    dense_row: 30.0,
    grid_row: 30.0,
    control: 28.0,
    chip: 24.0,
    code_line: 22.0,
    palette_row: 34.0,
    recent_row: 32.0,
    top_bar: 48.0,
    tab_row: 38.0,
    status_bar: 60.0,
    section_head: 32.0,
    side: 24.0,
    icon: 16.0,
};

/// Widths of the window's parts, in points.
pub mod width {
    pub const LEFT: f32 = 320.0;
    pub const LEFT_MIN: f32 = 240.0;
    pub const LEFT_MAX: f32 = 520.0;
    /// The left panel when folded.
    pub const RAIL: f32 = 32.0;
    /// Below this window width the left panel becomes a drawer.
    pub const DRAWER_BELOW: f32 = 900.0;
    /// The same where the centre has a panel of its own beside its rows.
    pub const DETAIL_DRAWER_BELOW: f32 = 1420.0;
    pub const DETAIL: f32 = 360.0;
    pub const DETAIL_MIN: f32 = 300.0;
    pub const DETAIL_MAX: f32 = 480.0;
    pub const PALETTE: f32 = 640.0;
    pub const EMPTY_COLUMN: f32 = 920.0;
}

/// Heights of the window's parts, in points.
pub mod height {
    /// Logs and findings, unfolded at first.
    pub const LOWER: f32 = 150.0;
    /// The same with findings to read, but no more than half of what there is.
    pub const FINDINGS: f32 = 280.0;
    pub const LOWER_MIN: f32 = 80.0;
    pub const LOWER_MAX: f32 = 500.0;
    /// Logs and findings, folded.
    pub const LOWER_HEAD: f32 = 33.0;
    pub const STORY: f32 = 66.0;
    pub const FOOTER: f32 = 34.0;
}

/// The ratio of luminances of two opaque colours as WCAG 2 defines it, from 1 to 21.
#[must_use]
pub fn contrast(a: Color32, b: Color32) -> f32 {
    let luminance = |color: Color32| {
        let linear = |channel: u8| {
            let c = f32::from(channel) / 255.0;
            if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * linear(color.r()) + 0.7152 * linear(color.g()) + 0.0722 * linear(color.b())
    };
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

#[cfg(test)]
mod tests {
    use super::*;

    const THEMES: [(&str, Palette); 3] = [("light", LIGHT), ("dark", DARK), ("high contrast", HIGH_CONTRAST)];

    #[track_caller]
    fn at_least(theme: &str, least: f32, front: (&str, Color32), back: (&str, Color32)) {
        let ratio = contrast(front.1, back.1);
        assert!(ratio >= least, "{theme}: {} on {} is {ratio:.2}:1, needs {least}:1", front.0, back.0);
    }

    /// Everything that ordinary text is painted on.
    fn surfaces(p: &Palette) -> [(&'static str, Color32); 7] {
        [
            ("bg", p.bg),
            ("panel", p.panel),
            ("sunk", p.sunk),
            ("control", p.control),
            ("hover", p.hover),
            ("select", p.select),
            ("band", p.band),
        ]
    }

    #[test]
    fn text_is_readable_on_every_surface() {
        for (theme, p) in THEMES {
            let texts = [
                ("text", p.text),
                ("muted", p.muted),
                ("accent", p.accent),
                ("ok", p.ok),
                ("warn", p.warn),
                ("error", p.error),
            ];
            for front in texts {
                for back in surfaces(&p) {
                    at_least(theme, 4.5, front, back);
                }
            }
            at_least(theme, 4.5, ("on_accent", p.on_accent), ("accent", p.accent));
        }
    }

    #[test]
    fn diff_rows_are_readable() {
        for (theme, p) in THEMES {
            let rows =
                [("added row", p.added.row), ("removed row", p.removed.row), ("changed row", p.changed_row)];
            for back in rows {
                for front in [("text", p.text), ("muted", p.muted), ("accent (hovered provenance)", p.accent)]
                {
                    at_least(theme, 4.5, front, back);
                }
            }
            for back in [("added word", p.added.word), ("removed word", p.removed.word)] {
                at_least(theme, 4.5, ("text", p.text), back);
            }
            for (side, hue) in [("added", p.added), ("removed", p.removed)] {
                for back in [("its row", hue.row), ("bg", p.bg), ("panel", p.panel)] {
                    at_least(theme, 4.5, (side, hue.mark), back);
                }
            }
        }
    }

    #[test]
    fn borders_and_the_focus_ring_stand_out() {
        for (theme, p) in THEMES {
            for back in [("bg", p.bg), ("panel", p.panel), ("sunk", p.sunk), ("control", p.control)] {
                at_least(theme, 3.0, ("edge", p.edge), back);
                at_least(theme, 3.0, ("focus", p.focus), back);
            }
            for back in [("select", p.select), ("hover", p.hover), ("changed row", p.changed_row)] {
                at_least(theme, 3.0, ("focus", p.focus), back);
            }
        }
    }

    #[test]
    fn presentation_reaches_twenty_pixels_at_one_and_a_half() {
        for size in [PRESENTATION.small, PRESENTATION.code, PRESENTATION.body, PRESENTATION.section] {
            assert!(size * 1.5 >= 20.0, "{size} × 1.5 is under 20 px");
        }
    }
}
