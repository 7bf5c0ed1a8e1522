//! The head of a section: chevron, title, summary, and words at the right.

use egui::{Align2, Pos2, Response, Role, Sense, Ui, Vec2, WidgetInfo};

use super::paint::{elided, focus_ring, galley, text_at, text_right};
use crate::gui::{
    text,
    theme::{self, Icon, space, tokens},
};

#[must_use = "a section head is seen only after `show`"]
pub struct SectionHead<'a> {
    title: &'a str,
    summary: &'a str,
    right: &'a str,
    open: Option<&'a mut bool>,
    is_quiet: bool,
}

impl<'a> SectionHead<'a> {
    pub fn new(title: &'a str) -> Self {
        Self { title, summary: "", right: "", open: None, is_quiet: false }
    }

    /// The title in small words too, for what is only the rest of a list.
    pub fn quiet(mut self) -> Self {
        self.is_quiet = true;
        self
    }

    /// Small words after the title: what is in the section.
    pub fn summary(mut self, summary: &'a str) -> Self {
        self.summary = summary;
        self
    }

    /// Small words at the right end.
    pub fn right(mut self, right: &'a str) -> Self {
        self.right = right;
        self
    }

    /// With a chevron: a click or Enter folds and unfolds the section.
    pub fn foldable(mut self, open: &'a mut bool) -> Self {
        self.open = Some(open);
        self
    }

    /// Takes the whole width; further controls go on top of its right end.
    pub fn show(self, ui: &mut Ui) -> Response {
        let theme = theme::of(ui.ctx());
        let colors = theme.colors;
        let sense = if self.open.is_some() { Sense::click() } else { Sense::hover() };
        let size = Vec2::new(ui.available_width(), theme.sizes.section_head);
        let (rect, mut response) = ui.allocate_exact_size(size, sense);
        let middle = rect.center().y;
        let painter = ui.painter();
        let mut left = rect.left();
        let name = match self.open {
            Some(open) => {
                if response.clicked() {
                    *open = !*open;
                    response.mark_changed();
                }
                let icon = if *open { Icon::ChevronDown } else { Icon::ChevronRight };
                let color = if response.hovered() { colors.text } else { colors.muted };
                let size = theme.sizes.icon - 2.0;
                icon.paint(painter, Pos2::new(left + size / 2.0, middle), size, color);
                left += theme.sizes.icon + space::XXS;
                let texts = text::of(ui.ctx()).widgets;
                if *open { texts.fold(self.title) } else { texts.unfold(self.title) }
            }
            None => self.title.to_owned(),
        };
        let (font, color) = match self.is_quiet {
            true => (theme.small(), colors.muted),
            false => (theme.section(), colors.text),
        };
        let title = galley(painter, self.title, font, color);
        left = text_at(painter, Pos2::new(left, middle), Align2::LEFT_CENTER, title).right() + space::S;
        let right = if self.right.is_empty() {
            rect.right()
        } else {
            text_right(painter, rect.right(), middle, self.right, theme.small(), colors.muted) - space::S
        };
        if !self.summary.is_empty() {
            let summary = elided(painter, self.summary, theme.small(), colors.muted, right - left);
            text_at(painter, Pos2::new(left, middle), Align2::LEFT_CENTER, summary);
        }
        if response.has_focus() {
            focus_ring(painter, &theme, rect.shrink2(Vec2::new(0.0, 2.0)), tokens::RADIUS);
        }
        let role = if sense.senses_click() { Role::Button } else { Role::Heading };
        response.widget_info(|| WidgetInfo::labeled(role, true, &name));
        response
    }
}
