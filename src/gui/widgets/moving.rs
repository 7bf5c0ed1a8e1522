//! Who moves its rows with Alt+↑ and Alt+↓, so that these are no keys of commands while it has the keyboard.

use egui::{Context, Id, Ui};

fn key() -> Id {
    Id::unique("filterlab moves rows")
}

/// The widget has the keyboard and moves rows with it.
pub(super) fn note(ui: &Ui, id: Id) {
    ui.data_mut(|data| data.insert_temp(key(), id));
}

/// Whether such a widget has the keyboard.
pub fn takes_moves(ctx: &Context) -> bool {
    let noted = ctx.data(|data| data.get_temp::<Id>(key()));
    noted.is_some() && ctx.memory(|memory| memory.focused()) == noted
}
