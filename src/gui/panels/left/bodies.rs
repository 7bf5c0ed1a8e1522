//! A body to edit: what it is taken for, how it is cut into chunks, and whether it is what it is taken for.

use std::sync::Arc;

use bytes::Bytes;
use egui::{Align2, Id, Pos2, Rect, Sense, Ui, UiBuilder, Vec2};

use super::{Tabs, form};
use crate::gui::{
    commands::Command,
    model::{BodyKind, Side},
    text,
    theme::{self, Icon, Tone, space},
    widgets::{
        BodyEditor, Button, Dropdown, EDIT_LIMIT, LineIndex, ParsedField, SectionHead, TextViewer,
        hairline_below, label, link, mark, prose, text_right,
    },
};
use crate::scenario::{Body, Chunks, HeaderLine};

/// Least height of the editor, and what stays below it for the check and the folded trailers.
const MIN_HEIGHT: f32 = 132.0;
const BELOW: f32 = 84.0;
/// What the line about a wrong length takes.
const LENGTH: f32 = 44.0;
/// Numbers of chunks to choose from.
const COUNTS: [u64; 5] = [1, 2, 3, 4, 8];
/// Bytes of a chunk when nothing else is known.
const CHUNK: u64 = 1024;

/// The parts of a message that a body has to do with.
pub struct Message<'a> {
    pub side: Side,
    pub name: &'a str,
    pub headers: &'a mut Vec<HeaderLine>,
    pub body: &'a mut Body,
    pub chunks: &'a mut Chunks,
}

/// The body's section. `bottom`: where the panel ends; the editor takes what is left.
pub fn show(ui: &mut Ui, tabs: &mut Tabs<'_>, message: Message<'_>, bottom: f32) {
    let Message { side, name, headers, body, chunks } = message;
    let kind = kind(tabs, side, headers, body);
    head(ui, tabs, side, kind, body, chunks);
    if kind == BodyKind::None {
        return;
    }
    let id = editor_id(side);
    if every(ui, id, body, chunks) {
        chunk_size(ui, tabs, id, chunks);
    }
    let below = if wrong_length(headers, body).is_some() { BELOW + LENGTH } else { BELOW };
    let height = (bottom - ui.cursor().top() - below).max(MIN_HEIGHT);
    // The length first: whether megabytes are text is not asked in every frame.
    match Some(&*body).filter(|body| body.len() <= EDIT_LIMIT).and_then(Body::text) {
        Some(text) => {
            let mut text = text.to_owned();
            if BodyEditor::new(id, name, &mut text).height(height).show(ui).changed() {
                *body = text.into();
                tabs.edits.typed(true);
            }
            check(ui, tabs, kind, &body.0, chunks);
        }
        None => view(ui, tabs, side, name, &body.0, height),
    }
    length(ui, tabs, headers, body);
}

fn editor_id(side: Side) -> Id {
    Id::unique(("body", side))
}

/// What the user said it is, or what it looks like.
fn kind(tabs: &Tabs<'_>, side: Side, headers: &[HeaderLine], body: &Body) -> BodyKind {
    let chosen = tabs.model.view.body_kinds[side as usize];
    if body.is_empty() {
        return chosen.unwrap_or(BodyKind::None);
    }
    if let Some(kind @ (BodyKind::Text | BodyKind::Json)) = chosen {
        return kind;
    }
    let declared = headers.iter().find(|line| line.on && line.name.eq_ignore_ascii_case("content-type"));
    let json = match declared.and_then(|line| line.value.text()) {
        Some(kind) => kind.to_ascii_lowercase().contains("json"),
        None => matches!(body.0.iter().find(|byte| !byte.is_ascii_whitespace()), Some(b'{' | b'[')),
    };
    if json { BodyKind::Json } else { BodyKind::Text }
}

fn head(ui: &mut Ui, tabs: &mut Tabs<'_>, side: Side, kind: BodyKind, body: &Body, chunks: &mut Chunks) {
    let texts = tabs.text.message;
    let size = text::bytes(body.len() as u64);
    let summary = if body.is_empty() { "" } else { size.as_str() };
    let rect = SectionHead::new(texts.body()).summary(summary).show(ui).rect;
    let layout = egui::Layout::right_to_left(egui::Align::Center);
    let mut child = ui.new_child(UiBuilder::new().max_rect(rect).layout(layout));
    child.spacing_mut().item_spacing.x = space::S - 1.0;
    if kind != BodyKind::None && !body.is_empty() {
        chunking(&mut child, tabs, editor_id(side), body, chunks);
    }
    let names = [texts.no_body(), texts.plain_text(), texts.json()];
    let kinds = [BodyKind::None, BodyKind::Text, BodyKind::Json];
    let selected = kinds.iter().position(|known| *known == kind).unwrap_or_default();
    if let Some(chosen) = Dropdown::new(texts.body_kind(), &names, selected).show(&mut child) {
        tabs.out.push(Command::SetBodyKind(side, kinds[chosen]));
    }
}

/// The number of pieces to choose from that cuts the body as it is cut now.
fn even(body: &Body, chunks: &Chunks) -> Option<usize> {
    match chunks {
        Chunks::Whole => Some(0),
        Chunks::Every(_) => {
            COUNTS.iter().position(|count| *count > 1 && Chunks::evenly(*count, body.len()) == *chunks)
        }
        // Few enough sizes to look at in every frame; a long list is nothing that was chosen here.
        Chunks::Sizes(sizes) if sizes.len() <= 8 => {
            let sizes_of = |chunks: &Chunks| chunks.split(&body.0).iter().map(Bytes::len).collect::<Vec<_>>();
            let now = sizes_of(chunks);
            COUNTS.iter().position(|count| sizes_of(&Chunks::evenly(*count, body.len())) == now)
        }
        Chunks::Sizes(_) => None,
    }
}

fn chunk_size_id(body: Id) -> Id {
    body.with("bytes in a chunk")
}

/// Whether the size of chunks is shown to be typed. `id`: that of the body's editor.
pub fn every(ui: &Ui, id: Id, body: &Body, chunks: &Chunks) -> bool {
    let typing = ui.memory(|memory| memory.has_focus(chunk_size_id(id)));
    matches!(chunks, Chunks::Every(_)) && !body.is_empty() && (typing || even(body, chunks).is_none())
}

/// A list of ways in which the body may be cut.
pub fn chunking(ui: &mut Ui, tabs: &mut Tabs<'_>, id: Id, body: &Body, chunks: &mut Chunks) {
    let texts = tabs.text.message;
    let mut names: Vec<String> = COUNTS.iter().map(|count| texts.chunks(*count as usize)).collect();
    names.push(texts.chunk_every().to_owned());
    let mut selected = even(body, chunks).filter(|_| !every(ui, id, body, chunks));
    if let Chunks::Sizes(sizes) = &*chunks
        && selected.is_none()
    {
        selected = Some(names.len());
        // What no size is given for is a piece of its own.
        let given: usize = sizes.iter().fold(0, |sum, size| sum.saturating_add(*size as usize));
        names.push(texts.chunk_own(sizes.len() + usize::from(given < body.len())));
    }
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let selected = selected.unwrap_or(COUNTS.len());
    let Some(chosen) = Dropdown::new(texts.chunking(), &names, selected).show(ui) else { return };
    match COUNTS.get(chosen) {
        Some(count) => *chunks = Chunks::evenly(*count, body.len()),
        None if chosen == COUNTS.len() => {
            *chunks = Chunks::Every(CHUNK);
            ui.memory_mut(|memory| memory.request_focus(chunk_size_id(id)));
        }
        None => return,
    }
    tabs.edits.made(true);
}

/// The size of chunks that are all alike.
pub fn chunk_size(ui: &mut Ui, tabs: &mut Tabs<'_>, id: Id, chunks: &mut Chunks) {
    let Chunks::Every(size) = chunks else { return };
    let texts = tabs.text.message;
    let (name, wrong) = (texts.chunk_size(), texts.invalid_chunk());
    ui.horizontal(|ui| {
        label(ui, name, Tone::Muted);
        let field =
            ParsedField::new(chunk_size_id(id), size, name, wrong, form::parse_count, form::format_count);
        tabs.edits.typed(field.show(ui).changed());
    });
}

/// Whether the text is the JSON it should be, and where the first chunk ends.
pub fn check(ui: &mut Ui, tabs: &Tabs<'_>, kind: BodyKind, body: &Bytes, chunks: &Chunks) {
    let theme = theme::of(ui.ctx());
    let texts = tabs.text.message;
    let error = if kind == BodyKind::Json { json_error(ui, body) } else { None };
    if let Some((line, column, reason)) = &error {
        prose(ui, &texts.json_error(*line, *column, reason), Tone::Warn);
    }
    let first = match chunks {
        Chunks::Whole => None,
        Chunks::Every(size) => Some(*size),
        Chunks::Sizes(sizes) => sizes.first().copied(),
    };
    let first =
        first.map(|size| usize::try_from(size).unwrap_or(usize::MAX)).filter(|size| *size < body.len());
    let fine = kind == BodyKind::Json && error.is_none();
    if !fine && first.is_none() {
        return;
    }
    let (rect, _) =
        ui.allocate_exact_size(Vec2::new(ui.available_width(), theme.sizes.dense_row), Sense::hover());
    if fine {
        let place = Align2::LEFT_CENTER.anchor_size(rect.left_center(), rect.size());
        let layout = egui::Layout::left_to_right(egui::Align::Center);
        let mut child = ui.new_child(UiBuilder::new().max_rect(place).layout(layout));
        mark(&mut child, Icon::Check, texts.valid_json(), Tone::Ok, false);
    }
    if let Some(end) = first {
        let words = texts.chunk_ends(1, end);
        text_right(ui.painter(), rect.right(), rect.center().y, words, theme.small(), theme.colors.muted);
    }
}

/// Line, column and reason of the first mistake. Read again only when the bytes are others.
fn json_error(ui: &Ui, body: &Bytes) -> Option<(usize, usize, String)> {
    type Error = Option<(usize, usize, String)>;
    cached(ui, "json error", body, |body| -> Error {
        let error = serde_json::from_slice::<serde::de::IgnoredAny>(body).err()?;
        // The place is said apart, in the user's language.
        let text = error.to_string();
        let reason = text.split(" at line ").next().unwrap_or_default().to_owned();
        Some((error.line(), error.column(), reason))
    })
}

/// What `make` makes of the bytes, kept until they are others. The bytes are kept with it, so that no others can come to
/// lie at their address.
fn cached<T: Clone + Send + Sync + 'static>(
    ui: &Ui,
    what: &str,
    bytes: &Bytes,
    make: impl Fn(&Bytes) -> T,
) -> T {
    let id = ui.scope_id().with(what);
    let known = ui.data(|data| data.get_temp::<(Bytes, T)>(id));
    if let Some((same, made)) = known
        && same.as_ptr() == bytes.as_ptr()
        && same.len() == bytes.len()
    {
        return made;
    }
    let made = make(bytes);
    ui.data_mut(|data| data.insert_temp(id, (bytes.clone(), made.clone())));
    made
}

/// A body that cannot be edited here: too big, or no text.
fn view(ui: &mut Ui, tabs: &mut Tabs<'_>, side: Side, name: &str, body: &Bytes, height: f32) {
    let texts = tabs.text.message;
    let index = cached(ui, "lines", body, |body| Arc::new(LineIndex::new(body)));
    let size = text::bytes(body.len() as u64);
    let theme = theme::of(ui.ctx());
    let (rect, _) = ui.allocate_exact_size(Vec2::new(ui.available_width(), height - 60.0), Sense::hover());
    ui.painter().rect(rect, theme.radius(), theme.colors.sunk, theme.edge(), egui::StrokeKind::Inside);
    let mut child = ui.new_child(UiBuilder::new().max_rect(rect.shrink(4.0)));
    TextViewer::new(Id::unique(("body view", side)), name, body, &index).show(&mut child);
    let big = body.len() > EDIT_LIMIT;
    prose(ui, &if big { texts.too_big_to_edit(&size) } else { texts.not_text(&size) }, Tone::Muted);
    if Button::new(texts.replace_from_file()).icon(Icon::File).show(ui).clicked() {
        tabs.out.push(Command::BodyFromFile(side));
    }
}

/// The line that declares another length than the body has, and what it says.
fn wrong_length(headers: &[HeaderLine], body: &Body) -> Option<(usize, String)> {
    let is_length = |line: &HeaderLine| line.on && line.name.eq_ignore_ascii_case("content-length");
    let place = headers.iter().position(is_length)?;
    let declared = headers[place].value.text()?;
    (declared.trim().parse() != Ok(body.len())).then(|| (place, declared.to_owned()))
}

/// A declared length that is another than the body's: what an HTTP/1.1 peer would take for a broken message.
fn length(ui: &mut Ui, tabs: &mut Tabs<'_>, headers: &mut [HeaderLine], body: &Body) {
    let Some((place, declared)) = wrong_length(headers, body) else { return };
    let texts = tabs.text.message;
    prose(ui, &texts.length_differs(&declared, &body.len().to_string()), Tone::Warn);
    if link(ui, texts.correct_length(), None).clicked() {
        headers[place].value = body.len().to_string().into();
        tabs.edits.made(true);
    }
}

/// A hairline across the panel.
pub fn rule(ui: &mut Ui) {
    let theme = theme::of(ui.ctx());
    let (rect, _) = ui.allocate_exact_size(Vec2::new(ui.available_width(), space::S), Sense::hover());
    let top = Rect::from_min_max(rect.min, Pos2::new(rect.right(), rect.center().y));
    hairline_below(ui, &theme, top);
}
