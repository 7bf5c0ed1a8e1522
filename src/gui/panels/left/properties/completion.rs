//! The path of a property, with the names that Envoy knows while somebody types.

use egui::{Align2, EventFilter, Id, Key, Modifiers, Role, Sense, StrokeKind, Ui, Vec2, WidgetInfo};

use super::draft::Draft;
use crate::abi::{
    AttributeType,
    attributes::{self, AttributeSpec},
};
use crate::gui::{
    text::Text,
    theme::{self, space},
    widgets::{TextField, elided, text_at, text_right, tooltip},
};
use crate::view::sentences::attribute as words;

/// Most names that are offered at once.
const MOST: usize = 7;

/// What came of the field.
#[derive(Clone, Copy, Debug, Default)]
pub struct Completed {
    /// A name was chosen with the keyboard.
    pub chosen: bool,
}

/// Which name is marked.
fn marked_id(id: Id) -> Id {
    id.with("marked")
}

/// The field. ↓ and ↑ mark a name of the list below it, Enter takes the marked one.
pub fn field(ui: &mut Ui, id: Id, text: Text, path: &mut String, wrong: Option<&str>) -> Completed {
    let has_focus = ui.memory(|memory| memory.has_focus(id));
    let names = if has_focus { matching(path) } else { Vec::new() };
    let mut marked = ui.data(|data| data.get_temp::<Option<usize>>(marked_id(id))).flatten();
    marked = marked.filter(|_| has_focus).map(|place| place.min(names.len().saturating_sub(1)));
    let mut chosen = false;
    if has_focus && !names.is_empty() {
        let arrows = EventFilter { vertical_arrows: true, ..EventFilter::default() };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(id, arrows));
        ui.input_mut(|input| {
            if input.consume_key(Modifiers::NONE, Key::ArrowDown) {
                marked = Some(marked.map_or(0, |place| (place + 1) % names.len()));
            } else if input.consume_key(Modifiers::NONE, Key::ArrowUp) {
                marked =
                    Some(marked.map_or(names.len() - 1, |place| (place + names.len() - 1) % names.len()));
            }
        });
        if let Some(spec) = marked.and_then(|place| names.get(place))
            && ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Enter))
        {
            spec.path.clone_into(path);
            (chosen, marked) = (true, None);
        }
    }
    let before = path.clone();
    let name = text.properties.path_name();
    TextField::new(path, name).id(id).hint("request.path").error(wrong).show(ui);
    if *path != before {
        marked = None;
    }
    ui.data_mut(|data| data.insert_temp(marked_id(id), marked));
    Completed { chosen }
}

/// The names that fit what was typed, while the field has the keyboard; a click takes one.
pub fn list(ui: &mut Ui, id: Id, text: Text, draft: &mut Draft) {
    // While a name is pressed with the pointer the field has lost the keyboard already.
    let list_id = id.with("names");
    let pressed = ui.data(|data| data.get_temp::<bool>(list_id)).unwrap_or_default();
    let has_focus = ui.memory(|memory| memory.has_focus(id));
    if !has_focus && !pressed {
        return;
    }
    let names = matching(&draft.path);
    if names.is_empty() {
        return;
    }
    let theme = theme::of(ui.ctx());
    let height = theme.sizes.dense_row;
    let size = Vec2::new(ui.available_width(), names.len() as f32 * height + 2.0);
    let (rect, _) = ui.allocate_exact_size(size, Sense::hover());
    ui.painter().rect(rect, theme.radius(), theme.colors.control, theme.hairline(), StrokeKind::Inside);
    let marked = ui.data(|data| data.get_temp::<Option<usize>>(marked_id(id))).flatten();
    let mut is_pressed = false;
    for (place, spec) in names.into_iter().enumerate() {
        let top = rect.top() + 1.0 + place as f32 * height;
        let row = egui::Rect::from_min_size(egui::pos2(rect.left(), top), Vec2::new(rect.width(), height));
        let response = ui.interact(row, id.with((place, "name")), Sense::CLICK);
        is_pressed |= response.is_pointer_button_down_on() || response.clicked();
        if marked == Some(place) || response.hovered() {
            let fill = if marked == Some(place) { theme.colors.select } else { theme.colors.hover };
            ui.painter().rect_filled(row.shrink2(Vec2::new(1.0, 0.0)), 0.0, fill);
        }
        let middle = row.center().y;
        let kind = spec.kind.name();
        let right =
            text_right(ui.painter(), row.right() - space::S, middle, kind, theme.small(), theme.colors.muted);
        let left = row.left() + space::S;
        let name = elided(ui.painter(), spec.path, theme.code(), theme.colors.text, right - left - space::S);
        text_at(ui.painter(), egui::pos2(left, middle), Align2::LEFT_CENTER, name);
        let doc = words::doc(text.language, spec);
        response.widget_info(|| {
            let spoken = format!("{}, {kind}, {doc}", spec.path);
            WidgetInfo::selected(Role::ListBoxOption, true, marked == Some(place), spoken)
        });
        tooltip(&response, doc, None);
        if response.clicked() {
            spec.path.clone_into(&mut draft.path);
            draft.fit_to_attribute();
            is_pressed = false;
        }
    }
    ui.data_mut(|data| data.insert_temp(list_id, is_pressed));
}

/// Attributes whose names have what was typed in them: first those that begin with it, or of which a segment does. None
/// when it is one of them already.
fn matching(typed: &str) -> Vec<&'static AttributeSpec> {
    let typed = typed.trim().to_ascii_lowercase();
    let members = || attributes::all().iter().filter(|spec| spec.kind != AttributeType::Group);
    if members().any(|spec| spec.path == typed) {
        return Vec::new();
    }
    let rank = |spec: &AttributeSpec| {
        let at = spec.path.find(&typed)?;
        let begins = at == 0 || spec.path.as_bytes().get(at - 1) == Some(&b'.');
        Some((!begins, at))
    };
    let mut found: Vec<_> = members().filter_map(|spec| Some((rank(spec)?, spec))).collect();
    found.sort_by_key(|(rank, _)| *rank);
    found.into_iter().take(MOST).map(|(_, spec)| spec).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(typed: &str) -> Vec<&'static str> {
        matching(typed).iter().map(|spec| spec.path).collect()
    }

    #[test]
    fn what_is_typed_finds_the_names_that_begin_with_it_first() {
        assert_eq!(names("request.p"), ["request.path", "request.protocol"]);
        assert_eq!(names("mtl"), ["connection.mtls"]);
        assert_eq!(names("address")[0], "source.address");
        assert!(names("request.path").is_empty(), "it is there");
        assert!(names("nothing like it").is_empty());
        assert_eq!(names("").len(), MOST, "an empty field shows some");
    }
}
