//! The parts of the window. Each reads the model and pushes commands; none changes anything.

pub mod center;
pub mod empty;
pub mod expectations;
pub mod finding_card;
pub mod findings;
pub mod host_calls;
pub mod left;
pub mod logs;
pub mod notices;
pub mod overlays;
pub mod presentation;
pub mod status_bar;
pub mod stream;
pub mod tab_row;
pub mod timeline;
pub mod top_bar;

use std::sync::Arc;

use egui::{Id, Response, Ui};

use super::commands::Command;
use super::expecting;
use super::model::{Model, Region};
use super::theme::{Icon, Tone};
use super::widgets;

/// Something computed once and kept between frames.
pub type Cached<T> = Arc<T>;

/// The menu of the chosen row of a list: to expect what it shows, and what else there is to do with it.
pub fn row_menu(
    response: &Response,
    model: &Model,
    region: Region,
    others: &[Command],
    out: &mut Vec<Command>,
) {
    let text = model.text();
    let ctx = &response.ctx;
    let expectation = expecting::chosen_in(model, region);
    let reason = expectation.is_none().then(|| text.expectations.nothing_chosen());
    let commands: Vec<&Command> = std::iter::once(&Command::ExpectThis).chain(others).collect();
    let names: Vec<_> = commands.iter().map(|command| text.command(command)).collect();
    let lines = commands.iter().zip(&names).map(|(command, name)| widgets::MenuLine {
        name,
        key: command.shortcut(ctx),
        reason: match command {
            Command::ExpectThis => reason,
            other => super::apply::unavailable(model, other),
        },
    });
    let lines: Vec<_> = lines.collect();
    match widgets::context_menu(response, &lines) {
        Some(0) => out.extend(expectation.map(|found| Command::Expect(Box::new(found)))),
        Some(place) => out.push(commands[place].clone()),
        None => {}
    }
}

/// Gives the keyboard to a region's first control when F6 entered the region.
pub fn enter(first: &Response, region: Region) {
    if first.ctx.memory(|memory| memory.has_focus(region.entry())) {
        first.request_focus();
    }
}

/// The same for a list that takes the keyboard by its id.
pub fn enter_id(ui: &Ui, first: Id, region: Region) {
    if ui.memory(|memory| memory.has_focus(region.entry())) {
        ui.memory_mut(|memory| memory.request_focus(first));
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

/// Longest name of a host call or callback that its column is made wide for, in letters.
const NAME_LETTERS: usize = 28;

/// The width of the name of a host call or callback, in points; a longer one is cut in its row.
pub fn name_width(ui: &Ui, name: &str) -> f32 {
    let font = super::theme::of(ui.ctx()).code();
    let letter = ui.fonts_mut(|fonts| fonts.glyph_width(&font, 'm'));
    (name.chars().count().min(NAME_LETTERS) as f32 * letter).ceil()
}

/// Rows that one frame looks at when a list is filtered: some milliseconds' worth, since the words of each may have to be
/// made.
const SLICE: usize = 10_000;

/// The rows below `count` that pass. A long list is gone through in slices, one a frame, so that no frame waits for it;
/// what has been found so far is shown.
pub fn sieved<S>(
    ui: &Ui,
    name: &str,
    shape: S,
    count: usize,
    passes: impl Fn(usize) -> bool,
) -> Cached<Vec<u32>>
where
    S: Clone + PartialEq + Send + Sync + 'static,
{
    /// Shape, rows looked at, rows found.
    type Kept<S> = (S, usize, Cached<Vec<u32>>);
    let id = Id::unique("sieved").with(name);
    // Taken out, so that its rows are nobody else's while some are added.
    let known: Option<Option<Kept<S>>> = ui.data_mut(|data| data.remove_temp(id));
    let (seen, mut found) = match known.flatten() {
        Some((known, seen, found)) if known == shape => (seen, found),
        _ => (0, Arc::default()),
    };
    let until = (seen + SLICE).min(count);
    if seen < until {
        let rows = (seen..until).filter(|row| passes(*row));
        Arc::make_mut(&mut found).extend(rows.map(|row| u32::try_from(row).unwrap_or(u32::MAX)));
    }
    if until < count {
        ui.ctx().request_repaint();
    }
    ui.data_mut(|data| data.insert_temp(id, Some((shape, until, found.clone()))));
    found
}

/// The bar above a list: `left` at the left, at the right the filter field and while it is used, how many host
/// calls it lets through. Gives what was typed, if it was.
pub fn filter_bar(
    ui: &mut Ui,
    bar: egui::Rect,
    out: &mut Vec<Command>,
    left: impl FnOnce(&mut Ui, &mut Vec<Command>),
    filter: &FilterField<'_>,
) -> Option<String> {
    let text = super::text::of(ui.ctx());
    let side = super::theme::of(ui.ctx()).sizes.side;
    let mut state = (filter.value.to_owned(), out);
    let inner = bar.shrink2(egui::Vec2::new(side, 0.0));
    ui.scope_builder(egui::UiBuilder::new().max_rect(inner), |ui| {
        widgets::ends(
            ui,
            "filter bar",
            &mut state,
            |ui, (_, out)| left(ui, out),
            |ui, (typed, _)| {
                let key = Command::Filter.shortcut(ui.ctx()).filter(|_| filter.has_key).unwrap_or_default();
                widgets::TextField::new(typed, filter.name)
                    .hint(filter.hint)
                    .icon(Icon::Search)
                    .key(&key)
                    .id(filter.id)
                    .width(FILTER_WIDTH.min(bar.width() * 0.34))
                    .show(ui);
                if !filter.value.trim().is_empty() {
                    let (shown, of) = filter.calls;
                    widgets::label(ui, &text.logs.shown_of(shown, of), Tone::Muted);
                }
            },
        );
    });
    (state.0 != filter.value).then_some(state.0)
}

/// Width of the filter field, in points, where there is room.
const FILTER_WIDTH: f32 = 280.0;

/// See [`filter_bar`].
pub struct FilterField<'a> {
    pub id: Id,
    pub name: &'a str,
    pub hint: &'a str,
    pub value: &'a str,
    /// The key for filters leads here.
    pub has_key: bool,
    /// Host calls that are let through, and all of them.
    pub calls: (usize, usize),
}
