//! One of several, behind a small button.

use egui::{Align2, Color32, Popup, Pos2, Response, Role, Sense, StrokeKind, Ui, Vec2, WidgetInfo};

use super::paint::{elided, focus_ring, galley, text_at};
use crate::gui::theme::{self, Icon, Theme, space, tokens};

#[must_use = "a dropdown is seen only after `show`"]
pub struct Dropdown<'a> {
    name: &'a str,
    options: &'a [&'a str],
    selected: usize,
    width: Option<f32>,
    code: bool,
}

impl<'a> Dropdown<'a> {
    /// `name` is what a screen reader says before the value, and stands for it where nothing is selected yet.
    pub fn new(name: &'a str, options: &'a [&'a str], selected: usize) -> Self {
        Self { name, options, selected, width: None, code: false }
    }

    /// As tall and bordered as a field, this wide. Without it: as small as a chip.
    pub fn field(mut self, width: f32) -> Self {
        self.width = Some(width);
        self
    }

    /// With code font in the field.
    pub fn code(mut self) -> Self {
        self.code = true;
        self
    }

    /// Returns the option that was chosen, if another one was.
    pub fn show(self, ui: &mut Ui) -> Option<usize> {
        let theme = theme::of(ui.ctx());
        let value = self.options.get(self.selected).copied().unwrap_or(self.name);
        let response = self.head(ui, &theme, value);
        response.widget_info(|| {
            let mut info = WidgetInfo::labeled(Role::ComboBox, true, self.name);
            info.current_text_value = Some(value.to_owned());
            info
        });

        let mut chosen = None;
        let opened = response.clicked();
        let popup = Popup::default_response_id(&response);
        let was_open = Popup::is_id_open(ui.ctx(), popup);
        Popup::menu(&response).gap(space::XXS).show(|ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            let width = option_width(ui, &theme, self.options).max(response.rect.width());
            for (index, option) in self.options.iter().enumerate() {
                let row = option_row(ui, &theme, option, width, index == self.selected);
                if opened && index == self.selected {
                    row.request_focus();
                }
                if row.clicked() {
                    chosen = Some(index);
                    response.request_focus();
                    ui.close();
                }
            }
        });
        give_back(ui, popup, was_open, &response);
        chosen.filter(|chosen| *chosen != self.selected)
    }

    fn head(&self, ui: &mut Ui, theme: &Theme, value: &str) -> Response {
        let colors = theme.colors;
        let chevron = theme.sizes.icon - 3.0;
        let padding = if self.width.is_some() { space::S } else { space::S - 1.0 };
        let (font, color) = match (self.width.is_some(), self.code) {
            (false, _) => (theme.small(), colors.muted),
            (true, true) => (theme.code(), colors.text),
            (true, false) => (theme.body(), colors.text),
        };
        let words = match self.width {
            None => galley(ui.painter(), value, font, color),
            Some(width) => {
                elided(ui.painter(), value, font, color, width - 2.0 * padding - chevron - space::XS)
            }
        };
        let size = match self.width {
            Some(width) => Vec2::new(width, theme.sizes.control),
            None => {
                let width = words.size().x + 2.0 * padding + chevron + space::XS;
                Vec2::new(width.ceil(), theme.sizes.chip)
            }
        };
        let (rect, response) = ui.allocate_exact_size(size, Sense::click());
        let (fill, border) = match (self.width.is_some(), response.hovered()) {
            (true, _) => (colors.sunk, theme.edge()),
            (false, true) => (colors.hover, theme.hairline()),
            (false, false) => (Color32::TRANSPARENT, theme.hairline()),
        };
        let painter = ui.painter();
        painter.rect(rect, theme.radius(), fill, border, StrokeKind::Inside);
        let middle = rect.center().y;
        text_at(painter, Pos2::new(rect.left() + padding, middle), Align2::LEFT_CENTER, words);
        let center = Pos2::new(rect.right() - padding - chevron / 2.0, middle);
        Icon::ChevronDown.paint(painter, center, chevron, color);
        if response.has_focus() {
            focus_ring(painter, theme, rect, tokens::RADIUS);
        }
        response
    }
}

/// Esc closes the popup and takes the keyboard from its row: it goes back to what opened it.
pub(super) fn give_back(ui: &Ui, popup: egui::Id, was_open: bool, opener: &Response) {
    let escaped = ui.input(|input| input.key_pressed(egui::Key::Escape));
    if was_open && escaped && !Popup::is_id_open(ui.ctx(), popup) {
        opener.request_focus();
    }
}

/// The widest option, with the place for its check mark.
pub(super) fn option_width(ui: &Ui, theme: &Theme, options: &[&str]) -> f32 {
    let words = |option: &&str| galley(ui.painter(), *option, theme.body(), theme.colors.text).size().x;
    let widest = options.iter().map(words).fold(0.0, f32::max);
    (widest + theme.sizes.icon + space::XS + 2.0 * space::S).ceil()
}

pub(super) fn option_row(ui: &mut Ui, theme: &Theme, option: &str, width: f32, selected: bool) -> Response {
    let colors = theme.colors;
    let words = galley(ui.painter(), option, theme.body(), colors.text);
    let check = theme.sizes.icon + space::XS;
    let (rect, response) = ui.allocate_exact_size(Vec2::new(width, theme.sizes.grid_row), Sense::click());
    if response.hovered() || response.has_focus() {
        ui.painter().rect_filled(rect, theme.radius(), colors.select);
    }
    if selected {
        let center = Pos2::new(rect.left() + space::S + theme.sizes.icon / 2.0, rect.center().y);
        Icon::Check.paint(ui.painter(), center, theme.sizes.icon - 2.0, colors.text);
    }
    let left = Pos2::new(rect.left() + space::S + check, rect.center().y);
    text_at(ui.painter(), left, Align2::LEFT_CENTER, words);
    if response.has_focus() {
        ui.painter().rect_stroke(rect, theme.radius(), theme.ring(), StrokeKind::Inside);
    }
    response.widget_info(|| WidgetInfo::selected(Role::MenuItemRadio, true, selected, option));
    response
}
