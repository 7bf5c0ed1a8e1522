//! Lists of things to do: behind a small button, and at a row.

use egui::{Align2, Popup, Response, Role, Sense, Ui, Vec2, WidgetInfo};

use super::{
    button::IconButton,
    dropdown::{give_back, option_row, option_width},
    paint::{elided, text_at, text_right},
    tooltip::tooltip,
};
use crate::gui::theme::{self, Icon, space};

#[must_use = "a menu is seen only after `show`"]
pub struct MenuButton<'a> {
    icon: Icon,
    name: &'a str,
    options: &'a [&'a str],
    reason: Option<&'a str>,
}

impl<'a> MenuButton<'a> {
    pub fn new(icon: Icon, name: &'a str, options: &'a [&'a str]) -> Self {
        Self { icon, name, options, reason: None }
    }

    /// It cannot be used now, and this is why.
    pub fn unavailable(mut self, reason: Option<&'a str>) -> Self {
        self.reason = reason;
        self
    }

    /// Returns the option that was chosen.
    pub fn show(self, ui: &mut Ui) -> Option<usize> {
        let theme = theme::of(ui.ctx());
        let response = IconButton::new(self.icon, self.name).unavailable(self.reason).show(ui);
        if self.reason.is_some() {
            return None;
        }
        response.widget_info(|| WidgetInfo::labeled(Role::ComboBox, true, self.name));
        let opened = response.clicked();
        let popup = Popup::default_response_id(&response);
        let was_open = Popup::is_id_open(ui.ctx(), popup);
        let mut chosen = None;
        Popup::menu(&response).gap(space::XXS).show(|ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            let width = option_width(ui, &theme, self.options);
            for (index, option) in self.options.iter().enumerate() {
                let row = option_row(ui, &theme, option, width, false);
                row.widget_info(|| WidgetInfo::labeled(Role::MenuItem, true, *option));
                if opened && index == 0 {
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
        chosen
    }
}

/// A line of the menu of a row: what it does, its key, and why it cannot be done now.
pub struct MenuLine<'a> {
    pub name: &'a str,
    pub key: Option<String>,
    pub reason: Option<&'a str>,
}

/// The menu that a secondary click on a list opens. Returns the line that was chosen.
pub fn context_menu(response: &Response, lines: &[MenuLine<'_>]) -> Option<usize> {
    let mut chosen = None;
    Popup::context_menu(response).show(|ui| {
        let theme = theme::of(ui.ctx());
        ui.spacing_mut().item_spacing.y = 0.0;
        for (index, line) in lines.iter().enumerate() {
            let size = Vec2::new(MENU, theme.sizes.grid_row);
            let sense = if line.reason.is_none() { Sense::CLICK } else { Sense::hover() };
            let (rect, row) = ui.allocate_exact_size(size, sense);
            let is_possible = line.reason.is_none();
            if is_possible && (row.hovered() || row.has_focus()) {
                ui.painter().rect_filled(rect, theme.radius(), theme.colors.select);
            }
            let color = if is_possible { theme.colors.text } else { theme.colors.muted };
            let middle = rect.center().y;
            let words = elided(ui.painter(), line.name, theme.body(), color, MENU - 80.0);
            text_at(ui.painter(), egui::pos2(rect.left() + space::S, middle), Align2::LEFT_CENTER, words);
            if let Some(key) = &line.key {
                let right = rect.right() - space::S;
                text_right(ui.painter(), right, middle, key.as_str(), theme.small(), theme.colors.muted);
            }
            row.widget_info(|| WidgetInfo::labeled(Role::MenuItem, is_possible, line.name));
            if let Some(reason) = line.reason {
                tooltip(&row, reason, None);
            }
            if row.clicked() {
                chosen = Some(index);
                ui.close();
            }
        }
    });
    chosen
}

/// Width of such a menu.
const MENU: f32 = 260.0;
