//! The body editor: several lines of code font that Tab leaves.

use egui::{
    Frame, Id, Margin, Response, ScrollArea, StrokeKind, TextBuffer, TextEdit, Ui, UiBuilder, Vec2,
    text::LayoutJob,
};

use super::paint::focus_ring;
use crate::gui::theme::{self, space, tokens};

/// Above this size, in bytes, an editor would slow every frame down: show a [`super::TextViewer`] instead.
pub const EDIT_LIMIT: usize = 256 * 1024;

#[must_use = "the editor is seen only after `show`"]
pub struct BodyEditor<'a> {
    id: Id,
    name: &'a str,
    text: &'a mut String,
    height: f32,
    hint: &'a str,
}

impl<'a> BodyEditor<'a> {
    pub fn new(id: Id, name: &'a str, text: &'a mut String) -> Self {
        Self { id, name, text, height: 160.0, hint: "" }
    }

    /// In points, including the border.
    pub fn height(mut self, height: f32) -> Self {
        self.height = height;
        self
    }

    pub fn hint(mut self, hint: &'a str) -> Self {
        self.hint = hint;
        self
    }

    pub fn show(self, ui: &mut Ui) -> Response {
        let theme = theme::of(ui.ctx());
        let size = Vec2::new(ui.available_width(), self.height);
        let (rect, _) = ui.allocate_exact_size(size, egui::Sense::hover());
        ui.painter().rect(rect, theme.radius(), theme.colors.sunk, theme.edge(), StrokeKind::Inside);

        let (font, color, pitch) = (theme.code(), theme.colors.text, theme.sizes.code_line);
        let mut layouter = |ui: &Ui, text: &dyn TextBuffer, width: f32| {
            let mut job = LayoutJob::simple(text.as_str().to_owned(), font.clone(), color, width);
            for section in &mut job.sections {
                section.format.line_height = Some(pitch);
            }
            ui.fonts_mut(|fonts| fonts.layout_job(job))
        };
        let inner = rect.shrink(tokens::LINE);
        let mut child = ui.new_child(UiBuilder::new().max_rect(inner));
        let response = ScrollArea::vertical()
            .id_salt(self.id.with("scroll"))
            .auto_shrink(false)
            .show(&mut child, |ui| {
                // Not `code_editor()`: that one keeps Tab for itself, and the keyboard could not leave.
                ui.add(
                    TextEdit::multiline(self.text)
                        .id(self.id)
                        .font(theme.code())
                        .lock_focus(false)
                        .hint_text(
                            egui::RichText::new(self.hint).font(theme.code()).color(theme.colors.muted),
                        )
                        .frame(
                            Frame::new().inner_margin(Margin::symmetric(space::S as i8, space::XS as i8 + 1)),
                        )
                        .min_size(inner.size())
                        .desired_width(f32::INFINITY)
                        .layouter(&mut layouter),
                )
            })
            .inner;
        if response.has_focus() {
            focus_ring(ui.painter(), &theme, rect, tokens::RADIUS);
        }
        response.accessible_name(self.name)
    }
}
