//! A field with suggestions: any text can be typed, and the usual ones chosen from a list.

use egui::{Id, Key, Modifiers, Popup, Pos2, Rect, Response, Role, Sense, Ui, Vec2, WidgetInfo};

use super::{
    dropdown::{give_back, option_row, option_width},
    field::TextField,
    paint::focus_ring,
};
use crate::gui::{
    text,
    theme::{self, Icon, space, tokens},
};

/// Width of the button at the end.
const BUTTON: f32 = 20.0;

#[must_use = "a field is seen only after `show`"]
pub struct ComboField<'a> {
    id: Id,
    text: &'a mut String,
    name: &'a str,
    options: &'a [&'a str],
    width: f32,
    error: Option<&'a str>,
}

impl<'a> ComboField<'a> {
    pub fn new(id: Id, text: &'a mut String, name: &'a str, options: &'a [&'a str]) -> Self {
        Self { id, text, name, options, width: 92.0, error: None }
    }

    /// In points.
    pub fn width(mut self, width: f32) -> Self {
        self.width = width;
        self
    }

    pub fn error(mut self, error: Option<&'a str>) -> Self {
        self.error = error;
        self
    }

    /// The field's response; the second part is true when an option was chosen instead of typed.
    pub fn show(self, ui: &mut Ui) -> (Response, bool) {
        let theme = theme::of(ui.ctx());
        let field = TextField::new(self.text, self.name)
            .id(self.id)
            .width(self.width)
            .error(self.error)
            .trailing(BUTTON - space::XS);
        let before = ui.next_widget_position();
        let mut response = field.show(ui);

        let right = before.x + self.width;
        let middle = response.rect.center().y;
        let rect = Rect::from_center_size(
            Pos2::new(right - BUTTON / 2.0 - tokens::LINE, middle),
            Vec2::new(BUTTON, theme.sizes.control - 4.0),
        );
        let button = ui.interact(rect, self.id.with("choose"), Sense::click());
        let lit = button.hovered() || button.has_focus();
        let color = if lit { theme.colors.text } else { theme.colors.muted };
        Icon::ChevronDown.paint(ui.painter(), rect.center(), theme.sizes.icon - 3.0, color);
        if button.has_focus() {
            focus_ring(ui.painter(), &theme, rect.shrink(2.0), tokens::RADIUS);
        }
        let spoken = text::of(ui.ctx()).widgets.choose(self.name);
        button.widget_info(|| WidgetInfo::labeled(Role::Button, true, &spoken));

        let from_field =
            response.has_focus() && ui.input_mut(|input| input.consume_key(Modifiers::ALT, Key::ArrowDown));
        let popup = Popup::default_response_id(&button);
        if from_field {
            Popup::open_id(ui.ctx(), popup);
        }
        let opened = button.clicked() || from_field;
        let was_open = Popup::is_id_open(ui.ctx(), popup);
        let mut chosen = false;
        Popup::menu(&button).gap(space::XXS).show(|ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            let width = option_width(ui, &theme, self.options).max(self.width);
            let current = self.options.iter().position(|option| option == self.text).unwrap_or(0);
            for (index, option) in self.options.iter().enumerate() {
                let row = option_row(ui, &theme, option, width, self.text == option);
                if opened && index == current {
                    row.request_focus();
                }
                if row.clicked() {
                    chosen = self.text != option;
                    (*option).clone_into(self.text);
                    button.request_focus();
                    ui.close();
                }
            }
        });
        give_back(ui, popup, was_open, &button);
        if chosen {
            response.mark_changed();
        }
        (response, chosen)
    }
}
