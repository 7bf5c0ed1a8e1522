//! Short messages, stacked above the status bar. They never cover it, and errors stay until they are closed.

use egui::{Align2, Area, Id, Order, Ui, Vec2};

use crate::gui::{
    commands::Command,
    model::Model,
    theme::{self, Icon, Tone, space},
    widgets,
};

pub fn show(ui: &mut Ui, model: &Model, out: &mut Vec<Command>) {
    if model.notices.is_empty() {
        return;
    }
    let theme = theme::of(ui.ctx());
    let above = theme.sizes.status_bar + space::S;
    let area = Area::new(Id::unique("notices"))
        .order(Order::Middle)
        .anchor(Align2::RIGHT_BOTTOM, Vec2::new(-theme.sizes.side, -above))
        .accessible_name(model.text().notices.region());
    area.show(ui.ctx(), |ui| {
        ui.vertical(|ui| {
            ui.spacing_mut().item_spacing.y = space::S;
            for (place, notice) in model.notices.iter().enumerate() {
                let action = notice.action.as_ref();
                let shown = widgets::Notice {
                    icon: icon(notice.tone),
                    tone: notice.tone,
                    text: &notice.text,
                    action: action.map(|(words, _)| words.as_str()),
                    close: Some(model.text().notices.close()),
                }
                .show(ui);
                if let Some((_, command)) = action.filter(|_| shown.action) {
                    out.push(command.clone());
                }
                if shown.closed || shown.action {
                    out.push(Command::CloseNotice(place));
                }
            }
        });
    });
}

fn icon(tone: Tone) -> Icon {
    match tone {
        Tone::Ok => Icon::Check,
        Tone::Error => Icon::CrossInRing,
        Tone::Warn => Icon::Warning,
        _ => Icon::Info,
    }
}
