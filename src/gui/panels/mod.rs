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

use super::model::Region;

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
