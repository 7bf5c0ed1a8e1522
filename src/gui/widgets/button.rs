//! Buttons: plain, main (one per window) and icon alone.

use std::borrow::Cow;

use egui::{Align2, Color32, Id, Response, Role, Sense, StrokeKind, Ui, Vec2, WidgetInfo};

use super::{
    paint::{focus_ring, galley, text_at},
    tooltip::{tooltip, tooltip_reason},
};
use crate::gui::{
    commands::Command,
    text,
    theme::{self, Icon, space, tokens},
};

/// Distance from the border to the first thing inside.
const PADDING: f32 = 9.0;

/// A button with a word. `…` at its end says that it asks for more.
#[must_use = "a button is seen only after `show`"]
pub struct Button<'a> {
    text: Cow<'a, str>,
    icon: Option<Icon>,
    key: Option<Cow<'a, str>>,
    note: Option<Cow<'a, str>>,
    reason: Option<Cow<'a, str>>,
    main: bool,
}

impl<'a> Button<'a> {
    pub fn new(text: impl Into<Cow<'a, str>>) -> Self {
        Self { text: text.into(), icon: None, key: None, note: None, reason: None, main: false }
    }

    pub fn icon(mut self, icon: Icon) -> Self {
        self.icon = Some(icon);
        self
    }

    /// The one filled button: the most useful next step.
    pub fn main(mut self) -> Self {
        self.main = true;
        self
    }

    /// A key to show inside the button.
    pub fn key(mut self, key: impl Into<Cow<'a, str>>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// What the tooltip says beyond the word.
    pub fn note(mut self, note: impl Into<Cow<'a, str>>) -> Self {
        self.note = Some(note.into());
        self
    }

    /// Greys the button out and says why, in the tooltip and to a screen reader.
    pub fn unavailable(mut self, reason: Option<impl Into<Cow<'a, str>>>) -> Self {
        self.reason = reason.map(Into::into);
        self
    }

    /// How wide it will be, for who centres it.
    #[must_use]
    pub fn width(&self, ui: &Ui) -> f32 {
        let theme = theme::of(ui.ctx());
        let font = if self.main && self.reason.is_none() { theme.body_strong() } else { theme.body() };
        let wide = |text: &str, font| galley(ui.painter(), text, font, theme.colors.text).size().x;
        let icon = self.icon.map_or(0.0, |_| theme.sizes.icon + space::XS);
        let key = self.key.as_ref().map_or(0.0, |key| wide(key, theme.small()) + space::S + space::XXS);
        (2.0 * PADDING + icon + wide(&self.text, font) + key).ceil()
    }

    pub fn show(self, ui: &mut Ui) -> Response {
        let theme = theme::of(ui.ctx());
        let colors = theme.colors;
        let enabled = self.reason.is_none();
        let (text_color, key_color) = match (enabled, self.main) {
            (false, _) => (colors.muted, colors.muted),
            (true, true) => (colors.on_accent, colors.on_accent),
            (true, false) => (colors.text, colors.muted),
        };
        let font = if self.main && enabled { theme.body_strong() } else { theme.body() };
        let word = galley(ui.painter(), self.text.as_ref(), font, text_color);
        let key = self.key.as_ref().map(|key| galley(ui.painter(), key.as_ref(), theme.small(), key_color));

        let icon_width = self.icon.map_or(0.0, |_| theme.sizes.icon + space::XS);
        let sense = if enabled { Sense::click() } else { Sense::hover() };
        let size = Vec2::new(self.width(ui), theme.sizes.control);
        let (rect, response) = ui.allocate_exact_size(size, sense);

        if ui.is_rect_visible(rect) {
            let pressed = response.is_pointer_button_down_on();
            let (fill, border) = match (enabled, self.main) {
                (false, _) => (Color32::TRANSPARENT, theme.hairline()),
                (true, true) => (colors.accent, egui::Stroke::new(tokens::LINE, colors.accent)),
                (true, false) if pressed => (colors.select, theme.hairline()),
                (true, false) if response.hovered() => (colors.hover, theme.hairline()),
                (true, false) => (colors.control, theme.hairline()),
            };
            let painter = ui.painter();
            painter.rect(rect, theme.radius(), fill, border, StrokeKind::Inside);
            let mut left = rect.left() + PADDING;
            if let Some(icon) = self.icon {
                let center = egui::pos2(left + theme.sizes.icon / 2.0, rect.center().y);
                icon.paint(painter, center, theme.sizes.icon, text_color);
                left += icon_width;
            }
            text_at(painter, egui::pos2(left, rect.center().y), Align2::LEFT_CENTER, word);
            if let Some(key) = key {
                let right = egui::pos2(rect.right() - PADDING, rect.center().y);
                text_at(painter, right, Align2::RIGHT_CENTER, key);
            }
            if response.has_focus() {
                focus_ring(painter, &theme, rect, tokens::RADIUS);
            }
        }
        finish(ui, &response, &self.text, self.note.as_deref(), self.key.as_deref(), self.reason.as_deref());
        response
    }
}

/// Name, tooltip and the reason why not: the same for every kind of button.
fn finish(
    ui: &Ui,
    response: &Response,
    name: &str,
    note: Option<&str>,
    key: Option<&str>,
    reason: Option<&str>,
) {
    if let Some(reason) = reason {
        let spoken = text::of(ui.ctx()).widgets.unavailable(name, reason);
        response.widget_info(|| WidgetInfo::labeled(Role::Button, false, &spoken));
        tooltip_reason(response, name, reason);
    } else {
        response.widget_info(|| WidgetInfo::labeled(Role::Button, true, name));
        match (note, key) {
            (Some(note), key) => tooltip(response, note, key),
            (None, Some(key)) => tooltip(response, name, Some(key)),
            (None, None) => {}
        }
    }
}

/// A button of an icon alone. Its name is heard and shown in the tooltip.
#[must_use = "a button is seen only after `show`"]
pub struct IconButton<'a> {
    icon: Icon,
    name: Cow<'a, str>,
    key: Option<Cow<'a, str>>,
    reason: Option<Cow<'a, str>>,
    on: Option<bool>,
    id: Option<Id>,
    faint: bool,
}

impl<'a> IconButton<'a> {
    pub fn new(icon: Icon, name: impl Into<Cow<'a, str>>) -> Self {
        Self { icon, name: name.into(), key: None, reason: None, on: None, id: None, faint: false }
    }

    pub fn key(mut self, key: Option<impl Into<Cow<'a, str>>>) -> Self {
        self.key = key.map(Into::into);
        self
    }

    pub fn unavailable(mut self, reason: Option<impl Into<Cow<'a, str>>>) -> Self {
        self.reason = reason.map(Into::into);
        self
    }

    /// A fixed id, for a button that a command gives the keyboard to.
    pub fn id(mut self, id: Id) -> Self {
        self.id = Some(id);
        self
    }

    /// Not painted until the pointer or the keyboard is on it: for tools of a row that is not in use.
    pub fn faint(mut self, faint: bool) -> Self {
        self.faint = faint;
        self
    }

    /// Makes it a switch, shown and spoken as on or off.
    pub fn on(mut self, on: bool) -> Self {
        self.on = Some(on);
        self
    }

    pub fn show(self, ui: &mut Ui) -> Response {
        let theme = theme::of(ui.ctx());
        let enabled = self.reason.is_none();
        let sense = if enabled { Sense::click() } else { Sense::hover() };
        let size = Vec2::splat(theme.sizes.control);
        let (rect, response) = match self.id {
            Some(id) => {
                let (rect, _) = ui.allocate_exact_size(size, Sense::hover());
                (rect, ui.interact(rect, id, sense))
            }
            None => ui.allocate_exact_size(size, sense),
        };
        let active = enabled && (response.hovered() || response.has_focus() || self.on == Some(true));
        let color = if active { theme.colors.text } else { theme.colors.muted };
        if self.on == Some(true) {
            ui.painter().rect_filled(rect, theme.radius(), theme.colors.select);
        } else if enabled && response.hovered() {
            ui.painter().rect_filled(rect, theme.radius(), theme.colors.hover);
        }
        if !self.faint || active {
            self.icon.paint(ui.painter(), rect.center(), theme.sizes.icon, color);
        }
        if response.has_focus() {
            focus_ring(ui.painter(), &theme, rect, tokens::RADIUS);
        }
        let key = self.key.as_deref();
        finish(ui, &response, &self.name, Some(&self.name), key, self.reason.as_deref());
        if let Some(on) = self.on {
            response.widget_info(|| WidgetInfo::selected(Role::Button, enabled, on, &self.name));
        }
        response
    }
}

/// A button for a command: name, key and note come from the table. Returns the command when it is pressed.
pub fn command_button(ui: &mut Ui, command: &Command, main: bool, reason: Option<&str>) -> Option<Command> {
    let text = text::of(ui.ctx());
    let key = command.shortcut(ui.ctx());
    let mut button = Button::new(text.command(command)).unavailable(reason);
    button.main = main;
    button.icon = command.spec().and_then(|spec| spec.icon);
    button.note = text.command_note(command).map(Into::into);
    button.key = key.map(Into::into);
    button.show(ui).clicked().then(|| command.clone())
}

/// The same as an icon alone, for narrow windows.
pub fn command_icon_button(
    ui: &mut Ui,
    command: &Command,
    icon: Icon,
    reason: Option<&str>,
) -> Option<Command> {
    let name = text::of(ui.ctx()).command(command);
    let response = IconButton::new(icon, name).key(command.shortcut(ui.ctx())).unavailable(reason).show(ui);
    response.clicked().then(|| command.clone())
}
