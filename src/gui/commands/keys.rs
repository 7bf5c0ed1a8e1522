//! From key presses to commands.
//!
//! Three rules, each of which egui leaves to the application. Shortcuts with more modifiers are looked for first, since egui
//! ignores an extra Shift and Ctrl+Shift+S would also be Ctrl+S. Keys that write something are left alone while a field has
//! the keyboard. And Esc that leaves a field must not also stop the run: egui has already taken the focus away when the
//! frame begins, so what had the keyboard is remembered from the end of the frame before.

use std::sync::LazyLock;

use egui::{Context, Id, Key, KeyboardShortcut, ModifierNames, Modifiers, os::OperatingSystem};

use super::{COMMANDS, Command};
use crate::convert::Format;
use crate::gui::widgets;

/// When a key is listened to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    Always,
    /// Not while a text field has the keyboard.
    NotTyping,
}

/// A key with its modifiers. `command` stands for Ctrl, and for Cmd on macOS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keys {
    pub modifiers: Modifiers,
    pub key: Key,
    pub when: When,
}

const fn keys(modifiers: Modifiers, key: Key, when: When) -> Keys {
    Keys { modifiers, key, when }
}

pub(super) const fn plain(key: Key) -> Keys {
    keys(Modifiers::NONE, key, When::Always)
}

pub(super) const fn shift(key: Key) -> Keys {
    keys(Modifiers::SHIFT, key, When::Always)
}

pub(super) const fn alt(key: Key) -> Keys {
    keys(Modifiers::ALT, key, When::Always)
}

pub(super) const fn cmd(key: Key) -> Keys {
    keys(Modifiers::COMMAND, key, When::Always)
}

pub(super) const fn cmd_shift(key: Key) -> Keys {
    keys(Modifiers::COMMAND.plus(Modifiers::SHIFT), key, When::Always)
}

/// Ctrl with a key that a text field uses as well.
pub(super) const fn copy(key: Key) -> Keys {
    keys(Modifiers::COMMAND, key, When::NotTyping)
}

/// A key that also writes a character.
pub(super) const fn typed(key: Key) -> Keys {
    keys(Modifiers::NONE, key, When::NotTyping)
}

/// What the application knows about the moment and egui does not.
#[derive(Clone, Copy, Debug, Default)]
pub struct Situation {
    /// Palette, shortcut sheet or a dialog lies on top: Esc closes it, even from its own text field.
    pub overlay_open: bool,
    /// The focused field is not part of the scenario (a filter, the palette): it keeps its own undo.
    pub field_keeps_undo: bool,
    /// Digits open sample cards.
    pub empty_screen: bool,
    /// Digits toggle log levels.
    pub logs_focused: bool,
    /// In a presentation ← and → step through the events.
    pub presenting: bool,
}

fn typing_id() -> Id {
    Id::unique("filterlab was typing")
}

/// Starts remembering, at the end of each frame, whether a text field has the keyboard. Once, before the first frame.
pub fn install(ctx: &Context) {
    ctx.on_end_pass(
        "filterlab: who has the keyboard",
        std::sync::Arc::new(|ui| {
            let ctx = ui.ctx();
            let typing = ctx.text_edit_focused();
            ctx.data_mut(|data| data.insert_temp(typing_id(), typing));
        }),
    );
}

/// The table's keys, most modifiers first.
static BY_MODIFIERS: LazyLock<Vec<(Keys, &'static Command)>> = LazyLock::new(|| {
    let mut all: Vec<_> =
        COMMANDS.iter().flat_map(|spec| spec.keys.iter().map(move |keys| (*keys, &spec.command))).collect();
    let modifiers = |keys: &Keys| {
        [keys.modifiers.alt, keys.modifiers.shift, keys.modifiers.command].iter().filter(|on| **on).count()
    };
    all.sort_by_key(|(keys, _)| std::cmp::Reverse(modifiers(keys)));
    all
});

/// Takes the keys of commands out of this frame's input and returns what they ask for. Call it before any widget.
pub fn pressed_commands(ctx: &Context, situation: &Situation) -> Vec<Command> {
    let any_key = ctx.input(|input| {
        let is_key =
            |event: &egui::Event| matches!(event, egui::Event::Key { pressed: true, .. } | egui::Event::Copy);
        input.events.iter().any(is_key)
    });
    if !any_key {
        return Vec::new();
    }
    let typing = ctx.text_edit_focused();
    let in_cell = widgets::takes_letters(ctx);
    let moves_rows = widgets::takes_moves(ctx);
    let was_typing = ctx.data(|data| data.get_temp::<bool>(typing_id())).unwrap_or(false);
    // As it was at the end of the last frame; `any_popup_open` only knows this one.
    let popup_open = egui::Popup::is_any_open(ctx);
    let mut commands = Vec::new();
    ctx.input_mut(|input| {
        for (keys, command) in BY_MODIFIERS.iter() {
            let moves = keys.modifiers == Modifiers::ALT && matches!(keys.key, Key::ArrowUp | Key::ArrowDown);
            let heard = match keys.when {
                // They move a row of the list that has the keyboard.
                When::Always if moves && moves_rows => false,
                // What lies below waits: nobody sees there what a key does.
                When::Always if situation.overlay_open => works_over_all(command),
                When::Always => true,
                // A letter begins an edit of the cell.
                When::NotTyping if in_cell && keys.modifiers.is_none() => false,
                When::NotTyping => !typing && !situation.overlay_open,
            };
            let is_undo = matches!(command, Command::Undo | Command::Redo);
            if !heard || (is_undo && typing && situation.field_keeps_undo) {
                continue;
            }
            if input.consume_shortcut(&KeyboardShortcut::new(keys.modifiers, keys.key)) {
                commands.push((*command).clone());
            }
        }
        // Where Ctrl+C is pressed, a window is told to copy instead.
        let copies = input.events.contains(&egui::Event::Copy) && !typing && !situation.overlay_open;
        if copies && !commands.contains(&Command::CopyValue) {
            commands.push(Command::CopyValue);
        }
        if !typing {
            for (index, key) in DIGITS.into_iter().enumerate() {
                let command = if situation.empty_screen {
                    Command::OpenSampleCard(index)
                } else if situation.logs_focused {
                    Command::ToggleLogLevel(index)
                } else {
                    break;
                };
                if input.consume_key(Modifiers::NONE, key) {
                    commands.push(command);
                }
            }
        }
        if situation.presenting && !typing && !situation.overlay_open && !popup_open {
            for (key, command) in
                [(Key::ArrowLeft, Command::PreviousEvent), (Key::ArrowRight, Command::NextEvent)]
            {
                if input.consume_key(Modifiers::NONE, key) {
                    commands.push(command);
                }
            }
        }
        let leaves_field = was_typing && !situation.overlay_open;
        if !leaves_field && !popup_open && input.consume_key(Modifiers::NONE, Key::Escape) {
            commands.push(Command::Dismiss);
        }
    });
    commands
}

/// Whether a key is listened to while palette, sheet or a dialog lies on top.
fn works_over_all(command: &Command) -> bool {
    matches!(
        command,
        Command::Palette
            | Command::ShortcutSheet
            | Command::ZoomIn
            | Command::ZoomOut
            | Command::ZoomReset
            | Command::Quit
    )
}

/// Takes a pasted text out of this frame's input where no field would get it, and a curl command also where the URL would:
/// it is a whole request. Call it before any widget.
pub fn pasted(ctx: &Context, overlay_open: bool) -> Option<Command> {
    let typing = ctx.text_edit_focused();
    let in_url = ctx.memory(|memory| memory.has_focus(Id::unique("url")));
    if overlay_open || (typing && !in_url) {
        return None;
    }
    let is_ours = |text: &str| !typing || Format::of_content(text.as_bytes()) == Some(Format::Curl);
    let mut found = None;
    ctx.input_mut(|input| {
        input.events.retain(|event| match event {
            egui::Event::Paste(text) if found.is_none() && is_ours(text) => {
                found = Some(Command::Import(text.clone()));
                false
            }
            _ => true,
        });
    });
    found
}

const DIGITS: [Key; 6] = [Key::Num1, Key::Num2, Key::Num3, Key::Num4, Key::Num5, Key::Num6];

/// The words for modifiers. egui's symbols are in none of the bundled fonts.
#[must_use]
pub const fn modifier_names() -> ModifierNames<'static> {
    ModifierNames::NAMES
}

/// A key as it is printed on a key cap.
#[must_use]
pub fn key_name(key: Key) -> &'static str {
    match key {
        Key::ArrowUp => "↑",
        Key::ArrowDown => "↓",
        Key::ArrowLeft => "←",
        Key::ArrowRight => "→",
        Key::Escape => "Esc",
        Key::PageUp => "PgUp",
        Key::PageDown => "PgDn",
        Key::Minus => "−",
        other => other.symbol_or_name(),
    }
}

/// The shortcut in words: `Ctrl+Shift+C`, on macOS `Shift+Cmd+C`.
#[must_use]
pub fn shortcut_text(keys: &Keys, os: OperatingSystem) -> String {
    let modifiers = modifier_names().format(&keys.modifiers, os == OperatingSystem::Mac);
    if modifiers.is_empty() {
        key_name(keys.key).to_owned()
    } else {
        format!("{modifiers}+{}", key_name(keys.key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use egui::{Event, RawInput};

    fn press(key: Key, modifiers: Modifiers) -> Event {
        Event::Key { key, physical_key: None, pressed: true, repeat: false, modifiers }
    }

    /// Runs one frame with the given events and returns the commands; `field` shows a text field and focuses it first.
    fn commands(events: &[Event], situation: Situation, field: bool) -> (Vec<Command>, String) {
        let ctx = Context::default();
        install(&ctx);
        let mut text = String::new();
        let mut found = Vec::new();
        for frame in 0..4 {
            let mut input = RawInput::default();
            if frame == 3 {
                input.events = events.to_vec();
            }
            let mut output = ctx.run_ui(input, |ui| {
                if frame == 3 {
                    found.extend(pressed_commands(ui.ctx(), &situation));
                }
                if field {
                    let response = ui.add(egui::TextEdit::singleline(&mut text).id(Id::unique("field")));
                    if frame == 0 {
                        response.request_focus();
                    }
                }
            });
            output.textures_delta.clear();
        }
        (found, text)
    }

    const CTRL: Modifiers = Modifiers { ctrl: true, command: true, ..Modifiers::NONE };
    const CTRL_SHIFT: Modifiers = Modifiers { ctrl: true, command: true, shift: true, ..Modifiers::NONE };

    #[test]
    fn more_modifiers_win() {
        let quiet = Situation::default();
        assert_eq!(commands(&[press(Key::S, CTRL_SHIFT)], quiet, false).0, [Command::SaveAs]);
        assert_eq!(commands(&[press(Key::S, CTRL)], quiet, false).0, [Command::Save]);
        assert_eq!(commands(&[press(Key::F7, Modifiers::SHIFT)], quiet, false).0, [Command::PreviousChange]);
        assert_eq!(commands(&[press(Key::F7, Modifiers::NONE)], quiet, false).0, [Command::NextChange]);
    }

    #[test]
    fn letters_are_typed_while_a_field_has_the_keyboard() {
        let quiet = Situation::default();
        let h = [press(Key::H, Modifiers::NONE), Event::Text("h".into())];
        assert_eq!(commands(&h, quiet, true), (Vec::new(), "h".to_owned()));
        assert_eq!(commands(&h, quiet, false).0, [Command::ToggleMask]);
        let bracket = [press(Key::OpenCurlyBracket, Modifiers::SHIFT), Event::Text("{".into())];
        assert_eq!(commands(&bracket, quiet, true), (Vec::new(), "{".to_owned()));
        assert_eq!(commands(&bracket, quiet, false).0, [Command::PreviousWrite]);
        assert_eq!(
            commands(&[press(Key::K, CTRL)], quiet, true).0,
            [Command::Palette],
            "Ctrl works from fields"
        );
    }

    #[test]
    fn escape_leaves_a_field_before_it_does_anything_else() {
        let escape = [press(Key::Escape, Modifiers::NONE)];
        assert_eq!(commands(&escape, Situation::default(), true).0, []);
        assert_eq!(commands(&escape, Situation::default(), false).0, [Command::Dismiss]);
        let overlay = Situation { overlay_open: true, ..Situation::default() };
        assert_eq!(
            commands(&escape, overlay, true).0,
            [Command::Dismiss],
            "the palette closes from its field"
        );
        assert_eq!(commands(&[press(Key::Period, CTRL)], Situation::default(), true).0, [Command::Stop]);
    }

    #[test]
    fn undo_belongs_to_the_scenario_except_in_other_fields() {
        let undo = [press(Key::Z, CTRL)];
        assert_eq!(commands(&undo, Situation::default(), true).0, [Command::Undo]);
        let filter = Situation { field_keeps_undo: true, ..Situation::default() };
        assert_eq!(commands(&undo, filter, true).0, []);
    }

    #[test]
    fn what_lies_below_a_dialog_hears_no_keys() {
        let dialog = Situation { overlay_open: true, ..Situation::default() };
        for key in [Key::Z, Key::Y, Key::S, Key::O, Key::W, Key::Tab, Key::Enter, Key::Num1] {
            assert_eq!(commands(&[press(key, CTRL)], dialog, false).0, [], "{key:?}");
        }
        assert_eq!(commands(&[press(Key::F7, Modifiers::NONE)], dialog, false).0, []);
        assert_eq!(commands(&[press(Key::K, CTRL)], dialog, false).0, [Command::Palette]);
    }

    #[test]
    fn digits_depend_on_the_moment() {
        let two = [press(Key::Num2, Modifiers::NONE)];
        assert_eq!(commands(&two, Situation::default(), false).0, []);
        let empty = Situation { empty_screen: true, ..Situation::default() };
        assert_eq!(commands(&two, empty, false).0, [Command::OpenSampleCard(1)]);
        assert_eq!(commands(&[press(Key::Num2, CTRL)], empty, false).0, [Command::ShowResponse]);
        let right = [press(Key::ArrowRight, Modifiers::NONE)];
        assert_eq!(commands(&right, Situation::default(), false).0, []);
    }

    #[test]
    fn shortcuts_are_written_as_the_system_does() {
        let keys = cmd_shift(Key::C);
        assert_eq!(shortcut_text(&keys, OperatingSystem::Nix), "Ctrl+Shift+C");
        assert_eq!(shortcut_text(&keys, OperatingSystem::Mac), "Shift+Cmd+C");
        assert_eq!(shortcut_text(&alt(Key::ArrowLeft), OperatingSystem::Windows), "Alt+←");
        assert_eq!(shortcut_text(&typed(Key::Questionmark), OperatingSystem::Nix), "?");
    }
}
