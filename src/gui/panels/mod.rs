//! The parts of the window. Each reads the model and pushes commands; none changes anything.

pub mod center;
pub mod empty;
pub mod host_calls;
pub mod left;
pub mod logs;
pub mod notices;
pub mod overlays;
pub mod status_bar;
pub mod timeline;
pub mod top_bar;

use std::sync::Arc;

use egui::{Id, Response, Ui};

use super::commands::Command;
use super::model::Region;
use super::theme::{Icon, Tone};
use super::widgets;

/// A run that takes longer than this shows a spinner, in seconds.
pub const SPINNER_AFTER: f64 = 0.2;

/// Something computed once and kept between frames.
pub type Cached<T> = Arc<T>;

/// Gives the keyboard to a region's first control when F6 entered the region.
pub fn enter(first: &Response, region: Region) {
    if first.ctx.memory(|memory| memory.has_focus(region.entry())) {
        first.request_focus();
    }
}

/// What `make` makes of `shape`, made anew only when the shape is another than in the frame before.
pub fn cached<S, T>(ui: &Ui, name: &str, shape: S, make: impl FnOnce(&S) -> T) -> Cached<T>
where
    S: PartialEq + Send + Sync + 'static,
    T: Send + Sync + 'static,
{
    type Kept<S, T> = Arc<(S, Arc<T>)>;
    let id = Id::unique("cached").with(name);
    let known: Option<Kept<S, T>> = ui.data(|data| data.get_temp(id));
    if let Some(known) = known.filter(|known| known.0 == shape) {
        return known.1.clone();
    }
    let made = Arc::new(make(&shape));
    let kept: Kept<S, T> = Arc::new((shape, made.clone()));
    ui.data_mut(|data| data.insert_temp(id, kept));
    made
}

/// The bar above a list: words at the left, at the right the filter field and how many rows it lets through. Gives what
/// was typed, if it was.
pub fn filter_bar(ui: &mut Ui, bar: egui::Rect, words: &str, filter: &FilterField<'_>) -> Option<String> {
    let text = super::text::of(ui.ctx());
    let side = super::theme::of(ui.ctx()).sizes.side;
    let mut typed = filter.value.to_owned();
    let inner = bar.shrink2(egui::Vec2::new(side, 0.0));
    ui.scope_builder(egui::UiBuilder::new().max_rect(inner), |ui| {
        widgets::ends(
            ui,
            "filter bar",
            &mut typed,
            |ui, _| {
                if !words.is_empty() {
                    widgets::label(ui, words, Tone::Muted);
                }
            },
            |ui, typed| {
                let key = Command::Filter.shortcut(ui.ctx()).unwrap_or_default();
                widgets::TextField::new(typed, filter.name)
                    .hint(filter.hint)
                    .icon(Icon::Search)
                    .key(&key)
                    .id(filter.id)
                    .width(280.0)
                    .show(ui);
                let (shown, of) = filter.rows;
                widgets::label(ui, &text.logs.shown_of(shown, of), Tone::Muted);
            },
        );
    });
    (typed != filter.value).then_some(typed)
}

/// See [`filter_bar`].
pub struct FilterField<'a> {
    pub id: Id,
    pub name: &'a str,
    pub hint: &'a str,
    pub value: &'a str,
    /// Rows that are shown, and all rows.
    pub rows: (usize, usize),
}
