//! Check boxes, chips and segmented switches.

use egui::{Align2, CornerRadius, Pos2, Rect, Response, Role, Sense, StrokeKind, Ui, Vec2, WidgetInfo};

use super::paint::{focus_ring, galley, text_at};
use crate::gui::theme::{self, Icon, Theme, space, tokens};

/// Side of a check box.
const BOX: f32 = 14.0;
const BOX_RADIUS: u8 = 3;

/// A box to tick, with its label.
#[must_use = "a check box is seen only after `show`"]
pub struct CheckBox<'a> {
    on: &'a mut bool,
    label: &'a str,
    small: bool,
    hidden_label: bool,
}

impl<'a> CheckBox<'a> {
    pub fn new(on: &'a mut bool, label: &'a str) -> Self {
        Self { on, label, small: false, hidden_label: false }
    }

    /// With small text, as in tab rows and toolbars.
    pub fn small(mut self) -> Self {
        self.small = true;
        self
    }

    /// Without visible words: the label is only spoken. For grids, where the row says it.
    pub fn hidden_label(mut self) -> Self {
        self.hidden_label = true;
        self
    }

    pub fn show(self, ui: &mut Ui) -> Response {
        let theme = theme::of(ui.ctx());
        let font = if self.small { theme.small() } else { theme.body() };
        let words = (!self.hidden_label).then(|| galley(ui.painter(), self.label, font, theme.colors.text));
        let width = BOX + words.as_ref().map_or(0.0, |words| words.size().x + space::XS + 1.0);
        let (rect, mut response) =
            ui.allocate_exact_size(Vec2::new(width, theme.sizes.control), Sense::click());
        if response.clicked() {
            *self.on = !*self.on;
            response.mark_changed();
        }
        let box_rect = box_at(rect.left_center());
        paint_box(ui, &theme, box_rect, *self.on, response.hovered());
        if let Some(words) = words {
            text_at(ui.painter(), rect.right_center(), Align2::RIGHT_CENTER, words);
        }
        if response.has_focus() {
            focus_ring(ui.painter(), &theme, box_rect, BOX_RADIUS);
        }
        let on = *self.on;
        response.widget_info(|| WidgetInfo::selected(Role::CheckBox, true, on, self.label));
        response
    }
}

fn box_at(left: Pos2) -> Rect {
    Align2::LEFT_CENTER.anchor_size(left, Vec2::splat(BOX))
}

/// Paints the box alone; the header grid has its own place for it.
pub(super) fn paint_box(ui: &Ui, theme: &Theme, rect: Rect, on: bool, hovered: bool) {
    let painter = ui.painter();
    if on {
        painter.rect_filled(rect, BOX_RADIUS, theme.colors.accent);
        Icon::Check.paint(painter, rect.center(), BOX - 3.0, theme.colors.on_accent);
    } else {
        let fill = if hovered { theme.colors.hover } else { egui::Color32::TRANSPARENT };
        painter.rect(rect, BOX_RADIUS, fill, theme.edge(), StrokeKind::Inside);
    }
}

/// A switch of a word: filled when on, outlined when off.
#[must_use = "a chip is seen only after `show`"]
pub struct Chip<'a> {
    on: &'a mut bool,
    word: &'a str,
    name: &'a str,
}

impl<'a> Chip<'a> {
    /// `name` is what a screen reader says, since the word alone ("Warn") says too little.
    pub fn new(on: &'a mut bool, word: &'a str, name: &'a str) -> Self {
        Self { on, word, name }
    }

    pub fn show(self, ui: &mut Ui) -> Response {
        let theme = theme::of(ui.ctx());
        let measure = galley(ui.painter(), self.word, theme.small(), theme.colors.text).size();
        let size = Vec2::new((measure.x + 2.0 * (space::S - 1.0)).ceil(), theme.sizes.chip);
        let (rect, mut response) = ui.allocate_exact_size(size, Sense::click());
        if response.clicked() {
            *self.on = !*self.on;
            response.mark_changed();
        }
        let on = *self.on;
        let colors = theme.colors;
        let fill = match (on, response.hovered()) {
            (true, _) => colors.select,
            (false, true) => colors.hover,
            (false, false) => egui::Color32::TRANSPARENT,
        };
        ui.painter().rect(rect, theme.radius(), fill, theme.hairline(), StrokeKind::Inside);
        let color = if on { colors.text } else { colors.muted };
        let word = galley(ui.painter(), self.word, theme.small(), color);
        text_at(ui.painter(), rect.center(), Align2::CENTER_CENTER, word);
        if response.has_focus() {
            focus_ring(ui.painter(), &theme, rect, tokens::RADIUS);
        }
        response.widget_info(|| WidgetInfo::selected(Role::CheckBox, true, on, self.name));
        response
    }
}

/// One of a few ways, side by side.
#[must_use = "a switch is seen only after `show`"]
pub struct Segmented<'a> {
    name: &'a str,
    options: &'a [&'a str],
    selected: usize,
    height: Option<f32>,
}

impl<'a> Segmented<'a> {
    pub fn new(name: &'a str, options: &'a [&'a str], selected: usize) -> Self {
        Self { name, options, selected, height: None }
    }

    /// In points; that of a control without it.
    pub fn height(mut self, height: f32) -> Self {
        self.height = Some(height);
        self
    }

    /// Returns the option that was chosen, if another one was.
    pub fn show(self, ui: &mut Ui) -> Option<usize> {
        let theme = theme::of(ui.ctx());
        let colors = theme.colors;
        // Measured in the wider weight, so that choosing one does not move the others.
        let widths: Vec<f32> = self
            .options
            .iter()
            .map(|word| galley(ui.painter(), *word, theme.small_strong(), colors.text).size().x)
            .map(|width| (width + 2.0 * PADDING).ceil())
            .collect();
        let height = self.height.unwrap_or(theme.sizes.control);
        let size = Vec2::new(widths.iter().sum(), height);
        let (rect, frame) = ui.allocate_exact_size(size, Sense::hover());
        frame.widget_info(|| WidgetInfo::labeled(Role::RadioGroup, true, self.name));
        ui.painter().rect_filled(rect, theme.radius(), colors.control);

        let mut chosen = None;
        let mut ringed = None;
        let mut left = rect.left();
        for (index, (word, width)) in self.options.iter().zip(widths).enumerate() {
            let part = Rect::from_min_size(Pos2::new(left, rect.top()), Vec2::new(width, rect.height()));
            left += width;
            let response = ui.interact(part, frame.id.with(index), Sense::click());
            if response.clicked() && index != self.selected {
                chosen = Some(index);
            }
            let on = index == self.selected;
            let ends = (index == 0, index + 1 == self.options.len());
            if on || response.hovered() {
                let fill = if on { colors.select } else { colors.hover };
                ui.painter().rect_filled(part, corners(ends), fill);
            }
            if !ends.0 {
                ui.painter().vline(part.left(), part.y_range(), theme.hairline());
            }
            let (font, color) =
                if on { (theme.small_strong(), colors.text) } else { (theme.small(), colors.muted) };
            let words = galley(ui.painter(), *word, font, color);
            text_at(ui.painter(), part.center(), Align2::CENTER_CENTER, words);
            if response.has_focus() {
                ringed = Some(part);
            }
            response.widget_info(|| WidgetInfo::selected(Role::RadioButton, true, on, *word));
        }
        ui.painter().rect_stroke(rect, theme.radius(), theme.hairline(), StrokeKind::Inside);
        if let Some(part) = ringed {
            focus_ring(ui.painter(), &theme, part, tokens::RADIUS);
        }
        chosen
    }
}

const PADDING: f32 = 9.0;

/// Round corners only at the outer ends.
fn corners((first, last): (bool, bool)) -> CornerRadius {
    let left = if first { tokens::RADIUS } else { 0 };
    let right = if last { tokens::RADIUS } else { 0 };
    CornerRadius { nw: left, sw: left, ne: right, se: right }
}
