//! Text in fields that cannot be taken as it stands. It belongs to what is edited there, not to the field: another scenario in
//! front has its own in the same field.

use egui::{Context, Id, Ui};

/// What is edited in the part of the window that is being shown, and its fields whose text cannot be taken.
#[derive(Clone, Default)]
struct Current {
    owner: Option<Id>,
    untaken: Vec<String>,
}

/// Fields by the part of the window in which they stand.
type Untaken = Vec<(Id, Vec<String>)>;

fn current_id() -> Id {
    Id::unique("drafts of this part")
}

fn untaken_id(owner: Id) -> Id {
    owner.with("fields that were not taken")
}

/// Shows a part of the window in which something of `owner` is edited.
pub fn of(ui: &mut Ui, owner: Id, part: Id, contents: impl FnOnce(&mut Ui)) {
    let ctx = ui.ctx().clone();
    ctx.data_mut(|data| data.insert_temp(current_id(), Current { owner: Some(owner), untaken: Vec::new() }));
    contents(ui);
    ctx.data_mut(|data| {
        let shown: Option<Current> = data.remove_temp(current_id());
        let untaken = shown.map(|shown| shown.untaken).unwrap_or_default();
        let all = data.get_temp_mut_or_default::<Untaken>(untaken_id(owner));
        all.retain(|(known, _)| *known != part);
        if !untaken.is_empty() {
            all.push((part, untaken));
        }
    });
}

/// Where the draft of a field is kept.
pub fn draft_id(ui: &Ui, field: Id) -> Id {
    let current: Option<Current> = ui.data(|data| data.get_temp(current_id()));
    field.with(("draft", current.and_then(|current| current.owner)))
}

/// What stands in a field could not be taken.
pub fn note_untaken(ui: &Ui, name: &str) {
    ui.data_mut(|data| {
        if let Some(mut current) = data.get_temp::<Current>(current_id()) {
            current.untaken.push(name.to_owned());
            data.insert_temp(current_id(), current);
        }
    });
}

/// The fields whose text was not taken when they were shown last.
pub fn untaken(ctx: &Context, owner: Id) -> Vec<String> {
    let all: Option<Untaken> = ctx.data(|data| data.get_temp(untaken_id(owner)));
    all.unwrap_or_default().into_iter().flat_map(|(_, names)| names).collect()
}
