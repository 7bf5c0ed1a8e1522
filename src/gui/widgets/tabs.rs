//! A row of tabs: words only, the selected one stronger and underlined. Fills are kept for state.

use std::borrow::Cow;

use egui::{Align2, Id, Pos2, Rect, Role, Sense, StrokeKind, Ui, Vec2, WidgetInfo};

use super::{
    dropdown::Dropdown,
    paint::{elided, focus_ring, galley, hairline_below, text_at},
    tooltip::tooltip,
};
use crate::gui::{
    text,
    theme::{self, Icon, Theme, space, tokens},
};

/// Gap between the word and its count.
const COUNT_GAP: f32 = 6.0;
/// A cap with a digit, and what it keeps from the words at both its sides.
const CAP: Vec2 = Vec2::new(13.0, 16.0);
const CAP_GAP: f32 = 4.0;

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

#[must_use = "tabs are seen only after `show`"]
pub struct TabRow<'a> {
    tabs: &'a [Tab<'a>],
    selected: Option<usize>,
    rule: bool,
    entry: Option<Id>,
    entry_at: usize,
    list: Option<&'a str>,
}

impl<'a> TabRow<'a> {
    /// `selected` is none while something else (preflight) takes the place of the tabs' contents.
    pub fn new(tabs: &'a [Tab<'a>], selected: Option<usize>) -> Self {
        Self { tabs, selected, rule: true, entry: None, entry_at: 0, list: None }
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

    /// That region is entered at this tab, counted from 0, and not at the first.
    pub fn entry_at(mut self, tab: usize) -> Self {
        self.entry_at = tab;
        self
    }

    /// Where there is no room for the words, one is chosen from a list with this name.
    pub fn or_list(mut self, name: &'a str) -> Self {
        self.list = Some(name);
        self
    }

    /// Returns the tab that was chosen. With the rule, takes the whole width that is left.
    pub fn show(self, ui: &mut Ui) -> Option<usize> {
        let theme = theme::of(ui.ctx());
        let caps = ui.input(|input| input.modifiers.command_only());
        let mut widths: Vec<Widths> = self.tabs.iter().map(|tab| measure(ui, &theme, tab)).collect();
        let gap = self.fit(&mut widths, ui.available_width());
        if let Some(name) = self.list
            && used(&widths, gap) > ui.available_width()
        {
            return self.as_list(ui, name);
        }
        let own = used(&widths, gap);
        let width = if self.rule { ui.available_width().max(own) } else { own };
        // The line of the selected tab stands at the lower edge of what the row shares its place with.
        let most = if self.rule { f32::INFINITY } else { ui.max_rect().height() };
        let height = theme.sizes.tab_row.min(most);
        let (rect, row) = ui.allocate_exact_size(Vec2::new(width, height), Sense::hover());
        if self.rule {
            hairline_below(ui, &theme, rect);
        }
        let mut chosen = None;
        let mut left = rect.left();
        for (index, (tab, widths)) in self.tabs.iter().zip(widths).enumerate() {
            let tab_rect =
                Rect::from_min_size(Pos2::new(left, rect.top()), Vec2::new(widths.all(), rect.height()));
            left += widths.all() + gap;
            // Before the first tab there is none that leaves a gap.
            let before = if index == 0 { CAP_GAP } else { gap };
            let id = self.entry.filter(|_| index == self.entry_at).unwrap_or_else(|| row.id.with(index));
            let response = ui.interact(tab_rect, id, Sense::click());
            if response.clicked() {
                chosen = Some(index);
            }
            let on = self.selected == Some(index);
            let look = Look { widths, before, on, hovered: response.hovered(), caps };
            paint_tab(ui, &theme, tab, tab_rect, &look);
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
            if let Some(shortcut) = &tab.shortcut {
                tooltip(&response, &tab.word, Some(shortcut));
            }
        }
        chosen
    }
}

impl TabRow<'_> {
    /// Gives way where there is little room, and returns the gap between tabs: first the gaps shrink, then the counts of
    /// tabs that are not selected go.
    fn fit(&self, widths: &mut [Widths], room: f32) -> f32 {
        if let Some(first) = widths.first_mut().filter(|first| first.after > 0.0) {
            first.after = first.after.max(CAP.x + CAP_GAP);
        }
        if used(widths, space::L) <= room {
            return space::L;
        }
        for (index, width) in widths.iter_mut().enumerate() {
            if self.selected != Some(index) {
                (width.count, width.after) = (0.0, 0.0);
            }
        }
        space::S
    }

    fn as_list(&self, ui: &mut Ui, name: &str) -> Option<usize> {
        let words = self.tabs.iter().map(|tab| match &tab.count {
            Some(count) => format!("{} {count}", tab.word),
            None => tab.word.clone().into_owned(),
        });
        let words: Vec<String> = words.collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        Dropdown::new(name, &words, self.selected.unwrap_or(usize::MAX)).show(ui)
    }
}

/// What a tab takes up, in points.
#[derive(Clone, Copy)]
struct Widths {
    word: f32,
    /// The count with the gap before it.
    count: f32,
    /// All that is kept free behind the word: the count, or room for the word to move over beside its cap.
    after: f32,
}

impl Widths {
    fn all(self) -> f32 {
        self.word + self.after
    }
}

/// What tabs of these widths take up.
fn used(widths: &[Widths], gap: f32) -> f32 {
    let gaps = gap * widths.len().saturating_sub(1) as f32;
    widths.iter().map(|widths| widths.all()).sum::<f32>() + gaps
}

fn measure(ui: &Ui, theme: &Theme, tab: &Tab<'_>) -> Widths {
    let word = match tab.icon {
        Some(_) => theme.sizes.icon,
        // In the stronger weight, so that selecting a tab does not move its neighbours.
        None => galley(ui.painter(), tab.word.as_ref(), theme.body_strong(), theme.colors.text).size().x,
    };
    let count = tab.count.as_ref().map_or(0.0, |count| {
        galley(ui.painter(), count.as_ref(), theme.small(), theme.colors.muted).size().x + COUNT_GAP
    });
    // With the gap between two tabs, a cap has what it needs.
    let beside_cap = CAP.x + 2.0 * CAP_GAP - space::L;
    let count = count.ceil();
    let after = if tab.digit.is_some() { count.max(beside_cap) } else { count };
    Widths { word: word.ceil(), count, after }
}

/// How a tab is painted.
struct Look {
    widths: Widths,
    /// What is free before the tab.
    before: f32,
    on: bool,
    hovered: bool,
    caps: bool,
}

fn paint_tab(ui: &Ui, theme: &Theme, tab: &Tab<'_>, rect: Rect, look: &Look) {
    let painter = ui.painter();
    let colors = theme.colors;
    let color = if look.on || look.hovered { colors.text } else { colors.muted };
    let middle = rect.center().y;
    let Widths { word, count: count_width, after } = look.widths;
    let cap = tab.digit.as_ref().filter(|_| look.caps);
    // A cap takes the place of the count: the word moves over and no other tab does. Where rows are tight, the end of the
    // word gives way.
    let needed = CAP.x + 2.0 * CAP_GAP - look.before;
    let shift = if cap.is_some() { after.max(needed) } else { 0.0 };
    let from = rect.left() + shift;
    match tab.icon {
        Some(icon) => icon.paint(painter, Pos2::new(from + word / 2.0, middle), theme.sizes.icon, color),
        None => {
            let font = if look.on { theme.body_strong() } else { theme.body() };
            let words = elided(painter, tab.word.as_ref(), font, color, rect.right() - from + 0.5);
            text_at(painter, Pos2::new(from, middle), Align2::LEFT_CENTER, words);
        }
    }
    if let Some(digit) = cap {
        let cap_rect = Align2::RIGHT_CENTER.anchor_size(Pos2::new(from - CAP_GAP, middle), CAP);
        painter.rect(cap_rect, 3.0, colors.panel, theme.hairline(), StrokeKind::Inside);
        let digit = galley(painter, digit.as_ref(), theme.small(), colors.text);
        text_at(painter, cap_rect.center(), Align2::CENTER_CENTER, digit);
    } else if let Some(count) = tab.count.as_ref().filter(|_| count_width > 0.0) {
        let color = if tab.alert { colors.warn } else { colors.muted };
        let count = galley(painter, count.as_ref(), theme.small(), color);
        let right = rect.left() + word + count_width;
        text_at(painter, Pos2::new(right, middle + 0.5), Align2::RIGHT_CENTER, count);
    }
    if look.on {
        let y = rect.bottom() - tokens::RING / 2.0;
        let right = if cap.is_some() { rect.right() } else { rect.left() + word + count_width };
        painter.hline(rect.left()..=right, y, (tokens::RING, colors.accent));
    }
}
