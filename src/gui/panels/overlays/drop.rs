//! What letting go of a dragged file would do, said before it is done.

use std::path::{Path, PathBuf};

use egui::{Align2, Area, Id, Order, Pos2, Role, Sense, Stroke, StrokeKind, Ui, Vec2, WidgetInfo};

use crate::gui::{
    apply::{MOST_FILES, place_of_file},
    looking::FileKind,
    model::Model,
    theme::{self, Icon, space, tokens},
    widgets::{galley, text_at},
};
use crate::view::sentences::convert;

/// What is said while a file hovers over the window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DropWords {
    pub title: String,
    pub hint: String,
    /// Nothing that could be opened.
    pub unknown: bool,
}

/// The words for what hovers over the window, if anything does.
pub fn drop_words(model: &Model) -> Option<DropWords> {
    let first = model.hovered.first()?;
    let texts = model.text().overlays;
    let name = first.file_name().map(|name| name.to_string_lossy().into_owned());
    let kind = model.hovered_kind();
    let is_unknown = matches!(kind, Some(FileKind::Unknown | FileKind::Missing));
    let title = match (kind, name.as_deref()) {
        _ if model.hovered.len() > MOST_FILES => texts.drop_too_many(MOST_FILES, model.hovered.len()),
        _ if model.hovered.len() > 1 => texts.drop_several(model.hovered.len()),
        (Some(FileKind::Filter), Some(name)) if model.hovers_chain || model.waits_for_filter() => {
            texts.drop_add(name)
        }
        (Some(FileKind::Filter), Some(name)) => texts.drop_open(name),
        (Some(FileKind::Folder), Some(name)) => texts.drop_folder(name),
        (Some(FileKind::Scenario | FileKind::Shared), Some(name)) => texts.drop_scenario(name),
        (Some(FileKind::Foreign(format)), Some(name)) => {
            let what = convert::format(model.text().language, format);
            match format.is_traffic() && model.document.is_some() {
                true => model.text().convert.drop_traffic(name, what),
                false => model.text().convert.drop_foreign(name, what),
            }
        }
        (Some(FileKind::Unknown | FileKind::Missing), Some(name)) => texts.drop_unknown(name),
        _ => texts.drop_unnamed().to_owned(),
    };
    let hint = if model.hovered.len() > 1 {
        names(&model.hovered)
    } else if is_unknown {
        texts.drop_accepts().to_owned()
    } else if model.document.is_some() && !goes_into_it(model) {
        match place_of_file(model, first) {
            Some(_) => texts.drop_is_open().to_owned(),
            None => texts.drop_in_a_tab().to_owned(),
        }
    } else {
        first.parent().map(Path::display).map(|folder| folder.to_string()).unwrap_or_default()
    };
    let unknown = is_unknown && model.hovered.len() == 1;
    Some(DropWords { title, hint, unknown })
}

/// The names of the first files, and that there are more.
fn names(files: &[PathBuf]) -> String {
    let mut names: Vec<_> =
        files.iter().filter_map(|file| file.file_name()).map(|name| name.to_string_lossy()).take(3).collect();
    if files.len() > 3 {
        names.push("…".into());
    }
    names.join(", ")
}

/// What hovers over the window becomes a part of what is open, and opens no tab.
fn goes_into_it(model: &Model) -> bool {
    match model.hovered_kind() {
        Some(FileKind::Filter) => model.hovers_chain || model.waits_for_filter(),
        Some(FileKind::Foreign(format)) => format.is_traffic(),
        _ => model.hovers_chain,
    }
}

/// Over an open document; the empty screen has a place of its own for it.
pub fn show(ui: &Ui, model: &Model) {
    if model.document.is_none() {
        return;
    }
    let Some(words) = drop_words(model) else { return };
    let theme = theme::of(ui.ctx());
    let colors = theme.colors;
    let window = ui.ctx().content_rect();
    let area = Area::new(Id::unique("drop")).order(Order::Foreground).fixed_pos(window.min).fade_in(false);
    area.interactable(false).show(ui.ctx(), |ui| {
        let (rect, response) = ui.allocate_exact_size(window.size(), Sense::hover());
        response.widget_info(|| WidgetInfo::labeled(Role::Status, true, &words.title));
        let painter = ui.painter();
        painter.rect_filled(rect, 0.0, colors.scrim);
        let color = if words.unknown { colors.warn } else { colors.accent };
        let border = Stroke::new(tokens::RING, color);
        painter.rect_stroke(rect.shrink(tokens::LINE), theme.card_radius(), border, StrokeKind::Inside);

        let title = galley(painter, words.title.as_str(), theme.title(), colors.text);
        let hint = galley(painter, words.hint.as_str(), theme.small(), colors.muted);
        let icon = theme.sizes.title;
        let width = (icon + space::S + title.size().x).max(hint.size().x) + 2.0 * space::XL;
        let panel = Align2::CENTER_CENTER.anchor_size(rect.center(), Vec2::new(width, 92.0)).round_ui();
        let fill = if words.unknown { colors.panel } else { colors.added.row };
        painter.rect(panel, theme.card_radius(), fill, border, StrokeKind::Inside);
        let line = icon + space::S + title.size().x;
        let left = panel.center().x - line / 2.0;
        let middle = panel.top() + 36.0;
        let shape = if words.unknown { Icon::Warning } else { Icon::Download };
        shape.paint(painter, Pos2::new(left + icon / 2.0, middle), icon, color);
        text_at(painter, Pos2::new(left + icon + space::S, middle), Align2::LEFT_CENTER, title);
        text_at(painter, Pos2::new(panel.center().x, panel.top() + 64.0), Align2::CENTER_CENTER, hint);
    });
}

/// Rounds a rectangle to whole points.
trait RoundUi {
    fn round_ui(self) -> Self;
}

impl RoundUi for egui::Rect {
    fn round_ui(self) -> Self {
        Self::from_min_max(self.min.round(), self.max.round())
    }
}
