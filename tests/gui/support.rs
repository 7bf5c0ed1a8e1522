//! A harness that looks and behaves like the window: fonts, theme, remembered focus.

use std::path::PathBuf;

use egui::{Context, Ui};
use egui_kittest::{Harness, HarnessBuilder};
use filterlab::gui::{
    commands, text,
    theme::{self, Appearance, ThemeChoice},
};

use crate::soft_renderer::SoftRenderer;

/// A dark window of the given size around `contents`.
pub fn harness<'a, State>(
    size: [f32; 2],
    state: State,
    contents: impl FnMut(&mut Ui, &mut State) + 'a,
) -> Harness<'a, State> {
    builder(size).build_ui_state(contents, state)
}

fn builder<State>(size: [f32; 2]) -> HarnessBuilder<State> {
    Harness::builder()
        .with_size(size)
        .with_os(egui::os::OperatingSystem::Nix)
        .renderer(SoftRenderer::default())
        .with_context_setup(setup)
}

/// What the application does before its first frame.
pub fn setup(ctx: &Context) {
    theme::install(ctx);
    commands::install(ctx);
    theme::apply(
        ctx,
        Appearance { choice: ThemeChoice::Dark, reduced_motion: true, ..Appearance::default() },
    );
    text::apply(ctx, text::Language::English);
}

/// Writes a picture for a person to look at, if one asked for it.
pub fn picture<State>(harness: &mut Harness<'_, State>, name: &str) {
    let image = harness.render().expect("the soft renderer draws everything");
    assert!(image.width() > 0, "a picture of something");
    if std::env::var_os("FILTERLAB_PICTURES").is_some() {
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("gui-pictures");
        std::fs::create_dir_all(&folder).expect("the target folder can be written");
        image.save(folder.join(format!("{name}.png"))).expect("the picture can be written");
    }
}
