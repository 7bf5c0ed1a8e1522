//! Cards, notices and the words of an empty place.

use egui::{
    Align, Align2, Frame, Id, InnerResponse, Layout, Margin, Pos2, Rect, Response, Role, Sense, StrokeKind,
    Ui, Vec2, WidgetInfo,
};

use super::{
    button::IconButton,
    paint::{focus_ring, galley, text_at, wrapped},
    small::{label, link},
};
use crate::gui::theme::{self, Icon, Tone, space, tokens};

/// Width of the coloured edge of a card.
const EDGE: f32 = 3.0;

/// Widest text of a notice before it continues on the next line.
const NOTICE_TEXT: f32 = 520.0;

/// A box of its own: a finding, an error, a sample.
#[derive(Clone, Copy, Debug, Default)]
#[must_use = "a card is seen only after `show`"]
pub struct Card {
    edge: Option<Tone>,
}

impl Card {
    pub fn new() -> Self {
        Self::default()
    }

    /// With a coloured edge at the left that says how grave it is. The title says it too, with an icon.
    pub fn edge(mut self, tone: Tone) -> Self {
        self.edge = Some(tone);
        self
    }

    /// A card that only holds things.
    pub fn show<R>(self, ui: &mut Ui, contents: impl FnOnce(&mut Ui) -> R) -> InnerResponse<R> {
        let theme = theme::of(ui.ctx());
        let output = Frame::new()
            .fill(theme.colors.panel)
            .stroke(theme.hairline())
            .corner_radius(theme.card_radius())
            .inner_margin(Margin::symmetric(space::L as i8, space::M as i8))
            .show(ui, |ui| {
                ui.set_width(ui.available_width());
                contents(ui)
            });
        if let Some(tone) = self.edge {
            let rect = output.response.rect;
            let edge = Rect::from_min_max(
                Pos2::new(rect.left(), rect.top() + f32::from(tokens::CARD_RADIUS)),
                Pos2::new(rect.left() + EDGE, rect.bottom() - f32::from(tokens::CARD_RADIUS)),
            );
            ui.painter().rect_filled(edge, tokens::FILL_RADIUS, theme.color(tone));
        }
        output
    }

    /// A card that is a button: a sample. `id` if a command gives it the keyboard; `name` is all that is spoken
    /// of it; `paint` gets the rectangle.
    pub fn button(
        self,
        ui: &mut Ui,
        id: Option<Id>,
        size: Vec2,
        name: &str,
        paint: impl FnOnce(&Ui, Rect),
    ) -> Response {
        let theme = theme::of(ui.ctx());
        let (rect, own) = ui.allocate_exact_size(size, Sense::hover());
        let response = ui.interact(rect, id.unwrap_or(own.id.with("card")), Sense::click());
        let fill = if response.hovered() { theme.colors.hover } else { theme.colors.panel };
        ui.painter().rect(rect, theme.card_radius(), fill, theme.hairline(), StrokeKind::Inside);
        paint(ui, rect);
        if response.has_focus() {
            focus_ring(ui.painter(), &theme, rect, tokens::CARD_RADIUS);
        }
        response.widget_info(|| WidgetInfo::labeled(Role::Button, true, name));
        response
    }
}

/// A short message above the status bar, with at most one thing to do about it.
#[derive(Clone, Copy, Debug)]
#[must_use = "a notice is seen only after `show`"]
pub struct Notice<'a> {
    pub icon: Icon,
    pub tone: Tone,
    pub text: &'a str,
    pub action: Option<&'a str>,
    /// What the button that closes it is called; none without it.
    pub close: Option<&'a str>,
}

/// What was done with a notice.
pub struct NoticeOutput {
    pub response: Response,
    pub action: bool,
    pub closed: bool,
}

impl Notice<'_> {
    pub fn show(self, ui: &mut Ui) -> NoticeOutput {
        let theme = theme::of(ui.ctx());
        let output = Frame::new()
            .fill(theme.colors.panel)
            .stroke(theme.hairline())
            .corner_radius(theme.card_radius())
            .inner_margin(Margin::symmetric(space::M as i8, space::XS as i8 + 2))
            .show(ui, |ui| {
                // From left to right whatever the layout around it.
                let size = Vec2::new(0.0, theme.sizes.control);
                ui.allocate_ui_with_layout(size, Layout::left_to_right(Align::Center), |ui| {
                    let (rect, _) = ui.allocate_exact_size(Vec2::splat(theme.sizes.icon), Sense::hover());
                    self.icon.paint(ui.painter(), rect.center(), theme.sizes.icon, theme.color(self.tone));
                    let font = theme.body();
                    let words = wrapped(ui.painter(), self.text, font, theme.colors.text, NOTICE_TEXT);
                    let (rect, response) = ui.allocate_exact_size(words.size(), Sense::hover());
                    text_at(ui.painter(), rect.left_center(), Align2::LEFT_CENTER, words);
                    response.widget_info(|| WidgetInfo::labeled(Role::Status, true, self.text));
                    let action = self.action.is_some_and(|action| link(ui, action, None).clicked());
                    let close = |name| IconButton::new(Icon::Cross, name).show(ui).clicked();
                    (action, self.close.is_some_and(close))
                })
                .inner
            });
        let (action, closed) = output.inner;
        NoticeOutput { response: output.response, action, closed }
    }
}

/// What stands where nothing is: what it means and what to do.
pub fn empty_state(ui: &mut Ui, title: &str, hint: &str) {
    let theme = theme::of(ui.ctx());
    ui.with_layout(Layout::top_down(Align::Center), |ui| {
        ui.add_space(space::XL);
        let words = galley(ui.painter(), title, theme.body(), theme.colors.text);
        let (rect, response) = ui.allocate_exact_size(words.size(), Sense::hover());
        text_at(ui.painter(), rect.center(), Align2::CENTER_CENTER, words);
        response.widget_info(|| WidgetInfo::labeled(Role::Label, true, title));
        if !hint.is_empty() {
            label(ui, hint, Tone::Muted);
        }
        ui.add_space(space::XL);
    });
}
