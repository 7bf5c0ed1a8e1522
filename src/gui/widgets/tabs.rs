//! A row of tabs: words only, the selected one stronger and underlined. Fills are kept for state.

use std::borrow::Cow;

use egui::{Align2, Id, Pos2, Rect, Role, Sense, StrokeKind, Ui, Vec2, WidgetInfo};

use super::{
    paint::{elided, focus_ring, galley, hairline_below, text_at},
    tooltip::tooltip,
};
use crate::gui::{
    text,
    theme::{self, Icon, Theme, space, tokens},
};

/// Gap between the word and its count.
const COUNT_GAP: f32 = 6.0;
/// A cap narrow enough for the gap before a tab that has no count to replace.
const CAP: Vec2 = Vec2::new(13.0, 16.0);

/// One tab.
#[derive(Clone, Debug, Default)]
pub struct Tab<'a> {
    pub word: Cow<'a, str>,
    /// Shown instead of the word.
    pub icon: Option<Icon>,
    pub count: Option<Cow<'a, str>>,
    /// The count is a warning: findings.
    pub alert: bool,
    /// The digit that selects it together with Ctrl, and the whole shortcut for the tooltip.
    pub digit: Option<Cow<'a, str>>,
    pub shortcut: Option<Cow<'a, str>>,
}

impl<'a> Tab<'a> {
    #[must_use]
    pub fn new(word: impl Into<Cow<'a, str>>) -> Self {
        Self { word: word.into(), ..Self::default() }
    }
}

/// Least width of a tab's word where there is no room for it, in points.
const LEAST: f32 = 24.0;

#[must_use = "tabs are seen only after `show`"]
pub struct TabRow<'a> {
    tabs: &'a [Tab<'a>],
    selected: Option<usize>,
    rule: bool,
    entry: Option<Id>,
}

impl<'a> TabRow<'a> {
    /// `selected` is none while something else (preflight) takes the place of the tabs' contents.
    pub fn new(tabs: &'a [Tab<'a>], selected: Option<usize>) -> Self {
        Self { tabs, selected, rule: true, entry: None }
    }

    /// Without the hairline beneath, for a row that shares its line with other controls.
    pub fn no_rule(mut self) -> Self {
        self.rule = false;
        self
    }

    /// The id of the first tab, for a region that the keyboard enters there.
    pub fn entry(mut self, id: Id) -> Self {
        self.entry = Some(id);
        self
    }

    /// Returns the tab that was chosen. With the rule, takes the whole width that is left.
    pub fn show(self, ui: &mut Ui) -> Option<usize> {
        let theme = theme::of(ui.ctx());
        let caps = ui.input(|input| input.modifiers.command_only());
        let mut widths: Vec<(f32, f32)> = self.tabs.iter().map(|tab| measure(ui, &theme, tab)).collect();
        let gap = self.fit(&mut widths, ui.available_width());
        let gaps = gap * self.tabs.len().saturating_sub(1) as f32;
        let own = widths.iter().map(|(word, count)| word + count).sum::<f32>() + gaps;
        let width = if self.rule { ui.available_width().max(own) } else { own };
        let (rect, row) = ui.allocate_exact_size(Vec2::new(width, theme.sizes.tab_row), Sense::hover());
        if self.rule {
            hairline_below(ui, &theme, rect);
        }
        let mut chosen = None;
        let mut left = rect.left();
        for (index, (tab, (word, count))) in self.tabs.iter().zip(widths).enumerate() {
            let tab_rect =
                Rect::from_min_size(Pos2::new(left, rect.top()), Vec2::new(word + count, rect.height()));
            left += word + count + gap;
            let id = self.entry.filter(|_| index == 0).unwrap_or_else(|| row.id.with(index));
            let response = ui.interact(tab_rect, id, Sense::click());
            if response.clicked() {
                chosen = Some(index);
            }
            let on = self.selected == Some(index);
            let is_cut = paint_tab(ui, &theme, tab, tab_rect, word, count, on, response.hovered(), caps);
            if response.has_focus() {
                let inside = tab_rect.shrink2(Vec2::new(0.0, 6.0)).expand2(Vec2::new(2.0, 0.0));
                focus_ring(ui.painter(), &theme, inside, tokens::RADIUS);
            }
            let texts = text::of(ui.ctx());
            let name = match &tab.count {
                Some(count) => texts.widgets.tab(&tab.word, count),
                None => tab.word.clone().into_owned(),
            };
            response.widget_info(|| WidgetInfo::selected(Role::Tab, true, on, &name));
            if tab.shortcut.is_some() || is_cut {
                tooltip(&response, &tab.word, tab.shortcut.as_deref());
            }
        }
        chosen
    }
}

impl TabRow<'_> {
    /// Makes the tabs fit the room, and returns the gap between them: first the gaps give way, then the counts of tabs that
    /// are not selected, then the words, the longest first.
    fn fit(&self, widths: &mut [(f32, f32)], room: f32) -> f32 {
        let used = |widths: &[(f32, f32)], gap: f32| {
            let gaps = gap * widths.len().saturating_sub(1) as f32;
            widths.iter().map(|(word, count)| word + count).sum::<f32>() + gaps
        };
        if used(widths, space::L) <= room {
            return space::L;
        }
        let gap = space::S;
        for (index, width) in widths.iter_mut().enumerate() {
            if self.selected != Some(index) {
                width.1 = 0.0;
            }
        }
        let mut over = used(widths, gap) - room;
        while over > 0.5 {
            let Some(longest) = widths.iter_mut().max_by(|a, b| a.0.total_cmp(&b.0)) else { break };
            if longest.0 <= LEAST {
                break;
            }
            let step = over.min(4.0).min(longest.0 - LEAST);
            longest.0 -= step;
            over -= step;
        }
        gap
    }
}

/// The widths of the word and of its count with the gap before it.
fn measure(ui: &Ui, theme: &Theme, tab: &Tab<'_>) -> (f32, f32) {
    let word = match tab.icon {
        Some(_) => theme.sizes.icon,
        // In the stronger weight, so that selecting a tab does not move its neighbours.
        None => galley(ui.painter(), tab.word.as_ref(), theme.body_strong(), theme.colors.text).size().x,
    };
    let count = tab.count.as_ref().map_or(0.0, |count| {
        galley(ui.painter(), count.as_ref(), theme.small(), theme.colors.muted).size().x + COUNT_GAP
    });
    (word.ceil(), count.ceil())
}

#[expect(clippy::too_many_arguments, reason = "one call, and each is one fact about the tab")]
fn paint_tab(
    ui: &Ui,
    theme: &Theme,
    tab: &Tab<'_>,
    rect: Rect,
    word: f32,
    count_width: f32,
    on: bool,
    hovered: bool,
    caps: bool,
) -> bool {
    let mut is_cut = false;
    let painter = ui.painter();
    let colors = theme.colors;
    let color = if on || hovered { colors.text } else { colors.muted };
    let middle = rect.center().y;
    let cap = tab.digit.as_ref().filter(|_| caps);
    // A cap takes the place of the count: the word moves over and nothing else does.
    let shift = if cap.is_some() && tab.count.is_some() { (rect.width() - word).max(0.0) } else { 0.0 };
    match tab.icon {
        Some(icon) => {
            icon.paint(painter, Pos2::new(rect.left() + word / 2.0, middle), theme.sizes.icon, color);
        }
        None => {
            let font = if on { theme.body_strong() } else { theme.body() };
            let words = elided(painter, tab.word.as_ref(), font, color, word + 1.0);
            is_cut = words.elided;
            text_at(painter, Pos2::new(rect.left() + shift, middle), Align2::LEFT_CENTER, words);
        }
    }
    if let Some(digit) = cap {
        let right = rect.left() + shift - 2.0;
        let cap_rect = Align2::RIGHT_CENTER.anchor_size(Pos2::new(right, middle), CAP);
        painter.rect(cap_rect, 3.0, colors.panel, theme.hairline(), StrokeKind::Inside);
        let digit = galley(painter, digit.as_ref(), theme.small(), colors.text);
        text_at(painter, cap_rect.center(), Align2::CENTER_CENTER, digit);
    } else if let Some(count) = tab.count.as_ref().filter(|_| count_width > 0.0) {
        let color = if tab.alert { colors.warn } else { colors.muted };
        let count = galley(painter, count.as_ref(), theme.small(), color);
        text_at(painter, Pos2::new(rect.right(), middle + 0.5), Align2::RIGHT_CENTER, count);
    }
    if on {
        let y = rect.bottom() - tokens::RING / 2.0;
        painter.hline(rect.x_range(), y, (tokens::RING, colors.accent));
    }
    is_cut
}
