//! A small button that opens a list of things to do.

use egui::{Popup, Role, Ui, WidgetInfo};

use super::{
    button::IconButton,
    dropdown::{give_back, option_row, option_width},
};
use crate::gui::theme::{self, Icon, space};

#[must_use = "a menu is seen only after `show`"]
pub struct MenuButton<'a> {
    icon: Icon,
    name: &'a str,
    options: &'a [&'a str],
}

impl<'a> MenuButton<'a> {
    pub fn new(icon: Icon, name: &'a str, options: &'a [&'a str]) -> Self {
        Self { icon, name, options }
    }

    /// Returns the option that was chosen.
    pub fn show(self, ui: &mut Ui) -> Option<usize> {
        let theme = theme::of(ui.ctx());
        let response = IconButton::new(self.icon, self.name).show(ui);
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
