//! One row of a comparison: before at the left, after at the right, and who made the difference.
//!
//! Only painting: rows are data that the view computed when the run changed. A sign and the word fills carry the meaning,
//! colours only support it.

use std::{ops::Range, sync::Arc};

use egui::{Align2, FontId, Galley, Painter, Pos2, Rect, StrokeKind, Vec2, text::CCursor};

use super::paint::{elided, galley, seen, text_at};
use crate::gui::{
    text::WidgetsText,
    theme::{Icon, Theme, space, tokens},
};

/// Gap between the halves.
const GAP: f32 = space::S;
/// Least width of the column of line numbers, in bodies.
const LINE_COLUMN: f32 = 26.0;
/// Between the number of a line and its sign.
const BESIDE_NUMBER: f32 = 2.0;
/// Column of the sign.
const SIGN_COLUMN: f32 = 20.0;
/// From the left edge of its column to the sign.
const SIGN_INSET: f32 = 6.0;
/// Between text, badge and provenance.
const BESIDE: f32 = space::S;
const BADGE_HEIGHT: f32 = 16.0;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DiffKind {
    Same,
    Added,
    Removed,
    Changed,
}

/// The text of one side.
#[derive(Clone, Copy, Debug)]
pub struct DiffSide<'a> {
    /// The number of the line in its body, or the offset of its first byte; headers have none.
    pub line: Option<usize>,
    pub text: &'a str,
    /// The bytes of `text` that differ from the other side. In order, on character boundaries.
    pub words: &'a [Range<usize>],
    /// What cannot be seen in the text, such as that it is only the beginning.
    pub note: Option<&'a str>,
}

/// The column in front of the rows of a body.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Gutter {
    /// None: headers.
    #[default]
    None,
    /// Line numbers of up to so many digits.
    Lines(u8),
    /// Offsets in hexadecimal digits, so many of them.
    Offsets(u8),
}

impl Gutter {
    fn width(self, theme: &Theme) -> f32 {
        let digits = match self {
            Self::None => return 0.0,
            Self::Lines(digits) | Self::Offsets(digits) => f32::from(digits),
        };
        LINE_COLUMN.max((digits * theme.sizes.code * 0.6).ceil() + BESIDE_NUMBER)
    }

    /// Rows of bytes are wide, and nothing in them is prose.
    fn font(self, theme: &Theme) -> FontId {
        match self {
            Self::Offsets(_) => theme.small_code(),
            Self::None | Self::Lines(_) => theme.code(),
        }
    }

    fn number(self, line: usize) -> String {
        match self {
            Self::Offsets(digits) => format!("{line:0width$x}", width = usize::from(digits)),
            Self::None | Self::Lines(_) => line.to_string(),
        }
    }
}

/// Who wrote the row.
#[derive(Clone, Copy, Debug)]
pub struct Provenance<'a> {
    /// `#12`
    pub short: &'a str,
    /// `#12 replace_header_map_value`
    pub full: &'a str,
}

#[derive(Clone, Copy, Debug)]
pub struct DiffRow<'a> {
    pub kind: DiffKind,
    pub before: Option<DiffSide<'a>>,
    pub after: Option<DiffSide<'a>>,
    pub provenance: Option<Provenance<'a>>,
    /// The new neighbour of a header that moved: "after set-cookie".
    pub badge: Option<&'a str>,
    /// Said in a chip where an audience would ask why the value is only dots.
    pub hidden: Option<&'a str>,
    /// The change that F7 stands on.
    pub current: bool,
    pub gutter: Gutter,
    pub pointer: Option<Pos2>,
}

/// Where things of a painted row are, for clicks.
#[derive(Clone, Copy, Debug, Default)]
pub struct DiffHit {
    pub provenance: Option<Rect>,
}

impl DiffRow<'_> {
    /// The row in words.
    #[must_use]
    pub fn spoken(&self, texts: WidgetsText) -> String {
        let words = |side: Option<DiffSide<'_>>| {
            let text = spoken_text(side.map_or("", |side| side.text));
            match side.and_then(|side| side.note) {
                Some(note) => format!("{text} ({note})"),
                None => text.to_owned(),
            }
        };
        let (before, after) = (words(self.before), words(self.after));
        let row = match self.kind {
            DiffKind::Same => texts.diff_same(if self.after.is_some() { &after } else { &before }),
            DiffKind::Added => texts.diff_added(&after),
            DiffKind::Removed => texts.diff_removed(&before),
            DiffKind::Changed => texts.diff_changed(&before, &after),
        };
        let row =
            [self.badge, self.hidden].into_iter().flatten().fold(row, |row, more| format!("{row}, {more}"));
        match self.provenance {
            Some(provenance) => texts.diff_written_by(&row, provenance.full),
            None => row,
        }
    }
}

/// Longest text of a side that is spoken, in bytes.
const SPOKEN: usize = 512;

fn spoken_text(text: &str) -> &str {
    let text = text.trim();
    &text[..text.floor_char_boundary(SPOKEN)]
}

/// Paints before and after beside each other.
pub fn paint_halves(painter: &Painter, theme: &Theme, rect: Rect, row: &DiffRow<'_>) -> DiffHit {
    let width = ((rect.width() - GAP) / 2.0).floor();
    let left = Rect::from_min_size(rect.min, Vec2::new(width, rect.height()));
    let right = Rect::from_min_max(Pos2::new(rect.right() - width, rect.top()), rect.max);
    let mut hit = DiffHit::default();
    half(painter, theme, left, row, row.before.as_ref(), true, None);
    half(painter, theme, right, row, row.after.as_ref(), false, Some(&mut hit));
    finish(painter, theme, rect, row);
    hit
}

/// Paints one side over the whole width; a changed row takes two of these.
pub fn paint_unified(
    painter: &Painter,
    theme: &Theme,
    rect: Rect,
    row: &DiffRow<'_>,
    before: bool,
) -> DiffHit {
    let side = if before { row.before.as_ref() } else { row.after.as_ref() };
    let mut hit = DiffHit::default();
    half(painter, theme, rect, row, side, before, Some(&mut hit));
    finish(painter, theme, rect, row);
    hit
}

fn finish(painter: &Painter, theme: &Theme, rect: Rect, row: &DiffRow<'_>) {
    if row.current {
        painter.rect_stroke(rect, theme.radius(), theme.ring(), StrokeKind::Inside);
    }
}

/// One half: its fill, number, sign, text with word fills, and at its right end the badge and the provenance.
fn half(
    painter: &Painter,
    theme: &Theme,
    rect: Rect,
    row: &DiffRow<'_>,
    side: Option<&DiffSide<'_>>,
    before: bool,
    hit: Option<&mut DiffHit>,
) {
    let colors = theme.colors;
    let font = row.gutter.font(theme);
    let hue = if before { &colors.removed } else { &colors.added };
    let middle = rect.center().y;
    let mut left = rect.left();
    if let Some(side) = side {
        let (fill, sign, sign_color) = match row.kind {
            DiffKind::Same => (None, "", colors.muted),
            DiffKind::Added => (Some(hue.row), "+", hue.mark),
            DiffKind::Removed => (Some(hue.row), "−", hue.mark),
            DiffKind::Changed => (Some(colors.changed_row), "~", colors.muted),
        };
        if let Some(fill) = fill {
            painter.rect_filled(rect, 0.0, fill);
        }
        let gutter = row.gutter.width(theme);
        if let Some(line) = side.line.filter(|_| row.gutter != Gutter::None) {
            let number = galley(painter, row.gutter.number(line), font.clone(), colors.muted);
            text_at(painter, Pos2::new(left + gutter, middle), Align2::RIGHT_CENTER, number);
        }
        left += gutter;
        let sign = galley(painter, sign, theme.code_strong(), sign_color);
        text_at(painter, Pos2::new(left + SIGN_INSET, middle), Align2::LEFT_CENTER, sign);
        left += SIGN_COLUMN;
    }
    let mut ends = rect.right() - BESIDE;
    let wants = side.map_or(0.0, |side| {
        galley(painter, seen(side.text, rect.width()), font.clone(), colors.text).size().x
    });
    if let Some(hit) = hit {
        let room = ends - left - wants - BESIDE;
        ends = beside(painter, theme, row, Pos2::new(ends, middle), room, hit);
    }
    if let Some(note) = side.and_then(|side| side.note) {
        let note = galley(painter, note, theme.small(), colors.muted);
        let shown = text_at(painter, Pos2::new(ends, middle), Align2::RIGHT_CENTER, note);
        ends = shown.left() - BESIDE;
    }
    if let Some(side) = side {
        let words = elided(painter, seen(side.text, rect.width()), font, colors.text, ends - left);
        paint_words(painter, theme, rect, left, row.kind, side, &words, hue.word);
        text_at(painter, Pos2::new(left, middle), Align2::LEFT_CENTER, words);
    }
}

/// The fills behind the words that differ: rounded, and two points less high than the row.
#[expect(clippy::too_many_arguments, reason = "one call, and each is one fact about the row")]
fn paint_words(
    painter: &Painter,
    theme: &Theme,
    rect: Rect,
    left: f32,
    kind: DiffKind,
    side: &DiffSide<'_>,
    words: &Arc<Galley>,
    fill: egui::Color32,
) {
    if kind == DiffKind::Same {
        return;
    }
    let x = |byte: usize| {
        let chars = side.text.get(..byte).map_or(0, |text| text.chars().count());
        left + words.pos_from_cursor(CCursor::new(chars)).min.x
    };
    // No higher than a dense row, so that fills do not swell with presentation's rows.
    let height = rect.height().min(theme.sizes.code * 1.5) - 2.0;
    for word in side.words {
        let (from, to) = (x(word.start), x(word.end));
        let word = Rect::from_center_size(
            Pos2::new((from + to) / 2.0, rect.center().y),
            Vec2::new(to - from, height),
        );
        painter.rect_filled(word, tokens::FILL_RADIUS, fill);
    }
}

/// Badge and provenance, right-aligned at `end`, in as many words as fit into `room` beside the text: all, then the call's
/// number, then the badge as its icon alone. Returns where the text has to end.
fn beside(
    painter: &Painter,
    theme: &Theme,
    row: &DiffRow<'_>,
    end: Pos2,
    room: f32,
    hit: &mut DiffHit,
) -> f32 {
    let muted = theme.colors.muted;
    let small = |text: &str, color| galley(painter, text, theme.small(), color);
    let words = row.badge.map_or(0.0, |badge| small(badge, muted).size().x + BADGE_PADDING);
    let icon = if row.badge.is_some() { BADGE_ICON + BADGE_PADDING + BESIDE } else { 0.0 };
    let mut right = end.x;
    let mut left_over = room - icon;
    if let Some(words) = row.hidden {
        let chip = paint_hidden(painter, theme, Pos2::new(right, end.y), words);
        right = chip.left() - BESIDE;
        left_over -= chip.width() + BESIDE;
    }
    if let Some(provenance) = row.provenance {
        let full = small(provenance.full, muted).size().x + BESIDE;
        let text = if full + words <= left_over { provenance.full } else { provenance.short };
        let mut shown = small(text, muted);
        let rect = Align2::RIGHT_CENTER.anchor_size(Pos2::new(right, end.y), shown.size());
        if row.pointer.is_some_and(|pointer| rect.contains(pointer)) {
            shown = small(text, theme.colors.accent);
            painter.hline(rect.x_range(), rect.bottom() - 1.0, (tokens::LINE, theme.colors.accent));
        }
        text_at(painter, Pos2::new(right, end.y), Align2::RIGHT_CENTER, shown);
        hit.provenance = Some(rect);
        right = rect.left() - BESIDE;
        left_over -= rect.width() + BESIDE;
    }
    if let Some(badge) = row.badge {
        let words = (words <= left_over).then(|| small(badge, muted));
        let width =
            BADGE_ICON + BADGE_PADDING + words.as_ref().map_or(0.0, |words| words.size().x + BADGE_PADDING);
        let rect = Align2::RIGHT_CENTER.anchor_size(Pos2::new(right, end.y), Vec2::new(width, BADGE_HEIGHT));
        painter.rect_stroke(rect, theme.radius(), theme.hairline(), StrokeKind::Inside);
        let icon = Pos2::new(rect.left() + (BADGE_ICON + BADGE_PADDING) / 2.0, end.y);
        Icon::Moved.paint(painter, icon, BADGE_ICON - 3.0, muted);
        if let Some(words) = words {
            let right = Pos2::new(rect.right() - BADGE_PADDING, end.y);
            text_at(painter, right, Align2::RIGHT_CENTER, words);
        }
        right = rect.left() - BESIDE;
    }
    right
}

/// The chip of a hidden value, with its right end at `end`.
fn paint_hidden(painter: &Painter, theme: &Theme, end: Pos2, words: &str) -> Rect {
    let muted = theme.colors.muted;
    let words = galley(painter, words, theme.small(), muted);
    let icon = theme.sizes.icon;
    let size = Vec2::new(icon + words.size().x + 3.0 * BADGE_PADDING + 2.0, theme.sizes.chip);
    let rect = Align2::RIGHT_CENTER.anchor_size(end, size);
    painter.rect_stroke(rect, theme.radius(), theme.hairline(), StrokeKind::Inside);
    let left = Pos2::new(rect.left() + BADGE_PADDING + 1.0 + icon / 2.0, end.y);
    Icon::EyeOff.paint(painter, left, icon, muted);
    let right = Pos2::new(rect.right() - BADGE_PADDING - 1.0, end.y);
    text_at(painter, right, Align2::RIGHT_CENTER, words);
    rect
}

const BADGE_ICON: f32 = 14.0;
const BADGE_PADDING: f32 = 4.0;
