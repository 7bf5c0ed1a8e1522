//! Presentation mode: what it remembers while it is on, and how it begins and ends.

use egui::{Context, Event, Key, Modifiers};

use super::commands::{Command, Keys, When, key_name, shortcut_text};
use super::model::{Model, Overlay, Region};
use super::widgets;

/// Zoom with which presentation begins, as a factor.
pub const ZOOM: f32 = 1.5;
/// How long a pressed key stays to be seen, in seconds.
pub const KEY_SECONDS: f64 = 2.0;
/// Most keys that are shown at once.
const MOST_KEYS: usize = 3;

/// A key that was pressed, for the audience.
#[derive(Clone, Debug, PartialEq)]
pub struct Pressed {
    /// As printed on the caps: `Ctrl+6`.
    pub keys: String,
    /// What it did, if it belongs to a command.
    pub command: Option<Command>,
    /// When, in seconds of egui's clock.
    pub at: f64,
}

/// What presentation mode remembers. What the window was like before stays where it is: in settings and view.
#[derive(Clone, Debug)]
pub struct Presenting {
    /// As a factor; the zoom of the settings comes back afterwards.
    pub zoom: f32,
    /// Somebody has said that the audience may see secrets.
    pub shows_secrets: bool,
    /// It was asked once; the key then shows and hides without asking.
    pub was_asked: bool,
    /// The newest last.
    pub pressed: Vec<Pressed>,
}

impl Default for Presenting {
    fn default() -> Self {
        Self { zoom: ZOOM, shows_secrets: false, was_asked: false, pressed: Vec::new() }
    }
}

impl Presenting {
    /// Forgets keys that were seen long enough.
    pub fn forget(&mut self, now: f64) {
        self.pressed.retain(|pressed| pressed.at + KEY_SECONDS > now);
    }

    /// When the next key is to be forgotten, in seconds of egui's clock.
    pub fn next_change(&self) -> Option<f64> {
        self.pressed.first().map(|pressed| pressed.at + KEY_SECONDS)
    }
}

/// Begins or ends presentation mode. The secrets are hidden anew each time.
pub fn toggle(model: &mut Model) {
    model.layout.presentation = !model.layout.presentation;
    model.presenting = Presenting::default();
    // What had the keyboard may be gone, or not be there yet.
    model.region = Region::Center;
    model.focus_next = Some(Region::Center.entry());
}

/// The key that shows and hides secrets: before the audience sees the first one, somebody has to say so.
pub fn toggle_mask(model: &mut Model) {
    let presenting = &mut model.presenting;
    if presenting.shows_secrets {
        presenting.shows_secrets = false;
    } else if presenting.was_asked {
        presenting.shows_secrets = true;
    } else {
        model.overlay = Overlay::ShowSecrets;
    }
}

/// Shows secrets to the audience.
pub fn show_secrets(model: &mut Model) {
    model.overlay = Overlay::None;
    model.presenting.shows_secrets = true;
    model.presenting.was_asked = true;
}

/// Keys that went down in this frame. Call it before anybody takes them out of the input.
pub fn keys_down(ctx: &Context) -> Vec<Keys> {
    let typing = ctx.text_edit_focused() || widgets::takes_letters(ctx);
    ctx.input(|input| {
        let keys = input.events.iter().filter_map(|event| match event {
            Event::Key { key, modifiers, pressed: true, .. } if !is_modifier(*key) => {
                // Shift is already in what it writes.
                let shift = modifiers.shift && !is_shifted(*key);
                let modifiers = Modifiers { shift, ..*modifiers };
                Some(Keys { modifiers, key: *key, when: When::Always })
            }
            _ => None,
        });
        // What is typed can be read where it is typed.
        keys.filter(|keys| !typing || keys.modifiers.command || keys.modifiers.alt || !writes(keys.key))
            .collect()
    })
}

/// A key that does nothing by itself.
fn is_modifier(key: Key) -> bool {
    use Key::{AltLeft, AltRight, ControlLeft, ControlRight, ShiftLeft, ShiftRight, SuperLeft, SuperRight};
    matches!(
        key,
        ShiftLeft | ShiftRight | ControlLeft | ControlRight | AltLeft | AltRight | SuperLeft | SuperRight
    )
}

/// A character that keyboards have behind Shift.
fn is_shifted(key: Key) -> bool {
    matches!(
        key,
        Key::OpenCurlyBracket
            | Key::CloseCurlyBracket
            | Key::Pipe
            | Key::Colon
            | Key::Plus
            | Key::Questionmark
            | Key::Exclamationmark
    )
}

/// Whether a key by itself writes something into a field, or moves in it.
fn writes(key: Key) -> bool {
    key.name().chars().count() == 1
        || matches!(key, Key::Space | Key::Backspace | Key::Delete | Key::ArrowLeft | Key::ArrowRight)
        || key_name(key).chars().count() == 1 && !matches!(key, Key::ArrowUp | Key::ArrowDown)
}

/// Notes the keys of a frame for the audience, with what came of them.
pub fn note(model: &mut Model, ctx: &Context, keys: &[Keys], commands: &[Command]) {
    let now = model.now;
    model.presenting.forget(now);
    for (place, keys) in keys.iter().enumerate() {
        let command = commands.get(place).cloned();
        // As the table writes it: `{` and not `Shift+{`.
        let known = command
            .as_ref()
            .and_then(Command::spec)
            .and_then(|spec| spec.keys.iter().find(|known| known.key == keys.key));
        let words = shortcut_text(known.unwrap_or(keys), ctx.os());
        model.presenting.pressed.push(Pressed { keys: words, command, at: now });
    }
    let more = model.presenting.pressed.len().saturating_sub(MOST_KEYS);
    model.presenting.pressed.drain(..more);
}
